//! Keys of a PIV card in the forms that the rest of the world reads, and the ciphers of its management key.

use super::apdu::{find, tlv};
use crate::ports::card::KeyAlgorithm;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use des::TdesEde3;
use x509_cert::der::{Decode as _, Encode as _};
use zeroize::Zeroizing;

/// SubjectPublicKeyInfo of a P-256 key up to its 65-byte point (RFC 5480).
const P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// AlgorithmIdentifier of rsaEncryption with its NULL (RFC 3279, 2.3.1).
const RSA_ALGORITHM: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
/// DigestInfo of SHA-256 up to the hash (RFC 8017, 9.2).
pub(in crate::adapters::card) const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];
/// SubjectPublicKeyInfo of a P-384 key up to its 97-byte point (RFC 5480).
const P384_PREFIX: [u8; 23] = [
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
    0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
];

/// The algorithm reference of SP 800-78-4, table 6-2.
pub(super) fn reference(algorithm: KeyAlgorithm) -> u8 {
    match algorithm {
        KeyAlgorithm::P256 => 0x11,
        KeyAlgorithm::P384 => 0x14,
        KeyAlgorithm::Rsa2048 => 0x07,
        // SP 800-78-5, table 6-2.
        KeyAlgorithm::Rsa3072 => 0x05,
    }
}

/// What kind of key a SubjectPublicKeyInfo holds.
pub(in crate::adapters::card) fn algorithm(spki: &[u8]) -> Option<KeyAlgorithm> {
    if spki.len() == 91 && spki.starts_with(&P256_PREFIX) {
        return Some(KeyAlgorithm::P256);
    }
    if spki.len() == 120 && spki.starts_with(&P384_PREFIX) {
        return Some(KeyAlgorithm::P384);
    }
    // The modulus, and a few bytes more for the exponent and the frame.
    match (spki.get(4..19) == Some(&RSA_ALGORITHM), spki.len()) {
        (true, 290..=300) => Some(KeyAlgorithm::Rsa2048),
        (true, 418..=428) => Some(KeyAlgorithm::Rsa3072),
        _ => None,
    }
}

/// SubjectPublicKeyInfo of a public key as the card says it: 86 point, or 81 modulus and 82 exponent.
pub(in crate::adapters::card) fn public_key(template: &[u8]) -> Option<Vec<u8>> {
    if let Some(point) = find(template, 0x86) {
        return match (point.len(), point.first()) {
            (65, Some(4)) => Some([&P256_PREFIX, point].concat()),
            (97, Some(4)) => Some([&P384_PREFIX, point].concat()),
            _ => None,
        };
    }
    let (modulus, exponent) = (find(template, 0x81)?, find(template, 0x82)?);
    if !matches!(modulus.len(), 256 | 384) || modulus[0] < 0x80 || exponent.is_empty() || exponent.len() > 8 {
        return None;
    }
    let numbers = tlv(0x30, &[integer(modulus), integer(exponent)].concat());
    Some(tlv(
        0x30,
        &[&RSA_ALGORITHM[..], &tlv(0x03, &[&[0], &numbers[..]].concat())].concat(),
    ))
}

/// A DER INTEGER of an unsigned big-endian number.
pub(in crate::adapters::card) fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|b| *b != 0).unwrap_or(number.len() - 1);
    let mut bytes = Vec::with_capacity(number.len() + 1);
    if number[start] >= 0x80 {
        bytes.push(0);
    }
    bytes.extend_from_slice(&number[start..]);
    tlv(0x02, &bytes)
}

/// SubjectPublicKeyInfo of a certificate in DER.
pub(in crate::adapters::card) fn of_certificate(der: &[u8]) -> Option<Vec<u8>> {
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    certificate
        .tbs_certificate()
        .subject_public_key_info()
        .to_der()
        .ok()
}

/// EMSA-PKCS1-v1_5 of a SHA-256 value for a modulus of so many bytes (RFC 8017, 9.2): 00 01 FF … FF 00 DigestInfo.
pub(super) fn pkcs1_signature_block(modulus: usize, hash: &[u8]) -> Vec<u8> {
    let mut block = vec![0xff; modulus - SHA256_INFO.len() - hash.len()];
    (block[0], block[1]) = (0, 1);
    let last = block.len() - 1;
    block[last] = 0;
    block.extend_from_slice(&SHA256_INFO);
    block.extend_from_slice(hash);
    block
}

/// The secret in a decrypted block (RFC 8017, 7.2.2): 00 02 at least eight non-zero bytes 00 secret.
pub(super) fn pkcs1_secret(block: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let padding = block.strip_prefix(&[0, 2])?;
    let end = padding.iter().position(|b| *b == 0).filter(|end| *end >= 8)?;
    Some(Zeroizing::new(padding[end + 1..].to_vec()))
}

/// The ciphers that a management key may be for (SP 800-78-4, table 6-2), the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ManagementAlgorithm {
    Aes256,
    Aes192,
    Aes128,
    /// Retired by NIST, and still what many cards leave the factory with.
    TripleDes,
}

impl ManagementAlgorithm {
    pub const ALL: [ManagementAlgorithm; 4] = [Self::Aes256, Self::Aes192, Self::Aes128, Self::TripleDes];

    pub fn of(reference: u8) -> Option<ManagementAlgorithm> {
        Self::ALL.into_iter().find(|a| a.reference() == reference)
    }

    pub fn reference(self) -> u8 {
        match self {
            Self::TripleDes => 0x03,
            Self::Aes128 => 0x08,
            Self::Aes192 => 0x0a,
            Self::Aes256 => 0x0c,
        }
    }

    /// Bytes of a block, which is the length of witness and challenge.
    pub fn block(self) -> usize {
        if self == Self::TripleDes { 8 } else { 16 }
    }

    /// The part of our 32 bytes that this cipher takes.
    pub fn key(self, key: &[u8; 32]) -> &[u8] {
        match self {
            Self::Aes256 => key,
            Self::Aes192 | Self::TripleDes => &key[..24],
            Self::Aes128 => &key[..16],
        }
    }

    /// Decrypts one block in place.
    pub fn decrypt(self, key: &[u8; 32], block: &mut [u8]) {
        self.run(key, block, false);
    }

    /// Encrypts one block in place, as the card does.
    #[cfg_attr(not(test), allow(dead_code, reason = "the card's side, which tests play"))]
    pub fn encrypt(self, key: &[u8; 32], block: &mut [u8]) {
        self.run(key, block, true);
    }

    fn run(self, key: &[u8; 32], block: &mut [u8], encrypt: bool) {
        fn one<C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt>(
            key: &[u8],
            block: &mut [u8],
            encrypt: bool,
        ) {
            let cipher = C::new_from_slice(key).expect("the key was cut to the cipher's length");
            let mut array = Array::try_from(&*block).expect("one block of the cipher's length");
            if encrypt {
                cipher.encrypt_block(&mut array);
            } else {
                cipher.decrypt_block(&mut array);
            }
            block.copy_from_slice(&array);
        }
        let bytes = self.key(key);
        match self {
            Self::Aes256 => one::<Aes256>(bytes, block, encrypt),
            Self::Aes192 => one::<Aes192>(bytes, block, encrypt),
            Self::Aes128 => one::<Aes128>(bytes, block, encrypt),
            Self::TripleDes => one::<TdesEde3>(bytes, block, encrypt),
        }
    }
}
