//! MIME: the forms in which signed mail comes, and every place where something that nobody signed could stand.

use super::*;

const SIGNED: &str = "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b";

/// A mail of these header lines around the body of a good signed mail, whose boundary is `b`.
fn around(header: &str) -> Vec<u8> {
    let mail = Forge::good(&cast().rio).mail();
    let body = mail.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    [
        format!("From: {RIO}\r\n{header}\r\n\r\n").as_bytes(),
        &mail[body..],
    ]
    .concat()
}

fn opaque_der() -> Vec<u8> {
    Forge {
        content: Some(ENTITY),
        ..Forge::good(&cast().rio)
    }
    .der()
}

fn with_header(header: &str, body: &[u8]) -> Vec<u8> {
    [format!("From: {RIO}\r\n{header}\r\n\r\n").as_bytes(), body].concat()
}

/// Every octet that is not a plain one as `=XX`, lines of 75.
fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = String::new();
    let mut column = 0;
    for byte in bytes {
        let plain = byte.is_ascii_alphanumeric();
        let text = if plain {
            char::from(*byte).to_string()
        } else {
            format!("={byte:02X}")
        };
        if column + text.len() > 75 {
            out.push_str("=\r\n");
            column = 0;
        }
        column += text.len();
        out.push_str(&text);
    }
    out.into_bytes()
}

#[test]
fn takes_opaque_mail_whatever_its_type_says_of_itself() {
    let body = base64(&opaque_der());
    for content_type in [
        "application/pkcs7-mime",
        "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        "application/pkcs7-mime; name=\"smime.p7m\"; smime-type=enveloped-data",
        "application/pkcs7-mime; smime-type=\"\"",
        "application/x-pkcs7-mime; SMIME-TYPE=Signed-Data",
        "APPLICATION/PKCS7-MIME;\r\n\tname=smime.p7m;",
        "application/pkcs7-mime (as ever); name=smime.p7m",
        "application/octet-stream; name=smime.p7m",
        "application/octet-stream; name=\"SMIME.P7M\"",
        "application/octet-stream; name*=utf-8''smime.p7m",
        "application/octet-stream; name*0=smi; name*1=me.p7m",
        "application/octet-stream\r\nContent-Disposition: attachment; filename=\"smime.p7m\"",
    ] {
        let mail = with_header(
            &format!("Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64"),
            &body,
        );
        assert_eq!(codes(&mail), [], "{content_type}");
        assert_eq!(codes(&at_rest(&mail)), [], "{content_type} at rest");
    }
    for content_type in [
        "application/octet-stream",
        "application/octet-stream; name=papers.pdf",
        "text/plain",
    ] {
        let mail = with_header(
            &format!("Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64"),
            &body,
        );
        assert_eq!(codes(&mail), [Code::NotSigned], "{content_type}");
    }
}

#[test]
fn takes_opaque_mail_in_every_transfer_encoding() {
    let der = opaque_der();
    let text = base64(&der);
    let one_line: Vec<u8> = text
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    let indented = String::from_utf8(text.clone())
        .unwrap()
        .replace("\r\n", " \r\n\t");
    let with_end = [&der[..], b"\r\n"].concat();
    let long_lines = one_line.chunks(1000).collect::<Vec<_>>().join(&b"\n"[..]);
    for (encoding, body) in [
        ("Content-Transfer-Encoding: base64", text.clone()),
        ("Content-Transfer-Encoding: BASE64", one_line),
        ("Content-Transfer-Encoding: base64 (mime)", long_lines),
        ("Content-Transfer-Encoding: base64", indented.into_bytes()),
        ("Content-Transfer-Encoding: binary", der.clone()),
        ("Content-Transfer-Encoding: binary", with_end.clone()),
        ("Content-Transfer-Encoding: 8bit", with_end),
        ("X-Without: a transfer encoding", der.clone()),
        (
            "Content-Transfer-Encoding: quoted-printable",
            quoted_printable(&der),
        ),
        (
            "Content-Transfer-Encoding: Quoted-Printable",
            [quoted_printable(&der), b"\r\n".to_vec()].concat(),
        ),
    ] {
        let mail = with_header(
            &format!("Content-Type: application/pkcs7-mime\r\n{encoding}"),
            &body,
        );
        assert_eq!(codes(&mail), [], "{encoding}");
    }
    for (encoding, body, expected) in [
        ("x-uuencode", text.clone(), Code::MalformedMime),
        ("base64 7bit", text.clone(), Code::MalformedMime),
        (
            "base64",
            [&text[..], b"An unsigned footer.\r\n"].concat(),
            Code::MalformedMime,
        ),
        ("base64", [&text[..], b"====\r\n"].concat(), Code::MalformedMime),
        (
            "binary",
            [&der[..], b"An unsigned footer"].concat(),
            Code::TrailingData,
        ),
        ("quoted-printable", b"=GG".to_vec(), Code::MalformedMime),
    ] {
        let header = format!("Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: {encoding}");
        let found = codes(&with_header(&header, &body));
        assert!(found.contains(&expected), "{encoding}: {found:?}");
    }
}

