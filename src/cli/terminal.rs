//! The terminal of a wizard: lines that fit, questions whose answers are shown or hidden. However a question ends, the terminal is
//! left as it was.

use std::io::{self, Write as _};
use zeroize::Zeroizing;

/// Characters of a line: what a terminal of 80 columns takes without breaking words.
pub const WIDTH: usize = 78;
/// The longest line that is typed: a path, or a zone of a travel document that was pasted.
const MAX_TYPED: usize = 4096;

/// Why a question has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// The input is at its end: Ctrl-D, or the terminal is gone.
    Ended,
    Io(io::Error),
}

impl From<io::Error> for Unanswered {
    fn from(e: io::Error) -> Unanswered {
        match e.kind() {
            io::ErrorKind::UnexpectedEof => Unanswered::Ended,
            _ => Unanswered::Io(e),
        }
    }
}

/// The text in lines that fit, its own line breaks kept; what continues a numbered line stands below its text.
pub fn wrapped(text: &str) -> String {
    let mut all = String::new();
    for line in text.lines() {
        let digits = line.chars().take_while(char::is_ascii_digit).count();
        let is_numbered = digits > 0 && line[digits..].starts_with(". ");
        let indent = if is_numbered { digits + 2 } else { 0 };
        let margin = line.chars().take_while(|c| *c == ' ').count();
        let mut column = 0;
        // At blanks alone: a space that must not break is none.
        for word in line.split(' ').filter(|word| !word.is_empty()) {
            let length = word.chars().count();
            if column == 0 {
                all.extend(std::iter::repeat_n(' ', margin));
                column = margin;
            } else if column + 1 + length > WIDTH {
                all.push('\n');
                all.extend(std::iter::repeat_n(' ', margin + indent));
                column = margin + indent;
            } else {
                all.push(' ');
                column += 1;
            }
            all.push_str(word);
            column += length;
        }
        all.push('\n');
    }
    all
}

/// Says something, on standard error: standard output is for data.
pub fn say(text: &str) -> io::Result<()> {
    let mut err = io::stderr();
    err.write_all(wrapped(text).as_bytes())?;
    err.flush()
}

fn question(text: &str) -> io::Result<()> {
    say(&format!("\n{text}"))?;
    let mut err = io::stderr();
    err.write_all(b"> ")?;
    err.flush()
}

/// Asks, and shows what is typed.
pub fn ask(text: &str) -> Result<String, Unanswered> {
    question(text)?;
    let mut typed = String::new();
    if io::BufRead::read_line(
        &mut io::Read::take(io::stdin().lock(), MAX_TYPED as u64),
        &mut typed,
    )? == 0
    {
        // What comes next begins on a line of its own.
        io::stderr().write_all(b"\n")?;
        return Err(Unanswered::Ended);
    }
    Ok(typed.trim().to_owned())
}

/// Asks, and shows nothing of what is typed. Ctrl-C ends the program as it does elsewhere.
pub fn ask_hidden(text: &str) -> Result<Zeroizing<String>, Unanswered> {
    // The terminal is quiet before anybody is asked: no key is shown that comes early.
    let typed = hidden::line(|| question(text));
    io::stderr().write_all(b"\n")?;
    typed
}

#[cfg(unix)]
mod hidden {
    use super::Unanswered;
    use rustix::process::{Signal, getpid, kill_process};
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
    use std::fs::File;
    use std::io::{self, Read, Write as _};
    use std::os::fd::AsFd;
    use zeroize::Zeroizing;

    const CTRL_C: [u8; 1] = [0x03];
    const CTRL_D: [u8; 1] = [0x04];
    const BACKSPACE: u8 = 0x08;
    const DELETE: u8 = 0x7f;
    const CTRL_U: u8 = 0x15;

    /// The terminal without echo, key by key; as it was before when dropped.
    struct Quiet {
        keys: File,
        before: Termios,
        interrupted: bool,
    }

    impl Quiet {
        fn new() -> io::Result<Quiet> {
            // A handle of its own, so that no buffer keeps what was typed.
            let keys = File::from(io::stdin().as_fd().try_clone_to_owned()?);
            let before = tcgetattr(&keys)?;
            let mut quiet = before.clone();
            quiet.local_modes &=
                !(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
            quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
            quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
            // What was typed before it was asked for is dropped, as passwd does.
            tcsetattr(&keys, OptionalActions::Flush, &quiet)?;
            Ok(Quiet {
                keys,
                before,
                interrupted: false,
            })
        }
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            let _ = tcsetattr(&self.keys, OptionalActions::Now, &self.before);
            if self.interrupted {
                // Only now, with the terminal as it was, the signal that the key stands for, shown as terminals show it.
                let _ = io::stderr().write_all(b"^C\n");
                let _ = kill_process(getpid(), Signal::INT);
            }
        }
    }

    impl Quiet {
        /// The next byte that a key sends.
        fn key(&mut self, key: &mut [u8; 1]) -> Result<(), Unanswered> {
            match self.keys.read(key) {
                Ok(0) => Err(Unanswered::Ended),
                // A terminal that was closed reads like this.
                Err(e) if e.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
                    Err(Unanswered::Ended)
                }
                Err(e) => Err(e.into()),
                Ok(_) if *key == CTRL_C => {
                    self.interrupted = true;
                    Err(Unanswered::Ended)
                }
                Ok(_) if *key == CTRL_D => Err(Unanswered::Ended),
                Ok(_) => Ok(()),
            }
        }
    }

    /// A line, for which memory is taken once: growing would leave copies behind.
    pub fn line(ask: impl FnOnce() -> io::Result<()>) -> Result<Zeroizing<String>, Unanswered> {
        let mut quiet = Quiet::new()?;
        ask()?;
        let mut typed = Zeroizing::new(String::with_capacity(super::MAX_TYPED));
        // The bytes of a character that is not ASCII come one by one.
        let mut character = Zeroizing::new(Vec::with_capacity(4));
        let mut key = Zeroizing::new([0; 1]);
        loop {
            quiet.key(&mut key)?;
            match key[0] {
                b'\n' | b'\r' => return Ok(typed),
                BACKSPACE | DELETE => drop(typed.pop()),
                CTRL_U => typed.clear(),
                byte if byte >= b' ' && typed.len() + 4 <= super::MAX_TYPED => {
                    character.push(byte);
                    match std::str::from_utf8(&character) {
                        Ok(whole) => typed.push_str(whole),
                        Err(e) if e.error_len().is_none() => continue,
                        Err(_) => {}
                    }
                    character.clear();
                }
                _ => {}
            }
        }
    }
}

#[cfg(not(unix))]
mod hidden {
    use super::Unanswered;
    use std::io;
    use zeroize::Zeroizing;

    pub fn line(ask: impl FnOnce() -> io::Result<()>) -> Result<Zeroizing<String>, Unanswered> {
        ask()?;
        Ok(Zeroizing::new(rpassword::read_password()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_a_terminal_and_no_word_is_broken() {
        let text = "Die Karte wurde unterbrochen. ".repeat(9);
        let lines = wrapped(&format!("2. {text}"));
        assert!(lines.lines().all(|l| l.chars().count() <= WIDTH), "{lines}");
        assert!(lines.lines().count() > 3);
        assert!(lines.lines().skip(1).all(|l| l.starts_with("   ")));
        let words = |t: &str| t.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&lines)[1..], words(&text));
    }

    #[test]
    fn own_line_breaks_and_margins_are_kept() {
        assert_eq!(wrapped("one\n\n  two"), "one\n\n  two\n");
    }
}
