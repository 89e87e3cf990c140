//! What is set aside: who is told and who is not, what an officer may do about it, and what cut-off runs leave behind.

use crate::play::{Play, code, officer};
use crate::scene::{good, lrao, office, program, runs, stranger, without_papers, write_config};
use jiff::SignedDuration;
use siegelpost::domain::{OfficerId, Sha256};
use siegelpost::journal::{Action, Fact};
use siegelpost::journey::intake::{self, Inbox, Outcome, Taken};
use siegelpost::journey::{Trouble, roster};
use siegelpost::pki::signature::sha256;
use siegelpost::ports::Waypoint;
use siegelpost::ports::store::{MailOutcome, MailRow, NoReply};
use siegelpost::smime::{Cipher, encrypt_entity};
use std::fs;

fn row(play: &Play, raw: &[u8]) -> MailRow {
    play.app.desk().store.mail(sha256(raw)).unwrap().unwrap()
}

fn replies(play: &Play) -> usize {
    play.app.desk().store.outgoing().unwrap().len()
}

/// A mail of a RIO with another field at its head, which no signature covers.
fn with_field(field: &str, raw: &[u8]) -> Vec<u8> {
    [field.as_bytes(), b"\r\n", raw].concat()
}

fn release(play: &Play, mail: Sha256, by: &OfficerId) -> Result<Taken, Trouble> {
    let app = &play.app;
    let gate = app.gate()?;
    let (keys, credentials) = (gate.keys(), app.office_credentials()?);
    let (judge, sender) = (gate.judge(&keys), app.office_sender(&credentials));
    let inbox = Inbox {
        judge: &judge,
        reader: app.reader(),
        sender: &sender,
    };
    intake::release(&app.desk(), &inbox, mail, "mended", by)
}

#[test]
fn programs_lists_and_strangers_are_never_answered() {
    let play = office();
    for (n, field) in [
        "Auto-Submitted: auto-replied",
        "List-Id: <all.office.example>",
        "Precedence: bulk",
        "Return-Path: <>",
    ]
    .into_iter()
    .enumerate()
    {
        let raw = with_field(field, &without_papers(&play));
        play.arrive(&n.to_string(), &raw);
        assert_eq!(play.inbox().unwrap()[0].reasons[0].code, "no_scan");
        assert_eq!(row(&play, &raw).no_reply, Some(NoReply::Automatic), "{field}");
    }
    play.arrive("stranger", &stranger(1));
    play.inbox().unwrap();
    assert_eq!(row(&play, &stranger(1)).no_reply, Some(NoReply::Stranger));
    assert_eq!(replies(&play), 0);
    // The same mail without such a field is answered, once.
    let raw = without_papers(&play);
    play.arrive("person", &raw);
    play.inbox().unwrap();
    assert!(row(&play, &raw).replied);
    assert_eq!(replies(&play), 1);
    let listed = runs(&play, &["inbox", "quarantine"]);
    assert!(listed.contains("no reply: a program or a list"), "{listed}");
}

#[test]
fn our_own_replies_and_letters_are_never_answered() {
    let play = office();
    play.arrive("1", &without_papers(&play));
    play.inbox().unwrap();
    let sent = play.folder.join("mail/outbox/new");
    let reply = fs::read_dir(&sent).unwrap().next().unwrap().unwrap().path();
    let raw = fs::read(reply).unwrap();
    play.arrive("back", &raw);
    assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Quarantined);
    assert_eq!(replies(&play), 1);
}

#[test]
fn one_rio_gets_so_many_replies_an_hour_and_a_restart_forgets_none() {
    let mut play = office();
    let mut config = play.app.config.clone();
    config.lrao.replies_per_hour = 2;
    write_config(&mut play, &config);
    let mails: Vec<_> = (0..3).map(|_| without_papers(&play)).collect();
    for (n, raw) in mails.iter().enumerate() {
        play.arrive(&n.to_string(), raw);
        play.inbox().unwrap();
        play.open_again();
    }
    assert_eq!(replies(&play), 2);
    assert_eq!(row(&play, &mails[2]).no_reply, Some(NoReply::RateLimited));
    let listed = runs(&play, &["inbox", "quarantine"]);
    assert!(listed.contains("tell them another way"), "{listed}");
    play.clock.advance(SignedDuration::from_hours(2));
    let later = without_papers(&play);
    play.arrive("later", &later);
    play.inbox().unwrap();
    assert_eq!(replies(&play), 3);
    assert!(row(&play, &later).replied);
}

