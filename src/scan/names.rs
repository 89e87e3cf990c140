//! Whether the names of a travel document's zone are those of a person: transliterated, cut and joined as zones do it.

use super::mrz;
use crate::domain::Person;
use crate::domain::person::same_person;
use unicode_normalization::UnicodeNormalization;

/// How the names of a zone and those of a person agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameMatch {
    /// They are the same names, as far as the zone has room for them.
    Same,
    /// The family names are the same, and one of the two has only the first of the other's given names.
    FewerGivenNames,
    /// Something is common to both; a person has to look.
    InPart,
    /// They are other names, or another birth date.
    Differs,
}

/// Holds the names of a zone of this form (`TD1`, `TD2`, `TD3`), as they are printed there, against a person's, by the transliteration of ICAO 9303-3, section 6, and the habits of German, French
/// and Italian documents: ä may stand as AE or A, an apostrophe is left out, blanks and hyphens part names or do not.
pub fn match_names(format: &str, printed: &Person, person: &Person) -> NameMatch {
    if printed.birth_date != person.birth_date {
        return NameMatch::Differs;
    }
    let cut = is_full(format, printed);
    let (family, given) = (joined(&printed.family_name), joined(&printed.given_names));
    // A zone that is full breaks off within its last name.
    let family_end = if cut && given.is_empty() {
        End::Cut
    } else {
        End::Whole
    };
    let given_end = if cut { End::Cut } else { End::Whole };
    if spelled(&person.family_name, &family, family_end) && !(cut && given.is_empty()) {
        if spelled(&person.given_names, &given, given_end) {
            return NameMatch::Same;
        }
        if first_names(&person.given_names, &printed.given_names) {
            return NameMatch::FewerGivenNames;
        }
    }
    let foreign = |name: &str| name.nfc().any(|c| c.is_alphabetic() && ways(c).is_empty());
    if same_person(printed, person) || foreign(&person.family_name) || foreign(&person.given_names) {
        return NameMatch::InPart;
    }
    // The particle alone is no name in common, but a name that begins alike and was cut is.
    let begins =
        |name: &str, zone: &str| !zone.is_empty() && !name.is_empty() && spelled(name, zone, End::Cut);
    if cut && begins(&person.family_name, &family) {
        NameMatch::InPart
    } else {
        NameMatch::Differs
    }
}

/// Whether names fill all the room that a zone of this form has for them, so that some may be cut or missing (ICAO 9303-3, 4.6).
pub fn is_full(format: &str, printed: &Person) -> bool {
    let room = match format {
        "TD1" => mrz::TD1.1,
        "TD2" => mrz::TD2.1 - 5,
        _ => mrz::TD3.1 - 5,
    };
    let given = printed.given_names.len();
    printed.family_name.len() + if given > 0 { given + 2 } else { 0 } >= room
}

/// Where a zone's name may end.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// With the name.
    Whole,
    /// Anywhere within the name.
    Cut,
}

fn joined(zone: &str) -> String {
    zone.chars().filter(|c| *c != ' ').collect()
}

/// Whether one side has only the first given names of the other, each of them whole.
fn first_names(name: &str, zone: &str) -> bool {
    let names: Vec<&str> = parts(name).collect();
    let zones: Vec<&str> = zone.split(' ').filter(|z| !z.is_empty()).collect();
    let fewer_in_zone = (1..names.len()).any(|n| spelled(&names[..n].concat(), &zones.concat(), End::Whole));
    let fewer_in_name = (1..zones.len()).any(|n| spelled(name, &zones[..n].concat(), End::Whole));
    fewer_in_zone || fewer_in_name
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| c.is_whitespace() || is_dash(c))
        .filter(|p| !p.is_empty())
}

/// Whether a zone's letters are one of the ways to write this name, whatever parts its names.
///
/// All ways are followed at once, as the places in the zone that some way has come to.
fn spelled(name: &str, zone: &str, end: End) -> bool {
    let zone = zone.as_bytes();
    let mut reached = vec![false; zone.len() + 1];
    reached[0] = true;
    for c in name.nfc() {
        if passed_over(c) {
            continue;
        }
        if end == End::Cut && reached[zone.len()] {
            return true;
        }
        let ways = ways(c);
        let mut next = vec![false; zone.len() + 1];
        for from in (0..=zone.len()).filter(|i| reached[*i]) {
            for way in &ways {
                let left = &zone[from..];
                if left.starts_with(way.as_bytes()) {
                    next[from + way.len()] = true;
                } else if end == End::Cut && way.as_bytes().starts_with(left) {
                    // Cut within one letter that is written as two.
                    next[zone.len()] = true;
                }
            }
        }
        reached = next;
    }
    reached[zone.len()] && !zone.is_empty()
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}')
}

