//! Every stage with every step: the stage that follows, or the named refusal.

use super::*;

fn officer(name: &str) -> OfficerId {
    name.parse().unwrap()
}

fn stages() -> Vec<Stage> {
    let (rio, lrao) = (officer("rio"), officer("lrao"));
    let mail = Sha256([1; 32]);
    let decision = Sha256([2; 32]);
    let batch: BatchId = "b1".parse().unwrap();
    let at = Timestamp::UNIX_EPOCH;
    vec![
        Stage::Drafted { by: rio.clone() },
        Stage::Received {
            mail,
            rio: rio.clone(),
        },
        Stage::Read {
            mail,
            rio: rio.clone(),
        },
        Stage::InReview {
            mail: Some(mail),
            rio: Some(rio.clone()),
            since: at,
        },
        Stage::Approved {
            mail: Some(mail),
            rio: Some(rio.clone()),
            lrao: lrao.clone(),
            decision,
        },
        Stage::Issuing {
            rio: Some(rio.clone()),
            lrao: lrao.clone(),
            decision,
        },
        Stage::Issued {
            rio: Some(rio.clone()),
            lrao: lrao.clone(),
        },
        Stage::LetterReady {
            rio: rio.clone(),
            lrao: lrao.clone(),
            slot: 1,
            batch: batch.clone(),
        },
        Stage::Dispatched {
            rio: rio.clone(),
            lrao: lrao.clone(),
            slot: 1,
            batch,
            at,
        },
        Stage::Unsealed {
            helper: officer("helper"),
            at,
        },
        Stage::Rejected {
            reason: "r".into(),
            by: lrao.clone(),
        },
        Stage::Withdrawn { by: lrao.clone() },
        Stage::Returned {
            rio,
            lrao: lrao.clone(),
            slot: 1,
        },
        // Of somebody who walked in.
        Stage::InReview {
            mail: None,
            rio: None,
            since: at,
        },
        Stage::Approved {
            mail: None,
            rio: None,
            lrao: lrao.clone(),
            decision,
        },
        Stage::Issuing {
            rio: None,
            lrao: lrao.clone(),
            decision,
        },
        Stage::Issued { rio: None, lrao },
    ]
}

fn steps() -> Vec<Step> {
    vec![
        Step::Receive {
            mail: Sha256([1; 32]),
        },
        Step::Read,
        Step::Review,
        Step::WalkIn,
        Step::Approve {
            decision: Sha256([2; 32]),
        },
        Step::Reject { reason: "r".into() },
        Step::BeginIssue,
        Step::FinishIssue,
        Step::PrepareLetter {
            slot: 1,
            batch: "b1".parse().unwrap(),
        },
        Step::Dispatch,
        Step::Return,
        Step::Unseal,
        Step::Withdraw,
    ]
}

/// One row a stage, one word a step in the order of `steps()`.
const TABLE: &str = "
drafted: received too_early too_early in_review too_early too_early too_early too_early too_early too_early too_early too_early withdrawn
received: already_done read too_early too_early too_early too_early too_early too_early too_early too_early too_early too_early withdrawn
read: already_done already_done in_review too_early too_early too_early too_early too_early too_early too_early too_early too_early withdrawn
in_review: already_done already_done already_done already_done approved rejected too_early too_early too_early too_early too_early too_early withdrawn
approved: already_done already_done already_done already_done already_done already_done issuing too_early too_early too_early too_early too_early withdrawn
issuing: already_done already_done already_done already_done already_done already_done already_done issued too_early too_early too_early too_early withdrawn
issued: already_done already_done already_done already_done already_done already_done already_done already_done letter_ready too_early too_early too_early withdrawn
letter_ready: already_done already_done already_done already_done already_done already_done already_done already_done already_done dispatched returned too_early withdrawn
dispatched: already_done already_done already_done already_done already_done already_done already_done already_done already_done already_done returned unsealed withdrawn
unsealed: over over over over over over over over over over over over over
rejected: over over over over over over over over over over over over over
withdrawn: over over over over over over over over over over over over over
returned: already_done already_done already_done already_done already_done already_done already_done already_done letter_ready already_done already_done already_done withdrawn
in_review: already_done already_done already_done already_done approved rejected too_early too_early too_early too_early too_early too_early withdrawn
approved: already_done already_done already_done already_done already_done already_done issuing too_early too_early too_early too_early too_early withdrawn
issuing: already_done already_done already_done already_done already_done already_done already_done issued too_early too_early too_early too_early withdrawn
issued: already_done already_done already_done already_done already_done already_done already_done already_done walk_in too_early too_early unsealed withdrawn
";

