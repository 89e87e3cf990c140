//! A real Dovecot: sign-in, folders, moves, news, and a line that is cut.

use crate::dovecot::{Dovecot, PASSWORD, TOKEN};
use crate::proxy::Proxy;
use crate::scene::{account, command, good, imap, imap_config, office, source, stranger, take_from};
use siegelpost::adapters::mail::Secret;
use siegelpost::adapters::mail::imap::{Account, Security};
use siegelpost::config::{self, SecretConfig, SignIn};
use siegelpost::journey::evidence;
use siegelpost::journey::intake::Outcome;
use siegelpost::ports::mail::{FoundMail, MailError, MailSource, Settled};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

const LIMIT: u64 = 50 * 1024 * 1024;

#[test]
fn mails_are_taken_in_and_moved_and_their_bytes_are_those_of_the_server() {
    let server = Dovecot::start();
    let mut play = office();
    let config = imap_config(&play, server.imaps);
    // The same bytes lie in a Maildir as well: one request, and an alias.
    let mut inbox = play.app.config.lrao.inbox.clone();
    inbox.extend(imap(config));
    take_from(&mut play, inbox);
    play.arrive("also-here", good());
    server.deliver("1.first", &stranger(1));
    server.deliver("2.second", good());
    let taken = play.inbox().unwrap();
    let outcomes: Vec<_> = taken.iter().map(|t| (t.source.as_str(), t.outcome)).collect();
    assert_eq!(
        outcomes,
        [
            ("inbox", Outcome::Received),
            ("server", Outcome::Quarantined),
            ("server", Outcome::Alias)
        ],
        "{taken:?}"
    );
    // account, folder, UIDVALIDITY, UID
    let parts: Vec<_> = taken[1].message.split('/').collect();
    assert!(
        matches!(parts[..], ["INBOX", validity, "1"] if validity.parse::<u32>().is_ok()),
        "{parts:?}"
    );
    assert_eq!(server.mails(""), Vec::<Vec<u8>>::new());
    assert_eq!(server.mails("Processed"), [good()]);
    assert_eq!(server.mails("Rejected"), [stranger(1)]);
    let kept = evidence::raw_mail(&play.app.desk(), taken[2].sha256.unwrap()).unwrap();
    assert_eq!(kept, good());
    assert!(play.inbox().unwrap().is_empty());
    play.case();
}

#[test]
fn starttls_and_access_tokens_open_the_mailbox_and_a_token_is_read_anew() {
    let server = Dovecot::start();
    let mut play = office();
    let token = play.folder.join("keys/token");
    fs::write(&token, "stale\n").unwrap();
    let mut config = imap_config(&play, server.imap);
    config.security = config::Security::StartTls;
    config.sign_in = SignIn::Xoauth2;
    config.secret = SecretConfig::Command(vec!["cat".into(), token.display().to_string()]);
    take_from(&mut play, imap(config));
    server.deliver("1.first", &stranger(1));
    let why = play.inbox().unwrap_err().to_string();
    assert!(why.contains("sign in") && !why.contains("stale"), "{why}");
    assert_eq!(server.mails("").len(), 1, "nothing was changed");
    fs::write(&token, TOKEN).unwrap();
    let taken = play.inbox().unwrap_or_else(|e| panic!("{e}\n{}", server.log()));
    assert_eq!(taken[0].outcome, Outcome::Quarantined);
    assert_eq!(server.mails("Rejected").len(), 1);
}

#[test]
fn a_server_whose_certificate_is_not_trusted_or_that_refuses_the_password_gets_nothing() {
    let server = Dovecot::start();
    server.deliver("1.first", &stranger(1));
    let stranger_to_us = source(Account {
        roots: vec![],
        ..account(server.imaps)
    });
    let why = stranger_to_us.list().unwrap_err().to_string();
    assert!(why.contains("cannot be trusted"), "{why}");
    let other_name = source(Account {
        host: "127.0.0.1".into(),
        ..account(server.imaps)
    });
    assert!(
        other_name
            .list()
            .unwrap_err()
            .to_string()
            .contains("cannot be trusted")
    );
    let wrong = source(Account {
        secret: Secret::Command(vec!["echo".into(), "wrong".into()]),
        ..account(server.imaps)
    });
    let why = wrong.list().unwrap_err().to_string();
    assert!(why.contains("sign in"), "{why}");
    let right = source(Account {
        security: Security::StartTls,
        ..account(server.imap)
    });
    assert_eq!(right.list().unwrap().len(), 1, "{PASSWORD} is right");
}

