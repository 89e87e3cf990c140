//! No secret lies in clear anywhere in the office, at any time of a journey.

use crate::canaries::{every_planted_canary_is_found, forms_of_text, search, secrets_in_custody, secrets_of};
use crate::case::Step;
use crate::play::{ANSWER, PIN, Play, SERIAL};
use siegelpost::domain::CardSerial;
use siegelpost::journey::evidence;
use std::fs;

#[test]
fn no_secret_lies_in_clear_anywhere_in_the_office() {
    let mut play = Play::found("an office with canaries");
    play.blank_card();
    let serial = CardSerial::from_number(SERIAL);
    play.go_on_to(Step::Deliver);
    let mut canaries = secrets_of(&play, serial);
    canaries.extend(forms_of_text("the holder's PIN", PIN, 3));
    canaries.extend(forms_of_text("the holder's answer", ANSWER, 30));
    assert_eq!(
        search(&play.folder, &canaries),
        Vec::<String>::new(),
        "after prestaging"
    );

    // Rendered, the batch lies encrypted; taken out, it lies where it was taken to, and there alone the scanner finds the number.
    play.go_on_to(Step::Print);
    assert_eq!(search(&play.folder, &canaries), Vec::<String>::new(), "rendered");
    play.go_on_to(Step::HandOver);
    let letters = format!("tray/{}/letters-c5-left-de.pdf: eTicket 1 ", play.batch());
    let hits = search(&play.folder, &canaries);
    assert!(
        !hits.is_empty() && hits.iter().all(|h| h.starts_with(&letters)),
        "{hits:#?}"
    );
    play.go_on_to(Step::Unseal);
    assert_eq!(search(&play.folder, &canaries), Vec::<String>::new(), "posted");

    // Every point of the unseal, cut off: what is pending then lies in the store.
    for at in siegelpost::ports::Waypoint::ALL
        .into_iter()
        .filter(|w| format!("{w:?}").starts_with("Unseal"))
    {
        play.ends.end_at(at);
        assert!(play.take(Step::Unseal).is_err(), "{at:?}");
        play.open_again();
        canaries.extend(secrets_in_custody(&play, serial));
        assert_eq!(search(&play.folder, &canaries), Vec::<String>::new(), "{at:?}");
    }
    play.go_on().unwrap();
    let id = play.case().request_id;
    let proof = evidence::collect(&play.app.desk(), id, &play.app.journal_key().unwrap()).unwrap();
    fs::create_dir_all(play.folder.join("evidence")).unwrap();
    fs::write(play.folder.join("evidence/case.json"), &proof).unwrap();
    assert_eq!(
        search(&play.folder, &canaries),
        Vec::<String>::new(),
        "at the end"
    );

    every_planted_canary_is_found(&play, &canaries);
    println!("{} forms of secrets, nowhere", canaries.len());
}
