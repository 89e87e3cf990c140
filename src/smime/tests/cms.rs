//! Strict CMS: every part of the structure that could be forged, forged (RFC 5652, RFC 5035, RFC 6211).

use super::*;

#[test]
fn accepts_what_the_forger_makes_when_he_forges_nothing() {
    assert_eq!(Forge::good(&cast().rio).codes(), []);
    assert_eq!(
        Forge {
            content: Some(ENTITY),
            ..Forge::good(&cast().rio)
        }
        .codes(),
        []
    );
    let rsa = Forge {
        signature_algorithm: sequence(&[&oid("1.2.840.113549.1.1.1"), &[5, 0]]),
        ..Forge::good(&cast().rsa)
    };
    assert_eq!(rsa.codes(), []);
}

#[test]
fn refuses_signed_attributes_that_are_out_of_order_or_not_der() {
    let rio = &cast().rio;
    let mut ordered = [content_type(), message_digest(ENTITY)];
    ordered.sort();
    ordered.reverse();
    let forged = Forge {
        attributes: Some(ordered.concat()),
        ..Forge::good(rio)
    };
    assert_eq!(forged.codes(), [Code::SignedAttributesNotDer]);
    // A length in more octets than needed, and the signature over the bytes as they are.
    let digest = message_digest(ENTITY);
    let long = [&[tlv::SEQUENCE, 0x81][..], &digest[1..]].concat();
    let forged = Forge::with_attributes(rio, vec![content_type(), long]);
    assert_eq!(forged.codes(), [Code::SignedAttributesNotDer]);
}

#[test]
fn refuses_signed_attributes_that_are_missing_doubled_or_wrong() {
    let rio = &cast().rio;
    let digest = || message_digest(ENTITY);
    let value = element(tlv::OCTET_STRING, &sha256(ENTITY).0);
    let other = element(tlv::OCTET_STRING, &sha256(b"another content").0);
    for (what, attributes, expected) in [
        ("no content type", vec![digest()], Code::SignedAttributeWrong),
        ("no digest", vec![content_type()], Code::SignedAttributeWrong),
        ("no attribute at all", vec![], Code::SignedAttributeWrong),
        (
            "two digests",
            vec![content_type(), digest(), message_digest(b"another content")],
            Code::SignedAttributeWrong,
        ),
        (
            "two values",
            vec![content_type(), attribute(MESSAGE_DIGEST, &[&value, &other])],
            Code::SignedAttributeWrong,
        ),
        (
            "no value",
            vec![content_type(), attribute(MESSAGE_DIGEST, &[])],
            Code::SignedAttributeWrong,
        ),
        (
            "another digest",
            vec![content_type(), message_digest(b"another content")],
            Code::ContentAltered,
        ),
        (
            "an empty digest",
            vec![content_type(), attribute(MESSAGE_DIGEST, &[&[4, 0]])],
            Code::ContentAltered,
        ),
        (
            "another content type",
            vec![attribute(CONTENT_TYPE, &[&oid(ID_SIGNED_DATA)]), digest()],
            Code::SignedAttributeWrong,
        ),
        (
            "a time that is none",
            vec![
                content_type(),
                digest(),
                attribute(SIGNING_TIME, &[&element(tlv::UTC_TIME, b"yesterday")]),
            ],
            Code::SignedAttributeWrong,
        ),
    ] {
        let found = Forge::with_attributes(rio, attributes).codes();
        assert!(found.contains(&expected), "{what}: {found:?}");
    }
}

#[test]
fn checks_the_signing_certificate_attribute() {
    let cast = cast();
    let named = |certificate: &Certificate| {
        let hash = element(tlv::OCTET_STRING, &sha256(certificate.der()).0);
        let list = sequence(&[&sequence(&[&sequence(&[&hash])])]);
        vec![
            content_type(),
            message_digest(ENTITY),
            attribute(SIGNING_CERTIFICATE_V2, &[&list]),
        ]
    };
    assert_eq!(
        Forge::with_attributes(&cast.rio, named(&cast.rio.certificate)).codes(),
        []
    );
    assert_eq!(
        Forge::with_attributes(&cast.rio, named(&cast.other.certificate)).codes(),
        [Code::SigningCertificateMismatch]
    );
}

