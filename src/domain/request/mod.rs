//! A certificate request: the data a RIO enters, its checks, its deterministic CBOR and its digest.

mod cbor;
mod entry;

pub use cbor::CborError;
pub use entry::{DELIVERY, FIELDS, UsualDelivery, is_field};

use super::ids::{CardSerial, RequestId, SiteId};
use super::invisible::is_invisible;
use super::person::Person;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The version of the request schema that this program writes.
pub const SCHEMA: u8 = 1;

/// The longest text of one field in characters: what a printed line and a certificate's RDN (X.520 upper bounds, 64) hold.
pub const MAX_TEXT: usize = 64;

/// The longest mail address in octets (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const MAX_MAIL: usize = 254;

/// The holder's language; it decides the letter and the agreement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    De,
    Fr,
    It,
    En,
}

impl Language {
    /// All four, in the order of their numbers in codes and layout ids.
    pub const ALL: [Language; 4] = [Language::De, Language::Fr, Language::It, Language::En];

    /// The number in codes and layout ids.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::De => "de",
            Language::Fr => "fr",
            Language::It => "it",
            Language::En => "en",
        }
    }
}

/// The papers, with their numbers in the page code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    Request = 1,
    Receipt = 2,
    Agreement = 3,
    Letter = 4,
    Revocation = 5,
    DeliveryNote = 6,
}

impl Paper {
    /// All papers in the order of their numbers.
    pub const ALL: [Paper; 6] = [
        Paper::Request,
        Paper::Receipt,
        Paper::Agreement,
        Paper::Letter,
        Paper::Revocation,
        Paper::DeliveryNote,
    ];

    /// The number in codes and layout ids.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The paper of a number.
    pub fn from_number(number: u8) -> Option<Paper> {
        Paper::ALL.into_iter().find(|p| p.number() == number)
    }

    /// The name in JSON and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Paper::Request => "request",
            Paper::Receipt => "receipt",
            Paper::Agreement => "agreement",
            Paper::Letter => "letter",
            Paper::Revocation => "revocation",
            Paper::DeliveryNote => "delivery_note",
        }
    }
}

/// The kinds of travel document that identify a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    Passport,
    IdentityCard,
}

/// How the unseal letter reaches the holder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// By post to the holder's private address.
    #[default]
    Post,
    /// By signed and encrypted mail to the RIO, who hands it on.
    Rio,
    /// Not at all: the card is opened at the walk-in wizard, where the LRAO identifies the holder.
    InPerson,
}

/// The person the certificates are for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonData {
    pub family_name: String,
    pub given_names: String,
    pub birth_date: Date,
    /// ICAO 9303-3 code, for instance `CHE` or `D`.
    pub nationality: String,
    /// Swiss social security number, 13 digits stored with its dots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahv: Option<String>,
}

impl PersonData {
    /// Who it is, as dual control and searches compare people.
    pub fn identity(&self) -> Person {
        Person {
            family_name: self.family_name.clone(),
            given_names: self.given_names.clone(),
            birth_date: self.birth_date,
        }
    }
}

/// Where the person works; goes into the certificates' subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub name: String,
    pub unit: String,
}

/// The private address to which the letter goes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care_of: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub house_number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub po_box: Option<String>,
    pub postcode: String,
    pub town: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// The document by which the RIO identified the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TravelDocument {
    pub kind: DocumentKind,
    pub number: String,
    /// ICAO 9303-3 code of the issuing state.
    pub issuer: String,
    pub expiry: Date,
}

/// The data of a request as a RIO enters it (JSON schema 1 of the request data).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestData {
    pub schema: u8,
    pub language: Language,
    pub person: PersonData,
    pub mail: String,
    pub organisation: Organisation,
    pub address: Address,
    pub travel_document: TravelDocument,
    pub card_serial: CardSerial,
    pub site: SiteId,
    pub delivery: Delivery,
}

/// A field that cannot be used as it is: where, what happened, what to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct FieldProblem {
    /// The dotted path of the field, as in the JSON and the CSV header.
    pub path: String,
    pub problem: String,
}

impl RequestData {
    /// Reads the JSON of one request and brings its texts into NFC without outer blanks. Unknown keys are refused by name.
    /// Fields are checked by [`RequestData::problems`].
    pub fn from_json(json: &[u8]) -> Result<RequestData, FieldProblem> {
        let mut data: RequestData = serde_json::from_slice(json).map_err(|e| FieldProblem {
            path: "request data".into(),
            problem: e.to_string(),
        })?;
        data.normalise();
        Ok(data)
    }

