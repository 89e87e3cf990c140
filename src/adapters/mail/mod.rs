//! Mail in from Maildirs, mbox files, folders of `.eml` files and IMAP servers; mail out into Maildirs and to SMTP servers.

mod eml;
#[cfg(feature = "imap")]
pub mod imap;
mod maildir;
mod mbox;
mod secret;
#[cfg(feature = "smtp")]
pub mod smtp;

pub use eml::EmlFolder;
pub use maildir::{Maildir, MaildirSender};
pub use mbox::Mbox;
pub use secret::Secret;
