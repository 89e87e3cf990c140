//! What the codes and the OCR line of a paper say: page code, data code and line, written and read with their checks.
//!
//! All three are versioned. A reader refuses what it does not know with a named error; it never repairs.

mod fold;

use crate::domain::symbols::{self, Symbol};
use crate::domain::{CardSerial, Digest, IdError, LayoutId, RequestId};
use crc::{CRC_32_ISCSI, Crc};
use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec_with_limit};

/// CRC-32C, the check of both codes.
const CRC32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
/// The version written into page codes, data codes and OCR lines.
const VERSION: u8 = 1;
/// Bytes of a page code before base45.
pub const PAGE_CODE_BYTES: usize = 30;
/// Characters of a page code: 30 bytes in base45 fill the alphanumeric capacity of QR version 4, level H, but five.
pub const PAGE_CODE_CHARS: usize = 45;
/// Bytes of a data code before base45: 480 characters are the most that QR version 13, level M, takes alphanumerically.
pub const DATA_CODE_MAX_BYTES: usize = 320;
/// Characters of the longest data code.
pub const DATA_CODE_MAX_CHARS: usize = DATA_CODE_MAX_BYTES / 2 * 3;
/// The most CBOR that a data code may unfold to: longer than any request whose fields keep their limits.
pub const DATA_CODE_MAX_CBOR: usize = 4096;
/// Characters of the OCR line.
pub const OCR_LINE_CHARS: usize = 43;
/// The highest paper, page and page count that four bits hold.
pub const MAX_NIBBLE: u8 = 15;

