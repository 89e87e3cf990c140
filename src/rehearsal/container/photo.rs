//! JPEGs as phones and imaging programs write them.

use crate::rehearsal::scanner::jpeg;
use image::imageops::{rotate90, rotate180, rotate270};
use image::{DynamicImage, GrayImage, Luma};

/// A photograph in colour, the `n`th of several: the phone was held upright, sideways, and upside down.
pub(super) fn of_phone(page: &GrayImage, n: usize, quality: u8) -> Vec<u8> {
    let (stored, orientation) = match n % 3 {
        1 => (rotate270(page), 6),
        2 => (rotate90(page), 8),
        _ => (rotate180(page), 3),
    };
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(&DynamicImage::ImageLuma8(stored).into_rgb8())
        .expect("a picture is written to memory");
    turned_by_exif(&bytes, orientation)
}

/// The JPEG with an EXIF segment that says how it is to be turned (Exif 2.3, tag 274).
pub fn turned_by_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

/// A JPEG of four inks with Adobe's marker, which stores light instead of ink (Technical Note 5116): black alone is used.
///
/// Each ink is a scan of its own, taken from a grey JPEG with the same tables.
pub(super) fn cmyk(page: &GrayImage, quality: u8) -> Vec<u8> {
    let white = GrayImage::from_pixel(page.width(), page.height(), Luma([255]));
    let (black, none) = (jpeg(page, quality), jpeg(&white, quality));
    let (black, none) = (Segments::of(&black), Segments::of(&none));
    let mut out = vec![0xff, 0xd8, 0xff, 0xee, 0, 14];
    out.extend(b"Adobe\0\x64\0\0\0\0\0");
    out.extend(black.tables);
    let [high_y, low_y] = (page.height() as u16).to_be_bytes();
    let [high_x, low_x] = (page.width() as u16).to_be_bytes();
    out.extend([0xff, 0xc0, 0, 20, 8, high_y, low_y, high_x, low_x, 4]);
    out.extend((1..=4).flat_map(|ink| [ink, 0x11, 0]));
    for ink in 1..=4 {
        out.extend([0xff, 0xda, 0, 8, 1, ink, 0, 0, 63, 0]);
        out.extend(if ink == 4 { black.scan } else { none.scan });
    }
    out.extend([0xff, 0xd9]);
    out
}

/// The parts of a grey JPEG of one scan that one of more components can share.
struct Segments<'a> {
    /// Quantisation and Huffman tables, with their markers.
    tables: Vec<u8>,
    /// The coded pixels.
    scan: &'a [u8],
}

impl Segments<'_> {
    fn of(jpeg: &[u8]) -> Segments<'_> {
        let (mut tables, mut at) = (Vec::new(), 2);
        loop {
            let length = 2 + usize::from(jpeg[at + 2]) * 256 + usize::from(jpeg[at + 3]);
            let segment = &jpeg[at..at + length];
            at += length;
            match segment[1] {
                0xdb | 0xc4 => tables.extend(segment),
                0xda => {
                    return Segments {
                        tables,
                        scan: &jpeg[at..jpeg.len() - 2],
                    };
                }
                _ => {}
            }
        }
    }
}
