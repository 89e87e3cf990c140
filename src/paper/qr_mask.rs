//! Which of the eight masks a QR symbol gets (ISO/IEC 18004, 7.8.3): the crate's own choice, weighed a row of modules at a time.
//!
//! The crate weighs module by module, which costs more than the rest of a letter's drawing. A test holds that the choice is the same.

use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::ec::construct_codewords;
use qrcode::{Color, EcLevel, Version};

/// In the order in which of two equally good ones the first is taken.
const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// A row or column of modules, the first in the lowest bit: the widest symbol has 177, ours have at most 69.
type Line = u128;

/// The modules of a text, row by row, and how many a row has; `None` when it does not fit, or is wider than a [`Line`].
pub(super) fn draw(text: &str, version: Version, level: EcLevel) -> Option<(usize, Vec<bool>)> {
    let width = usize::try_from(version.width()).ok()?;
    if width > Line::BITS as usize {
        return None;
    }
    let mut bits = Bits::new(version);
    bits.push_optimal_data(text.as_bytes()).ok()?;
    bits.push_terminator(level).ok()?;
    let (data, correction) = construct_codewords(&bits.into_bytes(), version, level).ok()?;
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    let masked = MASKS.into_iter().map(|mask| {
        let mut canvas = canvas.clone();
        canvas.apply_mask(mask);
        let dark = canvas.into_colors().into_iter().map(|c| c == Color::Dark);
        dark.collect::<Vec<bool>>()
    });
    masked
        .min_by_key(|dark| penalty(dark, width))
        .map(|dark| (width, dark))
}

/// The penalty of a masked symbol. Instead of the step that the standard has, the balance of dark and light is counted as it is.
fn penalty(dark: &[bool], width: usize) -> u32 {
    let (mut rows, mut columns) = (vec![0 as Line; width], vec![0 as Line; width]);
    for (at, _) in dark.iter().enumerate().filter(|(_, dark)| **dark) {
        let (row, column) = (at / width, at % width);
        rows[row] |= 1 << column;
        columns[column] |= 1 << row;
    }
    let lines = || rows.iter().chain(&columns);
    let runs: u32 = lines().map(|line| long_runs(*line, width)).sum();
    let finders: u32 = lines().map(|line| finders(*line, width)).sum();
    let count: u32 = rows.iter().map(|row| row.count_ones()).sum();
    let share = count as usize * 200 / (width * width);
    runs + 3 * blocks(&rows, width) + 40 * finders + share.abs_diff(100) as u32
}

/// Runs of five modules and more of one colour: three points for five, and one for each further.
fn long_runs(line: Line, width: usize) -> u32 {
    let mut points = 0;
    let (mut rest, mut left) = (line, width as u32);
    while left > 0 {
        let run = if rest & 1 == 1 {
            rest.trailing_ones()
        } else {
            rest.trailing_zeros()
        };
        let run = run.min(left);
        if run >= 5 {
            points += run - 2;
        }
        rest = rest.checked_shr(run).unwrap_or(0);
        left -= run;
    }
    points
}

/// Two by two modules of one colour, overlapping ones too.
fn blocks(rows: &[Line], width: usize) -> u32 {
    let inner: Line = (1 << (width - 1)) - 1;
    rows.windows(2)
        .map(|pair| {
            let (above, below) = (pair[0], pair[1]);
            let alike = !(above ^ below) & !(above ^ (above >> 1)) & !(below ^ (below >> 1));
            (alike & inner).count_ones()
        })
        .sum()
}

/// Dark 1 1 3 1 1 as in a finder pattern, with four light modules (or the edge) before or behind.
fn finders(line: Line, width: usize) -> u32 {
    let l = line;
    let pattern = l & !(l >> 1) & (l >> 2) & (l >> 3) & (l >> 4) & !(l >> 5) & (l >> 6);
    let mut found = pattern & ((1 << (width - 6)) - 1);
    let mut count = 0;
    while found != 0 {
        let at = found.trailing_zeros();
        found &= found - 1;
        let before = if at >= 4 {
            l >> (at - 4) & 0xf
        } else {
            l & ((1 << at) - 1)
        };
        let behind = l.checked_shr(at + 7).unwrap_or(0) & 0xf;
        count += u32::from(before == 0 || behind == 0);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcode::QrCode;

    #[test]
    fn the_mask_is_the_one_that_the_crate_chooses() {
        for (version, level, length) in [
            (2, EcLevel::H, 17),
            (4, EcLevel::H, 45),
            (9, EcLevel::M, 200),
            (13, EcLevel::M, 400),
        ] {
            for n in 0u64..60 {
                let mut state = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
                let text: String = (0..length)
                    .map(|_| {
                        state ^= state << 13;
                        state ^= state >> 7;
                        state ^= state << 17;
                        char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(state >> 40) as usize % 32])
                    })
                    .collect();
                let version = Version::Normal(version);
                let theirs = QrCode::with_version(&text, version, level).expect("fits");
                let colors: Vec<bool> = theirs
                    .into_colors()
                    .into_iter()
                    .map(|c| c == Color::Dark)
                    .collect();
                let (_, ours) = draw(&text, version, level).expect("fits");
                assert!(ours == colors, "{version:?} {n}");
            }
        }
        assert!(draw(&"A".repeat(400), Version::Normal(4), EcLevel::H).is_none());
        assert!(
            draw("A", Version::Normal(40), EcLevel::H).is_none(),
            "wider than a line"
        );
    }
}
