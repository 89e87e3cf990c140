//! The print station's commands: batches of letters, their handover and their return; and the letter by mail.

use super::{Context, Failure, Outcome, counted, exit, seal_journal};
use crate::app::App;
use crate::domain::{BatchId, OfficerId, RequestId};
use crate::journey::dispatch::ReprintReason;
use crate::journey::letter::{self, Rendered, Stationery};
use crate::journey::{Trouble, dispatch, outbox};
use crate::paper::LetterId;
use crate::ports::store::LetterState;
use clap::Subcommand;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum LetterCommand {
    /// Mail the letter of a request to its RIO, signed and encrypted
    Mail { id: RequestId },
    /// Give a letter up and have it printed again: its eTicket is void, the next batch takes the card's next one
    Reprint {
        /// The number at the foot of the letter
        letter: String,
        /// spoiled, lost, opened or misaddressed
        #[arg(long, value_parser = reason)]
        reason: ReprintReason,
    },
}

#[derive(Subcommand)]
pub enum DispatchCommand {
    /// Collect the letters that are ready, and print them into one file with cover sheet and manifest
    Batch {
        /// Only these requests
        ids: Vec<RequestId>,
        /// Print a batch that was collected before, after an interruption
        #[arg(long, conflicts_with = "ids")]
        again: Option<BatchId>,
    },
    /// Record that a batch was posted: its eTickets go live, its print file is destroyed
    Handover { batch: BatchId },
    /// Put a batch into one ZIP for a print provider: letters, cover sheet and manifest
    Export {
        batch: BatchId,
        #[arg(long, value_name = "ZIP")]
        out: PathBuf,
    },
    /// Record that a letter came back: its eTicket is void
    Returned { letter: String },
    /// All batches
    List,
}

/// Mails a letter as an officer.
pub fn mail_letter(app: &App, id: RequestId, by: &OfficerId) -> Result<(), Trouble> {
    let credentials = app.office_credentials()?;
    let sender = app.sender(&app.settings.office.mail, &credentials);
    let stationery = Stationery {
        press: &app.press,
        window: &app.config.dispatch.window,
    };
    let (print_key, trust) = (app.print_key()?, app.trust()?);
    letter::mail_to_rio(&app.desk(), &stationery, &print_key, &trust, &sender, id, by)?;
    outbox::flush(&app.desk(), &*app.outbox()?)?;
    Ok(())
}

fn reason(name: &str) -> Result<ReprintReason, String> {
    ReprintReason::ALL
        .into_iter()
        .find(|r| r.name() == name)
        .ok_or_else(|| {
            let names = ReprintReason::ALL.map(ReprintReason::name).join(", ");
            format!("the reasons are {names}")
        })
}

fn letter_number(text: &str) -> Result<LetterId, Failure> {
    text.parse()
        .map_err(|e| Failure::WrongUse(format!("{e}: type the number at the foot of the letter")))
}

/// `letter …`
pub fn letter(ctx: &mut Context, command: LetterCommand) -> Outcome {
    let app = ctx.open()?;
    let id = match command {
        LetterCommand::Mail { id } => id,
        LetterCommand::Reprint { letter, reason } => {
            let id = letter_number(&letter)?;
            dispatch::reprint(&app.desk(), &id.to_string(), reason, ctx.officer()?)?;
            seal_journal(&app)?;
            let value = serde_json::json!({ "reprint": id.to_string(), "reason": reason });
            ctx.say(&value, || {
                format!(
                    "given up  letter {id} ({}): its eTicket is void; the next batch prints it with the card's next one",
                    reason.name()
                )
            })?;
            return Ok(exit::DONE);
        }
    };
    mail_letter(&app, id, ctx.officer()?)?;
    seal_journal(&app)?;
    ctx.say(&serde_json::json!({ "mailed": id }), || {
        format!("mailed    the letter of {id}, encrypted to its RIO")
    })?;
    Ok(exit::DONE)
}

/// Where the files of a batch lie.
pub fn folder_of(app: &App, batch: &BatchId) -> PathBuf {
    app.path(&app.config.dispatch.batches).join(batch.as_str())
}

/// Prints a batch: the files first, then the record that they exist.
pub fn print(app: &App, batch: &BatchId, by: &OfficerId) -> Result<(Rendered, PathBuf), Trouble> {
    let stationery = Stationery {
        press: &app.press,
        window: &app.config.dispatch.window,
    };
    let rendered = letter::render(&app.desk(), &stationery, &app.print_key()?, batch, by)?;
    let folder = folder_of(app, batch);
    let (json, csv) = (rendered.manifest.to_json(), rendered.manifest.to_csv());
    let papers: [(&str, &[u8]); 3] = [
        ("cover.pdf", &rendered.cover),
        ("manifest.json", &json),
        ("manifest.csv", &csv),
    ];
    let letters = rendered.files.iter().map(|f| (f.name.as_str(), &f.pdf[..]));
    for (name, bytes) in letters.chain(papers) {
        let path = folder.join(name);
        crate::adapters::files::write_durably(&path, bytes)
            .map_err(|e| Trouble::Unavailable(format!("{} cannot be written: {e}", path.display())))?;
    }
    letter::printed(&app.desk(), &rendered, by)?;
    Ok((rendered, folder))
}

