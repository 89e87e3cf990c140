//! The store: rows are the truth, the journal is the evidence, and both are written in one transaction.

use crate::domain::ticket::TicketState;
use crate::domain::{
    BatchId, CardSerial, CardState, Digest, Officer, OfficerId, RequestId, Sha256, Site, SiteId, Stage,
};
use crate::journal;
use crate::pki::RevocationReason;
use crate::ports::card::Slot;
use crate::seal::{SealedCard, SlotNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A request as the store keeps it. Private data are documents, encrypted with the request's key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Case {
    pub request_id: RequestId,
    pub stage: Stage,
    pub card: CardSerial,
    pub site: SiteId,
    pub digest: Digest,
    pub created: Timestamp,
    pub since: Timestamp,
    /// Counts the writes; the store refuses a write that started from another version.
    #[serde(skip)]
    pub version: i64,
}

/// A key on a card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardKey {
    pub slot: Slot,
    /// SubjectPublicKeyInfo, DER in hex.
    #[serde(with = "hex")]
    pub spki: Vec<u8>,
}

/// A card of the stock.
#[derive(Clone, Serialize, Deserialize)]
pub struct CardRow {
    pub serial: CardSerial,
    pub chip_id: String,
    pub state: CardState,
    pub keys: Vec<CardKey>,
    /// PIN, PUK and management key under K_card, with the three ways to K_card; absent while prestaging is under way.
    pub sealed: Option<SealedCard>,
    /// The states of the three eTickets.
    pub tickets: Vec<TicketState>,
    /// After the unseal: PUK and management key, sealed to the office's custody key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custody: Option<String>,
    /// While secrets are being changed on the card: the new ones, sealed to custody, before the card has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<String>,
    /// The delivery note on which the card travelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_note: Option<String>,
    #[serde(skip)]
    pub version: i64,
}

impl CardRow {
    /// The eTicket that is taken next: the first that nobody has seen and that still opens something.
    pub fn next_ticket(&self) -> Option<SlotNumber> {
        let sealed = self.sealed.as_ref()?;
        SlotNumber::ALL.into_iter().find(|n| {
            self.tickets.get(usize::from(n.get()) - 1) == Some(&TicketState::Created)
                && !sealed.slot(*n).is_destroyed()
        })
    }

    /// SHA-256 over the card's public keys, each with its slot, in order: what the journal keeps of them at prestaging.
    pub fn keys_digest(&self) -> Sha256 {
        let keys = serde_json::to_vec(&self.keys).expect("keys are plain data");
        crate::pki::signature::sha256(&keys)
    }
}

/// What became of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailOutcome {
    /// Kept and not yet judged.
    Stored,
    Received,
    Held,
    Quarantined,
    /// Quarantined, and given up by an officer.
    Discarded,
}

impl MailOutcome {
    /// The name in the store.
    pub fn name(self) -> &'static str {
        match self {
            MailOutcome::Stored => "stored",
            MailOutcome::Received => "received",
            MailOutcome::Held => "held",
            MailOutcome::Quarantined => "quarantined",
            MailOutcome::Discarded => "discarded",
        }
    }

    /// True while the mail waits to be judged.
    pub fn waits(self) -> bool {
        matches!(self, MailOutcome::Stored | MailOutcome::Held)
    }
}

/// Why the sender of a refused mail was not told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoReply {
    /// No signature of an enrolled RIO counts.
    Stranger,
    /// A program wrote the mail, or a list sent it (RFC 3834 section 2): an answer could start a loop.
    Automatic,
    /// The RIO had as many replies within the hour as the office allows.
    RateLimited,
}

/// A reason with its stable code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reason {
    pub code: String,
    pub detail: String,
}

/// A mail as the store keeps it; its bytes are a blob, encrypted with the mail's own key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MailRow {
    /// SHA-256 over the raw bytes.
    pub sha256: Sha256,
    pub source: String,
    pub message: String,
    pub outcome: MailOutcome,
    pub reasons: Vec<Reason>,
    pub request_ids: Vec<RequestId>,
    /// Signer's certificate and signed bytes, for the recognition of replays; absent until verified.
    pub signer: Option<Sha256>,
    pub content: Option<Sha256>,
    pub blob: BlobName,
    pub arrived: Timestamp,
    /// True once the reply to the sender stands in the outbox.
    pub replied: bool,
    /// Why there is none, for a mail that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_reply: Option<NoReply>,
    /// As [`Case::version`]; a new row is of version 1.
    #[serde(skip)]
    pub version: i64,
}

