//! A PIV card (SP 800-73-4 part 2) behind any [`Transmit`].
//!
//! Beyond the standard, where the card has them: SET MANAGEMENT KEY, GET METADATA, GET SERIAL, SET PIN RETRIES and ATTEST, as Yubico
//! published them and Nitrokey took them over in part. What a card can is asked of the card, never looked up by its name. Without GET
//! METADATA the public key of a slot comes from its certificate, from this connection's own GENERATE, or from the record
//! ([`Card::expect_key`]), and the tries of a PIN that is proven are those last seen.

pub(super) mod apdu;
#[cfg(test)]
mod applet;
pub(super) mod keys;
mod pad;
#[cfg(test)]
mod tests;

pub use apdu::{Status, Transmit, says_extended};

use crate::domain::Language;
use crate::ports::card::{Attestation, Card, CardError, KeyAlgorithm, KeyKind, PinRule, Slot, no_pad};
use crate::ports::{Random, random_bytes};
use apdu::{command, find, tlv};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, SHA384, digest};
use keys::ManagementAlgorithm;
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The PIV application, without its version (SP 800-73-4 part 1, 2.2).
const AID: [u8; 9] = [0xa0, 0, 0, 3, 8, 0, 0, 0x10, 0];
/// The Card Holder Unique Identifier (SP 800-73-4 part 1, table 3).
const CHUID: u32 = 0x5f_c102;
/// The Card Capability Container and the Key History (the same table).
const CAPABILITIES: u32 = 0x5f_c107;
const KEY_HISTORY: u32 = 0x5f_c10c;
/// The certificate of the key that attests (Yubico's PIV extensions).
const ATTESTATION: u32 = 0x5f_ff01;
/// A FASC-N of a card that no federal agency issued: agency, system and credential 9999 (NIST IR 7817, table A-1).
const NON_FEDERAL: [u8; 25] = [
    0xd4, 0xe7, 0x39, 0xda, 0x73, 0x9c, 0xed, 0x39, 0xce, 0x73, 0x9d, 0x83, 0x68, 0x58, 0x21, 0x08, 0x42,
    0x10, 0x84, 0x21, 0xc8, 0x42, 0x10, 0xc3, 0xeb,
];
const PIN: u8 = 0x80;
const PUK: u8 = 0x81;
const MANAGEMENT: u8 = 0x9b;

/// A connection to a PIV card.
pub struct PivCard<T: Transmit> {
    card: T,
    random: Arc<dyn Random>,
    /// The keys that this connection made or looked up.
    known: BTreeMap<u8, Vec<u8>>,
    /// The most tries of the PIN that this connection has seen.
    tries_seen: u8,
    /// By which code the reader verifies a PIN typed at its pad, once it was asked.
    pad: Option<Option<u32>>,
}

/// Two retired slots that no key set uses: whether a card moves keys is asked of them.
const SPARE: [u8; 2] = [0x94, 0x95];
/// A PIN policy that wants the PIN right before each use, as 9C has it by itself (Yubico's PIV extensions, tag AA).
const PIN_ALWAYS: [u8; 3] = [0xaa, 1, 3];

/// The key reference of a slot. The sets to come lie in the retired slots: their encryption keys on every card, the others where keys can
/// be moved, since most makes let a retired slot do key management and nothing else ([`Card::key_sets`]).
fn reference(slot: Slot) -> Result<u8, CardError> {
    match slot {
        Slot::CardAuthentication => Ok(0x9e),
        Slot::Set {
            set: 1,
            kind: KeyKind::Authentication,
        } => Ok(0x9a),
        Slot::Set {
            set: 1,
            kind: KeyKind::Signature,
        } => Ok(0x9c),
        Slot::Set {
            set: 1,
            kind: KeyKind::Encryption,
        } => Ok(0x9d),
        Slot::Set {
            set: set @ 2..=3,
            kind: KeyKind::Encryption,
        } => Ok(0x80 + set),
        Slot::Set {
            set: set @ 2..=3,
            kind: KeyKind::Authentication,
        } => Ok(0x80 + 2 * set),
        Slot::Set {
            set: set @ 2..=3,
            kind: KeyKind::Signature,
        } => Ok(0x81 + 2 * set),
        Slot::Set { set, .. } => Err(CardError::Unsupported {
            what: format!("a PIV card has no key set {set}"),
        }),
    }
}

