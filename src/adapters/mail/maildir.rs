//! A Maildir as a source of mails and as a place where mails go out.

use crate::adapters::files;
use crate::ports::mail::{FoundMail, Handover, MailError, MailSender, MailSource, SendOutcome, Settled};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A Maildir: `new` and `cur` are taken in, settled mails move to the folders `.Processed` and `.Rejected` (Maildir++).
pub struct Maildir {
    name: String,
    folder: PathBuf,
    /// Where each mail was when the folders were last read.
    places: Mutex<HashMap<String, PathBuf>>,
}

impl Maildir {
    /// Opens a Maildir and makes its folders when they are missing, so that no later move can fail for want of one.
    pub fn open(name: &str, folder: &Path) -> io::Result<Maildir> {
        for place in ["", ".Processed", ".Rejected"] {
            for sub in ["new", "cur", "tmp"] {
                fs::create_dir_all(folder.join(place).join(sub))?;
            }
        }
        Ok(Maildir {
            name: name.to_owned(),
            folder: folder.to_owned(),
            places: Mutex::default(),
        })
    }

    fn places(&self) -> MutexGuard<'_, HashMap<String, PathBuf>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the folders anew.
    fn read(&self) -> io::Result<MutexGuard<'_, HashMap<String, PathBuf>>> {
        let mut places = HashMap::new();
        for sub in ["new", "cur"] {
            for entry in fs::read_dir(self.folder.join(sub))? {
                let entry = entry?;
                // A link could lead out of the Maildir: only plain files are mails.
                if entry.file_type()?.is_file()
                    && let Some(key) = key_of(&entry.path())
                {
                    places.insert(key, entry.path());
                }
            }
        }
        let mut known = self.places();
        *known = places;
        Ok(known)
    }

    fn error(&self, e: io::Error) -> MailError {
        MailError::Source {
            source_name: self.name.clone(),
            why: e.to_string(),
        }
    }

    /// The file of a mail, wherever a mail reader has moved it meanwhile: its name up to the flags stays. The folders are read
    /// again only where it is not where it was.
    fn find(&self, key: &str) -> io::Result<Option<PathBuf>> {
        if let Some(path) = self.places().get(key)
            && fs::symlink_metadata(path).is_ok_and(|m| m.is_file())
        {
            return Ok(Some(path.clone()));
        }
        Ok(self.read()?.get(key).cloned())
    }

    /// Delivers bytes as a mail server would: into `tmp`, then moved to `new`.
    pub fn deliver(&self, unique: &str, raw: &[u8]) -> io::Result<PathBuf> {
        let temporary = self.folder.join("tmp").join(unique);
        files::write_durably(&temporary, raw)?;
        let path = self.folder.join("new").join(unique);
        fs::rename(&temporary, &path)?;
        files::sync_folder(&self.folder.join("new"))?;
        Ok(path)
    }
}

fn key_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    if name.starts_with('.') {
        return None;
    }
    // Flags stand behind “:2,” (“;2,” where a colon cannot be in a name).
    Some(name.split([':', ';']).next().unwrap_or(name).to_owned())
}

impl MailSource for Maildir {
    fn name(&self) -> &str {
        &self.name
    }

    fn list(&self) -> Result<Vec<FoundMail>, MailError> {
        let mut keys: Vec<String> = self.read().map_err(|e| self.error(e))?.keys().cloned().collect();
        keys.sort();
        Ok(keys.into_iter().map(|key| FoundMail { key }).collect())
    }

    fn fetch(&self, mail: &FoundMail, limit: u64) -> Result<Vec<u8>, MailError> {
        let Some(path) = self.find(&mail.key).map_err(|e| self.error(e))? else {
            return Err(MailError::Gone {
                key: mail.key.clone(),
            });
        };
        let size = fs::metadata(&path).map_err(|e| self.error(e))?.len();
        if size > limit {
            return Err(MailError::TooLarge { size, limit });
        }
        files::read_bounded(&path, limit).map_err(|e| self.error(e))
    }

    fn settle(&self, mail: &FoundMail, to: Settled) -> Result<(), MailError> {
        let Some(path) = self.find(&mail.key).map_err(|e| self.error(e))? else {
            return Ok(());
        };
        let place = self.folder.join(match to {
            Settled::Processed => ".Processed",
            Settled::Rejected => ".Rejected",
        });
        // A colon cannot stand in a file name on Windows; readers there know the semicolon.
        let flags = if cfg!(windows) { ";2,S" } else { ":2,S" };
        let target = place.join("cur").join(format!("{}{flags}", mail.key));
        // Not waited for: when a power cut undoes the move, the mail is found again, known, and moved again.
        fs::rename(&path, target).map_err(|e| self.error(e))?;
        self.places().remove(&mail.key);
        Ok(())
    }
}

/// Sends by putting mails into a Maildir: for an office whose mail server picks them up there, and for the demo.
pub struct MaildirSender {
    maildir: Maildir,
}

impl MaildirSender {
    /// Sends into this Maildir.
    pub fn open(folder: &Path) -> io::Result<MaildirSender> {
        Ok(MaildirSender {
            maildir: Maildir::open("out", folder)?,
        })
    }
}

/// The file name of an outgoing mail, from its Message-ID: so it is known again.
fn name_of(message_id: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' {
            c
        } else {
            '_'
        }
    };
    message_id.chars().map(plain).collect()
}

impl MailSender for MaildirSender {
    fn send(&self, mail: &Handover) -> SendOutcome {
        match self.maildir.deliver(&name_of(mail.message_id), mail.raw) {
            Ok(_) => SendOutcome::Sent,
            Err(e) => SendOutcome::Temporary(e.to_string()),
        }
    }

    /// Until somebody takes it out of the Maildir.
    fn has(&self, message_id: &str) -> bool {
        matches!(self.maildir.find(&name_of(message_id)), Ok(Some(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_keeps_its_key_when_a_reader_moves_and_flags_it() {
        let folder = tempfile::tempdir().unwrap();
        let maildir = Maildir::open("m", folder.path()).unwrap();
        maildir.deliver("1.a.host", b"mail").unwrap();
        let found = maildir.list().unwrap();
        fs::rename(
            folder.path().join("new/1.a.host"),
            folder.path().join("cur/1.a.host:2,RS"),
        )
        .unwrap();
        assert_eq!(maildir.list().unwrap(), found);
        assert_eq!(maildir.fetch(&found[0], 10).unwrap(), b"mail");
        maildir.settle(&found[0], Settled::Processed).unwrap();
        maildir.settle(&found[0], Settled::Processed).unwrap();
        assert_eq!(maildir.list().unwrap(), vec![]);
        assert!(folder.path().join(".Processed/cur/1.a.host:2,S").exists());
    }

    #[test]
    fn a_mail_over_the_limit_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let maildir = Maildir::open("m", folder.path()).unwrap();
        maildir.deliver("1.a.host", b"too long").unwrap();
        let found = maildir.list().unwrap();
        assert!(matches!(
            maildir.fetch(&found[0], 4),
            Err(MailError::TooLarge { size: 8, limit: 4 })
        ));
    }
}
