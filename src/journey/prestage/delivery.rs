//! Delivery: sealed cards travel to a site on a note, and are received there by the note's number or by the signed note itself.

use super::super::desk::{Desk, Trouble};
use crate::domain::officer::Role;
use crate::domain::{CardSerial, CardState, CardStep, OfficerId, Paper, Sha256, SiteId};
use crate::journal::{Action, Actor};
use crate::paper::DeliveryNote;
use crate::ports::store::Write;
use crate::scan::{Problem, Reading};
use std::collections::BTreeMap;

/// The name of the receiver's signature box in the layout of a delivery note.
const RECEIVER: &str = "receiver";

/// Sends cards to a site on a delivery note; all of them, or none.
pub fn deliver(
    desk: &Desk,
    serials: &[CardSerial],
    site: &SiteId,
    note: &str,
    by: &OfficerId,
) -> Result<(), Trouble> {
    desk.officer(by, Role::Security)?;
    if desk.store.site(site)?.is_none() {
        return Err(Trouble::Unknown {
            what: format!("site {site}"),
            advice: "see siegelpost site list, or add it with siegelpost site add",
        });
    }
    if serials.is_empty() {
        return Err(Trouble::refused(
            "no_cards",
            "a delivery needs at least one card: name their serials",
        ));
    }
    let mut entry = desk
        .entry(Actor::Officer(by.clone()), Action::CardsDelivered)
        .site(site.clone())
        .fact("delivery_note", note);
    let mut writes = vec![];
    for &serial in serials {
        let mut row = desk.card(serial)?;
        if row.sealed.is_none() {
            return Err(Trouble::refused(
                "not_sealed",
                format!(
                    "card {} is not sealed yet: finish siegelpost card prestage first",
                    serial.grouped()
                ),
            ));
        }
        row.state = row.state.take(CardStep::Deliver { site: site.clone() }, serial)?;
        row.delivery_note = Some(note.to_owned());
        writes.push(Write::Card(row));
        entry = entry.card(serial);
    }
    Ok(desk.store.commit(desk.now(), writes, vec![entry])?)
}

/// Confirms that a delivery arrived; the receiver must work at the site.
pub fn receive(desk: &Desk, note: &str, by: &OfficerId) -> Result<Vec<CardSerial>, Trouble> {
    take_in(desk, note, None, by)
}

/// Confirms a delivery by its note, signed and scanned: number, cards and signature are compared with what was sent. `scan` is the
/// SHA-256 of the scanned files, which the journal keeps. Returns the note's number and the cards.
///
/// # Errors
/// [`Trouble::Refused`]: `not_a_note`, `note_unread`, `pages_missing`, `cards_differ`, `not_signed`, `signature_unsure`;
/// [`Trouble::Unknown`] when no open delivery has the note's number. By the typed number a delivery is received all the same.
pub fn receive_scanned(
    desk: &Desk,
    reading: &Reading,
    scan: Sha256,
    by: &OfficerId,
) -> Result<(String, Vec<CardSerial>), Trouble> {
    const BY_HAND: &str = "scan it again, or compare it by eye and type its number";
    let said = |problems: &[&Problem]| {
        let details: Vec<_> = problems.iter().map(|p| format!("  - {}", p.detail)).collect();
        details.join("\n")
    };
    let pages = reading.pages();
    if pages
        .iter()
        .any(|p| p.paper.is_some_and(|paper| paper != Paper::DeliveryNote))
    {
        return Err(Trouble::refused(
            "not_a_note",
            "there is another paper than a delivery note among the pages: scan the note alone",
        ));
    }
    // An unsure signature is said below, by itself; an illegible line takes nothing from number and cards that agree with the store.
    let counts = |p: &&Problem| !p.code.asks_for_eyes_only();
    let problems: Vec<_> = reading.problems().iter().filter(counts).collect();
    let (Some(identity), Some(first), Some(digest)) =
        (reading.request_id(), reading.card_serial(), reading.digest())
    else {
        return Err(Trouble::refused(
            "note_unread",
            format!("the delivery note is not legible: {BY_HAND}\n{}", said(&problems)),
        ));
    };
    if !reading.complete() {
        return Err(Trouble::refused(
            "pages_missing",
            format!(
                "the delivery note is not whole: scan all its pages\n{}",
                said(&problems)
            ),
        ));
    }
    if !problems.is_empty() {
        return Err(Trouble::refused(
            "note_unread",
            format!("the delivery note needs eyes: {BY_HAND}\n{}", said(&problems)),
        ));
    }
    let mut sent: BTreeMap<String, Vec<CardSerial>> = BTreeMap::new();
    for row in desk.store.cards()? {
        if let (CardState::InDelivery { .. }, Some(note)) = (&row.state, row.delivery_note) {
            sent.entry(note).or_default().push(row.serial);
        }
    }
    let Some((note, cards)) = sent
        .into_iter()
        .find(|(note, _)| DeliveryNote::identity(note) == identity)
    else {
        return Err(Trouble::Unknown {
            what: "an open delivery with the number of this note".into(),
            advice: "a delivery is received once; siegelpost card list shows which cards are on their way",
        });
    };
    if digest != DeliveryNote::digest(&cards) || !cards.contains(&first) {
        let list: Vec<_> = cards.iter().map(|c| c.grouped()).collect();
        return Err(Trouble::refused(
            "cards_differ",
            format!(
                "the note names other cards than were sent as delivery {note} ({}): compare note and cards, and ask the security officer",
                list.join(", ")
            ),
        ));
    }
    // Every page has the place of the box, the last one the box.
    let boxes = reading.marks().iter().filter(|m| m.name == RECEIVER);
    match boxes.max_by_key(|m| m.page).and_then(|m| m.present) {
        Some(true) => {}
        Some(false) => {
            return Err(Trouble::refused(
                "not_signed",
                format!("delivery note {note} is not signed: sign it in its box and scan it again"),
            ));
        }
        None => {
            return Err(Trouble::refused(
                "signature_unsure",
                format!("whether delivery note {note} is signed cannot be said: {BY_HAND}"),
            ));
        }
    }
    Ok((note.clone(), take_in(desk, &note, Some(scan), by)?))
}

fn take_in(
    desk: &Desk,
    note: &str,
    scan: Option<Sha256>,
    by: &OfficerId,
) -> Result<Vec<CardSerial>, Trouble> {
    let officer = desk.officer(by, Role::Rio)?;
    let mut writes = vec![];
    let mut serials = vec![];
    let mut entry = desk
        .entry(Actor::Officer(by.clone()), Action::CardsReceived)
        .fact("delivery_note", note);
    if let Some(scan) = scan {
        entry = entry.fact("scan", scan.to_string());
    }
    for mut row in desk.store.cards()? {
        let CardState::InDelivery { site } = &row.state else {
            continue;
        };
        if row.delivery_note.as_deref() != Some(note) {
            continue;
        }
        if !officer.sites.contains(site) {
            return Err(Trouble::refused(
                "other_site",
                format!(
                    "delivery {note} went to {site}, where {by} is not enrolled: have its RIO receive it"
                ),
            ));
        }
        entry = entry.card(row.serial).site(site.clone());
        row.state = row.state.take(CardStep::Receive, row.serial)?;
        serials.push(row.serial);
        writes.push(Write::Card(row));
    }
    if serials.is_empty() {
        return Err(Trouble::Unknown {
            what: format!("an open delivery ‘{note}’"),
            advice: "compare the number on the delivery note; a delivery is received once",
        });
    }
    desk.store.commit(desk.now(), writes, vec![entry])?;
    Ok(serials)
}
