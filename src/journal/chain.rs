//! The hash chain over the entries.

use super::entry::VERSION;
use super::{Checkpoint, Draft, Entry, JournalError, sha256};
use crate::domain::Sha256;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The end of a chain: how many entries it has and the hash of the last one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub size: u64,
    pub hash: Sha256,
}

impl Head {
    /// The chain without entries; its hash is 32 zero bytes.
    pub const EMPTY: Head = Head {
        size: 0,
        hash: Sha256([0; 32]),
    };

    /// The chain with one more entry, of which only the body's digest is known.
    pub(super) fn and(self, body_digest: &Sha256) -> Head {
        let hash = sha256(&[b"siegelpost journal entry 1\0", &self.hash.0, &body_digest.0]);
        Head {
            size: self.size + 1,
            hash,
        }
    }
}

/// SHA-256 of a body, which goes into the chain in its place.
pub(super) fn body_digest(body: &str) -> Sha256 {
    sha256(&[b"siegelpost journal body 1\0", body.as_bytes()])
}

/// An entry as it is stored: its canonical JSON and the chain's hash with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub body: String,
    pub hash: Sha256,
}

/// What [`append`] makes: store the link, move the head, all in the transaction of the deed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Appended {
    pub entry: Entry,
    pub link: Link,
    pub head: Head,
}

/// Gives a draft its place after `head`.
///
/// # Errors
/// [`JournalError::Draft`] when the draft does not fit a journal entry; then the deed must not happen.
pub fn append(head: Head, draft: Draft, at: Timestamp) -> Result<Appended, JournalError> {
    let Draft {
        actor,
        action,
        subjects,
        facts,
        commitments,
        blind,
    } = draft;
    let entry = Entry {
        version: VERSION,
        seq: head.size + 1,
        at,
        actor,
        action,
        subjects,
        facts,
        commitments,
        blind,
    };
    entry.check()?;
    let body = entry.to_body();
    let head = head.and(&body_digest(&body));
    Ok(Appended {
        entry,
        link: Link {
            body,
            hash: head.hash,
        },
        head,
    })
}

/// Verifies stored links that follow `from` (which is [`Head::EMPTY`] or a checkpoint that an auditor kept), and that the
/// chain goes through every one of `checkpoints`. Returns where the chain ends.
///
/// # Errors
/// The first entry that is wrong and why: [`JournalError::Entry`], [`JournalError::Sequence`], [`JournalError::Link`],
/// [`JournalError::Checkpoint`]; [`JournalError::CutOff`] when a checkpoint saw more entries than there are.
pub fn verify_chain(
    from: Head,
    links: impl IntoIterator<Item = Link>,
    checkpoints: &[Checkpoint],
) -> Result<Head, JournalError> {
    let mut seen: BTreeMap<u64, Vec<Sha256>> = BTreeMap::new();
    for checkpoint in checkpoints.iter().filter(|c| c.head.size >= from.size) {
        seen.entry(checkpoint.head.size)
            .or_default()
            .push(checkpoint.head.hash);
    }
    let agrees = |head: Head| match seen.get(&head.size) {
        Some(hashes) if hashes.iter().any(|h| *h != head.hash) => {
            Err(JournalError::Checkpoint { size: head.size })
        }
        _ => Ok(()),
    };

    agrees(from)?;
    let mut head = from;
    for link in links {
        let seq = head.size + 1;
        let entry = Entry::from_body(&link.body).map_err(|e| JournalError::Entry {
            seq,
            detail: e.to_string(),
        })?;
        if entry.seq != seq {
            return Err(JournalError::Sequence {
                seq,
                found: entry.seq,
            });
        }
        head = head.and(&body_digest(&link.body));
        if head.hash != link.hash {
            return Err(JournalError::Link { seq });
        }
        agrees(head)?;
    }
    match seen.last_key_value() {
        Some((&size, _)) if size > head.size => Err(JournalError::CutOff { size, has: head.size }),
        _ => Ok(head),
    }
}
