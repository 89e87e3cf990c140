//! Intake: the officer's mail is kept, judged, read and checked; it becomes a request in review, or is set aside with every
//! reason found.

mod checks;

use super::desk::{Desk, Trouble};
use super::evidence::{self, Judge};
use super::outbox::Sender;
use super::reply::{self, Known};
use crate::domain::check::Check;
use crate::domain::officer::Role;
use crate::domain::{Act, CardState, CardStep, Officer, Request, RequestId, Sha256, Stage, Step};
use crate::journal::{Action, Actor};
use crate::pki::signature::sha256;
use crate::ports::Waypoint;
use crate::ports::mail::{FoundMail, MailError, MailSource, Settled};
use crate::ports::store::{Case, MailOutcome, MailRow, Reason, StoreError, Write};
use crate::scan::{ProblemCode, Rasterise, Reader, Reading, file};
use crate::seal::KeyOwner;
use crate::smime::{self, Judgement, VerifiedMail};
use serde::Serialize;

/// What the intake needs besides the desk.
pub struct Inbox<'a> {
    pub judge: &'a Judge<'a>,
    pub rasterise: &'a dyn Rasterise,
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

/// Takes in one mail: keep, judge, read, check, record, and only then move it.
pub fn take_in(
    desk: &Desk,
    inbox: &Inbox,
    source: &dyn MailSource,
    mail: &FoundMail,
) -> Result<Taken, Trouble> {
    let raw = match source.fetch(mail, desk.settings.max_mail_bytes) {
        Err(e @ MailError::TooLarge { .. }) => return refuse_unread(desk, source, mail, &e),
        raw => raw?,
    };
    let row = match keep(desk, source, mail, &raw)? {
        Kept::Known(row) => {
            settle(source, mail, row.outcome)?;
            let taken = report(source, mail, &row);
            // Found where it was: a run was cut off between the record and the move, and nobody has heard of the mail yet.
            let is_alias = source_key(source, mail) != key_of(&row);
            return Ok(if is_alias {
                Taken {
                    outcome: Outcome::Alias,
                    ..taken
                }
            } else {
                taken
            });
        }
        Kept::ToJudge(row) => row,
    };
    desk.pass(Waypoint::IntakeMailStored)?;
    let judgement = inbox.judge.judge(&raw, desk.now());
    desk.pass(Waypoint::IntakeJudged)?;
    let row = match weigh(desk, inbox, &row, judgement)? {
        Weighed::Good(verified, rio, requests) => {
            record(desk, inbox.judge, row, &raw, &verified, &rio, requests)?
        }
        Weighed::Wait(reasons) => hold(desk, row, reasons)?,
        Weighed::Bad(known, reasons) => quarantine(desk, inbox, row, known, reasons)?,
    };
    desk.pass(Waypoint::IntakeCommitted)?;
    settle(source, mail, row.outcome)?;
    desk.pass(Waypoint::IntakeSettled)?;
    Ok(report(source, mail, &row))
}

enum Kept {
    /// These bytes were taken in before.
    Known(MailRow),
    ToJudge(MailRow),
}

/// Keeps the original byte for byte before anything is thought about it. The same bytes are never kept twice.
fn keep(desk: &Desk, source: &dyn MailSource, mail: &FoundMail, raw: &[u8]) -> Result<Kept, Trouble> {
    let sha256 = sha256(raw);
    if let Some(row) = desk.store.mail(sha256)? {
        // One that waits is judged anew; one that was cut off is judged now.
        if matches!(row.outcome, MailOutcome::Stored | MailOutcome::Held) {
            return Ok(Kept::ToJudge(row));
        }
        let source_key = source_key(source, mail);
        if source_key != key_of(&row) {
            let entry = desk.entry(Actor::Siegelpost, Action::MailAlias).message(sha256);
            desk.store.commit(
                desk.now(),
                vec![Write::MailAlias { source_key, sha256 }],
                vec![entry],
            )?;
        }
        return Ok(Kept::Known(row));
    }
    let owner = KeyOwner::Message(sha256);
    let (key, new_key) = desk.new_key(owner);
    let blob = desk.blobs.put(&key.encrypt("mail", raw, &mut desk.entropy()))?;
    desk.pass(Waypoint::IntakeBlobStored)?;
    let now = desk.now();
    let row = MailRow {
        sha256,
        source: source.name().to_owned(),
        message: mail.key.clone(),
        outcome: MailOutcome::Stored,
        reasons: vec![],
        request_ids: vec![],
        signer: None,
        content: None,
        blob,
        arrived: now,
        replied: false,
    };
    desk.store
        .commit(now, vec![Write::NewMail(row.clone()), new_key], vec![])?;
    Ok(Kept::ToJudge(row))
}

