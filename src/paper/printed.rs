//! The values of a request as they stand on a sheet, glyph by glyph, for those who hold a scan against what was printed.

use super::codes::PageCode;
use super::error::PaperError;
use super::fonts::FaceName;
use super::layout::{Layout, current_version};
use super::press::Press;
use super::template::Filling;
use super::typeset::{Block, MM_PER_PT, Style};
use crate::domain::Request;
use ttf_parser::OutlineBuilder;

/// A value in print.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintedValue {
    /// Its name in the templates: `person.family_name`, `card_serial`, `address` …
    pub name: String,
    /// Its characters, line by line; blanks are left out.
    pub glyphs: Vec<PrintedGlyph>,
}

/// A character in print; all lengths in millimetres from the top left of the sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrintedGlyph {
    pub character: char,
    face: FaceName,
    /// Where its advance begins on the baseline.
    pub x_mm: f64,
    pub baseline_mm: f64,
    pub advance_mm: f64,
    /// The size of its font.
    pub em_mm: f64,
}

impl PrintedGlyph {
    /// Draws the outline, in em with y upwards from where the glyph stands on its baseline.
    pub fn outline(&self, pen: &mut dyn OutlineBuilder) {
        self.face.face().outline(self.character, pen);
    }
}

impl PrintedGlyph {
    /// Which of the faces it is printed in: glyphs of one face, size and character have one shape.
    pub const fn face_number(&self) -> u8 {
        self.face as u8
    }

    /// Another character in its place.
    pub const fn instead(&self, character: char) -> PrintedGlyph {
        PrintedGlyph { character, ..*self }
    }
}

impl PrintedValue {
    pub(super) fn new(name: &str) -> PrintedValue {
        PrintedValue {
            name: name.into(),
            glyphs: Vec::new(),
        }
    }

    /// Takes the lines of a fitted text, the first one's box at the top of `[x, y, width]`.
    pub(super) fn take(&mut self, block: &Block, style: &Style, place: [f64; 3]) {
        let em_mm = block.size * MM_PER_PT;
        for (left, baseline_mm, line) in block.placed(style, place) {
            let mut x_mm = left;
            for run in &line.runs {
                let face = run.face.face();
                let mut last = None;
                for character in run.text.chars() {
                    if let Some(before) = last {
                        x_mm += (face.kern(before, character) + style.tracking) * em_mm;
                    }
                    last = Some(character);
                    let advance_mm = face.advance(character) * em_mm;
                    if !character.is_whitespace() {
                        self.glyphs.push(PrintedGlyph {
                            character,
                            face: run.face,
                            x_mm,
                            baseline_mm,
                            advance_mm,
                            em_mm,
                        });
                    }
                    x_mm += advance_mm;
                }
            }
        }
    }
}

impl Press {
    /// The values that stand on a page of this layout, as far as they are known: what the page's own codes say, and the
    /// request's data where they are at hand. Nothing of a page that other templates printed.
    ///
    /// # Errors
    /// When the templates would not print these values.
    pub fn printed_values(
        &self,
        layout: &Layout,
        code: &PageCode,
        request: Option<&Request>,
    ) -> Result<Vec<PrintedValue>, PaperError> {
        if layout.version != current_version(layout.paper) {
            return Ok(Vec::new());
        }
        let mut filling = Filling::new(self.texts(), layout.language);
        filling.set("request_id", code.request.to_string());
        filling.set("card_serial", code.serial.grouped());
        if code.page == 1 {
            filling.flags.insert("first");
        }
        if let Some(request) = request {
            self.set_request(&mut filling, request)?;
        }
        self.templates.values(layout.paper.name(), &filling)
    }
}
