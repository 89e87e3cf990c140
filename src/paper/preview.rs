//! An office's own templates, tried out: every paper with sample data, and everything found wrong with its place and language.

use super::delivery::{CoverSheet, DeliveryNote};
use super::envelope::{EnvelopeTest, WindowProfile};
use super::error::PaperError;
use super::letter::{Letter, Recipient};
use super::letter_id::LetterId;
use super::office::Office;
use super::press::Press;
use super::set::SetInput;
use super::template;
use super::texts::{self, Overlay};
use crate::domain::request::{Address, Organisation, PersonData, TravelDocument};
use crate::domain::{BatchId, CardSerial, Delivery, DocumentKind, Language, Request, RequestData, RequestId};
use jiff::civil::{Date, date};
use serde::Serialize;
use zeroize::Zeroizing;

/// An eTicket that opens nothing: the checks of its groups do not hold.
const NO_TICKET: &str = "00000-00000-00000-00000";

/// A paper printed with sample data.
pub struct Preview {
    /// The paper's name, and what is special about it.
    pub name: String,
    pub pdf: Result<Vec<u8>, PaperError>,
}

/// Something wrong with an office's own files: where, in which language, what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// A file below the folder, or the name of the paper that does not come out.
    pub place: String,
    pub language: Option<Language>,
    pub problem: String,
    /// Whether papers still come out; else they do not.
    pub is_hint: bool,
}

fn input<'a>(request: &'a Request, office: &'a Office, on: Date) -> SetInput<'a> {
    SetInput {
        request,
        office,
        rio_name: "Rita Beispiel",
        site_name: "Aussenstelle Bern",
        on,
    }
}

/// Who the samples are about: an ordinary person, and one whose details are as long as the papers promise to take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Person {
    Usual,
    Long,
}

fn request(language: Language, kind: DocumentKind, person: Person) -> Request {
    let long = person == Person::Long;
    let pick = |usual: &str, other: &str| if long { other } else { usual }.to_owned();
    let data = RequestData {
        schema: 1,
        language,
        person: PersonData {
            family_name: pick("Specimen", "Müller-Hürlimann von Österreich-Großglockner"),
            given_names: pick("Robin", "Ştefania Đurđica Γεωργία Ełżbieta"),
            birth_date: date(1990, 1, 31),
            nationality: "CHE".into(),
            ahv: (!long).then(|| "756.9217.0769.85".into()),
        },
        mail: pick(
            "robin.specimen@office.example",
            "stefania.muller-hurlimann@office.example",
        ),
        organisation: Organisation {
            name: pick("Bundesamt für Muster", "Departement für Muster und Beispiele"),
            unit: pick("Abteilung Proben", "Proben"),
        },
        address: Address {
            care_of: long.then(|| "Familie Beispiel-Specimen".into()),
            street: Some("Musterstrasse".into()),
            house_number: Some("12a".into()),
            po_box: long.then(|| "123".into()),
            postcode: pick("3003", "1010"),
            town: pick("Bern", "Wien"),
            country: pick("CH", "AT"),
        },
        travel_document: TravelDocument {
            kind,
            number: "X1234567".into(),
            issuer: "CHE".into(),
            expiry: date(2030, 1, 31),
        },
        card_serial: CardSerial::from_number(100_200_300),
        site: "bern".parse().expect("a name"),
        delivery: Delivery::Post,
    };
    Request {
        request_id: RequestId::from_bits(0x1_2345_6789_abcd),
        data,
    }
}

