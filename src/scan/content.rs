//! What a page's content paints, as far as that is pictures and nothing else.

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object, Stream};

/// How deep forms may lie within forms; each level is a picture's frame in the files of some producers.
const MAX_DEPTH: usize = 6;
/// Forms a page is followed into; nested ones would multiply otherwise.
const MAX_FORMS: usize = 64;
/// Pictures a page may be cut into: a strip for every eight rows of A4 at 300 dpi.
const MAX_PICTURES: usize = 500;
/// Saved graphics states.
const MAX_SAVED: usize = 64;
/// What one form's operators may unfold to.
const MAX_FORM_CONTENT: usize = 256 << 10;

/// A PDF matrix `[a b c d e f]` (ISO 32000-1, 8.3.3).
pub type Matrix = [f64; 6];
pub const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
/// A rectangle by its least and greatest coordinates.
pub type Rectangle = [f64; 4];

/// A picture on a page.
pub struct Layer<'a> {
    pub picture: &'a Stream,
    /// From its unit square to the page.
    pub matrix: Matrix,
    /// What a stencil is painted with; `None` when that is no plain colour.
    pub fill: Option<u8>,
    /// Rectangles outside of which it does not show.
    pub clips: Vec<Rectangle>,
}

/// Reads operators and collects the pictures they place.
pub struct Painter<'a> {
    document: &'a Document,
    layers: Vec<Layer<'a>>,
    forms: usize,
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    text_mode: i64,
    fill: Option<u8>,
    clips: Vec<Rectangle>,
}

impl<'a> Painter<'a> {
    /// The pictures in their order when the content paints nothing else that shows; invisible text (of a recogniser) and
    /// a white ground do not count.
    pub fn pictures(
        document: &'a Document,
        content: &[u8],
        resources: Option<&'a Dictionary>,
    ) -> Option<Vec<Layer<'a>>> {
        let mut painter = Painter {
            document,
            layers: Vec::new(),
            forms: 0,
        };
        let state = State {
            matrix: IDENTITY,
            text_mode: 0,
            fill: Some(0),
            clips: Vec::new(),
        };
        painter.paint(content, resources, state, 0)?;
        Some(painter.layers)
    }

    fn paint(
        &mut self,
        content: &[u8],
        resources: Option<&'a Dictionary>,
        mut state: State,
        depth: usize,
    ) -> Option<()> {
        let operations = Content::decode(content).ok()?.operations;
        let mut saved = Vec::new();
        let mut path: Vec<Rectangle> = Vec::new();
        // A path of more than rectangles, and a clip by one.
        let (mut free, mut clipping) = (false, false);
        for operation in &operations {
            let n: Vec<f64> = operation.operands.iter().filter_map(number).collect();
            match operation.operator.as_str() {
                "q" if saved.len() < MAX_SAVED => saved.push(state.clone()),
                "Q" => state = saved.pop()?,
                "cm" => state.matrix = times(n.try_into().ok()?, state.matrix),
                "Tr" => state.text_mode = n.first().copied()? as i64,
                "Tj" | "TJ" | "'" | "\"" if state.text_mode != 3 => return None,
                "re" => {
                    let [x, y, w, h]: [f64; 4] = n.try_into().ok()?;
                    path.push(box_of(state.matrix, [x, y, x + w, y + h]));
                }
                "m" | "l" | "c" | "v" | "y" | "h" => free = true,
                "W" | "W*" => clipping = true,
                "n" | "f" | "F" | "f*" => {
                    let white = state.fill.is_some_and(|v| v >= 250) && self.layers.is_empty();
                    if (operation.operator != "n" && !white) || (clipping && free) {
                        return None;
                    }
                    if clipping {
                        state.clips.append(&mut path);
                    }
                    path.clear();
                    (free, clipping) = (false, false);
                }
                "g" | "rg" | "k" | "sc" | "scn" => state.fill = plain_colour(&n, operation.operands.len()),
                "cs" => state.fill = None,
                "gs" => self.plain_state(resources, operation.operands.first()?)?,
                "Do" => self.place(operation.operands.first()?, resources, &state, depth)?,
                "BDC" if operation.operands.first().and_then(|o| o.as_name().ok()) == Some(b"OC") => {
                    return None;
                }
                "BT" | "ET" | "Td" | "TD" | "Tm" | "T*" | "Tc" | "Tw" | "Tz" | "TL" | "Tf" | "Ts" | "Tj"
                | "TJ" | "'" | "\"" | "w" | "J" | "j" | "M" | "d" | "ri" | "i" | "BMC" | "BDC" | "EMC"
                | "MP" | "DP" | "G" | "RG" | "K" | "CS" | "SC" | "SCN" => {}
                _ => return None,
            }
        }
        Some(())
    }

    fn place(
        &mut self,
        name: &Object,
        resources: Option<&'a Dictionary>,
        state: &State,
        depth: usize,
    ) -> Option<()> {
        let object = self
            .document
            .get_dict_in_dict(resources?, b"XObject")
            .ok()?
            .get_deref(name.as_name().ok()?, self.document)
            .and_then(Object::as_stream)
            .ok()?;
        match object.dict.get(b"Subtype").and_then(Object::as_name).ok()? {
            b"Image" if self.layers.len() < MAX_PICTURES => {
                self.layers.push(Layer {
                    picture: object,
                    matrix: state.matrix,
                    fill: state.fill,
                    clips: state.clips.clone(),
                });
                Some(())
            }
            b"Form" if depth < MAX_DEPTH && self.forms < MAX_FORMS => {
                self.forms += 1;
                let mut inner = state.clone();
                if let Some(matrix) = numbers(&object.dict, b"Matrix", self.document) {
                    inner.matrix = times(matrix.try_into().ok()?, inner.matrix);
                }
                let [a, b, c, d]: [f64; 4] =
                    numbers(&object.dict, b"BBox", self.document)?.try_into().ok()?;
                inner
                    .clips
                    .push(box_of(inner.matrix, [a.min(c), b.min(d), a.max(c), b.max(d)]));
                let own = object
                    .dict
                    .get_deref(b"Resources", self.document)
                    .and_then(Object::as_dict)
                    .ok();
                let content = object.decompressed_content_with_limit(MAX_FORM_CONTENT).ok()?;
                self.paint(&content, own.or(resources), inner, depth + 1)
            }
            _ => None,
        }
    }

    /// A graphics state that changes nothing of how pictures show.
    fn plain_state(&self, resources: Option<&'a Dictionary>, name: &Object) -> Option<()> {
        let states = self.document.get_dict_in_dict(resources?, b"ExtGState").ok()?;
        let state = states
            .get_deref(name.as_name().ok()?, self.document)
            .and_then(Object::as_dict)
            .ok()?;
        let named = |key: &[u8], plain: &[&[u8]]| {
            state
                .get_deref(key, self.document)
                .map_or(true, |v| v.as_name().is_ok_and(|name| plain.contains(&name)))
        };
        let whole = state
            .get_deref(b"ca", self.document)
            .map_or(true, |v| number(v).is_some_and(|a| a >= 1.0));
        (whole && named(b"SMask", &[b"None"]) && named(b"BM", &[b"Normal", b"Compatible"])).then_some(())
    }
}

