//! Sealing a card at prestaging and opening it with one of its eTickets.

use super::cipher::{self, Context, Sealed, base64_text};
use super::keys::{PrintKey, PrintRecipient, ShareMaster};
use super::{Entropy, Pin, SealError, random};
use crate::domain::CardSerial;
use crate::domain::ticket::ETicket;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// The version of sealed cards that this program writes.
const VERSION: u8 = 1;

/// Which card it is: our serial and what the chip calls itself.
#[derive(Clone, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardIdentity {
    pub serial: CardSerial,
    pub chip_id: String,
}

impl CardIdentity {
    pub(super) fn context(&self, label: &'static str, more: &[&[u8]]) -> Context {
        let serial = self.serial.to_string();
        let mut parts = vec![serial.as_bytes(), self.chip_id.as_bytes()];
        parts.extend_from_slice(more);
        Context::of(label, &parts)
    }
}

/// What a sealed card keeps closed: its PIN, PUK and management key. No `Debug`, no `Clone`, wiped when dropped.
pub struct CardSecrets {
    pub pin: Pin,
    pub puk: Pin,
    pub management_key: Zeroizing<[u8; 32]>,
}

impl CardSecrets {
    /// Draws all three.
    pub fn draw(entropy: &mut dyn Entropy) -> CardSecrets {
        CardSecrets {
            pin: Pin::draw(entropy),
            puk: Pin::draw(entropy),
            management_key: random(entropy),
        }
    }

    /// Each PIN in 9 bytes (length, digits, zeros), then the key: as long for every card, so that a ciphertext tells nothing.
    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; 50]> {
        let mut bytes = Zeroizing::new([0; 50]);
        for (field, pin) in [(0, &self.pin), (9, &self.puk)] {
            let digits = pin.as_str().as_bytes();
            bytes[field] = digits.len() as u8;
            bytes[field + 1..field + 1 + digits.len()].copy_from_slice(digits);
        }
        bytes[18..].copy_from_slice(&self.management_key[..]);
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<CardSecrets> {
        let pin = |field: &[u8]| {
            let digits = field.get(1..1 + usize::from(*field.first()?))?;
            Pin::parse(std::str::from_utf8(digits).ok()?).ok()
        };
        (bytes.len() == 50).then_some(())?;
        let mut management_key = Zeroizing::new([0; 32]);
        management_key.copy_from_slice(&bytes[18..]);
        Some(CardSecrets {
            pin: pin(&bytes[..9])?,
            puk: pin(&bytes[9..18])?,
            management_key,
        })
    }
}

/// Which of a card's three eTickets, counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct SlotNumber(u8);

impl SlotNumber {
    /// All three in the order in which they are taken.
    pub const ALL: [SlotNumber; 3] = [SlotNumber(1), SlotNumber(2), SlotNumber(3)];

    /// The number, 1 to 3.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The ticket of a reprint; `None` after the third, when only escrow or a new card is left.
    pub fn next(self) -> Option<SlotNumber> {
        SlotNumber::try_from(self.0 + 1).ok()
    }
}

impl TryFrom<u8> for SlotNumber {
    type Error = SealError;
    fn try_from(number: u8) -> Result<SlotNumber, SealError> {
        (1..=3)
            .contains(&number)
            .then_some(SlotNumber(number))
            .ok_or(SealError::NoSuchSlot { found: number })
    }
}

impl From<SlotNumber> for u8 {
    fn from(number: SlotNumber) -> u8 {
        number.0
    }
}

/// What is kept for one eTicket.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "slot", rename_all = "snake_case", deny_unknown_fields)]
pub enum SealedSlot {
    Sealed {
        /// From this and the master comes the share.
        #[serde(with = "base64_text")]
        salt: Vec<u8>,
        /// `K_card` under the ticket and the share.
        wrap: Sealed,
        /// The ticket, to the print key (age).
        #[serde(with = "base64_text")]
        ticket: Vec<u8>,
        /// SHA-256 of the ticket's tag.
        #[serde(with = "base64_text")]
        verifier: Vec<u8>,
    },
    /// The ticket is void or used: nothing is left that it could open.
    Destroyed,
}

