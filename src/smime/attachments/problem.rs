//! Why a file in a mail could not be opened: stable codes, for officers and senders.

use std::fmt;

/// What is wrong with a file of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// Its encoding or structure is broken.
    Damaged,
    /// It asks for a password or a key.
    Encrypted,
    /// It is larger than is taken in, packed or unpacked.
    TooLarge,
    /// It lies deeper in containers than is looked.
    TooDeep,
    /// There are more of them than are looked at.
    TooMany,
    /// A kind of container that is not opened.
    Unsupported,
    /// Only a reference to it came along.
    Elsewhere,
    /// An archive that programs unpack differently, or that was made to burst.
    Suspicious,
    /// A HEIC or AVIF picture.
    Heic,
}

impl ProblemCode {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::Damaged,
        Self::Encrypted,
        Self::TooLarge,
        Self::TooDeep,
        Self::TooMany,
        Self::Unsupported,
        Self::Elsewhere,
        Self::Suspicious,
        Self::Heic,
    ];

    /// The stable name that other programs lean on.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "attachment_damaged",
            Self::Encrypted => "attachment_encrypted",
            Self::TooLarge => "attachment_too_large",
            Self::TooDeep => "attachment_too_deep",
            Self::TooMany => "attachment_too_many",
            Self::Unsupported => "attachment_unsupported",
            Self::Elsewhere => "attachment_elsewhere",
            Self::Suspicious => "attachment_suspicious",
            Self::Heic => "attachment_heic",
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A file that could not be opened: it may have been the scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub code: ProblemCode,
    /// Which file, where it lies, and what was found; for a person.
    pub detail: String,
}
