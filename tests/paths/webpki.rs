//! The path and CRL cases of rustls' webpki, as far as they are about paths and not about host names.

use super::suites::{folder, names, read, rows};
use siegelpost::pki::signature::{HashAlgorithm, PublicKey, Scheme, SignatureDefect};
use siegelpost::pki::{Certificate, Crl, Purpose, Revocation, Trust, validate};
use std::collections::BTreeSet;
use std::path::Path;

/// Case, leaf, between, anchor, CRLs, whether revocation is asked, what webpki says, and our gravest defect where we refuse.
const FACTS: &str = include_str!("facts/webpki.tsv");
/// Case, and why we judge otherwise than webpki does.
const DIVERGENCES: &str = include_str!("facts/webpki-divergences.tsv");
/// CRL, whether webpki reads it, whether we do, and why otherwise.
const LISTS: &str = include_str!("facts/webpki-lists.tsv");

/// Key, scheme, signature, what webpki says of it, and why we say otherwise.
const SIGNATURES: &str = include_str!("facts/webpki-signatures.tsv");

/// The moment at which webpki judges these cases: 0x1fed_f00d seconds.
const AT: &str = "1986-12-23T01:59:41Z";

/// The gravest defect by name, or `-` for a path that holds.
fn judge(suite: &Path, row: &[&str]) -> String {
    let [_, leaf, between, anchor, lists, revocation, ..] = row else {
        panic!("{row:?}")
    };
    let bytes = |file: &str| read(&suite.join(file));
    let certificate = |file: &str| Certificate::from_der(&bytes(file));
    let mut trust = Trust::new();
    trust.add_anchor(certificate(anchor).expect("an anchor"));
    for file in lists.split(' ').filter(|file| *file != "-") {
        if trust.add_crls(&bytes(file)).is_err() {
            return "Unreadable".into();
        }
    }
    let between: Vec<Certificate> = between
        .split(' ')
        .filter(|file| *file != "-")
        .map(|file| certificate(file).expect("a certificate"))
        .collect();
    let Ok(leaf) = certificate(leaf) else {
        return "Unreadable".into();
    };
    let revocation = match *revocation {
        "none" => Revocation::IfGiven,
        _ => Revocation::Required,
    };
    let at = AT.parse().expect("a time");
    match validate(
        &leaf,
        &between,
        &trust,
        at,
        Purpose::ClientAuthentication,
        revocation,
    ) {
        Ok(_) => "-".into(),
        Err(defects) => format!("{:?}", defects[0])
            .split(' ')
            .next()
            .expect("a name")
            .to_owned(),
    }
}

#[test]
fn judges_every_path_as_webpki_does_or_for_a_listed_reason_otherwise() {
    let suite = folder("webpki-0.102.8");
    let divergences: BTreeSet<&str> = rows(DIVERGENCES)
        .iter()
        .map(|row| {
            assert!(
                row.len() == 2 && !row[1].is_empty(),
                "a divergence without a reason: {row:?}"
            );
            row[0]
        })
        .collect();
    let facts = rows(FACTS);
    let cases: BTreeSet<&str> = facts.iter().map(|row| row[0]).collect();
    assert!(divergences.is_subset(&cases), "divergences about no case");
    let mut wrong = Vec::new();
    for row in &facts {
        let (case, webpki, defect) = (row[0], row[6], row[7]);
        let found = judge(&suite, row);
        let verdict = if found == "-" { "valid" } else { "invalid" };
        let diverges = divergences.contains(case);
        if (verdict == webpki) == diverges || found != defect {
            let listed = if diverges { ", listed as diverging" } else { "" };
            wrong.push(format!("{case}\t{webpki}{listed}\twe: {verdict} {found}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} rows:\n{}",
        wrong.len(),
        facts.len(),
        wrong.join("\n")
    );
}

#[test]
fn reads_every_revocation_list_as_webpki_does_or_for_a_listed_reason_otherwise() {
    let lists = folder("webpki-0.102.8").join("crls");
    let facts = rows(LISTS);
    let known: BTreeSet<&str> = facts.iter().map(|row| row[0]).collect();
    let there: Vec<String> = names(&lists)
        .into_iter()
        .filter(|n| n.ends_with(".der"))
        .collect();
    assert_eq!(
        known,
        there.iter().map(String::as_str).collect(),
        "lists without a fact, or gone"
    );
    let mut wrong = Vec::new();
    for row in facts {
        let [file, webpki, ours, why] = row[..] else {
            panic!("{row:?}")
        };
        let read = Crl::from_der(read(&lists.join(file)));
        if read.is_ok() != (ours == "yes") {
            wrong.push(format!("{file}: {read:?}"));
        }
        assert_eq!(
            webpki == ours,
            why == "-",
            "{file}: a divergence has a reason, and nothing else has one"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every scheme that is known here, by its name in the table.
const SCHEMES: &[(&str, Scheme)] = &[
    ("ed25519", Scheme::Ed25519),
    ("ecdsa-sha256", Scheme::Ecdsa(HashAlgorithm::Sha256)),
    ("ecdsa-sha384", Scheme::Ecdsa(HashAlgorithm::Sha384)),
    ("ecdsa-sha512", Scheme::Ecdsa(HashAlgorithm::Sha512)),
    ("rsa-pkcs1-sha256", Scheme::RsaPkcs1(HashAlgorithm::Sha256)),
    ("rsa-pkcs1-sha384", Scheme::RsaPkcs1(HashAlgorithm::Sha384)),
    ("rsa-pkcs1-sha512", Scheme::RsaPkcs1(HashAlgorithm::Sha512)),
    ("rsa-pss-sha256", Scheme::RsaPss(HashAlgorithm::Sha256, 32)),
    ("rsa-pss-sha384", Scheme::RsaPss(HashAlgorithm::Sha384, 48)),
    ("rsa-pss-sha512", Scheme::RsaPss(HashAlgorithm::Sha512, 64)),
];

#[test]
fn judges_every_signature_as_webpki_does_and_takes_none_for_another_scheme() {
    let folder = folder("webpki-0.102.8").join("signatures");
    let message = read(&folder.join("message.bin"));
    let certificate = |key: &str| Certificate::from_der(&read(&folder.join(format!("{key}.ee.der"))));
    let facts = rows(SIGNATURES);
    assert_eq!(facts.len(), 57);
    for row in facts {
        let [key, named, signature, webpki, why] = row[..] else {
            panic!("{row:?}")
        };
        let certificate = certificate(key).expect("readable");
        let public = PublicKey::from_spki(certificate.spki_der()).expect("strong");
        let signature = read(&folder.join(format!("{signature}.sig.bin")));
        for (name, scheme) in SCHEMES {
            let found = scheme.verify(&public, &message, &signature);
            let expected = *name == named && (webpki == "valid") == (why == "-");
            assert_eq!(found.is_ok(), expected, "{row:?} as {name}: {found:?}");
        }
    }
    let weak = certificate("rsa_1024_not_supported").expect("readable");
    let weak = PublicKey::from_spki(weak.spki_der());
    assert!(matches!(weak, Err(SignatureDefect::WeakKey(_))), "{weak:?}");
}
