//! A journal of a small office, and everything that somebody could do to it afterwards.

use super::evidence::{Case, Document};
use super::*;
use crate::domain::{CardSerial, RequestId};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn key() -> JournalKey {
    JournalKey::from_seed("office.example/journal", &mut [9; 32]).expect("a key")
}

fn at(seq: u64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seq as i64).expect("a small number")
}

const OURS: RequestId = RequestId::from_bits(1);
const OTHER: RequestId = RequestId::from_bits(2);

/// Twelve entries on two requests, taking turns but for the first, which is about a card.
struct Journal {
    links: Vec<Link>,
    heads: Vec<Head>,
}

impl Journal {
    fn head(&self) -> Head {
        *self.heads.last().expect("the empty head at least")
    }
}

fn mail(seq: u64) -> ([u8; 32], Vec<u8>) {
    (
        [seq as u8; 32],
        format!("From: rio@example.ch\r\n\r\nmail {seq}").into_bytes(),
    )
}

fn journal() -> Journal {
    let mut journal = Journal {
        links: Vec::new(),
        heads: vec![Head::EMPTY],
    };
    for seq in 1..=12u64 {
        let card = CardSerial::from_number(100);
        let action = Action::ALL[seq as usize];
        let draft = Draft::new(
            Actor::Officer("lrao".parse().expect("a name")),
            action,
            [seq as u8; 16],
        );
        let draft = match seq {
            1 => draft.card(card),
            _ => {
                let (salt, content) = mail(seq);
                let request = if seq % 2 == 0 { OURS } else { OTHER };
                draft
                    .request(request, seq / 2)
                    .fact("place", seq as i64)
                    .commits("mail", commitment(&salt, &content))
            }
        };
        let appended = append(journal.head(), draft, at(seq)).expect("fits");
        journal.links.push(appended.link);
        journal.heads.push(appended.head);
    }
    journal
}

fn checkpoint(head: Head) -> Checkpoint {
    verify_checkpoint(&key().checkpoint(head), key().public()).expect("our own")
}

#[test]
fn an_untouched_journal_verifies_against_all_its_checkpoints() {
    let j = journal();
    let checkpoints: Vec<_> = j.heads.iter().map(|h| checkpoint(*h)).collect();
    assert_eq!(
        verify_chain(Head::EMPTY, j.links.clone(), &checkpoints),
        Ok(j.head())
    );
    // An auditor goes on from the checkpoint that they kept.
    assert_eq!(
        verify_chain(j.heads[5], j.links[5..].to_vec(), &checkpoints),
        Ok(j.head())
    );
    assert_eq!(verify_chain(Head::EMPTY, [], &[]), Ok(Head::EMPTY));
}

#[test]
fn the_chain_is_the_one_that_the_page_describes() {
    // Computed from the page's words alone.
    let j = journal();
    let mut hash = [0u8; 32];
    for link in &j.links {
        let digest = sha256(&[&[b"siegelpost journal body 1\0", link.body.as_bytes()].concat()]);
        hash = sha256(&[&[b"siegelpost journal entry 1\0", &hash[..], &digest.0[..]].concat()]).0;
        assert_eq!(Sha256(hash), link.hash);
    }
    let body = &j.links[0].body;
    let expected = r#"{"action":"officer.added","actor":"officer:lrao","at":"2027-01-15T08:00:01Z","blind":"01010101010101010101010101010101","seq":1,"subjects":{"cards":["0000001008"]},"version":1}"#;
    assert_eq!(
        body,
        expected
            .replace("0000001008", &CardSerial::from_number(100).to_string())
            .as_str()
    );
}

#[test]
fn names_the_first_entry_that_was_altered() {
    let j = journal();
    for seq in 1..=12usize {
        let mut links = j.links.clone();
        links[seq - 1].body = links[seq - 1].body.replace("officer:lrao", "officer:rio");
        assert_eq!(
            verify_chain(Head::EMPTY, links, &[]),
            Err(JournalError::Link { seq: seq as u64 })
        );
    }
}

