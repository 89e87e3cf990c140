//! What happens to a sheet between the printer and the file: pale toner, folds, print shining through, a tilted lid, a phone
//! held at an angle, shadow, dust, blur, and black-and-white scanning.

use super::dice::Dice;
use super::sheet::Sheet;
use image::GrayImage;
use image::imageops::{rotate90, rotate180, rotate270};

/// How a sheet fared. [`Conditions::GOOD`] leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// Clockwise tilt in degrees.
    pub skew: f64,
    /// Clockwise quarter turns of the picture.
    pub quarters: u8,
    /// How much smaller the far edge is than the near one, to the right and downwards: 0 on a scanner's glass.
    pub tilt: (f64, f64),
    /// How far the paper bulges, as a shift of its rows in millimetres.
    pub bulge_mm: f64,
    /// Scanned on a glass larger than the sheet; on one of its size a tilted sheet loses its corners.
    pub whole: bool,
    /// Photographed on a table, with some of it around the sheet.
    pub photo: bool,
    /// How much toner there is: 1 is black, 0.5 a grey that breaks up.
    pub toner: f64,
    /// How dark the other side shines through, 0 to 1.
    pub bleed: f64,
    /// Creases across the sheet.
    pub folds: u8,
    /// How much light the darkest corner lacks, 0 to 1.
    pub shadow: f64,
    /// Specks of dust a page.
    pub specks: u64,
    /// Standard deviation of the sensor's noise.
    pub noise: f64,
    /// How often the picture is blurred by a box of three.
    pub blur: u8,
    pub depth: Depth,
}

/// What a pixel may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Grey,
    /// Black below this value, white above.
    Threshold(u8),
    /// Black or white with the error handed on (Floyd and Steinberg).
    Dithered,
}

impl Conditions {
    /// A clean sheet, laid in straight.
    pub const GOOD: Conditions = Conditions {
        skew: 0.0,
        quarters: 0,
        tilt: (0.0, 0.0),
        bulge_mm: 0.0,
        whole: false,
        photo: false,
        toner: 1.0,
        bleed: 0.0,
        folds: 0,
        shadow: 0.0,
        specks: 0,
        noise: 0.0,
        blur: 0,
        depth: Depth::Grey,
    };

    /// What the scanner or phone sees of a sheet. `other_side` is what is printed on the back.
    pub fn picture(&self, sheet: &Sheet, other_side: Option<&GrayImage>, dice: &mut Dice) -> GrayImage {
        let mut paper = sheet.grey.clone();
        if self.toner < 1.0 {
            pale(&mut paper, self.toner, dice);
        }
        if let Some(back) = other_side.filter(|_| self.bleed > 0.0) {
            shine_through(&mut paper, back, self.bleed);
        }
        for _ in 0..self.folds {
            crease(&mut paper, sheet.per_mm, dice);
        }
        let mut seen = self.laid_in(&paper, sheet.per_mm, dice);
        for _ in 0..self.blur {
            seen = blurred(&seen);
        }
        if self.shadow > 0.0 || self.noise > 0.0 {
            self.light(&mut seen, dice);
        }
        dust(&mut seen, self.specks, sheet.per_mm, dice);
        match self.depth {
            Depth::Grey => {}
            Depth::Threshold(at) => seen.iter_mut().for_each(|v| *v = if *v < at { 0 } else { 255 }),
            Depth::Dithered => dither(&mut seen),
        }
        match self.quarters % 4 {
            1 => rotate90(&seen),
            2 => rotate180(&seen),
            3 => rotate270(&seen),
            _ => seen,
        }
    }

