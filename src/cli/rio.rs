//! The RIO's commands: the papers of a request, and the signed mail with the scans.

use super::officer_key::OfficerKey;
use super::people::{self, TableError};
use super::{Context, Failure, Outcome, exit, seal_journal};
use crate::app::{App, write};
use crate::domain::{OfficerId, Request, RequestData, RequestId};
use crate::journey::outbox::Attachment;
use crate::journey::request::Drafted;
use crate::journey::{Trouble, request, submit};
use crate::paper::{Place, form};
use crate::ports::store::{OutgoingRow, OutgoingState};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The largest data file or CSV of requests.
const MAX_DATA: u64 = 16 * 1024 * 1024;

#[derive(Subcommand)]
pub enum RequestCommand {
    /// Print the papers of one person (JSON, or the filled-in form of `request blank`), or of many (CSV)
    New(NewArgs),
    /// Make the blank form for a person's details, to be filled in on a screen or by hand
    Blank {
        #[arg(long, value_name = "PDF")]
        out: PathBuf,
        /// de, fr, it or en; the office's own when left out
        #[arg(long, value_parser = super::template::language)]
        language: Option<crate::domain::Language>,
    },
    /// Print the paper on which somebody asks for the revocation of a request's card
    Revocation {
        id: RequestId,
        #[arg(long, value_name = "PDF")]
        out: PathBuf,
        /// Where things stand on the paper, as JSON
        #[arg(long, value_name = "JSON")]
        layout: Option<PathBuf>,
    },
    /// Sign the scanned papers and send them to the office
    Submit(SubmitArgs),
    /// All requests and where they stand
    List,
    /// One request, with the stage it is in
    Show { id: RequestId },
    /// Take a request back before anything was issued
    Withdraw { id: RequestId },
    /// A filled-in example of the data file
    Example {
        /// As the table of many people: a head with all columns, and a row
        #[arg(long)]
        csv: bool,
    },
}

#[derive(Args)]
pub struct NewArgs {
    /// JSON of one request, a filled-in form (PDF), or a CSV of many; JSON or a form on standard input when left out
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The papers; with a CSV a folder for one file a request, NAME.pdf for one file with bookmarks, or NAME.zip
    #[arg(long, value_name = "PDF")]
    out: PathBuf,
    /// Where things stand on the papers, as JSON; with a CSV a folder for one file a request
    #[arg(long, value_name = "JSON")]
    layout: Option<PathBuf>,
}

#[derive(Args)]
pub struct SubmitArgs {
    /// The scans: PDF, JPEG, PNG, TIFF or WebP
    #[arg(long = "scan", required = true, num_args = 1.., value_name = "FILE")]
    scans: Vec<PathBuf>,
    /// Write the mail here instead of sending it
    #[arg(long, value_name = "EML")]
    out: Option<PathBuf>,
    /// Send it although the office would send it back
    #[arg(long)]
    anyway: bool,
}

#[derive(Serialize)]
struct Printed<'a> {
    request_id: RequestId,
    card_serial: crate::domain::CardSerial,
    digest: crate::domain::Digest,
    file: &'a Path,
    pages: u8,
}

