//! Signatures with the SignerInfo that Windows and Apple write, put together by hand: taken as they are, and refused once anything
//! about them is not right.

use super::*;

const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const CAPABILITIES: &str = "1.2.840.113549.1.9.15";
/// id-aa-encrypKeyPref (RFC 8551 section 2.5.3) and the one that Outlook knows.
const ENCRYPTION_KEY: &str = "1.2.840.113549.1.9.16.2.11";
const MICROSOFT_ENCRYPTION_KEY: &str = "1.3.6.1.4.1.311.16.4";
/// The hashes of code, which Apple's library can sign along.
const APPLE_HASH_AGILITY: &str = "1.2.840.113635.100.9.1";

fn signing_time() -> Vec<u8> {
    attribute(SIGNING_TIME, &[&element(tlv::UTC_TIME, b"260601075900Z")])
}

/// AES-256 and AES-128 with CBC, Triple DES, RC2 with a key of 128 bits: as programs list what they open.
fn capabilities() -> Vec<u8> {
    let list = sequence(&[
        &sequence(&[&oid("2.16.840.1.101.3.4.1.42")]),
        &sequence(&[&oid("2.16.840.1.101.3.4.1.2")]),
        &sequence(&[&oid("1.2.840.113549.3.7")]),
        &sequence(&[&oid("1.2.840.113549.3.2"), &[tlv::INTEGER, 2, 0, 128]]),
    ]);
    attribute(CAPABILITIES, &[&list])
}

fn issuer_and_serial(of: &Person) -> Vec<u8> {
    sequence(&[
        of.certificate.issuer().der(),
        &element(tlv::INTEGER, of.certificate.serial().octets()),
    ])
}

/// The certificate to encrypt answers for, in both of its attributes.
fn encryption_key(of: &Person) -> [Vec<u8>; 2] {
    let pair = issuer_and_serial(of);
    let mut tagged = pair.clone();
    tagged[0] = 0xa0;
    [
        attribute(ENCRYPTION_KEY, &[&tagged]),
        attribute(MICROSOFT_ENCRYPTION_KEY, &[&pair]),
    ]
}

fn digest(hash: &str) -> Vec<u8> {
    let algorithm = if hash == SHA384 {
        &aws_lc_rs::digest::SHA384
    } else {
        &aws_lc_rs::digest::SHA256
    };
    let value = aws_lc_rs::digest::digest(algorithm, ENTITY);
    attribute(MESSAGE_DIGEST, &[&element(tlv::OCTET_STRING, value.as_ref())])
}

/// As Outlook signs by Windows' own library: the key's algorithm in the place of the signature's, NULL beside the hash.
fn windows<'a>(signer: &'a Person, hash: &'static str, key: &str, parameters: &[u8]) -> Forge<'a> {
    let mut attributes = vec![content_type(), signing_time(), digest(hash), capabilities()];
    attributes.extend(encryption_key(signer));
    Forge {
        attributes: Some(sorted(attributes)),
        digest_algorithm: hash,
        announced: hash,
        digests: Some(sequence(&[&oid(hash), &[5, 0]])),
        signature_algorithm: sequence(&[&oid(key), parameters]),
        ..Forge::good(signer)
    }
}

/// As Apple Mail signs: no capabilities, Microsoft's attribute alone, and perhaps the hash once more in an attribute of Apple's.
fn apple<'a>(signer: &'a Person, hash: &'static str, algorithm: Vec<u8>) -> Forge<'a> {
    let [_, microsoft] = encryption_key(signer);
    let agility = attribute(APPLE_HASH_AGILITY, &[&element(tlv::OCTET_STRING, b"<plist/>")]);
    Forge {
        attributes: Some(sorted(vec![
            content_type(),
            signing_time(),
            digest(hash),
            microsoft,
            agility,
        ])),
        digest_algorithm: hash,
        announced: hash,
        signature_algorithm: algorithm,
        ..Forge::good(signer)
    }
}

#[track_caller]
fn found(forge: Forge<'_>, expected: &[Code], what: &str) {
    assert_eq!(forge.codes(), expected, "{what}, detached");
    let inside = Forge {
        content: Some(ENTITY),
        ..forge
    };
    assert_eq!(inside.codes(), expected, "{what}, opaque");
}

