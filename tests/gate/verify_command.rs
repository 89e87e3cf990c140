//! The `verify` command: its exit codes and its JSON.

use crate::office::{RIO_MAIL, entity, office, today};
use siegelpost::cli::verify::{VerifyArgs, run};
use siegelpost::smime::sign_data;
use siegelpost::smime::{SignWith, sign_mail};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn call(args: &VerifyArgs, json: bool) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(args, json, None, today(), &mut out, &mut err).unwrap();
    (
        exit,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

fn args(files: Vec<PathBuf>) -> VerifyArgs {
    VerifyArgs {
        trust: vec![office().path("root.pem")],
        certs: vec![],
        crl: vec![office().path("crls.pem")],
        at: None,
        key: vec![],
        password_file: None,
        no_identity: false,
        files,
        jobs: None,
    }
}

fn mail(from: &str) -> Vec<u8> {
    let office = office();
    let chain = [office.rio.certificate.clone(), office.ca.certificate.clone()];
    sign_mail(
        &[("From", from)],
        &entity(),
        SignWith {
            chain: &chain,
            key: &office.rio.key,
            at: today(),
        },
    )
    .unwrap()
}

#[test]
fn writes_the_fixed_json_and_exits_with_0_for_a_good_mail() {
    let office = office();
    let file = office.file("good.eml", &mail(RIO_MAIL));
    let (exit, out, err) = call(&args(vec![file.clone()]), true);
    assert_eq!((exit, err.as_str()), (0, ""));
    let line: serde_json::Value = serde_json::from_str(&out).unwrap();
    let sha256 = siegelpost::pki::signature::sha256(&entity()).to_string();
    assert_eq!(
        line,
        serde_json::json!({
            "file": file.display().to_string(),
            "verdict": "accept",
            "reasons": [],
            "signer": {
                "subject": "CN=Erika Muster,OU=Sample Unit,O=Specimen Office,C=CH",
                "issuer": "CN=Specimen Issuing CA,OU=Sample Unit,O=Specimen Office,C=CH",
                "serial": "43".to_owned() + &"03".repeat(19),
                "emails": [RIO_MAIL],
                "sha256": office.rio.certificate.fingerprint().to_string(),
            },
            "signing_time": "2026-06-01T08:00:00Z",
            "content_sha256": sha256,
            "content_type": "multipart/mixed",
            "encrypted": false,
        })
    );
}

#[test]
fn exits_with_1_for_a_refused_mail_and_gives_the_gravest_reason_first() {
    let mut bad = mail("evil@x.example");
    let at = bad.windows(6).position(|w| w == b"Please").unwrap();
    bad[at] = b'p';
    let file = office().file("bad.eml", &bad);
    let (exit, out, _) = call(&args(vec![file.clone()]), true);
    assert_eq!(exit, 1);
    let line: serde_json::Value = serde_json::from_str(&out).unwrap();
    let codes: Vec<_> = line["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["content_altered", "from_mismatch"]);
    let (_, text, _) = call(&args(vec![file]), false);
    assert!(text.lines().next().unwrap().ends_with(": refused"), "{text}");
}

#[test]
fn compares_no_identity_when_told_so() {
    let file = office().file("other.eml", &mail("somebody@else.example"));
    let mut args = args(vec![file]);
    assert_eq!(call(&args, false).0, 1);
    args.no_identity = true;
    assert_eq!(call(&args, false).0, 0);
}

#[test]
fn writes_nothing_that_turns_or_hides_the_line_to_a_terminal() {
    let file = office().file(
        "turned\u{202e}and\u{3164}filled\u{7}.eml",
        &mail("x@else.example"),
    );
    let (exit, out, _) = call(&args(vec![file]), false);
    assert_eq!(exit, 1);
    assert!(
        out.contains("turned\u{fffd}and\u{fffd}filled\u{fffd}.eml: refused"),
        "{out:?}"
    );
    assert!(
        out.chars()
            .all(|c| c == '\n' || !(c.is_control() || "\u{202e}\u{3164}".contains(c))),
        "{out:?}"
    );
}

#[test]
fn exits_with_2_without_trust_and_3_for_a_file_that_is_not_there() {
    let file = office().file("good2.eml", &mail(RIO_MAIL));
    let mut none = args(vec![file.clone()]);
    none.trust.clear();
    let (exit, out, err) = call(&none, true);
    assert_eq!((exit, out.as_str()), (2, ""));
    assert!(err.contains("--trust"), "{err}");
    let (exit, out, err) = call(&args(vec![file, office().path("nowhere.eml")]), true);
    assert_eq!(exit, 3);
    assert_eq!(out.lines().count(), 1, "the other mail is judged all the same");
    assert!(err.contains("nowhere.eml"), "{err}");
}

#[test]
fn judges_without_no_list_of_a_folder_that_it_cannot_read() {
    let office = office();
    let file = office.file("with-lists.eml", &mail(RIO_MAIL));
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    for (n, crl) in office.crls.iter().enumerate() {
        put(&format!("{n}.crl"), crl.der());
    }
    // What lies beside lists and is none.
    put("README", b"Lists of the sample office, got on Mondays.");
    put("empty", b"");
    put("ca.cer", office.ca.certificate.der());
    put(
        "ca.pem",
        crate::office::pem("CERTIFICATE", office.ca.certificate.der()).as_bytes(),
    );
    put("key.pem", office.rio.key.to_pkcs8_pem().as_bytes());
    put("key.der", office.rio.key.pkcs8_der());
    put(
        "notes.asc",
        b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n",
    );
    let mut args = args(vec![file]);
    args.crl = vec![folder.path().to_owned()];
    assert_eq!(call(&args, true).0, 0);
    let der = office.crls[1].der();
    let lists = |bytes: &[u8]| crate::office::pem("X509 CRL", bytes);
    for (what, bytes) in [
        ("cut off", der[..der.len() - 1].to_vec()),
        ("altered", [&der[..9], b"x", &der[10..]].concat()),
        ("not DER", [0x30, 0x80].to_vec()),
        ("damaged in PEM", lists(&der[..der.len() - 1]).into_bytes()),
        (
            "base64 that is none",
            lists(der).replacen("MII", "M*I", 1).into_bytes(),
        ),
        (
            "behind a certificate",
            (crate::office::pem("CERTIFICATE", office.ca.certificate.der()) + &lists(&der[1..])).into_bytes(),
        ),
        ("too many", lists(b"0").repeat(10_001).into_bytes()),
    ] {
        put("zz-last", &bytes);
        let (exit, out, err) = call(&args, true);
        assert_eq!((exit, out.as_str()), (2, ""), "{what}");
        assert!(err.contains("zz-last"), "{what}: {err}");
    }
}

/// The program itself, on the day of the tests.
fn program() -> Command {
    let office = office();
    let mut command = Command::new(env!("CARGO_BIN_EXE_siegelpost"));
    command
        .args(["verify", "--at", crate::office::TODAY, "--trust"])
        .arg(office.path("root.pem"))
        .arg("--crl")
        .arg(office.path("crls.pem"));
    command
}

fn text(output: &Output) -> (Option<i32>, String, String) {
    let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), utf8(&output.stdout), utf8(&output.stderr))
}

