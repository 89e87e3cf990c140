//! The judgement of one mail: is it what exactly one known person signed, and nothing else.
//!
//! Deviations from RFC 8551: the older S/MIME forms without signed attributes are refused by default, signatures by several people are refused always, compressed data is not opened.

use super::address::{Address, single_mailbox};
use super::cms::{self, ContentInfo, SignedData};
use super::code::{Code, Reason};
use super::decrypt;
use super::entity::{self, Entity};
use super::judgement::{Judgement, Question};
use super::verified::VerifiedData;
use crate::domain::Sha256;
use crate::pki::{Certificate, ValidPath};
use jiff::Timestamp;
use std::borrow::Cow;

/// Layers of signing and encrypting around the content: a triple-wrapped mail has three.
const MAX_LAYERS: usize = 4;
/// Depth to which an unsigned mail is searched for a signature, to say what is wrong with it.
const MAX_SEARCH_DEPTH: usize = 4;

/// Judges one mail, `raw` as it came. Every defect that can be found is found.
pub fn verify<'a>(raw: &'a [u8], question: &Question<'_>) -> Judgement<'a> {
    let mut judge = Judge {
        question: *question,
        reasons: Vec::new(),
        layers: Layers::default(),
    };
    let mut from = None;
    let mut content = None;
    let mut header: &[u8] = &[];
    if raw.len() > question.policy.max_mail_bytes {
        let detail = format!(
            "the mail has {} bytes, {} are taken in",
            raw.len(),
            question.policy.max_mail_bytes
        );
        judge.reasons.push(Reason::new(Code::TooLarge, detail));
    } else {
        let mail = without_envelope(raw);
        let entity = Entity::read(mail, &mut judge.reasons);
        header = &mail[..entity.headers.body_at];
        from = judge.from(&entity);
        content = judge.layer(&entity, 0);
        judge.identity(from.as_ref(), &entity);
    }
    let Judge {
        mut reasons, layers, ..
    } = judge;
    reasons.sort_by_key(|r| r.code);
    reasons.dedup();
    Judgement {
        content_type: content
            .as_deref()
            .map(|c| Entity::read(c, &mut Vec::new()).media().to_owned()),
        reasons,
        signature_holds: layers.signature_holds,
        signer: layers.signer,
        path: layers.path,
        signing_time: layers.signing_time,
        content_sha256: layers.content_sha256,
        encrypted: layers.encrypted,
        from,
        header,
        content,
        max_attachments: question.policy.max_attachments,
    }
}

/// The mail without the line that an mbox file puts before it.
fn without_envelope(raw: &[u8]) -> &[u8] {
    if !raw.starts_with(b"From ") {
        return raw;
    }
    memchr::memchr(b'\n', raw).map_or(raw, |end| &raw[end + 1..])
}

/// What the layers found so far have shown; the innermost counts.
#[derive(Default)]
pub(super) struct Layers {
    pub(super) signer: Option<Certificate>,
    pub(super) path: Option<ValidPath>,
    pub(super) signature_holds: bool,
    pub(super) signing_time: Option<Timestamp>,
    pub(super) content_sha256: Option<Sha256>,
    encrypted: bool,
}

pub(super) struct Judge<'q> {
    pub(super) question: Question<'q>,
    pub(super) reasons: Vec<Reason>,
    pub(super) layers: Layers,
}

