//! The key that an officer signs with: a file of the officer's own, plain or PKCS#12, else a key behind a vendor's module, else the
//! officer's card in a reader.

use super::terminal::{self, Unanswered};
#[cfg(feature = "pkcs11")]
use crate::adapters::card::pkcs11::{ModuleSigner, PinEntry};
use crate::adapters::card::signer::{AskPin, CardSigner};
use crate::adapters::files;
use crate::app::App;
use crate::domain::OfficerId;
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
    /// The key file in the officer's folder where there is one (`key.pem`, or `key.p12` whose password is asked for); else the key with the enrolled certificate, behind one of the
    /// configuration's modules, or on the card in any reader. The PIN is asked for at the terminal, or typed at the reader's pad where a
    /// module has it so, at each signature, and kept nowhere.
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
            let entry = PinEntry {
                ask: ask_for(app, id)?,
                at_pad: say_pad(id),
            };
            match ModuleSigner::find(&app.module(module), &enrolled, entry) {
                Ok(Some(found)) => {
                    return Ok(OfficerKey {
                        chain: vec![found.certificate().clone()],
                        key: Box::new(found),
                    });
                }
                Ok(None) => {}
                // The key may be on a card in a reader all the same.
                Err(e) => eprintln!("siegelpost: {e}"),
            }
        }
        let found = CardSigner::find(&*app.readers()?, &enrolled, ask_for(app, id)?)?.ok_or_else(|| {
            Trouble::Unavailable(format!(
                "the key of {id} is neither in {} nor on a card in a reader: put the card of {id} in and try again",
                app.officer_folder(id).display()
            ))
        })?;
        Ok(OfficerKey {
            chain: vec![found.certificate().clone()],
            key: Box::new(found),
        })
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
    Ok(OfficerKey {
        chain: vec![certificate],
        key: Box::new(key),
    })
}

/// Says that the PIN is wanted at the reader.
#[cfg(feature = "pkcs11")]
fn say_pad(id: &OfficerId) -> Box<dyn Fn() + Send + Sync> {
    let id = id.clone();
    Box::new(move || eprintln!("Type the PIN of the card of {id} at the reader's pad."))
}

/// The wizards' texts in an officer's language, each with one value.
fn texts_of<'a>(
    app: &'a App,
    id: &OfficerId,
) -> Result<impl Fn(&str, &str, Value) -> Result<String, Trouble> + 'a, Trouble> {
    let language = app
        .desk()
        .store
        .officer(id)?
        .map_or(app.config.office.language, |officer| officer.language);
    Ok(move |key: &str, name: &str, value: Value| {
        app.press
            .texts()
            .get(language, key, &[(name, value)])
            .map_err(|e| Trouble::Unavailable(e.to_string()))
    })
}

/// Wrong PINs that a card may say it has left: PIV counts them in four bits.
const MOST_TRIES: u8 = 15;

/// Asks for the PIN of an officer's card in the officer's language, without showing it.
fn ask_for(app: &App, id: &OfficerId) -> Result<AskPin, Trouble> {
    let text = texts_of(app, id)?;
    let question = text("wizard-card-pin", "officer", id.as_str().into())?;
    let wrong = (0..=MOST_TRIES)
        .map(|left| text("wizard-card-pin-wrong", "left", i64::from(left).into()))
        .collect::<Result<Vec<_>, _>>()?;
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