#[test]
fn refuses_signatures_that_are_not_the_signers() {
    let cast = cast();
    let zero = sequence(&[&[tlv::INTEGER, 1, 0], &[tlv::INTEGER, 1, 0]]);
    let set = element(tlv::SET, &sorted(vec![content_type(), message_digest(ENTITY)]));
    for (what, signature) in [
        ("r and s zero", zero),
        ("nothing", Vec::new()),
        ("somebody else's", cast.other.key.sign(&set).unwrap()),
        (
            "over the content instead of the attributes",
            cast.rio.key.sign(ENTITY).unwrap(),
        ),
    ] {
        let forged = Forge {
            signature: Some(signature),
            ..Forge::good(&cast.rio)
        };
        assert_eq!(forged.codes(), [Code::SignatureWrong], "{what}");
    }
    let forged = Forge {
        signature: Some(vec![0; 256]),
        signature_algorithm: sequence(&[&oid("1.2.840.113549.1.1.11"), &[5, 0]]),
        ..Forge::good(&cast.rsa)
    };
    assert_eq!(forged.codes(), [Code::SignatureWrong], "an RSA signature of zero");
}

#[test]
fn refuses_bytes_after_the_end_and_content_in_two_places() {
    let rio = &cast().rio;
    assert_eq!(
        Forge {
            after: b"\0",
            ..Forge::good(rio)
        }
        .codes(),
        [Code::TrailingData]
    );
    let both = Forge {
        content: Some(ENTITY),
        ..Forge::good(rio)
    }
    .der();
    assert_eq!(codes(&detached(ENTITY, &both)), [Code::ContentTwice]);
    assert_eq!(codes(&opaque(&Forge::good(rio).der())), [Code::ContentMissing]);
}

#[test]
fn refuses_no_signer_and_two() {
    let rio = &cast().rio;
    assert_eq!(
        Forge {
            signers: 0,
            ..Forge::good(rio)
        }
        .codes(),
        [Code::NoSigner]
    );
    assert_eq!(
        Forge {
            signers: 0,
            content: Some(ENTITY),
            ..Forge::good(rio)
        }
        .codes(),
        [Code::NoSigner]
    );
    assert_eq!(
        Forge {
            signers: 2,
            ..Forge::good(rio)
        }
        .codes(),
        [Code::SeveralSigners]
    );
}

/// draft-ietf-lamps-cms-euf-cma-signeddata: the signed attributes of a good mail sent as the content of one without attributes,
/// with the same signature.
#[test]
fn refuses_attributes_sent_as_content_even_where_attributes_may_be_missing() {
    let rio = &cast().rio;
    let attributes = element(tlv::SET, &sorted(vec![content_type(), message_digest(ENTITY)]));
    let forged = Forge {
        attributes: None,
        content: Some(&attributes),
        ..Forge::good(rio)
    }
    .mail();
    let lax = Policy {
        allow_missing_signed_attributes: true,
        ..Policy::default()
    };
    assert_eq!(codes(&forged), [Code::SignedAttributesMissing]);
    assert_eq!(codes_by(&forged, &lax), [Code::SignedAttributeWrong]);
    let honest = Forge {
        attributes: None,
        content: Some(ENTITY),
        ..Forge::good(rio)
    }
    .mail();
    assert_eq!(codes_by(&honest, &lax), []);
}

const COUNTERSIGNATURE: &str = "1.2.840.113549.1.9.6";
const TIME_STAMP: &str = "1.2.840.113549.1.9.16.2.14";
const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
const ALGORITHM_PROTECTION: &str = "1.2.840.113549.1.9.52";

