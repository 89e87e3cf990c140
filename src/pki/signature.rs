//! Checks one signature: which algorithms fit together, which are strong enough, and the mathematics (aws-lc-rs).

use super::certificate::Algorithm;
use super::tlv::{self, Tlv};
use crate::domain::Sha256;
use aws_lc_rs::signature::{self as mathematics, UnparsedPublicKey, VerificationAlgorithm};
use aws_lc_rs::{digest, signature::RsaParameters};
use der::asn1::ObjectIdentifier;

/// rsaEncryption (RFC 3279 section 2.3.1).
pub const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
/// sha1WithRSAEncryption.
pub const RSA_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
const RSA_MD5: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4");
const RSA_SHA224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.14");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ECDSA_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");
const ECDSA_SHA224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.1");
/// ecdsa-with-SHA256.
pub const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// ecdsa-with-SHA384.
pub const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
/// id-Ed25519 (RFC 8410).
pub const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const SECP521R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
/// SHA-256.
pub const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// SHA-384.
pub const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
/// SHA-512.
pub const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const SHA_224: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4");
/// SHA-1.
pub const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const MD5: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.5");

/// The weakest RSA key that counts, in bits.
pub const MIN_RSA_BITS: usize = 2048;
/// The largest RSA key that is computed with: checking costs grow with the cube of the size.
pub const MAX_RSA_BITS: usize = 8192;
/// The smallest public exponent that counts (FIPS 186-5 section 5.1): with e = 3 sloppy padding checks were forged again and again.
pub const MIN_RSA_EXPONENT: u64 = 65537;

/// The hash functions that are strong enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// The hash that an AlgorithmIdentifier names; its parameters must be NULL or absent (RFC 5754 section 2).
    ///
    /// # Errors
    /// When it is weak, or unknown, or has parameters.
    pub fn from_algorithm(algorithm: &Algorithm) -> Result<Self, SignatureDefect> {
        let hash = match algorithm.oid {
            SHA_256 => Self::Sha256,
            SHA_384 => Self::Sha384,
            SHA_512 => Self::Sha512,
            SHA_1 => return Err(SignatureDefect::WeakHash("SHA-1")),
            SHA_224 => return Err(SignatureDefect::WeakHash("SHA-224")),
            MD5 => return Err(SignatureDefect::WeakHash("MD5")),
            other => return Err(SignatureDefect::UnknownAlgorithm(other)),
        };
        if algorithm.parameters_empty() {
            Ok(hash)
        } else {
            Err(SignatureDefect::Parameters(algorithm.oid))
        }
    }

    /// Its object identifier.
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => SHA_256,
            Self::Sha384 => SHA_384,
            Self::Sha512 => SHA_512,
        }
    }

    /// Its implementation.
    pub fn implementation(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    /// Octets of its output.
    pub fn output_len(self) -> usize {
        self.implementation().output_len()
    }
}

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureDefect {
    /// A hash that collisions are, or soon will be, found for.
    #[error("it uses {0}, which is too weak; SHA-256 or stronger is needed")]
    WeakHash(&'static str),
    /// A key that is too small, or too easily forged with.
    #[error(
        "the key is too weak ({0}); RSA of {MIN_RSA_BITS} bits with an exponent of {MIN_RSA_EXPONENT} or more, or an elliptic curve of 256 bits or more is needed"
    )]
    WeakKey(String),
    /// An algorithm that is not known here.
    #[error("the algorithm {0} is not accepted")]
    UnknownAlgorithm(ObjectIdentifier),
    /// Parameters that this algorithm does not have, or that do not fit.
    #[error("the parameters of the algorithm {0} are wrong")]
    Parameters(ObjectIdentifier),
    /// Signature algorithm, hash and key do not belong together.
    #[error("signature algorithm, hash and key do not fit each other")]
    Mismatch,
    /// The key cannot be read.
    #[error("the public key cannot be read")]
    MalformedKey,
    /// The mathematics say no.
    #[error("the signature does not fit the signed data and this key")]
    Wrong,
}

