//! What commands say and do when something fails after their deed, when nobody reads their answer, and when they are given what
//! does not belong into the journal.

use crate::play::{Play, attached, code, names, officer, scan_of};
use crate::scene::{command, good, lrao, office, program, runs, stranger, without_papers};
use siegelpost::app::{self, NewOfficer};
use siegelpost::domain::{CardSerial, RequestData, RequestId, Role};
use siegelpost::journey::submit;
use siegelpost::pki::profile::{Order, Profile, Subject, issue};
use siegelpost::pki::{Certificate, Serial, SoftKey};
use siegelpost::ports::Waypoint;
use siegelpost::ports::card::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, KeyAlgorithm, KeyKind, Slot};
use siegelpost::ports::mail::{Handover, MailSender, SendOutcome};
use siegelpost::ports::store::OutgoingState;
use siegelpost::rehearsal::cast;
use std::fs;
use std::process::{Command, Output, Stdio};

/// The office with its request in review.
fn in_review() -> (Play, RequestId) {
    let play = office();
    play.arrive("1", good());
    play.inbox().unwrap();
    let id = play.case().request_id;
    (play, id)
}

/// The same, approved, with the request's id as one types it.
fn approved() -> (Play, String) {
    let (play, id) = in_review();
    let id = id.to_string();
    let approve = ["--as", "lrao", "review", "approve", &id, "--looked-at", "all"];
    runs(&play, &approve);
    (play, id)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs the program with nobody behind its standard output.
fn unheard(play: &Play, words: &[&str]) -> Output {
    let mut child = command(play, None, words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.wait_with_output().unwrap()
}

#[test]
fn an_inbox_run_that_nobody_reads_takes_every_mail_in_and_says_so() {
    let play = office();
    for n in 0..3 {
        play.arrive(&n.to_string(), &stranger(n));
    }
    let output = unheard(&play, &["inbox", "run"]);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(stderr(&output).contains("stands"), "{}", stderr(&output));
    assert_eq!(play.app.desk().store.mails().unwrap().len(), 3);
    assert!(play.mails_in("new").is_empty());
}

#[test]
fn one_issue_that_is_refused_holds_up_no_other_and_certificates_are_written_again() {
    let (play, id_text) = approved();
    // Another request, drafted and no more.
    let early = drafted(&play, 1).request.request_id.to_string();
    let issued = program(&play, None, &["--as", "lrao", "issue", &early, &id_text]);
    assert_eq!(issued.status.code(), Some(1));
    assert!(stderr(&issued).contains(&early), "{}", stderr(&issued));
    let out = play.folder.join("certificates");
    assert_eq!(names(&out).len(), 3);

    let before = play.entries().len();
    for words in [
        &["--as", "lrao", "issue"][..],
        &["--as", "lrao", "issue", &id_text],
    ] {
        fs::remove_dir_all(&out).unwrap();
        let told = runs(&play, words);
        assert!(told.contains(&id_text), "{told}");
        assert_eq!(names(&out).len(), 3);
    }
    assert_eq!(runs(&play, &["--as", "lrao", "issue"]), "", "nothing is missing");
    assert_eq!(play.entries().len(), before, "nothing was issued twice");
    let refused = program(&play, None, &["--as", "rio-bern", "issue", &id_text]);
    assert_eq!(refused.status.code(), Some(1));
}

/// Papers of somebody of the cast for another card.
fn drafted(play: &Play, n: u32) -> siegelpost::journey::request::Drafted {
    play.draft(data(play, n)).unwrap()
}

/// Data of somebody of the cast, for another card of Bern.
fn data(play: &Play, n: u32) -> RequestData {
    let today = play.app.desk().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut data = cast::people(today).swap_remove(1);
    data.card_serial = CardSerial::from_number(987_654_320 + n);
    data.site = "bern".parse().unwrap();
    let chip = play.blank_card();
    play.prestage(&chip, data.card_serial).unwrap();
    play.deliver_and_receive(&[data.card_serial], "bern").unwrap();
    data
}

#[test]
fn a_deed_is_said_although_its_mail_cannot_go_out() {
    let (play, id) = in_review();
    // Where the Maildir of the outbox would be.
    let outbox = play.folder.join("mail/outbox");
    let _ = fs::remove_dir_all(&outbox);
    fs::write(&outbox, "no folder").unwrap();
    let sealed = play.app.desk().store.checkpoints().unwrap().len();
    let reject = [
        "--as",
        "lrao",
        "review",
        "reject",
        &id.to_string(),
        "--reason",
        "The copy is not legible",
    ];
    let output = program(&play, None, &reject);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stdout).contains("rejected"));
    let said = stderr(&output);
    assert!(said.contains("stands") && said.contains("outbox run"), "{said}");
    assert_eq!(play.case().stage.name(), "rejected");
    let checkpoints = play.app.desk().store.checkpoints().unwrap();
    assert_eq!(checkpoints.len(), sealed + 1, "it is sealed all the same");
}

