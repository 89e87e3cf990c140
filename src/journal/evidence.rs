//! The evidence file of one case: what happened to one request, provable without our database.
//!
//! A JSON object (UTF-8), version 1:
//!
//! ```json
//! {"siegelpost_evidence": 1,
//!  "request": "XXXX-XXXX-XXXX",
//!  "before": {"size": 11, "hash": "hash of entry 11"},
//!  "chain": [{"body": {…entry 12…}, "hash": "…"}, {"digest": "digest of entry 13"}, …],
//!  "checkpoint": "office.example/journal\n57\n…\n\n— office.example/journal …\n",
//!  "documents": [{"entry": 12, "name": "mail", "media_type": "message/rfc822", "salt": "base64", "content": "base64"}]}
//! ```
//!
//! `chain` goes from the case's first entry (or an earlier one that is to be shown) to the last one under the checkpoint. An entry
//! that is shown stands as `body` with the chain's `hash` after it, one that is not as the `digest` of its body. A reader
//!
//! 1. verifies the checkpoint with the public key of the journal, which it has from somewhere else;
//! 2. goes along the chain from `before`: takes each body in canonical form (RFC 8785), its digest, the next hash, as
//!    [`super`] says, and compares the hashes where they stand; each `seq` must be its place;
//! 3. compares number and hash at the end with the checkpoint: equal, or the file is worthless;
//! 4. sees that the entries about the request are numbered 1, 2, 3 … without a gap, so that none is left out between;
//! 5. takes for each document the commitment of that name in that entry and compares.
//!
//! What it proves: these entries stood in the journal in this order when the checkpoint was signed, and these documents are the
//! ones they speak of. What it cannot: that nothing about the request was written after the last entry shown; the whole
//! journal can.

use super::chain::body_digest;
use super::{Checkpoint, Entry, Head, JournalError, JournalPublicKey, Link, commitment, verify_checkpoint};
use crate::domain::{RequestId, Sha256};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The largest file that is read: thirty scans of 10 MB in base64, and what surrounds them.
pub const MAX_EVIDENCE: usize = 512 * 1024 * 1024;

/// A paper, mail or decision of the case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// The entry that committed to it.
    pub seq: u64,
    /// The commitment's name in that entry.
    pub name: String,
    pub media_type: String,
    pub salt: [u8; 32],
    pub content: Vec<u8>,
}

/// What goes into an evidence file.
pub struct Case<'a> {
    pub request: RequestId,
    /// The head before the first of `links`.
    pub before: Head,
    /// All links from there to the checkpoint. Those about the request are shown, the others as digests.
    pub links: &'a [Link],
    /// More entries to show, by number: the card's prestaging and delivery, the officers' enrolment.
    pub also: &'a BTreeSet<u64>,
    /// A checkpoint whose size is that of the last link.
    pub checkpoint: &'a str,
    pub documents: &'a [Document],
}

/// What an evidence file proved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvidenceReport {
    pub request: RequestId,
    pub checkpoint: Checkpoint,
    /// The entries shown, in order; those about the request are among them without a gap.
    pub entries: Vec<Entry>,
    /// How many entries stand between as digests only.
    pub not_shown: usize,
    /// The documents, each equal to what its entry committed to. Signatures in them are for the caller to verify.
    pub documents: Vec<Document>,
    /// Commitments of entries shown whose documents are not in the file: entry and name.
    pub without_document: Vec<(u64, String)>,
    /// Where the chain starts, and its hash after each entry from there on.
    before: Head,
    hashes: Vec<Sha256>,
}