/// Records the handover and destroys the print file.
pub fn hand_over(app: &App, batch: &BatchId, by: &OfficerId) -> Result<usize, Trouble> {
    let done = dispatch::handover(&app.desk(), batch, by);
    // Also when it was recorded before: a run that was cut off after the record has left the file behind.
    if matches!(
        &done,
        Ok(_)
            | Err(Trouble::Refused {
                code: "already_done",
                ..
            })
    ) {
        for path in crate::app::files_in(&folder_of(app, batch))? {
            if is_print_file(&path) {
                destroy(&path)?;
            }
        }
    }
    done
}

/// Whether a file of a batch's folder holds letters; cover sheet and manifest stay.
fn is_print_file(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
    name.is_some_and(|n| n.starts_with("letters-") && n.ends_with(".pdf"))
}

/// Puts the files of a batch into one archive, which only its owner reads: it holds eTickets like the letters themselves.
fn export(app: &App, batch: &BatchId, out: &Path) -> Result<usize, Trouble> {
    let folder = folder_of(app, batch);
    let paths = crate::app::files_in(&folder)?;
    if !paths.iter().any(|p| is_print_file(p)) {
        return Err(Trouble::refused(
            "not_printed",
            format!("batch {batch} has no print file: it is not printed yet, or was handed over"),
        ));
    }
    let files = paths
        .iter()
        .map(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let bytes = zeroize::Zeroizing::new(crate::app::read(path, "a file of the batch")?);
            Ok((format!("{batch}/{name}"), bytes))
        })
        .collect::<Result<Vec<_>, Trouble>>()?;
    let borrowed: Vec<(String, &[u8])> = files.iter().map(|(n, b)| (n.clone(), &b[..])).collect();
    let archive = zeroize::Zeroizing::new(super::archive::zip(&borrowed, app.desk().now()));
    crate::adapters::files::write_durably(out, &archive)
        .map_err(|e| Trouble::Unavailable(format!("{} cannot be written: {e}", out.display())))?;
    Ok(files.len())
}

/// Overwrites and removes a file. On a disk that moves blocks about this is no proof: keep the station's disk encrypted.
fn destroy(path: &Path) -> Result<(), Trouble> {
    let failed = |e: std::io::Error| {
        Trouble::Unavailable(format!(
            "{} could not be destroyed ({e}): destroy it by hand",
            path.display()
        ))
    };
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(failed(e)),
        Ok(found) => {
            let zeros = vec![0; usize::try_from(found.len()).unwrap_or(0)];
            std::fs::write(path, zeros)
                .and_then(|()| std::fs::remove_file(path))
                .map_err(failed)
        }
    }
}

/// `dispatch …`
pub fn run(ctx: &mut Context, command: DispatchCommand) -> Outcome {
    let app = ctx.open()?;
    match command {
        DispatchCommand::Batch { ids, again } => {
            let by = ctx.officer()?.clone();
            let batch = match again {
                Some(batch) => batch,
                None => letter::collect(&app.desk(), &ids, &by)?,
            };
            let (rendered, folder) = print(&app, &batch, &by)?;
            seal_journal(&app)?;
            let count = rendered.letters.len();
            let value = serde_json::json!({ "batch": batch, "letters": count, "folder": folder });
            ctx.say(&value, || {
                format!(
                    "printed   batch {batch}: {}, cover sheet and manifest in {}\n          post them, then: siegelpost dispatch handover {batch}",
                    counted(count, "letter"),
                    folder.display()
                )
            })?;
        }
        DispatchCommand::Handover { batch } => {
            let count = hand_over(&app, &batch, ctx.officer()?)?;
            seal_journal(&app)?;
            ctx.say(&serde_json::json!({ "batch": batch, "letters": count }), || {
                let live = counted(count, "eTicket");
                format!("posted    batch {batch}: {live} live, the print file is destroyed")
            })?;
        }
        DispatchCommand::Export { batch, out } => {
            let count = export(&app, &batch, &out)?;
            let value = serde_json::json!({ "batch": batch, "files": count, "file": out });
            ctx.say(&value, || {
                format!(
                    "packed    batch {batch}: {count} files into {}; it holds eTickets: hand it over encrypted, and destroy it",
                    out.display()
                )
            })?;
        }
        DispatchCommand::Returned { letter } => {
            let id = letter_number(&letter)?;
            dispatch::returned(&app.desk(), &id.to_string(), ctx.officer()?)?;
            seal_journal(&app)?;
            ctx.say(&serde_json::json!({ "returned": id.to_string() }), || {
                format!(
                    "returned  letter {id}: its eTicket is void; the next batch takes the card's next one"
                )
            })?;
        }
        DispatchCommand::List => {
            let desk = app.desk();
            let mut seen = std::collections::BTreeSet::new();
            for case in desk.store.cases().map_err(Trouble::from)? {
                for slot in 1..=3 {
                    let Some(id) = crate::paper::LetterId::new(case.request_id, slot) else {
                        continue;
                    };
                    if let Some(row) = desk.store.letter(&id.to_string()).map_err(Trouble::from)? {
                        seen.insert(row.batch);
                    }
                }
            }
            for batch in seen {
                let letters = desk.store.letters(&batch).map_err(Trouble::from)?;
                let open = letters.iter().filter(|l| l.state == LetterState::Ready).count();
                let value =
                    serde_json::json!({ "batch": batch, "letters": letters.len(), "not_posted": open });
                ctx.say(&value, || {
                    let count = counted(letters.len(), "letter");
                    format!("{batch:<22} {count}, {open} not posted yet")
                })?;
            }
        }
    }
    Ok(exit::DONE)
}
