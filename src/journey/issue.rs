//! Issue: an approved request gets its three certificates; numbers are reserved before anything is signed.

use super::desk::{Desk, IssuingCa, Trouble};
use super::evidence::{Judge, recorded, verify_again};
use super::outbox::{self, Sender};
use super::reply;
use crate::domain::officer::Role;
use crate::domain::ticket::VoidReason;
use crate::domain::{Act, CardStep, OfficerId, Request, RequestId, Stage, Step, TicketState};
use crate::journal::{Action, Fact, JournalPublicKey};
use crate::pki::profile::{self, Order, Profile, Subject};
use crate::pki::{Certificate, RevocationReason, Serial};
use crate::ports::card::{KeyKind, Slot};
use crate::ports::store::{Case, CertificateRow, Issuance, Revocation, Write};
use crate::ports::{Waypoint, random_bytes};
use crate::seal::{KeyOwner, SlotNumber};

/// The key set that a new request certifies; the others wait for renewals.
const FIRST_SET: u8 = 1;

/// Issues the certificates of an approved request. A run that was cut off is finished by what it reserved. The card's keys are held
/// against the journal, whose checkpoints `journal` signed.
pub fn issue(
    desk: &Desk,
    ca: &IssuingCa,
    judge: &Judge,
    sender: &Sender,
    journal: &JournalPublicKey,
    id: RequestId,
    by: &OfficerId,
) -> Result<Vec<CertificateRow>, Trouble> {
    desk.officer(by, Role::Lrao)?;
    let case = desk.case(id)?;
    let is_resumed = matches!(case.stage, Stage::Issuing { .. });
    if !is_resumed {
        // Asks the stage first, so that what comes too early or twice is told so.
        case.stage
            .clone()
            .take(Step::BeginIssue, &Act { by, at: desk.now() })?;
    }
    // What two people signed is verified again, whatever the rows say: that of a run that was cut off, too.
    verify_again(desk, judge, &case)?;
    keys_are_the_prestaged(desk, journal, &case)?;
    if !is_resumed {
        reserve(desk, id, by)?;
    }
    desk.pass(Waypoint::IssueReserved)?;
    let certificates = sign_reserved(desk, ca, id)?;
    desk.pass(Waypoint::IssueSigned)?;
    record(desk, sender, id, by, &certificates)?;
    desk.pass(Waypoint::IssueCommitted)?;
    Ok(certificates)
}

/// Gives an issue up that was begun and cannot be finished, because its mail or its decision does not count any more: whatever
/// was signed under the reserved numbers is revoked, the request ends, and its card is given to nobody else. Returns how many
/// numbers are revoked; the revocation list is to be published next, also by a run that follows one that was cut off.
pub fn give_up(
    desk: &Desk,
    sender: &Sender,
    id: RequestId,
    reason: &str,
    by: &OfficerId,
) -> Result<usize, Trouble> {
    desk.officer(by, Role::Lrao)?;
    let mut case = desk.case(id)?;
    if !matches!(case.stage, Stage::Issuing { .. }) {
        let rows = desk.store.certificates(id)?;
        if !rows.is_empty() && rows.iter().all(is_given_up) {
            return Ok(rows.len());
        }
        return Err(Trouble::refused(
            "not_issuing",
            format!(
                "request {id} is {}: only an issue that was begun can be given up; siegelpost revoke takes back what was issued, siegelpost request withdraw what was not begun",
                case.stage.name()
            ),
        ));
    }
    let now = desk.now();
    let issuance = reserved(desk, id)?;
    let mut entry = desk
        .entry_of(by, Action::IssuingGivenUp, id)
        .card(case.card)
        .fact("reason", reason);
    let mut writes = vec![];
    for (n, (slot, serial)) in issuance.serials.iter().enumerate() {
        entry = entry.fact(&format!("serial_{}", n + 1), serial.as_str());
        writes.push(Write::Certificate(CertificateRow {
            serial: serial.clone(),
            request_id: id,
            slot: *slot,
            der: vec![],
            revoked: Some(Revocation {
                at: now,
                reason: RevocationReason::CessationOfOperation,
            }),
        }));
    }
    if let Some(rio) = case
        .stage
        .rio()
        .map(|rio| desk.store.officer(rio))
        .transpose()?
        .flatten()
        && rio.active
    {
        writes.push(reply::rejection(desk, sender, id, &rio, reason)?);
    }
    case.stage = case.stage.take(Step::Withdraw, &Act { by, at: now })?;
    case.since = now;
    // A key that may carry somebody's name is given to nobody else.
    let mut card = desk.card(case.card)?;
    card.state = card
        .state
        .take(CardStep::Free, card.serial)?
        .take(CardStep::Retire, card.serial)?;
    for state in &mut card.tickets {
        if *state == TicketState::Created {
            *state = state.void(now, VoidReason::Withdrawn)?;
        }
    }
    if let Some(sealed) = &mut card.sealed {
        SlotNumber::ALL
            .into_iter()
            .for_each(|n| sealed.slot_mut(n).destroy());
    }
    writes.extend([Write::Case(case), Write::Card(card)]);
    desk.store.commit(now, writes, vec![entry])?;
    Ok(issuance.serials.len())
}

