//! Checkpoints: the journal's key signs only what continues what it signed before, and whoever kept a note sees a rewritten journal.

use super::super::desk::{Desk, Trouble};
use super::entry;
use crate::domain::CardSerial;
use crate::journal::{
    Action, Checkpoint, Entry, Head, JournalError, JournalKey, JournalPublicKey, verify_chain,
    verify_checkpoint,
};
use crate::ports::store::{Subject, Write};
use std::collections::BTreeMap;

/// Signs where the journal stands, when it has moved since the last checkpoint; returns the newest one, `None` of an empty journal.
/// `kept` is the last note that this key signed, from where the database does not reach.
///
/// # Errors
/// `journal_rewritten` when the journal is not the one that this key signed before: nothing is signed.
pub fn checkpoint(desk: &Desk, key: &JournalKey, kept: Option<&str>) -> Result<Option<String>, Trouble> {
    let stored = desk.store.newest_checkpoint()?;
    let notes: Vec<&str> = [stored.as_deref(), kept].into_iter().flatten().collect();
    // Read after the notes: whoever signs one meanwhile signs no more than this.
    let head = desk.store.journal_head()?;
    let mut newest = None;
    for note in notes {
        let seen = verify_checkpoint(note, key.public()).map_err(rewritten)?;
        continues(desk, &seen, head)?;
        if seen.head == head {
            newest.get_or_insert(note);
        }
    }
    if head.size == 0 {
        return Ok(None);
    }
    if newest.is_some() && newest == stored.as_deref() {
        return Ok(stored);
    }
    let note = key.checkpoint(head);
    let write = Write::Checkpoint {
        seq: head.size,
        note: note.clone(),
    };
    desk.store.commit(desk.now(), vec![write], vec![])?;
    Ok(Some(note))
}

fn rewritten(why: JournalError) -> Trouble {
    Trouble::refused(
        "journal_rewritten",
        format!(
            "the journal is not the one that its key signed before, and nothing is signed: {why}. Stop working, keep the store and the \
             notes as they are, and call the auditor"
        ),
    )
}

/// The journal up to `head` continues what this checkpoint saw.
fn continues(desk: &Desk, seen: &Checkpoint, head: Head) -> Result<(), Trouble> {
    let Head { size, hash } = seen.head;
    if size > head.size {
        return Err(rewritten(JournalError::CutOff { size, has: head.size }));
    }
    let there = match size {
        0 => Head::EMPTY.hash,
        _ => match desk.store.journal_part(size, size)?.pop() {
            Some(link) => link.hash,
            None => return Err(rewritten(JournalError::Checkpoint { size })),
        },
    };
    if there != hash {
        return Err(rewritten(JournalError::Checkpoint { size }));
    }
    let since = desk.store.journal_part(size + 1, head.size)?;
    let end = verify_chain(seen.head, since, &[]).map_err(rewritten)?;
    if end == head {
        Ok(())
    } else {
        Err(rewritten(JournalError::Link { seq: head.size }))
    }
}

/// The first entry of one of these kinds about a card, which must stand in the chain under the first checkpoint that is over it; where
/// none is, up to the journal's end. Only that part of the journal is read. `None` when there is no such entry.
pub fn recorded(
    desk: &Desk,
    key: &JournalPublicKey,
    card: CardSerial,
    kinds: &[Action],
) -> Result<Option<Entry>, Trouble> {
    for seq in desk.store.entries_about(&Subject::Card(card))? {
        let entry = entry(desk, seq)?;
        if !kinds.contains(&entry.action) || !entry.subjects.cards.contains(&card) {
            continue;
        }
        let before = match seq - 1 {
            0 => Head::EMPTY,
            size => {
                let link = desk.store.journal_part(size, size)?.pop();
                let missing = || {
                    rewritten(JournalError::Sequence {
                        seq: size,
                        found: seq,
                    })
                };
                Head {
                    size,
                    hash: link.ok_or_else(missing)?.hash,
                }
            }
        };
        let note = desk.store.checkpoint_over(seq)?;
        let seen = note.map(|n| verify_checkpoint(&n, key)).transpose();
        let seen = seen.map_err(rewritten)?;
        let last = match &seen {
            Some(checkpoint) => checkpoint.head.size,
            None => desk.store.journal_head()?.size,
        };
        let part = desk.store.journal_part(seq, last)?;
        verify_chain(before, part, seen.as_slice()).map_err(rewritten)?;
        return Ok(Some(entry));
    }
    Ok(None)
}

/// What a look at the whole journal found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verified {
    pub entries: u64,
    /// Signed checkpoints in the store that the chain goes through.
    pub checkpoints: usize,
    /// Notes that somebody kept outside it.
    pub kept: usize,
    /// Entries after the last checkpoint of either kind.
    pub unsigned: u64,
}

/// Verifies the whole journal against every checkpoint in the store and every note that was kept outside it.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_journal(desk: &Desk, key: &JournalPublicKey, kept: &[String]) -> Result<Verified, Trouble> {
    let broken = |e: JournalError| Trouble::refused("journal", e);
    let stored = desk.store.checkpoints()?;
    let checkpoints = stored
        .iter()
        .chain(kept)
        .map(|note| verify_checkpoint(note, key).map_err(broken))
        .collect::<Result<Vec<_>, _>>()?;
    let links = desk.store.journal(1)?;
    let head = verify_chain(Head::EMPTY, links.iter().cloned(), &checkpoints).map_err(broken)?;
    let mut prestaged = BTreeMap::new();
    for link in &links {
        let entry = Entry::from_body(&link.body).map_err(broken)?;
        if !matches!(entry.action, Action::CardPrestaged | Action::CardImported) {
            continue;
        }
        for card in entry.subjects.cards {
            if let Some(first) = prestaged.insert(card, entry.seq) {
                return Err(Trouble::refused(
                    "card_twice",
                    format!(
                        "card {} was prestaged by entry {first} and once more by entry {}: one of them is forged; keep the store as it \
                         is and call the auditor",
                        card.grouped(),
                        entry.seq
                    ),
                ));
            }
        }
    }
    let signed = checkpoints.iter().map(|c| c.head.size).max().unwrap_or(0);
    Ok(Verified {
        entries: head.size,
        checkpoints: stored.len(),
        kept: kept.len(),
        unsigned: head.size - signed,
    })
}
