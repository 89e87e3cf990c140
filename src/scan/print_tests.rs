//! Print that a pen, white-out or another slip of paper changed, scanned at every severity.

use super::tests::{Never, only, papers, request};
use super::*;
use crate::domain::Request;
use crate::paper::codes::PageCode;
use crate::paper::{Overlay, PrintedGlyph, PrintedValue};
use crate::paper::{layout_id, layout_of};
use crate::rehearsal::dice::Dice;
use crate::rehearsal::hand;
use crate::rehearsal::scanner::{self, Severity};
use crate::rehearsal::sheet::Sheet;
use std::sync::LazyLock;

static PRESS: LazyLock<Press> =
    LazyLock::new(|| Press::new(&Overlay::new()).expect("the built-in templates"));

/// The values on the request's first page.
fn values(request: &Request) -> Vec<PrintedValue> {
    let paper = crate::domain::Paper::Request;
    let layout = layout_of(layout_id(
        crate::paper::layout::CURRENT,
        paper,
        request.data.language,
    ))
    .expect("the layout in use");
    let code = PageCode {
        paper: paper.number(),
        page: 1,
        of: 3,
        request: request.request_id,
        serial: request.data.card_serial,
        layout: layout.id,
        digest: request.digest(),
        corner: 0,
    };
    PRESS
        .printed_values(&layout, &code, Some(request))
        .expect("is printed so")
}

fn value(request: &Request, name: &str) -> PrintedValue {
    let found = values(request).into_iter().find(|v| v.name == name);
    found.expect("stands on the page")
}

/// What a scan says after somebody did something to the first page.
fn after(severity: Severity, seed: u64, deed: impl FnOnce(&mut Sheet, &Request, &mut Dice)) -> Reading {
    let mut dice = Dice::new(seed);
    let request = request(seed);
    let mut sheets = papers(&request, severity, true, &mut dice);
    deed(&mut sheets[0], &request, &mut dice);
    let bytes = scanner::scan(&sheets, severity, &mut dice);
    let reader = Reader::new(&Never).with_press(&PRESS).with_crops();
    only(reader.read_files(&[("scan.pdf", &bytes)]))
}

/// A stroke of the pen within the box of a glyph's capitals, from its left top, in shares of that box.
fn stroke(sheet: &mut Sheet, glyph: &PrintedGlyph, points: &[(f64, f64)]) {
    let capitals = 0.714 * glyph.em_mm;
    let way: Vec<_> = points
        .iter()
        .map(|(u, v)| {
            let at = (
                glyph.x_mm + u * glyph.advance_mm,
                glyph.baseline_mm - (1.0 - v) * capitals,
            );
            (at, 0.4)
        })
        .collect();
    sheet.pen(&way, 40);
}

fn doubted(reading: &Reading) -> Vec<&str> {
    let said_no = reading.prints().iter().filter(|p| p.agrees == Some(false));
    said_no.map(|p| p.name.as_str()).collect()
}

#[test]
fn print_that_nobody_touched_agrees_at_every_severity() {
    for severity in Severity::ALL {
        for seed in 1..=3 {
            let reading = after(severity, seed, |_, _, _| {});
            assert_eq!(reading.problems(), [], "{severity:?}, seed {seed}");
            let prints = reading.prints();
            for page in 1..=3 {
                for name in ["request_id", "card_serial"] {
                    let there = |p: &&PrintReading| p.page == page && p.name == name;
                    assert!(prints.iter().any(|p| there(&p)), "{name} on page {page}");
                }
            }
            assert!(prints.iter().any(|p| p.name == "person.family_name"));
            assert!(
                prints.iter().all(|p| p.agrees == Some(true)),
                "{severity:?}: {prints:?}"
            );
        }
    }
}

#[test]
fn a_digit_changed_by_pen_is_seen_and_cut_out() {
    // What a pen makes of each digit of the serial.
    let changes: [(char, &[(f64, f64)]); 4] = [
        ('1', &[(0.15, 0.05), (0.9, 0.02)]),
        (
            '3',
            &[(0.3, 0.08), (0.15, 0.25), (0.3, 0.48), (0.12, 0.7), (0.3, 0.95)],
        ),
        ('0', &[(0.15, 0.5), (0.9, 0.5)]),
        ('2', &[(0.85, 0.3), (0.15, 0.45), (0.15, 0.9)]),
    ];
    for severity in Severity::ALL {
        for (digit, way) in changes {
            let reading = after(severity, 7, |sheet, request, _| {
                let serial = value(request, "card_serial");
                let glyph = serial
                    .glyphs
                    .iter()
                    .find(|g| g.character == digit)
                    .expect("has it");
                stroke(sheet, glyph, way);
            });
            let what = format!("{severity:?}, {digit}: {:?}", reading.problems());
            assert!(doubted(&reading).contains(&"card_serial"), "{what}");
            assert!(
                reading.crops().iter().any(|c| c.spot.name == "print_card_serial"),
                "{what}"
            );
            assert!(!reading.clean(), "{what}");
        }
    }
}

