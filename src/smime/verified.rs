//! What only a check can make: a mail that was verified, and data that was.

use super::address::Address;
use super::code::{Code, Reason};
use crate::domain::Sha256;
use crate::pki::{Certificate, ValidPath};
use jiff::Timestamp;
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};
use std::fmt;

/// Messages within messages that are opened: a forward of a forward.
const MAX_NESTING: usize = 3;

/// A file in a verified mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    name: Option<String>,
    media: String,
    bytes: Vec<u8>,
    nesting: usize,
}

impl Attachment {
    /// Its file name as the sender gave it. Never a path to write to.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The media type that the sender gave it, in lower case; what it really is must be looked at.
    pub fn media(&self) -> &str {
        &self.media
    }

    /// Its content. Text is in UTF-8, whatever it was sent in.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many messages are around it: 0 in the mail itself, 1 in a forwarded one. What is forwarded was not written by the signer.
    pub fn nesting(&self) -> usize {
        self.nesting
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Attachment({:?}, {}, {} bytes)",
            self.name,
            self.media,
            self.bytes.len()
        )
    }
}

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
    message_id: Option<String>,
    text: Option<String>,
    attachments: Vec<Attachment>,
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
}

impl VerifiedMail {
    pub(super) fn read(parts: Parts<'_>) -> Result<Self, Reason> {
        let outer = MessageParser::default().parse_headers(parts.header);
        let subject = outer.as_ref().and_then(|m| m.subject()).map(str::to_owned);
        let message_id = outer.as_ref().and_then(|m| m.message_id()).map(str::to_owned);
        let mut attachments = Vec::new();
        let mut text = None;
        if let Some(message) = MessageParser::default().parse(parts.content.as_slice()) {
            text = message.body_text(0).map(|t| t.into_owned());
            collect(&message, 0, parts.max_attachments, &mut attachments)?;
        }
        Ok(Self {
            signer: parts.signer,
            path: parts.path,
            content: parts.content,
            content_sha256: parts.content_sha256,
            signing_time: parts.signing_time,
            from: parts.from,
            subject,
            message_id,
            text,
            attachments,
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

    /// The Message-ID. Not signed.
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// The text that the signer wrote, where there is some.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Every file in the signed content, whatever its declared type or disposition.
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
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

fn collect(
    message: &Message<'_>,
    nesting: usize,
    limit: usize,
    into: &mut Vec<Attachment>,
) -> Result<(), Reason> {
    if nesting > MAX_NESTING {
        let detail = format!("more than {MAX_NESTING} messages are nested in one another");
        return Err(Reason::new(Code::TooLarge, detail));
    }
    for part in &message.parts {
        match &part.body {
            PartType::Multipart(_) => continue,
            PartType::Message(inner) => {
                collect(inner, nesting + 1, limit, into)?;
                continue;
            }
            PartType::Text(_) | PartType::Html(_) if !is_file(part) => continue,
            _ => {}
        }
        if into.len() >= limit {
            return Err(Reason::new(
                Code::TooLarge,
                format!("the mail has more than {limit} attachments"),
            ));
        }
        let media = part.content_type().map_or_else(
            || "application/octet-stream".to_owned(),
            |t| format!("{}/{}", t.ctype(), t.subtype().unwrap_or("octet-stream")).to_ascii_lowercase(),
        );
        into.push(Attachment {
            name: part.attachment_name().map(str::to_owned),
            media,
            bytes: part.contents().to_vec(),
            nesting,
        });
    }
    Ok(())
}

/// Whether a text is a file rather than what the sender wrote.
fn is_file(part: &MessagePart<'_>) -> bool {
    part.attachment_name().is_some()
        || part
            .content_disposition()
            .is_some_and(|d| d.ctype() == "attachment")
}

/// Data that exactly one known person signed, such as an officer's decision. Comes from
/// [`verify_data`](super::verify_data) alone.
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
