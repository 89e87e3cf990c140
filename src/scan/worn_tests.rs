//! Sheets that fared badly: pale toner, paper that bulges, noise between weak print.

use super::tests::{codes_of, only, printed, request};
use super::*;
use crate::domain::DocumentKind;
use crate::paper::{PlaceKind, layout_id, layout_of};
use crate::rehearsal::dice::Dice;
use crate::rehearsal::sheet::Sheet;
use crate::rehearsal::wear::Conditions;
use crate::rehearsal::{scanner, specimen};
use image::GrayImage;

const HEAVY: Conditions = Conditions {
    noise: 8.0,
    shadow: 0.2,
    specks: 150,
    ..Conditions::GOOD
};

/// What is read of the first page, on which the passport is copied or not, after it went through this.
fn first_page(conditions: Conditions, copied: bool, dpi: u32) -> Reading {
    let r = request(6);
    let mut sheet = printed(&r, 1, dpi);
    let layout = layout_of(layout_id(
        1,
        crate::domain::Paper::Request,
        crate::domain::Language::De,
    ));
    let places = layout.expect("known").in_set(1, DocumentKind::Passport);
    if copied {
        specimen::copy_onto(&mut sheet, &places, &r.data);
    }
    assert!(places.iter().any(|p| p.kind == PlaceKind::DocumentCopy));
    read_worn(conditions, &sheet)
}

fn read_worn(conditions: Conditions, sheet: &Sheet) -> Reading {
    let seen: GrayImage = conditions.picture(sheet, None, &mut Dice::new(11));
    let bytes = scanner::jpeg(&seen, 40);
    only(Reader::new(&super::tests::Never).read_files(&[("a.jpg", &bytes)]))
}

fn document_of(reading: &Reading) -> Option<bool> {
    let mark = reading.marks().iter().find(|m| m.name == "travel_document");
    mark.expect("it is judged").present
}

#[test]
fn a_copy_in_pale_toner_is_there_and_an_empty_place_is_not() {
    for toner in [0.7, 0.45] {
        for copied in [true, false] {
            let reading = first_page(Conditions { toner, ..HEAVY }, copied, 150);
            assert_eq!(
                document_of(&reading),
                Some(copied),
                "toner {toner}, {:?}",
                reading.problems()
            );
        }
    }
}

#[test]
fn dust_and_folds_are_no_copy_however_quiet_the_paper() {
    for noise in [0.0, 2.0, 8.0] {
        let conditions = Conditions {
            noise,
            specks: 600,
            folds: 2,
            ..HEAVY
        };
        let reading = first_page(conditions, false, 200);
        assert_eq!(document_of(&reading), Some(false), "noise {noise}");
    }
}

#[test]
fn the_line_of_a_page_that_bulges_is_read_along_its_bend() {
    let r = request(7);
    let bulging = Conditions {
        photo: true,
        tilt: (0.08, 0.12),
        bulge_mm: 5.0,
        blur: 1,
        ..Conditions::GOOD
    };
    let reading = read_worn(bulging, &printed(&r, 2, 200));
    assert_eq!(
        reading.request_id(),
        Some(r.request_id),
        "{:?}",
        reading.problems()
    );
    assert_eq!(reading.card_serial(), Some(r.data.card_serial));
    assert!(!codes_of(&reading).contains(&ProblemCode::LineDisagrees));
}

#[test]
fn weak_print_in_strong_noise_is_no_crowd() {
    let r = request(8);
    let weak = Conditions {
        toner: 0.4,
        noise: 11.0,
        ..HEAVY
    };
    let reading = read_worn(weak, &printed(&r, 2, 150));
    assert_eq!(
        reading.request_id(),
        Some(r.request_id),
        "{:?}",
        reading.problems()
    );
    assert!(!codes_of(&reading).contains(&ProblemCode::PageCrowded));
}
