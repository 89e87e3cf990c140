//! Doubtful mails, signers who are no longer good, and what was altered at rest: nothing is issued on any of them, and nothing is
//! lost.

use crate::case::Step;
use crate::play::{Play, SERIAL, code, names, officer, scan, scan_of};
use crate::stations::before;
use jiff::SignedDuration;
use lopdf::{Document, Object, Stream, dictionary};
use siegelpost::app;
use siegelpost::domain::{CardSerial, CheckCode, Request, RequestId, Sha256, Stage};
use siegelpost::journal::Action;
use siegelpost::journey::intake::Outcome;
use siegelpost::journey::{Trouble, issue, letter, request, review, roster};
use siegelpost::paper::SetInput;
use siegelpost::pki::profile::{self, RevokedCertificate};
use siegelpost::pki::{RevocationReason, Serial};
use siegelpost::ports::Waypoint;
use siegelpost::ports::store::{MailOutcome, Write};
use siegelpost::rehearsal::{cast, scanner};
use siegelpost::smime;
use std::fs;

#[test]
fn a_card_of_another_site_is_refused_at_the_desk_and_in_the_mail() {
    let play = before(Step::Request);
    let zuerich = CardSerial::from_number(987_654_321);
    play.prestage(&play.blank_card(), zuerich).unwrap();
    play.deliver_and_receive(&[zuerich], "zuerich").unwrap();
    let mut data = cast::example();
    data.card_serial = zuerich;
    assert_eq!(code(play.draft(data.clone())), "card_of_other_site");

    // Papers that siegelpost would not print.
    let request = Request {
        request_id: RequestId::from_bits(4711),
        data,
    };
    let input = SetInput {
        request: &request,
        office: &play.app.settings.office,
        rio_name: "Robin Beispiel",
        site_name: "Aussenstelle Bern",
        on: jiff::civil::date(2026, 3, 2),
    };
    let printed = play.app.press.request_set(input).unwrap();
    let scanned = scan(&printed.pdf, &printed.layout, &request.data);
    play.arrive("1", &play.mail("rio-bern", scanned.clone()));
    play.arrive("2", &play.mail("lrao", scanned));
    let taken = play.inbox().unwrap();
    let codes = |n: usize| {
        taken[n]
            .reasons
            .iter()
            .map(|r| r.code.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (taken[0].outcome, codes(0)),
        (Outcome::Quarantined, vec!["card_of_other_site"])
    );
    assert_eq!(
        (taken[1].outcome, codes(1)),
        (Outcome::Quarantined, vec!["signer_not_enrolled"])
    );
    assert_eq!(play.mails_in(".Rejected/cur").len(), 2);
    let outgoing = play.app.desk().store.outgoing().unwrap();
    assert_eq!(outgoing.len(), 1, "the RIO is told, a stranger is not");
    assert_eq!(outgoing[0].to, "rio-bern@office.example");
}

/// A scan with a page before it that has text on it and no code of ours.
fn with_cover_sheet(scan: &[u8]) -> Vec<u8> {
    let sheet = image::GrayImage::from_fn(827, 1169, |x, y| {
        let text =
            (100..700).contains(&x) && (150..600).contains(&y) && y % 30 < 10 && (x / 7 + y / 30) % 4 != 0;
        image::Luma([if text { 30 } else { 250 }])
    });
    let mut pdf = Document::load_mem(scan).unwrap();
    let tree = pdf
        .catalog()
        .and_then(|c| c.get(b"Pages")?.as_reference())
        .unwrap();
    let picture = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => 827, "Height" => 1169,
        "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8, "Filter" => "DCTDecode",
    };
    let picture = pdf.add_object(Stream::new(picture, scanner::jpeg(&sheet, 60)).with_compression(false));
    let content = pdf.add_object(Stream::new(
        dictionary! {},
        b"q 595 0 0 842 0 0 cm /Im0 Do Q".to_vec(),
    ));
    let leaf = pdf.add_object(dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "XObject" => dictionary! { "Im0" => picture } },
    });
    let pages = pdf.get_object_mut(tree).and_then(Object::as_dict_mut).unwrap();
    let mut kids = pages.get(b"Kids").and_then(Object::as_array).unwrap().clone();
    kids.insert(0, leaf.into());
    pages.set("Count", kids.len() as i64);
    pages.set("Kids", kids);
    let mut out = Vec::new();
    pdf.save_to(&mut out).unwrap();
    out
}

