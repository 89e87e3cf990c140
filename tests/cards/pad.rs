//! The PIN typed at a reader's pad, on a card of others: the reader is played here, and takes apart what it is told as strictly as one of
//! a maker might. No reader with a pad was at hand, and vpcd's driver offers none.

use crate::office::before_prestage;
use crate::reader::{Reader, Wire};
use crate::signer::{SIGNATURE, rios_card};
use crate::typist::{Typist, types};
use siegelpost::adapters::card::piv::{PivCard, Transmit};
use siegelpost::adapters::card::signer::{CardSigner, PadSlip};
use siegelpost::adapters::random::SystemSource;
use siegelpost::domain::Language;
use siegelpost::pki::{SignError, SigningKey, verify_by_key};
use siegelpost::ports::card::{Card, CardError, FACTORY_PIN, KeyAlgorithm};
use std::collections::VecDeque;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// By which code this reader verifies.
const VERIFY: u32 = 0x4233_0006;

/// What somebody does at the pad.
#[derive(Clone, Copy)]
enum Keys {
    Digits(&'static str),
    Nothing,
    Cancel,
}

/// What the reader was told, and what will be typed.
#[derive(Clone, Default)]
struct Pad {
    keys: Arc<Mutex<VecDeque<Keys>>>,
    told: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// The way to a card in a reader with a pad.
struct WithPad {
    wire: Wire,
    pad: Pad,
}

/// What a strict reader makes of PIN_VERIFY_STRUCTURE (PC/SC part 10, 2.5.2): where the digits go in which command, and how many they are.
fn taken_apart(structure: &[u8]) -> Option<(Vec<u8>, usize, usize, std::ops::RangeInclusive<usize>)> {
    let (fixed, data) = structure.split_first_chunk::<19>()?;
    let [
        time_out,
        time_out_2,
        format,
        block,
        length_format,
        most,
        least,
        condition,
        messages,
        language_low,
        language_high,
        message,
        prologue_1,
        prologue_2,
        prologue_3,
        length @ ..,
    ] = *fixed;
    let waits = time_out > 0 && time_out_2 <= time_out;
    // Bytes as the unit, ASCII, to the left.
    let (in_bytes, offset, to_the_right, coding) =
        (format >> 7, format >> 3 & 0x0f, format >> 2 & 1, format & 3);
    let plain = (in_bytes, to_the_right, coding) == (1, 0, 2);
    // No length of the PIN goes into the command.
    let no_length = block >> 4 == 0 && length_format == 0;
    let confirmed = condition == 0x02 && messages == 0xff && message == 0;
    let known =
        [0x0407, 0x040c, 0x0410, 0x0409].contains(&(u16::from(language_low) | u16::from(language_high) << 8));
    let whole = u32::from_le_bytes(length) as usize == data.len() && data.len() == 5 + usize::from(data[4]);
    let block = usize::from(block & 0x0f);
    let room = usize::from(offset) + block <= usize::from(data[4]) && usize::from(most) <= block;
    let good = waits && plain && no_length && confirmed && known && whole && room && least <= most;
    (good && [prologue_1, prologue_2, prologue_3] == [0; 3]).then(|| {
        (
            data.to_vec(),
            5 + usize::from(offset),
            block,
            usize::from(least)..=usize::from(most),
        )
    })
}

impl Transmit for WithPad {
    fn features(&mut self) -> Vec<u8> {
        let entry = |tag: u8| {
            [
                vec![tag, 4],
                (0x4233_0000 | u32::from(tag)).to_be_bytes().to_vec(),
            ]
            .concat()
        };
        [entry(0x0a), entry(0x06), entry(0x07), entry(0x12)].concat()
    }

