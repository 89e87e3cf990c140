//! Papers that go with a pile: the delivery note of cards, the cover sheet of a dispatch batch.

use super::codes::{self, PageCode};
use super::document::Document;
use super::error::PaperError;
use super::layout::{Place, current_version, layout_id, layout_of, places_of};
use super::letter::country_name;
use super::manifest::Manifest;
use super::office::Office;
use super::pdf::sha256;
use super::press::Press;
use super::template::Filling;
use crate::domain::{BatchId, CardSerial, Digest, Language, Paper, RequestId};
use jiff::civil::Date;

/// Rows of cards on one page: the table's height over its row's.
const CARDS_ON_A_PAGE: usize = 17;

/// The most cards of one note: a page code counts fifteen pages.
const MAX_CARDS: usize = CARDS_ON_A_PAGE * codes::MAX_NIBBLE as usize;

/// Rows for countries on a cover sheet.
const COUNTRIES_ON_A_COVER: usize = 8;

/// What stands for the countries that share the last row; no code is empty.
const OTHERS: &str = "";

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

impl DeliveryNote<'_> {
    /// What stands in place of the request's id in the codes of a note: 50 bits of the hash of its number.
    pub fn identity(number: &str) -> RequestId {
        let hash = sha256(format!("siegelpost delivery note {number}").as_bytes());
        RequestId::from_bits(u64::from_be_bytes(hash[..8].try_into().expect("a hash has 32 bytes")) >> 14)
    }

    /// Where the machine looks on its pages.
    pub fn layout(&self) -> Vec<Place> {
        let pages = self.cards.len().div_ceil(CARDS_ON_A_PAGE);
        places_of(
            Paper::DeliveryNote,
            self.language,
            u8::try_from(pages).unwrap_or(u8::MAX),
        )
    }

    /// What stands in place of the request's digest: 60 bits of the hash of the serials, the smallest first, each on a line.
    pub fn digest(cards: &[CardSerial]) -> Digest {
        let mut cards = cards.to_vec();
        cards.sort_unstable();
        let lines: String = cards.iter().map(|c| format!("{c}\n")).collect();
        Digest::of_sha256(&sha256(lines.as_bytes()))
    }
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
    /// Prints the delivery note that goes with prestaged cards; the receiver signs on its last page. Each page has the codes of
    /// a request's papers, so that a scanned note says which it is: see [`DeliveryNote::identity`] and [`DeliveryNote::digest`].
    ///
    /// # Errors
    /// [`PaperError::Nothing`] without cards, [`PaperError::TooLong`] with more than fifteen pages of them.
    pub fn delivery_note(&self, note: DeliveryNote) -> Result<Vec<u8>, PaperError> {
        let Some(first) = note.cards.first() else {
            return Err(PaperError::Nothing { what: "card" });
        };
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
        let paper = Paper::DeliveryNote;
        let layout = layout_of(layout_id(current_version(paper), paper, note.language))
            .ok_or_else(|| PaperError::pdf("the delivery note has no layout"))?;
        let mut f = Filling::new(&self.texts, note.language);
        f.set("office.name", note.office.name.as_str());
        f.set("number", note.number);
        f.set("site", note.site_name);
        f.set("date", self.texts.date_long(note.language, note.on)?);
        f.set_number("cards", note.cards.len() as i64);
        f.layout = Some(&layout);
        let mut document = Document::new(note.language, f.text("delivery-note-document")?);
        let pages = note.cards.chunks(CARDS_ON_A_PAGE);
        let of = pages.len() as u8;
        for ((chunk, page), before) in pages.zip(1u8..).zip((0..).step_by(CARDS_ON_A_PAGE)) {
            let code = PageCode {
                paper: paper.number(),
                page,
                of,
                request: DeliveryNote::identity(note.number),
                serial: *first,
                layout: layout.id,
                digest: DeliveryNote::digest(note.cards),
                corner: 0,
            };
            self.put_codes(&mut f, code, paper)?;
            let rows = chunk.iter().zip(before + 1..);
            let rows = rows
                .map(|(card, n)| vec![n.to_string(), card.grouped(), "□".into()])
                .collect();
            f.lists.insert("cards", rows);
            if page == of {
                f.flags.insert("last");
            }
            document.new_page(layout.width_mm, layout.height_mm);
            self.templates.draw_part(&mut document, paper.name(), &f)?;
        }
        Ok(super::pdf::write(document, note.on)?.bytes)
    }

    /// Prints the cover sheet that goes with a batch of letters: how many, whereto.
    pub fn cover_sheet(&self, cover: CoverSheet) -> Result<Vec<u8>, PaperError> {
        let letters = &cover.manifest.letters;
        if letters.is_empty() {
            return Err(PaperError::Nothing { what: "letter" });
        }
        let mut f = Filling::new(&self.texts, cover.language);
        f.set("office.name", cover.office.name.as_str());
        f.set("batch", cover.batch.as_str());
        f.set("date", self.texts.date_short(cover.language, cover.on)?);
        f.set("count", letters.len().to_string());
        let mut counts: Vec<_> = cover.manifest.by_country().into_iter().collect();
        // Few countries get many letters: those with the fewest share the last row.
        if counts.len() > COUNTRIES_ON_A_COVER {
            counts.sort_by_key(|(country, n)| (std::cmp::Reverse(*n), *country));
            let rest = counts.split_off(COUNTRIES_ON_A_COVER - 1);
            counts.push((OTHERS, rest.iter().map(|(_, n)| n).sum()));
        }
        let rows = counts.into_iter().map(|(country, n)| {
            let name = match country {
                OTHERS => self.texts.get(cover.language, "cover-rest", &[])?,
                code => country_name(&self.texts, cover.language, code)?,
            };
            Ok(vec![name, n.to_string()])
        });
        let rows = rows.collect::<Result<Vec<_>, PaperError>>()?;
        f.lists.insert("counts", rows);
        let files = cover.manifest.files.iter();
        let rows = files.map(|file| {
            let language = format!("language-{}", file.language.tag());
            Ok(vec![
                file.name.clone(),
                file.envelope.clone(),
                self.texts.get(cover.language, &language, &[])?,
                file.sheets.to_string(),
            ])
        });
        let rows = rows.collect::<Result<Vec<_>, PaperError>>()?;
        f.lists.insert("files", rows);
        let mut document = Document::new(cover.language, f.text("cover-document")?);
        document.new_page(210.0, 297.0);
        self.templates.draw_part(&mut document, "cover", &f)?;
        Ok(super::pdf::write(document, cover.on)?.bytes)
    }
}
