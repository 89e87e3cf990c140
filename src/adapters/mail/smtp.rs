//! Mail out to an SMTP server (RFC 5321, RFC 8314), over TLS only.
//!
//! TLS from the first byte is the better way (RFC 8314 section 3): what somebody on the line says before STARTTLS succeeds could be
//! taken for the server's answers after it, so that a mail seems to be sent that was not. It cannot be read either way.
//!
//! The stages are driven one by one, so that it is known whether the server may have a mail: once its bytes are on their way, a
//! lost connection says nothing about it.

use super::Secret;
use crate::ports::mail::{Handover, MailSender, SendOutcome};
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// Octets of a line without its end (RFC 5322 section 2.1.1).
const MAX_LINE: usize = 998;
/// A whole hand-over may take as many times the time of one call: a server that answers each call a little is ended then.
const CALLS: u32 = 10;

/// How the connection is secured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS before anything else; without it nothing is sent.
    StartTls,
}

/// How we prove who we are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignIn {
    Plain,
    Login,
    Xoauth2,
}

/// A server that takes our mails.
#[derive(Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// User and secret, which is read anew for each connection.
    pub account: Option<(String, Secret, SignIn)>,
    /// What we call ourselves: the domain of the office's mails.
    pub hello: String,
    /// For each call.
    pub timeout: Duration,
}

/// Hands mails to one server, each over a connection of its own.
pub struct Smtp {
    server: Arc<Server>,
    tls: TlsParameters,
}

/// A hand-over that waits for nothing more, one whose bytes are on their way, and one that was given up before.
const BEFORE: u8 = 0;
const ON_ITS_WAY: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Smtp {
    /// Prepares the way out; `roots` are certificates to trust besides those of this machine, DER. Nothing is connected yet.
    ///
    /// # Errors
    /// When a certificate cannot be used.
    pub fn new(server: Server, roots: &[Vec<u8>]) -> Result<Smtp, String> {
        let mut tls = TlsParameters::builder(server.host.clone());
        for der in roots {
            let root = Certificate::from_der(der.clone()).map_err(|e| e.to_string())?;
            tls = tls.add_root_certificate(root);
        }
        let tls = tls
            .build_rustls()
            .map_err(|e| format!("a certificate of ca_file cannot be used: {e}"))?;
        Ok(Smtp {
            server: Arc::new(server),
            tls,
        })
    }
}

impl MailSender for Smtp {
    fn send(&self, mail: &Handover) -> SendOutcome {
        if let Err(why) = is_seven_bit(mail.raw) {
            return SendOutcome::Permanent(why);
        }
        let address = |text: &str| {
            text.parse::<Address>()
                .map_err(|e| SendOutcome::Permanent(format!("{text} is no address: {e}")))
        };
        let (from, to) = match (mail.return_to.map(address).transpose(), address(mail.to)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(e), _) | (_, Err(e)) => return e,
        };
        // The end of the last line comes with the dot.
        let raw = mail.raw.strip_suffix(b"\r\n").unwrap_or(mail.raw).to_vec();
        let (server, tls) = (self.server.clone(), self.tls.clone());
        let stage = Arc::new(AtomicU8::new(BEFORE));
        let (tell, told) = mpsc::channel();
        let its_stage = stage.clone();
        // A thread of its own: the time limits of a socket hold for one read, not for a server that drips.
        std::thread::spawn(move || {
            let _ = tell.send(hand_over(&server, &tls, from, to, &raw, &its_stage));
        });
        if let Ok(outcome) = told.recv_timeout(self.server.timeout * CALLS) {
            return outcome;
        }
        let why = format!(
            "{} did not take the mail within {} s",
            self.server.host,
            (self.server.timeout * CALLS).as_secs()
        );
        match stage.compare_exchange(BEFORE, GIVEN_UP, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => SendOutcome::Unreachable(why),
            Err(_) => SendOutcome::Unknown(why),
        }
    }
}

