//! Uuencoded files in plain text (POSIX.1 uuencode), as old scanners and gateways still write them.

use crate::smime::entity::Entity;

/// Files in one text.
const MAX_BLOCKS: usize = 20;
/// Bytes of one full line.
const LINE_BYTES: usize = 45;

/// The files in `text`, by name; `Err` for one that begins rightly and does not go on so.
pub fn blocks(text: &[u8]) -> Vec<Result<(String, Vec<u8>), String>> {
    let mut found = Vec::new();
    if memchr::memmem::find(text, b"begin ").is_none() {
        return found;
    }
    let mut lines = text
        .split(|b| *b == b'\n')
        .map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    while let Some(line) = lines.next() {
        let Some(name) = opening(line) else { continue };
        let mut bytes = Vec::new();
        let mut count = 0;
        let whole = loop {
            let Some(line) = lines.next() else { break false };
            match decode_line(line, &mut bytes) {
                Some(0) => break lines.next().is_some_and(|l| l.trim_ascii_end() == b"end"),
                Some(_) => count += 1,
                None => break false,
            }
        };
        if whole {
            found.push(Ok((name, bytes)));
        } else if count > 0 {
            found.push(Err(name));
        }
        if found.len() >= MAX_BLOCKS {
            break;
        }
    }
    found
}

/// The content of a part whose transfer encoding is uuencode under one of its names; RFC 2045 has none.
pub fn transfer_encoded(part: &Entity<'_>) -> Option<Vec<u8>> {
    let field = part.headers.get("content-transfer-encoding")?.unfolded();
    let named = field.trim_ascii().to_ascii_lowercase();
    if !matches!(named.as_slice(), b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue") {
        return None;
    }
    match blocks(part.body).into_iter().next()? {
        Ok((_, bytes)) => Some(bytes),
        Err(_) => None,
    }
}

/// The name in a line `begin 644 scan.pdf`.
fn opening(line: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(line).ok()?.strip_prefix("begin ")?;
    let (mode, name) = text.split_once(' ')?;
    let octal = (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    (octal && !name.trim().is_empty()).then(|| name.trim().to_owned())
}

/// Decodes a line and returns how many bytes it has. Blanks at its end may have got lost on the way.
fn decode_line(line: &[u8], into: &mut Vec<u8>) -> Option<usize> {
    let value = |c: u8| (32..=96).contains(&c).then(|| (c - 32) & 63);
    let Some((&first, rest)) = line.split_first() else {
        return Some(0);
    };
    let length = usize::from(value(first)?);
    let digits = length.div_ceil(3) * 4;
    // Some programs write a check character after the line.
    if length > LINE_BYTES || rest.len() > digits + 1 {
        return None;
    }
    let before = into.len();
    for group in 0..length.div_ceil(3) {
        let mut four = [0; 4];
        for (n, digit) in four.iter_mut().enumerate() {
            *digit = value(rest.get(group * 4 + n).copied().unwrap_or(b' '))?;
        }
        let [a, b, c, d] = four;
        into.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    into.truncate(before + length);
    Some(length)
}
