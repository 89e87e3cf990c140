//! Files as other programs write them, and every form of PDF and picture that comes in, through the real program.
//!
//! The files in `foreign/` show the second page of the sample request at 150 dpi, written by the program that each is named after:
//! OpenJPEG, libjpeg, libwebp, libtiff, ImageMagick, Ghostscript and qpdf.

use super::{PROGRAM, folder, page, printed, request};
use image::{GrayImage, ImageFormat, Luma};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use siegelpost::rehearsal::container::turned_by_exif;
use siegelpost::rehearsal::fax;
use siegelpost::rehearsal::scanner::jpeg;
use siegelpost::rehearsal::wear::Depth;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `read --json` says of each file.
fn read(paths: &[PathBuf]) -> Vec<serde_json::Value> {
    let run = Command::new(PROGRAM)
        .args(["read", "--json"])
        .args(paths)
        .output()
        .expect("it starts");
    let text = String::from_utf8(run.stdout).expect("UTF-8");
    let lines: Vec<_> = text
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), paths.len());
    lines
}

/// Writes each file and reads all; every one must be the second page of the request, upright.
#[track_caller]
fn all_are_the_page(name: &str, files: &[(&str, Vec<u8>)]) {
    let folder = folder(name);
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, bytes)| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).expect("written");
            path
        })
        .collect();
    let wanted = serde_json::to_value(request().request_id).expect("plain data");
    for line in read(&paths) {
        let what = &line["file"];
        assert_eq!(
            line["request"]["request_id"], wanted,
            "{what}: {}",
            line["problems"]
        );
        assert_eq!(line["request"]["missing"], serde_json::json!([1, 3]), "{what}");
        assert_eq!(line["pages"][0]["rotation"], 0, "{what}");
        assert_eq!(line["pages"][0]["source"], "qr", "{what}");
        assert_eq!(line["marks"][0]["present"], false, "{what}");
    }
}

fn foreign(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scans/foreign")
        .join(name);
    std::fs::read(path).expect("it lies beside the test")
}

/// A one-page PDF of A4 with this content and these objects as resources.
fn pdf(content: &[u8], more: Dictionary, resources: impl FnOnce(&mut Document) -> Dictionary) -> Vec<u8> {
    let mut pdf = Document::with_version("1.7");
    let tree = pdf.new_object_id();
    let resources = resources(&mut pdf);
    let content = pdf.add_object(Stream::new(dictionary! {}, content.to_vec()));
    let mut leaf = dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    };
    more.into_iter().for_each(|(key, value)| leaf.set(key, value));
    let leaf = pdf.add_object(leaf);
    let pages = dictionary! { "Type" => "Pages", "Kids" => vec![Object::from(leaf)], "Count" => 1 };
    pdf.objects.insert(tree, pages.into());
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    let mut out = Vec::new();
    pdf.save_to(&mut out).expect("written to memory");
    out
}

const WHOLE: &[u8] = b"q 595 0 0 842 0 0 cm /Im0 Do Q";

fn picture(width: u32, height: u32, filter: &str, bytes: Vec<u8>) -> Stream {
    let dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(width), "Height" => i64::from(height),
        "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8, "Filter" => filter,
    };
    Stream::new(dict, bytes).with_compression(false)
}

fn dct(grey: &GrayImage) -> Stream {
    picture(grey.width(), grey.height(), "DCTDecode", jpeg(grey, 60))
}

fn with_picture(content: &[u8], more: Dictionary, picture: Stream) -> Vec<u8> {
    pdf(content, more, |pdf| {
        dictionary! { "XObject" => dictionary! { "Im0" => pdf.add_object(picture) } }
    })
}

