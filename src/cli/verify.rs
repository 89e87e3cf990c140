//! `verify`: judges signed mails without an office, one or thousands, on several cores and within bounded memory.

mod crew;
mod mails;

use crate::domain::is_invisible;
use crate::pki::tlv::SEQUENCE;
use crate::pki::{KeyError, Revocation, SoftKey, Trust, read_certificates};
use crate::smime::{DecryptKey, Judgement, Policy, Question, Reason, Verdict, verify};
use crew::Budget;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use mails::{Mail, Mails};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// Everything was accepted.
const DONE: u8 = 0;
/// A mail was refused or held.
const REFUSED: u8 = 1;
/// No trust, or files that are not what they should be.
const WRONG_USE: u8 = 2;
/// A mail could not be read.
const UNREADABLE: u8 = 3;

/// A file of certificates, CRLs or keys larger than this is something else.
const MAX_TRUST_FILE_BYTES: u64 = 256 * 1024 * 1024;
/// Mails judged at a time: each has a thread of its own, and more than the largest machine has cores make nothing faster.
const MAX_JOBS: i64 = 256;

/// Judges signed mails.
#[derive(Debug, Clone, clap::Args)]
pub struct VerifyArgs {
    /// Certificates to trust: PEM, DER or a folder of them
    #[arg(long, value_name = "F")]
    pub trust: Vec<PathBuf>,
    /// Further certificates that help to find a path: PEM, DER or a folder of them
    #[arg(long, value_name = "F")]
    pub certs: Vec<PathBuf>,
    /// Revocation lists and OCSP responses: PEM, DER or a folder of them; with them, revocation is judged
    #[arg(long, value_name = "F")]
    pub crl: Vec<PathBuf>,
    /// The moment to judge at, such as 2026-01-31T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<Timestamp>,
    /// Private keys (PKCS#8 in PEM or DER, or PKCS#12) to open encrypted mails with
    #[arg(long, value_name = "F")]
    pub key: Vec<PathBuf>,
    /// A file whose first line is the password of PKCS#12 keys; without it, one that needs a password asks for it
    #[arg(long, value_name = "F", requires = "key")]
    pub password_file: Option<PathBuf>,
    /// Do not compare From with the signer's certificate
    #[arg(long)]
    pub no_identity: bool,
    /// Mails, mbox files, folders with all that is below them, or - for standard input
    ///
    /// In folders, hidden files are passed over, links to folders, what is no file, and what is not yet delivered to a
    /// Maildir. The mails of an mbox file are called FILE#1, FILE#2 and so on. The verdict is on signature, signer and
    /// header: the files in the signed part are not opened for it, and the inbox may refuse a mail for them.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Mails judged at a time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MAX_JOBS))]
    pub jobs: Option<u16>,
}

/// What an office brings along when `verify` runs within one.
pub struct OfficeTrust {
    /// Its anchors, intermediates and CRLs.
    pub trust: Trust,
    /// Its knobs.
    pub policy: Policy,
}

