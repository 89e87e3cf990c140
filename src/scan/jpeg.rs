//! JPEG pictures, the form of most scans: their light alone, without the colours, and large ones at half their size.

use super::file::{MAX_DECODED_BYTES, PageError, WORKING_SIDE, check_size, decode};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageFormat};
use jpeg_decoder::PixelFormat;
use std::panic::catch_unwind;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Progressive JPEGs have a dozen scans. Each goes over the whole picture, however few bytes it has.
const MAX_SCANS: usize = 100;

/// The grey pixels of a JPEG; one whose longest side exceeds [`WORKING_SIDE`] comes at half its size, decoded so.
///
/// Set upright as its EXIF says when that is wanted (a PDF's pictures never are, ISO 32000-1, 7.4.8).
pub fn decode_jpeg(bytes: &[u8], upright: bool) -> Result<GrayImage, PageError> {
    let head = catch_unwind(|| Head::of(bytes)).ok().flatten();
    let Some(head) = head else {
        return decode(bytes, ImageFormat::Jpeg, upright).map(DynamicImage::into_luma8);
    };
    check_size(head.width.into(), head.height.into())?;
    check_scans(bytes)?;
    let large = head.width.max(head.height) > WORKING_SIDE;
    let grey = catch_unwind(|| match (large, head.has_light) {
        (true, _) => halved(bytes, head.width, head.height),
        (false, true) => light(bytes),
        (false, false) => None,
    });
    match grey.ok().flatten() {
        Some(grey) if upright && head.turn != Orientation::NoTransforms => {
            let mut turned = DynamicImage::ImageLuma8(grey);
            turned.apply_orientation(head.turn);
            Ok(turned.into_luma8())
        }
        Some(grey) => Ok(grey),
        // Other colours than these, and damage, which is named there.
        None => decode(bytes, ImageFormat::Jpeg, upright).map(DynamicImage::into_luma8),
    }
}

/// Width and height that a JPEG claims; `None` when that cannot be told.
pub fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = catch_unwind(|| Head::of(bytes)).ok().flatten()?;
    Some((head.width, head.height))
}

/// Refuses a JPEG of so many scans that each pixel would be gone over without end.
///
/// # Errors
/// [`PageError::Picture`].
pub fn check_scans(jpeg: &[u8]) -> Result<(), PageError> {
    if scans(jpeg) > MAX_SCANS {
        return Err(PageError::Picture(
            "it is a JPEG of more scans than any program writes".into(),
        ));
    }
    Ok(())
}

/// The scans of a JPEG up to its end (ITU-T T.81, annex B), marker by marker.
fn scans(bytes: &[u8]) -> usize {
    let (mut count, mut at) = (0, 0);
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(0xff, rest)) {
        at += found + 1;
        match bytes.get(at) {
            None | Some(0xd9) => break,
            // A fill byte, a stuffed one, or a marker without a length.
            Some(0xff) => {}
            Some(0x00 | 0x01 | 0xd0..=0xd8) => at += 1,
            Some(marker) => {
                count += usize::from(*marker == 0xda);
                let length = bytes
                    .get(at + 1..at + 3)
                    .map_or(0, |l| usize::from(l[0]) << 8 | usize::from(l[1]));
                at += 1 + length;
            }
        }
    }
    count
}

/// What stands before the pixels.
struct Head {
    width: u32,
    height: u32,
    /// Its first component is the light, as in nearly all.
    has_light: bool,
    turn: Orientation,
}

impl Head {
    fn of(bytes: &[u8]) -> Option<Head> {
        let mut decoder = decoder(bytes);
        decoder.decode_headers().ok()?;
        let (width, height) = decoder.dimensions()?;
        Some(Head {
            width: u32::try_from(width).ok()?,
            height: u32::try_from(height).ok()?,
            has_light: matches!(
                decoder.input_colorspace(),
                Some(ColorSpace::Luma | ColorSpace::YCbCr)
            ),
            turn: decoder
                .exif()
                .and_then(|exif| Orientation::from_exif_chunk(exif))
                .unwrap_or(Orientation::NoTransforms),
        })
    }
}

/// A decoder of the light. How large a picture may be is looked at between its head and its pixels.
fn decoder(bytes: &[u8]) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

/// The light of a JPEG that has it as a component of its own.
fn light(bytes: &[u8]) -> Option<GrayImage> {
    let mut decoder = decoder(bytes);
    let raw = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    GrayImage::from_raw(u32::try_from(width).ok()?, u32::try_from(height).ok()?, raw)
}

/// A JPEG decoded at half its size, from half as many coefficients each way.
fn halved(bytes: &[u8], width: u32, height: u32) -> Option<GrayImage> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(MAX_DECODED_BYTES as usize);
    let half = |side: u32| side.div_ceil(2) as u16;
    let (w, h) = decoder.scale(half(width), half(height)).ok()?;
    let raw = decoder.decode().ok()?;
    let grey = match decoder.info()?.pixel_format {
        PixelFormat::L8 => raw,
        PixelFormat::RGB24 => raw
            .as_chunks::<3>()
            .0
            .iter()
            .map(|p| ((299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2])) / 1000) as u8)
            .collect(),
        PixelFormat::L16 | PixelFormat::CMYK32 => return None,
    };
    GrayImage::from_raw(w.into(), h.into(), grey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, Luma};

    fn slope() -> GrayImage {
        GrayImage::from_fn(200, 120, |x, y| Luma([(x / 2 + y) as u8]))
    }

    fn written(raw: &[u8], (width, height): (u32, u32), colour: ExtendedColorType) -> Vec<u8> {
        let mut out = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut out, 95);
        image::ImageEncoder::write_image(encoder, raw, width, height, colour).expect("written to memory");
        out
    }

    #[test]
    fn a_picture_in_colour_and_one_in_grey_have_the_same_light() {
        let grey = slope();
        let colour: Vec<u8> = grey.as_raw().iter().flat_map(|&v| [v; 3]).collect();
        for bytes in [
            written(grey.as_raw(), grey.dimensions(), ExtendedColorType::L8),
            written(&colour, grey.dimensions(), ExtendedColorType::Rgb8),
        ] {
            let read = decode_jpeg(&bytes, true).expect("it is whole");
            assert_eq!(read.dimensions(), grey.dimensions());
            let far = read
                .as_raw()
                .iter()
                .zip(grey.as_raw())
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            assert!(far < Some(4), "{far:?}");
        }
    }

    #[test]
    fn a_turn_in_its_exif_is_made_only_where_that_is_wanted() {
        let mut bytes = written(slope().as_raw(), (200, 120), ExtendedColorType::L8);
        // APP1 with one entry, 0x0112 (EXIF 2.3, 4.6.4): the right side of the picture is its top.
        let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let mut marker = vec![0xff, 0xe1, 0, exif.len() as u8 + 2];
        marker.extend(exif);
        bytes.splice(2..2, marker);
        assert_eq!(decode_jpeg(&bytes, true).expect("whole").dimensions(), (120, 200));
        assert_eq!(
            decode_jpeg(&bytes, false).expect("whole").dimensions(),
            (200, 120)
        );
    }

    #[test]
    fn a_large_one_comes_at_half_its_size() {
        let grey = GrayImage::from_pixel(WORKING_SIDE + 1, 16, Luma([200]));
        let bytes = written(grey.as_raw(), grey.dimensions(), ExtendedColorType::L8);
        let read = decode_jpeg(&bytes, true).expect("whole");
        assert_eq!(read.dimensions(), ((WORKING_SIDE + 1).div_ceil(2), 8));
    }
}