/// `request …`
pub fn run(ctx: &mut Context, command: RequestCommand) -> Outcome {
    match command {
        RequestCommand::New(args) => new(ctx, &args),
        RequestCommand::Blank { out, language } => {
            let app = ctx.open()?;
            let language = language.unwrap_or(app.config.office.language);
            let today = app.desk().now().to_zoned(jiff::tz::TimeZone::UTC).date();
            let pdf = app
                .press
                .blank_form(language, &app.settings.office, today)
                .map_err(|e| Trouble::refused("paper", e))?;
            write(&out, &pdf)?;
            ctx.say(&serde_json::json!({ "file": out }), || {
                format!("printed   {}", out.display())
            })?;
            Ok(exit::DONE)
        }
        RequestCommand::Revocation { id, out, layout } => {
            let app = ctx.open()?;
            let paper = request::revocation_paper(&app.desk(), &app.press, id, ctx.officer()?)?;
            if let Some(path) = &layout {
                write_layout(path, &paper.layout)?;
            }
            write(&out, &paper.pdf)?;
            ctx.say(&serde_json::json!({ "request_id": id, "file": out }), || {
                format!("printed   the revocation request of {id}  {}", out.display())
            })?;
            Ok(exit::DONE)
        }
        RequestCommand::Submit(args) => submit_scans(ctx, &args),
        RequestCommand::List => list(ctx),
        RequestCommand::Show { id } => show(ctx, id),
        RequestCommand::Withdraw { id } => {
            let app = ctx.open()?;
            request::withdraw(&app.desk(), id, ctx.officer()?)?;
            seal_journal(&app)?;
            ctx.say(&serde_json::json!({ "withdrawn": id }), || {
                format!("withdrawn {id}")
            })?;
            Ok(exit::DONE)
        }
        RequestCommand::Example { csv } => {
            let example = crate::rehearsal::cast::example();
            if csv {
                ctx.out.write_all(&people::example(&example))?;
                return Ok(exit::DONE);
            }
            let text = serde_json::to_string_pretty(&example).expect("request data are plain data");
            writeln!(ctx.out, "{text}")?;
            Ok(exit::DONE)
        }
    }
}

/// What a request is entered from.
enum Entered {
    One(Box<RequestData>),
    Many(Vec<(u64, RequestData)>),
}

/// Reads what was handed in: JSON, a form that somebody filled in and saved, or the table of many people.
fn entered(app: &App, path: Option<&Path>, bytes: &[u8]) -> Result<Entered, Failure> {
    let sites = app.desk().store.sites().map_err(Trouble::from)?;
    let usual = |id: &crate::domain::SiteId| {
        let site = sites.iter().find(|site| site.id == *id);
        site.map(|site| site.letters).unwrap_or_default()
    };
    let has_end =
        |end: &str| path.is_some_and(|p| p.extension().is_some_and(|e| e.eq_ignore_ascii_case(end)));
    if bytes.starts_with(b"%PDF-") {
        let mut fields = form::read(bytes).map_err(|e| Failure::Unreadable(e.to_string()))?;
        // For the eyes of whoever types the sheet in; a request has no place for it.
        fields.remove("note");
        let fields = fields.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let data = RequestData::from_fields(fields, &usual).map_err(Trouble::from)?;
        return Ok(Entered::One(Box::new(data)));
    }
    if has_end("csv") || has_end("tsv") {
        let today = app.desk().now().to_zoned(jiff::tz::TimeZone::UTC).date();
        return match people::of_csv(bytes, today, &usual) {
            Ok(people) => Ok(Entered::Many(people)),
            Err(e @ TableError::Wrong(_)) => Err(Trouble::refused("fields", e).into()),
            Err(e @ TableError::NoTable(_)) => Err(Failure::Unreadable(e.to_string())),
        };
    }
    let data = RequestData::from_json_at(bytes, &usual).map_err(|p| Failure::Unreadable(p.to_string()))?;
    Ok(Entered::One(Box::new(data)))
}

fn new(ctx: &mut Context, args: &NewArgs) -> Outcome {
    let by = ctx.officer()?.clone();
    let bytes = match &args.data {
        Some(path) => crate::adapters::files::read_bounded(path, MAX_DATA)
            .map_err(|e| Failure::Unreadable(format!("{} cannot be read: {e}", path.display())))?,
        None => {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut std::io::Read::take(std::io::stdin(), MAX_DATA), &mut bytes)?;
            bytes
        }
    };
    let app = ctx.open()?;
    let code = match entered(&app, args.data.as_deref(), &bytes)? {
        Entered::One(data) => {
            let drafted = request::draft_to(&app.desk(), &app.press, *data, &by, &mut |drafted| {
                if let Some(path) = &args.layout {
                    write_layout(path, &drafted.printed.layout)?;
                }
                write(&args.out, &drafted.printed.pdf)
            })?;
            tell(ctx, &drafted, &args.out)?;
            exit::DONE
        }
        Entered::Many(people) => many(ctx, &app, people, args, &by)?,
    };
    seal_journal(&app)?;
    Ok(code)
}

