//! What the fuzz targets share: the checks that must hold for any input, seeds, and mutators that know the form of the input.

pub mod checks;
pub mod der;
pub mod mutate;
