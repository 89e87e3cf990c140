//! Encrypts for recipients: EnvelopedData or AuthEnvelopedData as every mail program of today opens it (RFC 5652, RFC 5083, RFC 5753).

use super::decrypt::{AES256_CBC, AES256_GCM, AES256_WRAP, ECDH_SHA256_KDF, curve, derive};
use super::sign::base64_lines;
use crate::pki::Certificate;
use crate::pki::signature::{KeyKind, PublicKey, RSA_ENCRYPTION};
use crate::pki::tlv;
use aws_lc_rs::aead::{self, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::{agreement, digest};
use cms::authenveloped_data::AuthEnvelopedData;
use cms::cert::IssuerAndSerialNumber;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::enveloped_data::{
    EncryptedContentInfo, EnvelopedData, KeyAgreeRecipientIdentifier, KeyAgreeRecipientInfo,
    KeyTransRecipientInfo, OriginatorIdentifierOrKey, OriginatorPublicKey, RecipientEncryptedKey,
    RecipientIdentifier, RecipientInfo, RecipientInfos,
};
use der::asn1::{Any, BitString, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use x509_cert::serial_number::SerialNumber;
use zeroize::Zeroizing;

/// How the content is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cipher {
    /// AES-256-CBC in EnvelopedData: every mail program opens it.
    #[default]
    Aes256Cbc,
    /// AES-256-GCM in AuthEnvelopedData: programs since about 2019 open it.
    Aes256Gcm,
}

/// Why nothing was encrypted.
#[derive(Debug, thiserror::Error)]
pub enum EncryptError {
    /// Nobody to encrypt for.
    #[error("there is no recipient to encrypt for; give at least one certificate")]
    NoRecipient,
    /// A certificate whose key does not encrypt.
    #[error(
        "the certificate of {0} cannot be encrypted for: its key is neither RSA nor P-256, P-384 or P-521, or is weak"
    )]
    Recipient(String),
    /// The computation failed.
    #[error("encrypting failed; try again")]
    Failed,
}

impl From<der::Error> for EncryptError {
    fn from(_: der::Error) -> Self {
        Self::Failed
    }
}

impl From<aws_lc_rs::error::Unspecified> for EncryptError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Failed
    }
}

/// Encrypts a MIME entity for all recipients: the DER of a ContentInfo. `fill` fills a buffer with randomness.
///
/// # Errors
/// When there is no recipient, or one whose key does not encrypt.
pub fn encrypt(
    entity: &[u8],
    recipients: &[Certificate],
    cipher: Cipher,
    fill: &dyn Fn(&mut [u8]),
) -> Result<Vec<u8>, EncryptError> {
    if recipients.is_empty() {
        return Err(EncryptError::NoRecipient);
    }
    let mut key = Zeroizing::new([0; 32]);
    fill(&mut *key);
    let mut infos = RecipientInfos::default();
    for recipient in recipients {
        infos
            .0
            .insert(recipient_info(recipient, &*key, fill)?)
            .map_err(|_| EncryptError::Failed)?;
    }
    // RFC 5652 section 6.1: 2 as soon as a recipient agrees on the key or is named otherwise than by issuer and number.
    let agrees = infos.0.iter().any(|info| matches!(info, RecipientInfo::Kari(_)));
    let (kind, content) = match cipher {
        Cipher::Aes256Cbc => {
            let mut iv = [0; 16];
            fill(&mut iv);
            let mut buffer = entity.to_vec();
            let aes = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&cipher::AES_256, &*key)?)?;
            aes.less_safe_encrypt(&mut buffer, EncryptionContext::Iv128(FixedLength::from(iv)))?;
            let data = EnvelopedData {
                version: if agrees { CmsVersion::V2 } else { CmsVersion::V0 },
                originator_info: None,
                recip_infos: infos,
                encrypted_content: encrypted_content(
                    AES256_CBC,
                    Any::new(der::Tag::OctetString, iv)?,
                    buffer,
                )?,
                unprotected_attrs: None,
            };
            (super::cms::ID_ENVELOPED_DATA, data.to_der()?)
        }
        Cipher::Aes256Gcm => {
            let mut nonce = [0; 12];
            fill(&mut nonce);
            let mut buffer = entity.to_vec();
            let aes = LessSafeKey::new(UnboundKey::new(&aead::AES_256_GCM, &*key)?);
            let tag = aes.seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                aead::Aad::empty(),
                &mut buffer,
            )?;
            let parameters = [tlv::element(tlv::OCTET_STRING, &nonce), vec![tlv::INTEGER, 1, 16]].concat();
            let data = AuthEnvelopedData {
                version: CmsVersion::V0,
                originator_info: None,
                recip_infos: infos,
                auth_encrypted_content_info: encrypted_content(
                    AES256_GCM,
                    Any::new(der::Tag::Sequence, parameters)?,
                    buffer,
                )?,
                auth_attrs: None,
                mac: OctetString::new(tag.as_ref())?,
                unauth_attrs: None,
            };
            (super::cms::ID_AUTH_ENVELOPED_DATA, data.to_der()?)
        }
    };
    Ok(ContentInfo {
        content_type: kind,
        content: Any::from_der(&content)?,
    }
    .to_der()?)
}

