//! A smart card in a reader, in the words of SP 800-73: key slots, PIN, PUK and management key.

use crate::domain::Language;
use std::time::Duration;
use zeroize::Zeroizing;

/// What a key is for; each of a card's three key sets holds one of each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    Authentication,
    Signature,
    Encryption,
}

impl KeyKind {
    /// The three kinds in the order in which certificates are issued.
    pub const ALL: [KeyKind; 3] = [KeyKind::Authentication, KeyKind::Signature, KeyKind::Encryption];

    /// The name in files, in JSON and in the journal.
    pub const fn name(self) -> &'static str {
        match self {
            KeyKind::Authentication => "authentication",
            KeyKind::Signature => "signature",
            KeyKind::Encryption => "encryption",
        }
    }
}

/// A place for a key on the card.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// One key of a key set; sets count from 1 to 3.
    Set { set: u8, kind: KeyKind },
    /// The key that proves the card itself and needs no PIN (SP 800-73-4, slot 9E).
    CardAuthentication,
}

impl Slot {
    /// The name in the journal, such as `1_signature`.
    pub fn name(self) -> String {
        let (set, kind) = match self {
            Slot::CardAuthentication => return "card_authentication".into(),
            Slot::Set { set, kind } => (set, kind),
        };
        format!("{set}_{}", kind.name())
    }
}

/// The algorithms of keys on cards.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAlgorithm {
    #[default]
    P256,
    P384,
    Rsa2048,
    Rsa3072,
}

/// The PIN of a card as its maker delivers it (the value of every PIV card on the market).
pub const FACTORY_PIN: &str = "123456";
/// The PUK of a card as its maker delivers it.
pub const FACTORY_PUK: &str = "12345678";
/// The management key of a card as its maker delivers it: 01 02 … 08 over and over. On cards whose key is shorter
/// (3DES or AES-192: 24 bytes, AES-128: 16) it is this one's beginning.
pub const FACTORY_MANAGEMENT_KEY: [u8; 32] = [
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
];

/// What a card takes for a PIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PinRule {
    pub least: u8,
    pub most: u8,
    /// True where nothing but digits is taken.
    pub digits_only: bool,
}

impl PinRule {
    /// Every PIV card (SP 800-73-4 part 2, 2.4.3).
    pub const PIV: PinRule = PinRule {
        least: 6,
        most: 8,
        digits_only: true,
    };

    /// Judges the length of a PIN or PUK, and that it can be typed on any keyboard, before a try is spent.
    ///
    /// # Errors
    /// [`CardError::PinLength`].
    pub fn takes(&self, pin: &str) -> Result<(), CardError> {
        let length = usize::from(self.least)..=usize::from(self.most);
        if length.contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(())
        } else {
            Err(CardError::PinLength)
        }
    }
}

/// Why a card did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    #[error("no card answers in {reader}: put the card in and try again")]
    Absent { reader: String },
    #[error("the PIN is wrong; {left} tries are left before the card locks")]
    WrongPin { left: u8 },
    /// Not every card says how many tries are left.
    #[error("the PUK is wrong; {} tries are left", left.map_or("the card does not say how many".into(), |n| n.to_string()))]
    WrongPuk { left: Option<u8> },
    /// Which of two PUKs the card has is not known, and a wrong one could be the last.
    #[error(
        "the card was cut off too often while its PUK was changed, and {left} tries are left: take it out of use"
    )]
    LastPukTry { left: u8 },
    #[error("the card is locked: ask the LRAO for a PIN reset")]
    Locked,
    #[error("the card does not accept this management key: it was changed outside siegelpost")]
    WrongManagementKey,
    #[error("the card wants {what} first")]
    NotAuthorised { what: &'static str },
    #[error("the slot holds no key or certificate")]
    EmptySlot,
    #[error("the card cannot do that: {what}")]
    Unsupported { what: String },
    #[error("the card takes no PIN or PUK of this length: PIV cards take 6 to 8 characters")]
    PinLength,
    #[error("nobody typed the PIN at the reader's pad in time: run the same command again")]
    PadTimedOut,
    #[error("the PIN was cancelled at the reader's pad: run the same command again")]
    PadCancelled,
    #[error("the reader or the card failed: {0}")]
    Io(String),
}

/// What a card says of the making of a key (as Yubico published it: both are X.509 certificates in DER).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attestation {
    /// Certifies the slot's key.
    pub statement: Vec<u8>,
    /// The certificate of the key that signed the statement.
    pub issuer: Vec<u8>,
}

