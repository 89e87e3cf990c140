//! Reads CMS SignedData (RFC 5652) as slices of the wire bytes, in BER, with the strictness that forged mails need.

use super::code::{Code, Reason};
use crate::pki::signature::{
    HashAlgorithm, KeyKind, PublicKey, RSA_ENCRYPTION, RSA_SHA1, SHA_1, Scheme, SignatureDefect,
};
use crate::pki::tlv::{self, Reader, Tlv, TlvError};
use crate::pki::{Algorithm, Certificate, Name, Serial, read_time};
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use std::borrow::Cow;

pub const ID_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub const ID_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub const ID_ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
pub const ID_AUTH_ENVELOPED_DATA: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.23");
pub const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
pub const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
pub const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const COUNTERSIGNATURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.6");
const ALGORITHM_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.52");

/// Certificates in one mail. A chain has three or four; every one costs reading.
const MAX_CERTIFICATES: usize = 50;
/// Hashes that one mail announces. Real ones announce one, or all that their program knows.
const MAX_DIGESTS: usize = 16;
/// Attributes of one signature. Real ones have four to ten.
const MAX_ATTRIBUTES: usize = 64;
/// Bytes of the name and number, or of the key identifier, by which a signer is found.
const MAX_ID_BYTES: usize = 16 * 1024;
/// Bytes of the signed attributes. Real ones have some hundreds.
const MAX_ATTRIBUTES_BYTES: usize = 64 * 1024;

impl From<TlvError> for Reason {
    fn from(error: TlvError) -> Self {
        match error {
            TlvError::Trailing => Self::new(Code::TrailingData, error.to_string()),
            TlvError::TooComplex => Self::new(Code::TooLarge, error.to_string()),
            _ => Self::new(Code::MalformedCms, error.to_string()),
        }
    }
}

/// A ContentInfo: what it holds, and that.
#[derive(Debug, Clone, Copy)]
pub struct ContentInfo<'a> {
    /// The type of the content.
    pub kind: ObjectIdentifier,
    /// The content.
    pub content: Tlv<'a>,
}

impl<'a> ContentInfo<'a> {
    /// Reads the ContentInfo that `bytes` are, to their last one.
    ///
    /// # Errors
    /// When they are none, or more follows.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Reason> {
        let outer = tlv::whole(bytes)?;
        let mut fields = outer.fields()?;
        let kind = oid(&fields.expect(tlv::OID)?)?;
        let wrapper = fields.expect(0xa0)?;
        fields.finish()?;
        let mut inside = wrapper.children();
        let content = inside.next()?;
        inside.finish()?;
        Ok(Self { kind, content })
    }
}

fn oid(element: &Tlv<'_>) -> Result<ObjectIdentifier, Reason> {
    ObjectIdentifier::from_bytes(element.value).map_err(|_| TlvError::Malformed.into())
}

/// Whether these are the content octets of an OID (X.690 section 8.19).
fn is_oid(octets: &[u8]) -> bool {
    let ends = |octet: &u8| octet & 0x80 == 0;
    let padded = |pair: &[u8]| ends(&pair[0]) && pair[1] == 0x80;
    octets.last().is_some_and(ends) && octets[0] != 0x80 && !octets.windows(2).any(padded)
}

/// An OID for people.
pub fn oid_text(octets: &[u8]) -> String {
    ObjectIdentifier::from_bytes(octets).map_or_else(|_| short_hex(octets), |oid| oid.to_string())
}

/// A SignedData, read as far as its signer.
#[derive(Debug)]
pub struct SignedData<'a> {
    /// The hashes that it announces.
    digests: Vec<Algorithm>,
    /// What the content is: the content octets of its OID, whose numbers may be larger than [`ObjectIdentifier`] takes.
    pub content_type: &'a [u8],
    /// The content, where it is inside.
    pub content: Option<Cow<'a, [u8]>>,
    /// The certificates that could be read.
    pub certificates: Vec<Certificate>,
    /// Whether certificates were there that could not be read.
    pub unreadable_certificates: bool,
    signers: Vec<Tlv<'a>>,
}

