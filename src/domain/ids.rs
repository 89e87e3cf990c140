//! Identifiers: of a request, a card, a digest, a layout, an officer, a site; each its own type with its own check.

use super::symbols::{self, Symbol};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("{what} has {want} characters, this has {got}: compare it with the paper")]
    Length {
        what: &'static str,
        want: usize,
        got: usize,
    },
    #[error("‘{found}’ does not occur in {what}: compare it with the paper")]
    Character { what: &'static str, found: char },
    #[error("the check characters of {what} do not agree: one or two characters are wrong or swapped")]
    Check { what: &'static str },
    #[error(
        "{what} may hold a–z, 0–9, hyphen and dot, start with a letter or digit, and be at most 40 long: ‘{found}’ does not"
    )]
    Name { what: &'static str, found: String },
}

/// Serde, `Display` and `FromStr` of an identifier travel as text.
macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "{}({self})", stringify!($type))
            }
        }
    };
}

fn parse_symbols(what: &'static str, text: &str, want: usize) -> Result<Vec<Symbol>, IdError> {
    let symbols = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .take(want + 40)
        .map(|c| Symbol::from_char(c).ok_or(IdError::Character { what, found: c }))
        .collect::<Result<Vec<_>, _>>()?;
    if symbols.len() == want {
        Ok(symbols)
    } else {
        Err(IdError::Length {
            what,
            want,
            got: symbols.len(),
        })
    }
}

/// A request's id: 50 random bits as 10 symbols and RS2, printed `XXXX-XXXX-XXXX`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(u64);

impl RequestId {
    const WHAT: &'static str = "a request id";

    /// The id of 50 random bits; higher bits are dropped.
    pub const fn from_bits(bits: u64) -> RequestId {
        RequestId(bits & ((1 << 50) - 1))
    }

    /// The 50 bits, as the page code carries them.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// All 12 symbols, checks included.
    pub fn symbols(self) -> Vec<Symbol> {
        let mut all = symbols::from_bits(u128::from(self.0), 10);
        all.extend(symbols::rs2(&all));
        all
    }

    /// The 12 characters without hyphens, as in the OCR line.
    pub fn compact(self) -> String {
        symbols::to_text(&self.symbols())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let text = self.compact();
        write!(f, "{}-{}-{}", &text[..4], &text[4..8], &text[8..])
    }
}

impl FromStr for RequestId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<RequestId, IdError> {
        let block = parse_symbols(Self::WHAT, text, 12)?;
        if !symbols::rs2_holds(&block) {
            return Err(IdError::Check { what: Self::WHAT });
        }
        Ok(RequestId(symbols::to_bits(&block[..10]) as u64))
    }
}
as_text!(RequestId);

/// A card's serial: nine digits and a Damm check digit, printed in groups, stored without spaces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardSerial(u64);

impl CardSerial {
    const WHAT: &'static str = "a card serial";

    /// The serial whose first nine digits are `number` (modulo 10⁹); the check digit is added.
    pub fn from_number(number: u32) -> CardSerial {
        let nine = u64::from(number) % 1_000_000_000;
        let check = symbols::damm(&format!("{nine:09}")).expect("nine digits");
        CardSerial(nine * 10 + u64::from(check))
    }

    /// The serial of a ten-digit number with its check digit, as the codes carry it.
    pub fn from_bits(value: u64) -> Result<CardSerial, IdError> {
        if value >= 10_000_000_000 {
            return Err(IdError::Length {
                what: Self::WHAT,
                want: 10,
                got: value.to_string().len(),
            });
        }
        format!("{value:010}").parse()
    }

    /// All ten digits as a number, as the codes carry them.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The serial as it is printed: `1234 567 890`.
    pub fn grouped(self) -> String {
        let t = self.to_string();
        format!("{} {} {}", &t[..4], &t[4..7], &t[7..])
    }

    /// The ten digits as symbols, for checks that run over them.
    pub fn symbols(self) -> Vec<Symbol> {
        self.to_string().bytes().map(|b| Symbol::of(b - b'0')).collect()
    }
}

impl fmt::Display for CardSerial {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

impl FromStr for CardSerial {
    type Err = IdError;
    fn from_str(text: &str) -> Result<CardSerial, IdError> {
        let digits: String = text.chars().filter(|c| *c != ' ').take(64).collect();
        if let Some(found) = digits.chars().find(|c| !c.is_ascii_digit()) {
            return Err(IdError::Character {
                what: Self::WHAT,
                found,
            });
        }
        if digits.len() != 10 {
            return Err(IdError::Length {
                what: Self::WHAT,
                want: 10,
                got: digits.len(),
            });
        }
        if symbols::damm(&digits) != Some(0) {
            return Err(IdError::Check { what: Self::WHAT });
        }
        Ok(CardSerial(digits.parse().expect("ten digits fit")))
    }
}
as_text!(CardSerial);

/// The digest of a request: the first 60 bits of SHA-256 over its deterministic CBOR, as 12 symbols.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(u64);

impl Digest {
    const WHAT: &'static str = "a request digest";

