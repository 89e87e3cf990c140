//! The outbox with a way out that does as it is told: tried again later and later, given up, and never sent twice by itself.

use crate::play::{Play, attached, code, officer, scan_of};
use crate::scene::{lrao, office, program, runs, without_papers};
use jiff::SignedDuration;
use siegelpost::domain::CardSerial;
use siegelpost::journal::Action;
use siegelpost::journey::{outbox, submit};
use siegelpost::ports::Waypoint;
use siegelpost::ports::mail::{Handover, MailSender, SendOutcome};
use siegelpost::ports::store::{OutgoingRow, OutgoingState};
use siegelpost::rehearsal::cast;
use std::sync::Mutex;

/// Answers as it is told, and counts.
struct Scripted {
    answer: SendOutcome,
    handed: Mutex<Vec<String>>,
}

impl Scripted {
    fn answering(answer: SendOutcome) -> Scripted {
        Scripted {
            answer,
            handed: Mutex::default(),
        }
    }

    fn times(&self) -> usize {
        self.handed.lock().unwrap().len()
    }
}

impl MailSender for Scripted {
    fn send(&self, mail: &Handover) -> SendOutcome {
        self.handed.lock().unwrap().push(mail.message_id.to_owned());
        self.answer.clone()
    }
}

fn temporary() -> Scripted {
    Scripted::answering(SendOutcome::Temporary("451 later".into()))
}

/// An office whose outbox has one reply that waits.
fn waiting() -> Play {
    let play = office();
    play.arrive("1", &without_papers(&play));
    // The reply is written with the mail's outcome; the run ends before it is handed over.
    play.ends.end_at(Waypoint::IntakeSettled);
    assert!(play.inbox().is_err());
    assert_eq!(only(&play).state, OutgoingState::Queued);
    play
}

