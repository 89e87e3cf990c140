//! Submit: the RIO sends the scanned papers to the LRAO, in a mail signed with the RIO's own class B certificate.

use super::desk::{Desk, Trouble};
use super::outbox::{self, Attachment, Ends, Letter, Origin, Sender};
use crate::domain::officer::Role;
use crate::domain::{Language, OfficerId, RequestId};
use crate::journal::Action;
use crate::paper::texts::Value;
use crate::ports::mail::MailSender;
use crate::ports::store::{OutgoingRow, Submitted};
use crate::scan::{Reader, Reading};

/// A mail that is signed and not sent yet.
pub struct Submission {
    pub raw: Vec<u8>,
    pub to: String,
    pub message_id: String,
    pub readings: Vec<Reading>,
    from: String,
    submitted: Submitted,
}

impl Submission {
    /// Sends the mail: intent, deed, record. What became of it, when the server did not simply take it, stands in the row.
    pub fn send(&self, desk: &Desk, way_out: &dyn MailSender) -> Result<OutgoingRow, Trouble> {
        let ends = Ends {
            message_id: &self.message_id,
            from: &self.from,
            to: &self.to,
        };
        outbox::queue_submission(desk, ends, &self.raw, self.submitted.clone())?;
        outbox::flush_submissions(desk, way_out)?;
        desk.store
            .outgoing_mail(&self.message_id)?
            .ok_or_else(|| Trouble::Damaged("the mail is not in the outbox: restore the store".into()))
    }

    /// Records that the mail was written to a file, for the RIO to send by another program.
    pub fn written(&self, desk: &Desk) -> Result<(), Trouble> {
        let entry = |id: &RequestId| {
            desk.entry_of(&self.submitted.by, Action::RequestSubmitted, *id)
                .message(self.submitted.mail)
        };
        let entries = self.submitted.requests.iter().map(entry).collect();
        Ok(desk.store.commit(desk.now(), vec![], entries)?)
    }
}

/// Reads the scans as the office will, and signs the mail; nothing is sent yet. What the office would send back is said now: with `anyway` the
/// mail is written all the same.
pub fn submit(
    desk: &Desk,
    reader: Reader,
    rio: &Sender,
    scans: Vec<Attachment>,
    by: &OfficerId,
    anyway: bool,
) -> Result<Submission, Trouble> {
    let officer = desk.officer(by, Role::Rio)?;
    let files: Vec<_> = scans.iter().map(|s| (s.name.as_str(), &s.bytes[..])).collect();
    let scan = reader.read_files(&files);
    let mut objections: Vec<String> = scan
        .unreadable
        .iter()
        .map(|(file, why)| format!("{file}: {why}"))
        .collect();
    for reading in &scan.readings {
        match reading.request_id() {
            None => objections
                .push("no page names a request: scan the papers that siegelpost request new printed".into()),
            Some(id) => {
                objections.extend(reading.problems().iter().map(|p| format!("{id}: {}", p.detail)));
                let empty = reading.marks().iter().filter(|m| m.present == Some(false));
                objections.extend(empty.map(|m| format!("{id}: page {}: nothing in ‘{}’", m.page, m.name)));
            }
        }
    }
    if !objections.is_empty() && !anyway {
        let list = objections
            .iter()
            .fold(String::new(), |text, o| format!("{text}\n  - {o}"));
        return Err(Trouble::refused(
            "scan",
            format!("the office would send this back:{list}\nMend it, or send it all the same with --anyway"),
        ));
    }
    let ids: Vec<_> = scan.readings.iter().filter_map(Reading::request_id).collect();
    let message_id = outbox::message_id(desk);
    let letter = letter(
        rio,
        officer.language,
        &ids,
        scans,
        &desk.settings.office.mail,
        &message_id,
    )?;
    let now = desk.now();
    let raw = outbox::sign(rio, &letter, now)?;
    let requests = ids
        .into_iter()
        .filter_map(|id| match desk.store.case(id) {
            Ok(None) => None,
            Ok(Some(_)) => Some(Ok(id)),
            Err(e) => Some(Err(e)),
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Submission {
        to: desk.settings.office.mail.clone(),
        message_id,
        readings: scan.readings,
        from: rio.address.clone(),
        submitted: Submitted {
            by: by.clone(),
            requests,
            mail: crate::pki::signature::sha256(&raw),
        },
        raw,
    })
}

/// The mail as a RIO writes it.
pub fn letter<'a>(
    rio: &'a Sender,
    language: Language,
    ids: &[crate::domain::RequestId],
    scans: Vec<Attachment>,
    to: &'a str,
    message_id: &'a str,
) -> Result<Letter<'a>, Trouble> {
    let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let text = rio.text(language, "submit", &[("requests", Value::from(list))])?;
    Ok(Letter {
        from: &rio.address,
        to,
        // No name and no id in the subject: it travels in the clear.
        subject: "Certificate request",
        text,
        attachments: scans,
        message_id,
        origin: Origin::Person,
        in_reply_to: None,
    })
}
