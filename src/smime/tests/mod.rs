//! Forged mails, made by hand from the structures up: none may pass, and each is named for what it is.

use super::*;
use crate::pki::profile::{self, Authority, Order, Profile, Subject};
use crate::pki::signature::sha256;
use crate::pki::tlv::{self, element};
use crate::pki::{Certificate, KeyAlgorithm, Revocation, Serial, SigningKey, SoftKey, Trust};
use jiff::Timestamp;
use proptest::prelude::*;
use std::sync::OnceLock;

mod algorithms;
mod bombs;
mod clients;
mod cms;
mod encrypted;
mod identity;
mod johnny;
mod knobs;
mod mime;
mod protected;
mod signers;
mod times;
mod whole;

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
    person(
        ca,
        Profile::Officer { email: RIO.into() },
        name,
        serial,
        algorithm,
    )
}

fn person(ca: &Ca, profile: Profile, name: &str, serial: u8, algorithm: KeyAlgorithm) -> Person {
    let key = key(algorithm);
    let order = order(profile, name, serial);
    let authority = Authority {
        certificate: &ca.certificate,
        key: &ca.key,
    };
    let certificate = profile::issue(&order, key.spki_der(), authority).unwrap();
    Person { key, certificate }
}

fn mailbox() -> Profile {
    Profile::HolderEncryption {
        email: "lrao@office.example".into(),
    }
}

struct Cast {
    trust: Trust,
    rio: Person,
    rsa: Person,
    /// On P-384.
    larger: Person,
    edwards: Person,
    other: Person,
    stranger: Person,
    /// Whose mailbox is in a domain beyond ASCII, as its certificate must write it.
    elsewhere: Person,
    /// Whom mails are encrypted for.
    office: Person,
    office_ec: Person,
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
            larger: officer(&ours, "Erika Muster", 14, KeyAlgorithm::P384),
            edwards: officer(&ours, "Erika Muster", 9, KeyAlgorithm::Ed25519),
            other: officer(&ours, "Max Muster", 10, KeyAlgorithm::P256),
            stranger: officer(&theirs, "Erika Muster", 7, KeyAlgorithm::P256),
            elsewhere: person(
                &ours,
                Profile::Officer {
                    email: "rio@xn--bcher-kva.example".into(),
                },
                "Bettina Muster",
                11,
                KeyAlgorithm::P256,
            ),
            office: person(&ours, mailbox(), "Specimen Office", 12, KeyAlgorithm::Rsa2048),
            office_ec: person(&ours, mailbox(), "Specimen Office", 13, KeyAlgorithm::P256),
        }
    })
}

fn question<'a>(policy: &'a Policy) -> Question<'a> {
    Question {
        trust: &cast().trust,
        at: now(),
        arrived: None,
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
    /// The hashes announced, in place of `announced`.
    digests: Option<Vec<u8>>,
    /// The content of the unsigned attributes.
    unsigned: Option<Vec<u8>>,
    versions: (u8, u8),
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
            digests: None,
            unsigned: None,
            versions: (1, 1),
        }
    }

    fn over(signer: &'a Person, entity: &[u8]) -> Self {
        Self::with_attributes(signer, vec![content_type(), message_digest(entity)])
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
        let unsigned = self
            .unsigned
            .as_ref()
            .map(|a| element(0xa1, a))
            .unwrap_or_default();
        let info = sequence(&[
            &[tlv::INTEGER, 1, self.versions.1],
            &id,
            &digest,
            &attributes,
            &self.signature_algorithm,
            &element(tlv::OCTET_STRING, &signature),
            &unsigned,
        ]);
        let enclosed = self
            .content
            .map(|c| element(0xa0, &element(tlv::OCTET_STRING, c)))
            .unwrap_or_default();
        let certificates: Vec<u8> = self.certificates.iter().flat_map(|c| c.der().to_vec()).collect();
        let digests = self
            .digests
            .clone()
            .unwrap_or_else(|| sequence(&[&oid(self.announced)]));
        let data = sequence(&[
            &[tlv::INTEGER, 1, self.versions.0],
            &set(&[&digests]),
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

/// A mail with these header fields, signed by the RIO in two parts.
fn signed_with(headers: &str, entity: &[u8]) -> Vec<u8> {
    let der = Forge::over(&cast().rio, entity).der();
    let mail = detached(entity, &der);
    let at = mail.windows(2).position(|w| w == b"\r\n").unwrap() + 2;
    [headers.as_bytes(), &mail[at..]].concat()
}

fn replaced(mail: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = mail
        .windows(from.len())
        .position(|w| w == from.as_bytes())
        .unwrap_or_else(|| panic!("{from:?} is not in the mail"));
    [&mail[..at], to.as_bytes(), &mail[at + from.len()..]].concat()
}

/// A mail as it lies in a Maildir.
fn at_rest(mail: &[u8]) -> Vec<u8> {
    mail.iter().copied().filter(|b| *b != b'\r').collect()
}
