//! Certificates, CRLs and OCSP responses of any form, right or wrong, written byte by byte for tests.

use crate::pki::signature::sha256;
use crate::pki::{Certificate, KeyAlgorithm, SigningKey, SoftKey, tlv};
use der::asn1::ObjectIdentifier;

pub fn key() -> SoftKey {
    SoftKey::generate(KeyAlgorithm::P256).unwrap()
}

pub fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv::element(tlv::SEQUENCE, &parts.concat())
}

pub fn oid(text: &str) -> Vec<u8> {
    tlv::element(tlv::OID, ObjectIdentifier::new_unwrap(text).as_bytes())
}

pub fn integer(octets: &[u8]) -> Vec<u8> {
    tlv::element(tlv::INTEGER, octets)
}

pub fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv::element(tlv::OCTET_STRING, bytes)
}

/// `2026-06-01` and such, as GeneralizedTime.
pub fn day(text: &str) -> Vec<u8> {
    let digits = text.replace('-', "") + "000000Z";
    tlv::element(tlv::GENERALIZED_TIME, digits.as_bytes())
}

/// A name of one common name, in a string of this tag.
pub fn name_as(tag: u8, text: &[u8]) -> Vec<u8> {
    let value = seq(&[&oid("2.5.4.3"), &tlv::element(tag, text)]);
    seq(&[&tlv::element(tlv::SET, &value)])
}

pub fn name(text: &str) -> Vec<u8> {
    name_as(0x0c, text.as_bytes())
}

pub fn ecdsa_sha256() -> Vec<u8> {
    seq(&[&oid("1.2.840.10045.4.3.2")])
}

pub fn extension(id: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[tlv::BOOLEAN, 1, 0xff] } else { &[] };
    seq(&[&oid(id), critical, &octets(value)])
}

/// `tbs` with the signature of `key`, under the algorithm that it says.
pub fn signed_as(tbs: &[u8], algorithm: &[u8], key: &SoftKey) -> Vec<u8> {
    let signature = tlv::element(tlv::BIT_STRING, &[&[0], &key.sign(tbs).unwrap()[..]].concat());
    seq(&[tbs, algorithm, &signature])
}

/// A certificate to be.
#[derive(Clone)]
pub struct Body {
    pub version: Vec<u8>,
    pub serial: Vec<u8>,
    pub inner_algorithm: Vec<u8>,
    pub outer_algorithm: Vec<u8>,
    pub issuer: Vec<u8>,
    pub validity: (&'static str, &'static str),
    pub subject: Vec<u8>,
    pub spki: Vec<u8>,
    pub extensions: Vec<Vec<u8>>,
}

impl Body {
    pub fn new(issuer: &[u8], subject: &[u8], key: &SoftKey) -> Self {
        Self {
            version: tlv::element(0xa0, &integer(&[2])),
            serial: integer(&[0x11]),
            inner_algorithm: ecdsa_sha256(),
            outer_algorithm: ecdsa_sha256(),
            issuer: issuer.to_vec(),
            validity: ("2026-01-01", "2027-01-01"),
            subject: subject.to_vec(),
            spki: key.spki_der().to_vec(),
            extensions: vec![],
        }
    }

    pub fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub fn serial(mut self, octets: &[u8]) -> Self {
        self.serial = integer(octets);
        self
    }

    /// An authority: cA, keyCertSign and cRLSign.
    pub fn authority(self) -> Self {
        self.with(extension("2.5.29.19", true, &seq(&[&[tlv::BOOLEAN, 1, 0xff]])))
            .with(extension("2.5.29.15", true, &[tlv::BIT_STRING, 2, 1, 0x06]))
    }

    pub fn key_id(self, id: &[u8]) -> Self {
        self.with(extension("2.5.29.14", false, &octets(id)))
    }

    pub fn issuer_key_id(self, id: &[u8]) -> Self {
        self.with(extension("2.5.29.35", false, &seq(&[&tlv::element(0x80, id)])))
    }

