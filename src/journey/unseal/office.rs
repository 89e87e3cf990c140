//! The office's side of an unseal: proofs and tries are checked here, and the eTicket never comes here.
//!
//! At a walk-in nobody has an eTicket: the LRAO's station, which holds a print key, takes it from the sealed record for the moment
//! ([`ticket_of_walk_in`]), and the LRAO is the helper.

use crate::domain::officer::Role;
use crate::domain::person::same_person;
use crate::domain::ticket::VoidReason;
use crate::domain::{Act, CardStep, ETicket, OfficerId, Request, Stage, Step};
use crate::journal::{Action, Actor};
use crate::journey::desk::{Desk, Trouble};
use crate::journey::outbox::{self, Sender};
use crate::pki::{self, Certificate, PathDefect, Purpose, Revocation, Trust};
use crate::ports::card::Slot;
use crate::ports::random_bytes;
use crate::ports::store::{CardRow, Case, Write};
use crate::ports::unseal::{Invitation, Passphrase, Proofs, Released, ServiceError, UnsealService};
use crate::seal::{
    self, CustodyBox, CustodyRecipient, EscrowRecipients, KeyOwner, PrintKey, SealError, Sealed, ShareMaster,
    SlotNumber, Tag,
};
use std::sync::Mutex;

/// The office's side of one unseal, over the office's own store.
pub struct UnsealOffice<'a> {
    desk: Desk<'a>,
    share_master: &'a ShareMaster,
    custody: CustodyRecipient,
    /// Judges the helper's certificate, for revocation too.
    trust: &'a Trust,
    /// Who sends the notice to the holder.
    sender: &'a Sender<'a>,
    escrow: Option<EscrowRecipients>,
    at_walk_in: bool,
    open: Mutex<Option<Open>>,
}

/// An unseal that is under way.
struct Open {
    chip_id: String,
    slot: SlotNumber,
    challenge: Vec<u8>,
    helper: Option<OfficerId>,
}

impl Open {
    /// The eTicket that this unseal was invited with is the live one still; else no try is spent on the other.
    fn still(&self, slot: SlotNumber) -> Result<(), Trouble> {
        if self.slot == slot {
            Ok(())
        } else {
            Err(Trouble::refused(
                "other_letter",
                "a newer letter was sent meanwhile: start the wizard anew with its number",
            ))
        }
    }
}

