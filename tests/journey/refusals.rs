//! What the rules stand against is refused by name, costs nothing that it should not cost, and loses nothing.

use crate::case::Step;
use crate::play::{PIN, Play, SERIAL, code, officer};
use crate::stations::before;
use jiff::SignedDuration;
use siegelpost::adapters::store::SqlStore;
use siegelpost::app::{self, Founding};
use siegelpost::domain::{CardSerial, CheckCode, ETicket, RequestId, Stage, TicketState};
use siegelpost::journal::Action;
use siegelpost::journey::dispatch::ReprintReason;
use siegelpost::journey::{Trouble, dispatch, letter, revoke};
use siegelpost::pki::RevocationReason;
use siegelpost::ports::store::{LetterState, OutgoingState};
use siegelpost::rehearsal::cast;
use siegelpost::rehearsal::play::number_on;
use std::fs;

fn unknown() -> RequestId {
    RequestId::from_bits(42)
}

#[test]
fn an_unknown_request_is_unknown_to_every_step() {
    let play = before(Step::Approve);
    assert_eq!(code(play.approve(unknown(), "lrao", &[])), "unknown");
    assert_eq!(code(play.reject(unknown(), "lrao", "none")), "unknown");
    assert_eq!(code(play.issue(unknown())), "unknown");
}

#[test]
fn a_step_too_early_or_twice_is_refused_by_name() {
    // (the station before which the office stands, what is tried, the refusal)
    type Try = fn(&Play) -> &'static str;
    let issue: Try = |p| code(p.issue(p.case().request_id));
    let approve: Try = |p| code(p.approve(p.case().request_id, "lrao", &[]));
    let reject: Try = |p| code(p.reject(p.case().request_id, "lrao", "none"));
    let collect: Try = |p| code(p.collect());
    let print: Try = |p| code(p.print(&p.batch()));
    let render: Try = |p| code(p.render(&p.batch()));
    let hand_over: Try = |p| code(p.hand_over(&p.batch()));
    let unseal: Try = |p| {
        let card = p.card(CardSerial::from_number(SERIAL));
        let any = ETicket::from_bytes(&mut [7; 10]).to_text();
        code(p.unseal(&card.chip_id, "helper", &any, PIN))
    };
    let table: [(Step, &str, Try, &str); 32] = [
        (Step::Inbox, "approve", approve, "too_early"),
        (Step::Inbox, "reject", reject, "too_early"),
        (Step::Inbox, "issue", issue, "too_early"),
        (Step::Inbox, "collect", collect, "no_letters"),
        (Step::Inbox, "unseal", unseal, "too_early"),
        (Step::Approve, "issue", issue, "too_early"),
        (Step::Approve, "collect", collect, "no_letters"),
        (Step::Approve, "unseal", unseal, "too_early"),
        (Step::Issue, "approve", approve, "already_done"),
        (Step::Issue, "reject", reject, "already_done"),
        (Step::Issue, "collect", collect, "no_letters"),
        (Step::Issue, "unseal", unseal, "too_early"),
        (Step::Collect, "approve", approve, "already_done"),
        (Step::Collect, "issue", issue, "already_done"),
        (Step::Collect, "unseal", unseal, "too_early"),
        (Step::Render, "issue", issue, "already_done"),
        (Step::Render, "collect", collect, "batch_open"),
        (Step::Render, "print", print, "not_rendered"),
        (Step::Render, "hand over", hand_over, "not_rendered"),
        (Step::Render, "unseal", unseal, "too_early"),
        (Step::Print, "collect", collect, "no_letters"),
        (Step::Print, "render", render, "rendered"),
        (Step::Print, "hand over", hand_over, "not_printed"),
        (Step::Print, "unseal", unseal, "too_early"),
        (Step::HandOver, "collect", collect, "no_letters"),
        (Step::HandOver, "print", print, "printed"),
        (Step::HandOver, "unseal", unseal, "too_early"),
        (Step::Unseal, "issue", issue, "already_done"),
        (Step::Unseal, "collect", collect, "no_letters"),
        (Step::HandOver, "render", render, "rendered"),
        (Step::Unseal, "print", print, "already_done"),
        (Step::Unseal, "hand over", hand_over, "already_done"),
    ];
    for station in [
        Step::Inbox,
        Step::Approve,
        Step::Issue,
        Step::Collect,
        Step::Render,
        Step::Print,
        Step::HandOver,
        Step::Unseal,
    ] {
        let play = before(station);
        let (stage, entries) = (play.case().stage, play.entries().len());
        for (_, what, attempt, refusal) in table.iter().filter(|(at, ..)| *at == station) {
            assert_eq!(attempt(&play), *refusal, "{what} before {station:?}");
            assert_eq!(
                play.case().stage,
                stage,
                "{what} before {station:?} changed the stage"
            );
        }
        assert_eq!(
            play.entries().len(),
            entries,
            "refusals before {station:?} left entries"
        );
    }
}

