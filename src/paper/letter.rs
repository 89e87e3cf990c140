//! The unseal letter: the eTicket on its way to the holder, in an envelope with a window.

use super::document::Document;
use super::envelope::{SHEET_MM, WindowProfile};
use super::error::PaperError;
use super::letter_id::LetterId;
use super::manifest::{Manifest, ManifestEntry, ManifestFile};
use super::office::Office;
use super::pdf::sha256;
use super::press::Press;
use super::template::Filling;
use super::texts::{Texts, Value};
use crate::domain::request::Address;
use crate::domain::symbols::Symbol;
use crate::domain::{CardSerial, Language, Sha256};
use jiff::civil::Date;
use qrcode::EcLevel;
use zeroize::Zeroizing;

/// The bytes of a PDF that holds eTickets; wiped when dropped.
pub type Pdf = Zeroizing<Vec<u8>>;

/// An address has three to six lines (Swiss Post, addressing; SN 010130).
const ADDRESS_LINES: std::ops::RangeInclusive<usize> = 3..=6;

/// Characters of an eTicket as it is printed: four groups of five and three hyphens.
const ETICKET_CHARS: usize = 23;

/// The country of the office's own post, which addresses do not name.
const HOME: &str = "CH";

/// To whom a letter goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recipient {
    /// Given and family names.
    pub name: String,
    pub address: Address,
}

/// A file of letters, ready for the printer.
pub struct PrintFile {
    /// Its name in the batch's folder and in the manifest.
    pub name: String,
    pub pdf: Pdf,
}

/// A letter without its eTicket.
#[derive(Clone, PartialEq, Debug)]
pub struct Letter {
    pub id: LetterId,
    pub language: Language,
    pub recipient: Recipient,
    pub office: Office,
    /// Of which only the last three digits are printed.
    pub card_serial: CardSerial,
    pub on: Date,
    /// The last day on which the eTicket can be used.
    pub valid_until: Date,
    pub window: WindowProfile,
}

/// Where the house number stands before the street (Universal Postal Union, postal addressing systems).
const NUMBER_FIRST: [&str; 9] = ["AU", "CA", "FR", "GB", "IE", "LU", "MC", "NZ", "US"];

/// Where the postcode stands behind the town (the same).
const POSTCODE_LAST: [&str; 6] = ["AU", "CA", "IN", "NZ", "SG", "US"];

/// Where the postcode has a line of its own below the town (the same).
const POSTCODE_BELOW: [&str; 2] = ["GB", "IE"];

/// The lines of an address between name and country, as the post of its country reads them: care of, street, box, postcode and
/// town; the country, in the capitals that the Universal Postal Union asks for, only abroad.
pub(super) fn address_lines(
    texts: &Texts,
    language: Language,
    address: &Address,
) -> Result<Vec<String>, PaperError> {
    let country = address.country.as_str();
    let mut lines = Vec::new();
    if let Some(name) = &address.care_of {
        lines.push(texts.get(language, "care-of", &[("name", Value::from(name.as_str()))])?);
    }
    if let Some(street) = &address.street {
        let number = address.house_number.as_deref().unwrap_or_default();
        let line = if NUMBER_FIRST.contains(&country) {
            format!("{number} {street}")
        } else {
            format!("{street} {number}")
        };
        lines.push(line.trim().to_owned());
    }
    if let Some(number) = &address.po_box {
        let line = texts.get(language, "po-box", &[("number", Value::from(number.as_str()))])?;
        lines.push(line.trim().to_owned());
    }
    let (postcode, town) = (&address.postcode, &address.town);
    if POSTCODE_BELOW.contains(&country) {
        lines.extend([town.clone(), postcode.clone()]);
    } else if POSTCODE_LAST.contains(&country) {
        lines.push(format!("{town} {postcode}"));
    } else {
        lines.push(format!("{postcode} {town}"));
    }
    if country != HOME {
        lines.push(country_name(texts, language, country)?.to_uppercase());
    }
    Ok(lines)
}

/// A country's name: in the language of the letter where the texts have it, else in English, which the
/// Universal Postal Union asks every post to read; the code when it is unknown.
pub(super) fn country_name(texts: &Texts, language: Language, code: &str) -> Result<String, PaperError> {
    let key = format!("country-{}", code.to_lowercase());
    Ok(match celes::Country::from_alpha2(code) {
        _ if texts.has(language, &key) => texts.get(language, &key, &[])?,
        Ok(country) => country.long_name.to_owned(),
        Err(_) => code.to_owned(),
    })
}