#[test]
fn every_stage_allows_its_steps_and_names_why_it_refuses_the_others() {
    let by = officer("helper");
    let act = Act {
        by: &by,
        at: Timestamp::UNIX_EPOCH,
    };
    let rows: Vec<_> = TABLE.lines().filter(|l| !l.is_empty()).collect();
    assert_eq!(rows.len(), stages().len());
    for (stage, row) in stages().into_iter().zip(rows) {
        let mut words = row.split_whitespace();
        assert_eq!(words.next().unwrap().trim_end_matches(':'), stage.name());
        for step in steps() {
            let name = step.name();
            let outcome = match stage.clone().take(step, &act) {
                Ok(next) => next.name(),
                Err(refusal) => refusal.code(),
            };
            assert_eq!(Some(outcome), words.next(), "{} × {name}", stage.name());
        }
        assert_eq!(words.next(), None);
    }
}

#[test]
fn the_rio_of_a_request_cannot_decide_it() {
    let by = officer("rio");
    let act = Act {
        by: &by,
        at: Timestamp::UNIX_EPOCH,
    };
    for step in [
        Step::Approve {
            decision: Sha256([0; 32]),
        },
        Step::Reject { reason: "r".into() },
    ] {
        let refusal = stages()[3].clone().take(step, &act).unwrap_err();
        assert_eq!(refusal.code(), "same_person");
    }
}

#[test]
fn a_stage_survives_the_store() {
    for stage in stages() {
        let json = serde_json::to_string(&stage).unwrap();
        assert_eq!(serde_json::from_str::<Stage>(&json).unwrap(), stage);
    }
}

#[test]
fn a_card_takes_only_the_steps_of_its_life() {
    let serial = CardSerial::from_number(1);
    let site: SiteId = "bern".parse().unwrap();
    let request = RequestId::from_bits(1);
    let states = [
        CardState::Staged,
        CardState::InDelivery { site: site.clone() },
        CardState::Delivered { site: site.clone() },
        CardState::Reserved {
            site: site.clone(),
            request,
        },
        CardState::Certified {
            site: site.clone(),
            request,
        },
        CardState::Active { request },
        CardState::Revoked { request },
        CardState::Retired,
        CardState::Lost,
    ];
    let steps = [
        CardStep::Deliver { site },
        CardStep::Receive,
        CardStep::Reserve { request },
        CardStep::Free,
        CardStep::Certify,
        CardStep::Activate,
        CardStep::Revoke,
        CardStep::Retire,
        CardStep::Lose,
    ];
    let table = "
        in_delivery - - - - - - retired lost
        - delivered - - - - - retired lost
        - - reserved - - - - retired lost
        - - - delivered certified - - - -
        - - - - - active revoked - -
        - - - - - - revoked - -
        - - - - - - - retired -
        - - - - - - - - -
        - - - - - - - - -";
    let rows: Vec<_> = table.lines().skip(1).collect();
    for (state, row) in states.into_iter().zip(rows) {
        for (step, want) in steps.iter().zip(row.split_whitespace()) {
            let got = state
                .clone()
                .take(step.clone(), serial)
                .map_or("-", |next| next.name());
            assert_eq!(got, want, "{state:?} × {step:?}");
        }
    }
}
