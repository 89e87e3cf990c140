//! The process that holds a vendor's module: started for one card, asked one thing at a time, ended when it hangs.

use super::talk::{Answer, Ask, MARK, MAX_LINE};
use crate::ports::card::CardError;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use zeroize::Zeroizing;

/// The hidden subcommand of our binary that holds a module: `card-module PATH`.
pub const SUBCOMMAND: &str = "card-module";
/// How long a module may take for what a card does at once; loading it and waking the card are in it.
const QUICK: Duration = Duration::from_secs(30);
/// How long for what a card or a person at a reader's pad takes its time for: RSA keys of slow cards take minutes.
const SLOW: Duration = Duration::from_secs(300);
/// How long the module has to put its things in order at the end.
const GOODBYE: Duration = Duration::from_secs(5);

/// Where a module lies, and how long is waited for it.
#[derive(Clone, Debug)]
pub struct Module {
    /// Our own binary.
    pub(super) program: PathBuf,
    pub(super) path: PathBuf,
    pub(super) quick: Duration,
    pub(super) shows_after_pin: bool,
}

impl Module {
    /// `program` is our own binary, usually `std::env::current_exe()`; `path` the module's shared library.
    pub fn new(program: PathBuf, path: PathBuf) -> Module {
        Module {
            program,
            path,
            quick: QUICK,
            shows_after_pin: false,
        }
    }

    /// One whose cards show certificates and public keys to their holder alone, after the PIN (CKA_PRIVATE true).
    #[must_use]
    pub fn showing_after_pin(self, shows_after_pin: bool) -> Module {
        Module {
            shows_after_pin,
            ..self
        }
    }

    /// With another time than half a minute for what a card does at once.
    #[must_use]
    pub fn patient_for(self, quick: Duration) -> Module {
        Module { quick, ..self }
    }

    /// The module's file name, for messages.
    pub(super) fn name(&self) -> String {
        self.path.file_name().map_or_else(
            || self.path.display().to_string(),
            |n| n.to_string_lossy().into_owned(),
        )
    }
}

/// The module's process.
pub(super) struct Host {
    module: Module,
    child: Child,
    /// Closed to say goodbye.
    stdin: Option<ChildStdin>,
    answers: Receiver<Answer>,
    dead: Option<String>,
}

impl Host {
    pub fn start(module: &Module) -> Result<Host, CardError> {
        let name = module.name();
        let failed = |why: String| CardError::Io(format!("{name}: {why}"));
        if !module.path.exists() {
            return Err(failed(format!(
                "there is no module at {}: install the vendor's software, or mend modules.path in siegelpost.toml",
                module.path.display()
            )));
        }
        let mut child = Command::new(&module.program)
            .arg(SUBCOMMAND)
            .arg(&module.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Modules write their own notes there, which are no words of ours.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| failed(format!("its process does not start: {e}")))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let stdout = stdout.ok_or_else(|| failed("its process has no pipes".into()))?;
        let (send, answers) = channel();
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(answer) = receive(&mut stdout) {
                if send.send(answer).is_err() {
                    return;
                }
            }
        });
        Ok(Host {
            module: module.clone(),
            child,
            stdin,
            answers,
            dead: None,
        })
    }

    pub fn is_dead(&self) -> bool {
        self.dead.is_some()
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, ask: &Ask) -> Result<Answer, CardError> {
        let name = self.module.name();
        if let Some(why) = &self.dead {
            return Err(CardError::Io(why.clone()));
        }
        let limit = match ask {
            Ask::Generate { .. } | Ask::SignAs { pin: None, .. } => SLOW.max(self.module.quick),
            _ => self.module.quick,
        };
        // Made as long as most are: growing would leave a copy behind.
        let mut line = Zeroizing::new(Vec::with_capacity(8 * 1024));
        serde_json::to_writer(&mut *line, ask).expect("our own words are plain data");
        line.push(b'\n');
        let sent = self
            .stdin
            .as_mut()
            .map(|stdin| stdin.write_all(&line).and_then(|()| stdin.flush()));
        let answer = match sent {
            Some(Ok(())) => self.answers.recv_timeout(limit),
            // It died before: how, its status tells.
            _ => Err(RecvTimeoutError::Disconnected),
        };
        match answer {
            Ok(Answer::Fault(fault)) => Err(fault.of_card(&name)),
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Timeout) => Err(self.died(format!(
                "{name} did not answer within {} s and was ended: take the card out and put it in, and try again; if it happens again, \
                 ask the module's vendor",
                limit.as_secs()
            ))),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait().map(|s| s.to_string()).unwrap_or_default();
                Err(self.died(format!(
                    "{name} crashed ({status}), and siegelpost did not: try again; if it happens again, install the vendor's newest \
                     module, or ask them"
                )))
            }
        }
    }

    fn died(&mut self, why: String) -> CardError {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.dead = Some(why.clone());
        CardError::Io(why)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if self.is_dead() {
            return;
        }
        // The end of its input is goodbye: it logs out, finalizes the module and ends; one that hangs at that is ended.
        self.stdin = None;
        while self.answers.recv_timeout(GOODBYE.min(self.module.quick)).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next answer; `None` at the end, and when what comes is none of ours.
fn receive(from: &mut BufReader<ChildStdout>) -> Option<Answer> {
    loop {
        let mut line = Zeroizing::new(Vec::new());
        let mut bounded = from.by_ref().take(MAX_LINE);
        if bounded.read_until(b'\n', &mut line).ok()? == 0 || line.last() != Some(&b'\n') {
            return None;
        }
        if let Some(words) = line.strip_prefix(MARK.as_bytes()) {
            return serde_json::from_slice(words).ok();
        }
    }
}
