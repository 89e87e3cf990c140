//! What the security officer and the LRAO do beside the journey, cut off and done again by the same command.

use crate::case::Step;
use crate::play::{Play, code, names, officer};
use crate::stations::before;
use siegelpost::app::{self, App, KeySource, NewOfficer};
use siegelpost::domain::{Officer, OfficerId, SiteId};
use siegelpost::journal::{Action, Fact};
use siegelpost::journey::{Trouble, issue, revoke, roster};
use siegelpost::pki::signature::sha256;
use siegelpost::pki::{Certificate, Crl, KeyAlgorithm, RevocationReason, Serial, SoftKey, read_crls};
use siegelpost::ports::Waypoint;
use siegelpost::rehearsal::cast;
use std::collections::BTreeSet;
use std::fs;

/// The list as relying parties find it, without a new one being signed.
fn list(play: &Play) -> Crl {
    let file = play.app.path(&play.app.config.security.crl_file);
    read_crls(&fs::read(file).unwrap()).unwrap().remove(0)
}

fn is_listed(play: &Play, serial: &str) -> bool {
    list(play).entry(&Serial::from_hex(serial).unwrap()).is_some()
}

#[track_caller]
fn is_cut<T: std::fmt::Debug>(done: Result<T, Trouble>, at: Waypoint) {
    assert!(
        matches!(&done, Err(Trouble::Interrupted(cut)) if cut.0 == at),
        "{done:?}"
    );
}

#[test]
fn a_revocation_that_was_cut_off_before_its_list_is_finished_by_the_same_command() {
    let mut play = before(Step::Collect);
    let id = play.case().request_id;
    let revoke_it = |play: &Play| {
        let own = play.app.office_credentials()?;
        let (sender, by) = (play.app.office_sender(&own), officer("lrao"));
        let reason = RevocationReason::KeyCompromise;
        let count = revoke::revoke(&play.app.desk(), &sender, id, reason, "hr", &by)?;
        app::publish_crl(&play.app, Some(&by))?;
        Ok::<_, Trouble>(count)
    };
    play.ends.end_at(Waypoint::CrlDue);
    is_cut(revoke_it(&play), Waypoint::CrlDue);
    play.open_again();
    let rows = play.app.desk().store.certificates(id).unwrap();
    assert!(rows.iter().all(|row| !is_listed(&play, &row.serial)));
    assert_eq!(revoke_it(&play).unwrap(), 3);
    assert!(rows.iter().all(|row| is_listed(&play, &row.serial)));
    let entries = play.entries();
    let revoked = entries.iter().filter(|e| e.action == Action::CertificatesRevoked);
    assert_eq!(revoked.count(), 1, "the deed stands once");
    let notices = play.app.desk().store.outgoing().unwrap();
    assert_eq!(notices.len(), 2, "one of the issue, one of the revocation");
}

#[test]
fn giving_up_that_was_cut_off_before_its_list_is_finished_by_the_same_command() {
    let mut play = before(Step::Issue);
    let id = play.case().request_id;
    play.ends.end_at(Waypoint::IssueSigned);
    assert!(play.issue(id).is_err());
    play.open_again();
    let give_up = |play: &Play| {
        let own = play.app.office_credentials()?;
        let (sender, by) = (play.app.office_sender(&own), officer("lrao"));
        let count = issue::give_up(&play.app.desk(), &sender, id, "the RIO is gone", &by)?;
        app::publish_crl(&play.app, Some(&by))?;
        Ok::<_, Trouble>(count)
    };
    play.ends.end_at(Waypoint::CrlDue);
    is_cut(give_up(&play), Waypoint::CrlDue);
    play.open_again();
    assert_eq!(give_up(&play).unwrap(), 3);
    let serials = play.app.desk().store.issuance(id).unwrap().unwrap().serials;
    assert!(serials.iter().all(|(_, serial)| is_listed(&play, serial)));
}

/// Another key for everything.
struct NewKeys;

