//! The papers as others read them: poppler, qpdf and zbar on what the press prints.

use jiff::civil::{Date, date};
use siegelpost::domain::request::{Address, Organisation, PersonData, TravelDocument};
use siegelpost::domain::{
    BatchId, CardSerial, Delivery, DocumentKind, Language, Request, RequestData, RequestId,
};
use siegelpost::paper::codes::{DataCode, OcrLine, PageCode};
use siegelpost::paper::{
    CoverSheet, DeliveryNote, Letter, LetterId, Office, Overlay, PaperError, Place, PlaceKind, Press,
    PrintedSet, Recipient, SetInput, WindowProfile,
};
use std::path::{Path, PathBuf};
use std::process::Command;
use zeroize::Zeroizing;

const TODAY: Date = date(2026, 3, 1);
const TICKET: &str = "7K3QZ-9XWTA-C4MN8-0RHVG";

fn request(language: Language, kind: DocumentKind) -> Request {
    let data = RequestData {
        schema: 1,
        language,
        person: PersonData {
            family_name: "Muster-Österreicher".into(),
            given_names: "Zoë Anna".into(),
            birth_date: date(1990, 1, 31),
            nationality: "CHE".into(),
            ahv: Some("756.1234.5678.97".into()),
        },
        mail: "zoe.muster@office.example".into(),
        organisation: Organisation {
            name: "Bundesamt für Muster".into(),
            unit: "Abteilung Proben & Beispiele".into(),
        },
        address: Address {
            care_of: None,
            street: Some("Musterstrasse".into()),
            house_number: Some("12a".into()),
            po_box: None,
            postcode: "3003".into(),
            town: "Bern".into(),
            country: "CH".into(),
        },
        travel_document: TravelDocument {
            kind,
            number: "X1234567".into(),
            issuer: "CHE".into(),
            expiry: date(2030, 1, 31),
        },
        card_serial: CardSerial::from_number(100_200_300),
        site: "bern".parse().expect("a name"),
        delivery: Delivery::Post,
    };
    Request {
        request_id: RequestId::from_bits(0x1_2345_6789_abcd),
        data,
    }
}

fn print(request: &Request) -> Result<PrintedSet, PaperError> {
    let press = Press::new(&Overlay::new()).expect("the built-in templates are good");
    press.request_set(SetInput {
        request,
        office: &Office::specimen(),
        rio_name: "Rita Beispiel",
        site_name: "Bern",
        on: TODAY,
    })
}

fn letter(language: Language, issue: u8) -> Letter {
    let data = request(language, DocumentKind::Passport).data;
    Letter {
        id: LetterId::new(RequestId::from_bits(0x1_2345_6789_abcd), issue).expect("in range"),
        language,
        recipient: Recipient {
            name: data.full_name(),
            address: data.address,
        },
        office: Office::specimen(),
        card_serial: data.card_serial,
        on: TODAY,
        valid_until: date(2026, 3, 31),
        window: WindowProfile::c5_left(),
    }
}

fn press() -> Press {
    Press::new(&Overlay::new()).expect("the built-in templates are good")
}

/// Writes a paper where the other programs, and whoever wants to look at it, find it.
fn file(name: &str, pdf: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("papers");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(format!("{name}.pdf"));
    std::fs::write(&path, pdf).expect("written");
    path
}

/// The output of a program, which must succeed.
fn run(program: &str, args: &[&str]) -> String {
    let out = Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e}; apt-get install it"));
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{program} {args:?}: {text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    text
}

fn all_papers() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for language in [Language::De, Language::En] {
        let tag = language.tag();
        for kind in [DocumentKind::Passport, DocumentKind::IdentityCard] {
            let set = print(&request(language, kind)).expect("printed");
            all.push((format!("set-{kind:?}-{tag}").to_lowercase(), set.pdf));
        }
        let one = letter(language, 1);
        all.push((
            format!("letter-{tag}"),
            press().letter(&one, TICKET).expect("printed").to_vec(),
        ));
        let narrow = Letter {
            window: WindowProfile::c5_6_left(),
            ..letter(language, 2)
        };
        all.push((
            format!("letter-c56-{tag}"),
            press().letter(&narrow, TICKET).expect("printed").to_vec(),
        ));
        let cards: Vec<_> = (0..27)
            .map(|n| CardSerial::from_number(100_200_300 + n))
            .collect();
        let office = Office::specimen();
        let note = DeliveryNote {
            number: "2026-007",
            language,
            office: &office,
            site_name: "Bern",
            cards: &cards,
            on: TODAY,
        };
        all.push((
            format!("delivery-note-{tag}"),
            press().delivery_note(note).expect("printed"),
        ));
        let batch = [(letter(language, 1), ticket()), (letter(language, 2), ticket())];
        let (pdf, manifest) = press().letters(&batch).expect("printed");
        all.push((format!("batch-{tag}"), pdf.to_vec()));
        let id: BatchId = "2026-03-01-1".parse().expect("a name");
        let cover = CoverSheet {
            batch: &id,
            language,
            office: &office,
            manifest: &manifest,
            on: TODAY,
        };
        all.push((
            format!("cover-{tag}"),
            press().cover_sheet(cover).expect("printed"),
        ));
    }
    all
}

