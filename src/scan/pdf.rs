//! PDF files: structure by lopdf, and the pictures of a page lifted out without drawing the page.

use super::content::{Layer, Painter, Rectangle, box_of, numbers, upright_turn};
use super::embedded::{self, Pixels};
use super::file::{FileError, MAX_PAGES, MAX_PIXELS, PageError, check_size};
use super::pixels::stretched;
use crate::paper::rows;
use image::imageops::{rotate90, rotate180, rotate270};
use image::{GrayImage, Luma};
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What one object stream may unfold to: the structure of a file with thousands of objects.
const MAX_STRUCTURE_BYTES: usize = 32 << 20;
/// A page that only places pictures has a few hundred bytes of operators, with a recognised text below it some thousands.
const MAX_PLAIN_CONTENT: usize = 256 << 10;
/// How far resources and boxes are looked for up the page tree.
const MAX_TREE: usize = 64;
/// A picture whose edge is cut by this share of its side or less is still whole.
const CUT_TOLERANCE: f64 = 0.02;
/// Pictures that cover less of the page than this are not the page.
const MIN_COVER: f64 = 0.6;
/// The parts of one page together may have this many times the pixels of the largest page: background, text, and one more.
const MAX_LAYER_PIXELS: u64 = 3 * MAX_PIXELS;

/// A PDF whose structure was read.
pub struct PdfFile {
    document: Document,
    pages: Vec<ObjectId>,
}

/// What became of a page.
pub enum Lifted {
    /// The page was nothing but pictures, here as one, upright as the page is shown.
    Picture(GrayImage),
    /// The page must be drawn; its box in PDF units.
    NotPlain { width: f64, height: f64 },
}

impl PdfFile {
    /// Reads the structure; encrypted files only when the empty password opens them.
    pub fn open(bytes: &[u8]) -> Result<PdfFile, FileError> {
        let broken = |e: lopdf::Error| FileError::Broken(e.to_string().chars().take(200).collect());
        if rows::too_long(bytes) {
            return Err(FileError::Broken(
                "a row of it is longer than a page is wide".into(),
            ));
        }
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

    /// Lifts out the pictures of page `index` (from 0), or says that the page must be drawn.
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
        let layers = self
            .document
            .get_page_content_with_limit(id, MAX_PLAIN_CONTENT)
            .ok()
            .and_then(|content| {
                let resources = self.inherited(page, b"Resources").and_then(|r| r.as_dict().ok());
                Painter::pictures(&self.document, &content, resources)
            })
            .unwrap_or_default();
        let lifted = match layers.as_slice() {
            [] => None,
            [only] => self.alone(only, sheet)?,
            many => self.joined(many, sheet)?,
        };
        Ok(lifted.map_or(not_plain, |grey| Lifted::Picture(turned(grey, rotate))))
    }

    /// The one picture of a page, cut to what of it shows.
    fn alone(&self, layer: &Layer, sheet: Rectangle) -> Result<Option<GrayImage>, PageError> {
        let place = box_of(layer.matrix, [0.0, 0.0, 1.0, 1.0]);
        let (Some(turn), true) = (upright_turn(layer.matrix), shows(layer, place, sheet)) else {
            return Ok(None);
        };
        if cover(place, sheet) < MIN_COVER {
            return Ok(None);
        }
        let grey = match embedded::pixels(&self.document, layer)? {
            Some(Pixels::Grey(grey)) => grey,
            // Light lets the white paper through.
            Some(Pixels::Stencil(mut grey)) => {
                let fill = layer.fill.unwrap_or(0);
                grey.iter_mut()
                    .for_each(|v| *v = if *v < 128 { fill } else { 255 });
                grey
            }
            None => return Ok(None),
        };
        let grey = turned(grey, turn);
        let (across, down) = (
            f64::from(grey.width()) / (place[2] - place[0]),
            f64::from(grey.height()) / (place[3] - place[1]),
        );
        let cut = |from: f64, to: f64, scale: f64, most: u32| {
            let pixel = |v: f64| (v * scale).round().clamp(0.0, f64::from(most)) as u32;
            (pixel(from), pixel(to))
        };
        let (x0, x1) = cut(sheet[0] - place[0], sheet[2] - place[0], across, grey.width());
        let (y0, y1) = cut(place[3] - sheet[3], place[3] - sheet[1], down, grey.height());
        let grey = if (x0, y0, x1, y1) == (0, 0, grey.width(), grey.height()) || x1 <= x0 || y1 <= y0 {
            grey
        } else {
            image::imageops::crop_imm(&grey, x0, y0, x1 - x0, y1 - y0).to_image()
        };
        squared(grey, down / across).map(Some)
    }

