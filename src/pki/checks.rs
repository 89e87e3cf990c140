//! The checks of RFC 5280 section 6.1 on single certificates and on names down a path, each defect added to the rest.

use super::certificate::Certificate;
use super::constraints;
use super::defect::{PathDefect, Purpose};
use super::signature::PublicKey;
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;

const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
const ANY_EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// How a certificate is called in messages.
pub(super) fn label(certificate: &Certificate) -> String {
    certificate.subject().to_string()
}

/// What can be said of a leaf without any path.
pub(super) fn check_leaf(leaf: &Certificate, at: Timestamp, purpose: Purpose, defects: &mut Vec<PathDefect>) {
    if let Err(defect) = PublicKey::from_spki(leaf.spki_der()) {
        defects.push(PathDefect::Key {
            certificate: label(leaf),
            defect,
        });
    }
    check_validity(leaf, at, defects);
    check_serial(leaf, defects);
    check_critical(leaf, defects);
    check_extended_usage(leaf, purpose, defects);
    if let Some(usage) = &leaf.extensions().key_usage {
        let (holds, wanted) = match purpose {
            Purpose::MailSignature | Purpose::ClientAuthentication => {
                (usage.digital_signature(), "digitalSignature")
            }
            Purpose::MailEncryption => (
                usage.key_encipherment() || usage.key_agreement(),
                "keyEncipherment or keyAgreement",
            ),
            Purpose::CrlSignature => (usage.crl_sign(), "cRLSign"),
        };
        if !holds {
            defects.push(PathDefect::KeyUsage {
                certificate: label(leaf),
                wanted,
            });
        }
    }
}

/// Validity is counted in whole seconds (section 4.1.2.5), the last one included.
pub(super) fn check_validity(certificate: &Certificate, at: Timestamp, defects: &mut Vec<PathDefect>) {
    if at.as_second() < certificate.not_before().as_second() {
        defects.push(PathDefect::NotYetValid {
            certificate: label(certificate),
            at: certificate.not_before(),
        });
    }
    if at.as_second() > certificate.not_after().as_second() {
        defects.push(PathDefect::Expired {
            certificate: label(certificate),
            at: certificate.not_after(),
        });
    }
}

pub(super) fn check_critical(certificate: &Certificate, defects: &mut Vec<PathDefect>) {
    for &oid in &certificate.extensions().unknown_critical {
        defects.push(PathDefect::UnknownCritical {
            certificate: label(certificate),
            oid,
        });
    }
}

pub(super) fn check_extended_usage(
    certificate: &Certificate,
    purpose: Purpose,
    defects: &mut Vec<PathDefect>,
) {
    let (wanted, name) = match purpose {
        Purpose::MailSignature | Purpose::MailEncryption => (EMAIL_PROTECTION, "emailProtection"),
        Purpose::ClientAuthentication => (CLIENT_AUTH, "clientAuth"),
        Purpose::CrlSignature => return,
    };
    if let Some(usages) = &certificate.extensions().extended_key_usage
        && !usages
            .iter()
            .any(|usage| *usage == wanted || *usage == ANY_EXTENDED_KEY_USAGE)
    {
        defects.push(PathDefect::ExtendedKeyUsage {
            certificate: label(certificate),
            wanted: name,
        });
    }
}

/// Octets of a serial number (section 4.1.2.2), the one that keeps it positive not counted: CAs that draw 20 random octets add it.
/// Zero and negative numbers are taken as they come, and compared octet by octet.
const MAX_SERIAL: usize = 20;

pub(super) fn check_serial(certificate: &Certificate, defects: &mut Vec<PathDefect>) {
    let octets = certificate.serial().octets();
    if octets.strip_prefix(&[0]).unwrap_or(octets).len() > MAX_SERIAL {
        defects.push(PathDefect::SerialNumber {
            certificate: label(certificate),
        });
    }
}

/// Whether it may sign OCSP responses in its issuer's place (RFC 6960 section 4.2.2.2): said outright, not by anyExtendedKeyUsage.
pub(super) fn may_answer(certificate: &Certificate, at: Timestamp) -> bool {
    let extensions = certificate.extensions();
    let mut defects = Vec::new();
    check_validity(certificate, at, &mut defects);
    check_critical(certificate, &mut defects);
    check_serial(certificate, &mut defects);
    let usages = extensions.extended_key_usage.as_deref().unwrap_or_default();
    let usage = extensions.key_usage.as_ref();
    defects.is_empty()
        && usages.contains(&OCSP_SIGNING)
        && usage.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation())
        && PublicKey::from_spki(certificate.spki_der()).is_ok()
}

/// Whether it may issue (section 6.1.4 (k), (n)). An anchor of version 1 has no way of saying so and is taken at its word.
pub(super) fn check_authority(certificate: &Certificate, anchor: bool, defects: &mut Vec<PathDefect>) {
    if !(certificate.is_ca() || anchor && certificate.version() < 3) {
        defects.push(PathDefect::NotACa {
            certificate: label(certificate),
        });
    }
    if certificate
        .extensions()
        .key_usage
        .as_ref()
        .is_some_and(|usage| !usage.key_cert_sign())
    {
        defects.push(PathDefect::MayNotIssue {
            certificate: label(certificate),
        });
    }
}

/// Name constraints of every authority on every certificate below it; self-issued ones within the path are exempt
/// (section 6.1.3 (b), (c)).
pub(super) fn check_names(chain: &[Certificate], anchor: &Certificate, defects: &mut Vec<PathDefect>) {
    let mut spent = 0;
    for (i, authority) in chain.iter().chain([anchor]).enumerate().skip(1) {
        let Some(constraints) = &authority.extensions().name_constraints else {
            continue;
        };
        for (j, certificate) in chain[..i].iter().enumerate() {
            if j > 0 && certificate.is_self_issued() {
                continue;
            }
            let (below, authority) = (label(certificate), label(authority));
            match constraints::check(constraints, certificate, &mut spent) {
                Ok(()) => {}
                Err(constraints::Objection::Name(name)) => {
                    defects.push(PathDefect::NameNotAllowed {
                        certificate: below,
                        authority,
                        name,
                    });
                }
                Err(constraints::Objection::NotUnderstood) => {
                    defects.push(PathDefect::NameConstraintNotUnderstood {
                        certificate: below,
                        authority,
                    });
                }
                Err(constraints::Objection::TooMany) => {
                    defects.push(PathDefect::TooComplex);
                    return;
                }
            }
        }
    }
}
