//! The samples: made by code with fixed keys and dates, read by the real program, and by programs that are not ours.
//!
//! When something no longer matches, `SIEGELPOST_SAMPLES=write cargo test --test samples` writes the samples anew; what changed
//! is then seen in the difference and must be meant.

mod inbox;
mod mails;
mod office;
mod others_read;
mod papers;
mod program;
mod scans;
mod tree;

use std::sync::OnceLock;
use tree::Tree;

/// All that code makes, made once.
fn made() -> &'static Tree {
    static MADE: OnceLock<Tree> = OnceLock::new();
    MADE.get_or_init(|| {
        let office = office::Office::found();
        let mut tree = Tree::default();
        office.public_side(&mut tree);
        papers::make(&office, &mut tree);
        scans::make(&office, &mut tree);
        // Mails carry the scans as they lie there: bytes of a renderer may differ from one processor to the next.
        tree.settle();
        mails::make(&office, &mut tree);
        tree.settle();
        tree
    })
}

#[test]
fn the_samples_are_what_the_code_makes() {
    made().complain();
}

#[test]
fn nothing_lies_among_the_samples_that_nobody_checks() {
    let strangers = made().strangers();
    assert!(
        strangers.is_empty(),
        "made by nobody, checked by nobody: {strangers:#?}"
    );
}
