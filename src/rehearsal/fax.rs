//! Writes black-and-white pictures as fax machines and scanners do: Group 3 and Group 4 (ITU-T T.4 and T.6).

use image::GrayImage;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// T.4, each row by itself, an end-of-line code before each.
    Three,
    /// T.4 with every second row by the one above it (K = 2).
    ThreeTwoDimensional,
    /// T.6: every row by the one above it, no end-of-line codes.
    Four,
}

/// The picture's dark pixels (below 128) as one run of fax codes.
pub fn encode(grey: &GrayImage, group: Group) -> Vec<u8> {
    let width = grey.width() as usize;
    let mut out = Bits::default();
    let mut above: Vec<bool> = vec![false; width];
    for (y, row) in grey.chunks_exact(width.max(1)).enumerate() {
        let row: Vec<bool> = row.iter().map(|v| *v < 128).collect();
        match group {
            Group::Three => {
                out.put("000000000001");
                one_dimensional(&mut out, &row);
            }
            Group::ThreeTwoDimensional => {
                let alone = y % 2 == 0;
                out.put(if alone { "0000000000011" } else { "0000000000010" });
                if alone {
                    one_dimensional(&mut out, &row);
                } else {
                    two_dimensional(&mut out, &row, &above);
                }
            }
            Group::Four => two_dimensional(&mut out, &row, &above),
        }
        above = row;
    }
    match group {
        Group::Three => (0..6).for_each(|_| out.put("000000000001")),
        Group::ThreeTwoDimensional => (0..6).for_each(|_| out.put("0000000000011")),
        Group::Four => (0..2).for_each(|_| out.put("000000000001")),
    }
    out.done()
}

/// A JBIG2 stream as PDF embeds it (ISO 14492): one page with one generic region, its bits by T.6.
pub fn jbig2(grey: &GrayImage) -> Vec<u8> {
    let (width, height) = grey.dimensions();
    let mut out = Vec::new();
    let mut segment = |number: u32, kind: u8, data: &[u8]| {
        out.extend(number.to_be_bytes());
        // Refers to no other segment; page 1.
        out.extend([kind, 0, 1]);
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(data);
    };
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    segment(0, 48, &[&size[..], &[0; 8], &[0, 0, 0]].concat());
    let bits = encode(grey, Group::Four);
    // Placed at the origin by OR, MMR coding.
    segment(1, 38, &[&size[..], &[0; 8], &[0], &[1], &bits].concat());
    out
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    part: u8,
    filled: u8,
}

impl Bits {
    fn put(&mut self, code: &str) {
        for bit in code.bytes() {
            self.part = self.part << 1 | (bit - b'0');
            self.filled += 1;
            if self.filled == 8 {
                self.bytes.push(self.part);
                (self.part, self.filled) = (0, 0);
            }
        }
    }

    fn done(mut self) -> Vec<u8> {
        while self.filled != 0 {
            self.put("0");
        }
        self.bytes
    }
}

fn one_dimensional(out: &mut Bits, row: &[bool]) {
    let (mut at, mut dark) = (0, false);
    while at < row.len() || (at == 0 && !dark) {
        let run = row[at..].iter().take_while(|v| **v == dark).count();
        length(out, run, dark);
        at += run;
        dark = !dark;
        if at >= row.len() {
            break;
        }
    }
}

/// One run: make-up codes for the multiples of 64, then a terminating code.
fn length(out: &mut Bits, mut run: usize, dark: bool) {
    while run >= 64 {
        let part = (run / 64).min(40);
        out.put(match part {
            28.. => LONG[part - 28],
            _ if dark => BLACK_64[part - 1],
            _ => WHITE_64[part - 1],
        });
        run -= part * 64;
    }
    out.put(if dark { BLACK[run] } else { WHITE[run] });
}

fn two_dimensional(out: &mut Bits, row: &[bool], above: &[bool]) {
    let width = row.len();
    // The first change after a place: where the colour differs from the pixel before it.
    let change = |of: &[bool], from: usize| {
        (from..width)
            .find(|&x| of[x] != (x > 0 && of[x - 1]))
            .unwrap_or(width)
    };
    let (mut a0, mut dark, mut begun) = (0usize, false, false);
    while a0 < width {
        let after = if begun { a0 + 1 } else { 0 };
        let a1 = (a0..width).find(|&x| row[x] != dark).unwrap_or(width);
        let mut b1 = change(above, after);
        if b1 < width && above[b1] == dark {
            b1 = change(above, b1 + 1);
        }
        let b2 = if b1 < width { change(above, b1 + 1) } else { width };
        if b2 < a1 {
            out.put("0001");
            a0 = b2;
        } else if a1.abs_diff(b1) <= 3 {
            out.put(match a1 as i64 - b1 as i64 {
                0 => "1",
                1 => "011",
                2 => "000011",
                3 => "0000011",
                -1 => "010",
                -2 => "000010",
                _ => "0000010",
            });
            (a0, dark) = (a1, !dark);
        } else {
            let a2 = (a1..width).find(|&x| row[x] == dark).unwrap_or(width);
            out.put("001");
            length(out, a1 - a0, dark);
            length(out, a2 - a1, !dark);
            a0 = a2;
        }
        begun = true;
    }
}

