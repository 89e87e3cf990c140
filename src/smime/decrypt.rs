//! Opens encrypted mail: EnvelopedData and AuthEnvelopedData (RFC 5652 section 6, RFC 5083, RFC 5753).
//!
//! Every failure is the same to the outside. What comes out is as untrusted as what went in: only a signature inside counts.

use super::cms::{ContentInfo, ID_AUTH_ENVELOPED_DATA, ID_ENVELOPED_DATA};
use super::code::{Code, Reason};
use super::entity::Entity;
use crate::pki::SoftKey;
use crate::pki::signature::{KeyKind, PublicKey, RSA_ENCRYPTION, SHA_1, SHA_256, SHA_384, SHA_512};
use crate::pki::tlv::{self, Tlv};
use aes::Aes192;
use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use aws_lc_rs::aead::{self, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::key_wrap::{AesKek, KeyWrap};
use aws_lc_rs::rsa::{
    OaepAlgorithm, OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::{agreement, digest, rsa};
use cms::enveloped_data::{
    KeyAgreeRecipientInfo, KeyTransRecipientInfo, OriginatorIdentifierOrKey, RecipientInfo,
};
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

/// Recipients of one mail that are tried: each may cost a private-key operation.
const MAX_RECIPIENTS: usize = 64;
/// Bytes of one recipient: an encrypted key and a name.
const MAX_RECIPIENT_BYTES: usize = 16 * 1024;

const RSA_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
pub const AES128_WRAP: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.5");
const AES192_WRAP: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.25");
pub const AES256_WRAP: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.45");
const AES128_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES192_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22");
pub const AES256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
const AES128_GCM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.6");
const AES192_GCM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.26");
pub const AES256_GCM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.46");
pub const ECDH_SHA256_KDF: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.1.11.1");

/// How an RSA key was used to encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaPadding {
    /// RSAES-PKCS1-v1_5.
    Pkcs1,
    /// RSAES-OAEP with SHA-1, its default.
    OaepSha1,
    /// RSAES-OAEP with SHA-256.
    OaepSha256,
    /// RSAES-OAEP with SHA-384.
    OaepSha384,
    /// RSAES-OAEP with SHA-512.
    OaepSha512,
}

/// A private key that opens mail: in memory, on a card, or in an HSM. `None` is every failure.
pub trait DecryptKey {
    /// Its public key: SubjectPublicKeyInfo in DER.
    fn public_key_der(&self) -> &[u8];

    /// The content key that was encrypted for this RSA key.
    fn decrypt_rsa(&self, padding: RsaPadding, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>>;

    /// The secret shared with the key at `point`, which is on the curve of this key.
    fn agree(&self, point: &[u8]) -> Option<Zeroizing<Vec<u8>>>;
}

impl DecryptKey for SoftKey {
    fn public_key_der(&self) -> &[u8] {
        crate::pki::SigningKey::spki_der(self)
    }

    fn decrypt_rsa(&self, padding: RsaPadding, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = PrivateDecryptingKey::from_pkcs8(self.pkcs8_der()).ok()?;
        let oaep = |key, algorithm: &'static OaepAlgorithm| -> Option<Zeroizing<Vec<u8>>> {
            let key = OaepPrivateDecryptingKey::new(key).ok()?;
            let mut out = Zeroizing::new(vec![0; key.min_output_size()]);
            let length = key.decrypt(algorithm, encrypted, &mut out, None).ok()?.len();
            out.truncate(length);
            Some(out)
        };
        match padding {
            RsaPadding::Pkcs1 => {
                let key = Pkcs1PrivateDecryptingKey::new(key).ok()?;
                let mut out = Zeroizing::new(vec![0; key.min_output_size()]);
                let length = key.decrypt(encrypted, &mut out).ok()?.len();
                out.truncate(length);
                Some(out)
            }
            RsaPadding::OaepSha1 => oaep(key, &rsa::OAEP_SHA1_MGF1SHA1),
            RsaPadding::OaepSha256 => oaep(key, &rsa::OAEP_SHA256_MGF1SHA256),
            RsaPadding::OaepSha384 => oaep(key, &rsa::OAEP_SHA384_MGF1SHA384),
            RsaPadding::OaepSha512 => oaep(key, &rsa::OAEP_SHA512_MGF1SHA512),
        }
    }

    fn agree(&self, point: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let algorithm = curve(crate::pki::SigningKey::spki_der(self))?;
        let own = agreement::PrivateKey::from_private_key_der(algorithm, self.pkcs8_der()).ok()?;
        let peer = agreement::UnparsedPublicKey::new(algorithm, point);
        agreement::agree(&own, peer, (), |secret| Ok(Zeroizing::new(secret.to_vec()))).ok()
    }
}

/// The curve of a key that agrees.
pub fn curve(spki: &[u8]) -> Option<&'static agreement::Algorithm> {
    match PublicKey::from_spki(spki).ok()?.kind() {
        KeyKind::P256 => Some(&agreement::ECDH_P256),
        KeyKind::P384 => Some(&agreement::ECDH_P384),
        KeyKind::P521 => Some(&agreement::ECDH_P521),
        _ => None,
    }
}

