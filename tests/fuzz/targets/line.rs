//! Fuzz target: the printed line of a page.

#![no_main]

use libfuzzer_sys::fuzz_target;
use siegelpost_fuzz::checks::scans;

fuzz_target!(|data: &[u8]| scans::line(data));
