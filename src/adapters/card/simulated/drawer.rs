//! The files of the drawer: read and written whole, durable before anybody is told, one program at a time.

use super::READERS;
use super::chip::Chip;
use crate::ports::card::CardError;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[derive(Clone)]
pub(super) struct Drawer {
    dir: PathBuf,
}

/// A reader and what is in it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReaderSlot {
    pub name: String,
    pub chip_id: Option<String>,
    /// Counts the cards put in so far.
    pub insertions: u64,
}

/// The reader of this name.
pub(super) fn named<'a>(slots: &'a mut [ReaderSlot], name: &str) -> Result<&'a mut ReaderSlot, CardError> {
    slots.iter_mut().find(|s| s.name == name).ok_or_else(|| {
        CardError::Io(format!(
            "there is no reader ‘{name}’; the simulated ones are ‘{}’",
            READERS.join("’ and ‘")
        ))
    })
}

fn io(path: &Path, what: &str) -> impl FnOnce(std::io::Error) -> CardError {
    let text = format!("{what} {}", path.display());
    move |e| CardError::Io(format!("{text}: {e}"))
}

impl Drawer {
    pub fn open(dir: &Path) -> Result<Drawer, CardError> {
        let cards = dir.join("cards");
        fs::create_dir_all(&cards).map_err(io(&cards, "making"))?;
        Ok(Drawer { dir: dir.to_owned() })
    }

    /// Keeps every other program out until the file is dropped.
    pub fn lock(&self) -> Result<File, CardError> {
        let path = self.dir.join("lock");
        let open = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = open.map_err(io(&path, "opening"))?;
        file.lock().map_err(io(&path, "locking"))?;
        Ok(file)
    }

    /// A chip id becomes a file name, so it must look like one of ours.
    fn card_file(&self, chip_id: &str) -> Result<PathBuf, CardError> {
        if chip_id.len() == 32 && chip_id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(self.dir.join("cards").join(format!("{chip_id}.json")))
        } else {
            Err(CardError::Absent {
                reader: "the drawer of simulated cards".into(),
            })
        }
    }

    pub fn cards(&self) -> Result<Vec<String>, CardError> {
        let dir = self.dir.join("cards");
        let mut ids = Vec::new();
        for file in fs::read_dir(&dir).map_err(io(&dir, "reading"))? {
            let name = file.map_err(io(&dir, "reading"))?.file_name();
            if let Some(id) = name.to_str().and_then(|n| n.strip_suffix(".json"))
                && self.card_file(id).is_ok()
            {
                ids.push(id.to_owned());
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }

    pub fn load_chip(&self, chip_id: &str) -> Result<Chip, CardError> {
        let path = self.card_file(chip_id)?;
        match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(CardError::Absent {
                reader: "the drawer of simulated cards".into(),
            }),
            Err(e) => Err(io(&path, "reading")(e)),
            Ok(bytes) => serde_json::from_slice::<Chip>(&bytes)
                .map_err(|e| CardError::Io(format!("the simulated card {} is damaged: {e}", path.display()))),
        }
    }

    pub fn save_chip(&self, chip: &Chip) -> Result<(), CardError> {
        self.write(&self.card_file(chip.chip_id())?, chip)
    }

    pub fn readers(&self) -> Result<Vec<ReaderSlot>, CardError> {
        let path = self.dir.join("readers.json");
        match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(READERS
                .map(|name| ReaderSlot {
                    name: name.to_owned(),
                    chip_id: None,
                    insertions: 0,
                })
                .to_vec()),
            Err(e) => Err(io(&path, "reading")(e)),
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|e| CardError::Io(format!("{} is damaged: {e}", path.display()))),
        }
    }

    pub fn change_readers(
        &self,
        change: impl FnOnce(&mut [ReaderSlot]) -> Result<(), CardError>,
    ) -> Result<(), CardError> {
        let mut slots = self.readers()?;
        change(&mut slots)?;
        self.write(&self.dir.join("readers.json"), &slots)
    }

    /// New file, written and flushed; renamed over the old; the folder flushed: after a crash it is the old or the new one.
    fn write(&self, path: &Path, content: &impl Serialize) -> Result<(), CardError> {
        let folder = path.parent().unwrap_or(&self.dir);
        let failed = |e: std::io::Error| CardError::Io(format!("writing {}: {e}", path.display()));
        let mut bytes = serde_json::to_vec_pretty(content).map_err(|e| failed(e.into()))?;
        bytes.push(b'\n');
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(&bytes).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|e| failed(e.error))?;
        File::open(folder).and_then(|f| f.sync_all()).map_err(failed)
    }
}