#[test]
fn a_revocation_whose_list_cannot_be_signed_is_said_and_published_by_the_same_command() {
    let (play, id) = approved();
    runs(&play, &["--as", "lrao", "issue", &id]);
    let list = play.app.path(&play.app.config.security.crl_file);
    let old = fs::read(&list).unwrap();
    let key = play.app.path(&play.app.config.security.ca_key);
    fs::rename(&key, play.folder.join("away.key")).unwrap();
    let revoke = [
        "--as",
        "lrao",
        "revoke",
        &id,
        "--reason",
        "superseded",
        "--requester",
        "hr",
    ];
    let cut = program(&play, None, &revoke);
    assert_eq!(cut.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&cut.stdout).contains("revoked   3 certificates"));
    let said = stderr(&cut);
    assert!(
        said.contains("recorded") && said.contains("the same command again"),
        "{said}"
    );
    assert_eq!(fs::read(&list).unwrap(), old);
    fs::rename(play.folder.join("away.key"), &key).unwrap();
    let told = runs(&play, &revoke);
    assert!(
        told.contains("3 certificates") && told.contains("published"),
        "{told}"
    );
    let list = siegelpost::pki::read_crls(&fs::read(&list).unwrap()).unwrap();
    assert_eq!(list[0].len(), 3);
}

#[test]
fn a_mail_that_cannot_be_read_any_more_is_settled_and_holds_up_no_checkpoint() {
    let play = office();
    play.arrive("1", &without_papers(&play));
    play.ends.end_at(Waypoint::IntakeSettled);
    assert!(play.inbox().is_err());
    let row = play.app.desk().store.outgoing().unwrap().remove(0);
    assert_eq!(row.state, OutgoingState::Queued);
    let name = row.blob.to_string();
    let blob = play.folder.join("store/blobs").join(&name[..2]).join(&name);
    fs::write(blob, b"else").unwrap();
    let run = program(&play, None, &["outbox", "run"]);
    assert_eq!(run.status.code(), Some(4));
    let store = play.app.desk().store;
    let head = store.journal_head().unwrap();
    let key = play.app.journal_public_key().unwrap();
    let newest = store.checkpoints().unwrap().pop().unwrap();
    let checkpoint = siegelpost::journal::verify_checkpoint(&newest, &key).unwrap();
    assert_eq!(checkpoint.head, head);
    let settle = ["--as", "lrao", "outbox", "settle", &row.message_id];
    runs(&play, &settle);
    runs(&play, &["outbox", "run"]);
    assert_eq!(program(&play, None, &settle).status.code(), Some(1));
}

