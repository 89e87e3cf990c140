//! The cast of the rehearsal: a plainly invented office, its officers, its sites, and people who want a card.

use crate::app::NewOfficer;
use crate::domain::request::{Address, DocumentKind, Organisation, PersonData, TravelDocument};
use crate::domain::{CardSerial, Delivery, Language, Person, RequestData, Role, Site, SiteId};
use crate::paper::Office;
use jiff::civil::{Date, date};

/// The sites, Bern first.
pub fn sites() -> [Site; 2] {
    let site = |id: &str, name: &str| Site {
        id: id.parse().expect("a name"),
        name: name.into(),
        letters: Delivery::Post,
    };
    [
        site("bern", "Aussenstelle Bern"),
        site("zuerich", "Aussenstelle Zürich"),
    ]
}

/// The office.
pub fn office() -> Office {
    Office::specimen()
}

fn officer(id: &str, roles: &[Role], given: &str, family: &str, born: Date, sites: &[SiteId]) -> NewOfficer {
    NewOfficer {
        id: id.parse().expect("a name"),
        roles: roles.to_vec(),
        person: Person {
            family_name: family.into(),
            given_names: given.into(),
            birth_date: born,
        },
        mail: format!("{id}@office.example"),
        language: Language::De,
        sites: sites.to_vec(),
    }
}

/// The security officer who founds the office.
pub fn security() -> NewOfficer {
    officer(
        "security",
        &[Role::Security],
        "Sascha",
        "Muster-Sicher",
        date(1970, 1, 1),
        &[],
    )
}

/// Everybody else on the roster: two RIOs at two sites, the LRAO, the print station, a helper.
pub fn officers() -> Vec<NewOfficer> {
    let [bern, zuerich] = sites().map(|s| s.id);
    vec![
        officer(
            "rio-bern",
            &[Role::Rio],
            "Robin",
            "Beispiel",
            date(1980, 5, 17),
            std::slice::from_ref(&bern),
        ),
        officer(
            "rio-zuerich",
            &[Role::Rio],
            "Renée",
            "Exempel",
            date(1985, 9, 3),
            &[zuerich],
        ),
        officer(
            "lrao",
            &[Role::Lrao],
            "Luca",
            "Muster-Prüfer",
            date(1975, 11, 30),
            &[],
        ),
        officer(
            "post",
            &[Role::Dispatch],
            "Pascal",
            "Muster-Post",
            date(1990, 2, 28),
            &[],
        ),
        officer(
            "helper",
            &[Role::Helper],
            "Hanna",
            "Muster-Hilfe",
            date(1988, 7, 7),
            &[],
        ),
    ]
}

/// A RIO whose certificate has expired.
pub fn late_officer() -> NewOfficer {
    let [bern, _] = sites().map(|s| s.id);
    officer(
        "rio-late",
        &[Role::Rio],
        "Lou",
        "Verfallen",
        date(1979, 3, 9),
        &[bern],
    )
}

/// Somebody with a certificate of the office's own CA who is no RIO.
pub fn stranger() -> NewOfficer {
    officer("stranger", &[], "Fremd", "Unbekannt", date(1991, 12, 24), &[])
}

/// A person of the cast; `documents` are valid for years after `today`.
fn person(
    (given, family, born, language): (&str, &str, Date, Language),
    (street, number, postcode, town): (&str, &str, &str, &str),
    (kind, document): (DocumentKind, &str),
    site: &SiteId,
    today: Date,
) -> RequestData {
    // ASCII only, as mail addresses of offices are: blanks become hyphens, letters lose their marks.
    let mail_name = |name: &str| {
        super::specimen::transliterated(name)
            .to_lowercase()
            .replace(['<', ' '], "-")
    };
    RequestData {
        schema: 1,
        language,
        person: PersonData {
            family_name: family.into(),
            given_names: given.into(),
            birth_date: born,
            nationality: "CHE".into(),
            ahv: None,
        },
        mail: format!("{}.{}@office.example", mail_name(given), mail_name(family)),
        organisation: Organisation {
            name: "Beispielamt".into(),
            unit: "Fachstelle Muster".into(),
        },
        address: Address {
            care_of: None,
            street: Some(street.into()),
            house_number: Some(number.into()),
            po_box: None,
            postcode: postcode.into(),
            town: town.into(),
            country: "CH".into(),
        },
        travel_document: TravelDocument {
            kind,
            number: document.into(),
            issuer: "CHE".into(),
            expiry: Date::new(today.year() + 4, 6, 30).expect("a day of June"),
        },
        card_serial: CardSerial::from_number(0),
        site: site.clone(),
        delivery: Delivery::Post,
    }
}

/// People who want a card: three in Bern, the third with the letter by way of the RIO, and one in Zürich. Their card serials
/// are still to be set.
pub fn people(today: Date) -> Vec<RequestData> {
    use DocumentKind::{IdentityCard, Passport};
    let [bern, zuerich] = sites().map(|s| s.id);
    let mut all = vec![
        person(
            ("Zoë Anna", "Muster", date(1990, 1, 31), Language::De),
            ("Musterstrasse", "7a", "3003", "Bern"),
            (Passport, "X1234567"),
            &bern,
            today,
        ),
        person(
            ("Jürg", "Müller-Specimen", date(1968, 12, 1), Language::De),
            ("Beispielweg", "12", "3600", "Thun"),
            (IdentityCard, "E2345678"),
            &bern,
            today,
        ),
        person(
            ("Alex", "Example", date(1995, 8, 14), Language::En),
            ("Sample Lane", "3", "1700", "Fribourg"),
            (Passport, "X7654321"),
            &bern,
            today,
        ),
        person(
            ("Chiara", "D’Esempio", date(1982, 4, 5), Language::De),
            ("Probegasse", "44", "8001", "Zürich"),
            (Passport, "X5550001"),
            &zuerich,
            today,
        ),
    ];
    all[2].delivery = Delivery::Rio;
    all
}

/// Somebody who comes to the LRAO's desk.
pub fn walk_in_person(today: Date) -> RequestData {
    let [bern, _] = sites().map(|s| s.id);
    let mut data = person(
        ("Noé", "Exemple", date(1987, 3, 21), Language::Fr),
        ("Rue du Modèle", "5", "2502", "Biel/Bienne"),
        (DocumentKind::IdentityCard, "S1A00A00"),
        &bern,
        today,
    );
    data.delivery = Delivery::InPerson;
    data
}

/// A filled-in example of the request data.
pub fn example() -> RequestData {
    people(date(2026, 1, 1)).swap_remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_of_the_cast_can_be_printed() {
        let today = date(2026, 3, 2);
        for person in people(today).into_iter().chain([walk_in_person(today)]) {
            assert_eq!(person.problems(today), vec![]);
        }
    }
}
