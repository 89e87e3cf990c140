//! Servers that hang, lie, never end, or speak in the clear: every call ends, nothing is lost, nothing is said that should not be.

use crate::fake::{Fake, Fault, MAIL};
use crate::scene::{account, imap, imap_config, office, source, take_from};
use siegelpost::adapters::mail::imap::{Account, Imap, Security};
use siegelpost::journey::intake::Outcome;
use siegelpost::ports::mail::{MailError, MailSource, Settled};
use std::time::{Duration, Instant};

const LIMIT: u64 = 3 * 1024 * 1024;
/// Far above the time of a few calls, far below that of a test that hangs.
const SOON: Duration = Duration::from_secs(20);

fn of(fake: &Fake) -> Imap {
    source(Account {
        timeout: Duration::from_secs(1),
        ..account(fake.port)
    })
}

/// Lists, fetches and settles; the first thing that goes wrong.
fn all(imap: &Imap) -> Result<Vec<u8>, MailError> {
    let found = imap.list()?;
    let raw = imap.fetch(&found[0], LIMIT)?;
    imap.settle(&found[0], Settled::Processed)?;
    Ok(raw)
}

#[test]
fn a_server_that_does_right_hands_its_mail_out() {
    let fake = Fake::start(Fault::Nothing);
    assert_eq!(all(&of(&fake)).unwrap(), MAIL);
    assert!(
        fake.asked().contains(&"UID MOVE 1 \"Processed\"".to_owned()),
        "{:?}",
        fake.asked()
    );
}

#[test]
fn every_call_ends_in_its_time() {
    let words = [
        "greeting",
        "LOGIN",
        "CAPABILITY",
        "EXAMINE",
        "SELECT",
        "UID SEARCH",
        "UID FETCH",
        "UID MOVE",
    ];
    for word in words {
        for fault in [Fault::Hangs(word), Fault::Drips(word)] {
            if fault == Fault::Drips("greeting") {
                continue;
            }
            let begun = Instant::now();
            let fake = Fake::start(fault);
            let why = all(&of(&fake)).unwrap_err().to_string();
            assert!(begun.elapsed() < SOON, "{fault:?}");
            assert!(why.contains("did not answer"), "{fault:?}: {why}");
        }
    }
}

#[test]
fn a_server_that_hangs_up_anywhere_is_an_error_and_never_an_empty_mailbox() {
    for word in [
        "LOGIN",
        "CAPABILITY",
        "SELECT",
        "UID SEARCH",
        "UID FETCH",
        "UID MOVE",
    ] {
        let fake = Fake::start(Fault::HangsUp(word));
        let done = all(&of(&fake));
        assert!(matches!(done, Err(MailError::Source { .. })), "{word}: {done:?}");
    }
}

#[test]
fn what_never_ends_is_cut_before_it_fills_the_memory() {
    for fault in [Fault::HugeLiteral, Fault::EndlessLines, Fault::EndlessMail] {
        let begun = Instant::now();
        let fake = Fake::start(fault);
        let imap = source(account(fake.port));
        let stopped = all(&imap).unwrap_err();
        assert!(begun.elapsed() < SOON, "{fault:?}");
        match fault {
            Fault::EndlessMail => assert!(
                matches!(stopped, MailError::TooLarge { limit: LIMIT, .. }),
                "{stopped:?}"
            ),
            _ => assert!(stopped.to_string().contains("more than was asked"), "{stopped}"),
        }
    }
}

#[test]
fn a_numbering_that_changes_between_list_and_fetch_takes_nothing_wrong_and_loses_nothing() {
    let fake = Fake::start(Fault::Renumbers);
    let imap = of(&fake);
    let found = imap.list().unwrap();
    // Another connection, as after a line was lost: the server has rebuilt its mailbox meanwhile.
    let later = of(&fake);
    assert!(matches!(
        later.fetch(&found[0], LIMIT),
        Err(MailError::Renumbered { .. })
    ));
    later.settle(&found[0], Settled::Rejected).unwrap();
    assert!(!fake.asked().iter().any(|c| c.starts_with("UID MOVE")));
    assert_eq!(all(&later).unwrap(), MAIL);
}

#[test]
fn the_same_mail_under_a_new_number_is_an_alias() {
    let fake = Fake::start(Fault::Renumbers);
    let mut play = office();
    let config = imap_config(&play, fake.port);
    take_from(&mut play, imap(config));
    let outcomes = |play: &crate::play::Play| -> Vec<_> {
        play.inbox().unwrap().into_iter().map(|t| t.outcome).collect()
    };
    assert_eq!(outcomes(&play), [Outcome::Quarantined]);
    assert_eq!(outcomes(&play), [Outcome::Alias]);
    assert_eq!(play.app.desk().store.mails().unwrap().len(), 1);
}

#[test]
fn a_server_that_cannot_move_mails_is_refused_before_any_is_taken_in() {
    let fake = Fake::start(Fault::CannotMove);
    let why = of(&fake).list().unwrap_err().to_string();
    assert!(why.contains("MOVE") && why.contains("UIDPLUS"), "{why}");
    assert!(!fake.asked().iter().any(|c| c.contains("FETCH")));
}

#[test]
fn without_move_a_mail_is_copied_and_that_one_expunged() {
    let fake = Fake::start(Fault::NoMove);
    all(&of(&fake)).unwrap();
    let asked = fake.asked();
    let moved: Vec<&str> = asked.iter().rev().take(3).rev().map(String::as_str).collect();
    assert_eq!(
        moved,
        [
            "UID COPY 1 \"Processed\"",
            "UID STORE 1 +FLAGS.SILENT (\\Deleted)",
            "UID EXPUNGE 1"
        ]
    );
}

#[test]
fn nothing_is_said_in_the_clear() {
    for fault in [Fault::NoStartTls, Fault::PreAuth] {
        let fake = Fake::start(fault);
        let imap = source(Account {
            security: Security::StartTls,
            timeout: Duration::from_secs(2),
            ..account(fake.port)
        });
        assert!(imap.list().is_err(), "{fault:?}");
        let asked = fake.asked();
        assert!(asked.is_empty() || asked == ["STARTTLS"], "{fault:?}: {asked:?}");
    }
}