#[test]
fn takes_ber_of_indefinite_length_with_content_in_pieces() {
    let rio = &cast().rio;
    let halves = ENTITY.split_at(20);
    let pieces = [
        element(tlv::OCTET_STRING, halves.0),
        element(tlv::OCTET_STRING, halves.1),
    ]
    .concat();
    let nested = element(tlv::OCTET_STRING_CONSTRUCTED, &pieces);
    let indefinite = [&[0x24, 0x80][..], &pieces, &[0, 0]].concat();
    let whole = element(tlv::OCTET_STRING, ENTITY);
    let der = Forge {
        content: Some(ENTITY),
        ..Forge::good(rio)
    }
    .der();
    for (what, octets) in [
        ("in pieces", element(tlv::OCTET_STRING_CONSTRUCTED, &pieces)),
        (
            "in pieces of pieces",
            element(tlv::OCTET_STRING_CONSTRUCTED, &nested),
        ),
        ("of indefinite length", indefinite),
    ] {
        // The content written anew, and all lengths around it indefinite, as streaming writers do.
        let info = tlv::whole(&der).unwrap();
        let data = tlv::whole(info.children().rest()).err();
        assert!(data.is_some(), "a ContentInfo has two parts");
        let mut fields = info.children();
        let kind = fields.next().unwrap();
        let signed = tlv::whole(fields.next().unwrap().value).unwrap();
        let mut rest = signed.children();
        let mut parts: Vec<Vec<u8>> = Vec::new();
        while !rest.is_empty() {
            parts.push(rest.next().unwrap().raw.to_vec());
        }
        parts[2] = [
            &[0x30, 0x80][..],
            &oid(ID_DATA),
            &[0xa0, 0x80],
            &octets,
            &[0, 0, 0, 0],
        ]
        .concat();
        let ber = [
            &[0x30, 0x80][..],
            kind.raw,
            &[0xa0, 0x80, 0x30, 0x80],
            &parts.concat(),
            &[0, 0, 0, 0, 0, 0],
        ]
        .concat();
        let mail = opaque(&ber);
        assert_eq!(codes(&mail), [], "{what}");
        let policy = Policy::default();
        let judgement = verify(&mail, &question(&policy));
        assert_eq!(judgement.content_sha256(), Some(sha256(ENTITY)), "{what}");
        assert_eq!(judgement.into_verified().unwrap().content(), ENTITY, "{what}");
        assert!(ber.len() > whole.len());
    }
}

