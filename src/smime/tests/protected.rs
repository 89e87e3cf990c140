//! Header fields that were signed: compared where they are present (RFC 9788 and its drafts, RFC 8551 section 3.1).

use super::*;

const OUTER: &str = "From: Erika Muster <rio@office.example>\r\nTo: LRAO <lrao@office.example>\r\nSubject: Request of\r\n Erika Muster\r\nDate: Mon, 1 Jun 2026 10:00:00 +0200\r\nMessage-ID: <1@office.example>\r\n";

fn entity(kind: &str, fields: &str) -> String {
    format!("Content-Type: text/plain; {kind}\r\n{fields}\r\nThe request.\r\n")
}

fn judged(outer: &str, entity: &str) -> Vec<Code> {
    codes(&signed_with(outer, entity.as_bytes()))
}

#[test]
fn takes_mail_whose_header_is_the_one_that_was_signed() {
    for entity in [
        entity("hp=\"clear\"", OUTER),
        entity("hp=clear; charset=utf-8", OUTER),
        // A server writes folds, encodings and zones its own way.
        entity(
            "hp=clear",
            "From: =?utf-8?Q?Erika_Muster?= <rio@OFFICE.example>\r\nTo: lrao@office.example\r\nSubject: =?utf-8?Q?Request_of_Erika?= Muster\r\nDate: Mon, 1 Jun 2026 08:00:00 +0000\r\nMessage-ID:\r\n <1@office.example>\r\n",
        ),
        entity("protected-headers=\"v1\"", "Subject: Request of Erika Muster\r\n"),
        entity("protected-headers=\"v1\"", OUTER),
        entity("hp=clear; hp-legacy-display=1", OUTER),
        format!(
            "Content-Type: message/rfc822; forwarded=no\r\n\r\n{OUTER}Content-Type: text/plain\r\n\r\nThe request.\r\n"
        ),
        // Without the mark it is another mail, forwarded, whose fields are its own.
        "Content-Type: message/rfc822\r\n\r\nFrom: boss@elsewhere.example\r\nSubject: Other\r\n\r\nText\r\n"
            .into(),
        // Fields in a signed part that claims no protection say nothing.
        "Content-Type: text/plain\r\nSubject: Other\r\n\r\nText\r\n".into(),
    ] {
        assert_eq!(judged(OUTER, &entity), [], "{entity}");
        // Fields that servers add are nobody's.
        let more = format!("Received: from a by b\r\nX-Spam: no\r\n{OUTER}");
        assert_eq!(judged(&more, &entity), [], "{entity}");
    }
}

#[test]
fn refuses_a_header_that_is_not_the_one_that_was_signed() {
    for way in ["hp=\"clear\"", "protected-headers=\"v1\""] {
        for (from, to) in [
            ("Subject: Request of", "Subject: Revocation of"),
            ("To: LRAO <lrao@", "To: LRAO <other@"),
            ("Date: Mon, 1 Jun 2026 10", "Date: Mon, 1 Jun 2026 11"),
            ("<1@office", "<2@office"),
        ] {
            let outer = OUTER.replace(from, to);
            assert_eq!(
                judged(&outer, &entity(way, OUTER)),
                [Code::ProtectedHeaderMismatch],
                "{way}: {to}"
            );
        }
        let inner = OUTER.replace("rio@office.example", "boss@office.example");
        assert_eq!(
            judged(OUTER, &entity(way, &inner)),
            [Code::ProtectedHeaderMismatch],
            "{way}"
        );
        let reply = format!("{OUTER}Reply-To: a@office.example\r\n");
        let other = format!("{OUTER}Reply-To: evil@x.example\r\n");
        assert_eq!(
            judged(&other, &entity(way, &reply)),
            [Code::ProtectedHeaderMismatch],
            "{way}"
        );
    }
    // Added outside, or taken out there.
    let without = OUTER.replace("Subject: Request of\r\n Erika Muster\r\n", "");
    for (outer, inner) in [
        (OUTER.to_owned(), without.clone()),
        (without, OUTER.to_owned()),
        (format!("{OUTER}Reply-To: evil@x.example\r\n"), OUTER.to_owned()),
        (
            OUTER.to_owned(),
            OUTER.replace("From: Erika Muster <rio@office.example>\r\n", ""),
        ),
    ] {
        assert_eq!(
            judged(&outer, &entity("hp=clear", &inner)),
            [Code::ProtectedHeaderMismatch],
            "{outer}"
        );
    }
    let wrapped = format!(
        "Content-Type: message/rfc822; forwarded=no\r\n\r\n{}\r\nThe request.\r\n",
        OUTER.replace("Request of", "Revocation of")
    );
    assert_eq!(judged(OUTER, &wrapped), [Code::ProtectedHeaderMismatch]);
    let twice = entity("hp=clear", &format!("{OUTER}Subject: Other\r\n"));
    assert!(judged(OUTER, &twice).contains(&Code::DuplicateHeader));
}

