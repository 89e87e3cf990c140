//! Somebody who types an officer's PIN: at the terminal from a list, or at a reader's pad, where only the reader hears it.

use siegelpost::adapters::card::signer::{PadSlip, PinEntry};
use siegelpost::domain::Language;
use siegelpost::pki::SignError;
use std::sync::{Arc, Mutex};

/// What was said before each PIN, at the terminal and at the pad.
#[derive(Clone, Default)]
pub struct Typist {
    said: Arc<Mutex<Vec<Option<u8>>>>,
    at_pad: Arc<Mutex<Vec<Option<PadSlip>>>>,
}

impl Typist {
    /// The tries left that were named at the terminal, one entry a question.
    pub fn asked(&self) -> Vec<Option<u8>> {
        self.said.lock().unwrap().clone()
    }

    /// The slips that were named before the PIN was awaited at the pad.
    pub fn at_pad(&self) -> Vec<Option<PadSlip>> {
        self.at_pad.lock().unwrap().clone()
    }
}

/// Types these PINs at the terminal, one after the other, and no more.
pub fn types(pins: &[&'static str]) -> (PinEntry, Typist) {
    let typist = Typist::default();
    let (log, pad, pins) = (typist.said.clone(), typist.at_pad.clone(), pins.to_vec());
    let entry = PinEntry {
        ask: Box::new(move |wrong| {
            let mut log = log.lock().unwrap();
            let pin = pins.get(log.len()).copied();
            log.push(wrong);
            pin.map(|pin| pin.to_owned().into())
                .ok_or_else(|| SignError::Locked("nobody types any more".into()))
        }),
        say_pad: Box::new(move |slip| pad.lock().unwrap().push(slip)),
        language: Language::Fr,
    };
    (entry, typist)
}
