//! What a simulated chip holds and how it answers, after SP 800-73-4 part 2.

use crate::adapters::card::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK};
use crate::ports::card::{CardError, KeyAlgorithm, KeyKind, PinRule, Slot};
use crate::ports::{Random, random_bytes};
use aws_lc_rs::agreement::{ECDH_P384, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{pbkdf2, rsa};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// Full key sets of a simulated card.
pub(super) const KEY_SETS: u8 = 3;
/// Wrong PINs in a row that lock it: what the process asks for where the number can be set.
const PIN_TRIES: u8 = 4;
/// Wrong PUKs in a row that end it, as most makes have it.
const PUK_TRIES: u8 = 3;
/// The largest certificate that fits the data object of common PIV cards.
const MAX_CERTIFICATE: usize = 3_052;
/// Rounds for the hashes of PIN, PUK and management key: 8 digits are no secret to a faster hash, and a demo should not wait.
const ROUNDS: NonZeroU32 = NonZeroU32::new(10_000).expect("not zero");

/// What one connection has proven so far.
#[derive(Default)]
pub(super) struct Session {
    pin: bool,
    /// The PIN was checked and no key used since, as the signature key wants it (SP 800-73-4 part 1, “PIN Always”).
    pin_just_now: bool,
    management: bool,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hashed {
    salt: String,
    hash: String,
}

impl Hashed {
    fn of(secret: &[u8], random: &dyn Random) -> Hashed {
        let salt: [u8; 16] = random_bytes(random);
        let mut hash = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, &salt, secret, &mut hash);
        Hashed {
            salt: hex::encode(salt),
            hash: hex::encode(hash),
        }
    }

    fn is(&self, secret: &[u8]) -> bool {
        let (Ok(salt), Ok(hash)) = (hex::decode(&self.salt), hex::decode(&self.hash)) else {
            return false;
        };
        pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, &salt, secret, &hash).is_ok()
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    secret: Hashed,
    tries_left: u8,
}

/// The key of a slot; in the file as PKCS#8 in base64.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    algorithm: KeyAlgorithm,
    pkcs8: String,
}

/// A chip as its file keeps it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chip {
    version: u8,
    chip_id: String,
    pin: Counted,
    puk: Counted,
    management_key: Hashed,
    keys: BTreeMap<String, Key>,
    /// Data objects of their own, as on a PIV card: a new key leaves the old certificate.
    certificates: BTreeMap<String, String>,
}

fn slot_name(slot: Slot) -> Result<String, CardError> {
    match slot {
        Slot::CardAuthentication => Ok("card_authentication".into()),
        Slot::Set { set, kind } if (1..=KEY_SETS).contains(&set) => Ok(match kind {
            KeyKind::Authentication => format!("set{set}.authentication"),
            KeyKind::Signature => format!("set{set}.signature"),
            KeyKind::Encryption => format!("set{set}.encryption"),
        }),
        Slot::Set { set, .. } => Err(CardError::Unsupported {
            what: format!("it has key sets 1 to {KEY_SETS}, and no set {set}"),
        }),
    }
}

fn p384(pkcs8: &[u8]) -> Result<EcdsaKeyPair, CardError> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, pkcs8).map_err(|_| library("reading the key"))
}

fn library(what: &'static str) -> CardError {
    CardError::Io(format!("{what} failed on the simulated card"))
}

impl Chip {
    /// A chip as its maker delivers it.
    pub fn from_factory(chip_id: &str, random: &dyn Random) -> Chip {
        Chip {
            version: 1,
            chip_id: chip_id.to_owned(),
            pin: Counted {
                secret: Hashed::of(FACTORY_PIN.as_bytes(), random),
                tries_left: PIN_TRIES,
            },
            puk: Counted {
                secret: Hashed::of(FACTORY_PUK.as_bytes(), random),
                tries_left: PUK_TRIES,
            },
            management_key: Hashed::of(&FACTORY_MANAGEMENT_KEY, random),
            keys: BTreeMap::new(),
            certificates: BTreeMap::new(),
        }
    }

