//! Certificates that look like others, and certificates that are not what a certificate is.

use super::super::*;
use super::forge::{self, Body, extension, name, name_as, seq};
use super::{now, time};
use crate::pki::tlv;

fn judge(leaf: &Certificate, between: &[Certificate], anchors: &[&Certificate]) -> Vec<PathDefect> {
    let mut trust = Trust::new();
    for anchor in anchors {
        trust.add_anchor((*anchor).clone());
    }
    let found = validate(
        leaf,
        between,
        &trust,
        now(),
        Purpose::MailSignature,
        Revocation::IfGiven,
    );
    found.err().unwrap_or_default()
}

fn root(key: &SoftKey) -> Certificate {
    Body::new(&name("Root"), &name("Root"), key)
        .authority()
        .signed(key)
}

fn leaf(key: &SoftKey) -> Body {
    Body::new(&name("Root"), &name("Erika Muster"), key)
}

#[test]
fn takes_the_issuer_whose_key_signed_among_namesakes_with_one_serial_number() {
    let (right_key, wrong_key) = (forge::key(), forge::key());
    let (right, wrong) = (root(&right_key), root(&wrong_key));
    assert_eq!(right.serial(), wrong.serial());
    let leaf = leaf(&forge::key()).signed(&right_key);
    assert_eq!(judge(&leaf, &[], &[&right]), []);
    assert_eq!(judge(&leaf, &[], &[&wrong, &right]), []);
    assert_eq!(judge(&leaf, &[], &[&right, &wrong]), []);
    assert!(matches!(
        judge(&leaf, &[], &[&wrong])[..],
        [PathDefect::Signature { .. }]
    ));
    // The right one sent along makes no anchor of itself.
    assert!(!judge(&leaf, &[right], &[&wrong]).is_empty());
}

#[test]
fn a_key_identifier_proves_nothing_and_a_wrong_one_hides_nothing() {
    let (right_key, wrong_key) = (forge::key(), forge::key());
    let made = |key: &SoftKey, id: &[u8]| {
        let body = Body::new(&name("Root"), &name("Root"), key).authority();
        body.key_id(id).signed(key)
    };
    let (right, collides) = (made(&right_key, &[1; 20]), made(&wrong_key, &[1; 20]));
    let leaf = leaf(&forge::key()).issuer_key_id(&[1; 20]).signed(&right_key);
    assert_eq!(judge(&leaf, &[], &[&collides, &right]), []);
    assert!(matches!(
        judge(&leaf, &[], &[&collides])[..],
        [PathDefect::Signature { .. }]
    ));
    // The identifiers only say which to try first.
    let odd = made(&right_key, &[2; 20]);
    assert_eq!(judge(&leaf, &[], &[&collides, &odd]), []);
}

#[test]
fn a_name_of_ones_own_as_issuer_is_not_ones_own_signature() {
    let (old_key, new_key) = (forge::key(), forge::key());
    let old = root(&old_key);
    // The same authority with a new key: certified by itself, and not self-signed.
    let renewed = Body::new(&name("Root"), &name("Root"), &new_key)
        .serial(&[2])
        .authority()
        .signed(&old_key);
    assert!(renewed.is_self_issued() && !issued_by(&renewed, &renewed));
    let below = leaf(&forge::key()).signed(&new_key);
    assert_eq!(judge(&below, std::slice::from_ref(&renewed), &[&old]), []);
    // Self-issued authorities do not count for the length of a path; self-signed strangers do not become anchors.
    let limited = Body::new(&name("Root"), &name("Root"), &old_key)
        .with(extension(
            "2.5.29.19",
            true,
            &seq(&[&[tlv::BOOLEAN, 1, 0xff], &forge::integer(&[0])]),
        ))
        .signed(&old_key);
    assert_eq!(judge(&below, &[renewed], &[&limited]), []);
    let stranger = root(&new_key);
    assert!(!judge(&below, &[stranger], &[&old]).is_empty());
}

#[test]
fn takes_serial_numbers_as_they_come_and_none_longer_than_twenty_octets() {
    let key = forge::key();
    let root = root(&key);
    let judged = |octets: &[u8]| {
        let leaf = leaf(&forge::key()).serial(octets).signed(&key);
        judge(&leaf, &[], &[&root])
    };
    // RFC 5280 section 4.1.2.2: negative and zero are wrong of the CA, and handled.
    for right in [
        &[0][..],
        &[0xff],
        &[0x80],
        &[0x7f; 20],
        &[&[0][..], &[0xff; 20]].concat(),
    ] {
        assert_eq!(judged(right), [], "{right:?}");
    }
    for wrong in [&[0x7f; 21][..], &[0x80; 21], &[1; 200]] {
        assert!(
            matches!(judged(wrong)[..], [PathDefect::SerialNumber { .. }]),
            "{wrong:?}"
        );
    }
    // -1 and 255 are two numbers.
    let serial = |octets: &[u8]| leaf(&key).serial(octets).signed(&key).serial().clone();
    assert_ne!(serial(&[0xff]), serial(&[0, 0xff]));
}

