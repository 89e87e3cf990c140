//! Prestage: a blank card gets its keys, is sealed, travels to a site and is received there.

mod delivery;
pub mod stock;
mod weak;

pub use delivery::{deliver, receive, receive_scanned};

use super::desk::{Desk, Trouble};
use crate::domain::officer::Role;
use crate::domain::{CardSerial, CardState, OfficerId, Sha256, TicketState};
use crate::journal::{Action, Actor, Draft};
use crate::pki::{self, Certificate};
use crate::ports::Waypoint;
use crate::ports::card::{
    Attestation, Card, CardError, FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK, KeyAlgorithm, KeyKind,
    Slot,
};
use crate::ports::store::{CardKey, CardRow, Write};
use crate::seal::{
    self, CardIdentity, CardSecrets, CustodyBox, CustodyContext, CustodyKey, CustodySecrets, Pin,
    PrintRecipient, ShareMaster,
};
use aws_lc_rs::digest;

/// The generation of custody before the card is ever unsealed: what is pending while the card is being sealed.
const BEFORE_UNSEAL: u32 = 0;
/// Key sets of a card: one for now and two for renewals.
const KEY_SETS: u8 = 3;

/// Wrong PINs that lock a card where the number can be set, and wrong PUKs that end it.
const PIN_TRIES: u8 = 4;
const PUK_TRIES: u8 = 3;

/// What prestaging needs besides the desk.
pub struct Sealing<'a> {
    pub print_key: &'a PrintRecipient,
    pub share_master: &'a ShareMaster,
    /// Opens what was pending when an earlier run was cut off.
    pub custody: &'a CustodyKey,
    /// What keys are made.
    pub keys: KeyAlgorithm,
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
    let known = known(desk, card, serial)?;
    let pending = known
        .as_ref()
        .and_then(|row| row.pending.as_deref().map(|text| (row, text)))
        .map(|(row, text)| open_pending(sealing.custody, &pending_of(row), text))
        .transpose()?;

    // The management key opens the card for writing: the factory's, or the pending one of a run that was cut off. It is changed
    // last, so that the pending one says that PIN and PUK are changed too.
    let all_changed = match (card.authenticate_management(&FACTORY_MANAGEMENT_KEY), &pending) {
        (Ok(()), _) => false,
        (Err(CardError::WrongManagementKey), Some(pending)) => {
            card.authenticate_management(&pending.management_key)?;
            true
        }
        (Err(CardError::WrongManagementKey), None) => return Err(not_factory("management key")),
        (Err(e), _) => return Err(e.into()),
    };
    card.introduce()?;
    let mut row = match known {
        Some(row) => row,
        // A card that had no name of its own has one now.
        None => match self::known(desk, card, serial)? {
            Some(row) => row,
            None => register(
                desk,
                &CardIdentity {
                    serial,
                    chip_id: card.chip_id()?,
                },
            )?,
        },
    };
    match &pending {
        None => set_retries(card)?,
        // Its keys are made for the holder, and the PIN of a run that was cut off is not known: the management key sets another.
        Some(pending) if !card.has_puk() => {
            let pin = draw(desk).pin;
            card.reset_pin(pending.puk.as_str(), pin.as_str())?;
            card.verify_pin(pin.as_str())?;
        }
        Some(_) => {}
    }
    let made = make_keys(card, sealing.keys)?;
    row.keys = made.keys;
    desk.pass(Waypoint::PrestageKeysMade)?;

    // If power fails from here on, PUK and management key are found in the pending row, and the card is not lost. What is
    // pending already is used again: the card may hold it.
    let mut secrets = draw(desk);
    let went_on = pending.is_some();
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
            let sealed = seal::seal_to_custody(&sealing.custody.recipient(), &pending_of(&row), &kept);
            row.pending = Some(serde_json::to_string(&sealed).expect("a custody box is plain data"));
            desk.store
                .commit(desk.now(), vec![Write::Card(row.clone())], vec![])?;
            row.version += 1;
        }
    }
    desk.pass(Waypoint::PrestagePendingStored)?;

    change_secrets(card, &secrets, went_on, all_changed)?;
    factory_secrets_are_refused(card, &secrets)?;
    desk.pass(Waypoint::PrestageSecretsSet)?;

    // Only now, with the card holding them, are the secrets sealed to eTickets; the pending copy is forgotten with it.
    row.sealed = Some(seal::seal_card(
        &identity_of(&row),
        &secrets,
        sealing.print_key,
        sealing.share_master,
        &mut desk.entropy(),
    ));
    row.pending = None;
    let key_ids = row.keys.iter().map(|k| key_id(&k.spki)).collect();
    let mut entry = of_keys(desk, Action::CardPrestaged, &row, by);
    if made.attested > 0 {
        entry = entry.fact("keys_attested", made.attested);
    }
    let writes = vec![Write::Card(row.clone()), Write::CardKeys(serial, key_ids)];
    desk.store.commit(desk.now(), writes, vec![entry])?;
    desk.card(serial)
}

