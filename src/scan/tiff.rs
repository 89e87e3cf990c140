//! TIFF 6.0 as scanners and fax machines write it: several pages, strips or tiles, all the compressions that occur.

use super::file::{FileError, MAX_PAGES, PageError, check_size, decode};
use super::jpeg::jpeg_size;
use super::pdf::squared;
use super::samples::{Packing, Space, palette};
use super::unfold::{self, Fax};
use hayro_ccitt::EncodingMode;
use image::imageops::{flip_horizontal, replace, rotate90, rotate180, rotate270};
use image::{GrayImage, ImageFormat, Luma};
use std::borrow::Cow;
use std::ops::Range;

/// Fields of a page; writers use twenty.
const MAX_FIELDS: usize = 200;
/// Strips or tiles of a page: one for every row of the longest side.
const MAX_PARTS: usize = 12_000;

/// Tags of TIFF 6.0 that are looked at.
mod tag {
    pub const SUBFILE_TYPE: u16 = 254;
    pub const WIDTH: u16 = 256;
    pub const LENGTH: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const SAMPLES: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_COUNTS: u16 = 279;
    pub const X_RESOLUTION: u16 = 282;
    pub const Y_RESOLUTION: u16 = 283;
    pub const PLANAR: u16 = 284;
    pub const T4_OPTIONS: u16 = 292;
    pub const PREDICTOR: u16 = 317;
    pub const COLOUR_MAP: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_LENGTH: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_COUNTS: u16 = 325;
    pub const JPEG_TABLES: u16 = 347;
}

/// Where the pages of a TIFF are described.
pub struct TiffFile {
    big_endian: bool,
    pages: Vec<Directory>,
}

/// One page: each tag with its type, count and where its values stand.
type Directory = Vec<(u16, u16, usize, usize)>;

impl TiffFile {
    /// Reads the chain of pages; one that turns back on itself ends there.
    pub fn open(bytes: &[u8]) -> Result<TiffFile, FileError> {
        let broken = |why: &str| FileError::Broken(why.into());
        let big_endian = bytes.starts_with(b"MM");
        let mut file = TiffFile {
            big_endian,
            pages: Vec::new(),
        };
        let mut seen = Vec::new();
        let mut next = file
            .u32(bytes, 4)
            .ok_or_else(|| broken("it ends in its header"))? as usize;
        while next != 0 && !seen.contains(&next) {
            if file.pages.len() == MAX_PAGES {
                return Err(FileError::TooManyPages { max: MAX_PAGES });
            }
            seen.push(next);
            let Some((page, after)) = file.directory(bytes, next) else {
                // Pages before the damage are still pages.
                break;
            };
            file.pages.push(page);
            next = after;
        }
        // Small previews stand in the chain too, and say so.
        let is_preview = |fields: &Directory| {
            let page = Page {
                file: &file,
                bytes,
                fields,
            };
            page.number(tag::SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1)
        };
        let whole: Vec<Directory> = file.pages.iter().filter(|p| !is_preview(p)).cloned().collect();
        if !whole.is_empty() {
            file.pages = whole;
        }
        if file.pages.is_empty() {
            return Err(broken("no page of it is described"));
        }
        Ok(file)
    }

    /// How many pages the file has, at least one.
    pub fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// The grey pixels of page `index` (from 0), turned as the file says, its pixels made square.
    pub fn page(&self, bytes: &[u8], index: usize) -> Result<GrayImage, PageError> {
        let broken = |why: &str| PageError::Picture(why.to_owned());
        let page = Page {
            file: self,
            bytes,
            fields: self
                .pages
                .get(index)
                .ok_or_else(|| broken("the page is not in the file"))?,
        };
        let grey = page.pixels()?;
        let (x, y) = (page.ratio(tag::X_RESOLUTION), page.ratio(tag::Y_RESOLUTION));
        let grey = match (x, y) {
            (Some(x), Some(y)) if (0.2..=5.0).contains(&(y / x)) => squared_by(grey, x, y)?,
            _ => grey,
        };
        Ok(match page.number(tag::ORIENTATION).unwrap_or(1) {
            2 => flip_horizontal(&grey),
            3 => rotate180(&grey),
            4 => flip_horizontal(&rotate180(&grey)),
            5 => rotate270(&flip_horizontal(&grey)),
            6 => rotate90(&grey),
            7 => rotate90(&flip_horizontal(&grey)),
            8 => rotate270(&grey),
            _ => grey,
        })
    }

