//! Sealed cards from one office to another: a signed file that goes with the box.
//!
//! # Format, version 1
//!
//! CMS SignedData in DER (RFC 5652), one signer, the content inside, with signed attributes. The content is canonical JSON (RFC 8785):
//!
//! ```json
//! {"cards": [{"chip_id": "8c1f…", "keys": [{"slot": "card_authentication", "spki": "3059…"},
//!                                          {"slot": {"set": {"kind": "signature", "set": 1}}, "spki": "3059…"}],
//!             "secrets": "YWdlLWVuY3J5cHRpb24…", "serial": "0123456784"}],
//!  "schema": 1, "type": "siegelpost stock"}
//! ```
//!
//! - `serial`: nine digits and their Damm check digit; `chip_id`: what the chip calls itself, printable ASCII without blanks.
//! - `keys`: SubjectPublicKeyInfo in DER as hex, P-256, P-384, RSA-2048 or RSA-3072; `slot` is `card_authentication` or a `set` from 1 to
//!   3 with a `kind` (`authentication`, `signature`, `encryption`). The card's own key and the whole first set must be there.
//! - `secrets`: the card's PIN, PUK and management key, base64 of an age file to the custody recipient of the receiving office
//!   (`card recipient` says it). The plaintext is SHA-256 of the context, then the two PINs in 9 bytes each (length, digits, zeros), then the
//!   32 bytes of the management key. The context is `siegelpost transfer of card secrets 1`, a zero byte, then serial and chip id, each with
//!   its length before it (32 bits, big-endian).
//!
//! The signer must be on the roster of the receiving office as a prestager or security officer, and have a path to an anchor that it
//! trusts. Unknown members are refused with their name. Whoever sealed the cards knew their secrets: the unseal changes them all.

