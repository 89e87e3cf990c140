//! A scanner in the corridor: draws papers, lays them in askew, adds shadow, blur and noise, and sends JPEG in PDF.

use super::dice::Dice;
use super::sheet::Sheet;
use crate::adapters::rasterise;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{rotate90, rotate180, rotate270};
use image::{ExtendedColorType, GrayImage};
use lopdf::{Document, Object, Stream, dictionary};

/// How badly the scanner treats a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// A good scanner, fed with care.
    Light,
    /// The usual: a little askew, a little grey, sometimes upside down.
    Medium,
    /// The one in the corridor.
    Heavy,
}

/// What a severity means.
struct Treatment {
    dpi: u32,
    skew: f64,
    turned: bool,
    noise: f64,
    blur: bool,
    shadow: f64,
    specks: u64,
    quality: u8,
}

impl Severity {
    /// All three.
    pub const ALL: [Severity; 3] = [Severity::Light, Severity::Medium, Severity::Heavy];

    /// The resolution at which this scanner scans, in dots per inch.
    pub const fn dpi(self) -> u32 {
        self.treatment().dpi
    }

    const fn treatment(self) -> Treatment {
        match self {
            Severity::Light => Treatment {
                dpi: 300,
                skew: 0.7,
                turned: false,
                noise: 2.0,
                blur: false,
                shadow: 0.04,
                specks: 10,
                quality: 80,
            },
            Severity::Medium => Treatment {
                dpi: 200,
                skew: 2.5,
                turned: true,
                noise: 6.0,
                blur: false,
                shadow: 0.15,
                specks: 60,
                quality: 60,
            },
            Severity::Heavy => Treatment {
                dpi: 150,
                skew: 6.0,
                turned: true,
                noise: 12.0,
                blur: true,
                shadow: 0.35,
                specks: 200,
                quality: 35,
            },
        }
    }
}

/// All pages of one of our own PDFs at this scanner's resolution, to be written on before they are scanned.
///
/// `None` when the file is not a PDF that can be drawn.
pub fn sheets(pdf: &[u8], severity: Severity) -> Option<Vec<Sheet>> {
    let dpi = severity.dpi();
    let count = Document::load_mem(pdf).ok()?.get_pages().len();
    (0..count)
        .map(|i| Some(Sheet::of_page(rasterise::draw(pdf.to_vec(), i, dpi)?, dpi)))
        .collect()
}

/// Scans sheets into one PDF with a JPEG a page.
pub fn scan(sheets: &[Sheet], severity: Severity, dice: &mut Dice) -> Vec<u8> {
    let pages: Vec<_> = sheets
        .iter()
        .map(|sheet| {
            let grey = picture(sheet, severity, dice);
            (jpeg(&grey, severity.treatment().quality), grey.dimensions())
        })
        .collect();
    pdf_of_jpegs(&pages, severity.dpi())
}

/// What the scanner sees of one sheet.
pub fn picture(sheet: &Sheet, severity: Severity, dice: &mut Dice) -> GrayImage {
    let how = severity.treatment();
    let skew = dice.between(-how.skew, how.skew);
    let shift = (
        dice.between(-1.5, 1.5) * sheet.per_mm,
        dice.between(-1.5, 1.5) * sheet.per_mm,
    );
    let mut grey = laid_in(&sheet.grey, skew, shift);
    if how.blur {
        grey = softened(&grey);
    }
    wear(&mut grey, &how, sheet.per_mm, dice);
    match if how.turned { dice.below(4) } else { 0 } {
        1 => rotate90(&grey),
        2 => rotate180(&grey),
        3 => rotate270(&grey),
        _ => grey,
    }
}

/// The sheet tilted clockwise about its middle and shifted, on the scanner's grey lid.
fn laid_in(sheet: &GrayImage, degrees: f64, shift: (f64, f64)) -> GrayImage {
    const LID: u8 = 205;
    const ONE: i64 = 1 << 16;
    let (width, height) = (i64::from(sheet.width()), i64::from(sheet.height()));
    let raw = sheet.as_raw();
    let (sin, cos) = degrees.to_radians().sin_cos();
    let middle = (width as f64 / 2.0, height as f64 / 2.0);
    let fixed = |v: f64| (v * ONE as f64) as i64;
    let (dx, dy) = (fixed(cos), fixed(-sin));
    let mut out = vec![LID; (width * height) as usize];
    for (row, line) in out.chunks_exact_mut(width as usize).enumerate() {
        let (u, v) = (-middle.0 - shift.0, row as f64 - middle.1 - shift.1);
        let (mut x, mut y) = (
            fixed(u * cos + v * sin + middle.0),
            fixed(v * cos - u * sin + middle.1),
        );
        for pixel in line {
            let (px, py) = (x >> 16, y >> 16);
            if px >= 0 && py >= 0 && px + 1 < width && py + 1 < height {
                let (fx, fy) = ((x & (ONE - 1)) >> 8, (y & (ONE - 1)) >> 8);
                let at = (py * width + px) as usize;
                let two = |i: usize| i64::from(raw[i]) * (256 - fx) + i64::from(raw[i + 1]) * fx;
                *pixel = ((two(at) * (256 - fy) + two(at + width as usize) * fy) >> 16) as u8;
            }
            x += dx;
            y += dy;
        }
    }
    GrayImage::from_raw(sheet.width(), sheet.height(), out).expect("the buffer has that size")
}

