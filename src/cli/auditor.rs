//! The auditor's commands: the journal, and the proof of one case.

use super::{Context, Failure, Outcome, counted, exit};
use crate::app::{journal_public_key, write};
use crate::domain::RequestId;
use crate::journal::{self, Entry, Head};
use crate::journey::Trouble;
use crate::journey::evidence::{self, Judge};
use crate::pki::Trust;
use crate::smime::Policy;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum JournalCommand {
    /// The entries, in order
    Show {
        /// Only those about this request
        #[arg(long)]
        request: Option<RequestId>,
    },
    /// Verify chain and checkpoints
    Verify,
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
        JournalCommand::Verify => {
            let app = ctx.open()?;
            let facts = verify_journal(&app)?;
            let value = serde_json::json!({ "entries": facts.0, "checkpoints": facts.1, "holds": true });
            ctx.say(&value, || {
                format!(
                    "the journal holds: {}, {}",
                    counted(facts.0, "entry"),
                    counted(facts.1, "signed checkpoint")
                )
            })?;
        }
        JournalCommand::Evidence { id, out } => {
            let app = ctx.open()?;
            let file = evidence::collect(&app.desk(), id, &app.journal_key()?)?;
            write(&out, &file)?;
            let value = serde_json::json!({ "request_id": id, "file": out, "bytes": file.len() });
            ctx.say(&value, || {
                format!("written   {} ({} kB)\n          it holds personal data: encrypt it when it leaves the office", out.display(), file.len() / 1024)
            })?;
        }
        JournalCommand::Examine { file, key, trust } => {
            let bytes = crate::adapters::files::read_bounded(&file, journal::evidence::MAX_EVIDENCE as u64)
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
                "facts": examined.facts, "defects": examined.defects,
            });
            ctx.say(&value, || {
                let mut text = format!("case {}", examined.report.request);
                examined
                    .facts
                    .iter()
                    .for_each(|f| text.push_str(&format!("\n  ok   {f}")));
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

/// Verifies the whole journal against every checkpoint; returns how many entries and checkpoints there are.
pub fn verify_journal(app: &crate::app::App) -> Result<(u64, usize), Trouble> {
    let key = app.journal_public_key()?;
    let desk = app.desk();
    let notes = desk.store.checkpoints()?;
    let broken = |e: journal::JournalError| Trouble::refused("journal", e);
    let checkpoints = notes
        .iter()
        .map(|n| journal::verify_checkpoint(n, &key).map_err(broken))
        .collect::<Result<Vec<_>, _>>()?;
    let head = journal::verify_chain(Head::EMPTY, desk.store.journal(1)?, &checkpoints).map_err(broken)?;
    Ok((head.size, checkpoints.len()))
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
