//! Header fields in raw bytes (RFC 5322 section 2.2): each counted, none interpreted in a way that another program might not share.

use super::code::{Code, Reason};

/// Bytes of one header section. Real ones, with all their Received and DKIM lines, stay below 64 KB.
const MAX_HEADER_BYTES: usize = 256 * 1024;
/// Fields of one header section.
const MAX_FIELDS: usize = 1000;
/// Fields that may stand once (RFC 5322 section 3.6, RFC 2045 section 3) and whose doubling deceives somebody.
const ONCE: &[&str] = &[
    "from",
    "sender",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-id",
];

/// One header field, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its value with the folds in it, without the end of the last line.
    pub value: &'a [u8],
}

impl Field<'_> {
    /// The value with its folds taken out.
    pub fn unfolded(&self) -> Vec<u8> {
        unfold(self.value)
    }
}

/// A field's value with its folds taken out (RFC 5322 section 2.2.3).
pub fn unfold(value: &[u8]) -> Vec<u8> {
    let is_kept = |b: &u8| !matches!(b, b'\r' | b'\n');
    value.iter().copied().filter(is_kept).collect()
}

/// A header section.
#[derive(Debug, Clone, Default)]
pub struct Headers<'a> {
    fields: Vec<Field<'a>>,
    /// Where the body begins.
    pub body_at: usize,
}

impl<'a> Headers<'a> {
    /// Reads the header section at the start of `raw`; what is wrong with it goes into `reasons`.
    pub fn read(raw: &'a [u8], reasons: &mut Vec<Reason>) -> Self {
        let mut headers = Self::default();
        let mut at = 0;
        let mut malformed: Option<&str> = None;
        let mut start = None;
        let mut end = 0;
        loop {
            if at > MAX_HEADER_BYTES || headers.fields.len() > MAX_FIELDS {
                reasons.push(Reason::new(
                    Code::TooLarge,
                    "the header is larger than any mail program writes",
                ));
                break;
            }
            let line_end = memchr::memchr(b'\n', &raw[at..]).map_or(raw.len(), |n| at + n);
            let line = &raw[at..line_end];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let next = (line_end + 1).min(raw.len());
            let folded = matches!(line.first(), Some(b' ' | b'\t'));
            if !folded && let Some(first) = start.take() {
                headers.push(&raw[first..end], &mut malformed);
            }
            if line.is_empty() {
                at = next;
                break;
            }
            if line.contains(&b'\r') || line.contains(&0) {
                malformed = Some("a line of the header has a bare carriage return or a zero byte in it");
            }
            if folded {
                if start.is_none() {
                    malformed = Some("the header begins with a continuation line");
                } else if line.iter().all(|b| matches!(b, b' ' | b'\t')) {
                    malformed = Some("a header field is continued by a line of blanks");
                }
            } else {
                start = Some(at);
            }
            end = at + line.len();
            at = next;
            if at >= raw.len() {
                if let Some(first) = start {
                    headers.push(&raw[first..end], &mut malformed);
                }
                break;
            }
        }
        if let Some(detail) = malformed {
            reasons.push(Reason::new(Code::MalformedMail, detail));
        }
        headers.body_at = at;
        headers.check_once(reasons);
        headers
    }

    fn push(&mut self, line: &'a [u8], malformed: &mut Option<&str>) {
        let Some(colon) = memchr::memchr(b':', line) else {
            *malformed = Some("a line of the header has no colon");
            return;
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.is_empty() || !name.iter().all(|b| (33..=126).contains(b)) {
            *malformed = Some("a header field's name has a blank or another character that may not be in it");
        }
        let name = name.trim_ascii();
        self.fields.push(Field { name, value });
    }

    fn check_once(&self, reasons: &mut Vec<Reason>) {
        for name in ONCE {
            let count = self.count(name);
            if count > 1 {
                reasons.push(Reason::new(
                    Code::DuplicateHeader,
                    format!("{name} is there {count} times"),
                ));
            }
        }
    }

    /// All fields, in the order in which they came.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> + '_ {
        self.fields.iter().copied()
    }

