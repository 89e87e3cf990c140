//! The faces that papers are set in: metrics, kerning, coverage and subsets.

use super::error::PaperError;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};
use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
use ttf_parser::{GlyphId, OutlineBuilder, Tag};

/// Characters below this are looked up once and kept: Latin with all its neighbours, and what the four languages need.
const KEPT: usize = 0x250;

/// A face of the built-in fonts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaceName {
    Regular,
    Bold,
    Italic,
    /// OCR-B (ISO 1073-2), for the line that machines read and the eTicket that people type.
    Ocr,
}

impl FaceName {
    pub const ALL: [FaceName; 4] = [FaceName::Regular, FaceName::Bold, FaceName::Italic, FaceName::Ocr];

    /// The PostScript name, as in the PDF and in messages.
    pub const fn font_name(self) -> &'static str {
        match self {
            FaceName::Regular => "NotoSans-Regular",
            FaceName::Bold => "NotoSans-Bold",
            FaceName::Italic => "NotoSans-Italic",
            FaceName::Ocr => "OCRB",
        }
    }

    fn bytes(self) -> &'static [u8] {
        match self {
            FaceName::Regular => notosans::REGULAR_TTF,
            FaceName::Bold => notosans::BOLD_TTF,
            FaceName::Italic => notosans::ITALIC_TTF,
            FaceName::Ocr => include_bytes!("../../templates/fonts/OCRB.otf"),
        }
    }

    /// The metrics of this face.
    pub fn face(self) -> &'static Face {
        &FACES[self as usize]
    }
}

static FACES: LazyLock<[Face; 4]> = LazyLock::new(|| FaceName::ALL.map(Face::new));

/// The metrics of one face.
pub struct Face {
    name: FaceName,
    parsed: ttf_parser::Face<'static>,
    pairs: Vec<PairAdjustment<'static>>,
    glyphs: Vec<Option<GlyphId>>,
    /// The kerning of a kept character with each kept one after it, in font units.
    kerns: Vec<OnceLock<Box<[i16]>>>,
    /// Height of capitals, in em.
    pub cap_height: f64,
}

/// How far the characters of a face reach, in thousandths of an em.
pub struct Extent {
    pub ascent: i64,
    pub descent: i64,
    /// Left, lower, right and upper edge of the largest character.
    pub bounds: [i64; 4],
}

impl Face {
    fn new(name: FaceName) -> Face {
        let parsed = ttf_parser::Face::parse(name.bytes(), 0).expect("an embedded font is well-formed");
        let em = f64::from(parsed.units_per_em());
        let cap_height = parsed.capital_height().map_or(0.7, |h| f64::from(h) / em);
        let pairs = parsed.tables().gpos.map(pair_adjustments).unwrap_or_default();
        let look_up = |c: u32| {
            let glyph = parsed.glyph_index(char::from_u32(c)?);
            glyph.filter(|g| g.0 != 0)
        };
        Face {
            name,
            glyphs: (0..KEPT as u32).map(look_up).collect(),
            kerns: (0..KEPT).map(|_| OnceLock::new()).collect(),
            parsed,
            pairs,
            cap_height,
        }
    }

    fn glyph(&self, c: char) -> Option<GlyphId> {
        match self.glyphs.get(c as usize) {
            Some(kept) => *kept,
            None => self.parsed.glyph_index(c).filter(|g| g.0 != 0),
        }
    }

    /// The first character of `text` that this face cannot draw.
    pub fn missing(&self, text: &str) -> Option<char> {
        text.chars().find(|c| self.glyph(*c).is_none())
    }

    /// Refuses a text with a character that this face cannot draw, naming the field.
    pub fn check(&self, field: &str, text: &str) -> Result<(), PaperError> {
        match self.missing(text) {
            None => Ok(()),
            Some(character) => Err(PaperError::MissingGlyph {
                field: field.into(),
                character,
                font: self.name.font_name(),
            }),
        }
    }

    /// The advance of a character in em; 0 for one that is missing.
    pub fn advance(&self, c: char) -> f64 {
        let units = self
            .glyph(c)
            .and_then(|g| self.parsed.glyph_hor_advance(g))
            .unwrap_or(0);
        f64::from(units) / f64::from(self.parsed.units_per_em())
    }

    /// How far the characters reach.
    pub fn extent(&self) -> Extent {
        let em = f64::from(self.parsed.units_per_em());
        let scaled = |units: i16| (f64::from(units) * 1000.0 / em).round() as i64;
        let b = self.parsed.global_bounding_box();
        Extent {
            ascent: scaled(self.parsed.ascender()),
            descent: scaled(self.parsed.descender()),
            bounds: [b.x_min, b.y_min, b.x_max, b.y_max].map(scaled),
        }
    }

    /// How much closer (negative) or farther two neighbours stand, in em (OpenType GPOS, feature `kern`).
    pub fn kern(&self, left: char, right: char) -> f64 {
        let units = if (left as usize) < KEPT && (right as usize) < KEPT {
            let row = self.kerns[left as usize].get_or_init(|| {
                let kept = (0..KEPT as u32).map(|c| char::from_u32(c).unwrap_or('\0'));
                kept.map(|c| self.kern_units(left, c)).collect()
            });
            row[right as usize]
        } else {
            self.kern_units(left, right)
        };
        f64::from(units) / f64::from(self.parsed.units_per_em())
    }

