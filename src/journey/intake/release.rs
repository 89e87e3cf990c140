//! What an officer does with a mail in quarantine: look at it, take it up again, or give it up.

use super::super::desk::{Desk, Trouble};
use super::super::evidence;
use super::record::{record, with_reasons};
use super::weigh::{Weighed, weigh};
use super::{Inbox, Taken, of_row};
use crate::domain::officer::Role;
use crate::domain::{OfficerId, Sha256};
use crate::journal::{Action, Actor};
use crate::ports::store::{MailOutcome, MailRow, Write};

/// Takes a mail out of quarantine, when nothing stands against it any more: it is judged anew, as it is now, by the rules, the
/// roster, the stock and the trust of now. No reason can be overridden: each is mended where it lies (an officer is enrolled, a
/// revocation list renewed, a card delivered, a rule of the configuration changed), or by the sender with a new mail. A mail that
/// came in before stays refused: its signed bytes count once.
///
/// The answer says what still stands against it; the sender is not told a second time.
pub fn release(
    desk: &Desk,
    inbox: &Inbox,
    sha256: Sha256,
    why: &str,
    by: &OfficerId,
) -> Result<Taken, Trouble> {
    desk.officer(by, Role::Lrao)?;
    let mut row = in_quarantine(desk, sha256)?;
    let raw = evidence::raw_mail(desk, sha256)?;
    let judgement = inbox.judge.judge_arrival(&raw, desk.now(), row.arrived);
    let entry = |outcome: &str| {
        desk.entry(Actor::Officer(by.clone()), Action::MailReleased)
            .message(sha256)
            .fact("reason", why)
            .fact("outcome", outcome)
    };
    let row = match weigh(desk, inbox, &row, judgement)? {
        Weighed::Bad(_, reasons) => {
            row.reasons = reasons;
            let entry = with_reasons(entry("refused"), &row.reasons);
            desk.store
                .commit(desk.now(), vec![Write::Mail(row.clone())], vec![entry])?;
            row
        }
        weighed => record(desk, inbox, row, &raw, weighed, vec![entry("taken up")])?,
    };
    Ok(of_row(&row))
}

/// Gives a mail up: it stays kept, and is shown as quarantined no more.
pub fn discard(desk: &Desk, sha256: Sha256, why: &str, by: &OfficerId) -> Result<(), Trouble> {
    desk.officer(by, Role::Lrao)?;
    let mut row = in_quarantine(desk, sha256)?;
    row.outcome = MailOutcome::Discarded;
    let entry = desk
        .entry(Actor::Officer(by.clone()), Action::MailDiscarded)
        .message(sha256)
        .fact("reason", why);
    Ok(desk
        .store
        .commit(desk.now(), vec![Write::Mail(row)], vec![entry])?)
}

/// A mail and its bytes as they came.
pub fn original(desk: &Desk, sha256: Sha256) -> Result<(MailRow, Vec<u8>), Trouble> {
    let row = row(desk, sha256)?;
    Ok((row, evidence::raw_mail(desk, sha256)?))
}

fn row(desk: &Desk, sha256: Sha256) -> Result<MailRow, Trouble> {
    desk.store.mail(sha256)?.ok_or_else(|| Trouble::Unknown {
        what: format!("mail {sha256}"),
        advice: "siegelpost inbox list shows all mails with their SHA-256",
    })
}

fn in_quarantine(desk: &Desk, sha256: Sha256) -> Result<MailRow, Trouble> {
    let row = row(desk, sha256)?;
    if row.outcome == MailOutcome::Quarantined {
        return Ok(row);
    }
    Err(Trouble::refused(
        "not_quarantined",
        format!(
            "mail {sha256} is {}: only a mail in quarantine can be released or discarded",
            row.outcome.name()
        ),
    ))
}
