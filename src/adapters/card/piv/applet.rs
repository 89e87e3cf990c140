//! A card of APDUs for the tests, after SP 800-73-4 part 2 with the extensions of Yubico, some of which can be switched off.

use super::apdu::{find, tlv};
use super::keys::ManagementAlgorithm;
use super::*;
use crate::adapters::card::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK};
use crate::ports::card::{ReaderState, Readers};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{DerSignature, SigningKey};
use std::sync::Mutex;

struct Counter(Mutex<u8>);

impl Random for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let mut next = self.0.lock().expect("no panic while held");
            *next = next.wrapping_mul(5).wrapping_add(113);
            *byte = *next;
        }
    }
}

pub fn random() -> Arc<dyn Random> {
    Arc::new(Counter(Mutex::new(7)))
}

pub enum Key {
    P256(p256::SecretKey),
    Rsa(Vec<u8>),
}

/// What the card keeps without power.
pub struct Memory {
    pub guid: Option<[u8; 16]>,
    pub pin: [u8; 8],
    pub pin_left: u8,
    pub puk: [u8; 8],
    pub puk_left: u8,
    pub management: (ManagementAlgorithm, [u8; 32]),
    pub keys: BTreeMap<u8, Key>,
    pub objects: BTreeMap<Vec<u8>, Vec<u8>>,
    /// GET METADATA is there.
    pub metadata: bool,
    /// Ciphers that SET MANAGEMENT KEY takes.
    pub ciphers: Vec<ManagementAlgorithm>,
    pub made: u8,
    /// The key that attests, with its certificate; none on most makes.
    pub attester: Option<Attester>,
    /// GET SERIAL is there.
    pub serial: bool,
    /// SET PIN RETRIES is there.
    pub retries: bool,
    /// MOVE KEY is there.
    pub moves: bool,
    /// APDUs of extended length are taken.
    pub extended: bool,
    /// Wrong PINs are answered by 6300, which says no number.
    pub silent: bool,
    /// Signature keys outside 9C that want the PIN each time.
    pub always: Vec<u8>,
}

pub struct Attester {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    certificate: Vec<u8>,
}

impl Attester {
    pub fn new() -> Attester {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let mut params = rcgen::CertificateParams::default();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "Specimen Attestation");
        let certificate = params.self_signed(&key).expect("a certificate").der().to_vec();
        Attester {
            issuer: rcgen::Issuer::new(params, key),
            certificate,
        }
    }

    fn statement(&self, spki: &[u8]) -> Vec<u8> {
        let key = rcgen::SubjectPublicKeyInfo::from_der(spki).expect("a key of the card");
        let signed = rcgen::CertificateParams::default().signed_by(&key, &self.issuer);
        signed.expect("a statement").der().to_vec()
    }
}

/// The card with power: what was proven, and commands and answers on their way in parts.
pub struct Applet {
    memory: Arc<Mutex<Memory>>,
    selected: bool,
    pin: bool,
    pin_just_now: bool,
    management: bool,
    witness: Option<Vec<u8>>,
    chained: Vec<u8>,
    waiting: Vec<u8>,
}

type Answer = Result<Vec<u8>, u16>;

impl Transmit for Applet {
    fn takes_extended(&self) -> bool {
        self.memory.lock().expect("no panic while held").extended
    }

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        let (head, rest) = apdu.split_at(4);
        let data = match rest {
            [] | [_] => &[][..],
            [0, high, low, data @ ..] if self.takes_extended() => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                assert!(
                    data.len() == length || data.len() == length + 2,
                    "Lc is the length of the data"
                );
                &data[..length]
            }
            [length, data @ ..] => {
                let length = usize::from(*length);
                assert!(apdu.len() <= 261, "a short APDU");
                assert!(
                    data.len() == length || data.len() == length + 1,
                    "Lc is the length of the data"
                );
                &data[..length]
            }
        };
        let answer = if head[1] == 0xc0 {
            Ok(std::mem::take(&mut self.waiting))
        } else {
            self.chained.extend_from_slice(data);
            if head[0] & 0x10 != 0 {
                Ok(vec![])
            } else {
                let data = std::mem::take(&mut self.chained);
                self.run([head[1], head[2], head[3]], &data)
            }
        };
        Ok(match answer {
            Err(status) => status.to_be_bytes().to_vec(),
            Ok(mut data) if data.len() > 256 => {
                self.waiting = data.split_off(256);
                data.extend([0x61, self.waiting.len().min(255) as u8]);
                data
            }
            Ok(mut data) => {
                data.extend([0x90, 0x00]);
                data
            }
        })
    }
}

