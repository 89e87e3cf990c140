//! A batch of letters between its rendering and its printing: an age file to the print key.
//!
//! It is a plain age file, without a context of ours inside, so that the `age` program opens it with the print key's file too. Which
//! batch it is and that it is the one that was rendered is proven by the hash of its ciphertext, which the store keeps.

use super::SealError;
use super::keys::{PrintKey, PrintRecipient};
use zeroize::Zeroizing;

impl PrintRecipient {
    /// Encrypts a batch to whoever prints it.
    pub fn seal_batch(&self, archive: &[u8]) -> Vec<u8> {
        age::encrypt(self.age(), archive)
            .expect("encrypting to one X25519 recipient in memory has no way to fail")
    }
}

impl PrintKey {
    /// Opens a batch.
    ///
    /// # Errors
    /// [`SealError::DoesNotOpen`] for a batch that was sealed to another key, or altered.
    pub fn open_batch(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        age::decrypt(self.age(), sealed)
            .map(Zeroizing::new)
            .map_err(|_| SealError::DoesNotOpen { what: "the batch" })
    }
}

#[cfg(test)]
mod tests {
    use super::super::KeyFile as _;
    use super::*;

    #[test]
    fn a_batch_opens_with_its_print_key_alone_and_only_unaltered() {
        let key = |n: u8| PrintKey::draw(&mut move |buffer: &mut [u8]| buffer.fill(n));
        let sealed = key(1).recipient().seal_batch(b"letters");
        assert!(!sealed.windows(7).any(|w| w == b"letters"));
        assert_eq!(key(1).open_batch(&sealed).expect("its own")[..], b"letters"[..]);
        let mut altered = sealed.clone();
        *altered.last_mut().expect("bytes") ^= 1;
        for (key, bytes) in [(key(2), &sealed), (key(1), &altered)] {
            assert_eq!(
                key.open_batch(bytes).map(drop),
                Err(SealError::DoesNotOpen { what: "the batch" })
            );
        }
    }
}