/// Judges the mails that `args` name, one line each on `stdout`; what is wrong with the call goes to `stderr`. Returns the exit code.
pub fn run(
    args: &VerifyArgs,
    json: bool,
    office: Option<OfficeTrust>,
    now: Timestamp,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> io::Result<u8> {
    let (mut trust, mut policy) = match office {
        Some(office) => (office.trust, office.policy),
        None if args.trust.is_empty() => {
            writeln!(
                stderr,
                "nobody is trusted: outside an office, say whom with --trust FILE (PEM, DER or a folder)"
            )?;
            return Ok(WRONG_USE);
        }
        None => (Trust::new(), Policy::default()),
    };
    let mut keys = Vec::new();
    if let Err(message) = load(args, &mut trust, &mut keys) {
        writeln!(stderr, "{message}")?;
        return Ok(WRONG_USE);
    }
    if args.no_identity {
        policy.check_identity = false;
    }
    let limit = policy.max_mail_bytes;
    // All threads together hold no more of mails than one at the limit.
    let budget = Budget::new(limit + 1);
    let judge = Judge {
        trust: &trust,
        at: args.at.unwrap_or(now),
        policy: &policy,
        keys: &keys,
        budget: &budget,
        json,
    };
    let jobs = args.jobs.map_or_else(cores, usize::from);
    let progress = progress();
    let mut mails = Mails::new(&args.files, limit, &budget);
    let mut count = Count::default();
    let told = crew::run(
        jobs,
        || mails.next(),
        |mail| judge.judge(mail),
        |told| {
            count.add(&told);
            progress.set_message(count.sentence());
            progress.inc(1);
            progress.suspend(|| match &told {
                Told::Judged(_, line) => stdout.write_all(line),
                Told::Unreadable(message) => writeln!(stderr, "{message}"),
            })
        },
    );
    progress.finish_and_clear();
    let told = match told {
        Ok(()) if !json && count.total() > 1 => writeln!(stdout, "{}", count.sentence()),
        told => told,
    };
    match told.and_then(|()| stdout.flush()) {
        // Whoever listened has heard enough; not everything was judged.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(count.exit().max(REFUSED)),
        told => told.map(|()| count.exit()),
    }
}

/// The cores of the machine, as far as they are of use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MAX_JOBS as usize))
}

/// How many mails went so far, on a terminal.
fn progress() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {pos} mails, {per_sec}: {msg}")
        .expect("a well-formed template");
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// What became of a mail: its verdict and its line, or why it could not be read.
enum Told {
    Judged(Verdict, Vec<u8>),
    Unreadable(String),
}

/// How the mails came out.
#[derive(Default)]
struct Count {
    accepted: usize,
    refused: usize,
    held: usize,
    unreadable: usize,
}

impl Count {
    fn add(&mut self, told: &Told) {
        *match told {
            Told::Judged(Verdict::Accept, _) => &mut self.accepted,
            Told::Judged(Verdict::Refuse, _) => &mut self.refused,
            Told::Judged(Verdict::Hold, _) => &mut self.held,
            Told::Unreadable(_) => &mut self.unreadable,
        } += 1;
    }

    fn total(&self) -> usize {
        self.accepted + self.refused + self.held + self.unreadable
    }

    fn sentence(&self) -> String {
        let mut sentence = format!("{} accepted, {} refused", self.accepted, self.refused);
        for (count, what) in [(self.held, "held"), (self.unreadable, "unreadable")] {
            if count > 0 {
                sentence.push_str(&format!(", {count} {what}"));
            }
        }
        sentence
    }

    fn exit(&self) -> u8 {
        if self.unreadable > 0 {
            UNREADABLE
        } else if self.refused + self.held > 0 {
            REFUSED
        } else {
            DONE
        }
    }
}

/// What is the same for every mail.
struct Judge<'a> {
    trust: &'a Trust,
    at: Timestamp,
    policy: &'a Policy,
    keys: &'a [SoftKey],
    budget: &'a Budget,
    json: bool,
}

impl Judge<'_> {
    fn judge(&self, mail: Mail<'_>) -> Told {
        let (name, raw, _share) = match mail {
            Mail::Unreadable(message) => return Told::Unreadable(message),
            Mail::Part { name, raw, share } => (name, raw, share),
            Mail::File {
                name,
                rest,
                head,
                size,
            } => {
                // One byte more than the limit is enough to be judged too large.
                let most = self.policy.max_mail_bytes + 1;
                let size = size.map_or(most, |size| {
                    usize::try_from(size).unwrap_or(most).saturating_add(1)
                });
                let share = self.budget.take(size.min(most));
                let mut raw = Vec::with_capacity(size.min(most));
                raw.extend_from_slice(&head);
                match rest.take((most - head.len()) as u64).read_to_end(&mut raw) {
                    Ok(_) => (name, raw, share),
                    Err(e) => return Told::Unreadable(format!("{name}: {e}")),
                }
            }
        };
        let keys: Vec<&dyn DecryptKey> = self.keys.iter().map(|k| k as &dyn DecryptKey).collect();
        let question = Question {
            trust: self.trust,
            at: self.at,
            arrived: None,
            revocation: Revocation::IfGiven,
            policy: self.policy,
            keys: &keys,
        };
        let judgement = verify(&raw, &question);
        let line = if self.json {
            json_line(&name, &judgement)
        } else {
            plain_lines(&name, &judgement)
        };
        Told::Judged(judgement.verdict(), line)
    }
}

