//! Which papers are scanned how: every case is decided by its number.

use crate::containers::{self, Container};
use crate::screen::{self, Addition, Screen};
use image::GrayImage;
use image::imageops::{FilterType, resize};
use siegelpost::adapters::rasterise;
use siegelpost::domain::{CardSerial, DocumentKind, Request, RequestData, RequestId};
use siegelpost::paper::codes::{DataCode, PageCode};
use siegelpost::paper::{Office, Overlay, Place, PlaceKind, Press, PrintedSet, SetInput};
use siegelpost::rehearsal::container::Form;
use siegelpost::rehearsal::dice::Dice;
use siegelpost::rehearsal::fax::Group;
use siegelpost::rehearsal::sheet::Sheet;
use siegelpost::rehearsal::wear::{Conditions, Depth};
use siegelpost::rehearsal::{forge, hand, specimen};
use std::collections::{BTreeMap, HashMap};

/// How bad it is. `Beyond` is what no aim is set for; it is told as what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Light,
    Medium,
    Heavy,
    Beyond,
    /// Changed after it was printed: what was changed may be missing, never given, and never pass unseen.
    Forged,
}

/// How one set of papers is treated.
#[derive(Debug, Clone)]
pub struct Case {
    pub severity: Severity,
    pub fault: &'static str,
    pub number: u64,
    pub dpi: u32,
    pub quality: u8,
    pub conditions: Conditions,
    /// On how many page codes of each page somebody stamped, and on how many a pen went.
    pub stamps: usize,
    pub strikes: usize,
    pub form: Container,
    /// By how many degrees clockwise the travel document was turned when it was laid in.
    pub lean: f64,
    /// Halves the lines, as coarse fax machines do (204 × 98).
    pub fax: bool,
}

impl Case {
    pub fn name(&self) -> String {
        format!(
            "{:?}/{}/{}/{:?}",
            self.severity, self.fault, self.number, self.form
        )
        .to_lowercase()
    }
}

/// Sets a severity has in the full run, in thirds of a page count that is over a thousand.
const SETS: [(Severity, u64); 5] = [
    (Severity::Light, 90),
    (Severity::Medium, 112),
    (Severity::Heavy, 112),
    (Severity::Beyond, 44),
    (Severity::Forged, 40),
];

const LIGHT: [&str; 10] = [
    "plain",
    "tilted",
    "turned",
    "bilevel 300",
    "jpeg q50",
    "dust",
    "400 dpi",
    "200 dpi",
    "from a screen",
    "document askew",
];
const MEDIUM: [&str; 14] = [
    "tilted 4",
    "jpeg q30",
    "dithered 300",
    "bilevel 200",
    "dust",
    "bleed",
    "pale toner",
    "shadow",
    "fold",
    "stamp",
    "phone",
    "from a screen",
    "document askew",
    "document upside down",
];
const HEAVY: [&str; 14] = [
    "tilted 8",
    "jpeg q10",
    "dithered 200",
    "bilevel 150",
    "dust",
    "bleed",
    "pale toner",
    "shadow",
    "folds",
    "stamp and pen",
    "phone aslant",
    "from a screen",
    "document askew",
    "document upside down",
];
const BEYOND: [&str; 8] = [
    "100 dpi bilevel",
    "dithered 150",
    "100 dpi q10",
    "fax 204x98",
    "toner 0.3 bilevel",
    "all codes struck",
    "bulging page",
    "deep shadow bilevel",
];

const FORGED: [&str; 5] = [
    "a code pasted over",
    "all codes pasted over",
    "data code pasted over",
    "serial by pen",
    "request by pen",
];

/// All cases of the full run.
pub fn all() -> Vec<Case> {
    SETS.iter()
        .flat_map(|(severity, count)| (0..*count).map(move |number| case(*severity, number)))
        .collect()
}

