//! What the real program says of the samples: `verify --json` and `read --json`, compared with what lies beside each.

use crate::made;
use crate::office::JUDGED;
use crate::tree::{self, folder, names, writing};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Output};

/// How far numbers that were measured on a picture may be off: decoders round differently.
const MEASURED: f64 = 0.02;
/// The keys of a line, sorted: DESIGN.md promises exactly these.
const VERIFY_KEYS: [&str; 8] = [
    "content_sha256",
    "content_type",
    "encrypted",
    "file",
    "reasons",
    "signer",
    "signing_time",
    "verdict",
];
const SIGNER_KEYS: [&str; 5] = ["emails", "issuer", "serial", "sha256", "subject"];
const READ_KEYS: [&str; 6] = ["file", "marks", "pages", "problems", "request", "travel_document"];
const PAGE_KEYS: [&str; 9] = [
    "dpi",
    "index",
    "of",
    "page",
    "paper",
    "request_id",
    "rotation",
    "skew_degrees",
    "source",
];
const REQUEST_KEYS: [&str; 6] = [
    "card_serial",
    "complete",
    "digest",
    "fields",
    "missing",
    "request_id",
];
const MARK_KEYS: [&str; 4] = ["ink", "name", "page", "present"];
const DOCUMENT_KEYS: [&str; 8] = [
    "birth_date",
    "checks_ok",
    "expiry",
    "format",
    "given_names",
    "issuer",
    "number",
    "surname",
];
const PROBLEM_KEYS: [&str; 2] = ["code", "detail"];

/// Runs the program in a folder of the samples.
fn siegelpost(below: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_siegelpost"))
        .args(args)
        .current_dir(folder().join(below))
        .output()
        .expect("it runs")
}

/// Its lines, by the file that each is about.
fn lines(output: &Output) -> BTreeMap<String, Vec<Value>> {
    let mut lines: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout.clone()).expect("UTF-8").lines() {
        let line: Value = serde_json::from_str(line).expect("a line is one JSON object");
        let file = line["file"].as_str().expect("a name").to_owned();
        lines.entry(file).or_default().push(line);
    }
    lines
}

/// Judges all mails of a folder as an office would at the samples' time; what it says, and its exit code.
pub fn verify(below: &str, mails: &[String], more: &[&str]) -> (BTreeMap<String, Vec<Value>>, Option<i32>) {
    let office = folder().join("office");
    let path = |name: &str| office.join(name).to_str().expect("UTF-8").to_owned();
    let (root, issuing, crls) = (path("root.pem"), path("issuing.pem"), path("crls"));
    let mut args = vec![
        "--json", "verify", "--trust", &root, "--certs", &issuing, "--crl", &crls, "--at", JUDGED,
    ];
    args.extend(more);
    let short: Vec<&str> = mails
        .iter()
        .map(|m| m.rsplit('/').next().expect("a name"))
        .collect();
    args.extend(&short);
    let output = siegelpost(below, &args);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "verify {below}");
    (lines(&output), output.status.code())
}

/// Compares what the program says of a sample with what lies beside it, or writes it there.
fn compare(name: &str, end: &str, said: &[Value]) {
    let stem = name.rsplit_once('.').expect("an ending").0;
    let beside = format!("{stem}.{end}.json");
    if writing() {
        let text: String = said
            .iter()
            .map(|v| serde_json::to_string_pretty(v).expect("JSON") + "\n")
            .collect();
        let there = std::fs::read(folder().join(&beside))
            .ok()
            .and_then(|old| values(&old));
        if !there.is_some_and(|there| same(&Value::Array(there), &Value::Array(said.to_vec()))) {
            tree::write(&beside, text.as_bytes());
        }
        return;
    }
    let expected = values(&tree::read(&beside)).unwrap_or_else(|| panic!("samples/{beside} is not JSON"));
    assert!(
        same(&Value::Array(expected.clone()), &Value::Array(said.to_vec())),
        "samples/{beside} says\n{:#}\nthe program says\n{:#}",
        Value::Array(expected),
        Value::Array(said.to_vec())
    );
}

fn values(text: &[u8]) -> Option<Vec<Value>> {
    serde_json::Deserializer::from_slice(text)
        .into_iter()
        .collect::<Result<_, _>>()
        .ok()
}

/// Equal in keys, values and order of lists; what is a fraction on both sides was measured and may be a little off.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap_or_default(), b.as_f64().unwrap_or_default());
            (a - b).abs() <= MEASURED.max(a.abs() * 0.002)
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

#[track_caller]
fn has_keys(value: &Value, keys: &[&str]) {
    let mut found: Vec<&str> = value
        .as_object()
        .unwrap_or_else(|| panic!("{value} is no object"))
        .keys()
        .map(String::as_str)
        .collect();
    found.sort_unstable();
    assert_eq!(found, keys, "in {value}");
}

fn each<'v>(value: &'v Value, list: &str) -> impl Iterator<Item = &'v Value> {
    value[list]
        .as_array()
        .unwrap_or_else(|| panic!("{list} is no list"))
        .iter()
}

