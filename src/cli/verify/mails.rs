//! The mails that `verify` is given: files, folders with all below them, mbox files, standard input. One at a time, never all.

use super::crew::{Budget, Share};
use crate::smime::is_separator;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Folders within folders that are looked into.
const MAX_FOLDERS: usize = 32;
/// Bytes of an mbox file that are read at a time; memory is asked for in such steps.
const BLOCK: usize = 64 * 1024;
/// What standard input is called.
const STANDARD_INPUT: &str = "-";

/// A mail that is to be judged.
pub enum Mail<'b> {
    /// A file of its own, opened, of which these bytes were read.
    File {
        /// What the caller calls it.
        name: String,
        /// The rest of it.
        rest: Box<dyn Read + Send>,
        /// Its beginning.
        head: Vec<u8>,
        /// How long it is, where that is known.
        size: Option<u64>,
    },
    /// A mail out of a file of several, cut at the limit.
    Part {
        /// `FILE#n`, or `FILE` when it is the only one.
        name: String,
        /// The mail.
        raw: Vec<u8>,
        /// The memory that it takes.
        share: Share<'b>,
    },
    /// What cannot be read, and why.
    Unreadable(String),
}

/// Hands out the mails in the order in which they were named.
pub struct Mails<'b> {
    todo: VecDeque<(PathBuf, usize)>,
    open: Option<Mbox>,
    limit: usize,
    budget: &'b Budget,
}

impl<'b> Mails<'b> {
    /// The mails of these files and folders; what is longer than `limit` is read one byte further.
    pub fn new(paths: &[PathBuf], limit: usize, budget: &'b Budget) -> Self {
        Self {
            todo: paths.iter().map(|path| (path.clone(), 0)).collect(),
            open: None,
            limit,
            budget,
        }
    }

    /// The next mail.
    pub fn next(&mut self) -> Option<Mail<'b>> {
        loop {
            if let Some(mbox) = &mut self.open {
                match mbox.next(self.limit, self.budget) {
                    Some(mail) => return Some(mail),
                    None => self.open = None,
                }
            }
            let (path, depth) = self.todo.pop_front()?;
            let name = path.display().to_string();
            let unreadable = |e: io::Error| Some(Mail::Unreadable(format!("{name}: {e}")));
            if name == STANDARD_INPUT {
                match self.begin(name.clone(), Box::new(io::stdin()), None) {
                    Ok(Some(mail)) => return Some(mail),
                    Ok(None) => continue,
                    Err(e) => return unreadable(e),
                }
            }
            if path.is_dir() {
                match within(&path, depth) {
                    Ok(found) => found
                        .into_iter()
                        .rev()
                        .for_each(|path| self.todo.push_front((path, depth + 1))),
                    Err(e) => return unreadable(e),
                }
                continue;
            }
            let opened = File::open(&path).and_then(|file| {
                let about = file.metadata()?;
                let size = about.is_file().then_some(about.len());
                self.begin(name.clone(), Box::new(file), size)
            });
            match opened {
                Ok(Some(mail)) => return Some(mail),
                Ok(None) => {}
                Err(e) => return unreadable(e),
            }
        }
    }

    /// Looks at the first bytes of a file: `None` when it is an mbox file, which is then open.
    fn begin(
        &mut self,
        name: String,
        mut file: Box<dyn Read + Send>,
        size: Option<u64>,
    ) -> io::Result<Option<Mail<'b>>> {
        let mut head = Vec::new();
        file.by_ref().take(5).read_to_end(&mut head)?;
        if head != b"From " {
            return Ok(Some(Mail::File {
                name,
                rest: file,
                head,
                size,
            }));
        }
        let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(head).chain(file));
        self.open = Some(Mbox::new(name, whole));
        Ok(None)
    }
}

