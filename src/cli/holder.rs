//! The unseal wizard at the workstation with two readers.

use super::{Context, Failure, Outcome, exit, seal_journal};
use crate::adapters::card::simulated::READERS;
use crate::app::App;
use crate::domain::{ETicket, OfficerId, RequestId};
use crate::journey::unseal::{self, HelperAtReader, Holder, UnsealOffice};
use crate::journey::{Trouble, outbox};
use clap::Args;
use serde::Deserialize;
use std::io::{IsTerminal, Write};
use std::num::NonZeroU32;
use std::path::PathBuf;
use zeroize::Zeroizing;

#[derive(Args)]
pub struct UnsealArgs {
    /// The chip of the sealed card, when more than one card is in the readers
    #[arg(long)]
    chip: Option<String>,
    /// Answers for a kiosk, as JSON: ticket, pin, question, answer
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
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
    let credentials = app.officer_credentials(helper)?;
    let office_credentials = app.office_credentials()?;
    let sender = app.sender(&app.settings.office.mail, &office_credentials);
    let share_master = app.share_master()?;
    let trust = app.trust()?;
    let custody = app.custody_key()?.recipient();
    let office = UnsealOffice::new(app.desk(), &share_master, custody, &trust, &sender);
    let mut card = app.readers()?.connect(chip_id)?;
    let helper = HelperAtReader {
        id: helper.clone(),
        key: &credentials.key,
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
    let chip_id = match &args.chip {
        Some(chip) => chip.clone(),
        None => sealed_card(&app)?,
    };
    let answers = match &args.answers {
        Some(path) => {
            let text = Zeroizing::new(
                std::fs::read_to_string(path)
                    .map_err(|e| Failure::Unreadable(format!("{}: {e}", path.display())))?,
            );
            serde_json::from_str(&text)
                .map_err(|e| Failure::Unreadable(format!("{}: {e}", path.display())))?
        }
        None => ask(&helper)?,
    };
    let id = open_card(&app, &chip_id, &helper, &answers, None)?;
    seal_journal(&app)?;
    ctx.say(&serde_json::json!({ "request_id": id, "unsealed": true }), || {
        format!("unsealed  the card of {id} is open: PIN set, certificates written, passphrase kept")
    })?;
    Ok(exit::DONE)
}

/// The one card in the readers that this office sealed.
fn sealed_card(app: &App) -> Result<String, Failure> {
    let readers = app.readers()?.list().map_err(Trouble::from)?;
    let desk = app.desk();
    let mut found = vec![];
    for chip in readers.into_iter().filter_map(|r| r.chip_id) {
        let certified = desk
            .store
            .card_of_chip(&chip)
            .map_err(Trouble::from)?
            .is_some_and(|c| c.state.name() == "certified");
        if certified {
            found.push(chip);
        }
    }
    match &found[..] {
        [chip] => Ok(chip.clone()),
        [] => Err(Failure::Trouble(Trouble::Unavailable(format!(
            "no card that waits to be opened is in a reader: put it into the second one ({}; a simulated card by siegelpost card insert SERIAL)",
            READERS[1]
        )))),
        _ => Err(Failure::WrongUse(
            "more than one sealed card is in the readers: leave one, or name its chip with --chip".into(),
        )),
    }
}

fn ask(helper: &OfficerId) -> Result<Answers, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::WrongUse(
            "the wizard asks on a terminal; a kiosk gives --answers FILE".into(),
        ));
    }
    let mut err = std::io::stderr();
    writeln!(
        err,
        "Helper: {helper}. Compare the holder with the travel document before you go on.\n"
    )?;
    let ticket = loop {
        let typed = line("The number of your letter (four groups): ")?;
        match ETicket::parse(&typed) {
            Ok(_) => break typed,
            // Costs no try: the number never left this place.
            Err(e) => writeln!(err, "  {e}")?,
        }
    };
    let pin = loop {
        let first = Zeroizing::new(rpassword::prompt_password("Choose a PIN of 6 to 8 digits: ")?);
        if let Err(e) = unseal::check_pin(&first) {
            writeln!(err, "  {e}")?;
            continue;
        }
        let second = Zeroizing::new(rpassword::prompt_password("The same PIN again: ")?);
        if *first == *second {
            break first.to_string();
        }
        writeln!(err, "  the two differ: choose it anew")?;
    };
    let question = line("A question that only you can answer (for revoking the card by telephone): ")?;
    let answer = rpassword::prompt_password("Its answer: ")?;
    Ok(Answers {
        ticket,
        pin,
        question,
        answer,
    })
}

fn line(prompt: &str) -> Result<String, Failure> {
    let mut err = std::io::stderr();
    write!(err, "{prompt}")?;
    err.flush()?;
    let mut text = String::new();
    if std::io::stdin().read_line(&mut text)? == 0 {
        return Err(Failure::WrongUse(
            "the input ended before the last answer; nothing was done".into(),
        ));
    }
    Ok(text.trim().to_owned())
}