impl Applet {
    fn run(&mut self, [ins, p1, p2]: [u8; 3], data: &[u8]) -> Answer {
        let memory = self.memory.clone();
        let mut memory = memory.lock().expect("no panic while held");
        let m = &mut *memory;
        if ins != 0xa4 && !self.selected {
            return Err(0x6d00);
        }
        match (ins, p1, p2) {
            (0xa4, 4, 0) => {
                self.selected = data == AID;
                if self.selected {
                    Ok(tlv(0x61, &[]))
                } else {
                    Err(0x6a82)
                }
            }
            (0xcb, 0x3f, 0xff) => {
                let tag = find(data, 0x5c).ok_or(0x6a80u16)?;
                let content = match (tag, m.guid) {
                    ([0x5f, 0xc1, 0x02], Some(guid)) => [
                        tlv(0x30, &[0; 25]),
                        tlv(0x34, &guid),
                        tlv(0x35, b"20500101"),
                        tlv(0x3e, &[]),
                        tlv(0xfe, &[]),
                    ]
                    .concat(),
                    ([0x5f, 0xff, 0x01], _) if m.attester.is_some() => {
                        let attester = m.attester.as_ref().ok_or(0x6a82u16)?;
                        [tlv(0x70, &attester.certificate), tlv(0x71, &[0]), tlv(0xfe, &[])].concat()
                    }
                    _ => m.objects.get(tag).cloned().ok_or(0x6a82u16)?,
                };
                Ok(tlv(0x53, &content))
            }
            (0xdb, 0x3f, 0xff) => {
                self.management.then_some(()).ok_or(0x6982u16)?;
                let (tag, content) = find(data, 0x5c).zip(find(data, 0x53)).ok_or(0x6a80u16)?;
                m.objects.insert(tag.to_vec(), content.to_vec());
                Ok(vec![])
            }
            (0x20, 0, PIN) if data.is_empty() => match (self.pin, m.pin_left) {
                (true, _) => Ok(vec![]),
                (false, 0) => Err(0x6983),
                (false, left) => Err(0x63c0 | u16::from(left)),
            },
            (0x20, 0, PIN) => self.compare_pin(m, data),
            (0x24, 0, PIN) => {
                self.compare_pin(m, &data[..8])?;
                m.pin.copy_from_slice(&data[8..]);
                Ok(vec![])
            }
            (0x24, 0, PUK) => {
                Self::compare_puk(m, &data[..8])?;
                m.puk.copy_from_slice(&data[8..]);
                Ok(vec![])
            }
            (0x2c, 0, PIN) => {
                Self::compare_puk(m, &data[..8])?;
                m.pin.copy_from_slice(&data[8..]);
                m.pin_left = 4;
                Ok(vec![])
            }
            (0x47, 0, slot) => {
                self.management.then_some(()).ok_or(0x6982u16)?;
                let template = find(data, 0xac).ok_or(0x6a80u16)?;
                let algorithm = find(template, 0x80).ok_or(0x6a80u16)?;
                // Makes without that extension refuse the tag.
                match (find(template, 0xaa), m.moves) {
                    (Some([3]), true) => m.always.push(slot),
                    (None, _) => m.always.retain(|other| *other != slot),
                    _ => return Err(0x6a80),
                }
                m.made += 1;
                let key = match algorithm {
                    [0x11] => Key::P256(p256::SecretKey::from_slice(&[m.made; 32]).expect("a scalar")),
                    [size @ (0x05 | 0x07)] => {
                        let size = if *size == 0x07 {
                            KeySize::Rsa2048
                        } else {
                            KeySize::Rsa3072
                        };
                        let pair = KeyPair::generate(size).expect("a key");
                        Key::Rsa(AsDer::<Pkcs8V1Der>::as_der(&pair).expect("DER").as_ref().to_vec())
                    }
                    _ => return Err(0x6a80),
                };
                let public = public_template(&key);
                m.keys.insert(slot, key);
                Ok(tlv(0x7f49, &public))
            }
            (0x87, algorithm, MANAGEMENT) => self.mutual(m, algorithm, data),
            (0x87, algorithm, slot) => self.authenticate(m, algorithm, slot, data),
            (0xff, 0xff, 0xff) => {
                self.management.then_some(()).ok_or(0x6982u16)?;
                let [cipher, MANAGEMENT, length, key @ ..] = data else {
                    return Err(0x6a80);
                };
                let cipher = m
                    .ciphers
                    .iter()
                    .copied()
                    .find(|c| c.reference() == *cipher)
                    .ok_or(0x6a80u16)?;
                if key.len() != usize::from(*length) || key.len() != cipher.key(&[0; 32]).len() {
                    return Err(0x6a80);
                }
                m.management.0 = cipher;
                m.management.1[..key.len()].copy_from_slice(key);
                Ok(vec![])
            }
            (0xf7, 0, reference) if m.metadata => match reference {
                PIN => Ok(tlv(0x06, &[4, m.pin_left])),
                PUK => Ok(tlv(0x06, &[3, m.puk_left])),
                MANAGEMENT => Ok(tlv(0x01, &[m.management.0.reference()])),
                slot => m
                    .keys
                    .get(&slot)
                    .map(|key| tlv(0x04, &public_template(key)))
                    .ok_or(0x6a88),
            },
            (0xfa, pin_tries, puk_tries) if m.retries => {
                (self.management && self.pin).then_some(()).ok_or(0x6982u16)?;
                (m.pin, m.puk) = (padded8(FACTORY_PIN), padded8(FACTORY_PUK));
                (m.pin_left, m.puk_left) = (pin_tries, puk_tries);
                self.pin = false;
                Ok(vec![])
            }
            (0xf9, slot, 0) => {
                let attester = m.attester.as_ref().ok_or(0x6d00u16)?;
                let key = m.keys.get(&slot).ok_or(0x6a88u16)?;
                let spki = super::keys::public_key(&public_template(key)).ok_or(0x6a80u16)?;
                Ok(attester.statement(&spki))
            }
            (0xf8, 0, 0) if m.serial => Ok(vec![0x01, 0x02, 0x03, 0x04]),
            (0xf6, to, from) if m.moves => {
                self.management.then_some(()).ok_or(0x6982u16)?;
                let key = m.keys.remove(&from).ok_or(0x6a88u16)?;
                m.keys.insert(to, key);
                Ok(vec![])
            }
            _ => Err(0x6d00),
        }
    }