/// Decrypts a mail or MIME entity of type application/pkcs7-mime, and gives back the entity inside.
///
/// # Errors
/// When it is not encrypted, or no key opens it: the latter is always [`Code::DecryptionFailed`].
pub fn decrypt(raw: &[u8], keys: &[&dyn DecryptKey]) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let mut reasons = Vec::new();
    let entity = Entity::read(raw, &mut reasons);
    let der = entity.decoded()?;
    let info = ContentInfo::read(&der)?;
    open(&info, keys).ok_or_else(|| Reason::new(Code::DecryptionFailed, "none of the keys opens the mail"))
}

/// Opens what is encrypted with the first key that can.
pub(super) fn open(info: &ContentInfo<'_>, keys: &[&dyn DecryptKey]) -> Option<Zeroizing<Vec<u8>>> {
    let sealed = Sealed::read(info)?;
    for recipient in &sealed.recipients {
        for key in keys {
            if let Some(content_key) = content_key(recipient, *key)
                && let Some(plain) = sealed.decrypt(&content_key)
            {
                return Some(plain);
            }
        }
    }
    None
}

struct Sealed<'a> {
    recipients: Vec<RecipientInfo>,
    algorithm: AlgorithmIdentifierOwned,
    ciphertext: std::borrow::Cow<'a, [u8]>,
    /// With authentication: the attributes under it, and the tag.
    authentication: Option<(Vec<u8>, Vec<u8>)>,
}

impl<'a> Sealed<'a> {
    fn read(info: &ContentInfo<'a>) -> Option<Self> {
        let authenticated = match info.kind {
            ID_ENVELOPED_DATA => false,
            ID_AUTH_ENVELOPED_DATA => true,
            _ => return None,
        };
        let mut fields = info.content.children();
        fields.expect(tlv::INTEGER).ok()?;
        fields.optional(0xa0).ok()?;
        let mut recipients = Vec::new();
        let mut set = fields.expect(tlv::SET).ok()?.children();
        while !set.is_empty() {
            let element = set.next().ok()?;
            if recipients.len() >= MAX_RECIPIENTS || element.raw.len() > MAX_RECIPIENT_BYTES {
                return None;
            }
            // A recipient of a kind that is not known here is somebody else.
            if let Some(recipient) = tlv::to_der(&element)
                .ok()
                .and_then(|der| RecipientInfo::from_der(&der).ok())
            {
                recipients.push(recipient);
            }
        }
        let mut content = fields.expect(tlv::SEQUENCE).ok()?.children();
        content.expect(tlv::OID).ok()?;
        let algorithm = content.expect(tlv::SEQUENCE).ok()?;
        let algorithm = AlgorithmIdentifierOwned::from_der(&tlv::to_der(&algorithm).ok()?).ok()?;
        let ciphertext = match content.peek()? {
            0x80 | 0xa0 => content.next().ok()?.octets().ok()?,
            _ => return None,
        };
        content.finish().ok()?;
        let attributes = fields.optional(0xa1).ok()?;
        let authentication = if authenticated {
            let tag = fields.expect(tlv::OCTET_STRING).ok()?;
            // RFC 5083 section 2.2: what is authenticated has the tag of a SET.
            let associated = match attributes {
                Some(set) => tlv::to_der(&Tlv { tag: tlv::SET, ..set }).ok()?,
                None => Vec::new(),
            };
            Some((associated, tag.value.to_vec()))
        } else {
            None
        };
        fields.optional(0xa2).ok()?;
        fields.finish().ok()?;
        Some(Self {
            recipients,
            algorithm,
            ciphertext,
            authentication,
        })
    }

