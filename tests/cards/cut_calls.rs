//! The connection to a card behind a vendor's module ends at every call of prestage and of unseal, before it was done and after; then the
//! same step is started again. Calls, since what a module sends to its card is its own.

use crate::case::Step;
use crate::module::SoftHsm;
use crate::office::{self, serial};
use crate::play::{MORNING, PIN, Play, copy_folder, scratch};
use jiff::{SignedDuration, Timestamp};
use siegelpost::domain::Stage;
use siegelpost::journal::Action;
use siegelpost::journey::Trouble;
use siegelpost::pki::verify_by_key;
use siegelpost::ports::card::{
    Attestation, Card, CardError, FACTORY_MANAGEMENT_KEY, FACTORY_PIN, KeyAlgorithm, KeyKind, Readers, Slot,
};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use zeroize::Zeroizing;

/// Where the connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cut {
    Before(usize),
    After(usize),
}

/// A card whose connection ends at a call. All calls are counted.
struct Cutting {
    card: Option<Box<dyn Card>>,
    cut: Option<Cut>,
    calls: usize,
}

fn absent() -> CardError {
    CardError::Absent {
        reader: "the test's reader".into(),
    }
}

impl Cutting {
    fn call<T>(&mut self, run: impl FnOnce(&mut dyn Card) -> Result<T, CardError>) -> Result<T, CardError> {
        let nth = self.calls;
        self.calls += 1;
        if self.cut == Some(Cut::Before(nth)) {
            self.card = None;
        }
        let card = self.card.as_mut().ok_or_else(absent)?;
        let answer = run(&mut **card);
        if self.cut == Some(Cut::After(nth)) {
            self.card = None;
            return Err(absent());
        }
        answer
    }
}

macro_rules! hand_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Card for Cutting {
            fn has_puk(&self) -> bool {
                false
            }
            $(fn $name(&mut self $(, $argument: $type)*) -> Result<$answer, CardError> {
                self.call(|card| card.$name($($argument),*))
            })*
        }
    };
}

hand_on! {
    chip_id() -> String;
    chip_serial() -> Option<String>;
    introduce() -> ();
    set_retries(pin: u8, puk: u8) -> bool;
    key_sets() -> u8;
    generate(slot: Slot, algorithm: KeyAlgorithm) -> Vec<u8>;
    public_key(slot: Slot) -> Vec<u8>;
    expect_key(slot: Slot, spki: &[u8]) -> bool;
    attestation(slot: Slot) -> Option<Attestation>;
    authenticate_management(key: &[u8; 32]) -> ();
    set_management_key(new: &[u8; 32]) -> ();
    verify_pin(pin: &str) -> ();
    pin_tries_left() -> u8;
    puk_tries_left() -> Option<u8>;
    change_pin(old: &str, new: &str) -> ();
    change_puk(old: &str, new: &str) -> ();
    reset_pin(puk: &str, new_pin: &str) -> ();
    write_certificate(slot: Slot, certificate: &[u8]) -> ();
    certificate(slot: Slot) -> Vec<u8>;
    sign(slot: Slot, message: &[u8]) -> Vec<u8>;
    open(slot: Slot, input: &[u8]) -> Zeroizing<Vec<u8>>;
}

/// An office and its token, each in a folder.
struct Station {
    play: Play,
    softhsm: SoftHsm,
    chip: String,
}

impl Station {
    fn copy(made: &Made, seed: &str, hours: i64) -> Station {
        let at = MORNING.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours);
        Station {
            play: Play::from_copy(&made.office, seed, at),
            softhsm: SoftHsm::copy(&made.tokens),
            chip: made.chip.clone(),
        }
    }

    fn run(&self, cut: Option<Cut>, step: Run) -> (Result<(), Trouble>, usize) {
        let card = match self.softhsm.readers().connect(&self.chip) {
            Ok(card) => card,
            Err(e) => return (Err(e.into()), 0),
        };
        let mut card = Cutting {
            card: Some(card),
            cut,
            calls: 0,
        };
        (step(&self.play, &mut card), card.calls)
    }

    fn card(&self) -> Box<dyn Card> {
        self.softhsm.readers().connect(&self.chip).unwrap()
    }
}

struct Made {
    office: PathBuf,
    tokens: PathBuf,
    chip: String,
}

fn before_prestage() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = scratch().keep();
        let play = Play::found("an office with tokens");
        copy_folder(&play.folder, &folder.join("office"));
        let softhsm = SoftHsm::new();
        let chip = softhsm.token("cut");
        copy_folder(&softhsm.tokens(), &folder.join("tokens"));
        Made {
            office: folder.join("office"),
            tokens: folder.join("tokens"),
            chip,
        }
    })
}