fn case(severity: Severity, number: u64) -> Case {
    let mut dice = Dice::new(number * 4 + severity as u64 + 77);
    let faults: &[&'static str] = match severity {
        Severity::Light => &LIGHT,
        Severity::Medium => &MEDIUM,
        Severity::Heavy => &HEAVY,
        Severity::Beyond => &BEYOND,
        Severity::Forged => &FORGED,
    };
    let fault = faults[number as usize % faults.len()];
    // What every page of that severity has, before its own fault.
    let (dpi, quality, tilt, shadow, specks, noise) = match severity {
        Severity::Light => (300, 75, 0.8, 0.05, 15, 2.5),
        Severity::Medium => (
            if number.is_multiple_of(2) { 200 } else { 300 },
            55,
            2.0,
            0.12,
            60,
            5.0,
        ),
        Severity::Heavy => (
            if number.is_multiple_of(3) { 200 } else { 150 },
            35,
            4.0,
            0.2,
            150,
            8.0,
        ),
        Severity::Beyond => (150, 35, 3.0, 0.2, 100, 6.0),
        Severity::Forged => ([300, 200, 150][number as usize % 3], 45, 3.0, 0.15, 60, 5.0),
    };
    let mut c = Conditions {
        skew: dice.between(-tilt, tilt),
        quarters: if number % 3 == 1 { dice.below(4) as u8 } else { 0 },
        shadow,
        specks,
        noise,
        ..Conditions::GOOD
    };
    let mut case = Case {
        severity,
        fault,
        number,
        dpi,
        quality,
        conditions: c,
        stamps: 0,
        strikes: 0,
        form: Container::Form(Form::PdfDct),
        lean: 0.0,
        fax: false,
    };
    let side = if dice.below(2) == 0 { 1.0 } else { -1.0 };
    match (severity, fault) {
        (Severity::Light, "tilted") => c.skew = side * dice.between(1.0, 2.0),
        (Severity::Medium, "tilted 4") => c.skew = side * dice.between(2.5, 4.5),
        (_, "tilted 8") => (c.skew, c.whole) = (side * dice.between(6.0, 8.0), number.is_multiple_of(2)),
        (_, "turned") => c.quarters = 1 + dice.below(3) as u8,
        (_, "jpeg q50") => case.quality = 50,
        (_, "jpeg q30") => case.quality = 30,
        (_, "jpeg q10") => (case.quality, case.dpi) = (10 + dice.below(6) as u8, 200),
        (Severity::Light, "document askew") => case.lean = side * dice.between(1.0, 4.0),
        (Severity::Medium, "document askew") => case.lean = side * dice.between(4.0, 9.0),
        (_, "document askew") => case.lean = side * dice.between(9.0, 15.0),
        (Severity::Medium, "document upside down") => case.lean = 180.0 + dice.between(-1.5, 1.5),
        (_, "document upside down") => case.lean = 180.0 + side * dice.between(5.0, 15.0),
        (_, "from a screen") => (c.quarters, case.dpi) = (0, screen::INK_DPI),
        (_, "400 dpi") => case.dpi = 400,
        (_, "200 dpi") => case.dpi = 200,
        (_, "bilevel 300") => (case.dpi, c.depth) = (300, Depth::Threshold(140)),
        (_, "bilevel 200") => (case.dpi, c.depth) = (200, Depth::Threshold(140)),
        (_, "bilevel 150") => (case.dpi, c.depth, c.skew) = (150, Depth::Threshold(135), c.skew / 2.0),
        (_, "dithered 300") => (case.dpi, c.depth) = (300, Depth::Dithered),
        (_, "dithered 200") => (case.dpi, c.depth) = (200, Depth::Dithered),
        (_, "dithered 150") => (case.dpi, c.depth) = (150, Depth::Dithered),
        (Severity::Light, "dust") => c.specks = 150,
        (Severity::Medium, "dust") => c.specks = 500,
        (_, "dust") => (c.specks, case.dpi) = (1_500, 200),
        (Severity::Medium, "bleed") => c.bleed = 0.15,
        (_, "bleed") => c.bleed = 0.32,
        (Severity::Medium, "pale toner") => c.toner = 0.7,
        (_, "pale toner") => c.toner = 0.45,
        (Severity::Medium, "shadow") => c.shadow = 0.35,
        (_, "shadow") => c.shadow = 0.6,
        (_, "fold") => c.folds = 1,
        (_, "folds") => c.folds = 3,
        (_, "stamp") => case.stamps = 1,
        (_, "stamp and pen") => (case.stamps, case.strikes) = (1, 1),
        (Severity::Medium, "phone") => {
            (c.photo, c.tilt, case.dpi, c.blur, c.shadow) = (true, (0.04 * side, 0.07), 220, 1, 0.25);
        }
        (_, "phone aslant") => {
            (c.photo, c.tilt, case.dpi, c.blur, c.shadow) = (true, (0.13 * side, 0.17), 200, 1, 0.4);
        }
        (_, "100 dpi bilevel") => (case.dpi, c.depth) = (100, Depth::Threshold(140)),
        (_, "100 dpi q10") => (case.dpi, case.quality) = (100, 10),
        (_, "fax 204x98") => {
            (case.dpi, c.depth, case.fax, c.quarters) = (204, Depth::Threshold(140), true, 0);
            c.skew = side * dice.between(0.0, 1.0);
        }
        (_, "toner 0.3 bilevel") => (case.dpi, c.toner, c.depth) = (200, 0.3, Depth::Threshold(170)),
        (_, "all codes struck") => (case.strikes, case.dpi) = (3, 200),
        (_, "bulging page") => {
            (c.photo, c.tilt, c.bulge_mm, case.dpi, c.blur) = (true, (0.08 * side, 0.12), 5.0, 200, 1);
        }
        (_, "deep shadow bilevel") => (case.dpi, c.shadow, c.depth) = (200, 0.5, Depth::Threshold(140)),
        _ => {}
    }
    case.conditions = c;
    case.form = form(&case, number);
    case
}

