//! Fuzz target: the files of a mail, in MIME parts, ZIP archives, winmail.dat and uuencoded text.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use siegelpost_fuzz::{checks, mutate};

fuzz_target!(|data: &[u8]| checks::attachments(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::with(data, size, max_size, seed, mutate::change_attachment)
});
