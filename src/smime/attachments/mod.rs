//! The files of a mail's signed part, found by what they are: whatever their declared type, disposition or name, in forwarded mails,
//! ZIP archives, winmail.dat and uuencoded text too. What cannot be opened is a named [`Problem`] and never vanishes.

mod archive;
mod kind;
mod name;
mod problem;
mod tnef;
mod uuencode;

pub use kind::FileKind;
pub use problem::{Problem, ProblemCode};

use super::address::decode_words;
use super::cms::{self, ContentInfo, SignedData};
use super::code::{Code, Reason};
use super::entity::{self, Entity};
use super::form::{self, Forwarded, MAX_DEPTH};
use super::header::ContentType;
use mail_parser::{Message, MessageParser, MimeHeaders};
use std::borrow::Cow;
use std::fmt;

/// Mails within mails that are opened: a forward of a forward.
const MAX_MESSAGES: usize = 3;
/// Archives within archives that are opened: a ZIP of ZIPs, as a scanner's portal sends them.
const MAX_ARCHIVES: usize = 2;
/// Parts of the whole mail that are looked at, texts and pictures of signatures among them.
const MAX_PARTS: usize = 1000;
/// Mails passed on that are told. More make nothing clearer.
const MAX_FORWARDED: usize = 20;
/// Problems that are told; nobody reads more.
const MAX_PROBLEMS: usize = 50;
/// A text longer than this was not written by hand.
const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// What a file lies in, within the signed part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Container {
    /// A mail that was forwarded as a whole, or a part with a signature of its own: `signed` when it bears one, which is not the
    /// signer's.
    Message {
        /// Whether there is an S/MIME signature in it. It is not checked: the signer of the mail answers for it.
        signed: bool,
    },
    /// A ZIP archive, with its name.
    Zip(String),
    /// A winmail.dat, which Outlook packs a mail into (MS-OXTNEF).
    Winmail,
    /// Text in which it stood uuencoded.
    Text,
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { signed: false } => f.write_str("a forwarded mail"),
            Self::Message { signed: true } => f.write_str("a forwarded signed mail"),
            Self::Zip(name) => f.write_str(name),
            Self::Winmail => f.write_str("winmail.dat"),
            Self::Text => f.write_str("the text"),
        }
    }
}

/// A file in a verified mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    name: Option<String>,
    media: String,
    bytes: Vec<u8>,
    kind: FileKind,
    within: Vec<Container>,
}

impl Attachment {
    /// Its file name as the sender gave it, cleaned for display: no folders, no invisible characters. Never a path to write to.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The media type that the sender gave it, in lower case; what it is says [`Attachment::kind`].
    pub fn media(&self) -> &str {
        &self.media
    }

    /// What it is, by its content.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// Its content, with the encodings of mail and archive taken off.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it lies in, the outermost first. Empty for a file of the mail itself.
    pub fn within(&self) -> &[Container] {
        &self.within
    }

    /// How many messages are around it: 0 in the mail itself, 1 in a forwarded one. What is forwarded was not written by the signer.
    pub fn nesting(&self) -> usize {
        messages(&self.within)
    }

    /// Its name and what it lies in, for a person: `scan.pdf in papers.zip in a forwarded mail`.
    pub fn label(&self) -> String {
        label(self.name.as_deref(), &self.within)
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Attachment({}, {}, {:?}, {} bytes)",
            self.label(),
            self.media,
            self.kind,
            self.bytes.len()
        )
    }
}

fn label(name: Option<&str>, within: &[Container]) -> String {
    let mut label = name.unwrap_or("a file without a name").to_owned();
    for container in within.iter().rev() {
        label.push_str(" in ");
        label.push_str(&container.to_string());
    }
    label
}

fn messages(within: &[Container]) -> usize {
    let is_message = |c: &&Container| matches!(c, Container::Message { .. });
    within.iter().filter(is_message).count()
}

