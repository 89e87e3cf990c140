//! Many people from one table: a CSV as office programs save it, row by row, with every wrong cell named.

use crate::domain::request::{DELIVERY, FIELDS, FieldProblem, UsualDelivery};
use crate::domain::{CardSerial, RequestData};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The most people of one table: more papers than anybody signs in a week.
const MAX_PEOPLE: usize = 1_000;

/// A wrong cell, or a wrong row.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The row as a table program counts it, the head being the first.
    pub row: u64,
    pub problem: FieldProblem,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let FieldProblem { path, problem } = &self.problem;
        match path.as_str() {
            "" => write!(f, "row {}: {problem}", self.row),
            path => write!(f, "row {}, column {path}: {problem}", self.row),
        }
    }
}

/// Why nobody can be read from a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file is no such table: what it is instead, and how to save one.
    #[error("{0}")]
    NoTable(String),
    #[error("{}", listed(.0))]
    Wrong(Vec<Wrong>),
}

fn listed(wrong: &[Wrong]) -> String {
    let lines: String = wrong.iter().map(|w| format!("  {w}\n")).collect();
    format!(
        "the table cannot be taken as it is:\n{lines}nothing was printed: correct these cells and run the same command again"
    )
}

fn no_table(what: impl Into<String>) -> TableError {
    TableError::NoTable(what.into())
}

/// The people of a CSV: the head has the dotted paths of [`FIELDS`], in any order; commas, semicolons or tabs part the cells. All
/// rows are checked, on the day `today` too, and none is taken when one is wrong.
///
/// # Errors
/// [`TableError::NoTable`] for a file that is none, [`TableError::Wrong`] with every wrong cell.
pub fn of_csv(
    bytes: &[u8],
    today: Date,
    usual: UsualDelivery,
) -> Result<Vec<(u64, RequestData)>, TableError> {
    // One kind of line end, so that rows are counted as table programs count them.
    let text = text_of(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    // What Excel writes ahead of the head for itself.
    let (told, text) = match text.split_once('\n') {
        Some((first, rest)) if first.len() == 5 && first.starts_with("sep=") => {
            (first.as_bytes().get(4).copied(), rest)
        }
        _ => (None, text.as_str()),
    };
    let skipped = u64::from(told.is_some());
    let delimiter = told.unwrap_or_else(|| delimiter_of(text));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let unreadable = |e: csv::Error| no_table(format!("the CSV cannot be read: {e}"));
    let head: Vec<String> = reader
        .headers()
        .map_err(unreadable)?
        .iter()
        .map(str::to_owned)
        .collect();
    let mut wrong = wrong_head(&head, skipped + 1);
    let mut people = Vec::new();
    let mut cards: BTreeMap<CardSerial, u64> = BTreeMap::new();
    let mut rows = Rows { text, at: 0, row: 1 };
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let begins = record.position().map_or(0, |p| p.byte() as usize);
        let row = rows.of(begins) + skipped;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if people.len() == MAX_PEOPLE {
            return Err(no_table(format!(
                "the table has more than {MAX_PEOPLE} people: part it into several files"
            )));
        }
        if record.len() != head.len() {
            let problem = format!(
                "has {} cells and the head has {}: a cell that holds the separator stands in double quotes",
                record.len(),
                head.len()
            );
            wrong.push(of_row(row, problem));
            continue;
        }
        // What the head has wrong is said once, not in each row.
        let is_known = |path: &str| path == "schema" || crate::domain::request::is_field(path);
        let cells = head
            .iter()
            .map(String::as_str)
            .zip(&record)
            .filter(|(path, _)| is_known(path));
        match RequestData::from_fields(cells, usual) {
            Ok(data) => {
                let found = data.problems(today).into_iter();
                wrong.extend(found.map(|problem| Wrong { row, problem }));
                if let Some(before) = cards.insert(data.card_serial, row) {
                    let path = "card_serial".into();
                    let problem =
                        format!("is the card of row {before} too: each person has a card of their own");
                    wrong.push(Wrong {
                        row,
                        problem: FieldProblem { path, problem },
                    });
                }
                people.push((row, data));
            }
            Err(problems) => {
                let there = problems.into_iter().filter(|p| head.contains(&p.path));
                wrong.extend(there.map(|problem| Wrong { row, problem }));
            }
        }
    }
    if people.is_empty() && wrong.is_empty() {
        return Err(no_table("the table has no people below its head"));
    }
    if wrong.is_empty() {
        Ok(people)
    } else {
        Err(TableError::Wrong(wrong))
    }
}

/// Counts rows on the way through a table.
struct Rows<'a> {
    text: &'a str,
    /// How far was counted, and the row there.
    at: usize,
    row: u64,
}

