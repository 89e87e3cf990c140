//! Named points at which a run can be ended: by a test within the process, or by the environment for the whole program.

use crate::ports::{Interrupted, Waypoint, Waypoints};
use std::sync::Mutex;

/// The variable that names a point, and how often it is passed before the end: `IssueReserved` or `IssueReserved:2`.
pub const VARIABLE: &str = "SIEGELPOST_END_AT";

/// Lets everything pass, unless the environment names a point: there the process dies at once, as by a power cut.
pub struct FromEnvironment(Mutex<Option<(String, u32)>>);

impl FromEnvironment {
    /// Reads the variable.
    pub fn new() -> FromEnvironment {
        let wanted = std::env::var(VARIABLE)
            .ok()
            .map(|text| match text.split_once(':') {
                Some((name, nth)) => (name.to_owned(), nth.parse().unwrap_or(1)),
                None => (text, 1),
            });
        FromEnvironment(Mutex::new(wanted))
    }
}

impl Default for FromEnvironment {
    fn default() -> Self {
        FromEnvironment::new()
    }
}

impl Waypoints for FromEnvironment {
    fn pass(&self, at: Waypoint) -> Result<(), Interrupted> {
        let mut wanted = self.0.lock().unwrap_or_else(|p| p.into_inner());
        if let Some((name, left)) = wanted.as_mut()
            && *name == format!("{at:?}")
        {
            *left = left.saturating_sub(1);
            if *left == 0 {
                std::process::abort();
            }
        }
        Ok(())
    }
}

/// Ends a run within the process at a point, once: everything after it is as if the power had gone.
#[derive(Default)]
pub struct EndOnce(Mutex<Option<Waypoint>>);

impl EndOnce {
    /// Ends the next run that passes this point.
    pub fn end_at(&self, at: Waypoint) {
        *self.0.lock().unwrap_or_else(|p| p.into_inner()) = Some(at);
    }

    /// The point that was asked for and not passed yet.
    pub fn pending(&self) -> Option<Waypoint> {
        *self.0.lock().unwrap_or_else(|p| p.into_inner())
    }
}

impl Waypoints for EndOnce {
    fn pass(&self, at: Waypoint) -> Result<(), Interrupted> {
        let mut wanted = self.0.lock().unwrap_or_else(|p| p.into_inner());
        if *wanted == Some(at) {
            *wanted = None;
            return Err(Interrupted(at));
        }
        Ok(())
    }
}