fn archives(within: &[Container]) -> usize {
    within.len() - messages(within)
}

/// What is in a MIME entity.
#[derive(Debug, Default)]
pub struct Found {
    /// The text that the sender wrote, where there is some.
    pub text: Option<String>,
    /// Every file.
    pub attachments: Vec<Attachment>,
    /// Every mail that was passed on, and every part with a signature of its own: whatever has [`Attachment::nesting`] lies in one.
    pub forwarded: Vec<Forwarded>,
    /// What could not be opened.
    pub problems: Vec<Problem>,
}

/// Finds every file in the MIME entity `raw`, at most `max` of them.
///
/// # Errors
/// When there are more files than that.
pub fn find(raw: &[u8], max: usize) -> Result<Found, Reason> {
    let mut finder = Finder::new(max, true);
    finder.entity(raw, &[], 0);
    if finder.overflow {
        let detail = format!("the mail has more than {max} attachments");
        return Err(Reason::new(Code::TooLarge, detail));
    }
    Ok(finder.found)
}

/// What [`find`] finds passed on, without keeping the files.
pub fn passed_on(raw: &[u8], max: usize) -> Vec<Forwarded> {
    let mut finder = Finder::new(max, false);
    finder.entity(raw, &[], 0);
    finder.found.forwarded
}

struct Finder {
    found: Found,
    /// Whether files are kept; they are counted in any case.
    keeps: bool,
    files: usize,
    max: usize,
    parts: usize,
    /// Bytes that came out of archives.
    inflated: u64,
    overflow: bool,
}

/// A file as it comes out of a part or a container, before anybody has looked at it.
struct File<'a> {
    name: Option<String>,
    media: String,
    bytes: Cow<'a, [u8]>,
}

impl Finder {
    fn new(max: usize, keeps: bool) -> Self {
        Self {
            found: Found::default(),
            keeps,
            files: 0,
            max,
            parts: 0,
            inflated: 0,
            overflow: false,
        }
    }

    fn problem(&mut self, code: ProblemCode, name: Option<&str>, within: &[Container], detail: &str) {
        if self.found.problems.len() < MAX_PROBLEMS {
            let what = label(name, within);
            self.found.problems.push(Problem {
                code,
                detail: format!("{what}: {detail}"),
            });
        }
    }

    fn entity(&mut self, raw: &[u8], within: &[Container], depth: usize) {
        self.parts += 1;
        if self.overflow {
            return;
        }
        if self.parts > MAX_PARTS {
            if self.parts == MAX_PARTS + 1 {
                let detail = format!("there are more than {MAX_PARTS} parts; the rest was not looked at");
                self.problem(ProblemCode::TooMany, Some("the mail"), within, &detail);
            }
            return;
        }
        if depth > MAX_DEPTH {
            let detail = "it lies deeper than mail programs nest parts";
            return self.problem(ProblemCode::TooDeep, None, within, detail);
        }
        let mut defects = Vec::new();
        let part = Entity::read(raw, &mut defects);
        let unread = part.unread_type();
        // The header of the whole is the judge's to refuse for, but for its type, which is ours alone. What is wrong with the type of
        // a file is no doubt: a file is found by its content.
        let doubtful = unread.is_some_and(ContentType::may_have_parts)
            || (depth > 0
                && defects
                    .iter()
                    .any(|d| matches!(d.code, Code::DuplicateHeader | Code::TooLarge)));
        if doubtful {
            let detail = "its header can be read in more than one way";
            self.problem(ProblemCode::Damaged, None, within, detail);
        }
        match part.media() {
            // What the mail's signer signed is at the top; any other signature is on what somebody may have written before.
            "multipart/signed" if depth > 0 => {
                if let Some(inside) = self.signed_part(within) {
                    self.multipart(&part, &inside, depth);
                }
            }
            media if media.starts_with("multipart/") => self.multipart(&part, within, depth),
            // The mail itself, wrapped so that its header is signed too.
            _ if depth == 0 && form::is_wrapped(&part) => self.entity(part.body, within, depth + 1),
            media if form::is_message_type(media) => self.message(&part, within, depth),
            "message/partial" | "message/external-body" => {
                let detail = "it lies elsewhere, only a reference to it came along";
                self.problem(ProblemCode::Elsewhere, None, within, detail);
            }
            _ => self.leaf(raw, &part, within, depth),
        }
    }

