//! How each kind of item of a template is drawn: fitted, tagged, or refused with its name.

mod lists;

use super::document::{Document, Element, Rect, Rgb8};
use super::error::PaperError;
use super::form::FieldKind;
use super::layout::OCR_BASELINE_MM;
use super::printed::PrintedValue;
use super::prose;
use super::template::{Filling, Item, Kind, SECRET, Templates, literal};
use super::typeset::{Align, Block, MM_PER_PT, Style, fit};
use std::rc::Rc;

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

/// A style with its lines standing elsewhere in their box.
fn aligned(style: &Style, align: Align) -> Style {
    Style {
        align,
        ..style.clone()
    }
}

/// One item being drawn.
pub(super) struct Drawing<'a> {
    pub templates: &'a Templates,
    pub file: &'a str,
    /// The item's place in its file, from 1.
    pub number: usize,
    pub item: &'a Item,
    pub filling: &'a Filling<'a>,
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

    /// Draws the item on the current page.
    pub fn draw(&self, document: &mut Document) -> Result<(), PaperError> {
        match self.item.kind {
            Kind::Text => {
                let key = self.given("text", &self.item.text)?;
                self.draw_text(document, key, &self.filling.text(key)?)
            }
            Kind::Value => {
                let name = self.given("value", &self.item.value)?;
                let drawn = self.draw_text(document, self.filling.origin(name), &literal(self.value(name)?));
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
            Kind::Choices => self.draw_choices(document),
            Kind::Blank => self.draw_blank(document),
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
            Kind::Picture => self.draw_picture(document),
            Kind::EnvelopeTest => {
                let (window, colour) = (self.rect()?, self.colour()?);
                let grey = self.templates.colour(self.file, "grey")?;
                self.artifact(document, |d| super::envelope::draw_test(d, window, colour, grey));
                Ok(())
            }
        }
    }

    fn draw_picture(&self, document: &mut Document) -> Result<(), PaperError> {
        let name = self.given("picture", &self.item.picture)?;
        let Some(picture) = self.templates.picture(self.file, name)? else {
            return Ok(());
        };
        let rect = self.rect()?;
        match &self.item.alt {
            None => self.artifact(document, |d| picture.draw(d, rect)),
            Some(key) => {
                let page = document.pages.len() - 1;
                document.open(Element {
                    alt: Some(self.filling.text(key)?),
                    bbox: Some((page, rect)),
                    ..Element::new("Figure")
                });
                document.begin();
                picture.draw(document, rect);
                document.end();
                document.close();
            }
        }
        Ok(())
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
        let block = if field == SECRET {
            Rc::new(fit(field, text, style, w, h)?)
        } else {
            document.fit(field, text, style, w, h)?
        };
        if !block.lines.is_empty() {
            self.begin(document);
            document.block(&block, style, x, y, w, colour);
            self.end(document);
        }
        Ok(())
    }

    /// The box of a field's value, below its label, and the value's style.
    fn below_label(&self) -> Result<(Rect, &Style, Rgb8), PaperError> {
        let [x, y, w, h] = self.rect()?;
        let label_height = self.style("label")?.0.leading * MM_PER_PT;
        let (style, colour) = self.style(self.item.style.as_deref().unwrap_or("value"))?;
        Ok(([x, y + label_height, w, h - label_height], style, colour))
    }

    /// What a field shows: a dash where there is nothing to say.
    fn field_value(&self, name: &str) -> Result<&str, PaperError> {
        Ok(match self.value(name)? {
            "" => "–",
            value => value,
        })
    }

    /// The values that the item shows, as they stand on the sheet; none where the filling does not know them.
    pub fn values(&self) -> Result<Vec<PrintedValue>, PaperError> {
        let known = |name: &Option<String>| {
            name.as_ref()
                .filter(|n| self.filling.values.contains_key(*n))
                .cloned()
        };
        let (name, [x, y, w, h], style) = match self.item.kind {
            Kind::Field | Kind::Value => {
                let Some(name) = known(&self.item.value) else {
                    return Ok(Vec::new());
                };
                let (rect, style) = if self.item.kind == Kind::Field {
                    let (rect, style, _) = self.below_label()?;
                    (rect, style)
                } else {
                    (
                        self.rect()?,
                        self.style(self.given("style", &self.item.style)?)?.0,
                    )
                };
                (name, rect, style)
            }
            Kind::Lines => {
                let (style, _) = self.style(self.given("style", &self.item.style)?)?;
                let name = self.given("list", &self.item.list)?;
                let [x, _, w, _] = self.rect()?;
                let mut value = PrintedValue::new(name);
                if self.filling.lists.contains_key(name.as_str()) {
                    self.stacked(style, fit, |block, y| value.take(block, style, [x, y, w]))?;
                }
                return Ok(vec![value]);
            }
            _ => return Ok(Vec::new()),
        };
        let mut value = PrintedValue::new(&name);
        let text = if self.item.kind == Kind::Field {
            self.field_value(&name)?
        } else {
            self.value(&name)?
        };
        let block = fit(&name, &literal(text), style, w, h)?;
        value.take(&block, style, [x, y, w]);
        Ok(vec![value])
    }

    fn draw_field(&self, document: &mut Document) -> Result<(), PaperError> {
        let [x, y, w, _] = self.rect()?;
        let (label, name) = (
            self.given("label", &self.item.label)?,
            self.given("value", &self.item.value)?,
        );
        let (label_style, label_colour) = self.style("label")?;
        let ([_, value_top, _, value_height], style, colour) = self.below_label()?;
        let above = document.fit(label, &self.filling.text(label)?, label_style, w, 0.0)?;
        let below = document.fit(name, &literal(self.field_value(name)?), style, w, value_height)?;
        let parts = [
            (above, label_style, y, label_colour),
            (below, style, value_top, colour),
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

    /// Lays the lines of a list below each other in the item's box: each fitted with `fit(field, text, style, width, height)`
    /// and handed on with its top.
    fn stacked<B: std::borrow::Borrow<Block>>(
        &self,
        style: &Style,
        mut fit: impl FnMut(&str, &str, &Style, f64, f64) -> Result<B, PaperError>,
        mut put: impl FnMut(&Block, f64),
    ) -> Result<(), PaperError> {
        let [_, mut y, w, h] = self.rect()?;
        let name = self.given("list", &self.item.list)?;
        let bottom = y + h + 0.1;
        for line in self.list(name)? {
            let text = line.concat();
            let block = fit(name, &literal(&text), style, w, bottom - y)?;
            put(block.borrow(), y);
            y += block.borrow().height_mm();
            if y > bottom {
                return Err(PaperError::TooLong {
                    field: name.clone(),
                    text,
                });
            }
        }
        Ok(())
    }

    fn draw_lines(&self, document: &mut Document) -> Result<(), PaperError> {
        let [x, _, w, _] = self.rect()?;
        let (style, colour) = self.style(self.given("style", &self.item.style)?)?;
        let mut blocks = Vec::new();
        self.stacked(
            style,
            |field, text, style, w, h| document.fit(field, text, style, w, h),
            |block, y| blocks.push((Block::clone(block), y)),
        )?;
        // A blank keeps the lines apart for those who read the text instead of seeing it.
        if let Some((_, all_but_last)) = blocks.split_last_mut() {
            for (block, _) in all_but_last {
                if let Some(run) = block.lines.last_mut().and_then(|l| l.runs.last_mut()) {
                    run.text.push(' ');
                }
            }
        }
        self.begin(document);
        for (block, y) in blocks {
            document.block(&block, style, x, y, w, colour);
        }
        self.end(document);
        Ok(())
    }

    fn draw_blank(&self, document: &mut Document) -> Result<(), PaperError> {
        let [x, y, w, h] = self.rect()?;
        let label = self.given("label", &self.item.label)?;
        let (style, colour) = self.style("label")?;
        let mut text = self.filling.text(label)?;
        if let Some(hint) = &self.item.text {
            text = format!("{text} ({})", self.filling.text(hint)?);
        }
        let block = document.fit(label, &text, style, w, 0.0)?;
        document.open(Element::new("P"));
        document.open(Element::new("Span"));
        document.begin();
        document.block(&block, style, x, y, w, colour);
        document.end();
        document.close();
        if let Some(name) = &self.item.value {
            // Between the label and the line, with a hair's breadth to both.
            let above = block.height_mm() + 0.4;
            document.field(
                name,
                text,
                FieldKind::Text,
                None,
                [x, y + above, w, h - above - 0.5],
            );
        }
        document.close();
        let grey = self.templates.colour(self.file, "grey")?;
        self.artifact(document, |d| d.line((x, y + h), (x + w, y + h), 0.5, grey));
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
        let cell = |document: &mut Document,
                    element: Element,
                    block: &Block,
                    style: &Style,
                    at: (f64, f64),
                    w,
                    colour| {
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
            let block = document.fit(
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
                &aligned(head_style, column.align),
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
                let block = document.fit(name, &literal(text), style, column.width - 2.0, 0.0)?;
                let top = y + (row_height - block.leading * MM_PER_PT) / 2.0;
                cell(
                    document,
                    Element::new("TD"),
                    &block,
                    &aligned(style, column.align),
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
