//! The shapes of OCR-B as small grey templates, drawn once from the font that prints them.

use std::sync::LazyLock;
use ttf_parser::{Face, OutlineBuilder};

/// The font of the OCR line, the one the papers embed.
const FONT: &[u8] = include_bytes!("../../templates/fonts/OCRB.otf");
/// Ten characters to the inch.
pub const CELL_MM: f64 = 2.54;
/// Width of a template in pixels.
pub const WIDTH: usize = 20;
/// Pixels a millimetre of the templates and of what they are held against.
pub const PER_MM: f64 = WIDTH as f64 / CELL_MM;
/// Rows above the baseline: capitals of OCR-B at this pitch are 2.4 to 2.6 mm high.
pub const ABOVE: usize = 22;
/// Rows below the baseline.
pub const BELOW: usize = 3;
/// Height of a template in pixels.
pub const HEIGHT: usize = ABOVE + BELOW;
/// Pixels of a template.
pub const AREA: usize = WIDTH * HEIGHT;

/// The characters that occur in our lines and in machine-readable zones.
pub const CHARACTERS: &[u8; 37] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<";

/// The length of a shape. Its values are whole numbers, which processors multiply eight at a time, and this keeps their error
/// below a thousandth.
pub const LENGTH: f32 = 16_384.0;

/// One character's shape: mean 0, length [`LENGTH`], ink positive.
pub struct Glyph {
    pub character: char,
    pub shape: [i16; AREA],
    /// The same at half the resolution, for the first rough look.
    pub rough: [i16; ROUGH_AREA],
}

/// Width of a rough shape in pixels.
pub const ROUGH_WIDTH: usize = WIDTH / 2;
/// Height of a rough shape in pixels.
pub const ROUGH_HEIGHT: usize = HEIGHT / 2;
/// Pixels of a rough shape.
pub const ROUGH_AREA: usize = ROUGH_WIDTH * ROUGH_HEIGHT;

/// The shapes of [`CHARACTERS`], in that order.
pub static GLYPHS: LazyLock<Vec<Glyph>> = LazyLock::new(|| {
    let face = Face::parse(FONT, 0).expect("the embedded font is whole: a test draws it");
    CHARACTERS
        .iter()
        .map(|&c| {
            let ink = draw(&face, c as char);
            let mut rough = [0.0; ROUGH_AREA];
            for (i, pixel) in rough.iter_mut().enumerate() {
                let (x, y) = (2 * (i % ROUGH_WIDTH), 2 * (i / ROUGH_WIDTH));
                *pixel = [0, 1, WIDTH, WIDTH + 1]
                    .iter()
                    .map(|d| ink[y * WIDTH + x + d])
                    .sum();
            }
            Glyph {
                character: c as char,
                shape: normalised(ink),
                rough: normalised(rough),
            }
        })
        .collect()
});

/// Subtracts the mean and makes the length [`LENGTH`].
fn normalised<const N: usize>(values: [f32; N]) -> [i16; N] {
    let mean = values.iter().sum::<f32>() / N as f32;
    let length = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>().sqrt();
    // A character has ink, so its length is not 0; were it so, the shape would be all 0.
    values.map(|v| ((v - mean) / length * LENGTH).round() as i16)
}

/// How much ink each pixel of a cell has, 0 to 1.
fn draw(face: &Face, character: char) -> [f32; AREA] {
    /// Lines of samples a pixel.
    const FINE: usize = 4;
    let glyph = face
        .glyph_index(character)
        .expect("the embedded font has the character: a test draws it");
    let advance = face.glyph_hor_advance(glyph).unwrap_or(1000);
    // One advance is one cell, whatever the font's own units are.
    let scale = WIDTH as f32 / f32::from(advance);
    let mut outline = Outline {
        scale,
        ..Outline::default()
    };
    face.outline_glyph(glyph, &mut outline);
    let mut ink = [0.0; AREA];
    for row in 0..HEIGHT * FINE {
        let y = (row as f32 + 0.5) / FINE as f32;
        let mut crossings: Vec<(f32, i32)> = outline
            .lines
            .iter()
            .filter(|((_, y0), (_, y1))| (*y0 <= y) != (*y1 <= y))
            .map(|((x0, y0), (x1, y1))| {
                (
                    x0 + (y - y0) / (y1 - y0) * (x1 - x0),
                    if y1 > y0 { 1 } else { -1 },
                )
            })
            .collect();
        crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut winding = 0;
        for pair in crossings.windows(2) {
            winding += pair[0].1;
            if winding != 0 {
                for x in 0..WIDTH {
                    let covered = pair[1].0.min(x as f32 + 1.0) - pair[0].0.max(x as f32);
                    ink[row / FINE * WIDTH + x] += covered.max(0.0) / FINE as f32;
                }
            }
        }
    }
    ink
}

/// A glyph's outline as straight lines, in template pixels with y downwards.
#[derive(Default)]
struct Outline {
    scale: f32,
    start: (f32, f32),
    at: (f32, f32),
    lines: Vec<((f32, f32), (f32, f32))>,
}

impl Outline {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (x * self.scale, ABOVE as f32 - y * self.scale)
    }

    fn line(&mut self, to: (f32, f32)) {
        self.lines.push((self.at, to));
        self.at = to;
    }

    /// A cubic Bézier curve as eight lines: finer than a pixel at this size.
    fn cubic(&mut self, a: (f32, f32), b: (f32, f32), to: (f32, f32)) {
        let from = self.at;
        for i in 1..=8 {
            let t = i as f32 / 8.0;
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
        let third = |p: (f32, f32)| (p.0 + (by.0 - p.0) * 2.0 / 3.0, p.1 + (by.1 - p.1) * 2.0 / 3.0);
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
    fn every_character_has_a_shape_of_its_own() {
        let glyphs = &*GLYPHS;
        assert_eq!(glyphs.len(), CHARACTERS.len());
        for (i, a) in glyphs.iter().enumerate() {
            let alike = |b: &Glyph| {
                let products = a
                    .shape
                    .iter()
                    .zip(&b.shape)
                    .map(|(x, y)| f32::from(*x) * f32::from(*y));
                products.sum::<f32>() / LENGTH / LENGTH
            };
            assert!((alike(a) - 1.0).abs() < 5e-3, "{} has ink", a.character);
            for b in &glyphs[i + 1..] {
                let alike = alike(b);
                assert!(
                    alike < 0.95,
                    "{} and {} are {alike} alike",
                    a.character,
                    b.character
                );
            }
        }
    }

    #[test]
    fn capitals_stand_on_the_baseline_within_the_template() {
        for glyph in GLYPHS.iter().filter(|g| !matches!(g.character, '<' | 'Q' | 'J')) {
            let ink_row = |y: usize| {
                glyph.shape[y * WIDTH..][..WIDTH]
                    .iter()
                    .any(|v| f32::from(*v) > 0.05 * LENGTH)
            };
            assert!(!ink_row(0), "{} is cut above", glyph.character);
            assert!((ABOVE - 2..=ABOVE).any(ink_row), "{} floats", glyph.character);
            assert!(!ink_row(HEIGHT - 1), "{} is cut below", glyph.character);
        }
    }
}