    fn multipart(&mut self, part: &Entity<'_>, within: &[Container], depth: usize) {
        let boundary = part.content_type.as_ref().and_then(|c| c.boundary());
        let cut = match boundary {
            Some(boundary) => entity::cut(part.body, boundary).map_err(|reason| reason.detail),
            None => Err("the boundary of its parts is missing".to_owned()),
        };
        match cut {
            Ok(cut) => {
                for part in cut.parts {
                    self.entity(part, within, depth + 1);
                }
            }
            Err(detail) => self.problem(ProblemCode::Damaged, Some("parts of the mail"), within, &detail),
        }
    }

    fn message(&mut self, part: &Entity<'_>, within: &[Container], depth: usize) {
        match part.decoded() {
            Ok(mail) => self.mail(&mail, within, depth),
            Err(reason) => self.problem(
                ProblemCode::Damaged,
                Some("a forwarded mail"),
                within,
                &reason.detail,
            ),
        }
    }

    /// A mail within the mail, as a container.
    fn mail(&mut self, raw: &[u8], within: &[Container], depth: usize) {
        let mail = Forwarded::of(&Entity::read(raw, &mut Vec::new()));
        if let Some(inside) = self.pass_on(mail, within) {
            self.entity(raw, &inside, depth + 1);
        }
    }

    /// A part with a signature of its own. Of a forwarded mail it was said already that there is one in it.
    fn signed_part(&mut self, within: &[Container]) -> Option<Vec<Container>> {
        if let Some(Container::Message { signed: true }) = within.last() {
            return Some(within.to_vec());
        }
        let part = Forwarded {
            from: None,
            signed: true,
        };
        self.pass_on(part, within)
    }

    /// What lies within a mail that was passed on; `None` where it lies too deep.
    fn pass_on(&mut self, mail: Forwarded, within: &[Container]) -> Option<Vec<Container>> {
        let mut inside = within.to_vec();
        inside.push(Container::Message { signed: mail.signed });
        if self.found.forwarded.len() < MAX_FORWARDED {
            self.found.forwarded.push(mail);
        }
        if messages(within) >= MAX_MESSAGES {
            let detail = format!("more than {MAX_MESSAGES} mails are nested in one another");
            self.problem(ProblemCode::TooDeep, Some("a forwarded mail"), within, &detail);
            return None;
        }
        Some(inside)
    }

    fn leaf(&mut self, raw: &[u8], part: &Entity<'_>, within: &[Container], depth: usize) {
        let header = MessageParser::default().parse_headers(&raw[..part.headers.body_at]);
        let name = header.as_ref().and_then(declared_name);
        let is_attachment = header
            .as_ref()
            .and_then(|h| h.content_disposition())
            .is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment"));
        let bytes = match part.decoded() {
            Ok(bytes) => bytes,
            Err(reason) => match uuencode::transfer_encoded(part) {
                Some(bytes) => Cow::Owned(bytes),
                None => return self.problem(ProblemCode::Damaged, name.as_deref(), within, &reason.detail),
            },
        };
        let readable = part.unread_type().and_then(ContentType::media_of);
        let media = readable.as_deref().unwrap_or(part.media());
        let written = media.starts_with("text/") && name.is_none() && !is_attachment;
        if !written || FileKind::of(&bytes) != FileKind::Other {
            let media = media.to_owned();
            return self.file(File { name, media, bytes }, within, depth);
        }
        if within.is_empty() && self.found.text.is_none() && bytes.len() <= MAX_TEXT_BYTES {
            self.found.text = shown(part, &bytes);
        }
        if media == "text/plain" {
            self.uuencoded(&bytes, within, depth);
        }
    }

