//! An officer's key on a card: what it signs counts, and the PIN is asked for without ever risking the card.

use crate::case::Step;
use crate::office::{before_prestage, certified, enrol, prestage, serial};
use crate::play::{Play, attached, officer, scan_of};
use crate::reader::Reader;
use crate::typist::types;
use siegelpost::adapters::card::signer::CardSigner;
use siegelpost::domain::{Language, Role, Stage};
use siegelpost::journey::outbox::{self, Sender};
use siegelpost::journey::submit;
use siegelpost::pki::{SignError, SigningKey, verify_by_key};
use siegelpost::ports::card::{Card, FACTORY_PIN, KeyAlgorithm, KeyKind, Readers, Slot};
use siegelpost::rehearsal::cast;

pub const SIGNATURE: Slot = Slot::Set {
    set: 1,
    kind: KeyKind::Signature,
};

pub fn rios_card(play: &Play, reader: &Reader, keys: KeyAlgorithm) -> Vec<u8> {
    let mut card = reader.power().unwrap();
    certified(
        play,
        &mut card,
        SIGNATURE,
        keys,
        "Robin Karte",
        "rio-card@office.example",
    )
}

#[test]
fn a_mail_signed_by_a_rios_card_is_taken_in() {
    for keys in [KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::Rsa2048] {
        let mut station = before_prestage("a RIO with a card");
        let holder = Reader::with_card(Some(&station.card));
        prestage(&station.play, &mut holder.power().unwrap(), KeyAlgorithm::P256).unwrap();
        let play = &mut station.play;
        let reader = Reader::with_card(None);
        let certificate = rios_card(play, &reader, keys);
        enrol(
            play,
            "rio-card",
            Role::Rio,
            "Karte",
            "rio-card@office.example",
            &certificate,
        );
        play.go_on_to(Step::Request);
        let mut data = cast::example();
        data.card_serial = serial();
        play.chance.put("the request of the first case");
        let drafted = siegelpost::journey::request::draft(
            &play.app.desk(),
            &play.app.press,
            data,
            &officer("rio-card"),
        )
        .unwrap();

        let (ask, said) = types(&[FACTORY_PIN]);
        let signer = CardSigner::find(&reader, &certificate, ask)
            .unwrap()
            .expect("the card is in the reader");
        let sender = Sender {
            address: "rio-card@office.example".into(),
            certificates: &[signer.certificate().clone()],
            key: &signer,
            texts: play.app.press.texts(),
        };
        let id = outbox::message_id(&play.app.desk());
        let to = &play.app.settings.office.mail;
        let scan = attached(scan_of(&drafted));
        let letter = submit::letter(&sender, Language::De, &[], scan, to, &id).unwrap();
        let raw = outbox::sign(&sender, &letter, play.app.desk().now()).unwrap();
        assert_eq!(said.asked().len(), 1, "asked once, for one signature");
        play.arrive("1", &raw);
        play.inbox().unwrap();
        let stage = play.case().stage;
        assert!(
            matches!(&stage, Stage::InReview { rio, .. } if *rio == Some(officer("rio-card"))),
            "{keys:?}: {stage:?}"
        );
    }
}

#[test]
fn a_wrong_pin_is_asked_again_and_the_last_try_is_never_offered() {
    let station = before_prestage("a forgetful officer");
    let reader = Reader::with_card(None);
    rios_card(&station.play, &reader, KeyAlgorithm::P256);
    let chip = reader.power().unwrap().chip_id().unwrap();
    let open = |pins: &[&'static str]| {
        let (ask, said) = types(pins);
        let card = reader.connect(&chip).unwrap();
        (CardSigner::open(card, SIGNATURE, ask).unwrap(), said)
    };

    // A slip, then right; a length that cannot be right costs nothing.
    let (signer, said) = open(&["99999999", "12", FACTORY_PIN]);
    let signature = signer.sign(b"message").unwrap();
    verify_by_key(signer.spki_der(), b"message", &signature).unwrap();
    assert_eq!(said.asked(), [None, Some(2), Some(2)]);
    assert_eq!(reader.power().unwrap().pin_tries_left().unwrap(), 3);

    // Wrong and wrong: with one try left nobody is asked any more, now or later.
    let (signer, said) = open(&["99999999", "99999998", FACTORY_PIN]);
    assert!(matches!(signer.sign(b"message"), Err(SignError::Locked(_))));
    assert_eq!(said.asked().len(), 2);
    let (signer, said) = open(&[FACTORY_PIN]);
    assert!(matches!(signer.sign(b"message"), Err(SignError::Locked(_))));
    assert!(said.asked().is_empty());
    assert_eq!(reader.power().unwrap().pin_tries_left().unwrap(), 1);

    // A card that is not there is not found; one that went is missed.
    let (ask, _) = types(&[]);
    assert!(
        CardSigner::find(&reader, b"another certificate", ask)
            .unwrap()
            .is_none()
    );
    let (signer, _) = open(&[FACTORY_PIN]);
    drop(reader.power());
    let gone = signer.sign(b"message");
    assert!(
        matches!(gone, Err(SignError::Absent(_) | SignError::Locked(_))),
        "{gone:?}"
    );
}
