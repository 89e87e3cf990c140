//! Reading a line of OCR-B cell by cell: each cell is held against the shapes of the font, and the line's own checks decide.

use super::glyphs::{
    ABOVE, AREA, CELL_MM, CHARACTERS, GLYPHS, HEIGHT, PER_MM, ROUGH_AREA, ROUGH_HEIGHT, ROUGH_WIDTH, WIDTH,
    normalised,
};
use super::registration::Registration;
use crate::paper::codes::{OCR_LINE_CHARS, OcrLine};
use crate::paper::layout::OCR_BASELINE_MM;
use image::GrayImage;

/// How far the line may lie from where the registration puts it, in template pixels (0.13 mm each).
const REACH: usize = 10;
/// A cell read with less likeness than this is not read.
const LEAST_SCORE: f32 = 0.45;
/// A cell whose best character leads by less than this is not certain.
const LEAST_LEAD: f32 = 0.04;
/// A cell that says something else than the codes counts as changed only when it is read as well as this …
const CHANGED_SCORE: f32 = 0.65;
/// … and leads the expected character by this much.
const CHANGED_LEAD: f32 = 0.15;

/// What one cell looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub best: char,
    /// Likeness of the best character, −1 to 1.
    pub score: f32,
    /// How far it leads the next.
    pub lead: f32,
    /// Likeness of every character, in the order of [`CHARACTERS`].
    scores: [f32; CHARACTERS.len()],
}

impl Cell {
    fn certain(&self) -> bool {
        self.score >= LEAST_SCORE && self.lead >= LEAST_LEAD
    }

    fn likeness(&self, character: char) -> f32 {
        CHARACTERS
            .iter()
            .position(|&c| c as char == character)
            .map_or(-1.0, |i| self.scores[i])
    }
}

/// A line as it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenLine {
    cells: Vec<Cell>,
}

impl SeenLine {
    /// The characters, `?` where a cell is not certain.
    pub fn text(&self) -> String {
        self.cells
            .iter()
            .map(|c| if c.certain() { c.best } else { '?' })
            .collect()
    }

    /// What the line says, when every cell is certain and all its checks hold.
    pub fn reading(&self) -> Option<OcrLine> {
        if self.cells.iter().all(Cell::certain) {
            OcrLine::decode(&self.text()).ok()
        } else {
            None
        }
    }

    /// The places (from 0) that clearly show another character than `expected` has there.
    pub fn contradictions(&self, expected: &str) -> Vec<usize> {
        self.cells
            .iter()
            .zip(expected.chars())
            .enumerate()
            .filter(|(_, (cell, want))| {
                cell.best != *want
                    && cell.score >= CHANGED_SCORE
                    && cell.score - cell.likeness(*want) >= CHANGED_LEAD
            })
            .map(|(i, _)| i)
            .collect()
    }
}

/// Reads the OCR line at its place `[x, y, w, h]` on the sheet, in millimetres.
///
/// `None` when its cells would be too small to tell characters apart.
pub fn read(grey: &GrayImage, registration: &Registration, place: [f64; 4]) -> Option<SeenLine> {
    let [x, y, _, h] = place;
    let baseline = y + h - OCR_BASELINE_MM;
    cells(grey, registration, (x, baseline), OCR_LINE_CHARS, allowed).map(|cells| SeenLine { cells })
}

/// The characters that may stand in a cell of the OCR line.
fn allowed(cell: usize, character: char) -> bool {
    match cell {
        OcrLine::SEPARATOR => character == '<',
        i if OcrLine::SERIAL.contains(&i) => character.is_ascii_digit(),
        // Crockford base32 has no I, L, O, U.
        _ => !matches!(character, 'I' | 'L' | 'O' | 'U' | '<'),
    }
}

