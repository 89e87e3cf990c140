//! The blank form: filled in by a program that is not ours, and read back.

use super::cast::*;
use siegelpost::domain::request::{DELIVERY, FIELDS};
use siegelpost::domain::{Delivery, DocumentKind, Language, RequestData};
use siegelpost::paper::form;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Fills a form in with PyMuPDF, which comes with the accessibility checker. Returns the filled file and the names of all fields.
pub fn filled(name: &str, form: &Path, values: &BTreeMap<&str, String>) -> (PathBuf, BTreeSet<String>) {
    let answers = file(name, &serde_json::to_vec(values).expect("plain data"));
    let target = file(&format!("{name}-filled"), &[]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/papers/fill.py");
    let python = super::cast::installed("outloud/bin/python");
    let out = Command::new(python)
        .arg(script)
        .args([form, &answers, &target])
        .output()
        .expect("Python runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    (
        target,
        serde_json::from_slice(&out.stdout).expect("a list of names"),
    )
}

/// What somebody types who is asked for these data.
pub fn typed(data: &RequestData) -> BTreeMap<&'static str, String> {
    let json = serde_json::to_value(data).expect("plain data");
    let paths = FIELDS.iter().map(|(path, _)| *path).chain([DELIVERY]);
    paths
        .filter_map(|path| {
            let value = path.split('.').try_fold(&json, |at, key| at.get(key))?;
            Some((path, value.as_str()?.to_owned()))
        })
        .collect()
}

#[test]
fn a_form_filled_in_on_a_screen_is_read_back_in_every_language_with_every_letter() {
    for language in Language::ALL {
        let mut data = request(language, DocumentKind::IdentityCard).data;
        data.person.given_names = "Ştefania Đurđica Γεωργία Ełżbieta Růžena".into();
        data.person.ahv = None;
        data.delivery = Delivery::Rio;
        let blank = press()
            .blank_form(language, &siegelpost::paper::Office::specimen(), TODAY)
            .expect("printed");
        let name = format!("form-{}", language.tag());
        let mut values = typed(&data);
        values.insert("note", "bis Freitag".into());
        // Dates as people in Switzerland write them.
        values.insert("person.birth_date", "31.01.1990".into());
        let (path, names) = filled(&format!("{name}-values"), &file(&name, &blank), &values);
        let known: BTreeSet<String> = FIELDS
            .iter()
            .map(|(path, _)| *path)
            .chain([DELIVERY, "note"])
            .map(str::to_owned)
            .collect();
        assert_eq!(names, known, "every field of a request has its place on the form");
        let mut read = form::read(&std::fs::read(path).expect("written")).expect("filled in");
        assert_eq!(read.remove("note").as_deref(), Some("bis Freitag"));
        let fields = read.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        assert_eq!(RequestData::from_fields(fields, &|_| Delivery::Post), Ok(data));
    }
}

#[test]
fn a_form_that_nobody_filled_in_and_papers_without_fields_say_so() {
    for name in ["blank-de", "letter-de"] {
        let (_, pdf) = all_papers()
            .iter()
            .find(|(found, _)| found == name)
            .expect("printed");
        assert_eq!(form::read(pdf), Err(form::FormError::NoFields), "{name}");
    }
}
