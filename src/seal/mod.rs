//! The eTicket, and what only it opens; custody of what stays after the unseal; encryption and search of private data at rest.
//!
//! # A sealed card
//!
//! Prestaging ([`seal_card`]) draws `K_card` (256 bits) and three eTickets (80 bits each), and keeps of them only:
//!
//! - the card's PIN, PUK and management key under `K_card`;
//! - in each of three slots `salt_i` (256 random bits), `wrap_i` = `K_card` under HKDF-SHA-256(`ticket_i ‖ share_i`),
//!   `ticket_i` encrypted with age to the office's print key, and SHA-256 of the tag that proves the ticket.
//!
//! `share_i` = HMAC-SHA-256(master, `salt_i`), and the master lives outside the database. So each of these alone opens nothing:
//! the database, the letter, the card, the master, the print key. What opens a card is the ticket *and* the share, and the
//! server gives the share only for a right tag ([`SealedSlot::check`]); the ticket itself stays at the workstation
//! ([`tag`], [`unseal`]). The master with the database and without a ticket, or the print key with the database and
//! without the master, open nothing either.
//!
//! # Formats, version 1
//!
//! - *Context*: a label, a zero byte, then each part with its length before it (32 bits, big-endian). It is the associated data of
//!   every encryption, so that no ciphertext can be put in another's place. The labels name the version.
//! - *Sealed bytes*: nonce (12) ‖ AES-256-GCM ciphertext ‖ tag (16), in JSON as base64.
//! - *Derivation*: HKDF-SHA-256 (RFC 5869) without salt, the context as info.
//! - *Boxes* (to the print key, to custody): age v1 with an X25519 recipient; the plaintext is SHA-256 of the context, then the
//!   content, so that a box moved to another row is refused. *Escrow* is such a box for the first officer whose content is such a
//!   box for the second.
//! - *Key files*: see [`keys`].
//!
//! Randomness is handed in as [`Entropy`]. The one exception is inside age, which draws its own file key and ephemeral key
//! from the operating system: they never leave the ciphertext, and no key, salt or ticket of ours depends on them.

mod answer;
mod batch;
mod card;
mod cipher;
mod custody;
pub mod keys;
mod rest;
#[cfg(test)]
mod tests;
mod transfer;

pub use answer::{ANSWER_ITERATIONS, AnswerHash};
pub use card::{
    CardIdentity, CardSecrets, Release, SealedCard, SealedSlot, SlotNumber, Tag, open_ticket, seal_card, tag,
    unseal,
};
pub use cipher::Sealed;
pub use custody::{
    CustodyBox, CustodyContext, CustodySecrets, open_from_custody, open_from_escrow, open_pending,
    seal_pending, seal_to_custody,
};
pub use keys::{
    CustodyKey, CustodyRecipient, DataKey, EscrowKey, EscrowRecipient, EscrowRecipients, KeyFile,
    KeyFileError, PrintKey, PrintRecipient, SearchKey, ShareMaster,
};
pub use rest::{KeyOwner, RequestKey, SearchToken, WrappedKey};
pub use transfer::{TransferBox, open_transfer, seal_transfer};

use zeroize::Zeroizing;

/// Randomness as the crafts take it: any closure that fills a buffer will do.
pub trait Entropy {
    /// Fills the buffer with bytes nobody can foretell (in a test: with bytes of a seed).
    fn fill(&mut self, buffer: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> Entropy for F {
    fn fill(&mut self, buffer: &mut [u8]) {
        self(buffer);
    }
}

fn random<const N: usize>(entropy: &mut dyn Entropy) -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    entropy.fill(&mut bytes[..]);
    bytes
}

/// Why something sealed stays closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("this is not the eTicket of this card's letter: compare the number with the newest letter")]
    WrongTicket,
    #[error("what was kept for this eTicket is destroyed: take the card's next eTicket, or a new card")]
    Destroyed,
    #[error(
        "{what} does not open with this key: it was altered, belongs elsewhere, or was sealed to another key; check that the key \
         file is the office's present one, else restore the record from a backup"
    )]
    DoesNotOpen { what: &'static str },
    #[error(
        "{what} opens but is that of another record: rows were exchanged; call whoever runs the database"
    )]
    OtherContext { what: &'static str },
    #[error("a card has eTickets 1 to 3, not {found}")]
    NoSuchSlot { found: u8 },
    #[error("a PIN or PUK has 6 to 8 digits")]
    PinFormat,
    #[error("the answer is too short to protect a revocation: at least {least} letters or digits")]
    AnswerTooShort { least: usize },
    #[error("the record is of version {found} and this program knows {known}: update siegelpost")]
    Version { found: u8, known: u8 },
}

/// A PIN or PUK: 6 to 8 decimal digits (SP 800-73-4 part 2, 2.4.3). No `Debug`, wiped when dropped.
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Eight digits, each of the 10⁸ values equally likely.
    pub fn draw(entropy: &mut dyn Entropy) -> Pin {
        // 42·10⁸ is the largest multiple of 10⁸ below 2³²: what lies above would make small values likelier.
        const FAIR: u32 = 4_200_000_000;
        loop {
            let number = u32::from_be_bytes(*random::<4>(entropy));
            if number < FAIR {
                return Pin(Zeroizing::new(format!("{:08}", number % 100_000_000)));
            }
        }
    }

    /// A PIN that somebody chose.
    pub fn parse(text: &str) -> Result<Pin, SealError> {
        if (6..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Pin(Zeroizing::new(text.to_owned())))
        } else {
            Err(SealError::PinFormat)
        }
    }

    /// The digits, for the card.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
