//! The walk-in: from the desk to the open card as one, cut off at every named point, and refused by name.

use crate::canaries::{every_planted_canary_is_found, forms_of_text, search, secrets_in_custody, secrets_of};
use crate::desk::{visitor, zone};
use crate::play::{ANSWER, MORNING, PIN, Play, SERIAL, code, copy_folder, names, officer, scan_of, scratch};
use jiff::{SignedDuration, Timestamp};
use siegelpost::adapters::card::simulated::READERS;
use siegelpost::app;
use siegelpost::domain::identification::{Identification, MrzSource};
use siegelpost::domain::{CardSerial, CardState, Stage, TicketState};
use siegelpost::journal::Action;
use siegelpost::journey::evidence::{self, Judge};
use siegelpost::journey::walk_in::{self, Stand};
use siegelpost::journey::{Trouble, letter, request};
use siegelpost::ports::Waypoint;
use siegelpost::ports::card::{Card, KeyKind, Readers, Slot};
use siegelpost::ports::store::{OutgoingState, Write};
use siegelpost::seal::{
    self, CardIdentity, CustodyBox, CustodyContext, EscrowKey, KeyFile, KeyOwner, SealedSlot, SlotNumber,
};
use siegelpost::smime::Policy;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn serial() -> CardSerial {
    CardSerial::from_number(SERIAL)
}

/// An office whose card lies at Bern, in the second reader.
fn with_card(seed: &str) -> Play {
    let play = Play::found(seed);
    play.card_at_bern();
    play
}

/// The stages before which the office is kept, once for all tests; the first has the card at Bern and no request.
const KEPT: [&str; 4] = ["delivered", "in_review", "approved", "issued"];

/// A walk-in that stands so, an hour after the one before.
fn standing(stage: &str) -> Play {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = scratch().keep();
        let play = with_card("the desk of all stages");
        let mut card = token(&play);
        for stage in KEPT {
            if stage != "delivered" {
                play.go_on_at_desk_to(serial(), stage, &mut *card);
            }
            copy_folder(&play.folder, &folder.join(stage));
        }
        folder
    });
    let n = KEPT.iter().position(|s| *s == stage).expect("a kept stage");
    let at = MORNING.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(n as i64 + 1);
    Play::from_copy(&made.join(stage), stage, at)
}

fn token(play: &Play) -> Box<dyn Card> {
    let chip = play.card(serial()).chip_id;
    let drawer = play.app.drawer().unwrap().unwrap();
    drawer.insert(READERS[1], &chip).unwrap();
    drawer.connect(&chip).unwrap()
}