#[test]
fn passes_over_unsigned_attributes_and_refuses_those_that_must_be_signed() {
    let rio = &cast().rio;
    let by = |unsigned: Vec<u8>| {
        Forge {
            unsigned: Some(unsigned),
            ..Forge::good(rio)
        }
        .codes()
    };
    let signer = element(tlv::SEQUENCE, &[5, 0]);
    assert_eq!(by(attribute(COUNTERSIGNATURE, &[&signer])), []);
    assert_eq!(by(attribute(TIME_STAMP, &[&signer])), []);
    assert_eq!(by(vec![]), []);
    let time = element(tlv::UTC_TIME, b"260601080000Z");
    for misplaced in [
        message_digest(b"another content"),
        content_type(),
        attribute(SIGNING_TIME, &[&time]),
        attribute(SIGNING_CERTIFICATE_V2, &[&signer]),
        attribute(ALGORITHM_PROTECTION, &[&signer]),
    ] {
        assert_eq!(by(misplaced), [Code::SignedAttributeWrong]);
    }
    assert_eq!(by(vec![5, 0]), [Code::MalformedCms]);
    assert_eq!(by(sequence(&[&oid(TIME_STAMP)]).repeat(1)), [Code::MalformedCms]);
    assert_eq!(by(attribute(TIME_STAMP, &[]).repeat(65)), [Code::TooLarge]);
}

#[test]
fn refuses_attributes_that_are_doubled_misplaced_or_without_number() {
    let rio = &cast().rio;
    let by = |more: Vec<Vec<u8>>| {
        let mut all = vec![content_type(), message_digest(ENTITY)];
        all.extend(more);
        Forge::with_attributes(rio, all).codes()
    };
    let odd = |n: u8| attribute("1.2.3.4", &[&[tlv::INTEGER, 1, n]]);
    assert_eq!(by(vec![odd(1)]), []);
    assert_eq!(by(vec![odd(1), odd(2)]), [Code::SignedAttributeWrong]);
    assert_eq!(
        by(vec![content_type()]),
        [Code::SignedAttributesNotDer, Code::SignedAttributeWrong]
    );
    assert_eq!(
        by(vec![attribute(COUNTERSIGNATURE, &[&[0x30, 0]])]),
        [Code::SignedAttributeWrong]
    );
    let many = (0..70u8)
        .map(|n| sequence(&[&element(tlv::OID, &[0x2a, 3, n]), &set(&[&[5, 0]])]))
        .collect();
    assert_eq!(by(many), [Code::TooLarge]);
    let huge = vec![attribute("1.2.3.4", &[&element(tlv::OCTET_STRING, &[0; 70_000])])];
    assert_eq!(by(huge), [Code::TooLarge]);
    assert_eq!(
        by(vec![vec![tlv::INTEGER, 1, 1]]),
        [Code::MalformedCms],
        "an attribute that is none"
    );
}

#[test]
fn refuses_hashes_that_are_not_announced() {
    let rio = &cast().rio;
    let algorithm = |name: &str| sequence(&[&oid(name)]);
    let by = |digests: Vec<u8>| {
        Forge {
            digests: Some(digests),
            ..Forge::good(rio)
        }
        .codes()
    };
    assert_eq!(by(vec![]), [Code::AlgorithmMismatch]);
    assert_eq!(by(algorithm("1.3.14.3.2.26")), [Code::AlgorithmMismatch]);
    assert_eq!(by([algorithm("1.3.14.3.2.26"), algorithm(SHA256)].concat()), []);
    assert_eq!(by(sequence(&[&oid(SHA256), &[5, 0]])), []);
    assert_eq!(by(algorithm(SHA256).repeat(17)), [Code::TooLarge]);
    assert_eq!(by(vec![5, 0]), [Code::MalformedCms]);
}

#[test]
fn takes_the_versions_that_programs_write_and_no_others() {
    let rio = &cast().rio;
    for (versions, expected) in [
        ((1, 1), vec![]),
        ((3, 3), vec![]),
        ((4, 1), vec![]),
        ((5, 1), vec![]),
        ((0, 0), vec![]),
        ((6, 1), vec![Code::MalformedCms]),
        ((1, 6), vec![Code::MalformedCms]),
        ((0xff, 1), vec![Code::MalformedCms]),
    ] {
        let forged = Forge {
            versions,
            ..Forge::good(rio)
        };
        assert_eq!(forged.codes(), expected, "{versions:?}");
    }
}