impl Press {
    /// Every paper of a language with sample data.
    pub fn previews(
        &self,
        language: Language,
        office: &Office,
        window: &WindowProfile,
        on: Date,
    ) -> Vec<Preview> {
        let mut all = Vec::new();
        let mut add = |name: &str, pdf: Result<Vec<u8>, PaperError>| {
            all.push(Preview {
                name: name.into(),
                pdf,
            });
        };
        for (what, person) in [("", Person::Usual), ("-long", Person::Long)] {
            for (kind, name) in [
                (DocumentKind::Passport, "passport"),
                (DocumentKind::IdentityCard, "identity-card"),
            ] {
                let request = request(language, kind, person);
                let printed = self.request_set(input(&request, office, on)).map(|set| set.pdf);
                add(&format!("set-{name}{what}"), printed);
            }
            let mut at_desk = request(language, DocumentKind::Passport, person);
            at_desk.data.delivery = Delivery::InPerson;
            let printed = self.request_set(input(&at_desk, office, on)).map(|set| set.pdf);
            add(&format!("set-walk-in{what}"), printed);
            let request = request(language, DocumentKind::Passport, person);
            add(
                &format!("revocation{what}"),
                self.revocation_request(input(&request, office, on)),
            );
            let letter = Letter {
                id: LetterId::new(request.request_id, 1).expect("in range"),
                language,
                recipient: Recipient {
                    name: request.data.full_name(),
                    address: request.data.address.clone(),
                },
                office: office.clone(),
                card_serial: request.data.card_serial,
                on,
                valid_until: on.saturating_add(jiff::Span::new().days(60)),
                window: window.clone(),
            };
            let printed = self.letter(&letter, NO_TICKET).map(|pdf| pdf.to_vec());
            add(&format!("letter{what}"), printed);
            if person == Person::Usual {
                let id: BatchId = "b20260301-specimen".parse().expect("a name");
                let cover = self
                    .letters(&[(letter, Zeroizing::new(NO_TICKET.to_owned()))])
                    .and_then(|(_, manifest)| {
                        self.cover_sheet(CoverSheet {
                            batch: &id,
                            language,
                            office,
                            manifest: &manifest,
                            on,
                        })
                    });
                add("cover", cover);
            }
        }
        let cards: Vec<_> = (0..20)
            .map(|n| CardSerial::from_number(100_200_300 + n))
            .collect();
        let note = self.delivery_note(DeliveryNote {
            number: "DN-20260301-a1b2c3",
            language,
            office,
            site_name: "Aussenstelle Bern",
            cards: &cards,
            on,
        });
        add("delivery-note", note);
        let test = EnvelopeTest {
            language,
            office,
            window,
            on,
        };
        add("envelope", self.envelope_test(test));
        add("blank", self.blank_form(language, office, on));
        all
    }
}

/// Everything wrong with an office's own files: those that cannot be read, words that are missing or are nobody's, papers that
/// do not come out with ordinary or with long details, an eTicket too near the window. Empty when all is well.
pub fn check(overlay: &Overlay, office: &Office, window: &WindowProfile, on: Date) -> Vec<Finding> {
    let mut found = Vec::new();
    let finding = |place: &str, language, problem: String, is_hint| Finding {
        place: place.into(),
        language,
        problem,
        is_hint,
    };
    for path in overlay.keys().filter(|p| !is_known(p)) {
        let is_picture = [".svg", ".png", ".jpg", ".jpeg"]
            .iter()
            .any(|end| path.ends_with(end));
        let problem = if is_picture {
            "is not read: a logo is logo.toml, with the paths of an SVG as its README section shows"
        } else {
            "is not read: siegelpost template defaults writes all files that are, under their names"
        };
        found.push(finding(path, None, problem.to_owned(), true));
    }
    // Each file alone, so that one broken file does not hide the next.
    for (path, bytes) in overlay {
        let alone = Overlay::from([(path.clone(), bytes.clone())]);
        if let Err(error) = Press::new(&alone) {
            found.push(finding(path, None, error.to_string(), false));
        }
    }
    let (Ok(press), Ok(built_in)) = (Press::new(overlay), Press::new(&Overlay::new())) else {
        return found;
    };
    found.extend(own_words(overlay, &built_in));
    for language in Language::ALL {
        for key in press.templates.keys() {
            if !press.texts.has(language, &key) {
                let problem = format!("text ‘{key}’ is missing: a template asks for it");
                found.push(finding(&path_of_texts(language), Some(language), problem, false));
            }
        }
        // One thing that is wrong stands on several papers, and is said once.
        let mut wrong: Vec<(PaperError, Vec<String>)> = Vec::new();
        for preview in press.previews(language, office, window, on) {
            match preview.pdf {
                Ok(_) => {}
                // A text that is not there was said above.
                Err(PaperError::Text { key, .. }) if !press.texts.has(language, &key) => {}
                Err(error) => match wrong.iter_mut().find(|(known, _)| *known == error) {
                    Some((_, papers)) => papers.push(preview.name),
                    None => wrong.push((error, vec![preview.name])),
                },
            }
        }
        for (error, papers) in wrong {
            let papers = papers.join(", ");
            match path_of_own(overlay, language, &error) {
                Some(path) => {
                    let problem = format!("{error} (on {papers})");
                    found.push(finding(&path, Some(language), problem, false));
                }
                None => found.push(finding(&papers, Some(language), error.to_string(), false)),
            }
        }
    }
    if let Some(place) = press.templates.place_of_value("letter", template::SECRET)
        && let Some(problem) = window.exposes(place)
    {
        found.push(finding("letter.toml", None, problem, false));
    }
    found
}

