//! Reading a line of OCR-B cell by cell: each cell is held against the shapes of the font, and the line's own checks decide.

use super::bent;
use super::glyphs::{
    ABOVE, AREA, CELL_MM, CHARACTERS, GLYPHS, HEIGHT, LENGTH, PER_MM, ROUGH_AREA, ROUGH_HEIGHT, ROUGH_WIDTH,
    WIDTH,
};
use super::registration::Registration;
use crate::paper::codes::{OCR_LINE_CHARS, OcrLine};
use crate::paper::layout::OCR_BASELINE_MM;
use image::GrayImage;

/// How far the line may lie from where the registration puts it, in template pixels (0.13 mm each).
const REACH: usize = 10;
/// The same on a sheet that is not flat, beside and above: a page of a bound book bulges by some millimetres.
const BENT_REACH: (usize, usize) = (20, 48);
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

/// A cell that no check covers, and nobody else says what stands there, is read as well as this …
const ALONE_SCORE: f32 = 0.65;
/// … and leads the next by this much: letters that differ by a bar, such as E and L on a fax, have led by 0.09.
const ALONE_LEAD: f32 = 0.12;

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

    /// Whether these cells, counted from 0, can be taken for what they look like without a check or another witness.
    pub fn stands_alone(&self, wanted: impl Fn(usize) -> bool) -> bool {
        let sure = |c: &Cell| c.score >= ALONE_SCORE && c.lead >= ALONE_LEAD;
        self.cells.iter().enumerate().all(|(i, c)| !wanted(i) || sure(c))
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

/// Reads the OCR line on a sheet that is not flat: it may lie farther off, and its cells follow its bend.
pub fn read_bent(grey: &GrayImage, registration: &Registration, place: [f64; 4]) -> Option<SeenLine> {
    let [x, y, _, h] = place;
    let (strip, margin) = strip_of(
        grey,
        registration,
        (x, y + h - OCR_BASELINE_MM),
        OCR_LINE_CHARS,
        BENT_REACH,
    )?;
    let ways = bent::follow(&strip, OCR_LINE_CHARS, margin, &allowed);
    let cell = |(i, (dx, dy)): (usize, &(usize, usize))| strip.cell(i, *dx, *dy, &allowed);
    Some(SeenLine {
        cells: ways.iter().enumerate().map(cell).collect(),
    })
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
    let (strip, _) = strip_of(grey, registration, (x, baseline), count, (REACH, REACH))?;
    let all = |most: usize| (0..=most).step_by(2);
    let (dx, dy, _) = strip.settle(count, all(2 * REACH), all(2 * REACH), &allowed);
    let cells = (0..count).map(|i| strip.cell(i, dx, dy, &allowed)).collect();
    Some(cells)
}

/// The strip of the sheet in which a line lies, with a margin on every side in template pixels; `None` when it is too coarse.
fn strip_of(
    grey: &GrayImage,
    registration: &Registration,
    (x, baseline): (f64, f64),
    count: usize,
    margin: (usize, usize),
) -> Option<(Strip, (usize, usize))> {
    if registration.dpi() < LEAST_DPI {
        return None;
    }
    let (beside, above) = (margin.0 as f64 / PER_MM, margin.1 as f64 / PER_MM);
    let strip = registration.upright(
        grey,
        [
            x - beside,
            baseline - ABOVE as f64 / PER_MM - above,
            count as f64 * CELL_MM + 2.0 * beside,
            HEIGHT as f64 / PER_MM + 2.0 * above,
        ],
        PER_MM,
    );
    let (width, height) = (strip.width() as usize, strip.height() as usize);
    let whole = width >= count * WIDTH + 2 * margin.0 && height >= HEIGHT + 2 * margin.1;
    whole.then(|| (Strip::of(&strip), margin))
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
        // Where in its pitch a cell begins; at which cell the line begins is seen then.
        let columns = strip
            .pitch(top)
            .into_iter()
            .filter(|x| x + count * WIDTH <= width);
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

pub(super) struct Strip {
    ink: Vec<i16>,
    width: usize,
}

/// A window of ink, and the length it has without its mean.
struct Window<const N: usize> {
    ink: [i16; N],
    length: f32,
}

impl<const N: usize> Window<N> {
    fn of(ink: [i16; N]) -> Window<N> {
        let (sum, squares) = ink.iter().fold((0u64, 0u64), |(sum, squares), &v| {
            let v = u64::from(v.unsigned_abs());
            (sum + v, squares + v * v)
        });
        let spread = squares as f64 - (sum * sum) as f64 / N as f64;
        Window {
            ink,
            length: spread.max(0.0).sqrt() as f32,
        }
    }

    /// How alike a shape it is, −1 to 1; an even field is like nothing. The shape has no mean, so the window's says nothing.
    fn likeness(&self, shape: &[i16; N]) -> f32 {
        if self.length < 1.0 {
            return 0.0;
        }
        let products = self.ink.iter().zip(shape);
        // No more than the product of both lengths, 1020 · √120 (or 255 · √500) and LENGTH: within i32.
        let sum: i32 = products.map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        sum as f32 / (LENGTH * self.length)
    }
}

impl Strip {
    pub(super) fn of(sample: &GrayImage) -> Strip {
        Strip {
            ink: sample.as_raw().iter().map(|&v| 255 - i16::from(v)).collect(),
            width: sample.width() as usize,
        }
    }

    /// The columns, within the first cell, at which cells of the line below `top` most likely begin: the paper between the
    /// characters is lighter than they are.
    fn pitch(&self, top: usize) -> Vec<usize> {
        /// Columns of paper on both sides of a cell's edge.
        const PAPER: usize = 2;
        const TRIED: usize = 2;
        let mut columns = vec![0i64; self.width];
        for row in self.ink.chunks_exact(self.width).skip(top).take(HEIGHT) {
            for (sum, v) in columns.iter_mut().zip(row) {
                *sum += i64::from(*v);
            }
        }
        let mut edges: Vec<(i64, usize)> = (0..WIDTH)
            .map(|begin| {
                let edge = |x: usize| {
                    columns[x.saturating_sub(PAPER)..(x + PAPER).min(self.width)]
                        .iter()
                        .sum::<i64>()
                };
                let edges = (begin..self.width).step_by(WIDTH).map(edge);
                (
                    edges.sum::<i64>() / (self.width - begin).div_ceil(WIDTH) as i64,
                    begin,
                )
            })
            .collect();
        edges.sort_unstable();
        // One to either side too: the edges are soft.
        let mut tried: Vec<usize> = edges
            .iter()
            .take(TRIED)
            .flat_map(|(_, x)| [x + WIDTH - 1, *x, x + 1].map(|x| x % WIDTH))
            .collect();
        tried.sort_unstable();
        tried.dedup();
        tried
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
    pub(super) fn likeness(
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
            sum += glyphs.map(|g| window.likeness(&g.rough)).fold(-1.0, f32::max);
            n += 1;
        }
        sum / n.max(1) as f32
    }

    fn rough(&self, x: usize, y: usize) -> Window<ROUGH_AREA> {
        let mut window = [0; ROUGH_AREA];
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
        Window::of(window)
    }

    fn fine(&self, x: usize, y: usize) -> Window<AREA> {
        let mut window = [0; AREA];
        for (j, row) in window.chunks_exact_mut(WIDTH).enumerate() {
            row.copy_from_slice(&self.ink[(y + j) * self.width + x..][..WIDTH]);
        }
        Window::of(window)
    }

    /// The likeness of each character in a cell, best over small shifts (paper stretches).
    fn cell(&self, i: usize, dx: usize, dy: usize, allowed: &impl Fn(usize, char) -> bool) -> Cell {
        let mut scores = [-1.0f32; CHARACTERS.len()];
        for y in dy.saturating_sub(2)..=(dy + 2).min(self.ink.len() / self.width - HEIGHT) {
            for x in dx.saturating_sub(2)..=(dx + 2).min(self.width.saturating_sub((i + 1) * WIDTH)) {
                let window = self.fine(i * WIDTH + x, y);
                for (score, glyph) in scores.iter_mut().zip(GLYPHS.iter()) {
                    if allowed(i, glyph.character) {
                        *score = score.max(window.likeness(&glyph.shape));
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