/// A sealed card as the database keeps it. Nothing in it opens without a ticket and the share master.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedCard {
    /// 1.
    pub version: u8,
    pub identity: CardIdentity,
    /// PIN, PUK and management key under `K_card`.
    pub secrets: Sealed,
    /// The three eTickets; the slot of number `n` is the `n`th.
    pub slots: [SealedSlot; 3],
}

impl SealedCard {
    /// The slot of this number.
    pub fn slot(&self, number: SlotNumber) -> &SealedSlot {
        &self.slots[usize::from(number.0) - 1]
    }

    /// The slot of this number, to destroy it.
    pub fn slot_mut(&mut self, number: SlotNumber) -> &mut SealedSlot {
        &mut self.slots[usize::from(number.0) - 1]
    }

    /// Refuses a record that a newer program wrote.
    pub fn check_version(&self) -> Result<(), SealError> {
        if self.version == VERSION {
            Ok(())
        } else {
            Err(SealError::Version {
                found: self.version,
                known: VERSION,
            })
        }
    }
}

/// Proof that somebody holds a ticket, without the ticket. Sent to the server; a secret until the card is unsealed.
pub struct Tag(Zeroizing<[u8; 32]>);

/// What the server gives for a right tag: useless without the ticket.
pub struct Release {
    share: Zeroizing<[u8; 32]>,
    wrap: Sealed,
}

/// 32 secret bytes on the wire between wizard and server: base64, within the protected connection.
struct Secret32(Zeroizing<[u8; 32]>);

impl Serialize for Secret32 {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        base64_text::serialize(&self.0[..], s)
    }
}

impl<'de> Deserialize<'de> for Secret32 {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let bytes = Zeroizing::new(base64_text::deserialize(d)?);
        let array = bytes[..]
            .try_into()
            .map_err(|_| serde::de::Error::invalid_length(bytes.len(), &"32 bytes"))?;
        Ok(Secret32(Zeroizing::new(array)))
    }
}

impl Serialize for Tag {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        base64_text::serialize(&self.0[..], s)
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Secret32::deserialize(d).map(|s| Tag(s.0))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseWire {
    share: Secret32,
    wrap: Sealed,
}

impl Serialize for Release {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        ReleaseWire {
            share: Secret32(self.share.clone()),
            wrap: self.wrap.clone(),
        }
        .serialize(s)
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        ReleaseWire::deserialize(d).map(|wire| Release {
            share: wire.share.0,
            wrap: wire.wrap,
        })
    }
}

fn wrap_key(
    ticket: &ETicket,
    share: &[u8; 32],
    identity: &CardIdentity,
    number: SlotNumber,
) -> Zeroizing<[u8; 32]> {
    let mut secret = Zeroizing::new([0; 42]);
    secret[..10].copy_from_slice(ticket.as_bytes());
    secret[10..].copy_from_slice(share);
    cipher::derive(&secret[..], &wrap_context(identity, number))
}

fn wrap_context(identity: &CardIdentity, number: SlotNumber) -> Context {
    identity.context("siegelpost card wrap 1", &[&[number.0]])
}

fn ticket_context(identity: &CardIdentity, number: SlotNumber) -> Context {
    identity.context("siegelpost eTicket 1", &[&[number.0]])
}

fn secrets_context(identity: &CardIdentity) -> Context {
    identity.context("siegelpost card secrets 1", &[])
}

/// Seals a card: its secrets under a key that only one of three new eTickets opens, together with the master's share.
///
/// `K_card` and the tickets are drawn from `entropy`, used and wiped; they are in no return value.
pub fn seal_card(
    identity: &CardIdentity,
    secrets: &CardSecrets,
    print_key: &PrintRecipient,
    master: &ShareMaster,
    entropy: &mut dyn Entropy,
) -> SealedCard {
    let card_key = random::<32>(entropy);
    let slots = SlotNumber::ALL.map(|number| {
        let ticket = ETicket::from_bytes(&mut random::<10>(entropy));
        let salt = random::<32>(entropy);
        let share = master.share(&salt[..]);
        SealedSlot::Sealed {
            salt: salt.to_vec(),
            wrap: cipher::encrypt(
                &wrap_key(&ticket, &share, identity, number),
                &wrap_context(identity, number),
                &card_key[..],
                entropy,
            ),
            ticket: cipher::box_to(
                print_key.age(),
                &ticket_context(identity, number),
                ticket.as_bytes(),
            ),
            verifier: cipher::sha256(&tag(&ticket, identity, number).0[..]).to_vec(),
        }
    });
    let secrets = cipher::encrypt(
        &card_key,
        &secrets_context(identity),
        &secrets.to_bytes()[..],
        entropy,
    );
    SealedCard {
        version: VERSION,
        identity: identity.clone(),
        secrets,
        slots,
    }
}

