//! The press: everything that stays the same from one paper to the next.

use super::error::PaperError;
use super::prose::Prose;
use super::qr::Symbol;
use super::template::Templates;
use super::texts::{Overlay, Texts, overlay_text};
use crate::domain::Language;
use qrcode::EcLevel;
use std::collections::BTreeMap;

/// The built-in subscriber agreements.
const AGREEMENTS: [(Language, &str); 4] = [
    (Language::De, include_str!("../../templates/agreement/de.txt")),
    (Language::Fr, include_str!("../../templates/agreement/fr.txt")),
    (Language::It, include_str!("../../templates/agreement/it.txt")),
    (Language::En, include_str!("../../templates/agreement/en.txt")),
];

/// Every built-in file with its path below an office's folder of templates, for an office to look at and to copy from.
pub fn built_in_files() -> Vec<(String, &'static str)> {
    let agreements = AGREEMENTS.map(|(language, text)| (format!("agreement/{}.txt", language.tag()), text));
    let others = super::template::built_in().chain(super::texts::built_in());
    let mut all: Vec<_> = others.map(|(path, text)| (path.to_owned(), text)).collect();
    all.extend(agreements);
    all.sort();
    all
}

/// Templates, texts and agreements of an office, ready to print.
pub struct Press {
    pub(super) templates: Templates,
    pub(super) texts: Texts,
    agreements: BTreeMap<Language, Prose>,
    reads_back: bool,
}

impl Press {
    /// The built-in files with an office's own in their stead (`*.toml`, `agreement/*.txt`) or laid over (`texts/*.ftl`, `mails/*.ftl`).
    ///
    /// # Errors
    /// [`PaperError::Template`] naming file and place when one of them cannot be used, or is none that is known.
    pub fn new(overlay: &Overlay) -> Result<Press, PaperError> {
        let mut agreements = BTreeMap::new();
        for (language, built_in) in AGREEMENTS {
            let path = format!("agreement/{}.txt", language.tag());
            let text = match overlay.get(&path) {
                Some(bytes) => overlay_text(&path, bytes)?,
                None => built_in,
            };
            agreements.insert(language, Prose::parse(&path, text)?);
        }
        Ok(Press {
            templates: Templates::load(overlay)?,
            texts: Texts::load(overlay)?,
            agreements,
            reads_back: true,
        })
    }

    /// A press that trusts its codes unread: to measure what reading them back costs. No paper for people comes from it.
    pub fn without_reading_back(mut self) -> Press {
        self.reads_back = false;
        self
    }

    /// The symbol of a text, read back from its own pixels.
    pub(super) fn symbol(
        &self,
        place: &str,
        text: &str,
        versions: (i16, i16),
        level: EcLevel,
    ) -> Result<Symbol, PaperError> {
        let make = if self.reads_back {
            Symbol::of
        } else {
            Symbol::unread
        };
        make(place, text, versions.0, versions.1, level)
    }

    /// The texts, for mails and screens.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    pub(super) fn agreement(&self, language: Language) -> &Prose {
        self.agreements
            .get(&language)
            .expect("every language is built in")
    }
}
