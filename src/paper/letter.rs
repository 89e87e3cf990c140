//! The unseal letter: the eTicket on its way to the holder, in an envelope with a window.

use super::document::{Document, Element, Rect};
use super::error::PaperError;
use super::letter_id::LetterId;
use super::manifest::{Manifest, ManifestEntry};
use super::office::Office;
use super::press::Press;
use super::qr;
use super::template::Filling;
use super::texts::{Texts, Value};
use crate::domain::request::Address;
use crate::domain::symbols::Symbol;
use crate::domain::{CardSerial, Language, Sha256};
use jiff::civil::Date;
use qrcode::EcLevel;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The bytes of a PDF that holds eTickets; wiped when dropped.
pub type Pdf = Zeroizing<Vec<u8>>;

/// An address has three to six lines (Swiss Post, addressing; SN 010130).
const ADDRESS_LINES: std::ops::RangeInclusive<usize> = 3..=6;

/// How far the sheet may shift in its envelope: this much of the window's inside stays empty around the address, and this
/// much around the window too, in millimetres.
const SHIFT_MM: f64 = 5.0;

/// From where to where down the sheet the letter leaves room for the window, in millimetres.
const FREE_MM: (f64, f64) = (37.0, 105.0);

/// How far right the window may reach, so that the date fits beside it, in millimetres.
const DATE_RIGHT_OF_MM: f64 = 135.0;

/// Characters of an eTicket as it is printed: four groups of five and three hyphens.
const ETICKET_CHARS: usize = 23;

/// The sheet, A4 upright, in millimetres.
const SHEET_MM: (f64, f64) = (210.0, 297.0);

/// The country of the office's own post, which addresses do not name.
const HOME: &str = "CH";

/// Where an envelope's window lies on the unfolded sheet, and where the sheet is folded.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowProfile {
    pub name: String,
    /// Millimetres from the sheet's top left: x, y, width, height.
    pub window_mm: Rect,
    /// Folds, in millimetres from the top.
    pub folds_mm: Vec<f64>,
}

impl WindowProfile {
    /// C5, window left, 100 × 45 mm, 20 mm from the left and 52 mm from the top (SN 010130); one fold in the middle.
    pub fn c5_left() -> WindowProfile {
        WindowProfile {
            name: "C5".into(),
            window_mm: [20.0, 52.0, 100.0, 45.0],
            folds_mm: vec![148.5],
        }
    }

    /// C5/6, window left, 20 mm from the left and 21 mm from the bottom of the 114 mm high envelope (SN 010130); folded
    /// at 105 and 201 mm, the first panel in the middle of the envelope's height.
    pub fn c5_6_left() -> WindowProfile {
        WindowProfile {
            name: "C5/6".into(),
            window_mm: [20.0, 43.5, 100.0, 45.0],
            folds_mm: vec![105.0, 201.0],
        }
    }

    /// Whether the window, shifted every way, shows nothing of the letter but the address.
    fn fits(&self) -> bool {
        let [x, y, w, h] = self.window_mm;
        let room = w > 4.0 * SHIFT_MM && h > 4.0 * SHIFT_MM && self.folds_mm.iter().all(|f| f.is_finite());
        let across = x >= SHIFT_MM && x + w + SHIFT_MM <= DATE_RIGHT_OF_MM;
        room && across && y - SHIFT_MM >= FREE_MM.0 && y + h + SHIFT_MM <= FREE_MM.1
    }

    /// Where the address stands: inside the window, clear of its edge by the shift of the sheet.
    fn address(&self) -> Rect {
        let [x, y, w, h] = self.window_mm;
        [x + SHIFT_MM, y + SHIFT_MM, w - 2.0 * SHIFT_MM, h - 2.0 * SHIFT_MM]
    }

    /// Where the date stands: right of the window, clear of it, on its last line.
    fn date(&self) -> Rect {
        let [x, y, w, h] = self.window_mm;
        let left = x + w + SHIFT_MM;
        [left, y + h - 7.0, SHEET_MM.0 - 20.0 - left, 5.0]
    }
}

/// To whom a letter goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recipient {
    /// Given and family names.
    pub name: String,
    pub address: Address,
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

