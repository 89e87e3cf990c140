//! The places where mails come from and leave: mailboxes in files, mail servers, and where their secrets are kept.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A place where mails come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum InboxConfig {
    Maildir {
        name: String,
        path: PathBuf,
    },
    /// One mbox file, which is read and never written.
    Mbox {
        name: String,
        path: PathBuf,
    },
    /// A folder of `.eml` files.
    Eml {
        name: String,
        path: PathBuf,
    },
    Imap(Box<ImapConfig>),
}

/// A place where mails leave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutboxConfig {
    Maildir { name: String, path: PathBuf },
    Smtp(Box<SmtpConfig>),
}

/// How a connection to a mail server is secured; there is no way without TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte (RFC 8314 section 3).
    Tls,
    /// Plain until STARTTLS, which must succeed before anything else is said.
    StartTls,
}

/// How the program proves itself to a mail server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignIn {
    /// A password: LOGIN in IMAP, AUTH PLAIN in SMTP.
    Password,
    /// A password by AUTH LOGIN, for SMTP servers that know nothing else.
    Login,
    /// An access token, asked for anew at each login.
    Xoauth2,
}

/// Where a password or token is kept. Never in the configuration itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretConfig {
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// The first line that a program prints; it is run without a shell, first the program and then its arguments.
    Command(Vec<String>),
}

/// An IMAP mailbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImapConfig {
    pub name: String,
    pub host: String,
    /// 993, or 143 with STARTTLS, where nothing is said.
    pub port: Option<u16>,
    #[serde(default = "tls")]
    pub security: Security,
    pub user: String,
    #[serde(default = "password")]
    pub sign_in: SignIn,
    pub secret: SecretConfig,
    /// Certificates to trust besides those of this machine: PEM.
    pub ca_file: Option<PathBuf>,
    #[serde(default = "inbox")]
    pub folder: String,
    #[serde(default = "processed")]
    pub processed: String,
    #[serde(default = "rejected")]
    pub rejected: String,
    #[serde(default = "timeout")]
    pub timeout_seconds: u16,
}

/// An SMTP server that takes our mails.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    pub name: String,
    pub host: String,
    /// 465, or 587 with STARTTLS, where nothing is said.
    pub port: Option<u16>,
    #[serde(default = "tls")]
    pub security: Security,
    /// With `secret`; both are left out where the server knows us by our address.
    pub user: Option<String>,
    #[serde(default = "password")]
    pub sign_in: SignIn,
    pub secret: Option<SecretConfig>,
    /// Certificates to trust besides those of this machine: PEM.
    pub ca_file: Option<PathBuf>,
    #[serde(default = "timeout")]
    pub timeout_seconds: u16,
}

fn tls() -> Security {
    Security::Tls
}

fn password() -> SignIn {
    SignIn::Password
}

fn inbox() -> String {
    "INBOX".into()
}

fn processed() -> String {
    "Processed".into()
}

fn rejected() -> String {
    "Rejected".into()
}

/// Longer than a busy server takes for one answer, shorter than a person waits for a run.
fn timeout() -> u16 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Places {
        inbox: Vec<InboxConfig>,
        outbox: OutboxConfig,
    }

    const SERVERS: &str = r#"
        [[inbox]]
        kind = "imap"
        name = "registration"
        host = "imap.office.example"
        user = "registration"
        secret = { file = "keys/imap.secret" }

        [[inbox]]
        kind = "imap"
        name = "second"
        host = "imap.office.example"
        security = "starttls"
        sign_in = "xoauth2"
        user = "second"
        secret = { command = ["token-of", "second"] }

        [outbox]
        kind = "smtp"
        name = "out"
        host = "smtp.office.example"
        user = "registration"
        secret = { env = "SMTP_PASSWORD" }
    "#;

    #[test]
    fn servers_are_secured_unless_they_are_asked_to_start_in_the_clear() {
        let places: Places = toml::from_str(SERVERS).unwrap();
        let [InboxConfig::Imap(first), InboxConfig::Imap(second)] = &places.inbox[..] else {
            panic!("{:?}", places.inbox)
        };
        assert_eq!((first.security, first.sign_in), (Security::Tls, SignIn::Password));
        assert_eq!(
            (second.security, second.sign_in),
            (Security::StartTls, SignIn::Xoauth2)
        );
        assert_eq!(
            (first.folder.as_str(), first.processed.as_str()),
            ("INBOX", "Processed")
        );
        assert!(matches!(&places.outbox, OutboxConfig::Smtp(smtp) if smtp.security == Security::Tls));
    }

    #[test]
    fn a_password_in_the_configuration_is_refused_by_name() {
        let text = SERVERS.replace(
            "secret = { file = \"keys/imap.secret\" }",
            "password = \"specimen\"",
        );
        let why = toml::from_str::<Places>(&text).err().unwrap().to_string();
        assert!(why.contains("password"), "{why}");
    }
}
