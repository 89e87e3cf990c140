//! A whole run with a card of others leaves PIN, PUK, management key and eTicket nowhere in clear: looked for in every file of the
//! office, in every encoding, with the card pulled at each change of a secret.

use crate::canaries::{
    Canary, every_planted_canary_is_found, forms_of_text, search, secrets_in_custody, secrets_of,
};
use crate::case::Step;
use crate::office::{before_prestage, prestage, serial, unseal};
use crate::play::{ANSWER, PIN};
use crate::reader::{Cut, Reader};
use siegelpost::ports::card::KeyAlgorithm;

/// The instructions that change a secret of the card: CHANGE REFERENCE DATA, RESET RETRY COUNTER, SET MANAGEMENT KEY.
const CHANGES: [u8; 3] = [0x24, 0x2c, 0xff];

#[test]
fn a_run_with_a_card_of_others_leaves_no_secret_in_clear() {
    let mut station = before_prestage("with canaries");
    let reader = Reader::with_card(Some(&station.card));

    // Cut off at the first change, so that secrets are pending in the store.
    let whole = before_prestage("to count");
    let other = Reader::with_card(Some(&whole.card));
    other.count_from_here(None);
    prestage(&whole.play, &mut other.power().unwrap(), KeyAlgorithm::P256).unwrap();
    let sent = other.counted().0;
    let first = sent.iter().position(|ins| CHANGES.contains(ins)).unwrap();
    reader.count_from_here(Some(Cut::After(first)));
    assert!(prestage(&station.play, &mut reader.power().unwrap(), KeyAlgorithm::P256).is_err());
    assert!(
        station.play.card(serial()).pending.is_some(),
        "it was cut off where secrets are pending"
    );
    let pending_copy = tempfile::tempdir().unwrap();
    crate::play::copy_folder(&station.play.folder, pending_copy.path());
    station.play.open_again();
    reader.count_from_here(None);
    prestage(&station.play, &mut reader.power().unwrap(), KeyAlgorithm::P256).unwrap();

    let mut canaries: Vec<Canary> = secrets_of(&station.play, serial());
    canaries.extend(forms_of_text("the holder's PIN", PIN, 3));
    canaries.extend(forms_of_text("the holder's answer", ANSWER, 30));
    let nowhere = Vec::<String>::new();
    assert_eq!(
        search(pending_copy.path(), &canaries),
        nowhere,
        "with secrets pending"
    );
    assert_eq!(search(&station.play.folder, &canaries), nowhere, "sealed");

    station.play.go_on_to(Step::Unseal);
    let number = station.play.number();
    for nth in 0.. {
        reader.count_from_here(Some(Cut::After(nth)));
        let done = reader
            .power()
            .is_ok_and(|mut card| unseal(&station.play, &mut card, &number).is_ok());
        station.play.open_again();
        canaries.extend(secrets_in_custody(&station.play, serial()));
        canaries.sort_by(|a, b| (&a.name, &a.bytes).cmp(&(&b.name, &b.bytes)));
        canaries.dedup_by(|a, b| a.name == b.name && a.bytes == b.bytes);
        let last = reader.counted().0.last().copied().unwrap_or_default();
        if done || CHANGES.contains(&last) {
            assert_eq!(search(&station.play.folder, &canaries), nowhere, "cut {nth}");
        }
        if done {
            break;
        }
    }
    every_planted_canary_is_found(&station.play, &canaries);
    println!("{} forms of secrets, nowhere", canaries.len());
}
