//! From a printed sheet through scanner and hand to a reading.

use super::*;
use crate::domain::{CardSerial, DocumentKind, Language, Paper, Request, RequestData, RequestId};
use crate::paper::codes::{DataCode, PageCode};
use crate::paper::{Office, Overlay, PlaceKind, Press, SetInput, layout_id, layout_of};
use crate::rehearsal::dice::Dice;
use crate::rehearsal::scanner::{self, Severity};
use crate::rehearsal::sheet::{Sheet, rectangle};
use crate::rehearsal::{hand, specimen};
use image::GrayImage;
use qrcode::{EcLevel, QrCode, Version};

const OCR_B: &[u8] = include_bytes!("../../templates/fonts/OCRB.otf");

/// No page of these tests may need drawing.
struct Never;

impl Rasterise for Never {
    fn page(&self, _: &[u8], _: usize, _: u32) -> Result<GrayImage, RasteriseError> {
        Err(RasteriseError::Missing("it is not wanted here".into()))
    }
}

fn request(number: u64) -> Request {
    let json = serde_json::json!({
        "schema": 1, "language": "de",
        "person": {"family_name": "Muster", "given_names": "Anna Maria", "birth_date": "1990-01-31", "nationality": "CHE"},
        "mail": "anna.muster@example.org",
        "organisation": {"name": "Amt für Beispiele", "unit": "Abteilung Muster"},
        "address": {"street": "Musterstrasse", "house_number": "12", "postcode": "3003", "town": "Bern", "country": "CH"},
        "travel_document": {"kind": "passport", "number": "S0A00A00", "issuer": "CHE", "expiry": "2031-01-30"},
        "card_serial": CardSerial::from_number(100_200_300 + number as u32), "site": "bern", "delivery": "post"
    });
    Request {
        request_id: RequestId::from_bits(0x1_2345_6789_abcd + number * 7_919),
        data: RequestData::from_json(json.to_string().as_bytes()).expect("a valid sample"),
    }
}

const PAPERS: [Paper; 3] = [Paper::Request, Paper::Receipt, Paper::Agreement];

fn code_of(request: &Request, page: u8) -> PageCode {
    let paper = PAPERS[usize::from(page) - 1];
    PageCode {
        paper: paper.number(),
        page,
        of: 3,
        request: request.request_id,
        serial: request.data.card_serial,
        layout: layout_id(1, paper, Language::De),
        digest: request.digest(),
        corner: 0,
    }
}

fn qr(sheet: &mut Sheet, place: [f64; 4], text: &str, version: Option<Version>, level: EcLevel) {
    let code = match version {
        Some(version) => QrCode::with_version(text, version, level),
        None => QrCode::with_error_correction_level(text, level),
    }
    .expect("fits");
    let modules = code.to_colors();
    let n = code.width();
    let [x, y, w, _] = place;
    sheet.paint(place, |px, py, _| {
        let at = |v: f64| ((v / w * n as f64) as usize).min(n - 1);
        if modules[at(py - y) * n + at(px - x)] == qrcode::Color::Dark {
            0
        } else {
            255
        }
    });
}

/// One page as the papers print it, as far as a reader looks at it; `line` is what the OCR line says.
fn print(request: &Request, code: PageCode, line: &str, dpi: u32) -> Sheet {
    let layout = layout_of(code.layout).expect("known");
    let mut sheet = Sheet::blank(layout.width_mm, layout.height_mm, dpi);
    for place in layout.in_set(code.page, request.data.travel_document.kind) {
        let at = rectangle(&place);
        match place.kind {
            PlaceKind::Signature => sheet.frame(at, 0.3, 90),
            PlaceKind::DocumentCopy => {}
            PlaceKind::Ocr => {
                let baseline = place.y_mm + place.h_mm - crate::paper::layout::OCR_BASELINE_MM;
                let face = ttf_parser::Face::parse(OCR_B, 0).expect("font");
                let advance = face
                    .glyph_hor_advance(face.glyph_index('0').expect("glyph"))
                    .expect("advance");
                let em = 2.54 * f64::from(face.units_per_em()) / f64::from(advance);
                sheet.text(OCR_B, (place.x_mm, baseline), em, line, 0);
            }
            PlaceKind::Qr if place.name == "data_code" => {
                let text = DataCode {
                    cbor: request.to_cbor(),
                }
                .encode()
                .expect("fits");
                qr(&mut sheet, at, &text, None, EcLevel::M);
            }
            PlaceKind::Qr => {
                let corner = place.name.as_bytes()[place.name.len() - 1] - b'0';
                let text = PageCode { corner, ..code }.encode().expect("writes");
                qr(&mut sheet, at, &text, Some(Version::Normal(4)), EcLevel::H);
            }
        }
    }
    for i in 0..14 {
        sheet.fill(
            [
                14.0,
                48.0 + 4.0 * f64::from(i),
                100.0 - 3.0 * f64::from(i % 5),
                1.4,
            ],
            60,
        );
    }
    sheet
}