/// The name of a blob: SHA-256 of its ciphertext.
pub type BlobName = Sha256;

/// A certificate that was issued.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CertificateRow {
    /// Serial number as lowercase hex.
    pub serial: String,
    pub request_id: RequestId,
    pub slot: Slot,
    /// Empty for a number that was reserved and given up: whatever was signed under it is revoked.
    #[serde(with = "hex")]
    pub der: Vec<u8>,
    /// When and why it was revoked.
    pub revoked: Option<Revocation>,
}

/// A revocation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Revocation {
    pub at: Timestamp,
    pub reason: RevocationReason,
}

/// Serial numbers that were reserved before anything was signed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Issuance {
    pub request_id: RequestId,
    pub serials: Vec<(Slot, String)>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

/// Where a letter stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterState {
    /// Assigned to a batch or a mail; may be rendered once.
    Ready,
    HandedOver,
    Void,
}

/// A letter, without its content: that is rendered from the request and the ticket at the print station.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LetterRow {
    pub letter_id: String,
    pub request_id: RequestId,
    /// The eTicket that the letter carries, 1 to 3.
    pub slot: u8,
    pub batch: BatchId,
    pub state: LetterState,
    /// SHA-256 of the letter as it was rendered, for the manifest; absent until then.
    pub sha256: Option<Sha256>,
    /// SHA-256 of the batch as it lies encrypted at the print station; absent until it was rendered, and for a letter by mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Sha256>,
    /// When and whereto the batch was taken out for printing: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_out: Option<TakenOut>,
    /// As [`Case::version`]; a new row is of version 1.
    #[serde(skip)]
    pub version: i64,
}

/// A batch that was taken out for printing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenOut {
    pub at: Timestamp,
    /// The folder or file, so that it can be destroyed at the handover.
    pub place: String,
    /// False from the intent until everything is written there.
    pub whole: bool,
}

/// Where a mail that goes out stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingState {
    /// Written and waiting.
    Queued,
    Sent,
    /// Refused for good by the server.
    Failed,
    /// The server may have it: only a person may send it again.
    Unknown,
    /// An officer took care of it.
    Settled,
}

impl OutgoingState {
    /// The name in the store.
    pub fn name(self) -> &'static str {
        match self {
            OutgoingState::Queued => "queued",
            OutgoingState::Sent => "sent",
            OutgoingState::Failed => "failed",
            OutgoingState::Unknown => "unknown",
            OutgoingState::Settled => "settled",
        }
    }
}

/// The papers that a RIO's mail takes to the office.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Submitted {
    pub by: OfficerId,
    /// Those of its requests that the office has on file.
    pub requests: Vec<RequestId>,
    /// SHA-256 over the mail.
    pub mail: Sha256,
}

/// A mail that goes out; its bytes are a blob.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OutgoingRow {
    pub message_id: String,
    pub from: String,
    pub to: String,
    /// What it is about: `reply`, `letter`, `notice`, `submission`.
    pub purpose: String,
    pub state: OutgoingState,
    pub blob: BlobName,
    /// The key's owner, under which the blob is encrypted.
    pub owner: String,
    /// What the server said last.
    pub detail: String,
    /// True for an answer: it goes out with the null reverse-path, so that no failure is answered.
    #[serde(default)]
    pub is_answer: bool,
    /// A RIO's mail, which leaves by the RIO's own way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Submitted>,
    /// When it was written.
    pub queued: Timestamp,
    /// How often it was handed over in vain.
    #[serde(default)]
    pub tries: u32,
    /// Not before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try: Option<Timestamp>,
    /// As [`Case::version`]; a new row is of version 1.
    #[serde(skip)]
    pub version: i64,
}

/// A mail over the limit: it was not read, and lies where its source puts what is refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UnreadRow {
    /// Its source and its key there, as in [`Write::MailPlace`].
    pub source_key: String,
    pub source: String,
    pub message: String,
    /// In bytes, as far as the source says.
    pub size: u64,
    pub reason: Reason,
    pub found: Timestamp,
}

/// What journal entries are found by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject<'a> {
    Request(RequestId),
    Card(CardSerial),
    Officer(&'a OfficerId),
}

impl fmt::Display for Subject<'_> {
    /// The name in the store.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Subject::Request(id) => write!(f, "request {id}"),
            Subject::Card(serial) => write!(f, "card {serial}"),
            Subject::Officer(id) => write!(f, "officer {id}"),
        }
    }
}

