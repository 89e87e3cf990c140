//! The pixels of a picture embedded in a PDF, in all forms that need no renderer.

use super::content::{Layer, number, numbers};
use super::file::{MAX_SIDE, PageError, check_size};
use super::jpeg::{decode_jpeg, jpeg_size};
use super::samples::{Packing, Space, palette};
use super::unfold::{self, Fax};
use hayro_ccitt::EncodingMode;
use image::GrayImage;
use lopdf::{Dictionary, Document, Object, Stream};
use std::borrow::Cow;

/// Filters one after the other; more than two are no scanner's.
const MAX_FILTERS: usize = 4;

/// What a picture shows.
pub enum Pixels {
    Grey(GrayImage),
    /// Dark pixels are painted with the layer's fill, light ones let shine through.
    Stencil(GrayImage),
}

/// Decodes the picture of a layer; `None` for everything that a renderer must look at.
pub fn pixels(document: &Document, layer: &Layer) -> Result<Option<Pixels>, PageError> {
    let reader = Embedded {
        document,
        picture: layer.picture,
    };
    let (width, height) = reader.size();
    check_size(width, height)?;
    let (width, height) = (width as u32, height as u32);
    let stencil = reader.flag(b"ImageMask");
    if reader.picture.dict.has(b"SMask")
        || reader.picture.dict.has(b"Mask")
        || (stencil && layer.fill.is_none())
    {
        return Ok(None);
    }
    let grey = reader.grey(width, height, stencil)?;
    Ok(grey.map(|grey| {
        if stencil {
            Pixels::Stencil(grey)
        } else {
            Pixels::Grey(grey)
        }
    }))
}

/// The size that a picture claims, in pixels.
pub fn size(document: &Document, picture: &Stream) -> (u64, u64) {
    Embedded { document, picture }.size()
}

struct Embedded<'a> {
    document: &'a Document,
    picture: &'a Stream,
}

