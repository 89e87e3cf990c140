//! The judgement of one mail: is it what exactly one known person signed, and nothing else.
//!
//! Deviations from RFC 8551: the older S/MIME forms without signed attributes are refused by default, signatures by several people are refused always, compressed data is not opened.

use super::cms::{self, ContentInfo, SignedData};
use super::code::{Code, Reason};
use super::content::Content;
use super::decrypt;
use super::entity::{self, Entity};
use super::form::{Form, Hidden, hidden_signature, is_signature_part, is_signature_type};
use super::judgement::{Judgement, Question};
use super::mbox::without_separator;
use super::statement::Statement;
use super::verified::VerifiedData;
use crate::domain::Sha256;
use crate::pki::{Certificate, ValidPath};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// Layers of signing and encrypting around the content: a triple-wrapped mail has three.
const MAX_LAYERS: usize = 4;

/// Judges one mail, `raw` as it came. Every defect that can be found is found.
pub fn verify<'a>(raw: &'a [u8], question: &Question<'_>) -> Judgement<'a> {
    judged(raw, Judge::new(question))
}

/// Judges a mail that came encrypted, from what it opened to: [`VerifiedMail::opened`](super::VerifiedMail::opened). No key is asked.
pub fn verify_opened<'a>(raw: &'a [u8], question: &Question<'_>) -> Judgement<'a> {
    let mut judge = Judge::new(&Question {
        keys: &[],
        ..*question
    });
    // Its header is that of an encrypted mail, which may hide what was signed (RFC 9788 section 3).
    judge.layers.encrypted = true;
    judged(raw, judge)
}

fn judged<'a>(raw: &'a [u8], mut judge: Judge<'_>) -> Judgement<'a> {
    let question = judge.question;
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
        let mail = without_separator(raw);
        let entity = Entity::read(mail, &mut judge.reasons);
        header = &mail[..entity.headers.body_at];
        from = judge.from(&entity.headers);
        content = judge.layer(&entity, 0);
        judge.identity(from.as_ref(), &entity.headers);
        if let Some(content) = &content {
            judge.protected_headers(&entity.headers, from.as_ref(), content);
        }
        judge.times(&entity.headers);
    }
    let Judge {
        mut reasons,
        layers,
        opened,
        ..
    } = judge;
    reasons.sort_by_key(|r| r.code);
    reasons.dedup();
    Judgement {
        opened,
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

/// What the layers found so far have shown; the innermost counts.
#[derive(Default, Clone)]
pub(super) struct Layers {
    pub(super) signer: Option<Certificate>,
    pub(super) path: Option<ValidPath>,
    pub(super) signature_holds: bool,
    /// Whether the innermost signature is its signer's, whatever is around it.
    pub(super) innermost_holds: bool,
    /// Whether some layer is not what its signer signed, or two layers are of different people.
    pub(super) broken: bool,
    pub(super) signing_time: Option<Timestamp>,
    pub(super) content_sha256: Option<Sha256>,
    pub(super) encrypted: bool,
}

pub(super) struct Judge<'q> {
    pub(super) question: Question<'q>,
    pub(super) reasons: Vec<Reason>,
    pub(super) layers: Layers,
    /// What is wanted: a mail where there is none.
    pub(super) wanted: Option<Statement>,
    /// The entity within the innermost encryption.
    opened: Option<Zeroizing<Vec<u8>>>,
}

impl<'q> Judge<'q> {
    pub(super) fn new(question: &Question<'q>) -> Self {
        Self {
            question: *question,
            reasons: Vec::new(),
            layers: Layers::default(),
            wanted: None,
            opened: None,
        }
    }
}