    /// The digest whose 60 bits these are; higher bits are dropped.
    pub const fn from_bits(bits: u64) -> Digest {
        Digest(bits & ((1 << 60) - 1))
    }

    /// The first 60 bits of a SHA-256 value.
    pub fn of_sha256(hash: &[u8; 32]) -> Digest {
        Digest(u64::from_be_bytes(hash[..8].try_into().expect("eight bytes")) >> 4)
    }

    /// The 60 bits, as the page code carries them.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The 12 symbols.
    pub fn symbols(self) -> Vec<Symbol> {
        symbols::from_bits(u128::from(self.0), 12)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&symbols::to_text(&self.symbols()))
    }
}

impl FromStr for Digest {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Digest, IdError> {
        Ok(Digest(
            symbols::to_bits(&parse_symbols(Self::WHAT, text, 12)?) as u64
        ))
    }
}
as_text!(Digest);

/// A SHA-256 value, printed as lowercase hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256(pub [u8; 32]);

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Sha256 {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Sha256, IdError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError::Length {
            what: "a SHA-256 value in hex",
            want: 64,
            got: text.len(),
        })?;
        Ok(Sha256(bytes))
    }
}
as_text!(Sha256);

/// A number for paper × language × template version; see `paper` for how it is composed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct LayoutId(pub u16);

/// Names that an office gives: short, lowercase, safe as file names.
macro_rules! office_name {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl FromStr for $type {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let fits = (1..=40).contains(&text.len())
                    && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                    && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
                if fits {
                    Ok($type(text.to_owned()))
                } else {
                    Err(IdError::Name { what: $what, found: text.chars().take(60).collect() })
                }
            }
        }
        as_text!($type);
    };
}

office_name!(
    /// An officer's account name on the roster.
    OfficerId,
    "an officer's name"
);
office_name!(
    /// A site: a branch office where cards are handed over.
    SiteId,
    "a site's name"
);
office_name!(
    /// The id of a print batch.
    BatchId,
    "a batch id"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mistyped_request_id_says_so() {
        let id = RequestId::from_bits(0x1_2345_6789_abcd);
        let text = id.to_string();
        let swapped: String = [&text[1..2], &text[0..1], &text[2..]].concat();
        assert_ne!(text, swapped);
        assert_eq!(
            swapped.parse::<RequestId>(),
            Err(IdError::Check { what: "a request id" })
        );
        assert!(matches!(
            "U".parse::<RequestId>(),
            Err(IdError::Character { found: 'U', .. })
        ));
    }

    #[test]
    fn a_serial_is_read_with_or_without_its_groups() {
        let serial = CardSerial::from_number(100_200_300);
        assert_eq!(serial.grouped().parse(), Ok(serial));
        assert_eq!(serial.to_string().parse(), Ok(serial));
        assert!(matches!(
            "1".repeat(9).parse::<CardSerial>(),
            Err(IdError::Length { got: 9, .. })
        ));
    }

    #[test]
    fn a_name_that_would_leave_its_folder_is_refused() {
        for bad in ["../x", "", "A", "a/b", ".a", "a b"] {
            assert!(bad.parse::<OfficerId>().is_err(), "{bad}");
        }
        assert!("rio-nord.1".parse::<OfficerId>().is_ok());
    }

    proptest! {
        #[test]
        fn ids_survive_text(bits in 0u64..(1 << 50), number in 0u32..1_000_000_000, digest in 0u64..(1 << 60)) {
            let id = RequestId::from_bits(bits);
            prop_assert_eq!(id.to_string().to_lowercase().parse(), Ok(id));
            let serial = CardSerial::from_number(number);
            prop_assert_eq!(serial.grouped().parse(), Ok(serial));
            prop_assert_eq!(CardSerial::from_bits(serial.bits()), Ok(serial));
            let digest = Digest::from_bits(digest);
            prop_assert_eq!(digest.to_string().parse(), Ok(digest));
        }

        #[test]
        fn no_text_makes_a_parser_panic(text in "\\PC{0,80}") {
            let _ = text.parse::<RequestId>();
            let _ = text.parse::<CardSerial>();
            let _ = text.parse::<Digest>();
            let _ = text.parse::<Sha256>();
            let _ = text.parse::<SiteId>();
        }
    }
}
