//! The LRAO's commands: review, issue, revoke.

use super::officer_key::OfficerKey;
use super::pictures::Pictures;
use super::verify::OfficeTrust;
use super::{Context, Failure, Outcome, class_of, complain, counted, deed, exit};
use crate::app::{App, pem, publish_crl, write, write_public};
use crate::config::Config;
use crate::domain::check::Outcome as Found;
use crate::domain::{Check, CheckCode, OfficerId, RequestId, Role, Stage};
use crate::journey::evidence::{Decider, mail_of, papers_name, raw_mail};
use crate::journey::review;
use crate::journey::{Trouble, issue as issuing, revoke as revoking};
use crate::pki::{Certificate, RevocationReason};
use crate::ports::store::CertificateRow;
use crate::scan::Scan;
use crate::seal::KeyOwner;
use crate::smime::FileKind;
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A bar on a terminal, nothing in a pipe.
pub fn progress(length: u64, what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").expect("a well-formed template");
    ProgressBar::new(length)
        .with_style(style)
        .with_message(what.to_owned())
}

/// What an office brings to `verify`, when the folder is one and no anchors are named.
pub fn office_trust(folder: &Path, wanted: bool) -> Result<Option<OfficeTrust>, Failure> {
    if !wanted || !folder.join(crate::config::FILE).exists() {
        return Ok(None);
    }
    // The configuration alone: verifying needs neither store nor keys.
    let config = Config::read(folder).map_err(Trouble::from)?;
    let trust = crate::app::trust_of(folder, &config)?;
    Ok(Some(OfficeTrust {
        trust,
        policy: config.lrao.signatures,
    }))
}

#[derive(Subcommand)]
pub enum ReviewCommand {
    /// The requests that wait for a decision
    List,
    /// One request: what agrees and what does not
    Show {
        id: RequestId,
        /// Write the mail and its scans here, and beside them the picture of each check, problem and place
        #[arg(long, value_name = "DIR")]
        papers: Option<PathBuf>,
    },
    /// Approve, with a signature
    Approve {
        id: RequestId,
        /// Checks that you looked at yourself, by name; `all` for all that need eyes
        #[arg(long, value_name = "CHECK", value_delimiter = ',')]
        looked_at: Vec<String>,
    },
    /// Reject, with a reason for the RIO
    Reject {
        id: RequestId,
        /// One line, which the RIO reads
        #[arg(long, value_parser = super::inbox::why)]
        reason: String,
    },
}

/// Approves as an officer, with the officer's own key.
pub fn approve(app: &App, id: RequestId, decider: &Decider, looked_at: &[CheckCode]) -> Result<(), Trouble> {
    let gate = app.gate()?;
    let keys = gate.keys();
    review::approve(&app.desk(), &gate.judge(&keys), id, decider, looked_at).map(drop)
}

/// One check, for a person.
pub fn check_line(check: &crate::domain::Check) -> String {
    let sign = match check.outcome {
        Found::Passed => "ok  ",
        Found::Failed => "FAIL",
        Found::NeedsEyes => "look",
    };
    let mut text = format!("  {sign} {:<18} {}", check.code, check.detail);
    for compared in &check.compared {
        text.push_str(&format!("\n       {:>18}: {}", compared.source, compared.value));
    }
    if let (Some(place), true) = (&check.place, check.outcome != Found::Passed) {
        text.push_str(&format!(
            "\n       {:>18}: page {}, {:.0} mm from the left, {:.0} mm from the top",
            "where", place.page, place.x_mm, place.y_mm
        ));
    }
    text
}