#[test]
fn an_open_card_is_not_opened_again_and_its_request_is_over() {
    let mut play = before(Step::Unseal);
    let number = play.number().to_text();
    play.go_on().unwrap();
    let card = play.card(CardSerial::from_number(SERIAL));
    assert_eq!(code(play.unseal(&card.chip_id, "helper", &number, PIN)), "over");
    let id = play.case().request_id;
    assert_eq!(code(play.issue(id)), "over");
    assert_eq!(code(play.approve(id, "lrao", &[])), "over");
}

#[test]
fn two_people_decide_compared_as_persons() {
    let play = before(Step::Approve);
    let id = play.case().request_id;
    let eyes = play.eyes_needed(id);
    assert_eq!(code(play.approve(id, "rio-bern", &eyes)), "role");
    assert_eq!(
        code(play.approve(id, "second-robin", &eyes)),
        "same_person",
        "the RIO by another account"
    );
    assert_eq!(
        code(play.approve(id, "second-zoe", &eyes)),
        "same_person",
        "the holder by an account of their own"
    );
    assert_eq!(code(play.reject(id, "second-robin", "none")), "same_person");
    assert!(matches!(play.case().stage, Stage::InReview { .. }));
    assert!(
        play.app.desk().store.outgoing().unwrap().is_empty(),
        "nobody was told anything"
    );
    play.approve(id, "lrao", &eyes).unwrap();
}

#[test]
fn what_the_machine_could_not_tell_must_be_looked_at() {
    let play = before(Step::Approve);
    let id = play.case().request_id;
    let desk = play.app.desk();
    // A check that wants eyes, whatever this scan left open.
    let owner = siegelpost::seal::KeyOwner::Request(id);
    let key = desk.key(owner).unwrap();
    let mut checks: Vec<siegelpost::domain::Check> = desk.read_json(&key, owner, "checks").unwrap();
    checks.push(siegelpost::domain::Check::needs_eyes(CheckCode::FormAge, "look"));
    desk.store
        .commit(
            desk.now(),
            vec![desk.json_document(&key, owner, "checks", &checks)],
            vec![],
        )
        .unwrap();
    assert_eq!(code(play.approve(id, "lrao", &[])), "undecidable");
    play.approve(id, "lrao", &play.eyes_needed(id)).unwrap();
}

#[test]
fn a_rejected_request_frees_its_card_and_its_rio_is_told_once() {
    let play = before(Step::Approve);
    let id = play.case().request_id;
    play.reject(id, "lrao", "The copy is not legible").unwrap();
    assert!(matches!(play.case().stage, Stage::Rejected { .. }));
    assert_eq!(
        play.card(CardSerial::from_number(SERIAL)).state.name(),
        "delivered"
    );
    let outgoing = play.app.desk().store.outgoing().unwrap();
    assert_eq!(outgoing.len(), 1);
    assert_eq!(
        (outgoing[0].to.as_str(), outgoing[0].state),
        ("rio-bern@office.example", OutgoingState::Sent)
    );
    assert_eq!(code(play.reject(id, "lrao", "again")), "over");
}

#[test]
fn the_helper_is_a_fourth_person() {
    let play = before(Step::Unseal);
    let serial = CardSerial::from_number(SERIAL);
    let (chip, number) = (play.card(serial).chip_id, play.number().to_text());
    for (helper, refusal) in [
        ("rio-bern", "role"),
        ("lrao", "role"),
        ("second-robin", "same_person"),
        ("second-luca", "same_person"),
        ("second-zoe", "same_person"),
    ] {
        assert_eq!(
            code(play.unseal(&chip, helper, &number, PIN)),
            refusal,
            "{helper}"
        );
    }
    let untouched = |t: &TicketState| matches!(t, TicketState::Live { wrong_tries: 0, .. });
    assert!(
        untouched(&play.card(serial).tickets[0]),
        "refusing a helper costs no try"
    );
    play.unseal(&chip, "helper", &number, PIN).unwrap();
}

