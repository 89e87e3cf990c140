//! The simulated card keeps the contract of all cards, and what is particular to a drawer.

use super::*;
use crate::adapters::card::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK, contract};
use crate::ports::card::KeyKind;
use std::sync::Mutex;

/// Bytes of a seed: SHA-256 in counter mode.
struct Seeded(Mutex<(u64, u64)>);

fn seeded(seed: u64) -> Arc<dyn Random> {
    Arc::new(Seeded(Mutex::new((seed, 0))))
}

impl Random for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().expect("no panic while held");
        for chunk in buffer.chunks_mut(32) {
            state.1 += 1;
            let input = [state.0.to_be_bytes(), state.1.to_be_bytes()].concat();
            let block = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &input);
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}

fn drawer(dir: &Path) -> (SimulatedReaders, String) {
    let readers = SimulatedReaders::open(dir, seeded(1)).expect("an empty folder");
    let chip_id = readers.new_card().expect("a card");
    readers.insert(READERS[1], &chip_id).expect("a free reader");
    (readers, chip_id)
}

const SIGNATURE: Slot = Slot::Set {
    set: 3,
    kind: KeyKind::Signature,
};

#[test]
fn keeps_the_contract_of_all_cards() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    contract::holds(&readers, &chip_id);
}

#[test]
fn rsa_keys_sign_and_open() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    let mut card = readers.connect(&chip_id).expect("inserted");
    contract::rsa_signs_and_opens(&mut *card, &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
}

#[test]
fn rsa_keys_of_3072_bits_sign_and_open() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    let mut card = readers.connect(&chip_id).expect("inserted");
    contract::rsa_3072_signs_and_opens(&mut *card, &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
}

#[test]
fn p384_keys_sign_and_agree() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    let mut card = readers.connect(&chip_id).expect("inserted");
    contract::p384_signs_and_agrees(&mut *card, &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
}

#[test]
fn setting_the_retries_puts_pin_and_puk_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    let mut card = readers.connect(&chip_id).expect("inserted");
    card.change_pin(FACTORY_PIN, "80718293").expect("changes");
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    assert!(
        !card.set_retries(9, 9).expect("answers"),
        "it has its own numbers"
    );
    assert!(card.set_retries(4, 3).expect("sets"));
    card.verify_pin(FACTORY_PIN).expect("the factory's again");
    let mut card = readers.connect(&chip_id).expect("inserted");
    card.verify_pin(FACTORY_PIN).expect("factory");
    assert!(matches!(
        card.set_retries(4, 3),
        Err(CardError::NotAuthorised { .. })
    ));
}

#[test]
fn the_same_seed_makes_the_same_cards_and_signatures() {
    let make = || {
        let dir = tempfile::tempdir().expect("a folder");
        let (readers, chip_id) = drawer(dir.path());
        let mut card = readers.connect(&chip_id).expect("inserted");
        card.authenticate_management(&FACTORY_MANAGEMENT_KEY)
            .expect("factory");
        let spki = card.generate(SIGNATURE, KeyAlgorithm::P256).expect("a key");
        card.verify_pin(FACTORY_PIN).expect("factory");
        (chip_id, spki, card.sign(SIGNATURE, b"message").expect("signs"))
    };
    assert_eq!(make(), make());
}

#[test]
fn a_card_that_was_pulled_has_forgotten_the_connection() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    let mut card = readers.connect(&chip_id).expect("inserted");
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    readers.remove(READERS[1]).expect("there");
    assert!(matches!(card.pin_tries_left(), Err(CardError::Absent { .. })));
    assert!(matches!(readers.connect(&chip_id), Err(CardError::Absent { .. })));
    readers.insert(READERS[1], &chip_id).expect("free");
    assert!(
        matches!(card.pin_tries_left(), Err(CardError::Absent { .. })),
        "the old connection stays dead"
    );
    let mut card = readers.connect(&chip_id).expect("inserted");
    assert!(matches!(
        card.generate(SIGNATURE, KeyAlgorithm::P256),
        Err(CardError::NotAuthorised { .. })
    ));
}

