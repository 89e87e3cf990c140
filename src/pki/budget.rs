//! What one judgement may cost: a sender's certificates can make paths without number, and each step is work.

use std::cell::Cell;

/// Pairs of a certificate and a possible issuer that are looked at. Certificates of one name and key make exponentially many.
const MAX_STEPS: usize = 512;
/// Paths to an anchor whose signatures hold and that are judged whole. Cross-certified authorities have two or three.
const MAX_PATHS: usize = 32;
/// Certificates tried as signers of CRLs that their issuer did not sign itself: each may mean hashing the whole list. Senders can
/// send namesakes; an office has some dozens of such lists.
const MAX_CHECKS: usize = 256;

/// The budget of one judgement, the paths of those who sign CRLs included.
#[derive(Debug, Default)]
pub(super) struct Budget {
    steps: Cell<usize>,
    paths: Cell<usize>,
    checks: Cell<usize>,
}

impl Budget {
    /// Takes one step; `false` when there is none left.
    pub fn step(&self) -> bool {
        take(&self.steps, MAX_STEPS)
    }

    /// Takes one path; `false` when there is none left.
    pub fn path(&self) -> bool {
        take(&self.paths, MAX_PATHS)
    }

    /// Takes one certificate that may have signed a CRL; `false` when there is none left.
    pub fn check(&self) -> bool {
        take(&self.checks, MAX_CHECKS)
    }

    /// Whether something was asked for that was not left.
    pub fn is_spent(&self) -> bool {
        self.steps.get() > MAX_STEPS || self.paths.get() > MAX_PATHS || self.checks.get() > MAX_CHECKS
    }
}

fn take(cell: &Cell<usize>, limit: usize) -> bool {
    cell.set(cell.get().saturating_add(1).min(limit + 1));
    cell.get() <= limit
}
