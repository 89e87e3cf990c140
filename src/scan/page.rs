//! Reading one page: its codes must agree with one another, its printed line with them, and its marks are measured.

use super::Reader;
use super::codes::{self, CodeContent, FoundCode, OfPage};
use super::document;
use super::geometry;
use super::line;
use super::marks;
use super::pictures;
use super::pixels::{self, Picture};
use super::print;
use super::reading::{
    Crop, MarkReading, PageReading, PrintReading, Problem, ProblemCode, Source, Spot, TravelDocumentReading,
};
use super::registration::{Anchor, Point, Registration, corners};
use super::watch::{Onlooker, Sight, Stage};
use crate::domain::{DocumentKind, Language, Paper, Request};
use crate::paper::codes::{OCR_LINE_CHARS, PageCode};
use crate::paper::layout::{self, Mark};
use crate::paper::{Layout, Place, PlaceKind, Press, layout_id, layout_of};
use image::GrayImage;

/// How far around its place a missing code is looked for: what one code alone leaves uncertain at the far end of a sheet.
const SEARCH_MM: f64 = 9.0;
/// Darker pixels than this share make a page that is not blank: dust and a punched hole stay below.
const BLANK_INK: f64 = 0.004;
/// Resolution of crops of printed values, in pixels a millimetre.
const PRINT_CROP_PER_MM: f64 = 8.0;

/// What one page gave.
pub(super) struct PageEvidence {
    pub reading: PageReading,
    /// What its codes say in common (the corner means nothing here).
    pub code: Option<PageCode>,
    /// The request of its data code, or why that is none.
    pub data: Option<Result<Request, String>>,
    /// True when the layout has a data code on this page.
    pub data_expected: bool,
    /// Values that the printed line contradicts.
    pub doubts: Doubts,
    pub marks: Vec<MarkReading>,
    /// The machine-readable zone of the copy on it.
    pub document: Option<TravelDocumentReading>,
    pub prints: Vec<PrintReading>,
    pub crops: Vec<Crop>,
    /// Codes that lie elsewhere than where they were printed: the name of the place, and their corners in pixels.
    pub out_of_place: Vec<(String, [Point; 4])>,
    pub problems: Vec<Problem>,
    /// There is something on it.
    pub inked: bool,
}

/// Which values another witness contradicts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Doubts {
    pub request: bool,
    pub serial: bool,
    pub digest: bool,
    /// Paper, page number or page count.
    pub page: bool,
    /// The data of the person.
    pub data: bool,
}

impl PageEvidence {
    /// A page of which nothing is known yet.
    pub fn of_nothing(file: &str, index: usize) -> PageEvidence {
        PageEvidence {
            reading: PageReading {
                file: file.to_owned(),
                index,
                rotation: None,
                skew_degrees: None,
                dpi: None,
                paper: None,
                page: None,
                of: None,
                request_id: None,
                source: None,
                layout: None,
                residual_mm: None,
                codes: 0,
                line: None,
            },
            code: None,
            data: None,
            data_expected: false,
            doubts: Doubts::default(),
            marks: Vec::new(),
            document: None,
            prints: Vec::new(),
            crops: Vec::new(),
            out_of_place: Vec::new(),
            problems: Vec::new(),
            inked: true,
        }
    }

    /// Notes a problem of the whole page.
    pub fn problem(&mut self, code: ProblemCode, detail: impl std::fmt::Display) {
        self.problem_at(Spot::PAGE, code, detail);
    }

    /// Notes a problem that the place of this name shows.
    fn problem_at(&mut self, place: &str, code: ProblemCode, detail: impl std::fmt::Display) {
        let page = &self.reading;
        let problem = Problem::new(code, format!("{}, page {}: {detail}", page.file, page.index));
        self.problems.push(problem.seen_at(page, place));
    }

