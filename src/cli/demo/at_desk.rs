//! The demo's walk-in: somebody at the LRAO's desk.

use super::{DEMO_PIN, Teller, free_card, id, scan_of};
use crate::adapters::card::simulated::READERS;
use crate::app::{self, App};
use crate::cli::Failure;
use crate::cli::walk_in::{self, Asked, Folders, Told, WalkInAnswers};
use crate::cli::wizard::Secret;
use crate::domain::RequestId;
use crate::journey::{Trouble, outbox};
use crate::paper::Place;
use crate::ports::card::Readers;
use crate::rehearsal::{cast, specimen};
use crate::seal::KeyOwner;
use std::path::Path;

/// Somebody comes to the LRAO, who takes a card of Bern's stock: identified, issued and opened at the desk.
pub(super) fn walk_in(tell: &mut Teller, app: &App) -> Result<RequestId, Failure> {
    tell.step("Somebody walks in: the LRAO identifies them, issues, and they open the card at the desk")?;
    let desk = app.desk();
    let by = id("lrao");
    let today = desk.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let data = cast::walk_in_person(today);
    let serial = free_card(app, &data.site)?;
    let chip = desk.card(serial)?.chip_id;
    let readers = app
        .drawer()?
        .ok_or_else(|| Trouble::Damaged("the demo's office has no simulated cards".into()))?;
    readers.insert(READERS[1], &chip).map_err(Trouble::from)?;
    let mut person = serde_json::to_value(&data).expect("request data are plain data");
    // The wizard fills in the card's own serial.
    person.as_object_mut().map(|fields| fields.remove("card_serial"));
    let at_desk = |answers: WalkInAnswers| walk_in::Desk {
        app,
        by: &by,
        asked: Asked::ByFile(Box::new(answers)),
        folders: Folders {
            papers: app.path(Path::new("papers")),
            certificates: app.path(Path::new("certificates")),
        },
        chip: Some(chip.clone()),
        answer_iterations: None,
    };
    let identified = WalkInAnswers {
        zone: specimen::td1(&data).to_vec(),
        compared: true,
        data: Some(person),
        ..WalkInAnswers::default()
    };
    let mut say = |told: &Told| {
        if matches!(told, Told::Waits { .. }) {
            return Ok(());
        }
        Ok(tell.fact(told.line())?)
    };
    at_desk(identified).run(&mut say)?;

    // Signed at the desk, and scanned.
    let request = desk
        .card(serial)?
        .state
        .request()
        .ok_or_else(|| Trouble::Damaged("the walk-in has no request".into()))?;
    let owner = KeyOwner::Request(request);
    let places: Vec<Place> = desk.read_json(&desk.key(owner)?, owner, "layout")?;
    let printed = app::read(
        &app.path(Path::new("papers")).join(format!("{request}.pdf")),
        "the printed papers",
    )?;
    scan_of(app, &request.to_string(), &printed, &places, &data, 7)?;
    let decided = WalkInAnswers {
        scans: vec![app.path(Path::new("scans")).join(format!("{request}.pdf"))],
        looked_at: vec!["all".into()],
        approve: true,
        pin: Some(Secret(DEMO_PIN.into())),
        question: Some("Quel était le nom de votre première école ?".into()),
        answer: Some(Secret("École Spécimen".into())),
        ..WalkInAnswers::default()
    };
    at_desk(decided).run(&mut say)?;
    let mut card = readers.connect(&chip).map_err(Trouble::from)?;
    card.verify_pin(DEMO_PIN).map_err(Trouble::from)?;
    tell.fact(format!(
        "card {} is open; no letter was made, and no eTicket left the room",
        serial.grouped()
    ))?;
    outbox::flush(&desk, &*app.outbox()?)?;
    Ok(request)
}