fn only(play: &Play) -> OutgoingRow {
    let mut rows = play.app.desk().store.outgoing().unwrap();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

#[test]
fn a_temporary_failure_is_tried_again_later_and_later_and_given_up_after_days() {
    let play = waiting();
    let way_out = temporary();
    let desk = play.app.desk();
    outbox::flush(&desk, &way_out).unwrap();
    outbox::flush(&desk, &way_out).unwrap();
    assert_eq!(way_out.times(), 1, "not before its time");
    let mut waits = vec![];
    let begun = only(&play).queued;
    while only(&play).state == OutgoingState::Queued {
        let row = only(&play);
        let next = row.next_try.unwrap();
        let wait = next.duration_since(desk.now());
        waits.push(wait);
        play.clock.advance(wait + SignedDuration::from_secs(1));
        outbox::flush(&desk, &way_out).unwrap();
    }
    assert!(waits[0] <= SignedDuration::from_mins(1));
    assert!(waits[3] > waits[2] && waits[2] > waits[1]);
    assert!(waits.iter().all(|w| *w <= SignedDuration::from_hours(4)));
    let row = only(&play);
    assert_eq!(row.state, OutgoingState::Failed);
    assert!(
        row.detail.contains("given up") && row.detail.contains("451"),
        "{}",
        row.detail
    );
    assert!(desk.now().duration_since(begun) > SignedDuration::from_hours(3 * 24));
    let listed = runs(&play, &["--json", "outbox", "list"]);
    assert!(listed.contains("\"state\":\"failed\""), "{listed}");
}

#[test]
fn a_server_that_cannot_be_reached_is_asked_once_for_all_mails() {
    let play = office();
    for n in 0..3 {
        play.arrive(&n.to_string(), &without_papers(&play));
    }
    for _ in 0..3 {
        play.ends.end_at(Waypoint::IntakeSettled);
        assert!(play.inbox().is_err());
    }
    let desk = play.app.desk();
    assert_eq!(desk.store.outgoing().unwrap().len(), 3);
    let away = Scripted::answering(SendOutcome::Unreachable("no route".into()));
    outbox::flush(&desk, &away).unwrap();
    assert_eq!(away.times(), 1);
    let rows = desk.store.outgoing().unwrap();
    assert!(rows.iter().all(|r| r.state == OutgoingState::Queued));
    play.clock.advance(SignedDuration::from_hours(1));
    let back = Scripted::answering(SendOutcome::Sent);
    outbox::flush(&desk, &back).unwrap();
    assert_eq!(back.times(), 3);
}

#[test]
fn a_mail_that_a_server_may_have_is_sent_again_by_an_officer_alone() {
    let play = waiting();
    let desk = play.app.desk();
    outbox::flush(&desk, &Scripted::answering(SendOutcome::Unknown("cut".into()))).unwrap();
    let way_out = Scripted::answering(SendOutcome::Sent);
    play.clock.advance(SignedDuration::from_hours(100));
    outbox::flush(&desk, &way_out).unwrap();
    assert_eq!(way_out.times(), 0);
    let id = only(&play).message_id;
    assert_eq!(code(outbox::resend(&desk, &id, &officer("rio-bern"))), "role");
    assert_eq!(
        code(outbox::resend(&desk, "<none@office.example>", &lrao())),
        "unknown"
    );
    outbox::resend(&desk, &id, &lrao()).unwrap();
    outbox::flush(&desk, &way_out).unwrap();
    assert_eq!(way_out.times(), 1);
    assert_eq!(only(&play).state, OutgoingState::Sent);
    assert_eq!(code(outbox::resend(&desk, &id, &lrao())), "not_stuck");
    let resent = play
        .entries()
        .into_iter()
        .filter(|e| e.action == Action::MailResent);
    assert_eq!(resent.count(), 1);
}

#[test]
fn cut_off_while_handing_over_it_is_unknown_and_an_officer_settles_it() {
    let mut play = waiting();
    play.ends.end_at(Waypoint::OutboxHanded);
    let way_out = Scripted::answering(SendOutcome::Sent);
    assert!(outbox::flush(&play.app.desk(), &way_out).is_err());
    play.open_again();
    outbox::flush(&play.app.desk(), &way_out).unwrap();
    assert_eq!(way_out.times(), 1, "never twice by itself");
    let row = only(&play);
    assert_eq!(row.state, OutgoingState::Unknown);
    let listed = runs(&play, &["outbox", "list"]);
    assert!(listed.contains("ask the recipient"), "{listed}");
    runs(&play, &["--as", "lrao", "outbox", "settle", &row.message_id]);
    assert_eq!(only(&play).state, OutgoingState::Settled);
    assert_eq!(runs(&play, &["outbox", "list"]), "");
    assert_eq!(
        program(
            &play,
            None,
            &["--as", "lrao", "outbox", "settle", &row.message_id]
        )
        .status
        .code(),
        Some(1)
    );
}

#[test]
fn a_permanent_failure_is_shown_and_not_tried_again() {
    let play = waiting();
    let desk = play.app.desk();
    outbox::flush(
        &desk,
        &Scripted::answering(SendOutcome::Permanent("550 no".into())),
    )
    .unwrap();
    play.clock.advance(SignedDuration::from_hours(100));
    let way_out = Scripted::answering(SendOutcome::Sent);
    outbox::flush(&desk, &way_out).unwrap();
    assert_eq!(way_out.times(), 0);
    let listed = runs(&play, &["outbox", "list"]);
    assert!(listed.contains("550 no"), "{listed}");
}

#[test]
fn papers_are_journalled_as_sent_when_they_are_and_not_before() {
    let mut play = office();
    let mut data =
        cast::people(play.app.desk().now().to_zoned(jiff::tz::TimeZone::UTC).date()).swap_remove(1);
    data.card_serial = CardSerial::from_number(987_654_321);
    data.site = "bern".parse().unwrap();
    let chip = play.blank_card();
    play.prestage(&chip, data.card_serial).unwrap();
    play.deliver_and_receive(&[data.card_serial], "bern").unwrap();
    let drafted = play.draft(data).unwrap();
    let rio = officer("rio-bern");
    let credentials = play.app.officer_credentials(&rio).unwrap();
    let scan = attached(scan_of(&drafted));
    let submitted = |play: &Play| {
        let sent = play
            .entries()
            .into_iter()
            .filter(|e| e.action == Action::RequestSubmitted);
        sent.count()
    };
    let sender = play.app.sender("rio-bern@office.example", &credentials);
    let desk = play.app.desk();
    let submission = submit::submit(&desk, play.app.reader(), &sender, scan, &rio, true).unwrap();
    assert_eq!(submitted(&play), 0);
    let row = submission.send(&desk, &temporary()).unwrap();
    assert_eq!((row.state, submitted(&play)), (OutgoingState::Queued, 0));
    // The office's way out leaves a RIO's mail alone.
    play.clock.advance(SignedDuration::from_hours(1));
    let way_out = Scripted::answering(SendOutcome::Sent);
    outbox::flush(&desk, &way_out).unwrap();
    assert_eq!(way_out.times(), 0);
    play.ends.end_at(Waypoint::OutboxHanded);
    assert!(outbox::flush_submissions(&desk, &way_out).is_err());
    play.open_again();
    assert_eq!((way_out.times(), submitted(&play)), (1, 0));
    let id = row.message_id;
    let desk = play.app.desk();
    assert_eq!(code(outbox::resend(&desk, &id, &officer("rio-zuerich"))), "role");
    outbox::resend(&desk, &id, &rio).unwrap();
    outbox::flush_submissions(&desk, &way_out).unwrap();
    assert_eq!((way_out.times(), submitted(&play)), (2, 1));
}
