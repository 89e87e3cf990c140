//! Data and mails as a whole: what was signed comes out, whatever was altered does not.

use super::*;

#[test]
fn data_that_was_signed_comes_out_and_altered_data_does_not() {
    let rio = &cast().rio;
    let with = SignWith {
        chain: std::slice::from_ref(&rio.certificate),
        key: &rio.key,
        at: now(),
    };
    let der = sign_statement(b"{\"verdict\":\"approve\"}", Statement::Decision, with).unwrap();
    let policy = Policy::default();
    let data = verify_statement(&der, Statement::Decision, &question(&policy)).unwrap();
    assert_eq!(data.content(), b"{\"verdict\":\"approve\"}");
    assert_eq!(
        (data.signer(), data.signing_time()),
        (&rio.certificate, Some(now()))
    );
    let at = der.windows(7).position(|w| w == b"approve").unwrap();
    let mut altered = der.clone();
    altered[at] = b'A';
    assert_eq!(
        verify_statement(&altered, Statement::Decision, &question(&policy)).unwrap_err()[0].code,
        Code::ContentAltered
    );
    assert!(verify_statement(&der[..der.len() - 1], Statement::Decision, &question(&policy)).is_err());
}

/// The codes against a statement.
fn against(der: &[u8], kind: Statement) -> Vec<Code> {
    let policy = Policy::default();
    match verify_statement(der, kind, &question(&policy)) {
        Ok(_) => vec![],
        Err(reasons) => reasons.iter().map(|r| r.code).collect(),
    }
}

#[test]
fn a_statement_counts_for_its_kind_alone_and_is_no_mail() {
    let rio = &cast().rio;
    let with = SignWith {
        chain: std::slice::from_ref(&rio.certificate),
        key: &rio.key,
        at: now(),
    };
    let mail = sign_data(ENTITY, with).unwrap();
    assert_eq!(codes(&opaque(&mail)), []);
    for kind in Statement::ALL {
        let der = sign_statement(ENTITY, kind, with).unwrap();
        for other in Statement::ALL {
            let expected: &[Code] = if other == kind {
                &[]
            } else {
                &[Code::SignedAttributeWrong]
            };
            assert_eq!(against(&der, other), expected, "{kind:?} as {other:?}");
        }
        assert_eq!(
            codes(&opaque(&der)),
            [Code::SignedAttributeWrong],
            "{kind:?} as a mail"
        );
        assert_eq!(
            against(&mail, kind),
            [Code::SignedAttributeWrong],
            "a mail as {kind:?}"
        );
    }
}

/// RFC 5652 section 11.1: the type around the content is signed by nobody, the attribute that repeats it is.
#[test]
fn the_type_around_a_statement_is_the_one_that_was_signed() {
    let rio = &cast().rio;
    let with = SignWith {
        chain: std::slice::from_ref(&rio.certificate),
        key: &rio.key,
        at: now(),
    };
    let der = sign_statement(b"{}", Statement::Decision, with).unwrap();
    let (signed, other) = (Statement::Decision.oid(), Statement::Stock.oid());
    assert_eq!(signed.len(), other.len());
    let at = der.windows(signed.len()).position(|w| w == signed).unwrap();
    let mut altered = der.clone();
    altered[at..at + other.len()].copy_from_slice(&other);
    assert_eq!(against(&altered, Statement::Stock), [Code::SignedAttributeWrong]);
    // Neither what was wanted, nor what the attribute says.
    assert_eq!(
        against(&altered, Statement::Decision),
        [Code::SignedAttributeWrong; 2]
    );
    let mut broken = der;
    broken[at] = 0x80;
    assert!(!against(&broken, Statement::Decision).is_empty());
}

#[test]
fn signs_with_no_key_but_that_of_the_certificate() {
    let cast = cast();
    let with = SignWith {
        chain: std::slice::from_ref(&cast.rio.certificate),
        key: &cast.other.key,
        at: now(),
    };
    assert!(matches!(sign_data(b"x", with), Err(SignMailError::OtherKey)));
    let with = SignWith {
        chain: std::slice::from_ref(&cast.rio.certificate),
        key: &cast.rio.key,
        at: now(),
    };
    let bad = sign_mail(&[("Subject", "a\r\nBcc: evil@x.example")], ENTITY, with);
    assert!(matches!(bad, Err(SignMailError::Header(name)) if name == "Subject"));
}

fn good_mails() -> &'static [Vec<u8>] {
    static MAILS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MAILS.get_or_init(|| {
        let rio = &cast().rio;
        vec![
            Forge::good(rio).mail(),
            Forge {
                content: Some(ENTITY),
                ..Forge::good(rio)
            }
            .mail(),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is done to a good mail: no panic, and what is accepted all the same is what was signed by whom it was signed.
    #[test]
    fn no_mutation_of_a_good_mail_yields_another_content(
        which in 0usize..2,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 1..6),
    ) {
        let mut mail = good_mails()[which].clone();
        for (at, kind, byte) in edits {
            let at = at.index(mail.len());
            match kind {
                0 => mail[at] = byte,
                1 => mail.insert(at, byte),
                2 => { mail.remove(at); }
                _ => {
                    let end = (at + usize::from(byte)).min(mail.len());
                    let copy = mail[at..end].to_vec();
                    mail.splice(at..at, copy);
                }
            }
            if mail.is_empty() {
                break;
            }
        }
        let policy = Policy::default();
        if let Ok(verified) = verify(&mail, &question(&policy)).into_verified() {
            prop_assert_eq!(verified.content(), ENTITY);
            prop_assert_eq!(verified.signer(), &cast().rio.certificate);
            prop_assert_eq!(verified.from().map(ToString::to_string), Some(RIO.to_owned()));
        }
    }

    #[test]
    fn no_bytes_make_the_verifier_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let policy = Policy::default();
        prop_assert!(!verify(&bytes, &question(&policy)).reasons().is_empty());
        prop_assert!(verify_statement(&bytes, Statement::Decision, &question(&policy)).is_err());
        prop_assert!(!codes(&opaque(&bytes)).is_empty());
    }
}
