//! What comes back from the scanner: file, pages, pixels, codes and text, marks, Reading.

pub mod codes;
pub mod file;
mod glyphs;
pub mod line;
mod pdf;
mod pixels;
pub mod registration;
