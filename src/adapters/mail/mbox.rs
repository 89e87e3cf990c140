//! An mbox file as a source of mails: read and never written (RFC 4155).
//!
//! A mail is what stands between two separator lines, byte for byte. `>From` stays as it is, whichever convention the writer
//! follows (mboxo, mboxrd): what was signed must not be guessed at. Lengths in Content-Length fields are not believed.

use crate::ports::mail::{FoundMail, MailError, MailSource, Settled};
use crate::smime::is_separator;
use aws_lc_rs::digest;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Mails of one file: far above any mailbox that a program still opens.
const MAX_MAILS: usize = 1_000_000;
/// Bytes that are read at a time.
const BLOCK: usize = 256 * 1024;

/// Where a mail stands in the file.
#[derive(Clone, Copy)]
struct Span {
    at: u64,
    length: u64,
}

/// An mbox file. Settled mails stay in it; the store knows them.
///
/// The key of a mail is the start of its SHA-256 and its place among equal ones, so that it survives when the file's owner
/// takes other mails out.
pub struct Mbox {
    name: String,
    path: PathBuf,
    found: Mutex<HashMap<String, Span>>,
}

impl Mbox {
    /// Opens an mbox file, which must be there.
    pub fn open(name: &str, path: &Path) -> io::Result<Mbox> {
        File::open(path)?;
        Ok(Mbox {
            name: name.to_owned(),
            path: path.to_owned(),
            found: Mutex::default(),
        })
    }

    fn error(&self, e: io::Error) -> MailError {
        MailError::Source {
            source_name: self.name.clone(),
            why: e.to_string(),
        }
    }

    /// The file, locked against its writers for as long as it is open.
    fn locked(&self) -> io::Result<File> {
        let busy = || {
            io::Error::new(
                io::ErrorKind::WouldBlock,
                "another program is writing the mailbox",
            )
        };
        // Writers on network file systems leave a file beside it.
        let mut beside = self.path.clone().into_os_string();
        beside.push(".lock");
        if Path::new(&beside).exists() {
            return Err(busy());
        }
        let file = File::open(&self.path)?;
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(busy()),
            Err(std::fs::TryLockError::Error(e)) => return Err(e),
        }
        #[cfg(unix)]
        rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::NonBlockingLockShared)
            .map_err(|_| busy())?;
        Ok(file)
    }
}

impl MailSource for Mbox {
    fn name(&self) -> &str {
        &self.name
    }

    fn list(&self) -> Result<Vec<FoundMail>, MailError> {
        let file = self.locked().map_err(|e| self.error(e))?;
        let mut spans = HashMap::new();
        let mut mails = vec![];
        let mut times: HashMap<String, usize> = HashMap::new();
        scan(BufReader::with_capacity(BLOCK, file), |digest, span| {
            let nth = times.entry(digest.clone()).or_default();
            *nth += 1;
            let key = format!("{digest}-{nth}");
            spans.insert(key.clone(), span);
            mails.push(FoundMail { key });
        })
        .map_err(|e| self.error(e))?;
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = spans;
        Ok(mails)
    }

    fn fetch(&self, mail: &FoundMail, limit: u64) -> Result<Vec<u8>, MailError> {
        let gone = || MailError::Gone {
            key: mail.key.clone(),
        };
        let span = self
            .found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&mail.key)
            .copied();
        let Some(span) = span else { return Err(gone()) };
        if span.length > limit {
            return Err(MailError::TooLarge {
                size: span.length,
                limit,
            });
        }
        let read = || -> io::Result<Vec<u8>> {
            let mut file = self.locked()?;
            file.seek(SeekFrom::Start(span.at))?;
            let mut raw = Vec::with_capacity(span.length as usize);
            file.take(span.length).read_to_end(&mut raw)?;
            Ok(raw)
        };
        let raw = read().map_err(|e| self.error(e))?;
        // The file may have been rewritten since it was listed.
        if mail
            .key
            .starts_with(&short(digest::digest(&digest::SHA256, &raw)))
        {
            Ok(raw)
        } else {
            Err(MailError::Renumbered {
                source_name: self.name.clone(),
            })
        }
    }

    fn settle(&self, _: &FoundMail, _: Settled) -> Result<(), MailError> {
        Ok(())
    }

    fn has_final_keys(&self) -> bool {
        true
    }

    fn keeps_settled(&self) -> bool {
        true
    }
}

/// Half of a SHA-256 in hex: enough that no two mails of a file share it by chance or by anybody's work.
fn short(digest: digest::Digest) -> String {
    hex::encode(&digest.as_ref()[..16])
}

/// What a line of the file is.
#[derive(Default)]
struct Line {
    is_separator: bool,
    is_empty: bool,
}

