//! The house rules, held by reading the source: who may name whom, what the middle of the house must not touch, and how a
//! file looks. Code behind `#[cfg(test)]` may name anything.

mod planted;
mod source;

use source::{Finding, House, Named, Source};

const DOMAIN: &[&str] = &["domain"];
const CRAFTS: &[&str] = &["pki", "smime", "paper", "scan", "seal", "journal"];
const PORTS: &[&str] = &["ports"];
const JOURNEY: &[&str] = &["journey"];
const ALL_BUT_REHEARSAL: &[&[&str]] = &[
    DOMAIN,
    CRAFTS,
    PORTS,
    JOURNEY,
    &["adapters", "config", "app", "web", "cli"],
];

/// The rooms, and what each may name besides itself: rooms, or single items of a room.
const HOUSE: &[(&str, &[&[&str]])] = &[
    ("domain", &[]),
    ("pki", &[DOMAIN]),
    ("smime", &[DOMAIN, &["pki"]]),
    ("paper", &[DOMAIN]),
    ("scan", &[DOMAIN, &["paper"]]),
    ("seal", &[DOMAIN]),
    ("journal", &[DOMAIN]),
    ("ports", &[DOMAIN, CRAFTS]),
    ("journey", &[DOMAIN, CRAFTS, PORTS]),
    // The types at the door of the journey, never a step: see `adapters_know_no_step`.
    ("adapters", &[DOMAIN, CRAFTS, PORTS, JOURNEY]),
    ("config", &[DOMAIN, CRAFTS, &["journey::Settings"]]),
    ("app", &[DOMAIN, CRAFTS, PORTS, JOURNEY, &["adapters", "config"]]),
    ("web", &[DOMAIN, JOURNEY, &["app"]]),
    (
        "cli",
        &[
            &["rehearsal"],
            DOMAIN,
            CRAFTS,
            PORTS,
            JOURNEY,
            &["adapters", "config", "app", "web"],
        ],
    ),
    ("rehearsal", ALL_BUT_REHEARSAL),
    ("main", ALL_BUT_REHEARSAL),
    // The root only says which rooms there are.
    ("lib", &[]),
];

/// The rooms to which files, network, clock, randomness and the screen are handed in.
const MIDDLE: &[&str] = &[
    "domain", "pki", "smime", "paper", "scan", "seal", "journal", "ports", "journey",
];

/// What the steps of the journey share; all else in `journey/` is a step, and steps do not know each other.
const SHARED: &[&str] = &["checks", "desk", "outbox", "evidence", "reply"];

/// Where a file meets the world, as the beginning of a path.
const WORLD: &[(&str, &str)] = &[
    ("std::fs", "a file"),
    ("std::net", "the network"),
    ("std::env", "the environment"),
    ("std::process", "a process"),
    ("std::io::stdin", "the terminal"),
    ("std::io::stdout", "the terminal"),
    ("std::io::stderr", "the terminal"),
    ("tempfile", "a file"),
    ("tokio", "the network"),
    ("sqlx", "a database"),
    ("pcsc", "a reader"),
    ("rustix", "the system"),
    ("aws_lc_rs::rand", "randomness"),
    ("rand", "randomness"),
    ("getrandom", "randomness"),
];

/// Addresses are data; only sockets are the network.
const ADDRESSES: &[&str] = &[
    "std::net::IpAddr",
    "std::net::Ipv4Addr",
    "std::net::Ipv6Addr",
    "std::net::AddrParseError",
];

const CLOCKS: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "OffsetDateTime::now_utc",
];

const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// A longer file is two rooms.
const MAX_LINES: usize = 700;

/// Files that are still longer, and how long they may be until they are parted.
const LONG: &[(&str, usize)] = &[];

/// Places that still break a rule, as file and finding. An entry that is no longer needed fails a test, so that the list
/// only gets shorter.
const DEBTS: &[(&str, &str)] = &[
    // A signature's nonce comes from the library that makes it. The keys that `SoftKey::generate` makes do too.
    (
        "src/pki/key.rs",
        "pki must be handed randomness, not take it: aws_lc_rs::rand::SystemRandom",
    ),
];

#[test]
fn the_house_is_read_whole() {
    let house = House::read();
    // The desk in the browser is still to come.
    for (room, _) in HOUSE.iter().filter(|(room, _)| *room != "web") {
        assert!(
            house.files.iter().any(|file| file.room() == *room),
            "no source of the room {room} was found"
        );
    }
    assert!(house.modules_of("journey").contains("issue"));
    let names = |room: &str, below: &str| {
        house
            .files
            .iter()
            .any(|f| f.room() == room && f.code.own.iter().any(|named| named.begins_with(below)))
    };
    assert!(names("journey", "domain") && names("journey", "journey::desk") && names("cli", "pki"));
}

#[test]
fn rooms_name_only_what_lies_below_them() {
    check(&House::read(), rooms);
}

#[test]
fn adapters_know_no_step() {
    check(&House::read(), adapters_and_steps);
}

#[test]
fn steps_of_the_journey_do_not_know_each_other() {
    check(&House::read(), steps);
}

#[test]
fn the_middle_of_the_house_touches_no_world() {
    check(&House::read(), world);
}

#[test]
fn every_file_says_what_it_is_for_and_is_one_room() {
    check(&House::read(), looks);
}

