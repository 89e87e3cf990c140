//! Papers that come back over the scanner: letters that the post returned, and the signed note of a delivery.

use crate::batches::letters_waiting;
use crate::play::{Play, scratch};
use serde_json::{Value, json};
use siegelpost::app::Outside;
use siegelpost::domain::{CardSerial, Language, TicketState};
use siegelpost::paper::{DeliveryNote, LetterId};
use siegelpost::rehearsal::dice::Dice;
use siegelpost::rehearsal::scanner::{self, Severity};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn program(office: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_siegelpost"))
        .args(["--json"])
        .args(words)
        .env("SIEGELPOST_OFFICE", office)
        .env_remove("SIEGELPOST_AS")
        .env_remove("SIEGELPOST_END_AT")
        .output()
        .unwrap()
}

/// Its exit code and its lines.
fn said(output: &Output) -> (Option<i32>, Vec<Value>) {
    let lines = String::from_utf8_lossy(&output.stdout);
    let parsed = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    (output.status.code(), parsed)
}

/// The pages of a PDF as one scanned file.
fn scanned(pdf: &[u8], severity: Severity, seed: u64) -> Vec<u8> {
    let sheets = scanner::sheets(pdf, severity).expect("papers of ours");
    scanner::scan(&sheets, severity, &mut Dice::new(seed))
}

