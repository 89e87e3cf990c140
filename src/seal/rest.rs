//! Private data at rest: a key for each request, wrapped under a key outside the database, and keyed tokens to search by.

use super::cipher::{self, Context, Sealed};
use super::keys::{DataKey, SearchKey};
use super::{Entropy, SealError, random};
use crate::domain::person::Person;
use crate::domain::{RequestId, Sha256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Whose private data a key opens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyOwner {
    Request(RequestId),
    /// A mail that belongs to no request, by the SHA-256 of its bytes: what quarantine keeps.
    Message(Sha256),
}

impl KeyOwner {
    fn context(&self) -> Context {
        let (kind, id) = match self {
            KeyOwner::Request(id) => ("request", id.to_string()),
            KeyOwner::Message(sha256) => ("message", sha256.to_string()),
        };
        Context::of("siegelpost request key 1", &[kind.as_bytes(), id.as_bytes()])
    }
}

/// The key of one request's private data. Destroying its wrapped form ends the retention of all of it.
pub struct RequestKey(Zeroizing<[u8; 32]>);

/// A request key under the data key, as its row keeps it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedKey {
    /// Which data key wrapped it; see [`DataKey::id`].
    pub under: String,
    key: Sealed,
}

impl RequestKey {
    /// Draws a new one.
    pub fn draw(entropy: &mut dyn Entropy) -> RequestKey {
        RequestKey(random(entropy))
    }

    /// Encrypts bytes for one place. `context` names the place (“scan 1”, “request data”), so that the bytes open nowhere else.
    pub fn encrypt(&self, context: &str, plain: &[u8], entropy: &mut dyn Entropy) -> Vec<u8> {
        cipher::encrypt(&self.0, &Self::context(context), plain, entropy).0
    }

    /// Opens bytes of this place.
    pub fn decrypt(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let sealed = Sealed(sealed.to_vec());
        cipher::decrypt(
            &self.0,
            &Self::context(context),
            &sealed,
            "the private data of the request",
        )
    }

    fn context(context: &str) -> Context {
        Context::of("siegelpost at rest 1", &[context.as_bytes()])
    }
}

impl DataKey {
    /// Wraps a request's key for its row.
    pub fn wrap(&self, key: &RequestKey, owner: KeyOwner, entropy: &mut dyn Entropy) -> WrappedKey {
        WrappedKey {
            under: self.id(),
            key: cipher::encrypt(self.bytes(), &owner.context(), &key.0[..], entropy),
        }
    }

    /// Takes a request's key out of its row.
    ///
    /// # Errors
    /// [`SealError::DoesNotOpen`] for another data key, another request's row, or altered bytes.
    pub fn unwrap(&self, wrapped: &WrappedKey, owner: KeyOwner) -> Result<RequestKey, SealError> {
        const WHAT: &str = "the key of the request";
        let bytes = cipher::decrypt(self.bytes(), &owner.context(), &wrapped.key, WHAT)?;
        let key = bytes[..]
            .try_into()
            .map_err(|_| SealError::DoesNotOpen { what: WHAT })?;
        Ok(RequestKey(Zeroizing::new(key)))
    }
}

/// A keyed HMAC of something that is searched for: 128 bits, in text as hex. Without the key it tells nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchToken([u8; 16]);

impl fmt::Display for SearchToken {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for SearchToken {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "SearchToken({self})")
    }
}

impl FromStr for SearchToken {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<SearchToken, hex::FromHexError> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map(|()| SearchToken(bytes))
    }
}

impl SearchKey {
    fn token(&self, label: &'static str, parts: &[&[u8]]) -> SearchToken {
        let mac = cipher::hmac_sha256(self.bytes(), Context::of(label, parts).as_bytes());
        SearchToken(mac[..16].try_into().expect("16 of 32 bytes"))
    }

    /// The tokens by which another request of the same person is found: two records share one exactly when
    /// [`same_person`](crate::domain::person::same_person) holds for them.
    pub fn person_tokens(&self, person: &Person) -> BTreeSet<SearchToken> {
        let birth = person.birth_date.to_string();
        person
            .name_pairs()
            .iter()
            .map(|(a, b)| {
                self.token(
                    "siegelpost search person 1",
                    &[a.as_bytes(), b.as_bytes(), birth.as_bytes()],
                )
            })
            .collect()
    }
}

/// Not secret, but meaningless elsewhere.
impl Serialize for SearchToken {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SearchToken {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
