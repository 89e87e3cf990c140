//! A printed line on paper that bulges: where each of its cells lies, when it bends but does not break.

use super::line::Strip;

/// Cells that are moved together: they hold enough print to be placed, and over so few a bend is flat.
const PIECE: usize = 4;
/// Template pixels between the places that are tried.
const STEP: usize = 2;
/// How far the next piece may lie from where this one does, in steps beside and above.
const BEND: (usize, usize) = (2, 3);
/// What a step of bend costs in likeness: a line bends no more than it must.
const COST: f32 = 0.01;

/// The place of each of `count` cells in a strip whose line lies anywhere within a margin (beside, above), in template pixels.
///
/// The way through all pieces along which they are most alike to characters.
pub(super) fn follow(
    strip: &Strip,
    count: usize,
    margin: (usize, usize),
    allowed: &impl Fn(usize, char) -> bool,
) -> Vec<(usize, usize)> {
    let (columns, rows) = (margin.0 * 2 / STEP + 1, margin.1 * 2 / STEP + 1);
    let pieces: Vec<(usize, usize)> = (0..count)
        .step_by(PIECE)
        .map(|first| (first, (first + PIECE).min(count)))
        .collect();
    // For each piece and place, the best sum up to there and the place before.
    let mut sums: Vec<f32> = Vec::new();
    let mut origins: Vec<Vec<usize>> = Vec::new();
    for &(first, end) in &pieces {
        let mut next = Vec::with_capacity(columns * rows);
        let mut from = Vec::with_capacity(columns * rows);
        for at in 0..columns * rows {
            let (column, row) = (at % columns, at / columns);
            let own = strip.likeness(first..end, column * STEP, row * STEP, allowed);
            let near_rows = row.saturating_sub(BEND.1)..(row + BEND.1 + 1).min(rows);
            let before = near_rows
                .flat_map(|r| {
                    let near = column.saturating_sub(BEND.0)..(column + BEND.0 + 1).min(columns);
                    near.map(move |c| (r * columns + c, c.abs_diff(column) + r.abs_diff(row)))
                })
                .filter_map(|(place, bend)| Some((sums.get(place)? - COST * bend as f32, place)))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            next.push(own + before.map_or(0.0, |b| b.0));
            from.push(before.map_or(at, |b| b.1));
        }
        sums = next;
        origins.push(from);
    }
    let last = sums.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    let mut at = last.map_or(0, |(place, _)| place);
    let mut places = vec![(0, 0); count];
    for (&(first, end), from) in pieces.iter().zip(&origins).rev() {
        places[first..end].fill((at % columns * STEP, at / columns * STEP));
        at = from[at];
    }
    smoothed(&places)
}

/// Places that go evenly from the middle of one piece to that of the next.
fn smoothed(places: &[(usize, usize)]) -> Vec<(usize, usize)> {
    (0..places.len())
        .map(|i| {
            let around = &places[i.saturating_sub(PIECE / 2)..(i + PIECE / 2 + 1).min(places.len())];
            let sum = around.iter().fold((0, 0), |s, p| (s.0 + p.0, s.1 + p.1));
            let half = around.len() / 2;
            ((sum.0 + half) / around.len(), (sum.1 + half) / around.len())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::glyphs::{ABOVE, GLYPHS, HEIGHT, WIDTH};
    use super::*;
    use image::{GrayImage, Luma};

    #[test]
    fn cells_are_found_along_a_bow() {
        const COUNT: usize = 40;
        const MARGIN: (usize, usize) = (20, 40);
        let bow = |i: usize| {
            let t = i as f64 / (COUNT - 1) as f64;
            MARGIN.1 - 24 + (14.0 * (std::f64::consts::PI * t).sin()) as usize
        };
        let size = (COUNT * WIDTH + 2 * MARGIN.0, HEIGHT + 2 * MARGIN.1);
        let mut sheet = GrayImage::from_pixel(size.0 as u32, size.1 as u32, Luma([240]));
        for i in 0..COUNT {
            // Any characters, in a row that repeats nothing soon.
            let glyph = &GLYPHS[(i * 7 + 3) % 30];
            for (at, v) in glyph.shape.iter().enumerate() {
                let (x, y) = (MARGIN.0 + 6 + i * WIDTH + at % WIDTH, bow(i) + at / WIDTH);
                let dark = (f32::from(*v) / 6.0).clamp(0.0, 200.0) as u8;
                sheet.put_pixel(x as u32, y as u32, Luma([240 - dark]));
            }
        }
        let places = follow(&Strip::of(&sheet), COUNT, MARGIN, &|_, _| true);
        for (i, (dx, dy)) in places.iter().enumerate() {
            assert!(dx.abs_diff(MARGIN.0 + 6) <= 3, "cell {i} at {dx}");
            assert!(
                dy.abs_diff(bow(i)) <= 4,
                "cell {i} at {dy} for {} of {ABOVE}",
                bow(i)
            );
        }
    }
}
