//! Travel documents that are plainly specimens, with a true machine-readable zone, to be copied onto a request.

use super::sheet::{Point, Sheet, bezier};
use crate::domain::{DocumentKind, RequestData};
use crate::paper::{Place, PlaceKind};
use crate::scan::mrz::{self, check_digit};
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

/// The font of zones and of our own line.
pub(super) const OCR_B: &[u8] = include_bytes!("../../templates/fonts/OCRB.otf");
/// OCR-B of this size has ten characters to the inch.
const OCR_B_EM_MM: f64 = 2.54 / 0.723;
/// A passport's data page (ICAO 9303-3, TD3), width and height in millimetres.
pub const PASSPORT_MM: (f64, f64) = (125.0, 88.0);
/// An identity card (TD1).
pub const CARD_MM: (f64, f64) = (85.6, 54.0);

/// A larger identity card (TD2).
pub const LARGER_CARD_MM: (f64, f64) = (105.0, 74.0);

/// Copies the travel document that a request names into its places, each a `document_copy` on this page.
pub fn copy_onto(sheet: &mut Sheet, places: &[Place], data: &RequestData) {
    for (document, place) in copies(sheet, places, data) {
        sheet.paste(&document, (place.x_mm, place.y_mm));
    }
}

/// The same for a document that was laid in askew: turned clockwise about the middle of its place.
pub fn copy_turned_onto(sheet: &mut Sheet, places: &[Place], data: &RequestData, degrees: f64) {
    for (document, place) in copies(sheet, places, data) {
        let middle = (place.x_mm + place.w_mm / 2.0, place.y_mm + place.h_mm / 2.0);
        sheet.copy_turned(&document, middle, degrees);
    }
}

/// What is laid into each place for a document.
fn copies<'a>(sheet: &Sheet, places: &'a [Place], data: &RequestData) -> Vec<(Sheet, &'a Place)> {
    let dpi = (sheet.per_mm * 25.4).round() as u32;
    places
        .iter()
        .filter(|p| p.kind == PlaceKind::DocumentCopy)
        .map(|place| {
            let document = match data.travel_document.kind {
                DocumentKind::Passport => passport(data, dpi),
                DocumentKind::IdentityCard if place.name.ends_with("back") => card_back(data, dpi),
                DocumentKind::IdentityCard => card_front(data, dpi),
            };
            (document, place)
        })
        .collect()
}

/// A passport's data page.
pub fn passport(data: &RequestData, dpi: u32) -> Sheet {
    let (width, height) = PASSPORT_MM;
    let mut page = ground(width, height, dpi);
    page.fill([0.0, 0.0, width, 9.0], 150);
    page.text(
        notosans::BOLD_TTF,
        (5.0, 6.4),
        4.4,
        "PASS  PASSPORT  SPECIMEN",
        40,
    );
    portrait(&mut page, [5.0, 15.0, 32.0, 40.0]);
    fields(&mut page, data, (44.0, 16.0), 7.0);
    across(&mut page, (14.0, 60.0), 15.0);
    page.fill([0.0, height - 23.2, width, 23.2], 240);
    let [first, second] = td3(data);
    for (line, baseline) in [(first, height - 14.2), (second, height - 7.9)] {
        page.text(OCR_B, (6.6, baseline), ocr_em(), &line, 25);
    }
    page
}

/// An identity card's front.
pub fn card_front(data: &RequestData, dpi: u32) -> Sheet {
    let mut card = ground(CARD_MM.0, CARD_MM.1, dpi);
    card.fill([0.0, 0.0, CARD_MM.0, 7.0], 150);
    card.text(
        notosans::BOLD_TTF,
        (4.0, 5.0),
        3.6,
        "IDENTITÄTSKARTE  SPECIMEN",
        40,
    );
    portrait(&mut card, [4.0, 12.0, 24.0, 30.0]);
    fields(&mut card, data, (32.0, 12.0), 5.6);
    across(&mut card, (8.0, 44.0), 10.0);
    card
}

/// An identity card's back, with the machine-readable zone.
pub fn card_back(data: &RequestData, dpi: u32) -> Sheet {
    let mut card = ground(CARD_MM.0, CARD_MM.1, dpi);
    across(&mut card, (8.0, 22.0), 10.0);
    card.fill([0.0, CARD_MM.1 - 23.2, CARD_MM.0, 23.2], 240);
    for (line, up) in td1(data).iter().zip([16.4, 10.4, 4.4]) {
        card.text(OCR_B, (4.7, CARD_MM.1 - up), ocr_em(), line, 25);
    }
    card
}

