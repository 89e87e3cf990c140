//! Small work on grey pixels: halving, blurring, cutting, and PNG for evidence.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, GrayImage, ImageEncoder};
use std::cell::OnceCell;
use std::ops::Deref;

/// A page's picture, and the same at half its size, which is made once when it is first asked for.
pub struct Picture<'a> {
    full: &'a GrayImage,
    half: OnceCell<GrayImage>,
}

impl<'a> Picture<'a> {
    /// The picture of a page.
    pub const fn of(full: &'a GrayImage) -> Picture<'a> {
        Picture {
            full,
            half: OnceCell::new(),
        }
    }

    /// The picture as it is.
    pub const fn full(&self) -> &'a GrayImage {
        self.full
    }

    /// The picture at half its width and height.
    pub fn half(&self) -> &GrayImage {
        self.half.get_or_init(|| halved(self.full))
    }
}

impl Deref for Picture<'_> {
    type Target = GrayImage;

    /// The picture as it is.
    fn deref(&self) -> &GrayImage {
        self.full
    }
}

/// The picture at half its width and height; each pixel is the mean of four.
pub fn halved(grey: &GrayImage) -> GrayImage {
    let (w, h) = (grey.width() as usize / 2, grey.height() as usize / 2);
    let from = grey.as_raw();
    let stride = grey.width() as usize;
    let mut out = vec![0u8; w * h];
    for (y, row) in out.chunks_exact_mut(w.max(1)).enumerate().take(h) {
        let upper = &from[2 * y * stride..][..2 * w];
        let lower = &from[(2 * y + 1) * stride..][..2 * w];
        for ((pixel, a), b) in row
            .iter_mut()
            .zip(upper.as_chunks::<2>().0)
            .zip(lower.as_chunks::<2>().0)
        {
            *pixel = ((u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]) + 2) / 4) as u8;
        }
    }
    GrayImage::from_raw(w as u32, h as u32, out).expect("the buffer has that size")
}

/// The 3×3 mean, which mends dithered print.
pub fn blurred(grey: &GrayImage) -> GrayImage {
    let (w, h) = (grey.width() as usize, grey.height() as usize);
    if w < 3 || h < 3 {
        return grey.clone();
    }
    let from = grey.as_raw();
    let mut out = from.clone();
    let mut columns = vec![0u16; w];
    for y in 1..h - 1 {
        let row = |y: usize| &from[y * w..(y + 1) * w];
        let three = row(y - 1).iter().zip(row(y)).zip(row(y + 1));
        for (sum, ((a, b), c)) in columns.iter_mut().zip(three) {
            *sum = u16::from(*a) + u16::from(*b) + u16::from(*c);
        }
        let within = &mut out[y * w + 1..(y + 1) * w - 1];
        let three = columns.iter().zip(&columns[1..]).zip(&columns[2..]);
        for (pixel, ((a, b), c)) in within.iter_mut().zip(three) {
            *pixel = ((a + b + c) / 9) as u8;
        }
    }
    GrayImage::from_raw(grey.width(), grey.height(), out).expect("the buffer has that size")
}

/// The picture at another height, rows mixed by their distance.
pub fn stretched(grey: &GrayImage, height: u32) -> GrayImage {
    let (w, h) = (grey.width() as usize, grey.height() as usize);
    let mut out = Vec::with_capacity(w * height as usize);
    let step = h as f64 / f64::from(height.max(1));
    for y in 0..height {
        // Row middles lie at half coordinates.
        let at = ((f64::from(y) + 0.5) * step - 0.5).clamp(0.0, (h.max(1) - 1) as f64);
        let (upper, share) = (at as usize, ((at - at.floor()) * 256.0) as u16);
        let lower = (upper + 1).min(h.max(1) - 1);
        let row = |y: usize| &grey.as_raw()[y * w..][..w];
        let mixed = row(upper).iter().zip(row(lower));
        out.extend(mixed.map(|(a, b)| ((u16::from(*a) * (256 - share) + u16::from(*b) * share) >> 8) as u8));
    }
    GrayImage::from_raw(grey.width(), height, out).expect("the buffer has that size")
}

/// The picture at twice its width and height, values mixed between neighbours.
pub fn doubled(grey: &GrayImage) -> GrayImage {
    let tall = stretched(grey, grey.height() * 2);
    let mut out = Vec::with_capacity(tall.as_raw().len() * 2);
    for row in tall.as_raw().chunks_exact((grey.width() as usize).max(1)) {
        for (x, &here) in row.iter().enumerate() {
            let near = |at: usize| (3 * u16::from(here) + u16::from(row[at])) / 4;
            out.push(near(x.saturating_sub(1)) as u8);
            out.push(near((x + 1).min(row.len() - 1)) as u8);
        }
    }
    GrayImage::from_raw(grey.width() * 2, grey.height() * 2, out).expect("the buffer has that size")
}

/// The part between two corners, cut at the picture's edges; `None` when nothing of it is on the picture.
pub fn cut(grey: &GrayImage, from: (f64, f64), to: (f64, f64)) -> Option<(GrayImage, (u32, u32))> {
    let clamp = |v: f64, max: u32| v.clamp(0.0, f64::from(max)) as u32;
    let (x0, y0) = (
        clamp(from.0.floor(), grey.width()),
        clamp(from.1.floor(), grey.height()),
    );
    let (x1, y1) = (
        clamp(to.0.ceil(), grey.width()),
        clamp(to.1.ceil(), grey.height()),
    );
    (x1 > x0 && y1 > y0).then(|| {
        (
            image::imageops::crop_imm(grey, x0, y0, x1 - x0, y1 - y0).to_image(),
            (x0, y0),
        )
    })
}