    /// Strips, tiles or layers of a page joined into one picture, at the resolution of the finest.
    fn joined(&self, layers: &[Layer], sheet: Rectangle) -> Result<Option<GrayImage>, PageError> {
        let (mut across, mut down, mut covered, mut total) = (0.0f64, 0.0f64, 0.0, 0);
        for layer in layers {
            let place = box_of(layer.matrix, [0.0, 0.0, 1.0, 1.0]);
            let Some(turn) = upright_turn(layer.matrix).filter(|_| shows(layer, place, sheet)) else {
                return Ok(None);
            };
            let (width, height) = embedded::size(&self.document, layer.picture);
            check_size(width, height)?;
            total += width * height;
            covered += cover(place, sheet);
            let (width, height) = if turn % 180 == 0 {
                (width, height)
            } else {
                (height, width)
            };
            across = across.max(width as f64 / (place[2] - place[0]));
            down = down.max(height as f64 / (place[3] - place[1]));
        }
        if !(MIN_COVER..1e6).contains(&covered)
            || total > MAX_LAYER_PIXELS
            || !across.is_finite()
            || !down.is_finite()
        {
            return Ok(None);
        }
        // Rounded sizes of strips differ a little; square pixels stay square.
        let size = |from: f64, to: f64, scale: f64| ((to - from) * scale).round().clamp(0.0, 1e9) as u64;
        let (width, height) = (size(sheet[0], sheet[2], across), size(sheet[1], sheet[3], down));
        check_size(width, height)?;
        let mut canvas = GrayImage::from_pixel(width as u32, height as u32, Luma([255]));
        for layer in layers {
            let Some(pixels) = embedded::pixels(&self.document, layer)? else {
                return Ok(None);
            };
            let place = box_of(layer.matrix, [0.0, 0.0, 1.0, 1.0]);
            let turn = upright_turn(layer.matrix).unwrap_or(0);
            let at = |v: f64, scale: f64| (v * scale).round() as i64;
            let (x0, x1) = (at(place[0] - sheet[0], across), at(place[2] - sheet[0], across));
            let (y0, y1) = (at(sheet[3] - place[3], down), at(sheet[3] - place[1], down));
            match pixels {
                Pixels::Grey(grey) => lay(&mut canvas, &turned(grey, turn), [x0, y0, x1, y1], |_, v| v),
                Pixels::Stencil(grey) => {
                    let fill = layer.fill.unwrap_or(0);
                    let through = |old, v| if v < 128 { fill } else { old };
                    lay(&mut canvas, &turned(grey, turn), [x0, y0, x1, y1], through);
                }
            }
        }
        squared(canvas, down / across).map(Some)
    }

    /// The box of the page that is shown (ISO 32000-1, 14.11.2), as `[left, bottom, right, top]`.
    fn sheet(&self, page: &Dictionary) -> Option<Rectangle> {
        let rectangle = |key: &[u8]| {
            let holder = self.holder(page, key)?;
            let [a, b, c, d]: [f64; 4] = numbers(holder, key, &self.document)?.try_into().ok()?;
            Some([a.min(c), b.min(d), a.max(c), b.max(d)])
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

    /// The page, or the node above it, that has an attribute.
    fn holder<'a>(&'a self, page: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
        let mut node = page;
        for _ in 0..MAX_TREE {
            if node.has(key) {
                return Some(node);
            }
            node = node
                .get_deref(b"Parent", &self.document)
                .and_then(Object::as_dict)
                .ok()?;
        }
        None
    }

    /// A page attribute, from the page or the nodes above it.
    fn inherited<'a>(&'a self, page: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        self.holder(page, key)?.get_deref(key, &self.document).ok()
    }
}

/// Whether a layer's clips leave it whole, as far as it lies on the sheet.
fn shows(layer: &Layer, place: Rectangle, sheet: Rectangle) -> bool {
    let (width, height) = (place[2] - place[0], place[3] - place[1]);
    let seen = [
        place[0].max(sheet[0]),
        place[1].max(sheet[1]),
        place[2].min(sheet[2]),
        place[3].min(sheet[3]),
    ];
    let uncut = |by: &Rectangle| {
        by[0] - seen[0] <= CUT_TOLERANCE * width
            && seen[2] - by[2] <= CUT_TOLERANCE * width
            && by[1] - seen[1] <= CUT_TOLERANCE * height
            && seen[3] - by[3] <= CUT_TOLERANCE * height
    };
    width > 0.0 && height > 0.0 && layer.clips.iter().all(uncut)
}

/// The share of the sheet that a place covers.
fn cover(place: Rectangle, sheet: Rectangle) -> f64 {
    let long = |i: usize| (place[i + 2].min(sheet[i + 2]) - place[i].max(sheet[i])).max(0.0);
    let share = long(0) * long(1) / ((sheet[2] - sheet[0]) * (sheet[3] - sheet[1]));
    if share.is_finite() { share } else { 0.0 }
}

