//! winmail.dat: the files in a TNEF stream (MS-OXTNEF), read strictly: checksums must be right, lengths must fit.
//!
//! Read are the attachments and mails attached to the mail; the message's own properties, its rich text among them, are passed over.

const SIGNATURE: u32 = 0x223e_9f78;
/// Level of an attribute that belongs to an attachment (MS-OXTNEF 2.1.3.1).
const LEVEL_ATTACHMENT: u8 = 2;
const LEVEL_MESSAGE: u8 = 1;

// Attributes (MS-OXTNEF 2.1.3.2): the type in the upper half, the id in the lower.
const ATTACH_REND_DATA: u32 = 0x0006_9002;
const ATTACH_TITLE: u32 = 0x0001_8010;
const ATTACH_DATA: u32 = 0x0006_800f;
const ATTACHMENT: u32 = 0x0006_9005;
const ATTACH_TRANSPORT_NAME: u32 = 0x0006_9001;

// Properties (MS-OXPROPS).
const PR_ATTACH_DATA: u16 = 0x3701;
const PR_ATTACH_FILENAME: u16 = 0x3704;
const PR_ATTACH_LONG_FILENAME: u16 = 0x3707;
const PR_ATTACH_MIME_TAG: u16 = 0x370e;
const PR_DISPLAY_NAME: u16 = 0x3001;

/// IID_IMessage as it stands on the wire: what follows is a TNEF stream again (MS-OXTNEF 2.1.3.3.15).
const MESSAGE_IID: [u8; 16] = [7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];

/// attAttachRendData says by this that the attachment is an OLE object (MS-OXTNEF 2.1.3.3.15, AttachTypeOle).
const REND_OLE: u16 = 2;

/// Attachments in one stream; the mail's own limit is lower.
const MAX_FILES: usize = 500;
/// Values of one property; the properties of an attachment have one.
const MAX_VALUES: usize = 1000;

/// Why a stream ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TnefError {
    /// It is something else.
    #[error("it does not begin as winmail.dat does")]
    Signature,
    /// It ends within something.
    #[error("it is cut off")]
    CutOff,
    /// The sum over an attribute is not the one that is written.
    #[error("a checksum is wrong")]
    Checksum,
    /// Something that must not be there.
    #[error("it is not built as it must be")]
    Malformed,
    /// More attachments than are taken in.
    #[error("it has more than {MAX_FILES} attachments")]
    TooMany,
}

/// What an attachment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// A file.
    Bytes(&'a [u8]),
    /// A mail, as a TNEF stream.
    Message(&'a [u8]),
    /// An OLE object.
    Ole,
}

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object<'a> {
    /// Its name as it stands there.
    pub name: Option<String>,
    /// Its media type, where there is one.
    pub media: Option<String>,
    /// What it holds.
    pub content: Content<'a>,
}

/// What a stream gave, and what stopped it.
#[derive(Debug, PartialEq, Eq)]
pub struct Read<'a> {
    /// The attachments up to there.
    pub files: Vec<Object<'a>>,
    /// What is wrong with it.
    pub broken: Option<TnefError>,
}

/// Reads a stream. What came before a defect is given back beside it.
pub fn read(bytes: &[u8]) -> Read<'_> {
    let mut files = Files::default();
    let mut broken = files.stream(bytes).err();
    if let Err(e) = files.close() {
        broken = broken.or(Some(e));
    }
    Read {
        files: files.done,
        broken: broken.or(files.doubt),
    }
}

/// The attachment that is being read.
#[derive(Default)]
struct Draft<'a> {
    title: Option<String>,
    long_name: Option<String>,
    short_name: Option<String>,
    display_name: Option<String>,
    transport_name: Option<String>,
    media: Option<String>,
    content: Option<Content<'a>>,
    ole: bool,
}

#[derive(Default)]
struct Files<'a> {
    done: Vec<Object<'a>>,
    open: Option<Draft<'a>>,
    /// A defect that ends an attribute and not the stream.
    doubt: Option<TnefError>,
}

impl<'a> Files<'a> {
    fn stream(&mut self, bytes: &'a [u8]) -> Result<(), TnefError> {
        let mut rest = Bytes(bytes);
        if rest.u32()? != SIGNATURE {
            return Err(TnefError::Signature);
        }
        rest.u16()?;
        while !rest.0.is_empty() {
            let level = rest.u8()?;
            let attribute = rest.u32()?;
            let length = rest.u32()?;
            let data = rest.take(length as usize)?;
            let sum = data.iter().fold(0u16, |sum, b| sum.wrapping_add(u16::from(*b)));
            if rest.u16()? != sum {
                return Err(TnefError::Checksum);
            }
            match level {
                LEVEL_MESSAGE => {}
                LEVEL_ATTACHMENT => self.attribute(attribute, data)?,
                _ => return Err(TnefError::Malformed),
            }
        }
        Ok(())
    }

