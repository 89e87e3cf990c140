//! What the holder and whoever is with them are asked at the workstation, in a language of theirs.

use super::Failure;
use super::officer_key::OfficerKey;
use super::terminal::{self, Unanswered};
use crate::app::App;
use crate::domain::person::fold_name;
use crate::domain::ticket::ETicketError;
use crate::domain::{ETicket, Language, OfficerId};
use crate::journey::Trouble;
use crate::journey::unseal::{self, PinPolicy, PinProblem};
use crate::paper::Texts;
use crate::paper::texts::Value;
use crate::seal::AnswerHash;
use serde::Deserialize;
use std::io::IsTerminal as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The languages, each named in itself, in the order of their numbers, and below it how one answers.
const LANGUAGES: &str = "Zahl und Eingabetaste · Le chiffre, puis Entrée · Il numero, poi Invio · Number, then Enter\n\
                         1 Deutsch\n2 Français\n3 Italiano\n4 English";

/// What the holder is asked for: PIN, question, answer.
const CHOICES: i64 = 3;

/// Something secret that was answered. Wiped when dropped.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Secret(pub String);

/// What the holder chooses. Wiped when dropped.
pub struct Choice {
    pub pin: Zeroizing<String>,
    pub question: String,
    pub answer: Zeroizing<String>,
}

/// The conversation: one question after the other on the terminal, everything on standard error.
pub struct Wizard<'a> {
    texts: &'a Texts,
    pub language: Language,
}