/// A number that was reserved and given up.
fn is_given_up(row: &CertificateRow) -> bool {
    row.der.is_empty() && row.revoked.is_some()
}

fn reserved(desk: &Desk, id: RequestId) -> Result<Issuance, Trouble> {
    desk.store.issuance(id)?.ok_or_else(|| {
        Trouble::Damaged(format!(
            "request {id} is issuing without reserved numbers: restore the store"
        ))
    })
}

/// The keys on record are those that prestaging wrote into the journal: nobody has put their own in their place.
fn keys_are_the_prestaged(desk: &Desk, journal: &JournalPublicKey, case: &Case) -> Result<(), Trouble> {
    let card = desk.card(case.card)?;
    let kinds = [Action::CardPrestaged, Action::CardImported];
    let refused = |code, why: &str| {
        Err(Trouble::refused(
            code,
            format!("{why} {}: call whoever runs the database", card.serial.grouped()),
        ))
    };
    match recorded(desk, journal, card.serial, &kinds)? {
        None => refused("not_prestaged", "the journal does not know as prestaged card"),
        Some(entry) => match entry.facts.get("keys_sha256") {
            Some(Fact::Text(of_keys)) if *of_keys == card.keys_digest().to_string() => Ok(()),
            _ => refused(
                "other_key",
                "other keys than those that were prestaged are on record for card",
            ),
        },
    }
}

/// The intent: three serial numbers and the validity, durable, once in the life of a request.
fn reserve(desk: &Desk, id: RequestId, by: &OfficerId) -> Result<(), Trouble> {
    let mut case = desk.case(id)?;
    let now = desk.now();
    case.stage = case.stage.take(Step::BeginIssue, &Act { by, at: now })?;
    case.since = now;
    let serials = KeyKind::ALL
        .map(|kind| {
            let serial = Serial::from_random(random_bytes(desk.random));
            (Slot::Set { set: FIRST_SET, kind }, hex::encode(serial.octets()))
        })
        .to_vec();
    let mut entry = desk.entry_of(by, Action::IssuingBegun, id).card(case.card);
    for (n, (_, serial)) in serials.iter().enumerate() {
        entry = entry.fact(&format!("serial_{}", n + 1), serial.as_str());
    }
    let not_after = now + desk.settings.certificate_life;
    let issuance = Issuance {
        request_id: id,
        serials,
        not_before: now,
        not_after,
    };
    Ok(desk.store.commit(
        now,
        vec![Write::Case(case), Write::Issuance(issuance)],
        vec![entry],
    )?)
}