/// One card, one request, three certificates, one journal, and no letter.
fn is_whole(play: &Play, context: &str) {
    let desk = play.app.desk();
    let case = play.case();
    let id = case.request_id;
    assert!(
        matches!(&case.stage, Stage::Unsealed { helper, .. } if *helper == officer("lrao")),
        "{context}: {:?}",
        case.stage
    );
    let row = play.card(serial());
    assert_eq!(row.state, CardState::Active { request: id }, "{context}");
    assert!(
        matches!(row.tickets[0], TicketState::Used { .. }),
        "{context}: {:?}",
        row.tickets
    );
    assert!(row.tickets.iter().all(|t| t.must_be_destroyed()), "{context}");
    let sealed = row.sealed.as_ref().unwrap();
    assert!(
        SlotNumber::ALL
            .into_iter()
            .all(|n| matches!(sealed.slot(n), SealedSlot::Destroyed)),
        "{context}"
    );
    assert!(row.pending.is_none() && row.custody.is_some(), "{context}");

    let rows = desk.store.all_certificates().unwrap();
    assert_eq!(rows.len(), 3, "{context}");
    let mut card = token(play);
    card.verify_pin(PIN).unwrap_or_else(|e| panic!("{context}: {e}"));
    for kind in KeyKind::ALL {
        let slot = Slot::Set { set: 1, kind };
        let row = rows.iter().find(|r| r.slot == slot).unwrap();
        assert_eq!(card.certificate(slot).unwrap(), row.der, "{context}");
    }

    // Nothing was printed for the post, and nothing mailed but the notices of issue and unseal.
    let outgoing = desk.store.outgoing().unwrap();
    assert_eq!(outgoing.len(), 2, "{context}: {outgoing:?}");
    assert!(
        outgoing
            .iter()
            .all(|o| o.purpose == "notice" && o.state == OutgoingState::Sent),
        "{context}"
    );
    assert!(
        names(&play.folder.join("dispatch/batches")).is_empty(),
        "{context}"
    );
    for name in names(&play.folder.join("mail/outbox/new")) {
        let mail = fs::read_to_string(play.folder.join("mail/outbox/new").join(name)).unwrap();
        let text = mail.replace("=\r\n", "").replace("=\n", "");
        assert!(
            text.contains("guichet") && !text.contains("lettre"),
            "{context}: {text}"
        );
    }

    let entries = play.entries();
    let times = |action: Action| entries.iter().filter(|e| e.action == action).count();
    for action in [
        Action::RequestDrafted,
        Action::WalkInIdentified,
        Action::RequestApproved,
        Action::IssuingBegun,
        Action::CertificatesIssued,
        Action::CardUnsealed,
        Action::PassphraseKept,
        Action::WalkInDone,
    ] {
        assert_eq!(times(action), 1, "{context}: {action:?}");
    }
    for action in [
        Action::TicketLive,
        Action::BatchMade,
        Action::LetterMailed,
        Action::MailReceived,
        Action::TicketTriedWrong,
    ] {
        assert_eq!(times(action), 0, "{context}: {action:?}");
    }
    assert_eq!(play.journal_holds(), entries.len() as u64, "{context}");
}

#[test]
fn somebody_walks_in_and_leaves_with_an_open_card() {
    let play = standing("delivered");
    play.go_on_at_desk(serial()).unwrap();
    is_whole(&play, "at once");
    // The same command again has nothing left to do.
    let chip = play.card(serial()).chip_id;
    let stand = walk_in::stand(&play.app.desk(), &chip, &officer("lrao")).unwrap();
    assert!(matches!(stand, Stand::Open(_)));

    // One file proves the case to somebody who has nothing of the office but its public key and its anchors.
    let id = play.case().request_id;
    let file = evidence::collect(&play.app.desk(), id, &play.app.journal_key().unwrap()).unwrap();
    let trust = play.app.trust().unwrap();
    let policy = Policy::default();
    let judge = Judge {
        trust: &trust,
        policy: &policy,
        keys: &[],
    };
    let key = play.app.journal_public_key().unwrap();
    let examined = evidence::examine(&file, &key, &judge).unwrap();
    assert_eq!(examined.defects, Vec::<String>::new());
    let said = examined.facts.join("\n");
    assert!(said.contains("walked in and was identified by lrao"), "{said}");
    assert!(said.contains("(approve) is signed by"), "{said}");
    let named = |name: &str| examined.report.named(name).count();
    assert_eq!(
        (
            named("papers_1"),
            named(Identification::DOCUMENT),
            named("decision")
        ),
        (1, 1, 1)
    );
    assert_eq!(named("certificate_signature"), 1);
}

#[test]
fn a_walk_in_cut_off_anywhere_is_finished_by_the_next_run() {
    let mut cuts = 0;
    let points = Waypoint::ALL.into_iter().filter(|at| {
        let name = format!("{at:?}");
        ["WalkIn", "Review", "Issue", "Outbox", "Unseal"]
            .iter()
            .any(|step| name.starts_with(step))
    });
    for at in points {
        let context = format!("{at:?}");
        let stage = match &context[..5] {
            "WalkI" => "delivered",
            "Revie" => "in_review",
            "Issue" | "Outbo" => "approved",
            _ => "issued",
        };
        let mut play = standing(stage);
        play.ends.end_at(at);
        match play.go_on_at_desk(serial()) {
            Err(Trouble::Interrupted(cut)) if cut.0 == at => {}
            other => panic!("{context} was not passed: {other:?}"),
        }
        play.open_again();
        play.go_on_at_desk(serial())
            .unwrap_or_else(|e| panic!("{context}: {e}"));
        assert_eq!(play.ends.pending(), None);
        is_whole(&play, &context);
        cuts += 1;
        println!("{cuts:>2} {context}: the card is open, and nothing was done twice");
    }
    assert_eq!(cuts, 15);
}

