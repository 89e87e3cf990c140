//! The process that holds a vendor's module: loads it, looks at its slots, and opens the token that is asked for.

use super::talk::{Answer, Ask, Fault, MARK, MAX_LINE, Seen, TokenFacts};
use super::token::{Reply, Token, fault, id_of_certificate, name_of};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::slot::{Slot, TokenInfo};
use std::io::{BufRead, Read as _, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// Holds the module at `path` and answers until its input ends. Returns the exit code.
pub fn child(path: &Path, stdin: impl BufRead, mut stdout: impl Write) -> u8 {
    let mut held = load(path);
    let mut stdin = stdin;
    loop {
        let mut line = Zeroizing::new(Vec::new());
        match stdin.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        let Ok(ask) = serde_json::from_slice::<Ask>(&line) else {
            break;
        };
        let answer = match &mut held {
            Ok(held) => held.answer(ask).unwrap_or_else(Answer::Fault),
            Err(why) => Answer::Fault(Fault::Failed(why.clone())),
        };
        let mut text = Zeroizing::new(Vec::with_capacity(8 * 1024));
        text.push(b'\n');
        text.extend_from_slice(MARK.as_bytes());
        serde_json::to_writer(&mut *text, &answer).expect("our own words are plain data");
        text.push(b'\n');
        if stdout.write_all(&text).and_then(|()| stdout.flush()).is_err() {
            break;
        }
    }
    if let Ok(mut held) = held {
        held.token = None;
        let _ = held.module.finalize();
    }
    0
}

struct Held {
    module: Pkcs11,
    token: Option<Token>,
}

fn load(path: &Path) -> Result<Held, String> {
    let module = Pkcs11::new(path).map_err(|e| {
        format!("it cannot be loaded ({e}): is it a PKCS#11 module for this machine, with all that it needs beside it?")
    })?;
    let begin = |flags| module.initialize(CInitializeArgs::new(flags));
    match begin(CInitializeFlags::OS_LOCKING_OK) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        // One thread speaks to it, so that it needs no locks.
        Err(Error::Pkcs11(RvError::CantLock | RvError::ArgumentsBad | RvError::NeedToCreateThreads, _)) => {
            begin(CInitializeFlags::empty()).map_err(|e| format!("it does not start ({})", name_of(&e)))?;
        }
        Err(e) => {
            return Err(format!(
                "it does not start ({}): is its service running?",
                name_of(&e)
            ));
        }
    }
    Ok(Held { module, token: None })
}

impl Held {
    fn answer(&mut self, ask: Ask) -> Reply {
        match ask {
            Ask::List => self.list(),
            Ask::Connect { chip_id } => self.connect(&chip_id),
            Ask::FindKey { certificate } => self.find_key(&certificate.0),
            Ask::Silent => self.silent(),
            other => self.token.as_mut().ok_or(Fault::Absent)?.answer(other),
        }
    }

    fn tokens(&self) -> Result<Vec<(Slot, TokenInfo)>, Fault> {
        let slots = self.module.get_slots_with_token().map_err(fault)?;
        // A token that cannot be read, or that nobody initialized, is none for us.
        let known = |slot| Some((slot, self.module.get_token_info(slot).ok()?));
        Ok(slots
            .into_iter()
            .filter_map(known)
            .filter(|(_, info)| info.token_initialized())
            .collect())
    }

    fn list(&self) -> Reply {
        let tokens = self.tokens()?;
        let seen = |slot: Slot| {
            let about = self.module.get_slot_info(slot).ok()?;
            let chip_id = tokens
                .iter()
                .find(|(s, _)| *s == slot)
                .map(|(_, info)| chip_id(info));
            Some(Seen {
                reader: about.slot_description().trim().to_owned(),
                chip_id,
            })
        };
        let slots = self.module.get_all_slots().map_err(fault)?;
        Ok(Answer::Slots(slots.into_iter().filter_map(seen).collect()))
    }

    fn connect(&mut self, chip: &str) -> Reply {
        let tokens = self.tokens()?;
        let (slot, info) = tokens
            .iter()
            .find(|(_, info)| chip_id(info) == chip)
            .ok_or(Fault::Absent)?;
        let session = self.module.open_rw_session(*slot).map_err(fault)?;
        self.token = Some(Token::in_session(self.module.clone(), *slot, session));
        Ok(Answer::Token(facts(info)))
    }

    fn find_key(&mut self, certificate: &[u8]) -> Reply {
        for (slot, info) in self.tokens()? {
            let session = self.module.open_ro_session(slot).map_err(fault)?;
            if let Some(id) = id_of_certificate(&session, certificate)? {
                let mut token = Token::in_session(self.module.clone(), slot, session);
                token.found = Some(id);
                self.token = Some(token);
                return Ok(Answer::Token(facts(&info)));
            }
        }
        Ok(Answer::Nothing)
    }

    fn silent(&self) -> Reply {
        let mut silent = vec![];
        for (slot, info) in self.tokens()? {
            let session = self.module.open_ro_session(slot).map_err(fault)?;
            let shown = session.find_objects(&[Attribute::Class(ObjectClass::CERTIFICATE)]);
            if shown.map_err(fault)?.is_empty() {
                silent.push(chip_id(&info));
            }
        }
        Ok(Answer::Chips(silent))
    }
}

fn chip_id(info: &TokenInfo) -> String {
    info.serial_number().trim().to_owned()
}

fn facts(info: &TokenInfo) -> TokenFacts {
    TokenFacts {
        chip_id: chip_id(info),
        pad: info.protected_authentication_path(),
        shortest_pin: info.min_pin_length(),
        longest_pin: info.max_pin_length(),
    }
}