#[test]
fn what_other_programs_write_is_read() {
    let names = [
        "ghostscript-fax.tif",
        "ghostscript.pdf",
        "imagemagick-interlaced.png",
        "imagemagick-palette.tif",
        "libjpeg-cmyk.jpg",
        "libjpeg-progressive.jpg",
        "libtiff-g3-2d.tif",
        "libtiff-tiles-big-endian.tif",
        "libtiff-ycbcr.tif",
        "libwebp-lossy.webp",
        "qpdf-aes-128.pdf",
        "qpdf-aes-256.pdf",
        "qpdf-linearized.pdf",
        "qpdf-rc4-40.pdf",
        "qpdf-rc4-128.pdf",
    ];
    let files: Vec<_> = names.iter().map(|name| (*name, foreign(name))).collect();
    all_are_the_page("foreign", &files);
}

#[test]
fn jpeg_2000_in_a_pdf_is_read_in_grey_and_in_colour() {
    let files = ["openjpeg.jp2", "openjpeg-rgb.jp2"].map(|name| {
        let dict = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 1240, "Height" => 1753, "Filter" => "JPXDecode",
        };
        let picture = Stream::new(dict, foreign(name)).with_compression(false);
        (name, with_picture(WHOLE, dictionary! {}, picture))
    });
    all_are_the_page(
        "jpeg-2000",
        &files.map(|(n, b)| (if n.contains("rgb") { "rgb.pdf" } else { "grey.pdf" }, b)),
    );
}

#[test]
fn what_is_not_read_is_named_with_what_to_do() {
    let paths: Vec<PathBuf> = ["qpdf-password.pdf", "libtiff-bigtiff.tif"]
        .iter()
        .map(|name| {
            let path = folder("not-read").join(name);
            std::fs::write(&path, foreign(name)).expect("written");
            path
        })
        .collect();
    let lines = read(&paths);
    assert_eq!(lines[0]["problems"][0]["code"], "file_encrypted");
    assert_eq!(lines[1]["problems"][0]["code"], "file_kind");
    let said = lines[1]["problems"][0]["detail"].as_str().expect("text");
    assert!(said.contains("BigTIFF"), "{said}");
}

#[test]
fn a_photograph_is_turned_as_its_exif_says_in_all_eight_ways() {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    let upright = page(Depth::Grey);
    // How each is stored, so that the turn that its number asks for sets it upright.
    let stored: [(&str, u8, GrayImage); 8] = [
        ("1.jpg", 1, upright.clone()),
        ("2.jpg", 2, flip_horizontal(&upright)),
        ("3.jpg", 3, rotate180(&upright)),
        ("4.jpg", 4, flip_vertical(&upright)),
        ("5.jpg", 5, rotate90(&flip_vertical(&upright))),
        ("6.jpg", 6, rotate270(&upright)),
        ("7.jpg", 7, rotate90(&flip_horizontal(&upright))),
        ("8.jpg", 8, rotate90(&upright)),
    ];
    let files = stored.map(|(name, number, grey)| (name, turned_by_exif(&jpeg(&grey, 60), number)));
    all_are_the_page("exif", &files);
}

#[test]
fn png_is_read_at_any_depth_and_with_alpha() {
    let grey = page(Depth::Grey);
    let png = |picture: image::DynamicImage| {
        let mut out = Cursor::new(Vec::new());
        picture
            .write_to(&mut out, ImageFormat::Png)
            .expect("written to memory");
        out.into_inner()
    };
    let picture = image::DynamicImage::ImageLuma8(grey);
    let files = [
        ("luma-16.png", png(picture.to_luma16().into())),
        ("luma-alpha.png", png(picture.to_luma_alpha8().into())),
        ("rgb.png", png(picture.to_rgb8().into())),
        ("rgba-16.png", png(picture.to_rgba16().into())),
    ];
    all_are_the_page("png", &files);
}

