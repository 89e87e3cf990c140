//! The roster: officers and sites come and go, each change by the security officer and in the journal.

use super::desk::{Desk, Trouble};
use crate::domain::officer::Role;
use crate::domain::{Officer, OfficerId, Site};
use crate::journal::{Action, Actor};
use crate::ports::store::Write;

/// Adds or replaces an officer with the DER of the signing certificate. The first officer of a new office is added by nobody.
pub fn enrol(
    desk: &Desk,
    officer: Officer,
    certificate: Vec<u8>,
    by: Option<&OfficerId>,
) -> Result<(), Trouble> {
    let actor = actor(desk, by)?;
    for site in &officer.sites {
        if desk.store.site(site)?.is_none() {
            return Err(Trouble::Unknown {
                what: format!("site {site}"),
                advice: "add it first with siegelpost site add",
            });
        }
    }
    let roles = officer
        .roles
        .iter()
        .map(|r| r.name())
        .collect::<Vec<_>>()
        .join(" ");
    let entry = desk
        .entry(actor, Action::OfficerAdded)
        .officer(officer.id.clone())
        .fact("roles", roles.as_str())
        .fact("certificate_sha256", officer.certificate.to_string());
    Ok(desk.store.commit(
        desk.now(),
        vec![Write::Officer(officer, certificate)],
        vec![entry],
    )?)
}

/// Ends an officer's enrolment; the row stays for the journal's sake.
pub fn remove(desk: &Desk, id: &OfficerId, by: &OfficerId) -> Result<(), Trouble> {
    let actor = actor(desk, Some(by))?;
    let unknown = || Trouble::Unknown {
        what: format!("officer {id}"),
        advice: "see siegelpost officer list",
    };
    let mut officer = desk.store.officer(id)?.ok_or_else(unknown)?;
    let certificate = desk.store.officer_certificate(id)?.ok_or_else(unknown)?;
    if id == by {
        return Err(Trouble::refused(
            "oneself",
            "an officer cannot end their own enrolment: have another security officer do it",
        ));
    }
    officer.active = false;
    let entry = desk.entry(actor, Action::OfficerRemoved).officer(id.clone());
    Ok(desk.store.commit(
        desk.now(),
        vec![Write::Officer(officer, certificate)],
        vec![entry],
    )?)
}

/// Adds a site, or changes its name.
pub fn add_site(desk: &Desk, site: Site, by: Option<&OfficerId>) -> Result<(), Trouble> {
    let entry = desk
        .entry(actor(desk, by)?, Action::SiteAdded)
        .site(site.id.clone());
    Ok(desk
        .store
        .commit(desk.now(), vec![Write::Site(site)], vec![entry])?)
}

fn actor(desk: &Desk, by: Option<&OfficerId>) -> Result<Actor, Trouble> {
    match by {
        Some(by) => Ok(Actor::Officer(desk.officer(by, Role::Security)?.id)),
        // Only while the roster is empty may somebody who is not on it write on it.
        None if desk.store.officers()?.is_empty() => Ok(Actor::Siegelpost),
        None => Err(Trouble::refused(
            "role",
            "name the security officer who does this with --as",
        )),
    }
}
