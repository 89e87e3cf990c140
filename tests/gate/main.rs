//! The gate against another implementation: what we write `openssl` reads, what `openssl` writes we judge rightly.

// The fuzz targets' own checks, so that what they found is checked without them.
#[path = "../fuzz/src/checks/mod.rs"]
mod fuzz_checks;

mod clients;
mod codes;
mod fuzz_cases;
mod knobs;
mod office;
mod paddings;
mod reads_ours;
mod reads_theirs;
mod verify_command;
