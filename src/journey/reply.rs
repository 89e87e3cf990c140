//! The reply to a RIO whose signature counts: every defect by name, and what to do; signed, once a mail, never to a stranger.

use super::desk::{Desk, Trouble};
use super::outbox::{self, Letter, Origin, Sender};
use crate::domain::{Language, Officer, RequestId};
use crate::paper::PaperError;
use crate::paper::texts::{Texts, Value};
use crate::ports::store::{MailRow, Write};
use crate::seal::KeyOwner;
use crate::smime::Code;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What of a mail its reply takes up: nothing that others could have put there.
#[derive(Default)]
pub struct Known {
    pub subject: String,
    pub message_id: Option<String>,
}

/// The reply that names each defect of a mail; it goes to the officer's address on the roster, whatever the mail says.
pub fn defects(
    desk: &Desk,
    sender: &Sender,
    row: &MailRow,
    mail: &Known,
    rio: &Officer,
) -> Result<Vec<Write>, Trouble> {
    let language = rio.language;
    let mut list = String::new();
    for reason in &row.reasons {
        let (defect, advice) = explain(sender.texts, language, &reason.code)?;
        list.push_str(&format!(
            "- {defect}\n  {advice}\n  ({}: {})\n",
            reason.code,
            one_line(&reason.detail)
        ));
    }
    let args = [
        (
            "mail",
            Value::from(named(sender, language, &mail.subject, row.arrived)?),
        ),
        ("reasons", Value::from(list)),
        ("office", Value::from(desk.settings.office.name.clone())),
        ("contact", Value::from(outbox::contact(desk))),
    ];
    let owner = KeyOwner::Message(row.sha256);
    let write = compose(
        desk,
        sender,
        owner,
        rio,
        "reply-defects",
        &args,
        mail.message_id.as_deref().map(one_line),
    )?;
    Ok(vec![write])
}

/// Tells the RIO that an LRAO rejected a request, and why: a write for the transaction of the decision.
pub fn rejection(
    desk: &Desk,
    sender: &Sender,
    id: RequestId,
    rio: &Officer,
    reason: &str,
) -> Result<Write, Trouble> {
    let args = [
        ("request", Value::from(id.to_string())),
        ("reason", Value::from(one_line(reason))),
        ("office", Value::from(desk.settings.office.name.clone())),
        ("contact", Value::from(outbox::contact(desk))),
    ];
    compose(
        desk,
        sender,
        KeyOwner::Request(id),
        rio,
        "reply-rejected",
        &args,
        None,
    )
}

/// How a mail is called towards its sender: by its subject, where that can be told, and by when it came in.
fn named(sender: &Sender, language: Language, subject: &str, arrived: Timestamp) -> Result<String, Trouble> {
    let unavailable = |e: PaperError| Trouble::Unavailable(e.to_string());
    let at = arrived.to_zoned(TimeZone::UTC);
    let moment = [
        (
            "date",
            Value::from(sender.texts.date_long(language, at.date()).map_err(unavailable)?),
        ),
        ("time", Value::from(at.strftime("%H:%M").to_string())),
    ];
    let args = [
        ("subject", Value::from(one_line(subject))),
        ("arrived", Value::from(sender.text(language, "moment", &moment)?)),
    ];
    let key = if subject.is_empty() {
        "mail-without-subject"
    } else {
        "mail-with-subject"
    };
    sender.text(language, key, &args)
}

/// What a code means and what its sender should do, in a language. What the mail gate finds stands in English with its codes.
fn explain(texts: &Texts, language: Language, code: &str) -> Result<(String, String), Trouble> {
    let name = code.replace('_', "-");
    let text = |kind: &str| {
        let key = format!("{kind}-{name}");
        let known = texts.has(language, &key);
        known.then(|| texts.get(language, &key, &[])).transpose()
    };
    let of_gate = Code::from_name(code);
    let unavailable = |e: PaperError| Trouble::Unavailable(e.to_string());
    let defect = text("defect").map_err(unavailable)?;
    let advice = text("advice").map_err(unavailable)?;
    Ok((
        defect.unwrap_or_else(|| of_gate.map_or_else(|| code.to_owned(), |c| c.meaning().to_owned())),
        advice.unwrap_or_else(|| of_gate.map_or_else(String::new, |c| c.advice().to_owned())),
    ))
}

fn compose(
    desk: &Desk,
    sender: &Sender,
    owner: KeyOwner,
    rio: &Officer,
    text: &str,
    args: &[(&str, Value)],
    in_reply_to: Option<String>,
) -> Result<Write, Trouble> {
    let subject = sender.text(rio.language, &format!("{text}-subject"), args)?;
    let message_id = outbox::message_id(desk);
    let letter = Letter {
        from: &sender.address,
        to: &rio.mail,
        subject: &subject,
        text: sender.text(rio.language, text, args)?,
        attachments: vec![],
        message_id: &message_id,
        origin: Origin::Replied,
        in_reply_to,
    };
    let raw = outbox::sign(sender, &letter, desk.now())?;
    outbox::queue(desk, &desk.key(owner)?, owner, "reply", &letter, &raw)
}

/// Foreign text in a header or a sentence: one line, no controls, at most 200 characters.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::Overlay;
    use crate::scan;

    /// The codes that the intake itself gives, from its own source.
    fn codes_of_the_intake() -> Vec<&'static str> {
        let source = include_str!("intake/weigh.rs");
        let calls = source.split("reason(").skip(1);
        calls
            .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
            .collect()
    }

    #[test]
    fn every_defect_is_explained_in_every_language() {
        let texts = Texts::load(&Overlay::new()).expect("built in");
        let mut codes: Vec<String> = Code::ALL.iter().map(|c| c.as_str().to_owned()).collect();
        codes.extend(crate::smime::ProblemCode::ALL.map(|c| c.as_str().to_owned()));
        codes.extend(scan::ProblemCode::ALL.iter().map(|c| c.as_str().to_owned()));
        let own = codes_of_the_intake();
        assert!(own.len() > 10 && own.contains(&"card_taken"), "{own:?}");
        codes.extend(own.into_iter().map(str::to_owned));
        for code in codes {
            let english = explain(&texts, Language::En, &code).expect("a text");
            for language in Language::ALL {
                let (defect, advice) = explain(&texts, language, &code).expect("a text");
                assert!(defect != code && !advice.is_empty(), "{code} in {language:?}");
                assert!(
                    language == Language::En || (defect != english.0 && advice != english.1),
                    "{code} stands in English in {language:?}"
                );
            }
        }
    }
}
