//! The machine-readable zone of a travel document (ICAO 9303, parts 3 to 5): taken only when every check digit holds.

use super::reading::TravelDocumentReading;
use jiff::civil::Date;

/// Lines and characters a line of TD3, the passport's data page (part 4).
pub const TD3: (usize, usize) = (2, 44);
/// Lines and characters a line of TD1, the identity card (part 5).
pub const TD1: (usize, usize) = (3, 30);

/// Lines and characters a line of TD2, the larger identity card (part 6).
pub const TD2: (usize, usize) = (2, 36);

/// Runs of cells, each as its first and the one after its last.
type Cells = &'static [(usize, usize)];

/// Whether a character may stand in a cell of a zone of this form: letters, digits or both (parts 4 to 6, data elements).
pub fn allowed(form: (usize, usize), line: usize, cell: usize, character: char) -> bool {
    let (digits, letters): (Cells, Cells) = match (form.0, line) {
        (2, 0) => (&[], &[(0, 44)]),
        // The check digit of a long number stands at that number's end, and a filler here.
        (2, _) if form == TD2 => (&[(13, 20), (21, 28), (35, 36)], &[(10, 13), (20, 21)]),
        (2, _) => (&[(9, 10), (13, 20), (21, 28), (43, 44)], &[(10, 13), (20, 21)]),
        (_, 0) => (&[], &[(0, 5)]),
        (_, 1) => (&[(0, 7), (8, 15), (29, 30)], &[(7, 8), (15, 18)]),
        _ => (&[], &[(0, 30)]),
    };
    let within = |ranges: Cells| ranges.iter().any(|(from, to)| (*from..*to).contains(&cell));
    let number_check = match form {
        TD1 => (0, 14),
        TD2 => (1, 9),
        _ => (0, usize::MAX),
    };
    if (line, cell) == number_check {
        character.is_ascii_digit() || character == '<'
    } else if within(digits) {
        character.is_ascii_digit()
    } else if within(letters) {
        character.is_ascii_uppercase() || character == '<'
    } else {
        true
    }
}

/// Whether a check digit covers a cell of a zone of this form, so that a misreading there shows. None covers the document's kind,
/// its issuer, the names, the nationality and the sex.
pub fn is_checked((lines, _): (usize, usize), line: usize, cell: usize) -> bool {
    match (lines, line) {
        (2, 1) => !matches!(cell, 10..=12 | 20),
        (3, 0) => cell >= 5,
        (3, 1) => !matches!(cell, 7 | 15..=17),
        _ => false,
    }
}

/// The check digit of some characters (part 3, section 4.9: weights 7 3 1, modulo 10); `None` for others than 0–9 A–Z `<`.
pub fn check_digit(text: &str) -> Option<char> {
    let sum = text.bytes().enumerate().try_fold(0u32, |sum, (i, b)| {
        let value = match b {
            b'0'..=b'9' => b - b'0',
            b'A'..=b'Z' => b - b'A' + 10,
            b'<' => 0,
            _ => return None,
        };
        Some(sum + u32::from(value) * [7, 3, 1][i % 3])
    })?;
    char::from_digit(sum % 10, 10)
}

/// Reads the lines of a zone; two-digit years are taken as the century that fits a document valid around `year`.
///
/// `None` unless every check digit holds, so that a value is never a misreading, and names are letters.
pub fn parse(lines: &[String], year: i16) -> Option<TravelDocumentReading> {
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'<';
    let sized = |(count, length): (usize, usize)| {
        lines.len() == count && lines.iter().all(|l| l.len() == length && l.bytes().all(plain))
    };
    if sized(TD3) {
        let (first, second) = (&lines[0], &lines[1]);
        let composite = [&second[0..10], &second[13..20], &second[21..43]].concat();
        let personal = &second[28..42];
        let personal_holds = holds(personal, &second[42..43])
            || (second.as_bytes()[42] == b'<' && personal.bytes().all(|b| b == b'<'));
        if !first.starts_with('P') || !personal_holds || !holds(&composite, &second[43..44]) {
            return None;
        }
        reading(
            "TD3",
            &first[5..],
            checked_number(&second[0..9], &second[9..10], "")?,
            &first[2..5],
            (&second[13..20], &second[21..28]),
            year,
        )
    } else if sized(TD2) {
        let (first, second) = (&lines[0], &lines[1]);
        let composite = [&second[0..10], &second[13..20], &second[21..35]].concat();
        if !matches!(first.as_bytes()[0], b'A' | b'C' | b'I') || !holds(&composite, &second[35..36]) {
            return None;
        }
        reading(
            "TD2",
            &first[5..],
            checked_number(&second[0..9], &second[9..10], &second[28..35])?,
            &first[2..5],
            (&second[13..20], &second[21..28]),
            year,
        )
    } else if sized(TD1) {
        let [first, second, third] = lines else {
            return None;
        };
        let composite = [&first[5..30], &second[0..7], &second[8..15], &second[18..29]].concat();
        if !matches!(first.as_bytes()[0], b'A' | b'C' | b'I') || !holds(&composite, &second[29..30]) {
            return None;
        }
        reading(
            "TD1",
            third,
            checked_number(&first[5..14], &first[14..15], &first[15..30])?,
            &first[2..5],
            (&second[0..7], &second[8..15]),
            year,
        )
    } else {
        None
    }
}