/// Reads the file once and tells of each mail: its digest and its span.
fn scan(mut file: impl BufRead, mut tell: impl FnMut(String, Span)) -> io::Result<()> {
    let mut at: u64 = 0;
    let mut mail: Option<(digest::Context, Span)> = None;
    // An empty line before a separator belongs to the separator, so it is counted only when something else follows.
    let mut held: Vec<u8> = vec![];
    let mut after_empty = true;
    let mut is_new_line = true;
    let mut count = 0;
    let mut line = vec![];
    loop {
        line.clear();
        let length = file.by_ref().take(BLOCK as u64).read_until(b'\n', &mut line)?;
        if length == 0 {
            break;
        }
        // The rest of a long line is neither empty nor a separator.
        let seen = if is_new_line {
            look(&line, after_empty)
        } else {
            Line::default()
        };
        is_new_line = line.ends_with(b"\n");
        if seen.is_separator {
            if let Some((digest, span)) = mail.take() {
                tell(short(digest.finish()), span);
            }
            count += 1;
            if count > MAX_MAILS {
                return Err(io::Error::other(format!(
                    "more than {MAX_MAILS} mails: split the file"
                )));
            }
            held.clear();
            let span = Span {
                at: at + length as u64,
                length: 0,
            };
            mail = Some((digest::Context::new(&digest::SHA256), span));
        } else if let Some((digest, span)) = &mut mail {
            digest.update(&held);
            span.length += held.len() as u64;
            held.clear();
            if seen.is_empty {
                held.extend_from_slice(&line);
            } else {
                digest.update(&line);
                span.length += length as u64;
            }
        } else if !seen.is_empty {
            return Err(io::Error::other(
                "this is no mbox file: it does not begin with a line ‘From …’",
            ));
        }
        after_empty = seen.is_empty;
        at += length as u64;
    }
    if let Some((digest, span)) = mail {
        tell(short(digest.finish()), span);
    }
    Ok(())
}

fn look(line: &[u8], after_empty: bool) -> Line {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    Line {
        is_separator: after_empty && line.ends_with(b"\n") && is_separator(text),
        is_empty: text.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const FIRST: &str = "Subject: one\r\n\r\n>From here on\r\nFrom there on\r\n";
    const SECOND: &str = "Subject: two\n\nFrom 9 to 5\n\n\nend\n";

    fn file(text: &str) -> (tempfile::TempDir, Mbox) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mbox");
        fs::write(&path, text).unwrap();
        let mbox = Mbox::open("m", &path).unwrap();
        (folder, mbox)
    }

    fn separator(n: u8) -> String {
        format!("From rio@office.example Mon Mar  2 08:00:0{n} 2026\n")
    }

    fn all(mbox: &Mbox) -> Vec<String> {
        let mails = mbox.list().unwrap();
        mails
            .iter()
            .map(|m| String::from_utf8(mbox.fetch(m, 1000).unwrap()).unwrap())
            .collect()
    }

    #[test]
    fn mails_are_cut_at_separators_and_nothing_in_them_is_altered() {
        let text = format!("{}{FIRST}\n{}{SECOND}\n", separator(1), separator(2));
        let (_folder, mbox) = file(&text);
        assert_eq!(all(&mbox), [FIRST, SECOND]);
    }

    #[test]
    fn a_length_that_a_header_claims_is_not_believed() {
        let first = "Content-Length: 5000\n\nshort\n";
        let text = format!("{}{first}\n{}{SECOND}", separator(1), separator(2));
        let (_folder, mbox) = file(&text);
        assert_eq!(all(&mbox), [first, SECOND]);
    }

    #[test]
    fn keys_stay_when_other_mails_are_taken_out() {
        let (folder, mbox) = file(&format!("{}{FIRST}\n{}{SECOND}\n", separator(1), separator(2)));
        let before = mbox.list().unwrap();
        let path = folder.path().join("mbox");
        fs::write(&path, format!("{}{SECOND}\n", separator(2))).unwrap();
        // Listed before, rewritten since: nothing wrong is handed out.
        assert!(mbox.fetch(&before[1], 1000).is_err());
        assert_eq!(mbox.list().unwrap(), before[1..]);
        assert_eq!(all(&mbox), [SECOND]);
    }

    #[test]
    fn equal_mails_have_keys_of_their_own() {
        let (_folder, mbox) = file(&format!("{}{FIRST}\n{}{FIRST}\n", separator(1), separator(2)));
        let keys = mbox.list().unwrap();
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0], keys[1]);
    }

    #[test]
    fn a_mailbox_that_is_being_written_is_left_alone() {
        let (folder, mbox) = file(&format!("{}{FIRST}\n", separator(1)));
        let writer = File::options()
            .append(true)
            .open(folder.path().join("mbox"))
            .unwrap();
        writer.lock().unwrap();
        assert!(mbox.list().unwrap_err().to_string().contains("is writing"));
        drop(writer);
        fs::write(folder.path().join("mbox.lock"), "").unwrap();
        assert!(mbox.list().is_err());
        fs::remove_file(folder.path().join("mbox.lock")).unwrap();
        assert_eq!(mbox.list().unwrap().len(), 1);
    }

    #[test]
    fn what_is_no_mbox_is_refused() {
        let (_folder, mbox) = file("Subject: a mail without its separator\n\ntext\n");
        assert!(mbox.list().unwrap_err().to_string().contains("no mbox"));
        assert_eq!(file("").1.list().unwrap(), vec![]);
    }
}