#[test]
fn a_letter_printed_otherwise_is_read_and_the_data_are_no_value() {
    for severity in Severity::ALL {
        let reading = after(severity, 4, |sheet, request, dice| {
            let mut other = request.clone();
            other.data.person.family_name = "Mustar".into();
            let slip = papers(&other, severity, false, dice).remove(0);
            let [x, y, w, h] = print::area(&value(request, "person.family_name"));
            cut_over(sheet, &slip, [x - 1.0, y, w + 4.0, h]);
        });
        let problem = reading
            .problems()
            .iter()
            .find(|p| p.code == ProblemCode::PrintDiffers);
        let detail = &problem
            .unwrap_or_else(|| panic!("{severity:?}: {:?}", reading.problems()))
            .detail;
        assert!(
            detail.contains("person.family_name is printed as Mustar"),
            "{detail}"
        );
        assert_eq!(reading.signed_request(), None);
        assert_eq!(doubted(&reading), ["person.family_name"]);
        let id = Some(request(4).request_id);
        assert_eq!(reading.request_id(), id, "the name does not touch the codes");
    }
}

#[test]
fn another_name_pasted_over_and_a_name_whited_out_are_seen() {
    for severity in Severity::ALL {
        for name in ["Huber", "Beispiel-Muster", ""] {
            let reading = after(severity, 5, |sheet, request, dice| {
                let [x, y, w, h] = print::area(&value(request, "person.family_name"));
                let slip = if name.is_empty() {
                    Sheet::blank(210.0, 297.0, severity.dpi())
                } else {
                    let mut other = request.clone();
                    other.data.person.family_name = name.into();
                    papers(&other, severity, false, dice).remove(0)
                };
                cut_over(sheet, &slip, [x - 1.0, y, w + 30.0, h]);
            });
            let what = format!("{severity:?}, ‘{name}’: {:?}", reading.prints());
            assert_ne!(agreement(&reading, "person.family_name"), Some(true), "{what}");
            assert_eq!(agreement(&reading, "person.given_names"), Some(true), "{what}");
        }
    }
}

#[test]
fn a_stamp_over_a_value_needs_eyes_and_takes_no_value_away() {
    for severity in Severity::ALL {
        let reading = after(severity, 6, |sheet, request, dice| {
            let [x, y, w, h] = print::area(&value(request, "person.birth_date"));
            hand::stamp(sheet, (x + w / 2.0 + 8.0, y + h / 2.0), 9.0, dice);
        });
        let what = format!("{severity:?}: {:?}", reading.problems());
        assert!(doubted(&reading).contains(&"person.birth_date"), "{what}");
        assert!(
            reading.problems().iter().all(|p| p.code.asks_for_eyes_only()),
            "{what}"
        );
        assert_eq!(reading.signed_request(), Some(request(6)), "{what}");
    }
}

#[test]
fn a_value_underlined_or_ticked_off_beside_is_left_in_peace() {
    for severity in Severity::ALL {
        let reading = after(severity, 8, |sheet, request, _| {
            let [x, _, w, _] = print::area(&value(request, "person.family_name"));
            let baseline = value(request, "person.family_name").glyphs[0].baseline_mm;
            sheet.pen(
                &[((x, baseline + 0.8), 0.35), ((x + w, baseline + 0.9), 0.35)],
                40,
            );
            let tick = [
                (x + w + 3.0, baseline - 1.0),
                (x + w + 4.0, baseline),
                (x + w + 6.5, baseline - 4.0),
            ];
            sheet.pen(&tick.map(|p| (p, 0.4)), 40);
        });
        assert_eq!(doubted(&reading), [""; 0], "{severity:?}");
    }
}

fn agreement(reading: &Reading, name: &str) -> Option<bool> {
    let found = reading.prints().iter().find(|p| p.name == name);
    found.expect("was compared").agrees
}

/// Lays a rectangle (mm) of another sheet over this one, at its own place.
fn cut_over(sheet: &mut Sheet, slip: &Sheet, rectangle: [f64; 4]) {
    sheet.paint(rectangle, |x, y, old| {
        let pixel = |mm: f64| (mm * slip.per_mm) as u32;
        let (px, py) = (pixel(x), pixel(y));
        if px < slip.grey.width() && py < slip.grey.height() {
            slip.grey.get_pixel(px, py).0[0]
        } else {
            old
        }
    });
}
