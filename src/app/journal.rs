//! The journal's key, and beside it what it signed last: outside the database, so that whoever can write there cannot have a
//! rewritten journal signed.

use super::{App, read_text, write_public};
use crate::adapters::files;
use crate::journal::{JournalKey, JournalPublicKey};
use crate::journey::Trouble;
use crate::journey::evidence::{self, Verified};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The largest checkpoint that is read: three lines and a few signatures.
pub const MAX_NOTE: u64 = 64 * 1024;

impl App {
    /// The key that signs checkpoints.
    pub fn journal_key(&self) -> Result<JournalKey, Trouble> {
        let path = self.path(&self.config.auditor.journal_key);
        JournalKey::from_text(&zeroize::Zeroizing::new(read_text(&path, "the journal's key")?))
            .map_err(|e| Trouble::Unavailable(format!("{}: {e}", path.display())))
    }

    /// The key that checkpoints are verified with.
    pub fn journal_public_key(&self) -> Result<JournalPublicKey, Trouble> {
        journal_public_key(&self.path(&self.config.auditor.journal_public_key))
    }

    /// The file of the last checkpoint that the key on this machine signed.
    fn last_note_file(&self) -> PathBuf {
        let mut name = self.path(&self.config.auditor.journal_key).into_os_string();
        name.push(".last");
        name.into()
    }

    /// The last checkpoint that the key on this machine signed.
    pub fn last_note(&self) -> Result<Option<String>, Trouble> {
        let path = self.last_note_file();
        let unread = |why: &dyn std::fmt::Display| {
            Trouble::Unavailable(format!(
                "the last checkpoint cannot be read from {}: {why}; nothing is signed without it",
                path.display()
            ))
        };
        match files::read_bounded(&path, MAX_NOTE) {
            Ok(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| unread(&"it is no text")),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(unread(&e)),
        }
    }

    /// Signs where the journal stands, where this machine has the key for it: only what continues what the key signed before.
    /// Returns the newest checkpoint; `None` where the key is kept elsewhere (its keeper signs with `journal checkpoint`), and of an
    /// empty journal.
    pub fn seal_journal(&self) -> Result<Option<String>, Trouble> {
        let path = self.path(&self.config.auditor.journal_key);
        if let Ok(false) = path.try_exists() {
            return Ok(None);
        }
        let key = self.journal_key()?;
        let last = self.last_note()?;
        let note = evidence::checkpoint(&self.desk(), &key, last.as_deref())?;
        if let Some(note) = &note
            && Some(note) != last.as_ref()
        {
            write_public(&self.last_note_file(), note.as_bytes())?;
        }
        Ok(note)
    }

    /// Verifies the whole journal against its checkpoints, the last one that was signed here, and the notes that somebody kept.
    pub fn verify_journal(&self, key: &JournalPublicKey, kept: &[String]) -> Result<Verified, Trouble> {
        let notes: Vec<String> = kept.iter().cloned().chain(self.last_note()?).collect();
        let verified = evidence::verify_journal(&self.desk(), key, &notes)?;
        Ok(Verified {
            kept: kept.len(),
            ..verified
        })
    }
}

/// Reads a journal's public key from a file.
pub fn journal_public_key(path: &Path) -> Result<JournalPublicKey, Trouble> {
    read_text(path, "the journal's public key")?
        .trim()
        .parse()
        .map_err(|e| Trouble::Unavailable(format!("{}: {e}", path.display())))
}
