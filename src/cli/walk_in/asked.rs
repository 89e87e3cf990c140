//! Who answers at a walk-in: the LRAO and the holder at the terminal, or a kiosk's file.

use super::WalkInArgs;
use crate::app::App;
use crate::cli::Failure;
use crate::cli::holder::read_answers;
use crate::cli::lrao;
use crate::cli::wizard::{Choice, Secret, Wizard};
use crate::domain::check::{Check, CheckCode};
use crate::domain::identification::SeenDocument;
use crate::domain::{Language, Officer, OfficerId, Outcome, RequestData};
use crate::journey::Trouble;
use crate::journey::review::Dossier;
use crate::journey::unseal::PinPolicy;
use crate::journey::walk_in::{ZoneProblem, line_of_zone, lines_of_zone, read_zone};
use crate::paper::texts::Value as Shown;
use crate::ports::store::CardRow;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The largest file with a person's details.
const MAX_DATA: u64 = 64 * 1024;

/// What a kiosk answers; all of it may be left out, and the run ends where the next answer is missing.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct WalkInAnswers {
    /// The lines of the travel document's machine-readable zone; without them it must be legible on the copy.
    pub zone: Vec<String>,
    /// The LRAO compared the person with the travel document.
    pub compared: bool,
    /// The person's details, as for `request new`.
    pub data: Option<Value>,
    /// The scans of the signed papers.
    pub scans: Vec<PathBuf>,
    /// Checks that the LRAO looked at, by name; `all` for all that need eyes.
    pub looked_at: Vec<String>,
    pub approve: bool,
    pub pin: Option<Secret>,
    pub question: Option<String>,
    pub answer: Option<Secret>,
}

/// Who answers.
pub enum Asked<'a> {
    AtTerminal(Wizard<'a>, Option<Value>),
    ByFile(Box<WalkInAnswers>),
}

/// A field of the request that is asked for: its path, and whether it may stay empty. The text is `wizard-walk-` and the path with
/// hyphens.
const FIELDS: [(&str, bool); 16] = [
    ("person.family_name", false),
    ("person.given_names", false),
    ("person.birth_date", false),
    ("person.nationality", false),
    ("travel_document.kind", false),
    ("travel_document.issuer", false),
    ("travel_document.number", false),
    ("travel_document.expiry", false),
    ("mail", false),
    ("organisation.name", false),
    ("organisation.unit", true),
    ("address.street", false),
    ("address.house_number", true),
    ("address.postcode", false),
    ("address.town", false),
    ("address.country", false),
];

impl<'a> Asked<'a> {
    /// The terminal, or the answers that were given.
    pub fn start(app: &'a App, lrao: &Officer, args: &WalkInArgs) -> Result<Asked<'a>, Failure> {
        let data = args.data.as_deref().map(data_file).transpose()?;
        if let Some(path) = &args.answers {
            let mut answers: Box<WalkInAnswers> = Box::new(read_answers(path)?);
            answers.data = answers.data.or(data);
            return Ok(Asked::ByFile(answers));
        }
        let wizard = Wizard::start(app.press.texts(), Some(args.language.unwrap_or(lrao.language)))?;
        wizard.title("walk-title")?;
        wizard.tell("walk-welcome", &[("lrao", lrao.person.full_name().into())])?;
        Ok(Asked::AtTerminal(wizard, data))
    }

    /// The wizard, where there is one.
    pub fn wizard(&self) -> Option<&Wizard<'a>> {
        match self {
            Asked::AtTerminal(wizard, _) => Some(wizard),
            Asked::ByFile(_) => None,
        }
    }

    /// Says something, where somebody is there to read it.
    pub fn tell(&self, key: &str, values: &[(&str, Shown)]) -> Result<(), Failure> {
        self.wizard().map_or(Ok(()), |wizard| wizard.tell(key, values))
    }

    /// The travel document where it was typed, and the person's details, for a card. `None` when a kiosk says neither.
    pub fn person(
        &self,
        app: &App,
        card: &CardRow,
        by: &OfficerId,
    ) -> Result<Option<(Option<SeenDocument>, RequestData)>, Failure> {
        match self {
            Asked::ByFile(answers) => {
                let Some(data) = answers.data.clone() else {
                    return Ok(None);
                };
                if !answers.compared {
                    return Err(Failure::Trouble(Trouble::refused(
                        "not_compared",
                        format!(
                            "the answers do not say that {by} compared the holder with the travel document"
                        ),
                    )));
                }
                Ok(Some((self.typed_zone(app)?, of_card(data, card)?)))
            }
            Asked::AtTerminal(wizard, data) => {
                let document = zone(app, wizard, true)?;
                if let Some(seen) = &document {
                    wizard.tell("walk-seen", &shown(seen))?;
                }
                wizard.must_confirm("walk-compare", &[])?;
                let data = match data {
                    Some(data) => of_card(data.clone(), card)?,
                    None => fields(app, wizard, document.as_ref(), card)?,
                };
                Ok(Some((document, data)))
            }
        }
    }

