//! Unseal: the wizard at the two readers opens the card with the eTicket, and the holder takes it over.

mod office;
mod sealed;

pub use office::{UnsealOffice, ticket_of_walk_in};

use super::desk::{Desk, Settings, Trouble};
use crate::domain::{ETicket, OfficerId};
use crate::pki::{self, Certificate, SigningKey};
use sealed::Sealed;

use crate::ports::card::{Card, CardError, KeyKind, PinRule, Slot};
use crate::ports::unseal::{Invitation, Passphrase, Proofs, UnsealService};
use crate::ports::{Waypoint, random_bytes};
use crate::seal::{self, ANSWER_ITERATIONS, AnswerHash, CardSecrets, CustodyContext, CustodySecrets};
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
    /// The helper said that the travel document shows the person who is there.
    pub document_compared: bool,
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
    check_pin(holder.pin, &PinPolicy::of(desk.settings, card.pin_rule()))?;
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
        document_compared: helper.document_compared,
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
            let mut custody = seal::seal_to_custody(&invitation.custody, &context, &new);
            if let Some(officers) = &invitation.escrow {
                custody = custody.with_escrow(officers, &new);
            }
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

/// What a holder's PIN has to be: by the office, and by what the card takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PinPolicy {
    pub least: u8,
    pub most: u8,
    /// Other characters than digits are taken too.
    pub letters: bool,
}

impl PinPolicy {
    /// The stricter of both.
    pub fn of(office: &Settings, card: PinRule) -> PinPolicy {
        PinPolicy {
            least: office.pin_least.clamp(card.least, card.most),
            most: card.most,
            letters: office.pin_letters && !card.digits_only,
        }
    }
}

/// What is wrong with a PIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PinProblem {
    /// Too few characters, too many, or others than are taken.
    Form,
    /// One that is tried first: one character or one group repeated, or a run up or down.
    Trivial,
}

/// What stands against a PIN.
pub fn pin_problem(pin: &str, policy: &PinPolicy) -> Option<PinProblem> {
    let characters = pin.as_bytes();
    let taken = |b: &u8| b.is_ascii_digit() || (policy.letters && b.is_ascii_graphic());
    if !(usize::from(policy.least)..=usize::from(policy.most)).contains(&characters.len())
        || !characters.iter().all(taken)
    {
        return Some(PinProblem::Form);
    }
    let mut steps = characters.windows(2).map(|w| i16::from(w[1]) - i16::from(w[0]));
    let first = steps.next()?;
    let run = matches!(first, -1..=1) && steps.all(|s| s == first);
    let repeated = (1..=characters.len() / 2).any(|n| {
        let (group, rest) = characters.split_at(n);
        rest.chunks(n).all(|chunk| group.starts_with(chunk))
    });
    (run || repeated).then_some(PinProblem::Trivial)
}

/// The PIN policy, as a refusal.
pub fn check_pin(pin: &str, policy: &PinPolicy) -> Result<(), Trouble> {
    let PinPolicy { least, most, letters } = policy;
    let kind = if *letters { "characters" } else { "digits" };
    match pin_problem(pin, policy) {
        None => Ok(()),
        Some(PinProblem::Form) => Err(Trouble::refused(
            "format",
            format!("a PIN has {least} to {most} {kind} here: choose another one"),
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

    const DIGITS: PinPolicy = PinPolicy {
        least: 6,
        most: 8,
        letters: false,
    };

    #[test]
    fn a_trivial_pin_is_refused() {
        for pin in ["000000", "123456", "87654321", "12312312", "121212", "90219021"] {
            assert_eq!(pin_problem(pin, &DIGITS), Some(PinProblem::Trivial), "{pin}");
        }
        for pin in ["135246", "112233", "90210731"] {
            assert_eq!(pin_problem(pin, &DIGITS), None, "{pin}");
        }
    }

    #[test]
    fn a_pin_has_digits_and_as_many_as_the_office_wants() {
        for pin in ["", "1", "13524", "abcdef", "123456789", "13524 "] {
            assert_eq!(pin_problem(pin, &DIGITS), Some(PinProblem::Form), "{pin}");
        }
        let eight = PinPolicy { least: 8, ..DIGITS };
        assert_eq!(pin_problem("1352461", &eight), Some(PinProblem::Form));
        assert!(check_pin("13524617", &eight).is_ok());
    }

    #[test]
    fn the_stricter_of_office_and_card_decides() {
        let mut office =
            crate::config::Config::new(crate::paper::Office::specimen(), crate::domain::Language::De)
                .settings();
        office.pin_letters = true;
        office.pin_least = 7;
        let wide = PinRule {
            least: 4,
            most: 16,
            digits_only: false,
        };
        let policy = PinPolicy::of(&office, wide);
        assert_eq!((policy.least, policy.most, policy.letters), (7, 16, true));
        assert_eq!(pin_problem("Tr0ub4dor&3", &policy), None);
        assert_eq!(pin_problem("abcdefgh", &policy), Some(PinProblem::Trivial));
        assert_eq!(pin_problem("geheim 1", &policy), Some(PinProblem::Form));
        // A PIV card takes digits alone, whatever the office lets.
        let piv = PinPolicy::of(&office, PinRule::PIV);
        assert_eq!(pin_problem("geheim12", &piv), Some(PinProblem::Form));
        assert_eq!((piv.least, piv.most), (7, 8));
    }
}
