//! Unseal: the wizard at the two readers opens the card with the eTicket, and the holder takes it over.

mod office;
mod sealed;

pub use office::UnsealOffice;

use super::desk::{Desk, Trouble};
use crate::domain::{ETicket, OfficerId};
use crate::pki::{self, Certificate, SigningKey};
use sealed::Sealed;

use crate::ports::card::{Card, CardError, KeyKind, Slot};
use crate::ports::unseal::{Invitation, Passphrase, Proofs, UnsealService};
use crate::ports::{Waypoint, random_bytes};
use crate::seal::{self, ANSWER_ITERATIONS, AnswerHash, CardSecrets, CustodyContext, CustodySecrets, Pin};
use std::num::NonZeroU32;

/// The first custody after the unseal.
pub const FIRST_CUSTODY: u32 = 1;

/// What the holder brings and chooses.
pub struct Holder<'a> {
    pub ticket: ETicket,
    pub pin: &'a str,
    pub question: &'a str,
    pub answer: &'a str,
}

/// Who is with the holder, and the key that proves it.
pub struct HelperAtReader<'a> {
    pub id: OfficerId,
    pub key: &'a dyn SigningKey,
}

/// Opens the card. Cut off anywhere and run again with the same eTicket, it goes on where it was.
pub fn unseal(
    desk: &Desk,
    office: &dyn UnsealService,
    card: &mut dyn Card,
    helper: &HelperAtReader,
    holder: &Holder,
    answer_iterations: Option<NonZeroU32>,
) -> Result<Invitation, Trouble> {
    check_pin(holder.pin, desk.settings.pin_least)?;
    let answer = AnswerHash::of(
        holder.answer,
        answer_iterations.unwrap_or(ANSWER_ITERATIONS),
        &mut desk.entropy(),
    )?;
    let invitation = office.invite(&card.chip_id()?)?;
    for key in &invitation.keys {
        if !card.expect_key(key.slot, &key.spki)? {
            return Err(other_key());
        }
    }
    certificates_are_for_the_prestaged(&invitation)?;
    let proofs = Proofs {
        helper: helper.id.clone(),
        by_helper: helper
            .key
            .sign(&invitation.challenge)
            .map_err(|e| Trouble::Unavailable(e.to_string()))?,
        by_card: card.sign(Slot::CardAuthentication, &invitation.challenge)?,
    };

    let tag = seal::tag(&holder.ticket, &invitation.identity, invitation.slot);
    let released = office.release(&proofs, &tag)?;
    let old = seal::unseal(
        &holder.ticket,
        &released.release,
        &released.secrets,
        &invitation.identity,
        invitation.slot,
    )?;
    desk.pass(Waypoint::UnsealReleased)?;

    // If power fails from here on, the new secrets are found pending, opened by the old ones that the same eTicket opens.
    let new = match &released.pending {
        Some(pending) => seal::open_pending(&old, &invitation.identity, pending)?,
        None => {
            let new = CustodySecrets::draw(&mut desk.entropy());
            let context = CustodyContext {
                card: invitation.identity.clone(),
                generation: FIRST_CUSTODY,
            };
            let custody = seal::seal_to_custody(&invitation.custody, &context, &new);
            let pending = seal::seal_pending(&old, &invitation.identity, &new, &mut desk.entropy());
            office.keep_pending(&pending, &custody)?;
            new
        }
    };
    desk.pass(Waypoint::UnsealPendingStored)?;

    let managed_by_new = match card.authenticate_management(&old.management_key) {
        Err(CardError::WrongManagementKey) => {
            card.authenticate_management(&new.management_key)?;
            true
        }
        done => {
            done?;
            false
        }
    };
    for (slot, certificate) in &invitation.certificates {
        // There already, when an earlier run was cut off behind it.
        if card.certificate(*slot).is_ok_and(|there| there == *certificate) {
            continue;
        }
        card.write_certificate(*slot, certificate)?;
        if card.certificate(*slot)? != *certificate {
            return Err(Trouble::Unavailable(
                "the card gave another certificate back than was written: clean its contacts and run the wizard again".into(),
            ));
        }
    }
    desk.pass(Waypoint::UnsealCertificatesWritten)?;

    let puk_is_new = set_pin(card, &old, &new, managed_by_new, holder.pin)?;
    desk.pass(Waypoint::UnsealPinSet)?;
    if !managed_by_new {
        card.set_management_key(&new.management_key)?;
    }
    desk.pass(Waypoint::UnsealManagementKeySet)?;
    if !puk_is_new {
        card.change_puk(old.puk.as_str(), new.puk.as_str())?;
    }
    desk.pass(Waypoint::UnsealPukSet)?;

    card_works(desk, card, &invitation, holder.pin)?;
    office.finish(&Passphrase {
        question: holder.question.to_owned(),
        answer,
    })?;
    desk.pass(Waypoint::UnsealCommitted)?;
    Ok(invitation)
}

/// What is wrong with a PIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PinProblem {
    /// Not digits alone, too few or too many.
    Length,
    /// One that is tried first: one digit or one group repeated, or a run up or down.
    Trivial,
}

