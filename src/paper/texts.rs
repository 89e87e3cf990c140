//! Every wording by key and language: built in, with an office's own laid over.

use super::error::PaperError;
use crate::domain::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::civil::Date;
use std::collections::BTreeMap;
use unic_langid::LanguageIdentifier;

/// An office's own files by their path below `templates/`, for instance `texts/de.ftl`.
pub type Overlay = BTreeMap<String, Vec<u8>>;

/// The longest file that an office may lay over: a text file of that size is a mistake.
pub const MAX_OVERLAY_FILE: usize = 1 << 20;

/// What is built in for one language: the wording of the papers, of the mails and of the wizards, each with its path below
/// `templates/`.
struct BuiltIn {
    language: Language,
    papers: (&'static str, &'static str),
    mails: (&'static str, &'static str),
    wizards: (&'static str, &'static str),
}

macro_rules! built_in {
    ($language:ident, $tag:literal) => {
        BuiltIn {
            language: Language::$language,
            papers: (
                concat!("texts/", $tag, ".ftl"),
                include_str!(concat!("../../templates/texts/", $tag, ".ftl")),
            ),
            mails: (
                concat!("mails/", $tag, ".ftl"),
                include_str!(concat!("../../templates/mails/", $tag, ".ftl")),
            ),
            wizards: (
                concat!("wizard/", $tag, ".ftl"),
                include_str!(concat!("../../templates/wizard/", $tag, ".ftl")),
            ),
        }
    };
}

/// Every language, complete.
const BUILT_IN: [BuiltIn; 4] = [
    built_in!(De, "de"),
    built_in!(Fr, "fr"),
    built_in!(It, "it"),
    built_in!(En, "en"),
];

/// A value put into a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(number)
    }
}

/// All texts in all languages.
pub struct Texts {
    bundles: BTreeMap<Language, FluentBundle<FluentResource>>,
}

impl Texts {
    /// The built-in texts with an office's `texts/<language>.ftl`, `mails/<language>.ftl` and
    /// `wizard/<language>.ftl` laid over them, key by key.
    ///
    /// # Errors
    /// [`PaperError::Template`] with file and place when a file is no UTF-8 or not Fluent.
    pub fn load(overlay: &Overlay) -> Result<Texts, PaperError> {
        let mut bundles = BTreeMap::new();
        for BuiltIn {
            language,
            papers,
            mails,
            wizards,
        } in BUILT_IN
        {
            let tag: LanguageIdentifier = language.tag().parse().expect("a language tag");
            let mut bundle = FluentBundle::new_concurrent(vec![tag]);
            // Isolation marks are invisible characters, which papers and mails must not hold.
            bundle.set_use_isolating(false);
            for (path, built_in) in [papers, mails, wizards] {
                bundle.add_resource_overriding(parse(path, built_in)?);
                if let Some(bytes) = overlay.get(path) {
                    bundle.add_resource_overriding(parse(path, overlay_text(path, bytes)?)?);
                }
            }
            bundles.insert(language, bundle);
        }
        Ok(Texts { bundles })
    }

    /// The text of a key with its values filled in.
    ///
    /// # Errors
    /// [`PaperError::Text`] when the key is not there or a value that the text needs was not given.
    pub fn get(&self, language: Language, key: &str, args: &[(&str, Value)]) -> Result<String, PaperError> {
        self.filled(language, key, args.iter().map(|(name, value)| (*name, value)))
    }