impl<'a> SignedData<'a> {
    /// Reads a SignedData (RFC 5652 section 5.1).
    ///
    /// # Errors
    /// When it is none.
    pub fn read(element: &Tlv<'a>) -> Result<Self, Reason> {
        let mut fields = element.fields()?;
        version(&fields.expect(tlv::INTEGER)?)?;
        let mut digests = Vec::new();
        let mut set = fields.expect(tlv::SET)?.children();
        while !set.is_empty() {
            if digests.len() >= MAX_DIGESTS {
                let detail = format!("the signature data announces more than {MAX_DIGESTS} hashes");
                return Err(Reason::new(Code::TooLarge, detail));
            }
            digests.push(Algorithm::from_tlv(&set.expect(tlv::SEQUENCE)?)?);
        }
        let mut enclosed = fields.expect(tlv::SEQUENCE)?.children();
        let content_type = enclosed.expect(tlv::OID)?.value;
        if !is_oid(content_type) {
            return Err(TlvError::Malformed.into());
        }
        let content = match enclosed.optional(0xa0)? {
            None => None,
            Some(wrapper) => {
                let mut inside = wrapper.children();
                let octets = inside.next()?;
                inside.finish()?;
                if !matches!(octets.tag, tlv::OCTET_STRING | tlv::OCTET_STRING_CONSTRUCTED) {
                    return Err(TlvError::Unexpected {
                        wanted: tlv::OCTET_STRING,
                        found: octets.tag,
                    }
                    .into());
                }
                Some(octets.octets()?)
            }
        };
        enclosed.finish()?;
        let mut certificates = Vec::new();
        let mut unreadable_certificates = false;
        if let Some(set) = fields.optional(0xa0)? {
            let mut set = set.children();
            while !set.is_empty() {
                if certificates.len() >= MAX_CERTIFICATES {
                    let detail = format!("there are more than {MAX_CERTIFICATES} certificates in the mail");
                    return Err(Reason::new(Code::TooLarge, detail));
                }
                // Other kinds than X.509 certificates (attribute certificates) say nothing here.
                let entry = set.next()?;
                match Certificate::from_der(entry.raw) {
                    Ok(certificate) => certificates.push(certificate),
                    Err(_) => unreadable_certificates |= entry.tag == tlv::SEQUENCE,
                }
            }
        }
        // Revocation lists that the sender chose are not asked: he would choose the one before his revocation.
        fields.optional(0xa1)?;
        let mut signers = Vec::new();
        let mut set = fields.expect(tlv::SET)?.children();
        while !set.is_empty() {
            signers.push(set.next()?);
            if signers.len() > MAX_CERTIFICATES {
                return Err(Reason::new(
                    Code::SeveralSigners,
                    "there are more signatures than anybody needs",
                ));
            }
        }
        fields.finish()?;
        Ok(Self {
            digests,
            content_type,
            content,
            certificates,
            unreadable_certificates,
            signers,
        })
    }

    /// The one signer.
    ///
    /// # Errors
    /// When there is none, or another one, or it cannot be read.
    pub fn signer(&self) -> Result<Signer<'a>, Reason> {
        match self.signers.as_slice() {
            [] => Err(Reason::new(
                Code::NoSigner,
                "the signature data holds no signature",
            )),
            [one] => Signer::read(one),
            several => Err(Reason::new(
                Code::SeveralSigners,
                format!("there are {} signatures", several.len()),
            )),
        }
    }

    /// Whether the hash of the signer is among those announced (RFC 5652 section 5.1).
    pub fn announces(&self, digest: &Algorithm) -> bool {
        self.digests.iter().any(|d| d.oid == digest.oid)
    }
}

fn version(element: &Tlv<'_>) -> Result<(), Reason> {
    match element.value {
        [0..=5] => Ok(()),
        _ => Err(Reason::new(
            Code::MalformedCms,
            "the signature data is of a version that does not exist",
        )),
    }
}

/// How a signer says which certificate is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerId {
    /// By its issuer and serial number.
    IssuerAndSerial(Name, Serial),
    /// By the identifier of its key.
    KeyId(Vec<u8>),
}