impl<'a> UnsealOffice<'a> {
    /// Serves one workstation.
    pub fn new(
        desk: Desk<'a>,
        share_master: &'a ShareMaster,
        custody: CustodyRecipient,
        trust: &'a Trust,
        sender: &'a Sender<'a>,
    ) -> UnsealOffice<'a> {
        UnsealOffice {
            desk,
            share_master,
            custody,
            trust,
            sender,
            escrow: None,
            at_walk_in: false,
            open: Mutex::new(None),
        }
    }

    /// The rotated secrets go to two escrow officers too.
    pub fn with_escrow(mut self, officers: Option<EscrowRecipients>) -> UnsealOffice<'a> {
        self.escrow = officers;
        self
    }

    /// Serves the walk-in wizard: cards whose holder walked in, and no others.
    pub fn at_walk_in(mut self) -> UnsealOffice<'a> {
        self.at_walk_in = true;
        self
    }

    /// The card with its case, which must have been dispatched, or be that of somebody who walked in.
    fn rows(&self, chip_id: &str) -> Result<(CardRow, Case, SlotNumber), Trouble> {
        let card = self.desk.store.card_of_chip(chip_id)?.ok_or_else(|| Trouble::Unknown {
            what: format!("the card with chip {chip_id}"),
            advice: "only cards that this office prestaged can be unsealed here; look whether it is in the right reader",
        })?;
        let id = card.state.request().ok_or_else(|| {
            Trouble::refused(
                "not_certified",
                format!("no certificates were issued for card {}", card.serial.grouped()),
            )
        })?;
        let case = self.desk.case(id)?;
        let walked_in = case.stage.is_walk_in();
        match case.stage {
            Stage::Dispatched { slot, .. } if !self.at_walk_in => {
                let slot = SlotNumber::try_from(slot)?;
                Ok((card, case, slot))
            }
            Stage::Issued { .. } if self.at_walk_in && walked_in => {
                let slot = next_ticket(&card)?;
                Ok((card, case, slot))
            }
            // Asks the stage itself, so that the refusal says what is missing.
            _ => match case.stage.clone().take(Step::Unseal, &self.act(&self.nobody())) {
                Err(refusal) => Err(refusal.into()),
                Ok(_) if walked_in => Err(Trouble::refused(
                    "walk_in",
                    "this card is opened at the walk-in wizard, without a letter: siegelpost walk-in",
                )),
                Ok(_) => Err(Trouble::refused(
                    "letter",
                    "this card is opened with the number of its letter: siegelpost unseal",
                )),
            },
        }
    }

    fn nobody(&self) -> OfficerId {
        "nobody".parse().expect("a name")
    }

    fn act<'b>(&self, by: &'b OfficerId) -> Act<'b> {
        Act {
            by,
            at: self.desk.now(),
        }
    }

    fn with_open<T>(&self, f: impl FnOnce(&mut Open) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let mut open = self.open.lock().unwrap_or_else(|p| p.into_inner());
        f(open
            .as_mut()
            .ok_or_else(|| Trouble::refused("no_invitation", "put the card in and start the wizard anew"))?)
    }

    /// Helper and card prove themselves before a try can be spent.
    fn check_proofs(&self, proofs: &Proofs, open: &Open, card: &CardRow, case: &Case) -> Result<(), Trouble> {
        let key = card
            .keys
            .iter()
            .find(|k| k.slot == Slot::CardAuthentication)
            .ok_or_else(|| {
                Trouble::Damaged(format!(
                    "the key that proves card {} is not on record: restore the store",
                    card.serial
                ))
            })?;
        pki::verify_by_key(&key.spki, &open.challenge, &proofs.by_card).map_err(|_| {
            Trouble::refused(
                "card_proof",
                "the card in the reader is not the one it says it is: keep it and call the LRAO",
            )
        })?;
        let certificate = self.helper_of(case, &proofs.helper)?;
        pki::verify_by_key(certificate.spki_der(), &open.challenge, &proofs.by_helper).map_err(|_| {
            Trouble::refused(
                "helper_proof",
                format!(
                    "the signature is not {}'s: log in with the helper's own card",
                    proofs.helper
                ),
            )
        })
    }

    /// Whether this card can be opened now, with this helper, as far as it can be said before anybody has proven or typed anything: so that
    /// the holder does not do all of it in vain. Nothing is recorded, and all of it is checked again.
    ///
    /// # Errors
    /// What stands against it.
    pub fn expects(&self, chip_id: &str, helper: &OfficerId) -> Result<(), Trouble> {
        let (card, case, slot) = self.rows(chip_id)?;
        self.helper_of(&case, helper)?;
        if !self.at_walk_in {
            card.tickets[usize::from(slot.get()) - 1].tries_left(self.desk.now())?;
        }
        Ok(())
    }

    /// The certificate of an officer who may be the helper in this case.
    fn helper_of(&self, case: &Case, id: &OfficerId) -> Result<Certificate, Trouble> {
        let role = if self.at_walk_in { Role::Lrao } else { Role::Helper };
        let helper = self.desk.officer(id, role)?;
        let certificate = self.desk.store.officer_certificate(id)?.ok_or_else(|| {
            Trouble::Damaged(format!("the certificate of {id} is missing: restore the store"))
        })?;
        let certificate = Certificate::from_der(&certificate).map_err(|e| {
            Trouble::Damaged(format!(
                "the certificate of {id} is unreadable ({e}): restore the store"
            ))
        })?;
        self.certificate_counts(&certificate, id)?;
        // Four people: the helper is none of RIO, LRAO and holder, whatever account they use.
        let owner = KeyOwner::Request(case.request_id);
        let request: Request = self.desk.read_json(&self.desk.key(owner)?, owner, "request")?;
        let holder = request.data.person.identity();
        if same_person(&helper.person, &holder) {
            return Err(same("the holder", id));
        }
        // At a walk-in the LRAO and the holder are the two.
        if self.at_walk_in {
            return Ok(certificate);
        }
        let lrao = case.stage.lrao().map(|id| (id, "the LRAO of this case", false));
        let rio = case
            .stage
            .rio()
            .map(|id| (id, "the RIO of this case", self.desk.settings.rio_may_help));
        for (other, what, allowed) in lrao.into_iter().chain(rio) {
            let officer = self.desk.store.officer(other)?;
            let is_same = other == id || officer.is_some_and(|o| same_person(&o.person, &helper.person));
            if is_same && !allowed {
                return Err(same(what, id));
            }
        }
        Ok(certificate)
    }

    /// The helper's certificate has a path to an anchor and is not revoked now; without fresh revocation lists nobody knows.
    fn certificate_counts(&self, certificate: &Certificate, helper: &OfficerId) -> Result<(), Trouble> {
        let judge = |purpose| {
            let now = self.desk.now();
            pki::validate(certificate, &[], self.trust, now, purpose, Revocation::Required)
        };
        // The officer's certificate for signing, or the card's for logging in.
        let judged = judge(Purpose::MailSignature)
            .or_else(|defects| judge(Purpose::ClientAuthentication).map_err(|_| defects));
        let Err(defects) = judged else { return Ok(()) };
        let why = defects
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ");
        if defects.iter().all(PathDefect::is_hold) {
            return Err(Trouble::Unavailable(format!(
                "whether the certificate of {helper} is revoked cannot be said now ({why}): have a new revocation list published \
                 (siegelpost crl), then start the wizard again"
            )));
        }
        Err(Trouble::refused(
            "helper_certificate",
            format!("the certificate of {helper} does not count ({why}): another helper has to be present"),
        ))
    }

    fn try_release(&self, proofs: &Proofs, tag: &Tag) -> Result<Released, Trouble> {
        self.with_open(|open| {
            let (mut card, case, slot) = self.rows(&open.chip_id)?;
            open.still(slot)?;
            self.check_proofs(proofs, open, &card, &case)?;
            let now = self.desk.now();
            let state = card.tickets[usize::from(slot.get()) - 1];
            if !self.at_walk_in {
                state.tries_left(now)?;
            }
            let sealed = sealed(&card)?;
            match sealed.slot(slot).check(tag, self.share_master) {
                Ok(release) => {
                    let secrets = sealed.secrets.clone();
                    let pending = card.pending.as_deref().map(read_pending).transpose()?;
                    let entry = self
                        .desk
                        .entry_of(&proofs.helper, Action::UnsealBegun, case.request_id)
                        .card(card.serial)
                        .fact("document_compared", proofs.document_compared)
                        .fact("rio_may_help", self.desk.settings.rio_may_help);
                    self.desk.store.commit(now, vec![], vec![entry])?;
                    open.helper = Some(proofs.helper.clone());
                    Ok(Released {
                        release,
                        secrets,
                        pending,
                    })
                }
                // Nobody typed it: it came out of the record that it should open.
                Err(SealError::WrongTicket) if self.at_walk_in => Err(Trouble::Damaged(format!(
                    "card {} does not open with its own sealed record: restore the store, or take another card",
                    card.serial.grouped()
                ))),
                Err(SealError::WrongTicket) => {
                    // The try is durable before the answer leaves: a power cut gives none back.
                    let next = state.wrong_try(now)?;
                    let left = next.tries_left(now).unwrap_or(0);
                    card.tickets[usize::from(slot.get()) - 1] = next;
                    let action = if left == 0 {
                        Action::TicketLocked
                    } else {
                        Action::TicketTriedWrong
                    };
                    let entry = self
                        .desk
                        .entry_of(&proofs.helper, action, case.request_id)
                        .card(card.serial)
                        .fact("tries_left", i64::from(left));
                    self.desk
                        .store
                        .commit(now, vec![Write::Card(card)], vec![entry])?;
                    Err(Trouble::refused(
                        "wrong_ticket",
                        format!(
                            "{}; {left} tries are left before it locks",
                            SealError::WrongTicket
                        ),
                    ))
                }
                Err(e) => Err(e.into()),
            }
        })
    }

    fn try_finish(&self, passphrase: &Passphrase) -> Result<(), Trouble> {
        self.with_open(|open| {
            let (mut card, mut case, slot) = self.rows(&open.chip_id)?;
            open.still(slot)?;
            let helper = open.helper.clone().ok_or_else(|| {
                Trouble::refused(
                    "not_released",
                    "the eTicket was not checked in this session: start the wizard anew",
                )
            })?;
            let now = self.desk.now();
            let used = usize::from(slot.get()) - 1;
            card.tickets[used] = if self.at_walk_in {
                card.tickets[used].used_unseen(now)?
            } else {
                card.tickets[used].used(now)?
            };
            for (n, state) in card.tickets.iter_mut().enumerate() {
                if n != used && !state.must_be_destroyed() {
                    *state = state.void(now, VoidReason::Unneeded)?;
                }
            }
            let sealed = card.sealed.as_mut().ok_or_else(|| not_sealed(&open.chip_id))?;
            SlotNumber::ALL
                .into_iter()
                .for_each(|n| sealed.slot_mut(n).destroy());
            card.pending = None;
            let in_escrow = card
                .custody
                .as_deref()
                .and_then(|text| serde_json::from_str::<CustodyBox>(text).ok())
                .is_some_and(|kept| kept.is_in_escrow());
            card.state = card.state.take(CardStep::Activate, card.serial)?;
            let act = Act { by: &helper, at: now };
            let rio_was_helper = case.stage.rio() == Some(&helper);
            case.stage = case.stage.take(Step::Unseal, &act)?;
            case.since = now;

            let owner = KeyOwner::Request(case.request_id);
            let key = self.desk.key(owner)?;
            let request: Request = self.desk.read_json(&key, owner, "request")?;
            let kept = serde_json::json!({ "question": passphrase.question, "answer": passphrase.answer });
            let mut writes = vec![self.desk.json_document(&key, owner, "passphrase", &kept)];
            writes.extend(outbox::notice(
                &self.desk,
                self.sender,
                &key,
                &request,
                "notice-unsealed",
                now,
            )?);
            let mut unsealed = self
                .desk
                .entry_of(&helper, Action::CardUnsealed, case.request_id)
                .card(card.serial);
            if rio_was_helper {
                unsealed = unsealed.fact("rio_was_helper", true);
            }
            let kept = self
                .desk
                .entry(Actor::Holder, Action::PassphraseKept)
                .request(case.request_id, 0);
            unsealed = unsealed.fact("in_escrow", in_escrow);
            let mut entries = vec![unsealed, kept];
            if self.at_walk_in {
                let done = self
                    .desk
                    .entry_of(&helper, Action::WalkInDone, case.request_id)
                    .card(card.serial);
                entries.push(done);
            }
            writes.extend([Write::Card(card), Write::Case(case)]);
            Ok(self.desk.store.commit(now, writes, entries)?)
        })
    }
}

