//! Prestage: a blank card gets its keys, is sealed, travels to a site and is received there.

use super::desk::{Desk, Trouble};
use crate::domain::officer::Role;
use crate::domain::{CardSerial, CardState, CardStep, OfficerId, Sha256, SiteId, TicketState};
use crate::journal::{Action, Actor};
use crate::ports::Waypoint;
use crate::ports::card::{
    Card, CardError, FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK, KeyAlgorithm, KeyKind, Slot,
};
use crate::ports::store::{CardKey, CardRow, Write};
use crate::seal::{
    self, CardIdentity, CardSecrets, CustodyBox, CustodyContext, CustodyKey, CustodySecrets, Pin,
    PrintRecipient, ShareMaster,
};
use aws_lc_rs::digest;

/// The generation of custody before the card is ever unsealed: what is pending while the card is being sealed.
const BEFORE_UNSEAL: u32 = 0;

/// What prestaging needs besides the desk.
pub struct Sealing<'a> {
    pub print_key: &'a PrintRecipient,
    pub share_master: &'a ShareMaster,
    /// Opens what was pending when an earlier run was cut off.
    pub custody: &'a CustodyKey,
}

/// Makes the keys on the card and seals it. Run again after an interruption, it goes on with the same card.
pub fn prestage(
    desk: &Desk,
    sealing: &Sealing,
    card: &mut dyn Card,
    serial: CardSerial,
    by: &OfficerId,
) -> Result<CardRow, Trouble> {
    desk.officer(by, Role::Security)?;
    let identity = CardIdentity {
        serial,
        chip_id: card.chip_id()?,
    };
    let mut row = match desk.store.card_of_chip(&identity.chip_id)? {
        Some(row) if row.serial != serial => {
            return Err(Trouble::refused(
                "other_serial",
                format!(
                    "this chip is card {} already: look at the printed serial",
                    row.serial.grouped()
                ),
            ));
        }
        Some(row) if row.sealed.is_some() => {
            return Err(Trouble::refused(
                "prestaged",
                format!("card {} is prestaged already", serial.grouped()),
            ));
        }
        Some(row) => row,
        None => register(desk, &identity)?,
    };

    // The management key opens the card for writing: the factory's, or the pending one of a run that was cut off.
    let context = CustodyContext {
        card: identity.clone(),
        generation: BEFORE_UNSEAL,
    };
    let pending = row
        .pending
        .as_deref()
        .map(|text| open_pending(sealing.custody, &context, text))
        .transpose()?;
    match (card.authenticate_management(&FACTORY_MANAGEMENT_KEY), &pending) {
        (Ok(()), _) => {}
        (Err(CardError::WrongManagementKey), Some(pending)) => {
            card.authenticate_management(&pending.management_key)?;
        }
        (Err(e), _) => return Err(e.into()),
    }
    row.keys = make_keys(card)?;
    desk.pass(Waypoint::PrestageKeysMade)?;

    // If power fails from here on, PUK and management key are found in the pending row, and the card is not lost. What is
    // pending already is used again: the card may hold it.
    let mut secrets = CardSecrets::draw(&mut desk.entropy());
    match pending {
        Some(pending) => {
            secrets.puk = pending.puk;
            secrets.management_key = pending.management_key;
        }
        None => {
            let kept = CustodySecrets {
                puk: Pin::parse(secrets.puk.as_str())?,
                management_key: secrets.management_key.clone(),
            };
            let sealed = seal::seal_to_custody(&sealing.custody.recipient(), &context, &kept);
            row.pending = Some(serde_json::to_string(&sealed).expect("a custody box is plain data"));
            desk.store
                .commit(desk.now(), vec![Write::Card(row.clone())], vec![])?;
            row.version += 1;
        }
    }
    desk.pass(Waypoint::PrestagePendingStored)?;

    change_secrets(card, &secrets)?;
    desk.pass(Waypoint::PrestageSecretsSet)?;

    // Only now, with the card holding them, are the secrets sealed to eTickets; the pending copy is forgotten with it.
    row.sealed = Some(seal::seal_card(
        &identity,
        &secrets,
        sealing.print_key,
        sealing.share_master,
        &mut desk.entropy(),
    ));
    row.pending = None;
    let key_ids = row.keys.iter().map(|k| key_id(&k.spki)).collect();
    let entry = desk
        .entry(Actor::Officer(by.clone()), Action::CardPrestaged)
        .card(serial)
        .fact("keys", row.keys.len() as i64)
        .fact("keys_sha256", row.keys_digest().to_string());
    let writes = vec![Write::Card(row.clone()), Write::CardKeys(serial, key_ids)];
    desk.store.commit(desk.now(), writes, vec![entry])?;
    desk.card(serial)
}

/// SHA-256 over the SubjectPublicKeyInfo: what makes a key unique over all cards.
pub fn key_id(spki: &[u8]) -> Sha256 {
    Sha256(
        digest::digest(&digest::SHA256, spki)
            .as_ref()
            .try_into()
            .expect("SHA-256 has 32 bytes"),
    )
}

