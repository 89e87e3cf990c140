//! Passwords and tokens of mail servers: read where they are kept, each time they are needed, and forgotten afterwards.

use crate::adapters::files;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// Bytes of a secret: the longest access tokens have a few thousand.
const MAX_SECRET: u64 = 64 * 1024;
/// How long a program may take to print a secret: it may have to ask a token server.
const COMMAND_TIME: Duration = Duration::from_secs(30);

/// Where a secret is kept.
#[derive(Clone, Debug)]
pub enum Secret {
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// The first line that a program prints: the program, then its arguments; no shell reads them.
    Command(Vec<String>),
}

impl Secret {
    /// The secret as it is now.
    ///
    /// # Errors
    /// Why it cannot be had; the text never has the secret in it.
    pub fn read(&self) -> Result<Zeroizing<String>, String> {
        let bytes = match self {
            Secret::File(path) => Zeroizing::new(
                files::read_bounded(path, MAX_SECRET)
                    .map_err(|e| format!("the secret in {} cannot be read: {e}", path.display()))?,
            ),
            Secret::Env(name) => Zeroizing::new(
                std::env::var(name)
                    .map_err(|_| format!("the environment has no {name}: set it for this program"))?
                    .into_bytes(),
            ),
            Secret::Command(words) => run(words)?,
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| "the secret is no text".to_owned())?;
        match text.lines().next() {
            Some(line) if !line.trim().is_empty() => Ok(Zeroizing::new(line.trim_end().to_owned())),
            _ => Err("the secret is empty: put it where the configuration says".into()),
        }
    }
}

fn run(words: &[String]) -> Result<Zeroizing<Vec<u8>>, String> {
    let [program, arguments @ ..] = words else {
        return Err("the command for the secret is empty".into());
    };
    let failed = |why: &dyn std::fmt::Display| format!("the secret could not be had from {program}: {why}");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| failed(&e))?;
    let Some(out) = child.stdout.take() else {
        return Err(failed(&"it has no output"));
    };
    let (send, answer) = mpsc::channel();
    // A thread of its own, because a pipe has no time limit; it ends with the program.
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = out.take(MAX_SECRET).read_to_end(&mut bytes);
        let _ = send.send(read.map(|_| bytes));
    });
    let deadline = Instant::now() + COMMAND_TIME;
    let bytes = match answer.recv_timeout(COMMAND_TIME) {
        Ok(read) => read.map_err(|e| failed(&e)),
        Err(_) => Err(failed(&format!("no answer within {} s", COMMAND_TIME.as_secs()))),
    };
    let ended = end(&mut child, deadline);
    let bytes = bytes?;
    if ended {
        Ok(bytes)
    } else {
        Err(failed(&"it failed, or did not end"))
    }
}

/// Waits for the program's end, or ends it; true when it ended well by itself.
fn end(child: &mut Child, deadline: Instant) -> bool {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_file_is_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "specimen \n# a note\n").unwrap();
        assert_eq!(Secret::File(path.clone()).read().unwrap().as_str(), "specimen");
        std::fs::write(&path, "\n").unwrap();
        assert!(Secret::File(path).read().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_program_prints_the_secret_and_no_shell_reads_its_arguments() {
        let secret = |words: &[&str]| Secret::Command(words.iter().map(|w| (*w).to_owned()).collect()).read();
        assert_eq!(secret(&["echo", "$HOME;x"]).unwrap().as_str(), "$HOME;x");
        assert!(secret(&["false"]).is_err());
        assert!(
            secret(&["/no/such/program"])
                .unwrap_err()
                .contains("/no/such/program")
        );
        assert!(secret(&[]).is_err());
    }
}