/// What lies in a folder, in the order of the names: hidden files are passed over, and what is not yet delivered to a Maildir; links
/// to folders, which may lead back or out of what was named; and pipes, sockets and devices, which are no mails and may never end.
fn within(folder: &Path, depth: usize) -> io::Result<Vec<PathBuf>> {
    if depth >= MAX_FOLDERS {
        return Err(io::Error::other(format!(
            "more than {MAX_FOLDERS} folders lie in one another"
        )));
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        let wanted = if kind.is_symlink() {
            // One that leads nowhere is told as what cannot be read.
            fs::metadata(&path).map_or(true, |about| about.is_file())
        } else {
            kind.is_dir() || kind.is_file()
        };
        let hidden = path
            .file_name()
            .is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        let undelivered = path.ends_with("tmp") && folder.join("cur").is_dir() && folder.join("new").is_dir();
        if wanted && !hidden && !undelivered {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A file of several mails (RFC 4155). `>From` stays as it is: what was signed must not be guessed at.
struct Mbox {
    name: String,
    lines: BufReader<Box<dyn Read + Send>>,
    count: usize,
    /// The separator of the next mail was read already.
    begun: bool,
    ended: bool,
}

impl Mbox {
    fn new(name: String, file: Box<dyn Read + Send>) -> Self {
        Self {
            name,
            lines: BufReader::with_capacity(BLOCK, file),
            count: 0,
            begun: false,
            ended: false,
        }
    }

    fn next<'b>(&mut self, limit: usize, budget: &'b Budget) -> Option<Mail<'b>> {
        if self.ended {
            return None;
        }
        let mut share = budget.nothing();
        let mut raw = Vec::new();
        match self.read(limit, &mut raw, &mut share) {
            Ok(()) => {}
            Err(e) => {
                self.ended = true;
                return Some(Mail::Unreadable(format!("{}: {e}", self.name)));
            }
        }
        self.count += 1;
        let name = if self.ended && self.count == 1 {
            self.name.clone()
        } else {
            format!("{}#{}", self.name, self.count)
        };
        Some(Mail::Part { name, raw, share })
    }

    /// Reads up to the next separator line, which must stand after an empty one.
    fn read(&mut self, limit: usize, raw: &mut Vec<u8>, share: &mut Share<'_>) -> io::Result<()> {
        let mut line = Vec::new();
        let mut after_empty = false;
        let mut whole_line = true;
        // The empty line before a separator belongs to it, so it waits until something else follows.
        let mut held: Vec<u8> = Vec::new();
        loop {
            line.clear();
            let read = (&mut self.lines)
                .take(BLOCK as u64)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                self.ended = true;
                return Ok(());
            }
            let begins = whole_line;
            whole_line = line.ends_with(b"\n");
            let may_separate = begins && whole_line && (after_empty || !self.begun);
            if may_separate && is_separator(line.trim_ascii_end()) {
                if self.begun {
                    return Ok(());
                }
                self.begun = true;
                continue;
            }
            self.begun = true;
            let empty = begins && matches!(line.as_slice(), b"\n" | b"\r\n");
            after_empty = empty;
            for piece in [
                std::mem::take(&mut held).as_slice(),
                if empty { &[] } else { &line },
            ] {
                // One byte more than the limit is enough to be judged too large.
                let room = (limit + 1).saturating_sub(raw.len()).min(piece.len());
                share.grow_to(raw.len() + room);
                raw.extend_from_slice(&piece[..room]);
            }
            if empty {
                held.extend_from_slice(&line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, limit: usize) -> Vec<(String, String)> {
        let budget = Budget::new(1 << 20);
        let mut mbox = Mbox::new("f".into(), Box::new(io::Cursor::new(text.as_bytes().to_vec())));
        let mut all = Vec::new();
        while let Some(mail) = mbox.next(limit, &budget) {
            let Mail::Part { name, raw, .. } = mail else {
                panic!("memory can be read")
            };
            all.push((name, String::from_utf8(raw).unwrap()));
        }
        all
    }

    fn pairs(all: &[(String, String)]) -> Vec<(&str, &str)> {
        all.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect()
    }

    #[test]
    fn cuts_at_separators_and_alters_nothing_between_them() {
        let text = "From a Mon Mar  2 08:00:00 2026\nS: 1\n\n>From x\nFrom there on\n\nFrom 9 to 5\n\n\nFrom b Mon Mar  2 08:00:01 2026\r\nS: 2\r\n\r\nend\r\n";
        assert_eq!(
            pairs(&read(text, 1000)),
            [
                ("f#1", "S: 1\n\n>From x\nFrom there on\n\nFrom 9 to 5\n\n"),
                ("f#2", "S: 2\r\n\r\nend\r\n"),
            ]
        );
    }

    #[test]
    fn calls_a_single_mail_by_the_name_of_the_file() {
        assert_eq!(
            pairs(&read("From a Mon Mar  2 08:00:00 2026\nS: 1\n\nx", 1000)),
            [("f", "S: 1\n\nx")]
        );
        assert_eq!(pairs(&read("From us\nS: 1\n", 1000)), [("f", "From us\nS: 1\n")]);
    }

    #[test]
    #[cfg(unix)]
    fn follows_no_link_to_a_folder_and_opens_nothing_that_is_no_file() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("below")).unwrap();
        fs::write(at("below/mail"), "S: 1\n").unwrap();
        symlink(folder.path(), at("below/back")).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("mail"), "S: 1\n").unwrap();
        symlink(elsewhere.path(), at("out")).unwrap();
        symlink(at("below/mail"), at("linked")).unwrap();
        symlink("nowhere", at("broken")).unwrap();
        symlink("/dev/zero", at("endless")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let budget = Budget::new(1 << 20);
        let mut mails = Mails::new(&[folder.path().to_owned()], 1000, &budget);
        let mut found = Vec::new();
        while let Some(mail) = mails.next() {
            let (Mail::File { name: told, .. } | Mail::Part { name: told, .. } | Mail::Unreadable(told)) =
                mail;
            let below = told.strip_prefix(&format!("{}/", folder.path().display()));
            found.push(below.unwrap().split(':').next().unwrap().to_owned());
        }
        assert_eq!(found, ["below/mail", "broken", "linked"]);
    }

    #[test]
    fn reads_no_mail_beyond_the_limit_and_goes_on_with_the_next() {
        let text = format!("From a 08:00\n{}\n\nFrom b 08:00\nnext\n", "x".repeat(3 * BLOCK));
        let all = read(&text, 10);
        assert_eq!(all[0].1.len(), 11);
        assert_eq!(all[1].1, "next\n");
    }
}
