//! Printed values against the picture: what the templates put on the sheet is drawn anew and laid over the scan, so that a
//! pen, white-out or another slip of paper over a value shows.
//!
//! The codes carry every value, and whoever reads the sheet reads its print: they must say the same.

use super::outline::Outline;
use super::pixels::pieces;
use super::registration::Registration;
use crate::paper::{PrintedGlyph, PrintedValue};
use image::GrayImage;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Resolution at which print is compared: a stroke of the smallest value has two pixels.
const PER_MM: f64 = 8.0;
/// Coarser scans do not show which character it is, in dots per inch.
const LEAST_DPI: f64 = 125.0;
/// How far a line may lie from where the registration puts it, in pixels (1 mm).
const REACH: usize = 8;
/// How far a glyph may lie from where its line lies, in pixels: paper stretches.
const PLAY: usize = 1;
/// A line reaches this far above and below its baseline, in em: accents on capitals, descenders.
const ABOVE_EM: f64 = 0.98;
const BELOW_EM: f64 = 0.28;
/// What a pixel full of ink has.
const FULL: i16 = 255;
/// Parts of a pixel to which glyphs are drawn in place: finer is not seen.
const PARTS: f64 = 4.0;
/// Print that is darker than its paper by less than this, of 255, is too pale to be compared.
const LEAST_CONTRAST: f32 = 30.0;
/// A glyph that is as like its expected shape as this is looked at no closer.
const ALIKE: f32 = 0.9;
/// Characters that are this like each other are not told apart.
const TWINS: f32 = 0.92;
/// Another character is read when the picture is as like it as this …
const READ: f32 = 0.72;
/// … and by this much more than what was printed …
const LEAD: f32 = 0.07;
/// … and by this share of what there is between the two: a picture of one is as like the other as both are alike.
const LEAD_SHARE: f32 = 0.5;
/// A character that is less like by this much where the line lies is not laid a little aside too.
const FAR: f32 = 0.1;
/// A glyph, or a whole value on average, that is less like than this was not printed so.
const FOREIGN: f32 = 0.35;
/// Ink at a glyph that lies outside its strokes was added when it covers so much more than at the line's other glyphs, in mm² …
const ADDED_MM2: f64 = 0.16;
/// … and a piece of it is as long as this, in mm: grains of dirt are round.
const ADDED_MM: f64 = 0.55;
/// How far behind its end a value is looked at for what was added, in mm: about a character.
const BEHIND_MM: f64 = 1.6;
/// As dark as this share of the print's own ink counts as ink …
const INK: f32 = 0.4;
/// … and by this much, of 255, darker than what is printed there: print in pale toner has grains as dark as a share of itself.
const PEN: f32 = 45.0;

/// What the print of a value looks like.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Every character is what was printed, and nothing was added.
    Agrees,
    /// The picture does not let it be said.
    Unclear,
    /// Something was written or stamped over it, or its print was taken away.
    Touched,
    /// Characters clearly read otherwise: the value as it is seen, `?` where a character is none of those it could be.
    Differs(String),
}

/// Holds a value against the picture. `shapes` keeps what was drawn, for the other values of the page.
pub fn judge(
    grey: &GrayImage,
    registration: &Registration,
    value: &PrintedValue,
    shapes: &Shapes,
) -> Verdict {
    if registration.dpi() < LEAST_DPI || value.glyphs.is_empty() {
        return Verdict::Unclear;
    }
    let mut seen = String::new();
    let mut verdict = Verdict::Agrees;
    for line in value.glyphs.chunk_by(|a, b| a.baseline_mm == b.baseline_mm) {
        let Some(strip) = Strip::settle(grey, registration, line, shapes) else {
            return Verdict::Unclear;
        };
        let (line_seen, line_verdict) = strip.read();
        seen.push_str(&line_seen);
        verdict = match (verdict, line_verdict) {
            (Verdict::Differs(_), _) | (_, Verdict::Differs(_)) => Verdict::Differs(String::new()),
            (Verdict::Touched, _) | (_, Verdict::Touched) => Verdict::Touched,
            (Verdict::Unclear, _) | (_, Verdict::Unclear) => Verdict::Unclear,
            (Verdict::Agrees, Verdict::Agrees) => Verdict::Agrees,
        };
    }
    match verdict {
        Verdict::Differs(_) => Verdict::Differs(seen),
        other => other,
    }
}

