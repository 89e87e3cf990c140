//! Cards that only their vendor's PKCS#11 module drives, and officers' keys behind such a module or an HSM.
//!
//! The module runs in a process of its own ([`child`]), one for each connection: what it logged in, leaked or broke ends with
//! that process; one that hangs is ended, and one that crashes is told by its exit. The program itself never loads it.
//!
//! # What a module can and cannot
//!
//! | the port asks | the module does |
//! | --- | --- |
//! | chip id, serial | the token's serial number |
//! | length of a PIN | what the token says, 6 characters at the least and 16 at the most; letters too |
//! | management key | SO PIN: the key's first 24 bytes in hex, or as much of it as the module takes |
//! | PIN, change of PIN | the holder's login, C_SetPIN |
//! | new PIN by the PUK | C_InitPIN by the security officer. There is no PUK: any is taken, and the management key counts ([`Card::has_puk`]) |
//! | keys | three sets; made by the holder's login, so that the PIN must be proven besides the management key |
//! | the card's own key | a public object (CKA_PRIVATE false); a module that refuses it cannot prestage, and says so |
//! | certificates | public objects, written by the security officer or the holder |
//! | tries of the PIN | what the flags tell: plenty (3), few (2), the last (1), locked (0); none of the SO PIN |
//! | number of tries, attestation | not there |
//!
//! Some makes show certificates and public keys after the PIN alone ([`Module::showing_after_pin`]): a key is then what the record says,
//! until a signature proves it, and an officer's certificate is looked for once the PIN is typed.
//!
//! A key that wants its PIN for each use (CKA_ALWAYS_AUTHENTICATE) signs where the module has a hashing mechanism for it.

mod child;
mod host;
mod keys;
mod signer;
mod talk;
mod token;

pub use child::child;
pub use host::{Module, SUBCOMMAND};
pub use signer::ModuleSigner;

use super::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN};
use crate::ports::card::{Card, CardError, KeyAlgorithm, PinRule, ReaderState, Readers, Slot};
use host::Host;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use talk::{Answer, Ask, Bytes, Secret, TokenFacts};
use zeroize::Zeroizing;

/// Characters of the SO PIN: 24 bytes in hex, as the administrator's key of many vendors' cards is typed.
const SO_PIN_CHARACTERS: usize = 48;
/// Fewer would be guessed: 64 bits.
const LEAST_SO_PIN_CHARACTERS: usize = 16;

/// The PIN and SO PIN with which cards of this make come.
#[derive(Clone, Default)]
pub struct FactorySecrets {
    pub pin: Option<String>,
    pub so_pin: Option<String>,
}

/// The longest PIN that is offered to a holder, whatever the token could take: more is not remembered.
const LONGEST_PIN: u8 = 16;

/// What is taken for a PIN, from what the token says (CK_TOKEN_INFO, ulMinPinLen and ulMaxPinLen). A module that says nothing that can
/// be is believed to take what PIV cards take; fewer characters than those want, nobody is offered.
fn rule(shortest: usize, longest: usize) -> PinRule {
    let narrow = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    let (least, most) = (narrow(shortest), narrow(longest));
    if most < PinRule::PIV.least || least > most {
        return PinRule::PIV;
    }
    PinRule {
        least: least.max(PinRule::PIV.least),
        most: most.min(LONGEST_PIN.max(least)),
        digits_only: false,
    }
}

/// The slots of a vendor's module.
pub struct ModuleReaders {
    module: Module,
    factory: FactorySecrets,
    /// The process that looks; another is started when it died.
    looking: Mutex<Option<Host>>,
}

fn strange() -> CardError {
    CardError::Io("the module's process answered something else than was asked".into())
}

impl ModuleReaders {
    pub fn new(module: Module, factory: FactorySecrets) -> ModuleReaders {
        ModuleReaders {
            module,
            factory,
            looking: Mutex::new(None),
        }
    }
}

