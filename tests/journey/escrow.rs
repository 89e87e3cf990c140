//! Escrow by its commands: two officers' keys are drawn, and together open the secrets of a card that was opened since.

use crate::canaries::{Canary, every_planted_canary_is_found, forms_of_text, search, secrets_in_custody};
use crate::play::{PIN, Play, SERIAL, parent};
use siegelpost::adapters::card::simulated::READERS;
use siegelpost::domain::CardSerial;
use siegelpost::journal::Action;
use siegelpost::ports::card::Readers as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

/// The exit code, and all that it says.
fn escrow(play: &Play, by: &str, words: &[&str]) -> (i32, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_siegelpost"))
        .args(["--office", "office", "--as", by, "--json", "escrow"])
        .args(words)
        .current_dir(parent(play))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn released(play: &Play) -> usize {
    let entries = play.entries();
    entries
        .iter()
        .filter(|e| e.action == Action::CustodyReleased)
        .count()
}

#[test]
fn two_officers_open_by_command_what_was_put_into_escrow() {
    let serial = CardSerial::from_number(SERIAL);
    let number = serial.to_string();
    let mut play = Play::found_before_now("escrow by command");
    let chip = play.card_at_bern();
    let folder = parent(&play);
    let setup =
        |first: &str, second: &str| ["setup", "--first", first, "--second", second].map(str::to_owned);
    let run = |play: &Play, by: &str, words: &[String]| {
        escrow(play, by, &words.iter().map(String::as_str).collect::<Vec<_>>())
    };

    // What cannot be is refused by what stands against it, and draws no key.
    fs::write(folder.join("there.key"), "somebody's").unwrap();
    for (by, first, second, said) in [
        ("lrao", "first.key", "second.key", "not enrolled as security"),
        ("security", "first.key", "first.key", "of their own"),
        ("security", "first.key", "there.key", "there.key is there already"),
    ] {
        let (code, why) = run(&play, by, &setup(first, second));
        assert!(code == 1 && why.contains(said), "{code}: {why}");
    }
    let file = play.folder.join("siegelpost.toml");
    let before = fs::read_to_string(&file).unwrap();
    fs::write(&file, before.replace("[security]\n", "[ security ]\n")).unwrap();
    let (code, why) = run(&play, "security", &setup("first.key", "second.key"));
    assert!(code == 1 && why.contains("no line [security]"), "{code}: {why}");
    fs::write(&file, &before).unwrap();
    assert!(!folder.join("first.key").exists());
    assert_eq!(
        fs::read_to_string(folder.join("there.key")).unwrap(),
        "somebody's"
    );

    let (code, said) = run(&play, "security", &setup("first.key", "second.key"));
    assert_eq!(code, 0, "{said}");
    let (code, why) = run(&play, "security", &setup("third.key", "fourth.key"));
    assert!(code == 1 && why.contains("set up already"), "{why}");
    assert!(!folder.join("third.key").exists());
    for name in ["first.key", "second.key"] {
        let mode = fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }

    let open = |first: &str, second: &str, out: &str| {
        [
            "open", &number, "--first", first, "--second", second, "--out", out,
        ]
        .map(str::to_owned)
    };
    let (code, why) = run(&play, "security", &open("first.key", "second.key", "out.json"));
    assert!(code == 1 && why.contains("not_in_escrow"), "{code}: {why}");
    play.open_again();
    play.go_on_at_desk(serial).unwrap();

    // One officer alone opens nothing, nor does anybody but the security officer; a file that is there stays as it is.
    for (by, words, code, said) in [
        (
            "security",
            open("first.key", "first.key", "out.json"),
            1,
            "escrow_keys",
        ),
        (
            "security",
            open("first.key", "there.key", "out.json"),
            4,
            "there.key",
        ),
        (
            "security",
            open("first.key", "second.key", "there.key"),
            2,
            "there.key is there already",
        ),
        (
            "security",
            open("first.key", "second.key", "there.key/out.json"),
            4,
            "cannot be written",
        ),
        (
            "lrao",
            open("first.key", "second.key", "out.json"),
            1,
            "not enrolled as security",
        ),
    ] {
        let (ended, why) = run(&play, by, &words);
        assert!(ended == code && why.contains(said), "{ended}: {why}");
    }
    assert_eq!(released(&play), 0);
    assert!(!folder.join("out.json").exists());
    assert_eq!(
        fs::read_to_string(folder.join("there.key")).unwrap(),
        "somebody's"
    );

    // Both do, whoever is named first. What it opens is in the file alone, for its owner alone.
    let mut canaries: Vec<Canary> = secrets_in_custody(&play, serial);
    canaries.extend(forms_of_text("the holder's PIN", PIN, 3));
    for (n, words) in [
        open("first.key", "second.key", "out.json"),
        open("second.key", "first.key", "again.json"),
    ]
    .iter()
    .enumerate()
    {
        let (code, said) = run(&play, "security", words);
        assert_eq!(code, 0, "{said}");
        assert_eq!(released(&play), n + 1);
        let out = folder.join(&words[7]);
        assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
        let opened: serde_json::Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
        let (puk, key) = (
            opened["puk"].as_str().unwrap(),
            opened["management_key"].as_str().unwrap(),
        );
        assert!(!said.contains(puk) && !said.contains(key), "{said}");
        let drawer = play.app.drawer().unwrap().unwrap();
        drawer.insert(READERS[1], &chip).unwrap();
        let mut card = drawer.connect(&chip).unwrap();
        let key: [u8; 32] = hex::decode(key).unwrap().try_into().unwrap();
        card.authenticate_management(&key).unwrap();
        card.reset_pin(puk, "86420975").unwrap();
    }
    assert_eq!(search(&play.folder, &canaries), Vec::<String>::new());
    every_planted_canary_is_found(&play, &canaries);
}