    /// The zone that a kiosk says, for papers on whose copy it is not legible.
    pub fn typed_zone(&self, app: &App) -> Result<Option<SeenDocument>, Failure> {
        match self {
            Asked::ByFile(answers) if !answers.zone.is_empty() => {
                let seen = read_zone(&answers.zone, year(app)).map_err(|e| Trouble::refused("zone", e))?;
                Ok(Some(seen))
            }
            _ => Ok(None),
        }
    }

    /// The scans of the papers that were printed to `file`.
    pub fn scans(&self, file: &Path) -> Result<Option<Vec<PathBuf>>, Failure> {
        match self {
            Asked::ByFile(answers) => Ok(Some(answers.scans.clone()).filter(|s| !s.is_empty())),
            Asked::AtTerminal(wizard, _) => {
                wizard.title("walk-papers-title")?;
                wizard.tell("walk-papers", &[("file", file.display().to_string().into())])?;
                let typed = wizard.ask_for("walk-scan", "")?;
                let paths = typed.split(';').map(|p| p.trim().trim_matches(['\'', '"']));
                Ok(Some(paths.filter(|p| !p.is_empty()).map(PathBuf::from).collect()))
            }
        }
    }

    /// The checks that the LRAO looked at, when the LRAO approves.
    pub fn decision(&self, dossier: &Dossier) -> Result<Option<Vec<CheckCode>>, Failure> {
        let eyes = lrao::eyes_needed(dossier);
        match self {
            Asked::ByFile(answers) if !answers.approve => Ok(None),
            Asked::ByFile(answers) if answers.looked_at.iter().any(|n| n == "all") => Ok(Some(eyes)),
            Asked::ByFile(answers) => {
                let named = |code: &CheckCode| answers.looked_at.contains(&code.name());
                Ok(Some(eyes.into_iter().filter(named).collect()))
            }
            Asked::AtTerminal(wizard, _) => {
                wizard.title("walk-decide-title")?;
                let good = dossier.checks.len() - eyes.len();
                wizard.tell("walk-checks", &[("good", (good as i64).into())])?;
                for check in dossier.checks.iter().filter(|c| c.outcome == Outcome::NeedsEyes) {
                    look(wizard, check, dossier)?;
                }
                let d = &dossier.request.data;
                let values = [
                    ("name", d.full_name().into()),
                    ("serial", d.card_serial.grouped().into()),
                ];
                wizard.must_confirm("walk-approve", &values)?;
                Ok(Some(eyes))
            }
        }
    }

    /// What the holder chooses.
    pub fn choice(&self, language: Language, policy: &PinPolicy) -> Result<Option<Choice>, Failure> {
        match self {
            Asked::ByFile(answers) => Ok(match (&answers.pin, &answers.question, &answers.answer) {
                (Some(pin), Some(question), Some(answer)) => Some(Choice {
                    pin: Zeroizing::new(pin.0.clone()),
                    question: question.clone(),
                    answer: Zeroizing::new(answer.0.clone()),
                }),
                _ => None,
            }),
            Asked::AtTerminal(wizard, _) => {
                let wizard = wizard.in_language(language);
                wizard.title("walk-holder-title")?;
                wizard.tell("walk-holder", &[])?;
                wizard.choice(policy, 0).map(Some)
            }
        }
    }
}

/// A check that the machine cannot tell: the LRAO looks, and says so.
fn look(wizard: &Wizard, check: &Check, dossier: &Dossier) -> Result<(), Failure> {
    let compared: Vec<String> = check
        .compared
        .iter()
        .map(|c| format!("{}: {}", c.source, c.value))
        .collect();
    let key = format!("walk-look-{}", check.code.name().replace('_', "-"));
    // A check that has no question of its own says what it found.
    let check_name = if wizard.has(&key) {
        wizard.text(&key, &[])?
    } else {
        check.detail.clone()
    };
    let values = [
        ("check", Shown::from(check_name)),
        ("compared", compared.join("\n").into()),
    ];
    if wizard.confirms("walk-look", &values)? {
        return Ok(());
    }
    let request = dossier.case.request_id.to_string();
    Err(Failure::WrongUse(
        wizard.text("walk-not-good", &[("request", request.into())])?,
    ))
}

fn year(app: &App) -> i16 {
    app.desk().now().to_zoned(jiff::tz::TimeZone::UTC).year()
}