#[test]
fn five_wrong_etickets_lock_and_a_mistyped_one_costs_nothing() {
    let play = before(Step::Unseal);
    let serial = CardSerial::from_number(SERIAL);
    let (chip, right) = (play.card(serial).chip_id, play.number().to_text());
    let tries = |play: &Play| match play.card(serial).tickets[0] {
        TicketState::Live { wrong_tries, .. } => Some(wrong_tries),
        TicketState::Locked { .. } => None,
        other => panic!("{other:?}"),
    };
    // Each place with another symbol, and each two neighbours swapped: all are found before anything is tried.
    let symbols: Vec<char> = right.chars().collect();
    for n in (0..symbols.len()).filter(|n| symbols[*n] != '-') {
        let mut typed = symbols.clone();
        typed[n] = if typed[n] == '7' { '8' } else { '7' };
        let typed: String = typed.into_iter().collect();
        assert_eq!(
            code(play.unseal(&chip, "helper", &typed, PIN)),
            "ticket_mistyped",
            "{n}"
        );
    }
    assert_eq!(
        code(play.unseal(&chip, "helper", &right, "123456")),
        "trivial_pin"
    );
    assert_eq!(code(play.unseal(&chip, "helper", &right, "12ab")), "format");
    assert_eq!(tries(&play), Some(0));

    for spent in 1..=5u8 {
        let wrong = ETicket::from_bytes(&mut [spent; 10]).to_text();
        assert_eq!(code(play.unseal(&chip, "helper", &wrong, PIN)), "wrong_ticket");
        assert_eq!(tries(&play), (spent < 5).then_some(spent));
    }
    assert_eq!(
        code(play.unseal(&chip, "helper", &right, PIN)),
        "ticket",
        "locked, even for the right one"
    );
    let entries = play.entries();
    let count = |a: Action| entries.iter().filter(|e| e.action == a).count();
    assert_eq!(
        (count(Action::TicketTriedWrong), count(Action::TicketLocked)),
        (4, 1)
    );

    // The way on: the letter is given up, and the card's next eTicket goes into the next one.
    let id = siegelpost::paper::LetterId::new(play.case().request_id, 1).unwrap();
    dispatch::returned(&play.app.desk(), &id.to_string(), &officer("post")).unwrap();
    let batch = play.print_what_is_ready();
    play.hand_over(&batch).unwrap();
    assert_eq!(
        code(play.unseal(&chip, "helper", &right, PIN)),
        "wrong_ticket",
        "the old number opens nothing"
    );
    play.unseal(&chip, "helper", &play.number().to_text(), PIN)
        .unwrap();
}

#[test]
fn a_letter_that_was_never_posted_cannot_come_back_but_can_be_printed_anew() {
    let play = before(Step::HandOver);
    let id = siegelpost::paper::LetterId::new(play.case().request_id, 1)
        .unwrap()
        .to_string();
    let printed = play.tray(&play.batch()).join("letters-c5-left-de.pdf");
    let spoiled = number_on(&fs::read(printed).unwrap()).unwrap();
    let (desk, post) = (play.app.desk(), officer("post"));
    assert_eq!(code(dispatch::returned(&desk, &id, &post)), "not_posted");

    dispatch::reprint(&desk, std::slice::from_ref(&id), ReprintReason::Spoiled, &post).unwrap();
    let entry = play.entries().pop().unwrap();
    assert_eq!(entry.action, Action::TicketVoid);
    assert_eq!(
        code(dispatch::reprint(
            &desk,
            std::slice::from_ref(&id),
            ReprintReason::Spoiled,
            &post
        )),
        "already_done"
    );
    let batch = play.print_what_is_ready();
    play.hand_over(&batch).unwrap();
    let chip = play.card(CardSerial::from_number(SERIAL)).chip_id;
    assert_eq!(
        code(play.unseal(&chip, "helper", &spoiled.to_text(), PIN)),
        "wrong_ticket"
    );
    play.unseal(&chip, "helper", &play.number().to_text(), PIN)
        .unwrap();
}