fn next_ticket(card: &CardRow) -> Result<SlotNumber, Trouble> {
    card.next_ticket().ok_or_else(|| {
        Trouble::refused(
            "no_ticket_left",
            format!(
                "nothing is left that opens card {}: take a new card",
                card.serial.grouped()
            ),
        )
    })
}

/// The eTicket that opens the card of somebody who walked in: out of the sealed record with the station's print key, into memory, and
/// nowhere else. Asked for again after a run that was cut off, it is the same one.
pub fn ticket_of_walk_in(desk: &Desk, print_key: &PrintKey, chip_id: &str) -> Result<ETicket, Trouble> {
    let unknown = || {
        Trouble::refused(
            "not_walk_in",
            "this card is not that of somebody who walked in and whose certificates were issued",
        )
    };
    let card = desk.store.card_of_chip(chip_id)?.ok_or_else(unknown)?;
    let case = desk.case(card.state.request().ok_or_else(unknown)?)?;
    if !matches!(case.stage, Stage::Issued { .. }) || !case.stage.is_walk_in() {
        return Err(unknown());
    }
    let slot = next_ticket(&card)?;
    let sealed = sealed(&card)?;
    Ok(seal::open_ticket(
        &sealed.identity,
        slot,
        sealed.slot(slot),
        print_key,
    )?)
}

