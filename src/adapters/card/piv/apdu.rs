//! Command and response APDUs (ISO 7816-4) and the TLV data in them.

use crate::ports::card::CardError;
use zeroize::Zeroizing;

/// A way to a card: sends one APDU as it is and returns the answer with its two status bytes.
pub trait Transmit: Send {
    /// Whether card and reader take APDUs of extended length; else long commands are chained.
    fn takes_extended(&self) -> bool {
        false
    }

    /// What the reader can beside passing APDUs on, as it answers CM_IOCTL_GET_FEATURE_REQUEST (PC/SC part 10, 2.2): nothing where there
    /// is no reader, or it does not know the question.
    fn features(&mut self) -> Vec<u8> {
        vec![]
    }

    /// Has the reader itself do something, by the code that it names for that among its features.
    ///
    /// # Errors
    /// As [`Transmit::transmit`].
    fn control(&mut self, code: u32, _data: &[u8]) -> Result<Vec<u8>, CardError> {
        Err(CardError::Unsupported {
            what: format!("its reader knows no command {code:08X}"),
        })
    }

    /// # Errors
    /// [`CardError::Absent`] when the card is gone, [`CardError::Io`] when the reader fails.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError>;
}

/// The largest answer that is put together from its parts: no data object of SP 800-73-4 is longer than 12,704 bytes.
const MAX_ANSWER: usize = 32 * 1024;
/// Data bytes of one command of a chain.
const CHUNK: usize = 255;

/// A status word, as the card said it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status(pub u16);

impl Status {
    pub const OK: Status = Status(0x9000);

    /// Tries left, of the statuses that say so: `63 CX`.
    pub fn tries_left(self) -> Option<u8> {
        (self.0 & 0xfff0 == 0x63c0).then_some(self.0 as u8 & 0x0f)
    }

    /// The error of a status that has the same meaning in every command; `wanted` is what the command wants to be proven.
    pub fn error(self, wanted: &'static str) -> CardError {
        match self.0 {
            0x6982 => CardError::NotAuthorised { what: wanted },
            0x6983 => CardError::Locked,
            0x6a82 | 0x6a88 => CardError::EmptySlot,
            0x6a84 => CardError::Unsupported {
                what: "it has no room left".into(),
            },
            0x6a80 | 0x6a81 | 0x6a86 | 0x6b00 | 0x6d00 | 0x6e00 => CardError::Unsupported {
                what: format!("it answered {:04X} to the command", self.0),
            },
            other => CardError::Io(format!(
                "the card answered {other:04X}; take it out, put it in and try again"
            )),
        }
    }
}

/// Whether a card says in its ATR that it takes APDUs of extended length: the third byte of the card capabilities, tag 7X, among
/// the historical bytes in compact TLV (ISO 7816-4, 8.1.1.2.7).
pub fn says_extended(atr: &[u8]) -> bool {
    fn read(atr: &[u8]) -> Option<bool> {
        let count = usize::from(atr.get(1)? & 0x0f);
        let mut interface = atr.get(1)? >> 4;
        let mut at = 2;
        while interface != 0 {
            let last = at + interface.count_ones() as usize;
            // TD is the last of its round and says which bytes follow.
            interface = if interface & 8 != 0 {
                atr.get(last - 1)? >> 4
            } else {
                0
            };
            at = last;
        }
        let mut historical = atr.get(at..at + count)?;
        match historical.split_first()? {
            (0x80, rest) => historical = rest,
            (0x00, rest) => historical = rest.get(..rest.len().checked_sub(3)?)?,
            _ => return None,
        }
        while let Some((head, rest)) = historical.split_first() {
            let value = rest.get(..usize::from(head & 0x0f))?;
            if head >> 4 == 7 {
                return Some(value.get(2)? & 0x40 != 0);
            }
            historical = &rest[value.len()..];
        }
        None
    }
    read(atr).unwrap_or(false)
}

