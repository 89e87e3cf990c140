//! Printed, signed, scanned and read back: every paper in every language, as a middling scanner in a corridor sends it.

use super::cast::*;
use siegelpost::adapters::rasterise;
use siegelpost::domain::{DocumentKind, Language, Paper};
use siegelpost::paper::codes::PageCode;
use siegelpost::paper::{DeliveryNote, LetterId, Place, PlaceKind, places_of};
use siegelpost::rehearsal::dice::Dice;
use siegelpost::rehearsal::play;
use siegelpost::rehearsal::scanner::{self, Severity};
use siegelpost::scan::{Rasterise, RasteriseError, Reader, Scan};

/// Scans are pictures, so nothing has to be drawn; a page that is not is a fault of the test.
struct NoDrawing;

impl Rasterise for NoDrawing {
    fn page(&self, _: &[u8], _: usize, _: u32) -> Result<image::GrayImage, RasteriseError> {
        panic!("a scan is one picture a page")
    }
}

/// One scanner for each paper and language, so that not all lie alike.
fn scanned(pdf: &[u8], places: &[Place], language: Language, kind: DocumentKind, seed: u64) -> Vec<u8> {
    let data = request(language, kind).data;
    play::sign_and_scan(pdf, places, &data, Severity::Medium, &mut Dice::new(seed)).expect("our own paper")
}

fn read(scan: &[u8], places: Option<&[Place]>) -> Scan {
    let reader = Reader::new(&NoDrawing);
    let reader = match places {
        Some(places) => reader.with_places(places),
        None => reader,
    };
    reader.read_files(&[("scan.pdf", scan)])
}

#[test]
fn a_request_set_comes_back_whole_in_every_language() {
    for (n, language) in Language::ALL.into_iter().enumerate() {
        // Both kinds of travel document in turn: the bench of scans has all of them many times over.
        let kind = [DocumentKind::Passport, DocumentKind::IdentityCard][n % 2];
        let asked = request(language, kind);
        let set = print(&asked).expect("printed");
        let scan = scanned(&set.pdf, &set.layout, language, kind, 40 + n as u64);
        let scan = read(&scan, None);
        let [reading] = &scan.readings[..] else {
            panic!("{language:?} {kind:?}: {} readings", scan.readings.len());
        };
        let told = || {
            format!(
                "{language:?} {kind:?}: {}",
                serde_json::to_string_pretty(reading).expect("plain")
            )
        };
        assert!(reading.complete(), "{}", told());
        assert_eq!(reading.signed_request(), Some(asked.clone()), "{}", told());
        assert_eq!(reading.digest(), Some(set.digest));
        let signed: Vec<&str> = reading
            .marks()
            .iter()
            .filter(|m| m.present == Some(true))
            .map(|m| m.name.as_str())
            .collect();
        for place in set.layout.iter().filter(|p| p.kind == PlaceKind::Signature) {
            assert!(
                signed.contains(&place.name.as_str()),
                "{} is signed: {}",
                place.name,
                told()
            );
        }
    }
}

/// The one reading of a paper that stands alone, and what all of its pages name.
fn alone(scan: &Scan, paper: Paper, pages: usize) -> &siegelpost::scan::Reading {
    let [reading] = &scan.readings[..] else {
        panic!("{paper:?}: {} readings", scan.readings.len());
    };
    assert_eq!(reading.pages().len(), pages);
    for page in reading.pages() {
        assert_eq!(page.paper, Some(paper), "{:?}", reading.problems());
        assert_eq!(page.of.map(usize::from), Some(pages));
    }
    reading
}

#[test]
fn a_revocation_request_and_a_delivery_note_come_back_in_every_language() {
    for (n, language) in Language::ALL.into_iter().enumerate() {
        let of = |kind: &str| {
            let name = format!("{kind}-{}", language.tag());
            &all_papers()
                .iter()
                .find(|(found, _)| *found == name)
                .expect("printed")
                .1
        };
        for (paper, kind, pages) in [
            (Paper::Revocation, "revocation", 1),
            (Paper::DeliveryNote, "delivery-note", 2),
        ] {
            let layout = places_of(paper, language, pages);
            let scan = scanned(of(kind), &layout, language, DocumentKind::Passport, 60 + n as u64);
            let scan = read(&scan, None);
            let reading = alone(&scan, paper, pages.into());
            let id = match paper {
                Paper::Revocation => request(language, DocumentKind::Passport).request_id,
                _ => DeliveryNote::identity("2026-007"),
            };
            for page in reading.pages() {
                assert_eq!(page.request_id, Some(id), "{language:?} {paper:?}");
            }
        }
    }
}

