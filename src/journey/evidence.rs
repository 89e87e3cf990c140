//! Evidence: what two people signed is verified again before anything is issued, and one case is proven from one file.

use super::desk::{Desk, Trouble};
use crate::domain::check::Check;
use crate::domain::decision::{CheckResult, obstacles};
use crate::domain::person::same_person;
use crate::domain::{
    Decision, Delivery, Identification, Officer, OfficerId, Request, RequestId, Role, Sha256, Stage, Verdict,
};
use crate::journal::evidence::{self as file, EvidenceReport};
use crate::journal::{Entry, Head, JournalKey, JournalPublicKey, Link};
use crate::pki::signature::sha256;
use crate::pki::{Certificate, Revocation, SigningKey, Trust};
use crate::ports::store::{Case, Write};
use crate::seal::{KeyOwner, RequestKey};
use crate::smime::{self, DecryptKey, Judgement, Policy, Question, SignWith, VerifiedData};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// What signatures are judged by: anchors, revocation lists, rules, and the office's keys for mail that is encrypted to it.
pub struct Judge<'a> {
    pub trust: &'a Trust,
    pub policy: &'a Policy,
    pub keys: &'a [&'a dyn DecryptKey],
}

impl Judge<'_> {
    /// Judges a mail at a moment.
    pub fn judge<'m>(&self, raw: &'m [u8], at: Timestamp) -> Judgement<'m> {
        smime::verify(raw, &self.question(at))
    }

    /// Judges a mail that came in at `arrived`: its own times must agree with that.
    pub fn judge_arrival<'m>(&self, raw: &'m [u8], at: Timestamp, arrived: Timestamp) -> Judgement<'m> {
        let question = Question {
            arrived: Some(arrived),
            ..self.question(at)
        };
        smime::verify(raw, &question)
    }

    /// Revocation must be known: missing or stale lists hold a mail.
    fn question(&self, at: Timestamp) -> Question<'_> {
        Question {
            trust: self.trust,
            at,
            arrived: None,
            revocation: Revocation::Required,
            policy: self.policy,
            keys: self.keys,
        }
    }

    /// The revocation lists and OCSP responses that this judge goes by, DER one after another: kept with what was judged, because
    /// those of another day say nothing about this one.
    pub fn revocation_lists(&self) -> Vec<u8> {
        self.trust.revocation_data()
    }

    /// Judges signed data; what stands against them, in one line.
    pub fn judge_data(&self, signed: &[u8], at: Timestamp) -> Result<VerifiedData, String> {
        smime::verify_data(signed, &self.question(at)).map_err(|reasons| {
            let texts: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            texts.join("; ")
        })
    }

    /// What an officer of the office signed.
    fn data(&self, signed: &[u8], at: Timestamp) -> Result<VerifiedData, Trouble> {
        self.judge_data(signed, at).map_err(|why| {
            Trouble::refused(
                "decision_void",
                format!("what the officer signed does not verify: {why}"),
            )
        })
    }

    /// The decision under a signature, which must verify at that moment; whose it is, the signer says.
    pub(super) fn decision(&self, signed: &[u8], at: Timestamp) -> Result<(VerifiedData, Decision), Trouble> {
        let data = self.data(signed, at)?;
        let decision = serde_json::from_slice(data.content()).map_err(|e| {
            Trouble::refused(
                "decision_void",
                format!("the signed decision cannot be read: {e}"),
            )
        })?;
        Ok((data, decision))
    }
}

/// The officer at the desk: the account, and the key and certificates that sign the decision.
pub struct Decider<'a> {
    pub id: &'a OfficerId,
    pub key: &'a dyn SigningKey,
    /// The officer's certificate first, then those above it.
    pub certificates: &'a [Certificate],
}

/// What a decision is about, by its hashes; canonical JSON of this is what the decision's `evidence` digests. A request came by a
/// mail, or its holder walked in and was identified.
#[derive(Serialize)]
struct Bundle {
    version: u8,
    request_id: RequestId,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<Sha256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identification: Option<Sha256>,
    reading: Sha256,
    checks: Sha256,
}

