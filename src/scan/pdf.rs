//! PDF files: structure by lopdf, and the one plain picture of a page lifted out without drawing the page.

use super::file::{FileError, MAX_PAGES, PageError, check_size, decode};
use image::imageops::{FilterType, resize, rotate90, rotate180, rotate270};
use image::{GrayImage, ImageFormat};
use lopdf::content::Content;
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What one object stream may unfold to: the structure of a file with thousands of objects.
const MAX_STRUCTURE_BYTES: usize = 32 << 20;
/// A page that only places a picture has a few hundred bytes of operators, with a recognised text below it some thousands.
const MAX_PLAIN_CONTENT: usize = 256 << 10;
/// How far resources and boxes are looked for up the page tree.
const MAX_TREE: usize = 64;
/// A picture whose edge is cut by this share of its side or less is still whole.
const CUT_TOLERANCE: f64 = 0.02;
/// A picture that covers less of the page than this is not the page.
const MIN_COVER: f64 = 0.6;

/// A PDF whose structure was read.
pub struct PdfFile {
    document: Document,
    pages: Vec<ObjectId>,
}

/// What became of a page.
pub enum Lifted {
    /// The page was one plain picture, here upright as the page is shown.
    Picture(GrayImage),
    /// The page must be drawn; its box in PDF units.
    NotPlain { width: f64, height: f64 },
}

impl PdfFile {
    /// Reads the structure; encrypted files only when the empty password opens them.
    pub fn open(bytes: &[u8]) -> Result<PdfFile, FileError> {
        let broken = |e: lopdf::Error| FileError::Broken(e.to_string().chars().take(200).collect());
        catch_unwind(AssertUnwindSafe(|| {
            let options = LoadOptions::with_max_decompressed_size(MAX_STRUCTURE_BYTES);
            let mut document = match Document::load_mem_with_options(bytes, options) {
                Err(lopdf::Error::Decryption(_) | lopdf::Error::InvalidPassword) => {
                    return Err(FileError::Encrypted);
                }
                loaded => loaded.map_err(broken)?,
            };
            if document.is_encrypted() && document.decrypt("").is_err() {
                return Err(FileError::Encrypted);
            }
            let pages: Vec<_> = document.page_iter().take(MAX_PAGES + 1).collect();
            match pages.len() {
                0 => Err(FileError::Empty),
                n if n > MAX_PAGES => Err(FileError::TooManyPages { max: MAX_PAGES }),
                _ => Ok(PdfFile { document, pages }),
            }
        }))
        .unwrap_or_else(|_| Err(FileError::Broken("its structure cannot be followed".into())))
    }

    /// How many pages the file has.
    pub fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// Lifts out the picture of page `index` (from 0), or says that the page must be drawn.
    pub fn lift(&self, index: usize) -> Result<Lifted, PageError> {
        catch_unwind(AssertUnwindSafe(|| self.lift_unguarded(index)))
            .unwrap_or_else(|_| Err(PageError::Picture("the page's objects cannot be followed".into())))
    }

