//! A sheet of paper as pixels that one can draw on in millimetres.

use super::wear::between;
use crate::paper::Place;
use image::{GrayImage, Luma};
use ttf_parser::{Face, OutlineBuilder};

/// A point on the sheet, in millimetres from its top left.
pub type Point = (f64, f64);

/// A printed sheet before it is scanned.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub grey: GrayImage,
    /// Pixels a millimetre.
    pub per_mm: f64,
}

impl Sheet {
    /// White paper.
    pub fn blank(width_mm: f64, height_mm: f64, dpi: u32) -> Sheet {
        let per_mm = f64::from(dpi) / 25.4;
        let size = |mm: f64| (mm * per_mm).round() as u32;
        Sheet {
            grey: GrayImage::from_pixel(size(width_mm), size(height_mm), Luma([255])),
            per_mm,
        }
    }

    /// A drawn page, `dpi` as it was drawn.
    pub fn of_page(grey: GrayImage, dpi: u32) -> Sheet {
        Sheet {
            grey,
            per_mm: f64::from(dpi) / 25.4,
        }
    }

    /// Lets each pixel of a rectangle (mm) be changed by `paint(x_mm, y_mm, old)`.
    pub fn paint(&mut self, [x, y, w, h]: [f64; 4], mut paint: impl FnMut(f64, f64, u8) -> u8) {
        let clamp = |mm: f64, most: u32| (mm * self.per_mm).round().clamp(0.0, f64::from(most)) as u32;
        let (width, height) = self.grey.dimensions();
        for py in clamp(y, height)..clamp(y + h, height) {
            for px in clamp(x, width)..clamp(x + w, width) {
                let pixel = &mut self.grey.get_pixel_mut(px, py).0[0];
                *pixel = paint(
                    (f64::from(px) + 0.5) / self.per_mm,
                    (f64::from(py) + 0.5) / self.per_mm,
                    *pixel,
                );
            }
        }
    }

    /// Fills a rectangle (mm) with one grey.
    pub fn fill(&mut self, rectangle: [f64; 4], grey: u8) {
        self.paint(rectangle, |_, _, _| grey);
    }

    /// Draws the edge of a rectangle (mm).
    pub fn frame(&mut self, [x, y, w, h]: [f64; 4], line_mm: f64, grey: u8) {
        self.fill([x, y, w, line_mm], grey);
        self.fill([x, y + h - line_mm, w, line_mm], grey);
        self.fill([x, y, line_mm, h], grey);
        self.fill([x + w - line_mm, y, line_mm, h], grey);
    }

    /// Fills a closed outline (mm, nonzero winding), its edges soft.
    pub fn shape(&mut self, lines: &[(Point, Point)], grey: u8) {
        const FINE: u32 = 3;
        let scaled: Vec<(Point, Point)> = lines
            .iter()
            .map(|(a, b)| {
                (
                    (a.0 * self.per_mm, a.1 * self.per_mm),
                    (b.0 * self.per_mm, b.1 * self.per_mm),
                )
            })
            .collect();
        let ys = || scaled.iter().flat_map(|(a, b)| [a.1, b.1]);
        let top = ys().fold(f64::MAX, f64::min).max(0.0) as u32;
        let bottom = ys()
            .fold(f64::MIN, f64::max)
            .min(f64::from(self.grey.height()))
            .ceil()
            .max(0.0) as u32;
        for py in top..bottom {
            let mut covered = vec![0.0; self.grey.width() as usize];
            for fine in 0..FINE {
                let y = f64::from(py) + (f64::from(fine) + 0.5) / f64::from(FINE);
                let mut crossings: Vec<(f64, i32)> = scaled
                    .iter()
                    .filter(|(a, b)| (a.1 <= y) != (b.1 <= y))
                    .map(|(a, b)| {
                        (
                            a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0),
                            if b.1 > a.1 { 1 } else { -1 },
                        )
                    })
                    .collect();
                crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
                let mut winding = 0;
                for pair in crossings.windows(2) {
                    winding += pair[0].1;
                    if winding == 0 {
                        continue;
                    }
                    let (from, to) = (pair[0].0.max(0.0), pair[1].0.min(f64::from(self.grey.width())));
                    for px in from.max(0.0) as u32..to.ceil().max(0.0) as u32 {
                        let share = to.min(f64::from(px) + 1.0) - from.max(f64::from(px));
                        covered[px as usize] += share.max(0.0) / f64::from(FINE);
                    }
                }
            }
            for (px, share) in covered.into_iter().enumerate().filter(|(_, share)| *share > 0.0) {
                let pixel = &mut self.grey.get_pixel_mut(px as u32, py).0[0];
                *pixel = (f64::from(*pixel) + (f64::from(grey) - f64::from(*pixel)) * share.min(1.0)) as u8;
            }
        }
    }

    /// Writes a line of type; its baseline starts at a point, `em_mm` is the font size. Returns the width in millimetres.
    pub fn text(&mut self, font: &[u8], at: Point, em_mm: f64, text: &str, grey: u8) -> f64 {
        let Ok(face) = Face::parse(font, 0) else {
            return 0.0;
        };
        let scale = em_mm / f64::from(face.units_per_em());
        let mut x = at.0;
        for c in text.chars() {
            let Some(glyph) = face.glyph_index(c) else {
                continue;
            };
            let mut outline = Outline {
                origin: (x, at.1),
                scale,
                at: (0.0, 0.0),
                start: (0.0, 0.0),
                lines: Vec::new(),
            };
            face.outline_glyph(glyph, &mut outline);
            self.shape(&outline.lines, grey);
            x += f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale;
        }
        x - at.0
    }

    /// Draws a pen's way: a dab of ink of a width (mm) at every step between the points.
    pub fn pen(&mut self, points: &[(Point, f64)], grey: u8) {
        for pair in points.windows(2) {
            let ((a, wide_a), (b, wide_b)) = (pair[0], pair[1]);
            let steps = ((a.0 - b.0).hypot(a.1 - b.1) * self.per_mm).ceil().max(1.0) as u32;
            for i in 0..=steps {
                let t = f64::from(i) / f64::from(steps);
                let mix = |from: f64, to: f64| from + (to - from) * t;
                let (x, y, r) = (mix(a.0, b.0), mix(a.1, b.1), mix(wide_a, wide_b) / 2.0);
                let soft = 0.5 / self.per_mm;
                let reach = r + 2.0 * soft;
                self.paint([x - reach, y - reach, 2.0 * reach, 2.0 * reach], |px, py, old| {
                    let outside = ((px - x).hypot(py - y) - r) / soft;
                    let share = (0.5 - outside / 2.0).clamp(0.0, 1.0);
                    old.min((255.0 + (f64::from(grey) - 255.0) * share) as u8)
                });
            }
        }
    }

    /// Lays another sheet on this one, its top left at a point.
    pub fn paste(&mut self, other: &Sheet, at: Point) {
        let size = |pixels: u32| f64::from(pixels) / other.per_mm;
        let place = [at.0, at.1, size(other.grey.width()), size(other.grey.height())];
        let (width, height) = other.grey.dimensions();
        self.paint(place, |x, y, old| {
            let pixel = |mm: f64| (mm * other.per_mm).max(0.0) as u32;
            let (px, py) = (pixel(x - at.0), pixel(y - at.1));
            if px < width && py < height {
                other.grey.get_pixel(px, py).0[0]
            } else {
                old
            }
        });
    }
}

