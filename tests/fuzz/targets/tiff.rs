//! Fuzz target: TIFF files, opened and their pages decoded.

#![no_main]

use libfuzzer_sys::fuzz_target;
use siegelpost_fuzz::checks::scans;

fuzz_target!(|data: &[u8]| scans::scanned_file(data));
