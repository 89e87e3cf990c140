//! An officer's key on a card: signs mails, decisions and challenges, and has the PIN typed when the card wants it.

use crate::domain::Language;
use crate::pki::{Certificate, SignError, SignatureAlgorithm, SigningKey};
use crate::ports::card::{Card, CardError, KeyKind, Readers, Slot};
use std::sync::Mutex;
use zeroize::Zeroizing;

/// Asks for the PIN; told why it is asked again: the tries that are left. An error ends the signing.
pub type AskPin = Box<dyn Fn(Option<u8>) -> Result<Zeroizing<String>, SignError> + Send + Sync>;

/// Says that the PIN is typed at the reader's pad now; told why it is typed again.
pub type SayPad = Box<dyn Fn(Option<PadSlip>) + Send + Sync>;

/// Why a PIN is typed at the reader's pad again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PadSlip {
    /// It was wrong; so many tries are left.
    Wrong(u8),
    /// It had too few digits or too many, which cost no try.
    Length,
    /// Nobody typed it before the reader gave up waiting.
    Late,
}

/// How the PIN comes to the key.
pub struct PinEntry {
    /// Asks for it, where it is typed here.
    pub ask: AskPin,
    /// Says that it is typed at the reader's pad, where there is one: then nobody is asked here.
    pub say_pad: SayPad,
    /// The language of the reader's display.
    pub language: Language,
}

/// How often a PIN is awaited at the pad after a slip that cost no try: a reader that answers so by itself does not go on for ever.
const FREE_SLIPS: usize = 4;

impl PinEntry {
    /// Asks for the PIN until it is right, or the last try would be spent.
    pub(super) fn typed_here<T>(
        &self,
        mut attempt: impl FnMut(&str) -> Result<T, CardError>,
    ) -> Result<T, SignError> {
        let mut wrong = None;
        loop {
            let pin = (self.ask)(wrong)?;
            match attempt(&pin) {
                Err(CardError::WrongPin { left: left @ 2.. }) => wrong = Some(left),
                Err(CardError::PinLength) => {}
                done => return done.map_err(refused),
            }
        }
    }

    /// Has the PIN typed at the pad until it is right, or the last try would be spent.
    pub(super) fn typed_at_pad<T>(
        &self,
        mut attempt: impl FnMut(Language) -> Result<T, CardError>,
    ) -> Result<T, SignError> {
        let (mut slip, mut free) = (None, 0);
        loop {
            (self.say_pad)(slip);
            let next = match attempt(self.language) {
                Err(CardError::WrongPin { left: left @ 2.. }) => PadSlip::Wrong(left),
                Err(CardError::PinLength) if free < FREE_SLIPS => PadSlip::Length,
                Err(CardError::PadTimedOut) if free < FREE_SLIPS => PadSlip::Late,
                done => return done.map_err(refused),
            };
            free += usize::from(!matches!(next, PadSlip::Wrong(_)));
            slip = Some(next);
        }
    }
}

/// Where an officer's signing key may be: the signature key first, else the one for logging in.
const SLOTS: [Slot; 2] = [
    Slot::Set {
        set: 1,
        kind: KeyKind::Signature,
    },
    Slot::Set {
        set: 1,
        kind: KeyKind::Authentication,
    },
];

/// A key in a slot of a card. The PIN is typed at each signature, at the reader's pad where it has one, and kept for none.
pub struct CardSigner {
    card: Mutex<Box<dyn Card>>,
    slot: Slot,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
    entry: PinEntry,
}

impl CardSigner {
    /// The key of a slot, by the certificate that is with it on the card.
    ///
    /// # Errors
    /// [`CardError::EmptySlot`] without a certificate, [`CardError::Unsupported`] for one of another kind of key.
    pub fn open(mut card: Box<dyn Card>, slot: Slot, entry: PinEntry) -> Result<CardSigner, CardError> {
        let unfit = |what: String| CardError::Unsupported { what };
        let certificate = Certificate::from_der(&card.certificate(slot)?)
            .map_err(|e| unfit(format!("the certificate on it is unreadable ({e})")))?;
        let algorithm = algorithm_of(&certificate)?;
        card.expect_key(slot, certificate.spki_der())?;
        Ok(CardSigner {
            card: Mutex::new(card),
            slot,
            certificate,
            algorithm,
            entry,
        })
    }

    /// The card in any reader that holds the key of this certificate; `None` when there is none.
    ///
    /// # Errors
    /// When the readers cannot be asked.
    pub fn find(
        readers: &dyn Readers,
        certificate: &[u8],
        entry: PinEntry,
    ) -> Result<Option<CardSigner>, CardError> {
        for chip in readers.list()?.into_iter().filter_map(|r| r.chip_id) {
            let mut card = match readers.connect(&chip) {
                Ok(card) => card,
                // Taken out meanwhile.
                Err(CardError::Absent { .. }) => continue,
                Err(e) => return Err(e),
            };
            for slot in SLOTS {
                if card.certificate(slot).is_ok_and(|there| there == certificate) {
                    return CardSigner::open(card, slot, entry).map(Some);
                }
            }
        }
        Ok(None)
    }

    /// The certificate beside the key.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// How the key of a certificate signs.
pub(super) fn algorithm_of(certificate: &Certificate) -> Result<SignatureAlgorithm, CardError> {
    match certificate.spki_der().len() {
        // The lengths of SubjectPublicKeyInfo are those of their keys (RFC 5480; RSA is longer than both).
        91 => Ok(SignatureAlgorithm::EcdsaP256Sha256),
        120 => Ok(SignatureAlgorithm::EcdsaP384Sha384),
        290.. => Ok(SignatureAlgorithm::RsaSha256),
        _ => Err(CardError::Unsupported {
            what: "its key is of a kind that signs nothing here".into(),
        }),
    }
}

/// The last try is never offered: who does not know the PIN now asks the LRAO.
pub(super) fn not_the_last_try(left: u8) -> Result<(), SignError> {
    if left <= 1 {
        return Err(SignError::Locked(
            "one more wrong PIN would lock the card: ask the LRAO for a PIN reset".into(),
        ));
    }
    Ok(())
}

pub(super) fn refused(e: CardError) -> SignError {
    match e {
        CardError::Absent { .. } => SignError::Absent(e.to_string()),
        CardError::WrongPin { .. }
        | CardError::Locked
        | CardError::NotAuthorised { .. }
        | CardError::PinLength
        | CardError::PadTimedOut
        | CardError::PadCancelled => SignError::Locked(e.to_string()),
        other => SignError::Refused(other.to_string()),
    }
}

impl SigningKey for CardSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn spki_der(&self) -> &[u8] {
        self.certificate.spki_der()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut card = self.card.lock().unwrap_or_else(|p| p.into_inner());
        // A card that does not say its tries is asked all the same.
        not_the_last_try(card.pin_tries_left().unwrap_or(u8::MAX))?;
        if card.has_pad() {
            self.entry
                .typed_at_pad(|language| card.verify_pin_at_pad(language))?;
        } else {
            self.entry.typed_here(|pin| card.verify_pin(pin))?;
        }
        card.sign(self.slot, message).map_err(refused)
    }
}
