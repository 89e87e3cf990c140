//! Reads ASN.1 tag, length and value as slices of the wire bytes: DER where it must be, BER where mail clients write it.
//!
//! Signatures are over the bytes as they came. The typed readers (`der`, `x509-cert`, `cms`) tell what those bytes mean, this one
//! tells where they are, so nothing that was signed is ever written anew before it is checked.

use std::borrow::Cow;

/// BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// BIT STRING, primitive.
pub const BIT_STRING: u8 = 0x03;
/// OCTET STRING, primitive.
pub const OCTET_STRING: u8 = 0x04;
/// OCTET STRING in pieces (BER only).
pub const OCTET_STRING_CONSTRUCTED: u8 = 0x24;
/// NULL.
pub const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;
/// UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// GeneralizedTime.
pub const GENERALIZED_TIME: u8 = 0x18;
/// SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// SET.
pub const SET: u8 = 0x31;

/// Levels of nesting read before giving up: CMS within CMS needs about twelve, a bomb has thousands.
const MAX_DEPTH: usize = 32;
/// Elements looked at while the end of one indefinite length is sought: a 64 MB mail in pieces of 1 KB has 65,536.
const MAX_ELEMENTS: usize = 1 << 20;

/// Why bytes are not the ASN.1 that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    /// The bytes end within an element.
    #[error("the ASN.1 ends in the middle of an element; the data was cut off")]
    Truncated,
    /// A tag or length that no writer of CMS or X.509 makes.
    #[error("a tag or length in the ASN.1 is malformed")]
    Malformed,
    /// Another type than the structure has at this place.
    #[error("the ASN.1 has type {found:#04x} where {wanted:#04x} belongs")]
    Unexpected {
        /// The tag that belongs here.
        wanted: u8,
        /// The tag that is here.
        found: u8,
    },
    /// Bytes after the end of the structure.
    #[error("bytes follow after the end of the ASN.1 structure")]
    Trailing,
    /// Deeper or longer than anything meant well.
    #[error("the ASN.1 is nested too deep or has too many elements")]
    TooComplex,
}

/// One element: its tag, its content, and all of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The identifier octet: class, constructed bit and number.
    pub tag: u8,
    /// The content octets, without an end-of-contents mark.
    pub value: &'a [u8],
    /// Every octet of the element, as it came.
    pub raw: &'a [u8],
    /// Whether the length was indefinite (BER only).
    pub indefinite: bool,
}

impl<'a> Tlv<'a> {
    /// Whether the element is made of elements.
    pub fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }

    /// Reads the elements inside this one.
    pub fn children(&self) -> Reader<'a> {
        Reader { rest: self.value }
    }

    /// Reads the elements of this SEQUENCE.
    ///
    /// # Errors
    /// When it is of another type.
    pub fn fields(&self) -> Result<Reader<'a>, TlvError> {
        match self.tag {
            SEQUENCE => Ok(self.children()),
            found => Err(TlvError::Unexpected {
                wanted: SEQUENCE,
                found,
            }),
        }
    }

    /// The content of an OCTET STRING or of an implicitly tagged one, put together from its pieces where BER split it
    /// (X.690 section 8.7). Borrowed when it is in one piece.
    ///
    /// # Errors
    /// When pieces are something else than OCTET STRINGs, or nested too deep.
    pub fn octets(&self) -> Result<Cow<'a, [u8]>, TlvError> {
        if !self.is_constructed() {
            return Ok(Cow::Borrowed(self.value));
        }
        let mut first = self.children();
        if let Ok(only) = first.next()
            && only.tag == OCTET_STRING
            && first.is_empty()
        {
            return Ok(Cow::Borrowed(only.value));
        }
        let mut joined = Vec::with_capacity(self.value.len());
        self.collect_octets(&mut joined, 0)?;
        Ok(Cow::Owned(joined))
    }

    fn collect_octets(&self, into: &mut Vec<u8>, depth: usize) -> Result<(), TlvError> {
        if depth > MAX_DEPTH {
            return Err(TlvError::TooComplex);
        }
        let mut pieces = self.children();
        while !pieces.is_empty() {
            let piece = pieces.next()?;
            match piece.tag {
                OCTET_STRING => into.extend_from_slice(piece.value),
                OCTET_STRING_CONSTRUCTED => piece.collect_octets(into, depth + 1)?,
                found => {
                    return Err(TlvError::Unexpected {
                        wanted: OCTET_STRING,
                        found,
                    });
                }
            }
        }
        Ok(())
    }
}

