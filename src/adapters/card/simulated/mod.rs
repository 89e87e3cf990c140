//! The simulated card: a drawer of cards in a folder, with real keys, and two readers to put them in.
//!
//! For the demo, the samples and the tests. It enforces what a PIV card enforces (PIN, PUK, management key, tries), and PIN, PUK and
//! management key are in its file as slow salted hashes only. It is no safe: who can read the folder has the private keys.
//!
//! ```text
//! DIR/cards/CHIP_ID.json   one card
//! DIR/readers.json         what is in which reader
//! DIR/lock                 held during each command, so that several programs can share the drawer
//! ```

mod chip;
mod drawer;
#[cfg(test)]
mod tests;

use crate::ports::card::{Card, CardError, KeyAlgorithm, ReaderState, Readers, Slot};
use crate::ports::{Random, random_bytes};
use chip::Chip;
use drawer::Drawer;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// The names of the two readers: the helper's card belongs in the first, the holder's in the second.
pub const READERS: [&str; 2] = ["Simulated Reader 1", "Simulated Reader 2"];

/// A drawer of simulated cards and the two readers of a workstation.
#[derive(Clone)]
pub struct SimulatedReaders {
    drawer: Drawer,
    random: Arc<dyn Random>,
}

impl SimulatedReaders {
    /// Opens the drawer in this folder; an empty or missing folder becomes an empty drawer.
    ///
    /// Everything that the cards draw comes from `random`, but for RSA keys, which the library draws itself.
    pub fn open(dir: &Path, random: Arc<dyn Random>) -> Result<SimulatedReaders, CardError> {
        Ok(SimulatedReaders {
            drawer: Drawer::open(dir)?,
            random,
        })
    }

    /// Lays a new card into the drawer, as its maker delivers it, and returns its chip id (a CHUID GUID as 32 hex digits).
    pub fn new_card(&self) -> Result<String, CardError> {
        let guid: [u8; 16] = random_bytes(&*self.random);
        let chip_id = hex::encode(guid);
        let _held = self.drawer.lock()?;
        self.drawer
            .save_chip(&Chip::from_factory(&chip_id, &*self.random))?;
        Ok(chip_id)
    }

    /// The chip ids of all cards of the drawer, sorted.
    pub fn cards(&self) -> Result<Vec<String>, CardError> {
        self.drawer.cards()
    }

    /// Puts a card into a reader, out of whichever reader it was in; a card that was there goes back into the drawer.
    pub fn insert(&self, reader: &str, chip_id: &str) -> Result<(), CardError> {
        let _held = self.drawer.lock()?;
        self.drawer.load_chip(chip_id)?;
        self.drawer.change_readers(|slots| {
            for slot in slots.iter_mut().filter(|s| s.chip_id.as_deref() == Some(chip_id)) {
                slot.chip_id = None;
            }
            let slot = drawer::named(slots, reader)?;
            slot.chip_id = Some(chip_id.to_owned());
            slot.insertions += 1;
            Ok(())
        })
    }

    /// Takes the card out of a reader; an empty reader stays empty. Who was connected to the card has lost it.
    pub fn remove(&self, reader: &str) -> Result<(), CardError> {
        let _held = self.drawer.lock()?;
        self.drawer.change_readers(|slots| {
            drawer::named(slots, reader)?.chip_id = None;
            Ok(())
        })
    }
}

impl Readers for SimulatedReaders {
    fn list(&self) -> Result<Vec<ReaderState>, CardError> {
        let _held = self.drawer.lock()?;
        let readers = self.drawer.readers()?;
        Ok(readers
            .into_iter()
            .map(|r| ReaderState {
                name: r.name,
                chip_id: r.chip_id,
            })
            .collect())
    }

    fn connect(&self, chip_id: &str) -> Result<Box<dyn Card>, CardError> {
        let _held = self.drawer.lock()?;
        let readers = self.drawer.readers()?;
        let Some(reader) = readers
            .into_iter()
            .find(|r| r.chip_id.as_deref() == Some(chip_id))
        else {
            return Err(CardError::Absent {
                reader: "any reader".into(),
            });
        };
        Ok(Box::new(Connection {
            readers: self.clone(),
            reader: reader.name,
            insertion: reader.insertions,
            chip_id: chip_id.to_owned(),
            session: chip::Session::default(),
        }))
    }

    fn wait(&self, seen: &[ReaderState], at_most: Duration) -> Result<Vec<ReaderState>, CardError> {
        super::look_until_changed(self, seen, at_most)
    }
}