/// The containers take turns; what cannot hold such a page is passed over.
fn form(case: &Case, number: u64) -> Container {
    if case.fault == "from a screen" {
        return Container::Screen(match case.severity {
            Severity::Light => Screen::Signed,
            Severity::Medium => Screen::Fitted,
            _ => Screen::Stamped,
        });
    }
    if case.fax {
        let group = if number.is_multiple_of(2) {
            Group::Three
        } else {
            Group::Four
        };
        return Container::Form(Form::PdfFax(group));
    }
    if case.conditions.photo {
        let forms = [Form::Jpeg, Form::PdfDct, Form::JpegTurned];
        return Container::Form(forms[number as usize % forms.len()]);
    }
    let bilevel = case.conditions.depth != Depth::Grey;
    // Low quality shows only in forms that are JPEG.
    let only_jpeg = case.fault.contains("jpeg") || case.fault.contains("q10");
    let jpeg = |form: &Form| {
        matches!(
            form,
            Form::PdfDct
                | Form::PdfDctRgb
                | Form::PdfStrips
                | Form::PdfRotated
                | Form::Jpeg
                | Form::JpegTurned
                | Form::JpegCmyk
        )
    };
    let mut fitting: Vec<Container> = Form::ALL
        .into_iter()
        .filter(|f| f.bilevel() == bilevel && (!only_jpeg || jpeg(f)))
        .map(Container::Form)
        .collect();
    if !bilevel && !only_jpeg {
        fitting.push(Container::Jpeg2000);
    }
    // By this step every container comes in every severity.
    fitting[(number as usize * 3 + number as usize / fitting.len()) % fitting.len()]
}

/// One scanned set, and what is true of it.
pub struct Document {
    pub files: Vec<(String, Vec<u8>)>,
    pub request: Request,
    /// The texts of the page codes, page by page.
    pub texts: Vec<Vec<String>>,
    pub data_text: String,
    /// The clockwise turn that sets its pages upright.
    pub rotation: u16,
    pub signed: BTreeMap<String, bool>,
    pub copies: BTreeMap<String, bool>,
    /// Somebody changed it.
    pub forged: bool,
}

