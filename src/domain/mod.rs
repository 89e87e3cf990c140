//! The words of the process: ids, card, person, officer, site, request and its stages, ticket, decision, journal entry.

pub mod check;
pub mod decision;
pub mod ids;
pub mod officer;
pub mod request;
pub mod stage;
pub mod symbols;

pub use check::{Check, CheckCode, Outcome, PlaceOnPaper};
pub use decision::{Decision, Verdict};
pub use ids::{BatchId, CardSerial, Digest, IdError, LayoutId, OfficerId, RequestId, Sha256, SiteId};
pub use officer::{Identity, Officer, Role, Site};
pub use request::{Delivery, DocumentKind, Language, Paper, Request, RequestData};
pub use stage::{Act, CardRefusal, CardState, CardStep, Refusal, Stage, Step};
