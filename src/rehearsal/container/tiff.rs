//! TIFF as scanners and fax machines write it.

use super::packed;
use crate::rehearsal::fax::{self, Group};
use crate::rehearsal::scanner::jpeg;
use image::GrayImage;
use image::imageops::crop_imm;

/// How a TIFF holds its strips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TiffKind {
    Plain,
    PackBits,
    Lzw,
    Deflate,
    Jpeg,
    Fax(Group),
    /// Group 4 with its bits the other way round.
    FillOrder2,
    /// One bit a pixel where 0 is white.
    BilevelPackBits,
}

/// A little-endian TIFF 6.0 with one IFD a page, in strips of 128 rows where the kind allows.
pub fn tiff(pages: &[GrayImage], dpi: (u32, u32), kind: TiffKind, quality: u8) -> Vec<u8> {
    let mut out = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for page in pages {
        let (width, height) = page.dimensions();
        let rows_a_strip = if matches!(kind, TiffKind::Jpeg) {
            height
        } else {
            128
        };
        let strips: Vec<Vec<u8>> = (0..height)
            .step_by(rows_a_strip as usize)
            .map(|y| {
                let part = crop_imm(page, 0, y, width, rows_a_strip.min(height - y)).to_image();
                strip(&part, kind, quality)
            })
            .collect();
        let at = |out: &mut Vec<u8>, bytes: &[u8]| {
            out.resize(out.len().next_multiple_of(4), 0);
            let place = out.len() as u32;
            out.extend(bytes);
            place
        };
        let offsets: Vec<u32> = strips.iter().map(|s| at(&mut out, s)).collect();
        let counts: Vec<u32> = strips.iter().map(|s| s.len() as u32).collect();
        let list = |out: &mut Vec<u8>, values: &[u32]| match values {
            [one] => *one,
            many => at(
                out,
                &many.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>(),
            ),
        };
        let (offsets_at, counts_at) = (list(&mut out, &offsets), list(&mut out, &counts));
        let mut resolution = |dpi: u32| at(&mut out, &[dpi.to_le_bytes(), 1u32.to_le_bytes()].concat());
        let (across, down) = (resolution(dpi.0), resolution(dpi.1));
        let (compression, bits, photometric) = match kind {
            TiffKind::Plain => (1, 8, 1),
            TiffKind::PackBits => (32_773, 8, 1),
            TiffKind::Lzw => (5, 8, 1),
            TiffKind::Deflate => (8, 8, 1),
            TiffKind::Jpeg => (7, 8, 1),
            TiffKind::Fax(Group::Four) | TiffKind::FillOrder2 => (4, 1, 0),
            TiffKind::Fax(_) => (3, 1, 0),
            TiffKind::BilevelPackBits => (32_773, 1, 0),
        };
        let mut entries: Vec<(u16, u16, u32, u32)> = vec![
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, bits),
            (259, 3, 1, compression),
            (262, 3, 1, photometric),
            (266, 3, 1, if kind == TiffKind::FillOrder2 { 2 } else { 1 }),
            (273, 4, offsets.len() as u32, offsets_at),
            (277, 3, 1, 1),
            (278, 4, 1, rows_a_strip),
            (279, 4, counts.len() as u32, counts_at),
            (282, 5, 1, across),
            (283, 5, 1, down),
            (296, 3, 1, 2),
        ];
        if kind == TiffKind::Fax(Group::ThreeTwoDimensional) {
            entries.push((292, 4, 1, 1));
        }
        entries.sort_unstable();
        out.resize(out.len().next_multiple_of(4), 0);
        let directory = out.len() as u32;
        out[link..link + 4].copy_from_slice(&directory.to_le_bytes());
        out.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            out.extend(tag.to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend(count.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        link = out.len();
        out.extend([0; 4]);
    }
    out
}

fn strip(part: &GrayImage, kind: TiffKind, quality: u8) -> Vec<u8> {
    match kind {
        TiffKind::Plain => part.as_raw().clone(),
        TiffKind::PackBits => part
            .chunks_exact(part.width() as usize)
            .flat_map(pack_bits)
            .collect(),
        TiffKind::BilevelPackBits => {
            let bits = packed(part, true);
            bits.chunks_exact(part.width().div_ceil(8) as usize)
                .flat_map(pack_bits)
                .collect()
        }
        TiffKind::Lzw => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
            .encode(part.as_raw())
            .expect("written to memory"),
        TiffKind::Deflate => miniz_oxide::deflate::compress_to_vec_zlib(part.as_raw(), 2),
        TiffKind::Jpeg => jpeg(part, quality),
        TiffKind::Fax(group) => fax::encode(part, group),
        TiffKind::FillOrder2 => fax::encode(part, Group::Four)
            .into_iter()
            .map(u8::reverse_bits)
            .collect(),
    }
}

/// Runs of equal bytes, and literal ones (TIFF 6.0, section 9).
fn pack_bits(row: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < row.len() {
        let run = row[at..].iter().take(128).take_while(|v| **v == row[at]).count();
        if run >= 2 {
            out.extend([(257 - run) as u8, row[at]]);
            at += run;
        } else {
            let most = row[at..].len().min(128);
            let literal = (1..most)
                .find(|&i| i + 1 < most && row[at + i] == row[at + i + 1])
                .unwrap_or(most);
            out.push((literal - 1) as u8);
            out.extend(&row[at..at + literal]);
            at += literal;
        }
    }
    out
}