impl Document {
    /// Which page of the set this is, counted from 1.
    pub fn place_of(&self, file: &str, index: usize) -> u8 {
        let of_file = file
            .strip_prefix("page-")
            .and_then(|rest| rest.split('.').next()?.parse().ok());
        of_file.unwrap_or(index as u8)
    }
}

struct Printed {
    request: Request,
    set: PrintedSet,
    by_dpi: HashMap<u32, Vec<GrayImage>>,
}

/// The papers of some people, drawn once for every resolution.
pub struct Bench {
    people: Vec<Printed>,
}

impl Bench {
    pub fn new() -> Bench {
        let press = Press::new(&Overlay::new()).expect("the built-in templates are good");
        let people = PEOPLE
            .iter()
            .zip(0..)
            .map(|(person, number)| {
                let request = request(person, number);
                let set = press
                    .request_set(SetInput {
                        request: &request,
                        office: &Office::specimen(),
                        rio_name: "Rita Beispiel",
                        site_name: "Bern",
                        on: jiff::civil::date(2026, 3, 1),
                    })
                    .expect("it prints");
                Printed {
                    request,
                    set,
                    by_dpi: HashMap::new(),
                }
            })
            .collect();
        Bench { people }
    }

    pub fn document(&mut self, case: &Case) -> Document {
        let who = (case.number / 3 + case.severity as u64) as usize % self.people.len();
        let stranger = &self.people[(who + 1) % self.people.len()];
        let foreign: Vec<Vec<String>> = (0..usize::from(stranger.set.pages))
            .map(|i| texts(stranger, i))
            .collect();
        let foreign_data = data_text(&stranger.request);
        let person = &mut self.people[who];
        let pages = usize::from(person.set.pages);
        let drawn = person.by_dpi.entry(case.dpi).or_insert_with(|| {
            (0..pages)
                .map(|i| {
                    rasterise::draw(person.set.pdf.clone(), i, case.dpi).expect("our own papers are drawn")
                })
                .collect()
        });
        let mut dice = Dice::new(case.number * 31 + case.severity as u64 * 7 + 5);
        // Most are signed whole, some not at all, some in part.
        let mood = dice.below(20);
        let chance = |dice: &mut Dice| match mood {
            0..14 => true,
            14..17 => false,
            _ => dice.below(2) == 0,
        };
        let (mut signed, mut copies) = (BTreeMap::new(), BTreeMap::new());
        let mut additions = Vec::new();
        let pictures: Vec<GrayImage> =
            (0..pages)
                .map(|i| {
                    let mut sheet = Sheet::of_page(drawn[i].clone(), case.dpi);
                    let mut pictures = Vec::new();
                    if matches!(case.form, Container::Screen(_)) {
                        // What is added to a PDF is kept apart from what is printed.
                        sheet.fill([0.0, 0.0, 210.0, 297.0], 255);
                    }
                    let here: Vec<Place> = person
                        .set
                        .layout
                        .iter()
                        .filter(|p| usize::from(p.page) == i + 1)
                        .cloned()
                        .collect();
                    let copied = chance(&mut dice);
                    if copied {
                        // Nobody lays a document exactly between the crop marks.
                        let mut laid = here.clone();
                        let (x, y) = (dice.between(-2.0, 2.0), dice.between(-2.0, 2.0));
                        laid.iter_mut()
                            .for_each(|p| (p.x_mm, p.y_mm) = (p.x_mm + x, p.y_mm + y));
                        let data = &person.request.data;
                        if matches!(case.form, Container::Screen(_)) {
                            let mut alone = sheet.clone();
                            specimen::copy_onto(&mut alone, &laid, data);
                            pictures.extend(laid.iter().filter(|p| p.kind == PlaceKind::DocumentCopy).map(
                                |p| {
                                    let pixels = [p.x_mm, p.y_mm, p.w_mm, p.h_mm]
                                        .map(|mm| (mm * alone.per_mm).round());
                                    let [x, y, w, h] = pixels.map(|v| v as u32);
                                    let part = image::imageops::crop_imm(&alone.grey, x, y, w, h).to_image();
                                    (part, pixels.map(|v| v / alone.per_mm))
                                },
                            ));
                        } else if case.lean == 0.0 {
                            specimen::copy_onto(&mut sheet, &laid, data);
                        } else {
                            specimen::copy_turned_onto(&mut sheet, &laid, data, case.lean);
                        }
                    }
                    for place in &here {
                        match place.kind {
                            PlaceKind::DocumentCopy => {
                                copies.insert(place.name.clone(), copied);
                            }
                            PlaceKind::Signature => {
                                let by = chance(&mut dice);
                                if by {
                                    hand::fill_in(
                                        &mut sheet,
                                        std::slice::from_ref(place),
                                        "Bern 2.3.2026",
                                        &mut dice,
                                    );
                                }
                                signed.insert(place.name.clone(), by);
                            }
                            PlaceKind::Qr | PlaceKind::Ocr => {}
                        }
                    }
                    if matches!(case.form, Container::Screen(_)) {
                        let code = here
                            .iter()
                            .find(|p| p.name.ends_with("_1"))
                            .expect("every page has it");
                        additions.push(Addition {
                            ink: sheet.grey.clone(),
                            pictures,
                            code: (code.x_mm + code.w_mm / 2.0, code.y_mm + code.h_mm / 2.0),
                        });
                        return sheet.grey;
                    }
                    deface(&mut sheet, &here, case, &mut dice);
                    if case.severity == Severity::Forged {
                        forge_page(
                            &mut sheet,
                            &here,
                            case,
                            (&foreign[i.min(foreign.len() - 1)], &foreign_data),
                        );
                    }
                    let other_side = &drawn[(i + 1) % pages];
                    case.conditions.picture(&sheet, Some(other_side), &mut dice)
                })
                .collect();
        let (pictures, dpi) = if case.fax {
            let squeezed = |p: GrayImage| {
                let mut small = resize(&p, p.width(), p.height() * 98 / 204, FilterType::Nearest);
                small.iter_mut().for_each(|v| *v = if *v < 128 { 0 } else { 255 });
                small
            };
            (pictures.into_iter().map(squeezed).collect(), (204, 98))
        } else {
            (pictures, (case.dpi, case.dpi))
        };
        let texts = (0..pages).map(|i| texts(person, i)).collect();
        let data_text = data_text(&person.request);
        Document {
            files: match case.form {
                Container::Form(form) => form.files(&pictures, dpi, case.quality),
                Container::Jpeg2000 => {
                    let pdf = containers::jpeg_2000(&pictures, dpi, case.quality);
                    vec![("scan.pdf".into(), pdf)]
                }
                Container::Screen(how) => {
                    let pdf = screen::printed(&person.set.pdf, &additions, how);
                    vec![("scan.pdf".into(), pdf)]
                }
            },
            request: person.request.clone(),
            texts,
            data_text,
            rotation: u16::from((4 - case.conditions.quarters % 4) % 4) * 90,
            signed,
            copies,
            forged: case.severity == Severity::Forged,
        }
    }
}