    pub fn tbs(&self) -> Vec<u8> {
        let validity = seq(&[&day(self.validity.0), &day(self.validity.1)]);
        let list = seq(&[&self.extensions.concat()]);
        let extensions = if self.extensions.is_empty() {
            vec![]
        } else {
            tlv::element(0xa3, &list)
        };
        seq(&[
            &self.version,
            &self.serial,
            &self.inner_algorithm,
            &self.issuer,
            &validity,
            &self.subject,
            &self.spki,
            &extensions,
        ])
    }

    pub fn der(&self, key: &SoftKey) -> Vec<u8> {
        signed_as(&self.tbs(), &self.outer_algorithm, key)
    }

    pub fn signed(&self, key: &SoftKey) -> Certificate {
        Certificate::from_der(&self.der(key)).unwrap()
    }
}

/// A distribution point's name: a URI.
pub fn at_uri(uri: &str) -> Vec<u8> {
    tlv::element(0xa0, &tlv::element(0xa0, &tlv::element(0x86, uri.as_bytes())))
}

/// A distribution point of a certificate: its name, its reasons, and the issuer of its CRL.
pub fn point(at: Option<&str>, reasons: Option<&[u8]>, issuer: Option<&[u8]>) -> Vec<u8> {
    let at = at.map(at_uri).unwrap_or_default();
    let reasons = reasons.map(|bits| tlv::element(0x81, bits)).unwrap_or_default();
    let issuer = issuer.map(|name| tlv::element(0xa2, &tlv::element(0xa4, name)));
    let points = seq(&[&seq(&[&at, &reasons, &issuer.unwrap_or_default()])]);
    extension("2.5.29.31", false, &points)
}

/// One line of a CRL.
pub fn line(serial: &[u8], at: &str, reason: Option<u8>, issuer: Option<&[u8]>) -> Vec<u8> {
    let reason = reason.map(|code| extension("2.5.29.21", false, &[tlv::ENUMERATED, 1, code]));
    let issuer = issuer.map(|name| extension("2.5.29.29", true, &seq(&[&tlv::element(0xa4, name)])));
    let extensions = [reason.unwrap_or_default(), issuer.unwrap_or_default()].concat();
    let extensions = if extensions.is_empty() {
        vec![]
    } else {
        seq(&[&extensions])
    };
    seq(&[&integer(serial), &day(at), &extensions])
}

/// A CRL to be.
#[derive(Clone)]
pub struct List {
    pub issuer: Vec<u8>,
    pub this_update: &'static str,
    pub next_update: Option<&'static str>,
    pub lines: Vec<Vec<u8>>,
    pub extensions: Vec<Vec<u8>>,
}

impl List {
    /// Current on 2026-06-01.
    pub fn new(issuer: &[u8], number: u8) -> Self {
        Self {
            issuer: issuer.to_vec(),
            this_update: "2026-05-25",
            next_update: Some("2026-06-08"),
            lines: vec![],
            extensions: vec![extension("2.5.29.20", false, &integer(&[number]))],
        }
    }

    pub fn from(mut self, this_update: &'static str, next_update: &'static str) -> Self {
        (self.this_update, self.next_update) = (this_update, Some(next_update));
        self
    }

    pub fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub fn delta_of(self, base: u8) -> Self {
        self.with(extension("2.5.29.27", true, &integer(&[base])))
    }

    /// issuingDistributionPoint with these fields.
    pub fn scope(self, fields: &[&[u8]]) -> Self {
        self.with(extension("2.5.29.28", true, &seq(fields)))
    }

    pub fn lists(mut self, line: Vec<u8>) -> Self {
        self.lines.push(line);
        self
    }

    pub fn signed(&self, key: &SoftKey) -> Vec<u8> {
        let next = self.next_update.map(day).unwrap_or_default();
        let lines = if self.lines.is_empty() {
            vec![]
        } else {
            seq(&[&self.lines.concat()])
        };
        let tbs = seq(&[
            &integer(&[1]),
            &ecdsa_sha256(),
            &self.issuer,
            &day(self.this_update),
            &next,
            &lines,
            &tlv::element(0xa0, &seq(&[&self.extensions.concat()])),
        ]);
        signed_as(&tbs, &ecdsa_sha256(), key)
    }
}

