//! The papers as others see them: poppler, qpdf, zbar, an accessibility checker, an archive, a scanner, an office.

mod accessible;
mod archive;
mod cast;
mod files;
mod forms;
mod names;
mod places;
mod program;
mod read_back;
mod refusals;
mod snapshots;
mod tree;
mod windows;