/// What a zone leaves out, or has fillers for (ICAO 9303-3, 4.6), and marks that stand alone.
fn passed_over(c: char) -> bool {
    c.is_whitespace()
        || is_dash(c)
        || matches!(
            c,
            '\'' | '’' | '‘' | 'ʼ' | 'ʹ' | '`' | '´' | '.' | ',' | 'ь' | 'Ь' | '/' | '(' | ')'
        )
        || unicode_normalization::char::is_combining_mark(c)
}

/// The ways in which zones write a letter; none for one that this does not know.
fn ways(c: char) -> Vec<String> {
    let upper: Vec<char> = c.to_uppercase().collect();
    let table = match upper.as_slice() {
        ['S', 'S'] => return vec!["SS".into(), "S".into()],
        [one] => known(*one),
        _ => &[],
    };
    let mut all: Vec<String> = table.iter().map(|w| (*w).to_owned()).collect();
    // Without its accents, as table A has it for all others, and as many documents have it for these too.
    let plain: String = upper
        .iter()
        .collect::<String>()
        .nfkd()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    if !plain.is_empty() && !all.contains(&plain) {
        all.push(plain);
    }
    all
}

/// Letters that are written otherwise than without their accents: ICAO 9303-3, section 6, tables A and B, and for Greek ISO 843.
fn known(upper: char) -> &'static [&'static str] {
    match upper {
        'Ä' | 'Æ' => &["AE"],
        'Ö' | 'Œ' => &["OE"],
        'Ø' => &["OE", "O"],
        'Ü' => &["UE", "UXX"],
        'Å' => &["AA"],
        'Ñ' => &["N", "NXX"],
        'ẞ' => &["SS", "S"],
        'Þ' => &["TH"],
        'Ð' | 'Đ' => &["D"],
        'Ħ' => &["H"],
        'ı' => &["I"],
        'ĸ' => &["K"],
        'Ł' => &["L"],
        'Ŋ' => &["N"],
        'Ŧ' => &["T"],
        'Ə' => &["E"],
        'Ĳ' => &["IJ", "Y"],
        // Greek.
        'Α' | 'Ά' => &["A"],
        'Β' => &["V", "B"],
        'Γ' => &["G", "N"],
        'Δ' => &["D"],
        'Ε' | 'Έ' => &["E"],
        'Ζ' => &["Z"],
        'Η' | 'Ή' | 'Ι' | 'Ί' | 'Ϊ' => &["I"],
        'Θ' => &["TH"],
        'Κ' => &["K"],
        'Λ' => &["L"],
        'Μ' => &["M"],
        'Ν' => &["N"],
        'Ξ' => &["X"],
        'Ο' | 'Ό' | 'Ω' | 'Ώ' => &["O"],
        'Π' => &["P"],
        'Ρ' => &["R"],
        'Σ' => &["S"],
        'Τ' => &["T"],
        'Υ' | 'Ύ' | 'Ϋ' => &["Y", "U", "V", "F"],
        'Φ' => &["F"],
        'Χ' => &["CH"],
        'Ψ' => &["PS"],
        // Cyrillic.
        'А' => &["A"],
        'Б' => &["B"],
        'В' => &["V"],
        'Г' => &["G", "H"],
        'Ґ' => &["G"],
        'Д' | 'Ђ' => &["D"],
        'Е' | 'Ё' | 'Э' => &["E"],
        'Є' => &["IE"],
        'Ж' => &["ZH", "Z"],
        'З' => &["Z"],
        'И' | 'І' => &["I", "Y"],
        'Ї' | 'Й' => &["I"],
        'Ј' => &["J"],
        'К' => &["K"],
        'Л' => &["L"],
        'Љ' => &["LJ"],
        'М' => &["M"],
        'Н' => &["N"],
        'Њ' => &["NJ"],
        'О' => &["O"],
        'П' => &["P"],
        'Р' => &["R"],
        'С' => &["S"],
        'Т' => &["T"],
        'Ћ' => &["C"],
        'У' => &["U"],
        'Ў' => &["U"],
        'Ф' => &["F"],
        'Х' => &["KH", "H"],
        'Ц' => &["TS", "C"],
        'Ч' => &["CH", "C"],
        'Џ' => &["DZ"],
        'Ш' => &["SH", "S"],
        'Щ' => &["SHCH", "SHT"],
        'Ъ' => &["IE"],
        'Ы' => &["Y"],
        'Ю' => &["IU"],
        'Я' => &["IA"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::NameMatch::{Differs, FewerGivenNames, InPart, Same};
    use super::*;
    use proptest::prelude::*;

    const BORN: &str = "1990-01-31";

    /// What a zone of this form says of a person born that day, its name field as given.
    fn document(form: (usize, usize), names: &str) -> (&'static str, Person) {
        let room = if form == mrz::TD1 { form.1 } else { form.1 - 5 };
        assert!(names.len() <= room, "{names} has no room");
        let names = format!("{names:<<room$}");
        let (birth, expiry) = ("900131", "310130");
        let digit = |text: &str| mrz::check_digit(text).expect("letters of a zone");
        let number = "X1234567<";
        let data = format!("{number}{}", digit(number));
        let dates = (
            format!("{birth}{}", digit(birth)),
            format!("{expiry}{}", digit(expiry)),
        );
        let lines = if form == mrz::TD1 {
            let all = format!("{data}<<<<<<<<<<<<<<<{}{}<<<<<<<<<<<", dates.0, dates.1);
            vec![
                format!("IDCHE{data}<<<<<<<<<<<<<<<"),
                format!("{}F{}CHE<<<<<<<<<<<{}", dates.0, dates.1, digit(&all)),
                names,
            ]
        } else {
            let optional = "<".repeat(if form == mrz::TD2 { 7 } else { 15 });
            let all = format!("{data}{}{}{optional}", dates.0, dates.1);
            let kind = if form == mrz::TD2 { "I<" } else { "PM" };
            vec![
                format!("{kind}CHE{names}"),
                format!("{data}CHE{}F{}{optional}{}", dates.0, dates.1, digit(&all)),
            ]
        };
        let read = mrz::parse(&lines, 2026).expect("every check digit is right");
        let named = Person {
            family_name: read.surname,
            given_names: read.given_names,
            birth_date: read.birth_date,
        };
        (read.format, named)
    }

    fn held(read: &(&str, Person), person: &Person) -> NameMatch {
        match_names(read.0, &read.1, person)
    }

    fn person(family: &str, given: &str) -> Person {
        Person {
            family_name: family.into(),
            given_names: given.into(),
            birth_date: BORN.parse().expect("a date"),
        }
    }

    #[track_caller]
    fn holds(names: &str, family: &str, given: &str, wanted: NameMatch) {
        let read = document(mrz::TD3, names);
        assert_eq!(
            held(&read, &person(family, given)),
            wanted,
            "{names} against {family}, {given}"
        );
    }

    #[test]
    fn letters_are_transliterated_as_the_standard_and_the_habits_have_it() {
        for (names, family, given) in [
            ("MUELLER<<JUERG", "Müller", "Jürg"),
            ("MULLER<<JURG", "Müller", "Jürg"),
            ("MUXXLLER<<JUERG", "Müller", "Jürg"),
            ("GROSS<<SOEREN", "Groß", "Sören"),
            ("GROSS<<SOEREN", "GROẞ", "Sören"),
            ("SOERENSEN<<SOEREN", "Sørensen", "Søren"),
            ("SORENSEN<<SOREN", "Sørensen", "Søren"),
            ("AABERG<<AASA", "Åberg", "Åsa"),
            ("ABERG<<ASA", "Åberg", "Åsa"),
            ("AERNI<<KAETHI", "Ärni", "Käthi"),
            ("COEUR<<ZOE", "Cœur", "Zoë"),
            ("LUKASZEWICZ<<LUKASZ", "Łukaszewicz", "Łukasz"),
            ("SAHIN<<ISIK", "Şahin", "Işık"),
            ("IBANEZ<<INIGO", "Ibáñez", "Íñigo"),
            ("DORDEVIC<<DORDE", "Đorđević", "Đorđe"),
            ("THORDARSON<<ADALBJOERG", "Þórðarson", "Aðalbjörg"),
            ("LEVEQUE<<FRANCOIS", "Lévêque", "François"),
            ("PAPADOPOULOS<<GEORGIOS", "Παπαδόπουλος", "Γεώργιος"),
            ("IVANOVA<<IULIIA", "Иванова", "Юлия"),
        ] {
            holds(names, family, given, Same);
        }
    }

    #[test]
    fn the_letters_of_a_name_may_come_decomposed() {
        holds("MUELLER<<ANDRE", "Mu\u{308}ller", "Andre\u{301}", Same);
    }

    #[test]
    fn apostrophes_hyphens_blanks_and_prefixes_part_names_or_not() {
        for (names, family, given) in [
            ("DANGELO<<MARIA", "D’Angelo", "Maria"),
            ("D<ANGELO<<MARIA", "D'Angelo", "Maria"),
            ("OBRIEN<<SEAN", "O’Brien", "Seán"),
            ("MUSTER<EXEMPLE<<JEAN<LUC", "Muster-Exemple", "Jean-Luc"),
            ("MUSTER<EXEMPLE<<JEANLUC", "Muster Exemple", "Jean Luc"),
            ("VON<MUSTER<<ANNA", "von Muster", "Anna"),
            ("VONMUSTER<<ANNA", "von Muster", "Anna"),
            ("DELLA<ROVERE<<GIAN<CARLO", "Della Rovere", "Giancarlo"),
            ("DE<LA<FONTAINE<<MARIE", "de La Fontaine", "Marie"),
            ("DI<ESEMPIO<<UGO", "Di Esempio", "Ugo"),
            ("ST<EXEMPLE<<ANNE", "St. Exemple", "Anne"),
        ] {
            holds(names, family, given, Same);
        }
    }

    #[test]
    fn names_that_had_no_room_are_the_same_as_far_as_they_go() {
        // 39 letters in a passport, 30 on a card, 31 on a larger one.
        let long = person("Nilavadhanananda-Exemple", "Chayapa Dejthamrong Krasuang");
        for (form, names) in [
            (mrz::TD3, "NILAVADHANANANDA<EXEMPLE<<CHAYAPA<DEJTH"),
            (mrz::TD1, "NILAVADHANANANDA<EXEMPLE<<CHAY"),
            (mrz::TD2, "NILAVADHANANANDA<EXEMPLE<<CHAYA"),
        ] {
            let read = document(form, names);
            assert!(is_full(read.0, &read.1), "{names}");
            assert_eq!(held(&read, &long), Same, "{names}");
            let other = person("Nilavadhanananda-Exemple", "Dejthamrong");
            assert_eq!(held(&read, &other), InPart, "a given name that does not begin so");
        }
        // Cut within a letter that is written as two.
        let read = document(mrz::TD1, "MUSTER<EXEMPLE<BEISPIELE<<ANNT");
        assert_eq!(
            held(&read, &person("Muster Exemple Beispiele", "Annþor Maria")),
            Same
        );
        // Not full, so not cut: the rest of the name is missing.
        holds("MUSTER<<ANN", "Muster", "Anna", Differs);
        // A family name that fills all the room leaves the given names unsaid.
        let read = document(mrz::TD1, "NILAVADHANANANDAEXEMPLEBEISPIE");
        let named = person("Nilavadhanananda-Exemple-Beispiel", "Anna");
        assert_eq!(held(&read, &named), InPart);
    }

    #[test]
    fn the_first_of_several_given_names_is_enough_and_a_later_one_is_not() {
        holds("MUSTER<<ANNA<MARIA<LUISE", "Muster", "Anna", FewerGivenNames);
        holds(
            "MUSTER<<ANNA<MARIA<LUISE",
            "Muster",
            "Anna Maria",
            FewerGivenNames,
        );
        holds("MUSTER<<ANNA", "Muster", "Anna Maria", FewerGivenNames);
        holds("MUSTER<<JEAN", "Muster", "Jean-Luc", FewerGivenNames);
        holds("MUSTER<<ANNA<MARIA", "Muster", "Maria", InPart);
        // Twins that share their second name.
        holds("MUSTER<<BERTA<MARIA", "Muster", "Anna Maria", InPart);
    }

    #[test]
    fn one_of_two_family_names_and_swapped_names_want_eyes() {
        holds("MUSTER<EXEMPLE<<ANNA", "Muster", "Anna", InPart);
        holds("MUSTER<<ANNA", "Muster-Exemple", "Anna", InPart);
        holds("ANNA<<MUSTER", "Muster", "Anna", InPart);
        // A script that no table here has: a person looks.
        holds("MUSTER<<ANNA", "ムスター", "Anna", InPart);
    }

    #[test]
    fn other_names_and_another_birth_date_differ() {
        holds("MUSTER<<ANNA", "Muster", "Berta", Differs);
        holds("MUSTER<<ANNA", "Mister", "Anna", Differs);
        holds("VON<MUSTER<<ANNA", "von Exemple", "Anna", Differs);
        holds("MUELLER<<ANNA", "Möller", "Anna", Differs);
        let read = document(mrz::TD3, "MUSTER<<ANNA");
        let other = Person {
            birth_date: "1990-01-30".parse().expect("a date"),
            ..person("Muster", "Anna")
        };
        assert_eq!(held(&read, &other), Differs);
    }

    proptest! {
        #[test]
        fn any_two_names_can_be_compared(family in "\\PC{0,50}", given in "\\PC{0,50}", zone in "[A-Z]{1,12}(<[A-Z]{1,6})?<<[A-Z]{0,12}") {
            let _ = held(&document(mrz::TD3, &zone), &person(&family, &given));
        }

        #[test]
        fn a_name_of_plain_letters_agrees_with_itself(family in "[A-Z]{1,18}", given in "[A-Z]{1,18}") {
            let read = document(mrz::TD3, &format!("{family}<<{given}"));
            prop_assert_eq!(held(&read, &person(&family, &given)), Same);
        }
    }
}
