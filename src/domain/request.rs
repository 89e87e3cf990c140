//! A certificate request: the data a RIO enters, its checks, its deterministic CBOR and its digest.

use super::ids::{CardSerial, Digest, RequestId, SiteId};
use super::person::Person;
use jiff::civil::Date;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
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
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// By post to the holder's private address.
    Post,
    /// By signed and encrypted mail to the RIO, who hands it on.
    Rio,
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

/// Why bytes are not the CBOR of a request.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CborError {
    #[error("the request data is not well-formed: {0}")]
    Malformed(String),
    #[error("the request data has schema {0}; this program reads schema 1: a newer siegelpost is needed")]
    Schema(u64),
    #[error("the request data is not in its one deterministic form (RFC 8949, 4.2)")]
    NotDeterministic,
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
        } else if number.len() > 20 {
            say(
                "travel_document.number",
                "is longer than any travel document's number".into(),
            );
        }
        found
    }

    /// The name as it stands in a letter's address and a certificate's common name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.person.given_names, self.person.family_name)
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
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

/// Keys of the CBOR map, top level. Nested maps count from 0 in the order of their fields.
mod key {
    pub const SCHEMA: u8 = 0;
    pub const REQUEST_ID: u8 = 1;
    pub const LANGUAGE: u8 = 2;
    pub const PERSON: u8 = 3;
    pub const MAIL: u8 = 4;
    pub const ORGANISATION: u8 = 5;
    pub const ADDRESS: u8 = 6;
    pub const TRAVEL_DOCUMENT: u8 = 7;
    pub const CARD_SERIAL: u8 = 8;
    pub const SITE: u8 = 9;
    pub const DELIVERY: u8 = 10;
}

/// A value of the request's CBOR: only what the request needs.
#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Text(&'a str),
}

fn number_of_date(date: Date) -> u64 {
    date.year() as u64 * 10_000 + date.month() as u64 * 100 + date.day() as u64
}

fn date_of_number(n: u64) -> Option<Date> {
    Date::new(
        i16::try_from(n / 10_000).ok()?,
        (n / 100 % 100) as i8,
        (n % 100) as i8,
    )
    .ok()
}

impl Request {
    /// The deterministic CBOR (RFC 8949, 4.2): a map with integer keys in ascending order, dates as the number yyyymmdd,
    /// the id as its 50 bits, the serial as its ten digits, languages de fr it en as 0–3, passport and identity card as 0 and 1,
    /// post and rio as 0 and 1. Absent optional fields have no key.
    pub fn to_cbor(&self) -> Vec<u8> {
        use Value::{Number, Text};
        let d = &self.data;
        let mut e = Encoder::new(Vec::new());
        let put = |e: &mut Encoder<Vec<u8>>, fields: &[(u8, Option<Value>)]| {
            let present: Vec<_> = fields.iter().filter_map(|(k, v)| Some((*k, (*v)?))).collect();
            e.map(present.len() as u64).expect(INFALLIBLE);
            for (k, v) in present {
                e.u8(k).expect(INFALLIBLE);
                match v {
                    Number(n) => e.u64(n).expect(INFALLIBLE),
                    Text(t) => e.str(t).expect(INFALLIBLE),
                };
            }
        };
        const INFALLIBLE: &str = "writing to memory does not fail";
        e.map(11).expect(INFALLIBLE);
        let head = |e: &mut Encoder<Vec<u8>>, k: u8| {
            e.u8(k).expect(INFALLIBLE);
        };
        head(&mut e, key::SCHEMA);
        e.u8(d.schema).expect(INFALLIBLE);
        head(&mut e, key::REQUEST_ID);
        e.u64(self.request_id.bits()).expect(INFALLIBLE);
        head(&mut e, key::LANGUAGE);
        e.u8(d.language.number()).expect(INFALLIBLE);
        head(&mut e, key::PERSON);
        let p = &d.person;
        put(
            &mut e,
            &[
                (0, Some(Text(&p.family_name))),
                (1, Some(Text(&p.given_names))),
                (2, Some(Number(number_of_date(p.birth_date)))),
                (3, Some(Text(&p.nationality))),
                (4, p.ahv.as_deref().map(Text)),
            ],
        );
        head(&mut e, key::MAIL);
        e.str(&d.mail).expect(INFALLIBLE);
        head(&mut e, key::ORGANISATION);
        put(
            &mut e,
            &[
                (0, Some(Text(&d.organisation.name))),
                (1, Some(Text(&d.organisation.unit))),
            ],
        );
        head(&mut e, key::ADDRESS);
        let a = &d.address;
        put(
            &mut e,
            &[
                (0, a.care_of.as_deref().map(Text)),
                (1, a.street.as_deref().map(Text)),
                (2, a.house_number.as_deref().map(Text)),
                (3, a.po_box.as_deref().map(Text)),
                (4, Some(Text(&a.postcode))),
                (5, Some(Text(&a.town))),
                (6, Some(Text(&a.country))),
            ],
        );
        head(&mut e, key::TRAVEL_DOCUMENT);
        let t = &d.travel_document;
        put(
            &mut e,
            &[
                (0, Some(Number(t.kind as u64))),
                (1, Some(Text(&t.number))),
                (2, Some(Text(&t.issuer))),
                (3, Some(Number(number_of_date(t.expiry)))),
            ],
        );
        head(&mut e, key::CARD_SERIAL);
        e.u64(d.card_serial.bits()).expect(INFALLIBLE);
        head(&mut e, key::SITE);
        e.str(d.site.as_str()).expect(INFALLIBLE);
        head(&mut e, key::DELIVERY);
        e.u8(d.delivery as u8).expect(INFALLIBLE);
        e.into_writer()
    }

