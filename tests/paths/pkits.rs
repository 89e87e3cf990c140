//! The S/MIME mails of NIST's PKITS, each judged under every setting that PKITS names for it.

use super::suites::{folder, names, read, rows};
use siegelpost::pki::{PolicyRules, Revocation, Trust};
use siegelpost::smime::{Judgement, Policy, Question, Verdict, verify};
use std::collections::BTreeSet;
use std::path::Path;

/// Mail, settings, what PKITS says, and the code of our gravest reason where we refuse.
const FACTS: &str = include_str!("facts/pkits.tsv");
/// Mail, settings, and why we judge otherwise than PKITS does.
const DIVERGENCES: &str = include_str!("facts/pkits-divergences.tsv");

/// Within the validity of all that is valid.
const AT: &str = "2020-06-01T00:00:00Z";

/// id of NIST's test policy `n`: 2.16.840.1.101.3.2.1.48.n.
fn policy(n: &str) -> der::asn1::ObjectIdentifier {
    format!("2.16.840.1.101.3.2.1.48.{n}").parse().expect("an OID")
}

/// The settings of a row: `default`, or words of which `1` stands for the test policy 1 in the initial policy set.
fn rules(settings: &str) -> PolicyRules {
    let mut rules = PolicyRules::default();
    for word in settings.split(' ') {
        match word {
            "default" => {}
            "explicit" => rules.require = true,
            "inhibit_mapping" => rules.inhibit_mapping = true,
            "inhibit_any" => rules.inhibit_any = true,
            number => rules.acceptable.push(policy(number)),
        }
    }
    rules
}

fn trust(suite: &Path) -> Trust {
    let mut trust = Trust::new();
    let certificates = suite.join("certs");
    trust
        .add_anchors(&read(&certificates.join("TrustAnchorRootCertificate.crt")))
        .expect("the anchor");
    for name in names(&certificates) {
        // Some are damaged on purpose.
        let _ = trust.add_intermediates(&read(&certificates.join(name)));
    }
    let crls = suite.join("crls");
    for name in names(&crls) {
        // One is damaged on purpose: its signature's BIT STRING claims unused bits.
        let taken = trust.add_crls(&read(&crls.join(&name)));
        assert_eq!(
            taken.is_err(),
            name == "BadCRLSignatureCACRL.crl",
            "{name}: {taken:?}"
        );
    }
    trust
}

fn judge<'m>(raw: &'m [u8], trust: &Trust) -> Judgement<'m> {
    let policy = Policy {
        // The addresses of these mails are not those of the certificates.
        check_identity: false,
        ..Policy::default()
    };
    let question = Question {
        trust,
        at: AT.parse().expect("a time"),
        arrived: None,
        revocation: Revocation::Required,
        policy: &policy,
        keys: &[],
    };
    verify(raw, &question)
}

#[test]
fn judges_every_mail_as_pkits_does_or_for_a_listed_reason_otherwise() {
    let suite = folder("pkits-50.0.2");
    let trust = trust(&suite);
    let divergences: BTreeSet<(&str, &str)> = rows(DIVERGENCES)
        .iter()
        .map(|row| {
            assert!(
                row.len() == 3 && !row[2].is_empty(),
                "a divergence without a reason: {row:?}"
            );
            (row[0], row[1])
        })
        .collect();
    let facts = rows(FACTS);
    let known: BTreeSet<String> = facts.iter().map(|row| format!("{}.eml", row[0])).collect();
    assert_eq!(
        known,
        names(&suite.join("smime")).into_iter().collect(),
        "mails without a fact, or gone"
    );

    let mut wrong = Vec::new();
    let mut met = BTreeSet::new();
    for row in &facts {
        let [mail, settings, pkits, code] = row[..] else {
            panic!("{row:?}")
        };
        let raw = read(&suite.join("smime").join(format!("{mail}.eml")));
        let mut trust = trust.clone();
        trust.policies = rules(settings);
        let judgement = judge(&raw, &trust);
        let verdict = match judgement.verdict() {
            Verdict::Accept => "valid",
            Verdict::Hold | Verdict::Refuse => "invalid",
        };
        let found = judgement
            .reasons()
            .first()
            .map_or("-".into(), |r| r.code.to_string());
        let diverges = divergences.contains(&(mail, settings));
        if diverges {
            met.insert((mail, settings));
        }
        if (verdict == pkits) == diverges || found != code {
            let listed = if diverges { ", listed as diverging" } else { "" };
            wrong.push(format!(
                "{mail}\t{settings}\t{pkits}{listed}\twe: {verdict} {found}"
            ));
        }
    }
    assert_eq!(met, divergences, "divergences about no row of the facts");
    assert!(
        wrong.is_empty(),
        "{} of {} rows:\n{}",
        wrong.len(),
        facts.len(),
        wrong.join("\n")
    );
}