/// Sends a command of any length, in one extended APDU or by chaining (ISO 7816-4, 5.3.3), and puts the answer together by GET
/// RESPONSE.
pub fn command(
    to: &mut dyn Transmit,
    [ins, p1, p2]: [u8; 3],
    data: &[u8],
) -> Result<(Zeroizing<Vec<u8>>, Status), CardError> {
    let extended = data.len() > CHUNK && data.len() <= usize::from(u16::MAX) && to.takes_extended();
    let mut chunks = data.chunks(if extended { data.len() } else { CHUNK }).peekable();
    let mut answer;
    loop {
        let chunk = chunks.next().unwrap_or_default();
        let last = chunks.peek().is_none();
        let mut apdu = Zeroizing::new(Vec::with_capacity(9 + chunk.len()));
        apdu.extend_from_slice(&[if last { 0x00 } else { 0x10 }, ins, p1, p2]);
        if extended {
            apdu.extend_from_slice(&[0, (chunk.len() >> 8) as u8]);
        }
        if !chunk.is_empty() {
            apdu.push(chunk.len() as u8);
            apdu.extend_from_slice(chunk);
        }
        if last && answers_with_data(ins) {
            apdu.extend_from_slice(if extended { &[0, 0] } else { &[0] });
        }
        answer = exchange(to, &apdu)?;
        if last || answer.1 != Status::OK {
            break;
        }
    }

    let (mut data, mut status) = answer;
    loop {
        let (part, next) = match status.0.to_be_bytes() {
            [0x61, more] => exchange(to, &[0x00, 0xc0, 0x00, 0x00, more])?,
            _ => return Ok((data, status)),
        };
        if data.len() + part.len() > MAX_ANSWER {
            return Err(CardError::Io(
                "the card sends more than any card has to say".into(),
            ));
        }
        if part.is_empty() && next.0 >> 8 == 0x61 {
            return Err(CardError::Io("the card promises more and sends nothing".into()));
        }
        data.extend_from_slice(&part);
        status = next;
    }
}

/// Whether the command wants an answer (Le): VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER, PUT DATA and SET MANAGEMENT KEY
/// have none, and some cards refuse a Le there.
fn answers_with_data(ins: u8) -> bool {
    !matches!(ins, 0x20 | 0x24 | 0x2c | 0xdb | 0xfa | 0xff)
}

/// One exchange; a wrong Le (`6C XX`) is corrected once, as ISO 7816-4 wants it.
fn exchange(to: &mut dyn Transmit, apdu: &[u8]) -> Result<(Zeroizing<Vec<u8>>, Status), CardError> {
    let (data, status) = split(to.transmit(apdu)?)?;
    match (status.0.to_be_bytes(), apdu.split_last()) {
        ([0x6c, right], Some((_, start))) if data.is_empty() => {
            let again = Zeroizing::new([start, &[right]].concat());
            split(to.transmit(&again)?)
        }
        _ => Ok((data, status)),
    }
}

/// Data and status of an answer.
pub(super) fn split(mut answer: Vec<u8>) -> Result<(Zeroizing<Vec<u8>>, Status), CardError> {
    match answer[..] {
        [.., high, low] => {
            answer.truncate(answer.len() - 2);
            Ok((Zeroizing::new(answer), Status(u16::from_be_bytes([high, low]))))
        }
        _ => Err(CardError::Io("the card's answer has no status".into())),
    }
}

/// Tag, length (BER, up to 65,535) and value.
pub fn tlv(tag: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = match tag.to_be_bytes() {
        [0, low] => vec![low],
        both => both.to_vec(),
    };
    match value.len() {
        n @ ..0x80 => bytes.push(n as u8),
        n @ ..0x100 => bytes.extend_from_slice(&[0x81, n as u8]),
        n => bytes.extend_from_slice(&[0x82, (n >> 8) as u8, n as u8]),
    }
    bytes.extend_from_slice(value);
    bytes
}

/// The value of the first element with this tag, among the elements that stand side by side in `data`.
pub fn find(mut data: &[u8], tag: u16) -> Option<&[u8]> {
    while let Some((found, value, rest)) = next(data) {
        if found == tag {
            return Some(value);
        }
        data = rest;
    }
    None
}

