//! The readers of this workstation over PC/SC, and the PIV cards in them.

use super::piv::{PivCard, Transmit, says_extended};
use crate::ports::Random;
use crate::ports::card::{Card, CardError, ReaderState, Readers};
use pcsc::{
    Context, Error, MAX_BUFFER_SIZE, MAX_BUFFER_SIZE_EXTENDED, PNP_NOTIFICATION, Protocols, Scope, ShareMode,
    State, ctl_code,
};
use std::ffi::CStr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How often a service that went away is looked for.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// CM_IOCTL_GET_FEATURE_REQUEST (PC/SC part 10, 2.2).
const GET_FEATURES: pcsc::ffi::DWORD = ctl_code(3400);

/// The readers that the PC/SC service knows.
pub struct PcscReaders {
    random: Arc<dyn Random>,
    pads: bool,
}

impl PcscReaders {
    /// The readers; `random` makes the challenges of the management key. The service is asked at each call, so that it may be
    /// started or readers plugged in between.
    pub fn new(random: Arc<dyn Random>) -> PcscReaders {
        PcscReaders { random, pads: true }
    }

    /// With PINs typed at the keyboard even where a reader has a pad.
    #[must_use]
    pub fn without_pads(self) -> PcscReaders {
        PcscReaders { pads: false, ..self }
    }

    fn card(&self, context: &Context, reader: &CStr) -> Result<PivCard<impl Transmit + use<>>, CardError> {
        PivCard::select(connect(context, reader, self.pads)?, self.random.clone())
    }

    fn context() -> Result<Context, CardError> {
        Context::establish(Scope::User).map_err(|e| service(e, "the PC/SC service"))
    }
}

/// What a failure of the service or of a reader means for who sits before it.
fn service(error: Error, reader: &str) -> CardError {
    match error {
        Error::NoService | Error::ServiceStopped => CardError::Io(
            "no smart-card service answers: start it (systemctl start pcscd.socket), or install it (apt install pcscd)".into(),
        ),
        Error::NoSmartcard | Error::RemovedCard | Error::UnpoweredCard => CardError::Absent { reader: reader.into() },
        Error::ResetCard => {
            CardError::Io(format!("another program reset the card in {reader}: take it out, put it in and try again"))
        }
        Error::SharingViolation => CardError::Io(format!(
            "another program holds the card in {reader}: end it (a browser, a mail program, gpg) and try again"
        )),
        Error::UnresponsiveCard | Error::UnsupportedCard | Error::ProtoMismatch => {
            CardError::Io(format!("the card in {reader} does not answer: put it in the other way round, or try another reader"))
        }
        other => CardError::Io(format!("{reader}: {other}")),
    }
}

/// A card in one reader. Dropping it resets the card, so that no proven PIN stays behind.
struct Connected {
    card: pcsc::Card,
    reader: String,
    extended: bool,
    /// The reader's pad is wanted where it has one.
    pads: bool,
    /// For the answer to one command.
    buffer: Zeroizing<Vec<u8>>,
}

impl Transmit for Connected {
    fn takes_extended(&self) -> bool {
        self.extended
    }

    fn features(&mut self) -> Vec<u8> {
        let mut list = [0; MAX_BUFFER_SIZE];
        if !self.pads {
            return vec![];
        }
        // A driver that does not know the question fails: such a reader has no pad.
        self.card
            .control(GET_FEATURES, &[], &mut list)
            .map_or(vec![], <[u8]>::to_vec)
    }

    fn control(&mut self, code: u32, data: &[u8]) -> Result<Vec<u8>, CardError> {
        let mut answer = [0; MAX_BUFFER_SIZE];
        let answer = self
            .card
            .control(code.into(), data, &mut answer)
            .map_err(|e| service(e, &self.reader))?;
        Ok(answer.to_vec())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
        let answer = self
            .card
            .transmit(command, &mut self.buffer)
            .map_err(|e| service(e, &self.reader))?;
        Ok(answer.to_vec())
    }
}

/// Connects exclusively: between a PIN and what it was proven for, no other program may speak to the card.
fn connect(context: &Context, reader: &CStr, pads: bool) -> Result<Connected, CardError> {
    let name = reader.to_string_lossy().into_owned();
    match context.connect(reader, ShareMode::Exclusive, Protocols::ANY) {
        Ok(card) => {
            // A card that does not say how it takes long commands is given short ones.
            let extended = card
                .status2_owned()
                .is_ok_and(|status| says_extended(status.atr()));
            let buffer = Zeroizing::new(vec![
                0;
                if extended {
                    MAX_BUFFER_SIZE_EXTENDED
                } else {
                    MAX_BUFFER_SIZE
                }
            ]);
            Ok(Connected {
                card,
                reader: name,
                extended,
                pads,
                buffer,
            })
        }
        Err(e) => Err(service(e, &name)),
    }
}

