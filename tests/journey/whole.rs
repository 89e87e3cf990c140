//! The journey as one, with a fixed clock and seeded chance: the same in every run.

use crate::play::{MORNING, PIN, Play, SERIAL, code, officer, scan_of};
use jiff::{SignedDuration, Timestamp};
use siegelpost::domain::{CardSerial, CardState, Stage, TicketState, ticket::VoidReason};
use siegelpost::journal::Action;
use siegelpost::journey::evidence::{self, Judge};
use siegelpost::journey::intake;
use siegelpost::pki::{self, Certificate, Trust};
use siegelpost::ports::card::{KeyKind, Readers, Slot};
use siegelpost::rehearsal::cast;
use siegelpost::smime::Policy;
use std::fs;

/// What must be the same in two runs of one seed.
#[derive(PartialEq, Debug)]
struct Outcome {
    request_id: String,
    digest: String,
    papers: Vec<u8>,
    batch: String,
    serials: Vec<String>,
    letter_number: String,
    actions: Vec<String>,
}

fn stage(play: &Play) -> &'static str {
    play.case().stage.name()
}

/// All of it, looking at stages, card and tickets on the way.
fn walk(seed: &str, to_the_end: bool) -> Outcome {
    let play = Play::found(seed);
    let serial = CardSerial::from_number(SERIAL);
    let chip = play.blank_card();

    play.prestage(&chip, serial).unwrap();
    let card = play.card(serial);
    assert_eq!((card.state.name(), card.keys.len()), ("staged", 10));
    assert_eq!(card.tickets, vec![TicketState::Created; 3]);
    assert!(card.pending.is_none() && card.sealed.is_some());
    play.deliver_and_receive(&[serial], "bern").unwrap();
    assert!(matches!(play.card(serial).state, CardState::Delivered { .. }));

    let mut data = cast::example();
    data.card_serial = serial;
    let drafted = play.draft(data).unwrap();
    let id = drafted.request.request_id;
    assert_eq!(stage(&play), "drafted");
    assert_eq!(play.card(serial).state.request(), Some(id));
    assert_eq!(drafted.printed.digest, play.case().digest);

    // Two runs of one seed are compared on what is drawn; reading the scan draws nothing.
    let raw = if to_the_end {
        play.submit("rio-bern", scan_of(&drafted), false).unwrap()
    } else {
        play.mail("rio-bern", scan_of(&drafted))
    };
    play.arrive("1", &raw);
    let taken = play.inbox().unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(
        (taken[0].outcome, &taken[0].request_ids[..]),
        (intake::Outcome::Received, &[id][..])
    );
    assert_eq!(stage(&play), "in_review");

    let eyes = play.eyes_needed(id);
    play.approve(id, "lrao", &eyes).unwrap();
    assert_eq!(stage(&play), "approved");

    let certificates = play.issue(id).unwrap();
    assert_eq!(stage(&play), "issued");
    assert_eq!(play.card(serial).state.name(), "certified");
    let serials: Vec<String> = certificates.iter().map(|c| c.serial.clone()).collect();
    assert_eq!(serials.len(), 3);

    let batch = play.collect().unwrap();
    assert_eq!(stage(&play), "letter_ready");
    assert_eq!(
        play.card(serial).tickets,
        vec![TicketState::Created; 3],
        "nothing is live before the handover"
    );
    play.render(&batch).unwrap();
    play.print(&batch).unwrap();
    assert_eq!(
        code(play.unseal(&chip, "helper", &play.number().to_text(), PIN)),
        "too_early"
    );
    assert_eq!(play.hand_over(&batch).unwrap(), 1);
    assert_eq!(stage(&play), "dispatched");
    let tickets = play.card(serial).tickets;
    assert!(matches!(
        tickets[..],
        [
            TicketState::Live { wrong_tries: 0, .. },
            TicketState::Created,
            TicketState::Created
        ]
    ));

    let number = play.number();
    play.unseal(&chip, "helper", &number.to_text(), PIN).unwrap();
    assert!(matches!(&play.case().stage, Stage::Unsealed { helper, .. } if *helper == officer("helper")));
    let card = play.card(serial);
    assert_eq!(card.state, CardState::Active { request: id });
    let unneeded = |t: &TicketState| {
        matches!(
            t,
            TicketState::Void {
                why: VoidReason::Unneeded,
                ..
            }
        )
    };
    assert!(matches!(card.tickets[0], TicketState::Used { .. }) && card.tickets[1..].iter().all(unneeded));

    // The card is the holder's and its certificates verify what it signs.
    let mut token = play.app.drawer().unwrap().unwrap().connect(&chip).unwrap();
    token.verify_pin(PIN).unwrap();
    let slot = Slot::Set {
        set: 1,
        kind: KeyKind::Signature,
    };
    let signature = token.sign(slot, b"specimen").unwrap();
    let certificate = Certificate::from_der(&token.certificate(slot).unwrap()).unwrap();
    pki::verify_by_key(certificate.spki_der(), b"specimen", &signature).unwrap();

    let entries = play.entries();
    assert_eq!(play.journal_holds(), entries.len() as u64);
    let about: Vec<&str> = entries
        .iter()
        .filter(|e| e.subjects.requests.contains_key(&id))
        .map(|e| e.action.as_str())
        .collect();
    let expected: Vec<&str> = [
        Some(Action::RequestDrafted),
        to_the_end.then_some(Action::RequestSubmitted),
        Some(Action::RequestReceived),
        Some(Action::RequestApproved),
        Some(Action::IssuingBegun),
        Some(Action::CertificatesIssued),
        Some(Action::MailSent),
        Some(Action::BatchMade),
        Some(Action::LetterMade),
        Some(Action::BatchPrinted),
        Some(Action::TicketLive),
        Some(Action::UnsealBegun),
        Some(Action::CardUnsealed),
        Some(Action::PassphraseKept),
        Some(Action::MailSent),
    ]
    .into_iter()
    .flatten()
    .map(Action::as_str)
    .collect();
    assert_eq!(about, expected);

    if to_the_end {
        evidence_proves(&play);
    }
    Outcome {
        request_id: id.to_string(),
        digest: drafted.printed.digest.to_string(),
        papers: drafted.printed.pdf,
        batch: batch.to_string(),
        serials,
        letter_number: number.to_text().to_string(),
        actions: entries
            .iter()
            .map(|e| format!("{} {} {}", e.at, e.actor, e.action))
            .collect(),
    }
}

