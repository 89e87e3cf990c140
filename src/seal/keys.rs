//! The office's keys that live outside the database, and the text files in which they are kept.
//!
//! A key file is text of a few lines; blank lines and lines that begin with `#` say nothing, but for the first:
//!
//! ```text
//! # siegelpost share master, version 1
//! # Keep it outside the database and its backups. Whoever has it and the database still needs an eTicket.
//! id: 3f1c…            the first 8 bytes of a derivation of the key, in hex: it names the key and finds typing errors
//! key: base64 of 32 bytes
//! ```
//!
//! Print and custody keys are age identity files with the same first line (`AGE-SECRET-KEY-1…`), so that the `age` program reads
//! them too; their public halves are the `age1…` strings.

use super::cipher::{self, Context};
use super::{Entropy, random};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Why a key file was not taken. Never shows a part of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    #[error(
        "this is no key file of siegelpost, where the {wanted} was expected: check the path in the configuration"
    )]
    NotAKeyFile { wanted: &'static str },
    #[error(
        "this file holds the {found}, where the {wanted} was expected: check the paths in the configuration"
    )]
    OtherKey {
        wanted: &'static str,
        found: &'static str,
    },
    #[error(
        "the file of the {wanted} is of version {found}, and this program knows version 1: update siegelpost"
    )]
    Version { wanted: &'static str, found: String },
    #[error(
        "the file of the {wanted} is damaged ({detail}): restore it from its backup; a new key would not open what the old one sealed"
    )]
    Damaged {
        wanted: &'static str,
        detail: &'static str,
    },
    #[error("‘{found}’ is no public {wanted} (it begins with age1): copy the whole line")]
    Recipient { wanted: &'static str, found: String },
}

/// Longer than any key file: a wrong path must not read a disk.
const MAX_TEXT: usize = 16 * 1024;

const PRINT: &str = "print key";
const CUSTODY: &str = "custody key";
const MASTER: &str = "share master";
const DATA: &str = "data key";
const SEARCH: &str = "search key";
const ESCROW: &str = "escrow key";
const NAMES: [&str; 6] = [PRINT, CUSTODY, MASTER, DATA, SEARCH, ESCROW];

/// A key that is kept in a text file.
pub trait KeyFile: Sized {
    /// What the key is called in its file, in messages and in the configuration.
    const NAME: &'static str;
    /// Draws a new one.
    fn draw(entropy: &mut dyn Entropy) -> Self;
    /// The text of its file. A secret.
    fn to_text(&self) -> Zeroizing<String>;
    /// Reads the text of its file.
    fn from_text(text: &str) -> Result<Self, KeyFileError>;
}

/// Checks the first line and returns the lines that say something.
fn open<'a>(text: &'a str, wanted: &'static str) -> Result<Vec<&'a str>, KeyFileError> {
    let none = KeyFileError::NotAKeyFile { wanted };
    if text.len() > MAX_TEXT {
        return Err(none);
    }
    let text = text.trim_start_matches('\u{feff}');
    let title = text
        .lines()
        .next()
        .and_then(|line| line.trim_end().strip_prefix("# siegelpost "))
        .ok_or(none.clone())?;
    let (name, version) = title.rsplit_once(", version ").ok_or(none.clone())?;
    let found = NAMES.into_iter().find(|known| *known == name).ok_or(none)?;
    if found != wanted {
        return Err(KeyFileError::OtherKey { wanted, found });
    }
    if version != "1" {
        return Err(KeyFileError::Version {
            wanted,
            found: version.chars().take(20).collect(),
        });
    }
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect())
}

