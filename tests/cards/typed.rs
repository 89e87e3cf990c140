//! The real program at a pseudo-terminal over a real pcscd: a RIO signs the mail with a card, a helper answers with another, and the holder
//! opens a third; every PIN is typed.

use crate::case::Step;
use crate::office::{certified, enrol, prestage};
use crate::play::{ANSWER, PIN, Play, SERIAL, officer, parent, scan_of};
use crate::screen::Terminal;
use crate::stack::{Stack, chip_in, is_in, readers, with_real_readers};
use siegelpost::domain::{CardSerial, Role, Stage};
use siegelpost::journey::request;
use siegelpost::ports::card::{FACTORY_PIN, KeyAlgorithm, KeyKind, Readers as _, Slot};
use siegelpost::rehearsal::cast;
use std::fs;

/// An officer of the office with the card in the first reader.
fn officers_card(play: &Play, id: &str, role: Role, family_name: &str, kind: KeyKind) {
    let mail = format!("{id}@office.example");
    let mut card = readers().connect(&chip_in(0).unwrap()).unwrap();
    let slot = Slot::Set { set: 1, kind };
    let name = format!("Hanna {family_name}");
    let certificate = certified(play, &mut *card, slot, KeyAlgorithm::P256, &name, &mail);
    drop(card);
    enrol(play, id, role, family_name, &mail, &certificate);
}

/// The last part of the test that has the readers.
pub fn at_a_terminal(stack: &mut Stack) {
    let cards = stack.folder.path().to_owned();
    let put = |stack: &mut Stack, reader: usize, name: &str| {
        stack.remove(reader);
        stack.until("the reader to be empty", || !is_in(reader));
        stack.insert(reader, &cards.join(name));
        stack.until("the card", || is_in(reader));
    };
    put(stack, 1, "typed-holder");
    put(stack, 0, "typed-helper");
    let mut play = Play::found_before_now("typed at real readers");
    with_real_readers(&play);
    officers_card(
        &play,
        "helper-card",
        Role::Helper,
        "Helfer",
        KeyKind::Authentication,
    );
    put(stack, 0, "typed-rio");
    officers_card(&play, "rio-card", Role::Rio, "Karte", KeyKind::Signature);
    let holder = chip_in(1).unwrap();
    prestage(
        &play,
        &mut *readers().connect(&holder).unwrap(),
        KeyAlgorithm::P256,
    )
    .unwrap();
    play.go_on_to(Step::Request);
    let mut data = cast::example();
    data.card_serial = CardSerial::from_number(SERIAL);
    play.chance.put("the request of the first case");
    let drafted = request::draft(&play.app.desk(), &play.app.press, data, &officer("rio-card")).unwrap();
    let folder = parent(&play);
    fs::write(folder.join("scan.pdf"), scan_of(&drafted)).unwrap();

    // A slip first; what is typed is not seen.
    let mut run = Terminal::start(&folder, "--as rio-card request submit --scan scan.pdf");
    run.answer("PIN der Karte von rio-card", "99999999");
    run.until("Versuche, bis die Karte sperrt: 2");
    run.answer("PIN der Karte von rio-card", FACTORY_PIN);
    let (code, screen) = run.ended("submit-card");
    assert!(code == 0 && !screen.contains(FACTORY_PIN), "{screen}");
    play.go_on_to(Step::Unseal);

    put(stack, 0, "typed-helper");
    let mut run = Terminal::start(&folder, "--as helper-card unseal --language de");
    run.until("Hanna Helfer");
    run.answer("Tippen Sie ja", "ja");
    run.answer("1 von 4", &play.number().to_text());
    run.answer("2 von 4", PIN);
    run.answer("Dieselbe PIN", PIN);
    run.answer("3 von 4", "Wie hiess Ihr Schulhaus?");
    run.answer("4 von 4", ANSWER);
    run.answer("Dieselbe Antwort", ANSWER);
    run.answer("PIN der Karte von helper-card", FACTORY_PIN);
    run.until("Karte bereit");
    let (code, screen) = run.ended("unseal-card");
    assert!(code == 0 && !screen.contains(FACTORY_PIN), "{screen}");
    assert!(matches!(play.case().stage, Stage::Unsealed { .. }));
    let mut card = readers().connect(&holder).unwrap();
    card.verify_pin(PIN).unwrap();
}
