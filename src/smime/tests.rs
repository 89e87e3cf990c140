//! Forged mails, made by hand from the structures up: none may pass, and each is named for what it is.

use super::*;
use crate::pki::profile::{self, Authority, Order, Profile, Subject};
use crate::pki::signature::sha256;
use crate::pki::tlv::{self, element};
use crate::pki::{Certificate, KeyAlgorithm, Revocation, Serial, SigningKey, SoftKey, Trust};
use jiff::Timestamp;
use proptest::prelude::*;
use std::sync::OnceLock;

const RIO: &str = "rio@office.example";
const ENTITY: &[u8] = b"Content-Type: text/plain\r\n\r\nThe request of Erika Muster.\r\n";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    time("2026-06-01T08:00:00Z")
}

fn key(algorithm: KeyAlgorithm) -> SoftKey {
    SoftKey::generate(algorithm).unwrap()
}

struct Ca {
    key: SoftKey,
    certificate: Certificate,
}

struct Person {
    key: SoftKey,
    certificate: Certificate,
}

fn order(profile: Profile, name: &str, serial: u8) -> Order<'static> {
    Order {
        profile,
        subject: Subject {
            common_name: name.into(),
            country: Some("CH".into()),
            ..Subject::default()
        },
        serial: Serial::from_random([serial; 20]),
        not_before: time("2026-01-01T00:00:00Z"),
        not_after: time("2027-01-01T00:00:00Z"),
        crl_url: None,
        policy: None,
    }
}

fn ca(name: &str) -> Ca {
    let key = key(KeyAlgorithm::P256);
    let certificate =
        profile::self_sign(&order(Profile::RootCa { path_length: None }, name, 1), &key).unwrap();
    Ca { key, certificate }
}

fn officer(ca: &Ca, name: &str, serial: u8, algorithm: KeyAlgorithm) -> Person {
    let key = key(algorithm);
    let order = order(Profile::Officer { email: RIO.into() }, name, serial);
    let authority = Authority {
        certificate: &ca.certificate,
        key: &ca.key,
    };
    let certificate = profile::issue(&order, key.spki_der(), authority).unwrap();
    Person { key, certificate }
}

struct Cast {
    trust: Trust,
    rio: Person,
    rsa: Person,
    edwards: Person,
    other: Person,
    stranger: Person,
}

/// The office's people, and a stranger whose CA bears the office's name and whose certificate bears the RIO's number.
fn cast() -> &'static Cast {
    static CAST: OnceLock<Cast> = OnceLock::new();
    CAST.get_or_init(|| {
        let (ours, theirs) = (ca("Specimen CA"), ca("Specimen CA"));
        let mut trust = Trust::new();
        trust.add_anchor(ours.certificate.clone());
        Cast {
            trust,
            rio: officer(&ours, "Erika Muster", 7, KeyAlgorithm::P256),
            rsa: officer(&ours, "Erika Muster", 8, KeyAlgorithm::Rsa2048),
            edwards: officer(&ours, "Erika Muster", 9, KeyAlgorithm::Ed25519),
            other: officer(&ours, "Max Muster", 10, KeyAlgorithm::P256),
            stranger: officer(&theirs, "Erika Muster", 7, KeyAlgorithm::P256),
        }
    })
}

fn question<'a>(policy: &'a Policy) -> Question<'a> {
    Question {
        trust: &cast().trust,
        at: now(),
        revocation: Revocation::IfGiven,
        policy,
        keys: &[],
    }
}

fn codes_by(raw: &[u8], policy: &Policy) -> Vec<Code> {
    verify(raw, &question(policy))
        .reasons()
        .iter()
        .map(|r| r.code)
        .collect()
}

fn codes(raw: &[u8]) -> Vec<Code> {
    codes_by(raw, &Policy::default())
}

fn oid(text: &str) -> Vec<u8> {
    element(tlv::OID, der::asn1::ObjectIdentifier::new_unwrap(text).as_bytes())
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(tlv::SEQUENCE, &parts.concat())
}

fn set(parts: &[&[u8]]) -> Vec<u8> {
    element(tlv::SET, &parts.concat())
}

const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
const ID_DATA: &str = "1.2.840.113549.1.7.1";
const ID_SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

fn attribute(kind: &str, values: &[&[u8]]) -> Vec<u8> {
    sequence(&[&oid(kind), &set(values)])
}

fn content_type() -> Vec<u8> {
    attribute(CONTENT_TYPE, &[&oid(ID_DATA)])
}