    /// Reads a page's pixels.
    pub fn read(&mut self, grey: &GrayImage, reader: &Reader) {
        let Reader { places, watch, .. } = *reader;
        let grey = &Picture::of(grey);
        // Page codes and line stand alike on every paper, so that of any tells where to look.
        let anywhere = layout_of(layout_id(layout::CURRENT, Paper::Receipt, Language::De));
        let OfPage { codes: seen, sheet } = codes::of_page(grey, anywhere.as_ref(), watch);
        if seen.crowded {
            self.problem(
                ProblemCode::PageCrowded,
                "there are more code-like patterns than on any paper, so it was not searched: scan it again",
            );
        }
        if watch.curious() {
            let said = format!(
                "{} codes, {} finder patterns",
                seen.found.len(),
                seen.patterns.len()
            );
            watch.saw(Sight {
                file: &self.reading.file,
                index: self.reading.index,
                what: "page",
                picture: grey.half(),
                said: &said,
            });
        }
        let mut found = seen.found;
        let by_codes = found.iter().any(|f| matches!(f.content, CodeContent::Page(_)));
        let code = if by_codes {
            self.agreed(&found)
        } else {
            self.inked = !is_blank(grey);
            watch.begins(Stage::Line);
            sheet
                .as_ref()
                .and_then(|s| said_by_line(grey, s, anywhere.as_ref()?))
        };
        let Some(code) = code else { return };
        let known = layout_of(code.layout).filter(|l| l.paper.number() == code.paper);
        let set = |kind| match (places, &known) {
            (Some(own), _) => own.iter().filter(|p| p.page == code.page).cloned().collect(),
            (None, Some(layout)) => layout.on_page(code.page, code.of, kind),
            (None, None) => Vec::new(),
        };
        let printed: Vec<Place> = set(DocumentKind::Passport);
        if printed.is_empty() {
            let detail = format!("layout {} is not known: install a newer version", code.layout.0);
            self.problem(ProblemCode::LayoutUnknown, detail);
        }
        watch.begins(Stage::Parts);
        let marks = known.as_ref().map_or(&[][..], |l| &l.marks);
        let registration = if by_codes {
            self.register(grey, &printed, marks, &mut found, code)
        } else {
            sheet
        };
        if by_codes && self.agreed(&found).is_none() {
            return;
        }
        self.identify(
            code,
            registration.as_ref(),
            if by_codes { Source::Qr } else { Source::Ocr },
        );
        self.reading.codes = found.len().min(usize::from(u8::MAX)) as u8;
        self.take_data(&found, &printed);
        let Some(registration) = registration else { return };
        watch.begins(Stage::Line);
        self.read_line(grey, &registration, &printed, code);
        let kind = match &self.data {
            Some(Ok(request)) => Some(request.data.travel_document.kind),
            _ => None,
        };
        let mut wanted = set(kind.unwrap_or(DocumentKind::Passport));
        if kind.is_none() {
            // Which places the sheet has for the document is known only with the data; none is judged by guess.
            wanted.retain(|p| p.kind != PlaceKind::DocumentCopy || places.is_some());
        }
        watch.begins(Stage::Marks);
        self.judge_marks(grey, &registration, &wanted, code.page);
        watch.begins(Stage::Document);
        self.read_document(grey, &registration, &wanted);
        self.tell_unsure_marks();
        if let (Some(press), Some(layout), None) = (reader.press, &known, places) {
            watch.begins(Stage::Print);
            self.compare_print(grey, &registration, press, layout, code, reader.crops);
        }
        if reader.crops {
            watch.begins(Stage::Crops);
            let own = &self.reading;
            self.crops.extend(
                wanted
                    .iter()
                    .map(|p| pictures::of_place(grey, &registration, p, own)),
            );
        }
        if watch.curious() {
            self.show(grey, &registration, &wanted, &found, watch);
        }
    }

