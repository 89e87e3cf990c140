//! The key that an officer signs with: a file of the officer's own, plain or PKCS#12, else a key behind a vendor's module, else the
//! officer's card in a reader.

use super::terminal::{self, Unanswered};
#[cfg(feature = "pkcs11")]
use crate::adapters::card::pkcs11::ModuleSigner;
use crate::adapters::card::signer::{AskPin, CardSigner, PadSlip, PinEntry, SayPad};
use crate::adapters::files;
use crate::app::App;
use crate::domain::{Language, OfficerId};
use crate::journey::Trouble;
use crate::journey::evidence::Decider;
use crate::journey::outbox::Sender;
use crate::paper::texts::Value;
use crate::pki::{Certificate, KeyError, SignError, SigningKey, SoftKey};
use std::fmt::Display;
use std::io::IsTerminal as _;
use std::path::Path;
use zeroize::Zeroizing;

/// A signing key with its certificates, the own one first.
pub struct OfficerKey {
    key: Box<dyn SigningKey>,
    chain: Vec<Certificate>,
}

impl OfficerKey {
    /// The key file in the officer's folder where there is one (`key.pem`, or `key.p12` whose password is asked for); else the key with
    /// the enrolled certificate, behind one of the configuration's modules, or on the card in any reader. The PIN is typed at the reader's
    /// pad where it has one, else at the terminal, at each signature, and kept nowhere.
    ///
    /// # Errors
    /// When there is none, or a file holds another key than the enrolled one.
    pub fn of(app: &App, id: &OfficerId) -> Result<OfficerKey, Trouble> {
        if app.officer_folder(id).join("key.pem").exists() {
            let credentials = app.officer_credentials(id)?;
            return Ok(OfficerKey {
                key: Box::new(credentials.key),
                chain: credentials.chain,
            });
        }
        let enrolled = app
            .desk()
            .store
            .officer_certificate(id)?
            .ok_or_else(|| Trouble::Unknown {
                what: format!("officer {id}"),
                advice: "see siegelpost officer list",
            })?;
        let container = app.officer_folder(id).join("key.p12");
        if container.exists() {
            return of_container(app, id, &container, &enrolled);
        }
        #[cfg(feature = "pkcs11")]
        for module in &app.config.modules {
            match ModuleSigner::find(&app.module(module), &enrolled, pin_entry(app, id)?) {
                Ok(Some(found)) => {
                    return Ok(OfficerKey::alone(found.certificate().clone(), found));
                }
                Ok(None) => {}
                // The key may be on a card in a reader all the same.
                Err(e) => eprintln!("siegelpost: {e}"),
            }
        }
        if let Some(found) = CardSigner::find(&*app.readers()?, &enrolled, pin_entry(app, id)?)? {
            return Ok(OfficerKey::alone(found.certificate().clone(), found));
        }
        #[cfg(feature = "pkcs11")]
        if let Some(found) = silent(app, id, &enrolled)? {
            return Ok(found);
        }
        Err(Trouble::Unavailable(format!(
            "the key of {id} is neither in {} nor on a card in a reader: put the card of {id} in and try again",
            app.officer_folder(id).display()
        )))
    }

    /// With no certificate but the own one.
    fn alone(certificate: Certificate, key: impl SigningKey + 'static) -> OfficerKey {
        OfficerKey {
            chain: vec![certificate],
            key: Box::new(key),
        }
    }

    /// The certificates, the own one first.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// As the officer decides.
    pub fn decider<'a>(&'a self, id: &'a OfficerId) -> Decider<'a> {
        Decider {
            id,
            key: &*self.key,
            certificates: &self.chain,
        }
    }

    /// What signs.
    pub fn key(&self) -> &dyn SigningKey {
        &*self.key
    }

    /// As the officer sends mail.
    pub fn sender<'a>(&'a self, app: &'a App, address: &str) -> Sender<'a> {
        Sender {
            address: address.to_owned(),
            certificates: &self.chain,
            key: &*self.key,
            texts: app.press.texts(),
        }
    }
}

/// The key on the one token that shows what it has after the PIN alone, behind a module of that kind. A card of the stock is never taken
/// for the officer's.
#[cfg(feature = "pkcs11")]
fn silent(app: &App, id: &OfficerId, enrolled: &[u8]) -> Result<Option<OfficerKey>, Trouble> {
    let store = app.desk().store;
    // When the store does not answer, no PIN is tried.
    let is_other = |chip: &str| !matches!(store.card_of_chip(chip), Ok(None));
    for module in &app.config.modules {
        let found = ModuleSigner::find_silent(&app.module(module), enrolled, pin_entry(app, id)?, is_other)?;
        if let Some(found) = found {
            return Ok(Some(OfficerKey::alone(found.certificate().clone(), found)));
        }
    }
    Ok(None)
}

/// How often the password of a key file is asked for.
const PASSWORDS: usize = 3;
/// A key file is smaller than this, in bytes.
const MAX_KEY_FILE: u64 = 1 << 20;