    pub fn chip_id(&self) -> &str {
        &self.chip_id
    }

    pub fn pin_tries_left(&self) -> u8 {
        self.pin.tries_left
    }

    pub fn puk_tries_left(&self) -> u8 {
        self.puk.tries_left
    }

    /// The simulated card locks after [`PIN_TRIES`] and [`PUK_TRIES`], and takes these numbers and no other.
    pub fn set_retries(
        &mut self,
        session: &mut Session,
        pin: u8,
        puk: u8,
        random: &dyn Random,
    ) -> Result<bool, CardError> {
        Self::wants_management(session)?;
        if !session.pin {
            return Err(CardError::NotAuthorised {
                what: "the management key and the PIN",
            });
        }
        if (pin, puk) != (PIN_TRIES, PUK_TRIES) {
            return Ok(false);
        }
        let fresh = Chip::from_factory(&self.chip_id, random);
        (self.pin, self.puk) = (fresh.pin, fresh.puk);
        (session.pin, session.pin_just_now) = (false, false);
        Ok(true)
    }

    /// Compares the PIN: a right one gives all tries back, a wrong one costs one.
    fn check_pin(&mut self, pin: &str) -> Result<(), CardError> {
        if self.pin.tries_left == 0 {
            return Err(CardError::Locked);
        }
        if self.pin.secret.is(pin.as_bytes()) {
            self.pin.tries_left = PIN_TRIES;
            return Ok(());
        }
        self.pin.tries_left -= 1;
        match self.pin.tries_left {
            0 => Err(CardError::Locked),
            left => Err(CardError::WrongPin { left }),
        }
    }

    fn check_puk(&mut self, puk: &str) -> Result<(), CardError> {
        if self.puk.tries_left > 0 && self.puk.secret.is(puk.as_bytes()) {
            self.puk.tries_left = PUK_TRIES;
            return Ok(());
        }
        self.puk.tries_left = self.puk.tries_left.saturating_sub(1);
        Err(CardError::WrongPuk {
            left: Some(self.puk.tries_left),
        })
    }

    pub fn verify_pin(&mut self, session: &mut Session, pin: &str) -> Result<(), CardError> {
        PinRule::PIV.takes(pin)?;
        let checked = self.check_pin(pin);
        (session.pin, session.pin_just_now) = (checked.is_ok(), checked.is_ok());
        checked
    }

    pub fn change_pin(
        &mut self,
        session: &mut Session,
        old: &str,
        new: &str,
        random: &dyn Random,
    ) -> Result<(), CardError> {
        PinRule::PIV.takes(new)?;
        self.verify_pin(session, old)?;
        self.pin.secret = Hashed::of(new.as_bytes(), random);
        Ok(())
    }

    pub fn change_puk(&mut self, old: &str, new: &str, random: &dyn Random) -> Result<(), CardError> {
        PinRule::PIV.takes(old).and(PinRule::PIV.takes(new))?;
        self.check_puk(old)?;
        self.puk.secret = Hashed::of(new.as_bytes(), random);
        Ok(())
    }

    pub fn reset_pin(
        &mut self,
        session: &mut Session,
        puk: &str,
        new_pin: &str,
        random: &dyn Random,
    ) -> Result<(), CardError> {
        PinRule::PIV.takes(puk).and(PinRule::PIV.takes(new_pin))?;
        self.check_puk(puk)?;
        self.pin = Counted {
            secret: Hashed::of(new_pin.as_bytes(), random),
            tries_left: PIN_TRIES,
        };
        (session.pin, session.pin_just_now) = (false, false);
        Ok(())
    }

    pub fn authenticate_management(&self, session: &mut Session, key: &[u8; 32]) -> Result<(), CardError> {
        session.management = self.management_key.is(key);
        if session.management {
            Ok(())
        } else {
            Err(CardError::WrongManagementKey)
        }
    }

