//! The office whose papers these are.

use serde::{Deserialize, Serialize};

/// Name, postal address and contact of the office, as it stands on its papers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    pub name: String,
    /// The lines of its postal address below the name, at most four.
    pub address: Vec<String>,
    /// Where letters are dated.
    pub place: String,
    pub phone: String,
    pub mail: String,
    /// Further lines of contact, such as opening hours; with phone and mail at most five.
    #[serde(default)]
    pub contact: Vec<String>,
}

impl Office {
    /// The lines of contact in the order in which they are printed.
    pub(super) fn contact_lines(&self) -> Vec<Vec<String>> {
        let lines = [&self.phone, &self.mail].into_iter().chain(&self.contact);
        lines.filter(|l| !l.is_empty()).map(|l| vec![l.clone()]).collect()
    }

    /// A plainly invented office for tests and previews.
    pub fn specimen() -> Office {
        Office {
            name: "Registrierstelle Muster".into(),
            address: vec!["Musterstrasse 1".into(), "3000 Bern".into()],
            place: "Bern".into(),
            phone: "+41 31 000 00 00".into(),
            mail: "registration@office.example".into(),
            contact: vec!["Mo–Fr 8–12, 13–17".into()],
        }
    }
}