use super::key_id;
use super::weak;
use crate::domain::officer::Role;
use crate::domain::ticket::VoidReason;
use crate::domain::{CardSerial, CardState, CardStep, Officer, OfficerId, TicketState};
use crate::journal::{Action, Actor};
use crate::journey::desk::{Desk, Trouble};
use crate::journey::evidence::{Decider, Judge};
use crate::pki::signature::{KeyKind as PublicKind, PublicKey, sha256};
use crate::ports::card::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK, KeyKind, Slot};
use crate::ports::store::{CardKey, CardRow, Write};
use crate::seal::{
    self, CardIdentity, CardSecrets, CustodyKey, CustodyRecipient, PrintKey, PrintRecipient, ShareMaster,
    SlotNumber, TransferBox,
};
use crate::smime::{self, SignWith, Statement};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The largest stock file: the most cards of one file with RSA keys, and room.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// Cards of one file: what one transaction and one journal take at a time.
const MAX_CARDS: usize = 2_000;
/// Characters of a chip id: a GUID has 32.
const MAX_CHIP_ID: usize = 64;
const TYPE: &str = "siegelpost stock";
const SCHEMA: u8 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StockFile {
    #[serde(rename = "type")]
    kind: String,
    schema: u8,
    cards: Vec<StockCard>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StockCard {
    serial: CardSerial,
    chip_id: String,
    keys: Vec<StockKey>,
    secrets: TransferBox,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StockKey {
    slot: Slot,
    #[serde(with = "hex")]
    spki: Vec<u8>,
}

impl StockCard {
    fn identity(&self) -> CardIdentity {
        CardIdentity {
            serial: self.serial,
            chip_id: self.chip_id.clone(),
        }
    }

    /// Why this card cannot be taken in, with its serial.
    fn refuse(&self, code: &'static str, why: &str) -> Trouble {
        Trouble::refused(
            code,
            format!(
                "card {} of the file: {why}. Nothing of the file was taken in",
                self.serial.grouped()
            ),
        )
    }
}

fn void(why: impl std::fmt::Display) -> Trouble {
    Trouble::refused(
        "stock_file",
        format!("the stock file is not taken in: {why}; have its maker send it anew"),
    )
}

/// What taking cards in needs besides the desk.
pub struct TakingIn<'a> {
    pub print_key: &'a PrintRecipient,
    pub share_master: &'a ShareMaster,
    /// Opens what was sealed for this office.
    pub custody: &'a CustodyKey,
}

/// Takes in the cards of a signed stock file: all of them, or none.
///
/// # Errors
/// [`Trouble::Refused`] with what stands against the file or the first card that is not good.
pub fn import(
    desk: &Desk,
    judge: &Judge,
    keys: &TakingIn,
    signed: &[u8],
    by: &OfficerId,
) -> Result<Vec<CardRow>, Trouble> {
    desk.officer(by, Role::Security)?;
    let (file, prestager) = read(desk, judge, signed)?;
    let mut seen = Seen::default();
    let mut rows = vec![];
    let mut writes = vec![];
    let mut entries = vec![];
    for card in &file.cards {
        seen.check(card)?;
        check_keys(card)?;
        is_new(desk, card)?;
        let secrets = seal::open_transfer(keys.custody, &card.identity(), &card.secrets).map_err(|e| {
            card.refuse(
                "stock_secrets",
                &format!("{e}: is it for this office (card recipient)?"),
            )
        })?;
        are_not_the_factorys(card, &secrets)?;
        let row = CardRow {
            serial: card.serial,
            chip_id: card.chip_id.clone(),
            state: CardState::Staged,
            keys: card
                .keys
                .iter()
                .map(|k| CardKey {
                    slot: k.slot,
                    spki: k.spki.clone(),
                })
                .collect(),
            sealed: Some(seal::seal_card(
                &card.identity(),
                &secrets,
                keys.print_key,
                keys.share_master,
                &mut desk.entropy(),
            )),
            tickets: vec![TicketState::Created; 3],
            custody: None,
            pending: None,
            delivery_note: None,
            version: 0,
        };
        let ids = row.keys.iter().map(|k| key_id(&k.spki)).collect();
        entries.push(
            super::of_keys(desk, Action::CardImported, &row, by)
                .fact("file_sha256", sha256(signed).to_string())
                .fact("prestaged_by", prestager.id.to_string()),
        );
        writes.extend([Write::NewCard(row.clone()), Write::CardKeys(card.serial, ids)]);
        rows.push(row);
    }
    // One transaction: a box is in the stock, or it is not.
    desk.store.commit(desk.now(), writes, entries)?;
    Ok(rows)
}

/// The file, and who signed it.
fn read(desk: &Desk, judge: &Judge, signed: &[u8]) -> Result<(StockFile, Officer), Trouble> {
    let data = judge
        .judge_statement(Statement::Stock, signed, desk.now())
        .map_err(|why| {
            Trouble::refused(
                "stock_signature",
                format!("the stock file's signature does not count: {why}"),
            )
        })?;
    let certificate = sha256(data.signer().der());
    let prestager = desk
        .store
        .officer_of_certificate(certificate)?
        .filter(|o| o.may_act_as(Role::Prestager) || o.may_act_as(Role::Security))
        .ok_or_else(|| {
            Trouble::refused(
                "stock_signer",
                format!(
                    "the stock file is signed by {}, who is no prestager or security officer of this office: if its maker is known to you, \
                     enrol them with this certificate (officer add --role prestager)",
                    data.signer().subject()
                ),
            )
        })?;
    let file: StockFile = serde_json::from_slice(data.content()).map_err(void)?;
    if file.kind != TYPE || file.schema != SCHEMA {
        return Err(void(format!(
            "it is ‘{}’ of schema {}, and this siegelpost reads ‘{TYPE}’ of schema {SCHEMA}",
            file.kind.chars().take(40).collect::<String>(),
            file.schema
        )));
    }
    if serde_json_canonicalizer::to_vec(&file).map_err(void)? != data.content() {
        return Err(void("it is not in the canonical form (RFC 8785)"));
    }
    if !(1..=MAX_CARDS).contains(&file.cards.len()) {
        return Err(void(format!(
            "it holds {} cards, and takes 1 to {MAX_CARDS}",
            file.cards.len()
        )));
    }
    Ok((file, prestager))
}

/// What was in the file before this card.
#[derive(Default)]
struct Seen<'a> {
    serials: BTreeSet<CardSerial>,
    chips: BTreeSet<&'a str>,
    keys: BTreeSet<&'a [u8]>,
}