impl<'a> Wizard<'a> {
    /// The wizard in a language; without one it asks which.
    ///
    /// # Errors
    /// Where there is no terminal to ask at.
    pub fn start(texts: &'a Texts, language: Option<Language>) -> Result<Wizard<'a>, Failure> {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::WrongUse(
                "the wizard asks on a terminal; a kiosk gives --answers FILE, or --answers - and the answers on standard input".into(),
            ));
        }
        let mut wizard = Wizard {
            texts,
            language: language.unwrap_or(Language::De),
        };
        if language.is_none() {
            wizard.language = wizard.choose_language()?;
        }
        Ok(wizard)
    }

    /// The same wizard in another language.
    pub fn in_language(&self, language: Language) -> Wizard<'a> {
        Wizard {
            texts: self.texts,
            language,
        }
    }

    /// Asks for a language.
    pub fn choose_language(&self) -> Result<Language, Failure> {
        loop {
            let typed = self.answered(terminal::ask(LANGUAGES))?;
            let chosen = typed.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            if let Some(language) = chosen.and_then(|n| Language::ALL.get(n)) {
                return Ok(*language);
            }
        }
    }

    /// The text of a key, after `wizard-`.
    pub fn text(&self, key: &str, values: &[(&str, Value)]) -> Result<String, Failure> {
        self.texts
            .get(self.language, &format!("wizard-{key}"), values)
            .map_err(|e| Failure::Unreadable(e.to_string()))
    }

    /// Whether there is a text of this key.
    pub fn has(&self, key: &str) -> bool {
        self.texts.has(self.language, &format!("wizard-{key}"))
    }

    fn answered<T>(&self, answer: Result<T, Unanswered>) -> Result<T, Failure> {
        answer.map_err(|e| match e {
            Unanswered::Io(e) => Failure::Output(e),
            Unanswered::Ended => match self.text("ended", &[]) {
                Ok(text) => Failure::WrongUse(text),
                Err(e) => e,
            },
        })
    }

    /// Says something.
    pub fn say(&self, key: &str, values: &[(&str, Value)]) -> Result<(), Failure> {
        Ok(terminal::say(&self.text(key, values)?)?)
    }

    /// Says something in a paragraph of its own.
    pub fn tell(&self, key: &str, values: &[(&str, Value)]) -> Result<(), Failure> {
        Ok(terminal::say(&format!("\n{}", self.text(key, values)?))?)
    }

    /// A title, underlined.
    pub fn title(&self, key: &str) -> Result<(), Failure> {
        let title = self.text(key, &[])?;
        let line = "─".repeat(title.chars().count());
        Ok(terminal::say(&format!("\n{title}\n{line}"))?)
    }

    /// Asks; the answer is shown and may be empty.
    pub fn ask(&self, key: &str, values: &[(&str, Value)]) -> Result<String, Failure> {
        self.answered(terminal::ask(&self.text(key, values)?))
    }

    fn ask_hidden(&self, key: &str, values: &[(&str, Value)]) -> Result<Zeroizing<String>, Failure> {
        self.answered(terminal::ask_hidden(&self.text(key, values)?))
    }

    fn not_empty(&self, key: &str, values: &[(&str, Value)]) -> Result<String, Failure> {
        loop {
            let typed = self.ask(key, values)?;
            if !typed.is_empty() {
                return Ok(typed);
            }
            self.say("empty", &[])?;
        }
    }

    /// Asks until something is typed; `present` is what Enter alone takes.
    pub fn ask_for(&self, key: &str, present: &str) -> Result<String, Failure> {
        if present.is_empty() {
            return self.not_empty(key, &[]);
        }
        let shown = self.text("present", &[("value", present.into())])?;
        let typed = self.answered(terminal::ask(&format!("{} {shown}", self.text(key, &[])?)))?;
        Ok(if typed.is_empty() {
            present.to_owned()
        } else {
            typed
        })
    }

    /// Asks for the word that confirms; anything else is no.
    pub fn confirms(&self, key: &str, values: &[(&str, Value)]) -> Result<bool, Failure> {
        let yes = self.text("yes", &[])?;
        let mut all = values.to_vec();
        all.push(("yes", yes.clone().into()));
        // Keyboards without accents have the word all the same.
        Ok(fold_name(&self.ask(key, &all)?) == fold_name(&yes))
    }

    /// As [`Wizard::confirms`]; without the word the run ends.
    pub fn must_confirm(&self, key: &str, values: &[(&str, Value)]) -> Result<(), Failure> {
        if self.confirms(key, values)? {
            Ok(())
        } else {
            Err(Failure::WrongUse(self.text("not-compared", &[])?))
        }
    }

    /// The officer's key: the file, or the card, which is waited for.
    pub fn key_of(&self, app: &App, id: &OfficerId) -> Result<OfficerKey, Failure> {
        loop {
            match OfficerKey::of(app, id) {
                Err(Trouble::Unavailable(why)) => self.must_confirm("own-card", &[("why", why.into())])?,
                done => return Ok(done?),
            }
        }
    }

    /// The helper confirms the travel document before the holder types anything.
    pub fn compare(&self, app: &App, helper: &OfficerId) -> Result<(), Failure> {
        let name = app.officer_name(helper)?;
        self.title("title")?;
        self.tell("welcome", &[("helper", name.into())])?;
        self.must_confirm("compare", &[])
    }

    /// The number of the letter; what is typed wrong is said at once and costs no try.
    pub fn number(&self) -> Result<ETicket, Failure> {
        loop {
            let values = [("step", 1.into()), ("of", (1 + CHOICES).into())];
            let typed = Zeroizing::new(self.ask("number", &values)?);
            match ETicket::parse(&typed) {
                Ok(ticket) => return Ok(ticket),
                Err(ETicketError::Length { got }) => {
                    self.say("number-length", &[("got", (got as i64).into())])?;
                }
                Err(ETicketError::Order { .. }) => self.say("number-order", &[])?,
                Err(ETicketError::GroupLength { group, .. } | ETicketError::Character { group, .. }) => {
                    self.say("number-group", &[("group", i64::from(group).to_string().into())])?;
                }
                Err(ETicketError::Groups { groups }) => {
                    let groups: Vec<String> = groups.iter().map(u8::to_string).collect();
                    self.say("number-group", &[("group", groups.join(", ").into())])?;
                }
            }
        }
    }

    /// PIN, question and answer; so many questions were asked before.
    pub fn choice(&self, policy: &PinPolicy, before: i64) -> Result<Choice, Failure> {
        let step = |n: i64| [("step", (before + n).into()), ("of", (before + CHOICES).into())];
        Ok(Choice {
            pin: self.pin(policy, step(1))?,
            question: self.not_empty("question", &step(2))?,
            answer: self.twice("answer", &step(3), "answer-differs", |answer| {
                if answer.trim().is_empty() {
                    return self.say("empty", &[]).map(|()| false);
                }
                let is_short = AnswerHash::is_too_short(answer);
                if is_short {
                    self.say("answer-short", &[])?;
                }
                Ok(!is_short)
            })?,
        })
    }

    fn pin(&self, policy: &PinPolicy, step: [(&str, Value); 2]) -> Result<Zeroizing<String>, Failure> {
        let mut values = vec![
            ("least", i64::from(policy.least).into()),
            ("most", i64::from(policy.most).into()),
        ];
        values.extend(step);
        let key = |key: &str| {
            if policy.letters {
                format!("{key}-letters")
            } else {
                key.to_owned()
            }
        };
        self.twice(&key("pin"), &values, "pin-differs", |pin| {
            match unseal::pin_problem(pin, policy) {
                Some(PinProblem::Form) => self.say(&key("pin-length"), &values)?,
                Some(PinProblem::Trivial) => self.say("pin-trivial", &[])?,
                None => return Ok(true),
            }
            Ok(false)
        })
    }

    /// Something hidden, typed twice the same.
    fn twice(
        &self,
        key: &str,
        values: &[(&str, Value)],
        differs: &str,
        is_good: impl Fn(&str) -> Result<bool, Failure>,
    ) -> Result<Zeroizing<String>, Failure> {
        loop {
            let first = self.ask_hidden(key, values)?;
            if !is_good(&first)? {
                continue;
            }
            let again = key.strip_suffix("-letters").unwrap_or(key);
            if *self.ask_hidden(&format!("{again}-again"), &[])? == *first {
                return Ok(first);
            }
            self.say(differs, &[])?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::Overlay;
    use std::collections::BTreeSet;

    /// The keys of a language's file, each with the values that its text asks for.
    fn keys(text: &str) -> Vec<(String, BTreeSet<String>)> {
        let mut all: Vec<(String, BTreeSet<String>)> = vec![];
        for line in text.lines() {
            if let Some((key, _)) = line.split_once(" =").filter(|_| line.starts_with("wizard-")) {
                all.push((key.to_owned(), BTreeSet::new()));
            }
            for part in line.split("{ $").skip(1) {
                let name = part.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                if let Some((_, values)) = all.last_mut() {
                    values.insert(name.to_owned());
                }
            }
        }
        all
    }

    /// Every key is there in every language with the same values, and its text can be shown.
    #[test]
    fn every_question_is_there_in_every_language() {
        let texts = Texts::load(&Overlay::new()).expect("built in");
        let german = keys(include_str!("../../templates/wizard/de.ftl"));
        assert!(german.len() > 70, "{}", german.len());
        let others = [
            include_str!("../../templates/wizard/fr.ftl"),
            include_str!("../../templates/wizard/it.ftl"),
            include_str!("../../templates/wizard/en.ftl"),
        ];
        for text in others {
            assert_eq!(keys(text), german);
        }
        for language in Language::ALL {
            for (key, values) in &german {
                let values: Vec<(&str, Value)> = values.iter().map(|v| (v.as_str(), 3.into())).collect();
                let text = texts.get(language, key, &values).expect("a text");
                assert!(!text.is_empty() && !text.contains("{$"), "{key}");
            }
        }
    }

    /// Every key that the wizards say is there: a literal after `say(`, `ask(` and the like in their sources.
    #[test]
    fn every_key_that_is_said_is_there() {
        let there: BTreeSet<String> = keys(include_str!("../../templates/wizard/de.ftl"))
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        let sources = [
            include_str!("wizard.rs"),
            include_str!("holder.rs"),
            include_str!("walk_in.rs"),
            include_str!("walk_in/asked.rs"),
        ];
        let mut said = 0;
        for source in sources {
            let source = source.split("#[cfg(test)]").next().unwrap();
            for before in [
                ".say(",
                ".tell(",
                ".title(",
                ".ask(",
                ".ask_for(",
                ".text(",
                ".must_confirm(",
                ".confirms(",
            ] {
                for rest in source.split(before).skip(1) {
                    let rest = rest.trim_start();
                    if let Some(key) = rest.strip_prefix('"').and_then(|r| r.split('"').next()) {
                        assert!(there.contains(&format!("wizard-{key}")), "{key}");
                        said += 1;
                    }
                }
            }
        }
        assert!(said > 40, "{said}");
    }
}
