//! What a scan says: a `Reading` for each request, which only reading can make, and where nothing uncertain is a value.

use crate::domain::{CardSerial, Digest, LayoutId, Paper, Person, Request, RequestData, RequestId};
use jiff::civil::Date;
use serde::Serialize;

/// Everything read from some files.
#[derive(Debug)]
pub struct Scan {
    /// One for each request found; when none was found, a single one that names no request.
    pub readings: Vec<Reading>,
    /// The files that gave no pages at all; each is a problem of every reading too.
    pub unreadable: Vec<(String, super::file::FileError)>,
}

impl Scan {
    /// What is said of a file that could not even be opened.
    pub fn of_no_file(name: &str, why: &str) -> Scan {
        let mut reading = Reading::of_no_request();
        reading.problems.push(Problem::new(
            ProblemCode::FileBroken,
            format!("{name}: cannot be read ({why})"),
        ));
        Scan {
            readings: vec![reading],
            unreadable: Vec::new(),
        }
    }
}

/// What the papers of one request say. Serialized it is the form of `read --json`, but for the file's name.
///
/// A value is there only when its check holds and no other witness contradicts it; otherwise it is `None` and a problem
/// says why.
#[derive(Debug, Clone, Serialize)]
pub struct Reading {
    pub(super) pages: Vec<PageReading>,
    pub(super) request: Option<RequestReading>,
    pub(super) marks: Vec<MarkReading>,
    pub(super) travel_document: Option<TravelDocumentReading>,
    pub(super) problems: Vec<Problem>,
    #[serde(skip)]
    pub(super) prints: Vec<PrintReading>,
    #[serde(skip)]
    pub(super) crops: Vec<Crop>,
}

impl Reading {
    /// A reading that names no request.
    pub(super) const fn of_no_request() -> Reading {
        Reading {
            pages: Vec::new(),
            request: None,
            marks: Vec::new(),
            travel_document: None,
            problems: Vec::new(),
            prints: Vec::new(),
            crops: Vec::new(),
        }
    }

    /// The pages of this request in the order of the files, and those that could not be attributed to any.
    pub fn pages(&self) -> &[PageReading] {
        &self.pages
    }

    /// What is known of the request; `None` when no page names one.
    pub const fn request(&self) -> Option<&RequestReading> {
        self.request.as_ref()
    }

    /// The request's id, when it is certain.
    pub fn request_id(&self) -> Option<RequestId> {
        self.request.as_ref()?.request_id
    }

    /// The card's serial, when it is certain.
    pub fn card_serial(&self) -> Option<CardSerial> {
        self.request.as_ref()?.card_serial
    }

    /// The digest of the request data, when it is certain.
    pub fn digest(&self) -> Option<Digest> {
        self.request.as_ref()?.digest
    }

    /// The whole request from its data code, when digest, id and serial of that are those of the pages.
    pub fn signed_request(&self) -> Option<Request> {
        let request = self.request.as_ref()?;
        Some(Request {
            request_id: request.request_id?,
            data: request.fields.clone()?,
        })
    }

    /// True when every page of the set is there.
    pub fn complete(&self) -> bool {
        self.request.as_ref().is_some_and(|r| r.complete)
    }

    /// True when the set is complete and nothing needs a person's eyes.
    pub fn clean(&self) -> bool {
        self.complete() && self.problems.is_empty()
    }

    /// Signature boxes and places of document copies, page by page.
    pub fn marks(&self) -> &[MarkReading] {
        &self.marks
    }

    /// The machine-readable zone of the copied travel document, when it was read with all its check digits.
    pub const fn travel_document(&self) -> Option<&TravelDocumentReading> {
        self.travel_document.as_ref()
    }

    /// Everything that keeps a value from being certain.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The printed values that were compared, page by page; empty without a press.
    pub fn prints(&self) -> &[PrintReading] {
        &self.prints
    }

    /// Pictures of what was read, for the officer's screen; only when they were asked for.
    pub fn crops(&self) -> &[Crop] {
        &self.crops
    }