impl Sheet {
    /// Copies another sheet onto this one, its middle at a point and turned clockwise: what was printed shows through.
    pub fn copy_turned(&mut self, other: &Sheet, middle: Point, degrees: f64) {
        let size = |pixels: u32| f64::from(pixels) / other.per_mm;
        let (w, h) = (size(other.grey.width()), size(other.grey.height()));
        let reach = w.hypot(h) / 2.0;
        let (sin, cos) = degrees.to_radians().sin_cos();
        let around = [middle.0 - reach, middle.1 - reach, 2.0 * reach, 2.0 * reach];
        self.paint(around, |x, y, old| {
            let (u, v) = (x - middle.0, y - middle.1);
            let own = (u * cos + v * sin + w / 2.0, v * cos - u * sin + h / 2.0);
            let pixel = |mm: f64| mm * other.per_mm - 0.5;
            between(&other.grey, pixel(own.0), pixel(own.1)).map_or(old, |copied| old.min(copied))
        });
    }
}

/// A place as `[x, y, w, h]` in millimetres.
pub const fn rectangle(place: &Place) -> [f64; 4] {
    [place.x_mm, place.y_mm, place.w_mm, place.h_mm]
}

/// A glyph as straight lines on the sheet.
struct Outline {
    origin: Point,
    scale: f64,
    at: Point,
    start: Point,
    lines: Vec<(Point, Point)>,
}

impl Outline {
    fn place(&self, x: f32, y: f32) -> Point {
        (
            self.origin.0 + f64::from(x) * self.scale,
            self.origin.1 - f64::from(y) * self.scale,
        )
    }

    fn line(&mut self, to: Point) {
        self.lines.push((self.at, to));
        self.at = to;
    }
}

/// The point at `t` of a cubic Bézier curve.
pub fn bezier([a, b, c, d]: [Point; 4], t: f64) -> Point {
    let u = 1.0 - t;
    let mix = |a: f64, b: f64, c: f64, d: f64| {
        u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
    };
    (mix(a.0, b.0, c.0, d.0), mix(a.1, b.1, c.1, d.1))
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.start = self.place(x, y);
        self.at = self.start;
    }
    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.place(x, y);
        self.line(to);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (from, by, to) = (self.at, self.place(x1, y1), self.place(x, y));
        let third = |p: Point| (p.0 + (by.0 - p.0) * 2.0 / 3.0, p.1 + (by.1 - p.1) * 2.0 / 3.0);
        for i in 1..=6 {
            self.line(bezier([from, third(from), third(to), to], f64::from(i) / 6.0));
        }
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let curve = [self.at, self.place(x1, y1), self.place(x2, y2), self.place(x, y)];
        for i in 1..=6 {
            self.line(bezier(curve, f64::from(i) / 6.0));
        }
    }
    fn close(&mut self) {
        let start = self.start;
        self.line(start);
    }
}
