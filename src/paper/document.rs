//! A document under the pen: pages of drawing operators, and the structure tree that says what they mean.

use super::error::PaperError;
use super::fonts::FaceName;
use super::form::{Field, FieldKind};
use super::picture::Segment;
use super::typeset::{self, Block, Line, MM_PER_PT, Style};
use crate::domain::Language;
use printpdf::{Color, DictItem, FontId, Op, PdfFontHandle, Point, Pt, Rgb, TextItem};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// How many fitted texts are kept: the words that all sheets of a batch share, with room for what they do not.
const KEPT_BLOCKS: usize = 1024;

/// A colour of the templates, written `#rrggbb`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rgb8(pub [u8; 3]);

/// A rectangle in millimetres from the top left: x, y, width, height.
pub type Rect = [f64; 4];

/// A structure element (ISO 32000-1, 14.7 and 14.8).
#[derive(Clone, Debug, Default)]
pub struct Element {
    pub role: String,
    /// What a figure shows, for those who do not see it.
    pub alt: Option<String>,
    /// Where a figure stands: page index and rectangle.
    pub bbox: Option<(usize, Rect)>,
    /// The language of what it holds, where that is not the document's.
    pub language: Option<Language>,
    /// `Column` or `Row` for a table's header cell.
    pub scope: Option<&'static str>,
    /// How a list counts: `Decimal` or `None`.
    pub numbering: Option<&'static str>,
    pub kids: Vec<Kid>,
}

/// What an element holds.
#[derive(Clone, Debug)]
pub enum Kid {
    Element(Element),
    /// Marked content: page index and number on that page.
    Content(usize, i64),
    /// A place to fill in, by its index among the document's fields.
    Field(usize),
}

impl Element {
    pub fn new(role: &str) -> Element {
        Element {
            role: role.into(),
            ..Element::default()
        }
    }
}

/// One page under the pen.
pub struct Page {
    pub width_mm: f64,
    pub height_mm: f64,
    pub ops: Vec<Op>,
    /// How many marked contents the page has.
    pub contents: i64,
    fill: Option<Rgb8>,
    stroke: Option<Rgb8>,
    font: Option<(FaceName, u64)>,
}

/// A document under the pen.
pub struct Document {
    pub language: Language,
    pub title: String,
    pub pages: Vec<Page>,
    pub root: Element,
    open: Vec<Element>,
    pub used: BTreeMap<FaceName, BTreeSet<char>>,
    /// The page on which an outline entry begins, and what it says.
    pub bookmarks: Vec<(usize, String)>,
    /// The places to fill in on a screen.
    pub fields: Vec<Field>,
    /// Texts that were fitted before: the sheets of a batch are mostly alike.
    fitted: HashMap<(String, [u64; 7]), Rc<Block>>,
}

/// Rounded to a thousandth of a point, which no printer resolves: shorter and the same on every machine.
fn points(mm: f64) -> f32 {
    round(mm / MM_PER_PT)
}

fn round(value: f64) -> f32 {
    ((value * 1000.0).round() / 1000.0) as f32
}

fn real(value: f32) -> DictItem {
    DictItem::Real(value)
}

impl Document {
    pub fn new(language: Language, title: String) -> Document {
        Document {
            language,
            title,
            pages: Vec::new(),
            root: Element::new("Document"),
            open: Vec::new(),
            used: BTreeMap::new(),
            bookmarks: Vec::new(),
            fields: Vec::new(),
            fitted: HashMap::new(),
        }
    }

    /// As [`typeset::fit`], remembered for the sheets that follow. Nothing secret comes here: it would stay in memory.
    pub fn fit(
        &mut self,
        field: &str,
        text: &str,
        style: &Style,
        width_mm: f64,
        height_mm: f64,
    ) -> Result<Rc<Block>, PaperError> {
        let kind = (style.face as u64) << 8 | style.break_at as u64;
        let measures = [
            style.size,
            style.leading,
            style.min_size.unwrap_or(style.size),
            style.tracking,
            width_mm,
            height_mm,
        ];
        let [a, b, c, d, e, f] = measures.map(f64::to_bits);
        let key = (text.to_owned(), [kind, a, b, c, d, e, f]);
        if let Some(known) = self.fitted.get(&key) {
            return Ok(known.clone());
        }
        let block = Rc::new(typeset::fit(field, text, style, width_mm, height_mm)?);
        if self.fitted.len() >= KEPT_BLOCKS {
            self.fitted.clear();
        }
        self.fitted.insert(key, block.clone());
        Ok(block)
    }

