//! Clocks: the machine's, and one that stands where it is put.

use crate::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use std::sync::Mutex;

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the one place where the time comes in"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock for tests and samples: moves on by a second at each look, so that no two entries share a moment.
pub struct SteadyClock(Mutex<Timestamp>);

impl SteadyClock {
    /// A clock that starts at this moment.
    pub fn at(start: Timestamp) -> SteadyClock {
        SteadyClock(Mutex::new(start))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap_or_else(|p| p.into_inner()) += by;
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().unwrap_or_else(|p| p.into_inner());
        *now += SignedDuration::from_secs(1);
        *now
    }
}