#[test]
fn a_page_printed_from_a_screen_has_no_picture_and_is_drawn() {
    let folder = folder("vector");
    let path = folder.join("printed.pdf");
    std::fs::write(&path, printed(&request())).expect("written");
    let line = &read(&[path])[0];
    assert_eq!(line["request"]["complete"], true, "{}", line["problems"]);
    assert_eq!(line["problems"], serde_json::json!([]));
    let fields = serde_json::to_value(&request().data).expect("plain data");
    assert_eq!(line["request"]["fields"], fields);
    assert_eq!(line["pages"].as_array().map(Vec::len), Some(3));
}

#[test]
fn mixed_raster_layers_are_put_together() {
    let (grey, bilevel) = (page(Depth::Grey), page(Depth::Threshold(140)));
    let (width, height) = bilevel.dimensions();
    // Paper in few pixels below, the ink in many above, as compressing scanners write it.
    let ground = image::imageops::thumbnail(&GrayImage::from_pixel(width, height, Luma([244])), 150, 212);
    let mask = |stencil: bool| {
        let mut dict = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(width), "Height" => i64::from(height),
            "BitsPerComponent" => 1, "Filter" => "CCITTFaxDecode",
            "DecodeParms" => dictionary! { "K" => -1, "Columns" => i64::from(width), "Rows" => i64::from(height) },
        };
        if stencil {
            dict.set("ImageMask", true);
        } else {
            dict.set("ColorSpace", "DeviceGray");
            dict.set("Decode", vec![1.into(), 0.into()]);
        }
        Stream::new(dict, fax::encode(&bilevel, fax::Group::Four)).with_compression(false)
    };
    let content = b"q 595 0 0 842 0 0 cm /Im0 Do Q q 0.05 g 595 0 0 842 0 0 cm /Im1 Do Q";
    let stencil = pdf(content, dictionary! {}, |pdf| {
        let (below, above) = (pdf.add_object(dct(&ground)), pdf.add_object(mask(true)));
        dictionary! { "XObject" => dictionary! { "Im0" => below, "Im1" => above } }
    });
    // The ink as a dark picture that shows only where its soft mask says; a renderer's work.
    let dark = GrayImage::from_pixel(20, 28, Luma([15]));
    let soft = pdf(content, dictionary! {}, |pdf| {
        let below = pdf.add_object(dct(&ground));
        let shape = pdf.add_object(mask(false));
        let mut above = dct(&dark);
        above.dict.set("SMask", shape);
        let above = pdf.add_object(above);
        dictionary! { "XObject" => dictionary! { "Im0" => below, "Im1" => above } }
    });
    // Invisible text below the picture, as text recognition leaves it.
    let searchable = [b"BT 3 Tr /F1 8 Tf 20 30 Td (recognised) Tj ET ", WHOLE].concat();
    let searchable = pdf(&searchable, dictionary! {}, |pdf| {
        let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" };
        let (font, picture) = (pdf.add_object(font), pdf.add_object(dct(&grey)));
        dictionary! { "XObject" => dictionary! { "Im0" => picture }, "Font" => dictionary! { "F1" => font } }
    });
    all_are_the_page(
        "layers",
        &[
            ("stencil.pdf", stencil),
            ("soft-mask.pdf", soft),
            ("searchable.pdf", searchable),
        ],
    );
}

