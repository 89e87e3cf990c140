//! The stock of cards: readers, prestaging, delivery notes.

use super::officer_key::OfficerKey;
use super::{Context, Failure, Outcome, counted, deed, exit};
use crate::adapters::card::simulated::READERS;
use crate::app::{App, write};
use crate::domain::{CardSerial, Sha256, SiteId};
use crate::journey::Trouble;
use crate::journey::evidence::Decider;
use crate::journey::prestage;
use crate::journey::prestage::stock::{self, GivingAway, TakingIn};
use crate::paper::DeliveryNote;
use crate::pki::signature::sha256;
use crate::ports::card::KeyAlgorithm;
use crate::ports::random_bytes;
use crate::ports::store::CardRow;
use crate::scan::Reader;
use crate::seal::CustodyRecipient;
use clap::Subcommand;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Subcommand)]
pub enum CardCommand {
    /// The readers of this workstation and what is in them
    Readers,
    /// Make the keys on blank cards and seal them
    Prestage {
        /// The serial printed on the card in the second reader; drawn for simulated cards
        #[arg(long)]
        serial: Option<CardSerial>,
        /// How many simulated cards to make and prestage
        #[arg(long, default_value_t = 1, conflicts_with = "serial")]
        count: u16,
        /// The serials printed on a box of cards, one a line, in the order in which they are put into the reader; behind a serial, where its
        /// maker printed a number too, that number, to be compared with what the chip says
        #[arg(long, value_name = "FILE", conflicts_with_all = ["serial", "count"])]
        serials: Option<PathBuf>,
        /// The number that its maker printed on the card, to be compared with what the chip says
        #[arg(long, value_name = "NUMBER", requires = "serial")]
        printed: Option<String>,
        /// The keys: p256, p384, rsa2048 or rsa3072
        #[arg(long, default_value = "p256", value_parser = key_algorithm)]
        keys: KeyAlgorithm,
    },
    /// Send cards to a site, with a delivery note
    Deliver {
        #[arg(long)]
        site: SiteId,
        /// The delivery note as PDF
        #[arg(long, value_name = "PDF")]
        out: PathBuf,
        /// Where things stand on the note, as JSON
        #[arg(long, value_name = "JSON")]
        layout: Option<PathBuf>,
        /// The cards; without any, all that are staged
        serials: Vec<CardSerial>,
    },
    /// Confirm that a delivery arrived at your site: by the number of its note, or by the signed note as scanned
    Receive {
        /// The number of the delivery note
        #[arg(required_unless_present = "scan")]
        note: Option<String>,
        /// The signed delivery note, all its pages: PDF, TIFF, JPEG, PNG or WebP
        #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "note")]
        scan: Vec<PathBuf>,
    },
    /// Take in the cards of a signed file that came with a box of them
    Import { file: PathBuf },
    /// Write staged cards into a signed file for another office, and take them out of the stock
    Export {
        /// The other office's key for that, as its `card recipient` says it
        #[arg(long, value_name = "AGE1…")]
        to: CustodyRecipient,
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[arg(required = true)]
        serials: Vec<CardSerial>,
    },
    /// The key to which others seal the cards that they make for this office
    Recipient,
    /// All cards
    List,
    /// One card
    Show { serial: CardSerial },
    /// Put a simulated card into a simulated reader
    Insert {
        serial: CardSerial,
        /// 1 or 2
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
        reader: u8,
    },
}

/// How long the readers are asked for news before they are looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// The longest list of serials: a hundred thousand cards.
const MAX_SERIALS: u64 = 2 * 1024 * 1024;

/// How a card is prestaged.
#[derive(Default)]
struct Order {
    keys: KeyAlgorithm,
    /// The number that its maker printed on it.
    printed: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    serial: CardSerial,
    chip_id: String,
    state: &'static str,
    site: Option<SiteId>,
    request_id: Option<crate::domain::RequestId>,
}