    fn u16(&self, bytes: &[u8], at: usize) -> Option<u16> {
        let two = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian {
            u16::from_be_bytes(two)
        } else {
            u16::from_le_bytes(two)
        })
    }

    fn u32(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        })
    }

    fn directory(&self, bytes: &[u8], at: usize) -> Option<(Directory, usize)> {
        let count = usize::from(self.u16(bytes, at)?);
        if count == 0 || count > MAX_FIELDS {
            return None;
        }
        let mut fields = Vec::new();
        for i in 0..count {
            let entry = at + 2 + 12 * i;
            let (tag, kind) = (self.u16(bytes, entry)?, self.u16(bytes, entry + 2)?);
            let count = self.u32(bytes, entry + 4)? as usize;
            let size = match kind {
                1 | 2 | 6 | 7 => 1,
                3 | 8 => 2,
                4 | 9 | 11 => 4,
                5 | 10 | 12 => 8,
                _ => continue,
            };
            let place = if count.checked_mul(size)? <= 4 {
                entry + 8
            } else {
                self.u32(bytes, entry + 8)? as usize
            };
            fields.push((tag, kind, count, place));
        }
        let next = self.u32(bytes, at + 2 + 12 * count).unwrap_or(0) as usize;
        Some((fields, next))
    }
}

/// Rows finer or coarser than columns, as fax machines have them.
fn squared_by(grey: GrayImage, across: f64, down: f64) -> Result<GrayImage, PageError> {
    // `squared` asks how much longer a pixel is across than down.
    squared(grey, down / across)
}

struct Page<'a> {
    file: &'a TiffFile,
    bytes: &'a [u8],
    fields: &'a Directory,
}

