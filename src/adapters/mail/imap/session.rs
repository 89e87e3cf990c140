//! One connection to an IMAP server: secured, signed in, its folders checked, the inbox selected.

use super::bounded::{Allowance, Bounded};
use super::{Account, Security, within};
use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response, Status};
use async_imap::{Authenticator, Client, Session, error::Error as ImapError, extensions::idle::IdleResponse};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use zeroize::Zeroizing;

/// Bytes of one answer that holds no mail: a listing of a folder with a million mails has about eight.
const ANSWER: u64 = 16 * 1024 * 1024;
/// Bytes of a mail that are asked for at a time: enough to be fast, and what one call may hold in memory twice.
const PIECE: u64 = 1024 * 1024;
/// What may stand around a piece: the flags of the mail, and news of others.
const AROUND: u64 = 64 * 1024;
/// Bytes in which a server says that there is news.
const NEWS: u64 = 1024 * 1024;

type Wire = Bounded<TlsStream<TcpStream>>;

/// Why something was not done.
pub enum Stop {
    /// The connection is of no use any more.
    Lost(String),
    /// The server said no; the connection stands.
    Refused(String),
    Gone(String),
    TooLarge {
        size: u64,
        limit: u64,
    },
    Renumbered,
}

impl From<ImapError> for Stop {
    fn from(error: ImapError) -> Stop {
        match error {
            ImapError::No(why) | ImapError::Bad(why) => Stop::Refused(format!("the server refused: {why}")),
            other => Stop::Lost(other.to_string()),
        }
    }
}

/// A connection with the inbox selected.
pub struct Open {
    session: Session<Wire>,
    allowance: Allowance,
    /// The numbering of the selected folder (RFC 3501 section 2.3.1.1).
    pub uid_validity: u32,
    can_move: bool,
    pub can_idle: bool,
}

impl Open {
    /// Connects, signs in, and makes sure that settled mails can be moved before any is taken in.
    pub async fn connect(account: &Account, tls: Arc<ClientConfig>) -> Result<Open, Stop> {
        let allowance = Allowance::default();
        allowance.set(ANSWER);
        let connected = within(account.timeout, async {
            let tcp = TcpStream::connect((account.host.as_str(), account.port)).await?;
            tcp.set_nodelay(true)?;
            Ok::<_, std::io::Error>(tcp)
        })
        .await?;
        let to = format!("{}:{}", account.host, account.port);
        let tcp = connected.map_err(|e| Stop::Lost(format!("{to} cannot be reached: {e}")))?;
        let tcp = match account.security {
            Security::Tls => tcp,
            Security::StartTls => within(account.timeout, start_tls(tcp, &allowance)).await??,
        };
        let name = ServerName::try_from(account.host.clone())
            .map_err(|_| Stop::Lost(format!("{} is no host name", account.host)))?;
        let secured = within(account.timeout, TlsConnector::from(tls).connect(name, tcp)).await?;
        let stream = secured.map_err(|e| Stop::Lost(format!("{to} cannot be trusted: {e}")))?;
        let mut client = Client::new(Bounded::new(stream, allowance.clone()));
        if account.security == Security::Tls {
            within(account.timeout, greeting(&mut client)).await??;
        }
        let session = within(account.timeout, sign_in(client, account)).await??;
        let mut open = Open {
            session,
            allowance,
            uid_validity: 0,
            can_move: false,
            can_idle: false,
        };
        open.learn(account).await?;
        for folder in [&account.processed, &account.rejected] {
            open.make(account, folder).await?;
        }
        open.select(account).await?;
        Ok(open)
    }

    /// What the server can do; one that cannot move mails is of no use.
    async fn learn(&mut self, account: &Account) -> Result<(), Stop> {
        self.allowance.set(ANSWER);
        let can = within(account.timeout, self.session.capabilities()).await??;
        self.can_move = can.has_str("MOVE");
        self.can_idle = can.has_str("IDLE");
        if self.can_move || can.has_str("UIDPLUS") {
            Ok(())
        } else {
            Err(Stop::Lost(
                "the server can neither MOVE (RFC 6851) nor expunge one mail (UIDPLUS, RFC 4315): mails that were taken in could not be moved away; use another server, or fetch its mails into a Maildir".into(),
            ))
        }
    }

