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

/// The form in which values are compared: case folded, compatibility forms and runs of blanks made one (RFC 5280 section 7.1,
/// RFC 4518). What is no string is compared by its bytes.
fn comparable(value: &AttributeTypeAndValue) -> (ObjectIdentifier, Vec<u8>) {
    let key = match text(value) {
        Some(text) => {
            let folded: String = caseless::default_case_fold_str(&text.nfkc().collect::<String>())
                .nfkc()
                .collect();
            let mut key = vec![b's'];
            let mut words = folded.split_whitespace();
            if let Some(word) = words.next() {
                key.extend_from_slice(word.as_bytes());
            }
            for word in words {
                key.push(b' ');
                key.extend_from_slice(word.as_bytes());
            }
            key
        }
        None => {
            let mut key = vec![b'#'];
            key.extend(value.value.to_der().unwrap_or_default());
            key
        }
    };
    (value.oid, key)
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
