//! RSA signatures whose numbers are right and whose form is not: blocks padded by hand and signed raw by `openssl`, and PSS
//! whose unsigned parameters were altered.

use crate::office::{Office, arg, office};
use crate::reads_theirs::{judge, sign_with};
use siegelpost::pki::signature::sha256;
use siegelpost::pki::tlv;
use siegelpost::smime::{Code, Verdict};

fn mail_of(der: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    format!(
        "From: {}\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        crate::office::RIO_MAIL,
        lines.join("\r\n")
    )
    .into_bytes()
}

/// The signed attributes as they are signed.
fn signed_attributes(der: &[u8]) -> Vec<u8> {
    let mut info = tlv::whole(der).unwrap().children();
    info.next().unwrap();
    let data = tlv::whole(info.next().unwrap().value).unwrap();
    let mut fields = data.children();
    let mut last = fields.next().unwrap();
    while !fields.is_empty() {
        last = fields.next().unwrap();
    }
    let mut signer = tlv::whole(last.value).unwrap().children();
    for _ in 0..3 {
        signer.next().unwrap();
    }
    let mut set = signer.next().unwrap().raw.to_vec();
    set[0] = tlv::SET;
    set
}

/// The block to the power of the officer's private exponent, nothing added.
fn sign_raw(office: &Office, block: &[u8]) -> Vec<u8> {
    let file = office.file("block.bin", block);
    // To decrypt without padding is that power, and has no limit on what it takes.
    office.openssl_ok(&[
        "pkeyutl",
        "-decrypt",
        "-in",
        arg(&file),
        "-inkey",
        "rio.key",
        "-pkeyopt",
        "rsa_padding_mode:none",
    ])
}

#[test]
fn takes_no_block_but_the_one_of_the_standard() {
    let office = office();
    let der = sign_with(office, "rio", &["-nodetach", "-outform", "DER"]);
    let hash = sha256(&signed_attributes(&der)).0;
    let oid = hex::decode("0609608648016503040201").unwrap();
    let info = |algorithm: &[u8], hash: &[u8]| {
        let algorithm = tlv::element(tlv::SEQUENCE, algorithm);
        tlv::element(
            tlv::SEQUENCE,
            &[algorithm, tlv::element(tlv::OCTET_STRING, hash)].concat(),
        )
    };
    let good = info(&[&oid[..], &[5, 0]].concat(), &hash);
    let block = |kind: u8, filling: u8, tail: &[u8]| {
        let mut block = vec![0, kind];
        block.resize(255 - tail.len(), filling);
        block.push(0);
        block.extend_from_slice(tail);
        block
    };
    let judged = |block: &[u8]| {
        let mut der = der.clone();
        let at = der.len() - 256;
        der[at..].copy_from_slice(&sign_raw(office, block));
        judge(&mail_of(&der))
    };
    let outcome = judged(&block(1, 0xff, &good));
    assert_eq!(outcome.verdict, Verdict::Accept, "{}", outcome.details);

    let short = |tail: &[u8]| {
        let mut block = [&[0, 1][..], &[0xff; 8], &[0], tail].concat();
        block.resize(256, 0x55);
        block
    };
    let hidden = info(
        &[&oid[..], &tlv::element(tlv::OCTET_STRING, &[0x55; 100])].concat(),
        &hash,
    );
    let sha512 = hex::decode("0609608648016503040203").unwrap();
    let mut wrong = hash;
    wrong[31] ^= 1;
    for (what, block) in [
        ("little padding and garbage after the hash", short(&good)),
        ("garbage in the parameters", block(1, 0xff, &hidden)),
        ("no parameters", block(1, 0xff, &info(&oid, &hash))),
        (
            "the name of another hash",
            block(1, 0xff, &info(&[&sha512[..], &[5, 0]].concat(), &hash)),
        ),
        (
            "a hash cut short",
            block(1, 0xff, &info(&[&oid[..], &[5, 0]].concat(), &hash[..20])),
        ),
        (
            "another hash",
            block(1, 0xff, &info(&[&oid[..], &[5, 0]].concat(), &wrong)),
        ),
        ("the hash alone", block(1, 0xff, &hash)),
        ("a block for encryption", block(2, 0xff, &good)),
        ("a block of type 0", block(0, 0, &good)),
        ("padding that is none", block(1, 0xfe, &good)),
        (
            "something after the DigestInfo",
            block(1, 0xff, &[&good[..], &[0]].concat()),
        ),
        (
            "a long form of length",
            block(1, 0xff, &[&[0x30, 0x81, good[1]][..], &good[2..]].concat()),
        ),
    ] {
        let outcome = judged(&block);
        assert_eq!(
            outcome.codes,
            [Code::SignatureWrong],
            "{what}: {}",
            outcome.details
        );
    }
}

fn replaced_after(der: &[u8], mark: &str, from: &str, to: &str) -> Vec<u8> {
    let find = |bytes: &[u8], what: &str| {
        let what = hex::decode(what).unwrap();
        bytes.windows(what.len()).rposition(|w| w == what)
    };
    let start = find(der, mark).expect("the mark is there");
    let from = hex::decode(from).unwrap();
    let at = start
        + der[start..]
            .windows(from.len())
            .position(|w| w == from)
            .expect("what is altered is there");
    let mut out = der.to_vec();
    out[at..at + from.len()].copy_from_slice(&hex::decode(to).unwrap());
    out
}

#[test]
fn takes_pss_with_the_parameters_that_were_used_and_no_others() {
    const PSS: &str = "06092a864886f70d01010a";
    const MGF1: &str = "06092a864886f70d010108";
    const SHA256: &str = "0609608648016503040201";
    const SHA512: &str = "0609608648016503040203";
    let office = office();
    let der = sign_with(
        office,
        "rio",
        &[
            "-nodetach",
            "-outform",
            "DER",
            "-keyopt",
            "rsa_padding_mode:pss",
            "-keyopt",
            "rsa_pss_saltlen:32",
        ],
    );
    assert_eq!(judge(&mail_of(&der)).verdict, Verdict::Accept);
    for (what, mark, from, to, expected) in [
        (
            "another salt",
            PSS,
            "a203020120",
            "a203020114",
            Code::SignatureWrong,
        ),
        ("no salt", PSS, "a203020120", "a203020100", Code::SignatureWrong),
        (
            "a negative salt",
            PSS,
            "a203020120",
            "a2030201e0",
            Code::AlgorithmMismatch,
        ),
        (
            "a salt that is no number",
            PSS,
            "a203020120",
            "a203040120",
            Code::AlgorithmMismatch,
        ),
        ("another hash", PSS, SHA256, SHA512, Code::AlgorithmMismatch),
        (
            "another hash for the mask",
            MGF1,
            SHA256,
            SHA512,
            Code::AlgorithmMismatch,
        ),
        (
            "SHA-1 for the mask",
            MGF1,
            SHA256,
            "0609608648016503040204",
            Code::AlgorithmWeak,
        ),
        (
            "another mask",
            PSS,
            MGF1,
            "06092a864886f70d010109",
            Code::AlgorithmMismatch,
        ),
        (
            "PKCS#1 v1.5 in the place of PSS",
            PSS,
            PSS,
            "06092a864886f70d01010b",
            Code::AlgorithmMismatch,
        ),
    ] {
        let outcome = judge(&mail_of(&replaced_after(&der, mark, from, to)));
        assert!(outcome.codes.contains(&expected), "{what}: {}", outcome.details);
    }
}
