//! Mail in and out.

use std::time::Duration;

/// A mail that a source holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundMail {
    /// What names the mail in its source for good (for a Maildir: the base name of the file).
    pub key: String,
}

/// Where a mail goes once it is safely stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settled {
    Processed,
    Rejected,
}

/// Why a source or a sender did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("mail source {source_name} cannot be read: {why}. Nothing was changed; try again")]
    Source { source_name: String, why: String },
    #[error("the mail has {size} bytes, at most {limit} are taken in: ask the sender for smaller scans")]
    TooLarge { size: u64, limit: u64 },
    /// Somebody took it away since it was listed.
    #[error("mail {key} is not there any more")]
    Gone { key: String },
    /// The keys of the last list name nothing any more: list again.
    #[error("mail source {source_name} has numbered its mails anew: nothing was lost, run again")]
    Renumbered { source_name: String },
}

/// A place where mails arrive.
pub trait MailSource: Send + Sync {
    /// The name in lists and in the journal.
    fn name(&self) -> &str;
    /// The mails that wait, oldest first.
    fn list(&self) -> Result<Vec<FoundMail>, MailError>;
    /// The raw bytes, exactly as they arrived; never more than `limit`.
    fn fetch(&self, mail: &FoundMail, limit: u64) -> Result<Vec<u8>, MailError>;
    /// Moves a mail out of the way; may be called again after a crash, and is fine when it is gone already.
    fn settle(&self, mail: &FoundMail, to: Settled) -> Result<(), MailError>;
    /// True when a key never comes to name other bytes: a mail whose key is known need not be fetched again.
    fn has_final_keys(&self) -> bool {
        false
    }
    /// True when settled mails stay where they are, so that the store alone knows them.
    fn keeps_settled(&self) -> bool {
        false
    }
    /// What says that a mail has come, where the source can.
    fn bell(&self) -> Option<Box<dyn Bell>> {
        None
    }
}

/// Says that a mail has come.
pub trait Bell: Send {
    /// Waits: `true` as soon as something new may be there, which at the first call is always so; `false` when the limit has passed.
    fn wait(&mut self, limit: Duration) -> Result<bool, MailError>;
}

/// A mail as it is handed over.
#[derive(Clone, Copy, Debug)]
pub struct Handover<'a> {
    /// Where a failure is reported; `None` is the null reverse-path (RFC 5321 section 4.5.5): nobody answers it.
    pub return_to: Option<&'a str>,
    pub to: &'a str,
    pub message_id: &'a str,
    pub raw: &'a [u8],
}

/// What a server said to a mail that was handed to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SendOutcome {
    Sent,
    /// Try this mail again later.
    Temporary(String),
    /// No mail can be handed over now; this one was not.
    Unreachable(String),
    /// Never again.
    Permanent(String),
    /// The server may have it.
    Unknown(String),
}

/// A way for mails to go out.
pub trait MailSender: Send + Sync {
    /// Hands one mail over; never retries by itself.
    fn send(&self, mail: &Handover) -> SendOutcome;
    /// True when the mail of this Message-ID is seen where an earlier hand-over put it: then it went out, whatever was recorded.
    fn has(&self, _message_id: &str) -> bool {
        false
    }
}
