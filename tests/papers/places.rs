//! What stands on the pages, and where.

use super::cast::*;
use siegelpost::domain::{DocumentKind, Language, Request};
use siegelpost::paper::codes::{DataCode, OcrLine, PageCode};
use siegelpost::paper::{DeliveryNote, LetterId, Place, PlaceKind};

#[test]
fn the_printed_text_holds_every_field_in_reading_order() {
    for language in Language::ALL {
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
                Language::Fr => format!("{} sur 3", n + 1),
                Language::It => format!("{} di 3", n + 1),
                Language::En => format!("{} of 3", n + 1),
            };
            assert!(
                page.contains(&k_of_n) && page.contains("938N-KRKA-YDRE") && page.contains("1002 003 005")
            );
        }
    }
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
fn a_scanned_delivery_note_or_revocation_request_says_which_it_is() {
    let cards: Vec<_> = (0..27)
        .map(|n| siegelpost::domain::CardSerial::from_number(100_200_300 + n))
        .collect();
    for (name, pdf) in all_papers() {
        let (paper, pages) = match name.as_str() {
            "delivery-note-fr" => (6, 2),
            "revocation-it" => (5, 1),
            _ => continue,
        };
        let pictures = rendered(name, pdf, 200);
        assert_eq!(pictures.len(), usize::from(pages));
        for (picture, page) in pictures.iter().zip(1u8..) {
            let codes: Vec<PageCode> = zbar(picture)
                .iter()
                .filter_map(|text| PageCode::decode(text).ok())
                .collect();
            assert_eq!(codes.len(), 3, "{name}");
            for code in codes {
                assert_eq!((code.paper, code.page, code.of), (paper, page, pages));
                if paper == 6 {
                    assert_eq!(code.request, DeliveryNote::identity("2026-007"));
                    assert_eq!(code.digest, DeliveryNote::digest(&cards));
                    assert_ne!(code.digest, DeliveryNote::digest(&cards[1..]));
                } else {
                    let request = request(Language::It, DocumentKind::Passport);
                    assert_eq!(
                        (code.request, code.digest),
                        (request.request_id, request.digest())
                    );
                }
                let layout = siegelpost::paper::layout_of(code.layout).expect("a layout");
                assert_eq!(layout.paper.number(), paper);
            }
        }
    }
}

#[test]
fn a_file_of_many_requests_has_a_bookmark_for_each() {
    let (_, pdf) = all_papers()
        .iter()
        .find(|(name, _)| name == "sets-de")
        .expect("printed");
    let json = run(
        "qpdf",
        &[
            "--json",
            "--json-key=outlines",
            file("sets-de", pdf).to_str().expect("UTF-8"),
        ],
    );
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let outlines = json["outlines"].as_array().expect("outlines");
    let pages: Vec<_> = outlines.iter().map(|o| o["destpageposfrom1"].as_u64()).collect();
    assert_eq!(pages, [Some(1), Some(4)]);
    assert_eq!(
        outlines[0]["title"].as_str(),
        Some("Muster-Österreicher, Zoë Anna · 938N-KRKA-YDRE")
    );
}
