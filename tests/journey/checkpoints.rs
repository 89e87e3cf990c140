//! Whoever can write the database can write the whole journal anew: the notes that an auditor kept, and the one beside the journal's
//! key, tell; and the key signs nothing that does not continue what it signed before.

use crate::case::Step;
use crate::play::{Play, officer};
use crate::stations::before;
use serde_json::Value;
use siegelpost::domain::Sha256;
use siegelpost::journal::{Action, Actor, Draft, JournalKey};
use siegelpost::journey::evidence::{self, Judge};
use siegelpost::pki::signature::sha256;
use siegelpost::smime::Policy;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The database of an office in the hands of somebody who has nothing else of it.
struct Database(PathBuf);

impl Database {
    fn of(play: &Play) -> Database {
        Database(play.folder.join("store/siegelpost.sqlite"))
    }

    fn run(&self, statements: Vec<(&'static str, Vec<String>)>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let options = SqliteConnectOptions::new().filename(&self.0);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::query("BEGIN").execute(&mut connection).await.unwrap();
            for (sql, values) in statements {
                let query = values
                    .into_iter()
                    .fold(sqlx::query(sql), sqlx::query::Query::bind);
                query.execute(&mut connection).await.unwrap();
            }
            sqlx::query("COMMIT").execute(&mut connection).await.unwrap();
        });
    }

    /// Writes the whole journal anew, with one officer for another, so that the chain holds from end to end.
    fn rewrite_journal(&self, play: &Play) {
        let mut hash = Sha256([0; 32]);
        let mut statements = vec![];
        for (n, link) in play.app.desk().store.journal(1).unwrap().into_iter().enumerate() {
            let body = link.body.replace("officer:security", "officer:somebody");
            let digest = sha256(&[b"siegelpost journal body 1\0", body.as_bytes()].concat());
            hash = sha256(&[b"siegelpost journal entry 1\0", &hash.0[..], &digest.0].concat());
            let values = vec![body, hash.to_string(), (n + 1).to_string()];
            let sql = "UPDATE journal SET body = $1, hash = $2 WHERE seq = CAST($3 AS INTEGER)";
            statements.push((sql, values));
        }
        self.run(statements);
    }

    fn forget_checkpoints(&self) {
        self.run(vec![("DELETE FROM checkpoints", vec![])]);
    }

    fn cut_off(&self, from: u64) {
        let sql = "DELETE FROM journal WHERE seq >= CAST($1 AS INTEGER)";
        self.run(vec![(sql, vec![from.to_string()])]);
    }
}

fn program(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_siegelpost"))
        .args(words)
        .env_remove("SIEGELPOST_END_AT")
        .env("SIEGELPOST_AS", "security")
        .env("SIEGELPOST_OFFICE", folder)
        .output()
        .unwrap()
}

/// Ends with this code; what it said to both.
#[track_caller]
fn said(folder: &Path, code: i32, words: &[&str]) -> (String, String) {
    let output = program(folder, words);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{words:?}: {out}\n{err}");
    (out, err)
}

const SITE: [&str; 5] = ["site", "add", "genf", "--name", "Genf"];

/// An office with a case in it, whose auditor has a note of it.
fn with_note() -> (Play, String) {
    let play = before(Step::Issue);
    let note = play.folder.join("away.note").to_string_lossy().into_owned();
    said(&play.folder, 0, &["journal", "checkpoint", "--out", &note]);
    said(&play.folder, 0, &SITE);
    (play, note)
}

#[test]
fn a_note_that_was_kept_is_an_ancestor_of_todays_journal() {
    let (play, note) = with_note();
    let (out, err) = said(&play.folder, 0, &["journal", "verify", "--checkpoint", &note]);
    assert!(
        out.contains("1 checkpoint kept outside") && err.is_empty(),
        "{out}{err}"
    );
    let second = play.folder.join("second.note").to_string_lossy().into_owned();
    said(&play.folder, 0, &["journal", "checkpoint", "--out", &second]);
    assert_ne!(fs::read(&note).unwrap(), fs::read(&second).unwrap());
    let both = ["--json", "journal", "verify", "--checkpoint", &note, &second];
    let (out, _) = said(&play.folder, 0, &both);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&told["kept"], &told["holds"]), (&2.into(), &true.into()));
    assert_eq!(told["warning"], Value::Null);

    // By the key that the auditor has; another's note is none, and what is no note is unreadable.
    let key = play.folder.join("journal.pub").to_string_lossy().into_owned();
    said(
        &play.folder,
        0,
        &["journal", "verify", "--checkpoint", &note, "--key", &key],
    );
    let name = play.app.journal_public_key().unwrap().name().to_owned();
    let other = JournalKey::from_seed(&name, &mut [8; 32]).unwrap();
    let others = play.folder.join("other.pub");
    fs::write(&others, other.public().to_string()).unwrap();
    let (_, err) = said(
        &play.folder,
        1,
        &[
            "journal",
            "verify",
            "--checkpoint",
            &note,
            "--key",
            &others.to_string_lossy(),
        ],
    );
    assert!(err.contains("is not signed by"), "{err}");
    let forged = play.folder.join("forged.note");
    fs::write(
        &forged,
        other.checkpoint(play.app.desk().store.journal_head().unwrap()),
    )
    .unwrap();
    let forged = forged.to_string_lossy().into_owned();
    said(&play.folder, 1, &["journal", "verify", "--checkpoint", &forged]);
    said(
        &play.folder,
        3,
        &["journal", "verify", "--checkpoint", "/nowhere"],
    );
    fs::write(&forged, [0xff; 100]).unwrap();
    said(&play.folder, 3, &["journal", "verify", "--checkpoint", &forged]);
}

