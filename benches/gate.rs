//! What judging a mail costs: beside `openssl cms -verify` on the same files, beside the floor (hash, one signature, base64), in
//! memory, over a folder of 10,000, and how the cost of hostile mails grows with their size.
//!
//! `cargo bench --features full --bench gate [-- PART…]`, PART being `mails`, `memory`, `folder` or `growth`; all without.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use siegelpost::pki::profile::{self, Authority, Order, Profile, Subject};
use siegelpost::pki::signature::{HashAlgorithm, PublicKey, Scheme, sha256};
use siegelpost::pki::{Certificate, KeyAlgorithm, Revocation, Serial, SigningKey, SoftKey, Trust};
use siegelpost::smime::{Policy, Question, SignWith, Verdict, sign_data, sign_entity, verify};
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

type Outcome = Result<(), Box<dyn Error>>;

const ADDRESS: &str = "rio@office.example";
/// The day on which everything is signed and judged.
const TODAY: &str = "2026-06-01T08:00:00Z";
const MEGABYTE: usize = 1_000_000;
/// Runs of a program that is started anew for each.
const STARTS: u32 = 20;

fn main() -> Outcome {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let is_wanted = |part: &str| wanted.is_empty() || wanted.iter().any(|w| w == part);
    let office = Office::make()?;
    if is_wanted("mails") {
        mails(&office)?;
    }
    if is_wanted("memory") {
        memory(&office)?;
    }
    if is_wanted("folder") {
        folder(&office)?;
    }
    if is_wanted("growth") {
        growth(&office)?;
    }
    Ok(())
}

struct Identity {
    key: SoftKey,
    certificate: Certificate,
}

struct Office {
    folder: tempfile::TempDir,
    trust: Trust,
    rsa: Identity,
    curve: Identity,
}

fn order(profile: Profile, name: &str, number: u8) -> Result<Order<'static>, Box<dyn Error>> {
    Ok(Order {
        profile,
        subject: Subject {
            common_name: name.into(),
            country: Some("CH".into()),
            ..Subject::default()
        },
        serial: Serial::from_random([number; 20]),
        not_before: "2026-01-01T00:00:00Z".parse()?,
        not_after: "2029-01-01T00:00:00Z".parse()?,
        crl_url: None,
        policy: None,
    })
}

