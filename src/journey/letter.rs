//! Letter: the unseal letter is assigned an eTicket, rendered where the print key is, and goes to the post or, encrypted, to the
//! RIO.

use super::desk::{Desk, Trouble};
use super::outbox::{self, Attachment, Letter as Mail, Origin, Sender};
use crate::domain::officer::Role;
use crate::domain::{Act, BatchId, Delivery, OfficerId, Request, RequestId, Sha256, Stage, Step};
use crate::journal::{Action, Actor};
use crate::paper::{CoverSheet, Letter, LetterId, Manifest, Press, PrintFile, Recipient, WindowProfile};
use crate::pki::signature::sha256;
use crate::pki::{self, Certificate, PathDefect, Purpose, Revocation, Trust};
use crate::ports::store::{CardRow, Case, LetterRow, LetterState, Write};
use crate::ports::{Waypoint, random_bytes};
use crate::seal::{self, KeyOwner, PrintKey, SlotNumber};
use crate::smime::{self, Cipher};
use zeroize::Zeroizing;

/// What letters are printed on and for.
pub struct Stationery<'a> {
    pub press: &'a Press,
    pub window: &'a WindowProfile,
}

/// A batch as it was rendered.
pub struct Rendered {
    pub batch: BatchId,
    /// The letters in posting order, a file for each envelope and language.
    pub files: Vec<PrintFile>,
    pub cover: Vec<u8>,
    pub manifest: Manifest,
    pub letters: Vec<LetterRow>,
}

/// Collects the letters that are ready for the post into a batch: each gets the card's next eTicket.
pub fn collect(desk: &Desk, ids: &[RequestId], by: &OfficerId) -> Result<BatchId, Trouble> {
    desk.officer(by, Role::Dispatch)?;
    let now = desk.now();
    let day = now
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y%m%d")
        .to_string();
    let random: [u8; 3] = random_bytes(desk.random);
    let batch: BatchId = format!("b{day}-{}", hex::encode(random)).parse()?;
    let mut writes = vec![];
    let mut entry = desk
        .entry(Actor::Officer(by.clone()), Action::BatchMade)
        .batch(batch.clone());
    let mut count = 0;
    named_can_be_collected(desk, ids)?;
    for case in desk.store.cases()? {
        let ready =
            matches!(case.stage, Stage::Issued { .. } | Stage::Returned { .. }) && !case.stage.is_walk_in();
        if !ready || (!ids.is_empty() && !ids.contains(&case.request_id)) {
            continue;
        }
        if read_request(desk, case.request_id)?.data.delivery != Delivery::Post {
            continue;
        }
        // One whose card has nothing left holds up no other; who names it is told.
        if ids.is_empty() && desk.card(case.card)?.next_ticket().is_none() {
            continue;
        }
        entry = entry.request(case.request_id, 0);
        let (case, letter) = assign(desk, case.request_id, &batch, by)?;
        writes.extend([Write::Case(case), Write::NewLetter(letter)]);
        count += 1;
    }
    if count == 0
        && let Some(open) = unprinted(desk, ids)?
    {
        return Err(Trouble::refused(
            "batch_open",
            format!(
                "batch {open} is collected and not printed: siegelpost dispatch batch --again {open} prints it"
            ),
        ));
    }
    if count == 0 {
        let mut why = "no letter waits for the post: siegelpost request list shows what is open".to_owned();
        for id in spent(desk)? {
            why.push_str(&format!("; {}", way_out_of_spent(id)));
        }
        return Err(Trouble::refused("no_letters", why));
    }
    desk.store
        .commit(now, writes, vec![entry.fact("letters", i64::from(count))])?;
    desk.pass(Waypoint::LetterReserved)?;
    Ok(batch)
}

/// The requests that wait for a letter, and whose card has no eTicket left.
pub fn spent(desk: &Desk) -> Result<Vec<RequestId>, Trouble> {
    let mut found = vec![];
    for case in desk.store.cases()? {
        let waits = matches!(case.stage, Stage::Issued { .. } | Stage::Returned { .. });
        if waits && !case.stage.is_walk_in() && desk.card(case.card)?.next_ticket().is_none() {
            found.push(case.request_id);
        }
    }
    Ok(found)
}

/// What is done about a card that no letter opens any more: its certificates end, and the person gets another.
pub fn way_out_of_spent(id: RequestId) -> String {
    format!(
        "the three eTickets of request {id} are spent, so no letter opens its card any more: end its certificates (siegelpost revoke {id} \
         --reason cessation-of-operation --requester lrao), and have the RIO enter the request anew with another card"
    )
}