fn printed(request: &Request, page: u8, dpi: u32) -> Sheet {
    let code = code_of(request, page);
    print(request, code, &code.line().encode().expect("writes"), dpi)
}

/// Signs every box of a page.
fn sign(sheet: &mut Sheet, page: u8, request: &Request, dice: &mut Dice) {
    let layout = layout_of(code_of(request, page).layout).expect("known");
    for place in layout.in_set(page, DocumentKind::Passport) {
        if place.kind == PlaceKind::Signature {
            hand::sign(sheet, rectangle(&place), dice);
        }
    }
}

fn read(bytes: &[u8]) -> Scan {
    Reader::new(&Never).read_files(&[("scan.pdf", bytes)])
}

/// The papers of the press, signed and with the document copied, or as they were printed.
fn papers(request: &Request, severity: Severity, filled: bool, dice: &mut Dice) -> Vec<Sheet> {
    let office = Office::specimen();
    let press = Press::new(&Overlay::new()).expect("the built-in templates");
    let on = jiff::civil::date(2026, 2, 3);
    let input = SetInput {
        request,
        office: &office,
        rio_name: "Rita Muster",
        site_name: "Bern",
        on,
    };
    let printed = press.request_set(input).expect("prints");
    let mut sheets = scanner::sheets(&printed.pdf, severity).expect("draws");
    if filled {
        for (sheet, page) in sheets.iter_mut().zip(1u8..) {
            let places: Vec<_> = printed
                .layout
                .iter()
                .filter(|p| p.page == page)
                .cloned()
                .collect();
            specimen::copy_onto(sheet, &places, &request.data);
            for place in places.iter().filter(|p| p.kind == PlaceKind::Signature) {
                hand::sign(sheet, rectangle(place), dice);
            }
        }
    }
    sheets
}

/// Plain pages at 150 dpi as a careful scanner sends them.
fn scanned(sheets: &[Sheet]) -> Vec<u8> {
    let pages: Vec<_> = sheets
        .iter()
        .map(|s| (scanner::jpeg(&s.grey, 85), s.grey.dimensions()))
        .collect();
    scanner::pdf_of_jpegs(&pages, 150)
}

fn all_pages(request: &Request) -> Vec<Sheet> {
    (1..=3).map(|page| printed(request, page, 150)).collect()
}

fn codes_of(reading: &Reading) -> Vec<ProblemCode> {
    reading.problems().iter().map(|p| p.code).collect()
}

/// The only reading of a scan.
fn only(scan: Scan) -> Reading {
    let [reading] = <[Reading; 1]>::try_from(scan.readings).expect("one request");
    reading
}

