//! Mail in from a Maildir, and out into one.

mod maildir;

pub use maildir::{Maildir, MaildirSender};
