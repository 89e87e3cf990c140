//! The knobs of the verifier, strict as they stand, and its limits.

use serde::{Deserialize, Serialize};

/// What is accepted beyond the strict rule, and how much of anything is read. Comes from the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Compare From with the addresses of the signer's certificate. Off only for `verify --no-identity`.
    pub check_identity: bool,
    /// Accept signatures without signed attributes. No mail program of today makes them.
    pub allow_missing_signed_attributes: bool,
    /// Accept Ed25519 signatures. Cards do not make them.
    pub allow_ed25519: bool,
    /// Refuse certificates that do not say emailProtection, where RFC 5280 takes silence as consent.
    pub require_email_protection: bool,
    /// Take `emailAddress` of the subject's name as the signer's address too, where a certificate has no rfc822Name.
    pub allow_subject_email: bool,
    /// Domains in whose mailboxes upper and lower case are the same.
    pub fold_local_part_of: Vec<String>,
    /// The largest mail, in bytes. The default is what mail servers commonly take.
    pub max_mail_bytes: usize,
    /// Attachments in one mail.
    pub max_attachments: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            check_identity: true,
            allow_missing_signed_attributes: false,
            allow_ed25519: false,
            require_email_protection: false,
            allow_subject_email: false,
            fold_local_part_of: Vec::new(),
            max_mail_bytes: 64 * 1024 * 1024,
            max_attachments: 100,
        }
    }
}
