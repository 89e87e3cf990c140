//! Fuzz target: header fields and addresses, alone and around a good mail.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use siegelpost_fuzz::{checks, mutate};

fuzz_target!(|data: &[u8]| checks::header(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::with(data, size, max_size, seed, mutate::change_mail)
});
