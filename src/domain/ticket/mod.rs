//! The eTicket: the number in the unseal letter, and the life of one ticket.

mod number;

pub use number::{ETicket, ETicketError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Wrong tries that lock a ticket.
pub const TICKET_TRIES: u8 = 5;

/// Why a ticket became void before it was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidReason {
    /// A new letter with the card's next ticket replaces this one.
    Reprinted,
    /// The letter came back, or was lost before it was handed over.
    Returned,
    /// The request was withdrawn, or its certificates were revoked.
    Withdrawn,
    /// The card was unsealed with another ticket or at a walk-in, or went to another office.
    Unneeded,
}

/// Where a ticket stands: `Created → Live → Used | Expired | Void | Locked`.
///
/// Out of `Used`, `Expired`, `Void` and `Locked` no ticket comes back to life; what `seal` keeps for it is destroyed with
/// `Used` and `Void`, and a card whose letter expired or was locked takes its next ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum TicketState {
    /// Drawn at prestaging; its number opens nothing yet.
    Created,
    /// On its way to the holder: dispatch was recorded.
    Live {
        since: Timestamp,
        until: Timestamp,
        wrong_tries: u8,
    },
    /// The card was unsealed with it.
    Used { at: Timestamp },
    /// Its time ran out.
    Expired { at: Timestamp },
    /// Given up for a reason.
    Void { at: Timestamp, why: VoidReason },
    /// Five wrong tries.
    Locked { at: Timestamp },
}

/// Why a ticket does not do what was asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketRefusal {
    #[error("this eTicket is not yet live: its letter was not recorded as dispatched")]
    NotLive,
    #[error("this eTicket is live already, since {since}")]
    AlreadyLive { since: Timestamp },
    #[error("this eTicket was used on {at}: the card is unsealed; a forgotten PIN is a PIN reset")]
    Used { at: Timestamp },
    #[error("this eTicket was good until {until}: ask the LRAO for a new letter")]
    Expired { until: Timestamp },
    #[error("this eTicket is void since {at}: use the number of the newest letter, or ask the LRAO")]
    Void { at: Timestamp, why: VoidReason },
    #[error("this eTicket was locked on {at} after five wrong tries: ask the LRAO for a new letter")]
    Locked { at: Timestamp },
    #[error("this eTicket is good until {until} and cannot expire before")]
    NotYetExpired { until: Timestamp },
    #[error("an eTicket must be good for some time: {until} is not after {since}")]
    NoTime { since: Timestamp, until: Timestamp },
}

impl TicketState {
    /// Dispatch was recorded: the ticket opens its card from `at` until `until`.
    pub fn go_live(self, at: Timestamp, until: Timestamp) -> Result<TicketState, TicketRefusal> {
        match self {
            TicketState::Created if until > at => Ok(TicketState::Live {
                since: at,
                until,
                wrong_tries: 0,
            }),
            TicketState::Created => Err(TicketRefusal::NoTime { since: at, until }),
            TicketState::Live { since, .. } => Err(TicketRefusal::AlreadyLive { since }),
            over => Err(over.refusal()),
        }
    }

    /// Tries left at this moment; asked before a tag is compared.
    pub fn tries_left(self, at: Timestamp) -> Result<u8, TicketRefusal> {
        match self {
            TicketState::Live { until, .. } if at >= until => Err(TicketRefusal::Expired { until }),
            TicketState::Live { wrong_tries, .. } => Ok(TICKET_TRIES.saturating_sub(wrong_tries)),
            other => Err(other.refusal()),
        }
    }

    /// A wrong number was tried: one try fewer, and the fifth locks.
    pub fn wrong_try(self, at: Timestamp) -> Result<TicketState, TicketRefusal> {
        self.tries_left(at)?;
        match self {
            TicketState::Live { wrong_tries, .. } if wrong_tries + 1 >= TICKET_TRIES => {
                Ok(TicketState::Locked { at })
            }
            TicketState::Live {
                since,
                until,
                wrong_tries,
            } => Ok(TicketState::Live {
                since,
                until,
                wrong_tries: wrong_tries + 1,
            }),
            other => Err(other.refusal()),
        }
    }

    /// The card was unsealed with it.
    pub fn used(self, at: Timestamp) -> Result<TicketState, TicketRefusal> {
        self.tries_left(at)?;
        Ok(TicketState::Used { at })
    }

    /// The card was unsealed with it where nobody saw it: at a walk-in it goes from the sealed record straight to the card, and
    /// is never live.
    pub fn used_unseen(self, at: Timestamp) -> Result<TicketState, TicketRefusal> {
        match self {
            TicketState::Created => Ok(TicketState::Used { at }),
            other => Err(other.refusal()),
        }
    }