impl Listed {
    fn of(row: &CardRow) -> Listed {
        Listed {
            serial: row.serial,
            chip_id: row.chip_id.clone(),
            state: row.state.name(),
            site: row.state.site().cloned(),
            request_id: row.state.request(),
        }
    }

    fn line(&self) -> String {
        let site = self.site.as_ref().map_or("", SiteId::as_str);
        let request = self.request_id.map(|id| id.to_string()).unwrap_or_default();
        format!(
            "{}  {:<12} {site:<12} {request:<16} chip {}",
            self.serial.grouped(),
            self.state,
            self.chip_id
        )
    }
}

/// Makes a simulated card and prestages it under a fresh serial.
pub fn prestage_simulated(app: &App, by: &crate::domain::OfficerId) -> Result<CardRow, Trouble> {
    let drawer = app.drawer()?.ok_or_else(|| {
        Trouble::refused(
            "no_drawer",
            "this office uses real readers: name the card's serial with --serial, or those of a box with --serials FILE",
        )
    })?;
    // A card whose prestaging was cut off comes first, under the serial that it has.
    let unfinished = app
        .desk()
        .store
        .cards()?
        .into_iter()
        .find(|row| row.sealed.is_none());
    if let Some(row) = unfinished {
        drawer.insert(READERS[1], &row.chip_id)?;
        return prestage_chip(app, &row.chip_id, row.serial, by, &Order::default());
    }
    let chip_id = drawer.new_card()?;
    drawer.insert(READERS[1], &chip_id)?;
    let serial = CardSerial::from_number(u32::from_be_bytes(random_bytes(&*app.outside.random)));
    prestage_chip(app, &chip_id, serial, by, &Order::default())
}

fn prestage_chip(
    app: &App,
    chip_id: &str,
    serial: CardSerial,
    by: &crate::domain::OfficerId,
    order: &Order,
) -> Result<CardRow, Trouble> {
    let mut card = app.readers()?.connect(chip_id)?;
    if let (Some(printed), Some(said)) = (&order.printed, card.chip_serial()?)
        && *printed != said
    {
        return Err(Trouble::refused(
            "printed_serial",
            format!(
                "the chip says the number {said}, and {printed} was read from the card: compare them again"
            ),
        ));
    }
    app.prestage(&mut *card, serial, order.keys, by)
}

fn tell_sealed(ctx: &mut Context, row: &CardRow) {
    let listed = Listed::of(row);
    ctx.done(&listed, || format!("sealed    {}", listed.line()));
}

/// The chip of the one blank card in the readers. With a prompt it waits for it, after the card of before is out.
fn blank_card(app: &App, prompt: Option<&str>) -> Result<String, Failure> {
    let readers = app.readers()?;
    let mut seen = readers.list().map_err(Trouble::from)?;
    let mut said = false;
    loop {
        let mut blank = vec![];
        for chip in seen.iter().filter_map(|r| r.chip_id.as_deref()) {
            let row = app.desk().store.card_of_chip(chip).map_err(Trouble::from)?;
            if row.is_none_or(|c| c.sealed.is_none()) {
                blank.push(chip.to_owned());
            }
        }
        match (&blank[..], prompt) {
            ([chip], _) => return Ok(chip.clone()),
            ([], None) => {
                return Err(Failure::Trouble(Trouble::Unavailable(
                    "no blank card is in a reader: put one in".into(),
                )));
            }
            ([_, ..], _) => {
                return Err(Failure::WrongUse(
                    "more than one blank card is in the readers: leave one".into(),
                ));
            }
            ([], Some(prompt)) if !said => {
                eprintln!("{prompt}");
                said = true;
            }
            ([], Some(_)) => {}
        }
        seen = readers.wait(&seen, LOOK_AGAIN).map_err(Trouble::from)?;
    }
}

