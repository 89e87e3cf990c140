//! Mail in and out.

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
}

/// What a server said to a mail that was handed to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SendOutcome {
    Sent,
    /// Try again later.
    Temporary(String),
    /// Never again.
    Permanent(String),
    /// The server may have it.
    Unknown(String),
}

/// A way for mails to go out.
pub trait MailSender: Send + Sync {
    /// Hands one mail over; never retries by itself.
    fn send(&self, from: &str, to: &str, message_id: &str, raw: &[u8]) -> SendOutcome;
    /// True when handing the same Message-ID over twice leaves one mail.
    fn is_repeatable(&self) -> bool {
        false
    }
}