impl<'a> Seen<'a> {
    /// Serial, chip and keys are this card's alone.
    fn check(&mut self, card: &'a StockCard) -> Result<(), Trouble> {
        let fits = (1..=MAX_CHIP_ID).contains(&card.chip_id.len())
            && card.chip_id.bytes().all(|b| b.is_ascii_graphic());
        if !fits {
            return Err(card.refuse(
                "chip_id",
                &format!("its chip id is not 1 to {MAX_CHIP_ID} printable characters"),
            ));
        }
        if !self.serials.insert(card.serial) {
            return Err(card.refuse("exists", "its serial is there twice"));
        }
        if !self.chips.insert(&card.chip_id) {
            return Err(card.refuse("exists", "its chip is there twice"));
        }
        for key in &card.keys {
            if !self.keys.insert(&key.spki) {
                return Err(card.refuse(
                    "exists",
                    "one of its keys is there twice: keys are one card's alone",
                ));
            }
        }
        Ok(())
    }
}

/// Every key is one that the office certifies, none is known to be weak, and what every card needs is there.
fn check_keys(card: &StockCard) -> Result<(), Trouble> {
    let mut slots = BTreeSet::new();
    for key in &card.keys {
        if matches!(key.slot, Slot::Set { set, .. } if !(1..=super::KEY_SETS).contains(&set)) {
            return Err(card.refuse("keys", "key sets are 1 to 3"));
        }
        if !slots.insert(key.slot) {
            return Err(card.refuse("keys", "a slot is there twice"));
        }
        let unfit = |why: String| card.refuse("keys", &format!("a key of it cannot be certified ({why})"));
        let read = PublicKey::from_spki(&key.spki).map_err(|e| unfit(e.to_string()))?;
        match (read.kind(), read.bits()) {
            (PublicKind::P256, [4, point @ ..]) if point.len() == 64 => {}
            (PublicKind::P384, [4, point @ ..]) if point.len() == 96 => {}
            // The lengths of RSAPublicKey with a modulus of 2048 and 3072 bits and an exponent of up to 8 bytes.
            (PublicKind::Rsa { pss_only: false }, bits) if matches!(bits.len(), 266..=276 | 394..=404) => {}
            _ => return Err(unfit("it is none of P-256, P-384, RSA-2048 and RSA-3072".into())),
        }
        if weak::is_known_weak(&key.spki) {
            return Err(card.refuse(
                "weak_key",
                "it has an RSA key that can be broken (ROCA, CVE-2017-15361)",
            ));
        }
    }
    let first = KeyKind::ALL.map(|kind| Slot::Set { set: 1, kind });
    if !slots.contains(&Slot::CardAuthentication) || !first.iter().all(|slot| slots.contains(slot)) {
        return Err(card.refuse("keys", "the card's own key and the whole first set must be there"));
    }
    Ok(())
}

/// Neither the serial nor the chip is in the stock; that no key is, the store sees.
fn is_new(desk: &Desk, card: &StockCard) -> Result<(), Trouble> {
    if desk.store.card(card.serial)?.is_some() {
        return Err(card.refuse("exists", "it is in the stock already"));
    }
    match desk.store.card_of_chip(&card.chip_id)? {
        Some(other) => Err(card.refuse(
            "exists",
            &format!("its chip is card {} of the stock", other.serial.grouped()),
        )),
        None => Ok(()),
    }
}

