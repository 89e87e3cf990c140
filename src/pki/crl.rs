//! Certificate revocation lists as they come from a CA (RFC 5280 section 5), read strictly; what they mean is said in `revocation`.

use super::certificate::{self, Algorithm, CertificateError, Serial};
use super::name::Name;
use super::reason::{RevocationReason, Revoked};
use super::signature::{PublicKey, Scheme, SignatureDefect, sha256};
use super::tlv::{self, Tlv, TlvError};
use crate::domain::Sha256;
use const_oid::db::rfc5280 as oid;
use der::Decode;
use jiff::Timestamp;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};

/// The largest CRL that is read. Those of national PKIs with millions of certificates stay below 30 MB.
pub const MAX_CRL_BYTES: usize = 64 * 1024 * 1024;
/// Lines of one CRL. A list of [`MAX_CRL_BYTES`] with usual serial numbers and reasons has 1.3 million.
pub const MAX_CRL_LINES: usize = 2_000_000;
/// Changes of the certificate issuer in an indirect CRL: it lists the authorities of one operator.
const MAX_CRL_ISSUERS: usize = 1_000;
/// Octets of a CRL number (RFC 5280 section 5.2.3).
const MAX_NUMBER_OCTETS: usize = 20;

/// Why bytes are not a CRL that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    /// Not the structure of a CRL.
    #[error("the CRL cannot be read ({0}); get it again")]
    Structure(#[from] TlvError),
    /// Readable as BER only.
    #[error("the CRL is not in DER; ask its CA for a correct one")]
    NotDer,
    /// An extension of it cannot be read.
    #[error("an extension of the CRL cannot be read ({0}); get it again")]
    Extension(#[from] CertificateError),
    /// A field whose content makes no sense.
    #[error("the CRL's {0} cannot be read; get it again")]
    Field(&'static str),
    /// Longer than [`MAX_CRL_BYTES`].
    #[error("the CRL is larger than {MAX_CRL_BYTES} bytes")]
    TooLarge,
    /// More than [`MAX_CRL_LINES`] lines, or lines of too many issuers.
    #[error("the CRL lists more certificates or issuers than are taken in")]
    TooMany,
}

/// A CRL number as its INTEGER content without leading zeros: compared by length, then by octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CrlNumber(Vec<u8>);

impl CrlNumber {
    /// A non-negative number of at most 20 octets (section 5.2.3).
    fn from_der(der: &[u8]) -> Option<Self> {
        let element = tlv::whole(der).ok().filter(|e| e.tag == tlv::INTEGER)?;
        let [first, ..] = element.value else { return None };
        if first & 0x80 != 0 {
            return None;
        }
        let digits = match element.value {
            [0, rest @ ..] => rest,
            all => all,
        };
        (digits.len() <= MAX_NUMBER_OCTETS).then(|| Self(digits.to_vec()))
    }
}

impl Ord for CrlNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// One line: where its serial number lies in the DER, and what it says. Small, because lists are long.
struct Line {
    start: u32,
    length: u32,
    /// Which of the issuers in `Inner::issuers`; 0 is the CRL's own.
    issuer: u16,
    reason: RevocationReason,
    at: Timestamp,
}

struct Inner {
    der: Vec<u8>,
    tbs: Range<usize>,
    signature: Range<usize>,
    algorithm: Algorithm,
    fingerprint: Sha256,
    /// The CRL's own issuer first, then those that its lines name.
    issuers: Vec<Name>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    /// Sorted by serial number.
    lines: Vec<Line>,
    authority_key_id: Option<Vec<u8>>,
    point: Option<(Vec<u8>, IssuingDistributionPoint)>,
    number: Option<CrlNumber>,
    /// Of a delta: the number of the CRL that it continues.
    base: Option<CrlNumber>,
    /// An extension, of the list or of a line, that must be understood and is not.
    not_understood: bool,
}

/// A CRL that could be read. Nothing in it counts before its signature is checked; cloning is cheap.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

impl Crl {
    /// Reads a CRL from its DER.
    ///
    /// # Errors
    /// When it is not a well-formed CRL.
    pub fn from_der(der: Vec<u8>) -> Result<Self, CrlError> {
        if der.len() > MAX_CRL_BYTES {
            return Err(CrlError::TooLarge);
        }
        let outer = tlv::whole(&der)?;
        let mut fields = outer.fields()?;
        if !tlv::is_der(&der) {
            return Err(CrlError::NotDer);
        }
        let tbs = fields.expect(tlv::SEQUENCE)?;
        let algorithm = fields.expect(tlv::SEQUENCE)?;
        let signature = fields.expect(tlv::BIT_STRING)?;
        fields.finish()?;
        let Some((0, signature)) = signature.value.split_first() else {
            return Err(CrlError::Field("signature"));
        };

        let mut part = tbs.children();
        let version = match part.optional(tlv::INTEGER)? {
            None => 1,
            Some(Tlv { value: [1], .. }) => 2,
            Some(_) => return Err(CrlError::Field("version")),
        };
        if part.expect(tlv::SEQUENCE)?.raw != algorithm.raw {
            return Err(CrlError::Field("signature algorithm"));
        }
        let issuer = part.expect(tlv::SEQUENCE)?;
        let issuer = Name::from_der(issuer.raw).map_err(|_| CrlError::Field("issuer"))?;
        let this_update = certificate::read_time(&part.next()?).ok_or(CrlError::Field("thisUpdate"))?;
        let next_update = match part.peek() {
            Some(tlv::UTC_TIME | tlv::GENERALIZED_TIME) => {
                Some(certificate::read_time(&part.next()?).ok_or(CrlError::Field("nextUpdate"))?)
            }
            _ => None,
        };
        let mut list = List {
            der: &der,
            version,
            issuers: vec![issuer],
            places: HashMap::new(),
            lines: Vec::new(),
            not_understood: false,
            names_issuers: false,
        };
        if let Some(revoked) = part.optional(tlv::SEQUENCE)? {
            list.read(&revoked)?;
        }
        let mut read = Extensions::default();
        if let Some(wrapper) = part.optional(0xa0)? {
            if version == 1 {
                return Err(CrlError::Field("version"));
            }
            read.read(&wrapper)?;
        }
        part.finish()?;
        let indirect = read.point.as_ref().is_some_and(|(_, p)| p.indirect_crl);
        let List {
            issuers,
            lines,
            not_understood,
            names_issuers,
            ..
        } = list;

        let offset = |part: &[u8]| {
            let start = part.as_ptr() as usize - der.as_ptr() as usize;
            start..start + part.len()
        };
        Ok(Self(Arc::new(Inner {
            tbs: offset(tbs.raw),
            signature: offset(signature),
            algorithm: Algorithm::from_tlv(&algorithm)?,
            fingerprint: sha256(&der),
            issuers,
            this_update,
            next_update,
            lines,
            authority_key_id: read.authority_key_id,
            point: read.point,
            number: read.number,
            base: read.base,
            // Only an indirect CRL may name issuers (section 5.3.3).
            not_understood: not_understood || read.not_understood || (names_issuers && !indirect),
            der,
        })))
    }

    /// The bytes as they came.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of [`Crl::der`].
    pub fn fingerprint(&self) -> Sha256 {
        self.0.fingerprint
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuers[0]
    }

    /// When it was made.
    pub fn this_update(&self) -> Timestamp {
        self.0.this_update
    }

    /// Until when the next one comes.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.0.next_update
    }

    /// Whether it only lists changes since another one.
    pub fn is_delta(&self) -> bool {
        self.0.base.is_some()
    }

    /// Whether it may list certificates of other issuers than its own.
    pub fn is_indirect(&self) -> bool {
        self.point().is_some_and(|point| point.indirect_crl)
    }

    /// How many certificates it lists.
    pub fn len(&self) -> usize {
        self.0.lines.len()
    }

    /// Whether it lists none.
    pub fn is_empty(&self) -> bool {
        self.0.lines.is_empty()
    }

    /// The line of one certificate of this CRL's own issuer, whatever the CRL's scope.
    pub fn entry(&self, serial: &Serial) -> Option<Revoked> {
        self.line(self.issuer(), serial)
    }

    /// The line of one certificate. Of several, the one that does not take the revocation back.
    pub(super) fn line(&self, issuer: &Name, serial: &Serial) -> Option<Revoked> {
        let Inner {
            der, lines, issuers, ..
        } = &*self.0;
        let number = |line: &Line| &der[line.start as usize..][..line.length as usize];
        let first = lines.partition_point(|line| number(line) < serial.octets());
        lines[first..]
            .iter()
            .take_while(|line| number(line) == serial.octets())
            .filter(|line| issuers[usize::from(line.issuer)] == *issuer)
            .map(|line| Revoked {
                at: line.at,
                reason: line.reason,
            })
            .min_by_key(|line| match line.reason {
                RevocationReason::RemoveFromCrl => 2,
                RevocationReason::CertificateHold => 1,
                _ => 0,
            })
    }

    /// Its scope, where it has one.
    pub(super) fn point(&self) -> Option<&IssuingDistributionPoint> {
        self.0.point.as_ref().map(|(_, point)| point)
    }

    /// Whether it, or one of its lines, has a critical extension that is not known here.
    pub(super) fn not_understood(&self) -> bool {
        self.0.not_understood
    }

    /// Its number, where it has one.
    pub(super) fn number(&self) -> Option<&CrlNumber> {
        self.0.number.as_ref()
    }

    /// Whether both are of one series: issuer, key and scope are the same (section 5.2.4 (a) to (c)).
    pub(super) fn is_of_series(&self, other: &Self) -> bool {
        fn scope(crl: &Inner) -> Option<&[u8]> {
            crl.point.as_ref().map(|(raw, _)| raw.as_slice())
        }
        self.0.authority_key_id == other.0.authority_key_id
            && scope(&self.0) == scope(&other.0)
            && self.issuer() == other.issuer()
    }

    /// Whether it is of one series with `other`, and number and time say that it came after it.
    pub(super) fn came_after(&self, other: &Self) -> bool {
        self.this_update() >= other.this_update()
            && matches!((&self.0.number, &other.0.number), (Some(own), Some(theirs)) if own > theirs)
            && self.is_of_series(other)
    }

    /// Whether this delta continues `complete` (section 5.2.4): it starts at or before it, and was made after it.
    pub(super) fn continues(&self, complete: &Self) -> bool {
        // Numbers first: there can be thousands of lists, and nearly all are told apart by them.
        let fits = match (&self.0.base, &self.0.number, &complete.0.number) {
            (Some(base), Some(own), Some(theirs)) => base <= theirs && theirs < own,
            _ => false,
        };
        fits && !complete.is_delta() && self.is_of_series(complete)
    }

    /// Whether its issuer's key may have this identifier: true when one of the two says nothing.
    pub(super) fn may_be_signed_by(&self, key_id: Option<&[u8]>) -> bool {
        match (self.0.authority_key_id.as_deref(), key_id) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
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
            &self.0.der[self.0.tbs.clone()],
            &self.0.der[self.0.signature.clone()],
        )
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Crl({}, {}, {} entries)",
            self.issuer(),
            self.this_update(),
            self.len()
        )
    }
}

