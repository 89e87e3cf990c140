//! Records what became of a mail: requests in review, a mail that waits, or one set aside, its sender told.

use super::super::desk::{Desk, Trouble};
use super::super::evidence::{self, Judge};
use super::super::reply::{self, Known};
use super::weigh::{NewRequest, Weighed};
use super::{Inbox, Outcome, Taken, automatic, place_of, reason};
use crate::domain::{Act, CardState, CardStep, Officer, Stage, Step};
use crate::journal::{Action, Actor, Draft};
use crate::pki::signature::sha256;
use crate::ports::mail::{FoundMail, MailError, MailSource, Settled};
use crate::ports::store::{
    Case, MailOutcome, MailRow, NoReply, Reason, StoreError, UNREAD, UnreadRow, Write,
};
use crate::seal::KeyOwner;
use crate::smime::VerifiedMail;
use jiff::SignedDuration;

/// Reasons that are kept of one mail: one with a hundred attachments has a few on each at most.
const MAX_REASONS: usize = 200;
/// The time over which replies to one RIO are counted.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Records what became of a mail; `also` goes with it in one transaction.
pub(super) fn record(
    desk: &Desk,
    inbox: &Inbox,
    row: MailRow,
    raw: &[u8],
    weighed: Weighed,
    also: Vec<Draft>,
) -> Result<MailRow, Trouble> {
    match weighed {
        Weighed::Good(verified, rio, requests) => {
            receive(desk, inbox.judge, row, raw, &verified, &rio, requests, also)
        }
        Weighed::Wait(reasons) => hold(desk, row, reasons, also),
        Weighed::Bad(known, reasons) => quarantine(desk, inbox, row, raw, known, reasons, also),
    }
}

/// The new requests in review, with all that is known of them, in one transaction with the mail's outcome.
#[expect(
    clippy::too_many_arguments,
    reason = "one transaction, whose parts come from different hands"
)]
fn receive(
    desk: &Desk,
    judge: &Judge,
    mut row: MailRow,
    raw: &[u8],
    verified: &VerifiedMail,
    rio: &Officer,
    requests: Vec<NewRequest>,
    also: Vec<Draft>,
) -> Result<MailRow, Trouble> {
    let now = desk.now();
    let act = Act { by: &rio.id, at: now };
    let mut writes = vec![];
    let (lists, rules) = (judge.revocation_lists(), judge.rules().to_document());
    let mut entries = also;
    entries.push(
        desk.entry(Actor::Siegelpost, Action::MailReceived)
            .message(row.sha256)
            .officer(rio.id.clone()),
    );
    for NewRequest {
        request,
        reading,
        checks,
        draft,
    } in requests
    {
        let id = request.request_id;
        let owner = KeyOwner::Request(id);
        let (key, is_new) = match &draft {
            Some(_) => (desk.key(owner)?, false),
            None => {
                let (key, write) = desk.new_key(owner);
                writes.push(write);
                (key, true)
            }
        };
        let mut case = draft.unwrap_or_else(|| Case {
            request_id: id,
            stage: Stage::Drafted { by: rio.id.clone() },
            card: request.data.card_serial,
            site: request.data.site.clone(),
            digest: request.digest(),
            created: now,
            since: now,
            version: 0,
        });
        for step in [Step::Receive { mail: row.sha256 }, Step::Read, Step::Review] {
            case.stage = case.stage.take(step, &act)?;
        }
        case.since = now;
        let mut card = desk.card(case.card)?;
        if matches!(card.state, CardState::Delivered { .. }) {
            card.state = card.state.take(CardStep::Reserve { request: id }, card.serial)?;
            writes.push(Write::Card(card));
        }
        let reading = serde_json::to_vec(&reading).expect("a reading is plain data");
        let checks = serde_json::to_vec(&checks).expect("checks are plain data");
        let data = serde_json::to_vec(&request).expect("a request is plain data");
        let mut entry = desk
            .entry_of(&rio.id, Action::RequestReceived, id)
            .card(case.card)
            .message(row.sha256);
        let mut documents = vec![
            ("mail", raw, false),
            ("request", &data[..], is_new),
            ("reading", &reading[..], true),
            ("checks", &checks[..], true),
            (evidence::REVOCATION, &lists[..], true),
            (evidence::RULES, &rules[..], true),
        ];
        // The key that opened it may be gone when the case is to be proven.
        documents.extend(
            verified
                .opened()
                .map(|opened| (evidence::MAIL_OPENED, opened, true)),
        );
        for (name, bytes, keep) in documents {
            let (commitment, salt) = desk.commit_to(&key, owner, name, bytes);
            entry = entry.commits(name, commitment);
            writes.push(salt);
            if keep {
                writes.push(desk.document(&key, owner, name, bytes));
            }
        }
        let tokens = desk.search_key.person_tokens(&request.data.person.identity());
        let tokens = tokens.iter().map(ToString::to_string).collect();
        writes.push(Write::Tokens(id, tokens));
        writes.push(if is_new {
            Write::NewCase(case)
        } else {
            Write::Case(case)
        });
        entries.push(entry);
        row.request_ids.push(id);
    }
    row.outcome = MailOutcome::Received;
    row.signer = Some(verified.signer().fingerprint());
    row.content = Some(verified.content_sha256());
    row.reasons = vec![];
    row.no_reply = None;
    writes.push(Write::Mail(row.clone()));
    match desk.store.commit(now, writes, entries) {
        // Somebody else was faster with this card: the mail is judged anew by the next run, and says so then.
        Err(e @ (StoreError::CardTaken(_) | StoreError::Conflict { .. })) => Err(e.into()),
        done => Ok(done.map(|()| row)?),
    }
}

