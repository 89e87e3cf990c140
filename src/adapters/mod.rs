//! The thin ring around the journey: store, blobs, mail, card, signer, rasteriser, clock, random.

pub mod card;
pub mod rasterise;
