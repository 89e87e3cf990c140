//! The SMTP sink with faults (PyPI aiosmtpd) as a process of its own; it ends with the test.

use crate::certs::{self, certs};
use crate::dovecot::{PASSWORD, free_port};
use siegelpost::adapters::mail::Secret;
use siegelpost::adapters::mail::smtp::{Security, Server, SignIn, Smtp};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Sink {
    process: Child,
    folder: tempfile::TempDir,
    pub port: u16,
    security: Security,
}

/// What arrived: the envelope and the bytes.
pub struct Arrived {
    pub envelope: serde_json::Value,
    pub raw: Vec<u8>,
}

impl Sink {
    /// `mode`: `tls`, `starttls`, or `plain` for a server without TLS.
    pub fn start(mode: &str) -> Sink {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = certs::write(folder.path());
        let port = free_port();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/sink.py");
        let mut process = Command::new(python())
            .arg(script)
            .arg(folder.path())
            .arg(port.to_string())
            .arg(mode)
            .args([certificate, key])
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .expect("the sink's Python is there");
        let mut said = String::new();
        let _ = BufReader::new(process.stdout.take().unwrap()).read_line(&mut said);
        assert_eq!(said, "ready\n", "the sink did not start");
        Sink {
            process,
            folder,
            port,
            security: if mode == "tls" {
                Security::Tls
            } else {
                Security::StartTls
            },
        }
    }

    /// The sink as a way out takes it.
    pub fn server(&self) -> Server {
        Server {
            host: "localhost".into(),
            port: self.port,
            security: self.security,
            account: Some((
                "registration".into(),
                Secret::Command(vec!["echo".into(), PASSWORD.into()]),
                SignIn::Plain,
            )),
            hello: "office.example".into(),
            timeout: Duration::from_secs(10),
        }
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        (1..)
            .map(|n| self.folder.path().join(format!("{n}.json")))
            .take_while(|path| path.exists())
            .map(|path| Arrived {
                envelope: serde_json::from_slice(&fs::read(&path).unwrap()).unwrap(),
                raw: fs::read(path.with_extension("eml")).unwrap(),
            })
            .collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A way out that trusts the CA of the tests.
pub fn way_out(server: Server) -> Smtp {
    Smtp::new(server, &[certs().ca_der.clone()]).unwrap()
}

/// The Python that scripts/packages.sh made, with aiosmtpd in it.
fn python() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
        PathBuf::from,
    );
    let python = cache.join("siegelpost/smtp-sink/bin/python");
    assert!(
        python.exists(),
        "{} is missing: run `scripts/packages.sh test`, which makes it",
        python.display()
    );
    python
}