    /// Shows each place as it was looked at, and what was read there.
    fn show(
        &self,
        grey: &GrayImage,
        registration: &Registration,
        places: &[Place],
        found: &[FoundCode],
        watch: &dyn Onlooker,
    ) {
        for place in places {
            let said = match place.kind {
                PlaceKind::Qr if found.iter().any(|f| belongs(place, f)) => "read".to_owned(),
                PlaceKind::Qr => "not legible".to_owned(),
                PlaceKind::Ocr => self.reading.line.clone().unwrap_or_else(|| "too coarse".into()),
                PlaceKind::Signature | PlaceKind::DocumentCopy => {
                    match self.marks.iter().find(|m| m.name == place.name) {
                        Some(mark) => format!("present {:?}, ink {:?}", mark.present, mark.ink),
                        None => "not judged".into(),
                    }
                }
            };
            let picture = pictures::upright(grey, registration, place);
            watch.saw(Sight {
                file: &self.reading.file,
                index: self.reading.index,
                what: &place.name,
                picture: &picture,
                said: &said,
            });
        }
    }

    /// What all page codes say in common; a problem when they do not.
    fn agreed(&mut self, found: &[FoundCode]) -> Option<PageCode> {
        let pages: Vec<PageCode> = page_codes(found).map(|(code, _)| code).collect();
        let first = *pages.first()?;
        if let Some(other) = pages.iter().find(|c| **c != first) {
            self.problem(
                ProblemCode::CodesDisagree,
                format!(
                    "one code says request {}, card {}, page {} of {}, another request {}, card {}, page {} of {}: look at the sheet",
                    first.request, first.serial, first.page, first.of, other.request, other.serial, other.page, other.of
                ),
            );
            return None;
        }
        Some(first)
    }

    /// Maps the sheet, looking closely where codes are missing.
    fn register(
        &mut self,
        grey: &GrayImage,
        places: &[Place],
        marks: &[Mark],
        found: &mut Vec<FoundCode>,
        code: PageCode,
    ) -> Option<Registration> {
        let first = Registration::fit(&anchors(places, found)).map(|f| f.0);
        if let Some(first) = &first {
            for place in places.iter().filter(|p| p.kind == PlaceKind::Qr) {
                let fits = |f: &FoundCode| belongs(place, f);
                if found.iter().any(fits) {
                    continue;
                }
                // Where one code is known, the modules of the others are; what is not there must be searched.
                if let Some(sampled) = geometry::read(grey, first, place)
                    && (fits(&sampled) || of_another(&sampled, code))
                {
                    found.push(sampled);
                    continue;
                }
                // The better the sheet is known, the less has to be searched.
                let margin = if first.codes() >= 2 {
                    SEARCH_MM / 2.0
                } else {
                    SEARCH_MM
                };
                if let Some((part, at)) = first.cut(grey, rectangle(place), margin) {
                    for new in codes::of_part(&part, at, fits).found {
                        if !found.contains(&new) && (fits(&new) || of_another(&new, code)) {
                            found.push(new);
                        }
                    }
                }
            }
        }
        let fitted = Registration::fit(&anchors(places, found)).map(|(fitted, left_out)| {
            let held = held_by_mark(grey, &fitted, marks, &anchors(places, found), &left_out);
            (held.unwrap_or(fitted), left_out)
        });
        match &fitted {
            Some((_, left_out)) => {
                for name in left_out {
                    let lies = found.iter().find(|f| {
                        places.iter().any(|p| p.name == *name && belongs(p, f))
                    });
                    self.out_of_place.extend(lies.map(|f| (name.clone(), f.corners)));
                    self.problem_at(
                        &pictures::elsewhere(name),
                        ProblemCode::CodeOutOfPlace,
                        format!("{name} does not lie where it was printed: look whether it was pasted over"),
                    );
                }
            }
            None if places.is_empty() => {}
            None => self.problem(
                ProblemCode::NotRegistered,
                "its codes do not lie as they were printed, so signatures cannot be judged: scan it flat and whole",
            ),
        }
        fitted.map(|f| f.0)
    }

