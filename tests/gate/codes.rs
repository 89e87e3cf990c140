//! The README's table of codes is the one that the program goes by.

use siegelpost::smime::Code;

const README: &str = include_str!("../../README.md");

fn table() -> Vec<Vec<String>> {
    let section = README
        .split("### Codes of the mail gate\n")
        .nth(1)
        .expect("the README has the section");
    section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

#[test]
fn the_readme_lists_every_code_gravest_first() {
    let wanted: Vec<Vec<String>> = Code::ALL
        .iter()
        .map(|code| {
            [
                format!("`{code}`"),
                code.meaning().into(),
                code.source().into(),
                code.advice().into(),
            ]
            .into()
        })
        .collect();
    let lines: Vec<String> = wanted
        .iter()
        .map(|row| format!("| {} |", row.join(" | ")))
        .collect();
    assert_eq!(table(), wanted, "the table should be:\n{}", lines.join("\n"));
}

#[test]
fn every_code_says_what_it_means_whose_rule_it_is_and_what_to_do() {
    for code in Code::ALL {
        for text in [code.meaning(), code.source(), code.advice()] {
            assert!(
                text.len() > 10 && !text.contains('|') && !text.contains('\n'),
                "{code}: {text}"
            );
        }
        assert!(
            code.meaning().ends_with('.') && code.advice().ends_with('.'),
            "{code}"
        );
    }
}