fn register(desk: &Desk, identity: &CardIdentity) -> Result<CardRow, Trouble> {
    let row = CardRow {
        serial: identity.serial,
        chip_id: identity.chip_id.clone(),
        state: CardState::Staged,
        keys: vec![],
        sealed: None,
        tickets: vec![TicketState::Created; 3],
        custody: None,
        pending: None,
        delivery_note: None,
        version: 0,
    };
    desk.store.commit(desk.now(), vec![Write::NewCard(row)], vec![])?;
    desk.card(identity.serial)
}

fn open_pending(key: &CustodyKey, context: &CustodyContext, text: &str) -> Result<CustodySecrets, Trouble> {
    let sealed: CustodyBox = serde_json::from_str(text).map_err(|e| {
        Trouble::Damaged(format!(
            "the pending secrets are unreadable ({e}): restore the store"
        ))
    })?;
    Ok(seal::open_from_custody(key, context, &sealed)?)
}

/// All key sets the card has room for, and the key that proves the card itself.
fn make_keys(card: &mut dyn Card) -> Result<Vec<CardKey>, Trouble> {
    let mut slots = vec![Slot::CardAuthentication];
    for set in 1..=card.key_sets()? {
        slots.extend(KeyKind::ALL.map(|kind| Slot::Set { set, kind }));
    }
    slots
        .into_iter()
        .map(|slot| {
            Ok(CardKey {
                slot,
                spki: card.generate(slot, KeyAlgorithm::P256)?,
            })
        })
        .collect()
}

/// PUK, PIN, then the management key: from the factory's, or from where an earlier run was cut off.
fn change_secrets(card: &mut dyn Card, secrets: &CardSecrets) -> Result<(), Trouble> {
    match card.change_puk(FACTORY_PUK, secrets.puk.as_str()) {
        // An earlier run came further than this: the card has the new PUK, or is no card of ours.
        Err(CardError::WrongPuk { .. }) => card.change_puk(secrets.puk.as_str(), secrets.puk.as_str())?,
        done => done?,
    }
    match card.change_pin(FACTORY_PIN, secrets.pin.as_str()) {
        Err(CardError::WrongPin { .. } | CardError::Locked) => {
            card.reset_pin(secrets.puk.as_str(), secrets.pin.as_str())?;
        }
        done => done?,
    }
    Ok(card.set_management_key(&secrets.management_key)?)
}

/// Sends cards to a site on a delivery note; all of them, or none.
pub fn deliver(
    desk: &Desk,
    serials: &[CardSerial],
    site: &SiteId,
    note: &str,
    by: &OfficerId,
) -> Result<(), Trouble> {
    desk.officer(by, Role::Security)?;
    if desk.store.site(site)?.is_none() {
        return Err(Trouble::Unknown {
            what: format!("site {site}"),
            advice: "see siegelpost site list, or add it with siegelpost site add",
        });
    }
    if serials.is_empty() {
        return Err(Trouble::refused(
            "no_cards",
            "a delivery needs at least one card: name their serials",
        ));
    }
    let mut entry = desk
        .entry(Actor::Officer(by.clone()), Action::CardsDelivered)
        .site(site.clone())
        .fact("delivery_note", note);
    let mut writes = vec![];
    for &serial in serials {
        let mut row = desk.card(serial)?;
        if row.sealed.is_none() {
            return Err(Trouble::refused(
                "not_sealed",
                format!(
                    "card {} is not sealed yet: finish siegelpost card prestage first",
                    serial.grouped()
                ),
            ));
        }
        row.state = row.state.take(CardStep::Deliver { site: site.clone() }, serial)?;
        row.delivery_note = Some(note.to_owned());
        writes.push(Write::Card(row));
        entry = entry.card(serial);
    }
    Ok(desk.store.commit(desk.now(), writes, vec![entry])?)
}

/// Confirms that a delivery arrived; the receiver must work at the site.
pub fn receive(desk: &Desk, note: &str, by: &OfficerId) -> Result<Vec<CardSerial>, Trouble> {
    let officer = desk.officer(by, Role::Rio)?;
    let mut writes = vec![];
    let mut serials = vec![];
    let mut entry = desk
        .entry(Actor::Officer(by.clone()), Action::CardsReceived)
        .fact("delivery_note", note);
    for mut row in desk.store.cards()? {
        let CardState::InDelivery { site } = &row.state else {
            continue;
        };
        if row.delivery_note.as_deref() != Some(note) {
            continue;
        }
        if !officer.sites.contains(site) {
            return Err(Trouble::refused(
                "other_site",
                format!(
                    "delivery {note} went to {site}, where {by} is not enrolled: have its RIO receive it"
                ),
            ));
        }
        entry = entry.card(row.serial).site(site.clone());
        row.state = row.state.take(CardStep::Receive, row.serial)?;
        serials.push(row.serial);
        writes.push(Write::Card(row));
    }
    if serials.is_empty() {
        return Err(Trouble::Unknown {
            what: format!("an open delivery ‘{note}’"),
            advice: "compare the number on the delivery note; a delivery is received once",
        });
    }
    desk.store.commit(desk.now(), writes, vec![entry])?;
    Ok(serials)
}