    /// As [`Texts::get`], with the values borrowed.
    pub(super) fn filled<'a>(
        &self,
        language: Language,
        key: &str,
        args: impl Iterator<Item = (&'a str, &'a Value)>,
    ) -> Result<String, PaperError> {
        let bundle = self.bundle(language);
        let wrong = |problem: String| PaperError::Text {
            key: key.into(),
            language,
            problem,
        };
        let pattern = bundle
            .get_message(key)
            .and_then(|m| m.value())
            .ok_or_else(|| wrong("is missing: add it to the texts".into()))?;
        let mut given = FluentArgs::new();
        for (name, value) in args {
            let value = match value {
                Value::Text(text) => FluentValue::from(text.as_str()),
                Value::Number(number) => FluentValue::from(*number),
            };
            given.set(name, value);
        }
        let mut errors = Vec::new();
        let text = bundle
            .format_pattern(pattern, Some(&given), &mut errors)
            .into_owned();
        match errors.first() {
            None => Ok(text),
            Some(error) => Err(wrong(format!("{error}: correct the text"))),
        }
    }

    /// Whether a key is there.
    pub fn has(&self, language: Language, key: &str) -> bool {
        self.bundle(language)
            .get_message(key)
            .is_some_and(|m| m.value().is_some())
    }

    fn bundle(&self, language: Language) -> &FluentBundle<FluentResource> {
        self.bundles.get(&language).expect("every language is built in")
    }

    /// A date with its month in words, as in a letter.
    pub fn date_long(&self, language: Language, date: Date) -> Result<String, PaperError> {
        let month = self.get(language, &format!("month-{}", date.month()), &[])?;
        self.date(language, "date-long", date, month)
    }

    /// A date in figures, as in a form.
    pub fn date_short(&self, language: Language, date: Date) -> Result<String, PaperError> {
        let month = self.get(language, &format!("month-short-{}", date.month()), &[])?;
        self.date(language, "date-short", date, month)
    }

    fn date(&self, language: Language, key: &str, date: Date, month: String) -> Result<String, PaperError> {
        let day = date.day().to_string();
        let args = [
            // French and Italian count the first of a month and name the other days.
            ("number", Value::Number(date.day().into())),
            ("day", Value::Text(day.clone())),
            ("day2", Value::Text(format!("{day:0>2}"))),
            ("month", Value::Text(month)),
            ("year", Value::Text(date.year().to_string())),
        ];
        self.get(language, key, &args)
    }
}

/// An office's file as text.
pub(crate) fn overlay_text<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, PaperError> {
    if bytes.len() > MAX_OVERLAY_FILE {
        let problem = format!(
            "has {} bytes, at most {MAX_OVERLAY_FILE} are read: shorten it",
            bytes.len()
        );
        return Err(PaperError::template(path, problem));
    }
    std::str::from_utf8(bytes).map_err(|e| PaperError::template(path, format!("is not UTF-8: {e}")))
}

fn parse(path: &str, text: &str) -> Result<FluentResource, PaperError> {
    FluentResource::try_new(text.into()).map_err(|(_, errors)| {
        let problem = errors
            .first()
            .map_or("is not Fluent".into(), |e| format!("{e} (byte {})", e.pos.start));
        PaperError::template(path, problem)
    })
}

/// The built-in files with their paths.
pub(super) fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILT_IN.into_iter().flat_map(|b| [b.papers, b.mails, b.wizards])
}

