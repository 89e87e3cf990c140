//! Paths that must not hold, each for one reason, beside the ones that do.

mod forge;
mod look_alikes;
mod names;
mod ocsp;
mod revocation;

use super::profile::{self, Authority, Order, Profile, RevokedCertificate, Subject};
use super::*;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, GeneralSubtree,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    time("2026-06-01T00:00:00Z")
}

/// A certificate as any CA could make it, right or wrong.
struct Made {
    params: CertificateParams,
    key: KeyPair,
    certificate: Certificate,
}

impl Made {
    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn ca(name: &str, edit: impl FnOnce(&mut CertificateParams), above: Option<&Made>) -> Made {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    edit(&mut params);
    sign(params, above)
}

fn leaf(edit: impl FnOnce(&mut CertificateParams), above: &Made) -> Certificate {
    let mut params = params("Erika Muster");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    params.subject_alt_names = vec![SanType::Rfc822Name("rio@office.example".try_into().unwrap())];
    edit(&mut params);
    sign(params, Some(above)).certificate
}

fn sign(params: CertificateParams, above: Option<&Made>) -> Made {
    let key = KeyPair::generate().unwrap();
    let made = match above {
        Some(above) => params.signed_by(&key, &above.issuer()).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Made {
        certificate: Certificate::from_der(made.der()).unwrap(),
        params,
        key,
    }
}

fn check(leaf: &Certificate, between: &[&Made], root: &Made) -> Vec<PathDefect> {
    let mut trust = Trust::new();
    trust.add_anchor(root.certificate.clone());
    check_by(leaf, between, &trust)
}

fn check_by(leaf: &Certificate, between: &[&Made], trust: &Trust) -> Vec<PathDefect> {
    let between: Vec<Certificate> = between.iter().map(|m| m.certificate.clone()).collect();
    match validate(
        leaf,
        &between,
        trust,
        now(),
        Purpose::MailSignature,
        Revocation::IfGiven,
    ) {
        Ok(path) => {
            assert_eq!(&path.certificates()[0], leaf);
            Vec::new()
        }
        Err(defects) => defects,
    }
}

#[test]
fn finds_a_path_through_two_authorities_whatever_their_order() {
    let root = ca("Root", |_| {}, None);
    let upper = ca("Upper", |_| {}, Some(&root));
    let lower = ca("Lower", |_| {}, Some(&upper));
    let good = leaf(|_| {}, &lower);
    assert_eq!(check(&good, &[&upper, &lower], &root), []);
    assert_eq!(check(&good, &[&lower, &upper], &root), []);
    assert!(matches!(
        check(&good, &[&lower], &root)[..],
        [PathDefect::NoAnchor { .. }]
    ));
}

#[test]
fn refuses_an_authority_that_is_none() {
    let root = ca("Root", |_| {}, None);
    let no_ca = ca("Lower", |p| p.is_ca = IsCa::ExplicitNoCa, Some(&root));
    let silent = ca("Lower", |p| p.is_ca = IsCa::NoCa, Some(&root));
    let no_sign = ca(
        "Lower",
        |p| p.key_usages = vec![KeyUsagePurpose::DigitalSignature],
        Some(&root),
    );
    for (bad, may) in [(&no_ca, false), (&silent, false), (&no_sign, true)] {
        let found = check(&leaf(|_| {}, bad), &[bad], &root);
        match found[..] {
            [PathDefect::NotACa { .. }] => assert!(!may),
            [PathDefect::MayNotIssue { .. }] => assert!(may),
            _ => panic!("{found:?}"),
        }
    }
}

#[test]
fn refuses_more_authorities_than_allowed() {
    let root = ca(
        "Root",
        |p| p.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)),
        None,
    );
    let lower = ca("Lower", |_| {}, Some(&root));
    assert_eq!(check(&leaf(|_| {}, &root), &[], &root), []);
    let found = check(&leaf(|_| {}, &lower), &[&lower], &root);
    assert!(matches!(found[..], [PathDefect::PathLength { .. }]), "{found:?}");
}

#[test]
fn refuses_a_leaf_that_is_not_for_signing_mail() {
    let root = ca("Root", |_| {}, None);
    let usage = leaf(|p| p.key_usages = vec![KeyUsagePurpose::KeyEncipherment], &root);
    assert!(matches!(
        check(&usage, &[], &root)[..],
        [PathDefect::KeyUsage { .. }]
    ));
    let commitment = leaf(|p| p.key_usages = vec![KeyUsagePurpose::ContentCommitment], &root);
    assert!(matches!(
        check(&commitment, &[], &root)[..],
        [PathDefect::KeyUsage { .. }]
    ));
    let extended = leaf(
        |p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
        &root,
    );
    assert!(matches!(
        check(&extended, &[], &root)[..],
        [PathDefect::ExtendedKeyUsage { .. }]
    ));
    let silent = leaf(
        |p| {
            p.key_usages.clear();
            p.extended_key_usages.clear();
        },
        &root,
    );
    assert_eq!(check(&silent, &[], &root), [], "silence is consent (RFC 5280)");
    let lower = ca(
        "Lower",
        |p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth],
        Some(&root),
    );
    let found = check(&leaf(|_| {}, &lower), &[&lower], &root);
    assert!(
        matches!(found[..], [PathDefect::ExtendedKeyUsage { .. }]),
        "{found:?}"
    );
}