#[test]
fn checks_every_attribute_that_names_the_certificate() {
    let cast = cast();
    let sha1 = |certificate: &Certificate| {
        let digest =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
        element(tlv::OCTET_STRING, digest.as_ref())
    };
    let sha256 = |certificate: &Certificate| element(tlv::OCTET_STRING, &sha256(certificate.der()).0);
    let issuer_serial = |certificate: &Certificate, serial: &[u8]| {
        let name = element(0xa4, certificate.issuer().der());
        sequence(&[&sequence(&[&name]), &element(tlv::INTEGER, serial)])
    };
    let named = |kind: &str, id: &[u8]| attribute(kind, &[&sequence(&[&sequence(&[id])])]);
    let (rio, other) = (&cast.rio.certificate, &cast.other.certificate);
    let v1 = |hash: &[u8]| named(SIGNING_CERTIFICATE, &sequence(&[hash]));
    let v2 = |hash: &[u8]| named(SIGNING_CERTIFICATE_V2, &sequence(&[hash]));
    let serial = rio.serial().octets();
    for (what, more, expected) in [
        ("version 1", vec![v1(&sha1(rio))], vec![]),
        ("version 2", vec![v2(&sha256(rio))], vec![]),
        ("both", vec![v1(&sha1(rio)), v2(&sha256(rio))], vec![]),
        (
            "version 1 of another",
            vec![v1(&sha1(other))],
            vec![Code::SigningCertificateMismatch],
        ),
        (
            "version 1 of another beside a right one",
            vec![v1(&sha1(other)), v2(&sha256(rio))],
            vec![Code::SigningCertificateMismatch],
        ),
        (
            "version 2 of another beside a right one",
            vec![v1(&sha1(rio)), v2(&sha256(other))],
            vec![Code::SigningCertificateMismatch],
        ),
        (
            "with issuer and number",
            vec![named(
                SIGNING_CERTIFICATE_V2,
                &sequence(&[&sha256(rio), &issuer_serial(rio, serial)]),
            )],
            vec![],
        ),
        (
            "with another number",
            vec![named(
                SIGNING_CERTIFICATE_V2,
                &sequence(&[&sha256(rio), &issuer_serial(rio, &[1])]),
            )],
            vec![Code::SigningCertificateMismatch],
        ),
        (
            "with SHA-1 in version 2",
            vec![named(
                SIGNING_CERTIFICATE_V2,
                &sequence(&[&sequence(&[&oid("1.3.14.3.2.26")]), &sha1(rio)]),
            )],
            vec![Code::SigningCertificateMismatch],
        ),
        (
            "naming none",
            vec![attribute(SIGNING_CERTIFICATE_V2, &[&sequence(&[&sequence(&[])])])],
            vec![Code::SignedAttributeWrong],
        ),
        (
            "with something after",
            vec![named(
                SIGNING_CERTIFICATE_V2,
                &sequence(&[&sha256(rio), &issuer_serial(rio, serial), &[5, 0]]),
            )],
            vec![Code::SignedAttributeWrong],
        ),
    ] {
        let mut all = vec![content_type(), message_digest(ENTITY)];
        all.extend(more);
        assert_eq!(Forge::with_attributes(&cast.rio, all).codes(), expected, "{what}");
    }
}

/// RFC 6211: algorithms that were signed along.
#[test]
fn checks_the_algorithms_that_were_signed_along() {
    let rio = &cast().rio;
    let by = |digest: &str, signature: &str| {
        let signature = oid(signature);
        let value = sequence(&[&sequence(&[&oid(digest)]), &element(0xa1, &signature)]);
        let protection = attribute(ALGORITHM_PROTECTION, &[&value]);
        Forge::with_attributes(rio, vec![content_type(), message_digest(ENTITY), protection]).codes()
    };
    assert_eq!(by(SHA256, ECDSA_SHA256), []);
    let sha512 = "2.16.840.1.101.3.4.2.3";
    assert_eq!(by(sha512, ECDSA_SHA256), [Code::AlgorithmMismatch]);
    assert_eq!(by(SHA256, "1.2.840.10045.4.3.4"), [Code::AlgorithmMismatch]);
}