/// A rule: what it finds in one file.
type Rule = fn(&House, &Source) -> Vec<Finding>;

fn check(house: &House, rule: Rule) {
    let findings = house.files.iter().flat_map(|file| rule(house, file));
    let open: Vec<String> = findings.filter(|f| !is_debt(f)).map(|f| f.to_string()).collect();
    assert!(open.is_empty(), "\n{}\n", open.join("\n"));
}

fn is_debt(finding: &Finding) -> bool {
    DEBTS
        .iter()
        .any(|(file, what)| finding.file == *file && finding.what == *what)
}

#[test]
fn no_debt_is_listed_that_is_paid() {
    let house = House::read();
    let rules: [Rule; 5] = [rooms, adapters_and_steps, steps, world, looks];
    let findings: Vec<Finding> = house
        .files
        .iter()
        .flat_map(|file| rules.iter().flat_map(|rule| rule(&house, file)))
        .collect();
    for (file, what) in DEBTS {
        let open = findings.iter().any(|f| f.file == *file && f.what == *what);
        assert!(open, "take this out of DEBTS: {file}: {what}");
    }
    for (file, _) in LONG {
        let open = house
            .files
            .iter()
            .any(|f| f.file == *file && f.lines() > MAX_LINES);
        assert!(open, "take this out of LONG: {file}");
    }
}

fn rooms(_: &House, file: &Source) -> Vec<Finding> {
    if file.file.starts_with("tests/") {
        return vec![];
    }
    let Some((room, may)) = HOUSE.iter().find(|(room, _)| *room == file.room()) else {
        return vec![file.finding(1, format!("the room {} has no rule in tests/house", file.room()))];
    };
    let at_home = |named: &Named| !file.module.is_empty() && named.path.first() == file.module.first();
    let allowed = |named: &Named| may.iter().copied().flatten().any(|room| named.begins_with(room));
    let strangers = file
        .code
        .own
        .iter()
        .filter(|named| !at_home(named) && !allowed(named));
    strangers
        .map(|named| file.finding(named.line, format!("{room} must not name {named}")))
        .collect()
}

fn adapters_and_steps(house: &House, file: &Source) -> Vec<Finding> {
    if file.room() != "adapters" {
        return vec![];
    }
    let steps = house.modules_of("journey");
    named_below("journey", file)
        .filter(|(below, _)| *below == "*" || steps.contains(*below))
        .map(|(_, named)| file.finding(named.line, format!("adapters must not name the step {named}")))
        .collect()
}

fn steps(house: &House, file: &Source) -> Vec<Finding> {
    let [room, step, ..] = file.module.as_slice() else {
        return vec![];
    };
    if room != "journey" {
        return vec![];
    }
    let steps = house.modules_of("journey");
    named_below("journey", file)
        .filter(|(below, _)| below != step && !SHARED.contains(below))
        .filter(|(below, _)| *below == "*" || steps.contains(*below))
        .map(|(_, named)| file.finding(named.line, format!("the step {step} must not name {named}")))
        .collect()
}

/// What a file names in a room, with the first name below the room.
fn named_below<'a>(room: &'a str, file: &'a Source) -> impl Iterator<Item = (&'a str, &'a Named)> {
    file.code
        .own
        .iter()
        .filter_map(move |named| match named.path.as_slice() {
            [first, below, ..] if first == room => Some((below.as_str(), named)),
            _ => None,
        })
}

fn world(_: &House, file: &Source) -> Vec<Finding> {
    if !MIDDLE.contains(&file.room()) {
        return vec![];
    }
    let foreign = file.code.foreign.iter().filter_map(|named| {
        if ADDRESSES.iter().any(|address| named.begins_with(address)) {
            return None;
        }
        let touched = WORLD
            .iter()
            .find(|(path, _)| named.begins_with(path))
            .map(|(_, what)| *what);
        let clock = || {
            CLOCKS
                .iter()
                .any(|clock| named.ends_with(clock))
                .then_some("the clock")
        };
        let what = touched.or_else(clock)?;
        Some(file.finding(
            named.line,
            format!("{} must be handed {what}, not take it: {named}", file.room()),
        ))
    });
    let printing = file
        .code
        .macros
        .iter()
        .filter(|(name, _)| PRINTING.contains(&name.as_str()));
    let printing =
        printing.map(|(name, line)| file.finding(*line, format!("{} must not print: {name}!", file.room())));
    foreign.chain(printing).collect()
}

fn looks(_: &House, file: &Source) -> Vec<Finding> {
    let mut found = vec![];
    if !file.text.starts_with("//!") {
        found.push(file.finding(1, "the first line must say what the file is for (//!)".into()));
    }
    let limit = LONG
        .iter()
        .find(|(long, _)| file.file == *long)
        .map_or(MAX_LINES, |(_, limit)| *limit);
    if file.lines() > limit {
        found.push(file.finding(
            file.lines(),
            format!("longer than {limit} lines: two rooms in one"),
        ));
    }
    for (name, line) in &file.whole.macros {
        if name == "todo" || name == "unimplemented" {
            found.push(file.finding(*line, format!("{name}! is not code")));
        }
    }
    for line in &file.whole.unsafety {
        found.push(file.finding(*line, "unsafe is not used here".into()));
    }
    found
}
