//! A hand that signs: strokes like a signature's, within a box on the sheet.

use super::dice::Dice;
use super::sheet::{Point, Sheet, bezier, rectangle};
use crate::paper::{Place, PlaceKind};

/// How dark the ink of a ballpoint pen is, of 255.
const INK: u8 = 45;

/// Signs in a box `[x, y, w, h]` (mm): loops running from left to right, and a flourish below them.
pub fn sign(sheet: &mut Sheet, [x, y, w, h]: [f64; 4], dice: &mut Dice) {
    let pen_mm = dice.between(0.35, 0.6);
    let letters = 6 + dice.below(5);
    let length = w * dice.between(0.5, 0.75);
    let left = x + (w - length) * dice.between(0.2, 0.6);
    let middle = y + h * dice.between(0.5, 0.62);
    let tall = h * dice.between(0.18, 0.3);
    let slant = dice.between(0.1, 0.5);
    let mut at = (left, middle);
    let mut way: Vec<(Point, f64)> = Vec::new();
    for i in 0..letters {
        let step = length / letters as f64;
        let up = tall * if i == 0 { 1.6 } else { dice.between(0.35, 1.1) };
        let to = (
            at.0 + step * dice.between(0.7, 1.25),
            middle + dice.between(-0.12, 0.12) * h,
        );
        let curve = [
            at,
            (at.0 + step * dice.between(0.1, 0.9) + up * slant, at.1 - 1.9 * up),
            (
                to.0 - step * dice.between(0.4, 1.3) + up * slant,
                to.1 - dice.between(0.2, 1.2) * up,
            ),
            to,
        ];
        for k in 0..16 {
            let t = f64::from(k) / 16.0;
            // A pen presses harder on its way down.
            let pressure = 0.75 + 0.45 * (t - 0.3).max(0.0) + dice.between(-0.05, 0.05);
            way.push((bezier(curve, t), pen_mm * pressure));
        }
        at = to;
    }
    way.push((at, pen_mm * 0.6));
    sheet.pen(&way, INK);
    if dice.below(3) > 0 {
        let under = middle + h * dice.between(0.14, 0.22);
        let flourish = [
            (left + length * 0.95, under - h * 0.05),
            (left + length * 0.6, under + h * 0.1),
            (left + length * 0.3, under - h * 0.05),
            (left + length * 0.05, under + h * 0.03),
        ];
        let way: Vec<_> = (0..=20)
            .map(|k| {
                (
                    bezier(flourish, f64::from(k) / 20.0),
                    pen_mm * (1.0 - f64::from(k) / 40.0),
                )
            })
            .collect();
        sheet.pen(&way, INK);
    }
}

/// Fills in one page: place and date above each signature box, and the signature in it.
pub fn fill_in(sheet: &mut Sheet, places: &[Place], place_and_date: &str, dice: &mut Dice) {
    for place in places.iter().filter(|p| p.kind == PlaceKind::Signature) {
        // The printed line for place and date begins 18 mm from the left, 2 mm above the box.
        write(
            sheet,
            (place.x_mm + 21.0, place.y_mm - 2.6),
            3.0,
            place_and_date,
            dice,
        );
        sign(sheet, rectangle(place), dice);
    }
}

/// Crosses a rectangle `[x, y, w, h]` (mm) out with some strokes of a pen or a thicker marker.
pub fn strike(sheet: &mut Sheet, [x, y, w, h]: [f64; 4], strokes: u64, pen_mm: f64, dice: &mut Dice) {
    for _ in 0..strokes {
        let (from, to) = (dice.between(0.0, 1.0), dice.between(0.0, 1.0));
        let curve = [
            (x - 2.0, y + h * from),
            (x + w * 0.3, y + h * dice.between(0.0, 1.0)),
            (x + w * 0.6, y + h * dice.between(0.0, 1.0)),
            (x + w + 2.0, y + h * to),
        ];
        let way: Vec<_> = (0..=24)
            .map(|k| (bezier(curve, f64::from(k) / 24.0), pen_mm))
            .collect();
        sheet.pen(&way, INK);
    }
}

