//! The ways in which files fold pixels together, undone within limits: Flate, LZW, run lengths, ASCII forms, fax codes.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_ccitt::{DecodeSettings, DecoderContext, EncodingMode};
use image::GrayImage;
use weezl::{BitOrder, LzwStatus};

/// zlib data of at most `limit` bytes; `None` when it is damaged or longer.
pub fn flate(bytes: &[u8], limit: usize) -> Option<Vec<u8>> {
    /// What is made room for at once, at least: a picture grows by doubling then.
    const ROOM: usize = 64 << 10;
    let mut decoder = Decompress::new(true);
    let mut out = Vec::new();
    loop {
        // One more than may be, so that data which end at the limit are told from longer ones.
        let room = out.len().max(ROOM).min((limit + 1).checked_sub(out.len())?);
        out.reserve_exact(room);
        let (read, written) = (decoder.total_in(), out.len());
        let rest = bytes.get(read as usize..)?;
        let status = decoder
            .decompress_vec(rest, &mut out, FlushDecompress::None)
            .ok()?;
        if out.len() > limit {
            return None;
        }
        match status {
            Status::StreamEnd => return Some(out),
            // Nothing more comes out of data that were cut off.
            _ if decoder.total_in() == read && out.len() == written => return None,
            _ => {}
        }
    }
}

