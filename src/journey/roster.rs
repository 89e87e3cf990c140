//! The roster: officers and sites come and go, each change by the security officer and in the journal.

use super::desk::{Desk, Trouble};
use super::evidence::enrolled_person;
use crate::domain::officer::{EndedCertificate, Ending, EnrolledPerson, Enrolment, Role};
use crate::domain::{Officer, OfficerId, Site, SiteId};
use crate::journal::{Action, Actor, commitment};
use crate::pki::{Certificate, issued_by};
use crate::ports::random_bytes;
use crate::ports::store::Write;
use jiff::Timestamp;

/// Whether an officer of these sites may be enrolled by whoever does it: asked before keys are made and certified.
pub fn may_enrol(desk: &Desk, sites: &[SiteId], by: Option<&OfficerId>) -> Result<(), Trouble> {
    actor(desk, by)?;
    for site in sites {
        if desk.store.site(site)?.is_none() {
            return Err(Trouble::Unknown {
                what: format!("site {site}"),
                advice: "add it first with siegelpost site add",
            });
        }
    }
    Ok(())
}

/// Adds or replaces an officer with the DER of the signing certificate. The first officer of a new office is added by nobody.
/// Certificates of `ca` that the officer had and has not any more are revoked: they stand on the next CRL. Returns the officer with
/// all that ended.
pub fn enrol(
    desk: &Desk,
    ca: &Certificate,
    mut officer: Officer,
    certificate: Vec<u8>,
    by: Option<&OfficerId>,
) -> Result<Officer, Trouble> {
    may_enrol(desk, &officer.sites, by)?;
    let actor = actor(desk, by)?;
    let now = desk.now();
    let mut replaced = 0;
    if let Some(known) = desk.store.officer(&officer.id)? {
        let (own, encryption) = (&certificate, &officer.encryption_certificate);
        let ended: Vec<_> = certificates(desk, &known)?
            .into_iter()
            .filter(|der| der != own && der != encryption)
            .collect();
        officer.ended = known.ended;
        officer.enrolments = known.enrolments;
        replaced = end(ca, &mut officer, &ended, now, Ending::Replaced);
    }
    let roles = officer
        .roles
        .iter()
        .map(|r| r.name())
        .collect::<Vec<_>>()
        .join(" ");
    let enrolment = Enrolment {
        person: officer.person.clone(),
        salt: random_bytes(desk.random),
    };
    let person = commitment(&enrolment.salt, &enrolled_person(&officer.id, &enrolment));
    officer.enrolments.push(enrolment);
    let mut entry = desk
        .entry(actor, Action::OfficerAdded)
        .commits(EnrolledPerson::DOCUMENT, person)
        .officer(officer.id.clone())
        .fact("roles", roles.as_str())
        .fact("certificate_sha256", officer.certificate.to_string())
        .fact("revoked", replaced as i64);
    if let Ok(signing) = Certificate::from_der(&certificate) {
        entry = entry.fact("certificate_serial", serial_of(&signing));
    }
    if let Ok(encryption) = Certificate::from_der(&officer.encryption_certificate) {
        entry = entry
            .fact("encryption_sha256", encryption.fingerprint().to_string())
            .fact("encryption_serial", serial_of(&encryption));
    }
    let write = Write::Officer(officer.clone(), certificate);
    desk.store.commit(now, vec![write], vec![entry])?;
    Ok(officer)
}

fn serial_of(certificate: &Certificate) -> String {
    hex::encode(certificate.serial().octets())
}

/// Ends an officer's enrolment; the row stays for the journal's sake. The officer's certificates of `ca` are revoked: they stand
/// on the next CRL. One of another CA ends here by the roster alone. Returns how many were revoked.
pub fn remove(desk: &Desk, ca: &Certificate, id: &OfficerId, by: &OfficerId) -> Result<usize, Trouble> {
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
    let ended = certificates(desk, &officer)?;
    let now = desk.now();
    let revoked = end(ca, &mut officer, &ended, now, Ending::Removed);
    let entry = desk
        .entry(actor, Action::OfficerRemoved)
        .officer(id.clone())
        .fact("revoked", revoked as i64);
    desk.store
        .commit(now, vec![Write::Officer(officer, certificate)], vec![entry])?;
    Ok(revoked)
}

/// The officer's certificates on record, DER.
fn certificates(desk: &Desk, officer: &Officer) -> Result<Vec<Vec<u8>>, Trouble> {
    let signing = desk.store.officer_certificate(&officer.id)?;
    let encryption = Some(officer.encryption_certificate.clone()).filter(|der| !der.is_empty());
    Ok(signing.into_iter().chain(encryption).collect())
}

/// Puts down as ended those of the certificates that `ca` issued. Returns how many that are.
fn end(ca: &Certificate, officer: &mut Officer, ders: &[Vec<u8>], at: Timestamp, why: Ending) -> usize {
    let before = officer.ended.len();
    for der in ders {
        // What cannot be read here was not issued here.
        let Ok(certificate) = Certificate::from_der(der) else {
            continue;
        };
        let serial = serial_of(&certificate);
        let is_known = officer.ended.iter().any(|ended| ended.serial == serial);
        if issued_by(&certificate, ca) && !is_known {
            officer.ended.push(EndedCertificate { serial, at, why });
        }
    }
    officer.ended.len() - before
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