/// Waits where it is: the next run judges it again.
fn hold(desk: &Desk, mut row: MailRow, reasons: Vec<Reason>, also: Vec<Draft>) -> Result<MailRow, Trouble> {
    let is_news = row.outcome != MailOutcome::Held || row.reasons != reasons || !also.is_empty();
    row.outcome = MailOutcome::Held;
    row.reasons = reasons;
    if is_news {
        let entry = desk
            .entry(Actor::Siegelpost, Action::MailHeld)
            .message(row.sha256);
        let entry = with_reasons(entry, &row.reasons);
        let entries = also.into_iter().chain([entry]).collect();
        desk.store
            .commit(desk.now(), vec![Write::Mail(row.clone())], entries)?;
    }
    Ok(row)
}

/// Sets the mail aside with every reason, and tells a RIO whose signature counts.
fn quarantine(
    desk: &Desk,
    inbox: &Inbox,
    mut row: MailRow,
    raw: &[u8],
    known: Option<(Box<Officer>, Known)>,
    mut reasons: Vec<Reason>,
    also: Vec<Draft>,
) -> Result<MailRow, Trouble> {
    if reasons.len() > MAX_REASONS {
        let more = reasons.len() - MAX_REASONS;
        reasons.truncate(MAX_REASONS);
        reasons.push(reason("more_reasons", format!("and {more} more")));
    }
    row.outcome = MailOutcome::Quarantined;
    row.reasons = reasons;
    let entry = desk
        .entry(Actor::Siegelpost, Action::MailQuarantined)
        .message(row.sha256);
    let mut entry = with_reasons(entry, &row.reasons);
    if let Some((rio, _)) = &known {
        entry = entry.officer(rio.id.clone());
    }
    let mut writes = vec![];
    if !row.replied {
        row.no_reply = why_no_reply(desk, raw, known.as_ref().map(|(rio, _)| &**rio))?;
        if let (None, Some((rio, known))) = (row.no_reply, &known) {
            writes.extend(reply::defects(desk, inbox.sender, &row, known, rio)?);
            writes.push(Write::Reply {
                mail: row.sha256,
                officer: rio.id.clone(),
            });
            row.replied = true;
        }
    }
    writes.push(Write::Mail(row.clone()));
    let entries = also.into_iter().chain([entry]).collect();
    desk.store.commit(desk.now(), writes, entries)?;
    Ok(row)
}

/// Whether somebody is told of a refused mail: never a stranger, never a program, and nobody without end.
fn why_no_reply(desk: &Desk, raw: &[u8], rio: Option<&Officer>) -> Result<Option<NoReply>, Trouble> {
    let Some(rio) = rio else {
        return Ok(Some(NoReply::Stranger));
    };
    let is_ourselves = rio.mail.eq_ignore_ascii_case(&desk.settings.office.mail);
    if is_ourselves || automatic::is_automatic(raw) {
        return Ok(Some(NoReply::Automatic));
    }
    let sent = desk.store.replies_since(&rio.id, desk.now() - HOUR)?;
    Ok((sent >= desk.settings.replies_per_hour).then_some(NoReply::RateLimited))
}

/// A mail over the limit is not read; it is moved aside, with a journal entry and a row for the lists, and stays there for a person.
/// Whose it is nobody knows, so nobody is told. The journal names its place by a hash: a file's name may be a person's.
pub(super) fn refuse_unread(
    desk: &Desk,
    source: &dyn MailSource,
    mail: &FoundMail,
    size: u64,
    why: &MailError,
) -> Result<Taken, Trouble> {
    /// A server says what it likes; the journal's numbers end at 2^53.
    const MOST: u64 = 1 << 52;
    let reason = reason("too_large", why);
    let source_key = place_of(source, mail);
    let entry = desk
        .entry(Actor::Siegelpost, Action::MailQuarantined)
        .fact("source", source.name())
        .fact("place_sha256", sha256(source_key.as_bytes()).to_string())
        .fact("size", size.min(MOST) as i64)
        .fact("reason_1", reason.code.as_str());
    let row = UnreadRow {
        source_key: source_key.clone(),
        source: source.name().to_owned(),
        message: mail.key.clone(),
        size,
        reason: reason.clone(),
        found: desk.now(),
    };
    let place = Write::MailPlace {
        source_key,
        sha256: UNREAD,
    };
    desk.store
        .commit(desk.now(), vec![place, Write::Unread(row)], vec![entry])?;
    source.settle(mail, Settled::Rejected)?;
    Ok(Taken {
        source: source.name().to_owned(),
        message: mail.key.clone(),
        sha256: None,
        outcome: Outcome::Quarantined,
        request_ids: vec![],
        reasons: vec![reason],
    })
}

/// Codes only: details may hold names, which the journal must not.
pub(super) fn with_reasons(mut entry: Draft, reasons: &[Reason]) -> Draft {
    const SHOWN: usize = 20;
    for (n, reason) in reasons.iter().take(SHOWN).enumerate() {
        entry = entry.fact(&format!("reason_{}", n + 1), reason.code.as_str());
    }
    entry
}