fn shown(seen: &SeenDocument) -> [(&'static str, Shown); 6] {
    [
        ("given", seen.person.given_names.clone().into()),
        ("family", seen.person.family_name.clone().into()),
        ("birth", seen.person.birth_date.to_string().into()),
        ("issuer", seen.issuer.clone().into()),
        ("number", seen.number.clone().into()),
        ("expiry", seen.expiry.to_string().into()),
    ]
}

/// Asks for the zone line by line until it is right. With `may_skip` an empty first line leaves it to the copy on the papers.
pub fn zone(app: &App, wizard: &Wizard, may_skip: bool) -> Result<Option<SeenDocument>, Failure> {
    wizard.title("walk-zone-title")?;
    wizard.tell(if may_skip { "walk-zone" } else { "walk-zone-typed" }, &[])?;
    loop {
        let first = wizard.ask("walk-zone-line", &[("line", 1.into())])?;
        if first.is_empty() && may_skip {
            return Ok(None);
        }
        let count = lines_of_zone(&line_of_zone(&first)).unwrap_or(2);
        let mut typed = vec![first];
        for line in 2..=count {
            typed.push(wizard.ask("walk-zone-line", &[("line", (line as i64).into())])?);
        }
        let (key, values): (&str, Vec<(&str, Shown)>) = match read_zone(&typed, year(app)) {
            Ok(seen) => return Ok(Some(seen)),
            Err(ZoneProblem::Form { .. }) => ("walk-zone-form", vec![]),
            Err(ZoneProblem::Length { line, got, wanted }) => (
                "walk-zone-length",
                vec![
                    ("line", (line as i64).into()),
                    ("got", (got as i64).into()),
                    ("wanted", (wanted as i64).into()),
                ],
            ),
            Err(ZoneProblem::Character { line, at }) => (
                "walk-zone-character",
                vec![("line", (line as i64).into()), ("at", (at as i64).into())],
            ),
            Err(ZoneProblem::Number) => ("walk-zone-number", vec![]),
            Err(ZoneProblem::Birth) => ("walk-zone-birth", vec![]),
            Err(ZoneProblem::Expiry) => ("walk-zone-expiry", vec![]),
            Err(ZoneProblem::Whole) => ("walk-zone-whole", vec![]),
        };
        wizard.tell(key, &values)?;
    }
}

fn data_file(path: &Path) -> Result<Value, Failure> {
    let wrong = |e: &dyn std::fmt::Display| Failure::Unreadable(format!("{}: {e}", path.display()));
    let bytes = crate::adapters::files::read_bounded(path, MAX_DATA).map_err(|e| wrong(&e))?;
    serde_json::from_slice(&bytes).map_err(|e| wrong(&e))
}

/// The person's details for this card: what the card says is filled in, and must not be said otherwise.
fn of_card(mut data: Value, card: &CardRow) -> Result<RequestData, Failure> {
    let own = [
        ("schema", json!(1)),
        ("card_serial", json!(card.serial)),
        ("site", json!(card.state.site())),
        ("delivery", json!("in_person")),
    ];
    let Some(fields) = data.as_object_mut() else {
        return Err(Failure::Unreadable(
            "the person's details are no JSON object".into(),
        ));
    };
    for (name, value) in own {
        let given = fields.insert(name.into(), value.clone());
        if given
            .as_ref()
            .is_some_and(|given| *given != value && name == "card_serial")
        {
            return Err(Failure::Trouble(Trouble::refused(
                "other_card",
                format!(
                    "the details name another card than the one in the reader, {}: look at the printed serial",
                    card.serial.grouped()
                ),
            )));
        }
    }
    parse(&data)
}

fn parse(data: &Value) -> Result<RequestData, Failure> {
    let bytes = serde_json::to_vec(data).expect("JSON is plain data");
    RequestData::from_json(&bytes).map_err(|p| Failure::Unreadable(p.to_string()))
}

/// Asks for every field, with what the document says as proposals; then again for those that are not right.
fn fields(
    app: &App,
    wizard: &Wizard,
    seen: Option<&SeenDocument>,
    card: &CardRow,
) -> Result<RequestData, Failure> {
    wizard.title("walk-data-title")?;
    wizard.tell("walk-language", &[])?;
    let language = wizard.choose_language()?;
    wizard.tell("walk-data", &[])?;
    let mut typed: BTreeMap<&str, String> = proposals(seen);
    let mut open: Vec<&str> = FIELDS.iter().map(|(path, _)| *path).collect();
    loop {
        for (path, may_be_empty) in FIELDS.iter().filter(|(path, _)| open.contains(path)) {
            let present = typed.get(path).cloned().unwrap_or_default();
            let value = field(wizard, path, &present, *may_be_empty)?;
            typed.insert(path, value);
        }
        let data = of_card(nested(language, &typed), card)?;
        let today = app.desk().now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let problems = data.problems(today);
        if problems.is_empty() {
            return Ok(data);
        }
        for problem in &problems {
            wizard.tell("walk-field-wrong", &[("problem", problem.to_string().into())])?;
        }
        open = FIELDS
            .iter()
            .map(|(path, _)| *path)
            .filter(|path| problems.iter().any(|p| p.path == *path))
            .collect();
        if open.is_empty() {
            return Err(Trouble::from(problems).into());
        }
    }
}

fn field(wizard: &Wizard, path: &str, present: &str, may_be_empty: bool) -> Result<String, Failure> {
    let key = format!("walk-{}", path.replace(['.', '_'], "-"));
    // As it is answered: by its number.
    let present = match present {
        "passport" => "1",
        "identity_card" => "2",
        other => other,
    };
    loop {
        let value = if may_be_empty && present.is_empty() {
            wizard.ask(&key, &[])?
        } else {
            wizard.ask_for(&key, present)?
        };
        let taken = match path {
            "person.birth_date" | "travel_document.expiry" => iso_date(&value),
            "travel_document.kind" => match value.as_str() {
                "1" | "passport" => Some("passport".to_owned()),
                "2" | "identity_card" => Some("identity_card".to_owned()),
                _ => None,
            },
            "person.nationality" | "travel_document.issuer" | "address.country" => Some(value.to_uppercase()),
            _ => Some(value),
        };
        match taken {
            Some(value) => return Ok(value),
            None => wizard.say("walk-again", &[])?,
        }
    }
}

/// A date as people write it, 31.1.1990 or 1990-01-31, in the form of ISO 8601.
fn iso_date(typed: &str) -> Option<String> {
    let parts: Vec<&str> = typed.split(['.', '/', '-']).map(str::trim).collect();
    let [a, b, c] = parts[..] else { return None };
    let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, b, a) };
    if year.len() != 4 {
        return None;
    }
    let date = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(date.to_string())
}

