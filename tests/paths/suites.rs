//! Where the public suites lie, and the tables of facts about them that are kept here.

use std::path::{Path, PathBuf};

/// The folder of a suite.
///
/// # Panics
/// When the suite was not fetched: a test that silently judged nothing would prove nothing.
pub fn folder(name: &str) -> PathBuf {
    let cache = std::env::var_os("SIEGELPOST_SUITES").map(PathBuf::from);
    let cache = cache.unwrap_or_else(|| {
        let base = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
        base.expect("neither XDG_CACHE_HOME nor HOME is set: set SIEGELPOST_SUITES")
            .join("siegelpost-suites")
    });
    let folder = cache.join(name);
    assert!(
        folder.is_dir(),
        "the test suite is not in {}: run scripts/suites.sh, which fetches it",
        folder.display()
    );
    folder
}

/// The bytes of a file of a suite.
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The names of a folder's files, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// The rows of a table: fields between tabs, lines with `#` passed over.
pub fn rows(table: &'static str) -> Vec<Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect()
}