/// The enrolled key out of a PKCS#12 file (RFC 7292). A file without password opens by itself.
fn of_container(app: &App, id: &OfficerId, path: &Path, enrolled: &[u8]) -> Result<OfficerKey, Trouble> {
    let unusable = |why: &dyn Display| Trouble::Unavailable(format!("{}: {why}", path.display()));
    let certificate = Certificate::from_der(enrolled).map_err(|e| unusable(&e))?;
    let bytes = Zeroizing::new(files::read_bounded(path, MAX_KEY_FILE).map_err(|e| unusable(&e))?);
    let text = texts_of(app, id)?;
    let question = text("wizard-key-password", "officer", id.as_str().into())?;
    let again = text("wizard-key-password-wrong", "officer", id.as_str().into())?;
    let mut keys = SoftKey::all_from(&bytes, "");
    for n in 0..PASSWORDS {
        if !matches!(keys, Err(KeyError::Password)) || !std::io::stdin().is_terminal() {
            break;
        }
        let asked = if n == 0 {
            question.clone()
        } else {
            format!("{again}\n{question}")
        };
        let typed = terminal::ask_hidden(&asked).map_err(|e| match e {
            Unanswered::Ended => unusable(&"the password was not typed: run the same command again"),
            Unanswered::Io(e) => unusable(&e),
        })?;
        keys = SoftKey::all_from(&bytes, &typed);
    }
    let keys = keys.map_err(|e| unusable(&e))?;
    let own = keys.into_iter().find(|k| k.spki_der() == certificate.spki_der());
    let key = own.ok_or_else(|| {
        unusable(&format!(
            "holds no key of the certificate that is enrolled for {id}"
        ))
    })?;
    Ok(OfficerKey::alone(certificate, key))
}

/// How the PIN of an officer's card is typed: in the officer's language.
fn pin_entry(app: &App, id: &OfficerId) -> Result<PinEntry, Trouble> {
    Ok(PinEntry {
        ask: ask_for(app, id)?,
        say_pad: say_pad(app, id)?,
        language: language_of(app, id)?,
    })
}

fn language_of(app: &App, id: &OfficerId) -> Result<Language, Trouble> {
    let officer = app.desk().store.officer(id)?;
    Ok(officer.map_or(app.config.office.language, |officer| officer.language))
}

/// Says that the PIN is wanted at the reader's pad, and what was wrong before.
fn say_pad(app: &App, id: &OfficerId) -> Result<SayPad, Trouble> {
    let text = texts_of(app, id)?;
    let request = text("wizard-card-pad", "officer", id.as_str().into())?;
    let (wrong, length, late) = (
        wrong_pins(&text)?,
        text("wizard-card-pad-length", "officer", id.as_str().into())?,
        text("wizard-card-pad-late", "officer", id.as_str().into())?,
    );
    Ok(Box::new(move |slip| {
        let why = match slip {
            None => None,
            Some(PadSlip::Wrong(left)) => wrong.get(usize::from(left)),
            Some(PadSlip::Length) => Some(&length),
            Some(PadSlip::Late) => Some(&late),
        };
        let said = why.map_or_else(|| request.clone(), |why| format!("{why}\n{request}"));
        // Where nobody reads it, the reader's own display says the same.
        let _ = terminal::say(&format!("\n{said}"));
    }))
}

/// The wizards' texts in an officer's language, each with one value.
fn texts_of<'a>(
    app: &'a App,
    id: &OfficerId,
) -> Result<impl Fn(&str, &str, Value) -> Result<String, Trouble> + 'a, Trouble> {
    let language = language_of(app, id)?;
    Ok(move |key: &str, name: &str, value: Value| {
        app.press
            .texts()
            .get(language, key, &[(name, value)])
            .map_err(|e| Trouble::Unavailable(e.to_string()))
    })
}

/// Wrong PINs that a card may say it has left: PIV counts them in four bits.
const MOST_TRIES: u8 = 15;

/// What is said of a wrong PIN, by the tries that are left.
fn wrong_pins(text: &impl Fn(&str, &str, Value) -> Result<String, Trouble>) -> Result<Vec<String>, Trouble> {
    (0..=MOST_TRIES)
        .map(|left| text("wizard-card-pin-wrong", "left", i64::from(left).into()))
        .collect()
}

/// Asks for the PIN of an officer's card in the officer's language, without showing it.
fn ask_for(app: &App, id: &OfficerId) -> Result<AskPin, Trouble> {
    let text = texts_of(app, id)?;
    let question = text("wizard-card-pin", "officer", id.as_str().into())?;
    let wrong = wrong_pins(&text)?;
    Ok(Box::new(move |left| {
        if !std::io::stdin().is_terminal() {
            return Err(SignError::Locked(
                "the PIN of a card is asked for at a terminal, and there is none".into(),
            ));
        }
        let again = left.and_then(|left| wrong.get(usize::from(left)));
        let text = again.map_or_else(|| question.clone(), |again| format!("{again}\n{question}"));
        terminal::ask_hidden(&text).map_err(|e| match e {
            Unanswered::Ended => {
                SignError::Locked("the PIN was not typed: run the same command again".into())
            }
            Unanswered::Io(e) => SignError::Locked(format!("the PIN could not be read: {e}")),
        })
    }))
}