fn json_line(name: &str, judgement: &Judgement<'_>) -> Vec<u8> {
    let mut line = serde_json::to_vec(&Line::of(name, judgement)).expect("the line is plain data");
    line.push(b'\n');
    line
}

fn plain_lines(name: &str, judgement: &Judgement<'_>) -> Vec<u8> {
    let mut text = format!("{}: ", visible(name));
    text.push_str(match judgement.verdict() {
        Verdict::Accept => "accepted",
        Verdict::Hold => "held, not accepted",
        Verdict::Refuse => "refused",
    });
    if let (Verdict::Accept, Some(signer)) = (judgement.verdict(), judgement.signer()) {
        text.push_str(&format!(", signed by {}", visible(&signer.subject().to_string())));
    }
    text.push('\n');
    for Reason { code, detail } in judgement.reasons() {
        text.push_str(&format!("  {code}: {}\n", visible(detail)));
    }
    for forwarded in judgement.forwarded() {
        text.push_str(&format!("  passed on: {forwarded}\n"));
    }
    text.into_bytes()
}

/// Text of a mail without what would move the cursor of a terminal, or turn and hide what stands beside it.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || is_invisible(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// `verify --json`, one line a file; other programs lean on it.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    verdict: &'static str,
    reasons: &'a [Reason],
    signer: Option<SignerLine>,
    signing_time: Option<String>,
    content_sha256: Option<String>,
    content_type: Option<&'a str>,
    encrypted: bool,
}

#[derive(Serialize)]
struct SignerLine {
    subject: String,
    issuer: String,
    serial: String,
    emails: Vec<String>,
    sha256: String,
}

impl<'a> Line<'a> {
    fn of(file: &'a str, judgement: &'a Judgement<'_>) -> Self {
        Self {
            file,
            verdict: if judgement.verdict() == Verdict::Accept {
                "accept"
            } else {
                "reject"
            },
            reasons: judgement.reasons(),
            signer: judgement.signer().map(|certificate| SignerLine {
                subject: certificate.subject().to_string(),
                issuer: certificate.issuer().to_string(),
                serial: certificate.serial().to_string(),
                emails: certificate.emails(),
                sha256: certificate.fingerprint().to_string(),
            }),
            signing_time: judgement.signing_time().map(|t| t.to_string()),
            content_sha256: judgement.content_sha256().map(|h| h.to_string()),
            content_type: judgement.content_type(),
            encrypted: judgement.encrypted(),
        }
    }
}

fn load(args: &VerifyArgs, trust: &mut Trust, keys: &mut Vec<SoftKey>) -> Result<(), String> {
    for path in &args.trust {
        each(path, Kind::Certificate, |bytes| {
            trust.add_anchors(bytes).map(drop).map_err(|e| e.to_string())
        })?;
    }
    for path in &args.certs {
        each(path, Kind::Certificate, |bytes| {
            trust
                .add_intermediates(bytes)
                .map(drop)
                .map_err(|e| e.to_string())
        })?;
    }
    for path in &args.crl {
        each(path, Kind::Revocation, |bytes| {
            trust
                .add_revocation_data(bytes)
                .map(drop)
                .map_err(|e| e.to_string())
        })?;
    }
    let given = args.password_file.as_deref().map(password).transpose()?;
    for path in &args.key {
        each(path, Kind::Key, |bytes| {
            let password = given.as_ref().map_or("", |p| p.as_str());
            let found = match SoftKey::all_from(bytes, password) {
                Err(KeyError::Password) if given.is_none() && io::stdin().is_terminal() => {
                    let typed = rpassword::prompt_password(format!("Password of {}: ", path.display()));
                    let typed = Zeroizing::new(typed.map_err(|e| e.to_string())?);
                    SoftKey::all_from(bytes, &typed)
                }
                found => found,
            };
            keys.extend(found.map_err(|e| e.to_string())?);
            Ok(())
        })?;
    }
    Ok(())
}

