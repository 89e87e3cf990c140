//! Mails that programs and lists send: they are never answered, or two programs could answer each other for ever (RFC 3834).

/// Bytes of the header section that are looked at: as many as the mail gate takes.
const MAX_HEADER: usize = 256 * 1024;

/// True when a program or a list sent the mail, or when it is one that must not be answered (RFC 3834 section 2; RFC 2919, RFC
/// 2369, RFC 3462). The header is not signed, so a sender can only talk themselves out of an answer, never into one.
pub fn is_automatic(raw: &[u8]) -> bool {
    let header = header_of(raw);
    fields(header).any(|(name, value)| {
        let value = value.trim();
        match name.as_str() {
            "auto-submitted" => !value.split(';').next().unwrap_or_default().trim().eq("no"),
            "precedence" => matches!(value, "bulk" | "junk" | "list"),
            // The null reverse-path, as the last server wrote it down (RFC 5321 section 4.4).
            "return-path" => value.replace(char::is_whitespace, "") == "<>",
            "content-type" => value.starts_with("multipart/report"),
            "x-auto-response-suppress" => value.contains("all") || value.contains("autoreply"),
            name => name.starts_with("list-"),
        }
    })
}

/// The header section; of a mail without an end to it, as much as is looked at.
fn header_of(raw: &[u8]) -> &[u8] {
    let raw = &raw[..raw.len().min(MAX_HEADER)];
    let mut at = 0;
    while let Some(end) = memchr::memchr(b'\n', &raw[at..]) {
        let line = &raw[at..at + end];
        if line.is_empty() || line == b"\r" {
            return &raw[..at];
        }
        at += end + 1;
    }
    raw
}

/// Names and values in lower case, folds taken out.
fn fields(header: &[u8]) -> impl Iterator<Item = (String, String)> {
    let mut fields: Vec<String> = vec![];
    for line in String::from_utf8_lossy(header).lines() {
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => fields.push(line.to_owned()),
        }
    }
    fields.into_iter().filter_map(|field| {
        let (name, value) = field.split_once(':')?;
        Some((
            name.trim().to_ascii_lowercase(),
            value.trim().to_ascii_lowercase(),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn automatic(fields: &str) -> bool {
        is_automatic(format!("From: rio@office.example\r\n{fields}\r\n\r\ntext\r\n").as_bytes())
    }

    #[test]
    fn programs_lists_and_reports_are_known() {
        for field in [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: AUTO-GENERATED (vacation)",
            "auto-submitted:\r\n auto-notified; owner-email=\"a@b.example\"",
            "List-Id: <all.office.example>",
            "LIST-UNSUBSCRIBE: <mailto:x@office.example>",
            "Precedence: Bulk",
            "Precedence: junk",
            "Precedence: list",
            "Return-Path: <>",
            "Return-Path:  < > ",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            "Content-Type: multipart/REPORT;\r\n\tboundary=b",
            "X-Auto-Response-Suppress: DR, AutoReply",
        ] {
            assert!(automatic(field), "{field}");
        }
    }

    #[test]
    fn a_person_is_answered() {
        for field in [
            "Auto-Submitted: no",
            "Auto-Submitted: No ; because",
            "Precedence: first-class",
            "Return-Path: <rio@office.example>",
            "Content-Type: multipart/signed; boundary=\"multipart/report\"",
            "Subject: List-Id: none\r\n Auto-Submitted: auto-replied",
            "X-Auto-Response-Suppress: DR",
        ] {
            assert!(!automatic(field), "{field}");
        }
    }

    #[test]
    fn what_stands_in_the_body_is_no_header() {
        assert!(!is_automatic(b"From: a@b.example\n\nPrecedence: bulk\n"));
        assert!(is_automatic(b"Precedence: bulk"));
    }
}