impl SignerId {
    /// Whether it means this certificate.
    pub fn means(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial(issuer, serial) => {
                certificate.issuer() == issuer && certificate.serial() == serial
            }
            Self::KeyId(id) => certificate.extensions().subject_key_id.as_deref() == Some(id),
        }
    }
}

/// One SignerInfo (RFC 5652 section 5.3).
#[derive(Debug)]
pub struct Signer<'a> {
    /// Whose signature it is.
    pub id: SignerId,
    /// The hash of the content.
    pub digest_algorithm: Algorithm,
    /// The signed attributes with their wire tag, if there are any.
    pub attributes: Option<Tlv<'a>>,
    /// How it was signed.
    pub signature_algorithm: Algorithm,
    /// The signature.
    pub signature: Cow<'a, [u8]>,
    /// What anybody could add afterwards, if anything.
    unsigned: Option<Tlv<'a>>,
}

impl<'a> Signer<'a> {
    fn read(element: &Tlv<'a>) -> Result<Self, Reason> {
        let mut fields = element.fields()?;
        version(&fields.expect(tlv::INTEGER)?)?;
        let id = match fields.peek() {
            Some(tlv::SEQUENCE) => {
                let pair = fields.next()?;
                if pair.raw.len() > MAX_ID_BYTES {
                    let detail = "the name of the signer's issuer is larger than any authority has";
                    return Err(Reason::new(Code::TooLarge, detail));
                }
                let mut pair = pair.children();
                let issuer = pair.expect(tlv::SEQUENCE)?;
                let serial = pair.expect(tlv::INTEGER)?;
                pair.finish()?;
                let issuer = Name::from_der(issuer.raw).map_err(|_| {
                    Reason::new(
                        Code::MalformedCms,
                        "the name of the signer's issuer cannot be read",
                    )
                })?;
                SignerId::IssuerAndSerial(issuer, Serial::from_octets(serial.value))
            }
            Some(0x80 | 0xa0) => SignerId::KeyId(fields.next()?.octets()?.into_owned()),
            found => {
                return Err(TlvError::Unexpected {
                    wanted: tlv::SEQUENCE,
                    found: found.unwrap_or(0),
                }
                .into());
            }
        };
        let digest_algorithm = Algorithm::from_tlv(&fields.expect(tlv::SEQUENCE)?)?;
        let attributes = fields.optional(0xa0)?;
        let signature_algorithm = Algorithm::from_tlv(&fields.expect(tlv::SEQUENCE)?)?;
        let signature = fields.next()?;
        if !matches!(signature.tag, tlv::OCTET_STRING | tlv::OCTET_STRING_CONSTRUCTED) {
            return Err(TlvError::Unexpected {
                wanted: tlv::OCTET_STRING,
                found: signature.tag,
            }
            .into());
        }
        let unsigned = fields.optional(0xa1)?;
        fields.finish()?;
        Ok(Self {
            id,
            digest_algorithm,
            attributes,
            signature_algorithm,
            signature: signature.octets()?,
            unsigned,
        })
    }

    /// Checks the unsigned attributes: anybody can add some, such as a time stamp or a countersignature, and none is asked; but one
    /// that must be signed (RFC 5652 section 11, RFC 5035 section 3) deceives who reads it there.
    ///
    /// # Errors
    /// When one may not be there, or cannot be read.
    pub fn check_unsigned(&self) -> Result<(), Reason> {
        const SIGNED_ONLY: [ObjectIdentifier; 6] = [
            CONTENT_TYPE,
            MESSAGE_DIGEST,
            SIGNING_TIME,
            SIGNING_CERTIFICATE,
            SIGNING_CERTIFICATE_V2,
            ALGORITHM_PROTECTION,
        ];
        let Some(attributes) = &self.unsigned else {
            return Ok(());
        };
        let mut list = attributes.children();
        let mut count = 0;
        while !list.is_empty() {
            count += 1;
            if count > MAX_ATTRIBUTES {
                let detail = format!("there are more than {MAX_ATTRIBUTES} unsigned attributes");
                return Err(Reason::new(Code::TooLarge, detail));
            }
            let mut fields = list.expect(tlv::SEQUENCE)?.children();
            let kind = oid(&fields.expect(tlv::OID)?)?;
            fields.expect(tlv::SET)?;
            fields.finish()?;
            if SIGNED_ONLY.contains(&kind) {
                let detail =
                    format!("the attribute {kind} must be signed, and stands among the unsigned ones");
                return Err(Reason::new(Code::SignedAttributeWrong, detail));
            }
        }
        Ok(())
    }
}

