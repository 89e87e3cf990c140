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
fn every_knob_that_is_turned_is_told() {
    let strict = Policy {
        require_email_protection: true,
        ..Policy::default()
    };
    assert_eq!(strict.loosened(), Vec::<String>::new());
    let turned = serde_json::json!({
        "allow_missing_signed_attributes": true, "allow_ed25519": true, "allow_sha1": true, "require_email_protection": false,
        "allow_subject_email": true, "allow_resent": true, "fold_local_part_of": ["office.example"],
        "max_signature_age_days": 31, "max_clock_lead_minutes": 181, "max_date_difference_hours": 121,
        "max_mail_bytes": 64 * 1024 * 1024 + 1, "max_attachments": 201,
    });
    for (knob, value) in turned.as_object().unwrap() {
        let mut policy = serde_json::to_value(&strict).unwrap();
        policy[knob] = value.clone();
        let policy: Policy = serde_json::from_value(policy).unwrap();
        let told = policy.loosened();
        assert!(
            matches!(&told[..], [one] if one.starts_with(&format!("{knob} = "))),
            "{knob}: {told:?}"
        );
    }
    // No knob is forgotten: all of them but the one that no configuration can turn.
    let all = serde_json::to_value(&strict).unwrap();
    assert_eq!(
        turned.as_object().unwrap().len() + 1,
        all.as_object().unwrap().len()
    );
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

/// Whoever adds a knob says here how it stands.
#[test]
fn every_knob_is_strict_as_it_stands() {
    let Policy {
        check_identity,
        allow_missing_signed_attributes,
        allow_ed25519,
        allow_sha1,
        // Certificates of class B may be silent about it, and RFC 5280 takes silence as consent: the one knob that adds strictness.
        require_email_protection,
        allow_subject_email,
        allow_resent,
        fold_local_part_of,
        max_signature_age_days,
        max_clock_lead_minutes,
        max_date_difference_hours,
        max_mail_bytes,
        max_attachments,
    } = Policy::default();
    assert!(check_identity && !require_email_protection);
    assert!(!allow_missing_signed_attributes && !allow_ed25519 && !allow_sha1);
    assert!(!allow_subject_email && !allow_resent && fold_local_part_of.is_empty());
    assert_eq!(
        (
            max_signature_age_days,
            max_clock_lead_minutes,
            max_date_difference_hours
        ),
        (30, 180, 120)
    );
    assert_eq!((max_mail_bytes, max_attachments), (64 * 1024 * 1024, 200));
}

#[test]
fn no_configuration_takes_the_comparison_of_from_away() {
    let read = |text: &str| toml::from_str::<Policy>(text);
    assert_eq!(read("").unwrap(), Policy::default());
    assert_eq!(read("check_identity = true").unwrap(), Policy::default());
    let written = toml::to_string(&Policy::default()).unwrap();
    assert_eq!(read(&written).unwrap(), Policy::default());
    let refused = read("check_identity = false").unwrap_err().to_string();
    assert!(refused.contains("From is always compared"), "{refused}");
    assert!(read("check_identitty = true").is_err());
}