/// The data object of a slot's certificate (SP 800-73-4 part 1, table 3).
fn certificate_object(reference: u8) -> u32 {
    match reference {
        0x9a => 0x5f_c105,
        0x9c => 0x5f_c10a,
        0x9d => 0x5f_c10b,
        0x9e => 0x5f_c101,
        retired => 0x5f_c10d + u32::from(retired.saturating_sub(0x82)),
    }
}

/// A PIN or PUK as the card takes it: 8 bytes, filled up with FF. The length is judged before a try is spent.
fn padded(pin: &str) -> Result<Zeroizing<[u8; 8]>, CardError> {
    PinRule::PIV.takes(pin)?;
    let mut bytes = Zeroizing::new([0xff; 8]);
    bytes[..pin.len()].copy_from_slice(pin.as_bytes());
    Ok(bytes)
}

fn strange(what: &str) -> CardError {
    CardError::Io(format!("the card's answer makes no sense: {what}"))
}

impl<T: Transmit> PivCard<T> {
    /// Selects the PIV application on a card that was just connected or reset.
    pub fn select(mut card: T, random: Arc<dyn Random>) -> Result<PivCard<T>, CardError> {
        let (_, status) = command(&mut card, [0xa4, 0x04, 0x00], &AID)?;
        match status {
            Status::OK => Ok(PivCard {
                card,
                random,
                known: BTreeMap::new(),
                tries_seen: 0,
                pad: None,
            }),
            Status(0x6a82 | 0x6a81 | 0x6d00 | 0x6e00 | 0x6999) => Err(CardError::Unsupported {
                what: "it has no PIV application".into(),
            }),
            other => Err(other.error("the PIV application")),
        }
    }

    fn send(
        &mut self,
        header: [u8; 3],
        data: &[u8],
        wanted: &'static str,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let (data, status) = command(&mut self.card, header, data)?;
        if status == Status::OK {
            Ok(data)
        } else {
            Err(status.error(wanted))
        }
    }

    fn get_object(&mut self, object: u32) -> Result<Vec<u8>, CardError> {
        let tag = tlv(0x5c, &object.to_be_bytes()[1..]);
        let data = self.send([0xcb, 0x3f, 0xff], &tag, "the PIN")?;
        match find(&data, 0x53) {
            Some([]) => Err(CardError::EmptySlot),
            Some(content) => Ok(content.to_vec()),
            None => Err(strange("a data object without its tag 53")),
        }
    }

    /// One entry of GET METADATA; `None` when the card has no such command or no such entry.
    fn metadata(&mut self, reference: u8, tag: u16) -> Result<Option<Vec<u8>>, CardError> {
        let (data, status) = command(&mut self.card, [0xf7, 0x00, reference], &[])?;
        match status {
            Status::OK => Ok(find(&data, tag).map(<[u8]>::to_vec)),
            Status(0x6a88 | 0x6a82) => Err(CardError::EmptySlot),
            _ => Ok(None),
        }
    }

    fn put_object(&mut self, object: u32, content: &[u8]) -> Result<(), CardError> {
        let data = [tlv(0x5c, &object.to_be_bytes()[1..]), tlv(0x53, content)].concat();
        self.send([0xdb, 0x3f, 0xff], &data, "the management key")
            .map(drop)
    }

    /// Writes an object that the card does not have yet.
    fn put_if_missing(&mut self, object: u32, content: &[u8]) -> Result<(), CardError> {
        match self.get_object(object) {
            Err(CardError::EmptySlot) => self.put_object(object, content),
            there => there.map(drop),
        }
    }