    fn lift_unguarded(&self, index: usize) -> Result<Lifted, PageError> {
        let missing = || PageError::Picture("the page is not in the file".into());
        let id = *self.pages.get(index).ok_or_else(missing)?;
        let page = self.document.get_dictionary(id).map_err(|_| missing())?;
        let sheet = self.sheet(page).ok_or(PageError::SheetSize)?;
        let rotate = match self.inherited(page, b"Rotate").map(|r| r.as_i64()) {
            Some(Ok(degrees)) => degrees.rem_euclid(360),
            _ => 0,
        };
        let not_plain = Lifted::NotPlain {
            width: sheet[2] - sheet[0],
            height: sheet[3] - sheet[1],
        };
        // Stamps and notes on top are part of what a person sees.
        let noted = page
            .get(b"Annots")
            .and_then(|a| self.document.dereference(a))
            .map(|(_, a)| a.as_array());
        if noted.is_ok_and(|a| a.is_ok_and(|a| !a.is_empty())) || rotate % 90 != 0 {
            return Ok(not_plain);
        }
        let Some((picture, matrix)) = self.only_picture(id, page, sheet) else {
            return Ok(not_plain);
        };
        let Some(turn) = upright_turn(matrix).map(|t| (t + rotate) % 360) else {
            return Ok(not_plain);
        };
        let dimension = |key: &[u8]| {
            picture
                .dict
                .get_deref(key, &self.document)
                .and_then(Object::as_i64)
                .unwrap_or(0)
        };
        let (width, height) = (dimension(b"Width"), dimension(b"Height"));
        check_size(width.max(0) as u64, height.max(0) as u64)?;
        let Some(grey) = self.pixels(picture, width as u32, height as u32)? else {
            return Ok(not_plain);
        };
        let side = |x: f64, y: f64, pixels: u32| x.hypot(y) / f64::from(pixels);
        let grey = squared(
            grey,
            side(matrix[0], matrix[1], width as u32) / side(matrix[2], matrix[3], height as u32),
        )?;
        Ok(Lifted::Picture(match turn {
            90 => rotate90(&grey),
            180 => rotate180(&grey),
            270 => rotate270(&grey),
            _ => grey,
        }))
    }

    /// The shown part of the sheet, `[x0, y0, x1, y1]` in PDF units.
    fn sheet(&self, page: &Dictionary) -> Option<[f64; 4]> {
        let rectangle = |key: &[u8]| {
            let values = self.inherited(page, key)?.as_array().ok()?;
            let n: Vec<f64> = values
                .iter()
                .filter_map(|v| self.document.dereference(v).ok().and_then(|v| number(v.1)))
                .collect();
            let [a, b, c, d] = n.try_into().ok()?;
            Some([f64::min(a, c), f64::min(b, d), f64::max(a, c), f64::max(b, d)])
        };
        let media = rectangle(b"MediaBox")?;
        let crop = rectangle(b"CropBox").unwrap_or(media);
        let shown = [
            media[0].max(crop[0]),
            media[1].max(crop[1]),
            media[2].min(crop[2]),
            media[3].min(crop[3]),
        ];
        (shown[2] - shown[0] >= 1.0 && shown[3] - shown[1] >= 1.0).then_some(shown)
    }

