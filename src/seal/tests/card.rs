//! Who can open a sealed card: every combination of thefts that must open nothing, and every altered byte.

use super::{identity, seeded};
use crate::domain::ticket::ETicket;
use crate::seal::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// An office with one sealed card.
struct Office {
    print: PrintKey,
    master: ShareMaster,
    secrets: CardSecrets,
    card: SealedCard,
}

fn office(seed: u64) -> Office {
    let mut entropy = seeded(seed);
    let print = PrintKey::draw(&mut entropy);
    let master = ShareMaster::draw(&mut entropy);
    let secrets = CardSecrets::draw(&mut entropy);
    let card = seal_card(&identity(7), &secrets, &print.recipient(), &master, &mut entropy);
    Office {
        print,
        master,
        secrets,
        card,
    }
}

const FIRST: SlotNumber = SlotNumber::ALL[0];

fn ticket(office: &Office, number: SlotNumber) -> ETicket {
    open_ticket(
        &office.card.identity,
        number,
        office.card.slot(number),
        &office.print,
    )
    .expect("the print key opens it")
}

fn release(office: &Office, number: SlotNumber) -> Release {
    let tag = tag(&ticket(office, number), &office.card.identity, number);
    office
        .card
        .slot(number)
        .check(&tag, &office.master)
        .expect("the right tag")
}

fn same(a: &CardSecrets, b: &CardSecrets) -> bool {
    a.pin.as_str() == b.pin.as_str()
        && a.puk.as_str() == b.puk.as_str()
        && a.management_key == b.management_key
}

#[test]
fn each_of_the_three_tickets_opens_the_card() {
    let o = office(1);
    for number in SlotNumber::ALL {
        // As the holder does it: the number is typed, the wire is JSON, the row is JSON.
        let row = serde_json::to_string(&o.card).expect("serialises");
        let card: SealedCard = serde_json::from_str(&row).expect("reads back");
        card.check_version().expect("our version");
        let typed = ticket(&o, number).to_text();
        let ticket = ETicket::parse(&typed).expect("as printed");
        let wire = serde_json::to_string(&tag(&ticket, &card.identity, number)).expect("serialises");
        let tag: Tag = serde_json::from_str(&wire).expect("reads back");
        let wire = serde_json::to_string(&card.slot(number).check(&tag, &o.master).expect("right"))
            .expect("serialises");
        let release: Release = serde_json::from_str(&wire).expect("reads back");
        let opened = unseal(&ticket, &release, &card.secrets, &card.identity, number).expect("opens");
        assert!(same(&opened, &o.secrets));
    }
    assert_eq!(FIRST.next().map(SlotNumber::get), Some(2));
    assert_eq!(SlotNumber::ALL[2].next(), None);
}

#[test]
fn a_stolen_database_opens_nothing_even_with_the_ticket() {
    let o = office(2);
    let thief = ShareMaster::draw(&mut seeded(99));
    let ticket = ticket(&o, FIRST);
    // The thief runs our own server code on the stolen rows, with a master of their own.
    let tag = tag(&ticket, &o.card.identity, FIRST);
    let release = o
        .card
        .slot(FIRST)
        .check(&tag, &thief)
        .expect("the verifier is in the database");
    let opened = unseal(&ticket, &release, &o.card.secrets, &o.card.identity, FIRST);
    assert_eq!(
        opened.err(),
        Some(SealError::DoesNotOpen {
            what: "the sealed card"
        })
    );
}

#[test]
fn the_server_with_its_master_opens_nothing_without_the_ticket() {
    let o = office(3);
    let release = release(&o, FIRST);
    let mut guess = seeded(4);
    for _ in 0..100 {
        let wrong = ETicket::from_bytes(&mut random::<10>(&mut guess));
        assert!(unseal(&wrong, &release, &o.card.secrets, &o.card.identity, FIRST).is_err());
        let tag = tag(&wrong, &o.card.identity, FIRST);
        assert_eq!(
            o.card.slot(FIRST).check(&tag, &o.master).err(),
            Some(SealError::WrongTicket)
        );
    }
}