/// The deed: signs exactly what was reserved.
fn sign_reserved(desk: &Desk, ca: &IssuingCa, id: RequestId) -> Result<Vec<CertificateRow>, Trouble> {
    let case = desk.case(id)?;
    let owner = KeyOwner::Request(id);
    let request: Request = desk.read_json(&desk.key(owner)?, owner, "request")?;
    let issuance = reserved(desk, id)?;
    let card = desk.card(case.card)?;
    issuance
        .serials
        .iter()
        .map(|(slot, serial)| {
            let key = card.keys.iter().find(|k| k.slot == *slot).ok_or_else(|| {
                Trouble::Damaged(format!(
                    "card {} has no key on record for {slot:?}: restore the store",
                    card.serial
                ))
            })?;
            let number = Serial::from_hex(serial).ok_or_else(|| {
                Trouble::Damaged(format!(
                    "the reserved number {serial} is unreadable: restore the store"
                ))
            })?;
            let order = Order {
                profile: profile_of(*slot, &request),
                subject: subject_of(&request),
                serial: number,
                not_before: issuance.not_before,
                not_after: issuance.not_after,
                crl_url: ca.crl_url,
                policy: ca.policy,
            };
            let certificate: Certificate = profile::issue(&order, &key.spki, ca.authority).map_err(|e| {
                Trouble::refused("certificate", format!("the certificate cannot be issued: {e}"))
            })?;
            Ok(CertificateRow {
                serial: serial.clone(),
                request_id: id,
                slot: *slot,
                der: certificate.der().to_vec(),
                revoked: None,
            })
        })
        .collect()
}

/// The record: certificates, card and stage together, and the notice to the holder.
fn record(
    desk: &Desk,
    sender: &Sender,
    id: RequestId,
    by: &OfficerId,
    certificates: &[CertificateRow],
) -> Result<(), Trouble> {
    let mut case = desk.case(id)?;
    let mut card = desk.card(case.card)?;
    let now = desk.now();
    case.stage = case.stage.take(Step::FinishIssue, &Act { by, at: now })?;
    case.since = now;
    card.state = card.state.take(CardStep::Certify, card.serial)?;
    let owner = KeyOwner::Request(id);
    let key = desk.key(owner)?;
    let request: Request = desk.read_json(&key, owner, "request")?;
    let mut entry = desk.entry_of(by, Action::CertificatesIssued, id).card(case.card);
    let mut writes = vec![Write::Case(case), Write::Card(card)];
    for row in certificates {
        let name = format!("certificate_{}", kind_name(row.slot));
        let (commitment, salt) = desk.commit_to(&key, owner, &name, &row.der);
        entry = entry.commits(&name, commitment);
        writes.extend([
            salt,
            desk.document(&key, owner, &name, &row.der),
            Write::Certificate(row.clone()),
        ]);
    }
    writes.extend(outbox::notice(
        desk,
        sender,
        &key,
        &request,
        "notice-issued",
        now,
    )?);
    Ok(desk.store.commit(now, writes, vec![entry])?)
}

/// The name of a slot's kind in files and JSON.
pub fn kind_name(slot: Slot) -> &'static str {
    match slot {
        Slot::Set { kind, .. } => kind.name(),
        Slot::CardAuthentication => "card_authentication",
    }
}

fn profile_of(slot: Slot, request: &Request) -> Profile {
    let email = request.data.mail.clone();
    match slot {
        Slot::Set {
            kind: KeyKind::Signature,
            ..
        } => Profile::HolderSignature { email },
        Slot::Set {
            kind: KeyKind::Encryption,
            ..
        } => Profile::HolderEncryption { email },
        _ => Profile::HolderAuthentication { upn: Some(email) },
    }
}

fn subject_of(request: &Request) -> Subject {
    let d = &request.data;
    Subject {
        common_name: d.full_name(),
        organisational_unit: Some(d.organisation.unit.clone()).filter(|u| !u.is_empty()),
        organisation: Some(d.organisation.name.clone()),
        country: Some("CH".into()),
        serial_number: None,
    }
}