/// A larger identity card, with its zone below what else is on it.
pub fn larger_card(data: &RequestData, dpi: u32) -> Sheet {
    let (width, height) = LARGER_CARD_MM;
    let mut card = ground(width, height, dpi);
    portrait(&mut card, [5.0, 10.0, 26.0, 34.0]);
    fields(&mut card, data, (38.0, 10.0), 6.5);
    card.fill([0.0, height - 23.2, width, 23.2], 240);
    for (line, up) in td2(data).iter().zip([13.0, 6.6]) {
        card.text(OCR_B, (6.5, height - up), ocr_em(), line, 25);
    }
    card
}

/// The two lines of a larger card's zone (ICAO 9303-6, section 4.2).
pub fn td2(data: &RequestData) -> [String; 2] {
    let document = &data.travel_document;
    let number = checked(&filled(&document.number, 9));
    let (birth, expiry) = (dated(data.person.birth_date), dated(document.expiry));
    let optional = filled("", 7);
    let check = check_digit(&format!("{number}{birth}{expiry}{optional}")).expect("characters of the zone");
    [
        format!("I<{}{}", filled(&document.issuer, 3), names(data, mrz::TD2.1 - 5)),
        format!(
            "{number}{}{birth}<{expiry}{optional}{check}",
            filled(&data.person.nationality, 3)
        ),
    ]
}

/// The two lines of a passport's zone (ICAO 9303-4, section 4.2).
pub fn td3(data: &RequestData) -> [String; 2] {
    let document = &data.travel_document;
    let number = filled(&document.number, 9);
    let (birth, expiry) = (dated(data.person.birth_date), dated(document.expiry));
    let personal = filled("", 14);
    let personal_check = check_digit(&personal).expect("fillers");
    let composite = format!("{}{birth}{expiry}{personal}{personal_check}", checked(&number));
    let check = check_digit(&composite).expect("its characters are of the zone");
    [
        format!("P<{}{}", filled(&document.issuer, 3), names(data, mrz::TD3.1 - 5)),
        format!(
            "{}{}{birth}<{expiry}{personal}{personal_check}{check}",
            checked(&number),
            filled(&data.person.nationality, 3)
        ),
    ]
}

/// The three lines of an identity card's zone (ICAO 9303-5, section 4.2).
pub fn td1(data: &RequestData) -> [String; 3] {
    let document = &data.travel_document;
    let first = format!("{}{}", checked(&filled(&document.number, 9)), filled("", 15));
    let (birth, expiry) = (dated(data.person.birth_date), dated(document.expiry));
    let optional = filled("", 11);
    let check = check_digit(&format!("{first}{birth}{expiry}{optional}")).expect("characters of the zone");
    [
        format!("ID{}{first}", filled(&document.issuer, 3)),
        format!(
            "{birth}<{expiry}{}{optional}{check}",
            filled(&data.person.nationality, 3)
        ),
        names(data, mrz::TD1.1),
    ]
}

/// Letters as the zone has them (ICAO 9303-3, section 6, table A): accents go, some letters become two.
pub fn transliterated(name: &str) -> String {
    let mut out = String::new();
    for c in name.nfc().flat_map(char::to_uppercase) {
        match c {
            'Ä' | 'Æ' => out += "AE",
            'Ö' | 'Ø' | 'Œ' => out += "OE",
            'Ü' => out += "UE",
            'Å' => out += "AA",
            'ẞ' => out += "SS",
            'Þ' => out += "TH",
            'Đ' | 'Ð' => out.push('D'),
            'Ł' => out.push('L'),
            '\'' | '’' | '.' | ',' => {}
            c if c.is_ascii_alphanumeric() => out.push(c),
            ' ' | '-' | '–' => out.push('<'),
            c => out.extend(std::iter::once(c).nfd().filter(char::is_ascii_alphabetic)),
        }
    }
    out
}

fn names(data: &RequestData, length: usize) -> String {
    let person = &data.person;
    filled(
        &format!(
            "{}<<{}",
            transliterated(&person.family_name),
            transliterated(&person.given_names)
        ),
        length,
    )
}

