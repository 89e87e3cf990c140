//! What stays closed, and to whom.

mod card;
mod keys;

use super::*;
use crate::domain::CardSerial;

/// Bytes of a seed: SHA-256 in counter mode.
pub(super) fn seeded(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut counter = 0u64;
    move |buffer: &mut [u8]| {
        for chunk in buffer.chunks_mut(32) {
            counter += 1;
            let block = cipher::sha256(&[seed.to_be_bytes(), counter.to_be_bytes()].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

pub(super) fn identity(number: u32) -> CardIdentity {
    CardIdentity {
        serial: CardSerial::from_number(number),
        chip_id: format!("{number:032x}"),
    }
}
