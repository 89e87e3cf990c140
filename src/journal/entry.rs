//! One entry of the journal: who did what, when, on which request, card and papers.

use super::JournalError;
use crate::domain::{BatchId, CardSerial, OfficerId, RequestId, Sha256, SiteId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// The version of entries that this program writes.
pub(super) const VERSION: u8 = 1;
/// Facts and commitments of one entry: an entry is a line in a book, not a record.
const MAX_MAP: usize = 64;
/// Characters of a fact: enough for a certificate's name, too few for a paper.
const MAX_TEXT: usize = 400;
/// Requests and cards of one entry: the largest batch or delivery.
const MAX_SUBJECTS: usize = 2_000;
/// RFC 8785 writes numbers as IEEE doubles, which are exact up to here.
pub(super) const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Who did it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    Officer(OfficerId),
    /// The person the card is for, at the wizard.
    Holder,
    /// The program itself: an inbox run, an expiry.
    Siegelpost,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Actor::Officer(id) => write!(f, "officer:{id}"),
            Actor::Holder => f.write_str("holder"),
            Actor::Siegelpost => f.write_str("siegelpost"),
        }
    }
}

impl FromStr for Actor {
    type Err = String;
    fn from_str(text: &str) -> Result<Actor, String> {
        match text {
            "holder" => Ok(Actor::Holder),
            "siegelpost" => Ok(Actor::Siegelpost),
            _ => text
                .strip_prefix("officer:")
                .and_then(|id| id.parse().ok())
                .map(Actor::Officer)
                .ok_or_else(|| "an actor is officer:NAME, holder or siegelpost".to_owned()),
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $text:literal),* $(,)?) => {
        /// What was done: a closed list whose texts never change their meaning.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Action { $($(#[$doc])* $action),* }

        impl Action {
            /// All actions.
            pub const ALL: &'static [Action] = &[$(Action::$action),*];

            /// The text in the journal.
            pub const fn as_str(self) -> &'static str {
                match self { $(Action::$action => $text),* }
            }
        }
    };
}

actions! {
    OfficeMade = "office.made",
    OfficerAdded = "officer.added",
    OfficerRemoved = "officer.removed",
    SiteAdded = "site.added",
    SiteRemoved = "site.removed",
    CardPrestaged = "card.prestaged",
    CardImported = "card.imported",
    CardsExported = "cards.exported",
    CardsDelivered = "cards.delivered",
    CardsReceived = "cards.received",
    CardLost = "card.lost",
    CardRetired = "card.retired",
    RequestDrafted = "request.drafted",
    RequestSubmitted = "request.submitted",
    MailReceived = "mail.received",
    /// The same signed bytes under another name.
    MailAlias = "mail.alias",
    MailHeld = "mail.held",
    MailQuarantined = "mail.quarantined",
    MailReleased = "mail.released",
    MailDiscarded = "mail.discarded",
    MailSent = "mail.sent",
    /// An officer had a mail handed over again.
    MailResent = "mail.resent",
    /// An officer took care of a mail of which nobody knew whether it arrived.
    MailSettled = "mail.settled",
    RequestReceived = "request.received",
    RequestRead = "request.read",
    ReviewOpened = "review.opened",
    RequestApproved = "request.approved",
    RequestRejected = "request.rejected",
    RequestHeld = "request.held",
    RequestResumed = "request.resumed",
    RequestQuarantined = "request.quarantined",
    RequestWithdrawn = "request.withdrawn",
    RequestExpired = "request.expired",
    /// The serial numbers are reserved; nothing is signed yet.
    IssuingBegun = "issuing.begun",
    CertificatesIssued = "certificates.issued",
    /// The reserved serial numbers are revoked, whatever was signed under them.
    IssuingGivenUp = "issuing.given_up",
    LetterMade = "letter.made",
    LetterMailed = "letter.mailed",
    BatchMade = "batch.made",
    /// Taken out of its encryption, to be printed.
    BatchPrinted = "batch.printed",
    BatchHandedOver = "batch.handed_over",
    LetterReturned = "letter.returned",
    TicketLive = "ticket.live",
    TicketTriedWrong = "ticket.tried_wrong",
    TicketLocked = "ticket.locked",
    TicketVoid = "ticket.void",
    TicketExpired = "ticket.expired",
    UnsealBegun = "unseal.begun",
    CardUnsealed = "card.unsealed",
    /// An LRAO identified somebody who walked in; the signed papers are read.
    WalkInIdentified = "walk_in.identified",
    WalkInDone = "walk_in.done",
    PassphraseKept = "passphrase.kept",
    PinResetOpened = "pin_reset.opened",
    PinResetDone = "pin_reset.done",
    CustodyReleased = "custody.released",
    RenewalBegun = "renewal.begun",
    RenewalDone = "renewal.done",
    CertificatesRevoked = "certificates.revoked",
    CrlMade = "crl.made",
    KeyEscrowed = "key.escrowed",
    KeyRecovered = "key.recovered",
    /// The retention of a request's private data has ended.
    DataDestroyed = "data.destroyed",
    SettingUsed = "setting.used",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = String;
    fn from_str(text: &str) -> Result<Action, String> {
        let known = Action::ALL.iter().copied().find(|a| a.as_str() == text);
        known.ok_or_else(|| {
            format!(
                "‘{}’ is no action of this version",
                text.chars().take(40).collect::<String>()
            )
        })
    }
}