#[test]
fn a_mail_on_which_every_run_dies_keeps_no_reply_back() {
    let play = office();
    play.arrive("1", &without_papers(&play));
    play.arrive("2", good());
    let dies = |nth: &str| {
        let died = program(&play, Some(&format!("IntakeJudged:{nth}")), &["inbox", "run"]);
        assert_eq!(died.status.code(), None, "{}", stderr(&died));
    };
    dies("2");
    let reply = || play.app.desk().store.outgoing().unwrap().remove(0).state;
    assert_eq!(reply(), OutgoingState::Queued);
    dies("1");
    assert_eq!(reply(), OutgoingState::Sent);
}

#[test]
fn neither_names_nor_long_texts_come_into_the_journal_by_a_revocation_or_a_rejection() {
    let (play, id) = in_review();
    let id = id.to_string();
    let revoke = [
        "--as",
        "lrao",
        "revoke",
        &id,
        "--reason",
        "superseded",
        "--requester",
    ];
    let with = |requester: &str| program(&play, None, &[&revoke[..], &[requester]].concat());
    let refused = with("Frau Muster");
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("holder, line-manager, hr, lrao"),
        "{}",
        stderr(&refused)
    );
    // The word is taken; the card is not certified yet.
    assert_eq!(with("line-manager").status.code(), Some(1));
    for reason in ["", "two\nlines", &"long ".repeat(100)] {
        let reject = ["--as", "lrao", "review", "reject", &id, "--reason", reason];
        assert_eq!(program(&play, None, &reject).status.code(), Some(2), "{reason:?}");
    }
    assert_eq!(play.case().stage.name(), "in_review");
}

/// Runs the program at a terminal of its own, at which somebody types one line when asked.
fn at_a_terminal(play: &Play, typed: &str, words: &[&str]) -> Output {
    const TERMINAL: &str = r#"
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
seen, is_typed = b"", False
while True:
    try:
        piece = os.read(fd, 4096)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    if b"PIN" in seen and not is_typed:
        os.write(fd, sys.argv[1].encode() + b"\n")
        is_typed = True
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;
    let program = env!("CARGO_BIN_EXE_siegelpost");
    Command::new("python3")
        .args(["-c", TERMINAL, typed, program])
        .args(words)
        .env("SIEGELPOST_OFFICE", &play.folder)
        .output()
        .unwrap()
}

#[test]
fn an_lrao_decides_with_a_card_and_its_pin() {
    let (play, id) = in_review();
    let slot = Slot::Set {
        set: 1,
        kind: KeyKind::Signature,
    };
    let chip = play.blank_card();
    let mut card = play.app.readers().unwrap().connect(&chip).unwrap();
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY).unwrap();
    let spki = card.generate(slot, KeyAlgorithm::P256).unwrap();
    let now = play.app.desk().now();
    let order = Order {
        profile: Profile::Officer {
            email: "lrao-card@office.example".into(),
        },
        subject: Subject {
            common_name: "Specimen Karte".into(),
            ..Subject::default()
        },
        serial: Serial::from_random([0x77; 20]),
        not_before: now,
        not_after: now + jiff::SignedDuration::from_hours(24 * 300),
        crl_url: None,
        policy: None,
    };
    let ca = play.app.ca().unwrap();
    let certificate: Certificate = issue(&order, &spki, ca.issuing().authority).unwrap();
    card.write_certificate(slot, certificate.der()).unwrap();
    drop(card);
    let new = NewOfficer {
        id: officer("lrao-card"),
        roles: vec![Role::Lrao],
        mail: "lrao-card@office.example".into(),
        sites: vec![],
        ..cast::late_officer()
    };
    let brought = Some((certificate, None));
    app::add_officer(&play.app, &new, brought, &mut NoKeys, Some(&officer("security"))).unwrap();

    let id = id.to_string();
    let approve = [
        "--as",
        "lrao-card",
        "review",
        "approve",
        &id,
        "--looked-at",
        "all",
    ];
    let output = at_a_terminal(&play, FACTORY_PIN, &approve);
    let seen = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && seen.contains("approved"), "{seen}");
    assert_eq!(play.case().stage.lrao(), Some(&officer("lrao-card")));
}

