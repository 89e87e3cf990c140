//! What a RIO enters: the fields of a request by their dotted paths, from JSON, the row of a CSV or a filled form. Each is read
//! as people write it, and everything that cannot be read is said at once, by its field.

use super::{
    Address, Delivery, DocumentKind, FieldProblem, Language, Organisation, PersonData, RequestData, SCHEMA,
    TravelDocument,
};
use crate::domain::ids::{CardSerial, SiteId};
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::str::FromStr;

/// The fields of a request in the order of forms and of a CSV's header, and whether each must be filled in. `delivery` may be
/// left out where the site says how its letters go.
pub const FIELDS: [(&str, bool); 22] = [
    ("language", true),
    ("person.family_name", true),
    ("person.given_names", true),
    ("person.birth_date", true),
    ("person.nationality", true),
    ("person.ahv", false),
    ("mail", true),
    ("organisation.name", true),
    ("organisation.unit", false),
    ("address.care_of", false),
    ("address.street", false),
    ("address.house_number", false),
    ("address.po_box", false),
    ("address.postcode", true),
    ("address.town", true),
    ("address.country", true),
    ("travel_document.kind", true),
    ("travel_document.number", true),
    ("travel_document.issuer", true),
    ("travel_document.expiry", true),
    ("card_serial", true),
    ("site", true),
];

/// The field that a site may answer for all.
pub const DELIVERY: &str = "delivery";

/// How the letters of a site go when a request does not say it.
pub type UsualDelivery<'a> = &'a dyn Fn(&SiteId) -> Delivery;

/// Whether a path is that of a field.
pub fn is_field(path: &str) -> bool {
    path == DELIVERY || FIELDS.iter().any(|(known, _)| *known == path)
}

impl RequestData {
    /// As [`RequestData::from_json`]; a request that does not say how its letter goes takes what is usual at its site.
    pub fn from_json_at(json: &[u8], usual: UsualDelivery) -> Result<RequestData, FieldProblem> {
        #[derive(Deserialize)]
        struct Peek {
            site: SiteId,
            delivery: Option<IgnoredAny>,
        }
        let open = json.trim_ascii_end().strip_suffix(b"}");
        match (serde_json::from_slice::<Peek>(json), open) {
            (Ok(Peek { site, delivery: None }), Some(open)) => {
                let way = serde_json::to_string(&usual(&site)).expect("a word is plain data");
                RequestData::from_json(&[open, format!(",\"delivery\":{way}}}").as_bytes()].concat())
            }
            _ => RequestData::from_json(json),
        }
    }

    /// Reads fields by their dotted paths; empty ones count as left out. Dates are `1990-01-31` or `31.01.1990`, an AHV number
    /// may lack its dots.
    ///
    /// # Errors
    /// Every field that is missing or cannot be read, and every path that is no field, with what to write.
    /// [`RequestData::problems`] says the rest.
    pub fn from_fields<'a>(
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
        usual: UsualDelivery,
    ) -> Result<RequestData, Vec<FieldProblem>> {
        let mut entry = Entry::default();
        for (path, text) in fields {
            let text = text.trim();
            if path == "schema" {
                if !text.is_empty() && text != SCHEMA.to_string() {
                    entry.say(path, format!("is ‘{text}’: write {SCHEMA}, or leave it out"));
                }
            } else if !is_field(path) {
                let problem = "is no field of a request: siegelpost request example --csv lists them all";
                entry.say(path, problem.to_owned());
            } else if !text.is_empty() && entry.fields.insert(path, text).is_some() {
                entry.say(path, "is there twice: keep one of them".to_owned());
            }
        }
        for (path, is_needed) in FIELDS {
            if is_needed && !entry.fields.contains_key(path) {
                entry.say(path, "is missing: fill it in".to_owned());
            }
        }
        let data = entry.read(usual);
        match data {
            Some(mut data) if entry.problems.is_empty() => {
                data.normalise();
                Ok(data)
            }
            _ => Err(entry.problems),
        }
    }
}

#[derive(Default)]
struct Entry<'a> {
    fields: BTreeMap<&'a str, &'a str>,
    problems: Vec<FieldProblem>,
}

