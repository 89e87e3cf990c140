//! The walk-through of the README, with the real program: two people play it command by command; once as it should go, once with
//! the program killed on the way. And the exit codes.

use crate::play::{PIN, names, scan, scratch};
use serde_json::{Value, json};
use siegelpost::domain::RequestData;
use siegelpost::paper::Place;
use siegelpost::rehearsal::play::number_on;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

/// A folder with an office, and all that the program printed there.
struct Hand {
    _kept: tempfile::TempDir,
    folder: PathBuf,
    printed: Mutex<Vec<u8>>,
}

impl Hand {
    fn new() -> Hand {
        let kept = scratch();
        let folder = kept.path().join("walk");
        fs::create_dir(&folder).unwrap();
        Hand {
            _kept: kept,
            folder,
            printed: Mutex::default(),
        }
    }

    fn program(&self, end_at: Option<&str>, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_siegelpost"));
        command
            .current_dir(&self.folder)
            .args(words)
            .env_remove("SIEGELPOST_AS")
            .env("SIEGELPOST_OFFICE", "office");
        command.env_remove("SIEGELPOST_END_AT");
        if let Some(point) = end_at {
            command.env("SIEGELPOST_END_AT", point);
        }
        let output = command.output().unwrap();
        let mut printed = self.printed.lock().unwrap();
        printed.extend_from_slice(&output.stdout);
        printed.extend_from_slice(&output.stderr);
        output
    }

    /// Runs the program, which must end with this code; returns standard output.
    #[track_caller]
    fn run(&self, code: i32, words: &[&str]) -> String {
        let output = self.program(None, words);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(code),
            "siegelpost {}\n{stderr}",
            words.join(" ")
        );
        if code == 0 {
            assert_eq!(stderr, "", "siegelpost {}", words.join(" "));
        } else {
            assert!(
                !stderr.trim().is_empty(),
                "siegelpost {} says nothing",
                words.join(" ")
            );
            assert!(!stderr.contains("panicked"), "{stderr}");
        }
        String::from_utf8(output.stdout).unwrap()
    }

    /// The program dies at a point, as by a power cut.
    #[track_caller]
    fn kill(&self, point: &str, words: &[&str]) {
        let output = self.program(Some(point), words);
        assert_eq!(
            output.status.code(),
            None,
            "{point} was not passed by siegelpost {}",
            words.join(" ")
        );
    }

    /// The lines of a command with --json.
    #[track_caller]
    fn json(&self, words: &[&str]) -> Vec<Value> {
        let text = self.run(0, &[&["--json"], words].concat());
        text.lines()
            .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}")))
            .collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Exactly these keys.
