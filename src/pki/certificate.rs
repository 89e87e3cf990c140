//! One X.509 certificate, read strictly (RFC 5280 section 4): its bytes as they came and what the checks need of them.

use super::name::Name;
use super::signature::sha256;
use super::tlv::{self, Reader, Tlv, TlvError};
use crate::domain::Sha256;
use const_oid::db::rfc5280 as oid;
use const_oid::db::rfc6960::ID_PKIX_OCSP_NOCHECK;
use der::Decode;
use der::asn1::{ObjectIdentifier, Utf8StringRef};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlDistributionPoints, ExtendedKeyUsage,
    InhibitAnyPolicy, KeyUsage, NameConstraints, PolicyConstraints, PolicyMappings, SubjectKeyIdentifier,
};

/// A certificate longer than this is none: the largest met in the field, with pictures in it, have some 30 KB.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;
/// More extensions than any profile has.
const MAX_EXTENSIONS: usize = 64;

/// id-on-SmtpUTF8Mailbox (RFC 9598): a mail address with letters beyond ASCII.
const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");

/// Why bytes are not a certificate that can be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not the structure of a certificate.
    #[error("the certificate cannot be read ({0}); ask for it again as DER or PEM")]
    Structure(#[from] TlvError),
    /// Readable as BER only.
    #[error("the certificate is not in DER; ask its CA for a correct one")]
    NotDer,
    /// Longer than [`MAX_CERTIFICATE_BYTES`].
    #[error("the certificate is larger than {MAX_CERTIFICATE_BYTES} bytes")]
    TooLarge,
    /// A field whose content makes no sense.
    #[error("the certificate's {0} cannot be read; ask its CA for a correct one")]
    Field(&'static str),
    /// One extension twice (RFC 5280 section 4.2).
    #[error("the certificate has the extension {0} twice")]
    DuplicateExtension(ObjectIdentifier),
    /// The two places that name the signature algorithm disagree (RFC 5280 section 4.1.1.2).
    #[error("the certificate names two different signature algorithms")]
    AlgorithmsDiffer,
}

/// A certificate's serial number: the content octets of its INTEGER, as they came.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Serial(Vec<u8>);

impl Serial {
    /// A positive serial number of 20 octets (RFC 5280 section 4.1.2.2) made of `random`, which its caller drew.
    pub fn from_random(mut random: [u8; 20]) -> Self {
        // The first bit clear keeps the number positive, the second set keeps its length and keeps it from zero.
        random[0] = (random[0] & 0x7f) | 0x40;
        Self(random.to_vec())
    }

    /// The serial number whose INTEGER content is `octets`.
    pub fn from_octets(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }

    /// The serial number written as [`Serial`]'s `Display` writes it. `None` for anything but hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut octets = hex::decode(text).ok()?;
        if octets.is_empty() {
            return None;
        }
        if octets[0] & 0x80 != 0 {
            octets.insert(0, 0);
        }
        Some(Self(octets))
    }

    /// The content octets of the INTEGER, with the leading zero that keeps a number positive.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

/// Lowercase hexadecimal, without the zero octet that only keeps the sign.
impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = match self.0.as_slice() {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        f.write_str(&hex::encode(magnitude))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({self})")
    }
}

/// An algorithm and its parameters, as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithm {
    /// Which algorithm.
    pub oid: ObjectIdentifier,
    /// The whole parameters element, if there is one.
    pub parameters: Option<Vec<u8>>,
}

impl Algorithm {
    /// Reads an AlgorithmIdentifier.
    ///
    /// # Errors
    /// When the element is none.
    pub fn from_tlv(element: &Tlv<'_>) -> Result<Self, TlvError> {
        let mut fields = element.children();
        let oid = fields.expect(tlv::OID)?;
        let oid = ObjectIdentifier::from_bytes(oid.value).map_err(|_| TlvError::Malformed)?;
        let parameters = if fields.is_empty() {
            None
        } else {
            Some(fields.next()?.raw.to_vec())
        };
        fields.finish()?;
        Ok(Self { oid, parameters })
    }

    /// Whether there are no parameters, or NULL: both are written for algorithms that have none.
    pub fn parameters_empty(&self) -> bool {
        matches!(self.parameters.as_deref(), None | Some([tlv::NULL, 0]))
    }
}

