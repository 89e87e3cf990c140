//! An IMAP folder as a source of mails (RFC 3501), over TLS only.
//!
//! Whatever the server does, a call ends within its time and reads no more than was asked for; a mail stays where it is until it
//! is moved by UID MOVE (RFC 6851), or by UID COPY and UID EXPUNGE (RFC 4315).

mod bounded;
mod session;

use super::Secret;
use crate::ports::mail::{Bell, FoundMail, MailError, MailSource, Settled};
use session::{Open, Stop};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Mails of one listing: the rest waits for the next run, so that a run ends.
const MAX_LISTED: usize = 20_000;
/// How long one wait for news lasts at most: servers end an IDLE after 30 minutes (RFC 2177 section 3).
const LONGEST_IDLE: Duration = Duration::from_secs(25 * 60);

/// How the connection is secured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS before anything else.
    StartTls,
}

/// A mailbox on a server.
pub struct Account {
    /// The name in lists and in the journal.
    pub name: String,
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: String,
    /// A password, or with `is_token` an access token for XOAUTH2; read anew at each login.
    pub secret: Secret,
    pub is_token: bool,
    /// Certificates to trust besides those of this machine, DER.
    pub roots: Vec<Vec<u8>>,
    pub folder: String,
    pub processed: String,
    pub rejected: String,
    /// For each call.
    pub timeout: Duration,
}

/// One folder of an account. Connects when it is first asked, and again when the connection is lost.
pub struct Imap {
    account: Arc<Account>,
    tls: Arc<ClientConfig>,
    open: Mutex<Option<Open>>,
}

