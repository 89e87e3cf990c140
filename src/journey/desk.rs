//! The desk at which every step works: the ports it needs, the settings of the office, and why a step stops.

use crate::domain::decision::Undecidable;
use crate::domain::officer::Role;
use crate::domain::request::FieldProblem;
use crate::domain::ticket::TicketRefusal;
use crate::domain::{CardRefusal, CardSerial, IdError, Officer, OfficerId, Refusal, RequestId, Sha256};
use crate::journal::{Action, Actor, Draft};
use crate::paper::Office;
use crate::pki::profile::Authority;
use crate::ports::card::CardError;
use crate::ports::mail::MailError;
use crate::ports::store::{BlobError, Blobs, CardRow, Case, Store, StoreError, Write};
use crate::ports::unseal::ServiceError;
use crate::ports::{Clock, Interrupted, Random, Waypoint, Waypoints, random_bytes};
use crate::seal::{DataKey, KeyOwner, RequestKey, SealError, SearchKey, WrappedKey};
use der::oid::ObjectIdentifier;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// Why a step stops. Each class is something that somebody does differently about it.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The rules of the process stand against it; the code is stable.
    #[error("{why}")]
    Refused { code: &'static str, why: String },
    /// Something that was named does not exist.
    #[error("{what} is not known here: {advice}")]
    Unknown { what: String, advice: &'static str },
    /// A service, a card or a file is missing; trying again later may help.
    #[error("{0}")]
    Unavailable(String),
    /// Something at rest is not what it was: call someone.
    #[error("{0}")]
    Damaged(String),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Trouble {
    /// A refusal with its code.
    pub fn refused(code: &'static str, why: impl ToString) -> Trouble {
        Trouble::Refused {
            code,
            why: why.to_string(),
        }
    }
}

impl From<Refusal> for Trouble {
    fn from(e: Refusal) -> Trouble {
        Trouble::refused(e.code(), e)
    }
}

impl From<CardRefusal> for Trouble {
    fn from(e: CardRefusal) -> Trouble {
        Trouble::refused("card_state", e)
    }
}

impl From<TicketRefusal> for Trouble {
    fn from(e: TicketRefusal) -> Trouble {
        Trouble::refused("ticket", e)
    }
}

impl From<IdError> for Trouble {
    fn from(e: IdError) -> Trouble {
        Trouble::refused("mistyped", e)
    }
}

impl From<Vec<FieldProblem>> for Trouble {
    fn from(problems: Vec<FieldProblem>) -> Trouble {
        Trouble::refused(
            "fields",
            lines("the request cannot be printed as it is:", &problems),
        )
    }
}

impl From<Vec<Undecidable>> for Trouble {
    fn from(problems: Vec<Undecidable>) -> Trouble {
        Trouble::refused("undecidable", lines("the request cannot be approved:", &problems))
    }
}

impl From<StoreError> for Trouble {
    fn from(e: StoreError) -> Trouble {
        match e {
            StoreError::Conflict { .. } => Trouble::refused("conflict", e),
            StoreError::Exists { .. } => Trouble::refused("exists", e),
            StoreError::CardTaken(_) => Trouble::refused("card_taken", e),
            StoreError::AlreadyIssued(_) => Trouble::refused("already_issued", e),
            StoreError::Unavailable(_) | StoreError::OtherVersion { .. } => {
                Trouble::Unavailable(e.to_string())
            }
            StoreError::Damaged { .. } => Trouble::Damaged(e.to_string()),
        }
    }
}

impl From<BlobError> for Trouble {
    fn from(e: BlobError) -> Trouble {
        match e {
            BlobError::Unavailable(_) => Trouble::Unavailable(e.to_string()),
            BlobError::Missing(_) | BlobError::Damaged(_) => Trouble::Damaged(e.to_string()),
        }
    }
}

impl From<MailError> for Trouble {
    fn from(e: MailError) -> Trouble {
        Trouble::Unavailable(e.to_string())
    }
}

impl From<CardError> for Trouble {
    fn from(e: CardError) -> Trouble {
        match e {
            CardError::Absent { .. } | CardError::Io(_) => Trouble::Unavailable(e.to_string()),
            _ => Trouble::refused("card", e),
        }
    }
}

impl From<SealError> for Trouble {
    fn from(e: SealError) -> Trouble {
        match e {
            SealError::WrongTicket => Trouble::refused("wrong_ticket", e),
            SealError::Destroyed => Trouble::refused("ticket_destroyed", e),
            SealError::PinFormat | SealError::AnswerTooShort { .. } => Trouble::refused("format", e),
            _ => Trouble::Damaged(e.to_string()),
        }
    }
}

impl From<ServiceError> for Trouble {
    fn from(e: ServiceError) -> Trouble {
        match e {
            ServiceError::Refused { code, why } => Trouble::Refused { code, why },
            ServiceError::Unavailable(why) => Trouble::Unavailable(why),
            ServiceError::Damaged(why) => Trouble::Damaged(why),
        }
    }
}

impl From<Trouble> for ServiceError {
    fn from(e: Trouble) -> ServiceError {
        match e {
            Trouble::Refused { code, why } => ServiceError::Refused { code, why },
            Trouble::Unknown { .. } => ServiceError::Refused {
                code: "unknown",
                why: e.to_string(),
            },
            Trouble::Unavailable(why) => ServiceError::Unavailable(why),
            Trouble::Interrupted(_) => ServiceError::Unavailable(e.to_string()),
            Trouble::Damaged(why) => ServiceError::Damaged(why),
        }
    }
}

/// A head line and an indented line for each item.
pub(super) fn lines<T: ToString>(head: &str, items: &[T]) -> String {
    items.iter().fold(head.to_owned(), |text, item| {
        format!("{text}\n  - {}", item.to_string())
    })
}

/// What an office sets for its journey.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The office as its papers and mails name it; its mail address is where RIOs write to.
    pub office: Office,
    /// Mail domains that holders may have; empty for any.
    pub mail_domains: Vec<String>,
    /// How old a form may be.
    pub form_age: SignedDuration,
    /// How long an eTicket is good, from the handover on.
    pub ticket_life: SignedDuration,
    /// How long certificates are good (three years for class B).
    pub certificate_life: SignedDuration,
    /// Lets the RIO of a case be its helper too, for offices with few people; journalled each time.
    pub rio_may_help: bool,
    /// The fewest digits of a holder's PIN, 6 to 8.
    pub pin_least: u8,
    /// Lets a PIN have other characters than digits where the card takes them.
    pub pin_letters: bool,
    /// At a walk-in another LRAO decides than the one who identified the holder.
    pub walk_in_second_officer: bool,
    /// The largest mail that is taken in, in bytes.
    pub max_mail_bytes: u64,
    /// Replies about refused mails that one RIO gets within an hour at most.
    pub replies_per_hour: u64,
}

/// The office's CA as issuing and revoking need it.
pub struct IssuingCa<'a> {
    pub authority: Authority<'a>,
    /// Where relying parties find the CRL.
    pub crl_url: Option<&'a str>,
    /// The policy under which the office issues.
    pub policy: Option<ObjectIdentifier>,
}

