//! The letter in its envelope: what the window shows when the sheet shifts, what the folds hide, what the inserter reads.

use super::cast::*;
use siegelpost::domain::{Language, RequestId};
use siegelpost::paper::{InserterMarks, Letter, LetterId, WindowProfile};
use std::process::Command;

const DPI: f64 = 150.0;
/// How far a sheet may shift in its envelope.
const SHIFT_MM: f64 = 3.0;

/// A word on a sheet: its text, and x, y, width, height in millimetres.
struct Word {
    text: String,
    place: [f64; 4],
}

/// The words of a sheet where poppler finds them in the layout.
fn words(name: &str, pdf: &[u8]) -> Vec<Word> {
    let boxes = run(
        "pdftotext",
        &["-bbox", file(name, pdf).to_str().expect("UTF-8"), "-"],
    );
    let words: Vec<Word> = boxes
        .lines()
        .filter_map(|line| {
            let (measures, text) = line.trim().strip_prefix("<word ")?.split_once('>')?;
            let measure = |key: &str| -> f64 {
                let (_, rest) = measures.split_once(&format!("{key}=\"")).expect(key);
                let number = rest.split('"').next().expect("quoted");
                number.parse::<f64>().expect("a number") / 72.0 * 25.4
            };
            let [x0, y0, x1, y1] = ["xMin", "yMin", "xMax", "yMax"].map(measure);
            Some(Word {
                text: text.strip_suffix("</word>")?.to_owned(),
                place: [x0, y0, x1 - x0, y1 - y0],
            })
        })
        .collect();
    assert!(words.len() > 80, "{name}: {} words", words.len());
    words
}

/// A letter with six lines of address, each as long as one may be, for an envelope.
fn longest(language: Language, window: &WindowProfile) -> Letter {
    let mut long = Letter {
        window: window.clone(),
        ..letter(language, 1)
    };
    long.recipient.name = "Maria-Magdalena Specimen-Österreicher-Beispiel".into();
    let address = &mut long.recipient.address;
    address.care_of = Some("Verein Muster und Beispiel".into());
    address.po_box = Some("12345".into());
    address.town = "Sankt Beispiel an der Musterstrasse".into();
    address.country = "LI".into();
    long
}

fn profiles() -> Vec<WindowProfile> {
    let named = WindowProfile::NAMES.map(|name| WindowProfile::named(name).expect("built in"));
    named.to_vec()
}

/// The part of a window that lies on the sheet, when the sheet has shifted by this much beneath it.
fn open_part([x, y, w, h]: [f64; 4], (dx, dy): (f64, f64)) -> [f64; 4] {
    let (left, right) = ((x - dx).max(0.0), (x - dx + w).min(210.0));
    [left, y - dy, right - left, h]
}

fn inside([x, y, w, h]: [f64; 4], [ox, oy, ow, oh]: [f64; 4]) -> bool {
    x >= ox && y >= oy && x + w <= ox + ow && y + h <= oy + oh
}

fn apart([x, y, w, h]: [f64; 4], [ox, oy, ow, oh]: [f64; 4]) -> bool {
    x + w <= ox || x >= ox + ow || y + h <= oy || y >= oy + oh
}

/// Every shift to the sides, up and down, and into the corners.
fn shifts() -> Vec<(f64, f64)> {
    let steps = [-SHIFT_MM, 0.0, SHIFT_MM];
    steps.iter().flat_map(|x| steps.map(|y| (*x, y))).collect()
}

