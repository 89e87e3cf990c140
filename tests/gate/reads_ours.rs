//! What we write, `openssl` reads: certificates, CRLs, signed and encrypted mails.

use crate::office::{Identity, Office, RIO_MAIL, arg, attime, entity, office, today};
use siegelpost::smime::{self, Cipher, SignWith};
use std::cell::Cell;

fn verify(office: &Office, name: &str, extra: &[&str]) -> (bool, String) {
    let at = attime();
    let mut args = vec![
        "verify",
        "-x509_strict",
        "-attime",
        &at,
        "-CAfile",
        "root.pem",
        "-untrusted",
        "ca.pem",
    ];
    args.extend_from_slice(extra);
    args.push(name);
    let output = office.openssl(&args);
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn openssl_verifies_our_certificates_for_their_purposes() {
    let office = office();
    for (name, purpose) in [
        ("rio.pem", "smimesign"),
        ("rio_ec.pem", "smimesign"),
        ("holder_rsa.pem", "smimeencrypt"),
    ] {
        let (good, said) = verify(office, name, &["-purpose", purpose]);
        assert!(good, "{name}: {said}");
    }
    assert!(
        !verify(office, "holder_rsa.pem", &["-purpose", "smimesign"]).0,
        "a key for encryption does not sign"
    );
    assert!(
        !verify(office, "rio.pem", &["-purpose", "sslclient"]).0,
        "an officer's certificate is for mail only"
    );
}

#[test]
fn openssl_finds_the_revoked_certificate_in_our_crl() {
    let office = office();
    let crls = ["-crl_check_all", "-CRLfile", "crls.pem"];
    let (good, said) = verify(office, "rio.pem", &crls);
    assert!(good, "{said}");
    let (good, said) = verify(office, "revoked.pem", &crls);
    assert!(!good && said.contains("certificate revoked"), "{said}");
}

#[test]
fn our_certificates_say_what_the_profile_says() {
    let office = office();
    let text =
        |name: &str| String::from_utf8(office.openssl_ok(&["x509", "-noout", "-text", "-in", name])).unwrap();
    let rio = text("rio.pem");
    for wanted in [
        "Digital Signature, Non Repudiation",
        "E-mail Protection",
        "email:rio@office.example",
        "C = CH, O = Specimen Office, OU = Sample Unit, CN = Erika Muster",
        "URI:http://crl.example/ca.crl",
        "Policy: 2.16.756.1.17.3.22.99",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
        "CA:FALSE",
    ] {
        assert!(rio.contains(wanted), "{wanted} is missing in\n{rio}");
    }
    let ca = text("ca.pem");
    for wanted in [
        "CA:TRUE, pathlen:0",
        "Certificate Sign, CRL Sign",
        "X509v3 Basic Constraints: critical",
        "X509v3 Key Usage: critical",
    ] {
        assert!(ca.contains(wanted), "{wanted} is missing in\n{ca}");
    }
    assert!(text("holder_rsa.pem").contains("Key Encipherment"));
    assert!(text("holder_ec.pem").contains("Key Agreement"));
}

fn signed(who: &Identity, office: &Office) -> Vec<u8> {
    let chain = [who.certificate.clone(), office.ca.certificate.clone()];
    let headers = [
        ("From", RIO_MAIL),
        ("To", "lrao@office.example"),
        ("Subject", "Request"),
    ];
    let with = SignWith {
        chain: &chain,
        key: &who.key,
        at: today(),
    };
    smime::sign_mail(&headers, &entity(), with).unwrap()
}

#[test]
fn openssl_verifies_our_signed_mails() {
    let office = office();
    for (name, who) in [("rsa", &office.rio), ("ec", &office.rio_ec)] {
        let mail = office.file(&format!("ours_{name}.eml"), &signed(who, office));
        let at = attime();
        let content = office.openssl_ok(&[
            "cms",
            "-verify",
            "-in",
            arg(&mail),
            "-CAfile",
            "root.pem",
            "-attime",
            &at,
            "-cades",
        ]);
        assert_eq!(content, entity(), "{name}");
    }
}

#[test]
fn openssl_verifies_our_signed_data() {
    let office = office();
    let chain = [office.rio.certificate.clone(), office.ca.certificate.clone()];
    let der = smime::sign_statement(
        b"a decision",
        smime::Statement::Decision,
        SignWith {
            chain: &chain,
            key: &office.rio.key,
            at: today(),
        },
    )
    .unwrap();
    let file = office.file("decision.p7m", &der);
    let at = attime();
    let content = office.openssl_ok(&[
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-in",
        arg(&file),
        "-CAfile",
        "root.pem",
        "-attime",
        &at,
        "-cades",
        "-binary",
    ]);
    assert_eq!(content, b"a decision");
}

/// Randomness that is none, so that the test is the same every time.
fn counting() -> impl Fn(&mut [u8]) {
    let next = Cell::new(1u8);
    move |buffer: &mut [u8]| {
        for byte in buffer {
            *byte = next.get();
            next.set(next.get().wrapping_add(1));
        }
    }
}

#[test]
fn openssl_decrypts_what_we_encrypt() {
    let office = office();
    let recipients = [
        office.holder_rsa.certificate.clone(),
        office.holder_ec.certificate.clone(),
    ];
    for (name, cipher) in [("cbc", Cipher::Aes256Cbc), ("gcm", Cipher::Aes256Gcm)] {
        let mut mail = smime::write_headers(&[("From", RIO_MAIL)]).unwrap();
        mail.extend(smime::encrypt_entity(&entity(), &recipients, cipher, &counting()).unwrap());
        let file = office.file(&format!("ours_{name}.eml"), &mail);
        for holder in ["holder_rsa", "holder_ec"] {
            let (pem, key) = (format!("{holder}.pem"), format!("{holder}.key"));
            let plain = office.openssl_ok(&[
                "cms",
                "-decrypt",
                "-in",
                arg(&file),
                "-recip",
                &pem,
                "-inkey",
                &key,
                "-binary",
            ]);
            assert_eq!(plain, entity(), "{name} for {holder}");
        }
        let ours = smime::decrypt(&mail, &[&office.holder_ec.key]).unwrap();
        assert_eq!(*ours, entity());
        assert!(
            smime::decrypt(&mail, &[&office.rio.key]).is_err(),
            "another key opens nothing"
        );
    }
}