#[test]
fn a_ticket_serves_its_own_card_and_slot_alone() {
    let (o, other) = (office(5), office(6));
    let ticket = ticket(&o, FIRST);
    let second = SlotNumber::ALL[1];
    let in_other_slot = tag(&ticket, &o.card.identity, second);
    assert_eq!(
        o.card.slot(second).check(&in_other_slot, &o.master).err(),
        Some(SealError::WrongTicket)
    );
    // The right ticket, and its tag made for another slot.
    assert_eq!(
        o.card.slot(FIRST).check(&in_other_slot, &o.master).err(),
        Some(SealError::WrongTicket)
    );
    let for_other_card = tag(&ticket, &identity(8), FIRST);
    assert_eq!(
        o.card.slot(FIRST).check(&for_other_card, &o.master).err(),
        Some(SealError::WrongTicket)
    );
    assert!(unseal(&ticket, &release(&o, FIRST), &o.card.secrets, &identity(8), FIRST).is_err());
    assert!(
        unseal(
            &ticket,
            &release(&o, second),
            &o.card.secrets,
            &o.card.identity,
            FIRST
        )
        .is_err()
    );
    assert!(
        unseal(
            &ticket,
            &release(&o, FIRST),
            &other.card.secrets,
            &o.card.identity,
            FIRST
        )
        .is_err()
    );
}

#[test]
fn a_ticket_moved_to_another_row_is_not_printed() {
    let o = office(7);
    let moved = open_ticket(&o.card.identity, SlotNumber::ALL[1], o.card.slot(FIRST), &o.print);
    assert_eq!(
        moved.err(),
        Some(SealError::OtherContext {
            what: "the eTicket kept for the letter"
        })
    );
    let moved = open_ticket(&identity(8), FIRST, o.card.slot(FIRST), &o.print);
    assert_eq!(
        moved.err(),
        Some(SealError::OtherContext {
            what: "the eTicket kept for the letter"
        })
    );
}

#[test]
fn only_the_print_key_opens_a_ticket_for_its_letter() {
    let o = office(8);
    let other = PrintKey::draw(&mut seeded(9));
    let opened = open_ticket(&o.card.identity, FIRST, o.card.slot(FIRST), &other);
    assert_eq!(
        opened.err(),
        Some(SealError::DoesNotOpen {
            what: "the eTicket kept for the letter"
        })
    );
}

#[test]
fn a_destroyed_slot_keeps_nothing() {
    let mut o = office(10);
    let tag = tag(&ticket(&o, FIRST), &o.card.identity, FIRST);
    o.card.slot_mut(FIRST).destroy();
    assert!(o.card.slot(FIRST).is_destroyed());
    assert_eq!(
        o.card.slot(FIRST).check(&tag, &o.master).err(),
        Some(SealError::Destroyed)
    );
    let opened = open_ticket(&o.card.identity, FIRST, o.card.slot(FIRST), &o.print);
    assert_eq!(opened.err(), Some(SealError::Destroyed));
    assert_eq!(
        serde_json::to_string(o.card.slot(FIRST)).expect("serialises"),
        r#"{"slot":"destroyed"}"#
    );
    // The next ticket serves.
    assert!(ticket(&o, SlotNumber::ALL[1]).to_text().len() == 23);
}

#[test]
fn every_altered_byte_of_a_sealed_card_is_noticed() {
    let o = office(11);
    let ticket = ticket(&o, FIRST);
    let tag = tag(&ticket, &o.card.identity, FIRST);
    let opens = |card: &SealedCard| {
        let printed = open_ticket(&card.identity, FIRST, card.slot(FIRST), &o.print).is_ok();
        let release = card.slot(FIRST).check(&tag, &o.master);
        let unsealed = release
            .and_then(|r| unseal(&ticket, &r, &card.secrets, &card.identity, FIRST))
            .is_ok();
        (printed, unsealed)
    };
    assert_eq!(opens(&o.card), (true, true));
    let alter = |change: &dyn Fn(&mut SealedCard)| {
        let mut card = o.card.clone();
        change(&mut card);
        opens(&card)
    };
    for i in 0..o.card.secrets.0.len() {
        assert_eq!(
            alter(&|c| c.secrets.0[i] ^= 1),
            (true, false),
            "byte {i} of the secrets"
        );
    }
    let SealedSlot::Sealed {
        salt,
        wrap,
        ticket: boxed,
        verifier,
    } = o.card.slot(FIRST)
    else {
        panic!("sealed")
    };
    type Field = fn(&mut SealedSlot) -> &mut Vec<u8>;
    let fields: [(&str, usize, Field); 3] = [
        ("salt", salt.len(), |s| match s {
            SealedSlot::Sealed { salt, .. } => salt,
            SealedSlot::Destroyed => panic!("sealed"),
        }),
        ("wrap", wrap.0.len(), |s| match s {
            SealedSlot::Sealed { wrap, .. } => &mut wrap.0,
            SealedSlot::Destroyed => panic!("sealed"),
        }),
        ("verifier", verifier.len(), |s| match s {
            SealedSlot::Sealed { verifier, .. } => verifier,
            SealedSlot::Destroyed => panic!("sealed"),
        }),
    ];
    for (name, length, field) in fields {
        for i in 0..length {
            assert_eq!(
                alter(&|c| field(c.slot_mut(FIRST))[i] ^= 0x80),
                (true, false),
                "byte {i} of the {name}"
            );
        }
    }
    for i in 0..boxed.len() {
        let altered = alter(&|c| match c.slot_mut(FIRST) {
            SealedSlot::Sealed { ticket, .. } => ticket[i] ^= 1,
            SealedSlot::Destroyed => panic!("sealed"),
        });
        assert_eq!(altered, (false, true), "byte {i} of the ticket's box");
    }
    let shorter = alter(&|c| c.secrets.0.truncate(5));
    assert_eq!(shorter, (true, false));
}

