//! An officer's key behind a vendor's module: found by its certificate, opened by a PIN at the terminal or at the reader's pad.

use super::host::{Host, Module};
use super::talk::{Answer, Ask, Bytes, Kind, Secret, TokenFacts};
use crate::adapters::card::signer::{PinEntry, algorithm_of, not_the_last_try, refused};
use crate::pki::{Certificate, SignError, SignatureAlgorithm, SigningKey};
use crate::ports::card::CardError;
use std::sync::Mutex;

/// A key behind a module. The PIN is asked for at each signature and kept for none.
pub struct ModuleSigner {
    host: Mutex<Host>,
    facts: TokenFacts,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
    kind: Kind,
    entry: PinEntry,
}

impl ModuleSigner {
    /// The key of the token, in any slot of the module, that has this certificate; `None` when there is none.
    ///
    /// # Errors
    /// When the module does not answer, or the key is of a kind that signs nothing here.
    pub fn find(
        module: &Module,
        certificate: &[u8],
        entry: PinEntry,
    ) -> Result<Option<ModuleSigner>, CardError> {
        let mut host = Host::start(module)?;
        let ask = Ask::FindKey {
            certificate: Bytes(certificate.to_vec()),
        };
        match host.ask(&ask)? {
            Answer::Token(facts) => ModuleSigner::of(host, facts, certificate, entry).map(Some),
            _ => Ok(None),
        }
    }

    /// The one token that shows no certificate before its PIN, where the module is of that kind; its PIN will show whether it has this
    /// certificate. `is_other` says of a chip id that it is known to be somebody else's. `None` when there is no such token.
    ///
    /// # Errors
    /// As [`ModuleSigner::find`]; and when several such tokens are there, since a PIN must not be tried on another's.
    pub fn find_silent(
        module: &Module,
        certificate: &[u8],
        entry: PinEntry,
        is_other: impl Fn(&str) -> bool,
    ) -> Result<Option<ModuleSigner>, CardError> {
        if !module.shows_after_pin {
            return Ok(None);
        }
        let mut host = Host::start(module)?;
        let Answer::Chips(mut silent) = host.ask(&Ask::Silent)? else {
            return Err(super::strange());
        };
        silent.retain(|chip| !is_other(chip));
        let chip_id = match &silent[..] {
            [] => return Ok(None),
            [chip] => chip.clone(),
            several => {
                return Err(CardError::Io(format!(
                    "{} cards that show nothing before their PIN are in the readers: leave only your own in",
                    several.len()
                )));
            }
        };
        let Answer::Token(facts) = host.ask(&Ask::Connect { chip_id })? else {
            return Err(super::strange());
        };
        let seek = Ask::Seek {
            certificate: Bytes(certificate.to_vec()),
        };
        host.ask(&seek)?;
        ModuleSigner::of(host, facts, certificate, entry).map(Some)
    }

    fn of(
        host: Host,
        facts: TokenFacts,
        certificate: &[u8],
        entry: PinEntry,
    ) -> Result<ModuleSigner, CardError> {
        let read = Certificate::from_der(certificate).map_err(|e| CardError::Unsupported {
            what: format!("the enrolled certificate is unreadable ({e})"),
        })?;
        let algorithm = algorithm_of(&read)?;
        Ok(ModuleSigner {
            host: Mutex::new(host),
            facts,
            kind: match algorithm {
                SignatureAlgorithm::EcdsaP256Sha256 => Kind::P256,
                SignatureAlgorithm::EcdsaP384Sha384 => Kind::P384,
                _ => Kind::Rsa,
            },
            algorithm,
            certificate: read,
            entry,
        })
    }

    /// The certificate of the key.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Signs with a PIN, or with the one that is typed at the pad.
    fn sign_with(&self, host: &mut Host, pin: Option<&str>, message: &[u8]) -> Result<Vec<u8>, CardError> {
        let ask = Ask::SignAs {
            kind: self.kind,
            pin: pin.map(Secret::of),
            message: Bytes(message.to_vec()),
        };
        match host.ask(&ask)? {
            Answer::Bytes(mut signature) => Ok(std::mem::take(&mut signature.0)),
            _ => Err(super::strange()),
        }
    }
}

impl SigningKey for ModuleSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn spki_der(&self) -> &[u8] {
        self.certificate.spki_der()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut host = self.host.lock().unwrap_or_else(|p| p.into_inner());
        let left = match host.ask(&Ask::PinTries).map_err(refused)? {
            Answer::Tries(left) => left,
            _ => return Err(refused(super::strange())),
        };
        not_the_last_try(left)?;
        if self.facts.pad {
            // The module's own display has its own language.
            return self
                .entry
                .typed_at_pad(|_| self.sign_with(&mut host, None, message));
        }
        self.entry
            .typed_here(|pin| self.sign_with(&mut host, Some(pin), message))
    }
}