    /// How often a field is there.
    pub fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    /// The first field of this name.
    pub fn get(&self, name: &str) -> Option<Field<'a>> {
        self.all(name).next()
    }

    /// Every field of this name, in the order in which they came.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = Field<'a>> + 's {
        self.fields
            .iter()
            .copied()
            .filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes()))
    }
}

/// Parameters of one field. Real ones have three or four.
const MAX_PARAMETERS: usize = 64;

/// A Content-Type field, read (RFC 2045 section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    /// Type and subtype in lower case, such as `multipart/signed`.
    pub media: String,
    parameters: Vec<Parameter>,
    /// Whether a comment holds what some programs would take for a parameter.
    doubtful: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parameter {
    name: String,
    value: String,
    /// Whether it is written so that every program reads it alike: no fold, no escape, nothing that belongs into quotation marks.
    plain: bool,
}

impl ContentType {
    /// Reads a value. `None` when it is not of the form of the RFC, or names a parameter twice.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let mut scanner = Scanner::new(value);
        scanner.skip_blanks()?;
        let main = scanner.token()?;
        scanner.skip_blanks()?;
        scanner.take(b'/')?;
        scanner.skip_blanks()?;
        let sub = scanner.token()?;
        Self::rest(format!("{main}/{sub}"), scanner)
    }

    /// Type and subtype of a value, whatever is wrong with its parameters; in lower case. `None` when even they cannot be read.
    pub fn media_of(value: &[u8]) -> Option<String> {
        let mut scanner = Scanner::new(value);
        scanner.skip_blanks()?;
        let main = scanner.token()?;
        scanner.take(b'/')?;
        let media = format!("{main}/{}", scanner.token()?);
        let ended = matches!(
            scanner.rest.first(),
            None | Some(b';' | b' ' | b'\t' | b'\r' | b'\n')
        );
        ended.then(|| media.to_ascii_lowercase())
    }

    /// Whether in some reading of a value that cannot be read with certainty there are parts, or a mail.
    pub fn may_have_parts(value: &[u8]) -> bool {
        let value = value.to_ascii_lowercase();
        let names = |word: &str| memchr::memmem::find(&value, word.as_bytes()).is_some();
        Self::media_of(&value).is_none() || ["multipart", "message", "boundary"].into_iter().any(names)
    }

    /// Reads a Content-Disposition (RFC 2183), whose form is the same but for the slash.
    pub fn parse_disposition(value: &[u8]) -> Option<Self> {
        let mut scanner = Scanner::new(value);
        scanner.skip_blanks()?;
        let kind = scanner.token()?;
        Self::rest(kind, scanner)
    }

    fn rest(media: String, mut scanner: Scanner<'_>) -> Option<Self> {
        let mut parameters: Vec<Parameter> = Vec::new();
        loop {
            scanner.skip_blanks()?;
            if scanner.rest.is_empty() {
                break;
            }
            scanner.take(b';')?;
            scanner.skip_blanks()?;
            // Many programs end the list with a semicolon.
            if scanner.rest.is_empty() {
                break;
            }
            let name = scanner.token()?.to_ascii_lowercase();
            scanner.skip_blanks()?;
            scanner.take(b'=')?;
            scanner.skip_blanks()?;
            let (value, plain) = scanner.value()?;
            if parameters.len() >= MAX_PARAMETERS || parameters.iter().any(|known| known.name == name) {
                return None;
            }
            parameters.push(Parameter { name, value, plain });
        }
        Some(Self {
            media: media.to_ascii_lowercase(),
            parameters,
            doubtful: scanner.doubtful,
        })
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.named(name).map(|parameter| parameter.value.as_str())
    }

    fn named(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|known| known.name == name)
    }

    /// The value of a parameter in whatever form it stands: plain, or in the pieces of RFC 2231 put together, not decoded.
    pub fn joined(&self, name: &str) -> Option<String> {
        if let Some(value) = self.parameter(name) {
            return Some(value.to_owned());
        }
        let pieces = self.parameters.iter().filter(|p| {
            p.name
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('*'))
        });
        let joined: String = pieces.map(|p| p.value.as_str()).collect();
        (!joined.is_empty()).then_some(joined)
    }

    /// The boundary of a multipart. `None` when there is none that every program would read alike: RFC 2046 section 5.1.1 allows
    /// 1 to 70 characters, the pieces of RFC 2231 (`boundary*0=`) are joined by some programs only, and folds, escapes and comments
    /// within are read by each in its own way.
    pub fn boundary(&self) -> Option<&str> {
        let split = self.parameters.iter().any(|p| p.name.starts_with("boundary*"));
        let boundary = self.named("boundary")?;
        let text = boundary.value.as_str();
        let plain = boundary.plain
            && !self.doubtful
            && text.bytes().all(|b| (32..127).contains(&b))
            && !text.ends_with(' ');
        (!split && plain && (1..=70).contains(&text.len())).then_some(text)
    }
}

