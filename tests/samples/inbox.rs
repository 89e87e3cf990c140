//! The samples in the inbox of their own office: what is taken in, what is set aside, and what is issued at the end.

use crate::made;
use crate::office::{JUDGED, Office, id, time};
use crate::tree::{folder, names, read};
use siegelpost::adapters::mail::Maildir;
use siegelpost::app::App;
use siegelpost::domain::check::Outcome as Found;
use siegelpost::journey::evidence::Judge;
use siegelpost::journey::intake::{Inbox, Outcome, Taken, take_in};
use siegelpost::journey::{issue, review};
use siegelpost::ports::mail::MailSource;
use std::path::Path;
use std::process::Command;

/// Delivers these samples and takes them in, each with what became of it.
fn taken(app: &App, mails: &[String]) -> Vec<(String, Taken)> {
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
        rasterise: &app.rasteriser,
        sender: &sender,
    };
    let mut all = vec![];
    for name in mails {
        let folder = tempfile::tempdir().expect("a folder");
        let box_of_one = Maildir::open("samples", folder.path()).expect("a Maildir");
        box_of_one.deliver("one", &read(name)).expect("delivered");
        let found = box_of_one.list().expect("listed");
        assert_eq!(found.len(), 1);
        let taken = take_in(&app.desk(), &inbox, &box_of_one, &found[0]).expect("an outcome");
        all.push((name.clone(), taken));
    }
    all
}

#[test]
fn the_inbox_sets_aside_every_refused_mail_for_the_reason_in_its_verdict() {
    made();
    let office = Office::found();
    for (name, taken) in taken(&office.app, &names("mails/refused/", ".eml")) {
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

#[test]
fn the_inbox_takes_the_complete_request_and_openssl_verifies_what_is_issued() {
    made();
    let office = Office::found();
    let app = &office.app;
    let mails = [
        "mails/good/complete.eml",
        "mails/good/stranger.eml",
        "mails/good/complete.eml",
    ]
    .map(String::from);
    let all = taken(app, &mails);
    let outcomes: Vec<Outcome> = all.iter().map(|(_, taken)| taken.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Received, Outcome::Quarantined, Outcome::Alias],
        "{all:#?}"
    );
    assert!(
        !all[1].1.reasons.is_empty(),
        "a stranger is no RIO: {:?}",
        all[1].1
    );

    let request = office.request("zoe-muster").request.request_id;
    assert_eq!(all[0].1.request_ids, [request]);
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
    let decider = review::Decider {
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
    let rows = issue::issue(&app.desk(), &ca.issuing(), &judge, &sender, request, &lrao).expect("issued");
    assert_eq!(rows.len(), 3);
    for row in rows {
        let kind = issue::kind_name(row.slot);
        let purpose = match kind {
            "authentication" => "sslclient",
            "signature" => "smimesign",
            // openssl asks for keyEncipherment here, which a P-256 key does not have (RFC 5480 section 3: keyAgreement).
            _ => "any",
        };
        let file = app.path(Path::new(kind));
        std::fs::write(&file, siegelpost::app::pem_block("CERTIFICATE", &row.der)).expect("written");
        let file = file.to_str().expect("UTF-8");
        let verified = |purpose: &str| {
            let at = time(JUDGED).as_second().to_string();
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
            let args = [
                &["verify", "-x509_strict", "-attime", &at, "-purpose", purpose][..],
                &crls,
                &path,
            ]
            .concat();
            Command::new("openssl")
                .args(args)
                .current_dir(folder())
                .output()
                .expect("openssl is installed")
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
