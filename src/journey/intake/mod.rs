//! Intake: the officer's mail is kept, judged, read and checked; it becomes a request in review, or is set aside with every
//! reason found.

mod automatic;
mod keep;
mod record;
mod release;
mod sweep;
mod weigh;

use super::desk::{Desk, Trouble};
use super::evidence::{self, Judge};
use super::outbox::Sender;
use crate::domain::{RequestId, Sha256};
use crate::ports::Waypoint;
use crate::ports::mail::{FoundMail, MailSource, Settled};
use crate::ports::store::{MailOutcome, MailRow, Reason, UNREAD};
use crate::scan::Reader;
use keep::Kept;
use serde::Serialize;

pub use keep::{FAILURES, Looked, keep_some};
pub use release::{discard, original, release};
pub use sweep::sweep;

/// What the intake needs besides the desk.
pub struct Inbox<'a> {
    pub judge: &'a Judge<'a>,
    pub reader: Reader<'a>,
    pub sender: &'a Sender<'a>,
}

/// What became of one mail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Taken {
    pub source: String,
    pub message: String,
    /// SHA-256 over the raw bytes; `None` for a mail that was too large to be read.
    pub sha256: Option<Sha256>,
    pub outcome: Outcome,
    pub request_ids: Vec<RequestId>,
    pub reasons: Vec<Reason>,
}

/// The outcomes of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Received,
    /// The same bytes as a mail that was taken in before.
    Alias,
    /// Waits, for instance for revocation data; taken up by the next run.
    Held,
    Quarantined,
}

/// Takes in one mail. `None` when there is nothing to tell: the mail is gone, or it was settled before and stays where it is.
pub fn take_in(
    desk: &Desk,
    inbox: &Inbox,
    source: &dyn MailSource,
    mail: &FoundMail,
) -> Result<Option<Taken>, Trouble> {
    let mut one = std::iter::once(mail.clone());
    match keep_some(desk, source, &mut one)?.pop() {
        Some(looked) => finish(desk, inbox, source, looked),
        None => Ok(None),
    }
}

/// Takes in a mail that was kept: judge, read, check, record, and only then move it.
pub fn finish(
    desk: &Desk,
    inbox: &Inbox,
    source: &dyn MailSource,
    looked: Looked,
) -> Result<Option<Taken>, Trouble> {
    let Looked { mail, kept } = looked;
    let (row, raw) = match kept {
        Kept::Gone => return Ok(None),
        Kept::Failed(e) => return Err(e),
        Kept::TooLarge(e) => return record::refuse_unread(desk, source, &mail, &e).map(Some),
        Kept::Known(sha256) => return seen_before(desk, inbox, source, &mail, sha256),
        Kept::Again(raw) => (keep::again(desk, source, &mail, &raw)?, raw),
        Kept::New(row, raw) => (*row, raw),
    };
    if !row.outcome.waits() {
        settle(source, &mail, row.outcome)?;
        return Ok(Some(known(source, &mail, &row)));
    }
    // One that waits is judged anew; one that was cut off is judged now.
    let row = judge(desk, inbox, row, &raw)?;
    settle(source, &mail, row.outcome)?;
    desk.pass(Waypoint::IntakeSettled)?;
    Ok(Some(report(source, &mail, &row)))
}

/// True for a mail that a run began with and did not finish: those come last, so that one on which the program dies holds up
/// no other.
pub fn was_begun(desk: &Desk, source: &dyn MailSource, mail: &FoundMail) -> Result<bool, Trouble> {
    let Some(sha256) = desk.store.mail_place(&place_of(source, mail))? else {
        return Ok(false);
    };
    let row = desk.store.mail(sha256)?;
    Ok(row.is_some_and(|row| row.outcome == MailOutcome::Stored))
}

