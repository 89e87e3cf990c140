//! What the office's CA issues: its own certificates, those of officers and holders, and its CRLs.

use super::certificate::{Certificate, CertificateError, Serial};
use super::crl::{Crl, CrlError};
use super::key::{SignError, SignatureAlgorithm, SigningKey};
use super::path::issued_by;
use super::reason::RevocationReason;
use super::tlv;
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CustomExtension, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod,
    KeyUsagePurpose, PublicKeyData, RevokedCertParams, SanType, SubjectPublicKeyInfo,
};
use std::cell::RefCell;
use time::OffsetDateTime;

/// serialNumber of a person or device within a name (X.520).
const SERIAL_NUMBER: &[u64] = &[2, 5, 4, 5];
/// Microsoft's user principal name, an otherName.
const UPN: &[u64] = &[1, 3, 6, 1, 4, 1, 311, 20, 2, 3];
/// id-ce-certificatePolicies.
const CERTIFICATE_POLICIES: &[u64] = &[2, 5, 29, 32];

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// A value that cannot stand in a certificate.
    #[error("{field} cannot stand in a certificate: {value:?}; correct it in the request")]
    Value {
        /// Which one.
        field: &'static str,
        /// What it is.
        value: String,
    },
    /// The key to certify is not one that is certified.
    #[error("the key to be certified does not count: {0}")]
    Key(#[from] super::signature::SignatureDefect),
    /// The CA's key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What was made could not be read back, or is not signed by the CA: a defective key or device.
    #[error(
        "what the CA's key signed does not verify; nothing was issued, check the key and its certificate"
    )]
    Defective,
    /// The maker of certificates refused.
    #[error("the certificate could not be made ({0})")]
    Make(String),
}

impl From<CertificateError> for IssueError {
    fn from(_: CertificateError) -> Self {
        Self::Defective
    }
}

impl From<CrlError> for IssueError {
    fn from(_: CrlError) -> Self {
        Self::Defective
    }
}

/// Whom a certificate is for. The name is written as C, O, OU, serialNumber, CN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Given and family names, or the name of an authority.
    pub common_name: String,
    /// Unit.
    pub organisational_unit: Option<String>,
    /// Organisation.
    pub organisation: Option<String>,
    /// Country, two letters.
    pub country: Option<String>,
    /// What tells two people of the same name apart.
    pub serial_number: Option<String>,
}

/// What a certificate is for; decides key usages and names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    /// The anchor: keyCertSign, cRLSign.
    RootCa {
        /// Authorities that may follow.
        path_length: Option<u8>,
    },
    /// Issues certificates to people: keyCertSign, cRLSign, emailProtection and clientAuth below it.
    IssuingCa {
        /// Authorities that may follow; none is 0.
        path_length: u8,
    },
    /// Class B of an officer: digitalSignature, contentCommitment; emailProtection.
    Officer {
        /// The officer's mail address.
        email: String,
    },
    /// Of a holder's card: digitalSignature; clientAuth.
    HolderAuthentication {
        /// User principal name for logging in to Windows.
        upn: Option<String>,
    },
    /// Of a holder's card: digitalSignature, contentCommitment; emailProtection.
    HolderSignature {
        /// The holder's mail address.
        email: String,
    },
    /// Of a holder's card: keyEncipherment (RSA) or keyAgreement (EC); emailProtection.
    HolderEncryption {
        /// The holder's mail address.
        email: String,
    },
}

/// One certificate to be made.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// What it is for.
    pub profile: Profile,
    /// Whom it is for.
    pub subject: Subject,
    /// Its number, reserved beforehand.
    pub serial: Serial,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// Where its CRL will be found.
    pub crl_url: Option<&'a str>,
    /// The policy that it is issued under, such as the office's OID of class B.
    pub policy: Option<ObjectIdentifier>,
}

/// A CA that issues: its certificate and its key.
#[derive(Clone, Copy)]
pub struct Authority<'a> {
    /// The CA's certificate.
    pub certificate: &'a Certificate,
    /// The key of that certificate.
    pub key: &'a dyn SigningKey,
}

/// Makes a self-signed anchor of `order`, which must be of [`Profile::RootCa`].
///
/// # Errors
/// When a value cannot stand in a certificate, or the key does not sign.
pub fn self_sign(order: &Order<'_>, key: &dyn SigningKey) -> Result<Certificate, IssueError> {
    let params = params(order, key.spki_der())?;
    let adapter = Adapter::new(key)?;
    let made = params.self_signed(&adapter).map_err(|e| adapter.reason(e))?;
    let certificate = Certificate::from_der(made.der())?;
    if issued_by(&certificate, &certificate) {
        Ok(certificate)
    } else {
        Err(IssueError::Defective)
    }
}

