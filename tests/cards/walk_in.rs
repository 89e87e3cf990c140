//! A walk-in with a card of others: pulled at every APDU of its unseal, and searched for secrets on the way.

use crate::canaries::{Canary, every_planted_canary_is_found, forms_of_text, search, secrets_in_custody, secrets_of};
use crate::office::{Station, before_prestage, copy, prestage, serial};
use crate::play::{ANSWER, PIN, copy_folder, scratch};
use crate::pulled::{at_every_apdu, is_open};
use crate::reader::{Cut, Reader};
use siegelpost::domain::CardState;
use siegelpost::journey::Trouble;
use siegelpost::journal::Action;
use siegelpost::ports::card::KeyAlgorithm;
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
    assert_eq!((times(Action::WalkInDone), times(Action::TicketLive)), (1, 0), "{context}");
    assert!(matches!(station.play.card(serial()).state, CardState::Active { .. }), "{context}");
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
