//! An IMAP server of our own that misbehaves as it is told, over TLS; it writes down what it was asked.

use crate::certs::certs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The one mail that the server has.
pub const MAIL: &[u8] = b"From: someone@elsewhere.example\r\nSubject: a\r\n\r\ntext\r\n";

/// What the server does wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    Nothing,
    /// Never answers this command.
    Hangs(&'static str),
    /// Answers this command one byte at a time, without an end.
    Drips(&'static str),
    /// Announces a mail of ten gigabytes and sends it.
    HugeLiteral,
    /// Answers a search with lines that do not end.
    EndlessLines,
    /// Says that the mail is small, and has another piece each time.
    EndlessMail,
    /// Names another numbering at each selection.
    Renumbers,
    /// Ends the connection instead of answering this command.
    HangsUp(&'static str),
    /// Can neither MOVE nor expunge one mail.
    CannotMove,
    /// Has UIDPLUS but no MOVE.
    NoMove,
    /// Speaks in the clear and knows no STARTTLS.
    NoStartTls,
    /// Says in the clear that we are signed in already.
    PreAuth,
}

pub struct Fake {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    pub fn start(fault: Fault) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(vec![]));
        let fake = Fake {
            port,
            asked: asked.clone(),
        };
        std::thread::spawn(move || {
            for (n, stream) in listener.incoming().flatten().enumerate() {
                let asked = asked.clone();
                std::thread::spawn(move || {
                    // What the client does to the connection is its business.
                    let _ = serve(stream, fault, n as u32, &asked);
                });
            }
        });
        fake
    }

    /// The commands that came, without their tags.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, fault: Fault, nth: u32, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    if matches!(fault, Fault::NoStartTls | Fault::PreAuth) {
        return talk(stream.try_clone()?, stream, fault, nth, asked);
    }
    let c = certs();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(c.server_der.clone())],
            PrivateKeyDer::try_from(c.key_der.clone()).unwrap(),
        )
        .unwrap();
    let tls = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream);
    let shared = Shared(Arc::new(Mutex::new(tls)));
    talk(shared.clone(), shared, fault, nth, asked)
}

/// Both directions of one TLS connection; the server never reads and writes at once.
#[derive(Clone)]
struct Shared(Arc<Mutex<StreamOwned<ServerConnection, TcpStream>>>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().read(buffer)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().unwrap().flush()
    }
}

fn talk(
    input: impl Read,
    mut out: impl Write,
    fault: Fault,
    nth: u32,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut input = BufReader::new(input);
    if fault == Fault::Hangs("greeting") {
        return wait_for_the_end(&mut input);
    }
    let greeting = if fault == Fault::PreAuth { "PREAUTH" } else { "OK" };
    write!(out, "* {greeting} ready\r\n")?;
    out.flush()?;
    let validity = if fault == Fault::Renumbers { 100 + nth } else { 7 };
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
        asked.lock().unwrap().push(command.to_owned());
        match fault {
            Fault::Hangs(word) if command.starts_with(word) => return wait_for_the_end(&mut input),
            Fault::HangsUp(word) if command.starts_with(word) => return Ok(()),
            Fault::Drips(word) if command.starts_with(word) => loop {
                write!(out, "* OK still here\r\n")?;
                out.flush()?;
                std::thread::sleep(std::time::Duration::from_millis(50));
            },
            Fault::EndlessLines if command.starts_with("UID SEARCH") => loop {
                write!(out, "* OK and another line\r\n")?;
            },
            Fault::HugeLiteral if command.contains("BODY") => {
                write!(out, "* 1 FETCH (UID 1 BODY[]<0> {{10000000000}}\r\n")?;
                loop {
                    out.write_all(&[b'x'; 4096])?;
                }
            }
            _ => {}
        }
        let capabilities = match fault {
            Fault::CannotMove => "IMAP4rev1",
            Fault::NoMove => "IMAP4rev1 UIDPLUS",
            _ => "IMAP4rev1 MOVE UIDPLUS",
        };
        let untagged = match command {
            "CAPABILITY" => format!("* CAPABILITY {capabilities}\r\n"),
            c if c.starts_with("SELECT") || c.starts_with("EXAMINE") => {
                format!("* 1 EXISTS\r\n* OK [UIDVALIDITY {validity}] here\r\n")
            }
            c if c.starts_with("UID SEARCH") => "* SEARCH 1\r\n".into(),
            c if c.contains("RFC822.SIZE") => {
                format!("* 1 FETCH (UID 1 RFC822.SIZE {})\r\n", MAIL.len())
            }
            c if c.contains("BODY.PEEK") => piece(c, fault),
            _ => String::new(),
        };
        let is_known = !(command == "STARTTLS" && fault == Fault::NoStartTls);
        let word = if is_known { "OK" } else { "BAD" };
        write!(out, "{untagged}{tag} {word} said\r\n")?;
        out.flush()?;
        line.clear();
    }
    Ok(())
}

/// A piece of the mail, from where it was asked for.
fn piece(command: &str, fault: Fault) -> String {
    let from: usize = command
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('.'))
        .and_then(|(from, _)| from.parse().ok())
        .unwrap_or_default();
    let bytes = match fault {
        Fault::EndlessMail => "x".repeat(1024 * 1024),
        _ => String::from_utf8_lossy(&MAIL[from.min(MAIL.len())..]).into_owned(),
    };
    format!(
        "* 1 FETCH (UID 1 BODY[]<{from}> {{{}}}\r\n{bytes})\r\n",
        bytes.len()
    )
}

/// Says nothing until the client goes.
fn wait_for_the_end(input: &mut impl Read) -> std::io::Result<()> {
    std::io::copy(input, &mut std::io::sink()).map(drop)
}
