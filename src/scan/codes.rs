//! The QR codes of a page: two independent decoders, cheap views first, and bounded work on pages made to stall them.

use super::registration::{Point, Registration};
use super::watch::{Onlooker, Stage};
use super::{geometry, pixels};
use crate::paper::codes::{DataCode, PageCode};
use crate::paper::{Layout, LetterId, PlaceKind};
use image::GrayImage;
use rxing::common::cpp_essentials::ConcentricPattern;
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR};
use rxing::{Binarizer, Luma8LuminanceSource};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Row crossings that look like a finder pattern; a page of ours has under two hundred, a noisy one four thousand. Beyond
/// it the search, whose time grows with the square of the patterns, is not begun.
const MAX_CROSSINGS: usize = 10_000;
/// Finder patterns that are looked at, the largest first: four codes have twelve.
const MAX_PATTERNS: usize = 150;
/// Triples of patterns that are tried, the most plausible first.
const MAX_TRIPLES: usize = 300;
/// Looks at a page that may find it crowded before it is given up.
const MAX_CROWDED_LOOKS: usize = 2;
/// The second decoder has no bound of its own, so it sees only pictures with few crossings.
const MAX_CROSSINGS_SECOND: usize = 400;

/// A code of ours, its check right, and where it lies.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundCode {
    pub content: CodeContent,
    /// Its corners in pixels, clockwise from the code's own top left.
    pub corners: [Point; 4],
}

impl FoundCode {
    fn of_a_page(&self) -> bool {
        matches!(self.content, CodeContent::Page(_))
    }
}

/// What a code of ours holds.
#[derive(Debug, Clone, PartialEq)]
pub enum CodeContent {
    Page(PageCode),
    Data(DataCode),
}

/// What one look at a picture gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Codes {
    pub found: Vec<FoundCode>,
    /// The picture has more patterns than any paper: it was searched in part or not at all.
    pub crowded: bool,
    /// The middles of its finder patterns in pixels, the largest first.
    pub patterns: Vec<Point>,
}

impl Codes {
    fn add(&mut self, more: Codes) {
        self.crowded |= more.crowded;
        for code in more.found {
            if !self
                .found
                .iter()
                .any(|f| f.content == code.content && near(f, &code))
            {
                self.found.push(code);
            }
        }
        self.patterns = more.patterns;
    }
}

/// Whether two finds are the same spot of paper (found twice), and not a second print.
fn near(a: &FoundCode, b: &FoundCode) -> bool {
    let side = (a.corners[0].0 - a.corners[1].0).hypot(a.corners[0].1 - a.corners[1].1);
    (a.corners[0].0 - b.corners[0].0).hypot(a.corners[0].1 - b.corners[0].1) < side / 2.0
}

/// What a whole page gave.
pub struct OfPage {
    pub codes: Codes,
    /// Where the sheet lies by finder patterns alone, when no code was legible but these were.
    pub sheet: Option<Registration>,
}

/// The looks at a whole page, the cheap ones first.
const LOOKS: [&str; 6] = [
    "1 half",
    "2 blurred",
    "3 other size",
    "4 quarter",
    "5 twice the size",
    "6 second decoder",
];

/// A page as one of the looks sees it.
struct View<'a> {
    picture: Cow<'a, GrayImage>,
    decoder: Decoder,
    /// From its pixels to the page's.
    scale: f64,
}

/// Makes the views of a page, each when it is its turn.
struct Views<'a> {
    grey: &'a GrayImage,
    half: Cow<'a, GrayImage>,
    large: bool,
}

impl<'a> Views<'a> {
    /// Above this a module of 0.6 mm has more than six pixels, and half of them are enough.
    const ENOUGH: u32 = 2_200;

    fn of(grey: &'a GrayImage) -> Views<'a> {
        let large = grey.width().max(grey.height()) > Views::ENOUGH;
        let half = if large {
            Cow::Owned(pixels::halved(grey))
        } else {
            Cow::Borrowed(grey)
        };
        Views { grey, half, large }
    }

    /// The view for the look of this place in [`LOOKS`]; `None` where there is nothing more to see.
    fn at(&self, n: usize) -> Option<View<'_>> {
        let to_full = if self.large { 2.0 } else { 1.0 };
        let blurred = || pixels::blurred(&self.half);
        let view = |picture, scale| View {
            picture,
            decoder: First,
            scale,
        };
        Some(match n {
            0 => view(Cow::Borrowed(&*self.half), to_full),
            1 => view(Cow::Owned(blurred()), to_full),
            2 if self.large => view(Cow::Borrowed(self.grey), 1.0),
            2 => view(Cow::Owned(pixels::halved(self.grey)), 2.0),
            3 => view(Cow::Owned(pixels::halved(&blurred())), to_full * 2.0),
            4 if self.half.width().max(self.half.height()) > Views::ENOUGH / 2 * 3 => return None,
            4 => view(Cow::Owned(pixels::doubled(&self.half)), to_full / 2.0),
            _ => View {
                decoder: Second,
                ..view(Cow::Owned(blurred()), to_full)
            },
        })
    }
}