/// Stands for the bytes of a mail that was too large to be read.
pub const UNREAD: Sha256 = Sha256([0; 32]);

/// One change of a row. A row with a version is written only when the version is still the one it was read with.
pub enum Write {
    NewCase(Case),
    Case(Case),
    NewCard(CardRow),
    Card(CardRow),
    /// Public key identifiers of a card: no two cards may have the same key.
    CardKeys(CardSerial, Vec<Sha256>),
    Site(Site),
    Officer(Officer, Vec<u8>),
    NewMail(MailRow),
    Mail(MailRow),
    /// A place where a mail was found: its source and its key there. A mail that was too large to be read has
    /// [`UNREAD`] for its bytes.
    MailPlace {
        source_key: String,
        sha256: Sha256,
    },
    /// A mail over the limit, at a place that has [`UNREAD`] for its bytes.
    Unread(UnreadRow),
    /// A reply to an officer about a mail: one a mail, counted by the hour.
    Reply {
        mail: Sha256,
        officer: OfficerId,
    },
    /// A wrapped key of an owner (a request or a mail).
    NewKey {
        owner: String,
        wrapped: String,
    },
    /// A private document of an owner, as ciphertext.
    Document {
        owner: String,
        kind: String,
        ciphertext: Vec<u8>,
    },
    /// Search tokens of a request.
    Tokens(RequestId, Vec<String>),
    /// Reserves serial numbers: once in the life of a request.
    Issuance(Issuance),
    Certificate(CertificateRow),
    NewLetter(LetterRow),
    Letter(LetterRow),
    NewOutgoing(OutgoingRow),
    Outgoing(OutgoingRow),
    Checkpoint {
        seq: u64,
        note: String,
    },
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{what} was changed by someone else meanwhile: look at it and try again")]
    Conflict { what: String },
    #[error("{what} is there already")]
    Exists { what: String },
    #[error("card {0} serves another live request: use another card, or withdraw the other request first")]
    CardTaken(CardSerial),
    #[error("certificates for request {0} were issued or are being issued already")]
    AlreadyIssued(RequestId),
    #[error("the store cannot be reached or written: {0}. What was to be written is not; try again")]
    Unavailable(String),
    #[error(
        "the store has tables of version {found}, which this siegelpost does not read: go on with the siegelpost that made it. \
         Nothing was changed"
    )]
    OtherVersion { found: i64 },
    #[error(
        "the store holds something unreadable ({what}): restore it from the backup, and run siegelpost journal verify"
    )]
    Damaged { what: String },
}

/// The store.
///
/// [`Store::commit`] is durable on return, and atomic: all writes and all journal entries, or none. When the journal cannot be
/// written, nothing is. Two commits never interleave.
pub trait Store: Send + Sync {
    /// Writes all rows and appends all entries, stamped with `at`, in one transaction. The store counts the entries of each
    /// request: whatever number a draft has is replaced.
    fn commit(
        &self,
        at: Timestamp,
        writes: Vec<Write>,
        entries: Vec<journal::Draft>,
    ) -> Result<(), StoreError>;