    fn decrypt(&self, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let parameters = self.algorithm.parameters.as_ref()?;
        let mut buffer = Zeroizing::new(self.ciphertext.to_vec());
        match &self.authentication {
            None => {
                let cipher = match self.algorithm.oid {
                    AES128_CBC => &cipher::AES_128,
                    AES192_CBC => &cipher::AES_192,
                    AES256_CBC => &cipher::AES_256,
                    _ => return None,
                };
                let iv: [u8; 16] = parameters.value().try_into().ok()?;
                let key =
                    PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(cipher, key).ok()?).ok()?;
                let length = key
                    .decrypt(&mut buffer, DecryptionContext::Iv128(FixedLength::from(iv)))
                    .ok()?
                    .len();
                buffer.truncate(length);
            }
            Some((associated, tag)) => {
                let algorithm = match self.algorithm.oid {
                    AES128_GCM => &aead::AES_128_GCM,
                    AES192_GCM => &aead::AES_192_GCM,
                    AES256_GCM => &aead::AES_256_GCM,
                    _ => return None,
                };
                // RFC 5084 section 3.2: the nonce, and the length of the tag, of which only the full one is taken.
                let mut fields = tlv::Reader::new(parameters.value());
                let nonce: [u8; 12] = fields.expect(tlv::OCTET_STRING).ok()?.value.try_into().ok()?;
                if tag.len() != algorithm.tag_len() {
                    return None;
                }
                buffer.extend_from_slice(tag);
                let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
                let nonce = Nonce::assume_unique_for_key(nonce);
                let length = key
                    .open_in_place(nonce, aead::Aad::from(associated), &mut buffer)
                    .ok()?
                    .len();
                buffer.truncate(length);
            }
        }
        Some(buffer)
    }
}

fn content_key(recipient: &RecipientInfo, key: &dyn DecryptKey) -> Option<Zeroizing<Vec<u8>>> {
    match recipient {
        RecipientInfo::Ktri(transport) => transported(transport, key),
        RecipientInfo::Kari(agreement) => agreed(agreement, key),
        _ => None,
    }
}

fn transported(recipient: &KeyTransRecipientInfo, key: &dyn DecryptKey) -> Option<Zeroizing<Vec<u8>>> {
    let KeyKind::Rsa { .. } = PublicKey::from_spki(key.public_key_der()).ok()?.kind() else {
        return None;
    };
    let padding = match recipient.key_enc_alg.oid {
        RSA_ENCRYPTION => RsaPadding::Pkcs1,
        RSA_OAEP => oaep(&recipient.key_enc_alg)?,
        _ => return None,
    };
    key.decrypt_rsa(padding, recipient.enc_key.as_bytes())
}

/// RSAES-OAEP-params (RFC 4055 section 4.1) with the same hash for the mask and no label.
fn oaep(algorithm: &AlgorithmIdentifierOwned) -> Option<RsaPadding> {
    let Some(parameters) = &algorithm.parameters else {
        return Some(RsaPadding::OaepSha1);
    };
    let mut fields = tlv::Reader::new(parameters.value());
    let named = |wrapper: Option<Tlv<'_>>| -> Option<Option<AlgorithmIdentifierOwned>> {
        wrapper
            .map(|w| AlgorithmIdentifierOwned::from_der(w.value).ok())
            .map_or(Some(None), |a| a.map(Some))
    };
    let hash = named(fields.optional(0xa0).ok()?)?.map_or(SHA_1, |a| a.oid);
    let mask = match named(fields.optional(0xa1).ok()?)? {
        Some(mask) => {
            AlgorithmIdentifierOwned::from_der(&mask.parameters?.to_der().ok()?)
                .ok()?
                .oid
        }
        None => SHA_1,
    };
    if fields.finish().is_err() || mask != hash {
        return None;
    }
    match hash {
        SHA_1 => Some(RsaPadding::OaepSha1),
        SHA_256 => Some(RsaPadding::OaepSha256),
        SHA_384 => Some(RsaPadding::OaepSha384),
        SHA_512 => Some(RsaPadding::OaepSha512),
        _ => None,
    }
}

