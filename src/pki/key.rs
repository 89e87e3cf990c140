//! Keys that sign: the trait that cards, HSMs and files implement, and the one that holds a key in memory.

use super::tlv;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use zeroize::Zeroizing;

/// How a key signs: what it is, and the hash that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSA, PKCS#1 v1.5, SHA-256.
    RsaSha256,
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
    /// Ed25519 (hashes by itself).
    Ed25519,
}

/// Why a key did not sign.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key is not there: the card is out of the reader, the HSM does not answer.
    #[error("the signing key cannot be reached ({0}); put the card in or start the device, then try again")]
    Absent(String),
    /// The PIN or passphrase is wrong or missing.
    #[error("the signing key is locked ({0}); unlock it, then try again")]
    Locked(String),
    /// It was reached and refused, or answered with nonsense.
    #[error("the signing key refused to sign ({0})")]
    Refused(String),
}

/// A key that signs. Implementations hash the message themselves, so that it can be a card's or an HSM's.
pub trait SigningKey {
    /// How it signs.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Its public key: SubjectPublicKeyInfo in DER.
    fn spki_der(&self) -> &[u8];

    /// The signature over `message`: for ECDSA the DER of r and s, for RSA the number, for Ed25519 its 64 octets.
    ///
    /// # Errors
    /// When the key is absent, locked, or refuses. May be called again after any of them.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

impl<K: SigningKey + ?Sized> SigningKey for &K {
    fn algorithm(&self) -> SignatureAlgorithm {
        (**self).algorithm()
    }

    fn spki_der(&self) -> &[u8] {
        (**self).spki_der()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        (**self).sign(message)
    }
}

/// Keys that can be made in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// RSA of 2048 bits.
    Rsa2048,
    /// RSA of 3072 bits.
    Rsa3072,
    /// RSA of 4096 bits.
    Rsa4096,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

/// Why bytes are not a private key that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A PEM file with a key under a passphrase.
    #[error("the private key is encrypted; decrypt it first (openssl pkcs8 -in FILE -out PLAIN)")]
    Encrypted,
    /// A PKCS#12 file whose password is missing or wrong.
    #[error("the PKCS#12 file does not open with this password; give the right one")]
    Password,
    /// A PKCS#12 file that is damaged, or encrypted in a way not known here.
    #[error(
        "the PKCS#12 file is damaged, or encrypted in a way not known here; export it anew (AES-256 with SHA-256)"
    )]
    Container,
    /// No private key in it.
    #[error(
        "there is no private key in PEM, DER or PKCS#12 here; give a PKCS#8 file (-----BEGIN PRIVATE KEY-----) or a .p12"
    )]
    None,
    /// A key that is weak, damaged, or of a kind not used here.
    #[error("the private key is damaged, weak, or not RSA (2048 bits or more), P-256, P-384 or Ed25519")]
    Unusable,
}

enum Pair {
    Rsa(Box<signature::RsaKeyPair>),
    Ecdsa(Box<EcdsaKeyPair>, SignatureAlgorithm),
    Ed25519(Box<Ed25519KeyPair>),
}

/// A private key in memory, from PKCS#8. Printing it shows the public half only.
pub struct SoftKey {
    pair: Pair,
    pkcs8: Zeroizing<Vec<u8>>,
    spki: Vec<u8>,
}