/// What kind of key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA; with `pss_only` the key says that it is for PSS alone.
    Rsa {
        /// Whether the key is marked id-RSASSA-PSS.
        pss_only: bool,
    },
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Ed25519.
    Ed25519,
}

/// A public key, read from its SubjectPublicKeyInfo and strong enough.
#[derive(Debug, Clone, Copy)]
pub struct PublicKey<'a> {
    kind: KeyKind,
    bits: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// Reads a SubjectPublicKeyInfo and checks the strength of its key.
    ///
    /// # Errors
    /// When it cannot be read, is of an unknown kind, or is weak.
    pub fn from_spki(spki: &'a [u8]) -> Result<Self, SignatureDefect> {
        let (algorithm, bits) = parts_of(spki).ok_or(SignatureDefect::MalformedKey)?;
        let kind = match algorithm.oid {
            RSA_ENCRYPTION if algorithm.parameters_empty() => KeyKind::Rsa { pss_only: false },
            RSA_PSS => KeyKind::Rsa { pss_only: true },
            EC_PUBLIC_KEY => curve_of(&algorithm)?,
            ED25519 if algorithm.parameters.is_none() => KeyKind::Ed25519,
            RSA_ENCRYPTION | ED25519 => return Err(SignatureDefect::Parameters(algorithm.oid)),
            other => return Err(SignatureDefect::UnknownAlgorithm(other)),
        };
        if let KeyKind::Rsa { .. } = kind {
            rsa_strength(bits)?;
        }
        Ok(Self { kind, bits })
    }

    /// What kind it is.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key's own encoding: RSAPublicKey, or the point.
    pub fn bits(&self) -> &'a [u8] {
        self.bits
    }
}

/// Algorithm and key of a SubjectPublicKeyInfo (RFC 5280 section 4.1): of any kind and strength.
fn parts_of(spki: &[u8]) -> Option<(Algorithm, &[u8])> {
    let mut fields = tlv::whole(spki).ok()?.children();
    let algorithm = Algorithm::from_tlv(&fields.expect(tlv::SEQUENCE).ok()?).ok()?;
    let bits = fields.expect(tlv::BIT_STRING).ok()?;
    fields.finish().ok()?;
    match bits.value.split_first() {
        Some((0, bits)) => Some((algorithm, bits)),
        _ => None,
    }
}

/// The bits of a key, which key hashes are over: neither tag nor length nor the count of unused bits.
pub(super) fn key_bits(spki: &[u8]) -> Option<&[u8]> {
    parts_of(spki).map(|(_, bits)| bits)
}

/// The curve that the parameters of `id-ecPublicKey` name (RFC 5480 section 2.1.1).
fn curve_of(algorithm: &Algorithm) -> Result<KeyKind, SignatureDefect> {
    let named = || {
        let element = tlv::whole(algorithm.parameters.as_deref()?).ok()?;
        (element.tag == tlv::OID).then(|| ObjectIdentifier::from_bytes(element.value).ok())?
    };
    match named() {
        Some(SECP256R1) => Ok(KeyKind::P256),
        Some(SECP384R1) => Ok(KeyKind::P384),
        Some(SECP521R1) => Ok(KeyKind::P521),
        Some(other) => Err(SignatureDefect::UnknownAlgorithm(other)),
        // Parameters written out: the way of CVE-2020-0601.
        None => Err(SignatureDefect::Parameters(algorithm.oid)),
    }
}