    pub fn new_page(&mut self, width_mm: f64, height_mm: f64) {
        self.pages.push(Page {
            width_mm,
            height_mm,
            ops: Vec::new(),
            contents: 0,
            fill: None,
            stroke: None,
            font: None,
        });
    }

    /// Opens a structure element; everything until [`Document::close`] belongs to it.
    pub fn open(&mut self, element: Element) {
        self.open.push(element);
    }

    pub fn close(&mut self) {
        let element = self.open.pop().expect("every close has its open");
        let parent = self.open.last_mut().unwrap_or(&mut self.root);
        parent.kids.push(Kid::Element(element));
    }

    /// Lays a place to fill in on the current page, as an element of its own in the open one; `alt` says what it is where the
    /// field's tooltip does not.
    pub fn field(&mut self, name: &str, tooltip: String, kind: FieldKind, alt: Option<String>, rect: Rect) {
        self.open(Element {
            alt,
            ..Element::new("Form")
        });
        let index = self.fields.len();
        let page = self.pages.len() - 1;
        self.fields.push(Field {
            name: name.into(),
            tooltip,
            kind,
            page,
            rect,
        });
        let element = self.open.last_mut().expect("opened above");
        element.kids.push(Kid::Field(index));
        self.close();
    }

    fn page(&mut self) -> &mut Page {
        self.pages
            .last_mut()
            .expect("a page is begun before anything is drawn")
    }

    /// Begins content of the open element.
    pub fn begin(&mut self) {
        let index = self.pages.len() - 1;
        let role = self
            .open
            .last()
            .expect("content stands in an element")
            .role
            .clone();
        let page = self.page();
        let number = page.contents;
        page.contents += 1;
        let map = BTreeMap::from([("MCID".to_owned(), DictItem::Int(number))]);
        page.ops.push(Op::BeginMarkedContentWithProperties {
            tag: role,
            properties: DictItem::Dict { map },
        });
        self.open
            .last_mut()
            .expect("seen above")
            .kids
            .push(Kid::Content(index, number));
    }

    /// Begins content that is furniture of the page and not read out.
    pub fn begin_artifact(&mut self) {
        self.page().ops.push(Op::BeginMarkedContent {
            tag: "Artifact".into(),
        });
    }

    pub fn end(&mut self) {
        self.page().ops.push(Op::EndMarkedContent);
    }

    fn operator(&mut self, key: &str, value: Vec<DictItem>) {
        self.page().ops.push(Op::Unknown {
            key: key.into(),
            value,
        });
    }

    fn set_fill(&mut self, colour: Rgb8) {
        if self.page().fill != Some(colour) {
            self.page().fill = Some(colour);
            let col = pdf_colour(colour);
            self.page().ops.push(Op::SetFillColor { col });
        }
    }

    fn set_stroke(&mut self, colour: Rgb8) {
        if self.page().stroke != Some(colour) {
            self.page().stroke = Some(colour);
            let col = pdf_colour(colour);
            self.page().ops.push(Op::SetOutlineColor { col });
        }
    }

    fn rectangle(&mut self, [x, y, w, h]: Rect) {
        let bottom = self.page().height_mm - y - h;
        self.operator("re", [x, bottom, w, h].map(|v| real(points(v))).to_vec());
    }

    /// A filled rectangle.
    pub fn fill(&mut self, rect: Rect, colour: Rgb8) {
        self.fill_all(&[rect], colour);
    }

    /// Rectangles filled as one path, so that no seam shows between neighbours.
    pub fn fill_all(&mut self, rects: &[Rect], colour: Rgb8) {
        self.set_fill(colour);
        for rect in rects {
            self.rectangle(*rect);
        }
        self.operator("f", vec![]);
    }

    /// A rectangle's outline, centred on its edge; `weight` in points.
    pub fn frame(&mut self, rect: Rect, weight: f64, colour: Rgb8) {
        self.set_stroke(colour);
        self.operator("w", vec![real(round(weight))]);
        self.rectangle(rect);
        self.operator("S", vec![]);
    }