    /// The sheet on the glass, or on a table under a phone.
    fn laid_in(&self, paper: &GrayImage, per_mm: f64, dice: &mut Dice) -> GrayImage {
        let (w, h) = (f64::from(paper.width()), f64::from(paper.height()));
        let around = match (self.photo, self.whole) {
            (true, _) => 0.07,
            (false, true) => 0.1,
            (false, false) => 0.0,
        };
        let (out_w, out_h) = (
            (w * (1.0 + 2.0 * around)) as usize,
            (h * (1.0 + 2.0 * around)) as usize,
        );
        let shift = if self.photo { 4.0 } else { 1.5 } * per_mm;
        let (sx, sy) = (dice.between(-shift, shift), dice.between(-shift, shift));
        let (sin, cos) = self.skew.to_radians().sin_cos();
        let ground: u8 = if self.photo { 92 } else { 205 };
        let plain = self.tilt == (0.0, 0.0) && self.bulge_mm == 0.0;
        let mut out = vec![ground; out_w * out_h];
        let bulge = self.bulge_mm * per_mm;
        for (row, line) in out.chunks_exact_mut(out_w).enumerate() {
            let v = row as f64 - out_h as f64 / 2.0 - sy;
            for (column, pixel) in line.iter_mut().enumerate() {
                let u = column as f64 - out_w as f64 / 2.0 - sx;
                let (mut x, mut y) = (u * cos + v * sin, v * cos - u * sin);
                if !plain {
                    let depth = 1.0 + self.tilt.0 * x / w + self.tilt.1 * y / h;
                    (x, y) = (x / depth, y / depth);
                    y += bulge * (std::f64::consts::PI * (x / w + 0.5)).sin();
                }
                if let Some(seen) = between(paper, x + w / 2.0, y + h / 2.0) {
                    *pixel = seen;
                }
            }
        }
        GrayImage::from_raw(out_w as u32, out_h as u32, out).expect("the buffer has that size")
    }

    /// Shadow towards one side, and noise.
    fn light(&self, grey: &mut GrayImage, dice: &mut Dice) {
        let (width, height) = (grey.width() as usize, grey.height() as f64);
        let direction = dice.between(0.0, std::f64::consts::TAU);
        let (across, along) = (direction.cos() / width as f64, direction.sin() / height);
        let noise = (self.noise * 256.0) as i32;
        for (y, row) in grey.chunks_exact_mut(width).enumerate() {
            let base = (y as f64 - height / 2.0) * along + 0.5 - across * width as f64 / 2.0;
            for (x, pixel) in row.iter_mut().enumerate() {
                let t = (base + x as f64 * across).clamp(0.0, 1.0) as f32;
                let bits = if noise > 0 { dice.bits() } else { 0 };
                // The sum of two even throws, with the deviation asked for (each 0..255 has 73.9).
                let throw = (bits & 255) as i32 + (bits >> 8 & 255) as i32 - 255;
                let lit = f32::from(*pixel) * (1.0 - self.shadow as f32 * t * t);
                *pixel = (lit as i32 + throw * noise / (104 * 256)).clamp(0, 255) as u8;
            }
        }
    }
}

/// The value between four pixels; `None` off the paper.
pub(super) fn between(grey: &GrayImage, x: f64, y: f64) -> Option<u8> {
    if x < 0.0 || y < 0.0 {
        return None;
    }
    let (px, py) = (x as usize, y as usize);
    let width = grey.width() as usize;
    if px + 1 >= width || py + 1 >= grey.height() as usize {
        return None;
    }
    let (fx, fy) = (((x - px as f64) * 256.0) as u32, ((y - py as f64) * 256.0) as u32);
    let raw = grey.as_raw();
    let two = |at: usize| u32::from(raw[at]) * (256 - fx) + u32::from(raw[at + 1]) * fx;
    let at = py * width + px;
    Some(((two(at) * (256 - fy) + two(at + width) * fy) >> 16) as u8)
}

/// Print that is grey instead of black, and lacks toner in streaks down the sheet and in grains.
fn pale(grey: &mut GrayImage, toner: f64, dice: &mut Dice) {
    let width = grey.width() as usize;
    let mut strength = vec![toner; width];
    for _ in 0..6 {
        let (at, wide) = (
            dice.below(width as u64) as usize,
            width / 40 + dice.below(width as u64 / 20) as usize,
        );
        let less = dice.between(0.55, 0.95);
        strength[at..(at + wide).min(width)]
            .iter_mut()
            .for_each(|s| *s *= less);
    }
    for row in grey.chunks_exact_mut(width) {
        for (pixel, strength) in row.iter_mut().zip(&strength) {
            if *pixel < 250 {
                let grain = 1.0 - (1.0 - toner) * (dice.bits() & 255) as f64 / 255.0;
                let ink = f64::from(255 - *pixel) * strength * grain;
                *pixel = 255 - ink as u8;
            }
        }
    }
}

