//! Letters that came back: whose code is on each page of a scan.

use super::file::{FileError, ScanFile};
use super::reading::{Problem, ProblemCode};
use super::{Reader, codes, page};
use crate::paper::LetterId;

/// What the pages of some files say about letters.
#[derive(Debug)]
pub struct LetterScan {
    pub pages: Vec<LetterPage>,
    /// The files that gave no pages at all.
    pub unreadable: Vec<(String, FileError)>,
}

/// One page: the letters whose codes are on it, or why there is none. A blank page, such as the back of a sheet, has neither.
#[derive(Debug, Clone, PartialEq)]
pub struct LetterPage {
    pub file: String,
    /// Its place in the file, counted from 1.
    pub index: usize,
    pub letters: Vec<LetterId>,
    pub problem: Option<Problem>,
}

impl Reader<'_> {
    /// Reads the codes of unseal letters from files, page by page. A sheet may lie any way up, and several on one page.
    pub fn read_letters(&self, files: &[(&str, &[u8])]) -> LetterScan {
        let mut pages = Vec::new();
        let mut unreadable = Vec::new();
        for (name, bytes) in files {
            match ScanFile::open(bytes) {
                Ok(file) => {
                    pages.extend((0..file.page_count()).map(|i| self.letters_on(name, &file, i)));
                }
                Err(error) => unreadable.push(((*name).to_owned(), error)),
            }
        }
        LetterScan { pages, unreadable }
    }

    fn letters_on(&self, name: &str, file: &ScanFile, index: usize) -> LetterPage {
        let mut page = LetterPage {
            file: name.to_owned(),
            index: index + 1,
            letters: vec![],
            problem: None,
        };
        let grey = match file.page(index, self.rasterise) {
            Ok(grey) => grey,
            Err(error) => {
                page.problem = Some(Problem::new(error.code(), error.to_string()));
                return page;
            }
        };
        let (letters, crowded) = codes::letters_of_page(&grey);
        if letters.is_empty() && crowded {
            page.problem = Some(Problem::new(
                ProblemCode::PageCrowded,
                "there are more code-like patterns than on any letter, so it was not searched: scan it again",
            ));
        } else if letters.is_empty() && !page::is_blank(&grey) {
            page.problem = Some(Problem::new(
                ProblemCode::PageUnread,
                "no letter's code is legible: scan the sheet itself, unfolded, or type the number at its foot",
            ));
        }
        page.letters = letters;
        page
    }
}
