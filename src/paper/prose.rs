//! Running text with headings, such as the subscriber agreement: read from a plain file, set in columns.

use super::document::{Document, Element, Rect, Rgb8};
use super::error::PaperError;
use super::typeset::{ASTERISK, Block, MM_PER_PT, Style};
use std::rc::Rc;

/// A text with its version.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prose {
    /// Which text this is; printed on it and recorded with the request.
    pub version: String,
    pub title: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Heading(String),
    Paragraph(String),
}

/// The longest version that a text may have, since it is printed in the page's head.
const MAX_VERSION: usize = 20;

impl Prose {
    /// Reads `version:` and `title:`, then headings (`## …`) and paragraphs, parted by empty lines.
    pub fn parse(file: &str, text: &str) -> Result<Prose, PaperError> {
        let wrong = |problem: String| PaperError::template(file, problem);
        let mut lines = text.lines();
        let mut head = |name: &str| {
            let line = lines.next().unwrap_or_default();
            let value = line
                .strip_prefix(name)
                .map(|v| v.trim().to_owned())
                .filter(|v| !v.is_empty());
            value.ok_or_else(|| wrong(format!("‘{name} …’ is missing among the first two lines")))
        };
        let (version, title) = (head("version:")?, head("title:")?);
        if version.chars().count() > MAX_VERSION {
            return Err(wrong(format!(
                "the version ‘{version}’ is longer than {MAX_VERSION} characters"
            )));
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut open = false;
        for line in lines.map(|l| l.trim().replace('*', &ASTERISK.to_string())) {
            if line.is_empty() {
                open = false;
            } else if let Some(heading) = line.strip_prefix("## ") {
                parts.push(Part::Heading(heading.to_owned()));
                open = false;
            } else {
                match parts.last_mut() {
                    Some(Part::Paragraph(text)) if open => {
                        text.push(' ');
                        text.push_str(&line);
                    }
                    _ => parts.push(Part::Paragraph(line)),
                }
                open = true;
            }
        }
        if parts.is_empty() {
            return Err(wrong("there is no text after the title".into()));
        }
        Ok(Prose {
            version,
            title,
            parts,
        })
    }
}

/// Sets the text in columns, filling one after the other; a heading never stands alone at a column's foot.
pub(crate) fn draw(
    document: &mut Document,
    prose: &Prose,
    [x, y, w, h]: Rect,
    columns: usize,
    gap: f64,
    [heading, body]: [(&Style, Rgb8); 2],
) -> Result<(), PaperError> {
    const ABOVE_HEADING_MM: f64 = 2.6;
    const BETWEEN_MM: f64 = 1.1;
    let width = (w - gap * (columns - 1) as f64) / columns as f64;
    let blocks = prose
        .parts
        .iter()
        .map(|part| match part {
            Part::Heading(text) => Ok((
                true,
                document.fit("agreement", text, heading.0, width, f64::INFINITY)?,
            )),
            Part::Paragraph(text) => Ok((
                false,
                document.fit("agreement", text, body.0, width, f64::INFINITY)?,
            )),
        })
        .collect::<Result<Vec<(bool, Rc<Block>)>, PaperError>>()?;
    // Columns as even as their lines allow: the lowest height at which everything still fits.
    let needed = |height: f64| place(&blocks, height, ABOVE_HEADING_MM, BETWEEN_MM).map(|p| p.0);
    let mut height = h;
    if needed(h).is_none_or(|n| n > columns) {
        return Err(PaperError::TooLong {
            field: "agreement".into(),
            text: prose.title.clone(),
        });
    }
    while needed(height - 0.5).is_some_and(|n| n <= columns) {
        height -= 0.5;
    }
    let (_, places) = place(&blocks, height, ABOVE_HEADING_MM, BETWEEN_MM).expect("seen to fit above");
    for ((is_heading, block), pieces) in blocks.iter().zip(places) {
        let (style, colour) = if *is_heading { heading } else { body };
        document.open(Element::new(if *is_heading { "H2" } else { "P" }));
        document.begin();
        for (column, top, from, to) in pieces {
            let piece = Block {
                lines: block.lines[from..to].to_vec(),
                ..Block::clone(block)
            };
            document.block(
                &piece,
                style,
                x + column as f64 * (width + gap),
                y + top,
                width,
                colour,
            );
        }
        document.end();
        document.close();
    }
    Ok(())
}

/// Pieces of a block: column, distance from the top in millimetres, first line, line after the last.
type Pieces = Vec<(usize, f64, usize, usize)>;

/// Where each block's lines go in columns of this height, and how many columns that takes; `None` when a line is higher.
fn place(
    blocks: &[(bool, Rc<Block>)],
    height: f64,
    above: f64,
    between: f64,
) -> Option<(usize, Vec<Pieces>)> {
    let (mut column, mut top) = (0, 0.0);
    let mut all = Vec::new();
    for (n, (is_heading, block)) in blocks.iter().enumerate() {
        let line = block.leading * MM_PER_PT;
        if line * 2.0 > height {
            return None;
        }
        if top > 0.0 {
            top += if *is_heading { above } else { between };
        }
        let count = block.lines.len();
        // A heading wants two lines of what follows below it; a paragraph is not split into single lines.
        let together = match blocks.get(n + 1) {
            Some((_, next)) if *is_heading => {
                line * count as f64 + between + next.leading * MM_PER_PT * next.lines.len().min(2) as f64
            }
            _ => line * count.min(2) as f64,
        };
        if top + together > height && top > 0.0 {
            (column, top) = (column + 1, 0.0);
        }
        let mut pieces = Vec::new();
        let mut from = 0;
        while from < count {
            let mut fitting = ((height - top) / line + 1e-6).floor() as usize;
            if fitting < count - from && count - from - fitting == 1 {
                fitting = fitting.saturating_sub(1);
            }
            if fitting == 0 {
                if top == 0.0 {
                    return None;
                }
                (column, top) = (column + 1, 0.0);
                continue;
            }
            let to = count.min(from + fitting);
            pieces.push((column, top, from, to));
            top += (to - from) as f64 * line;
            from = to;
            if from < count {
                (column, top) = (column + 1, 0.0);
            }
        }
        all.push(pieces);
    }
    Some((column + 1, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_headings_and_paragraphs() {
        let prose = Prose::parse("a", "version: 1\ntitle: T\n\n## H\none\ntwo\n\nthree\n").expect("good");
        assert_eq!(
            prose.parts,
            [
                Part::Heading("H".into()),
                Part::Paragraph("one two".into()),
                Part::Paragraph("three".into())
            ]
        );
    }

    #[test]
    fn a_text_without_version_or_body_is_refused() {
        for bad in [
            "",
            "title: T\n\nx",
            "version: 1\ntitle: T\n",
            "version: 123456789012345678901\ntitle: T\n\nx",
        ] {
            assert!(
                matches!(Prose::parse("a", bad), Err(PaperError::Template { .. })),
                "{bad:?}"
            );
        }
    }
}
