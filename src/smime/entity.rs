//! A MIME entity in raw bytes: its header, its body, and where the parts of a multipart begin and end (RFC 2045, RFC 2046).

use super::code::{Code, Reason};
use super::header::{ContentType, Headers, single_token};
use crate::pki::tlv;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use std::borrow::Cow;

/// Parts of one multipart that are looked at. A mail with more attachments is a mistake or an attack.
const MAX_PARTS: usize = 200;

/// A header section and what follows it.
#[derive(Debug, Clone)]
pub struct Entity<'a> {
    /// The header fields.
    pub headers: Headers<'a>,
    /// The Content-Type: `None` when there is none, or none that can be read (then `reasons` say so).
    pub content_type: Option<ContentType>,
    /// What follows the header.
    pub body: &'a [u8],
}

impl<'a> Entity<'a> {
    /// Reads the entity that `raw` is; what is wrong goes into `reasons`.
    pub fn read(raw: &'a [u8], reasons: &mut Vec<Reason>) -> Self {
        let headers = Headers::read(raw, reasons);
        let content_type = match headers.get("content-type") {
            None => None,
            Some(field) => {
                let read = ContentType::parse(field.value);
                if read.is_none() {
                    reasons.push(Reason::new(
                        Code::MalformedMime,
                        "the Content-Type field cannot be read",
                    ));
                }
                read
            }
        };
        let body = &raw[headers.body_at..];
        Self {
            headers,
            content_type,
            body,
        }
    }

    /// The media type, `text/plain` where none is named (RFC 2045 section 5.2).
    pub fn media(&self) -> &str {
        self.content_type
            .as_ref()
            .map_or("text/plain", |c| c.media.as_str())
    }

    /// The Content-Type where it is there and cannot be read.
    pub fn unread_type(&self) -> Option<&'a [u8]> {
        let field = self.headers.get("content-type")?;
        self.content_type.is_none().then_some(field.value)
    }

    /// The transfer encoding in lower case, without comments. `None` when the field cannot be read.
    pub fn encoding(&self) -> Option<String> {
        match self.headers.get("content-transfer-encoding") {
            None => Some(String::new()),
            Some(field) => single_token(field.value),
        }
    }

    /// The body with its transfer encoding taken off.
    ///
    /// # Errors
    /// When the encoding is unknown or the body is not in it.
    pub fn decoded(&self) -> Result<Cow<'a, [u8]>, Reason> {
        let broken =
            |what: &str| Reason::new(Code::MalformedMime, format!("the {what} of a part is damaged"));
        match self.encoding().as_deref() {
            Some("" | "7bit" | "8bit" | "binary") => Ok(Cow::Borrowed(self.body)),
            Some("base64") => decode_base64(self.body)
                .map(Cow::Owned)
                .ok_or_else(|| broken("base64")),
            Some("quoted-printable") => decode_quoted_printable(self.body)
                .map(Cow::Owned)
                .ok_or_else(|| broken("quoted-printable")),
            _ => Err(Reason::new(
                Code::MalformedMime,
                "a part has a transfer encoding that does not exist",
            )),
        }
    }

    /// The ASN.1 that the body is: decoded, and without the line ends that follow it where the encoding does not take them off.
    ///
    /// # Errors
    /// As [`Entity::decoded`].
    pub fn asn1(&self) -> Result<Cow<'a, [u8]>, Reason> {
        let mut bytes = self.decoded()?;
        if self.encoding().as_deref() == Some("base64") {
            return Ok(bytes);
        }
        let length = match tlv::Reader::new(&bytes).next() {
            Ok(element) => element.raw.len(),
            Err(_) => return Ok(bytes),
        };
        if bytes[length..].iter().all(|b| matches!(b, b'\r' | b'\n')) {
            match &mut bytes {
                Cow::Borrowed(slice) => *slice = &slice[..length],
                Cow::Owned(vec) => vec.truncate(length),
            }
        }
        Ok(bytes)
    }

    /// The file name that the entity bears, whichever field and form it stands in: for telling what a file is, not for writing to.
    pub fn file_name(&self) -> Option<String> {
        let named = |content_type: &ContentType, name: &str| content_type.joined(name);
        if let Some(name) = self.content_type.as_ref().and_then(|c| named(c, "name")) {
            return Some(name);
        }
        let field = self.headers.get("content-disposition")?;
        named(&ContentType::parse_disposition(field.value)?, "filename")
    }
}