#[test]
fn takes_signer_infos_as_windows_writes_them() {
    let cast = cast();
    for (what, forge) in [
        ("RSA", windows(&cast.rsa, SHA256, RSA_ENCRYPTION, &[5, 0])),
        ("P-256", windows(&cast.rio, SHA256, EC_PUBLIC_KEY, &[])),
        ("P-256, NULL", windows(&cast.rio, SHA256, EC_PUBLIC_KEY, &[5, 0])),
        (
            "P-256, named",
            windows(&cast.rio, SHA256, EC_PUBLIC_KEY, &oid(P256)),
        ),
        ("P-384", windows(&cast.larger, SHA384, EC_PUBLIC_KEY, &[])),
        (
            "P-384, named",
            windows(&cast.larger, SHA384, EC_PUBLIC_KEY, &oid(P384)),
        ),
    ] {
        found(forge, &[], what);
    }
}

#[test]
fn takes_signer_infos_as_apple_writes_them() {
    let cast = cast();
    for (what, forge) in [
        (
            "RSA",
            apple(&cast.rsa, SHA256, sequence(&[&oid(RSA_ENCRYPTION), &[5, 0]])),
        ),
        ("P-256", apple(&cast.rio, SHA256, sequence(&[&oid(ECDSA_SHA256)]))),
        (
            "P-256, NULL",
            apple(&cast.rio, SHA256, sequence(&[&oid(ECDSA_SHA256), &[5, 0]])),
        ),
        (
            "P-384",
            apple(&cast.larger, SHA384, sequence(&[&oid("1.2.840.10045.4.3.3")])),
        ),
    ] {
        found(forge, &[], what);
    }
}

/// The hash is then named in one place alone: all that does not fit it, the key or the signature stays refused.
#[test]
fn refuses_the_keys_algorithm_where_hash_curve_or_key_do_not_fit() {
    let cast = cast();
    for (what, forge, expected) in [
        (
            "another curve",
            windows(&cast.rio, SHA256, EC_PUBLIC_KEY, &oid(P384)),
            Code::AlgorithmMismatch,
        ),
        (
            "another curve",
            windows(&cast.larger, SHA384, EC_PUBLIC_KEY, &oid(P256)),
            Code::AlgorithmMismatch,
        ),
        (
            "an RSA key",
            windows(&cast.rsa, SHA256, EC_PUBLIC_KEY, &[]),
            Code::AlgorithmMismatch,
        ),
        (
            "RSA named for a curve",
            windows(&cast.rio, SHA256, RSA_ENCRYPTION, &[5, 0]),
            Code::AlgorithmMismatch,
        ),
        (
            "another hash than was signed with",
            windows(&cast.rio, SHA384, EC_PUBLIC_KEY, &[]),
            Code::SignatureWrong,
        ),
        (
            "another hash than was signed with",
            windows(&cast.larger, SHA256, EC_PUBLIC_KEY, &[]),
            Code::SignatureWrong,
        ),
    ] {
        found(forge, &[expected], what);
    }
    let forged = |signature| Forge {
        signature: Some(signature),
        ..windows(&cast.rio, SHA256, EC_PUBLIC_KEY, &[])
    };
    let zero = [tlv::INTEGER, 1, 0];
    found(
        forged(sequence(&[&zero, &zero])),
        &[Code::SignatureWrong],
        "r = s = 0",
    );
    found(forged(vec![1; 64]), &[Code::SignatureWrong], "the numbers bare");
    let unannounced = Forge {
        digests: Some(sequence(&[&oid(SHA384), &[5, 0]])),
        ..windows(&cast.rio, SHA256, EC_PUBLIC_KEY, &[])
    };
    found(unannounced, &[Code::AlgorithmMismatch], "a hash not announced");
    let weak = Forge {
        digest_algorithm: "1.3.14.3.2.26",
        announced: "1.3.14.3.2.26",
        digests: None,
        ..windows(&cast.rio, SHA256, EC_PUBLIC_KEY, &[])
    };
    found(weak, &[Code::AlgorithmWeak], "SHA-1");
}
