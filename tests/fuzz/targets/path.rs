//! Fuzz target: certificates and revocation lists, and the paths between them.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use siegelpost_fuzz::{checks, mutate};

fuzz_target!(|data: &[u8]| {
    let _ = checks::path(data);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::with(data, size, max_size, seed, mutate::change_pieces)
});