/// Lays a picture into a rectangle of the canvas, the nearest pixel for each.
fn lay(canvas: &mut GrayImage, picture: &GrayImage, [x0, y0, x1, y1]: [i64; 4], mix: impl Fn(u8, u8) -> u8) {
    let (width, height) = (i64::from(canvas.width()), i64::from(canvas.height()));
    let (w, h) = (i64::from(picture.width()), i64::from(picture.height()));
    let (across, down) = ((x1 - x0).max(1), (y1 - y0).max(1));
    let columns: Vec<(usize, usize)> = (x0.max(0)..x1.min(width))
        .map(|x| (x as usize, ((x - x0) * w / across) as usize))
        .collect();
    for y in y0.max(0)..y1.min(height) {
        let from = &picture.as_raw()[((y - y0) * h / down * w) as usize..][..w as usize];
        let to = (y * width) as usize;
        let row = &mut canvas.as_mut()[to..to + width as usize];
        for &(x, source) in &columns {
            row[x] = mix(row[x], from[source]);
        }
    }
}

fn turned(grey: GrayImage, degrees: i64) -> GrayImage {
    match degrees {
        90 => rotate90(&grey),
        180 => rotate180(&grey),
        270 => rotate270(&grey),
        _ => grey,
    }
}

/// Square pixels: fax machines scan 204 × 98 dots to the inch. `aspect` is how much finer the rows lie than the columns.
pub(super) fn squared(grey: GrayImage, aspect: f64) -> Result<GrayImage, PageError> {
    if !aspect.is_finite() || aspect <= 0.0 || (0.98..=1.02).contains(&aspect) {
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
    Ok(if w == grey.width() {
        stretched(&grey, h)
    } else {
        rotate90(&stretched(&rotate270(&grey), w))
    })
}

/// A damaged file with a new cross-reference table after its end, made from the objects that are there.
///
/// `None` when there are none, no root is named, or the file is encrypted.
pub fn repaired(bytes: &[u8]) -> Option<Vec<u8>> {
    /// A file of scans has some hundred objects.
    const MAX_OBJECTS: usize = 50_000;
    let mut objects = std::collections::BTreeMap::new();
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&bytes[at..], b" obj") {
        let end = at + found;
        at = end + 4;
        let Some((generation, before)) = number_before(bytes, end) else {
            continue;
        };
        if before == 0 || bytes[before - 1] != b' ' {
            continue;
        }
        let Some((number, start)) = number_before(bytes, before - 1) else {
            continue;
        };
        // The last one of a number is the newest.
        if number < 1 << 23 && generation < 1 << 16 {
            objects.insert(number, (start, generation));
        }
        if objects.len() > MAX_OBJECTS {
            return None;
        }
    }
    if memchr::memmem::find(bytes, b"/Encrypt").is_some() {
        return None;
    }
    let root = memchr::memmem::rfind(bytes, b"/Root").and_then(|at| {
        let digits = bytes[at + 5..]
            .trim_ascii_start()
            .iter()
            .take(10)
            .take_while(|b| b.is_ascii_digit());
        String::from_utf8(digits.copied().collect())
            .ok()?
            .parse::<u64>()
            .ok()
    });
    let catalog = || {
        objects.iter().find_map(|(number, (start, _))| {
            let head = &bytes[*start..bytes.len().min(start + 400)];
            let own = &head[..memchr::memmem::find(head, b"endobj").unwrap_or(head.len())];
            memchr::memmem::find(own, b"/Catalog").map(|_| *number)
        })
    };
    let root = root
        .filter(|r| objects.contains_key(r))
        .or_else(catalog)
        .or(root)?;
    let most = objects.keys().last()?;
    let mut out = bytes.to_vec();
    out.extend(b"\n");
    let table = out.len();
    out.extend(b"xref\n0 1\n0000000000 65535 f\r\n");
    for (number, (start, generation)) in &objects {
        out.extend(format!("{number} 1\n{start:010} {generation:05} n\r\n").bytes());
    }
    let size = most + 1;
    out.extend(format!("trailer\n<</Size {size} /Root {root} 0 R>>\nstartxref\n{table}\n%%EOF\n").bytes());
    Some(out)
}

/// The number whose digits end before `end`, and where they begin.
fn number_before(bytes: &[u8], end: usize) -> Option<(u64, usize)> {
    let digits = bytes[..end]
        .iter()
        .rev()
        .take(10)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let start = end - digits;
    let number = std::str::from_utf8(&bytes[start..end]).ok()?.parse().ok()?;
    Some((number, start))
}
