//! The print station: a batch lies encrypted from its rendering on, is taken out for printing once, and is destroyed at the handover.

use super::{App, read};
use crate::adapters::{archive, files};
use crate::domain::{BatchId, OfficerId, RequestId};
use crate::journey::dispatch::ReprintReason;
use crate::journey::letter::{self, Rendered, Stationery};
use crate::journey::{Trouble, dispatch};
use crate::paper::{Manifest, ManifestEntry};
use crate::pki::signature::sha256;
use crate::ports::Waypoint;
use crate::ports::store::LetterState;
use crate::seal::PrintRecipient;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The name of a batch's manifest among its files.
const MANIFEST: &str = "manifest.json";

/// How the name of an encrypted batch ends: an age file of a ZIP.
const SUFFIX: &str = ".zip.age";

/// A batch that was made.
pub struct Made {
    pub rendered: Rendered,
    /// Where it lies, encrypted.
    pub file: PathBuf,
}

/// In which form a batch is taken out.
#[derive(Clone, Copy)]
pub enum Form<'a> {
    /// Its files, into a folder that is new or empty.
    Folder(&'a Path),
    /// One ZIP file for a print provider, encrypted to its key where one is given.
    Archive {
        file: &'a Path,
        to: Option<&'a PrintRecipient>,
    },
}

/// A batch that was taken out.
pub struct Taken {
    /// The names of its files.
    pub files: Vec<String>,
    pub letters: usize,
    /// The sheets whose letters were given up since they were rendered: they must not be posted.
    pub pull: Vec<ManifestEntry>,
}

/// A batch that was handed over.
pub struct HandedOver {
    /// How many eTickets are live.
    pub live: usize,
    /// Files that were taken out and are no longer where they were: somebody must see that no copy is left.
    pub gone: Vec<PathBuf>,
}

/// The files of a batch in clear, with the batch's name before theirs.
type Files = Vec<(String, Zeroizing<Vec<u8>>)>;

fn unwritable(path: &Path, e: &std::io::Error) -> Trouble {
    Trouble::Unavailable(format!("{} cannot be written: {e}", path.display()))
}

impl App {
    /// Where a batch lies encrypted.
    pub fn batch_file(&self, batch: &BatchId) -> PathBuf {
        let folder = self.path(&self.config.dispatch.batches);
        folder.join(format!("{batch}{SUFFIX}"))
    }

    /// Holds the print station, and destroys what runs left behind that were cut off at a handover.
    fn lock_batches(&self) -> Result<std::fs::File, Trouble> {
        let lock = self.lock("batches", "another run that makes, prints or posts batches")?;
        for path in super::files_in(&self.path(&self.config.dispatch.batches))? {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            let Some(batch) = name.strip_suffix(SUFFIX).and_then(|b| b.parse::<BatchId>().ok()) else {
                continue;
            };
            let letters = self.desk().store.letters(&batch)?;
            if !letters.is_empty() && letters.iter().all(|l| l.state != LetterState::Ready) {
                self.destroy_batch(&batch)?;
            }
        }
        Ok(lock)
    }

    /// Collects what is ready and waits for the post, all or these requests; renders it, and keeps it encrypted.
    pub fn make_batch(&self, ids: &[RequestId], by: &OfficerId) -> Result<Made, Trouble> {
        let _lock = self.lock_batches()?;
        self.render_batch(&letter::collect(&self.desk(), ids, by)?, by)
    }

    /// Renders a batch that was collected before, by a run that was cut off.
    pub fn make_batch_again(&self, batch: &BatchId, by: &OfficerId) -> Result<Made, Trouble> {
        let _lock = self.lock_batches()?;
        self.render_batch(batch, by)
    }

    fn render_batch(&self, batch: &BatchId, by: &OfficerId) -> Result<Made, Trouble> {
        let stationery = Stationery {
            press: &self.press,
            window: &self.config.dispatch.window,
        };
        let print_key = self.print_key()?;
        let rendered = letter::render(&self.desk(), &stationery, &print_key, batch, by)?;
        let (json, csv) = (rendered.manifest.to_json(), rendered.manifest.to_csv());
        let papers: [(&str, &[u8]); 3] = [
            ("cover.pdf", &rendered.cover),
            (MANIFEST, &json),
            ("manifest.csv", &csv),
        ];
        let letters = rendered.files.iter().map(|f| (f.name.as_str(), &f.pdf[..]));
        let all: Vec<(String, &[u8])> = letters
            .chain(papers)
            .map(|(name, bytes)| (format!("{batch}/{name}"), bytes))
            .collect();
        let archive = Zeroizing::new(archive::zip(&all, self.desk().now()));
        let sealed = print_key.recipient().seal_batch(&archive);
        let file = self.batch_file(batch);
        files::write_secret(&file, &sealed).map_err(|e| unwritable(&file, &e))?;
        self.desk().pass(Waypoint::BatchKept)?;
        letter::kept(&self.desk(), &rendered, sha256(&sealed), by)?;
        Ok(Made { rendered, file })
    }