/// A round rubber stamp of an office around a point, `radius_mm` wide: two rings and some lettering between them.
pub fn stamp(sheet: &mut Sheet, centre: Point, radius_mm: f64, dice: &mut Dice) {
    const RUBBER: u8 = 95;
    let ring = |radius: f64, from: f64, to: f64| -> Vec<(Point, f64)> {
        (0..=60)
            .map(|k| {
                let angle = from + (to - from) * f64::from(k) / 60.0;
                (
                    (centre.0 + radius * angle.cos(), centre.1 + radius * angle.sin()),
                    0.5,
                )
            })
            .collect()
    };
    sheet.pen(&ring(radius_mm, 0.0, std::f64::consts::TAU), RUBBER);
    sheet.pen(&ring(radius_mm * 0.68, 0.0, std::f64::consts::TAU), RUBBER);
    for k in 0..26 {
        // Letters are short strokes between the rings; some took no ink.
        let angle = f64::from(k) * std::f64::consts::TAU / 26.0;
        if dice.below(5) > 0 {
            let at = |share: f64, aside: f64| {
                let a = angle + aside;
                (
                    centre.0 + radius_mm * share * a.cos(),
                    centre.1 + radius_mm * share * a.sin(),
                )
            };
            sheet.pen(
                &[(at(0.75, 0.0), 0.5), (at(0.92, 0.06), 0.5), (at(0.78, 0.1), 0.5)],
                RUBBER,
            );
        }
    }
}

/// Writes digits, dots and hyphens by hand, `height_mm` high, from a point on the baseline; other characters become a wave.
pub fn write(sheet: &mut Sheet, at: Point, height_mm: f64, text: &str, dice: &mut Dice) {
    let pen_mm = dice.between(0.3, 0.45);
    let mut x = at.0;
    for c in text.chars() {
        let wide = height_mm * 0.55;
        for stroke in strokes(c) {
            let way: Vec<_> = stroke
                .iter()
                .map(|(u, v)| {
                    let wobble = height_mm * 0.04;
                    let dx = dice.between(-wobble, wobble) + (1.0 - v) * height_mm * 0.12;
                    let dy = dice.between(-wobble, wobble);
                    ((x + u * wide + dx, at.1 - (1.0 - v) * height_mm + dy), pen_mm)
                })
                .collect();
            sheet.pen(&way, INK);
        }
        x += height_mm * dice.between(0.72, 0.82);
    }
}

/// The strokes of a character in a box of 1 × 1, y downwards.
fn strokes(c: char) -> &'static [&'static [Point]] {
    match c {
        '0' => &[&[
            (0.5, 0.0),
            (0.0, 0.3),
            (0.1, 0.9),
            (0.5, 1.0),
            (0.95, 0.7),
            (0.9, 0.2),
            (0.5, 0.0),
        ]],
        '1' => &[&[(0.2, 0.3), (0.6, 0.0), (0.6, 1.0)]],
        '2' => &[&[
            (0.1, 0.2),
            (0.5, 0.0),
            (0.9, 0.25),
            (0.5, 0.6),
            (0.05, 1.0),
            (0.95, 0.98),
        ]],
        '3' => &[&[
            (0.1, 0.1),
            (0.6, 0.0),
            (0.9, 0.25),
            (0.45, 0.47),
            (0.95, 0.7),
            (0.6, 1.0),
            (0.05, 0.9),
        ]],
        '4' => &[
            &[(0.6, 0.0), (0.05, 0.65), (0.95, 0.62)],
            &[(0.7, 0.35), (0.65, 1.0)],
        ],
        '5' => &[&[
            (0.9, 0.0),
            (0.25, 0.02),
            (0.15, 0.45),
            (0.7, 0.42),
            (0.95, 0.7),
            (0.6, 1.0),
            (0.05, 0.92),
        ]],
        '6' => &[&[
            (0.8, 0.0),
            (0.2, 0.4),
            (0.1, 0.85),
            (0.5, 1.0),
            (0.9, 0.75),
            (0.55, 0.52),
            (0.15, 0.7),
        ]],
        '7' => &[
            &[(0.05, 0.03), (0.95, 0.0), (0.4, 1.0)],
            &[(0.3, 0.5), (0.8, 0.48)],
        ],
        '8' => &[&[
            (0.5, 0.5),
            (0.1, 0.22),
            (0.5, 0.0),
            (0.9, 0.22),
            (0.5, 0.5),
            (0.05, 0.8),
            (0.5, 1.0),
            (0.95, 0.78),
            (0.5, 0.5),
        ]],
        '9' => &[&[
            (0.85, 0.3),
            (0.4, 0.5),
            (0.1, 0.25),
            (0.5, 0.0),
            (0.88, 0.25),
            (0.7, 1.0),
        ]],
        '.' => &[&[(0.4, 0.95), (0.48, 1.0)]],
        '-' => &[&[(0.1, 0.55), (0.8, 0.52)]],
        ' ' => &[],
        _ => &[&[
            (0.0, 1.0),
            (0.2, 0.5),
            (0.4, 0.95),
            (0.6, 0.5),
            (0.8, 0.98),
            (1.2, 0.85),
        ]],
    }
}
