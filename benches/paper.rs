//! Letters and request sets a second of CPU time, and bytes a page, beside reportlab and typst on a like letter.
//!
//! `cargo bench --features full --bench paper`. The two others run when `SIEGELPOST_PAPER_PYTHON` names a Python that has
//! them (`pip install reportlab typst zxing-cpp`); their QR symbols come from zxing-cpp, a library in C++, made once a letter
//! as here. Both set the same words in the same fonts at the same places; reportlab cannot tag, typst tags and writes PDF/A-2a.

use jiff::civil::date;
use siegelpost::domain::request::{Address, Organisation, PersonData, TravelDocument};
use siegelpost::domain::{CardSerial, Delivery, DocumentKind, Language, Request, RequestData, RequestId};
use siegelpost::paper::texts::Value;
use siegelpost::paper::{Letter, LetterId, Office, Overlay, Press, Recipient, SetInput, WindowProfile};
use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;
use zeroize::Zeroizing;

/// Letters of the batch: what a large office posts in a day.
const BATCH: u64 = 1000;
/// Letters printed one by one.
const SEPARATE: u64 = 300;
/// Request sets.
const SETS: u64 = 100;
const TICKET: &str = "7K3QZ-9XWTA-C4MN8-0RHVG";
const FAMILIES: [&str; 8] = [
    "Muster",
    "Beispiel-Österreicher",
    "Specimen",
    "d’Exemple",
    "Esempio",
    "Próba",
    "Vzorová",
    "Παράδειγμα",
];
const TOWNS: [&str; 4] = ["Bern", "Zürich", "Genève", "Bellinzona"];

/// Seconds of CPU that this thread has used; of the clock where the system does not say.
fn seconds() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(
            || {
                static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
                START.get_or_init(Instant::now).elapsed().as_secs_f64()
            },
            |nanoseconds| nanoseconds / 1e9,
        )
}

fn data(n: u64) -> RequestData {
    let pick = |all: &[&str]| all[n as usize % all.len()].to_owned();
    RequestData {
        schema: 1,
        language: Language::De,
        person: PersonData {
            family_name: pick(&FAMILIES),
            given_names: "Zoë Anna".into(),
            birth_date: date(1990, 1, 31),
            nationality: "CHE".into(),
            ahv: None,
        },
        mail: "zoe.muster@office.example".into(),
        organisation: Organisation {
            name: "Bundesamt für Muster".into(),
            unit: "Abteilung Proben".into(),
        },
        address: Address {
            care_of: None,
            street: Some("Musterstrasse".into()),
            house_number: Some((n % 200 + 1).to_string()),
            po_box: None,
            postcode: (1000 + n % 9000).to_string(),
            town: pick(&TOWNS),
            country: "CH".into(),
        },
        travel_document: TravelDocument {
            kind: DocumentKind::Passport,
            number: "X1234567".into(),
            issuer: "CHE".into(),
            expiry: date(2030, 1, 31),
        },
        card_serial: CardSerial::from_number(100_200_300 + n as u32),
        site: "bern".parse().expect("a name"),
        delivery: Delivery::Post,
    }
}

fn letter(n: u64) -> Letter {
    let data = data(n);
    Letter {
        id: LetterId::new(
            RequestId::from_bits(n.wrapping_mul(0x9E37_79B9_7F4A) & ((1 << 50) - 1)),
            1,
        )
        .expect("in range"),
        language: data.language,
        recipient: Recipient {
            name: data.full_name(),
            address: data.address,
        },
        office: Office::specimen(),
        card_serial: data.card_serial,
        on: date(2026, 3, 1),
        valid_until: date(2026, 4, 30),
        window: WindowProfile::c5_left(),
    }
}

/// Prints one line of the table and returns the rate.
fn row(what: &str, rate: f64, unit: &str, bytes: f64) -> f64 {
    println!("{what:<46} {rate:>8.1} {unit:<8} {bytes:>8.0} bytes a page");
    rate
}

