//! Declarative templates: what stands where on a paper, in which style, from which text or value, with which meaning.

use super::document::{Document, Element, Rect, Rgb8};
use super::drawing::Drawing;
use super::error::PaperError;
use super::layout::Layout;
use super::picture::{self, Picture};
use super::printed::PrintedValue;
use super::prose::Prose;
use super::qr::Symbol;
use super::texts::{Overlay, Texts, Value, overlay_text};
use super::typeset::{ASTERISK, Align, Style};
use crate::domain::Language;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// The built-in colours and styles; an office's own `styles.toml` is laid over them, name by name.
const STYLES: &str = include_str!("../../templates/styles.toml");

/// The built-in templates by their path below `templates/`; an office's own replace them whole.
const BUILT_IN: [(&str, &str); 11] = [
    ("page.toml", include_str!("../../templates/page.toml")),
    ("set.toml", include_str!("../../templates/set.toml")),
    ("request.toml", include_str!("../../templates/request.toml")),
    ("receipt.toml", include_str!("../../templates/receipt.toml")),
    ("agreement.toml", include_str!("../../templates/agreement.toml")),
    ("letter.toml", include_str!("../../templates/letter.toml")),
    (
        "delivery_note.toml",
        include_str!("../../templates/delivery_note.toml"),
    ),
    ("cover.toml", include_str!("../../templates/cover.toml")),
    ("revocation.toml", include_str!("../../templates/revocation.toml")),
    ("envelope.toml", include_str!("../../templates/envelope.toml")),
    ("blank.toml", include_str!("../../templates/blank.toml")),
];

/// How deep templates may include others: a page's head, a set's head, a paper.
const MAX_INCLUDES: usize = 3;

/// The most items a template may have, so that a mistaken file is refused instead of drawn for minutes.
const MAX_ITEMS: usize = 400;

/// The value that no error may repeat.
pub(super) const SECRET: &str = "eticket";

/// Sizes in points that a style may have: what can be read and what fits a sheet.
const SIZES_PT: std::ops::RangeInclusive<f64> = 4.0..=120.0;

/// Millimetres that an item may reach on a sheet.
const EXTENT_MM: std::ops::RangeInclusive<f64> = 0.0..=500.0;

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// `text`, a key, in `style` and `rect`.
    Text,
    /// `value`, a name, in `style` and `rect`.
    Value,
    /// `label`, a key, above `value`, a name, in `rect`.
    Field,
    /// The entries of `list`, each on its line.
    Lines,
    /// The keys of `items`, numbered.
    Steps,
    /// The keys of `items`, each with a box to tick; with `value` and `names`, boxes to click, one of which is chosen.
    Choices,
    /// `label`, a key, above a line to write on; `text`, a key, says how. With `value`, a name, it is typed on a screen too.
    Blank,
    /// The entries of `list` as rows of a table with `columns`.
    Table,
    /// The agreement's text in as many `columns_of` as said.
    Prose,
    /// A line along the upper edge of `rect`, or its left edge when the width is 0.
    Rule,
    /// A rectangle in `colour`.
    Fill,
    /// The frame of a signature place.
    Frame,
    /// Crop marks at the corners of a document's place.
    CropMarks,
    /// The QR symbol of a place or `rect`.
    Code,
    /// The OCR line.
    OcrLine,
    /// The registration squares of the layout.
    Marks,
    /// Small marks at the left edge at the heights of `list`.
    FoldMarks,
    /// A `picture` in `rect`; the office's logo only when it has one.
    Picture,
    /// The frames, arrows and scale of the envelope test page.
    EnvelopeTest,
}

/// A column of a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    pub head: String,
    pub width: f64,
    /// Numbers stand at the right edge.
    #[serde(default)]
    pub align: Align,
}

/// One thing on a paper.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    pub kind: Kind,
    /// Millimetres from the top left: x, y, width, height.
    pub rect: Option<Rect>,
    /// Take `rect` from the office's data instead, for instance `window`.
    pub rect_of: Option<String>,
    /// The name of a place of the layout.
    pub place: Option<String>,
    pub text: Option<String>,
    pub label: Option<String>,
    pub value: Option<String>,
    pub list: Option<String>,
    #[serde(default)]
    pub items: Vec<String>,
    /// What each of the choices stands for in the field `value`.
    #[serde(default)]
    pub names: Vec<String>,
    /// The pictures of numbered steps, one for each.
    #[serde(default)]
    pub pictures: Vec<String>,
    pub picture: Option<String>,
    #[serde(default)]
    pub columns: Vec<Column>,
    pub columns_of: Option<usize>,
    pub gap: Option<f64>,
    pub style: Option<String>,
    /// The structure role; `Artifact` for furniture that is not read out.
    pub role: Option<String>,
    /// The key of a figure's alternative text.
    pub alt: Option<String>,
    pub colour: Option<String>,
    /// In points.
    pub weight: Option<f64>,
    /// Only when this flag is set, or with `!` before it when it is not.
    pub when: Option<String>,
    /// Row height in millimetres.
    pub row: Option<f64>,
}