/// What names a place where a mail lies.
fn source_key(source: &dyn MailSource, mail: &FoundMail) -> String {
    format!("{}/{}", source.name(), mail.key)
}

/// The place where a mail was first found.
fn key_of(row: &MailRow) -> String {
    format!("{}/{}", row.source, row.message)
}

enum Weighed {
    Good(Box<VerifiedMail>, Box<Officer>, Vec<NewRequest>),
    Wait(Vec<Reason>),
    /// With the enrolled RIO whose signature counts, where there is one: only then the sender is told.
    Bad(Option<(Box<Officer>, Known)>, Vec<Reason>),
}

/// A request that a mail brings, checked.
struct NewRequest {
    request: Request,
    reading: Reading,
    checks: Vec<Check>,
    draft: Option<Case>,
}

/// Every reason against the mail, or the requests in it.
fn weigh(desk: &Desk, inbox: &Inbox, row: &MailRow, judgement: Judgement) -> Result<Weighed, Trouble> {
    let hold = judgement.verdict() == smime::Verdict::Hold;
    let rio = match judgement.proven_signer() {
        Some(signer) => desk.store.officer_of_certificate(signer.fingerprint())?,
        None => None,
    };
    let rio = rio.filter(|officer| officer.may_act_as(Role::Rio)).map(Box::new);
    let verified = match judgement.into_verified() {
        Ok(verified) => Box::new(verified),
        Err(reasons) => {
            let reasons = reasons
                .iter()
                .map(|r| reason(r.code.as_str(), &r.detail))
                .collect();
            // Subject and Message-ID of such a mail are anybody's: the reply goes without them.
            let known = rio.map(|rio| {
                (
                    rio,
                    Known {
                        subject: String::new(),
                        message_id: None,
                    },
                )
            });
            return Ok(if hold {
                Weighed::Wait(reasons)
            } else {
                Weighed::Bad(known, reasons)
            });
        }
    };
    let Some(rio) = rio else {
        let why = format!(
            "{} is not enrolled as a RIO of this office",
            verified.signer().subject()
        );
        return Ok(Weighed::Bad(None, vec![reason("signer_not_enrolled", why)]));
    };
    let known = || {
        let subject = verified.subject().unwrap_or_default().to_owned();
        Some((
            rio.clone(),
            Known {
                subject,
                message_id: verified.message_id().map(str::to_owned),
            },
        ))
    };
    let signer = verified.signer().fingerprint();
    if let Some(seen) = desk.store.mail_of_content(signer, verified.content_sha256())?
        && seen.sha256 != row.sha256
    {
        let why = format!(
            "what was signed here came in on {} already, in mail {}",
            seen.arrived, seen.sha256
        );
        return Ok(Weighed::Bad(known(), vec![reason("seen_before", why)]));
    }
    let papers: Vec<_> = verified
        .attachments()
        .iter()
        .filter(|a| file::looks_like_a_scan(a.bytes()))
        .map(|a| (a.name().unwrap_or("scan"), a.bytes()))
        .collect();
    if papers.is_empty() {
        let why = "no PDF or picture is attached inside the signed part";
        return Ok(Weighed::Bad(known(), vec![reason("no_scan", why)]));
    }
    let scan = Reader::new(inbox.rasterise).read_files(&papers);
    let mut reasons: Vec<Reason> = scan
        .unreadable
        .iter()
        .map(|(file, why)| reason("scan_unreadable", format!("{file}: {why}")))
        .collect();
    let mut requests = vec![];
    for reading in scan.readings {
        match weigh_reading(desk, &rio, &verified, reading)? {
            Ok(new) => {
                reasons.extend(twice_in_one_mail(&requests, &new.request));
                requests.push(new);
            }
            Err(more) => reasons.extend(more),
        }
    }
    if !reasons.is_empty() {
        return Ok(Weighed::Bad(known(), reasons));
    }
    Ok(Weighed::Good(verified, rio, requests))
}

/// Two requests of one mail must not be one, nor share a card: neither is in the store yet, where this is seen otherwise.
fn twice_in_one_mail(before: &[NewRequest], new: &Request) -> Option<Reason> {
    let serial = new.data.card_serial;
    before
        .iter()
        .map(|b| &b.request)
        .find(|b| b.request_id == new.request_id || b.data.card_serial == serial)
        .map(|other| {
            reason(
                "card_taken",
                format!(
                    "card {} serves request {} in the same mail",
                    serial.grouped(),
                    other.request_id
                ),
            )
        })
}

