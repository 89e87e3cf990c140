//! Dispatch: a batch is taken out for printing once; what was posted makes its eTickets live, and what came back makes them void.

use super::desk::{Desk, Trouble};
use crate::domain::officer::Role;
use crate::domain::ticket::VoidReason;
use crate::domain::{Act, BatchId, OfficerId, Sha256, Step};
use crate::journal::{Action, Actor, Draft};
use crate::ports::Waypoint;
use crate::ports::store::{LetterRow, LetterState, TakenOut, Write};
use crate::seal::SlotNumber;

/// The letters of a batch, at least one, each rendered.
fn rendered(desk: &Desk, batch: &BatchId) -> Result<Vec<LetterRow>, Trouble> {
    let letters = desk.store.letters(batch)?;
    if letters.is_empty() {
        return Err(Trouble::Unknown {
            what: format!("batch {batch}"),
            advice: "siegelpost dispatch list shows the batches",
        });
    }
    let waits = |l: &LetterRow| l.sha256.is_none() && l.state != LetterState::Void;
    if letters.iter().any(waits) {
        return Err(Trouble::refused(
            "not_rendered",
            format!(
                "batch {batch} is collected and not rendered: siegelpost dispatch batch --again {batch} comes first"
            ),
        ));
    }
    Ok(letters)
}

/// Refuses a batch of which nothing is left to post.
fn is_open(letters: &[LetterRow], batch: &BatchId) -> Result<(), Trouble> {
    let any = |state| letters.iter().any(|l| l.state == state);
    if any(LetterState::Ready) {
        return Ok(());
    }
    let why = if any(LetterState::HandedOver) {
        format!("batch {batch} was handed over before")
    } else {
        format!("every letter of batch {batch} was given up: there is nothing left to print or to post")
    };
    Err(Trouble::refused("already_done", why))
}

/// The intent to take a batch out of its encryption, to `place` (a folder or a file), durable before anything is written in clear.
/// `archive` is the SHA-256 of what lies at the print station. A run that was cut off before [`laid_out`] goes on at the same
/// place; anything else is a second print, and refused.
///
/// # Errors
/// `printed` with the way on, when it was taken out before; `taken_out_elsewhere` when that was cut off at another place;
/// [`Trouble::Damaged`] when the archive is not the one that was rendered.
pub fn take_out(
    desk: &Desk,
    batch: &BatchId,
    archive: Sha256,
    place: &str,
    by: &OfficerId,
) -> Result<(), Trouble> {
    desk.officer(by, Role::Dispatch)?;
    let letters = rendered(desk, batch)?;
    is_open(&letters, batch)?;
    let before = letters.iter().find_map(|l| l.taken_out.as_ref());
    let resumed = before.is_some_and(|b| !b.whole && b.place == place);
    if let Some(before) = before.filter(|_| !resumed) {
        if !before.whole {
            return Err(Trouble::refused(
                "taken_out_elsewhere",
                format!(
                    "batch {batch} was being taken out to {} when that was cut off at {}: finish it there, with the same command",
                    before.place, before.at
                ),
            ));
        }
        return Err(Trouble::refused(
            "printed",
            format!(
                "batch {batch} was taken out to {} at {}, and a letter is printed once. Sheets that did not come out yet are printed from \
                 there. For those that were spoiled or are lost: siegelpost letter reprint --batch {batch} --sheets FROM-TO --reason spoiled \
                 (without --sheets: all of them) makes their eTickets void, and the next batch prints them with the next ones",
                before.place, before.at
            ),
        ));
    }
    if letters.iter().any(|l| l.archive != Some(archive)) {
        return Err(Trouble::Damaged(format!(
            "what lies encrypted of batch {batch} is not what was rendered: siegelpost letter reprint --batch {batch} --reason lost \
             gives its letters up, and the next batch prints them anew"
        )));
    }
    if resumed {
        return Ok(());
    }
    let now = desk.now();
    let mut entry = desk
        .entry(Actor::Officer(by.clone()), Action::BatchPrinted)
        .batch(batch.clone())
        .fact("letters", letters.len() as i64);
    let mut writes = vec![];
    for mut letter in letters {
        entry = entry.request(letter.request_id, 0);
        letter.taken_out = Some(TakenOut {
            at: now,
            place: place.to_owned(),
            whole: false,
        });
        // The request is written unchanged: of two that take the batch out at once, the store lets one pass.
        writes.push(Write::Case(desk.case(letter.request_id)?));
        writes.push(Write::Letter(letter));
    }
    desk.store.commit(now, writes, vec![entry])?;
    desk.pass(Waypoint::BatchTakenOut)
}