#[test]
fn a_journal_that_was_written_anew_is_told_by_the_kept_note_and_never_signed() {
    let (play, note) = with_note();
    let database = Database::of(&play);
    database.rewrite_journal(&play);
    let head = play.app.desk().store.journal_head().unwrap();

    let kept = ["journal", "verify", "--checkpoint", &note];
    let refuses = || {
        let (_, err) = said(&play.folder, 1, &kept);
        assert!(err.contains("the journal was rewritten"), "{err}");
        // The next command: its deed is done, and nothing is signed over it.
        let notes = play.app.desk().store.checkpoints().unwrap();
        let (_, err) = said(&play.folder, 1, &SITE);
        assert!(
            err.contains("nothing is signed") && err.contains("call the auditor"),
            "{err}"
        );
        assert_eq!(play.app.desk().store.checkpoints().unwrap(), notes);
        let (_, err) = said(&play.folder, 1, &["journal", "checkpoint", "--out", "/nowhere/x"]);
        assert!(err.contains("nothing is signed"), "{err}");
    };
    refuses();
    assert!(play.app.desk().store.journal_head().unwrap().size > head.size);
    // With the checkpoints gone from the database too, the note beside the key stands against it.
    database.forget_checkpoints();
    refuses();
    let (_, err) = said(&play.folder, 1, &["journal", "verify"]);
    assert!(err.contains("the journal was rewritten"), "{err}");

    // Somebody who has the machine as well takes that note away. Then only what lies elsewhere tells, and that is said aloud.
    fs::remove_file(play.folder.join("keys/journal.key.last")).unwrap();
    let (out, err) = said(&play.folder, 0, &["journal", "verify"]);
    assert!(out.contains("0 signed checkpoints"), "{out}");
    assert!(err.contains("WARNING") && err.contains("proves nothing"), "{err}");
    let (out, _) = said(&play.folder, 0, &["--json", "journal", "verify"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert!(told["warning"].as_str().unwrap().contains("proves nothing"));
    said(&play.folder, 1, &kept);
}

#[test]
fn a_journal_whose_end_was_cut_off_is_told_and_never_signed() {
    let (play, note) = with_note();
    let size = play.app.desk().store.journal_head().unwrap().size;
    Database::of(&play).cut_off(size - 3);
    let (_, err) = said(&play.folder, 1, &["journal", "verify", "--checkpoint", &note]);
    assert!(err.contains("its end was cut off"), "{err}");
    let (_, err) = said(&play.folder, 1, &SITE);
    assert!(
        err.contains("its end was cut off") && err.contains("nothing is signed"),
        "{err}"
    );
}

#[test]
fn only_a_key_that_is_not_there_goes_without_a_checkpoint() {
    let (play, _) = with_note();
    let key = play.folder.join("keys/journal.key");
    let text = fs::read(&key).unwrap();
    let count = || play.app.desk().store.checkpoints().unwrap().len();
    let before = count();
    fs::write(&key, b"damaged").unwrap();
    let (_, err) = said(&play.folder, 4, &SITE);
    assert!(
        err.contains("no checkpoint could be signed") && err.contains("journal.key"),
        "{err}"
    );
    fs::remove_file(&key).unwrap();
    said(&play.folder, 0, &SITE);
    assert_eq!(count(), before, "its keeper signs elsewhere");
    // The newest note is handed out all the same, and says how far it goes; evidence is made under it.
    let out = play.folder.join("newest.note").to_string_lossy().into_owned();
    said(&play.folder, 0, &["journal", "checkpoint", "--out", &out]);
    let (told, _) = said(&play.folder, 0, &["journal", "verify", "--checkpoint", &out]);
    assert!(
        told.contains("2 entries that nothing signed stands over"),
        "{told}"
    );
    let id = play.case().request_id.to_string();
    let case = play.folder.join("case.json").to_string_lossy().into_owned();
    said(&play.folder, 0, &["journal", "evidence", &id, "--out", &case]);
    fs::write(&key, text).unwrap();
    said(&play.folder, 0, &SITE);
    assert_eq!(count(), before + 1);
}

#[test]
fn evidence_is_made_under_its_checkpoint_whatever_others_write_meanwhile() {
    let mut play = before(Step::Collect);
    play.go_on().unwrap();
    let (id, key) = (play.case().request_id, play.app.journal_key().unwrap());
    let desk = play.app.desk();
    let note = evidence::checkpoint(&desk, &key, None).unwrap().unwrap();
    let before = evidence::collect_under(&desk, id, &note, key.public()).unwrap();
    let blind = |n: u8| [n; 16];
    let others: Vec<Draft> = (0..9)
        .map(|n| Draft::new(Actor::Siegelpost, Action::MailHeld, blind(n)))
        .collect();
    desk.store.commit(desk.now(), vec![], others).unwrap();
    let after = evidence::collect_under(&desk, id, &note, key.public()).unwrap();
    assert!(
        before == after,
        "what came after the checkpoint is not in the file"
    );

    let trust = play.app.trust().unwrap();
    let policy = Policy::default();
    let judge = Judge {
        trust: &trust,
        policy: &policy,
        keys: &[],
    };
    let examined = evidence::examine(&after, key.public(), &judge).unwrap();
    assert_eq!(examined.defects, Vec::<String>::new());
    // Of the officers, those who took part in this case are shown, and no other.
    let shown: Vec<_> = examined
        .report
        .entries
        .iter()
        .filter(|e| e.action == Action::OfficerAdded)
        .filter_map(|e| e.subjects.officer.clone())
        .collect();
    assert_eq!(shown, [officer("rio-bern"), officer("lrao"), officer("helper")]);
    let text = String::from_utf8(after).unwrap();
    assert!(!text.contains("rio-zuerich") && !text.contains("second-"));
    // A note from before the case is none for it.
    let early = evidence::collect_under(
        &desk,
        id,
        &key.checkpoint(siegelpost::journal::Head::EMPTY),
        key.public(),
    );
    assert_eq!(crate::play::code(early), "after_checkpoint");
}

/// Only the part of the journal that holds the card's entry is read, up to the first checkpoint over it: what lies behind is not even
/// readable here.
#[test]
fn an_issue_reads_of_the_journal_what_it_needs() {
    let play = before(Step::Issue);
    let key = play.app.journal_key().unwrap();
    let desk = play.app.desk();
    evidence::checkpoint(&desk, &key, None).unwrap();
    let many = std::env::var("SIEGELPOST_MANY").ok().and_then(|n| n.parse().ok());
    let first = desk.store.journal_head().unwrap().size + 1;
    let others = (0..many.unwrap_or(2_000u32))
        .map(|n| {
            let mut blind = [0; 16];
            blind[..4].copy_from_slice(&n.to_be_bytes());
            Draft::new(Actor::Siegelpost, Action::MailHeld, blind)
        })
        .collect();
    desk.store.commit(desk.now(), vec![], others).unwrap();
    evidence::checkpoint(&desk, &key, None).unwrap();
    let started = std::time::Instant::now();
    let all = desk.store.journal(1).unwrap();
    let entries = all
        .iter()
        .filter(|l| siegelpost::journal::Entry::from_body(&l.body).is_ok());
    let (count, whole) = (entries.count(), started.elapsed());
    let garbage = "UPDATE journal SET body = 'garbage' WHERE seq >= CAST($1 AS INTEGER)";
    Database::of(&play).run(vec![(garbage, vec![first.to_string()])]);
    let id = play.case().request_id;
    let started = std::time::Instant::now();
    play.issue(id).unwrap();
    println!(
        "issue {:?} with {count} entries, which are read in {whole:?}",
        started.elapsed()
    );
}

#[test]
fn keys_are_not_taken_from_an_entry_that_is_not_in_the_chain() {
    let play = before(Step::Issue);
    let key = play.app.journal_key().unwrap();
    evidence::checkpoint(&play.app.desk(), &key, None).unwrap();
    let entry = play
        .entries()
        .into_iter()
        .find(|e| e.action == Action::CardPrestaged)
        .unwrap();
    // The entry alone, altered in the database.
    let mut forged = entry.clone();
    forged
        .facts
        .insert("keys_sha256".into(), Sha256([5; 32]).to_string().into());
    let put = "UPDATE journal SET body = $1 WHERE seq = CAST($2 AS INTEGER)";
    let database = Database::of(&play);
    database.run(vec![(put, vec![forged.to_body(), entry.seq.to_string()])]);
    let id = play.case().request_id;
    assert_eq!(crate::play::code(play.issue(id)), "journal_rewritten");
    database.run(vec![(put, vec![entry.to_body(), entry.seq.to_string()])]);
    play.issue(id).unwrap();
}

#[test]
fn a_card_that_was_prestaged_twice_is_told_by_a_look_at_the_whole_journal() {
    let play = before(Step::Issue);
    let desk = play.app.desk();
    let entry = play
        .entries()
        .into_iter()
        .find(|e| e.action == Action::CardPrestaged)
        .unwrap();
    let mut draft = Draft::new(entry.actor, entry.action, [1; 16]);
    (draft.subjects, draft.facts) = (entry.subjects, entry.facts);
    desk.store.commit(desk.now(), vec![], vec![draft]).unwrap();
    let key = play.app.journal_public_key().unwrap();
    let found = play.app.verify_journal(&key, &[]).map(drop);
    assert_eq!(crate::play::code(found), "card_twice");
}
