//! Who can open what: every combination of thefts that must open nothing, and every altered byte.

use super::*;
use crate::domain::person::{Person, same_person};
use crate::domain::ticket::ETicket;
use crate::domain::{CardSerial, RequestId, Sha256};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

/// Bytes of a seed: SHA-256 in counter mode.
fn seeded(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut counter = 0u64;
    move |buffer: &mut [u8]| {
        for chunk in buffer.chunks_mut(32) {
            counter += 1;
            let block = cipher::sha256(&[seed.to_be_bytes(), counter.to_be_bytes()].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

fn identity(number: u32) -> CardIdentity {
    CardIdentity {
        serial: CardSerial::from_number(number),
        chip_id: format!("{number:032x}"),
    }
}

/// An office with one sealed card.
struct Office {
    print: PrintKey,
    master: ShareMaster,
    secrets: CardSecrets,
    card: SealedCard,
}

fn office(seed: u64) -> Office {
    let mut entropy = seeded(seed);
    let print = PrintKey::draw(&mut entropy);
    let master = ShareMaster::draw(&mut entropy);
    let secrets = CardSecrets::draw(&mut entropy);
    let card = seal_card(&identity(7), &secrets, &print.recipient(), &master, &mut entropy);
    Office {
        print,
        master,
        secrets,
        card,
    }
}

const FIRST: SlotNumber = SlotNumber::ALL[0];

fn ticket(office: &Office, number: SlotNumber) -> ETicket {
    open_ticket(
        &office.card.identity,
        number,
        office.card.slot(number),
        &office.print,
    )
    .expect("the print key opens it")
}

fn release(office: &Office, number: SlotNumber) -> Release {
    let tag = tag(&ticket(office, number), &office.card.identity, number);
    office
        .card
        .slot(number)
        .check(&tag, &office.master)
        .expect("the right tag")
}

fn same(a: &CardSecrets, b: &CardSecrets) -> bool {
    a.pin.as_str() == b.pin.as_str()
        && a.puk.as_str() == b.puk.as_str()
        && a.management_key == b.management_key
}

#[test]
fn each_of_the_three_tickets_opens_the_card() {
    let o = office(1);
    for number in SlotNumber::ALL {
        // As the holder does it: the number is typed, the wire is JSON, the row is JSON.
        let row = serde_json::to_string(&o.card).expect("serialises");
        let card: SealedCard = serde_json::from_str(&row).expect("reads back");
        card.check_version().expect("our version");
        let typed = ticket(&o, number).to_text();
        let ticket = ETicket::parse(&typed).expect("as printed");
        let wire = serde_json::to_string(&tag(&ticket, &card.identity, number)).expect("serialises");
        let tag: Tag = serde_json::from_str(&wire).expect("reads back");
        let wire = serde_json::to_string(&card.slot(number).check(&tag, &o.master).expect("right"))
            .expect("serialises");
        let release: Release = serde_json::from_str(&wire).expect("reads back");
        let opened = unseal(&ticket, &release, &card.secrets, &card.identity, number).expect("opens");
        assert!(same(&opened, &o.secrets));
    }
    assert_eq!(FIRST.next().map(SlotNumber::get), Some(2));
    assert_eq!(SlotNumber::ALL[2].next(), None);
}

#[test]
fn a_stolen_database_opens_nothing_even_with_the_ticket() {
    let o = office(2);
    let thief = ShareMaster::draw(&mut seeded(99));
    let ticket = ticket(&o, FIRST);
    // The thief runs our own server code on the stolen rows, with a master of their own.
    let tag = tag(&ticket, &o.card.identity, FIRST);
    let release = o
        .card
        .slot(FIRST)
        .check(&tag, &thief)
        .expect("the verifier is in the database");
    let opened = unseal(&ticket, &release, &o.card.secrets, &o.card.identity, FIRST);
    assert_eq!(
        opened.err(),
        Some(SealError::DoesNotOpen {
            what: "the sealed card"
        })
    );
}

#[test]
fn the_server_with_its_master_opens_nothing_without_the_ticket() {
    let o = office(3);
    let release = release(&o, FIRST);
    let mut guess = seeded(4);
    for _ in 0..100 {
        let wrong = ETicket::from_bytes(&mut random::<10>(&mut guess));
        assert!(unseal(&wrong, &release, &o.card.secrets, &o.card.identity, FIRST).is_err());
        let tag = tag(&wrong, &o.card.identity, FIRST);
        assert_eq!(
            o.card.slot(FIRST).check(&tag, &o.master).err(),
            Some(SealError::WrongTicket)
        );
    }
}

#[test]
fn a_ticket_serves_its_own_card_and_slot_alone() {
    let (o, other) = (office(5), office(6));
    let ticket = ticket(&o, FIRST);
    let second = SlotNumber::ALL[1];
    let in_other_slot = tag(&ticket, &o.card.identity, second);
    assert_eq!(
        o.card.slot(second).check(&in_other_slot, &o.master).err(),
        Some(SealError::WrongTicket)
    );
    let for_other_card = tag(&ticket, &identity(8), FIRST);
    assert_eq!(
        o.card.slot(FIRST).check(&for_other_card, &o.master).err(),
        Some(SealError::WrongTicket)
    );
    assert!(unseal(&ticket, &release(&o, FIRST), &o.card.secrets, &identity(8), FIRST).is_err());
    assert!(
        unseal(
            &ticket,
            &release(&o, second),
            &o.card.secrets,
            &o.card.identity,
            FIRST
        )
        .is_err()
    );
    assert!(
        unseal(
            &ticket,
            &release(&o, FIRST),
            &other.card.secrets,
            &o.card.identity,
            FIRST
        )
        .is_err()
    );
}

#[test]
fn a_ticket_moved_to_another_row_is_not_printed() {
    let o = office(7);
    let moved = open_ticket(&o.card.identity, SlotNumber::ALL[1], o.card.slot(FIRST), &o.print);
    assert_eq!(
        moved.err(),
        Some(SealError::OtherContext {
            what: "the eTicket kept for the letter"
        })
    );
    let moved = open_ticket(&identity(8), FIRST, o.card.slot(FIRST), &o.print);
    assert_eq!(
        moved.err(),
        Some(SealError::OtherContext {
            what: "the eTicket kept for the letter"
        })
    );
}

#[test]
fn only_the_print_key_opens_a_ticket_for_its_letter() {
    let o = office(8);
    let other = PrintKey::draw(&mut seeded(9));
    let opened = open_ticket(&o.card.identity, FIRST, o.card.slot(FIRST), &other);
    assert_eq!(
        opened.err(),
        Some(SealError::DoesNotOpen {
            what: "the eTicket kept for the letter"
        })
    );
}

#[test]
fn a_destroyed_slot_keeps_nothing() {
    let mut o = office(10);
    let tag = tag(&ticket(&o, FIRST), &o.card.identity, FIRST);
    o.card.slot_mut(FIRST).destroy();
    assert!(o.card.slot(FIRST).is_destroyed());
    assert_eq!(
        o.card.slot(FIRST).check(&tag, &o.master).err(),
        Some(SealError::Destroyed)
    );
    let opened = open_ticket(&o.card.identity, FIRST, o.card.slot(FIRST), &o.print);
    assert_eq!(opened.err(), Some(SealError::Destroyed));
    assert_eq!(
        serde_json::to_string(o.card.slot(FIRST)).expect("serialises"),
        r#"{"slot":"destroyed"}"#
    );
    // The next ticket serves.
    assert!(ticket(&o, SlotNumber::ALL[1]).to_text().len() == 23);
}

#[test]
fn every_altered_byte_of_a_sealed_card_is_noticed() {
    let o = office(11);
    let ticket = ticket(&o, FIRST);
    let tag = tag(&ticket, &o.card.identity, FIRST);
    let opens = |card: &SealedCard| {
        let printed = open_ticket(&card.identity, FIRST, card.slot(FIRST), &o.print).is_ok();
        let release = card.slot(FIRST).check(&tag, &o.master);
        let unsealed = release
            .and_then(|r| unseal(&ticket, &r, &card.secrets, &card.identity, FIRST))
            .is_ok();
        (printed, unsealed)
    };
    assert_eq!(opens(&o.card), (true, true));
    let alter = |change: &dyn Fn(&mut SealedCard)| {
        let mut card = o.card.clone();
        change(&mut card);
        opens(&card)
    };
    for i in 0..o.card.secrets.0.len() {
        assert_eq!(
            alter(&|c| c.secrets.0[i] ^= 1),
            (true, false),
            "byte {i} of the secrets"
        );
    }
    let SealedSlot::Sealed {
        salt,
        wrap,
        ticket: boxed,
        verifier,
    } = o.card.slot(FIRST)
    else {
        panic!("sealed")
    };
    type Field = fn(&mut SealedSlot) -> &mut Vec<u8>;
    let fields: [(&str, usize, Field); 3] = [
        ("salt", salt.len(), |s| match s {
            SealedSlot::Sealed { salt, .. } => salt,
            SealedSlot::Destroyed => panic!("sealed"),
        }),
        ("wrap", wrap.0.len(), |s| match s {
            SealedSlot::Sealed { wrap, .. } => &mut wrap.0,
            SealedSlot::Destroyed => panic!("sealed"),
        }),
        ("verifier", verifier.len(), |s| match s {
            SealedSlot::Sealed { verifier, .. } => verifier,
            SealedSlot::Destroyed => panic!("sealed"),
        }),
    ];
    for (name, length, field) in fields {
        for i in 0..length {
            assert_eq!(
                alter(&|c| field(c.slot_mut(FIRST))[i] ^= 0x80),
                (true, false),
                "byte {i} of the {name}"
            );
        }
    }
    for i in 0..boxed.len() {
        let altered = alter(&|c| match c.slot_mut(FIRST) {
            SealedSlot::Sealed { ticket, .. } => ticket[i] ^= 1,
            SealedSlot::Destroyed => panic!("sealed"),
        });
        assert_eq!(altered, (false, true), "byte {i} of the ticket's box");
    }
    let shorter = alter(&|c| c.secrets.0.truncate(5));
    assert_eq!(shorter, (true, false));
}

#[test]
fn no_secret_stands_in_a_sealed_row_in_any_common_encoding() {
    let o = office(12);
    let row = serde_json::to_string(&o.card).expect("serialises");
    let raw = [
        o.secrets.pin.as_str().as_bytes().to_vec(),
        o.secrets.puk.as_str().as_bytes().to_vec(),
        o.secrets.management_key.to_vec(),
        ticket(&o, FIRST).as_bytes().to_vec(),
        ticket(&o, FIRST).to_text().as_bytes().to_vec(),
    ];
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    // All base64 of the row decoded again, so that a canary may hide at any offset.
    let value: serde_json::Value = serde_json::from_str(&row).expect("JSON");
    fn strings(value: &serde_json::Value, out: &mut Vec<Vec<u8>>) {
        match value {
            serde_json::Value::String(s) => {
                out.push(s.as_bytes().to_vec());
                out.extend(BASE64_STANDARD.decode(s));
            }
            serde_json::Value::Array(a) => a.iter().for_each(|v| strings(v, out)),
            serde_json::Value::Object(o) => o.values().for_each(|v| strings(v, out)),
            _ => {}
        }
    }
    let mut held = Vec::new();
    strings(&value, &mut held);
    assert!(held.len() > 20, "the row was looked through");
    for secret in &raw {
        for form in [
            secret.clone(),
            hex::encode(secret).into_bytes(),
            BASE64_STANDARD.encode(secret).into_bytes(),
        ] {
            assert!(!held.iter().any(|h| h.windows(form.len()).any(|w| w == form)));
        }
    }
}

#[test]
fn a_record_of_a_newer_version_is_refused() {
    let mut card = office(13).card;
    card.version = 2;
    assert_eq!(
        card.check_version(),
        Err(SealError::Version { found: 2, known: 1 })
    );
}

#[test]
fn custody_opens_for_its_own_card_and_rotation_alone() {
    let mut entropy = seeded(20);
    let key = CustodyKey::draw(&mut entropy);
    let context = CustodyContext {
        card: identity(7),
        generation: 3,
    };
    let secrets = CustodySecrets::draw(&mut entropy);
    let sealed = seal_to_custody(&key.recipient(), &context, &secrets);
    let row = serde_json::to_string(&sealed).expect("serialises");
    let sealed: CustodyBox = serde_json::from_str(&row).expect("reads back");
    let opened = open_from_custody(&key, &context, &sealed).expect("opens");
    assert_eq!(opened.puk.as_str(), secrets.puk.as_str());
    assert_eq!(opened.management_key, secrets.management_key);

    let other = Some(SealError::OtherContext {
        what: "the custody record",
    });
    let earlier = CustodyContext {
        generation: 2,
        ..context.clone()
    };
    assert_eq!(open_from_custody(&key, &earlier, &sealed).err(), other);
    let card = CustodyContext {
        card: identity(8),
        ..context.clone()
    };
    assert_eq!(open_from_custody(&key, &card, &sealed).err(), other);
    let stranger = CustodyKey::draw(&mut entropy);
    let shut = Some(SealError::DoesNotOpen {
        what: "the custody record",
    });
    assert_eq!(open_from_custody(&stranger, &context, &sealed).err(), shut);
}

const FEW: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

#[test]
fn an_answer_is_known_however_it_is_spoken() {
    let hash = AnswerHash::of("Café  Müllerstrasse 7", FEW, &mut seeded(30)).expect("long enough");
    let row = serde_json::to_string(&hash).expect("serialises");
    assert!(!row.to_lowercase().contains("caf"));
    let hash: AnswerHash = serde_json::from_str(&row).expect("reads back");
    for right in [
        "café müllerstrasse 7",
        "CAFE MULLERSTRASSE 7",
        "Cafe, Müllerstraße 7!",
    ] {
        assert!(hash.verify(right), "{right}");
    }
    for wrong in ["Café Müllerstrasse 8", "", "Café"] {
        assert!(!hash.verify(wrong), "{wrong}");
    }
    let short = AnswerHash::of("a b!c", FEW, &mut seeded(31));
    assert_eq!(short.err(), Some(SealError::AnswerTooShort { least: 4 }));
}

#[test]
fn the_same_answer_twice_leaves_no_trace_of_being_the_same() {
    let mut entropy = seeded(32);
    let mut row = || {
        let hash = AnswerHash::of("Muster", FEW, &mut entropy).expect("long enough");
        serde_json::to_value(hash).expect("serialises")["hash"].clone()
    };
    assert_ne!(row(), row());
}

#[test]
fn a_request_is_read_with_its_own_key_in_its_own_place() {
    let mut entropy = seeded(40);
    let data = DataKey::draw(&mut entropy);
    let (a, b) = (
        KeyOwner::Request(RequestId::from_bits(1)),
        KeyOwner::Request(RequestId::from_bits(2)),
    );
    let key = RequestKey::draw(&mut entropy);
    let row = serde_json::to_string(&data.wrap(&key, a, &mut entropy)).expect("serialises");
    let wrapped: WrappedKey = serde_json::from_str(&row).expect("reads back");
    assert_eq!(wrapped.under, data.id());
    let sealed = key.encrypt("scan 1", b"a page", &mut entropy);

    let again = data.unwrap(&wrapped, a).expect("its own row");
    assert_eq!(
        &again.decrypt("scan 1", &sealed).expect("its own place")[..],
        b"a page"
    );
    assert!(again.decrypt("scan 2", &sealed).is_err());
    assert!(RequestKey::draw(&mut entropy).decrypt("scan 1", &sealed).is_err());
    for i in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[i] ^= 1;
        assert!(again.decrypt("scan 1", &altered).is_err(), "byte {i}");
        assert!(again.decrypt("scan 1", &sealed[..i]).is_err(), "cut at {i}");
    }
    let shut = Some(SealError::DoesNotOpen {
        what: "the key of the request",
    });
    assert_eq!(data.unwrap(&wrapped, b).err(), shut);
    assert_eq!(
        data.unwrap(&wrapped, KeyOwner::Message(Sha256([0; 32]))).err(),
        shut
    );
    assert_eq!(DataKey::draw(&mut entropy).unwrap(&wrapped, a).err(), shut);
}

#[test]
fn a_person_is_found_by_tokens_as_by_names() {
    let key = SearchKey::draw(&mut seeded(50));
    let person = |family: &str, given: &str, birth: &str| Person {
        family_name: family.into(),
        given_names: given.into(),
        birth_date: birth.parse().expect("a date"),
    };
    let anna = person("Müller-Muster", "Anna Maria", "1990-01-31");
    assert!(key.of_name("anna MUELLER").is_subset(&key.name_tokens(&anna)));
    assert!(!key.of_name("anna specimen").is_subset(&key.name_tokens(&anna)));
    for other in [
        person("Muster", "Maria", "1990-01-31"),
        person("Muster", "Berta", "1990-01-31"),
        person("Muster", "Maria", "1990-02-01"),
    ] {
        let shared = !key.person_tokens(&anna).is_disjoint(&key.person_tokens(&other));
        assert_eq!(shared, same_person(&anna, &other), "{other:?}");
    }
    let stranger = SearchKey::draw(&mut seeded(51));
    assert!(
        key.name_tokens(&anna).is_disjoint(&stranger.name_tokens(&anna)),
        "tokens say nothing without the key"
    );
}

fn key_file_is_taken<K: KeyFile>(id: impl Fn(&K) -> String) {
    let key = K::draw(&mut seeded(60));
    let text = key.to_text();
    let windows = text.replace('\n', "\r\n");
    assert_eq!(K::from_text(&text).map(|k| id(&k)), Ok(id(&key)), "{}", K::NAME);
    assert_eq!(
        K::from_text(&windows).map(|k| id(&k)),
        Ok(id(&key)),
        "{}",
        K::NAME
    );

    let newer = text.replace("version 1", "version 2");
    assert!(matches!(K::from_text(&newer), Err(KeyFileError::Version { ref found, .. }) if found == "2"));
    let own = [
        "print key",
        "custody key",
        "share master",
        "data key",
        "search key",
    ];
    for name in own.into_iter().filter(|n| *n != K::NAME) {
        let other = text.replace(K::NAME, name);
        assert_eq!(
            K::from_text(&other).err(),
            Some(KeyFileError::OtherKey {
                wanted: K::NAME,
                found: name
            })
        );
    }
    for none in ["", "hello", "AGE-SECRET-KEY-1", "# siegelpost soup, version 1"] {
        assert_eq!(
            K::from_text(none).err(),
            Some(KeyFileError::NotAKeyFile { wanted: K::NAME }),
            "{none}"
        );
    }
    // One wrong character anywhere in the secret line is noticed.
    let secret = text.lines().last().expect("a line");
    let start = text.len() - secret.len() - 1 + "key: ".len();
    for i in start..text.len() - 1 {
        let mut bytes = text.as_bytes().to_vec();
        bytes[i] = if bytes[i] == b'Q' { b'P' } else { b'Q' };
        let altered = String::from_utf8(bytes).expect("ASCII");
        match K::from_text(&altered) {
            Err(error @ KeyFileError::Damaged { .. }) => {
                assert!(!error.to_string().contains(secret), "a message shows no key");
            }
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("{} with its byte {i} altered was taken", K::NAME),
        }
    }
}

#[test]
fn key_files_are_taken_back_and_others_refused_with_their_name() {
    key_file_is_taken::<PrintKey>(|k| k.recipient().to_string());
    key_file_is_taken::<CustodyKey>(|k| k.recipient().to_string());
    key_file_is_taken::<ShareMaster>(ShareMaster::id);
    key_file_is_taken::<DataKey>(DataKey::id);
    key_file_is_taken::<SearchKey>(SearchKey::id);
}

#[test]
fn a_print_key_file_is_an_age_identity_file() {
    let key = PrintKey::draw(&mut seeded(61));
    let text = key.to_text();
    let file = age::IdentityFile::from_buffer(text.as_bytes()).expect("age reads it");
    assert_eq!(file.into_identities().map(|i| i.len()).ok(), Some(1));
}

#[test]
fn a_secret_key_pasted_as_recipient_is_not_repeated() {
    let key = PrintKey::draw(&mut seeded(62));
    let text = key.to_text();
    let secret = text.lines().last().expect("a line");
    let error = secret.parse::<PrintRecipient>().expect_err("no recipient");
    assert!(!error.to_string().contains(&secret[16..]));
    assert_eq!(
        key.recipient().to_string().parse::<PrintRecipient>(),
        Ok(key.recipient())
    );
}

#[test]
fn pins_are_eight_digits_spread_evenly() {
    let mut entropy = seeded(70);
    let mut count = [0u32; 10];
    for _ in 0..2000 {
        let pin = Pin::draw(&mut entropy);
        assert_eq!(pin.as_str().len(), 8);
        pin.as_str()
            .bytes()
            .for_each(|b| count[usize::from(b - b'0')] += 1);
    }
    // 16,000 digits: 1,600 each, standard deviation 38.
    assert!(count.iter().all(|c| (1400..1800).contains(c)), "{count:?}");
}

#[test]
fn a_draw_that_would_favour_small_numbers_is_repeated() {
    let mut draws = [u32::MAX, 4_200_000_000, 4_199_999_999].into_iter();
    let mut entropy = |buffer: &mut [u8]| {
        buffer.copy_from_slice(&draws.next().expect("three draws are enough").to_be_bytes());
    };
    assert_eq!(Pin::draw(&mut entropy).as_str(), "99999999");
}

#[test]
fn sealing_draws_different_tickets_and_salts_each_time() {
    let o = office(80);
    let tickets: BTreeSet<_> = SlotNumber::ALL
        .iter()
        .map(|n| *ticket(&o, *n).as_bytes())
        .collect();
    assert_eq!(tickets.len(), 3);
    let salts: BTreeSet<_> = o
        .card
        .slots
        .iter()
        .map(|s| match s {
            SealedSlot::Sealed { salt, .. } => salt.clone(),
            SealedSlot::Destroyed => panic!("sealed"),
        })
        .collect();
    assert_eq!(salts.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_a_key_file_parser_panic(text in "\\PC{0,200}", tail in "\\PC{0,80}") {
        let _ = PrintKey::from_text(&text);
        let _ = DataKey::from_text(&format!("# siegelpost data key, version 1\n{text}\nkey: {tail}"));
        let _ = text.parse::<CustodyRecipient>();
        let _ = serde_json::from_str::<SealedCard>(&text);
    }

    #[test]
    fn chosen_pins_survive_the_seal(pin in "[0-9]{6,8}", puk in "[0-9]{6,8}") {
        let mut entropy = seeded(90);
        let (print, master) = (PrintKey::draw(&mut entropy), ShareMaster::draw(&mut entropy));
        let secrets = CardSecrets {
            pin: Pin::parse(&pin).expect("a PIN"),
            puk: Pin::parse(&puk).expect("a PUK"),
            management_key: random(&mut entropy),
        };
        let card = seal_card(&identity(1), &secrets, &print.recipient(), &master, &mut entropy);
        let o = Office { print, master, secrets, card };
        let opened = unseal(&ticket(&o, FIRST), &release(&o, FIRST), &o.card.secrets, &o.card.identity, FIRST);
        prop_assert!(same(&opened.expect("opens"), &o.secrets));
    }

    #[test]
    fn anything_but_6_to_8_digits_is_no_pin(text in "\\PC{0,10}") {
        let good = (6..=8).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
        prop_assert_eq!(Pin::parse(&text).is_ok(), good);
    }
}
