//! Runs the real program on files, and says what it and its drawing child took.

use siegelpost::adapters::rasterise;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What came of a run, and what it took.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    /// The lines of JSON.
    pub lines: Vec<serde_json::Value>,
    /// What it wrote for people.
    pub said: String,
    /// The most memory that the program held, in megabytes.
    pub own: u64,
    /// The most that one of its children held, in megabytes.
    pub child: u64,
    /// Processor time of the program and of its children that ended: the same on an idle machine and on a busy one.
    pub processor: Duration,
}

impl Run {
    /// The codes of all problems, once each.
    pub fn problems(&self) -> Vec<String> {
        let mut codes: Vec<String> = self
            .lines
            .iter()
            .filter_map(|line| line["problems"].as_array())
            .flatten()
            .filter_map(|p| p["code"].as_str().map(str::to_owned))
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }
}

/// `read --json` on these files, by `jobs` at once.
pub fn read<P: AsRef<Path>>(paths: &[P], jobs: usize) -> Run {
    let mut out = tempfile::tempfile().expect("a file");
    let mut err = tempfile::tempfile().expect("a file");
    let mut run = Command::new(super::PROGRAM)
        .args(["read", "--json", "--jobs", &jobs.to_string()])
        .args(paths.iter().map(AsRef::as_ref))
        .stdin(Stdio::null())
        .stdout(out.try_clone().expect("the same file"))
        .stderr(err.try_clone().expect("the same file"))
        .spawn()
        .expect("it starts");
    let (mut own, mut each, mut processor) = (0, BTreeMap::new(), Duration::ZERO);
    let status = loop {
        if let Some(status) = run.try_wait().expect("our own child") {
            break status;
        }
        own = own.max(mark(run.id()));
        processor = processor.max(used(run.id()));
        for child in children(run.id()) {
            let most: &mut u64 = each.entry(child).or_default();
            *most = (*most).max(mark(child));
        }
        // The marks are of the most ever held and used, so that little is lost between two looks.
        std::thread::sleep(Duration::from_millis(1));
    };
    let text = |file: &mut fs::File| {
        let mut text = String::new();
        file.rewind().expect("a file");
        file.read_to_string(&mut text).expect("UTF-8");
        text
    };
    let lines = text(&mut out)
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    Run {
        code: status.code(),
        lines,
        said: text(&mut err),
        own: own >> 10,
        child: each.values().max().copied().unwrap_or(0) >> 10,
        processor,
    }
}

/// The most memory that a process ever held, in kilobytes; 0 when it is gone.
fn mark(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().strip_suffix(" kB")?.trim().parse().ok())
        .unwrap_or(0)
}

/// The processor time of a process and of its children that ended; nothing when it is gone.
fn used(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // After the name in brackets: from the twelfth on, user and system time of its own, then of its children, in hundredths.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|n| n.parse::<u64>().ok())
        .sum();
    Duration::from_millis(10 * ticks)
}

/// Whether a child is itself already; until it is, its memory is its parent's.
fn draws(pid: u32) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|b| *b == 0)
        .any(|word| word == rasterise::SUBCOMMAND.as_bytes())
}

/// The children that the threads of a process started.
fn children(pid: u32) -> Vec<u32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|p| p.parse().ok())
                .filter(|p| draws(*p))
                .collect::<Vec<u32>>()
        })
        .collect()
}