impl Entry<'_> {
    fn say(&mut self, path: &str, problem: String) {
        self.problems.push(FieldProblem {
            path: path.into(),
            problem,
        });
    }

    fn text(&self, path: &str) -> String {
        self.fields.get(path).copied().unwrap_or_default().to_owned()
    }

    fn optional(&self, path: &str) -> Option<String> {
        self.fields.get(path).map(|text| (*text).to_owned())
    }

    /// A field's value; `None` when it is missing, which was said, or cannot be read, which is said here.
    fn value<T>(&mut self, path: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = *self.fields.get(path)?;
        match read(text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.say(path, problem);
                None
            }
        }
    }

    /// All fields; `None` when one of those that are not plain text is missing or wrong.
    fn read(&mut self, usual: UsualDelivery) -> Option<RequestData> {
        let language = self.value("language", |text| {
            let found = Language::ALL
                .into_iter()
                .find(|l| l.tag().eq_ignore_ascii_case(text));
            found.ok_or_else(|| format!("is ‘{text}’: write de, fr, it or en"))
        });
        let kind = self.value("travel_document.kind", |text| match text {
            "passport" => Ok(DocumentKind::Passport),
            "identity_card" => Ok(DocumentKind::IdentityCard),
            _ => Err(format!("is ‘{text}’: write passport or identity_card")),
        });
        let delivery = self.value(DELIVERY, |text| match text {
            "post" => Ok(Delivery::Post),
            "rio" => Ok(Delivery::Rio),
            _ => Err(format!("is ‘{text}’: write post or rio, or leave it to the site")),
        });
        let birth_date = self.value("person.birth_date", date);
        let expiry = self.value("travel_document.expiry", date);
        let card_serial = self.value("card_serial", parsed::<CardSerial>);
        let site = self.value("site", parsed::<SiteId>);
        let site = site?;
        Some(RequestData {
            schema: SCHEMA,
            language: language?,
            person: PersonData {
                family_name: self.text("person.family_name"),
                given_names: self.text("person.given_names"),
                birth_date: birth_date?,
                nationality: self.text("person.nationality"),
                ahv: self.optional("person.ahv").map(dotted_ahv),
            },
            mail: self.text("mail"),
            organisation: Organisation {
                name: self.text("organisation.name"),
                unit: self.text("organisation.unit"),
            },
            address: Address {
                care_of: self.optional("address.care_of"),
                street: self.optional("address.street"),
                house_number: self.optional("address.house_number"),
                po_box: self.optional("address.po_box"),
                postcode: self.text("address.postcode"),
                town: self.text("address.town"),
                country: self.text("address.country"),
            },
            travel_document: TravelDocument {
                kind: kind?,
                number: self.text("travel_document.number"),
                issuer: self.text("travel_document.issuer"),
                expiry: expiry?,
            },
            card_serial: card_serial?,
            delivery: delivery.unwrap_or_else(|| usual(&site)),
            site,
        })
    }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|e: T::Err| e.to_string())
}

/// A date as ISO 8601 or as a Swiss form writes it: day, month and year with points between them.
fn date(text: &str) -> Result<Date, String> {
    let swiss = || {
        let (day, rest) = text.split_once('.')?;
        let (month, year) = rest.split_once('.')?;
        let number = |digits: &str, most: usize| {
            let digits = digits.trim();
            let is_short = digits.len() <= most && digits.bytes().all(|b| b.is_ascii_digit());
            is_short.then(|| digits.parse::<i16>().ok()).flatten()
        };
        let year = number(year, 4).filter(|y| *y >= 1000)?;
        Date::new(
            year,
            number(month, 2)?.try_into().ok()?,
            number(day, 2)?.try_into().ok()?,
        )
        .ok()
    };
    let iso = || (text.len() == 10).then(|| text.parse().ok()).flatten();
    swiss()
        .or_else(iso)
        .ok_or_else(|| format!("‘{text}’ is no date: write it as 31.01.1990 or 1990-01-31"))
}

