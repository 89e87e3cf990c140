//! The papers for those who do not see them: judged by an independent checker, and what each page is made of.

use super::cast::*;
use super::tree::{elements, tags};
use std::path::PathBuf;
use std::process::Command;

#[test]
fn an_independent_checker_finds_no_fault_in_any_paper_of_any_language() {
    let outloud = installed("outloud/bin/outloud");
    // One window stands for all: they differ in two places. A judgement takes seconds.
    let is_judged = |name: &str| match name.split_once("-c") {
        Some(("letter" | "envelope", window)) => window.starts_with("5-6-right"),
        _ => !name.starts_with("sets-") && !name.starts_with("batch-"),
    };
    let files: Vec<PathBuf> = all_papers()
        .iter()
        .filter(|(name, _)| is_judged(name))
        .map(|(name, pdf)| file(&format!("ua-{name}"), pdf))
        .collect();
    let report = Command::new(outloud)
        .args(["--quiet", "--json", "-"])
        .args(&files)
        .output()
        .expect("it runs");
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).expect("JSON");
    let judged = report["results"].as_array().expect("results");
    assert_eq!(judged.len(), files.len());
    for one in judged {
        let findings = one["findings"].as_array().expect("findings");
        let errors: Vec<_> = findings.iter().filter(|f| f["severity"] == "error").collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", one["path"]);
        for warning in findings.iter().filter(|f| f["severity"] == "warning") {
            let rule = warning["rule"].as_str().expect("a rule");
            let is_test_page = one["path"].as_str().is_some_and(|p| p.contains("envelope"));
            let known = match rule {
                // A printed letter has nothing to click on: its mail address is text for a person to type.
                "LNK-010" => true,
                // The request to keep codes clear is for whoever stamps a page, so it is read out on each.
                "PAG-001" => true,
                // The frames of the test page are a picture of the window, not a table.
                "TBL-014" => is_test_page,
                _ => false,
            };
            assert!(known, "{}: {warning:#?}", one["path"]);
        }
    }
}

#[test]
fn every_language_of_a_paper_is_made_of_the_same_parts_in_the_same_order() {
    let mut kinds: Vec<(&str, String)> = Vec::new();
    for (name, pdf) in all_papers() {
        let (kind, _) = name.rsplit_once('-').expect("a language at the end");
        let found = tags(pdf);
        assert!(found.contains("  H1\n"), "{name} has a title:\n{found}");
        match kinds.iter().find(|(k, _)| *k == kind) {
            Some((_, first)) => assert_eq!(*first, found, "{name}"),
            None => kinds.push((kind, found)),
        }
    }
    let of = |kind: &str| &kinds.iter().find(|(k, _)| *k == kind).expect("printed").1;
    assert_eq!(
        of("set-passport").matches("Figure with words").count(),
        1,
        "the data code"
    );
    assert_eq!(of("letter").matches("   LI\n").count(), 5, "five steps");
    assert_eq!(
        of("letter").matches("Figure with words").count(),
        1,
        "the letter's code"
    );
    assert_eq!(
        of("revocation").matches("   LI\n").count(),
        9,
        "five reasons, four requesters"
    );
    assert!(of("delivery-note").contains("   TH\n") && of("delivery-note").contains("   TD\n"));
    let blank = of("blank");
    assert_eq!(
        blank.matches(" Form").count(),
        21 + 8,
        "fields to type in, boxes to click"
    );
}

#[test]
fn words_of_different_lines_are_kept_apart_for_those_who_hear_them() {
    for (name, pdf) in all_papers() {
        let read = run(
            "pdfinfo",
            &["-struct-text", file(name, pdf).to_str().expect("UTF-8")],
        );
        for joined in [
            "12a3003",
            "Muster-ÖsterreicherMusterstrasse",
            "13000 Bern",
            "00registration",
        ] {
            assert!(!read.contains(joined), "{name}: {joined} in {read}");
        }
    }
}

#[test]
fn every_figure_and_every_field_says_what_it_is() {
    for (name, pdf) in all_papers() {
        for element in elements(pdf) {
            let wants = matches!(element.role.as_str(), "Figure" | "Form");
            let says = element.alt.is_some() || element.tooltip.is_some();
            assert!(!wants || says, "{name}: {element:?}");
        }
    }
}