#[test]
fn the_window_shows_the_whole_address_and_nothing_else_however_the_sheet_shifts() {
    for window in profiles() {
        for language in Language::ALL {
            let long = longest(language, &window);
            let name = format!(
                "window-{}-{}",
                window.name.replace(['/', ' '], "-").to_lowercase(),
                language.tag()
            );
            let pdf = press().letter(&long, TICKET).expect("printed");
            let all = words(&name, &pdf);
            // The address is six lines of words: all and only what stands in the window at rest.
            let at_rest = open_part(window.window_mm, (0.0, 0.0));
            let address: Vec<&Word> = all.iter().filter(|w| inside(w.place, at_rest)).collect();
            let said: Vec<&str> = address.iter().map(|w| w.text.as_str()).collect();
            for part in [
                "Maria-Magdalena",
                "Musterstrasse",
                "12a",
                "12345",
                "3003",
                "Sankt",
            ] {
                assert!(said.contains(&part), "{name}: {part} in {said:?}");
            }
            let mut lines: Vec<i64> = address
                .iter()
                .map(|w| (w.place[1] * 10.0).round() as i64)
                .collect();
            lines.sort_unstable();
            lines.dedup();
            // The long name breaks where the window is narrow.
            assert!((6..=7).contains(&lines.len()), "{name}: {said:?}");
            let last = address.last().expect("words");
            assert_eq!(last.text, last.text.to_uppercase(), "{name}: the country");

            let picture = image::open(&rendered(&name, &pdf, DPI as u32)[0])
                .expect("a picture")
                .to_luma8();
            let area = |r: [f64; 4]| ink(&picture, DPI, r) * r[2] * r[3];
            let whole = area(at_rest);
            assert!(whole > 0.0);
            for shift in shifts() {
                let open = open_part(window.window_mm, shift);
                for word in &all {
                    let of_address = address.iter().any(|a| a.place == word.place);
                    let right = if of_address {
                        inside(word.place, open)
                    } else {
                        apart(word.place, open)
                    };
                    assert!(
                        right,
                        "{name}, shifted by {shift:?}: ‘{}’ at {:?}",
                        word.text, word.place
                    );
                }
                // No line, picture or mark either: there is as much ink as at rest.
                let seen = area(open);
                assert!(
                    (seen - whole).abs() < 0.02 * whole,
                    "{name} {shift:?}: {seen} of {whole}"
                );
            }
            // The test can fail: a sheet that has slipped further shows something else.
            let slipped = shifts().iter().any(|(dx, dy)| {
                let open = open_part(window.window_mm, (dx * 8.0, dy * 8.0));
                address.iter().any(|w| !inside(w.place, open))
            });
            assert!(slipped, "{name}");
        }
    }
}

#[test]
fn the_eticket_is_far_from_the_window_and_on_another_panel() {
    for window in profiles() {
        let name = format!("panel-{}", window.name.replace(['/', ' '], "-").to_lowercase());
        let pdf = press()
            .letter(&longest(Language::De, &window), TICKET)
            .expect("printed");
        let all = words(&name, &pdf);
        let ticket: Vec<&Word> = all.iter().filter(|w| w.text == TICKET).collect();
        let [ticket] = ticket[..] else {
            panic!("{name}: the eTicket stands once")
        };
        let [_, top, _, height] = ticket.place;
        let [_, y, _, h] = window.window_mm;
        assert!(top - (y + h) > 50.0, "{name}: {top}");
        let panel = |at: f64| window.folds_mm.iter().filter(|f| **f < at).count();
        assert_eq!(
            panel(top - 3.0),
            panel(top + height + 3.0),
            "{name}: no fold runs through it"
        );
        assert!(
            window.folds_mm.is_empty() || panel(top) == 1,
            "{name}: another panel than the address"
        );
        // Of the card's number, the end alone; a thief learns no serial.
        assert!(all.iter().all(|w| !w.text.contains("1002")), "{name}");
        // A mark at each fold, at the sheet's edge, and nothing at the edge elsewhere.
        let picture = image::open(&rendered(&name, &pdf, DPI as u32)[0])
            .expect("a picture")
            .to_luma8();
        for fold in &window.folds_mm {
            assert!(
                ink(&picture, DPI, [5.5, fold - 0.3, 2.0, 0.6]) > 0.2,
                "{name}: fold {fold}"
            );
        }
        for y in (10..280).step_by(3).map(f64::from) {
            if window.folds_mm.iter().all(|f| (f - y).abs() > 5.0) {
                assert_eq!(ink(&picture, DPI, [1.0, y, 18.0, 2.0]), 0.0, "{name} at {y}");
            }
        }
    }
}

/// What a reader of others finds in a grey picture: format, text and corners of each code.
const READER: &str = r#"
import json, sys, zxingcpp
with open(sys.argv[1], "rb") as f:
    assert f.readline() == b"P5\n"
    width, height = map(int, f.readline().split())
    f.readline()
    pixels = f.read()
image = memoryview(pixels).cast("B", shape=[height, width])
found = zxingcpp.read_barcodes(image)
print(json.dumps([{"format": str(b.format), "text": b.text,
    "at": [b.position.top_left.x, b.position.top_left.y, b.position.bottom_right.x, b.position.bottom_right.y]} for b in found]))
"#;

