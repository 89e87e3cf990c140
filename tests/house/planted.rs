//! The rules can fail: each finds what is planted against it, and nothing in comments, strings and code for tests.

use super::source::{House, Source};
use super::{MAX_LINES, Rule, adapters_and_steps, looks, rooms, steps, world};

/// What a rule finds in one planted file, in a house with the given others.
fn planted(rule: Rule, file: &str, text: &str, others: &[(&str, &str)]) -> Vec<String> {
    let mut texts: Vec<(String, String)> = others.iter().map(|(f, t)| ((*f).into(), (*t).into())).collect();
    texts.push((file.into(), text.into()));
    let house = House::of(texts);
    let source: &Source = house
        .files
        .iter()
        .find(|source| source.file == file)
        .expect("just planted");
    rule(&house, source).iter().map(ToString::to_string).collect()
}

#[test]
fn finds_a_room_named_in_every_way_that_rust_allows() {
    let text = "//! A sample.
use crate::{domain::Person, journey::{desk::Desk, self}};
use super::super::adapters::files;
pub use crate::app;
fn key() -> crate::seal::Key { siegelpost::web::key() }
#[serde(with = \"crate::ports::store\")]
struct Row;
mod inner { use super::super::super::config::Office; use super::name; }
macro_rules! made { () => { $crate::cli::run() }; }
use crate::*;
";
    let expected = [
        "src/pki/tlv.rs:2: pki must not name journey::desk::Desk",
        "src/pki/tlv.rs:2: pki must not name journey",
        "src/pki/tlv.rs:3: pki must not name adapters::files",
        "src/pki/tlv.rs:4: pki must not name app",
        "src/pki/tlv.rs:5: pki must not name seal::Key",
        "src/pki/tlv.rs:5: pki must not name web::key",
        "src/pki/tlv.rs:6: pki must not name ports::store",
        "src/pki/tlv.rs:8: pki must not name config::Office",
        "src/pki/tlv.rs:9: pki must not name cli::run",
        "src/pki/tlv.rs:10: pki must not name *",
    ];
    assert_eq!(planted(rooms, "src/pki/tlv.rs", text, &[]), expected);
}

