//! Evidence that contradicts itself, made by an office that has its own journal's key: each file is one that its checkpoint covers,
//! with one thing in it forged, and `journal examine` names just that.

use crate::case::Step;
use crate::play::{Play, officer};
use crate::stations::before;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use siegelpost::domain::decision::Verdict;
use siegelpost::domain::{Decision, Outcome, Person, Request, Sha256};
use siegelpost::journal::{Head, JournalKey, commitment};
use siegelpost::journey::evidence::{self, Decider, Examined, Judge};
use siegelpost::pki::signature::sha256;
use siegelpost::rehearsal::cast;
use siegelpost::smime::{Policy, Statement};
use std::sync::OnceLock;

/// The open card's case of a whole journey, and its evidence file.
fn whole() -> &'static (Play, Vec<u8>) {
    static WHOLE: OnceLock<(Play, Vec<u8>)> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let mut play = before(Step::Unseal);
        play.go_on().unwrap();
        let id = play.case().request_id;
        let file = evidence::collect(&play.app.desk(), id, &play.app.journal_key().unwrap()).unwrap();
        (play, file)
    })
}

/// An evidence file under the pen.
struct Forger {
    file: Value,
    decision: Decision,
    /// Whose key signs the decision.
    signer: &'static str,
    /// What stands in the place of the truth in the decision.
    evidence: Option<Sha256>,
    head: Option<Sha256>,
}

fn hash(value: &Value) -> Sha256 {
    value.as_str().expect("a hash").parse().expect("hex")
}

fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("plain data")
}

