//! Examines an evidence file: each of its documents is held against the entries, and against each other.

use super::super::desk::Trouble;
use super::people::{Enrolled, Part, text};
use super::{
    Bundle, Judge, MAIL_OPENED, REVOCATION, REVOCATION_AT_DECISION, RULES, RULES_AT_DECISION, Rules,
    SIGNED_IDENTIFICATION,
};
use crate::domain::check::Check;
use crate::domain::decision::obstacles;
use crate::domain::person::same_person;
use crate::domain::{Decision, Identification, Request, Role, Sha256, Verdict};
use crate::journal::evidence::{self as file, Document, EvidenceReport};
use crate::journal::{Action, Entry, Fact, JournalPublicKey};
use crate::pki::Trust;
use crate::pki::signature::sha256;
use crate::smime::{Policy, Statement};
use serde::de::DeserializeOwned;

/// What an evidence file proves, the signatures in its documents included.
pub struct Examined {
    pub report: EvidenceReport,
    /// One line a fact.
    pub facts: Vec<String>,
    /// What the office took beyond the strict rule; each is in the journal's commitments, and none is hidden.
    pub loosened: Vec<String>,
    /// What does not hold; empty when the file proves its case.
    pub defects: Vec<String>,
}

/// Examines an evidence file with nothing but the journal's public key and the anchors: no store, no office. The revocation lists
/// and OCSP responses of the days in question are in the file, and so are the rules by which the office judged; each list is as good
/// as its CA's signature. A case is proven when it shows where the request came from (a RIO's mail, or the identification at a
/// walk-in) and how it was decided, when each signature is by the certificate of an officer who was enrolled for that part, when they
/// and the holder are different people, and when what was decided is what lay there and what followed.
pub fn examine(evidence: &[u8], key: &JournalPublicKey, judge: &Judge) -> Result<Examined, Trouble> {
    let report = file::verify(evidence, key).map_err(|e| Trouble::refused("evidence", e))?;
    let facts = vec![
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
    let mut examiner = Examiner {
        report: &report,
        judge,
        trust: judge.trust.clone(),
        facts,
        loosened: vec![],
        defects: vec![],
    };
    examiner.case();
    let Examiner {
        facts,
        loosened,
        defects,
        ..
    } = examiner;
    Ok(Examined {
        report,
        facts,
        loosened,
        defects,
    })
}

/// Goes through a file, and writes down what holds and what does not.
pub(super) struct Examiner<'a> {
    pub report: &'a EvidenceReport,
    judge: &'a Judge<'a>,
    /// The anchors, with the revocation data of the file.
    trust: Trust,
    facts: Vec<String>,
    loosened: Vec<String>,
    defects: Vec<String>,
}

impl<'a> Examiner<'a> {
    /// Says once what does not hold.
    pub(super) fn fail(&mut self, defect: impl Into<String>) {
        let defect = defect.into();
        if !self.defects.contains(&defect) {
            self.defects.push(defect);
        }
    }

    pub(super) fn fact(&mut self, fact: impl Into<String>) {
        self.facts.push(fact.into());
    }