/// White runs of 0 to 63 (T.4, table 2).
#[rustfmt::skip]
const WHITE: [&str; 64] = [
    "00110101", "000111", "0111", "1000", "1011", "1100", "1110", "1111", "10011", "10100", "00111", "01000", "001000",
    "000011", "110100", "110101", "101010", "101011", "0100111", "0001100", "0001000", "0010111", "0000011", "0000100",
    "0101000", "0101011", "0010011", "0100100", "0011000", "00000010", "00000011", "00011010", "00011011", "00010010",
    "00010011", "00010100", "00010101", "00010110", "00010111", "00101000", "00101001", "00101010", "00101011",
    "00101100", "00101101", "00000100", "00000101", "00001010", "00001011", "01010010", "01010011", "01010100",
    "01010101", "00100100", "00100101", "01011000", "01011001", "01011010", "01011011", "01001010", "01001011",
    "00110010", "00110011", "00110100",
];
/// Black runs of 0 to 63.
#[rustfmt::skip]
const BLACK: [&str; 64] = [
    "0000110111", "010", "11", "10", "011", "0011", "0010", "00011", "000101", "000100", "0000100", "0000101", "0000111",
    "00000100", "00000111", "000011000", "0000010111", "0000011000", "0000001000", "00001100111", "00001101000",
    "00001101100", "00000110111", "00000101000", "00000010111", "00000011000", "000011001010", "000011001011",
    "000011001100", "000011001101", "000001101000", "000001101001", "000001101010", "000001101011", "000011010010",
    "000011010011", "000011010100", "000011010101", "000011010110", "000011010111", "000001101100", "000001101101",
    "000011011010", "000011011011", "000001010100", "000001010101", "000001010110", "000001010111", "000001100100",
    "000001100101", "000001010010", "000001010011", "000000100100", "000000110111", "000000111000", "000000100111",
    "000000101000", "000001011000", "000001011001", "000000101011", "000000101100", "000001011010", "000001100110",
    "000001100111",
];
/// White runs of 64 to 1728 (table 3a).
#[rustfmt::skip]
const WHITE_64: [&str; 27] = [
    "11011", "10010", "010111", "0110111", "00110110", "00110111", "01100100", "01100101", "01101000", "01100111",
    "011001100", "011001101", "011010010", "011010011", "011010100", "011010101", "011010110", "011010111", "011011000",
    "011011001", "011011010", "011011011", "010011000", "010011001", "010011010", "011000", "010011011",
];
/// Black runs of 64 to 1728.
#[rustfmt::skip]
const BLACK_64: [&str; 27] = [
    "0000001111", "000011001000", "000011001001", "000001011011", "000000110011", "000000110100", "000000110101",
    "0000001101100", "0000001101101", "0000001001010", "0000001001011", "0000001001100", "0000001001101",
    "0000001110010", "0000001110011", "0000001110100", "0000001110101", "0000001110110", "0000001110111",
    "0000001010010", "0000001010011", "0000001010100", "0000001010101", "0000001011010", "0000001011011",
    "0000001100100", "0000001100101",
];
/// Runs of 1792 to 2560 of either colour (table 3b).
const LONG: [&str; 13] = [
    "00000001000",
    "00000001100",
    "00000001101",
    "000000010010",
    "000000010011",
    "000000010100",
    "000000010101",
    "000000010110",
    "000000010111",
    "000000011100",
    "000000011101",
    "000000011110",
    "000000011111",
];

#[cfg(test)]
mod tests {
    use super::*;
    use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};
    use image::Luma;

    struct Rows(Vec<Vec<u32>>);
    impl Decoder for Rows {
        fn push_row(&mut self, changes: &[u32]) {
            self.0.push(changes.to_vec());
        }
    }

    #[test]
    fn what_is_written_is_what_another_decoder_reads() {
        let mut dice = super::super::dice::Dice::new(5);
        let mut grey = GrayImage::from_pixel(2_700, 60, Luma([255]));
        for y in 0..60 {
            for _ in 0..y * 3 {
                let (x, long) = (dice.below(2_700) as u32, dice.below(1 << (y % 12)) as u32);
                (x..(x + long).min(2_700)).for_each(|x| grey.put_pixel(x, y, Luma([0])));
            }
        }
        for (group, encoding) in [
            (Group::Three, EncodingMode::Group3_1D),
            (Group::ThreeTwoDimensional, EncodingMode::Group3_2D),
            (Group::Four, EncodingMode::Group4),
        ] {
            let settings = DecodeSettings {
                columns: 2_700,
                rows: 60,
                end_of_block: true,
                end_of_line: group != Group::Four,
                rows_are_byte_aligned: false,
                encoding,
                strict: true,
            };
            let mut rows = Rows(Vec::new());
            hayro_ccitt::decode(
                &encode(&grey, group),
                &mut rows,
                &mut DecoderContext::new(settings),
            )
            .expect("it is whole");
            let wanted: Vec<Vec<u32>> = grey
                .chunks_exact(2_700)
                .map(|row| {
                    (0..2_700)
                        .filter(|&x| (row[x] < 128) != (x > 0 && row[x - 1] < 128))
                        .map(|x| x as u32)
                        .collect()
                })
                .collect();
            assert_eq!(rows.0, wanted, "{group:?}");
        }
    }
}
