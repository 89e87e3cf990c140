//! A day in the mail room: a batch lies encrypted, is printed once, jams, is posted in part, and is gone.

use crate::canaries::{Canary, forms_of_text, search, secrets_of};
use crate::play::{MORNING, Play, SERIAL, code, names, officer};
use jiff::Timestamp;
use siegelpost::app::Form;
use siegelpost::domain::{BatchId, CardSerial, CardStep, Language, RequestData, Stage, TicketState};
use siegelpost::journal::{Action, Fact};
use siegelpost::journey::dispatch::ReprintReason;
use siegelpost::journey::{Trouble, dispatch};
use siegelpost::paper::{LetterId, Manifest};
use siegelpost::ports::Waypoint;
use siegelpost::ports::store::{LetterState, Write};
use siegelpost::rehearsal::cast;
use siegelpost::seal::{KeyFile as _, PrintKey};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Where they live, and in which language they read: not in posting order.
const PEOPLE: [(&str, &str, &str, Language); 5] = [
    ("Canarygasse 81", "9490", "LI", Language::De),
    ("Canarygasse 82", "8001", "CH", Language::De),
    ("Canarygasse 83", "1700", "CH", Language::Fr),
    ("Canarygasse 84", "3003", "CH", Language::De),
    ("Canarygasse 85", "1010", "AT", Language::De),
];

/// The number of the n-th card of the office.
pub fn serial(n: usize) -> CardSerial {
    CardSerial::from_number(SERIAL + n as u32)
}

/// An office in which so many letters wait for the post. How their requests came to be issued is told elsewhere.
pub fn letters_waiting(seed: &str, at: Timestamp, count: usize) -> Play {
    let play = Play::found_at(seed, at);
    let serials: Vec<_> = (0..count).map(serial).collect();
    for serial in &serials {
        play.prestage(&play.blank_card(), *serial).unwrap();
    }
    play.deliver_and_receive(&serials, "bern").unwrap();
    for (serial, (street, postcode, country, language)) in serials.iter().zip(PEOPLE) {
        let mut data: RequestData = cast::example();
        (data.card_serial, data.language) = (*serial, language);
        data.person.family_name = format!("Specimen-{postcode}");
        data.address.street = Some(street.into());
        data.address.house_number = None;
        (data.address.postcode, data.address.country) = (postcode.into(), country.into());
        let mut case = play
            .app
            .desk()
            .case(play.draft(data).unwrap().request.request_id)
            .unwrap();
        case.stage = Stage::Issued {
            rio: Some(officer("rio-bern")),
            lrao: officer("lrao"),
        };
        let mut card = play.card(*serial);
        card.state = card.state.take(CardStep::Certify, *serial).unwrap();
        let desk = play.app.desk();
        desk.store
            .commit(desk.now(), vec![Write::Case(case), Write::Card(card)], vec![])
            .unwrap();
    }
    play
}

fn waiting(seed: &str, count: usize) -> Play {
    letters_waiting(seed, MORNING.parse().unwrap(), count)
}

/// The eTickets of all cards and the addresses of all holders, in every form.
fn canaries(play: &Play, count: usize) -> Vec<Canary> {
    let mut all = vec![];
    for (n, person) in PEOPLE.iter().enumerate().take(count) {
        let of_tickets = |c: &Canary| c.name.starts_with("eTicket");
        all.extend(secrets_of(play, serial(n)).into_iter().filter(of_tickets));
        all.extend(forms_of_text("an address", person.0, 40));
        all.extend(forms_of_text("an address", &person.0.replace(' ', ""), 40));
    }
    all
}

fn manifest(tray: &Path) -> Manifest {
    serde_json::from_slice(&fs::read(tray.join("manifest.json")).unwrap()).unwrap()
}

fn ticket(play: &Play, n: usize, slot: usize) -> TicketState {
    play.card(serial(n)).tickets[slot]
}