    fn kern_units(&self, left: char, right: char) -> i16 {
        let (Some(left), Some(right)) = (self.glyph(left), self.glyph(right)) else {
            return 0;
        };
        let units = self.pairs.iter().find_map(|pair| {
            let index = pair.coverage().get(left)?;
            let (first, _) = match pair {
                PairAdjustment::Format1 { sets, .. } => sets.get(index)?.get(right)?,
                PairAdjustment::Format2 { classes, matrix, .. } => {
                    matrix.get((classes.0.get(left), classes.1.get(right)))?
                }
            };
            Some(first.x_advance)
        });
        units.unwrap_or(0)
    }

    /// Draws a character's outline, in em with y upwards from the baseline; nothing for one that is missing or blank.
    pub fn outline(&self, c: char, pen: &mut dyn OutlineBuilder) {
        let mut scaled = InEm {
            pen,
            em: f32::from(self.parsed.units_per_em()),
        };
        if let Some(glyph) = self.glyph(c) {
            self.parsed.outline_glyph(glyph, &mut scaled);
        }
    }

    /// A font file with only the glyphs of these characters, and the glyph of each in it.
    pub fn subset(&self, characters: &BTreeSet<char>) -> Result<Subset, PaperError> {
        use allsorts::binary::read::ReadScope;
        use allsorts::font_data::FontData;
        use allsorts::subset::{CmapTarget, SubsetProfile, subset};
        let mut glyphs: Vec<u16> = characters
            .iter()
            .filter_map(|c| Some(self.glyph(*c)?.0))
            .collect();
        glyphs.push(0);
        glyphs.sort_unstable();
        glyphs.dedup();
        let provider = ReadScope::new(self.name.bytes())
            .read::<FontData>()
            .map_err(PaperError::pdf)?
            .table_provider(0)
            .map_err(PaperError::pdf)?;
        let bytes =
            subset(&provider, &glyphs, &SubsetProfile::Pdf, CmapTarget::Unicode).map_err(PaperError::pdf)?;
        // The subset numbers its glyphs by their position in the list it was given.
        let map = characters
            .iter()
            .filter_map(|c| {
                let position = glyphs.binary_search(&self.glyph(*c)?.0).ok()?;
                Some((*c, u16::try_from(position).ok()?))
            })
            .collect();
        Ok(Subset { bytes, map })
    }
}

/// Hands an outline on in em instead of font units.
struct InEm<'a> {
    pen: &'a mut dyn OutlineBuilder,
    em: f32,
}

impl OutlineBuilder for InEm<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.pen.move_to(x / self.em, y / self.em);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.pen.line_to(x / self.em, y / self.em);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let [x1, y1, x, y] = [x1, y1, x, y].map(|v| v / self.em);
        self.pen.quad_to(x1, y1, x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let [x1, y1, x2, y2, x, y] = [x1, y1, x2, y2, x, y].map(|v| v / self.em);
        self.pen.curve_to(x1, y1, x2, y2, x, y);
    }
    fn close(&mut self) {
        self.pen.close();
    }
}

/// A font cut down to what a document needs.
pub struct Subset {
    pub bytes: Vec<u8>,
    pub map: Vec<(char, u16)>,
}

/// The pair adjustments of the feature `kern`, in the order in which they apply.
fn pair_adjustments(gpos: ttf_parser::opentype_layout::LayoutTable<'static>) -> Vec<PairAdjustment<'static>> {
    let mut lookups = BTreeSet::new();
    for feature in gpos.features {
        if feature.tag == Tag::from_bytes(b"kern") {
            lookups.extend(feature.lookup_indices);
        }
    }
    let tables = lookups.into_iter().filter_map(|i| gpos.lookups.get(i));
    tables
        .flat_map(|lookup| lookup.subtables.into_iter::<PositioningSubtable>())
        .filter_map(|table| match table {
            PositioningSubtable::Pair(pair) => Some(pair),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_four_languages_and_their_neighbours_are_drawn() {
        let text = "ÄÖÜäöüß ÀÂÇÉÈÊËÎÏÔÙÛŸŒœàâçéèêëîïôùûÿ ÌÒìò «»„“”‚‘’–— ąćęłńóśźż čďěňřšťůž ăâîșț ğış ñ ő ø å Ελλάδα";
        for face in [FaceName::Regular, FaceName::Bold, FaceName::Italic] {
            assert_eq!(face.face().missing(text), None, "{face:?}");
        }
        assert_eq!(FaceName::Regular.face().missing("漢"), Some('漢'));
    }

    #[test]
    fn the_ocr_face_draws_every_symbol_of_the_line() {
        let symbols: String = crate::domain::symbols::ALPHABET
            .iter()
            .map(|b| *b as char)
            .collect();
        let ocr = FaceName::Ocr.face();
        assert_eq!(ocr.missing(&(symbols.clone() + "<-")), None);
        let width = ocr.advance('0');
        assert!(symbols.chars().all(|c| ocr.advance(c) == width), "fixed pitch");
    }

    #[test]
    fn neighbours_are_kerned() {
        let face = FaceName::Regular.face();
        assert!(face.kern('T', 'o') < 0.0 && face.kern('A', 'V') < 0.0);
    }

    #[test]
    fn a_subset_is_small_and_holds_what_it_should() {
        for face in FaceName::ALL {
            let characters: BTreeSet<char> = "ABC 123".chars().collect();
            let subset = face.face().subset(&characters).expect("subset");
            assert!(
                subset.bytes.len() < 6000,
                "{face:?}: {} bytes",
                subset.bytes.len()
            );
            assert_eq!(subset.map.len(), 7);
            ttf_parser::Face::parse(&subset.bytes, 0).expect("still a font");
        }
    }
}
