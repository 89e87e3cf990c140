//! Weighs a mail that was judged: every reason against it, or the requests in it with their checks.

use super::super::checks;
use super::super::desk::{Desk, Trouble};
use super::super::reply::Known;
use super::{Inbox, reason};
use crate::domain::check::Check;
use crate::domain::officer::Role;
use crate::domain::{CardState, Delivery, Officer, Request, Stage};
use crate::ports::store::{Case, MailRow, Reason};
use crate::scan::{ProblemCode, Reading, file};
use crate::seal::KeyOwner;
use crate::smime::{self, Judgement, VerifiedMail};

/// What a mail is worth.
pub(super) enum Weighed {
    Good(Box<VerifiedMail>, Box<Officer>, Vec<NewRequest>),
    Wait(Vec<Reason>),
    /// With the enrolled RIO whose signature counts, where there is one: only then the sender is told.
    Bad(Option<(Box<Officer>, Known)>, Vec<Reason>),
}

/// A request that a mail brings, checked.
pub(super) struct NewRequest {
    pub request: Request,
    pub reading: Reading,
    pub checks: Vec<Check>,
    pub draft: Option<Case>,
}

/// Every reason against the mail, or the requests in it.
pub(super) fn weigh(
    desk: &Desk,
    inbox: &Inbox,
    row: &MailRow,
    judgement: Judgement,
) -> Result<Weighed, Trouble> {
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
            let known = rio.map(|rio| (rio, Known::default()));
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
        let subject = verified.signed_subject().unwrap_or_default().to_owned();
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
        // Who has what was signed can send it again under any header.
        let known = Some((rio, Known::default()));
        return Ok(Weighed::Bad(known, vec![reason("seen_before", why)]));
    }
    let mut reasons: Vec<Reason> = verified
        .problems()
        .iter()
        .map(|p| reason(p.code.as_str(), &p.detail))
        .collect();
    let labels: Vec<_> = verified.attachments().iter().map(|a| (a.label(), a)).collect();
    let papers: Vec<_> = labels
        .iter()
        .filter(|(_, a)| a.kind().is_scan() && file::looks_like_a_scan(a.bytes()))
        .map(|(label, a)| (label.as_str(), a.bytes()))
        .collect();
    if papers.is_empty() {
        let why = "no PDF or picture is attached inside the signed part";
        reasons.push(reason("no_scan", why));
        return Ok(Weighed::Bad(known(), reasons));
    }
    let scan = inbox.reader.read_files(&papers);
    reasons.extend(
        scan.unreadable
            .iter()
            .map(|(file, why)| reason("scan_unreadable", format!("{file}: {why}"))),
    );
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
        // A cover sheet beside papers that are complete is no reason to send them back; an officer looks at it.
        .filter(|p| !(reading.complete() && p.code == ProblemCode::PageUnread))
        .map(|p| reason(p.code.as_str(), &p.detail))
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
    if request.data.delivery == Delivery::InPerson {
        reasons.push(reason(
            "walk_in",
            format!("the papers of {id} are of a walk-in: only the LRAO's own desk takes them"),
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
    let checks = checks::of_mail(desk, rio, verified, &reading, &request, draft.as_ref())?;
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
