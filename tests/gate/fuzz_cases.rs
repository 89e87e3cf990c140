//! What fuzzing found stays found: every case that was kept, and every seed, is checked again.

use crate::fuzz_checks::{self, office::sample, seeds};
use siegelpost::smime::{Verdict, verify};
use std::fs;
use std::path::Path;

/// The targets of files that are kept, as folders.
#[test]
fn every_case_that_was_kept_holds() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/cases");
    let mut count = 0;
    for folder in fs::read_dir(&cases).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let target = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for case in fs::read_dir(&folder).unwrap() {
            let case = fs::read(case.unwrap().path()).unwrap();
            assert!(fuzz_checks::run(&target, &case), "there is no target {target}");
            count += 1;
        }
    }
    assert!(count > 0, "no case is kept");
}

#[test]
fn every_seed_holds() {
    for target in seeds::TARGETS {
        for seed in seeds::of(target).unwrap() {
            assert!(fuzz_checks::run(target, &seed));
        }
    }
}

/// Were they refused, nothing would be asked of what is accepted.
#[test]
fn good_seeds_are_accepted() {
    let sample = sample();
    for mail in [&sample.detached, &sample.opaque] {
        let judgement = verify(mail, &sample.question(&[]));
        assert_eq!(judgement.verdict(), Verdict::Accept, "{:?}", judgement.reasons());
    }
    let accepted = seeds::of("mail")
        .unwrap()
        .iter()
        .filter(|mail| verify(mail, &sample.question(&[&sample.opener])).verdict() == Verdict::Accept)
        .count();
    assert!(accepted >= 11, "{accepted} mails are accepted");
    let paths = seeds::of("path").unwrap();
    let accepted = paths.iter().filter(|p| fuzz_checks::path(p)).count();
    assert!(accepted >= 12, "{accepted} of {} paths are accepted", paths.len());
    let good = fuzz_checks::path(&seeds::by_ocsp("officers/rio-bern", false));
    assert!(good, "an OCSP response is not understood");
}