    /// The picture that shows a problem: of its place, or of the whole page where that place could not be found. `None` for a
    /// problem that no page shows, such as a file that cannot be opened, and when no pictures were asked for.
    pub fn crop_of(&self, problem: &Problem) -> Option<&Crop> {
        let spot = problem.spot.as_ref()?;
        let named = |name: &str| {
            self.crops
                .iter()
                .find(|c| c.spot.name == name && c.spot.file == spot.file && c.spot.index == spot.index)
        };
        named(&spot.name).or_else(|| named(Spot::PAGE))
    }
}

/// What the papers say of their request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RequestReading {
    pub(super) request_id: Option<RequestId>,
    pub(super) card_serial: Option<CardSerial>,
    pub(super) digest: Option<Digest>,
    pub(super) complete: bool,
    pub(super) missing: Vec<u8>,
    pub(super) fields: Option<RequestData>,
}

impl RequestReading {
    /// The pages of the set that are not in the scan, counted from 1.
    pub fn missing(&self) -> &[u8] {
        &self.missing
    }

    /// The request data from the data code, when it agrees with all other witnesses.
    pub const fn fields(&self) -> Option<&RequestData> {
        self.fields.as_ref()
    }
}

/// One page of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PageReading {
    /// The file it is in.
    #[serde(skip)]
    pub file: String,
    /// Its place in the file, counted from 1.
    pub index: usize,
    /// The clockwise turn that sets it upright, in degrees.
    pub rotation: Option<u16>,
    /// The print's clockwise tilt that is left after that turn.
    pub skew_degrees: Option<f64>,
    /// Dots per inch, from distances on the paper.
    pub dpi: Option<f64>,
    pub paper: Option<Paper>,
    /// Its number in the set, counted from 1.
    pub page: Option<u8>,
    /// How many pages the set has.
    pub of: Option<u8>,
    pub request_id: Option<RequestId>,
    /// What identified the page.
    pub source: Option<Source>,
    /// The layout it was measured against.
    #[serde(skip)]
    pub layout: Option<LayoutId>,
    /// The largest distance of a code from where the layout has it, in millimetres.
    #[serde(skip)]
    pub residual_mm: Option<f64>,
    /// How many of its codes were read.
    #[serde(skip)]
    pub codes: u8,
    /// The characters seen in the OCR line, `?` where a cell is not certain.
    #[serde(skip)]
    pub line: Option<String>,
}

/// What identified a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Qr,
    Ocr,
}

/// A signature box, or the place of a document copy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarkReading {
    /// The place's name in the layout.
    pub name: String,
    /// The page of the set, counted from 1.
    pub page: u8,
    /// Whether somebody signed or copied something there; `None` when it cannot be said.
    pub present: Option<bool>,
    /// The share of the place that is covered, 0 to 1.
    pub ink: Option<f64>,
}

/// A printed value, held against what the codes say.
#[derive(Debug, Clone, PartialEq)]
pub struct PrintReading {
    /// The value's name in the templates: `person.family_name`, `card_serial` …
    pub name: String,
    /// The page of the set, counted from 1.
    pub page: u8,
    /// Where it stands on the sheet: x, y, width, height in millimetres from the top left.
    pub area: [f64; 4],
    /// Whether the print is what the press put there; `None` when the picture does not let it be said.
    pub agrees: Option<bool>,
}

/// The machine-readable zone of a travel document (ICAO 9303).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TravelDocumentReading {
    /// `TD1`, `TD2` or `TD3`.
    pub format: &'static str,
    pub number: String,
    pub surname: String,
    pub given_names: String,
    pub birth_date: Date,
    pub expiry: Date,
    pub issuer: String,
    /// All check digits hold; without that nothing is reported.
    pub checks_ok: bool,
}

impl TravelDocumentReading {
    /// The person that it names, as the zone writes them.
    pub fn identity(&self) -> Person {
        Person {
            family_name: self.surname.clone(),
            given_names: self.given_names.clone(),
            birth_date: self.birth_date,
        }
    }
}