/// A box of cards, one after the other. What was sealed stays sealed: the same file again goes on with the rest.
fn prestage_box(
    ctx: &mut Context,
    app: &App,
    file: &Path,
    by: &crate::domain::OfficerId,
    order: &Order,
) -> Result<(), Failure> {
    let unreadable = |e: &dyn std::fmt::Display| Failure::Unreadable(format!("{}: {e}", file.display()));
    let text = crate::adapters::files::read_bounded(file, MAX_SERIALS).map_err(|e| unreadable(&e))?;
    let text = String::from_utf8(text).map_err(|_| unreadable(&"is no text"))?;
    let serials = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(n, line)| {
            let wrong = |e: &dyn std::fmt::Display| unreadable(&format!("line {}: ‘{line}’: {e}", n + 1));
            // A tab, a comma or a semicolon: the serial itself may be printed in groups.
            let (serial, printed) = match line.split_once(['\t', ',', ';']) {
                Some((serial, printed)) => (serial.trim(), Some(printed.trim().to_owned())),
                None => (line, None),
            };
            let serial = serial.parse::<CardSerial>().map_err(|e| wrong(&e))?;
            Ok::<_, Failure>((serial, printed.filter(|p| !p.is_empty())))
        })
        .collect::<Result<Vec<_>, _>>()?;
    for (n, (serial, printed)) in serials.iter().enumerate() {
        let order = &Order {
            printed: printed.clone(),
            ..*order
        };
        let there = app.desk().store.card(*serial).map_err(Trouble::from)?;
        let place = format!("card {} of {}: {}", n + 1, serials.len(), serial.grouped());
        if there.is_some_and(|row| row.sealed.is_some()) {
            eprintln!("{place} is sealed already");
            continue;
        }
        loop {
            let chip = blank_card(app, Some(&format!("{place}: put it into a reader")))?;
            eprintln!("{place}: its keys are made; leave it in");
            match prestage_chip(app, &chip, *serial, by, order) {
                // Pulled too early: the same card again.
                Err(Trouble::Unavailable(why)) => eprintln!("siegelpost: {why}"),
                done => {
                    tell_sealed(ctx, &done?);
                    eprintln!("{place} is sealed: take it out");
                    break;
                }
            }
        }
    }
    Ok(())
}

fn key_algorithm(text: &str) -> Result<KeyAlgorithm, String> {
    Ok(match text {
        "p256" => KeyAlgorithm::P256,
        "p384" => KeyAlgorithm::P384,
        "rsa2048" => KeyAlgorithm::Rsa2048,
        "rsa3072" => KeyAlgorithm::Rsa3072,
        _ => return Err("p256, p384, rsa2048 or rsa3072".into()),
    })
}

/// Delivers cards and prints their note to the path that `out` makes of the note's number, before the delivery is on file.
/// Returns the number.
pub fn deliver(
    app: &App,
    serials: &[CardSerial],
    site: &SiteId,
    by: &crate::domain::OfficerId,
    out: impl FnOnce(&str) -> PathBuf,
    layout: Option<&Path>,
) -> Result<String, Trouble> {
    let desk = app.desk();
    let day = desk.now().to_zoned(jiff::tz::TimeZone::UTC);
    let number = format!(
        "DN-{}-{}",
        day.strftime("%Y%m%d"),
        hex::encode(random_bytes::<3>(desk.random))
    );
    let site_name = desk
        .store
        .site(site)?
        .map_or_else(|| site.to_string(), |s| s.name);
    let note = DeliveryNote {
        number: &number,
        language: app.config.office.language,
        office: &app.settings.office,
        site_name: &site_name,
        cards: serials,
        on: day.date(),
    };
    let pdf = app
        .press
        .delivery_note(note)
        .map_err(|e| Trouble::refused("paper", e))?;
    if let Some(path) = layout {
        super::rio::write_layout(path, &note.layout())?;
    }
    write(&out(&number), &pdf)?;
    prestage::deliver(&desk, serials, site, &number, by)?;
    Ok(number)
}