impl Readers for PcscReaders {
    fn list(&self) -> Result<Vec<ReaderState>, CardError> {
        let context = Self::context()?;
        let readers = context
            .list_readers_owned()
            .map_err(|e| service(e, "the PC/SC service"))?;
        let state = |reader: &std::ffi::CString| {
            let name = reader.to_string_lossy().into_owned();
            // A card without PIV, or one that another program holds, is none for us.
            let chip_id = self
                .card(&context, reader)
                .and_then(|mut card| card.chip_id())
                .ok();
            ReaderState { name, chip_id }
        };
        Ok(readers.iter().map(state).collect())
    }

    fn connect(&self, chip_id: &str) -> Result<Box<dyn Card>, CardError> {
        let context = Self::context()?;
        let readers = context
            .list_readers_owned()
            .map_err(|e| service(e, "the PC/SC service"))?;
        let mut busy = None;
        for reader in &readers {
            match self.card(&context, reader) {
                Ok(mut card) => {
                    if card.chip_id().is_ok_and(|id| id == chip_id) {
                        return Ok(Box::new(card));
                    }
                }
                Err(e @ CardError::Io(_)) => busy = Some(e),
                Err(_) => {}
            }
        }
        // The card looked for may be the one that did not answer.
        Err(busy.unwrap_or(CardError::Absent {
            reader: "any reader".into(),
        }))
    }

    fn wait(&self, seen: &[ReaderState], at_most: Duration) -> Result<Vec<ReaderState>, CardError> {
        let end = Instant::now() + at_most;
        loop {
            match self.news(seen, end.saturating_duration_since(Instant::now())) {
                // Somewhere the service goes with its last reader and comes with the next: until then there are none.
                Err(_) if Self::context().is_err() => {
                    let left = end.saturating_duration_since(Instant::now());
                    if !seen.is_empty() || left.is_zero() {
                        return Ok(vec![]);
                    }
                    std::thread::sleep(left.min(ASK_AGAIN));
                }
                said => return said,
            }
        }
    }
}

impl PcscReaders {
    /// What there is once it is not what was seen, or the time is over.
    fn news(&self, seen: &[ReaderState], at_most: Duration) -> Result<Vec<ReaderState>, CardError> {
        let context = Self::context()?;
        // The service itself is asked for news, so that nobody's card is woken by looking. A reader that comes is news too.
        let mut watched = vec![pcsc::ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        for reader in context
            .list_readers_owned()
            .map_err(|e| service(e, "the PC/SC service"))?
        {
            watched.push(pcsc::ReaderState::new(reader, State::UNAWARE));
        }
        // The first answer is what there is; what came between `seen` and it is found by looking once.
        changes(&context, &mut watched, Duration::ZERO)?;
        let before = cards_in(&watched);
        let now = self.list()?;
        if now != seen {
            return Ok(now);
        }
        // Looking opened and closed the cards, which is news as well: it is taken before. What came while it looked is not.
        changes(&context, &mut watched, Duration::ZERO)?;
        if cards_in(&watched) == before {
            changes(&context, &mut watched, at_most)?;
        }
        self.list()
    }
}

/// Waits until something changed since the last time, or the time is over.
fn changes(context: &Context, watched: &mut [pcsc::ReaderState], at_most: Duration) -> Result<(), CardError> {
    match context.get_status_change(at_most, watched) {
        Ok(()) => {
            watched.iter_mut().for_each(pcsc::ReaderState::sync_current_state);
            Ok(())
        }
        Err(Error::Timeout) => Ok(()),
        Err(e) => Err(service(e, "the PC/SC service")),
    }
}

/// For each reader whether a card is in, and how often one came or went; for the readers themselves how many there are.
fn cards_in(watched: &[pcsc::ReaderState]) -> Vec<(bool, u32)> {
    watched
        .iter()
        .map(|r| (r.event_state().contains(State::PRESENT), r.event_count()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_to_start_a_service_that_does_not_run() {
        let error = service(Error::NoService, "the PC/SC service");
        assert!(
            matches!(&error, CardError::Io(text) if text.contains("systemctl start pcscd")),
            "{error}"
        );
    }

    #[test]
    fn an_empty_reader_and_a_busy_card_are_told_apart() {
        assert!(matches!(service(Error::NoSmartcard, "R"), CardError::Absent { reader } if reader == "R"));
        assert!(
            matches!(service(Error::SharingViolation, "R"), CardError::Io(text) if text.contains("another program"))
        );
    }
}