/// Out of focus: the mean of two neighbours each way.
fn softened(grey: &GrayImage) -> GrayImage {
    let (w, h) = (grey.width() as usize, grey.height() as usize);
    let from = grey.as_raw();
    let mut out = from.clone();
    for y in 0..h.saturating_sub(1) {
        for x in 0..w.saturating_sub(1) {
            let at = y * w + x;
            let sum = [at, at + 1, at + w, at + w + 1]
                .iter()
                .map(|&i| u16::from(from[i]))
                .sum::<u16>();
            out[at] = (sum / 4) as u8;
        }
    }
    GrayImage::from_raw(grey.width(), grey.height(), out).expect("the buffer has that size")
}

/// Shadow across the page, noise, and specks of dust.
fn wear(grey: &mut GrayImage, how: &Treatment, per_mm: f64, dice: &mut Dice) {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let direction = dice.between(0.0, std::f64::consts::TAU);
    let (across, along) = (direction.cos() / width as f64, direction.sin() / height as f64);
    for (y, row) in grey.chunks_exact_mut(width).enumerate() {
        // Light in 1/256 at both ends of the row; in between it is even.
        let light = |x: f64| {
            let t = ((x - width as f64 / 2.0) * across + (y as f64 - height as f64 / 2.0) * along + 0.5)
                .clamp(0.0, 1.0);
            (65_536.0 * (1.0 - how.shadow * t)) as i64
        };
        let (first, last) = (light(0.0), light(width as f64));
        let step = (last - first) / width as i64;
        let mut lit = first;
        for four in row.chunks_mut(4) {
            let mut bits = dice.bits();
            for pixel in four {
                // The sum of two even throws, with the deviation asked for (each 0..255 has 73.9).
                let throw = (bits & 255) as i64 + (bits >> 8 & 255) as i64 - 255;
                bits >>= 16;
                let noise = throw * (how.noise * 256.0) as i64 / (104 * 256);
                *pixel = (((i64::from(*pixel) * lit) >> 16) + noise).clamp(0, 255) as u8;
                lit += step;
            }
        }
    }
    for _ in 0..how.specks {
        let (x, y) = (dice.below(width as u64) as i64, dice.below(height as u64) as i64);
        let size = (dice.between(0.05, 0.25) * per_mm).ceil() as i64;
        let dark = dice.below(120) as u8;
        for py in y..(y + size).min(height as i64) {
            for px in x..(x + size).min(width as i64) {
                grey.as_mut()[(py * width as i64 + px) as usize] = dark;
            }
        }
    }
}

/// A JPEG of grey pixels.
pub fn jpeg(grey: &GrayImage, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality)
        .encode(grey.as_raw(), grey.width(), grey.height(), ExtendedColorType::L8)
        .expect("a picture of a page is written to memory");
    out
}

/// A PDF as scanners make them: each page one JPEG that fills it.
pub fn pdf_of_jpegs(pages: &[(Vec<u8>, (u32, u32))], dpi: u32) -> Vec<u8> {
    let mut pdf = Document::with_version("1.4");
    let tree = pdf.new_object_id();
    let kids: Vec<Object> = pages
        .iter()
        .map(|(jpeg, (width, height))| {
            let points = |pixels: u32| (f64::from(pixels) * 72.0 / f64::from(dpi)) as f32;
            let picture = dictionary! {
                "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(*width), "Height" => i64::from(*height),
                "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8, "Filter" => "DCTDecode",
            };
            let picture = pdf.add_object(Stream::new(picture, jpeg.clone()).with_compression(false));
            let content = format!("q {} 0 0 {} 0 0 cm /Scan Do Q", points(*width), points(*height));
            let content = pdf.add_object(Stream::new(dictionary! {}, content.into_bytes()));
            let page = dictionary! {
                "Type" => "Page", "Parent" => tree, "Contents" => content,
                "MediaBox" => vec![0.into(), 0.into(), points(*width).into(), points(*height).into()],
                "Resources" => dictionary! { "XObject" => dictionary! { "Scan" => picture } },
            };
            pdf.add_object(page).into()
        })
        .collect();
    let count = kids.len() as i64;
    pdf.objects.insert(
        tree,
        dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into(),
    );
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).expect("a document is written to memory");
    bytes
}