/// The digest of all that lies before the officer.
pub fn digest_of(desk: &Desk, key: &RequestKey, case: &Case) -> Result<Sha256, Trouble> {
    let owner = KeyOwner::Request(case.request_id);
    let of = |kind: &str| -> Result<Sha256, Trouble> {
        let plain = desk.read_document(key, owner, kind)?;
        plain.map(|p| sha256(&p)).ok_or_else(|| {
            Trouble::Damaged(format!(
                "the {kind} of request {} is missing: restore the store",
                case.request_id
            ))
        })
    };
    let walked_in = case.stage.is_walk_in();
    let bundle = Bundle {
        version: 1,
        request_id: case.request_id,
        digest: case.digest.to_string(),
        mail: (!walked_in).then(|| mail_of(desk, case)).transpose()?,
        identification: walked_in.then(|| of(Identification::DOCUMENT)).transpose()?,
        reading: of("reading")?,
        checks: of("checks")?,
    };
    let canonical = serde_json_canonicalizer::to_vec(&bundle).expect("a bundle is plain data");
    Ok(sha256(&canonical))
}

/// The mail that brought the case in.
fn mail_of(desk: &Desk, case: &Case) -> Result<Sha256, Trouble> {
    let found = desk
        .store
        .mails()?
        .into_iter()
        .find(|m| m.request_ids.contains(&case.request_id));
    found.map(|m| m.sha256).ok_or_else(|| {
        Trouble::Damaged(format!(
            "the mail of request {} is missing: restore the store",
            case.request_id
        ))
    })
}

/// The original bytes of a mail.
pub fn raw_mail(desk: &Desk, sha: Sha256) -> Result<Vec<u8>, Trouble> {
    let missing = || Trouble::Damaged(format!("mail {sha} is missing: restore the store"));
    let row = desk.store.mail(sha)?.ok_or_else(missing)?;
    let sealed = desk.blobs.get(row.blob)?;
    let raw = desk.key(KeyOwner::Message(sha))?.decrypt("mail", &sealed)?;
    if sha256(&raw) == sha {
        Ok(raw.to_vec())
    } else {
        Err(missing())
    }
}

/// Signs a decision, or an identification, as the officer: its canonical JSON (RFC 8785).
pub fn sign_as_officer<T: Serialize>(said: &T, decider: &Decider, at: Timestamp) -> Result<Vec<u8>, Trouble> {
    let canonical = serde_json_canonicalizer::to_vec(said).expect("what officers sign is plain data");
    smime::sign_data(
        &canonical,
        SignWith {
            chain: decider.certificates,
            key: decider.key,
            at,
        },
    )
    .map_err(|e| Trouble::Unavailable(format!("the signature could not be made: {e}")))
}

/// What brought the case in must count now as it did then: the RIO's mail, or the identification at a walk-in.
pub fn origin_still_counts(desk: &Desk, judge: &Judge, case: &Case) -> Result<(), Trouble> {
    if case.stage.is_walk_in() {
        identification_still_counts(desk, judge, case)
    } else {
        mail_still_counts(desk, judge, case)
    }
}

/// The papers of somebody who walked in are those of the identification, and the LRAO who made it is enrolled. Where the office asks
/// for a second officer, the first one's signature is under it.
fn identification_still_counts(desk: &Desk, judge: &Judge, case: &Case) -> Result<(), Trouble> {
    let owner = KeyOwner::Request(case.request_id);
    let key = desk.key(owner)?;
    let void = |why: &str| {
        Err(Trouble::refused(
            "identification_void",
            format!("the identification does not count: {why}"),
        ))
    };
    let request: Request = desk.read_json(&key, owner, "request")?;
    if request.data.delivery != Delivery::InPerson {
        return void("the request is not one of a walk-in");
    }
    let identification: Identification = desk.read_json(&key, owner, Identification::DOCUMENT)?;
    for (n, expected) in (1..).zip(&identification.papers) {
        let kept = desk.read_document(&key, owner, &papers_name(n))?;
        if kept.is_none_or(|scan| sha256(&scan) != *expected) {
            return void("the papers on file are not those that it was made with");
        }
    }
    if identification.papers.is_empty() {
        return void("no signed papers are with it");
    }
    let lrao = desk.officer(&identification.by, Role::Lrao)?;
    if same_person(&lrao.person, &request.data.person.identity()) {
        return void("the LRAO who made it is the holder");
    }
    if !desk.settings.walk_in_second_officer {
        return Ok(());
    }
    let Some(signed) = desk.read_document(&key, owner, SIGNED_IDENTIFICATION)? else {
        return void("the office asks for a second officer, and the first one's signature is missing");
    };
    let data = judge.data(&signed, desk.now())?;
    let signer = desk.store.officer_of_certificate(data.signer().fingerprint())?;
    let content = serde_json_canonicalizer::to_vec(&identification).expect("plain data");
    if signer.is_none_or(|s| s.id != lrao.id) || data.content() != content {
        return void("the signature under it is another officer's, or for something else");
    }
    Ok(())
}