macro_rules! serde_as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
serde_as_text!(Actor, Action);

/// A public detail of an entry: never personal data, never a secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl From<&str> for Fact {
    fn from(text: &str) -> Fact {
        Fact::Text(text.to_owned())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Fact {
        Fact::Text(text)
    }
}

impl From<i64> for Fact {
    fn from(number: i64) -> Fact {
        Fact::Number(number)
    }
}

impl From<bool> for Fact {
    fn from(flag: bool) -> Fact {
        Fact::Flag(flag)
    }
}

/// What an entry is about.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subjects {
    /// The requests, each with the how-manieth entry about it this is (from 1): so an evidence file cannot leave one out unseen.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<RequestId, u64>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub cards: BTreeSet<CardSerial>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<OfficerId>,
    /// A mail, by the SHA-256 of its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Sha256>,
}

/// An entry before it has its place in the chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    pub actor: Actor,
    pub action: Action,
    pub subjects: Subjects,
    pub facts: BTreeMap<String, Fact>,
    /// Papers, mails and decisions by name: [`commitment`] of each.
    pub commitments: BTreeMap<String, Sha256>,
    /// 128 random bits: without them whoever sees an entry's digest could guess the entry.
    pub blind: [u8; 16],
}

impl Draft {
    /// An entry about nothing yet; `blind` are 16 random bytes.
    pub fn new(actor: Actor, action: Action, blind: [u8; 16]) -> Draft {
        let (subjects, facts, commitments) = Default::default();
        Draft {
            actor,
            action,
            subjects,
            facts,
            commitments,
            blind,
        }
    }

    /// About this request, as the `nth` entry about it (from 1).
    pub fn request(mut self, id: RequestId, nth: u64) -> Draft {
        self.subjects.requests.insert(id, nth);
        self
    }

    /// About this card.
    pub fn card(mut self, serial: CardSerial) -> Draft {
        self.subjects.cards.insert(serial);
        self
    }

    /// About this batch.
    pub fn batch(mut self, batch: BatchId) -> Draft {
        self.subjects.batch = Some(batch);
        self
    }

    /// At this site.
    pub fn site(mut self, site: SiteId) -> Draft {
        self.subjects.site = Some(site);
        self
    }

    /// About this officer.
    pub fn officer(mut self, officer: OfficerId) -> Draft {
        self.subjects.officer = Some(officer);
        self
    }

    /// About this mail.
    pub fn message(mut self, sha256: Sha256) -> Draft {
        self.subjects.message = Some(sha256);
        self
    }