/// `card …`
pub fn run(ctx: &mut Context, command: CardCommand) -> Outcome {
    let app = ctx.open()?;
    match command {
        CardCommand::Readers => {
            let readers = app.readers()?.list().map_err(Trouble::from)?;
            for reader in readers {
                let card = reader.chip_id.clone();
                ctx.say(&reader, || {
                    format!("{:<30} {}", reader.name, card.as_deref().unwrap_or("empty"))
                })?;
            }
        }
        CardCommand::Prestage {
            serial,
            count,
            serials,
            printed,
            keys,
        } => {
            let by = ctx.officer()?.clone();
            let order = Order { keys, printed };
            match (serial, serials) {
                (Some(serial), _) => {
                    let chip = blank_card(&app, None)?;
                    tell_sealed(ctx, &prestage_chip(&app, &chip, serial, &by, &order)?);
                }
                (None, Some(box_of_cards)) => prestage_box(ctx, &app, &box_of_cards, &by, &order)?,
                (None, None) => {
                    for _ in 0..count {
                        tell_sealed(ctx, &prestage_simulated(&app, &by)?);
                    }
                }
            }
            return deed::after(ctx, &app);
        }
        CardCommand::Deliver {
            site,
            out,
            layout,
            serials,
        } => {
            let by = ctx.officer()?.clone();
            let serials = if serials.is_empty() {
                staged(&app)?
            } else {
                serials
            };
            let number = deliver(&app, &serials, &site, &by, |_| out.clone(), layout.as_deref())?;
            let value =
                serde_json::json!({ "delivery_note": number, "site": site, "cards": serials, "file": out });
            ctx.done(&value, || {
                format!(
                    "delivery {number}: {} to {site}, note in {}",
                    counted(serials.len(), "card"),
                    out.display()
                )
            });
            return deed::after(ctx, &app);
        }
        CardCommand::Receive { note, scan } => {
            let by = ctx.officer()?.clone();
            let (note, serials) = match note {
                Some(note) => {
                    let serials = prestage::receive(&app.desk(), &note, &by)?;
                    (note, serials)
                }
                None => receive_scanned(&app, &scan, &by)?,
            };
            let value =
                serde_json::json!({ "delivery_note": note, "cards": serials, "scanned": !scan.is_empty() });
            ctx.done(&value, || {
                let signed = if scan.is_empty() { "" } else { ", signed" };
                format!(
                    "received  {} of delivery {note}{signed}",
                    counted(serials.len(), "card")
                )
            });
            return deed::after(ctx, &app);
        }
        CardCommand::Import { file } => return import(ctx, &app, &file),
        CardCommand::Export { to, out, serials } => return export(ctx, &app, &to, &out, &serials),
        CardCommand::Recipient => {
            let recipient = app.custody_key()?.recipient().to_string();
            ctx.say(&serde_json::json!({ "recipient": recipient }), || {
                recipient.clone()
            })?;
        }
        CardCommand::List => {
            for row in app.desk().store.cards().map_err(Trouble::from)? {
                let listed = Listed::of(&row);
                ctx.say(&listed, || listed.line())?;
            }
        }
        CardCommand::Show { serial } => {
            let row = app.desk().card(serial)?;
            let listed = Listed::of(&row);
            let keys: Vec<(String, Sha256)> = row
                .keys
                .iter()
                .map(|k| (format!("{:?}", k.slot), prestage::key_id(&k.spki)))
                .collect();
            ctx.say(
                &serde_json::json!({ "card": listed, "keys": keys, "tickets": row.tickets }),
                || {
                    let mut text = listed.line();
                    for (slot, id) in &keys {
                        text.push_str(&format!("\n  key {slot}: {id}"));
                    }
                    for (n, ticket) in row.tickets.iter().enumerate() {
                        text.push_str(&format!("\n  eTicket {}: {ticket:?}", n + 1));
                    }
                    text
                },
            )?;
        }
        CardCommand::Insert { serial, reader } => {
            let row = app.desk().card(serial)?;
            let drawer = app.drawer()?.ok_or_else(|| {
                Failure::WrongUse("this office uses real readers: put the card in by hand".into())
            })?;
            let name = READERS[usize::from(reader) - 1];
            drawer.insert(name, &row.chip_id).map_err(Trouble::from)?;
            ctx.say(&serde_json::json!({ "reader": name, "serial": serial }), || {
                format!("card {} is in {name}", serial.grouped())
            })?;
        }
    }
    Ok(exit::DONE)
}

