//! Evidence: what two people signed is verified again before anything is issued, and one case is proven from one file.

mod checkpoint;
mod collect;
mod examine;
mod issued;
mod people;
mod rules;

pub use checkpoint::{Verified, checkpoint, recorded, verify_journal};
pub use collect::{collect, collect_under, in_the_same_mail};
pub use examine::{Examined, examine};
pub use people::enrolled_person;
pub use rules::Rules;

use super::desk::{Desk, Trouble};
use crate::domain::check::Check;
use crate::domain::decision::{CheckResult, obstacles};
use crate::domain::person::same_person;
use crate::domain::{
    Decision, Delivery, Identification, Officer, OfficerId, Request, RequestId, Role, Sha256, Stage, Verdict,
};
use crate::journal::{Action, Entry};
use crate::pki::signature::sha256;
use crate::pki::{Certificate, Revocation, SigningKey, Trust};
use crate::ports::store::{Case, Subject};
use crate::seal::{KeyOwner, RequestKey};
use crate::smime::{self, DecryptKey, Judgement, Policy, Question, SignWith, Statement, VerifiedData};
use jiff::Timestamp;
use serde::Serialize;

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

    /// Judges a mail that came encrypted, from what it opened to.
    fn judge_opened<'m>(&self, opened: &'m [u8], at: Timestamp) -> Judgement<'m> {
        smime::verify_opened(opened, &self.question(at))
    }

    /// The rules that this judge goes by: kept with what was judged.
    pub fn rules(&self) -> Rules {
        Rules::of(self.policy, self.trust)
    }

    /// Judges a statement of this kind; what stands against it, in one line.
    pub fn judge_statement(
        &self,
        kind: Statement,
        signed: &[u8],
        at: Timestamp,
    ) -> Result<VerifiedData, String> {
        smime::verify_statement(signed, kind, &self.question(at)).map_err(|reasons| {
            let texts: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            texts.join("; ")
        })
    }

    /// What an officer of the office signed.
    fn data(&self, kind: Statement, signed: &[u8], at: Timestamp) -> Result<VerifiedData, Trouble> {
        self.judge_statement(kind, signed, at).map_err(|why| {
            Trouble::refused(
                "decision_void",
                format!("what the officer signed does not verify: {why}"),
            )
        })
    }

    /// The decision under a signature, which must verify at that moment; whose it is, the signer says.
    pub(super) fn decision(&self, signed: &[u8], at: Timestamp) -> Result<(VerifiedData, Decision), Trouble> {
        let data = self.data(Statement::Decision, signed, at)?;
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
    /// What the mail opened to, where it came encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_opened: Option<Sha256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identification: Option<Sha256>,
    reading: Sha256,
    checks: Sha256,
}

impl Bundle {
    fn digest(&self) -> Sha256 {
        sha256(&serde_json_canonicalizer::to_vec(self).expect("a bundle is plain data"))
    }
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
    let opened = desk.read_document(key, owner, MAIL_OPENED)?;
    let bundle = Bundle {
        version: 2,
        request_id: case.request_id,
        digest: case.digest.to_string(),
        mail: (!walked_in).then(|| mail_of(desk, case)).transpose()?,
        mail_opened: opened.map(|o| sha256(&o)),
        identification: walked_in.then(|| of(Identification::DOCUMENT)).transpose()?,
        reading: of("reading")?,
        checks: of("checks")?,
    };
    Ok(bundle.digest())
}

/// The mail that brought the case in, by SHA-256 over its bytes.
pub fn mail_of(desk: &Desk, case: &Case) -> Result<Sha256, Trouble> {
    for seq in desk.store.entries_about(&Subject::Request(case.request_id))? {
        let entry = entry(desk, seq)?;
        if let (Action::RequestReceived, Some(mail)) = (entry.action, entry.subjects.message) {
            return Ok(mail);
        }
    }
    Err(Trouble::Damaged(format!(
        "the mail of request {} is missing: restore the store",
        case.request_id
    )))
}

/// An entry as it stands in the store, its place in the chain not looked at.
fn entry(desk: &Desk, seq: u64) -> Result<Entry, Trouble> {
    let damaged = |why: String| Trouble::Damaged(format!("the journal is damaged at entry {seq}: {why}"));
    let link = desk.store.journal_part(seq, seq)?.pop();
    let link = link.ok_or_else(|| damaged("it is missing".into()))?;
    Entry::from_body(&link.body).map_err(|e| damaged(e.to_string()))
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
pub fn sign_as_officer<T: Serialize>(
    kind: Statement,
    said: &T,
    decider: &Decider,
    at: Timestamp,
) -> Result<Vec<u8>, Trouble> {
    let canonical = serde_json_canonicalizer::to_vec(said).expect("what officers sign is plain data");
    smime::sign_statement(
        &canonical,
        kind,
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
    let data = judge.data(Statement::Identification, &signed, desk.now())?;
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

/// The document with what a mail opened to that came encrypted.
pub const MAIL_OPENED: &str = "mail_opened";
/// The document with the revocation lists and OCSP responses by which the mail was judged, DER one after another.
pub const REVOCATION: &str = "revocation";
/// The document with those of the day of the decision.
pub const REVOCATION_AT_DECISION: &str = "revocation_at_decision";
/// The document with the rules by which the mail was judged.
pub const RULES: &str = "rules";
/// The document with those of the decision.
pub const RULES_AT_DECISION: &str = "rules_at_decision";

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