fn verdicts(below: &str, more: &[&str]) -> BTreeMap<String, Value> {
    made();
    let mails = names(&format!("{below}/"), ".eml");
    assert!(!mails.is_empty());
    let (mut lines, code) = verify(below, &mails, more);
    let all_accepted = lines.values().flatten().all(|l| l["verdict"] == "accept");
    assert_eq!(code, Some(if all_accepted { 0 } else { 1 }), "{below}");
    let mut verdicts = BTreeMap::new();
    for name in mails {
        let short = name.rsplit('/').next().expect("a name");
        let said = lines
            .remove(short)
            .unwrap_or_else(|| panic!("nothing is said of {name}"));
        assert_eq!(said.len(), 1, "one line of {name}");
        has_keys(&said[0], &VERIFY_KEYS);
        if !said[0]["signer"].is_null() {
            has_keys(&said[0]["signer"], &SIGNER_KEYS);
        }
        each(&said[0], "reasons").for_each(|r| has_keys(r, &PROBLEM_KEYS));
        compare(&name, "verdict", &said);
        verdicts.insert(short.trim_end_matches(".eml").to_owned(), said[0].clone());
    }
    verdicts
}

#[track_caller]
fn gives(verdicts: &BTreeMap<String, Value>, name: &str, code: &str) {
    let verdict = verdicts.get(name).unwrap_or_else(|| panic!("there is no {name}"));
    assert!(
        each(verdict, "reasons").any(|r| r["code"] == code),
        "{name} should be {code}: {verdict:#}"
    );
}

#[test]
fn good_mails_are_accepted() {
    for (name, verdict) in verdicts("mails/good", &[]) {
        assert_eq!(verdict["verdict"], "accept", "{name}: {verdict:#}");
        assert_eq!(verdict["reasons"], serde_json::json!([]));
    }
}

#[test]
fn each_refused_mail_is_refused_for_what_it_shows() {
    let verdicts = verdicts("mails/refused", &[]);
    assert!(
        verdicts.values().all(|v| v["verdict"] == "reject"),
        "{verdicts:#?}"
    );
    for (name, code) in [
        ("altered-body", "content_altered"),
        ("altered-text", "content_altered"),
        ("altered-signature", "signature_wrong"),
        ("bare-carriage-return", "malformed_mail"),
        ("comment-in-from", "from_malformed"),
        ("encryption-key", "key_usage"),
        ("expired", "expired"),
        ("false-ca", "certificate_signature_wrong"),
        ("forwarded", "forwarded"),
        ("from-mismatch", "from_mismatch"),
        ("misleading-name", "from_misleading"),
        ("mixed-not-signed", "unsigned_content"),
        ("no-from", "from_missing"),
        ("not-signed", "not_signed"),
        ("not-yet-valid", "not_yet_valid"),
        ("other-sender", "sender_mismatch"),
        ("part-around", "unsigned_content"),
        ("part-beside", "unsigned_content"),
        ("revoked", "revoked"),
        ("text-after", "unsigned_content"),
        ("two-addresses", "from_malformed"),
        ("two-from-fields", "duplicate_header"),
        ("unknown-ca", "issuer_untrusted"),
    ] {
        gives(&verdicts, name, code);
    }
    // Only what the mail shows is named: who sees one defect in the name of the file finds no other in the verdict.
    for name in [
        "expired",
        "revoked",
        "from-mismatch",
        "altered-body",
        "not-yet-valid",
        "encryption-key",
    ] {
        assert_eq!(
            each(&verdicts[name], "reasons").count(),
            1,
            "{name}: {:#}",
            verdicts[name]
        );
    }
    assert!(verdicts["not-signed"]["signer"].is_null() && verdicts["not-signed"]["content_sha256"].is_null());
}

#[test]
fn mails_that_openssl_made_are_judged_too() {
    let key = folder().join("keys/lrao.encryption.pem");
    let verdicts = verdicts("mails/openssl", &["--key", key.to_str().expect("UTF-8")]);
    for good in [
        "detached",
        "opaque",
        "pss",
        "ecdsa",
        "stream",
        "opaque-stream",
        "sha-512",
        "key-id",
        "encrypted",
    ] {
        assert_eq!(
            verdicts[good]["verdict"], "accept",
            "{good}: {:#}",
            verdicts[good]
        );
    }
    assert_eq!(verdicts["encrypted"]["encrypted"], true);
    for (name, code) in [
        ("no-attributes", "signed_attributes_missing"),
        ("sha-1", "algorithm_weak"),
        ("two-signers", "several_signers"),
        ("no-certificate", "signer_certificate_missing"),
        ("other-from", "from_mismatch"),
        ("revoked", "revoked"),
        ("self-signed", "issuer_untrusted"),
        ("encrypted-not-signed", "decryption_failed"),
        ("encrypted-to-another", "decryption_failed"),
    ] {
        gives(&verdicts, name, code);
    }
}

