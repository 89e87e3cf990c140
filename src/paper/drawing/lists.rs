//! Lists of a template: steps with their numbers and pictures, and boxes to tick.

use super::Drawing;
use crate::paper::document::{Document, Element};
use crate::paper::error::PaperError;
use crate::paper::form::FieldKind;
use crate::paper::typeset::MM_PER_PT;

impl Drawing<'_> {
    pub(super) fn draw_steps(&self, document: &mut Document) -> Result<(), PaperError> {
        let [x, mut y, w, h] = self.rect()?;
        let (style, colour) = self.style(self.given("style", &self.item.style)?)?;
        let (number_style, number_colour) = self.style("step_number")?;
        const NUMBER_MM: f64 = 8.0;
        const PICTURE_MM: f64 = 8.6;
        let pictures = &self.item.pictures;
        if !pictures.is_empty() && pictures.len() != self.item.items.len() {
            return Err(self.wrong("‘pictures’ are as many as ‘items’"));
        }
        let indent = NUMBER_MM
            + if pictures.is_empty() {
                0.0
            } else {
                PICTURE_MM + 3.0
            };
        let bottom = y + h + 0.1;
        document.open(Element {
            numbering: Some("Decimal"),
            ..Element::new("L")
        });
        for (n, key) in self.item.items.iter().enumerate() {
            let text = self.filling.text(key)?;
            let block = document.fit(key, &text, style, w - indent, bottom - y)?;
            let number = document.fit(key, &format!("{}", n + 1), number_style, NUMBER_MM, 0.0)?;
            let height = match pictures.get(n) {
                Some(_) => block.height_mm().max(PICTURE_MM),
                None => block.height_mm(),
            };
            if y + height > bottom {
                return Err(PaperError::TooLong {
                    field: key.clone(),
                    text,
                });
            }
            document.open(Element::new("LI"));
            document.open(Element::new("Lbl"));
            document.begin();
            document.block(&number, number_style, x, y, NUMBER_MM, number_colour);
            document.end();
            document.close();
            if let Some(name) = pictures.get(n)
                && let Some(picture) = self.templates.picture(self.file, name)?
            {
                // The words beside it say the same, so it is not read out.
                let place = [
                    x + NUMBER_MM,
                    y + (height - PICTURE_MM) / 2.0,
                    PICTURE_MM,
                    PICTURE_MM,
                ];
                self.artifact(document, |d| picture.draw(d, place));
            }
            document.open(Element::new("LBody"));
            document.begin();
            document.block(&block, style, x + indent, y, w - indent, colour);
            document.end();
            document.close();
            document.close();
            y += height + self.item.gap.unwrap_or(1.5);
        }
        document.close();
        Ok(())
    }

    pub(super) fn draw_choices(&self, document: &mut Document) -> Result<(), PaperError> {
        const BOX_MM: f64 = 3.4;
        const INDENT_MM: f64 = 6.5;
        let [x, mut y, w, h] = self.rect()?;
        let (style, colour) = self.style(self.given("style", &self.item.style)?)?;
        let bottom = y + h + 0.1;
        document.open(Element {
            numbering: Some("None"),
            ..Element::new("L")
        });
        let names = &self.item.names;
        if self.item.value.is_some() && names.len() != self.item.items.len() {
            return Err(self.wrong("‘names’ are as many as ‘items’"));
        }
        for (n, key) in self.item.items.iter().enumerate() {
            let text = self.filling.text(key)?;
            let block = document.fit(key, &text, style, w - INDENT_MM, bottom - y)?;
            if y + block.height_mm() > bottom {
                return Err(PaperError::TooLong {
                    field: key.clone(),
                    text,
                });
            }
            let top = y + (block.leading * MM_PER_PT - BOX_MM) / 2.0;
            let grey = self.templates.colour(self.file, "grey")?;
            self.artifact(document, |d| d.frame([x, top, BOX_MM, BOX_MM], 0.7, grey));
            document.open(Element::new("LI"));
            if let (Some(name), Some(choice)) = (&self.item.value, names.get(n)) {
                document.open(Element::new("Lbl"));
                let kind = FieldKind::Choice(choice.clone());
                let tooltip = match &self.item.label {
                    Some(label) => self.filling.text(label)?,
                    None => text.clone(),
                };
                document.field(name, tooltip, kind, Some(text), [x, top, BOX_MM, BOX_MM]);
                document.close();
            }
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
}
