//! Whether signingTime, Date and arrival agree. Only a mail that just came in is asked: an old one from an archive stays what it was.
//!
//! An absent signingTime or Date claims nothing and contradicts nothing; the path is judged by the office's clock alone.

use super::code::Code;
use super::header::Headers;
use super::judge::Judge;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// A Date field longer than this is none.
const MAX_DATE_BYTES: usize = 200;

/// The moment that a Date field names (RFC 5322 section 3.3). A wrong day of the week is let pass: programs that know no
/// languages but their own write it.
pub fn read_date(value: &[u8]) -> Option<Timestamp> {
    if value.len() > MAX_DATE_BYTES {
        return None;
    }
    let text = std::str::from_utf8(value).ok()?.trim();
    DateTimeParser::new()
        .relaxed_weekday(true)
        .parse_timestamp(text)
        .ok()
}

impl Judge<'_> {
    /// Compares signingTime and Date with the arrival and with each other.
    pub(super) fn times(&mut self, headers: &Headers<'_>) {
        let Some(arrived) = self.question.arrived else {
            return;
        };
        let policy = self.question.policy;
        let oldest = arrived.as_second() - i64::from(policy.max_signature_age_days) * 24 * 60 * 60;
        let newest = arrived.as_second() + i64::from(policy.max_clock_lead_minutes) * 60;
        let fits = |time: Timestamp| (oldest..=newest).contains(&time.as_second());
        let signed = self.layers.signing_time;
        if let Some(signed) = signed.filter(|time| !fits(*time)) {
            let detail = format!("it was signed at {signed} and came in at {arrived}");
            self.refuse(Code::SigningTimeOff, detail);
        }
        let Some(field) = headers.get("date") else {
            return;
        };
        let Some(date) = read_date(&field.unfolded()) else {
            self.refuse(Code::DateOff, "the Date field cannot be read");
            return;
        };
        if !fits(date) {
            self.refuse(
                Code::DateOff,
                format!("Date is {date}, and the mail came in at {arrived}"),
            );
        }
        let apart = i64::from(policy.max_date_difference_hours) * 60 * 60;
        if let Some(signed) = signed
            && (signed.as_second() - date.as_second()).abs() > apart
        {
            self.refuse(
                Code::DateOff,
                format!("Date is {date}, and the mail was signed at {signed}"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dates_as_mail_programs_write_them() {
        for text in [
            " Mon, 1 Jun 2026 10:00:00 +0200",
            " 1 Jun 2026 08:00:00 GMT",
            " Mon, 01 Jun 2026 08:00:00 +0000 (UTC)",
            " Tue, 1 Jun 2026 08:00:00 -0000",
        ] {
            let read = read_date(text.as_bytes());
            assert_eq!(read, Some("2026-06-01T08:00:00Z".parse().unwrap()), "{text}");
        }
        for text in ["", "yesterday", "2026-06-01T08:00:00Z", "\u{fe}"] {
            assert_eq!(read_date(text.as_bytes()), None, "{text}");
        }
    }
}