fn ticket() -> Zeroizing<String> {
    Zeroizing::new(TICKET.into())
}

#[test]
fn every_paper_is_a_sound_pdf_with_embedded_subset_fonts() {
    for (name, pdf) in all_papers() {
        let path = file(&name, &pdf);
        let path = path.to_str().expect("UTF-8");
        run("qpdf", &["--check", path]);
        let fonts = run("pdffonts", &[path]);
        let rows: Vec<_> = fonts.lines().skip(2).collect();
        assert!(!rows.is_empty());
        for row in rows {
            let columns: Vec<_> = row.split_whitespace().rev().collect();
            // From the right: object, generation; Unicode map, subset, embedded.
            assert_eq!(
                (columns[2], columns[3], columns[4]),
                ("yes", "yes", "yes"),
                "{name}: {row}"
            );
        }
        let info = run("pdfinfo", &[path]);
        assert!(info.contains("Tagged:          yes"), "{name}: {info}");
        assert!(pdf.len() < 60_000, "{name} has {} bytes", pdf.len());
    }
}

#[test]
fn the_printed_text_holds_every_field_in_reading_order() {
    for language in [Language::De, Language::En] {
        let set = print(&request(language, DocumentKind::Passport)).expect("printed");
        let path = file(&format!("text-{}", language.tag()), &set.pdf);
        let text = run("pdftotext", &["-layout", path.to_str().expect("UTF-8"), "-"]);
        for field in [
            "Muster-Österreicher",
            "Zoë Anna",
            "CHE",
            "756.1234.5678.97",
            "zoe.muster@office.example",
            "Bundesamt für Muster",
            "Abteilung Proben & Beispiele",
            "Musterstrasse 12a",
            "3003 Bern",
            "X1234567",
            "1002 003 005",
            "938N-KRKA-YDRE",
            "Rita Beispiel",
            "2026-1",
            "+41 31 000 00 00",
        ] {
            assert!(text.contains(field), "{language:?}: {field} in {text}");
        }
        let pages: Vec<&str> = text.split('\u{c}').collect();
        for (n, page) in pages.iter().take(3).enumerate() {
            let line = page
                .lines()
                .find_map(|l| OcrLine::decode(l.trim()).ok())
                .expect("an OCR line on each page");
            assert_eq!(
                (usize::from(line.page), line.of, line.digest),
                (n + 1, 3, set.digest)
            );
            let k_of_n = match language {
                Language::De => format!("{} von 3", n + 1),
                _ => format!("{} of 3", n + 1),
            };
            assert!(
                page.contains(&k_of_n) && page.contains("938N-KRKA-YDRE") && page.contains("1002 003 005")
            );
        }
    }
}

/// The pages of a paper as pictures at this resolution.
fn rendered(name: &str, pdf: &[u8], dpi: u32) -> Vec<PathBuf> {
    let path = file(name, pdf);
    let stem = path.with_extension("");
    run(
        "pdftoppm",
        &[
            "-r",
            &dpi.to_string(),
            "-png",
            path.to_str().expect("UTF-8"),
            stem.to_str().expect("UTF-8"),
        ],
    );
    let folder = path.parent().expect("a folder");
    let mut pages: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| {
            let found = p.file_name().and_then(|f| f.to_str()).unwrap_or_default();
            found
                .strip_prefix(&format!("{name}-"))
                .is_some_and(|rest| rest.ends_with(".png") && rest.len() == 5)
        })
        .collect();
    pages.sort();
    pages
}