/// Everything of a batch is written in clear, at the place that was named.
pub fn laid_out(desk: &Desk, batch: &BatchId) -> Result<(), Trouble> {
    desk.pass(Waypoint::BatchLaidOut)?;
    let mut writes = vec![];
    for mut letter in desk.store.letters(batch)? {
        if let Some(taken_out) = &mut letter.taken_out {
            taken_out.whole = true;
            writes.push(Write::Letter(letter));
        }
    }
    Ok(desk.store.commit(desk.now(), writes, vec![])?)
}

/// Records that a batch was handed over to the post; only now its eTickets open anything. Returns how many went live: a letter
/// whose request was ended meanwhile, or that was given up, stays void. `counted` is how many envelopes somebody counted: another
/// number than that is refused.
pub fn handover(
    desk: &Desk,
    batch: &BatchId,
    counted: Option<usize>,
    by: &OfficerId,
) -> Result<usize, Trouble> {
    desk.officer(by, Role::Dispatch)?;
    let letters = rendered(desk, batch)?;
    is_open(&letters, batch)?;
    if !letters
        .iter()
        .all(|l| l.taken_out.as_ref().is_some_and(|t| t.whole))
    {
        return Err(Trouble::refused(
            "not_printed",
            format!("batch {batch} was not taken out for printing: siegelpost dispatch print comes first"),
        ));
    }
    let ready = letters.iter().filter(|l| l.state == LetterState::Ready).count();
    if let Some(counted) = counted.filter(|c| *c != ready) {
        return Err(Trouble::refused(
            "count",
            format!(
                "{counted} letters were counted, and batch {batch} has {ready} to post: count again; one that is missing is given up with \
                 siegelpost letter reprint, one that was given up is taken out of the pile"
            ),
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
    let letter = letter_of(desk, letter_id)?;
    let writes = give_up(desk, letter, VoidReason::Returned, None, by)?;
    desk.store.commit(desk.now(), writes.0, vec![writes.1])?;
    desk.pass(Waypoint::LetterGivenUp)
}

/// Letters are to be printed a second time: their eTickets are void from now on, whether they were posted or not, and the next batch
/// prints them with the cards' next eTickets. All of them, or none.
pub fn reprint(
    desk: &Desk,
    letters: &[String],
    reason: ReprintReason,
    by: &OfficerId,
) -> Result<(), Trouble> {
    let (mut writes, mut entries) = (vec![], vec![]);
    for id in letters {
        let given_up = give_up(
            desk,
            letter_of(desk, id)?,
            VoidReason::Reprinted,
            Some(reason),
            by,
        )?;
        writes.extend(given_up.0);
        entries.push(given_up.1);
    }
    desk.store.commit(desk.now(), writes, entries)?;
    desk.pass(Waypoint::LetterGivenUp)
}

/// The letters of a batch that were not given up yet.
pub fn letters_left(desk: &Desk, batch: &BatchId) -> Result<Vec<String>, Trouble> {
    let left: Vec<_> = rendered(desk, batch)?
        .into_iter()
        .filter(|l| l.state != LetterState::Void)
        .map(|l| l.letter_id)
        .collect();
    if left.is_empty() {
        return Err(Trouble::refused(
            "already_done",
            format!("every letter of batch {batch} was given up before"),
        ));
    }
    Ok(left)
}

fn letter_of(desk: &Desk, id: &str) -> Result<LetterRow, Trouble> {
    desk.store.letter(id)?.ok_or_else(|| Trouble::Unknown {
        what: format!("letter {id}"),
        advice: "type the id that stands at the foot of the letter",
    })
}

/// What giving a letter up writes; a reason says that it is printed anew, none that it came back.
fn give_up(
    desk: &Desk,
    mut letter: LetterRow,
    void: VoidReason,
    reason: Option<ReprintReason>,
    by: &OfficerId,
) -> Result<(Vec<Write>, Draft), Trouble> {
    desk.officer(by, Role::Dispatch)?;
    let id = letter.letter_id.clone();
    let mut case = desk.case(letter.request_id)?;
    let mut card = desk.card(case.card)?;
    // An older letter of the request was given up before, and its eTicket with it.
    if letter.state == LetterState::Void {
        return Err(Trouble::refused(
            "already_done",
            format!("letter {id} was given up before, and its eTicket is void"),
        ));
    }
    if reason.is_none() && letter.state != LetterState::HandedOver {
        return Err(Trouble::refused(
            "not_posted",
            format!(
                "letter {id} was never posted, so it cannot have come back: if it was spoiled, print it anew with a reason"
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
    let action = if reason.is_some() {
        Action::TicketVoid
    } else {
        Action::LetterReturned
    };
    let mut entry = desk
        .entry_of(by, action, case.request_id)
        .card(card.serial)
        .batch(letter.batch.clone())
        .fact("ticket", i64::from(letter.slot));
    if let Some(reason) = reason {
        entry = entry.fact("reason", reason.name());
    }
    let writes = vec![Write::Case(case), Write::Card(card), Write::Letter(letter)];
    Ok((writes, entry))
}