fn are_not_the_factorys(card: &StockCard, secrets: &CardSecrets) -> Result<(), Trouble> {
    if secrets.pin.as_str() == FACTORY_PIN
        || secrets.puk.as_str() == FACTORY_PUK
        || *secrets.management_key == FACTORY_MANAGEMENT_KEY
    {
        return Err(card.refuse(
            "factory_secret",
            "it is not sealed: it has a secret that every card of its make has",
        ));
    }
    Ok(())
}

/// What opens sealed cards once more, to seal them for another office.
pub struct GivingAway<'a> {
    pub print_key: &'a PrintKey,
    pub share_master: &'a ShareMaster,
}

/// Writes sealed cards of the stock into a signed file for the office with this custody recipient, and takes them out of the stock:
/// all of them, or none. `keep` makes the file durable before; killed between, the cards are still here, and the file is void.
pub fn export(
    desk: &Desk,
    keys: &GivingAway,
    to: &CustodyRecipient,
    serials: &[CardSerial],
    by: &Decider,
    keep: impl FnOnce(&[u8]) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    desk.officer(by.id, Role::Security)?;
    let wanted: BTreeSet<CardSerial> = serials.iter().copied().collect();
    if !(1..=MAX_CARDS).contains(&wanted.len()) {
        return Err(Trouble::refused(
            "no_cards",
            format!("name 1 to {MAX_CARDS} cards by their serials"),
        ));
    }
    let now = desk.now();
    let mut file = StockFile {
        kind: TYPE.into(),
        schema: SCHEMA,
        cards: vec![],
    };
    let mut writes = vec![];
    let mut entry = desk
        .entry(Actor::Officer(by.id.clone()), Action::CardsExported)
        .fact("to", to.to_string());
    for serial in wanted {
        let mut row = desk.card(serial)?;
        if row.state != CardState::Staged {
            return Err(Trouble::refused(
                "card_state",
                format!(
                    "card {} is {}: only staged cards go to another office",
                    serial.grouped(),
                    row.state.name()
                ),
            ));
        }
        let secrets = open(&row, keys)?;
        let identity = super::identity_of(&row);
        file.cards.push(StockCard {
            serial,
            chip_id: row.chip_id.clone(),
            keys: row
                .keys
                .iter()
                .map(|k| StockKey {
                    slot: k.slot,
                    spki: k.spki.clone(),
                })
                .collect(),
            secrets: seal::seal_transfer(to, &identity, &secrets),
        });
        row.state = row.state.take(CardStep::Retire, serial)?;
        row.sealed = None;
        for ticket in &mut row.tickets {
            *ticket = ticket.void(now, VoidReason::Unneeded)?;
        }
        entry = entry.card(serial);
        writes.push(Write::Card(row));
    }
    let content = serde_json_canonicalizer::to_vec(&file).map_err(void)?;
    let signed = smime::sign_statement(
        &content,
        Statement::Stock,
        SignWith {
            chain: by.certificates,
            key: by.key,
            at: now,
        },
    )
    .map_err(|e| Trouble::Unavailable(format!("the stock file could not be signed: {e}")))?;
    keep(&signed)?;
    let entry = entry.fact("file_sha256", sha256(&signed).to_string());
    desk.store.commit(now, writes, vec![entry])?;
    Ok(())
}

/// Opens a sealed card with the first of its eTickets, which exists in memory only for that.
fn open(row: &CardRow, keys: &GivingAway) -> Result<CardSecrets, Trouble> {
    let sealed = row.sealed.as_ref().ok_or_else(|| {
        Trouble::refused(
            "not_sealed",
            format!(
                "card {} is not sealed yet: finish siegelpost card prestage first",
                row.serial.grouped()
            ),
        )
    })?;
    let identity = super::identity_of(row);
    let number = SlotNumber::ALL[0];
    let slot = sealed.slot(number);
    let ticket = seal::open_ticket(&identity, number, slot, keys.print_key)?;
    let release = slot.check(&seal::tag(&ticket, &identity, number), keys.share_master)?;
    Ok(seal::unseal(
        &ticket,
        &release,
        &sealed.secrets,
        &identity,
        number,
    )?)
}