#[test]
fn reads_no_certificate_that_says_two_things() {
    let key = forge::key();
    let read = |body: &Body| Certificate::from_der(&body.der(&key));
    let right = leaf(&key).key_id(&[1; 20]);
    assert!(read(&right).is_ok());
    let twice = right.clone().key_id(&[2; 20]);
    assert!(matches!(
        read(&twice),
        Err(CertificateError::DuplicateExtension(_))
    ));
    // An extension that nobody here reads, twice.
    let odd = extension("1.2.3.4", false, &[5, 0]);
    let odd = right.clone().with(odd.clone()).with(odd);
    assert!(matches!(read(&odd), Err(CertificateError::DuplicateExtension(_))));
    let sha384 = seq(&[&forge::oid("1.2.840.10045.4.3.3")]);
    let inner = Body {
        inner_algorithm: sha384.clone(),
        ..right.clone()
    };
    assert_eq!(read(&inner).unwrap_err(), CertificateError::AlgorithmsDiffer);
    let outer = Body {
        outer_algorithm: sha384,
        ..right.clone()
    };
    assert_eq!(read(&outer).unwrap_err(), CertificateError::AlgorithmsDiffer);
    let parameters = seq(&[&forge::oid("1.2.840.10045.4.3.2"), &[tlv::NULL, 0]]);
    let parameters = Body {
        outer_algorithm: parameters,
        ..right
    };
    assert_eq!(read(&parameters).unwrap_err(), CertificateError::AlgorithmsDiffer);
}

#[test]
fn reads_no_certificate_of_a_version_that_has_not_what_it_has() {
    let key = forge::key();
    let version = |number: &[u8]| tlv::element(0xa0, &forge::integer(number));
    let plain = Body {
        version: vec![],
        ..leaf(&key)
    };
    assert_eq!(Certificate::from_der(&plain.der(&key)).unwrap().version(), 1);
    for wrong in [
        // The default written out is not DER; versions 0, 4 and -1 do not exist.
        Body {
            version: version(&[0]),
            ..leaf(&key)
        },
        Body {
            version: version(&[3]),
            ..leaf(&key)
        },
        Body {
            version: version(&[0xff]),
            ..leaf(&key)
        },
        Body {
            version: vec![],
            ..leaf(&key).key_id(&[1; 20])
        },
        Body {
            version: version(&[1]),
            ..leaf(&key).key_id(&[1; 20])
        },
    ] {
        let read = Certificate::from_der(&wrong.der(&key));
        assert_eq!(read.unwrap_err(), CertificateError::Field("version"));
    }
}

#[test]
fn reads_no_certificate_with_more_behind_it_or_in_another_form_than_der() {
    let key = forge::key();
    let der = leaf(&key).der(&key);
    let trailing = Certificate::from_der(&[&der[..], &[0]].concat());
    assert_eq!(
        trailing.unwrap_err(),
        CertificateError::Structure(tlv::TlvError::Trailing)
    );
    for length in 0..der.len() {
        assert!(Certificate::from_der(&der[..length]).is_err());
    }
    let length = der.len() - 4;
    let ber = [&[0x30, 0x83, 0, (length >> 8) as u8, length as u8][..], &der[4..]].concat();
    assert_eq!(Certificate::from_der(&ber).unwrap_err(), CertificateError::NotDer);
    let indefinite = [&[0x30, 0x80][..], &der[4..], &[0, 0]].concat();
    assert_eq!(
        Certificate::from_der(&indefinite).unwrap_err(),
        CertificateError::NotDer
    );
    // A critical flag of 01 is true in BER only, and signed as it is.
    let odd = seq(&[
        &forge::oid("1.2.3.4"),
        &[tlv::BOOLEAN, 1, 1],
        &forge::octets(&[5, 0]),
    ]);
    let odd = leaf(&key).with(odd).der(&key);
    assert_eq!(Certificate::from_der(&odd).unwrap_err(), CertificateError::NotDer);
    // A serial number with a zero more than it needs.
    let padded = leaf(&key).serial(&[0, 0x11]).der(&key);
    assert_eq!(
        Certificate::from_der(&padded).unwrap_err(),
        CertificateError::NotDer
    );
    // Trailing bytes within an extension.
    let more = leaf(&key)
        .with(extension("2.5.29.14", false, &[4, 1, 1, 0]))
        .der(&key);
    assert_eq!(
        Certificate::from_der(&more).unwrap_err(),
        CertificateError::Field("subjectKeyIdentifier")
    );
}

