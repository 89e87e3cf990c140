//! The files in which scanners, office printers and phones send pages: PDF in all its habits, TIFF, and single pictures.

use super::fax::{self, Group};
use super::scanner::jpeg;
use image::imageops::crop_imm;
use image::{DynamicImage, GrayImage, ImageFormat};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use std::io::Cursor;

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
    /// Turned in the picture, and back again by the page's `/Rotate`.
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
    Tiff(TiffKind),
    /// One file a page.
    Jpeg,
    Png,
    WebP,
}

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

impl Form {
    /// Every form, those for grey pages first.
    pub const ALL: [Form; 35] = [
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
        Form::Tiff(TiffKind::Plain),
        Form::Tiff(TiffKind::PackBits),
        Form::Tiff(TiffKind::Lzw),
        Form::Tiff(TiffKind::Deflate),
        Form::Tiff(TiffKind::Jpeg),
        Form::Jpeg,
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

    /// Puts pages, scanned at `dpi` across and down, into one file, or one a page for pictures. `quality` is for those that are JPEG.
    pub fn files(self, pages: &[GrayImage], dpi: (u32, u32), quality: u8) -> Vec<(String, Vec<u8>)> {
        let one = |suffix: &str, bytes| vec![(format!("scan.{suffix}"), bytes)];
        let each = |suffix: &str, write: &dyn Fn(&GrayImage) -> Vec<u8>| {
            (1..)
                .zip(pages)
                .map(|(n, p)| (format!("page-{n}.{suffix}"), write(p)))
                .collect()
        };
        match self {
            Form::Jpeg => each("jpg", &|p| jpeg(p, quality)),
            Form::Png => each("png", &|p| picture(p, ImageFormat::Png)),
            Form::WebP => each("webp", &|p| picture(p, ImageFormat::WebP)),
            Form::Tiff(kind) => one("tif", tiff(pages, dpi, kind, quality)),
            _ => one("pdf", self.pdf(pages, dpi, quality)),
        }
    }

    fn pdf(self, pages: &[GrayImage], dpi: (u32, u32), quality: u8) -> Vec<u8> {
        let mut pdf = Document::with_version("1.5");
        let tree = pdf.new_object_id();
        let kids: Vec<Object> = pages
            .iter()
            .map(|page| {
                let parts = self.page(&mut pdf, page, dpi, quality);
                let content = pdf.add_object(Stream::new(dictionary! {}, parts.content));
                let mut leaf = dictionary! {
                    "Type" => "Page", "Parent" => tree, "Contents" => content, "MediaBox" => numbers(&parts.sheet),
                    "Resources" => dictionary! { "XObject" => parts.objects },
                };
                parts.more.into_iter().for_each(|(key, value)| leaf.set(key, value));
                pdf.add_object(leaf).into()
            })
            .collect();
        let count = kids.len() as i64;
        pdf.objects.insert(
            tree,
            dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into(),
        );
        let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
        pdf.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        if self == Form::PdfObjectStreams {
            pdf.save_modern(&mut bytes)
                .expect("a document is written to memory");
        } else {
            pdf.save_to(&mut bytes).expect("a document is written to memory");
        }
        if self == Form::PdfBrokenXref {
            let at = bytes
                .windows(9)
                .rposition(|w| w == b"startxref")
                .expect("every PDF has it");
            bytes.truncate(at);
            bytes.extend(b"startxref\n7\n%%EOF\n");
        }
        bytes
    }

    fn page(self, pdf: &mut Document, page: &GrayImage, dpi: (u32, u32), quality: u8) -> Parts {
        let across = |pixels: u32| f64::from(pixels) * 72.0 / f64::from(dpi.0);
        let down = |pixels: u32| f64::from(pixels) * 72.0 / f64::from(dpi.1);
        let (width, height) = (across(page.width()), down(page.height()));
        let sheet = [0.0, 0.0, width, height];
        let place = format!("q {width} 0 0 {height} 0 0 cm /Im0 Do Q").into_bytes();
        let mut objects = Dictionary::new();
        let mut more = Dictionary::new();
        let plain = |objects: &mut Dictionary, pdf: &mut Document, stream: Stream| {
            objects.set("Im0", pdf.add_object(stream));
            Parts {
                content: place.clone(),
                sheet,
                objects: std::mem::take(objects),
                more: Dictionary::new(),
            }
        };
        match self {
            Form::PdfStrips | Form::PdfTiles => {
                let (columns, rows) = if self == Form::PdfTiles { (2, 3) } else { (1, 4) };
                let mut content = Vec::new();
                for row in 0..rows {
                    for column in 0..columns {
                        let cut = |n: u32, of: u32, i: u32| n * i / of;
                        let (x0, x1) = (
                            cut(page.width(), columns, column),
                            cut(page.width(), columns, column + 1),
                        );
                        let (y0, y1) = (cut(page.height(), rows, row), cut(page.height(), rows, row + 1));
                        let part = crop_imm(page, x0, y0, x1 - x0, y1 - y0).to_image();
                        let stream = if self == Form::PdfTiles {
                            flate(&part, page_bytes(&part), "DeviceGray", 8)
                        } else {
                            stream(&part, "DeviceGray", 8, "DCTDecode", jpeg(&part, quality))
                        };
                        let name = format!("P{row}{column}");
                        objects.set(name.as_bytes(), pdf.add_object(stream));
                        content.extend(
                            format!(
                                "q {} 0 0 {} {} {} cm /{name} Do Q\n",
                                across(x1 - x0),
                                down(y1 - y0),
                                across(x0),
                                height - down(y1)
                            )
                            .into_bytes(),
                        );
                    }
                }
                Parts {
                    content,
                    sheet,
                    objects,
                    more,
                }
            }
            Form::PdfRotated => {
                let turned = image::imageops::rotate270(page);
                objects.set(
                    "Im0",
                    pdf.add_object(stream(
                        &turned,
                        "DeviceGray",
                        8,
                        "DCTDecode",
                        jpeg(&turned, quality),
                    )),
                );
                more.set("Rotate", 90);
                let content = format!("q {height} 0 0 {width} 0 0 cm /Im0 Do Q").into_bytes();
                Parts {
                    content,
                    sheet: [0.0, 0.0, height, width],
                    objects,
                    more,
                }
            }
            Form::PdfCropped => {
                let waste = page.width() / 20;
                let mut wide = GrayImage::from_pixel(
                    page.width() + 2 * waste,
                    page.height() + 2 * waste,
                    image::Luma([30]),
                );
                image::imageops::replace(&mut wide, page, waste.into(), waste.into());
                objects.set(
                    "Im0",
                    pdf.add_object(stream(&wide, "DeviceGray", 8, "DCTDecode", jpeg(&wide, quality))),
                );
                let (w, h) = (across(wide.width()), down(wide.height()));
                let (m, n) = (across(waste), down(waste));
                more.set("CropBox", numbers(&[m, n, w - m, h - n]));
                let content = format!("q {w} 0 0 {h} 0 0 cm /Im0 Do Q").into_bytes();
                Parts {
                    content,
                    sheet: [0.0, 0.0, w, h],
                    objects,
                    more,
                }
            }
            Form::PdfInline => {
                let bits = packed(page, false);
                let data: Vec<u8> = miniz_oxide::deflate::compress_to_vec_zlib(&bits, 6);
                let hex: String = data.iter().map(|b| format!("{b:02x}")).collect();
                let content = format!(
                    "q {width} 0 0 {height} 0 0 cm BI /W {} /H {} /BPC 1 /CS /G /F [/AHx /Fl] ID {hex}> EI Q",
                    page.width(),
                    page.height()
                );
                Parts {
                    content: content.into_bytes(),
                    sheet,
                    objects,
                    more,
                }
            }
            Form::PdfNested => {
                let image = pdf.add_object(stream(page, "DeviceGray", 8, "DCTDecode", jpeg(page, quality)));
                let form = Stream::new(
                    dictionary! {
                        "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers(&sheet),
                        "Resources" => dictionary! { "XObject" => dictionary! { "Im1" => image } },
                    },
                    format!("q {width} 0 0 {height} 0 0 cm /Im1 Do Q").into_bytes(),
                );
                objects.set("Fm0", pdf.add_object(form));
                Parts {
                    content: b"q /Fm0 Do Q".to_vec(),
                    sheet,
                    objects,
                    more,
                }
            }
            Form::PdfAnnotated => {
                let look = Stream::new(
                    dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers(&[0.0, 0.0, 60.0, 20.0]) },
                    b"0.6 0 0 RG 2 w 1 1 58 18 re S".to_vec(),
                );
                let look = pdf.add_object(look);
                let stamp = pdf.add_object(dictionary! {
                    "Type" => "Annot", "Subtype" => "Stamp", "Rect" => numbers(&[250.0, 40.0, 310.0, 60.0]), "F" => 4,
                    "AP" => dictionary! { "N" => look },
                });
                let mut parts = plain(
                    &mut objects,
                    pdf,
                    stream(page, "DeviceGray", 8, "DCTDecode", jpeg(page, quality)),
                );
                parts.more.set("Annots", vec![stamp.into()]);
                parts
            }
            _ => {
                let picture = self.picture(pdf, page, quality);
                plain(&mut objects, pdf, picture)
            }
        }
    }

