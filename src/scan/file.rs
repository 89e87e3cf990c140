//! From a file's bytes to the pixels of its pages, one page at a time and within limits.

use super::jpeg::{check_scans, decode_jpeg};
use super::pdf::{self, Lifted, PdfFile};
use super::pixels;
use super::reading::ProblemCode;
use super::tiff::TiffFile;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::borrow::Cow;
use std::cell::Cell;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A set of 15 pages in colour at 600 dpi as JPEG is about half of this.
pub const MAX_FILE_BYTES: usize = 64 << 20;
/// Four whole sets, or one with a blank back side to every page and room to spare.
pub const MAX_PAGES: usize = 60;
/// A3 at 700 dpi; more is no scan of ours.
pub const MAX_SIDE: u32 = 12_000;
/// A4 at 1000 dpi.
pub const MAX_PIXELS: u64 = 97_000_000;
/// What decoding one picture may take: MAX_PIXELS in grey, or A4 at 900 dpi in colour.
pub(super) const MAX_DECODED_BYTES: u64 = 256 << 20;
/// Larger pictures are halved first: A4 at 375 dpi shows every module and stroke that 600 dpi shows.
pub(super) const WORKING_SIDE: u32 = 4_400;
/// The resolution at which a page that is not one plain picture is drawn: a module of 0.6 mm has 4.7 pixels.
pub const RASTER_DPI: u32 = 200;
/// The longest side of a sheet that is drawn, in PDF units of 1/72 inch: two metres.
const MAX_SHEET: f64 = 5_670.0;

/// After this many pages whose drawing failed, no more of the file are drawn: each may cost the drawer all its time.
const MAX_DRAWING_FAILURES: u32 = 3;

/// Draws a page that cannot be lifted out as one picture.
pub trait Rasterise {
    /// The grey pixels of page `index` (from 0) of a PDF, set upright as the file says, at `dpi` dots per inch.
    ///
    /// The implementation bounds memory and time; its failure is the page's problem and never the caller's.
    fn page(&self, pdf: &[u8], index: usize, dpi: u32) -> Result<GrayImage, RasteriseError>;
}

/// Why a page could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RasteriseError {
    #[error("drawing the page took more than its time: print and scan it anew")]
    Time,
    #[error("drawing the page failed or took more than its memory ({0}): print and scan it anew")]
    Died(String),
    #[error("the page drawer cannot be started: {0}")]
    Missing(String),
    #[error(
        "drawing other pages of the file failed {0} times, so this one was not tried: print and scan it anew"
    )]
    GivenUp(u32),
}

/// Why a whole file gives no pages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error(
        "the file has {got} bytes, the most is {max}: scan at 300 dpi as JPEG in PDF, or fewer pages a file"
    )]
    TooLarge { got: usize, max: usize },
    #[error("the file is neither PDF nor JPEG, PNG, WebP or TIFF{hint}")]
    Kind { hint: &'static str },
    #[error("the file is damaged ({0}): scan or save it again")]
    Broken(String),
    #[error("the PDF asks for a password: save it without one")]
    Encrypted,
    #[error("the PDF has no pages: scan again")]
    Empty,
    #[error("the file has more than {max} pages: send one person's papers a file")]
    TooManyPages { max: usize },
}

impl FileError {
    /// The problem that a reading reports.
    pub const fn code(&self) -> ProblemCode {
        match self {
            FileError::TooLarge { .. } => ProblemCode::FileTooLarge,
            FileError::Kind { .. } => ProblemCode::FileKind,
            FileError::Broken(_) => ProblemCode::FileBroken,
            FileError::Encrypted => ProblemCode::FileEncrypted,
            FileError::Empty => ProblemCode::FileEmpty,
            FileError::TooManyPages { .. } => ProblemCode::FileTooManyPages,
        }
    }
}

