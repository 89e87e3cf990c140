//! Whom a mail is from: From, Sender, who sent it on, and every way to look like somebody else.

use super::*;

fn from(line: &str) -> Vec<Code> {
    codes(&signed_with(&format!("{line}\r\n"), ENTITY))
}

#[test]
fn takes_from_as_clients_write_it() {
    for line in [
        format!("From: {RIO}"),
        format!("From: <{RIO}>"),
        format!("FROM: Erika Muster <{RIO}>"),
        format!("From: \"Muster, Erika (GS-EJPD)\" <{RIO}>"),
        format!("From: =?iso-8859-1?Q?Erika_M=FCster?=\r\n\t<{RIO}>"),
        format!("From: {RIO} <{RIO}>"),
        "From: Erika Muster <rio@OFFICE.Example>".into(),
        format!("From: {RIO}\r\nReply-To: elsewhere@example.org"),
        format!("From: {RIO}\r\nSender: {RIO}"),
        format!("From: {RIO}\r\nSender: Erika <rio@Office.EXAMPLE>\r\nResent-From: {RIO}"),
    ] {
        assert_eq!(from(&line), [], "{line}");
    }
}

#[test]
fn refuses_every_other_from() {
    for (line, expected) in [
        ("X-From: rio@office.example", Code::FromMissing),
        ("From:", Code::FromMalformed),
        ("From: boss@office.example", Code::FromMismatch),
        ("From: RIO@office.example", Code::FromMismatch),
        ("From: rio+cards@office.example", Code::FromMismatch),
        ("From: rio@office.example.evil.example", Code::FromMismatch),
        ("From: rio@sub.office.example", Code::FromMismatch),
        ("From: rio@\u{43e}ffice.example", Code::FromMismatch),
        ("From: r\u{456}o@office.example", Code::FromMismatch),
        ("From: rio@o\u{fb03}ce.example", Code::FromMalformed),
        (
            "From: rio@office.example, boss@office.example",
            Code::FromMalformed,
        ),
        (
            "From: boss@office.example, rio@office.example",
            Code::FromMalformed,
        ),
        ("From: RIOs: rio@office.example;", Code::FromMalformed),
        (
            "From: rio@office.example (boss@office.example)",
            Code::FromMalformed,
        ),
        ("From: <@evil.example:rio@office.example>", Code::FromMalformed),
        (
            "From: boss@office.example <rio@office.example>",
            Code::FromMisleading,
        ),
        (
            "From: \"boss@office.example\" <rio@office.example>",
            Code::FromMisleading,
        ),
        (
            "From: \"boss\u{ff20}office.example\" <rio@office.example>",
            Code::FromMisleading,
        ),
        (
            "From: =?utf-8?B?Ym9zc0BvZmZpY2UuZXhhbXBsZQ==?= <rio@office.example>",
            Code::FromMisleading,
        ),
        (
            "From: rio@office.example\r\nFrom: boss@office.example",
            Code::DuplicateHeader,
        ),
        (
            "From: boss@office.example\r\nFROM: rio@office.example",
            Code::DuplicateHeader,
        ),
        (
            "From: rio@office.example\r\nSender: boss@office.example",
            Code::SenderMismatch,
        ),
        (
            "From: rio@office.example\r\nSender: a@x.example, b@x.example",
            Code::SenderMismatch,
        ),
        (
            "From: rio@office.example\r\nSender: rio@office.example\r\nSender: boss@office.example",
            Code::DuplicateHeader,
        ),
        (
            "From: rio@office.example\r\nResent-From: list@evil.example",
            Code::Resent,
        ),
        (
            "From: rio@office.example\r\nResent-From: rio@office.example\r\nResent-From: list@evil.example",
            Code::Resent,
        ),
        (
            "From: rio@office.example\r\nResent-Sender: list@evil.example",
            Code::Resent,
        ),
        (
            "From: rio@office.example\0boss@office.example",
            Code::FromMalformed,
        ),
    ] {
        let found = from(line);
        assert!(found.contains(&expected), "{line}: {found:?}");
    }
}

#[test]
fn knows_a_mailbox_in_a_domain_beyond_ascii_by_either_form() {
    let person = &cast().elsewhere;
    for (line, expected) in [
        ("From: rio@xn--bcher-kva.example", vec![]),
        ("From: rio@b\u{fc}cher.example", vec![]),
        ("From: rio@B\u{dc}CHER.example", vec![]),
        ("From: rio@bucher.example", vec![Code::FromMismatch]),
        (
            "From: rio@b\u{fc}cher.example.evil.example",
            vec![Code::FromMismatch],
        ),
    ] {
        let mail = replaced(&Forge::good(person).mail(), &format!("From: {RIO}"), line);
        assert_eq!(codes(&mail), expected, "{line}");
    }
}

#[test]
fn takes_replies_and_answers_from_nobody_in_the_mail() {
    // Reply-To may be anything: nothing is sent to it, and it names nobody.
    let mail = signed_with(
        &format!("From: {RIO}\r\nReply-To: boss@office.example, evil@x.example\r\n"),
        ENTITY,
    );
    let policy = Policy::default();
    let judgement = verify(&mail, &question(&policy));
    assert_eq!(judgement.reasons(), []);
    assert_eq!(judgement.from().unwrap().to_string(), RIO);
}
