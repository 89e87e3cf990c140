//! The line that parts two mails of an mbox file (RFC 4155), and stands before a mail that was cut out of one.

/// Bytes of the longest separator line: `From`, an address, a date.
const MAX_SEPARATOR: usize = 1000;

/// Whether a line, without its end, parts two mails of an mbox file: `From`, somebody, and a date with a time in it. A sentence that
/// begins with “From” is none (RFC 4155 appendix A), and neither is a From field whose writer put blanks before the colon (the
/// obsolete syntax of RFC 5322 section 4.5): programs show that one.
pub fn is_separator(line: &[u8]) -> bool {
    let Some(sender) = line.strip_prefix(b"From ") else {
        return false;
    };
    line.len() <= MAX_SEPARATOR
        && !sender.trim_ascii_start().starts_with(b":")
        && sender
            .windows(5)
            .any(|w| w[2] == b':' && [w[0], w[1], w[3], w[4]].iter().all(u8::is_ascii_digit))
}

/// The mail without the line that an mbox file puts before it.
pub fn without_separator(raw: &[u8]) -> &[u8] {
    match memchr::memchr(b'\n', &raw[..raw.len().min(MAX_SEPARATOR + 2)]) {
        Some(end) if is_separator(raw[..end].trim_ascii_end()) => &raw[end + 1..],
        _ => raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_off_separators_and_nothing_else() {
        for line in [
            "From rio@office.example Mon Mar  2 08:00:00 2026",
            "From MAILER-DAEMON Mon Mar 12 08:00:00 2026\r",
            "From - Mon Mar  2 08:00 2026",
        ] {
            let mail = format!("{line}\nS: 1\n");
            assert_eq!(without_separator(mail.as_bytes()), b"S: 1\n", "{line}");
        }
        let long = format!("From {} 08:00", "a".repeat(MAX_SEPARATOR));
        for line in [
            "From : boss@office.example",
            "From \t: \"08:00\" <boss@office.example>",
            "From boss@office.example",
            "From there on",
            ">From a 08:00",
            "From: a 08:00",
            &long,
            "",
        ] {
            let mail = format!("{line}\nS: 1\n");
            assert_eq!(without_separator(mail.as_bytes()), mail.as_bytes(), "{line}");
        }
        assert_eq!(without_separator(b"From a 08:00"), b"From a 08:00", "no line");
    }
}