/// A card in a reader. A method that returns `Ok` has taken effect on the card and survives its being pulled.
///
/// Secrets that a card holds cannot be read back by any method.
pub trait Card: Send {
    /// What the chip calls itself: its serial or its CHUID GUID, as hex or digits. Never the reader's order.
    fn chip_id(&mut self) -> Result<String, CardError>;
    /// The serial that the chip says of itself, as its maker prints it; `None` where it says none. Some makes say the same one on
    /// every card, so it is compared and never an identity.
    fn chip_serial(&mut self) -> Result<Option<String>, CardError>;
    /// Writes what the standard wants a card to say of itself and this one does not: the CHUID with a fresh GUID, the Card Capability
    /// Container and the Key History (SP 800-73-4 part 1, 3.1 and 3.3). What is there stays. Wants the management key first.
    fn introduce(&mut self) -> Result<(), CardError>;
    /// Sets how many wrong PINs and PUKs lock the card, which puts both back to the factory's. Wants the management key and the PIN
    /// first. False where the card cannot.
    fn set_retries(&mut self, pin: u8, puk: u8) -> Result<bool, CardError>;
    /// What this card takes for a PIN.
    fn pin_rule(&self) -> PinRule {
        PinRule::PIV
    }
    /// How many full key sets fit the card (1 or 3); a card with one set takes the encryption keys of the others all the same. Wants
    /// the management key first: one that is not shown it may say fewer.
    fn key_sets(&mut self) -> Result<u8, CardError>;
    /// Makes a key pair in the slot and returns its public key as SubjectPublicKeyInfo DER. Wants the management key first.
    fn generate(&mut self, slot: Slot, algorithm: KeyAlgorithm) -> Result<Vec<u8>, CardError>;
    /// The public key of the slot as SubjectPublicKeyInfo DER, where the card can say.
    fn public_key(&mut self, slot: Slot) -> Result<Vec<u8>, CardError>;
    /// Tells this connection which key the slot holds by the record, for cards that cannot say it themselves. False when the card
    /// says that it holds another one or none; true proves nothing, only a signature or a decryption does.
    fn expect_key(&mut self, slot: Slot, spki: &[u8]) -> Result<bool, CardError> {
        match self.public_key(slot) {
            Ok(key) => Ok(key == spki),
            Err(CardError::EmptySlot) => Ok(false),
            Err(other) => Err(other),
        }
    }
    /// The certificate by which the card says that the slot's key was made in it, and the certificate of the key that says so.
    /// `None` where the card cannot.
    fn attestation(&mut self, _slot: Slot) -> Result<Option<Attestation>, CardError> {
        Ok(None)
    }
    /// Proves knowledge of the 32-byte management key, for this connection.
    fn authenticate_management(&mut self, key: &[u8; 32]) -> Result<(), CardError>;
    /// Replaces the management key; wants the present one to be proven first.
    fn set_management_key(&mut self, new: &[u8; 32]) -> Result<(), CardError>;
    /// Checks the PIN and opens the keys for this connection; a wrong one costs a try.
    fn verify_pin(&mut self, pin: &str) -> Result<(), CardError>;
    /// Whether the card's reader has a pad at which the PIN may be typed, so that this machine never has it.
    fn has_pad(&mut self) -> bool {
        false
    }
    /// As [`Card::verify_pin`], with the PIN typed at the reader's pad, which this waits for; the reader's display says so in `language`.
    fn verify_pin_at_pad(&mut self, _language: Language) -> Result<(), CardError> {
        Err(no_pad())
    }
    /// Tries left for the PIN, without spending one.
    fn pin_tries_left(&mut self) -> Result<u8, CardError>;
    /// Whether the card has a PUK. One without (behind a vendor's module) takes any, changes none, and sets a new PIN by the management
    /// key, which must be proven before; and it makes keys for the holder alone, so that the PIN must be proven too.
    fn has_puk(&self) -> bool {
        true
    }
    /// Tries left for the PUK, without spending one; `None` where the card does not say.
    fn puk_tries_left(&mut self) -> Result<Option<u8>, CardError>;
    /// Whether a PUK may be tried of which it is not known that it is right: never with the last try. A card that does not say its
    /// tries is taken at what it does next.
    fn may_guess_puk(&mut self) -> Result<(), CardError> {
        match self.puk_tries_left()? {
            Some(left @ ..=1) => Err(CardError::LastPukTry { left }),
            _ => Ok(()),
        }
    }
    /// Changes the PIN; a wrong old one costs a try.
    fn change_pin(&mut self, old: &str, new: &str) -> Result<(), CardError>;
    /// Changes the PUK; a wrong old one costs a try.
    fn change_puk(&mut self, old: &str, new: &str) -> Result<(), CardError>;
    /// Sets a new PIN by the PUK and resets the PIN's tries (RESET RETRY COUNTER).
    fn reset_pin(&mut self, puk: &str, new_pin: &str) -> Result<(), CardError>;
    /// Writes the slot's certificate (DER). Wants the management key first.
    fn write_certificate(&mut self, slot: Slot, certificate: &[u8]) -> Result<(), CardError>;
    /// The slot's certificate (DER).
    fn certificate(&mut self, slot: Slot) -> Result<Vec<u8>, CardError>;
    /// Signs a message: RSA PKCS#1 v1.5 and P-256 with SHA-256, P-384 with SHA-384, ECDSA as DER. Wants the PIN but for card
    /// authentication.
    fn sign(&mut self, slot: Slot, message: &[u8]) -> Result<Vec<u8>, CardError>;
    /// Opens a secret sent to the slot's key: RSA decryption (PKCS#1 v1.5 unpadded secret) of a ciphertext, or ECDH with an
    /// uncompressed point of its curve, returning the shared x coordinate. Wants the PIN.
    fn open(&mut self, slot: Slot, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError>;
}

/// What a reader without a pad answers.
pub fn no_pad() -> CardError {
    CardError::Unsupported {
        what: "its reader has no pad".into(),
    }
}

/// A reader and what is in it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ReaderState {
    pub name: String,
    /// The card's chip id, or `None` for an empty reader.
    pub chip_id: Option<String>,
}

/// The readers of this workstation.
pub trait Readers: Send + Sync {
    /// All readers with what is in them now.
    fn list(&self) -> Result<Vec<ReaderState>, CardError>;
    /// Connects to the card with this chip id, in whichever reader it is.
    fn connect(&self, chip_id: &str) -> Result<Box<dyn Card>, CardError>;
    /// Waits until a card or a reader came or went since `seen`, or the time is over; returns what is there then.
    fn wait(&self, seen: &[ReaderState], at_most: Duration) -> Result<Vec<ReaderState>, CardError>;
}
