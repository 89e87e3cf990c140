//! The `verify` command: its exit codes and its JSON.

use crate::office::{RIO_MAIL, entity, office, today};
use siegelpost::cli::verify::{VerifyArgs, run};
use siegelpost::smime::{SignWith, sign_mail};
use std::path::PathBuf;

fn call(args: &VerifyArgs, json: bool) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(args, json, None, today(), &mut out, &mut err).unwrap();
    (
        exit,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

fn args(files: Vec<PathBuf>) -> VerifyArgs {
    VerifyArgs {
        trust: vec![office().path("root.pem")],
        certs: vec![],
        crl: vec![office().path("crls.pem")],
        at: None,
        key: vec![],
        password_file: None,
        no_identity: false,
        files,
    }
}

fn mail(from: &str) -> Vec<u8> {
    let office = office();
    let chain = [office.rio.certificate.clone(), office.ca.certificate.clone()];
    sign_mail(
        &[("From", from)],
        &entity(),
        SignWith {
            chain: &chain,
            key: &office.rio.key,
            at: today(),
        },
    )
    .unwrap()
}

#[test]
fn writes_the_fixed_json_and_exits_with_0_for_a_good_mail() {
    let office = office();
    let file = office.file("good.eml", &mail(RIO_MAIL));
    let (exit, out, err) = call(&args(vec![file.clone()]), true);
    assert_eq!((exit, err.as_str()), (0, ""));
    let line: serde_json::Value = serde_json::from_str(&out).unwrap();
    let sha256 = siegelpost::pki::signature::sha256(&entity()).to_string();
    assert_eq!(
        line,
        serde_json::json!({
            "file": file.display().to_string(),
            "verdict": "accept",
            "reasons": [],
            "signer": {
                "subject": "CN=Erika Muster,OU=Sample Unit,O=Specimen Office,C=CH",
                "issuer": "CN=Specimen Issuing CA,OU=Sample Unit,O=Specimen Office,C=CH",
                "serial": "43".to_owned() + &"03".repeat(19),
                "emails": [RIO_MAIL],
                "sha256": office.rio.certificate.fingerprint().to_string(),
            },
            "signing_time": "2026-06-01T08:00:00Z",
            "content_sha256": sha256,
            "content_type": "multipart/mixed",
            "encrypted": false,
        })
    );
}

#[test]
fn exits_with_1_for_a_refused_mail_and_gives_the_gravest_reason_first() {
    let mut bad = mail("evil@x.example");
    let at = bad.windows(6).position(|w| w == b"Please").unwrap();
    bad[at] = b'p';
    let file = office().file("bad.eml", &bad);
    let (exit, out, _) = call(&args(vec![file.clone()]), true);
    assert_eq!(exit, 1);
    let line: serde_json::Value = serde_json::from_str(&out).unwrap();
    let codes: Vec<_> = line["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["content_altered", "from_mismatch"]);
    let (_, text, _) = call(&args(vec![file]), false);
    assert!(text.lines().next().unwrap().ends_with(": refused"), "{text}");
}

#[test]
fn compares_no_identity_when_told_so() {
    let file = office().file("other.eml", &mail("somebody@else.example"));
    let mut args = args(vec![file]);
    assert_eq!(call(&args, false).0, 1);
    args.no_identity = true;
    assert_eq!(call(&args, false).0, 0);
}

#[test]
fn exits_with_2_without_trust_and_3_for_a_file_that_is_not_there() {
    let file = office().file("good2.eml", &mail(RIO_MAIL));
    let mut none = args(vec![file.clone()]);
    none.trust.clear();
    let (exit, out, err) = call(&none, true);
    assert_eq!((exit, out.as_str()), (2, ""));
    assert!(err.contains("--trust"), "{err}");
    let (exit, out, err) = call(&args(vec![file, office().path("nowhere.eml")]), true);
    assert_eq!(exit, 3);
    assert_eq!(out.lines().count(), 1, "the other mail is judged all the same");
    assert!(err.contains("nowhere.eml"), "{err}");
}