#[test]
fn a_cover_sheet_beside_complete_papers_is_left_to_a_persons_eyes() {
    let play = before(Step::Request);
    let mut data = cast::example();
    data.card_serial = CardSerial::from_number(SERIAL);
    let drafted = play.draft(data).unwrap();
    let covered = with_cover_sheet(&scan_of(&drafted));
    play.arrive("1", &play.mail("rio-bern", covered));
    let taken = play.inbox().unwrap();
    assert_eq!(taken[0].outcome, Outcome::Received, "{:?}", taken[0].reasons);
    let id = drafted.request.request_id;
    let checks = review::show(&play.app.desk(), id).unwrap().checks;
    let pages = checks
        .iter()
        .find(|c| c.code == CheckCode::PagesComplete)
        .unwrap();
    assert_eq!(pages.outcome, siegelpost::domain::Outcome::NeedsEyes, "{pages:?}");
    assert!(pages.detail.contains("all 3 pages"), "{pages:?}");
    assert_eq!(pages.compared.len(), 1, "{pages:?}");
    assert!(play.eyes_needed(id).contains(&CheckCode::PagesComplete));
}

#[test]
fn papers_that_a_rio_passes_on_are_shown_as_what_they_are_and_wait_for_a_persons_eyes() {
    let play = before(Step::Inbox);
    let own = play.folder.join("mail/inbox/new/1");
    let within = fs::read(&own).unwrap();
    fs::remove_file(&own).unwrap();
    let credentials = play.app.officer_credentials(&officer("rio-bern")).unwrap();
    let sender = play.app.sender("rio-bern@office.example", &credentials);
    let headers = [
        ("From", "rio-bern@office.example"),
        ("To", "registration@office.example"),
        ("Subject", "Fwd: papers"),
    ];
    // Mail programs name it by its type, and some by its file name alone.
    let entity = [
        &b"Content-Type: application/octet-stream; name=\"fwd.eml\"\r\n\r\n"[..],
        &within,
    ]
    .concat();
    let raw = smime::sign_mail(&headers, &entity, sender.sign_with(play.app.desk().now())).unwrap();
    play.arrive("forwarded", &raw);
    let taken = play.inbox().unwrap();
    assert_eq!(taken[0].outcome, Outcome::Received, "{:?}", taken[0].reasons);

    let id = play.case().request_id;
    assert_eq!(play.eyes_needed(id), [CheckCode::OwnMail]);
    let shown = review::show(&play.app.desk(), id).unwrap().checks;
    let check = shown.iter().find(|c| c.code == CheckCode::OwnMail).unwrap();
    assert!(
        check.compared[0]
            .value
            .contains("rio-bern@office.example, with a signature of its own"),
        "{check:?}"
    );
    assert_eq!(code(play.approve(id, "lrao", &[])), "undecidable");
    play.approve(id, "lrao", &[CheckCode::OwnMail]).unwrap();
}

#[test]
fn the_same_mail_again_is_an_alias_and_the_same_signed_content_is_refused() {
    let mut play = before(Step::Inbox);
    let raw = fs::read(play.folder.join("mail/inbox/new/1")).unwrap();
    play.arrive("2-again", &raw);
    // Under a subject and a number that somebody else wrote over it.
    let text = String::from_utf8(raw.clone()).unwrap();
    let (header, body) = text.split_once("\r\n\r\n").unwrap();
    let mut relayed = "Subject: PAYATONCE\r\nMessage-ID: <PAYATONCE@else.example>\r\n".to_owned();
    let mut skipped = false;
    for line in header.split("\r\n") {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap().to_ascii_lowercase();
            skipped = ["subject", "message-id"].contains(&name.as_str());
        }
        if !skipped {
            relayed.push_str(&format!("{line}\r\n"));
        }
    }
    let relayed = format!("{relayed}\r\n{body}").into_bytes();
    play.arrive("3-relayed", &relayed);
    let taken = play.inbox().unwrap();
    assert_eq!(
        taken.iter().map(|t| t.outcome).collect::<Vec<_>>(),
        [Outcome::Received, Outcome::Alias, Outcome::Quarantined]
    );
    assert_eq!(taken[2].reasons[0].code, "seen_before");
    play.flush().unwrap();
    let out = play.folder.join("mail/outbox/new");
    let told: String = names(&out)
        .iter()
        .map(|name| fs::read_to_string(out.join(name)).unwrap())
        .collect();
    let told = told.replace("=\r\n", "").replace("=\n", "");
    assert!(told.contains("seen_before"), "the reply says why: {told}");
    assert!(
        !told.contains("PAYATONCE"),
        "in our name nothing is said that anybody wrote: {told}"
    );
    assert_eq!(
        (
            play.mails_in("new").len(),
            play.mails_in(".Processed/cur").len(),
            play.mails_in(".Rejected/cur").len()
        ),
        (0, 2, 1)
    );
    assert_eq!(play.app.desk().store.mails().unwrap().len(), 2);
    play.open_again();
    assert!(play.inbox().unwrap().is_empty());
    play.case();
}