fn filled(text: &str, length: usize) -> String {
    let known: String = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '<')
        .collect();
    format!("{:<<length$.length$}", known.to_ascii_uppercase())
}

fn checked(text: &str) -> String {
    format!(
        "{text}{}",
        check_digit(text).expect("its characters are of the zone")
    )
}

fn dated(date: Date) -> String {
    checked(&format!(
        "{:02}{:02}{:02}",
        date.year().rem_euclid(100),
        date.month(),
        date.day()
    ))
}

/// The size at which that font has ten characters to the inch, in millimetres.
pub(super) fn ocr_em() -> f64 {
    let face = ttf_parser::Face::parse(OCR_B, 0).ok();
    face.and_then(|f| {
        let advance = f.glyph_hor_advance(f.glyph_index('0')?)?;
        Some(2.54 * f64::from(f.units_per_em()) / f64::from(advance))
    })
    .unwrap_or(OCR_B_EM_MM)
}

/// Wavy lines, as on security paper.
fn ground(width: f64, height: f64, dpi: u32) -> Sheet {
    let mut sheet = Sheet::blank(width, height, dpi);
    sheet.paint([0.0, 0.0, width, height], |x, y, _| {
        let one = ((x * 0.7 + (y * 0.35).sin() * 2.4) * 2.6).sin();
        let other = ((y * 0.8 + (x * 0.22).sin() * 3.1) * 2.2).sin();
        (222.0 + 13.0 * one.max(other)) as u8
    });
    sheet.frame([0.0, 0.0, width, height], 0.4, 130);
    sheet
}

/// A head and shoulders of nobody.
fn portrait(sheet: &mut Sheet, [x, y, w, h]: [f64; 4]) {
    sheet.fill([x, y, w, h], 205);
    sheet.paint([x, y, w, h], |px, py, old| {
        let (u, v) = ((px - x) / w - 0.5, (py - y) / h);
        let head = (u / 0.23).powi(2) + ((v - 0.4) / 0.24).powi(2) < 1.0;
        let shoulders = v > 0.66 && (u / 0.44).powi(2) + ((v - 1.02) / 0.36).powi(2) < 1.0;
        if head {
            120
        } else if shoulders {
            85
        } else {
            old
        }
    });
}

fn fields(sheet: &mut Sheet, data: &RequestData, at: Point, line_mm: f64) {
    let document = &data.travel_document;
    let entries = [
        ("Name", data.person.family_name.clone()),
        ("Vornamen / Given names", data.person.given_names.clone()),
        ("Geburtsdatum / Date of birth", data.person.birth_date.to_string()),
        ("Nr. / No.", document.number.clone()),
        ("Gültig bis / Date of expiry", document.expiry.to_string()),
    ];
    for (i, (label, value)) in entries.iter().enumerate() {
        let y = at.1 + i as f64 * line_mm;
        sheet.text(notosans::REGULAR_TTF, (at.0, y), line_mm * 0.3, label, 110);
        sheet.text(
            notosans::BOLD_TTF,
            (at.0, y + line_mm * 0.47),
            line_mm * 0.46,
            value,
            30,
        );
    }
}

/// SPECIMEN, in large grey letters that nobody can overlook.
fn across(sheet: &mut Sheet, at: Point, em_mm: f64) {
    let wide = sheet.text(notosans::BOLD_TTF, at, em_mm, "SPECIMEN", 165);
    let curve = [
        at,
        (at.0 + wide / 3.0, at.1 + 3.0),
        (at.0 + wide * 2.0 / 3.0, at.1 - 1.0),
        (at.0 + wide, at.1 + 2.0),
    ];
    let way: Vec<_> = (0..=24)
        .map(|k| (bezier(curve, f64::from(k) / 24.0), 0.3))
        .collect();
    sheet.pen(&way, 150);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_zone_has_them() {
        for (name, zone) in [
            ("Müller-Lüdenscheidt", "MUELLER<LUEDENSCHEIDT"),
            ("D'Angelo", "DANGELO"),
            ("Zoë Renée", "ZOE<RENEE"),
            ("Weiß", "WEISS"),
            ("Ångström", "AANGSTROEM"),
            ("Çelik Šimić", "CELIK<SIMIC"),
        ] {
            assert_eq!(transliterated(name), zone);
        }
    }
}
