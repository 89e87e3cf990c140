//! Whose certificates end with them, and revocation told by OCSP responses in the office's trust folder.

use crate::case::Step;
use crate::play::{Play, code, officer};
use crate::stations::before;
use siegelpost::app::{self, NewOfficer};
use siegelpost::domain::Role;
use siegelpost::journal::{Action, Fact};
use siegelpost::journey::evidence::{self, Judge};
use siegelpost::journey::intake::Outcome;
use siegelpost::journey::roster;
use siegelpost::pki::signature::{PublicKey, sha256};
use siegelpost::pki::{Certificate, Crl, KeyAlgorithm, OcspResponse, RevocationReason, SoftKey, Trust, tlv};
use siegelpost::pki::{profile, read_crls};
use siegelpost::rehearsal::cast;
use siegelpost::smime::Policy;
use std::fs;

/// The list that the office publishes now.
fn published(play: &Play) -> Crl {
    app::publish_crl(&play.app, Some(&officer("security"))).unwrap();
    let file = play.app.path(&play.app.config.security.crl_file);
    read_crls(&fs::read(file).unwrap()).unwrap().remove(0)
}

fn signing(play: &Play, id: &str) -> Certificate {
    let der = play.app.desk().store.officer_certificate(&officer(id)).unwrap();
    Certificate::from_der(&der.unwrap()).unwrap()
}

fn encryption(play: &Play, id: &str) -> Certificate {
    let row = play.app.desk().store.officer(&officer(id)).unwrap().unwrap();
    Certificate::from_der(&row.encryption_certificate).unwrap()
}

/// Removes an officer and returns how many certificates that revoked, and what the journal says of it.
fn remove(play: &Play, id: &str) -> (usize, Option<Fact>) {
    let ca = play.app.ca().unwrap();
    let own = ca.issuing().authority.certificate;
    let count = roster::remove(&play.app.desk(), own, &officer(id), &officer("security")).unwrap();
    let entry = play.entries().pop().unwrap();
    assert_eq!(entry.action, Action::OfficerRemoved);
    (count, entry.facts.get("revoked").cloned())
}

/// A certificate that the office's CA did not issue.
pub fn foreign(play: &Play, key: &SoftKey) -> Certificate {
    let now = play.app.desk().now();
    let order = profile::Order {
        profile: profile::Profile::RootCa { path_length: None },
        subject: profile::Subject {
            common_name: "Specimen".into(),
            ..profile::Subject::default()
        },
        serial: siegelpost::pki::Serial::from_random([7; 20]),
        not_before: now,
        not_after: now + jiff::SignedDuration::from_hours(24),
        crl_url: None,
        policy: None,
    };
    profile::self_sign(&order, key).unwrap()
}

fn somebody() -> NewOfficer {
    NewOfficer {
        id: officer("brought"),
        roles: vec![Role::Helper],
        ..cast::late_officer()
    }
}

/// Another key for everything.
struct NewKeys;

impl app::KeySource for NewKeys {
    fn key(&mut self, _: &str) -> Result<SoftKey, siegelpost::journey::Trouble> {
        Ok(SoftKey::generate(KeyAlgorithm::P256).unwrap())
    }
}

#[test]
fn the_certificates_of_our_own_ca_end_with_the_officer_and_those_of_others_do_not() {
    let play = before(Step::Inbox);
    let (sign, encrypt) = (signing(&play, "rio-bern"), encryption(&play, "rio-bern"));
    let list = published(&play);
    assert_eq!(
        (list.entry(sign.serial()), list.entry(encrypt.serial())),
        (None, None)
    );
    assert_eq!(remove(&play, "rio-bern"), (2, Some(Fact::Number(2))));
    let removed = play.entries().pop().unwrap().at;
    assert_eq!(remove(&play, "rio-bern").0, 0, "once is enough");
    let list = published(&play);
    for certificate in [sign, encrypt] {
        let line = list.entry(certificate.serial()).unwrap();
        assert_eq!(line.reason, RevocationReason::CessationOfOperation);
        assert_eq!(line.at.as_second(), removed.as_second());
    }

    // An officer with a card of another CA.
    let foreign = foreign(&play, &SoftKey::generate(KeyAlgorithm::P256).unwrap());
    let by = officer("security");
    app::add_officer(
        &play.app,
        &somebody(),
        Some((foreign.clone(), None)),
        &mut NewKeys,
        Some(&by),
    )
    .unwrap();
    assert_eq!(remove(&play, "brought"), (0, Some(Fact::Number(0))));
    assert_eq!(published(&play).entry(foreign.serial()), None);
}

#[test]
fn a_certificate_that_another_takes_the_place_of_is_revoked_and_stays_so() {
    let play = before(Step::Inbox);
    let by = officer("security");
    let add = || app::add_officer(&play.app, &somebody(), None, &mut NewKeys, Some(&by)).unwrap();
    add();
    let (first, first_encryption) = (signing(&play, "brought"), encryption(&play, "brought"));
    add();
    let second = signing(&play, "brought");
    let list = published(&play);
    for certificate in [&first, &first_encryption] {
        assert_eq!(
            list.entry(certificate.serial()).unwrap().reason,
            RevocationReason::Superseded
        );
    }
    assert_eq!(list.entry(second.serial()), None);
    assert_eq!(remove(&play, "brought").0, 2);
    add();
    let list = published(&play);
    assert_eq!(
        list.entry(first.serial()).unwrap().reason,
        RevocationReason::Superseded
    );
    assert_eq!(
        list.entry(second.serial()).unwrap().reason,
        RevocationReason::CessationOfOperation
    );
}