    fn uuencoded(&mut self, text: &[u8], within: &[Container], depth: usize) {
        let mut inside = within.to_vec();
        inside.push(Container::Text);
        for block in uuencode::blocks(text) {
            match block {
                Ok((name, bytes)) => {
                    let file = File {
                        name: name::clean(&name),
                        media: "application/octet-stream".to_owned(),
                        bytes: Cow::Owned(bytes),
                    };
                    self.file(file, &inside, depth);
                }
                Err(name) => {
                    let detail = "it stands uuencoded in the text and is damaged";
                    self.problem(
                        ProblemCode::Damaged,
                        name::clean(&name).as_deref(),
                        within,
                        detail,
                    );
                }
            }
        }
    }

    /// A file: opened when it is a container, kept otherwise.
    fn file(&mut self, file: File<'_>, within: &[Container], depth: usize) {
        if self.overflow {
            return;
        }
        let kind = FileKind::of(&file.bytes);
        let ending = |ending: &str| {
            let name = file.name.as_deref().unwrap_or_default();
            name.to_lowercase().ends_with(ending)
        };
        let name = file.name.as_deref();
        match kind {
            FileKind::Zip => return self.zip(&file, within, depth),
            FileKind::Winmail => return self.winmail(&file, within, depth),
            FileKind::OtherArchive => {
                let detail = "it is an archive of a kind that is not opened; only ZIP is";
                self.problem(ProblemCode::Unsupported, name, within, detail);
            }
            FileKind::Heic => {
                let detail = "it is a HEIC or AVIF picture, as phones take them, which is not read";
                self.problem(ProblemCode::Heic, name, within, detail);
            }
            FileKind::Compound if ending(".msg") || file.media == "application/vnd.ms-outlook" => {
                let detail = "it is a mail in Outlook's own form (.msg), which is not opened";
                self.problem(ProblemCode::Unsupported, name, within, detail);
            }
            FileKind::Other if file.media == "application/ms-tnef" || ending("winmail.dat") => {
                let detail = "it calls itself winmail.dat and is none";
                self.problem(ProblemCode::Damaged, name, within, detail);
            }
            FileKind::Other
                if (form::is_cms_type(&file.media) || ending(".p7m"))
                    && self.nested_cms(&file, within, depth) =>
            {
                return;
            }
            FileKind::Other if kind::is_apple_double(&file.bytes) => return,
            FileKind::Other if ending(".eml") => return self.mail(&file.bytes, within, depth),
            _ => {}
        }
        if self.files >= self.max {
            self.overflow = true;
            return;
        }
        self.files += 1;
        if !self.keeps {
            return;
        }
        self.found.attachments.push(Attachment {
            name: file.name,
            media: file.media,
            bytes: file.bytes.into_owned(),
            kind,
            within: within.to_vec(),
        });
    }