/// Reads one element after another.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The tag of the next element, if there is one.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, in BER.
    ///
    /// # Errors
    /// When the bytes do not hold a whole element.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Tlv<'a>, TlvError> {
        let mut elements = 0;
        let (element, used) = parse(self.rest, 0, &mut elements)?;
        self.rest = &self.rest[used..];
        Ok(element)
    }

    /// The next element, which must have the tag `wanted`.
    ///
    /// # Errors
    /// When it has another one, or there is none.
    pub fn expect(&mut self, wanted: u8) -> Result<Tlv<'a>, TlvError> {
        match self.peek() {
            Some(found) if found != wanted => Err(TlvError::Unexpected { wanted, found }),
            _ => self.next(),
        }
    }

    /// The next element if it has the tag `wanted`.
    ///
    /// # Errors
    /// When the tag is there and the element is malformed.
    pub fn optional(&mut self, wanted: u8) -> Result<Option<Tlv<'a>>, TlvError> {
        if self.peek() == Some(wanted) {
            self.next().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Says that nothing may follow.
    ///
    /// # Errors
    /// When something does.
    pub fn finish(&self) -> Result<(), TlvError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(TlvError::Trailing)
        }
    }
}

/// The one element that `bytes` are.
///
/// # Errors
/// When they are none, or more follows.
pub fn whole(bytes: &[u8]) -> Result<Tlv<'_>, TlvError> {
    let mut reader = Reader::new(bytes);
    let element = reader.next()?;
    reader.finish()?;
    Ok(element)
}

struct Header {
    tag: u8,
    length: Option<usize>,
    size: usize,
}

fn header(bytes: &[u8]) -> Result<Header, TlvError> {
    let tag = *bytes.first().ok_or(TlvError::Truncated)?;
    // Numbers of 31 and more need several octets; neither CMS nor X.509 has any.
    if tag & 0x1f == 0x1f {
        return Err(TlvError::Malformed);
    }
    let first = *bytes.get(1).ok_or(TlvError::Truncated)?;
    match first {
        0..=0x7f => Ok(Header {
            tag,
            length: Some(usize::from(first)),
            size: 2,
        }),
        // An indefinite length is for constructed elements only (X.690 section 8.1.3.2).
        0x80 if tag & 0x20 != 0 => Ok(Header {
            tag,
            length: None,
            size: 2,
        }),
        0x80 | 0xff => Err(TlvError::Malformed),
        _ => {
            let count = usize::from(first & 0x7f);
            let octets = bytes.get(2..2 + count).ok_or(TlvError::Truncated)?;
            let mut length: usize = 0;
            for &octet in octets {
                length = length
                    .checked_mul(256)
                    .and_then(|l| l.checked_add(usize::from(octet)))
                    .ok_or(TlvError::Malformed)?;
            }
            Ok(Header {
                tag,
                length: Some(length),
                size: 2 + count,
            })
        }
    }
}

fn parse<'a>(bytes: &'a [u8], depth: usize, elements: &mut usize) -> Result<(Tlv<'a>, usize), TlvError> {
    *elements += 1;
    if depth > MAX_DEPTH || *elements > MAX_ELEMENTS {
        return Err(TlvError::TooComplex);
    }
    let Header { tag, length, size } = header(bytes)?;
    if let Some(length) = length {
        let end = size.checked_add(length).ok_or(TlvError::Malformed)?;
        let raw = bytes.get(..end).ok_or(TlvError::Truncated)?;
        return Ok((
            Tlv {
                tag,
                value: &raw[size..],
                raw,
                indefinite: false,
            },
            end,
        ));
    }
    let mut at = size;
    loop {
        match bytes.get(at..at + 2) {
            None => return Err(TlvError::Truncated),
            Some([0, 0]) => {
                let raw = &bytes[..at + 2];
                return Ok((
                    Tlv {
                        tag,
                        value: &raw[size..at],
                        raw,
                        indefinite: true,
                    },
                    at + 2,
                ));
            }
            Some(_) => at += parse(&bytes[at..], depth + 1, elements)?.1,
        }
    }
}

