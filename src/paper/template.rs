//! Declarative templates: what stands where on a paper, in which style, from which text or value, with which meaning.

use super::document::{Document, Element, Rect, Rgb8};
use super::error::PaperError;
use super::layout::{Layout, OCR_BASELINE_MM};
use super::prose::{self, Prose};
use super::qr::Symbol;
use super::texts::{Overlay, Texts, Value, overlay_text};
use super::typeset::{ASTERISK, Align, Block, MM_PER_PT, Style, fit};
use crate::domain::Language;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// The built-in templates by their path below `templates/`; an office's own replace them whole.
const BUILT_IN: [(&str, &str); 8] = [
    ("styles.toml", include_str!("../../templates/styles.toml")),
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
];

/// The most items a template may have, so that a mistaken file is refused instead of drawn for minutes.
const MAX_ITEMS: usize = 400;

/// The value that no error may repeat.
const SECRET: &str = "eticket";

/// Sizes in points that a style may have: what can be read and what fits a sheet.
const SIZES_PT: std::ops::RangeInclusive<f64> = 4.0..=120.0;

/// Millimetres that an item may reach on a sheet.
const EXTENT_MM: std::ops::RangeInclusive<f64> = 0.0..=500.0;

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
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
}

/// A column of a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    head: String,
    width: f64,
}

/// One thing on a paper.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    kind: Kind,
    /// Millimetres from the top left: x, y, width, height.
    rect: Option<Rect>,
    /// Take `rect` from the office's data instead, for instance `window`.
    rect_of: Option<String>,
    /// The name of a place of the layout.
    place: Option<String>,
    text: Option<String>,
    label: Option<String>,
    value: Option<String>,
    list: Option<String>,
    #[serde(default)]
    items: Vec<String>,
    #[serde(default)]
    columns: Vec<Column>,
    columns_of: Option<usize>,
    gap: Option<f64>,
    style: Option<String>,
    /// The structure role; `Artifact` for furniture that is not read out.
    role: Option<String>,
    /// The key of a figure's alternative text.
    alt: Option<String>,
    colour: Option<String>,
    /// In points.
    weight: Option<f64>,
    /// Only when this flag is set, or with `!` before it when it is not.
    when: Option<String>,
    /// Row height in millimetres.
    row: Option<f64>,
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
    colour: BTreeMap<String, String>,
    style: BTreeMap<String, Style>,
}

/// All templates and styles, the office's laid over the built-in ones.
pub(crate) struct Templates {
    papers: BTreeMap<String, Template>,
    colours: BTreeMap<String, Rgb8>,
    styles: BTreeMap<String, Style>,
}

/// What a template is filled with.
pub(crate) struct Filling<'a> {
    pub texts: &'a Texts,
    pub language: Language,
    /// Values by name; in texts a value is `{ $name }` with hyphens for dots.
    pub values: BTreeMap<String, String>,
    pub numbers: BTreeMap<String, i64>,
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
            numbers: BTreeMap::new(),
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
        self.values.insert(name.into(), value.into());
    }

    /// A text with all values filled in; asterisks in values stay asterisks.
    pub fn text(&self, key: &str) -> Result<String, PaperError> {
        let names: Vec<(String, Value)> = self
            .values
            .iter()
            .map(|(name, value)| (name.replace('.', "-"), Value::Text(literal(value))))
            .chain(
                self.numbers
                    .iter()
                    .map(|(name, n)| (name.clone(), Value::Number(*n))),
            )
            .collect();
        let args: Vec<(&str, Value)> = names.iter().map(|(n, v)| (n.as_str(), v.clone())).collect();
        self.texts.get(self.language, key, &args)
    }
}