/// What the signed attributes say.
#[derive(Debug, Default)]
pub struct Attributes {
    /// When the signer says that they signed.
    pub signing_time: Option<Timestamp>,
    /// The bytes that the signature is over: the attributes with the tag of a SET.
    pub signed: Vec<u8>,
    certificates: Vec<NamedCertificate>,
}

/// An ESSCertID (RFC 5035 section 4): a hash of the signer's certificate, and perhaps its issuer and number.
#[derive(Debug)]
struct NamedCertificate {
    /// `None` is SHA-1, of version 1.
    algorithm: Option<Algorithm>,
    hash: Vec<u8>,
    issuer_and_serial: Option<(Name, Serial)>,
}

impl Attributes {
    /// Reads and checks the signed attributes of `signer` over content of this type and digest (`None` where the hash is not known); what is wrong goes into `reasons`.
    pub fn check(
        signer: &Signer<'_>,
        attributes: &Tlv<'_>,
        content_type: &[u8],
        digest: Option<&[u8]>,
        reasons: &mut Vec<Reason>,
    ) -> Self {
        let mut read = Self {
            signed: attributes.raw.to_vec(),
            ..Self::default()
        };
        // RFC 5652 section 5.4: what is signed has the tag of a SET, not the one on the wire.
        read.signed[0] = tlv::SET;
        if attributes.raw.len() > MAX_ATTRIBUTES_BYTES {
            reasons.push(Reason::new(
                Code::TooLarge,
                "the signed attributes are larger than any program writes",
            ));
            return read;
        }
        if !tlv::is_der(attributes.raw) || !tlv::is_set_order(attributes.value) {
            let detail = "the signed attributes are not in DER, or their SET is out of order";
            reasons.push(Reason::new(Code::SignedAttributesNotDer, detail));
        }
        if let Err(reason) = read.each(signer, attributes.children(), content_type, digest, reasons) {
            reasons.push(reason);
        }
        read
    }