    fn guid(&mut self) -> Result<Option<Vec<u8>>, CardError> {
        match self.get_object(CHUID) {
            Ok(chuid) => Ok(find(&chuid, 0x34)
                .filter(|g| g.len() == 16 && g.iter().any(|b| *b != 0))
                .map(<[u8]>::to_vec)),
            Err(CardError::EmptySlot) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// What a comparison of PIN or PUK came to. Some cards say `6300` to a wrong one, without the tries (SP 800-73-4 part 2 wants
    /// `63CX`).
    fn compared(&mut self, status: Status, reference: u8) -> Result<(), CardError> {
        let silent = status == Status(0x6300);
        match (status.tries_left(), reference) {
            (None, _) if status == Status::OK => Ok(()),
            (None, PUK) if silent => Err(CardError::WrongPuk {
                left: self.puk_tries_left()?,
            }),
            (left @ Some(_), PUK) => Err(CardError::WrongPuk { left }),
            (None, PUK) if status == Status(0x6983) => Err(CardError::WrongPuk { left: Some(0) }),
            (None, _) if silent => match self.pin_tries_left()? {
                0 => Err(CardError::Locked),
                left => Err(CardError::WrongPin { left }),
            },
            (Some(0), _) => Err(CardError::Locked),
            (Some(left), _) => Err(CardError::WrongPin { left }),
            (None, _) => Err(status.error("the PIN")),
        }
    }

    /// The code of the reader's pad; `None` where it has none.
    fn pad(&mut self) -> Option<u32> {
        let card = &mut self.card;
        *self.pad.get_or_insert_with(|| pad::verifies_by(&card.features()))
    }

    fn algorithm(&mut self, slot: Slot) -> Result<KeyAlgorithm, CardError> {
        keys::algorithm(&self.public_key(slot)?).ok_or_else(|| CardError::Unsupported {
            what: "the key of this slot is none of P-256, P-384, RSA-2048 and RSA-3072".into(),
        })
    }

    /// GENERAL AUTHENTICATE with a key of the card: tag 81 signs or decrypts, 85 agrees on a secret.
    fn use_key(&mut self, slot: Slot, tag: u16, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let reference = reference(slot)?;
        let signature = matches!(
            slot,
            Slot::Set {
                kind: KeyKind::Signature,
                ..
            }
        );
        let wanted = if signature {
            "the PIN right before each signature"
        } else {
            "the PIN"
        };
        let algorithm = keys::reference(self.algorithm(slot)?);
        let request = Zeroizing::new(tlv(0x7c, &[tlv(0x82, &[]), tlv(tag, input)].concat()));
        let data = self.send([0x87, algorithm, reference], &request, wanted)?;
        let answer = find(&data, 0x7c).and_then(|template| find(template, 0x82));
        Ok(Zeroizing::new(
            answer
                .ok_or_else(|| strange("no response in the template"))?
                .to_vec(),
        ))
    }

    /// The algorithms that the management key may have, the likeliest first.
    fn management_algorithms(&mut self) -> Result<Vec<ManagementAlgorithm>, CardError> {
        let said = self.metadata(MANAGEMENT, 0x01).unwrap_or_default();
        let known = said
            .and_then(|a| a.first().copied())
            .and_then(ManagementAlgorithm::of);
        Ok(known.map_or(ManagementAlgorithm::ALL.to_vec(), |a| vec![a]))
    }

    /// Mutual authentication (SP 800-73-4 part 2, A.1): we decrypt the card's witness, it encrypts our challenge.
    fn mutual(&mut self, algorithm: ManagementAlgorithm, key: &[u8; 32]) -> Result<(), CardError> {
        let header = [0x87, algorithm.reference(), MANAGEMENT];
        let asked = self.send(header, &tlv(0x7c, &tlv(0x80, &[])), "the management key")?;
        let mut witness = find(&asked, 0x7c)
            .and_then(|t| find(t, 0x80))
            .filter(|w| w.len() == algorithm.block())
            .ok_or_else(|| strange("no witness of the right length"))?
            .to_vec();
        algorithm.decrypt(key, &mut witness);
        let challenge: [u8; 16] = random_bytes(&*self.random);
        let challenge = &challenge[..algorithm.block()];
        // Without an empty tag 82: some cards take that for another dialogue, and none misses it.
        let reply = [tlv(0x80, &witness), tlv(0x81, challenge)].concat();
        let (data, status) = command(&mut self.card, header, &tlv(0x7c, &reply))?;
        if status != Status::OK {
            return Err(match status {
                Status(0x6982 | 0x6300 | 0x6a80 | 0x6983) => CardError::WrongManagementKey,
                other => other.error("the management key"),
            });
        }
        let mut answer = find(&data, 0x7c)
            .and_then(|t| find(t, 0x82))
            .unwrap_or_default()
            .to_vec();
        if answer.len() == algorithm.block() {
            algorithm.decrypt(key, &mut answer);
        }
        // A card that cannot encrypt our challenge is not the one that knows the key.
        verify_slices_are_equal(&answer, challenge).map_err(|_| CardError::WrongManagementKey)
    }
}

impl<T: Transmit> Card for PivCard<T> {
    fn chip_id(&mut self) -> Result<String, CardError> {
        if let Some(guid) = self.guid()? {
            return Ok(hex::encode(guid));
        }
        self.chip_serial()?.ok_or_else(|| CardError::Unsupported {
            what: "it has neither a CHUID nor a serial; give it a CHUID first, with its maker's tool".into(),
        })
    }

    fn chip_serial(&mut self) -> Result<Option<String>, CardError> {
        let (serial, status) = command(&mut self.card, [0xf8, 0x00, 0x00], &[])?;
        Ok(match <[u8; 4]>::try_from(&serial[..]) {
            Ok(serial) if status == Status::OK => Some(u32::from_be_bytes(serial).to_string()),
            _ => None,
        })
    }

    fn introduce(&mut self) -> Result<(), CardError> {
        let mut guid: [u8; 16] = random_bytes(&*self.random);
        // A random UUID (RFC 9562, 5.4), as SP 800-73-4 part 1, 3.4.1 wants it.
        (guid[6], guid[8]) = (guid[6] & 0x0f | 0x40, guid[8] & 0x3f | 0x80);
        if self.guid()?.is_none() {
            let fields = [
                tlv(0x30, &NON_FEDERAL),
                tlv(0x34, &guid),
                // The end of the card's life, which certificates limit better: none is foreseen.
                tlv(0x35, b"99991231"),
                tlv(0x3e, &[]),
                tlv(0xfe, &[]),
            ];
            self.put_object(CHUID, &fields.concat())?;
        }
        // Card identifier, the versions, no rules (SP 800-73-4 part 1, table 8).
        let identifier = [&[0xa0, 0, 0, 0x01, 0x16, 0xff, 0x02][..], &guid[2..]].concat();
        let mut fields = vec![
            tlv(0xf0, &identifier),
            tlv(0xf1, &[0x21]),
            tlv(0xf2, &[0x21]),
            tlv(0xf3, &[]),
            tlv(0xf4, &[0]),
            tlv(0xf5, &[0x10]),
        ];
        fields.extend([0xf6, 0xf7, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe].map(|tag| tlv(tag, &[])));
        self.put_if_missing(CAPABILITIES, &fields.concat())?;
        // No retired key has a certificate yet, on the card or off it.
        let history = [tlv(0xc1, &[0]), tlv(0xc2, &[0]), tlv(0xfe, &[])].concat();
        self.put_if_missing(KEY_HISTORY, &history)
    }

    fn set_retries(&mut self, pin: u8, puk: u8) -> Result<bool, CardError> {
        let (_, status) = command(&mut self.card, [0xfa, pin, puk], &[])?;
        match status {
            Status::OK => {
                self.tries_seen = pin;
                Ok(true)
            }
            Status(0x6d00 | 0x6a81 | 0x6a80 | 0x6a86) => Ok(false),
            other => Err(other.error("the management key and the PIN")),
        }
    }

    fn key_sets(&mut self) -> Result<u8, CardError> {
        // Moving what is not there does nothing, and says whether the card knows the command (Yubico's MOVE KEY).
        let (_, status) = command(&mut self.card, [0xf6, SPARE[0], SPARE[1]], &[])?;
        Ok(if matches!(status, Status(0x6a88 | 0x6a82)) {
            3
        } else {
            1
        })
    }

    fn generate(&mut self, slot: Slot, algorithm: KeyAlgorithm) -> Result<Vec<u8>, CardError> {
        let reference = reference(slot)?;
        let mut template = tlv(0x80, &[keys::reference(algorithm)]);
        if matches!(
            slot,
            Slot::Set {
                set: 2..,
                kind: KeyKind::Signature
            }
        ) {
            template.extend(PIN_ALWAYS);
        }
        let template = tlv(0xac, &template);
        self.known.remove(&reference);
        let data = self.send([0x47, 0x00, reference], &template, "the management key")?;
        let spki = find(&data, 0x7f49).and_then(keys::public_key);
        let spki = spki.ok_or_else(|| strange("no public key after making one"))?;
        self.known.insert(reference, spki.clone());
        Ok(spki)
    }

    fn public_key(&mut self, slot: Slot) -> Result<Vec<u8>, CardError> {
        let reference = reference(slot)?;
        if let Some(known) = self.known.get(&reference) {
            return Ok(known.clone());
        }
        let spki = match self.metadata(reference, 0x04)? {
            Some(key) => keys::public_key(&key).ok_or_else(|| strange("a public key of an unknown kind"))?,
            None => keys::of_certificate(&self.certificate(slot)?)
                .ok_or_else(|| strange("a certificate without a public key"))?,
        };
        self.known.insert(reference, spki.clone());
        Ok(spki)
    }

    fn expect_key(&mut self, slot: Slot, spki: &[u8]) -> Result<bool, CardError> {
        let reference = reference(slot)?;
        match self.metadata(reference, 0x04) {
            Ok(Some(said)) => Ok(keys::public_key(&said).as_deref() == Some(spki)),
            Err(CardError::EmptySlot) => Ok(false),
            Ok(None) => {
                self.known.insert(reference, spki.to_vec());
                Ok(true)
            }
            Err(other) => Err(other),
        }
    }

    fn attestation(&mut self, slot: Slot) -> Result<Option<Attestation>, CardError> {
        let (statement, status) = command(&mut self.card, [0xf9, reference(slot)?, 0x00], &[])?;
        if status != Status::OK || statement.is_empty() {
            return Ok(None);
        }
        let issuer = match self.get_object(ATTESTATION) {
            Ok(content) => find(&content, 0x70).map(<[u8]>::to_vec),
            Err(CardError::EmptySlot) => None,
            Err(other) => return Err(other),
        };
        Ok(issuer.map(|issuer| Attestation {
            statement: statement.to_vec(),
            issuer,
        }))
    }

    fn authenticate_management(&mut self, key: &[u8; 32]) -> Result<(), CardError> {
        let algorithms = self.management_algorithms()?;
        let last = algorithms.len() - 1;
        for (i, algorithm) in algorithms.into_iter().enumerate() {
            match self.mutual(algorithm, key) {
                // Not this algorithm: the card refused to begin.
                Err(CardError::Unsupported { .. } | CardError::EmptySlot | CardError::Io(_)) if i < last => {}
                outcome => return outcome,
            }
        }
        Err(CardError::WrongManagementKey)
    }

    fn set_management_key(&mut self, new: &[u8; 32]) -> Result<(), CardError> {
        let mut refused = None;
        for algorithm in ManagementAlgorithm::ALL {
            let mut data = Zeroizing::new(vec![
                algorithm.reference(),
                MANAGEMENT,
                algorithm.key(new).len() as u8,
            ]);
            data.extend_from_slice(algorithm.key(new));
            match self.send([0xff, 0xff, 0xff], &data, "the management key") {
                Ok(_) => return Ok(()),
                Err(e @ CardError::Unsupported { .. }) => refused = Some(e),
                Err(other) => return Err(other),
            }
        }
        Err(refused.unwrap_or(CardError::WrongManagementKey))
    }

    fn verify_pin(&mut self, pin: &str) -> Result<(), CardError> {
        let pin = padded(pin)?;
        let (_, status) = command(&mut self.card, [0x20, 0x00, PIN], &pin[..])?;
        self.compared(status, PIN)
    }

    fn has_pad(&mut self) -> bool {
        self.pad().is_some()
    }

    fn verify_pin_at_pad(&mut self, language: Language) -> Result<(), CardError> {
        let code = self.pad().ok_or_else(no_pad)?;
        let (_, status) = apdu::split(self.card.control(code, &pad::verification(language))?)?;
        match pad::said_by_the_reader(status) {
            Some(error) => Err(error),
            None => self.compared(status, PIN),
        }
    }

    fn pin_tries_left(&mut self) -> Result<u8, CardError> {
        // An empty VERIFY asks without spending a try (SP 800-73-4 part 2, 3.2.1).
        let (_, status) = command(&mut self.card, [0x20, 0x00, PIN], &[])?;
        match (status, status.tries_left()) {
            (_, Some(left)) => {
                self.tries_seen = self.tries_seen.max(left);
                Ok(left)
            }
            (Status(0x6983), _) => Ok(0),
            (Status::OK, _) => match self.metadata(PIN, 0x06)?.as_deref() {
                Some([_, left]) => Ok(*left),
                _ if self.tries_seen > 0 => Ok(self.tries_seen),
                _ => Err(CardError::Unsupported {
                    what: "the PIN is proven, and then it does not say the tries".into(),
                }),
            },
            (other, _) => Err(other.error("the PIN")),
        }
    }

    fn puk_tries_left(&mut self) -> Result<Option<u8>, CardError> {
        Ok(match self.metadata(PUK, 0x06) {
            Ok(tries) => tries.and_then(|tries| tries.get(1).copied()),
            Err(CardError::EmptySlot) => None,
            Err(other) => return Err(other),
        })
    }

    fn change_pin(&mut self, old: &str, new: &str) -> Result<(), CardError> {
        let (old, new) = (padded(old)?, padded(new)?);
        let both = Zeroizing::new([*old, *new].concat());
        let (_, status) = command(&mut self.card, [0x24, 0x00, PIN], &both)?;
        self.compared(status, PIN)
    }

    fn change_puk(&mut self, old: &str, new: &str) -> Result<(), CardError> {
        let (old, new) = (padded(old)?, padded(new)?);
        let both = Zeroizing::new([*old, *new].concat());
        let (_, status) = command(&mut self.card, [0x24, 0x00, PUK], &both)?;
        self.compared(status, PUK)
    }

    fn reset_pin(&mut self, puk: &str, new_pin: &str) -> Result<(), CardError> {
        let (puk, new) = (padded(puk)?, padded(new_pin)?);
        let both = Zeroizing::new([*puk, *new].concat());
        let (_, status) = command(&mut self.card, [0x2c, 0x00, PIN], &both)?;
        self.compared(status, PUK)
    }

    fn write_certificate(&mut self, slot: Slot, certificate: &[u8]) -> Result<(), CardError> {
        let object = certificate_object(reference(slot)?);
        // Certificate, not compressed, no error detection code (SP 800-73-4 part 1, table 10).
        let content = [tlv(0x70, certificate), tlv(0x71, &[0]), tlv(0xfe, &[])].concat();
        self.put_object(object, &content)
    }

    fn certificate(&mut self, slot: Slot) -> Result<Vec<u8>, CardError> {
        let content = self.get_object(certificate_object(reference(slot)?))?;
        if find(&content, 0x71).is_some_and(|info| info.first().is_some_and(|b| b & 1 != 0)) {
            return Err(CardError::Unsupported {
                what: "its certificate is compressed".into(),
            });
        }
        // Some cards have the object from the beginning, with an empty certificate in it.
        find(&content, 0x70)
            .filter(|certificate| !certificate.is_empty())
            .map(<[u8]>::to_vec)
            .ok_or(CardError::EmptySlot)
    }

    fn sign(&mut self, slot: Slot, message: &[u8]) -> Result<Vec<u8>, CardError> {
        let input = match self.algorithm(slot)? {
            KeyAlgorithm::P256 => digest(&SHA256, message).as_ref().to_vec(),
            KeyAlgorithm::P384 => digest(&SHA384, message).as_ref().to_vec(),
            KeyAlgorithm::Rsa2048 => keys::pkcs1_signature_block(256, digest(&SHA256, message).as_ref()),
            KeyAlgorithm::Rsa3072 => keys::pkcs1_signature_block(384, digest(&SHA256, message).as_ref()),
        };
        self.use_key(slot, 0x81, &input)
            .map(|signature| signature.to_vec())
    }

    fn open(&mut self, slot: Slot, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError> {
        match self.algorithm(slot)? {
            KeyAlgorithm::P256 | KeyAlgorithm::P384 => self.use_key(slot, 0x85, input),
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 => {
                let block = self.use_key(slot, 0x81, input)?;
                keys::pkcs1_secret(&block).ok_or_else(|| CardError::Unsupported {
                    what: "this does not open with the slot's key".into(),
                })
            }
        }
    }
}