    fn control(&mut self, code: u32, structure: &[u8]) -> Result<Vec<u8>, CardError> {
        assert_eq!(code, VERIFY);
        self.pad.told.lock().unwrap().push(structure.to_vec());
        let status = |status: u16| Ok(status.to_be_bytes().to_vec());
        let Some((mut command, at, block, lengths)) = taken_apart(structure) else {
            return status(0x6b80);
        };
        match self.pad.keys.lock().unwrap().pop_front() {
            None | Some(Keys::Nothing) => status(0x6400),
            Some(Keys::Cancel) => status(0x6401),
            Some(Keys::Digits(pin)) if !lengths.contains(&pin.len()) => status(0x6403),
            Some(Keys::Digits(pin)) => {
                assert!(command[at..at + block].iter().all(|b| *b == 0xff), "the filler");
                command[at..at + pin.len()].copy_from_slice(pin.as_bytes());
                self.wire.transmit(&command)
            }
        }
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
        assert!(
            command[1] != 0x20 || command.len() == 4 || command.len() == 5,
            "no PIN comes from the machine"
        );
        self.wire.transmit(command)
    }
}

/// An officer's card in that reader. At the terminal nobody types.
fn officer(reader: &Reader, keys: &[Keys]) -> (CardSigner, Pad, Typist) {
    let pad = Pad::default();
    pad.keys.lock().unwrap().extend(keys);
    let way = WithPad {
        wire: reader.wire(),
        pad: pad.clone(),
    };
    let card = PivCard::select(way, Arc::new(SystemSource::default())).unwrap();
    let (entry, typist) = types(&[]);
    (
        CardSigner::open(Box::new(card), SIGNATURE, entry).unwrap(),
        pad,
        typist,
    )
}

fn with_officers_card() -> Reader {
    let station = before_prestage("an officer with a pad");
    let reader = Reader::with_card(None);
    rios_card(&station.play, &reader, KeyAlgorithm::P256);
    reader
}

#[test]
fn a_pin_is_typed_at_the_pad_for_each_signature_and_nobody_is_asked_at_the_terminal() {
    let reader = with_officers_card();
    let (signer, pad, typist) = officer(&reader, &[Keys::Digits(FACTORY_PIN); 2]);
    for message in [&b"first"[..], b"second"] {
        let signature = signer.sign(message).unwrap();
        verify_by_key(signer.spki_der(), message, &signature).unwrap();
    }
    assert!(typist.asked().is_empty(), "nobody is asked at the terminal");
    assert_eq!(typist.at_pad(), [None, None]);
    let told = pad.told.lock().unwrap();
    #[rustfmt::skip]
    let expected = [
        60, 60,            // seconds
        0x82, 0x08, 0x00,  // ASCII to the left, in bytes, in a block of 8, without its length
        8, 6,              // digits, at the most and at the least
        0x02, 0xff,        // the key that confirms; the reader's own prompt
        0x0c, 0x04,        // French
        0x00, 0, 0, 0,
        13, 0, 0, 0,
        0x00, 0x20, 0x00, 0x80, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ];
    assert_eq!(*told, [expected; 2], "byte by byte");
}

#[test]
fn slips_at_the_pad_are_told_and_the_last_try_is_never_offered() {
    let reader = with_officers_card();
    let left = || reader.power().unwrap().pin_tries_left().unwrap();
    let (signer, _, typist) = officer(
        &reader,
        &[
            Keys::Digits("99999999"),
            Keys::Digits("12345"),
            Keys::Nothing,
            Keys::Digits(FACTORY_PIN),
        ],
    );
    signer.sign(b"message").unwrap();
    let slips = [
        None,
        Some(PadSlip::Wrong(2)),
        Some(PadSlip::Length),
        Some(PadSlip::Late),
    ];
    assert_eq!(typist.at_pad(), slips);
    assert_eq!(left(), 3);

    // The red key ends it at once.
    let (signer, _, typist) = officer(&reader, &[Keys::Cancel, Keys::Digits(FACTORY_PIN)]);
    let ended = signer.sign(b"message");
    assert!(
        matches!(&ended, Err(SignError::Locked(why)) if why.contains("cancelled")),
        "{ended:?}"
    );
    assert_eq!(typist.at_pad(), [None]);
    // Nobody there: it does not wait for ever.
    let (signer, pad, _) = officer(&reader, &[]);
    let ended = signer.sign(b"message");
    assert!(
        matches!(&ended, Err(SignError::Locked(why)) if why.contains("in time")),
        "{ended:?}"
    );
    assert_eq!(pad.told.lock().unwrap().len(), 5);
    assert_eq!(left(), 3, "none of it cost a try");

    let (signer, _, typist) = officer(
        &reader,
        &[
            Keys::Digits("99999999"),
            Keys::Digits("99999998"),
            Keys::Digits(FACTORY_PIN),
        ],
    );
    assert!(matches!(signer.sign(b"message"), Err(SignError::Locked(_))));
    assert_eq!(typist.at_pad().len(), 2);
    let (signer, pad, _) = officer(&reader, &[Keys::Digits(FACTORY_PIN)]);
    assert!(matches!(signer.sign(b"message"), Err(SignError::Locked(_))));
    assert!(pad.told.lock().unwrap().is_empty(), "the reader is not asked");
    assert_eq!(left(), 1);
}

/// The header of PC/SC lite, which others wrote, reads the structure as it is meant, in each language.
#[test]
fn the_structure_is_the_one_of_the_pcsc_header() {
    let reader = with_officers_card();
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("read.c"), folder.path().join("read"));
    let code = r#"
#include <stdio.h>
#include <reader.h>
int main(void) {
    unsigned char bytes[64];
    size_t n = fread(bytes, 1, sizeof bytes, stdin);
    PIN_VERIFY_STRUCTURE *p = (PIN_VERIFY_STRUCTURE *)bytes;
    printf("%zu %u %u %02x %02x %02x %04x %02x %02x %04x %u %u%u%u %u", n, p->bTimerOut, p->bTimerOut2, p->bmFormatString,
        p->bmPINBlockString, p->bmPINLengthFormat, p->wPINMaxExtraDigit, p->bEntryValidationCondition, p->bNumberMessage,
        p->wLangId, p->bMsgIndex, p->bTeoPrologue[0], p->bTeoPrologue[1], p->bTeoPrologue[2], p->ulDataLength);
    for (unsigned i = 0; i < p->ulDataLength; i++) printf(" %02x", p->abData[i]);
    return 0;
}
"#;
    std::fs::write(&source, code).unwrap();
    let flags = Command::new("pkg-config")
        .args(["--cflags", "libpcsclite"])
        .output()
        .unwrap();
    let flags = String::from_utf8(flags.stdout).unwrap();
    let built = Command::new("cc")
        .args(flags.split_whitespace())
        .arg("-o")
        .args([&program, &source])
        .status()
        .unwrap();
    assert!(built.success());
    for (language, id) in [
        (Language::De, "0407"),
        (Language::Fr, "040c"),
        (Language::It, "0410"),
        (Language::En, "0409"),
    ] {
        let pad = Pad::default();
        pad.keys.lock().unwrap().push_back(Keys::Digits(FACTORY_PIN));
        let way = WithPad {
            wire: reader.wire(),
            pad: pad.clone(),
        };
        let mut card = PivCard::select(way, Arc::new(SystemSource::default())).unwrap();
        assert!(card.has_pad());
        card.verify_pin_at_pad(language).unwrap();
        let mut child = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = pad.told.lock().unwrap()[0].clone();
        child.stdin.take().unwrap().write_all(&told).unwrap();
        let read = child.wait_with_output().unwrap().stdout;
        assert_eq!(
            String::from_utf8(read).unwrap(),
            format!("32 60 60 82 08 00 0608 02 ff {id} 0 000 13 00 20 00 80 08 ff ff ff ff ff ff ff ff")
        );
    }
    // A reader without a pad says so.
    let mut card = reader.power().unwrap();
    assert!(!card.has_pad());
    assert!(matches!(
        card.verify_pin_at_pad(Language::De),
        Err(CardError::Unsupported { .. })
    ));
}