impl Readers for ModuleReaders {
    fn list(&self) -> Result<Vec<ReaderState>, CardError> {
        let mut looking = self.looking.lock().unwrap_or_else(|p| p.into_inner());
        if looking.as_ref().is_none_or(Host::is_dead) {
            *looking = Some(Host::start(&self.module)?);
        }
        let host = looking.as_mut().ok_or_else(strange)?;
        match host.ask(&Ask::List)? {
            Answer::Slots(seen) => Ok(seen
                .into_iter()
                .map(|s| ReaderState {
                    name: s.reader,
                    chip_id: s.chip_id,
                })
                .collect()),
            _ => Err(strange()),
        }
    }

    fn connect(&self, chip_id: &str) -> Result<Box<dyn Card>, CardError> {
        let mut host = Host::start(&self.module)?;
        let chip_id = chip_id.to_owned();
        match host.ask(&Ask::Connect { chip_id })? {
            Answer::Token(facts) => Ok(Box::new(ModuleCard {
                host,
                facts,
                factory: self.factory.clone(),
                shows_after_pin: self.module.shows_after_pin,
                known: BTreeMap::new(),
            })),
            _ => Err(strange()),
        }
    }

    fn wait(&self, seen: &[ReaderState], at_most: Duration) -> Result<Vec<ReaderState>, CardError> {
        super::look_until_changed(self, seen, at_most)
    }
}

/// A token behind a module.
struct ModuleCard {
    host: Host,
    facts: TokenFacts,
    factory: FactorySecrets,
    shows_after_pin: bool,
    /// Keys that this connection made or was told of, for a token that does not show them yet.
    known: BTreeMap<Slot, Vec<u8>>,
}

impl ModuleCard {
    fn done(&mut self, ask: &Ask) -> Result<(), CardError> {
        match self.host.ask(ask)? {
            Answer::Done => Ok(()),
            _ => Err(strange()),
        }
    }

    fn bytes(&mut self, ask: &Ask) -> Result<Vec<u8>, CardError> {
        match self.host.ask(ask)? {
            Answer::Bytes(mut bytes) => Ok(std::mem::take(&mut bytes.0)),
            _ => Err(strange()),
        }
    }

    fn kind(&mut self, slot: Slot) -> Result<talk::Kind, CardError> {
        keys::kind(&self.public_key(slot)?).ok_or_else(strange)
    }

    /// The PIN as this make has it: its own in place of the one that PIV cards come with.
    fn pin(&self, pin: &str) -> Result<Secret, CardError> {
        match &self.factory.pin {
            Some(own) if pin == FACTORY_PIN => Ok(Secret::of(own)),
            _ => {
                self.pin_rule().takes(pin)?;
                Ok(Secret::of(pin))
            }
        }
    }

    fn so_pin(&self, key: &[u8; 32]) -> Result<Secret, CardError> {
        if let (Some(own), true) = (&self.factory.so_pin, *key == FACTORY_MANAGEMENT_KEY) {
            return Ok(Secret::of(own));
        }
        let length = match self.facts.longest_pin {
            0 => SO_PIN_CHARACTERS,
            longest => longest.min(SO_PIN_CHARACTERS),
        };
        if length < LEAST_SO_PIN_CHARACTERS {
            return Err(CardError::Unsupported {
                what: format!("its SO PIN has {length} characters at most, which can be guessed"),
            });
        }
        let text = Zeroizing::new(hex::encode(key));
        Ok(Secret::of(&text[..length]))
    }
}

impl Card for ModuleCard {
    fn chip_id(&mut self) -> Result<String, CardError> {
        Ok(self.facts.chip_id.clone())
    }

    fn chip_serial(&mut self) -> Result<Option<String>, CardError> {
        Ok(Some(self.facts.chip_id.clone()))
    }

    fn introduce(&mut self) -> Result<(), CardError> {
        // The module says of the card what there is to say.
        Ok(())
    }

    fn set_retries(&mut self, _pin: u8, _puk: u8) -> Result<bool, CardError> {
        Ok(false)
    }

    fn has_puk(&self) -> bool {
        false
    }

    fn pin_rule(&self) -> PinRule {
        rule(self.facts.shortest_pin, self.facts.longest_pin)
    }

    fn key_sets(&mut self) -> Result<u8, CardError> {
        Ok(3)
    }

