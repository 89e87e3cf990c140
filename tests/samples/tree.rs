//! The files of `samples/` as they should be, compared with those that are there.

use crate::scans::same_scan;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// With this set to `write`, what differs is written instead of complained about.
const VARIABLE: &str = "SIEGELPOST_SAMPLES";

/// Files that are kept as they are: written by hand, or by programs that draw their own chance.
const KEPT: [&str; 8] = [
    "README.md",
    "overview.png",
    "papers-de.png",
    "papers-fr.png",
    "papers-it.png",
    "papers-en.png",
    ".gitattributes",
    "keys/",
];
/// Mails made by `openssl`, with the script that made them.
const OPENSSL: &str = "mails/openssl/";

/// The folder of the samples.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Whether the samples are to be written anew.
pub fn writing() -> bool {
    std::env::var(VARIABLE).is_ok_and(|v| v == "write")
}

/// A sample as it lies there.
pub fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|e| panic!("samples/{name}: {e}; {VARIABLE}=write makes it"))
}

/// Writes a sample.
pub fn write(name: &str, bytes: &[u8]) {
    let path = folder().join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, bytes).expect("written");
}

/// All files of a folder of the samples that end so, sorted.
pub fn names(below: &str, end: &str) -> Vec<String> {
    let mut names: Vec<String> = all_files()
        .into_iter()
        .filter(|n| n.starts_with(below) && n.ends_with(end))
        .collect();
    names.sort();
    names
}

fn all_files() -> Vec<String> {
    let root = folder();
    let mut open = vec![root.clone()];
    let mut found = vec![];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let below = path.strip_prefix(&root).expect("below it");
                found.push(below.to_str().expect("UTF-8").replace('\\', "/"));
            }
        }
    }
    found
}

/// Files by their path below `samples/`.
#[derive(Default)]
pub struct Tree {
    files: BTreeMap<String, Vec<u8>>,
    settled: usize,
    differ: Vec<String>,
}

impl Tree {
    /// A file that should be there.
    pub fn put(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        let name = name.into();
        assert!(
            self.files.insert(name.clone(), bytes.into()).is_none(),
            "{name} is made twice"
        );
    }

    /// Compares what was put since the last time; writes what differs when that is asked for.
    pub fn settle(&mut self) {
        for (name, bytes) in &self.files {
            let there = fs::read(folder().join(name)).ok();
            let same = there.is_some_and(|there| {
                if is_scan(name) {
                    same_scan(&there, bytes)
                } else {
                    there == *bytes
                }
            });
            if same {
                continue;
            }
            if writing() {
                write(name, bytes);
            } else if !self.differ.contains(name) {
                self.differ.push(name.clone());
            }
        }
        self.settled = self.files.len();
    }

    /// Fails when a file is missing or is another one.
    pub fn complain(&self) {
        assert_eq!(self.settled, self.files.len(), "all were compared");
        assert!(
            self.differ.is_empty(),
            "these samples are not what the code makes: {:#?}\nWhen that is meant: {VARIABLE}=write cargo test --test samples",
            self.differ
        );
    }

    /// Files that are there and were neither made nor are kept.
    pub fn strangers(&self) -> Vec<String> {
        let known = |name: &String| {
            let subject = name.strip_suffix(".verdict.json").map(|s| format!("{s}.eml"));
            let scan = name.strip_suffix(".reading.json");
            let of_scan = |s: &str| {
                [".pdf", ".jpg"]
                    .iter()
                    .any(|end| self.files.contains_key(&format!("{s}{end}")))
            };
            self.files.contains_key(name)
                || subject.is_some_and(|s| {
                    self.files.contains_key(&s) || s.starts_with(OPENSSL) && folder().join(s).exists()
                })
                || scan.is_some_and(of_scan)
                || name.starts_with(OPENSSL) && [".eml", "make.sh"].iter().any(|end| name.ends_with(end))
                || KEPT
                    .iter()
                    .any(|k| name == k || k.ends_with('/') && name.starts_with(k))
        };
        all_files().into_iter().filter(|name| !known(name)).collect()
    }
}

fn is_scan(name: &str) -> bool {
    name.starts_with("scans/") && !name.ends_with(".json")
}