/// Characters decoded at once: a multiple of four that stays in the fastest cache.
const BASE64_CHUNK: usize = 16 * 1024;

/// Base64 with line ends and blanks, and nothing else, between its characters.
pub fn decode_base64(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let mut chunk = Vec::with_capacity(BASE64_CHUNK);
    let mut ended = false;
    let mut take = |chunk: &mut Vec<u8>, out: &mut Vec<u8>| -> Option<()> {
        if chunk.is_empty() {
            return Some(());
        }
        // Padding is the end: what follows a chunk that had some is not base64.
        if ended {
            return None;
        }
        ended = !chunk.len().is_multiple_of(4) || chunk.ends_with(b"=");
        STANDARD.decode_vec(&*chunk, out).ok()?;
        chunk.clear();
        Some(())
    };
    let mut at = 0;
    while at < body.len() {
        let end = memchr::memchr(b'\n', &body[at..]).map_or(body.len(), |n| at + n);
        let line = body[at..end].trim_ascii();
        at = end + 1;
        let mut rest = line;
        let compact: Vec<u8>;
        if memchr::memchr2(b' ', b'\t', line).is_some() {
            compact = line
                .iter()
                .copied()
                .filter(|b| !matches!(b, b' ' | b'\t'))
                .collect();
            rest = &compact;
        }
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(BASE64_CHUNK - chunk.len()));
            chunk.extend_from_slice(now);
            rest = later;
            if chunk.len() == BASE64_CHUNK {
                take(&mut chunk, &mut out)?;
            }
        }
    }
    take(&mut chunk, &mut out)?;
    Some(out)
}

/// Quoted-printable (RFC 2045 section 6.7), without any guessing.
pub fn decode_quoted_printable(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|&b| b == b'\n') {
        let end: &[u8] = if line.ends_with(b"\r\n") {
            b"\r\n"
        } else if line.ends_with(b"\n") {
            b"\n"
        } else {
            b""
        };
        let text = line[..line.len() - end.len()].trim_ascii_end();
        let mut rest = text;
        let mut soft = false;
        while let Some(at) = memchr::memchr(b'=', rest) {
            out.extend_from_slice(&rest[..at]);
            match rest.get(at + 1..at + 3) {
                Some(digits) => {
                    let mut byte = [0];
                    hex::decode_to_slice(digits, &mut byte).ok()?;
                    out.push(byte[0]);
                    rest = &rest[at + 3..];
                }
                None if rest.len() == at + 1 => {
                    soft = true;
                    rest = &[];
                }
                None => return None,
            }
        }
        out.extend_from_slice(rest);
        if !soft {
            out.extend_from_slice(end);
        }
    }
    Some(out)
}

/// A multipart body, cut at its boundary.
#[derive(Debug, Clone)]
pub struct Multipart<'a> {
    /// The parts, each header and body, without the line end that belongs to the boundary.
    pub parts: Vec<&'a [u8]>,
    /// What follows the closing boundary.
    pub epilogue: &'a [u8],
}

