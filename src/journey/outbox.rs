//! The outbox: signed mails of the office and of its RIOs wait in the store and are handed over once.

use super::desk::{Desk, Trouble, owner_name};
use crate::domain::officer::Role;
use crate::domain::{Delivery, Language, OfficerId, Request, RequestId, Sha256};
use crate::journal::{Action, Actor, Draft};
use crate::paper::texts::{Texts, Value};
use crate::pki::signature::sha256;
use crate::pki::{Certificate, SigningKey};
use crate::ports::mail::{Handover, MailSender, SendOutcome};
use crate::ports::store::{OutgoingRow, OutgoingState, Submitted, Write};
use crate::ports::{Waypoint, random_bytes};
use crate::seal::{KeyOwner, RequestKey};
use crate::smime::{self, SignWith};
use jiff::{SignedDuration, Timestamp};
use lettre::message::header::{ContentDisposition, ContentType};
use lettre::message::{MultiPart, MultiPartKind, SinglePart};

/// The first wait after a mail was handed over in vain; each further one is twice as long.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait: a server that is back is used within the half day.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(4);
/// How long a mail is tried: over a long week-end, within the four to five days of RFC 5321 section 4.5.4.1.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(4 * 24);

/// Who the office's mails come from: its address, and the certificate and key that sign them.
pub struct Sender<'a> {
    pub address: String,
    pub certificates: &'a [Certificate],
    pub key: &'a dyn SigningKey,
    pub texts: &'a Texts,
}

impl Sender<'_> {
    /// As `smime` takes it.
    pub fn sign_with(&self, at: Timestamp) -> SignWith<'_> {
        SignWith {
            chain: self.certificates,
            key: self.key,
            at,
        }
    }

    /// A text of the office in a language.
    pub fn text(&self, language: Language, key: &str, args: &[(&str, Value)]) -> Result<String, Trouble> {
        self.texts
            .get(language, key, args)
            .map_err(|e| Trouble::Unavailable(e.to_string()))
    }
}

/// A file in a mail.
pub struct Attachment {
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// A mail before it is signed.
pub struct Letter<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub message_id: &'a str,
    pub origin: Origin,
    pub in_reply_to: Option<String>,
}

/// Why a mail is written (RFC 3834 section 5): no program answers what a program wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// An officer sends it.
    Person,
    /// The program reports something.
    Generated,
    /// The program answers a mail.
    Replied,
}

/// The MIME entity of a mail, 7-bit only so that no server on the way alters it.
pub fn entity(letter: &Letter) -> Vec<u8> {
    let text = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .header(lettre::message::header::ContentTransferEncoding::QuotedPrintable)
        .body(letter.text.clone());
    if letter.attachments.is_empty() {
        return text.formatted();
    }
    let builder = MultiPart::builder()
        .kind(MultiPartKind::Mixed)
        .boundary(boundary(letter));
    let mut parts = builder.singlepart(text);
    for attachment in &letter.attachments {
        parts = parts.singlepart(
            SinglePart::builder()
                .header(
                    ContentType::parse(attachment.media_type).expect("our own media types are well-formed"),
                )
                .header(ContentDisposition::attachment(&attachment.name))
                .header(lettre::message::header::ContentTransferEncoding::Base64)
                .body(attachment.bytes.clone()),
        );
    }
    parts.formatted()
}

/// The boundary between the parts: of their hashes, so that the same mail is the same bytes and no chance comes in. `=_` stands
/// in neither quoted-printable nor base64 (RFC 2045 section 6.7).
fn boundary(letter: &Letter) -> String {
    let mut all = letter.text.as_bytes().to_vec();
    for attachment in &letter.attachments {
        all.extend_from_slice(&sha256(&attachment.bytes).0);
    }
    format!("=_{}", hex::encode(&sha256(&all).0[..20]))
}

/// The header fields of a mail, in the order in which they are written.
pub fn headers(letter: &Letter, at: Timestamp) -> Result<Vec<(String, String)>, Trouble> {
    let wrong =
        |e: &dyn std::fmt::Display| Trouble::refused("address", format!("the mail cannot be addressed: {e}"));
    let mut builder = lettre::Message::builder()
        .from(letter.from.parse().map_err(|e| wrong(&e))?)
        .to(letter.to.parse().map_err(|e| wrong(&e))?)
        .subject(letter.subject)
        .message_id(Some(letter.message_id.to_owned()))
        .date(
            std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(at.as_second().max(0) as u64),
        );
    if let Some(id) = &letter.in_reply_to {
        builder = builder.in_reply_to(id.clone());
    }
    let message = builder.body(String::new()).map_err(|e| wrong(&e))?;
    let mut fields: Vec<(String, String)> = message
        .headers()
        .to_string()
        .replace("\r\n ", " ")
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| {
            !name.to_ascii_lowercase().starts_with("content-") && !name.eq_ignore_ascii_case("mime-version")
        })
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let automatic = match letter.origin {
        Origin::Person => None,
        Origin::Generated => Some("auto-generated"),
        Origin::Replied => Some("auto-replied"),
    };
    fields.extend(automatic.map(|word| ("Auto-Submitted".into(), word.into())));
    Ok(fields)
}

