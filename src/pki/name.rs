//! Names in certificates: how they are compared (RFC 5280 section 7.1) and how they are shown (RFC 4514).

use der::asn1::{
    BmpString, Ia5StringRef, ObjectIdentifier, PrintableStringRef, TeletexStringRef, Utf8StringRef,
};
use der::{Decode, Encode, Tag, Tagged};
use std::fmt::{self, Write as _};
use unicode_normalization::UnicodeNormalization;
use x509_cert::attr::AttributeTypeAndValue;

/// A distinguished name as it stands in a certificate, with the form in which it is compared.
#[derive(Clone)]
pub struct Name {
    der: Vec<u8>,
    rdns: Vec<Vec<(ObjectIdentifier, Vec<u8>)>>,
    inner: x509_cert::name::Name,
}

impl Name {
    /// Reads a name from its DER.
    ///
    /// # Errors
    /// When the bytes are not a name.
    pub fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let inner = x509_cert::name::Name::from_der(der)?;
        Ok(Self::with_der(der.to_vec(), inner))
    }

    fn with_der(der: Vec<u8>, inner: x509_cert::name::Name) -> Self {
        let rdns = inner
            .iter_rdn()
            .map(|rdn| {
                let mut values: Vec<_> = rdn.iter().map(comparable).collect();
                values.sort();
                values
            })
            .collect();
        Self { der, rdns, inner }
    }

    /// The name's bytes as they came.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The form in which names are compared, as bytes: equal for equal names only.
    pub(super) fn comparable(&self) -> Vec<u8> {
        let mut key = Vec::new();
        for rdn in &self.rdns {
            key.extend(rdn.len().to_be_bytes());
            for (oid, value) in rdn {
                for part in [oid.as_bytes(), value] {
                    key.extend(part.len().to_be_bytes());
                    key.extend_from_slice(part);
                }
            }
        }
        key
    }

    /// Whether it has no part at all.
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Whether `self` lies within the subtree of names that start with `base` (RFC 5280 section 4.2.1.10).
    pub fn is_within(&self, base: &Name) -> bool {
        self.rdns.len() >= base.rdns.len() && self.rdns[..base.rdns.len()] == base.rdns[..]
    }

    /// The values of one attribute as text, in the order of the name.
    pub fn values(&self, oid: ObjectIdentifier) -> Vec<String> {
        self.inner
            .iter()
            .filter(|a| a.oid == oid)
            .filter_map(text)
            .collect()
    }

    /// The last common name, or the whole name where there is none: for messages.
    pub fn short(&self) -> String {
        self.values(const_oid::db::rfc4519::CN)
            .pop()
            .unwrap_or_else(|| self.to_string())
    }
}

impl TryFrom<&x509_cert::name::Name> for Name {
    type Error = der::Error;

    fn try_from(inner: &x509_cert::name::Name) -> Result<Self, der::Error> {
        Ok(Self::with_der(inner.to_der()?, inner.clone()))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der || self.rdns == other.rdns
    }
}

impl Eq for Name {}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// RFC 4514: the last part first, `,` between parts, `+` within a part.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rdns: Vec<_> = self.inner.iter_rdn().collect();
        for (i, rdn) in rdns.iter().rev().enumerate() {
            if i > 0 {
                f.write_char(',')?;
            }
            for (j, value) in rdn.iter().enumerate() {
                if j > 0 {
                    f.write_char('+')?;
                }
                write_value(f, value)?;
            }
        }
        Ok(())
    }
}

/// The short names that RFC 4514 section 3 lists, and those of RFC 4519 that stand in certificates of persons.
fn short_name(oid: ObjectIdentifier) -> Option<&'static str> {
    use const_oid::db::rfc4519 as attribute;
    Some(match oid {
        attribute::CN => "CN",
        attribute::L => "L",
        attribute::ST => "ST",
        attribute::O => "O",
        attribute::OU => "OU",
        attribute::C => "C",
        attribute::STREET => "STREET",
        attribute::DC => "DC",
        attribute::UID => "UID",
        attribute::SERIAL_NUMBER => "serialNumber",
        attribute::SN => "sn",
        attribute::GIVEN_NAME => "givenName",
        attribute::TITLE => "title",
        _ => return None,
    })
}

fn write_value(f: &mut fmt::Formatter<'_>, value: &AttributeTypeAndValue) -> fmt::Result {
    match (short_name(value.oid), text(value)) {
        (Some(name), Some(text)) => {
            write!(f, "{name}=")?;
            let last = text.chars().count().saturating_sub(1);
            for (i, c) in text.chars().enumerate() {
                match c {
                    '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{c}")?,
                    '#' if i == 0 => f.write_str("\\#")?,
                    ' ' if i == 0 || i == last => f.write_str("\\ ")?,
                    // Controls are written as octets: a name must not move the cursor of who reads it.
                    c if c.is_control() => {
                        let mut buffer = [0; 4];
                        for octet in c.encode_utf8(&mut buffer).bytes() {
                            write!(f, "\\{octet:02x}")?;
                        }
                    }
                    c => f.write_char(c)?,
                }
            }
            Ok(())
        }
        (name, _) => {
            match name {
                Some(name) => write!(f, "{name}=#")?,
                None => write!(f, "{}=#", value.oid)?,
            }
            for octet in value.value.to_der().unwrap_or_default() {
                write!(f, "{octet:02x}")?;
            }
            Ok(())
        }
    }
}

