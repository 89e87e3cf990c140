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

/// Why a letter is printed a second time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReprintReason {
    /// Torn, smeared, or printed askew.
    Spoiled,
    /// It did not arrive, or is not found in the house.
    Lost,
    /// The envelope was open when it arrived.
    Opened,
    /// It went to a wrong address.
    Misaddressed,
}

impl ReprintReason {
    /// All reasons.
    pub const ALL: [ReprintReason; 4] = [
        ReprintReason::Spoiled,
        ReprintReason::Lost,
        ReprintReason::Opened,
        ReprintReason::Misaddressed,
    ];

    /// The word on the command line and in the journal.
    pub const fn name(self) -> &'static str {
        match self {
            ReprintReason::Spoiled => "spoiled",
            ReprintReason::Lost => "lost",
            ReprintReason::Opened => "opened",
            ReprintReason::Misaddressed => "misaddressed",
        }
    }
}

/// Records that a letter came back: its eTicket is void, and the request waits for its next letter.
pub fn returned(desk: &Desk, letter_id: &str, by: &OfficerId) -> Result<(), Trouble> {
    give_up(
        desk,
        letter_id,
        VoidReason::Returned,
        Action::LetterReturned,
        None,
        by,
    )
}

/// A letter is to be printed a second time: its eTicket is void from now on, whether it was posted or not, and the next batch
/// prints the request's letter with the card's next eTicket.
pub fn reprint(desk: &Desk, letter_id: &str, reason: ReprintReason, by: &OfficerId) -> Result<(), Trouble> {
    give_up(
        desk,
        letter_id,
        VoidReason::Reprinted,
        Action::TicketVoid,
        Some(reason),
        by,
    )
}

fn give_up(
    desk: &Desk,
    letter_id: &str,
    void: VoidReason,
    action: Action,
    reason: Option<ReprintReason>,
    by: &OfficerId,
) -> Result<(), Trouble> {
    desk.officer(by, Role::Dispatch)?;
    let mut letter = desk.store.letter(letter_id)?.ok_or_else(|| Trouble::Unknown {
        what: format!("letter {letter_id}"),
        advice: "type the id that stands at the foot of the letter",
    })?;
    let mut case = desk.case(letter.request_id)?;
    let mut card = desk.card(case.card)?;
    // An older letter of the request was given up before, and its eTicket with it.
    if letter.state == LetterState::Void {
        return Err(Trouble::refused(
            "already_done",
            format!("letter {letter_id} was given up before, and its eTicket is void"),
        ));
    }
    if reason.is_none() && letter.state != LetterState::HandedOver {
        return Err(Trouble::refused(
            "not_posted",
            format!(
                "letter {letter_id} was never posted, so it cannot have come back: if it was spoiled, print it anew with a reason"
            ),
        ));
    }
    let now = desk.now();
    case.stage = case.stage.take(Step::Return, &Act { by, at: now })?;
    case.since = now;
    let n = usize::from(letter.slot) - 1;
    card.tickets[n] = card.tickets[n].void(now, void)?;
    if let Some(sealed) = &mut card.sealed {
        sealed.slot_mut(SlotNumber::try_from(letter.slot)?).destroy();
    }
    letter.state = LetterState::Void;
    let mut entry = desk
        .entry_of(by, action, case.request_id)
        .card(card.serial)
        .fact("ticket", i64::from(letter.slot));
    if let Some(reason) = reason {
        entry = entry.fact("reason", reason.name());
    }
    Ok(desk.store.commit(
        now,
        vec![Write::Case(case), Write::Card(card), Write::Letter(letter)],
        vec![entry],
    )?)
}
