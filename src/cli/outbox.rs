//! The outbox: what waits, what failed, and what only a person can say.

use super::{Context, Outcome, deed, exit};
use crate::app::App;
use crate::journey::{Trouble, outbox};
use crate::ports::store::{OutgoingRow, OutgoingState};
use clap::Subcommand;
use serde::Serialize;

#[derive(Subcommand)]
pub enum OutboxCommand {
    /// Hand over what waits and is due
    Run,
    /// Mails that wait, that failed, or of which nobody knows whether they arrived
    List {
        /// Those that went out as well
        #[arg(long)]
        all: bool,
    },
    /// Hand a mail over again that failed, or that did not arrive: ask its recipient first
    Resend {
        /// Message-ID, as the list shows it
        id: String,
    },
    /// Settle such a mail, or one that waits: it arrived, is not needed any more, or cannot be read any more
    Settle {
        /// Message-ID, as the list shows it
        id: String,
    },
}

/// A mail as the list shows it; who it is to is personal and shown all the same: the list is for those who send.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    to: &'a str,
    purpose: &'a str,
    state: OutgoingState,
    queued: jiff::Timestamp,
    tries: u32,
    next_try: Option<jiff::Timestamp>,
    detail: &'a str,
}

fn say(ctx: &mut Context, row: &OutgoingRow) -> std::io::Result<()> {
    let line = Line {
        id: &row.message_id,
        to: &row.to,
        purpose: &row.purpose,
        state: row.state,
        queued: row.queued,
        tries: row.tries,
        next_try: row.next_try,
        detail: &row.detail,
    };
    ctx.say(&line, || {
        let mut text = format!(
            "{}  {:<8} {:<10} to {}\n            {}",
            row.queued.strftime("%Y-%m-%d %H:%M"),
            row.state.name(),
            row.purpose,
            row.to,
            row.message_id
        );
        if !row.detail.is_empty() {
            text.push_str(&format!("\n            {}", row.detail));
        }
        match (row.state, row.next_try) {
            (OutgoingState::Unknown, _) => text.push_str(
                "\n            ask the recipient, then siegelpost outbox resend or siegelpost outbox settle",
            ),
            (_, Some(at)) => text.push_str(&format!(
                "\n            next try {}",
                at.strftime("%Y-%m-%d %H:%M")
            )),
            _ => {}
        }
        text
    })
}

/// Hands over what is due, of the office and of its RIOs, as far as this machine has their ways out.
fn hand_over(app: &App) -> Result<Vec<OutgoingRow>, Trouble> {
    let desk = app.desk();
    let mut done = outbox::flush(&desk, &*app.outbox()?)?;
    done.extend(outbox::flush_submissions(&desk, &*app.rio_outbox()?)?);
    Ok(done)
}

/// `outbox …`
pub fn run(ctx: &mut Context, command: OutboxCommand) -> Outcome {
    let app = ctx.open()?;
    match command {
        OutboxCommand::Run => {
            let done = hand_over(&app);
            // What went out before one that cannot be read is recorded all the same.
            let sealed = deed::after(ctx, &app)?;
            let done = done?;
            for row in &done {
                say(ctx, row)?;
            }
            if sealed != exit::DONE {
                return Ok(sealed);
            }
            let all_sent = done.iter().all(|row| row.state == OutgoingState::Sent);
            Ok(if all_sent { exit::DONE } else { exit::MISSING })
        }
        OutboxCommand::List { all } => {
            for row in app.desk().store.outgoing().map_err(Trouble::from)? {
                if all || !matches!(row.state, OutgoingState::Sent | OutgoingState::Settled) {
                    say(ctx, &row)?;
                }
            }
            Ok(exit::DONE)
        }
        OutboxCommand::Resend { id } => {
            let by = ctx.officer()?.clone();
            outbox::resend(&app.desk(), &id, &by)?;
            let handed = hand_over(&app);
            let code = decided(ctx, &app, &id)?;
            handed?;
            Ok(code)
        }
        OutboxCommand::Settle { id } => {
            let by = ctx.officer()?.clone();
            outbox::settle(&app.desk(), &id, &by)?;
            decided(ctx, &app, &id)
        }
    }
}

fn decided(ctx: &mut Context, app: &App, id: &str) -> Outcome {
    let code = deed::after(ctx, app)?;
    if let Some(row) = app.desk().store.outgoing_mail(id).map_err(Trouble::from)? {
        say(ctx, &row)?;
    }
    Ok(code)
}