/// A card in a reader, for as long as it stays there.
struct Connection {
    readers: SimulatedReaders,
    reader: String,
    /// Which insertion this connection began with: a card that was out and in again knows nothing of it.
    insertion: u64,
    chip_id: String,
    session: chip::Session,
}

impl Connection {
    /// Runs one command on the chip; what it changed is durable before the answer, a lost try too.
    fn command<T>(
        &mut self,
        run: impl FnOnce(&mut Chip, &mut chip::Session, &dyn Random) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let drawer = &self.readers.drawer;
        let _held = drawer.lock()?;
        let there = drawer.readers()?.into_iter().any(|r| {
            r.name == self.reader
                && r.insertions == self.insertion
                && r.chip_id.as_deref() == Some(&self.chip_id)
        });
        if !there {
            self.session = chip::Session::default();
            return Err(CardError::Absent {
                reader: self.reader.clone(),
            });
        }
        let before = drawer.load_chip(&self.chip_id)?;
        let mut chip = before.clone();
        let answer = run(&mut chip, &mut self.session, &*self.readers.random);
        if chip != before {
            drawer.save_chip(&chip)?;
        }
        answer
    }
}

impl Card for Connection {
    fn chip_id(&mut self) -> Result<String, CardError> {
        self.command(|chip, _, _| Ok(chip.chip_id().to_owned()))
    }

    fn chip_serial(&mut self) -> Result<Option<String>, CardError> {
        Ok(None)
    }

    fn introduce(&mut self) -> Result<(), CardError> {
        // It says all of that by itself.
        Ok(())
    }

    fn set_retries(&mut self, pin: u8, puk: u8) -> Result<bool, CardError> {
        self.command(|chip, session, random| chip.set_retries(session, pin, puk, random))
    }

    fn key_sets(&mut self) -> Result<u8, CardError> {
        self.command(|_, _, _| Ok(chip::KEY_SETS))
    }

    fn generate(&mut self, slot: Slot, algorithm: KeyAlgorithm) -> Result<Vec<u8>, CardError> {
        self.command(|chip, session, random| chip.generate(session, slot, algorithm, random))
    }

    fn public_key(&mut self, slot: Slot) -> Result<Vec<u8>, CardError> {
        self.command(|chip, _, _| chip.public_key(slot))
    }

    fn authenticate_management(&mut self, key: &[u8; 32]) -> Result<(), CardError> {
        self.command(|chip, session, _| chip.authenticate_management(session, key))
    }

    fn set_management_key(&mut self, new: &[u8; 32]) -> Result<(), CardError> {
        self.command(|chip, session, random| chip.set_management_key(session, new, random))
    }

    fn verify_pin(&mut self, pin: &str) -> Result<(), CardError> {
        self.command(|chip, session, _| chip.verify_pin(session, pin))
    }

    fn pin_tries_left(&mut self) -> Result<u8, CardError> {
        self.command(|chip, _, _| Ok(chip.pin_tries_left()))
    }

    fn puk_tries_left(&mut self) -> Result<Option<u8>, CardError> {
        self.command(|chip, _, _| Ok(Some(chip.puk_tries_left())))
    }

    fn change_pin(&mut self, old: &str, new: &str) -> Result<(), CardError> {
        self.command(|chip, session, random| chip.change_pin(session, old, new, random))
    }

    fn change_puk(&mut self, old: &str, new: &str) -> Result<(), CardError> {
        self.command(|chip, _, random| chip.change_puk(old, new, random))
    }

    fn reset_pin(&mut self, puk: &str, new_pin: &str) -> Result<(), CardError> {
        self.command(|chip, session, random| chip.reset_pin(session, puk, new_pin, random))
    }

    fn write_certificate(&mut self, slot: Slot, certificate: &[u8]) -> Result<(), CardError> {
        self.command(|chip, session, _| chip.write_certificate(session, slot, certificate))
    }

    fn certificate(&mut self, slot: Slot) -> Result<Vec<u8>, CardError> {
        self.command(|chip, _, _| chip.certificate(slot))
    }

    fn sign(&mut self, slot: Slot, message: &[u8]) -> Result<Vec<u8>, CardError> {
        self.command(|chip, session, _| chip.sign(session, slot, message))
    }

    fn open(&mut self, slot: Slot, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError> {
        self.command(|chip, session, _| chip.open(session, slot, input))
    }
}
