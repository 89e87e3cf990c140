//! Signs mail and data: SignedData with signed attributes, as every mail program reads it (RFC 5652, RFC 5035, RFC 8551).

use super::cms::{
    CONTENT_TYPE, ID_DATA, ID_SIGNED_DATA, MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2, SIGNING_TIME,
};
use super::entity::canonical_bytes;
use super::statement::{Statement, oid_der};
use crate::pki::signature::{
    ECDSA_SHA256, ECDSA_SHA384, ED25519, HashAlgorithm, Hasher, RSA_ENCRYPTION, sha256,
};
use crate::pki::tlv;
use crate::pki::{Certificate, SignError, SignatureAlgorithm, SigningKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{CertificateSet, SignedAttributes, SignerIdentifier, SignerInfo, SignerInfos};
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode, Encode, Tag};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attribute;
use x509_cert::serial_number::SerialNumber;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignMailError {
    /// The certificate is not that of the key.
    #[error(
        "the certificate given for signing is not that of the key; give the certificate of this key first"
    )]
    OtherKey,
    /// A header field that cannot be written.
    #[error(
        "the header field {0} cannot be written: it has line ends, control characters, or letters that must be encoded first"
    )]
    Header(String),
    /// Something without a header section.
    #[error("what is to be signed is not a MIME entity: it has no header ended by an empty line")]
    Entity,
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A certificate or structure that cannot be written again.
    #[error("the signature could not be put together ({0})")]
    Structure(#[from] der::Error),
}

/// Who signs: the certificate of the key first, then those above it as far as they shall travel with the mail.
#[derive(Clone, Copy)]
pub struct SignWith<'a> {
    /// The certificates.
    pub chain: &'a [Certificate],
    /// The key.
    pub key: &'a dyn SigningKey,
    /// The moment of signing.
    pub at: Timestamp,
}

/// Signs `content` as a statement of this kind and puts it inside: the DER of a ContentInfo. For officers' decisions and the like.
///
/// # Errors
/// When the key does not sign, or is not that of the first certificate.
pub fn sign_statement(content: &[u8], kind: Statement, with: SignWith<'_>) -> Result<Vec<u8>, SignMailError> {
    signed_data(content, &kind.oid(), true, with)
}

/// Signs `content`, a MIME entity, and puts it inside: the DER of a ContentInfo, which an opaque mail is made of.
///
/// # Errors
/// As [`sign_statement`].
pub fn sign_data(content: &[u8], with: SignWith<'_>) -> Result<Vec<u8>, SignMailError> {
    signed_data(content, ID_DATA.as_bytes(), true, with)
}

/// Signs `content` without putting it inside: the DER of a ContentInfo. The content is taken as it is; mail has CRLF.
///
/// # Errors
/// As [`sign_data`].
pub fn sign_detached(content: &[u8], with: SignWith<'_>) -> Result<Vec<u8>, SignMailError> {
    signed_data(content, ID_DATA.as_bytes(), false, with)
}

/// Signs a MIME entity and makes a multipart/signed entity of it: its header fields and body, to be put below the mail's own.
///
/// # Errors
/// As [`sign_data`], and when `entity` has no header section.
pub fn sign_entity(entity: &[u8], with: SignWith<'_>) -> Result<Vec<u8>, SignMailError> {
    let entity = canonical_bytes(entity);
    if !entity.starts_with(b"\r\n") && memchr::memmem::find(&entity, b"\r\n\r\n").is_none() {
        return Err(SignMailError::Entity);
    }
    let der = sign_detached(&entity, with)?;
    let micalg = match with.key.algorithm() {
        SignatureAlgorithm::RsaSha256 | SignatureAlgorithm::EcdsaP256Sha256 => "sha-256",
        SignatureAlgorithm::EcdsaP384Sha384 => "sha-384",
        SignatureAlgorithm::Ed25519 => "sha-512",
    };
    let boundary = boundary(&entity);
    let mut out = Vec::with_capacity(entity.len() + der.len() * 3 / 2 + 1024);
    out.extend_from_slice(
        format!(
            "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n micalg={micalg};\r\n boundary=\"{boundary}\"\r\n\r\n\
             This is a cryptographically signed message in MIME format.\r\n\r\n--{boundary}\r\n"
        )
        .as_bytes(),
    );
    out.extend_from_slice(&entity);
    out.extend_from_slice(
        format!(
            "\r\n--{boundary}\r\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n\
             Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n"
        )
        .as_bytes(),
    );
    base64_lines(&der, &mut out);
    out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Ok(out)
}

/// Signs a MIME entity and makes a mail of it, with these header fields (name and value, ASCII; words in other letters encoded
/// by RFC 2047). MIME-Version is added.
///
/// # Errors
/// As [`sign_entity`], and when a header field cannot be written.
pub fn sign_mail(
    headers: &[(&str, &str)],
    entity: &[u8],
    with: SignWith<'_>,
) -> Result<Vec<u8>, SignMailError> {
    let mut out = write_headers(headers)?;
    out.extend_from_slice(&sign_entity(entity, with)?);
    Ok(out)
}