/// The document with the `n`th scan of the papers of somebody who walked in, counted from 1.
pub fn papers_name(n: usize) -> String {
    format!("papers_{n}")
}

/// The document with the identification, signed by the LRAO who made it, where the office asks for a second officer.
pub const SIGNED_IDENTIFICATION: &str = "identification_signed";

/// The RIO's mail must count now as it did when it came in: valid, unrevoked, and of an officer who is still enrolled.
fn mail_still_counts(desk: &Desk, judge: &Judge, case: &Case) -> Result<(), Trouble> {
    let sha = mail_of(desk, case)?;
    let raw = raw_mail(desk, sha)?;
    let verified = judge.judge(&raw, desk.now()).into_verified().map_err(|reasons| {
        let why = reasons
            .iter()
            .map(|r| r.to_string())
            .collect::<Vec<_>>()
            .join("; ");
        Trouble::refused(
            "mail_void",
            format!(
                "the RIO's mail does not count any more: {why}. If that stays so: {}",
                way_out(case)
            ),
        )
    })?;
    let rio = desk
        .store
        .officer_of_certificate(verified.signer().fingerprint())?;
    match rio {
        Some(rio) if rio.may_act_as(Role::Rio) && case.stage.rio() == Some(&rio.id) => Ok(()),
        _ => Err(Trouble::refused(
            "mail_void",
            format!(
                "the RIO who signed the mail is not enrolled any more: {}",
                way_out(case)
            ),
        )),
    }
}

/// How a request ends whose mail does not count any more.
fn way_out(case: &Case) -> String {
    let id = case.request_id;
    match case.stage {
        Stage::Approved { .. } => format!("siegelpost request withdraw {id} takes it back"),
        Stage::Issuing { .. } => format!("siegelpost issue {id} --give-up REASON ends it"),
        _ => format!("siegelpost review reject {id} --reason REASON"),
    }
}

/// Before anything is issued: the RIO's mail, or the identification, and the LRAO's decision, verified anew from what was kept.
pub fn verify_again(desk: &Desk, judge: &Judge, case: &Case) -> Result<(), Trouble> {
    origin_still_counts(desk, judge, case)?;
    let owner = KeyOwner::Request(case.request_id);
    let key = desk.key(owner)?;
    let signed = desk.read_document(&key, owner, "decision")?.ok_or_else(|| {
        Trouble::refused(
            "too_early",
            "the request is not approved: siegelpost review approve comes first",
        )
    })?;
    let (data, decision) = judge.decision(&signed, desk.now())?;
    let signer = desk.store.officer_of_certificate(data.signer().fingerprint())?;
    let void = |why: &str| {
        Err(Trouble::refused(
            "decision_void",
            format!("the decision does not carry the issue: {why}"),
        ))
    };
    if decision.request_id != case.request_id {
        return void("it is about another request");
    }
    if decision.verdict != Verdict::Approve {
        return void("it rejects the request");
    }
    match &signer {
        Some(officer)
            if officer.may_act_as(Role::Lrao)
                && officer.id == decision.by
                && case.stage.lrao() == Some(&officer.id) => {}
        _ => return void("its signer is not the LRAO who decided, or no longer enrolled"),
    }
    let lrao = match &signer {
        Some(officer) => officer,
        None => return void("its signer is not the LRAO who decided, or no longer enrolled"),
    };
    // Persons, not accounts: one person may have two.
    match first_officer(desk, &key, case)? {
        Some(first) if first.id != lrao.id && !same_person(&first.person, &lrao.person) => {}
        None if case.stage.is_walk_in() => {}
        _ => return void("the officer who identified the holder and the LRAO who decided are one person"),
    }
    if decision.evidence != digest_of(desk, &key, case)? {
        return void("mail, reading or checks are not those that were decided on");
    }
    let checks: Vec<Check> = desk.read_json(&key, owner, "checks")?;
    let same = |(kept, decided): (&Check, &CheckResult)| {
        kept.code == decided.code && kept.outcome == decided.outcome
    };
    if checks.len() != decision.checks.len() || !checks.iter().zip(&decision.checks).all(same) {
        return void("it names other checks than those on file");
    }
    if let Some(open) = obstacles(&decision.checks).first() {
        return void(&open.to_string());
    }
    // The certificates name what stands in the request: it must be the one whose digest was decided on.
    let request: Request = desk.read_json(&key, owner, "request")?;
    if request.digest() != case.digest
        || request.request_id != case.request_id
        || request.data.card_serial != case.card
    {
        return void("the request on file is not the one that was decided on");
    }
    let holder = request.data.person.identity();
    if same_person(&lrao.person, &holder) {
        return void("the LRAO who decided is the holder");
    }
    Ok(())
}

