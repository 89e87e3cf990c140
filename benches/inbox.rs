//! What an inbox of 10,000 mails costs in one run: mails a second, CPU, and memory at its peak, from a Maildir and from a folder.
//!
//! `cargo bench --features full --bench inbox [-- MAILS]`. Of the mails, each of about 50 KB, seven in ten are signed by a RIO and
//! lack their papers, two in ten are the same bytes as one of those, one in ten is unsigned; ten bring papers that are good.

#[expect(dead_code, reason = "shared with tests/journey, which uses all of it")]
#[path = "../tests/journey/play.rs"]
mod play;

use jiff::SignedDuration;
use play::{Play, SERIAL, copy_folder, scan_of, scratch};
use siegelpost::adapters::clock::SystemClock;
use siegelpost::app::{App, Outside, Seen};
use siegelpost::config::{FILE, InboxConfig};
use siegelpost::domain::CardSerial;
use siegelpost::journey::Trouble;
use siegelpost::journey::intake::Outcome;
use siegelpost::ports::Clock as _;
use siegelpost::rehearsal::cast;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

const GOOD: usize = 10;
/// What an attachment of these many bytes makes of a mail: about 50 KB in base64.
const ATTACHED: usize = 34_000;

fn main() {
    let wanted = std::env::args().skip(1).find_map(|a| a.parse().ok());
    let mails: usize = wanted.unwrap_or(10_000);
    let play = office();
    let good = good(&play);
    println!(
        "{mails} mails of about 50 KB, {GOOD} of them good; {} cores",
        cores()
    );
    for kind in ["Maildir", "folder of .eml"] {
        let kept = scratch();
        let folder = kept.path().join("office");
        copy_folder(&play.folder, &folder);
        let mut config = play.app.config.clone();
        config.lrao.inbox = vec![if kind == "Maildir" {
            InboxConfig::Maildir {
                name: "inbox".into(),
                path: "mail/inbox".into(),
            }
        } else {
            InboxConfig::Eml {
                name: "inbox".into(),
                path: "mail/inbox".into(),
            }
        }];
        fs::write(folder.join(FILE), config.to_text()).unwrap();
        let place = if kind == "Maildir" {
            "mail/inbox/new"
        } else {
            "mail/inbox"
        };
        fill(&play, &good, &folder.join(place), mails);
        run(kind, &folder, mails);
    }
}

fn outside() -> Outside {
    Outside {
        program: env!("CARGO_BIN_EXE_siegelpost").into(),
        ..Outside::real()
    }
}

/// An office of today with delivered cards.
fn office() -> Play {
    let mut play = Play::found_at("bench", SystemClock.now() - SignedDuration::from_hours(2));
    let serials: Vec<_> = (0..GOOD as u32)
        .map(|n| CardSerial::from_number(SERIAL + n))
        .collect();
    for serial in &serials {
        play.prestage(&play.blank_card(), *serial).unwrap();
    }
    play.deliver_and_receive(&serials, "bern").unwrap();
    play.app = App::open(&play.folder, outside()).unwrap();
    play
}

fn fill(play: &Play, good: &[Vec<u8>], folder: &Path, mails: usize) {
    fs::create_dir_all(folder).unwrap();
    let write = |n: usize, raw: &[u8]| fs::write(folder.join(format!("{n:06}.eml")), raw).unwrap();
    for (n, raw) in good.iter().enumerate() {
        write(n, raw);
    }
    let mut last = vec![];
    for n in GOOD..mails {
        match n % 10 {
            0 => {
                let text = "no word of this is signed\r\n".repeat(1900);
                write(
                    n,
                    format!("From: a@b.example\r\nSubject: {n}\r\n\r\n{text}").as_bytes(),
                );
            }
            1 | 2 if !last.is_empty() => write(n, &last),
            _ => {
                last = play.mail("rio-bern", format!("{n:08}").repeat(ATTACHED / 8).into_bytes());
                write(n, &last);
            }
        }
    }
}

/// Mails with the papers of a person each.
fn good(play: &Play) -> Vec<Vec<u8>> {
    let today = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    (0..GOOD as u32)
        .map(|n| {
            let mut data = cast::people(today).swap_remove(0);
            data.card_serial = CardSerial::from_number(SERIAL + n);
            play.mail("rio-bern", scan_of(&play.draft(data).unwrap()))
        })
        .collect()
}

fn run(kind: &str, folder: &Path, mails: usize) {
    let app = App::open(folder, outside()).unwrap();
    let sources = app.inboxes().unwrap();
    let (cpu, begun) = (cpu_seconds(), Instant::now());
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let summary = app
        .run_inbox(&sources, true, |seen| {
            if let Seen::Mail(Some(taken)) = seen {
                let name = match taken.outcome {
                    Outcome::Received => "received",
                    Outcome::Alias => "alias",
                    Outcome::Held => "held",
                    Outcome::Quarantined => "refused",
                };
                *outcomes.entry(name).or_default() += 1;
            }
            Ok::<_, Trouble>(())
        })
        .unwrap();
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    assert_eq!(summary.mails, mails);
    println!(
        "{kind:<16} {:>8.0} mails/s  {wall:>7.1} s  {cpu:>7.1} s CPU  {:>5.2} ms CPU a mail  {:>5} MB at most  {outcomes:?}",
        mails as f64 / wall,
        cpu * 1000.0 / mails as f64,
        peak_megabytes(),
    );
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// User and system time of this process and of the ended ones that it started (proc(5): fields 14 to 17, in hundredths).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
    let ticks = fields
        .iter()
        .skip(12)
        .take(4)
        .filter_map(|f| f.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn peak_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().split(' ').next()?.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}
