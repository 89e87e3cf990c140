//! Each knob of the policy, both ways; those that need a key or certificate of another make are turned in `tests/gate`.

use super::*;

fn by(header: &str, policy: &Policy) -> Vec<Code> {
    codes_by(&signed_with(header, ENTITY), policy)
}

#[test]
fn takes_other_peoples_from_only_without_identity() {
    let loose = Policy {
        check_identity: false,
        ..Policy::default()
    };
    for header in [
        "From: boss@office.example\r\n",
        "From: a@x.example, b@x.example\r\n",
        "Subject: nobody\r\n",
        "From: rio@office.example\r\nSender: boss@office.example\r\n",
    ] {
        assert!(!by(header, &Policy::default()).is_empty(), "{header}");
        assert_eq!(by(header, &loose), [], "{header}");
    }
}

#[test]
fn takes_redirected_mail_only_where_the_policy_says_so() {
    let header = "Resent-From: office@office.example\r\nFrom: rio@office.example\r\n";
    assert_eq!(by(header, &Policy::default()), [Code::Resent]);
    let loose = Policy {
        allow_resent: true,
        ..Policy::default()
    };
    assert_eq!(by(header, &loose), []);
}

#[test]
fn folds_the_local_part_only_of_domains_that_the_policy_names() {
    let header = "From: RIO@office.example\r\n";
    assert_eq!(by(header, &Policy::default()), [Code::FromMismatch]);
    for (domain, expected) in [
        ("Office.Example", vec![]),
        ("other.example", vec![Code::FromMismatch]),
        ("example", vec![Code::FromMismatch]),
    ] {
        let policy = Policy {
            fold_local_part_of: vec![domain.into()],
            ..Policy::default()
        };
        assert_eq!(by(header, &policy), expected, "{domain}");
    }
    let unicode = Policy {
        fold_local_part_of: vec!["b\u{fc}cher.example".into()],
        ..Policy::default()
    };
    let mail = replaced(
        &Forge::good(&cast().elsewhere).mail(),
        RIO,
        "RIO@xn--bcher-kva.example",
    );
    assert_eq!(codes(&mail), [Code::FromMismatch]);
    assert_eq!(codes_by(&mail, &unicode), []);
}

#[test]
fn every_knob_is_strict_as_it_stands() {
    let policy = Policy::default();
    assert!(policy.check_identity);
    assert!(!policy.allow_missing_signed_attributes && !policy.allow_ed25519 && !policy.allow_sha1);
    assert!(!policy.allow_subject_email && !policy.allow_resent && policy.fold_local_part_of.is_empty());
}