#[test]
fn what_was_signed_and_scanned_is_read_back_at_every_severity() {
    for severity in Severity::ALL {
        for (seed, filled) in [(1, true), (2, false), (3, true)] {
            let mut dice = Dice::new(seed);
            let request = request(seed);
            let sheets = papers(&request, severity, filled, &mut dice);
            let reading = only(read(&scanner::scan(&sheets, severity, &mut dice)));
            let what = format!("{severity:?}, seed {seed}: {:?}", reading.problems());
            assert!(reading.clean(), "{what}");
            assert_eq!(reading.signed_request().as_ref(), Some(&request), "{what}");
            assert_eq!(reading.card_serial(), Some(request.data.card_serial));
            assert_eq!(reading.digest(), Some(request.digest()));
            let marks: Vec<_> = reading
                .marks()
                .iter()
                .map(|m| (m.name.as_str(), m.page, m.present))
                .collect();
            let seen = Some(filled);
            let want = [
                ("travel_document", 1, seen),
                ("rio", 1, seen),
                ("holder", 1, seen),
                ("holder_receipt", 2, seen),
                ("holder_agreement", 3, seen),
            ];
            assert_eq!(marks, want, "{what}");
            for (page, k) in reading.pages().iter().zip(1u8..) {
                assert_eq!(
                    (page.page, page.of, page.source),
                    (Some(k), Some(3), Some(Source::Qr))
                );
                let dpi = page.dpi.expect("registered");
                assert!((dpi - f64::from(severity.dpi())).abs() < 1.5, "{dpi}");
            }
        }
    }
}

#[test]
fn one_empty_box_among_signed_ones_is_told() {
    let mut dice = Dice::new(9);
    let r = request(9);
    let mut sheets = all_pages(&r);
    sign(&mut sheets[0], 1, &r, &mut dice);
    sign(&mut sheets[2], 3, &r, &mut dice);
    let reading = only(read(&scanned(&sheets)));
    let present = |name: &str| {
        reading
            .marks()
            .iter()
            .find(|m| m.name == name)
            .expect("a mark")
            .present
    };
    assert_eq!(present("holder_receipt"), Some(false));
    assert_eq!(
        [present("rio"), present("holder"), present("holder_agreement")],
        [Some(true); 3]
    );
}

#[test]
fn a_missing_page_is_named_and_a_blank_one_is_no_matter() {
    let r = request(1);
    let mut sheets = all_pages(&r);
    sheets[1] = Sheet::blank(210.0, 297.0, 150);
    let reading = only(read(&scanned(&sheets)));
    assert_eq!(reading.request().expect("found").missing(), [2]);
    assert!(!reading.complete());
    assert_eq!(codes_of(&reading), [ProblemCode::PageMissing]);
    assert_eq!(reading.request_id(), Some(r.request_id));
    assert_eq!(reading.pages().len(), 3);
    assert_eq!(reading.pages()[1].source, None);
}

#[test]
fn a_page_that_is_there_twice_is_told() {
    let r = request(1);
    let mut sheets = all_pages(&r);
    sheets.push(sheets[1].clone());
    let reading = only(read(&scanned(&sheets)));
    assert_eq!(codes_of(&reading), [ProblemCode::PageTwice]);
    assert!(reading.complete() && !reading.clean());
}

#[test]
fn a_page_that_cannot_be_read_keeps_the_file_from_being_clean() {
    let r = request(1);
    let mut sheets = all_pages(&r);
    let mut other = Sheet::blank(210.0, 297.0, 150);
    for i in 0..60 {
        other.fill([20.0, 20.0 + 4.0 * f64::from(i), 170.0, 1.5], 40);
    }
    sheets.push(other);
    let reading = only(read(&scanned(&sheets)));
    assert_eq!(codes_of(&reading), [ProblemCode::PageUnread]);
    assert!(reading.complete() && !reading.clean());
}

#[test]
fn papers_of_two_people_in_any_order_give_a_reading_each() {
    let (a, b) = (request(1), request(2));
    let (one, two) = (all_pages(&a), all_pages(&b));
    let mixed = [&two[2], &one[0], &two[0], &one[2], &two[1], &one[1]].map(Clone::clone);
    let scan = read(&scanned(&mixed));
    let ids: Vec<_> = scan.readings.iter().map(Reading::signed_request).collect();
    assert_eq!(ids, [Some(b), Some(a)]);
    assert!(scan.readings.iter().all(|r| r.clean() && r.pages().len() == 3));
}

#[test]
fn the_pages_of_one_request_may_come_in_several_files() {
    let r = request(1);
    let sheets = all_pages(&r);
    let (first, rest) = (scanned(&sheets[..1]), scanner::jpeg(&sheets[1].grey, 85));
    let mut last = Vec::new();
    sheets[2]
        .grey
        .write_to(&mut std::io::Cursor::new(&mut last), image::ImageFormat::Png)
        .expect("writes");
    let scan = Reader::new(&Never).read_files(&[("a.pdf", &first), ("b.jpg", &rest), ("c.png", &last)]);
    assert!(only(scan).clean());
}