/// The rectangle `[x, y, w, h]` on the sheet that a value's print fills, in millimetres.
pub fn area(value: &PrintedValue) -> [f64; 4] {
    let lines = value.glyphs.iter().map(|g| area_of(std::slice::from_ref(g)));
    let around = |a: [f64; 4], b: [f64; 4]| {
        let (x, y) = (a[0].min(b[0]), a[1].min(b[1]));
        let (right, bottom) = ((a[0] + a[2]).max(b[0] + b[2]), (a[1] + a[3]).max(b[1] + b[3]));
        [x, y, right - x, bottom - y]
    };
    lines.reduce(around).unwrap_or_default()
}

/// The area of one line of glyphs.
fn area_of(line: &[PrintedGlyph]) -> [f64; 4] {
    let least = |f: fn(&PrintedGlyph) -> f64| line.iter().map(f).fold(f64::MAX, f64::min);
    let most = |f: fn(&PrintedGlyph) -> f64| line.iter().map(f).fold(f64::MIN, f64::max);
    let (x, right) = (least(|g| g.x_mm), most(|g| g.x_mm + g.advance_mm));
    let (y, bottom) = (
        least(|g| g.baseline_mm - ABOVE_EM * g.em_mm),
        most(|g| g.baseline_mm + BELOW_EM * g.em_mm),
    );
    [x, y, right - x, bottom - y]
}

/// Ink on a canvas, row by row, up to [`FULL`] a pixel: whole numbers, which processors add up many at a time.
struct Canvas {
    ink: Vec<i16>,
    width: usize,
    height: usize,
}

impl Canvas {
    fn of_picture(picture: &GrayImage) -> Canvas {
        Canvas {
            ink: picture.as_raw().iter().map(|&v| FULL - i16::from(v)).collect(),
            width: picture.width() as usize,
            height: picture.height() as usize,
        }
    }

    fn row(&self, y: usize) -> &[i16] {
        &self.ink[y * self.width..][..self.width]
    }

    /// At half the resolution.
    fn halved(&self) -> Canvas {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut ink = Vec::with_capacity(width * height);
        for y in 0..height {
            let upper = self.row(2 * y).as_chunks::<2>().0;
            let lower = self.row(2 * y + 1).as_chunks::<2>().0;
            ink.extend(upper.iter().zip(lower).map(|(a, b)| a[0] + a[1] + b[0] + b[1]));
        }
        Canvas { ink, width, height }
    }

    /// How like this canvas a window of another is, −1 to 1.
    fn likeness(&self, other: &Canvas, at: (usize, usize)) -> f32 {
        self.likeness_within(other, at, (0, self.width))
    }

    /// The same for some columns only; the window is laid over the other canvas as if all were compared.
    fn likeness_within(&self, other: &Canvas, (dx, dy): (usize, usize), (from, to): (usize, usize)) -> f32 {
        /// The least that inks on a canvas differ by, as a sum of squares: an even field is like nothing.
        const EVEN: f64 = 65.0;
        let mut sums = [0i64; 5];
        for y in 0..self.height {
            let own = &self.row(y)[from..to];
            let seen = &other.row(y + dy)[dx..][from..to];
            // A row of a sheet has at most 2000 pixels, each below 1021: within i32.
            let mut row = [0i32; 5];
            for (&p, &q) in own.iter().zip(seen) {
                let (p, q) = (i32::from(p), i32::from(q));
                row[0] += p;
                row[1] += q;
                row[2] += p * p;
                row[3] += q * q;
                row[4] += p * q;
            }
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, part)| *sum += i64::from(part));
        }
        let n = ((to - from) * self.height) as f64;
        let [a, b, aa, bb, ab] = sums.map(|sum| sum as f64);
        let (va, vb) = (aa - a * a / n, bb - b * b / n);
        if va < EVEN || vb < EVEN {
            return 0.0;
        }
        ((ab - a * b / n) / (va * vb).sqrt()) as f32
    }

    /// How like two glyphs drawn at the same place are, −1 to 1, as far as both reach.
    fn overlap(&self, other: &Canvas) -> f32 {
        self.likeness_within(other, (0, 0), (0, self.width.min(other.width)))
    }

    /// The darkest of each pixel's neighbourhood.
    fn grown(&self) -> Canvas {
        let most_of = |lines: [&[i16]; 3]| {
            let [a, b, c] = lines;
            let three = a.iter().zip(b).zip(c);
            three.map(|((a, b), c)| *a.max(b).max(c)).collect::<Vec<i16>>()
        };
        let mut ink = Vec::with_capacity(self.ink.len());
        let mut edged = vec![0; self.width + 2];
        for y in 0..self.height {
            let (above, below) = (y.saturating_sub(1), (y + 1).min(self.height - 1));
            let tall = most_of([self.row(above), self.row(y), self.row(below)]);
            edged[1..=self.width].copy_from_slice(&tall);
            ink.extend(most_of([&edged, &edged[1..], &edged[2..]]));
        }
        Canvas { ink, ..*self }
    }
}