    fn identify(&mut self, code: PageCode, registration: Option<&Registration>, source: Source) {
        let round = |v: f64, to: f64| (v * to).round() / to;
        self.code = Some(code);
        let reading = &mut self.reading;
        reading.paper = Paper::from_number(code.paper);
        reading.page = Some(code.page);
        reading.of = Some(code.of);
        reading.request_id = Some(code.request);
        reading.source = Some(source);
        // The line does not say in which language the paper is.
        reading.layout = (source == Source::Qr).then_some(code.layout);
        reading.rotation = registration.map(Registration::rotation);
        // Adding zero turns a −0.0 into 0.0.
        reading.skew_degrees = registration.map(|r| round(r.skew_degrees(), 100.0) + 0.0);
        reading.dpi = registration.map(|r| round(r.dpi(), 10.0));
        reading.residual_mm = registration.map(|r| round(r.residual_mm(), 1000.0));
    }

    fn take_data(&mut self, found: &[FoundCode], places: &[Place]) {
        self.data_expected = places
            .iter()
            .any(|p| p.kind == PlaceKind::Qr && p.name == "data_code");
        let mut all: Vec<_> = found
            .iter()
            .filter_map(|f| match &f.content {
                CodeContent::Data(data) => Some(data),
                CodeContent::Page(_) => None,
            })
            .collect();
        all.dedup();
        self.data = match all.as_slice() {
            [] => None,
            [one] => Some(Request::from_cbor(&one.cbor).map_err(|e| e.to_string())),
            _ => Some(Err("there are two different ones".into())),
        };
    }

    /// The second witness: the printed line against the codes.
    fn read_line(&mut self, grey: &GrayImage, registration: &Registration, places: &[Place], code: PageCode) {
        let Some(place) = places.iter().find(|p| p.kind == PlaceKind::Ocr) else {
            return;
        };
        let expected = code.line().encode().unwrap_or_default();
        let mut seen = line::read(grey, registration, rectangle(place));
        if seen.as_ref().is_some_and(|s| s.reading().is_none()) {
            // On paper that bulges the line lies elsewhere. Only what its own checks vouch for counts there.
            let bent = line::read_bent(grey, registration, rectangle(place));
            seen = bent.filter(|b| b.reading().is_some()).or(seen);
        }
        self.reading.line = seen.as_ref().map(line::SeenLine::text);
        let Some(seen) = seen.filter(|_| expected.len() == OCR_LINE_CHARS) else {
            self.problem_at(
                &place.name,
                ProblemCode::LineUnread,
                "the printed line is too coarse to read: scan at 200 dpi or more",
            );
            return;
        };
        let mut changed = seen.contradictions(&expected);
        if let Some(said) = seen.reading().filter(|said| *said != code.line()) {
            let said = said.encode().unwrap_or_default();
            changed.extend(
                said.chars()
                    .zip(expected.chars())
                    .enumerate()
                    .filter(|(_, (a, b))| a != b)
                    .map(|d| d.0),
            );
        }
        if !changed.is_empty() {
            let hit = |range: std::ops::Range<usize>| changed.iter().any(|i| range.contains(i));
            self.doubts = Doubts {
                page: hit(0..4),
                request: hit(4..16),
                serial: hit(19..29),
                digest: hit(29..41),
                data: false,
            };
            self.problem_at(
                &place.name,
                ProblemCode::LineDisagrees,
                format!(
                    "the codes say {expected}, the printed line reads {}: look at the sheet",
                    seen.text()
                ),
            );
        } else if seen.reading().is_none() {
            self.problem_at(
                &place.name,
                ProblemCode::LineUnread,
                format!(
                    "the printed line is not legible, {}: compare it with the codes' {expected}",
                    seen.text()
                ),
            );
        }
    }