fn rsa_strength(key: &[u8]) -> Result<(), SignatureDefect> {
    let malformed = |_| SignatureDefect::MalformedKey;
    let mut fields = tlv::whole(key).map_err(malformed)?.children();
    let modulus = fields.expect(tlv::INTEGER).map_err(malformed)?;
    let exponent = fields.expect(tlv::INTEGER).map_err(malformed)?;
    fields.finish().map_err(malformed)?;
    let modulus = positive(&modulus).ok_or(SignatureDefect::MalformedKey)?;
    let exponent = positive(&exponent).ok_or(SignatureDefect::MalformedKey)?;
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |b| b.leading_zeros() as usize);
    if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) {
        return Err(SignatureDefect::WeakKey(format!("RSA, {bits} bits")));
    }
    // An exponent beyond 64 bits is not weak but slow; the mathematics below refuse it.
    let value = exponent
        .iter()
        .fold(0u64, |v, &b| v.saturating_mul(256).saturating_add(u64::from(b)));
    if value < MIN_RSA_EXPONENT {
        return Err(SignatureDefect::WeakKey(format!("RSA, exponent {value}")));
    }
    Ok(())
}

fn positive<'a>(integer: &Tlv<'a>) -> Option<&'a [u8]> {
    match integer.value {
        [0, rest @ ..] if !rest.is_empty() => Some(rest),
        [first, ..] if first & 0x80 == 0 => Some(integer.value),
        _ => None,
    }
}

/// A way of signing that is known, strong and complete: algorithm, hash and parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS with MGF1 over the same hash, and the length of the salt.
    RsaPss(HashAlgorithm, u16),
    /// ECDSA.
    Ecdsa(HashAlgorithm),
    /// ECDSA by a key on this curve and no other.
    EcdsaOn(HashAlgorithm, KeyKind),
    /// Ed25519.
    Ed25519,
}

impl Scheme {
    /// The scheme that a certificate or CRL names: there the algorithm says everything.
    ///
    /// # Errors
    /// When it is unknown, weak or has wrong parameters.
    pub fn of_certificate(algorithm: &Algorithm) -> Result<Self, SignatureDefect> {
        Self::read(algorithm, None)
    }

    /// The scheme of a CMS signer, whose hash is named apart (RFC 5652 section 5.3): `rsaEncryption` and `id-ecPublicKey` take the
    /// hash from there, every other algorithm must agree with it.
    ///
    /// Deviation: RFC 5753 section 2.1.1 wants `ecdsa-with-SHA…` there; Windows writes `id-ecPublicKey`, the key's own algorithm, for
    /// every ECDSA signature. A curve that stands with it must be the key's.
    ///
    /// # Errors
    /// When it is unknown, weak, has wrong parameters, or does not agree with `hash`.
    pub fn of_signer(algorithm: &Algorithm, hash: HashAlgorithm) -> Result<Self, SignatureDefect> {
        let scheme = Self::read(algorithm, Some(hash))?;
        match scheme {
            Self::RsaPkcs1(own) | Self::RsaPss(own, _) | Self::Ecdsa(own) | Self::EcdsaOn(own, _)
                if own != hash =>
            {
                Err(SignatureDefect::Mismatch)
            }
            // RFC 8419 section 3.1: with signed attributes the digest for Ed25519 is SHA-512.
            Self::Ed25519 if hash != HashAlgorithm::Sha512 => Err(SignatureDefect::Mismatch),
            _ => Ok(scheme),
        }
    }

    fn read(algorithm: &Algorithm, digest: Option<HashAlgorithm>) -> Result<Self, SignatureDefect> {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        let plain = |scheme| {
            if algorithm.parameters_empty() {
                Ok(scheme)
            } else {
                Err(SignatureDefect::Parameters(algorithm.oid))
            }
        };
        match (algorithm.oid, digest) {
            (RSA_ENCRYPTION, Some(hash)) => plain(Self::RsaPkcs1(hash)),
            (RSA_SHA256, _) => plain(Self::RsaPkcs1(Sha256)),
            (RSA_SHA384, _) => plain(Self::RsaPkcs1(Sha384)),
            (RSA_SHA512, _) => plain(Self::RsaPkcs1(Sha512)),
            (RSA_PSS, _) => pss(algorithm),
            (EC_PUBLIC_KEY, Some(hash)) if algorithm.parameters_empty() => Ok(Self::Ecdsa(hash)),
            (EC_PUBLIC_KEY, Some(hash)) => Ok(Self::EcdsaOn(hash, curve_of(algorithm)?)),
            (ECDSA_SHA256, _) => plain(Self::Ecdsa(Sha256)),
            (ECDSA_SHA384, _) => plain(Self::Ecdsa(Sha384)),
            (ECDSA_SHA512, _) => plain(Self::Ecdsa(Sha512)),
            (ED25519, _) if algorithm.parameters.is_none() => Ok(Self::Ed25519),
            (ED25519, _) => Err(SignatureDefect::Parameters(ED25519)),
            (RSA_SHA1 | ECDSA_SHA1, _) => Err(SignatureDefect::WeakHash("SHA-1")),
            (RSA_MD5, _) => Err(SignatureDefect::WeakHash("MD5")),
            (RSA_SHA224 | ECDSA_SHA224, _) => Err(SignatureDefect::WeakHash("SHA-224")),
            (other, _) => Err(SignatureDefect::UnknownAlgorithm(other)),
        }
    }

