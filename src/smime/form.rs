//! In which form an entity is signed, if it is, and whether something within it is.

use super::entity::{self, Entity};
use crate::domain::is_invisible;

/// Multiparts and messages within one another that are looked into. Mail programs write four or five.
pub const MAX_DEPTH: usize = 16;

/// How an entity is signed or encrypted (RFC 8551 section 3.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// multipart/signed.
    Detached,
    /// application/pkcs7-mime, or what a gateway made of it: a file of bytes whose name ends in `.p7m`.
    Opaque,
    /// Neither.
    Plain,
}

impl Form {
    /// The form of an entity, by its Content-Type and its file name.
    pub fn of(entity: &Entity<'_>) -> Self {
        match entity.media() {
            "multipart/signed" => Self::Detached,
            media if is_cms_type(media) => Self::Opaque,
            "application/octet-stream" if is_named(entity, ".p7m") => Self::Opaque,
            _ => Self::Plain,
        }
    }
}

/// Whether the second part of multipart/signed is an S/MIME signature.
pub fn is_signature_part(entity: &Entity<'_>) -> bool {
    match entity.media() {
        media if is_signature_type(media) => true,
        "application/octet-stream" => is_named(entity, ".p7s"),
        _ => false,
    }
}

/// Whether a media type is that of S/MIME data with its content inside (RFC 8551 section 3.2).
pub fn is_cms_type(media: &str) -> bool {
    matches!(media, "application/pkcs7-mime" | "application/x-pkcs7-mime")
}

/// Whether a media type is that of an S/MIME signature beside its content (RFC 8551 section 3.5.3).
pub fn is_signature_type(media: &str) -> bool {
    matches!(
        media,
        "application/pkcs7-signature" | "application/x-pkcs7-signature"
    )
}

/// Whether a media type is that of a mail within a mail.
pub fn is_message_type(media: &str) -> bool {
    matches!(media, "message/rfc822" | "message/global" | "message/news")
}

fn is_named(entity: &Entity<'_>, end: &str) -> bool {
    entity
        .file_name()
        .is_some_and(|name| name.to_ascii_lowercase().ends_with(end))
}

/// Where in an unsigned mail a signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// On a part of the mail.
    Part,
    /// In another mail that it carries.
    Forwarded,
}

/// Whether somewhere within an unsigned mail there is an S/MIME signature, a part of its own before one of another mail.
pub fn hidden_signature(entity: &Entity<'_>) -> Option<Hidden> {
    let mut found = None;
    walk(entity, 0, false, &mut |part, forwarded| {
        if Form::of(part) != Form::Plain || is_signature_part(part) {
            let now = if forwarded {
                Hidden::Forwarded
            } else {
                Hidden::Part
            };
            if found != Some(Hidden::Part) {
                found = Some(now);
            }
        }
    });
    found
}

/// Whether an entity bears an S/MIME signature, or is encrypted: it, or something in it.
pub fn bears_signature(entity: &Entity<'_>) -> bool {
    Form::of(entity) != Form::Plain || hidden_signature(entity).is_some()
}

/// A mail within what was signed, or a part that bears a signature of its own: its From and signature say nothing about who sent it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// What its From field says, as it stands there. A part has none.
    pub from: Option<String>,
    /// Whether it bears a signature of its own, which was not judged.
    pub signed: bool,
}

impl Forwarded {
    /// What `mail` says of itself.
    pub(super) fn of(mail: &Entity<'_>) -> Self {
        let from = mail.headers.get("from").map(|field| {
            String::from_utf8_lossy(&field.unfolded())
                .trim()
                .chars()
                .map(|c| {
                    if c.is_control() || is_invisible(c) {
                        '\u{fffd}'
                    } else {
                        c
                    }
                })
                .collect()
        });
        Self {
            from,
            signed: bears_signature(mail),
        }
    }
}

impl std::fmt::Display for Forwarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let from = self.from.as_deref().unwrap_or("nobody named");
        let signed = if self.signed {
            "with a signature of its own, which was not judged"
        } else {
            "not signed"
        };
        write!(f, "a mail from {from}, {signed}")
    }
}

/// Whether the entity is the mail itself, wrapped (RFC 8551 section 3.1): `message/rfc822; forwarded=no`.
pub fn is_wrapped(entity: &Entity<'_>) -> bool {
    let content_type = entity.content_type.as_ref();
    matches!(entity.media(), "message/rfc822" | "message/global")
        && content_type
            .and_then(|c| c.parameter("forwarded"))
            .is_some_and(|value| value.eq_ignore_ascii_case("no"))
}

/// Calls `see` with every part, and whether it lies within a mail that this one carries.
fn walk(entity: &Entity<'_>, depth: usize, within: bool, see: &mut dyn FnMut(&Entity<'_>, bool)) {
    see(entity, within);
    if depth >= MAX_DEPTH {
        return;
    }
    let mut unread = Vec::new();
    if is_message_type(entity.media()) {
        if let Ok(mail) = entity.decoded() {
            walk(&Entity::read(&mail, &mut unread), depth + 1, true, see);
        }
        return;
    }
    let Some(boundary) = entity.content_type.as_ref().and_then(|c| c.boundary()) else {
        return;
    };
    let Ok(cut) = entity::cut(entity.body, boundary) else {
        return;
    };
    for part in &cut.parts {
        walk(&Entity::read(part, &mut unread), depth + 1, within, see);
        unread.clear();
    }
}
