//! The office's side of an unseal, as the wizard at the workstation sees it: the eTicket stays with the wizard.

use crate::domain::{OfficerId, RequestId};
use crate::ports::card::Slot;
use crate::ports::store::CardKey;
use crate::seal::{
    AnswerHash, CardIdentity, CustodyBox, CustodyRecipient, EscrowRecipients, Release, Sealed, SlotNumber,
    Tag,
};

/// Why the office does not go on with an unseal.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The rules stand against it; the code is stable.
    #[error("{why}")]
    Refused { code: &'static str, why: String },
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    Damaged(String),
}

/// What the office says to a sealed card that is put into a reader.
pub struct Invitation {
    pub request_id: RequestId,
    pub identity: CardIdentity,
    /// The eTicket that opens the card, 1 to 3, and how many tries it has left; none are counted at a walk-in, where nobody
    /// types it.
    pub slot: SlotNumber,
    pub tries_left: Option<u8>,
    /// To be signed by card and helper.
    pub challenge: Vec<u8>,
    /// The keys that prestaging recorded.
    pub keys: Vec<CardKey>,
    pub certificates: Vec<(Slot, Vec<u8>)>,
    pub custody: CustodyRecipient,
    /// Where the office has escrow.
    pub escrow: Option<EscrowRecipients>,
}

/// Both signatures over the challenge: the helper's, and the card's own (slot 9E).
pub struct Proofs {
    pub helper: OfficerId,
    pub by_helper: Vec<u8>,
    pub by_card: Vec<u8>,
    /// The helper said that the travel document shows the person who is there.
    pub document_compared: bool,
}

/// What a right tag brings.
pub struct Released {
    pub release: Release,
    /// PIN, PUK and management key under K_card.
    pub secrets: Sealed,
    /// The new PUK and management key of a run that was cut off, under the old ones.
    pub pending: Option<Sealed>,
}

/// The revocation passphrase as the office keeps it.
pub struct Passphrase {
    pub question: String,
    pub answer: AnswerHash,
}

/// The office's side of one unseal.
pub trait UnsealService {
    /// Looks the card up. Costs no try.
    fn invite(&self, chip_id: &str) -> Result<Invitation, ServiceError>;
    /// Checks both proofs, then the tag; a wrong tag costs a try, which is durable before the answer.
    fn release(&self, proofs: &Proofs, tag: &Tag) -> Result<Released, ServiceError>;
    /// Makes the secrets that the card is about to get durable: for the office (custody) and for a run that follows (pending).
    fn keep_pending(&self, pending: &Sealed, custody: &CustodyBox) -> Result<(), ServiceError>;
    /// Records that the card is open: the eTicket is used, what is left of all three is destroyed.
    fn finish(&self, passphrase: &Passphrase) -> Result<(), ServiceError>;
}