#[test]
fn an_altered_entry_with_all_hashes_made_anew_fails_at_the_checkpoint() {
    let j = journal();
    let kept = checkpoint(j.heads[8]);
    let mut head = Head::EMPTY;
    let forged: Vec<Link> = j
        .links
        .iter()
        .map(|link| {
            let entry = Entry::from_body(&link.body).expect("ours");
            let actor = if entry.seq == 4 {
                Actor::Holder
            } else {
                entry.actor
            };
            let Entry {
                action,
                subjects,
                facts,
                commitments,
                blind,
                at,
                ..
            } = entry;
            let made = append(
                head,
                Draft {
                    actor,
                    action,
                    subjects,
                    facts,
                    commitments,
                    blind,
                },
                at,
            )
            .expect("fits");
            head = made.head;
            made.link
        })
        .collect();
    assert!(
        verify_chain(Head::EMPTY, forged.clone(), &[]).is_ok(),
        "without a checkpoint nobody could tell"
    );
    assert_eq!(
        verify_chain(Head::EMPTY, forged, &[kept]),
        Err(JournalError::Checkpoint { size: 8 })
    );
}

#[test]
fn entries_taken_out_put_in_or_exchanged_are_named() {
    let j = journal();
    let broken = |change: &dyn Fn(&mut Vec<Link>)| {
        let mut links = j.links.clone();
        change(&mut links);
        verify_chain(Head::EMPTY, links, &[checkpoint(j.head())])
    };
    let missing = broken(&|l| {
        l.remove(4);
    });
    assert_eq!(missing, Err(JournalError::Sequence { seq: 5, found: 6 }));
    assert_eq!(
        broken(&|l| l.swap(1, 2)),
        Err(JournalError::Sequence { seq: 2, found: 3 })
    );
    assert_eq!(
        broken(&|l| l.insert(3, l[3].clone())),
        Err(JournalError::Sequence { seq: 5, found: 4 })
    );
    let cut = broken(&|l| {
        l.pop();
    });
    assert_eq!(cut, Err(JournalError::CutOff { size: 12, has: 11 }));
    assert_eq!(
        broken(&Vec::clear),
        Err(JournalError::CutOff { size: 12, has: 0 })
    );
    let spaced = broken(&|l| l[6].body.insert(1, ' '));
    assert!(
        matches!(spaced, Err(JournalError::Entry { seq: 7, .. })),
        "{spaced:?}"
    );
    let garbage = broken(&|l| l[6].body = "{".into());
    assert!(
        matches!(garbage, Err(JournalError::Entry { seq: 7, .. })),
        "{garbage:?}"
    );
}

#[test]
fn a_draft_beyond_the_bounds_is_refused_before_anything_happens() {
    let draft = || Draft::new(Actor::Siegelpost, Action::CrlMade, [0; 16]);
    let refused = |d: Draft| matches!(append(Head::EMPTY, d, at(1)), Err(JournalError::Draft { .. }));
    assert!(!refused(draft().fact("number", 7)));
    assert!(refused(draft().fact("Number", 7)));
    assert!(refused(draft().fact("../x", 7)));
    assert!(refused(draft().fact("text", "x".repeat(401))));
    assert!(refused(draft().fact("number", i64::MAX)));
    assert!(refused(draft().request(OURS, 0)));
    assert!(refused(draft().commits("", Sha256([0; 32]))));
}

#[test]
fn the_same_deed_twice_leaves_different_digests() {
    let body = |blind: u8| {
        let draft = Draft::new(Actor::Holder, Action::CardUnsealed, [blind; 16]);
        append(Head::EMPTY, draft, at(1)).expect("fits").link.hash
    };
    assert_ne!(body(1), body(2));
}

#[test]
fn every_action_is_read_back_and_no_two_share_a_text() {
    let texts: BTreeSet<_> = Action::ALL.iter().map(|a| a.as_str()).collect();
    assert_eq!(texts.len(), Action::ALL.len());
    for action in Action::ALL {
        assert_eq!(action.to_string().parse(), Ok(*action));
    }
    for actor in [
        Actor::Holder,
        Actor::Siegelpost,
        Actor::Officer("rio-nord".parse().expect("a name")),
    ] {
        assert_eq!(actor.to_string().parse(), Ok(actor));
    }
}

