//! The auditor's commands: the journal, and the proof of one case.

use super::{Context, Failure, Outcome, complain, counted, exit};
use crate::adapters::files::read_bounded;
use crate::app::{App, MAX_NOTE, journal_public_key, write, write_public};
use crate::domain::RequestId;
use crate::journal::{self, Entry};
use crate::journey::Trouble;
use crate::journey::evidence::{self, Judge, Verified};
use crate::pki::Trust;
use crate::smime::Policy;
use clap::Subcommand;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum JournalCommand {
    /// The entries, in order
    Show {
        /// Only those about this request
        #[arg(long)]
        request: Option<RequestId>,
    },
    /// Verify chain and checkpoints, and that the journal is the one that kept checkpoints saw
    Verify {
        /// Checkpoints that an auditor kept outside the office
        #[arg(long = "checkpoint", value_name = "FILE", num_args = 1..)]
        checkpoints: Vec<PathBuf>,
        /// The journal's public key as the auditor has it [default: the office's]
        #[arg(long, value_name = "F")]
        key: Option<PathBuf>,
    },
    /// Sign where the journal stands, and write the signed note for the auditor to keep
    Checkpoint {
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Make the evidence file of one case
    Evidence {
        id: RequestId,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Examine an evidence file without any office
    Examine {
        file: PathBuf,
        /// The journal's public key (journal.pub of the office)
        #[arg(long, value_name = "F")]
        key: PathBuf,
        /// Anchors, intermediates and revocation lists of the signatures in it: PEM or DER, or folders of them
        #[arg(long, value_name = "F", required = true)]
        trust: Vec<PathBuf>,
    },
}

/// One entry, for a person.
fn line(entry: &Entry) -> String {
    let requests = entry
        .subjects
        .requests
        .keys()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ");
    let cards = entry
        .subjects
        .cards
        .iter()
        .map(|c| c.grouped())
        .collect::<Vec<_>>()
        .join(", ");
    let cards = if cards.is_empty() {
        String::new()
    } else {
        format!(" card {cards}")
    };
    format!(
        "{:>5}  {}  {:<22} {:<24} {requests}{cards}",
        entry.seq,
        entry.at.strftime("%Y-%m-%d %H:%M:%S"),
        entry.actor.to_string(),
        entry.action.as_str()
    )
    .trim_end()
    .to_owned()
}

fn entries(links: &[journal::Link]) -> Result<Vec<Entry>, Trouble> {
    links
        .iter()
        .map(|l| {
            Entry::from_body(&l.body).map_err(|e| Trouble::Damaged(format!("the journal is damaged: {e}")))
        })
        .collect()
}

/// `journal …`
pub fn run(ctx: &mut Context, command: JournalCommand) -> Outcome {
    match command {
        JournalCommand::Show { request } => {
            let app = ctx.open()?;
            let links = app.desk().store.journal(1).map_err(Trouble::from)?;
            for entry in entries(&links)? {
                if request.is_none_or(|id| entry.subjects.requests.contains_key(&id)) {
                    ctx.say(&entry, || line(&entry))?;
                }
            }
        }
        JournalCommand::Verify { checkpoints, key } => {
            let app = ctx.open()?;
            let kept = checkpoints
                .iter()
                .map(|p| note(p))
                .collect::<Result<Vec<_>, _>>()?;
            let key = match key {
                Some(path) => journal_public_key(&path)?,
                None => app.journal_public_key()?,
            };
            tell_verified(ctx, &app.verify_journal(&key, &kept)?)?;
        }
        JournalCommand::Checkpoint { out } => {
            let app = ctx.open()?;
            let newest = match app.seal_journal()? {
                // Where the key is kept elsewhere, the newest one that its keeper signed.
                None => app.desk().store.newest_checkpoint().map_err(Trouble::from)?,
                signed => signed,
            };
            let note = newest.ok_or_else(|| {
                Trouble::Unavailable(
                    "there is no checkpoint yet, and the key that signs them is not on this machine (auditor.journal_key)".into(),
                )
            })?;
            let seen = journal::verify_checkpoint(&note, &app.journal_public_key()?)
                .map_err(|e| Trouble::refused("journal", e))?;
            write_public(&out, note.as_bytes())?;
            let size = seen.head.size;
            let value = serde_json::json!({ "entries": size, "hash": seen.head.hash, "file": out });
            ctx.say(&value, || {
                format!(
                    "written   {}: the journal's first {}\n          keep it outside the office: siegelpost journal verify --checkpoint {} proves later that none of them was changed",
                    out.display(),
                    counted(size, "entry"),
                    out.display()
                )
            })?;
        }
        JournalCommand::Evidence { id, out } => {
            let app = ctx.open()?;
            let file = evidence_of(&app, id)?;
            write(&out, &file)?;
            let others = evidence::in_the_same_mail(&app.desk(), id)?;
            let value = serde_json::json!({
                "request_id": id, "file": out, "bytes": file.len(), "others_in_the_mail": others,
            });
            ctx.say(&value, || {
                let mut text = format!(
                    "written   {} ({} kB)\n          it holds personal data: encrypt it when it leaves the office",
                    out.display(),
                    file.len() / 1024
                );
                if !others.is_empty() {
                    let others: Vec<String> = others.iter().map(ToString::to_string).collect();
                    text.push_str(&format!(
                        "\n          the mail in it brought the papers of {} too, and a signed mail cannot be shown in part",
                        others.join(", ")
                    ));
                }
                text
            })?;
        }
        JournalCommand::Examine { file, key, trust } => {
            let bytes = read_bounded(&file, journal::evidence::MAX_EVIDENCE as u64)
                .map_err(|e| Failure::Unreadable(format!("{}: {e}", file.display())))?;
            let key = journal_public_key(&key)?;
            let trust = read_trust(&trust)?;
            let policy = Policy::default();
            let judge = Judge {
                trust: &trust,
                policy: &policy,
                keys: &[],
            };
            let examined = evidence::examine(&bytes, &key, &judge)?;
            let value = serde_json::json!({
                "request_id": examined.report.request, "proven": examined.defects.is_empty(),
                "facts": examined.facts, "loosened": examined.loosened, "defects": examined.defects,
            });
            ctx.say(&value, || {
                let mut text = format!("case {}", examined.report.request);
                examined
                    .facts
                    .iter()
                    .for_each(|f| text.push_str(&format!("\n  ok   {f}")));
                examined
                    .loosened
                    .iter()
                    .for_each(|l| text.push_str(&format!("\n  NOTE loosened by the office: {l}")));
                examined
                    .defects
                    .iter()
                    .for_each(|d| text.push_str(&format!("\n  FAIL {d}")));
                text
            })?;
            if !examined.defects.is_empty() {
                return Ok(exit::REFUSED);
            }
        }
    }
    Ok(exit::DONE)
}

/// A checkpoint that somebody kept.
fn note(path: &Path) -> Result<String, Failure> {
    let unreadable = |why: String| Failure::Unreadable(format!("{}: {why}", path.display()));
    let bytes = read_bounded(path, MAX_NOTE).map_err(|e| unreadable(e.to_string()))?;
    String::from_utf8(bytes).map_err(|_| unreadable("this is no checkpoint: it is no text".into()))
}

fn tell_verified(ctx: &mut Context, found: &Verified) -> Result<(), Failure> {
    let unproven = (found.checkpoints + found.kept == 0 && found.entries > 0).then(|| {
        format!(
            "not one signed checkpoint stands over these {}. That they agree among themselves proves nothing: whoever can write the \
             database can write all of them anew. Name the checkpoints that the auditor kept (--checkpoint FILE), or sign one where the \
             journal's key is (siegelpost journal checkpoint --out FILE) and have the auditor keep it",
            counted(found.entries, "entry")
        )
    });
    let value = serde_json::json!({
        "entries": found.entries, "checkpoints": found.checkpoints, "kept": found.kept, "unsigned": found.unsigned,
        "holds": true, "warning": unproven,
    });
    ctx.say(&value, || {
        let mut text = format!(
            "the journal holds: {}, {}",
            counted(found.entries, "entry"),
            counted(found.checkpoints as u64, "signed checkpoint")
        );
        if found.kept > 0 {
            let kept = counted(found.kept as u64, "checkpoint");
            text.push_str(&format!("; it is the one that {kept} kept outside saw"));
        }
        if found.unsigned > 0 && unproven.is_none() {
            let since = counted(found.unsigned, "entry");
            text.push_str(&format!(
                "\nafter the last checkpoint: {since} that nothing signed stands over"
            ));
        }
        text
    })?;
    if let (false, Some(why)) = (ctx.json, &unproven) {
        complain(false, exit::DONE, "no_checkpoint", &format!("WARNING: {why}"));
    }
    Ok(())
}

/// The evidence file of a case, under a checkpoint that is signed now; under the newest there is where the key is kept elsewhere.
pub fn evidence_of(app: &App, id: RequestId) -> Result<Vec<u8>, Trouble> {
    let desk = app.desk();
    let note = match app.seal_journal()? {
        None => desk.store.newest_checkpoint()?,
        signed => signed,
    };
    let note = note.ok_or_else(|| {
        Trouble::Unavailable(
            "no checkpoint was signed yet, and the key that signs them is not on this machine (auditor.journal_key)".into(),
        )
    })?;
    evidence::collect_under(&desk, id, &note, &app.journal_public_key()?)
}

/// Anchors, intermediates and lists from files and folders: what is self-signed on top is an anchor, as `Trust` sorts them.
pub fn read_trust(paths: &[PathBuf]) -> Result<Trust, Failure> {
    let mut trust = Trust::new();
    for path in paths {
        let files = if path.is_dir() {
            crate::app::files_in(path)?
        } else {
            vec![path.clone()]
        };
        for file in files {
            let unreadable = |why: String| Failure::Unreadable(format!("{}: {why}", file.display()));
            let bytes = std::fs::read(&file).map_err(|e| unreadable(e.to_string()))?;
            if Trust::new().add_revocation_data(&bytes).is_ok() {
                trust
                    .add_revocation_data(&bytes)
                    .map_err(|e| unreadable(e.to_string()))?;
            } else {
                trust.add_anchors(&bytes).map_err(|e| unreadable(e.to_string()))?;
            }
        }
    }
    Ok(trust)
}
