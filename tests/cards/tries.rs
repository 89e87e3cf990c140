//! Wrong numbers and wrong PINs: which cost a try, and which do not.

use crate::office::{before_unseal, serial, unseal};
use crate::play::code;
use crate::reader::Reader;
use jiff::SignedDuration;
use siegelpost::domain::{ETicket, TicketState};
use siegelpost::pki::RevocationReason;
use siegelpost::pki::profile::{RevokedCertificate, issue_crl};
use siegelpost::ports::card::Card;

/// Another number of the same form.
fn wrong(n: u8) -> ETicket {
    ETicket::from_bytes(&mut [n; 10])
}

#[test]
fn five_wrong_numbers_lock_and_no_try_of_the_card_is_spent() {
    let station = before_unseal("wrong numbers");
    let reader = Reader::with_card(Some(&station.card));
    let left = |reader: &Reader| reader.power().unwrap().pin_tries_left().unwrap();
    let all = left(&reader);
    for n in 0..5 {
        let refused = unseal(&station.play, &mut reader.power().unwrap(), &wrong(n));
        assert_eq!(code(refused), "wrong_ticket");
        assert_eq!(left(&reader), all, "the card was not asked");
    }
    let state = station.play.card(serial()).tickets[0];
    assert!(matches!(state, TicketState::Locked { .. }), "{state:?}");
    // The right number comes too late.
    let number = station.play.number();
    let late = unseal(&station.play, &mut reader.power().unwrap(), &number);
    assert_eq!(code(late), "ticket");
}

#[test]
fn four_wrong_numbers_leave_the_right_one_good() {
    let station = before_unseal("nearly locked");
    let reader = Reader::with_card(Some(&station.card));
    for n in 0..4 {
        assert!(unseal(&station.play, &mut reader.power().unwrap(), &wrong(n)).is_err());
    }
    unseal(
        &station.play,
        &mut reader.power().unwrap(),
        &station.play.number(),
    )
    .unwrap();
}

#[test]
fn another_card_in_the_reader_spends_no_try_of_the_letter() {
    let station = before_unseal("another card");
    let other = Reader::with_card(None);
    let refused = unseal(&station.play, &mut other.power().unwrap(), &station.play.number());
    assert_eq!(code(refused), "unknown");
    let state = station.play.card(serial()).tickets[0];
    assert!(matches!(state, TicketState::Live { .. }), "{state:?}");
}

#[test]
fn a_revoked_helper_spends_no_try() {
    let station = before_unseal("a revoked helper");
    let app = &station.play.app;
    let helper = crate::play::officer("helper");
    let credentials = app.officer_credentials(&helper).unwrap();
    let now = app.desk().now();
    let revoked = RevokedCertificate {
        serial: credentials.chain[0].serial().clone(),
        at: now,
        reason: RevocationReason::KeyCompromise,
    };
    let ca = app.ca().unwrap();
    let next = now + SignedDuration::from_hours(24);
    let list = issue_crl(ca.issuing().authority, 99, now, next, &[revoked]).unwrap();
    std::fs::write(station.play.folder.join("trust/crls/issuing.crl"), list.der()).unwrap();
    let reader = Reader::with_card(Some(&station.card));
    let refused = unseal(&station.play, &mut reader.power().unwrap(), &wrong(1));
    assert_eq!(code(refused), "helper_certificate");
    let state = station.play.card(serial()).tickets[0];
    assert!(matches!(state, TicketState::Live { .. }), "{state:?}");
}
