//! What we write, others read: the samples as `openssl`, `qpdf` and poppler see them.

use crate::made;
use crate::office::{JUDGED, time};
use crate::program::verify;
use crate::tree::{folder, names};
use siegelpost::domain::ETicket;
use siegelpost::pki::signature::sha256;
use std::process::{Command, Output};

/// Runs a program in the folder of the samples.
pub fn run(program: &str, args: &[&str]) -> Output {
    made();
    Command::new(program)
        .args(args)
        .current_dir(folder())
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e}; install it (openssl, qpdf, poppler-utils)"))
}

/// The same, and it must succeed; what it wrote.
#[track_caller]
fn good(program: &str, args: &[&str]) -> Vec<u8> {
    let output = run(program, args);
    assert!(
        output.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

#[track_caller]
fn text(program: &str, args: &[&str]) -> String {
    String::from_utf8(good(program, args)).expect("UTF-8")
}

/// The samples' time as `-attime` takes it.
pub fn at() -> String {
    time(JUDGED).as_second().to_string()
}

#[test]
fn openssl_verifies_the_officers_certificates_and_finds_the_revoked_one() {
    let at = at();
    let certificates = names("office/officers/", ".pem");
    assert!(certificates.len() > 10);
    for name in &certificates {
        let purpose = if name.contains(".encryption.") {
            "smimeencrypt"
        } else {
            "smimesign"
        };
        let args = [
            "verify",
            "-x509_strict",
            "-attime",
            &at,
            "-purpose",
            purpose,
            "-crl_check_all",
            "-CRLfile",
            "office/crls/root.crl",
            "-CRLfile",
            "office/crls/issuing.crl",
            "-CAfile",
            "office/root.pem",
            "-untrusted",
            "office/issuing.pem",
            name,
        ];
        let output = run("openssl", &args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.success(),
            !name.contains("former"),
            "{name}: {said}"
        );
        assert_eq!(
            said.contains("certificate revoked"),
            name.contains("former"),
            "{name}: {said}"
        );
    }
}

/// What `openssl cms -verify` says of a mail at the samples' time.
pub fn cms_verify(mail: &str) -> Output {
    let at = at();
    run(
        "openssl",
        &[
            "cms",
            "-verify",
            "-in",
            mail,
            "-CAfile",
            "office/root.pem",
            "-purpose",
            "smimesign",
            "-attime",
            &at,
        ],
    )
}

#[test]
fn openssl_reads_the_same_content_from_the_good_mails() {
    made();
    let mails = names("mails/good/", ".eml");
    let (verdicts, _) = verify("mails/good", &mails, &[]);
    for name in mails {
        let output = cms_verify(&name);
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let verdict = &verdicts[name.rsplit('/').next().expect("a name")][0];
        assert_eq!(
            verdict["content_sha256"],
            sha256(&output.stdout).to_string(),
            "{name}: the same bytes are signed"
        );
    }
}

#[test]
fn openssl_refuses_what_was_altered_expired_or_signed_by_a_false_ca() {
    for name in [
        "altered-body",
        "altered-signature",
        "altered-text",
        "expired",
        "not-yet-valid",
        "unknown-ca",
        "false-ca",
        "encryption-key",
    ] {
        let output = cms_verify(&format!("mails/refused/{name}.eml"));
        assert!(!output.status.success(), "{name} is accepted");
    }
}

#[test]
fn every_pdf_is_sound() {
    made();
    let all = ["papers/", "letters/", "scans/"]
        .map(|f| names(f, ".pdf"))
        .concat();
    assert!(all.len() > 10);
    for name in all {
        good("qpdf", &["--check", &name]);
    }
}

#[test]
fn poppler_finds_the_words_and_the_fonts() {
    for (name, words) in [
        (
            "papers/zoe-muster.pdf",
            &["Zoë Anna", "Muster", "X1234567", "Musterstrasse 7a", "3003 Bern"][..],
        ),
        (
            "papers/juerg-mueller.pdf",
            &["Jürg", "Müller-Specimen", "E2345678"],
        ),
        (
            "papers/alex-example.pdf",
            &["Alex", "Example", "Sample Lane 3", "Receipt"],
        ),
        (
            "papers/delivery-note.pdf",
            &["DN-20260302-0001", "Aussenstelle Bern"],
        ),
        ("letters/unseal-de.pdf", &["Zoë Anna Muster", "2. März 2026"]),
        ("letters/unseal-en.pdf", &["Alex Example", "2 March 2026"]),
    ] {
        let said = text("pdftotext", &["-layout", name, "-"]);
        for word in words {
            assert!(said.contains(word), "{name}: {word} is missing in\n{said}");
        }
        let fonts = text("pdffonts", &[name]);
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(
            !rows.is_empty() && rows.iter().all(|row| row.contains(" yes yes yes ")),
            "{name}: all are embedded:\n{fonts}"
        );
    }
}

#[test]
fn the_letters_carry_a_number_that_opens_nothing() {
    let number = ETicket::from_bytes(&mut b"SPECIMEN00".to_owned()).to_text();
    for name in ["letters/unseal-de.pdf", "letters/unseal-en.pdf"] {
        let said = text("pdftotext", &[name, "-"])
            .split_whitespace()
            .collect::<String>();
        assert!(said.contains(number.as_str()), "{name}: {said}");
    }
}

#[test]
fn the_script_still_makes_mails_of_the_same_verdict() {
    made();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("UTF-8");
    good("sh", &["mails/openssl/make.sh", out]);
    let mails: Vec<String> = names("mails/openssl/", ".eml");
    let key = self::folder().join("keys/lrao.encryption.pem");
    let key = ["--key", key.to_str().expect("UTF-8")];
    let (kept, _) = verify("mails/openssl", &mails, &key);
    let again: Vec<String> = mails
        .iter()
        .map(|m| m.rsplit('/').next().expect("a name").to_owned())
        .collect();
    let (made, _) = verify(out, &again, &key);
    let codes = |verdicts: &serde_json::Value| {
        let reasons = verdicts["reasons"].as_array().expect("a list");
        (
            verdicts["verdict"].clone(),
            verdicts["encrypted"].clone(),
            reasons.iter().map(|r| r["code"].clone()).collect::<Vec<_>>(),
        )
    };
    for name in again {
        assert_eq!(codes(&kept[&name][0]), codes(&made[&name][0]), "{name}");
    }
    assert_eq!(kept.len(), made.len());
}
