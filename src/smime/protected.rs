//! Header fields that were signed along with the content (RFC 9788, its drafts, and the wrapped mail of RFC 8551 section 3.1):
//! where they are present, the mail's own fields must be the same.

use super::address::{Address, decode_words, single_mailbox};
use super::code::{Code, Reason};
use super::entity::Entity;
use super::form::is_wrapped;
use super::header::{Headers, unfold};
use super::judge::Judge;
use super::times::read_date;

/// The fields that are compared besides From: what people find, answer and date a mail by.
const COMPARED: &[&str] = &["sender", "reply-to", "to", "cc", "subject", "date", "message-id"];

/// In which way fields are protected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `hp=` of RFC 9788: every field of the sender's is inside.
    Whole,
    /// `protected-headers="v1"` of its drafts, where some programs put a few fields only.
    Some,
    /// The whole mail as message/rfc822, `forwarded=no`.
    Wrapped,
}

impl Judge<'_> {
    /// Compares the mail's header with the one that was signed, if one was.
    pub(super) fn protected_headers(&mut self, outer: &Headers<'_>, from: Option<&Address>, content: &[u8]) {
        let Some((way, inner)) = signed_header(content, &mut self.reasons) else {
            return;
        };
        for defect in differences(way, outer, from, &inner, self.layers.encrypted) {
            self.reasons
                .push(Reason::new(Code::ProtectedHeaderMismatch, defect));
        }
    }
}

/// The header that was signed along with the content, if one was. What is wrong with that of a wrapped mail goes into `reasons`.
fn signed_header<'a>(content: &'a [u8], reasons: &mut Vec<Reason>) -> Option<(Way, Headers<'a>)> {
    let entity = Entity::read(content, &mut Vec::new());
    let content_type = entity.content_type.as_ref()?;
    if content_type.parameter("hp").is_some() {
        Some((Way::Whole, entity.headers))
    } else if content_type.parameter("protected-headers").is_some() {
        Some((Way::Some, entity.headers))
    } else if is_wrapped(&entity) {
        Some((Way::Wrapped, Entity::read(entity.body, reasons).headers))
    } else {
        None
    }
}

/// Whether the mail with this header shows the subject that was signed along with its content.
pub fn shows_the_signed_subject(header: &[u8], content: &[u8]) -> bool {
    let subject = |headers: &Headers<'_>| {
        let field = headers.get("subject")?;
        Some(comparable("subject", field.value))
    };
    let shown = subject(&Headers::read(header, &mut Vec::new()));
    let signed = signed_header(content, &mut Vec::new()).and_then(|(_, inner)| subject(&inner));
    shown.is_some() && shown == signed
}

fn differences(
    way: Way,
    outer: &Headers<'_>,
    from: Option<&Address>,
    inner: &Headers<'_>,
    encrypted: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    match inner.get("from").map(|field| single_mailbox("From", field.value)) {
        None if way == Way::Some => {}
        None => found.push("there is no From among the signed fields".to_owned()),
        // An outer From that is no single address has a reason of its own.
        Some(_) if from.is_none() => {}
        Some(Ok(signed)) if Some(&signed) == from => {}
        Some(Ok(signed)) => found.push(format!("From was signed as {signed}")),
        Some(Err(reason)) => found.push(reason.detail),
    }
    for name in COMPARED {
        let signed = inner.get(name).map(|field| comparable(name, field.value));
        let shown = outer.get(name).map(|field| comparable(name, field.value));
        // RFC 9788 section 2.2: what an encrypted mail shows outside stands inside as HP-Outer; what does not was taken out.
        let wanted = match (encrypted, announced(inner, name)) {
            (false, _) => signed,
            (true, Announced::As(value)) => Some(value),
            (true, Announced::Without) => None,
            (true, Announced::Nothing) => match (*name, &shown) {
                ("subject", Some(shown)) if is_placeholder(shown) => continue,
                (_, None) => continue,
                _ => signed,
            },
        };
        let same = match (&wanted, &shown) {
            (Some(wanted), Some(shown)) => wanted == shown,
            // A server may add Date and Message-ID, a list its Reply-To; a subject or a Sender that was not signed deceives.
            (None, Some(_)) => way == Way::Some || !matches!(*name, "subject" | "sender" | "reply-to"),
            (Some(wanted), None) => wanted.is_empty(),
            (None, None) => true,
        };
        if !same {
            let text = |value: &Option<String>| value.as_deref().unwrap_or("nothing").to_owned();
            found.push(format!(
                "{name} is {:?}, signed was {:?}",
                text(&shown),
                text(&wanted)
            ));
        }
    }
    found
}

/// What the signed header says of a field's outer form.
enum Announced {
    /// Nothing at all is said of any field.
    Nothing,
    /// This field has no outer form.
    Without,
    /// It stands outside so.
    As(String),
}

fn announced(inner: &Headers<'_>, name: &str) -> Announced {
    let mut any = false;
    for field in inner.all("hp-outer") {
        any = true;
        let value = field.unfolded();
        if let Some(colon) = memchr::memchr(b':', &value)
            && value[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes())
        {
            return Announced::As(comparable(name, &value[colon + 1..]));
        }
    }
    if any {
        Announced::Without
    } else {
        Announced::Nothing
    }
}

/// What programs write in the place of a subject that is encrypted.
fn is_placeholder(subject: &str) -> bool {
    matches!(subject, "..." | "[...]" | "Encrypted Message" | "")
}

/// A field in the form in which it is compared: folds, blanks and encodings are a server's to change, words and addresses are not.
fn comparable(name: &str, value: &[u8]) -> String {
    let text = String::from_utf8_lossy(&unfold(value)).into_owned();
    match name {
        "date" => read_date(text.as_bytes()).map_or(text, |date| date.to_string()),
        "subject" => decode_words(&text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        "message-id" => text.split_whitespace().collect(),
        // Lists of addresses: which ones, in whatever order and dress.
        _ => {
            let mut addresses: Vec<String> = text
                .split(|c: char| c.is_whitespace() || "<>()[],;:\"".contains(c))
                .filter(|word| word.contains('@'))
                .map(|word| Address::parse(word).map_or(word.to_owned(), |address| address.to_string()))
                .collect();
            addresses.sort();
            addresses.dedup();
            addresses.join(" ")
        }
    }
}
