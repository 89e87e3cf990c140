//! Transfer: the secrets of a card that one system sealed, on their way to the office that gives it to somebody.

use super::SealError;
use super::card::{CardIdentity, CardSecrets};
use super::cipher::{self, Context, base64_text};
use super::keys::{CustodyKey, CustodyRecipient};
use serde::{Deserialize, Serialize};

/// PIN, PUK and management key of one card, to the custody key of the office that takes it in: age, the plaintext bound to the card.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransferBox(#[serde(with = "base64_text")] Vec<u8>);

fn context(card: &CardIdentity) -> Context {
    card.context("siegelpost transfer of card secrets 1", &[])
}

/// Seals the secrets for the office with this custody key.
pub fn seal_transfer(to: &CustodyRecipient, card: &CardIdentity, secrets: &CardSecrets) -> TransferBox {
    TransferBox(cipher::box_to(to.age(), &context(card), &secrets.to_bytes()[..]))
}

/// Opens what another system sealed for this office.
///
/// # Errors
/// [`SealError::DoesNotOpen`] when it is for another office, [`SealError::OtherContext`] when it is of another card.
pub fn open_transfer(
    key: &CustodyKey,
    card: &CardIdentity,
    sealed: &TransferBox,
) -> Result<CardSecrets, SealError> {
    const WHAT: &str = "the secrets of the card in the stock file";
    let plain = cipher::unbox(key.age(), &context(card), &sealed.0, WHAT)?;
    CardSecrets::from_bytes(&plain).ok_or(SealError::DoesNotOpen { what: WHAT })
}
