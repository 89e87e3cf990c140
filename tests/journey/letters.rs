//! The letter by mail: it carries a live eTicket, so it goes to nobody who may not have it.

use crate::case::Step;
use crate::play::{Play, code, officer};
use crate::stations::before;
use jiff::SignedDuration;
use siegelpost::app;
use siegelpost::domain::{Delivery, Request, Stage};
use siegelpost::journey::{Trouble, roster};
use siegelpost::pki::profile::{self, RevokedCertificate};
use siegelpost::pki::{Certificate, RevocationReason, Serial};
use siegelpost::seal::KeyOwner;
use std::fs;

/// The office with an issued request whose letter goes to the RIO.
fn issued() -> Play {
    let play = before(Step::Collect);
    let (desk, owner) = (play.app.desk(), KeyOwner::Request(play.case().request_id));
    let key = desk.key(owner).unwrap();
    let mut request: Request = desk.read_json(&key, owner, "request").unwrap();
    request.data.delivery = Delivery::Rio;
    let write = desk.json_document(&key, owner, "request", &request);
    desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
    play
}

#[track_caller]
fn nothing_went_out(play: &Play) {
    assert!(matches!(play.case().stage, Stage::Issued { .. }));
    let outgoing = play.app.desk().store.outgoing().unwrap();
    assert!(outgoing.iter().all(|o| o.purpose != "letter"), "{outgoing:?}");
}

#[test]
fn a_letter_goes_to_no_rio_who_was_removed() {
    let play = issued();
    let ca = play.app.ca().unwrap();
    let own = ca.issuing().authority.certificate;
    roster::remove(&play.app.desk(), own, &officer("rio-bern"), &officer("security")).unwrap();
    assert_eq!(code(play.mail_letter(play.case().request_id)), "rio_gone");
    nothing_went_out(&play);
}

#[test]
fn a_letter_is_encrypted_to_no_certificate_that_is_revoked_or_of_which_nobody_knows() {
    let play = issued();
    let id = play.case().request_id;
    let (ca, now) = (play.app.ca().unwrap(), play.app.desk().now());
    let rio = play
        .app
        .desk()
        .store
        .officer(&officer("rio-bern"))
        .unwrap()
        .unwrap();
    let encryption = Certificate::from_der(&rio.encryption_certificate).unwrap();
    let line = RevokedCertificate {
        serial: Serial::from_hex(&hex::encode(encryption.serial().octets())).unwrap(),
        at: now,
        reason: RevocationReason::KeyCompromise,
    };
    let week = SignedDuration::from_hours(7 * 24);
    let list = profile::issue_crl(ca.issuing().authority, 1_000, now, now + week, &[line]).unwrap();
    let lists = play.folder.join("trust/crls");
    fs::write(lists.join("revoked.crl"), app::pem_block("X509 CRL", list.der())).unwrap();
    assert_eq!(code(play.mail_letter(id)), "encryption_certificate_void");
    nothing_went_out(&play);

    fs::remove_file(lists.join("revoked.crl")).unwrap();
    fs::rename(lists.join("issuing.crl"), play.folder.join("away.crl")).unwrap();
    let unknown = play.mail_letter(id);
    assert!(matches!(unknown, Err(Trouble::Unavailable(_))), "{unknown:?}");
    nothing_went_out(&play);

    fs::rename(play.folder.join("away.crl"), lists.join("issuing.crl")).unwrap();
    play.mail_letter(id).unwrap();
    assert!(matches!(play.case().stage, Stage::Dispatched { .. }));
}