/// Writes where things stand on a paper: what `read --layout` takes, from the same source that scans are measured against.
pub fn write_layout(path: &Path, places: &[Place]) -> Result<(), Trouble> {
    let json = serde_json::to_vec_pretty(places).expect("a layout is plain data");
    write(path, &json)
}

/// Prints the papers of many people: a file each, or all into one PDF or ZIP. Each person's papers are on the disk before their
/// request is on file, so a run that is cut off loses none: with one file for all, they lie in the folder `NAME.parts` until
/// it is written.
fn many(
    ctx: &mut Context,
    app: &App,
    people: Vec<(u64, RequestData)>,
    args: &NewArgs,
    by: &OfficerId,
) -> Outcome {
    let out = &args.out;
    let kind = out.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    let is_one = matches!(kind.as_deref(), Some("pdf" | "zip"));
    let folder = if is_one {
        let mut name = out.as_os_str().to_owned();
        name.push(".parts");
        PathBuf::from(name)
    } else {
        out.clone()
    };
    let path_of = |drafted: &Drafted| folder.join(format!("{}.pdf", drafted.request.request_id));
    let mut code = exit::DONE;
    let mut all = vec![];
    for (row, data) in people {
        let keep = &mut |drafted: &Drafted| {
            if let Some(layouts) = &args.layout {
                let name = format!("{}.layout.json", drafted.request.request_id);
                write_layout(&layouts.join(name), &drafted.printed.layout)?;
            }
            write(&path_of(drafted), &drafted.printed.pdf)
        };
        match request::draft_to(&app.desk(), &app.press, data, by, keep) {
            Ok(drafted) => {
                let path = if is_one { out.to_owned() } else { path_of(&drafted) };
                tell(ctx, &drafted, &path)?;
                all.push(drafted);
            }
            Err(why) => {
                eprintln!("siegelpost: row {row}: {why}");
                code = exit::REFUSED;
            }
        }
    }
    if !is_one || all.is_empty() {
        return Ok(code);
    }
    let bytes = if kind.as_deref() == Some("zip") {
        let files = all.iter().map(|d| {
            let name = format!("{}.pdf", d.request.request_id);
            (name, d.printed.pdf.as_slice())
        });
        crate::adapters::archive::zip(&files.collect::<Vec<_>>(), app.desk().now())
    } else {
        let requests: Vec<Request> = all.into_iter().map(|d| d.request).collect();
        request::bound(&app.desk(), &app.press, &requests, by)?
    };
    write(out, &bytes)?;
    std::fs::remove_dir_all(&folder).map_err(|e| {
        Trouble::Unavailable(format!(
            "{} is written; the single files in {} could not be removed: {e}",
            out.display(),
            folder.display()
        ))
    })?;
    Ok(code)
}

fn tell(ctx: &mut Context, drafted: &Drafted, path: &Path) -> Result<(), Failure> {
    let Drafted { request, printed } = drafted;
    let value = Printed {
        request_id: request.request_id,
        card_serial: request.data.card_serial,
        digest: printed.digest,
        file: path,
        pages: printed.pages,
    };
    ctx.say(&value, || {
        format!(
            "printed   {}  card {}  {} pages  {}",
            request.request_id,
            request.data.card_serial.grouped(),
            printed.pages,
            path.display()
        )
    })?;
    Ok(())
}

/// Reads, signs and sends the scans as the RIO.
pub fn send(
    app: &App,
    by: &OfficerId,
    scans: Vec<Attachment>,
    out: Option<&Path>,
    anyway: bool,
) -> Result<submit::Submission, Trouble> {
    let desk = app.desk();
    let address = desk.officer(by, crate::domain::Role::Rio)?.mail;
    let signer = OfficerKey::of(app, by)?;
    let sender = signer.sender(app, &address);
    let submission = submit::submit(&desk, app.reader(), &sender, scans, by, anyway)?;
    let Some(path) = out else {
        let row = submission.send(&desk, &*app.rio_outbox()?)?;
        return sent(&row).map(|()| submission);
    };
    write(path, &submission.raw)?;
    submission.written(&desk)?;
    Ok(submission)
}

