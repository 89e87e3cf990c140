//! What is read of papers that fared badly: at least a thousand pages, made from our own papers by the rehearsal, the same in
//! every run. Counts what was read, what was missing and what was wrong, and what each stage cost.
//!
//! `cargo bench --features full --bench scan -- [--quick] [--every N] [--only TEXT] [--keep DIR] [--beside PYTHON] [--failures]`

#[path = "scan/cases.rs"]
mod cases;
#[path = "scan/containers.rs"]
mod containers;
#[path = "scan/measure.rs"]
mod measure;
#[path = "scan/score.rs"]
mod score;
#[path = "scan/screen.rs"]
mod screen;

use cases::{Bench, Case, Severity};
use containers::Container;
use measure::StageTimes;
use score::{Score, Tally};
use siegelpost::adapters::rasterise::ChildRasteriser;
use siegelpost::paper::{Overlay, Press};
use siegelpost::scan::Reader;
use std::collections::BTreeMap;
use std::path::PathBuf;

struct Wishes {
    quick: bool,
    every: usize,
    only: Option<String>,
    keep: Option<PathBuf>,
    beside: Option<PathBuf>,
    failures: bool,
}

fn wishes() -> Wishes {
    let mut wishes = Wishes {
        quick: false,
        every: 1,
        only: None,
        keep: None,
        beside: None,
        failures: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--quick" => wishes.quick = true,
            "--failures" => wishes.failures = true,
            "--every" => wishes.every = value().parse().expect("a number"),
            "--only" => wishes.only = Some(value()),
            "--keep" => wishes.keep = Some(value().into()),
            "--beside" => wishes.beside = Some(value().into()),
            // What cargo itself hands in.
            "--bench" => {}
            other => panic!("{other} is not known"),
        }
    }
    if wishes.quick {
        wishes.every = 9;
    }
    wishes
}

fn main() {
    let wishes = wishes();
    let mut bench = Bench::new();
    let times = StageTimes::default();
    let rasterise = ChildRasteriser::new(env!("CARGO_BIN_EXE_siegelpost").into());
    let press = Press::new(&Overlay::new()).expect("the built-in templates are good");
    let reader = Reader::new(&rasterise).with_press(&press).with_onlooker(&times);
    let mut by_severity: BTreeMap<Severity, Tally> = BTreeMap::new();
    let mut by_fault: BTreeMap<(Severity, &str), Tally> = BTreeMap::new();
    let mut by_form: BTreeMap<String, Tally> = BTreeMap::new();
    let mut kept = measure::Kept::in_folder(wishes.keep.as_deref().or(wishes.beside.as_ref().map(|_| {
        // Beside means the same files are handed to the others.
        std::path::Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/scans"))
    })));
    let cases: Vec<Case> = cases::all()
        .into_iter()
        .enumerate()
        .filter(|(i, _)| i % wishes.every == 0)
        .map(|c| c.1)
        .filter(|c| {
            wishes
                .only
                .as_ref()
                .is_none_or(|only| c.name().contains(only.as_str()))
        })
        .collect();
    let cases = if containers::writes_jpeg_2000() {
        cases
    } else {
        let (able, unable): (Vec<Case>, Vec<Case>) =
            cases.into_iter().partition(|c| c.form != Container::Jpeg2000);
        println!(
            "LEFT OUT: {} sets in JPEG 2000, which nothing here writes: install opj_compress (libopenjp2-tools)\n",
            unable.len()
        );
        able
    };
    for (n, case) in cases.iter().enumerate() {
        let document = bench.document(case);
        let files: Vec<(&str, &[u8])> = document
            .files
            .iter()
            .map(|(n, b)| (n.as_str(), b.as_slice()))
            .collect();
        let began = measure::Spent::now();
        let scan = reader.read_files(&files);
        let spent = began.since();
        let score = Score::of(&scan, &document, spent);
        kept.add(n, case, &document, &score);
        if wishes.failures && !score.good() {
            println!("{}: {}", case.name(), score.told(&scan));
        }
        by_severity.entry(case.severity).or_default().add(&score);
        by_fault
            .entry((case.severity, case.fault))
            .or_default()
            .add(&score);
        by_form.entry(format!("{:?}", case.form)).or_default().add(&score);
        if n % 10 == 9 {
            eprintln!("{} of {}", n + 1, cases.len());
        }
    }
    Tally::head("severity");
    for (severity, tally) in &by_severity {
        tally.row(&format!("{severity:?}").to_lowercase());
    }
    if let Some(forged) = by_severity.get(&Severity::Forged) {
        println!(
            "\nchanged papers that passed without a problem: {}",
            forged.unseen()
        );
    }
    println!();
    Tally::head("fault");
    for ((severity, fault), tally) in &by_fault {
        tally.row(&format!("{severity:?} {fault}").to_lowercase());
    }
    println!();
    Tally::head("form");
    for (form, tally) in &by_form {
        tally.row(form);
    }
    println!();
    times.table();
    if let Some(python) = &wishes.beside {
        kept.beside(python);
    }
}
