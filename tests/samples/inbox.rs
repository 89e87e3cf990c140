//! The samples in the inbox of their own office: what is taken in, what is set aside, and what is issued at the end.

use crate::office::{Office, id};
use crate::others_read::{at, cms_verify, run};
use crate::tree::{names, read};
use crate::{made, mails};
use siegelpost::adapters::mail::Maildir;
use siegelpost::app::{App, pem_block};
use siegelpost::config::OutboxConfig;
use siegelpost::domain::RequestId;
use siegelpost::domain::check::Outcome as Found;
use siegelpost::journey::evidence::{self, Judge};
use siegelpost::journey::intake::{Inbox, Outcome, Taken, take_in};
use siegelpost::journey::letter::{self, Stationery};
use siegelpost::journey::{issue, outbox, review};
use siegelpost::ports::mail::MailSource;
use siegelpost::ports::store::CertificateRow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Delivers a mail under a name that no other has, as mail servers do, and takes it in.
fn taken(app: &App, raw: &[u8]) -> Taken {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let unique = format!("mail-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let crl = app.path(Path::new("trust/crls/issuing.crl"));
    std::fs::write(crl, read("office/crls/issuing.crl")).expect("written");
    let trust = app.trust().expect("trust");
    let policy = &app.config.lrao.signatures;
    let judge = Judge {
        trust: &trust,
        policy,
        keys: &[],
    };
    let own = app.office_credentials().expect("the office's own");
    let sender = app.sender(&app.settings.office.mail, &own);
    let inbox = Inbox {
        judge: &judge,
        reader: app.reader(),
        sender: &sender,
    };
    let folder = tempfile::tempdir().expect("a folder");
    let box_of_one = Maildir::open("samples", folder.path()).expect("a Maildir");
    box_of_one.deliver(&unique, raw).expect("delivered");
    let found = box_of_one.list().expect("listed");
    assert_eq!(found.len(), 1);
    take_in(&app.desk(), &inbox, &box_of_one, &found[0])
        .expect("an outcome")
        .expect("the mail is there")
}

#[test]
fn the_inbox_sets_aside_every_refused_mail_for_the_reason_in_its_verdict() {
    made();
    let office = Office::found();
    for name in names("mails/refused/", ".eml") {
        let taken = taken(&office.app, &read(&name));
        assert_eq!(taken.outcome, Outcome::Quarantined, "{name}: {taken:?}");
        let beside = name.replace(".eml", ".verdict.json");
        let verdict: serde_json::Value = serde_json::from_slice(&read(&beside)).expect("JSON");
        for reason in verdict["reasons"].as_array().expect("a list") {
            let found = taken
                .reasons
                .iter()
                .any(|r| r.code == reason["code"].as_str().unwrap_or_default());
            assert!(found, "{name}: {reason} is not in {:?}", taken.reasons);
        }
    }
}

/// Takes a mail in, lets the LRAO approve its request, and issues.
fn issued(office: &Office, mail: &[u8]) -> (RequestId, Vec<CertificateRow>) {
    let app = &office.app;
    let taken = taken(app, mail);
    assert_eq!(taken.outcome, Outcome::Received, "{taken:#?}");
    let [request] = taken.request_ids[..] else {
        panic!("one request: {taken:#?}")
    };
    let dossier = review::show(&app.desk(), request).expect("in review");
    let open: Vec<_> = dossier
        .checks
        .iter()
        .filter(|c| c.outcome != Found::Passed)
        .collect();
    assert!(open.iter().all(|c| c.outcome == Found::NeedsEyes), "{open:#?}");
    let eyes: Vec<_> = open.iter().map(|c| c.code).collect();
    let lrao = id("lrao");
    let credentials = app.officer_credentials(&lrao).expect("the LRAO's own");
    let decider = evidence::Decider {
        id: &lrao,
        key: &credentials.key,
        certificates: &credentials.chain,
    };
    let trust = app.trust().expect("trust");
    let judge = Judge {
        trust: &trust,
        policy: &app.config.lrao.signatures,
        keys: &[],
    };
    review::approve(&app.desk(), &judge, request, &decider, &eyes).expect("approved");
    let (ca, own) = (
        app.ca().expect("the CA"),
        app.office_credentials().expect("the office's own"),
    );
    let sender = app.sender(&app.settings.office.mail, &own);
    let rows = issue::issue(
        &app.desk(),
        &ca.issuing(),
        &judge,
        &sender,
        &app.journal_public_key().expect("a key"),
        request,
        &lrao,
    )
    .expect("issued");
    (request, rows)
}

#[test]
fn the_inbox_takes_the_complete_request_once_and_no_strangers() {
    made();
    let office = Office::found();
    let of = |name: &str| taken(&office.app, &read(&format!("mails/good/{name}.eml")));
    let request = office.request("zoe-muster").request.request_id;
    let complete = of("complete");
    assert_eq!(
        (complete.outcome, &complete.request_ids[..]),
        (Outcome::Received, &[request][..]),
        "{complete:?}"
    );
    let stranger = of("stranger");
    assert_eq!(stranger.outcome, Outcome::Quarantined);
    assert!(
        !stranger.reasons.is_empty(),
        "a good certificate makes no RIO: {stranger:?}"
    );
    assert_eq!(of("complete").outcome, Outcome::Alias);
}

#[test]
fn openssl_verifies_the_certificates_of_a_holder() {
    made();
    let office = Office::found();
    let (_, rows) = issued(&office, &read("mails/good/complete.eml"));
    assert_eq!(rows.len(), 3);
    for row in rows {
        let kind = issue::kind_name(row.slot);
        let purpose = match kind {
            "authentication" => "sslclient",
            "signature" => "smimesign",
            // openssl asks for keyEncipherment here, which a P-256 key does not have (RFC 5480 section 3: keyAgreement).
            _ => "any",
        };
        let file = office.app.path(Path::new(kind));
        std::fs::write(&file, pem_block("CERTIFICATE", &row.der)).expect("written");
        let file = file.to_str().expect("UTF-8");
        let verified = |purpose: &str| {
            let at = at();
            let crls = [
                "-crl_check_all",
                "-CRLfile",
                "office/crls/root.crl",
                "-CRLfile",
                "office/crls/issuing.crl",
            ];
            let path = [
                "-CAfile",
                "office/root.pem",
                "-untrusted",
                "office/issuing.pem",
                file,
            ];
            run(
                "openssl",
                &[
                    &["verify", "-x509_strict", "-attime", &at, "-purpose", purpose][..],
                    &crls,
                    &path,
                ]
                .concat(),
            )
        };
        let output = verified(purpose);
        assert!(
            output.status.success(),
            "{kind}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            !verified("sslserver").status.success(),
            "{kind}: a person is no server"
        );
    }
}

#[test]
fn openssl_opens_a_mailed_letter_with_the_key_of_its_rio_alone() {
    made();
    let office = Office::found();
    let app = &office.app;
    let (request, _) = issued(
        &office,
        &mails::complete(&office, "alex-example", "scans/complete-en.pdf"),
    );
    let own = app.office_credentials().expect("the office's own");
    let sender = app.sender(&app.settings.office.mail, &own);
    let stationery = Stationery {
        press: &app.press,
        window: &app.config.dispatch.window,
    };
    let print_key = app.print_key().expect("the print key");
    letter::mail_to_rio(
        &app.desk(),
        &stationery,
        &print_key,
        &app.trust().expect("anchors and lists"),
        &sender,
        request,
        &id("lrao"),
    )
    .expect("mailed");
    outbox::flush(&app.desk(), &*app.outbox().expect("an outbox")).expect("sent");
    let OutboxConfig::Maildir { path, .. } = &app.config.lrao.outbox else {
        panic!("the samples leave into a Maildir")
    };
    let sent = std::fs::read_dir(app.path(path).join("new"))
        .expect("mails")
        .flatten()
        .map(|e| e.path());
    let encrypted = |path: &PathBuf| {
        String::from_utf8_lossy(&std::fs::read(path).expect("a mail")).contains("enveloped-data")
    };
    let sent: Vec<PathBuf> = sent.filter(encrypted).collect();
    assert_eq!(sent.len(), 1, "one letter was mailed: {sent:?}");

    let open = |who: &str| {
        let (certificate, key) = (
            format!("office/officers/{who}.encryption.pem"),
            format!("keys/{who}.encryption.pem"),
        );
        let file = sent[0].to_str().expect("UTF-8");
        run(
            "openssl",
            &[
                "cms",
                "-decrypt",
                "-in",
                file,
                "-recip",
                &certificate,
                "-inkey",
                &key,
                "-binary",
            ],
        )
    };
    assert!(
        !open("rio-zuerich").status.success(),
        "another officer opens nothing"
    );
    let inside = open("rio-bern");
    assert!(
        inside.status.success(),
        "{}",
        String::from_utf8_lossy(&inside.stderr)
    );
    let file = app.path(Path::new("inside.eml"));
    std::fs::write(&file, &inside.stdout).expect("written");
    let verified = cms_verify(file.to_str().expect("UTF-8"));
    assert!(
        verified.status.success(),
        "the office signed it: {}",
        String::from_utf8_lossy(&verified.stderr)
    );
    let mail = mail_parser::MessageParser::default()
        .parse(&verified.stdout)
        .expect("a MIME entity");
    let letter = mail.attachment(0).expect("the letter").contents();
    assert!(
        siegelpost::rehearsal::play::number_on(letter).is_some(),
        "its number can be read"
    );
}