fn next(data: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (&first, mut rest) = data.split_first()?;
    let mut tag = u16::from(first);
    if first & 0x1f == 0x1f {
        let (&second, after) = rest.split_first()?;
        (tag, rest) = (tag << 8 | u16::from(second), after);
    }
    let (&short, after) = rest.split_first()?;
    let (length, rest) = match short {
        n @ ..=0x7f => (usize::from(n), after),
        0x81 => (usize::from(*after.first()?), &after[1..]),
        0x82 => (
            usize::from(u16::from_be_bytes([*after.first()?, *after.get(1)?])),
            &after[2..],
        ),
        _ => return None,
    };
    (length <= rest.len()).then(|| (tag, &rest[..length], &rest[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Answers from a script, and keeps what was sent.
    struct Script {
        sent: Vec<Vec<u8>>,
        answers: Vec<Vec<u8>>,
    }

    impl Transmit for Script {
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
            self.sent.push(command.to_vec());
            if self.answers.is_empty() {
                Ok(vec![])
            } else {
                Ok(self.answers.remove(0))
            }
        }
    }

    fn script(answers: &[&[u8]]) -> Script {
        Script {
            sent: vec![],
            answers: answers.iter().map(|a| a.to_vec()).collect(),
        }
    }

    #[test]
    fn a_long_command_is_chained_and_a_long_answer_fetched() {
        let mut card = script(&[&[0x90, 0], &[1, 2, 0x61, 3], &[3, 4, 5, 0x90, 0]]);
        let (data, status) = command(&mut card, [0x87, 0x07, 0x9a], &[0xab; 266]).expect("answers");
        assert_eq!((&data[..], status), (&[1, 2, 3, 4, 5][..], Status::OK));
        assert_eq!(card.sent[0][..6], [0x10, 0x87, 0x07, 0x9a, 255, 0xab]);
        assert_eq!((card.sent[0].len(), card.sent[1].len()), (5 + 255, 5 + 11 + 1));
        assert_eq!(card.sent[1][..5], [0x00, 0x87, 0x07, 0x9a, 11]);
        assert_eq!(card.sent[2], [0x00, 0xc0, 0, 0, 3]);
    }

    #[test]
    fn a_wrong_length_is_asked_for_again() {
        let mut card = script(&[&[0x6c, 4], &[1, 2, 3, 4, 0x90, 0]]);
        let (data, _) = command(&mut card, [0xf8, 0, 0], &[]).expect("answers");
        assert_eq!(&data[..], [1, 2, 3, 4]);
        assert_eq!(card.sent, [vec![0, 0xf8, 0, 0, 0], vec![0, 0xf8, 0, 0, 4]]);
    }

    #[test]
    fn a_card_that_never_ends_is_cut_off() {
        struct Endless;
        impl Transmit for Endless {
            fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, CardError> {
                let mut answer = vec![0; 256];
                answer.extend([0x61, 0]);
                Ok(answer)
            }
        }
        assert!(matches!(
            command(&mut Endless, [0xcb, 0x3f, 0xff], &[]),
            Err(CardError::Io(_))
        ));
        let mut nothing = script(&[&[0x61, 5], &[0x61, 5]]);
        assert!(matches!(
            command(&mut nothing, [0xcb, 0x3f, 0xff], &[]),
            Err(CardError::Io(_))
        ));
        assert!(matches!(
            command(&mut script(&[&[0x90]]), [0xcb, 0x3f, 0xff], &[]),
            Err(CardError::Io(_))
        ));
    }

    #[test]
    fn a_card_that_takes_it_gets_one_extended_apdu() {
        struct Extended(Script);
        impl Transmit for Extended {
            fn takes_extended(&self) -> bool {
                true
            }
            fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
                self.0.transmit(apdu)
            }
        }
        let mut card = Extended(script(&[&[0x90, 0], &[0x90, 0]]));
        command(&mut card, [0xdb, 0x3f, 0xff], &[7; 600]).expect("answers");
        command(&mut card, [0x87, 0x07, 0x9a], &[7; 266]).expect("answers");
        assert_eq!(card.0.sent[0][..7], [0, 0xdb, 0x3f, 0xff, 0, 2, 0x58]);
        assert_eq!(card.0.sent[0].len(), 607);
        assert_eq!(card.0.sent[1][266 + 7..], [0, 0]);
    }

    #[test]
    fn the_atr_says_who_takes_extended_apdus() {
        // A YubiKey 5 (capabilities 73 C0 21 C0), a card that says 40 in the second byte alone, one without historical bytes.
        let yubikey = hex::decode("3bfd1300008131fe158073c021c057597562694b657940").expect("hex");
        assert!(says_extended(&yubikey));
        let short = hex::decode("3b86800173c021000000").expect("hex");
        assert!(!says_extended(&short));
        assert!(!says_extended(&[0x3b, 0x80, 0x80, 0x01, 0x01]));
        assert!(!says_extended(&[]));
    }

    #[test]
    fn a_broken_chain_ends_at_the_first_refusal() {
        let mut card = script(&[&[0x69, 0x82]]);
        let (_, status) = command(&mut card, [0xdb, 0x3f, 0xff], &[0; 600]).expect("answers");
        assert_eq!((status, card.sent.len()), (Status(0x6982), 1));
    }

    proptest! {
        #[test]
        fn what_is_written_is_found(tag in prop::sample::select(vec![0x53u16, 0x7c, 0x82, 0x7f49, 0x5c]), value in prop::collection::vec(any::<u8>(), 0..700)) {
            let data = [tlv(0x70, &[1]), tlv(tag, &value), tlv(0xfe, &[])].concat();
            prop_assert_eq!(find(&data, tag), Some(&value[..]));
            prop_assert_eq!(find(&data, 0x71), None);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(data in prop::collection::vec(any::<u8>(), 0..80), tag: u16) {
            let _ = find(&data, tag);
            let _ = says_extended(&data);
        }
    }
}
