//! Dispatch: what was posted makes its eTickets live, and what came back makes them void.

use super::desk::{Desk, Trouble};
use crate::domain::officer::Role;
use crate::domain::ticket::VoidReason;
use crate::domain::{Act, BatchId, OfficerId, Step};
use crate::journal::{Action, Actor};
use crate::ports::Waypoint;
use crate::ports::store::{LetterState, Write};
use crate::seal::SlotNumber;

/// Records that a batch was handed over to the post; only now its eTickets open anything. Returns how many went live: a letter
/// whose request was ended meanwhile stays void.
pub fn handover(desk: &Desk, batch: &BatchId, by: &OfficerId) -> Result<usize, Trouble> {
    desk.officer(by, Role::Dispatch)?;
    let letters = desk.store.letters(batch)?;
    if letters.is_empty() {
        return Err(Trouble::Unknown {
            what: format!("batch {batch}"),
            advice: "siegelpost dispatch list shows the batches",
        });
    }
    if letters.iter().any(|l| l.sha256.is_none()) {
        return Err(Trouble::refused(
            "not_printed",
            format!("batch {batch} is not printed yet: siegelpost dispatch batch comes first"),
        ));
    }
    if letters.iter().all(|l| l.state != LetterState::Ready) {
        return Err(Trouble::refused(
            "already_done",
            format!("batch {batch} was handed over before"),
        ));
    }
    let count = go_live(desk, batch, by)?;
    desk.pass(Waypoint::DispatchHandedOver)?;
    Ok(count)
}

/// All eTickets of a batch go live together.
fn go_live(desk: &Desk, batch: &BatchId, by: &OfficerId) -> Result<usize, Trouble> {
    let now = desk.now();
    let act = Act { by, at: now };
    let mut writes = vec![];
    let mut count = 0;
    let mut entries = vec![
        desk.entry(Actor::Officer(by.clone()), Action::BatchHandedOver)
            .batch(batch.clone()),
    ];
    for mut letter in desk.store.letters(batch)? {
        if letter.state != LetterState::Ready {
            continue;
        }
        let mut case = desk.case(letter.request_id)?;
        let mut card = desk.card(case.card)?;
        let n = usize::from(letter.slot) - 1;
        card.tickets[n] = card.tickets[n].go_live(now, now + desk.settings.ticket_life)?;
        case.stage = case.stage.take(Step::Dispatch, &act)?;
        case.since = now;
        letter.state = LetterState::HandedOver;
        entries.push(
            desk.entry_of(by, Action::TicketLive, case.request_id)
                .card(card.serial)
                .batch(batch.clone())
                .fact("ticket", i64::from(letter.slot)),
        );
        writes.extend([Write::Case(case), Write::Card(card), Write::Letter(letter)]);
        count += 1;
    }
    desk.store.commit(now, writes, entries)?;
    Ok(count)
}

/// Records that a letter came back: its eTicket is void, and the request waits for its next letter.
pub fn returned(desk: &Desk, letter_id: &str, by: &OfficerId) -> Result<(), Trouble> {
    desk.officer(by, Role::Dispatch)?;
    let mut letter = desk.store.letter(letter_id)?.ok_or_else(|| Trouble::Unknown {
        what: format!("letter {letter_id}"),
        advice: "type the id that stands at the foot of the letter",
    })?;
    let mut case = desk.case(letter.request_id)?;
    let mut card = desk.card(case.card)?;
    let now = desk.now();
    case.stage = case.stage.take(Step::Return, &Act { by, at: now })?;
    case.since = now;
    let n = usize::from(letter.slot) - 1;
    card.tickets[n] = card.tickets[n].void(now, VoidReason::Returned)?;
    if let Some(sealed) = &mut card.sealed {
        sealed.slot_mut(SlotNumber::try_from(letter.slot)?).destroy();
    }
    letter.state = LetterState::Void;
    let entry = desk
        .entry_of(by, Action::LetterReturned, case.request_id)
        .card(card.serial)
        .fact("ticket", i64::from(letter.slot));
    Ok(desk.store.commit(
        now,
        vec![Write::Case(case), Write::Card(card), Write::Letter(letter)],
        vec![entry],
    )?)
}