#[test]
fn a_batch_lies_encrypted_until_it_is_printed_and_is_gone_after_the_handover() {
    let play = waiting("letters of five", 5);
    let (app, post) = (&play.app, officer("post"));
    let canaries = canaries(&play, 5);
    let nowhere = Vec::<String>::new();
    let made = app.make_batch(&[], &post).unwrap();
    let batch = made.rendered.batch.clone();
    assert_eq!(search(&play.folder, &canaries), nowhere, "encrypted");
    // Not even how many go where is to be read.
    let sealed = fs::read(&made.file).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1"));
    assert!(!sealed.windows(4).any(|w| w == b"%PDF" || w == b"3003"));
    let stranger = PrintKey::draw(&mut |buffer: &mut [u8]| buffer.fill(9));
    assert!(stranger.open_batch(&sealed).is_err());

    let tray = play.print(&batch).unwrap();
    let hits = search(&play.folder, &canaries);
    let below = format!("tray/{batch}/letters-c5-left-");
    assert!(hits.iter().all(|h| h.starts_with(&below)), "{hits:#?}");
    for what in ["eTicket 1", "an address"] {
        let seen = hits.iter().filter(|h| h.contains(what)).count();
        assert!(seen >= 2, "{what} is on the letters of both files: {hits:#?}");
    }
    assert_eq!(
        names(&tray),
        [
            "cover.pdf",
            "letters-c5-left-de.pdf",
            "letters-c5-left-fr.pdf",
            "manifest.csv",
            "manifest.json"
        ]
    );
    let sorted: Vec<_> = manifest(&tray)
        .letters
        .iter()
        .map(|l| (l.file.clone(), l.page, l.country.clone(), l.postcode.clone()))
        .collect();
    let of = |file: &str, page, country: &str, postcode: &str| {
        (
            format!("letters-c5-left-{file}.pdf"),
            page,
            country.to_owned(),
            postcode.to_owned(),
        )
    };
    let de = ["de", "de", "de", "de"];
    let places = [("CH", "3003"), ("CH", "8001"), ("AT", "1010"), ("LI", "9490")];
    let mut expected: Vec<_> = de
        .iter()
        .zip(1u32..)
        .zip(places)
        .map(|((file, page), (country, postcode))| of(file, page, country, postcode))
        .collect();
    expected.insert(0, of("fr", 1, "CH", "1700"));
    assert_eq!(sorted, expected, "the own country first, then the others by name");

    assert_eq!(play.hand_over(&batch).unwrap(), 5);
    assert_eq!(search(&play.folder, &canaries), nowhere, "posted");
    assert_eq!(names(&play.folder.join("dispatch/batches")), nowhere);
    assert_eq!(names(&play.folder.join("tray")), nowhere);
}

#[test]
fn what_lies_encrypted_must_be_what_was_rendered() {
    let play = waiting("another archive", 1);
    let post = officer("post");
    let made = play.app.make_batch(&[], &post).unwrap();
    let batch = &made.rendered.batch;
    // Whoever has the public key can seal something else to it.
    let forged = play.app.print_recipient().unwrap().seal_batch(b"other letters");
    let kept = fs::read(&made.file).unwrap();
    fs::write(&made.file, forged).unwrap();
    assert!(matches!(play.print(batch), Err(Trouble::Damaged(_))));
    fs::remove_file(&made.file).unwrap();
    assert!(matches!(play.print(batch), Err(Trouble::Damaged(_))));
    assert_eq!(names(&play.folder.join("tray")), Vec::<String>::new());
    fs::write(&made.file, kept).unwrap();
    play.print(batch).unwrap();
    // Files that somebody moved away are named at the handover.
    let letters = play.tray(batch).join("letters-c5-left-de.pdf");
    fs::rename(&letters, play.folder.join("holder/moved.pdf")).unwrap();
    let done = play.app.hand_over_batch(batch, Some(1), &post).unwrap();
    assert_eq!((done.live, done.gone), (1, vec![letters]));
}

