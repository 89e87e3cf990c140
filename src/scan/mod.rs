//! What comes back from the scanner: file, pages, pixels, codes and text, marks, Reading.
//!
//! Two independent witnesses stand on each page, the codes and the printed line; a value is given only when its check
//! holds and no witness contradicts it. Pages are read one at a time and never all held.

mod bent;
mod binary;
pub mod codes;
mod content;
mod crease;
mod document;
mod embedded;
pub mod file;
mod geometry;
mod glyphs;
mod jpeg;
mod letters;
pub mod line;
pub mod marks;
pub mod mrz;
pub mod names;
mod outline;
mod page;
mod pdf;
mod pictures;
mod pixels;
mod print;
pub mod reading;
pub mod registration;
mod samples;
mod set;
mod tiff;
mod unfold;
mod upright;
pub mod watch;

pub use letters::{LetterPage, LetterScan};

pub use file::{FileError, PageError, Rasterise, RasteriseError, looks_like_a_scan};
pub use reading::{
    Crop, MarkReading, PageReading, PrintReading, Problem, ProblemCode, Reading, RequestReading, Scan,
    Source, Spot, TravelDocumentReading,
};

use crate::paper::{Place, Press};
use file::ScanFile;
use page::PageEvidence;
use watch::{Nobody, Onlooker, Stage};

/// Reads scanned files.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rasterise: &'a dyn Rasterise,
    places: Option<&'a [Place]>,
    press: Option<&'a Press>,
    crops: bool,
    watch: &'a dyn Onlooker,
}

impl<'a> Reader<'a> {
    /// A reader that draws with `rasterise` the pages that are not one plain picture.
    pub const fn new(rasterise: &'a dyn Rasterise) -> Reader<'a> {
        Reader {
            rasterise,
            places: None,
            press: None,
            crops: false,
            watch: &Nobody,
        }
    }

    /// Measures against these places instead of those of the layouts that the codes name; pages are counted over the set.
    pub const fn with_places(self, places: &'a [Place]) -> Reader<'a> {
        Reader {
            places: Some(places),
            ..self
        }
    }

    /// Holds the printed values against what this press would print; without one they are not compared.
    pub const fn with_press(self, press: &'a Press) -> Reader<'a> {
        Reader {
            press: Some(press),
            ..self
        }
    }

    /// Cuts out pictures of what was read, for the officer's screen.
    pub const fn with_crops(self) -> Reader<'a> {
        Reader { crops: true, ..self }
    }

    /// Lets somebody look over the reader's shoulder.
    pub const fn with_onlooker(self, watch: &'a dyn Onlooker) -> Reader<'a> {
        Reader { watch, ..self }
    }

    /// Reads some files, each with its name, that belong together: the pages of a request may be spread over them.
    pub fn read_files(&self, files: &[(&str, &[u8])]) -> Scan {
        let mut pages = Vec::new();
        let mut unreadable = Vec::new();
        for (name, bytes) in files {
            match ScanFile::open(bytes) {
                Ok(file) => pages.extend((0..file.page_count()).map(|i| self.read_page(name, &file, i))),
                Err(error) => unreadable.push(((*name).to_owned(), error)),
            }
        }
        set::gather(pages, unreadable)
    }

    fn read_page(&self, name: &str, file: &ScanFile, index: usize) -> PageEvidence {
        let mut page = PageEvidence::of_nothing(name, index + 1);
        self.watch.begins(Stage::Pixels);
        match file.page(index, self.rasterise) {
            Ok(grey) => {
                page.read(&grey, self);
                if self.crops {
                    self.watch.begins(Stage::Crops);
                    pictures::add_page(&mut page, &grey);
                }
            }
            Err(error) => page.problem(error.code(), &error),
        }
        self.watch.begins(Stage::Between);
        page
    }
}

#[cfg(test)]
mod evidence_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod print_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod worn_tests;