    fn compare_pin(&mut self, m: &mut Memory, pin: &[u8]) -> Answer {
        if m.pin_left == 0 {
            return Err(0x6983);
        }
        let right = pin == m.pin;
        (self.pin, self.pin_just_now) = (right, right);
        m.pin_left = if right { 4 } else { m.pin_left - 1 };
        match (right, m.silent) {
            (true, _) => Ok(vec![]),
            (false, true) => Err(0x6300),
            (false, false) => Err(0x63c0 | u16::from(m.pin_left)),
        }
    }

    fn compare_puk(m: &mut Memory, puk: &[u8]) -> Answer {
        if m.puk_left == 0 {
            return Err(0x6983);
        }
        m.puk_left = if puk == m.puk { 3 } else { m.puk_left - 1 };
        if puk == m.puk {
            Ok(vec![])
        } else {
            Err(0x63c0 | u16::from(m.puk_left))
        }
    }

    fn mutual(&mut self, m: &Memory, algorithm: u8, data: &[u8]) -> Answer {
        let (cipher, key) = (m.management.0, &m.management.1);
        if algorithm != cipher.reference() {
            return Err(0x6a80);
        }
        let template = find(data, 0x7c).ok_or(0x6a80u16)?;
        self.management = false;
        match (find(template, 0x80), find(template, 0x81)) {
            (Some([]), None) => {
                let witness = vec![0x5c; cipher.block()];
                let mut sealed = witness.clone();
                cipher.encrypt(key, &mut sealed);
                self.witness = Some(witness);
                Ok(tlv(0x7c, &tlv(0x80, &sealed)))
            }
            (Some(witness), Some(challenge)) => {
                if self.witness.take().as_deref() != Some(witness) {
                    return Err(0x6982);
                }
                let mut reply = challenge.to_vec();
                cipher.encrypt(key, &mut reply);
                self.management = true;
                Ok(tlv(0x7c, &tlv(0x82, &reply)))
            }
            _ => Err(0x6a80),
        }
    }

