//! OCSP responses as they come from a responder (RFC 6960), read strictly; what they mean is said in `revocation`.

use super::certificate::{self, Algorithm, Certificate, CertificateError, Serial};
use super::name::Name;
use super::reason::{RevocationReason, Revoked};
use super::signature::{PublicKey, SHA_1, SHA_256, Scheme, SignatureDefect, key_bits, sha256};
use super::tlv::{self, Reader, Tlv, TlvError};
use crate::domain::Sha256;
use aws_lc_rs::digest;
use const_oid::db::rfc6960::ID_PKIX_OCSP_BASIC;
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The largest response that is read: usual ones have 2 KB, those made in advance for many certificates some hundred.
pub const MAX_OCSP_BYTES: usize = 1024 * 1024;
/// Certificates in one response: responders that answer in advance for more than one put some dozens together.
const MAX_SINGLES: usize = 1_000;
/// Certificates that a responder sends along: its own, and at most those above it.
const MAX_CERTIFICATES: usize = 16;

/// Why bytes are not an OCSP response that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OcspError {
    /// Not the structure of a response.
    #[error("the OCSP response cannot be read ({0}); get it again")]
    Structure(#[from] TlvError),
    /// Readable as BER only.
    #[error("the OCSP response is not in DER; ask its responder for a correct one")]
    NotDer,
    /// An extension of it, or a certificate in it, cannot be read.
    #[error("a part of the OCSP response cannot be read ({0}); get it again")]
    Part(#[from] CertificateError),
    /// A field whose content makes no sense.
    #[error("the OCSP response's {0} cannot be read; get it again")]
    Field(&'static str),
    /// The responder gave no answer (responseStatus of RFC 6960 section 4.2.1).
    #[error("the OCSP responder gave no answer (status {0}); ask it again")]
    NoAnswer(u8),
    /// Another type of response than the basic one.
    #[error("the OCSP response is of the type {0}, which is not known here; ask for a basic response")]
    UnknownType(ObjectIdentifier),
    /// Longer than [`MAX_OCSP_BYTES`], or about more certificates than are taken in.
    #[error("the OCSP response is larger than any responder makes them")]
    TooLarge,
}

/// Who signed, as the response says (ResponderID).
#[derive(Debug, Clone, PartialEq, Eq)]
enum Responder {
    Name(Box<Name>),
    /// SHA-1 over the bits of the responder's key.
    Key(Vec<u8>),
}

/// The hash with which a response names an issuer. It only finds the certificate that is meant, so SHA-1 does: who can choose both
/// of two colliding issuers has the key of neither of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdHash {
    Sha1,
    Sha256,
}

impl IdHash {
    fn of(self, bytes: &[u8]) -> digest::Digest {
        match self {
            Self::Sha1 => digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes),
            Self::Sha256 => digest::digest(&digest::SHA256, bytes),
        }
    }
}

/// What a responder says of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Good,
    Revoked(Revoked),
    /// The responder does not know the certificate.
    Unknown,
}

/// The answer about one certificate.
#[derive(Debug, Clone)]
pub(super) struct Single {
    /// `None` for a hash that is not known here: nothing matches then.
    hash: Option<IdHash>,
    issuer_name: Vec<u8>,
    issuer_key: Vec<u8>,
    serial: Serial,
    pub status: Status,
    pub this_update: Timestamp,
    pub next_update: Option<Timestamp>,
    /// Whether it has a critical extension that is not known here.
    pub not_understood: bool,
}

impl Single {
    /// Whether it is about `certificate`, issued by `issuer` (CertID of section 4.1.1): serial number, name and key.
    fn is_about(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let Some(hash) = self.hash else { return false };
        self.serial == *certificate.serial()
            && hash.of(certificate.issuer().der()).as_ref() == self.issuer_name
            && key_bits(issuer.spki_der()).is_some_and(|bits| hash.of(bits).as_ref() == self.issuer_key)
    }
}

struct Inner {
    der: Vec<u8>,
    fingerprint: Sha256,
    data: Range<usize>,
    signature: Range<usize>,
    algorithm: Algorithm,
    responder: Responder,
    singles: Vec<Single>,
    certificates: Vec<Certificate>,
    /// Whether the response has a critical extension that is not known here.
    not_understood: bool,
}

/// An OCSP response that could be read. Nothing in it counts before its signer is known; cloning is cheap.
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