/// What the papers of one request must be before an officer looks at them.
fn weigh_reading(
    desk: &Desk,
    rio: &Officer,
    verified: &VerifiedMail,
    reading: Reading,
) -> Result<Result<NewRequest, Vec<Reason>>, Trouble> {
    let problems: Vec<Reason> = reading
        .problems()
        .iter()
        .filter(|p| !p.code.asks_for_eyes_only())
        .map(|p| reason(&code_name(p.code), &p.detail))
        .collect();
    let Some(id) = reading.request_id() else {
        let none = || vec![reason("no_request", "no page of the scan names a request")];
        return Ok(Err(if problems.is_empty() { none() } else { problems }));
    };
    if !problems.is_empty() || !reading.complete() {
        return Ok(Err(problems));
    }
    let draft = desk.store.case(id)?;
    // Before its private data are asked for: those of a request that is over may be destroyed.
    if let Some(case) = &draft
        && !matches!(case.stage, Stage::Drafted { .. })
    {
        let why = format!(
            "request {id} is {} already; a correction needs a new request",
            case.stage.name()
        );
        return Ok(Err(vec![reason("request_already_received", why)]));
    }
    let on_file: Option<Request> = match &draft {
        Some(_) => {
            let owner = KeyOwner::Request(id);
            Some(desk.read_json(&desk.key(owner)?, owner, "request")?)
        }
        None => None,
    };
    let Some(request) = reading.signed_request().or_else(|| on_file.clone()) else {
        return Ok(Err(vec![reason(
            "data_unread",
            "the data code cannot be read, and the office has no draft of the request",
        )]));
    };
    let mut reasons = vec![];
    if Some(request.digest()) != reading.digest() || on_file.as_ref().is_some_and(|f| *f != request) {
        reasons.push(reason(
            "differs_from_draft",
            format!("the papers of {id} say something else than the request on file: print them anew"),
        ));
    }
    if Some(request.data.card_serial) != reading.card_serial() {
        reasons.push(reason(
            "serial_differs",
            "the card serial in the codes is not the one in the request data",
        ));
    }
    reasons.extend(card_objections(desk, rio, &request)?);
    if !rio.sites.contains(&request.data.site) {
        let why = format!("{} is not enrolled at site {}", rio.id, request.data.site);
        reasons.push(reason("rio_of_other_site", why));
    }
    if !reasons.is_empty() {
        return Ok(Err(reasons));
    }
    let checks = checks::run(desk, rio, verified, &reading, &request, draft.as_ref())?;
    Ok(Ok(NewRequest {
        request,
        reading,
        checks,
        draft,
    }))
}

/// The card must lie at the RIO's site and be free for this request.
fn card_objections(desk: &Desk, rio: &Officer, request: &Request) -> Result<Vec<Reason>, Trouble> {
    let serial = request.data.card_serial;
    let Some(card) = desk.store.card(serial)? else {
        return Ok(vec![reason(
            "card_unknown",
            format!("card {} is not in the stock", serial.grouped()),
        )]);
    };
    Ok(match &card.state {
        CardState::Delivered { site } | CardState::Reserved { site, .. } if !rio.sites.contains(site) => {
            vec![reason(
                "card_of_other_site",
                format!(
                    "card {} was delivered to site {site}, where {} is not enrolled",
                    serial.grouped(),
                    rio.id
                ),
            )]
        }
        CardState::Reserved { request: other, .. } if *other != request.request_id => {
            vec![reason(
                "card_taken",
                format!("card {} serves request {other}", serial.grouped()),
            )]
        }
        CardState::Delivered { .. } | CardState::Reserved { .. } => vec![],
        state => vec![reason(
            "card_not_free",
            format!("card {} is {}", serial.grouped(), state.name()),
        )],
    })
}

/// The new requests in review, with all that is known of them, in one transaction with the mail's outcome.
fn record(
    desk: &Desk,
    judge: &Judge,
    mut row: MailRow,
    raw: &[u8],
    verified: &VerifiedMail,
    rio: &Officer,
    requests: Vec<NewRequest>,
) -> Result<MailRow, Trouble> {
    let now = desk.now();
    let act = Act { by: &rio.id, at: now };
    let mut writes = vec![];
    let lists = judge.revocation_lists();
    let mut entries = vec![
        desk.entry(Actor::Siegelpost, Action::MailReceived)
            .message(row.sha256)
            .officer(rio.id.clone()),
    ];
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
        for (name, bytes, keep) in [
            ("mail", raw, false),
            ("request", &data[..], is_new),
            ("reading", &reading[..], true),
            ("checks", &checks[..], true),
            (evidence::REVOCATION, &lists[..], true),
        ] {
            let (commitment, salt) = desk.commit_to(&key, owner, name, bytes);
            entry = entry.commits(name, commitment);
            writes.push(salt);
            if keep {
                writes.push(desk.document(&key, owner, name, bytes));
            }
        }
        let tokens = desk.search_key.person_tokens(&request.data.person.identity());
        let tokens = tokens
            .into_iter()
            .chain(desk.search_key.name_tokens(&request.data.person.identity()));
        writes.push(Write::Tokens(id, tokens.map(|t| t.to_string()).collect()));
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
    writes.push(Write::Mail(row.clone()));
    match desk.store.commit(now, writes, entries) {
        // Somebody else was faster with this card: the mail is judged anew by the next run, and says so then.
        Err(e @ (StoreError::CardTaken(_) | StoreError::Conflict { .. })) => Err(e.into()),
        done => Ok(done.map(|()| row)?),
    }
}

