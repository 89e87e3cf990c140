//! Rectangles of the sheet laid upright. Every place of every page goes through here, so pixels are mixed in whole numbers.

use super::pixels::Picture;
use super::registration::{Point, Registration};
use image::GrayImage;

/// The most pixels a resampled part may have: the largest place at 12 pixels a millimetre.
const MAX_SAMPLES: f64 = 2_000_000.0;
/// Samples are taken this much finer than a pixel at most, each way.
const MOST_FINE: f64 = 4.0;
/// A picture this much too coarse is still fine enough to be sampled as it is.
const NEARLY: f64 = 0.95;
/// Pixels over which a line of samples is straight, even on a page seen aslant: some millimetres.
const SEGMENT: usize = 16;
/// Bits behind the point of a place in the picture.
const BITS: u32 = 16;
/// Beyond this many pixels nothing of any picture lies.
const FAR: f64 = 1e6;
/// What is off the picture is paper.
const PAPER: u32 = 255;

impl Registration {
    /// A rectangle `[x, y, w, h]` of the sheet, in millimetres, upright at `per_mm` pixels a millimetre; off the picture it is white.
    ///
    /// Where the picture is finer, each pixel is the mean of as many samples as it covers, so that thin strokes stay.
    pub fn upright(&self, grey: &GrayImage, [x, y, w, h]: [f64; 4], per_mm: f64) -> GrayImage {
        let per_mm = per_mm.min((MAX_SAMPLES / (w * h).max(1e-6)).sqrt());
        let size = |mm: f64| ((mm * per_mm).round() as u32).max(1);
        let (width, height) = (size(w), size(h));
        let fine = (self.scale() / per_mm * NEARLY).ceil().clamp(1.0, MOST_FINE) as u32;
        let step = 1.0 / (per_mm * f64::from(fine));
        let mut out = Vec::with_capacity((width * height) as usize);
        let mut sums = vec![0u32; width as usize];
        let samples = fine * fine;
        for v in 0..height {
            sums.fill(samples / 2);
            for j in 0..fine {
                let row = y + (f64::from(v * fine + j) + 0.5) * step;
                self.add_samples(grey, (x + 0.5 * step, row), step, fine as usize, &mut sums);
            }
            out.extend(sums.iter().map(|sum| (sum / samples) as u8));
        }
        GrayImage::from_raw(width, height, out).expect("the buffer has that size")
    }

    /// The same from the picture at half its size where that is fine enough, which costs a quarter.
    pub fn upright_small(&self, picture: &Picture, place: [f64; 4], per_mm: f64) -> GrayImage {
        if self.scale() / 2.0 >= per_mm * NEARLY {
            self.halved().upright(picture.half(), place, per_mm)
        } else {
            self.upright(picture, place, per_mm)
        }
    }

    /// Adds a line of samples, `fine` to each sum, that starts at a point of the sheet and goes right in steps of `step`.
    fn add_samples(&self, grey: &GrayImage, (x, y): Point, step: f64, fine: usize, sums: &mut [u32]) {
        let (width, height) = (f64::from(grey.width()), f64::from(grey.height()));
        // The four pixels around a sample are there: a little away from the first, so that rounding does not leave the picture.
        let within = |p: Point| p.0 >= 0.01 && p.1 >= 0.01 && p.0 <= width - 2.0 && p.1 <= height - 2.0;
        for (n, part) in sums.chunks_mut(SEGMENT).enumerate() {
            let at = |sample: usize| {
                let p = self.pixel((x + sample as f64 * step, y));
                // Pixel centres lie at half coordinates.
                (p.0 - 0.5, p.1 - 0.5)
            };
            let first = n * SEGMENT * fine;
            let steps = part.len() * fine;
            let (from, to) = (at(first), at(first + steps));
            if ![from.0, from.1, to.0, to.1].iter().all(|v| v.abs() < FAR) {
                part.iter_mut().for_each(|sum| *sum += PAPER * fine as u32);
                continue;
            }
            let fixed = |v: f64| (v * f64::from(1u32 << BITS)) as i64;
            let a_step = |from: f64, to: f64| fixed((to - from) / steps as f64);
            let start = (fixed(from.0), fixed(from.1));
            let along = (a_step(from.0, to.0), a_step(from.1, to.1));
            if within(from) && within(to) {
                add(grey, start, along, fine, part, mixed);
            } else {
                add(grey, start, along, fine, part, mixed_or_paper);
            }
        }
    }
}