/// The extensions that path validation reads, each at most once.
#[derive(Debug, Clone, Default)]
pub struct Extensions {
    /// Whether it is a CA, and how many CAs may follow.
    pub basic_constraints: Option<BasicConstraints>,
    /// What the key may do.
    pub key_usage: Option<KeyUsage>,
    /// What the certificate is for.
    pub extended_key_usage: Option<Vec<ObjectIdentifier>>,
    /// Other names of the subject.
    pub subject_alt_names: Option<GeneralNames>,
    /// The key's identifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// The issuer's key's identifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// Names that may follow below a CA.
    pub name_constraints: Option<NameConstraints>,
    /// Under which policies it was issued.
    pub policies: Option<CertificatePolicies>,
    /// Policies of the issuer that equal policies of the subject.
    pub policy_mappings: Option<PolicyMappings>,
    /// Whether a policy must be there, and whether mapping may go on.
    pub policy_constraints: Option<PolicyConstraints>,
    /// How far anyPolicy counts.
    pub inhibit_any_policy: Option<u32>,
    /// Where its CRL is found.
    pub crl_distribution_points: Option<CrlDistributionPoints>,
    /// Whether the issuer says that this OCSP responder's revocation is not asked about (RFC 6960 section 4.2.2.2.1).
    pub ocsp_no_check: bool,
    /// Extensions that must be understood and are not.
    pub unknown_critical: Vec<ObjectIdentifier>,
}

struct Inner {
    der: Vec<u8>,
    tbs: Range<usize>,
    spki: Range<usize>,
    fingerprint: Sha256,
    version: u8,
    serial: Serial,
    issuer: Name,
    subject: Name,
    not_before: Timestamp,
    not_after: Timestamp,
    signature_algorithm: Algorithm,
    signature: Range<usize>,
    extensions: Extensions,
}

/// A certificate that could be read. Nothing about it is trusted yet; cloning is cheap.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

impl Certificate {
    /// Reads a certificate from its DER.
    ///
    /// # Errors
    /// When it is not a well-formed certificate in DER.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(CertificateError::TooLarge);
        }
        let outer = tlv::whole(der)?;
        let mut fields = outer.fields()?;
        if !tlv::is_der(der) {
            return Err(CertificateError::NotDer);
        }
        let tbs = fields.expect(tlv::SEQUENCE)?;
        let algorithm = fields.expect(tlv::SEQUENCE)?;
        let signature = fields.expect(tlv::BIT_STRING)?;
        fields.finish()?;
        let Some((0, _)) = signature.value.split_first() else {
            return Err(CertificateError::Field("signature"));
        };

        let mut part = tbs.children();
        let version = match part.optional(0xa0)? {
            None => 1,
            Some(version) => match whole_value(&version, tlv::INTEGER)? {
                [1] => 2,
                [2] => 3,
                _ => return Err(CertificateError::Field("version")),
            },
        };
        let serial = part.expect(tlv::INTEGER)?;
        let inner_algorithm = part.expect(tlv::SEQUENCE)?;
        if inner_algorithm.raw != algorithm.raw {
            return Err(CertificateError::AlgorithmsDiffer);
        }
        let issuer = part.expect(tlv::SEQUENCE)?;
        let validity = part.expect(tlv::SEQUENCE)?;
        let subject = part.expect(tlv::SEQUENCE)?;
        let spki = part.expect(tlv::SEQUENCE)?;
        // Unique identifiers say nothing that is used; version 1 has none (RFC 5280 section 4.1.2.8).
        let unique = part.optional(0x81)?.is_some() | part.optional(0x82)?.is_some();
        if unique && version == 1 {
            return Err(CertificateError::Field("version"));
        }
        let extensions = match part.optional(0xa3)? {
            Some(_) if version != 3 => return Err(CertificateError::Field("version")),
            Some(list) => read_extensions(&list)?,
            None => Extensions::default(),
        };
        part.finish()?;

        let mut times = validity.children();
        let not_before = read_time(&times.next()?).ok_or(CertificateError::Field("start of validity"))?;
        let not_after = read_time(&times.next()?).ok_or(CertificateError::Field("end of validity"))?;
        times.finish()?;

        // A name that is empty is nobody's (RFC 5280 section 4.1.2.4).
        let issuer = Name::from_der(issuer.raw)
            .ok()
            .filter(|name| !name.is_empty())
            .ok_or(CertificateError::Field("issuer"))?;

        Ok(Self(Arc::new(Inner {
            tbs: range(der, tbs.raw),
            spki: range(der, spki.raw),
            signature: range(der, &signature.value[1..]),
            fingerprint: sha256(der),
            version,
            serial: Serial(serial.value.to_vec()),
            issuer,
            subject: Name::from_der(subject.raw).map_err(|_| CertificateError::Field("subject"))?,
            not_before,
            not_after,
            signature_algorithm: Algorithm::from_tlv(&algorithm)?,
            extensions,
            der: der.to_vec(),
        })))
    }

    /// The bytes as they came.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The bytes that the issuer signed.
    pub fn tbs_der(&self) -> &[u8] {
        &self.0.der[self.0.tbs.clone()]
    }

    /// The subject's key (SubjectPublicKeyInfo) in DER.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.der[self.0.spki.clone()]
    }

    /// SHA-256 of [`Certificate::der`].
    pub fn fingerprint(&self) -> Sha256 {
        self.0.fingerprint
    }

    /// 1, 2 or 3.
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// The serial number.
    pub fn serial(&self) -> &Serial {
        &self.0.serial
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// Whom it is for.
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// First moment of its validity.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// Last moment of its validity.
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// How the issuer signed.
    pub fn signature_algorithm(&self) -> &Algorithm {
        &self.0.signature_algorithm
    }

    /// The issuer's signature.
    pub fn signature(&self) -> &[u8] {
        &self.0.der[self.0.signature.clone()]
    }

    /// The extensions.
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.0.subject == self.0.issuer
    }

    /// Whether it may issue certificates: version 3 with basicConstraints saying so (RFC 5280 section 6.1.4 (k)).
    pub fn is_ca(&self) -> bool {
        self.0.version == 3 && self.0.extensions.basic_constraints.as_ref().is_some_and(|b| b.ca)
    }

    /// The mail addresses that the certificate gives its subject: rfc822Name and SmtpUTF8Mailbox of the alternative names
    /// (RFC 5280 section 4.2.1.6, RFC 9598). Values that cannot be an address, such as one with a NUL in it, are left out.
    pub fn emails(&self) -> Vec<String> {
        let names = self.0.extensions.subject_alt_names.iter().flatten();
        names
            .filter_map(mailbox)
            .filter(|address| plausible(address))
            .collect()
    }

    /// `emailAddress` of the subject's name: where old certificates have the address.
    pub fn subject_emails(&self) -> Vec<String> {
        let values = self.0.subject.values(const_oid::db::rfc3280::EMAIL_ADDRESS);
        values.into_iter().filter(|address| plausible(address)).collect()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Certificate({}, serial {}, issued by {})",
            self.subject(),
            self.serial(),
            self.issuer()
        )
    }
}

