//! The manifest of a print batch: which letters are in it, so that what was posted can be counted and proven.

use super::letter_id::LetterId;
use crate::domain::{Language, Sha256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One letter of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestEntry {
    pub letter: LetterId,
    /// The print file that it is in.
    pub file: String,
    /// The sheet in the print file, from 1.
    pub page: u32,
    /// Of the sheet's content stream, unfiltered: `qpdf --show-object=N --filtered-stream-data` gives its bytes.
    pub sha256: Sha256,
    pub country: String,
    pub postcode: String,
    pub language: Language,
    pub envelope: String,
}

/// One print file of a batch: what goes into one kind of envelope in one language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    pub name: String,
    pub sheets: u32,
    /// Of the whole file.
    pub sha256: Sha256,
    pub language: Language,
    pub envelope: String,
}

/// The files of a batch, and its letters in the order of their sheets. Neither names nor eTickets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub schema: u8,
    pub files: Vec<ManifestFile>,
    pub letters: Vec<ManifestEntry>,
}

impl Manifest {
    /// As JSON, indented, with a line's end.
    pub fn to_json(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("plain data is always JSON");
        bytes.push(b'\n');
        bytes
    }

    /// The letters as CSV (RFC 4180) with a head line.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        for entry in &self.letters {
            writer.serialize(entry).expect("writing to memory does not fail");
        }
        writer.into_inner().expect("writing to memory does not fail")
    }

    /// How many letters go to each country.
    pub fn by_country(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.letters {
            *counts.entry(entry.country.as_str()).or_default() += 1;
        }
        counts
    }
}
