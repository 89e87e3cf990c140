//! Plays scanner, hand, RIO and holder for the demo, the samples, tests and benches.