    fn wants_management(session: &Session) -> Result<(), CardError> {
        session.management.then_some(()).ok_or(CardError::NotAuthorised {
            what: "the management key",
        })
    }

    pub fn set_management_key(
        &mut self,
        session: &Session,
        new: &[u8; 32],
        random: &dyn Random,
    ) -> Result<(), CardError> {
        Self::wants_management(session)?;
        self.management_key = Hashed::of(new, random);
        Ok(())
    }

    pub fn generate(
        &mut self,
        session: &Session,
        slot: Slot,
        algorithm: KeyAlgorithm,
        random: &dyn Random,
    ) -> Result<Vec<u8>, CardError> {
        Self::wants_management(session)?;
        let name = slot_name(slot)?;
        let pkcs8 = match algorithm {
            KeyAlgorithm::P256 => {
                let key = loop {
                    let scalar = Zeroizing::new(random_bytes::<32>(random));
                    // Zero and values beyond the group's order are no keys; draw again.
                    if let Ok(key) = p256::SecretKey::from_slice(&scalar[..]) {
                        break key;
                    }
                };
                let der = key.to_pkcs8_der().map_err(|_| library("encoding the key"))?;
                BASE64_STANDARD.encode(der.as_bytes())
            }
            KeyAlgorithm::P384 => {
                let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &SystemRandom::new())
                    .map_err(|_| library("making the key"))?;
                BASE64_STANDARD.encode(key.as_ref())
            }
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 => {
                let size = if algorithm == KeyAlgorithm::Rsa2048 {
                    KeySize::Rsa2048
                } else {
                    KeySize::Rsa3072
                };
                let key = rsa::KeyPair::generate(size).map_err(|_| library("making the key"))?;
                let der = AsDer::<Pkcs8V1Der>::as_der(&key).map_err(|_| library("encoding the key"))?;
                BASE64_STANDARD.encode(der.as_ref())
            }
        };
        self.keys.insert(name, Key { algorithm, pkcs8 });
        self.public_key(slot)
    }

    /// The slot's key with its PKCS#8 form.
    fn key(&self, slot: Slot) -> Result<(KeyAlgorithm, Zeroizing<Vec<u8>>), CardError> {
        let key = self.keys.get(&slot_name(slot)?).ok_or(CardError::EmptySlot)?;
        let der = BASE64_STANDARD
            .decode(&key.pkcs8)
            .map_err(|_| library("reading the key"))?;
        Ok((key.algorithm, Zeroizing::new(der)))
    }

    pub fn public_key(&self, slot: Slot) -> Result<Vec<u8>, CardError> {
        let failed = "reading the public key";
        match self.key(slot)? {
            (KeyAlgorithm::P256, der) => {
                let key = p256::SecretKey::from_pkcs8_der(&der).map_err(|_| library(failed))?;
                Ok(key
                    .public_key()
                    .to_public_key_der()
                    .map_err(|_| library(failed))?
                    .into_vec())
            }
            (KeyAlgorithm::P384, der) => {
                let key = p384(&der)?;
                let spki =
                    AsDer::<PublicKeyX509Der>::as_der(key.public_key()).map_err(|_| library(failed))?;
                Ok(spki.as_ref().to_vec())
            }
            (KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072, der) => {
                let key = RsaKeyPair::from_pkcs8(&der).map_err(|_| library(failed))?;
                let spki =
                    AsDer::<PublicKeyX509Der>::as_der(key.public_key()).map_err(|_| library(failed))?;
                Ok(spki.as_ref().to_vec())
            }
        }
    }

    pub fn write_certificate(&mut self, session: &Session, slot: Slot, der: &[u8]) -> Result<(), CardError> {
        Self::wants_management(session)?;
        let name = slot_name(slot)?;
        if der.len() > MAX_CERTIFICATE {
            let what = format!(
                "a certificate of {} bytes does not fit its {MAX_CERTIFICATE}",
                der.len()
            );
            return Err(CardError::Unsupported { what });
        }
        self.certificates.insert(name, BASE64_STANDARD.encode(der));
        Ok(())
    }

    pub fn certificate(&self, slot: Slot) -> Result<Vec<u8>, CardError> {
        let text = self
            .certificates
            .get(&slot_name(slot)?)
            .ok_or(CardError::EmptySlot)?;
        BASE64_STANDARD
            .decode(text)
            .map_err(|_| library("reading the certificate"))
    }

    /// Whether this connection may use the slot's key; the signature key wants the PIN anew each time.
    fn wants_pin(session: &mut Session, slot: Slot) -> Result<(), CardError> {
        let just_now = std::mem::take(&mut session.pin_just_now);
        match slot {
            Slot::CardAuthentication => Ok(()),
            Slot::Set {
                kind: KeyKind::Signature,
                ..
            } if !just_now => Err(CardError::NotAuthorised {
                what: "the PIN right before each signature",
            }),
            Slot::Set { .. } if !session.pin => Err(CardError::NotAuthorised { what: "the PIN" }),
            Slot::Set { .. } => Ok(()),
        }
    }

    pub fn sign(&self, session: &mut Session, slot: Slot, message: &[u8]) -> Result<Vec<u8>, CardError> {
        let key = self.key(slot)?;
        Self::wants_pin(session, slot)?;
        match key {
            (KeyAlgorithm::P256, der) => {
                let key = p256::SecretKey::from_pkcs8_der(&der).map_err(|_| library("reading the key"))?;
                let signature: DerSignature = SigningKey::from(&key).sign(message);
                Ok(signature.as_bytes().to_vec())
            }
            (KeyAlgorithm::P384, der) => {
                let signature = p384(&der)?.sign(&SystemRandom::new(), message);
                Ok(signature.map_err(|_| library("signing"))?.as_ref().to_vec())
            }
            (KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072, der) => {
                let key = RsaKeyPair::from_pkcs8(&der).map_err(|_| library("reading the key"))?;
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| library("signing"))?;
                Ok(signature)
            }
        }
    }

    pub fn open(
        &self,
        session: &mut Session,
        slot: Slot,
        input: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let key = self.key(slot)?;
        if slot == Slot::CardAuthentication {
            return Err(CardError::Unsupported {
                what: "the card's own key opens nothing".into(),
            });
        }
        Self::wants_pin(session, slot)?;
        let strange = || CardError::Unsupported {
            what: "this does not open with the slot's key".into(),
        };
        match key {
            (KeyAlgorithm::P256, der) => {
                let key = p256::SecretKey::from_pkcs8_der(&der).map_err(|_| library("reading the key"))?;
                let point = match input {
                    [4, ..] => p256::PublicKey::from_sec1_bytes(input).map_err(|_| strange())?,
                    _ => return Err(strange()),
                };
                Ok(Zeroizing::new(
                    key.diffie_hellman(&point).raw_secret_bytes().to_vec(),
                ))
            }
            (KeyAlgorithm::P384, der) => {
                let key = PrivateKey::from_private_key_der(&ECDH_P384, &der)
                    .map_err(|_| library("reading the key"))?;
                let theirs = UnparsedPublicKey::new(&ECDH_P384, input);
                agree(&key, theirs, strange(), |x| Ok(Zeroizing::new(x.to_vec())))
            }
            (KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072, der) => {
                let key = PrivateDecryptingKey::from_pkcs8(&der).map_err(|_| library("reading the key"))?;
                let key = Pkcs1PrivateDecryptingKey::new(key).map_err(|_| library("reading the key"))?;
                let mut output = Zeroizing::new(vec![0; key.min_output_size()]);
                let length = key.decrypt(input, &mut output).map_err(|_| strange())?.len();
                output.truncate(length);
                Ok(output)
            }
        }
    }
}
