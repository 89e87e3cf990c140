//! The number of an unseal letter: which request, and which of its eTickets.

use crate::domain::symbols::{self, Symbol};
use crate::domain::{IdError, RequestId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What stands before the number in the letter's code, so that a reader knows whose it is.
const CODE_PREFIX: &str = "SPL1";

/// The number of a letter: the request's ten symbols, which eTicket of it (from 1), and RS2 over both;
/// printed `XXXX-XXXX-XXXXX`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LetterId {
    request: RequestId,
    issue: u8,
}

impl LetterId {
    const WHAT: &'static str = "a letter number";

    /// The letter with the eTicket `issue` of a request, counted from 1 to at most 31; `None` outside.
    pub fn new(request: RequestId, issue: u8) -> Option<LetterId> {
        (1..=31).contains(&issue).then_some(LetterId { request, issue })
    }

    /// Whose letter it is.
    pub fn request(self) -> RequestId {
        self.request
    }

    /// Which of the request's eTickets it carries, from 1.
    pub fn issue(self) -> u8 {
        self.issue
    }

    /// What the letter's QR code says.
    pub fn code(self) -> String {
        format!("{CODE_PREFIX}{}", self.compact())
    }

    /// Reads what a letter's QR code says.
    pub fn from_code(text: &str) -> Result<LetterId, IdError> {
        match text.strip_prefix(CODE_PREFIX) {
            Some(rest) => rest.parse(),
            None => Err(IdError::Length {
                what: Self::WHAT,
                want: CODE_PREFIX.len() + 13,
                got: text.len(),
            }),
        }
    }

    fn compact(self) -> String {
        let mut block = symbols::from_bits(u128::from(self.request.bits()), 10);
        block.push(Symbol::of(self.issue));
        block.extend(symbols::rs2(&block));
        symbols::to_text(&block)
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let text = self.compact();
        write!(f, "{}-{}-{}", &text[..4], &text[4..8], &text[8..])
    }
}

impl fmt::Debug for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "LetterId({self})")
    }
}

impl FromStr for LetterId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<LetterId, IdError> {
        let what = Self::WHAT;
        let characters: Vec<char> = text
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .take(64)
            .collect();
        if characters.len() != 13 {
            return Err(IdError::Length {
                what,
                want: 13,
                got: characters.len(),
            });
        }
        let block = characters
            .into_iter()
            .map(|c| Symbol::from_char(c).ok_or(IdError::Character { what, found: c }))
            .collect::<Result<Vec<_>, _>>()?;
        let request = RequestId::from_bits(symbols::to_bits(&block[..10]) as u64);
        let id = LetterId::new(request, block[10].value()).filter(|_| symbols::rs2_holds(&block));
        id.ok_or(IdError::Check { what })
    }
}

impl Serialize for LetterId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LetterId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_letter_number_survives_print_and_code(bits in 0u64..(1 << 50), issue in 1u8..=31) {
            let id = LetterId::new(RequestId::from_bits(bits), issue).expect("in range");
            prop_assert_eq!(id.to_string().to_lowercase().parse(), Ok(id));
            prop_assert_eq!(LetterId::from_code(&id.code()), Ok(id));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,80}") {
            let _ = text.parse::<LetterId>();
            let _ = LetterId::from_code(&text);
        }
    }

    #[test]
    fn a_request_id_is_no_letter_number() {
        let request = RequestId::from_bits(99);
        assert!(matches!(
            request.to_string().parse::<LetterId>(),
            Err(IdError::Length { .. })
        ));
        assert_eq!(LetterId::new(request, 0), None);
    }

    #[test]
    fn one_wrong_character_is_found() {
        let id = LetterId::new(RequestId::from_bits(12345), 2).expect("in range");
        let other = LetterId::new(RequestId::from_bits(12345), 3).expect("in range");
        let (a, b) = (id.to_string(), other.to_string());
        let mixed = format!("{}{}", &a[..12], &b[12..]);
        assert!(mixed == a || mixed == b || mixed.parse::<LetterId>().is_err());
        let wrong = a.replacen('0', "1", 1);
        assert!(wrong == a || wrong.parse::<LetterId>().is_err());
    }
}