fn zbar(picture: &Path) -> Vec<String> {
    let args = [
        "--raw",
        "-q",
        "-Sdisable",
        "-Sqrcode.enable",
        picture.to_str().expect("UTF-8"),
    ];
    run("zbarimg", &args).lines().map(str::to_owned).collect()
}

#[test]
fn a_second_decoder_reads_every_code_from_the_rendered_page() {
    let request = request(Language::De, DocumentKind::IdentityCard);
    let set = print(&request).expect("printed");
    let pages = rendered("codes", &set.pdf, 200);
    assert_eq!(pages.len(), 3);
    for (picture, page) in pages.iter().zip(1u8..) {
        let read = zbar(picture);
        let mut corners: Vec<u8> = read
            .iter()
            .filter_map(|text| PageCode::decode(text).ok())
            .map(|code| {
                assert_eq!((code.page, code.of, code.request), (page, 3, request.request_id));
                assert_eq!((code.serial, code.digest), (request.data.card_serial, set.digest));
                code.corner
            })
            .collect();
        corners.sort_unstable();
        assert_eq!(corners, [0, 1, 2], "page {page}");
        let data = read.iter().find_map(|text| DataCode::decode(text).ok());
        let expected = (page == 1).then(|| request.clone());
        assert_eq!(
            data.map(|d| Request::from_cbor(&d.cbor).expect("our CBOR")),
            expected
        );
    }
    let id = letter(Language::En, 2);
    let pdf = press().letter(&id, TICKET).expect("printed");
    let read = zbar(&rendered("letter-code", &pdf, 150)[0]);
    assert_eq!(
        read.iter().map(|t| LetterId::from_code(t)).collect::<Vec<_>>(),
        [Ok(id.id)]
    );
}

/// The darkness of a rectangle of a picture: the share of pixels darker than middle grey.
fn ink(picture: &image::GrayImage, dpi: f64, [x, y, w, h]: [f64; 4]) -> f64 {
    let px = |mm: f64| (mm / 25.4 * dpi).round() as u32;
    let (x0, y0, x1, y1) = (px(x), px(y), px(x + w), px(y + h));
    let all = (x0..x1).flat_map(|x| (y0..y1).map(move |y| (x, y)));
    let dark = all
        .clone()
        .filter(|(x, y)| picture.get_pixel(*x, *y)[0] < 128)
        .count();
    dark as f64 / all.count() as f64
}

#[test]
fn what_the_layout_says_is_where_the_ink_is() {
    const DPI: f64 = 300.0;
    for kind in [DocumentKind::Passport, DocumentKind::IdentityCard] {
        let set = print(&request(Language::De, kind)).expect("printed");
        let pages = rendered(&format!("places-{kind:?}").to_lowercase(), &set.pdf, 300);
        let pictures: Vec<_> = pages
            .iter()
            .map(|p| image::open(p).expect("a picture").to_luma8())
            .collect();
        let inset = |p: &Place, by: f64| [p.x_mm + by, p.y_mm + by, p.w_mm - 2.0 * by, p.h_mm - 2.0 * by];
        assert_eq!(
            set.layout
                .iter()
                .filter(|p| p.kind == PlaceKind::Signature)
                .count(),
            4
        );
        for place in &set.layout {
            let picture = &pictures[usize::from(place.page) - 1];
            let inside = ink(picture, DPI, inset(place, 0.4));
            match place.kind {
                PlaceKind::Signature => {
                    assert_eq!(inside, 0.0, "{} is empty", place.name);
                    let edge = [place.x_mm - 0.2, place.y_mm - 0.2, place.w_mm + 0.4, 0.4];
                    assert!(ink(picture, DPI, edge) > 0.2, "{} is framed", place.name);
                }
                PlaceKind::DocumentCopy => {
                    assert_eq!(inside, 0.0, "{} is empty", place.name);
                    let corner = [place.x_mm - 4.0, place.y_mm - 4.0, 4.0, 4.0];
                    assert!(ink(picture, DPI, corner) > 0.0, "{} has crop marks", place.name);
                }
                PlaceKind::Qr => {
                    assert!((0.35..0.65).contains(&inside), "{}: {inside}", place.name);
                    let module = place.w_mm / if place.name == "data_code" { 69.0 } else { 33.0 };
                    let finder = [place.x_mm + 0.1, place.y_mm + 0.1, 6.0 * module, 0.6 * module];
                    assert!(
                        ink(picture, DPI, finder) > 0.95,
                        "{}: its finder is at the corner",
                        place.name
                    );
                    let quiet = 4.0 * module - 0.2;
                    for strip in [
                        [
                            place.x_mm - quiet,
                            place.y_mm - quiet,
                            place.w_mm + 2.0 * quiet,
                            quiet - 0.1,
                        ],
                        [place.x_mm - quiet, place.y_mm, quiet - 0.1, place.h_mm],
                        [place.x_mm + place.w_mm + 0.1, place.y_mm, quiet - 0.1, place.h_mm],
                    ] {
                        assert_eq!(ink(picture, DPI, strip), 0.0, "{}: quiet zone", place.name);
                    }
                }
                PlaceKind::Ocr => {
                    let cell = place.w_mm / 43.0;
                    for n in 0..43 {
                        let [x, y, w, h] = [place.x_mm + f64::from(n) * cell, place.y_mm, cell, place.h_mm];
                        assert!(ink(picture, DPI, [x, y, w, h]) > 0.04, "cell {n}");
                        assert!(
                            ink(picture, DPI, [x - 0.08, y, 0.16, h]) < 0.25,
                            "between cells {n}"
                        );
                    }
                    let below = [place.x_mm, place.y_mm + place.h_mm - 0.8, place.w_mm, 0.7];
                    assert!(ink(picture, DPI, below) < 0.01, "the baseline lies above");
                }
            }
        }
        for layout in &set.layouts {
            for mark in &layout.marks {
                let square = [mark.x_mm + 0.2, mark.y_mm + 0.2, mark.w_mm - 0.4, mark.h_mm - 0.4];
                assert_eq!(ink(&pictures[0], DPI, square), 1.0);
            }
        }
    }
}

