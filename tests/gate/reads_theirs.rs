//! What `openssl` writes, we judge: good mails of many makes are accepted, every alteration is named.

use crate::office::{Office, RIO_MAIL, arg, entity, office, today};
use siegelpost::pki::{Revocation, Trust};
use siegelpost::smime::{Code, DecryptKey, Judgement, Policy, Question, Verdict, verify};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Signs with `openssl cms -sign`; `who` is the name of key and certificate.
pub fn sign_with(office: &Office, who: &str, extra: &[&str]) -> Vec<u8> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("entity{}.txt", NEXT.fetch_add(1, Ordering::Relaxed));
    let file = office.file(&name, &entity());
    let (signer, key) = (format!("{who}.pem"), format!("{who}.key"));
    let mut args = vec![
        "cms",
        "-sign",
        "-in",
        arg(&file),
        "-binary",
        "-crlfeol",
        "-signer",
        &signer,
        "-inkey",
        &key,
        "-certfile",
        "ca.pem",
        "-from",
        RIO_MAIL,
        "-to",
        "lrao@office.example",
        "-subject",
        "Request",
    ];
    args.extend_from_slice(extra);
    office.openssl_ok(&args)
}

pub struct Outcome {
    pub verdict: Verdict,
    pub codes: Vec<Code>,
    pub details: String,
}

fn outcome(judgement: &Judgement<'_>) -> Outcome {
    Outcome {
        verdict: judgement.verdict(),
        codes: judgement.reasons().iter().map(|r| r.code).collect(),
        details: format!("{:?}", judgement.reasons()),
    }
}

pub fn judge_by(raw: &[u8], trust: &Trust, policy: &Policy, keys: &[&dyn DecryptKey]) -> Outcome {
    let question = Question {
        trust,
        at: today(),
        arrived: None,
        revocation: Revocation::IfGiven,
        policy,
        keys,
    };
    outcome(&verify(raw, &question))
}

pub fn judge(raw: &[u8]) -> Outcome {
    judge_by(raw, &office().trust_with_crls(), &Policy::default(), &[])
}

#[track_caller]
pub fn accepted(raw: &[u8], what: &str) {
    let outcome = judge(raw);
    assert_eq!(
        outcome.verdict,
        Verdict::Accept,
        "{what}: {}\n{}",
        outcome.details,
        String::from_utf8_lossy(&raw[..raw.len().min(2000)])
    );
}

#[track_caller]
pub fn refused(raw: &[u8], code: Code, what: &str) {
    let outcome = judge(raw);
    assert_eq!(outcome.verdict, Verdict::Refuse, "{what}");
    assert!(outcome.codes.contains(&code), "{what}: {}", outcome.details);
}

#[test]
fn accepts_good_mails_of_many_makes() {
    let office = office();
    for (who, extra) in [
        ("rio", &[][..]),
        ("rio", &["-nodetach"]),
        ("rio", &["-stream"]),
        ("rio", &["-nodetach", "-stream", "-indef"]),
        ("rio", &["-keyid"]),
        ("rio", &["-cades"]),
        ("rio", &["-nosmimecap"]),
        ("rio", &["-md", "sha384"]),
        ("rio", &["-md", "sha512", "-nodetach"]),
        ("rio", &["-keyopt", "rsa_padding_mode:pss"]),
        (
            "rio",
            &["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:-1"],
        ),
        (
            "rio",
            &[
                "-md",
                "sha512",
                "-keyopt",
                "rsa_padding_mode:pss",
                "-keyopt",
                "rsa_pss_saltlen:64",
            ],
        ),
        ("rio", &["-nocerts", "-certfile", "rio.pem"]),
        ("rio_ec", &[]),
        ("rio_ec", &["-nodetach"]),
        ("rio_ec", &["-md", "sha512", "-keyid"]),
    ] {
        let mail = sign_with(office, who, extra);
        accepted(&mail, &format!("{who} {extra:?}"));
        let lf: Vec<u8> = mail.iter().copied().filter(|b| *b != b'\r').collect();
        accepted(&lf, &format!("{who} {extra:?} with LF alone"));
    }
}

#[test]
fn takes_a_certificate_that_is_not_in_the_mail_from_the_office() {
    let office = office();
    let mail = sign_with(office, "rio", &["-nocerts"]);
    refused(
        &mail,
        Code::SignerCertificateMissing,
        "nobody has the certificate",
    );
    let mut trust = office.trust_with_crls();
    trust.add_intermediate(office.rio.certificate.clone());
    assert_eq!(
        judge_by(&mail, &trust, &Policy::default(), &[]).verdict,
        Verdict::Accept
    );
}

