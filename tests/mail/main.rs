//! Mail against real servers and against servers that misbehave: Dovecot, an SMTP sink with faults, a proxy that cuts, and a
//! server of our own that hangs, lies and never ends. The real program is killed between storing and moving.
#![cfg(unix)]

mod certs;
mod commands;
mod crash;
mod dovecot;
mod fake;
mod hostile;
mod imap;
mod outbox;
#[expect(dead_code, reason = "shared with tests/journey, which uses all of it")]
#[path = "../journey/play.rs"]
mod play;
mod proxy;
mod quarantine;
mod scene;
mod sink;
mod smtp;