/// A Message-ID of the office: random, in the domain of its address.
pub fn message_id(desk: &Desk) -> String {
    let random: [u8; 16] = random_bytes(desk.random);
    let domain = desk
        .settings
        .office
        .mail
        .rsplit('@')
        .next()
        .unwrap_or("siegelpost.invalid");
    format!("<{}@{domain}>", hex::encode(random))
}

/// Signs a mail as the office.
pub fn sign(sender: &Sender, letter: &Letter, at: Timestamp) -> Result<Vec<u8>, Trouble> {
    let headers = headers(letter, at)?;
    smime::sign_mail(&borrowed(&headers), &entity(letter), sender.sign_with(at))
        .map_err(|e| Trouble::Unavailable(format!("the mail could not be signed: {e}")))
}

/// Header fields as `smime` takes them.
pub fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The lines under “whom to ask”.
pub fn contact(desk: &Desk) -> String {
    let office = &desk.settings.office;
    let lines = [&office.phone, &office.mail].into_iter().chain(&office.contact);
    lines
        .filter(|l| !l.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join("\n")
}

/// Puts a mail into the outbox: the writes belong into the transaction of the deed that it reports.
pub fn queue(
    desk: &Desk,
    key: &RequestKey,
    owner: KeyOwner,
    purpose: &str,
    letter: &Letter,
    raw: &[u8],
) -> Result<Write, Trouble> {
    let ends = Ends {
        message_id: letter.message_id,
        from: letter.from,
        to: letter.to,
    };
    let row = OutgoingRow {
        is_answer: letter.origin == Origin::Replied,
        ..row(desk, key, owner, purpose, ends, raw)?
    };
    Ok(Write::NewOutgoing(row))
}

/// Puts a RIO's mail with the papers of requests into the outbox: the intent, durable before it is handed over.
pub fn queue_submission(desk: &Desk, ends: Ends, raw: &[u8], submitted: Submitted) -> Result<(), Trouble> {
    // The office that takes the mail in keeps it under its own hash: this copy is named by its Message-ID.
    let owner = KeyOwner::Message(sha256(ends.message_id.as_bytes()));
    let (key, new_key) = desk.new_key(owner);
    let row = OutgoingRow {
        submitted: Some(submitted),
        ..row(desk, &key, owner, "submission", ends, raw)?
    };
    Ok(desk
        .store
        .commit(desk.now(), vec![new_key, Write::NewOutgoing(row)], vec![])?)
}

/// A mail's name, and the addresses it goes between.
pub struct Ends<'a> {
    pub message_id: &'a str,
    pub from: &'a str,
    pub to: &'a str,
}

fn row(
    desk: &Desk,
    key: &RequestKey,
    owner: KeyOwner,
    purpose: &str,
    ends: Ends,
    raw: &[u8],
) -> Result<OutgoingRow, Trouble> {
    let blob = desk
        .blobs
        .put(&key.encrypt("outgoing", raw, &mut desk.entropy()))?;
    Ok(OutgoingRow {
        message_id: ends.message_id.to_owned(),
        from: ends.from.to_owned(),
        to: ends.to.to_owned(),
        purpose: purpose.to_owned(),
        state: OutgoingState::Queued,
        blob,
        owner: owner_name(owner),
        detail: String::new(),
        is_answer: false,
        submitted: None,
        queued: desk.now(),
        tries: 0,
        next_try: None,
    })
}