fn data_text(request: &Request) -> String {
    let code = DataCode {
        cbor: request.to_cbor(),
    };
    code.encode().expect("it was printed")
}

/// Changes the second page, or the first where the data code is what is changed. `foreign` are the codes of somebody else's page.
fn forge_page(sheet: &mut Sheet, here: &[Place], case: &Case, foreign: (&[String], &str)) {
    let page = here.first().map_or(0, |p| p.page);
    let rectangle = |p: &Place| [p.x_mm, p.y_mm, p.w_mm, p.h_mm];
    let codes = || {
        let of_page = here.iter().filter(|p| p.name.starts_with("page_code"));
        of_page.zip(foreign.0)
    };
    let line = here.iter().find(|p| p.kind == PlaceKind::Ocr);
    match (case.fault, page, line) {
        ("a code pasted over", 2, _) => {
            for (place, text) in codes().skip(case.number as usize % 3).take(1) {
                assert!(forge::paste_page_code(sheet, rectangle(place), text));
            }
        }
        ("all codes pasted over", 2, _) => {
            for (place, text) in codes() {
                assert!(forge::paste_page_code(sheet, rectangle(place), text));
            }
        }
        ("data code pasted over", 1, _) => {
            let place = here
                .iter()
                .find(|p| p.name == "data_code")
                .expect("it is on page 1");
            assert!(forge::paste_data_code(sheet, rectangle(place), foreign.1));
        }
        // Digits and symbols that no sample has in these cells.
        ("serial by pen", 2, Some(place)) => forge::rewrite(sheet, rectangle(place), 24, "777"),
        ("request by pen", 2, Some(place)) => forge::rewrite(sheet, rectangle(place), 7, "ZK"),
        _ => {}
    }
}