impl Office {
    fn make() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let root_key = SoftKey::generate(KeyAlgorithm::P384)?;
        let root = profile::self_sign(
            &order(Profile::RootCa { path_length: None }, "Specimen Root", 1)?,
            &root_key,
        )?;
        let mut trust = Trust::new();
        trust.add_anchor(root.clone());
        let officer = |number, algorithm| -> Result<Identity, Box<dyn Error>> {
            let key = SoftKey::generate(algorithm)?;
            let email = ADDRESS.to_owned();
            let order = order(Profile::Officer { email }, "Erika Muster", number)?;
            let authority = Authority {
                certificate: &root,
                key: &root_key,
            };
            let certificate = profile::issue(&order, key.spki_der(), authority)?;
            Ok(Identity { key, certificate })
        };
        let (rsa, curve) = (
            officer(2, KeyAlgorithm::Rsa2048)?,
            officer(3, KeyAlgorithm::P256)?,
        );
        fs::write(
            folder.path().join("root.pem"),
            format!(
                "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                STANDARD
                    .encode(root.der())
                    .as_bytes()
                    .chunks(64)
                    .map(String::from_utf8_lossy)
                    .collect::<Vec<_>>()
                    .join("\n")
            ),
        )?;
        Ok(Self {
            folder,
            trust,
            rsa,
            curve,
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn question<'a>(&'a self, policy: &'a Policy) -> Result<Question<'a>, Box<dyn Error>> {
        Ok(Question {
            trust: &self.trust,
            at: TODAY.parse()?,
            arrived: None,
            revocation: Revocation::IfGiven,
            policy,
            keys: &[],
        })
    }

    /// A mail of about `size` bytes: a text and a scan in base64.
    fn mail(&self, who: &Identity, form: Form, size: usize, number: u32) -> Result<Vec<u8>, Box<dyn Error>> {
        let payload = if form == Form::Opaque { size / 4 * 3 } else { size };
        let mut seed = number.wrapping_mul(2_654_435_761).wrapping_add(1);
        let scan: Vec<u8> = (0..payload / 138 * 101)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect();
        let mut entity = b"Content-Type: multipart/mixed; boundary=\"papers\"\r\n\r\n--papers\r\nContent-Type: text/plain\r\n\r\nThe papers.\r\n--papers\r\nContent-Type: application/pdf; name=\"scan.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
        lines(&scan, &mut entity);
        entity.extend_from_slice(b"--papers--\r\n");
        let with = SignWith {
            chain: std::slice::from_ref(&who.certificate),
            key: &who.key,
            at: TODAY.parse()?,
        };
        let mut mail = format!("From: {ADDRESS}\r\nSubject: Request\r\nMIME-Version: 1.0\r\n").into_bytes();
        match form {
            Form::Detached | Form::AtRest => mail.extend(sign_entity(&entity, with)?),
            Form::Opaque => {
                mail.extend_from_slice(b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n");
                lines(&sign_data(&entity, with)?, &mut mail);
            }
        }
        if form == Form::AtRest {
            mail.retain(|b| *b != b'\r');
        }
        Ok(mail)
    }
}

fn lines(bytes: &[u8], out: &mut Vec<u8>) {
    for line in bytes.chunks(57) {
        out.extend_from_slice(STANDARD.encode(line).as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Detached,
    AtRest,
    Opaque,
}

/// Nanoseconds that this thread has run on a processor.
fn own_cpu() -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}

/// Processor time of all children that ended, in ticks of a hundredth of a second.
fn children_ticks() -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let tick =
        |at: usize| -> Result<u64, Box<dyn Error>> { Ok(fields.get(at).ok_or("no such field")?.parse()?) };
    // Fields 16 and 17 of proc(5), counted from after the name.
    Ok(tick(13)? + tick(14)?)
}

/// Microseconds of processor time that one call takes, the best of five rounds.
fn cost(mut call: impl FnMut() -> Outcome) -> Result<f64, Box<dyn Error>> {
    // The kernel counts in ticks of some milliseconds: a round has to last many of them.
    const ROUND: u64 = 80_000_000;
    let mut round = |runs: u32| -> Result<u64, Box<dyn Error>> {
        let before = own_cpu()?;
        for _ in 0..runs {
            call()?;
        }
        Ok(own_cpu()? - before)
    };
    let mut runs = 1;
    while round(runs)? < ROUND && runs < 1 << 24 {
        runs *= 2;
    }
    let mut best = f64::MAX;
    for _ in 0..5 {
        best = best.min(round(runs)? as f64 / 1000.0 / f64::from(runs));
    }
    Ok(best)
}

fn mails(office: &Office) -> Outcome {
    println!(
        "# Judging a mail of 1 MB: CPU time in one process, one thread (openssl is started anew for each mail)\n"
    );
    println!("| mail | ours µs | floor µs | × floor | openssl µs | openssl ÷ ours |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let policy = Policy::default();
    let question = office.question(&policy)?;
    for (name, who, scheme) in [
        ("RSA-2048", &office.rsa, Scheme::RsaPkcs1(HashAlgorithm::Sha256)),
        ("P-256", &office.curve, Scheme::Ecdsa(HashAlgorithm::Sha256)),
    ] {
        for (form, label) in [
            (Form::Detached, "detached"),
            (Form::AtRest, "detached, LF at rest"),
            (Form::Opaque, "opaque"),
        ] {
            let mail = office.mail(who, form, MEGABYTE, 1)?;
            let ours = cost(|| {
                let judgement = verify(black_box(&mail), &question);
                if judgement.verdict() != Verdict::Accept {
                    return Err(format!("{:?}", judgement.reasons()).into());
                }
                Ok(())
            })?;
            let floor = floor(who, scheme, form, &mail)?;
            let file = office.path("mail.eml");
            fs::write(&file, &mail)?;
            let theirs = openssl(office, &file)?;
            println!(
                "| {name}, {label} | {ours:.0} | {floor:.0} | {:.2} | {theirs:.0} | {:.1} |",
                ours / floor,
                theirs / ours
            );
        }
    }
    println!();
    Ok(())
}

/// The least that any verifier has to do: hash the content, check one signature, take base64 off where all of it is in base64.
fn floor(who: &Identity, scheme: Scheme, form: Form, mail: &[u8]) -> Result<f64, Box<dyn Error>> {
    let message = [1; 200];
    let signature = who.key.sign(&message)?;
    let key = PublicKey::from_spki(who.certificate.spki_der())?;
    let body = mail
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .map_or(mail, |at| &mail[at + 4..]);
    let one_line: Vec<u8> = body
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    let decoded = if form == Form::Opaque {
        STANDARD.decode(&one_line)?
    } else {
        mail.to_vec()
    };
    cost(|| {
        if form == Form::Opaque {
            black_box(STANDARD.decode(black_box(&one_line))?);
        }
        black_box(sha256(black_box(&decoded)));
        scheme.verify(&key, &message, &signature)?;
        Ok(())
    })
}

/// Microseconds of CPU that `openssl cms -verify` takes for a file, its start included.
fn openssl(office: &Office, file: &Path) -> Result<f64, Box<dyn Error>> {
    let at: jiff::Timestamp = TODAY.parse()?;
    let before = children_ticks()?;
    for _ in 0..STARTS {
        let status = Command::new("openssl")
            .args(["cms", "-verify", "-in"])
            .arg(file)
            .arg("-CAfile")
            .arg(office.path("root.pem"))
            .args(["-attime", &at.as_second().to_string(), "-out", "/dev/null"])
            .stderr(Stdio::null())
            .status()?;
        if !status.success() {
            return Err("openssl does not verify the mail".into());
        }
    }
    Ok((children_ticks()? - before) as f64 * 10_000.0 / f64::from(STARTS))
}

/// Runs `siegelpost verify` and gives back its time and the most memory it held, in bytes.
fn run_verify(office: &Office, what: &Path) -> Result<(Duration, u64), Box<dyn Error>> {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_siegelpost"))
        .args(["--json", "verify", "--at", TODAY, "--trust"])
        .arg(office.path("root.pem"))
        .arg(what)
        .stdout(fs::File::create(office.path("verdicts"))?)
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // The mark only rises, so the last look before the end misses little.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kilobytes) = mark.and_then(|m| m.trim().trim_end_matches(" kB").parse::<u64>().ok()) {
            peak = peak.max(kilobytes * 1024);
        }
        if let Some(exit) = child.try_wait()? {
            if !exit.success() {
                return Err(format!("verify ended with {exit}").into());
            }
            return Ok((start.elapsed(), peak));
        }
        std::thread::sleep(Duration::from_micros(300));
    }
}

fn memory(office: &Office) -> Outcome {
    println!("# Memory: `siegelpost verify` of one mail of 50 MB (aim: 150 MB)\n");
    println!("| mail | size MB | peak MB | wall ms |");
    println!("| --- | --- | --- | --- |");
    for (form, label) in [
        (Form::Detached, "detached"),
        (Form::AtRest, "detached, LF at rest"),
        (Form::Opaque, "opaque"),
    ] {
        let mail = office.mail(&office.rsa, form, 50 * MEGABYTE, 1)?;
        let file = office.path("large.eml");
        fs::write(&file, &mail)?;
        let size = mail.len() as f64 / 1e6;
        drop(mail);
        let (time, peak) = run_verify(office, &file)?;
        println!(
            "| {label} | {size:.1} | {:.1} | {} |",
            peak as f64 / 1e6,
            time.as_millis()
        );
    }
    println!();
    Ok(())
}

fn folder(office: &Office) -> Outcome {
    /// Different mails; the folder holds each under a hundred names.
    const DIFFERENT: u32 = 100;
    const NAMES: u32 = 100;
    println!(
        "# A folder of 10,000 mails of 100 KB (100 different ones under 100 names each) in one run of `siegelpost verify`\n"
    );
    let inbox = office.path("inbox");
    fs::create_dir(&inbox)?;
    let mut bytes = 0;
    for number in 0..DIFFERENT {
        let who = if number % 2 == 0 {
            &office.rsa
        } else {
            &office.curve
        };
        let form = [Form::Detached, Form::AtRest, Form::Opaque][number as usize % 3];
        let mail = office.mail(who, form, 100_000, number)?;
        bytes += mail.len() as u64 * u64::from(NAMES);
        let first = inbox.join(format!("{number}-0.eml"));
        fs::write(&first, mail)?;
        for name in 1..NAMES {
            fs::hard_link(&first, inbox.join(format!("{number}-{name}.eml")))?;
        }
    }
    let before = children_ticks()?;
    let (time, peak) = run_verify(office, &inbox)?;
    let ticks = children_ticks()? - before;
    let judged = fs::read_to_string(office.path("verdicts"))?
        .lines()
        .filter(|line| line.contains("\"accept\""))
        .count();
    let count = DIFFERENT * NAMES;
    println!("| mails | accepted | wall s | CPU s | mails/s | MB/s | peak MB |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    println!(
        "| {count} | {judged} | {:.2} | {:.2} | {:.0} | {:.0} | {:.1} |\n",
        time.as_secs_f64(),
        ticks as f64 / 100.0,
        f64::from(count) / time.as_secs_f64(),
        bytes as f64 / 1e6 / time.as_secs_f64(),
        peak as f64 / 1e6
    );
    Ok(())
}

/// Something that a hostile sender would make as long as they can.
type Hostile = (&'static str, fn(usize) -> Vec<u8>);

fn headed(header: &str, body: Vec<u8>) -> Vec<u8> {
    [format!("From: {ADDRESS}\r\n{header}\r\n\r\n").into_bytes(), body].concat()
}

const SIGNED: &str = "Content-Type: multipart/signed; boundary=b";
const OPAQUE: &str = "Content-Type: application/pkcs7-mime";

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    siegelpost::pki::tlv::element(tag, value)
}

fn signed_data(octets: &[u8]) -> Vec<u8> {
    let signed = [
        &[2, 1, 1][..],
        &tlv(0x31, &[]),
        &tlv(
            0x30,
            &[
                tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]),
                tlv(0xa0, octets),
            ]
            .concat(),
        ),
        &tlv(0x31, &[]),
    ]
    .concat();
    let info = [
        tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]),
        tlv(0xa0, &tlv(0x30, &signed)),
    ];
    headed(OPAQUE, tlv(0x30, &info.concat()))
}

