//! Custody, answers, private data, search, key files, PINs.

use super::{identity, seeded};
use crate::domain::person::{Person, same_person};
use crate::domain::{RequestId, Sha256};
use crate::seal::*;
use proptest::prelude::*;
use std::num::NonZeroU32;

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

#[test]
fn pending_secrets_are_found_again_with_the_present_ones_alone() {
    let mut entropy = seeded(25);
    let (present, other) = (CardSecrets::draw(&mut entropy), CardSecrets::draw(&mut entropy));
    let next = CustodySecrets::draw(&mut entropy);
    let pending = seal_pending(&present, &identity(7), &next, &mut entropy);
    let again = open_pending(&present, &identity(7), &pending).expect("opens");
    assert_eq!(again.puk.as_str(), next.puk.as_str());
    assert_eq!(again.management_key, next.management_key);
    let shut = Some(SealError::DoesNotOpen {
        what: "the pending record of an unseal",
    });
    assert_eq!(open_pending(&other, &identity(7), &pending).err(), shut);
    assert_eq!(open_pending(&present, &identity(8), &pending).err(), shut);
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
        key.person_tokens(&anna)
            .is_disjoint(&stranger.person_tokens(&anna)),
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
    fn anything_but_6_to_8_digits_is_no_pin(text in "\\PC{0,10}") {
        let good = (6..=8).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
        prop_assert_eq!(Pin::parse(&text).is_ok(), good);
    }
}