/// An AHV number with its dots, where it is one without them; else as it is, for the check to judge.
fn dotted_ahv(text: String) -> String {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    if digits.len() == 13 && digits.bytes().all(|b| b.is_ascii_digit()) {
        format!(
            "{}.{}.{}.{}",
            &digits[..3],
            &digits[3..7],
            &digits[7..11],
            &digits[11..]
        )
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    fn row() -> Vec<(&'static str, &'static str)> {
        vec![
            ("language", "de"),
            ("person.family_name", "Muster"),
            ("person.given_names", "Zoë Anna"),
            ("person.birth_date", "31.1.1990"),
            ("person.nationality", "CHE"),
            ("person.ahv", "7569217076985"),
            ("mail", "zoe.muster@example.ch"),
            ("organisation.name", "Beispielamt"),
            ("organisation.unit", "Dienste"),
            ("address.care_of", ""),
            ("address.street", "Musterstrasse"),
            ("address.house_number", "7a"),
            ("address.postcode", "3003"),
            ("address.town", "Bern"),
            ("address.country", "CH"),
            ("travel_document.kind", "passport"),
            ("travel_document.number", "X1234567"),
            ("travel_document.issuer", "CHE"),
            ("travel_document.expiry", "2030-01-31"),
            ("card_serial", "1000 000 070"),
            ("site", "bern"),
        ]
    }

    fn by_post(_: &SiteId) -> Delivery {
        Delivery::Post
    }

    fn by_rio(_: &SiteId) -> Delivery {
        Delivery::Rio
    }

    fn with(path: &'static str, text: &'static str) -> Vec<FieldProblem> {
        let mut fields = row();
        fields.retain(|(p, _)| *p != path);
        fields.push((path, text));
        RequestData::from_fields(fields, &by_post).expect_err("refused")
    }

    #[test]
    fn fields_are_read_as_people_write_them() {
        let mut fields = row();
        let serial = sample().card_serial.grouped();
        fields.retain(|(path, _)| *path != "card_serial");
        fields.push(("card_serial", &serial));
        assert_eq!(RequestData::from_fields(fields, &by_post), Ok(sample()));
    }

    #[test]
    fn every_field_is_in_the_list_and_each_that_must_be_there_is_missed() {
        let written = serde_json::to_value(sample()).expect("plain data");
        let mut paths: Vec<String> = Vec::new();
        for (name, value) in written.as_object().expect("an object") {
            match value.as_object() {
                Some(inner) => paths.extend(inner.keys().map(|key| format!("{name}.{key}"))),
                None => paths.push(name.clone()),
            }
        }
        for path in paths.iter().filter(|p| *p != "schema") {
            assert!(is_field(path), "{path}");
        }
        for (path, is_needed) in FIELDS {
            let mut fields = row();
            fields.retain(|(p, _)| *p != path);
            fields.push(("card_serial", "1"));
            let problems = RequestData::from_fields(fields, &by_post).expect_err("the serial is none");
            let missed = problems
                .iter()
                .any(|p| p.path == path && p.problem.contains("missing"));
            assert_eq!(missed, is_needed && path != "card_serial", "{path}: {problems:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_by_its_field_with_what_to_write() {
        for (path, text, part) in [
            ("person.birth_date", "31.13.1990", "write it as 31.01.1990"),
            ("person.birth_date", "1.2.90", "write it as 31.01.1990"),
            ("travel_document.expiry", "2030-02-30", "write it as 31.01.1990"),
            ("travel_document.expiry", "01/31/2030", "write it as 31.01.1990"),
            ("language", "rm", "de, fr, it or en"),
            ("travel_document.kind", "Pass", "passport or identity_card"),
            ("delivery", "mail", "post or rio"),
            ("card_serial", "1002003004", "check characters"),
            ("site", "Bern West", "Bern West"),
            ("colour", "blue", "no field"),
            ("schema", "2", "write 1"),
        ] {
            let problems = with(path, text);
            assert!(
                problems
                    .iter()
                    .any(|p| p.path == path && p.problem.contains(part)),
                "{path} = {text}: {problems:?}"
            );
        }
        let several = with("language", "rm").len() + with("person.birth_date", "x").len();
        assert!(several >= 2);
    }

    #[test]
    fn all_wrong_fields_are_said_at_once() {
        let mut fields = row();
        for (_, text) in fields
            .iter_mut()
            .filter(|(path, _)| matches!(*path, "language" | "person.birth_date" | "travel_document.kind"))
        {
            *text = "?";
        }
        let problems = RequestData::from_fields(fields, &by_post).expect_err("three are wrong");
        let paths: Vec<_> = problems.iter().map(|p| p.path.as_str()).collect();
        for path in ["language", "travel_document.kind", "person.birth_date"] {
            assert!(paths.contains(&path), "{paths:?}");
        }
    }

    #[test]
    fn a_request_that_does_not_say_how_its_letter_goes_takes_what_its_site_does() {
        let mut json = serde_json::to_value(sample()).expect("plain data");
        let read = |json: &serde_json::Value, usual: UsualDelivery| {
            RequestData::from_json_at(json.to_string().as_bytes(), usual).map(|d| d.delivery)
        };
        assert_eq!(
            read(&json, &by_rio),
            Ok(Delivery::Post),
            "what a request says holds"
        );
        json.as_object_mut().expect("an object").remove("delivery");
        assert_eq!(read(&json, &by_rio), Ok(Delivery::Rio));
        assert_eq!(read(&json, &by_post), Ok(Delivery::Post));
        json["colour"] = 1.into();
        assert!(read(&json, &by_post).is_err(), "unknown fields are still refused");
        let mut fields = row();
        let serial = sample().card_serial.grouped();
        fields.retain(|(path, _)| *path != "card_serial");
        fields.push(("card_serial", &serial));
        let data = RequestData::from_fields(fields, &by_rio).expect("good");
        assert_eq!(data.delivery, Delivery::Rio);
    }
}
