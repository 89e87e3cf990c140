//! File names of strangers, made fit to be shown.

use mail_parser::MessageParser;

/// A name longer than this is cut; file systems take 255 bytes.
const MAX_CHARACTERS: usize = 120;

/// The last component of `name` without invisible or control characters. `None` when nothing is left.
pub fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|c| !c.is_control() && !turns_or_hides(*c))
        .take(MAX_CHARACTERS)
        .collect();
    let shown = shown.trim().trim_matches('.');
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// Marks that turn, hide or order text: with them `fdp.exe` reads as `exe.pdf`.
fn turns_or_hides(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Encoded words (RFC 2047) in a parameter, where they may not stand and often do.
pub fn decode_words(name: &str) -> String {
    if !name.contains("=?") || name.contains(['\r', '\n']) {
        return name.to_owned();
    }
    let field = format!("Subject: {name}\r\n\r\n");
    MessageParser::default()
        .parse_headers(field.as_bytes())
        .as_ref()
        .and_then(|m| m.subject())
        .map_or_else(|| name.to_owned(), str::to_owned)
}
