//! Certificates: read, checked to an anchor, made, revoked (RFC 5280). Pure: files, keys and the time are handed in.
//!
//! [`Certificate`], [`Crl`] and [`OcspResponse`] are what came in, read strictly. [`Trust`] is what the office leans on. [`validate`] finds and checks
//! a path and alone makes a [`ValidPath`]. [`SigningKey`] is a key in memory, on a card or in an HSM; [`profile`] issues with it.

mod budget;
mod certificate;
mod checks;
mod constraints;
mod crl;
mod defect;
mod key;
mod name;
mod ocsp;
mod path;
mod policy;
pub mod profile;
mod reason;
mod revocation;
mod scope;
pub mod signature;
pub mod tlv;
mod trust;

pub use certificate::{
    Algorithm, Certificate, CertificateError, Extensions, MAX_CERTIFICATE_BYTES, Serial, read_time,
};
pub use crl::{Crl, CrlError, MAX_CRL_BYTES, MAX_CRL_LINES};
pub use defect::{PathDefect, Purpose};
pub use key::{KeyAlgorithm, KeyError, SignError, SignatureAlgorithm, SigningKey, SoftKey, is_pkcs12};
pub use name::Name;
pub use ocsp::{MAX_OCSP_BYTES, OcspError, OcspResponse};
pub use path::{Revocation, ValidPath, issued_by, validate};
pub use policy::PolicyRules;
pub use reason::{RevocationReason, Revoked};
pub use signature::{SignatureDefect, verify_by_key};
pub use trust::{Trust, TrustError, pem_blocks, read_certificates, read_crls};

#[cfg(test)]
mod tests;
