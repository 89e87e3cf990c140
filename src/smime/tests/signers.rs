//! Signers who are not who they seem.

use super::*;

#[test]
fn refuses_a_stranger_under_the_name_and_number_of_an_officer() {
    let cast = cast();
    assert_eq!(cast.rio.certificate.serial(), cast.stranger.certificate.serial());
    let mut forged = Forge::good(&cast.stranger);
    assert_eq!(forged.codes(), [Code::CertificateSignatureWrong]);
    // With the officer's true certificate beside it, in either place.
    for at in [0, 1] {
        forged.certificates = vec![cast.stranger.certificate.clone()];
        forged.certificates.insert(at, cast.rio.certificate.clone());
        assert_eq!(forged.codes(), [Code::CertificateSignatureWrong], "{at}");
    }
    forged.certificates = vec![cast.rio.certificate.clone()];
    assert_eq!(forged.codes(), [Code::SignatureWrong]);
}

#[test]
fn takes_a_signer_by_key_identifier_and_no_other_key_under_it() {
    let cast = cast();
    let by_key = |person: &Person| {
        element(
            0x80,
            person.certificate.extensions().subject_key_id.as_deref().unwrap(),
        )
    };
    assert_eq!(
        Forge {
            id: Some(by_key(&cast.rio)),
            ..Forge::good(&cast.rio)
        }
        .codes(),
        []
    );
    let forged = Forge {
        id: Some(by_key(&cast.rio)),
        certificates: vec![cast.rio.certificate.clone(), cast.other.certificate.clone()],
        ..Forge::good(&cast.other)
    };
    assert_eq!(forged.codes(), [Code::SignatureWrong]);
}

#[test]
fn refuses_another_persons_signature_that_does_not_fit_the_from() {
    let cast = cast();
    let mail = Forge::good(&cast.rio).mail();
    let forged = String::from_utf8(mail)
        .unwrap()
        .replacen(RIO, "boss@office.example", 1);
    assert_eq!(codes(forged.as_bytes()), [Code::FromMismatch]);
}

/// Authorities that bear the office's name in another dress: the same name with another key, or a name that only looks the same.
#[test]
fn refuses_authorities_that_look_like_the_offices() {
    for (name, expected) in [
        ("Specimen CA", Code::CertificateSignatureWrong),
        ("SPECIMEN ca", Code::CertificateSignatureWrong),
        ("Specimen C\u{410}", Code::IssuerUntrusted),
        ("Specimen CA\u{200b}.", Code::IssuerUntrusted),
        ("Specimen\u{2024}CA", Code::IssuerUntrusted),
    ] {
        let theirs = ca(name);
        let stranger = officer(&theirs, "Erika Muster", 7, KeyAlgorithm::P256);
        let mut forged = Forge::good(&stranger);
        assert_eq!(forged.codes(), [expected], "{name}");
        // Their authority sent along makes it no more trusted.
        forged.certificates.push(theirs.certificate.clone());
        let found = forged.codes();
        assert!(
            found
                .iter()
                .all(|code| matches!(code, Code::CertificateSignatureWrong | Code::IssuerUntrusted))
                && !found.is_empty(),
            "{name}: {found:?}"
        );
    }
}

/// The other certificate of the same person, and of another person, offered beside the right one in every order.
#[test]
fn finds_the_right_certificate_among_many_and_never_a_wrong_one() {
    let cast = cast();
    let crowd = [&cast.rsa, &cast.other, &cast.stranger, &cast.elsewhere];
    let mut forged = Forge::good(&cast.rio);
    forged.certificates = crowd.map(|p| p.certificate.clone()).to_vec();
    // The stranger bears the officer's issuer and number.
    let found = forged.codes();
    assert!(found.contains(&Code::SignatureWrong), "{found:?}");
    for at in 0..=crowd.len() {
        forged.certificates = crowd.map(|p| p.certificate.clone()).to_vec();
        forged.certificates.insert(at, cast.rio.certificate.clone());
        assert_eq!(forged.codes(), [], "{at}");
    }
}