    fn generate(&mut self, slot: Slot, algorithm: KeyAlgorithm) -> Result<Vec<u8>, CardError> {
        let spki = self.bytes(&Ask::Generate { slot, algorithm })?;
        self.known.insert(slot, spki.clone());
        Ok(spki)
    }

    fn public_key(&mut self, slot: Slot) -> Result<Vec<u8>, CardError> {
        match (self.bytes(&Ask::PublicKey { slot }), self.known.get(&slot)) {
            (Err(CardError::EmptySlot), Some(known)) => Ok(known.clone()),
            (said, _) => said,
        }
    }

    fn expect_key(&mut self, slot: Slot, spki: &[u8]) -> Result<bool, CardError> {
        match self.bytes(&Ask::PublicKey { slot }) {
            Ok(key) => Ok(key == spki),
            // Shown after the PIN alone: a signature will tell.
            Err(CardError::EmptySlot) if self.shows_after_pin => {
                self.known.insert(slot, spki.to_vec());
                Ok(true)
            }
            Err(CardError::EmptySlot) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn authenticate_management(&mut self, key: &[u8; 32]) -> Result<(), CardError> {
        let so_pin = self.so_pin(key)?;
        self.done(&Ask::Manage { so_pin })
    }

    fn set_management_key(&mut self, new: &[u8; 32]) -> Result<(), CardError> {
        let new = self.so_pin(new)?;
        self.done(&Ask::SetManagement { new })
    }

    fn verify_pin(&mut self, pin: &str) -> Result<(), CardError> {
        let pin = self.pin(pin)?;
        self.done(&Ask::VerifyPin { pin })
    }

    fn pin_tries_left(&mut self) -> Result<u8, CardError> {
        match self.host.ask(&Ask::PinTries)? {
            Answer::Tries(left) => Ok(left),
            _ => Err(strange()),
        }
    }

    fn puk_tries_left(&mut self) -> Result<Option<u8>, CardError> {
        Ok(None)
    }

    fn change_pin(&mut self, old: &str, new: &str) -> Result<(), CardError> {
        self.pin_rule().takes(new)?;
        let (old, new) = (self.pin(old)?, Secret::of(new));
        self.done(&Ask::ChangePin { old, new })
    }

    fn change_puk(&mut self, old: &str, new: &str) -> Result<(), CardError> {
        // There is none: what would be no PUK elsewhere is refused here too.
        PinRule::PIV.takes(old).and(PinRule::PIV.takes(new))
    }

    fn reset_pin(&mut self, puk: &str, new_pin: &str) -> Result<(), CardError> {
        PinRule::PIV.takes(puk).and(self.pin_rule().takes(new_pin))?;
        let new = Secret::of(new_pin);
        self.done(&Ask::SetPin { new })
    }

    fn write_certificate(&mut self, slot: Slot, certificate: &[u8]) -> Result<(), CardError> {
        let certificate = Bytes(certificate.to_vec());
        self.done(&Ask::WriteCertificate { slot, certificate })
    }

    fn certificate(&mut self, slot: Slot) -> Result<Vec<u8>, CardError> {
        self.bytes(&Ask::Certificate { slot })
    }

    fn sign(&mut self, slot: Slot, message: &[u8]) -> Result<Vec<u8>, CardError> {
        let (kind, message) = (self.kind(slot)?, Bytes(message.to_vec()));
        self.bytes(&Ask::Sign { slot, kind, message })
    }

    fn open(&mut self, slot: Slot, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let (kind, input) = (self.kind(slot)?, Bytes(input.to_vec()));
        self.bytes(&Ask::Open { slot, kind, input }).map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_as_long_as_the_token_says_within_what_people_remember() {
        let of = |shortest, longest| {
            let said = rule(shortest, longest);
            (said.least, said.most, said.digits_only)
        };
        assert_eq!(of(4, 15), (6, 15, false), "IDPrime");
        assert_eq!(of(4, 255), (6, 16, false), "SoftHSM");
        assert_eq!(of(8, 1000), (8, 16, false));
        assert_eq!(of(20, 40), (20, 20, false));
        for nothing in [(0, 0), (4, 5), (9, 8), (usize::MAX, 0)] {
            assert_eq!(rule(nothing.0, nothing.1), PinRule::PIV, "{nothing:?}");
        }
    }
}
