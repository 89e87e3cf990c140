//! Custody: the PUK and management key after the unseal, sealed to a key that lives outside the database, and to two escrow
//! officers together for the day on which that key is lost.

use super::card::{CardIdentity, CardSecrets};
use super::cipher::{self, Context, Sealed, base64_text};
use super::keys::{CustodyKey, CustodyRecipient, EscrowKey, EscrowRecipients};
use super::{Entropy, Pin, SealError, random};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What is in custody for one card. No `Debug`, no `Clone`, wiped when dropped.
pub struct CustodySecrets {
    pub puk: Pin,
    pub management_key: Zeroizing<[u8; 32]>,
}

impl CustodySecrets {
    /// The key, then the PUK's digits.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let puk = self.puk.as_str().as_bytes();
        // Made as long as it gets: growing would leave a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(32 + puk.len()));
        bytes.extend_from_slice(&self.management_key[..]);
        bytes.extend_from_slice(puk);
        bytes
    }

    fn from_bytes(bytes: &[u8], what: &'static str) -> Result<CustodySecrets, SealError> {
        let (management_key, puk) = bytes
            .split_first_chunk::<32>()
            .ok_or(SealError::DoesNotOpen { what })?;
        let puk = std::str::from_utf8(puk).map_err(|_| SealError::DoesNotOpen { what })?;
        Ok(CustodySecrets {
            puk: Pin::parse(puk)?,
            management_key: Zeroizing::new(*management_key),
        })
    }

    /// Draws the pair that replaces the present one, which is done after each use.
    pub fn draw(entropy: &mut dyn Entropy) -> CustodySecrets {
        CustodySecrets {
            puk: Pin::draw(entropy),
            management_key: random(entropy),
        }
    }
}

/// Which card's secrets, and the how-manieth since the unseal (from 1): a box of an earlier rotation put back is refused, and
/// no try of the PUK is spent on it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyContext {
    pub card: CardIdentity,
    pub generation: u32,
}

impl CustodyContext {
    fn bound(&self) -> Context {
        self.card.context(
            "siegelpost custody of PUK and management key 1",
            &[&self.generation.to_be_bytes()],
        )
    }

    fn bound_in_escrow(&self) -> Context {
        self.card.context(
            "siegelpost escrow of PUK and management key 1",
            &[&self.generation.to_be_bytes()],
        )
    }
}

/// Secrets in custody, as the database keeps them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyBox {
    pub context: CustodyContext,
    #[serde(rename = "age", with = "base64_text")]
    content: Vec<u8>,
    /// The same secrets for the two escrow officers, age within age; absent where the office has no escrow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    escrow: Option<Sealed>,
}

impl CustodyBox {
    /// The same box with the secrets sealed to the escrow officers too. Whoever seals cannot open.
    pub fn with_escrow(mut self, officers: &EscrowRecipients, secrets: &CustodySecrets) -> CustodyBox {
        let context = self.context.bound_in_escrow();
        let inner = cipher::box_to(officers.inner().age(), &context, &secrets.to_bytes());
        self.escrow = Some(Sealed(cipher::box_to(officers.outer().age(), &context, &inner)));
        self
    }

    /// True when two escrow officers can open it.
    pub fn is_in_escrow(&self) -> bool {
        self.escrow.is_some()
    }
}

/// Seals the secrets to the office's custody key. Whoever seals cannot open.
pub fn seal_to_custody(
    recipient: &CustodyRecipient,
    context: &CustodyContext,
    secrets: &CustodySecrets,
) -> CustodyBox {
    let plain = secrets.to_bytes();
    CustodyBox {
        context: context.clone(),
        content: cipher::box_to(recipient.age(), &context.bound(), &plain),
        escrow: None,
    }
}

/// Opens what is in custody for an open reset or renewal case; `expected` comes from the card's own row.
///
/// # Errors
/// [`SealError::OtherContext`] when the box is of another card or an earlier rotation.
pub fn open_from_custody(
    key: &CustodyKey,
    expected: &CustodyContext,
    sealed: &CustodyBox,
) -> Result<CustodySecrets, SealError> {
    const WHAT: &str = "the custody record";
    let plain = cipher::unbox(key.age(), &expected.bound(), &sealed.content, WHAT)?;
    CustodySecrets::from_bytes(&plain, WHAT)
}

/// Opens what is in escrow with the keys of both officers, the first's first; `expected` comes from the card's own row.
///
/// # Errors
/// [`SealError::Destroyed`] where nothing was put into escrow, [`SealError::DoesNotOpen`] with a wrong key or in the wrong order,
/// [`SealError::OtherContext`] when the box is of another card or an earlier rotation.
pub fn open_from_escrow(
    outer: &EscrowKey,
    inner: &EscrowKey,
    expected: &CustodyContext,
    sealed: &CustodyBox,
) -> Result<CustodySecrets, SealError> {
    const WHAT: &str = "the escrow record";
    let context = expected.bound_in_escrow();
    let escrow = sealed.escrow.as_ref().ok_or(SealError::Destroyed)?;
    let within = cipher::unbox(outer.age(), &context, &escrow.0, WHAT)?;
    let plain = cipher::unbox(inner.age(), &context, &within, WHAT)?;
    CustodySecrets::from_bytes(&plain, WHAT)
}

/// Seals the secrets that a card is about to get under those it has: whoever opens the card with its eTicket once more, after an
/// unseal that was cut off, finds them again.
pub fn seal_pending(
    present: &CardSecrets,
    identity: &CardIdentity,
    next: &CustodySecrets,
    entropy: &mut dyn Entropy,
) -> Sealed {
    let plain = next.to_bytes();
    let context = pending_context(identity);
    cipher::encrypt(
        &cipher::derive(&present.management_key[..], &context),
        &context,
        &plain,
        entropy,
    )
}

/// Opens what [`seal_pending`] sealed.
pub fn open_pending(
    present: &CardSecrets,
    identity: &CardIdentity,
    pending: &Sealed,
) -> Result<CustodySecrets, SealError> {
    const WHAT: &str = "the pending record of an unseal";
    let context = pending_context(identity);
    let plain = cipher::decrypt(
        &cipher::derive(&present.management_key[..], &context),
        &context,
        pending,
        WHAT,
    )?;
    CustodySecrets::from_bytes(&plain, WHAT)
}

fn pending_context(identity: &CardIdentity) -> Context {
    identity.context("siegelpost pending secrets of an unseal 1", &[])
}