/// Whether `bytes` are elements in DER: lengths definite and shortest, numbers shortest, strings in one piece, truth 00 or FF
/// (X.690 sections 10 and 11). The order of SETs is asked separately, by [`is_set_order`].
pub fn is_der(bytes: &[u8]) -> bool {
    is_der_at(bytes, 0)
}

fn is_der_at(mut bytes: &[u8], depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    while !bytes.is_empty() {
        let Ok(Header {
            tag,
            length: Some(length),
            size,
        }) = header(bytes)
        else {
            return false;
        };
        let shortest = match length {
            0..=0x7f => 2,
            _ => 2 + (usize::BITS - length.leading_zeros()).div_ceil(8) as usize,
        };
        let Some(value) = size.checked_add(length).and_then(|end| bytes.get(size..end)) else {
            return false;
        };
        if size != shortest || !is_der_content(tag, value) {
            return false;
        }
        if tag & 0x20 != 0 && !is_der_at(value, depth + 1) {
            return false;
        }
        bytes = &bytes[size + length..];
    }
    true
}

fn is_der_content(tag: u8, value: &[u8]) -> bool {
    match tag {
        BOOLEAN => matches!(value, [0x00] | [0xff]),
        INTEGER | ENUMERATED => match value {
            [] => false,
            [0x00, next, ..] => next & 0x80 != 0,
            [0xff, next, ..] => next & 0x80 == 0,
            _ => true,
        },
        BIT_STRING => match value {
            [0] => true,
            [unused @ 1..=7, .., last] => last & ((1 << unused) - 1) == 0,
            [0, _, ..] => true,
            _ => false,
        },
        NULL => value.is_empty(),
        SEQUENCE | SET => true,
        // SEQUENCE and SET are always constructed, every other universal type never in DER.
        0x10 | 0x11 => false,
        _ => tag & 0xc0 != 0 || tag & 0x20 == 0,
    }
}

/// Whether the elements of a SET OF stand in the order that DER asks for: ascending by their encodings (X.690 section 11.6),
/// none twice.
pub fn is_set_order(content: &[u8]) -> bool {
    let mut reader = Reader::new(content);
    let mut previous: Option<&[u8]> = None;
    while !reader.is_empty() {
        let Ok(element) = reader.next() else { return false };
        if previous.is_some_and(|before| before >= element.raw) {
            return false;
        }
        previous = Some(element.raw);
    }
    true
}

/// Writes a BER element as DER, as far as the typed readers need it: lengths definite and shortest, OCTET STRINGs in one piece,
/// SETs sorted. For structures whose exact bytes nobody signed; what was signed is checked as it came.
///
/// # Errors
/// When the element is malformed or nested too deep.
pub fn to_der(element: &Tlv<'_>) -> Result<Vec<u8>, TlvError> {
    let mut out = Vec::with_capacity(element.raw.len());
    write_der(element, &mut out, 0)?;
    Ok(out)
}

fn write_der(element: &Tlv<'_>, out: &mut Vec<u8>, depth: usize) -> Result<(), TlvError> {
    if depth > MAX_DEPTH {
        return Err(TlvError::TooComplex);
    }
    if element.tag == OCTET_STRING_CONSTRUCTED {
        put(out, OCTET_STRING, &element.octets()?);
        return Ok(());
    }
    if !element.is_constructed() {
        put(out, element.tag, element.value);
        return Ok(());
    }
    let mut reader = element.children();
    let mut parts = Vec::new();
    while !reader.is_empty() {
        let mut part = Vec::new();
        write_der(&reader.next()?, &mut part, depth + 1)?;
        parts.push(part);
    }
    if element.tag == SET {
        parts.sort();
    }
    put(out, element.tag, &parts.concat());
    Ok(())
}

