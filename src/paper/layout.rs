//! Where things stand on the papers: the same geometry that prints them, for `scan` to measure against.

use crate::domain::{DocumentKind, Language, LayoutId, Paper};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The layout version in which request sets are printed now.
pub const CURRENT: u8 = 1;

/// The layout version in which a paper is printed now.
pub const fn current_version(paper: Paper) -> u8 {
    match paper {
        Paper::Request | Paper::Receipt | Paper::Agreement | Paper::Letter => CURRENT,
        Paper::Revocation | Paper::DeliveryNote => 2,
    }
}

/// Every layout version ever printed, oldest first; none is ever taken out or changed.
const FILES: [(u8, &str); 2] = [
    (1, include_str!("../../templates/layout/1.toml")),
    (2, include_str!("../../templates/layout/2.toml")),
];

/// What a place is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Framed on its edge, empty inside until someone signs.
    Signature,
    /// Crop marks outside its corners, empty inside until the travel document is copied there.
    DocumentCopy,
    /// The square of a QR symbol's modules, without its quiet zone.
    Qr,
    /// The OCR line: 43 cells of 2.54 mm, the baseline [`OCR_BASELINE_MM`] above the lower edge.
    Ocr,
}

/// How far above the lower edge of its place the OCR line's baseline lies, in millimetres.
pub const OCR_BASELINE_MM: f64 = 1.0;

/// A place on a page, in millimetres from the top left of the sheet; pages count from 1.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub name: String,
    pub kind: PlaceKind,
    pub page: u8,
    pub x_mm: f64,
    pub y_mm: f64,
    pub w_mm: f64,
    pub h_mm: f64,
}

/// A solid black square for registration, in millimetres from the top left; on every page of the paper.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mark {
    pub x_mm: f64,
    pub y_mm: f64,
    pub w_mm: f64,
    pub h_mm: f64,
}

/// The geometry of one paper.
#[derive(Clone, PartialEq, Debug)]
pub struct Layout {
    pub id: LayoutId,
    pub version: u8,
    pub paper: Paper,
    pub language: Language,
    /// Size of the upright sheet.
    pub width_mm: f64,
    pub height_mm: f64,
    /// How many pages the paper has.
    pub pages: u8,
    /// All places that the paper may have, pages counted within the paper. Page codes are `page_code_<corner>`, the
    /// OCR line is `ocr`. [`Layout::in_set`] gives the places of one printed set.
    pub places: Vec<Place>,
    /// Registration squares, the same on every page.
    pub marks: Vec<Mark>,
    /// The places that are there only for one kind of travel document, by name.
    only_for: Vec<(String, DocumentKind)>,
}

impl Layout {
    /// The place of this name.
    pub fn place(&self, name: &str) -> Option<&Place> {
        self.places.iter().find(|p| p.name == name)
    }

    /// The kind of travel document without which this place is not on the paper; `None` when it always is.
    pub fn only_for(&self, name: &str) -> Option<DocumentKind> {
        self.only_for
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, kind)| *kind)
    }

    /// The places as they stand in a set whose page `first` (from 1) is this paper's first: pages counted over the
    /// set, `page_code_<page>_<corner>`, `ocr_<page>`, and of the places for a travel document those of its kind.
    pub fn in_set(&self, first: u8, kind: DocumentKind) -> Vec<Place> {
        self.places
            .iter()
            .filter(|p| self.only_for(&p.name).is_none_or(|only| only == kind))
            .map(|p| {
                let page = first.saturating_add(p.page - 1);
                let name = match p.name.strip_prefix("page_code_") {
                    Some(corner) => format!("page_code_{page}_{corner}"),
                    None if p.name == "ocr" => format!("ocr_{page}"),
                    None => p.name.clone(),
                };
                Place {
                    name,
                    page,
                    ..p.clone()
                }
            })
            .collect()
    }

    /// The places of page `page` of `of`, as [`Layout::in_set`] gives them: a delivery note is signed on its last page only.
    pub fn on_page(&self, page: u8, of: u8, kind: DocumentKind) -> Vec<Place> {
        let mut places = self.in_set(page, kind);
        if self.paper == Paper::DeliveryNote && page != of {
            places.retain(|p| p.kind != PlaceKind::Signature);
        }
        places
    }
}