/// LZW as PDF and TIFF have it, most significant bit first; `early` when codes grow one entry early (the default of both).
pub fn lzw(bytes: &[u8], early: bool, limit: usize) -> Option<Vec<u8>> {
    let mut decoder = if early {
        weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
    } else {
        weezl::decode::Decoder::new(BitOrder::Msb, 8)
    };
    let mut out = Vec::new();
    let mut part = [0; 16 << 10];
    let mut rest = bytes;
    loop {
        let done = decoder.decode_bytes(rest, &mut part);
        rest = &rest[done.consumed_in..];
        out.extend_from_slice(&part[..done.consumed_out]);
        if out.len() > limit {
            return None;
        }
        match done.status {
            Ok(LzwStatus::Done) => return Some(out),
            // Writers that forget the end code are common.
            Ok(_) if done.consumed_in == 0 && done.consumed_out == 0 => return Some(out),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

/// Runs and literals (PDF RunLengthDecode, where 128 ends the data; TIFF PackBits, where it means nothing).
pub fn run_length(bytes: &[u8], ends_at_128: bool, limit: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((&head, after)) = rest.split_first() {
        rest = match head {
            0..=127 => {
                let most = after.len().min(usize::from(head) + 1);
                out.extend_from_slice(&after[..most]);
                &after[most..]
            }
            128 if ends_at_128 => break,
            128 => after,
            _ => {
                let (&value, after) = after.split_first()?;
                out.resize(out.len() + 257 - usize::from(head), value);
                after
            }
        };
        if out.len() > limit {
            return None;
        }
    }
    Some(out)
}

/// Two hexadecimal digits a byte up to `>`.
pub fn hex(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut digits = Vec::new();
    for b in bytes.iter().take_while(|b| **b != b'>') {
        match (*b as char).to_digit(16) {
            Some(digit) => digits.push(digit as u8),
            None if b.is_ascii_whitespace() || *b == 0 => {}
            None => return None,
        }
    }
    Some(
        digits
            .chunks(2)
            .map(|d| d[0] << 4 | d.get(1).unwrap_or(&0))
            .collect(),
    )
}

/// Five characters for four bytes up to `~>`.
pub fn base85(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut group: Vec<u8> = Vec::new();
    for b in bytes.iter().take_while(|b| **b != b'~') {
        match b {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(b - b'!'),
            b if b.is_ascii_whitespace() || *b == 0 => {}
            _ => return None,
        }
        if group.len() == 5 {
            out.extend(four(&group)?);
            group.clear();
        }
    }
    if group.len() >= 2 {
        let length = group.len();
        group.resize(5, 84);
        out.extend(&four(&group)?[..length - 1]);
    }
    Some(out)
}

fn four(group: &[u8]) -> Option<[u8; 4]> {
    let value = group
        .iter()
        .try_fold(0u32, |n, d| n.checked_mul(85)?.checked_add(u32::from(*d)))?;
    Some(value.to_be_bytes())
}

/// How fax codes were written (PDF CCITTFaxDecode; TIFF compressions 2 to 4).
#[derive(Debug, Clone, Copy)]
pub struct Fax {
    pub mode: EncodingMode,
    pub columns: u32,
    /// Rows of the picture; fewer may be there.
    pub rows: u32,
    pub byte_aligned: bool,
    pub end_of_line: bool,
}

/// The picture that fax codes describe, black 0 and white 255; rows that the data lacks make it `None`.
///
/// A few rows too few at the end are white: many writers count wrongly.
pub fn fax(bytes: &[u8], fax: Fax) -> Option<GrayImage> {
    struct Rows {
        pixels: Vec<u8>,
        width: usize,
        most: usize,
    }
    impl hayro_ccitt::Decoder for Rows {
        fn push_row(&mut self, changes: &[u32]) {
            if self.pixels.len() >= self.most {
                return;
            }
            let from = self.pixels.len();
            self.pixels.resize(from + self.width, 255);
            for run in changes.chunks(2) {
                let to = run.get(1).map_or(self.width, |x| *x as usize).min(self.width);
                let start = (run[0] as usize).min(to);
                self.pixels[from + start..from + to].fill(0);
            }
        }
    }
    let width = fax.columns as usize;
    let mut rows = Rows {
        pixels: Vec::new(),
        width,
        most: width * fax.rows as usize,
    };
    let settings = DecodeSettings {
        columns: fax.columns,
        rows: fax.rows,
        end_of_block: true,
        end_of_line: fax.end_of_line,
        rows_are_byte_aligned: fax.byte_aligned,
        encoding: fax.mode,
        strict: false,
    };
    // What was decoded before an error counts when it is nearly all.
    let _ = hayro_ccitt::decode(bytes, &mut rows, &mut DecoderContext::new(settings));
    let seen = rows.pixels.len() / width.max(1);
    if (seen as f64) < 0.98 * f64::from(fax.rows) {
        return None;
    }
    rows.pixels.resize(rows.most, 255);
    GrayImage::from_raw(fax.columns, fax.rows, rows.pixels)
}

/// Undoes the difference to the left neighbour (TIFF 6.0, section 14), 8 bits a component.
pub fn undo_differences(raw: &mut [u8], row: usize, components: usize) {
    for row in raw.chunks_mut(row.max(1)) {
        for x in components..row.len() {
            row[x] = row[x].wrapping_add(row[x - components]);
        }
    }
}

/// Undoes the filters of PNG (section 9), which begin each row with a byte that names them; `None` when one is unknown.
pub fn undo_png(raw: &[u8], row: usize, pixel: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; raw.len() / (row + 1) * row];
    let mut above = vec![0; row];
    for (line, coded) in out.chunks_exact_mut(row).zip(raw.chunks_exact(row + 1)) {
        line.copy_from_slice(&coded[1..]);
        match coded[0] {
            0 => {}
            1 => (pixel..row).for_each(|x| line[x] = line[x].wrapping_add(line[x - pixel])),
            2 => line
                .iter_mut()
                .zip(&above)
                .for_each(|(v, a)| *v = v.wrapping_add(*a)),
            3 => (0..row).for_each(|x| {
                let left = if x >= pixel { u16::from(line[x - pixel]) } else { 0 };
                line[x] = line[x].wrapping_add(((left + u16::from(above[x])) / 2) as u8);
            }),
            4 => (0..row).for_each(|x| {
                let (left, corner) = if x >= pixel {
                    (line[x - pixel], above[x - pixel])
                } else {
                    (0, 0)
                };
                line[x] = line[x].wrapping_add(nearest(left, above[x], corner));
            }),
            _ => return None,
        }
        above.copy_from_slice(line);
    }
    Some(out)
}

/// The neighbour nearest to left + above − corner.
fn nearest(left: u8, above: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(above), i16::from(corner));
    let (to_left, to_above, to_corner) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    if to_left <= to_above && to_left <= to_corner {
        left
    } else if to_above <= to_corner {
        above
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ascii_forms_are_unfolded() {
        assert_eq!(hex(b"48 65 6C6c 6f7>"), Some(b"Hellop".to_vec()));
        assert_eq!(base85(b"87cURD]i,\"Ebo80~>"), Some(b"Hello World!".to_vec()));
        assert_eq!(base85(b"z!!~>"), Some(vec![0; 5]));
        assert_eq!((hex(b"4g"), base85(b"\x80")), (None, None));
    }

    #[test]
    fn deflated_data_come_back_whole_within_the_limit_or_not_at_all() {
        let data: Vec<u8> = (0..300_000u32).map(|i| (i.wrapping_mul(i) >> 9) as u8).collect();
        let bytes = miniz_oxide::deflate::compress_to_vec_zlib(&data, 6);
        assert_eq!(flate(&bytes, data.len()), Some(data.clone()));
        assert_eq!(flate(&bytes, data.len() - 1), None);
        assert_eq!(flate(&bytes[..bytes.len() / 2], data.len()), None);
        let followed = [&bytes[..], b"\r\n"].concat();
        assert_eq!(flate(&followed, 1_000_000), Some(data));
    }

    #[test]
    fn run_lengths_end_where_their_format_says() {
        let bytes = [1, 7, 8, 254, 9, 128, 0, 5];
        assert_eq!(run_length(&bytes, true, 100), Some(vec![7, 8, 9, 9, 9]));
        assert_eq!(run_length(&bytes, false, 100), Some(vec![7, 8, 9, 9, 9, 5]));
        assert_eq!(run_length(&[129; 200], true, 1_000), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_any_of_them_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), n in 1usize..40) {
            let _ = (flate(&bytes, 5_000), lzw(&bytes, n.is_multiple_of(2), 5_000), run_length(&bytes, true, 5_000));
            let _ = (hex(&bytes), base85(&bytes), undo_png(&bytes, n, 1 + n % 4));
            undo_differences(&mut bytes.clone(), n, 1 + n % 4);
            for mode in [EncodingMode::Group4, EncodingMode::Group3_1D, EncodingMode::Group3_2D] {
                let _ = fax(&bytes, Fax { mode, columns: n as u32, rows: 20, byte_aligned: n.is_multiple_of(3), end_of_line: n.is_multiple_of(2) });
            }
        }
    }
}