#[test]
fn refuses_what_openssl_can_be_told_to_write() {
    let office = office();
    for (who, extra, code) in [
        ("rio", &["-noattr"][..], Code::SignedAttributesMissing),
        ("rio", &["-md", "sha1"], Code::AlgorithmWeak),
        ("rio", &["-md", "sha224"], Code::AlgorithmWeak),
        (
            "rio",
            &["-signer", "rio_ec.pem", "-inkey", "rio_ec.key"],
            Code::SeveralSigners,
        ),
        (
            "rio",
            &["-econtent_type", "1.2.840.113549.1.9.16.1.4"],
            Code::SignedAttributeWrong,
        ),
        ("revoked", &[], Code::Revoked),
        ("holder_rsa", &[], Code::KeyUsage),
        ("root", &[], Code::AddressMissing),
    ] {
        refused(&sign_with(office, who, extra), code, &format!("{who} {extra:?}"));
    }
}

#[test]
fn accepts_missing_signed_attributes_only_where_the_policy_says_so() {
    let office = office();
    let mail = sign_with(office, "rio", &["-noattr"]);
    let policy = Policy {
        allow_missing_signed_attributes: true,
        ..Policy::default()
    };
    assert_eq!(
        judge_by(&mail, &office.trust(), &policy, &[]).verdict,
        Verdict::Accept
    );
}

#[test]
fn refuses_a_mail_without_the_revocation_list_as_held() {
    let office = office();
    let mail = sign_with(office, "rio", &[]);
    let mut trust = office.trust();
    trust.add_crls(office.crls[0].der()).unwrap();
    let outcome = judge_by(&mail, &trust, &Policy::default(), &[]);
    assert_eq!(outcome.verdict, Verdict::Hold);
    assert_eq!(outcome.codes, [Code::RevocationUnknown]);
}

#[test]
fn judges_validity_and_revocation_at_the_time_asked_for() {
    let office = office();
    let mail = sign_with(office, "rio", &[]);
    let trust = office.trust_with_crls();
    for (at, code) in [
        ("2025-12-31T23:59:59Z", Code::NotYetValid),
        ("2029-01-01T00:00:01Z", Code::Expired),
        ("2026-06-07T00:00:01Z", Code::RevocationStale),
    ] {
        let at = at.parse().unwrap();
        let policy = Policy::default();
        let question = Question {
            trust: &trust,
            at,
            arrived: None,
            revocation: Revocation::IfGiven,
            policy: &policy,
            keys: &[],
        };
        let judgement = verify(&mail, &question);
        assert!(
            judgement.reasons().iter().any(|r| r.code == code),
            "{at}: {:?}",
            judgement.reasons()
        );
    }
}

/// The mail as it lies in a Maildir: with LF alone.
fn at_rest(mail: Vec<u8>) -> Vec<u8> {
    mail.into_iter().filter(|b| *b != b'\r').collect()
}