impl Judge<'_> {
    pub(super) fn refuse(&mut self, code: Code, detail: impl Into<String>) {
        self.reasons.push(Reason::new(code, detail));
    }

    /// Reads the one From of the mail.
    fn from(&mut self, entity: &Entity<'_>) -> Option<Address> {
        let Some(field) = entity.headers.get("from") else {
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

    /// Compares From and Sender with the signer's certificate.
    fn identity(&mut self, from: Option<&Address>, entity: &Entity<'_>) {
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
        if let Some(field) = entity.headers.get("sender") {
            match single_mailbox("Sender", field.value) {
                Ok(sender) if from == Some(&sender) || is_own(&sender) => {}
                Ok(sender) => self.refuse(Code::SenderMismatch, format!("Sender is {sender}")),
                Err(reason) => self.refuse(Code::SenderMismatch, reason.detail),
            }
        }
    }

    /// Judges one layer and what is in it; gives back the innermost signed entity.
    fn layer<'e>(&mut self, entity: &Entity<'e>, depth: usize) -> Option<Cow<'e, [u8]>> {
        if depth >= MAX_LAYERS {
            self.refuse(
                Code::TooLarge,
                format!("there are more than {MAX_LAYERS} layers of signing and encrypting"),
            );
            return None;
        }
        match entity.media() {
            "multipart/signed" => self.detached(entity, depth),
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => self.opaque(entity, depth),
            _ => {
                self.unsigned(entity);
                None
            }
        }
    }

    fn unsigned(&mut self, entity: &Entity<'_>) {
        if self.layers.signer.is_some() {
            self.refuse(
                Code::NotSigned,
                "what was encrypted is not signed; the signature covers the encrypted form only",
            );
        } else if holds_signature(entity, 0) {
            let detail = "the signed part is only a part of the mail; what is around it is not signed";
            self.refuse(Code::UnsignedContent, detail);
        } else {
            self.refuse(
                Code::NotSigned,
                format!("the mail is {}, which is not signed", entity.media()),
            );
        }
    }

    /// multipart/signed (RFC 1847 section 2.1, RFC 8551 section 3.5.3).
    fn detached<'e>(&mut self, entity: &Entity<'e>, depth: usize) -> Option<Cow<'e, [u8]>> {
        let content_type = entity.content_type.as_ref()?;
        if let Some(protocol) = content_type.parameter("protocol")
            && !is_signature_type(&protocol.to_ascii_lowercase())
        {
            self.refuse(
                Code::NotSigned,
                format!("it is signed by another protocol than S/MIME: {protocol}"),
            );
            return None;
        }
        let encoding = entity
            .headers
            .get("content-transfer-encoding")
            .map(|f| f.unfolded())
            .unwrap_or_default();
        if !matches!(
            encoding.trim_ascii().to_ascii_lowercase().as_slice(),
            b"" | b"7bit" | b"8bit" | b"binary"
        ) {
            // RFC 2045 section 6.4: a multipart has no encoding of its own; programs that took one off would see other parts.
            self.refuse(
                Code::MalformedMime,
                "the multipart has a transfer encoding of its own",
            );
        }
        let Some(boundary) = content_type.boundary() else {
            self.refuse(
                Code::MalformedMime,
                "the boundary of the parts is missing, or programs would read it differently",
            );
            return None;
        };
        let cut = match entity::cut(entity.body, boundary) {
            Ok(cut) => cut,
            Err(reason) => {
                self.reasons.push(reason);
                return None;
            }
        };
        if !cut.epilogue.trim_ascii().is_empty() {
            self.refuse(Code::UnsignedContent, "there is text after the last part");
        }
        let (content, signature) = match *cut.parts.as_slice() {
            [content, signature] => (content, signature),
            [content, signature, ..] => {
                let detail = format!(
                    "there are {} parts where the signed one and the signature belong",
                    cut.parts.len()
                );
                self.refuse(Code::UnsignedContent, detail);
                (content, signature)
            }
            _ => {
                self.refuse(Code::NotSigned, "the signature is missing");
                return None;
            }
        };
        let part = Entity::read(signature, &mut self.reasons);
        if !is_signature_type(part.media()) {
            self.refuse(
                Code::NotSigned,
                format!("the second part is {}, not an S/MIME signature", part.media()),
            );
            return None;
        }
        let der = self.take(part.decoded())?;
        let info = self.take(ContentInfo::read(&der))?;
        if info.kind != cms::ID_SIGNED_DATA {
            self.refuse(
                Code::NotSigned,
                "the second part holds something else than a signature",
            );
            return None;
        }
        let signed = self.take(SignedData::read(&info.content))?;
        if signed.content.is_some() {
            self.refuse(Code::ContentTwice, "the signature brings content of its own");
        }
        self.signature(&signed, content, true);
        self.inside(Cow::Borrowed(content), depth)
    }

    /// application/pkcs7-mime: signed with the content inside, or encrypted (RFC 8551 sections 3.3 to 3.5.2).
    fn opaque<'e>(&mut self, entity: &Entity<'e>, depth: usize) -> Option<Cow<'e, [u8]>> {
        let der = self.take(entity.decoded())?;
        let info = self.take(ContentInfo::read(&der))?;
        match info.kind {
            cms::ID_SIGNED_DATA => {
                let signed = self.take(SignedData::read(&info.content))?;
                let Some(content) = signed.content.as_deref() else {
                    let code = if signed.signer().is_ok() {
                        Code::ContentMissing
                    } else {
                        Code::NoSigner
                    };
                    self.refuse(code, "the signature data holds no content");
                    return None;
                };
                self.signature(&signed, content, false);
                let content = Cow::Owned(content.to_vec());
                self.inside(content, depth)
            }
            cms::ID_ENVELOPED_DATA | cms::ID_AUTH_ENVELOPED_DATA => {
                self.layers.encrypted = true;
                let Some(plain) = decrypt::open(&info, self.question.keys) else {
                    let detail = if self.question.keys.is_empty() {
                        "the mail is encrypted and there is no key to decrypt it with"
                    } else {
                        "the mail is encrypted and none of the keys opens it"
                    };
                    self.refuse(Code::DecryptionFailed, detail);
                    return None;
                };
                let inner = Entity::read(&plain, &mut self.reasons);
                self.layer(&inner, depth + 1)
                    .map(|content| Cow::Owned(content.into_owned()))
            }
            other => {
                self.refuse(
                    Code::NotSigned,
                    format!("the mail holds CMS data of another kind: {other}"),
                );
                None
            }
        }
    }

    /// Goes on with what was signed, where that is signed or encrypted again.
    fn inside<'e>(&mut self, content: Cow<'e, [u8]>, depth: usize) -> Option<Cow<'e, [u8]>> {
        // A signed content that is no MIME entity can be shown only as text: its header says nothing to be refused.
        let mut unread = Vec::new();
        let inner = Entity::read(&content, &mut unread);
        let wrapped = matches!(
            inner.media(),
            "multipart/signed" | "application/pkcs7-mime" | "application/x-pkcs7-mime"
        );
        if unread
            .iter()
            .any(|r| matches!(r.code, Code::DuplicateHeader | Code::TooLarge))
        {
            self.reasons.append(&mut unread);
        }
        if !wrapped {
            return Some(content);
        }
        match content {
            Cow::Borrowed(bytes) => {
                let inner = Entity::read(bytes, &mut Vec::new());
                self.layer(&inner, depth + 1)
            }
            Cow::Owned(bytes) => {
                let inner = Entity::read(&bytes, &mut Vec::new());
                self.layer(&inner, depth + 1)
                    .map(|content| Cow::Owned(content.into_owned()))
            }
        }
    }

    pub(super) fn take<T>(&mut self, result: Result<T, Reason>) -> Option<T> {
        result.map_err(|reason| self.reasons.push(reason)).ok()
    }
}

