//! The journey cut off at every named point, and finished by the same command run again.

use crate::case::Step;
use crate::play::{PIN, Play, SERIAL, names};
use crate::stations::before;
use siegelpost::domain::{CardSerial, Stage, TicketState};
use siegelpost::journal::Action;
use siegelpost::journey::Trouble;
use siegelpost::ports::Waypoint;
use siegelpost::ports::card::{CardError, KeyKind, Readers, Slot};
use siegelpost::ports::store::{MailOutcome, OutgoingState};
use siegelpost::seal::{self, CardIdentity, CustodyContext, SealedSlot, SlotNumber};

/// The step in which a point is passed; `None` for one beside the way to the open card.
fn step_of(at: Waypoint) -> Option<Step> {
    use Waypoint as W;
    Some(match at {
        W::PrestageKeysMade | W::PrestagePendingStored | W::PrestageSecretsSet => Step::Prestage,
        W::IntakeBlobStored
        | W::IntakeMailStored
        | W::IntakeJudged
        | W::IntakeCommitted
        | W::IntakeSettled => Step::Inbox,
        W::ReviewSigned => Step::Approve,
        W::IssueReserved | W::IssueSigned | W::IssueCommitted | W::OutboxHanded => Step::Issue,
        W::LetterReserved => Step::Collect,
        W::LetterRendered | W::BatchKept => Step::Render,
        W::BatchTakenOut | W::BatchLaidOut => Step::Print,
        W::DispatchHandedOver | W::BatchDestroyed => Step::HandOver,
        W::LetterGivenUp => return None,
        W::UnsealReleased
        | W::UnsealPendingStored
        | W::UnsealCertificatesWritten
        | W::UnsealPinSet
        | W::UnsealManagementKeySet
        | W::UnsealPukSet
        | W::UnsealCommitted => Step::Unseal,
        W::WalkInPapersKept | W::WalkInDrafted | W::WalkInRecorded => return None,
    })
}

/// Ends the step at the point; the office is opened again as a new run does.
#[track_caller]
fn cut(play: &mut Play, at: Waypoint) {
    play.ends.end_at(at);
    match play.take(step_of(at).expect("on the way")) {
        Err(Trouble::Interrupted(cut)) if cut.0 == at => {}
        other => panic!("{at:?} was not passed: {other:?}"),
    }
    play.open_again();
}

/// The same command again: it does the step, or says that it is done.
fn again(play: &mut Play, step: Step, context: &str) {
    match play.take(step) {
        Ok(()) => {}
        Err(Trouble::Refused {
            code: "already_done" | "over" | "batch_open",
            ..
        }) => {}
        Err(e) => panic!("{context}: {step:?} is not resumed: {e:?}"),
    }
}

#[test]
fn a_journey_cut_off_anywhere_is_finished_by_the_same_command() {
    let mut passed = 0;
    for at in Waypoint::ALL {
        let Some(step) = step_of(at) else { continue };
        let mut play = before(step);
        cut(&mut play, at);
        again(&mut play, step, &format!("{at:?}"));
        play.go_on()
            .unwrap_or_else(|(step, e)| panic!("{at:?}, later {step:?}: {e:?}"));
        assert_eq!(play.ends.pending(), None);
        is_whole(&play, &format!("{at:?}"));
        passed += 1;
        println!("{passed:>2} {at:?}: {step:?} was ended and done again, and the card is open");
    }
    // The one beside the way is passed in `batches`, those of the walk-in in `walk_in`.
    assert_eq!(
        passed,
        Waypoint::ALL
            .into_iter()
            .filter(|at| step_of(*at).is_some())
            .count()
    );
    println!("{passed} points of {}", Waypoint::ALL.len());
}

/// A worse day: each step ends at its first point, then at its second, and so on, before it is done.
#[test]
fn a_step_cut_off_again_and_again_is_finished_all_the_same() {
    let mut play = before(Step::Prestage);
    let mut cuts = 0;
    // What was recorded is not done again: these points are passed once, and only when nothing was cut off before them.
    let skipped = [
        Waypoint::IntakeSettled,
        Waypoint::OutboxHanded,
        Waypoint::BatchDestroyed,
    ];
    for at in Waypoint::ALL.into_iter().filter(|at| !skipped.contains(at)) {
        // The rest of the step before, and all steps on the way.
        let Some(step) = step_of(at) else { continue };
        play.go_on_to(step);
        assert_eq!(play.next_step(), Some(step), "{at:?}");
        cut(&mut play, at);
        cuts += 1;
        if at == Waypoint::DispatchHandedOver {
            // The letters are posted; the same command destroys the files that are left.
            again(&mut play, step, "after the handover");
        }
    }
    again(&mut play, Step::Unseal, "at the end");
    play.go_on().unwrap_or_else(|(step, e)| panic!("{step:?}: {e:?}"));
    is_whole(&play, "after many cuts");
    println!("{cuts} cuts in one journey");
}

