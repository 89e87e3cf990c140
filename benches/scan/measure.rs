//! Processor time by stage, and the same files handed to other programs.

use crate::cases::{Case, Document};
use crate::score::Score;
use siegelpost::scan::watch::{Onlooker, Stage};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Processor time of this process with all its threads, and of the children that have ended, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    thread: f64,
    process: f64,
    children: f64,
}

impl Spent {
    /// What the process's account is rounded to.
    const TICK: f64 = 10.0;

    pub fn now() -> Spent {
        // Brings the thread's account up to date.
        std::thread::yield_now();
        let text = |path| std::fs::read_to_string(path).unwrap_or_default();
        let thread = text("/proc/thread-self/schedstat")
            .split(' ')
            .next()
            .and_then(|n| n.parse::<f64>().ok())
            .unwrap_or(0.0)
            / 1e6;
        let stat = text("/proc/self/stat");
        // Fields are counted after the name in brackets: user and system time in ticks, the process's own and its children's.
        let ticks = |first: usize| {
            stat.rsplit(')').next().map_or(0.0, |rest| {
                let both = rest.split(' ').skip(first).take(2);
                both.filter_map(|n| n.parse::<f64>().ok()).sum::<f64>() * Spent::TICK
            })
        };
        Spent {
            thread,
            process: ticks(12),
            children: ticks(14),
        }
    }

    pub fn since(self) -> f64 {
        let now = Spent::now();
        let (thread, process) = (now.thread - self.thread, now.process - self.process);
        // The thread's account is finer; what is more than its rounding was used by other threads, of a decoder say.
        let own = if process - thread > Spent::TICK {
            process
        } else {
            thread
        };
        own + now.children - self.children
    }
}

/// How often each stage was begun and what it took.
#[derive(Default)]
pub struct StageTimes(Mutex<Account>);

#[derive(Default)]
struct Account {
    running: Option<(Stage, Spent)>,
    /// How often, and milliseconds.
    done: BTreeMap<Stage, (usize, f64)>,
}

impl Onlooker for StageTimes {
    fn begins(&self, stage: Stage) {
        let mut held = self.0.lock().expect("nobody panicked");
        if let Some((last, began)) = held.running.take() {
            let spent = began.since();
            let entry = held.done.entry(last).or_default();
            entry.0 += 1;
            entry.1 += spent;
        }
        held.running = Some((stage, Spent::now()));
    }
}

impl StageTimes {
    pub fn table(&self) {
        let held = self.0.lock().expect("nobody panicked");
        let pages = held.done.get(&Stage::Pixels).map_or(1, |s| s.0.max(1)) as f64;
        println!("| stage | pages that came to it | CPU ms each | CPU ms a page of all |");
        println!("| --- | ---: | ---: | ---: |");
        for (stage, (count, spent)) in held.done.iter().filter(|(s, _)| **s != Stage::Between) {
            println!(
                "| {} | {count} | {:.1} | {:.1} |",
                stage.name(),
                spent / *count as f64,
                spent / pages
            );
        }
        println!();
    }
}

/// The files of a run, and what is true of them, for others to read.
pub struct Kept(Option<(PathBuf, std::fs::File)>);

impl Kept {
    pub fn in_folder(folder: Option<&Path>) -> Kept {
        Kept(folder.map(|folder| {
            std::fs::create_dir_all(folder).expect("the folder can be made");
            let truth = std::fs::File::create(folder.join("truth.jsonl")).expect("it can be written");
            (folder.to_owned(), truth)
        }))
    }

    pub fn add(&mut self, number: usize, case: &Case, document: &Document, score: &Score) {
        let Some((folder, truth)) = &mut self.0 else {
            return;
        };
        let files: Vec<String> = document
            .files
            .iter()
            .map(|(name, bytes)| {
                let name = format!("{number:04}-{name}");
                std::fs::write(folder.join(&name), bytes).expect("it can be written");
                name
            })
            .collect();
        let line = serde_json::json!({
            "name": case.name(), "severity": format!("{:?}", case.severity).to_lowercase(), "files": files,
            "pages": document.texts, "data": document.data_text,
            "signed": document.signed, "copies": document.copies, "marks": score.marks,
            "ours": {"pages": score.pages_named, "codes": score.codes_read, "complete": score.complete, "named": score.named,
                     "data": score.fields,
                     "wrong": score.wrong, "cpu_ms": score.spent},
        });
        writeln!(truth, "{line}").expect("it can be written");
    }

    /// Lets the Python script read the same files with zxing-cpp and zbar.
    pub fn beside(&self, python: &Path) {
        let Some((folder, _)) = &self.0 else { return };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/scan/beside.py");
        let ended = Command::new(python)
            .arg(script)
            .arg(folder)
            .status()
            .expect("Python starts");
        assert!(ended.success(), "the comparison failed");
    }
}
