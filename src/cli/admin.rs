//! The security officer's commands: founding an office, roster and sites.

use super::{Context, Failure, Outcome, counted, deed, exit};
use crate::app::{self, Founding, GeneratedKeys, NewOfficer, Outside};
use crate::domain::officer::Ending;
use crate::domain::{Delivery, Language, Officer, OfficerId, Person, Role, Site, SiteId};
use crate::journey::{Trouble, roster};
use crate::paper::Office;
use crate::pki;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct InitArgs {
    /// The new folder
    dir: PathBuf,
    /// The office's name on papers and in certificates
    #[arg(long, default_value = "Registrierstelle Muster")]
    name: String,
    /// A line of its postal address; may be given up to four times
    #[arg(long = "address-line", default_values_t = ["Musterstrasse 1".to_owned(), "3000 Bern".to_owned()])]
    address: Vec<String>,
    /// Where its letters are dated
    #[arg(long, default_value = "Bern")]
    place: String,
    #[arg(long, default_value = "+41 31 000 00 00")]
    phone: String,
    /// The mailbox to which RIOs send requests
    #[arg(long, default_value = "registration@office.example")]
    mail: String,
    /// The language of delivery notes and cover sheets
    #[arg(long, default_value = "de", value_parser = language)]
    language: Language,
    /// The account of the first security officer
    #[arg(long, default_value = "security")]
    officer: OfficerId,
    /// The security officer's family name
    #[arg(long, default_value = "Muster-Sicher")]
    family_name: String,
    #[arg(long, default_value = "Sascha")]
    given_names: String,
    #[arg(long, default_value = "1970-01-01")]
    birth_date: Date,
}

pub fn language(text: &str) -> Result<Language, String> {
    Language::ALL
        .into_iter()
        .find(|l| l.tag() == text)
        .ok_or_else(|| "write de, fr, it or en".into())
}

/// `init DIR`
pub fn init(ctx: &mut Context, args: &InitArgs) -> Outcome {
    let domain = args.mail.rsplit('@').next().unwrap_or("office.example");
    let founding = Founding {
        office: Office {
            name: args.name.clone(),
            address: args.address.clone(),
            place: args.place.clone(),
            phone: args.phone.clone(),
            mail: args.mail.clone(),
            contact: vec![],
        },
        language: args.language,
        founder: NewOfficer {
            id: args.officer.clone(),
            roles: vec![Role::Security],
            person: Person {
                family_name: args.family_name.clone(),
                given_names: args.given_names.clone(),
                birth_date: args.birth_date,
            },
            mail: format!("{}@{domain}", args.officer),
            language: args.language,
            sites: vec![],
        },
    };
    let app = app::found(&args.dir, &founding, &mut GeneratedKeys, Outside::real())?;
    let value =
        serde_json::json!({ "office": args.dir, "security_officer": args.officer, "mail": args.mail });
    ctx.done(&value, || {
        format!(
            "founded {} in {}\nsecurity officer: {} (add the others with --as {} officer add)\n\
             keep ca/root.key offline from now on; keys/ and dispatch/print.key belong to different people (see siegelpost.toml)",
            args.name,
            args.dir.display(),
            args.officer,
            args.officer
        )
    });
    deed::after(ctx, &app)
}

#[derive(Subcommand)]
pub enum OfficerCommand {
    /// Enrol an officer, with certificates that they bring or with software keys made here
    Add(AddArgs),
    /// Everybody on the roster
    List,
    /// End an enrolment
    Remove { id: OfficerId },
}

#[derive(Args)]
pub struct AddArgs {
    /// The account: a–z, 0–9, hyphen and dot
    id: OfficerId,
    /// rio, lrao, dispatch, security, helper; may be given several times
    #[arg(long = "role", required = true)]
    roles: Vec<Role>,
    #[arg(long)]
    family_name: String,
    #[arg(long)]
    given_names: String,
    #[arg(long)]
    birth_date: Date,
    #[arg(long)]
    mail: String,
    #[arg(long, default_value = "de", value_parser = language)]
    language: Language,
    /// A site where the officer works; may be given several times
    #[arg(long = "site")]
    sites: Vec<SiteId>,
    /// The officer's own class B signing certificate; without it a software key is made and certified here
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The certificate to which mails for the officer are encrypted
    #[arg(long, value_name = "FILE", requires = "certificate")]
    encryption_certificate: Option<PathBuf>,
}

fn one_certificate(path: &Path) -> Result<pki::Certificate, Failure> {
    let unreadable = |why: String| Failure::Unreadable(format!("{}: {why}", path.display()));
    let bytes = std::fs::read(path).map_err(|e| unreadable(e.to_string()))?;
    let found = pki::read_certificates(&bytes).map_err(|e| unreadable(e.to_string()))?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| unreadable("no certificate in it".into()))
}