impl Press {
    /// Prints one letter. The eTicket stands in the PDF and nowhere else.
    ///
    /// # Errors
    /// As [`Press::letters`].
    pub fn letter(&self, letter: &Letter, eticket: &str) -> Result<Pdf, PaperError> {
        let mut document = Document::new(letter.language, self.letter_title(letter)?);
        self.draw_letter(&mut document, letter, eticket)?;
        Ok(Zeroizing::new(super::pdf::write(document, letter.on)?.bytes))
    }

    /// Prints letters into one file for each envelope and language, each letter on a sheet of its own, in the order given, with the
    /// manifest of what is in them.
    ///
    /// # Errors
    /// [`PaperError::Nothing`] without a letter; [`PaperError::Letter`] naming the letter when its address has not
    /// three to six lines; [`PaperError::TooLong`] and [`PaperError::MissingGlyph`] naming the field.
    pub fn letters(
        &self,
        batch: &[(Letter, Zeroizing<String>)],
    ) -> Result<(Vec<PrintFile>, Manifest), PaperError> {
        let mut groups: Vec<Vec<&(Letter, Zeroizing<String>)>> = Vec::new();
        for one in batch {
            let alike = |group: &&mut Vec<&(Letter, Zeroizing<String>)>| {
                group
                    .first()
                    .is_some_and(|(l, _)| l.window == one.0.window && l.language == one.0.language)
            };
            match groups.iter_mut().find(alike) {
                Some(group) => group.push(one),
                None => groups.push(vec![one]),
            }
        }
        if groups.is_empty() {
            return Err(PaperError::Nothing { what: "letter" });
        }
        let mut manifest = Manifest {
            schema: 2,
            files: Vec::new(),
            letters: Vec::new(),
        };
        let mut files = Vec::new();
        for group in groups {
            let first = &group[0].0;
            let envelope = &first.window.name;
            let slug: String = envelope
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() {
                        c.to_ascii_lowercase()
                    } else {
                        '-'
                    }
                })
                .collect();
            let name = format!("letters-{slug}-{}.pdf", first.language.tag());
            let mut document = Document::new(first.language, self.letter_title(first)?);
            for (letter, eticket) in &group {
                self.draw_letter(&mut document, letter, eticket)?;
            }
            let written = super::pdf::write(document, first.on)?;
            for (((letter, _), hash), page) in group.iter().zip(written.pages).zip(1u32..) {
                manifest.letters.push(ManifestEntry {
                    letter: letter.id,
                    file: name.clone(),
                    page,
                    sha256: Sha256(hash),
                    country: letter.recipient.address.country.clone(),
                    postcode: letter.recipient.address.postcode.clone(),
                    language: letter.language,
                    envelope: envelope.clone(),
                });
            }
            manifest.files.push(ManifestFile {
                name: name.clone(),
                sheets: group.len() as u32,
                sha256: Sha256(sha256(&written.bytes)),
                language: first.language,
                envelope: envelope.clone(),
            });
            files.push(PrintFile {
                name,
                pdf: Zeroizing::new(written.bytes),
            });
        }
        Ok((files, manifest))
    }

    /// Sorts letters as the post takes them: country, the office's own first, then postcode, then number.
    pub fn sort_for_post(batch: &mut [(Letter, Zeroizing<String>)]) {
        batch.sort_by_cached_key(|(letter, _)| {
            let a = &letter.recipient.address;
            (
                a.country != HOME,
                a.country.clone(),
                a.postcode.clone(),
                letter.id,
            )
        });
    }

    fn letter_title(&self, letter: &Letter) -> Result<String, PaperError> {
        let id = Value::from(letter.id.to_string());
        self.texts
            .get(letter.language, "letter-title", &[("letter_id", id)])
    }

    fn draw_letter(&self, document: &mut Document, letter: &Letter, eticket: &str) -> Result<(), PaperError> {
        let language = letter.language;
        let office = &letter.office;
        let mut f = Filling::new(&self.texts, language);
        for (name, value) in [
            ("office.name", office.name.clone()),
            ("office_place", office.place.clone()),
            ("letter_id", letter.id.to_string()),
            ("recipient_name", letter.recipient.name.clone()),
            ("card_end", letter.card_serial.to_string()[7..].to_owned()),
            ("date", self.texts.date_long(language, letter.on)?),
            ("until", self.texts.date_long(language, letter.valid_until)?),
        ] {
            f.set(name, value);
        }
        let wrong = |problem: String| PaperError::Letter {
            letter: letter.id.to_string(),
            problem,
        };
        if eticket.len() > ETICKET_CHARS
            || !eticket
                .chars()
                .all(|c| c == '-' || Symbol::from_char(c).is_some())
        {
            return Err(wrong(
                "its eTicket is not of the form XXXXC-XXXXC-XXXXC-XXXXC: this is a defect".into(),
            ));
        }
        f.eticket = Some(Zeroizing::new(eticket.to_owned()));
        if !letter.window.fits() {
            return Err(wrong(format!(
                "the window ‘{}’ would show other text when the sheet shifts: this letter leaves room for it from 37 to 105 mm down, and to 135 mm or from 75 mm across; named profiles are {}",
                letter.window.name,
                WindowProfile::NAMES.join(", ")
            )));
        }
        let mut lines = vec![letter.recipient.name.clone()];
        lines.extend(address_lines(&self.texts, language, &letter.recipient.address)?);
        let rows = |lines: Vec<String>| lines.into_iter().map(|line| vec![line]).collect::<Vec<_>>();
        if !ADDRESS_LINES.contains(&lines.len()) {
            return Err(wrong(format!(
                "the address has {} lines, three to six are carried: correct it",
                lines.len()
            )));
        }
        f.lists.insert("recipient", rows(lines));
        f.lists.insert("sender", rows(office.address.clone()));
        f.lists.insert("contact", office.contact_lines());
        f.lists.insert(
            "folds",
            rows(letter.window.folds_mm.iter().map(f64::to_string).collect()),
        );
        f.rects.extend([
            ("address", letter.window.address()),
            ("date", letter.window.date()),
        ]);
        let symbol = self.symbol("letter_code", &letter.id.code(), (2, 2), EcLevel::H)?;
        f.codes.insert("letter_code".into(), symbol);
        document.new_page(SHEET_MM.0, SHEET_MM.1);
        letter.window.inserter.draw(document, letter.id)?;
        self.templates.draw_part(document, "letter", &f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::texts::Overlay;

    #[test]
    fn an_address_stands_as_the_post_of_its_country_reads_it() {
        let texts = Texts::load(&Overlay::new()).expect("good");
        let lines = |language, country: &str, street: &str, number: &str, postcode: &str, town: &str| {
            let address = Address {
                care_of: None,
                street: Some(street.into()),
                house_number: (!number.is_empty()).then(|| number.into()),
                po_box: None,
                postcode: postcode.into(),
                town: town.into(),
                country: country.into(),
            };
            address_lines(&texts, language, &address).expect("the texts have it")
        };
        use Language::{De, En, Fr, It};
        assert_eq!(
            lines(De, "CH", "Musterstrasse", "12a", "3003", "Bern"),
            ["Musterstrasse 12a", "3003 Bern"]
        );
        assert_eq!(
            lines(De, "FR", "Rue du Modèle", "4", "75001", "Paris"),
            ["4 Rue du Modèle", "75001 Paris", "FRANKREICH"]
        );
        assert_eq!(
            lines(It, "DE", "Musterweg", "", "10115", "Berlin"),
            ["Musterweg", "10115 Berlin", "GERMANIA"]
        );
        assert_eq!(
            lines(Fr, "GB", "Example Road", "7", "SW1A 1AA", "London"),
            ["7 Example Road", "London", "SW1A 1AA", "ROYAUME-UNI"]
        );
        assert_eq!(
            lines(En, "US", "Sample Avenue", "100", "10001", "New York NY"),
            ["100 Sample Avenue", "New York NY 10001", "UNITED STATES"]
        );
        assert_eq!(
            lines(De, "PL", "ul. Przykładowa", "3", "00-001", "Warszawa"),
            ["ul. Przykładowa 3", "00-001 Warszawa", "POLEN"]
        );
        // A country that the texts do not name stands in English, which every post reads.
        assert_eq!(lines(Fr, "EE", "Näidise", "1", "10111", "Tallinn")[2], "ESTONIA");
    }
}