#[test]
fn the_zone_may_be_read_from_the_copy_alone() {
    let play = with_card("a zone on the copy");
    let drafted = play.draft_at_desk(visitor(serial()), &[], "lrao").unwrap();
    let id = drafted.request.request_id;
    play.bring_in(id, &scan_of(&drafted), "lrao").unwrap();
    let desk = play.app.desk();
    let owner = KeyOwner::Request(id);
    let kept: Identification = desk
        .read_json(&desk.key(owner).unwrap(), owner, Identification::DOCUMENT)
        .unwrap();
    assert_eq!(kept.source, MrzSource::Scanned);
    assert_eq!(kept.document.number, drafted.request.data.travel_document.number);
    play.go_on_at_desk(serial()).unwrap();
    is_whole(&play, "scanned");
}

#[test]
fn what_stands_against_a_walk_in_is_said_before_anything_is_on_file() {
    let play = with_card("refused at the desk");
    let data = visitor(serial());
    let good = zone(&data);

    // Whoever is no LRAO, and the LRAO themselves.
    assert_eq!(code(play.draft_at_desk(data.clone(), &good, "rio-bern")), "role");
    let mut own = data.clone();
    own.person.family_name = "Muster-Pruefer".into();
    own.person.given_names = "Luca".into();
    own.person.birth_date = "1975-11-30".parse().unwrap();
    assert_eq!(code(play.draft_at_desk(own, &[], "lrao")), "same_person");

    // An expired document, by what its zone says.
    let mut old = data.clone();
    old.travel_document.expiry = "2025-06-30".parse().unwrap();
    assert_eq!(
        code(play.draft_at_desk(data.clone(), &zone(&old), "lrao")),
        "document_expired"
    );

    // A card that is at no site, and one of a site where this LRAO does not work.
    let chip = play.blank_card();
    let other = CardSerial::from_number(222_333_444);
    play.prestage(&chip, other).unwrap();
    let stand = |chip: &str, by: &str| walk_in::stand(&play.app.desk(), chip, &officer(by)).map(drop);
    assert_eq!(code(stand(&chip, "lrao")), "card_state");
    play.deliver_and_receive(&[other], "zuerich").unwrap();
    let desk = play.app.desk();
    let mut of_bern = desk.store.officer(&officer("second-robin")).unwrap().unwrap();
    of_bern.sites = vec!["bern".parse().unwrap()];
    let certificate = desk.store.officer_certificate(&of_bern.id).unwrap().unwrap();
    let write = Write::Officer(of_bern, certificate);
    desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
    assert_eq!(code(stand(&chip, "second-robin")), "card_of_other_site");
    let mut there = data.clone();
    there.card_serial = other;
    there.site = "zuerich".parse().unwrap();
    assert_eq!(
        code(play.draft_at_desk(there.clone(), &[], "second-robin")),
        "other_site"
    );
    // The details and the card must agree about the site.
    there.site = "bern".parse().unwrap();
    assert_eq!(code(play.draft_at_desk(there, &[], "lrao")), "card_of_other_site");
    assert!(desk.store.cases().unwrap().is_empty());
    assert_eq!(code(stand("no such chip", "lrao")), "unknown");
}

