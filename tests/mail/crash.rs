//! The real program dies between storing and moving, at each point and of each kind of source, and at any moment: run again, it
//! has each mail once, and each where it belongs.

use crate::dovecot::Dovecot;
use crate::play::{Play, names};
use crate::scene::{command, good, imap, imap_config, office, program, runs, stranger, take_from};
use siegelpost::config::InboxConfig;
use siegelpost::journal::Action;
use siegelpost::ports::store::MailOutcome;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

/// From the blob that no row names yet to the mail that was moved and not told of.
const POINTS: [&str; 5] = [
    "IntakeBlobStored",
    "IntakeMailStored",
    "IntakeJudged",
    "IntakeCommitted",
    "IntakeSettled",
];

/// One request, one mail, told of once in the journal.
#[track_caller]
fn taken_in_once(play: &Play, context: &str) {
    let mails = play.app.desk().store.mails().unwrap();
    assert_eq!(mails.len(), 1, "{context}");
    assert_eq!(
        mails[0].outcome,
        MailOutcome::Received,
        "{context}: {:?}",
        mails[0].reasons
    );
    assert_eq!(play.case().stage.name(), "in_review", "{context}");
    let times = |action: Action| play.entries().iter().filter(|e| e.action == action).count();
    assert_eq!(times(Action::MailReceived), 1, "{context}");
    assert_eq!(times(Action::RequestReceived), 1, "{context}");
    assert_eq!(times(Action::MailAlias), 0, "{context}");
}

/// Kills the program at each point, one after the other, and lets it end.
#[track_caller]
fn killed_at_each_point(play: &Play) {
    for point in POINTS {
        let died = program(play, Some(point), &["inbox", "run"]);
        // Behind its point nothing is left to do at the next: then it ends well.
        let is_late = died.status.code() == Some(0);
        assert!(
            died.status.code().is_none() || is_late,
            "{point}: {}",
            String::from_utf8_lossy(&died.stderr)
        );
        assert!(!is_late || point == "IntakeSettled", "{point} was not passed");
    }
    runs(play, &["inbox", "run"]);
}

#[test]
fn from_a_maildir() {
    let play = office();
    play.arrive("1", good());
    killed_at_each_point(&play);
    taken_in_once(&play, "Maildir");
    assert_eq!(play.mails_in(".Processed/cur").len(), 1);
    assert!(play.mails_in("new").is_empty() && play.mails_in("cur").is_empty());
}

#[test]
fn from_a_folder_of_eml_files() {
    let mut play = office();
    let folder = play.folder.join("mail/eml");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.eml"), good()).unwrap();
    take_from(
        &mut play,
        vec![InboxConfig::Eml {
            name: "files".into(),
            path: "mail/eml".into(),
        }],
    );
    killed_at_each_point(&play);
    taken_in_once(&play, "folder");
    assert_eq!(names(&folder.join("Processed")), ["a.eml"]);
    assert_eq!(fs::read(folder.join("Processed/a.eml")).unwrap(), good());
    assert!(!folder.join("a.eml").exists());
}

#[test]
fn from_an_mbox_file_which_stays_as_it_is() {
    let mut play = office();
    let path: PathBuf = play.folder.join("mail/mbox");
    let mut mbox = b"From rio@office.example Mon Mar  2 08:00:00 2026\n".to_vec();
    mbox.extend_from_slice(good());
    mbox.push(b'\n');
    fs::create_dir_all(play.folder.join("mail")).unwrap();
    fs::write(&path, &mbox).unwrap();
    take_from(
        &mut play,
        vec![InboxConfig::Mbox {
            name: "file".into(),
            path: "mail/mbox".into(),
        }],
    );
    for point in &POINTS[..4] {
        program(&play, Some(point), &["inbox", "run"]);
    }
    runs(&play, &["inbox", "run"]);
    taken_in_once(&play, "mbox");
    assert_eq!(fs::read(&path).unwrap(), mbox);
    assert_eq!(
        runs(&play, &["--json", "inbox", "run"]),
        "",
        "it is known and not told again"
    );
}

#[test]
fn from_an_imap_server() {
    let server = Dovecot::start();
    let mut play = office();
    let config = imap_config(&play, server.imaps);
    take_from(&mut play, imap(config));
    server.deliver("1.first", good());
    killed_at_each_point(&play);
    taken_in_once(&play, "IMAP");
    assert_eq!(server.mails("Processed"), [good()]);
    assert!(server.mails("").is_empty());
}

#[test]
fn killed_at_any_moment_it_has_each_mail_once_and_where_it_belongs() {
    const MAILS: usize = 120;
    let server = Dovecot::start();
    let mut play = office();
    let mut inbox = play.app.config.lrao.inbox.clone();
    let config = imap_config(&play, server.imaps);
    inbox.extend(imap(config));
    take_from(&mut play, inbox);
    for n in 0..MAILS {
        if n % 2 == 0 {
            play.arrive(&format!("{n:03}"), &stranger(n));
        } else {
            server.deliver(&format!("{n}.mail"), &stranger(n));
        }
    }
    let left = |play: &Play| play.mails_in("new").len() + play.mails_in("cur").len() + server.mails("").len();
    // Each run gets a little further: somewhat more time each, and no run enough for all.
    let mut kills = 0;
    for round in 1.. {
        let mut child = command(&play, None, &["inbox", "run"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(60 + 40 * round));
        child.kill().unwrap();
        if child.wait().unwrap().code().is_none() {
            kills += 1;
        }
        if left(&play) == 0 {
            break;
        }
    }
    assert!(kills > 2, "killed {kills} times");
    runs(&play, &["inbox", "run"]);
    let mails = play.app.desk().store.mails().unwrap();
    assert_eq!(mails.len(), MAILS);
    assert!(mails.iter().all(|m| m.outcome == MailOutcome::Quarantined));
    let entries = play.entries();
    let refused = entries
        .iter()
        .filter(|e| e.action == Action::MailQuarantined)
        .count();
    assert_eq!(refused, MAILS, "each is told of once");
    assert_eq!(play.journal_holds(), entries.len() as u64);
    assert_eq!(play.mails_in(".Rejected/cur").len(), MAILS / 2);
    assert_eq!(server.mails("Rejected").len(), MAILS / 2);
}
