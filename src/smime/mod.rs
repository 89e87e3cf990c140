//! S/MIME: signed and encrypted mail, judged, made, opened (RFC 8551, RFC 5652). Bytes in; a [`VerifiedMail`] out, and only out of a check.
//!
//! [`verify`] looks at the raw bytes: header fields are counted, the signed part is found and hashed as it came, the signature and
//! the path of its signer are checked, and every defect is named by a [`Code`]. Only then is the content read by a mail parser.

mod address;
pub mod attachments;
mod cms;
mod code;
mod content;
mod decrypt;
mod encrypt;
mod entity;
mod form;
mod header;
mod identity;
mod idn;
mod judge;
mod judgement;
mod mbox;
mod opened;
mod policy;
mod protected;
mod sign;
mod signature;
mod statement;
mod times;
mod verified;

pub use address::{Address, single_mailbox};
pub use attachments::{Attachment, Container, FileKind, Problem, ProblemCode};
pub use code::{Code, Reason};
pub use decrypt::{DecryptKey, RsaPadding, decrypt};
pub use encrypt::{Cipher, EncryptError, encrypt, encrypt_entity};
pub use form::Forwarded;
pub use judge::{verify, verify_opened, verify_statement};
pub use judgement::{Judgement, Question, Verdict};
pub use mbox::is_separator;
pub use policy::Policy;
pub use sign::{
    SignMailError, SignWith, sign_data, sign_detached, sign_entity, sign_mail, sign_statement, write_headers,
};
pub use statement::Statement;
pub use verified::{VerifiedData, VerifiedMail};

#[cfg(test)]
mod tests;
