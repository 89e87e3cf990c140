//! What every paper says, in every language, as it is read out and as it is laid out: kept in `tests/papers/snapshots`, one file a
//! paper and language.
//!
//! After a change that is meant, `SIEGELPOST_SNAPSHOTS=write cargo test --features full --test papers snapshots` writes them anew;
//! the difference is then read like any other.

use super::cast::*;
use super::tree::{Element, elements};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// With this set to `write`, what differs is written instead of complained about.
const VARIABLE: &str = "SIEGELPOST_SNAPSHOTS";

/// The papers that are kept; of the windows one, since the others differ in places only.
const KEPT: [&str; 9] = [
    "set-passport",
    "set-identitycard",
    "set-walkin",
    "letter",
    "revocation",
    "delivery-note",
    "cover",
    "envelope-c5-left",
    "blank",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/papers/snapshots")
}

/// An element as a line says it.
fn told(e: &Element) -> String {
    let mut line = format!("{}{}", "  ".repeat(e.depth), e.role);
    for (mark, value) in [
        ("lang ", &e.language),
        ("alt ", &e.alt),
        ("field ", &e.field),
        ("tip ", &e.tooltip),
    ] {
        if let Some(value) = value {
            line += &format!(" [{mark}{value}]");
        }
    }
    line
}

/// The structure tree with its words, as poppler reads it out; languages, alternatives and fields are ours to add.
fn read_out(path: &str, pdf: &[u8]) -> String {
    let mut elements = elements(pdf).into_iter();
    let mut out = String::new();
    for line in run("pdfinfo", &["-struct-text", path]).lines() {
        let said = line.trim();
        if let Some(words) = said.strip_prefix('"').map(|s| s.trim_end_matches('"').trim()) {
            if !words.is_empty() {
                out += &format!(" “{words}”");
            }
        } else if said.starts_with("/ListNumbering") || said.starts_with("/Scope") {
            out += &format!(" {}", said.trim_start_matches('/'));
        } else if !said.starts_with('/') && !said.starts_with("Object ") && !said.is_empty() {
            let element = elements.next().expect("poppler sees no element that we do not");
            let role = said.split([' ', ':']).next().expect("a word");
            assert_eq!(role, element.role, "both walk the same tree");
            if !out.is_empty() {
                out.push('\n');
            }
            out += &told(&element);
        }
    }
    assert_eq!(elements.next(), None, "we see no element that poppler does not");
    out + "\n"
}

/// The text where it stands, without blanks at the ends of lines and without runs of empty lines.
fn laid_out(path: &str) -> String {
    let text = run("pdftotext", &["-layout", path, "-"]);
    let mut out = String::new();
    for line in text
        .replace('\u{c}', "\n--- next page\n")
        .lines()
        .map(str::trim_end)
    {
        if !line.is_empty() || !out.ends_with("\n\n") {
            out += line;
            out.push('\n');
        }
    }
    out.trim().to_owned() + "\n"
}

#[test]
fn every_paper_says_in_every_language_what_it_said_before() {
    let writing = std::env::var(VARIABLE).is_ok_and(|v| v == "write");
    let (mut differ, mut seen) = (Vec::new(), Vec::new());
    for (name, pdf) in all_papers() {
        let (kind, _) = name.rsplit_once('-').expect("a language at the end");
        if !KEPT.contains(&kind) {
            continue;
        }
        let path = file(&format!("snapshot-{name}"), pdf);
        let path = path.to_str().expect("UTF-8");
        let now = format!(
            "# {name}: as it is read out\n\n{}\n# As it is laid out\n\n{}",
            read_out(path, pdf),
            laid_out(path)
        );
        let kept = folder().join(format!("{name}.txt"));
        seen.push(format!("{name}.txt"));
        if fs::read_to_string(&kept).is_ok_and(|before| before == now) {
            continue;
        }
        if writing {
            fs::create_dir_all(folder()).expect("a folder");
            fs::write(&kept, now).expect("written");
            continue;
        }
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.txt"));
        fs::write(&new, now).expect("written");
        let difference = Command::new("diff")
            .args(["-u", "--label", "before", "--label", "now"])
            .args([&kept, &new])
            .output()
            .expect("diff runs");
        differ.push(format!(
            "{name}:\n{}",
            String::from_utf8_lossy(&difference.stdout)
        ));
    }
    assert_eq!(seen.len(), KEPT.len() * 4, "every paper in four languages");
    let strangers: Vec<String> = fs::read_dir(folder())
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !seen.contains(name))
        .collect();
    assert!(strangers.is_empty(), "of no paper: {strangers:?}");
    assert!(
        differ.is_empty(),
        "{}\n{} papers differ. If that is meant: {VARIABLE}=write cargo test --features full --test papers snapshots",
        differ.join("\n"),
        differ.len()
    );
}