/// The ports and keys that every step works with.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub store: &'a dyn Store,
    pub blobs: &'a dyn Blobs,
    pub clock: &'a dyn Clock,
    pub random: &'a dyn Random,
    pub waypoints: &'a dyn Waypoints,
    pub data_key: &'a DataKey,
    pub search_key: &'a SearchKey,
    pub settings: &'a Settings,
}

impl Desk<'_> {
    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Randomness as the crafts take it.
    pub fn entropy(&self) -> impl FnMut(&mut [u8]) {
        |buffer: &mut [u8]| self.random.fill(buffer)
    }

    /// Ends here when a test asked for it.
    pub fn pass(&self, at: Waypoint) -> Result<(), Trouble> {
        Ok(self.waypoints.pass(at)?)
    }

    /// A journal entry to be filled in.
    pub fn entry(&self, actor: Actor, action: Action) -> Draft {
        Draft::new(actor, action, random_bytes(self.random))
    }

    /// A journal entry of an officer about a request; the store counts the entries of a request.
    pub fn entry_of(&self, by: &OfficerId, action: Action, request: RequestId) -> Draft {
        self.entry(Actor::Officer(by.clone()), action).request(request, 0)
    }

    /// The request, which must exist.
    pub fn case(&self, id: RequestId) -> Result<Case, Trouble> {
        self.store.case(id)?.ok_or_else(|| Trouble::Unknown {
            what: format!("request {id}"),
            advice: "compare the id with the paper, or list all with siegelpost request list",
        })
    }

    /// The card, which must be in the stock.
    pub fn card(&self, serial: CardSerial) -> Result<CardRow, Trouble> {
        self.store.card(serial)?.ok_or_else(|| Trouble::Unknown {
            what: format!("card {}", serial.grouped()),
            advice: "compare the serial with the card, or list the stock with siegelpost card list",
        })
    }

    /// The officer, who must be on the roster, active, and enrolled for the role.
    pub fn officer(&self, id: &OfficerId, role: Role) -> Result<Officer, Trouble> {
        let officer = self.store.officer(id)?.ok_or_else(|| Trouble::Unknown {
            what: format!("officer {id}"),
            advice: "see siegelpost officer list, and name yourself with --as",
        })?;
        if officer.may_act_as(role) {
            Ok(officer)
        } else {
            Err(Trouble::refused(
                "role",
                format!(
                    "officer {id} is not enrolled as {role}, or no longer active: ask the security officer"
                ),
            ))
        }
    }

    /// Draws a key for an owner's private data; the write makes it durable.
    pub fn new_key(&self, owner: KeyOwner) -> (RequestKey, Write) {
        let entropy = &mut self.entropy();
        let key = RequestKey::draw(entropy);
        let wrapped = self.data_key.wrap(&key, owner, entropy);
        let wrapped = serde_json::to_string(&wrapped).expect("a wrapped key is plain data");
        (
            key,
            Write::NewKey {
                owner: owner_name(owner),
                wrapped,
            },
        )
    }

    /// The key of an owner's private data.
    pub fn key(&self, owner: KeyOwner) -> Result<RequestKey, Trouble> {
        let name = owner_name(owner);
        let wrapped = self.store.key(&name)?.ok_or_else(|| {
            Trouble::refused(
                "retention_ended",
                format!("the private data of {name} were destroyed when their retention ended"),
            )
        })?;
        let wrapped: WrappedKey = serde_json::from_str(&wrapped).map_err(|e| {
            Trouble::Damaged(format!(
                "the key of {name} is unreadable ({e}): restore the store"
            ))
        })?;
        Ok(self.data_key.unwrap(&wrapped, owner)?)
    }

    /// A private document as a write.
    pub fn document(&self, key: &RequestKey, owner: KeyOwner, kind: &str, plain: &[u8]) -> Write {
        Write::Document {
            owner: owner_name(owner),
            kind: kind.to_owned(),
            ciphertext: key.encrypt(kind, plain, &mut self.entropy()),
        }
    }

    /// A private document as JSON.
    pub fn json_document<T: Serialize>(
        &self,
        key: &RequestKey,
        owner: KeyOwner,
        kind: &str,
        value: &T,
    ) -> Write {
        let plain = Zeroizing::new(serde_json::to_vec(value).expect("our own types are plain data"));
        self.document(key, owner, kind, &plain)
    }

    /// A private document, where there is one.
    pub fn read_document(
        &self,
        key: &RequestKey,
        owner: KeyOwner,
        kind: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
        let found = self.store.document(&owner_name(owner), kind)?;
        Ok(found.map(|sealed| key.decrypt(kind, &sealed)).transpose()?)
    }

    /// A private document that must be there, read as JSON.
    pub fn read_json<T: DeserializeOwned>(
        &self,
        key: &RequestKey,
        owner: KeyOwner,
        kind: &str,
    ) -> Result<T, Trouble> {
        let missing = || {
            Trouble::Damaged(format!(
                "the document ‘{kind}’ of {} is missing or unreadable: restore the store",
                owner_name(owner)
            ))
        };
        let plain = self.read_document(key, owner, kind)?.ok_or_else(missing)?;
        serde_json::from_slice(&plain).map_err(|_| missing())
    }

    /// A salted commitment to a document for the journal, and the write that keeps the salt with the request's private data.
    pub fn commit_to(
        &self,
        key: &RequestKey,
        owner: KeyOwner,
        name: &str,
        document: &[u8],
    ) -> (Sha256, Write) {
        let salt: [u8; 32] = random_bytes(self.random);
        let write = self.document(key, owner, &format!("salt {name}"), &salt);
        (crate::journal::commitment(&salt, document), write)
    }
}

/// The owner's name in the store.
pub fn owner_name(owner: KeyOwner) -> String {
    match owner {
        KeyOwner::Request(id) => format!("request {id}"),
        KeyOwner::Message(sha256) => format!("mail {sha256}"),
    }
}
