//! What the journey asks of the world: small traits whose comments are promises.

pub mod card;

use jiff::Timestamp;

/// The time, handed in so that a test, a sample and an audit can choose it.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Randomness for keys, ids, tickets and salts.
pub trait Random: Send + Sync {
    /// Fills the buffer with bytes nobody can foretell (in a test: with bytes of a seed).
    fn fill(&self, buffer: &mut [u8]);
}

/// Random bytes of a known length.
pub fn random_bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}
