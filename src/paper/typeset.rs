//! Text set in lines: measured with kerning, broken by UAX #14, fitted or refused, never cut.

use super::error::PaperError;
use super::fonts::FaceName;
use serde::Deserialize;
use unicode_linebreak::{BreakOpportunity, linebreaks};

/// Millimetres of a point.
pub const MM_PER_PT: f64 = 25.4 / 72.0;

/// Stands for a literal asterisk in text that is read for `**bold**`.
pub const ASTERISK: char = '\u{E000}';

/// A hyphen at which no line ends (U+2011). Fonts have no glyph for it: it is drawn as a hyphen.
const FIRM_HYPHEN: char = '\u{2011}';

/// The character whose glyph is drawn.
fn drawn(c: char) -> char {
    if c == FIRM_HYPHEN { '-' } else { c }
}

/// How much a text may shrink at a time to fit, in points.
const SHRINK_STEP_PT: f64 = 0.25;

/// Where lines stand in their box.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    #[default]
    Left,
    Right,
    Centre,
}

/// Where lines may break beside UAX #14.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Break {
    #[default]
    Words,
    /// Anywhere when a word is wider than the line: mail addresses, numbers.
    Anywhere,
}

/// A style of the templates; sizes in points.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Style {
    pub face: FaceName,
    pub size: f64,
    /// From baseline to baseline.
    pub leading: f64,
    /// The name of a colour of the templates.
    pub colour: String,
    #[serde(default)]
    pub align: Align,
    /// The smallest size to which a long text may shrink; the size itself when absent.
    pub min_size: Option<f64>,
    #[serde(default, rename = "break")]
    pub break_at: Break,
    /// Extra space between characters in em, for large figures.
    #[serde(default)]
    pub tracking: f64,
}

/// A piece of a line in one face.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub face: FaceName,
    pub text: String,
}

/// A line ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub runs: Vec<Run>,
    /// Width without trailing blanks, in em of the style's size.
    pub width_em: f64,
}

/// A text fitted to its box.
#[derive(Clone, Debug)]
pub struct Block {
    pub lines: Vec<Line>,
    pub size: f64,
    /// From baseline to baseline, in points.
    pub leading: f64,
}

impl Block {
    /// The height in millimetres.
    pub fn height_mm(&self) -> f64 {
        self.lines.len() as f64 * self.leading * MM_PER_PT
    }

    /// Each line with its left end and its baseline in millimetres, the first line's box at the top of `[x, y, width]`.
    pub fn placed(&self, style: &Style, [x, y, width]: [f64; 3]) -> impl Iterator<Item = (f64, f64, &Line)> {
        let cap = style.face.face().cap_height * self.size;
        let align = style.align;
        self.lines.iter().enumerate().map(move |(n, line)| {
            let top = y + n as f64 * self.leading * MM_PER_PT;
            // Capitals stand in the middle of their line.
            let baseline = top + (self.leading + cap) / 2.0 * MM_PER_PT;
            let free = width - line.width_em * self.size * MM_PER_PT;
            let left = match align {
                Align::Left => x,
                Align::Right => x + free,
                Align::Centre => x + free / 2.0,
            };
            (left, baseline, line)
        })
    }
}

/// Text whose `**marked**` parts are bold, as characters with their faces.
fn marked(text: &str, face: FaceName) -> Vec<(char, FaceName)> {
    let mut out = Vec::with_capacity(text.len());
    let mut bold = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**") {
            bold = !bold;
            rest = after;
            continue;
        }
        let c = match c {
            ASTERISK => '*',
            '\n' => ' ',
            c => c,
        };
        out.push((
            c,
            if bold && face == FaceName::Regular {
                FaceName::Bold
            } else {
                face
            },
        ));
        rest = &rest[rest.chars().next().map_or(rest.len(), char::len_utf8)..];
    }
    out
}