fn message_digest(content: &[u8]) -> Vec<u8> {
    attribute(MESSAGE_DIGEST, &[&element(tlv::OCTET_STRING, &sha256(content).0)])
}

fn sorted(mut attributes: Vec<Vec<u8>>) -> Vec<u8> {
    attributes.sort();
    attributes.concat()
}

/// A SignedData by hand; every field is a way to forge.
struct Forge<'a> {
    attributes: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
    signer: &'a Person,
    certificates: Vec<Certificate>,
    digest_algorithm: &'static str,
    announced: &'static str,
    signature_algorithm: Vec<u8>,
    id: Option<Vec<u8>>,
    content: Option<&'a [u8]>,
    content_kind: &'static str,
    signers: usize,
    after: &'static [u8],
}

impl<'a> Forge<'a> {
    fn good(signer: &'a Person) -> Self {
        Self {
            attributes: Some(sorted(vec![content_type(), message_digest(ENTITY)])),
            signature: None,
            signer,
            certificates: vec![signer.certificate.clone()],
            digest_algorithm: SHA256,
            announced: SHA256,
            signature_algorithm: sequence(&[&oid(ECDSA_SHA256)]),
            id: None,
            content: None,
            content_kind: ID_DATA,
            signers: 1,
            after: b"",
        }
    }

    fn with_attributes(signer: &'a Person, attributes: Vec<Vec<u8>>) -> Self {
        Self {
            attributes: Some(sorted(attributes)),
            ..Self::good(signer)
        }
    }

    fn der(&self) -> Vec<u8> {
        let certificate = &self.signer.certificate;
        let signature = self.signature.clone().unwrap_or_else(|| match &self.attributes {
            Some(attributes) => self.signer.key.sign(&element(tlv::SET, attributes)).unwrap(),
            None => self.signer.key.sign(self.content.unwrap_or(ENTITY)).unwrap(),
        });
        let id = self.id.clone().unwrap_or_else(|| {
            sequence(&[
                certificate.issuer().der(),
                &element(tlv::INTEGER, certificate.serial().octets()),
            ])
        });
        let digest = sequence(&[&oid(self.digest_algorithm)]);
        let attributes = self
            .attributes
            .as_ref()
            .map(|a| element(0xa0, a))
            .unwrap_or_default();
        let info = sequence(&[
            &[tlv::INTEGER, 1, 1],
            &id,
            &digest,
            &attributes,
            &self.signature_algorithm,
            &element(tlv::OCTET_STRING, &signature),
        ]);
        let enclosed = self
            .content
            .map(|c| element(0xa0, &element(tlv::OCTET_STRING, c)))
            .unwrap_or_default();
        let certificates: Vec<u8> = self.certificates.iter().flat_map(|c| c.der().to_vec()).collect();
        let data = sequence(&[
            &[tlv::INTEGER, 1, 1],
            &set(&[&sequence(&[&oid(self.announced)])]),
            &sequence(&[&oid(self.content_kind), &enclosed]),
            &element(0xa0, &certificates),
            &set(&vec![info.as_slice(); self.signers]),
        ]);
        let mut der = sequence(&[&oid(ID_SIGNED_DATA), &element(0xa0, &data)]);
        der.extend_from_slice(self.after);
        der
    }

    fn mail(&self) -> Vec<u8> {
        if self.content.is_some() {
            opaque(&self.der())
        } else {
            detached(ENTITY, &self.der())
        }
    }

    fn codes(&self) -> Vec<Code> {
        codes(&self.mail())
    }
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    sign::base64_lines(bytes, &mut out);
    out
}