fn documents() -> Vec<Document> {
    (2..=12)
        .step_by(2)
        .map(|seq| {
            let (salt, content) = mail(seq);
            Document {
                seq,
                name: "mail".into(),
                media_type: "message/rfc822".into(),
                salt,
                content,
            }
        })
        .collect()
}

/// The evidence of our request: entries 2 to 12, made and verified with nothing left but the file and the public key.
fn evidence_file() -> Vec<u8> {
    let j = journal();
    let (documents, also) = (documents(), BTreeSet::from([3]));
    let case = Case {
        request: OURS,
        before: j.heads[1],
        links: &j.links[1..],
        also: &also,
        checkpoint: &key().checkpoint(j.head()),
        documents: &documents,
    };
    evidence::build(&case, key().public()).expect("whole")
}

#[test]
fn evidence_verifies_after_everything_else_is_gone() {
    let file = evidence_file();
    let public: JournalPublicKey = key().public().to_string().parse().expect("as published");
    let report = evidence::verify(&file, &public).expect("whole");
    assert_eq!(report.request, OURS);
    assert_eq!(report.checkpoint.head.size, 12);
    let shown: Vec<u64> = report.entries.iter().map(|e| e.seq).collect();
    assert_eq!(shown, [2, 3, 4, 6, 8, 10, 12]);
    assert_eq!(report.not_shown, 4);
    assert_eq!(report.named("mail").count(), 6);
    assert_eq!(
        report.named("mail").next().map(|d| d.content.clone()),
        Some(mail(2).1)
    );
    assert_eq!(report.without_document, [(3, "mail".to_owned())]);
    // Nothing of the other request but what was asked for stands in it.
    let text = String::from_utf8(file).expect("JSON");
    assert_eq!(text.matches(&OTHER.to_string()).count(), 1);
}

#[test]
fn every_altered_character_of_an_evidence_file_is_noticed() {
    let file = evidence_file();
    let whole = evidence::verify(&file, key().public()).expect("whole");
    for i in 0..file.len() {
        let mut altered = file.clone();
        altered[i] = if altered[i] == b'7' { b'8' } else { b'7' };
        if let Ok(report) = evidence::verify(&altered, key().public()) {
            // What no hash covers is the form of the file, and the name we give a content's type.
            let mut same = report.clone();
            same.documents
                .iter_mut()
                .zip(&whole.documents)
                .for_each(|(a, b)| a.media_type.clone_from(&b.media_type));
            assert_eq!(
                same,
                whole,
                "byte {i}: {}",
                String::from_utf8_lossy(&altered[i.saturating_sub(60)..i + 20])
            );
        }
    }
}

fn altered(change: impl Fn(&mut serde_json::Value)) -> Result<evidence::EvidenceReport, JournalError> {
    let mut file: serde_json::Value = serde_json::from_slice(&evidence_file()).expect("JSON");
    change(&mut file);
    evidence::verify(&serde_json::to_vec(&file).expect("JSON"), key().public())
}

#[test]
fn an_entry_of_the_case_hidden_behind_its_digest_is_missed() {
    let j = journal();
    let hidden = altered(|file| {
        let digest = sha256(&[b"siegelpost journal body 1\0", j.links[5].body.as_bytes()]);
        file["chain"][4] = serde_json::json!({"digest": digest});
        file["documents"]
            .as_array_mut()
            .expect("a list")
            .retain(|d| d["entry"] != 6);
    });
    assert_eq!(hidden, Err(JournalError::NotShown { nth: 3 }));
}