fn is_signature_type(media: &str) -> bool {
    matches!(
        media,
        "application/pkcs7-signature" | "application/x-pkcs7-signature"
    )
}

/// Whether somewhere within an unsigned mail there is an S/MIME signature.
fn holds_signature(entity: &Entity<'_>, depth: usize) -> bool {
    if depth > MAX_SEARCH_DEPTH {
        return false;
    }
    let media = entity.media();
    if media == "multipart/signed"
        || media.starts_with("application/pkcs7-")
        || media.starts_with("application/x-pkcs7-")
    {
        return true;
    }
    let mut unread = Vec::new();
    if media == "message/rfc822" {
        return holds_signature(&Entity::read(entity.body, &mut unread), depth + 1);
    }
    let Some(boundary) = entity.content_type.as_ref().and_then(|c| c.boundary()) else {
        return false;
    };
    let Ok(cut) = entity::cut(entity.body, boundary) else {
        return false;
    };
    cut.parts
        .iter()
        .any(|part| holds_signature(&Entity::read(part, &mut unread), depth + 1))
}

/// Checks data that was signed by [`sign_data`](super::sign_data): the signature, the signer's path, and the strictness of mail.
///
/// # Errors
/// With every defect, the gravest first.
pub fn verify_data(der: &[u8], question: &Question<'_>) -> Result<VerifiedData, Vec<Reason>> {
    let mut judge = Judge {
        question: *question,
        reasons: Vec::new(),
        layers: Layers::default(),
    };
    let content = judge.data(der);
    let Judge {
        mut reasons, layers, ..
    } = judge;
    reasons.sort_by_key(|r| r.code);
    reasons.dedup();
    match (content, layers.signer, layers.path) {
        (Some(content), Some(signer), Some(path)) if reasons.is_empty() && layers.signature_holds => {
            Ok(VerifiedData {
                content,
                signer,
                path,
                signing_time: layers.signing_time,
            })
        }
        _ => Err(reasons),
    }
}

impl Judge<'_> {
    fn data(&mut self, der: &[u8]) -> Option<Vec<u8>> {
        let info = self.take(ContentInfo::read(der))?;
        if info.kind != cms::ID_SIGNED_DATA {
            self.refuse(Code::NotSigned, "the data is not signed");
            return None;
        }
        let signed = self.take(SignedData::read(&info.content))?;
        let Some(content) = signed.content.as_deref() else {
            self.refuse(Code::ContentMissing, "the signature data holds no content");
            return None;
        };
        self.signature(&signed, content, false);
        Some(content.to_vec())
    }
}