/// `review …`
pub fn review(ctx: &mut Context, command: ReviewCommand) -> Outcome {
    let app = ctx.open()?;
    let desk = app.desk();
    match command {
        ReviewCommand::List => {
            for case in desk.store.cases().map_err(Trouble::from)? {
                if !matches!(case.stage, Stage::InReview { .. }) {
                    continue;
                }
                let checks = review::show(&desk, case.request_id)?.checks;
                let count = |o: Found| checks.iter().filter(|c| c.outcome == o).count();
                let (good, eyes, bad) = (
                    count(Found::Passed),
                    count(Found::NeedsEyes),
                    count(Found::Failed),
                );
                let value = serde_json::json!({
                    "request_id": case.request_id, "site": case.site, "rio": case.stage.rio(), "since": case.since,
                    "passed": good, "needs_eyes": eyes, "failed": bad,
                });
                ctx.say(&value, || {
                    format!(
                        "{}  {:<10} {good} passed, {eyes} need eyes, {bad} failed",
                        case.request_id, case.site
                    )
                })?;
            }
        }
        ReviewCommand::Show { id, papers } => {
            let dossier = review::show(&desk, id)?;
            if let Some(folder) = papers {
                write_papers(&app, id, &dossier.checks, &folder)?;
            }
            let value = serde_json::json!({
                "request_id": id, "stage": dossier.case.stage, "request": dossier.request.data, "checks": dossier.checks,
            });
            ctx.say(&value, || {
                let d = &dossier.request.data;
                let head = format!(
                    "{id}  {}\n  {}, born {}, {}\n  {} {}, {} {}, until {}\n  card {}, site {}\n",
                    dossier.case.stage.name(),
                    d.full_name(),
                    d.person.birth_date,
                    d.mail,
                    d.organisation.name,
                    d.organisation.unit,
                    d.travel_document.issuer,
                    d.travel_document.number,
                    d.travel_document.expiry,
                    d.card_serial.grouped(),
                    d.site
                );
                dossier
                    .checks
                    .iter()
                    .map(check_line)
                    .fold(head, |text, line| format!("{text}\n{line}"))
            })?;
        }
        ReviewCommand::Approve { id, looked_at } => {
            let by = ctx.officer()?.clone();
            let looked_at = named_checks(&app, id, &looked_at)?;
            let key = OfficerKey::of(&app, &by)?;
            approve(&app, id, &key.decider(&by), &looked_at)?;
            ctx.done(&serde_json::json!({ "approved": id, "by": by }), || {
                format!("approved  {id}, signed by {by}")
            });
            return deed::after(ctx, &app);
        }
        ReviewCommand::Reject { id, reason } => {
            let by = ctx.officer()?.clone();
            let key = OfficerKey::of(&app, &by)?;
            let office = app.office_credentials()?;
            let sender = app.office_sender(&office);
            let gate = app.gate()?;
            let keys = gate.keys();
            let judge = gate.judge(&keys);
            review::reject(&desk, &judge, &sender, id, &key.decider(&by), &reason)?;
            ctx.done(&serde_json::json!({ "rejected": id, "by": by }), || {
                format!("rejected  {id}, signed by {by}; a mail tells the RIO")
            });
            return deed::after_with_mails(ctx, &app);
        }
    }
    Ok(exit::DONE)
}

fn named_checks(app: &App, id: RequestId, names: &[String]) -> Result<Vec<CheckCode>, Failure> {
    if names.iter().any(|n| n == "all") {
        return Ok(eyes_needed(&review::show(&app.desk(), id)?));
    }
    names
        .iter()
        .map(|name| {
            serde_json::from_value(serde_json::Value::String(name.clone())).map_err(|_| {
                Failure::WrongUse(format!(
                    "‘{name}’ is no check: siegelpost review show {id} names them"
                ))
            })
        })
        .collect()
}

/// The checks of a request that want a person's eyes.
pub fn eyes_needed(dossier: &review::Dossier) -> Vec<CheckCode> {
    dossier
        .checks
        .iter()
        .filter(|c| c.outcome == Found::NeedsEyes)
        .map(|c| c.code)
        .collect()
}