#[test]
fn a_serial_changed_in_the_printed_line_is_no_value() {
    let r = request(1);
    let code = code_of(&r, 2);
    let other = CardSerial::from_number(999_888_777);
    let whole = PageCode {
        serial: other,
        ..code
    }
    .line()
    .encode()
    .expect("writes");
    // By pen only one digit changes, and the line's check no longer holds.
    let mut by_pen = code.line().encode().expect("writes");
    by_pen.replace_range(24..25, if &by_pen[24..25] == "7" { "4" } else { "7" });
    for line in [whole, by_pen] {
        let mut sheets = all_pages(&r);
        sheets[1] = print(&r, code, &line, 150);
        let reading = only(read(&scanned(&sheets)));
        assert_eq!(codes_of(&reading), [ProblemCode::LineDisagrees], "{line}");
        assert_eq!(reading.card_serial(), None);
        assert_eq!(reading.request_id(), Some(r.request_id));
        assert_eq!(reading.signed_request(), None, "its serial is in doubt");
    }
}

#[test]
fn an_id_changed_in_the_printed_line_is_no_value() {
    let r = request(1);
    let code = code_of(&r, 1);
    let line = PageCode {
        request: request(5).request_id,
        ..code
    }
    .line()
    .encode()
    .expect("writes");
    let mut sheets = all_pages(&r);
    sheets[0] = print(&r, code, &line, 150);
    let reading = only(read(&scanned(&sheets)));
    assert_eq!((reading.request_id(), reading.complete()), (None, false));
    assert_eq!(reading.pages()[0].request_id, None);
    assert!(codes_of(&reading).contains(&ProblemCode::LineDisagrees));
}

#[test]
fn codes_of_one_page_that_disagree_give_no_value() {
    let (r, other) = (request(1), request(2));
    let mut sheets = all_pages(&r);
    let layout = layout_of(code_of(&r, 2).layout).expect("known");
    let text = PageCode {
        corner: 1,
        ..code_of(&other, 2)
    }
    .encode()
    .expect("writes");
    let place = rectangle(layout.place("page_code_1").expect("a place"));
    qr(&mut sheets[1], place, &text, Some(Version::Normal(4)), EcLevel::H);
    let reading = only(read(&scanned(&sheets)));
    assert!(codes_of(&reading).contains(&ProblemCode::CodesDisagree));
    assert_eq!(reading.request().expect("the other pages").missing(), [2]);
    assert!(!reading.clean());
}

#[test]
fn pages_of_one_request_with_two_serials_give_no_serial() {
    let r = request(1);
    let mut sheets = all_pages(&r);
    let code = PageCode {
        serial: CardSerial::from_number(5),
        ..code_of(&r, 3)
    };
    sheets[2] = print(&r, code, &code.line().encode().expect("writes"), 150);
    let reading = only(read(&scanned(&sheets)));
    assert!(codes_of(&reading).contains(&ProblemCode::PagesDisagree));
    assert_eq!(
        (reading.card_serial(), reading.digest()),
        (None, Some(r.digest()))
    );
    assert_eq!(reading.signed_request(), None);
}

#[test]
fn a_data_code_of_another_request_gives_no_fields() {
    let (r, other) = (request(1), request(2));
    let mut sheets = all_pages(&r);
    let layout = layout_of(code_of(&r, 1).layout).expect("known");
    let text = DataCode {
        cbor: other.to_cbor(),
    }
    .encode()
    .expect("fits");
    let place = rectangle(layout.place("data_code").expect("a place"));
    qr(&mut sheets[0], place, &text, None, EcLevel::M);
    let reading = only(read(&scanned(&sheets)));
    assert_eq!(codes_of(&reading), [ProblemCode::DataDisagrees]);
    assert_eq!((reading.signed_request(), reading.request_id()), (None, None));
}