/// A paper's template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    schema: u8,
    /// Templates drawn before this one, for what several papers share.
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    item: Vec<Item>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Styles {
    schema: u8,
    #[serde(default)]
    colour: BTreeMap<String, String>,
    #[serde(default)]
    style: BTreeMap<String, Style>,
}

impl Styles {
    fn read(text: &str) -> Result<Styles, PaperError> {
        let styles: Styles = toml::from_str(text).map_err(|e| PaperError::template("styles.toml", e))?;
        if styles.schema == 1 {
            Ok(styles)
        } else {
            Err(PaperError::template("styles.toml", "has a schema other than 1"))
        }
    }
}

/// All templates and styles, the office's laid over the built-in ones.
pub(crate) struct Templates {
    papers: BTreeMap<String, Template>,
    colours: BTreeMap<String, Rgb8>,
    pub(super) styles: BTreeMap<String, Style>,
    pictures: BTreeMap<String, Picture>,
}

/// What a template is filled with.
pub(crate) struct Filling<'a> {
    pub texts: &'a Texts,
    pub language: Language,
    /// Values by name; in texts a value is `{ $name }` with hyphens for dots.
    pub values: BTreeMap<String, String>,
    /// The text that a value comes from, for errors: an office looks for the key that it can change.
    origins: BTreeMap<&'static str, String>,
    /// Values and numbers as texts take them.
    args: BTreeMap<String, Value>,
    pub lists: BTreeMap<&'a str, Vec<Vec<String>>>,
    pub rects: BTreeMap<&'a str, Rect>,
    pub flags: BTreeSet<&'a str>,
    pub codes: BTreeMap<String, Symbol>,
    pub ocr: Option<String>,
    pub layout: Option<&'a Layout>,
    pub prose: Option<&'a Prose>,
    /// The eTicket: drawn as the value `eticket`, never filled into a text, never repeated by an error.
    pub eticket: Option<Zeroizing<String>>,
}

impl<'a> Filling<'a> {
    pub fn new(texts: &'a Texts, language: Language) -> Filling<'a> {
        Filling {
            texts,
            language,
            values: BTreeMap::new(),
            origins: BTreeMap::new(),
            args: BTreeMap::new(),
            lists: BTreeMap::new(),
            rects: BTreeMap::new(),
            flags: BTreeSet::new(),
            codes: BTreeMap::new(),
            ocr: None,
            layout: None,
            prose: None,
            eticket: None,
        }
    }

    /// Sets a value by name.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        self.args
            .insert(name.replace('.', "-"), Value::Text(literal(&value)));
        self.values.insert(name.into(), value);
    }

    /// Sets a value that is a text of its own.
    pub fn set_text(&mut self, name: &'static str, key: String, text: String) {
        self.set(name, text);
        self.origins.insert(name, key);
    }

    /// What errors call a value: the key of the text that it comes from, or its name.
    pub fn origin<'n>(&'n self, name: &'n str) -> &'n str {
        self.origins.get(name).map_or(name, String::as_str)
    }

    /// Sets a number, which texts count with.
    pub fn set_number(&mut self, name: &str, number: i64) {
        self.args.insert(name.into(), Value::Number(number));
    }

    /// A text with all values filled in; asterisks in values stay asterisks.
    pub fn text(&self, key: &str) -> Result<String, PaperError> {
        let args = self.args.iter().map(|(name, value)| (name.as_str(), value));
        self.texts.filled(self.language, key, args)
    }
}

pub(super) fn literal(value: &str) -> String {
    value.replace('*', &ASTERISK.to_string())
}