/// A line of print, and the part of the picture in which it lies.
struct Strip<'a> {
    line: &'a [PrintedGlyph],
    shapes: &'a Shapes,
    /// Where the expected canvas begins on the sheet, in millimetres.
    left_mm: f64,
    top_mm: f64,
    expected: Canvas,
    seen: Canvas,
    /// Where in the picture the expected canvas lies best.
    at: (usize, usize),
}

impl<'a> Strip<'a> {
    /// Finds the line in the picture. `None` when there is no place to look at.
    fn settle(
        grey: &GrayImage,
        registration: &Registration,
        line: &'a [PrintedGlyph],
        shapes: &'a Shapes,
    ) -> Option<Strip<'a>> {
        let [x, y, w, h] = area_of(line);
        let w = w + BEHIND_MM;
        let (width, height) = ((w * PER_MM).ceil() as usize, (h * PER_MM).ceil() as usize);
        let reach_mm = REACH as f64 / PER_MM;
        let around = [
            x - reach_mm,
            y - reach_mm,
            (width + 2 * REACH) as f64 / PER_MM,
            (height + 2 * REACH) as f64 / PER_MM,
        ];
        let seen = Canvas::of_picture(&registration.upright(grey, around, PER_MM));
        if seen.width < width + 2 * REACH || seen.height < height + 2 * REACH {
            return None;
        }
        let mut expected = Canvas {
            ink: vec![0; width * height],
            width,
            height,
        };
        for glyph in line {
            let (column, shape) = shapes.of(glyph, glyph.x_mm - x, y, height);
            let reaches = shape.width.min(width.saturating_sub(column));
            for gy in 0..height.min(shape.height) {
                let row = &mut expected.ink[gy * width + column.min(width)..][..reaches];
                let both = row.iter_mut().zip(shape.row(gy));
                both.for_each(|(all, own)| *all = (*all + own).min(FULL));
            }
        }
        let (rough, rough_seen) = (expected.halved(), seen.halved());
        let best = |places: &mut dyn Iterator<Item = (usize, usize)>, a: &Canvas, b: &Canvas| {
            places
                .map(|at| (at, a.likeness(b, at)))
                .max_by(|a, b| a.1.total_cmp(&b.1))
        };
        let mut all = (0..=REACH).flat_map(|dy| (0..=REACH).map(move |dx| (dx, dy)));
        let ((rx, ry), _) = best(&mut all, &rough, &rough_seen)?;
        let near = |v: usize| (2 * v).saturating_sub(1)..=(2 * v + 1).min(2 * REACH);
        let mut fine = near(ry).flat_map(|dy| near(rx).map(move |dx| (dx, dy)));
        let (at, _) = best(&mut fine, &expected, &seen)?;
        Some(Strip {
            line,
            shapes,
            left_mm: x,
            top_mm: y,
            expected,
            seen,
            at,
        })
    }

    /// What the line says, and what that means.
    fn read(&self) -> (String, Verdict) {
        let Some((paper, contrast)) = self.contrast() else {
            return (String::new(), Verdict::Unclear);
        };
        let scores: Vec<f32> = self
            .line
            .iter()
            .map(|g| {
                self.best_place(|at| {
                    let from = ((g.x_mm - self.left_mm) * PER_MM) as usize;
                    let to = (from + (g.advance_mm * PER_MM).ceil() as usize).min(self.expected.width);
                    self.expected
                        .likeness_within(&self.seen, at, (from.min(to - 1), to))
                })
            })
            .collect();
        let mut text = String::new();
        let (mut other, mut none) = (false, false);
        for (glyph, &score) in self.line.iter().zip(&scores) {
            let instead = (score < ALIKE).then(|| self.instead(glyph, score)).flatten();
            other |= instead.is_some();
            none |= instead.is_none() && score < FOREIGN;
            text.push(match instead {
                Some(character) => character,
                None if score < FOREIGN => '?',
                None => glyph.character,
            });
        }
        let mean = scores.iter().sum::<f32>() / scores.len() as f32;
        let verdict = if other {
            Verdict::Differs(String::new())
        } else if none || mean < FOREIGN || self.added(paper, contrast) {
            Verdict::Touched
        } else {
            Verdict::Agrees
        };
        (text, verdict)
    }

    /// The best of a likeness over the small shifts that paper and scanner make.
    fn best_place(&self, likeness: impl Fn((usize, usize)) -> f32) -> f32 {
        let near = |v: usize| v.saturating_sub(PLAY)..=(v + PLAY).min(2 * REACH);
        near(self.at.1)
            .flat_map(|dy| near(self.at.0).map(move |dx| (dx, dy)))
            .map(likeness)
            .fold(-1.0, f32::max)
    }

    /// Paper and ink of the line, as darkness from 0 to 255. `None` when there is nothing to tell them apart by.
    fn contrast(&self) -> Option<(f32, f32)> {
        /// A pixel that is nearly full of ink.
        const NEARLY: i16 = FULL / 5 * 4;
        let (mut on, mut off) = ((0i64, 0i64), (0i64, 0i64));
        for y in 0..self.expected.height {
            let seen = &self.seen.row(y + self.at.1)[self.at.0..];
            for (ink, seen) in self.expected.row(y).iter().zip(seen) {
                let (full, none) = (i64::from(*ink > NEARLY), i64::from(*ink == 0));
                let seen = i64::from(*seen);
                on = (on.0 + full * seen, on.1 + full);
                off = (off.0 + none * seen, off.1 + none);
            }
        }
        let mean = |(sum, count): (i64, i64)| sum as f32 / count as f32;
        let (ink, paper) = (mean(on), mean(off));
        (ink - paper >= LEAST_CONTRAST).then_some((paper, ink - paper))
    }

    /// The character that a place clearly shows instead of the printed one.
    fn instead(&self, glyph: &PrintedGlyph, score: f32) -> Option<char> {
        let kind: fn(&char) -> bool = match glyph.character {
            '0'..='9' => char::is_ascii_digit,
            'A'..='Z' => char::is_ascii_uppercase,
            'a'..='z' => char::is_ascii_lowercase,
            _ => return None,
        };
        let left_mm = glyph.x_mm - self.left_mm;
        let height = self.expected.height;
        let (_, own) = self.shapes.of(glyph, left_mm, self.top_mm, height);
        let rivals = ('0'..='z').filter(kind).filter(|c| *c != glyph.character);
        let (_, character) = rivals
            .filter_map(|character| {
                let rival = glyph.instead(character);
                let (column, shape) = self.shapes.of(&rival, left_mm, self.top_mm, height);
                if column + shape.width > self.expected.width {
                    return None;
                }
                let alike = own.overlap(&shape);
                let at = |(dx, dy): (usize, usize)| shape.likeness(&self.seen, (dx + column, dy));
                // Most are far from it wherever they are laid.
                if at(self.at) < score - FAR {
                    return None;
                }
                let likeness = self.best_place(at);
                let lead = LEAD.max(LEAD_SHARE * likeness * (1.0 - alike));
                (alike < TWINS && likeness >= READ && likeness - score >= lead)
                    .then_some((likeness, character))
            })
            .max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(character)
    }

    /// Whether there is ink where nothing was printed, at one glyph much more than at the others.
    fn added(&self, paper: f32, contrast: f32) -> bool {
        // Strokes grow in copying; where they grow by more than a pixel, they do so at all glyphs of a line.
        let strokes = self.expected.grown();
        let (width, height) = (self.expected.width, self.expected.height);
        // Ink below the baseline may underline the value, and above the capitals belongs to the label.
        let em = self.line[0].em_mm * PER_MM;
        let baseline = (self.line[0].baseline_mm - self.top_mm) * PER_MM;
        let rows = (baseline - 0.8 * em).max(0.0) as usize..((baseline + 0.04 * em) as usize).min(height);
        let column = |mm: f64| (((mm - self.left_mm) * PER_MM) as usize).min(width);
        // A cell reaches to the next glyph, so that blanks belong to one; behind the last there is one more.
        let end = self
            .line
            .iter()
            .map(|g| g.x_mm + g.advance_mm)
            .fold(0.0, f64::max);
        let mut edges: Vec<usize> = self.line.iter().map(|g| column(g.x_mm)).collect();
        edges.extend([column(end), width]);
        let cells: Vec<(f64, bool)> = edges
            .windows(2)
            .filter(|edge| edge[0] < edge[1])
            .map(|edge| {
                let mut foreign: Vec<bool> = Vec::with_capacity(rows.len() * (edge[1] - edge[0]));
                for y in rows.clone() {
                    let seen = &self.seen.row(y + self.at.1)[self.at.0..];
                    let both = seen[edge[0]..edge[1]]
                        .iter()
                        .zip(&strokes.row(y)[edge[0]..edge[1]]);
                    let darker = (contrast * INK).max(PEN);
                    foreign.extend(both.map(|(seen, stroke)| {
                        f32::from(*seen) > paper + contrast * f32::from(*stroke) / f32::from(FULL) + darker
                    }));
                }
                let mm2 = foreign.iter().filter(|f| **f).count() as f64 / (PER_MM * PER_MM);
                let long = pieces(&mut foreign, edge[1] - edge[0]).any(|p| p.diagonal > ADDED_MM * PER_MM);
                (mm2, long)
            })
            .collect();
        let mut usual: Vec<f64> = cells.iter().map(|c| c.0).collect();
        usual.sort_by(f64::total_cmp);
        let usual = usual[usual.len() / 2];
        cells.iter().any(|(mm2, long)| *long && mm2 - usual > ADDED_MM2)
    }
}