/// The officer who identified the holder and may not decide as well: the RIO. At a walk-in the LRAO and the holder are the two, and
/// there is none, unless the office asks for a second officer.
pub fn first_officer(desk: &Desk, key: &RequestKey, case: &Case) -> Result<Option<Officer>, Trouble> {
    let id = if !case.stage.is_walk_in() {
        case.stage.rio().cloned()
    } else if desk.settings.walk_in_second_officer {
        let owner = KeyOwner::Request(case.request_id);
        let identification: Identification = desk.read_json(key, owner, Identification::DOCUMENT)?;
        Some(identification.by)
    } else {
        None
    };
    Ok(id.map(|id| desk.store.officer(&id)).transpose()?.flatten())
}

/// Signs where the journal stands, when it has moved since the last checkpoint. Returns the newest checkpoint.
pub fn checkpoint(desk: &Desk, key: &JournalKey) -> Result<Option<String>, Trouble> {
    let head = desk.store.journal_head()?;
    if head.size == 0 {
        return Ok(None);
    }
    let newest = desk.store.checkpoints()?.pop();
    if let Some(note) = &newest
        && crate::journal::verify_checkpoint(note, key.public()).is_ok_and(|c| c.head == head)
    {
        return Ok(newest);
    }
    let note = key.checkpoint(head);
    desk.store.commit(
        desk.now(),
        vec![Write::Checkpoint {
            seq: head.size,
            note: note.clone(),
        }],
        vec![],
    )?;
    Ok(Some(note))
}

