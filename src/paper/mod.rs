//! What is printed: data in, PDF out, and the layout that `scan` reads back.

pub mod codes;
pub mod layout;

pub use layout::{Layout, Mark, Place, PlaceKind, layout_id, layout_of};
