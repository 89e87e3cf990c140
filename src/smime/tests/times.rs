//! When a mail was signed, dated and came in.

use super::*;

fn attributes_at(entity: &[u8], signed: Option<&str>) -> Vec<Vec<u8>> {
    let mut list = vec![content_type(), message_digest(entity)];
    if let Some(signed) = signed {
        list.push(attribute(
            SIGNING_TIME,
            &[&element(tlv::UTC_TIME, signed.as_bytes())],
        ));
    }
    list
}

/// The codes of a mail signed and dated so, which came in at 8:00 on 1 June 2026.
fn arriving(signed: Option<&str>, date: Option<&str>, policy: &Policy) -> Vec<Code> {
    let mail = Forge::with_attributes(&cast().rio, attributes_at(ENTITY, signed)).mail();
    let date = date.map(|d| format!("Date: {d}\r\n")).unwrap_or_default();
    let mail = [date.as_bytes(), &mail].concat();
    let question = Question {
        arrived: Some(now()),
        ..question(policy)
    };
    verify(&mail, &question)
        .reasons()
        .iter()
        .map(|r| r.code)
        .collect()
}

#[test]
fn takes_what_is_signed_dated_and_delayed_as_mail_is() {
    let policy = Policy::default();
    for (signed, date) in [
        (Some("260601075959Z"), Some("Mon, 1 Jun 2026 10:00:00 +0200")),
        // Friday evening to Monday morning.
        (Some("260529170000Z"), Some("Fri, 29 May 2026 19:00:00 +0200")),
        // Signed offline on Thursday before a long weekend, dated by the server that took it.
        (Some("260528160000Z"), Some("Mon, 1 Jun 2026 07:00:00 +0000")),
        // It lay in the mailbox while the office was closed.
        (Some("260504080000Z"), Some("Mon, 4 May 2026 08:00:00 +0000")),
        // A clock two hours ahead.
        (Some("260601100000Z"), Some("Mon, 1 Jun 2026 10:00:00 +0000")),
        (None, Some("Mon, 1 Jun 2026 08:00:00 +0000")),
        (Some("260601080000Z"), None),
        (None, None),
    ] {
        assert_eq!(arriving(signed, date, &policy), [], "{signed:?} {date:?}");
    }
}

#[test]
fn refuses_a_signature_of_last_year_and_one_of_tomorrow() {
    let policy = Policy::default();
    let date = "Mon, 1 Jun 2026 08:00:00 +0000";
    for (signed, date, expected) in [
        (
            Some("250601080000Z"),
            Some("Sun, 1 Jun 2025 08:00:00 +0000"),
            vec![Code::SigningTimeOff, Code::DateOff],
        ),
        (
            Some("260602080000Z"),
            Some("Tue, 2 Jun 2026 08:00:00 +0000"),
            vec![Code::SigningTimeOff, Code::DateOff],
        ),
        // An old signature under a new date: a replay dressed up.
        (
            Some("250601080000Z"),
            Some(date),
            vec![Code::SigningTimeOff, Code::DateOff],
        ),
        // Dated far from its signature, though neither is too old.
        (Some("260510080000Z"), Some(date), vec![Code::DateOff]),
        (None, Some("Mon, 1 Jun 1998 08:00:00 +0000"), vec![Code::DateOff]),
        (Some("260601080000Z"), Some("yesterday"), vec![Code::DateOff]),
        (Some("250601080000Z"), None, vec![Code::SigningTimeOff]),
    ] {
        assert_eq!(arriving(signed, date, &policy), expected, "{signed:?} {date:?}");
    }
    let doubled = "Mon, 1 Jun 2026 08:00:00 +0000\r\nDate: Mon, 1 Jun 2026 08:00:00 +0000";
    assert_eq!(
        arriving(Some("260601080000Z"), Some(doubled), &policy),
        [Code::DuplicateHeader]
    );
}

#[test]
fn moves_each_limit_with_its_knob() {
    let wide = Policy {
        max_signature_age_days: 400,
        max_clock_lead_minutes: 2 * 24 * 60,
        max_date_difference_hours: 400 * 24,
        ..Policy::default()
    };
    let date = Some("Mon, 1 Jun 2026 08:00:00 +0000");
    assert_eq!(arriving(Some("250601080000Z"), date, &wide), []);
    assert_eq!(arriving(Some("260602080000Z"), date, &wide), []);
    let narrow = Policy {
        max_signature_age_days: 1,
        max_clock_lead_minutes: 0,
        max_date_difference_hours: 1,
        ..Policy::default()
    };
    assert_eq!(
        arriving(Some("260529170000Z"), date, &narrow),
        [Code::SigningTimeOff, Code::DateOff]
    );
    assert_eq!(
        arriving(Some("260601080001Z"), date, &narrow),
        [Code::SigningTimeOff]
    );
    assert_eq!(arriving(Some("260601060000Z"), date, &narrow), [Code::DateOff]);
}

#[test]
fn asks_an_archived_mail_for_no_time() {
    let mail = Forge::with_attributes(&cast().rio, attributes_at(ENTITY, Some("980601080000Z"))).mail();
    let mail = [b"Date: Mon, 1 Jun 1998 08:00:00 +0000\r\n".to_vec(), mail].concat();
    assert_eq!(codes(&mail), []);
}
