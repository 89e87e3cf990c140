//! The walk-in wizard at the LRAO's desk: identify, have the papers signed, decide, issue, and have the holder open the card.

mod asked;

pub use asked::{Asked, WalkInAnswers};

use super::holder::{Present, card_in_reader, language, open_until_done, open_with, policy};
use super::lrao;
use super::officer_key::OfficerKey;
use super::{Context, Failure, Outcome, deed};
use crate::adapters::files::read_bounded;
use crate::app::{App, write};
use crate::domain::identification::MrzSource;
use crate::domain::person::same_person;
use crate::domain::{CardState, Delivery, Language, OfficerId, Request, RequestId, Role, Stage};
use crate::journey::unseal::ticket_of_walk_in;
use crate::journey::walk_in::{self, Stand};
use crate::journey::{Trouble, request, review};
use crate::ports::store::CardRow;
use crate::seal::KeyOwner;
use clap::Args;
use serde::Serialize;
use std::io::IsTerminal as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct WalkInArgs {
    /// The chip of the prestaged card, when more than one card is in the readers
    #[arg(long)]
    chip: Option<String>,
    /// The person's details as JSON, as for `request new`; card_serial, site and delivery may be left out
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Where the papers to be signed are written [default: papers in the office's folder]
    #[arg(long, value_name = "DIR")]
    papers: Option<PathBuf>,
    /// Where the certificates are written as PEM files [default: certificates in the office's folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Answers for a kiosk, as JSON; the run ends where they end, and the next one goes on there. `-` for standard input
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The language of the LRAO's part (de, fr, it, en) [default: that of the roster]; the holder's part is in the holder's
    #[arg(long, value_parser = language)]
    language: Option<Language>,
}

/// What has happened, a line each.
#[derive(Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Told {
    /// The papers are printed and wait to be signed, with the travel document copied onto them.
    Papers {
        request_id: RequestId,
        file: PathBuf,
    },
    Identified {
        request_id: RequestId,
        checks: usize,
    },
    Approved {
        request_id: RequestId,
    },
    /// The office asks for a second officer.
    Second {
        request_id: RequestId,
    },
    Issued {
        request_id: RequestId,
        certificates: Vec<PathBuf>,
    },
    Unsealed {
        request_id: RequestId,
    },
    /// The answers of a kiosk end here.
    Waits {
        request_id: Option<RequestId>,
        #[serde(rename = "for")]
        wanted: &'static str,
    },
}

impl Told {
    /// As a person reads it.
    pub fn line(&self) -> String {
        match self {
            Told::Papers { request_id, file } => format!("papers    {request_id}  {}", file.display()),
            Told::Identified { request_id, checks } => {
                format!("identified  {request_id}: the signed papers are kept, {checks} checks made")
            }
            Told::Approved { request_id } => format!("approved  {request_id}, signed by the LRAO"),
            Told::Second { request_id } => format!("waits     {request_id}: for a second officer's approval"),
            Told::Issued {
                request_id,
                certificates,
            } => format!("issued    {request_id}: {} certificates", certificates.len()),
            Told::Unsealed { request_id } => {
                format!("unsealed  {request_id}: PIN set, certificates written, passphrase kept")
            }
            Told::Waits { wanted, .. } => format!("waits     for {wanted}; then run the same command again"),
        }
    }
}

/// Where the files of a walk-in go.
pub struct Folders {
    pub papers: PathBuf,
    pub certificates: PathBuf,
}

/// One walk-in at the LRAO's desk.
pub struct Desk<'a> {
    pub app: &'a App,
    pub by: &'a OfficerId,
    pub asked: Asked<'a>,
    pub folders: Folders,
    /// The prestaged card where it is known already.
    pub chip: Option<String>,
    /// Rounds for the hash of the holder's answer; an office's own when left out.
    pub answer_iterations: Option<NonZeroU32>,
}

/// `walk-in`
pub fn walk_in(ctx: &mut Context, args: &WalkInArgs) -> Outcome {
    let app = ctx.open()?;
    let by = ctx.officer()?.clone();
    let lrao = app.desk().officer(&by, Role::Lrao)?;
    let folder =
        |given: &Option<PathBuf>, own: &str| given.clone().unwrap_or_else(|| app.path(Path::new(own)));
    let desk = Desk {
        app: &app,
        by: &by,
        asked: Asked::start(&app, &lrao, args)?,
        folders: Folders {
            papers: folder(&args.papers, "papers"),
            certificates: folder(&args.out, "certificates"),
        },
        chip: args.chip.clone(),
        answer_iterations: None,
    };
    // Where the wizard has said it all already, in the reader's language, the lines for other programs are left out.
    let is_told = desk.asked.wizard().is_some() && !ctx.json && std::io::stdout().is_terminal();
    let done = desk.run(&mut |told| match is_told {
        true => Ok(()),
        false => Ok(ctx.say(told, || told.line())?),
    });
    // Whatever was done stands in the journal, also when the rest is still to come.
    let code = deed::after_with_mails(ctx, &app)?;
    done.map(|()| code)
}