#[test]
fn a_large_mail_comes_in_pieces_and_whole_and_one_over_the_limit_is_not_read() {
    let server = Dovecot::start();
    let mut large = b"Subject: large {99999999999}\r\n\r\n".to_vec();
    for n in 0..120_000 {
        large.extend_from_slice(format!("line {n:06} {{10000000000}}\r\n").as_bytes());
    }
    server.deliver("1.first", &large);
    let source = source(account(server.imaps));
    let found = source.list().unwrap();
    assert_eq!(source.fetch(&found[0], LIMIT).unwrap(), large);
    let over = source.fetch(&found[0], large.len() as u64 - 1);
    assert!(
        matches!(over, Err(MailError::TooLarge { size, .. }) if size == large.len() as u64),
        "{over:?}"
    );
    source.settle(&found[0], Settled::Processed).unwrap();
    source.settle(&found[0], Settled::Processed).unwrap();
    assert!(matches!(
        source.fetch(&found[0], LIMIT),
        Err(MailError::Gone { .. })
    ));
    assert_eq!(server.mails("Processed"), [large]);
}

#[test]
fn a_key_of_another_numbering_names_nothing() {
    let server = Dovecot::start();
    server.deliver("1.first", &stranger(1));
    let source = source(account(server.imaps));
    source.list().unwrap();
    let stale = FoundMail {
        key: "INBOX/1/1".into(),
    };
    assert!(matches!(
        source.fetch(&stale, LIMIT),
        Err(MailError::Renumbered { .. })
    ));
    source.settle(&stale, Settled::Rejected).unwrap();
    assert_eq!(server.mails("").len(), 1, "no other mail was moved in its place");
}

#[test]
fn a_line_that_is_cut_anywhere_loses_nothing_and_doubles_nothing() {
    let server = Dovecot::start();
    let mut play = office();
    server.deliver("1.first", good());
    // In the handshake, while signing in, in the middle of the mail, and near its end.
    for after in [500, 3_000, 30_000, good().len() as u64] {
        let proxy = Proxy::cutting_after(after, server.imaps);
        let config = imap_config(&play, proxy.port);
        take_from(&mut play, imap(config));
        assert!(play.inbox().is_err(), "cut after {after} bytes");
        assert!(proxy.has_cut.load(Ordering::SeqCst));
        assert_eq!(server.mails(""), [good()], "it is still there");
        assert!(play.app.desk().store.mails().unwrap().is_empty());
    }
    let config = imap_config(&play, server.imaps);
    take_from(&mut play, imap(config));
    assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Received);
    assert_eq!(server.mails("Processed"), [good()]);
    play.case();
}

#[test]
fn a_bell_rings_when_a_mail_comes_and_not_when_none_does() {
    let server = Dovecot::start();
    let source = source(account(server.imaps));
    let mut bell = source.bell().unwrap();
    assert!(
        bell.wait(Duration::from_secs(60)).unwrap(),
        "nobody listened before"
    );
    assert!(!bell.wait(Duration::from_millis(300)).unwrap());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| bell.wait(Duration::from_secs(60)));
        server.deliver("1.first", &stranger(1));
        assert!(waiting.join().unwrap().unwrap());
    });
}

#[test]
fn a_watch_takes_a_mail_in_as_soon_as_the_server_says_so() {
    let server = Dovecot::start();
    let mut play = office();
    let config = imap_config(&play, server.imaps);
    take_from(&mut play, imap(config));
    // Of itself it would look once a day.
    let mut watch = command(&play, None, &["--json", "inbox", "watch", "--every", "86400"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(watch.stdout.take().unwrap());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || out.lines().try_for_each(|line| tell.send(line)));
    for n in 1..=2 {
        server.deliver(&format!("{n}.mail"), &stranger(n));
        let line = told.recv_timeout(Duration::from_secs(120));
        let line = line.unwrap_or_else(|_| panic!("no word of mail {n}")).unwrap();
        assert!(line.contains("\"outcome\":\"quarantined\""), "{line}");
    }
    watch.kill().unwrap();
    watch.wait().unwrap();
}