impl KeySource for NewKeys {
    fn key(&mut self, _: &str) -> Result<SoftKey, Trouble> {
        Ok(SoftKey::generate(KeyAlgorithm::P256).unwrap())
    }
}

/// Keys that must not be asked for.
struct NoKeys;

impl KeySource for NoKeys {
    fn key(&mut self, name: &str) -> Result<SoftKey, Trouble> {
        panic!("{name} was made, to be certified for nobody")
    }
}

fn robin(sites: &[&str]) -> NewOfficer {
    NewOfficer {
        sites: sites.iter().map(|s| s.parse::<SiteId>().unwrap()).collect(),
        ..cast::officers().swap_remove(0)
    }
}

fn add(play: &Play, new: &NewOfficer, keys: &mut dyn KeySource, by: &str) -> Result<Officer, Trouble> {
    app::add_officer(&play.app, new, None, keys, Some(&officer(by)))
}

fn files(play: &Play, id: &OfficerId) -> Vec<(String, Vec<u8>)> {
    let folder = play.app.officer_folder(id);
    let read = |name: String| (name.clone(), fs::read(folder.join(&name)).unwrap());
    names(&folder).into_iter().map(read).collect()
}

#[test]
fn who_may_not_enrol_has_nothing_certified_and_no_key_replaced() {
    let play = before(Step::Request);
    let rio = officer("rio-bern");
    let untouched = files(&play, &rio);
    assert_eq!(untouched.len(), 4);
    let typo = add(&play, &robin(&["brn"]), &mut NoKeys, "security");
    assert_eq!(code(typo), "unknown");
    assert_eq!(
        code(add(&play, &robin(&["bern"]), &mut NoKeys, "rio-bern")),
        "role"
    );
    assert_eq!(files(&play, &rio), untouched);
}

#[test]
fn an_officer_added_again_keeps_the_old_encryption_key_and_the_journal_names_both_certificates() {
    let play = before(Step::Request);
    let rio = officer("rio-bern");
    let folder = play.app.officer_folder(&rio);
    let old = fs::read(folder.join("encryption-key.pem")).unwrap();
    let before = play.app.desk().store.officer(&rio).unwrap().unwrap();
    let serial = |der: &[u8]| hex::encode(Certificate::from_der(der).unwrap().serial().octets());
    let now = add(&play, &robin(&["bern"]), &mut NewKeys, "security").unwrap();
    let kept = folder.join(format!(
        "encryption-key-{}.pem",
        serial(&before.encryption_certificate)
    ));
    assert_eq!(fs::read(kept).unwrap(), old);
    assert_ne!(fs::read(folder.join("encryption-key.pem")).unwrap(), old);
    assert!(names(&folder).iter().all(|name| !name.ends_with(".new")));
    let own = play.app.officer_credentials(&rio).unwrap();
    assert_eq!(own.chain[0].fingerprint(), now.certificate);

    let entries = play.entries();
    let added = entries
        .iter()
        .rfind(|e| e.action == Action::OfficerAdded)
        .unwrap();
    for (fact, value) in [
        ("certificate_serial", serial(own.chain[0].der())),
        ("encryption_serial", serial(&now.encryption_certificate)),
        (
            "encryption_sha256",
            sha256(&now.encryption_certificate).to_string(),
        ),
    ] {
        assert_eq!(added.facts.get(fact), Some(&Fact::Text(value)), "{fact}");
    }
}

