//! The files: sound, embedded, deterministic, archival, and proven by their manifest.

use super::cast::*;
use siegelpost::domain::Language;
use siegelpost::paper::Press;

#[test]
fn every_paper_is_a_sound_pdf_with_embedded_subset_fonts() {
    for (name, pdf) in all_papers() {
        let path = file(name, pdf);
        let path = path.to_str().expect("UTF-8");
        run("qpdf", &["--check", path]);
        let fonts = run("pdffonts", &[path]);
        let rows: Vec<_> = fonts.lines().skip(2).collect();
        assert!(!rows.is_empty());
        for row in rows {
            let columns: Vec<_> = row.split_whitespace().rev().collect();
            // From the right: object, generation; Unicode map, subset, embedded.
            assert_eq!(
                (columns[2], columns[3], columns[4]),
                ("yes", "yes", "yes"),
                "{name}: {row}"
            );
        }
        let info = run("pdfinfo", &[path]);
        assert!(info.contains("Tagged:          yes"), "{name}: {info}");
        assert!(pdf.len() < 75_000, "{name} has {} bytes", pdf.len());
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for ((name, first), (_, second)) in all_papers().iter().zip(print_all()) {
        assert!(*first == second, "{name}");
    }
}

#[test]
fn a_batch_is_sorted_for_the_post_and_its_manifest_proves_each_letter() {
    let to = |issue, country: &str, postcode: &str| {
        let mut l = letter(Language::En, issue);
        l.recipient.address.country = country.into();
        l.recipient.address.postcode = postcode.into();
        (l, ticket())
    };
    let mut batch = vec![to(1, "AT", "1010"), to(2, "CH", "8000"), to(3, "CH", "3000")];
    Press::sort_for_post(&mut batch);
    let (files, manifest) = press().letters(&batch).expect("printed");
    let pdf = &files[0].pdf;
    assert_eq!(files.len(), 1);
    let codes: Vec<_> = manifest
        .letters
        .iter()
        .map(|e| (e.country.as_str(), e.postcode.as_str(), e.page))
        .collect();
    assert_eq!(codes, [("CH", "3000", 1), ("CH", "8000", 2), ("AT", "1010", 3)]);
    // Another reader finds each sheet's bytes, and they are what the manifest hashes.
    let path = file("sorted", pdf);
    let path = path.to_str().expect("UTF-8");
    let contents: Vec<String> = run("qpdf", &["--show-pages", path])
        .lines()
        .zip(run("qpdf", &["--show-pages", path]).lines().skip(1))
        .filter(|(line, _)| line.trim() == "content:")
        .map(|(_, next)| {
            next.split_whitespace()
                .next()
                .expect("an object")
                .replace(",0", "")
        })
        .collect();
    assert_eq!(contents.len(), 3);
    for (entry, object) in manifest.letters.iter().zip(contents) {
        let sheet = std::process::Command::new("qpdf")
            .args([&format!("--show-object={object}"), "--filtered-stream-data", path])
            .output()
            .expect("qpdf runs");
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &sheet.stdout);
        assert_eq!(entry.sha256.0, hash.as_ref(), "sheet {}", entry.page);
    }
    let csv = String::from_utf8(manifest.to_csv()).expect("UTF-8");
    assert!(
        csv.starts_with("letter,file,page,sha256,country,postcode,language,envelope\r\n"),
        "{csv}"
    );
    let json = String::from_utf8(manifest.to_json()).expect("UTF-8");
    for text in [&csv, &json] {
        assert!(
            !text.contains(TICKET) && !text.contains("Muster"),
            "neither name nor eTicket"
        );
    }
    assert!(run("pdfinfo", &[file("sorted", pdf).to_str().expect("UTF-8")]).contains("Pages:           3"));
}

#[test]
fn each_envelope_and_language_has_a_print_file_of_its_own() {
    let other = |language, issue, window: &str| {
        let mut l = letter(language, issue);
        l.window = siegelpost::paper::WindowProfile::named(window).expect("built in");
        (l, ticket())
    };
    let batch = [
        other(Language::De, 1, "C5 left"),
        other(Language::Fr, 2, "C5 left"),
        other(Language::De, 3, "C5/6 right"),
        other(Language::De, 4, "C5 left"),
    ];
    let (files, manifest) = press().letters(&batch).expect("printed");
    let names: Vec<_> = files.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "letters-c5-left-de.pdf",
            "letters-c5-left-fr.pdf",
            "letters-c5-6-right-de.pdf"
        ]
    );
    let sheets: Vec<_> = manifest.files.iter().map(|f| f.sheets).collect();
    assert_eq!(sheets, [2, 1, 1]);
    for (file, told) in files.iter().zip(&manifest.files) {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &file.pdf);
        assert_eq!(
            (told.name.as_str(), &told.sha256.0[..]),
            (file.name.as_str(), hash.as_ref())
        );
    }
    let places: Vec<_> = manifest
        .letters
        .iter()
        .map(|l| (l.letter.issue(), l.file.as_str(), l.page))
        .collect();
    assert_eq!(
        places,
        [
            (1, names[0], 1),
            (4, names[0], 2),
            (2, names[1], 1),
            (3, names[2], 1)
        ]
    );
}
