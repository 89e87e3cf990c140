//! PDF as scanners and office printers write it: a page is one picture, or strips, tiles or layers of one.

use super::layers::Layers;
use super::{Form, packed};
use crate::rehearsal::fax::{self, Group};
use crate::rehearsal::scanner::jpeg;
use image::imageops::{crop_imm, rotate90, rotate180, rotate270};
use image::{DynamicImage, GrayImage};
use lopdf::encryption::crypt_filters::{Aes128CryptFilter, Aes256CryptFilter, CryptFilter};
use lopdf::{
    Dictionary, Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream, dictionary,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a PDF is encrypted (ISO 32000-2, 7.6), with the bits of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cipher {
    Rc4Of40,
    Rc4Of128,
    Aes128,
    Aes256,
}

impl Cipher {
    /// Encrypts a document that opens with the empty password.
    fn encrypt(self, pdf: &mut Document) {
        const OWNER: &str = "specimen";
        const USER: &str = "";
        let named = |filter: Arc<dyn CryptFilter>| BTreeMap::from([(b"StdCF".to_vec(), filter)]);
        let permissions = Permissions::PRINTABLE | Permissions::COPYABLE;
        pdf.trailer.set("ID", vec![Object::string_literal("specimen"); 2]);
        let version = match self {
            Cipher::Rc4Of40 => EncryptionVersion::V1 {
                document: pdf,
                owner_password: OWNER,
                user_password: USER,
                permissions,
            },
            Cipher::Rc4Of128 => EncryptionVersion::V2 {
                document: pdf,
                owner_password: OWNER,
                user_password: USER,
                key_length: 128,
                permissions,
            },
            Cipher::Aes128 => EncryptionVersion::V4 {
                document: pdf,
                encrypt_metadata: true,
                crypt_filters: named(Arc::new(Aes128CryptFilter)),
                stream_filter: b"StdCF".to_vec(),
                string_filter: b"StdCF".to_vec(),
                owner_password: OWNER,
                user_password: USER,
                permissions,
            },
            Cipher::Aes256 => EncryptionVersion::V5 {
                encrypt_metadata: true,
                crypt_filters: named(Arc::new(Aes256CryptFilter)),
                file_encryption_key: &[7; 32],
                stream_filter: b"StdCF".to_vec(),
                string_filter: b"StdCF".to_vec(),
                owner_password: OWNER,
                user_password: USER,
                permissions,
            },
        };
        let state = EncryptionState::try_from(version).expect("passwords of ASCII");
        pdf.encrypt(&state).expect("it is not encrypted yet");
    }
}

/// Pages in JPEG 2000, each with its width and height in pixels, scanned at `dpi`: no encoder of ours writes it.
pub fn jpeg_2000_pdf(pages: &[(u32, u32, Vec<u8>)], dpi: (u32, u32)) -> Vec<u8> {
    let mut pdf = Document::with_version("1.5");
    let parts = pages
        .iter()
        .map(|(width, height, bytes)| {
            let dict = dictionary! {
                "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(*width), "Height" => i64::from(*height),
                "Filter" => "JPXDecode",
            };
            let picture = Stream::new(dict, bytes.clone()).with_compression(false);
            Parts::whole(&mut pdf, points((*width, *height), dpi), picture)
        })
        .collect();
    assemble(&mut pdf, parts);
    written(&mut pdf)
}

/// Adds the pages and what holds them.
fn assemble(pdf: &mut Document, pages: Vec<Parts>) {
    let tree = pdf.new_object_id();
    let kids: Vec<Object> = pages
        .into_iter()
        .map(|parts| {
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
}

fn written(pdf: &mut Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).expect("a document is written to memory");
    bytes
}

/// A size in pixels as points.
fn points((width, height): (u32, u32), dpi: (u32, u32)) -> (f64, f64) {
    (
        f64::from(width) * 72.0 / f64::from(dpi.0),
        f64::from(height) * 72.0 / f64::from(dpi.1),
    )
}

impl Form {
    /// The pages as one PDF.
    pub(super) fn pdf(self, pages: &[GrayImage], dpi: (u32, u32), quality: u8) -> Vec<u8> {
        let mut pdf = Document::with_version("1.5");
        let parts = (0..)
            .zip(pages)
            .map(|(n, page)| self.page(&mut pdf, page, n, dpi, quality))
            .collect();
        assemble(&mut pdf, parts);
        if let Form::PdfEncrypted(cipher) = self {
            cipher.encrypt(&mut pdf);
        }
        if self == Form::PdfObjectStreams {
            let mut bytes = Vec::new();
            pdf.save_modern(&mut bytes)
                .expect("a document is written to memory");
            return bytes;
        }
        let mut bytes = written(&mut pdf);
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

    fn page(self, pdf: &mut Document, page: &GrayImage, n: usize, dpi: (u32, u32), quality: u8) -> Parts {
        let across = |pixels: u32| f64::from(pixels) * 72.0 / f64::from(dpi.0);
        let down = |pixels: u32| f64::from(pixels) * 72.0 / f64::from(dpi.1);
        let (width, height) = points(page.dimensions(), dpi);
        let sheet = [0.0, 0.0, width, height];
        let mut objects = Dictionary::new();
        let mut more = Dictionary::new();
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
                let turn = [90, 180, 270][n % 3];
                let turned = match turn {
                    90 => rotate270(page),
                    180 => rotate180(page),
                    _ => rotate90(page),
                };
                let (wide, high) = if turn == 180 {
                    (width, height)
                } else {
                    (height, width)
                };
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
                more.set("Rotate", turn);
                Parts {
                    content: shown(wide, high),
                    sheet: [0.0, 0.0, wide, high],
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
                Parts {
                    content: shown(w, h),
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
                let picture = stream(page, "DeviceGray", 8, "DCTDecode", jpeg(page, quality));
                let mut parts = Parts::whole(pdf, (width, height), picture);
                parts.more.set("Annots", vec![stamp.into()]);
                parts
            }
            Form::PdfStencilLayer | Form::PdfSoftMaskLayer => {
                let layers = Layers::of(page, dpi.0);
                let ground = stream(
                    &layers.ground,
                    "DeviceGray",
                    8,
                    "DCTDecode",
                    jpeg(&layers.ground, quality),
                );
                objects.set("Im0", pdf.add_object(ground));
                let (above, colour) = if self == Form::PdfStencilLayer {
                    let mut stencil = stream(
                        &layers.mask,
                        "DeviceGray",
                        1,
                        "JBIG2Decode",
                        fax::jbig2(&layers.mask),
                    );
                    stencil.dict.remove(b"ColorSpace");
                    stencil.dict.set("ImageMask", true);
                    // A decoded JBIG2 picture has its black as 0, where a stencil paints.
                    (stencil, "0.1 g ")
                } else {
                    let mut mask = stream(
                        &layers.mask,
                        "DeviceGray",
                        1,
                        "CCITTFaxDecode",
                        fax::encode(&layers.mask, Group::Four),
                    );
                    mask.dict
                        .set("DecodeParms", fax_parameters(&layers.mask, Group::Four));
                    // What is black in the mask is where the ink shows.
                    mask.dict.set("Decode", numbers(&[1.0, 0.0]));
                    let mut ink = stream(
                        &layers.ink,
                        "DeviceGray",
                        8,
                        "DCTDecode",
                        jpeg(&layers.ink, quality),
                    );
                    ink.dict.set("SMask", pdf.add_object(mask));
                    (ink, "")
                };
                objects.set("Im1", pdf.add_object(above));
                let over = format!(" q {colour}{width} 0 0 {height} 0 0 cm /Im1 Do Q");
                Parts {
                    content: [shown(width, height), over.into_bytes()].concat(),
                    sheet,
                    objects,
                    more,
                }
            }
            _ => {
                let picture = self.picture(pdf, page, quality);
                Parts::whole(pdf, (width, height), picture)
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

impl Parts {
    /// A page that shows one picture, so many points wide and high.
    fn whole(pdf: &mut Document, (width, height): (f64, f64), picture: Stream) -> Parts {
        Parts {
            content: shown(width, height),
            sheet: [0.0, 0.0, width, height],
            objects: dictionary! { "Im0" => pdf.add_object(picture) },
            more: Dictionary::new(),
        }
    }
}

/// The content that shows a picture at a size in points.
fn shown(width: f64, height: f64) -> Vec<u8> {
    format!("q {width} 0 0 {height} 0 0 cm /Im0 Do Q").into_bytes()
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