/// The names and verdicts of JSON lines.
fn verdicts(out: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| line[name].as_str().unwrap().to_owned();
        (field("file"), field("verdict"))
    };
    out.lines().map(line).collect()
}

#[test]
fn judges_folders_in_the_order_of_names_whatever_the_number_of_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (mail(RIO_MAIL), mail("evil@x.example"));
    let mut wanted = vec![];
    for n in 0..60 {
        let below = folder.path().join(format!("day-{}", n / 20));
        std::fs::create_dir_all(&below).unwrap();
        let file = below.join(format!("{n:02}.eml"));
        std::fs::write(&file, if n % 7 == 3 { &bad } else { &good }).unwrap();
        let verdict = if n % 7 == 3 { "reject" } else { "accept" };
        wanted.push((file.display().to_string(), verdict.to_owned()));
    }
    std::fs::write(folder.path().join(".hidden"), b"no mail").unwrap();
    for jobs in ["0", "257", "1000000"] {
        let output = program()
            .args(["--jobs", jobs])
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(text(&output).0, Some(2), "{jobs} jobs");
    }
    for jobs in ["1", "4", "256"] {
        let output = program()
            .args(["--json", "--jobs", jobs])
            .arg(folder.path())
            .output()
            .unwrap();
        let (exit, out, err) = text(&output);
        assert_eq!((exit, err.as_str()), (Some(1), ""));
        assert_eq!(verdicts(&out), wanted, "{jobs} jobs");
    }
}

#[test]
fn passes_over_what_is_not_yet_delivered_to_a_maildir() {
    let folder = tempfile::tempdir().unwrap();
    for (below, name) in [("cur", "a:2,S"), ("new", "b"), ("tmp", "c")] {
        std::fs::create_dir(folder.path().join(below)).unwrap();
        std::fs::write(folder.path().join(below).join(name), mail(RIO_MAIL)).unwrap();
    }
    let (exit, out, _) = text(&program().arg("--json").arg(folder.path()).output().unwrap());
    assert_eq!((exit, out.lines().count()), (Some(0), 2));
}