impl Page<'_> {
    fn field(&self, tag: u16) -> Option<&(u16, u16, usize, usize)> {
        self.fields.iter().find(|f| f.0 == tag)
    }

    /// The whole numbers of a field, at most `most`.
    fn numbers(&self, tag: u16, most: usize) -> Option<Vec<usize>> {
        let (_, kind, count, place) = *self.field(tag)?;
        if count > most {
            return None;
        }
        (0..count)
            .map(|i| match kind {
                1 => self.bytes.get(place.checked_add(i)?).map(|b| usize::from(*b)),
                3 => self
                    .file
                    .u16(self.bytes, place.checked_add(2 * i)?)
                    .map(usize::from),
                4 => self
                    .file
                    .u32(self.bytes, place.checked_add(4 * i)?)
                    .map(|v| v as usize),
                _ => None,
            })
            .collect()
    }

    fn number(&self, tag: u16) -> Option<usize> {
        self.numbers(tag, MAX_PARTS)?.first().copied()
    }

    fn ratio(&self, tag: u16) -> Option<f64> {
        let (_, kind, count, place) = *self.field(tag)?;
        let part = |at: usize| self.file.u32(self.bytes, place.checked_add(at)?).map(f64::from);
        let value = part(0)? / part(4)?;
        (kind == 5 && count == 1 && value.is_finite() && value > 0.0).then_some(value)
    }

    fn pixels(&self) -> Result<GrayImage, PageError> {
        let broken = |why: &str| PageError::Picture(why.to_owned());
        let (width, height) = (
            self.number(tag::WIDTH).unwrap_or(0),
            self.number(tag::LENGTH).unwrap_or(0),
        );
        check_size(width as u64, height as u64)?;
        let compression = self.number(tag::COMPRESSION).unwrap_or(1);
        if compression == 6 {
            return Err(broken(
                "it is TIFF with JPEG of the old kind, which was never well defined: save it as PDF",
            ));
        }
        let tiled = self.field(tag::TILE_OFFSETS).is_some();
        let (offsets, counts, part_width, part_height) = if tiled {
            let side = |t| self.number(t).unwrap_or(0);
            (
                tag::TILE_OFFSETS,
                tag::TILE_COUNTS,
                side(tag::TILE_WIDTH),
                side(tag::TILE_LENGTH),
            )
        } else {
            let rows = self
                .number(tag::ROWS_PER_STRIP)
                .unwrap_or(height)
                .clamp(1, height);
            (tag::STRIP_OFFSETS, tag::STRIP_COUNTS, width, rows)
        };
        check_size(part_width as u64, part_height as u64)?;
        let offsets = self
            .numbers(offsets, MAX_PARTS)
            .ok_or_else(|| broken("it does not say where its pixels are"))?;
        let counts = match self.numbers(counts, MAX_PARTS) {
            Some(counts) if counts.len() == offsets.len() => counts,
            // Old fax programs leave the lengths out.
            _ if offsets.len() == 1 => vec![self.bytes.len().saturating_sub(offsets[0])],
            _ => return Err(broken("it does not say how long its strips are")),
        };
        // Strips lie beside each other; were they to overlap, few bytes would be decoded thousands of times.
        let reach =
            |(offset, count): (&usize, &usize)| (*count).min(self.bytes.len().saturating_sub(*offset));
        if offsets.iter().zip(&counts).map(reach).sum::<usize>() > 2 * self.bytes.len() {
            return Err(broken("its strips overlap"));
        }
        let columns = width.div_ceil(part_width);
        if offsets.len() < columns * height.div_ceil(part_height) {
            return Err(broken("some of its strips are missing"));
        }
        let mut whole = GrayImage::from_pixel(width as u32, height as u32, Luma([255]));
        for (i, (offset, count)) in offsets.iter().zip(&counts).enumerate() {
            let (x, y) = (i % columns * part_width, i / columns * part_height);
            if y >= height {
                break;
            }
            // A tile is whole even where it reaches beyond the page; the last strip is shorter.
            let rows = if tiled {
                part_height
            } else {
                part_height.min(height - y)
            };
            let range = *offset..offset.saturating_add(*count).min(self.bytes.len());
            let part = self
                .part(range, compression, part_width as u32, rows as u32)?
                .ok_or_else(|| broken("one of its strips cannot be decoded, or its form is not known"))?;
            replace(&mut whole, &part, x as i64, y as i64);
        }
        Ok(whole)
    }

    /// One strip or tile.
    fn part(
        &self,
        range: Range<usize>,
        compression: usize,
        width: u32,
        height: u32,
    ) -> Result<Option<GrayImage>, PageError> {
        let Some(bytes) = self.bytes.get(range) else {
            return Ok(None);
        };
        let reversed = self.number(tag::FILL_ORDER) == Some(2);
        let bytes: Cow<[u8]> = if reversed {
            bytes.iter().map(|b| b.reverse_bits()).collect()
        } else {
            Cow::Borrowed(bytes)
        };
        let white_is_zero = self.number(tag::PHOTOMETRIC) == Some(0);
        if compression == 7 {
            let bytes = self.with_tables(&bytes);
            // The last strip may be as long as the others. What is larger is not decoded: there may be thousands.
            let most = self.number(tag::ROWS_PER_STRIP).unwrap_or(0).max(height as usize);
            let fits =
                |(w, h): (u32, u32)| w == width && h >= height && h as usize <= most.next_multiple_of(16);
            if !jpeg_size(&bytes).is_none_or(fits) {
                return Ok(None);
            }
            let grey = decode(&bytes, ImageFormat::Jpeg, false)?.into_luma8();
            return Ok((grey.width() == width).then(|| negative(grey, white_is_zero)));
        }
        if let 2..=4 = compression {
            let options = self.number(tag::T4_OPTIONS).unwrap_or(0);
            let mode = match compression {
                4 => EncodingMode::Group4,
                3 if options & 1 == 1 => EncodingMode::Group3_2D,
                _ => EncodingMode::Group3_1D,
            };
            let fax = Fax {
                mode,
                columns: width,
                rows: height,
                byte_aligned: compression == 2,
                end_of_line: compression == 3,
            };
            // Fax codes are about ink; photometric 1 would make the paper black, and some writers mean it.
            return Ok(
                unfold::fax(&bytes, fax).map(|grey| negative(grey, self.number(tag::PHOTOMETRIC) == Some(1)))
            );
        }
        let Some(packing) = self.packing(width, height) else {
            return Ok(None);
        };
        let limit = packing.bytes() + 1024;
        let raw = match compression {
            1 => Some(bytes.into_owned()),
            5 => unfold::lzw(&bytes, true, limit),
            8 | 32_946 => unfold::flate(&bytes, limit),
            32_773 => unfold::run_length(&bytes, false, limit),
            _ => None,
        };
        let Some(mut raw) = raw else { return Ok(None) };
        if self.number(tag::PREDICTOR) == Some(2) {
            if packing.bits != 8 {
                return Ok(None);
            }
            unfold::undo_differences(
                &mut raw,
                packing.row(),
                packing.space.components() + packing.extra,
            );
        }
        Ok(packing.grey(&raw))
    }

    fn packing(&self, width: u32, height: u32) -> Option<Packing> {
        let bits = self.numbers(tag::BITS, 16).unwrap_or_else(|| vec![1]);
        let samples = self.number(tag::SAMPLES).unwrap_or(1);
        let depth = *bits.first()?;
        if bits.iter().any(|b| *b != depth) || (self.number(tag::PLANAR) == Some(2) && samples > 1) {
            return None;
        }
        let mut decode = Vec::new();
        let space = match self.number(tag::PHOTOMETRIC).unwrap_or(1) {
            0 => {
                decode = vec![(1.0, 0.0)];
                Space::Grey
            }
            1 => Space::Grey,
            2 => Space::Rgb,
            3 => {
                let map = self.numbers(tag::COLOUR_MAP, 3 << 16)?;
                let n = map.len() / 3;
                let entries: Vec<u8> = (0..n.min(256))
                    .flat_map(|i| [map[i], map[n + i], map[2 * n + i]].map(|v| (v >> 8) as u8))
                    .collect();
                Space::Palette(palette(&entries, &Space::Rgb)?)
            }
            5 => Space::Cmyk,
            _ => return None,
        };
        Some(Packing {
            width,
            height,
            bits: depth,
            extra: samples.checked_sub(space.components())?.min(16),
            space,
            decode,
        })
    }

    /// A JPEG strip with the tables that its page keeps apart (TIFF technical note 2).
    fn with_tables<'b>(&self, strip: &'b [u8]) -> Cow<'b, [u8]> {
        let tables = self.field(tag::JPEG_TABLES).and_then(|(_, _, count, place)| {
            let tables = self.bytes.get(*place..place.checked_add(*count)?)?;
            tables.strip_suffix(b"\xff\xd9")
        });
        match (tables, strip.strip_prefix(b"\xff\xd8")) {
            (Some(tables), Some(rest)) => Cow::Owned([tables, rest].concat()),
            _ => Cow::Borrowed(strip),
        }
    }
}

