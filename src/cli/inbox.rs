//! The LRAO's inbox: take mails in, once or as they come, and look after those that were set aside.

use super::{Context, Failure, Outcome, exit, lrao, seal_journal};
use crate::app::{App, Seen, Summary};
use crate::domain::Sha256;
use crate::journey::Trouble;
use crate::journey::intake::{self, Inbox, Taken};
use crate::ports::mail::{Bell, MailSource};
use crate::ports::store::{MailOutcome, MailRow, NoReply};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use jiff::SignedDuration;
use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

/// How often a watch looks for what runs left behind that were cut off.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(24);

#[derive(Subcommand)]
pub enum InboxCommand {
    /// Take in all mails that wait
    Run,
    /// Take in mails as they come, until stopped
    Watch {
        /// Seconds between two looks; a mail server that can says at once when a mail comes
        #[arg(long, default_value_t = 30)]
        every: u64,
    },
    /// All mails that came in
    List,
    /// The mails that were set aside, with every reason, and why a sender was not told
    Quarantine,
    /// One mail, and its original bytes
    Show {
        /// SHA-256 of the mail
        mail: Sha256,
        /// Write the mail here, byte for byte as it came
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Judge a mail in quarantine anew, after what stood against it was mended; overrides nothing
    Release(DecideArgs),
    /// Give a mail in quarantine up
    Discard(DecideArgs),
}

#[derive(Args)]
pub struct DecideArgs {
    /// SHA-256 of the mail
    mail: Sha256,
    /// Why, for the journal: no names of holders
    #[arg(long, value_parser = why)]
    reason: String,
}

/// A reason for the journal.
pub fn why(text: &str) -> Result<String, String> {
    /// What an entry of the journal takes, with room to spare.
    const MOST: usize = 300;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MOST || text.chars().any(char::is_control) {
        Err(format!("write one line of 1 to {MOST} characters"))
    } else {
        Ok(text.to_owned())
    }
}

/// Takes in all mails of these sources; `each` hears of every mail.
pub fn take_in(
    app: &App,
    sources: &[Box<dyn MailSource>],
    sweep: bool,
    mut each: impl FnMut(&Taken) -> Result<(), Failure>,
) -> Result<Summary, Failure> {
    let mut bar = ProgressBar::hidden();
    let done = app.run_inbox(sources, sweep, |seen| match seen {
        Seen::Source { mails, .. } => {
            bar.finish_and_clear();
            bar = lrao::progress(mails as u64, "mails");
            Ok(())
        }
        Seen::Mail(taken) => {
            bar.inc(1);
            taken.map_or(Ok(()), |taken| bar.suspend(|| each(taken)))
        }
    });
    bar.finish_and_clear();
    done
}

/// One mail, for a person.
pub fn taken_line(taken: &Taken) -> String {
    let word = match taken.outcome {
        intake::Outcome::Received => "received",
        intake::Outcome::Alias => "alias",
        intake::Outcome::Held => "held",
        intake::Outcome::Quarantined => "refused",
    };
    let ids = taken
        .request_ids
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let mut text = format!("{word:<9} {}  {ids}", taken.message);
    if taken.outcome != intake::Outcome::Alias {
        for reason in &taken.reasons {
            text.push_str(&format!("\n            {}: {}", reason.code, reason.detail));
        }
    }
    text.trim_end().to_owned()
}

/// `inbox …`
pub fn run(ctx: &mut Context, command: InboxCommand) -> Outcome {
    let app = ctx.open()?;
    match command {
        InboxCommand::Run => {
            let done = take_in(&app, &app.inboxes()?, true, |taken| {
                Ok(ctx.say(taken, || taken_line(taken))?)
            });
            seal_journal(&app)?;
            let done = done?;
            if done.swept > 0 {
                eprintln!(
                    "siegelpost: removed {} blobs of runs that were cut off",
                    done.swept
                );
            }
            Ok(exit::DONE)
        }
        InboxCommand::Watch { every } => watch(ctx, &app, Duration::from_secs(every.max(1))),
        InboxCommand::List => list(ctx, &app, |_| true),
        InboxCommand::Quarantine => list(ctx, &app, |row| row.outcome == MailOutcome::Quarantined),
        InboxCommand::Show { mail, out } => {
            let (row, raw) = intake::original(&app.desk(), mail)?;
            if let Some(path) = &out {
                crate::app::write(path, &raw)?;
            }
            ctx.say(&row, || mail_text(&row))?;
            Ok(exit::DONE)
        }
        InboxCommand::Release(args) => release(ctx, &app, &args),
        InboxCommand::Discard(args) => {
            let by = ctx.officer()?.clone();
            intake::discard(&app.desk(), args.mail, &args.reason, &by)?;
            seal_journal(&app)?;
            ctx.say(&serde_json::json!({ "discarded": args.mail }), || {
                format!("discarded {}", args.mail)
            })?;
            Ok(exit::DONE)
        }
    }
}

fn release(ctx: &mut Context, app: &App, args: &DecideArgs) -> Outcome {
    let by = ctx.officer()?.clone();
    let gate = app.gate()?;
    let (keys, credentials) = (gate.keys(), app.office_credentials()?);
    let (judge, sender) = (gate.judge(&keys), app.office_sender(&credentials));
    let inbox = Inbox {
        judge: &judge,
        reader: app.reader(),
        sender: &sender,
    };
    let taken = intake::release(&app.desk(), &inbox, args.mail, &args.reason, &by)?;
    seal_journal(app)?;
    ctx.say(&taken, || taken_line(&taken))?;
    Ok(if taken.outcome == intake::Outcome::Quarantined {
        exit::REFUSED
    } else {
        exit::DONE
    })
}

fn watch(ctx: &mut Context, app: &App, every: Duration) -> Outcome {
    let sources = app.inboxes()?;
    let (ring, rung) = mpsc::channel();
    for bell in sources.iter().filter_map(|source| source.bell()) {
        let ring = ring.clone();
        // Ends with the program: a watch ends no other way.
        std::thread::spawn(move || listen(bell, &ring, every));
    }
    let mut swept: Option<jiff::Timestamp> = None;
    loop {
        let now = app.desk().now();
        let is_due = swept.is_none_or(|at| now.duration_since(at) > SWEEP_EVERY);
        match take_in(app, &sources, is_due, |taken| {
            Ok(ctx.say(taken, || taken_line(taken))?)
        }) {
            Ok(done) => {
                swept = if is_due { Some(now) } else { swept };
                if done.mails > 0 {
                    seal_journal(app)?;
                }
            }
            // What another try may mend must not end the watch.
            Err(Failure::Trouble(e @ (Trouble::Unavailable(_) | Trouble::Refused { .. }))) => {
                eprintln!("siegelpost: {e}");
            }
            Err(e) => return Err(e),
        }
        // A bell that is broken stays silent: the next look comes all the same.
        let _ = rung.recv_timeout(every);
        while rung.try_recv().is_ok() {}
    }
}

/// Hands on what a bell says, for ever.
fn listen(mut bell: Box<dyn Bell>, ring: &Sender<()>, every: Duration) {
    /// A bell waits as long as its server lets it.
    const LONG: Duration = Duration::from_secs(3600);
    /// A server that was away is asked again after so long at most.
    const AWAY: Duration = Duration::from_secs(60);
    let pause = every.min(AWAY);
    loop {
        match bell.wait(LONG) {
            Ok(true) => {
                if ring.send(()).is_err() {
                    return;
                }
            }
            Ok(false) => {}
            Err(_) => std::thread::sleep(pause),
        }
    }
}

fn list(ctx: &mut Context, app: &App, is_meant: impl Fn(&MailRow) -> bool) -> Outcome {
    for row in app.desk().store.mails().map_err(Trouble::from)? {
        if is_meant(&row) {
            ctx.say(&row, || mail_text(&row))?;
        }
    }
    Ok(exit::DONE)
}

fn mail_text(row: &MailRow) -> String {
    let mut text = format!(
        "{}  {:<12} {}\n            {}",
        row.arrived.strftime("%Y-%m-%d %H:%M"),
        row.outcome.name(),
        row.message,
        row.sha256
    );
    for reason in &row.reasons {
        text.push_str(&format!("\n            {}: {}", reason.code, reason.detail));
    }
    let untold = row.no_reply.map(|why| match why {
        NoReply::Stranger => "no signature of an enrolled RIO counts",
        NoReply::Automatic => "a program or a list sent the mail",
        NoReply::RateLimited => "the RIO had enough replies in this hour: tell them another way",
    });
    if let Some(why) = untold {
        text.push_str(&format!("\n            no reply: {why}"));
    }
    text
}