/// Certifies the key `spki` (SubjectPublicKeyInfo in DER) as `order` says. What comes back was read again and its signature checked.
///
/// # Errors
/// When a value cannot stand in a certificate, the key is weak, or the CA's key does not sign.
pub fn issue(order: &Order<'_>, spki: &[u8], authority: Authority<'_>) -> Result<Certificate, IssueError> {
    super::signature::PublicKey::from_spki(spki)?;
    let params = params(order, spki)?;
    let public = SubjectPublicKeyInfo::from_der(spki).map_err(|e| IssueError::Make(e.to_string()))?;
    let adapter = Adapter::new(authority.key)?;
    let ca = authority.certificate.der().into();
    let issuer = Issuer::from_ca_cert_der(&ca, &adapter).map_err(|e| IssueError::Make(e.to_string()))?;
    let made = params
        .signed_by(&public, &issuer)
        .map_err(|e| adapter.reason(e))?;
    let certificate = Certificate::from_der(made.der())?;
    let right = certificate.issuer().der() == authority.certificate.subject().der()
        && issued_by(&certificate, authority.certificate)
        && certificate.spki_der() == spki;
    if right {
        Ok(certificate)
    } else {
        Err(IssueError::Defective)
    }
}

/// One certificate on a CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedCertificate {
    /// Its number.
    pub serial: Serial,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// Makes a CRL of all that `authority` revoked. `number` must be greater than that of the CRL before.
///
/// # Errors
/// When the times are out of order, or the CA's key does not sign.
pub fn issue_crl(
    authority: Authority<'_>,
    number: u64,
    this_update: Timestamp,
    next_update: Timestamp,
    revoked: &[RevokedCertificate],
) -> Result<Crl, IssueError> {
    let adapter = Adapter::new(authority.key)?;
    let ca = authority.certificate.der().into();
    let issuer = Issuer::from_ca_cert_der(&ca, &adapter).map_err(|e| IssueError::Make(e.to_string()))?;
    let key_id = authority.certificate.extensions().subject_key_id.clone();
    let revoked_certs = revoked
        .iter()
        .map(|line| {
            Ok(RevokedCertParams {
                serial_number: line.serial.octets().to_vec().into(),
                revocation_time: offset(line.at)?,
                reason_code: reason(line.reason),
                invalidity_date: None,
            })
        })
        .collect::<Result<Vec<_>, IssueError>>()?;
    let params = CertificateRevocationListParams {
        this_update: offset(this_update)?,
        next_update: offset(next_update)?,
        crl_number: number.into(),
        issuing_distribution_point: None,
        revoked_certs,
        key_identifier_method: key_id.map_or(KeyIdMethod::Sha256, KeyIdMethod::PreSpecified),
    };
    let made = params.signed_by(&issuer).map_err(|e| adapter.reason(e))?;
    let crl = Crl::from_der(made.der().to_vec())?;
    if crl.verify(authority.certificate.spki_der()).is_ok() {
        Ok(crl)
    } else {
        Err(IssueError::Defective)
    }
}

fn reason(reason: RevocationReason) -> Option<rcgen::RevocationReason> {
    Some(match reason {
        // RFC 5280 section 5.3.1: rather no reason than the code "unspecified".
        RevocationReason::Unspecified => return None,
        RevocationReason::KeyCompromise => rcgen::RevocationReason::KeyCompromise,
        RevocationReason::CaCompromise => rcgen::RevocationReason::CaCompromise,
        RevocationReason::AffiliationChanged => rcgen::RevocationReason::AffiliationChanged,
        RevocationReason::Superseded => rcgen::RevocationReason::Superseded,
        RevocationReason::CessationOfOperation => rcgen::RevocationReason::CessationOfOperation,
        RevocationReason::CertificateHold => rcgen::RevocationReason::CertificateHold,
        RevocationReason::RemoveFromCrl => rcgen::RevocationReason::RemoveFromCrl,
        RevocationReason::PrivilegeWithdrawn => rcgen::RevocationReason::PrivilegeWithdrawn,
        RevocationReason::AaCompromise => rcgen::RevocationReason::AaCompromise,
    })
}

fn offset(time: Timestamp) -> Result<OffsetDateTime, IssueError> {
    OffsetDateTime::from_unix_timestamp(time.as_second()).map_err(|_| IssueError::Value {
        field: "time",
        value: time.to_string(),
    })
}

