//! The command line: one file per actor.

mod admin;
mod auditor;
mod cards;
mod deed;
mod defect;
mod demo;
mod dispatch;
mod escrow;
mod holder;
mod inbox;
mod lrao;
mod officer_key;
mod outbox;
mod people;
mod pictures;
pub mod read;
mod rehearse;
mod rio;
mod template;
mod terminal;
pub mod verify;
mod walk_in;
mod wizard;

use crate::app::{App, Outside};
use crate::domain::OfficerId;
use crate::journey::Trouble;
use clap::{CommandFactory, Parser, Subcommand};
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;

/// Exit codes, the same for every command.
pub mod exit {
    pub const DONE: u8 = 0;
    /// Refused, or checks failed.
    pub const REFUSED: u8 = 1;
    pub const WRONG_USE: u8 = 2;
    pub const UNREADABLE: u8 = 3;
    /// A service, card or file is missing.
    pub const MISSING: u8 = 4;
    /// A defect of ours.
    pub const DEFECT: u8 = 70;
}

/// Turns an officer's signed, scanned smart-card request into issued certificates and an unseal letter.
#[derive(Parser)]
#[command(
    name = "siegelpost",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub struct Cli {
    /// The office's folder
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "SIEGELPOST_OFFICE",
        default_value = "."
    )]
    office: PathBuf,
    /// The officer who does this
    #[arg(long = "as", global = true, value_name = "OFFICER", env = "SIEGELPOST_AS")]
    by: Option<OfficerId>,
    /// One JSON object a line on standard output
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a whole office in a folder, from sealed cards to an unsealed one
    Demo(demo::DemoArgs),
    /// Found an office in a new folder
    Init(admin::InitArgs),
    /// The roster
    #[command(subcommand)]
    Officer(admin::OfficerCommand),
    /// The sites
    #[command(subcommand)]
    Site(admin::SiteCommand),
    /// The stock of cards and its delivery notes
    #[command(subcommand)]
    Card(cards::CardCommand),
    /// Requests: print their papers, send them in, see where they stand
    #[command(subcommand)]
    Request(rio::RequestCommand),
    /// The inbox: take in mails
    #[command(subcommand)]
    Inbox(inbox::InboxCommand),
    /// The outbox: mails that wait, failed, or may not have arrived
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// Look at requests and decide
    #[command(subcommand)]
    Review(lrao::ReviewCommand),
    /// Issue the certificates of approved requests
    Issue(lrao::IssueArgs),
    /// Mail the unseal letter to the RIO
    #[command(subcommand)]
    Letter(dispatch::LetterCommand),
    /// Print, hand over and take back unseal letters
    #[command(subcommand)]
    Dispatch(dispatch::DispatchCommand),
    /// Identify a holder at the LRAO's desk, issue their card and have it opened there and then
    WalkIn(walk_in::WalkInArgs),
    /// Open a sealed card with the eTicket of the letter
    Unseal(holder::UnsealArgs),
    /// Two officers who together open what the office has lost its key for
    #[command(subcommand)]
    Escrow(escrow::EscrowCommand),
    /// The office's own templates: check them, look at the papers, try an envelope
    #[command(subcommand)]
    Template(template::TemplateCommand),
    /// Revoke all certificates of a request's card
    Revoke(lrao::RevokeArgs),
    /// Sign and publish a new revocation list
    Crl,
    /// The journal and its proofs
    #[command(subcommand)]
    Journal(auditor::JournalCommand),
    /// Judge signed mails, with or without an office
    Verify(verify::VerifyArgs),
    /// Say what scanned papers say, without an office
    Read(read::ReadArgs),
    /// Sign and scan printed papers as a person and a scanner would, for trying out
    Rehearse(rehearse::RehearseArgs),
    /// Write the completions of a shell
    Completions { shell: clap_complete::Shell },
    /// Write the manual page
    Man,
    /// Draws one page of a PDF in a process of its own
    #[command(name = crate::adapters::rasterise::SUBCOMMAND, hide = true)]
    DrawPage { index: usize, dpi: u32 },
    /// Holds a vendor's PKCS#11 module in a process of its own
    #[cfg(feature = "pkcs11")]
    #[command(name = crate::adapters::card::pkcs11::SUBCOMMAND, hide = true)]
    CardModule { path: PathBuf },
}