fn run(program: &str, args: &[&str]) {
    let out = Command::new(program).args(args).output().unwrap();
    assert!(
        out.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
}

/// Four letters posted; their print file is kept as what the post brings back.
fn posted() -> (Play, PathBuf, Vec<LetterId>) {
    let play = letters_waiting("letters that come back", Outside::real().clock.now(), 5);
    let batch = play.print_what_is_ready();
    let kept = play.folder.join("holder/returned.pdf");
    fs::copy(play.tray(&batch).join("letters-c5-left-de.pdf"), &kept).unwrap();
    let manifest: siegelpost::paper::Manifest =
        serde_json::from_slice(&fs::read(play.tray(&batch).join("manifest.json")).unwrap()).unwrap();
    let german = manifest.letters.iter().filter(|l| l.language == Language::De);
    let ids = german.map(|l| l.letter).collect();
    play.hand_over(&batch).unwrap();
    (play, kept, ids)
}

fn void(play: &Play) -> usize {
    let cards = play.app.desk().store.cards().unwrap();
    let is_void = |t: &&TicketState| matches!(t, TicketState::Void { .. });
    cards.iter().flat_map(|c| &c.tickets).filter(is_void).count()
}

#[test]
fn returned_letters_are_read_from_their_scans_and_voided_once() {
    let (play, letters, ids) = posted();
    assert_eq!(ids.len(), 4);
    let office = play.folder.clone();
    let text = |p: &Path| p.to_str().unwrap().to_owned();
    // Sheets 1 and 2 as a scanner sends them.
    let two = play.folder.join("holder/two.pdf");
    run(
        "qpdf",
        &[&text(&letters), "--pages", ".", "1-2", "--", &text(&two)],
    );
    let scan = play.folder.join("holder/two-scanned.pdf");
    fs::write(&scan, scanned(&fs::read(&two).unwrap(), Severity::Medium, 1)).unwrap();
    // Sheet 3 as a bilevel TIFF upside down with an empty back, sheet 4 with its code torn off as JPEG.
    let stem = text(&play.folder.join("holder/sheet"));
    run(
        "pdftoppm",
        &["-r", "200", "-gray", "-png", &text(&letters), &stem],
    );
    let third = image::open(format!("{stem}-3.png")).unwrap().to_luma8();
    let turned = image::imageops::rotate180(&third);
    let blank = image::GrayImage::from_pixel(third.width(), third.height(), image::Luma([255]));
    let turned_file = play.folder.join("holder/third.tiff");
    turned.save(&turned_file).unwrap();
    let blank_file = play.folder.join("holder/back.png");
    blank.save(&blank_file).unwrap();
    let mut torn = image::open(format!("{stem}-4.png")).unwrap().to_luma8();
    for y in torn.height() * 4 / 5..torn.height() {
        for x in torn.width() / 2..torn.width() {
            torn.put_pixel(x, y, image::Luma([255]));
        }
    }
    let torn_file = play.folder.join("holder/fourth.jpg");
    torn.save(&torn_file).unwrap();

    let files = [&scan, &turned_file, &blank_file, &torn_file].map(|f| text(f));
    let mut words = vec!["--as", "post", "dispatch", "returned", "--scan"];
    words.extend(files.iter().map(String::as_str));
    let (code, lines) = said(&program(&office, &words));
    assert_eq!(code, Some(1), "a page was not read: {lines:#?}");
    let unread: Vec<_> = lines.iter().filter(|l| l["letter"].is_null()).collect();
    assert_eq!(unread.len(), 1, "{unread:#?}");
    assert_eq!(
        (&unread[0]["file"], &unread[0]["page"], &unread[0]["code"]),
        (&json!(files[3]), &json!(1), &json!("page_unread"))
    );
    let mut seen: Vec<_> = lines
        .iter()
        .filter(|l| !l["letter"].is_null())
        .map(|l| {
            assert_eq!(l["outcome"], "returned", "{l}");
            (
                l["letter"].as_str().unwrap().to_owned(),
                l["file"].clone(),
                l["page"].clone(),
            )
        })
        .collect();
    let mut expected = vec![
        (ids[0].to_string(), json!(files[0]), json!(1)),
        (ids[1].to_string(), json!(files[0]), json!(2)),
        (ids[2].to_string(), json!(files[1]), json!(1)),
    ];
    seen.sort_by(|a, b| a.0.cmp(&b.0));
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(seen, expected);
    assert_eq!(void(&play), 3);

    // The same scan again, and the fourth typed: nothing is voided twice.
    let fourth = ids[3].to_string();
    let again = [
        "--as", "post", "dispatch", "returned", &fourth, "--scan", &files[0],
    ];
    let (code, lines) = said(&program(&office, &again));
    assert_eq!(code, Some(1));
    let outcomes = |wanted: &str| lines.iter().filter(|l| l["outcome"] == wanted).count();
    assert_eq!(
        (outcomes("returned"), outcomes("already_done")),
        (1, 2),
        "{lines:#?}"
    );
    assert_eq!(void(&play), 4);

    // What no letter of this office is, and what nobody may do.
    let stranger = LetterId::new(siegelpost::domain::RequestId::from_bits(7), 1)
        .unwrap()
        .to_string();
    let (code, lines) = said(&program(
        &office,
        &["--as", "post", "dispatch", "returned", &stranger],
    ));
    assert_eq!((code, &lines[0]["outcome"]), (Some(1), &json!("unknown")));
    let by_another = program(&office, &["--as", "lrao", "dispatch", "returned", &fourth]);
    assert_eq!(said(&by_another), (Some(1), vec![]));
    assert_eq!(void(&play), 4);
}

fn in_delivery(play: &Play) -> usize {
    let cards = play.app.desk().store.cards().unwrap();
    cards.iter().filter(|c| c.state.name() == "in_delivery").count()
}

#[test]
fn a_delivery_is_received_by_its_signed_note_and_by_no_other() {
    // A note of two pages is tried below.
    let play = Play::found_at("a delivery by its note", Outside::real().clock.now());
    let serials: Vec<_> = [3, 1, 2].map(|n| CardSerial::from_number(500 + n)).to_vec();
    for serial in &serials {
        play.prestage(&play.blank_card(), *serial).unwrap();
    }
    let office = play.folder.clone();
    let note = play.folder.join("holder/note.pdf");
    let text = |p: &Path| p.to_str().unwrap().to_owned();
    let named: Vec<String> = serials.iter().map(|s| s.to_string()).collect();
    let mut words = vec!["--as", "security", "card", "deliver", "--site", "bern", "--out"];
    let (note_text, scan_text) = (text(&note), text(&play.folder.join("holder/note-scanned.pdf")));
    words.push(&note_text);
    words.extend(named.iter().map(String::as_str));
    let (code, lines) = said(&program(&office, &words));
    assert_eq!(code, Some(0));
    let number = lines[0]["delivery_note"].as_str().unwrap().to_owned();

    let refused = |scan: &str, wanted: &str| {
        let output = program(&office, &["--as", "rio-bern", "card", "receive", "--scan", scan]);
        let said: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), &said["error"]),
            (Some(1), &json!(wanted)),
            "{said}"
        );
        assert_eq!(in_delivery(&play), 3);
    };
    // Not signed yet.
    let unsigned = play.folder.join("holder/unsigned.pdf");
    fs::write(&unsigned, scanned(&fs::read(&note).unwrap(), Severity::Medium, 3)).unwrap();
    refused(&text(&unsigned), "not_signed");
    // A note of that number with other cards on it, signed.
    let site = play.app.desk().store.sites().unwrap().swap_remove(0);
    let other = DeliveryNote {
        number: &number,
        language: Language::De,
        office: &play.app.settings.office,
        site_name: &site.name,
        cards: &serials[..2],
        on: jiff::civil::date(2026, 3, 2),
    };
    let forged = play.folder.join("holder/forged.pdf");
    let forged_scan = text(&play.folder.join("holder/forged-scanned.pdf"));
    fs::write(&forged, play.app.press.delivery_note(other).unwrap()).unwrap();
    let rehearse = |from: &str, to: &str| {
        assert_eq!(
            said(&program(&office, &["rehearse", from, "--out", to])).0,
            Some(0)
        );
    };
    rehearse(&text(&forged), &forged_scan);
    refused(&forged_scan, "cards_differ");
    // A letter is no note.
    let stranger = play.folder.join("holder/blank.pdf");
    fs::write(
        &stranger,
        play.app
            .press
            .blank_form(Language::De, &play.app.settings.office, other.on)
            .unwrap(),
    )
    .unwrap();
    refused(&text(&stranger), "note_unread");

    rehearse(&note_text, &scan_text);
    // Of another site's RIO the signed note is refused too.
    let output = program(
        &office,
        &["--as", "rio-zuerich", "card", "receive", "--scan", &scan_text],
    );
    let why: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), &why["error"]),
        (Some(1), &json!("other_site"))
    );
    let (code, lines) = said(&program(
        &office,
        &["--as", "rio-bern", "card", "receive", "--scan", &scan_text],
    ));
    assert_eq!(code, Some(0));
    assert_eq!(
        (&lines[0]["delivery_note"], &lines[0]["scanned"]),
        (&json!(number), &json!(true))
    );
    assert_eq!(lines[0]["cards"].as_array().unwrap().len(), 3);
    assert_eq!(in_delivery(&play), 0);
    let entry = play.entries().pop().unwrap();
    let expected = siegelpost::pki::signature::sha256(&fs::read(&scan_text).unwrap()).to_string();
    assert_eq!(entry.facts["scan"], siegelpost::journal::Fact::Text(expected));
    // Once.
    let again = program(
        &office,
        &["--as", "rio-bern", "card", "receive", "--scan", &scan_text],
    );
    assert_eq!(
        again.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
}