#[test]
fn an_enrolment_that_was_cut_off_loses_no_key_and_is_finished_by_the_same_command() {
    let mut play = before(Step::Request);
    let rio = officer("rio-bern");
    let folder = play.app.officer_folder(&rio);
    let key = |play: &Play| fs::read(play.app.officer_folder(&rio).join("encryption-key.pem")).unwrap();
    let old = key(&play);
    play.ends.end_at(Waypoint::OfficerEnrolled);
    is_cut(
        add(&play, &robin(&["bern"]), &mut NewKeys, "security"),
        Waypoint::OfficerEnrolled,
    );
    play.open_again();
    let cut = fs::read(folder.join("encryption-key.pem.new")).unwrap();
    assert_eq!(key(&play), old, "nothing is replaced before its time");

    add(&play, &robin(&["bern"]), &mut NewKeys, "security").unwrap();
    let own = play.app.officer_credentials(&rio).unwrap();
    let enrolled = play.app.desk().store.officer(&rio).unwrap().unwrap();
    assert_eq!(own.chain[0].fingerprint(), enrolled.certificate);
    let kept: Vec<Vec<u8>> = files(&play, &rio)
        .into_iter()
        .filter(|(name, _)| name.starts_with("encryption-key-"))
        .map(|(_, bytes)| bytes)
        .collect();
    assert_eq!(kept.len(), 2);
    assert!(
        kept.contains(&old) && kept.contains(&cut),
        "what was enrolled once opens its mail"
    );
}

#[test]
fn what_ends_with_an_officer_is_published_by_the_next_run_of_the_same_command() {
    // Replaced, by a run that was cut off before the list.
    let mut play = before(Step::Request);
    let rio = officer("rio-bern");
    let old = play.app.desk().store.officer_certificate(&rio).unwrap().unwrap();
    let old = hex::encode(Certificate::from_der(&old).unwrap().serial().octets());
    let key = SoftKey::generate(KeyAlgorithm::P256).unwrap();
    let foreign = crate::revoking::foreign(&play, &key);
    let bring = |play: &Play| {
        let brought = Some((foreign.clone(), None));
        app::add_officer(
            &play.app,
            &robin(&["bern"]),
            brought,
            &mut NoKeys,
            Some(&officer("security")),
        )
    };
    play.ends.end_at(Waypoint::CrlDue);
    is_cut(bring(&play), Waypoint::CrlDue);
    play.open_again();
    assert!(!is_listed(&play, &old));
    bring(&play).unwrap();
    assert!(is_listed(&play, &old));

    // Removed.
    let mut play = before(Step::Request);
    let remove = |play: &Play| {
        let (ca, by) = (play.app.ca()?, officer("security"));
        let count = roster::remove(&play.app.desk(), ca.issuing().authority.certificate, &rio, &by)?;
        app::publish_crl(&play.app, Some(&by))?;
        Ok::<_, Trouble>(count)
    };
    let signing = play.app.desk().store.officer_certificate(&rio).unwrap().unwrap();
    let signing = hex::encode(Certificate::from_der(&signing).unwrap().serial().octets());
    play.ends.end_at(Waypoint::CrlDue);
    is_cut(remove(&play), Waypoint::CrlDue);
    play.open_again();
    remove(&play).unwrap();
    assert!(is_listed(&play, &signing));
}

#[test]
fn lists_signed_at_the_same_time_have_each_a_number_and_the_newest_is_the_one_that_lies_there() {
    const RUNS: usize = 4;
    const TIMES: usize = 5;
    let play = before(Step::Request);
    let known = play.entries().len();
    std::thread::scope(|scope| {
        for _ in 0..RUNS {
            let app = App::open(&play.folder, play.app.outside.clone()).unwrap();
            scope.spawn(move || {
                for _ in 0..TIMES {
                    app::publish_crl(&app, Some(&officer("security"))).unwrap();
                }
            });
        }
    });
    let entries = play.entries();
    let made: Vec<_> = entries[known..]
        .iter()
        .filter(|e| e.action == Action::CrlMade)
        .map(|e| (e.facts["number"].clone(), e.facts["sha256"].clone()))
        .collect();
    assert_eq!(made.len(), RUNS * TIMES);
    let numbers: BTreeSet<String> = made.iter().map(|(number, _)| format!("{number:?}")).collect();
    assert_eq!(numbers.len(), made.len(), "{numbers:?}");
    let there = sha256(list(&play).der()).to_string();
    assert_eq!(made.last().unwrap().1, Fact::Text(there));
}
