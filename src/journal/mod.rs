//! The journal: a hash chain, its signed checkpoints, and the evidence file of one case.
//!
//! Rows are the truth, the journal is the evidence: every step appends an entry ([`append`]) in the transaction of its deed.
//! An auditor who keeps a checkpoint and the public key can tell later that nothing before it was changed, left out or
//! put in between ([`verify_chain`]); an evidence file shows one case to somebody who has nothing else of ours
//! ([`evidence::verify`]).
//!
//! # Formats, version 1, for whoever writes a reader
//!
//! All hashes are SHA-256, in JSON as 64 lowercase hex digits. `‖` joins bytes; texts in quotes are ASCII, `0` is a zero byte.
//!
//! **Entry body**: a JSON object in canonical form (RFC 8785, UTF-8), with the members
//! `version` (1); `seq` (from 1, without a gap); `at` (RFC 3339, UTC); `actor` (`officer:NAME`, `holder`, `siegelpost`);
//! `action` (see [`Action`]); `subjects`, an object with, where they apply, `requests` (id → the how-manieth entry about that
//! request this is, from 1), `cards` (serials), `batch`, `site`, `officer`, `message` (hash of a mail); `facts` (name → text,
//! whole number or boolean; public); `commitments` (name → hash); `blind` (32 hex digits, random, so that an entry cannot be
//! guessed from its digest). `facts` and `commitments` are left out when empty. No other member is allowed.
//!
//! **Commitment** to a paper, mail or decision: SHA-256(`"siegelpost commitment 1"` ‖ 0 ‖ salt (32 bytes) ‖ content). The salt is
//! kept with the content, under the key of the request: when that key is destroyed, the commitment tells nothing more.
//!
//! What an evidence file is held against, by action: `officer.added` has the facts `roles` (names with blanks between) and
//! `certificate_sha256`, and commits to `person`, canonical JSON of `{"version": 1, "officer", "person": {"family_name", "given_names",
//! "birth_date"}}`; `card.prestaged` and `card.imported` have the facts `key_card_authentication` and `key_SET_KIND`, SHA-256 over each
//! SubjectPublicKeyInfo; `request.received` has the mail's hash as `message` and commits to `mail` (as it came), `mail_opened` (what it
//! opened to, where it came encrypted), `request`, `reading`, `checks`, `revocation` (lists and responses, DER one after another) and
//! `rules` (the knobs of the mail gate in force); `walk_in.identified` to `identification`, `papers_N` and `request`, `reading`, `checks`;
//! `request.approved` and `request.rejected` to `decision` (CMS), `revocation_at_decision` and `rules_at_decision`; `issuing.begun` has
//! the facts `serial_1` to `serial_3`, `certificates.issued` commits to `certificate_KIND`. A decision's `evidence` is SHA-256 over the
//! canonical JSON of `{"version": 2, "request_id", "digest", "mail", "mail_opened", "identification", "reading", "checks"}`, the last
//! five as SHA-256 over those documents, what is not there left out.
//!
//! **Chain**: `digest_n` = SHA-256(`"siegelpost journal body 1"` ‖ 0 ‖ body_n) and
//! `hash_n` = SHA-256(`"siegelpost journal entry 1"` ‖ 0 ‖ `hash_{n−1}` ‖ `digest_n`), with 32 zero bytes as `hash_0`.
//! A body can so be left out where its digest stands in.
//!
//! **Checkpoint**: a [C2SP signed note](https://c2sp.org/signed-note) in the form of
//! [tlog-checkpoint](https://c2sp.org/tlog-checkpoint), signed with Ed25519 (type 1). Its lines: the origin, which is the key's
//! name too; the number of entries `n`; `hash_n` in base64; an empty line; `— NAME BASE64(key hash (4) ‖ signature (64))`. Unlike a
//! tlog-checkpoint's, the third line is the head of a hash chain and not the root of a Merkle tree. The public key is written
//! `NAME+HASH+BASE64(1 ‖ key)`, the private one in its file `PRIVATE+KEY+NAME+HASH+BASE64(1 ‖ seed)`.
//!
//! **Evidence file**: see [`evidence`].

mod chain;
mod entry;
pub mod evidence;
mod note;
#[cfg(test)]
mod tests;

pub use chain::{Appended, Head, Link, append, verify_chain};
pub use entry::{Action, Actor, Draft, Entry, Fact, Subjects, commitment};
pub use note::{Checkpoint, JournalKey, JournalPublicKey, verify_checkpoint};

use crate::domain::Sha256;
use aws_lc_rs::digest::{Context, SHA256};

fn sha256(parts: &[&[u8]]) -> Sha256 {
    let mut hash = Context::new(&SHA256);
    parts.iter().for_each(|part| hash.update(part));
    Sha256(hash.finish().as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

/// Why a journal, a checkpoint or an evidence file is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    #[error("the journal entry {what} {name}: nothing was done; this is a defect of the step that wrote it")]
    Draft { what: &'static str, name: String },
    #[error("this is of version {found}, and this program knows version 1: update siegelpost")]
    Version { found: u64 },
    #[error("this is no journal entry: {detail}")]
    NoEntry { detail: String },
    #[error("entry {seq} was altered or damaged: {detail}; compare with a backup of the journal")]
    Entry { seq: u64, detail: String },
    #[error("entry {seq} is missing and entry {found} stands in its place: entries were taken out or put in")]
    Sequence { seq: u64, found: u64 },
    #[error("entry {seq} does not continue the chain: it or its hash was altered after it was written")]
    Link { seq: u64 },
    #[error(
        "at entry {size} the chain is not the one that the checkpoint saw: the journal was rewritten; keep both and call the auditor"
    )]
    Checkpoint { size: u64 },
    #[error("a checkpoint saw {size} entries and the journal has {has}: its end was cut off")]
    CutOff { size: u64, has: u64 },
    #[error("this is no checkpoint: {detail}; take the file as it was published, unaltered")]
    NoNote { detail: &'static str },
    #[error("the signature of {name} does not fit the checkpoint: it was altered")]
    BadSignature { name: String },
    #[error(
        "the checkpoint is not signed by {wanted}: get the journal's public key from the office by another way"
    )]
    NotSigned { wanted: String },
    #[error("the checkpoint is of the journal {found}, and the key is that of {wanted}")]
    OtherJournal { wanted: String, found: String },
    #[error(
        "‘{found}’ cannot name a journal: 1 to 100 characters without blanks and plus signs, such as office.example/journal"
    )]
    KeyName { found: String },
    #[error(
        "this is no journal key (PRIVATE+KEY+NAME+HASH+BASE64) or it is damaged: restore the file from its backup"
    )]
    SigningKey,
    #[error("this is no public journal key (NAME+HASH+BASE64) or it is damaged: copy the whole line again")]
    PublicKey,
    #[error("this is no evidence file, or it is damaged: {detail}")]
    NoEvidence { detail: String },
    #[error("the evidence file is larger than {most} bytes: it is not read")]
    TooLarge { most: usize },
    #[error(
        "the entries shown do not lead to the signed checkpoint: an entry or a digest was altered, taken out or put in"
    )]
    NotUnderCheckpoint,
    #[error("the {nth}. entry about this request is not shown: the file does not tell the whole case")]
    NotShown { nth: u64 },
    #[error("the file shows no entry about request {request}")]
    NoCase { request: String },
    #[error(
        "the document ‘{name}’ is not the one that entry {seq} committed to: it was altered or exchanged"
    )]
    Document { seq: u64, name: String },
}
