//! The few primitives under everything sealed: contexts, AES-256-GCM, HKDF, HMAC, age boxes.

use super::{Entropy, SealError, random};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, hkdf, hmac};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// What a ciphertext or a derived key is for: a label that names the version, and parts that cannot run into one another.
pub(super) struct Context(Vec<u8>);

impl Context {
    pub(super) fn of(label: &'static str, parts: &[&[u8]]) -> Context {
        let mut bytes = label.as_bytes().to_vec();
        bytes.push(0);
        for part in parts {
            let length = u32::try_from(part.len()).expect("parts of a context are short names and ids");
            bytes.extend(length.to_be_bytes());
            bytes.extend_from_slice(part);
        }
        Context(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn sha256(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, bytes)
        .as_ref()
        .try_into()
        .expect("SHA-256 has 32 bytes")
}

pub(super) fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> Zeroizing<[u8; 32]> {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    Zeroizing::new(tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes"))
}

/// HKDF-SHA-256 (RFC 5869) without salt: 32 bytes for this context.
pub(super) fn derive(secret: &[u8], context: &Context) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
        .extract(secret)
        .expand(&[&context.sha256()], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut out[..]))
        .expect("32 bytes are within HKDF-SHA-256's reach");
    out
}

/// nonce ‖ ciphertext ‖ tag of AES-256-GCM. Not secret; in JSON as base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub(super) Vec<u8>);

impl Sealed {
    /// The bytes, for a column of a table.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes bytes back from a column; whether they are right shows when they are opened.
    pub fn from_bytes(bytes: Vec<u8>) -> Sealed {
        Sealed(bytes)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl Serialize for Sealed {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        base64_text::serialize(&self.0, s)
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        base64_text::deserialize(d).map(Sealed)
    }
}

/// Bytes in JSON as base64 with padding (RFC 4648, 4).
pub(super) mod base64_text {
    use super::*;

    pub fn serialize<S: serde::Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD
            .decode(String::deserialize(d)?)
            .map_err(serde::de::Error::custom)
    }
}

fn aes(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes"))
}

pub(super) fn encrypt(key: &[u8; 32], context: &Context, plain: &[u8], entropy: &mut dyn Entropy) -> Sealed {
    let nonce = random::<NONCE_LEN>(entropy);
    let mut bytes = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
    bytes.extend_from_slice(&nonce[..]);
    bytes.extend_from_slice(plain);
    let tag = aes(key)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(&context.0),
            &mut bytes[NONCE_LEN..],
        )
        .expect("AES-GCM takes up to 64 GiB, more than fits a message of ours");
    bytes.extend_from_slice(tag.as_ref());
    Sealed(bytes)
}

pub(super) fn decrypt(
    key: &[u8; 32],
    context: &Context,
    sealed: &Sealed,
    what: &'static str,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (nonce, rest) = sealed
        .0
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(SealError::DoesNotOpen { what })?;
    let mut bytes = Zeroizing::new(rest.to_vec());
    let length = aes(key)
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(&context.0),
            &mut bytes,
        )
        .map_err(|_| SealError::DoesNotOpen { what })?
        .len();
    bytes.truncate(length);
    Ok(bytes)
}

/// Encrypts to an age recipient, the context bound inside.
pub(super) fn box_to(recipient: &age::x25519::Recipient, context: &Context, plain: &[u8]) -> Vec<u8> {
    let mut content = Zeroizing::new(Vec::with_capacity(32 + plain.len()));
    content.extend_from_slice(&context.sha256());
    content.extend_from_slice(plain);
    age::encrypt(recipient, &content)
        .expect("encrypting to one X25519 recipient in memory has no way to fail")
}

/// Opens a box and checks that it is the one of this context.
pub(super) fn unbox(
    key: &age::x25519::Identity,
    context: &Context,
    sealed: &[u8],
    what: &'static str,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let content = Zeroizing::new(age::decrypt(key, sealed).map_err(|_| SealError::DoesNotOpen { what })?);
    match content.split_first_chunk::<32>() {
        Some((bound, plain)) if *bound == context.sha256() => Ok(Zeroizing::new(plain.to_vec())),
        _ => Err(SealError::OtherContext { what }),
    }
}