/// A notice to the holder's mailbox: that something was issued, opened or revoked in their name.
pub fn notice(
    desk: &Desk,
    sender: &Sender,
    key: &RequestKey,
    request: &Request,
    text: &str,
    at: Timestamp,
) -> Result<Vec<Write>, Trouble> {
    let d = &request.data;
    let args = [
        ("name", Value::from(d.full_name())),
        ("serial", Value::from(d.card_serial.grouped())),
        ("request", Value::from(request.request_id.to_string())),
        ("office", Value::from(desk.settings.office.name.clone())),
        ("contact", Value::from(contact(desk))),
    ];
    let subject = sender.text(d.language, &format!("{text}-subject"), &args)?;
    // Who walked in has no letter; a revocation is the same for everybody.
    let in_person = format!("{text}-in-person");
    let walked_in = d.delivery == Delivery::InPerson && sender.texts.has(d.language, &in_person);
    let text = if walked_in { &in_person } else { text };
    let message_id = message_id(desk);
    let letter = Letter {
        from: &sender.address,
        to: &d.mail,
        subject: &subject,
        text: sender.text(d.language, text, &args)?,
        attachments: vec![],
        message_id: &message_id,
        origin: Origin::Generated,
        in_reply_to: None,
    };
    let raw = sign(sender, &letter, at)?;
    Ok(vec![queue(
        desk,
        key,
        KeyOwner::Request(request.request_id),
        "notice",
        &letter,
        &raw,
    )?])
}

/// Hands every mail of the office over that waits and whose time has come. A mail that a server may have is never handed over
/// again by itself.
pub fn flush(desk: &Desk, way_out: &dyn MailSender) -> Result<Vec<OutgoingRow>, Trouble> {
    flush_where(desk, way_out, |row| row.submitted.is_none())
}

/// The same for the mails of the RIOs, which leave by their own way.
pub fn flush_submissions(desk: &Desk, way_out: &dyn MailSender) -> Result<Vec<OutgoingRow>, Trouble> {
    flush_where(desk, way_out, |row| row.submitted.is_some())
}

fn flush_where(
    desk: &Desk,
    way_out: &dyn MailSender,
    is_meant: impl Fn(&OutgoingRow) -> bool,
) -> Result<Vec<OutgoingRow>, Trouble> {
    let mut done = vec![];
    // One mail that fails must not hold those behind it.
    let mut first_trouble = None;
    for row in desk.store.outgoing_open()? {
        let again = row.state == OutgoingState::Unknown && way_out.is_repeatable();
        let is_due = row.next_try.is_none_or(|at| at <= desk.now());
        if !is_meant(&row) || !(row.state == OutgoingState::Queued && is_due || again) {
            continue;
        }
        match hand_over(desk, way_out, row) {
            Ok(Handed { row, is_reachable }) => {
                done.push(row);
                if !is_reachable {
                    // The others would wait for the same server in vain.
                    break;
                }
            }
            Err(e @ Trouble::Interrupted(_)) => return Err(e),
            Err(e) => {
                first_trouble.get_or_insert(e);
            }
        }
    }
    first_trouble.map_or(Ok(done), Err)
}

struct Handed {
    row: OutgoingRow,
    is_reachable: bool,
}

fn hand_over(desk: &Desk, way_out: &dyn MailSender, mut row: OutgoingRow) -> Result<Handed, Trouble> {
    let owner = owner_of(&row.owner)?;
    let raw = desk.key(owner)?.decrypt("outgoing", &desk.blobs.get(row.blob)?)?;
    // The intent: cut off from here on, the server may have the mail.
    row.state = OutgoingState::Unknown;
    row.detail = "was being handed over".into();
    desk.store
        .commit(desk.now(), vec![Write::Outgoing(row.clone())], vec![])?;
    let outcome = way_out.send(&Handover {
        return_to: (!row.is_answer).then_some(row.from.as_str()),
        to: &row.to,
        message_id: &row.message_id,
        raw: &raw,
    });
    desk.pass(Waypoint::OutboxHanded)?;
    let is_reachable = !matches!(outcome, SendOutcome::Unreachable(_));
    let entries = match outcome {
        SendOutcome::Sent => {
            row.state = OutgoingState::Sent;
            row.detail = String::new();
            row.next_try = None;
            sent(desk, &row, owner)
        }
        SendOutcome::Temporary(why) | SendOutcome::Unreachable(why) => {
            wait(&mut row, why, desk.now());
            vec![]
        }
        SendOutcome::Permanent(why) => {
            (row.state, row.detail) = (OutgoingState::Failed, why);
            vec![]
        }
        SendOutcome::Unknown(why) => {
            (row.state, row.detail) = (OutgoingState::Unknown, why);
            vec![]
        }
    };
    desk.store
        .commit(desk.now(), vec![Write::Outgoing(row.clone())], entries)?;
    Ok(Handed { row, is_reachable })
}

/// Waits longer each time, and gives up after days: then a person is asked.
fn wait(row: &mut OutgoingRow, why: String, now: Timestamp) {
    let doubled = FIRST_WAIT.saturating_mul(1 << row.tries.min(16));
    row.tries = row.tries.saturating_add(1);
    let next = now + doubled.min(LONGEST_WAIT);
    if next.duration_since(row.queued) > GIVEN_UP_AFTER {
        row.state = OutgoingState::Failed;
        row.detail = format!("given up after {} tries: {why}", row.tries);
        row.next_try = None;
    } else {
        row.state = OutgoingState::Queued;
        row.detail = why;
        row.next_try = Some(next);
    }
}