    /// Brings all texts into NFC, with single blanks and none outside; empty optional fields become absent.
    pub fn normalise(&mut self) {
        for (_, text) in self.texts_mut() {
            *text = text
                .nfc()
                .collect::<String>()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
        }
        let a = &mut self.address;
        for optional in [
            &mut a.care_of,
            &mut a.street,
            &mut a.house_number,
            &mut a.po_box,
            &mut self.person.ahv,
        ] {
            if optional.as_deref() == Some("") {
                *optional = None;
            }
        }
    }

    fn texts_mut(&mut self) -> Vec<(&'static str, &mut String)> {
        let (p, a, t) = (&mut self.person, &mut self.address, &mut self.travel_document);
        let mut all = vec![
            ("person.family_name", &mut p.family_name),
            ("person.given_names", &mut p.given_names),
            ("person.nationality", &mut p.nationality),
            ("mail", &mut self.mail),
            ("organisation.name", &mut self.organisation.name),
            ("organisation.unit", &mut self.organisation.unit),
            ("address.postcode", &mut a.postcode),
            ("address.town", &mut a.town),
            ("address.country", &mut a.country),
            ("travel_document.number", &mut t.number),
            ("travel_document.issuer", &mut t.issuer),
        ];
        let optional = [
            ("person.ahv", &mut p.ahv),
            ("address.care_of", &mut a.care_of),
            ("address.street", &mut a.street),
            ("address.house_number", &mut a.house_number),
            ("address.po_box", &mut a.po_box),
        ];
        all.extend(
            optional
                .into_iter()
                .filter_map(|(path, text)| Some((path, text.as_mut()?))),
        );
        all
    }

    /// Everything that is wrong with the fields on the day `today`; empty when the request can be printed.
    pub fn problems(&self, today: Date) -> Vec<FieldProblem> {
        let mut found = Vec::new();
        let mut say = |path: &str, problem: String| {
            found.push(FieldProblem {
                path: path.into(),
                problem,
            })
        };
        if self.schema != SCHEMA {
            say("schema", format!("is {}; write 1", self.schema));
        }
        for (path, text) in self.clone().texts_mut() {
            if text.is_empty() && path != "organisation.unit" {
                say(path, "is empty: fill it in".into());
            } else if path != "mail" && text.chars().count() > MAX_TEXT {
                say(
                    path,
                    format!(
                        "has {} characters, at most {MAX_TEXT} fit: shorten it",
                        text.chars().count()
                    ),
                );
            }
            if let Some(c) = text.chars().find(|c| c.is_control() || is_invisible(*c)) {
                say(
                    path,
                    format!(
                        "holds the invisible character U+{:04X}: type the text anew",
                        c as u32
                    ),
                );
            }
        }
        if let Some(problem) = mail_problem(&self.mail) {
            say("mail", problem);
        }
        for (path, code) in [
            ("person.nationality", &self.person.nationality),
            ("travel_document.issuer", &self.travel_document.issuer),
        ] {
            if let Some(problem) = state_problem(code) {
                say(path, problem);
            }
        }
        if celes::Country::from_alpha2(&self.address.country).is_err()
            || self.address.country.len() != 2
            || self.address.country.chars().any(|c| c.is_lowercase())
        {
            say(
                "address.country",
                format!(
                    "‘{}’ is no ISO 3166 two-letter code: Switzerland is CH",
                    self.address.country
                ),
            );
        }
        if self.address.street.is_none() && self.address.po_box.is_none() {
            say(
                "address.street",
                "is missing, and so is the P.O. box: one of them is required".into(),
            );
        }
        if self.address.country == "CH"
            && !(self.address.postcode.len() == 4
                && self.address.postcode.bytes().all(|b| b.is_ascii_digit()))
        {
            say(
                "address.postcode",
                format!("‘{}’ is no Swiss postcode of four digits", self.address.postcode),
            );
        }
        if let Some(problem) = self.person.ahv.as_deref().and_then(ahv_problem) {
            say("person.ahv", problem);
        }
        if self.person.birth_date >= today {
            say(
                "person.birth_date",
                format!("{} is not in the past", self.person.birth_date),
            );
        } else if self.person.birth_date.year() < today.year() - 130 {
            say(
                "person.birth_date",
                format!("{} is more than 130 years ago", self.person.birth_date),
            );
        }
        if self.travel_document.expiry < today {
            say(
                "travel_document.expiry",
                format!(
                    "the document expired on {}: a valid one is required",
                    self.travel_document.expiry
                ),
            );
        }
        let number = &self.travel_document.number;
        if !number.is_empty()
            && !number
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        {
            say(
                "travel_document.number",
                format!("‘{number}’ may hold only A–Z and 0–9, as in the machine-readable zone"),
            );
        } else if let Some(problem) = self.number_pattern_problem() {
            say("travel_document.number", problem);
        }
        found
    }

