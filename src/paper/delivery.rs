//! Papers that go with a pile: the delivery note of cards, the cover sheet of a dispatch batch.

use super::document::{Document, Element};
use super::error::PaperError;
use super::manifest::Manifest;
use super::office::Office;
use super::press::Press;
use super::template::Filling;
use crate::domain::{BatchId, CardSerial, Language};
use jiff::civil::Date;

/// Rows of cards on one page: the table's height over its row's.
const CARDS_ON_A_PAGE: usize = 20;

/// The most cards of one note: what one person can compare.
const MAX_CARDS: usize = 1000;

/// What a delivery note is printed from.
#[derive(Clone, Copy)]
pub struct DeliveryNote<'a> {
    pub number: &'a str,
    pub language: Language,
    pub office: &'a Office,
    pub site_name: &'a str,
    pub cards: &'a [CardSerial],
    pub on: Date,
}

/// What a cover sheet is printed from.
#[derive(Clone, Copy)]
pub struct CoverSheet<'a> {
    pub batch: &'a BatchId,
    pub language: Language,
    pub office: &'a Office,
    pub manifest: &'a Manifest,
    pub on: Date,
}

impl Press {
    /// Prints the delivery note that goes with prestaged cards; the receiver signs on its last page.
    ///
    /// # Errors
    /// [`PaperError::Nothing`] without cards, [`PaperError::TooLong`] with more than a thousand.
    pub fn delivery_note(&self, note: DeliveryNote) -> Result<Vec<u8>, PaperError> {
        if note.cards.is_empty() {
            return Err(PaperError::Nothing { what: "card" });
        }
        if note.cards.len() > MAX_CARDS {
            let text = format!(
                "{} cards; write several notes of at most {MAX_CARDS}",
                note.cards.len()
            );
            return Err(PaperError::TooLong {
                field: "cards".into(),
                text,
            });
        }
        let mut f = Filling::new(&self.texts, note.language);
        f.set("office.name", note.office.name.as_str());
        f.set("number", note.number);
        f.set("site", note.site_name);
        f.set("date", self.texts.date_long(note.language, note.on)?);
        f.numbers.insert("cards".into(), note.cards.len() as i64);
        let mut document = Document::new(note.language, f.text("delivery-note-document")?);
        let pages = note.cards.chunks(CARDS_ON_A_PAGE);
        f.numbers.insert("pages".into(), pages.len() as i64);
        for ((chunk, page), first) in pages.clone().zip(1..).zip((0..).step_by(CARDS_ON_A_PAGE)) {
            f.numbers.insert("page".into(), page);
            let rows = chunk.iter().zip(first + 1..);
            let rows = rows
                .map(|(card, n)| vec![n.to_string(), card.grouped(), "□".into()])
                .collect();
            f.lists.insert("cards", rows);
            if page == pages.len() as i64 {
                f.flags.insert("last");
            }
            document.new_page(210.0, 297.0);
            document.open(Element::new("Part"));
            self.templates.draw(&mut document, "delivery_note", &f)?;
            document.close();
        }
        super::pdf::write(document, note.on)
    }

    /// Prints the cover sheet that goes with a batch of letters: how many, whereto.
    pub fn cover_sheet(&self, cover: CoverSheet) -> Result<Vec<u8>, PaperError> {
        let letters = &cover.manifest.letters;
        let Some(first) = letters.first() else {
            return Err(PaperError::Nothing { what: "letter" });
        };
        let mut f = Filling::new(&self.texts, cover.language);
        f.set("office.name", cover.office.name.as_str());
        f.set("batch", cover.batch.as_str());
        f.set("date", self.texts.date_short(cover.language, cover.on)?);
        f.set("envelope", first.envelope.as_str());
        f.set("count", letters.len().to_string());
        let counts = cover.manifest.by_country();
        let rows = counts
            .iter()
            .map(|(country, n)| vec![country.to_string(), n.to_string()])
            .collect();
        f.lists.insert("counts", rows);
        let mut document = Document::new(cover.language, f.text("cover-document")?);
        document.new_page(210.0, 297.0);
        document.open(Element::new("Part"));
        self.templates.draw(&mut document, "cover", &f)?;
        document.close();
        super::pdf::write(document, cover.on)
    }
}