#[test]
fn the_window_shows_the_address_and_nothing_else() {
    const DPI: f64 = 150.0;
    for window in [WindowProfile::c5_left(), WindowProfile::c5_6_left()] {
        let mut long = Letter {
            window: window.clone(),
            ..letter(Language::De, 1)
        };
        long.recipient.address.care_of = Some("Familie Beispiel".into());
        long.recipient.address.po_box = Some("123".into());
        long.recipient.address.country = "LI".into();
        let pdf = press().letter(&long, TICKET).expect("printed");
        let name = format!("window-{}", window.name.replace('/', "-"));
        let picture = image::open(&rendered(&name, &pdf, 150)[0])
            .expect("a picture")
            .to_luma8();
        let [x, y, w, h] = window.window_mm;
        let whole = ink(&picture, DPI, window.window_mm) * w * h;
        for shift in [-3.0, 3.0] {
            for (dx, dy) in [(shift, 0.0), (0.0, shift), (shift, shift), (shift, -shift)] {
                let seen = ink(&picture, DPI, [x + dx, y + dy, w, h]) * w * h;
                assert!(
                    whole > 0.0 && (seen - whole).abs() < 0.02 * whole,
                    "{name}: {seen} of {whole}"
                );
            }
        }
        let text = run(
            "pdftotext",
            &["-layout", file(&name, &pdf).to_str().expect("UTF-8"), "-"],
        );
        for line in [
            "c/o Familie Beispiel",
            "Musterstrasse 12a",
            "Postfach 123",
            "3003 Bern",
            "LIECHTENSTEIN",
        ] {
            assert!(text.contains(line), "{line}");
        }
        assert!(text.contains(TICKET) && text.contains("005") && !text.contains("1002"));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let again: Vec<_> = all_papers();
    for ((name, first), (_, second)) in all_papers().into_iter().zip(again) {
        assert!(first == second, "{name}");
    }
}

#[test]
fn what_does_not_fit_is_refused_by_its_name() {
    let with = |change: &dyn Fn(&mut RequestData)| {
        let mut r = request(Language::De, DocumentKind::Passport);
        change(&mut r.data);
        print(&r)
    };
    let wide = "W".repeat(64);
    match with(&|d| d.person.family_name = wide.clone()) {
        Err(PaperError::TooLong { field, .. }) => assert_eq!(field, "person.family_name"),
        other => panic!("{:?}", other.map(|s| s.pages)),
    }
    match with(&|d| d.person.given_names = "山田".into()) {
        Err(PaperError::MissingGlyph { field, character, .. }) => {
            assert_eq!((field.as_str(), character), ("person.given_names", '山'));
        }
        other => panic!("{:?}", other.map(|s| s.pages)),
    }
    // Random letters, which deflate cannot shorten, in six fields at once.
    let noise = |seed: u32| {
        let mut state = seed;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'a' + (state >> 24) as u8 % 26)
        };
        (0..60).map(|_| next()).collect::<String>()
    };
    match with(&|d| {
        d.person.family_name = noise(1);
        d.person.given_names = noise(2);
        d.organisation.name = noise(3);
        d.organisation.unit = noise(4);
        d.address.care_of = Some(noise(5));
        d.address.street = Some(noise(6));
    }) {
        Err(PaperError::DataCode { fields, .. }) => {
            assert!(fields.contains("organisation.name (60 bytes)"), "{fields}")
        }
        other => panic!("{:?}", other.map(|s| s.pages)),
    }
    assert_eq!(
        print(&request(Language::Fr, DocumentKind::Passport)).err(),
        Some(PaperError::Language {
            language: Language::Fr
        })
    );
}

