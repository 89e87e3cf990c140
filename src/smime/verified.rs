//! What only a check can make: a mail that was verified, and data that was.

use super::address::Address;
use super::attachments::{self, Attachment, Problem};
use super::code::Reason;
use super::form::Forwarded;
use super::protected::shows_the_signed_subject;
use crate::domain::Sha256;
use crate::pki::{Certificate, ValidPath};
use jiff::Timestamp;
use mail_parser::MessageParser;
use std::fmt;

/// A mail that exactly one known person signed, whose certificate is valid and names its From. Comes from
/// [`Judgement::into_verified`](super::Judgement::into_verified) alone.
#[derive(Clone)]
pub struct VerifiedMail {
    signer: Certificate,
    path: ValidPath,
    content: Vec<u8>,
    content_sha256: Sha256,
    signing_time: Option<Timestamp>,
    from: Option<Address>,
    subject: Option<String>,
    subject_is_signed: bool,
    message_id: Option<String>,
    text: Option<String>,
    attachments: Vec<Attachment>,
    forwarded: Vec<Forwarded>,
    problems: Vec<Problem>,
    opened: Option<Vec<u8>>,
}

pub(super) struct Parts<'a> {
    pub signer: Certificate,
    pub path: ValidPath,
    pub content: Vec<u8>,
    pub content_sha256: Sha256,
    pub signing_time: Option<Timestamp>,
    pub from: Option<Address>,
    pub header: &'a [u8],
    pub max_attachments: usize,
    pub opened: Option<Vec<u8>>,
}

impl VerifiedMail {
    pub(super) fn read(parts: Parts<'_>) -> Result<Self, Reason> {
        let outer = MessageParser::default().parse_headers(parts.header);
        let subject = outer.as_ref().and_then(|m| m.subject()).map(str::to_owned);
        let message_id = outer.as_ref().and_then(|m| m.message_id()).map(str::to_owned);
        let subject_is_signed = shows_the_signed_subject(parts.header, &parts.content);
        let found = attachments::find(&parts.content, parts.max_attachments)?;
        Ok(Self {
            signer: parts.signer,
            path: parts.path,
            content: parts.content,
            content_sha256: parts.content_sha256,
            signing_time: parts.signing_time,
            from: parts.from,
            subject,
            subject_is_signed,
            message_id,
            text: found.text,
            attachments: found.attachments,
            forwarded: found.forwarded,
            problems: found.problems,
            opened: parts.opened,
        })
    }

    /// The certificate of the signer.
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// The path from the signer to the anchor, with the CRLs used: for the evidence.
    pub fn path(&self) -> &ValidPath {
        &self.path
    }

    /// The signed MIME entity in the form that was signed.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// SHA-256 of [`VerifiedMail::content`]: with the signer, what a replay is known by.
    pub fn content_sha256(&self) -> Sha256 {
        self.content_sha256
    }

    /// The mail as it is once it was opened, where it came encrypted: what [`verify_opened`](super::verify_opened) judges without a
    /// key. Its signed bytes are the same.
    pub fn opened(&self) -> Option<&[u8]> {
        self.opened.as_deref()
    }

    /// When the signer says that they signed. Nothing is judged by it.
    pub fn signing_time(&self) -> Option<Timestamp> {
        self.signing_time
    }

    /// The address of From, which is one of the signer's certificate. `None` only where the policy does not ask.
    pub fn from(&self) -> Option<&Address> {
        self.from.as_ref()
    }

    /// The subject. Not signed: for people to find the mail by, nothing is decided by it.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The subject, where the mail was made so that it is signed too (RFC 9788 and its kin) and shows the one that was: what others
    /// may be told in our name. Anybody can write another one over a mail on its way.
    pub fn signed_subject(&self) -> Option<&str> {
        self.subject().filter(|_| self.subject_is_signed)
    }

    /// The Message-ID. Not signed.
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// The mails that the signer passed on, and the parts that bear a signature of their own, as what they are: others may have
    /// written them, and their signatures count for nothing here. Found by the walk that finds the files, so that no file is
    /// without them: where this is empty, [`Attachment::nesting`] is 0 for all.
    pub fn forwarded(&self) -> &[Forwarded] {
        &self.forwarded
    }

    /// The text that the signer wrote, where there is some.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Every file in the signed content, whatever its declared type or disposition, wherever it lies.
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// What in the signed content could not be opened: a scan may be among it.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Debug for VerifiedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "VerifiedMail({}, {}, {:?})",
            self.signer.subject(),
            self.content_sha256,
            self.attachments
        )
    }
}

/// Data that exactly one known person signed, such as an officer's decision. Comes from
/// [`verify_statement`](super::verify_statement) alone.
#[derive(Debug, Clone)]
pub struct VerifiedData {
    pub(super) content: Vec<u8>,
    pub(super) signer: Certificate,
    pub(super) path: ValidPath,
    pub(super) signing_time: Option<Timestamp>,
}

impl VerifiedData {
    /// What was signed.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The certificate of the signer.
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// The path from the signer to the anchor.
    pub fn path(&self) -> &ValidPath {
        &self.path
    }

    /// When the signer says that they signed.
    pub fn signing_time(&self) -> Option<Timestamp> {
        self.signing_time
    }
}