#[test]
fn a_code_pasted_elsewhere_is_told() {
    let r = request(1);
    let mut sheets = all_pages(&r);
    let layout = layout_of(code_of(&r, 1).layout).expect("known");
    let [x, y, w, h] = rectangle(layout.place("data_code").expect("a place"));
    sheets[0].fill([x - 1.0, y - 1.0, w + 2.0, h + 2.0], 255);
    let text = DataCode { cbor: r.to_cbor() }.encode().expect("fits");
    qr(&mut sheets[0], [x - 20.0, y + 8.0, w, h], &text, None, EcLevel::M);
    assert_eq!(
        codes_of(&only(read(&scanned(&sheets)))),
        [ProblemCode::CodeOutOfPlace]
    );
}

#[test]
fn a_page_with_a_single_code_left_is_still_read() {
    let r = request(1);
    let mut sheets = all_pages(&r);
    let layout = layout_of(code_of(&r, 2).layout).expect("known");
    for corner in ["page_code_0", "page_code_2"] {
        sheets[1].fill(rectangle(layout.place(corner).expect("a place")), 255);
    }
    let reading = only(read(&scanned(&sheets)));
    assert!(reading.clean(), "{:?}", reading.problems());
}

#[test]
fn places_handed_in_replace_those_of_the_layout() {
    let r = request(1);
    let mut sheets = all_pages(&r);
    sheets[1].fill([60.0, 150.0, 40.0, 10.0], 60);
    let mut places: Vec<_> = (1..=3)
        .flat_map(|page| {
            layout_of(code_of(&r, page).layout)
                .expect("known")
                .in_set(page, DocumentKind::Passport)
        })
        .collect();
    for place in places.iter_mut().filter(|p| p.name == "holder_receipt") {
        (place.x_mm, place.y_mm, place.w_mm, place.h_mm) = (50.0, 140.0, 60.0, 30.0);
    }
    let bytes = scanned(&sheets);
    let reading = only(
        Reader::new(&Never)
            .with_places(&places)
            .read_files(&[("a", &bytes)]),
    );
    let receipt = reading
        .marks()
        .iter()
        .find(|m| m.name == "holder_receipt")
        .expect("a mark");
    assert_eq!(receipt.present, Some(true));
    assert!(reading.clean());
}

#[test]
fn crops_show_every_place_upright() {
    let r = request(1);
    let mut dice = Dice::new(3);
    let sheets = all_pages(&r);
    let bytes = scanner::scan(&sheets, Severity::Heavy, &mut dice);
    let reading = only(Reader::new(&Never).with_crops().read_files(&[("a", &bytes)]));
    for name in [
        "page_code_1_0",
        "ocr_3",
        "data_code",
        "travel_document",
        "rio",
        "holder_agreement",
    ] {
        let crop = reading.crops().iter().find(|c| c.name == name).expect("a crop");
        let picture = image::load_from_memory(&crop.png).expect("a PNG");
        assert!(crop.png.len() < 400_000, "{name} has {} bytes", crop.png.len());
        assert!(name != "ocr_3" || picture.width() > 10 * picture.height());
    }
}

#[test]
fn the_json_keeps_the_keys_of_the_contract() {
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    let sorted = |keys: &[&str]| {
        let mut keys: Vec<String> = keys.iter().map(|k| (*k).to_owned()).collect();
        keys.sort();
        keys
    };
    let r = request(1);
    let reading = serde_json::to_value(only(read(&scanned(&all_pages(&r))))).expect("serializes");
    assert_eq!(
        keys(&reading),
        sorted(&["marks", "pages", "problems", "request", "travel_document"])
    );
    assert_eq!(
        keys(&reading["pages"][0]),
        sorted(&[
            "dpi",
            "index",
            "of",
            "page",
            "paper",
            "request_id",
            "rotation",
            "skew_degrees",
            "source"
        ])
    );
    assert_eq!(
        keys(&reading["request"]),
        sorted(&[
            "card_serial",
            "complete",
            "digest",
            "fields",
            "missing",
            "request_id"
        ])
    );
    assert_eq!(
        keys(&reading["marks"][0]),
        sorted(&["ink", "name", "page", "present"])
    );
    assert_eq!(reading["pages"][0]["source"], "qr");
    assert_eq!(reading["pages"][0]["paper"], "request");
    let nothing = serde_json::to_value(only(read(b"not a scan"))).expect("serializes");
    assert_eq!(keys(&nothing), keys(&reading));
    assert!(nothing["request"].is_null() && nothing["travel_document"].is_null());
    assert_eq!(nothing["problems"][0]["code"], "file_kind");
}