/// What the document says, as a person would write it: the zone has capitals only.
fn proposals(seen: Option<&SeenDocument>) -> BTreeMap<&'static str, String> {
    let mut all = BTreeMap::from([("address.country", "CH".to_owned())]);
    let Some(seen) = seen else { return all };
    let name = |text: &str| {
        text.split(' ')
            .map(|word| {
                let mut letters = word.chars();
                let first = letters.next().map(String::from).unwrap_or_default();
                first + &letters.as_str().to_lowercase()
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    let kind = if seen.format == "TD3" {
        "passport"
    } else {
        "identity_card"
    };
    all.extend([
        ("person.family_name", name(&seen.person.family_name)),
        ("person.given_names", name(&seen.person.given_names)),
        ("person.birth_date", seen.person.birth_date.to_string()),
        ("person.nationality", seen.issuer.clone()),
        ("travel_document.kind", kind.to_owned()),
        ("travel_document.issuer", seen.issuer.clone()),
        ("travel_document.number", seen.number.clone()),
        ("travel_document.expiry", seen.expiry.to_string()),
    ]);
    all
}

/// The JSON of a request out of its dotted paths; empty ones are left out but for the unit, which may be empty.
fn nested(language: Language, typed: &BTreeMap<&str, String>) -> Value {
    let mut data = json!({ "language": language });
    for (path, value) in typed {
        if value.is_empty() && *path != "organisation.unit" {
            continue;
        }
        let place = data.as_object_mut().expect("an object was made");
        match path.split_once('.') {
            None => drop(place.insert((*path).into(), json!(value))),
            Some((outer, inner)) => {
                let below = place.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                if let Some(below) = below.as_object_mut() {
                    below.insert(inner.into(), json!(value));
                }
            }
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_taken_as_people_write_it() {
        for typed in ["31.1.1990", "31.01.1990", "1990-01-31", "31/1/1990"] {
            assert_eq!(iso_date(typed).as_deref(), Some("1990-01-31"), "{typed}");
        }
        for typed in ["", "31.1.90", "31.2.1990", "1990", "x.y.1990"] {
            assert_eq!(iso_date(typed), None, "{typed}");
        }
    }

    #[test]
    fn dotted_paths_become_the_request_of_the_formats() {
        let typed = BTreeMap::from([
            ("person.family_name", "Muster".to_owned()),
            ("organisation.unit", String::new()),
            ("address.house_number", String::new()),
            ("mail", "zoe.muster@office.example".to_owned()),
        ]);
        assert_eq!(
            nested(Language::Fr, &typed),
            json!({"language": "fr", "person": {"family_name": "Muster"}, "organisation": {"unit": ""},
                   "mail": "zoe.muster@office.example"})
        );
    }
}
