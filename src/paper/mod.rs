//! What is printed: data in, PDF out, and the layout that `scan` reads back.
//!
//! [`Press`] holds templates, texts and fonts and prints request sets, unseal letters, delivery notes and cover sheets.
//! Layout, styles and wording come from `templates/`; an office's own files are handed in as an [`Overlay`]. What
//! machines read back stands where [`layout_of`] says, and every code is read back before the paper leaves.
//! The papers are archival and accessible (PDF/A-2a, PDF/UA-1), and the same input gives the same bytes.

pub mod codes;
mod delivery;
mod document;
mod drawing;
mod envelope;
mod error;
mod fonts;
pub mod form;
mod inserter;
pub mod layout;
mod letter;
mod letter_id;
mod manifest;
mod office;
mod pdf;
mod picture;
mod press;
pub mod preview;
mod printed;
mod prose;
mod qr;
mod qr_mask;
pub mod rows;
mod set;
mod srgb;
mod template;
pub mod texts;
mod typeset;

pub use delivery::{CoverSheet, DeliveryNote};
pub use envelope::{EnvelopeTest, WindowProfile};
pub use error::PaperError;
pub use inserter::InserterMarks;
pub use layout::{Layout, Mark, Place, PlaceKind, layout_id, layout_of, places_of};
pub use letter::{Letter, Pdf, PrintFile, Recipient};
pub use letter_id::LetterId;
pub use manifest::{Manifest, ManifestEntry, ManifestFile};
pub use office::Office;
pub use press::{Press, built_in_files};
pub use printed::{PrintedGlyph, PrintedValue};
pub use set::{PrintedSet, SetInput};
pub use texts::{Overlay, Texts};
