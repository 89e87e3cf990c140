//! Names and addresses of Europe on every paper that carries them: whole, or refused with a clear word; never cut, never dropped.

use super::cast::*;
use siegelpost::domain::{DocumentKind, Language, Request};
use siegelpost::paper::{Letter, Office, PaperError, Recipient};

/// Given and family names, and whether every paper takes them.
const PEOPLE: [(&str, &str, bool); 12] = [
    ("Zoë Anna", "Muster-Österreicher", true),
    ("Ioana-Țăndărica", "Ștefănescu-Brâncoveanu", true),
    ("Świętosława Małgorzata", "Wałęsówna-Żółć", true),
    ("Růžena Ďáblice", "Dvořáková-Příhodová", true),
    ("Işıl Şükrüye İpek", "Çağlayan-Öztürk", true),
    ("Γεωργία Ελένη", "Παπαδοπούλου-Οικονόμου", true),
    (
        "Đurđica Łucja",
        "Müller-Hürlimann von Österreich-Großglockner",
        true,
    ),
    (
        "María de los Ángeles Inmaculada",
        "García Lorca y Fernández de Córdoba",
        true,
    ),
    ("Å", "Ø", true),
    (
        "Zoë",
        "Wolfeschlegelsteinhausenbergerdorffvoralternwarengewissenhaft",
        false,
    ),
    ("山田", "太郎", false),
    ("فاطمة", "محمد", false),
];

/// A text without blanks: lines break where they must.
fn run_together(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The pages of a paper as text without blanks.
fn pages(name: &str, pdf: &[u8]) -> Vec<String> {
    let text = run("pdftotext", &[file(name, pdf).to_str().expect("UTF-8"), "-"]);
    let pages = text.trim_end_matches('\u{c}').split('\u{c}').map(run_together);
    pages.collect()
}

/// All words of a paper with their boxes, in millimetres: left, top, right, bottom.
fn boxes(name: &str, pdf: &[u8]) -> Vec<(String, [f64; 4])> {
    let text = run(
        "pdftotext",
        &["-bbox", file(name, pdf).to_str().expect("UTF-8"), "-"],
    );
    let words = text.lines().filter(|l| l.trim_start().starts_with("<word "));
    words
        .map(|line| {
            let side = |key: &str| -> f64 {
                let (_, rest) = line.split_once(&format!("{key}=\"")).expect(key);
                let number = rest.split('"').next().expect("quoted");
                number.parse::<f64>().expect("a number") / 72.0 * 25.4
            };
            (line.to_owned(), ["xMin", "yMin", "xMax", "yMax"].map(side))
        })
        .collect()
}

type Printed = Result<Vec<u8>, PaperError>;

/// Every paper that carries a name, printed for a person.
fn papers(request: &Request) -> Vec<(&'static str, Printed)> {
    let (press, office) = (press(), Office::specimen());
    let input = set_input(request, &office);
    let one = Letter {
        recipient: Recipient {
            name: request.data.full_name(),
            address: request.data.address.clone(),
        },
        ..letter(request.data.language, 1)
    };
    vec![
        ("set", press.request_set(input).map(|set| set.pdf)),
        ("sets", press.request_sets(&[input])),
        ("revocation", press.revocation_request(input)),
        ("letter", press.letter(&one, TICKET).map(|pdf| pdf.to_vec())),
    ]
}

#[test]
fn every_name_stands_whole_on_every_paper_or_is_refused_with_a_clear_word() {
    let mut refused = 0;
    for language in Language::ALL {
        // The places are the same in every language, the words around them are not: the longest names stand in all.
        let is_tried = |n: usize| language == Language::De || (6..8).contains(&n);
        let people = PEOPLE.into_iter().enumerate().filter(|(n, _)| is_tried(*n));
        for (n, (given, family, is_taken)) in people {
            let mut asked = request(language, DocumentKind::Passport);
            asked.data.person.given_names = given.into();
            asked.data.person.family_name = family.into();
            for (paper, printed) in papers(&asked) {
                let name = format!("name-{paper}-{}-{n}", language.tag());
                match printed {
                    Ok(pdf) => {
                        for (page, text) in pages(&name, &pdf).iter().enumerate() {
                            for part in [given, family] {
                                assert!(
                                    text.contains(&run_together(part)),
                                    "{name}, page {}: {part}",
                                    page + 1
                                );
                            }
                        }
                        for (word, [left, top, right, bottom]) in boxes(&name, &pdf) {
                            let is_inside = left > 8.0 && right < 202.0 && top > 8.0 && bottom < 289.0;
                            assert!(is_inside, "{name}: in the outer 8 mm: {word}");
                        }
                    }
                    Err(error) => {
                        assert!(!is_taken, "{name}: {error}");
                        refused += 1;
                        let said = error.to_string();
                        let is_clear = match &error {
                            PaperError::TooLong { .. } => {
                                said.contains(family) && said.contains("shorten it")
                            }
                            PaperError::MissingGlyph { .. } => said.contains("write it with other letters"),
                            _ => false,
                        };
                        assert!(is_clear, "{name}: {said}");
                    }
                }
            }
        }
    }
    assert!(
        refused >= 2 * 4,
        "the letters that no font has are refused by every paper: {refused}"
    );
}

#[test]
fn addresses_have_up_to_six_lines_all_of_them_whole_and_a_seventh_is_refused() {
    for language in Language::ALL {
        let mut asked = request(language, DocumentKind::Passport);
        asked.data.person.family_name = "Müller-Hürlimann von Österreich-Großglockner".into();
        let address = &mut asked.data.address;
        address.care_of = Some("Familie Beispiel-Specimen".into());
        address.street = Some("Strada Ștefan cel Mare și Sfânt".into());
        address.house_number = Some("128bis".into());
        address.po_box = Some("1234".into());
        address.postcode = "300223".into();
        address.town = "Timișoara".into();
        address.country = "RO".into();
        for (paper, printed) in papers(&asked) {
            let name = format!("address-{paper}-{}", language.tag());
            let pdf = printed.unwrap_or_else(|e| panic!("{name}: {e}"));
            let text = pages(&name, &pdf).concat();
            if paper == "revocation" {
                continue;
            }
            for part in [
                "FamilieBeispiel-Specimen",
                "StradaȘtefancelMareșiSfânt128bis",
                "1234",
                "300223Timișoara",
            ] {
                assert!(text.contains(part), "{name}: {part} in {text}");
            }
            let country = match language {
                Language::De => "RUMÄNIEN",
                Language::Fr => "ROUMANIE",
                Language::It | Language::En => "ROMANIA",
            };
            assert!(text.contains(country), "{name}: {country}");
        }
        // A British address has a line for its postcode, which here is one too many for an envelope's window.
        asked.data.address.country = "GB".into();
        let of_letter = papers(&asked).pop().expect("the letter").1;
        match of_letter {
            Err(PaperError::Letter { problem, .. }) => {
                assert!(
                    problem.contains("has 7 lines, three to six are carried"),
                    "{problem}"
                );
            }
            other => panic!("{:?}", other.map(|pdf| pdf.len())),
        }
    }
}

#[test]
fn nothing_stands_in_the_outer_eight_millimetres_of_any_paper() {
    for (name, pdf) in all_papers() {
        for (word, [left, top, right, bottom]) in boxes(name, pdf) {
            let is_inside = left > 8.0 && right < 202.0 && top > 8.0 && bottom < 289.0;
            assert!(is_inside, "{name}: {word}");
        }
    }
}
