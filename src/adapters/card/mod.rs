//! Cards: the simulated one in a folder, PIV cards over PC/SC, and those behind a vendor's PKCS#11 module.

#[cfg(test)]
mod contract;
pub mod joined;
#[cfg(feature = "pcsc")]
pub mod pcsc;
pub mod piv;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
pub mod signer;
pub mod simulated;

use crate::ports::card::{CardError, ReaderState, Readers};
use std::time::{Duration, Instant};

/// How often the readers are looked at while somebody is asked to put a card in: below what a person takes for delay.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Looks at the readers until something is there that was not, or the time is over.
fn look_until_changed(
    readers: &dyn Readers,
    seen: &[ReaderState],
    at_most: Duration,
) -> Result<Vec<ReaderState>, CardError> {
    let end = Instant::now() + at_most;
    loop {
        let now = readers.list()?;
        let left = end.saturating_duration_since(Instant::now());
        if now != seen || left.is_zero() {
            return Ok(now);
        }
        std::thread::sleep(left.min(LOOK_EVERY));
    }
}

pub use crate::ports::card::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK};