/// The back side's print, mirrored, soft and faint.
fn shine_through(grey: &mut GrayImage, back: &GrayImage, share: f64) {
    let (width, height) = (grey.width().min(back.width()), grey.height().min(back.height()));
    let soft = blurred(&blurred(back));
    for y in 0..height {
        for x in 0..width {
            let ink = f64::from(255 - soft.get_pixel(back.width() - 1 - x, y).0[0]) * share;
            let pixel = &mut grey.get_pixel_mut(x, y).0[0];
            *pixel = pixel.saturating_sub(ink as u8);
        }
    }
}

/// A crease: a light line where the toner broke, with a soft shadow on one side.
fn crease(grey: &mut GrayImage, per_mm: f64, dice: &mut Dice) {
    let (width, height) = (f64::from(grey.width()), f64::from(grey.height()));
    let level = dice.below(4) > 0;
    let (long, across) = if level { (width, height) } else { (height, width) };
    let middle = across * dice.between(0.25, 0.75);
    let slope = dice.between(-0.02, 0.02);
    let shadow = 5.0 * per_mm;
    for along in 0..long as u32 {
        let centre = middle + slope * f64::from(along);
        let from = (centre - shadow).max(0.0) as u32;
        let to = (centre + per_mm).clamp(0.0, across - 1.0) as u32;
        for at in from..to {
            let (x, y) = if level { (along, at) } else { (at, along) };
            let pixel = &mut grey.get_pixel_mut(x, y).0[0];
            let off = f64::from(at) - centre;
            let value = f64::from(*pixel);
            *pixel = if off.abs() < 0.25 * per_mm {
                (value + (225.0 - value) * 0.7) as u8
            } else if off < 0.0 {
                (value * (1.0 - 0.22 * (1.0 + off / shadow))) as u8
            } else {
                *pixel
            };
        }
    }
}

/// The mean of nine.
fn blurred(grey: &GrayImage) -> GrayImage {
    let (w, h) = (grey.width() as usize, grey.height() as usize);
    let mut lines = vec![0u16; w * h];
    for (line, row) in lines.chunks_exact_mut(w).zip(grey.chunks_exact(w)) {
        for x in 1..w.saturating_sub(1) {
            line[x] = u16::from(row[x - 1]) + u16::from(row[x]) + u16::from(row[x + 1]);
        }
    }
    let mut out = grey.clone();
    for y in 1..h.saturating_sub(1) {
        for x in 1..w.saturating_sub(1) {
            let at = y * w + x;
            out.as_mut()[at] = ((lines[at - w] + lines[at] + lines[at + w]) / 9) as u8;
        }
    }
    out
}

fn dust(grey: &mut GrayImage, specks: u64, per_mm: f64, dice: &mut Dice) {
    let (width, height) = (i64::from(grey.width()), i64::from(grey.height()));
    for _ in 0..specks {
        let (x, y) = (dice.below(width as u64) as i64, dice.below(height as u64) as i64);
        let size = (dice.between(0.04, 0.3) * per_mm).ceil() as i64;
        // Two of three are dark, the third is toner that is gone.
        let value = if dice.below(3) > 0 { dice.below(110) } else { 250 } as u8;
        for py in y..(y + size).min(height) {
            for px in x..(x + size).min(width) {
                grey.as_mut()[(py * width + px) as usize] = value;
            }
        }
    }
}

fn dither(grey: &mut GrayImage) {
    let (w, h) = (grey.width() as usize, grey.height() as usize);
    let mut owed = vec![0i32; w + 2];
    for y in 0..h {
        let mut next = vec![0i32; w + 2];
        let mut right = 0;
        for x in 0..w {
            let pixel = &mut grey.as_mut()[y * w + x];
            let wanted = i32::from(*pixel) + (right + owed[x + 1]) / 16;
            let got = if wanted < 128 { 0 } else { 255 };
            *pixel = got as u8;
            let error = wanted - got;
            right = 7 * error;
            next[x] += 3 * error;
            next[x + 1] += 5 * error;
            next[x + 2] += error;
        }
        owed = next;
    }
}