/// Stamps and pen strokes over page codes.
fn deface(sheet: &mut Sheet, here: &[Place], case: &Case, dice: &mut Dice) {
    let codes: Vec<&Place> = here
        .iter()
        .filter(|p| p.kind == PlaceKind::Qr && p.name.starts_with("page_code"))
        .collect();
    let first = dice.below(3) as usize;
    for n in 0..case.stamps {
        let p = codes[(first + n) % 3];
        let at = |from: f64, long: f64, dice: &mut Dice| from + long * dice.between(0.2, 0.8);
        let centre = (at(p.x_mm, p.w_mm, dice), at(p.y_mm, p.h_mm, dice));
        hand::stamp(sheet, centre, dice.between(13.0, 18.0), dice);
    }
    for n in 0..case.strikes {
        let p = codes[(first + case.stamps + n) % 3];
        hand::strike(
            sheet,
            [p.x_mm, p.y_mm, p.w_mm, p.h_mm],
            2,
            dice.between(0.5, 1.0),
            dice,
        );
    }
}

fn texts(person: &Printed, page: usize) -> Vec<String> {
    (0..3)
        .map(|corner| {
            PageCode {
                paper: person.set.layouts[page].paper.number(),
                page: page as u8 + 1,
                of: person.set.pages,
                request: person.request.request_id,
                serial: person.request.data.card_serial,
                layout: person.set.layouts[page].id,
                digest: person.set.digest,
                corner,
            }
            .encode()
            .expect("it was printed")
        })
        .collect()
}

/// Family name, given names, language, document.
const PEOPLE: [(&str, &str, &str, DocumentKind); 4] = [
    ("Muster-Österreicher", "Zoë Anna", "de", DocumentKind::Passport),
    ("Example", "Alex Jordan", "en", DocumentKind::IdentityCard),
    ("Beispiel", "Jürg", "de", DocumentKind::IdentityCard),
    ("D'Specimen", "Renée Françoise", "en", DocumentKind::Passport),
];

fn request(&(family, given, language, kind): &(&str, &str, &str, DocumentKind), number: u64) -> Request {
    let json = serde_json::json!({
        "schema": 1, "language": language,
        "person": {"family_name": family, "given_names": given, "birth_date": format!("19{}-01-31", 70 + number * 5), "nationality": "CHE"},
        "mail": "muster@office.example",
        "organisation": {"name": "Bundesamt für Muster", "unit": "Abteilung Proben & Beispiele"},
        "address": {"street": "Musterstrasse", "house_number": "12a", "postcode": "3003", "town": "Bern", "country": "CH"},
        "travel_document": {"kind": if kind == DocumentKind::Passport { "passport" } else { "identity_card" },
                            "number": format!("X123456{number}"), "issuer": "CHE", "expiry": "2030-01-31"},
        "card_serial": CardSerial::from_number(100_200_300 + 7_654_321 * number as u32), "site": "bern", "delivery": "post"
    });
    Request {
        request_id: RequestId::from_bits(0x1_2345_6789_abcd + number * 7_919_777_333),
        data: RequestData::from_json(json.to_string().as_bytes()).expect("a valid sample"),
    }
}
