//! The program at a pseudo-terminal of 80 columns, which `script` (util-linux) holds. Each prompt is waited for before it is answered, as a
//! person does.

use crate::play::{ANSWER, PIN};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A program that says nothing for so long is stuck: reading a scan takes seconds on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const COLUMNS: usize = 80;
pub const CTRL_C: &str = "\u{3}";
pub const CTRL_D: &str = "\u{4}";

/// Where a text ends that begins there; a blank in it stands for a line break too, which falls where the line is full.
fn end_of(screen: &[u8], from: usize, text: &str) -> Option<usize> {
    let mut at = from;
    for expected in text.bytes() {
        let found = *screen.get(at)?;
        if expected != b' ' {
            (found == expected).then(|| at += 1)?;
            continue;
        }
        let blanks = screen[at..]
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        (blanks > 0).then(|| at += blanks)?;
    }
    Some(at)
}

/// One run of the program at a terminal.
pub struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
    /// What was waited for already.
    seen: usize,
}

impl Terminal {
    /// Starts the program; when it ends, the shell says how, and how it left the terminal.
    pub fn start(folder: &Path, words: &str) -> Terminal {
        let program = env!("CARGO_BIN_EXE_siegelpost");
        // The shell's own Ctrl-C is not the test's.
        let line = format!(
            "stty cols {COLUMNS} rows 24; trap : INT; {program} {words}; echo \"ENDED $?\"; stty -a | tr ' ;' '\\n\\n' | \
             grep -xE -e '-?(echo|icanon|isig)' | tr '\\n' ' '; echo LEFT"
        );
        let mut child = Command::new("script")
            .args(["-q", "-c", &line, "/dev/null"])
            .current_dir(folder)
            .env("SIEGELPOST_OFFICE", "office")
            .env("SHELL", "/bin/sh")
            .env_remove("SIEGELPOST_AS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("script runs: run scripts/packages.sh test");
        let screen = Arc::new(Mutex::new(vec![]));
        let mut out = child.stdout.take().unwrap();
        let shown = screen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = out.read(&mut buffer) {
                shown.lock().unwrap().extend_from_slice(&buffer[..n]);
            }
        });
        Terminal {
            keys: child.stdin.take().unwrap(),
            child,
            screen,
            seen: 0,
        }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits until this is on the screen, behind what was waited for before.
    #[track_caller]
    pub fn until(&mut self, text: &str) {
        let start = Instant::now();
        loop {
            let all = self.screen.lock().unwrap().clone();
            let found = (self.seen..all.len()).find_map(|from| end_of(&all, from, text));
            if let Some(end) = found {
                self.seen = end;
                return;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "‘{text}’ does not come:\n{}",
                self.shown()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for a question and its prompt, then types an answer.
    #[track_caller]
    pub fn answer(&mut self, question: &str, typed: &str) {
        self.until(question);
        self.until("\n> ");
        self.keys(&format!("{typed}\r"));
    }

    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for the end; the exit code, and whether the terminal was left as it was. The screen is kept for a person to look at.
    #[track_caller]
    pub fn ended(mut self, name: &str) -> (i32, String) {
        self.until("ENDED ");
        self.until("LEFT");
        drop(self.keys);
        self.child.wait().unwrap();
        let all = String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned();
        let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screens");
        fs::create_dir_all(&kept).unwrap();
        fs::write(kept.join(format!("{name}.txt")), &all).unwrap();
        let (screen, end) = all.split_once("ENDED ").unwrap();
        assert!(
            end.contains(" echo ") && end.contains("icanon ") && end.contains("isig "),
            "{name}: the terminal is not as it was: {end}"
        );
        assert!(
            !["-echo", "-icanon", "-isig"]
                .iter()
                .any(|mode| end.contains(mode)),
            "{name}: the terminal is not as it was: {end}"
        );
        for line in screen.replace('\r', "").lines() {
            assert!(
                line.chars().count() <= COLUMNS,
                "{name}: wider than the terminal: {line}"
            );
        }
        for secret in [PIN, ANSWER] {
            assert!(!screen.contains(secret), "{name}: {secret} is on the screen");
        }
        let code = end.split_whitespace().next().unwrap().parse().unwrap();
        // Without the line breaks, which fall where the lines are full.
        (code, screen.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