/// A page that must be drawn, and is: what the drawer gives.
struct Draws(GrayImage);

impl Rasterise for Draws {
    fn page(&self, _: &[u8], _: usize, _: u32) -> Result<GrayImage, RasteriseError> {
        Ok(self.0.clone())
    }
}

/// A one-page PDF around a picture stream: its extra keys, its bytes, the page's content and extra keys.
fn pdf_around(picture: lopdf::Dictionary, bytes: Vec<u8>, content: &str, page: lopdf::Dictionary) -> Vec<u8> {
    use lopdf::{Document, Object, Stream, dictionary};
    let mut pdf = Document::with_version("1.5");
    let tree = pdf.new_object_id();
    let mut image = dictionary! { "Type" => "XObject", "Subtype" => "Image" };
    picture.into_iter().for_each(|(key, value)| image.set(key, value));
    let image = pdf.add_object(Stream::new(image, bytes).with_compression(false));
    let content = pdf.add_object(Stream::new(dictionary! {}, content.as_bytes().to_vec()));
    let mut leaf = dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "XObject" => dictionary! { "Im0" => image } },
    };
    // Setting, not extending, which would append to the array that is there.
    page.into_iter().for_each(|(key, value)| leaf.set(key, value));
    let leaf = pdf.add_object(leaf);
    pdf.objects.insert(
        tree,
        dictionary! { "Type" => "Pages", "Kids" => vec![Object::from(leaf)], "Count" => 1 }.into(),
    );
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    let mut out = Vec::new();
    pdf.save_to(&mut out).expect("written to memory");
    out
}

fn sized(grey: &GrayImage, bits: i64, space: &str) -> lopdf::Dictionary {
    use lopdf::dictionary;
    dictionary! {
        "Width" => i64::from(grey.width()), "Height" => i64::from(grey.height()), "ColorSpace" => space,
        "BitsPerComponent" => bits,
    }
}

const UPRIGHT: &str = "q 595 0 0 842 0 0 cm /Im0 Do Q";

#[test]
fn plain_pictures_are_lifted_out_in_the_forms_that_scanners_write() {
    use image::imageops::{rotate90, rotate270};
    use lopdf::dictionary;
    let r = request(1);
    let grey = printed(&r, 2, 150).grey;
    let deflated = |bytes: &[u8]| miniz_oxide::deflate::compress_to_vec_zlib(bytes, 1);
    let flate = |mut dict: lopdf::Dictionary| {
        dict.set("Filter", "FlateDecode");
        dict
    };
    let rgb: Vec<u8> = grey.as_raw().iter().flat_map(|&v| [v; 3]).collect();
    let bilevel: Vec<u8> = grey
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
    let predicted: Vec<u8> = grey
        .as_raw()
        .chunks(grey.width() as usize)
        .flat_map(|row| [&[0u8][..], row].concat())
        .collect();
    let mut with_predictor = flate(sized(&grey, 8, "DeviceGray"));
    with_predictor.set(
        "DecodeParms",
        dictionary! { "Predictor" => 15, "Colors" => 1, "BitsPerComponent" => 8, "Columns" => i64::from(grey.width()) },
    );
    let mut dct = sized(&grey, 8, "DeviceGray");
    dct.set("Filter", "DCTDecode");
    let jpeg = scanner::jpeg(&grey, 85);
    let searchable = format!("{UPRIGHT} BT 3 Tr /F1 8 Tf 20 30 Td (invisible) Tj ET");
    let none = dictionary! {};
    let files = [
        (
            "grey",
            pdf_around(
                flate(sized(&grey, 8, "DeviceGray")),
                deflated(grey.as_raw()),
                UPRIGHT,
                none.clone(),
            ),
        ),
        (
            "rgb",
            pdf_around(
                flate(sized(&grey, 8, "DeviceRGB")),
                deflated(&rgb),
                UPRIGHT,
                none.clone(),
            ),
        ),
        (
            "bilevel",
            pdf_around(
                flate(sized(&grey, 1, "DeviceGray")),
                deflated(&bilevel),
                UPRIGHT,
                none.clone(),
            ),
        ),
        (
            "predictor",
            pdf_around(with_predictor, deflated(&predicted), UPRIGHT, none.clone()),
        ),
        (
            "raw",
            pdf_around(
                sized(&grey, 8, "DeviceGray"),
                grey.as_raw().clone(),
                UPRIGHT,
                none.clone(),
            ),
        ),
        (
            "searchable",
            pdf_around(dct.clone(), jpeg.clone(), &searchable, none.clone()),
        ),
        ("jpeg", pdf_around(dct.clone(), jpeg, UPRIGHT, none)),
    ];
    for (name, bytes) in &files {
        let reading = only(read(bytes));
        assert_eq!(
            reading.request_id(),
            Some(r.request_id),
            "{name}: {:?}",
            reading.problems()
        );
        assert_eq!(reading.pages()[0].rotation, Some(0), "{name}");
    }
    // Turned in the file and turned back by it: a person sees it upright, and so do we.
    let turned = scanner::jpeg(&rotate270(&grey), 85);
    let mut dict = sized(&rotate270(&grey), 8, "DeviceGray");
    dict.set("Filter", "DCTDecode");
    let wide = dictionary! { "Rotate" => 90, "MediaBox" => vec![0.into(), 0.into(), 842.into(), 595.into()] };
    let by_page = pdf_around(dict, turned, "q 842 0 0 595 0 0 cm /Im0 Do Q", wide);
    let turned = scanner::jpeg(&rotate90(&grey), 85);
    let mut dict = sized(&rotate90(&grey), 8, "DeviceGray");
    dict.set("Filter", "DCTDecode");
    let by_matrix = pdf_around(dict, turned, "q 0 842 -595 0 595 0 cm /Im0 Do Q", dictionary! {});
    for bytes in [by_page, by_matrix] {
        let reading = only(read(&bytes));
        assert_eq!(reading.pages()[0].rotation, Some(0), "{:?}", reading.problems());
    }
}

