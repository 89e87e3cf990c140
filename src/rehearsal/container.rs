//! The files in which scanners, office printers and phones send pages: PDF in all its habits, TIFF, and single pictures.

mod layers;
mod pdf;
mod photo;
mod tiff;

use super::fax::Group;
use super::scanner::jpeg;
use image::{GrayImage, ImageFormat};
pub use pdf::{Cipher, jpeg_2000_pdf};
pub use photo::turned_by_exif;
use std::io::Cursor;
pub use tiff::{TiffKind, tiff};

/// One way of putting pages into files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    PdfDct,
    PdfDctRgb,
    PdfFlate,
    PdfPngPredictor,
    PdfTiffPredictor,
    PdfLzw,
    PdfFax(Group),
    PdfJbig2,
    /// Four JPEG strips a page.
    PdfStrips,
    /// Six tiles a page.
    PdfTiles,
    /// Turned in the picture, and back again by the page's `/Rotate`: by a quarter on the first page, a half on the second,
    /// three quarters on the third.
    PdfRotated,
    /// The picture reaches beyond the page's CropBox by a margin of waste.
    PdfCropped,
    /// `Decode [1 0]`: the picture is stored as its negative.
    PdfNegative,
    /// A stencil that black is painted through.
    PdfStencil,
    PdfIndexed,
    PdfCmyk,
    PdfInline,
    /// The picture inside a form XObject.
    PdfNested,
    /// A stamp annotation on top.
    PdfAnnotated,
    PdfObjectStreams,
    /// `startxref` points nowhere.
    PdfBrokenXref,
    /// Encrypted, so that only the owner may change it: the password to read it is empty.
    PdfEncrypted(Cipher),
    /// Mixed raster: paper and pictures as a coarse JPEG, the ink over it painted through a JBIG2 stencil.
    PdfStencilLayer,
    /// The same, the ink as a coarse JPEG of its own that shows where its soft mask, a Group 4 picture, says so.
    PdfSoftMaskLayer,
    Tiff(TiffKind),
    /// One file a page.
    Jpeg,
    /// A phone's: in colour, stored as the sensor lies, and set upright by its EXIF.
    JpegTurned,
    /// Four inks, stored as Adobe's programs do.
    JpegCmyk,
    Png,
    WebP,
}

impl Form {
    /// Every form, those for grey pages first.
    pub const ALL: [Form; 43] = [
        Form::PdfDct,
        Form::PdfDctRgb,
        Form::PdfFlate,
        Form::PdfPngPredictor,
        Form::PdfTiffPredictor,
        Form::PdfLzw,
        Form::PdfStrips,
        Form::PdfTiles,
        Form::PdfRotated,
        Form::PdfCropped,
        Form::PdfNegative,
        Form::PdfIndexed,
        Form::PdfCmyk,
        Form::PdfInline,
        Form::PdfNested,
        Form::PdfAnnotated,
        Form::PdfObjectStreams,
        Form::PdfBrokenXref,
        Form::PdfEncrypted(Cipher::Rc4Of40),
        Form::PdfEncrypted(Cipher::Rc4Of128),
        Form::PdfEncrypted(Cipher::Aes128),
        Form::PdfEncrypted(Cipher::Aes256),
        Form::PdfStencilLayer,
        Form::PdfSoftMaskLayer,
        Form::Tiff(TiffKind::Plain),
        Form::Tiff(TiffKind::PackBits),
        Form::Tiff(TiffKind::Lzw),
        Form::Tiff(TiffKind::Deflate),
        Form::Tiff(TiffKind::Jpeg),
        Form::Jpeg,
        Form::JpegTurned,
        Form::JpegCmyk,
        Form::Png,
        Form::WebP,
        Form::PdfFax(Group::Three),
        Form::PdfFax(Group::ThreeTwoDimensional),
        Form::PdfFax(Group::Four),
        Form::PdfJbig2,
        Form::PdfStencil,
        Form::Tiff(TiffKind::Fax(Group::Three)),
        Form::Tiff(TiffKind::Fax(Group::Four)),
        Form::Tiff(TiffKind::FillOrder2),
        Form::Tiff(TiffKind::BilevelPackBits),
    ];

    /// Whether it holds black and white only.
    pub const fn bilevel(self) -> bool {
        matches!(
            self,
            Form::PdfFax(_)
                | Form::PdfJbig2
                | Form::PdfStencil
                | Form::Tiff(TiffKind::Fax(_) | TiffKind::FillOrder2 | TiffKind::BilevelPackBits)
        )
    }

    /// Whether a page is a file of its own, and so none of a PDF.
    pub const fn is_picture(self) -> bool {
        matches!(
            self,
            Form::Jpeg | Form::JpegTurned | Form::JpegCmyk | Form::Png | Form::WebP
        )
    }

    /// Puts pages, scanned at `dpi` across and down, into one file, or one a page for pictures. `quality` is for those that are JPEG.
    pub fn files(self, pages: &[GrayImage], dpi: (u32, u32), quality: u8) -> Vec<(String, Vec<u8>)> {
        let one = |suffix: &str, bytes| vec![(format!("scan.{suffix}"), bytes)];
        let each = |suffix: &str, write: &dyn Fn(usize, &GrayImage) -> Vec<u8>| {
            (1..)
                .zip(pages)
                .map(|(n, p)| (format!("page-{n}.{suffix}"), write(n, p)))
                .collect()
        };
        match self {
            Form::Jpeg => each("jpg", &|_, p| jpeg(p, quality)),
            Form::JpegTurned => each("jpg", &|n, p| photo::of_phone(p, n, quality)),
            Form::JpegCmyk => each("jpg", &|_, p| photo::cmyk(p, quality)),
            Form::Png => each("png", &|_, p| picture(p, ImageFormat::Png)),
            Form::WebP => each("webp", &|_, p| picture(p, ImageFormat::WebP)),
            Form::Tiff(kind) => one("tif", tiff(pages, dpi, kind, quality)),
            _ => one("pdf", self.pdf(pages, dpi, quality)),
        }
    }
}

/// One bit a pixel, rows filled up to bytes; set bits are dark ones, or light ones.
fn packed(page: &GrayImage, dark_is_one: bool) -> Vec<u8> {
    page.chunks_exact(page.width() as usize)
        .flat_map(|row| {
            row.chunks(8).map(move |eight| {
                eight.iter().enumerate().fold(0, |byte, (i, v)| {
                    byte | u8::from((*v < 128) == dark_is_one) << (7 - i)
                })
            })
        })
        .collect()
}

fn picture(page: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    page.write_to(&mut Cursor::new(&mut bytes), format)
        .expect("a picture is written to memory");
    bytes
}