fn negative(mut grey: GrayImage, wanted: bool) -> GrayImage {
    if wanted {
        grey.iter_mut().for_each(|v| *v = 255 - *v);
    }
    grey
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::container::{TiffKind, tiff};
    use crate::rehearsal::fax::Group;
    use proptest::prelude::*;

    fn page(width: u32) -> GrayImage {
        GrayImage::from_fn(width, 300, |x, y| {
            Luma([if (x / 7 + y / 5).is_multiple_of(3) { 0 } else { 255 }])
        })
    }

    const KINDS: [TiffKind; 9] = [
        TiffKind::Plain,
        TiffKind::PackBits,
        TiffKind::Lzw,
        TiffKind::Deflate,
        TiffKind::Fax(Group::Three),
        TiffKind::Fax(Group::ThreeTwoDimensional),
        TiffKind::Fax(Group::Four),
        TiffKind::FillOrder2,
        TiffKind::BilevelPackBits,
    ];

    #[test]
    fn every_page_of_every_kind_comes_back_as_it_was() {
        for kind in KINDS {
            let pages = [page(123), page(200)];
            let bytes = tiff(&pages, (200, 200), kind, 80);
            let file = TiffFile::open(&bytes).expect("a TIFF");
            assert_eq!(file.page_count(), 2);
            for (i, wanted) in pages.iter().enumerate() {
                assert_eq!(file.page(&bytes, i).as_ref(), Ok(wanted), "{kind:?}");
            }
        }
    }

    #[test]
    fn coarse_lines_are_stretched_and_old_jpeg_is_refused_by_name() {
        let mut bytes = tiff(&[page(204)], (204, 98), TiffKind::Fax(Group::Three), 80);
        let file = TiffFile::open(&bytes).expect("a TIFF");
        assert_eq!(file.page(&bytes, 0).expect("decodes").dimensions(), (204, 624));
        let at = bytes
            .windows(4)
            .rposition(|w| w == [3, 1, 3, 0])
            .expect("the field of the compression");
        bytes[at + 8] = 6;
        let said = file
            .page(&bytes, 0)
            .map(|grey| grey.dimensions())
            .expect_err("refused")
            .to_string();
        assert!(said.contains("old kind"), "{said}");
    }

    proptest! {
        #[test]
        fn changed_bytes_never_make_it_panic(
            kind in 0usize..9, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
        ) {
            let mut bytes = tiff(&[page(60)], (200, 200), KINDS[kind], 80);
            for (at, to) in changes {
                let at = at.index(bytes.len());
                bytes[at] = to;
            }
            if let Ok(file) = TiffFile::open(&bytes) {
                for i in 0..file.page_count() {
                    let _ = file.page(&bytes, i);
                }
            }
        }
    }
}
