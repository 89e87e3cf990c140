//! The reply to a RIO whose signature counts: every defect by name, and what to do; signed, once a mail, never to a stranger.

use super::desk::{Desk, Trouble};
use super::outbox::{self, Letter, Origin, Sender};
use crate::domain::{Officer, RequestId};
use crate::paper::texts::Value;
use crate::ports::store::{MailRow, Write};
use crate::seal::KeyOwner;
use crate::smime::Code;

/// What of a mail its reply takes up.
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
        let key = format!("advice-{}", reason.code.replace('_', "-"));
        let advice = if sender.texts.has(language, &key) {
            sender.text(language, &key, &[])?
        } else {
            Code::from_name(&reason.code).map_or_else(String::new, |code| code.advice().to_owned())
        };
        list.push_str(&format!("- {}: {}\n  {advice}\n", reason.code, reason.detail));
    }
    let subject = one_line(&mail.subject);
    let args = [
        ("subject", Value::from(subject)),
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