#[test]
fn the_ways_to_forge_evidence_are_refused_by_their_names() {
    let actor = altered(|f| f["chain"][0]["body"]["actor"] = "holder".into());
    assert_eq!(actor, Err(JournalError::Link { seq: 2 }));
    let digest = altered(|f| f["chain"][3]["digest"] = "00".repeat(32).into());
    assert_eq!(digest, Err(JournalError::Link { seq: 6 }));
    let last = altered(|f| {
        f["chain"].as_array_mut().expect("a list").pop();
    });
    assert_eq!(last, Err(JournalError::NotUnderCheckpoint));
    let start = altered(|f| f["before"]["size"] = 2.into());
    assert_eq!(start, Err(JournalError::Sequence { seq: 3, found: 2 }));
    let content = altered(|f| f["documents"][0]["content"] = "aGVsbG8=".into());
    assert_eq!(
        content,
        Err(JournalError::Document {
            seq: 2,
            name: "mail".into()
        })
    );
    let exchanged = altered(|f| f["documents"][0]["entry"] = 4.into());
    assert_eq!(
        exchanged,
        Err(JournalError::Document {
            seq: 4,
            name: "mail".into()
        })
    );
    let invented = altered(|f| f["documents"][0]["name"] = "decision".into());
    assert_eq!(
        invented,
        Err(JournalError::Document {
            seq: 2,
            name: "decision".into()
        })
    );
    let other = altered(|f| f["request"] = OTHER.to_string().into());
    assert!(
        matches!(other, Err(JournalError::NotShown { nth: 2 }) | Ok(_)),
        "{other:?}"
    );
    let stranger = altered(|f| f["request"] = RequestId::from_bits(9).to_string().into());
    assert!(matches!(stranger, Err(JournalError::NoCase { .. })));
    let newer = altered(|f| f["siegelpost_evidence"] = 2.into());
    assert_eq!(newer, Err(JournalError::Version { found: 2 }));
    let foreign = JournalKey::from_seed("office.example/journal", &mut [8; 32]).expect("a key");
    let signed = altered(|f| f["checkpoint"] = foreign.checkpoint(journal().head()).into());
    assert!(matches!(signed, Err(JournalError::NotSigned { .. })));
    let unknown = altered(|f| f["chain"][0]["body"]["note"] = "x".into());
    assert!(matches!(unknown, Err(JournalError::NoEvidence { .. })));
}

#[test]
fn a_digest_at_the_end_is_held_to_the_checkpoint() {
    let j = journal();
    let (also, note) = (BTreeSet::new(), key().checkpoint(j.head()));
    let case = Case {
        request: OTHER,
        before: j.heads[2],
        links: &j.links[2..],
        also: &also,
        checkpoint: &note,
        documents: &[],
    };
    let file = evidence::build(&case, key().public()).expect("whole");
    let mut file: serde_json::Value = serde_json::from_slice(&file).expect("JSON");
    let last = file["chain"]
        .as_array_mut()
        .and_then(|c| c.last_mut())
        .expect("entry 12");
    assert!(last["body"].is_null(), "entry 12 is about the other request");
    last["digest"] = "00".repeat(32).into();
    let outcome = evidence::verify(&serde_json::to_vec(&file).expect("JSON"), key().public());
    assert_eq!(outcome, Err(JournalError::NotUnderCheckpoint));
}

#[test]
fn no_evidence_is_made_of_parts_that_do_not_fit() {
    let j = journal();
    let also = BTreeSet::new();
    let note = key().checkpoint(j.heads[10]);
    let case = Case {
        request: OURS,
        before: j.heads[1],
        links: &j.links[1..],
        also: &also,
        checkpoint: &note,
        documents: &[],
    };
    assert_eq!(
        evidence::build(&case, key().public()),
        Err(JournalError::NotUnderCheckpoint)
    );
    let late = Case {
        before: j.heads[3],
        links: &j.links[3..10],
        ..case
    };
    assert_eq!(
        evidence::build(&late, key().public()),
        Err(JournalError::NotShown { nth: 1 })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn bodies_survive_their_canonical_form(
        name in "[a-z][a-z0-9_.-]{0,20}", text in "\\PC{0,80}", number in -(1i64 << 53) + 1..(1i64 << 53), blind: [u8; 16],
    ) {
        let draft = Draft::new(Actor::Holder, Action::MailSent, blind).fact(&name, text).fact("n", number);
        let appended = append(Head { size: 7, hash: Sha256([1; 32]) }, draft, at(8)).expect("fits");
        prop_assert_eq!(Entry::from_body(&appended.link.body), Ok(appended.entry));
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,200}") {
        let _ = Entry::from_body(&text);
        let _ = verify_checkpoint(&text, key().public());
        let _ = verify_checkpoint(&format!("{text}\n\n— {text} {text}\n"), key().public());
        let _ = evidence::verify(text.as_bytes(), key().public());
        let _ = text.parse::<JournalPublicKey>();
        let _ = JournalKey::from_text(&text);
    }
}
