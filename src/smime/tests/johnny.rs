//! "Johnny, you are fired!" (USENIX Security 2019): its classes of attack on S/MIME, and the faults of clients found with it.

use super::*;

fn opaque_content<'a>(signer: &'a Person, content: &'a [u8]) -> Forge<'a> {
    Forge {
        content: Some(content),
        ..Forge::over(signer, content)
    }
}

/// Class C (CMS), eContent confusion; the way of CVE-2018-18509 and CVE-2019-7284: the signature data brings a content that was
/// signed, and the mail shows another.
#[test]
fn refuses_a_shown_text_beside_a_signed_content_within_the_signature() {
    let rio = &cast().rio;
    let old = b"Content-Type: text/plain\r\n\r\nAn old request that was signed.\r\n";
    let signature = opaque_content(rio, old).der();
    let shown = b"Content-Type: text/plain\r\n\r\nIssue a card to Mallory.\r\n";
    assert_eq!(
        codes(&detached(shown, &signature)),
        [Code::ContentTwice, Code::ContentAltered]
    );
    // Even where both are the same, nobody knows which one a program reads.
    assert_eq!(codes(&detached(old, &signature)), [Code::ContentTwice]);
    // As a part beside the shown text.
    let mixed = [
        format!("From: {RIO}\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n").as_bytes(),
        &shown[..],
        b"\r\n--m\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        &base64(&signature),
        b"\r\n--m--\r\n",
    ]
    .concat();
    assert_eq!(codes(&mixed), [Code::UnsignedContent]);
}

/// Class C: signature data with several signers, with none, and of types that do not belong.
#[test]
fn refuses_signature_data_with_no_signer_or_with_two() {
    let rio = &cast().rio;
    for (signers, expected) in [(0, Code::NoSigner), (2, Code::SeveralSigners)] {
        let detached_mail = Forge {
            signers,
            ..Forge::good(rio)
        };
        assert_eq!(detached_mail.codes(), [expected]);
        let opaque_mail = Forge {
            signers,
            ..opaque_content(rio, ENTITY)
        };
        assert_eq!(opaque_mail.codes(), [expected]);
    }
}

/// Class C: certificates that the office does not trust, made to look like one that it does.
#[test]
fn refuses_a_certificate_that_somebody_made_for_themselves() {
    let cast = cast();
    let key = key(KeyAlgorithm::P256);
    let own = profile::self_sign(
        &order(Profile::RootCa { path_length: None }, "Erika Muster", 7),
        &key,
    )
    .unwrap();
    let person = Person {
        key,
        certificate: own,
    };
    let found = Forge::good(&person).codes();
    assert!(found.contains(&Code::IssuerUntrusted), "{found:?}");
    let found = Forge::good(&cast.stranger).codes();
    assert_eq!(found, [Code::CertificateSignatureWrong]);
    let found = Forge::good(&cast.office_ec).codes();
    assert!(found.contains(&Code::KeyUsage), "{found:?}");
}

/// Class M (MIME wrapping): a good signed mail within other MIME, in every way of the paper.
#[test]
fn refuses_a_good_mail_within_other_parts() {
    let mail = Forge::good(&cast().rio).mail();
    let at = mail.windows(12).position(|w| w == b"Content-Type").unwrap();
    let signed = String::from_utf8(mail[at..].to_vec()).unwrap();
    let text = "Content-Type: text/html\r\n\r\n<b>Issue a card to Mallory.</b><style>* + * { display: none }</style>";
    let opaque_mail = String::from_utf8(opaque_content(&cast().rio, ENTITY).mail()).unwrap();
    let opaque_part = &opaque_mail[opaque_mail.find("Content-Type").unwrap()..];
    for kind in [
        "mixed",
        "alternative",
        "related",
        "digest",
        "report",
        "x-odd",
        "appledouble",
    ] {
        for part in [signed.as_str(), opaque_part] {
            for (first, second) in [(text, part), (part, text)] {
                let mail = format!(
                    "From: {RIO}\r\nContent-Type: multipart/{kind}; boundary=m\r\n\r\n--m\r\n{first}\r\n--m\r\n{second}\r\n--m--\r\n"
                );
                assert_eq!(codes(mail.as_bytes()), [Code::UnsignedContent], "{kind}");
            }
            let alone = format!(
                "From: {RIO}\r\nContent-Type: multipart/{kind}; boundary=m\r\n\r\n{text}\r\n--m\r\n{part}\r\n--m--\r\n"
            );
            assert_eq!(codes(alone.as_bytes()), [Code::UnsignedContent], "{kind} alone");
        }
        let nested = format!(
            "From: {RIO}\r\nContent-Type: multipart/{kind}; boundary=m\r\n\r\n--m\r\n{text}\r\n--m\r\nContent-Type: message/rfc822\r\n\r\nFrom: {RIO}\r\n{signed}\r\n--m--\r\n"
        );
        assert_eq!(codes(nested.as_bytes()), [Code::Forwarded], "{kind}");
    }
}