    /// Why the number of the travel document cannot be one of its state: numbers of ICAO 9303 have a digit and at most 20
    /// characters; those of Swiss citizens' documents have 8, those of German citizens' 9.
    fn number_pattern_problem(&self) -> Option<String> {
        let number = &self.travel_document.number;
        let length = number.len();
        let states = (
            self.travel_document.issuer.as_str(),
            self.person.nationality.as_str(),
        );
        let of_state = match states {
            ("CHE", "CHE") => Some(("Swiss", 8, "X1234567")),
            ("D", "D") => Some(("German", 9, "C01X00T47")),
            _ => None,
        };
        match of_state {
            _ if number.is_empty() => None,
            Some((state, wanted, example)) if length != wanted => Some(format!(
                "‘{number}’ has {length} characters; the number of a {state} document has {wanted}, for instance {example}: copy it from the machine-readable zone"
            )),
            _ if length > 20 => Some("is longer than any travel document's number".into()),
            _ if !number.bytes().any(|b| b.is_ascii_digit()) => Some(format!(
                "‘{number}’ has no digit, which every travel document's number has: copy it from the machine-readable zone"
            )),
            _ => None,
        }
    }

    /// The name as it stands in a letter's address and a certificate's common name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.person.given_names, self.person.family_name)
    }
}

/// Why a text is not one plain mail address (RFC 5321, 4.1.2, without quoted local parts).
pub fn mail_problem(mail: &str) -> Option<String> {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let dotted = |s: &str, ok: &dyn Fn(char) -> bool| {
        !s.is_empty() && s.split('.').all(|part| !part.is_empty() && part.chars().all(ok))
    };
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let fits = mail.split_once('@').is_some_and(|(local, domain)| {
        local.len() <= 64
            && dotted(local, &atom)
            && domain.contains('.')
            && dotted(domain, &label)
            && domain
                .split('.')
                .all(|l| l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-'))
    });
    if mail.is_empty() || (fits && mail.len() <= MAX_MAIL) {
        None
    } else {
        Some(format!("‘{mail}’ is no mail address of the form name@example.ch"))
    }
}

/// Why a text is no state code of ICAO 9303-3, section 5.
fn state_problem(code: &str) -> Option<String> {
    // Codes of ICAO 9303-3, section 5, parts B to F that ISO 3166-1 does not have.
    const MORE: [&str; 23] = [
        "D", "EUE", "GBD", "GBN", "GBO", "GBP", "GBS", "RKS", "UNA", "UNK", "UNO", "XBA", "XCC", "XCE",
        "XCO", "XEC", "XIM", "XMP", "XOM", "XPO", "XXA", "XXB", "XXC",
    ];
    match code {
        "" => None,
        "DEU" => Some("Germany's code in travel documents is D (ICAO 9303-3)".into()),
        "XXX" => None,
        c if MORE.contains(&c) => None,
        c if c.len() == 3
            && c.chars().all(|c| c.is_ascii_uppercase())
            && celes::Country::from_alpha3(c).is_ok() =>
        {
            None
        }
        c => Some(format!(
            "‘{c}’ is no state code of ICAO 9303-3: Switzerland is CHE, Germany D, France FRA"
        )),
    }
}

/// Why a text is no AHV number: 756.NNNN.NNNN.NC with an EAN-13 check digit.
fn ahv_problem(text: &str) -> Option<String> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| *c != '.')
        .map_while(|c| c.to_digit(10))
        .collect();
    let shape = text.len() == 16
        && text
            .chars()
            .enumerate()
            .all(|(i, c)| (c == '.') == matches!(i, 3 | 8 | 13));
    if !shape || digits.len() != 13 || !text.starts_with("756") {
        return Some(format!("‘{text}’ is no AHV number of the form 756.1234.5678.97"));
    }
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(i, d)| if i % 2 == 0 { *d } else { 3 * d })
        .sum();
    (!sum.is_multiple_of(10))
        .then(|| format!("the check digit of AHV number ‘{text}’ does not agree: compare it with the card"))
}

/// A request with its id: what the papers carry and what is digested.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub request_id: RequestId,
    #[serde(rename = "request")]
    pub data: RequestData,
}

#[cfg(test)]
pub(crate) mod tests;