/// The mail and its attachments as files, or the papers of somebody who walked in, for the officer's own eyes, and what they show
/// as pictures.
fn write_papers(app: &App, id: RequestId, checks: &[Check], folder: &Path) -> Result<(), Failure> {
    let desk = app.desk();
    let owner = KeyOwner::Request(id);
    let key = desk.key(owner)?;
    let mut scans: Vec<(String, Zeroizing<Vec<u8>>)> = vec![];
    for n in 1.. {
        let Some(scan) = desk.read_document(&key, owner, &papers_name(n))? else {
            break;
        };
        let name = format!("scan-{n}.{}", extension(&scan));
        write(&folder.join(&name), &scan)?;
        scans.push((name, scan));
    }
    if scans.is_empty()
        && let Some(row) = desk
            .store
            .mail(mail_of(&desk, &desk.case(id)?)?)
            .map_err(Trouble::from)?
    {
        let raw = raw_mail(&desk, row.sha256)?;
        write(&folder.join("mail.eml"), &raw)?;
        let gate = app.gate()?;
        let keys = gate.keys();
        let judge = gate.judge(&keys);
        // Judged at its arrival: the officer looks at what was taken in then.
        if let Ok(mail) = judge.judge(&raw, row.arrived).into_verified() {
            for (n, attachment) in mail.attachments().iter().enumerate() {
                let name = format!("scan-{}.{}", n + 1, extension(attachment.bytes()));
                write(&folder.join(&name), attachment.bytes())?;
                scans.push((name, Zeroizing::new(attachment.bytes().to_vec())));
            }
        }
    }
    let kept = |(_, bytes): &&(String, Zeroizing<Vec<u8>>)| FileKind::of(bytes).is_scan();
    let scans: Vec<(&str, &[u8])> = scans
        .iter()
        .filter(kept)
        .map(|(n, b)| (n.as_str(), b.as_slice()))
        .collect();
    let scan = app.reader().with_crops().read_files(&scans);
    write_pictures(scan, id, checks, &folder.join("pictures"))
}

/// The pictures of one request in a scan: by check, by problem, and by place; `pictures.txt` lists them.
fn write_pictures(mut scan: Scan, id: RequestId, checks: &[Check], folder: &Path) -> Result<(), Failure> {
    // Another request of the same mail is not this officer's business here.
    scan.readings.retain(|reading| reading.request_id() == Some(id));
    let written = || -> std::io::Result<Vec<String>> {
        let mut pictures = Pictures::into(folder)?;
        let mut lines = vec![];
        for reading in &scan.readings {
            lines.extend(pictures.checks(checks, reading.crops())?);
        }
        lines.extend(pictures.problems(&scan)?);
        for reading in &scan.readings {
            lines.extend(pictures.places(reading.crops())?);
        }
        Ok(lines)
    };
    let lines = written()
        .map_err(|e| Trouble::Unavailable(format!("{} cannot be written: {e}", folder.display())))?;
    write(
        &folder.join("pictures.txt"),
        format!("{}\n", lines.join("\n")).as_bytes(),
    )?;
    Ok(())
}

fn extension(scan: &[u8]) -> &'static str {
    match FileKind::of(scan) {
        FileKind::Pdf => "pdf",
        FileKind::Jpeg => "jpg",
        FileKind::Png => "png",
        FileKind::WebP => "webp",
        FileKind::Tiff => "tif",
        _ => "bin",
    }
}

#[derive(Args)]
pub struct IssueArgs {
    /// The requests; without any, all that are approved
    ids: Vec<RequestId>,
    /// Where the certificates are written as PEM files [default: certificates in the office's folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Give one issue up that was begun and cannot be finished: whatever was signed is revoked, the request ends, and its
    /// card is retired; the RIO is told the reason
    #[arg(long, value_name = "REASON", value_parser = super::inbox::why)]
    give_up: Option<String>,
}

#[derive(Serialize)]
struct IssuedLine<'a> {
    request_id: RequestId,
    certificates: Vec<IssuedCertificate<'a>>,
}