/// Waits where it is: the next run judges it again.
fn hold(desk: &Desk, mut row: MailRow, reasons: Vec<Reason>) -> Result<MailRow, Trouble> {
    let is_news = row.outcome != MailOutcome::Held || row.reasons != reasons;
    row.outcome = MailOutcome::Held;
    row.reasons = reasons;
    if is_news {
        let entry = with_reasons(
            desk.entry(Actor::Siegelpost, Action::MailHeld)
                .message(row.sha256),
            &row.reasons,
        );
        desk.store
            .commit(desk.now(), vec![Write::Mail(row.clone())], vec![entry])?;
    }
    Ok(row)
}

/// Sets the mail aside with every reason, and tells a RIO whose signature counts.
fn quarantine(
    desk: &Desk,
    inbox: &Inbox,
    mut row: MailRow,
    known: Option<(Box<Officer>, Known)>,
    reasons: Vec<Reason>,
) -> Result<MailRow, Trouble> {
    row.outcome = MailOutcome::Quarantined;
    row.reasons = reasons;
    let mut writes = vec![];
    let entry = desk
        .entry(Actor::Siegelpost, Action::MailQuarantined)
        .message(row.sha256);
    let mut entry = with_reasons(entry, &row.reasons);
    if let Some((rio, known)) = known
        && !row.replied
    {
        writes.extend(reply::defects(desk, inbox.sender, &row, &known, &rio)?);
        row.replied = true;
        entry = entry.officer(rio.id.clone());
    }
    writes.push(Write::Mail(row.clone()));
    desk.store.commit(desk.now(), writes, vec![entry])?;
    Ok(row)
}

/// A mail over the limit is not read; it is moved aside with a journal entry, and stays there for a person.
fn refuse_unread(
    desk: &Desk,
    source: &dyn MailSource,
    mail: &FoundMail,
    why: &MailError,
) -> Result<Taken, Trouble> {
    let reasons = vec![reason("too_large", why)];
    let entry = desk
        .entry(Actor::Siegelpost, Action::MailQuarantined)
        .fact("source", source.name())
        .fact("reason_1", "too_large");
    desk.store.commit(desk.now(), vec![], vec![entry])?;
    source.settle(mail, Settled::Rejected)?;
    Ok(Taken {
        source: source.name().to_owned(),
        message: mail.key.clone(),
        sha256: None,
        outcome: Outcome::Quarantined,
        request_ids: vec![],
        reasons,
    })
}

fn settle(source: &dyn MailSource, mail: &FoundMail, outcome: MailOutcome) -> Result<(), Trouble> {
    match outcome {
        MailOutcome::Received => source.settle(mail, Settled::Processed)?,
        MailOutcome::Quarantined => source.settle(mail, Settled::Rejected)?,
        MailOutcome::Stored | MailOutcome::Held => {}
    }
    Ok(())
}

fn report(source: &dyn MailSource, mail: &FoundMail, row: &MailRow) -> Taken {
    Taken {
        source: source.name().to_owned(),
        message: mail.key.clone(),
        sha256: Some(row.sha256),
        outcome: match row.outcome {
            MailOutcome::Received => Outcome::Received,
            MailOutcome::Quarantined => Outcome::Quarantined,
            MailOutcome::Held | MailOutcome::Stored => Outcome::Held,
        },
        request_ids: row.request_ids.clone(),
        reasons: row.reasons.clone(),
    }
}

fn reason(code: &str, detail: impl ToString) -> Reason {
    Reason {
        code: code.to_owned(),
        detail: detail.to_string(),
    }
}

fn code_name(code: ProblemCode) -> String {
    serde_json::to_value(code)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Codes only: details may hold names, which the journal must not.
fn with_reasons(mut entry: crate::journal::Draft, reasons: &[Reason]) -> crate::journal::Draft {
    const SHOWN: usize = 20;
    for (n, reason) in reasons.iter().take(SHOWN).enumerate() {
        entry = entry.fact(&format!("reason_{}", n + 1), reason.code.as_str());
    }
    entry
}
