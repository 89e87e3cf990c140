//! The print station's commands: batches of letters, their handover and their return; and the letter by mail.

use super::{Context, Failure, Outcome, counted, deed, exit};
use crate::app::{App, Form, Taken};
use crate::domain::{BatchId, OfficerId, RequestId};
use crate::journey::dispatch::ReprintReason;
use crate::journey::letter::{self, Stationery};
use crate::journey::{Trouble, dispatch};
use crate::paper::LetterId;
use crate::ports::store::{LetterRow, LetterState};
use crate::scan::Reader;
use crate::seal::PrintRecipient;
use clap::Subcommand;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum LetterCommand {
    /// Mail the letter of a request to its RIO, signed and encrypted
    Mail { id: RequestId },
    /// Give letters up and have them printed again: their eTickets are void, the next batch takes the cards' next ones
    Reprint {
        /// The numbers at the foot of the letters
        #[arg(required_unless_present = "batch", value_name = "LETTER")]
        letters: Vec<LetterId>,
        /// The letters of a batch instead: all that are left, or those of --sheets
        #[arg(long, conflicts_with = "letters")]
        batch: Option<BatchId>,
        /// Which sheets of its print file, as `139-141` or `7`
        #[arg(long, value_name = "FROM-TO", requires = "batch", value_parser = sheets)]
        sheets: Option<RangeInclusive<u32>>,
        /// The print file that the sheets are of, where the batch has several
        #[arg(long, value_name = "NAME", requires = "sheets")]
        file: Option<String>,
        /// spoiled, lost, opened or misaddressed
        #[arg(long, value_parser = reason)]
        reason: ReprintReason,
    },
}