    /// The zone of the copied document.
    fn read_document(&mut self, grey: &GrayImage, registration: &Registration, places: &[Place]) {
        let Some(Ok(request)) = &self.data else { return };
        let there: Vec<&Place> = places
            .iter()
            .filter(|p| p.kind == PlaceKind::DocumentCopy)
            .filter(|p| {
                self.marks
                    .iter()
                    .any(|m| m.name == p.name && m.present != Some(false))
            })
            .collect();
        if let Some((read, place)) = document::read(grey, registration, &request.data, &there) {
            self.document = Some(read);
            // Lines whose check digits all hold are there, however pale the copy is.
            for mark in self.marks.iter_mut().filter(|m| m.name == place.name) {
                mark.present = Some(true);
            }
            return;
        }
        // The last place is the back of a card, where the zone is.
        let copied = there.iter().rfind(|p| {
            self.marks
                .iter()
                .any(|m| m.present == Some(true) && m.name == p.name)
        });
        if let Some(place) = copied {
            self.problem_at(
                &place.name,
                ProblemCode::DocumentUnread,
                "the travel document is copied, but its machine-readable lines are not legible: compare it by eye",
            );
        }
    }

    fn tell_unsure_marks(&mut self) {
        let unsure = self.marks.iter().filter(|m| m.present.is_none());
        let names: Vec<String> = unsure.map(|m| m.name.clone()).collect();
        for name in names {
            let detail = format!("whether {name} is there cannot be said: look at the picture");
            self.problem_at(&name, ProblemCode::MarkUnsure, detail);
        }
    }

    /// The printed values against what the codes say of them.
    fn compare_print(
        &mut self,
        grey: &GrayImage,
        registration: &Registration,
        press: &Press,
        layout: &Layout,
        code: PageCode,
        with_crops: bool,
    ) {
        let request = match &self.data {
            Some(Ok(request)) if request.digest() == code.digest => Some(request),
            _ => None,
        };
        // Values that cannot be laid out were not printed by these templates.
        let values = press.printed_values(layout, &code, request).unwrap_or_default();
        let shapes = print::Shapes::default();
        for value in &values {
            let verdict = print::judge(grey, registration, value, &shapes);
            let name = &value.name;
            let shown = format!("print_{name}");
            let expected: String = value.glyphs.iter().map(|g| g.character).collect();
            match &verdict {
                print::Verdict::Agrees | print::Verdict::Unclear => {}
                print::Verdict::Touched => self.problem_at(
                    &shown,
                    ProblemCode::PrintTouched,
                    format!("the print of {name} was written over, stamped or covered, and the codes say {expected}: compare it on the picture"),
                ),
                print::Verdict::Differs(seen) => {
                    match name.as_str() {
                        "card_serial" => self.doubts.serial = true,
                        "request_id" => self.doubts.request = true,
                        _ => self.doubts.data = true,
                    }
                    self.problem_at(
                        &shown,
                        ProblemCode::PrintDiffers,
                        format!("{name} is printed as {seen}, and the codes say {expected}: look at the sheet"),
                    );
                }
            }
            if with_crops && matches!(verdict, print::Verdict::Touched | print::Verdict::Differs(_)) {
                let at = print::area(value);
                let crop =
                    pictures::of_area(grey, registration, (&shown, at), PRINT_CROP_PER_MM, &self.reading);
                self.crops.push(crop);
            }
            self.prints.push(PrintReading {
                name: value.name.clone(),
                page: code.page,
                area: print::area(value),
                agrees: match verdict {
                    print::Verdict::Agrees => Some(true),
                    print::Verdict::Unclear => None,
                    print::Verdict::Touched | print::Verdict::Differs(_) => Some(false),
                },
            });
        }
    }

    fn judge_marks(&mut self, grey: &Picture, registration: &Registration, places: &[Place], page: u8) {
        let print = marks::print_depth(grey, registration, places);
        for place in places {
            let Some(seen) = marks::judge(grey, registration, place, print) else {
                continue;
            };
            self.marks.push(MarkReading {
                name: place.name.clone(),
                page,
                present: seen.present,
                ink: Some((seen.ink * 10_000.0).round() / 10_000.0),
            });
        }
    }
}