/// Makes the evidence file of one case: its entries, its documents, and what leads from them to a signed checkpoint.
pub fn collect(desk: &Desk, id: RequestId, key: &JournalKey) -> Result<Vec<u8>, Trouble> {
    let case = desk.case(id)?;
    let owner = KeyOwner::Request(id);
    let request_key = desk.key(owner)?;
    let checkpoint = checkpoint(desk, key)?.expect("a case has journal entries");
    let links = desk.store.journal(1)?;
    let entries = links
        .iter()
        .map(|l| {
            Entry::from_body(&l.body).map_err(|e| Trouble::Damaged(format!("the journal is damaged: {e}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let about = |e: &Entry| e.subjects.requests.contains_key(&id);
    let first = entries.iter().position(about).unwrap_or(0);
    // The card's way to its site and the enrolment of the officers are shown from where the file starts.
    let also: BTreeSet<u64> = entries
        .iter()
        .filter(|e| e.subjects.cards.contains(&case.card) || e.subjects.officer.is_some() && !about(e))
        .filter(|e| e.subjects.requests.is_empty())
        .map(|e| e.seq)
        .collect();
    let start = also.first().map_or(first, |seq| first.min(*seq as usize - 1));
    let before = match start {
        0 => Head::EMPTY,
        n => Head {
            size: n as u64,
            hash: links[n - 1].hash,
        },
    };
    let mut documents = vec![];
    for entry in entries.iter().filter(|e| about(e)) {
        for name in entry.commitments.keys() {
            let content = match name.as_str() {
                "mail" => Some(raw_mail(desk, mail_of(desk, &case)?)?),
                other => desk
                    .read_document(&request_key, owner, other)?
                    .map(|d| d.to_vec()),
            };
            let salt = desk.read_document(&request_key, owner, &format!("salt {name}"))?;
            let (Some(content), Some(salt)) = (content, salt) else {
                continue;
            };
            let Ok(salt) = <[u8; 32]>::try_from(&salt[..]) else {
                continue;
            };
            documents.push(file::Document {
                seq: entry.seq,
                name: name.clone(),
                media_type: media_type(name).into(),
                salt,
                content,
            });
        }
    }
    let links: Vec<Link> = links.into_iter().skip(start).collect();
    let parts = file::Case {
        request: id,
        before,
        links: &links,
        also: &also,
        checkpoint: &checkpoint,
        documents: &documents,
    };
    file::build(&parts, key.public()).map_err(|e| Trouble::Damaged(e.to_string()))
}

/// The document with the revocation lists and OCSP responses by which the mail was judged, DER one after another.
pub const REVOCATION: &str = "revocation";
/// The document with those of the day of the decision.
pub const REVOCATION_AT_DECISION: &str = "revocation_at_decision";

fn media_type(document: &str) -> &'static str {
    match document {
        "mail" => "message/rfc822",
        "decision" | SIGNED_IDENTIFICATION => "application/pkcs7-mime",
        // PDF, TIFF or pictures, as the scanner made them.
        name if name.starts_with("papers_") => "application/octet-stream",
        // Lists and responses one after another have no type of their own.
        REVOCATION | REVOCATION_AT_DECISION => "application/octet-stream",
        name if name.starts_with("certificate") => "application/pkix-cert",
        _ => "application/json",
    }
}

/// What an evidence file proves, the signatures in its documents included.
pub struct Examined {
    pub report: EvidenceReport,
    /// One line a fact.
    pub facts: Vec<String>,
    /// What does not hold; empty when the file proves its case.
    pub defects: Vec<String>,
}

/// Examines an evidence file with nothing but the journal's public key and the anchors: no store, no office. The revocation lists
/// and OCSP responses of the days in question are in the file; each is as good as its CA's signature.
pub fn examine(evidence: &[u8], key: &JournalPublicKey, judge: &Judge) -> Result<Examined, Trouble> {
    let report = file::verify(evidence, key).map_err(|e| Trouble::refused("evidence", e))?;
    let mut facts = vec![
        format!(
            "the checkpoint over {} entries is signed by {}",
            report.checkpoint.head.size,
            key.name()
        ),
        format!(
            "{} entries are shown, {} stand between as digests",
            report.entries.len(),
            report.not_shown
        ),
        format!(
            "{} documents are those that the entries committed to",
            report.documents.len()
        ),
    ];
    let mut defects = vec![];
    let mut trust = judge.trust.clone();
    for document in report
        .named(REVOCATION)
        .chain(report.named(REVOCATION_AT_DECISION))
    {
        if let Err(e) = trust.add_revocation_data(&document.content) {
            defects.push(format!("the revocation data of entry {}: {e}", document.seq));
        }
    }
    let judge = Judge {
        trust: &trust,
        ..*judge
    };
    let at = |seq: u64| report.entries.iter().find(|e| e.seq == seq).map(|e| e.at);
    for document in report.named("mail") {
        let Some(at) = at(document.seq) else { continue };
        match judge.judge(&document.content, at).into_verified() {
            Ok(mail) => facts.push(format!(
                "the RIO's mail of {at} is signed by {}",
                mail.signer().subject()
            )),
            Err(reasons) => defects.extend(reasons.iter().map(|r| format!("the RIO's mail: {r}"))),
        }
    }
    for document in report.named("decision") {
        let Some(at) = at(document.seq) else { continue };
        match judge.decision(&document.content, at) {
            Ok((data, decision)) if decision.request_id == report.request => facts.push(format!(
                "the decision of {} ({}) is signed by {}",
                decision.at,
                match decision.verdict {
                    Verdict::Approve => "approve",
                    Verdict::Reject { .. } => "reject",
                },
                data.signer().subject()
            )),
            Ok(_) => defects.push("the decision is about another request".into()),
            Err(e) => defects.push(e.to_string()),
        }
    }
    for document in report.named(Identification::DOCUMENT) {
        match serde_json::from_slice::<Identification>(&document.content) {
            Ok(identification) => {
                let shown: Vec<Sha256> = report
                    .documents
                    .iter()
                    .filter(|d| d.seq == document.seq && d.name.starts_with("papers_"))
                    .map(|d| sha256(&d.content))
                    .collect();
                let all = !shown.is_empty() && identification.papers.iter().all(|p| shown.contains(p));
                if all && shown.len() == identification.papers.len() {
                    facts.push(format!(
                        "the holder walked in and was identified by {} at {}; the signed papers are in the file",
                        identification.by, identification.at
                    ));
                } else {
                    defects.push("the papers are not those of the identification".into());
                }
            }
            Err(e) => defects.push(format!("the identification cannot be read: {e}")),
        }
    }
    for document in report.named(SIGNED_IDENTIFICATION) {
        let Some(at) = at(document.seq) else { continue };
        match judge.data(&document.content, at) {
            Ok(data) => facts.push(format!(
                "the identification is signed by {}",
                data.signer().subject()
            )),
            Err(e) => defects.push(e.to_string()),
        }
    }
    for (seq, name) in &report.without_document {
        defects.push(format!(
            "entry {seq} commits to ‘{name}’, which is not in the file"
        ));
    }
    Ok(Examined {
        report,
        facts,
        defects,
    })
}