/// The first line of a file.
fn password(path: &Path) -> Result<Zeroizing<String>, String> {
    /// A longer password is something else.
    const MAX_PASSWORD_BYTES: u64 = 1024;
    let bytes = Zeroizing::new(read(path, MAX_PASSWORD_BYTES)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| format!("{}: not a text", path.display()))?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// What a file of trust or keys can hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Certificate,
    Revocation,
    Key,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Certificate, Self::Revocation, Self::Key];

    fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Revocation => "revocation list",
            Self::Key => "private key",
        }
    }

    /// The ends of the labels by which PEM names it.
    fn labels(self) -> &'static [&'static str] {
        match self {
            Self::Certificate => &["CERTIFICATE"],
            Self::Revocation => &["CRL", "OCSP RESPONSE"],
            Self::Key => &["PRIVATE KEY"],
        }
    }

    /// Whether the bytes are of this kind, whole and readable.
    fn is_in(self, bytes: &[u8]) -> bool {
        match self {
            Self::Certificate => read_certificates(bytes).is_ok(),
            Self::Revocation => Trust::new().add_revocation_data(bytes).is_ok(),
            Self::Key => matches!(
                SoftKey::all_from(bytes, ""),
                Ok(_) | Err(KeyError::Encrypted | KeyError::Password | KeyError::Container)
            ),
        }
    }

    /// Whether bytes that were not taken look like this kind: leaving them out would be to judge without them. Something else lies
    /// beside it where PEM names none of this kind, and where DER is of another one.
    fn is_meant_by(self, bytes: &[u8]) -> bool {
        if bytes.first() == Some(&SEQUENCE) {
            let is_other = |kind: Self| kind != self && kind.is_in(bytes);
            return !Self::ALL.into_iter().any(is_other) || self.is_in(bytes);
        }
        let text = String::from_utf8_lossy(bytes);
        text.split("-----BEGIN ").skip(1).any(|block| {
            let label = block.split("-----").next().unwrap_or_default();
            self.labels().iter().any(|own| label.ends_with(own))
        })
    }
}

/// Feeds a file, or every file of a folder that holds what is wanted. In a folder other things may lie beside it; none of it is wrong.
fn each(path: &Path, kind: Kind, mut feed: impl FnMut(&[u8]) -> Result<(), String>) -> Result<(), String> {
    if !path.is_dir() {
        let bytes = read(path, MAX_TRUST_FILE_BYTES)?;
        return feed(&bytes).map_err(|e| format!("{}: {e}", path.display()));
    }
    let mut found = 0;
    for file in files_of(path)? {
        let bytes = read(&file, MAX_TRUST_FILE_BYTES)?;
        match feed(&bytes) {
            Ok(()) => found += 1,
            Err(e) if kind.is_meant_by(&bytes) => return Err(format!("{}: {e}", file.display())),
            Err(_) => {}
        }
    }
    if found > 0 {
        return Ok(());
    }
    Err(format!(
        "{}: there is no {} in this folder",
        path.display(),
        kind.name()
    ))
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |e: io::Error| format!("{}: {e}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let unreadable = |e: io::Error| format!("{}: {e}", path.display());
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(format!("{}: larger than {limit} bytes", path.display()));
    }
    Ok(bytes)
}
