//! Stations of one journey, each made once and handed out as a copy.

use crate::case::Step;
use crate::play::{MORNING, Play};
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The steps before which the office is kept.
const KEPT: [Step; 10] = [
    Step::Prestage,
    Step::Request,
    Step::Inbox,
    Step::Approve,
    Step::Issue,
    Step::Collect,
    Step::Render,
    Step::Print,
    Step::HandOver,
    Step::Unseal,
];

fn made() -> &'static [PathBuf] {
    static MADE: OnceLock<Vec<PathBuf>> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = crate::play::scratch().keep();
        let mut play = Play::found("the office of all stations");
        play.blank_card();
        let mut kept = vec![];
        for step in KEPT {
            play.go_on_to(step);
            let copy = folder.join(format!("{step:?}"));
            crate::play::copy_folder(&play.folder, &copy);
            kept.push(copy);
        }
        kept
    })
}

/// The office just before a step, an hour after the station before.
pub fn before(step: Step) -> Play {
    let n = KEPT.iter().position(|s| *s == step).expect("a station");
    let at = MORNING.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(n as i64 + 1);
    Play::from_copy(&made()[n], &format!("after the station {step:?}"), at)
}