fn same(what: &str, helper: &OfficerId) -> Trouble {
    Trouble::refused(
        "same_person",
        format!("{helper} is {what}: another helper has to be present (four people)"),
    )
}

fn not_sealed(chip_id: &str) -> Trouble {
    Trouble::Damaged(format!(
        "the card with chip {chip_id} has no sealed record: restore the store"
    ))
}

fn sealed(card: &CardRow) -> Result<&crate::seal::SealedCard, Trouble> {
    let sealed = card.sealed.as_ref().ok_or_else(|| not_sealed(&card.chip_id))?;
    sealed.check_version()?;
    Ok(sealed)
}

fn read_pending(text: &str) -> Result<Sealed, Trouble> {
    serde_json::from_str(text).map_err(|e| {
        Trouble::Damaged(format!(
            "the pending secrets are unreadable ({e}): restore the store"
        ))
    })
}

impl UnsealService for UnsealOffice<'_> {
    fn invite(&self, chip_id: &str) -> Result<Invitation, ServiceError> {
        let (card, case, slot) = self.rows(chip_id)?;
        let now = self.desk.now();
        let tries_left = (!self.at_walk_in)
            .then(|| card.tickets[usize::from(slot.get()) - 1].tries_left(now))
            .transpose()
            .map_err(Trouble::from)?;
        let nonce: [u8; 32] = random_bytes(self.desk.random);
        // Bound to card and case, so that a signature given elsewhere opens nothing here.
        let challenge = [
            format!(
                "siegelpost unseal 1\0{}\0{}\0{chip_id}\0",
                case.request_id, card.serial
            )
            .as_bytes(),
            &nonce,
        ]
        .concat();
        let certificates = self
            .desk
            .store
            .certificates(case.request_id)
            .map_err(Trouble::from)?
            .into_iter()
            .map(|c| (c.slot, c.der))
            .collect();
        let invitation = Invitation {
            request_id: case.request_id,
            identity: sealed(&card)?.identity.clone(),
            slot,
            tries_left,
            challenge: challenge.clone(),
            keys: card.keys,
            certificates,
            custody: self.custody.clone(),
            escrow: self.escrow.clone(),
        };
        *self.open.lock().unwrap_or_else(|p| p.into_inner()) = Some(Open {
            chip_id: chip_id.to_owned(),
            slot,
            challenge,
            helper: None,
        });
        Ok(invitation)
    }

    fn release(&self, proofs: &Proofs, tag: &Tag) -> Result<Released, ServiceError> {
        Ok(self.try_release(proofs, tag)?)
    }

    fn keep_pending(&self, pending: &Sealed, custody: &CustodyBox) -> Result<(), ServiceError> {
        Ok(self.with_open(|open| {
            if open.helper.is_none() {
                return Err(Trouble::refused(
                    "not_released",
                    "the eTicket was not checked in this session: start the wizard anew",
                ));
            }
            let (mut card, _, slot) = self.rows(&open.chip_id)?;
            open.still(slot)?;
            card.pending = Some(serde_json::to_string(pending).expect("ciphertext is plain data"));
            card.custody = Some(serde_json::to_string(custody).expect("ciphertext is plain data"));
            Ok(self
                .desk
                .store
                .commit(self.desk.now(), vec![Write::Card(card)], vec![])?)
        })?)
    }

    fn finish(&self, passphrase: &Passphrase) -> Result<(), ServiceError> {
        Ok(self.try_finish(passphrase)?)
    }
}