fn holds(text: &str, check: &str) -> bool {
    check_digit(text).is_some_and(|c| check.starts_with(c))
}

/// The number of a document when its check digit holds. One of more than nine characters goes on in the field for optional data,
/// its check digit after it, and has a filler where the digit stands otherwise (part 5, 4.2.2 note j, and part 6, 4.2.2).
fn checked_number(number: &str, check: &str, optional: &str) -> Option<String> {
    if check != "<" || number.contains('<') {
        return holds(number, check).then(|| number.trim_end_matches('<').to_owned());
    }
    let rest = optional.split('<').next()?;
    let (rest, check) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    let whole = format!("{number}{rest}");
    (!rest.is_empty() && holds(&whole, check)).then_some(whole)
}

/// What all formats have; each date comes with its check digit.
fn reading(
    format: &'static str,
    names: &str,
    number: String,
    issuer: &str,
    (birth, expiry): (&str, &str),
    year: i16,
) -> Option<TravelDocumentReading> {
    if !holds(&birth[..6], &birth[6..]) || !holds(&expiry[..6], &expiry[6..]) {
        return None;
    }
    // No check digit covers the names.
    if names.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let (surname, given) = names.split_once("<<").unwrap_or((names, ""));
    let spaced = |text: &str| {
        text.split('<')
            .filter(|p| !p.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let surname = spaced(surname);
    // A document is valid for ten years at most and read within some decades; a holder is born before today.
    let expiry = date(&expiry[..6], |y| (y - year).abs(), year)?;
    let birth_date = date(&birth[..6], |y| if y > year { i16::MAX } else { year - y }, year)?;
    (!surname.is_empty()).then(|| TravelDocumentReading {
        format,
        number,
        surname,
        given_names: spaced(given),
        birth_date,
        expiry,
        issuer: issuer.trim_end_matches('<').to_owned(),
        checks_ok: true,
    })
}

/// `YYMMDD` in the century that lies nearest by `far`.
fn date(text: &str, far: impl Fn(i16) -> i16, year: i16) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i8>().ok();
    let (yy, month, day) = (i16::from(number(0..2)?), number(2..4)?, number(4..6)?);
    let century = year / 100 * 100;
    let full = [century - 100 + yy, century + yy, century + 100 + yy]
        .into_iter()
        .min_by_key(|y| far(*y))?;
    Date::new(full, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|l| (*l).to_owned()).collect()
    }

    #[test]
    fn the_specimens_of_the_standard_are_read() {
        let passport = lines(&[
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        ]);
        let read = parse(&passport, 2011).expect("all check digits hold");
        assert_eq!(
            (read.format, &*read.number, &*read.issuer),
            ("TD3", "L898902C3", "UTO")
        );
        assert_eq!((&*read.surname, &*read.given_names), ("ERIKSSON", "ANNA MARIA"));
        assert_eq!(
            (read.birth_date.to_string(), read.expiry.to_string()),
            ("1974-08-12".into(), "2012-04-15".into())
        );
        let card = lines(&[
            "I<UTOD231458907<<<<<<<<<<<<<<<",
            "7408122F1204159UTO<<<<<<<<<<<6",
            "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        ]);
        let read = parse(&card, 2011).expect("all check digits hold");
        assert_eq!((read.format, &*read.number), ("TD1", "D23145890"));
        let large = lines(&[
            "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
            "D231458907UTO7408122F1204159<<<<<<<6",
        ]);
        let read = parse(&large, 2011).expect("all check digits hold");
        assert_eq!(
            (read.format, &*read.number, &*read.surname),
            ("TD2", "D23145890", "ERIKSSON")
        );
    }

    #[test]
    fn swiss_identity_cards_of_every_series_are_read() {
        // Nine digits until 2003, a letter and seven digits since then; the zone has the form of TD1 in all of them.
        for (number, wanted) in [
            ("123456789", "123456789"),
            ("E1234567<", "E1234567"),
            ("S0A00A00<", "S0A00A00"),
        ] {
            let digit = |text: &str| check_digit(text).expect("letters of a zone");
            let data = format!("{number}{}", digit(number));
            let (birth, expiry) = ("6012317", "3109111");
            let all = format!("{data}<<<<<<<<<<<<<<<{birth}{expiry}<<<<<<<<<<<");
            let card = [
                format!("IDCHE{data}<<<<<<<<<<<<<<<"),
                format!("{birth}M{expiry}CHE<<<<<<<<<<<{}", digit(&all)),
                "MUSTER<<HANS<PETER<<<<<<<<<<<<".to_owned(),
            ];
            let read = parse(&card, 2026).expect("all check digits hold");
            assert_eq!(
                (read.format, &*read.number, &*read.issuer),
                ("TD1", wanted, "CHE")
            );
            assert_eq!((&*read.surname, &*read.given_names), ("MUSTER", "HANS PETER"));
            assert_eq!(
                (read.birth_date.to_string(), read.expiry.to_string()),
                ("1960-12-31".into(), "2031-09-11".into())
            );
        }
    }

    #[test]
    fn a_number_of_more_than_nine_characters_goes_on_in_the_optional_data() {
        let digit = |text: &str| check_digit(text).expect("letters of a zone");
        let (birth, expiry) = ("9401013", "2710017");
        let card = |rest: &str| {
            let first = format!("000590696<{rest:<<15}");
            let all = format!("{first}{birth}{expiry}<<<<<<<<<<<");
            [
                format!("IDUTO{first}"),
                format!("{birth}F{expiry}UTO<<<<<<<<<<<{}", digit(&all)),
                "SPECIMEN<<SPECIMEN<<<<<<<<<<<<".to_owned(),
            ]
        };
        let read = parse(&card("1015"), 2026).expect("the number's check digit stands at its end");
        assert_eq!(read.number, "000590696101");
        for wrong in ["1016", "", "5"] {
            assert_eq!(parse(&card(wrong), 2026), None, "{wrong}");
        }
        let large = |rest: &str| {
            let second = format!("D23145890<UTO{birth}F{expiry}{rest:<<7}");
            let all = format!("D23145890<{birth}{expiry}{rest:<<7}");
            [
                "I<UTOSPECIMEN<<SPECIMEN<<<<<<<<<<<<<".to_owned(),
                format!("{second}{}", digit(&all)),
            ]
        };
        let check = digit("D231458907734");
        let read = parse(&large(&format!("7734{check}")), 2026).expect("it holds here too");
        assert_eq!(read.number, "D231458907734");
        assert_eq!(parse(&large("77340"), 2026).is_some(), check == '0');
    }

    #[test]
    fn a_zone_has_capitals_and_its_names_no_digits() {
        let second = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
        for names in ["eriksson<<ANNA", "ERIK5SON<<ANNA", "ERIK\u{1}SON<<ANNA"] {
            let first = format!("P<UTO{names:<<39}");
            assert_eq!(parse(&lines(&[&first, second]), 2011), None, "{names}");
        }
    }

    #[test]
    fn one_wrong_character_in_a_checked_field_gives_nothing() {
        let good = [
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        ];
        for at in (0..10).chain(13..20).chain(21..44) {
            let mut second = good[1].as_bytes().to_vec();
            // The weights miss an error of ten, such as E (14) for 4.
            second[at] = if matches!(second[at], b'4' | b'E' | b'O' | b'Y') {
                b'5'
            } else {
                b'4'
            };
            let bad = lines(&[good[0], std::str::from_utf8(&second).expect("ASCII")]);
            assert_eq!(parse(&bad, 2011), None, "at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_lines_make_it_panic(a in "[0-9A-Z<é]{0,46}", b in "[0-9A-Z<]{44}", c in "[0-9A-Z<]{30}", d in "[0-9A-Z<]{30}") {
            let _ = parse(&[a.clone(), b.clone()], 2026);
            let _ = parse(&[b.clone(), b], 2026);
            let _ = parse(&[c.clone(), d.clone(), c], 2026);
            let _ = (parse(&[], 2026), check_digit(&a));
        }
    }
}
