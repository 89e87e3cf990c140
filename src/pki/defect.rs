//! What can be wrong with a certification path, and what certificates are wanted for.

use super::reason::RevocationReason;
use super::signature::SignatureDefect;
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;

/// What a certificate is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Signing mail and decisions: digitalSignature and emailProtection.
    MailSignature,
    /// Being written to: keyEncipherment or keyAgreement, and emailProtection.
    MailEncryption,
    /// Proving who one is: digitalSignature and clientAuth.
    ClientAuthentication,
    /// Signing CRLs: cRLSign.
    CrlSignature,
}

/// Why a path does not count. `certificate` is the subject of the one with the defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum PathDefect {
    #[error("no certificate of an office anchor stands above {certificate}: its issuer is {issuer}")]
    NoAnchor { certificate: String, issuer: String },
    #[error("the certificate of {certificate} is not signed validly by {issuer}: {defect}")]
    Signature {
        certificate: String,
        issuer: String,
        defect: SignatureDefect,
    },
    #[error("the key of {certificate} does not count: {defect}")]
    Key {
        certificate: String,
        defect: SignatureDefect,
    },
    #[error("the certificate of {certificate} was revoked at {at} ({reason})")]
    Revoked {
        certificate: String,
        at: Timestamp,
        reason: RevocationReason,
    },
    #[error("the serial number of {certificate} is longer than 20 octets, which no CA may make")]
    SerialNumber { certificate: String },
    #[error("{certificate} is not a certificate authority, and signed a certificate")]
    NotACa { certificate: String },
    #[error("{certificate} may not sign certificates (keyUsage)")]
    MayNotIssue { certificate: String },
    #[error("more authorities stand below {certificate} than it allows (pathLenConstraint)")]
    PathLength { certificate: String },
    #[error("the certificate of {certificate} has a critical extension that is not known here: {oid}")]
    UnknownCritical {
        certificate: String,
        oid: ObjectIdentifier,
    },
    #[error("the name {name} of {certificate} is not allowed by {authority} (nameConstraints)")]
    NameNotAllowed {
        certificate: String,
        authority: String,
        name: String,
    },
    #[error("the name constraints of {authority} cannot be applied to {certificate}")]
    NameConstraintNotUnderstood { certificate: String, authority: String },
    #[error("no certificate policy that is asked for holds down to {certificate}")]
    Policy { certificate: String },
    #[error("the key of {certificate} may not be used for this (keyUsage lacks {wanted})")]
    KeyUsage {
        certificate: String,
        wanted: &'static str,
    },
    #[error("the certificate of {certificate} is not for this (extendedKeyUsage lacks {wanted})")]
    ExtendedKeyUsage {
        certificate: String,
        wanted: &'static str,
    },
    #[error("the certificate of {certificate} expired at {at}")]
    Expired { certificate: String, at: Timestamp },
    #[error("the certificate of {certificate} is valid only from {at} on")]
    NotYetValid { certificate: String, at: Timestamp },
    #[error("the certificates make more paths than are followed")]
    TooComplex,
    #[error(
        "whether the certificate of {certificate} is revoked is not known: the newest CRL or OCSP response of {issuer} was due for renewal at {at}"
    )]
    RevocationStale {
        certificate: String,
        issuer: String,
        at: Timestamp,
    },
    #[error(
        "whether the certificate of {certificate} is revoked is not known: there is no usable CRL or OCSP response of {issuer}"
    )]
    RevocationUnknown { certificate: String, issuer: String },
}

impl PathDefect {
    /// Whether more data, not another mail, would mend it: then one waits and tries again.
    pub fn is_hold(&self) -> bool {
        matches!(
            self,
            Self::RevocationStale { .. } | Self::RevocationUnknown { .. }
        )
    }

    /// How grave it is; 0 is the gravest.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Signature { .. } => 0,
            Self::NoAnchor { .. } => 1,
            Self::Key { .. } => 2,
            Self::Revoked { .. } => 3,
            Self::SerialNumber { .. } => 4,
            Self::NotACa { .. } => 5,
            Self::MayNotIssue { .. } => 6,
            Self::PathLength { .. } => 7,
            Self::UnknownCritical { .. } => 8,
            Self::NameNotAllowed { .. } => 9,
            Self::NameConstraintNotUnderstood { .. } => 10,
            Self::Policy { .. } => 11,
            Self::KeyUsage { .. } => 12,
            Self::ExtendedKeyUsage { .. } => 13,
            Self::Expired { .. } => 14,
            Self::NotYetValid { .. } => 15,
            Self::TooComplex => 16,
            Self::RevocationStale { .. } => 17,
            Self::RevocationUnknown { .. } => 18,
        }
    }
}
