//! What follows a deed that is recorded: its answer, its mails, a checkpoint. Whatever fails here is said in its own words and
//! undoes nothing: the deed stands.

use super::{Context, Failure, Outcome, class_of, complain, counted, exit, seal_journal};
use crate::app::{App, publish_crl};
use crate::domain::OfficerId;
use crate::journey::{Trouble, outbox};
use crate::ports::store::OutgoingState;
use serde::Serialize;

impl Context {
    /// Says what was done. An answer that nobody reads any more stops no work: `after` tells of it.
    pub fn done<T: Serialize>(&mut self, value: &T, line: impl FnOnce() -> String) {
        if let Err(e) = self.say(value, line) {
            self.unsaid.get_or_insert(e);
        }
    }
}

/// Publishes what a deed revoked, and says both; the command is ended by [`after`] all the same.
///
/// # Errors
/// When the list is not out: the same command publishes it.
pub fn publish(
    ctx: &mut Context,
    app: &App,
    by: &OfficerId,
    mut value: serde_json::Value,
    what: &str,
) -> Result<(), Failure> {
    let listed = publish_crl(app, Some(by));
    value["published"] = listed.is_ok().into();
    ctx.done(&value, || match &listed {
        Ok(_) => format!("{what}; the revocation list is published"),
        Err(_) => what.to_owned(),
    });
    listed.map(drop).map_err(|e| {
        let why = format!(
            "what was revoked is recorded, but the list is not out, and nobody hears of it: {e}. Mend that and run the same command \
             again"
        );
        Trouble::Unavailable(why).into()
    })
}

/// Ends a command after its deed and its answer: a checkpoint is signed, where this machine has the key for it. Returns the exit
/// code: whether something is left to do.
pub fn after(ctx: &mut Context, app: &App) -> Outcome {
    let mut code = exit::DONE;
    if let Err(e) = seal_journal(app) {
        code = match &e {
            Trouble::Refused { why, .. } => {
                let (class, name) = class_of(&e);
                let why = format!("what was done is recorded, but {why}");
                complain(ctx.json, class, name, &why)
            }
            _ => {
                let why = format!(
                    "what was done is recorded and stands, but no checkpoint could be signed over it: {e}. The next command signs \
                     one, or siegelpost journal checkpoint"
                );
                complain(ctx.json, exit::MISSING, "not_sealed", &why)
            }
        };
    }
    if let Some(e) = ctx.unsaid.take() {
        let why = format!("what was done is recorded and stands, but the answer could not be written: {e}");
        code = complain(ctx.json, exit::MISSING, "output", &why);
    }
    Ok(code)
}

/// The same, and hands over the mails that the deed wrote, with whatever else is due.
pub fn after_with_mails(ctx: &mut Context, app: &App) -> Outcome {
    let mut code = exit::DONE;
    let handed = app
        .outbox()
        .and_then(|way_out| outbox::flush(&app.desk(), &*way_out));
    let why = match handed {
        Err(e) => Some(e.to_string()),
        Ok(rows) => {
            let stuck: Vec<_> = rows
                .iter()
                .filter(|row| row.state != OutgoingState::Sent)
                .collect();
            stuck.first().map(|row| {
                format!(
                    "{} not sent ({})",
                    counted(stuck.len() as u64, "mail"),
                    row.detail
                )
            })
        }
    };
    if let Some(why) = why {
        let why = format!(
            "what was done is recorded and stands, but not every mail is out: {why}. siegelpost outbox list shows them, siegelpost \
             outbox run hands over what waits"
        );
        code = complain(ctx.json, exit::MISSING, "mail_waits", &why);
    }
    let sealed = after(ctx, app)?;
    Ok(code.max(sealed))
}
