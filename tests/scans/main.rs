//! Scans through the real program: every form of file, several at once, and files made to exhaust it.

use lopdf::{Document, Object, Stream, dictionary};
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
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_siegelpost");

fn request() -> Request {
    let json = serde_json::json!({
        "schema": 1, "language": "en",
        "person": {"family_name": "Specimen", "given_names": "Alex", "birth_date": "1990-01-31", "nationality": "CHE"},
        "mail": "alex.specimen@example.org",
        "organisation": {"name": "Office of Examples", "unit": "Samples"},
        "address": {"street": "Musterstrasse", "house_number": "12", "postcode": "3003", "town": "Bern", "country": "CH"},
        "travel_document": {"kind": "passport", "number": "S0A00A00", "issuer": "CHE", "expiry": "2031-01-30"},
        "card_serial": CardSerial::from_number(100_200_300), "site": "bern", "delivery": "post"
    });
    Request {
        request_id: RequestId::from_bits(0x1_2345_6789_abcd),
        data: RequestData::from_json(json.to_string().as_bytes()).expect("a valid sample"),
    }
}

/// The second page of a printed set at 150 dpi, scanned with a little of everything.
fn page(depth: Depth) -> image::GrayImage {
    let request = request();
    let set = Press::new(&Overlay::new())
        .expect("the built-in templates are good")
        .request_set(SetInput {
            request: &request,
            office: &Office::specimen(),
            rio_name: "Rita Beispiel",
            site_name: "Bern",
            on: jiff::civil::date(2026, 3, 1),
        })
        .expect("it prints");
    let sheet = Sheet::of_page(rasterise::draw(set.pdf, 1, 150).expect("our own"), 150);
    let conditions = Conditions {
        skew: 1.2,
        shadow: 0.1,
        noise: 3.0,
        specks: 20,
        depth,
        ..Conditions::GOOD
    };
    conditions.picture(&sheet, None, &mut Dice::new(4))
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

/// A one-page PDF with this content and these objects beside it.
fn pdf(content: Vec<u8>, objects: impl FnOnce(&mut Document) -> lopdf::Dictionary) -> Vec<u8> {
    let mut pdf = Document::with_version("1.5");
    let tree = pdf.new_object_id();
    let resources = objects(&mut pdf);
    let content = Stream::new(dictionary! {}, content);
    let content = pdf.add_object(content);
    let leaf = pdf.add_object(dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    pdf.objects.insert(
        tree,
        dictionary! { "Type" => "Pages", "Kids" => vec![Object::from(leaf)], "Count" => 1 }.into(),
    );
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    pdf.compress();
    let mut out = Vec::new();
    pdf.save_to(&mut out).expect("written to memory");
    out
}

#[cfg(unix)]
#[test]
fn pages_made_to_exhaust_the_drawer_end_as_a_problem_in_bounded_time() {
    // Forms that each draw the next one ten times: ten to the ninth rectangles.
    let nested = pdf(b"/F0 Do".to_vec(), |pdf| {
        let mut inner = None;
        for level in 0..9 {
            let mut objects = lopdf::Dictionary::new();
            if let Some(id) = inner {
                objects.set("N", Object::Reference(id));
            }
            let content = if level == 0 {
                "0 0 1 1 re f ".repeat(10)
            } else {
                "/N Do ".repeat(10)
            };
            let form = dictionary! {
                "Type" => "XObject", "Subtype" => "Form",
                "BBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
                "Resources" => dictionary! { "XObject" => objects },
            };
            inner = Some(pdf.add_object(Stream::new(form, content.into_bytes())));
        }
        dictionary! { "XObject" => dictionary! { "F0" => inner.expect("nine forms") } }
    });
    // A form that draws itself.
    let cyclic = pdf(b"/F0 Do".to_vec(), |pdf| {
        let id = pdf.new_object_id();
        let form = dictionary! {
            "Type" => "XObject", "Subtype" => "Form",
            "BBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            "Resources" => dictionary! { "XObject" => dictionary! { "F0" => id } },
        };
        pdf.objects
            .insert(id, Stream::new(form, b"/F0 Do 0 0 5 5 re f".to_vec()).into());
        dictionary! { "XObject" => dictionary! { "F0" => id } }
    });
    let folder = folder("hostile");
    for (name, bytes) in [("nested.pdf", nested), ("cyclic.pdf", cyclic)] {
        assert!(bytes.len() < 100_000, "{name} is small, which is its point");
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("written");
        let began = Instant::now();
        let read = Command::new(PROGRAM)
            .args(["read", "--json"])
            .arg(&path)
            .output()
            .expect("it starts");
        // The child has five seconds of processor time, and thirty on the wall.
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{name} took {:?}",
            began.elapsed()
        );
        let said: serde_json::Value = serde_json::from_slice(&read.stdout).expect("JSON");
        assert!(said["request"].is_null(), "{name}: {said}");
        // A page that was drawn after all is blank or says nothing; one that was not is a problem.
        assert!(matches!(read.status.code(), Some(0 | 1)), "{name}: {read:?}");
    }
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