#[derive(Subcommand)]
pub enum DispatchCommand {
    /// Collect the letters that are ready, and render them with cover sheet and manifest; they lie encrypted
    Batch {
        /// Only these requests
        ids: Vec<RequestId>,
        /// Render a batch that was collected before, after an interruption
        #[arg(long, conflicts_with = "ids")]
        again: Option<BatchId>,
    },
    /// Take a batch out of its encryption to print it: once
    Print {
        batch: BatchId,
        /// A new folder for its files; the handover destroys them
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Take a batch out as one ZIP for a print provider, instead of printing it here: once
    Export {
        batch: BatchId,
        #[arg(long, value_name = "ZIP")]
        out: PathBuf,
        /// The provider's public key (age1…): the ZIP is encrypted to it
        #[arg(long, value_name = "KEY")]
        to: Option<PrintRecipient>,
    },
    /// Record that a batch was posted: its eTickets go live, and all of it here is destroyed
    Handover {
        batch: BatchId,
        /// How many letters were counted; another number than the batch has to post is refused
        #[arg(long, value_name = "LETTERS")]
        count: Option<usize>,
    },
    /// Record that letters came back: their eTickets are void
    Returned {
        /// The numbers at the foot of the letters
        #[arg(required_unless_present = "scan", value_name = "LETTER")]
        letters: Vec<LetterId>,
        /// Scans of the sheets that came back, for the codes on them: PDF, TIFF, JPEG, PNG or WebP
        #[arg(long, value_name = "FILE", num_args = 1..)]
        scan: Vec<PathBuf>,
    },
    /// All batches
    List,
}

/// Writes the mail of a letter as an officer; it goes out with the others.
pub fn mail_letter(app: &App, id: RequestId, by: &OfficerId) -> Result<(), Trouble> {
    let credentials = app.office_credentials()?;
    let sender = app.sender(&app.settings.office.mail, &credentials);
    let stationery = Stationery {
        press: &app.press,
        window: &app.config.dispatch.window,
    };
    let (print_key, trust) = (app.print_key()?, app.trust()?);
    letter::mail_to_rio(&app.desk(), &stationery, &print_key, &trust, &sender, id, by).map(drop)
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

fn sheets(text: &str) -> Result<RangeInclusive<u32>, String> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    match (from.trim().parse::<u32>(), to.trim().parse::<u32>()) {
        (Ok(from), Ok(to)) if 1 <= from && from <= to => Ok(from..=to),
        _ => Err("sheets are given as 139-141 or 7, counted from 1".into()),
    }
}

/// `letter …`
pub fn letter(ctx: &mut Context, command: LetterCommand) -> Outcome {
    let app = ctx.open()?;
    let by = ctx.officer()?.clone();
    match command {
        LetterCommand::Mail { id } => {
            mail_letter(&app, id, &by)?;
            ctx.done(&serde_json::json!({ "mailed": id }), || {
                format!("mailed    the letter of {id}, encrypted to its RIO")
            });
            deed::after_with_mails(ctx, &app)
        }
        LetterCommand::Reprint {
            letters,
            batch,
            sheets,
            file,
            reason,
        } => {
            let ids = match (&batch, sheets) {
                (Some(batch), Some(sheets)) => app.letters_on(batch, file.as_deref(), sheets)?,
                (Some(batch), None) => dispatch::letters_left(&app.desk(), batch)?,
                (None, _) => {
                    let once: BTreeSet<_> = letters.iter().collect();
                    once.into_iter().map(LetterId::to_string).collect()
                }
            };
            let gone = app.reprint_letters(&ids, reason, &by)?;
            for id in &ids {
                let value = serde_json::json!({ "reprint": id, "reason": reason });
                ctx.done(&value, || {
                    format!(
                        "given up  letter {id} ({}): its eTicket is void; the next batch prints it with the card's next one",
                        reason.name()
                    )
                });
            }
            tell_gone(&gone);
            deed::after(ctx, &app)
        }
    }
}

/// Files that somebody moved: whoever did must see that no copy is left.
fn tell_gone(gone: &[PathBuf]) {
    for path in gone {
        eprintln!(
            "siegelpost: {} is no longer there: see that no copy of it is left",
            path.display()
        );
    }
}

/// Says what was taken out, and which sheets must not be posted.
fn tell_taken(ctx: &mut Context, batch: &BatchId, taken: &Taken, place: &Path) {
    let value = serde_json::json!({ "batch": batch, "letters": taken.letters, "out": place, "files": taken.files, "pull": taken.pull });
    ctx.done(&value, || {
        let mut text = format!(
            "taken out batch {batch}: {} in {}; each is printed once\n          spoiled sheets: siegelpost letter reprint --batch {batch} --sheets FROM-TO --reason spoiled\n          posted, then: siegelpost dispatch handover {batch} --count LETTERS",
            counted(taken.letters, "letter"),
            place.display()
        );
        for sheet in &taken.pull {
            text.push_str(&format!(
                "\n  sheet {} of {} (letter {}) was given up meanwhile: take it out of the pile",
                sheet.page, sheet.file, sheet.letter
            ));
        }
        text
    });
}

/// What became of a letter that came back, in the words of `--json`.
fn returned_one(app: &App, id: LetterId, by: &OfficerId) -> Result<(&'static str, String), Trouble> {
    match dispatch::returned(&app.desk(), &id.to_string(), by) {
        Ok(()) => Ok((
            "returned",
            "its eTicket is void; the next batch takes the card's next one".into(),
        )),
        Err(Trouble::Refused { code, why }) if code != "role" => Ok((code, why)),
        Err(e @ Trouble::Unknown { .. }) if app.desk().store.officer(by)?.is_some() => {
            Ok(("unknown", e.to_string()))
        }
        Err(e) => Err(e),
    }
}

/// Voids what came back, typed or scanned, letter by letter: what was not done is said, and does not hinder the rest.
fn returned(ctx: &mut Context, app: &App, typed: &[LetterId], scan: &[PathBuf]) -> Outcome {
    let by = ctx.officer()?.clone();
    let files = super::scans(scan)?;
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), &b[..])).collect();
    let read = Reader::new(&app.rasteriser).read_letters(&borrowed);
    let mut code = exit::DONE;
    for (name, why) in &read.unreadable {
        code = exit::UNREADABLE;
        let value =
            serde_json::json!({ "file": name, "page": null, "code": why.code(), "detail": why.to_string() });
        ctx.done(&value, || format!("unread    {name}: {why}"));
    }
    // Each letter once, with where it was seen first.
    let mut found: BTreeMap<LetterId, Option<(String, usize)>> = typed.iter().map(|id| (*id, None)).collect();
    for page in read.pages {
        if let Some(problem) = &page.problem {
            code = code.max(exit::REFUSED);
            let value = serde_json::json!({ "file": page.file, "page": page.index, "code": problem.code, "detail": problem.detail });
            ctx.done(&value, || {
                format!("unread    {}, page {}: {}", page.file, page.index, problem.detail)
            });
        }
        for id in page.letters {
            found
                .entry(id)
                .or_insert_with(|| Some((page.file.clone(), page.index)));
        }
    }
    for (id, seen) in found {
        let (outcome, detail) = returned_one(app, id, &by)?;
        if outcome != "returned" {
            code = code.max(exit::REFUSED);
        }
        let (file, page) = seen.unzip();
        let value = serde_json::json!({ "letter": id, "outcome": outcome, "detail": detail, "file": file, "page": page });
        ctx.done(&value, || {
            let word = if outcome == "returned" {
                "returned "
            } else {
                "not done "
            };
            let seen = file.iter().zip(page).map(|(f, p)| format!(" ({f}, page {p})"));
            format!("{word} letter {id}{}: {detail}", seen.collect::<String>())
        });
    }
    let sealed = deed::after(ctx, app)?;
    Ok(code.max(sealed))
}

