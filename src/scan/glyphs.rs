//! The shapes of OCR-B as small grey templates, drawn once from the font that prints them.

use super::outline::Outline;
use std::sync::LazyLock;
use ttf_parser::Face;

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

/// One character's shape: mean 0, length 1, ink positive.
pub struct Glyph {
    pub character: char,
    pub shape: [f32; AREA],
    /// The same at half the resolution, for the first rough look.
    pub rough: [f32; ROUGH_AREA],
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

/// Subtracts the mean and makes the length 1; an even field becomes all zero.
pub fn normalised<const N: usize>(mut values: [f32; N]) -> [f32; N] {
    let mean = values.iter().sum::<f32>() / N as f32;
    let mut squares = 0.0;
    for v in &mut values {
        *v -= mean;
        squares += *v * *v;
    }
    let length = squares.sqrt();
    if length > 1e-6 {
        values.iter_mut().for_each(|v| *v /= length);
    } else {
        values = [0.0; N];
    }
    values
}

/// How much ink each pixel of a cell has, 0 to 1.
fn draw(face: &Face, character: char) -> [f32; AREA] {
    let glyph = face
        .glyph_index(character)
        .expect("the embedded font has the character: a test draws it");
    let advance = face.glyph_hor_advance(glyph).unwrap_or(1000);
    // One advance is one cell, whatever the font's own units are.
    let mut outline = Outline::new(WIDTH as f32 / f32::from(advance), (0.0, ABOVE as f32));
    face.outline_glyph(glyph, &mut outline);
    let mut ink = [0.0; AREA];
    ink.copy_from_slice(&outline.ink(WIDTH, HEIGHT));
    ink
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_a_shape_of_its_own() {
        let glyphs = &*GLYPHS;
        assert_eq!(glyphs.len(), CHARACTERS.len());
        for (i, a) in glyphs.iter().enumerate() {
            let own: f32 = a.shape.iter().map(|v| v * v).sum();
            assert!((own - 1.0).abs() < 1e-3, "{} has ink", a.character);
            for b in &glyphs[i + 1..] {
                let alike: f32 = a.shape.iter().zip(&b.shape).map(|(x, y)| x * y).sum();
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
            let ink_row = |y: usize| glyph.shape[y * WIDTH..][..WIDTH].iter().any(|v| *v > 0.05);
            assert!(!ink_row(0), "{} is cut above", glyph.character);
            assert!((ABOVE - 2..=ABOVE).any(ink_row), "{} floats", glyph.character);
            assert!(!ink_row(HEIGHT - 1), "{} is cut below", glyph.character);
        }
    }
}