/// A symmetric key of 256 bits in a file.
macro_rules! symmetric_key {
    ($(#[$doc:meta])* $type:ident, $name:expr, $advice:literal) => {
        $(#[$doc])*
        pub struct $type(Zeroizing<[u8; 32]>);

        impl $type {
            /// Names the key without telling it: 16 hex digits.
            pub fn id(&self) -> String {
                let id = cipher::derive(&self.0[..], &Context::of("siegelpost key id 1", &[$name.as_bytes()]));
                hex::encode(&id[..8])
            }

            #[allow(dead_code, reason = "the share master hands out shares only")]
            pub(super) fn bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl KeyFile for $type {
            const NAME: &'static str = $name;

            fn draw(entropy: &mut dyn Entropy) -> Self {
                $type(random(entropy))
            }

            fn to_text(&self) -> Zeroizing<String> {
                let mut text = Zeroizing::new(String::with_capacity(400));
                text.push_str("# siegelpost ");
                text.push_str($name);
                text.push_str(concat!(", version 1\n# ", $advice, "\nid: "));
                text.push_str(&self.id());
                text.push_str("\nkey: ");
                BASE64_STANDARD.encode_string(&self.0[..], &mut text);
                text.push('\n');
                text
            }

            fn from_text(text: &str) -> Result<Self, KeyFileError> {
                let damaged = |detail| KeyFileError::Damaged { wanted: $name, detail };
                let lines = open(text, $name)?;
                let value = |field: &str| lines.iter().find_map(|line| line.strip_prefix(field)).map(str::trim);
                let text = value("key:").ok_or(damaged("the line with the key is missing"))?;
                let bytes = Zeroizing::new(BASE64_STANDARD.decode(text).map_err(|_| damaged("the key is no base64"))?);
                let bytes = bytes[..].try_into().map_err(|_| damaged("the key has not 32 bytes"))?;
                let key = $type(Zeroizing::new(bytes));
                match value("id:") {
                    Some(id) if id == key.id() => Ok(key),
                    Some(_) => Err(damaged("the key and its id do not agree")),
                    None => Err(damaged("the line with the id is missing")),
                }
            }
        }
    };
}

symmetric_key!(
    /// From it and a slot's salt comes the share that an eTicket needs to open its card.
    ShareMaster,
    MASTER,
    "Keep it outside the database and its backups. Whoever has it and the database still needs an eTicket."
);
symmetric_key!(
    /// Wraps the key of each request's private data.
    DataKey,
    DATA,
    "Keep it outside the database and its backups. Without it no private data of any request can be read."
);
symmetric_key!(
    /// Makes the tokens by which requests are found.
    SearchKey,
    SEARCH,
    "Keep it outside the database and its backups. Without it no request is found by name."
);

impl ShareMaster {
    /// share = HMAC-SHA-256(master, salt).
    pub(super) fn share(&self, salt: &[u8]) -> Zeroizing<[u8; 32]> {
        cipher::hmac_sha256(&self.0, salt)
    }
}

/// An age X25519 key pair in a file, and its public half.
macro_rules! age_key {
    ($(#[$doc:meta])* $key:ident, $(#[$public_doc:meta])* $recipient:ident, $name:expr, $advice:literal) => {
        $(#[$doc])*
        pub struct $key(age::x25519::Identity);

        $(#[$public_doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $recipient(age::x25519::Recipient);

        impl $key {
            /// The public half.
            pub fn recipient(&self) -> $recipient {
                $recipient(self.0.to_public())
            }

            pub(super) fn age(&self) -> &age::x25519::Identity {
                &self.0
            }
        }

        impl KeyFile for $key {
            const NAME: &'static str = $name;

            fn draw(entropy: &mut dyn Entropy) -> Self {
                $key(draw_identity(entropy))
            }

            fn to_text(&self) -> Zeroizing<String> {
                use age::secrecy::ExposeSecret;
                let secret = self.0.to_string();
                let mut text = Zeroizing::new(String::with_capacity(500));
                text.push_str("# siegelpost ");
                text.push_str($name);
                text.push_str(concat!(", version 1\n# ", $advice, "\n# public key: "));
                text.push_str(&self.recipient().to_string());
                text.push('\n');
                text.push_str(secret.expose_secret());
                text.push('\n');
                text
            }

            fn from_text(text: &str) -> Result<Self, KeyFileError> {
                let damaged = |detail| KeyFileError::Damaged { wanted: $name, detail };
                match open(text, $name)?[..] {
                    [line] => age::x25519::Identity::from_str(line)
                        .map($key)
                        .map_err(|_| damaged("the line AGE-SECRET-KEY-1… is not whole")),
                    [] => Err(damaged("the line AGE-SECRET-KEY-1… is missing")),
                    _ => Err(damaged("it holds more than one key")),
                }
            }
        }

        impl $recipient {
            pub(super) fn age(&self) -> &age::x25519::Recipient {
                &self.0
            }
        }

        impl fmt::Display for $recipient {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $recipient {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $recipient {
            type Err = KeyFileError;
            fn from_str(text: &str) -> Result<Self, KeyFileError> {
                // A secret key pasted here by mistake must not come back in the message.
                let found = || match text.trim().get(..5) {
                    Some(start) if start.starts_with("age1") => text.trim().chars().take(80).collect(),
                    _ => "…".to_owned(),
                };
                age::x25519::Recipient::from_str(text.trim())
                    .map($recipient)
                    .map_err(|_| KeyFileError::Recipient { wanted: $name, found: found() })
            }
        }
    };
}

age_key!(
    /// Opens the eTickets where letters are printed, and nowhere else.
    PrintKey,
    /// To it the eTickets are encrypted at prestaging.
    PrintRecipient,
    PRINT,
    "Keep it where letters are printed and nowhere else."
);
age_key!(
    /// Opens the PUK and the management key of unsealed cards, for an open case.
    CustodyKey,
    /// To it the rotated PUK and management key of a card are sealed.
    CustodyRecipient,
    CUSTODY,
    "Keep it outside the database, under two people's lock: it opens the PUK of every unsealed card."
);

age_key!(
    /// The key of one of the two escrow officers: together they open what the office has lost the custody key for.
    EscrowKey,
    /// To two of these the same secrets are sealed, one within the other.
    EscrowRecipient,
    ESCROW,
    "Keep it away from the office and from the other escrow key: both together open the PUK of every unsealed card."
);

/// The two escrow officers. What is sealed to them is age within age: the first opens the outer, the second the inner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EscrowRecipients {
    outer: EscrowRecipient,
    inner: EscrowRecipient,
}

impl EscrowRecipients {
    /// The outer's is asked first.
    pub(super) fn outer(&self) -> &EscrowRecipient {
        &self.outer
    }

    pub(super) fn inner(&self) -> &EscrowRecipient {
        &self.inner
    }
}

impl fmt::Display for EscrowRecipients {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{}\n{}", self.outer, self.inner)
    }
}

impl FromStr for EscrowRecipients {
    type Err = KeyFileError;
    /// Two lines, the first officer's key in the first.
    fn from_str(text: &str) -> Result<Self, KeyFileError> {
        let damaged = |detail| KeyFileError::Damaged {
            wanted: ESCROW,
            detail,
        };
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        let [outer, inner] = lines[..] else {
            return Err(damaged(
                "two lines with the public keys of two officers are wanted",
            ));
        };
        let (outer, inner) = (outer.parse()?, inner.parse()?);
        if outer == inner {
            return Err(damaged(
                "both lines hold the same key, and escrow wants two officers",
            ));
        }
        Ok(EscrowRecipients { outer, inner })
    }
}

/// An age identity from 32 bytes of our own randomness, by its text form, since age offers no other way in.
fn draw_identity(entropy: &mut dyn Entropy) -> age::x25519::Identity {
    let prefix = bech32::Hrp::parse("AGE-SECRET-KEY-").expect("a valid prefix");
    let text =
        bech32::encode_upper::<bech32::Bech32>(prefix, &random::<32>(entropy)[..]).expect("75 characters");
    Zeroizing::new(text).parse().expect("32 bytes are an X25519 key")
}
