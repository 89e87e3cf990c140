//! Makes the evidence file of one case.

use super::super::desk::{Desk, Trouble};
use super::{
    MAIL_OPENED, REVOCATION, REVOCATION_AT_DECISION, SIGNED_IDENTIFICATION, checkpoint, enrolled_person,
    entry, mail_of, raw_mail,
};
use crate::domain::officer::EnrolledPerson;
use crate::domain::{OfficerId, RequestId, Sha256};
use crate::journal::evidence::{self as file, Document};
use crate::journal::{
    Action, Actor, Entry, Head, JournalKey, JournalPublicKey, Link, commitment, verify_checkpoint,
};
use crate::ports::store::{Case, Subject};
use crate::seal::{KeyOwner, RequestKey};
use std::collections::BTreeSet;

/// Makes the evidence file of one case: its entries, its documents, and what leads from them to a checkpoint that is signed now.
pub fn collect(desk: &Desk, id: RequestId, key: &JournalKey) -> Result<Vec<u8>, Trouble> {
    desk.case(id)?;
    let note = checkpoint(desk, key, None)?.expect("a case has journal entries");
    collect_under(desk, id, &note, key.public())
}

/// The same under a checkpoint that was signed before: the file tells what was in the journal then, and nothing after it. Of others it
/// holds digests, and the entries in which this case stands beside them.
pub fn collect_under(
    desk: &Desk,
    id: RequestId,
    note: &str,
    key: &JournalPublicKey,
) -> Result<Vec<u8>, Trouble> {
    let broken = |e: crate::journal::JournalError| Trouble::refused("journal", e);
    let case = desk.case(id)?;
    let end = verify_checkpoint(note, key).map_err(broken)?.head.size;
    let about = |subject: &Subject| -> Result<Vec<Entry>, Trouble> {
        let seqs = desk.store.entries_about(subject)?;
        seqs.into_iter()
            .filter(|seq| *seq <= end)
            .map(|seq| entry(desk, seq))
            .collect()
    };
    let own = about(&Subject::Request(id))?;
    let Some(first) = own.first() else {
        return Err(Trouble::refused(
            "after_checkpoint",
            format!(
                "request {id} came after this checkpoint: take a newer one (siegelpost journal checkpoint)"
            ),
        ));
    };
    let officers: BTreeSet<&OfficerId> = own.iter().filter_map(acting_officer).collect();
    let mut also = vec![];
    for officer in officers {
        let kinds = [Action::OfficerAdded, Action::OfficerRemoved];
        let enrolled = about(&Subject::Officer(officer))?.into_iter();
        also.extend(enrolled.filter(|e| kinds.contains(&e.action)));
    }
    let way_of_card = [
        Action::CardPrestaged,
        Action::CardImported,
        Action::CardsDelivered,
        Action::CardsReceived,
    ];
    let of_card = about(&Subject::Card(case.card))?.into_iter();
    also.extend(of_card.filter(|e| way_of_card.contains(&e.action)));

    let start = also.iter().map(|e| e.seq).fold(first.seq, u64::min);
    let before = match start - 1 {
        0 => Head::EMPTY,
        size => Head {
            size,
            hash: hash_at(desk, size)?,
        },
    };
    let links: Vec<Link> = desk.store.journal_part(start, end)?;
    let mut documents = vec![];
    let owner = KeyOwner::Request(id);
    let request_key = desk.key(owner)?;
    for entry in &own {
        for name in entry.commitments.keys() {
            documents.extend(document(desk, &case, &request_key, entry.seq, name)?);
        }
    }
    for entry in &also {
        documents.extend(person(desk, entry)?);
    }
    let parts = file::Case {
        request: id,
        before,
        links: &links,
        also: &also.iter().map(|e| e.seq).collect(),
        checkpoint: note,
        documents: &documents,
    };
    file::build(&parts, key).map_err(|e| Trouble::Damaged(e.to_string()))
}

/// The other requests whose papers came in the mail of this one: a signed mail cannot be shown in part.
pub fn in_the_same_mail(desk: &Desk, id: RequestId) -> Result<Vec<RequestId>, Trouble> {
    let Ok(mail) = mail_of(desk, &desk.case(id)?) else {
        return Ok(vec![]);
    };
    let row = desk.store.mail(mail)?;
    let all = row.map(|row| row.request_ids).unwrap_or_default();
    Ok(all.into_iter().filter(|other| *other != id).collect())
}

fn hash_at(desk: &Desk, seq: u64) -> Result<Sha256, Trouble> {
    let link = desk.store.journal_part(seq, seq)?.pop();
    link.map(|l| l.hash)
        .ok_or_else(|| Trouble::Damaged(format!("journal entry {seq} is missing: restore the store")))
}

/// Whose enrolment the proof of a case rests on: who identified, decided, issued, and helped.
fn acting_officer(entry: &Entry) -> Option<&OfficerId> {
    let acts = matches!(
        entry.action,
        Action::RequestReceived
            | Action::WalkInIdentified
            | Action::RequestApproved
            | Action::RequestRejected
            | Action::IssuingBegun
            | Action::CertificatesIssued
            | Action::CardUnsealed
    );
    match &entry.actor {
        Actor::Officer(id) if acts => Some(id),
        _ => None,
    }
}

/// A document of the case that an entry committed to; `None` when it or its salt is not there any more.
fn document(
    desk: &Desk,
    case: &Case,
    key: &RequestKey,
    seq: u64,
    name: &str,
) -> Result<Option<Document>, Trouble> {
    let owner = KeyOwner::Request(case.request_id);
    let content = match name {
        "mail" => Some(raw_mail(desk, mail_of(desk, case)?)?),
        other => desk.read_document(key, owner, other)?.map(|d| d.to_vec()),
    };
    let salt = desk.read_document(key, owner, &format!("salt {name}"))?;
    let (Some(content), Some(salt)) = (content, salt) else {
        return Ok(None);
    };
    Ok(<[u8; 32]>::try_from(&salt[..]).ok().map(|salt| Document {
        seq,
        name: name.to_owned(),
        media_type: media_type(name).into(),
        salt,
        content,
    }))
}

/// Who was enrolled by an entry.
fn person(desk: &Desk, entry: &Entry) -> Result<Option<Document>, Trouble> {
    let (Some(id), Some(committed)) = (
        &entry.subjects.officer,
        entry.commitments.get(EnrolledPerson::DOCUMENT),
    ) else {
        return Ok(None);
    };
    let enrolments = desk.store.officer(id)?.map(|o| o.enrolments).unwrap_or_default();
    let found = enrolments.iter().find_map(|enrolment| {
        let content = enrolled_person(id, enrolment);
        (commitment(&enrolment.salt, &content) == *committed).then_some((enrolment.salt, content))
    });
    Ok(found.map(|(salt, content)| Document {
        seq: entry.seq,
        name: EnrolledPerson::DOCUMENT.into(),
        media_type: "application/json".into(),
        salt,
        content,
    }))
}

fn media_type(document: &str) -> &'static str {
    match document {
        "mail" | MAIL_OPENED => "message/rfc822",
        "decision" | SIGNED_IDENTIFICATION => "application/pkcs7-mime",
        // PDF, TIFF or pictures, as the scanner made them.
        name if name.starts_with("papers_") => "application/octet-stream",
        // Lists and responses one after another have no type of their own.
        REVOCATION | REVOCATION_AT_DECISION => "application/octet-stream",
        name if name.starts_with("certificate") => "application/pkix-cert",
        _ => "application/json",
    }
}
