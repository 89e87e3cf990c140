//! Cards: the simulated one in a folder, and PIV cards over PC/SC.

#[cfg(test)]
mod contract;
#[cfg(feature = "pcsc")]
pub mod pcsc;
pub mod piv;
pub mod simulated;

/// The PIN of a card as its maker delivers it (the value of every PIV card on the market).
pub const FACTORY_PIN: &str = "123456";
/// The PUK of a card as its maker delivers it.
pub const FACTORY_PUK: &str = "12345678";
/// The management key of a card as its maker delivers it: 01 02 … 08 over and over. On cards whose key is shorter
/// (3DES or AES-192: 24 bytes, AES-128: 16) it is this one's beginning.
pub const FACTORY_MANAGEMENT_KEY: [u8; 32] = [
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
];