#[test]
fn refuses_content_of_another_type_whatever_the_attribute_says() {
    let rio = &cast().rio;
    let time_stamp = "1.2.840.113549.1.9.16.1.4";
    let agreeing = Forge {
        content: Some(ENTITY),
        content_kind: time_stamp,
        ..Forge::with_attributes(
            rio,
            vec![
                attribute(CONTENT_TYPE, &[&oid(time_stamp)]),
                message_digest(ENTITY),
            ],
        )
    };
    assert_eq!(agreeing.codes(), [Code::SignedAttributeWrong]);
    let disagreeing = Forge {
        content: Some(ENTITY),
        content_kind: ID_SIGNED_DATA,
        ..Forge::good(rio)
    };
    // It is no mail, and not what the attribute says either.
    assert_eq!(
        disagreeing.codes(),
        [Code::SignedAttributeWrong, Code::SignedAttributeWrong]
    );
}

/// CVE-2015-1789, CVE-2015-1790, CVE-2023-0215 and their kin: types where others belong, and nothing where something does.
#[test]
fn openssl_cves_of_odd_structures_are_plain_refusals() {
    let good = Forge {
        content: Some(ENTITY),
        ..Forge::good(&cast().rio)
    }
    .der();
    let data = sequence(&[
        &[tlv::INTEGER, 1, 1],
        &set(&[]),
        &sequence(&[&oid(ID_DATA)]),
        &set(&[]),
    ]);
    let info = |kind: &str, content: &[u8]| sequence(&[&oid(kind), &element(0xa0, content)]);
    for (what, der) in [
        ("nothing", vec![]),
        ("NULL", vec![5, 0]),
        ("an empty sequence", vec![0x30, 0]),
        ("a type without content", sequence(&[&oid(ID_SIGNED_DATA)])),
        ("an empty wrapper", sequence(&[&oid(ID_SIGNED_DATA), &[0xa0, 0]])),
        ("NULL as signed data", info(ID_SIGNED_DATA, &[5, 0])),
        (
            "an octet string as signed data",
            info(ID_SIGNED_DATA, &element(4, &data)),
        ),
        (
            "two contents",
            sequence(&[&oid(ID_SIGNED_DATA), &element(0xa0, &[&data[..], &data].concat())]),
        ),
        (
            "NULL as the signer",
            info(
                ID_SIGNED_DATA,
                &sequence(&[
                    &[tlv::INTEGER, 1, 1],
                    &set(&[]),
                    &sequence(&[&oid(ID_DATA), &element(0xa0, &element(4, ENTITY))]),
                    &set(&[&[5, 0]]),
                ]),
            ),
        ),
        (
            "NULL as the content",
            info(
                ID_SIGNED_DATA,
                &sequence(&[
                    &[tlv::INTEGER, 1, 1],
                    &set(&[]),
                    &sequence(&[&oid(ID_DATA), &element(0xa0, &[5, 0])]),
                    &set(&[]),
                ]),
            ),
        ),
        (
            "an empty content wrapper",
            info(
                ID_SIGNED_DATA,
                &sequence(&[
                    &[tlv::INTEGER, 1, 1],
                    &set(&[]),
                    &sequence(&[&oid(ID_DATA), &[0xa0, 0]]),
                    &set(&[]),
                ]),
            ),
        ),
        (
            "enveloped data without anything",
            info("1.2.840.113549.1.7.3", &[0x30, 0]),
        ),
        (
            "an empty object identifier",
            sequence(&[&[tlv::OID, 0], &element(0xa0, &data)]),
        ),
        ("cut off", good[..good.len() / 2].to_vec()),
        (
            "a length beyond all memory",
            [&[0x30, 0x88][..], &[0x7f; 8], &good[4..]].concat(),
        ),
    ] {
        let found = codes(&opaque(&der));
        assert!(!found.is_empty(), "{what}");
        assert!(!codes(&detached(ENTITY, &der)).is_empty(), "{what}, detached");
    }
}