#[derive(Serialize)]
struct IssuedCertificate<'a> {
    kind: &'static str,
    serial: &'a str,
    file: &'a Path,
}

/// Issues as an officer.
pub fn issue_one(app: &App, id: RequestId, by: &OfficerId) -> Result<Vec<CertificateRow>, Trouble> {
    let (ca, gate, credentials) = (app.ca()?, app.gate()?, app.office_credentials()?);
    let keys = gate.keys();
    let judge = gate.judge(&keys);
    let sender = app.office_sender(&credentials);
    let journal = app.journal_public_key()?;
    issuing::issue(&app.desk(), &ca.issuing(), &judge, &sender, &journal, id, by)
}

fn file_of(row: &CertificateRow, folder: &Path) -> PathBuf {
    folder.join(format!("{}-{}.pem", row.request_id, issuing::kind_name(row.slot)))
}

/// Certificates of a request as PEM files.
pub fn write_certificates(rows: &[CertificateRow], folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    rows.iter()
        .map(|row| {
            let path = file_of(row, folder);
            let certificate = Certificate::from_der(&row.der).map_err(|e| Trouble::Damaged(e.to_string()))?;
            write_public(&path, pem(&[&certificate]).as_bytes())?;
            Ok(path)
        })
        .collect()
}

fn give_up(ctx: &mut Context, app: &App, id: RequestId, reason: &str, by: &OfficerId) -> Outcome {
    let credentials = app.office_credentials()?;
    let sender = app.office_sender(&credentials);
    let count = issuing::give_up(&app.desk(), &sender, id, reason, by)?;
    let what = format!("given up  {id}; {count} serial numbers are revoked");
    let value = serde_json::json!({ "request_id": id, "revoked": count });
    let listed = deed::publish(ctx, app, by, value, &what);
    let code = deed::after_with_mails(ctx, app)?;
    listed.map(|()| code)
}

/// Issues one request, or finds what a run issued that was cut off before it wrote the files; and writes them.
fn issue_and_write(
    app: &App,
    id: RequestId,
    by: &OfficerId,
    folder: &Path,
) -> Result<(Vec<CertificateRow>, Vec<PathBuf>), Trouble> {
    let desk = app.desk();
    desk.officer(by, Role::Lrao)?;
    let rows = if matches!(desk.case(id)?.stage, Stage::Issued { .. }) {
        desk.store.certificates(id)?
    } else {
        issue_one(app, id, by)?
    };
    let files = write_certificates(&rows, folder).map_err(|e| {
        Trouble::Unavailable(format!(
            "{id} is issued, but its certificates could not be written: {e}. Mend that and run the same command again"
        ))
    })?;
    Ok((rows, files))
}

/// What waits to be issued, or was issued by a run that was cut off before it wrote the files.
fn waiting(app: &App, folder: &Path) -> Result<Vec<RequestId>, Trouble> {
    let desk = app.desk();
    let mut ids = vec![];
    for case in desk.store.cases()? {
        let is_open = match &case.stage {
            Stage::Approved { .. } | Stage::Issuing { .. } => true,
            Stage::Issued { .. } => {
                let rows = desk.store.certificates(case.request_id)?;
                !rows.iter().all(|row| file_of(row, folder).exists())
            }
            _ => false,
        };
        if is_open {
            ids.push(case.request_id);
        }
    }
    Ok(ids)
}