/// The letters whose codes are on a page, each once; and whether it was too crowded to be searched. The thorough looks come only
/// while none was found.
pub fn letters_of_page(grey: &GrayImage) -> (Vec<LetterId>, bool) {
    let views = Views::of(grey);
    let mut crowded = 0;
    for n in 0..LOOKS.len() {
        let Some(view) = views.at(n) else { continue };
        let seen = sight(&view.picture, view.decoder);
        let mut letters: Vec<LetterId> = Vec::new();
        for (text, _) in &seen.texts {
            if let Ok(letter) = LetterId::from_code(text)
                && !letters.contains(&letter)
            {
                letters.push(letter);
            }
        }
        crowded += usize::from(seen.crowded);
        if !letters.is_empty() {
            return (letters, false);
        }
        if crowded >= MAX_CROWDED_LOOKS {
            break;
        }
    }
    (vec![], crowded > 0)
}

/// Looks over a whole page. The thorough looks come only while no code of ours was found; `layout` says where page codes
/// stand, for finding the sheet by finder patterns alone.
pub fn of_page(grey: &GrayImage, layout: Option<&Layout>, watch: &dyn Onlooker) -> OfPage {
    let views = Views::of(grey);
    let mut codes = Codes::default();
    let mut sheet: Option<Registration> = None;
    let mut crowded = 0;
    for (n, name) in LOOKS.into_iter().enumerate() {
        watch.begins(Stage::Look(name));
        let seen = views
            .at(n)
            .map(|view| look(&view.picture, view.decoder, (0.0, 0.0), view.scale))
            .unwrap_or_default();
        crowded += usize::from(seen.crowded);
        codes.add(seen);
        // Blurring thins out dust; what is crowded then too was made so.
        if codes.found.iter().any(FoundCode::of_a_page) || crowded >= MAX_CROWDED_LOOKS {
            break;
        }
        watch.begins(Stage::Look("by patterns"));
        let Some((layout, found)) = layout.and_then(|l| Some((l, geometry::sheet(&codes.patterns, l)?)))
        else {
            continue;
        };
        let places = layout
            .places
            .iter()
            .filter(|p| p.kind == PlaceKind::Qr && p.name != "data_code");
        let read: Vec<FoundCode> = places.filter_map(|p| geometry::read(grey, &found, p)).collect();
        codes.found.extend(read);
        if sheet
            .as_ref()
            .is_none_or(|s| found.residual_mm() < s.residual_mm())
        {
            sheet = Some(found);
        }
        if codes.found.iter().any(FoundCode::of_a_page) {
            break;
        }
    }
    codes.crowded &= codes.found.is_empty() && sheet.is_none();
    OfPage { codes, sheet }
}

/// Looks at the part of a page where a code is expected, until `wanted` is content.
pub fn of_part(part: &GrayImage, at: (u32, u32), wanted: impl Fn(&FoundCode) -> bool) -> Codes {
    let offset = (f64::from(at.0), f64::from(at.1));
    let mut codes = Codes::default();
    let blurred = pixels::blurred(part);
    let half = pixels::halved(part);
    for (view, decoder, scale) in [
        (part, First, 1.0),
        (&half, First, 2.0),
        (&blurred, First, 1.0),
        (part, Second, 1.0),
        (&blurred, Second, 1.0),
    ] {
        codes.add(look(view, decoder, offset, scale));
        if codes.found.iter().any(&wanted) {
            break;
        }
    }
    codes
}

#[derive(Clone, Copy)]
enum Decoder {
    First,
    Second,
}
use Decoder::{First, Second};

/// What one decoder sees in one view. A decoder that panics has seen nothing.
fn sight(view: &GrayImage, decoder: Decoder) -> Seen {
    let seen = catch_unwind(AssertUnwindSafe(|| match decoder {
        First => by_rxing(view),
        Second => by_rqrr(view),
    }));
    seen.unwrap_or_default()
}

/// The codes of requests that one decoder sees in one view.
fn look(view: &GrayImage, decoder: Decoder, offset: Point, scale: f64) -> Codes {
    let Seen {
        texts,
        crowded,
        patterns,
    } = sight(view, decoder);
    let place = |(x, y): Point| (x * scale + offset.0, y * scale + offset.1);
    let found = texts
        .into_iter()
        .filter_map(|(text, corners)| {
            let content = PageCode::decode(&text)
                .map(CodeContent::Page)
                .or_else(|_| DataCode::decode(&text).map(CodeContent::Data))
                .ok()?;
            Some(FoundCode {
                content,
                corners: corners.map(place),
            })
        })
        .collect();
    Codes {
        found,
        crowded,
        patterns: patterns.into_iter().map(place).collect(),
    }
}

