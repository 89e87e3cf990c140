//! Review: an LRAO looks at what agrees and what does not, and decides with a signature.

use super::desk::{Desk, Trouble};
use super::evidence::{self, Decider, Judge};
use super::outbox::Sender;
use super::reply;
use crate::domain::check::Check;
use crate::domain::decision::{CheckResult, Decision, Verdict, obstacles};
use crate::domain::officer::Role;
use crate::domain::person::same_person;
use crate::domain::{Act, CardStep, CheckCode, OfficerId, Request, RequestId, Sha256, Stage, Step};
use crate::journal::Action;
use crate::ports::Waypoint;
use crate::ports::store::{Case, Write};
use crate::seal::KeyOwner;
use crate::smime::Statement;

/// What an officer sees of a request.
pub struct Dossier {
    pub case: Case,
    pub request: Request,
    pub checks: Vec<Check>,
}

/// The request with everything that was checked.
pub fn show(desk: &Desk, id: RequestId) -> Result<Dossier, Trouble> {
    let case = desk.case(id)?;
    let owner = KeyOwner::Request(id);
    let key = desk.key(owner)?;
    let request = desk.read_json(&key, owner, "request")?;
    let checks = match desk.read_document(&key, owner, "checks")? {
        Some(_) => desk.read_json(&key, owner, "checks")?,
        None => vec![],
    };
    Ok(Dossier {
        case,
        request,
        checks,
    })
}

/// Approves: everything passed, or was looked at where the machine could not tell. The mail is judged again first.
pub fn approve(
    desk: &Desk,
    judge: &Judge,
    id: RequestId,
    decider: &Decider,
    looked_at: &[CheckCode],
) -> Result<Decision, Trouble> {
    let dossier = may_decide(desk, id, decider)?;
    let results: Vec<CheckResult> = dossier
        .checks
        .iter()
        .map(|c| CheckResult {
            code: c.code,
            outcome: c.outcome,
            looked_at: looked_at.contains(&c.code),
        })
        .collect();
    let open = obstacles(&results);
    if !open.is_empty() {
        return Err(open.into());
    }
    evidence::origin_still_counts(desk, judge, &dossier.case)?;
    decide(
        desk,
        dossier.case,
        results,
        Verdict::Approve,
        decider,
        judge,
        vec![],
    )
}

/// Rejects, with a reason that the RIO is told in a signed mail; the card is free again.
pub fn reject(
    desk: &Desk,
    judge: &Judge,
    sender: &Sender,
    id: RequestId,
    decider: &Decider,
    reason: &str,
) -> Result<Decision, Trouble> {
    let dossier = may_decide(desk, id, decider)?;
    let results = dossier
        .checks
        .iter()
        .map(|c| CheckResult {
            code: c.code,
            outcome: c.outcome,
            // A rejection names no check: it claims no look at any.
            looked_at: false,
        })
        .collect();
    let rio = dossier
        .case
        .stage
        .rio()
        .map(|rio| desk.store.officer(rio))
        .transpose()?
        .flatten();
    let told = rio
        .map(|rio| reply::rejection(desk, sender, id, &rio, reason))
        .transpose()?;
    let verdict = Verdict::Reject {
        reason: reason.to_owned(),
    };
    decide(
        desk,
        dossier.case,
        results,
        verdict,
        decider,
        judge,
        told.into_iter().collect(),
    )
}

fn may_decide(desk: &Desk, id: RequestId, decider: &Decider) -> Result<Dossier, Trouble> {
    let lrao = desk.officer(decider.id, Role::Lrao)?;
    let dossier = show(desk, id)?;
    if !matches!(dossier.case.stage, Stage::InReview { .. }) {
        // Asks the stage itself, so that the refusal says what is open or was done.
        let act = Act {
            by: decider.id,
            at: desk.now(),
        };
        dossier.case.stage.clone().take(
            Step::Approve {
                decision: Sha256([0; 32]),
            },
            &act,
        )?;
    }
    if same_person(&lrao.person, &dossier.request.data.person.identity()) {
        return Err(Trouble::refused(
            "same_person",
            format!(
                "{} is the holder of this request: another LRAO has to decide it",
                lrao.id
            ),
        ));
    }
    let key = desk.key(KeyOwner::Request(id))?;
    if let Some(first) = evidence::first_officer(desk, &key, &dossier.case)?
        && same_person(&first.person, &lrao.person)
    {
        return Err(Trouble::refused(
            "same_person",
            format!(
                "{} identified the holder as {}: another officer has to decide it (two people decide)",
                lrao.id, first.id
            ),
        ));
    }
    Ok(dossier)
}

/// A decision counts by the certificate on the roster alone: a key that somebody put in its place is told before anything is
/// recorded, for an approval and for a rejection.
fn by_the_enrolled_key(desk: &Desk, judge: &Judge, by: &OfficerId, signed: &[u8]) -> Result<(), Trouble> {
    let (data, _) = judge.decision(signed, desk.now())?;
    let lrao = desk.officer(by, Role::Lrao)?;
    if data.signer().fingerprint() == lrao.certificate {
        return Ok(());
    }
    Err(Trouble::refused(
        "not_the_enrolled_key",
        format!(
            "the certificate that signed is not the one that {by} is enrolled with: sign with {by}'s own key, or have the security \
             officer enrol the new certificate"
        ),
    ))
}

/// Signs and records the decision; `writes` go with it in one transaction.
fn decide(
    desk: &Desk,
    mut case: Case,
    checks: Vec<CheckResult>,
    verdict: Verdict,
    decider: &Decider,
    judge: &Judge,
    mut writes: Vec<Write>,
) -> Result<Decision, Trouble> {
    let now = desk.now();
    let id = case.request_id;
    let owner = KeyOwner::Request(id);
    let key = desk.key(owner)?;
    let rejected_for = match &verdict {
        Verdict::Approve => None,
        Verdict::Reject { reason } => Some(reason.clone()),
    };
    let decision = Decision {
        version: 1,
        request_id: id,
        evidence: evidence::digest_of(desk, &key, &case)?,
        checks,
        verdict,
        by: decider.id.clone(),
        at: now,
        journal_head: desk.store.journal_head()?.hash,
    };
    let signed = evidence::sign_as_officer(Statement::Decision, &decision, decider, now)?;
    by_the_enrolled_key(desk, judge, decider.id, &signed)?;
    let (action, step) = match rejected_for {
        None => (
            Action::RequestApproved,
            Step::Approve {
                decision: crate::pki::signature::sha256(&signed),
            },
        ),
        Some(reason) => (Action::RequestRejected, Step::Reject { reason }),
    };
    case.stage = case.stage.take(
        step,
        &Act {
            by: decider.id,
            at: now,
        },
    )?;
    case.since = now;
    desk.pass(Waypoint::ReviewSigned)?;

    let mut entry = desk.entry_of(decider.id, action, id).card(case.card);
    for (name, bytes) in [
        ("decision", &signed),
        (evidence::REVOCATION_AT_DECISION, &judge.revocation_lists()),
        (evidence::RULES_AT_DECISION, &judge.rules().to_document()),
    ] {
        let (commitment, salt) = desk.commit_to(&key, owner, name, bytes);
        entry = entry.commits(name, commitment);
        writes.extend([salt, desk.document(&key, owner, name, bytes)]);
    }
    if action == Action::RequestRejected {
        let mut card = desk.card(case.card)?;
        card.state = card.state.take(CardStep::Free, card.serial)?;
        writes.push(Write::Card(card));
    }
    writes.push(Write::Case(case));
    desk.store.commit(now, writes, vec![entry])?;
    Ok(decision)
}