#[test]
fn finds_the_issuer_by_its_name_in_whatever_string_it_is_written() {
    let key = forge::key();
    let root = Body::new(&name("Zürich Root"), &name("Zürich Root"), &key)
        .authority()
        .signed(&key);
    let wide: Vec<u8> = "ZÜRICH  ROOT".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (issuer, found) in [
        (name_as(0x1e, &wide), true),
        (name_as(0x14, b"Z\xfcrich root"), true),
        (name("zu\u{308}rich root "), true),
        (name("Zurich Root"), false),
        (name("Zürich Rооt"), false),
    ] {
        let leaf = Body::new(&issuer, &name("Erika Muster"), &forge::key()).signed(&key);
        let defects = judge(&leaf, &[], &[&root]);
        assert_eq!(defects.is_empty(), found, "{} {defects:?}", leaf.issuer());
    }
}

#[test]
fn a_thousand_cross_certificates_cost_little() {
    // Ten authorities of one name, each certified by each of the others and by itself ten times over.
    let keys: Vec<SoftKey> = (0..10).map(|_| forge::key()).collect();
    let mut between = Vec::new();
    for turn in 0..10u8 {
        for (i, above) in keys.iter().enumerate() {
            for below in &keys {
                let body = Body::new(&name("Maze"), &name("Maze"), below);
                between.push(body.serial(&[turn + 1, i as u8]).authority().signed(above));
            }
        }
    }
    assert_eq!(between.len(), 1_000);
    let key = forge::key();
    let anchor = root(&key);
    let leaf = Body::new(&name("Maze"), &name("Erika Muster"), &forge::key()).signed(&keys[0]);
    let found = judge(&leaf, &between, &[&anchor]);
    assert!(found.contains(&PathDefect::TooComplex), "{found:?}");
    // One way out of the maze that the office itself knows is found all the same.
    let way = Body::new(&name("Root"), &name("Maze"), &keys[0])
        .authority()
        .signed(&key);
    let mut trust = Trust::new();
    trust.add_anchor(anchor);
    trust.add_intermediate(way);
    let found = validate(
        &leaf,
        &between,
        &trust,
        now(),
        Purpose::MailSignature,
        Revocation::IfGiven,
    );
    assert!(found.is_ok(), "{found:?}");
}

#[test]
fn the_same_certificates_three_times_over_are_the_same_paths() {
    let key = forge::key();
    let anchor = root(&key);
    let (mut above, mut above_key) = (name("Root"), key);
    let mut between = Vec::new();
    for level in 0..8 {
        let (own, own_key) = (name(&format!("Level {level}")), forge::key());
        let authority = Body::new(&above, &own, &own_key).authority().signed(&above_key);
        between.extend([authority.clone(), authority.clone(), authority]);
        (above, above_key) = (own, own_key);
    }
    let mut leaf = Body::new(&above, &name("Erika Muster"), &forge::key());
    assert_eq!(judge(&leaf.signed(&above_key), &between, &[&anchor]), []);
    leaf.validity = ("2025-01-01", "2026-01-01");
    let found = judge(&leaf.signed(&above_key), &between, &[&anchor]);
    assert!(matches!(found[..], [PathDefect::Expired { .. }]), "{found:?}");
}

#[test]
fn of_a_thousand_lists_and_namesakes_only_so_many_are_tried() {
    let key = forge::key();
    let anchor = root(&key);
    let leaf = leaf(&forge::key()).signed(&key);
    let stranger = forge::key();
    // Each list could be signed by each of the namesakes, whose keys are not told apart by anything but a check.
    let namesakes: Vec<Certificate> = (0..10u8)
        .map(|n| {
            let body = Body::new(&name("Root"), &name("Root"), &forge::key());
            body.serial(&[2, n]).authority().signed(&stranger)
        })
        .collect();
    let judge = |lists: u16| {
        let mut trust = Trust::new();
        trust.add_anchor(anchor.clone());
        for i in 0..lists {
            let number = extension("2.5.29.20", false, &forge::integer(&[1, (i >> 8) as u8, i as u8]));
            let mut list = forge::List::new(&name("Root"), 1);
            list.extensions = vec![number];
            trust.add_crls(&list.signed(&stranger)).unwrap();
        }
        let at = time("2026-06-01T00:00:00Z");
        validate(
            &leaf,
            &namesakes,
            &trust,
            at,
            Purpose::MailSignature,
            Revocation::Required,
        )
        .unwrap_err()
    };
    let few = judge(3);
    assert!(
        matches!(few[..], [PathDefect::RevocationUnknown { .. }]),
        "{few:?}"
    );
    let many = judge(1_000);
    assert!(many.contains(&PathDefect::TooComplex), "{many:?}");
}