fn path_of_texts(language: Language) -> String {
    format!("texts/{}.ftl", language.tag())
}

/// The office's own file with the text that an error is about; `None` when the text is built in.
fn path_of_own(overlay: &Overlay, language: Language, error: &PaperError) -> Option<String> {
    let (PaperError::MissingGlyph { field: key, .. }
    | PaperError::TooLong { field: key, .. }
    | PaperError::Text { key, .. }) = error
    else {
        return None;
    };
    let path = match key.as_str() {
        "agreement" => format!("agreement/{}.txt", language.tag()),
        _ => path_of_texts(language),
    };
    let text = std::str::from_utf8(overlay.get(&path)?).ok()?;
    (key == "agreement" || texts::keys(text).contains(key)).then_some(path)
}

fn is_known(path: &str) -> bool {
    let of_language = |folder: &str, end: &str| {
        Language::ALL
            .into_iter()
            .any(|l| path == format!("{folder}/{}.{end}", l.tag()))
    };
    template::is_template(path)
        || of_language("texts", "ftl")
        || of_language("mails", "ftl")
        || of_language("wizard", "ftl")
        || of_language("agreement", "txt")
}

/// Words of the office that no paper or mail asks for, and words that it changed in one language and not in the others.
fn own_words(overlay: &Overlay, built_in: &Press) -> Vec<Finding> {
    let mut found = Vec::new();
    for folder in ["texts", "mails", "wizard"] {
        let own: Vec<_> = Language::ALL
            .into_iter()
            .filter_map(|l| {
                let bytes = overlay.get(&format!("{folder}/{}.ftl", l.tag()))?;
                Some((l, texts::keys(std::str::from_utf8(bytes).ok()?)))
            })
            .collect();
        for (language, keys) in &own {
            let place = format!("{folder}/{}.ftl", language.tag());
            for key in keys {
                let mut say = |problem| {
                    found.push(Finding {
                        place: place.clone(),
                        language: Some(*language),
                        problem,
                        is_hint: true,
                    })
                };
                if !built_in.texts.has(*language, key) {
                    say(format!(
                        "text ‘{key}’ is not known: nothing but a template of your own would ask for it"
                    ));
                    continue;
                }
                let others = Language::ALL.into_iter().filter(|l| l != language);
                let lacking: Vec<&str> = others
                    // What the program says in English by itself has no English text.
                    .filter(|l| built_in.texts.has(*l, key))
                    .filter(|l| !own.iter().any(|(o, keys)| o == l && keys.contains(key)))
                    .map(Language::tag)
                    .collect();
                if !lacking.is_empty() {
                    say(format!(
                        "text ‘{key}’ is your own here and built in for {}",
                        lacking.join(", ")
                    ));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = date(2026, 3, 1);

    fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
        let overlay = files
            .iter()
            .map(|(path, text)| (path.to_string(), text.as_bytes().to_vec()));
        check(
            &overlay.collect(),
            &Office::specimen(),
            &WindowProfile::c5_left(),
            TODAY,
        )
    }

    #[test]
    fn the_built_in_templates_are_found_good() {
        assert_eq!(findings(&[]), []);
    }

    #[test]
    fn what_is_missing_too_long_or_not_drawable_is_said_with_its_place_and_language() {
        let long = format!("receipt-title = {}", "Empfangsbestätigung ".repeat(12));
        let found = findings(&[
            ("texts/de.ftl", &long),
            ("texts/it.ftl", "letter-subject = 山\n"),
            (
                "cover.toml",
                "schema = 1\n[[item]]\nkind = \"text\"\ntext = \"no-such\"\nstyle = \"body\"\nrect = [0, 0, 9, 9]\n",
            ),
            ("styles.toml", "schema = 1\n[colour]\naccent = \"blue\"\n"),
            ("notes.txt", "not read"),
        ]);
        let said =
            |place: &str, part: &str| found.iter().any(|f| f.place == place && f.problem.contains(part));
        assert!(said("styles.toml", "#rrggbb"), "{found:#?}");
        assert!(said("notes.txt", "not read") && found.iter().any(|f| f.is_hint));
        let found = findings(&[
            ("texts/de.ftl", &long),
            ("texts/it.ftl", "letter-subject = 山\n"),
            (
                "cover.toml",
                "schema = 1\n[[item]]\nkind = \"text\"\ntext = \"no-such\"\nstyle = \"body\"\nrect = [0, 0, 9, 9]\n",
            ),
        ]);
        let said = |place: &str, language, part: &str| {
            found
                .iter()
                .any(|f| f.place == place && f.language == Some(language) && f.problem.contains(part))
        };
        assert!(
            said("texts/de.ftl", Language::De, "receipt-title: ‘Empfang"),
            "{found:#?}"
        );
        assert!(
            said(
                "texts/de.ftl",
                Language::De,
                "(on set-passport, set-identity-card"
            ),
            "{found:#?}"
        );
        assert!(said("texts/it.ftl", Language::It, "U+5C71"), "{found:#?}");
        assert!(said("texts/en.ftl", Language::En, "no-such"), "{found:#?}");
        assert!(
            said("texts/de.ftl", Language::De, "built in for fr, it, en"),
            "{found:#?}"
        );
    }

    #[test]
    fn every_built_in_file_is_known_and_taken_back_as_it_is() {
        let files = crate::paper::built_in_files();
        let all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        assert!(all.len() > 25);
        assert_eq!(findings(&all), []);
    }

    #[test]
    fn one_thing_that_is_wrong_is_said_once_with_the_file_that_has_it() {
        let found = findings(&[
            ("texts/fr.ftl", "letter-greeting = Bonjour { $nobody }\n"),
            ("agreement/it.txt", "version: A\ntitle: X\n\n## 1\n山\n"),
            ("wizard/de.ftl", ""),
            ("logo.svg", "<svg/>"),
        ]);
        let of = |place: &str| found.iter().filter(|f| f.place == place && !f.is_hint).count();
        assert_eq!((of("texts/fr.ftl"), of("agreement/it.txt")), (1, 1), "{found:#?}");
        assert!(
            found
                .iter()
                .any(|f| f.place == "logo.svg" && f.problem.contains("logo.toml"))
        );
        assert!(!found.iter().any(|f| f.place == "wizard/de.ftl"), "{found:#?}");
    }

    #[test]
    fn an_eticket_moved_near_the_window_is_found() {
        let letter = include_str!("../../templates/letter.toml")
            .replace("[27.0, 162.4, 161.0, 10.0]", "[27.0, 98.0, 161.0, 8.0]");
        let found = findings(&[("letter.toml", &letter)]);
        assert!(
            found
                .iter()
                .any(|f| f.place == "letter.toml" && f.problem.contains("eTicket")),
            "{found:#?}"
        );
    }
}
