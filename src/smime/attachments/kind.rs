//! What a file is, by its first bytes: names and declared types are anybody's.

/// A PDF may have bytes before its header (ISO 32000-1, annex H.3.4.1: within the first 1024).
const PDF_WITHIN: usize = 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// PDF.
    Pdf,
    /// TIFF, BigTIFF too.
    Tiff,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// HEIC, HEIF or AVIF.
    Heic,
    /// A ZIP archive that is not an office document.
    Zip,
    /// winmail.dat (MS-OXTNEF).
    Winmail,
    /// RAR, 7-Zip, gzip, bzip2, xz, cabinet: archives that are not opened.
    OtherArchive,
    /// An OLE compound file: old office documents, Outlook messages.
    Compound,
    /// Anything else: text, vCards, signatures, office documents.
    Other,
}

impl FileKind {
    /// What `bytes` are.
    pub fn of(bytes: &[u8]) -> Self {
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        if starts(b"\xff\xd8\xff") {
            Self::Jpeg
        } else if starts(b"\x89PNG\r\n\x1a\n") {
            Self::Png
        } else if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
            Self::Tiff
        } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Self::WebP
        } else if bytes.get(4..8) == Some(b"ftyp") && is_heif_brand(bytes) {
            Self::Heic
        } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
            if is_office_document(bytes) {
                Self::Other
            } else {
                Self::Zip
            }
        } else if starts(b"\x78\x9f\x3e\x22") {
            Self::Winmail
        } else if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            Self::Compound
        } else if [
            &b"Rar!\x1a\x07"[..],
            b"7z\xbc\xaf\x27\x1c",
            b"\x1f\x8b\x08",
            b"BZh",
            b"\xfd7zXZ\0",
            b"MSCF\0\0\0\0",
        ]
        .iter()
        .any(|magic| starts(magic))
        {
            Self::OtherArchive
        } else if bytes[..bytes.len().min(PDF_WITHIN)]
            .windows(5)
            .any(|w| w == b"%PDF-")
        {
            Self::Pdf
        } else {
            Self::Other
        }
    }

    /// Whether papers come in this form.
    pub fn is_scan(self) -> bool {
        matches!(self, Self::Pdf | Self::Tiff | Self::Jpeg | Self::Png | Self::WebP)
    }
}

/// Whether a file is what macOS writes beside each file that it packs (AppleDouble, RFC 1740 section 5): its window and its colours,
/// nothing of what is in it.
pub fn is_apple_double(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0\x05\x16\x07")
}

/// Video has the same box and other brands (ISO/IEC 23008-12 section 10, AVIF 1.0 section 6).
fn is_heif_brand(bytes: &[u8]) -> bool {
    matches!(
        bytes.get(8..12),
        Some(
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" | b"avif" | b"avis"
        )
    )
}

/// Office documents are ZIP archives whose first entry says so (ECMA-376 part 2, OpenDocument 1.2 part 3 section 3.3).
fn is_office_document(bytes: &[u8]) -> bool {
    let Some(length) = bytes.get(26..28) else {
        return false;
    };
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    bytes.get(30..30 + length).is_some_and(|name| {
        name == b"[Content_Types].xml"
            || name == b"mimetype"
            || name.starts_with(b"_rels/")
            || name.starts_with(b"docProps/")
            || name.starts_with(b"META-INF/")
    })
}
