//! The thin ring around the journey: store, blobs, mail, card, signer, rasteriser, clock, random.

pub mod archive;
pub mod card;
pub mod clock;
pub mod files;
pub mod mail;
pub mod random;
pub mod rasterise;
pub mod store;
pub mod waypoints;