fn main() {
    let press = Press::new(&Overlay::new()).expect("the built-in templates are good");
    let batch: Vec<_> = (0..BATCH)
        .map(|n| (letter(n), Zeroizing::new(TICKET.to_owned())))
        .collect();
    // Fonts are read and texts parsed once, as in a running office.
    black_box(press.letter(&batch[0].0, TICKET).expect("printed"));

    let start = seconds();
    let mut bytes = 0;
    for (letter, ticket) in &batch[..SEPARATE as usize] {
        bytes += black_box(press.letter(letter, ticket).expect("printed")).len();
    }
    let separate = SEPARATE as f64 / (seconds() - start);
    row(
        "siegelpost, separate letters",
        separate,
        "pages/s",
        bytes as f64 / SEPARATE as f64,
    );

    let start = seconds();
    let (files, manifest) = press.letters(&batch).expect("printed");
    let together = BATCH as f64 / (seconds() - start);
    assert_eq!(manifest.letters.len() as u64, BATCH);
    row(
        "siegelpost, one batch of 1000, with manifest",
        together,
        "pages/s",
        files[0].pdf.len() as f64 / BATCH as f64,
    );

    let office = Office::specimen();
    let unread = Press::new(&Overlay::new()).expect("good").without_reading_back();
    for (press, how) in [(&press, "codes read back"), (&unread, "codes not read back")] {
        let start = seconds();
        let (mut bytes, mut pages) = (0, 0);
        for n in 0..SETS {
            let request = Request {
                request_id: RequestId::from_bits(n + 1),
                data: data(n),
            };
            let set = press
                .request_set(SetInput {
                    request: &request,
                    office: &office,
                    rio_name: "Rita Beispiel",
                    site_name: "Bern",
                    on: date(2026, 3, 1),
                })
                .expect("printed");
            bytes += set.pdf.len();
            pages += usize::from(set.pages);
        }
        let rate = SETS as f64 / (seconds() - start);
        row(
            &format!("siegelpost, request sets, {how}"),
            rate,
            "sets/s",
            bytes as f64 / pages as f64,
        );
    }

    let Ok(python) = std::env::var("SIEGELPOST_PAPER_PYTHON") else {
        println!("reportlab and typst: set SIEGELPOST_PAPER_PYTHON to a Python that has them");
        return;
    };
    let job = job(&press);
    for (peer, aim) in [("reportlab", 6.0), ("typst", 3.0)] {
        let said = ask(&python, peer, &job);
        let of = |how: &str, what: &str| said[how][what].as_f64().unwrap_or(f64::NAN);
        let alone = row(
            &format!(
                "{peer} {}, separate letters",
                said["version"].as_str().unwrap_or("?")
            ),
            of("separate", "rate"),
            "pages/s",
            of("separate", "bytes"),
        );
        let batched = row(
            &format!("{peer}, one batch of 1000"),
            of("batch", "rate"),
            "pages/s",
            of("batch", "bytes"),
        );
        println!(
            "  siegelpost is {:.1} times as fast separately, {:.1} times in a batch; aim {aim}",
            separate / alone,
            together / batched
        );
    }
}

/// What the others need to set the same letter: fonts, words, places, and who it goes to.
fn job(press: &Press) -> serde_json::Value {
    let one = letter(0);
    let text = |key: &str| {
        let args = [
            ("recipient_name", Value::from("Zoë Anna Muster")),
            ("card_end", Value::from("005")),
            ("until", Value::from("30. April 2026")),
            ("office_place", Value::from("Bern")),
            ("date", Value::from("1. März 2026")),
            ("letter_id", Value::from(one.id.to_string())),
        ];
        press.texts().get(Language::De, key, &args).expect("a text")
    };
    let body: Vec<_> = [
        ("letter-subject", "bold", 14.0, 18.0, [25.0, 106.0, 165.0]),
        ("letter-greeting", "regular", 10.0, 14.0, [25.0, 115.0, 165.0]),
        ("letter-intro", "regular", 10.0, 14.0, [25.0, 122.0, 165.0]),
        ("letter-ticket-caption", "bold", 9.0, 12.0, [30.0, 156.6, 155.0]),
        ("letter-ticket-note", "regular", 8.0, 10.6, [30.0, 175.2, 155.0]),
        ("letter-steps-title", "bold", 9.0, 12.0, [25.0, 188.0, 165.0]),
        ("letter-step-1", "regular", 9.6, 13.0, [33.0, 193.6, 157.0]),
        ("letter-step-2", "regular", 9.6, 13.0, [33.0, 204.0, 157.0]),
        ("letter-step-3", "regular", 9.6, 13.0, [33.0, 214.0, 157.0]),
        ("letter-step-4", "regular", 9.6, 13.0, [33.0, 224.0, 157.0]),
        ("letter-step-5", "regular", 9.6, 13.0, [33.0, 234.0, 157.0]),
        ("letter-help-title", "bold", 9.0, 12.0, [25.0, 249.4, 70.0]),
        ("letter-not-yours-title", "bold", 9.0, 12.0, [100.0, 249.4, 62.0]),
        ("letter-not-yours", "regular", 8.5, 11.4, [100.0, 254.4, 66.0]),
        ("letter-number-line", "regular", 7.0, 9.2, [150.0, 277.6, 40.0]),
    ]
    .into_iter()
    .map(|(key, face, size, leading, at)| {
        serde_json::json!({ "text": text(key).replace("**", ""), "face": face, "size": size, "leading": leading, "at": at })
    })
    .collect();
    let letters: Vec<_> = (0..BATCH)
        .map(|n| {
            let l = letter(n);
            let a = &l.recipient.address;
            serde_json::json!({ "lines": [l.recipient.name, format!("Musterstrasse {}", a.house_number.as_deref().unwrap_or("")), format!("{} {}", a.postcode, a.town)],
                "ticket": TICKET, "code": l.id.code() })
        })
        .collect();
    serde_json::json!({ "body": body, "letters": letters, "separate": SEPARATE,
        "sender": ["Registrierstelle Muster", "Musterstrasse 1", "3000 Bern"],
        "contact": ["+41 31 000 00 00", "registration@office.example", "Mo–Fr 8–12, 13–17"],
        "fonts": { "regular": folder_with(notosans::REGULAR_TTF, "regular.ttf"), "bold": folder_with(notosans::BOLD_TTF, "bold.ttf") } })
}

/// Where the others find a font of ours.
fn folder_with(font: &[u8], name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("paper-fonts");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, font).expect("written");
    path.to_string_lossy().into_owned()
}

fn ask(python: &str, peer: &str, job: &serde_json::Value) -> serde_json::Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/paper_peers.py");
    let mut child = Command::new(python)
        .args([script, peer])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the Python starts");
    let input = serde_json::to_vec(job).expect("plain data");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(&input)
        .expect("taken");
    let out = child.wait_with_output().expect("it ends");
    assert!(out.status.success(), "{peer} failed");
    serde_json::from_slice(&out.stdout).expect("JSON")
}
