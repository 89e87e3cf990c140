//! Fuzz target: CMS data, as signed data and inside mails.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use siegelpost_fuzz::{checks, mutate};

fuzz_target!(|data: &[u8]| checks::cms(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::with(data, size, max_size, seed, |der, dice| {
        mutate::change_der(der, "cms", dice)
    })
});