const HOSTILE: &[Hostile] = &[
    ("boundaries without line ends", |n| {
        headed(SIGNED, b"--b".repeat(n))
    }),
    ("lines that begin like the boundary", |n| {
        headed(SIGNED, [b"--b\r\n".to_vec(), b"--bx\n".repeat(n)].concat())
    }),
    ("line ends alone", |n| {
        headed(
            SIGNED,
            [b"--b\r\n".to_vec(), b"\n".repeat(n), b"\n--b--".to_vec()].concat(),
        )
    }),
    ("bare carriage returns", |n| {
        headed(SIGNED, [b"--b\r\n".to_vec(), b"\r".repeat(n)].concat())
    }),
    ("dashes", |n| headed(SIGNED, b"-".repeat(n))),
    ("one long header line", |n| {
        headed(&format!("Subject: {}", "a ".repeat(n)), vec![])
    }),
    ("comments within comments", |n| {
        headed(&format!("Content-Type: a/b {}", "(".repeat(n)), vec![])
    }),
    ("parameters", |n| {
        headed(&format!("{SIGNED}{}", ";x=y".repeat(n)), vec![])
    }),
    ("multiparts within multiparts", |n| {
        let mut mail = String::new();
        for i in 0..n / 16 {
            mail.push_str(&format!(
                "Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n"
            ));
        }
        headed(&format!("X: y\r\n{mail}"), vec![])
    }),
    ("messages within messages", |n| {
        headed(
            "Content-Type: message/rfc822",
            b"Content-Type: message/rfc822\r\n\r\n".repeat(n / 8),
        )
    }),
    ("base64 of blanks", |n| {
        headed(
            &format!("{OPAQUE}\r\nContent-Transfer-Encoding: base64"),
            b"Q ".repeat(n),
        )
    }),
    ("base64, a letter a line", |n| {
        headed(
            &format!("{OPAQUE}\r\nContent-Transfer-Encoding: base64"),
            b"Q\n".repeat(n),
        )
    }),
    ("quoted-printable of signs", |n| {
        headed(
            &format!("{OPAQUE}\r\nContent-Transfer-Encoding: quoted-printable"),
            b"=30".repeat(n),
        )
    }),
    ("elements of indefinite length, deep", |n| {
        headed(OPAQUE, [0x30, 0x80].repeat(n))
    }),
    ("elements of indefinite length, wide", |n| {
        headed(OPAQUE, [&[0x30, 0x80][..], &[5, 0].repeat(n), &[0, 0]].concat())
    }),
    ("an octet string in pieces of one byte", |n| {
        signed_data(&tlv(0x24, &[4, 1, 0].repeat(n)))
    }),
    ("an octet string in nested pieces", |n| {
        let mut octets = tlv(4, &vec![0; n]);
        for _ in 0..20 {
            octets = tlv(0x24, &octets);
        }
        signed_data(&octets)
    }),
];

