//! What is printed: data in, PDF out, and the layout that `scan` reads back.

pub mod codes;