/// The entry that records the public keys of a card: all of them together, and each by its place.
fn of_keys(desk: &Desk, action: Action, row: &CardRow, by: &OfficerId) -> Draft {
    let entry = desk
        .entry(Actor::Officer(by.clone()), action)
        .card(row.serial)
        .fact("keys", row.keys.len() as i64)
        .fact("keys_sha256", row.keys_digest().to_string());
    row.keys.iter().fold(entry, |entry, key| {
        let name = format!("key_{}", key.slot.name());
        entry.fact(&name, key_id(&key.spki).to_string())
    })
}

/// The card's row from a run that was cut off; none for a card that was never here.
fn known(desk: &Desk, card: &mut dyn Card, serial: CardSerial) -> Result<Option<CardRow>, Trouble> {
    let row = desk.store.card_of_chip(&card.chip_id()?)?;
    match &row {
        Some(row) if row.serial != serial => Err(Trouble::refused(
            "other_serial",
            format!(
                "this chip is card {} already: look at the printed serial",
                row.serial.grouped()
            ),
        )),
        Some(row) if row.sealed.is_some() => Err(Trouble::refused(
            "prestaged",
            format!("card {} is prestaged already", serial.grouped()),
        )),
        _ => Ok(row),
    }
}

fn identity_of(row: &CardRow) -> CardIdentity {
    CardIdentity {
        serial: row.serial,
        chip_id: row.chip_id.clone(),
    }
}

fn pending_of(row: &CardRow) -> CustodyContext {
    CustodyContext {
        card: identity_of(row),
        generation: BEFORE_UNSEAL,
    }
}

fn not_factory(what: &str) -> Trouble {
    Trouble::refused(
        "not_factory",
        format!(
            "the {what} of this card is not the one its maker delivers: it was used before; reset it with its maker's tool, or take \
             another card"
        ),
    )
}

/// Fresh secrets that are not the factory's by chance.
fn draw(desk: &Desk) -> CardSecrets {
    loop {
        let secrets = CardSecrets::draw(&mut desk.entropy());
        if secrets.puk.as_str() != FACTORY_PUK {
            return secrets;
        }
    }
}