/// Servers on the way alter what is not 7-bit, and a signature with it.
fn is_seven_bit(raw: &[u8]) -> Result<(), String> {
    if !raw.is_ascii() || raw.contains(&0) {
        return Err("the mail is not 7-bit: it would be altered on its way".into());
    }
    let longest = raw.split(|b| *b == b'\n').map(<[u8]>::len).max();
    if longest.is_some_and(|length| length > MAX_LINE + 1) {
        return Err(format!(
            "the mail has a line of more than {MAX_LINE} octets: it would be altered on its way"
        ));
    }
    Ok(())
}

fn hand_over(
    server: &Server,
    tls: &TlsParameters,
    from: Option<Address>,
    to: Address,
    raw: &[u8],
    stage: &AtomicU8,
) -> SendOutcome {
    let mut connection = match connect(server, tls) {
        Ok(connection) => connection,
        Err(why) => return SendOutcome::Unreachable(why),
    };
    // Nothing of the mail is there yet: whatever fails here has left no trace.
    let begun = connection
        .command(Mail::new(from, vec![]))
        .and_then(|_| connection.command(Rcpt::new(to, vec![])))
        .and_then(|_| connection.command(Data));
    if let Err(e) = begun {
        connection.abort();
        return match e {
            e if e.is_permanent() => SendOutcome::Permanent(words(&e)),
            e if e.is_transient() => SendOutcome::Temporary(words(&e)),
            e => SendOutcome::Unreachable(words(&e)),
        };
    }
    if stage
        .compare_exchange(BEFORE, ON_ITS_WAY, Ordering::SeqCst, Ordering::SeqCst)
        .is_err()
    {
        connection.abort();
        return SendOutcome::Unreachable("given up before the mail was sent".into());
    }
    match connection.message(raw) {
        Ok(_) => {
            // The server has it: what it says to our good-bye changes nothing.
            let _ = connection.quit();
            SendOutcome::Sent
        }
        Err(e) => {
            connection.abort();
            match e {
                e if e.is_permanent() => SendOutcome::Permanent(words(&e)),
                e if e.is_transient() => SendOutcome::Temporary(words(&e)),
                e => SendOutcome::Unknown(format!("{}: the server may have the mail", words(&e))),
            }
        }
    }
}

fn connect(server: &Server, tls: &TlsParameters) -> Result<SmtpConnection, String> {
    let hello = ClientId::Domain(server.hello.clone());
    let at = format!("{}:{}", server.host, server.port);
    let failed = |e: Error| format!("{at} cannot be used: {}", words(&e));
    let wrapper = (server.security == Security::Tls).then_some(tls);
    let address = (server.host.as_str(), server.port);
    let mut connection =
        SmtpConnection::connect(address, Some(server.timeout), &hello, wrapper, None).map_err(failed)?;
    if server.security == Security::StartTls {
        if !connection.can_starttls() {
            connection.abort();
            return Err(format!(
                "{at} does not offer STARTTLS: nothing is sent in the clear. Use a server that does"
            ));
        }
        connection.starttls(tls, &hello).map_err(failed)?;
    }
    if let Some((user, secret, sign_in)) = &server.account {
        let mechanism = match sign_in {
            SignIn::Plain => Mechanism::Plain,
            SignIn::Login => Mechanism::Login,
            SignIn::Xoauth2 => Mechanism::Xoauth2,
        };
        let credentials = Credentials::new(user.clone(), secret.read()?.as_str().to_owned());
        if let Err(e) = connection.auth(&[mechanism], &credentials) {
            connection.abort();
            return Err(format!("{at} does not let {user} in: {}", words(&e)));
        }
    }
    Ok(connection)
}

/// An error with its causes, on one line and without controls: a server wrote it.
fn words(error: &Error) -> String {
    /// Enough of a server's sentence.
    const MOST: usize = 300;
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(e) = cause {
        let more = e.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        cause = e.source();
    }
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_altered_on_its_way_is_not_sent() {
        assert!(is_seven_bit(b"Subject: a\r\n\r\ntext\r\n").is_ok());
        assert!(is_seven_bit("Subject: ä\r\n".as_bytes()).is_err());
        assert!(is_seven_bit(&[b'a'; 998]).is_ok());
        assert!(is_seven_bit(&[b'a'; 1000]).is_err());
    }
}