    /// Opens S/MIME data within the mail as a container, without checking it. `false` when it holds nothing to look into.
    fn nested_cms(&mut self, file: &File<'_>, within: &[Container], depth: usize) -> bool {
        let Ok(info) = ContentInfo::read(&file.bytes) else {
            return false;
        };
        match info.kind {
            cms::ID_ENVELOPED_DATA | cms::ID_AUTH_ENVELOPED_DATA => {
                let detail = "it is encrypted within the mail";
                self.problem(ProblemCode::Encrypted, file.name.as_deref(), within, detail);
                true
            }
            cms::ID_SIGNED_DATA => match SignedData::read(&info.content).map(|signed| signed.content) {
                Ok(Some(content)) => {
                    if let Some(inside) = self.signed_part(within) {
                        self.entity(&content, &inside, depth + 1);
                    }
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn zip(&mut self, file: &File<'_>, within: &[Container], depth: usize) {
        let name = file.name.as_deref();
        if archives(within) >= MAX_ARCHIVES {
            let detail = format!("more than {MAX_ARCHIVES} archives lie in one another");
            return self.problem(ProblemCode::TooDeep, name, within, &detail);
        }
        let mut inside = within.to_vec();
        inside.push(Container::Zip(name.unwrap_or("a ZIP archive").to_owned()));
        let mut archive = match archive::Archive::open(&file.bytes) {
            Ok(archive) => archive,
            Err(e) => return self.problem(e.code(), name, within, &e.to_string()),
        };
        for index in 0..archive.len() {
            match archive.read(index, &mut self.inflated) {
                Ok(None) => {}
                Ok(Some((name, bytes))) => {
                    let file = File {
                        name: name::clean(&name),
                        media: "application/octet-stream".to_owned(),
                        bytes: Cow::Owned(bytes),
                    };
                    self.file(file, &inside, depth);
                }
                Err((entry, e)) => {
                    self.problem(e.code(), name::clean(&entry).as_deref(), &inside, &e.to_string());
                    if e.ends_the_archive() {
                        return;
                    }
                }
            }
        }
    }

    fn winmail(&mut self, file: &File<'_>, within: &[Container], depth: usize) {
        if archives(within) >= MAX_ARCHIVES {
            let detail = format!("more than {MAX_ARCHIVES} archives lie in one another");
            return self.problem(ProblemCode::TooDeep, file.name.as_deref(), within, &detail);
        }
        let mut inside = within.to_vec();
        inside.push(Container::Winmail);
        let read = tnef::read(&file.bytes);
        for object in read.files {
            let name = object.name.as_deref().and_then(name::clean);
            match object.content {
                tnef::Content::Bytes(bytes) => {
                    let media = object
                        .media
                        .unwrap_or_else(|| "application/octet-stream".to_owned());
                    let bytes = Cow::Borrowed(bytes);
                    self.file(File { name, media, bytes }, &inside, depth);
                }
                // A mail that was attached to the mail, in Outlook's form again.
                tnef::Content::Message(bytes) => {
                    let mail = Forwarded {
                        from: None,
                        signed: false,
                    };
                    let Some(forwarded) = self.pass_on(mail, within) else {
                        continue;
                    };
                    let media = "application/ms-tnef".to_owned();
                    let bytes = Cow::Borrowed(bytes);
                    self.file(File { name, media, bytes }, &forwarded, depth);
                }
                tnef::Content::Ole => {
                    let detail = "it is an object embedded by Outlook, which is not opened";
                    self.problem(ProblemCode::Unsupported, name.as_deref(), &inside, detail);
                }
            }
        }
        if let Some(e) = read.broken {
            self.problem(ProblemCode::Damaged, Some("winmail.dat"), within, &e.to_string());
        }
    }
}

/// The text of a part in UTF-8, HTML without its tags. The mail parser gets it under a header of our own: from the sender's it might
/// read another type than we did.
fn shown(part: &Entity<'_>, text: &[u8]) -> Option<String> {
    let charset = part.content_type.as_ref().and_then(|c| c.parameter("charset"));
    let charset = charset
        .filter(|c| {
            c.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
        })
        .unwrap_or("utf-8");
    let subtype = if part.media() == "text/html" {
        "html"
    } else {
        "plain"
    };
    let header = format!("Content-Type: text/{subtype}; charset=\"{charset}\"\r\n\r\n");
    let message = [header.as_bytes(), text].concat();
    let read = MessageParser::default().parse(message.as_slice())?;
    read.body_text(0).map(Cow::into_owned)
}

/// The name in Content-Disposition or Content-Type, decoded (RFC 2231, RFC 2047) and cleaned.
fn declared_name(header: &Message<'_>) -> Option<String> {
    header
        .attachment_name()
        .and_then(|name| name::clean(&decode_words(name)))
}

#[cfg(test)]
mod tests;