/// The picture as PNG, quickly rather than small.
pub fn png(grey: &GrayImage) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new_with_quality(&mut out, CompressionType::Fast, FilterType::Sub)
        .write_image(grey.as_raw(), grey.width(), grey.height(), ExtendedColorType::L8)
        .expect("a picture of checked size is written to memory");
    out
}

/// The mean and the standard deviation of some grey values.
pub fn mean_and_deviation(values: impl Iterator<Item = u8>) -> (f64, f64) {
    let (mut n, mut sum, mut squares) = (0u64, 0u64, 0u64);
    for v in values {
        let v = u64::from(v);
        n += 1;
        sum += v;
        squares += v * v;
    }
    let n = n.max(1) as f64;
    let mean = sum as f64 / n;
    (mean, (squares as f64 / n - mean * mean).max(0.0).sqrt())
}

/// A connected piece of a picture of ink.
pub struct Piece {
    /// How many pixels it has.
    pub area: usize,
    /// The diagonal of the box around it, in pixels.
    pub diagonal: f64,
}

/// The connected pieces (over edges and corners) of a picture, row by row `width` wide. Empties the picture.
pub fn pieces(ink: &mut [bool], width: usize) -> impl Iterator<Item = Piece> {
    let height = ink.len() / width.max(1);
    let mut stack = Vec::new();
    (0..ink.len()).filter_map(move |start| {
        if !std::mem::take(&mut ink[start]) {
            return None;
        }
        stack.push(start);
        let (mut area, mut x0, mut x1, mut y0, mut y1) = (0, usize::MAX, 0, usize::MAX, 0);
        while let Some(at) = stack.pop() {
            let (x, y) = (at % width, at / width);
            area += 1;
            (x0, x1, y0, y1) = (x0.min(x), x1.max(x), y0.min(y), y1.max(y));
            for ny in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    if std::mem::take(&mut ink[ny * width + nx]) {
                        stack.push(ny * width + nx);
                    }
                }
            }
        }
        let diagonal = ((x1 - x0) as f64).hypot((y1 - y0) as f64);
        Some(Piece { area, diagonal })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn halving_takes_the_mean_of_four_and_drops_an_odd_edge() {
        let grey = GrayImage::from_fn(5, 3, |x, y| Luma([(10 * x + y) as u8]));
        let half = halved(&grey);
        assert_eq!(half.dimensions(), (2, 1));
        assert_eq!(half.as_raw(), &[6, 26]);
    }

    #[test]
    fn blurring_takes_the_mean_of_nine_and_leaves_the_edge() {
        let grey = GrayImage::from_fn(5, 4, |x, y| Luma([(x * x * 10 + y * 3) as u8]));
        let soft = blurred(&grey);
        for (x, y, pixel) in soft.enumerate_pixels() {
            let edge = x == 0 || y == 0 || x == 4 || y == 3;
            let near = |at: u32| at - 1..=at + 1;
            let mean = || {
                let nine = near(y).flat_map(|v| near(x).map(move |u| (u, v)));
                nine.map(|(u, v)| u16::from(grey.get_pixel(u, v).0[0]))
                    .sum::<u16>()
                    / 9
            };
            let want = if edge {
                grey.get_pixel(x, y).0[0]
            } else {
                mean() as u8
            };
            assert_eq!(pixel.0[0], want, "{x} {y}");
        }
    }

    #[test]
    fn stretching_mixes_rows() {
        let grey = GrayImage::from_fn(2, 2, |_, y| Luma([if y == 0 { 0 } else { 200 }]));
        let tall = stretched(&grey, 4);
        assert_eq!(
            tall.as_raw().iter().step_by(2).copied().collect::<Vec<_>>(),
            [0, 50, 150, 200]
        );
    }

    #[test]
    fn doubling_mixes_neighbours() {
        let grey = GrayImage::from_fn(2, 1, |x, _| Luma([if x == 0 { 0 } else { 200 }]));
        assert_eq!(doubled(&grey).as_raw(), &[0, 50, 150, 200, 0, 50, 150, 200]);
        assert_eq!(doubled(&GrayImage::new(0, 0)).dimensions(), (0, 0));
    }

    #[test]
    fn a_cut_outside_the_picture_is_none() {
        let grey = GrayImage::new(10, 10);
        assert!(cut(&grey, (20.0, 0.0), (30.0, 5.0)).is_none());
        assert!(cut(&grey, (f64::NAN, 0.0), (f64::NAN, 5.0)).is_none());
        let (part, at) = cut(&grey, (-5.0, 8.0), (3.0, 40.0)).expect("partly on it");
        assert_eq!((part.dimensions(), at), ((3, 2), (0, 8)));
    }

    #[test]
    fn tiny_pictures_do_no_harm() {
        for (w, h) in [(0, 0), (1, 1), (1, 9), (2, 2)] {
            let grey = GrayImage::new(w, h);
            let _ = (halved(&grey), blurred(&grey));
        }
    }
}
