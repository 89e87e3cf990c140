//! Pictures drawn in lines: the steps of the letter, an office's logo. Paths in the syntax of SVG, so that a drawing
//! program's `d` can be pasted; no pixels, no transparency, nothing that an archive cannot keep.

use super::document::{Document, Rect, Rgb8};
use super::error::PaperError;
use super::texts::{Overlay, overlay_text};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The built-in pictures; an office's `pictures.toml` adds to them, its `logo.toml` is the picture `logo`.
pub(super) const BUILT_IN: &str = include_str!("../../templates/pictures.toml");
const FILE: &str = "pictures.toml";
const LOGO_FILE: &str = "logo.toml";

/// The files in which an office has pictures of its own.
pub(super) const FILES: [&str; 2] = [FILE, LOGO_FILE];

/// The name under which templates find the office's logo.
pub(super) const LOGO: &str = "logo";

/// The most segments of one picture: a sheet with more takes long to print, and a logo has a few hundred.
const MAX_SEGMENTS: usize = 5000;

/// The side of a picture's own square in its own units.
const EXTENT: std::ops::RangeInclusive<f64> = 0.001..=100_000.0;

/// A part of a path, absolute, in the picture's own units.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Segment {
    Move([f64; 2]),
    Line([f64; 2]),
    /// Two control points and the end of a cubic Bézier curve.
    Curve([[f64; 2]; 3]),
    Close,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PathEntry {
    d: String,
    /// A colour of the styles or `#rrggbb`.
    fill: Option<String>,
    stroke: Option<String>,
    /// Of the stroke, in the picture's units.
    width: Option<f64>,
    /// Fill by the even-odd rule instead of the non-zero one.
    #[serde(default)]
    even_odd: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PictureEntry {
    /// Width and height of the picture in its own units, from the top left.
    size: [f64; 2],
    path: Vec<PathEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u8,
    picture: BTreeMap<String, PictureEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogoFile {
    schema: u8,
    size: [f64; 2],
    path: Vec<PathEntry>,
}

/// One path with its paint.
#[derive(Clone, PartialEq, Debug)]
struct Path {
    segments: Vec<Segment>,
    fill: Option<Rgb8>,
    stroke: Option<(Rgb8, f64)>,
    even_odd: bool,
}

/// A picture ready to be drawn.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Picture {
    size: [f64; 2],
    paths: Vec<Path>,
}

/// All pictures, the office's laid over the built-in ones.
pub(super) fn load(
    overlay: &Overlay,
    colours: &BTreeMap<String, Rgb8>,
) -> Result<BTreeMap<String, Picture>, PaperError> {
    let mut all = BTreeMap::new();
    let own = overlay
        .get(FILE)
        .map(|bytes| overlay_text(FILE, bytes))
        .transpose()?;
    for text in [BUILT_IN].into_iter().chain(own) {
        let file: File = toml::from_str(text).map_err(|e| PaperError::template(FILE, e))?;
        for (name, entry) in &file.picture {
            all.insert(name.clone(), picture(FILE, name, file.schema, entry, colours)?);
        }
    }
    if let Some(bytes) = overlay.get(LOGO_FILE) {
        let text = overlay_text(LOGO_FILE, bytes)?;
        let LogoFile { schema, size, path } =
            toml::from_str(text).map_err(|e| PaperError::template(LOGO_FILE, e))?;
        let logo = picture(LOGO_FILE, LOGO, schema, &PictureEntry { size, path }, colours)?;
        all.insert(LOGO.into(), logo);
    }
    Ok(all)
}

fn picture(
    file: &str,
    name: &str,
    schema: u8,
    entry: &PictureEntry,
    colours: &BTreeMap<String, Rgb8>,
) -> Result<Picture, PaperError> {
    let wrong = |problem: String| PaperError::template(file, format!("picture {name}: {problem}"));
    if schema != 1 {
        return Err(wrong(format!("has schema {schema}; schema 1 is read")));
    }
    if !entry.size.iter().all(|s| EXTENT.contains(s)) {
        return Err(wrong("width and height are from 0.001 to 100000".into()));
    }
    let colour = |text: &String| {
        let known = colours
            .get(text)
            .copied()
            .or_else(|| super::template::colour(text));
        known.ok_or_else(|| {
            wrong(format!(
                "colour ‘{text}’ is neither a colour of the styles nor #rrggbb"
            ))
        })
    };
    let paths = entry
        .path
        .iter()
        .map(|p| {
            let width = p.width.unwrap_or(1.0);
            if !EXTENT.contains(&width) {
                return Err(wrong("the width of a stroke is from 0.001 to 100000".into()));
            }
            Ok(Path {
                segments: segments(&p.d).map_err(wrong)?,
                fill: p.fill.as_ref().map(colour).transpose()?,
                stroke: p.stroke.as_ref().map(colour).transpose()?.map(|c| (c, width)),
                even_odd: p.even_odd,
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if paths.iter().map(|p| p.segments.len()).sum::<usize>() > MAX_SEGMENTS {
        return Err(wrong(format!(
            "has more than {MAX_SEGMENTS} segments: simplify it"
        )));
    }
    Ok(Picture {
        size: entry.size,
        paths,
    })
}

/// The numbers and letters of path data.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
    }

    fn letter(&mut self) -> Option<char> {
        self.skip();
        let c = self.rest.chars().next().filter(char::is_ascii_alphabetic)?;
        self.rest = &self.rest[1..];
        Some(c)
    }

    fn has_number(&mut self) -> bool {
        self.skip();
        self.rest
            .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
    }

    fn number(&mut self) -> Result<f64, String> {
        self.skip();
        let mut end = 0;
        let (mut dot, mut exponent) = (false, false);
        for (at, c) in self.rest.char_indices() {
            let goes_on = match c {
                '0'..='9' => true,
                '+' | '-' => at == 0 || self.rest[..at].ends_with(['e', 'E']),
                '.' => !std::mem::replace(&mut dot, true) && !exponent,
                'e' | 'E' => at > 0 && !std::mem::replace(&mut exponent, true),
                _ => false,
            };
            if !goes_on {
                break;
            }
            end = at + c.len_utf8();
        }
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        let number = text.parse::<f64>().ok().filter(|n| n.abs() <= *EXTENT.end());
        number.ok_or_else(|| {
            let near: String = rest.chars().take(12).collect();
            format!("a number is wanted before ‘{text}{near}’ in a path")
        })
    }
}

/// Reads path data: M, L, H, V, C, S, Q and Z, large (absolute) or small (relative). Arcs are refused by name: a drawing
/// program turns them into curves.
fn segments(d: &str) -> Result<Vec<Segment>, String> {
    let mut reader = Reader { rest: d };
    let mut out = Vec::new();
    let (mut at, mut start) = ([0.0; 2], [0.0; 2]);
    // The last curve's second control point, which S mirrors.
    let mut handle: Option<[f64; 2]> = None;
    while let Some(letter) = reader.letter() {
        if out.is_empty() && !letter.eq_ignore_ascii_case(&'M') {
            return Err("a path begins with M".into());
        }
        let mut kind = letter.to_ascii_uppercase();
        let mut first = true;
        while first || (kind != 'Z' && reader.has_number()) {
            first = false;
            let from = if letter.is_ascii_lowercase() { at } else { [0.0; 2] };
            let mut point = || Ok::<_, String>([from[0] + reader.number()?, from[1] + reader.number()?]);
            let mut next_handle = None;
            match kind {
                'M' => {
                    at = point()?;
                    start = at;
                    out.push(Segment::Move(at));
                    // More pairs after a move are lines (SVG 1.1, 8.3.2).
                    kind = 'L';
                }
                'L' => {
                    at = point()?;
                    out.push(Segment::Line(at));
                }
                'H' | 'V' => {
                    let axis = usize::from(kind == 'V');
                    at[axis] = from[axis] + reader.number()?;
                    out.push(Segment::Line(at));
                }
                'C' | 'S' => {
                    let one = match (kind, handle) {
                        ('C', _) => point()?,
                        (_, Some([x, y])) => [2.0 * at[0] - x, 2.0 * at[1] - y],
                        (_, None) => at,
                    };
                    let (two, end) = (point()?, point()?);
                    next_handle = Some(two);
                    at = end;
                    out.push(Segment::Curve([one, two, end]));
                }
                'Q' => {
                    let (control, end) = (point()?, point()?);
                    let third = |p: [f64; 2]| {
                        [
                            p[0] + 2.0 / 3.0 * (control[0] - p[0]),
                            p[1] + 2.0 / 3.0 * (control[1] - p[1]),
                        ]
                    };
                    out.push(Segment::Curve([third(at), third(end), end]));
                    at = end;
                }
                'Z' => {
                    at = start;
                    out.push(Segment::Close);
                }
                _ => {
                    return Err(format!(
                        "‘{letter}’ in a path is not drawn: M, L, H, V, C, S, Q and Z are; have the drawing program turn others into curves"
                    ));
                }
            }
            handle = next_handle;
            if out.len() > MAX_SEGMENTS {
                return Err(format!("has more than {MAX_SEGMENTS} segments: simplify it"));
            }
        }
    }
    reader.skip();
    match (reader.rest.is_empty(), out.is_empty()) {
        (true, false) => Ok(out),
        (_, true) => Err("a path is empty".into()),
        (false, _) => {
            let near: String = reader.rest.chars().take(12).collect();
            Err(format!("‘{near}’ in a path is not understood"))
        }
    }
}

impl Picture {
    /// Draws the picture as large as it fits into a rectangle, at its left, in the middle of its height.
    pub fn draw(&self, document: &mut Document, [x, y, w, h]: Rect) {
        let scale = (w / self.size[0]).min(h / self.size[1]);
        let top = y + (h - self.size[1] * scale) / 2.0;
        for path in &self.paths {
            let place = |[px, py]: [f64; 2]| (x + px * scale, top + py * scale);
            let stroke = path.stroke.map(|(colour, width)| (colour, width * scale));
            document.path(&path.segments, &place, path.fill, stroke, path.even_odd);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_read_as_drawing_programs_write_them() {
        use Segment::*;
        assert_eq!(
            segments("m1,2 3-4.5zM10 10H5v2"),
            Ok(vec![
                Move([1.0, 2.0]),
                Line([4.0, -2.5]),
                Close,
                Move([10.0, 10.0]),
                Line([5.0, 10.0]),
                Line([5.0, 12.0]),
            ])
        );
        assert_eq!(
            segments("M0 0c0-2 2-2 2 0s2 2 2 0"),
            Ok(vec![
                Move([0.0, 0.0]),
                Curve([[0.0, -2.0], [2.0, -2.0], [2.0, 0.0]]),
                Curve([[2.0, 2.0], [4.0, 2.0], [4.0, 0.0]]),
            ])
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_by_name() {
        for (d, expect) in [
            ("", "empty"),
            ("L1 1", "begins with M"),
            ("M0 0A1 1 0 0 0 2 2", "‘A’"),
            ("M0 0L1", "number"),
            ("M0 0L1 1;", "‘;’"),
            ("M0 0L1e9 1", "number"),
        ] {
            let refused = segments(d).expect_err(d);
            assert!(refused.contains(expect), "{d}: {refused}");
        }
        assert!(segments(&format!("M0 0{}", "L1 1".repeat(6000))).is_err());
    }

    #[test]
    fn a_logo_is_read_and_its_mistakes_are_placed() {
        let load_logo = |text: &str| {
            let overlay = Overlay::from([("logo.toml".into(), text.as_bytes().to_vec())]);
            load(&overlay, &BTreeMap::new())
        };
        let good = "schema = 1\nsize = [20, 10]\n[[path]]\nd = \"M0 0H20V10H0Z\"\nfill = \"#cc0000\"\n";
        // The built-in pictures are painted in the styles' colours, which are not given here.
        assert!(matches!(load_logo(good), Err(PaperError::Template { file, .. }) if file == "pictures.toml"));
        let colours = ["accent", "ink", "grey", "tint", "hairline"].map(|n| (n.to_owned(), Rgb8([0; 3])));
        let colours = BTreeMap::from(colours);
        let overlay = |text: String| Overlay::from([("logo.toml".into(), text.into_bytes())]);
        assert!(load(&overlay(good.into()), &colours).is_ok_and(|all| all.contains_key(LOGO)));
        for (from, to, expect) in [
            ("#cc0000", "red", "‘red’"),
            ("[20, 10]", "[0, 10]", "width"),
            ("schema = 1", "schema = 2", "schema 2"),
        ] {
            let Err(PaperError::Template { file, problem }) =
                load(&overlay(good.replace(from, to)), &colours)
            else {
                panic!("{to}")
            };
            assert!(file == "logo.toml" && problem.contains(expect), "{problem}");
        }
    }

    proptest! {
        #[test]
        fn no_path_makes_the_reader_panic(d in "[MmLlHhVvCcSsQqZzAae0-9., +-]{0,60}") {
            let _ = segments(&d);
        }
    }
}