    /// A page attribute, from the page or the nodes above it.
    fn inherited<'a>(&'a self, page: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        let mut node = page;
        for _ in 0..MAX_TREE {
            if let Ok(found) = node.get_deref(key, &self.document) {
                return Some(found);
            }
            node = node
                .get_deref(b"Parent", &self.document)
                .and_then(Object::as_dict)
                .ok()?;
        }
        None
    }

    /// The picture and its place, when the page shows nothing but that; invisible text (of a recogniser) does not count.
    fn only_picture<'a>(
        &'a self,
        id: ObjectId,
        page: &'a Dictionary,
        sheet: [f64; 4],
    ) -> Option<(&'a Stream, Matrix)> {
        let content = self
            .document
            .get_page_content_with_limit(id, MAX_PLAIN_CONTENT)
            .ok()?;
        let operations = Content::decode(&content).ok()?.operations;
        let mut state = (IDENTITY, 0i64);
        let mut saved = Vec::new();
        let mut clips = Vec::new();
        let mut path: Option<Vec<[f64; 4]>> = None;
        let mut shown: Option<(Vec<u8>, Matrix)> = None;
        for operation in &operations {
            let n: Vec<f64> = operation.operands.iter().filter_map(number).collect();
            match operation.operator.as_str() {
                "q" if saved.len() < MAX_TREE => saved.push(state),
                "Q" => state = saved.pop()?,
                "cm" => state.0 = times(n.try_into().ok()?, state.0),
                "Tr" => state.1 = n.first().copied()? as i64,
                "Tj" | "TJ" | "'" | "\"" if state.1 != 3 => return None,
                "re" => path.get_or_insert_with(Vec::new).push(box_of(
                    state.0,
                    n.try_into()
                        .map(|[x, y, w, h]: [f64; 4]| [x, y, x + w, y + h])
                        .ok()?,
                )),
                "W" | "W*" => clips.extend(path.clone()?),
                "n" => path = None,
                "Do" if shown.is_none() => {
                    shown = Some((operation.operands.first()?.as_name().ok()?.to_vec(), state.0));
                }
                "BDC" if operation.operands.first().and_then(|o| o.as_name().ok()) == Some(b"OC") => {
                    return None;
                }
                "BT" | "ET" | "Td" | "TD" | "Tm" | "T*" | "Tc" | "Tw" | "Tz" | "TL" | "Tf" | "Ts" | "Tj"
                | "TJ" | "'" | "\"" | "gs" | "w" | "J" | "j" | "M" | "d" | "ri" | "i" | "BMC" | "BDC"
                | "EMC" | "MP" | "DP" | "g" | "G" | "rg" | "RG" | "k" | "K" | "cs" | "CS" | "sc" | "SC"
                | "scn" | "SCN" => {}
                _ => return None,
            }
        }
        let (name, matrix) = shown?;
        let place = box_of(matrix, [0.0, 0.0, 1.0, 1.0]);
        let (width, height) = (place[2] - place[0], place[3] - place[1]);
        let uncut = |by: &[f64; 4]| {
            by[0] - place[0] <= CUT_TOLERANCE * width
                && place[2] - by[2] <= CUT_TOLERANCE * width
                && by[1] - place[1] <= CUT_TOLERANCE * height
                && place[3] - by[3] <= CUT_TOLERANCE * height
        };
        let covered = width * height / ((sheet[2] - sheet[0]) * (sheet[3] - sheet[1]));
        if !covered.is_finite() || covered < MIN_COVER || !uncut(&sheet) || !clips.iter().all(uncut) {
            return None;
        }
        let resources = self.inherited(page, b"Resources")?.as_dict().ok()?;
        let objects = resources
            .get_deref(b"XObject", &self.document)
            .and_then(Object::as_dict)
            .ok()?;
        let picture = objects
            .get_deref(&name, &self.document)
            .and_then(Object::as_stream)
            .ok()?;
        (picture.dict.get(b"Subtype").and_then(Object::as_name).ok()? == b"Image")
            .then_some((picture, matrix))
    }

    /// Decodes a picture whose form is plain; `None` for everything that a renderer must look at.
    fn pixels(&self, picture: &Stream, width: u32, height: u32) -> Result<Option<GrayImage>, PageError> {
        let dict = &picture.dict;
        if [&b"SMask"[..], b"Mask", b"Decode"]
            .iter()
            .any(|key| dict.has(key))
            || dict.get(b"ImageMask").and_then(Object::as_bool).unwrap_or(false)
        {
            return Ok(None);
        }
        let components = dict
            .get_deref(b"ColorSpace", &self.document)
            .ok()
            .and_then(|c| self.components(c));
        match picture.filters().unwrap_or_default().as_slice() {
            [b"DCTDecode"] if matches!(components, Some(1 | 3)) => {
                let grey = decode(&picture.content, ImageFormat::Jpeg)?.into_luma8();
                // A file whose two sizes differ is drawn as its picture says, not as its dictionary does.
                Ok((grey.dimensions() == (width, height)).then_some(grey))
            }
            [b"FlateDecode"] | [] => {
                let bits = dict
                    .get_deref(b"BitsPerComponent", &self.document)
                    .and_then(Object::as_i64);
                let (Some(components), Ok(bits)) = (components, bits) else {
                    return Ok(None);
                };
                let row = (u64::from(width) * components as u64 * bits.max(0) as u64).div_ceil(8) as usize;
                let needed = row * height as usize;
                // PNG predictors add one byte a row.
                let Ok(raw) = picture.decompressed_content_with_limit(needed + height as usize + 1024) else {
                    return Ok(None);
                };
                // Another length means a predictor or a form that was not understood.
                Ok(if !(needed..=needed + 2).contains(&raw.len()) {
                    None
                } else {
                    unpack(&raw, row, width, height, components, bits)
                })
            }
            _ => Ok(None),
        }
    }

    /// How many components a plain colour space has.
    fn components(&self, space: &Object) -> Option<usize> {
        let named = |name: &[u8]| match name {
            b"DeviceGray" | b"CalGray" => Some(1),
            b"DeviceRGB" | b"CalRGB" => Some(3),
            _ => None,
        };
        match space {
            Object::Name(name) => named(name),
            Object::Array(parts) => match parts.first()?.as_name().ok()? {
                b"ICCBased" => {
                    let (_, profile) = self.document.dereference(parts.get(1)?).ok()?;
                    let n = profile
                        .as_stream()
                        .ok()?
                        .dict
                        .get(b"N")
                        .and_then(Object::as_i64)
                        .ok()?;
                    matches!(n, 1 | 3).then_some(n as usize)
                }
                name => named(name),
            },
            _ => None,
        }
    }
}

