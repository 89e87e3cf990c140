//! Certificate revocation lists as they come from a CA (RFC 5280 section 5): read, and asked about one certificate.

use super::certificate::{self, Algorithm, Certificate, CertificateError, Serial};
use super::name::Name;
use super::signature::{PublicKey, Scheme, SignatureDefect, sha256};
use super::tlv::{self, TlvError};
use crate::domain::Sha256;
use const_oid::db::rfc5280 as oid;
use der::{Decode, Encode};
use jiff::Timestamp;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint, Reasons};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

/// The largest CRL that is read. Those of national PKIs with millions of certificates stay below 30 MB.
pub const MAX_CRL_BYTES: usize = 64 * 1024 * 1024;

/// Why bytes are not a CRL that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    /// Not the structure of a CRL.
    #[error("the CRL cannot be read ({0}); get it again")]
    Structure(#[from] TlvError),
    /// An extension of it cannot be read.
    #[error("an extension of the CRL cannot be read ({0}); get it again")]
    Extension(#[from] CertificateError),
    /// A field whose content makes no sense.
    #[error("the CRL's {0} cannot be read; get it again")]
    Field(&'static str),
    /// Longer than [`MAX_CRL_BYTES`].
    #[error("the CRL is larger than {MAX_CRL_BYTES} bytes")]
    TooLarge,
}

/// Why a certificate was revoked (RFC 5280 section 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// No reason given.
    Unspecified,
    /// The key is, or may be, in other hands.
    KeyCompromise,
    /// The CA's key is, or may be, in other hands.
    CaCompromise,
    /// Name or unit of the holder changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// The holder left.
    CessationOfOperation,
    /// Suspended for now.
    CertificateHold,
    /// Listed in a delta as good again.
    RemoveFromCrl,
    /// A right was taken away.
    PrivilegeWithdrawn,
    /// The attribute authority's key is, or may be, in other hands.
    AaCompromise,
}

impl RevocationReason {
    fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Unspecified,
            1 => Self::KeyCompromise,
            2 => Self::CaCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::CertificateHold,
            8 => Self::RemoveFromCrl,
            9 => Self::PrivilegeWithdrawn,
            10 => Self::AaCompromise,
            _ => return None,
        })
    }
}

/// One line of a CRL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// What one CRL says of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is listed.
    Revoked(Revoked),
    /// It is not listed, and the CRL speaks for these reasons (a mask as in `Reasons`; all of them where it is not partial).
    Good(u16),
    /// The CRL does not speak for this certificate, or says so in a way not understood here.
    Silent,
}

/// A mask of every reason that a CRL can speak for: bits 1 to 8 of ReasonFlags.
pub const ALL_REASONS: u16 = 0x1fe;

struct Inner {
    der: Vec<u8>,
    tbs: std::ops::Range<usize>,
    signature: std::ops::Range<usize>,
    algorithm: Algorithm,
    fingerprint: Sha256,
    issuer: Name,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    entries: HashMap<Vec<u8>, Revoked>,
    authority_key_id: Option<Vec<u8>>,
    point: Option<IssuingDistributionPoint>,
    is_delta: bool,
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
        if outer.tag != tlv::SEQUENCE || outer.indefinite {
            return Err(TlvError::Malformed.into());
        }
        let mut fields = outer.children();
        let tbs = fields.expect(tlv::SEQUENCE)?;
        let algorithm = fields.expect(tlv::SEQUENCE)?;
        let signature = fields.expect(tlv::BIT_STRING)?;
        fields.finish()?;
        let Some((0, signature)) = signature.value.split_first() else {
            return Err(CrlError::Field("signature"));
        };

        let mut part = tbs.children();
        part.optional(tlv::INTEGER)?;
        if part.expect(tlv::SEQUENCE)?.raw != algorithm.raw {
            return Err(CrlError::Field("signature algorithm"));
        }
        let issuer = part.expect(tlv::SEQUENCE)?;
        let this_update = certificate::read_time(&part.next()?).ok_or(CrlError::Field("thisUpdate"))?;
        let next_update = match part.peek() {
            Some(tlv::UTC_TIME | tlv::GENERALIZED_TIME) => {
                Some(certificate::read_time(&part.next()?).ok_or(CrlError::Field("nextUpdate"))?)
            }
            _ => None,
        };
        let mut not_understood = false;
        let entries = match part.optional(tlv::SEQUENCE)? {
            Some(list) => read_entries(&list, &mut not_understood)?,
            None => HashMap::new(),
        };
        let mut authority_key_id = None;
        let mut point = None;
        let mut is_delta = false;
        if let Some(wrapper) = part.optional(0xa0)? {
            for extension in certificate::extensions(&wrapper)? {
                match extension.oid {
                    oid::ID_CE_AUTHORITY_KEY_IDENTIFIER => {
                        let id = x509_cert::ext::pkix::AuthorityKeyIdentifier::from_der(extension.value);
                        authority_key_id = id
                            .ok()
                            .and_then(|id| id.key_identifier.map(|k| k.as_bytes().to_vec()));
                    }
                    oid::ID_CE_ISSUING_DISTRIBUTION_POINT => {
                        let read = IssuingDistributionPoint::from_der(extension.value);
                        point = Some(read.map_err(|_| CrlError::Field("issuingDistributionPoint"))?);
                    }
                    oid::ID_CE_DELTA_CRL_INDICATOR => is_delta = true,
                    oid::ID_CE_CRL_NUMBER | oid::ID_CE_FRESHEST_CRL => {}
                    _ if extension.critical => not_understood = true,
                    _ => {}
                }
            }
        }
        part.finish()?;