#[test]
fn a_mail_is_released_when_what_stood_against_it_is_mended_and_not_before() {
    let play = office();
    let robin = officer("rio-bern");
    let security = officer("security");
    let enrolled = play.app.desk().store.officer(&robin).unwrap().unwrap();
    let certificate = play
        .app
        .desk()
        .store
        .officer_certificate(&robin)
        .unwrap()
        .unwrap();
    let ca = play.app.ca().unwrap();
    let own = ca.issuing().authority.certificate;
    roster::remove(&play.app.desk(), own, &robin, &security).unwrap();
    play.arrive("1", good());
    let refused = play.inbox().unwrap();
    assert_eq!(refused[0].reasons[0].code, "signer_not_enrolled");
    let mail = sha256(good());

    assert_eq!(code(release(&play, mail, &robin)), "role");
    let still = release(&play, mail, &lrao()).unwrap();
    assert_eq!(still.outcome, Outcome::Quarantined);
    assert_eq!(still.reasons[0].code, "signer_not_enrolled");

    let write = siegelpost::ports::store::Write::Officer(enrolled, certificate);
    let desk = play.app.desk();
    desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
    let taken = release(&play, mail, &lrao()).unwrap();
    assert_eq!(taken.outcome, Outcome::Received, "{:?}", taken.reasons);
    assert_eq!(play.case().stage.name(), "in_review");
    assert_eq!(code(release(&play, mail, &lrao())), "not_quarantined");
    let told: Vec<_> = play
        .entries()
        .into_iter()
        .filter(|e| e.action == Action::MailReleased)
        .map(|e| e.facts["outcome"].clone())
        .collect();
    assert_eq!(
        told,
        [Fact::Text("refused".into()), Fact::Text("taken up".into())]
    );
    assert_eq!(replies(&play), 0, "a release tells the sender nothing");
}

#[test]
fn an_officer_looks_at_a_mail_and_gives_it_up() {
    let play = office();
    play.arrive("1", &stranger(1));
    play.inbox().unwrap();
    let mail = sha256(&stranger(1)).to_string();
    let out = play.folder.join("original.eml");
    runs(
        &play,
        &["inbox", "show", &mail, "--out", &out.display().to_string()],
    );
    assert_eq!(fs::read(out).unwrap(), stranger(1));

    let release = ["--as", "lrao", "inbox", "release", &mail, "--reason", "a try"];
    assert_eq!(
        program(&play, None, &release).status.code(),
        Some(1),
        "it still says why not"
    );
    let discard = ["--as", "lrao", "inbox", "discard", &mail, "--reason", "not ours"];
    runs(&play, &discard);
    assert_eq!(runs(&play, &["inbox", "quarantine"]), "");
    assert_eq!(row(&play, &stranger(1)).outcome, MailOutcome::Discarded);
    assert_eq!(program(&play, None, &discard).status.code(), Some(1), "once");
    assert_eq!(
        program(&play, None, &["--as", "lrao", "inbox", "discard", &mail])
            .status
            .code(),
        Some(2)
    );
    // The same bytes again are an alias of what was given up.
    play.arrive("2", &stranger(1));
    assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Alias);
    let discarded = play
        .entries()
        .into_iter()
        .filter(|e| e.action == Action::MailDiscarded);
    assert_eq!(discarded.count(), 1);
}