#[test]
fn a_page_with_more_on_it_than_one_picture_is_drawn() {
    use lopdf::dictionary;
    let r = request(1);
    let drawn = printed(&r, 2, 200).grey;
    let stamped = format!("{UPRIGHT} 100 100 200 50 re f");
    let noted = dictionary! { "Annots" => vec![dictionary! { "Subtype" => "Stamp" }.into()] };
    let white = GrayImage::from_pixel(600, 850, image::Luma([255]));
    for (content, page) in [
        (stamped.as_str(), dictionary! {}),
        (UPRIGHT, noted),
        ("BT /F1 9 Tf (x) Tj ET", dictionary! {}),
    ] {
        let bytes = pdf_around(
            sized(&white, 8, "DeviceGray"),
            white.as_raw().clone(),
            content,
            page,
        );
        let reading = only(Reader::new(&Draws(drawn.clone())).read_files(&[("a", &bytes)]));
        assert_eq!(reading.request_id(), Some(r.request_id));
        let refused = only(read(&bytes));
        assert_eq!(codes_of(&refused), [ProblemCode::PageNotDrawn]);
    }
}

#[test]
fn files_made_to_exhaust_us_are_refused_cheaply() {
    use lopdf::dictionary;
    let bomb = dictionary! {
        "Width" => 100_000, "Height" => 100_000, "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8,
        "Filter" => "FlateDecode",
    };
    let bytes = pdf_around(bomb, vec![0; 100], UPRIGHT, dictionary! {});
    assert_eq!(codes_of(&only(read(&bytes))), [ProblemCode::PageTooLarge]);
    let white = GrayImage::from_pixel(60, 85, image::Luma([255]));
    let small = sized(&white, 8, "DeviceGray");
    for sheet in [
        [0i64, 0, 2_000_000, 2_000_000],
        [0, 0, 0, 0],
        [0, 0, 595, 600_000],
    ] {
        let huge = dictionary! { "MediaBox" => sheet.map(lopdf::Object::from).to_vec() };
        let bytes = pdf_around(small.clone(), white.as_raw().clone(), "BT (x) Tj ET", huge);
        assert_eq!(
            codes_of(&only(read(&bytes))),
            [ProblemCode::PageTooLarge],
            "{sheet:?}"
        );
    }
    // 4 GB of zeros in 4 MB.
    let mut lying = sized(&GrayImage::new(6_000, 8_000), 8, "DeviceGray");
    lying.set("Filter", "FlateDecode");
    let zeros = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 120_000_000], 1);
    let bytes = pdf_around(lying, zeros, UPRIGHT, dictionary! {});
    assert_eq!(codes_of(&only(read(&bytes))), [ProblemCode::PageNotDrawn]);
    // A PNG whose header claims 60,000 × 60,000.
    let mut png = Vec::new();
    white
        .write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png)
        .expect("writes");
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let code = codes_of(&only(read(&png)));
    assert!(
        matches!(code[..], [ProblemCode::PageTooLarge | ProblemCode::PageBroken]),
        "{code:?}"
    );
    let many = scanner::pdf_of_jpegs(
        &vec![(scanner::jpeg(&white, 50), white.dimensions()); file::MAX_PAGES + 1],
        72,
    );
    assert_eq!(codes_of(&only(read(&many))), [ProblemCode::FileTooManyPages]);
    let long = vec![b'%'; file::MAX_FILE_BYTES + 1];
    assert_eq!(codes_of(&only(read(&long))), [ProblemCode::FileTooLarge]);
}

