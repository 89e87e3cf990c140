//! Outlines of glyphs as pixels: how much ink each pixel of a small canvas gets.

use ttf_parser::OutlineBuilder;

/// Lines of samples a pixel.
const FINE: usize = 4;
/// Straight lines for a curve: finer than a pixel at the sizes of print.
const LINES_OF_CURVE: i32 = 8;

type Point = (f32, f32);

/// Outlines as straight lines, in pixels with y downwards.
#[derive(Default)]
pub struct Outline {
    scale: f32,
    origin: Point,
    start: Point,
    at: Point,
    lines: Vec<(Point, Point)>,
}

impl Outline {
    /// A pen for outlines of `scale` pixels a unit, whose origin (left end of the baseline) lies at a point in pixels.
    pub fn new(scale: f32, origin: Point) -> Outline {
        Outline {
            scale,
            origin,
            ..Outline::default()
        }
    }

    /// How much ink each pixel of a canvas has, 0 to 1, row by row. What lies beyond the canvas is left out.
    pub fn ink(&self, width: usize, height: usize) -> Vec<f32> {
        let mut ink = vec![0.0; width * height];
        let mut crossings: Vec<(f32, i32)> = Vec::new();
        let ys = || self.lines.iter().flat_map(|(a, b)| [a.1, b.1]);
        let fine = |y: f32| ((y * FINE as f32).max(0.0) as usize).min(height * FINE);
        let (top, bottom) = (ys().fold(f32::MAX, f32::min), ys().fold(0.0, f32::max));
        for row in fine(top)..fine(bottom.ceil()) {
            let y = (row as f32 + 0.5) / FINE as f32;
            crossings.clear();
            let crossed = self
                .lines
                .iter()
                .filter(|((_, y0), (_, y1))| (*y0 <= y) != (*y1 <= y));
            crossings.extend(crossed.map(|((x0, y0), (x1, y1))| {
                let x = x0 + (y - y0) / (y1 - y0) * (x1 - x0);
                (x, if y1 > y0 { 1 } else { -1 })
            }));
            crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut winding = 0;
            for pair in crossings.windows(2) {
                winding += pair[0].1;
                if winding == 0 {
                    continue;
                }
                let (from, to) = (pair[0].0.max(0.0), pair[1].0.min(width as f32));
                let pixels = &mut ink[row / FINE * width..][..width];
                for (x, pixel) in pixels
                    .iter_mut()
                    .enumerate()
                    .take(to.ceil() as usize)
                    .skip(from as usize)
                {
                    let covered = to.min(x as f32 + 1.0) - from.max(x as f32);
                    *pixel += covered.max(0.0) / FINE as f32;
                }
            }
        }
        ink
    }

    fn place(&self, x: f32, y: f32) -> Point {
        (self.origin.0 + x * self.scale, self.origin.1 - y * self.scale)
    }

    fn line(&mut self, to: Point) {
        self.lines.push((self.at, to));
        self.at = to;
    }

    fn cubic(&mut self, a: Point, b: Point, to: Point) {
        let from = self.at;
        for i in 1..=LINES_OF_CURVE {
            let t = i as f32 / LINES_OF_CURVE as f32;
            let u = 1.0 - t;
            let mix = |f: f32, a: f32, b: f32, g: f32| {
                u * u * u * f + 3.0 * u * u * t * a + 3.0 * u * t * t * b + t * t * t * g
            };
            self.line((mix(from.0, a.0, b.0, to.0), mix(from.1, a.1, b.1, to.1)));
        }
    }
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
        self.cubic(third(from), third(to), to);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (a, b, to) = (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.cubic(a, b, to);
    }
    fn close(&mut self) {
        let start = self.start;
        self.line(start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_with_a_hole_covers_what_it_covers() {
        let mut outline = Outline::new(2.0, (1.0, 9.0));
        let square = |outline: &mut Outline, corners: [(f32, f32); 4]| {
            outline.move_to(corners[0].0, corners[0].1);
            corners[1..].iter().for_each(|c| outline.line_to(c.0, c.1));
            outline.close();
        };
        square(&mut outline, [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]);
        square(&mut outline, [(1.0, 1.0), (1.0, 3.0), (3.0, 3.0), (3.0, 1.0)]);
        let ink = outline.ink(10, 10);
        let at = |x: usize, y: usize| ink[y * 10 + x];
        assert_eq!((at(0, 5), at(1, 5), at(2, 5)), (0.0, 1.0, 1.0));
        assert_eq!((at(5, 5), at(8, 5), at(9, 5)), (0.0, 1.0, 0.0));
        assert_eq!(ink.iter().sum::<f32>(), 64.0 - 16.0);
    }

    #[test]
    fn what_reaches_beyond_the_canvas_is_left_out() {
        let mut outline = Outline::new(1.0, (-5.0, 3.0));
        outline.move_to(0.0, 0.0);
        outline.line_to(100.0, 0.0);
        outline.line_to(100.0, 100.0);
        outline.line_to(0.0, 100.0);
        outline.close();
        assert_eq!(outline.ink(4, 4).iter().sum::<f32>(), 12.0);
    }
}