#[test]
fn long_names_of_europe_fit() {
    let mut r = request(Language::De, DocumentKind::Passport);
    r.data.person.family_name = "Müller-Hürlimann von Österreich-Großglockner".into();
    r.data.person.given_names = "Ştefania Đurđica Γεωργία Ełżbieta".into();
    r.data.organisation.name = "Departement für Muster und Beispiele".into();
    r.data.mail = "stefania.georgia@office.example".into();
    let set = print(&r).expect("printed");
    let path = file("long-names", &set.pdf);
    let text = run("pdftotext", &[path.to_str().expect("UTF-8"), "-"]);
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&r.data.person.given_names), "{words}");
    assert!(words.contains(&r.data.organisation.name));
}

#[test]
fn an_address_of_seven_lines_or_an_empty_batch_is_refused() {
    assert!(matches!(press().letters(&[]), Err(PaperError::Nothing { .. })));
    let mut long = letter(Language::De, 1);
    long.recipient.address.town = "W".repeat(60);
    match press().letter(&long, TICKET) {
        Err(PaperError::TooLong { field, .. }) => assert_eq!(field, "recipient"),
        other => panic!("{:?}", other.map(|p| p.len())),
    }
}

#[test]
fn a_batch_is_sorted_for_the_post_and_its_manifest_proves_each_letter() {
    let to = |issue, country: &str, postcode: &str| {
        let mut l = letter(Language::En, issue);
        l.recipient.address.country = country.into();
        l.recipient.address.postcode = postcode.into();
        (l, ticket())
    };
    let mut batch = vec![to(1, "AT", "1010"), to(2, "CH", "8000"), to(3, "CH", "3000")];
    Press::sort_for_post(&mut batch);
    let (pdf, manifest) = press().letters(&batch).expect("printed");
    let codes: Vec<_> = manifest
        .letters
        .iter()
        .map(|e| (e.country.as_str(), e.postcode.as_str(), e.page))
        .collect();
    assert_eq!(codes, [("CH", "3000", 1), ("CH", "8000", 2), ("AT", "1010", 3)]);
    let single = press().letter(&batch[1].0, &batch[1].1).expect("printed");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &single);
    assert_eq!(manifest.letters[1].sha256.0, hash.as_ref());
    let csv = String::from_utf8(manifest.to_csv()).expect("UTF-8");
    assert!(
        csv.starts_with("letter,page,sha256,country,postcode,language,envelope\r\n"),
        "{csv}"
    );
    let json = String::from_utf8(manifest.to_json()).expect("UTF-8");
    for text in [&csv, &json] {
        assert!(
            !text.contains(TICKET) && !text.contains("Muster"),
            "neither name nor eTicket"
        );
    }
    assert!(run("pdfinfo", &[file("sorted", &pdf).to_str().expect("UTF-8")]).contains("Pages:           3"));
}