#[test]
fn refuses_what_is_outside_its_validity_anywhere_on_the_path() {
    let early = |p: &mut CertificateParams| p.not_before = date_time_ymd(2026, 6, 2);
    let late = |p: &mut CertificateParams| p.not_after = date_time_ymd(2026, 5, 31);
    let root = ca("Root", |_| {}, None);
    assert!(matches!(
        check(&leaf(early, &root), &[], &root)[..],
        [PathDefect::NotYetValid { .. }]
    ));
    assert!(matches!(
        check(&leaf(late, &root), &[], &root)[..],
        [PathDefect::Expired { .. }]
    ));
    let lower = ca("Lower", late, Some(&root));
    assert!(matches!(
        check(&leaf(|_| {}, &lower), &[&lower], &root)[..],
        [PathDefect::Expired { .. }]
    ));
    let root = ca("Root", late, None);
    assert!(matches!(
        check(&leaf(|_| {}, &root), &[], &root)[..],
        [PathDefect::Expired { .. }]
    ));
}

#[test]
fn refuses_critical_extensions_that_nobody_here_knows() {
    let odd = |critical| {
        move |p: &mut CertificateParams| {
            let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
            extension.set_criticality(critical);
            p.custom_extensions.push(extension);
        }
    };
    let root = ca("Root", |_| {}, None);
    assert!(matches!(
        check(&leaf(odd(true), &root), &[], &root)[..],
        [PathDefect::UnknownCritical { .. }]
    ));
    assert_eq!(check(&leaf(odd(false), &root), &[], &root), []);
    let lower = ca("Lower", odd(true), Some(&root));
    assert!(matches!(
        check(&leaf(|_| {}, &lower), &[&lower], &root)[..],
        [PathDefect::UnknownCritical { .. }]
    ));
}

#[test]
fn applies_mail_name_constraints_of_authorities_and_of_the_anchor() {
    let constraints = |permitted: &str, excluded: &str| NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::Rfc822Name(permitted.into())],
        excluded_subtrees: vec![GeneralSubtree::Rfc822Name(excluded.into())],
    };
    for (permitted, excluded, right) in [
        ("office.example", "other.example", true),
        ("other.example", "nowhere.example", false),
        ("office.example", "rio@office.example", false),
        (".office.example", "nowhere.example", false),
    ] {
        let limit = |p: &mut CertificateParams| p.name_constraints = Some(constraints(permitted, excluded));
        let root = ca("Root", |_| {}, None);
        let lower = ca("Lower", limit, Some(&root));
        let limited_root = ca("Root", limit, None);
        for found in [
            check(&leaf(|_| {}, &lower), &[&lower], &root),
            check(&leaf(|_| {}, &limited_root), &[], &limited_root),
        ] {
            match found[..] {
                [] => assert!(right, "{permitted} {excluded}"),
                [PathDefect::NameNotAllowed { .. }] => assert!(!right, "{permitted} {excluded}"),
                _ => panic!("{found:?}"),
            }
        }
    }
}

#[test]
fn refuses_a_namesake_of_the_authority() {
    let root = ca("Root", |_| {}, None);
    let namesake = ca("Root", |_| {}, None);
    let found = check(&leaf(|_| {}, &namesake), &[], &root);
    assert!(matches!(found[..], [PathDefect::Signature { .. }]), "{found:?}");
    // With the namesake in the mail: it is an issuer that fits, and no anchor.
    let found = check(&leaf(|_| {}, &namesake), &[&namesake], &root);
    assert!(
        !found.is_empty() && !found.iter().all(PathDefect::is_hold),
        "{found:?}"
    );
}

#[test]
fn takes_no_leaf_at_its_own_word() {
    let own = ca("Erika Muster", |_| {}, None);
    let root = ca("Root", |_| {}, None);
    assert!(matches!(
        check(&own.certificate, &[&own], &root)[..],
        [PathDefect::NoAnchor { .. }, ..]
    ));
    let mut params = params("Erika Muster");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let trusted = sign(params, None);
    let found = check(&trusted.certificate, &[], &trusted);
    assert!(
        found.iter().any(|d| matches!(d, PathDefect::NotACa { .. })),
        "an anchor that is no authority: {found:?}"
    );
}