fn growth(office: &Office) -> Outcome {
    /// Twice the size may take twice the time and some more; four times would be quadratic.
    const LIMIT: f64 = 3.2;
    println!("# How the cost of hostile mails grows: CPU time at n, 2n and 4n\n");
    println!("| what | n µs | 2n µs | 4n µs | growth for twice as much |");
    println!("| --- | --- | --- | --- | --- |");
    let policy = Policy::default();
    let question = office.question(&policy)?;
    let mut worst = ("", 0.0f64);
    for (name, make) in HOSTILE {
        let mut times = vec![];
        for factor in [1, 2, 4] {
            let mail = make(factor * 100_000);
            times.push(cost(|| {
                black_box(verify(black_box(&mail), &question).reasons().len());
                Ok(())
            })?);
        }
        // What is refused at once costs next to nothing, whatever the clock says of it.
        let growth = if times[2] < 500.0 {
            1.0
        } else {
            (times[2] / times[0].max(1.0)).sqrt()
        };
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} | {growth:.2} |",
            times[0], times[1], times[2]
        );
        if growth > worst.1 {
            worst = (name, growth);
        }
    }
    println!();
    if worst.1 > LIMIT {
        return Err(format!("{} grows by {:.1} for twice as much", worst.0, worst.1).into());
    }
    Ok(())
}