/// Breaks text into lines no wider than `width_em`; `None` when a piece that must not break is wider.
fn lines(characters: &[(char, FaceName)], width_em: f64, style: &Style) -> Option<Vec<Line>> {
    let text: String = characters.iter().map(|(c, _)| *c).collect();
    let mut right = Vec::with_capacity(characters.len());
    let (mut x, mut last) = (0.0, None);
    for &(c, face) in characters {
        let c = drawn(c);
        let kern = match last {
            Some((l, f)) if f == face => face.face().kern(l, c),
            _ => 0.0,
        };
        x += kern + face.face().advance(c) + style.tracking;
        right.push(x);
        last = Some((c, face));
    }
    let at = |i: usize| if i == 0 { 0.0 } else { right[i - 1] };
    let trimmed = |from: usize, to: usize| {
        (from..to)
            .rev()
            .find(|i| !characters[*i].0.is_whitespace())
            .map_or(from, |i| i + 1)
    };
    let index_of: std::collections::HashMap<usize, usize> = text
        .char_indices()
        .enumerate()
        .map(|(n, (byte, _))| (byte, n))
        .collect();
    let mut out = Vec::new();
    let (mut start, mut fits) = (0, None);
    for (byte, kind) in linebreaks(&text) {
        let end = index_of.get(&byte).copied().unwrap_or(characters.len());
        while at(trimmed(start, end)) - at(start) - style.tracking > width_em {
            let cut = match (fits, style.break_at) {
                (Some(cut), _) => cut,
                (None, Break::Anywhere) => {
                    let widest = (start + 1..end)
                        .take_while(|i| at(*i) - at(start) <= width_em)
                        .last()?;
                    if widest == start { return None } else { widest }
                }
                (None, Break::Words) => return None,
            };
            out.push((start, cut));
            (start, fits) = (cut, None);
        }
        fits = (end > start).then_some(end);
        if kind == BreakOpportunity::Mandatory && end < characters.len() {
            out.push((start, end));
            (start, fits) = (end, None);
        }
    }
    if start < characters.len() {
        out.push((start, characters.len()));
    }
    let last = out.len().saturating_sub(1);
    let line = |(n, (from, to)): (usize, (usize, usize))| {
        let end = trimmed(from, to);
        // A blank at the end of a broken line keeps words apart for those who read the text instead of seeing it.
        let last_drawn = if n < last && end < to { end + 1 } else { end };
        let mut runs: Vec<Run> = Vec::new();
        for &(c, face) in &characters[from..last_drawn] {
            match runs.last_mut() {
                Some(run) if run.face == face => run.text.push(drawn(c)),
                _ => runs.push(Run {
                    face,
                    text: drawn(c).into(),
                }),
            }
        }
        Line {
            runs,
            width_em: (at(end) - at(from) - style.tracking).max(0.0),
        }
    };
    Some(out.into_iter().enumerate().map(line).collect())
}

/// The same number of lines broken a little earlier when the last one would hold only a short word.
fn without_short_end(
    set: Vec<Line>,
    characters: &[(char, FaceName)],
    width_em: f64,
    style: &Style,
) -> Vec<Line> {
    const SHORT: f64 = 0.15;
    let short = |lines: &[Line]| lines.last().is_some_and(|l| l.width_em < SHORT * width_em);
    if set.len() < 2 || !short(&set) {
        return set;
    }
    let narrower = (1..8).filter_map(|n| lines(characters, width_em * (1.0 - 0.02 * f64::from(n)), style));
    let better = narrower.take_while(|l| l.len() == set.len()).find(|l| !short(l));
    better.unwrap_or(set)
}