/// Why a command ends without having done what it was asked.
pub enum Failure {
    Trouble(Trouble),
    WrongUse(String),
    Unreadable(String),
    /// Standard output is gone: nobody reads on.
    Output(io::Error),
}

impl From<Trouble> for Failure {
    fn from(e: Trouble) -> Failure {
        Failure::Trouble(e)
    }
}

impl From<io::Error> for Failure {
    fn from(e: io::Error) -> Failure {
        Failure::Output(e)
    }
}

/// What commands end with: an exit code, or why not.
pub type Outcome = Result<u8, Failure>;

/// A command's surroundings.
pub struct Context {
    pub office: PathBuf,
    pub by: Option<OfficerId>,
    pub json: bool,
    pub out: Box<dyn Write>,
    /// Why the answer about a deed could not be written.
    unsaid: Option<io::Error>,
}

impl Context {
    /// The open office.
    pub fn open(&self) -> Result<App, Failure> {
        Ok(App::open(&self.office, Outside::real())?)
    }

    /// The officer who does this; deciding commands need one.
    pub fn officer(&self) -> Result<&OfficerId, Failure> {
        self.by
            .as_ref()
            .ok_or_else(|| Failure::WrongUse("who does this? Name yourself with --as OFFICER".into()))
    }

    /// One fact: as JSON, or as a line for a person.
    pub fn say<T: Serialize>(&mut self, value: &T, line: impl FnOnce() -> String) -> io::Result<()> {
        if self.json {
            let json = serde_json::to_string(value).expect("our own types are plain data");
            writeln!(self.out, "{json}")
        } else {
            writeln!(self.out, "{}", line())
        }
    }
}

/// Ends a command that wrote to the journal: a checkpoint is signed where this machine has the key for it.
pub fn seal_journal(app: &App) -> Result<(), Trouble> {
    app.seal_journal().map(drop)
}

/// Reads the arguments, runs the command, reports, and returns the exit code; of a defect of ours, too.
pub fn run() -> u8 {
    defect::told(&mut io::stderr(), run_command)
}

fn run_command() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are answers and go to standard output.
            let _ = e.print();
            return if e.use_stderr() {
                exit::WRONG_USE
            } else {
                exit::DONE
            };
        }
    };
    let json = cli.json;
    match dispatch_command(cli) {
        Ok(code) => code,
        Err(failure) => report(failure, json),
    }
}

fn dispatch_command(cli: Cli) -> Outcome {
    let mut context = Context {
        office: cli.office,
        by: cli.by,
        json: cli.json,
        out: Box::new(io::stdout().lock()),
        unsaid: None,
    };
    let ctx = &mut context;
    match cli.command {
        Command::Demo(args) => demo::run(ctx, &args),
        Command::Init(args) => admin::init(ctx, &args),
        Command::Officer(command) => admin::officer(ctx, command),
        Command::Site(command) => admin::site(ctx, command),
        Command::Card(command) => cards::run(ctx, command),
        Command::Request(command) => rio::run(ctx, command),
        Command::Inbox(command) => inbox::run(ctx, command),
        Command::Outbox(command) => outbox::run(ctx, command),
        Command::Review(command) => lrao::review(ctx, command),
        Command::Issue(args) => lrao::issue(ctx, &args),
        Command::Letter(command) => dispatch::letter(ctx, command),
        Command::Dispatch(command) => dispatch::run(ctx, command),
        Command::WalkIn(args) => walk_in::walk_in(ctx, &args),
        Command::Unseal(args) => holder::unseal(ctx, &args),
        Command::Escrow(command) => escrow::run(ctx, command),
        Command::Template(command) => template::run(ctx, command),
        Command::Revoke(args) => lrao::revoke(ctx, &args),
        Command::Crl => lrao::crl(ctx),
        Command::Journal(command) => auditor::run(ctx, command),
        Command::Verify(args) => {
            let office = lrao::office_trust(&ctx.office, args.trust.is_empty())?;
            let now = Outside::real().clock.now();
            Ok(verify::run(
                &args,
                ctx.json,
                office,
                now,
                &mut ctx.out,
                &mut io::stderr(),
            )?)
        }
        Command::Read(args) => Ok(read::run(&args, ctx.json, &mut ctx.out, &mut io::stderr())),
        Command::Rehearse(args) => rehearse::run(ctx, &args),
        Command::Completions { shell } => {
            // Into memory first: the generator does not expect a reader that goes away.
            let mut script = vec![];
            clap_complete::generate(shell, &mut Cli::command(), "siegelpost", &mut script);
            ctx.out.write_all(&script)?;
            Ok(exit::DONE)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut ctx.out)?;
            Ok(exit::DONE)
        }
        Command::DrawPage { index, dpi } => Ok(crate::adapters::rasterise::child(
            index,
            dpi,
            io::stdin().lock(),
            &mut ctx.out,
        )),
        #[cfg(feature = "pkcs11")]
        Command::CardModule { path } => Ok(crate::adapters::card::pkcs11::child(
            &path,
            io::stdin().lock(),
            &mut ctx.out,
        )),
    }
}