/// The mail address that a name is, if it is one.
pub(super) fn mailbox(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Rfc822Name(address) => Some(address.to_string()),
        GeneralName::OtherName(other) if other.type_id == SMTP_UTF8_MAILBOX => other
            .value
            .decode_as::<Utf8StringRef<'_>>()
            .ok()
            .map(|s| s.to_string()),
        _ => None,
    }
}

fn plausible(address: &str) -> bool {
    address.contains('@') && !address.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn range(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}

fn whole_value<'a>(wrapper: &Tlv<'a>, tag: u8) -> Result<&'a [u8], TlvError> {
    let mut inside = wrapper.children();
    let element = inside.expect(tag)?;
    inside.finish()?;
    Ok(element.value)
}

/// A Time of X.509 (RFC 5280 section 4.1.2.5): seconds and `Z` are required; two-digit years are 1950 to 2049, and no year is before
/// them. GeneralizedTime is taken for years before 2050 too, where CAs should write UTCTime.
pub fn read_time(element: &Tlv<'_>) -> Option<Timestamp> {
    let (years, rest) = match element.tag {
        tlv::UTC_TIME => element.value.split_at_checked(2)?,
        tlv::GENERALIZED_TIME => element.value.split_at_checked(4)?,
        _ => return None,
    };
    let number = |digits: &[u8]| -> Option<i16> {
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let year = match (element.tag, number(years)?) {
        (tlv::UTC_TIME, y @ 50..) => 1900 + y,
        (tlv::UTC_TIME, y) => 2000 + y,
        (_, y @ 1950..) => y,
        _ => return None,
    };
    let (digits, b"Z") = rest.split_at_checked(10)? else {
        return None;
    };
    let two = |i: usize| number(&digits[i..i + 2]).and_then(|n| i8::try_from(n).ok());
    DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0)
        .ok()?
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// One extension: which, whether it must be understood, and its content.
pub(super) struct Extension<'a> {
    pub oid: ObjectIdentifier,
    pub critical: bool,
    pub value: &'a [u8],
}