fn opaque(der: &[u8]) -> Vec<u8> {
    let header = format!(
        "From: {RIO}\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    [header.as_bytes(), &base64(der)].concat()
}

fn detached(entity: &[u8], der: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: {RIO}\r\nContent-Type: multipart/signed; boundary=b; protocol=\"application/pkcs7-signature\"\r\n\r\n--b\r\n"
    );
    let middle =
        b"\r\n--b\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    [head.as_bytes(), entity, middle, &base64(der), b"\r\n--b--\r\n"].concat()
}

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
fn refuses_algorithms_that_do_not_fit() {
    let cast = cast();
    let algorithm = |name: &str, parameters: &[u8]| sequence(&[&oid(name), parameters]);
    for (what, signer, algorithm, expected) in [
        (
            "ECDSA with another hash",
            &cast.rio,
            algorithm("1.2.840.10045.4.3.4", b""),
            Code::AlgorithmMismatch,
        ),
        (
            "RSA named for a curve's key",
            &cast.rio,
            algorithm("1.2.840.113549.1.1.11", &[5, 0]),
            Code::AlgorithmMismatch,
        ),
        (
            "ECDSA named for an RSA key",
            &cast.rsa,
            algorithm(ECDSA_SHA256, b""),
            Code::AlgorithmMismatch,
        ),
        (
            "parameters that ECDSA has not",
            &cast.rio,
            algorithm(ECDSA_SHA256, &[4, 1, 0]),
            Code::AlgorithmMismatch,
        ),
        (
            "SHA-1",
            &cast.rio,
            algorithm("1.2.840.10045.4.1", b""),
            Code::AlgorithmWeak,
        ),
        (
            "an algorithm of nobody",
            &cast.rio,
            algorithm("1.2.3.4", b""),
            Code::AlgorithmUnknown,
        ),
    ] {
        let found = Forge {
            signature_algorithm: algorithm,
            ..Forge::good(signer)
        }
        .codes();
        assert_eq!(found, [expected], "{what}");
    }
    let found = Forge {
        announced: "2.16.840.1.101.3.4.2.3",
        ..Forge::good(&cast.rio)
    }
    .codes();
    assert_eq!(found, [Code::AlgorithmMismatch], "a hash that was not announced");
    let found = Forge {
        digest_algorithm: "1.3.14.3.2.26",
        announced: "1.3.14.3.2.26",
        ..Forge::good(&cast.rio)
    }
    .codes();
    assert_eq!(found, [Code::AlgorithmWeak], "SHA-1 as the hash");
}

#[test]
fn takes_ed25519_only_where_the_policy_says_so() {
    let person = &cast().edwards;
    let content = |extra| Forge {
        attributes: Some(sorted(vec![
            content_type(),
            attribute(
                MESSAGE_DIGEST,
                &[&element(
                    tlv::OCTET_STRING,
                    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, ENTITY).as_ref(),
                )],
            ),
        ])),
        digest_algorithm: "2.16.840.1.101.3.4.2.3",
        announced: "2.16.840.1.101.3.4.2.3",
        signature_algorithm: sequence(&[&oid("1.3.101.112")]),
        after: extra,
        ..Forge::good(person)
    };
    let mail = content(b"").mail();
    assert_eq!(codes(&mail), [Code::AlgorithmUnknown]);
    assert_eq!(
        codes_by(
            &mail,
            &Policy {
                allow_ed25519: true,
                ..Policy::default()
            }
        ),
        []
    );
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

#[test]
fn refuses_a_stranger_under_the_name_and_number_of_an_officer() {
    let cast = cast();
    assert_eq!(cast.rio.certificate.serial(), cast.stranger.certificate.serial());
    let mut forged = Forge::good(&cast.stranger);
    assert_eq!(forged.codes(), [Code::CertificateSignatureWrong]);
    // With the officer's true certificate beside it, in either place.
    for at in [0, 1] {
        forged.certificates = vec![cast.stranger.certificate.clone()];
        forged.certificates.insert(at, cast.rio.certificate.clone());
        assert_eq!(forged.codes(), [Code::CertificateSignatureWrong], "{at}");
    }
    forged.certificates = vec![cast.rio.certificate.clone()];
    assert_eq!(forged.codes(), [Code::SignatureWrong]);
}

#[test]
fn takes_a_signer_by_key_identifier_and_no_other_key_under_it() {
    let cast = cast();
    let by_key = |person: &Person| {
        element(
            0x80,
            person.certificate.extensions().subject_key_id.as_deref().unwrap(),
        )
    };
    assert_eq!(
        Forge {
            id: Some(by_key(&cast.rio)),
            ..Forge::good(&cast.rio)
        }
        .codes(),
        []
    );
    let forged = Forge {
        id: Some(by_key(&cast.rio)),
        certificates: vec![cast.rio.certificate.clone(), cast.other.certificate.clone()],
        ..Forge::good(&cast.other)
    };
    assert_eq!(forged.codes(), [Code::SignatureWrong]);
}

#[test]
fn refuses_another_persons_signature_that_does_not_fit_the_from() {
    let cast = cast();
    let mail = Forge::good(&cast.rio).mail();
    let forged = String::from_utf8(mail)
        .unwrap()
        .replacen(RIO, "boss@office.example", 1);
    assert_eq!(codes(forged.as_bytes()), [Code::FromMismatch]);
}

