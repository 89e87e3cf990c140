//! From a printed sheet through scanner and hand to a reading.

use super::*;
use crate::domain::{CardSerial, DocumentKind, Language, LayoutId, Paper, Request, RequestData, RequestId};
use crate::paper::codes::{DataCode, PageCode};
use crate::paper::{Office, Overlay, PlaceKind, Press, SetInput, layout_id, layout_of};
use crate::rehearsal::dice::Dice;
use crate::rehearsal::{hand, specimen};
use crate::rehearsal::scanner::{self, Severity};
use crate::rehearsal::sheet::{Sheet, rectangle};
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

fn set(request: &Request, severity: Severity, signed: bool, dice: &mut Dice) -> Vec<Sheet> {
    (1..=3)
        .map(|page| {
            let mut sheet = printed(request, page, severity.dpi());
            if signed {
                sign(&mut sheet, page, request, dice);
            }
            sheet
        })
        .collect()
}

fn read(bytes: &[u8]) -> Scan {
    Reader::new(&Never).read_files(&[("scan.pdf", bytes)])
}

/// The papers of the press, signed and with the document copied, or as they were printed.
fn papers(request: &Request, severity: Severity, filled: bool, dice: &mut Dice) -> Vec<Sheet> {
    let office = Office::specimen();
    let press = Press::new(&Overlay::new()).expect("the built-in templates");
    let on = jiff::civil::date(2026, 2, 3);
    let input = SetInput { request, office: &office, rio_name: "Rita Muster", site_name: "Bern", on };
    let printed = press.request_set(input).expect("prints");
    let mut sheets = scanner::sheets(&printed.pdf, severity).expect("draws");
    if filled {
        for (sheet, page) in sheets.iter_mut().zip(1u8..) {
            let places: Vec<_> = printed.layout.iter().filter(|p| p.page == page).cloned().collect();
            specimen::copy_onto(sheet, &places, &request.data);
            for place in places.iter().filter(|p| p.kind == PlaceKind::Signature) {
                hand::sign(sheet, rectangle(place), dice);
            }
        }
    }
    sheets
}

#[test]
#[ignore = "a bench"]
fn bench() {
    for severity in Severity::ALL {
        let (mut bad, mut slow) = (0, std::time::Duration::ZERO);
        for seed in 0..20 {
            let mut dice = Dice::new(seed);
            let r = request(seed);
            let t = std::time::Instant::now();
            let sheets = papers(&r, severity, seed % 2 == 0, &mut dice);
            let drawn = t.elapsed();
            let t = std::time::Instant::now();
            let pdf = scanner::scan(&sheets, severity, &mut dice);
            let made = t.elapsed();
            std::fs::write(format!("/tmp/scan_{severity:?}_{seed}.pdf"), &pdf).unwrap();
            let t = std::time::Instant::now();
            let scan = read(&pdf);
            let took = t.elapsed();
            slow = slow.max(took);
            let reading = &scan.readings[0];
            if seed < 1 {
            println!("{severity:?} {seed} drawn {drawn:?} made {made:?} read {took:?} {} bytes", pdf.len());
            for p in reading.pages() {
                println!("   {:?} {:?} {:?} {:?}", p.rotation, p.skew_degrees, p.dpi, p.residual_mm);
            }}
            for m in reading.marks() {
                if m.present != Some(seed % 2 == 0) || seed < 2 { println!("   {seed} {m:?}"); }
            }
            for p in reading.problems() {
                println!("   {seed} PROBLEM {p:?}");
            }
            let good = reading.signed_request().as_ref() == Some(&r) && reading.complete();
            if !good { bad += 1; println!("BAD {seed}") }
        }
        println!("{severity:?} bad {bad} slowest {slow:?}");
    }
    let _ = LayoutId(0);
}