#[test]
fn a_mail_without_revocation_data_waits_and_is_taken_in_after_the_next_list() {
    let play = before(Step::Inbox);
    let lists = play.folder.join("trust/crls/issuing.crl");
    fs::remove_file(&lists).unwrap();
    for _ in 0..2 {
        let taken = play.inbox().unwrap();
        assert_eq!(taken[0].outcome, Outcome::Held, "{:?}", taken[0]);
        assert_eq!(play.mails_in("new"), ["1"], "it stays where it is");
    }
    let held = play
        .entries()
        .iter()
        .filter(|e| e.action == Action::MailHeld)
        .count();
    assert_eq!(held, 1, "the same news is told once");
    assert!(matches!(play.case().stage, Stage::Drafted { .. }));
    app::publish_crl(&play.app, Some(&officer("security"))).unwrap();
    assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Received);
    assert_eq!(play.app.desk().store.mails().unwrap().len(), 1);
    assert!(play.mails_in("new").is_empty());
}

#[test]
fn nothing_is_approved_or_issued_on_the_word_of_a_rio_who_is_revoked_or_removed() {
    for station in [Step::Approve, Step::Issue] {
        let attempt = |play: &Play| {
            let id = play.case().request_id;
            if station == Step::Approve {
                code(play.approve(id, "lrao", &play.eyes_needed(id)))
            } else {
                code(play.issue(id))
            }
        };
        // By the CA's list.
        let play = before(station);
        let (ca, now) = (play.app.ca().unwrap(), play.app.desk().now());
        let rio = play
            .app
            .officer_credentials(&officer("rio-bern"))
            .unwrap()
            .chain
            .remove(0);
        let line = RevokedCertificate {
            serial: Serial::from_hex(&hex::encode(rio.serial().octets())).unwrap(),
            at: now,
            reason: RevocationReason::KeyCompromise,
        };
        let week = SignedDuration::from_hours(7 * 24);
        let list = profile::issue_crl(ca.issuing().authority, 1_000, now, now + week, &[line]).unwrap();
        fs::write(
            play.folder.join("trust/crls/revoked.crl"),
            app::pem_block("X509 CRL", list.der()),
        )
        .unwrap();
        assert_eq!(attempt(&play), "mail_void", "{station:?}");

        // By the roster.
        let play = before(station);
        let ca = play.app.ca().unwrap();
        let own = ca.issuing().authority.certificate;
        roster::remove(&play.app.desk(), own, &officer("rio-bern"), &officer("security")).unwrap();
        assert_eq!(attempt(&play), "mail_void", "{station:?}");
    }
}

/// An issue that was begun ends although its mail does not count any more, and nothing that was signed stays valid.
#[test]
fn an_issue_that_cannot_be_finished_is_given_up_and_its_numbers_are_revoked() {
    let mut play = before(Step::Issue);
    let id = play.case().request_id;
    play.ends.end_at(Waypoint::IssueSigned);
    assert!(play.issue(id).is_err());
    play.open_again();
    let ca = play.app.ca().unwrap();
    let own = ca.issuing().authority.certificate;
    roster::remove(&play.app.desk(), own, &officer("rio-bern"), &officer("security")).unwrap();
    assert_eq!(code(play.issue(id)), "mail_void");
    let desk = play.app.desk();
    assert_eq!(code(request::withdraw(&desk, id, &officer("lrao"))), "issuing");

    let reserved = desk.store.issuance(id).unwrap().unwrap().serials;
    let credentials = play.app.office_credentials().unwrap();
    let sender = play.app.office_sender(&credentials);
    let give_up = |by: &str| issue::give_up(&desk, &sender, id, "the RIO is gone", &officer(by));
    assert_eq!(code(give_up("rio-zuerich")), "role");
    assert_eq!(give_up("lrao").unwrap(), 3);
    assert_eq!(
        give_up("lrao").unwrap(),
        3,
        "said again to a run that was cut off"
    );
    assert_eq!(code(play.issue(id)), "over");

    assert_eq!(play.case().stage.name(), "withdrawn");
    let card = play.card(play.case().card);
    assert_eq!(card.state.name(), "retired", "its keys may carry a name");
    assert_eq!(
        app::publish_crl(&play.app, Some(&officer("security"))).unwrap(),
        3 + 2,
        "those of the request, and the RIO's own"
    );
    let rows = desk.store.all_certificates().unwrap();
    for (_, serial) in reserved {
        assert!(rows.iter().any(|r| r.serial == serial && r.revoked.is_some()));
    }
    let given_up = play
        .entries()
        .into_iter()
        .filter(|e| e.action == Action::IssuingGivenUp);
    assert_eq!(given_up.count(), 1);
}