/// Why one page gives no pixels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    #[error("a picture of {width} × {height} pixels is more than is read: scan at 300 dpi")]
    TooManyPixels { width: u64, height: u64 },
    #[error("the sheet is larger than two metres or has no size: print and scan the page anew")]
    SheetSize,
    #[error("the picture is damaged ({0}): scan the page again")]
    Picture(String),
    #[error("{0}")]
    Rasterise(#[from] RasteriseError),
}

impl PageError {
    /// The problem that a reading reports.
    pub const fn code(&self) -> ProblemCode {
        match self {
            PageError::TooManyPixels { .. } | PageError::SheetSize => ProblemCode::PageTooLarge,
            PageError::Picture(_) => ProblemCode::PageBroken,
            PageError::Rasterise(_) => ProblemCode::PageNotDrawn,
        }
    }
}

/// A file that was opened; its pages are decoded when asked for.
pub struct ScanFile<'a> {
    bytes: Cow<'a, [u8]>,
    content: Content,
    drawing_failures: Cell<u32>,
}

enum Content {
    Pdf(Box<PdfFile>),
    Tiff(TiffFile),
    Picture(ImageFormat),
}

impl<'a> ScanFile<'a> {
    /// Looks at a file's kind and structure, not yet at its pixels.
    pub fn open(bytes: &'a [u8]) -> Result<ScanFile<'a>, FileError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(FileError::TooLarge {
                got: bytes.len(),
                max: MAX_FILE_BYTES,
            });
        }
        let (bytes, content) = if let Some(start) = pdf_start(bytes) {
            // Places in the file are counted from its header, whatever a gateway put before that.
            let (bytes, pdf) = open_pdf(&bytes[start..])?;
            (bytes, Content::Pdf(Box::new(pdf)))
        } else {
            let content = match image::guess_format(bytes) {
                Ok(ImageFormat::Tiff) => Content::Tiff(TiffFile::open(bytes)?),
                Ok(f @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => Content::Picture(f),
                _ => {
                    return Err(FileError::Kind {
                        hint: if is_heif(bytes) {
                            ", it is HEIC: set the phone to its most compatible format, or send it as PDF"
                        } else if matches!(bytes, [b'I', b'I', 43, 0, ..] | [b'M', b'M', 0, 43, ..]) {
                            ", it is BigTIFF: save it as plain TIFF or as PDF"
                        } else {
                            ": send the scan as PDF"
                        },
                    });
                }
            };
            (Cow::Borrowed(bytes), content)
        };
        Ok(ScanFile {
            bytes,
            content,
            drawing_failures: Cell::new(0),
        })
    }

    /// How many pages the file has, at least one.
    pub fn page_count(&self) -> usize {
        match &self.content {
            Content::Pdf(pdf) => pdf.page_count(),
            Content::Tiff(tiff) => tiff.page_count(),
            Content::Picture(_) => 1,
        }
    }

    /// The grey pixels of page `index` (from 0), turned as the file says it is to be shown.
    pub fn page(&self, index: usize, rasterise: &dyn Rasterise) -> Result<GrayImage, PageError> {
        let grey = match &self.content {
            Content::Picture(ImageFormat::Jpeg) => decode_jpeg(&self.bytes, true)?,
            Content::Picture(format) => decode(&self.bytes, *format, true)?.into_luma8(),
            Content::Tiff(tiff) => catch_unwind(AssertUnwindSafe(|| tiff.page(&self.bytes, index)))
                .unwrap_or_else(|_| Err(PageError::Picture("its decoder gave up".into())))?,
            Content::Pdf(pdf) => match pdf.lift(index)? {
                Lifted::Picture(grey) => grey,
                Lifted::NotPlain { width, height } => {
                    let sane = |side: f64| (1.0..=MAX_SHEET).contains(&side);
                    if !sane(width) || !sane(height) {
                        return Err(PageError::SheetSize);
                    }
                    let failures = self.drawing_failures.get();
                    if failures >= MAX_DRAWING_FAILURES {
                        return Err(RasteriseError::GivenUp(failures).into());
                    }
                    let drawn = rasterise.page(&self.bytes, index, RASTER_DPI);
                    self.drawing_failures.set(failures + u32::from(drawn.is_err()));
                    drawn?
                }
            },
        };
        Ok(if grey.width().max(grey.height()) > WORKING_SIDE {
            pixels::halved(&grey)
        } else {
            grey
        })
    }
}

