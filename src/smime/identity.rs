//! Whom the mail is from: one From with one address of the signer's certificate, and nobody in between. Reply-To is nobody's
//! identity: it is not read here, and replies go to the address on the roster.

use super::address::{Address, single_mailbox};
use super::code::Code;
use super::header::Headers;
use super::judge::Judge;

/// Fields that say that a mailbox sent a mail on (RFC 5322 section 3.6.6).
const RESENT: &[&str] = &["resent-from", "resent-sender"];

impl Judge<'_> {
    /// Reads the one From of the mail.
    pub(super) fn from(&mut self, headers: &Headers<'_>) -> Option<Address> {
        let Some(field) = headers.get("from") else {
            if self.question.policy.check_identity {
                self.refuse(Code::FromMissing, "there is no From field");
            }
            return None;
        };
        match single_mailbox("From", field.value) {
            Ok(address) => Some(address),
            Err(reason) => {
                if self.question.policy.check_identity {
                    self.reasons.push(reason);
                }
                None
            }
        }
    }

    /// Compares From, Sender and who sent it on with the signer's certificate.
    pub(super) fn identity(&mut self, from: Option<&Address>, headers: &Headers<'_>) {
        let policy = self.question.policy;
        let Some(signer) = self.layers.signer.as_ref().filter(|_| policy.check_identity) else {
            return;
        };
        let mut emails = signer.emails();
        if emails.is_empty() && policy.allow_subject_email {
            emails = signer.subject_emails();
        }
        let own: Vec<Address> = emails.iter().filter_map(|text| Address::parse(text)).collect();
        let is_own = |address: &Address| own.iter().any(|o| o.is_same(address, &policy.fold_local_part_of));
        if own.is_empty() {
            self.refuse(
                Code::AddressMissing,
                "the signer's certificate has no mail address",
            );
        } else if let Some(from) = from
            && !is_own(from)
        {
            self.refuse(
                Code::FromMismatch,
                format!("From is {from}, the certificate is for {}", emails.join(", ")),
            );
        }
        let is_same = |address: &Address| from == Some(address) || is_own(address);
        if let Some(field) = headers.get("sender") {
            match single_mailbox("Sender", field.value) {
                Ok(sender) if is_same(&sender) => {}
                Ok(sender) => self.refuse(Code::SenderMismatch, format!("Sender is {sender}")),
                Err(reason) => self.refuse(Code::SenderMismatch, reason.detail),
            }
        }
        if policy.allow_resent {
            return;
        }
        for name in RESENT {
            for field in headers.all(name) {
                match single_mailbox(name, field.value) {
                    Ok(address) if is_same(&address) => {}
                    Ok(address) => self.refuse(Code::Resent, format!("{name} is {address}")),
                    Err(reason) => self.refuse(Code::Resent, reason.detail),
                }
            }
        }
    }
}
