//! The revocation passphrase: the holder's answer, kept so that it can be checked and not be read.

use super::cipher::base64_text;
use super::{Entropy, SealError, random};
use aws_lc_rs::pbkdf2;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

/// Rounds of PBKDF2-HMAC-SHA-256 (OWASP Password Storage, 2023: at least 600,000).
pub const ANSWER_ITERATIONS: NonZeroU32 = NonZeroU32::new(600_000).expect("not zero");
/// A stored record may ask for no more rounds than this: about 10 seconds, whoever wrote it.
const MAX_ITERATIONS: u32 = 10_000_000;
/// Letters and digits that an answer must have: shorter ones are guessed on the telephone.
const LEAST: usize = 4;
/// Characters that are looked at.
const MOST: usize = 500;

/// Salted, slow hash of an answer (PBKDF2-HMAC-SHA-256, RFC 8018).
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerHash {
    iterations: NonZeroU32,
    #[serde(with = "base64_text")]
    salt: Vec<u8>,
    #[serde(with = "base64_text")]
    hash: Vec<u8>,
}

/// Case, accents, blanks and punctuation do not count: an answer is spoken on the telephone as often as typed.
fn fold(answer: &str) -> Zeroizing<String> {
    let composed = Zeroizing::new(answer.chars().take(MOST).nfkc().collect::<String>());
    let lower = Zeroizing::new(caseless::default_case_fold_str(&composed));
    Zeroizing::new(
        lower
            .nfkd()
            .filter(|c| !is_combining_mark(*c) && c.is_alphanumeric())
            .collect(),
    )
}

impl AnswerHash {
    /// Hashes an answer; `iterations` is [`ANSWER_ITERATIONS`] but in tests.
    ///
    /// # Errors
    /// [`SealError::AnswerTooShort`].
    pub fn of(
        answer: &str,
        iterations: NonZeroU32,
        entropy: &mut dyn Entropy,
    ) -> Result<AnswerHash, SealError> {
        let folded = fold(answer);
        if AnswerHash::is_too_short(answer) {
            return Err(SealError::AnswerTooShort { least: LEAST });
        }
        let salt = random::<16>(entropy);
        let mut hash = vec![0; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            iterations,
            &salt[..],
            folded.as_bytes(),
            &mut hash,
        );
        Ok(AnswerHash {
            iterations,
            salt: salt.to_vec(),
            hash,
        })
    }

    /// True when an answer is too short to be hashed, so that it can be said before anything is done.
    pub fn is_too_short(answer: &str) -> bool {
        fold(answer).chars().count() < LEAST
    }

    /// True when the answer is the one that was hashed.
    pub fn verify(&self, answer: &str) -> bool {
        self.iterations.get() <= MAX_ITERATIONS
            && self.hash.len() == 32
            && pbkdf2::verify(
                pbkdf2::PBKDF2_HMAC_SHA256,
                self.iterations,
                &self.salt,
                fold(answer).as_bytes(),
                &self.hash,
            )
            .is_ok()
    }
}
