//! Officers and sites: who may do what, and where.

use super::ids::{OfficerId, Sha256, SiteId};
use super::person::Person;
use super::request::{Delivery, Language};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What an officer is enrolled for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Registration identification officer: identifies people, hands over cards, sends requests in.
    Rio,
    /// Local registration authority officer: decides, issues, revokes.
    Lrao,
    /// Prints and posts letters.
    Dispatch,
    /// Keeps the CA, the roster and the stock.
    Security,
    /// Is present when a holder unseals a card.
    Helper,
    /// Makes and seals cards elsewhere, and signs the files that come with them.
    Prestager,
}

impl Role {
    /// The name in the roster and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Rio => "rio",
            Role::Lrao => "lrao",
            Role::Dispatch => "dispatch",
            Role::Security => "security",
            Role::Helper => "helper",
            Role::Prestager => "prestager",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A role that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("‘{0}’ is no role: write rio, lrao, dispatch, security, helper or prestager")]
pub struct NoSuchRole(String);

impl FromStr for Role {
    type Err = NoSuchRole;
    fn from_str(text: &str) -> Result<Role, NoSuchRole> {
        [
            Role::Rio,
            Role::Lrao,
            Role::Dispatch,
            Role::Security,
            Role::Helper,
            Role::Prestager,
        ]
        .into_iter()
        .find(|r| r.name() == text)
        .ok_or_else(|| NoSuchRole(text.chars().take(40).collect()))
    }
}

/// An officer on the roster.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Officer {
    pub id: OfficerId,
    pub roles: Vec<Role>,
    /// Who the officer is: dual control compares persons, not accounts.
    pub person: Person,
    pub mail: String,
    pub language: Language,
    /// The sites where the officer works; empty for those who work for the whole office.
    pub sites: Vec<SiteId>,
    /// SHA-256 over the DER of the officer's signing certificate.
    pub certificate: Sha256,
    /// The certificate to which mails for the officer are encrypted, DER in hex; empty when there is none.
    #[serde(with = "hex", default)]
    pub encryption_certificate: Vec<u8>,
    pub active: bool,
    /// The certificates of the office's own CA that the officer had and may not use any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<EndedCertificate>,
    /// What the journal committed to at each enrolment: evidence of a case shows who its officers were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enrolments: Vec<Enrolment>,
}

/// Who an officer was at an enrolment, and the salt of the journal's commitment to that.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Enrolment {
    pub person: Person,
    #[serde(with = "hex")]
    pub salt: [u8; 32],
}

/// That an account is this person's: what the journal commits to when an officer is enrolled, as canonical JSON (RFC 8785).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolledPerson {
    pub version: u8,
    pub officer: OfficerId,
    pub person: Person,
}

impl EnrolledPerson {
    /// The name of the commitment, and of the document in evidence.
    pub const DOCUMENT: &str = "person";
}

/// Why an officer's certificate ended before its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The officer is not one any more.
    Removed,
    /// Another certificate took its place.
    Replaced,
}

/// An officer's certificate that ended before its time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EndedCertificate {
    /// Its serial number as lowercase hex.
    pub serial: String,
    pub at: Timestamp,
    pub why: Ending,
}

impl Officer {
    /// True when the officer is active and holds the role.
    pub fn may_act_as(&self, role: Role) -> bool {
        self.active && self.roles.contains(&role)
    }
}

/// A site where people are identified and cards handed over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Site {
    pub id: SiteId,
    pub name: String,
    /// How the unseal letters of its people go when a request does not say it.
    #[serde(default)]
    pub letters: Delivery,
}