#[test]
fn no_secret_stands_in_a_sealed_row_in_any_common_encoding() {
    let o = office(12);
    let row = serde_json::to_string(&o.card).expect("serialises");
    let raw = [
        o.secrets.pin.as_str().as_bytes().to_vec(),
        o.secrets.puk.as_str().as_bytes().to_vec(),
        o.secrets.management_key.to_vec(),
        ticket(&o, FIRST).as_bytes().to_vec(),
        ticket(&o, FIRST).to_text().as_bytes().to_vec(),
    ];
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    // All base64 of the row decoded again, so that a canary may hide at any offset.
    let value: serde_json::Value = serde_json::from_str(&row).expect("JSON");
    fn strings(value: &serde_json::Value, out: &mut Vec<Vec<u8>>) {
        match value {
            serde_json::Value::String(s) => {
                out.push(s.as_bytes().to_vec());
                out.extend(BASE64_STANDARD.decode(s));
            }
            serde_json::Value::Array(a) => a.iter().for_each(|v| strings(v, out)),
            serde_json::Value::Object(o) => o.values().for_each(|v| strings(v, out)),
            _ => {}
        }
    }
    let mut held = Vec::new();
    strings(&value, &mut held);
    assert!(held.len() > 20, "the row was looked through");
    for secret in &raw {
        for form in [
            secret.clone(),
            hex::encode(secret).into_bytes(),
            BASE64_STANDARD.encode(secret).into_bytes(),
        ] {
            assert!(!held.iter().any(|h| h.windows(form.len()).any(|w| w == form)));
        }
    }
}

#[test]
fn a_record_of_a_newer_version_is_refused() {
    let mut card = office(13).card;
    card.version = 2;
    assert_eq!(
        card.check_version(),
        Err(SealError::Version { found: 2, known: 1 })
    );
}

#[test]
fn sealing_draws_different_tickets_and_salts_each_time() {
    let o = office(80);
    let tickets: BTreeSet<_> = SlotNumber::ALL
        .iter()
        .map(|n| *ticket(&o, *n).as_bytes())
        .collect();
    assert_eq!(tickets.len(), 3);
    let salts: BTreeSet<_> = o
        .card
        .slots
        .iter()
        .map(|s| match s {
            SealedSlot::Sealed { salt, .. } => salt.clone(),
            SealedSlot::Destroyed => panic!("sealed"),
        })
        .collect();
    assert_eq!(salts.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chosen_pins_survive_the_seal(pin in "[0-9]{6,8}", puk in "[0-9]{6,8}") {
        let mut entropy = seeded(90);
        let (print, master) = (PrintKey::draw(&mut entropy), ShareMaster::draw(&mut entropy));
        let secrets = CardSecrets {
            pin: Pin::parse(&pin).expect("a PIN"),
            puk: Pin::parse(&puk).expect("a PUK"),
            management_key: random(&mut entropy),
        };
        let card = seal_card(&identity(1), &secrets, &print.recipient(), &master, &mut entropy);
        let o = Office { print, master, secrets, card };
        let opened = unseal(&ticket(&o, FIRST), &release(&o, FIRST), &o.card.secrets, &o.card.identity, FIRST);
        prop_assert!(same(&opened.expect("opens"), &o.secrets));
    }
}