fn read_by_others(name: &str, pdf: &[u8], page: u32, dpi: u32) -> Vec<serde_json::Value> {
    let path = file(name, pdf);
    let stem = path.with_extension("").with_file_name(format!("{name}-{page}"));
    let (dpi, page) = (dpi.to_string(), page.to_string());
    let args = ["-r", &dpi, "-gray", "-f", &page, "-l", &page, "-singlefile"];
    let places = [path.to_str().expect("UTF-8"), stem.to_str().expect("UTF-8")];
    run("pdftoppm", &[&args[..], &places[..]].concat());
    let out = Command::new(installed("zxing/bin/python"))
        .args(["-c", READER, stem.with_extension("pgm").to_str().expect("UTF-8")])
        .output()
        .expect("python runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

#[test]
fn another_reader_finds_the_inserters_datamatrix_on_every_sheet() {
    let inserter = InserterMarks::DataMatrix {
        x_mm: 8.0,
        y_mm: 215.0,
        module_mm: 0.5,
    };
    for window in profiles() {
        let window = WindowProfile { inserter, ..window };
        let batch: Vec<_> = (1..=3)
            .map(|n| {
                let id = LetterId::new(RequestId::from_bits(77 * n), 1).expect("in range");
                (
                    Letter {
                        id,
                        window: window.clone(),
                        ..letter(Language::It, 1)
                    },
                    ticket(),
                )
            })
            .collect();
        let (files, _) = press().letters(&batch).expect("printed");
        let name = format!(
            "datamatrix-{}",
            window.name.replace(['/', ' '], "-").to_lowercase()
        );
        for (sheet, (letter, _)) in (1u32..).zip(&batch) {
            let found = read_by_others(&name, &files[0].pdf, sheet, 200);
            let of = |format: &str| -> Vec<&serde_json::Value> {
                let of = found.iter().filter(|f| {
                    let name = f["format"]
                        .as_str()
                        .expect("text")
                        .replace([' ', '-'], "")
                        .to_lowercase();
                    name.ends_with(format)
                });
                of.collect()
            };
            let [matrix] = of("datamatrix")[..] else {
                panic!("{name}, sheet {sheet}: {found:#?}")
            };
            let said = matrix["text"].as_str().expect("text");
            assert_eq!(said, format!("{}0101{sheet:06}", letter.id.code()), "{name}");
            assert_eq!(said, InserterMarks::text(letter.id, sheet as usize));
            // It lies where the profile has it.
            let corners = matrix["at"].as_array().expect("corners");
            for (corner, mm) in corners.iter().zip([8.0, 215.0, 18.0, 225.0]) {
                let at = corner.as_f64().expect("a number") / 200.0 * 25.4;
                assert!((at - mm).abs() < 0.6, "{name}: {at} for {mm}");
            }
            // The letter's own code is there too.
            assert!(
                of("qrcode").iter().any(|q| q["text"] == letter.id.code()),
                "{found:#?}"
            );
        }
    }
    // Off by default.
    let pdf = press().letter(&letter(Language::It, 1), TICKET).expect("printed");
    let found = read_by_others("no-datamatrix", &pdf, 1, 200);
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn optical_marks_count_the_sheets_at_the_edge() {
    let inserter = InserterMarks::Omr {
        x_mm: 8.0,
        y_mm: 215.0,
        pitch_mm: 4.0,
    };
    let window = WindowProfile {
        inserter,
        ..WindowProfile::c5_6_left()
    };
    let batch: Vec<_> = (1..=5)
        .map(|n| {
            let letter = letter(Language::De, n);
            (
                Letter {
                    window: window.clone(),
                    ..letter
                },
                ticket(),
            )
        })
        .collect();
    let (files, _) = press().letters(&batch).expect("printed");
    let pictures = rendered("omr", &files[0].pdf, 300);
    assert_eq!(pictures.len(), 5);
    // Gate and end of set on each sheet, then two bits of the count.
    let expected = ["1100", "1110", "1101", "1111", "1100"];
    for (picture, expected) in pictures.iter().zip(expected) {
        let picture = image::open(picture).expect("a picture").to_luma8();
        let marks: String = (0..4)
            .map(|n| ink(&picture, 300.0, [9.0, 215.0 + 4.0 * f64::from(n), 4.0, 0.4]))
            .map(|ink| if ink > 0.7 { '1' } else { '0' })
            .collect();
        assert_eq!(marks, expected);
    }
}