/// Where in the files something was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub file: String,
    /// The page's place in the file, counted from 1.
    pub index: usize,
    /// The place's name in the layout, with pages counted over the set; or [`Spot::PAGE`].
    pub name: String,
}

impl Spot {
    /// The name of a whole page.
    pub const PAGE: &'static str = "page";
}

/// A picture of one place or page, upright, as PNG.
#[derive(Debug, Clone, PartialEq)]
pub struct Crop {
    pub spot: Spot,
    /// The page of the set, counted from 1, when it is known.
    pub page: Option<u8>,
    /// The place `[x, y, w, h]` on the sheet in millimetres, without the margin around it in the picture; `None` for a whole page.
    pub at_mm: Option<[f64; 4]>,
    pub png: Vec<u8>,
}

/// Something that needs a person's eyes or a new scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub code: ProblemCode,
    /// What was seen, where, and what to do.
    pub detail: String,
    /// Where it is to be seen; `None` when no page shows it.
    #[serde(skip)]
    pub spot: Option<Spot>,
}

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What kind of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)*
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$name,)*];

            /// The stable name that other programs lean on, in `read --json` for instance.
            pub fn as_str(self) -> &'static str {
                match self { $(ProblemCode::$name => $text,)* }
            }
        }
    };
}

problem_codes! {
    FileTooLarge = "file_too_large",
    FileKind = "file_kind",
    FileBroken = "file_broken",
    FileEncrypted = "file_encrypted",
    FileEmpty = "file_empty",
    FileTooManyPages = "file_too_many_pages",
    /// A picture or sheet larger than any scan.
    PageTooLarge = "page_too_large",
    /// A page whose picture cannot be decoded.
    PageBroken = "page_broken",
    /// A page that had to be drawn and could not be.
    PageNotDrawn = "page_not_drawn",
    /// A page with more code-like patterns than any paper has.
    PageCrowded = "page_crowded",
    /// A page with print on it that names no request.
    PageUnread = "page_unread",
    /// The codes of one page name different things.
    CodesDisagree = "codes_disagree",
    /// A code does not lie where it was printed.
    CodeOutOfPlace = "code_out_of_place",
    /// A layout that this program does not know.
    LayoutUnknown = "layout_unknown",
    /// The codes do not say where the sheet lies, so marks cannot be judged.
    NotRegistered = "not_registered",
    /// The printed line is not legible.
    LineUnread = "line_unread",
    /// The printed line says something else than the codes.
    LineDisagrees = "line_disagrees",
    /// A printed value clearly reads otherwise than the codes.
    PrintDiffers = "print_differs",
    /// A printed value was written over, stamped or covered.
    PrintTouched = "print_touched",
    /// The data code is not legible.
    DataUnread = "data_unread",
    /// The data code says something else than the pages.
    DataDisagrees = "data_disagrees",
    /// The pages of one request contradict each other.
    PagesDisagree = "pages_disagree",
    PageMissing = "page_missing",
    PageTwice = "page_twice",
    /// A mark that is neither clearly there nor clearly absent.
    MarkUnsure = "mark_unsure",
    /// A travel document is copied, and its machine-readable zone is not legible.
    DocumentUnread = "document_unread",
}

impl Serialize for ProblemCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl ProblemCode {
    /// Whether a person's look settles it, so that no new scan is asked for.
    pub const fn asks_for_eyes_only(self) -> bool {
        matches!(
            self,
            ProblemCode::MarkUnsure
                | ProblemCode::LineUnread
                | ProblemCode::DocumentUnread
                | ProblemCode::PrintTouched
        )
    }
}

impl Problem {
    pub(super) fn new(code: ProblemCode, detail: impl Into<String>) -> Problem {
        Problem {
            code,
            detail: detail.into(),
            spot: None,
        }
    }

    /// The same, to be seen at this place of a page.
    pub(super) fn seen_at(self, page: &PageReading, name: &str) -> Problem {
        Problem {
            spot: Some(Spot {
                file: page.file.clone(),
                index: page.index,
                name: name.to_owned(),
            }),
            ..self
        }
    }
}