    /// The picture of a page that is nothing else.
    fn picture(self, pdf: &mut Document, page: &GrayImage, quality: u8) -> Stream {
        let columns = i64::from(page.width());
        let predictor = |kind: i64| dictionary! { "Predictor" => kind, "Colors" => 1, "BitsPerComponent" => 8, "Columns" => columns };
        match self {
            Form::PdfDctRgb => {
                let rgb = DynamicImage::ImageLuma8(page.clone()).into_rgb8();
                let mut bytes = Vec::new();
                image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality)
                    .encode_image(&rgb)
                    .expect("a picture is written to memory");
                stream(page, "DeviceRGB", 8, "DCTDecode", bytes)
            }
            Form::PdfPngPredictor => {
                let mut rows = Vec::new();
                for (y, row) in page.chunks_exact(page.width() as usize).enumerate() {
                    // Every row says how it was predicted; all five ways occur.
                    let way = y % 5;
                    let above = |x: usize| {
                        if y > 0 {
                            page.as_raw()[(y - 1) * row.len() + x]
                        } else {
                            0
                        }
                    };
                    let left = |x: usize| if x > 0 { row[x - 1] } else { 0 };
                    let corner = |x: usize| {
                        if x > 0 && y > 0 {
                            page.as_raw()[(y - 1) * row.len() + x - 1]
                        } else {
                            0
                        }
                    };
                    rows.push(way as u8);
                    rows.extend((0..row.len()).map(|x| {
                        let guess = match way {
                            0 => 0,
                            1 => left(x),
                            2 => above(x),
                            3 => ((u16::from(left(x)) + u16::from(above(x))) / 2) as u8,
                            _ => paeth(left(x), above(x), corner(x)),
                        };
                        row[x].wrapping_sub(guess)
                    }));
                }
                let mut s = flate(page, rows, "DeviceGray", 8);
                s.dict.set("DecodeParms", predictor(15));
                s
            }
            Form::PdfTiffPredictor => {
                let rows = page
                    .chunks_exact(page.width() as usize)
                    .flat_map(|row| {
                        (0..row.len()).map(|x| {
                            if x == 0 {
                                row[0]
                            } else {
                                row[x].wrapping_sub(row[x - 1])
                            }
                        })
                    })
                    .collect();
                let mut s = flate(page, rows, "DeviceGray", 8);
                s.dict.set("DecodeParms", predictor(2));
                s
            }
            Form::PdfLzw => {
                let bytes = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
                    .encode(page.as_raw())
                    .expect("written to memory");
                stream(page, "DeviceGray", 8, "LZWDecode", bytes)
            }
            Form::PdfFax(group) => {
                let mut s = stream(page, "DeviceGray", 1, "CCITTFaxDecode", fax::encode(page, group));
                s.dict.set("DecodeParms", fax_parameters(page, group));
                s
            }
            Form::PdfStencil => {
                let mut s = stream(
                    page,
                    "DeviceGray",
                    1,
                    "CCITTFaxDecode",
                    fax::encode(page, Group::Four),
                );
                s.dict.remove(b"ColorSpace");
                s.dict.set("ImageMask", true);
                s.dict.set("DecodeParms", fax_parameters(page, Group::Four));
                s
            }
            Form::PdfJbig2 => stream(page, "DeviceGray", 1, "JBIG2Decode", fax::jbig2(page)),
            Form::PdfNegative => {
                let negative = page.iter().map(|v| 255 - v).collect();
                let mut s = flate(page, negative, "DeviceGray", 8);
                s.dict.set("Decode", numbers(&[1.0, 0.0]));
                s
            }
            Form::PdfIndexed => {
                // Sixteen greys, brightest first, two pixels a byte.
                let palette: Vec<u8> = (0..16u8).flat_map(|i| [255 - 17 * i; 3]).collect();
                let rows = page
                    .chunks_exact(page.width() as usize)
                    .flat_map(|row| {
                        row.chunks(2)
                            .map(|p| ((255 - p[0]) / 16) << 4 | p.get(1).map_or(0, |v| (255 - v) / 16))
                    })
                    .collect();
                let mut s = flate(page, rows, "DeviceGray", 4);
                let table = pdf.add_object(Stream::new(dictionary! {}, palette));
                s.dict.set(
                    "ColorSpace",
                    vec![
                        "Indexed".into(),
                        "DeviceRGB".into(),
                        15.into(),
                        Object::from(table),
                    ],
                );
                s
            }
            Form::PdfCmyk => {
                let inks = page.iter().flat_map(|v| [0, 0, 0, 255 - v]).collect();
                flate(page, inks, "DeviceCMYK", 8)
            }
            _ if self == Form::PdfFlate => flate(page, page_bytes(page), "DeviceGray", 8),
            _ => stream(page, "DeviceGray", 8, "DCTDecode", jpeg(page, quality)),
        }
    }
}