    /// With this public detail.
    pub fn fact(mut self, name: &str, fact: impl Into<Fact>) -> Draft {
        self.facts.insert(name.to_owned(), fact.into());
        self
    }

    /// With this paper, committed to but not shown.
    pub fn commits(mut self, name: &str, commitment: Sha256) -> Draft {
        self.commitments.insert(name.to_owned(), commitment);
        self
    }
}

/// SHA-256(`siegelpost commitment 1` ‖ 0 ‖ salt ‖ content). The salt (32 random bytes) is kept with the content, under the
/// request's key: when that is destroyed, the commitment tells nothing about what it was.
pub fn commitment(salt: &[u8; 32], content: &[u8]) -> Sha256 {
    super::sha256(&[b"siegelpost commitment 1\0", salt, content])
}

/// An entry with its place in the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// 1.
    pub version: u8,
    /// Counted from 1 without a gap.
    pub seq: u64,
    pub at: Timestamp,
    pub actor: Actor,
    pub action: Action,
    pub subjects: Subjects,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Fact>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commitments: BTreeMap<String, Sha256>,
    #[serde(with = "hex_bytes")]
    pub blind: [u8; 16],
}

mod hex_bytes {
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8; 16], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 16], D::Error> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(String::deserialize(d)?, &mut bytes).map_err(serde::de::Error::custom)?;
        Ok(bytes)
    }
}

/// Names of facts and commitments: they become names in JSON and of files.
fn is_name(name: &str) -> bool {
    (1..=60).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.'))
}

impl Entry {
    /// The canonical JSON (RFC 8785) that is hashed and stored.
    pub fn to_body(&self) -> String {
        serde_json_canonicalizer::to_string(self)
            .expect("an entry has only strings, booleans and whole numbers")
    }

    /// Reads a stored body, which must be the canonical form.
    pub fn from_body(body: &str) -> Result<Entry, JournalError> {
        let entry: Entry = serde_json::from_str(body).map_err(|e| JournalError::NoEntry {
            detail: e.to_string(),
        })?;
        entry.check()?;
        if entry.to_body() == body {
            Ok(entry)
        } else {
            Err(JournalError::NoEntry {
                detail: "it is not in canonical form (RFC 8785)".into(),
            })
        }
    }

    /// Holds an entry to the bounds of a journal.
    pub(super) fn check(&self) -> Result<(), JournalError> {
        let bad = |what: &'static str, name: &str| {
            Err(JournalError::Draft {
                what,
                name: name.chars().take(60).collect(),
            })
        };
        if self.version != VERSION {
            return Err(JournalError::Version {
                found: u64::from(self.version),
            });
        }
        if self.facts.len() > MAX_MAP || self.commitments.len() > MAX_MAP {
            return bad("has more than 64 facts or commitments", "");
        }
        if self.subjects.requests.len() > MAX_SUBJECTS || self.subjects.cards.len() > MAX_SUBJECTS {
            return bad("is about more than 2000 requests or cards", "");
        }
        if let Some(name) = self
            .facts
            .keys()
            .chain(self.commitments.keys())
            .find(|n| !is_name(n))
        {
            return bad("has a name that is not of a–z, 0–9, _, - and dot", name);
        }
        if self.seq > MAX_NUMBER
            || self
                .subjects
                .requests
                .values()
                .any(|n| !(1..=MAX_NUMBER).contains(n))
        {
            return bad("counts outside 1 to 2⁵³ − 1", "");
        }
        for (name, fact) in &self.facts {
            match fact {
                Fact::Text(text) if text.chars().count() > MAX_TEXT => {
                    return bad("has a fact longer than 400 characters", name);
                }
                Fact::Number(number) if number.unsigned_abs() > MAX_NUMBER => {
                    return bad("has a number beyond 2⁵³ − 1", name);
                }
                _ => {}
            }
        }
        Ok(())
    }
}
