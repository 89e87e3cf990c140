//! ZIP archives within limits: what is in them counts by content, their paths are never used.

use super::problem::ProblemCode;
use std::io::{Cursor, Read as _};
use zip::ZipArchive;
use zip::result::ZipError;

/// Entries of one archive. A scanner's portal sends one for each page; macOS packs one of its own beside each, and folders.
const MAX_ENTRIES: usize = 500;
/// What one entry may become: the largest scan that is read.
const MAX_ENTRY_BYTES: u64 = 64 << 20;
/// What all archives of a mail may become together: twice the largest mail.
const MAX_TOTAL_BYTES: u64 = 128 << 20;
/// From this size on the ratio counts: below it any ratio is harmless.
const RATIO_FROM_BYTES: u64 = 8 << 20;
/// Deflate packs at most 1032 to 1; scans as TIFF without compression reach 100.
const MAX_RATIO: u64 = 250;

/// Why an archive, or a file in it, is not opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Its structure or a checksum is wrong.
    #[error("the ZIP archive is damaged")]
    Damaged,
    /// It asks for a password.
    #[error("it is encrypted with a password")]
    Encrypted,
    /// Entries overlap, are doubled, or are listed otherwise than they lie there.
    #[error("the ZIP archive is built so that programs unpack different things from it")]
    Ambiguous,
    /// Packed as bombs are.
    #[error("it unpacks to more than {MAX_RATIO} times its size")]
    Bomb,
    /// More entries than are taken in.
    #[error("the ZIP archive has more than {MAX_ENTRIES} entries")]
    TooMany,
    /// One entry is too large.
    #[error("it unpacks to more than {} MB", MAX_ENTRY_BYTES >> 20)]
    EntryTooLarge,
    /// All together are too large.
    #[error("the archives of the mail unpack to more than {} MB", MAX_TOTAL_BYTES >> 20)]
    TotalTooLarge,
    /// A way of packing that is not known here.
    #[error("it is packed in a way that is not opened; Stored and Deflate are")]
    Method,
}

impl ArchiveError {
    /// The problem that an officer sees.
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::Damaged => ProblemCode::Damaged,
            Self::Encrypted => ProblemCode::Encrypted,
            Self::Ambiguous | Self::Bomb => ProblemCode::Suspicious,
            Self::TooMany => ProblemCode::TooMany,
            Self::EntryTooLarge | Self::TotalTooLarge => ProblemCode::TooLarge,
            Self::Method => ProblemCode::Unsupported,
        }
    }

    /// Whether no further entry is worth trying.
    pub fn ends_the_archive(&self) -> bool {
        matches!(self, Self::TotalTooLarge)
    }
}

impl From<ZipError> for ArchiveError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::InvalidPassword => Self::Encrypted,
            ZipError::UnsupportedArchive(text) if text == ZipError::PASSWORD_REQUIRED => Self::Encrypted,
            ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => Self::Method,
            _ => Self::Damaged,
        }
    }
}

/// Name and content of an entry.
pub type Entry = (String, Vec<u8>);

/// An archive that was looked over; its entries are unpacked when asked for.
pub struct Archive<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Archive<'a> {
    /// Reads the directory of an archive and compares it with what lies there.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        if announced(bytes) > MAX_ENTRIES {
            return Err(ArchiveError::TooMany);
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes))?;
        if archive.len() > MAX_ENTRIES {
            return Err(ArchiveError::TooMany);
        }
        archive.validate_header_consistency().map_err(|e| match e {
            ZipError::InvalidArchive(_) => ArchiveError::Ambiguous,
            other => other.into(),
        })?;
        Ok(Self(archive))
    }

    /// How many entries there are, folders among them.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Name and content of an entry, `None` for a folder. `total` counts what came out of all archives.
    pub fn read(&mut self, index: usize, total: &mut u64) -> Result<Option<Entry>, (String, ArchiveError)> {
        let name = match self.0.by_index_raw(index) {
            Ok(entry) if entry.is_dir() => return Ok(None),
            Ok(entry) => entry.name().map_or_else(
                |_| String::from_utf8_lossy(entry.name_raw()).into_owned(),
                |name| name.into_owned(),
            ),
            Err(e) => return Err((String::new(), e.into())),
        };
        match self.unpack(index, total) {
            Ok(bytes) => Ok(Some((name, bytes))),
            Err(e) => Err((name, e)),
        }
    }

    fn unpack(&mut self, index: usize, total: &mut u64) -> Result<Vec<u8>, ArchiveError> {
        let entry = self.0.by_index(index)?;
        if entry.encrypted() {
            return Err(ArchiveError::Encrypted);
        }
        let packed = entry.compressed_size().max(1);
        let by_ratio = RATIO_FROM_BYTES.max(packed.saturating_mul(MAX_RATIO));
        let left = MAX_TOTAL_BYTES.saturating_sub(*total);
        let limit = MAX_ENTRY_BYTES.min(by_ratio).min(left);
        // What the directory says is only where to begin: a liar gets no memory for it.
        let mut bytes = Vec::with_capacity(entry.size().min(limit).min(packed * 4) as usize);
        let read = entry.take(limit + 1).read_to_end(&mut bytes);
        *total += bytes.len() as u64;
        if bytes.len() as u64 > limit {
            return Err(match limit {
                _ if limit == left => ArchiveError::TotalTooLarge,
                _ if limit == by_ratio => ArchiveError::Bomb,
                _ => ArchiveError::EntryTooLarge,
            });
        }
        match read {
            Ok(_) => Ok(bytes),
            Err(_) => Err(ArchiveError::Damaged),
        }
    }
}

/// The number of entries that the end record announces (APPNOTE 4.3.16), so that a huge directory is never read.
fn announced(bytes: &[u8]) -> usize {
    const END: &[u8] = b"PK\x05\x06";
    memchr::memmem::rfind(bytes, END)
        .and_then(|at| bytes.get(at + 10..at + 12))
        .map_or(0, |count| usize::from(u16::from_le_bytes([count[0], count[1]])))
}