impl SoftKey {
    /// Makes a new key pair with the generator of aws-lc-rs.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        let unusable = |_| KeyError::Unusable;
        let rsa = |size| -> Result<Zeroizing<Vec<u8>>, KeyError> {
            let pair = aws_lc_rs::rsa::KeyPair::generate(size).map_err(unusable)?;
            let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().map_err(unusable)?;
            Ok(Zeroizing::new(der.as_ref().to_vec()))
        };
        let ecdsa = |curve| -> Result<Zeroizing<Vec<u8>>, KeyError> {
            let document = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).map_err(unusable)?;
            Ok(Zeroizing::new(document.as_ref().to_vec()))
        };
        let pkcs8 = match algorithm {
            KeyAlgorithm::Rsa2048 => rsa(KeySize::Rsa2048)?,
            KeyAlgorithm::Rsa3072 => rsa(KeySize::Rsa3072)?,
            KeyAlgorithm::Rsa4096 => rsa(KeySize::Rsa4096)?,
            KeyAlgorithm::P256 => ecdsa(&signature::ECDSA_P256_SHA256_ASN1_SIGNING)?,
            KeyAlgorithm::P384 => ecdsa(&signature::ECDSA_P384_SHA384_ASN1_SIGNING)?,
            KeyAlgorithm::Ed25519 => {
                let document = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(unusable)?;
                Zeroizing::new(document.as_ref().to_vec())
            }
        };
        Self::from_pkcs8_der(&pkcs8)
    }

    /// A key from PKCS#8 in DER.
    ///
    /// # Errors
    /// When it is none, or weak.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let pair = if let Ok(pair) = signature::RsaKeyPair::from_pkcs8(der) {
            Pair::Rsa(Box::new(pair))
        } else if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, der) {
            Pair::Ecdsa(Box::new(pair), SignatureAlgorithm::EcdsaP256Sha256)
        } else if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P384_SHA384_ASN1_SIGNING, der) {
            Pair::Ecdsa(Box::new(pair), SignatureAlgorithm::EcdsaP384Sha384)
        } else if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            Pair::Ed25519(Box::new(pair))
        } else {
            return Err(KeyError::Unusable);
        };
        let spki = match &pair {
            Pair::Rsa(pair) => pair.public_key().as_der().map(|d| d.as_ref().to_vec()),
            Pair::Ecdsa(pair, _) => pair.public_key().as_der().map(|d| d.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.public_key().as_der().map(|d| d.as_ref().to_vec()),
        };
        let spki = spki.map_err(|_| KeyError::Unusable)?;
        if super::signature::PublicKey::from_spki(&spki).is_err() {
            return Err(KeyError::Unusable);
        }
        Ok(Self {
            pair,
            pkcs8: Zeroizing::new(der.to_vec()),
            spki,
        })
    }

    /// A key from PEM (PKCS#8, or the older forms for RSA and EC alone) or PKCS#8 in DER. Other PEM blocks are passed over.
    ///
    /// # Errors
    /// When there is no key, or it is encrypted, or cannot be used.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.first() == Some(&tlv::SEQUENCE) {
            return Self::from_pkcs8_der(bytes);
        }
        let blocks = super::trust::pem_blocks(bytes).map_err(|_| KeyError::None)?;
        for (label, der) in blocks {
            let der = Zeroizing::new(der);
            match label.as_str() {
                "PRIVATE KEY" => return Self::from_pkcs8_der(&der),
                "RSA PRIVATE KEY" => return Self::from_pkcs8_der(&wrap_rsa(&der)),
                "EC PRIVATE KEY" => return Self::from_pkcs8_der(&wrap_ec(&der).ok_or(KeyError::Unusable)?),
                "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
                _ => {}
            }
        }
        Err(KeyError::None)
    }

    /// The keys of a file: those of a PKCS#12 file (RFC 7292) that `password` opens, or the one in PEM or PKCS#8. A PKCS#12 file
    /// without password has the empty one.
    ///
    /// # Errors
    /// When there is no key, the password is not the one, or a key cannot be used.
    pub fn all_from(bytes: &[u8], password: &str) -> Result<Vec<Self>, KeyError> {
        if is_pkcs12(bytes) {
            Self::from_pkcs12(bytes, password)
        } else {
            Ok(vec![Self::from_pem_or_der(bytes)?])
        }
    }

    fn from_pkcs12(bytes: &[u8], password: &str) -> Result<Vec<Self>, KeyError> {
        if bytes.len() > MAX_PKCS12_BYTES {
            return Err(KeyError::Container);
        }
        let store = p12_keystore::KeyStore::from_pkcs12(bytes, password).map_err(|e| match e {
            // Without a MAC a wrong password shows in the padding.
            p12_keystore::error::Error::MacError(_)
            | p12_keystore::error::Error::UnpadError
            | p12_keystore::error::Error::Pkcs5Error(_) => KeyError::Password,
            _ => KeyError::Container,
        })?;
        let mut keys = Vec::new();
        for (_, entry) in store.entries() {
            if let p12_keystore::KeyStoreEntry::PrivateKeyChain(chain) = entry {
                keys.push(Self::from_pkcs8_der(chain.key())?);
            }
        }
        if keys.is_empty() {
            return Err(KeyError::None);
        }
        Ok(keys)
    }

    /// The private key as PKCS#8 in PEM. A secret: for the file that the caller protects.
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        let mut pem = Zeroizing::new(String::with_capacity(self.pkcs8.len() * 3 / 2 + 64));
        let text = Zeroizing::new(STANDARD.encode(&*self.pkcs8));
        pem.push_str("-----BEGIN PRIVATE KEY-----\n");
        for line in text.as_bytes().chunks(64) {
            // Base64 is ASCII.
            pem.push_str(std::str::from_utf8(line).unwrap_or_default());
            pem.push('\n');
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        pem
    }

    /// The private key as PKCS#8 in DER, for those who decrypt with it.
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.pkcs8
    }
}