impl Imap {
    /// Prepares the source; nothing is connected yet.
    ///
    /// # Errors
    /// When no certificate is there to trust.
    pub fn new(account: Account) -> Result<Imap, MailError> {
        let tls = client_config(&account.roots).map_err(|why| MailError::Source {
            source_name: account.name.clone(),
            why,
        })?;
        Ok(Imap {
            account: Arc::new(account),
            tls,
            open: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something on the open connection, or on a new one; a connection that failed is not used again.
    fn with<T>(
        &self,
        deed: impl AsyncFnOnce(&mut Open, &Account) -> Result<T, Stop>,
    ) -> Result<T, MailError> {
        let runtime = runtime().map_err(|why| self.account.error(why))?;
        let mut slot = self.lock();
        let done = runtime.block_on(async {
            let mut open = match slot.take() {
                Some(open) => open,
                None => Open::connect(&self.account, self.tls.clone()).await?,
            };
            let done = deed(&mut open, &self.account).await;
            if !matches!(done, Err(Stop::Lost(_))) {
                *slot = Some(open);
            }
            done
        });
        done.map_err(|stop| self.account.stopped(stop))
    }

    /// The UID of a key, where the folder still has the numbering that the key is from.
    fn uid(&self, mail: &FoundMail, uid_validity: u32) -> Result<u32, Stop> {
        let gone = || Stop::Gone(mail.key.clone());
        let (rest, uid) = mail.key.rsplit_once('/').ok_or_else(gone)?;
        let (_, validity) = rest.rsplit_once('/').ok_or_else(gone)?;
        if validity != uid_validity.to_string() {
            return Err(Stop::Renumbered);
        }
        uid.parse().map_err(|_| gone())
    }
}

impl Account {
    fn error(&self, why: impl Into<String>) -> MailError {
        MailError::Source {
            source_name: self.name.clone(),
            why: why.into(),
        }
    }

    fn stopped(&self, stop: Stop) -> MailError {
        match stop {
            Stop::Lost(why) | Stop::Refused(why) => self.error(why),
            Stop::Gone(key) => MailError::Gone { key },
            Stop::TooLarge { size, limit } => MailError::TooLarge { size, limit },
            Stop::Renumbered => MailError::Renumbered {
                source_name: self.name.clone(),
            },
        }
    }
}

impl MailSource for Imap {
    fn name(&self) -> &str {
        &self.account.name
    }

    fn list(&self) -> Result<Vec<FoundMail>, MailError> {
        let list = async |open: &mut Open, account: &Account| {
            let validity = open.select(account).await?;
            let mut uids = open.search(account).await?;
            uids.sort_unstable();
            uids.truncate(MAX_LISTED);
            Ok(uids
                .into_iter()
                .map(|uid| FoundMail {
                    key: format!("{}/{validity}/{uid}", account.folder),
                })
                .collect())
        };
        let is_old = self.lock().is_some();
        match self.with(list) {
            // Servers end connections that rest between two runs: that is no trouble.
            Err(MailError::Source { .. }) if is_old && self.lock().is_none() => self.with(list),
            listed => listed,
        }
    }

    fn fetch(&self, mail: &FoundMail, limit: u64) -> Result<Vec<u8>, MailError> {
        self.with(async |open, account| {
            let uid = self.uid(mail, open.uid_validity)?;
            open.fetch(account, uid, limit, &mail.key).await
        })
    }

    fn settle(&self, mail: &FoundMail, to: Settled) -> Result<(), MailError> {
        let done = self.with(async |open, account| {
            let uid = self.uid(mail, open.uid_validity)?;
            let target = match to {
                Settled::Processed => &account.processed,
                Settled::Rejected => &account.rejected,
            };
            open.move_to(account, uid, target).await
        });
        match done {
            // Under its new number it is listed again, and moved then.
            Err(MailError::Renumbered { .. } | MailError::Gone { .. }) => Ok(()),
            done => done,
        }
    }

    fn has_final_keys(&self) -> bool {
        true
    }

    fn bell(&self) -> Option<Box<dyn Bell>> {
        Some(Box::new(ImapBell {
            account: self.account.clone(),
            tls: self.tls.clone(),
            open: None,
        }))
    }
}

/// Waits for news by IDLE (RFC 2177) on a connection of its own.
struct ImapBell {
    account: Arc<Account>,
    tls: Arc<ClientConfig>,
    open: Option<Open>,
}

impl Bell for ImapBell {
    fn wait(&mut self, limit: Duration) -> Result<bool, MailError> {
        let account = self.account.clone();
        let limit = limit.min(LONGEST_IDLE);
        let runtime = runtime().map_err(|why| account.error(why))?;
        let slot = &mut self.open;
        let tls = self.tls.clone();
        let waited = runtime.block_on(async {
            let Some(open) = slot.take() else {
                *slot = Some(Open::connect(&account, tls).await?);
                // Something may have come while nobody listened.
                return Ok(true);
            };
            if !open.can_idle {
                tokio::time::sleep(limit).await;
                *slot = Some(open);
                return Ok(false);
            }
            let (open, news) = open.idle(&account, limit).await?;
            *slot = Some(open);
            Ok(news)
        });
        waited.map_err(|stop| account.stopped(stop))
    }
}

/// The runtime that all sources share; one thread drives the connections.
fn runtime() -> Result<&'static Runtime, String> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .map_err(|e| e.to_string())
        })
        .as_ref()
        .map_err(Clone::clone)
}

/// What of a server is trusted: the certificates of this machine, and those that the office adds.
fn client_config(roots: &[Vec<u8>]) -> Result<Arc<ClientConfig>, String> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for der in roots {
        store
            .add(CertificateDer::from(der.clone()))
            .map_err(|e| format!("a certificate of ca_file cannot be used: {e}"))?;
    }
    if store.is_empty() {
        return Err("no certificate is trusted here: install ca-certificates, or name a ca_file".into());
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// A call within its time.
async fn within<T>(time: Duration, call: impl Future<Output = T>) -> Result<T, Stop> {
    tokio::time::timeout(time, call)
        .await
        .map_err(|_| Stop::Lost(format!("the server did not answer within {} s", time.as_secs())))
}