    fn authenticate(&mut self, m: &Memory, algorithm: u8, slot: u8, data: &[u8]) -> Answer {
        let key = m.keys.get(&slot).ok_or(0x6a88u16)?;
        let just_now = std::mem::take(&mut self.pin_just_now);
        let allowed = match slot {
            0x9e => true,
            0x9c => just_now,
            slot if m.always.contains(&slot) => just_now,
            _ => self.pin,
        };
        allowed.then_some(()).ok_or(0x6982u16)?;
        let template = find(data, 0x7c).ok_or(0x6a80u16)?;
        let reply = match (key, algorithm) {
            (Key::P256(key), 0x11) => match (find(template, 0x81), find(template, 0x85)) {
                (Some(hash), None) => {
                    let signature: DerSignature =
                        SigningKey::from(key).sign_prehash(hash).map_err(|_| 0x6a80u16)?;
                    signature.as_bytes().to_vec()
                }
                (None, Some(point)) => {
                    let point = p256::PublicKey::from_sec1_bytes(point).map_err(|_| 0x6a80u16)?;
                    key.diffie_hellman(&point).raw_secret_bytes().to_vec()
                }
                _ => return Err(0x6a80),
            },
            (Key::Rsa(pkcs8), 0x05 | 0x07) => raw_rsa(pkcs8, find(template, 0x81).ok_or(0x6a80u16)?),
            _ => return Err(0x6a80),
        };
        Ok(tlv(0x7c, &tlv(0x82, &reply)))
    }
}

pub fn public_template(key: &Key) -> Vec<u8> {
    match key {
        Key::P256(key) => {
            use p256::elliptic_curve::sec1::ToSec1Point as _;
            tlv(0x86, key.public_key().to_sec1_point(false).as_bytes())
        }
        Key::Rsa(pkcs8) => {
            let pair = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(pkcs8).expect("our key");
            let public = pair.public_key();
            let (n, e) = (
                public.modulus().big_endian_without_leading_zero(),
                public.exponent().big_endian_without_leading_zero(),
            );
            [tlv(0x81, n), tlv(0x82, e)].concat()
        }
    }
}

/// m^d mod n, as a card's RSA does it: by `openssl`, so that the padding is ours alone.
fn raw_rsa(pkcs8: &[u8], block: &[u8]) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a folder");
    let (key, input) = (dir.path().join("key.der"), dir.path().join("block"));
    std::fs::write(&key, pkcs8).expect("writes");
    std::fs::write(&input, block).expect("writes");
    let run = std::process::Command::new("openssl")
        .args([
            "pkeyutl",
            "-decrypt",
            "-keyform",
            "DER",
            "-pkeyopt",
            "rsa_padding_mode:none",
            "-inkey",
        ])
        .arg(&key)
        .arg("-in")
        .arg(&input)
        .output()
        .expect("openssl runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    run.stdout
}

/// A reader with one card in it.
pub struct OneCard(Arc<Mutex<Memory>>);

fn padded8(pin: &str) -> [u8; 8] {
    *padded(pin).expect("a PIN")
}

pub fn factory_card(cipher: ManagementAlgorithm) -> OneCard {
    OneCard(Arc::new(Mutex::new(Memory {
        guid: Some([0xa5; 16]),
        pin: padded8(FACTORY_PIN),
        pin_left: 4,
        puk: padded8(FACTORY_PUK),
        puk_left: 3,
        management: (cipher, FACTORY_MANAGEMENT_KEY),
        keys: BTreeMap::new(),
        objects: BTreeMap::new(),
        metadata: true,
        ciphers: ManagementAlgorithm::ALL.to_vec(),
        made: 0,
        attester: None,
        serial: true,
        retries: true,
        moves: false,
        extended: false,
        silent: false,
        always: vec![],
    })))
}

impl OneCard {
    pub fn power(&self) -> PivCard<Applet> {
        let applet = Applet {
            memory: self.0.clone(),
            selected: false,
            pin: false,
            pin_just_now: false,
            management: false,
            witness: None,
            chained: vec![],
            waiting: vec![],
        };
        PivCard::select(applet, random()).expect("a PIV card")
    }

    pub fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.0.lock().expect("no panic while held")
    }
}

impl Readers for OneCard {
    fn list(&self) -> Result<Vec<ReaderState>, CardError> {
        Ok(vec![ReaderState {
            name: "Reader".into(),
            chip_id: Some(self.power().chip_id()?),
        }])
    }

    fn connect(&self, _: &str) -> Result<Box<dyn Card>, CardError> {
        Ok(Box::new(self.power()))
    }

    fn wait(
        &self,
        seen: &[ReaderState],
        at_most: std::time::Duration,
    ) -> Result<Vec<ReaderState>, CardError> {
        crate::adapters::card::look_until_changed(self, seen, at_most)
    }
}