impl Embedded<'_> {
    fn integer(&self, dict: &Dictionary, key: &[u8]) -> Option<i64> {
        dict.get_deref(key, self.document).and_then(Object::as_i64).ok()
    }

    fn flag(&self, key: &[u8]) -> bool {
        let value = self.picture.dict.get_deref(key, self.document);
        value.and_then(Object::as_bool).unwrap_or(false)
    }

    fn size(&self) -> (u64, u64) {
        let side = |key: &[u8]| self.integer(&self.picture.dict, key).unwrap_or(0).max(0) as u64;
        (side(b"Width"), side(b"Height"))
    }

    fn grey(&self, width: u32, height: u32, stencil: bool) -> Result<Option<GrayImage>, PageError> {
        let Some(filters) = self.filters() else {
            return Ok(None);
        };
        let mut decode = match self.picture.dict.has(b"Decode") {
            true => match numbers(&self.picture.dict, b"Decode", self.document) {
                Some(pairs) => pairs.chunks_exact(2).map(|p| (p[0], p[1])).collect(),
                None => return Ok(None),
            },
            false => Vec::new(),
        };
        let space = if stencil {
            Some(Space::Grey)
        } else {
            self.picture
                .dict
                .get_deref(b"ColorSpace", self.document)
                .ok()
                .and_then(|s| self.space(s, 0))
        };
        let bits = if stencil {
            1
        } else {
            self.integer(&self.picture.dict, b"BitsPerComponent").unwrap_or(8)
        };
        let mut bytes: Cow<[u8]> = Cow::Borrowed(&self.picture.content);
        for (at, (filter, parameters)) in filters.iter().enumerate() {
            let last = at + 1 == filters.len();
            match filter.as_slice() {
                b"DCTDecode" | b"DCT" if last => {
                    // The picture itself says how many components it has; a palette or a negative is drawn.
                    let negative = decode.iter().any(|(from, to)| from > to);
                    if matches!(space, Some(Space::Palette(_)))
                        || (negative && !matches!(space, Some(Space::Cmyk)))
                    {
                        return Ok(None);
                    }
                    // A file whose two sizes differ is drawn as its picture says, not as its dictionary does; what the
                    // dictionary says was checked.
                    if jpeg_size(&bytes).is_some_and(|size| size != (width, height)) {
                        return Ok(None);
                    }
                    return decode_jpeg(&bytes, false).map(Some);
                }
                b"CCITTFaxDecode" | b"CCF" if last => {
                    let Some(mut grey) = self.fax(&bytes, parameters.as_ref(), width, height) else {
                        return Ok(None);
                    };
                    let negative = decode.first().is_some_and(|(from, to)| from > to);
                    if let Some(Space::Palette(entries)) = &space {
                        let pick = |i: usize| entries.get(i).copied().unwrap_or(0);
                        let (dark, light) = if negative {
                            (pick(1), pick(0))
                        } else {
                            (pick(0), pick(1))
                        };
                        grey.iter_mut()
                            .for_each(|v| *v = if *v == 0 { dark } else { light });
                    } else if negative {
                        grey.iter_mut().for_each(|v| *v = 255 - *v);
                    }
                    return Ok(Some(grey));
                }
                name => {
                    let Some(space) = &space else { return Ok(None) };
                    let needed =
                        packing(width, height, space, bits, &decode).bytes() + height as usize + 1024;
                    let Some(out) = self.unfolded(name, parameters.as_ref(), &bytes, needed.max(bytes.len()))
                    else {
                        return Ok(None);
                    };
                    bytes = Cow::Owned(out);
                }
            }
        }
        let Some(space) = space else { return Ok(None) };
        if matches!(space, Space::Palette(_))
            && decode
                .first()
                .is_some_and(|d| *d == (0.0, f64::from((1u32 << bits.clamp(1, 8)) - 1)))
        {
            decode.clear();
        }
        let packing = packing(width, height, &space, bits, &decode);
        // Much more than was promised means a form that was not understood.
        if bytes.len() > packing.bytes() + height as usize {
            return Ok(None);
        }
        Ok(packing.grey(&bytes))
    }

    /// The filters in their order, each with its parameters.
    fn filters(&self) -> Option<Vec<(Vec<u8>, Option<Dictionary>)>> {
        let dict = &self.picture.dict;
        let names = match dict.get_deref(b"Filter", self.document) {
            Err(_) => Vec::new(),
            Ok(Object::Name(name)) => vec![name.clone()],
            Ok(Object::Array(names)) => names
                .iter()
                .map(|n| {
                    self.document
                        .dereference(n)
                        .ok()?
                        .1
                        .as_name()
                        .ok()
                        .map(<[u8]>::to_vec)
                })
                .collect::<Option<_>>()?,
            Ok(_) => return None,
        };
        let parameters = dict.get_deref(b"DecodeParms", self.document).ok();
        let of = |at: usize| match parameters {
            Some(Object::Dictionary(one)) if names.len() == 1 => Some(one.clone()),
            Some(Object::Array(all)) => {
                let one = self.document.dereference(all.get(at)?).ok()?.1;
                one.as_dict().ok().cloned()
            }
            _ => None,
        };
        (names.len() <= MAX_FILTERS).then(|| {
            names
                .iter()
                .cloned()
                .enumerate()
                .map(|(i, n)| (n, of(i)))
                .collect()
        })
    }

    fn unfolded(
        &self,
        filter: &[u8],
        parameters: Option<&Dictionary>,
        bytes: &[u8],
        limit: usize,
    ) -> Option<Vec<u8>> {
        let parameter =
            |key: &[u8], usual: i64| parameters.and_then(|p| self.integer(p, key)).unwrap_or(usual);
        let out = match filter {
            b"FlateDecode" | b"Fl" => unfold::flate(bytes, limit)?,
            b"LZWDecode" | b"LZW" => unfold::lzw(bytes, parameter(b"EarlyChange", 1) != 0, limit)?,
            b"RunLengthDecode" | b"RL" => unfold::run_length(bytes, true, limit)?,
            b"ASCIIHexDecode" | b"AHx" => return unfold::hex(bytes),
            b"ASCII85Decode" | b"A85" => return unfold::base85(bytes),
            _ => return None,
        };
        let predictor = parameter(b"Predictor", 1);
        if predictor < 2 {
            return Some(out);
        }
        let (colours, bits, columns) = (
            parameter(b"Colors", 1).clamp(1, 32) as usize,
            parameter(b"BitsPerComponent", 8).clamp(1, 16) as usize,
            parameter(b"Columns", 1).clamp(1, i64::from(MAX_SIDE)) as usize,
        );
        let row = (colours * bits * columns).div_ceil(8);
        match predictor {
            2 if bits == 8 => {
                let mut out = out;
                unfold::undo_differences(&mut out, row, colours);
                Some(out)
            }
            10..=15 => unfold::undo_png(&out, row, (colours * bits).div_ceil(8)),
            _ => None,
        }
    }

    fn fax(
        &self,
        bytes: &[u8],
        parameters: Option<&Dictionary>,
        width: u32,
        height: u32,
    ) -> Option<GrayImage> {
        let integer = |key: &[u8], usual: i64| parameters.and_then(|p| self.integer(p, key)).unwrap_or(usual);
        let flag = |key: &[u8]| {
            parameters.is_some_and(|p| {
                p.get_deref(key, self.document)
                    .and_then(Object::as_bool)
                    .unwrap_or(false)
            })
        };
        if integer(b"Columns", 1728) != i64::from(width) {
            return None;
        }
        let mut grey = unfold::fax(
            bytes,
            Fax {
                mode: match integer(b"K", 0) {
                    k if k < 0 => EncodingMode::Group4,
                    0 => EncodingMode::Group3_1D,
                    _ => EncodingMode::Group3_2D,
                },
                columns: width,
                rows: height,
                byte_aligned: flag(b"EncodedByteAlign"),
                end_of_line: flag(b"EndOfLine"),
            },
        )?;
        if flag(b"BlackIs1") {
            grey.iter_mut().for_each(|v| *v = 255 - *v);
        }
        Some(grey)
    }

    /// What a colour space's components mean, when that is plain.
    fn space(&self, space: &Object, depth: usize) -> Option<Space> {
        let named = |name: &[u8]| match name {
            b"DeviceGray" | b"CalGray" | b"G" => Some(Space::Grey),
            b"DeviceRGB" | b"CalRGB" | b"RGB" => Some(Space::Rgb),
            b"DeviceCMYK" | b"CMYK" => Some(Space::Cmyk),
            _ => None,
        };
        let parts = match space {
            Object::Name(name) => return named(name),
            Object::Array(parts) => parts,
            _ => return None,
        };
        let part = |i: usize| Some(self.document.dereference(parts.get(i)?).ok()?.1);
        match part(0)?.as_name().ok()? {
            b"ICCBased" => match self.integer(&part(1)?.as_stream().ok()?.dict, b"N")? {
                1 => Some(Space::Grey),
                3 => Some(Space::Rgb),
                4 => Some(Space::Cmyk),
                _ => None,
            },
            // A palette of palettes does not exist.
            b"Indexed" | b"I" if depth == 0 => {
                let base = self.space(part(1)?, depth + 1)?;
                let most = (number(part(2)?)?.clamp(0.0, 255.0) as usize + 1) * base.components();
                let table = match part(3)? {
                    Object::String(bytes, _) => bytes.clone(),
                    Object::Stream(stream) => stream
                        .decompressed_content_with_limit(4096)
                        .unwrap_or_else(|_| stream.content.clone()),
                    _ => return None,
                };
                palette(&table[..most.min(table.len())], &base).map(Space::Palette)
            }
            name => named(name),
        }
    }
}

fn packing(width: u32, height: u32, space: &Space, bits: i64, decode: &[(f64, f64)]) -> Packing {
    Packing {
        width,
        height,
        space: space.clone(),
        bits: bits.clamp(0, 16) as usize,
        extra: 0,
        decode: decode.to_vec(),
    }
}