/// Appends one element in DER.
pub fn put(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.push(tag);
    put_length(out, value.len());
    out.extend_from_slice(value);
}

/// Appends a length in DER, for elements whose content is written right after it.
pub fn put_length(out: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let octets = length.to_be_bytes();
        let skip = octets.iter().take_while(|&&o| o == 0).count();
        out.push(0x80 | (octets.len() - skip) as u8);
        out.extend_from_slice(&octets[skip..]);
    }
}

/// One element in DER.
pub fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 6);
    put(&mut out, tag, value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_an_octet_string_of_indefinite_length_in_pieces() {
        let ber = [0x24, 0x80, 0x04, 0x02, 1, 2, 0x24, 0x03, 0x04, 0x01, 3, 0, 0];
        let element = whole(&ber).unwrap();
        assert!(element.indefinite);
        assert_eq!(element.octets().unwrap().as_ref(), &[1, 2, 3]);
        assert_eq!(to_der(&element).unwrap(), [0x04, 0x03, 1, 2, 3]);
    }

    #[test]
    fn borrows_an_octet_string_that_is_in_one_piece() {
        assert!(matches!(
            whole(&[0x04, 2, 1, 2]).unwrap().octets().unwrap(),
            Cow::Borrowed([1, 2])
        ));
        assert!(matches!(
            whole(&[0x24, 4, 4, 2, 1, 2]).unwrap().octets().unwrap(),
            Cow::Borrowed([1, 2])
        ));
    }

    #[test]
    fn finds_bytes_after_the_end() {
        assert_eq!(whole(&[0x05, 0x00, 0x00]), Err(TlvError::Trailing));
    }

    #[test]
    fn tells_der_from_ber() {
        assert!(is_der(&[0x30, 0x03, 0x02, 0x01, 0x05]));
        assert!(
            !is_der(&[0x30, 0x81, 0x03, 0x02, 0x01, 0x05]),
            "a length longer than needed"
        );
        assert!(
            !is_der(&[0x30, 0x80, 0x02, 0x01, 0x05, 0, 0]),
            "an indefinite length"
        );
        assert!(!is_der(&[0x02, 0x02, 0x00, 0x05]), "a number longer than needed");
        assert!(!is_der(&[0x01, 0x01, 0x01]), "truth that is neither 00 nor FF");
        assert!(!is_der(&[0x24, 0x03, 0x04, 0x01, 0x05]), "a string in pieces");
        assert!(
            !is_der(&[0x03, 0x02, 0x01, 0x81]),
            "unused bits that are not zero"
        );
    }

    #[test]
    fn asks_for_set_order_and_no_element_twice() {
        assert!(is_set_order(&[2, 1, 1, 2, 1, 2]));
        assert!(!is_set_order(&[2, 1, 2, 2, 1, 1]));
        assert!(!is_set_order(&[2, 1, 1, 2, 1, 1]));
    }

    #[test]
    fn gives_up_on_nesting_bombs() {
        let bomb = [0x30, 0x80].repeat(100_000);
        assert_eq!(whole(&bomb), Err(TlvError::TooComplex));
        let mut definite = vec![];
        for _ in 0..1000 {
            definite = element(SEQUENCE, &definite);
        }
        assert!(!is_der(&definite));
        assert_eq!(to_der(&whole(&definite).unwrap()), Err(TlvError::TooComplex));
    }

    proptest! {
        #[test]
        fn never_panics_and_never_reads_past_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(element) = whole(&bytes) {
                prop_assert_eq!(element.raw.len(), bytes.len());
                let _ = element.octets();
                if let Ok(der) = to_der(&element) {
                    prop_assert!(whole(&der).is_ok());
                }
            }
            let _ = is_der(&bytes);
            let _ = is_set_order(&bytes);
        }
    }
}