/// The bytes of scanned files, each with its name, at most as large as the reader takes.
fn scans(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    const LIMIT: u64 = crate::scan::file::MAX_FILE_BYTES as u64;
    let read = |path: &PathBuf| {
        let name = path.display().to_string();
        match crate::adapters::files::read_bounded(path, LIMIT) {
            Ok(bytes) => Ok((name, bytes)),
            Err(e) => Err(Failure::Unreadable(format!("{name} cannot be read: {e}"))),
        }
    };
    paths.iter().map(read).collect()
}

/// Says what happened and what to do, and maps it to an exit code: here and nowhere else.
fn report(failure: Failure, json: bool) -> u8 {
    match failure {
        Failure::Trouble(e) => {
            let (code, name) = class_of(&e);
            complain(json, code, name, &e.to_string())
        }
        Failure::WrongUse(why) => complain(json, exit::WRONG_USE, "wrong_use", &why),
        Failure::Unreadable(why) => complain(json, exit::UNREADABLE, "unreadable", &why),
        Failure::Output(e) if e.kind() == io::ErrorKind::BrokenPipe => exit::DONE,
        Failure::Output(e) => {
            let why = format!("the answer cannot be written: {e}");
            complain(json, exit::MISSING, "output", &why)
        }
    }
}

/// The exit code and the stable name of what stopped a step.
fn class_of(trouble: &Trouble) -> (u8, &'static str) {
    match trouble {
        Trouble::Refused { code, .. } => (exit::REFUSED, code),
        Trouble::Unknown { .. } => (exit::WRONG_USE, "unknown"),
        Trouble::Unavailable(_) => (exit::MISSING, "unavailable"),
        Trouble::Damaged(_) => (exit::MISSING, "damaged"),
        Trouble::Interrupted(_) => (exit::MISSING, "interrupted"),
    }
}

/// Writes what went wrong to standard error; returns the exit code for it.
fn complain(json: bool, code: u8, name: &str, why: &str) -> u8 {
    if json {
        eprintln!("{}", serde_json::json!({ "error": name, "detail": why }));
    } else if io::stderr().is_terminal() {
        // A defect of the terminal itself is told nowhere.
        let _ = terminal::say(&format!("siegelpost: {why}"));
    } else {
        eprintln!("siegelpost: {why}");
    }
    code
}

/// A number of things, in English.
pub fn counted<N: std::fmt::Display + PartialEq + From<u8>>(count: N, thing: &str) -> String {
    match (count == N::from(1), thing.strip_suffix('y')) {
        (true, _) => format!("1 {thing}"),
        (false, Some(stem)) => format!("{count} {stem}ies"),
        (false, None) => format!("{count} {thing}s"),
    }
}