/// What the printed line says when no code does: every character certain, all its checks right.
fn said_by_line(grey: &GrayImage, sheet: &Registration, layout: &Layout) -> Option<PageCode> {
    let place = layout.place("ocr")?;
    let said = line::read(grey, sheet, rectangle(place))?
        .reading()
        .or_else(|| line::read_bent(grey, sheet, rectangle(place))?.reading())?;
    let paper = Paper::from_number(said.paper)?;
    Some(PageCode {
        paper: said.paper,
        page: said.page,
        of: said.of,
        request: said.request,
        serial: said.serial,
        digest: said.digest,
        layout: layout_id(layout.version, paper, layout.language),
        corner: 0,
    })
}

/// The registration with the solid mark as one more point, when codes alone leave the sheet's fourth corner loose.
fn held_by_mark(
    grey: &GrayImage,
    fitted: &Registration,
    marks: &[Mark],
    anchors: &[Anchor],
    left_out: &[String],
) -> Option<Registration> {
    let firm = fitted.codes() >= 3 && fitted.residual_mm() < 0.3;
    if firm || !left_out.is_empty() {
        return None;
    }
    let points: Vec<_> = marks
        .iter()
        .filter_map(|m| marks::solid(grey, fitted, m))
        .collect();
    if points.is_empty() {
        return None;
    }
    Registration::with_points(anchors, &points).filter(|r| r.residual_mm() <= fitted.residual_mm().max(1.0))
}

/// Whether a code names another request.
fn of_another(found: &FoundCode, code: PageCode) -> bool {
    matches!(&found.content, CodeContent::Page(p) if p.request != code.request)
}

pub(super) fn rectangle(p: &Place) -> [f64; 4] {
    [p.x_mm, p.y_mm, p.w_mm, p.h_mm]
}

/// The page codes found, with the corner taken out so that they can be compared.
fn page_codes(found: &[FoundCode]) -> impl Iterator<Item = (PageCode, &FoundCode)> {
    found.iter().filter_map(|f| match f.content {
        CodeContent::Page(code) => Some((PageCode { corner: 0, ..code }, f)),
        CodeContent::Data(_) => None,
    })
}

/// Whether a code is the one that belongs in this place.
fn belongs(place: &Place, code: &FoundCode) -> bool {
    match code.content {
        CodeContent::Page(code) => place.name == format!("page_code_{}_{}", code.page, code.corner),
        CodeContent::Data(_) => place.name == "data_code",
    }
}

fn anchors(places: &[Place], found: &[FoundCode]) -> Vec<Anchor> {
    found
        .iter()
        .filter_map(|f| {
            let place = places.iter().find(|p| p.kind == PlaceKind::Qr && belongs(p, f))?;
            Some(Anchor {
                name: place.name.clone(),
                paper_mm: corners(rectangle(place)),
                picture: f.corners,
            })
        })
        .collect()
}

/// A sheet with nothing but dust, shadow at its edges and holes.
pub(super) fn is_blank(grey: &GrayImage) -> bool {
    let small = pixels::halved(&pixels::halved(grey));
    let (w, h) = (small.width(), small.height());
    let (x0, y0) = (w / 12, h / 12);
    let mut counts = [0u64; 256];
    for y in y0..h - y0 {
        for x in x0..w - x0 {
            counts[usize::from(small.get_pixel(x, y).0[0])] += 1;
        }
    }
    let total: u64 = counts.iter().sum();
    let mut left = total / 2;
    let paper = counts.iter().position(|&c| {
        let here = left < c;
        left = left.saturating_sub(c);
        here
    });
    let dark: u64 = counts[..paper.unwrap_or(255).saturating_sub(50)].iter().sum();
    (dark as f64) < BLANK_INK * total.max(1) as f64
}