impl Rows<'_> {
    /// The row in which a record has its first letter; it begins at or before it, behind empty lines.
    fn of(&mut self, begins: usize) -> u64 {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(begins..).unwrap_or_default();
        let first = begins + rest.iter().take_while(|b| **b == b'\n').count();
        let passed = bytes.get(self.at..first).unwrap_or_default();
        self.row += passed.iter().filter(|b| **b == b'\n').count() as u64;
        self.at = self.at.max(first);
        self.row
    }
}

fn of_row(row: u64, problem: String) -> Wrong {
    Wrong {
        row,
        problem: FieldProblem {
            path: String::new(),
            problem,
        },
    }
}

/// The columns that are nobody's, there twice, or not there.
fn wrong_head(head: &[String], row: u64) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if head.len() == 1 {
        let problem = format!(
            "‘{}’ is one cell: part the columns by commas or semicolons",
            short(&head[0])
        );
        return vec![of_row(row, problem)];
    }
    for (n, path) in head.iter().enumerate() {
        let what = if head[..n].contains(path) {
            "is there twice"
        } else if path != "schema" && !crate::domain::request::is_field(path) {
            "is no field of a request"
        } else {
            continue;
        };
        let problem = format!(
            "column {} ‘{}’ {what}: siegelpost request example --csv prints a table with all columns",
            n + 1,
            short(path)
        );
        wrong.push(of_row(row, problem));
    }
    let is_there = |path: &str| head.iter().any(|h| h == path);
    for (path, _) in FIELDS.iter().filter(|(path, needed)| *needed && !is_there(path)) {
        wrong.push(of_row(row, format!("the column {path} is missing: add it")));
    }
    wrong
}

/// The beginning of a cell, for a message.
fn short(cell: &str) -> String {
    cell.chars().take(40).collect()
}

/// The sign that parts the cells of the head: the one that is most often there.
fn delimiter_of(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |sign: &u8| head.bytes().filter(|b| b == sign).count();
    // The last of equals is taken, so a head of one column is parted by commas.
    *b"\t;,"
        .iter()
        .max_by_key(|sign| count(sign))
        .expect("there are three")
}

/// The text of a file in UTF-8, without its mark; other encodings are named, with where it shows.
fn text_of(bytes: &[u8]) -> Result<&str, TableError> {
    let how = "in Excel: save as ‘CSV UTF-8’; in LibreOffice: character set Unicode (UTF-8)";
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(no_table(format!(
            "the CSV is in UTF-16, and UTF-8 is read; {how}"
        )));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(no_table(format!(
            "the file is a workbook or an archive, not a CSV; {how}"
        )));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        let row = bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
        // The letters around it as Windows would show them, so that the place is found.
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80;
        let from = bytes[..at].iter().rposition(|b| !is_word(b)).map_or(0, |n| n + 1);
        let to = bytes[at..].iter().position(|b| !is_word(b)).map_or(bytes.len(), |n| at + n);
        let word: String = bytes[from..to.min(from + 40)].iter().map(|b| char::from(*b)).collect();
        no_table(format!(
            "the CSV is not in UTF-8: row {row} has ‘{word}’ in another encoding, Windows-1252 most likely; {how}"
        ))
    })?;
    if text.contains('\0') {
        return Err(no_table(format!("the file holds binary data, not a CSV; {how}")));
    }
    Ok(text)
}