struct Parts {
    content: Vec<u8>,
    sheet: [f64; 4],
    objects: Dictionary,
    more: Dictionary,
}

fn numbers(values: &[f64]) -> Vec<Object> {
    values.iter().map(|v| Object::Real(*v as f32)).collect()
}

fn page_bytes(page: &GrayImage) -> Vec<u8> {
    page.as_raw().clone()
}

fn stream(page: &GrayImage, space: &str, bits: i64, filter: &str, bytes: Vec<u8>) -> Stream {
    let dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(page.width()), "Height" => i64::from(page.height()),
        "ColorSpace" => space, "BitsPerComponent" => bits, "Filter" => filter,
    };
    Stream::new(dict, bytes).with_compression(false)
}

fn flate(page: &GrayImage, bytes: Vec<u8>, space: &str, bits: i64) -> Stream {
    stream(
        page,
        space,
        bits,
        "FlateDecode",
        miniz_oxide::deflate::compress_to_vec_zlib(&bytes, 2),
    )
}

fn fax_parameters(page: &GrayImage, group: Group) -> Dictionary {
    let k = match group {
        Group::Three => 0,
        Group::ThreeTwoDimensional => 2,
        Group::Four => -1,
    };
    dictionary! {
        "K" => k, "Columns" => i64::from(page.width()), "Rows" => i64::from(page.height()), "BlackIs1" => false,
        "EndOfLine" => group != Group::Four,
    }
}

/// The predictor of Alan Paeth (PNG, section 9.4).
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(above), i16::from(corner));
    let p = a + b - c;
    let (pa, pb, pc) = ((p - a).abs(), (p - b).abs(), (p - c).abs());
    if pa <= pb && pa <= pc {
        left
    } else if pb <= pc {
        above
    } else {
        corner
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
        TiffKind::Plain => page_bytes(part),
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