#[test]
fn a_letter_is_known_by_its_code_in_every_language_as_scanned_and_turned() {
    for (n, language) in Language::ALL.into_iter().enumerate() {
        let one = letter(language, 2);
        let pdf = press().letter(&one, TICKET).expect("printed");
        let sheets = scanner::sheets(&pdf, Severity::Medium).expect("our own");
        let picture = scanner::picture(&sheets[0], Severity::Medium, &mut Dice::new(80 + n as u64));
        let path = file(&format!("scanned-letter-{}", language.tag()), &[]).with_extension("png");
        picture.save(&path).expect("written");
        let read: Vec<_> = zbar(&path).iter().map(|t| LetterId::from_code(t)).collect();
        assert_eq!(read, [Ok(one.id)], "{language:?}");
    }
}

#[test]
fn a_layout_written_out_measures_as_the_reader_does_by_itself() {
    // Written as `--layout` writes it, read as `read --layout` reads it.
    let through_file = |places: &[Place]| -> Vec<Place> {
        serde_json::from_slice(&serde_json::to_vec_pretty(places).expect("plain data")).expect("its own form")
    };
    let language = Language::Fr;
    let set = print(&request(language, DocumentKind::IdentityCard)).expect("printed");
    let named = |name: &str| {
        &all_papers()
            .iter()
            .find(|(found, _)| found == name)
            .expect("printed")
            .1
    };
    let revocation = places_of(Paper::Revocation, language, 1);
    let note = places_of(Paper::DeliveryNote, language, 2);
    for (what, pdf, layout) in [
        ("set", &set.pdf, &set.layout),
        ("revocation", named("revocation-fr"), &revocation),
        ("delivery note", named("delivery-note-fr"), &note),
    ] {
        let scan = scanned(pdf, layout, language, DocumentKind::IdentityCard, 7);
        let said = |scan: &Scan| -> Vec<String> {
            scan.readings
                .iter()
                .flat_map(|r| r.marks())
                .map(|m| format!("{} {} {:?}", m.name, m.page, m.present))
                .collect()
        };
        let by_file = said(&read(&scan, Some(&through_file(layout))));
        let by_itself = said(&read(&scan, None));
        assert!(!by_file.is_empty(), "{what}");
        for mark in &by_file {
            assert!(by_itself.contains(mark), "{what}: {mark} of {by_itself:?}");
        }
    }
}

#[test]
fn the_codes_of_every_page_that_has_them_stand_where_its_layout_says() {
    for language in Language::ALL {
        for (name, paper, pages) in [
            ("revocation", Paper::Revocation, 1),
            ("delivery-note", Paper::DeliveryNote, 2),
        ] {
            let name = format!("{name}-{}", language.tag());
            let (_, pdf) = all_papers().iter().find(|(n, _)| *n == name).expect("printed");
            let layout = places_of(paper, language, pages);
            assert_eq!(
                layout.iter().filter(|p| p.kind == PlaceKind::Signature).count(),
                1,
                "{name}"
            );
            for page in 1..=pages {
                let drawn = rasterise::draw(pdf.clone(), usize::from(page) - 1, 200).expect("drawn");
                for place in layout.iter().filter(|p| p.page == page) {
                    let px = |mm: f64| (mm / 25.4 * 200.0).round() as u32;
                    // With the quiet zone of four modules.
                    let margin = place.w_mm / 33.0 * 4.0;
                    let cut = image::imageops::crop_imm(
                        &drawn,
                        px(place.x_mm - margin),
                        px(place.y_mm - margin),
                        px(place.w_mm + 2.0 * margin),
                        px(place.h_mm + 2.0 * margin),
                    )
                    .to_image();
                    if place.kind == PlaceKind::Qr {
                        let path = file(&format!("place-{name}-{}", place.name), &[]).with_extension("png");
                        cut.save(&path).expect("written");
                        let codes: Vec<_> = zbar(&path).iter().map(|t| PageCode::decode(t)).collect();
                        assert!(
                            matches!(&codes[..], [Ok(code)] if place.name.ends_with(&code.corner.to_string()) && code.page == page),
                            "{name} {}: {codes:?}",
                            place.name
                        );
                    }
                }
            }
        }
    }
}