/// An OCSP response of the issuing CA about one certificate, as things are now, good for an hour.
fn response(play: &Play, about: &Certificate, answer: &[u8]) -> Vec<u8> {
    let ca = play.app.ca().unwrap();
    let authority = ca.issuing().authority;
    let seq = |parts: &[&[u8]]| tlv::element(tlv::SEQUENCE, &parts.concat());
    let oid = |text: &str| tlv::element(tlv::OID, der::asn1::ObjectIdentifier::new_unwrap(text).as_bytes());
    let octets = |bytes: &[u8]| tlv::element(tlv::OCTET_STRING, bytes);
    let time = |hours: i64| {
        let at = play.app.desk().now() + jiff::SignedDuration::from_hours(hours);
        let text = at.strftime("%Y%m%d%H%M%SZ").to_string();
        tlv::element(tlv::GENERALIZED_TIME, text.as_bytes())
    };
    let key = PublicKey::from_spki(authority.certificate.spki_der()).unwrap();
    let id = seq(&[
        &seq(&[&oid("2.16.840.1.101.3.4.2.1")]),
        &octets(&sha256(about.issuer().der()).0),
        &octets(&sha256(key.bits()).0),
        &tlv::element(tlv::INTEGER, about.serial().octets()),
    ]);
    let single = seq(&[&id, answer, &time(0), &tlv::element(0xa0, &time(1))]);
    let responder = tlv::element(0xa1, authority.certificate.subject().der());
    let data = seq(&[&responder, &time(0), &seq(&[&single])]);
    let signature = [&[0], &authority.key.sign(&data).unwrap()[..]].concat();
    let algorithm = seq(&[&oid("1.2.840.10045.4.3.2")]);
    let basic = seq(&[&data, &algorithm, &tlv::element(tlv::BIT_STRING, &signature)]);
    let bytes = seq(&[&oid("1.3.6.1.5.5.7.48.1.1"), &octets(&basic)]);
    seq(&[&[tlv::ENUMERATED, 1, 0], &tlv::element(0xa0, &bytes)])
}

#[test]
fn ocsp_responses_stand_in_for_a_list_and_are_kept_as_evidence() {
    let play = before(Step::Inbox);
    let lists = play.folder.join("trust/crls");
    fs::remove_file(lists.join("issuing.crl")).unwrap();
    let rio = signing(&play, "rio-bern");
    assert_eq!(
        play.inbox().unwrap()[0].outcome,
        Outcome::Held,
        "nothing is known of the RIO"
    );
    let good = response(&play, &rio, &[0x80, 0]);
    let about_another = response(&play, &encryption(&play, "rio-bern"), &[0x80, 0]);
    fs::write(lists.join("rio.ocsp"), &about_another).unwrap();
    assert_eq!(
        play.inbox().unwrap()[0].outcome,
        Outcome::Held,
        "of another certificate"
    );
    fs::write(lists.join("rio.ocsp"), &good).unwrap();
    // The LRAO's decision is judged too.
    fs::write(
        lists.join("lrao.ocsp"),
        response(&play, &signing(&play, "lrao"), &[0x80, 0]),
    )
    .unwrap();
    assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Received);
    let id = play.case().request_id;
    play.approve(id, "lrao", &play.eyes_needed(id)).unwrap();

    // The evidence carries the responses of the day; those in the folder are not asked any more.
    let file = evidence::collect(&play.app.desk(), id, &play.app.journal_key().unwrap()).unwrap();
    let key = play.app.journal_public_key().unwrap();
    let examine = |trust: &Trust| {
        let policy = Policy::default();
        let keys = &[];
        let judge = Judge {
            trust,
            policy: &policy,
            keys,
        };
        evidence::examine(&file, &key, &judge).unwrap()
    };
    let mut anchors = Trust::new();
    for folder in ["trust/anchors", "trust/intermediates"] {
        for path in app::files_in(&play.folder.join(folder)).unwrap() {
            anchors.add_anchors(&fs::read(path).unwrap()).unwrap();
        }
    }
    let examined = examine(&anchors);
    assert!(examined.defects.is_empty(), "{:?}", examined.defects);
    let kept = examined.report.named(evidence::REVOCATION).next().unwrap();
    let mut found = Trust::new();
    found.add_revocation_data(&kept.content).unwrap();
    assert!(
        found.ocsp_responses().iter().any(|r| r.der() == good),
        "the response that it rests on"
    );

    play.clock.advance(jiff::SignedDuration::from_mins(1));
    // One that says revoked stops what comes after, beside the good one too.
    let at = play.app.desk().now().strftime("%Y%m%d%H%M%SZ").to_string();
    let since = tlv::element(0xa1, &tlv::element(tlv::GENERALIZED_TIME, at.as_bytes()));
    let revoked = response(&play, &rio, &since);
    assert!(OcspResponse::from_der(revoked.clone()).is_ok());
    fs::write(lists.join("rio-revoked.ocsp"), revoked).unwrap();
    assert_eq!(code(play.issue(id)), "mail_void");
    // The case stays proven as of its day: the revocation came later.
    play.clock.advance(jiff::SignedDuration::from_hours(48));
    let examined = examine(&play.app.trust().unwrap());
    assert!(examined.defects.is_empty(), "{:?}", examined.defects);
}