/// The one token that a field's value is, in lower case and empty where there is none; blanks and comments around it do not count.
pub fn single_token(value: &[u8]) -> Option<String> {
    let mut scanner = Scanner::new(value);
    scanner.skip_blanks()?;
    if scanner.rest.is_empty() {
        return Some(String::new());
    }
    let token = scanner.token()?;
    scanner.skip_blanks()?;
    // Some programs end it as they end a list of parameters.
    let _ = scanner.take(b';');
    scanner.skip_blanks()?;
    (scanner.rest.is_empty() && !scanner.doubtful).then(|| token.to_ascii_lowercase())
}

struct Scanner<'a> {
    rest: &'a [u8],
    doubtful: bool,
}

impl<'a> Scanner<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            doubtful: false,
        }
    }

    /// Passes over blanks, folds and comments.
    fn skip_blanks(&mut self) -> Option<()> {
        loop {
            match self.rest.first() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.rest = &self.rest[1..],
                Some(b'(') => {
                    let mut depth = 0usize;
                    let mut at = 0;
                    loop {
                        match *self.rest.get(at)? {
                            b'(' => depth += 1,
                            b')' => depth -= 1,
                            b'\\' => {
                                at += 1;
                                self.doubtful = true;
                            }
                            b'=' | b';' | b'"' => self.doubtful = true,
                            _ => {}
                        }
                        at += 1;
                        if depth == 0 {
                            break;
                        }
                    }
                    self.rest = self.rest.get(at..)?;
                }
                _ => return Some(()),
            }
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn token(&mut self) -> Option<String> {
        let special = |b: &u8| !(33..=126).contains(b) || b"()<>@,;:\\\"/[]?=".contains(b);
        let end = self.rest.iter().position(special).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        if token.is_empty() {
            None
        } else {
            String::from_utf8(token.to_vec()).ok()
        }
    }

    /// A token or a quoted string, and whether every program reads it alike. Unquoted values with characters that should be quoted
    /// are taken up to the next `;`, as programs do.
    fn value(&mut self) -> Option<(String, bool)> {
        if self.take(b'"').is_some() {
            let mut value = Vec::new();
            let mut plain = true;
            let mut at = 0;
            loop {
                match *self.rest.get(at)? {
                    b'"' => break,
                    b'\\' => {
                        at += 1;
                        plain = false;
                        value.push(*self.rest.get(at)?);
                    }
                    b'\r' | b'\n' => plain = false,
                    other => value.push(other),
                }
                at += 1;
            }
            self.rest = self.rest.get(at + 1..)?;
            return Some((String::from_utf8_lossy(&value).into_owned(), plain));
        }
        let end = self
            .rest
            .iter()
            .position(|b| matches!(b, b';' | b' ' | b'\t' | b'\r' | b'\n' | b'"'));
        let (value, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        // `=`, `?`, `/` and `:` stand unquoted in many boundaries, and nobody reads them otherwise.
        let plain = !value.iter().any(|b| b"()<>@,\\[]".contains(b));
        Some((String::from_utf8_lossy(value).into_owned(), plain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &[u8]) -> (Headers<'_>, Vec<Code>) {
        let mut reasons = Vec::new();
        let headers = Headers::read(raw, &mut reasons);
        (headers, reasons.iter().map(|r| r.code).collect())
    }

    #[test]
    fn reads_fields_with_folds_at_either_line_end() {
        for raw in [
            &b"A: 1\r\nSubject: a\r\n b\r\n\r\nbody"[..],
            b"A: 1\nSubject: a\n b\n\nbody",
        ] {
            let (headers, codes) = read(raw);
            assert_eq!(headers.get("subject").unwrap().unfolded(), b" a b");
            assert_eq!(&raw[headers.body_at..], b"body");
            assert!(codes.is_empty());
        }
    }

    #[test]
    fn counts_two_from_whatever_their_case() {
        assert_eq!(read(b"From: a\r\nfRoM: b\r\n\r\n").1, [Code::DuplicateHeader]);
    }

    #[test]
    fn refuses_what_programs_read_differently() {
        for raw in [
            &b"From : a\r\n\r\n"[..],
            b" From: a\r\n\r\n",
            b"From: a\rSubject: b\r\n\r\n",
            b"From: a\0b\r\n\r\n",
            b"no colon\r\n\r\n",
            b"Subject: a\r\n \r\nFrom: b\r\n\r\n",
        ] {
            assert_eq!(
                read(raw).1,
                [Code::MalformedMail],
                "{}",
                String::from_utf8_lossy(raw)
            );
        }
    }

    #[test]
    fn reads_parameters_quoted_folded_and_commented() {
        let read = ContentType::parse(b" Multipart/Signed (really); micalg=sha-256;\r\n\tBoundary=\"a b=c\"; protocol=application/x; name=\"a\\\"b\"")
            .unwrap();
        assert_eq!(read.media, "multipart/signed");
        assert_eq!(read.boundary(), Some("a b=c"));
        assert_eq!(read.parameter("name"), Some("a\"b"));
        assert_eq!(read.parameter("protocol"), Some("application/x"));
    }

    #[test]
    fn reads_the_transfer_encoding_with_what_programs_write_around_it() {
        assert_eq!(single_token(b" Base64 ").as_deref(), Some("base64"));
        assert_eq!(single_token(b" base64 (as ever)").as_deref(), Some("base64"));
        assert_eq!(single_token(b" base64;").as_deref(), Some("base64"));
        assert_eq!(single_token(b" base64 7bit"), None);
        assert_eq!(single_token(b" ").as_deref(), Some(""));
    }

    #[test]
    fn knows_where_a_type_that_cannot_be_read_may_have_parts() {
        for value in [
            &b" application/pdf; name=Scan 001.pdf"[..],
            b"application/pdf;; name=a",
            b"text/plain; charset=utf-8; charset=utf-8",
            b"image/tiff",
        ] {
            assert!(!ContentType::may_have_parts(value), "{}", value.escape_ascii());
        }
        for value in [
            &b"multipart/mixed;; boundary=b"[..],
            b"Multipart/Mixed; boundary=a; boundary=b",
            b"message/rfc822; name=Re: x y",
            b"application/pdf; x y; boundary=b",
            b"application/pdf multipart/mixed",
            b"application/pdf(message/rfc822",
            b"\"multipart/mixed\"; boundary=b",
            b"\"application/pdf\"",
            b"application",
            b"pdf; name=a",
            b"",
        ] {
            assert!(ContentType::may_have_parts(value), "{}", value.escape_ascii());
        }
    }

    #[test]
    fn joins_the_pieces_of_a_name() {
        let read =
            ContentType::parse(b"application/octet-stream; name*0*=utf-8''smi; name*1=me.p7m").unwrap();
        assert_eq!(read.joined("name").as_deref(), Some("utf-8''smime.p7m"));
    }

    #[test]
    fn takes_no_boundary_that_programs_read_differently() {
        for value in [
            &b"multipart/signed; boundary*0=a; boundary*1=b"[..],
            b"multipart/signed; boundary=\"\"",
            b"multipart/signed",
            b"multipart/signed; boundary=\"a\r\n b\"",
            b"multipart/signed; boundary=\"a\\\"b\"",
            b"multipart/signed; boundary=a(b)",
            b"multipart/signed (; boundary=x); boundary=a",
            b"multipart/signed; boundary*=us-ascii''a",
        ] {
            assert_eq!(ContentType::parse(value).unwrap().boundary(), None);
        }
        assert_eq!(
            ContentType::parse(b"multipart/signed; boundary=a; boundary=b"),
            None
        );
    }
}