    /// A straight line between two points in millimetres; `weight` in points.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), weight: f64, colour: Rgb8) {
        self.set_stroke(colour);
        self.operator("w", vec![real(round(weight))]);
        let height = self.page().height_mm;
        self.operator("m", vec![real(points(from.0)), real(points(height - from.1))]);
        self.operator("l", vec![real(points(to.0)), real(points(height - to.1))]);
        self.operator("S", vec![]);
    }

    /// A path of straight lines and curves; `place` gives millimetres from the top left, the stroke's width is in millimetres.
    pub fn path(
        &mut self,
        segments: &[Segment],
        place: &dyn Fn([f64; 2]) -> (f64, f64),
        fill: Option<Rgb8>,
        stroke: Option<(Rgb8, f64)>,
        even_odd: bool,
    ) {
        let paint = match (fill.is_some(), stroke.is_some(), even_odd) {
            (false, false, _) => return,
            (false, true, _) => "S",
            (true, false, false) => "f",
            (true, false, true) => "f*",
            (true, true, false) => "B",
            (true, true, true) => "B*",
        };
        if let Some(colour) = fill {
            self.set_fill(colour);
        }
        if let Some((colour, width)) = stroke {
            self.set_stroke(colour);
            self.operator("w", vec![real(points(width))]);
        }
        let height = self.page().height_mm;
        let at = |p: &[f64; 2]| {
            let (x, y) = place(*p);
            [real(points(x)), real(points(height - y))]
        };
        for segment in segments {
            match segment {
                Segment::Move(p) => self.operator("m", at(p).to_vec()),
                Segment::Line(p) => self.operator("l", at(p).to_vec()),
                Segment::Curve(p) => self.operator("c", p.iter().flat_map(at).collect()),
                Segment::Close => self.operator("h", vec![]),
            }
        }
        self.operator(paint, vec![]);
    }

    /// A fitted text with the first line's box at the top of `[x, y, width]`.
    pub fn block(&mut self, block: &Block, style: &Style, x: f64, y: f64, width: f64, colour: Rgb8) {
        for (left, baseline, line) in block.placed(style, [x, y, width]) {
            self.line_of_text(line, left, baseline, block.size, style.tracking, colour);
        }
    }

    /// One line of text from its left end on a baseline, both in millimetres.
    pub fn line_of_text(
        &mut self,
        line: &Line,
        x: f64,
        baseline: f64,
        size: f64,
        tracking: f64,
        colour: Rgb8,
    ) {
        self.set_fill(colour);
        let y = self.page().height_mm - baseline;
        self.page().ops.push(Op::StartTextSection);
        let pos = Point {
            x: Pt(points(x)),
            y: Pt(points(y)),
        };
        self.page().ops.push(Op::SetTextCursor { pos });
        for run in &line.runs {
            self.used.entry(run.face).or_default().extend(run.text.chars());
            let font = (run.face, size.to_bits());
            if self.page().font != Some(font) {
                self.page().font = Some(font);
                let handle = PdfFontHandle::External(font_id(run.face));
                self.page().ops.push(Op::SetFont {
                    font: handle,
                    size: Pt(round(size)),
                });
            }
            let items = kerned(run.face, &run.text, tracking);
            self.page().ops.push(Op::ShowText { items });
        }
        self.page().ops.push(Op::EndTextSection);
    }
}

/// The resource name of a face, the same in every document.
pub fn font_id(face: FaceName) -> FontId {
    FontId(format!("T{}", face as u8 + 1))
}

fn pdf_colour(Rgb8(channels): Rgb8) -> Color {
    let [r, g, b] = channels.map(|c| round(f64::from(c) / 255.0));
    Color::Rgb(Rgb {
        r,
        g,
        b,
        icc_profile: None,
    })
}

/// Text with the moves between its characters, in thousandths of an em as the operator TJ takes them.
fn kerned(face: FaceName, text: &str, tracking: f64) -> Vec<TextItem> {
    let mut items = Vec::new();
    let mut piece = String::new();
    let mut last = None;
    for c in text.chars() {
        if let Some(l) = last {
            let move_by = -((face.face().kern(l, c) + tracking) * 1000.0).round();
            if move_by != 0.0 {
                items.push(TextItem::Text(std::mem::take(&mut piece)));
                items.push(TextItem::Offset(move_by as f32));
            }
        }
        piece.push(c);
        last = Some(c);
    }
    if !piece.is_empty() {
        items.push(TextItem::Text(piece));
    }
    items
}