/// Takes in a box of cards that another system prestaged.
fn import(ctx: &mut Context, app: &App, file: &Path) -> Outcome {
    let by = ctx.officer()?.clone();
    let signed = crate::adapters::files::read_bounded(file, stock::MAX_BYTES)
        .map_err(|e| Failure::Unreadable(format!("{}: {e}", file.display())))?;
    let (print_key, share_master, custody) =
        (app.print_recipient()?, app.share_master()?, app.custody_key()?);
    let keys = TakingIn {
        print_key: &print_key,
        share_master: &share_master,
        custody: &custody,
    };
    let gate = app.gate()?;
    let opening = gate.keys();
    let rows = stock::import(&app.desk(), &gate.judge(&opening), &keys, &signed, &by)?;
    for row in &rows {
        let listed = Listed::of(row);
        ctx.done(&listed, || format!("taken in  {}", listed.line()));
    }
    deed::after(ctx, app)
}

/// Gives staged cards to another office.
fn export(
    ctx: &mut Context,
    app: &App,
    to: &CustodyRecipient,
    out: &Path,
    serials: &[CardSerial],
) -> Outcome {
    let by = ctx.officer()?.clone();
    let (print_key, share_master, signer) =
        (app.print_key()?, app.share_master()?, OfficerKey::of(app, &by)?);
    let keys = GivingAway {
        print_key: &print_key,
        share_master: &share_master,
    };
    let decider = Decider {
        id: &by,
        key: signer.key(),
        certificates: signer.chain(),
    };
    stock::export(&app.desk(), &keys, to, serials, &decider, |signed| {
        write(out, signed)
    })?;
    let value = serde_json::json!({ "cards": serials, "to": to.to_string(), "file": out });
    ctx.done(&value, || {
        format!(
            "exported  {} to {}",
            counted(serials.len(), "card"),
            out.display()
        )
    });
    deed::after(ctx, app)
}

/// Receives a delivery by its signed note.
fn receive_scanned(
    app: &App,
    scan: &[PathBuf],
    by: &crate::domain::OfficerId,
) -> Result<(String, Vec<CardSerial>), Failure> {
    let files = super::scans(scan)?;
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), &b[..])).collect();
    let said = Reader::new(&app.rasteriser).read_files(&borrowed);
    if let Some((name, why)) = said.unreadable.first() {
        return Err(Failure::Unreadable(format!("{name}: {why}")));
    }
    let [reading] = &said.readings[..] else {
        return Err(Failure::Trouble(Trouble::refused(
            "several_notes",
            format!(
                "the scan has the pages of {} papers: scan one delivery note at a time",
                said.readings.len()
            ),
        )));
    };
    let all: Vec<u8> = files
        .iter()
        .flat_map(|(_, bytes)| bytes.iter().copied())
        .collect();
    Ok(prestage::receive_scanned(&app.desk(), reading, sha256(&all), by)?)
}

fn staged(app: &App) -> Result<Vec<CardSerial>, Trouble> {
    let rows = app.desk().store.cards()?;
    Ok(rows
        .iter()
        .filter(|r| r.state.name() == "staged" && r.sealed.is_some())
        .map(|r| r.serial)
        .collect())
}