/// The extensions of a list.
#[derive(Default)]
struct Extensions {
    authority_key_id: Option<Vec<u8>>,
    point: Option<(Vec<u8>, IssuingDistributionPoint)>,
    number: Option<CrlNumber>,
    base: Option<CrlNumber>,
    not_understood: bool,
}

impl Extensions {
    fn read(&mut self, wrapper: &Tlv<'_>) -> Result<(), CrlError> {
        for extension in certificate::extensions(wrapper)? {
            let number = || CrlNumber::from_der(extension.value).ok_or(CrlError::Field("number"));
            match extension.oid {
                oid::ID_CE_AUTHORITY_KEY_IDENTIFIER => {
                    let id = x509_cert::ext::pkix::AuthorityKeyIdentifier::from_der(extension.value);
                    self.authority_key_id = id
                        .ok()
                        .and_then(|id| id.key_identifier.map(|k| k.as_bytes().to_vec()));
                }
                oid::ID_CE_ISSUING_DISTRIBUTION_POINT => {
                    let read = IssuingDistributionPoint::from_der(extension.value)
                        .map_err(|_| CrlError::Field("issuingDistributionPoint"))?;
                    self.point = Some((extension.value.to_vec(), read));
                }
                oid::ID_CE_DELTA_CRL_INDICATOR => self.base = Some(number()?),
                oid::ID_CE_CRL_NUMBER => self.number = Some(number()?),
                oid::ID_CE_FRESHEST_CRL => {}
                _ if extension.critical => self.not_understood = true,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The lines of a list while they are read.
struct List<'a> {
    der: &'a [u8],
    version: u8,
    issuers: Vec<Name>,
    /// The place of an issuer in `issuers`, by the extension that named it.
    places: HashMap<&'a [u8], u16>,
    lines: Vec<Line>,
    not_understood: bool,
    names_issuers: bool,
}

impl<'a> List<'a> {
    fn read(&mut self, revoked: &Tlv<'a>) -> Result<(), CrlError> {
        let mut elements = revoked.children();
        // Who issued the certificate of a line is said once, and holds until another is named (section 5.3.3).
        let mut issuer = 0;
        while !elements.is_empty() {
            if self.lines.len() == MAX_CRL_LINES {
                return Err(CrlError::TooMany);
            }
            let mut fields = elements.expect(tlv::SEQUENCE)?.children();
            let serial = fields.expect(tlv::INTEGER)?.value;
            let at = certificate::read_time(&fields.next()?).ok_or(CrlError::Field("revocation date"))?;
            let mut reason = RevocationReason::Unspecified;
            if let Some(extensions) = fields.optional(tlv::SEQUENCE)? {
                if self.version == 1 {
                    return Err(CrlError::Field("version"));
                }
                for extension in certificate::extension_list(&extensions)? {
                    match extension.oid {
                        oid::ID_CE_CRL_REASONS => reason = read_reason(extension.value)?,
                        oid::ID_CE_CERTIFICATE_ISSUER => issuer = self.issuer(extension.value)?,
                        _ if extension.critical => self.not_understood = true,
                        _ => {}
                    }
                }
            }
            fields.finish()?;
            let start = serial.as_ptr() as usize - self.der.as_ptr() as usize;
            self.lines.push(Line {
                // MAX_CRL_BYTES is far below what 32 bits count.
                start: start as u32,
                length: serial.len() as u32,
                issuer,
                reason,
                at,
            });
        }
        let der = self.der;
        let number = |line: &Line| &der[line.start as usize..][..line.length as usize];
        self.lines.sort_by(|a, b| number(a).cmp(number(b)));
        Ok(())
    }

    fn issuer(&mut self, value: &'a [u8]) -> Result<u16, CrlError> {
        self.names_issuers = true;
        if let Some(&place) = self.places.get(value) {
            return Ok(place);
        }
        let wrong = || CrlError::Field("certificate issuer");
        let names = GeneralNames::from_der(value).map_err(|_| wrong())?;
        let mut found = names.iter().filter_map(|name| match name {
            GeneralName::DirectoryName(name) => Some(name),
            _ => None,
        });
        let name = found.next().ok_or_else(wrong)?;
        let name = Name::try_from(name).map_err(|_| wrong())?;
        let place = match self.issuers.iter().position(|known| *known == name) {
            Some(place) => place,
            None if self.issuers.len() > MAX_CRL_ISSUERS => return Err(CrlError::TooMany),
            None => {
                self.issuers.push(name);
                self.issuers.len() - 1
            }
        };
        let place = u16::try_from(place).map_err(|_| CrlError::TooMany)?;
        if self.places.len() > MAX_CRL_ISSUERS {
            return Err(CrlError::TooMany);
        }
        self.places.insert(value, place);
        Ok(place)
    }
}

fn read_reason(value: &[u8]) -> Result<RevocationReason, CrlError> {
    let code = tlv::whole(value)?;
    match (code.tag, code.value) {
        (tlv::ENUMERATED, [code]) => RevocationReason::from_code(*code).ok_or(CrlError::Field("reason")),
        _ => Err(CrlError::Field("reason")),
    }
}