/// Cuts `body` at `boundary` (RFC 2046 section 5.1.1).
///
/// # Errors
/// When the closing boundary is missing, or another program could cut elsewhere.
pub fn cut<'a>(body: &'a [u8], boundary: &str) -> Result<Multipart<'a>, Reason> {
    let malformed = |detail: &str| Reason::new(Code::MalformedMime, detail);
    let delimiter = format!("--{boundary}");
    let finder = memmem::Finder::new(delimiter.as_bytes());
    let mut parts = Vec::new();
    let mut open: Option<usize> = None;
    let mut from = 0;
    while let Some(found) = finder.find(&body[from..]) {
        let at = from + found;
        from = at + delimiter.len();
        match at.checked_sub(1).map(|before| body[before]) {
            None | Some(b'\n') => {}
            // A lone carriage return ends a line for some programs and not for others.
            Some(b'\r') => return Err(malformed("a boundary stands after a bare carriage return")),
            Some(_) => continue,
        }
        // Looked for at the start of a line only: each line is then passed over once.
        let line_end = memchr::memchr(b'\n', &body[from..]).map_or(body.len(), |n| from + n);
        let rest = body[from..line_end].trim_ascii_end();
        let closing = match rest {
            b"" => false,
            b"--" => true,
            // A line that only begins like the boundary: for RFC 2046 a boundary, for most programs text. Within a part it is the
            // part's own, outside it would make another mail of this one.
            _ if open.is_some() => continue,
            _ => return Err(malformed("a line before the first part looks like the boundary")),
        };
        if let Some(start) = open {
            let mut end = at;
            for byte in [b'\n', b'\r'] {
                if end > start && body[end - 1] == byte {
                    end -= 1;
                }
            }
            parts.push(&body[start..end]);
            if parts.len() > MAX_PARTS {
                return Err(Reason::new(
                    Code::TooLarge,
                    format!("the mail has more than {MAX_PARTS} parts"),
                ));
            }
        }
        let next = (line_end + 1).min(body.len());
        if closing {
            let epilogue = &body[next..];
            if finder.find(epilogue).is_some() {
                return Err(malformed("the boundary stands again after the closing one"));
            }
            return Ok(Multipart { parts, epilogue });
        }
        open = Some(next);
        from = next;
    }
    Err(malformed(
        "the closing boundary is missing; the mail may be cut off",
    ))
}

/// Bytes gathered before they are fed: lines alone would be fed one by one, which costs more than hashing them.
const FEED_BYTES: usize = 8 * 1024;

/// Feeds `bytes` with every lone LF made CRLF, which is the form that is signed (RFC 8551 section 3.1.1). A bare CR stays.
pub fn canonical(bytes: &[u8], mut feed: impl FnMut(&[u8])) {
    let lone = |at: usize| at == 0 || bytes[at - 1] != b'\r';
    let Some(first) = memchr::memchr_iter(b'\n', bytes).find(|at| lone(*at)) else {
        return feed(bytes);
    };
    feed(&bytes[..first]);
    let mut gathered = Vec::with_capacity(FEED_BYTES);
    let mut pending = first;
    for at in memchr::memchr_iter(b'\n', &bytes[first..])
        .map(|n| first + n)
        .filter(|at| lone(*at))
    {
        let line = &bytes[pending..at];
        if gathered.len() + line.len() + 2 > FEED_BYTES {
            feed(&gathered);
            gathered.clear();
        }
        if line.len() + 2 > FEED_BYTES {
            feed(line);
        } else {
            gathered.extend_from_slice(line);
        }
        gathered.extend_from_slice(b"\r\n");
        pending = at + 1;
    }
    feed(&gathered);
    feed(&bytes[pending..]);
}