    pub(super) fn anchors(&self) -> &'a Trust {
        self.judge.trust
    }

    /// The entries about the request that say one of these things.
    pub(super) fn entries(&self, actions: &[Action]) -> Vec<&'a Entry> {
        let about = |e: &&Entry| e.subjects.requests.contains_key(&self.report.request);
        let all = self.report.entries.iter().filter(about);
        all.filter(|e| actions.contains(&e.action)).collect()
    }

    /// The one entry that says one of these things; that there are several is a defect.
    pub(super) fn only(&mut self, actions: &[Action]) -> Option<&'a Entry> {
        let found = self.entries(actions);
        if let [first, second, ..] = found[..] {
            self.fail(format!(
                "entries {} and {} say twice what is done once ({})",
                first.seq, second.seq, second.action
            ));
        }
        found.first().copied()
    }

    /// A document of an entry.
    pub(super) fn document(&self, entry: &Entry, name: &str) -> Option<&'a Document> {
        let found = |d: &&Document| d.seq == entry.seq && d.name == name;
        self.report.documents.iter().find(found)
    }

    /// One that must be there.
    fn wanted(&mut self, entry: &Entry, name: &str) -> Option<&'a Document> {
        let found = self.document(entry, name);
        // One that is committed to and is not there is told at the end.
        if found.is_none() && !entry.commitments.contains_key(name) {
            self.fail(format!(
                "entry {} ({}) commits to no ‘{name}’",
                entry.seq, entry.action
            ));
        }
        found
    }

    /// One that must be there, read.
    pub(super) fn json<T: DeserializeOwned>(&mut self, entry: &Entry, name: &str) -> Option<T> {
        let document = self.wanted(entry, name)?;
        match serde_json::from_slice(&document.content) {
            Ok(value) => Some(value),
            Err(e) => {
                self.fail(format!("the ‘{name}’ of entry {} cannot be read: {e}", entry.seq));
                None
            }
        }
    }

    /// The knobs and the trust by which something was judged when an entry was written.
    fn rules(&mut self, entry: &Entry, name: &str) -> (Policy, Trust) {
        let mut trust = self.trust.clone();
        let Some(document) = self.wanted(entry, name) else {
            return (Policy::default(), trust);
        };
        let read =
            Rules::read(&document.content).and_then(|rules| Ok((rules.certificate_policies()?, rules)));
        match read {
            Ok((policies, rules)) => {
                trust.policies = policies;
                for knob in rules.signatures.loosened() {
                    let line = format!("{knob} (entry {})", entry.seq);
                    if !self.loosened.contains(&line) {
                        self.loosened.push(line);
                    }
                }
                (rules.signatures, trust)
            }
            Err(why) => {
                self.fail(format!(
                    "the ‘{name}’ of entry {} cannot be read: {why}",
                    entry.seq
                ));
                (Policy::default(), trust)
            }
        }
    }

    fn case(&mut self) {
        for document in self
            .report
            .named(REVOCATION)
            .chain(self.report.named(REVOCATION_AT_DECISION))
        {
            if let Err(e) = self.trust.add_revocation_data(&document.content) {
                self.fail(format!("the revocation data of entry {}: {e}", document.seq));
            }
        }
        let origin = self.only(&[Action::RequestReceived, Action::WalkInIdentified]);
        if origin.is_none() {
            self.fail("the file shows neither a mail nor an identification: where the request came from is not proven");
        }
        let request = origin.and_then(|entry| self.request(entry));
        let first = origin.and_then(|entry| match entry.action {
            Action::RequestReceived => self.mail(entry),
            _ => self.identification(entry, request.as_ref()),
        });
        let decided = self.only(&[Action::RequestApproved, Action::RequestRejected]);
        if decided.is_none() {
            self.fail("the file shows no decision: that anybody decided this case is not proven");
        }
        let lrao = decided.and_then(|entry| self.decision(entry, origin, request.as_ref()));
        self.issued(decided, request.as_ref());
        let opened = self.only(&[Action::CardUnsealed]);
        self.four_people(origin, first.as_ref(), lrao.as_ref(), opened, request.as_ref());
        for (seq, name) in &self.report.without_document {
            self.fail(format!(
                "entry {seq} commits to ‘{name}’, which is not in the file"
            ));
        }
    }

    /// The request, which must be the one that the entries are about.
    fn request(&mut self, origin: &Entry) -> Option<Request> {
        let request: Request = self.json(origin, "request")?;
        if request.request_id != self.report.request {
            self.fail("the request in the file is another than the one of the case");
        }
        let serial = request.data.card_serial;
        let of_case = [
            Action::RequestDrafted,
            Action::RequestReceived,
            Action::WalkInIdentified,
        ];
        for entry in self.entries(&of_case) {
            if !entry.subjects.cards.contains(&serial) {
                self.fail(format!(
                    "entry {} is about another card than the request",
                    entry.seq
                ));
            }
            if text(entry, "digest").is_some_and(|digest| digest != request.digest().to_string()) {
                self.fail(format!(
                    "the request is not the one that entry {} drafted",
                    entry.seq
                ));
            }
        }
        Some(request)
    }

    /// The RIO's mail; who sent it.
    fn mail(&mut self, entry: &'a Entry) -> Option<Enrolled<'a>> {
        let rio = self.enrolled(entry, &[Role::Rio]);
        let (policy, trust) = self.rules(entry, RULES);
        let mail = self.wanted(entry, "mail")?;
        if entry.subjects.message != Some(sha256(&mail.content)) {
            self.fail(format!(
                "the mail is not the one that entry {} is about",
                entry.seq
            ));
        }
        let judge = Judge {
            trust: &trust,
            policy: &policy,
            ..*self.judge
        };
        let (judged, came) = match self.document(entry, MAIL_OPENED) {
            Some(opened) => (
                judge.judge_opened(&opened.content, entry.at),
                " (it came encrypted, and was opened by the office)",
            ),
            None => (judge.judge(&mail.content, entry.at), ""),
        };
        match judged.into_verified() {
            Ok(mail) => {
                self.fact(format!(
                    "the RIO's mail of {} is signed by {}{came}",
                    entry.at,
                    mail.signer().subject()
                ));
                if let Some(rio) = &rio {
                    self.signed_by(rio, mail.signer().fingerprint(), "the mail");
                }
            }
            Err(reasons) => reasons
                .iter()
                .for_each(|r| self.fail(format!("the RIO's mail: {r}"))),
        }
        rio
    }

    /// The identification at a walk-in; who made it.
    fn identification(&mut self, entry: &'a Entry, request: Option<&Request>) -> Option<Enrolled<'a>> {
        let officer = self.enrolled(entry, &[Role::Lrao]);
        let said: Identification = self.json(entry, Identification::DOCUMENT)?;
        let papers: Vec<Sha256> = self
            .report
            .documents
            .iter()
            .filter(|d| d.seq == entry.seq && d.name.starts_with("papers_"))
            .map(|d| sha256(&d.content))
            .collect();
        if papers.is_empty() || papers != said.papers {
            self.fail("the papers are not those of the identification");
        }
        if officer.as_ref().is_some_and(|o| *o.id != said.by) {
            self.fail(format!(
                "the identification is {}'s, and entry {} is not",
                said.by, entry.seq
            ));
        }
        if request.is_some_and(|r| !same_person(&r.data.person.identity(), &said.document.person)) {
            self.fail("the travel document of the identification is another person's than the request");
        }
        self.fact(format!(
            "the holder walked in and was identified by {} at {}; the signed papers are in the file",
            said.by, said.at
        ));
        if let Some(signed) = self.document(entry, SIGNED_IDENTIFICATION) {
            // Signed for the sake of the decision, and judged as that was.
            let decided = self.entries(&[Action::RequestApproved, Action::RequestRejected]);
            let (policy, trust) = match decided.first() {
                Some(decided) => self.rules(decided, RULES_AT_DECISION),
                None => (Policy::default(), self.trust.clone()),
            };
            let judge = Judge {
                trust: &trust,
                policy: &policy,
                ..*self.judge
            };
            match judge.data(Statement::Identification, &signed.content, entry.at) {
                Ok(data) => {
                    let subject = data.signer().subject();
                    self.fact(format!("the identification is signed by {subject}"));
                    if let Some(officer) = &officer {
                        self.signed_by(officer, data.signer().fingerprint(), "the identification");
                    }
                    let content = serde_json_canonicalizer::to_vec(&said).expect("plain data");
                    if data.content() != content {
                        self.fail("what is signed is another identification than the one in the file");
                    }
                }
                Err(e) => self.fail(e.to_string()),
            }
        }
        officer
    }

    /// The decision; who made it.
    fn decision(
        &mut self,
        entry: &'a Entry,
        origin: Option<&Entry>,
        request: Option<&Request>,
    ) -> Option<Enrolled<'a>> {
        let lrao = self.enrolled(entry, &[Role::Lrao]);
        let (policy, trust) = self.rules(entry, RULES_AT_DECISION);
        let signed = self.wanted(entry, "decision")?;
        let judge = Judge {
            trust: &trust,
            policy: &policy,
            ..*self.judge
        };
        let (data, decision) = match judge.decision(&signed.content, entry.at) {
            Ok(read) => read,
            Err(e) => {
                self.fail(e.to_string());
                return lrao;
            }
        };
        let verdict = match decision.verdict {
            Verdict::Approve => "approve",
            Verdict::Reject { .. } => "reject",
        };
        self.fact(format!(
            "the decision of {} ({verdict}) is signed by {}",
            decision.at,
            data.signer().subject()
        ));
        if let Some(lrao) = &lrao {
            self.signed_by(lrao, data.signer().fingerprint(), "the decision");
            if decision.by != *lrao.id {
                self.fail(format!(
                    "the decision says that {} made it, and entry {} that {} did",
                    decision.by, entry.seq, lrao.id
                ));
            }
        }
        self.held_against(entry, &decision, origin, request);
        lrao
    }

    /// A decision is about this case as it lay there, and its entry says the same.
    fn held_against(
        &mut self,
        entry: &Entry,
        decision: &Decision,
        origin: Option<&Entry>,
        request: Option<&Request>,
    ) {
        if decision.request_id != self.report.request {
            self.fail("the decision is about another request");
        }
        let action = match decision.verdict {
            Verdict::Approve => Action::RequestApproved,
            Verdict::Reject { .. } => Action::RequestRejected,
        };
        if action != entry.action {
            self.fail(format!(
                "the verdict is not what the journal says: entry {} is {}, and the decision says {action}",
                entry.seq, entry.action
            ));
        }
        if decision.at != entry.at {
            self.fail(format!(
                "the decision was signed for another moment than that of entry {}",
                entry.seq
            ));
        }
        if decision.verdict == Verdict::Approve {
            obstacles(&decision.checks)
                .iter()
                .for_each(|open| self.fail(format!("the decision approves what cannot be approved: {open}")));
        }
        let Some(origin) = origin else { return };
        let seen = self.report.seq_of(decision.journal_head);
        if !seen.is_some_and(|seen| (origin.seq..entry.seq).contains(&seen)) {
            self.fail(
                "the decision was not made on the journal as it stood between the request and the decision",
            );
        }
        if let Some(checks) = self.json::<Vec<Check>>(origin, "checks") {
            let decided = decision.checks.iter().map(|c| (c.code, c.outcome));
            if !checks.iter().map(|c| (c.code, c.outcome)).eq(decided) {
                self.fail("the decision names other checks than those of the case");
            }
        }
        let hash = |name: &str| self.document(origin, name).map(|d| sha256(&d.content));
        let (Some(request), Some(reading), Some(checks)) = (request, hash("reading"), hash("checks")) else {
            self.fail("what the decision rests on is not in the file");
            return;
        };
        let lay_there = Bundle {
            version: 2,
            request_id: request.request_id,
            digest: request.digest().to_string(),
            mail: hash("mail"),
            mail_opened: hash(MAIL_OPENED),
            identification: hash(Identification::DOCUMENT),
            reading,
            checks,
        };
        if lay_there.digest() != decision.evidence {
            self.fail("mail, reading or checks are not those that were decided on");
        }
    }

    /// RIO, LRAO, holder and helper are four people; at a walk-in the LRAO and the holder are the two.
    fn four_people(
        &mut self,
        origin: Option<&Entry>,
        first: Option<&Enrolled<'a>>,
        lrao: Option<&Enrolled<'a>>,
        opened: Option<&'a Entry>,
        request: Option<&Request>,
    ) {
        let before = self.defects.len();
        let walked_in = origin.is_some_and(|e| e.action == Action::WalkInIdentified);
        let role = if walked_in { Role::Lrao } else { Role::Helper };
        let helper = opened.and_then(|entry| self.enrolled(entry, &[role]));
        let name = if walked_in {
            "who identified the holder"
        } else {
            "the RIO"
        };
        let (first, lrao) = (Part::of(name, first), Part::of("the LRAO who decided", lrao));
        let helper = Part::of("the helper", helper.as_ref());
        let holder = Part {
            name: "the holder",
            id: None,
            person: request.map(|r| r.data.person.identity()),
        };
        for officer in [&first, &lrao, &helper] {
            self.two_people(officer, &holder);
        }
        let two_officers = origin.is_some_and(|e| self.document(e, SIGNED_IDENTIFICATION).is_some());
        if !walked_in || two_officers {
            self.two_people(&first, &lrao);
        }
        if !walked_in {
            self.two_people(&lrao, &helper);
            if self.rio_might_help() {
                let knob = "holder.rio_may_help: the RIO of a case may be its helper".to_owned();
                self.loosened.push(knob);
            } else {
                self.two_people(&first, &helper);
            }
        }
        let proven = [&first, &lrao, &holder].iter().all(|part| part.person.is_some());
        if proven && self.defects.len() == before {
            self.fact(if walked_in && !two_officers {
                "the LRAO and the holder are two people"
            } else {
                "who identified the holder, who decided, and the holder are different people"
            });
        }
    }

    fn rio_might_help(&self) -> bool {
        self.entries(&[Action::UnsealBegun])
            .last()
            .is_some_and(|e| e.facts.get("rio_may_help") == Some(&Fact::Flag(true)))
    }
}