fn add(
    grey: &GrayImage,
    (mut x, mut y): (i64, i64),
    (dx, dy): (i64, i64),
    fine: usize,
    sums: &mut [u32],
    sample: impl Fn(&GrayImage, i64, i64) -> u32,
) {
    for sum in sums {
        for _ in 0..fine {
            *sum += sample(grey, x, y);
            (x, y) = (x + dx, y + dy);
        }
    }
}

/// The value between four pixels that are all there.
fn mixed(grey: &GrayImage, x: i64, y: i64) -> u32 {
    let (raw, width) = (grey.as_raw(), grey.width() as usize);
    let at = (y >> BITS) as usize * width + (x >> BITS) as usize;
    let share = |v: i64| (v >> (BITS - 8)) as u32 & 255;
    let (fx, fy) = (share(x), share(y));
    let two = |pair: &[u8]| u32::from(pair[0]) * (256 - fx) + u32::from(pair[1]) * fx;
    let (upper, lower) = (two(&raw[at..at + 2]), two(&raw[at + width..at + width + 2]));
    (upper * (256 - fy) + lower * fy + (1 << 15)) >> 16
}

fn mixed_or_paper(grey: &GrayImage, x: i64, y: i64) -> u32 {
    let (column, row) = (x >> BITS, y >> BITS);
    let there = |at: i64, side: u32| at >= 0 && at + 1 < i64::from(side);
    if there(column, grey.width()) && there(row, grey.height()) {
        mixed(grey, x, y)
    } else {
        PAPER
    }
}

#[cfg(test)]
mod tests {
    use super::super::registration::{Anchor, corners};
    use super::*;
    use image::Luma;
    use proptest::prelude::*;

    /// A sheet of 210 × 297 mm at so many pixels a millimetre, turned and shifted.
    fn laid(per_mm: f64, degrees: f64, shift: Point) -> Registration {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let place = [12.0, 12.0, 180.0, 250.0];
        let anchor = Anchor {
            name: "sheet".into(),
            paper_mm: corners(place),
            picture: corners(place).map(|(x, y)| {
                (
                    (x * cos - y * sin) * per_mm + shift.0,
                    (x * sin + y * cos) * per_mm + shift.1,
                )
            }),
        };
        Registration::fit(&[anchor]).expect("one code").0
    }

    #[test]
    fn a_slope_of_grey_stays_where_it_was_at_every_resolution() {
        let grey = GrayImage::from_fn(840, 1188, |x, y| Luma([((x + y) / 9) as u8]));
        let picture = Picture::of(&grey);
        for per_mm in [1.0, 1.9, 2.0, 3.0, 4.0, 7.5] {
            let part = laid(4.0, 0.0, (0.0, 0.0)).upright_small(&picture, [50.0, 60.0, 20.0, 10.0], per_mm);
            for (u, v, pixel) in part.enumerate_pixels() {
                let at = |from: f64, n: u32| (from + (f64::from(n) + 0.5) / per_mm) * 4.0 - 0.5;
                let want = (at(50.0, u) + at(60.0, v)) / 9.0;
                assert!(
                    (f64::from(pixel.0[0]) - want).abs() < 1.1,
                    "{per_mm}: {u} {v} {} for {want}",
                    pixel.0[0]
                );
            }
        }
    }

    #[test]
    fn what_is_off_the_picture_is_white() {
        let grey = GrayImage::from_pixel(400, 400, Luma([9]));
        let part = laid(4.0, 0.0, (0.0, 0.0)).upright(&grey, [90.0, 50.0, 20.0, 10.0], 4.0);
        assert_eq!(part.get_pixel(20, 10).0, [9]);
        assert_eq!(part.get_pixel(60, 10).0, [255]);
    }

    proptest! {
        #[test]
        fn no_place_and_no_map_leave_the_picture(
            degrees in 0.0..360.0f64, per_mm in 0.5..30.0f64, x in -400.0..400.0f64, y in -400.0..400.0f64,
            w in 0.1..60.0f64, fine in 0.5..12.0f64, side in 1u32..90, shift in -300.0..300.0f64,
        ) {
            let grey = GrayImage::from_pixel(side, 91 - side, Luma([7]));
            let part = laid(per_mm, degrees, (shift, -shift)).upright_small(&Picture::of(&grey), [x, y, w, 61.0 - w], fine);
            prop_assert!(part.pixels().all(|p| p.0[0] == 7 || p.0[0] == 255 || per_mm > fine));
        }
    }
}
