//! The card is pulled at every APDU of prestage and of unseal, before the card got it and before its answer came back; then the same
//! step is started again.

use crate::office::{self, Station, before_prestage, before_unseal, serial};
use crate::play::PIN;
use crate::reader::{Cut, Reader};
use siegelpost::domain::{Stage, TicketState};
use siegelpost::journal::Action;
use siegelpost::journey::unseal::FIRST_CUSTODY;
use siegelpost::pki::verify_by_key;
use siegelpost::ports::card::{
    Card, CardError, FACTORY_MANAGEMENT_KEY, FACTORY_PIN, KeyAlgorithm, KeyKind, Slot,
};
use siegelpost::seal::{self, CardIdentity, CustodyContext};

const AUTHENTICATION: Slot = Slot::Set {
    set: 1,
    kind: KeyKind::Authentication,
};

/// Sealed: the record's secrets are the card's, the factory's are not, each key is the recorded one.
fn is_sealed(station: &Station, reader: &Reader, context: &str) {
    let row = station.play.card(serial());
    assert!(row.sealed.is_some() && row.pending.is_none(), "{context}");
    assert_eq!(
        station.play.app.desk().store.cards().unwrap().len(),
        1,
        "{context}"
    );
    // 9E, three of the first set, two encryption keys for later.
    assert_eq!(row.keys.len(), 6, "{context}");
    let entries = station.play.entries();
    let times = entries
        .iter()
        .filter(|e| e.action == Action::CardPrestaged)
        .count();
    assert_eq!(times, 1, "{context}: one prestaging in the journal");

    let (secrets, _) = station.play.open_sealed(serial());
    let mut card = reader.power().unwrap();
    let factory = card.authenticate_management(&FACTORY_MANAGEMENT_KEY);
    assert!(
        matches!(factory, Err(CardError::WrongManagementKey)),
        "{context}: {factory:?}"
    );
    card.authenticate_management(&secrets.management_key)
        .unwrap_or_else(|e| panic!("{context}: {e}"));
    let factory = card.verify_pin(FACTORY_PIN);
    assert!(
        matches!(factory, Err(CardError::WrongPin { .. })),
        "{context}: {factory:?}"
    );
    for key in &row.keys {
        assert!(card.expect_key(key.slot, &key.spki).unwrap(), "{context}");
        card.verify_pin(secrets.pin.as_str())
            .unwrap_or_else(|e| panic!("{context}: {e}"));
        let signature = card.sign(key.slot, b"who are you").unwrap();
        verify_by_key(&key.spki, b"who are you", &signature)
            .unwrap_or_else(|e| panic!("{context}: {:?}: {e}", key.slot));
    }
    card.change_puk(secrets.puk.as_str(), secrets.puk.as_str())
        .unwrap_or_else(|e| panic!("{context}: {e}"));
}

/// Open: the holder's PIN, the office's PUK and management key, the certificates, and one record of it.
pub fn is_open(station: &Station, reader: &Reader, context: &str) {
    let play = &station.play;
    let (case, row) = (play.case(), play.card(serial()));
    assert!(
        matches!(case.stage, Stage::Unsealed { .. }),
        "{context}: {:?}",
        case.stage
    );
    assert_eq!(row.state.name(), "active", "{context}");
    assert!(row.pending.is_none(), "{context}");
    let used = row
        .tickets
        .iter()
        .filter(|t| matches!(t, TicketState::Used { .. }))
        .count();
    assert_eq!(used, 1, "{context}");
    let times = |action: Action| play.entries().iter().filter(|e| e.action == action).count();
    assert_eq!(times(Action::CardUnsealed), 1, "{context}");
    assert_eq!(
        times(Action::TicketTriedWrong),
        0,
        "{context}: no try is spent by a cut"
    );

    let mut card = reader.power().unwrap();
    let rows = play.app.desk().store.certificates(case.request_id).unwrap();
    assert_eq!(rows.len(), 3, "{context}");
    for row in &rows {
        assert_eq!(card.certificate(row.slot).unwrap(), row.der, "{context}");
    }
    card.verify_pin(PIN).unwrap_or_else(|e| panic!("{context}: {e}"));
    card.sign(AUTHENTICATION, b"it works")
        .unwrap_or_else(|e| panic!("{context}: {e}"));
    let expected = CustodyContext {
        card: CardIdentity {
            serial: serial(),
            chip_id: row.chip_id.clone(),
        },
        generation: FIRST_CUSTODY,
    };
    let kept = serde_json::from_str(row.custody.as_deref().expect("in custody")).unwrap();
    let custody = seal::open_from_custody(&play.app.custody_key().unwrap(), &expected, &kept).unwrap();
    card.authenticate_management(&custody.management_key)
        .unwrap_or_else(|e| panic!("{context}: {e}"));
    card.reset_pin(custody.puk.as_str(), PIN)
        .unwrap_or_else(|e| panic!("{context}: {e}"));
}

