//! Who the officers of a case were: as the journal enrolled them, and as persons.

use super::examine::Examiner;
use crate::domain::officer::{EnrolledPerson, Enrolment};
use crate::domain::person::same_person;
use crate::domain::{OfficerId, Person, Role, Sha256};
use crate::journal::{Action, Actor, Entry, Fact};

/// What the journal commits to at an enrolment.
pub fn enrolled_person(id: &OfficerId, enrolment: &Enrolment) -> Vec<u8> {
    let said = EnrolledPerson {
        version: 1,
        officer: id.clone(),
        person: enrolment.person.clone(),
    };
    serde_json_canonicalizer::to_vec(&said).expect("a person is plain data")
}

/// An officer as the enrolment that was in force says.
pub(super) struct Enrolled<'a> {
    pub id: &'a OfficerId,
    /// The entry of the enrolment.
    seq: u64,
    certificate: Option<Sha256>,
    pub person: Option<Person>,
}

/// A text among an entry's facts.
pub(super) fn text<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    match entry.facts.get(name) {
        Some(Fact::Text(text)) => Some(text),
        _ => None,
    }
}

impl<'a> Examiner<'a> {
    /// The officer who did what an entry says, who must have been enrolled for one of these roles then.
    pub(super) fn enrolled(&mut self, entry: &'a Entry, roles: &[Role]) -> Option<Enrolled<'a>> {
        let (seq, action) = (entry.seq, entry.action);
        let Actor::Officer(id) = &entry.actor else {
            self.fail(format!("entry {seq} ({action}) was not done by an officer"));
            return None;
        };
        let in_force = self.report.entries.iter().rfind(|e| {
            e.seq < seq
                && e.subjects.officer.as_ref() == Some(id)
                && matches!(e.action, Action::OfficerAdded | Action::OfficerRemoved)
        });
        let Some(enrolment) = in_force else {
            self.fail(format!(
                "no enrolment of {id}, who did entry {seq} ({action}), is shown"
            ));
            return None;
        };
        if enrolment.action == Action::OfficerRemoved {
            let removed = enrolment.seq;
            self.fail(format!(
                "{id}, who did entry {seq} ({action}), was removed from the roster before, by entry {removed}"
            ));
            return None;
        }
        let enrolled_for = text(enrolment, "roles").unwrap_or_default();
        if !enrolled_for
            .split_whitespace()
            .any(|had| roles.iter().any(|role| role.name() == had))
        {
            let wanted: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            self.fail(format!(
                "{id}, who did entry {seq} ({action}), was not enrolled as {}",
                wanted.join(" or ")
            ));
        }
        let said: Option<EnrolledPerson> = self.json(enrolment, EnrolledPerson::DOCUMENT);
        if said.as_ref().is_some_and(|said| said.officer != *id) {
            self.fail(format!(
                "the person of entry {} is another officer's",
                enrolment.seq
            ));
        }
        Some(Enrolled {
            id,
            seq: enrolment.seq,
            certificate: text(enrolment, "certificate_sha256").and_then(|hash| hash.parse().ok()),
            person: said.filter(|said| said.officer == *id).map(|said| said.person),
        })
    }

    /// What was signed must be signed by the certificate that the officer was enrolled with.
    pub(super) fn signed_by(&mut self, officer: &Enrolled, certificate: Sha256, what: &str) {
        if officer.certificate != Some(certificate) {
            let Enrolled { id, seq, .. } = officer;
            self.fail(format!(
                "{what} is signed by another certificate than the one that {id} was enrolled with (entry {seq})"
            ));
        }
    }

    /// Two parts of a case are played by two people, whatever their accounts are called.
    pub(super) fn two_people(&mut self, one: &Part, other: &Part) {
        let same_account = one.id.is_some() && one.id == other.id;
        let (Some(a), Some(b)) = (&one.person, &other.person) else {
            if same_account {
                self.fail(format!("{} and {} are one officer", one.name, other.name));
            }
            return;
        };
        if same_account || same_person(a, b) {
            self.fail(format!("{} and {} are one person", one.name, other.name));
        }
    }
}

/// A part that somebody plays in a case.
pub(super) struct Part<'a> {
    pub name: &'static str,
    pub id: Option<&'a OfficerId>,
    pub person: Option<Person>,
}

impl<'a> Part<'a> {
    /// An officer's part; nobody's where the officer is not proven.
    pub fn of(name: &'static str, officer: Option<&Enrolled<'a>>) -> Part<'a> {
        Part {
            name,
            id: officer.map(|o| o.id),
            person: officer.and_then(|o| o.person.clone()),
        }
    }
}
