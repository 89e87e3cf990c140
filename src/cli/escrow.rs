//! Escrow: two officers outside the office hold keys that together open what the office has lost the custody key for.

use super::{Context, Failure, Outcome, deed};
use crate::adapters::files::{read_bounded, write_durably};
use crate::app::{App, set_up_escrow};
use crate::domain::{CardSerial, Role};
use crate::journal::{Action, Actor};
use crate::journey::Trouble;
use crate::seal::{self, CardIdentity, CustodyBox, CustodyContext, EscrowKey, KeyFile};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The largest key file.
const MAX_KEY: u64 = 16 * 1024;

#[derive(Subcommand)]
pub enum EscrowCommand {
    /// Draw the keys of two escrow officers; from then on the secrets of each card that is opened are sealed to both together
    Setup {
        /// The first officer's key, a new file that leaves the office with that officer
        #[arg(long, value_name = "FILE")]
        first: PathBuf,
        /// The second officer's
        #[arg(long, value_name = "FILE")]
        second: PathBuf,
    },
    /// Open the PUK and management key of one card with both keys, for the day on which the custody key is lost
    Open {
        serial: CardSerial,
        #[arg(long, value_name = "FILE")]
        first: PathBuf,
        #[arg(long, value_name = "FILE")]
        second: PathBuf,
        /// A new file, readable by its owner alone; what it says is never shown
        #[arg(long, value_name = "JSON")]
        out: PathBuf,
    },
}

/// `escrow …`
pub fn run(ctx: &mut Context, command: EscrowCommand) -> Outcome {
    let app = ctx.open()?;
    let by = ctx.officer()?.clone();
    app.desk().officer(&by, Role::Security)?;
    match command {
        EscrowCommand::Setup { first, second } => {
            set_up_escrow(&app, &first, &second, &by)?;
            ctx.done(&serde_json::json!({ "first": first, "second": second }), || {
                format!(
                    "escrow    is set up: give {} and {} to two officers, and keep no copy",
                    first.display(),
                    second.display()
                )
            });
        }
        EscrowCommand::Open {
            serial,
            first,
            second,
            out,
        } => {
            let desk = app.desk();
            let opened = open(&app, serial, &first, &second)?;
            let unwritten = |e: &dyn std::fmt::Display| {
                Trouble::Unavailable(format!("{} cannot be written: {e}", out.display()))
            };
            if out.exists() {
                return Err(Failure::WrongUse(format!(
                    "{} is there already: name a new file",
                    out.display()
                )));
            }
            // That it can be written is known before it stands in the journal, and it stands there before anybody has it.
            write_durably(&out, b"").map_err(|e| unwritten(&e))?;
            let entry = desk
                .entry(Actor::Officer(by), Action::CustodyReleased)
                .card(serial)
                .fact("by", "escrow");
            desk.store
                .commit(desk.now(), vec![], vec![entry])
                .map_err(Trouble::from)?;
            write_durably(&out, opened.as_bytes()).map_err(|e| unwritten(&e))?;
            ctx.done(&serde_json::json!({ "serial": serial, "file": out }), || {
                format!(
                    "opened    the PUK and management key of card {} are in {}: destroy it after use",
                    serial.grouped(),
                    out.display()
                )
            });
        }
    }
    deed::after(ctx, &app)
}

fn key(path: &Path) -> Result<EscrowKey, Trouble> {
    let wrong = |e: &dyn std::fmt::Display| Trouble::Unavailable(format!("{}: {e}", path.display()));
    let bytes = Zeroizing::new(read_bounded(path, MAX_KEY).map_err(|e| wrong(&e))?);
    let text = std::str::from_utf8(&bytes).map_err(|e| wrong(&e))?;
    EscrowKey::from_text(text).map_err(|e| wrong(&e))
}

/// PUK and management key of an open card as JSON.
fn open(app: &App, serial: CardSerial, first: &Path, second: &Path) -> Result<Zeroizing<String>, Trouble> {
    let card = app.desk().card(serial)?;
    let none = || {
        Trouble::refused(
            "not_in_escrow",
            format!(
                "nothing of card {} is in escrow: it is not open, or was opened before escrow was set up",
                serial.grouped()
            ),
        )
    };
    let kept: CustodyBox = serde_json::from_str(card.custody.as_deref().ok_or_else(none)?).map_err(|e| {
        Trouble::Damaged(format!(
            "the custody record is unreadable ({e}): restore the store"
        ))
    })?;
    if !kept.is_in_escrow() {
        return Err(none());
    }
    let expected = CustodyContext {
        card: CardIdentity {
            serial,
            chip_id: card.chip_id,
        },
        generation: kept.context.generation,
    };
    let keys = [key(first)?, key(second)?];
    // Whose key was drawn first, nobody remembers.
    let secrets = seal::open_from_escrow(&keys[0], &keys[1], &expected, &kept)
        .or_else(|_| seal::open_from_escrow(&keys[1], &keys[0], &expected, &kept))
        .map_err(|_| {
            Trouble::refused(
                "escrow_keys",
                format!(
                    "these two keys together do not open what is in escrow of card {}: take the key files of both escrow officers, as \
                     `escrow setup` wrote them; if these are they, the record was altered: restore the store from a backup",
                    serial.grouped()
                ),
            )
        })?;
    let hex = Zeroizing::new(hex::encode(&secrets.management_key[..]));
    Ok(Zeroizing::new(format!(
        "{{\"serial\":\"{serial}\",\"puk\":\"{}\",\"management_key\":\"{}\"}}\n",
        secrets.puk.as_str(),
        hex.as_str()
    )))
}