/// A PDF matrix `[a b c d e f]` (ISO 32000-1, 8.3.3).
type Matrix = [f64; 6];
const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

fn number(object: &Object) -> Option<f64> {
    object.as_float().ok().map(f64::from).filter(|n| n.is_finite())
}

fn times(m: Matrix, n: Matrix) -> Matrix {
    [
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    ]
}

/// The bounding box of a rectangle under a matrix.
fn box_of(m: Matrix, [x0, y0, x1, y1]: [f64; 4]) -> [f64; 4] {
    let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)]
        .map(|(x, y)| (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]));
    let fold = |pick: fn(&(f64, f64)) -> f64, least: bool| {
        corners
            .iter()
            .map(pick)
            .reduce(if least { f64::min } else { f64::max })
            .expect("four corners")
    };
    [
        fold(|c| c.0, true),
        fold(|c| c.1, true),
        fold(|c| c.0, false),
        fold(|c| c.1, false),
    ]
}

/// The clockwise turn that shows a picture as its matrix places it; `None` when it is mirrored or tilted.
fn upright_turn([a, b, c, d, ..]: Matrix) -> Option<i64> {
    let scale = a.abs() + b.abs() + c.abs() + d.abs();
    let none = |v: f64| v.abs() <= scale * 1e-4;
    if none(b) && none(c) && a * d > 0.0 {
        Some(if a > 0.0 { 0 } else { 180 })
    } else if none(a) && none(d) && b * c < 0.0 {
        Some(if b > 0.0 { 270 } else { 90 })
    } else {
        None
    }
}

/// Square pixels: fax machines scan 204 × 98 dots to the inch.
fn squared(grey: GrayImage, aspect: f64) -> Result<GrayImage, PageError> {
    if !aspect.is_finite() || (0.98..=1.02).contains(&aspect) {
        return Ok(grey);
    }
    let (w, h) = grey.dimensions();
    let grown = |side: u32, by: f64| (f64::from(side) * by).round().min(1e9) as u32;
    let (w, h) = if aspect > 1.0 {
        (grown(w, aspect), h)
    } else {
        (w, grown(h, 1.0 / aspect))
    };
    check_size(w.into(), h.into())?;
    Ok(resize(&grey, w, h, FilterType::Triangle))
}

/// Grey pixels of unpacked rows.
fn unpack(
    raw: &[u8],
    row: usize,
    width: u32,
    height: u32,
    components: usize,
    bits: i64,
) -> Option<GrayImage> {
    let rows = raw.chunks_exact(row).take(height as usize);
    let w = width as usize;
    let out: Vec<u8> = match (components, bits) {
        (1, 8) => rows.flatten().copied().collect(),
        (1, 1) => rows
            .flat_map(|r| (0..w).map(move |x| if r[x / 8] >> (7 - x % 8) & 1 == 1 { 255 } else { 0 }))
            .collect(),
        // Rec. 601 luma, as JPEG has it.
        (3, 8) => rows
            .flat_map(|r| r.as_chunks::<3>().0)
            .map(|p| ((299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2])) / 1000) as u8)
            .collect(),
        _ => return None,
    };
    GrayImage::from_raw(width, height, out)
}