#[test]
fn judges_each_mail_of_an_mbox_file_and_of_standard_input() {
    let separator = b"From rio@office.example Mon Jun  1 08:00:00 2026\n";
    let mbox = [
        separator.as_slice(),
        &mail(RIO_MAIL),
        b"\n",
        separator,
        &mail("evil@x.example"),
        b"\n",
        separator,
        &mail(RIO_MAIL),
    ]
    .concat();
    let file = office().file("several.mbox", &mbox);
    let mut child = program()
        .args(["--json", "--jobs", "3"])
        .arg(&file)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&mail(RIO_MAIL)).unwrap();
    let (exit, out, _) = text(&child.wait_with_output().unwrap());
    assert_eq!(exit, Some(1));
    let name = |n: usize| format!("{}#{n}", file.display());
    let wanted = [
        (name(1), "accept"),
        (name(2), "reject"),
        (name(3), "accept"),
        ("-".into(), "accept"),
    ];
    assert_eq!(
        verdicts(&out),
        wanted.map(|(name, verdict)| (name, verdict.to_owned()))
    );
}

#[test]
fn ends_with_a_line_that_sums_up_for_a_person() {
    let office = office();
    let good = office.file("sum-good.eml", &mail(RIO_MAIL));
    let bad = office.file("sum-bad.eml", &mail("evil@x.example"));
    let nowhere = office.path("sum-nowhere.eml");
    let (exit, out, err) = text(&program().args([&good, &bad, &nowhere, &good]).output().unwrap());
    assert_eq!(exit, Some(3));
    assert_eq!(
        out.lines().last(),
        Some("2 accepted, 1 refused, 1 unreadable"),
        "{out}"
    );
    assert!(err.contains("sum-nowhere.eml"), "{err}");
    assert!(!out.contains('\u{1b}'), "no colours");
    let (_, out, _) = text(&program().arg(&good).output().unwrap());
    assert_eq!(out.lines().count(), 1, "one mail needs no sum: {out}");
}

#[test]
fn is_quiet_when_nobody_listens_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let good = mail(RIO_MAIL);
    for n in 0..400 {
        std::fs::write(folder.path().join(format!("{n}.eml")), &good).unwrap();
    }
    let mut child = program()
        .arg("--json")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(1), ""));
    assert!(first.contains("\"accept\""));
}

#[test]
fn reads_no_file_beyond_the_limit() {
    let file = office().path("endless.eml");
    // A file of 10 GB that takes no room.
    std::fs::File::create(&file).unwrap().set_len(10 << 30).unwrap();
    let (exit, out, _) = text(&within_150_mb(&["--json", "--jobs", "4"], &[&file, &file]));
    assert_eq!(exit, Some(1));
    assert_eq!(out.matches("too_large").count(), 2, "{out}");
}

/// The program with 150 MB for all that it allocates: one byte more and it breaks down.
fn within_150_mb(options: &[&str], files: &[&Path]) -> Output {
    let program = program();
    Command::new("prlimit")
        .arg("--data=157286400")
        .arg(program.get_program())
        .args(program.get_args())
        .args(options)
        .args(files)
        .output()
        .expect("prlimit is there (util-linux)")
}

#[test]
fn judges_mails_of_50_mb_within_150_mb_however_many_jobs_there_are() {
    const BYTES: usize = 50_000_000;
    let office = office();
    let chain = [office.rio.certificate.clone(), office.ca.certificate.clone()];
    let with = SignWith {
        chain: &chain,
        key: &office.rio.key,
        at: today(),
    };
    let lines = |count: usize| {
        "A".repeat(76)
            .into_bytes()
            .into_iter()
            .chain(*b"\r\n")
            .cycle()
            .take(count)
    };
    let mut entity = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
    entity.extend(lines(BYTES - 10_000));
    let detached = sign_mail(&[("From", RIO_MAIL)], &entity, with).unwrap();
    entity.truncate(BYTES / 78 * 57 - 10_000);
    let mut opaque = format!(
        "From: {RIO_MAIL}\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    let der = sign_data(&entity, with).unwrap();
    opaque.push_str(
        crate::office::pem("", &der)
            .split_once('\n')
            .unwrap()
            .1
            .rsplit_once("-----END")
            .unwrap()
            .0,
    );
    for (name, mail) in [("detached", detached), ("opaque", opaque.into_bytes())] {
        assert!(mail.len() > 49_000_000, "{}", mail.len());
        let file = office.file(&format!("{name}-50.eml"), &mail);
        let (exit, out, err) = text(&within_150_mb(&["--json", "--jobs", "3"], &[&file, &file, &file]));
        assert_eq!(exit, Some(0), "{name}: {out}{err}");
        assert_eq!(out.lines().count(), 3);
    }
}