#[test]
fn whoever_names_requests_for_a_batch_hears_of_each_that_cannot_come_along() {
    let play = before(Step::Collect);
    let desk = play.app.desk();
    let unknown = RequestId::from_bits(4711);
    let id = play.case().request_id;
    assert_eq!(
        code(letter::collect(&desk, &[id, unknown], &officer("post"))),
        "unknown"
    );
    letter::collect(&desk, &[id], &officer("post")).unwrap();
    let play = before(Step::Issue);
    let too_early = letter::collect(&play.app.desk(), &[play.case().request_id], &officer("post"));
    assert_eq!(code(too_early), "no_letter");
}

/// Somebody who can write into the database, and into the blobs, but has no officer's key.
#[test]
fn what_was_altered_at_rest_issues_nothing() {
    let altered = |how: fn(&Play)| {
        let play = before(Step::Issue);
        how(&play);
        let id = play.case().request_id;
        let refused = match play.issue(id) {
            Err(Trouble::Refused { code, .. }) => code,
            Err(Trouble::Damaged(_)) => "damaged",
            other => panic!("issued, or stopped for another reason: {other:?}"),
        };
        assert!(play.app.desk().store.all_certificates().unwrap().is_empty());
        refused
    };
    fn document(play: &Play, kind: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
        let (desk, owner) = (
            play.app.desk(),
            siegelpost::seal::KeyOwner::Request(play.case().request_id),
        );
        let key = desk.key(owner).unwrap();
        let plain = desk.read_document(&key, owner, kind).unwrap().unwrap().to_vec();
        desk.store
            .commit(
                desk.now(),
                vec![desk.document(&key, owner, kind, &change(plain))],
                vec![],
            )
            .unwrap();
    }
    fn replaced(plain: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
        let text = String::from_utf8(plain).unwrap();
        assert!(text.contains(from));
        text.replacen(from, to, 1).into_bytes()
    }

    // The LRAO who decided turns out to be the RIO, under another account.
    assert_eq!(
        altered(|p| {
            let desk = p.app.desk();
            let mut lrao = desk.store.officer(&officer("lrao")).unwrap().unwrap();
            lrao.person = desk.store.officer(&officer("rio-bern")).unwrap().unwrap().person;
            let der = desk.store.officer_certificate(&lrao.id).unwrap().unwrap();
            desk.store
                .commit(desk.now(), vec![Write::Officer(lrao, der)], vec![])
                .unwrap();
        }),
        "decision_void"
    );
    assert_eq!(
        altered(|p| document(p, "decision", |mut d| {
            let n = d.len() / 2;
            d[n] ^= 1;
            d
        })),
        "decision_void"
    );
    assert_eq!(
        altered(|p| document(p, "checks", |d| replaced(d, "passed", "failed"))),
        "decision_void"
    );
    assert_eq!(
        altered(|p| document(p, "request", |d| replaced(d, "Muster", "Mustor"))),
        "decision_void"
    );
    // A stage that says it was decided, and reserved numbers, without anybody's signature under them.
    assert_eq!(
        altered(|p| {
            let desk = p.app.desk();
            let mut case = p.case();
            case.stage = Stage::Issuing {
                rio: Some(officer("rio-bern")),
                lrao: officer("lrao"),
                decision: Sha256([1; 32]),
            };
            document(p, "decision", |_| b"no signature".to_vec());
            desk.store
                .commit(desk.now(), vec![Write::Case(case)], vec![])
                .unwrap();
        }),
        "decision_void"
    );
    assert_eq!(
        altered(|p| {
            let mut case = p.case();
            if let Stage::Approved { lrao, .. } = &mut case.stage {
                *lrao = officer("second-robin");
            }
            let desk = p.app.desk();
            desk.store
                .commit(desk.now(), vec![Write::Case(case)], vec![])
                .unwrap();
        }),
        "decision_void"
    );
    // The kept mail.
    assert_eq!(
        altered(|p| {
            let name = p.app.desk().store.mails().unwrap()[0].blob.to_string();
            let path = p.folder.join("store/blobs").join(&name[..2]).join(&name);
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&path, bytes).unwrap();
        }),
        "damaged"
    );
}

