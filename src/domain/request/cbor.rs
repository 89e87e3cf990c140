//! The deterministic CBOR of a request and its digest.

use super::{
    Address, Delivery, DocumentKind, Language, Organisation, PersonData, Request, RequestData, SCHEMA,
    TravelDocument,
};
use crate::domain::ids::{CardSerial, Digest, RequestId, SiteId};
use jiff::civil::Date;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

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
    /// post, rio and in_person as 0, 1 and 2. Absent optional fields have no key.
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
        let mut normal = request.data.clone();
        normal.normalise();
        if request.to_cbor() == bytes && normal == request.data {
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
        &[Delivery::Post, Delivery::Rio, Delivery::InPerson],
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