/// Reads `count` cells whose first starts at a point of the sheet (left edge, baseline).
pub fn cells(
    grey: &GrayImage,
    registration: &Registration,
    (x, baseline): (f64, f64),
    count: usize,
    allowed: impl Fn(usize, char) -> bool,
) -> Option<Vec<Cell>> {
    // Under 80 dpi a stroke is thinner than a pixel.
    if registration.dpi() < 80.0 {
        return None;
    }
    let margin = REACH as f64 / PER_MM;
    let strip = registration.upright(
        grey,
        [
            x - margin,
            baseline - ABOVE as f64 / PER_MM - margin,
            count as f64 * CELL_MM + 2.0 * margin,
            HEIGHT as f64 / PER_MM + 2.0 * margin,
        ],
        PER_MM,
    );
    let (width, height) = (strip.width() as usize, strip.height() as usize);
    if width < count * WIDTH + 2 * REACH || height < HEIGHT + 2 * REACH {
        return None;
    }
    let strip = Strip {
        ink: strip.as_raw().iter().map(|&v| 255.0 - f32::from(v)).collect(),
        width,
    };
    let (dx, dy) = strip.settle(count, &allowed);
    let cells = (0..count).map(|i| strip.cell(i, dx, dy, &allowed)).collect();
    Some(cells)
}

struct Strip {
    ink: Vec<f32>,
    width: usize,
}

impl Strip {
    /// Where the line lies within the strip, from a rough look at some cells spread over it.
    fn settle(&self, count: usize, allowed: &impl Fn(usize, char) -> bool) -> (usize, usize) {
        let looked: Vec<usize> = (0..count).step_by(count.div_ceil(12).max(1)).collect();
        let mut best = (f32::MIN, (REACH, REACH));
        for dy in (0..=2 * REACH).step_by(2) {
            for dx in (0..=2 * REACH).step_by(2) {
                let sum: f32 = looked
                    .iter()
                    .map(|&i| {
                        let window = self.rough(i * WIDTH + dx, dy);
                        GLYPHS
                            .iter()
                            .filter(|g| allowed(i, g.character))
                            .map(|g| dot(&g.rough, &window))
                            .fold(-1.0, f32::max)
                    })
                    .sum();
                if sum > best.0 {
                    best = (sum, (dx, dy));
                }
            }
        }
        best.1
    }

    fn rough(&self, x: usize, y: usize) -> [f32; ROUGH_AREA] {
        let mut window = [0.0; ROUGH_AREA];
        for (j, row) in window
            .chunks_exact_mut(ROUGH_WIDTH)
            .enumerate()
            .take(ROUGH_HEIGHT)
        {
            let upper = &self.ink[(y + 2 * j) * self.width + x..][..WIDTH];
            let lower = &self.ink[(y + 2 * j + 1) * self.width + x..][..WIDTH];
            for ((pixel, a), b) in row
                .iter_mut()
                .zip(upper.as_chunks::<2>().0)
                .zip(lower.as_chunks::<2>().0)
            {
                *pixel = a[0] + a[1] + b[0] + b[1];
            }
        }
        normalised(window)
    }

    fn fine(&self, x: usize, y: usize) -> [f32; AREA] {
        let mut window = [0.0; AREA];
        for (j, row) in window.chunks_exact_mut(WIDTH).enumerate() {
            row.copy_from_slice(&self.ink[(y + j) * self.width + x..][..WIDTH]);
        }
        normalised(window)
    }

    /// The likeness of each character in a cell, best over small shifts (paper stretches).
    fn cell(&self, i: usize, dx: usize, dy: usize, allowed: &impl Fn(usize, char) -> bool) -> Cell {
        let mut scores = [-1.0f32; CHARACTERS.len()];
        for y in dy.saturating_sub(2)..=(dy + 2).min(2 * REACH) {
            for x in dx.saturating_sub(2)..=(dx + 2).min(2 * REACH) {
                let window = self.fine(i * WIDTH + x, y);
                for (score, glyph) in scores.iter_mut().zip(GLYPHS.iter()) {
                    if allowed(i, glyph.character) {
                        *score = score.max(dot(&glyph.shape, &window));
                    }
                }
            }
        }
        let (at, score) = scores
            .iter()
            .copied()
            .enumerate()
            .fold((0, f32::MIN), |b, s| if s.1 > b.1 { s } else { b });
        let next = scores
            .iter()
            .enumerate()
            .filter(|(j, _)| *j != at)
            .map(|s| *s.1)
            .fold(-1.0, f32::max);
        Cell {
            best: CHARACTERS[at] as char,
            score,
            lead: score - next,
            scores,
        }
    }
}

/// The sum of products, in eight lanes so that it is fast in every build.
fn dot<const N: usize>(a: &[f32; N], b: &[f32; N]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    for (x, y) in a8.iter().zip(b8) {
        for k in 0..8 {
            lanes[k] += x[k] * y[k];
        }
    }
    lanes.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum::<f32>()
}