/// A PKCS#12 file with some keys and the certificates above them has 10 KB; it is its owner's own, so only its size is limited.
const MAX_PKCS12_BYTES: usize = 4 * 1024 * 1024;

/// Whether the bytes are a PKCS#12 file: its version is 3, that of a private key 0 or 1 (RFC 7292 section 4, RFC 5958 section 2).
pub fn is_pkcs12(bytes: &[u8]) -> bool {
    let version = || tlv::whole(bytes).ok()?.children().expect(tlv::INTEGER).ok();
    bytes.first() == Some(&tlv::SEQUENCE) && version().is_some_and(|version| version.value == [3])
}

/// RSAPrivateKey (PKCS#1) made PKCS#8.
fn wrap_rsa(pkcs1: &[u8]) -> Zeroizing<Vec<u8>> {
    const RSA: &[u8] = &[
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    wrap(RSA, pkcs1)
}

/// ECPrivateKey (RFC 5915) made PKCS#8; its curve stands in its own parameters.
fn wrap_ec(sec1: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let mut fields = tlv::whole(sec1).ok()?.children();
    fields.expect(tlv::INTEGER).ok()?;
    fields.expect(tlv::OCTET_STRING).ok()?;
    let curve = fields.optional(0xa0).ok()??;
    Some(wrap(
        &tlv::element(tlv::SEQUENCE, &[EC, curve.value].concat()),
        sec1,
    ))
}

fn wrap(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let inside = Zeroizing::new(
        [
            &[tlv::INTEGER, 1, 0],
            algorithm,
            &tlv::element(tlv::OCTET_STRING, key)[..],
        ]
        .concat(),
    );
    Zeroizing::new(tlv::element(tlv::SEQUENCE, &inside))
}

impl SigningKey for SoftKey {
    fn algorithm(&self) -> SignatureAlgorithm {
        match &self.pair {
            Pair::Rsa(_) => SignatureAlgorithm::RsaSha256,
            Pair::Ecdsa(_, algorithm) => *algorithm,
            Pair::Ed25519(_) => SignatureAlgorithm::Ed25519,
        }
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let refused = |_| SignError::Refused("the computation failed".into());
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &signature::RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .map_err(refused)?;
                Ok(signature)
            }
            Pair::Ecdsa(pair, _) => Ok(pair
                .sign(&SystemRandom::new(), message)
                .map_err(refused)?
                .as_ref()
                .to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for SoftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SoftKey({:?}, public key {})",
            self.algorithm(),
            hex::encode(&self.spki)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::signature::{HashAlgorithm, PublicKey, Scheme};

    #[test]
    fn signs_so_that_the_public_half_verifies() {
        for (algorithm, scheme) in [
            (KeyAlgorithm::Rsa2048, Scheme::RsaPkcs1(HashAlgorithm::Sha256)),
            (KeyAlgorithm::P256, Scheme::Ecdsa(HashAlgorithm::Sha256)),
            (KeyAlgorithm::P384, Scheme::Ecdsa(HashAlgorithm::Sha384)),
            (KeyAlgorithm::Ed25519, Scheme::Ed25519),
        ] {
            let key = SoftKey::generate(algorithm).unwrap();
            let again = SoftKey::from_pem_or_der(key.to_pkcs8_pem().as_bytes()).unwrap();
            assert_eq!(key.spki_der(), again.spki_der());
            let public = PublicKey::from_spki(key.spki_der()).unwrap();
            let signature = again.sign(b"message").unwrap();
            scheme.verify(&public, b"message", &signature).unwrap();
            assert!(scheme.verify(&public, b"massage", &signature).is_err());
        }
    }

    #[test]
    fn shows_no_secret_when_printed() {
        let key = SoftKey::generate(KeyAlgorithm::Ed25519).unwrap();
        let shown = format!("{key:?}");
        // The seed is the last 32 octets before the optional public key.
        let seed = hex::encode(&key.pkcs8_der()[16..48]);
        assert!(!shown.contains(&seed));
    }
}