    /// Takes a batch out of its encryption, once: the intent is on file before anything lies in clear.
    pub fn take_out_batch(&self, batch: &BatchId, form: Form, by: &OfficerId) -> Result<Taken, Trouble> {
        let _lock = self.lock_batches()?;
        let place = match form {
            Form::Folder(path) | Form::Archive { file: path, .. } => path,
        };
        let place = std::path::absolute(place).map_err(|e| unwritable(place, &e))?;
        let sealed = match read(&self.batch_file(batch), "the encrypted batch") {
            Ok(sealed) => sealed,
            // What stands on file says more than that nothing lies there.
            Err(_) if !self.batch_file(batch).exists() => vec![],
            Err(e) => return Err(e),
        };
        let begun = |l: &crate::ports::store::LetterRow| l.taken_out.is_some();
        let begun = self.desk().store.letters(batch)?.iter().any(begun);
        if !begun && matches!(form, Form::Folder(_)) && !is_new_or_empty(&place)? {
            return Err(Trouble::refused(
                "not_empty",
                format!(
                    "{} is not empty: name a new folder for the batch",
                    place.display()
                ),
            ));
        }
        if !begun && matches!(form, Form::Archive { .. }) && place.exists() {
            return Err(Trouble::refused(
                "not_empty",
                format!("{} is there already: name a new file", place.display()),
            ));
        }
        // Within the office it is told from there, so that a copy of the office destroys its own files and no other's.
        let office = std::path::absolute(&self.folder).map_err(|e| unwritable(&self.folder, &e))?;
        let told = place.strip_prefix(&office).unwrap_or(&place).to_string_lossy();
        dispatch::take_out(&self.desk(), batch, sha256(&sealed), &told, by)?;
        let archive = self.print_key()?.open_batch(&sealed)?;
        let files = files_of(&archive, batch)?;
        match form {
            Form::Folder(_) => {
                for (name, bytes) in &files {
                    let path = place.join(bare(name));
                    files::lay_secret(&path, bytes).map_err(|e| unwritable(&path, &e))?;
                }
            }
            Form::Archive { to, .. } => {
                let bytes = match to {
                    Some(provider) => Zeroizing::new(provider.seal_batch(&archive)),
                    None => archive,
                };
                files::lay_secret(&place, &bytes).map_err(|e| unwritable(&place, &e))?;
            }
        }
        dispatch::laid_out(&self.desk(), batch)?;
        let manifest = manifest_in(&files, batch)?;
        Ok(Taken {
            letters: manifest.letters.len(),
            pull: self.given_up(batch, &manifest)?,
            files: files.iter().map(|(name, _)| bare(name).to_owned()).collect(),
        })
    }

    /// Records the handover, and destroys the batch: what was taken out, then what lies encrypted.
    pub fn hand_over_batch(
        &self,
        batch: &BatchId,
        counted: Option<usize>,
        by: &OfficerId,
    ) -> Result<HandedOver, Trouble> {
        let _lock = self.lock_batches()?;
        let done = dispatch::handover(&self.desk(), batch, counted, by);
        // Also when it was recorded before: a run that was cut off after the record has left the files behind.
        let over = match &done {
            Ok(_) => true,
            Err(Trouble::Refused { code, .. }) => *code == "already_done",
            Err(_) => false,
        };
        let gone = if over { self.destroy_batch(batch)? } else { vec![] };
        Ok(HandedOver { live: done?, gone })
    }

    /// Gives letters up, to be printed anew; a batch of which nothing is left to post is destroyed. Returns the files of it that were
    /// not where they were laid.
    pub fn reprint_letters(
        &self,
        letters: &[String],
        reason: ReprintReason,
        by: &OfficerId,
    ) -> Result<Vec<PathBuf>, Trouble> {
        let _lock = self.lock_batches()?;
        dispatch::reprint(&self.desk(), letters, reason, by)?;
        let store = self.desk().store;
        let mut batches = BTreeSet::new();
        for id in letters {
            batches.extend(store.letter(id)?.map(|l| l.batch));
        }
        let mut gone = vec![];
        for batch in batches {
            if store
                .letters(&batch)?
                .iter()
                .all(|l| l.state == LetterState::Void)
            {
                gone.extend(self.destroy_batch(&batch)?);
            }
        }
        Ok(gone)
    }