#[test]
fn takes_content_types_as_clients_write_them() {
    for header in [
        SIGNED.to_owned(),
        "Content-Type: multipart/signed; boundary=\"b\"; micalg=sha1;\r\n\tprotocol=\"application/x-pkcs7-signature\"".into(),
        "content-type: Multipart/Signed;\r\n boundary=b;\r\n micalg=\"sha-256\";\r\n protocol=\"application/pkcs7-signature\";".into(),
        "Content-Type: multipart/signed;boundary=b".into(),
        "Content-Type: multipart/signed; micalg=2.16.840.1.101.3.4.2.1; boundary=b; charset=\"utf-8\"; x-odd=1".into(),
        "Content-Type: multipart/signed (S/MIME); boundary=b (the usual)".into(),
        "Content-Type:multipart/signed; protocol*=us-ascii''application/pkcs7-signature; boundary=b".into(),
        format!("X-Spam-Score: 0.1\r\nReceived: from a\r\n\tby b\r\n\tfor c\r\nDKIM-Signature: v=1;\r\n b=abc\r\n def\r\n{SIGNED}\r\nX-Mailer: Specimen 1.0"),
        format!("MIME-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.500.171\\))\r\n{SIGNED}\r\nContent-Transfer-Encoding: 7bit"),
        format!("{SIGNED}\r\nContent-Transfer-Encoding: 8bit\r\nContent-Language: de-CH"),
    ] {
        assert_eq!(codes(&around(&header)), [], "{header}");
        assert_eq!(codes(&at_rest(&around(&header))), [], "{header} at rest");
    }
}

#[test]
fn refuses_boundaries_and_types_that_programs_read_differently() {
    for (header, expected) in [
        (
            "Content-Type: multipart/signed; boundary=\"b\r\n \"",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed; boundary=\"\\b\"",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed (; boundary=x); boundary=b",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed; boundary=b; boundary=x",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed; boundary=b; boundary*0=x",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed; boundary*=utf-8''b",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed; boundary=b(x)",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed; boundary=\"b\"x",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed multipart/mixed; boundary=b",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed; boundary=b\r\nContent-Type: text/html",
            Code::DuplicateHeader,
        ),
        (
            "Content-Type: text/html\r\nContent-Type: multipart/signed; boundary=b",
            Code::DuplicateHeader,
        ),
        (
            "Content-Type: multipart/signed; boundary=b\r\ncontent-TYPE: multipart/signed; boundary=b",
            Code::DuplicateHeader,
        ),
        (
            "Content-Type: multipart/signed; boundary=b\r\nContent-Transfer-Encoding: base64",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed; boundary=b\r\nContent-Transfer-Encoding: quoted-printable",
            Code::MalformedMime,
        ),
        (
            "Content-Type: multipart/signed; boundary=b\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64",
            Code::DuplicateHeader,
        ),
        (
            "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b",
            Code::NotSigned,
        ),
        (
            "Content-Type: multipart/signed; boundary=b\rX: y",
            Code::MalformedMail,
        ),
        (
            "Content-Type: multipart/signed; boundary=b\r\nSubject: a\0b",
            Code::MalformedMail,
        ),
        (
            "Content-Type: multipart/signed; boundary=b\r\nSubject: a\r\n \r\nX: y",
            Code::MalformedMail,
        ),
        ("Content-Type : multipart/signed; boundary=b", Code::MalformedMail),
        (
            "Content-Type: multipart/signed; boundary=b\r\nNo colon",
            Code::MalformedMail,
        ),
    ] {
        let found = codes(&around(header));
        assert!(found.contains(&expected), "{header}: {found:?}");
    }
    assert!(codes(&replaced(&around(SIGNED), "boundary=b", "boundary=\"\"")).contains(&Code::MalformedMime));
}

