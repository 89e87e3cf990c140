//! The knobs of the policy that need keys and certificates of another make, each both ways.

use crate::office::{RIO_MAIL, office};
use crate::reads_theirs::{certify_as, judge_by, judge_dated, sign_with};
use siegelpost::config::Config;
use siegelpost::domain::Language;
use siegelpost::paper::Office;
use siegelpost::smime::{Code, Policy, Verdict};

const RSA: [&str; 4] = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

#[test]
fn takes_sha1_only_where_the_policy_says_so_and_never_on_certificates() {
    let office = office();
    let loose = Policy {
        allow_sha1: true,
        ..Policy::default()
    };
    for extra in [&["-md", "sha1"][..], &["-md", "sha1", "-nodetach"]] {
        let mail = sign_with(office, "rio", extra);
        let strict = judge_by(&mail, &office.trust(), &Policy::default(), &[]);
        assert_eq!(strict.codes, [Code::AlgorithmWeak], "{}", strict.details);
        let found = judge_by(&mail, &office.trust(), &loose, &[]);
        assert_eq!(found.verdict, Verdict::Accept, "{}", found.details);
        let at = mail.len() / 2;
        let mut altered = mail.clone();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let found = judge_by(&altered, &office.trust(), &loose, &[]);
        assert_eq!(found.verdict, Verdict::Refuse, "{}", found.details);
    }
    // Elliptic curves came after SHA-1.
    let mail = sign_with(office, "rio_ec", &["-md", "sha1"]);
    let found = judge_by(&mail, &office.trust(), &loose, &[]);
    assert_eq!(found.codes, [Code::AlgorithmWeak], "{}", found.details);
    certify_as(
        office,
        "sha1_knob",
        &RSA,
        &["-sha1"],
        "/CN=Old Officer",
        crate::reads_theirs::OFFICER,
    );
    let mail = sign_with(office, "sha1_knob", &["-md", "sha1"]);
    let found = judge_dated(office, "sha1_knob", &mail, &loose);
    assert!(found.codes.contains(&Code::AlgorithmWeak), "{}", found.details);
}

#[test]
fn asks_for_email_protection_where_the_policy_says_so() {
    let office = office();
    let silent = "keyUsage=digitalSignature\nsubjectAltName=email:rio@office.example\n";
    certify_as(office, "silent", &RSA, &["-sha256"], "/CN=Silent Officer", silent);
    let mail = sign_with(office, "silent", &[]);
    let found = judge_dated(office, "silent", &mail, &Policy::default());
    assert_eq!(found.verdict, Verdict::Accept, "{}", found.details);
    let strict = Policy {
        require_email_protection: true,
        ..Policy::default()
    };
    let found = judge_dated(office, "silent", &mail, &strict);
    assert_eq!(found.codes, [Code::ExtendedKeyUsage], "{}", found.details);
}

#[test]
fn takes_the_address_of_the_subject_only_where_the_policy_says_so() {
    let office = office();
    let plain = "keyUsage=digitalSignature\nextendedKeyUsage=emailProtection\n";
    let subject = format!("/CN=Old Officer/emailAddress={RIO_MAIL}");
    certify_as(office, "subject", &RSA, &["-sha256"], &subject, plain);
    let mail = sign_with(office, "subject", &[]);
    let found = judge_dated(office, "subject", &mail, &Policy::default());
    assert_eq!(found.codes, [Code::AddressMissing], "{}", found.details);
    let loose = Policy {
        allow_subject_email: true,
        ..Policy::default()
    };
    let found = judge_dated(office, "subject", &mail, &loose);
    assert_eq!(found.verdict, Verdict::Accept, "{}", found.details);
    // An address in the alternative names counts alone.
    let other = format!("{plain}subjectAltName=email:other@office.example\n");
    certify_as(office, "both", &RSA, &["-sha256"], &subject, &other);
    let mail = sign_with(office, "both", &[]);
    let found = judge_dated(office, "both", &mail, &loose);
    assert_eq!(found.codes, [Code::FromMismatch], "{}", found.details);
}

/// RFC 9598.
#[test]
fn knows_a_mailbox_beyond_ascii_by_smtp_utf8_mailbox() {
    let office = office();
    let name = "keyUsage=digitalSignature\nextendedKeyUsage=emailProtection\n\
                subjectAltName=@names\n[names]\notherName=1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:m\u{fc}ller@office.example\n";
    certify_as(office, "umlaut", &RSA, &["-sha256"], "/CN=M\u{fc}ller", name);
    let mail = String::from_utf8(sign_with(office, "umlaut", &[])).expect("openssl writes ASCII");
    for (from, expected) in [
        ("m\u{fc}ller@office.example", &[][..]),
        ("M\u{fc}ller <m\u{fc}ller@OFFICE.example>", &[]),
        ("M\u{fc}LLER@office.example", &[Code::FromMismatch]),
        ("muller@office.example", &[Code::FromMismatch]),
        ("mu\u{308}ller@office.example", &[Code::FromMismatch]),
        (RIO_MAIL, &[Code::FromMismatch]),
    ] {
        let mail = mail.replacen(&format!("From: {RIO_MAIL}"), &format!("From: {from}"), 1);
        let found = judge_dated(office, "umlaut", mail.as_bytes(), &Policy::default());
        assert_eq!(found.codes, expected, "{from}: {}", found.details);
    }
}

#[test]
fn asks_for_a_certificate_policy_where_the_office_says_so() {
    let office = office();
    let folder = tempfile::tempdir().unwrap();
    for (below, file) in [
        ("anchors", "root.pem"),
        ("intermediates", "ca.pem"),
        ("crls", "crls.pem"),
    ] {
        let below = folder.path().join("trust").join(below);
        std::fs::create_dir_all(&below).unwrap();
        std::fs::copy(office.path(file), below.join(file)).unwrap();
    }
    let mail = sign_with(office, "rio", &[]);
    let by = |policies: &[&str]| {
        let mut config = Config::new(Office::specimen(), Language::De);
        config.lrao.certificate_policies = policies.iter().map(|p| (*p).to_owned()).collect();
        let trust = siegelpost::app::trust_of(folder.path(), &config);
        trust.map(|trust| judge_by(&mail, &trust, &Policy::default(), &[]).codes)
    };
    // The one that the office of the tests issues under.
    let own = "2.16.756.1.17.3.22.99";
    assert_eq!(by(&[]).unwrap(), []);
    assert_eq!(by(&[own]).unwrap(), []);
    assert_eq!(by(&["1.2.3.4", own]).unwrap(), []);
    assert_eq!(by(&["1.2.3.4"]).unwrap(), [Code::PolicyMissing]);
    let wrong = by(&["class B"]).unwrap_err().to_string();
    assert!(
        wrong.contains("certificate_policies") && wrong.contains("class B"),
        "{wrong}"
    );
}
