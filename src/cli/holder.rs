//! The unseal wizard at the workstation with two readers, and what the walk-in wizard shares with it.

use super::officer_key::OfficerKey;
use super::wizard::{Choice, Wizard};
use super::{Context, Failure, Outcome, deed};
use crate::adapters::card::simulated::READERS;
use crate::app::App;
use crate::domain::{ETicket, Language, OfficerId, RequestId, TicketState};
use crate::journey::Trouble;
use crate::journey::unseal::{self, HelperAtReader, Holder, PinPolicy, UnsealOffice};
use crate::ports::store::CardRow;
use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::{IsTerminal as _, Read as _};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long the readers are asked for news before they are looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// The longest answers of a kiosk: some short texts, and a person's details.
const MAX_ANSWERS: u64 = 64 * 1024;

#[derive(Args)]
pub struct UnsealArgs {
    /// The chip of the sealed card, when more than one card is in the readers
    #[arg(long)]
    chip: Option<String>,
    /// Answers for a kiosk, as JSON: ticket, pin, question, answer, and compared when the helper compared the travel document;
    /// `-` for standard input
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The language of the wizard (de, fr, it, en); it asks when left out
    #[arg(long, value_parser = language)]
    language: Option<Language>,
}

/// A language by its tag.
pub fn language(text: &str) -> Result<Language, String> {
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
    /// The helper said that the travel document shows the person who is there.
    #[serde(default)]
    pub compared: bool,
}

/// Who is with the holder, at which wizard.
pub struct Present<'a> {
    pub id: &'a OfficerId,
    pub key: &'a OfficerKey,
    pub document_compared: bool,
    /// At the LRAO's desk, where the LRAO is the helper and nobody has a letter.
    pub at_walk_in: bool,
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
    let key = OfficerKey::of(app, helper)?;
    let present = Present {
        id: helper,
        key: &key,
        document_compared: answers.compared,
        at_walk_in: false,
    };
    let choice = Choice {
        pin: Zeroizing::new(answers.pin.clone()),
        question: answers.question.clone(),
        answer: Zeroizing::new(answers.answer.clone()),
    };
    open_with(app, chip_id, &present, ticket, &choice, answer_iterations)
}

/// Asks the office's side of the unseal.
fn with_office<T>(
    app: &App,
    at_walk_in: bool,
    ask: impl FnOnce(&UnsealOffice) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let office_credentials = app.office_credentials()?;
    let sender = app.sender(&app.settings.office.mail, &office_credentials);
    let share_master = app.share_master()?;
    let trust = app.trust()?;
    let custody = app.custody_key()?.recipient();
    let mut office =
        UnsealOffice::new(app.desk(), &share_master, custody, &trust, &sender).with_escrow(app.escrow()?);
    if at_walk_in {
        office = office.at_walk_in();
    }
    ask(&office)
}

/// Opens the card with its eTicket; the notice to the holder goes out with the other mails.
pub fn open_with(
    app: &App,
    chip_id: &str,
    present: &Present,
    ticket: ETicket,
    choice: &Choice,
    answer_iterations: Option<NonZeroU32>,
) -> Result<RequestId, Trouble> {
    let opened = with_office(app, present.at_walk_in, |office| {
        let mut card = app.readers()?.connect(chip_id)?;
        let helper = HelperAtReader {
            id: present.id.clone(),
            key: present.key.key(),
            document_compared: present.document_compared,
        };
        let holder = Holder {
            ticket,
            pin: &choice.pin,
            question: &choice.question,
            answer: &choice.answer,
        };
        unseal::unseal(
            &app.desk(),
            office,
            &mut *card,
            &helper,
            &holder,
            answer_iterations,
        )
    })?;
    Ok(opened.request_id)
}

/// `unseal`
pub fn unseal(ctx: &mut Context, args: &UnsealArgs) -> Outcome {
    let app = ctx.open()?;
    let helper = ctx.officer()?.clone();
    let id = match &args.answers {
        Some(path) => {
            let answers: Answers = read_answers(path)?;
            let chip_id = chip(&app, args, None)?;
            open_card(&app, &chip_id, &helper, &answers, None)?
        }
        None => by_wizard(&app, args, &helper)?,
    };
    // Where the wizard ran at a terminal, it has said it already, in the holder's language.
    if args.answers.is_some() || ctx.json || !std::io::stdout().is_terminal() {
        ctx.done(&serde_json::json!({ "request_id": id, "unsealed": true }), || {
            format!("unsealed  {id}: PIN set, certificates written, passphrase kept")
        });
    }
    deed::after_with_mails(ctx, &app)
}