fn agreed(recipient: &KeyAgreeRecipientInfo, key: &dyn DecryptKey) -> Option<Zeroizing<Vec<u8>>> {
    curve(key.public_key_der())?;
    let OriginatorIdentifierOrKey::OriginatorKey(originator) = &recipient.originator else {
        return None;
    };
    let hash = kdf_hash(recipient.key_enc_alg.oid)?;
    let wrap = recipient.key_enc_alg.parameters.as_ref()?.to_der().ok()?;
    let wrap = AlgorithmIdentifierOwned::from_der(&wrap).ok()?;
    let secret = key.agree(originator.public_key.raw_bytes())?;
    let ukm = recipient.ukm.as_ref().map(|u| u.as_bytes());
    let kek = derive(hash, &secret, &wrap, ukm)?;
    recipient
        .recipient_enc_keys
        .iter()
        .take(MAX_RECIPIENTS)
        .find_map(|entry| {
            let wrapped = entry.enc_key.as_bytes();
            if wrap.oid == AES192_WRAP {
                return unwrap_192(&kek, wrapped);
            }
            let mut out = Zeroizing::new(vec![0; wrapped.len().checked_sub(8)?]);
            let length = match wrap.oid {
                AES128_WRAP => AesKek::new(&aws_lc_rs::key_wrap::AES_128, &kek)
                    .ok()?
                    .unwrap(wrapped, &mut out)
                    .ok()?
                    .len(),
                AES256_WRAP => AesKek::new(&aws_lc_rs::key_wrap::AES_256, &kek)
                    .ok()?
                    .unwrap(wrapped, &mut out)
                    .ok()?
                    .len(),
                _ => return None,
            };
            out.truncate(length);
            Some(out)
        })
}

/// The key that AES-192 wraps (RFC 3394 section 2.2.2). The library wraps with the other two sizes only.
fn unwrap_192(kek: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const MARK: [u8; 8] = [0xa6; 8];
    let (mark, rest) = wrapped.split_first_chunk::<8>()?;
    let count = rest.len() / 8;
    if !rest.len().is_multiple_of(8) || !(2..=8).contains(&count) {
        return None;
    }
    let aes = Aes192::new_from_slice(kek).ok()?;
    let mut mark = *mark;
    let mut key = Zeroizing::new(rest.to_vec());
    for step in (1..=6 * count).rev() {
        let part = &mut key[(step - 1) % count * 8..][..8];
        let number = (step as u64).to_be_bytes();
        let mut block = Array::default();
        for (i, octet) in block.iter_mut().enumerate() {
            *octet = if i < 8 { mark[i] ^ number[i] } else { part[i - 8] };
        }
        aes.decrypt_block(&mut block);
        mark.copy_from_slice(&block[..8]);
        part.copy_from_slice(&block[8..]);
    }
    (mark == MARK).then_some(key)
}

/// The hash of dhSinglePass-stdDH-*kdf-scheme and its cofactor sister (RFC 5753 section 7.1.4); the cofactor of the NIST curves is 1.
fn kdf_hash(scheme: ObjectIdentifier) -> Option<&'static digest::Algorithm> {
    const STANDARD: [(&str, &digest::Algorithm); 8] = [
        ("1.3.133.16.840.63.0.2", &digest::SHA1_FOR_LEGACY_USE_ONLY),
        ("1.3.133.16.840.63.0.3", &digest::SHA1_FOR_LEGACY_USE_ONLY),
        ("1.3.132.1.11.1", &digest::SHA256),
        ("1.3.132.1.14.1", &digest::SHA256),
        ("1.3.132.1.11.2", &digest::SHA384),
        ("1.3.132.1.14.2", &digest::SHA384),
        ("1.3.132.1.11.3", &digest::SHA512),
        ("1.3.132.1.14.3", &digest::SHA512),
    ];
    let name = scheme.to_string();
    STANDARD
        .iter()
        .find(|(oid, _)| *oid == name)
        .map(|(_, hash)| *hash)
}

/// The key that wraps the content key: the KDF of X9.63 over ECC-CMS-SharedInfo (RFC 5753 section 7.2).
pub(super) fn derive(
    hash: &'static digest::Algorithm,
    secret: &[u8],
    wrap: &AlgorithmIdentifierOwned,
    ukm: Option<&[u8]>,
) -> Option<Zeroizing<Vec<u8>>> {
    let length: usize = match wrap.oid {
        AES128_WRAP => 16,
        AES192_WRAP => 24,
        AES256_WRAP => 32,
        _ => return None,
    };
    let mut info = wrap.to_der().ok()?;
    if let Some(ukm) = ukm {
        tlv::put(&mut info, 0xa0, &tlv::element(tlv::OCTET_STRING, ukm));
    }
    let bits = u32::try_from(length * 8).ok()?.to_be_bytes();
    tlv::put(&mut info, 0xa2, &tlv::element(tlv::OCTET_STRING, &bits));
    let info = tlv::element(tlv::SEQUENCE, &info);
    let mut key = Zeroizing::new(Vec::with_capacity(length + hash.output_len()));
    let mut counter = 1u32;
    while key.len() < length {
        let mut context = digest::Context::new(hash);
        context.update(secret);
        context.update(&counter.to_be_bytes());
        context.update(&info);
        key.extend_from_slice(context.finish().as_ref());
        counter += 1;
    }
    key.truncate(length);
    Some(key)
}