#[test]
fn asks_for_one_of_the_acceptable_policies() {
    let class_b = der::asn1::ObjectIdentifier::new_unwrap("2.16.756.1.17.3.22.99");
    let policy = |p: &mut CertificateParams| {
        let content = tlv::element(
            tlv::SEQUENCE,
            &tlv::element(tlv::SEQUENCE, &tlv::element(tlv::OID, class_b.as_bytes())),
        );
        p.custom_extensions
            .push(CustomExtension::from_oid_content(&[2, 5, 29, 32], content));
    };
    let root = ca("Root", |_| {}, None);
    let mut trust = Trust::new();
    trust.add_anchor(root.certificate.clone());
    trust.policies = PolicyRules::one_of(vec![class_b]);
    assert_eq!(check_by(&leaf(policy, &root), &[], &trust), []);
    assert!(matches!(
        check_by(&leaf(|_| {}, &root), &[], &trust)[..],
        [PathDefect::Policy { .. }]
    ));
    let other = |p: &mut CertificateParams| {
        let oid = tlv::element(tlv::OID, &[0x2a, 3, 4]);
        let content = tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &oid));
        p.custom_extensions
            .push(CustomExtension::from_oid_content(&[2, 5, 29, 32], content));
    };
    assert!(matches!(
        check_by(&leaf(other, &root), &[], &trust)[..],
        [PathDefect::Policy { .. }]
    ));
    let lower = ca("Lower", |_| {}, Some(&root));
    let found = check_by(&leaf(policy, &lower), &[&lower], &trust);
    assert!(
        matches!(found[..], [PathDefect::Policy { .. }]),
        "an authority without the policy breaks it: {found:?}"
    );
}

#[test]
fn follows_no_maze_of_cross_certificates_for_long() {
    let root = ca("Root", |_| {}, None);
    let mazes: Vec<Made> = (0..8).map(|_| ca("Maze", |_| {}, None)).collect();
    // Every one of the authorities of one name certified by every other one: paths without number, none to the anchor.
    let mut between = Vec::new();
    for above in &mazes {
        for below in &mazes {
            let made = below.params.signed_by(&below.key, &above.issuer()).unwrap();
            between.push(Certificate::from_der(made.der()).unwrap());
        }
    }
    let leaf = leaf(|_| {}, &mazes[0]);
    let mut trust = Trust::new();
    trust.add_anchor(root.certificate.clone());
    let found = validate(
        &leaf,
        &between,
        &trust,
        now(),
        Purpose::MailSignature,
        Revocation::IfGiven,
    );
    // The steps are counted, and end.
    assert!(found.unwrap_err().contains(&PathDefect::TooComplex));
}

fn order(profile: Profile, serial: u8) -> Order<'static> {
    Order {
        profile,
        subject: Subject {
            common_name: "Specimen".into(),
            ..Subject::default()
        },
        serial: Serial::from_random([serial; 20]),
        not_before: time("2026-01-01T00:00:00Z"),
        not_after: time("2027-01-01T00:00:00Z"),
        crl_url: None,
        policy: None,
    }
}

struct Office {
    key: SoftKey,
    root: Certificate,
    leaf: Certificate,
}

fn office() -> Office {
    let key = SoftKey::generate(KeyAlgorithm::P256).unwrap();
    let root = profile::self_sign(&order(Profile::RootCa { path_length: None }, 1), &key).unwrap();
    let own = SoftKey::generate(KeyAlgorithm::P256).unwrap();
    let officer = order(
        Profile::Officer {
            email: "rio@office.example".into(),
        },
        2,
    );
    let leaf = profile::issue(
        &officer,
        own.spki_der(),
        Authority {
            certificate: &root,
            key: &key,
        },
    )
    .unwrap();
    Office { key, root, leaf }
}

impl Office {
    fn crl(&self, this: &str, next: &str, revoked: &[(&Serial, &str, RevocationReason)]) -> Crl {
        let lines: Vec<_> = revoked
            .iter()
            .map(|(serial, at, reason)| RevokedCertificate {
                serial: (*serial).clone(),
                at: time(at),
                reason: *reason,
            })
            .collect();
        let authority = Authority {
            certificate: &self.root,
            key: &self.key,
        };
        profile::issue_crl(authority, 1, time(this), time(next), &lines).unwrap()
    }

    fn check(&self, crls: &[&Crl], revocation: Revocation) -> Vec<PathDefect> {
        let mut trust = Trust::new();
        trust.add_anchor(self.root.clone());
        for crl in crls {
            trust.add_crls(crl.der()).unwrap();
        }
        validate(&self.leaf, &[], &trust, now(), Purpose::MailSignature, revocation)
            .err()
            .unwrap_or_default()
    }
}

const BEFORE: &str = "2026-05-01T00:00:00Z";
const AFTER: &str = "2026-07-01T00:00:00Z";

