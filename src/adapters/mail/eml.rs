//! A folder of `.eml` files as a source of mails.

use crate::adapters::files;
use crate::ports::mail::{FoundMail, MailError, MailSource, Settled};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where settled mails go, below the folder.
const FOLDERS: [(Settled, &str); 2] = [(Settled::Processed, "Processed"), (Settled::Rejected, "Rejected")];

/// A folder of `.eml` files; settled ones move to its subfolders `Processed` and `Rejected`.
///
/// Who puts a file there writes it under another name first and renames it, so that none is read half.
pub struct EmlFolder {
    name: String,
    folder: PathBuf,
}

impl EmlFolder {
    /// Opens a folder and makes it and its subfolders when they are missing, so that no later move can fail for want of one.
    pub fn open(name: &str, folder: &Path) -> io::Result<EmlFolder> {
        for (_, below) in FOLDERS {
            fs::create_dir_all(folder.join(below))?;
        }
        Ok(EmlFolder {
            name: name.to_owned(),
            folder: folder.to_owned(),
        })
    }

    fn error(&self, e: io::Error) -> MailError {
        MailError::Source {
            source_name: self.name.clone(),
            why: e.to_string(),
        }
    }
}

fn is_mail(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("eml"))
}

impl MailSource for EmlFolder {
    fn name(&self) -> &str {
        &self.name
    }

    fn list(&self) -> Result<Vec<FoundMail>, MailError> {
        let mut keys = vec![];
        for entry in fs::read_dir(&self.folder).map_err(|e| self.error(e))? {
            let entry = entry.map_err(|e| self.error(e))?;
            // A link could lead out of the folder: only plain files are mails.
            if !entry.file_type().map_err(|e| self.error(e))?.is_file() || !is_mail(&entry.path()) {
                continue;
            }
            keys.extend(entry.file_name().to_str().map(str::to_owned));
        }
        keys.sort();
        Ok(keys.into_iter().map(|key| FoundMail { key }).collect())
    }

    fn fetch(&self, mail: &FoundMail, limit: u64) -> Result<Vec<u8>, MailError> {
        let path = self.folder.join(&mail.key);
        let size = match fs::symlink_metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(MailError::Gone {
                    key: mail.key.clone(),
                });
            }
            found => found.map_err(|e| self.error(e))?.len(),
        };
        if size > limit {
            return Err(MailError::TooLarge { size, limit });
        }
        files::read_bounded(&path, limit).map_err(|e| self.error(e))
    }

    fn settle(&self, mail: &FoundMail, to: Settled) -> Result<(), MailError> {
        let path = self.folder.join(&mail.key);
        let below = FOLDERS.iter().find(|(settled, _)| *settled == to);
        let place = self.folder.join(below.map_or("Rejected", |(_, below)| below));
        let target = free_name(&place, &mail.key).map_err(|e| self.error(e))?;
        match fs::rename(&path, target) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            // Not waited for: when a power cut undoes the move, the mail is found again, known, and moved again.
            moved => moved.map_err(|e| self.error(e)),
        }
    }
}

/// A name that no earlier mail has in the folder: names come again, mails are never overwritten.
fn free_name(place: &Path, key: &str) -> io::Result<PathBuf> {
    /// More mails of one name than this are a fault of whoever delivers them.
    const MOST: u32 = 10_000;
    let stem = key.rsplit_once('.').map_or(key, |(stem, _)| stem);
    (0..MOST)
        .map(|n| match n {
            0 => place.join(key),
            n => place.join(format!("{stem}~{n}.eml")),
        })
        .find(|path| fs::symlink_metadata(path).is_err())
        .ok_or_else(|| io::Error::other("too many mails of one name: clear the folder"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(key: &str) -> FoundMail {
        FoundMail { key: key.into() }
    }

    #[test]
    fn settled_files_move_and_never_overwrite_one_of_the_same_name() {
        let folder = tempfile::tempdir().unwrap();
        let source = EmlFolder::open("m", folder.path()).unwrap();
        for text in ["first", "second"] {
            fs::write(folder.path().join("a.eml"), text).unwrap();
            fs::write(folder.path().join("b.part"), "half").unwrap();
            assert_eq!(source.list().unwrap(), vec![mail("a.eml")]);
            assert_eq!(source.fetch(&mail("a.eml"), 10).unwrap(), text.as_bytes());
            source.settle(&mail("a.eml"), Settled::Rejected).unwrap();
            source.settle(&mail("a.eml"), Settled::Rejected).unwrap();
        }
        let kept = |name: &str| fs::read_to_string(folder.path().join("Rejected").join(name)).unwrap();
        assert_eq!(
            (kept("a.eml"), kept("a~1.eml")),
            ("first".into(), "second".into())
        );
    }

    #[test]
    fn a_file_that_is_gone_or_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let source = EmlFolder::open("m", folder.path()).unwrap();
        assert!(matches!(
            source.fetch(&mail("a.eml"), 10),
            Err(MailError::Gone { .. })
        ));
        fs::write(folder.path().join("a.eml"), "too long").unwrap();
        assert!(matches!(
            source.fetch(&mail("a.eml"), 4),
            Err(MailError::TooLarge { size: 8, limit: 4 })
        ));
    }
}