    /// Makes a folder where it is missing.
    async fn make(&mut self, account: &Account, folder: &str) -> Result<(), Stop> {
        self.allowance.set(ANSWER);
        match within(account.timeout, self.session.examine(folder)).await? {
            Ok(_) => return Ok(()),
            Err(ImapError::No(_)) => {}
            Err(e) => return Err(e.into()),
        }
        // Another connection of ours may make it at the same moment: what counts is that it is there.
        let made = within(account.timeout, self.session.create(folder)).await?;
        match (within(account.timeout, self.session.examine(folder)).await?, made) {
            (Ok(_), _) => Ok(()),
            (Err(e), Ok(())) | (Err(_), Err(e)) => Err(Stop::Lost(format!(
                "the folder {folder} is missing and cannot be made: {e}"
            ))),
        }
    }

    /// Selects the inbox; returns its numbering.
    pub async fn select(&mut self, account: &Account) -> Result<u32, Stop> {
        self.allowance.set(ANSWER);
        let selected = within(account.timeout, self.session.select(&account.folder)).await?;
        let mailbox = selected
            .map_err(|e| Stop::Lost(format!("the folder {} cannot be opened: {e}", account.folder)))?;
        self.uid_validity = mailbox.uid_validity.ok_or_else(|| {
            Stop::Lost(format!(
                "the folder {} has no lasting numbers (UIDVALIDITY): its mails cannot be told apart",
                account.folder
            ))
        })?;
        Ok(self.uid_validity)
    }

    /// The UIDs of the mails that wait.
    pub async fn search(&mut self, account: &Account) -> Result<Vec<u32>, Stop> {
        self.allowance.set(ANSWER);
        let mut uids = vec![];
        self.command(account, "UID SEARCH UNDELETED", |response| {
            if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                uids.extend_from_slice(found);
            }
        })
        .await?;
        Ok(uids)
    }

    /// The bytes of a mail, in pieces, without marking it as read.
    pub async fn fetch(
        &mut self,
        account: &Account,
        uid: u32,
        limit: u64,
        key: &str,
    ) -> Result<Vec<u8>, Stop> {
        self.allowance.set(ANSWER);
        let mut size = None;
        self.command(
            account,
            &format!("UID FETCH {uid} (UID RFC822.SIZE)"),
            |response| {
                for attribute in attributes(response, uid) {
                    if let AttributeValue::Rfc822Size(bytes) = attribute {
                        size = Some(u64::from(*bytes));
                    }
                }
            },
        )
        .await?;
        let size = size.ok_or_else(|| Stop::Gone(key.to_owned()))?;
        if size > limit {
            return Err(Stop::TooLarge { size, limit });
        }
        let mut raw = Vec::with_capacity(size as usize);
        loop {
            let before = raw.len();
            self.allowance.set(PIECE + AROUND);
            let piece = format!("UID FETCH {uid} (UID BODY.PEEK[]<{before}.{PIECE}>)");
            let mut is_there = false;
            self.command(account, &piece, |response| {
                for attribute in attributes(response, uid) {
                    if let AttributeValue::BodySection {
                        section: None, data, ..
                    } = attribute
                    {
                        is_there = true;
                        raw.extend_from_slice(data.as_deref().unwrap_or_default());
                    }
                }
            })
            .await?;
            if !is_there {
                return Err(Stop::Gone(key.to_owned()));
            }
            let came = (raw.len() - before) as u64;
            // The size that the server named may have been a guess: what comes is what counts.
            if raw.len() as u64 > limit {
                return Err(Stop::TooLarge {
                    size: raw.len() as u64,
                    limit,
                });
            }
            if came == 0 || (came < PIECE && raw.len() as u64 >= size) {
                return Ok(raw);
            }
        }
    }

    /// Moves a mail to a folder; one that is gone already is fine.
    pub async fn move_to(&mut self, account: &Account, uid: u32, folder: &str) -> Result<(), Stop> {
        self.allowance.set(ANSWER);
        let uid = uid.to_string();
        if self.can_move {
            within(account.timeout, self.session.uid_mv(&uid, folder)).await??;
            return Ok(());
        }
        within(account.timeout, self.session.uid_copy(&uid, folder)).await??;
        let delete = format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)");
        self.command(account, &delete, |_| {}).await?;
        self.command(account, &format!("UID EXPUNGE {uid}"), |_| {}).await
    }

    /// Waits for news; `false` when the time is over.
    pub async fn idle(self, account: &Account, limit: Duration) -> Result<(Open, bool), Stop> {
        let Open {
            session,
            allowance,
            uid_validity,
            can_move,
            can_idle,
        } = self;
        allowance.set(NEWS);
        let mut handle = session.idle();
        within(account.timeout, handle.init()).await??;
        let news = {
            // Kept until the wait is over: dropping it ends the wait.
            let (wait, _interrupt) = handle.wait_with_timeout(limit);
            match tokio::time::timeout(limit, wait).await {
                Err(_) | Ok(Ok(IdleResponse::Timeout)) => false,
                Ok(Ok(IdleResponse::NewData(news))) => is_arrival(news.parsed()),
                Ok(Ok(IdleResponse::ManualInterrupt)) => {
                    return Err(Stop::Lost("the server ended the connection".into()));
                }
                Ok(Err(e)) => return Err(e.into()),
            }
        };
        allowance.set(NEWS);
        let session = within(account.timeout, handle.done()).await??;
        let open = Open {
            session,
            allowance,
            uid_validity,
            can_move,
            can_idle,
        };
        Ok((open, news))
    }

    /// Runs a command and shows each answer to it, until the server says that it is done.
    async fn command(
        &mut self,
        account: &Account,
        command: &str,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<(), Stop> {
        within(account.timeout, async {
            let id = self.session.run_command(command).await?;
            loop {
                let Some(response) = self.session.read_response().await.map_err(ImapError::Io)? else {
                    return Err(Stop::Lost("the server ended the connection".into()));
                };
                match response.parsed() {
                    Response::Done { tag, status, outcome } if *tag == id => {
                        return match status {
                            Status::Ok => Ok(()),
                            _ => Err(Stop::Refused(format!(
                                "the server refused: {}",
                                outcome.information.as_deref().unwrap_or("without a word")
                            ))),
                        };
                    }
                    other => each(other),
                }
            }
        })
        .await?
    }
}

