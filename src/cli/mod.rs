//! The command line: one file per actor.

pub mod read;