/// Opens the ticket of a slot for the letter; only where letters are printed.
///
/// # Errors
/// [`SealError::Destroyed`], [`SealError::DoesNotOpen`] for another print key or altered bytes, [`SealError::OtherContext`]
/// when the ticket of another card or slot was put in its place.
pub fn open_ticket(
    identity: &CardIdentity,
    number: SlotNumber,
    slot: &SealedSlot,
    key: &PrintKey,
) -> Result<ETicket, SealError> {
    const WHAT: &str = "the eTicket kept for the letter";
    let SealedSlot::Sealed { ticket, .. } = slot else {
        return Err(SealError::Destroyed);
    };
    let bytes = cipher::unbox(key.age(), &ticket_context(identity, number), ticket, WHAT)?;
    let mut bits: [u8; 10] = bytes[..]
        .try_into()
        .map_err(|_| SealError::DoesNotOpen { what: WHAT })?;
    Ok(ETicket::from_bytes(&mut bits))
}

/// The proof that the wizard sends in place of the ticket.
pub fn tag(ticket: &ETicket, identity: &CardIdentity, number: SlotNumber) -> Tag {
    Tag(cipher::derive(
        ticket.as_bytes(),
        &identity.context("siegelpost eTicket tag 1", &[&[number.0]]),
    ))
}

impl SealedSlot {
    /// Compares a tag in constant time and releases the share and the wrap for the right one.
    ///
    /// # Errors
    /// [`SealError::WrongTicket`]: the caller counts the try, durably, before it answers. [`SealError::Destroyed`].
    pub fn check(&self, tag: &Tag, master: &ShareMaster) -> Result<Release, SealError> {
        let SealedSlot::Sealed {
            salt, wrap, verifier, ..
        } = self
        else {
            return Err(SealError::Destroyed);
        };
        verify_slices_are_equal(&cipher::sha256(&tag.0[..]), verifier).map_err(|_| SealError::WrongTicket)?;
        Ok(Release {
            share: master.share(salt),
            wrap: wrap.clone(),
        })
    }

    /// Destroys what is kept for the ticket, because it is void or used.
    pub fn destroy(&mut self) {
        if let SealedSlot::Sealed {
            salt,
            wrap,
            ticket,
            verifier,
        } = self
        {
            [salt, &mut wrap.0, ticket, verifier]
                .into_iter()
                .for_each(Zeroize::zeroize);
        }
        *self = SealedSlot::Destroyed;
    }

    /// True when the ticket can open nothing any more.
    pub fn is_destroyed(&self) -> bool {
        matches!(self, SealedSlot::Destroyed)
    }
}

impl fmt::Debug for SealedSlot {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(if self.is_destroyed() {
            "SealedSlot::Destroyed"
        } else {
            "SealedSlot::Sealed"
        })
    }
}

/// Opens the card's secrets at the workstation with the ticket and what the server released.
pub fn unseal(
    ticket: &ETicket,
    release: &Release,
    secrets: &Sealed,
    identity: &CardIdentity,
    number: SlotNumber,
) -> Result<CardSecrets, SealError> {
    const WHAT: &str = "the sealed card";
    let wrapping = wrap_key(ticket, &release.share, identity, number);
    let card_key = cipher::decrypt(&wrapping, &wrap_context(identity, number), &release.wrap, WHAT)?;
    let card_key: Zeroizing<[u8; 32]> = Zeroizing::new(
        card_key[..]
            .try_into()
            .map_err(|_| SealError::DoesNotOpen { what: WHAT })?,
    );
    let bytes = cipher::decrypt(&card_key, &secrets_context(identity), secrets, WHAT)?;
    CardSecrets::from_bytes(&bytes).ok_or(SealError::DoesNotOpen { what: WHAT })
}
