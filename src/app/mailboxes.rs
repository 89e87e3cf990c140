//! Builds the places where mails come from and leave.

use super::{App, read};
use crate::adapters::mail::{EmlFolder, Maildir, MaildirSender, Mbox, Secret};
use crate::config::{ImapConfig, InboxConfig, OutboxConfig, SecretConfig, SmtpConfig};
use crate::journey::Trouble;
use crate::ports::mail::{MailSender, MailSource};
use std::io;
use std::path::Path;

impl App {
    /// The inboxes.
    pub fn inboxes(&self) -> Result<Vec<Box<dyn MailSource>>, Trouble> {
        self.config
            .lrao
            .inbox
            .iter()
            .map(|config| self.inbox(config))
            .collect()
    }

    fn inbox(&self, config: &InboxConfig) -> Result<Box<dyn MailSource>, Trouble> {
        let of_files = |path: &Path, opened: io::Result<Box<dyn MailSource>>| {
            opened.map_err(|e| {
                Trouble::Unavailable(format!("the inbox {} cannot be opened: {e}", path.display()))
            })
        };
        match config {
            InboxConfig::Maildir { name, path } => {
                let path = self.path(path);
                of_files(&path, Maildir::open(name, &path).map(|m| Box::new(m) as _))
            }
            InboxConfig::Mbox { name, path } => {
                let path = self.path(path);
                of_files(&path, Mbox::open(name, &path).map(|m| Box::new(m) as _))
            }
            InboxConfig::Eml { name, path } => {
                let path = self.path(path);
                of_files(&path, EmlFolder::open(name, &path).map(|m| Box::new(m) as _))
            }
            InboxConfig::Imap(config) => self.imap(config),
        }
    }

    /// Where the office's mails leave.
    pub fn outbox(&self) -> Result<Box<dyn MailSender>, Trouble> {
        self.way_out(&self.config.lrao.outbox)
    }

    /// Where a RIO's mails leave.
    pub fn rio_outbox(&self) -> Result<Box<dyn MailSender>, Trouble> {
        self.way_out(&self.config.rio.outbox)
    }

    fn way_out(&self, config: &OutboxConfig) -> Result<Box<dyn MailSender>, Trouble> {
        match config {
            OutboxConfig::Maildir { path, .. } => {
                let path = self.path(path);
                let sender = MaildirSender::open(&path).map_err(|e| {
                    Trouble::Unavailable(format!("the outbox {} cannot be opened: {e}", path.display()))
                })?;
                Ok(Box::new(sender))
            }
            OutboxConfig::Smtp(config) => self.smtp(config),
        }
    }

    #[cfg(feature = "imap")]
    fn imap(&self, config: &ImapConfig) -> Result<Box<dyn MailSource>, Trouble> {
        use crate::adapters::mail::imap::{Account, Imap, Security};
        use crate::config;
        let (security, port) = match config.security {
            config::Security::Tls => (Security::Tls, 993),
            config::Security::StartTls => (Security::StartTls, 143),
        };
        let source = Imap::new(Account {
            name: config.name.clone(),
            host: config.host.clone(),
            port: config.port.unwrap_or(port),
            security,
            user: config.user.clone(),
            secret: self.secret(&config.secret),
            is_token: config.sign_in == config::SignIn::Xoauth2,
            roots: self.roots(config.ca_file.as_deref())?,
            folder: config.folder.clone(),
            processed: config.processed.clone(),
            rejected: config.rejected.clone(),
            timeout: std::time::Duration::from_secs(u64::from(config.timeout_seconds.max(1))),
        })?;
        Ok(Box::new(source))
    }

    #[cfg(not(feature = "imap"))]
    fn imap(&self, config: &ImapConfig) -> Result<Box<dyn MailSource>, Trouble> {
        Err(not_built(&config.name, "imap"))
    }

    #[cfg(feature = "smtp")]
    fn smtp(&self, config: &SmtpConfig) -> Result<Box<dyn MailSender>, Trouble> {
        use crate::adapters::mail::smtp::{Security, Server, SignIn, Smtp};
        use crate::config;
        let wrong = |why: &str| Trouble::Unavailable(format!("the outbox {}: {why}", config.name));
        let (security, port) = match config.security {
            config::Security::Tls => (Security::Tls, 465),
            config::Security::StartTls => (Security::StartTls, 587),
        };
        let sign_in = match config.sign_in {
            config::SignIn::Password => SignIn::Plain,
            config::SignIn::Login => SignIn::Login,
            config::SignIn::Xoauth2 => SignIn::Xoauth2,
        };
        let account = match (&config.user, &config.secret) {
            (Some(user), Some(secret)) => Some((user.clone(), self.secret(secret), sign_in)),
            (None, None) => None,
            _ => {
                return Err(wrong(
                    "user and secret belong together: set both in siegelpost.toml, or none",
                ));
            }
        };
        let mail = &self.settings.office.mail;
        let server = Server {
            host: config.host.clone(),
            port: config.port.unwrap_or(port),
            security,
            account,
            hello: mail.rsplit('@').next().unwrap_or("localhost").to_owned(),
            timeout: std::time::Duration::from_secs(u64::from(config.timeout_seconds.max(1))),
        };
        let roots = self.roots(config.ca_file.as_deref())?;
        Ok(Box::new(Smtp::new(server, &roots).map_err(|e| wrong(&e))?))
    }

    #[cfg(not(feature = "smtp"))]
    fn smtp(&self, config: &SmtpConfig) -> Result<Box<dyn MailSender>, Trouble> {
        Err(not_built(&config.name, "smtp"))
    }

    #[cfg_attr(not(any(feature = "imap", feature = "smtp")), expect(dead_code))]
    fn secret(&self, config: &SecretConfig) -> Secret {
        match config {
            SecretConfig::File(path) => Secret::File(self.path(path)),
            SecretConfig::Env(name) => Secret::Env(name.clone()),
            SecretConfig::Command(words) => Secret::Command(words.clone()),
        }
    }

    /// The certificates that an office trusts besides those of this machine.
    #[cfg_attr(not(any(feature = "imap", feature = "smtp")), expect(dead_code))]
    fn roots(&self, file: Option<&Path>) -> Result<Vec<Vec<u8>>, Trouble> {
        let Some(file) = file else { return Ok(vec![]) };
        let path = self.path(file);
        let certificates = crate::pki::read_certificates(&read(&path, "the mail server's CA")?)
            .map_err(|e| Trouble::Unavailable(format!("{}: {e}", path.display())))?;
        Ok(certificates.iter().map(|c| c.der().to_vec()).collect())
    }
}

#[cfg(not(all(feature = "imap", feature = "smtp")))]
fn not_built(name: &str, feature: &str) -> Trouble {
    Trouble::Unavailable(format!(
        "{name}: this siegelpost was built without mail servers: build it with the feature {feature}"
    ))
}
