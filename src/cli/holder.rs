//! The unseal wizard at the workstation with two readers.

use super::officer_key::OfficerKey;
use super::wizard::Wizard;
use super::{Context, Failure, Outcome, exit, seal_journal};
use crate::adapters::card::simulated::READERS;
use crate::app::App;
use crate::domain::{ETicket, Language, OfficerId, RequestId};
use crate::journey::unseal::{self, HelperAtReader, Holder, UnsealOffice};
use crate::journey::{Trouble, outbox};
use clap::Args;
use serde::Deserialize;
use std::io::Read as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long the readers are asked for news before they are looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// The longest answers of a kiosk: four short texts.
const MAX_ANSWERS: u64 = 64 * 1024;

#[derive(Args)]
pub struct UnsealArgs {
    /// The chip of the sealed card, when more than one card is in the readers
    #[arg(long)]
    chip: Option<String>,
    /// Answers for a kiosk, as JSON: ticket, pin, question, answer; `-` for standard input
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The language of the wizard (de, fr, it, en); it asks when left out
    #[arg(long, value_parser = language)]
    language: Option<Language>,
}

fn language(text: &str) -> Result<Language, String> {
    Language::ALL
        .into_iter()
        .find(|l| l.tag() == text)
        .ok_or_else(|| "de, fr, it or en".into())
}

/// What the holder types. Wiped when dropped.
#[derive(Deserialize, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    pub ticket: String,
    pub pin: String,
    pub question: String,
    pub answer: String,
}

/// Opens the card as holder and helper.
pub fn open_card(
    app: &App,
    chip_id: &str,
    helper: &OfficerId,
    answers: &Answers,
    answer_iterations: Option<NonZeroU32>,
) -> Result<RequestId, Trouble> {
    let ticket = ETicket::parse(&answers.ticket).map_err(|e| Trouble::refused("ticket_mistyped", e))?;
    let present = OfficerKey::of(app, helper)?;
    let office_credentials = app.office_credentials()?;
    let sender = app.sender(&app.settings.office.mail, &office_credentials);
    let share_master = app.share_master()?;
    let trust = app.trust()?;
    let custody = app.custody_key()?.recipient();
    let office = UnsealOffice::new(app.desk(), &share_master, custody, &trust, &sender);
    let mut card = app.readers()?.connect(chip_id)?;
    let helper = HelperAtReader {
        id: helper.clone(),
        key: present.key(),
    };
    let holder = Holder {
        ticket,
        pin: &answers.pin,
        question: &answers.question,
        answer: &answers.answer,
    };
    let opened = unseal::unseal(
        &app.desk(),
        &office,
        &mut *card,
        &helper,
        &holder,
        answer_iterations,
    )?;
    // The card is open: a notice that cannot leave now waits in the outbox for the next command.
    if let Err(e) = app
        .outbox()
        .and_then(|out| outbox::flush(&app.desk(), &*out).map(drop))
    {
        eprintln!("siegelpost: the notice to the holder waits in the outbox: {e}");
    }
    Ok(opened.request_id)
}

/// `unseal`
pub fn unseal(ctx: &mut Context, args: &UnsealArgs) -> Outcome {
    let app = ctx.open()?;
    let helper = ctx.officer()?.clone();
    let id = match &args.answers {
        Some(path) => {
            let answers = read_answers(path)?;
            let chip_id = chip(&app, args, None)?;
            open_card(&app, &chip_id, &helper, &answers, None)?
        }
        None => {
            let wizard = Wizard::start(app.press.texts(), args.language, app.settings.pin_least)?;
            wizard.compare(&helper)?;
            let mut chip_id = chip(&app, args, Some(&wizard))?;
            let answers = wizard.answers()?;
            loop {
                wizard.say("working", &[])?;
                match open_card(&app, &chip_id, &helper, &answers, None) {
                    // Pulled, or a bad contact: what was done stays done, and the rest is done now.
                    Err(Trouble::Unavailable(why)) if app.readers()?.connect(&chip_id).is_err() => {
                        eprintln!("siegelpost: {why}");
                        wizard.say("pulled", &[])?;
                        chip_id = chip(&app, args, Some(&wizard))?;
                    }
                    done => {
                        let id = done?;
                        wizard.say("done", &[])?;
                        break id;
                    }
                }
            }
        }
    };
    seal_journal(&app)?;
    ctx.say(&serde_json::json!({ "request_id": id, "unsealed": true }), || {
        format!("unsealed  the card of {id} is open: PIN set, certificates written, passphrase kept")
    })?;
    Ok(exit::DONE)
}

fn chip(app: &App, args: &UnsealArgs, wizard: Option<&Wizard>) -> Result<String, Failure> {
    args.chip.clone().map_or_else(|| sealed_card(app, wizard), Ok)
}

/// The answers of a kiosk: from a file, or from standard input, which leaves nothing lying about.
fn read_answers(path: &Path) -> Result<Answers, Failure> {
    let unreadable = |e: &dyn std::fmt::Display| Failure::Unreadable(format!("{}: {e}", path.display()));
    let mut text = Zeroizing::new(String::new());
    if path == Path::new("-") {
        std::io::stdin().take(MAX_ANSWERS).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_ANSWERS).read_to_string(&mut text))
    }
    .map_err(|e| unreadable(&e))?;
    serde_json::from_str(&text).map_err(|e| unreadable(&e))
}

/// The one card in the readers that this office sealed; with a wizard it waits for the card and says what to do.
fn sealed_card(app: &App, wizard: Option<&Wizard>) -> Result<String, Failure> {
    let readers = app.readers()?;
    let mut seen = readers.list().map_err(Trouble::from)?;
    let mut said = None;
    loop {
        let mut found = vec![];
        for chip in seen.iter().filter_map(|r| r.chip_id.as_deref()) {
            let row = app.desk().store.card_of_chip(chip).map_err(Trouble::from)?;
            if let Some(row) = row.filter(|c| c.state.name() == "certified") {
                found.push(row);
            }
        }
        let what = match (&found[..], wizard) {
            ([row], Some(wizard)) => {
                wizard.say("found", &[("serial", row.serial.grouped().into())])?;
                return Ok(row.chip_id.clone());
            }
            ([row], None) => return Ok(row.chip_id.clone()),
            ([], None) => {
                return Err(Failure::Trouble(Trouble::Unavailable(format!(
                    "no card that waits to be opened is in a reader: put it into the second one ({}; a simulated card by siegelpost card insert SERIAL)",
                    READERS[1]
                ))));
            }
            (_, None) => {
                return Err(Failure::WrongUse(
                    "more than one sealed card is in the readers: leave one, or name its chip with --chip"
                        .into(),
                ));
            }
            ([], Some(_)) if seen.is_empty() => "no-reader",
            ([], Some(_)) => "insert",
            (_, Some(_)) => "insert-one",
        };
        if let Some(wizard) = wizard.filter(|_| said != Some(what)) {
            wizard.say(what, &[])?;
            said = Some(what);
        }
        seen = readers.wait(&seen, LOOK_AGAIN).map_err(Trouble::from)?;
    }
}