#[test]
fn papers_that_do_not_hold_are_refused_and_the_next_scan_is_taken() {
    let play = with_card("papers at the desk");
    let data = visitor(serial());
    // The zone of somebody else.
    let mut other = data.clone();
    other.person.given_names = "Max".into();
    other.person.family_name = "Fremd".into();
    let drafted = play.draft_at_desk(data, &zone(&other), "lrao").unwrap();
    let id = drafted.request.request_id;
    let good = scan_of(&drafted);
    let said = |result: Result<_, Trouble>| match result {
        Err(Trouble::Refused { code, why }) => (code, why),
        Err(e) => panic!("{e:?}"),
        Ok::<Vec<_>, _>(_) => panic!("not refused"),
    };
    let (why, text) = said(play.bring_in(id, &good, "lrao"));
    assert_eq!(why, "checks");
    assert!(text.contains("name_agrees"), "{text}");
    request::withdraw(&play.app.desk(), id, &officer("lrao")).unwrap();
    assert_eq!(
        play.card(serial()).state.name(),
        "delivered",
        "the card is free again"
    );

    let data = visitor(serial());
    let right = zone(&data);
    let drafted = play.draft_at_desk(data, &right, "lrao").unwrap();
    let id = drafted.request.request_id;
    // Papers of the request that was given up, none at all, and a page that was not signed.
    assert_eq!(code(play.bring_in(id, &good, "lrao")), "scan");
    assert_eq!(code(play.bring_in(id, b"no scan", "lrao")), "scan");
    let unsigned = play.half_signed(id, |place| place.name != "holder_receipt");
    let (why, text) = said(play.bring_in(id, &unsigned, "lrao"));
    assert_eq!(why, "checks");
    assert!(text.contains("receipt_signed"), "{text}");
    // Another LRAO has not met the holder.
    assert_eq!(
        code(play.bring_in(id, &scan_of(&drafted), "second-robin")),
        "other_officer"
    );
    assert!(matches!(
        play.app.desk().case(id).unwrap().stage,
        Stage::Drafted { .. }
    ));
    play.go_on_at_desk(serial()).unwrap();
    assert_eq!(play.card(serial()).state.name(), "active");
}

#[test]
fn a_visitor_with_an_open_request_or_a_foreign_mail_domain_is_refused() {
    let mut play = with_card("a second request");
    let second = CardSerial::from_number(222_333_444);
    let chip = play.blank_card();
    play.prestage(&chip, second).unwrap();
    play.deliver_and_receive(&[second], "bern").unwrap();
    let mut card = token(&play);
    play.go_on_at_desk_to(serial(), "in_review", &mut *card);
    // The same person on another card.
    let data = visitor(second);
    let typed = zone(&data);
    let drafted = play.draft_at_desk(data, &typed, "lrao").unwrap();
    let refused = play.bring_in(drafted.request.request_id, &scan_of(&drafted), "lrao");
    let why = refused.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(why.contains("no_other_request"), "{why}");

    play.app.settings.mail_domains = vec!["elsewhere.example".into()];
    let refused = play.bring_in(drafted.request.request_id, &scan_of(&drafted), "lrao");
    let why = refused.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(why.contains("mail_domain"), "{why}");
}

