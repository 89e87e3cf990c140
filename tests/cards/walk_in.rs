//! A walk-in with a card of others: pulled at every APDU of its unseal, and searched for secrets on the way.

use crate::canaries::{
    Canary, every_planted_canary_is_found, forms_of_text, search, secrets_in_custody, secrets_of,
};
use crate::desk::{decider, visitor, zone};
use crate::office::{Station, before_prestage, certified, copy, enrol, prestage, serial};
use crate::play::{ANSWER, PIN, Play, copy_folder, officer, scan_of, scratch};
use crate::pulled::{at_every_apdu, is_open};
use crate::reader::{Cut, Reader};
use crate::typist::types;
use siegelpost::adapters::card::signer::CardSigner;
use siegelpost::domain::{CardSerial, CardState, Role};
use siegelpost::journal::Action;
use siegelpost::journey::walk_in::{self, Stand};
use siegelpost::journey::{Trouble, review};
use siegelpost::ports::card::{FACTORY_PIN, KeyAlgorithm, KeyKind, Readers, Slot};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The certificates are issued at the desk, the card is in the reader, the holder types.
fn before_unseal(seed: &str) -> Station {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let station = before_prestage("up to the desk");
        let reader = Reader::with_card(Some(&station.card));
        prestage(&station.play, &mut reader.power().unwrap(), KeyAlgorithm::P256).unwrap();
        station.play.deliver_and_receive(&[serial()], "bern").unwrap();
        station
            .play
            .go_on_at_desk_to(serial(), "issued", &mut reader.power().unwrap());
        drop(reader);
        let folder = scratch().keep();
        copy_folder(&station.play.folder, &folder.join("office"));
        copy_folder(&station.card, &folder.join("card"));
        folder
    });
    copy(made, seed, 2)
}

fn unseal(station: &Station, reader: &Reader) -> Result<(), Trouble> {
    let mut card = reader.power()?;
    // The same command: whatever is left to do at the desk, which is nothing when all was recorded.
    station.play.next_at_desk(serial(), &mut card).map(drop)
}

fn is_open_and_done(station: &Station, reader: &Reader, context: &str) {
    is_open(station, reader, context);
    let entries = station.play.entries();
    let times = |action: Action| entries.iter().filter(|e| e.action == action).count();
    assert_eq!(
        (times(Action::WalkInDone), times(Action::TicketLive)),
        (1, 0),
        "{context}"
    );
    assert!(
        matches!(station.play.card(serial()).state, CardState::Active { .. }),
        "{context}"
    );
}

#[test]
fn a_card_pulled_at_any_apdu_of_a_walk_in_is_open_after_the_next_run() {
    at_every_apdu("walk-in", before_unseal, unseal, is_open_and_done);
}

#[test]
fn a_walk_in_with_a_card_of_others_leaves_no_secret_in_clear() {
    // The same chance as where the card was sealed, so that its K_card is known to the scanner.
    let mut station = before_prestage("a walk-in with canaries");
    let reader = Reader::with_card(Some(&station.card));
    prestage(&station.play, &mut reader.power().unwrap(), KeyAlgorithm::P256).unwrap();
    let mut canaries: Vec<Canary> = secrets_of(&station.play, serial());
    canaries.extend(forms_of_text("the holder's PIN", PIN, 3));
    canaries.extend(forms_of_text("the holder's answer", ANSWER, 30));
    let play = &station.play;
    play.deliver_and_receive(&[serial()], "bern").unwrap();
    play.go_on_at_desk_to(serial(), "issued", &mut reader.power().unwrap());
    let nowhere = Vec::<String>::new();
    assert_eq!(search(&play.folder, &canaries), nowhere, "issued");
    for nth in 0.. {
        reader.count_from_here(Some(Cut::After(nth)));
        let done = unseal(&station, &reader).is_ok();
        station.play.open_again();
        canaries.extend(secrets_in_custody(&station.play, serial()));
        canaries.sort_by(|a, b| (&a.name, &a.bytes).cmp(&(&b.name, &b.bytes)));
        canaries.dedup_by(|a, b| a.name == b.name && a.bytes == b.bytes);
        let changed = [0x24, 0x2c, 0xff].contains(&reader.counted().0.last().copied().unwrap_or_default());
        if done || changed {
            assert_eq!(search(&station.play.folder, &canaries), nowhere, "cut {nth}");
        }
        if done {
            break;
        }
    }
    every_planted_canary_is_found(&station.play, &canaries);
    println!("{} forms of secrets of a walk-in, nowhere", canaries.len());
}

/// Somebody walks in where the LRAO's card is in one real reader and the prestaged one in the other: the LRAO signs the decision and
/// the office's challenge with the card, whose PIN is asked for each time.
pub fn at_real_readers(play: &Play, readers: &dyn Readers, lrao: &str, prestaged: &str, number: CardSerial) {
    let mail = "lrao-card@office.example";
    let mut card = readers.connect(lrao).unwrap();
    let slot = Slot::Set {
        set: 1,
        kind: KeyKind::Signature,
    };
    let certificate = certified(play, &mut *card, slot, KeyAlgorithm::P256, "Hanna Pruefer", mail);
    drop(card);
    enrol(play, "lrao-card", Role::Lrao, "Pruefer", mail, &certificate);
    let (entry, typist) = types(&[FACTORY_PIN; 2]);
    let key = CardSigner::find(readers, &certificate, entry)
        .unwrap()
        .expect("the LRAO's card is in a reader");
    let (id, chain) = (officer("lrao-card"), [key.certificate().clone()]);
    let lrao = decider(&id, &key, &chain);

    play.deliver_and_receive(&[number], "bern").unwrap();
    let stand = || walk_in::stand(&play.app.desk(), prestaged, &id).unwrap();
    assert!(matches!(stand(), Stand::Free(_)));
    let data = visitor(number);
    let typed = zone(&data);
    let drafted = play.draft_at_desk(data, &typed, "lrao-card").unwrap();
    let request = drafted.request.request_id;
    play.bring_in_as(request, &scan_of(&drafted), &lrao).unwrap();
    let (gate, eyes) = (play.app.gate().unwrap(), play.eyes_needed(request));
    let keys = gate.keys();
    review::approve(&play.app.desk(), &gate.judge(&keys), request, &lrao, &eyes).unwrap();
    play.issue(request).unwrap();
    assert!(matches!(stand(), Stand::Unseal(_)));
    let mut card = readers.connect(prestaged).unwrap();
    play.open_at_desk_as(&mut *card, "lrao-card", &key, PIN).unwrap();
    assert!(matches!(stand(), Stand::Open(_)));
    card.verify_pin(PIN).unwrap();
    assert_eq!(
        typist.asked(),
        [None, None],
        "for the decision and for the challenge"
    );
}