    /// Reads [`Request::to_cbor`] back; anything but exactly that form is refused.
    pub fn from_cbor(bytes: &[u8]) -> Result<Request, CborError> {
        let mut d = Decoder::new(bytes);
        let request = decode(&mut d)?;
        if request.to_cbor() == bytes {
            Ok(request)
        } else {
            Err(CborError::NotDeterministic)
        }
    }

    /// SHA-256 of the deterministic CBOR is computed by the caller's craft; this is the digest printed for a person and in codes.
    pub fn digest(&self) -> Digest {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.to_cbor());
        Digest::of_sha256(hash.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

/// The fields of one CBOR map by their keys, each at most once; at most 16, which is more than any map of ours has.
fn fields<'b>(d: &mut Decoder<'b>) -> Result<Vec<(u8, Value<'b>)>, CborError> {
    let malformed = |e: minicbor::decode::Error| CborError::Malformed(e.to_string());
    let len = d.map().map_err(malformed)?.ok_or(CborError::NotDeterministic)?;
    if len > 16 {
        return Err(CborError::Malformed(format!("a map of {len} fields")));
    }
    (0..len)
        .map(|_| {
            let k = d.u8().map_err(malformed)?;
            let v = match d.datatype().map_err(malformed)? {
                Type::String => Value::Text(d.str().map_err(malformed)?),
                _ => Value::Number(d.u64().map_err(malformed)?),
            };
            Ok((k, v))
        })
        .collect()
}

fn decode(d: &mut Decoder) -> Result<Request, CborError> {
    fn wrong(what: &str) -> CborError {
        CborError::Malformed(format!("{what} is missing or of another type"))
    }
    fn text(f: &[(u8, Value)], k: u8, what: &str) -> Result<String, CborError> {
        optional(f, k).ok_or_else(|| wrong(what))
    }
    fn optional(f: &[(u8, Value)], k: u8) -> Option<String> {
        f.iter().find_map(|(key, v)| match v {
            Value::Text(t) if *key == k => Some((*t).to_owned()),
            _ => None,
        })
    }
    fn number(f: &[(u8, Value)], k: u8, what: &str) -> Result<u64, CborError> {
        f.iter()
            .find_map(|(key, v)| match v {
                Value::Number(n) if *key == k => Some(*n),
                _ => None,
            })
            .ok_or_else(|| wrong(what))
    }
    fn date(f: &[(u8, Value)], k: u8, what: &str) -> Result<Date, CborError> {
        date_of_number(number(f, k, what)?).ok_or_else(|| wrong(what))
    }
    fn pick<T: Copy>(all: &[T], n: u64, what: &str) -> Result<T, CborError> {
        usize::try_from(n)
            .ok()
            .and_then(|i| all.get(i))
            .copied()
            .ok_or_else(|| wrong(what))
    }
    let malformed = |e: minicbor::decode::Error| CborError::Malformed(e.to_string());
    let expect = |d: &mut Decoder, k: u8| match d.u8() {
        Ok(found) if found == k => Ok(()),
        Ok(found) => Err(CborError::Malformed(format!("key {found} where {k} belongs"))),
        Err(e) => Err(CborError::Malformed(e.to_string())),
    };
    if d.map().map_err(malformed)? != Some(11) {
        return Err(CborError::Malformed("a request has 11 fields".into()));
    }
    expect(d, key::SCHEMA)?;
    let schema = d.u64().map_err(malformed)?;
    if schema != u64::from(SCHEMA) {
        return Err(CborError::Schema(schema));
    }
    expect(d, key::REQUEST_ID)?;
    let request_id = RequestId::from_bits(d.u64().map_err(malformed)?);
    expect(d, key::LANGUAGE)?;
    let language = pick(&Language::ALL, d.u64().map_err(malformed)?, "language")?;
    expect(d, key::PERSON)?;
    let f = fields(d)?;
    let person = PersonData {
        family_name: text(&f, 0, "family name")?,
        given_names: text(&f, 1, "given names")?,
        birth_date: date(&f, 2, "birth date")?,
        nationality: text(&f, 3, "nationality")?,
        ahv: optional(&f, 4),
    };
    expect(d, key::MAIL)?;
    let mail = d.str().map_err(malformed)?.to_owned();
    expect(d, key::ORGANISATION)?;
    let f = fields(d)?;
    let organisation = Organisation {
        name: text(&f, 0, "organisation")?,
        unit: text(&f, 1, "organisational unit")?,
    };
    expect(d, key::ADDRESS)?;
    let f = fields(d)?;
    let address = Address {
        care_of: optional(&f, 0),
        street: optional(&f, 1),
        house_number: optional(&f, 2),
        po_box: optional(&f, 3),
        postcode: text(&f, 4, "postcode")?,
        town: text(&f, 5, "town")?,
        country: text(&f, 6, "country")?,
    };
    expect(d, key::TRAVEL_DOCUMENT)?;
    let f = fields(d)?;
    let travel_document = TravelDocument {
        kind: pick(
            &[DocumentKind::Passport, DocumentKind::IdentityCard],
            number(&f, 0, "kind of document")?,
            "kind of document",
        )?,
        number: text(&f, 1, "document number")?,
        issuer: text(&f, 2, "issuing state")?,
        expiry: date(&f, 3, "expiry")?,
    };
    expect(d, key::CARD_SERIAL)?;
    let card_serial = CardSerial::from_bits(d.u64().map_err(malformed)?)
        .map_err(|e| CborError::Malformed(e.to_string()))?;
    expect(d, key::SITE)?;
    let site = d
        .str()
        .map_err(malformed)?
        .parse::<SiteId>()
        .map_err(|e| CborError::Malformed(e.to_string()))?;
    expect(d, key::DELIVERY)?;
    let delivery = pick(
        &[Delivery::Post, Delivery::Rio],
        d.u64().map_err(malformed)?,
        "delivery",
    )?;
    Ok(Request {
        request_id,
        data: RequestData {
            schema: SCHEMA,
            language,
            person,
            mail,
            organisation,
            address,
            travel_document,
            card_serial,
            site,
            delivery,
        },
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn sample() -> RequestData {
        RequestData {
            schema: 1,
            language: Language::De,
            person: PersonData {
                family_name: "Muster".into(),
                given_names: "Zoë Anna".into(),
                birth_date: "1990-01-31".parse().unwrap(),
                nationality: "CHE".into(),
                ahv: Some("756.9217.0769.85".into()),
            },
            mail: "zoe.muster@example.ch".into(),
            organisation: Organisation {
                name: "Beispielamt".into(),
                unit: "Dienste".into(),
            },
            address: Address {
                care_of: None,
                street: Some("Musterstrasse".into()),
                house_number: Some("7a".into()),
                po_box: None,
                postcode: "3003".into(),
                town: "Bern".into(),
                country: "CH".into(),
            },
            travel_document: TravelDocument {
                kind: DocumentKind::Passport,
                number: "X1234567".into(),
                issuer: "CHE".into(),
                expiry: "2030-01-31".parse().unwrap(),
            },
            card_serial: CardSerial::from_number(100_000_007),
            site: "bern".parse().unwrap(),
            delivery: Delivery::Post,
        }
    }

    const TODAY: Date = jiff::civil::date(2026, 3, 2);

    #[test]
    fn a_good_request_has_no_problem() {
        assert_eq!(sample().problems(TODAY), vec![]);
    }

    #[test]
    fn json_keeps_every_field_and_refuses_unknown_ones() {
        let json = serde_json::to_vec(&sample()).unwrap();
        assert_eq!(RequestData::from_json(&json).unwrap(), sample());
        let more = String::from_utf8(json)
            .unwrap()
            .replacen("{", "{\"colour\":1,", 1);
        assert!(
            RequestData::from_json(more.as_bytes())
                .unwrap_err()
                .problem
                .contains("colour")
        );
    }

    #[test]
    fn every_bad_field_is_named() {
        type Spoil = fn(&mut RequestData);
        let bad: &[(&str, Spoil)] = &[
            ("mail", |d| d.mail = "nobody".into()),
            ("mail", |d| d.mail = "a@b@example.ch".into()),
            ("person.nationality", |d| d.person.nationality = "CH".into()),
            ("person.nationality", |d| d.person.nationality = "DEU".into()),
            ("travel_document.expiry", |d| {
                d.travel_document.expiry = "2020-01-01".parse().unwrap()
            }),
            ("travel_document.number", |d| {
                d.travel_document.number = "X 12".into()
            }),
            ("address.street", |d| d.address.street = None),
            ("address.country", |d| d.address.country = "Schweiz".into()),
            ("address.postcode", |d| d.address.postcode = "30031".into()),
            ("person.ahv", |d| d.person.ahv = Some("756.9217.0769.84".into())),
            ("person.birth_date", |d| {
                d.person.birth_date = "2026-03-02".parse().unwrap()
            }),
            ("person.family_name", |d| {
                d.person.family_name = "Mu\u{202E}ster".into()
            }),
            ("person.family_name", |d| d.person.family_name = "M".repeat(65)),
            ("schema", |d| d.schema = 2),
        ];
        for (path, spoil) in bad {
            let mut data = sample();
            spoil(&mut data);
            let found = data.problems(TODAY);
            assert!(found.iter().any(|p| p.path == *path), "{path}: {found:?}");
        }
    }

    #[test]
    fn decomposed_letters_are_composed() {
        let mut data = sample();
        data.person.given_names = " Zoe\u{308}  Anna ".into();
        data.normalise();
        assert_eq!(data, sample());
    }

    #[test]
    fn the_digest_covers_every_field() {
        let request = Request {
            request_id: RequestId::from_bits(7),
            data: sample(),
        };
        let changed: &[fn(&mut Request)] = &[
            |r| r.request_id = RequestId::from_bits(8),
            |r| r.data.person.ahv = None,
            |r| r.data.delivery = Delivery::Rio,
            |r| r.data.address.po_box = Some("1".into()),
            |r| r.data.travel_document.kind = DocumentKind::IdentityCard,
        ];
        for change in changed {
            let mut other = request.clone();
            change(&mut other);
            assert_ne!(other.digest(), request.digest());
            assert_eq!(Request::from_cbor(&other.to_cbor()), Ok(other));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Request::from_cbor(&bytes);
        }

        #[test]
        fn a_changed_byte_is_refused_or_is_another_request(at in 0usize..200, by in 1u8..=255) {
            let request = Request { request_id: RequestId::from_bits(7), data: sample() };
            let mut bytes = request.to_cbor();
            let at = at % bytes.len();
            bytes[at] ^= by;
            if let Ok(other) = Request::from_cbor(&bytes) { prop_assert_ne!(other, request); }
        }
    }
}
