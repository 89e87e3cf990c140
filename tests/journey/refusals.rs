//! What the rules stand against is refused by name, costs nothing that it should not cost, and loses nothing.

use crate::play::{PIN, Play, SERIAL, Step, code, officer, scan, scan_of};
use crate::stations::before;
use jiff::SignedDuration;
use siegelpost::app::{self, Founding};
use siegelpost::domain::{CardSerial, CheckCode, ETicket, Request, RequestId, Sha256, Stage, TicketState};
use siegelpost::journal::Action;
use siegelpost::journey::intake::Outcome;
use siegelpost::journey::{Trouble, dispatch, letter, revoke, roster};
use siegelpost::paper::SetInput;
use siegelpost::pki::profile::{self, RevokedCertificate};
use siegelpost::pki::{RevocationReason, Serial};
use siegelpost::ports::store::{LetterState, MailOutcome, OutgoingState, Write};
use siegelpost::rehearsal::cast;
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
    let hand_over: Try = |p| code(p.hand_over(&p.batch()));
    let unseal: Try = |p| {
        let card = p.card(CardSerial::from_number(SERIAL));
        let any = ETicket::from_bytes(&mut [7; 10]).to_text();
        code(p.unseal(&card.chip_id, "helper", &any, PIN))
    };
    let table: [(Step, &str, Try, &str); 26] = [
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
        (Step::Collect, "unseal", unseal, "walk_in"),
        (Step::Print, "issue", issue, "already_done"),
        (Step::Print, "collect", collect, "batch_open"),
        (Step::Print, "hand over", hand_over, "not_printed"),
        (Step::Print, "unseal", unseal, "too_early"),
        (Step::HandOver, "collect", collect, "no_letters"),
        (Step::HandOver, "print", print, "printed"),
        (Step::HandOver, "unseal", unseal, "too_early"),
        (Step::Unseal, "issue", issue, "already_done"),
        (Step::Unseal, "collect", collect, "no_letters"),
        (Step::Unseal, "print", print, "printed"),
        (Step::Unseal, "hand over", hand_over, "already_done"),
    ];
    for station in [
        Step::Inbox,
        Step::Approve,
        Step::Issue,
        Step::Collect,
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
    let batch = play.collect().unwrap();
    play.print(&batch).unwrap();
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
fn a_card_of_another_site_is_refused_at_the_desk_and_in_the_mail() {
    let play = before(Step::Request);
    let zuerich = CardSerial::from_number(987_654_321);
    play.prestage(&play.blank_card(), zuerich).unwrap();
    play.deliver_and_receive(&[zuerich], "zuerich").unwrap();
    let mut data = cast::example();
    data.card_serial = zuerich;
    assert_eq!(code(play.draft(data.clone())), "card_of_other_site");

    // Papers that siegelpost would not print.
    let request = Request {
        request_id: RequestId::from_bits(4711),
        data,
    };
    let input = SetInput {
        request: &request,
        office: &play.app.settings.office,
        rio_name: "Robin Beispiel",
        site_name: "Aussenstelle Bern",
        on: jiff::civil::date(2026, 3, 2),
    };
    let printed = play.app.press.request_set(input).unwrap();
    let scanned = scan(&printed.pdf, &printed.layout, &request.data);
    play.arrive("1", &play.mail("rio-bern", scanned.clone()));
    play.arrive("2", &play.mail("lrao", scanned));
    let taken = play.inbox().unwrap();
    let codes = |n: usize| {
        taken[n]
            .reasons
            .iter()
            .map(|r| r.code.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (taken[0].outcome, codes(0)),
        (Outcome::Quarantined, vec!["card_of_other_site"])
    );
    assert_eq!(
        (taken[1].outcome, codes(1)),
        (Outcome::Quarantined, vec!["signer_not_enrolled"])
    );
    assert_eq!(play.mails_in(".Rejected/cur").len(), 2);
    let outgoing = play.app.desk().store.outgoing().unwrap();
    assert_eq!(outgoing.len(), 1, "the RIO is told, a stranger is not");
    assert_eq!(outgoing[0].to, "rio-bern@office.example");
}

#[test]
fn the_same_mail_again_is_an_alias_and_the_same_signed_content_is_refused() {
    let mut play = before(Step::Inbox);
    let raw = fs::read(play.folder.join("mail/inbox/new/1")).unwrap();
    play.arrive("2-again", &raw);
    let mut relayed = b"Received: from relay.example\r\n".to_vec();
    relayed.extend_from_slice(&raw);
    play.arrive("3-relayed", &relayed);
    let taken = play.inbox().unwrap();
    assert_eq!(
        taken.iter().map(|t| t.outcome).collect::<Vec<_>>(),
        [Outcome::Received, Outcome::Alias, Outcome::Quarantined]
    );
    assert_eq!(taken[2].reasons[0].code, "seen_before");
    assert_eq!(
        (
            play.mails_in("new").len(),
            play.mails_in(".Processed/cur").len(),
            play.mails_in(".Rejected/cur").len()
        ),
        (0, 2, 1)
    );
    assert_eq!(play.app.desk().store.mails().unwrap().len(), 2);
    play.open_again();
    assert!(play.inbox().unwrap().is_empty());
    play.case();
}

#[test]
fn a_mail_without_revocation_data_waits_and_is_taken_in_after_the_next_list() {
    let play = before(Step::Inbox);
    let lists = play.folder.join("trust/crls/issuing.crl");
    fs::remove_file(&lists).unwrap();
    for _ in 0..2 {
        let taken = play.inbox().unwrap();
        assert_eq!(taken[0].outcome, Outcome::Held, "{:?}", taken[0]);
        assert_eq!(play.mails_in("new"), ["1"], "it stays where it is");
    }
    let held = play
        .entries()
        .iter()
        .filter(|e| e.action == Action::MailHeld)
        .count();
    assert_eq!(held, 1, "the same news is told once");
    assert!(matches!(play.case().stage, Stage::Drafted { .. }));
    app::publish_crl(&play.app, Some(&officer("security"))).unwrap();
    assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Received);
    assert_eq!(play.app.desk().store.mails().unwrap().len(), 1);
    assert!(play.mails_in("new").is_empty());
}

#[test]
fn nothing_is_approved_or_issued_on_the_word_of_a_rio_who_is_revoked_or_removed() {
    for station in [Step::Approve, Step::Issue] {
        let attempt = |play: &Play| {
            let id = play.case().request_id;
            if station == Step::Approve {
                code(play.approve(id, "lrao", &play.eyes_needed(id)))
            } else {
                code(play.issue(id))
            }
        };
        // By the CA's list.
        let play = before(station);
        let (ca, now) = (play.app.ca().unwrap(), play.app.desk().now());
        let rio = play
            .app
            .officer_credentials(&officer("rio-bern"))
            .unwrap()
            .chain
            .remove(0);
        let line = RevokedCertificate {
            serial: Serial::from_hex(&hex::encode(rio.serial().octets())).unwrap(),
            at: now,
            reason: RevocationReason::KeyCompromise,
        };
        let week = SignedDuration::from_hours(7 * 24);
        let list = profile::issue_crl(ca.issuing().authority, 1_000, now, now + week, &[line]).unwrap();
        fs::write(
            play.folder.join("trust/crls/revoked.crl"),
            app::pem_block("X509 CRL", list.der()),
        )
        .unwrap();
        assert_eq!(attempt(&play), "mail_void", "{station:?}");

        // By the roster.
        let play = before(station);
        roster::remove(&play.app.desk(), &officer("rio-bern"), &officer("security")).unwrap();
        assert_eq!(attempt(&play), "mail_void", "{station:?}");
    }
}

/// Somebody who can write into the database, and into the blobs, but has no officer's key.
#[test]
fn what_was_altered_at_rest_issues_nothing() {
    let altered = |how: fn(&Play)| {
        let play = before(Step::Issue);
        how(&play);
        let id = play.case().request_id;
        let refused = match play.issue(id) {
            Err(Trouble::Refused { code, .. }) => code,
            Err(Trouble::Damaged(_)) => "damaged",
            other => panic!("issued, or stopped for another reason: {other:?}"),
        };
        assert!(play.app.desk().store.all_certificates().unwrap().is_empty());
        refused
    };
    fn document(play: &Play, kind: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
        let (desk, owner) = (
            play.app.desk(),
            siegelpost::seal::KeyOwner::Request(play.case().request_id),
        );
        let key = desk.key(owner).unwrap();
        let plain = desk.read_document(&key, owner, kind).unwrap().unwrap().to_vec();
        desk.store
            .commit(
                desk.now(),
                vec![desk.document(&key, owner, kind, &change(plain))],
                vec![],
            )
            .unwrap();
    }
    fn replaced(plain: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
        let text = String::from_utf8(plain).unwrap();
        assert!(text.contains(from));
        text.replacen(from, to, 1).into_bytes()
    }

    assert_eq!(
        altered(|p| document(p, "decision", |mut d| {
            let n = d.len() / 2;
            d[n] ^= 1;
            d
        })),
        "decision_void"
    );
    assert_eq!(
        altered(|p| document(p, "checks", |d| replaced(d, "passed", "failed"))),
        "decision_void"
    );
    assert_eq!(
        altered(|p| document(p, "request", |d| replaced(d, "Muster", "Mustor"))),
        "decision_void"
    );
    // A stage that says it was decided, and reserved numbers, without anybody's signature under them.
    assert_eq!(
        altered(|p| {
            let desk = p.app.desk();
            let mut case = p.case();
            case.stage = Stage::Issuing {
                rio: officer("rio-bern"),
                lrao: officer("lrao"),
                decision: Sha256([1; 32]),
            };
            document(p, "decision", |_| b"no signature".to_vec());
            desk.store
                .commit(desk.now(), vec![Write::Case(case)], vec![])
                .unwrap();
        }),
        "decision_void"
    );
    assert_eq!(
        altered(|p| {
            let mut case = p.case();
            if let Stage::Approved { lrao, .. } = &mut case.stage {
                *lrao = officer("second-robin");
            }
            let desk = p.app.desk();
            desk.store
                .commit(desk.now(), vec![Write::Case(case)], vec![])
                .unwrap();
        }),
        "decision_void"
    );
    // The kept mail.
    assert_eq!(
        altered(|p| {
            let name = p.app.desk().store.mails().unwrap()[0].blob.to_string();
            let path = p.folder.join("store/blobs").join(&name[..2]).join(&name);
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&path, bytes).unwrap();
        }),
        "damaged"
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
fn one_mail_with_two_requests_for_one_card_stops_no_inbox() {
    let play = before(Step::Request);
    let mut data = cast::example();
    data.card_serial = CardSerial::from_number(SERIAL);
    // Two papers that another office's program printed: there is no draft of either here.
    let mut scans = vec![];
    for bits in [11, 12] {
        let request = Request {
            request_id: RequestId::from_bits(bits),
            data: data.clone(),
        };
        let input = SetInput {
            request: &request,
            office: &play.app.settings.office,
            rio_name: "Robin Beispiel",
            site_name: "Aussenstelle Bern",
            on: jiff::civil::date(2026, 3, 2),
        };
        let printed = play.app.press.request_set(input).unwrap();
        scans.push(scan(&printed.pdf, &printed.layout, &request.data));
    }
    let credentials = play.app.officer_credentials(&officer("rio-bern")).unwrap();
    let sender = play.app.sender("rio-bern@office.example", &credentials);
    let mut attachments = vec![];
    scans
        .into_iter()
        .for_each(|s| attachments.extend(crate::play::attached(s)));
    let mail = siegelpost::journey::submit::letter(
        &sender,
        siegelpost::domain::Language::De,
        &[],
        attachments,
        &play.app.settings.office.mail,
        "<two@office.example>",
    )
    .unwrap();
    let raw = siegelpost::journey::outbox::sign(&sender, &mail, play.app.desk().now()).unwrap();
    play.arrive("1-two", &raw);
    let drafted = play.draft(data).unwrap();
    play.arrive("2-good", &play.mail("rio-bern", scan_of(&drafted)));
    let taken = play.inbox().unwrap();
    assert_eq!(taken[0].outcome, Outcome::Quarantined);
    assert!(
        taken[0].reasons.iter().any(|r| r.code == "card_taken"),
        "{:?}",
        taken[0].reasons
    );
    assert_eq!(taken[1].outcome, Outcome::Received);
    let mails = play.app.desk().store.mails().unwrap();
    assert!(mails.iter().all(|m| m.outcome != MailOutcome::Stored));
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
        code(dispatch::handover(&play.app.desk(), &batch, &officer("lrao"))),
        "role"
    );
}
