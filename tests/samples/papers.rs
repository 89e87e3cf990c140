//! The papers of the samples: what a RIO enters, what is printed of it, and letters whose number opens nothing.

use crate::office::{MADE, Office, time};
use crate::tree::Tree;
use siegelpost::domain::ETicket;
use siegelpost::paper::{Letter, LetterId, Recipient, WindowProfile};

/// Data, papers with their layouts, letters.
pub fn make(office: &Office, tree: &mut Tree) {
    for (name, drafted) in &office.requests {
        tree.put(format!("requests/{name}.json"), json(&drafted.request.data));
        tree.put(format!("papers/{name}.pdf"), &drafted.printed.pdf[..]);
        tree.put(
            format!("papers/{name}.layout.json"),
            json(&drafted.printed.layout),
        );
    }
    tree.put("papers/delivery-note.pdf", &office.delivery_note[..]);
    for (name, end, issue) in [("zoe-muster", "de", 1), ("alex-example", "en", 2)] {
        tree.put(format!("letters/unseal-{end}.pdf"), letter(office, name, issue));
    }
}

/// A letter as the dispatch station prints it; its eTicket is made of letters of the alphabet in a row and belongs to no card.
fn letter(office: &Office, name: &str, issue: u8) -> Vec<u8> {
    let request = &office.request(name).request;
    let d = &request.data;
    let today = time(MADE).to_zoned(jiff::tz::TimeZone::UTC).date();
    let letter = Letter {
        id: LetterId::new(request.request_id, issue).expect("a letter's number"),
        language: d.language,
        recipient: Recipient {
            name: d.full_name(),
            address: d.address.clone(),
        },
        office: office.app.settings.office.clone(),
        card_serial: d.card_serial,
        on: today,
        valid_until: today.saturating_add(jiff::Span::new().days(90)),
        window: WindowProfile::c5_left(),
    };
    let number = ETicket::from_bytes(&mut b"SPECIMEN00".to_owned()).to_text();
    office
        .app
        .press
        .letter(&letter, &number)
        .expect("printed")
        .to_vec()
}

/// As `request new` writes it.
fn json(value: &impl serde::Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("plain data");
    text.push(b'\n');
    text
}