fn literal(value: &str) -> String {
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
        let mut styles = None;
        for (path, built_in) in BUILT_IN {
            let text = match overlay.get(path) {
                Some(bytes) => overlay_text(path, bytes)?,
                None => built_in,
            };
            if path == "styles.toml" {
                styles = Some(toml::from_str::<Styles>(text).map_err(|e| PaperError::template(path, e))?);
            } else {
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
        }
        let styles = styles.expect("the styles are one of the built-in files");
        if styles.schema != 1 {
            return Err(PaperError::template("styles.toml", "has a schema other than 1"));
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

    fn colour(&self, file: &str, name: &str) -> Result<Rgb8, PaperError> {
        let known = self.colours.get(name).copied();
        known.ok_or_else(|| {
            PaperError::template(file, format!("colour ‘{name}’ is not among the styles' colours"))
        })
    }

    /// Draws the items of a template, and of those it includes, on the current page.
    pub fn draw(&self, document: &mut Document, paper: &str, filling: &Filling) -> Result<(), PaperError> {
        let file = format!("{paper}.toml");
        let template = self
            .papers
            .get(paper)
            .ok_or_else(|| PaperError::template(&file, "is missing"))?;
        for include in &template.include {
            if self.papers.get(include).is_some_and(|t| !t.include.is_empty()) {
                return Err(PaperError::template(
                    &file,
                    format!("includes {include}, which includes others itself"),
                ));
            }
            self.draw(document, include, filling)?;
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
                let drawing = Drawing {
                    templates: self,
                    file: &file,
                    number: n + 1,
                    item,
                    filling,
                };
                drawing.draw(document)?;
            }
        }
        Ok(())
    }
}

fn colour(text: &str) -> Option<Rgb8> {
    let mut rgb = [0; 3];
    hex::decode_to_slice(text.strip_prefix('#')?, &mut rgb).ok()?;
    Some(Rgb8(rgb))
}

/// The error without the text that it is about.
fn without_text(error: PaperError) -> PaperError {
    match error {
        PaperError::TooLong { field, .. } => PaperError::TooLong {
            field,
            text: "…".into(),
        },
        other => other,
    }
}

/// One item being drawn.
struct Drawing<'a> {
    templates: &'a Templates,
    file: &'a str,
    number: usize,
    item: &'a Item,
    filling: &'a Filling<'a>,
}