#[test]
fn a_page_of_finder_patterns_is_given_up_soon() {
    let pattern = |x: u32, y: u32| {
        let ring = (i64::from(x) - 3).abs().max((i64::from(y) - 3).abs());
        if ring == 2 || ring > 3 { 255 } else { 0 }
    };
    for (side, pitch) in [(1_600, 9), (2_000, 18), (1_600, 40)] {
        let zoom = pitch / 9;
        let grey = GrayImage::from_fn(side, side, |x, y| {
            image::Luma([pattern(x % pitch / zoom, y % pitch / zoom)])
        });
        let began = std::time::Instant::now();
        let seen = codes::of_page(&grey);
        assert!(seen.found.is_empty());
        assert!(
            began.elapsed().as_secs() < 20,
            "pitch {pitch} took {:?}",
            began.elapsed()
        );
        eprintln!("pitch {pitch}: {:?}, crowded {}", began.elapsed(), seen.crowded);
    }
}

#[test]
fn a_pdf_cut_off_anywhere_is_an_outcome() {
    let r = request(1);
    let bytes = scanned(&all_pages(&r)[1..2]);
    let step = bytes.len() / 60;
    for length in (0..bytes.len()).step_by(step) {
        let scan = read(&bytes[..length]);
        for reading in &scan.readings {
            let right = reading.request_id().is_none_or(|id| id == r.request_id);
            assert!(right && !reading.clean(), "cut at {length}");
        }
    }
}

mod never_panics {
    use super::*;
    use proptest::prelude::*;

    fn base() -> &'static (Vec<u8>, Request) {
        static BASE: std::sync::LazyLock<(Vec<u8>, Request)> = std::sync::LazyLock::new(|| {
            let r = request(3);
            (scanned(&[printed(&r, 2, 100)]), r)
        });
        &BASE
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn on_bytes_of_chance(
            bytes in proptest::collection::vec(any::<u8>(), 0..2_000), head in 0usize..6,
        ) {
            let heads: [&[u8]; 6] =
                [b"", b"%PDF-1.7\n", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\0", b"RIFF....WEBP"];
            let bytes = [heads[head], &bytes].concat();
            let _ = looks_like_a_scan(&bytes);
            prop_assert_eq!(only(read(&bytes)).request_id(), None);
        }

        #[test]
        fn on_a_scan_with_changed_bytes_and_never_reads_a_wrong_value(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        ) {
            let (bytes, request) = base();
            let mut bytes = bytes.clone();
            for (at, to) in changes {
                let at = at.index(bytes.len());
                bytes[at] = to;
            }
            for reading in read(&bytes).readings {
                prop_assert!(reading.request_id().is_none_or(|id| id == request.request_id));
                prop_assert!(reading.card_serial().is_none_or(|s| s == request.data.card_serial));
                prop_assert!(reading.digest().is_none_or(|d| d == request.digest()));
            }
        }
    }
}