    fn each(
        &mut self,
        signer: &Signer<'_>,
        mut list: Reader<'_>,
        content_type: &[u8],
        digest: Option<&[u8]>,
        reasons: &mut Vec<Reason>,
    ) -> Result<(), Reason> {
        let wrong = |detail: &str| Reason::new(Code::SignedAttributeWrong, detail);
        let mut seen: Vec<ObjectIdentifier> = Vec::new();
        while !list.is_empty() {
            let mut fields = list.expect(tlv::SEQUENCE)?.children();
            let kind = oid(&fields.expect(tlv::OID)?)?;
            let values = fields.expect(tlv::SET)?;
            fields.finish()?;
            if seen.len() >= MAX_ATTRIBUTES {
                let detail = format!("there are more than {MAX_ATTRIBUTES} signed attributes");
                return Err(Reason::new(Code::TooLarge, detail));
            }
            if kind == COUNTERSIGNATURE {
                reasons.push(wrong("a countersignature stands among the signed attributes"));
            }
            if seen.contains(&kind) {
                reasons.push(wrong(&format!("the signed attribute {kind} is there twice")));
            }
            let first = !seen.contains(&kind);
            seen.push(kind);
            let known = [
                CONTENT_TYPE,
                MESSAGE_DIGEST,
                SIGNING_TIME,
                SIGNING_CERTIFICATE,
                SIGNING_CERTIFICATE_V2,
                ALGORITHM_PROTECTION,
            ];
            if !known.contains(&kind) {
                continue;
            }
            let Ok(value) = tlv::whole(values.value) else {
                reasons.push(wrong(&format!(
                    "the signed attribute {kind} has not exactly one value"
                )));
                continue;
            };
            match kind {
                CONTENT_TYPE if value.tag != tlv::OID || value.value != content_type => {
                    reasons.push(wrong("the signed content type is not that of the content"));
                }
                MESSAGE_DIGEST if value.tag != tlv::OCTET_STRING => {
                    reasons.push(wrong("the signed message digest is not an octet string"));
                }
                MESSAGE_DIGEST => {
                    if let Some(digest) = digest.filter(|digest| *digest != value.value) {
                        let (found, signed) = (hex::encode(digest), short_hex(value.value));
                        let detail = format!("the digest of the content is {found}, signed was {signed}");
                        reasons.push(Reason::new(Code::ContentAltered, detail));
                    }
                }
                SIGNING_TIME => match read_time(&value) {
                    Some(time) if first => self.signing_time = Some(time),
                    Some(_) => {}
                    None => reasons.push(wrong("the signing time cannot be read")),
                },
                SIGNING_CERTIFICATE | SIGNING_CERTIFICATE_V2 => match NamedCertificate::read(kind, &value) {
                    Some(named) => self.certificates.push(named),
                    None => reasons.push(wrong("the signing certificate attribute cannot be read")),
                },
                ALGORITHM_PROTECTION if !protects(signer, &value) => {
                    let detail = "the signed algorithms are not those that were used (RFC 6211)";
                    reasons.push(Reason::new(Code::AlgorithmMismatch, detail));
                }
                _ => {}
            }
        }
        for (kind, name) in [(CONTENT_TYPE, "content type"), (MESSAGE_DIGEST, "message digest")] {
            if !seen.contains(&kind) {
                reasons.push(wrong(&format!("the signed {name} is missing")));
            }
        }
        Ok(())
    }

    /// Whether every attribute that names the signer's certificate names this one (RFC 5035 section 3).
    pub fn names_certificate(&self, certificate: &Certificate) -> bool {
        self.certificates.iter().all(|named| named.is(certificate))
    }
}

impl NamedCertificate {
    /// The first ESSCertID of a signing certificate attribute: that of the signer.
    fn read(kind: ObjectIdentifier, value: &Tlv<'_>) -> Option<Self> {
        if value.tag != tlv::SEQUENCE {
            return None;
        }
        let list = value.children().expect(tlv::SEQUENCE).ok()?;
        let mut fields = list.children().expect(tlv::SEQUENCE).ok()?.children();
        let algorithm = if kind == SIGNING_CERTIFICATE {
            None
        } else {
            match fields.optional(tlv::SEQUENCE).ok()? {
                Some(named) => Some(Algorithm::from_tlv(&named).ok()?),
                None => Some(Algorithm {
                    oid: HashAlgorithm::Sha256.oid(),
                    parameters: None,
                }),
            }
        };
        let hash = fields.expect(tlv::OCTET_STRING).ok()?.value.to_vec();
        let issuer_and_serial = match fields.optional(tlv::SEQUENCE).ok()? {
            None => None,
            Some(pair) => Some(issuer_and_serial(&pair)?),
        };
        fields.finish().ok()?;
        Some(Self {
            algorithm,
            hash,
            issuer_and_serial,
        })
    }

    fn is(&self, certificate: &Certificate) -> bool {
        let digest = match &self.algorithm {
            // The old attribute only narrows what the signature says anyhow.
            None => &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
            Some(algorithm) => match HashAlgorithm::from_algorithm(algorithm) {
                Ok(hash) => hash.implementation(),
                Err(_) => return false,
            },
        };
        let same = |(issuer, serial): &(Name, Serial)| {
            certificate.issuer() == issuer && certificate.serial() == serial
        };
        aws_lc_rs::digest::digest(digest, certificate.der()).as_ref() == self.hash
            && self.issuer_and_serial.as_ref().is_none_or(same)
    }
}