/// A table with all columns and one person, as Swiss table programs open it: with semicolons, and the mark of UTF-8.
pub fn example(person: &RequestData) -> Vec<u8> {
    let json = serde_json::to_value(person).expect("request data are plain data");
    let cell = |path: &str| {
        let found = path.split('.').try_fold(&json, |at, key| at.get(key));
        found.and_then(|v| v.as_str()).unwrap_or_default().to_owned()
    };
    let paths = || FIELDS.iter().map(|(path, _)| *path).chain([DELIVERY]);
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xEF\xBB\xBF".to_vec());
    writer
        .write_record(paths())
        .expect("writing to memory does not fail");
    writer
        .write_record(paths().map(cell))
        .expect("writing to memory does not fail");
    writer.into_inner().expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Delivery, SiteId};
    use crate::rehearsal::cast;

    const TODAY: Date = jiff::civil::date(2026, 3, 1);

    fn by_post(_: &SiteId) -> Delivery {
        Delivery::Post
    }

    fn read(bytes: &[u8]) -> Result<Vec<(u64, RequestData)>, TableError> {
        of_csv(bytes, TODAY, &by_post)
    }

    /// A table of so many people, each with a card of their own.
    fn table(people: u32) -> String {
        let text = String::from_utf8(example(&cast::example())).expect("UTF-8");
        let (head, row) = text
            .trim_start_matches('\u{feff}')
            .split_once("\r\n")
            .expect("two lines");
        let serial = cast::example().card_serial.to_string();
        let rows = (0..people).map(|n| {
            row.trim_end()
                .replace(&serial, &CardSerial::from_number(100_500_000 + n).to_string())
        });
        [head.to_owned()]
            .into_iter()
            .chain(rows)
            .collect::<Vec<_>>()
            .join("\r\n")
    }

    fn said(bytes: &[u8]) -> String {
        read(bytes).expect_err("refused").to_string()
    }

    #[test]
    fn the_example_is_read_as_the_person_it_shows() {
        let people = read(&example(&cast::example())).expect("good");
        assert_eq!(people, [(2, cast::example())]);
    }

    #[test]
    fn tables_are_read_however_the_program_that_saved_them_parts_cells_and_ends_lines() {
        let plain = table(3);
        let expected = read(plain.as_bytes()).expect("good");
        assert_eq!(
            expected.iter().map(|(row, _)| *row).collect::<Vec<_>>(),
            [2, 3, 4]
        );
        for other in [
            plain.replace("\r\n", "\n"),
            format!("\u{feff}{plain}\r\n"),
            plain.replace(';', ","),
            plain.replace(';', "\t"),
        ] {
            assert_eq!(read(other.as_bytes()).expect("good"), expected);
        }
        let told = format!("sep=;\r\n{plain}");
        assert_eq!(
            read(told.as_bytes()).expect("good")[0].0,
            3,
            "rows as the table program counts them"
        );
        let empty_rows = format!("{plain}\r\n;;;;;;;;;;;;;;;;;;;;;;\r\n\r\n");
        assert_eq!(read(empty_rows.as_bytes()).expect("good"), expected);
        let parted = plain.replacen("\r\n", "\r\n\r\n\r\n", 2);
        let rows: Vec<u64> = read(parted.as_bytes())
            .expect("good")
            .iter()
            .map(|(row, _)| *row)
            .collect();
        assert_eq!(rows, [4, 7, 8]);
    }

    #[test]
    fn a_wrong_cell_is_said_with_its_row_its_column_and_what_to_do_and_nobody_is_taken() {
        let text = table(20);
        let mut lines: Vec<String> = text.split("\r\n").map(str::to_owned).collect();
        let person = cast::example();
        let birth = person.person.birth_date.to_string();
        lines[16] = lines[16].replacen(&birth, "31.02.1990", 1);
        lines[18] = lines[18]
            .replacen(&person.address.postcode, "30", 1)
            .replacen(&person.mail, "nobody", 1);
        let found = said(lines.join("\r\n").as_bytes());
        assert!(
            found.contains("row 17, column person.birth_date: ‘31.02.1990’ is no date: write it as 31.01.1990 or 1990-01-31"),
            "{found}"
        );
        assert!(
            found.contains("row 19, column address.postcode: ‘30’ is no Swiss postcode of four digits"),
            "{found}"
        );
        assert!(
            found.contains("row 19, column mail: ‘nobody’ is no mail address"),
            "{found}"
        );
        assert!(found.contains("nothing was printed"), "{found}");
        assert_eq!(found.matches("  row ").count(), 3, "{found}");
    }

    #[test]
    fn a_card_that_two_people_have_is_said() {
        let text = table(2);
        let second = CardSerial::from_number(100_500_001).to_string();
        let found = said(
            text.replace(&second, &CardSerial::from_number(100_500_000).to_string())
                .as_bytes(),
        );
        assert!(
            found.contains("row 3, column card_serial: is the card of row 2 too"),
            "{found}"
        );
    }

    #[test]
    fn a_head_that_lacks_doubles_or_invents_a_column_is_said_once() {
        let text = table(2);
        for (from, to, part) in [
            ("mail;", "e-mail;", "column 7 ‘e-mail’ is no field"),
            ("mail;", "e-mail;", "the column mail is missing"),
            (
                "address.town",
                "address.postcode",
                "‘address.postcode’ is there twice",
            ),
        ] {
            let found = said(text.replacen(from, to, 1).as_bytes());
            assert!(found.contains(part), "{found}");
            assert_eq!(found.matches(part).count(), 1, "{found}");
        }
        assert!(said(b"name surname mail\nA B c\n").contains("is one cell"));
        assert!(said(text.lines().next().expect("a head").as_bytes()).contains("no people"));
    }

    #[test]
    fn a_row_with_too_many_or_too_few_cells_is_said() {
        let text = format!("{}\r\nde;Muster", table(1));
        assert!(
            said(text.as_bytes()).contains("row 3: has 2 cells and the head has 23"),
            "{}",
            said(text.as_bytes())
        );
    }

    #[test]
    fn another_encoding_is_named_with_where_it_shows_and_how_to_save_the_file() {
        let mut latin = table(2).into_bytes();
        latin.extend_from_slice(b"\r\nde;M\xFCller;Zo\xEB");
        let found = said(&latin);
        assert!(found.contains("row 4 has ‘Müller’"), "{found}");
        assert!(
            found.contains("Windows-1252") && found.contains("CSV UTF-8"),
            "{found}"
        );
        let wide: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain(table(1).encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert!(said(&wide).contains("UTF-16"));
        assert!(said(b"PK\x03\x04 xlsx").contains("workbook"));
    }
}
