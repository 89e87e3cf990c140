//! Revoke: all certificates of a card end, the card with them, and the CRL says so.

use super::desk::{Desk, IssuingCa, Trouble};
use super::outbox::{self, Sender};
use crate::domain::officer::{Ending, Role};
use crate::domain::ticket::VoidReason;
use crate::domain::{Act, CardState, CardStep, OfficerId, Request, RequestId, Stage, Step, TicketState};
use crate::journal::{Action, Actor};
use crate::paper::LetterId;
use crate::pki::profile::{self, RevokedCertificate};
use crate::pki::signature::sha256;
use crate::pki::{Crl, RevocationReason, Serial};
use crate::ports::store::{LetterState, Revocation, Write};
use crate::seal::{KeyOwner, SlotNumber};
use jiff::SignedDuration;

/// How long a CRL says that it is good: a week, as the CA behind class B publishes daily and tolerates an absence.
const CRL_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Revokes every certificate of the request's card, gives its eTickets up, and tells the holder; the list is to be published next.
/// Returns how many certificates are revoked. A run that was cut off before the list was out is done again: what it recorded stands,
/// with its reason and its requester.
pub fn revoke(
    desk: &Desk,
    sender: &Sender,
    id: RequestId,
    reason: RevocationReason,
    requester: &str,
    by: &OfficerId,
) -> Result<usize, Trouble> {
    desk.officer(by, Role::Lrao)?;
    let mut case = desk.case(id)?;
    let mut card = desk.card(case.card)?;
    if card.state == (CardState::Revoked { request: id }) {
        let rows = desk.store.certificates(id)?;
        return Ok(rows.iter().filter(|row| row.revoked.is_some()).count());
    }
    let now = desk.now();
    card.state = card.state.take(CardStep::Revoke, card.serial)?;
    let mut writes = vec![];
    // A card that was never opened takes its request along, and the letter that is under way: no batch waits for it.
    if !case.stage.is_end() {
        if let Stage::LetterReady { slot, .. } | Stage::Dispatched { slot, .. } = case.stage
            && let Some(letter) = LetterId::new(id, slot)
            && let Some(mut row) = desk.store.letter(&letter.to_string())?
        {
            row.state = LetterState::Void;
            writes.push(Write::Letter(row));
        }
        case.stage = case.stage.take(Step::Withdraw, &Act { by, at: now })?;
        case.since = now;
        writes.push(Write::Case(case.clone()));
    }
    for state in &mut card.tickets {
        if matches!(
            state,
            TicketState::Created | TicketState::Live { .. } | TicketState::Locked { .. }
        ) {
            *state = state.void(now, VoidReason::Withdrawn)?;
        }
    }
    if let Some(sealed) = &mut card.sealed {
        SlotNumber::ALL
            .into_iter()
            .for_each(|n| sealed.slot_mut(n).destroy());
    }
    writes.push(Write::Card(card));
    let mut count = 0;
    for mut row in desk.store.certificates(id)? {
        if row.revoked.is_none() {
            row.revoked = Some(Revocation { at: now, reason });
            writes.push(Write::Certificate(row));
            count += 1;
        }
    }
    let owner = KeyOwner::Request(id);
    let key = desk.key(owner)?;
    let request: Request = desk.read_json(&key, owner, "request")?;
    writes.extend(outbox::notice(
        desk,
        sender,
        &key,
        &request,
        "notice-revoked",
        now,
    )?);
    let entry = desk
        .entry_of(by, Action::CertificatesRevoked, id)
        .card(case.card)
        .fact("reason", reason.name())
        .fact("requester", requester)
        .fact("certificates", count as i64);
    desk.store.commit(now, writes, vec![entry])?;
    Ok(count)
}

/// Signs a new CRL over all that was revoked: holders' certificates, and those of officers that ended. Its number is beyond the
/// journal's end, so it only grows, as long as no two are signed at once: the caller sees to that. The journal keeps the hash of the
/// list before anybody has it.
pub fn make_crl(desk: &Desk, ca: &IssuingCa, by: Option<&OfficerId>) -> Result<Crl, Trouble> {
    let now = desk.now();
    let holders = desk
        .store
        .all_certificates()?
        .into_iter()
        .filter_map(|row| Some((row.revoked?, row.serial)))
        .map(|(revocation, serial)| (serial, revocation.at, revocation.reason));
    let officers = desk.store.officers()?;
    let officers = officers
        .into_iter()
        .flat_map(|officer| officer.ended)
        .map(|ended| {
            let reason = match ended.why {
                Ending::Removed => RevocationReason::CessationOfOperation,
                Ending::Replaced => RevocationReason::Superseded,
            };
            (ended.serial, ended.at, reason)
        });
    let revoked = holders
        .chain(officers)
        .map(|(serial, at, reason)| {
            let serial = Serial::from_hex(&serial).ok_or_else(|| {
                Trouble::Damaged(format!(
                    "the serial number {serial} is unreadable: restore the store"
                ))
            })?;
            Ok(RevokedCertificate { serial, at, reason })
        })
        .collect::<Result<Vec<_>, Trouble>>()?;
    let number = desk.store.journal_head()?.size + 1;
    let crl = profile::issue_crl(ca.authority, number, now, now + CRL_LIFE, &revoked)
        .map_err(|e| Trouble::Unavailable(format!("the CRL could not be signed: {e}")))?;
    let actor = by.map_or(Actor::Siegelpost, |by| Actor::Officer(by.clone()));
    let entry = desk
        .entry(actor, Action::CrlMade)
        .fact("number", number as i64)
        .fact("revoked", revoked.len() as i64)
        .fact("sha256", sha256(crl.der()).to_string());
    desk.store.commit(now, vec![], vec![entry])?;
    Ok(crl)
}
