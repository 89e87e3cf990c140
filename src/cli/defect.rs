//! A defect of ours ends the program with words and an exit code of its own.

use super::exit;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

/// Panics that are remembered: a run may meet many hostile files, whose panics are caught.
const KEPT: usize = 16;

/// Runs the program. A panic that nothing caught is told on `err`, and makes the exit code that of a defect; one that was caught (a
/// library that met a hostile file) is its catcher's to tell, and is silent here unless a backtrace is asked for.
pub fn told(err: &mut dyn Write, run: impl FnOnce() -> u8) -> u8 {
    // Those of all threads, in order: a thread's own counts before that of one which it waited for.
    let met: Arc<Mutex<Vec<(ThreadId, String)>>> = Arc::default();
    let default = take_hook();
    let wants_backtrace = std::env::var_os("RUST_BACKTRACE").is_some_and(|v| v != "0");
    let seen = met.clone();
    set_hook(Box::new(move |info| {
        if wants_backtrace {
            default(info);
        }
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let surplus = seen.len().saturating_sub(KEPT);
        seen.drain(..surplus);
        seen.push((thread::current().id(), info.to_string()));
    }));
    // Nothing of what the run held is looked at afterwards.
    let ended = catch_unwind(AssertUnwindSafe(run));
    // The hook before stays out of a test's way.
    let _ = take_hook();
    ended.unwrap_or_else(|_| {
        let met = met.lock().unwrap_or_else(PoisonError::into_inner);
        let here = thread::current().id();
        let last = |own: bool| met.iter().rfind(|(thread, _)| (*thread == here) == own).map(|(_, what)| what);
        // That a thread broke down is no news about why.
        let what = last(true).filter(|what| !what.contains("scoped thread panicked")).or_else(|| last(false));
        let what = what.map_or("it is not known where", String::as_str);
        // A defect of the terminal itself is told nowhere.
        let _ = writeln!(
            err,
            "siegelpost: a defect of siegelpost stopped it: {what}. What was recorded before stands; run the same command again, and \
             report this with the command that you typed (RUST_BACKTRACE=1 tells more)"
        );
        exit::DEFECT
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_is_told_and_has_its_own_exit_code() {
        let mut err = vec![];
        assert_eq!(told(&mut err, || exit::REFUSED), exit::REFUSED);
        assert!(err.is_empty());
        assert_eq!(told(&mut err, || panic!("specimen of a defect")), exit::DEFECT);
        let said = String::from_utf8(err).expect("text");
        assert!(
            said.contains("specimen of a defect") && said.contains("defect.rs"),
            "{said}"
        );
        assert!(said.contains("a defect of siegelpost"), "{said}");
    }
}