impl Templates {
    /// The built-in templates with an office's files in their stead.
    ///
    /// # Errors
    /// [`PaperError::Template`] with file and place for a file that is no TOML, has unknown keys, styles or colours.
    pub fn load(overlay: &Overlay) -> Result<Templates, PaperError> {
        if let Some(path) = overlay.keys().find(|p| p.starts_with("layout/")) {
            let problem =
                "the places that machines read are frozen with their layout version: remove this file";
            return Err(PaperError::template(path, problem));
        }
        let mut papers = BTreeMap::new();
        let mut styles = Styles::read(STYLES)?;
        if let Some(bytes) = overlay.get("styles.toml") {
            let own = Styles::read(overlay_text("styles.toml", bytes)?)?;
            styles.colour.extend(own.colour);
            styles.style.extend(own.style);
        }
        for (path, built_in) in BUILT_IN {
            let text = match overlay.get(path) {
                Some(bytes) => overlay_text(path, bytes)?,
                None => built_in,
            };
            let template: Template = toml::from_str(text).map_err(|e| PaperError::template(path, e))?;
            if template.schema != 1 || template.item.len() > MAX_ITEMS {
                let problem = format!(
                    "has schema {} and {} items; schema 1 and at most {MAX_ITEMS} items are read",
                    template.schema,
                    template.item.len()
                );
                return Err(PaperError::template(path, problem));
            }
            let measures = |i: &Item| {
                let own = i
                    .rect
                    .into_iter()
                    .flatten()
                    .chain(i.gap)
                    .chain(i.row)
                    .chain(i.weight);
                own.chain(i.columns.iter().map(|c| c.width)).collect::<Vec<_>>()
            };
            if let Some(n) = template
                .item
                .iter()
                .position(|i| !measures(i).iter().all(|m| EXTENT_MM.contains(m)))
            {
                let problem = format!("item {}: measures are from 0 to 500", n + 1);
                return Err(PaperError::template(path, problem));
            }
            papers.insert(path.trim_end_matches(".toml").to_owned(), template);
        }
        let colours = styles
            .colour
            .iter()
            .map(|(name, text)| match colour(text) {
                Some(rgb) => Ok((name.clone(), rgb)),
                None => Err(PaperError::template(
                    "styles.toml",
                    format!("colour {name} is ‘{text}’: write #rrggbb"),
                )),
            })
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let templates = Templates {
            papers,
            pictures: picture::load(overlay, &colours)?,
            colours,
            styles: styles.style,
        };
        for (name, style) in &templates.styles {
            templates.colour(&format!("style {name} of styles.toml"), &style.colour)?;
            let sizes = [style.size, style.leading, style.min_size.unwrap_or(style.size)];
            if !sizes.iter().all(|s| SIZES_PT.contains(s)) || !(-0.2..=1.0).contains(&style.tracking) {
                let problem = format!(
                    "style {name}: sizes and leading are from 4 to 120 points, tracking from -0.2 to 1"
                );
                return Err(PaperError::template("styles.toml", problem));
            }
        }
        Ok(templates)
    }

    /// The picture of a name.
    pub(super) fn picture(&self, file: &str, name: &str) -> Result<Option<&Picture>, PaperError> {
        match self.pictures.get(name) {
            Some(picture) => Ok(Some(picture)),
            None if name == picture::LOGO => Ok(None),
            None => Err(PaperError::template(
                file,
                format!("picture ‘{name}’ is not among the pictures"),
            )),
        }
    }

    /// The colour of a name.
    pub(super) fn colour(&self, file: &str, name: &str) -> Result<Rgb8, PaperError> {
        let known = self.colours.get(name).copied();
        known.ok_or_else(|| {
            PaperError::template(file, format!("colour ‘{name}’ is not among the styles' colours"))
        })
    }

    /// Draws the items of a template, and of those it includes, on the current page.
    pub fn draw(&self, document: &mut Document, paper: &str, filling: &Filling) -> Result<(), PaperError> {
        self.each_shown(paper, filling, 0, &mut |drawing| drawing.draw(document))
    }

    /// As [`Templates::draw`], as a part of the document of its own.
    pub fn draw_part(
        &self,
        document: &mut Document,
        paper: &str,
        filling: &Filling,
    ) -> Result<(), PaperError> {
        document.open(Element {
            language: (filling.language != document.language).then_some(filling.language),
            ..Element::new("Part")
        });
        let drawn = self.draw(document, paper, filling);
        document.close();
        drawn
    }

    /// The values of the filling as they stand on a page of this template; those that the filling lacks are left out.
    ///
    /// # Errors
    /// As [`Templates::draw`].
    pub(super) fn values(&self, paper: &str, filling: &Filling) -> Result<Vec<PrintedValue>, PaperError> {
        let mut values = Vec::new();
        self.each_shown(paper, filling, 0, &mut |drawing| {
            values.extend(drawing.values()?);
            Ok(())
        })?;
        Ok(values)
    }

