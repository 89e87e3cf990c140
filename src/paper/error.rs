//! Why a paper is not printed.

use crate::domain::Language;
use crate::domain::request::FieldProblem;
use crate::paper::codes::CodeError;

/// What keeps a paper from being printed: where, what happened, what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PaperError {
    #[error("{field}: ‘{character}’ (U+{:04X}) is not in the font {font}: write it with other letters", *.character as u32)]
    MissingGlyph {
        field: String,
        character: char,
        font: &'static str,
    },
    #[error("{field}: ‘{text}’ does not fit its place on the paper: shorten it")]
    TooLong { field: String, text: String },
    #[error("the request does not fit its code: it needs {got} bytes and {max} fit; shorten {fields}")]
    DataCode { got: usize, max: usize, fields: String },
    #[error("{file}: {problem}")]
    Template { file: String, problem: String },
    #[error("text ‘{key}’ in ‘{}’: {problem}", .language.tag())]
    Text {
        key: String,
        language: Language,
        problem: String,
    },
    #[error(
        "the code ‘{place}’ could not be read back after drawing: {problem}; print again, and report it if it stays"
    )]
    ReadBack { place: String, problem: String },
    #[error("{0}")]
    Code(#[from] CodeError),
    #[error("{0}")]
    Field(#[from] FieldProblem),
    #[error("letter {letter}: {problem}")]
    Letter { letter: String, problem: String },
    #[error("there is nothing to print: name at least one {what}")]
    Nothing { what: &'static str },
    #[error("the PDF could not be written: {problem}; this is a defect of siegelpost, please report it")]
    Pdf { problem: String },
}

impl PaperError {
    pub(crate) fn template(file: &str, problem: impl ToString) -> PaperError {
        PaperError::Template {
            file: file.into(),
            problem: problem.to_string(),
        }
    }

    pub(crate) fn pdf(problem: impl ToString) -> PaperError {
        PaperError::Pdf {
            problem: problem.to_string(),
        }
    }
}