#[test]
fn one_mail_with_two_requests_for_one_card_stops_no_inbox() {
    let play = before(Step::Request);
    let mut data = cast::example();
    data.card_serial = CardSerial::from_number(SERIAL);
    // Two papers that another office's program printed: there is no draft of either here.
    let mut scans = vec![];
    for bits in [11, 12] {
        let request = Request {
            request_id: RequestId::from_bits(bits),
            data: data.clone(),
        };
        let input = SetInput {
            request: &request,
            office: &play.app.settings.office,
            rio_name: "Robin Beispiel",
            site_name: "Aussenstelle Bern",
            on: jiff::civil::date(2026, 3, 2),
        };
        let printed = play.app.press.request_set(input).unwrap();
        scans.push(scan(&printed.pdf, &printed.layout, &request.data));
    }
    let raw = one_mail(&play, scans);
    play.arrive("1-two", &raw);
    let drafted = play.draft(data).unwrap();
    play.arrive("2-good", &play.mail("rio-bern", scan_of(&drafted)));
    let taken = play.inbox().unwrap();
    assert_eq!(taken[0].outcome, Outcome::Quarantined);
    assert!(
        taken[0].reasons.iter().any(|r| r.code == "card_taken"),
        "{:?}",
        taken[0].reasons
    );
    assert_eq!(taken[1].outcome, Outcome::Received);
    let mails = play.app.desk().store.mails().unwrap();
    assert!(mails.iter().all(|m| m.outcome != MailOutcome::Stored));
}

/// One mail of Bern's RIO with all these scans.
fn one_mail(play: &Play, scans: Vec<Vec<u8>>) -> Vec<u8> {
    let credentials = play.app.officer_credentials(&officer("rio-bern")).unwrap();
    let sender = play.app.sender("rio-bern@office.example", &credentials);
    let attachments = scans.into_iter().flat_map(crate::play::attached).collect();
    let mail = siegelpost::journey::submit::letter(
        &sender,
        siegelpost::domain::Language::De,
        &[],
        attachments,
        &play.app.settings.office.mail,
        "<two@office.example>",
    )
    .unwrap();
    siegelpost::journey::outbox::sign(&sender, &mail, play.app.desk().now()).unwrap()
}

#[test]
fn two_cards_for_one_person_in_one_mail_fail_each_others_check() {
    let play = before(Step::Request);
    let second = CardSerial::from_number(987_654_321);
    play.prestage(&play.blank_card(), second).unwrap();
    play.deliver_and_receive(&[second], "bern").unwrap();
    let mut scans = vec![];
    for serial in [CardSerial::from_number(SERIAL), second] {
        let mut data = cast::example();
        data.card_serial = serial;
        // One name, written in two ways.
        if serial == second {
            data.person.family_name = data.person.family_name.to_uppercase();
        }
        scans.push(scan_of(&play.draft(data).unwrap()));
    }
    play.arrive("1", &one_mail(&play, scans));
    let taken = play.inbox().unwrap();
    assert_eq!(taken[0].outcome, Outcome::Received, "{:?}", taken[0].reasons);
    let ids = &taken[0].request_ids;
    assert_eq!(ids.len(), 2);
    for (id, other) in [(ids[0], ids[1]), (ids[1], ids[0])] {
        let checks = review::show(&play.app.desk(), id).unwrap().checks;
        let check = checks
            .iter()
            .find(|c| c.code == CheckCode::NoOtherRequest)
            .unwrap();
        assert_eq!(check.outcome, siegelpost::domain::Outcome::Failed);
        assert!(check.detail.contains(&other.to_string()), "{check:?}");
        assert_eq!(
            code(play.approve(id, "lrao", &play.eyes_needed(id))),
            "undecidable"
        );
    }
}

#[test]
fn a_rio_takes_back_no_request_of_another_site() {
    let play = before(Step::Inbox);
    let id = play.case().request_id;
    let withdraw = |by: &str| request::withdraw(&play.app.desk(), id, &officer(by));
    assert_eq!(code(withdraw("rio-zuerich")), "other_site");
    assert_eq!(code(withdraw("post")), "role");
    assert!(matches!(play.case().stage, Stage::Drafted { .. }));
    withdraw("rio-bern").unwrap();
}
