//! From a printed sheet through scanner and hand to a reading.

use super::*;
use crate::domain::{CardSerial, DocumentKind, Language, Paper, Request, RequestData, RequestId};
use crate::paper::codes::{DataCode, PageCode};
use crate::paper::{Office, Overlay, PlaceKind, Press, SetInput, layout_id, layout_of};
use crate::rehearsal::dice::Dice;
use crate::rehearsal::scanner::{self, Severity};
use crate::rehearsal::sheet::{Sheet, rectangle};
use crate::rehearsal::{forge, hand, specimen};
use image::GrayImage;
use qrcode::{EcLevel, Version};

const OCR_B: &[u8] = include_bytes!("../../templates/fonts/OCRB.otf");

/// No page of these tests may need drawing.
pub(super) struct Never;

impl Rasterise for Never {
    fn page(&self, _: &[u8], _: usize, _: u32) -> Result<GrayImage, RasteriseError> {
        Err(RasteriseError::Missing("it is not wanted here".into()))
    }
}

pub(super) fn request(number: u64) -> Request {
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

pub(super) fn code_of(request: &Request, page: u8) -> PageCode {
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

pub(super) fn qr(sheet: &mut Sheet, place: [f64; 4], text: &str, version: Option<Version>, level: EcLevel) {
    assert!(forge::code(sheet, place, text, version, level), "it fits");
}

/// One page as the papers print it, as far as a reader looks at it; `line` is what the OCR line says.
pub(super) fn print(request: &Request, code: PageCode, line: &str, dpi: u32) -> Sheet {
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

pub(super) fn printed(request: &Request, page: u8, dpi: u32) -> Sheet {
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

pub(super) fn read(bytes: &[u8]) -> Scan {
    Reader::new(&Never).read_files(&[("scan.pdf", bytes)])
}

/// The papers of the press, signed and with the document copied, or as they were printed.
pub(super) fn papers(request: &Request, severity: Severity, filled: bool, dice: &mut Dice) -> Vec<Sheet> {
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
            hand::fill_in(sheet, &places, "Bern, 3.2.2026", dice);
        }
    }
    sheets
}

/// Plain pages at 150 dpi as a careful scanner sends them.
pub(super) fn scanned(sheets: &[Sheet]) -> Vec<u8> {
    let pages: Vec<_> = sheets
        .iter()
        .map(|s| (scanner::jpeg(&s.grey, 85), s.grey.dimensions()))
        .collect();
    scanner::pdf_of_jpegs(&pages, 150)
}

pub(super) fn all_pages(request: &Request) -> Vec<Sheet> {
    (1..=3).map(|page| printed(request, page, 150)).collect()
}

pub(super) fn codes_of(reading: &Reading) -> Vec<ProblemCode> {
    reading.problems().iter().map(|p| p.code).collect()
}

/// The only reading of a scan.
pub(super) fn only(scan: Scan) -> Reading {
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
            if let Some(document) = reading.travel_document() {
                let named = (
                    document.number.as_str(),
                    document.surname.as_str(),
                    document.given_names.as_str(),
                );
                assert_eq!(named, ("S0A00A00", "MUSTER", "ANNA MARIA"));
                assert_eq!(document.expiry, request.data.travel_document.expiry);
                assert_eq!(document.birth_date, request.data.person.birth_date);
            }
            assert_eq!(reading.travel_document().is_some(), filled, "{what}");
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
fn an_identity_card_copied_a_little_aside_is_read_from_its_back() {
    let mut dice = Dice::new(4);
    let mut r = request(4);
    r.data.travel_document.kind = DocumentKind::IdentityCard;
    let mut sheets: Vec<_> = (1..=3).map(|page| printed(&r, page, 200)).collect();
    let layout = layout_of(code_of(&r, 1).layout).expect("known");
    let mut places = layout.in_set(1, DocumentKind::IdentityCard);
    for place in &mut places {
        (place.x_mm, place.y_mm) = (place.x_mm + 2.5, place.y_mm - 2.0);
    }
    specimen::copy_onto(&mut sheets[0], &places, &r.data);
    let reading = only(read(&scanner::scan(&sheets, Severity::Medium, &mut dice)));
    let copied = |name: &str| {
        reading
            .marks()
            .iter()
            .find(|m| m.name == name)
            .expect("a mark")
            .present
    };
    assert_eq!(
        [copied("identity_card_front"), copied("identity_card_back")],
        [Some(true); 2]
    );
    let document = reading.travel_document().expect("its zone is legible");
    assert_eq!(
        (
            document.format,
            document.number.as_str(),
            document.issuer.as_str()
        ),
        ("TD1", "S0A00A00", "CHE")
    );
    assert_eq!(
        (document.surname.as_str(), document.given_names.as_str()),
        ("MUSTER", "ANNA MARIA")
    );
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