#[test]
fn holds_where_revocation_is_not_known_and_refuses_where_it_is() {
    let office = office();
    let serial = office.leaf.serial();
    let required = Revocation::Required;
    assert_eq!(office.check(&[], Revocation::IfGiven), []);
    assert!(matches!(
        office.check(&[], required)[..],
        [PathDefect::RevocationUnknown { .. }]
    ));
    let good = office.crl(BEFORE, AFTER, &[]);
    assert_eq!(office.check(&[&good], required), []);
    let stale = office.crl("2026-04-01T00:00:00Z", BEFORE, &[]);
    assert!(matches!(
        office.check(&[&stale], required)[..],
        [PathDefect::RevocationStale { .. }]
    ));
    assert_eq!(office.check(&[&stale, &good], required), []);
    let future = office.crl("2026-06-02T00:00:00Z", AFTER, &[]);
    assert!(matches!(
        office.check(&[&future], required)[..],
        [PathDefect::RevocationStale { .. }]
    ));
    let listed = |this, next, reason| office.crl(this, next, &[(serial, "2026-04-15T00:00:00Z", reason)]);
    let revoked = listed(BEFORE, AFTER, RevocationReason::KeyCompromise);
    for crls in [&[&revoked][..], &[&good, &revoked], &[&revoked, &good]] {
        assert!(matches!(
            office.check(crls, required)[..],
            [PathDefect::Revoked { .. }]
        ));
    }
    let long_ago = listed("2026-04-20T00:00:00Z", BEFORE, RevocationReason::Superseded);
    assert!(matches!(
        office.check(&[&long_ago, &good], required)[..],
        [PathDefect::Revoked { .. }]
    ));
    let was_held = listed("2026-04-20T00:00:00Z", BEFORE, RevocationReason::CertificateHold);
    assert_eq!(
        office.check(&[&was_held, &good], required),
        [],
        "the suspension was lifted since"
    );
    let held = listed(BEFORE, AFTER, RevocationReason::CertificateHold);
    assert!(matches!(
        office.check(&[&held], required)[..],
        [PathDefect::Revoked { .. }]
    ));
}

#[test]
fn takes_no_crl_of_a_namesake_or_with_a_broken_signature() {
    let (office, namesake) = (office(), office());
    let theirs = namesake.crl(BEFORE, AFTER, &[]);
    assert!(matches!(
        office.check(&[&theirs], Revocation::Required)[..],
        [PathDefect::RevocationUnknown { .. }]
    ));
    let ours = office.crl(BEFORE, AFTER, &[]);
    let mut der = ours.der().to_vec();
    let last = der.len() - 1;
    der[last] ^= 1;
    let broken = Crl::from_der(der).unwrap();
    assert!(matches!(
        office.check(&[&broken], Revocation::Required)[..],
        [PathDefect::RevocationUnknown { .. }]
    ));
}

#[test]
fn puts_among_the_anchors_only_what_no_other_anchor_issued() {
    let root = ca("Root", |_| {}, None);
    let lower = ca("Lower", |_| {}, Some(&root));
    let mut trust = Trust::new();
    trust.add_anchor(lower.certificate.clone());
    assert_eq!(
        trust.anchors(),
        std::slice::from_ref(&lower.certificate),
        "alone it is an anchor"
    );
    trust.add_anchor(root.certificate.clone());
    assert_eq!(trust.anchors(), std::slice::from_ref(&root.certificate));
    assert_eq!(trust.intermediates(), [lower.certificate]);
}

#[test]
fn issues_nothing_with_values_that_cannot_stand_in_a_certificate() {
    let office = office();
    let authority = Authority {
        certificate: &office.root,
        key: &office.key,
    };
    let mut no_name = order(
        Profile::Officer {
            email: "rio@office.example".into(),
        },
        3,
    );
    no_name.subject.common_name = "Erika\nMuster".into();
    let no_mail = order(
        Profile::Officer {
            email: "rio@office@example".into(),
        },
        4,
    );
    let mut no_country = order(Profile::HolderAuthentication { upn: None }, 5);
    no_country.subject.country = Some("che".into());
    for bad in [no_name, no_mail, no_country] {
        let made = profile::issue(&bad, office.leaf.spki_der(), authority);
        assert!(matches!(made, Err(profile::IssueError::Value { .. })), "{made:?}");
    }
    let stranger = SoftKey::generate(KeyAlgorithm::P256).unwrap();
    let wrong = Authority {
        certificate: &office.root,
        key: &stranger,
    };
    let order = order(
        Profile::HolderAuthentication {
            upn: Some("muster@office.example".into()),
        },
        6,
    );
    assert!(matches!(
        profile::issue(&order, office.leaf.spki_der(), wrong),
        Err(profile::IssueError::Defective)
    ));
    assert!(profile::issue(&order, office.leaf.spki_der(), authority).is_ok());
}