/// What the journal keeps of a mail that went out.
fn sent(desk: &Desk, row: &OutgoingRow, owner: KeyOwner) -> Vec<Draft> {
    if let Some(submitted) = &row.submitted {
        let entry = |id: &RequestId| {
            desk.entry_of(&submitted.by, Action::RequestSubmitted, *id)
                .message(submitted.mail)
        };
        return submitted.requests.iter().map(entry).collect();
    }
    vec![about(
        desk.entry(Actor::Siegelpost, Action::MailSent)
            .fact("purpose", row.purpose.as_str()),
        owner,
    )]
}

fn about(entry: Draft, owner: KeyOwner) -> Draft {
    match owner {
        KeyOwner::Request(id) => entry.request(id, 0),
        KeyOwner::Message(sha256) => entry.message(sha256),
    }
}

/// Has a mail handed over again that failed, or of which nobody knows whether it arrived: an officer asked its recipient.
pub fn resend(desk: &Desk, message_id: &str, by: &OfficerId) -> Result<OutgoingRow, Trouble> {
    let mut row = stuck(desk, message_id, by)?;
    row.state = OutgoingState::Queued;
    row.queued = desk.now();
    (row.tries, row.next_try) = (0, None);
    decided(desk, row, Action::MailResent, by)
}

/// Settles such a mail: it arrived, or is not needed any more.
pub fn settle(desk: &Desk, message_id: &str, by: &OfficerId) -> Result<OutgoingRow, Trouble> {
    let mut row = stuck(desk, message_id, by)?;
    row.state = OutgoingState::Settled;
    row.next_try = None;
    decided(desk, row, Action::MailSettled, by)
}

/// A mail that waits for a person: a RIO's own, or any for the LRAO.
fn stuck(desk: &Desk, message_id: &str, by: &OfficerId) -> Result<OutgoingRow, Trouble> {
    let row = desk
        .store
        .outgoing_mail(message_id)?
        .ok_or_else(|| Trouble::Unknown {
            what: format!("outgoing mail {message_id}"),
            advice: "siegelpost outbox list shows all mails with their ids",
        })?;
    let is_own = row.submitted.as_ref().is_some_and(|s| s.by == *by);
    desk.officer(by, if is_own { Role::Rio } else { Role::Lrao })?;
    if matches!(row.state, OutgoingState::Unknown | OutgoingState::Failed) {
        return Ok(row);
    }
    Err(Trouble::refused(
        "not_stuck",
        format!(
            "mail {message_id} is {}: only one that failed, or whose arrival is unknown, is for a person",
            row.state.name()
        ),
    ))
}

fn decided(desk: &Desk, row: OutgoingRow, action: Action, by: &OfficerId) -> Result<OutgoingRow, Trouble> {
    let entry = desk
        .entry(Actor::Officer(by.clone()), action)
        .fact("purpose", row.purpose.as_str());
    let entry = about(entry, owner_of(&row.owner)?);
    desk.store
        .commit(desk.now(), vec![Write::Outgoing(row.clone())], vec![entry])?;
    Ok(row)
}

fn owner_of(name: &str) -> Result<KeyOwner, Trouble> {
    let found = match name.split_once(' ') {
        Some(("request", id)) => id.parse::<RequestId>().ok().map(KeyOwner::Request),
        Some(("mail", sha)) => sha.parse::<Sha256>().ok().map(KeyOwner::Message),
        _ => None,
    };
    found.ok_or_else(|| Trouble::Damaged(format!("‘{name}’ owns nothing here: restore the store")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_mail_has_the_same_bytes() {
        let letter = |file: &[u8]| Letter {
            from: "rio@office.example",
            to: "registration@office.example",
            subject: "Certificate request",
            text: "Grüezi = hello".into(),
            attachments: vec![Attachment {
                name: "scan.pdf".into(),
                media_type: "application/pdf",
                bytes: file.to_vec(),
            }],
            message_id: "<1@office.example>",
            origin: Origin::Person,
            in_reply_to: None,
        };
        assert_eq!(entity(&letter(b"a scan")), entity(&letter(b"a scan")));
        assert_ne!(boundary(&letter(b"a scan")), boundary(&letter(b"another scan")));
        let text = String::from_utf8(entity(&letter(b"a scan"))).unwrap();
        assert_eq!(text.matches(&boundary(&letter(b"a scan"))).count(), 4, "{text}");
    }
}