/// Judges a mail that waits, from what is kept of it: its source may have lost it meanwhile.
pub fn take_up(desk: &Desk, inbox: &Inbox, row: MailRow) -> Result<Taken, Trouble> {
    let raw = evidence::raw_mail(desk, row.sha256)?;
    let row = judge(desk, inbox, row, &raw)?;
    Ok(of_row(&row))
}

fn judge(desk: &Desk, inbox: &Inbox, row: MailRow, raw: &[u8]) -> Result<MailRow, Trouble> {
    let judgement = inbox.judge.judge_arrival(raw, desk.now(), row.arrived);
    desk.pass(Waypoint::IntakeJudged)?;
    let weighed = weigh::weigh(desk, inbox, &row, judgement)?;
    let row = record::record(desk, inbox, row, raw, weighed, vec![])?;
    desk.pass(Waypoint::IntakeCommitted)?;
    Ok(row)
}

/// A mail whose place is known need not be fetched: its bytes are here.
fn seen_before(
    desk: &Desk,
    inbox: &Inbox,
    source: &dyn MailSource,
    mail: &FoundMail,
    sha256: Sha256,
) -> Result<Option<Taken>, Trouble> {
    if sha256 == UNREAD {
        source.settle(mail, Settled::Rejected)?;
        return Ok(None);
    }
    let row = desk.store.mail(sha256)?.ok_or_else(|| {
        Trouble::Damaged(format!("mail {sha256} has a place and no row: restore the store"))
    })?;
    if row.outcome.waits() {
        let raw = evidence::raw_mail(desk, sha256)?;
        let row = judge(desk, inbox, row, &raw)?;
        settle(source, mail, row.outcome)?;
        desk.pass(Waypoint::IntakeSettled)?;
        return Ok(Some(report(source, mail, &row)));
    }
    if source.keeps_settled() {
        return Ok(None);
    }
    settle(source, mail, row.outcome)?;
    Ok(Some(known(source, mail, &row)))
}

/// What names a place where a mail lies.
fn place_of(source: &dyn MailSource, mail: &FoundMail) -> String {
    format!("{}/{}", source.name(), mail.key)
}

/// What is told of a mail that was settled before. Found where it was first: a run was cut off between the record and the move,
/// and nobody has heard of the mail yet.
fn known(source: &dyn MailSource, mail: &FoundMail, row: &MailRow) -> Taken {
    let taken = report(source, mail, row);
    if row.source == source.name() && row.message == mail.key {
        taken
    } else {
        Taken {
            outcome: Outcome::Alias,
            ..taken
        }
    }
}

fn settle(source: &dyn MailSource, mail: &FoundMail, outcome: MailOutcome) -> Result<(), Trouble> {
    match outcome {
        MailOutcome::Received => source.settle(mail, Settled::Processed)?,
        MailOutcome::Quarantined | MailOutcome::Discarded => source.settle(mail, Settled::Rejected)?,
        MailOutcome::Stored | MailOutcome::Held => {}
    }
    Ok(())
}

fn report(source: &dyn MailSource, mail: &FoundMail, row: &MailRow) -> Taken {
    Taken {
        source: source.name().to_owned(),
        message: mail.key.clone(),
        ..of_row(row)
    }
}

fn of_row(row: &MailRow) -> Taken {
    Taken {
        source: row.source.clone(),
        message: row.message.clone(),
        sha256: Some(row.sha256),
        outcome: match row.outcome {
            MailOutcome::Received => Outcome::Received,
            MailOutcome::Quarantined | MailOutcome::Discarded => Outcome::Quarantined,
            MailOutcome::Held | MailOutcome::Stored => Outcome::Held,
        },
        request_ids: row.request_ids.clone(),
        reasons: row.reasons.clone(),
    }
}

fn reason(code: &str, detail: impl ToString) -> Reason {
    /// Characters of a detail: names and values of one defect; a hostile mail may have names without end.
    const MAX_DETAIL: usize = 600;
    Reason {
        code: code.to_owned(),
        detail: detail.to_string().chars().take(MAX_DETAIL).collect(),
    }
}