#[test]
fn stamps_notes_and_text_on_top_are_part_of_the_page() {
    let grey = page(Depth::Grey);
    let look = |pdf: &mut Document| {
        let dict = dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 90.into(), 30.into()],
        };
        pdf.add_object(Stream::new(dict, b"0.6 0 0 RG 2 w 1 1 88 28 re S".to_vec()))
    };
    let text = [WHOLE, b" BT /F1 10 Tf 260 60 Td (received) Tj ET"].concat();
    let typed = pdf(&text, dictionary! {}, |pdf| {
        let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" };
        let (font, picture) = (pdf.add_object(font), pdf.add_object(dct(&grey)));
        dictionary! { "XObject" => dictionary! { "Im0" => picture }, "Font" => dictionary! { "F1" => font } }
    });
    let annotated = |kind: &str| {
        let mut file = Document::load_mem(&with_picture(WHOLE, dictionary! {}, dct(&grey))).expect("our own");
        let look = look(&mut file);
        let note = dictionary! {
            "Type" => "Annot", "Subtype" => kind, "Rect" => vec![250.into(), 40.into(), 340.into(), 70.into()], "F" => 4,
            "AP" => dictionary! { "N" => look },
        };
        let note = file.add_object(note);
        let leaf = file.page_iter().next().expect("a page");
        let leaf = file
            .get_object_mut(leaf)
            .and_then(Object::as_dict_mut)
            .expect("a page");
        leaf.set("Annots", vec![Object::from(note)]);
        let mut out = Vec::new();
        file.save_to(&mut out).expect("written to memory");
        out
    };
    // A stamp over one of the three codes: the others carry the page.
    let over = [WHOLE, b" 0.7 0 0 rg 20 740 90 90 re f"].concat();
    let covered = with_picture(&over, dictionary! {}, dct(&grey));
    all_are_the_page(
        "stamps",
        &[
            ("typed.pdf", typed),
            ("stamp.pdf", annotated("Stamp")),
            ("free-text.pdf", annotated("FreeText")),
            ("covered-code.pdf", covered),
        ],
    );
}

#[test]
fn odd_boxes_rotations_and_inline_pictures_are_shown_as_a_viewer_shows_them() {
    use image::imageops::{rotate90, rotate180, rotate270};
    let grey = page(Depth::Grey);
    let numbers = |n: [i64; 4]| n.map(Object::from).to_vec();
    let rotated = |degrees: i64, stored: GrayImage, wide: bool| {
        let (w, h) = if wide { (842, 595) } else { (595, 842) };
        let content = format!("q {w} 0 0 {h} 0 0 cm /Im0 Do Q");
        let more = dictionary! { "Rotate" => degrees, "MediaBox" => numbers([0, 0, w, h]) };
        with_picture(content.as_bytes(), more, dct(&stored))
    };
    // A sheet whose corner is not at the origin, cropped to the page within waste.
    let elsewhere = with_picture(
        b"q 595 0 0 842 -100 300 cm /Im0 Do Q",
        dictionary! { "MediaBox" => numbers([-100, 300, 495, 1142]), "CropBox" => numbers([-100, 300, 495, 1142]) },
        dct(&grey),
    );
    let bits: Vec<u8> = page(Depth::Threshold(140))
        .as_raw()
        .chunks(grey.width() as usize)
        .flat_map(|row| {
            row.chunks(8).map(|b| {
                b.iter()
                    .enumerate()
                    .fold(0, |n, (i, v)| n | u8::from(*v > 127) << (7 - i))
            })
        })
        .collect();
    let head = format!(
        "q 595 0 0 842 0 0 cm BI /W {} /H {} /BPC 1 /CS /G ID ",
        grey.width(),
        grey.height()
    );
    let inline = pdf(
        &[head.as_bytes(), &bits, b" EI Q"].concat(),
        dictionary! {},
        |_| dictionary! {},
    );
    let plain = with_picture(WHOLE, dictionary! {}, dct(&grey));
    // A gateway put its own lines before the header; a transfer cut the tables off.
    let shifted = [b"X-Gateway: scanned\r\n\r\n", plain.as_slice()].concat();
    let at = plain.windows(4).rposition(|w| w == b"xref").expect("a table");
    let cut = plain[..at - 40].to_vec();
    all_are_the_page(
        "boxes",
        &[
            ("rotate-90.pdf", rotated(90, rotate270(&grey), true)),
            ("rotate-180.pdf", rotated(180, rotate180(&grey), false)),
            ("rotate-270.pdf", rotated(-90, rotate90(&grey), true)),
            ("elsewhere.pdf", elsewhere),
            ("inline.pdf", inline),
            ("shifted.pdf", shifted),
            ("no-table.pdf", cut),
        ],
    );
}
