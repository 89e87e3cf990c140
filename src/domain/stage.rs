//! The stages of a request and the states of a card: what each carries, and which step leads where.

use super::ids::{BatchId, CardSerial, OfficerId, RequestId, Sha256, SiteId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a request stands. Each stage carries what it needs and no more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Printed by an officer; nothing has come back.
    Drafted { by: OfficerId },
    /// The officer's mail was verified and kept.
    Received { mail: Sha256, rio: OfficerId },
    /// The scans were read.
    Read { mail: Sha256, rio: OfficerId },
    /// All checks were computed; a person is to look. Without mail and RIO the holder walked in, and an LRAO identified them.
    InReview {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mail: Option<Sha256>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rio: Option<OfficerId>,
        since: Timestamp,
    },
    /// An LRAO approved; the decision is a signature kept under this hash.
    Approved {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mail: Option<Sha256>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rio: Option<OfficerId>,
        lrao: OfficerId,
        decision: Sha256,
    },
    /// Serial numbers are reserved; certificates are being signed.
    Issuing {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rio: Option<OfficerId>,
        lrao: OfficerId,
        decision: Sha256,
    },
    /// Three certificates exist; a letter is to be made, or the card is opened at the walk-in.
    Issued {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rio: Option<OfficerId>,
        lrao: OfficerId,
    },
    /// The letter with the eTicket of this slot (1 to 3) is made and waits for its handover.
    LetterReady {
        rio: OfficerId,
        lrao: OfficerId,
        slot: u8,
        batch: BatchId,
    },
    /// The letter is on its way; its eTicket is live.
    Dispatched {
        rio: OfficerId,
        lrao: OfficerId,
        slot: u8,
        batch: BatchId,
        at: Timestamp,
    },
    /// The holder opened the card.
    Unsealed { helper: OfficerId, at: Timestamp },
    /// Refused by an LRAO.
    Rejected { reason: String, by: OfficerId },
    /// Taken back by who asked for it.
    Withdrawn { by: OfficerId },
    /// The letter came back from the post.
    Returned {
        rio: OfficerId,
        lrao: OfficerId,
        slot: u8,
    },
}

/// What is done to a request. A step carries what only the doer knows; who and when are handed to [`Stage::take`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    Receive {
        mail: Sha256,
    },
    Read,
    Review,
    /// The holder is at the LRAO's desk: identified, the papers signed and read.
    WalkIn,
    Approve {
        decision: Sha256,
    },
    Reject {
        reason: String,
    },
    BeginIssue,
    FinishIssue,
    PrepareLetter {
        slot: u8,
        batch: BatchId,
    },
    Dispatch,
    Return,
    Unseal,
    Withdraw,
}

/// Who does a step, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Act<'a> {
    pub by: &'a OfficerId,
    pub at: Timestamp,
}

/// Why a step cannot be done from a stage.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the request is {stage}; ‘{step}’ comes later: do what is open first (siegelpost request list)")]
    TooEarly { stage: &'static str, step: &'static str },
    #[error("the request is {stage}; ‘{step}’ was done before and is not done twice")]
    AlreadyDone { stage: &'static str, step: &'static str },
    #[error("the request is {stage}, which is its end; ‘{step}’ needs a new request")]
    Over { stage: &'static str, step: &'static str },
    #[error("{by} sent this request in as its RIO: another officer has to do ‘{step}’ (two people decide)")]
    SamePerson { by: OfficerId, step: &'static str },
    #[error("the holder walked in, so no letter is made: siegelpost walk-in opens the card")]
    WalkedIn,
}

impl Refusal {
    /// The stable code of the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::TooEarly { .. } => "too_early",
            Refusal::AlreadyDone { .. } => "already_done",
            Refusal::Over { .. } => "over",
            Refusal::SamePerson { .. } => "same_person",
            Refusal::WalkedIn => "walk_in",
        }
    }
}