        let offset = |part: &[u8]| {
            let start = part.as_ptr() as usize - der.as_ptr() as usize;
            start..start + part.len()
        };
        Ok(Self(Arc::new(Inner {
            tbs: offset(tbs.raw),
            signature: offset(signature),
            algorithm: Algorithm::from_tlv(&algorithm)?,
            fingerprint: sha256(&der),
            issuer: Name::from_der(issuer.raw).map_err(|_| CrlError::Field("issuer"))?,
            this_update,
            next_update,
            entries,
            authority_key_id,
            point,
            is_delta,
            not_understood,
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
        &self.0.issuer
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
        self.0.is_delta
    }

    /// How many certificates it lists.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether it lists none.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The line of one certificate of this CRL's issuer, whatever the CRL's scope.
    pub fn entry(&self, serial: &Serial) -> Option<Revoked> {
        self.0.entries.get(serial.octets()).copied()
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

    /// What it says of `certificate`, a certificate of the same issuer (RFC 5280 section 6.3.3). Neither the signature nor the
    /// times are looked at here.
    pub fn answer(&self, certificate: &Certificate) -> Answer {
        let crl = &self.0;
        // An indirect CRL names an issuer with each line; which of them is meant is not followed here, so it says nothing.
        if crl.point.as_ref().is_some_and(|p| p.indirect_crl) {
            return Answer::Silent;
        }
        let listed = self.entry(certificate.serial());
        if crl.is_delta {
            return match listed {
                Some(line) if line.reason != RevocationReason::RemoveFromCrl => Answer::Revoked(line),
                _ => Answer::Silent,
            };
        }
        let Some(reasons) = self.scope(certificate) else {
            return Answer::Silent;
        };
        match listed {
            Some(line) => Answer::Revoked(line),
            None if crl.not_understood => Answer::Silent,
            None => Answer::Good(reasons),
        }
    }

    /// The reasons that this CRL speaks for, if it speaks for this certificate at all.
    fn scope(&self, certificate: &Certificate) -> Option<u16> {
        let points = certificate.extensions().crl_distribution_points.as_ref();
        let Some(own) = &self.0.point else {
            // A CRL without a scope of its own speaks for every certificate of its issuer.
            return Some(ALL_REASONS);
        };
        let is_ca = certificate.is_ca();
        if own.only_contains_attribute_certs
            || (own.only_contains_user_certs && is_ca)
            || (own.only_contains_ca_certs && !is_ca)
        {
            return None;
        }
        let mut reasons = own.only_some_reasons.map_or(ALL_REASONS, mask);
        if let Some(name) = &own.distribution_point {
            let points = points?;
            let fitting: Vec<&DistributionPoint> =
                points.0.iter().filter(|p| self.is_point(name, p)).collect();
            if fitting.is_empty() {
                return None;
            }
            let asked = fitting
                .iter()
                .fold(0, |m, p| m | p.reasons.map_or(ALL_REASONS, mask));
            reasons &= asked;
        }
        Some(reasons)
    }

    /// Whether one of the names of the CRL's distribution point is one of the certificate's (RFC 5280 section 6.3.3 (b)(2)(i)).
    fn is_point(&self, own: &DistributionPointName, point: &DistributionPoint) -> bool {
        // A point that names another CRL issuer asks for an indirect CRL.
        if point.crl_issuer.is_some() {
            return false;
        }
        let Some(theirs) = &point.distribution_point else {
            return false;
        };
        let (own, theirs) = (self.names(own), self.names(theirs));
        own.iter().any(|name| theirs.contains(name))
    }

    fn names(&self, point: &DistributionPointName) -> Vec<Vec<u8>> {
        match point {
            DistributionPointName::FullName(names) => names.iter().filter_map(comparable).collect(),
            DistributionPointName::NameRelativeToCRLIssuer(rdn) => {
                // The name is the issuer's with one part more.
                let Ok(outer) = tlv::whole(self.0.issuer.der()) else {
                    return Vec::new();
                };
                let Ok(last) = rdn.to_der() else { return Vec::new() };
                let der = tlv::element(tlv::SEQUENCE, &[outer.value, &last].concat());
                Name::from_der(&der)
                    .map(|n| n.to_string().into_bytes())
                    .into_iter()
                    .collect()
            }
        }
    }
}

fn comparable(name: &GeneralName) -> Option<Vec<u8>> {
    match name {
        GeneralName::DirectoryName(name) => Name::try_from(name).ok().map(|n| n.to_string().into_bytes()),
        other => other.to_der().ok(),
    }
}

fn mask(flags: der::flagset::FlagSet<Reasons>) -> u16 {
    flags.bits() & ALL_REASONS
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

fn read_entries(
    list: &tlv::Tlv<'_>,
    not_understood: &mut bool,
) -> Result<HashMap<Vec<u8>, Revoked>, CrlError> {
    let mut entries = HashMap::new();
    let mut lines = list.children();
    while !lines.is_empty() {
        let mut fields = lines.expect(tlv::SEQUENCE)?.children();
        let serial = fields.expect(tlv::INTEGER)?.value;
        let at = certificate::read_time(&fields.next()?).ok_or(CrlError::Field("revocation date"))?;
        let mut reason = RevocationReason::Unspecified;
        if let Some(extensions) = fields.optional(tlv::SEQUENCE)? {
            for extension in certificate::extension_list(&extensions)? {
                match extension.oid {
                    oid::ID_CE_CRL_REASONS => {
                        let code = tlv::whole(extension.value)?;
                        reason = match code.value {
                            [code] => RevocationReason::from_code(*code).ok_or(CrlError::Field("reason"))?,
                            _ => return Err(CrlError::Field("reason")),
                        };
                    }
                    _ if extension.critical => *not_understood = true,
                    _ => {}
                }
            }
        }
        fields.finish()?;
        entries.insert(serial.to_vec(), Revoked { at, reason });
    }
    Ok(entries)
}