fn before_unseal() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut station = Station::copy(before_prestage(), "up to the letter", 1);
        station.run(None, prestage).0.unwrap();
        station.play.go_on_to(Step::Unseal);
        let folder = scratch().keep();
        copy_folder(&station.play.folder, &folder.join("office"));
        copy_folder(&station.softhsm.tokens(), &folder.join("tokens"));
        Made {
            office: folder.join("office"),
            tokens: folder.join("tokens"),
            chip: station.chip,
        }
    })
}

type Run = fn(&Play, &mut dyn Card) -> Result<(), Trouble>;

fn prestage(play: &Play, card: &mut dyn Card) -> Result<(), Trouble> {
    office::prestage(play, card, KeyAlgorithm::P256).map(drop)
}

fn unseal(play: &Play, card: &mut dyn Card) -> Result<(), Trouble> {
    office::unseal(play, card, &play.number()).map(drop)
}

/// Sealed: the record's secrets are the token's, the factory's are not, each key is the recorded one.
fn is_sealed(station: &Station, context: &str) {
    let row = station.play.card(serial());
    assert!(row.sealed.is_some() && row.pending.is_none(), "{context}");
    assert_eq!(row.keys.len(), 10, "{context}");
    let entries = station.play.entries();
    let times = entries
        .iter()
        .filter(|e| e.action == Action::CardPrestaged)
        .count();
    assert_eq!(times, 1, "{context}");
    let (secrets, _) = station.play.open_sealed(serial());
    let mut card = station.card();
    assert!(
        card.authenticate_management(&FACTORY_MANAGEMENT_KEY).is_err(),
        "{context}"
    );
    assert!(card.verify_pin(FACTORY_PIN).is_err(), "{context}");
    card.authenticate_management(&secrets.management_key)
        .unwrap_or_else(|e| panic!("{context}: {e}"));
    for key in &row.keys {
        assert!(card.expect_key(key.slot, &key.spki).unwrap(), "{context}");
        card.verify_pin(secrets.pin.as_str())
            .unwrap_or_else(|e| panic!("{context}: {e}"));
        let signature = card.sign(key.slot, b"who are you").unwrap();
        verify_by_key(&key.spki, b"who are you", &signature).unwrap_or_else(|e| panic!("{context}: {e}"));
    }
}

/// Open: the holder's PIN and certificates, and one record of it.
fn is_open(station: &Station, context: &str) {
    let case = station.play.case();
    assert!(
        matches!(case.stage, Stage::Unsealed { .. }),
        "{context}: {:?}",
        case.stage
    );
    assert!(station.play.card(serial()).pending.is_none(), "{context}");
    let times = |action| {
        station
            .play
            .entries()
            .iter()
            .filter(|e| e.action == action)
            .count()
    };
    assert_eq!(times(Action::CardUnsealed), 1, "{context}");
    assert_eq!(times(Action::TicketTriedWrong), 0, "{context}");
    let mut card = station.card();
    for row in station
        .play
        .app
        .desk()
        .store
        .certificates(case.request_id)
        .unwrap()
    {
        assert_eq!(card.certificate(row.slot).unwrap(), row.der, "{context}");
    }
    card.verify_pin(PIN).unwrap_or_else(|e| panic!("{context}: {e}"));
    let slot = Slot::Set {
        set: 1,
        kind: KeyKind::Signature,
    };
    card.sign(slot, b"it works")
        .unwrap_or_else(|e| panic!("{context}: {e}"));
}

fn at_every_call(name: &str, made: &Made, step: Run, is_good: fn(&Station, &str)) {
    let whole = Station::copy(made, "not cut off", 2);
    let (done, calls) = whole.run(None, step);
    done.unwrap();
    is_good(&whole, "not cut off");
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= 2 * calls {
                        return;
                    }
                    let cut = if n.is_multiple_of(2) {
                        Cut::Before(n / 2)
                    } else {
                        Cut::After(n / 2)
                    };
                    let context = format!("{name} {cut:?} of {calls}");
                    let mut station = Station::copy(made, &context, 2);
                    assert!(
                        station.run(Some(cut), step).0.is_err(),
                        "{context}: it was cut off"
                    );
                    station.play.open_again();
                    station
                        .run(None, step)
                        .0
                        .unwrap_or_else(|e| panic!("{context}: {e}"));
                    is_good(&station, &context);
                }
            });
        }
    });
    println!(
        "{name} by a module: {calls} calls, {} cuts, {} good cards",
        2 * calls,
        2 * calls
    );
}

#[test]
fn a_token_cut_off_at_any_call_of_prestage_is_sealed_by_the_next_run() {
    at_every_call("prestage", before_prestage(), prestage, is_sealed);
}

#[test]
fn a_token_cut_off_at_any_call_of_unseal_is_open_after_the_next_run() {
    at_every_call("unseal", before_unseal(), unseal, is_open);
}