/// What a decoder saw, in the pixels of its view.
#[derive(Default)]
struct Seen {
    texts: Vec<(String, [Point; 4])>,
    crowded: bool,
    patterns: Vec<Point>,
}

fn by_rxing(view: &GrayImage) -> Seen {
    let Ok(source) = Luma8LuminanceSource::new(view.as_raw().clone(), view.width(), view.height()) else {
        return Seen::default();
    };
    let binarizer = HybridBinarizer::new(source);
    let Ok(bits) = binarizer.get_black_matrix() else {
        return Seen::default();
    };
    if crossings(|x, y| bits.get(x, y), view.width(), view.height()) > MAX_CROSSINGS {
        return Seen {
            crowded: true,
            ..Seen::default()
        };
    }
    let mut patterns = FindFinderPatterns(bits, true, 0);
    let crowded = patterns.len() > MAX_PATTERNS;
    patterns.sort_by_key(|p| std::cmp::Reverse(p.size));
    patterns.truncate(MAX_PATTERNS);
    let middles = patterns
        .iter()
        .map(|p| (f64::from(p.p.x), f64::from(p.p.y)))
        .collect();
    let mut used: Vec<ConcentricPattern> = Vec::new();
    let mut texts = Vec::new();
    for set in GenerateFinderPatternSets(&mut patterns)
        .into_iter()
        .take(MAX_TRIPLES)
    {
        let three = [set.bl, set.tl, set.tr];
        if three.iter().any(|p| used.contains(p)) {
            continue;
        }
        if let Some((text, corners)) = sample(bits, &set) {
            used.extend(three);
            texts.push((text, corners));
        }
    }
    Seen {
        texts,
        crowded,
        patterns: middles,
    }
}

fn sample(
    bits: &BitMatrix,
    set: &rxing::qrcode::cpp_port::detector::FinderPatternSet,
) -> Option<(String, [Point; 4])> {
    let sampled = SampleQR(bits, set).ok()?;
    let decoded = Decode(sampled.getBits()).ok().filter(|d| d.isValid())?;
    let [top_left, top_right, bottom_left, bottom_right]: [rxing::Point; 4] =
        sampled.getPoints().try_into().ok()?;
    // This decoder counts from half a pixel outside the edge.
    let place = |p: rxing::Point| (f64::from(p.x) - 0.5, f64::from(p.y) - 0.5);
    Some((
        decoded.text(),
        [top_left, top_right, bottom_right, bottom_left].map(place),
    ))
}

fn by_rqrr(view: &GrayImage) -> Seen {
    let (w, h) = (view.width(), view.height());
    // The same local threshold as the first decoder's would make the second less independent: it has its own.
    let mean = pixels::mean_and_deviation(view.as_raw().iter().copied()).0;
    if crossings(|x, y| f64::from(view.get_pixel(x, y).0[0]) < mean * 0.75, w, h) > MAX_CROSSINGS_SECOND {
        return Seen::default();
    }
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(w as usize, h as usize, |x, y| {
        view.get_pixel(x as u32, y as u32).0[0]
    });
    let texts = prepared
        .detect_grids()
        .iter()
        .take(12)
        .filter_map(|grid| {
            let (_, text) = grid.decode().ok()?;
            Some((text, grid.bounds.map(|p| (f64::from(p.x), f64::from(p.y)))))
        })
        .collect();
    Seen {
        texts,
        ..Seen::default()
    }
}

/// How often a row (every third) crosses dark and light runs in the proportion 1 : 1 : 3 : 1 : 1 of a finder pattern.
fn crossings(dark: impl Fn(u32, u32) -> bool, width: u32, height: u32) -> usize {
    let mut count = 0;
    for y in (1..height).step_by(3) {
        let mut runs = [0u32; 5];
        let mut last = false;
        let mut length = 0u32;
        for x in 0..=width {
            let now = x < width && dark(x, y);
            if now == last && x < width {
                length += 1;
                continue;
            }
            runs.rotate_left(1);
            runs[4] = length;
            length = 1;
            let module = runs.iter().sum::<u32>() as f32 / 7.0;
            let fits =
                |run: u32, times: f32| (run as f32 - times * module).abs() <= 0.6 * module * times.sqrt();
            if last && module >= 1.0 && fits(runs[2], 3.0) && [0, 1, 3, 4].iter().all(|&i| fits(runs[i], 1.0))
            {
                count += 1;
            }
            last = now;
        }
    }
    count
}