/// Whether a file that came with a mail may be a scan: a PDF, or a picture larger than a logo.
///
/// A picture of a kind that is not read counts too, so that its sender is told.
pub fn looks_like_a_scan(bytes: &[u8]) -> bool {
    /// The long side of A4 at 60 dpi: no code is legible below that.
    const LEAST_SIDE: u32 = 700;
    pdf_start(bytes).is_some()
        || is_heif(bytes)
        || image::guess_format(bytes).is_ok_and(|format| {
            let sizes = catch_unwind(|| {
                ImageReader::with_format(Cursor::new(bytes), format)
                    .into_dimensions()
                    .ok()
            });
            sizes
                .ok()
                .flatten()
                .is_none_or(|(width, height)| width.max(height) >= LEAST_SIDE)
        })
}

/// Where a PDF's header stands; there may be bytes before it (ISO 32000-1, annex H.3.4.1: within the first 1024).
fn pdf_start(bytes: &[u8]) -> Option<usize> {
    bytes[..bytes.len().min(1024)]
        .windows(5)
        .position(|w| w == b"%PDF-")
}

/// Reads a PDF's structure, mended when its tables are damaged.
fn open_pdf(bytes: &[u8]) -> Result<(Cow<'_, [u8]>, PdfFile), FileError> {
    match PdfFile::open(bytes) {
        Err(FileError::Broken(why)) => {
            let mended = pdf::repaired(bytes).ok_or(FileError::Broken(why))?;
            let file = PdfFile::open(&mended)?;
            Ok((Cow::Owned(mended), file))
        }
        // A table that leads nowhere leaves no pages.
        Err(FileError::Empty) => {
            let mended = pdf::repaired(bytes).ok_or(FileError::Empty)?;
            let file = PdfFile::open(&mended)?;
            Ok((Cow::Owned(mended), file))
        }
        opened => Ok((Cow::Borrowed(bytes), opened?)),
    }
}

/// The box that HEIC and AVIF begin with (ISO/IEC 14496-12, 4.3).
fn is_heif(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp")
}

/// Refuses sizes that no scan has, before anything is decoded.
pub(super) fn check_size(width: u64, height: u64) -> Result<(), PageError> {
    let side = u64::from(MAX_SIDE);
    if width == 0 || height == 0 || width > side || height > side || width * height > MAX_PIXELS {
        return Err(PageError::TooManyPixels { width, height });
    }
    Ok(())
}

/// Decodes one picture; set upright as its EXIF says when that is wanted (a PDF's pictures never are, ISO 32000-1, 7.4.8).
pub(super) fn decode(bytes: &[u8], format: ImageFormat, upright: bool) -> Result<DynamicImage, PageError> {
    let broken = |e: &dyn std::fmt::Display| PageError::Picture(e.to_string().chars().take(200).collect());
    if format == ImageFormat::Jpeg {
        check_scans(bytes)?;
    }
    let guarded = catch_unwind(AssertUnwindSafe(|| {
        let mut limits = Limits::default();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_DECODED_BYTES);
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(|e| broken(&e))?;
        let (width, height) = decoder.dimensions();
        check_size(width.into(), height.into())?;
        if decoder.total_bytes() > MAX_DECODED_BYTES {
            return Err(PageError::TooManyPixels {
                width: width.into(),
                height: height.into(),
            });
        }
        let turned = decoder.orientation().ok().filter(|_| upright);
        let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| broken(&e))?;
        if let Some(turned) = turned {
            picture.apply_orientation(turned);
        }
        Ok(picture)
    }));
    guarded.unwrap_or_else(|_| Err(PageError::Picture("its decoder gave up".into())))
}