/// What the RIO does about a mail that the server did not simply take.
fn sent(row: &OutgoingRow) -> Result<(), Trouble> {
    let id = &row.message_id;
    let why = match row.state {
        OutgoingState::Sent => return Ok(()),
        OutgoingState::Queued => format!(
            "the mail waits in the outbox ({}): siegelpost outbox run hands it over as soon as the server is back",
            row.detail
        ),
        OutgoingState::Unknown => format!(
            "nobody knows whether the mail arrived ({}): ask the office, then siegelpost outbox settle '{id}' or siegelpost outbox resend '{id}'",
            row.detail
        ),
        OutgoingState::Failed | OutgoingState::Settled => format!(
            "the server refused the mail ({}): mend that, then siegelpost outbox resend '{id}'; or save the mail with --out and send it from your mail program",
            row.detail
        ),
    };
    Err(Trouble::Unavailable(why))
}

fn submit_scans(ctx: &mut Context, args: &SubmitArgs) -> Outcome {
    let by = ctx.officer()?.clone();
    let scans = super::scans(&args.scans)?
        .into_iter()
        .zip(&args.scans)
        .map(|((_, bytes), path)| Attachment {
            name: path
                .file_name()
                .map_or("scan".into(), |n| n.to_string_lossy().into_owned()),
            media_type: media_type(path),
            bytes,
        })
        .collect();
    let app = ctx.open()?;
    let submission = send(&app, &by, scans, args.out.as_deref(), args.anyway)?;
    seal_journal(&app)?;
    let ids: Vec<_> = submission
        .readings
        .iter()
        .filter_map(|r| r.request_id())
        .collect();
    let value = serde_json::json!({
        "request_ids": ids, "to": submission.to, "message_id": submission.message_id,
        "file": args.out, "sha256": crate::pki::signature::sha256(&submission.raw),
    });
    ctx.say(&value, || {
        let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match &args.out {
            Some(path) => format!("signed    {ids}  {}", path.display()),
            None => format!("sent      {ids}  to {}", submission.to),
        }
    })?;
    Ok(exit::DONE)
}

fn media_type(path: &Path) -> &'static str {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("pdf") => "application/pdf",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("tif" | "tiff") => "image/tiff",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}

fn list(ctx: &mut Context) -> Outcome {
    let app = ctx.open()?;
    for case in app.desk().store.cases().map_err(Trouble::from)? {
        let value = serde_json::json!({
            "request_id": case.request_id, "stage": case.stage.name(), "card_serial": case.card,
            "site": case.site, "since": case.since,
        });
        ctx.say(&value, || {
            format!(
                "{}  {:<14} card {}  {:<12} since {}",
                case.request_id,
                case.stage.name(),
                case.card.grouped(),
                case.site,
                case.since.strftime("%Y-%m-%d %H:%M")
            )
        })?;
    }
    Ok(exit::DONE)
}

fn show(ctx: &mut Context, id: RequestId) -> Outcome {
    let app = ctx.open()?;
    let dossier = crate::journey::review::show(&app.desk(), id)?;
    let Request { data, .. } = &dossier.request;
    let value = serde_json::json!({ "request_id": id, "stage": dossier.case.stage, "request": data, "digest": dossier.case.digest });
    ctx.say(&value, || {
        format!(
            "{id}  {}\n  {}  born {}  {}\n  {} {}\n  card {}  site {}  letter by {:?}",
            dossier.case.stage.name(),
            data.full_name(),
            data.person.birth_date,
            data.mail,
            data.organisation.name,
            data.organisation.unit,
            data.card_serial.grouped(),
            data.site,
            data.delivery
        )
    })?;
    Ok(exit::DONE)
}
