//! Black and white for the code decoders: only where there is more contrast than the page's own noise is there print.

use image::GrayImage;
use rxing::common::{BIT_FIELD_BASE_BITS, BitArray, BitFieldBaseType, BitMatrix};

/// Side of the blocks for which contrast is measured, in pixels.
const BLOCK: usize = 8;
/// Blocks to every side whose print decides what is dark here, at least …
const AROUND: usize = 2;
/// … and one for so many pixels of the view's longer side, so that the middle of a finder pattern (1.8 mm of an A4 page) is seen
/// together with the light ring around it.
const A_BLOCK_MORE: usize = 1_100;
/// Contrast that print has at least, of 255.
const LEAST_CONTRAST: u8 = 24;
/// Contrast above which it is print whatever the page's noise.
const SURE_CONTRAST: u8 = 64;
/// The share of blocks that are bare paper on any page: their contrast is the noise.
const BARE: f64 = 0.3;
/// Print has this many times the contrast of the noise.
const OVER_NOISE: f64 = 1.3;

/// The dark pixels of a view; `None` for one smaller than a block.
pub fn binarised(view: &GrayImage) -> Option<BitMatrix> {
    let (width, height) = (view.width() as usize, view.height() as usize);
    let (columns, rows) = (width / BLOCK, height / BLOCK);
    if columns == 0 || rows == 0 {
        return None;
    }
    let around = AROUND.max(width.max(height) / A_BLOCK_MORE);
    let limits = thresholds(&blocks(view, columns, rows), columns, rows, around);
    let mut bits = BitMatrix::new(view.width(), view.height()).ok()?;
    let mut row_bits = BitArray::with_size(width);
    for (y, row) in view.as_raw().chunks_exact(width).enumerate() {
        // What is left over at the edges goes with the last block.
        let limits = &limits[(y / BLOCK).min(rows - 1) * columns..][..columns];
        for (word, part) in row.chunks(BIT_FIELD_BASE_BITS).enumerate() {
            let first = word * BIT_FIELD_BASE_BITS / BLOCK;
            let mut dark: BitFieldBaseType = 0;
            for (block, pixels) in part.chunks(BLOCK).enumerate() {
                let limit = limits[(first + block).min(columns - 1)];
                for (i, &v) in pixels.iter().enumerate() {
                    dark |= BitFieldBaseType::from(v < limit) << (block * BLOCK + i);
                }
            }
            row_bits.setBulk(word * BIT_FIELD_BASE_BITS, dark);
        }
        bits.setRow(y as u32, &row_bits);
    }
    Some(bits)
}

/// What a block's pixels are: their mean, and the lightest less the darkest.
#[derive(Clone, Copy)]
struct Block {
    mean: u8,
    contrast: u8,
}

fn blocks(view: &GrayImage, columns: usize, rows: usize) -> Vec<Block> {
    let width = view.width() as usize;
    let mut blocks = Vec::with_capacity(columns * rows);
    let mut sums = vec![(0u16, u8::MAX, u8::MIN); columns];
    for band in view.as_raw().chunks_exact(width * BLOCK).take(rows) {
        sums.fill((0, u8::MAX, u8::MIN));
        for row in band.chunks_exact(width) {
            for (block, pixels) in sums.iter_mut().zip(row.as_chunks::<BLOCK>().0) {
                let sum: u16 = pixels.iter().map(|&v| u16::from(v)).sum();
                let least = pixels.iter().fold(u8::MAX, |a, &b| a.min(b));
                let most = pixels.iter().fold(u8::MIN, |a, &b| a.max(b));
                *block = (block.0 + sum, block.1.min(least), block.2.max(most));
            }
        }
        blocks.extend(sums.iter().map(|(sum, least, most)| Block {
            mean: (sum / (BLOCK * BLOCK) as u16) as u8,
            contrast: most - least,
        }));
    }
    blocks
}

/// Below which value a pixel of each block is dark; 0 where there is no print near.
fn thresholds(blocks: &[Block], columns: usize, rows: usize, around: usize) -> Vec<u8> {
    let mut counts = [0usize; 256];
    blocks.iter().for_each(|b| counts[usize::from(b.contrast)] += 1);
    let mut left = (blocks.len() as f64 * BARE) as usize;
    let noise = counts.iter().position(|&count| {
        let here = left < count;
        left = left.saturating_sub(count);
        here
    });
    let print = (noise.unwrap_or(0) as f64 * OVER_NOISE)
        .clamp(f64::from(LEAST_CONTRAST), f64::from(SURE_CONTRAST)) as u8;
    // Sums over the blocks above and to the left: of the means of those with print, and how many they are.
    let mut sums = vec![(0u32, 0u32); (columns + 1) * (rows + 1)];
    for row in 0..rows {
        let mut line = (0, 0);
        for column in 0..columns {
            let block = blocks[row * columns + column];
            if block.contrast > print {
                line = (line.0 + u32::from(block.mean), line.1 + 1);
            }
            let above = sums[row * (columns + 1) + column + 1];
            sums[(row + 1) * (columns + 1) + column + 1] = (above.0 + line.0, above.1 + line.1);
        }
    }
    let at = |column: usize, row: usize| sums[row * (columns + 1) + column];
    (0..columns * rows)
        .map(|i| {
            let (column, row) = (i % columns, i / columns);
            let (x0, x1) = (column.saturating_sub(around), (column + around + 1).min(columns));
            let (y0, y1) = (row.saturating_sub(around), (row + around + 1).min(rows));
            let (a, b, c, d) = (at(x1, y1), at(x0, y1), at(x1, y0), at(x0, y0));
            let (sum, count) = (a.0 + d.0 - b.0 - c.0, a.1 + d.1 - b.1 - c.1);
            sum.checked_div(count).map_or(0, |mean| mean as u8)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    /// Noise of chance between 0 and `most`.
    fn noise(x: u32, y: u32, most: u32) -> u8 {
        let mixed = (x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b)).wrapping_mul(0xc2b2_ae35);
        ((mixed >> 16) % most) as u8
    }

    fn dark(bits: &BitMatrix) -> usize {
        let count = |y| (0..bits.getWidth()).filter(|x| bits.get(*x, y)).count();
        (0..bits.getHeight()).map(count).sum()
    }

    #[test]
    fn noise_is_no_print() {
        let grey = GrayImage::from_fn(203, 147, |x, y| Luma([190 + noise(x, y, 45)]));
        assert_eq!(dark(&binarised(&grey).expect("large enough")), 0);
    }

    #[test]
    fn pale_print_in_noise_and_shadow_is_seen() {
        let square = |x: u32, y: u32| {
            (80..120).contains(&x) && (60..100).contains(&y) && (x / 5 + y / 5).is_multiple_of(2)
        };
        let grey = GrayImage::from_fn(200, 150, |x, y| {
            let paper = 150 + (x / 3) as u8 + noise(x, y, 25);
            Luma([if square(x, y) { paper - 60 } else { paper }])
        });
        let bits = binarised(&grey).expect("large enough");
        let wrong = (0..150u32)
            .flat_map(|y| (0..200u32).map(move |x| (x, y)))
            .filter(|(x, y)| bits.get(*x, *y) != square(*x, *y))
            .count();
        assert!(wrong < 60, "{wrong} pixels of 1,600");
    }

    #[test]
    fn pictures_of_no_size_do_no_harm() {
        for (w, h) in [(0, 0), (7, 300), (8, 8), (9, 17), (64, 8), (65, 9)] {
            let bits = binarised(&GrayImage::new(w, h));
            assert_eq!(bits.is_some(), w >= 8 && h >= 8);
        }
    }
}