    fn mathematics(self, kind: KeyKind) -> Result<Mathematics, SignatureDefect> {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        let scheme = match self {
            Self::EcdsaOn(hash, curve) if curve == kind => Self::Ecdsa(hash),
            other => other,
        };
        let fixed: &'static dyn VerificationAlgorithm = match (scheme, kind) {
            (Self::RsaPkcs1(Sha256), KeyKind::Rsa { pss_only: false }) => {
                &mathematics::RSA_PKCS1_2048_8192_SHA256
            }
            (Self::RsaPkcs1(Sha384), KeyKind::Rsa { pss_only: false }) => {
                &mathematics::RSA_PKCS1_2048_8192_SHA384
            }
            (Self::RsaPkcs1(Sha512), KeyKind::Rsa { pss_only: false }) => {
                &mathematics::RSA_PKCS1_2048_8192_SHA512
            }
            (Self::RsaPss(hash, salt), KeyKind::Rsa { .. }) => {
                let base = match hash {
                    Sha256 => mathematics::RSA_PSS_2048_8192_SHA256,
                    Sha384 => mathematics::RSA_PSS_2048_8192_SHA384,
                    Sha512 => mathematics::RSA_PSS_2048_8192_SHA512,
                };
                let salt = mathematics::RsaPssSaltLength::Custom(salt);
                return Ok(Mathematics::Pss(base.with_pss_salt_length(salt)));
            }
            (Self::Ecdsa(Sha256), KeyKind::P256) => &mathematics::ECDSA_P256_SHA256_ASN1,
            (Self::Ecdsa(Sha384), KeyKind::P256) => &mathematics::ECDSA_P256_SHA384_ASN1,
            (Self::Ecdsa(Sha512), KeyKind::P256) => &mathematics::ECDSA_P256_SHA512_ASN1,
            (Self::Ecdsa(Sha256), KeyKind::P384) => &mathematics::ECDSA_P384_SHA256_ASN1,
            (Self::Ecdsa(Sha384), KeyKind::P384) => &mathematics::ECDSA_P384_SHA384_ASN1,
            (Self::Ecdsa(Sha512), KeyKind::P384) => &mathematics::ECDSA_P384_SHA512_ASN1,
            (Self::Ecdsa(Sha256), KeyKind::P521) => &mathematics::ECDSA_P521_SHA256_ASN1,
            (Self::Ecdsa(Sha384), KeyKind::P521) => &mathematics::ECDSA_P521_SHA384_ASN1,
            (Self::Ecdsa(Sha512), KeyKind::P521) => &mathematics::ECDSA_P521_SHA512_ASN1,
            (Self::Ed25519, KeyKind::Ed25519) => &mathematics::ED25519,
            _ => return Err(SignatureDefect::Mismatch),
        };
        Ok(Mathematics::Fixed(fixed))
    }

    /// Whether `signature` is `key`'s over `message`.
    ///
    /// # Errors
    /// When the scheme does not fit the key, or the signature is wrong.
    pub fn verify(
        self,
        key: &PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureDefect> {
        let outcome = match self.mathematics(key.kind)? {
            Mathematics::Fixed(algorithm) => {
                UnparsedPublicKey::new(algorithm, key.bits).verify(message, signature)
            }
            Mathematics::Pss(algorithm) => algorithm.verify_sig(key.bits, message, signature),
        };
        outcome.map_err(|_| SignatureDefect::Wrong)
    }
}