/// Whoever names requests means each of them: one that is unknown, or whose letter does not wait for the post, is named back.
fn named_can_be_collected(desk: &Desk, ids: &[RequestId]) -> Result<(), Trouble> {
    for id in ids {
        let case = desk.case(*id)?;
        match &case.stage {
            // A batch that was cut off before it was printed has a word of its own.
            Stage::LetterReady { .. } => continue,
            Stage::Issued { .. } | Stage::Returned { .. } => {}
            stage => {
                return Err(Trouble::refused(
                    "no_letter",
                    format!(
                        "no letter of request {id} waits for the post: it is {}",
                        stage.name()
                    ),
                ));
            }
        }
        if read_request(desk, *id)?.data.delivery != Delivery::Post {
            return Err(Trouble::refused(
                "delivery",
                format!("the letter of request {id} goes to the RIO by mail: siegelpost letter mail {id}"),
            ));
        }
    }
    Ok(())
}

/// A batch that a run which was cut off left unprinted.
fn unprinted(desk: &Desk, ids: &[RequestId]) -> Result<Option<BatchId>, Trouble> {
    for case in desk.store.cases()? {
        let Stage::LetterReady { batch, .. } = &case.stage else {
            continue;
        };
        let is_meant = ids.is_empty() || ids.contains(&case.request_id);
        let waits = |l: &LetterRow| l.sha256.is_none() && l.state == LetterState::Ready;
        if is_meant && desk.store.letters(batch)?.iter().any(waits) {
            return Ok(Some(batch.clone()));
        }
    }
    Ok(None)
}

/// Takes the card's next eTicket into use for a letter.
fn assign(desk: &Desk, id: RequestId, batch: &BatchId, by: &OfficerId) -> Result<(Case, LetterRow), Trouble> {
    let mut case = desk.case(id)?;
    let card = desk.card(case.card)?;
    let slot = next_slot(&card, id)?;
    let now = desk.now();
    case.stage = case.stage.take(
        Step::PrepareLetter {
            slot: slot.get(),
            batch: batch.clone(),
        },
        &Act { by, at: now },
    )?;
    case.since = now;
    let letter = LetterRow {
        letter_id: LetterId::new(id, slot.get())
            .expect("eTickets count from 1 to 3")
            .to_string(),
        request_id: id,
        slot: slot.get(),
        batch: batch.clone(),
        state: LetterState::Ready,
        sha256: None,
        archive: None,
        taken_out: None,
        version: 1,
    };
    Ok((case, letter))
}

fn next_slot(card: &CardRow, id: RequestId) -> Result<SlotNumber, Trouble> {
    if card.sealed.is_none() {
        return Err(Trouble::Damaged(format!(
            "card {} is not sealed: restore the store",
            card.serial
        )));
    }
    card.next_ticket()
        .ok_or_else(|| Trouble::refused("no_ticket_left", way_out_of_spent(id)))
}

fn read_request(desk: &Desk, id: RequestId) -> Result<Request, Trouble> {
    let owner = KeyOwner::Request(id);
    desk.read_json(&desk.key(owner)?, owner, "request")
}

/// The letter's content, with the eTicket that only the print key opens.
fn content(
    desk: &Desk,
    stationery: &Stationery,
    row: &LetterRow,
    print_key: &PrintKey,
) -> Result<(Letter, Zeroizing<String>), Trouble> {
    let request = read_request(desk, row.request_id)?;
    let card = desk.card(request.data.card_serial)?;
    let sealed = card
        .sealed
        .as_ref()
        .ok_or_else(|| Trouble::Damaged(format!("card {} is not sealed: restore the store", card.serial)))?;
    let number = SlotNumber::try_from(row.slot)?;
    let ticket = seal::open_ticket(&sealed.identity, number, sealed.slot(number), print_key)?;
    let now = desk.now();
    let day = |t: jiff::Timestamp| t.to_zoned(jiff::tz::TimeZone::UTC).date();
    let letter = Letter {
        id: row.letter_id.parse()?,
        language: request.data.language,
        recipient: Recipient {
            name: request.data.full_name(),
            address: request.data.address.clone(),
        },
        office: desk.settings.office.clone(),
        card_serial: card.serial,
        on: day(now),
        valid_until: day(now + desk.settings.ticket_life),
        window: stationery.window.clone(),
    };
    Ok((letter, ticket.to_text()))
}