/// Reads a list of extensions, each at most once.
pub(super) fn extensions<'a>(wrapper: &Tlv<'a>) -> Result<Vec<Extension<'a>>, CertificateError> {
    let mut inside = wrapper.children();
    let list = inside.expect(tlv::SEQUENCE)?;
    inside.finish()?;
    // Where there are none, the list is left out (RFC 5280 section 4.1).
    if list.value.is_empty() {
        return Err(CertificateError::Field("list of extensions"));
    }
    extension_list(&list)
}

/// Reads the SEQUENCE OF Extension that `list` is.
pub(super) fn extension_list<'a>(list: &Tlv<'a>) -> Result<Vec<Extension<'a>>, CertificateError> {
    let mut reader: Reader<'a> = list.children();
    let mut found: Vec<Extension<'a>> = Vec::new();
    while !reader.is_empty() {
        let mut fields = reader.expect(tlv::SEQUENCE)?.children();
        let oid = ObjectIdentifier::from_bytes(fields.expect(tlv::OID)?.value)
            .map_err(|_| CertificateError::Field("extension type"))?;
        let critical = fields.optional(tlv::BOOLEAN)?.is_some_and(|b| b.value != [0]);
        let value = fields.expect(tlv::OCTET_STRING)?.value;
        fields.finish()?;
        if found.iter().any(|e| e.oid == oid) {
            return Err(CertificateError::DuplicateExtension(oid));
        }
        if found.len() == MAX_EXTENSIONS {
            return Err(CertificateError::Field("list of extensions"));
        }
        found.push(Extension { oid, critical, value });
    }
    Ok(found)
}

fn decode<'a, T: Decode<'a, Error = der::Error>>(
    value: &'a [u8],
    what: &'static str,
) -> Result<T, CertificateError> {
    T::from_der(value).map_err(|_| CertificateError::Field(what))
}

fn read_extensions(wrapper: &Tlv<'_>) -> Result<Extensions, CertificateError> {
    let mut read = Extensions::default();
    for Extension { oid, critical, value } in extensions(wrapper)? {
        match oid {
            oid::ID_CE_BASIC_CONSTRAINTS => read.basic_constraints = Some(decode(value, "basicConstraints")?),
            oid::ID_CE_KEY_USAGE => read.key_usage = Some(decode(value, "keyUsage")?),
            oid::ID_CE_EXT_KEY_USAGE => {
                read.extended_key_usage = Some(decode::<ExtendedKeyUsage>(value, "extendedKeyUsage")?.0);
            }
            oid::ID_CE_SUBJECT_ALT_NAME => read.subject_alt_names = Some(decode(value, "subjectAltName")?),
            oid::ID_CE_SUBJECT_KEY_IDENTIFIER => {
                let id = decode::<SubjectKeyIdentifier>(value, "subjectKeyIdentifier")?;
                read.subject_key_id = Some(id.0.as_bytes().to_vec());
            }
            oid::ID_CE_AUTHORITY_KEY_IDENTIFIER => {
                let id = decode::<AuthorityKeyIdentifier>(value, "authorityKeyIdentifier")?;
                read.authority_key_id = id.key_identifier.map(|k| k.as_bytes().to_vec());
            }
            oid::ID_CE_NAME_CONSTRAINTS => read.name_constraints = Some(decode(value, "nameConstraints")?),
            oid::ID_CE_CERTIFICATE_POLICIES => read.policies = Some(decode(value, "certificatePolicies")?),
            oid::ID_CE_POLICY_MAPPINGS => read.policy_mappings = Some(decode(value, "policyMappings")?),
            oid::ID_CE_POLICY_CONSTRAINTS => {
                read.policy_constraints = Some(decode(value, "policyConstraints")?)
            }
            oid::ID_CE_INHIBIT_ANY_POLICY => {
                read.inhibit_any_policy = Some(decode::<InhibitAnyPolicy>(value, "inhibitAnyPolicy")?.0);
            }
            oid::ID_CE_CRL_DISTRIBUTION_POINTS => {
                // Its content only helps to choose a CRL; one that cannot be read chooses none.
                read.crl_distribution_points = CrlDistributionPoints::from_der(value).ok();
                if read.crl_distribution_points.is_none() && critical {
                    read.unknown_critical.push(oid);
                }
            }
            ID_PKIX_OCSP_NOCHECK => read.ocsp_no_check = value == [tlv::NULL, 0],
            // Where to find a delta CRL is advice, even when marked critical.
            oid::ID_CE_FRESHEST_CRL | oid::ID_CE_ISSUER_ALT_NAME => {}
            other if critical => read.unknown_critical.push(other),
            _ => {}
        }
    }
    Ok(read)
}
