//! The words of the process: ids, card, person, officer, site, request and its stages, ticket, decision, journal entry.

pub mod ids;
pub mod request;
pub mod stage;
pub mod symbols;

pub use ids::{BatchId, CardSerial, Digest, IdError, LayoutId, OfficerId, RequestId, Sha256, SiteId};
pub use request::{Delivery, DocumentKind, Language, Paper, Request, RequestData};
pub use stage::{Act, CardRefusal, CardState, CardStep, Refusal, Stage, Step};
