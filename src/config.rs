//! The configuration: one file, one struct per actor.