/// Class I (identity): the address shown is not the one that was checked.
#[test]
fn refuses_every_name_that_is_shown_for_another() {
    for (header, expected) in [
        (
            "From: boss@office.example <rio@office.example>\r\n",
            Code::FromMisleading,
        ),
        (
            "From: \"boss@office.example \" <rio@office.example>\r\n",
            Code::FromMisleading,
        ),
        (
            "From: boss@office.example\r\nSender: rio@office.example\r\n",
            Code::FromMismatch,
        ),
        (
            "From: rio@office.example\r\nFrom: boss@office.example\r\n",
            Code::DuplicateHeader,
        ),
        (
            "From: boss@office.example, rio@office.example\r\n",
            Code::FromMalformed,
        ),
        (
            "From: boss@office.example\r\nReply-To: rio@office.example\r\n",
            Code::FromMismatch,
        ),
        (
            "From: boss@office.example\r\nX-From: rio@office.example\r\n",
            Code::FromMismatch,
        ),
    ] {
        let found = codes(&signed_with(header, ENTITY));
        assert!(found.contains(&expected), "{header}: {found:?}");
    }
}

/// Class I: a From that only some programs see, on the line where an mbox file would have its separator.
#[test]
fn refuses_a_from_field_dressed_as_the_separator_of_an_mbox_file() {
    for line in [
        "From : boss@office.example",
        "From\t: boss@office.example",
        "From : \"08:00\" <boss@office.example>",
        "From \t : boss@office.example 08:00",
        "From boss@office.example",
    ] {
        let found = codes(&signed_with(&format!("{line}\r\nFrom: {RIO}\r\n"), ENTITY));
        assert_eq!(found[0], Code::MalformedMail, "{line}");
    }
    let parted = format!("From boss@office.example Mon Jun  1 08:00:00 2026\r\nFrom: {RIO}\r\n");
    assert_eq!(codes(&signed_with(&parted, ENTITY)), []);
}

/// Class U (redressing): what only looks like a signed mail is none.
#[test]
fn refuses_pictures_of_a_signature() {
    for mail in [
        format!(
            "From: {RIO}\r\nContent-Type: text/html\r\n\r\n<img alt=\"Signed by rio@office.example\">\r\n"
        ),
        format!(
            "From: {RIO}\r\nX-Signed-By: {RIO}\r\nAuthentication-Results: office.example; smime=pass\r\n\r\nSigned.\r\n"
        ),
        format!(
            "From: {RIO}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b\r\nContent-Type: image/png; name=\"smime.p7s\"\r\n\r\nx\r\n--b--\r\n"
        ),
    ] {
        assert_eq!(codes(mail.as_bytes()), [Code::NotSigned], "{mail}");
    }
}

/// Class G (another system's signature): OpenPGP says nothing here, whatever stands beside it.
#[test]
fn refuses_other_systems_signatures() {
    let mail = format!(
        "From: {RIO}\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--b--\r\n"
    );
    assert_eq!(codes(mail.as_bytes()), [Code::NotSigned]);
    let no_protocol = mail.replace("protocol=\"application/pgp-signature\"; ", "");
    assert_eq!(codes(no_protocol.as_bytes()), [Code::NotSigned]);
}