#[test]
fn gives_up_on_bombs_at_once() {
    let start = std::time::Instant::now();
    let nested = [0x30, 0x80].repeat(500_000);
    assert!(!codes(&opaque(&nested)).is_empty());
    let wide = element(tlv::SEQUENCE, &[0x05, 0x00].repeat(2_000_000));
    assert!(!codes(&opaque(&wide)).is_empty());
    let mut mail = format!("From: {RIO}\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n").into_bytes();
    for i in 0..10_000 {
        mail.extend(
            format!(
                "--b{i}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n",
                i + 1
            )
            .bytes(),
        );
    }
    assert!(!codes(&mail).is_empty());
    let headers = [b"From: x\r\n".to_vec(), b"X: y\r\n".repeat(1_000_000)].concat();
    assert!(codes(&headers).contains(&Code::TooLarge));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn refuses_mail_larger_than_the_limit() {
    let policy = Policy {
        max_mail_bytes: 100,
        ..Policy::default()
    };
    assert_eq!(
        codes_by(&Forge::good(&cast().rio).mail(), &policy),
        [Code::TooLarge]
    );
}

#[test]
fn data_that_was_signed_comes_out_and_altered_data_does_not() {
    let rio = &cast().rio;
    let with = SignWith {
        chain: std::slice::from_ref(&rio.certificate),
        key: &rio.key,
        at: now(),
    };
    let der = sign_data(b"{\"verdict\":\"approve\"}", with).unwrap();
    let policy = Policy::default();
    let data = verify_data(&der, &question(&policy)).unwrap();
    assert_eq!(data.content(), b"{\"verdict\":\"approve\"}");
    assert_eq!(
        (data.signer(), data.signing_time()),
        (&rio.certificate, Some(now()))
    );
    let at = der.windows(7).position(|w| w == b"approve").unwrap();
    let mut altered = der.clone();
    altered[at] = b'A';
    assert_eq!(
        verify_data(&altered, &question(&policy)).unwrap_err()[0].code,
        Code::ContentAltered
    );
    assert!(verify_data(&der[..der.len() - 1], &question(&policy)).is_err());
}

#[test]
fn signs_with_no_key_but_that_of_the_certificate() {
    let cast = cast();
    let with = SignWith {
        chain: std::slice::from_ref(&cast.rio.certificate),
        key: &cast.other.key,
        at: now(),
    };
    assert!(matches!(sign_data(b"x", with), Err(SignMailError::OtherKey)));
    let with = SignWith {
        chain: std::slice::from_ref(&cast.rio.certificate),
        key: &cast.rio.key,
        at: now(),
    };
    let bad = sign_mail(&[("Subject", "a\r\nBcc: evil@x.example")], ENTITY, with);
    assert!(matches!(bad, Err(SignMailError::Header(name)) if name == "Subject"));
}

fn good_mails() -> &'static [Vec<u8>] {
    static MAILS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MAILS.get_or_init(|| {
        let rio = &cast().rio;
        vec![
            Forge::good(rio).mail(),
            Forge {
                content: Some(ENTITY),
                ..Forge::good(rio)
            }
            .mail(),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is done to a good mail: no panic, and what is accepted all the same is what was signed by whom it was signed.
    #[test]
    fn no_mutation_of_a_good_mail_yields_another_content(
        which in 0usize..2,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 1..6),
    ) {
        let mut mail = good_mails()[which].clone();
        for (at, kind, byte) in edits {
            let at = at.index(mail.len());
            match kind {
                0 => mail[at] = byte,
                1 => mail.insert(at, byte),
                2 => { mail.remove(at); }
                _ => {
                    let end = (at + usize::from(byte)).min(mail.len());
                    let copy = mail[at..end].to_vec();
                    mail.splice(at..at, copy);
                }
            }
            if mail.is_empty() {
                break;
            }
        }
        let policy = Policy::default();
        if let Ok(verified) = verify(&mail, &question(&policy)).into_verified() {
            prop_assert_eq!(verified.content(), ENTITY);
            prop_assert_eq!(verified.signer(), &cast().rio.certificate);
            prop_assert_eq!(verified.from().map(ToString::to_string), Some(RIO.to_owned()));
        }
    }

    #[test]
    fn no_bytes_make_the_verifier_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let policy = Policy::default();
        prop_assert!(!verify(&bytes, &question(&policy)).reasons().is_empty());
        prop_assert!(verify_data(&bytes, &question(&policy)).is_err());
        prop_assert!(!codes(&opaque(&bytes)).is_empty());
    }
}
