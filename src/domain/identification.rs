//! An identification at a walk-in: who looked at which travel document, and what its machine-readable zone says.

use super::ids::{OfficerId, Sha256};
use super::person::Person;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where the machine-readable zone comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MrzSource {
    /// At the keyboard, or by a reader that types.
    Typed,
    /// From the copy on the signed request.
    Scanned,
}

/// What a travel document says of its holder, every check digit of its zone holding (ICAO 9303).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenDocument {
    /// `TD1`, `TD2` or `TD3`.
    pub format: String,
    pub issuer: String,
    pub number: String,
    pub expiry: Date,
    /// As the zone writes the name.
    pub person: Person,
}

/// That an LRAO saw the person together with the document. Canonical JSON (RFC 8785) of this is what a decision is about; it is
/// private data of the request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identification {
    pub version: u8,
    pub by: OfficerId,
    pub at: Timestamp,
    pub source: MrzSource,
    pub document: SeenDocument,
    /// SHA-256 over each scan of the signed papers; empty before they are signed.
    pub papers: Vec<Sha256>,
}

impl Identification {
    /// The name of the request's document in which it is kept.
    pub const DOCUMENT: &str = "identification";
}
