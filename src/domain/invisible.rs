//! Characters that a person does not see: with them a name, an address or a line on the screen does not look like what it is.

/// Whether a character turns, hides or fills text without being seen (Unicode: default ignorable, bidirectional controls, and the
/// fillers of Hangul, which are blank letters). Control characters are a matter of their own.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_not_seen_and_leaves_letters_alone() {
        for c in [
            '\u{202e}',
            '\u{3164}',
            '\u{115f}',
            '\u{34f}',
            '\u{200b}',
            '\u{2066}',
            '\u{e0041}',
            '\u{feff}',
        ] {
            assert!(is_invisible(c), "{}", c.escape_unicode());
        }
        for c in "aé\u{301}ß 中ᄀ가 \u{a0}-’·".chars() {
            assert!(!is_invisible(c), "{}", c.escape_unicode());
        }
    }
}