/// Header fields as they stand at the top of a mail, MIME-Version last.
///
/// # Errors
/// When one cannot be written as it is.
pub fn write_headers(headers: &[(&str, &str)]) -> Result<Vec<u8>, SignMailError> {
    /// RFC 5322 section 2.1.1.
    const MAX_LINE: usize = 998;
    let mut out = Vec::new();
    for (name, value) in headers {
        let name_right = !name.is_empty() && name.bytes().all(|b| (33..=126).contains(&b) && b != b':');
        let value_right = value.bytes().all(|b| (32..=126).contains(&b) || b == b'\t');
        if !name_right || !value_right || name.len() + value.len() + 2 > MAX_LINE {
            return Err(SignMailError::Header((*name).to_owned()));
        }
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    Ok(out)
}

/// A boundary that stands nowhere in `content`. Of its hash, so that the same content gives the same mail.
fn boundary(content: &[u8]) -> String {
    let mut hash = sha256(content);
    loop {
        let boundary = format!("=_{}", hex::encode(&hash.0[..20]));
        if memchr::memmem::find(content, boundary.as_bytes()).is_none() {
            return boundary;
        }
        hash = sha256(&hash.0);
    }
}

/// Base64 in lines of 64 characters, which PEM and mail both allow.
pub(super) fn base64_lines(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.chunks(48) {
        out.extend_from_slice(STANDARD.encode(chunk).as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

fn algorithms(algorithm: SignatureAlgorithm) -> (HashAlgorithm, AlgorithmIdentifierOwned) {
    let plain = |oid| AlgorithmIdentifierOwned {
        oid,
        parameters: None,
    };
    match algorithm {
        // RFC 3370 section 3.2: rsaEncryption is what all programs know.
        SignatureAlgorithm::RsaSha256 => (
            HashAlgorithm::Sha256,
            AlgorithmIdentifierOwned {
                oid: RSA_ENCRYPTION,
                parameters: Some(Any::null()),
            },
        ),
        SignatureAlgorithm::EcdsaP256Sha256 => (HashAlgorithm::Sha256, plain(ECDSA_SHA256)),
        SignatureAlgorithm::EcdsaP384Sha384 => (HashAlgorithm::Sha384, plain(ECDSA_SHA384)),
        SignatureAlgorithm::Ed25519 => (HashAlgorithm::Sha512, plain(ED25519)),
    }
}

fn signed_data(
    content: &[u8],
    kind: &[u8],
    inside: bool,
    with: SignWith<'_>,
) -> Result<Vec<u8>, SignMailError> {
    let signer = with
        .chain
        .first()
        .filter(|c| c.spki_der() == with.key.spki_der())
        .ok_or(SignMailError::OtherKey)?;
    let (hash, signature_algorithm) = algorithms(with.key.algorithm());
    let digest_algorithm = AlgorithmIdentifierOwned {
        oid: hash.oid(),
        parameters: None,
    };
    let mut hasher = Hasher::new(hash);
    hasher.update(content);
    let attributes = attributes(kind, &hasher.finish(), signer, with.at)?;
    let signature = with.key.sign(&attributes.to_der()?)?;
    let issuer = x509_cert::name::Name::from_der(signer.issuer().der())?;
    let serial_number = SerialNumber::from_der(&tlv::element(tlv::INTEGER, signer.serial().octets()))?;
    let info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer,
            serial_number,
        }),
        digest_alg: digest_algorithm.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm,
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let mut certificates = Vec::new();
    for certificate in with.chain {
        let choice = CertificateChoices::Certificate(x509_cert::Certificate::from_der(certificate.der())?);
        if !certificates.contains(&choice) {
            certificates.push(choice);
        }
    }
    // Put together by hand: the numbers of a kind of ours are larger than the structures of the crates take.
    let mut enclosed = oid_der(kind);
    if inside {
        tlv::put(&mut enclosed, 0xa0, &tlv::element(tlv::OCTET_STRING, content));
    }
    // RFC 5652 section 5.1: version 3 for what is not id-data.
    let version = if kind == ID_DATA.as_bytes() { 1 } else { 3 };
    let mut data = tlv::element(tlv::INTEGER, &[version]);
    data.extend(SetOfVec::try_from(vec![digest_algorithm])?.to_der()?);
    tlv::put(&mut data, tlv::SEQUENCE, &enclosed);
    let mut certificates = CertificateSet::try_from(certificates)?.to_der()?;
    certificates[0] = 0xa0;
    data.extend(certificates);
    data.extend(SignerInfos::try_from(vec![info])?.to_der()?);
    let content = Any::new(Tag::Sequence, data)?;
    Ok(ContentInfo {
        content_type: ID_SIGNED_DATA,
        content,
    }
    .to_der()?)
}

fn attributes(
    kind: &[u8],
    digest: &[u8],
    signer: &Certificate,
    at: Timestamp,
) -> Result<SignedAttributes, SignMailError> {
    let attribute = |oid, value: Any| -> Result<Attribute, der::Error> {
        Ok(Attribute {
            oid,
            values: SetOfVec::try_from(vec![value])?,
        })
    };
    // RFC 5035 section 3, SHA-256 being the default: the hash of the certificate, and nothing that could disagree with it.
    let hash = tlv::element(tlv::OCTET_STRING, &sha256(signer.der()).0);
    let named = tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &hash));
    let list = vec![
        attribute(CONTENT_TYPE, Any::from_der(&oid_der(kind))?)?,
        attribute(MESSAGE_DIGEST, Any::new(Tag::OctetString, digest)?)?,
        attribute(SIGNING_TIME, time(at)?)?,
        attribute(SIGNING_CERTIFICATE_V2, Any::new(Tag::Sequence, named)?)?,
    ];
    Ok(SetOfVec::try_from(list)?)
}

/// A Time of CMS (RFC 5652 section 11.3): UTCTime until 2049.
fn time(at: Timestamp) -> Result<Any, der::Error> {
    let at = at.to_zoned(TimeZone::UTC);
    if (1950..2050).contains(&at.year()) {
        Any::new(Tag::UtcTime, at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
    } else {
        Any::new(
            Tag::GeneralizedTime,
            at.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes(),
        )
    }
}
