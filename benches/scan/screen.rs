//! Papers that nobody put on paper: the PDF that we made, signed with a pen on a screen, a picture of the document laid in.

use image::GrayImage;
use lopdf::{Document, Object, ObjectId, Stream, dictionary};
use siegelpost::rehearsal::scanner::jpeg;
use std::fmt::Write;

/// How such a PDF was treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Signed, and saved as it is.
    Signed,
    /// Printed into another PDF, fitted to its margins; the signatures are annotations.
    Fitted,
    /// The same onto a smaller sheet of another shape, and stamped over a code.
    Stamped,
}

/// What was added to a page.
pub struct Addition {
    /// The pen's ink alone, on a white sheet at [`INK_DPI`].
    pub ink: GrayImage,
    /// Pictures laid in, each with its rectangle in millimetres.
    pub pictures: Vec<(GrayImage, [f64; 4])>,
    /// The middle of a code that is stamped over, in millimetres.
    pub code: (f64, f64),
}

/// Resolution at which the pen's way is taken.
pub const INK_DPI: u32 = 200;
const POINTS_A_MM: f64 = 72.0 / 25.4;

/// The PDF with these additions, page by page.
pub fn printed(pdf: &[u8], additions: &[Addition], how: Screen) -> Vec<u8> {
    let mut pdf = Document::load_mem(pdf).expect("our own papers");
    let pages: Vec<ObjectId> = pdf.page_iter().collect();
    for (page, addition) in pages.into_iter().zip(additions) {
        put(&mut pdf, page, addition, how);
    }
    let mut out = Vec::new();
    pdf.save_to(&mut out).expect("written to memory");
    out
}

fn put(pdf: &mut Document, page: ObjectId, addition: &Addition, how: Screen) {
    let (wide, high) = (210.0 * POINTS_A_MM, 297.0 * POINTS_A_MM);
    // The sheet it is printed on, the scale, and where its lower left corner comes to lie.
    let (sheet, scale, at) = match how {
        Screen::Signed => ((wide, high), 1.0, (0.0, 0.0)),
        Screen::Fitted => ((wide, high), 0.94, (17.0, 26.0)),
        Screen::Stamped => ((612.0, 792.0), 0.82, (50.0, 60.0)),
    };
    let old = pdf.get_page_content(page);
    let mut content = format!("q {scale} 0 0 {scale} {} {} cm q\n", at.0, at.1).into_bytes();
    content.extend(old);
    content.extend(b"\nQ\n");
    for (n, (picture, [x, y, w, h])) in addition.pictures.iter().enumerate() {
        let name = format!("Copy{n}");
        let dict = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(picture.width()),
            "Height" => i64::from(picture.height()), "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8,
            "Filter" => "DCTDecode",
        };
        let id = pdf.add_object(Stream::new(dict, jpeg(picture, 75)).with_compression(false));
        pdf.add_xobject(page, name.as_bytes(), id)
            .expect("the page has resources");
        let points = [*w, *h, *x, 297.0 - y - h].map(|mm| mm * POINTS_A_MM);
        let shown = format!(
            "q {} 0 0 {} {} {} cm /{name} Do Q\n",
            points[0], points[1], points[2], points[3]
        );
        content.extend(shown.into_bytes());
    }
    let ink = pen(&addition.ink);
    let mut notes: Vec<Object> = Vec::new();
    if how == Screen::Signed {
        content.extend(ink.as_bytes());
    } else {
        let rect = [at.0, at.1, at.0 + scale * wide, at.1 + scale * high];
        notes.push(annotation(pdf, rect, (wide, high), ink));
    }
    content.extend(b"Q\n");
    if how == Screen::Stamped {
        const SIDE: f64 = 70.0;
        let x = at.0 + scale * addition.code.0 * POINTS_A_MM - SIDE / 2.0;
        let y = at.1 + scale * (297.0 - addition.code.1) * POINTS_A_MM - SIDE / 2.0;
        let look = "0.7 0 0 RG 4 w 4 12 62 46 re S 2 w 4 44 m 66 44 l S 4 28 m 66 28 l S".to_owned();
        notes.push(annotation(pdf, [x, y, x + SIDE, y + SIDE], (SIDE, SIDE), look));
    }
    let content = pdf.add_object(Stream::new(dictionary! {}, content));
    let leaf = pdf.get_dictionary_mut(page).expect("a page");
    leaf.set("Contents", content);
    leaf.set("MediaBox", vec![0.into(), 0.into(), real(sheet.0), real(sheet.1)]);
    for other in ["CropBox", "TrimBox", "BleedBox", "ArtBox"] {
        leaf.remove(other.as_bytes());
    }
    leaf.set("Annots", notes);
}

fn real(number: f64) -> Object {
    Object::Real(number as f32)
}

/// A note on top of the page, so many points wide and high before it is fitted into its rectangle.
fn annotation(pdf: &mut Document, rect: [f64; 4], (wide, high): (f64, f64), content: String) -> Object {
    let look = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), real(wide), real(high)],
    };
    let look = pdf.add_object(Stream::new(look, content.into_bytes()));
    let note = dictionary! {
        "Type" => "Annot", "Subtype" => "Stamp", "Rect" => rect.map(real).to_vec(), "F" => 4,
        "AP" => dictionary! { "N" => look },
    };
    pdf.add_object(note).into()
}

/// Ink as filled rectangles, one for each run of dark pixels.
fn pen(ink: &GrayImage) -> String {
    let point = 72.0 / f64::from(INK_DPI);
    let mut out = "0.1 0.1 0.4 rg\n".to_owned();
    for (y, row) in ink.rows().enumerate() {
        let dark: Vec<bool> = row.map(|p| p.0[0] < 128).collect();
        let mut x = 0;
        for run in dark.chunk_by(|a, b| a == b) {
            if run[0] {
                let up = 297.0 * POINTS_A_MM - (y + 1) as f64 * point;
                let (left, long) = (x as f64 * point, run.len() as f64 * point);
                let _ = writeln!(out, "{left:.2} {up:.2} {long:.2} {point:.2} re f");
            }
            x += run.len();
        }
    }
    out
}