    /// Visits the items of a template that are shown, those of the templates that it includes first.
    fn each_shown(
        &self,
        paper: &str,
        filling: &Filling,
        depth: usize,
        visit: &mut dyn FnMut(Drawing) -> Result<(), PaperError>,
    ) -> Result<(), PaperError> {
        let file = format!("{paper}.toml");
        let template = self
            .papers
            .get(paper)
            .ok_or_else(|| PaperError::template(&file, "is missing"))?;
        for include in &template.include {
            if depth == MAX_INCLUDES {
                let problem =
                    format!("includes {include}, and templates include at most {MAX_INCLUDES} deep");
                return Err(PaperError::template(&file, problem));
            }
            self.each_shown(include, filling, depth + 1, visit)?;
        }
        for (n, item) in template.item.iter().enumerate() {
            let shown = item
                .when
                .as_deref()
                .is_none_or(|flag| match flag.strip_prefix('!') {
                    Some(flag) => !filling.flags.contains(flag),
                    None => filling.flags.contains(flag),
                });
            if shown {
                visit(Drawing {
                    templates: self,
                    file: &file,
                    number: n + 1,
                    item,
                    filling,
                })?;
            }
        }
        Ok(())
    }
}

pub(super) fn colour(text: &str) -> Option<Rgb8> {
    let mut rgb = [0; 3];
    hex::decode_to_slice(text.strip_prefix('#')?, &mut rgb).ok()?;
    Some(Rgb8(rgb))
}

/// The built-in files of this room with their paths.
pub(super) fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    let look = [("styles.toml", STYLES), ("pictures.toml", picture::BUILT_IN)];
    BUILT_IN.into_iter().chain(look)
}

/// Whether a file of this path is a template, the styles or the pictures.
pub(super) fn is_template(path: &str) -> bool {
    path == "styles.toml"
        || picture::FILES.contains(&path)
        || BUILT_IN.iter().any(|(known, _)| *known == path)
}

impl Templates {
    /// The keys of all texts that templates ask for.
    pub(super) fn keys(&self) -> BTreeSet<String> {
        let of_item = |i: &Item| {
            let own = [&i.text, &i.label, &i.alt].into_iter().flatten().cloned();
            own.chain(i.items.clone())
                .chain(i.columns.iter().map(|c| c.head.clone()))
                .collect::<Vec<_>>()
        };
        self.papers
            .values()
            .flat_map(|t| t.item.iter().flat_map(of_item))
            .collect()
    }

    /// Where a template draws a value.
    pub(super) fn place_of_value(&self, paper: &str, value: &str) -> Option<Rect> {
        let item = &self.papers.get(paper)?.item;
        item.iter().find(|i| i.value.as_deref() == Some(value))?.rect
    }

    /// The places that a template names, for the test that every place of the layout is drawn.
    #[cfg(test)]
    pub fn places(&self, paper: &str) -> BTreeSet<String> {
        let Some(template) = self.papers.get(paper) else {
            return BTreeSet::new();
        };
        let own = template.item.iter().filter_map(|i| i.place.clone());
        own.chain(template.include.iter().flat_map(|i| self.places(i)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{PlaceKind, current_layouts};
    use super::*;

    #[test]
    fn every_place_of_every_layout_is_drawn_by_its_template() {
        let templates = Templates::load(&Overlay::new()).expect("good");
        for layout in current_layouts() {
            let drawn = templates.places(layout.paper.name());
            for place in &layout.places {
                assert!(
                    drawn.contains(&place.name),
                    "{} of {}",
                    place.name,
                    layout.paper.name()
                );
            }
            assert!(layout.places.iter().any(|p| p.kind == PlaceKind::Ocr));
        }
    }

    #[test]
    fn an_office_cannot_move_what_machines_read() {
        let overlay = Overlay::from([("layout/1.toml".into(), vec![])]);
        assert!(
            matches!(Templates::load(&overlay), Err(PaperError::Template { file, .. }) if file == "layout/1.toml")
        );
    }

    #[test]
    fn an_unknown_word_in_a_template_is_named() {
        for (path, text, expect) in [
            (
                "request.toml",
                "schema = 1\n[[item]]\nkind = \"text\"\nsize = 3\n",
                "size",
            ),
            (
                "styles.toml",
                "schema = 1\n[colour]\nink = \"black\"\n[style]\n",
                "#rrggbb",
            ),
            ("letter.toml", "schema = 2\n", "schema 2"),
            (
                "cover.toml",
                "schema = 1\n[[item]]\nkind = \"fill\"\nrect = [nan, 0, 1, 1]\n",
                "item 1",
            ),
            (
                "styles.toml",
                "schema = 1\n[colour]\nink = \"#000000\"\n[style]\nx = { face = \"bold\", size = nan, leading = 9.0, colour = \"ink\" }\n",
                "style x",
            ),
        ] {
            let overlay = Overlay::from([(path.into(), text.as_bytes().to_vec())]);
            let Err(PaperError::Template { file, problem }) = Templates::load(&overlay) else {
                panic!("{path}")
            };
            assert!(file == path && problem.contains(expect), "{problem}");
        }
    }
}