#[test]
fn an_archive_can_keep_the_papers() {
    // The parts of ISO 19005-2 (PDF/A-2a) that the file's structure shows, by clause.
    for (name, pdf) in all_papers() {
        assert!(
            pdf.starts_with(b"%PDF-1.7\n%") && pdf[10..14].iter().all(|b| *b > 127),
            "{name}: 6.1.2 header"
        );
        let file = lopdf::Document::load_mem(&pdf).expect("readable");
        assert!(
            file.trailer.has(b"ID") && !file.trailer.has(b"Encrypt"),
            "{name}: 6.1.3 trailer"
        );
        let catalog = file.catalog().expect("a catalog");
        let get = |dictionary: &lopdf::Dictionary, key: &[u8]| {
            let found = dictionary
                .get(key)
                .unwrap_or_else(|_| panic!("{name}: {}", String::from_utf8_lossy(key)));
            file.dereference(found).expect("there").1.clone()
        };
        let intent = get(catalog, b"OutputIntents").as_array().expect("an array")[0].clone();
        let intent = intent.as_dict().expect("a dictionary").clone();
        assert_eq!(
            intent.get(b"S").and_then(|s| s.as_name()).expect("a name"),
            b"GTS_PDFA1",
            "6.2.3"
        );
        let profile = get(&intent, b"DestOutputProfile");
        let icc = profile
            .as_stream()
            .expect("a stream")
            .decompressed_content()
            .expect("inflates");
        assert_eq!(&icc[36..40], b"acsp", "{name}: 6.2.3 ICC profile");
        let metadata = get(catalog, b"Metadata");
        let metadata = metadata.as_stream().expect("a stream");
        assert!(
            metadata.dict.get(b"Filter").is_err(),
            "{name}: 6.6.2 metadata is plain"
        );
        let xmp = String::from_utf8(metadata.content.clone()).expect("UTF-8");
        for claim in [
            "<pdfaid:part>2<",
            "<pdfaid:conformance>A<",
            "<pdfuaid:part>1<",
            "<dc:title>",
        ] {
            assert!(xmp.contains(claim), "{name}: 6.6.4 {claim}");
        }
        assert!(
            get(catalog, b"MarkInfo")
                .as_dict()
                .expect("a dictionary")
                .has(b"Marked"),
            "{name}: 6.7.2"
        );
        assert!(
            catalog.has(b"Lang") && catalog.has(b"StructTreeRoot"),
            "{name}: 6.7.3, 6.7.4"
        );
        for forbidden in [&b"OpenAction"[..], b"AA", b"AcroForm", b"Names"] {
            assert!(!catalog.has(forbidden), "{name}: 6.5, 6.4");
        }
        for object in file.objects.values() {
            let Ok(dictionary) = object.as_dict().or_else(|_| object.as_stream().map(|s| &s.dict)) else {
                continue;
            };
            assert!(!dictionary.has(b"SMask") && !dictionary.has(b"JS"), "{name}");
            if dictionary
                .get(b"Filter")
                .and_then(|f| f.as_name())
                .is_ok_and(|f| f == b"LZWDecode")
            {
                panic!("{name}: 6.1.7 LZW");
            }
            if dictionary
                .get(b"Type")
                .and_then(|t| t.as_name())
                .is_ok_and(|t| t == b"FontDescriptor")
            {
                assert!(
                    dictionary.has(b"FontFile2") || dictionary.has(b"FontFile3"),
                    "{name}: 6.2.11.4 embedded"
                );
            }
        }
    }
}

#[test]
fn no_error_repeats_the_eticket() {
    let narrow = b"schema = 1\n[[item]]\nkind = \"value\"\nvalue = \"eticket\"\nstyle = \"ticket\"\nrect = [25.0, 160.0, 20.0, 9.0]\n";
    let press = Press::new(&Overlay::from([("letter.toml".into(), narrow.to_vec())])).expect("well-formed");
    let refused = press
        .letter(&letter(Language::De, 1), TICKET)
        .expect_err("too narrow");
    assert!(matches!(&refused, PaperError::TooLong { field, .. } if field == "eticket"));
    assert!(!format!("{refused} {refused:?}").contains("7K3QZ"));
    let refused = super_long_ticket().expect_err("no eTicket");
    assert!(!format!("{refused} {refused:?}").contains("7K3QZ"));
}

fn super_long_ticket() -> Result<(), PaperError> {
    press()
        .letter(&letter(Language::De, 1), &format!("{TICKET}-{TICKET}"))
        .map(|_| ())
}

#[test]
fn a_window_that_would_show_other_text_is_refused() {
    for window_mm in [
        [117.0, 52.0, 100.0, 45.0],
        [20.0, 70.0, 100.0, 45.0],
        [20.0, f64::NAN, 100.0, 45.0],
    ] {
        let window = WindowProfile {
            window_mm,
            ..WindowProfile::c5_left()
        };
        let refused = press().letter(
            &Letter {
                window,
                ..letter(Language::De, 1)
            },
            TICKET,
        );
        assert!(matches!(refused, Err(PaperError::Letter { .. })), "{window_mm:?}");
    }
}