/// Encrypts a MIME entity and makes the result one: the header fields of the entity and its base64, to be put below the mail's own.
///
/// # Errors
/// As [`encrypt`].
pub fn encrypt_entity(
    entity: &[u8],
    recipients: &[Certificate],
    cipher: Cipher,
    fill: &dyn Fn(&mut [u8]),
) -> Result<Vec<u8>, EncryptError> {
    let der = encrypt(entity, recipients, cipher, fill)?;
    let kind = match cipher {
        Cipher::Aes256Cbc => "enveloped-data",
        Cipher::Aes256Gcm => "authEnveloped-data",
    };
    let mut out = format!(
        "Content-Type: application/pkcs7-mime; smime-type={kind};\r\n name=\"smime.p7m\"\r\n\
         Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n"
    )
    .into_bytes();
    base64_lines(&der, &mut out);
    Ok(out)
}

fn encrypted_content(
    oid: ObjectIdentifier,
    parameters: Any,
    ciphertext: Vec<u8>,
) -> Result<EncryptedContentInfo, EncryptError> {
    Ok(EncryptedContentInfo {
        content_type: super::cms::ID_DATA,
        content_enc_alg: AlgorithmIdentifierOwned {
            oid,
            parameters: Some(parameters),
        },
        encrypted_content: Some(OctetString::new(ciphertext)?),
    })
}

fn issuer_and_serial(certificate: &Certificate) -> Result<IssuerAndSerialNumber, EncryptError> {
    Ok(IssuerAndSerialNumber {
        issuer: x509_cert::name::Name::from_der(certificate.issuer().der())?,
        serial_number: SerialNumber::from_der(&tlv::element(tlv::INTEGER, certificate.serial().octets()))?,
    })
}

fn recipient_info(
    certificate: &Certificate,
    key: &[u8],
    fill: &dyn Fn(&mut [u8]),
) -> Result<RecipientInfo, EncryptError> {
    let refused = || EncryptError::Recipient(certificate.subject().to_string());
    let public = PublicKey::from_spki(certificate.spki_der()).map_err(|_| refused())?;
    match public.kind() {
        // PKCS#1 v1.5 is what every program and card opens; there is nobody here to ask a million questions of.
        KeyKind::Rsa { pss_only: false } => {
            let rsa = PublicEncryptingKey::from_der(certificate.spki_der()).map_err(|_| refused())?;
            let rsa = Pkcs1PublicEncryptingKey::new(rsa)?;
            let mut out = vec![0; rsa.ciphertext_size()];
            let length = rsa.encrypt(key, &mut out)?.len();
            out.truncate(length);
            Ok(RecipientInfo::Ktri(KeyTransRecipientInfo {
                version: CmsVersion::V0,
                rid: RecipientIdentifier::IssuerAndSerialNumber(issuer_and_serial(certificate)?),
                key_enc_alg: AlgorithmIdentifierOwned {
                    oid: RSA_ENCRYPTION,
                    parameters: Some(Any::null()),
                },
                enc_key: OctetString::new(out)?,
            }))
        }
        KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => {
            let algorithm = curve(certificate.spki_der()).ok_or_else(refused)?;
            let own = ephemeral(algorithm, public.kind(), fill)?;
            let peer = agreement::UnparsedPublicKey::new(algorithm, public.bits());
            let wrap = AlgorithmIdentifierOwned {
                oid: AES256_WRAP,
                parameters: None,
            };
            let kek = agreement::agree(&own, peer, EncryptError::Failed, |secret| {
                derive(&digest::SHA256, secret, &wrap, None).ok_or(EncryptError::Failed)
            })?;
            let mut wrapped = vec![0; key.len() + 8];
            let length = AesKek::new(&AES_256, &kek)?.wrap(key, &mut wrapped)?.len();
            wrapped.truncate(length);
            let point = own.compute_public_key()?;
            let spki = spki::SubjectPublicKeyInfoOwned::from_der(certificate.spki_der())?;
            Ok(RecipientInfo::Kari(KeyAgreeRecipientInfo {
                version: CmsVersion::V3,
                originator: OriginatorIdentifierOrKey::OriginatorKey(OriginatorPublicKey {
                    algorithm: spki.algorithm,
                    public_key: BitString::from_bytes(point.as_ref())?,
                }),
                ukm: None,
                key_enc_alg: AlgorithmIdentifierOwned {
                    oid: ECDH_SHA256_KDF,
                    parameters: Some(Any::from_der(&wrap.to_der()?)?),
                },
                recipient_enc_keys: vec![RecipientEncryptedKey {
                    rid: KeyAgreeRecipientIdentifier::IssuerAndSerialNumber(issuer_and_serial(certificate)?),
                    enc_key: OctetString::new(wrapped)?,
                }],
            }))
        }
        KeyKind::Rsa { pss_only: true } | KeyKind::Ed25519 => Err(refused()),
    }
}

/// A key for this one message, of the randomness handed in.
fn ephemeral(
    algorithm: &'static agreement::Algorithm,
    kind: KeyKind,
    fill: &dyn Fn(&mut [u8]),
) -> Result<agreement::PrivateKey, EncryptError> {
    let length = match kind {
        KeyKind::P256 => 32,
        KeyKind::P384 => 48,
        _ => 66,
    };
    // Numbers beyond the order of the curve are refused and drawn again: for P-256 once in 2³², for P-521 (whose first octet is
    // cut to its one bit) every other time.
    for _ in 0..64 {
        let mut scalar = Zeroizing::new(vec![0; length]);
        fill(&mut scalar);
        if length == 66 {
            scalar[0] &= 1;
        }
        if let Ok(key) = agreement::PrivateKey::from_private_key(algorithm, &scalar) {
            return Ok(key);
        }
    }
    Err(EncryptError::Failed)
}
