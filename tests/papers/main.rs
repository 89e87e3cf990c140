//! The papers as others read them: poppler, qpdf and zbar on what the press prints.

mod accessible;
mod cast;
mod files;
mod places;
mod refusals;
mod windows;