impl Forger {
    fn new() -> Forger {
        let file: Value = serde_json::from_slice(&whole().1).expect("JSON");
        let mut forger = Forger {
            decision: Decision {
                version: 1,
                request_id: whole().0.case().request_id,
                evidence: Sha256([0; 32]),
                checks: vec![],
                verdict: Verdict::Approve,
                by: officer("lrao"),
                at: "2026-03-02T08:00:00Z".parse().unwrap(),
                journal_head: Sha256([0; 32]),
            },
            file,
            signer: "lrao",
            evidence: None,
            head: None,
        };
        let at = forger.entry("request.approved")["at"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let signed = forger.content("decision");
        let trust = whole().0.app.trust().unwrap();
        let policy = Policy::default();
        let judge = Judge {
            trust: &trust,
            policy: &policy,
            keys: &[],
        };
        let data = judge.judge_statement(Statement::Decision, &signed, at).unwrap();
        forger.decision = serde_json::from_slice(data.content()).expect("a decision");
        forger
    }

    /// The body of the last shown entry of this kind.
    fn entry(&mut self, action: &str) -> &mut Value {
        self.entry_with(action, |_| true)
    }

    fn entry_with(&mut self, action: &str, wanted: impl Fn(&Value) -> bool) -> &mut Value {
        let chain = self.file["chain"].as_array_mut().expect("a chain");
        let shown = chain.iter_mut().rev().filter_map(|item| item.get_mut("body"));
        shown
            .into_iter()
            .find(|body| body["action"] == action && wanted(body))
            .unwrap_or_else(|| panic!("{action} is not shown"))
    }

    /// The enrolment of an officer.
    fn enrolment(&mut self, id: &str) -> &mut Value {
        self.entry_with("officer.added", |body| body["subjects"]["officer"] == id)
    }

    fn find(&self, name: &str, seq: Option<u64>) -> usize {
        let all = self.file["documents"].as_array().expect("documents");
        let found = |d: &Value| d["name"] == name && seq.is_none_or(|seq| d["entry"] == seq);
        all.iter().position(found).unwrap_or_else(|| panic!("no {name}"))
    }

    fn content(&self, name: &str) -> Vec<u8> {
        let document = &self.file["documents"][self.find(name, None)];
        BASE64_STANDARD
            .decode(document["content"].as_str().unwrap())
            .unwrap()
    }

    /// Puts another document in the place of one; its entry commits to it.
    fn exchange(&mut self, name: &str, seq: Option<u64>, content: &[u8]) {
        let n = self.find(name, seq);
        let document = &mut self.file["documents"][n];
        document["content"] = json!(BASE64_STANDARD.encode(content));
        let salt = BASE64_STANDARD
            .decode(document["salt"].as_str().unwrap())
            .unwrap();
        let seq = document["entry"].as_u64().unwrap();
        let committed = commitment(&salt.try_into().unwrap(), content).to_string();
        let chain = self.file["chain"].as_array_mut().unwrap();
        let mut shown = chain.iter_mut().filter_map(|item| item.get_mut("body"));
        let body = shown.find(|body| body["seq"] == seq).unwrap();
        body["commitments"][name] = json!(committed);
    }

    /// Takes a document out, and that anything was committed to.
    fn forget(&mut self, name: &str, seq: Option<u64>) {
        let n = self.find(name, seq);
        let document = self.file["documents"].as_array_mut().unwrap().remove(n);
        let chain = self.file["chain"].as_array_mut().unwrap();
        let mut shown = chain.iter_mut().filter_map(|item| item.get_mut("body"));
        let body = shown.find(|body| body["seq"] == document["entry"]).unwrap();
        let commitments = body["commitments"].as_object_mut().unwrap();
        commitments.remove(name);
        // What is empty is left out.
        if commitments.is_empty() {
            body.as_object_mut().unwrap().remove("commitments");
        }
    }

    /// Says that an officer is this person.
    fn is_person(&mut self, id: &str, person: &Person) {
        let seq = self.enrolment(id)["seq"].as_u64();
        let said = json!({ "version": 1, "officer": id, "person": person });
        self.exchange("person", seq, &canonical(&said));
    }

    /// What a decision about these documents digests, from the documentation's words alone.
    fn digest(&self) -> Sha256 {
        let of = |name: &str| sha256(&self.content(name)).to_string();
        let request: Request = serde_json::from_slice(&self.content("request")).unwrap();
        sha256(&canonical(&json!({
            "version": 2, "request_id": request.request_id, "digest": request.digest().to_string(),
            "mail": of("mail"), "reading": of("reading"), "checks": of("checks"),
        })))
    }

    /// Signs the decision anew, chains the entries, and has the journal's key sign where they lead.
    fn seal(mut self) -> Vec<u8> {
        let play = &whole().0;
        self.decision.evidence = self.evidence.unwrap_or_else(|| self.digest());
        let before = hash(&self.file["before"]["hash"]);
        let size = self.file["before"]["size"].as_u64().unwrap();
        let mut head = before;
        let count = self.file["chain"].as_array().unwrap().len();
        for n in 0..count {
            let item = self.file["chain"][n].clone();
            let is_decision = item["body"]["commitments"].get("decision").is_some();
            if is_decision {
                self.decision.journal_head = self.head.unwrap_or(head);
                let signed = self.signed();
                self.exchange("decision", None, &signed);
            }
            let item = &mut self.file["chain"][n];
            let digest = match item.get("digest") {
                Some(digest) => hash(digest),
                None => {
                    let body = canonical(&item["body"]);
                    sha256(&[b"siegelpost journal body 1\0", &body[..]].concat())
                }
            };
            head = sha256(&[b"siegelpost journal entry 1\0", &head.0[..], &digest.0].concat());
            if item.get("hash").is_some() {
                item["hash"] = json!(head.to_string());
            }
        }
        let key: JournalKey = play.app.journal_key().unwrap();
        let note = key.checkpoint(Head {
            size: size + count as u64,
            hash: head,
        });
        self.file["checkpoint"] = json!(note);
        serde_json::to_vec(&self.file).unwrap()
    }

    fn signed(&self) -> Vec<u8> {
        let by = officer(self.signer);
        let own = whole().0.app.officer_credentials(&by).unwrap();
        let decider = Decider {
            id: &by,
            key: &own.key,
            certificates: &own.chain,
        };
        evidence::sign_as_officer(Statement::Decision, &self.decision, &decider, self.decision.at).unwrap()
    }

    fn examined(self) -> Examined {
        let file = self.seal();
        let app = &whole().0.app;
        let trust = app.trust().unwrap();
        let policy = Policy::default();
        let judge = Judge {
            trust: &trust,
            policy: &policy,
            keys: &[],
        };
        evidence::examine(&file, &app.journal_public_key().unwrap(), &judge).unwrap()
    }
}

/// What stands against a file in which this was forged.
fn against(forge: impl FnOnce(&mut Forger)) -> Vec<String> {
    let mut forger = Forger::new();
    forge(&mut forger);
    forger.examined().defects
}

/// A forgery is named, and nothing else stands against its file.
#[track_caller]
fn named(reason: &str, forge: impl FnOnce(&mut Forger)) {
    let defects = against(forge);
    assert!(
        matches!(&defects[..], [one] if one.contains(reason)),
        "{reason}: {defects:#?}"
    );
}

/// The same of a forgery that cannot be one thing alone.
#[track_caller]
fn named_among_others(reason: &str, forge: impl FnOnce(&mut Forger)) {
    let defects = against(forge);
    assert!(
        defects.iter().any(|d| d.contains(reason)),
        "{reason}: {defects:#?}"
    );
}

#[test]
fn a_file_that_was_put_together_anew_with_nothing_forged_proves_its_case() {
    let examined = Forger::new().examined();
    assert_eq!(examined.defects, Vec::<String>::new());
    assert_eq!(examined.loosened, Vec::<String>::new());
    let said = examined.facts.join("\n");
    assert!(said.contains("different people"), "{said}");
    assert!(said.contains("3 numbers were reserved"), "{said}");
}

#[test]
fn a_decision_about_something_else_proves_nothing() {
    named("are not those that were decided on", |f| {
        f.evidence = Some(Sha256([7; 32]));
    });
    // Papers that were exchanged after the decision.
    named("are not those that were decided on", |f| {
        f.evidence = Some(f.digest());
        let mut reading = f.content("reading");
        reading.push(b' ');
        f.exchange("reading", None, &reading);
    });
    named("the decision names other checks", |f| {
        f.decision.checks.pop();
    });
    named("approves what cannot be approved", |f| {
        let mut checks: Value = serde_json::from_slice(&f.content("checks")).unwrap();
        checks[0]["outcome"] = json!("failed");
        f.exchange("checks", None, &serde_json::to_vec(&checks).unwrap());
        f.decision.checks[0].outcome = Outcome::Failed;
    });
    named("for another moment", |f| {
        f.decision.at += std::time::Duration::from_secs(1);
    });
    named("was not made on the journal as it stood", |f| {
        f.head = Some(hash(&f.file["before"]["hash"]));
    });
    named("the decision is about another request", |f| {
        f.decision.request_id = siegelpost::domain::RequestId::from_bits(1);
    });
}

#[test]
fn a_decision_is_by_the_key_of_the_officer_who_made_it() {
    named(
        "the decision is signed by another certificate than the one that lrao was enrolled with",
        |f| {
            f.signer = "second-luca";
        },
    );
    named("the decision is signed by another certificate", |f| {
        f.enrolment("lrao")["facts"]["certificate_sha256"] = json!(Sha256([1; 32]));
    });
    named("the decision says that second-luca made it", |f| {
        f.decision.by = officer("second-luca");
    });
    named_among_others("the decision says that lrao made it", |f| {
        f.entry("request.approved")["actor"] = json!("officer:helper");
    });
    named_among_others("was not enrolled as lrao", |f| {
        f.enrolment("lrao")["facts"]["roles"] = json!("dispatch");
    });
    named_among_others("no enrolment of nobody", |f| {
        f.entry("request.approved")["actor"] = json!("officer:nobody");
    });
    named_among_others("lrao, who did entry", |f| {
        let body = f.entry("cards.received");
        body["action"] = json!("officer.removed");
        body["subjects"] = json!({ "officer": "lrao" });
    });
}

#[test]
fn what_followed_is_what_was_decided() {
    let rejected = || Verdict::Reject {
        reason: "specimen".into(),
    };
    named("the verdict is not what the journal says", |f| {
        f.decision.verdict = rejected();
    });
    named_among_others("did not approve before (request.rejected)", |f| {
        f.decision.verdict = rejected();
        f.entry("request.approved")["action"] = json!("request.rejected");
    });
    named_among_others("say twice what is done once", |f| {
        f.entry("mail.sent")["action"] = json!("request.approved");
    });
}

#[test]
fn a_case_without_its_mail_or_its_decision_is_not_proven() {
    named_among_others("neither a mail nor an identification", |f| {
        f.entry("request.received")["action"] = json!("request.submitted");
    });
    named_among_others("the file shows no decision", |f| {
        f.entry("request.approved")["action"] = json!("review.opened");
    });
    named_among_others("commits to no ‘decision’", |f| {
        f.forget("decision", None);
    });
    named_among_others("which is not in the file", |f| {
        let n = f.find("certificate_signature", None);
        f.file["documents"].as_array_mut().unwrap().remove(n);
    });
}

#[test]
fn the_mail_is_the_one_that_came_and_its_rio_s() {
    named("the mail is not the one that entry", |f| {
        f.entry("request.received")["subjects"]["message"] = json!(Sha256([9; 32]));
    });
    named(
        "the mail is signed by another certificate than the one that rio-bern was enrolled with",
        |f| {
            let other = f.content("mail");
            let mail = whole().0.mail("lrao", other);
            f.entry("request.received")["subjects"]["message"] = json!(sha256(&mail));
            f.exchange("mail", None, &mail);
        },
    );
    named_among_others("the RIO's mail: ", |f| {
        let mut mail = f.content("mail");
        let at = mail.len() / 2;
        mail[at] = if mail[at] == b'A' { b'B' } else { b'A' };
        f.entry("request.received")["subjects"]["message"] = json!(sha256(&mail));
        f.exchange("mail", None, &mail);
    });
}

#[test]
fn the_people_of_a_case_are_different_people_whatever_their_accounts_are_called() {
    let of = |id: &str| {
        let all = cast::officers();
        all.into_iter().find(|o| o.id.as_str() == id).unwrap().person
    };
    let holder = cast::example().person.identity();
    named("the RIO and the LRAO who decided are one person", |f| {
        f.is_person("lrao", &of("rio-bern"))
    });
    named("the LRAO who decided and the holder are one person", |f| {
        f.is_person("lrao", &holder)
    });
    named("the RIO and the holder are one person", |f| {
        f.is_person("rio-bern", &holder)
    });
    named("the helper and the holder are one person", |f| {
        f.is_person("helper", &holder)
    });
    named("the LRAO who decided and the helper are one person", |f| {
        f.is_person("helper", &of("lrao"))
    });
    named("the RIO and the helper are one person", |f| {
        f.is_person("helper", &of("rio-bern"))
    });
    // Unless the office lets the RIO help, which is shown.
    let mut forger = Forger::new();
    forger.is_person("helper", &of("rio-bern"));
    forger.entry("unseal.begun")["facts"]["rio_may_help"] = json!(true);
    let examined = forger.examined();
    assert_eq!(examined.defects, Vec::<String>::new());
    assert!(
        examined.loosened[0].starts_with("holder.rio_may_help"),
        "{:?}",
        examined.loosened
    );

    named("commits to no ‘person’", |f| {
        let seq = f.enrolment("lrao")["seq"].as_u64();
        f.forget("person", seq);
    });
    named("is another officer's", |f| {
        let seq = f.enrolment("lrao")["seq"].as_u64();
        let said = json!({ "version": 1, "officer": "somebody", "person": of("lrao") });
        f.exchange("person", seq, &canonical(&said));
    });
}

#[test]
fn certificates_are_the_reserved_ones_over_the_prestaged_keys_for_the_holder() {
    named_among_others("was not reserved for this request", |f| {
        f.entry("issuing.begun")["facts"]["serial_2"] = json!("00aa");
    });
    named_among_others("the reserved number 00aa is that of no certificate", |f| {
        f.entry("issuing.begun")["facts"]["serial_2"] = json!("00aa");
    });
    named("is not the one that prestaging recorded", |f| {
        f.entry("card.prestaged")["facts"]["key_1_signature"] = json!(Sha256([3; 32]));
    });
    named_among_others("no entry is shown that recorded the keys of the card", |f| {
        f.entry("card.prestaged")["action"] = json!("card.retired");
    });
    named_among_others("is for somebody else than the holder", |f| {
        let own = whole().0.app.officer_credentials(&officer("rio-bern")).unwrap();
        f.exchange("certificate_signature", None, own.chain[0].der());
    });
    named_among_others("without reserved numbers", |f| {
        f.entry("issuing.begun")["action"] = json!("review.opened");
    });
    named_among_others("issues before its numbers are reserved", |f| {
        f.entry("issuing.begun")["action"] = json!("certificates.issued.later");
        let body = f.entry("certificates.issued.later");
        body["action"] = json!("review.opened");
        let facts = body["facts"].clone();
        let later = f.entry("mail.sent");
        later["action"] = json!("issuing.begun");
        later["actor"] = json!("officer:lrao");
        later["facts"] = facts;
    });
}

#[test]
fn the_request_is_the_one_that_was_drafted_for_its_card() {
    let changed = |f: &mut Forger, change: &dyn Fn(&mut Value)| {
        let mut request: Value = serde_json::from_slice(&f.content("request")).unwrap();
        change(&mut request);
        f.exchange("request", None, &serde_json::to_vec(&request).unwrap());
    };
    named_among_others("is about another card than the request", |f| {
        changed(f, &|r| {
            r["request"]["card_serial"] = json!(siegelpost::domain::CardSerial::from_number(5).to_string())
        });
    });
    named_among_others("is not the one that entry", |f| {
        changed(f, &|r| r["request"]["organisation"]["unit"] = json!("Specimen"));
    });
    named_among_others("another than the one of the case", |f| {
        changed(f, &|r| {
            r["request_id"] = json!(siegelpost::domain::RequestId::from_bits(1))
        });
    });
}

#[test]
fn rules_are_shown_where_they_were_loosened_and_missed_where_they_are_not_there() {
    named("commits to no ‘rules’", |f| f.forget("rules", None));
    named("commits to no ‘rules_at_decision’", |f| {
        f.forget("rules_at_decision", None)
    });
    let mut forger = Forger::new();
    let mut rules: Value = serde_json::from_slice(&forger.content("rules")).unwrap();
    rules["signatures"]["allow_sha1"] = json!(true);
    forger.exchange("rules", None, &canonical(&rules));
    let examined = forger.examined();
    assert_eq!(examined.defects, Vec::<String>::new());
    assert!(
        examined.loosened[0].starts_with("allow_sha1 = true"),
        "{:?}",
        examined.loosened
    );
    // What the office asked for is asked for again.
    named_among_others("policy", |f| {
        rules["certificate_policies"] = json!(["1.3.6.1.4.1.99999.1"]);
        f.exchange("rules", None, &canonical(&rules));
    });
}
