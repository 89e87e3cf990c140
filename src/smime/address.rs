//! The From field: exactly one plain mail address, or a reason why not (RFC 5322 section 3.4).

use super::code::{Code, Reason};
use super::header::unfold;
use super::idn;
use crate::domain::is_invisible;
use unicode_normalization::UnicodeNormalization;

/// A From field longer than this names more than one person.
const MAX_FIELD_BYTES: usize = 2000;
/// RFC 5321 section 4.5.3.1: 64 for the local part, 255 for the domain, and the sign between.
const MAX_ADDRESS_BYTES: usize = 320;

/// A mail address, its domain in the one form that is compared (lower case, A-labels), its local part as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    local: String,
    domain: String,
}

impl Address {
    /// Reads an address as it stands in a certificate, or in a field without anything around it. `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let forbidden =
            |c: char| c.is_control() || c.is_whitespace() || "()<>,;:\\\"[]@".contains(c) || is_invisible(c);
        let dots_right = |part: &str| !part.is_empty() && part.split('.').all(|label| !label.is_empty());
        if text.len() > MAX_ADDRESS_BYTES
            || text.chars().filter(|c| *c != '@').any(forbidden)
            || local.contains('@')
        {
            return None;
        }
        if !dots_right(local) || !dots_right(domain) {
            return None;
        }
        Some(Self {
            local: local.to_owned(),
            domain: idn::ascii_domain(domain)?,
        })
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// What stands after the `@`, in lower case, labels beyond ASCII as A-labels (`xn--…`).
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether both mean the same mailbox: the domain without case; the local part exactly, or without case for the domains that
    /// the office says so of.
    pub fn is_same(&self, other: &Self, fold_domains: &[String]) -> bool {
        self.domain == other.domain
            && (self.local == other.local
                || (fold_domains
                    .iter()
                    .any(|d| idn::ascii_domain(d).as_ref() == Some(&self.domain))
                    && self.local.eq_ignore_ascii_case(&other.local)))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads an address field that must hold one mailbox. `name` is the field's, for the reason.
///
/// # Errors
/// When it holds none, several, a group, a comment, a route, or anything else that programs show differently.
pub fn single_mailbox(name: &str, value: &[u8]) -> Result<Address, Reason> {
    let malformed = |detail: &str| Reason::new(Code::FromMalformed, format!("{name}: {detail}"));
    if value.len() > MAX_FIELD_BYTES {
        return Err(malformed("the field is too long for one address"));
    }
    let text = String::from_utf8(unfold(value)).map_err(|_| malformed("the field is not in UTF-8"))?;
    if text
        .chars()
        .any(|c| (c.is_control() && c != '\t') || is_invisible(c))
    {
        return Err(malformed("the field has invisible or control characters in it"));
    }
    let (display, address) = split(text.trim()).map_err(malformed)?;
    let address =
        Address::parse(&address).ok_or_else(|| malformed("there is not one plain address in it"))?;
    let shown = decode_words(&display);
    let misleading = |detail: String| Reason::new(Code::FromMisleading, format!("{name}: {detail}"));
    if shown.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(misleading(
            "the name has invisible or control characters in it".into(),
        ));
    }
    // Many programs put the address in the place of the name; any other address there deceives, in whatever width or dress its
    // sign is written.
    let plain: String = shown.nfkc().collect();
    let lower = plain.to_lowercase();
    for at in ["(at)", "[at]", "{at}"] {
        // A domain has to follow: "(AT)" alone is a country.
        let domain = lower
            .split_once(at)
            .and_then(|(_, after)| after.split_whitespace().next()?.split_once('.'));
        if domain.is_some_and(|(host, rest)| !host.is_empty() && rest.starts_with(char::is_alphanumeric)) {
            return Err(misleading(format!(
                "the name {shown:?} is written like an address"
            )));
        }
    }
    for word in plain.split(|c: char| c.is_whitespace() || "<>()[],;:\"'".contains(c)) {
        if word.contains('@')
            && Address::parse(word)
                .is_none_or(|shown| !shown.is_same(&address, std::slice::from_ref(&address.domain)))
        {
            return Err(misleading(format!(
                "the name {shown:?} is not the address {address}"
            )));
        }
    }
    Ok(address)
}

/// Splits a mailbox into display name and address.
fn split(text: &str) -> Result<(String, String), &'static str> {
    let mut display = String::new();
    let mut rest = text;
    loop {
        let Some(c) = rest.chars().next() else {
            // No angle brackets: all of it is the address.
            return if text.contains('"') {
                Err("quotation marks without an address in angle brackets")
            } else {
                Ok((String::new(), display.trim().to_owned()))
            };
        };
        match c {
            '"' => {
                let mut escaped = false;
                let mut end = None;
                for (i, c) in rest.char_indices().skip(1) {
                    match c {
                        _ if escaped => {
                            display.push(c);
                            escaped = false;
                        }
                        '\\' => escaped = true,
                        '"' => {
                            end = Some(i);
                            break;
                        }
                        c => display.push(c),
                    }
                }
                rest = &rest[end.ok_or("a quotation mark is not closed")? + 1..];
            }
            '<' => {
                let (address, after) = rest[1..]
                    .split_once('>')
                    .ok_or("an angle bracket is not closed")?;
                if !after.trim().is_empty() {
                    return Err("something follows after the address");
                }
                return Ok((display.trim().to_owned(), address.trim().to_owned()));
            }
            '(' | ')' => return Err("there is a comment in it, which programs show differently"),
            ',' => return Err("there is more than one address in it"),
            ':' | ';' => return Err("there is a group of addresses in it"),
            '>' | '\\' => return Err("it is not an address"),
            c => {
                display.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
}

/// The text with its encoded words (RFC 2047) decoded as mail programs show them, also where they may not stand and often do.
pub fn decode_words(text: &str) -> String {
    if !text.contains("=?") || text.contains(['\r', '\n']) {
        return text.to_owned();
    }
    let field = format!("Subject: {text}\r\n\r\n");
    let parsed = mail_parser::MessageParser::default().parse_headers(field.as_bytes());
    parsed
        .as_ref()
        .and_then(|m| m.subject())
        .map_or_else(|| text.to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<String, Code> {
        single_mailbox("From", value.as_bytes())
            .map(|a| a.to_string())
            .map_err(|r| r.code)
    }

    #[test]
    fn reads_what_mail_programs_write() {
        let expected = Ok("rio@office.example".to_owned());
        for value in [
            " rio@office.example",
            " <rio@Office.Example>",
            " Erika Muster <rio@office.example>",
            " \"Muster, Erika (GS)\" <rio@office.example>",
            " \"rio@office.example\" <rio@office.example>",
            " =?utf-8?Q?M=C3=BCller?= <rio@office.example>",
            " \"Muster Erika (AT)\" <rio@office.example>",
            " \"Muster Erika (AT) Dr. phil.\" <rio@office.example>",
            " Erika\r\n Muster <rio@office.example>",
            " Erika Müller <rio@office.example>",
        ] {
            assert_eq!(read(value), expected, "{value}");
        }
    }

    #[test]
    fn refuses_whatever_is_not_one_plain_address() {
        for value in [
            "",
            "rio",
            "rio@office.example, other@evil.example",
            "RIOs: rio@office.example;",
            "rio@office.example (other@evil.example)",
            "<@evil.example:rio@office.example>",
            "<rio@office.example> other@evil.example",
            "<rio@office.example> <other@evil.example>",
            "\"rio@office.example\" other@evil.example",
            "rio@office.example\0@evil.example",
            "rio@evil.example@office.example",
            "rio\u{200b}@office.example",
            "\"unclosed <rio@office.example>",
            "rio @office.example",
            "rio@office..example",
            "rio@oﬃce.example",
            "rio@office。example",
            "rio@\u{212a}.example",
            "rio＠office.example",
            "=?utf-8?Q?rio=40office.example?=",
            "<=?utf-8?Q?rio?=@office.example> x",
            "rio@office.example;",
            "undisclosed-recipients:;",
            "rio@office.example, rio@office.example",
            "rio\u{e0040}boss@office.example",
        ] {
            assert_eq!(read(value), Err(Code::FromMalformed), "{value}");
        }
    }

    #[test]
    fn refuses_a_name_that_looks_like_another_address() {
        for value in [
            "\"boss@office.example\" <rio@office.example>",
            "=?utf-8?B?Ym9zc0BvZmZpY2UuZXhhbXBsZQ==?= <rio@office.example>",
            "\"boss＠office.example\" <rio@office.example>",
            "\"boss﹫office.example\" <rio@office.example>",
            "\"rio@оffice.example\" <rio@office.example>",
            "\"boss (at) office.example\" <rio@office.example>",
            "=?utf-8?Q?boss=EF=BC=A0office.example?= <rio@office.example>",
            "=?utf-8?B?PGJvc3NAb2ZmaWNlLmV4YW1wbGU+?= <rio@office.example>",
            "=?utf-8?Q?bo?= =?utf-8?Q?ss@office.example?= <rio@office.example>",
            "=?utf-8?Q?Erika=E2=80=AEretsuM?= <rio@office.example>",
        ] {
            assert_eq!(read(value), Err(Code::FromMisleading), "{value}");
        }
    }

    #[test]
    fn compares_the_local_part_exactly_unless_the_office_says_otherwise() {
        let a = Address::parse("Rio@office.example").unwrap();
        let b = Address::parse("rio@OFFICE.example").unwrap();
        assert!(!a.is_same(&b, &[]));
        assert!(a.is_same(&b, &["office.example".into()]));
    }

    #[test]
    fn folds_no_letters_beyond_ascii_in_a_local_part_and_knows_no_sub_addresses() {
        let fold = ["office.example".to_owned()];
        for (one, other) in [
            ("rio@office.example", "rio+x@office.example"),
            ("rio@office.example", "r.io@office.example"),
            ("kurt@office.example", "\u{212a}urt@office.example"),
            ("rio@office.example", "rıo@office.example"),
            ("maria@office.example", "mаria@office.example"),
            ("müller@office.example", "MÜLLER@office.example"),
        ] {
            let (one, other) = (Address::parse(one).unwrap(), Address::parse(other).unwrap());
            assert!(!one.is_same(&other, &fold), "{one} {other}");
        }
    }

    #[test]
    fn knows_a_domain_in_either_of_its_forms_and_no_look_alike() {
        let parse = |text| Address::parse(text).unwrap();
        assert_eq!(parse("rio@bücher.example"), parse("rio@xn--bcher-kva.example"));
        assert_eq!(parse("rio@BÜCHER.example"), parse("rio@XN--BCHER-KVA.example"));
        assert_eq!(parse("rio@bu\u{308}cher.example"), parse("rio@bücher.example"));
        assert_ne!(parse("rio@оffice.example"), parse("rio@office.example"));
        assert_ne!(parse("rio@bucher.example"), parse("rio@bücher.example"));
    }
}
