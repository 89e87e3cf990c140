//! Every field that is refused, and the CBOR that comes back as it went.

use super::*;
use proptest::prelude::*;

pub(crate) fn sample() -> RequestData {
    RequestData {
        schema: 1,
        language: Language::De,
        person: PersonData {
            family_name: "Muster".into(),
            given_names: "Zoë Anna".into(),
            birth_date: "1990-01-31".parse().unwrap(),
            nationality: "CHE".into(),
            ahv: Some("756.9217.0769.85".into()),
        },
        mail: "zoe.muster@example.ch".into(),
        organisation: Organisation {
            name: "Beispielamt".into(),
            unit: "Dienste".into(),
        },
        address: Address {
            care_of: None,
            street: Some("Musterstrasse".into()),
            house_number: Some("7a".into()),
            po_box: None,
            postcode: "3003".into(),
            town: "Bern".into(),
            country: "CH".into(),
        },
        travel_document: TravelDocument {
            kind: DocumentKind::Passport,
            number: "X1234567".into(),
            issuer: "CHE".into(),
            expiry: "2030-01-31".parse().unwrap(),
        },
        card_serial: CardSerial::from_number(100_000_007),
        site: "bern".parse().unwrap(),
        delivery: Delivery::Post,
    }
}

const TODAY: Date = jiff::civil::date(2026, 3, 2);

#[test]
fn a_good_request_has_no_problem() {
    assert_eq!(sample().problems(TODAY), vec![]);
}

#[test]
fn json_keeps_every_field_and_refuses_unknown_ones() {
    let json = serde_json::to_vec(&sample()).unwrap();
    assert_eq!(RequestData::from_json(&json).unwrap(), sample());
    let more = String::from_utf8(json)
        .unwrap()
        .replacen("{", "{\"colour\":1,", 1);
    assert!(
        RequestData::from_json(more.as_bytes())
            .unwrap_err()
            .problem
            .contains("colour")
    );
}

#[test]
fn every_bad_field_is_named() {
    type Spoil = fn(&mut RequestData);
    let bad: &[(&str, Spoil)] = &[
        ("mail", |d| d.mail = "nobody".into()),
        ("mail", |d| d.mail = "a@b@example.ch".into()),
        ("person.nationality", |d| d.person.nationality = "CH".into()),
        ("person.nationality", |d| d.person.nationality = "DEU".into()),
        ("travel_document.expiry", |d| {
            d.travel_document.expiry = "2020-01-01".parse().unwrap()
        }),
        ("travel_document.number", |d| {
            d.travel_document.number = "X 12".into()
        }),
        ("travel_document.number", |d| {
            d.travel_document.number = "X123456".into()
        }),
        ("travel_document.number", |d| {
            d.person.nationality = "D".into();
            d.travel_document.issuer = "D".into();
        }),
        ("travel_document.number", |d| {
            d.travel_document.issuer = "FRA".into();
            d.travel_document.number = "ABCDEF".into();
        }),
        ("address.street", |d| d.address.street = None),
        ("address.country", |d| d.address.country = "Schweiz".into()),
        ("address.postcode", |d| d.address.postcode = "30031".into()),
        ("person.ahv", |d| d.person.ahv = Some("756.9217.0769.84".into())),
        ("person.birth_date", |d| {
            d.person.birth_date = "2026-03-02".parse().unwrap()
        }),
        ("person.family_name", |d| {
            d.person.family_name = "Mu\u{202E}ster".into()
        }),
        ("person.family_name", |d| d.person.family_name = "M".repeat(65)),
        ("schema", |d| d.schema = 2),
    ];
    for (path, spoil) in bad {
        let mut data = sample();
        spoil(&mut data);
        let found = data.problems(TODAY);
        assert!(found.iter().any(|p| p.path == *path), "{path}: {found:?}");
    }
}

#[test]
fn decomposed_letters_are_composed() {
    let mut data = sample();
    data.person.given_names = " Zoe\u{308}  Anna ".into();
    data.normalise();
    assert_eq!(data, sample());
}

#[test]
fn the_digest_covers_every_field() {
    let request = Request {
        request_id: RequestId::from_bits(7),
        data: sample(),
    };
    let changed: &[fn(&mut Request)] = &[
        |r| r.request_id = RequestId::from_bits(8),
        |r| r.data.person.ahv = None,
        |r| r.data.delivery = Delivery::Rio,
        |r| r.data.address.po_box = Some("1".into()),
        |r| r.data.travel_document.kind = DocumentKind::IdentityCard,
    ];
    for change in changed {
        let mut other = request.clone();
        change(&mut other);
        assert_ne!(other.digest(), request.digest());
        assert_eq!(Request::from_cbor(&other.to_cbor()), Ok(other));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Request::from_cbor(&bytes);
    }

    #[test]
    fn a_changed_byte_is_refused_or_is_another_request(at in 0usize..200, by in 1u8..=255) {
        let request = Request { request_id: RequestId::from_bits(7), data: sample() };
        let mut bytes = request.to_cbor();
        let at = at % bytes.len();
        bytes[at] ^= by;
        if let Ok(other) = Request::from_cbor(&bytes) { prop_assert_ne!(other, request); }
    }
}