fn readings() -> BTreeMap<String, Vec<Value>> {
    made();
    let scans: Vec<String> = [names("scans/", ".jpg"), names("scans/", ".pdf")].concat();
    let short: Vec<&str> = scans
        .iter()
        .map(|s| s.rsplit('/').next().expect("a name"))
        .collect();
    let output = siegelpost("scans", &[&["--json", "read"][..], &short].concat());
    assert_eq!(
        output.status.code(),
        Some(1),
        "some of them need eyes: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = lines(&output);
    assert_eq!(lines.len(), scans.len());
    for scan in &scans {
        let said = &lines[scan.rsplit('/').next().expect("a name")];
        said.iter().for_each(has_the_form_of_a_reading);
        compare(scan, "reading", said);
    }
    lines
}

#[test]
fn a_rounding_is_no_difference_and_a_value_is() {
    let reading = serde_json::json!({"page": 1, "ink": 0.0453, "dpi": 200.1, "present": true, "paper": null});
    let with = |key: &str, value: Value| {
        let mut other = reading.clone();
        other[key] = value;
        other
    };
    assert!(same(&reading, &with("ink", 0.0461.into())) && same(&reading, &with("dpi", 200.2.into())));
    for (key, value) in [
        ("page", 2.into()),
        ("ink", 0.09.into()),
        ("ink", Value::Null),
        ("present", false.into()),
        ("more", 1.into()),
        ("dpi", 203.0.into()),
    ] {
        assert!(!same(&reading, &with(key, value)), "{key}");
    }
}

fn has_the_form_of_a_reading(reading: &Value) {
    has_keys(reading, &READ_KEYS);
    each(reading, "pages").for_each(|p| has_keys(p, &PAGE_KEYS));
    each(reading, "marks").for_each(|m| has_keys(m, &MARK_KEYS));
    each(reading, "problems").for_each(|p| has_keys(p, &PROBLEM_KEYS));
    if !reading["request"].is_null() {
        has_keys(&reading["request"], &REQUEST_KEYS);
    }
    if !reading["travel_document"].is_null() {
        has_keys(&reading["travel_document"], &DOCUMENT_KEYS);
    }
}

#[test]
fn scans_say_what_is_on_them_and_what_is_not() {
    let readings = readings();
    let one = |name: &str| {
        assert_eq!(readings[name].len(), 1, "{name}");
        &readings[name][0]
    };
    let codes = |reading: &Value| {
        each(reading, "problems")
            .map(|p| p["code"].as_str().expect("a code").to_owned())
            .collect::<Vec<_>>()
    };
    for (name, request) in [
        ("complete-de.pdf", "zoe-muster"),
        ("complete-en.pdf", "alex-example"),
        ("complete-identity-card.pdf", "juerg-mueller"),
        ("mixed-order.pdf", "alex-example"),
    ] {
        let reading = one(name);
        assert_eq!(
            (&reading["request"]["complete"], codes(reading)),
            (&true.into(), vec![]),
            "{name}: {reading:#}"
        );
        let entered: Value =
            serde_json::from_slice(&tree::read(&format!("requests/{request}.json"))).expect("JSON");
        assert_eq!(
            reading["request"]["fields"], entered,
            "{name}: what was entered comes back"
        );
        assert!(
            each(reading, "marks").all(|m| m["present"] == true),
            "{name}: {reading:#}"
        );
    }
    let order: Vec<_> = each(one("mixed-order.pdf"), "pages")
        .map(|p| p["page"].as_u64())
        .collect();
    assert_eq!(order, [Some(3), Some(1), Some(2)]);
    assert_eq!(
        one("page-missing.pdf")["request"]["missing"],
        serde_json::json!([2])
    );
    assert_eq!(one("page-missing.pdf")["request"]["complete"], false);
    assert_eq!(codes(one("page-missing.pdf")), ["page_missing"]);
    assert_eq!(codes(one("page-twice.pdf")), ["page_twice"]);
    // On every paper the RIO signs once and the holder three times.
    let signed = |name: &str| {
        let boxes = each(one(name), "marks").filter(|m| {
            m["name"]
                .as_str()
                .is_some_and(|n| n == "rio" || n.starts_with("holder"))
        });
        boxes.map(|m| m["present"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(signed("complete-en.pdf"), vec![Value::Bool(true); 4]);
    assert_eq!(signed("unsigned.pdf"), vec![Value::Bool(false); 4]);
    assert_eq!(readings["two-requests.pdf"].len(), 2, "a line for each request");
    assert!(one("not-ours.pdf")["request"].is_null() && one("not-ours.pdf")["travel_document"].is_null());
    assert_eq!(codes(one("not-ours.pdf")), ["page_unread"]);
}

#[test]
fn a_scan_is_read_with_the_layout_that_was_printed_with_it() {
    made();
    let output = siegelpost(
        "scans",
        &[
            "--json",
            "read",
            "--layout",
            "../papers/zoe-muster.layout.json",
            "complete-de.pdf",
        ],
    );
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let without = siegelpost("scans", &["--json", "read", "complete-de.pdf"]);
    let (with, without) = (lines(&output), lines(&without));
    assert!(
        same(&with["complete-de.pdf"][0], &without["complete-de.pdf"][0]),
        "{with:#?}"
    );
}
