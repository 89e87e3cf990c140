//! What an inserting machine reads on a letter: optical marks, or a DataMatrix symbol.

use super::document::{Document, Rect, Rgb8};
use super::error::PaperError;
use super::letter_id::LetterId;
use super::qr::Symbol;
use datamatrix::{DataMatrix, SymbolSize};
use serde::{Deserialize, Serialize};

/// Length and weight of an optical mark, in millimetres.
const BAR_MM: (f64, f64) = (6.0, 0.4);

/// Modules along a side of the DataMatrix: the same for every letter, with room for its 27 characters (22 codewords) and ten
/// codewords of error correction that mend five (ISO/IEC 16022, table 7).
const MODULES: usize = 20;
const SIZE: SymbolSize = SymbolSize::Square20;

/// Clear modules on each side; ISO/IEC 16022 asks for one.
const QUIET: f64 = 2.0;

/// Millimetres of a module: cameras of inserters read none that is smaller.
const LEAST_MODULE_MM: f64 = 0.25;

/// Sheets are counted up to this and begin anew.
const COUNT_TO: usize = 1_000_000;

/// What the inserting machine reads on the sheet. Machines differ: `none` unless the machine's manual asks for one.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum InserterMarks {
    #[default]
    None,
    /// Optical marks: thin bars at the left edge. The first is the gate; the others say: end of set (each letter is one sheet)
    /// and two bits of a wrap-around count, from which the machine sees a missing sheet.
    Omr {
        /// From the sheet's left edge to the marks, and from its top to the first one, in millimetres.
        x_mm: f64,
        y_mm: f64,
        /// From one mark to the next, in millimetres.
        pitch_mm: f64,
    },
    /// A DataMatrix symbol (ECC 200, 20 × 20 modules): see [`InserterMarks::text`].
    #[serde(rename = "datamatrix")]
    DataMatrix {
        /// From the sheet's left edge and top to the symbol's, in millimetres.
        x_mm: f64,
        y_mm: f64,
        module_mm: f64,
    },
}

impl InserterMarks {
    pub(super) fn is_none(&self) -> bool {
        *self == InserterMarks::None
    }

    /// What the DataMatrix of a letter says: what its QR code says (`SPL1` and the letter's number, 17 characters), then sheet and
    /// sheets of the letter (`0101`), then the sheet's place in its print file from 1, in six digits.
    pub fn text(letter: LetterId, sheet: usize) -> String {
        format!("{}0101{:06}", letter.code(), sheet % COUNT_TO)
    }

    /// All the room that the marks of any letter take, a symbol with its quiet zone.
    pub(super) fn extent(&self) -> Vec<Rect> {
        match *self {
            InserterMarks::None => vec![],
            InserterMarks::Omr { .. } => self.bars([true; 4]),
            InserterMarks::DataMatrix {
                x_mm,
                y_mm,
                module_mm,
            } => {
                let readable = if module_mm >= LEAST_MODULE_MM {
                    module_mm
                } else {
                    f64::NAN
                };
                let side = (MODULES as f64 + 2.0 * QUIET) * readable;
                vec![[x_mm - QUIET * readable, y_mm - QUIET * readable, side, side]]
            }
        }
    }

    fn bars(&self, on: [bool; 4]) -> Vec<Rect> {
        let InserterMarks::Omr { x_mm, y_mm, pitch_mm } = *self else {
            return vec![];
        };
        on.into_iter()
            .zip(0u8..)
            .filter(|(on, _)| *on)
            .map(|(_, place)| [x_mm, y_mm + f64::from(place) * pitch_mm, BAR_MM.0, BAR_MM.1])
            .collect()
    }

    /// Draws the marks of a letter on the page that was begun last.
    ///
    /// # Errors
    /// [`PaperError::ReadBack`] when the symbol says something else than it should.
    pub(super) fn draw(&self, document: &mut Document, letter: LetterId) -> Result<(), PaperError> {
        let sheet = document.pages.len();
        let rects = match *self {
            InserterMarks::None => return Ok(()),
            InserterMarks::Omr { .. } => {
                let before = sheet - 1;
                self.bars([true, true, before & 1 == 1, before & 2 == 2])
            }
            InserterMarks::DataMatrix {
                x_mm,
                y_mm,
                module_mm,
            } => symbol(&InserterMarks::text(letter, sheet))?
                .rectangles()
                .into_iter()
                .map(|(column, row, columns, rows)| {
                    [
                        x_mm + column as f64 * module_mm,
                        y_mm + row as f64 * module_mm,
                        columns as f64 * module_mm,
                        rows as f64 * module_mm,
                    ]
                })
                .collect(),
        };
        document.begin_artifact();
        document.fill_all(&rects, Rgb8([0; 3]));
        document.end();
        Ok(())
    }
}

/// The symbol of a text, its modules decoded again before it is drawn.
fn symbol(text: &str) -> Result<Symbol, PaperError> {
    let wrong = |problem: String| PaperError::ReadBack {
        place: "inserter".into(),
        problem,
    };
    let code = DataMatrix::encode(text.as_bytes(), SIZE).map_err(|e| wrong(format!("{e:?}")))?;
    let mut dark = vec![false; MODULES * MODULES];
    for (column, row) in code.bitmap().pixels() {
        dark[row * MODULES + column] = true;
    }
    match DataMatrix::decode(&dark, MODULES) {
        Ok(said) if said == text.as_bytes() => Ok(Symbol::of_modules(MODULES, dark)),
        said => Err(wrong(format!("its DataMatrix says {said:?} instead of ‘{text}’"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RequestId;

    #[test]
    fn every_letter_has_a_symbol_of_the_same_size() {
        for bits in [0, (1 << 50) - 1, 0x1_2345_6789_abcd] {
            for (issue, sheet) in [(1, 1), (31, 999_999), (2, 1_000_000)] {
                let letter = LetterId::new(RequestId::from_bits(bits), issue).expect("in range");
                let text = InserterMarks::text(letter, sheet);
                assert_eq!(text.len(), 27, "{text}");
                assert_eq!(symbol(&text).expect("fits").width(), MODULES);
            }
        }
        assert!(symbol(&"A".repeat(60)).is_err());
    }
}