    fn attribute(&mut self, attribute: u32, data: &'a [u8]) -> Result<(), TnefError> {
        if attribute == ATTACH_REND_DATA {
            self.close()?;
            let kind = Bytes(data).u16()?;
            self.open = Some(Draft {
                ole: kind == REND_OLE,
                ..Draft::default()
            });
            return Ok(());
        }
        // Every attachment begins with its rendering data (MS-OXTNEF 2.1.2).
        let draft = self.open.as_mut().ok_or(TnefError::Malformed)?;
        match attribute {
            ATTACH_TITLE => draft.title = Some(text(data)),
            ATTACH_TRANSPORT_NAME => draft.transport_name = Some(text(data)),
            ATTACH_DATA => draft.content = Some(Content::Bytes(data)),
            ATTACHMENT => {
                if let Err(e) = draft.properties(data) {
                    self.doubt = self.doubt.or(Some(e));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), TnefError> {
        let Some(draft) = self.open.take() else {
            return Ok(());
        };
        if self.done.len() >= MAX_FILES {
            return Err(TnefError::TooMany);
        }
        let name = [
            draft.long_name,
            draft.title,
            draft.short_name,
            draft.transport_name,
            draft.display_name,
        ];
        let content = match draft.content {
            Some(Content::Bytes(_)) if draft.ole => Content::Ole,
            Some(content) => content,
            None => {
                self.doubt = self.doubt.or(Some(TnefError::Malformed));
                return Ok(());
            }
        };
        self.done.push(Object {
            name: name.into_iter().flatten().find(|n| !n.trim().is_empty()),
            media: draft.media.map(|m| m.to_ascii_lowercase()),
            content,
        });
        Ok(())
    }
}

impl<'a> Draft<'a> {
    /// A list of MAPI properties (MS-OXTNEF 2.1.3.4).
    fn properties(&mut self, data: &'a [u8]) -> Result<(), TnefError> {
        let mut rest = Bytes(data);
        let count = rest.u32()?;
        for _ in 0..count {
            let kind = rest.u16()?;
            let id = rest.u16()?;
            if id >= 0x8000 {
                rest.take(16)?;
                match rest.u32()? {
                    0 => drop(rest.u32()?),
                    1 => drop(rest.counted()?),
                    _ => return Err(TnefError::Malformed),
                }
            }
            let several = kind & 0x1000 != 0;
            let size = match kind & 0x0fff {
                0x0001 => Some(0),
                0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => Some(4),
                0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
                0x0048 => Some(16),
                0x000d | 0x001e | 0x001f | 0x0102 => None,
                _ => return Err(TnefError::Malformed),
            };
            let values = if several || size.is_none() {
                rest.u32()? as usize
            } else {
                1
            };
            if values > MAX_VALUES || (!several && values != 1) {
                return Err(TnefError::Malformed);
            }
            for n in 0..values {
                match size {
                    // Each of several two-byte values takes two bytes, and the list is padded.
                    Some(4) if several && matches!(kind & 0x0fff, 0x0002 | 0x000b) => {
                        rest.take(2)?;
                        if n + 1 == values && values % 2 == 1 {
                            rest.take(2)?;
                        }
                    }
                    Some(size) => drop(rest.take(size)?),
                    None => {
                        let value = rest.counted()?;
                        if n == 0 {
                            self.property(kind & 0x0fff, id, value);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn property(&mut self, kind: u16, id: u16, value: &'a [u8]) {
        let read = || match kind {
            0x001e => Some(text(value)),
            0x001f => Some(wide(value)),
            _ => None,
        };
        match id {
            PR_ATTACH_LONG_FILENAME => self.long_name = read(),
            PR_ATTACH_FILENAME => self.short_name = read(),
            PR_DISPLAY_NAME => self.display_name = read(),
            PR_ATTACH_MIME_TAG => self.media = read(),
            PR_ATTACH_DATA if kind == 0x000d => {
                self.content = match value.split_first_chunk::<16>() {
                    Some((iid, stream)) if *iid == MESSAGE_IID => Some(Content::Message(stream)),
                    _ => Some(Content::Ole),
                };
            }
            PR_ATTACH_DATA if kind == 0x0102 && self.content.is_none() => {
                self.content = Some(Content::Bytes(value));
            }
            _ => {}
        }
    }
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], TnefError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(TnefError::CutOff)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, TnefError> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, TnefError> {
        let b = self.take(2)?;
        Ok(u16::from_le_bytes([b[0], b[1]]))
    }

    fn u32(&mut self) -> Result<u32, TnefError> {
        let b = self.take(4)?;
        Ok(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// A length, so many bytes, and blanks up to a multiple of four.
    fn counted(&mut self) -> Result<&'a [u8], TnefError> {
        let length = self.u32()? as usize;
        let value = self.take(length)?;
        self.take(length.next_multiple_of(4) - length)?;
        Ok(value)
    }
}

/// A string in the sender's code page: UTF-8 where it is that, else Latin-1, in which names are at least told apart.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|b| *b == 0).next().unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}

fn wide(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|b| u16::from_le_bytes([b[0], b[1]]))
        .take_while(|unit| *unit != 0);
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
