//! A real SMTP server with faults: what is sent, what is tried again, what nobody knows, and what is never said in the clear.

use crate::proxy::Proxy;
use crate::scene::{ca_file, office, runs, without_papers, write_config};
use crate::sink::{Sink, way_out};
use siegelpost::adapters::mail::Secret;
use siegelpost::adapters::mail::smtp::{Security, Server, SignIn, Smtp};
use siegelpost::config::{self, OutboxConfig, SecretConfig, SmtpConfig};
use siegelpost::ports::mail::{Handover, MailSender, SendOutcome};
use siegelpost::ports::store::OutgoingState;
use std::fs;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const RAW: &[u8] =
    b"From: registration@office.example\r\nTo: rio@office.example\r\n\r\n.a dot first\r\nend\r\n";

fn handover(to: &str) -> Handover<'_> {
    Handover {
        return_to: Some("registration@office.example"),
        to,
        message_id: "<1@office.example>",
        raw: RAW,
    }
}

#[test]
fn mails_arrive_byte_for_byte_over_tls_and_by_every_way_to_sign_in() {
    for (mode, sign_in, secret) in [
        ("tls", SignIn::Plain, "specimen-password"),
        ("starttls", SignIn::Login, "specimen-password"),
        ("starttls", SignIn::Xoauth2, "specimen-token"),
    ] {
        let sink = Sink::start(mode);
        let with = |secret: &str| {
            way_out(Server {
                account: Some((
                    "registration".into(),
                    Secret::Command(vec!["echo".into(), secret.into()]),
                    sign_in,
                )),
                ..sink.server()
            })
        };
        let to = handover("rio@office.example");
        let refused = with("wrong").send(&to);
        assert!(
            matches!(&refused, SendOutcome::Unreachable(why) if !why.contains("wrong")),
            "{sign_in:?}: {refused:?}"
        );
        assert_eq!(with(secret).send(&to), SendOutcome::Sent, "{mode} {sign_in:?}");
        let arrived = sink.arrived();
        assert_eq!(arrived.len(), 1);
        assert_eq!(arrived[0].raw, RAW);
        assert_eq!(arrived[0].envelope["from"], "registration@office.example");
        assert_eq!(arrived[0].envelope["user"], "registration");
        assert_eq!(arrived[0].envelope["tls"], true);
    }
}

#[test]
fn each_fault_has_its_outcome() {
    let sink = Sink::start("tls");
    let way_out = way_out(Server {
        timeout: Duration::from_secs(2),
        ..sink.server()
    });
    let outcome = |local: &str| way_out.send(&handover(&format!("{local}@office.example")));
    for local in ["tempfail", "late-tempfail"] {
        assert!(matches!(outcome(local), SendOutcome::Temporary(_)), "{local}");
    }
    for local in ["permfail", "late-permfail"] {
        let outcome = outcome(local);
        assert!(
            matches!(&outcome, SendOutcome::Permanent(why) if why.contains("5.")),
            "{local}: {outcome:?}"
        );
    }
    assert!(sink.arrived().is_empty());
    for (n, local) in ["drop", "hang"].into_iter().enumerate() {
        let outcome = outcome(local);
        assert!(matches!(outcome, SendOutcome::Unknown(_)), "{local}: {outcome:?}");
        assert_eq!(sink.arrived().len(), n + 1, "the server has it");
    }
}

#[test]
fn nothing_is_sent_in_the_clear_or_to_a_server_that_is_not_trusted() {
    let plain = Sink::start("plain");
    let refused = way_out(Server {
        security: Security::StartTls,
        ..plain.server()
    })
    .send(&handover("rio@office.example"));
    assert!(
        matches!(&refused, SendOutcome::Unreachable(why) if why.contains("STARTTLS")),
        "{refused:?}"
    );
    assert!(plain.arrived().is_empty());

    for mode in ["tls", "starttls"] {
        let sink = Sink::start(mode);
        let stranger = Smtp::new(sink.server(), &[]).unwrap();
        let other_name = way_out(Server {
            host: "127.0.0.1".into(),
            ..sink.server()
        });
        for way_out in [stranger, other_name] {
            let refused = way_out.send(&handover("rio@office.example"));
            assert!(matches!(refused, SendOutcome::Unreachable(_)), "{refused:?}");
        }
        assert!(sink.arrived().is_empty());
    }
}

#[test]
fn a_line_that_is_cut_before_the_data_is_no_unknown_mail() {
    let sink = Sink::start("tls");
    // Some way into the handshake, and somewhere behind it.
    for after in [300, 1_100] {
        let proxy = Proxy::cutting_after(after, sink.port);
        let way_out = way_out(Server {
            port: proxy.port,
            ..sink.server()
        });
        let cut = way_out.send(&handover("rio@office.example"));
        assert!(proxy.has_cut.load(Ordering::SeqCst), "{after}: {cut:?}");
        assert!(matches!(cut, SendOutcome::Unreachable(_)), "{after}: {cut:?}");
    }
    assert!(sink.arrived().is_empty());
}

#[test]
fn a_server_that_never_answers_is_left_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let begun = Instant::now();
    let silent = way_out(Server {
        host: "localhost".into(),
        port: listener.local_addr().unwrap().port(),
        security: Security::StartTls,
        account: None,
        hello: "office.example".into(),
        timeout: Duration::from_secs(1),
    });
    let left = silent.send(&handover("rio@office.example"));
    assert!(matches!(left, SendOutcome::Unreachable(_)), "{left:?}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[test]
fn the_reply_about_a_refused_mail_leaves_by_smtp_with_the_null_sender() {
    let sink = Sink::start("starttls");
    let mut play = office();
    let mut config = play.app.config.clone();
    fs::write(play.folder.join("keys/smtp.secret"), "specimen-password").unwrap();
    config.lrao.outbox = OutboxConfig::Smtp(Box::new(SmtpConfig {
        name: "out".into(),
        host: "localhost".into(),
        port: Some(sink.port),
        security: config::Security::StartTls,
        user: Some("registration".into()),
        sign_in: config::SignIn::Password,
        secret: Some(SecretConfig::File("keys/smtp.secret".into())),
        ca_file: Some(ca_file(&play)),
        timeout_seconds: 10,
    }));
    write_config(&mut play, &config);
    play.arrive("1", &without_papers(&play));
    runs(&play, &["inbox", "run"]);
    let arrived = sink.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].envelope["from"], "<>");
    assert_eq!(arrived[0].envelope["to"][0], "rio-bern@office.example");
    let text = String::from_utf8(arrived[0].raw.clone()).unwrap();
    assert!(text.contains("\r\nAuto-Submitted: auto-replied\r\n"), "{text}");
    assert!(text.contains("no_scan"), "{text}");
    let rows = play.app.desk().store.outgoing().unwrap();
    assert_eq!(rows[0].state, OutgoingState::Sent);
}