    /// Its time has run out.
    pub fn expire(self, at: Timestamp) -> Result<TicketState, TicketRefusal> {
        match self {
            TicketState::Live { until, .. } if at >= until => Ok(TicketState::Expired { at }),
            TicketState::Live { until, .. } => Err(TicketRefusal::NotYetExpired { until }),
            other => Err(other.refusal()),
        }
    }

    /// Gives the ticket up. A locked or expired one may be given up too, so that what is kept for it can be destroyed.
    pub fn void(self, at: Timestamp, why: VoidReason) -> Result<TicketState, TicketRefusal> {
        match self {
            TicketState::Used { .. } | TicketState::Void { .. } => Err(self.refusal()),
            _ => Ok(TicketState::Void { at, why }),
        }
    }

    /// True in the states in which nothing of the ticket's secrets may be kept any more.
    pub fn must_be_destroyed(self) -> bool {
        matches!(self, TicketState::Used { .. } | TicketState::Void { .. })
    }

    /// The refusal that a ticket which is not live answers with.
    fn refusal(self) -> TicketRefusal {
        match self {
            TicketState::Created => TicketRefusal::NotLive,
            TicketState::Live { since, .. } => TicketRefusal::AlreadyLive { since },
            TicketState::Used { at } => TicketRefusal::Used { at },
            TicketState::Expired { at } => TicketRefusal::Expired { until: at },
            TicketState::Void { at, why } => TicketRefusal::Void { at, why },
            TicketState::Locked { at } => TicketRefusal::Locked { at },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a small number of seconds")
    }

    const LIVE: TicketState = TicketState::Live {
        since: Timestamp::UNIX_EPOCH,
        until: Timestamp::MAX,
        wrong_tries: 0,
    };

    #[test]
    fn the_fifth_wrong_try_locks() {
        let mut state = LIVE;
        for left in (1..=5).rev() {
            assert_eq!(state.tries_left(at(9)), Ok(left));
            state = state.wrong_try(at(9)).expect("a live ticket takes a try");
        }
        assert_eq!(state, TicketState::Locked { at: at(9) });
        assert_eq!(state.used(at(10)), Err(TicketRefusal::Locked { at: at(9) }));
        assert_eq!(state.wrong_try(at(10)), Err(TicketRefusal::Locked { at: at(9) }));
    }

    #[test]
    fn every_state_allows_a_step_or_names_its_refusal() {
        use TicketState::*;
        let (now, until) = (at(100), at(50));
        let run_out = Live {
            since: at(0),
            until,
            wrong_tries: 2,
        };
        let why = VoidReason::Returned;
        let cases = [
            Created,
            LIVE,
            run_out,
            Used { at: at(1) },
            Expired { at: at(1) },
            Void { at: at(1), why },
            Locked { at: at(1) },
        ];
        let allowed = |step: fn(TicketState, Timestamp) -> Result<TicketState, TicketRefusal>| {
            cases.map(|state| step(state, now).is_ok())
        };
        //                                                   Created, live, run out, used, expired, void, locked
        assert_eq!(
            allowed(|s, t| s.go_live(t, at(200))),
            [true, false, false, false, false, false, false]
        );
        assert_eq!(
            allowed(TicketState::wrong_try),
            [false, true, false, false, false, false, false]
        );
        assert_eq!(
            allowed(TicketState::used),
            [false, true, false, false, false, false, false]
        );
        assert_eq!(
            allowed(TicketState::used_unseen),
            [true, false, false, false, false, false, false]
        );
        assert_eq!(
            allowed(TicketState::expire),
            [false, false, true, false, false, false, false]
        );
        assert_eq!(
            allowed(|s, t| s.void(t, VoidReason::Reprinted)),
            [true, true, true, false, true, false, true]
        );
        assert_eq!(run_out.used(now), Err(TicketRefusal::Expired { until }));
        assert_eq!(Created.used(now), Err(TicketRefusal::NotLive));
        assert_eq!(
            Created.go_live(now, now),
            Err(TicketRefusal::NoTime {
                since: now,
                until: now
            })
        );
        assert_eq!(
            Void { at: at(1), why }.used(now),
            Err(TicketRefusal::Void { at: at(1), why })
        );
    }

    #[test]
    fn a_state_survives_its_row() {
        let text = serde_json::to_string(&LIVE.wrong_try(at(1)).expect("live")).expect("serialises");
        assert!(
            text.contains(r#""state":"live""#) && text.contains(r#""wrong_tries":1"#),
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<TicketState>(&text).expect("reads back"),
            LIVE.wrong_try(at(1)).expect("live")
        );
    }
}
