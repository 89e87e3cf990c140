//! An officer's key on a card: signs mails, decisions and challenges, and asks for the PIN when the card wants it.

use crate::pki::{Certificate, SignError, SignatureAlgorithm, SigningKey};
use crate::ports::card::{Card, CardError, KeyKind, Readers, Slot};
use std::sync::Mutex;
use zeroize::Zeroizing;

/// Asks for the PIN; told why it is asked again: the tries that are left. An error ends the signing.
pub type AskPin = Box<dyn Fn(Option<u8>) -> Result<Zeroizing<String>, SignError> + Send + Sync>;

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

/// A key in a slot of a card. The PIN is asked for at each signature and kept for none.
pub struct CardSigner {
    card: Mutex<Box<dyn Card>>,
    slot: Slot,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
    ask: AskPin,
}

impl CardSigner {
    /// The key of a slot, by the certificate that is with it on the card.
    ///
    /// # Errors
    /// [`CardError::EmptySlot`] without a certificate, [`CardError::Unsupported`] for one of another kind of key.
    pub fn open(mut card: Box<dyn Card>, slot: Slot, ask: AskPin) -> Result<CardSigner, CardError> {
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
            ask,
        })
    }

    /// The card in any reader that holds the key of this certificate; `None` when there is none.
    ///
    /// # Errors
    /// When the readers cannot be asked.
    pub fn find(
        readers: &dyn Readers,
        certificate: &[u8],
        ask: AskPin,
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
                    return CardSigner::open(card, slot, ask).map(Some);
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

/// Asks for the PIN until it is right, or the last try would be spent.
pub(super) fn until_right<T>(
    ask: &AskPin,
    mut attempt: impl FnMut(&str) -> Result<T, CardError>,
) -> Result<T, SignError> {
    let mut wrong = None;
    loop {
        let pin = ask(wrong)?;
        match attempt(&pin) {
            Err(CardError::WrongPin { left: left @ 2.. }) => wrong = Some(left),
            Err(CardError::PinLength) => {}
            done => return done.map_err(refused),
        }
    }
}

pub(super) fn refused(e: CardError) -> SignError {
    match e {
        CardError::Absent { .. } => SignError::Absent(e.to_string()),
        CardError::WrongPin { .. }
        | CardError::Locked
        | CardError::NotAuthorised { .. }
        | CardError::PinLength => SignError::Locked(e.to_string()),
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
        until_right(&self.ask, |pin| card.verify_pin(pin))?;
        card.sign(self.slot, message).map_err(refused)
    }
}