/// `bytes` in the form that is signed; borrowed when they are in it already.
pub fn canonical_bytes(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut out: Option<Vec<u8>> = None;
    canonical(bytes, |piece| {
        if piece.len() == bytes.len() && out.is_none() && piece.as_ptr() == bytes.as_ptr() {
            return;
        }
        out.get_or_insert_with(|| Vec::with_capacity(bytes.len() + bytes.len() / 32))
            .extend_from_slice(piece);
    });
    out.map_or(Cow::Borrowed(bytes), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_parts_without_the_line_end_before_the_boundary() {
        for body in [
            &b"preamble\r\n--b\r\nA: 1\r\n\r\none\r\n\r\n--b \t\r\n\r\ntwo\r\n--b--\r\n"[..],
            b"preamble\n--b\nA: 1\n\none\n\n--b \t\n\ntwo\n--b--\n",
        ] {
            let cut = cut(body, "b").unwrap();
            let parts: Vec<_> = cut
                .parts
                .iter()
                .map(|p| canonical_bytes(p).into_owned())
                .collect();
            assert_eq!(parts, [b"A: 1\r\n\r\none\r\n".to_vec(), b"\r\ntwo".to_vec()]);
            assert_eq!(cut.epilogue, b"");
        }
    }

    #[test]
    fn leaves_lines_alone_that_only_begin_like_the_boundary_within_a_part() {
        let body = b"--b\r\n\r\n--bc\r\nx--b\r\n--b--";
        assert_eq!(cut(body, "b").unwrap().parts, [&b"\r\n--bc\r\nx--b"[..]]);
    }

    #[test]
    fn refuses_what_could_be_cut_elsewhere() {
        for body in [
            &b"--bX\r\nevil\r\n--b\r\n\r\none\r\n--b--"[..],
            b"evil\r--b\r\n\r\none\r\n--b--",
            b"--b\r\n\r\none\r\n--b--\r\n--b\r\nevil\r\n--b--",
            b"--b\r\n\r\none\r\n",
            b"",
        ] {
            assert!(cut(body, "b").is_err(), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn makes_only_a_lone_lf_crlf() {
        assert_eq!(canonical_bytes(b"a\nb\r\nc\rd\n").as_ref(), b"a\r\nb\r\nc\rd\r\n");
        assert!(matches!(canonical_bytes(b"a\r\nb"), Cow::Borrowed(_)));
        assert_eq!(canonical_bytes(b"\n").as_ref(), b"\r\n");
    }

    #[test]
    fn decodes_strictly() {
        assert_eq!(decode_base64(b"QUJD\r\nRA==\r\n").unwrap(), b"ABCD");
        assert_eq!(decode_base64(b"QUJD*"), None);
        assert_eq!(decode_base64(b"QQ==QQ=="), None);
        let long = b"QUJD".repeat(BASE64_CHUNK / 4 * 2 + 1);
        assert_eq!(decode_base64(&long).unwrap(), b"ABC".repeat(long.len() / 4));
        let padded = [
            b"QUJD".repeat(BASE64_CHUNK / 4 - 1),
            b"QQ==".to_vec(),
            b"QUJD".to_vec(),
        ]
        .concat();
        assert_eq!(
            decode_base64(&padded),
            None,
            "something after the padding at the end of a chunk"
        );
        assert_eq!(
            decode_quoted_printable(b"a=3Db=\r\nc \r\nd").unwrap(),
            b"a=bc\r\nd"
        );
        assert_eq!(decode_quoted_printable(b"a=G1"), None);
        assert_eq!(decode_quoted_printable(b"a=4"), None);
    }

    proptest! {
        #[test]
        fn canonical_bytes_have_no_lone_lf_and_stay_when_done_again(bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'x')], 0..40)) {
            let once = canonical_bytes(&bytes).into_owned();
            for at in memchr::memchr_iter(b'\n', &once) {
                prop_assert!(at > 0 && once[at - 1] == b'\r');
            }
            prop_assert_eq!(canonical_bytes(&once).into_owned(), once);
        }

        #[test]
        fn makes_the_same_of_long_lines_as_of_short_ones(lines in proptest::collection::vec(0usize..FEED_BYTES * 2, 0..6)) {
            let text: Vec<u8> = lines.iter().flat_map(|n| [vec![b'x'; *n], b"\n".to_vec()].concat()).collect();
            let wanted: Vec<u8> = lines.iter().flat_map(|n| [vec![b'x'; *n], b"\r\n".to_vec()].concat()).collect();
            prop_assert_eq!(canonical_bytes(&text).into_owned(), wanted);
        }

        #[test]
        fn never_panics(body in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'-'), Just(b'b'), Just(b'=')], 0..60)) {
            let _ = cut(&body, "b");
            let _ = decode_base64(&body);
            let _ = decode_quoted_printable(&body);
        }
    }
}