#[track_caller]
fn keys(value: &Value, expected: &[&str]) {
    let mut found: Vec<&str> = value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{value}");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// Account, role, given and family name, day of birth.
const OFFICERS: [[&str; 5]; 5] = [
    ["rio-bern", "rio", "Robin", "Beispiel", "1980-05-17"],
    ["lrao", "lrao", "Luca", "Muster-Prüfer", "1975-11-30"],
    ["post", "dispatch", "Pascal", "Muster-Post", "1990-02-28"],
    ["helper", "helper", "Hanna", "Muster-Hilfe", "1988-07-07"],
    ["auditor", "security", "Audrey", "Muster-Blick", "1966-06-06"],
];

/// The walk; with `killed` each command that can be cut off dies once before it is run again.
fn walk(killed: bool) -> Hand {
    let hand = Hand::new();
    let kill = |point: &str, words: &[&str]| {
        if killed {
            hand.kill(point, words);
        }
    };
    hand.run(0, &["init", "office"]);
    hand.run(
        0,
        &[
            "--as",
            "security",
            "site",
            "add",
            "bern",
            "--name",
            "Aussenstelle Bern",
        ],
    );
    for [id, role, given, family, born] in OFFICERS {
        let mail = format!("{id}@office.example");
        let mut words = vec![
            "--as",
            "security",
            "officer",
            "add",
            id,
            "--role",
            role,
            "--given-names",
            given,
        ];
        words.extend(["--family-name", family, "--birth-date", born, "--mail", &mail]);
        if role == "rio" {
            words.extend(["--site", "bern"]);
        }
        hand.run(0, &words);
    }
    hand.run(0, &["--as", "security", "card", "prestage", "--count", "3"]);
    if killed {
        // A card whose making was cut off is finished by the same command, under its own serial.
        hand.kill("PrestageSecretsSet", &["--as", "security", "card", "prestage"]);
        hand.run(0, &["--as", "security", "card", "prestage"]);
    }
    let stock = hand.json(&["card", "list"]);
    assert_eq!(stock.len(), if killed { 4 } else { 3 });
    stock
        .iter()
        .for_each(|c| keys(c, &["serial", "chip_id", "state", "site", "request_id"]));
    assert!(
        stock
            .iter()
            .all(|c| c["state"] == "staged" && c["site"].is_null() && c["request_id"].is_null())
    );

    let delivered = hand.json(&[
        "--as", "security", "card", "deliver", "--site", "bern", "--out", "note.pdf",
    ]);
    assert_eq!(
        delivered[0]["cards"].as_array().unwrap().len(),
        stock.len(),
        "every card is sealed and goes along"
    );
    assert!(fs::read(hand.path("note.pdf")).unwrap().starts_with(b"%PDF"));
    hand.run(
        0,
        &[
            "--as",
            "rio-bern",
            "card",
            "receive",
            text(&delivered[0]["delivery_note"]),
        ],
    );

    // The RIO: data, papers, scan, mail.
    let mut data: Value = serde_json::from_str(&hand.run(0, &["request", "example"])).unwrap();
    data["card_serial"] = stock[0]["serial"].clone();
    data["site"] = json!("bern");
    data["travel_document"]["expiry"] = json!("2039-06-30");
    fs::write(hand.path("data.json"), data.to_string()).unwrap();
    let new = [
        "--as",
        "rio-bern",
        "request",
        "new",
        "--data",
        "data.json",
        "--out",
        "papers.pdf",
        "--layout",
        "layout.json",
    ];
    let printed = hand.json(&new).remove(0);
    keys(
        &printed,
        &["request_id", "card_serial", "digest", "file", "pages"],
    );
    assert_eq!(
        (&printed["file"], &printed["card_serial"]),
        (&json!("papers.pdf"), &stock[0]["serial"])
    );
    let id = text(&printed["request_id"]).to_owned();
    let layout: Vec<Value> = serde_json::from_slice(&fs::read(hand.path("layout.json")).unwrap()).unwrap();
    layout
        .iter()
        .for_each(|p| keys(p, &["name", "kind", "page", "x_mm", "y_mm", "w_mm", "h_mm"]));
    for kind in ["signature", "document_copy", "qr", "ocr"] {
        assert!(layout.iter().any(|p| p["kind"] == kind), "{kind}");
    }
    let places: Vec<Place> = layout
        .into_iter()
        .map(|p| serde_json::from_value(p).unwrap())
        .collect();
    let person = RequestData::from_json(&fs::read(hand.path("data.json")).unwrap()).unwrap();
    fs::write(
        hand.path("scan.pdf"),
        scan(&fs::read(hand.path("papers.pdf")).unwrap(), &places, &person),
    )
    .unwrap();
    let sent = hand.json(&["--as", "rio-bern", "request", "submit", "--scan", "scan.pdf"]);
    assert_eq!(sent[0]["request_ids"], json!([id]));
    let listed = hand.json(&["request", "list"]).remove(0);
    keys(&listed, &["request_id", "stage", "card_serial", "site", "since"]);
    assert_eq!(listed["stage"], "drafted");

    // The LRAO: inbox, review, issue.
    kill("IntakeMailStored", &["inbox", "run"]);
    kill("IntakeCommitted", &["inbox", "run"]);
    let taken = hand.json(&["inbox", "run"]);
    assert_eq!(taken.len(), 1);
    keys(
        &taken[0],
        &["source", "message", "sha256", "outcome", "request_ids", "reasons"],
    );
    // Whoever reads these lines hears of the request once, in a killed run's next one too.
    assert_eq!(
        (&taken[0]["outcome"], &taken[0]["request_ids"]),
        (&json!("received"), &json!([id]))
    );
    assert!(hand.json(&["inbox", "run"]).is_empty());
    let waiting = hand.json(&["review", "list"]);
    assert_eq!(waiting[0]["request_id"], json!(id));
    let shown = hand.json(&["review", "show", &id, "--papers", "look"]).remove(0);
    assert!(
        shown["checks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|c| c["outcome"] != "failed"),
        "{shown}"
    );
    assert_eq!(names(&hand.path("look")), ["mail.eml", "pictures", "scan-1.pdf"]);
    let pictures = names(&hand.path("look/pictures"));
    let listed = fs::read_to_string(hand.path("look/pictures/pictures.txt")).unwrap();
    for name in [
        "check-document_copied.png",
        "check-holder_signed.png",
        "check-rio_signed.png",
        "check-receipt_signed.png",
        "check-codes_agree.png",
        "page-1-data_code.png",
        "page-2-ocr_2.png",
        "page-3-page.png",
    ] {
        assert!(
            pictures.iter().any(|p| p == name) && listed.contains(name),
            "{name}: {pictures:?}"
        );
    }
    hand.run(
        1,
        &["--as", "rio-bern", "review", "approve", &id, "--looked-at", "all"],
    );
    hand.run(1, &["--as", "lrao", "issue", &id]);
    kill(
        "ReviewSigned",
        &["--as", "lrao", "review", "approve", &id, "--looked-at", "all"],
    );
    hand.run(
        0,
        &["--as", "lrao", "review", "approve", &id, "--looked-at", "all"],
    );
    kill("IssueReserved", &["--as", "lrao", "issue", &id]);
    kill("IssueSigned", &["--as", "lrao", "issue", &id]);
    let issued = hand
        .json(&["--as", "lrao", "issue", "--out", "certificates"])
        .remove(0);
    keys(&issued, &["request_id", "certificates"]);
    let certificates = issued["certificates"].as_array().unwrap();
    certificates
        .iter()
        .for_each(|c| keys(c, &["kind", "serial", "file"]));
    let mut kinds: Vec<&str> = certificates.iter().map(|c| text(&c["kind"])).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["authentication", "encryption", "signature"]);
    assert!(certificates.iter().all(|c| hand.path(text(&c["file"])).is_file()));
    hand.run(1, &["--as", "lrao", "issue", &id]);

    // The print station.
    let batch = if killed {
        hand.kill("LetterReserved", &["--as", "post", "dispatch", "batch"]);
        hand.run(1, &["--as", "post", "dispatch", "batch"]);
        let open = text(&hand.json(&["dispatch", "list"])[0]["batch"]).to_owned();
        let again = ["--as", "post", "dispatch", "batch", "--again", &open];
        hand.kill("LetterRendered", &again);
        hand.kill("BatchKept", &again);
        hand.json(&again).remove(0)
    } else {
        hand.json(&["--as", "post", "dispatch", "batch"]).remove(0)
    };
    keys(&batch, &["batch", "letters", "file"]);
    assert!(
        fs::read(hand.path(text(&batch["file"])))
            .unwrap()
            .starts_with(b"age-encryption.org/v1")
    );
    let batch = text(&batch["batch"]).to_owned();
    let state = || text(&hand.json(&["dispatch", "list"])[0]["state"]).to_owned();
    assert_eq!(state(), "encrypted");
    hand.run(1, &["--as", "post", "dispatch", "batch"]);
    let hand_over = ["--as", "post", "dispatch", "handover", &batch, "--count", "1"];
    hand.run(1, &hand_over);
    let print = ["--as", "post", "dispatch", "print", &batch, "--out", "tray"];
    if killed {
        kill("BatchTakenOut", &print);
        // What was begun is finished at its own place, and nowhere else.
        hand.run(
            1,
            &["--as", "post", "dispatch", "print", &batch, "--out", "other"],
        );
        kill("BatchLaidOut", &print);
        hand.run(1, &hand_over);
    }
    let taken = hand.json(&print).remove(0);
    keys(&taken, &["batch", "letters", "out", "files", "pull"]);
    assert_eq!(state(), "taken out");
    hand.run(1, &print);
    hand.run(
        1,
        &[
            "--as",
            "post",
            "dispatch",
            "export",
            &batch,
            "--out",
            "second.zip",
        ],
    );
    assert!(!hand.path("second.zip").exists() && !hand.path("other").exists());
    let letter = fs::read(hand.path("tray/letters-c5-left-de.pdf")).unwrap();
    let number = number_on(&letter).expect("a number on the letter").to_text();
    hand.run(
        1,
        &["--as", "post", "dispatch", "handover", &batch, "--count", "2"],
    );
    if killed {
        hand.kill("DispatchHandedOver", &hand_over);
        assert!(hand.path("tray/letters-c5-left-de.pdf").exists());
        hand.kill("BatchDestroyed", &hand_over);
    } else {
        hand.run(0, &hand_over);
    }
    hand.run(1, &hand_over);
    assert_eq!(state(), "posted");
    assert!(!hand.path("tray").exists(), "the letters are destroyed");
    assert_eq!(names(&hand.path("office/dispatch/batches")), Vec::<String>::new());

    // Holder and helper.
    hand.run(0, &["card", "insert", text(&stock[0]["serial"])]);
    let answers = |ticket: &str| {
        let answers = json!({"ticket": ticket, "pin": PIN, "question": "First school?", "answer": "Schulhaus Specimen"});
        fs::write(hand.path("answers.json"), answers.to_string()).unwrap();
    };
    let unseal = ["--as", "helper", "unseal", "--answers", "answers.json"];
    answers(&number.replacen(&number[0..1], if number.starts_with('7') { "8" } else { "7" }, 1));
    hand.run(1, &unseal);
    answers(&number);
    hand.run(1, &["--as", "lrao", "unseal", "--answers", "answers.json"]);
    for point in [
        "UnsealReleased",
        "UnsealPendingStored",
        "UnsealPinSet",
        "UnsealManagementKeySet",
        "UnsealPukSet",
    ] {
        kill(point, &unseal);
    }
    hand.run(0, &unseal);
    fs::remove_file(hand.path("answers.json")).unwrap();
    let listed = hand.json(&["card", "list"]);
    let card = listed.iter().find(|c| c["serial"] == stock[0]["serial"]).unwrap();
    assert_eq!(
        (&card["state"], &card["request_id"]),
        (&json!("active"), &json!(id))
    );

    // The auditor.
    let verified = hand.json(&["journal", "verify"]).remove(0);
    assert_eq!(verified["holds"], true);
    hand.run(0, &["journal", "evidence", &id, "--out", "case.json"]);
    fs::rename(hand.path("office"), hand.path("away")).unwrap();
    let mut examine = vec!["journal", "examine", "case.json", "--key", "away/journal.pub"];
    for folder in [
        "away/trust/anchors",
        "away/trust/intermediates",
        "away/trust/crls",
    ] {
        examine.extend(["--trust", folder]);
    }
    let examined = hand.json(&examine).remove(0);
    assert_eq!(
        (&examined["proven"], &examined["request_id"]),
        (&json!(true), &json!(id))
    );
    let mails: Vec<String> = fs::read_dir(hand.path("away/mail/inbox/.Processed/cur"))
        .unwrap()
        .map(|e| e.unwrap().path().to_string_lossy().into_owned())
        .collect();
    hand.run(2, &["verify", &mails[0]]);
    fs::rename(hand.path("away"), hand.path("office")).unwrap();
    let judged = hand
        .json(&["verify", &mails[0].replace("away", "office")])
        .remove(0);
    keys(
        &judged,
        &[
            "file",
            "verdict",
            "reasons",
            "signer",
            "signing_time",
            "content_sha256",
            "content_type",
            "encrypted",
        ],
    );
    keys(
        &judged["signer"],
        &["subject", "issuer", "serial", "emails", "sha256"],
    );
    assert_eq!(judged["verdict"], "accept");
    let read = hand.json(&["read", "scan.pdf"]).remove(0);
    keys(
        &read,
        &["file", "pages", "request", "marks", "travel_document", "problems"],
    );
    keys(
        &read["pages"][0],
        &[
            "index",
            "rotation",
            "skew_degrees",
            "dpi",
            "paper",
            "page",
            "of",
            "request_id",
            "source",
        ],
    );
    keys(
        &read["request"],
        &[
            "request_id",
            "card_serial",
            "digest",
            "complete",
            "missing",
            "fields",
        ],
    );
    keys(&read["marks"][0], &["name", "page", "present", "ink"]);
    assert_eq!(read["request"]["request_id"], json!(id));

    nothing_secret_was_printed(&hand, &number);
    hand
}

/// Neither the number, nor the holder's choices, nor what any key file holds.
fn nothing_secret_was_printed(hand: &Hand, number: &str) {
    let printed = String::from_utf8_lossy(&hand.printed.lock().unwrap()).to_uppercase();
    let mut secrets = vec![
        number.to_owned(),
        number.replace('-', ""),
        PIN.to_owned(),
        "Schulhaus Specimen".to_owned(),
    ];
    let mut lines = 0;
    for folder in ["office/keys", "office/dispatch"] {
        for name in names(&hand.path(folder)).iter().filter(|n| n.ends_with(".key")) {
            let text = fs::read_to_string(hand.path(folder).join(name)).unwrap();
            let secret = text
                .lines()
                .filter(|l| !l.starts_with('#') && !l.starts_with('-') && l.len() > 20);
            secrets.extend(secret.map(str::to_owned));
            lines += 1;
        }
    }
    assert!(lines >= 6, "the key files were looked at");
    for secret in secrets {
        assert!(
            !printed.contains(&secret.to_uppercase()),
            "a secret of {} characters was printed",
            secret.len()
        );
    }
}

#[test]
fn two_people_play_the_journey_by_hand() {
    let hand = walk(false);
    exit_codes(&hand);
}

#[test]
fn the_program_killed_at_its_worst_moments_is_run_again_and_finishes() {
    walk(true);
}

/// Each way to end has its code, and says what to do.
fn exit_codes(hand: &Hand) {
    let unknown = siegelpost::domain::RequestId::from_bits(42).to_string();
    fs::write(hand.path("empty.pdf"), b"").unwrap();
    fs::write(hand.path("broken.json"), b"{").unwrap();
    let table: [(i32, &[&str]); 17] = [
        (0, &["--help"]),
        (2, &["no-such-command"]),
        (2, &["review", "show", &unknown]),
        (2, &["--as", "lrao", "issue", &unknown]),
        (2, &["review", "show", "0000-0000-0001"]),
        (2, &["issue"]),
        (1, &["init", "office"]),
        (1, &["--as", "post", "dispatch", "batch"]),
        (2, &["--as", "post", "dispatch", "handover", "b20200101-000000"]),
        (2, &["--as", "nobody", "card", "prestage"]),
        (1, &["--as", "lrao", "card", "prestage"]),
        (
            3,
            &["--as", "rio-bern", "request", "submit", "--scan", "missing.pdf"],
        ),
        (
            3,
            &[
                "--as",
                "rio-bern",
                "request",
                "new",
                "--data",
                "broken.json",
                "--out",
                "x.pdf",
            ],
        ),
        (
            3,
            &[
                "--as",
                "helper",
                "unseal",
                "--chip",
                "00",
                "--answers",
                "missing.json",
            ],
        ),
        (4, &["--office", "nowhere", "card", "list"]),
        (3, &["read", "empty.pdf"]),
        (3, &["verify", "missing.eml"]),
    ];
    for (code, words) in table {
        let output = hand.program(None, words);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(code),
            "siegelpost {}\n{stderr}",
            words.join(" ")
        );
    }
    assert!(!Path::new(&hand.path("x.pdf")).exists());
    assert!(!hand.path("nowhere").exists(), "looking for an office makes none");
}