#[test]
fn overlooks_comments_strings_and_code_for_tests() {
    let text = "//! Not [`crate::adapters`].
// use crate::adapters::files;
/* crate::app */
/// As [`same`](crate::rehearsal::dice).
const TEXT: &str = \"use crate::adapters::files; std::fs\";
const RAW: &str = r#\"crate::cli \" std::env\"#;
#[cfg(test)]
use crate::rehearsal::{dice, hand};
#[cfg(test)]
const CLOCK: fn() -> Timestamp = Clock { now: Timestamp::now }.now;
fn f<'a>(x: &'a str) -> char { '\"' }
struct Row { #[cfg(test)] made: std::fs::File, kept: u8 }
#[cfg(all(test, unix))]
pub(crate) mod tests { use crate::cli; fn t() { println!(\"{:?}\", std::env::args()); } }
pub(crate) fn g() -> bool { 1 != 2 }
";
    assert_eq!(planted(rooms, "src/domain/ids.rs", text, &[]), [""; 0]);
    assert_eq!(planted(world, "src/domain/ids.rs", text, &[]), [""; 0]);

    let declares = [(
        "src/seal/mod.rs",
        "//! A sample.\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\n#[path = \"odd.rs\"]\nmod more;",
    )];
    for file in ["src/seal/tests.rs", "src/seal/tests/cards.rs", "src/seal/odd.rs"] {
        assert_eq!(
            planted(rooms, file, "use crate::rehearsal::dice;", &declares),
            [""; 0],
            "{file}"
        );
    }
    assert_eq!(
        planted(
            rooms,
            "src/seal/even.rs",
            "use crate::rehearsal::dice;",
            &declares
        )
        .len(),
        1
    );
}

#[test]
fn finds_code_that_follows_code_for_tests() {
    let text = "#[cfg(test)] use a::{b, c};\nuse crate::app;\n#[cfg(test)] mod tests { }\nuse crate::cli;
#[cfg(test)] const fn f() -> [u8; 2] { [0; 2] }\nuse crate::web;\n#[cfg(not(test))] use crate::ports;\n";
    let lines: Vec<String> = planted(rooms, "src/domain/ids.rs", text, &[]);
    assert_eq!(
        lines,
        [
            "src/domain/ids.rs:2: domain must not name app",
            "src/domain/ids.rs:4: domain must not name cli",
            "src/domain/ids.rs:6: domain must not name web",
            "src/domain/ids.rs:7: domain must not name ports",
        ]
    );
}

#[test]
fn finds_a_step_that_names_another() {
    let others = [
        ("src/journey/issue.rs", "//! A sample."),
        ("src/journey/desk.rs", "//! A sample."),
    ];
    let text = "use super::desk::Desk;\nuse super::issue::Ca;\nuse crate::journey::{Trouble, issue};\nuse super::*;\n";
    assert_eq!(
        planted(steps, "src/journey/revoke/mod.rs", text, &others),
        [
            "src/journey/revoke/mod.rs:2: the step revoke must not name journey::issue::Ca",
            "src/journey/revoke/mod.rs:3: the step revoke must not name journey::issue",
            "src/journey/revoke/mod.rs:4: the step revoke must not name journey::*",
        ]
    );
    assert_eq!(
        planted(
            adapters_and_steps,
            "src/adapters/clock.rs",
            "use crate::journey::{Trouble, issue::Ca};",
            &others
        ),
        ["src/adapters/clock.rs:1: adapters must not name the step journey::issue::Ca"]
    );
    assert_eq!(
        planted(
            rooms,
            "src/config.rs",
            "use crate::journey::{Desk, Settings};",
            &others
        ),
        ["src/config.rs:1: config must not name journey::Desk"]
    );
    assert_eq!(
        planted(rooms, "src/attic.rs", "", &[]),
        ["src/attic.rs:1: the room attic has no rule in tests/house"]
    );
}

#[test]
fn finds_the_world_in_the_middle_of_the_house() {
    let text = "use std::{io::Read, fs};
fn f() { let a = std::env::var(\"A\"); println!(\"{a:?}\"); }
fn g() -> Timestamp { std::eprintln!(); jiff::Timestamp::now() }
fn h(a: std::net::Ipv4Addr) { std::net::TcpStream::connect((a, 1)); }
fn i() { aws_lc_rs::rand::fill(&mut [0]); SystemTime::now(); assert!(1 != 2); }
";
    let expected = [
        "src/scan/page.rs:1: scan must be handed a file, not take it: std::fs",
        "src/scan/page.rs:2: scan must be handed the environment, not take it: std::env::var",
        "src/scan/page.rs:3: scan must be handed the clock, not take it: jiff::Timestamp::now",
        "src/scan/page.rs:4: scan must be handed the network, not take it: std::net::TcpStream::connect",
        "src/scan/page.rs:5: scan must be handed randomness, not take it: aws_lc_rs::rand::fill",
        "src/scan/page.rs:5: scan must be handed the clock, not take it: SystemTime::now",
        "src/scan/page.rs:2: scan must not print: println!",
        "src/scan/page.rs:3: scan must not print: eprintln!",
    ];
    assert_eq!(planted(world, "src/scan/page.rs", text, &[]), expected);
    assert_eq!(planted(world, "src/adapters/clock.rs", text, &[]), [""; 0]);
}

#[test]
fn finds_a_file_without_purpose_stubs_and_long_files() {
    let text = "fn f() { todo!() }\n#[cfg(test)] mod tests { fn g() { unsafe { unimplemented!() } } }\n";
    assert_eq!(
        planted(looks, "src/seal/rest.rs", text, &[]),
        [
            "src/seal/rest.rs:1: the first line must say what the file is for (//!)",
            "src/seal/rest.rs:1: todo! is not code",
            "src/seal/rest.rs:2: unimplemented! is not code",
            "src/seal/rest.rs:2: unsafe is not used here",
        ]
    );
    let long = format!("//! A sample.{}", "\n".repeat(MAX_LINES));
    assert_eq!(planted(looks, "src/seal/rest.rs", &long, &[]), [""; 0]);
    let long = format!("{long}//\n");
    assert_eq!(
        planted(looks, "src/seal/rest.rs", &long, &[]),
        ["src/seal/rest.rs:701: longer than 700 lines: two rooms in one"]
    );
}