#[test]
fn a_store_of_other_tables_is_refused_and_left_alone() {
    let play = before(Step::Approve);
    let database = play.folder.join(&play.app.config.store.database);
    let change = |sql: &str| {
        let status = std::process::Command::new("python3")
            .arg("-c")
            .arg("import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()")
            .arg(&database)
            .arg(sql)
            .status()
            .unwrap();
        assert!(status.success());
    };
    for (sql, version) in [
        ("UPDATE store_version SET version = 99", "version 99"),
        ("DELETE FROM store_version", "version 1"),
    ] {
        change(sql);
        let refused = SqlStore::open(&database).err().unwrap().to_string();
        assert!(refused.contains(version), "{refused}");
    }
    change("INSERT INTO store_version (version) VALUES (2)");
    assert!(SqlStore::open(&database).is_ok());
}

#[test]
fn an_eticket_opens_nothing_after_its_time() {
    let play = before(Step::Unseal);
    let chip = play.card(CardSerial::from_number(SERIAL)).chip_id;
    play.clock.advance(SignedDuration::from_hours(24 * 61));
    assert_eq!(
        code(play.unseal(&chip, "helper", &play.number().to_text(), PIN)),
        "ticket"
    );
}

#[test]
fn a_revoked_card_takes_its_request_and_its_letter_along_and_stops_no_batch() {
    for station in [Step::Collect, Step::HandOver, Step::Unseal] {
        let play = before(station);
        let id = play.case().request_id;
        let app = &play.app;
        let credentials = app.office_credentials().unwrap();
        let sender = app.sender(&app.settings.office.mail, &credentials);
        let batch = (station != Step::Collect).then(|| play.batch());
        let count = revoke::revoke(
            &app.desk(),
            &sender,
            id,
            RevocationReason::KeyCompromise,
            "HR",
            &officer("lrao"),
        );
        assert_eq!(count.unwrap(), 3);
        assert!(
            matches!(play.case().stage, Stage::Withdrawn { .. }),
            "{station:?}: {:?}",
            play.case().stage
        );
        assert_eq!(play.card(CardSerial::from_number(SERIAL)).state.name(), "revoked");
        assert_eq!(code(play.collect()), "no_letters", "{station:?}");
        if let Some(batch) = batch {
            let letters = app.desk().store.letters(&batch).unwrap();
            assert!(letters.iter().all(|l| l.state == LetterState::Void));
            assert_eq!(code(play.hand_over(&batch)), "already_done");
            let chip = play.card(CardSerial::from_number(SERIAL)).chip_id;
            assert_eq!(
                code(play.unseal(&chip, "helper", &play.number().to_text(), PIN)),
                "over"
            );
        }
    }
}

#[test]
fn an_office_is_founded_in_an_empty_folder_only() {
    let play = before(Step::Prestage);
    let journal = play.entries().len();
    let founding = Founding {
        office: cast::office(),
        language: siegelpost::domain::Language::De,
        founder: cast::security(),
    };
    let again = app::found(
        &play.folder,
        &founding,
        &mut crate::play::FixedKeys,
        play.app.outside.clone(),
    );
    assert!(matches!(
        again,
        Err(Trouble::Refused {
            code: "not_empty",
            ..
        })
    ));
    let other = play.folder.with_file_name("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("notes.txt"), "mine").unwrap();
    let again = app::found(
        &other,
        &founding,
        &mut crate::play::FixedKeys,
        play.app.outside.clone(),
    );
    assert!(matches!(
        again,
        Err(Trouble::Refused {
            code: "not_empty",
            ..
        })
    ));
    assert_eq!(crate::play::names(&other), ["notes.txt"]);
    assert_eq!(play.entries().len(), journal);
}

#[test]
fn a_letter_is_printed_once() {
    let play = before(Step::Print);
    let batch = play.batch();
    play.print(&batch).unwrap();
    assert_eq!(code(play.print(&batch)), "printed");
    assert_eq!(
        code(letter::collect(&play.app.desk(), &[], &officer("lrao"))),
        "role"
    );
    assert_eq!(
        code(dispatch::handover(
            &play.app.desk(),
            &batch,
            None,
            &officer("lrao")
        )),
        "role"
    );
}