/// Renders a batch at the station that holds the print key. A batch is rendered once: until [`kept`] is recorded, a run that was
/// cut off may render it again. Nothing of it may lie in clear.
pub fn render(
    desk: &Desk,
    stationery: &Stationery,
    print_key: &PrintKey,
    batch: &BatchId,
    by: &OfficerId,
) -> Result<Rendered, Trouble> {
    let officer = desk.officer(by, Role::Dispatch)?;
    let mut letters = desk.store.letters(batch)?;
    if letters.is_empty() {
        return Err(Trouble::Unknown {
            what: format!("batch {batch}"),
            advice: "siegelpost dispatch list shows the batches",
        });
    }
    // One that was given up before it was printed holds up no other.
    letters.retain(|l| l.state != LetterState::Void);
    if letters.is_empty() {
        return Err(Trouble::refused(
            "no_letters",
            format!("every letter of batch {batch} was given up: there is nothing left to render"),
        ));
    }
    if letters.iter().any(|l| l.sha256.is_some()) {
        return Err(Trouble::refused(
            "rendered",
            format!(
                "batch {batch} was rendered before and lies encrypted: siegelpost dispatch print takes it out"
            ),
        ));
    }
    let mut contents = letters
        .iter()
        .map(|l| content(desk, stationery, l, print_key))
        .collect::<Result<Vec<_>, _>>()?;
    Press::sort_for_post(&mut contents);
    let paper = |e| Trouble::refused("paper", e);
    let (files, manifest) = stationery.press.letters(&contents).map_err(paper)?;
    let cover = CoverSheet {
        batch,
        language: officer.language,
        office: &desk.settings.office,
        manifest: &manifest,
        on: desk.now().to_zoned(jiff::tz::TimeZone::UTC).date(),
    };
    let cover = stationery.press.cover_sheet(cover).map_err(paper)?;
    desk.pass(Waypoint::LetterRendered)?;
    let letters = letters
        .into_iter()
        .map(|mut row| {
            row.sha256 = hash_in(&manifest, &row.letter_id);
            row
        })
        .collect();
    Ok(Rendered {
        batch: batch.clone(),
        files,
        cover,
        manifest,
        letters,
    })
}

fn hash_in(manifest: &Manifest, letter_id: &str) -> Option<Sha256> {
    manifest
        .letters
        .iter()
        .find(|l| l.letter.to_string() == letter_id)
        .map(|l| l.sha256)
}

/// Records that a batch lies encrypted at the print station, by the SHA-256 of that file: from now on it is not rendered again.
pub fn kept(desk: &Desk, rendered: &Rendered, archive: Sha256, by: &OfficerId) -> Result<(), Trouble> {
    let mut writes = vec![];
    let mut entry = desk
        .entry(Actor::Officer(by.clone()), Action::LetterMade)
        .batch(rendered.batch.clone())
        .fact("archive", archive.to_string());
    for row in &rendered.letters {
        entry = entry.request(row.request_id, 0);
        writes.push(Write::Letter(LetterRow {
            archive: Some(archive),
            ..row.clone()
        }));
    }
    Ok(desk.store.commit(
        desk.now(),
        writes,
        vec![entry.fact("letters", rendered.letters.len() as i64)],
    )?)
}

/// What is encrypted to this certificate is for its officer alone: it has a path to an anchor and is not revoked now.
fn encryption_counts(
    desk: &Desk,
    trust: &Trust,
    certificate: &Certificate,
    rio: &OfficerId,
) -> Result<(), Trouble> {
    let (now, purpose) = (desk.now(), Purpose::MailEncryption);
    let Err(defects) = pki::validate(certificate, &[], trust, now, purpose, Revocation::Required) else {
        return Ok(());
    };
    let why = defects
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    if defects.iter().all(PathDefect::is_hold) {
        return Err(Trouble::Unavailable(format!(
            "whether the encryption certificate of {rio} is revoked cannot be said now ({why}): have a new revocation list published \
             (siegelpost crl)"
        )));
    }
    Err(Trouble::refused(
        "encryption_certificate_void",
        format!(
            "the encryption certificate of {rio} does not count ({why}): have the security officer enrol a new one \
             (siegelpost officer add)"
        ),
    ))
}