/// Where a batch stands, in a word.
fn standing(letters: &[LetterRow]) -> &'static str {
    let any = |state| letters.iter().any(|l| l.state == state);
    if any(LetterState::HandedOver) {
        "posted"
    } else if !any(LetterState::Ready) {
        "given up"
    } else if letters.iter().any(|l| l.taken_out.is_some()) {
        "taken out"
    } else if letters.iter().all(|l| l.sha256.is_some()) {
        "encrypted"
    } else {
        "collected"
    }
}

/// `dispatch …`
pub fn run(ctx: &mut Context, command: DispatchCommand) -> Outcome {
    let app = ctx.open()?;
    match command {
        DispatchCommand::Batch { ids, again } => {
            let by = ctx.officer()?.clone();
            let made = match again {
                Some(batch) => app.make_batch_again(&batch, &by)?,
                None => app.make_batch(&ids, &by)?,
            };
            let (batch, count) = (&made.rendered.batch, made.rendered.letters.len());
            let value = serde_json::json!({ "batch": batch, "letters": count, "file": made.file });
            ctx.done(&value, || {
                format!(
                    "rendered  batch {batch}: {}, cover sheet and manifest, encrypted in {}\n          print them: siegelpost dispatch print {batch} --out DIR",
                    counted(count, "letter"),
                    made.file.display()
                )
            });
        }
        DispatchCommand::Print { batch, out } => {
            let taken = app.take_out_batch(&batch, Form::Folder(&out), ctx.officer()?)?;
            tell_taken(ctx, &batch, &taken, &out);
        }
        DispatchCommand::Export { batch, out, to } => {
            let form = Form::Archive {
                file: &out,
                to: to.as_ref(),
            };
            let taken = app.take_out_batch(&batch, form, ctx.officer()?)?;
            tell_taken(ctx, &batch, &taken, &out);
        }
        DispatchCommand::Handover { batch, count } => {
            let done = app.hand_over_batch(&batch, count, ctx.officer()?)?;
            let value = serde_json::json!({ "batch": batch, "letters": done.live, "gone": done.gone });
            ctx.done(&value, || {
                let live = counted(done.live, "eTicket");
                format!("posted    batch {batch}: {live} live, its files are destroyed")
            });
            tell_gone(&done.gone);
        }
        DispatchCommand::Returned { letters, scan } => return returned(ctx, &app, &letters, &scan),
        DispatchCommand::List => {
            list(ctx, &app)?;
            return Ok(exit::DONE);
        }
    }
    deed::after(ctx, &app)
}

fn list(ctx: &mut Context, app: &App) -> Result<(), Failure> {
    let desk = app.desk();
    let mut seen = BTreeSet::new();
    for case in desk.store.cases().map_err(Trouble::from)? {
        for slot in 1..=3 {
            let Some(id) = LetterId::new(case.request_id, slot) else {
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
        let state = standing(&letters);
        let value = serde_json::json!({ "batch": batch, "letters": letters.len(), "not_posted": open, "state": state });
        ctx.say(&value, || {
            let count = counted(letters.len(), "letter");
            format!("{batch:<22} {state:<10} {count}, {open} not posted yet")
        })?;
    }
    Ok(())
}