#[test]
fn refuses_whatever_stands_beside_the_signed_part() {
    let good = around(SIGNED);
    let extra = "--b\r\nContent-Type: text/html\r\n\r\nunsigned\r\n";
    let signature = "--b\r\nContent-Type: application/pkcs7-signature";
    let part = String::from_utf8(good.clone()).unwrap();
    let second = &part[part.find(signature).unwrap()..part.rfind("\r\n--b--").unwrap()];
    for (what, mail, expected) in [
        (
            "a part after",
            replaced(&good, "--b--", &format!("{extra}--b--")),
            Code::UnsignedContent,
        ),
        (
            "a part between",
            replaced(&good, signature, &format!("{extra}{signature}")),
            Code::NotSigned,
        ),
        (
            "a second signature",
            replaced(&good, "--b--", &format!("{second}\r\n--b--")),
            Code::UnsignedContent,
        ),
        (
            "an epilogue",
            [&good[..], b"\r\nSend the card to me.\r\n"].concat(),
            Code::UnsignedContent,
        ),
        (
            "an epilogue that goes on",
            [&good[..], b"--b\r\n\r\nmore\r\n--b--\r\n"].concat(),
            Code::MalformedMime,
        ),
        (
            "no closing boundary",
            replaced(&good, "--b--", "--c--"),
            Code::MalformedMime,
        ),
        (
            "a boundary after a bare CR",
            replaced(
                &good,
                "--b\r\nContent-Type: text/plain",
                "x\r--b\r\nContent-Type: text/plain",
            ),
            Code::MalformedMime,
        ),
        (
            "a line before that looks like the boundary",
            replaced(
                &good,
                "--b\r\nContent-Type: text/plain",
                "--bb\r\nevil\r\n--b\r\nContent-Type: text/plain",
            ),
            Code::MalformedMime,
        ),
        (
            "an altered content",
            replaced(&good, "Erika", "Ericka"),
            Code::ContentAltered,
        ),
        (
            "a line end less",
            replaced(&good, "Muster.\r\n\r\n--b", "Muster.\r\n--b"),
            Code::ContentAltered,
        ),
        (
            "a blank at the end of a line",
            replaced(&good, "Muster.\r\n", "Muster. \r\n"),
            Code::ContentAltered,
        ),
        (
            "a bare CR in the content",
            replaced(&good, "The request", "The\rrequest"),
            Code::ContentAltered,
        ),
        (
            "an unescaped From",
            replaced(&good, "The request", ">The request"),
            Code::ContentAltered,
        ),
    ] {
        let found = codes(&mail);
        assert!(found.contains(&expected), "{what}: {found:?}");
        let found = codes(&at_rest(&mail));
        assert!(!found.is_empty() || what.contains("CR"), "{what} at rest");
    }
}

#[test]
fn ignores_what_no_program_shows() {
    let good = around(SIGNED);
    for (what, mail) in [
        (
            "a preamble",
            replaced(
                &good,
                "--b\r\n",
                "This is a cryptographically signed message in MIME format.\r\n\r\n--b\r\n",
            ),
        ),
        (
            "blank lines after the end",
            [&good[..], b"\r\n\r\n \t\r\n"].concat(),
        ),
        ("blanks after the boundary", replaced(&good, "--b--", "--b-- \t")),
        (
            "an mbox line before",
            [
                b"From rio@office.example Mon Jun  1 08:00:00 2026\n".to_vec(),
                good.clone(),
            ]
            .concat(),
        ),
    ] {
        assert_eq!(codes(&mail), [], "{what}");
    }
}

#[test]
fn refuses_multipart_signed_within_itself_by_the_same_boundary() {
    let inner = around(SIGNED);
    let at = inner.windows(12).position(|w| w == b"Content-Type").unwrap();
    let entity = &inner[at..inner.len() - 2];
    let rio = &cast().rio;
    // Cut by its one boundary, the mail has four parts, and the signed one is not among the first two.
    let mail = detached(entity, &Forge::over(rio, entity).der());
    assert!(!codes(&mail).is_empty());
    // With a boundary of its own it is signed twice by the same person.
    let entity = String::from_utf8(entity.to_vec())
        .unwrap()
        .replace("boundary=b", "boundary=inner")
        .replace("--b", "--inner");
    let mail = detached(entity.as_bytes(), &Forge::over(rio, entity.as_bytes()).der());
    assert_eq!(codes(&mail), []);
    let by_another = Forge::over(&cast().other, entity.as_bytes());
    assert_eq!(
        codes(&detached(entity.as_bytes(), &by_another.der())),
        [Code::SignersDiffer]
    );
}

