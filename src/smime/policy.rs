//! The knobs of the verifier, strict as they stand, and its limits.

use serde::{Deserialize, Deserializer, Serialize, de};

/// What is accepted beyond the strict rule, and how much of anything is read. Comes from the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Compare From with the addresses of the signer's certificate. Off only for `verify --no-identity`: no configuration can say so.
    #[serde(deserialize_with = "always")]
    pub check_identity: bool,
    /// Accept signatures without signed attributes. No mail program of today makes them.
    pub allow_missing_signed_attributes: bool,
    /// Accept Ed25519 signatures. Cards do not make them.
    pub allow_ed25519: bool,
    /// Accept RSA signatures with SHA-1 on mails, for archives. Certificates with SHA-1 stay refused.
    pub allow_sha1: bool,
    /// Refuse certificates that do not say emailProtection, where RFC 5280 takes silence as consent.
    pub require_email_protection: bool,
    /// Take `emailAddress` of the subject's name as the signer's address too, where a certificate has no rfc822Name.
    pub allow_subject_email: bool,
    /// Accept mails that another mailbox sent on with Resent-From, as some servers' redirection rules do.
    pub allow_resent: bool,
    /// Domains in whose mailboxes upper and lower case are the same.
    pub fold_local_part_of: Vec<String>,
    /// How long before its arrival a mail may have been signed and dated, in days. The default is the age up to which a form
    /// counts: a mail delayed over a weekend, or waiting while the office is closed, is normal; one of last year is not.
    pub max_signature_age_days: u32,
    /// How far ahead of the office's clock the sender's may be, in minutes. The default forgives a time zone set wrong.
    pub max_clock_lead_minutes: u32,
    /// How far Date and signingTime may be apart, in hours. The default is the time for which mail servers keep trying
    /// (RFC 5321 section 4.5.4.1): a mail signed offline is dated by the server that takes it.
    pub max_date_difference_hours: u32,
    /// The largest mail, in bytes. The default is what mail servers commonly take.
    pub max_mail_bytes: usize,
    /// Files in one mail, in its archives too: the papers of some people, each page a file of its own.
    pub max_attachments: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            check_identity: true,
            allow_missing_signed_attributes: false,
            allow_ed25519: false,
            allow_sha1: false,
            require_email_protection: false,
            allow_subject_email: false,
            allow_resent: false,
            fold_local_part_of: Vec::new(),
            max_signature_age_days: 30,
            max_clock_lead_minutes: 180,
            max_date_difference_hours: 120,
            max_mail_bytes: 64 * 1024 * 1024,
            max_attachments: 200,
        }
    }
}

impl Policy {
    /// What is accepted beyond the strict rule, each knob with its value. The limits of size and number are those of the default.
    pub fn loosened(&self) -> Vec<String> {
        let strict = Self::default();
        let Self {
            check_identity,
            allow_missing_signed_attributes,
            allow_ed25519,
            allow_sha1,
            require_email_protection,
            allow_subject_email,
            allow_resent,
            fold_local_part_of,
            max_signature_age_days,
            max_clock_lead_minutes,
            max_date_difference_hours,
            max_mail_bytes,
            max_attachments,
        } = self;
        let mut found = Vec::new();
        for (name, value, loose) in [
            ("check_identity", check_identity, false),
            (
                "allow_missing_signed_attributes",
                allow_missing_signed_attributes,
                true,
            ),
            ("allow_ed25519", allow_ed25519, true),
            ("allow_sha1", allow_sha1, true),
            ("require_email_protection", require_email_protection, false),
            ("allow_subject_email", allow_subject_email, true),
            ("allow_resent", allow_resent, true),
        ] {
            if *value == loose {
                found.push(format!("{name} = {value}"));
            }
        }
        if !fold_local_part_of.is_empty() {
            found.push(format!("fold_local_part_of = {}", fold_local_part_of.join(", ")));
        }
        let wide = |name: &str, value: usize, strict: usize| {
            (value > strict).then(|| format!("{name} = {value} (strict: {strict})"))
        };
        let days = |n: u32| n as usize;
        found.extend(wide(
            "max_signature_age_days",
            days(*max_signature_age_days),
            days(strict.max_signature_age_days),
        ));
        found.extend(wide(
            "max_clock_lead_minutes",
            days(*max_clock_lead_minutes),
            days(strict.max_clock_lead_minutes),
        ));
        found.extend(wide(
            "max_date_difference_hours",
            days(*max_date_difference_hours),
            days(strict.max_date_difference_hours),
        ));
        found.extend(wide("max_mail_bytes", *max_mail_bytes, strict.max_mail_bytes));
        found.extend(wide("max_attachments", *max_attachments, strict.max_attachments));
        found
    }
}

/// What older configurations write down and none may take away.
fn always<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    if bool::deserialize(value)? {
        Ok(true)
    } else {
        Err(de::Error::custom(
            "From is always compared with the signer's certificate: take check_identity out",
        ))
    }
}
