//! The journey, one file a step: prestage, request, submit, intake, review, issue, letter, dispatch, unseal; walk_in, where the
//! holder comes to the LRAO; then revoke and the evidence of a case. The steps do not know each other; what they share is the desk they work at.

pub mod checks;
pub mod desk;
pub mod dispatch;
pub mod evidence;
pub mod intake;
pub mod issue;
pub mod letter;
pub mod outbox;
pub mod prestage;
pub mod reply;
pub mod request;
pub mod review;
pub mod revoke;
pub mod roster;
pub mod submit;
pub mod unseal;
pub mod walk_in;

pub use desk::{Desk, Settings, Trouble};