/// The value as text, where it is a string.
fn text(value: &AttributeTypeAndValue) -> Option<String> {
    let any = &value.value;
    Some(match any.tag() {
        Tag::Utf8String => any.decode_as::<Utf8StringRef<'_>>().ok()?.to_string(),
        Tag::PrintableString => any.decode_as::<PrintableStringRef<'_>>().ok()?.to_string(),
        Tag::Ia5String => any.decode_as::<Ia5StringRef<'_>>().ok()?.to_string(),
        // Teletex was never defined in a way that anybody kept to; every writer put Latin-1 into it.
        Tag::TeletexString => match any.decode_as::<TeletexStringRef<'_>>() {
            Ok(ascii) => ascii.to_string(),
            Err(_) => any.value().iter().map(|&b| char::from(b)).collect(),
        },
        Tag::BmpString => any.decode_as::<BmpString>().ok()?.to_string(),
        _ => return None,
    })
}

/// The form in which values are compared (RFC 5280 section 7.1): strings prepared by RFC 4518 and case folded, whatever type of
/// string they are. What is no string, or has characters that RFC 4518 forbids, is compared by its bytes.
fn comparable(value: &AttributeTypeAndValue) -> (ObjectIdentifier, Vec<u8>) {
    let key = match text(value).as_deref().and_then(prepared) {
        Some(text) => [b"s", text.as_bytes()].concat(),
        None => {
            let mut key = vec![b'#'];
            key.extend(value.value.to_der().unwrap_or_default());
            key
        }
    };
    (value.oid, key)
}

/// String preparation of RFC 4518 section 2, with case folding: characters mapped, normalised, forbidden ones found, and runs of
/// blanks made one.
fn prepared(text: &str) -> Option<String> {
    let mapped: String = text.chars().filter_map(mapped).collect();
    let folded: String = caseless::default_case_fold_str(&mapped.nfkc().collect::<String>())
        .nfkc()
        .collect();
    if folded.chars().any(is_forbidden) {
        return None;
    }
    Some(
        folded
            .split(' ')
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// RFC 4518 section 2.2: what is blank becomes a space, what cannot be seen is left out.
fn mapped(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' => Some(' '),
        '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' => None,
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2063}' | '\u{206a}'..='\u{206f}' => None,
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{6dd}' | '\u{70f}' => None,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}' => None,
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// RFC 4518 section 2.4, as far as it does not hang on the version of Unicode: private use, no characters, and the replacement
/// character that stands for what could not be read.
fn is_forbidden(c: char) -> bool {
    let code = u32::from(c);
    matches!(code, 0xe000..=0xf8ff | 0xf_0000.. | 0xfffd | 0xfdd0..=0xfdef) || code & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn name(text: &str) -> Name {
        Name::try_from(&x509_cert::name::Name::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn compares_without_case_and_with_blanks_made_one() {
        assert_eq!(name("CN=Erika  Muster,C=CH"), name("CN=erika muster ,C=CH"));
        assert_ne!(name("CN=Erika Muster,C=CH"), name("CN=ErikaMuster,C=CH"));
        assert_ne!(name("CN=Erika Muster,C=CH"), name("C=CH,CN=Erika Muster"));
    }

    #[test]
    fn compares_by_what_is_seen_and_not_by_how_it_is_written() {
        let one = |tag: Tag, bytes: &[u8]| {
            let value = der::Any::new(tag, bytes).unwrap().to_der().unwrap();
            let oid = const_oid::db::rfc4519::CN.to_der().unwrap();
            let rdn =
                super::super::tlv::element(0x31, &super::super::tlv::element(0x30, &[oid, value].concat()));
            Name::from_der(&super::super::tlv::element(0x30, &rdn)).unwrap()
        };
        let plain = one(Tag::Utf8String, "Erika Müller".as_bytes());
        for same in [
            one(Tag::Utf8String, "ERIKA  MU\u{308}LLER ".as_bytes()),
            one(Tag::Utf8String, "Erika\u{a0}Mül\u{ad}ler".as_bytes()),
            one(
                Tag::BmpString,
                &"Erika Müller"
                    .encode_utf16()
                    .flat_map(u16::to_be_bytes)
                    .collect::<Vec<_>>(),
            ),
            one(Tag::TeletexString, b"Erika M\xfcller"),
        ] {
            assert_eq!(plain, same);
            assert_eq!(plain.comparable(), same.comparable());
        }
        assert_ne!(plain, one(Tag::Utf8String, "Erika Muller".as_bytes()));
        // Letters of another script that look alike are other letters.
        assert_ne!(plain, one(Tag::Utf8String, "Еrika Müller".as_bytes()));
        assert_eq!(
            one(Tag::PrintableString, b"Erika"),
            one(Tag::Utf8String, b"erika")
        );
        // What could not be read equals nothing but itself, byte by byte.
        let lost = one(Tag::Utf8String, "Erika \u{fffd}".as_bytes());
        assert_eq!(lost, one(Tag::Utf8String, "Erika \u{fffd}".as_bytes()));
        assert_ne!(lost, one(Tag::Utf8String, "ERIKA \u{fffd}".as_bytes()));
    }

    #[test]
    fn shows_the_last_part_first_with_escapes() {
        assert_eq!(
            name("CN=Muster\\, Erika,O=Specimen,C=CH").to_string(),
            "CN=Muster\\, Erika,O=Specimen,C=CH"
        );
    }

    #[test]
    fn knows_what_lies_within_a_subtree() {
        let base = name("O=Specimen,C=CH");
        assert!(name("CN=Erika Muster,O=specimen,C=CH").is_within(&base));
        assert!(!name("CN=Erika Muster,C=CH").is_within(&base));
        assert!(!base.is_within(&name("CN=Erika Muster,O=Specimen,C=CH")));
    }
}