/// The numbers of an array.
pub fn numbers(dict: &Dictionary, key: &[u8], document: &Document) -> Option<Vec<f64>> {
    let array = dict.get_deref(key, document).and_then(Object::as_array).ok()?;
    array
        .iter()
        .map(|o| number(document.dereference(o).ok()?.1))
        .collect()
}

pub fn number(object: &Object) -> Option<f64> {
    object.as_float().ok().map(f64::from).filter(|n| n.is_finite())
}

/// The grey of one, three or four components that are all the operands there are.
fn plain_colour(n: &[f64], operands: usize) -> Option<u8> {
    let grey = match n {
        [grey] => *grey,
        [r, g, b] => 0.299 * r + 0.587 * g + 0.114 * b,
        [c, m, y, k] => 1.0 - (0.299 * c + 0.587 * m + 0.114 * y + k),
        _ => return None,
    };
    (operands == n.len()).then(|| (grey.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn times(m: Matrix, n: Matrix) -> Matrix {
    [
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    ]
}

/// The bounding box of a rectangle under a matrix.
pub fn box_of(m: Matrix, [x0, y0, x1, y1]: Rectangle) -> Rectangle {
    let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)]
        .map(|(x, y)| (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]));
    corners
        .iter()
        .fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |b, c| {
            [b[0].min(c.0), b[1].min(c.1), b[2].max(c.0), b[3].max(c.1)]
        })
}

/// The clockwise turn that shows a picture as its matrix places it; `None` when it is mirrored or tilted.
pub fn upright_turn([a, b, c, d, ..]: Matrix) -> Option<i64> {
    let scale = a.abs() + b.abs() + c.abs() + d.abs();
    let none = |v: f64| v.abs() <= scale * 1e-4;
    if none(b) && none(c) && a * d > 0.0 {
        Some(if a > 0.0 { 0 } else { 180 })
    } else if none(a) && none(d) && b * c < 0.0 {
        Some(if b > 0.0 { 270 } else { 90 })
    } else {
        None
    }
}