type Tell<'t> = &'t mut dyn FnMut(&Told) -> Result<(), Failure>;

impl Desk<'_> {
    /// Goes on from wherever the card in the reader stands, to the open card or to where no answer is given.
    pub fn run(&self, tell: Tell) -> Result<(), Failure> {
        let chip = match &self.chip {
            Some(chip) => chip.clone(),
            None => self.find_card()?,
        };
        let desk = self.app.desk();
        loop {
            let goes_on = match walk_in::stand(&desk, &chip, self.by)? {
                Stand::Free(card) => self.identify(&card, tell)?,
                Stand::Papers(id) => self.bring_in(id, tell)?,
                Stand::Decide(id) => self.decide(id, tell)?,
                Stand::Issue(id) => self.issue(id, tell)?,
                Stand::Unseal(id) => self.unseal(id, &chip, tell)?,
                Stand::Open(_) => {
                    self.asked.tell("walk-open", &[])?;
                    return Ok(());
                }
            };
            if !goes_on {
                return Ok(());
            }
        }
    }

    fn request(&self, id: RequestId) -> Result<Request, Trouble> {
        let desk = self.app.desk();
        let owner = KeyOwner::Request(id);
        desk.read_json(&desk.key(owner)?, owner, "request")
    }

    /// The LRAO's own key: the file, or the card in a reader, which a wizard waits for.
    fn key(&self) -> Result<OfficerKey, Failure> {
        match self.asked.wizard() {
            Some(wizard) => wizard.key_of(self.app, self.by),
            None => Ok(OfficerKey::of(self.app, self.by)?),
        }
    }

    /// The one card in the readers that waits for a walk-in; else one that was opened at a walk-in, of which nothing is left to do.
    fn find_card(&self) -> Result<String, Failure> {
        let desk = self.app.desk();
        let of_walk_in = |row: &CardRow| -> Result<Option<Stage>, Trouble> {
            let Some(id) = row.state.request() else {
                return Ok(None);
            };
            let request = match self.request(id) {
                // A card of long ago: of nobody who stands here.
                Err(Trouble::Refused {
                    code: "retention_ended",
                    ..
                }) => return Ok(None),
                found => found?,
            };
            let me = desk.store.officer(self.by)?;
            // The LRAO's own card may have been issued at a walk-in, too.
            let is_mine = me.is_some_and(|me| same_person(&me.person, &request.data.person.identity()));
            let walked_in = request.data.delivery == Delivery::InPerson && !is_mine;
            walked_in.then(|| desk.case(id).map(|c| c.stage)).transpose()
        };
        let waits = |row: &CardRow| -> Result<bool, Trouble> {
            Ok(match row.state {
                CardState::Delivered { .. } => true,
                _ => of_walk_in(row)?.is_some_and(|stage| !stage.is_end()),
            })
        };
        let mut open = vec![];
        for chip in self
            .app
            .readers()?
            .list()
            .map_err(Trouble::from)?
            .into_iter()
            .filter_map(|r| r.chip_id)
        {
            let Some(row) = desk.store.card_of_chip(&chip).map_err(Trouble::from)? else {
                continue;
            };
            if waits(&row)? {
                return card_in_reader(self.app, self.asked.wizard(), waits);
            }
            if matches!(of_walk_in(&row)?, Some(Stage::Unsealed { .. })) {
                open.push(chip);
            }
        }
        match open.pop() {
            Some(chip) => Ok(chip),
            None => card_in_reader(self.app, self.asked.wizard(), waits),
        }
    }

    fn paper(&self, id: RequestId) -> PathBuf {
        self.folders.papers.join(format!("{id}.pdf"))
    }

    fn identify(&self, card: &CardRow, tell: Tell) -> Result<bool, Failure> {
        let (desk, app) = (self.app.desk(), self.app);
        let Some((document, data)) = self.asked.person(app, card, self.by)? else {
            tell(&Told::Waits {
                request_id: None,
                wanted: "compared, data",
            })?;
            return Ok(false);
        };
        let identification = document
            .map(|document| walk_in::identified(&desk, document, MrzSource::Typed, self.by))
            .transpose()?;
        let drafted = request::draft_at_walk_in(
            &desk,
            &app.press,
            data,
            identification.as_ref(),
            self.by,
            &mut |drafted| write(&self.paper(drafted.request.request_id), &drafted.printed.pdf),
        )?;
        let id = drafted.request.request_id;
        tell(&Told::Papers {
            request_id: id,
            file: self.paper(id),
        })?;
        Ok(true)
    }

    fn bring_in(&self, id: RequestId, tell: Tell) -> Result<bool, Failure> {
        let (desk, app) = (self.app.desk(), self.app);
        let file = self.paper(id);
        if !file.exists() {
            let again = request::print_again(&desk, &app.press, id, self.by)?;
            write(&file, &again.printed.pdf)?;
        }
        let mut zone = self.asked.typed_zone(app)?;
        loop {
            let Some(paths) = self.asked.scans(&file)? else {
                tell(&Told::Waits {
                    request_id: Some(id),
                    wanted: "scans",
                })?;
                return Ok(false);
            };
            let scans = paths
                .iter()
                .map(|path| {
                    let bytes = read_bounded(path, desk.settings.max_mail_bytes).map_err(|e| {
                        Failure::Unreadable(format!("{} cannot be read: {e}", path.display()))
                    })?;
                    Ok((path.display().to_string(), bytes))
                })
                .collect::<Result<Vec<_>, Failure>>();
            let scans = match (scans, self.asked.wizard()) {
                (Ok(scans), _) => scans,
                (Err(Failure::Unreadable(why)), Some(wizard)) => {
                    wizard.tell("walk-refused", &[("why", why.into())])?;
                    continue;
                }
                (Err(e), _) => return Err(e),
            };
            let files: Vec<(&str, &[u8])> = scans.iter().map(|(n, b)| (n.as_str(), &b[..])).collect();
            let key = self.key()?;
            self.asked.tell("walk-reading", &[])?;
            let done = walk_in::bring_in(
                &desk,
                &app.rasteriser,
                id,
                &files,
                zone.clone(),
                &key.decider(self.by),
            );
            match (done, self.asked.wizard()) {
                (Ok(checks), _) => {
                    tell(&Told::Identified {
                        request_id: id,
                        checks: checks.len(),
                    })?;
                    return Ok(true);
                }
                (
                    Err(Trouble::Refused {
                        code: "zone_unread", ..
                    }),
                    Some(wizard),
                ) => {
                    wizard.tell("walk-zone-unread", &[])?;
                    zone = asked::zone(app, wizard, false)?;
                }
                (
                    Err(Trouble::Refused {
                        code: "scan" | "checks",
                        why,
                    }),
                    Some(wizard),
                ) => {
                    wizard.tell("walk-refused", &[("why", why.into())])?;
                }
                (Err(e), _) => return Err(e.into()),
            }
        }
    }

    fn decide(&self, id: RequestId, tell: Tell) -> Result<bool, Failure> {
        let dossier = review::show(&self.app.desk(), id)?;
        let Some(looked_at) = self.asked.decision(&dossier)? else {
            tell(&Told::Waits {
                request_id: Some(id),
                wanted: "looked_at, approve",
            })?;
            return Ok(false);
        };
        match lrao::approve(self.app, id, &self.key()?.decider(self.by), &looked_at) {
            // Who identified the holder leaves the decision to another officer.
            Err(Trouble::Refused {
                code: "same_person", ..
            }) if self.app.settings.walk_in_second_officer => {
                self.asked
                    .tell("walk-second", &[("request", id.to_string().into())])?;
                tell(&Told::Second { request_id: id })?;
                Ok(false)
            }
            done => {
                done?;
                tell(&Told::Approved { request_id: id })?;
                Ok(true)
            }
        }
    }

    fn issue(&self, id: RequestId, tell: Tell) -> Result<bool, Failure> {
        let rows = lrao::issue_one(self.app, id, self.by)?;
        self.asked.tell("walk-issued", &[])?;
        tell(&Told::Issued {
            request_id: id,
            certificates: lrao::write_certificates(&rows, &self.folders.certificates)?,
        })?;
        Ok(true)
    }

    fn unseal(&self, id: RequestId, chip: &str, tell: Tell) -> Result<bool, Failure> {
        let app = self.app;
        let language = self.request(id)?.data.language;
        let Some(choice) = self.asked.choice(language, &policy(app, chip)?)? else {
            tell(&Told::Waits {
                request_id: Some(id),
                wanted: "pin, question, answer",
            })?;
            return Ok(false);
        };
        let key = self.key()?;
        let present = Present {
            id: self.by,
            key: &key,
            document_compared: true,
            at_walk_in: true,
        };
        // From the sealed record into memory, and gone with this run: nobody sees it.
        let open = |chip: &str| {
            let ticket = ticket_of_walk_in(&app.desk(), &app.print_key()?, chip)?;
            open_with(app, chip, &present, ticket, &choice, self.answer_iterations)
        };
        match self.asked.wizard() {
            None => drop(open(chip)?),
            Some(wizard) => {
                let wizard = wizard.in_language(language);
                let find = || card_in_reader(app, Some(&wizard), |row| Ok(row.chip_id == chip));
                open_until_done(app, &wizard, &mut chip.to_owned(), open, find)?;
            }
        }
        tell(&Told::Unsealed { request_id: id })?;
        Ok(false)
    }
}