/// Sets a text in a box, shrinking it as far as its style allows; a box of no height takes one line.
///
/// # Errors
/// [`PaperError::MissingGlyph`] before anything is drawn, [`PaperError::TooLong`] when it does not fit, both naming `field`.
pub fn fit(
    field: &str,
    text: &str,
    style: &Style,
    width_mm: f64,
    height_mm: f64,
) -> Result<Block, PaperError> {
    let characters = marked(text, style.face);
    for face in FaceName::ALL {
        let of_face: String = characters
            .iter()
            .filter(|(_, f)| *f == face)
            .map(|(c, _)| drawn(*c))
            .collect();
        face.face().check(field, &of_face)?;
    }
    let smallest = style.min_size.unwrap_or(style.size);
    let mut size = style.size;
    loop {
        let width_em = width_mm / MM_PER_PT / size;
        let leading = style.leading * size / style.size;
        // A twentieth of a line of tolerance: heights are written with one decimal.
        let room = (height_mm / (leading * MM_PER_PT) + 0.05).floor().max(1.0);
        if let Some(lines) = lines(&characters, width_em, style)
            && lines.len() as f64 <= room
        {
            let lines = without_short_end(lines, &characters, width_em, style);
            return Ok(Block { lines, size, leading });
        }
        if size - SHRINK_STEP_PT < smallest {
            let text = characters.iter().map(|(c, _)| *c).collect();
            return Err(PaperError::TooLong {
                field: field.into(),
                text,
            });
        }
        size -= SHRINK_STEP_PT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn style(min_size: Option<f64>, break_at: Break) -> Style {
        Style {
            face: FaceName::Regular,
            size: 10.0,
            leading: 14.0,
            colour: "ink".into(),
            align: Align::Left,
            min_size,
            break_at,
            tracking: 0.0,
        }
    }

    fn texts(block: &Block) -> Vec<String> {
        block
            .lines
            .iter()
            .map(|l| l.runs.iter().map(|r| r.text.as_str()).collect())
            .collect()
    }

    #[test]
    fn breaks_between_words_and_keeps_their_blank() {
        let block = fit(
            "x",
            "Ein Satz, der nicht in eine Zeile passt",
            &style(None, Break::Words),
            35.0,
            99.0,
        )
        .expect("fits");
        assert_eq!(texts(&block), ["Ein Satz, der nicht in ", "eine Zeile passt"]);
    }

    #[test]
    fn no_line_ends_at_a_firm_hyphen_which_is_drawn_as_a_hyphen() {
        let at = |text| texts(&fit("x", text, &style(None, Break::Words), 22.0, 99.0).expect("fits"));
        assert_eq!(at("la carte ci-dessus"), ["la carte ci-", "dessus"]);
        assert_eq!(at("la carte ci\u{2011}dessus"), ["la carte ", "ci-dessus"]);
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused_with_its_field() {
        let long = "Donaudampfschifffahrtsgesellschaftskapitän";
        let refused = fit("person.family_name", long, &style(None, Break::Words), 30.0, 12.0);
        assert!(matches!(refused, Err(PaperError::TooLong { field, .. }) if field == "person.family_name"));
        let shrunk = fit("x", long, &style(Some(5.0), Break::Words), 50.0, 0.0).expect("shrinks");
        assert!(shrunk.size < 10.0 && shrunk.leading < 14.0);
        let broken = fit("x", long, &style(None, Break::Anywhere), 30.0, 20.0).expect("breaks");
        assert_eq!(texts(&broken).concat(), long);
    }

    #[test]
    fn a_missing_glyph_is_refused_with_its_field() {
        let refused = fit(
            "person.given_names",
            "山田",
            &style(None, Break::Words),
            30.0,
            12.0,
        );
        assert_eq!(
            refused.err(),
            Some(PaperError::MissingGlyph {
                field: "person.given_names".into(),
                character: '山',
                font: "NotoSans-Regular"
            })
        );
    }

    #[test]
    fn marked_words_are_bold_and_a_real_asterisk_stays() {
        let block = fit(
            "x",
            "nicht **fett** 5\u{E000}\u{E000}",
            &style(None, Break::Words),
            90.0,
            0.0,
        )
        .expect("fits");
        let faces: Vec<_> = block.lines[0]
            .runs
            .iter()
            .map(|r| (r.face, r.text.as_str()))
            .collect();
        assert_eq!(
            faces,
            [
                (FaceName::Regular, "nicht "),
                (FaceName::Bold, "fett"),
                (FaceName::Regular, " 5**")
            ]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_wider_than_its_box(text in "[A-Za-zäöü,. \\-@]{0,120}", width in 8.0f64..80.0) {
            if let Ok(block) = fit("x", &text, &style(None, Break::Anywhere), width, f64::INFINITY) {
                let drawn: String = texts(&block).concat().split_whitespace().collect();
                prop_assert_eq!(drawn, text.split_whitespace().collect::<String>());
                for line in &block.lines {
                    prop_assert!(line.width_em * 10.0 * MM_PER_PT <= width + 1e-6);
                }
            }
        }
    }
}