    /// Returns the files that were not where they were laid.
    fn destroy_batch(&self, batch: &BatchId) -> Result<Vec<PathBuf>, Trouble> {
        let sealed = self.batch_file(batch);
        if !sealed.exists() {
            return Ok(vec![]);
        }
        let letters = self.desk().store.letters(batch)?;
        let taken_out = letters.iter().find_map(|l| l.taken_out.as_ref());
        let mut gone = vec![];
        if let Some(place) = taken_out.map(|t| self.folder.join(&t.place)) {
            let laid = if place.is_file() {
                vec![place.clone()]
            } else {
                let names = self.files_in_batch(batch)?;
                names.iter().map(|(name, _)| place.join(bare(name))).collect()
            };
            for path in laid {
                if !destroyed(&path)? {
                    gone.push(path);
                }
            }
            // A folder with other things in it stays.
            let _ = std::fs::remove_dir(&place);
        }
        self.desk().pass(Waypoint::BatchDestroyed)?;
        destroyed(&sealed)?;
        Ok(gone)
    }

    /// The letters on sheets of a batch, counted from 1 in their print file; the file is named where the batch has several.
    pub fn letters_on(
        &self,
        batch: &BatchId,
        file: Option<&str>,
        sheets: std::ops::RangeInclusive<u32>,
    ) -> Result<Vec<String>, Trouble> {
        let _lock = self.lock_batches()?;
        let manifest = manifest_in(&self.files_in_batch(batch)?, batch)?;
        let names: Vec<&str> = manifest.files.iter().map(|f| f.name.as_str()).collect();
        let file = match (file, &names[..]) {
            (Some(file), _) if names.contains(&file) => file,
            (None, [one]) => one,
            _ => {
                return Err(Trouble::refused(
                    "which_file",
                    format!("name the print file with --file: {}", names.join(", ")),
                ));
            }
        };
        let on: Vec<String> = manifest
            .letters
            .iter()
            .filter(|l| l.file == file && sheets.contains(&l.page))
            .map(|l| l.letter.to_string())
            .collect();
        if on.len() != sheets.clone().count() {
            return Err(Trouble::refused(
                "no_such_sheet",
                format!(
                    "{file} has no sheets {} to {}: they count from 1, as its pages do",
                    sheets.start(),
                    sheets.end()
                ),
            ));
        }
        Ok(on)
    }

    fn files_in_batch(&self, batch: &BatchId) -> Result<Files, Trouble> {
        let sealed = self.batch_file(batch);
        if !sealed.exists() {
            return Err(Trouble::refused(
                "destroyed",
                format!(
                    "batch {batch} is not at the print station (it was handed over, or not rendered yet): type the numbers of the letters"
                ),
            ));
        }
        let sealed = read(&sealed, "the encrypted batch")?;
        files_of(&self.print_key()?.open_batch(&sealed)?, batch)
    }

    fn given_up(&self, batch: &BatchId, manifest: &Manifest) -> Result<Vec<ManifestEntry>, Trouble> {
        let letters = self.desk().store.letters(batch)?;
        let is_void = |id: &str| {
            letters
                .iter()
                .any(|l| l.letter_id == id && l.state == LetterState::Void)
        };
        let all = manifest.letters.iter();
        Ok(all.filter(|l| is_void(&l.letter.to_string())).cloned().collect())
    }
}

/// A file's name without its batch's.
fn bare(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, bare)| bare)
}

/// The files in an archive of this batch.
fn files_of(archive: &[u8], batch: &BatchId) -> Result<Files, Trouble> {
    let ours = |name: &str| {
        name.split_once('/')
            .is_some_and(|(b, n)| b == batch.as_str() && bare(n) == n)
    };
    archive::unzip(archive)
        .filter(|files| files.iter().all(|(name, _)| ours(name)))
        .ok_or_else(|| {
            Trouble::Damaged(format!(
                "what lies encrypted of batch {batch} is no batch of that name: restore it, or give its letters up"
            ))
        })
}

fn manifest_in(files: &Files, batch: &BatchId) -> Result<Manifest, Trouble> {
    files
        .iter()
        .find(|(name, _)| bare(name) == MANIFEST)
        .and_then(|(_, bytes)| serde_json::from_slice(bytes).ok())
        .ok_or_else(|| Trouble::Damaged(format!("batch {batch} has no manifest that can be read")))
}

fn is_new_or_empty(folder: &Path) -> Result<bool, Trouble> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(e) => Err(unwritable(folder, &e)),
    }
}

fn destroyed(path: &Path) -> Result<bool, Trouble> {
    files::destroy(path).map_err(|e| {
        Trouble::Unavailable(format!(
            "{} could not be destroyed ({e}): destroy it by hand",
            path.display()
        ))
    })
}