/// The status of a certificate in an OCSP response.
pub fn good() -> Vec<u8> {
    vec![0x80, 0]
}

pub fn unknown() -> Vec<u8> {
    vec![0x82, 0]
}

pub fn revoked(at: &str, reason: u8) -> Vec<u8> {
    let reason = tlv::element(0xa0, &[tlv::ENUMERATED, 1, reason]);
    tlv::element(0xa1, &[day(at), reason].concat())
}

/// An OCSP response to be, about one certificate.
#[derive(Clone)]
pub struct Response {
    pub status: Vec<u8>,
    pub kind: &'static str,
    pub responder: Vec<u8>,
    pub hash: &'static str,
    pub issuer_name: Vec<u8>,
    pub issuer_key: Vec<u8>,
    pub serial: Vec<u8>,
    pub answer: Vec<u8>,
    pub this_update: &'static str,
    pub next_update: Option<&'static str>,
    pub single_extensions: Vec<u8>,
    pub extensions: Vec<u8>,
    pub algorithm: Vec<u8>,
    pub certificates: Vec<Vec<u8>>,
}

/// The bits of a key.
pub fn bits(spki: &[u8]) -> &[u8] {
    crate::pki::signature::PublicKey::from_spki(spki).unwrap().bits()
}

impl Response {
    /// By SHA-256, current on 2026-06-01, in the name of `responder`.
    pub fn new(certificate: &Certificate, issuer: &Certificate, responder: &[u8], answer: Vec<u8>) -> Self {
        Self {
            status: vec![tlv::ENUMERATED, 1, 0],
            kind: "1.3.6.1.5.5.7.48.1.1",
            responder: tlv::element(0xa1, responder),
            hash: "2.16.840.1.101.3.4.2.1",
            issuer_name: sha256(certificate.issuer().der()).0.to_vec(),
            issuer_key: sha256(bits(issuer.spki_der())).0.to_vec(),
            serial: integer(certificate.serial().octets()),
            answer,
            this_update: "2026-05-31",
            next_update: Some("2026-06-07"),
            single_extensions: vec![],
            extensions: vec![],
            algorithm: ecdsa_sha256(),
            certificates: vec![],
        }
    }

    pub fn from(mut self, this_update: &'static str, next_update: Option<&'static str>) -> Self {
        (self.this_update, self.next_update) = (this_update, next_update);
        self
    }

    pub fn along(mut self, certificate: &Certificate) -> Self {
        self.certificates.push(certificate.der().to_vec());
        self
    }

    pub fn signed(&self, key: &SoftKey) -> Vec<u8> {
        let id = seq(&[
            &seq(&[&oid(self.hash)]),
            &octets(&self.issuer_name),
            &octets(&self.issuer_key),
            &self.serial,
        ]);
        let next = self.next_update.map(|text| tlv::element(0xa0, &day(text)));
        let optional = |extensions: &[u8]| match extensions {
            [] => vec![],
            some => tlv::element(0xa1, &seq(&[some])),
        };
        let single = seq(&[
            &id,
            &self.answer,
            &day(self.this_update),
            &next.unwrap_or_default(),
            &optional(&self.single_extensions),
        ]);
        let data = seq(&[
            &self.responder,
            &day(self.this_update),
            &seq(&[&single]),
            &optional(&self.extensions),
        ]);
        let signature = tlv::element(tlv::BIT_STRING, &[&[0], &key.sign(&data).unwrap()[..]].concat());
        let certificates = match &self.certificates[..] {
            [] => vec![],
            some => tlv::element(0xa0, &seq(&[&some.concat()])),
        };
        let basic = seq(&[&data, &self.algorithm, &signature, &certificates]);
        let bytes = seq(&[&oid(self.kind), &octets(&basic)]);
        seq(&[&self.status, &tlv::element(0xa0, &bytes)])
    }
}
