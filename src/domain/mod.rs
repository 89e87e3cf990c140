//! The words of the process: ids, card, person, officer, site, request and its stages, ticket, decision, journal entry.

pub mod check;
pub mod decision;
pub mod identification;
pub mod ids;
pub mod invisible;
pub mod officer;
pub mod person;
pub mod request;
pub mod stage;
pub mod symbols;
pub mod ticket;

pub use check::{Check, CheckCode, Outcome, PlaceOnPaper};
pub use decision::{Decision, Verdict};
pub use identification::{Identification, MrzSource};
pub use ids::{BatchId, CardSerial, Digest, IdError, LayoutId, OfficerId, RequestId, Sha256, SiteId};
pub use invisible::is_invisible;
pub use officer::{Officer, Role, Site};
pub use person::Person;
pub use request::{Delivery, DocumentKind, Language, Paper, Request, RequestData};
pub use stage::{Act, CardRefusal, CardState, CardStep, Refusal, Stage, Step};
pub use ticket::{ETicket, TicketState};