fn by_wizard(app: &App, args: &UnsealArgs, helper: &OfficerId) -> Result<RequestId, Failure> {
    let wizard = Wizard::start(app.press.texts(), args.language)?;
    let key = wizard.key_of(app, helper)?;
    wizard.compare(app, helper)?;
    let mut chip_id = chip(app, args, Some(&wizard))?;
    if let Err(why) = with_office(app, false, |office| office.expects(&chip_id, helper)) {
        wizard.tell("stopped", &[])?;
        return Err(why.into());
    }
    let mut number = wizard.number()?;
    let choice = wizard.choice(&policy(app, &chip_id)?, 1)?;
    let present = Present {
        id: helper,
        key: &key,
        document_compared: true,
        at_walk_in: false,
    };
    loop {
        let ticket = || ETicket::parse(&number.to_text()).map_err(|e| Trouble::refused("ticket_mistyped", e));
        let open = |chip_id: &str| open_with(app, chip_id, &present, ticket()?, &choice, None);
        let find = || chip(app, args, Some(&wizard));
        match open_until_done(app, &wizard, &mut chip_id, open, find) {
            // Another number may be tried as long as a try is left.
            Err(Failure::Trouble(Trouble::Refused {
                code: "wrong_ticket", ..
            })) if tries_left(app, &chip_id)? > 0 => {
                let left = i64::from(tries_left(app, &chip_id)?);
                wizard.tell("wrong-ticket", &[("left", left.into())])?;
                number = wizard.number()?;
            }
            done => {
                let id = done?;
                wizard.say("done-letter", &[])?;
                return Ok(id);
            }
        }
    }
}

/// Opens the card; when it is pulled, says so, waits for it, and goes on where it was.
pub fn open_until_done(
    app: &App,
    wizard: &Wizard,
    chip_id: &mut String,
    open: impl Fn(&str) -> Result<RequestId, Trouble>,
    find: impl Fn() -> Result<String, Failure>,
) -> Result<RequestId, Failure> {
    loop {
        wizard.tell("working", &[])?;
        match open(chip_id) {
            // Pulled, or a bad contact: what was done stays done, and the rest is done now.
            Err(Trouble::Unavailable(why)) if app.readers()?.connect(chip_id).is_err() => {
                eprintln!("siegelpost: {why}");
                wizard.tell("pulled", &[])?;
                *chip_id = find()?;
            }
            Ok(id) => {
                wizard.tell("done", &[])?;
                return Ok(id);
            }
            Err(e) => {
                if !matches!(
                    &e,
                    Trouble::Refused {
                        code: "wrong_ticket",
                        ..
                    }
                ) {
                    wizard.tell("stopped", &[])?;
                }
                return Err(e.into());
            }
        }
    }
}

/// What a PIN has to be in this office on this card.
pub fn policy(app: &App, chip_id: &str) -> Result<PinPolicy, Trouble> {
    let card = app.readers()?.connect(chip_id)?;
    Ok(PinPolicy::of(&app.settings, card.pin_rule()))
}

/// Tries that the card's letter has left.
fn tries_left(app: &App, chip_id: &str) -> Result<u8, Trouble> {
    let row = app.desk().store.card_of_chip(chip_id)?;
    let live = row.into_iter().flat_map(|row| row.tickets);
    let now = app.desk().now();
    Ok(live
        .filter(|t| matches!(t, TicketState::Live { .. }))
        .find_map(|t| t.tries_left(now).ok())
        .unwrap_or(0))
}

fn chip(app: &App, args: &UnsealArgs, wizard: Option<&Wizard>) -> Result<String, Failure> {
    match &args.chip {
        Some(chip) => Ok(chip.clone()),
        None => card_in_reader(app, wizard, |row| Ok(row.state.name() == "certified")),
    }
}

/// The answers of a kiosk: from a file, or from standard input, which leaves nothing lying about.
pub fn read_answers<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let unreadable = |e: &dyn std::fmt::Display| Failure::Unreadable(format!("{}: {e}", path.display()));
    // Room for all of it at once: growing would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_ANSWERS as usize));
    if path == Path::new("-") {
        std::io::stdin().take(MAX_ANSWERS).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_ANSWERS).read_to_string(&mut text))
    }
    .map_err(|e| unreadable(&e))?;
    serde_json::from_str(&text).map_err(|e| unreadable(&e))
}

/// The one card in the readers that is meant; with a wizard it waits for the card and says what to do.
pub fn card_in_reader(
    app: &App,
    wizard: Option<&Wizard>,
    is_meant: impl Fn(&CardRow) -> Result<bool, Trouble>,
) -> Result<String, Failure> {
    let readers = app.readers()?;
    let mut seen = readers.list().map_err(Trouble::from)?;
    let mut said = None;
    loop {
        let mut found = vec![];
        for chip in seen.iter().filter_map(|r| r.chip_id.as_deref()) {
            let row = app.desk().store.card_of_chip(chip).map_err(Trouble::from)?;
            if let Some(row) = row
                && is_meant(&row)?
            {
                found.push(row);
            }
        }
        let what = match (&found[..], wizard) {
            ([row], Some(wizard)) => {
                wizard.tell("found", &[("serial", row.serial.grouped().into())])?;
                return Ok(row.chip_id.clone());
            }
            ([row], None) => return Ok(row.chip_id.clone()),
            ([], None) => {
                return Err(Failure::Trouble(Trouble::Unavailable(format!(
                    "no card that waits for this is in a reader: put it into the second one ({}; a simulated card by siegelpost card insert SERIAL)",
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
            wizard.tell(what, &[])?;
            said = Some(what);
        }
        seen = readers.wait(&seen, LOOK_AGAIN).map_err(Trouble::from)?;
    }
}
