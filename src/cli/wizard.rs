//! What the holder and the helper are asked at the workstation, in the holder's language.

use super::Failure;
use super::holder::Answers;
use crate::domain::ticket::ETicketError;
use crate::domain::{ETicket, Language, OfficerId};
use crate::journey::unseal::{self, PinProblem};
use crate::paper::Texts;
use crate::paper::texts::Value;
use std::io::{IsTerminal as _, Write as _};
use zeroize::Zeroizing;

/// The conversation: one question after the other on the terminal, everything on standard error.
pub struct Wizard<'a> {
    texts: &'a Texts,
    language: Language,
    /// The fewest digits of a PIN in this office.
    pub pin_least: u8,
}

impl<'a> Wizard<'a> {
    /// The wizard in a language; without one it asks which, each named in itself.
    ///
    /// # Errors
    /// Where there is no terminal to ask at.
    pub fn start(texts: &'a Texts, language: Option<Language>, pin_least: u8) -> Result<Wizard<'a>, Failure> {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::WrongUse(
                "the wizard asks on a terminal; a kiosk gives --answers FILE, or --answers - and the answers on standard input".into(),
            ));
        }
        let language = match language {
            Some(language) => language,
            None => loop {
                let typed = prompt("Deutsch: 1   Français: 2   Italiano: 3   English: 4   → ")?;
                let chosen = typed.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                if let Some(language) = chosen.and_then(|n| Language::ALL.get(n)) {
                    break *language;
                }
            },
        };
        Ok(Wizard {
            texts,
            language,
            pin_least,
        })
    }

    /// The text of a key, after `wizard-`.
    fn text(&self, key: &str, values: &[(&str, Value)]) -> Result<String, Failure> {
        self.texts
            .get(self.language, &format!("wizard-{key}"), values)
            .map_err(|e| Failure::Unreadable(e.to_string()))
    }

    /// Says something.
    pub fn say(&self, key: &str, values: &[(&str, Value)]) -> Result<(), Failure> {
        Ok(writeln!(std::io::stderr(), "{}", self.text(key, values)?)?)
    }

    fn ask(&self, key: &str, values: &[(&str, Value)]) -> Result<String, Failure> {
        prompt(&format!("{} ", self.text(key, values)?))
    }

    /// Asks without showing what is typed.
    fn ask_hidden(&self, key: &str) -> Result<Zeroizing<String>, Failure> {
        let text = format!(
            "{} ",
            self.text(key, &[("least", i64::from(self.pin_least).into())])?
        );
        Ok(Zeroizing::new(rpassword::prompt_password(text)?))
    }

    /// The helper confirms the travel document before the holder types anything.
    pub fn compare(&self, helper: &OfficerId) -> Result<(), Failure> {
        self.say("welcome", &[("helper", helper.as_str().into())])?;
        let yes = self.text("yes", &[])?;
        let typed = self.ask("compare", &[("yes", yes.clone().into())])?;
        if typed.to_lowercase() == yes {
            return Ok(());
        }
        Err(Failure::WrongUse(self.text("not-compared", &[])?))
    }

    /// Number, PIN, question and answer; what is typed wrong is said at once and costs no try.
    pub fn answers(&self) -> Result<Answers, Failure> {
        Ok(Answers {
            ticket: self.number()?,
            pin: self.pin()?,
            question: self.not_empty(|| self.ask("question", &[]))?,
            answer: self.answer()?,
        })
    }

    fn number(&self) -> Result<String, Failure> {
        loop {
            let typed = self.ask("number", &[])?;
            match ETicket::parse(&typed) {
                Ok(_) => return Ok(typed),
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

    fn pin(&self) -> Result<String, Failure> {
        loop {
            let first = self.ask_hidden("pin")?;
            match unseal::pin_problem(&first, self.pin_least) {
                Some(PinProblem::Length) => {
                    self.say("pin-length", &[("least", i64::from(self.pin_least).into())])?;
                }
                Some(PinProblem::Trivial) => self.say("pin-trivial", &[])?,
                None if *self.ask_hidden("pin-again")? == *first => return Ok(first.to_string()),
                None => self.say("pin-differs", &[])?,
            }
        }
    }

    fn answer(&self) -> Result<String, Failure> {
        loop {
            let first = self.not_empty(|| Ok(self.ask_hidden("answer")?.to_string()))?;
            if *self.ask_hidden("answer-again")? == first {
                return Ok(first);
            }
            self.say("answer-differs", &[])?;
        }
    }

    fn not_empty(&self, mut ask: impl FnMut() -> Result<String, Failure>) -> Result<String, Failure> {
        loop {
            let typed = ask()?;
            if !typed.trim().is_empty() {
                return Ok(typed);
            }
            self.say("empty", &[])?;
        }
    }
}

fn prompt(text: &str) -> Result<String, Failure> {
    let mut err = std::io::stderr();
    write!(err, "{text}")?;
    err.flush()?;
    let mut typed = String::new();
    if std::io::stdin().read_line(&mut typed)? == 0 {
        return Err(Failure::WrongUse(
            "the input ended before the last answer; nothing was done".into(),
        ));
    }
    Ok(typed.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::Overlay;

    /// Every key that this file says, with the values that it gives.
    #[test]
    fn every_question_is_there_in_every_language() {
        let texts = Texts::load(&Overlay::new()).expect("built in");
        let values: [(&str, Value); 6] = [
            ("helper", "helper".into()),
            ("yes", "yes".into()),
            ("got", 3.into()),
            ("group", "2".into()),
            ("least", 6.into()),
            ("serial", "123".into()),
        ];
        let german = include_str!("../../templates/wizard/de.ftl");
        let keys: Vec<&str> = german
            .lines()
            .filter(|l| l.starts_with("wizard-"))
            .filter_map(|l| l.split(' ').next())
            .collect();
        assert!(keys.len() > 20);
        for language in Language::ALL {
            for key in &keys {
                let text = texts.get(language, key, &values).expect("a text");
                assert!(!text.is_empty() && !text.contains("{$"), "{key}");
            }
            for key in [
                "welcome",
                "compare",
                "not-compared",
                "number-length",
                "pin-trivial",
                "insert",
                "working",
                "done",
            ] {
                assert!(texts.has(language, &format!("wizard-{key}")), "{key}");
            }
        }
    }
}