fn prestage(station: &Station, reader: &Reader) -> Result<(), siegelpost::journey::Trouble> {
    let mut card = reader.power()?;
    office::prestage(&station.play, &mut card, KeyAlgorithm::P256).map(drop)
}

fn unseal(station: &Station, reader: &Reader) -> Result<(), siegelpost::journey::Trouble> {
    let mut card = reader.power()?;
    office::unseal(&station.play, &mut card, &station.play.number()).map(drop)
}

pub type Before = fn(&str) -> Station;
pub type Run = fn(&Station, &Reader) -> Result<(), siegelpost::journey::Trouble>;
pub type Good = fn(&Station, &Reader, &str);

/// Cuts at each APDU, both ways, and says how many cuts there were.
pub fn at_every_apdu(name: &str, before: Before, run: Run, is_good: Good) {
    let whole = before("not cut off");
    let reader = Reader::with_card(Some(&whole.card));
    reader.count_from_here(None);
    run(&whole, &reader).unwrap();
    let apdus = reader.counted().0.len();
    is_good(&whole, &reader, "not cut off");

    // Two at a time: half the time is the card's.
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if n >= 2 * apdus {
                        return;
                    }
                    let cut = if n.is_multiple_of(2) {
                        Cut::Before(n / 2)
                    } else {
                        Cut::After(n / 2)
                    };
                    let context = format!("{name} {cut:?} of {apdus}");
                    let mut station = before(&context);
                    let reader = Reader::with_card(Some(&station.card));
                    reader.count_from_here(Some(cut));
                    assert!(run(&station, &reader).is_err(), "{context}: it was cut off");
                    station.play.open_again();
                    reader.count_from_here(None);
                    run(&station, &reader).unwrap_or_else(|e| panic!("{context}: {e}"));
                    is_good(&station, &reader, &context);
                }
            });
        }
    });
    println!(
        "{name}: {apdus} APDUs, {} cuts, {} good cards",
        2 * apdus,
        2 * apdus
    );
}

#[test]
fn a_card_pulled_at_any_apdu_of_prestage_is_sealed_by_the_next_run() {
    at_every_apdu("prestage", before_prestage, prestage, is_sealed);
}

#[test]
fn a_card_pulled_at_any_apdu_of_unseal_is_open_after_the_next_run() {
    at_every_apdu("unseal", before_unseal, unseal, is_open);
}

/// A worse day: each run is cut off one APDU later than the one before.
#[test]
fn a_card_pulled_again_and_again_is_finished_all_the_same() {
    let mut station = before_unseal("again and again");
    let reader = Reader::with_card(Some(&station.card));
    let mut cuts = 0;
    loop {
        reader.count_from_here(Some(Cut::After(cuts)));
        if unseal(&station, &reader).is_ok() {
            break;
        }
        station.play.open_again();
        cuts += 1;
        assert!(cuts < 500, "it does not come to an end");
    }
    reader.count_from_here(None);
    is_open(&station, &reader, "after many cuts");
    println!("unseal: finished after {cuts} cuts, each one APDU later");
}