impl OcspResponse {
    /// Reads a response (OCSPResponse of section 4.2.1) from its DER.
    ///
    /// # Errors
    /// When it is not a well-formed basic response, or one without an answer.
    pub fn from_der(der: Vec<u8>) -> Result<Self, OcspError> {
        if der.len() > MAX_OCSP_BYTES {
            return Err(OcspError::TooLarge);
        }
        let outer = tlv::whole(&der)?;
        let mut fields = outer.fields()?;
        if !tlv::is_der(&der) {
            return Err(OcspError::NotDer);
        }
        match fields.expect(tlv::ENUMERATED)?.value {
            [0] => {}
            [status] => return Err(OcspError::NoAnswer(*status)),
            _ => return Err(OcspError::Field("status")),
        }
        let bytes = only(&fields.expect(0xa0)?, tlv::SEQUENCE)?;
        fields.finish()?;
        let mut fields = bytes.children();
        let kind = oid(&fields.expect(tlv::OID)?)?;
        if kind != ID_PKIX_OCSP_BASIC {
            return Err(OcspError::UnknownType(kind));
        }
        let content = fields.expect(tlv::OCTET_STRING)?.value;
        fields.finish()?;
        // The content of an OCTET STRING is DER of its own.
        if !tlv::is_der(content) {
            return Err(OcspError::NotDer);
        }
        let basic = tlv::whole(content)?;
        let mut fields = basic.fields()?;
        let data = fields.expect(tlv::SEQUENCE)?;
        let algorithm = fields.expect(tlv::SEQUENCE)?;
        let signature = fields.expect(tlv::BIT_STRING)?;
        let certificates = match fields.optional(0xa0)? {
            Some(wrapper) => read_certificates(&wrapper)?,
            None => Vec::new(),
        };
        fields.finish()?;
        let Some((0, signature)) = signature.value.split_first() else {
            return Err(OcspError::Field("signature"));
        };
        let (responder, singles, not_understood) = read_data(&data)?;

        let offset = |part: &[u8]| {
            let start = part.as_ptr() as usize - der.as_ptr() as usize;
            start..start + part.len()
        };
        Ok(Self(Arc::new(Inner {
            fingerprint: sha256(&der),
            data: offset(data.raw),
            signature: offset(signature),
            algorithm: Algorithm::from_tlv(&algorithm)?,
            responder,
            singles,
            certificates,
            not_understood,
            der,
        })))
    }

    /// The bytes as they came.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of [`OcspResponse::der`].
    pub fn fingerprint(&self) -> Sha256 {
        self.0.fingerprint
    }

    /// How many certificates it is about.
    pub fn len(&self) -> usize {
        self.0.singles.len()
    }

    /// Whether it is about none.
    pub fn is_empty(&self) -> bool {
        self.0.singles.is_empty()
    }

    /// Since when the responder knew what it says; the latest of several. `None` when it says nothing.
    pub fn this_update(&self) -> Option<Timestamp> {
        self.0.singles.iter().map(|single| single.this_update).max()
    }

    /// The answers about `certificate`, issued by `issuer`.
    pub(super) fn answers<'a>(
        &'a self,
        certificate: &'a Certificate,
        issuer: &'a Certificate,
    ) -> impl Iterator<Item = &'a Single> {
        let singles = self.0.singles.iter();
        singles.filter(|single| single.is_about(certificate, issuer))
    }

    /// The certificates that the responder sent along.
    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// Whether it has a critical extension that is not known here.
    pub(super) fn not_understood(&self) -> bool {
        self.0.not_understood
    }

    /// Whether it says that `certificate` is its signer.
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match &self.0.responder {
            Responder::Name(name) => **name == *certificate.subject(),
            Responder::Key(id) => {
                key_bits(certificate.spki_der()).is_some_and(|bits| IdHash::Sha1.of(bits).as_ref() == *id)
            }
        }
    }

    /// Whether `spki` signed it.
    ///
    /// # Errors
    /// When it did not, or in a way that does not count.
    pub fn verify(&self, spki: &[u8]) -> Result<(), SignatureDefect> {
        let scheme = Scheme::of_certificate(&self.0.algorithm)?;
        let key = PublicKey::from_spki(spki)?;
        scheme.verify(
            &key,
            &self.0.der[self.0.data.clone()],
            &self.0.der[self.0.signature.clone()],
        )
    }
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspResponse({:?}, {} answers)", self.0.responder, self.len())
    }
}

/// Whether DER starts as an OCSP response does: its first element is the status, a CRL's and a certificate's is a SEQUENCE.
pub(super) fn is_response(der: &[u8]) -> bool {
    tlv::whole(der)
        .is_ok_and(|outer| outer.tag == tlv::SEQUENCE && outer.value.first() == Some(&tlv::ENUMERATED))
}

fn only<'a>(wrapper: &Tlv<'a>, tag: u8) -> Result<Tlv<'a>, TlvError> {
    let mut inside = wrapper.children();
    let element = inside.expect(tag)?;
    inside.finish()?;
    Ok(element)
}

fn oid(element: &Tlv<'_>) -> Result<ObjectIdentifier, OcspError> {
    ObjectIdentifier::from_bytes(element.value).map_err(|_| OcspError::Field("type"))
}