/// Sets how many wrong tries lock, where the card can; first of all, since it puts PIN and PUK back to the factory's.
fn set_retries(card: &mut dyn Card) -> Result<(), Trouble> {
    match card.verify_pin(FACTORY_PIN) {
        Err(CardError::WrongPin { .. } | CardError::Locked) => return Err(not_factory("PIN")),
        done => done?,
    }
    Ok(card.set_retries(PIN_TRIES, PUK_TRIES).map(drop)?)
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

/// The keys of a card, and how many of them the card attests to have made itself.
struct Made {
    keys: Vec<CardKey>,
    attested: i64,
}

/// All key sets the card has room for, else one set and the encryption keys of the others; and the key that proves the card itself.
fn make_keys(card: &mut dyn Card, algorithm: KeyAlgorithm) -> Result<Made, Trouble> {
    let sets = card.key_sets()?;
    let mut slots = vec![Slot::CardAuthentication];
    for set in 1..=KEY_SETS {
        let fits = |kind: &KeyKind| set <= sets || *kind == KeyKind::Encryption;
        slots.extend(
            KeyKind::ALL
                .into_iter()
                .filter(fits)
                .map(|kind| Slot::Set { set, kind }),
        );
    }
    let mut made = Made {
        keys: vec![],
        attested: 0,
    };
    for slot in slots {
        let spki = card.generate(slot, algorithm)?;
        if weak::is_known_weak(&spki) {
            return Err(Trouble::refused(
                "weak_key",
                "this card makes RSA keys that can be broken (ROCA, CVE-2017-15361): give it back to its maker, and take P-256 keys \
                 or another card",
            ));
        }
        if let Some(attestation) = card.attestation(slot)? {
            is_attested(&spki, &attestation)?;
            made.attested += 1;
        }
        made.keys.push(CardKey { slot, spki });
    }
    Ok(made)
}

/// The statement is for this key, and by the key that the card attests with.
fn is_attested(spki: &[u8], attestation: &Attestation) -> Result<(), Trouble> {
    let wrong = |why: &str| {
        Trouble::refused(
            "attestation",
            format!(
                "the card's attestation of its own key is wrong ({why}): keep the card and ask its maker"
            ),
        )
    };
    let read = |der: &[u8]| Certificate::from_der(der).map_err(|e| wrong(&e.to_string()));
    let (statement, issuer) = (read(&attestation.statement)?, read(&attestation.issuer)?);
    if statement.spki_der() != spki {
        return Err(wrong("it is for another key"));
    }
    if pki::issued_by(&statement, &issuer) {
        Ok(())
    } else {
        Err(wrong("its signature is not by the card's own key for that"))
    }
}

/// PUK, PIN, then the management key: from the factory's, or from where an earlier run was cut off.
fn change_secrets(
    card: &mut dyn Card,
    secrets: &CardSecrets,
    went_on: bool,
    all_changed: bool,
) -> Result<(), Trouble> {
    let puk = secrets.puk.as_str();
    if !all_changed {
        if went_on {
            card.may_guess_puk()?;
        }
        match card.change_puk(FACTORY_PUK, puk) {
            // An earlier run came further than this.
            Err(CardError::WrongPuk { .. }) if went_on => card.change_puk(puk, puk)?,
            Err(CardError::WrongPuk { .. }) => return Err(not_factory("PUK")),
            done => done?,
        }
    }
    card.reset_pin(puk, secrets.pin.as_str())?;
    if !all_changed {
        card.set_management_key(&secrets.management_key)?;
    }
    Ok(())
}

/// What every maker prints opens this card no more. Each wrong try is given back by a right one.
fn factory_secrets_are_refused(card: &mut dyn Card, secrets: &CardSecrets) -> Result<(), Trouble> {
    let still = |what: &str| {
        Trouble::refused(
            "factory_secret",
            format!(
                "the card still takes the factory's {what}, though it said that it was changed: take it out of use"
            ),
        )
    };
    match card.authenticate_management(&FACTORY_MANAGEMENT_KEY) {
        Err(CardError::WrongManagementKey) => card.authenticate_management(&secrets.management_key)?,
        Ok(()) => return Err(still("management key")),
        Err(e) => return Err(e.into()),
    }
    match card.verify_pin(FACTORY_PIN) {
        Err(CardError::WrongPin { .. }) => card.verify_pin(secrets.pin.as_str())?,
        Ok(()) => return Err(still("PIN")),
        Err(e) => return Err(e.into()),
    }
    if !card.has_puk() {
        return Ok(());
    }
    match card.change_puk(FACTORY_PUK, FACTORY_PUK) {
        Err(CardError::WrongPuk { .. }) => Ok(card.change_puk(secrets.puk.as_str(), secrets.puk.as_str())?),
        Ok(()) => Err(still("PUK")),
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attested(subject: &rcgen::KeyPair, by: &rcgen::KeyPair) -> Attestation {
        let mut params = rcgen::CertificateParams::default();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "Specimen Attestation");
        let issuer = params.self_signed(by).expect("a certificate").der().to_vec();
        let signed = rcgen::CertificateParams::default()
            .signed_by(subject, &rcgen::Issuer::new(params, by))
            .expect("a statement");
        Attestation {
            statement: signed.der().to_vec(),
            issuer,
        }
    }

    #[test]
    fn an_attestation_counts_for_its_key_and_by_its_signer_alone() {
        let make = || rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let (own, other, attester, stranger) = (make(), make(), make(), make());
        let spki = |key: &rcgen::KeyPair| {
            use rcgen::PublicKeyData as _;
            key.subject_public_key_info()
        };
        let good = attested(&own, &attester);
        assert!(is_attested(&spki(&own), &good).is_ok());
        assert!(is_attested(&spki(&other), &good).is_err(), "another key");
        let forged = Attestation {
            issuer: attested(&own, &stranger).issuer,
            ..good.clone()
        };
        assert!(is_attested(&spki(&own), &forged).is_err(), "another signer");
        let rubbish = Attestation {
            statement: vec![0x30, 0],
            ..good
        };
        assert!(is_attested(&spki(&own), &rubbish).is_err());
    }
}