#[test]
fn rios_and_letters_have_no_part_in_a_walk_in() {
    let play = with_card("kept apart");
    // A RIO drafts nothing for the desk.
    assert_eq!(code(play.draft(visitor(serial()))), "delivery");
    let data = visitor(serial());
    let typed = zone(&data);
    let drafted = play.draft_at_desk(data, &typed, "lrao").unwrap();
    let id = drafted.request.request_id;
    // The papers of the desk, in a RIO's mail.
    let raw = play.mail("rio-bern", scan_of(&drafted));
    play.arrive("1", &raw);
    let taken = play.inbox().unwrap();
    assert!(
        taken[0].reasons.iter().any(|r| r.code == "walk_in"),
        "{:?}",
        taken[0].reasons
    );
    assert!(matches!(play.case().stage, Stage::Drafted { .. }));

    let mut card = token(&play);
    play.go_on_at_desk_to(serial(), "issued", &mut *card);
    // No letter is made for it, by neither way, and the wizard of letters does not open it.
    assert_eq!(code(play.collect()), "no_letters");
    assert_eq!(
        code(letter::collect(&play.app.desk(), &[id], &officer("post"))),
        "delivery"
    );
    let chip = play.card(serial()).chip_id;
    let (_, tickets) = play.open_sealed(serial());
    assert_eq!(
        code(play.unseal(&chip, "helper", &tickets[0].to_text(), PIN)),
        "walk_in"
    );
    // The helper of letters does not open it here either.
    let mut card = token(&play);
    assert_eq!(code(play.open_at_desk(&mut *card, "helper", PIN)), "role");
    assert_eq!(
        code(play.open_at_desk(&mut *card, "lrao", "123456")),
        "trivial_pin"
    );
    assert_eq!(play.card(serial()).tickets, vec![TicketState::Created; 3]);
    play.go_on_at_desk(serial()).unwrap();
    assert_eq!(play.card(serial()).state.name(), "active");
}

#[test]
fn a_card_with_a_letter_is_not_opened_at_the_desk() {
    let play = crate::stations::before(crate::case::Step::Unseal);
    let chip = play.card(serial()).chip_id;
    let stand = walk_in::stand(&play.app.desk(), &chip, &officer("lrao")).map(drop);
    assert_eq!(code(stand), "card_taken");
    let mut card = token(&play);
    assert_eq!(code(play.open_at_desk(&mut *card, "lrao", PIN)), "not_walk_in");
}

#[test]
fn an_office_may_ask_for_a_second_officer() {
    let mut play = with_card("two officers");
    play.app.settings.walk_in_second_officer = true;
    let mut card = token(&play);
    play.go_on_at_desk_to(serial(), "in_review", &mut *card);
    let id = play.case().request_id;
    let eyes = play.eyes_needed(id);
    // Neither who identified the holder, nor the same person by another account, nor the holder.
    assert_eq!(code(play.approve(id, "lrao", &eyes)), "same_person");
    assert_eq!(code(play.approve(id, "second-luca", &eyes)), "same_person");
    play.approve(id, "second-robin", &eyes).unwrap();
    while play.next_at_desk(serial(), &mut *card).unwrap() {}
    let file = evidence::collect(&play.app.desk(), id, &play.app.journal_key().unwrap()).unwrap();
    let trust = play.app.trust().unwrap();
    let policy = Policy::default();
    let judge = Judge {
        trust: &trust,
        policy: &policy,
        keys: &[],
    };
    let key = play.app.journal_public_key().unwrap();
    let examined = evidence::examine(&file, &key, &judge).unwrap();
    assert_eq!(examined.defects, Vec::<String>::new());
    assert!(
        examined
            .facts
            .iter()
            .any(|f| f.starts_with("the identification is signed by"))
    );

    // Asked for after the first officer signed nothing: nothing is issued on it.
    let mut play = standing("approved");
    play.app.settings.walk_in_second_officer = true;
    let id = play.case().request_id;
    assert_eq!(code(play.issue(id)), "identification_void");
}

#[test]
fn nothing_is_issued_on_an_identification_or_papers_that_were_altered() {
    let altered = |name: &str| {
        let play = standing("approved");
        let id = play.case().request_id;
        let desk = play.app.desk();
        let owner = KeyOwner::Request(id);
        let key = desk.key(owner).unwrap();
        let mut plain = desk.read_document(&key, owner, name).unwrap().unwrap().to_vec();
        if name == Identification::DOCUMENT {
            let mut said: Identification = serde_json::from_slice(&plain).unwrap();
            said.document.number = "X9999999".into();
            plain = serde_json::to_vec(&said).unwrap();
        } else {
            *plain.last_mut().unwrap() ^= 1;
        }
        let write = desk.document(&key, owner, name, &plain);
        desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
        let refused = code(play.issue(id));
        assert!(play.app.desk().store.all_certificates().unwrap().is_empty());
        refused
    };
    assert_eq!(altered("papers_1"), "identification_void");
    assert_eq!(altered(Identification::DOCUMENT), "decision_void");
}