impl EvidenceReport {
    /// The documents of this name, in the order of their entries.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Document> {
        self.documents.iter().filter(move |d| d.name == name)
    }

    /// After how many entries the chain had this hash; `None` where it never had it from the start of the file to the checkpoint.
    pub fn seq_of(&self, hash: Sha256) -> Option<u64> {
        if hash == self.before.hash {
            return Some(self.before.size);
        }
        (self.before.size + 1..)
            .zip(&self.hashes)
            .find(|(_, h)| **h == hash)
            .map(|(seq, _)| seq)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    siegelpost_evidence: u64,
    request: RequestId,
    before: Head,
    chain: Vec<Item>,
    checkpoint: String,
    documents: Vec<FileDocument>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Item {
    Shown { body: Box<Entry>, hash: Sha256 },
    Digest { digest: Sha256 },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDocument {
    entry: u64,
    name: String,
    media_type: String,
    #[serde(with = "base64_text")]
    salt: Vec<u8>,
    #[serde(with = "base64_text")]
    content: Vec<u8>,
}

mod base64_text {
    use super::*;

    pub fn serialize<S: serde::Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD
            .decode(String::deserialize(d)?)
            .map_err(serde::de::Error::custom)
    }
}

/// Makes the evidence file of a case, and returns it only if it verifies with the journal's key.
///
/// # Errors
/// Those of [`verify`], for the parts handed in.
pub fn build(case: &Case, key: &JournalPublicKey) -> Result<Vec<u8>, JournalError> {
    let chain = (case.before.size + 1..)
        .zip(case.links)
        .map(|(seq, link)| {
            let entry = Entry::from_body(&link.body).map_err(|e| JournalError::Entry {
                seq,
                detail: e.to_string(),
            })?;
            let shown = entry.subjects.requests.contains_key(&case.request) || case.also.contains(&seq);
            Ok(if shown {
                Item::Shown {
                    body: Box::new(entry),
                    hash: link.hash,
                }
            } else {
                Item::Digest {
                    digest: body_digest(&link.body),
                }
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let documents = case.documents.iter().map(|d| FileDocument {
        entry: d.seq,
        name: d.name.clone(),
        media_type: d.media_type.clone(),
        salt: d.salt.to_vec(),
        content: d.content.clone(),
    });
    let file = File {
        siegelpost_evidence: 1,
        request: case.request,
        before: case.before,
        chain,
        checkpoint: case.checkpoint.to_owned(),
        documents: documents.collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&file).expect("strings and whole numbers only");
    bytes.push(b'\n');
    verify(&bytes, key)?;
    Ok(bytes)
}

/// Verifies an evidence file with nothing but the journal's public key.
///
/// # Errors
/// The first thing that is wrong; the module's page names the checks in their order.
pub fn verify(evidence: &[u8], key: &JournalPublicKey) -> Result<EvidenceReport, JournalError> {
    if evidence.len() > MAX_EVIDENCE {
        return Err(JournalError::TooLarge { most: MAX_EVIDENCE });
    }
    let file = read(evidence)?;
    let checkpoint = verify_checkpoint(&file.checkpoint, key)?;

    let mut head = file.before;
    let mut entries: Vec<Entry> = Vec::new();
    let mut not_shown = 0;
    let mut hashes = Vec::with_capacity(file.chain.len());
    for item in file.chain {
        let seq = head.size.checked_add(1).ok_or(JournalError::NotUnderCheckpoint)?;
        match item {
            Item::Digest { digest } => {
                head = head.and(&digest);
                not_shown += 1;
            }
            Item::Shown { body: entry, hash } => {
                entry.check().map_err(|e| JournalError::Entry {
                    seq,
                    detail: e.to_string(),
                })?;
                if entry.seq != seq {
                    return Err(JournalError::Sequence {
                        seq,
                        found: entry.seq,
                    });
                }
                head = head.and(&body_digest(&entry.to_body()));
                if head.hash != hash {
                    return Err(JournalError::Link { seq });
                }
                entries.push(*entry);
            }
        }
        hashes.push(head.hash);
    }
    if head != checkpoint.head {
        return Err(JournalError::NotUnderCheckpoint);
    }

    let numbers = entries
        .iter()
        .filter_map(|e| e.subjects.requests.get(&file.request));
    let mut last = 0;
    for &number in numbers {
        if number != last + 1 {
            return Err(JournalError::NotShown { nth: last + 1 });
        }
        last = number;
    }
    if last == 0 {
        return Err(JournalError::NoCase {
            request: file.request.to_string(),
        });
    }

    let documents = file
        .documents
        .into_iter()
        .map(|d| checked(d, &entries))
        .collect::<Result<Vec<_>, _>>()?;
    let without_document = entries
        .iter()
        .flat_map(|e| e.commitments.keys().map(move |name| (e.seq, name.clone())))
        .filter(|(seq, name)| !documents.iter().any(|d| d.seq == *seq && d.name == *name))
        .collect();
    Ok(EvidenceReport {
        request: file.request,
        checkpoint,
        entries,
        not_shown,
        documents,
        without_document,
        before: file.before,
        hashes,
    })
}

fn read(evidence: &[u8]) -> Result<File, JournalError> {
    #[derive(Deserialize)]
    struct Version {
        siegelpost_evidence: u64,
    }
    let no_evidence = |e: serde_json::Error| JournalError::NoEvidence {
        detail: e.to_string(),
    };
    let version: Version = serde_json::from_slice(evidence).map_err(no_evidence)?;
    if version.siegelpost_evidence != 1 {
        return Err(JournalError::Version {
            found: version.siegelpost_evidence,
        });
    }
    serde_json::from_slice(evidence).map_err(no_evidence)
}

/// A document that is the one its entry committed to.
fn checked(document: FileDocument, entries: &[Entry]) -> Result<Document, JournalError> {
    let FileDocument {
        entry: seq,
        name,
        media_type,
        salt,
        content,
    } = document;
    let wrong = || JournalError::Document {
        seq,
        name: name.chars().take(60).collect(),
    };
    let committed = entries
        .iter()
        .find(|e| e.seq == seq)
        .and_then(|e| e.commitments.get(&name))
        .ok_or_else(wrong)?;
    let salt: [u8; 32] = salt[..].try_into().map_err(|_| wrong())?;
    if commitment(&salt, &content) != *committed {
        return Err(wrong());
    }
    Ok(Document {
        seq,
        name,
        media_type,
        salt,
        content,
    })
}