#[test]
fn names_a_signed_mail_that_an_unsigned_one_carries() {
    let signed = around(SIGNED);
    let forwarded = [
        format!("From: {RIO}\r\nContent-Type: message/rfc822\r\n\r\n").as_bytes(),
        &signed[..],
    ]
    .concat();
    assert_eq!(codes(&forwarded), [Code::Forwarded]);
    let attached = [
        format!("From: {RIO}\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nSee below\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n").as_bytes(),
        &signed[..],
        b"\r\n--m--\r\n",
    ]
    .concat();
    assert_eq!(codes(&attached), [Code::Forwarded]);
    let at = signed.windows(12).position(|w| w == b"Content-Type").unwrap();
    let wrapped = [
        format!(
            "From: {RIO}\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nSee below\r\n--m\r\n"
        )
        .as_bytes(),
        &signed[at..],
        b"\r\n--m--\r\n",
    ]
    .concat();
    assert_eq!(codes(&wrapped), [Code::UnsignedContent]);
}

#[test]
fn shows_a_signed_mail_that_an_officer_forwards_and_does_not_take_it_for_theirs() {
    let cast = cast();
    let inner = String::from_utf8(Forge::good(&cast.other).mail())
        .unwrap()
        .replacen(RIO, "max@elsewhere.example", 1)
        .replace("boundary=b;", "boundary=theirs;")
        .replace("--b", "--theirs");
    let entity = [
        &b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nSee below\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n"[..],
        inner.as_bytes(),
        b"\r\n--m--\r\n",
    ]
    .concat();
    let mail = detached(&entity, &Forge::over(&cast.rio, &entity).der());
    let policy = Policy::default();
    let judgement = verify(&mail, &question(&policy));
    assert_eq!(judgement.reasons(), []);
    assert_eq!(judgement.signer(), Some(&cast.rio.certificate));
    assert_eq!(
        judgement.forwarded(),
        [Forwarded {
            from: Some("max@elsewhere.example".into()),
            signed: true
        }]
    );
    // The forwarded signature alone, under the officer's From and without a signature of theirs.
    let bare = [format!("From: {RIO}\r\n").as_bytes(), &entity[..]].concat();
    assert_eq!(codes(&bare), [Code::Forwarded]);
    let judgement = verify(&bare, &question(&policy));
    assert!(judgement.signer().is_none() && judgement.proven_signer().is_none());
}

/// What another person signed, or anybody altered since, counts for nothing within an officer's mail: a person must see that it is
/// not the officer's own.
#[test]
fn tells_of_anothers_signed_part_and_of_a_mail_that_is_only_named_as_one() {
    let cast = cast();
    let theirs = Forge {
        content: Some(ENTITY),
        ..Forge::good(&cast.other)
    }
    .der();
    let mut altered = theirs.clone();
    let at = altered.windows(5).position(|w| w == b"Erika").unwrap();
    altered[at] = b'F';
    let stranger = b"From: boss@elsewhere.example\r\n\r\nPapers.\r\n".to_vec();
    for (header, bytes, from) in [
        ("application/pkcs7-mime; name=papers.p7m", theirs, None),
        ("application/pkcs7-mime; name=papers.p7m", altered, None),
        (
            "application/octet-stream; name=\"fwd.eml\"",
            stranger,
            Some("boss@elsewhere.example"),
        ),
    ] {
        let entity = [
            format!(
                "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nSee below\r\n--m\r\nContent-Type: {header}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            )
            .as_bytes(),
            &base64(&bytes),
            b"\r\n--m--\r\n",
        ]
        .concat();
        let mail = detached(&entity, &Forge::over(&cast.rio, &entity).der());
        let policy = Policy::default();
        let judgement = verify(&mail, &question(&policy));
        let told = [Forwarded {
            from: from.map(str::to_owned),
            signed: from.is_none(),
        }];
        assert_eq!(judgement.forwarded(), told, "{header}");
        assert_eq!(judgement.into_verified().unwrap().forwarded(), told, "{header}");
        // Of a mail that is refused nothing is unpacked.
        let altered = replaced(&mail, "See below", "See above");
        let judgement = verify(&altered, &question(&policy));
        assert_eq!(judgement.forwarded(), [], "{header}");
    }
}