#[test]
fn takes_an_encrypted_mail_whose_outer_header_is_what_was_announced() {
    let cast = cast();
    let sent = |outer: &str, fields: &str| {
        let entity = entity("hp=cipher", fields);
        let signed = Forge::over(&cast.rio, entity.as_bytes()).der();
        let mail = detached(entity.as_bytes(), &signed);
        let at = mail.windows(12).position(|w| w == b"Content-Type").unwrap();
        let body = encrypt_entity(
            &mail[at..],
            std::slice::from_ref(&cast.office.certificate),
            Cipher::Aes256Cbc,
            &|buffer| buffer.fill(7),
        )
        .unwrap();
        let mail = [outer.as_bytes(), &body].concat();
        let policy = Policy::default();
        let question = Question {
            keys: &[&cast.office.key],
            ..question(&policy)
        };
        let codes =
            |judgement: &Judgement<'_>| judgement.reasons().iter().map(|r| r.code).collect::<Vec<_>>();
        let judgement = verify(&mail, &question);
        let found = codes(&judgement);
        // What it opened to hides as much: judged as a mail that nobody encrypted it would deceive.
        if let Ok(verified) = judgement.into_verified() {
            let opened = verified.opened().unwrap();
            assert_eq!(codes(&verify_opened(opened, &question)), []);
            let hides = !opened.starts_with(OUTER.as_bytes());
            assert_eq!(!codes(&verify(opened, &question)).is_empty(), hides);
        }
        found
    };
    let hidden = OUTER.replace("Subject: Request of\r\n Erika Muster\r\n", "Subject: [...]\r\n");
    let announced = format!(
        "{OUTER}HP-Outer: From: Erika Muster <rio@office.example>\r\nHP-Outer: To: LRAO <lrao@office.example>\r\nHP-Outer: Subject: [...]\r\nHP-Outer: Date: Mon, 1 Jun 2026 08:00:00 +0000\r\nHP-Outer: Message-ID: <1@office.example>\r\n"
    );
    assert_eq!(sent(&hidden, &announced), []);
    assert_eq!(sent(&hidden, OUTER), [], "an older program announces nothing");
    assert_eq!(
        sent(&hidden.replace("[...]", "Pay at once"), &announced),
        [Code::ProtectedHeaderMismatch]
    );
    assert_eq!(
        sent(&hidden.replace("[...]", "Pay at once"), OUTER),
        [Code::ProtectedHeaderMismatch]
    );
    let other = announced.replacen("rio@office.example", "boss@office.example", 1);
    assert_eq!(sent(&hidden, &other), [Code::ProtectedHeaderMismatch]);
    // Who announces some fields announces all that they wrote: one more was put there by somebody else.
    let without = announced.replace("HP-Outer: Subject: [...]\r\n", "");
    assert_eq!(sent(&hidden.replace("Subject: [...]\r\n", ""), &without), []);
    for (more, fields) in [
        (hidden.clone(), &without),
        (hidden.replace("[...]", "Pay at once"), &without),
        (format!("{hidden}Reply-To: evil@x.example\r\n"), &announced),
        (format!("{hidden}Reply-To: rio@office.example\r\n"), &announced),
    ] {
        assert_eq!(sent(&more, fields), [Code::ProtectedHeaderMismatch], "{more}");
    }
    let found = sent(&format!("{hidden}Sender: boss@office.example\r\n"), &announced);
    assert!(found.contains(&Code::ProtectedHeaderMismatch), "{found:?}");
    // What servers add stays theirs to add.
    let early = announced
        .replace("HP-Outer: Date: Mon, 1 Jun 2026 08:00:00 +0000\r\n", "")
        .replace("HP-Outer: Message-ID: <1@office.example>\r\n", "");
    assert_eq!(sent(&hidden, &early), []);
}

/// The subject over a mail is anybody's to write, unless it was signed too.
#[test]
fn tells_a_subject_as_signed_only_where_it_was() {
    let signed = |outer: &str, entity: &str| {
        let mail = signed_with(outer, entity.as_bytes());
        let policy = Policy::default();
        let verified = verify(&mail, &question(&policy)).into_verified().unwrap();
        assert!(verified.subject().is_some(), "{entity}");
        verified.signed_subject().map(str::to_owned)
    };
    let told = Some("Request of Erika Muster".to_owned());
    let wrapped = format!(
        "Content-Type: message/rfc822; forwarded=no\r\n\r\n{OUTER}Content-Type: text/plain\r\n\r\nThe request.\r\n"
    );
    for entity in [
        entity("hp=clear", OUTER),
        entity("protected-headers=\"v1\"", "Subject: Request of Erika Muster\r\n"),
        wrapped,
    ] {
        assert_eq!(signed(OUTER, &entity), told, "{entity}");
    }
    for entity in [
        entity("charset=utf-8", ""),
        entity("charset=utf-8", "Subject: Request of Erika Muster\r\n"),
        entity("protected-headers=\"v1\"", "From: rio@office.example\r\n"),
        wrapped_as_another(),
    ] {
        assert_eq!(signed(OUTER, &entity), None, "{entity}");
    }
}

/// Without the mark it is another mail, passed on, whose fields are its own.
fn wrapped_as_another() -> String {
    format!("Content-Type: message/rfc822\r\n\r\n{OUTER}\r\nText\r\n")
}
