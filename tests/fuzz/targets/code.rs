//! Fuzz target: what page codes and data codes hold, and the request in them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use siegelpost_fuzz::checks::scans;

fuzz_target!(|data: &[u8]| scans::code(data));
