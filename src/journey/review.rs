//! Review: an LRAO looks at what agrees and what does not, and decides with a signature.

use super::desk::{Desk, Trouble};
use super::evidence::{self, Judge};
use super::intake::reply;
use super::outbox::Sender;
use crate::domain::check::Check;
use crate::domain::decision::{CheckResult, Decision, Verdict, obstacles};
use crate::domain::officer::Role;
use crate::domain::person::same_person;
use crate::domain::{Act, CardStep, CheckCode, OfficerId, Outcome, Request, RequestId, Stage, Step};
use crate::journal::Action;
use crate::pki::{Certificate, SigningKey};
use crate::ports::Waypoint;
use crate::ports::store::{Case, Write};
use crate::seal::KeyOwner;

/// What an officer sees of a request.
pub struct Dossier {
    pub case: Case,
    pub request: Request,
    pub checks: Vec<Check>,
}

/// The officer at the desk: the account, and the key and certificates that sign the decision.
pub struct Decider<'a> {
    pub id: &'a OfficerId,
    pub key: &'a dyn SigningKey,
    /// The officer's certificate first, then those above it.
    pub certificates: &'a [Certificate],
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
    if matches!(dossier.case.stage, Stage::InReview { .. }) {
        evidence::mail_still_counts(desk, judge, &dossier.case)?;
    }
    decide(
        desk,
        dossier.case,
        results,
        Verdict::Approve,
        decider,
        |decision| Step::Approve { decision },
    )
}

/// Rejects, with a reason that the RIO is told in a signed mail; the card is free again.
pub fn reject(
    desk: &Desk,
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
            looked_at: c.outcome == Outcome::NeedsEyes,
        })
        .collect();
    let rio = dossier.case.stage.rio().cloned();
    let verdict = Verdict::Reject {
        reason: reason.to_owned(),
    };
    let decision = decide(desk, dossier.case, results, verdict, decider, |_| Step::Reject {
        reason: reason.to_owned(),
    })?;
    if let Some(rio) = rio.map(|id| desk.store.officer(&id)).transpose()?.flatten() {
        reply::rejection(desk, sender, id, &rio, reason)?;
    }
    Ok(decision)
}

fn may_decide(desk: &Desk, id: RequestId, decider: &Decider) -> Result<Dossier, Trouble> {
    let lrao = desk.officer(decider.id, Role::Lrao)?;
    let dossier = show(desk, id)?;
    if same_person(&lrao.person, &dossier.request.data.person.identity()) {
        return Err(Trouble::refused(
            "same_person",
            format!(
                "{} is the holder of this request: another LRAO has to decide it",
                lrao.id
            ),
        ));
    }
    if let Some(rio) = dossier
        .case
        .stage
        .rio()
        .map(|rio| desk.store.officer(rio))
        .transpose()?
        .flatten()
        && same_person(&rio.person, &lrao.person)
    {
        return Err(Trouble::refused(
            "same_person",
            format!(
                "{} sent this request in as {}: another officer has to decide it (two people decide)",
                lrao.id, rio.id
            ),
        ));
    }
    Ok(dossier)
}

fn decide(
    desk: &Desk,
    mut case: Case,
    checks: Vec<CheckResult>,
    verdict: Verdict,
    decider: &Decider,
    step: impl FnOnce(crate::domain::Sha256) -> Step,
) -> Result<Decision, Trouble> {
    let now = desk.now();
    let id = case.request_id;
    let owner = KeyOwner::Request(id);
    let key = desk.key(owner)?;
    let approves = verdict == Verdict::Approve;
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
    let signed = evidence::sign_decision(&decision, decider, now)?;
    let step = step(crate::pki::signature::sha256(&signed));
    case.stage = case.stage.take(
        step,
        &Act {
            by: decider.id,
            at: now,
        },
    )?;
    case.since = now;
    desk.pass(Waypoint::ReviewSigned)?;

    let action = if approves {
        Action::RequestApproved
    } else {
        Action::RequestRejected
    };
    let (commitment, salt) = desk.commit_to(&key, owner, "decision", &signed);
    let entry = desk
        .entry_of(decider.id, action, id)
        .card(case.card)
        .commits("decision", commitment);
    let mut writes = vec![salt, desk.document(&key, owner, "decision", &signed)];
    if !approves {
        let mut card = desk.card(case.card)?;
        card.state = card.state.take(CardStep::Free, card.serial)?;
        writes.push(Write::Card(card));
    }
    writes.push(Write::Case(case));
    desk.store.commit(now, writes, vec![entry])?;
    Ok(decision)
}