/// The number of a layout: version in the high byte, then paper and language in four bits each.
pub const fn layout_id(version: u8, paper: Paper, language: Language) -> LayoutId {
    LayoutId((version as u16) << 8 | (paper.number() as u16) << 4 | language.number() as u16)
}

/// The layout of a number; `None` when no paper was ever printed with it.
pub fn layout_of(id: LayoutId) -> Option<Layout> {
    let [version, low] = id.0.to_be_bytes();
    let paper = Paper::from_number(low >> 4)?;
    let language = Language::ALL.into_iter().find(|l| l.number() == low & 15)?;
    let file = ALL.iter().find(|f| f.version == version)?;
    let own = file.paper.iter().find(|p| p.paper == paper)?;
    let places = file.common.iter().chain(&own.place);
    Some(Layout {
        id,
        version,
        paper,
        language,
        width_mm: file.width_mm,
        height_mm: file.height_mm,
        pages: 1,
        only_for: places
            .clone()
            .filter_map(|p| Some((p.name.clone(), p.only_for?)))
            .collect(),
        places: places.map(PlaceEntry::place).collect(),
        marks: file
            .mark
            .iter()
            .map(|m| {
                let [x_mm, y_mm, w_mm, h_mm] = m.rect;
                Mark {
                    x_mm,
                    y_mm,
                    w_mm,
                    h_mm,
                }
            })
            .collect(),
    })
}

/// Where the machine looks on a paper that is not one of a set, such as a delivery note: the places of each of its pages, its
/// signature on the last.
pub fn places_of(paper: Paper, language: Language, pages: u8) -> Vec<Place> {
    let Some(layout) = layout_of(layout_id(current_version(paper), paper, language)) else {
        return Vec::new();
    };
    // No such paper has a place for a travel document.
    let of_page = |page| layout.on_page(page, pages, DocumentKind::Passport);
    (1..=pages).flat_map(of_page).collect()
}

/// The layouts that can be printed now, in all languages: for documentation and for preparing a reader.
pub fn current_layouts() -> Vec<Layout> {
    Paper::ALL
        .into_iter()
        .flat_map(|paper| Language::ALL.map(|language| layout_id(current_version(paper), paper, language)))
        .filter_map(layout_of)
        .collect()
}