/// IssuerSerial (RFC 5035 section 5): general names, of which the one directory name counts, and the number.
fn issuer_and_serial(pair: &Tlv<'_>) -> Option<(Name, Serial)> {
    let mut fields = pair.children();
    let names = fields.expect(tlv::SEQUENCE).ok()?;
    let serial = fields.expect(tlv::INTEGER).ok()?;
    fields.finish().ok()?;
    let directory_name = names.children().expect(0xa4).ok()?;
    Some((
        Name::from_der(directory_name.value).ok()?,
        Serial::from_octets(serial.value),
    ))
}

fn protects(signer: &Signer<'_>, value: &Tlv<'_>) -> bool {
    let read = || -> Option<(Algorithm, Algorithm)> {
        let mut fields = value.children();
        let digest = Algorithm::from_tlv(&fields.expect(tlv::SEQUENCE).ok()?).ok()?;
        let signature = fields.expect(0xa1).ok()?;
        fields.finish().ok()?;
        Some((digest, Algorithm::from_tlv(&signature).ok()?))
    };
    let same = |a: &Algorithm, b: &Algorithm| {
        a.oid == b.oid && (a.parameters == b.parameters || (a.parameters_empty() && b.parameters_empty()))
    };
    read().is_some_and(|(digest, signature)| {
        same(&digest, &signer.digest_algorithm) && same(&signature, &signer.signature_algorithm)
    })
}

fn short_hex(bytes: &[u8]) -> String {
    hex::encode(&bytes[..bytes.len().min(64)])
}

/// The reason for a defect of signature or key.
pub fn signature_reason(defect: &SignatureDefect) -> Reason {
    let code = match defect {
        SignatureDefect::WeakHash(_) => Code::AlgorithmWeak,
        SignatureDefect::WeakKey(_) | SignatureDefect::MalformedKey => Code::KeyWeak,
        SignatureDefect::UnknownAlgorithm(_) => Code::AlgorithmUnknown,
        SignatureDefect::Parameters(_) | SignatureDefect::Mismatch => Code::AlgorithmMismatch,
        SignatureDefect::Wrong => Code::SignatureWrong,
    };
    Reason::new(code, defect.to_string())
}

/// How a mail was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By algorithms that count.
    Strong(HashAlgorithm, Scheme),
    /// RSA (PKCS#1 v1.5) with SHA-1: for archives, where the policy says so.
    RsaSha1,
}

impl Way {
    /// The way of this signer; with `allow_sha1` that of old archives too.
    ///
    /// # Errors
    /// When an algorithm is weak, unknown, or does not fit.
    pub fn of(signer: &Signer<'_>, allow_sha1: bool) -> Result<Self, Reason> {
        let (digest, signature) = (&signer.digest_algorithm, &signer.signature_algorithm);
        let plain = digest.parameters_empty() && signature.parameters_empty();
        if allow_sha1 && plain && digest.oid == SHA_1 && [RSA_ENCRYPTION, RSA_SHA1].contains(&signature.oid) {
            return Ok(Self::RsaSha1);
        }
        let hash = HashAlgorithm::from_algorithm(digest).map_err(|d| signature_reason(&d))?;
        let scheme = Scheme::of_signer(signature, hash).map_err(|d| signature_reason(&d))?;
        Ok(Self::Strong(hash, scheme))
    }

    /// The hash of the content.
    pub fn digest(self) -> &'static aws_lc_rs::digest::Algorithm {
        match self {
            Self::Strong(hash, _) => hash.implementation(),
            Self::RsaSha1 => &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
        }
    }

    /// Whether `signature` is the key's over `message`.
    ///
    /// # Errors
    /// When the key is weak or does not fit, or the signature is wrong.
    pub fn verify(self, spki: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureDefect> {
        use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
        let key = PublicKey::from_spki(spki)?;
        match self {
            Self::Strong(_, scheme) => scheme.verify(&key, message, signature),
            Self::RsaSha1 if key.kind() != (KeyKind::Rsa { pss_only: false }) => {
                Err(SignatureDefect::Mismatch)
            }
            Self::RsaSha1 => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, key.bits())
                    .verify(message, signature)
                    .map_err(|_| SignatureDefect::Wrong)
            }
        }
    }
}