fn time(element: &Tlv<'_>, what: &'static str) -> Result<Timestamp, OcspError> {
    if element.tag != tlv::GENERALIZED_TIME {
        return Err(OcspError::Field(what));
    }
    certificate::read_time(element).ok_or(OcspError::Field(what))
}

fn read_certificates(wrapper: &Tlv<'_>) -> Result<Vec<Certificate>, OcspError> {
    let mut list = only(wrapper, tlv::SEQUENCE)?.children();
    let mut found = Vec::new();
    while !list.is_empty() {
        if found.len() == MAX_CERTIFICATES {
            return Err(OcspError::TooLarge);
        }
        found.push(Certificate::from_der(list.expect(tlv::SEQUENCE)?.raw)?);
    }
    Ok(found)
}

/// ResponseData: who answers, the answers, and whether there is a critical extension that is not known here.
fn read_data(data: &Tlv<'_>) -> Result<(Responder, Vec<Single>, bool), OcspError> {
    let mut fields = data.children();
    // The only version there is, 1, is the default, which DER leaves out; some responders write it all the same.
    if let Some(version) = fields.optional(0xa0)?
        && only(&version, tlv::INTEGER)?.value != [0]
    {
        return Err(OcspError::Field("version"));
    }
    let id = fields.next()?;
    let responder = match id.tag {
        0xa1 => {
            let name = only(&id, tlv::SEQUENCE)?;
            let name = Name::from_der(name.raw).map_err(|_| OcspError::Field("responder"))?;
            Responder::Name(Box::new(name))
        }
        0xa2 => Responder::Key(only(&id, tlv::OCTET_STRING)?.value.to_vec()),
        _ => return Err(OcspError::Field("responder")),
    };
    time(&fields.next()?, "producedAt")?;
    let mut list = fields.expect(tlv::SEQUENCE)?.children();
    let not_understood = critical(&mut fields)?;
    fields.finish()?;
    let mut singles = Vec::new();
    while !list.is_empty() {
        if singles.len() == MAX_SINGLES {
            return Err(OcspError::TooLarge);
        }
        singles.push(read_single(&list.expect(tlv::SEQUENCE)?)?);
    }
    if singles.is_empty() {
        return Err(OcspError::Field("list of answers"));
    }
    Ok((responder, singles, not_understood))
}

/// Whether the extensions in `[1]`, which end a structure, hold a critical one: none is known here (the nonce is never critical).
fn critical(fields: &mut Reader<'_>) -> Result<bool, OcspError> {
    Ok(match fields.optional(0xa1)? {
        Some(wrapper) => certificate::extensions(&wrapper)?
            .iter()
            .any(|extension| extension.critical),
        None => false,
    })
}

fn read_single(single: &Tlv<'_>) -> Result<Single, OcspError> {
    let mut fields = single.children();
    let mut id = fields.expect(tlv::SEQUENCE)?.children();
    let hash = Algorithm::from_tlv(&id.expect(tlv::SEQUENCE)?)?;
    let hash = match hash.oid {
        _ if !hash.parameters_empty() => None,
        SHA_1 => Some(IdHash::Sha1),
        SHA_256 => Some(IdHash::Sha256),
        _ => None,
    };
    let issuer_name = id.expect(tlv::OCTET_STRING)?.value.to_vec();
    let issuer_key = id.expect(tlv::OCTET_STRING)?.value.to_vec();
    let serial = Serial::from_octets(id.expect(tlv::INTEGER)?.value);
    id.finish()?;
    let status = fields.next()?;
    let status = match status.tag {
        0x80 if status.value.is_empty() => Status::Good,
        0x82 if status.value.is_empty() => Status::Unknown,
        0xa1 => {
            let mut info = status.children();
            let at = time(&info.next()?, "revocation time")?;
            let reason = match info.optional(0xa0)? {
                None => RevocationReason::Unspecified,
                Some(wrapper) => match only(&wrapper, tlv::ENUMERATED)?.value {
                    [code] => RevocationReason::from_code(*code).ok_or(OcspError::Field("reason"))?,
                    _ => return Err(OcspError::Field("reason")),
                },
            };
            info.finish()?;
            Status::Revoked(Revoked { at, reason })
        }
        _ => return Err(OcspError::Field("certificate status")),
    };
    let this_update = time(&fields.next()?, "thisUpdate")?;
    let next_update = match fields.optional(0xa0)? {
        Some(wrapper) => Some(time(&only(&wrapper, tlv::GENERALIZED_TIME)?, "nextUpdate")?),
        None => None,
    };
    let not_understood = critical(&mut fields)?;
    fields.finish()?;
    Ok(Single {
        hash,
        issuer_name,
        issuer_key,
        serial,
        status,
        this_update,
        next_update,
        not_understood,
    })
}
