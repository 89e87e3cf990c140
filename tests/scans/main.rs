//! Scans through the real program: every form of file, several at once, and files made to exhaust it.

mod foreign;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod measure;
mod sets;

use siegelpost::adapters::rasterise::{self, ChildRasteriser};
use siegelpost::domain::{CardSerial, Request, RequestData, RequestId};
use siegelpost::paper::{Office, Overlay, Press, SetInput};
use siegelpost::rehearsal::container::Form;
use siegelpost::rehearsal::dice::Dice;
use siegelpost::rehearsal::sheet::Sheet;
use siegelpost::rehearsal::wear::{Conditions, Depth};
use siegelpost::scan::Reader;
use std::path::PathBuf;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_siegelpost");

fn request() -> Request {
    request_number(0x1_2345_6789_abcd, 100_200_300)
}

fn request_number(id: u64, card: u32) -> Request {
    let json = serde_json::json!({
        "schema": 1, "language": "en",
        "person": {"family_name": "Specimen", "given_names": "Alex", "birth_date": "1990-01-31", "nationality": "CHE"},
        "mail": "alex.specimen@example.org",
        "organisation": {"name": "Office of Examples", "unit": "Samples"},
        "address": {"street": "Musterstrasse", "house_number": "12", "postcode": "3003", "town": "Bern", "country": "CH"},
        "travel_document": {"kind": "passport", "number": "S0A00A00", "issuer": "CHE", "expiry": "2031-01-30"},
        "card_serial": CardSerial::from_number(card), "site": "bern", "delivery": "post"
    });
    Request {
        request_id: RequestId::from_bits(id),
        data: RequestData::from_json(json.to_string().as_bytes()).expect("a valid sample"),
    }
}

/// The printed set of a request, as the PDF that a browser or viewer prints.
fn printed(request: &Request) -> Vec<u8> {
    Press::new(&Overlay::new())
        .expect("the built-in templates are good")
        .request_set(SetInput {
            request,
            office: &Office::specimen(),
            rio_name: "Rita Beispiel",
            site_name: "Bern",
            on: jiff::civil::date(2026, 3, 1),
        })
        .expect("it prints")
        .pdf
}

/// A page of a printed set (from 0), scanned with a little of everything.
fn scanned(pdf: &[u8], index: usize, dpi: u32, depth: Depth) -> image::GrayImage {
    let drawn = rasterise::draw(pdf.to_vec(), index, dpi).expect("our own");
    let conditions = Conditions {
        skew: 1.2,
        shadow: 0.1,
        noise: 3.0,
        specks: 20,
        depth,
        ..Conditions::GOOD
    };
    conditions.picture(&Sheet::of_page(drawn, dpi), None, &mut Dice::new(4))
}

/// The second page of a printed set at 150 dpi.
fn page(depth: Depth) -> image::GrayImage {
    scanned(&printed(&request()), 1, 150, depth)
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder of our own");
    folder
}

#[test]
fn every_form_of_file_is_read_and_told_in_the_order_given() {
    let folder = folder("forms");
    let (grey, bilevel) = (page(Depth::Grey), page(Depth::Threshold(140)));
    let mut paths = Vec::new();
    for form in Form::ALL {
        let picture = if form.bilevel() { &bilevel } else { &grey };
        for (name, bytes) in form.files(std::slice::from_ref(picture), (150, 150), 70) {
            let path = folder.join(format!("{:02}-{name}", paths.len()));
            std::fs::write(&path, bytes).expect("written");
            paths.push((form, path));
        }
    }
    let read = Command::new(PROGRAM)
        .args(["read", "--json", "--jobs", "3"])
        .args(paths.iter().map(|p| &p.1))
        .output()
        .expect("it starts");
    // Two pages of each set are missing.
    assert_eq!(read.status.code(), Some(1));
    let said = String::from_utf8(read.stdout).expect("UTF-8");
    let lines: Vec<serde_json::Value> = said
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), paths.len());
    let wanted = serde_json::to_value(request().request_id).expect("plain data");
    for ((form, path), line) in paths.iter().zip(&lines) {
        assert_eq!(line["file"], path.display().to_string());
        assert_eq!(
            line["request"]["request_id"], wanted,
            "{form:?}: {}",
            line["problems"]
        );
        assert_eq!(line["request"]["missing"], serde_json::json!([1, 3]), "{form:?}");
        assert_eq!(line["pages"][0]["rotation"], 0, "{form:?}");
        assert_eq!(line["marks"][0]["present"], false, "{form:?}");
    }
}

#[test]
fn a_request_spread_over_files_is_read_together_and_explained() {
    let folder = folder("together");
    let (one, two) = (folder.join("one.png"), folder.join("two.png"));
    page(Depth::Grey).save(&one).expect("written");
    page(Depth::Threshold(140)).save(&two).expect("written");
    let explained = folder.join("explained");
    let read = Command::new(PROGRAM)
        .args(["read", "--json", "--together", "--explain"])
        .args([&explained, &one, &two])
        .output()
        .expect("it starts");
    let said: serde_json::Value = serde_json::from_slice(&read.stdout).expect("one line of JSON");
    let codes: Vec<&str> = said["problems"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|p| p["code"].as_str())
        .collect();
    assert!(codes.contains(&"page_twice"), "{codes:?}");
    let list = std::fs::read_to_string(explained.join("explained.txt")).expect("written");
    assert!(list.contains("page_code_2_0: read"), "{list}");
    let first = list.split(':').next().expect("a line");
    assert!(image::open(explained.join(first)).is_ok(), "{first} is a picture");
}

#[test]
fn a_scan_cut_at_every_kilobyte_never_gives_a_wrong_value() {
    let truth = request();
    let drawer = ChildRasteriser::new(PROGRAM.into());
    let reader = Reader::new(&drawer);
    for (form, depth) in [
        (Form::PdfDct, Depth::Grey),
        (
            Form::Tiff(siegelpost::rehearsal::container::TiffKind::FillOrder2),
            Depth::Threshold(140),
        ),
    ] {
        let files = form.files(&[page(depth)], (150, 150), 40);
        let bytes = &files[0].1;
        for length in (0..bytes.len()).step_by(1024) {
            for reading in &reader.read_files(&[("cut", &bytes[..length])]).readings {
                assert!(
                    reading.request_id().is_none_or(|id| id == truth.request_id),
                    "{form:?} cut at {length}"
                );
                assert!(
                    reading.card_serial().is_none_or(|s| s == truth.data.card_serial),
                    "{form:?} cut at {length}"
                );
                assert!(!reading.clean(), "{form:?} cut at {length}");
            }
        }
    }
}
