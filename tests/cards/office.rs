//! An office of the tests whose cards are not simulated.

use crate::case::Step;
use crate::play::{ANSWER, FixedKeys, MORNING, PIN, Play, SERIAL, copy_folder, officer, scratch};
use crate::reader::Reader;
use jiff::{SignedDuration, Timestamp};
use siegelpost::app::{self, NewOfficer};
use siegelpost::domain::{CardSerial, ETicket, Language, Person, RequestId, Role};
use siegelpost::journey::Trouble;
use siegelpost::journey::unseal::{self, HelperAtReader, Holder, UnsealOffice};
use siegelpost::pki::profile::{Order, Profile, Subject, issue};
use siegelpost::pki::{Certificate, Serial, SigningKey};
use siegelpost::ports::card::{Card, FACTORY_MANAGEMENT_KEY, KeyAlgorithm, Slot};
use siegelpost::ports::store::CardRow;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub fn serial() -> CardSerial {
    CardSerial::from_number(SERIAL)
}

pub fn prestage(play: &Play, card: &mut dyn Card, keys: KeyAlgorithm) -> Result<CardRow, Trouble> {
    play.app.prestage(card, serial(), keys, &officer("security"))
}

/// The unseal with the helper's software key, as the command does it.
pub fn unseal(play: &Play, card: &mut dyn Card, number: &ETicket) -> Result<RequestId, Trouble> {
    let key = play.app.officer_credentials(&officer("helper"))?.key;
    unseal_with(play, card, "helper", &key, number)
}

/// The unseal with any key of the helper.
pub fn unseal_with(
    play: &Play,
    card: &mut dyn Card,
    id: &str,
    helper: &dyn SigningKey,
    number: &ETicket,
) -> Result<RequestId, Trouble> {
    // Fewer rounds for the answer's hash than an office takes: tests ask hundreds of times.
    unseal_at(play, card, id, helper, number, NonZeroU32::new(1000))
}

/// The unseal with so many rounds for the answer's hash; without a number, as many as an office takes.
pub fn unseal_at(
    play: &Play,
    card: &mut dyn Card,
    id: &str,
    helper: &dyn SigningKey,
    number: &ETicket,
    rounds: Option<NonZeroU32>,
) -> Result<RequestId, Trouble> {
    let app = &play.app;
    let office = app.office_credentials()?;
    let sender = app.sender(&app.settings.office.mail, &office);
    let (share_master, trust) = (app.share_master()?, app.trust()?);
    let custody = app.custody_key()?.recipient();
    let service = UnsealOffice::new(app.desk(), &share_master, custody, &trust, &sender);
    let helper = HelperAtReader {
        id: officer(id),
        key: helper,
        document_compared: true,
    };
    let holder = Holder {
        ticket: ETicket::parse(&number.to_text()).expect("a number"),
        pin: PIN,
        question: "Which was your first school?",
        answer: ANSWER,
    };
    Ok(unseal::unseal(&app.desk(), &service, card, &helper, &holder, rounds)?.request_id)
}

/// An office and its card, each in a folder.
pub struct Station {
    pub play: Play,
    pub card: PathBuf,
    _kept: tempfile::TempDir,
}

pub fn copy(made: &Path, seed: &str, hours: i64) -> Station {
    let kept = scratch();
    let card = kept.path().join("card");
    copy_folder(&made.join("card"), &card);
    let at = MORNING.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours);
    Station {
        play: Play::from_copy(&made.join("office"), seed, at),
        card,
        _kept: kept,
    }
}

/// A founded office and a card as its maker delivers it.
pub fn before_prestage(seed: &str) -> Station {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = scratch().keep();
        let play = Play::found("an office with foreign cards");
        copy_folder(&play.folder, &folder.join("office"));
        // The first power makes the card what it is when it leaves its maker.
        Reader::with_card(Some(&folder.join("card"))).power().unwrap();
        folder
    });
    copy(made, seed, 1)
}

/// The letter is in the holder's hand, the card at the workstation.
pub fn before_unseal(seed: &str) -> Station {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let mut station = before_prestage("up to the letter");
        let reader = Reader::with_card(Some(&station.card));
        prestage(&station.play, &mut reader.power().unwrap(), KeyAlgorithm::P256).unwrap();
        drop(reader);
        station.play.go_on_to(Step::Unseal);
        let folder = scratch().keep();
        copy_folder(&station.play.folder, &folder.join("office"));
        copy_folder(&station.card, &folder.join("card"));
        folder
    });
    copy(made, seed, 2)
}

/// A card of an officer: a key in the slot, certified by the office, the certificate beside it.
pub fn certified(
    play: &Play,
    card: &mut dyn Card,
    slot: Slot,
    keys: KeyAlgorithm,
    name: &str,
    mail: &str,
) -> Vec<u8> {
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY).unwrap();
    let spki = card.generate(slot, keys).unwrap();
    let (ca, now) = (play.app.ca().unwrap(), play.app.desk().now());
    let order = Order {
        profile: Profile::Officer { email: mail.into() },
        subject: Subject {
            common_name: name.into(),
            ..Subject::default()
        },
        serial: Serial::from_random([0x77; 20]),
        not_before: now,
        not_after: now + SignedDuration::from_hours(24 * 300),
        crl_url: None,
        policy: None,
    };
    let certificate = issue(&order, &spki, ca.issuing().authority).unwrap();
    card.write_certificate(slot, certificate.der()).unwrap();
    certificate.der().to_vec()
}

/// Enrols somebody of Bern with the certificate of a card.
pub fn enrol(play: &Play, id: &str, role: Role, family_name: &str, mail: &str, certificate: &[u8]) {
    let new = NewOfficer {
        id: officer(id),
        roles: vec![role],
        person: Person {
            family_name: family_name.into(),
            given_names: "Hanna".into(),
            birth_date: "1979-04-04".parse().unwrap(),
        },
        mail: mail.into(),
        language: Language::De,
        sites: vec!["bern".parse().unwrap()],
    };
    let brought = (Certificate::from_der(certificate).unwrap(), None);
    app::add_officer(
        &play.app,
        &new,
        Some(brought),
        &mut FixedKeys,
        Some(&officer("security")),
    )
    .unwrap();
}