/// An officer without what proves earlier enrolments: that is for evidence alone.
fn for_others(officer: Officer) -> Officer {
    Officer {
        enrolments: vec![],
        ..officer
    }
}

fn shown(officer: &Officer) -> String {
    let roles = officer
        .roles
        .iter()
        .map(|r| r.name())
        .collect::<Vec<_>>()
        .join(",");
    let sites = officer
        .sites
        .iter()
        .map(SiteId::as_str)
        .collect::<Vec<_>>()
        .join(",");
    let p = &officer.person;
    let active = if officer.active { "" } else { "  (removed)" };
    format!(
        "{:<12} {roles:<14} {:<28} {:<32} {sites}{active}",
        officer.id,
        format!("{} {}", p.given_names, p.family_name),
        officer.mail
    )
}

/// `officer …`
pub fn officer(ctx: &mut Context, command: OfficerCommand) -> Outcome {
    let app = ctx.open()?;
    match command {
        OfficerCommand::Add(args) => {
            let by = ctx.officer()?;
            let brought = match &args.certificate {
                Some(path) => {
                    let encryption = args
                        .encryption_certificate
                        .as_deref()
                        .map(one_certificate)
                        .transpose()?;
                    Some((one_certificate(path)?, encryption))
                }
                None => None,
            };
            let new = NewOfficer {
                id: args.id,
                roles: args.roles,
                person: Person {
                    family_name: args.family_name,
                    given_names: args.given_names,
                    birth_date: args.birth_date,
                },
                mail: args.mail,
                language: args.language,
                sites: args.sites,
            };
            let officer = app::add_officer(&app, &new, brought, &mut GeneratedKeys, Some(by))?;
            let officer = for_others(officer);
            ctx.done(&officer, || format!("enrolled  {}", shown(&officer)));
            return deed::after(ctx, &app);
        }
        OfficerCommand::List => {
            for officer in app.desk().store.officers().map_err(Trouble::from)? {
                let officer = for_others(officer);
                ctx.say(&officer, || shown(&officer))?;
            }
        }
        OfficerCommand::Remove { id } => {
            let by = ctx.officer()?.clone();
            let ca = app.ca()?;
            let revoked = roster::remove(&app.desk(), ca.issuing().authority.certificate, &id, &by)?;
            let row = app.desk().store.officer(&id).map_err(Trouble::from)?;
            let was_ours = row.is_some_and(|o| o.ended.iter().any(|e| e.why == Ending::Removed));
            let revoked_here = match (revoked, was_ours) {
                (0, false) => "the certificate is another CA's, which alone can revoke it".into(),
                (0, true) => "what this office's CA issued was revoked before".into(),
                (n, _) => format!("{} revoked", counted(n as u64, "certificate")),
            };
            let value = serde_json::json!({ "removed": id, "revoked": revoked });
            let what = format!("removed   {id}; {revoked_here}");
            let listed = deed::publish(ctx, &app, &by, value, &what);
            let code = deed::after(ctx, &app)?;
            return listed.map(|()| code);
        }
    }
    Ok(exit::DONE)
}

#[derive(Subcommand)]
pub enum SiteCommand {
    /// Add a site, or change its name or how its letters go
    Add {
        id: SiteId,
        /// As people call it
        #[arg(long)]
        name: String,
        /// How the unseal letters go of requests that do not say it: post, or rio for signed and encrypted mail to the RIO
        #[arg(long, value_name = "WAY", value_parser = delivery)]
        letters: Option<Delivery>,
    },
    /// All sites
    List,
}

fn delivery(text: &str) -> Result<Delivery, String> {
    match text {
        "post" => Ok(Delivery::Post),
        "rio" => Ok(Delivery::Rio),
        _ => Err("write post or rio".into()),
    }
}

/// How the letters of a site go, in a word.
fn way(site: &Site) -> &'static str {
    match site.letters {
        Delivery::Post => "letters by post",
        Delivery::Rio => "letters by mail to the RIO",
        Delivery::InPerson => "no letters",
    }
}

/// `site …`
pub fn site(ctx: &mut Context, command: SiteCommand) -> Outcome {
    let app = ctx.open()?;
    match command {
        SiteCommand::Add { id, name, letters } => {
            let known = app
                .desk()
                .store
                .site(&id)
                .map_err(crate::journey::Trouble::from)?;
            let letters = letters.or(known.map(|s| s.letters)).unwrap_or_default();
            let site = Site { id, name, letters };
            roster::add_site(&app.desk(), site.clone(), Some(ctx.officer()?))?;
            ctx.done(&site, || {
                format!("added     {} ({}), {}", site.id, site.name, way(&site))
            });
            return deed::after(ctx, &app);
        }
        SiteCommand::List => {
            for site in app.desk().store.sites().map_err(Trouble::from)? {
                ctx.say(&site, || format!("{:<16} {}, {}", site.id, site.name, way(&site)))?;
            }
        }
    }
    Ok(exit::DONE)
}
