//! The command line: one file per actor.
