//! Plays scanner, hand, RIO and holder for the demo, the samples, tests and benches.

pub mod cast;
pub mod container;
pub mod dice;
pub mod fax;
pub mod forge;
pub mod hand;
pub mod play;
pub mod scanner;
pub mod sheet;
pub mod specimen;
pub mod wear;