    fn case(&self, id: RequestId) -> Result<Option<Case>, StoreError>;
    /// All requests, the oldest first.
    fn cases(&self) -> Result<Vec<Case>, StoreError>;
    fn card(&self, serial: CardSerial) -> Result<Option<CardRow>, StoreError>;
    fn card_of_chip(&self, chip_id: &str) -> Result<Option<CardRow>, StoreError>;
    fn cards(&self) -> Result<Vec<CardRow>, StoreError>;
    fn site(&self, id: &SiteId) -> Result<Option<Site>, StoreError>;
    fn sites(&self) -> Result<Vec<Site>, StoreError>;
    fn officer(&self, id: &OfficerId) -> Result<Option<Officer>, StoreError>;
    /// The officer who holds the certificate with this SHA-256.
    fn officer_of_certificate(&self, certificate: Sha256) -> Result<Option<Officer>, StoreError>;
    /// The officer's signing certificate, DER.
    fn officer_certificate(&self, id: &OfficerId) -> Result<Option<Vec<u8>>, StoreError>;
    fn officers(&self) -> Result<Vec<Officer>, StoreError>;
    fn mail(&self, sha256: Sha256) -> Result<Option<MailRow>, StoreError>;
    /// The mail in which this signer signed these bytes.
    fn mail_of_content(&self, signer: Sha256, content: Sha256) -> Result<Option<MailRow>, StoreError>;
    /// What was found at a place before: SHA-256 over the bytes, or [`UNREAD`].
    fn mail_place(&self, source_key: &str) -> Result<Option<Sha256>, StoreError>;
    /// The mail over the limit that lies at a place and was not read since.
    fn unread(&self, source_key: &str) -> Result<Option<UnreadRow>, StoreError>;
    /// All of them, the oldest first.
    fn all_unread(&self) -> Result<Vec<UnreadRow>, StoreError>;
    fn mails(&self) -> Result<Vec<MailRow>, StoreError>;
    /// The mails that wait to be judged, the oldest first.
    fn mails_waiting(&self) -> Result<Vec<MailRow>, StoreError>;
    /// How many replies about refused mails went to an officer since then.
    fn replies_since(&self, officer: &OfficerId, since: Timestamp) -> Result<u64, StoreError>;
    /// The wrapped key of an owner.
    fn key(&self, owner: &str) -> Result<Option<String>, StoreError>;
    fn document(&self, owner: &str, kind: &str) -> Result<Option<Vec<u8>>, StoreError>;
    fn requests_with_token(&self, token: &str) -> Result<Vec<RequestId>, StoreError>;
    fn issuance(&self, id: RequestId) -> Result<Option<Issuance>, StoreError>;
    fn certificates(&self, id: RequestId) -> Result<Vec<CertificateRow>, StoreError>;
    /// All certificates ever issued.
    fn all_certificates(&self) -> Result<Vec<CertificateRow>, StoreError>;
    fn letters(&self, batch: &BatchId) -> Result<Vec<LetterRow>, StoreError>;
    fn letter(&self, letter_id: &str) -> Result<Option<LetterRow>, StoreError>;
    fn outgoing(&self) -> Result<Vec<OutgoingRow>, StoreError>;
    /// Those that are queued or unknown, in the order in which they were written.
    fn outgoing_open(&self) -> Result<Vec<OutgoingRow>, StoreError>;
    fn outgoing_mail(&self, message_id: &str) -> Result<Option<OutgoingRow>, StoreError>;
    /// The blobs that rows name.
    fn blobs_in_use(&self) -> Result<BTreeSet<BlobName>, StoreError>;
    /// The journal from `first` on, in order.
    fn journal(&self, first: u64) -> Result<Vec<journal::Link>, StoreError>;
    /// The journal's entries `first` to `last`, in order.
    fn journal_part(&self, first: u64, last: u64) -> Result<Vec<journal::Link>, StoreError>;
    fn journal_head(&self) -> Result<journal::Head, StoreError>;
    /// The numbers of the journal's entries about somebody or something, in order. An index: what it says is worth no more than
    /// what stands in the entries.
    fn entries_about(&self, subject: &Subject) -> Result<Vec<u64>, StoreError>;
    /// All checkpoints, in the order of their sizes.
    fn checkpoints(&self) -> Result<Vec<String>, StoreError>;
    fn newest_checkpoint(&self) -> Result<Option<String>, StoreError>;
    /// The first checkpoint over this entry.
    fn checkpoint_over(&self, seq: u64) -> Result<Option<String>, StoreError>;
}

/// Why a blob could not be had.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("blob {0} is missing: restore it from the backup")]
    Missing(Sha256),
    #[error("blob {0} is not what it was when it was stored: restore it from the backup")]
    Damaged(Sha256),
    #[error("the blob store cannot be reached or written: {0}. Nothing was changed; try again")]
    Unavailable(String),
}

/// Large things at rest, always ciphertext, named by the SHA-256 of their bytes.
pub trait Blobs: Send + Sync {
    /// Stores the bytes; durable on return; storing the same bytes twice is fine.
    fn put(&self, ciphertext: &[u8]) -> Result<BlobName, BlobError>;
    /// Stores several; durable on return, all or an error.
    fn put_all(&self, ciphertexts: &[Vec<u8>]) -> Result<Vec<BlobName>, BlobError> {
        ciphertexts.iter().map(|bytes| self.put(bytes)).collect()
    }
    /// The bytes, checked against their name.
    fn get(&self, name: BlobName) -> Result<Vec<u8>, BlobError>;
    /// Removes the bytes; it is fine when they are gone already.
    fn remove(&self, name: BlobName) -> Result<(), BlobError>;
    /// The blobs that were stored before a moment.
    fn stored_before(&self, moment: Timestamp) -> Result<Vec<BlobName>, BlobError>;
}
