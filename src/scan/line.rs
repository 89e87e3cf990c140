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
/// Below this a stroke is thinner than a pixel, in dots per inch.
const LEAST_DPI: f64 = 80.0;
/// How well a line of a block must fit on average at the first rough look.
const BLOCK_SCORE: f32 = 0.6;
/// Bands of a block's area that are looked at.
const MAX_BANDS: usize = 8;
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
    if registration.dpi() < LEAST_DPI {
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
    let strip = Strip::of(&strip);
    let all = |most: usize| (0..=most).step_by(2);
    let (dx, dy, _) = strip.settle(count, all(2 * REACH), all(2 * REACH), &allowed);
    let cells = (0..count).map(|i| strip.cell(i, dx, dy, &allowed)).collect();
    Some(cells)
}

/// Finds and reads a block of `lines` lines of `count` characters somewhere in a rectangle `[x, y, w, h]` of the sheet.
///
/// `None` when there are not as many lines of OCR-B in it; `allowed` is asked with line, cell and character.
pub fn block(
    grey: &GrayImage,
    registration: &Registration,
    area: [f64; 4],
    (lines, count): (usize, usize),
    allowed: impl Fn(usize, usize, char) -> bool,
) -> Option<Vec<SeenLine>> {
    if registration.dpi() < LEAST_DPI {
        return None;
    }
    let sample = registration.upright(grey, area, PER_MM);
    let (width, height) = (sample.width() as usize, sample.height() as usize);
    if width < count * WIDTH + 8 || height < lines * HEIGHT + 8 {
        return None;
    }
    let strip = Strip::of(&sample);
    let mut found: Vec<(usize, usize, f32)> = Vec::new();
    for top in bands(&sample).into_iter().take(MAX_BANDS) {
        let from = top.saturating_sub(4);
        let rows = (from..=top + 4).step_by(2).filter(|y| y + HEIGHT <= height);
        let columns = (0..=width - count * WIDTH).step_by(2);
        let any = |i: usize, c: char| (0..lines).any(|l| allowed(l, i, c));
        let (dx, dy, _) = strip.settle(count, columns, rows, &any);
        // Fillers repeat, so the rough look may be off by whole cells: at its ends the line tells.
        let shifted = (dx % WIDTH..=width - count * WIDTH).step_by(WIDTH);
        let score = |dx: usize| strip.likeness(0..count, dx, dy, &any);
        found.extend(
            shifted
                .map(|dx| (dx, dy, score(dx)))
                .max_by(|a, b| a.2.total_cmp(&b.2)),
        );
    }
    found.retain(|f| f.2 >= BLOCK_SCORE);
    found.sort_by_key(|f| f.1);
    found.dedup_by_key(|f| f.1 / HEIGHT);
    // Lines of one block stand below each other, a little more than their height apart.
    let apart = |w: &[(usize, usize, f32)]| {
        w[0].0.abs_diff(w[1].0) <= WIDTH / 2 && (HEIGHT..=3 * HEIGHT).contains(&(w[1].1 - w[0].1))
    };
    let best = found
        .windows(lines)
        .filter(|w| w.windows(2).all(apart))
        .max_by(|a, b| total(a).total_cmp(&total(b)))?;
    let read = best.iter().enumerate().map(|(l, (dx, dy, _))| SeenLine {
        cells: (0..count)
            .map(|i| strip.cell(i, *dx, *dy, &|i, c| allowed(l, i, c)))
            .collect(),
    });
    Some(read.collect())
}

fn total(lines: &[(usize, usize, f32)]) -> f32 {
    lines.iter().map(|l| l.2).sum()
}

/// Rows at which a line of capitals may begin, the most likely first: dark rows between lighter ones.
fn bands(sample: &GrayImage) -> Vec<usize> {
    /// Rows from the top of a template to the top of its capitals, and the height of those.
    const LEAD: usize = 2;
    const CAPITALS: usize = ABOVE - LEAD;
    let width = sample.width() as usize;
    let ink: Vec<f64> = sample
        .as_raw()
        .chunks_exact(width)
        .map(|row| {
            // A letter is a steep change along the row; a shadow or a photograph is not.
            let steep = row.windows(3).filter(|w| w[0].abs_diff(w[2]) > 40).count();
            steep as f64 / width as f64
        })
        .collect();
    let mean = |from: usize, to: usize| ink[from..to].iter().sum::<f64>() / (to - from) as f64;
    let score = |y: usize| mean(y + LEAD, y + ABOVE) - mean(y, y + LEAD).max(mean(y + ABOVE, y + ABOVE + 3));
    let last = ink.len().saturating_sub(LEAD + CAPITALS + 4);
    let mut scored: Vec<(f64, usize)> = (0..last).map(|y| (score(y), y)).filter(|s| s.0 > 0.01).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken: Vec<usize> = Vec::new();
    for (_, y) in scored {
        if taken.iter().all(|t| t.abs_diff(y) > CAPITALS) {
            taken.push(y);
        }
    }
    taken
}

struct Strip {
    ink: Vec<f32>,
    width: usize,
}

impl Strip {
    fn of(sample: &GrayImage) -> Strip {
        Strip {
            ink: sample.as_raw().iter().map(|&v| 255.0 - f32::from(v)).collect(),
            width: sample.width() as usize,
        }
    }

    /// Where the line lies within the strip, from a rough look at some cells spread over it, and how well it fits there.
    fn settle(
        &self,
        count: usize,
        columns: impl Iterator<Item = usize> + Clone,
        rows: impl Iterator<Item = usize>,
        allowed: &impl Fn(usize, char) -> bool,
    ) -> (usize, usize, f32) {
        let looked = || (0..count).step_by(count.div_ceil(12).max(1));
        let mut best = (0, 0, f32::MIN);
        for dy in rows {
            for dx in columns.clone() {
                let score = self.likeness(looked(), dx, dy, allowed);
                if score > best.2 {
                    best = (dx, dy, score);
                }
            }
        }
        best
    }

    /// The mean likeness of these cells with their best characters, roughly.
    fn likeness(
        &self,
        cells: impl Iterator<Item = usize>,
        dx: usize,
        dy: usize,
        allowed: &impl Fn(usize, char) -> bool,
    ) -> f32 {
        let (mut sum, mut n) = (0.0, 0);
        for i in cells {
            let window = self.rough(i * WIDTH + dx, dy);
            let glyphs = GLYPHS.iter().filter(|g| allowed(i, g.character));
            sum += glyphs.map(|g| dot(&g.rough, &window)).fold(-1.0, f32::max);
            n += 1;
        }
        sum / n.max(1) as f32
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
        for y in dy.saturating_sub(2)..=(dy + 2).min(self.ink.len() / self.width - HEIGHT) {
            for x in dx.saturating_sub(2)..=(dx + 2).min(self.width.saturating_sub((i + 1) * WIDTH)) {
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
