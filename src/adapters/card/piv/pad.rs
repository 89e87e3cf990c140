//! A reader's keypad (PC/SC specification part 10, 2.02.08): the PIN goes from its keys to the card, and never to this machine.
//!
//! Only the PIN of a card in use is asked for there (FEATURE_VERIFY_PIN_DIRECT). A new PIN is not chosen there
//! (FEATURE_MODIFY_PIN_DIRECT), though RESET RETRY COUNTER would fit its structure: the office's rules could not be held against a PIN that
//! only the reader has seen, and the proof at the end of the unseal needs it three times more.
//!
//! Tested with readers that the tests play, never with one of a maker.

use super::apdu::Status;
use super::{CardError, PIN};
use crate::domain::Language;

/// FEATURE_VERIFY_PIN_DIRECT (part 10, 2.3).
const VERIFY_PIN_DIRECT: u8 = 0x06;
/// Seconds until somebody types, and from the first key on; the reader answers 6400 then.
const PATIENCE: u8 = 60;
/// Bytes of the PIN in the command, filled up with FF (SP 800-73-4 part 2, 3.2.1).
const BLOCK: u8 = 8;
/// Digits that a PIV card takes, at the least and at the most (SP 800-73-4 part 2, 2.4.3).
const DIGITS: [u8; 2] = [6, 8];

/// The control code by which the reader verifies a PIN typed at its pad, from the list of its features (part 10, 2.2: a tag, the length 4
/// and the code, most significant byte first). `None` where it is not in the list, or the list breaks off before.
pub(super) fn verifies_by(mut features: &[u8]) -> Option<u32> {
    while let [tag, 4, rest @ ..] = features {
        let (code, others) = rest.split_first_chunk::<4>()?;
        if *tag == VERIFY_PIN_DIRECT {
            return Some(u32::from_be_bytes(*code));
        }
        features = others;
    }
    None
}

/// PIN_VERIFY_STRUCTURE (part 10, 2.5.2) for the PIN of a PIV card: numbers of several bytes have the least significant one first.
pub(super) fn verification(language: Language) -> Vec<u8> {
    let [least, most] = DIGITS;
    let mut structure = vec![
        PATIENCE, // bTimeOut
        PATIENCE, // bTimeOut2
        // bmFormatString: the PIN at byte 0 of its block, to the left, in ASCII.
        0x80 | 0x02,
        // bmPINBlockString: no length in the command; the size of the block.
        BLOCK,
        0x00, // bmPINLengthFormat
        // wPINMaxExtraDigit: the most, then the least.
        most,
        least,
        // bEntryValidationCondition: the reader's key that confirms, since PINs differ in length.
        0x02, // bNumberMessage: the reader's own prompt.
        0xff,
    ];
    structure.extend(language_id(language).to_le_bytes());
    // bMsgIndex, and bTeoPrologue, which the reader's driver fills in.
    structure.extend([0; 4]);
    let mut verify = vec![0x00, 0x20, 0x00, PIN, BLOCK];
    verify.extend([0xff; BLOCK as usize]);
    structure.extend((verify.len() as u32).to_le_bytes());
    structure.extend(verify);
    structure
}

/// The language of the reader's display (USB LANGID, the main country's: few readers know others).
fn language_id(language: Language) -> u16 {
    match language {
        Language::De => 0x0407,
        Language::Fr => 0x040c,
        Language::It => 0x0410,
        Language::En => 0x0409,
    }
}

/// What the reader says itself in place of the card (part 10, 2.5.2); anything else is the card's word.
pub(super) fn said_by_the_reader(status: Status) -> Option<CardError> {
    Some(match status.0 {
        0x6400 => CardError::PadTimedOut,
        0x6401 => CardError::PadCancelled,
        0x6403 => CardError::PinLength,
        0x6b80 => CardError::Unsupported {
            what: "the pad of its reader does not take PINs of this form; set readers.pin_pads = false in siegelpost.toml, and it is typed \
                   at the keyboard"
                .into(),
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_code_is_found_among_other_features() {
        let list = [
            &[0x12, 4, 0x42, 0x33, 0x00, 0x12][..],
            &[0x06, 4, 0x42, 0x33, 0x00, 0x06],
            &[0x07, 4, 0x42, 0x33, 0x00, 0x07],
        ]
        .concat();
        assert_eq!(verifies_by(&list), Some(0x4233_0006));
        assert_eq!(verifies_by(&list[..6]), None, "only other features");
        assert_eq!(verifies_by(&list[..11]), None, "broken off");
        assert_eq!(verifies_by(&[]), None);
        assert_eq!(verifies_by(&[0x06, 3, 1, 2, 3]), None, "no code of four bytes");
    }

    proptest! {
        #[test]
        fn any_list_is_read_without_harm(list in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = verifies_by(&list);
        }
    }
}