impl Drawing<'_> {
    fn wrong(&self, problem: &str) -> PaperError {
        PaperError::template(self.file, format!("item {}: {problem}", self.number))
    }

    fn given<'t, T>(&self, what: &str, value: &'t Option<T>) -> Result<&'t T, PaperError> {
        value
            .as_ref()
            .ok_or_else(|| self.wrong(&format!("‘{what}’ is missing")))
    }

    fn style(&self, name: &str) -> Result<(&Style, Rgb8), PaperError> {
        let style = self
            .templates
            .styles
            .get(name)
            .ok_or_else(|| self.wrong(&format!("style ‘{name}’ is unknown")))?;
        let colour = self.item.colour.as_deref().unwrap_or(&style.colour);
        Ok((style, self.templates.colour(self.file, colour)?))
    }

    fn colour(&self) -> Result<Rgb8, PaperError> {
        self.templates
            .colour(self.file, self.item.colour.as_deref().unwrap_or("ink"))
    }

    /// Where the item stands: its own rectangle, one of the filling, or a place of the layout.
    fn rect(&self) -> Result<Rect, PaperError> {
        if let Some(name) = &self.item.rect_of {
            let found = self.filling.rects.get(name.as_str()).copied();
            return found.ok_or_else(|| self.wrong(&format!("rectangle ‘{name}’ is unknown")));
        }
        match (&self.item.place, self.item.rect) {
            (Some(name), None) => {
                let place = self.filling.layout.and_then(|l| l.place(name));
                let p = place.ok_or_else(|| self.wrong(&format!("place ‘{name}’ is not in the layout")))?;
                Ok([p.x_mm, p.y_mm, p.w_mm, p.h_mm])
            }
            (None, Some(rect)) => Ok(rect),
            _ => Err(self.wrong("needs either ‘rect’ or ‘place’")),
        }
    }

    /// Opens the structure element or the artifact in which the item's content stands.
    fn begin(&self, document: &mut Document) {
        match self.item.role.as_deref().unwrap_or("P") {
            "Artifact" => document.begin_artifact(),
            role => {
                document.open(Element::new(role));
                document.begin();
            }
        }
    }

    fn end(&self, document: &mut Document) {
        document.end();
        if self.item.role.as_deref() != Some("Artifact") {
            document.close();
        }
    }

    fn artifact(&self, document: &mut Document, draw: impl FnOnce(&mut Document)) {
        document.begin_artifact();
        draw(document);
        document.end();
    }

    fn draw(&self, document: &mut Document) -> Result<(), PaperError> {
        match self.item.kind {
            Kind::Text => {
                let key = self.given("text", &self.item.text)?;
                self.draw_text(document, key, &self.filling.text(key)?)
            }
            Kind::Value => {
                let name = self.given("value", &self.item.value)?;
                let drawn = self.draw_text(document, name, &literal(self.value(name)?));
                drawn.map_err(|error| {
                    if name == SECRET {
                        without_text(error)
                    } else {
                        error
                    }
                })
            }
            Kind::Field => self.draw_field(document),
            Kind::Lines => self.draw_lines(document),
            Kind::Steps => self.draw_steps(document),
            Kind::Table => self.draw_table(document),
            Kind::Prose => {
                let prose = self
                    .filling
                    .prose
                    .ok_or_else(|| self.wrong("this paper has no prose"))?;
                let columns = self.item.columns_of.unwrap_or(1).clamp(1, 3);
                let styles = [self.style("prose_heading")?, self.style("prose")?];
                prose::draw(
                    document,
                    prose,
                    self.rect()?,
                    columns,
                    self.item.gap.unwrap_or(8.0),
                    styles,
                )
            }
            Kind::Rule => {
                let [x, y, w, h] = self.rect()?;
                let (colour, weight) = (self.colour()?, self.item.weight.unwrap_or(0.5));
                let to = if w == 0.0 { (x, y + h) } else { (x + w, y) };
                self.artifact(document, |d| d.line((x, y), to, weight, colour));
                Ok(())
            }
            Kind::Fill => {
                let (rect, colour) = (self.rect()?, self.colour()?);
                self.artifact(document, |d| d.fill(rect, colour));
                Ok(())
            }
            Kind::Frame => {
                let (rect, colour) = (self.rect()?, self.colour()?);
                self.artifact(document, |d| {
                    d.frame(rect, self.item.weight.unwrap_or(0.6), colour)
                });
                Ok(())
            }
            Kind::CropMarks => {
                let ([x, y, w, h], colour) = (self.rect()?, self.colour()?);
                self.artifact(document, |d| {
                    for (cx, outward_x) in [(x, -1.0), (x + w, 1.0)] {
                        for (cy, outward_y) in [(y, -1.0), (y + h, 1.0)] {
                            d.line((cx + outward_x, cy), (cx + outward_x * 3.5, cy), 0.4, colour);
                            d.line((cx, cy + outward_y), (cx, cy + outward_y * 3.5), 0.4, colour);
                        }
                    }
                });
                Ok(())
            }
            Kind::Code => self.draw_code(document),
            Kind::OcrLine => self.draw_ocr(document),
            Kind::Marks => {
                let layout = self
                    .filling
                    .layout
                    .ok_or_else(|| self.wrong("this paper has no layout"))?;
                let squares: Vec<Rect> = layout
                    .marks
                    .iter()
                    .map(|m| [m.x_mm, m.y_mm, m.w_mm, m.h_mm])
                    .collect();
                let colour = self.colour()?;
                self.artifact(document, |d| d.fill_all(&squares, colour));
                Ok(())
            }
            Kind::FoldMarks => {
                let name = self.given("list", &self.item.list)?;
                let colour = self.colour()?;
                for row in self.list(name)? {
                    let y: f64 = row
                        .concat()
                        .parse()
                        .map_err(|_| self.wrong("a fold mark is no number"))?;
                    self.artifact(document, |d| d.line((5.0, y), (9.0, y), 0.3, colour));
                }
                Ok(())
            }
        }
    }

    fn value(&self, name: &str) -> Result<&str, PaperError> {
        let value = match name {
            SECRET => self.filling.eticket.as_deref(),
            name => self.filling.values.get(name),
        };
        value
            .map(String::as_str)
            .ok_or_else(|| self.wrong(&format!("value ‘{name}’ is unknown")))
    }

    fn list(&self, name: &str) -> Result<&[Vec<String>], PaperError> {
        let list = self.filling.lists.get(name);
        list.map(Vec::as_slice)
            .ok_or_else(|| self.wrong(&format!("list ‘{name}’ is unknown")))
    }

    fn draw_text(&self, document: &mut Document, field: &str, text: &str) -> Result<(), PaperError> {
        let [x, y, w, h] = self.rect()?;
        let (style, colour) = self.style(self.given("style", &self.item.style)?)?;
        let block = fit(field, text, style, w, h)?;
        if !block.lines.is_empty() {
            self.begin(document);
            document.block(&block, style, x, y, w, colour);
            self.end(document);
        }
        Ok(())
    }

    fn draw_field(&self, document: &mut Document) -> Result<(), PaperError> {
        let [x, y, w, h] = self.rect()?;
        let (label, name) = (
            self.given("label", &self.item.label)?,
            self.given("value", &self.item.value)?,
        );
        let (label_style, label_colour) = self.style("label")?;
        let (style, colour) = self.style(self.item.style.as_deref().unwrap_or("value"))?;
        let label_height = label_style.leading * MM_PER_PT;
        let above = fit(label, &self.filling.text(label)?, label_style, w, 0.0)?;
        let value = match self.value(name)? {
            "" => "–",
            value => value,
        };
        let below = fit(name, &literal(value), style, w, h - label_height)?;
        let parts = [
            (above, label_style, y, label_colour),
            (below, style, y + label_height, colour),
        ];
        if self.item.role.as_deref() == Some("Artifact") {
            document.begin_artifact();
            for (block, style, top, colour) in parts {
                document.block(&block, style, x, top, w, colour);
            }
            document.end();
            return Ok(());
        }
        document.open(Element::new("P"));
        for (block, style, top, colour) in parts {
            document.open(Element::new("Span"));
            document.begin();
            document.block(&block, style, x, top, w, colour);
            document.end();
            document.close();
        }
        document.close();
        Ok(())
    }

    fn draw_lines(&self, document: &mut Document) -> Result<(), PaperError> {
        let [x, mut y, w, h] = self.rect()?;
        let (style, colour) = self.style(self.given("style", &self.item.style)?)?;
        let name = self.given("list", &self.item.list)?;
        let bottom = y + h + 0.1;
        self.begin(document);
        for line in self.list(name)? {
            let text = line.concat();
            let block = fit(name, &literal(&text), style, w, bottom - y)?;
            document.block(&block, style, x, y, w, colour);
            y += block.height_mm();
            if y > bottom {
                return Err(PaperError::TooLong {
                    field: name.clone(),
                    text,
                });
            }
        }
        self.end(document);
        Ok(())
    }

    fn draw_steps(&self, document: &mut Document) -> Result<(), PaperError> {
        let [x, mut y, w, h] = self.rect()?;
        let (style, colour) = self.style(self.given("style", &self.item.style)?)?;
        let (number_style, number_colour) = self.style("step_number")?;
        const INDENT_MM: f64 = 8.0;
        let bottom = y + h + 0.1;
        document.open(Element::new("L"));
        for (n, key) in self.item.items.iter().enumerate() {
            let text = self.filling.text(key)?;
            let block = fit(key, &text, style, w - INDENT_MM, bottom - y)?;
            let number = fit(key, &format!("{}", n + 1), number_style, INDENT_MM, 0.0)?;
            if y + block.height_mm() > bottom {
                return Err(PaperError::TooLong {
                    field: key.clone(),
                    text,
                });
            }
            document.open(Element::new("LI"));
            document.open(Element::new("Lbl"));
            document.begin();
            document.block(&number, number_style, x, y, INDENT_MM, number_colour);
            document.end();
            document.close();
            document.open(Element::new("LBody"));
            document.begin();
            document.block(&block, style, x + INDENT_MM, y, w - INDENT_MM, colour);
            document.end();
            document.close();
            document.close();
            y += block.height_mm() + self.item.gap.unwrap_or(1.5);
        }
        document.close();
        Ok(())
    }

    fn draw_table(&self, document: &mut Document) -> Result<(), PaperError> {
        let [x, mut y, w, h] = self.rect()?;
        let (head_style, head_colour) = self.style("label")?;
        let (style, colour) = self.style(self.item.style.as_deref().unwrap_or("value"))?;
        let rule = self.templates.colour(self.file, "hairline")?;
        let row_height = self.item.row.unwrap_or(7.0);
        let name = self.given("list", &self.item.list)?;
        let bottom = y + h + 0.1;
        document.open(Element::new("Table"));
        let cell =
            |document: &mut Document, element: Element, block: &Block, style, at: (f64, f64), w, colour| {
                document.open(element);
                document.begin();
                document.block(block, style, at.0, at.1, w, colour);
                document.end();
                document.close();
            };
        document.open(Element::new("TR"));
        let mut left = x;
        for column in &self.item.columns {
            let element = Element {
                scope: Some("Column"),
                ..Element::new("TH")
            };
            let block = fit(
                &column.head,
                &self.filling.text(&column.head)?,
                head_style,
                column.width,
                0.0,
            )?;
            cell(
                document,
                element,
                &block,
                head_style,
                (left, y),
                column.width,
                head_colour,
            );
            left += column.width;
        }
        document.close();
        y += head_style.leading * MM_PER_PT + 1.5;
        for row in self.list(name)? {
            if y + row_height > bottom || row.len() != self.item.columns.len() {
                return Err(PaperError::TooLong {
                    field: name.clone(),
                    text: row.join(" "),
                });
            }
            self.artifact(document, |d| d.line((x, y), (x + w, y), 0.35, rule));
            document.open(Element::new("TR"));
            let mut left = x;
            for (text, column) in row.iter().zip(&self.item.columns) {
                let block = fit(name, &literal(text), style, column.width - 2.0, 0.0)?;
                let top = y + (row_height - block.leading * MM_PER_PT) / 2.0;
                cell(
                    document,
                    Element::new("TD"),
                    &block,
                    style,
                    (left, top),
                    column.width,
                    colour,
                );
                left += column.width;
            }
            document.close();
            y += row_height;
        }
        document.close();
        self.artifact(document, |d| d.line((x, y), (x + w, y), 0.35, rule));
        Ok(())
    }

    fn draw_code(&self, document: &mut Document) -> Result<(), PaperError> {
        let rect @ [x, y, w, h] = self.rect()?;
        let name = self.item.place.as_ref().or(self.item.value.as_ref());
        let name = name.ok_or_else(|| self.wrong("a code needs ‘place’ or ‘value’"))?;
        let symbol = self
            .filling
            .codes
            .get(name)
            .ok_or_else(|| self.wrong(&format!("code ‘{name}’ is unknown")))?;
        let module = w.min(h) / symbol.width() as f64;
        let cells: Vec<Rect> = symbol
            .rectangles()
            .into_iter()
            .map(|(column, row, columns, rows)| {
                [
                    x + column as f64 * module,
                    y + row as f64 * module,
                    columns as f64 * module,
                    rows as f64 * module,
                ]
            })
            .collect();
        let ink = self.colour()?;
        match &self.item.alt {
            None => self.artifact(document, |d| d.fill_all(&cells, ink)),
            Some(key) => {
                let page = document.pages.len() - 1;
                let alt = Some(self.filling.text(key)?);
                document.open(Element {
                    alt,
                    bbox: Some((page, rect)),
                    ..Element::new("Figure")
                });
                document.begin();
                document.fill_all(&cells, ink);
                document.end();
                document.close();
            }
        }
        Ok(())
    }

    fn draw_ocr(&self, document: &mut Document) -> Result<(), PaperError> {
        let [x, y, w, h] = self.rect()?;
        let line = self
            .filling
            .ocr
            .as_ref()
            .ok_or_else(|| self.wrong("this paper has no OCR line"))?;
        let (style, colour) = self.style("ocr")?;
        // The face is fixed pitch: the size that gives each character its cell.
        let cell = w / line.chars().count() as f64;
        let size = cell / MM_PER_PT / style.face.face().advance('0');
        let style = Style {
            size,
            align: Align::Left,
            min_size: None,
            ..style.clone()
        };
        let block = fit("ocr", line, &style, w + 0.1, 0.0)?;
        document.begin_artifact();
        for set in &block.lines {
            document.line_of_text(set, x, y + h - OCR_BASELINE_MM, size, 0.0, colour);
        }
        document.end();
        Ok(())
    }
}

impl Templates {
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