#[test]
fn no_secret_of_a_walk_in_lies_in_clear_anywhere_in_the_office() {
    let mut play = with_card("a walk-in with canaries");
    let mut canaries = secrets_of(&play, serial());
    canaries.extend(forms_of_text("the holder's PIN", PIN, 3));
    canaries.extend(forms_of_text("the holder's answer", ANSWER, 30));
    let nowhere = Vec::<String>::new();
    for at in Waypoint::ALL {
        if !["WalkIn", "Issue", "Unseal"]
            .iter()
            .any(|s| format!("{at:?}").starts_with(s))
        {
            continue;
        }
        play.ends.end_at(at);
        // Each run ends a point later than the one before, where it is passed once more.
        let _ = play.go_on_at_desk(serial());
        play.open_again();
        canaries.extend(secrets_in_custody(&play, serial()));
        assert_eq!(search(&play.folder, &canaries), nowhere, "{at:?}");
    }
    play.go_on_at_desk(serial()).unwrap();
    let id = play.case().request_id;
    let proof = evidence::collect(&play.app.desk(), id, &play.app.journal_key().unwrap()).unwrap();
    fs::create_dir_all(play.folder.join("evidence")).unwrap();
    fs::write(play.folder.join("evidence/case.json"), &proof).unwrap();
    assert_eq!(search(&play.folder, &canaries), nowhere, "at the end");
    every_planted_canary_is_found(&play, &canaries);
    println!("{} forms of secrets, nowhere", canaries.len());
}

#[test]
fn two_escrow_officers_open_together_what_the_office_cannot_any_more() {
    let mut play = with_card("in escrow");
    let files = ["first.key", "second.key"].map(|name| play.folder.join("keys").join(name));
    let security = officer("security");
    app::set_up_escrow(&play.app, &files[0], &files[1], &security).unwrap();
    play.open_again();
    assert_eq!(
        code(app::set_up_escrow(
            &play.app,
            Path::new("a"),
            Path::new("b"),
            &security
        )),
        "escrow"
    );
    play.go_on_at_desk(serial()).unwrap();

    let row = play.card(serial());
    let kept: CustodyBox = serde_json::from_str(row.custody.as_deref().unwrap()).unwrap();
    let context = CustodyContext {
        card: CardIdentity {
            serial: serial(),
            chip_id: row.chip_id.clone(),
        },
        generation: 1,
    };
    let [first, second] = files
        .each_ref()
        .map(|file| EscrowKey::from_text(&fs::read_to_string(file).unwrap()).unwrap());
    // One officer alone, and both in the wrong order, open nothing.
    assert!(seal::open_from_escrow(&first, &first, &context, &kept).is_err());
    assert!(seal::open_from_escrow(&second, &first, &context, &kept).is_err());
    // An earlier rotation's box is not taken for this one.
    let later = CustodyContext {
        generation: 2,
        ..context.clone()
    };
    assert!(seal::open_from_escrow(&first, &second, &later, &kept).is_err());
    let secrets = seal::open_from_escrow(&first, &second, &context, &kept).unwrap();
    let mut card = token(&play);
    card.authenticate_management(&secrets.management_key).unwrap();
    card.reset_pin(secrets.puk.as_str(), "975310").unwrap();
    let entries = play.entries();
    let unsealed = entries.iter().find(|e| e.action == Action::CardUnsealed).unwrap();
    assert_eq!(unsealed.facts.get("in_escrow"), Some(&true.into()));

    // Without escrow nothing is said to be there.
    let play = standing("issued");
    play.go_on_at_desk(serial()).unwrap();
    let kept: CustodyBox = serde_json::from_str(play.card(serial()).custody.as_deref().unwrap()).unwrap();
    assert!(!kept.is_in_escrow());
}