impl Judge<'_> {
    pub(super) fn refuse(&mut self, code: Code, detail: impl Into<String>) {
        self.reasons.push(Reason::new(code, detail));
    }

    /// Judges one layer and what is in it; gives back the innermost signed entity.
    fn layer<'e>(&mut self, entity: &Entity<'e>, depth: usize) -> Option<Content<'e>> {
        if depth >= MAX_LAYERS {
            self.refuse(
                Code::TooLarge,
                format!("there are more than {MAX_LAYERS} layers of signing and encrypting"),
            );
            return None;
        }
        match Form::of(entity) {
            Form::Detached => self.detached(entity, depth),
            Form::Opaque => self.opaque(entity, depth),
            Form::Plain => {
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
            return;
        }
        match hidden_signature(entity) {
            Some(Hidden::Part) => self.refuse(
                Code::UnsignedContent,
                "the signed part is only a part of the mail; what is around it is not signed",
            ),
            Some(Hidden::Forwarded) => self.refuse(
                Code::Forwarded,
                "the mail carries a signed mail as an attachment and is not signed itself",
            ),
            None => self.refuse(
                Code::NotSigned,
                format!("the mail is {}, which is not signed", entity.media()),
            ),
        }
    }

    /// multipart/signed (RFC 1847 section 2.1, RFC 8551 section 3.5.3).
    fn detached<'e>(&mut self, entity: &Entity<'e>, depth: usize) -> Option<Content<'e>> {
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
        if !matches!(
            entity.encoding().as_deref(),
            Some("" | "7bit" | "8bit" | "binary")
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
        if !is_signature_part(&part) {
            self.refuse(
                Code::NotSigned,
                format!("the second part is {}, not an S/MIME signature", part.media()),
            );
            return None;
        }
        let der = self.take(part.asn1())?;
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
        self.inside(Content::lines(content), depth)
    }

    /// application/pkcs7-mime: signed with the content inside, or encrypted (RFC 8551 sections 3.3 to 3.5.2).
    fn opaque<'e>(&mut self, entity: &Entity<'e>, depth: usize) -> Option<Content<'e>> {
        let der = self.take(entity.asn1())?;
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
                let place = Content::place_in(&der, signed.content?);
                self.inside(Content::taken(der, place), depth)
            }
            cms::ID_ENVELOPED_DATA | cms::ID_AUTH_ENVELOPED_DATA => self.encrypted(&info, depth),
            other => {
                self.refuse(
                    Code::NotSigned,
                    format!("the mail holds CMS data of another kind: {other}"),
                );
                None
            }
        }
    }

    /// What is encrypted is opened and judged. Ciphertext that nothing authenticates can be altered without a key (EFAIL): unless a
    /// signature inside holds, nothing is told of what came out, so that nobody learns from the answers. A signature around it
    /// changes nothing: whoever alters the ciphertext can sign what they made of it.
    fn encrypted<'e>(&mut self, info: &ContentInfo<'_>, depth: usize) -> Option<Content<'e>> {
        self.layers.encrypted = true;
        let authenticated = info.kind == cms::ID_AUTH_ENVELOPED_DATA;
        let outer = self.layers.clone();
        let before = self.reasons.len();
        self.layers.innermost_holds = false;
        let plain = decrypt::open(info, self.question.keys);
        let opened = plain.is_some();
        let content = plain.as_ref().and_then(|plain| {
            let inner = Entity::read(plain, &mut self.reasons);
            self.layer(&inner, depth + 1).map(Content::into_owned)
        });
        let signed_inside = content.is_some() && self.layers.innermost_holds;
        if opened && (authenticated || signed_inside) {
            self.opened = self.opened.take().or(plain);
            return content;
        }
        self.opened = None;
        self.reasons.truncate(before);
        self.layers = outer;
        let detail = if self.question.keys.is_empty() {
            "the mail is encrypted and there is no key to decrypt it with"
        } else {
            "the mail is encrypted and none of the keys opens it to a mail that is validly signed"
        };
        self.refuse(Code::DecryptionFailed, detail);
        None
    }

    /// Goes on with what was signed, where that is signed or encrypted again.
    fn inside<'e>(&mut self, content: Content<'e>, depth: usize) -> Option<Content<'e>> {
        // A signed content that is no MIME entity can be shown only as text: its header says nothing to be refused.
        let mut unread = Vec::new();
        let inner = Entity::read(&content, &mut unread);
        let form = Form::of(&inner);
        if unread
            .iter()
            .any(|r| matches!(r.code, Code::DuplicateHeader | Code::TooLarge))
        {
            self.reasons.append(&mut unread);
        }
        if form == Form::Plain {
            return Some(content);
        }
        if let Some(mail) = content.of_the_mail() {
            return self.layer(&Entity::read(mail, &mut Vec::new()), depth + 1);
        }
        self.layer(&inner, depth + 1).map(Content::into_owned)
    }

    pub(super) fn take<T>(&mut self, result: Result<T, Reason>) -> Option<T> {
        result.map_err(|reason| self.reasons.push(reason)).ok()
    }
}

/// Checks a statement of this kind that was signed by [`sign_statement`](super::sign_statement): the signature, the signer's path, and
/// the strictness of mail.
///
/// # Errors
/// With every defect, the gravest first. A mail, or a statement of another kind, is refused.
pub fn verify_statement(
    der: &[u8],
    kind: Statement,
    question: &Question<'_>,
) -> Result<VerifiedData, Vec<Reason>> {
    let mut judge = Judge::new(question);
    judge.wanted = Some(kind);
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
