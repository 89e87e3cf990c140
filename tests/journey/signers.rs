//! Whose signature a decision is: only the key that the roster names, only while its officer has the role, and only over checks
//! that let a request through.

use crate::case::Step;
use crate::play::{Play, code, officer};
use crate::stations::before;
use siegelpost::domain::decision::CheckResult;
use siegelpost::domain::{Check, CheckCode, Decision, Outcome, Role, Verdict};
use siegelpost::journey::evidence::{self, Decider};
use siegelpost::journey::issue::issue;
use siegelpost::journey::{Trouble, review};
use siegelpost::ports::store::Write;
use siegelpost::seal::KeyOwner;
use siegelpost::smime::Statement;

/// Decides as `lrao`, with the key and the certificates of another officer of the office.
fn decide_with_the_key_of(play: &Play, other: &str, rejects: bool) -> Result<Decision, Trouble> {
    let app = &play.app;
    let (gate, keys, by) = (
        app.gate()?,
        app.officer_credentials(&officer(other))?,
        officer("lrao"),
    );
    let opening = gate.keys();
    let judge = gate.judge(&opening);
    let decider = Decider {
        id: &by,
        key: &keys.key,
        certificates: &keys.chain,
    };
    let id = play.case().request_id;
    if rejects {
        let office = app.office_credentials()?;
        let sender = app.office_sender(&office);
        review::reject(&app.desk(), &judge, &sender, id, &decider, "illegible")
    } else {
        review::approve(&app.desk(), &judge, id, &decider, &play.eyes_needed(id))
    }
}

#[test]
fn a_decision_under_another_key_than_the_enrolled_one_is_not_recorded() {
    let play = before(Step::Approve);
    let (stage, entries) = (play.case().stage, play.entries().len());
    for rejects in [false, true] {
        for other in ["helper", "rio-bern"] {
            let refusal = code(decide_with_the_key_of(&play, other, rejects));
            assert_eq!(refusal, "not_the_enrolled_key", "{other}, rejects: {rejects}");
        }
    }
    assert_eq!((play.case().stage, play.entries().len()), (stage, entries));
    decide_with_the_key_of(&play, "lrao", false).unwrap();
}

#[test]
fn a_rejection_claims_no_look_at_any_check() {
    let play = before(Step::Approve);
    let id = play.case().request_id;
    checks_on_file(&play, Outcome::NeedsEyes);
    assert!(!play.eyes_needed(id).is_empty());
    let decision = decide_with_the_key_of(&play, "lrao", true).unwrap();
    assert!(!decision.checks.is_empty());
    assert!(decision.checks.iter().all(|c| !c.looked_at), "{decision:?}");
}

/// Puts one more check with this outcome on file.
fn checks_on_file(play: &Play, outcome: Outcome) {
    let (desk, owner) = (play.app.desk(), KeyOwner::Request(play.case().request_id));
    let key = desk.key(owner).unwrap();
    let mut checks: Vec<Check> = desk.read_json(&key, owner, "checks").unwrap();
    checks.push(Check {
        outcome,
        ..Check::needs_eyes(CheckCode::FormAge, "look")
    });
    let write = desk.json_document(&key, owner, "checks", &checks);
    desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
}

/// Puts a decision on file that `lrao` signed with the enrolled key, about what lies there now, with these checks.
fn decided(play: &Play, alter: impl Fn(&mut Vec<CheckResult>)) {
    let (desk, case, by) = (play.app.desk(), play.case(), officer("lrao"));
    let owner = KeyOwner::Request(case.request_id);
    let key = desk.key(owner).unwrap();
    let on_file: Vec<Check> = desk.read_json(&key, owner, "checks").unwrap();
    let mut checks = on_file
        .iter()
        .map(|c| CheckResult {
            code: c.code,
            outcome: c.outcome,
            looked_at: c.outcome == Outcome::NeedsEyes,
        })
        .collect();
    alter(&mut checks);
    let decision = Decision {
        version: 1,
        request_id: case.request_id,
        evidence: evidence::digest_of(&desk, &key, &case).unwrap(),
        checks,
        verdict: Verdict::Approve,
        by: by.clone(),
        at: desk.now(),
        journal_head: desk.store.journal_head().unwrap().hash,
    };
    let own = play.app.officer_credentials(&by).unwrap();
    let decider = Decider {
        id: &by,
        key: &own.key,
        certificates: &own.chain,
    };
    let signed = evidence::sign_as_officer(Statement::Decision, &decision, &decider, desk.now()).unwrap();
    let write = desk.document(&key, owner, "decision", &signed);
    desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
}

/// Why nothing is issued.
#[track_caller]
fn void(play: &Play) -> String {
    match play.issue(play.case().request_id) {
        Err(Trouble::Refused {
            code: "decision_void",
            why,
        }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_approval_of_checks_that_cannot_be_approved_issues_nothing() {
    let play = before(Step::Issue);
    checks_on_file(&play, Outcome::Failed);
    decided(&play, |_| {});
    assert!(void(&play).contains("failed"), "{}", void(&play));

    let play = before(Step::Issue);
    checks_on_file(&play, Outcome::NeedsEyes);
    decided(&play, |checks| {
        checks.iter_mut().for_each(|c| c.looked_at = false)
    });
    assert!(void(&play).contains("needs eyes"), "{}", void(&play));

    // Checks that the officer signed and that are not those on file.
    let play = before(Step::Issue);
    checks_on_file(&play, Outcome::Failed);
    for alter in [
        |checks: &mut Vec<CheckResult>| checks.truncate(checks.len() - 1),
        |checks: &mut Vec<CheckResult>| checks.last_mut().unwrap().outcome = Outcome::Passed,
    ] {
        decided(&play, alter);
        assert!(void(&play).contains("other checks"), "{}", void(&play));
    }

    let play = before(Step::Issue);
    checks_on_file(&play, Outcome::NeedsEyes);
    decided(&play, |_| {});
    play.issue(play.case().request_id).unwrap();
}

#[test]
fn an_officer_without_the_role_carries_no_issue_any_more() {
    for (id, refusal) in [("lrao", "decision_void"), ("rio-bern", "mail_void")] {
        let play = before(Step::Issue);
        let desk = play.app.desk();
        let mut row = desk.store.officer(&officer(id)).unwrap().unwrap();
        row.roles = vec![Role::Helper];
        let der = desk.store.officer_certificate(&row.id).unwrap().unwrap();
        let write = Write::Officer(row, der);
        desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
        let (app, by) = (&play.app, officer("second-luca"));
        let (ca, gate, own) = (
            app.ca().unwrap(),
            app.gate().unwrap(),
            app.office_credentials().unwrap(),
        );
        let keys = gate.keys();
        let (judge, sender) = (gate.judge(&keys), app.office_sender(&own));
        let case = play.case().request_id;
        let journal = app.journal_public_key().unwrap();
        let issuing = ca.issuing();
        let issued = issue(&desk, &issuing, &judge, &sender, &journal, case, &by);
        assert_eq!(code(issued), refusal, "{id}");
    }
}