impl Step {
    /// The name in refusals and in the journal.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Receive { .. } => "receive",
            Step::Read => "read",
            Step::Review => "review",
            Step::WalkIn => "walk_in",
            Step::Approve { .. } => "approve",
            Step::Reject { .. } => "reject",
            Step::BeginIssue => "begin_issue",
            Step::FinishIssue => "finish_issue",
            Step::PrepareLetter { .. } => "prepare_letter",
            Step::Dispatch => "dispatch",
            Step::Return => "return",
            Step::Unseal => "unseal",
            Step::Withdraw => "withdraw",
        }
    }

    /// The place of the step in the order of the journey; `None` for steps beside it.
    fn order(&self) -> Option<u8> {
        Some(match self {
            Step::Receive { .. } => 1,
            Step::Read => 2,
            Step::Review | Step::WalkIn => 3,
            Step::Approve { .. } | Step::Reject { .. } => 4,
            Step::BeginIssue => 5,
            Step::FinishIssue => 6,
            Step::PrepareLetter { .. } => 7,
            Step::Dispatch => 8,
            Step::Return | Step::Unseal => 9,
            _ => return None,
        })
    }
}

impl Stage {
    /// The name in lists and in the store.
    pub fn name(&self) -> &'static str {
        match self {
            Stage::Drafted { .. } => "drafted",
            Stage::Received { .. } => "received",
            Stage::Read { .. } => "read",
            Stage::InReview { .. } => "in_review",
            Stage::Approved { .. } => "approved",
            Stage::Issuing { .. } => "issuing",
            Stage::Issued { .. } => "issued",
            Stage::LetterReady { .. } => "letter_ready",
            Stage::Dispatched { .. } => "dispatched",
            Stage::Unsealed { .. } => "unsealed",
            Stage::Rejected { .. } => "rejected",
            Stage::Withdrawn { .. } => "withdrawn",
            Stage::Returned { .. } => "returned",
        }
    }

    /// True while the request holds its card: the database lets a card serve one live request.
    pub fn is_live(&self) -> bool {
        !self.is_end() || matches!(self, Stage::Unsealed { .. })
    }

    /// True when no step leads on.
    pub fn is_end(&self) -> bool {
        matches!(
            self,
            Stage::Unsealed { .. } | Stage::Rejected { .. } | Stage::Withdrawn { .. }
        )
    }

    /// The RIO who sent the request in, once known.
    pub fn rio(&self) -> Option<&OfficerId> {
        match self {
            Stage::InReview { rio, .. }
            | Stage::Approved { rio, .. }
            | Stage::Issuing { rio, .. }
            | Stage::Issued { rio, .. } => rio.as_ref(),
            Stage::Received { rio, .. }
            | Stage::Read { rio, .. }
            | Stage::LetterReady { rio, .. }
            | Stage::Dispatched { rio, .. }
            | Stage::Returned { rio, .. } => Some(rio),
            _ => None,
        }
    }

    /// True from the identification to the open card of somebody who walked in: no RIO takes part.
    pub fn is_walk_in(&self) -> bool {
        match self {
            Stage::InReview { rio, .. }
            | Stage::Approved { rio, .. }
            | Stage::Issuing { rio, .. }
            | Stage::Issued { rio, .. } => rio.is_none(),
            _ => false,
        }
    }

    /// The LRAO who decided, once known.
    pub fn lrao(&self) -> Option<&OfficerId> {
        match self {
            Stage::Approved { lrao, .. }
            | Stage::Issuing { lrao, .. }
            | Stage::Issued { lrao, .. }
            | Stage::LetterReady { lrao, .. }
            | Stage::Dispatched { lrao, .. }
            | Stage::Returned { lrao, .. } => Some(lrao),
            _ => None,
        }
    }

    /// How many steps of the journey lie behind.
    fn reached(&self) -> u8 {
        match self {
            Stage::Drafted { .. } => 0,
            Stage::Received { .. } => 1,
            Stage::Read { .. } => 2,
            Stage::InReview { .. } => 3,
            Stage::Approved { .. } => 4,
            Stage::Issuing { .. } => 5,
            Stage::Issued { .. } => 6,
            Stage::LetterReady { .. } => 7,
            Stage::Dispatched { .. } => 8,
            _ => 9,
        }
    }

    /// The next stage, or why there is none.
    pub fn take(self, step: Step, act: &Act) -> Result<Stage, Refusal> {
        use Stage as S;
        let by = act.by.clone();
        let other_than = |rio: &Option<OfficerId>, step: &Step| {
            if rio.as_ref() == Some(&by) {
                Err(Refusal::SamePerson {
                    by: by.clone(),
                    step: step.name(),
                })
            } else {
                Ok(())
            }
        };
        match (self, step) {
            (S::Drafted { .. }, Step::Receive { mail }) => Ok(S::Received { mail, rio: by }),
            (S::Received { mail, rio }, Step::Read) => Ok(S::Read { mail, rio }),
            (S::Read { mail, rio }, Step::Review) => Ok(S::InReview {
                mail: Some(mail),
                rio: Some(rio),
                since: act.at,
            }),
            (S::Drafted { .. }, Step::WalkIn) => Ok(S::InReview {
                mail: None,
                rio: None,
                since: act.at,
            }),
            (S::InReview { mail, rio, .. }, Step::Approve { decision }) => {
                other_than(&rio, &Step::Approve { decision })?;
                Ok(S::Approved {
                    mail,
                    rio,
                    lrao: by,
                    decision,
                })
            }
            (S::InReview { rio, .. }, Step::Reject { reason }) => {
                other_than(
                    &rio,
                    &Step::Reject {
                        reason: String::new(),
                    },
                )?;
                Ok(S::Rejected { reason, by })
            }
            (
                S::Approved {
                    rio, lrao, decision, ..
                },
                Step::BeginIssue,
            ) => Ok(S::Issuing { rio, lrao, decision }),
            (S::Issuing { rio, lrao, .. }, Step::FinishIssue) => Ok(S::Issued { rio, lrao }),
            (S::Issued { rio: None, .. }, Step::PrepareLetter { .. }) => Err(Refusal::WalkedIn),
            (
                S::Issued { rio: Some(rio), lrao } | S::Returned { rio, lrao, .. },
                Step::PrepareLetter { slot, batch },
            ) => Ok(S::LetterReady {
                rio,
                lrao,
                slot,
                batch,
            }),
            (
                S::LetterReady {
                    rio,
                    lrao,
                    slot,
                    batch,
                },
                Step::Dispatch,
            ) => Ok(S::Dispatched {
                rio,
                lrao,
                slot,
                batch,
                at: act.at,
            }),
            // A letter is given up after it was posted, or before: spoiled in print, or lost in the house.
            (
                S::LetterReady { rio, lrao, slot, .. } | S::Dispatched { rio, lrao, slot, .. },
                Step::Return,
            ) => Ok(S::Returned { rio, lrao, slot }),
            (S::Dispatched { .. }, Step::Unseal) => Ok(S::Unsealed {
                helper: by,
                at: act.at,
            }),
            // A walk-in opens the card where its certificates were issued.
            (S::Issued { rio: None, .. }, Step::Unseal) => Ok(S::Unsealed {
                helper: by,
                at: act.at,
            }),
            (stage, step) if stage.is_end() => Err(Refusal::Over {
                stage: stage.name(),
                step: step.name(),
            }),
            (_, Step::Withdraw) => Ok(S::Withdrawn { by }),
            (stage, step) => Err(match step.order() {
                Some(order) if order > stage.reached() => Refusal::TooEarly {
                    stage: stage.name(),
                    step: step.name(),
                },
                _ => Refusal::AlreadyDone {
                    stage: stage.name(),
                    step: step.name(),
                },
            }),
        }
    }
}

