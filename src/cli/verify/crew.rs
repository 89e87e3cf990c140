//! Several threads that judge, and one that tells: results come in the order of the input, and memory is bounded whatever comes.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Mails that may be judged before an earlier one is done, for each thread: only their results wait.
const AHEAD: usize = 64;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock means a panic elsewhere, which the scope passes on.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many bytes of mails may be in memory at a time, all threads together.
pub struct Budget {
    left: Mutex<usize>,
    freed: Condvar,
    all: usize,
}

impl Budget {
    /// A budget of `all` bytes.
    pub fn new(all: usize) -> Self {
        Self {
            left: Mutex::new(all),
            freed: Condvar::new(),
            all,
        }
    }

    /// A share of no bytes, which can grow.
    pub fn nothing(&self) -> Share<'_> {
        Share {
            budget: self,
            bytes: 0,
        }
    }

    /// A share of so many bytes, or of all where that is less; waits until they are free.
    pub fn take(&self, bytes: usize) -> Share<'_> {
        let mut share = self.nothing();
        share.grow_to(bytes);
        share
    }
}

/// Bytes of the budget, given back when dropped.
pub struct Share<'b> {
    budget: &'b Budget,
    bytes: usize,
}

impl Share<'_> {
    /// Makes the share at least so large, or all there is; waits for it. Only one thread at a time may hold a share and let it
    /// grow: it reads the mails that have no size of their own.
    pub fn grow_to(&mut self, bytes: usize) {
        let more = bytes.min(self.budget.all).saturating_sub(self.bytes);
        if more == 0 {
            return;
        }
        let mut left = lock(&self.budget.left);
        while *left < more {
            left = self
                .budget
                .freed
                .wait(left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *left -= more;
        self.bytes += more;
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *lock(&self.budget.left) += self.bytes;
        self.budget.freed.notify_all();
    }
}

/// How far the jobs are.
struct Progress<R> {
    /// Whether there is no job left, or nobody wants to hear more.
    over: bool,
    /// Jobs that were begun.
    started: usize,
    /// Results that were told.
    told: usize,
    /// Results that wait for an earlier one.
    done: BTreeMap<usize, R>,
    /// Whether a thread broke down: its result will never come.
    lost: bool,
}

/// Rings when its thread breaks down, so that nobody waits for it.
struct Bell<'a, R> {
    line: &'a Mutex<Progress<R>>,
    news: &'a Condvar,
    room: &'a Condvar,
}

impl<R> Drop for Bell<'_, R> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut state = lock(self.line);
            state.lost = true;
            state.over = true;
            drop(state);
            self.news.notify_all();
            self.room.notify_all();
        }
    }
}

/// Takes jobs from `next` and does them by `work` on so many threads; `tell` gets each result on the calling thread, in the order
/// of the jobs, until it fails.
///
/// # Errors
/// The first one of `tell`; then no further job is begun.
pub fn run<T, R: Send, E>(
    threads: usize,
    next: impl FnMut() -> Option<T> + Send,
    work: impl Fn(T) -> R + Sync,
    mut tell: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let ahead = threads * AHEAD;
    // Jobs are taken one at a time, so that their order is known; taking one may wait, and nobody else waits for it meanwhile.
    let source = Mutex::new(next);
    let line = Mutex::new(Progress {
        over: false,
        started: 0,
        told: 0,
        done: BTreeMap::new(),
        lost: false,
    });
    let (room, news) = (Condvar::new(), Condvar::new());
    let serve = || {
        let _bell = Bell {
            line: &line,
            news: &news,
            room: &room,
        };
        loop {
            let (number, job) = {
                let mut source = lock(&source);
                let mut state = lock(&line);
                while !state.over && state.started >= state.told + ahead {
                    state = room.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                if state.over {
                    return;
                }
                drop(state);
                let job = source();
                let mut state = lock(&line);
                let Some(job) = job else {
                    state.over = true;
                    news.notify_all();
                    return;
                };
                state.started += 1;
                (state.started - 1, job)
            };
            let result = work(job);
            lock(&line).done.insert(number, result);
            news.notify_all();
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(serve);
        }
        let mut state = lock(&line);
        loop {
            let number = state.told;
            if let Some(result) = state.done.remove(&number) {
                state.told += 1;
                room.notify_all();
                drop(state);
                let told = tell(result);
                state = lock(&line);
                if let Err(e) = told {
                    state.over = true;
                    room.notify_all();
                    return Err(e);
                }
            } else if state.lost || (state.over && state.started == state.told) {
                // The scope passes on what a thread broke down by.
                return Ok(());
            } else {
                state = news.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn tells_results_in_the_order_of_the_jobs() {
        for threads in [1, 4] {
            let mut jobs = 0..1000u32;
            let mut told = Vec::new();
            // The first of each hundred takes longest.
            let work = |n: u32| (0..(100 - n % 100) * 200).fold(n, |a, b| a ^ b.wrapping_mul(0)) ^ n ^ n;
            let done: Result<(), ()> = run(
                threads,
                || jobs.next(),
                work,
                |n| {
                    told.push(n);
                    Ok(())
                },
            );
            done.unwrap();
            assert_eq!(told, (0..1000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn begins_nothing_more_when_nobody_listens() {
        let begun = AtomicUsize::new(0);
        let mut jobs = 0..1_000_000;
        let done = run(
            2,
            || jobs.next(),
            |_| begun.fetch_add(1, Ordering::Relaxed),
            |_| Err("gone"),
        );
        assert_eq!(done, Err("gone"));
        assert!(begun.into_inner() <= 2 * AHEAD + 3);
    }

    #[test]
    #[should_panic(expected = "scoped thread panicked")]
    fn passes_on_the_breakdown_of_a_thread() {
        let mut jobs = 0..100;
        let done: Result<(), ()> = run(2, || jobs.next(), |n| assert_ne!(n, 7), Ok);
        done.unwrap();
    }

    #[test]
    fn holds_as_much_as_the_budget_at_a_time_and_never_more() {
        let budget = Budget::new(100);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        // Nobody lets go before two hold, half the budget each, so that a third one would be too much; or after so many turns, so that
        // this ends, and fails, where nobody else gets a share.
        const TURNS: usize = 10_000;
        let mut jobs = 0..200;
        let work = |_| {
            let held = budget.take(50);
            most.fetch_max(now.fetch_add(50, Ordering::SeqCst) + 50, Ordering::SeqCst);
            for _ in 0..TURNS {
                if now.load(Ordering::SeqCst) >= 100 {
                    break;
                }
                thread::yield_now();
            }
            now.fetch_sub(50, Ordering::SeqCst);
            drop(held);
        };
        let done: Result<(), ()> = run(4, || jobs.next(), work, Ok);
        done.unwrap();
        assert_eq!(most.into_inner(), 100);
    }

    #[test]
    fn gives_back_what_was_held_and_no_more_than_all_to_one_who_asks_for_more() {
        let budget = Budget::new(100);
        let mut jobs = (0..500usize).map(|n| n % 130);
        let work = |bytes: usize| drop(budget.take(bytes));
        let done: Result<(), ()> = run(4, || jobs.next(), work, Ok);
        done.unwrap();
        assert_eq!(*lock(&budget.left), 100);
    }
}
