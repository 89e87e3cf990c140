//! An office of today with one good mail of a RIO, founded once and copied for each test.

use crate::certs::certs;
use crate::dovecot::{PASSWORD, USER};
use crate::play::{Play, SERIAL, officer, scan_of, scratch};
use jiff::{SignedDuration, Timestamp};
use siegelpost::adapters::clock::SystemClock;
use siegelpost::adapters::mail::Secret;
use siegelpost::adapters::mail::imap::{Account, Imap, Security};
use siegelpost::config::{self, FILE, ImapConfig, InboxConfig, SecretConfig, SignIn};
use siegelpost::domain::CardSerial;
use siegelpost::ports::Clock as _;
use siegelpost::rehearsal::cast;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Duration;

struct Base {
    _kept: tempfile::TempDir,
    folder: PathBuf,
    good: Vec<u8>,
}

fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(|| {
        // The clock of a play moves on at each look: it starts early enough never to be ahead of the program's.
        let now = now();
        let play = Play::found_at("mail", now - SignedDuration::from_hours(2));
        let serial = CardSerial::from_number(SERIAL);
        let chip = play.blank_card();
        play.prestage(&chip, serial).unwrap();
        play.deliver_and_receive(&[serial], "bern").unwrap();
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut data = cast::people(today).swap_remove(0);
        data.card_serial = serial;
        let drafted = play.draft(data).unwrap();
        let good = play.mail("rio-bern", scan_of(&drafted));
        let kept = scratch();
        let folder = kept.path().join("office");
        crate::play::copy_folder(&play.folder, &folder);
        Base {
            _kept: kept,
            folder,
            good,
        }
    })
}

/// The machine's time.
pub fn now() -> Timestamp {
    SystemClock.now()
}

/// An office of its own.
pub fn office() -> Play {
    Play::from_copy(&base().folder, "a copy", now() - SignedDuration::from_hours(1))
}

/// The mail with the papers of the office's one request.
pub fn good() -> &'static [u8] {
    &base().good
}

/// A mail that is refused without a word to anybody: nothing in it is signed.
pub fn stranger(n: usize) -> Vec<u8> {
    format!("From: someone{n}@elsewhere.example\r\nSubject: hello\r\n\r\nnumber {n}\r\n").into_bytes()
}

/// A signed mail of a RIO that lacks its papers.
pub fn without_papers(play: &Play) -> Vec<u8> {
    play.mail("rio-bern", b"no scan".to_vec())
}

/// Puts these places into the office's configuration.
pub fn take_from(play: &mut Play, inbox: Vec<InboxConfig>) {
    let mut config = play.app.config.clone();
    config.lrao.inbox = inbox;
    write_config(play, &config);
}

pub fn write_config(play: &mut Play, config: &config::Config) {
    fs::write(play.folder.join(FILE), config.to_text()).unwrap();
    play.open_again();
}

/// The CA of the test servers, in the office's folder.
pub fn ca_file(play: &Play) -> PathBuf {
    fs::write(play.folder.join("mail-ca.pem"), &certs().ca_pem).unwrap();
    "mail-ca.pem".into()
}

/// An IMAP inbox of the configuration, with the password in a file.
pub fn imap_config(play: &Play, port: u16) -> ImapConfig {
    fs::write(play.folder.join("keys/imap.secret"), format!("{PASSWORD}\n")).unwrap();
    ImapConfig {
        name: "server".into(),
        host: "localhost".into(),
        port: Some(port),
        security: config::Security::Tls,
        user: USER.into(),
        sign_in: SignIn::Password,
        secret: SecretConfig::File("keys/imap.secret".into()),
        ca_file: Some(ca_file(play)),
        folder: "INBOX".into(),
        processed: "Processed".into(),
        rejected: "Rejected".into(),
        timeout_seconds: 30,
    }
}

pub fn imap(config: ImapConfig) -> Vec<InboxConfig> {
    vec![InboxConfig::Imap(Box::new(config))]
}

/// An account at a server of the tests, without an office.
pub fn account(port: u16) -> Account {
    Account {
        name: "server".into(),
        host: "localhost".into(),
        port,
        security: Security::Tls,
        user: USER.into(),
        secret: Secret::Command(vec!["echo".into(), PASSWORD.into()]),
        is_token: false,
        roots: vec![certs().ca_der.clone()],
        folder: "INBOX".into(),
        processed: "Processed".into(),
        rejected: "Rejected".into(),
        timeout: Duration::from_secs(30),
    }
}

pub fn source(account: Account) -> Imap {
    Imap::new(account).unwrap()
}

/// The real program in the office's folder; dies at a point when one is named.
pub fn program(play: &Play, end_at: Option<&str>, words: &[&str]) -> Output {
    command(play, end_at, words).output().unwrap()
}

pub fn command(play: &Play, end_at: Option<&str>, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_siegelpost"));
    command
        .args(words)
        .env("SIEGELPOST_OFFICE", &play.folder)
        .env_remove("SIEGELPOST_AS")
        .env_remove("SIEGELPOST_END_AT");
    if let Some(point) = end_at {
        command.env("SIEGELPOST_END_AT", point);
    }
    command
}

/// Runs the program, which must end well; its standard output.
#[track_caller]
pub fn runs(play: &Play, words: &[&str]) -> String {
    let output = program(play, None, words);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The LRAO of the cast.
pub fn lrao() -> siegelpost::domain::OfficerId {
    officer("lrao")
}