/// The evidence file proves the case with the office out of reach, and no longer when one byte of it is altered.
fn evidence_proves(play: &Play) {
    let id = play.case().request_id;
    let file = evidence::collect(&play.app.desk(), id, &play.app.journal_key().unwrap()).unwrap();
    let key = play.app.journal_public_key().unwrap();
    let trust = play.app.trust().unwrap();
    // From here on the office's folder is gone.
    let away = play.folder.with_extension("away");
    fs::rename(&play.folder, &away).unwrap();
    examine(&file, &key, &trust).unwrap();

    let text = String::from_utf8(file).unwrap();
    let forged = text.replacen("request.approved", "request.rejected", 1);
    assert_ne!(forged, text);
    assert!(examine(forged.as_bytes(), &key, &trust).is_err());
    fs::rename(&away, &play.folder).unwrap();
}

fn examine(file: &[u8], key: &siegelpost::journal::JournalPublicKey, trust: &Trust) -> Result<(), String> {
    let policy = Policy::default();
    let judge = Judge {
        trust,
        policy: &policy,
        keys: &[],
    };
    let examined = evidence::examine(file, key, &judge).map_err(|e| e.to_string())?;
    let proven = |name: &str| examined.report.named(name).count() == 1;
    for name in ["mail", "request", "reading", "checks", "decision"] {
        assert!(proven(name), "{name} is not in the evidence");
    }
    if examined.defects.is_empty() {
        Ok(())
    } else {
        Err(examined.defects.join("; "))
    }
}

#[test]
fn the_whole_journey_is_the_same_in_every_run() {
    let first = walk("one seed", true);
    let again = walk("one seed", true);
    assert!(
        first == again,
        "two runs of one seed differ: {:?}\n{:?}",
        first.actions,
        again.actions
    );
    let other = walk("another seed", false);
    assert_ne!(first.request_id, other.request_id);
    assert_ne!(first.serials, other.serials);
    assert_ne!(first.letter_number, other.letter_number);
}

/// The case is proven for ever: not only as long as the revocation lists of its day are the newest.
#[test]
fn evidence_still_proves_its_case_when_a_newer_revocation_list_is_out() {
    let mut play = crate::stations::before(crate::case::Step::Issue);
    play.go_on().unwrap();
    let id = play.case().request_id;
    let file = evidence::collect(&play.app.desk(), id, &play.app.journal_key().unwrap()).unwrap();
    play.clock.advance(SignedDuration::from_hours(24 * 30));
    siegelpost::app::publish_crl(&play.app, Some(&officer("security"))).unwrap();
    assert!(play.app.desk().now() > MORNING.parse::<Timestamp>().unwrap());
    let key = play.app.journal_public_key().unwrap();
    examine(&file, &key, &play.app.trust().unwrap()).unwrap();
}
