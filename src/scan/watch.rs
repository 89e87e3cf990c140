//! Who looks over the reader's shoulder: for measuring what each stage costs, and for explaining what was seen.

use image::GrayImage;

/// What is being done with a page. The work on one ends where the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// From the file's bytes to pixels.
    Pixels,
    /// A look at the whole page for codes, by its name.
    Look(&'static str),
    /// Looks at the places where codes are missing.
    Parts,
    /// The printed line.
    Line,
    /// Ink in boxes, the document's copy.
    Marks,
    /// The machine-readable zone of the copy.
    Document,
    /// Printed values against the codes.
    Print,
    /// Pictures for the officer's screen.
    Crops,
    /// Nothing of a page's own.
    Between,
}

impl Stage {
    /// Its name in tables and file names.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Pixels => "pixels",
            Stage::Look(name) => name,
            Stage::Parts => "parts",
            Stage::Line => "line",
            Stage::Marks => "marks",
            Stage::Document => "document",
            Stage::Print => "print",
            Stage::Crops => "crops",
            Stage::Between => "between",
        }
    }
}

/// What was looked at, and what it gave.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    pub file: &'a str,
    /// The page's place in the file, counted from 1.
    pub index: usize,
    /// What it is a picture of.
    pub what: &'a str,
    pub picture: &'a GrayImage,
    /// What was read from it, in words.
    pub said: &'a str,
}

/// Looks over the reader's shoulder.
pub trait Onlooker: Sync {
    /// A stage begins, and the one before ends.
    fn begins(&self, _stage: Stage) {}

    /// A picture was looked at. Asked for only when [`Onlooker::curious`].
    fn saw(&self, _sight: Sight) {}

    /// Whether pictures are wanted; they cost time to make.
    fn curious(&self) -> bool {
        false
    }
}

/// Nobody looks.
pub struct Nobody;

impl Onlooker for Nobody {}
