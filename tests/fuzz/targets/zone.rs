//! Fuzz target: the machine-readable zone of a travel document.

#![no_main]

use libfuzzer_sys::fuzz_target;
use siegelpost_fuzz::checks::scans;

fuzz_target!(|data: &[u8]| scans::zone(data));
