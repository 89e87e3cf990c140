//! Travel documents on a request, and the pictures of what was read and of every problem.

use super::tests::{Never, all_pages, code_of, codes_of, only, print, printed, qr, read, request, scanned};
use super::*;
use crate::domain::DocumentKind;
use crate::paper::codes::PageCode;
use crate::paper::layout_of;
use crate::rehearsal::dice::Dice;
use crate::rehearsal::scanner::{self, Severity};
use crate::rehearsal::sheet::Sheet;
use crate::rehearsal::specimen;
use qrcode::{EcLevel, Version};

#[test]
fn a_larger_identity_card_that_reaches_beyond_its_place_is_read() {
    let mut dice = Dice::new(5);
    let mut r = request(5);
    r.data.travel_document.kind = DocumentKind::IdentityCard;
    let mut sheets: Vec<_> = (1..=3).map(|page| printed(&r, page, 200)).collect();
    let card = specimen::larger_card(&r.data, 200);
    sheets[0].paste(&card, (101.0, 114.0));
    let reading = only(read(&scanner::scan(&sheets, Severity::Light, &mut dice)));
    let document = reading.travel_document().expect("its zone is legible");
    assert_eq!(
        (
            document.format,
            document.number.as_str(),
            document.surname.as_str()
        ),
        ("TD2", "S0A00A00", "MUSTER")
    );
    assert_eq!(document.expiry, r.data.travel_document.expiry);
}

#[test]
fn a_copy_whose_zone_is_covered_is_present_but_not_legible_and_its_picture_shows_it() {
    let r = request(6);
    let mut sheets: Vec<_> = (1..=3).map(|page| printed(&r, page, 200)).collect();
    let layout = layout_of(code_of(&r, 1).layout).expect("known");
    let places = layout.in_set(1, DocumentKind::Passport);
    specimen::copy_onto(&mut sheets[0], &places, &r.data);
    let copy = layout.place("travel_document").expect("it has one");
    // A strip of paper lies over both lines.
    sheets[0].fill([copy.x_mm, copy.y_mm + copy.h_mm - 24.0, copy.w_mm, 22.0], 235);
    let bytes = scanned(&sheets);
    let reading = only(Reader::new(&Never).with_crops().read_files(&[("a", &bytes)]));
    let mark = reading
        .marks()
        .iter()
        .find(|m| m.name == "travel_document")
        .expect("a mark");
    assert_eq!((mark.present, reading.travel_document()), (Some(true), None));
    let problem = &reading.problems()[0];
    assert_eq!(codes_of(&reading), [ProblemCode::DocumentUnread]);
    let crop = reading.crop_of(problem).expect("a picture");
    assert_eq!((crop.spot.name.as_str(), crop.page), ("travel_document", Some(1)));
}

#[test]
fn every_problem_that_a_page_shows_has_its_picture() {
    let (r, other) = (request(1), request(2));
    // Pages of which one has another request's code stuck on, one a line changed, one is foreign, one is there twice.
    let mut sheets = all_pages(&r);
    let line = code_of(&other, 2).line().encode().expect("writes");
    sheets[1] = print(&r, code_of(&r, 2), &line, 150);
    let code = PageCode {
        corner: 1,
        ..code_of(&other, 3)
    };
    let place = layout_of(code.layout)
        .expect("known")
        .place("page_code_1")
        .expect("it has it")
        .clone();
    let text = code.encode().expect("writes");
    qr(
        &mut sheets[2],
        [place.x_mm, place.y_mm, place.w_mm, place.h_mm],
        &text,
        Some(Version::Normal(4)),
        EcLevel::H,
    );
    let mut foreign = Sheet::blank(210.0, 297.0, 150);
    (0..60).for_each(|i| foreign.fill([20.0, 20.0 + 4.0 * f64::from(i), 170.0, 1.5], 40));
    sheets.push(foreign);
    sheets.push(sheets[0].clone());
    let bytes = scanned(&sheets);
    let reading = only(Reader::new(&Never).with_crops().read_files(&[("a", &bytes)]));
    let wanted = [
        ProblemCode::LineDisagrees,
        ProblemCode::CodesDisagree,
        ProblemCode::PageUnread,
        ProblemCode::PageTwice,
    ];
    let said = codes_of(&reading);
    assert!(wanted.iter().all(|code| said.contains(code)), "{said:?}");
    for problem in reading.problems() {
        let crop = reading.crop_of(problem);
        assert_eq!(
            crop.is_none(),
            problem.code == ProblemCode::PageMissing,
            "{problem:?}"
        );
        if let Some(crop) = crop {
            assert!(image::load_from_memory(&crop.png).is_ok(), "{problem:?}");
            assert!(
                problem.detail.contains(&format!("page {}", crop.spot.index)),
                "{problem:?}"
            );
        }
    }
    // Without being asked for, no pictures are made.
    let reading = only(read(&bytes));
    assert!(reading.crops().is_empty() && reading.problems().iter().all(|p| reading.crop_of(p).is_none()));
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
        let named = |c: &&Crop| c.spot.name == name;
        let crop = reading.crops().iter().find(named).expect("a crop");
        let picture = image::load_from_memory(&crop.png).expect("a PNG");
        assert!(crop.png.len() < 400_000, "{name} has {} bytes", crop.png.len());
        assert!(name != "ocr_3" || picture.width() > 10 * picture.height());
    }
}