/// Mails that are moved away are news as well, and our own deed.
fn is_arrival(news: &Response<'_>) -> bool {
    matches!(
        news,
        Response::MailboxData(MailboxDatum::Exists(_) | MailboxDatum::Recent(_))
    )
}

/// What an answer says about the mail with this UID.
fn attributes<'r>(response: &'r Response<'_>, uid: u32) -> impl Iterator<Item = &'r AttributeValue<'r>> {
    let attributes = match response {
        Response::Fetch(_, attributes) if attributes.contains(&AttributeValue::Uid(uid)) => &attributes[..],
        _ => &[],
    };
    attributes.iter()
}

type Plain = Bounded<TcpStream>;

/// Says STARTTLS and nothing before it. What the server said before the handshake is forgotten (RFC 9051 section 11.1).
async fn start_tls(tcp: TcpStream, allowance: &Allowance) -> Result<TcpStream, Stop> {
    let mut client: Client<Plain> = Client::new(Bounded::new(tcp, allowance.clone()));
    greeting(&mut client).await?;
    client
        .run_command_and_check_ok("STARTTLS", None)
        .await
        .map_err(|e| {
            Stop::Lost(format!(
                "the server does not secure the connection ({e}); nothing was said in the clear"
            ))
        })?;
    Ok(client.into_inner().into_inner())
}

async fn greeting<S>(client: &mut Client<S>) -> Result<(), Stop>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + std::fmt::Debug + Send,
{
    let answer = client.read_response().await.map_err(ImapError::Io)?;
    match answer.as_ref().map(|a| a.parsed()) {
        Some(Response::Data {
            status: Status::Ok, ..
        }) => Ok(()),
        Some(_) => Err(Stop::Lost("the server does not want us now".into())),
        None => Err(Stop::Lost("the server ended the connection".into())),
    }
}

/// Answers the first challenge with the token, and the complaint about a bad one with nothing, as XOAUTH2 wants it.
struct Token(Option<Zeroizing<String>>);

impl Authenticator for Token {
    type Response = Zeroizing<Vec<u8>>;

    fn process(&mut self, _: &[u8]) -> Self::Response {
        Zeroizing::new(self.0.take().map_or(vec![], |text| text.as_bytes().to_vec()))
    }
}

async fn sign_in(client: Client<Wire>, account: &Account) -> Result<Session<Wire>, Stop> {
    let secret = account.secret.read().map_err(Stop::Lost)?;
    let done = if account.is_token {
        let text = format!("user={}\x01auth=Bearer {}\x01\x01", account.user, secret.as_str());
        client
            .authenticate("XOAUTH2", Token(Some(Zeroizing::new(text))))
            .await
    } else {
        client.login(&account.user, secret.as_str()).await
    };
    done.map_err(|(e, _)| {
        Stop::Lost(format!(
            "{} cannot sign in as {}: {e}",
            account.host, account.user
        ))
    })
}