#[test]
fn a_mail_encrypted_to_the_office_is_opened_and_taken_in() {
    let play = office();
    let office = play.app.office_credentials().unwrap();
    // The signed entity is what stands behind the addresses; it is sealed as a whole.
    let at = |needle: &[u8]| good().windows(needle.len()).position(|w| w == needle);
    let signed = &good()[at(b"MIME-Version").or(at(b"Content-Type")).unwrap()..];
    let header = &good()[..good().len() - signed.len()];
    let random = |buffer: &mut [u8]| siegelpost::ports::Random::fill(&*play.chance, buffer);
    let sealed = encrypt_entity(signed, &office.chain[..1], Cipher::Aes256Gcm, &random).unwrap();
    let raw = [header, &sealed].concat();
    assert!(!raw.windows(20).any(|w| good()[good().len() / 2..].starts_with(w)));
    play.arrive("1", &raw);
    let taken = play.inbox().unwrap();
    assert_eq!(taken[0].outcome, Outcome::Received, "{:?}", taken[0].reasons);
    // Judged again at the decision, with the same key.
    let id = play.case().request_id;
    play.approve(id, "lrao", &play.eyes_needed(id)).unwrap();
    play.issue(id).unwrap();
}

#[test]
fn blobs_of_runs_that_were_cut_off_are_removed_after_a_day_and_no_others() {
    let mut play = office();
    play.arrive("1", &stranger(1));
    play.ends.end_at(Waypoint::IntakeBlobStored);
    assert!(play.inbox().is_err());
    play.open_again();
    play.inbox().unwrap();
    let all = |play: &Play| {
        let later = play.app.desk().now() + SignedDuration::from_hours(1000);
        play.app.desk().blobs.stored_before(later).unwrap().len()
    };
    assert_eq!(all(&play), 2, "the one of the cut-off run, and the mail's");
    play.clock.advance(SignedDuration::from_hours(30));
    play.inbox().unwrap();
    assert_eq!(all(&play), 1);
    intake::original(&play.app.desk(), sha256(&stranger(1))).unwrap();
}

#[test]
fn a_mail_that_waits_is_judged_though_its_source_has_lost_it() {
    let play = office();
    play.arrive("1", good());
    let lists = play.folder.join("trust/crls/issuing.crl");
    let kept = fs::read(&lists).unwrap();
    fs::remove_file(&lists).unwrap();
    assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Held);
    fs::remove_file(play.folder.join("mail/inbox/new/1")).unwrap();
    fs::write(&lists, kept).unwrap();
    let taken = play.inbox().unwrap();
    assert_eq!(taken[0].outcome, Outcome::Received);
    assert_eq!(taken[0].message, "1");
    assert!(play.inbox().unwrap().is_empty());
}

#[test]
fn a_mail_over_the_limit_is_told_of_once_and_moved_unread() {
    let mut play = office();
    let mut config = play.app.config.clone();
    config.lrao.max_mail_megabytes = 1;
    write_config(&mut play, &config);
    play.arrive("1", &vec![b'x'; 1024 * 1024 + 1]);
    let taken = play.inbox().unwrap();
    assert_eq!(
        (taken[0].sha256, taken[0].reasons[0].code.as_str()),
        (None, "too_large")
    );
    assert!(play.inbox().unwrap().is_empty());
    assert_eq!(play.mails_in(".Rejected/cur").len(), 1);
}

#[test]
fn a_mail_on_which_a_run_died_comes_last() {
    let mut play = office();
    play.arrive("1", &stranger(1));
    play.ends.end_at(Waypoint::IntakeJudged);
    assert!(play.inbox().is_err());
    play.open_again();
    play.arrive("2", &stranger(2));
    let order: Vec<_> = play.inbox().unwrap().into_iter().map(|t| t.message).collect();
    assert_eq!(order, ["2", "1"]);
}

#[test]
fn two_runs_at_once_do_not_take_the_same_mails() {
    let play = office();
    play.arrive("1", &stranger(1));
    let mut second = None;
    play.app
        .run_inbox(&play.app.inboxes().unwrap(), false, |_| {
            second.get_or_insert_with(|| program(&play, None, &["inbox", "run"]));
            Ok::<_, Trouble>(())
        })
        .unwrap();
    let second = second.unwrap();
    assert_eq!(second.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another inbox run"));
    assert!(play.app.inboxes().unwrap()[0].list().unwrap().is_empty());
}