/// Why a code or line cannot be written or is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    #[error("{what} has {want} characters, this has {got}: it is not one of ours, or it was cut")]
    Length {
        what: &'static str,
        want: usize,
        got: usize,
    },
    #[error("{what} holds a character that does not belong there: it is not one of ours, or it was misread")]
    Alphabet { what: &'static str },
    #[error("{what} is of version {found}, which this program does not know: install a newer one")]
    Version { what: &'static str, found: u8 },
    #[error("the check of {what} does not hold: it was misread or changed, scan the page again")]
    Check { what: &'static str },
    #[error("page {page} of {of} cannot be in {what}: pages count from 1 and a set has at most 15")]
    Page { what: &'static str, page: u8, of: u8 },
    #[error("paper number {found} does not fit {what}: it has at most four bits")]
    Paper { what: &'static str, found: u8 },
    #[error("corner {found} does not exist in a page code: corners count from 0 to 2")]
    Corner { found: u8 },
    #[error("bits that must be zero are set in {what}: it is not one of ours, or of a newer version")]
    Reserved { what: &'static str },
    #[error("{0}")]
    Id(#[from] IdError),
    #[error("the request needs {got} bytes and a data code holds {max}: shorten its longest fields")]
    TooLong { got: usize, max: usize },
    #[error("the content of the data code does not unfold within {max} bytes: it is not one of ours")]
    Unfold { max: usize },
}

/// What stands in each of the three page codes of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageCode {
    /// The number of the paper, 0 to 15.
    pub paper: u8,
    /// This page, counted from 1 over the whole set.
    pub page: u8,
    /// How many pages the whole set has, at most 15.
    pub of: u8,
    pub request: RequestId,
    pub serial: CardSerial,
    pub layout: LayoutId,
    pub digest: Digest,
    /// Which of the page's three codes this is, 0 to 2.
    pub corner: u8,
}

impl PageCode {
    const WHAT: &'static str = "a page code";

    /// The 45 characters that go into the QR code (alphanumeric mode).
    pub fn encode(&self) -> Result<String, CodeError> {
        self.check()?;
        let mut bytes = [0; PAGE_CODE_BYTES];
        bytes[0] = VERSION << 4 | self.paper;
        bytes[1] = self.page << 4 | self.of;
        bytes[2..9].copy_from_slice(&self.request.bits().to_be_bytes()[1..]);
        bytes[9..14].copy_from_slice(&self.serial.bits().to_be_bytes()[3..]);
        bytes[14..16].copy_from_slice(&self.layout.0.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.digest.bits().to_be_bytes());
        bytes[24] = self.corner;
        let check = CRC32C.checksum(&bytes[..26]);
        bytes[26..].copy_from_slice(&check.to_be_bytes());
        Ok(base45::encode(bytes))
    }

    /// Reads the text of a QR code.
    pub fn decode(text: &str) -> Result<PageCode, CodeError> {
        let what = Self::WHAT;
        if text.len() != PAGE_CODE_CHARS {
            return Err(CodeError::Length {
                what,
                want: PAGE_CODE_CHARS,
                got: text.len(),
            });
        }
        let bytes: [u8; PAGE_CODE_BYTES] = unfold_base45(what, text)?
            .try_into()
            .map_err(|_| CodeError::Alphabet { what })?;
        if bytes[26..] != CRC32C.checksum(&bytes[..26]).to_be_bytes() {
            return Err(CodeError::Check { what });
        }
        if bytes[0] >> 4 != VERSION {
            return Err(CodeError::Version {
                what,
                found: bytes[0] >> 4,
            });
        }
        let number =
            |range: std::ops::Range<usize>| bytes[range].iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
        let (request, digest) = (number(2..9), number(16..24));
        if request >> 50 != 0 || digest >> 60 != 0 || bytes[25] != 0 {
            return Err(CodeError::Reserved { what });
        }
        let code = PageCode {
            paper: bytes[0] & 15,
            page: bytes[1] >> 4,
            of: bytes[1] & 15,
            request: RequestId::from_bits(request),
            serial: CardSerial::from_bits(number(9..14))?,
            layout: LayoutId(number(14..16) as u16),
            digest: Digest::from_bits(digest),
            corner: bytes[24],
        };
        code.check()?;
        Ok(code)
    }

    /// What the OCR line of the same page says.
    pub fn line(&self) -> OcrLine {
        OcrLine {
            paper: self.paper,
            page: self.page,
            of: self.of,
            request: self.request,
            serial: self.serial,
            digest: self.digest,
        }
    }

    fn check(&self) -> Result<(), CodeError> {
        check_numbers(Self::WHAT, self.paper, self.page, self.of)?;
        if self.corner > 2 {
            Err(CodeError::Corner { found: self.corner })
        } else {
            Ok(())
        }
    }
}

/// The whole request in one code: its deterministic CBOR, deflated when that is shorter.
///
/// Version 1 is written wherever it fits, so that older readers go on reading. Version 2 takes what does not fit: the CBOR is
/// folded into one byte a letter first (see `codes/fold.rs`), and bits 1 and 2 of the flags say into which window. Both are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataCode {
    /// The CBOR of the request data.
    pub cbor: Vec<u8>,
}

impl DataCode {
    const WHAT: &'static str = "a data code";
    const DEFLATED: u8 = 1;
    /// The version whose content is folded.
    const FOLDED: u8 = 2;

    /// The characters that go into the QR code (alphanumeric mode, level M).
    ///
    /// # Errors
    /// [`CodeError::TooLong`] when even deflated it exceeds [`DATA_CODE_MAX_BYTES`]; which field is long the caller knows.
    pub fn encode(&self) -> Result<String, CodeError> {
        let plain = Self::sealed(VERSION, 0, &self.cbor);
        let bytes = if plain.len() <= DATA_CODE_MAX_BYTES {
            plain
        } else {
            let folded = (0u8..).take(fold::WINDOWS.len()).map(|window| {
                let content = fold::fold(&self.cbor, usize::from(window));
                Self::sealed(Self::FOLDED, window << 1, &content)
            });
            folded.chain([plain]).min_by_key(Vec::len).unwrap_or_default()
        };
        if bytes.len() > DATA_CODE_MAX_BYTES || self.cbor.len() > DATA_CODE_MAX_CBOR {
            return Err(CodeError::TooLong {
                got: bytes.len().max(DATA_CODE_MAX_BYTES + 1),
                max: DATA_CODE_MAX_BYTES,
            });
        }
        Ok(base45::encode(bytes))
    }

    /// Version, flags, the content deflated when that is shorter, and the check.
    fn sealed(version: u8, flags: u8, content: &[u8]) -> Vec<u8> {
        let deflated = compress_to_vec(content, 9);
        let (flags, payload) = if deflated.len() < content.len() {
            (flags | Self::DEFLATED, &deflated[..])
        } else {
            (flags, content)
        };
        let mut bytes = vec![version, flags];
        bytes.extend_from_slice(payload);
        bytes.extend(CRC32C.checksum(&bytes).to_be_bytes());
        bytes
    }

    /// Reads the text of a QR code. The CBOR is not looked into.
    pub fn decode(text: &str) -> Result<DataCode, CodeError> {
        let what = Self::WHAT;
        if text.len() > DATA_CODE_MAX_CHARS {
            return Err(CodeError::Length {
                what,
                want: DATA_CODE_MAX_CHARS,
                got: text.len(),
            });
        }
        let bytes = unfold_base45(what, text)?;
        let Some((head, check)) = bytes.split_last_chunk::<4>().filter(|(head, _)| head.len() >= 2) else {
            return Err(CodeError::Length {
                what,
                want: 9,
                got: text.len(),
            });
        };
        if *check != CRC32C.checksum(head).to_be_bytes() {
            return Err(CodeError::Check { what });
        }
        let is_folded = match head[0] {
            VERSION => false,
            Self::FOLDED => true,
            found => return Err(CodeError::Version { what, found }),
        };
        let window = usize::from(head[1] >> 1);
        if window >= if is_folded { fold::WINDOWS.len() } else { 1 } {
            return Err(CodeError::Reserved { what });
        }
        let too_much = CodeError::Unfold {
            max: DATA_CODE_MAX_CBOR,
        };
        let content = if head[1] & Self::DEFLATED == 0 {
            head[2..].to_vec()
        } else {
            decompress_to_vec_with_limit(&head[2..], DATA_CODE_MAX_CBOR).map_err(|_| too_much.clone())?
        };
        let cbor = if is_folded {
            fold::unfold(&content, window, DATA_CODE_MAX_CBOR).ok_or(too_much)?
        } else {
            content
        };
        Ok(DataCode { cbor })
    }
}

/// The line printed in OCR-B on each page: the second witness of its codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OcrLine {
    /// The number of the paper, 0 to 15.
    pub paper: u8,
    /// This page, counted from 1 over the whole set.
    pub page: u8,
    /// How many pages the whole set has, at most 15.
    pub of: u8,
    pub request: RequestId,
    pub serial: CardSerial,
    pub digest: Digest,
}

impl OcrLine {
    const WHAT: &'static str = "an OCR line";
    /// Where the separator `<` stands, counted from 0.
    pub const SEPARATOR: usize = 18;
    /// The places that hold decimal digits (the card serial), counted from 0.
    pub const SERIAL: std::ops::Range<usize> = 19..29;

    /// The 43 characters.
    pub fn encode(&self) -> Result<String, CodeError> {
        check_numbers(Self::WHAT, self.paper, self.page, self.of)?;
        let mut first: Vec<Symbol> = [VERSION, self.paper, self.page, self.of].map(Symbol::of).to_vec();
        first.extend(self.request.symbols());
        first.extend(symbols::rs2(&first));
        let mut second = self.serial.symbols();
        second.extend(self.digest.symbols());
        second.extend(symbols::rs2(&second));
        Ok(format!(
            "{}<{}",
            symbols::to_text(&first),
            symbols::to_text(&second)
        ))
    }

    /// Reads a line; case and the look-alikes of Crockford base32 (O, I, L) do not matter.
    pub fn decode(text: &str) -> Result<OcrLine, CodeError> {
        let what = Self::WHAT;
        let count = text.chars().take(OCR_LINE_CHARS + 1).count();
        if count != OCR_LINE_CHARS {
            return Err(CodeError::Length {
                what,
                want: OCR_LINE_CHARS,
                got: text.chars().count(),
            });
        }
        let mut all = Vec::with_capacity(OCR_LINE_CHARS);
        for (i, c) in text.chars().enumerate() {
            match (i == Self::SEPARATOR, c) {
                (true, '<') => {}
                (true, _) => return Err(CodeError::Alphabet { what }),
                (false, c) => all.push(Symbol::from_char(c).ok_or(CodeError::Alphabet { what })?),
            }
        }
        let (first, second) = all.split_at(Self::SEPARATOR);
        if !symbols::rs2_holds(first) || !symbols::rs2_holds(second) || !symbols::rs2_holds(&first[4..16]) {
            return Err(CodeError::Check { what });
        }
        if first[0].value() != VERSION {
            return Err(CodeError::Version {
                what,
                found: first[0].value(),
            });
        }
        let line = OcrLine {
            paper: first[1].value(),
            page: first[2].value(),
            of: first[3].value(),
            request: RequestId::from_bits(symbols::to_bits(&first[4..14]) as u64),
            serial: symbols::to_text(&second[..10]).parse()?,
            digest: Digest::from_bits(symbols::to_bits(&second[10..22]) as u64),
        };
        check_numbers(what, line.paper, line.page, line.of)?;
        Ok(line)
    }
}

/// Four bits for each number, and a page that is within its set.
fn check_numbers(what: &'static str, paper: u8, page: u8, of: u8) -> Result<(), CodeError> {
    if paper > MAX_NIBBLE {
        return Err(CodeError::Paper { what, found: paper });
    }
    if page == 0 || page > of || of > MAX_NIBBLE {
        return Err(CodeError::Page { what, page, of });
    }
    Ok(())
}

/// Strict base45 (RFC 9285): what does not encode back to the same text is refused.
fn unfold_base45(what: &'static str, text: &str) -> Result<Vec<u8>, CodeError> {
    let fits = text
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b" $%*+-./:".contains(&b));
    if !fits || text.len() % 3 == 1 {
        return Err(CodeError::Alphabet { what });
    }
    let bytes = base45::decode(text).map_err(|_| CodeError::Alphabet { what })?;
    if base45::encode(&bytes) == text {
        Ok(bytes)
    } else {
        Err(CodeError::Alphabet { what })
    }
}

#[cfg(test)]
mod tests;
