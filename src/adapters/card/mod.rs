//! Cards: the simulated one in a folder, and PIV cards over PC/SC.

#[cfg(test)]
mod contract;
#[cfg(feature = "pcsc")]
pub mod pcsc;
pub mod piv;
pub mod simulated;

pub use crate::ports::card::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK};