#[test]
fn a_card_is_in_one_reader_at_a_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, holder) = drawer(dir.path());
    let helper = readers.new_card().expect("a card");
    readers.insert(READERS[0], &helper).expect("free");
    let inside = |readers: &SimulatedReaders| {
        readers
            .list()
            .expect("lists")
            .into_iter()
            .map(|r| r.chip_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(inside(&readers), [Some(helper.clone()), Some(holder.clone())]);
    readers.insert(READERS[0], &holder).expect("moves");
    assert_eq!(inside(&readers), [Some(holder.clone()), None]);
    let mut both = vec![holder, helper];
    both.sort();
    assert_eq!(readers.cards().expect("lists"), both);
    assert!(matches!(
        readers.insert("Reader 9", &both[0]),
        Err(CardError::Io(_))
    ));
    assert!(matches!(
        readers.insert(READERS[0], "../../etc/passwd"),
        Err(CardError::Absent { .. })
    ));
    assert!(matches!(
        readers.insert(READERS[0], &"0".repeat(32)),
        Err(CardError::Absent { .. })
    ));
}

#[test]
fn tries_are_lost_for_good_even_when_the_program_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    for _ in 0..3 {
        // A new program each time.
        let readers = SimulatedReaders::open(dir.path(), seeded(2)).expect("the same drawer");
        let wrong = readers
            .connect(&chip_id)
            .expect("inserted")
            .verify_pin("00000000");
        assert!(matches!(wrong, Err(CardError::WrongPin { .. })));
    }
    let mut card = readers.connect(&chip_id).expect("inserted");
    assert!(matches!(card.verify_pin("00000000"), Err(CardError::Locked)));
    for left in [2, 1, 0, 0] {
        let wrong = card.change_puk("00000000", FACTORY_PUK);
        assert!(
            matches!(wrong, Err(CardError::WrongPuk { left: said }) if said == Some(left)),
            "{wrong:?}"
        );
    }
    assert!(matches!(
        card.reset_pin(FACTORY_PUK, FACTORY_PIN),
        Err(CardError::WrongPuk { left: Some(0) })
    ));
}

#[test]
fn the_file_of_a_card_holds_no_pin_in_clear() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    let mut card = readers.connect(&chip_id).expect("inserted");
    card.change_pin(FACTORY_PIN, "80718293").expect("changes");
    card.change_puk(FACTORY_PUK, "64537281").expect("changes");
    let file =
        std::fs::read_to_string(dir.path().join("cards").join(format!("{chip_id}.json"))).expect("reads");
    for secret in [
        "80718293",
        "64537281",
        &hex::encode("80718293"),
        "0102030405060708",
    ] {
        assert!(!file.contains(secret), "{secret}");
    }
    assert!(file.contains("\"tries_left\": 4"));
}

#[test]
fn refuses_what_it_has_no_room_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    let mut card = readers.connect(&chip_id).expect("inserted");
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    assert!(matches!(
        card.write_certificate(SIGNATURE, &[0; 3_053]),
        Err(CardError::Unsupported { .. })
    ));
    let fourth = Slot::Set {
        set: 4,
        kind: KeyKind::Signature,
    };
    assert!(matches!(
        card.generate(fourth, KeyAlgorithm::P256),
        Err(CardError::Unsupported { .. })
    ));
}

#[test]
fn a_damaged_card_says_which_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    let path = dir.path().join("cards").join(format!("{chip_id}.json"));
    std::fs::write(&path, "{").expect("writes");
    let mut card = readers.connect(&chip_id).expect("inserted");
    let error = card.pin_tries_left().expect_err("damaged").to_string();
    assert!(error.contains(&chip_id), "{error}");
}

#[test]
fn programs_that_share_a_drawer_do_not_lose_each_others_tries() {
    let dir = tempfile::tempdir().expect("a folder");
    let (readers, chip_id) = drawer(dir.path());
    let lost: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let (readers, chip_id) = (readers.clone(), chip_id.clone());
                scope.spawn(move || {
                    readers
                        .connect(&chip_id)
                        .expect("inserted")
                        .verify_pin("00000000")
                        .is_err()
                })
            })
            .collect();
        workers
            .into_iter()
            .filter_map(|w| w.join().ok())
            .filter(|lost| *lost)
            .count()
    });
    assert_eq!(lost, 4);
    assert_eq!(
        readers
            .connect(&chip_id)
            .expect("inserted")
            .pin_tries_left()
            .expect("answers"),
        0
    );
}
