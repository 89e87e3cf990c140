//! What is said between the program and the process that holds a vendor's module: one line of JSON each way.

use crate::ports::card::{CardError, KeyAlgorithm, Slot};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// What stands before each answer: a module that prints to standard output of its own accord is read past.
pub(super) const MARK: &str = "\u{1}siegelpost-card ";
/// The longest line: a certificate of the largest card in hex, many times over.
pub(super) const MAX_LINE: u64 = 1 << 20;

/// A PIN or SO PIN on its way; wiped where it was.
pub(super) struct Secret(pub Zeroizing<String>);

impl Secret {
    pub fn of(text: &str) -> Secret {
        Secret(Zeroizing::new(text.to_owned()))
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        String::deserialize(from).map(|text| Secret(Zeroizing::new(text)))
    }
}

/// Bytes, in hex.
#[derive(Serialize, Deserialize)]
pub(super) struct Bytes(#[serde(with = "hex")] pub Vec<u8>);

impl Drop for Bytes {
    fn drop(&mut self) {
        // An opened secret is among them.
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// How a key signs and opens, whatever its length.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Rsa,
    P256,
    P384,
}

/// What the program asks.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ask {
    /// The slots with what is in them.
    List,
    /// Opens the token with this serial.
    Connect {
        chip_id: String,
    },
    /// Opens the token with this certificate on it.
    FindKey {
        certificate: Bytes,
    },
    /// The tokens that show no certificate before the PIN.
    Silent,
    /// Takes this certificate, on the token that is open, for the one to sign by, once the PIN shows it.
    Seek {
        certificate: Bytes,
    },
    /// Signs with the key of the certificate found; the PIN is typed at the device where none comes along.
    SignAs {
        kind: Kind,
        pin: Option<Secret>,
        message: Bytes,
    },
    PinTries,
    VerifyPin {
        pin: Secret,
    },
    ChangePin {
        old: Secret,
        new: Secret,
    },
    Manage {
        so_pin: Secret,
    },
    SetManagement {
        new: Secret,
    },
    SetPin {
        new: Secret,
    },
    Generate {
        slot: Slot,
        algorithm: KeyAlgorithm,
    },
    PublicKey {
        slot: Slot,
    },
    WriteCertificate {
        slot: Slot,
        certificate: Bytes,
    },
    Certificate {
        slot: Slot,
    },
    Sign {
        slot: Slot,
        kind: Kind,
        message: Bytes,
    },
    Open {
        slot: Slot,
        kind: Kind,
        input: Bytes,
    },
}

/// What the module's process answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Done,
    Slots(Vec<Seen>),
    Token(TokenFacts),
    Chips(Vec<String>),
    /// No token has it.
    Nothing,
    Tries(u8),
    Bytes(Bytes),
    Fault(Fault),
}

/// A slot of the module.
#[derive(Serialize, Deserialize)]
pub(super) struct Seen {
    pub reader: String,
    pub chip_id: Option<String>,
}

/// What a token says of itself.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct TokenFacts {
    pub chip_id: String,
    /// The PIN is typed at the device.
    pub pad: bool,
    /// Characters of a PIN; zero where the module does not say.
    pub shortest_pin: usize,
    pub longest_pin: usize,
}

/// A [`CardError`] on its way.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fault {
    Absent,
    WrongPin(u8),
    Locked,
    WrongManagementKey,
    WantsManagement,
    WantsPin,
    WantsPinEachTime,
    EmptySlot,
    PinLength,
    PadCancelled,
    Unsupported(String),
    Failed(String),
}

impl Fault {
    /// As the port says it, of a card behind this module.
    pub fn of_card(self, module: &str) -> CardError {
        match self {
            Fault::Absent => CardError::Absent {
                reader: format!("any reader of {module}"),
            },
            Fault::WrongPin(left) => CardError::WrongPin { left },
            Fault::Locked => CardError::Locked,
            Fault::WrongManagementKey => CardError::WrongManagementKey,
            Fault::WantsManagement => CardError::NotAuthorised {
                what: "the management key",
            },
            Fault::WantsPin => CardError::NotAuthorised { what: "the PIN" },
            Fault::WantsPinEachTime => CardError::NotAuthorised {
                what: "the PIN right before each signature",
            },
            Fault::EmptySlot => CardError::EmptySlot,
            Fault::PinLength => CardError::PinLength,
            Fault::PadCancelled => CardError::PadCancelled,
            Fault::Unsupported(what) => CardError::Unsupported { what },
            Fault::Failed(why) => CardError::Io(format!("{module}: {why}")),
        }
    }
}