/// `issue …`
pub fn issue(ctx: &mut Context, args: &IssueArgs) -> Outcome {
    let app = ctx.open()?;
    let by = ctx.officer()?.clone();
    match (&args.give_up, &args.ids[..]) {
        (None, _) => {}
        (Some(reason), [id]) => return give_up(ctx, &app, *id, reason, &by),
        (Some(_), _) => return Err(Failure::WrongUse("name the one request that is given up".into())),
    }
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| app.path(Path::new("certificates")));
    let ids = if args.ids.is_empty() {
        waiting(&app, &folder)?
    } else {
        args.ids.clone()
    };
    let (mut refused, mut stopped) = (None, None);
    for id in ids {
        let (rows, files) = match issue_and_write(&app, id, &by, &folder) {
            Ok(done) => done,
            // The next one would meet the same.
            Err(e @ (Trouble::Unavailable(_) | Trouble::Interrupted(_))) => {
                stopped = Some(e);
                break;
            }
            // One that is refused holds up no other.
            Err(e) => {
                let (code, name) = class_of(&e);
                refused.get_or_insert(complain(ctx.json, code, name, &format!("{id}: {e}")));
                continue;
            }
        };
        let line = IssuedLine {
            request_id: id,
            certificates: rows
                .iter()
                .zip(&files)
                .map(|(row, file)| IssuedCertificate {
                    kind: issuing::kind_name(row.slot),
                    serial: &row.serial,
                    file,
                })
                .collect(),
        };
        ctx.done(&line, || {
            let kinds = rows
                .iter()
                .map(|r| issuing::kind_name(r.slot))
                .collect::<Vec<_>>()
                .join(", ");
            format!("issued    {id}: {kinds} in {}", folder.display())
        });
    }
    let code = deed::after_with_mails(ctx, &app)?;
    match stopped {
        Some(e) => Err(e.into()),
        None => Ok(refused.unwrap_or(code)),
    }
}

#[derive(Args)]
pub struct RevokeArgs {
    id: RequestId,
    /// key-compromise, affiliation-changed, superseded, cessation-of-operation, privilege-withdrawn or unspecified
    #[arg(long, value_parser = reason)]
    reason: RevocationReason,
    /// Who asks for it
    #[arg(long)]
    requester: Requester,
}

/// Who may ask for a revocation: the journal keeps the word, and no names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Requester {
    Holder,
    LineManager,
    Hr,
    Lrao,
}

impl Requester {
    /// The word in the journal.
    fn name(self) -> &'static str {
        match self {
            Requester::Holder => "holder",
            Requester::LineManager => "line-manager",
            Requester::Hr => "hr",
            Requester::Lrao => "lrao",
        }
    }
}

fn reason(text: &str) -> Result<RevocationReason, String> {
    let name = text.replace('-', "_");
    match serde_json::from_value(serde_json::Value::String(name)) {
        Ok(RevocationReason::CertificateHold | RevocationReason::RemoveFromCrl) | Err(_) => {
            Err("write key-compromise, affiliation-changed, superseded, cessation-of-operation, privilege-withdrawn or unspecified".into())
        }
        Ok(reason) => Ok(reason),
    }
}

/// `revoke …`
pub fn revoke(ctx: &mut Context, args: &RevokeArgs) -> Outcome {
    let app = ctx.open()?;
    let by = ctx.officer()?.clone();
    let credentials = app.office_credentials()?;
    let sender = app.office_sender(&credentials);
    let requester = args.requester.name();
    let count = revoking::revoke(&app.desk(), &sender, args.id, args.reason, requester, &by)?;
    let what = format!(
        "revoked   {} of {}",
        counted(count as u64, "certificate"),
        args.id
    );
    let value = serde_json::json!({ "request_id": args.id, "revoked": count });
    let listed = deed::publish(ctx, &app, &by, value, &what);
    let code = deed::after_with_mails(ctx, &app)?;
    listed.map(|()| code)
}

/// `crl`
pub fn crl(ctx: &mut Context) -> Outcome {
    let app = ctx.open()?;
    let by = ctx.officer()?.clone();
    let desk = app.desk();
    desk.officer(&by, Role::Security)
        .or_else(|_| desk.officer(&by, Role::Lrao))?;
    let count = publish_crl(&app, Some(&by))?;
    let file = app.path(&app.config.security.crl_file);
    let value = serde_json::json!({ "revoked": count, "file": file });
    ctx.done(&value, || {
        format!("published {} with {count} revoked certificates", file.display())
    });
    deed::after(ctx, &app)
}
