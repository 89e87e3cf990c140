//! What was signed: a slice of the mail itself, or of what was taken out of it; never copied where it need not be.

use super::entity;
use std::borrow::Cow;
use std::ops::{Deref, Range};

/// The signed bytes, and in which form they were signed.
pub struct Content<'a> {
    bytes: Bytes<'a>,
    /// Whether lines count as ended by CRLF, however they lie here.
    lines: bool,
}

enum Bytes<'a> {
    Mail(&'a [u8]),
    Taken(Vec<u8>, Range<usize>),
}

/// Where content lies within the data that holds it.
pub enum Place {
    /// In one piece.
    At(Range<usize>),
    /// In pieces, joined here.
    Joined(Vec<u8>),
}

impl<'a> Content<'a> {
    /// A part of the mail, signed in the form of its lines.
    pub fn lines(part: &'a [u8]) -> Self {
        Self {
            bytes: Bytes::Mail(part),
            lines: true,
        }
    }

    /// Where `content`, which was read from `data`, lies in it.
    pub fn place_in(data: &[u8], content: Cow<'_, [u8]>) -> Place {
        match content {
            Cow::Owned(joined) => Place::Joined(joined),
            Cow::Borrowed(slice) => {
                let start = (slice.as_ptr() as usize).saturating_sub(data.as_ptr() as usize);
                Place::At(start..start + slice.len())
            }
        }
    }

    /// What lies at `place` in `data`, signed as it is.
    pub fn taken(data: Cow<'a, [u8]>, place: Place) -> Self {
        let bytes = match (data, place) {
            (_, Place::Joined(joined)) => {
                let all = 0..joined.len();
                Bytes::Taken(joined, all)
            }
            (Cow::Borrowed(data), Place::At(range)) => Bytes::Mail(&data[range]),
            (Cow::Owned(data), Place::At(range)) => Bytes::Taken(data, range),
        };
        Self { bytes, lines: false }
    }

    /// The bytes, where they are the mail's own.
    pub fn of_the_mail(&self) -> Option<&'a [u8]> {
        match self.bytes {
            Bytes::Mail(bytes) => Some(bytes),
            Bytes::Taken(..) => None,
        }
    }

    /// The same, independent of where it came from.
    pub fn into_owned<'b>(self) -> Content<'b> {
        let bytes = match self.bytes {
            Bytes::Mail(bytes) => Bytes::Taken(bytes.to_vec(), 0..bytes.len()),
            Bytes::Taken(data, range) => Bytes::Taken(data, range),
        };
        Content {
            bytes,
            lines: self.lines,
        }
    }

    /// The bytes in the form that was signed.
    pub fn into_signed_form(self) -> Vec<u8> {
        if self.lines {
            return entity::canonical_bytes(&self).into_owned();
        }
        match self.bytes {
            Bytes::Mail(bytes) => bytes.to_vec(),
            Bytes::Taken(mut data, range) => {
                data.truncate(range.end);
                data.drain(..range.start);
                data
            }
        }
    }
}

impl Deref for Content<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mail(bytes) => bytes,
            Bytes::Taken(data, range) => &data[range.clone()],
        }
    }
}
