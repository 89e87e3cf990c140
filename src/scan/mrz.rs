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
        (2, _) if form == TD2 => (&[(9, 10), (13, 20), (21, 28), (35, 36)], &[(10, 13), (20, 21)]),
        (2, _) => (&[(9, 10), (13, 20), (21, 28), (43, 44)], &[(10, 13), (20, 21)]),
        (_, 0) => (&[(14, 15)], &[(0, 5)]),
        (_, 1) => (&[(0, 7), (8, 15), (29, 30)], &[(7, 8), (15, 18)]),
        _ => (&[], &[(0, 30)]),
    };
    let within = |ranges: Cells| ranges.iter().any(|(from, to)| (*from..*to).contains(&cell));
    if within(digits) {
        character.is_ascii_digit()
    } else if within(letters) {
        character.is_ascii_uppercase() || character == '<'
    } else {
        true
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
/// `None` unless every check digit holds, so that a value is never a misreading.
pub fn parse(lines: &[String], year: i16) -> Option<TravelDocumentReading> {
    let sized = |(count, length): (usize, usize)| {
        lines.len() == count && lines.iter().all(|l| l.len() == length && l.is_ascii())
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
            (&second[0..9], &second[9..10]),
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
            (&second[0..9], &second[9..10]),
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
            (&first[5..14], &first[14..15]),
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

/// What both formats have; each date comes with its check digit.
fn reading(
    format: &'static str,
    names: &str,
    number: (&str, &str),
    issuer: &str,
    (birth, expiry): (&str, &str),
    year: i16,
) -> Option<TravelDocumentReading> {
    if !holds(number.0, number.1) || !holds(&birth[..6], &birth[6..]) || !holds(&expiry[..6], &expiry[6..]) {
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
        number: number.0.trim_end_matches('<').to_owned(),
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