/// The keys of a text.
pub(crate) fn keys(text: &str) -> std::collections::BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| key.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|(key, _)| key.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_exists_in_every_language() {
        for all in [
            BUILT_IN.map(|b| keys(b.papers.1)),
            BUILT_IN.map(|b| keys(b.wizards.1)),
            BUILT_IN.map(|b| {
                // What the mail gate finds stands in English with its codes.
                let mut keys = keys(b.mails.1);
                keys.retain(|key| !key.starts_with("defect-") && !key.starts_with("advice-"));
                keys
            }),
        ] {
            assert!(all[0].len() > 10);
            for other in &all[1..] {
                let odd: Vec<_> = all[0].symmetric_difference(other).collect();
                assert!(odd.is_empty(), "{odd:?}");
            }
        }
    }

    /// Each message with all its lines.
    fn messages(text: &str) -> BTreeMap<String, String> {
        let mut out: BTreeMap<String, String> = BTreeMap::new();
        let mut key = String::new();
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            if let Some((name, words)) = line.split_once('=').filter(|_| !line.starts_with([' ', '}'])) {
                key = name.trim().to_owned();
                out.insert(key.clone(), words.to_owned());
            } else if let Some(message) = out.get_mut(&key) {
                message.push_str(line);
            }
        }
        out
    }

    /// The values that a message takes, and whether it counts.
    fn takes(message: &str) -> (std::collections::BTreeSet<&str>, bool) {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let values = message
            .split('$')
            .skip(1)
            .map(|rest| &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())]);
        (
            values.map(|name| name.trim_end_matches('-')).collect(),
            message.contains("[one]"),
        )
    }

    #[test]
    fn every_text_takes_the_same_values_and_counts_alike_in_every_language() {
        for all in [
            BUILT_IN.map(|b| messages(b.papers.1)),
            BUILT_IN.map(|b| messages(b.wizards.1)),
            BUILT_IN.map(|b| messages(b.mails.1)),
        ] {
            for (key, first) in &all[0] {
                for (other, b) in all[1..].iter().zip(&BUILT_IN[1..]) {
                    // A day is counted in some languages and named in others.
                    if key == "date-long" || key == "date-short" {
                        continue;
                    }
                    if let Some(other) = other.get(key) {
                        assert_eq!(takes(first), takes(other), "{key} in {:?}", b.language);
                    }
                }
            }
        }
        assert!(takes("{ $a } { $b-c ->[one] x *[other] { $a }}").1);
        assert_eq!(
            takes("{ $a } { $b-c }").0.into_iter().collect::<Vec<_>>(),
            ["a", "b-c"]
        );
    }

    #[test]
    fn french_sets_its_thin_spaces_and_no_language_a_straight_quote() {
        for BuiltIn {
            language,
            papers,
            mails,
            wizards,
        } in BUILT_IN
        {
            for (path, text) in [papers, mails, wizards] {
                for line in text.lines().filter(|l| !l.starts_with('#')) {
                    // Calls and values of Fluent are no text.
                    let words: String = line
                        .split('{')
                        .map(|s| s.rsplit('}').next().unwrap_or(s))
                        .collect();
                    assert!(!words.contains(['\'', '"']), "{path}: {line}");
                    if language == Language::Fr {
                        for mark in [" :", " ;", " ?", " !", "« ", " »"] {
                            assert!(!words.contains(mark), "{path}: {line}");
                        }
                        let bare = words.char_indices().any(|(at, c)| {
                            matches!(c, ';' | '?' | '!' | ':' | '»') && !words[..at].ends_with('\u{202f}')
                        });
                        assert!(!bare, "{path}: {line}");
                    }
                    if language == Language::De {
                        assert!(!words.contains('ß'), "{path}: {line}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_character_of_every_text_is_in_the_fonts() {
        for BuiltIn { language, papers, .. } in BUILT_IN {
            // What a line may not end at is drawn as a hyphen.
            let printed = papers.1.replace(['\n', '\r'], " ").replace('\u{2011}', "-");
            for face in [
                super::super::fonts::FaceName::Regular,
                super::super::fonts::FaceName::Bold,
            ] {
                assert_eq!(face.face().missing(&printed), None, "{language:?} {face:?}");
            }
        }
    }

    #[test]
    fn an_office_lays_its_own_words_over_the_built_in_ones() {
        let overlay = Overlay::from([("texts/de.ftl".into(), b"request-title = Bestellung".to_vec())]);
        let texts = Texts::load(&overlay).expect("good");
        assert_eq!(
            texts.get(Language::De, "request-title", &[]).as_deref(),
            Ok("Bestellung")
        );
        assert_ne!(
            texts.get(Language::En, "request-title", &[]).as_deref(),
            Ok("Bestellung")
        );
        assert!(texts.has(Language::De, "receipt-title"));
    }

    #[test]
    fn a_broken_file_says_where() {
        let overlay = Overlay::from([("texts/de.ftl".into(), b"title = { $x".to_vec())]);
        assert!(
            matches!(Texts::load(&overlay), Err(PaperError::Template { file, .. }) if file == "texts/de.ftl")
        );
    }

    #[test]
    fn a_missing_key_or_value_is_named() {
        let texts = Texts::load(&Overlay::new()).expect("good");
        assert!(
            matches!(texts.get(Language::De, "no-such", &[]), Err(PaperError::Text { key, .. }) if key == "no-such")
        );
        assert!(matches!(
            texts.get(Language::En, "page-of", &[]),
            Err(PaperError::Text { .. })
        ));
    }

    #[test]
    fn dates_read_as_each_language_writes_them() {
        let texts = Texts::load(&Overlay::new()).expect("good");
        let day = jiff::civil::date(2026, 3, 1);
        assert_eq!(
            texts.date_long(Language::De, day).as_deref(),
            Ok("1.\u{a0}März\u{a0}2026")
        );
        assert_eq!(
            texts.date_long(Language::En, day).as_deref(),
            Ok("1\u{a0}March\u{a0}2026")
        );
        assert_eq!(
            texts.date_long(Language::Fr, day).as_deref(),
            Ok("1er\u{a0}mars\u{a0}2026")
        );
        assert_eq!(
            texts
                .date_long(Language::It, jiff::civil::date(2026, 3, 2))
                .as_deref(),
            Ok("2\u{a0}marzo\u{a0}2026")
        );
        assert_eq!(texts.date_short(Language::De, day).as_deref(), Ok("01.03.2026"));
        assert_eq!(
            texts.date_short(Language::En, day).as_deref(),
            Ok("1\u{a0}Mar\u{a0}2026")
        );
    }
}