/// Keys that must not be asked for.
struct NoKeys;

impl app::KeySource for NoKeys {
    fn key(&mut self, name: &str) -> Result<SoftKey, siegelpost::journey::Trouble> {
        panic!("{name} was made")
    }
}

/// Has a mail and cannot say so.
struct HangsUp;

impl MailSender for HangsUp {
    fn send(&self, _: &Handover) -> SendOutcome {
        SendOutcome::Unknown("the connection ended".into())
    }
}

#[test]
fn papers_that_may_be_under_way_are_not_sent_beside_themselves() {
    let play = office();
    let drafted = drafted(&play, 1);
    let rio = officer("rio-bern");
    let credentials = play.app.officer_credentials(&rio).unwrap();
    let sender = play.app.sender("rio-bern@office.example", &credentials);
    let desk = play.app.desk();
    let submit = || {
        let scan = attached(scan_of(&drafted));
        submit::submit(&desk, play.app.reader(), &sender, scan, &rio, true)
    };
    let row = submit().unwrap().send(&desk, &HangsUp).unwrap();
    assert_eq!(row.state, OutgoingState::Unknown);
    assert_eq!(code(submit()), "under_way");
    assert_eq!(desk.store.outgoing().unwrap().len(), 1);
    siegelpost::journey::outbox::settle(&desk, &row.message_id, &lrao()).unwrap();
    submit().unwrap();
}

#[test]
fn a_mail_in_a_maildir_is_not_put_there_again_once_somebody_took_it() {
    for is_taken in [false, true] {
        let mut play = office();
        play.arrive("1", &without_papers(&play));
        play.ends.end_at(Waypoint::OutboxHanded);
        assert!(play.inbox().is_err());
        play.open_again();
        let new = play.folder.join("mail/outbox/new");
        let file = names(&new).remove(0);
        if is_taken {
            fs::remove_file(new.join(&file)).unwrap();
        }
        play.flush().unwrap();
        let state = play.app.desk().store.outgoing().unwrap().remove(0).state;
        let (expected, files) = if is_taken {
            (OutgoingState::Unknown, 0)
        } else {
            (OutgoingState::Sent, 1)
        };
        assert_eq!((state, names(&new).len()), (expected, files));
    }
}

#[test]
fn papers_of_a_run_that_was_cut_off_survive_the_next_run() {
    let play = office();
    let value = serde_json::to_value(data(&play, 1)).unwrap();
    let mut cells = vec![];
    flatten("", &value, &mut cells);
    let line = |part: fn(&(String, String)) -> &str| {
        let cells: Vec<String> = cells.iter().map(|c| format!("\"{}\"", part(c))).collect();
        cells.join(",")
    };
    let csv = format!("{}\n{}\n", line(|c| &c.0), line(|c| &c.1));
    let (file, out) = (play.folder.join("people.csv"), play.folder.join("all.pdf"));
    fs::write(&file, csv).unwrap();
    let parts = play.folder.join("all.pdf.parts");
    fs::create_dir(&parts).unwrap();
    fs::write(parts.join("earlier.pdf"), "papers of an earlier run").unwrap();
    let new = ["--as", "rio-bern", "request", "new", "--data"];
    let words = [
        &new[..],
        &[file.to_str().unwrap(), "--out", out.to_str().unwrap()],
    ]
    .concat();
    let output = program(&play, None, &words);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("earlier run"), "{}", stderr(&output));
    assert_eq!(names(&parts), ["earlier.pdf"]);
    assert!(fs::read(out).unwrap().starts_with(b"%PDF"));
}

/// The cells of a CSV: dotted paths and their values.
fn flatten(path: &str, value: &serde_json::Value, cells: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(&path, value, cells);
            }
        }
        serde_json::Value::Null => {}
        serde_json::Value::String(text) => cells.push((path.into(), text.clone())),
        other => cells.push((path.into(), other.to_string())),
    }
}