/// Glyphs that were drawn for a page.
#[derive(Default)]
pub struct Shapes(RefCell<HashMap<ShapeKey, Rc<Canvas>>>);

/// Face, character, size, the parts of a pixel beside its column, where its baseline lies, and how wide and high the canvas is:
/// a character in another's place has that one's width.
type ShapeKey = (u8, char, u64, u8, i64, (usize, usize));

impl Shapes {
    /// A glyph alone on a canvas as high as its line: the column where that begins, counted from `left_mm` before it, and its
    /// ink.
    fn of(&self, glyph: &PrintedGlyph, left_mm: f64, top_mm: f64, height: usize) -> (usize, Rc<Canvas>) {
        let parts = |mm: f64| (mm * PER_MM * PARTS).round();
        let (x, baseline) = (parts(left_mm).max(0.0), parts(glyph.baseline_mm - top_mm));
        let column = (x / PARTS).floor();
        let beside = x - column * PARTS;
        let width = ((beside / PARTS + glyph.advance_mm * PER_MM).ceil() as usize).max(1);
        let key = (
            glyph.face_number(),
            glyph.character,
            glyph.em_mm.to_bits(),
            beside as u8,
            baseline as i64,
            (width, height),
        );
        let draw = || {
            let origin = ((beside / PARTS) as f32, (baseline / PARTS) as f32);
            let mut outline = Outline::new((glyph.em_mm * PER_MM) as f32, origin);
            glyph.outline(&mut outline);
            let ink = outline.ink(width, height).into_iter();
            Rc::new(Canvas {
                ink: ink.map(|v| (v.min(1.0) * f32::from(FULL)) as i16).collect(),
                width,
                height,
            })
        };
        let mut drawn = self.0.borrow_mut();
        (column as usize, Rc::clone(drawn.entry(key).or_insert_with(draw)))
    }
}