#[test]
fn after_a_jam_the_spoiled_sheets_get_the_next_eticket_and_the_rest_is_posted() {
    let play = waiting("a paper jam", 5);
    let (app, post) = (&play.app, officer("post"));
    let batch = app.make_batch(&[], &post).unwrap().rendered.batch;
    let tray = play.print(&batch).unwrap();
    let manifest = manifest(&tray);

    // A second print is refused, wherever to and in which form.
    let out = play.folder.join("tray/again");
    assert_eq!(
        code(app.take_out_batch(&batch, Form::Folder(&out), &post)),
        "printed"
    );
    let zip = play.folder.join("tray/again.zip");
    let form = Form::Archive { file: &zip, to: None };
    assert_eq!(code(app.take_out_batch(&batch, form, &post)), "printed");
    assert!(!out.exists() && !zip.exists());

    // Sheets 2 and 3 of the German file are crumpled.
    assert_eq!(code(app.letters_on(&batch, None, 2..=3)), "which_file");
    let de = Some("letters-c5-left-de.pdf");
    assert_eq!(code(app.letters_on(&batch, de, 4..=5)), "no_such_sheet");
    let spoiled = app.letters_on(&batch, de, 2..=3).unwrap();
    let named: Vec<_> = manifest
        .letters
        .iter()
        .filter(|l| Some(l.file.as_str()) == de && (2..=3).contains(&l.page))
        .map(|l| l.letter.to_string())
        .collect();
    assert_eq!(spoiled, named);
    let before = play.entries().len();
    app.reprint_letters(&spoiled, ReprintReason::Spoiled, &post)
        .unwrap();
    let entries = &play.entries()[before..];
    assert_eq!(entries.len(), 2, "each letter's journal says so");
    for entry in entries {
        assert_eq!(entry.action, Action::TicketVoid);
        assert_eq!(entry.facts["reason"], Fact::Text("spoiled".into()));
    }
    // All of them or none: one that is void already stops the others.
    let left = dispatch::letters_left(&app.desk(), &batch).unwrap();
    let both = [left[0].clone(), spoiled[0].clone()];
    assert_eq!(
        code(app.reprint_letters(&both, ReprintReason::Lost, &post)),
        "already_done"
    );
    assert_eq!(dispatch::letters_left(&app.desk(), &batch).unwrap(), left);

    // Somebody counts the envelopes.
    assert_eq!(code(app.hand_over_batch(&batch, Some(5), &post)), "count");
    assert_eq!(app.hand_over_batch(&batch, Some(3), &post).unwrap().live, 3);

    // The next batch has the two, with the second eTicket of their cards.
    let next = play.print_what_is_ready();
    let rows = app.desk().store.letters(&next).unwrap();
    assert_eq!(rows.iter().map(|l| l.slot).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(play.hand_over(&next).unwrap(), 2);
    // (AT and 8001 are persons 4 and 1.)
    for n in [1, 4] {
        assert!(matches!(ticket(&play, n, 0), TicketState::Void { .. }));
        assert!(matches!(ticket(&play, n, 1), TicketState::Live { .. }));
    }
    assert!(matches!(ticket(&play, 0, 0), TicketState::Live { .. }));
    assert!(play.journal_holds() > 0);
}

#[test]
fn a_batch_given_up_as_a_whole_is_destroyed_and_its_letters_take_the_next_etickets() {
    let play = waiting("a pile that is lost", 2);
    let (app, post) = (&play.app, officer("post"));
    let canaries = canaries(&play, 2);
    let batch = app.make_batch(&[], &post).unwrap().rendered.batch;
    play.print(&batch).unwrap();
    let all = dispatch::letters_left(&app.desk(), &batch).unwrap();
    app.reprint_letters(&all, ReprintReason::Lost, &post).unwrap();
    assert_eq!(search(&play.folder, &canaries), Vec::<String>::new());
    assert_eq!(names(&play.folder.join("dispatch/batches")), Vec::<String>::new());
    assert_eq!(code(play.hand_over(&batch)), "already_done");
    assert_eq!(code(dispatch::letters_left(&app.desk(), &batch)), "already_done");
    let next = play.print_what_is_ready();
    assert_ne!(next, batch);
    assert_eq!(play.hand_over(&next).unwrap(), 2);
    for n in [0, 1] {
        assert!(matches!(ticket(&play, n, 0), TicketState::Void { .. }));
        assert!(matches!(ticket(&play, n, 1), TicketState::Live { .. }));
    }
}

#[test]
fn a_letter_given_up_before_the_print_is_pulled_from_the_pile() {
    let play = waiting("a withdrawn one", 3);
    let (app, post) = (&play.app, officer("post"));
    let batch = app.make_batch(&[], &post).unwrap().rendered.batch;
    let one = app.desk().store.letters(&batch).unwrap()[1].letter_id.clone();
    app.reprint_letters(std::slice::from_ref(&one), ReprintReason::Misaddressed, &post)
        .unwrap();
    let tray = play.tray(&batch);
    let taken = app.take_out_batch(&batch, Form::Folder(&tray), &post).unwrap();
    let pull: Vec<_> = taken.pull.iter().map(|l| l.letter.to_string()).collect();
    assert_eq!((taken.letters, pull), (3, vec![one]));
    assert_eq!(app.hand_over_batch(&batch, Some(2), &post).unwrap().live, 2);
}

#[test]
fn giving_up_cut_off_after_its_record_is_not_done_twice() {
    let mut play = waiting("cut while giving up", 2);
    let post = officer("post");
    let batch = play.print_what_is_ready();
    let all = dispatch::letters_left(&play.app.desk(), &batch).unwrap();
    play.ends.end_at(Waypoint::LetterGivenUp);
    let cut = play.app.reprint_letters(&all, ReprintReason::Lost, &post);
    assert!(matches!(cut, Err(Trouble::Interrupted(_))));
    play.open_again();
    assert_eq!(
        code(play.app.reprint_letters(&all, ReprintReason::Lost, &post)),
        "already_done"
    );
    let voided = play
        .entries()
        .iter()
        .filter(|e| e.action == Action::TicketVoid)
        .count();
    assert_eq!(voided, 2, "each once");
    // The files that the cut left behind go with the word that there is nothing to post.
    assert_eq!(code(play.hand_over(&batch)), "already_done");
    assert_eq!(names(&play.folder.join("dispatch/batches")), Vec::<String>::new());
    let next = play.print_what_is_ready();
    assert_eq!(play.hand_over(&next).unwrap(), 2);

    // The same for what came back.
    let back = play.app.desk().store.letters(&next).unwrap()[0].letter_id.clone();
    play.ends.end_at(Waypoint::LetterGivenUp);
    let cut = dispatch::returned(&play.app.desk(), &back, &post);
    assert!(matches!(cut, Err(Trouble::Interrupted(_))));
    play.open_again();
    assert_eq!(
        code(dispatch::returned(&play.app.desk(), &back, &post)),
        "already_done"
    );
    let row = play.app.desk().store.letter(&back).unwrap().unwrap();
    assert_eq!(row.state, LetterState::Void);
    let returned = play
        .entries()
        .iter()
        .filter(|e| e.action == Action::LetterReturned)
        .count();
    assert_eq!(returned, 1);
}

/// What somebody else's program says of the ZIP: names, sizes, CRCs, and the hashes against the manifest.
const PROVIDER: &str = r#"
import csv, hashlib, io, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    names = z.namelist()
    batch = sys.argv[2]
    assert all(n.startswith(batch + "/") and n.count("/") == 1 for n in names), names
    assert all(i.compress_type == zipfile.ZIP_STORED for i in z.infolist())
    manifest = json.loads(z.read(batch + "/manifest.json"))
    assert manifest["schema"] == 2, manifest
    for f in manifest["files"]:
        data = z.read(batch + "/" + f["name"])
        assert hashlib.sha256(data).hexdigest() == f["sha256"], f
        assert data.startswith(b"%PDF-1.7")
        assert f["sheets"] == sum(l["file"] == f["name"] for l in manifest["letters"])
    told = {batch + "/" + f["name"] for f in manifest["files"]}
    assert set(names) == told | {batch + "/" + n for n in ("cover.pdf", "manifest.json", "manifest.csv")}, names
    rows = list(csv.DictReader(io.StringIO(z.read(batch + "/manifest.csv").decode())))
    assert [{k: str(v) for k, v in l.items()} for l in manifest["letters"]] == rows, rows
    z.extractall(sys.argv[3])
    print(len(manifest["letters"]))
"#;

fn python(args: &[&str]) -> String {
    let out = Command::new("python3")
        .arg("-c")
        .arg(PROVIDER)
        .args(args)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// SHA-256 of each sheet's content, as qpdf gives it.
fn sheets_by_qpdf(pdf: &str) -> Vec<String> {
    let qpdf = |args: &[&str]| Command::new("qpdf").args(args).output().unwrap().stdout;
    let pages = String::from_utf8(qpdf(&["--show-pages", pdf])).unwrap();
    let mut lines = pages.lines().map(str::trim);
    let mut hashes = vec![];
    while let Some(line) = lines.next() {
        if line == "content:" {
            let object = lines.next().unwrap().split(' ').next().unwrap();
            let content = qpdf(&[&format!("--show-object={object}"), "--filtered-stream-data", pdf]);
            hashes.push(siegelpost::pki::signature::sha256(&content).to_string());
        }
    }
    hashes
}

#[test]
fn a_print_provider_opens_the_zip_and_every_hash_agrees() {
    let play = waiting("for a provider", 4);
    let (app, post) = (&play.app, officer("post"));
    let batch: BatchId = app.make_batch(&[], &post).unwrap().rendered.batch;
    let zip = play.folder.join("tray/batch.zip");
    let form = Form::Archive { file: &zip, to: None };
    let taken = app.take_out_batch(&batch, form, &post).unwrap();
    assert_eq!(taken.letters, 4);
    let unpacked = play.folder.join("holder/provider");
    let text = |p: &Path| p.to_str().unwrap().to_owned();
    assert_eq!(python(&[&text(&zip), batch.as_str(), &text(&unpacked)]), "4");
    let folder = unpacked.join(batch.as_str());
    let manifest = manifest(&folder);
    assert_eq!(manifest.files.len(), 2);
    for file in &manifest.files {
        let on = manifest.letters.iter().filter(|l| l.file == file.name);
        let told: Vec<String> = on.map(|l| l.sha256.to_string()).collect();
        assert_eq!(
            sheets_by_qpdf(&text(&folder.join(&file.name))),
            told,
            "{}",
            file.name
        );
    }
    // The store has the same hashes.
    for row in app.desk().store.letters(&batch).unwrap() {
        let id: LetterId = row.letter_id.parse().unwrap();
        let told = manifest.letters.iter().find(|l| l.letter == id).unwrap();
        assert_eq!(row.sha256, Some(told.sha256));
    }
    assert_eq!(play.hand_over(&batch).unwrap(), 4);
    assert!(!zip.exists(), "our copy is destroyed with the rest");
}

#[test]
fn a_batch_for_a_provider_with_a_key_opens_for_that_provider_alone() {
    let play = waiting("for a provider with a key", 1);
    let (app, post) = (&play.app, officer("post"));
    let provider = PrintKey::draw(&mut |buffer: &mut [u8]| buffer.fill(7));
    let batch = app.make_batch(&[], &post).unwrap().rendered.batch;
    let file = play.folder.join("tray/batch.zip.age");
    let form = Form::Archive {
        file: &file,
        to: Some(&provider.recipient()),
    };
    app.take_out_batch(&batch, form, &post).unwrap();
    assert_eq!(search(&play.folder, &canaries(&play, 1)), Vec::<String>::new());
    let sealed = fs::read(&file).unwrap();
    assert!(app.print_key().unwrap().open_batch(&sealed).is_err());
    let zip = play.folder.join("holder/opened.zip");
    fs::create_dir_all(play.folder.join("holder")).unwrap();
    fs::write(&zip, provider.open_batch(&sealed).unwrap()).unwrap();
    let unpacked = play.folder.join("holder/provider");
    let args = [zip.to_str().unwrap(), batch.as_str(), unpacked.to_str().unwrap()];
    assert_eq!(python(&args), "1");
}