/// Everything is there once, and agrees.
fn is_whole(play: &Play, context: &str) {
    let serial = CardSerial::from_number(SERIAL);
    let desk = play.app.desk();
    let case = play.case();
    let id = case.request_id;
    assert!(
        matches!(case.stage, Stage::Unsealed { .. }),
        "{context}: {:?}",
        case.stage
    );

    // One issuance, three certificates, on the card.
    let issuance = desk.store.issuance(id).unwrap().expect("one issuance");
    let rows = desk.store.all_certificates().unwrap();
    assert_eq!(rows.len(), 3, "{context}");
    assert!(
        rows.iter().all(|r| issuance
            .serials
            .iter()
            .any(|(slot, n)| *slot == r.slot && *n == r.serial)),
        "{context}"
    );

    // One ticket was used; nothing of any is left.
    let card = play.card(serial);
    let used = card
        .tickets
        .iter()
        .filter(|t| matches!(t, TicketState::Used { .. }))
        .count();
    assert_eq!((used, card.state.name()), (1, "active"), "{context}");
    assert!(card.tickets.iter().all(|t| t.must_be_destroyed()), "{context}");
    let sealed = card.sealed.as_ref().unwrap();
    assert!(
        SlotNumber::ALL
            .into_iter()
            .all(|n| matches!(sealed.slot(n), SealedSlot::Destroyed)),
        "{context}"
    );
    assert!(card.pending.is_none() && card.custody.is_some(), "{context}");
    let stock = desk.store.cards().unwrap();
    assert_eq!(stock.len(), 1, "{context}: one card in the stock");

    // The mail came in once, and lies where it belongs.
    let mails = desk.store.mails().unwrap();
    assert_eq!(mails.len(), 1, "{context}");
    assert_eq!(
        (mails[0].outcome, &mails[0].request_ids[..]),
        (MailOutcome::Received, &[id][..]),
        "{context}"
    );
    assert!(desk.blobs.get(mails[0].blob).is_ok(), "{context}");
    assert!(
        play.mails_in("new").is_empty() && play.mails_in(".Rejected/cur").is_empty(),
        "{context}"
    );
    assert_eq!(play.mails_in(".Processed/cur").len(), 1, "{context}");

    // Two notices went out, once each.
    let outgoing = desk.store.outgoing().unwrap();
    assert_eq!(outgoing.len(), 2, "{context}: {outgoing:?}");
    assert!(
        outgoing
            .iter()
            .all(|o| o.state == OutgoingState::Sent && o.purpose == "notice"),
        "{context}"
    );
    let files = names(&play.folder.join("mail/outbox/new"));
    assert_eq!(files.len(), 2, "{context}: {files:?}");

    // Nothing of the batch is left.
    assert_eq!(
        names(&play.folder.join("dispatch/batches")),
        Vec::<String>::new(),
        "{context}"
    );
    assert_eq!(
        names(&play.folder.join("tray")),
        Vec::<String>::new(),
        "{context}"
    );

    // The card is the holder's, and the office has the PUK that it has now.
    let chip = card.chip_id.clone();
    let drawer = play.app.drawer().unwrap().unwrap();
    drawer
        .insert(siegelpost::adapters::card::simulated::READERS[1], &chip)
        .unwrap();
    let mut token = drawer.connect(&chip).unwrap();
    token.verify_pin(PIN).unwrap_or_else(|e| panic!("{context}: {e}"));
    for kind in KeyKind::ALL {
        let slot = Slot::Set { set: 1, kind };
        let row = rows.iter().find(|r| r.slot == slot).unwrap();
        assert_eq!(token.certificate(slot).unwrap(), row.der, "{context}");
    }
    let old = play.old_puk.as_deref().expect("the PUK of before");
    assert!(
        matches!(
            token.reset_pin(old, "975310"),
            Err(CardError::WrongPuk { left: Some(2) })
        ),
        "{context}: the PUK is the old one"
    );
    let context_of = CustodyContext {
        card: CardIdentity {
            serial,
            chip_id: chip,
        },
        generation: siegelpost::journey::unseal::FIRST_CUSTODY,
    };
    let kept = serde_json::from_str(card.custody.as_deref().unwrap()).unwrap();
    let custody = seal::open_from_custody(&play.app.custody_key().unwrap(), &context_of, &kept).unwrap();
    token
        .reset_pin(custody.puk.as_str(), PIN)
        .unwrap_or_else(|e| panic!("{context}: {e}"));
    token
        .authenticate_management(&custody.management_key)
        .unwrap_or_else(|e| panic!("{context}: {e}"));

    // One journal, in which each deed stands once.
    let entries = play.entries();
    let times = |action: Action| entries.iter().filter(|e| e.action == action).count();
    for action in [
        Action::CardPrestaged,
        Action::RequestDrafted,
        Action::MailReceived,
        Action::RequestReceived,
        Action::RequestApproved,
        Action::IssuingBegun,
        Action::CertificatesIssued,
        Action::BatchMade,
        Action::LetterMade,
        Action::BatchPrinted,
        Action::BatchHandedOver,
        Action::TicketLive,
        Action::CardUnsealed,
        Action::PassphraseKept,
    ] {
        assert_eq!(times(action), 1, "{context}: {action:?}");
    }
    assert_eq!(times(Action::MailSent), 2, "{context}");
    assert_eq!(times(Action::MailAlias), 0, "{context}");
    assert_eq!(
        times(Action::TicketTriedWrong),
        0,
        "{context}: no try is spent by a cut"
    );
    let nth: Vec<u64> = entries
        .iter()
        .filter_map(|e| e.subjects.requests.get(&id).copied())
        .collect();
    assert_eq!(nth, (1..=nth.len() as u64).collect::<Vec<_>>(), "{context}");
    assert_eq!(play.journal_holds(), entries.len() as u64, "{context}");
}