/// Mails the letter to the RIO instead: signed by the office, encrypted to the RIO alone, live at once. The RIO must be one still,
/// and the certificate that it is encrypted to valid and unrevoked by `trust`: the mail carries a live eTicket.
pub fn mail_to_rio(
    desk: &Desk,
    stationery: &Stationery,
    print_key: &PrintKey,
    trust: &Trust,
    sender: &Sender,
    id: RequestId,
    by: &OfficerId,
) -> Result<(), Trouble> {
    desk.officer(by, Role::Lrao)?;
    let case = desk.case(id)?;
    let request = read_request(desk, id)?;
    if request.data.delivery != Delivery::Rio {
        return Err(Trouble::refused(
            "delivery",
            "this letter goes by post: siegelpost dispatch batch takes it",
        ));
    }
    let rio = case
        .stage
        .rio()
        .map(|rio| desk.store.officer(rio))
        .transpose()?
        .flatten()
        .ok_or_else(|| {
            Trouble::refused(
                "too_early",
                format!(
                    "request {id} is {}: a letter comes after the issue",
                    case.stage.name()
                ),
            )
        })?;
    if !rio.may_act_as(Role::Rio) {
        return Err(Trouble::refused(
            "rio_gone",
            format!(
                "{} is not enrolled as a RIO any more, and gets no letter: revoke the card (siegelpost revoke {id}), and have another \
                 RIO enter the request anew",
                rio.id
            ),
        ));
    }
    if rio.encryption_certificate.is_empty() {
        return Err(Trouble::refused(
            "no_encryption_certificate",
            format!(
                "no encryption certificate of {} is on the roster: add it with siegelpost officer add",
                rio.id
            ),
        ));
    }
    let certificate = Certificate::from_der(&rio.encryption_certificate).map_err(|e| {
        Trouble::Damaged(format!(
            "the encryption certificate of {} is unreadable: {e}",
            rio.id
        ))
    })?;
    encryption_counts(desk, trust, &certificate, &rio.id)?;
    let batch: BatchId = format!("m-{}", id.compact().to_lowercase()).parse()?;
    let (mut case, mut row) = assign(desk, id, &batch, by)?;
    let (letter, ticket) = content(desk, stationery, &row, print_key)?;
    let pdf = stationery
        .press
        .letter(&letter, &ticket)
        .map_err(|e| Trouble::refused("paper", e))?;
    row.sha256 = Some(sha256(&pdf));

    let subject = sender.text(rio.language, "letter-mail-subject", &[])?;
    let message_id = outbox::message_id(desk);
    let mail = Mail {
        from: &sender.address,
        to: &rio.mail,
        subject: &subject,
        text: sender.text(rio.language, "letter-mail", &[("request", id.to_string().into())])?,
        attachments: vec![Attachment {
            name: format!("{}.pdf", row.letter_id),
            media_type: "application/pdf",
            bytes: pdf.to_vec(),
        }],
        message_id: &message_id,
        origin: Origin::Generated,
        in_reply_to: None,
    };
    let now = desk.now();
    let unavailable =
        |e: &dyn std::fmt::Display| Trouble::Unavailable(format!("the letter could not be encrypted: {e}"));
    let signed =
        smime::sign_entity(&outbox::entity(&mail), sender.sign_with(now)).map_err(|e| unavailable(&e))?;
    let random = |buffer: &mut [u8]| desk.random.fill(buffer);
    let encrypted = smime::encrypt_entity(&signed, &[certificate], Cipher::Aes256Cbc, &random)
        .map_err(|e| unavailable(&e))?;
    let headers = outbox::headers(&mail, now)?;
    let mut raw = smime::write_headers(&outbox::borrowed(&headers)).map_err(|e| unavailable(&e))?;
    raw.extend_from_slice(&encrypted);
    // The mail, its place in the outbox and the live eTicket are one deed: what waits in the outbox is on its way.
    let mut card = desk.card(case.card)?;
    let n = usize::from(row.slot) - 1;
    card.tickets[n] = card.tickets[n].go_live(now, now + desk.settings.ticket_life)?;
    case.stage = case.stage.take(Step::Dispatch, &Act { by, at: now })?;
    row.state = LetterState::HandedOver;
    let mailed = desk
        .entry_of(by, Action::LetterMailed, id)
        .officer(rio.id.clone())
        .fact("sha256", sha256(&raw).to_string());
    let live = desk
        .entry_of(by, Action::TicketLive, id)
        .card(card.serial)
        .fact("ticket", i64::from(row.slot));
    let key = desk.key(KeyOwner::Request(id))?;
    let queued = outbox::queue(desk, &key, KeyOwner::Request(id), "letter", &mail, &raw)?;
    let writes = vec![
        Write::Case(case),
        Write::Card(card),
        Write::NewLetter(row),
        queued,
    ];
    Ok(desk.store.commit(now, writes, vec![mailed, live])?)
}
