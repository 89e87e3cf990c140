//! In which form an entity is signed, if it is; and what signed things lie within one that is not, or within what was signed.

use super::entity::{self, Entity};

/// Depth to which a mail is searched for signed and forwarded mails, to say what it is.
const MAX_SEARCH_DEPTH: usize = 4;
/// Forwarded mails that are named. More make nothing clearer.
const MAX_FORWARDED: usize = 20;

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
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => Self::Opaque,
            "application/octet-stream" if is_named(entity, ".p7m") => Self::Opaque,
            _ => Self::Plain,
        }
    }
}

/// Whether the second part of multipart/signed is an S/MIME signature.
pub fn is_signature_part(entity: &Entity<'_>) -> bool {
    match entity.media() {
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => true,
        "application/octet-stream" => is_named(entity, ".p7s"),
        _ => false,
    }
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

/// A mail within what was signed: its own From and signature say nothing about who sent it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// What its From field says, as it stands there.
    pub from: Option<String>,
    /// Whether it bears a signature of its own, which was not judged.
    pub signed: bool,
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

/// The mails within the signed entity `content`.
pub fn forwarded(content: &[u8]) -> Vec<Forwarded> {
    let mut found = Vec::new();
    let entity = Entity::read(content, &mut Vec::new());
    // A mail wrapped so that its header is signed too is the mail itself (RFC 8551 section 3.1).
    let wrapped = is_wrapped(&entity);
    walk(&entity, 0, false, &mut |part, within| {
        if !(within && part.is_mail) || found.len() >= MAX_FORWARDED {
            return;
        }
        let from = part.headers.get("from").map(|field| {
            String::from_utf8_lossy(&field.unfolded())
                .trim()
                .chars()
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect()
        });
        found.push(Forwarded {
            from,
            signed: Form::of(part) != Form::Plain || hidden_signature(part).is_some(),
        });
    });
    if wrapped && !found.is_empty() {
        found.remove(0);
    }
    found
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
    if depth >= MAX_SEARCH_DEPTH {
        return;
    }
    let mut unread = Vec::new();
    if matches!(entity.media(), "message/rfc822" | "message/global") {
        let mut mail = Entity::read(entity.body, &mut unread);
        mail.is_mail = true;
        walk(&mail, depth + 1, true, see);
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
