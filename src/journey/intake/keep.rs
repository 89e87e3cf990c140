//! Keeps mails byte for byte before anything is thought about them; several together, so that the disk is waited for once.

use super::super::desk::{Desk, Trouble};
use super::place_of;
use crate::domain::Sha256;
use crate::journal::{Action, Actor};
use crate::pki::signature::sha256;
use crate::ports::Waypoint;
use crate::ports::mail::{FoundMail, MailError, MailSource};
use crate::ports::store::{MailOutcome, MailRow, UNREAD, Write};
use crate::seal::KeyOwner;

/// Mails that are kept together: after a crash as many are judged again.
const TOGETHER: usize = 32;
/// Bytes that are kept together: what is held in memory at once, besides one mail that is larger.
const TOGETHER_BYTES: usize = 8 * 1024 * 1024;

/// Mails of one source that fail one after the other: then it is the source, or the store, that fails, and the rest waits for
/// the next run. Fewer would let one mail that a server cannot hand out hold up those behind it.
pub const FAILURES: usize = 3;

/// A mail that was looked for in its source.
pub enum Kept {
    /// It is gone.
    Gone,
    /// It could not be fetched.
    Failed(Trouble),
    /// It is too large to be read: it has so many bytes.
    TooLarge(u64, MailError),
    /// Its place is known, and what was found there.
    Known(Sha256),
    /// Its bytes were taken in before, or stand before it.
    Again(Vec<u8>),
    /// It is kept now.
    New(Box<MailRow>, Vec<u8>),
}

/// A mail with what became of the look for it.
pub struct Looked {
    pub mail: FoundMail,
    pub(super) kept: Kept,
}

/// Fetches and keeps the next mails. The same bytes are never kept twice. What goes wrong with one mail stands with it; an error is
/// one of the store.
pub fn keep_some(
    desk: &Desk,
    source: &dyn MailSource,
    mails: &mut impl Iterator<Item = FoundMail>,
) -> Result<Vec<Looked>, Trouble> {
    let mut all: Vec<Looked> = vec![];
    let (mut sealed, mut writes, mut bytes) = (vec![], vec![], 0);
    let mut failures = 0;
    while all.len() < TOGETHER && bytes < TOGETHER_BYTES && failures < FAILURES {
        let Some(mail) = mails.next() else { break };
        let mut kept = look(desk, source, &mail)?;
        failures = if matches!(kept, Kept::Failed(_)) {
            failures + 1
        } else {
            0
        };
        if let Kept::New(row, raw) = &kept {
            bytes += raw.len();
            let is_there = |l: &Looked| matches!(&l.kept, Kept::New(other, _) if other.sha256 == row.sha256);
            if all.iter().any(is_there) {
                kept = Kept::Again(raw.clone());
            } else {
                let (key, new_key) = desk.new_key(KeyOwner::Message(row.sha256));
                sealed.push(key.encrypt("mail", raw, &mut desk.entropy()));
                writes.push(new_key);
            }
        }
        all.push(Looked { mail, kept });
    }
    if sealed.is_empty() {
        return Ok(all);
    }
    let blobs = desk.blobs.put_all(&sealed)?;
    drop(sealed);
    desk.pass(Waypoint::IntakeBlobStored)?;
    let new = all.iter_mut().filter_map(|l| match &mut l.kept {
        Kept::New(row, _) => Some((&l.mail, row)),
        _ => None,
    });
    for ((mail, row), blob) in new.zip(blobs) {
        row.blob = blob;
        writes.push(Write::NewMail((**row).clone()));
        writes.push(Write::MailPlace {
            source_key: place_of(source, mail),
            sha256: row.sha256,
        });
    }
    desk.store.commit(desk.now(), writes, vec![])?;
    desk.pass(Waypoint::IntakeMailStored)?;
    Ok(all)
}

fn look(desk: &Desk, source: &dyn MailSource, mail: &FoundMail) -> Result<Kept, Trouble> {
    if source.has_final_keys()
        && let Some(sha256) = desk.store.mail_place(&place_of(source, mail))?
        && !(sha256 == UNREAD && fits_now(desk, source, mail)?)
    {
        return Ok(Kept::Known(sha256));
    }
    let raw = match source.fetch(mail, desk.settings.max_mail_bytes) {
        Ok(raw) => raw,
        Err(MailError::Gone { .. }) => return Ok(Kept::Gone),
        Err(e @ MailError::TooLarge { size, .. }) => return Ok(Kept::TooLarge(size, e)),
        Err(e) => return Ok(Kept::Failed(e.into())),
    };
    let sha256 = sha256(&raw);
    if desk.store.mail(sha256)?.is_some() {
        return Ok(Kept::Again(raw));
    }
    let row = MailRow {
        sha256,
        source: source.name().to_owned(),
        message: mail.key.clone(),
        outcome: MailOutcome::Stored,
        reasons: vec![],
        request_ids: vec![],
        signer: None,
        content: None,
        // Named when it is there.
        blob: sha256,
        arrived: desk.now(),
        replied: false,
        no_reply: None,
        version: 1,
    };
    Ok(Kept::New(Box::new(row), raw))
}

/// A mail that was over the limit is looked at again when the limit has grown.
fn fits_now(desk: &Desk, source: &dyn MailSource, mail: &FoundMail) -> Result<bool, Trouble> {
    let row = desk.store.unread(&place_of(source, mail))?;
    Ok(row.is_some_and(|row| row.size <= desk.settings.max_mail_bytes))
}

/// The row of bytes that were taken in before. That they lie here as well is journalled once.
pub fn again(desk: &Desk, source: &dyn MailSource, mail: &FoundMail, raw: &[u8]) -> Result<MailRow, Trouble> {
    let sha256 = sha256(raw);
    let source_key = place_of(source, mail);
    let row = desk
        .store
        .mail(sha256)?
        .ok_or_else(|| Trouble::Damaged(format!("mail {sha256} has no row any more: restore the store")))?;
    if desk.store.mail_place(&source_key)? != Some(sha256) {
        let entry = desk.entry(Actor::Siegelpost, Action::MailAlias).message(sha256);
        desk.store.commit(
            desk.now(),
            vec![Write::MailPlace { source_key, sha256 }],
            vec![entry],
        )?;
    }
    Ok(row)
}