/// The lines of an address between name and country: care of, street, box, postcode and town; the country, in the
/// capitals that the Universal Postal Union asks for, only abroad.
pub(super) fn address_lines(
    texts: &Texts,
    language: Language,
    address: &Address,
) -> Result<Vec<String>, PaperError> {
    let mut lines = Vec::new();
    if let Some(name) = &address.care_of {
        lines.push(texts.get(language, "care-of", &[("name", Value::from(name.as_str()))])?);
    }
    if let Some(street) = &address.street {
        let number = address.house_number.as_deref().unwrap_or_default();
        lines.push(format!("{street} {number}").trim().to_owned());
    }
    if let Some(number) = &address.po_box {
        let line = texts.get(language, "po-box", &[("number", Value::from(number.as_str()))])?;
        lines.push(line.trim().to_owned());
    }
    lines.push(format!("{} {}", address.postcode, address.town));
    if address.country != HOME {
        lines.push(country_name(texts, language, &address.country)?);
    }
    Ok(lines)
}

/// A country's name in capitals: in the language of the letter where the texts have it, else in English, which the
/// Universal Postal Union asks every post to read; the code when it is unknown.
pub(super) fn country_name(texts: &Texts, language: Language, code: &str) -> Result<String, PaperError> {
    let key = format!("country-{}", code.to_lowercase());
    let name = match celes::Country::from_alpha2(code) {
        _ if texts.has(language, &key) => texts.get(language, &key, &[])?,
        Ok(country) => country.long_name.to_owned(),
        Err(_) => code.to_owned(),
    };
    Ok(name.to_uppercase())
}

impl Press {
    /// Prints one letter. The eTicket stands in the PDF and nowhere else.
    ///
    /// # Errors
    /// As [`Press::letters`].
    pub fn letter(&self, letter: &Letter, eticket: &str) -> Result<Pdf, PaperError> {
        let mut document = Document::new(letter.language, self.letter_title(letter)?);
        self.draw_letter(&mut document, letter, eticket)?;
        super::pdf::write(document, letter.on).map(Zeroizing::new)
    }

    /// Prints letters into one file, each on a sheet of its own, in the order given, with the manifest of what is in it.
    ///
    /// # Errors
    /// [`PaperError::Nothing`] without a letter; [`PaperError::Letter`] naming the letter when its address has not
    /// three to six lines; [`PaperError::TooLong`] and [`PaperError::MissingGlyph`] naming the field.
    pub fn letters(&self, batch: &[(Letter, Zeroizing<String>)]) -> Result<(Pdf, Manifest), PaperError> {
        let Some((first, _)) = batch.first() else {
            return Err(PaperError::Nothing { what: "letter" });
        };
        let mut document = Document::new(first.language, self.letter_title(first)?);
        let mut entries = Vec::new();
        for ((letter, eticket), page) in batch.iter().zip(1u32..) {
            self.draw_letter(&mut document, letter, eticket)?;
            let single = self.letter(letter, eticket)?;
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &single);
            entries.push(ManifestEntry {
                letter: letter.id,
                page,
                sha256: Sha256(hash.as_ref().try_into().expect("SHA-256 has 32 bytes")),
                country: letter.recipient.address.country.clone(),
                postcode: letter.recipient.address.postcode.clone(),
                language: letter.language,
                envelope: letter.window.name.clone(),
            });
        }
        let pdf = super::pdf::write(document, first.on).map(Zeroizing::new)?;
        Ok((
            pdf,
            Manifest {
                schema: 1,
                letters: entries,
            },
        ))
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
                "the window ‘{}’ would show other text when the sheet shifts: this letter leaves room for it from 37 to 105 mm down and to 135 mm across",
                letter.window.name
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
        let symbol = qr::Symbol::of("letter_code", &letter.id.code(), 2, 2, EcLevel::H)?;
        f.codes.insert("letter_code".into(), symbol);
        document.new_page(SHEET_MM.0, SHEET_MM.1);
        document.open(Element::new("Part"));
        let drawn = self.templates.draw(document, "letter", &f);
        document.close();
        drawn
    }
}
