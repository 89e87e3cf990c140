//! The foreign applet under our driver: the contract of all cards, and what this one can and cannot.

use crate::contract;
use crate::reader::Reader;
use siegelpost::pki::verify_by_key;
use siegelpost::ports::card::{
    Card, CardError, FACTORY_MANAGEMENT_KEY, FACTORY_PIN, KeyAlgorithm, KeyKind, Readers, Slot,
};

const ENCRYPTION: Slot = Slot::Set {
    set: 1,
    kind: KeyKind::Encryption,
};

#[test]
fn a_foreign_applet_keeps_the_contract_of_all_cards() {
    let reader = Reader::with_card(None);
    let chip = reader.power().unwrap().chip_id().unwrap();
    contract::holds(&reader, &chip);
}

#[test]
fn a_foreign_applet_keeps_it_with_extended_apdus_too() {
    let reader = Reader::with_card(None);
    reader.extended();
    let chip = reader.power().unwrap().chip_id().unwrap();
    contract::holds(&reader, &chip);
}

#[test]
fn a_foreign_applet_signs_and_opens_with_rsa() {
    let reader = Reader::with_card(None);
    contract::rsa_signs_and_opens(&mut reader.power().unwrap(), &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
}

#[test]
fn a_foreign_applet_signs_and_opens_with_rsa_of_3072_bits() {
    let reader = Reader::with_card(None);
    contract::rsa_3072_signs_and_opens(&mut reader.power().unwrap(), &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
}

#[test]
fn a_foreign_applet_signs_and_agrees_on_p384() {
    let reader = Reader::with_card(None);
    contract::p384_signs_and_agrees(&mut reader.power().unwrap(), &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
}

#[test]
fn two_foreign_cards_are_two() {
    let chips = [(); 2].map(|()| Reader::with_card(None).power().unwrap().chip_id().unwrap());
    assert_ne!(chips[0], chips[1]);
    assert_eq!(chips[0].len(), 32, "a GUID, not the serial that all of them say");
}

#[test]
fn retired_slots_hold_the_encryption_keys_of_the_sets_to_come() {
    let reader = Reader::with_card(None);
    let mut card = reader.power().unwrap();
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY).unwrap();
    card.introduce().unwrap();
    let third = Slot::Set {
        set: 3,
        kind: KeyKind::Encryption,
    };
    let spki = card.generate(third, KeyAlgorithm::P256).unwrap();
    // A card without GET METADATA does not say its keys: a new connection takes the record's word, and use proves it.
    let mut card = reader.power().unwrap();
    assert!(matches!(card.public_key(third), Err(CardError::EmptySlot)));
    assert!(card.expect_key(third, &spki).unwrap());
    card.verify_pin(FACTORY_PIN).unwrap();
    let signature = card.sign(third, b"message").unwrap();
    verify_by_key(&spki, b"message", &signature).unwrap();
}

/// Said openly: what is tested on the simulated card and the played one, because this one cannot do it.
#[test]
fn what_the_foreign_applet_cannot_do_it_says_without_harm() {
    let reader = Reader::with_card(None);
    let mut card = reader.power().unwrap();
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY).unwrap();
    card.verify_pin(FACTORY_PIN).unwrap();
    assert!(!card.set_retries(4, 3).unwrap(), "the number of tries is its own");
    assert_eq!(card.key_sets().unwrap(), 1, "it moves no keys");
    card.generate(ENCRYPTION, KeyAlgorithm::P256).unwrap();
    assert_eq!(card.attestation(ENCRYPTION).unwrap(), None);
    assert_eq!(card.puk_tries_left().unwrap(), None);
    // IMPORT KEY of a P-256 scalar, as Yubico has it, and MOVE KEY of firmware 5.7.
    let import = [&[0x00, 0xfe, 0x11, 0x9d, 34, 0x06, 32][..], &[7; 32]].concat();
    let refused = |answer: Vec<u8>| answer.len() == 2 && answer[0] != 0x90;
    assert!(refused(reader.raw(&import)));
    assert!(refused(reader.raw(&[0x00, 0xf6, 0x82, 0x9d])));
    let mut card = reader.power().unwrap();
    card.verify_pin(FACTORY_PIN).unwrap();
    assert_eq!(Readers::list(&reader).unwrap().len(), 1, "it is a card still");
}
