//! Files written so that a power cut leaves the old or the new content, never half; and the blob store in a folder.

use crate::domain::Sha256;
use crate::ports::store::{BlobError, BlobName, Blobs};
use aws_lc_rs::digest;
use jiff::Timestamp;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// How the name of a file begins that is not whole yet.
const TEMPORARY: &str = ".new-";

/// Writes a file durably: a temporary file beside it, synced, renamed, and the folder synced.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, false)
}

/// The same for a secret: readable by its owner alone (on Unix; elsewhere the folder's rights decide).
pub fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, true)
}

/// Writes a secret under its own name from the first byte on, durably: what a run that is cut off leaves of it lies there, to be
/// overwritten or destroyed, and nowhere else.
pub fn lay_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_folder(folder)
}

fn put(path: &Path, bytes: &[u8], secret: bool) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = if secret { 0o600 } else { 0o644 };
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = secret;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    sync_folder(folder)
}

/// Overwrites and removes a file; `false` when it is not there. On a disk that moves blocks about, overwriting is no proof.
pub fn destroy(path: &Path) -> io::Result<bool> {
    let length = match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => found?.len(),
    };
    let zeros = vec![0; usize::try_from(length).unwrap_or(0)];
    let mut file = File::options().write(true).open(path)?;
    file.write_all(&zeros)?;
    file.sync_all()?;
    fs::remove_file(path)?;
    Ok(true)
}

/// Makes renames in a folder durable, where the platform knows how.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Reads a file of at most `limit` bytes; a longer one is an error, not a large buffer.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("more than {limit} bytes"),
        ));
    }
    Ok(bytes)
}

/// Blobs as files, named by their hash, 256 folders of them.
pub struct FolderBlobs {
    folder: PathBuf,
}

impl FolderBlobs {
    /// Blobs below this folder.
    pub fn at(folder: &Path) -> FolderBlobs {
        FolderBlobs {
            folder: folder.to_owned(),
        }
    }

    fn path(&self, name: BlobName) -> PathBuf {
        let text = name.to_string();
        self.folder.join(&text[..2]).join(text)
    }
}

fn name_of(bytes: &[u8]) -> BlobName {
    Sha256(
        digest::digest(&digest::SHA256, bytes)
            .as_ref()
            .try_into()
            .expect("SHA-256 has 32 bytes"),
    )
}

impl Blobs for FolderBlobs {
    fn put(&self, ciphertext: &[u8]) -> Result<BlobName, BlobError> {
        let name = name_of(ciphertext);
        let path = self.path(name);
        if !path.exists() {
            write_durably(&path, ciphertext).map_err(|e| BlobError::Unavailable(e.to_string()))?;
        }
        Ok(name)
    }

    fn put_all(&self, ciphertexts: &[Vec<u8>]) -> Result<Vec<BlobName>, BlobError> {
        /// Writers at a time: a disk that is asked to be sure of several files does it for all at once.
        const WRITERS: usize = 8;
        let share = ciphertexts.len().div_ceil(WRITERS).max(1);
        std::thread::scope(|scope| {
            let write = |part| scope.spawn(move || self.put_each(part));
            let writers: Vec<_> = ciphertexts.chunks(share).map(write).collect();
            let mut names = vec![];
            for writer in writers {
                let died = |_| BlobError::Unavailable("a writer of blobs died".into());
                names.extend(writer.join().map_err(died)??);
            }
            Ok(names)
        })
    }

    fn get(&self, name: BlobName) -> Result<Vec<u8>, BlobError> {
        let bytes = fs::read(self.path(name)).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => BlobError::Missing(name),
            _ => BlobError::Unavailable(e.to_string()),
        })?;
        if name_of(&bytes) == name {
            Ok(bytes)
        } else {
            Err(BlobError::Damaged(name))
        }
    }

    fn remove(&self, name: BlobName) -> Result<(), BlobError> {
        match fs::remove_file(self.path(name)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(BlobError::Unavailable(e.to_string())),
            _ => Ok(()),
        }
    }

    fn stored_before(&self, moment: Timestamp) -> Result<Vec<BlobName>, BlobError> {
        self.old(moment)
            .map_err(|e| BlobError::Unavailable(e.to_string()))
    }
}

impl FolderBlobs {
    fn put_each(&self, ciphertexts: &[Vec<u8>]) -> Result<Vec<BlobName>, BlobError> {
        ciphertexts.iter().map(|bytes| self.put(bytes)).collect()
    }

    fn old(&self, moment: Timestamp) -> io::Result<Vec<BlobName>> {
        let mut names = vec![];
        let folders = match fs::read_dir(&self.folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(names),
            folders => folders?,
        };
        for folder in folders {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let file = file?;
                let stored = Timestamp::try_from(file.metadata()?.modified()?);
                if !stored.is_ok_and(|stored| stored < moment) {
                    continue;
                }
                let name = file.file_name();
                match name.to_str().map(|name| (name, name.parse())) {
                    Some((_, Ok(name))) => names.push(name),
                    // What a write left behind that was cut off.
                    Some((name, Err(_))) if name.starts_with(TEMPORARY) => fs::remove_file(file.path())?,
                    _ => {}
                }
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_blob_is_not_handed_out() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::at(folder.path());
        let name = blobs.put(b"ciphertext").unwrap();
        assert_eq!(blobs.get(name).unwrap(), b"ciphertext");
        fs::write(blobs.path(name), b"else").unwrap();
        assert!(matches!(blobs.get(name), Err(BlobError::Damaged(_))));
        blobs.remove(name).unwrap();
        blobs.remove(name).unwrap();
        assert!(matches!(blobs.get(name), Err(BlobError::Missing(_))));
    }

    #[test]
    fn a_file_over_the_limit_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, [0; 11]).unwrap();
        assert!(read_bounded(&path, 10).is_err());
        assert_eq!(read_bounded(&path, 11).unwrap().len(), 11);
    }
}