#[test]
fn a_note_of_two_pages_is_signed_on_its_last() {
    let kept = scratch();
    let play = Play::found("a note of two pages");
    let cards: Vec<_> = (0..20).map(|n| CardSerial::from_number(900 + n)).collect();
    let note = DeliveryNote {
        number: "DN-specimen",
        language: Language::Fr,
        office: &play.app.settings.office,
        site_name: "Bern",
        cards: &cards,
        on: jiff::civil::date(2026, 3, 2),
    };
    let (pdf, scan) = (kept.path().join("note.pdf"), kept.path().join("scan.pdf"));
    fs::write(&pdf, play.app.press.delivery_note(note).unwrap()).unwrap();
    let text = |p: &Path| p.to_str().unwrap().to_owned();
    let done = program(&play.folder, &["rehearse", &text(&pdf), "--out", &text(&scan)]);
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let bytes = fs::read(&scan).unwrap();
    let read = siegelpost::scan::Reader::new(&play.app.rasteriser).read_files(&[("scan", &bytes)]);
    let [reading] = &read.readings[..] else {
        panic!("one note")
    };
    assert!(reading.complete(), "{:?}", reading.problems());
    let signed: Vec<_> = reading.marks().iter().map(|m| (m.page, m.present)).collect();
    assert_eq!(signed, [(2, Some(true))], "the first page has no box");
    assert_eq!(reading.request_id(), Some(DeliveryNote::identity("DN-specimen")));
    assert_eq!(reading.digest(), Some(DeliveryNote::digest(&cards)));
}