/// Checks a bare signature by a key's SubjectPublicKeyInfo, made as [`super::SigningKey::sign`] makes it: SHA-256 for RSA (PKCS #1
/// v1.5) and P-256, SHA-384 and SHA-512 for the larger curves.
///
/// # Errors
/// When the key does not count, or the signature is not its own over `message`.
pub fn verify_by_key(spki: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureDefect> {
    let key = PublicKey::from_spki(spki)?;
    let scheme = match key.kind() {
        KeyKind::Rsa { .. } => Scheme::RsaPkcs1(HashAlgorithm::Sha256),
        KeyKind::P256 => Scheme::Ecdsa(HashAlgorithm::Sha256),
        KeyKind::P384 => Scheme::Ecdsa(HashAlgorithm::Sha384),
        KeyKind::P521 => Scheme::Ecdsa(HashAlgorithm::Sha512),
        KeyKind::Ed25519 => Scheme::Ed25519,
    };
    scheme.verify(&key, message, signature)
}

enum Mathematics {
    Fixed(&'static dyn VerificationAlgorithm),
    Pss(RsaParameters),
}

/// RSASSA-PSS-params (RFC 4055 section 3.1): the hash, MGF1 with the same one, the salt, trailer 1.
fn pss(algorithm: &Algorithm) -> Result<Scheme, SignatureDefect> {
    let wrong = || SignatureDefect::Parameters(RSA_PSS);
    let Some(parameters) = algorithm.parameters.as_deref() else {
        return Err(SignatureDefect::WeakHash("SHA-1"));
    };
    if !tlv::is_der(parameters) {
        return Err(wrong());
    }
    let whole = tlv::whole(parameters).map_err(|_| wrong())?;
    let mut fields = whole.fields().map_err(|_| wrong())?;
    let mut field = |tag| -> Result<Option<Tlv<'_>>, SignatureDefect> {
        let Some(wrapper) = fields.optional(tag).map_err(|_| wrong())? else {
            return Ok(None);
        };
        tlv::whole(wrapper.value).map(Some).map_err(|_| wrong())
    };
    let hash = field(0xa0)?;
    let mask = field(0xa1)?;
    let salt = field(0xa2)?;
    let trailer = field(0xa3)?;
    fields.finish().map_err(|_| wrong())?;
    // What is left out means SHA-1 (the defaults of RFC 4055).
    let (Some(hash), Some(mask)) = (hash, mask) else {
        return Err(SignatureDefect::WeakHash("SHA-1"));
    };
    let hash = HashAlgorithm::from_algorithm(&Algorithm::from_tlv(&hash).map_err(|_| wrong())?)?;
    let mask = Algorithm::from_tlv(&mask).map_err(|_| wrong())?;
    let mask_hash = mask
        .parameters
        .as_deref()
        .and_then(|p| tlv::whole(p).ok())
        .ok_or_else(wrong)?;
    let mask_hash = HashAlgorithm::from_algorithm(&Algorithm::from_tlv(&mask_hash).map_err(|_| wrong())?)?;
    if mask.oid != MGF1
        || mask_hash != hash
        || trailer.is_some_and(|t| t.tag != tlv::INTEGER || t.value != [1])
    {
        return Err(wrong());
    }
    let salt = match salt {
        None => 20,
        Some(Tlv {
            tag: tlv::INTEGER,
            value: [low],
            ..
        }) if *low < 0x80 => u16::from(*low),
        Some(Tlv {
            tag: tlv::INTEGER,
            value: [high, low],
            ..
        }) if *high < 0x80 => u16::from_be_bytes([*high, *low]),
        Some(_) => return Err(wrong()),
    };
    Ok(Scheme::RsaPss(hash, salt))
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    let mut value = [0; 32];
    value.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    Sha256(value)
}

/// Digest that is fed piece by piece.
pub struct Hasher(digest::Context);

impl Hasher {
    /// A digest of nothing yet.
    pub fn new(hash: HashAlgorithm) -> Self {
        Self(digest::Context::new(hash.implementation()))
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that was added.
    pub fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn algorithm(oid: ObjectIdentifier, parameters: Option<&[u8]>) -> Algorithm {
        Algorithm {
            oid,
            parameters: parameters.map(<[u8]>::to_vec),
        }
    }

    #[test]
    fn takes_null_and_absent_hash_parameters_and_no_others() {
        assert!(HashAlgorithm::from_algorithm(&algorithm(SHA_256, None)).is_ok());
        assert!(HashAlgorithm::from_algorithm(&algorithm(SHA_256, Some(&[5, 0]))).is_ok());
        assert!(HashAlgorithm::from_algorithm(&algorithm(SHA_256, Some(&[4, 0]))).is_err());
    }

    #[test]
    fn refuses_a_signature_algorithm_whose_hash_is_not_the_signers() {
        let named = algorithm(RSA_SHA512, Some(&[5, 0]));
        assert_eq!(
            Scheme::of_signer(&named, HashAlgorithm::Sha256),
            Err(SignatureDefect::Mismatch)
        );
        assert!(Scheme::of_signer(&named, HashAlgorithm::Sha512).is_ok());
    }

    #[test]
    fn takes_rsa_encryption_from_a_signer_and_not_from_a_certificate() {
        let named = algorithm(RSA_ENCRYPTION, Some(&[5, 0]));
        assert_eq!(
            Scheme::of_signer(&named, HashAlgorithm::Sha384),
            Ok(Scheme::RsaPkcs1(HashAlgorithm::Sha384))
        );
        assert!(Scheme::of_certificate(&named).is_err());
    }

    #[test]
    fn takes_ec_public_key_from_a_signer_and_not_from_a_certificate() {
        let hash = HashAlgorithm::Sha384;
        let named = tlv::element(tlv::OID, SECP256R1.as_bytes());
        let unheard = tlv::element(tlv::OID, ED25519.as_bytes());
        let wrong = || Err(SignatureDefect::Parameters(EC_PUBLIC_KEY));
        for (parameters, expected) in [
            (None, Ok(Scheme::Ecdsa(hash))),
            (Some(&[5, 0][..]), Ok(Scheme::Ecdsa(hash))),
            (Some(&named), Ok(Scheme::EcdsaOn(hash, KeyKind::P256))),
            (Some(&unheard), Err(SignatureDefect::UnknownAlgorithm(ED25519))),
            (Some(&[4, 0]), wrong()),
            (Some(&[0x30, 0]), wrong()),
            (Some(&[]), wrong()),
        ] {
            let found = Scheme::of_signer(&algorithm(EC_PUBLIC_KEY, parameters), hash);
            assert_eq!(found, expected, "{parameters:?}");
        }
        for parameters in [None, Some(&[5, 0][..]), Some(&named)] {
            assert_eq!(
                Scheme::of_certificate(&algorithm(EC_PUBLIC_KEY, parameters)),
                Err(SignatureDefect::UnknownAlgorithm(EC_PUBLIC_KEY))
            );
        }
    }

    #[test]
    fn refuses_pss_whose_left_out_parameters_mean_sha1() {
        assert_eq!(
            Scheme::of_certificate(&algorithm(RSA_PSS, Some(&[0x30, 0]))),
            Err(SignatureDefect::WeakHash("SHA-1"))
        );
        assert_eq!(
            Scheme::of_certificate(&algorithm(RSA_PSS, None)),
            Err(SignatureDefect::WeakHash("SHA-1"))
        );
    }
}