fn edited(mail: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(mail.to_vec()).expect("openssl writes ASCII");
    assert!(text.contains(from), "{from:?} is not in the mail");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn names_every_alteration_of_a_good_mail() {
    let mail = at_rest(sign_with(office(), "rio", &[]));
    accepted(&mail, "as it was");
    for (from, to, code) in [
        ("Please find", "Please lose", Code::ContentAltered),
        ("papers.pdf", "powers.pdf", Code::ContentAltered),
        ("From: rio@", "From: boss@", Code::FromMismatch),
        ("From: rio@", "From: RIO@", Code::FromMismatch),
        (
            "From: rio@",
            "From: evil@x.example\nFrom: rio@",
            Code::DuplicateHeader,
        ),
        (
            "From: rio@office.example",
            "From: rio@office.example, evil@x.example",
            Code::FromMalformed,
        ),
        (
            "From: rio@office.example",
            "From: evil@x.example (rio@office.example)",
            Code::FromMalformed,
        ),
        (
            "From: rio@office.example",
            "From: \"rio@office.example\" <evil@x.example>",
            Code::FromMisleading,
        ),
        ("From: rio@office.example\n", "", Code::FromMissing),
        (
            "From: rio@office.example\n",
            "From: rio@office.example\nSender: evil@x.example\n",
            Code::SenderMismatch,
        ),
        (
            "MIME-Version",
            "Content-Type: text/html\nMIME-Version",
            Code::DuplicateHeader,
        ),
        (
            "MIME-Version",
            "X-A: b\rFrom: evil@x.example\nMIME-Version",
            Code::MalformedMail,
        ),
        ("multipart/signed", "multipart/mixed", Code::UnsignedContent),
        (
            "Content-Type: multipart/signed",
            "X-Content-Type: multipart/signed",
            Code::NotSigned,
        ),
    ] {
        refused(&edited(&mail, from, to), code, &format!("{from:?} -> {to:?}"));
    }
    let more = [&mail[..], b"\nPlease pay to another account.\n"].concat();
    refused(&more, Code::UnsignedContent, "text after the end");
    let short = &mail[..mail.len() - 40];
    assert_eq!(judge(short).verdict, Verdict::Refuse);
    for good in [
        (
            "From: rio@office.example",
            "From: \"Muster, Erika\" <rio@OFFICE.example>",
        ),
        (
            "From: rio@office.example",
            "From: =?utf-8?q?M=C3=BCller?= <rio@office.example>",
        ),
        ("micalg=\"sha-256\"", "micalg=\"md5\""),
        (
            "This is an S/MIME signed message",
            "A preamble that no mail program shows",
        ),
    ] {
        accepted(&edited(&mail, good.0, good.1), &format!("{good:?}"));
    }
}

#[test]
fn refuses_parts_that_nobody_signed() {
    let mail = String::from_utf8(at_rest(sign_with(office(), "rio", &[]))).unwrap();
    accepted(mail.as_bytes(), "as it was");
    let boundary = mail
        .split("boundary=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let extra = format!("--{boundary}\nContent-Type: text/plain\n\nunsigned\n");
    let after = mail.replacen(&format!("--{boundary}--"), &format!("{extra}--{boundary}--"), 1);
    refused(after.as_bytes(), Code::UnsignedContent, "a third part");
    let before = mail.replacen(&format!("--{boundary}\n"), &format!("{extra}--{boundary}\n"), 1);
    assert_eq!(judge(before.as_bytes()).verdict, Verdict::Refuse, "a part before");
    let (header, body) = mail.split_once("\n\n").unwrap();
    let content_type = header.split("Content-Type: ").nth(1).unwrap();
    let around = format!(
        "From: {RIO_MAIL}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=outer\n\n--outer\n\nunsigned\n--outer\n\
         Content-Type: {content_type}\n\n{body}\n--outer--\n"
    );
    refused(around.as_bytes(), Code::UnsignedContent, "a part around");
    let forwarded = format!("From: {RIO_MAIL}\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n{mail}");
    refused(forwarded.as_bytes(), Code::Forwarded, "a forwarded mail");
    let looks = mail.replacen(
        "This is an S/MIME",
        &format!("--{boundary}X\n\nevil\nThis is an S/MIME"),
        1,
    );
    refused(
        looks.as_bytes(),
        Code::MalformedMime,
        "a line that looks like the boundary",
    );
}

#[test]
fn accepts_a_signed_mail_that_was_encrypted_and_never_an_unsigned_one() {
    let office = office();
    let policy = Policy::default();
    let trust = office.trust_with_crls();
    // A whole signed mail has header fields that do not belong to an entity; openssl leaves them out without -from.
    let signed = sign_with(office, "rio", &[]);
    let at = signed.windows(12).position(|w| w == b"MIME-Version").unwrap();
    let inner = office.file("inner.eml", &signed[at..]);
    let unsigned = office.file("unsigned.txt", &entity());
    for (holder, key) in [
        ("holder_rsa", &office.holder_rsa.key),
        ("holder_ec", &office.holder_ec.key),
    ] {
        for cipher in [
            "-aes128",
            "-aes192",
            "-aes256",
            "-aes-128-gcm",
            "-aes-192-gcm",
            "-aes-256-gcm",
        ] {
            let certificate = format!("{holder}.pem");
            let encrypt = |file| {
                office.openssl_ok(&[
                    "cms",
                    "-encrypt",
                    "-in",
                    file,
                    "-binary",
                    cipher,
                    "-from",
                    RIO_MAIL,
                    "-subject",
                    "Request",
                    &certificate,
                ])
            };
            let mail = encrypt(arg(&inner));
            let outcome = judge_by(&mail, &trust, &policy, &[key]);
            assert_eq!(
                outcome.verdict,
                Verdict::Accept,
                "{holder} {cipher}: {}",
                outcome.details
            );
            assert_eq!(
                judge_by(&mail, &trust, &policy, &[]).codes,
                [Code::DecryptionFailed]
            );
            assert_eq!(
                judge_by(&mail, &trust, &policy, &[&office.rio.key]).codes,
                [Code::DecryptionFailed]
            );
            let mail = encrypt(arg(&unsigned));
            assert_eq!(
                judge_by(&mail, &trust, &policy, &[key]).codes,
                // What nothing authenticates says nothing of itself.
                [if cipher.ends_with("gcm") {
                    Code::NotSigned
                } else {
                    Code::DecryptionFailed
                }],
                "{holder} {cipher}"
            );
        }
    }
}

#[test]
fn opens_oaep_and_judges_a_triple_wrapped_mail() {
    let office = office();
    let policy = Policy::default();
    let trust = office.trust_with_crls();
    let signed = sign_with(office, "rio", &["-nodetach"]);
    let at = signed.windows(12).position(|w| w == b"MIME-Version").unwrap();
    let inner = office.file("inner3.eml", &signed[at..]);
    let encrypted = office.openssl_ok(&[
        "cms",
        "-encrypt",
        "-in",
        arg(&inner),
        "-binary",
        "-crlfeol",
        "-aes256",
        "-recip",
        "holder_rsa.pem",
        "-keyopt",
        "rsa_padding_mode:oaep",
        "-keyopt",
        "rsa_oaep_md:sha256",
    ]);
    let middle = office.file("middle3.eml", &encrypted);
    let triple = |who: &str| {
        office.openssl_ok(&[
            "cms",
            "-sign",
            "-in",
            arg(&middle),
            "-signer",
            &format!("{who}.pem"),
            "-inkey",
            &format!("{who}.key"),
            "-certfile",
            "ca.pem",
            "-from",
            RIO_MAIL,
        ])
    };
    let outcome = judge_by(&triple("rio"), &trust, &policy, &[&office.holder_rsa.key]);
    assert_eq!(outcome.verdict, Verdict::Accept, "{}", outcome.details);
    let outcome = judge_by(&triple("rio_ec"), &trust, &policy, &[&office.holder_rsa.key]);
    assert_eq!(outcome.codes, [Code::SignersDiffer], "{}", outcome.details);
}

#[test]
fn refuses_cms_that_is_no_signature() {
    let office = office();
    let file = office.file("plain.txt", &entity());
    let openssl = |what| office.openssl_ok(&["cms", what, "-in", arg(&file), "-outform", "DER"]);
    // CompressedData (RFC 3274 section 1.1), which not every openssl is built to write.
    let compressed = {
        use siegelpost::pki::tlv::{OCTET_STRING, OID, SEQUENCE, element};
        let oid = |text: &str| element(OID, der::asn1::ObjectIdentifier::new_unwrap(text).as_bytes());
        let zlib = element(SEQUENCE, &oid("1.2.840.113549.1.9.16.3.8"));
        let octets = element(0xa0, &element(OCTET_STRING, b"\x78\x9c\x03\0\0\0\0\x01"));
        let content = element(SEQUENCE, &[oid("1.2.840.113549.1.7.1"), octets].concat());
        let data = element(SEQUENCE, &[vec![2, 1, 0], zlib, content].concat());
        element(
            SEQUENCE,
            &[oid("1.2.840.113549.1.9.16.1.9"), element(0xa0, &data)].concat(),
        )
    };
    for (what, der) in [
        ("compressed", compressed),
        ("plain data", openssl("-data_create")),
        ("digested data", openssl("-digest_create")),
    ] {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let mail = format!(
            "From: {RIO_MAIL}\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n{text}\r\n"
        );
        assert_eq!(judge(mail.as_bytes()).codes, [Code::NotSigned], "{what}");
    }
}

#[test]
fn makes_a_verified_mail_with_all_its_files() {
    let office = office();
    let mail = sign_with(office, "rio", &[]);
    let (trust, policy) = (office.trust_with_crls(), Policy::default());
    let question = Question {
        trust: &trust,
        at: today(),
        arrived: None,
        revocation: Revocation::Required,
        policy: &policy,
        keys: &[],
    };
    let verified = verify(&mail, &question).into_verified().unwrap();
    assert_eq!(verified.content(), entity());
    assert_eq!(verified.signer(), &office.rio.certificate);
    assert_eq!(verified.from().unwrap().to_string(), RIO_MAIL);
    assert_eq!(verified.subject(), Some("Request"));
    assert_eq!(verified.text(), Some("Please find the papers attached."));
    let [file] = verified.attachments() else {
        panic!("one file")
    };
    assert_eq!(
        (file.name(), file.media(), file.bytes()),
        (Some("papers.pdf"), "application/octet-stream", &b"%PDF-1.7\n"[..])
    );
    assert_eq!(verified.path().revocation_data().len(), 2);
}

/// What an officer's certificate says, as an extension file of `openssl`.
pub const OFFICER: &str =
    "keyUsage=digitalSignature\nextendedKeyUsage=emailProtection\nsubjectAltName=email:rio@office.example\n";

/// A certificate of the office's CA for a key of `openssl`, with these options of `openssl x509`.
fn certify(office: &Office, name: &str, key: &[&str], sign: &[&str]) {
    certify_as(office, name, key, sign, "/CN=Weak Officer", OFFICER);
}

/// The same, with this subject and these extensions.
pub fn certify_as(office: &Office, name: &str, key: &[&str], sign: &[&str], subject: &str, extensions: &str) {
    let file = |end: &str| format!("{name}.{end}");
    office.openssl_ok(&[&["genpkey", "-out", &file("key")][..], key].concat());
    office.openssl_ok(&[
        "req",
        "-new",
        "-key",
        &file("key"),
        "-utf8",
        "-subj",
        subject,
        "-out",
        &file("csr"),
    ]);
    office.file(&file("ext"), extensions.as_bytes());
    let (csr, pem, ext) = (file("csr"), file("pem"), file("ext"));
    let args = [
        "x509",
        "-req",
        "-in",
        &csr,
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-set_serial",
        "77",
        "-days",
        "9000",
        "-extfile",
        &ext,
        "-out",
        &pem,
    ];
    office.openssl_ok(&[&args[..], sign].concat());
}

#[test]
fn refuses_keys_and_certificates_that_are_too_weak() {
    let office = office();
    let rsa = |bits: &'static str| ["-algorithm", "RSA", "-pkeyopt", bits];
    let small = rsa("rsa_keygen_bits:1024");
    let low_exponent = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_pubexp:3"];
    let odd_curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"];
    let written_out = [
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-pkeyopt",
        "ec_param_enc:explicit",
    ];
    let policy = Policy::default();
    for (name, key, sign, code) in [
        ("small", &small[..], &["-sha256"][..], Code::KeyWeak),
        ("low_exponent", &low_exponent, &["-sha256"], Code::KeyWeak),
        ("odd_curve", &odd_curve, &["-sha256"], Code::KeyWeak),
        ("written_out", &written_out, &["-sha256"], Code::KeyWeak),
        (
            "sha1",
            &rsa("rsa_keygen_bits:2048"),
            &["-sha1"],
            Code::AlgorithmWeak,
        ),
    ] {
        certify(office, name, key, sign);
        let mail = sign_with(office, name, &[]);
        let at = jiff::Timestamp::from_second(mail_time(office, name)).unwrap();
        let trust = office.trust();
        let question = Question {
            trust: &trust,
            at,
            arrived: None,
            revocation: Revocation::IfGiven,
            policy: &policy,
            keys: &[],
        };
        let judgement = verify(&mail, &question);
        let codes: Vec<Code> = judgement.reasons().iter().map(|r| r.code).collect();
        assert!(codes.contains(&code), "{name}: {:?}", judgement.reasons());
    }
    certify(office, "strong", &rsa("rsa_keygen_bits:2048"), &["-sha256"]);
    let mail = sign_with(office, "strong", &[]);
    let at = jiff::Timestamp::from_second(mail_time(office, "strong")).unwrap();
    let trust = office.trust();
    let question = Question {
        trust: &trust,
        at,
        arrived: None,
        revocation: Revocation::IfGiven,
        policy: &policy,
        keys: &[],
    };
    assert_eq!(verify(&mail, &question).reasons(), []);
}

/// A second in which both the certificate that `openssl` dated by the machine's clock and the office's are valid.
pub fn mail_time(office: &Office, name: &str) -> i64 {
    let file = std::fs::read(office.path(&format!("{name}.pem"))).unwrap();
    let made = siegelpost::pki::read_certificates(&file)
        .unwrap()
        .remove(0)
        .not_before()
        .as_second();
    made.max(office.rio.certificate.not_before().as_second())
}

/// Judges by a trust and a policy of one's own, when the certificate that `openssl` dated is valid, without revocation lists.
pub fn judge_dated(office: &Office, who: &str, raw: &[u8], policy: &Policy) -> Outcome {
    let question = Question {
        trust: &office.trust(),
        at: jiff::Timestamp::from_second(mail_time(office, who)).unwrap(),
        arrived: None,
        revocation: Revocation::IfGiven,
        policy,
        keys: &[],
    };
    outcome(&verify(raw, &question))
}