static ALL: LazyLock<Vec<File>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(version, text)| {
            let file: File =
                toml::from_str(text).expect("an embedded layout is well-formed: a test reads them all");
            assert_eq!(file.version, *version, "an embedded layout carries its version");
            file
        })
        .collect()
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u8,
    width_mm: f64,
    height_mm: f64,
    common: Vec<PlaceEntry>,
    mark: Vec<MarkEntry>,
    paper: Vec<PaperEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaperEntry {
    paper: Paper,
    #[serde(default)]
    place: Vec<PlaceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkEntry {
    rect: [f64; 4],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceEntry {
    name: String,
    kind: PlaceKind,
    #[serde(rename = "for")]
    only_for: Option<DocumentKind>,
    rect: [f64; 4],
}

impl PlaceEntry {
    fn place(&self) -> Place {
        let [x_mm, y_mm, w_mm, h_mm] = self.rect;
        Place {
            name: self.name.clone(),
            kind: self.kind,
            page: 1,
            x_mm,
            y_mm,
            w_mm,
            h_mm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The nearest distance between two rectangles, 0 when they touch or overlap.
    fn gap(a: &Place, b: &Place) -> f64 {
        let apart = |a0: f64, aw: f64, b0: f64, bw: f64| (b0 - a0 - aw).max(a0 - b0 - bw).max(0.0);
        apart(a.x_mm, a.w_mm, b.x_mm, b.w_mm).hypot(apart(a.y_mm, a.h_mm, b.y_mm, b.h_mm))
    }

    #[test]
    fn the_places_of_layout_version_1_never_change() {
        let mut said = String::new();
        for paper in Paper::ALL {
            if let Some(l) = layout_of(layout_id(1, paper, Language::De)) {
                said += &format!(
                    "{} {:#06x} {}x{} mm\n",
                    paper.name(),
                    l.id.0,
                    l.width_mm,
                    l.height_mm
                );
                for p in &l.places {
                    let only = l
                        .only_for(&p.name)
                        .map(|k| format!(" only for {k:?}"))
                        .unwrap_or_default();
                    said += &format!(
                        "  {} {:?} page {}: {} {} {} {}{only}\n",
                        p.name, p.kind, p.page, p.x_mm, p.y_mm, p.w_mm, p.h_mm
                    );
                }
                for m in &l.marks {
                    said += &format!("  mark: {} {} {} {}\n", m.x_mm, m.y_mm, m.w_mm, m.h_mm);
                }
            }
        }
        assert_eq!(
            said,
            include_str!("layout_1.txt"),
            "papers of layout version 1 are out in the world: make a new version instead"
        );
    }

    #[test]
    fn version_2_adds_papers_and_moves_nothing() {
        let of = |version, paper| layout_of(layout_id(version, paper, Language::De));
        let first = of(1, Paper::Receipt).expect("printed");
        for paper in [Paper::Revocation, Paper::DeliveryNote] {
            let added = of(2, paper).expect("printed");
            assert_eq!(of(1, paper), None, "version 1 has no {}", paper.name());
            assert_eq!((&added.marks, added.pages), (&first.marks, 1));
            for place in added.places.iter().filter(|p| p.kind != PlaceKind::Signature) {
                assert_eq!(first.place(&place.name), Some(place));
            }
            let signed: Vec<_> = added
                .places
                .iter()
                .filter(|p| p.kind == PlaceKind::Signature)
                .collect();
            assert_eq!(
                signed
                    .iter()
                    .map(|p| [p.x_mm, p.y_mm, p.w_mm, p.h_mm])
                    .collect::<Vec<_>>(),
                [[110.0, 223.0, 88.0, 24.0]]
            );
        }
        assert_eq!(of(2, Paper::Request), None);
    }

    #[test]
    fn every_language_has_the_same_places_and_its_own_number() {
        for paper in [Paper::Request, Paper::Receipt, Paper::Agreement] {
            let all = Language::ALL.map(|l| layout_of(layout_id(1, paper, l)).expect("printed"));
            assert!(
                all.windows(2)
                    .all(|w| w[0].places == w[1].places && w[0].id != w[1].id)
            );
        }
    }

    #[test]
    fn a_number_that_was_never_printed_has_no_layout() {
        for id in [0, 0x0010, 0x0140, 0x0114, 0x0200, 0xffff] {
            assert_eq!(layout_of(LayoutId(id)), None, "{id:#06x}");
        }
    }

    #[test]
    fn codes_keep_their_distance_from_pens_edges_and_each_other() {
        for layout in current_layouts() {
            let codes = layout.places.iter().filter(|p| p.kind == PlaceKind::Qr);
            for code in codes {
                let quiet = if code.name == "data_code" {
                    4.0 * code.w_mm / 49.0
                } else {
                    4.0 * code.w_mm / 33.0
                };
                assert!(
                    code.x_mm - quiet >= 8.0 && code.y_mm - quiet >= 8.0,
                    "{}",
                    code.name
                );
                assert!(
                    code.x_mm + code.w_mm + quiet <= layout.width_mm - 8.0,
                    "{}",
                    code.name
                );
                assert!(
                    code.y_mm + code.h_mm + quiet <= layout.height_mm - 8.0,
                    "{}",
                    code.name
                );
                for other in layout.places.iter().filter(|o| o.name != code.name) {
                    let need = if other.kind == PlaceKind::Signature {
                        15.0
                    } else {
                        quiet
                    };
                    assert!(gap(code, other) >= need, "{} and {}", code.name, other.name);
                }
            }
        }
    }

    #[test]
    fn a_set_names_its_places_by_page() {
        let receipt = layout_of(layout_id(1, Paper::Receipt, Language::En)).expect("printed");
        let names: Vec<_> = receipt
            .in_set(2, DocumentKind::Passport)
            .into_iter()
            .map(|p| (p.name, p.page))
            .collect();
        assert!(names.contains(&("page_code_2_1".into(), 2)) && names.contains(&("ocr_2".into(), 2)));
        let request = layout_of(layout_id(1, Paper::Request, Language::En)).expect("printed");
        let copies = |kind| {
            let all = request.in_set(1, kind);
            all.into_iter()
                .filter(|p| p.kind == PlaceKind::DocumentCopy)
                .map(|p| p.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(copies(DocumentKind::Passport), ["travel_document"]);
        assert_eq!(
            copies(DocumentKind::IdentityCard),
            ["identity_card_front", "identity_card_back"]
        );
    }
}