fn params(order: &Order<'_>, spki: &[u8]) -> Result<CertificateParams, IssueError> {
    if order.not_before > order.not_after {
        return Err(IssueError::Value {
            field: "validity",
            value: format!("{} to {}", order.not_before, order.not_after),
        });
    }
    let mut params = CertificateParams::default();
    params.not_before = offset(order.not_before)?;
    params.not_after = offset(order.not_after)?;
    params.serial_number = Some(order.serial.octets().to_vec().into());
    params.distinguished_name = distinguished_name(&order.subject)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    let certify = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    match &order.profile {
        Profile::RootCa { path_length } => {
            params.is_ca =
                IsCa::Ca(path_length.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
            params.key_usages = certify;
        }
        Profile::IssuingCa { path_length } => {
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(*path_length));
            params.key_usages = certify;
        }
        Profile::Officer { email } | Profile::HolderSignature { email } => {
            params.key_usages = vec![
                KeyUsagePurpose::DigitalSignature,
                KeyUsagePurpose::ContentCommitment,
            ];
            mail(&mut params, email)?;
        }
        Profile::HolderAuthentication { upn } => {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            if let Some(upn) = upn {
                let upn = checked("user principal name", upn)?.to_owned();
                params.subject_alt_names = vec![SanType::OtherName((UPN.to_vec(), upn.into()))];
            }
        }
        Profile::HolderEncryption { email } => {
            let rsa = matches!(
                super::signature::PublicKey::from_spki(spki)?.kind(),
                super::signature::KeyKind::Rsa { .. }
            );
            // RFC 3279 section 2.3.1, RFC 5480 section 3: RSA carries keys, elliptic curves agree on them.
            let usage = if rsa {
                KeyUsagePurpose::KeyEncipherment
            } else {
                KeyUsagePurpose::KeyAgreement
            };
            params.key_usages = vec![usage];
            mail(&mut params, email)?;
        }
    }
    if let Some(url) = order.crl_url {
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec![checked("CRL address", url)?.to_owned()],
        }];
    }
    if let Some(policy) = order.policy {
        let information = tlv::element(tlv::SEQUENCE, &tlv::element(tlv::OID, policy.as_bytes()));
        let content = tlv::element(tlv::SEQUENCE, &information);
        params
            .custom_extensions
            .push(CustomExtension::from_oid_content(CERTIFICATE_POLICIES, content));
    }
    Ok(params)
}

fn mail(params: &mut CertificateParams, email: &str) -> Result<(), IssueError> {
    let refused = || IssueError::Value {
        field: "mail address",
        value: email.to_owned(),
    };
    if !email.is_ascii() || email.matches('@').count() != 1 || email.starts_with('@') || email.ends_with('@')
    {
        return Err(refused());
    }
    let address = checked("mail address", email)?
        .try_into()
        .map_err(|_| refused())?;
    params.subject_alt_names = vec![SanType::Rfc822Name(address)];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    Ok(())
}

/// A value without controls and without blanks at its ends, so that what a person compares is what stands there.
fn checked<'v>(field: &'static str, value: &'v str) -> Result<&'v str, IssueError> {
    // The upper bounds of X.520 (64 for most) are not kept by CAs, names longer than this by nobody.
    const MAX_VALUE: usize = 256;
    if value.is_empty()
        || value.len() > MAX_VALUE
        || value.trim() != value
        || value.chars().any(char::is_control)
    {
        return Err(IssueError::Value {
            field,
            value: value.to_owned(),
        });
    }
    Ok(value)
}

fn distinguished_name(subject: &Subject) -> Result<DistinguishedName, IssueError> {
    let printable = |field, value: &str| -> Result<DnValue, IssueError> {
        let refused = |_| IssueError::Value {
            field,
            value: value.to_owned(),
        };
        Ok(DnValue::PrintableString(
            checked(field, value)?.try_into().map_err(refused)?,
        ))
    };
    let utf8 = |field, value: &str| -> Result<DnValue, IssueError> {
        Ok(DnValue::Utf8String(checked(field, value)?.to_owned()))
    };
    let mut name = DistinguishedName::new();
    if let Some(country) = &subject.country {
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(IssueError::Value {
                field: "country",
                value: country.clone(),
            });
        }
        name.push(DnType::CountryName, printable("country", country)?);
    }
    if let Some(organisation) = &subject.organisation {
        name.push(DnType::OrganizationName, utf8("organisation", organisation)?);
    }
    if let Some(unit) = &subject.organisational_unit {
        name.push(DnType::OrganizationalUnitName, utf8("unit", unit)?);
    }
    if let Some(number) = &subject.serial_number {
        name.push(
            DnType::CustomDnType(SERIAL_NUMBER.to_vec()),
            printable("serial number", number)?,
        );
    }
    name.push(DnType::CommonName, utf8("name", &subject.common_name)?);
    Ok(name)
}

/// Our key as rcgen wants it; keeps the reason why it did not sign.
struct Adapter<'a> {
    key: &'a dyn SigningKey,
    bits: &'a [u8],
    failure: RefCell<Option<SignError>>,
}

impl<'a> Adapter<'a> {
    fn new(key: &'a dyn SigningKey) -> Result<Self, IssueError> {
        let bits = super::signature::PublicKey::from_spki(key.spki_der())?.bits();
        Ok(Self {
            key,
            bits,
            failure: RefCell::new(None),
        })
    }

    fn reason(&self, error: rcgen::Error) -> IssueError {
        self.failure
            .take()
            .map_or_else(|| IssueError::Make(error.to_string()), IssueError::Sign)
    }
}

impl PublicKeyData for Adapter<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.bits
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self.key.algorithm() {
            SignatureAlgorithm::RsaSha256 => &rcgen::PKCS_RSA_SHA256,
            SignatureAlgorithm::EcdsaP256Sha256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            SignatureAlgorithm::EcdsaP384Sha384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            SignatureAlgorithm::Ed25519 => &rcgen::PKCS_ED25519,
        }
    }
}

impl rcgen::SigningKey for Adapter<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key.sign(message).map_err(|error| {
            self.failure.replace(Some(error));
            rcgen::Error::RemoteKeyError
        })
    }
}