/// Where a card stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CardState {
    /// Prestaged and sealed, in the office's stock.
    Staged,
    /// On its way to a site: on a delivery note that is not yet confirmed.
    InDelivery { site: SiteId },
    /// Received at a site; may be used in a request.
    Delivered { site: SiteId },
    /// Named in a live request.
    Reserved { site: SiteId, request: RequestId },
    /// Certificates exist for its keys.
    Certified { site: SiteId, request: RequestId },
    /// Unsealed and in the holder's hands.
    Active { request: RequestId },
    /// Its certificates are revoked.
    Revoked { request: RequestId },
    /// Taken out of use.
    Retired,
    /// Missing.
    Lost,
}

/// What happens to a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardStep {
    Deliver {
        site: SiteId,
    },
    Receive,
    Reserve {
        request: RequestId,
    },
    /// The live request ended before anything was issued: the card is free again.
    Free,
    Certify,
    Activate,
    Revoke,
    Retire,
    Lose,
}

/// Why a card cannot take a step.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("card {serial} is {state}: it cannot be {step}")]
pub struct CardRefusal {
    pub serial: CardSerial,
    pub state: &'static str,
    pub step: &'static str,
}

impl CardState {
    /// The name in lists and in the store.
    pub fn name(&self) -> &'static str {
        match self {
            CardState::Staged => "staged",
            CardState::InDelivery { .. } => "in_delivery",
            CardState::Delivered { .. } => "delivered",
            CardState::Reserved { .. } => "reserved",
            CardState::Certified { .. } => "certified",
            CardState::Active { .. } => "active",
            CardState::Revoked { .. } => "revoked",
            CardState::Retired => "retired",
            CardState::Lost => "lost",
        }
    }

    /// The site where the card lies, where one is known.
    pub fn site(&self) -> Option<&SiteId> {
        match self {
            CardState::InDelivery { site }
            | CardState::Delivered { site }
            | CardState::Reserved { site, .. }
            | CardState::Certified { site, .. } => Some(site),
            _ => None,
        }
    }

    /// The request that the card serves, where there is one.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            CardState::Reserved { request, .. }
            | CardState::Certified { request, .. }
            | CardState::Active { request }
            | CardState::Revoked { request } => Some(*request),
            _ => None,
        }
    }

    /// The next state, or why there is none.
    pub fn take(self, step: CardStep, serial: CardSerial) -> Result<CardState, CardRefusal> {
        use CardState as C;
        Ok(match (self, step) {
            (C::Staged, CardStep::Deliver { site }) => C::InDelivery { site },
            (C::InDelivery { site }, CardStep::Receive) => C::Delivered { site },
            (C::Delivered { site }, CardStep::Reserve { request }) => C::Reserved { site, request },
            (C::Reserved { site, .. }, CardStep::Free) => C::Delivered { site },
            (C::Reserved { site, request }, CardStep::Certify) => C::Certified { site, request },
            (C::Certified { request, .. }, CardStep::Activate) => C::Active { request },
            (C::Certified { request, .. } | C::Active { request }, CardStep::Revoke) => {
                C::Revoked { request }
            }
            (
                C::Staged | C::InDelivery { .. } | C::Delivered { .. } | C::Revoked { .. },
                CardStep::Retire,
            ) => C::Retired,
            (C::Staged | C::InDelivery { .. } | C::Delivered { .. }, CardStep::Lose) => C::Lost,
            (state, step) => {
                let step = match step {
                    CardStep::Deliver { .. } => "delivered",
                    CardStep::Receive => "received",
                    CardStep::Reserve { .. } => "used in a request",
                    CardStep::Free => "set free",
                    CardStep::Certify => "certified",
                    CardStep::Activate => "activated",
                    CardStep::Revoke => "revoked",
                    CardStep::Retire => "retired",
                    CardStep::Lose => "reported lost",
                };
                return Err(CardRefusal {
                    serial,
                    state: state.name(),
                    step,
                });
            }
        })
    }
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