/// What stands against a PIN where it has to have at least so many digits; 8 are the most that a PIV card takes.
pub fn pin_problem(pin: &str, least: u8) -> Option<PinProblem> {
    if pin.len() < usize::from(least) || Pin::parse(pin).is_err() {
        return Some(PinProblem::Length);
    }
    let digits = pin.as_bytes();
    let mut steps = digits.windows(2).map(|w| i16::from(w[1]) - i16::from(w[0]));
    let first = steps.next()?;
    let run = matches!(first, -1..=1) && steps.all(|s| s == first);
    let repeated = (1..=digits.len() / 2).any(|n| {
        let (group, rest) = digits.split_at(n);
        rest.chunks(n).all(|chunk| group.starts_with(chunk))
    });
    (run || repeated).then_some(PinProblem::Trivial)
}

/// The PIN policy, as a refusal.
pub fn check_pin(pin: &str, least: u8) -> Result<(), Trouble> {
    match pin_problem(pin, least) {
        None => Ok(()),
        Some(PinProblem::Length) => Err(Trouble::refused(
            "format",
            format!("a PIN has {least} to 8 digits here: choose another one"),
        )),
        Some(PinProblem::Trivial) => Err(Trouble::refused(
            "trivial_pin",
            "this PIN is among the first that a thief tries (digits repeated, or a run of them): choose another one",
        )),
    }
}

fn other_key() -> Trouble {
    Trouble::refused(
        "other_key",
        "a key on this card is not the one that was prestaged: keep the card and call the LRAO",
    )
}

/// Every certificate is for a key that prestaging recorded. That these keys are on the card is proven by its signature before the
/// eTicket is looked at, and by using each of them at the end.
fn certificates_are_for_the_prestaged(invitation: &Invitation) -> Result<(), Trouble> {
    for (slot, certificate) in &invitation.certificates {
        let recorded = invitation.keys.iter().find(|k| k.slot == *slot);
        if recorded.is_none_or(|k| read(certificate).is_ok_and(|c| c.spki_der() != k.spki)) {
            return Err(other_key());
        }
    }
    Ok(())
}

fn read(certificate: &[u8]) -> Result<Certificate, Trouble> {
    Certificate::from_der(certificate).map_err(|e| {
        Trouble::Damaged(format!(
            "a certificate of the office is unreadable ({e}): restore the store"
        ))
    })
}

/// Sets the holder's PIN by the PUK that the card has; true when that is the new one. The PUK is changed last: as long as the
/// management key is the old one, so is the PUK, and there is nothing to guess.
fn set_pin(
    card: &mut dyn Card,
    old: &CardSecrets,
    new: &CustodySecrets,
    managed_by_new: bool,
    pin: &str,
) -> Result<bool, Trouble> {
    if managed_by_new {
        card.may_guess_puk()?;
        // More can be cut off behind the change of the PUK than before it: the new one is the likelier.
        match card.reset_pin(new.puk.as_str(), pin) {
            Err(CardError::WrongPuk { .. }) => {}
            done => return Ok(done.map(|()| true)?),
        }
    }
    Ok(card.reset_pin(old.puk.as_str(), pin).map(|()| false)?)
}

/// The proof at the end, by every key: the card signs, or opens what was sealed to it, with its PIN and by its certificates.
fn card_works(desk: &Desk, card: &mut dyn Card, invitation: &Invitation, pin: &str) -> Result<(), Trouble> {
    let message: [u8; 32] = random_bytes(desk.random);
    for (slot, certificate) in &invitation.certificates {
        let certificate = read(certificate)?;
        card.verify_pin(pin)?;
        let worked = if matches!(
            slot,
            Slot::Set {
                kind: KeyKind::Encryption,
                ..
            }
        ) {
            let sealed = Sealed::to(certificate.spki_der(), &message, &mut desk.entropy())?;
            *card.open(*slot, &sealed.input)? == *sealed.secret
        } else {
            let signature = card.sign(*slot, &message)?;
            pki::verify_by_key(certificate.spki_der(), &message, &signature).is_ok()
        };
        if !worked {
            return Err(Trouble::Unavailable(
                "the card used its key, but not the one of its certificate: run the wizard again; if it says the same, keep the card and \
                 call the LRAO"
                    .into(),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trivial_pin_is_refused() {
        for pin in ["000000", "123456", "87654321", "12312312", "121212", "90219021"] {
            assert_eq!(pin_problem(pin, 6), Some(PinProblem::Trivial), "{pin}");
        }
        for pin in ["135246", "112233", "90210731"] {
            assert_eq!(pin_problem(pin, 6), None, "{pin}");
        }
    }

    #[test]
    fn a_pin_has_digits_and_as_many_as_the_office_wants() {
        for pin in ["", "1", "13524", "abcdef", "123456789", "13524 "] {
            assert_eq!(pin_problem(pin, 6), Some(PinProblem::Length), "{pin}");
        }
        assert_eq!(pin_problem("1352461", 8), Some(PinProblem::Length));
        assert!(check_pin("13524617", 8).is_ok());
    }
}
