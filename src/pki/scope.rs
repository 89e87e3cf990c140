//! For which certificates and reasons a CRL speaks: distribution points on both sides (RFC 5280 sections 5.2.5 and 6.3.3).

use super::certificate::Certificate;
use super::crl::Crl;
use super::name::Name;
use super::reason::ALL_REASONS;
use super::tlv;
use der::Encode;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, Reasons};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

/// How a CRL speaks for a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    /// The reasons that it speaks for, as in `Reasons`.
    pub reasons: u16,
    /// Whether the certificate itself points to this CRL, by a name or by its issuer.
    pub is_named: bool,
}

/// How `crl` speaks for `certificate`; `None` when it does not.
pub(super) fn of(crl: &Crl, certificate: &Certificate) -> Option<Scope> {
    if let Some(own) = crl.point() {
        let is_ca = certificate.is_ca();
        if own.only_contains_attribute_certs
            || (own.only_contains_user_certs && is_ca)
            || (own.only_contains_ca_certs && !is_ca)
        {
            return None;
        }
    }
    let own_reasons = crl
        .point()
        .and_then(|point| point.only_some_reasons)
        .map_or(ALL_REASONS, mask);
    let mut scope = Scope {
        reasons: 0,
        is_named: false,
    };
    let points = certificate.extensions().crl_distribution_points.as_ref();
    for point in points.iter().flat_map(|points| &points.0) {
        if is_from(crl, point, certificate) && is_at(crl, point, certificate) {
            scope.reasons |= own_reasons & point.reasons.map_or(ALL_REASONS, mask);
            scope.is_named = true;
        }
    }
    // What every certificate points to, said or not: all reasons, in a CRL of its issuer under the issuer's own name (the end of
    // section 6.3.3).
    if crl.issuer() == certificate.issuer() {
        let own = crl.point().and_then(|point| point.distribution_point.as_ref());
        let issuer = certificate.issuer().comparable();
        if own.is_none_or(|own| names(own, crl.issuer()).contains(&issuer)) {
            scope.reasons |= own_reasons;
        }
    }
    (scope.reasons != 0).then_some(scope)
}

/// Whether the point asks for a CRL of this issuer (section 6.3.3 (b) (1)).
fn is_from(crl: &Crl, point: &DistributionPoint, certificate: &Certificate) -> bool {
    match &point.crl_issuer {
        None => crl.issuer() == certificate.issuer(),
        Some(issuers) => {
            crl.is_indirect()
                && issuers.iter().any(|issuer| match issuer {
                    GeneralName::DirectoryName(name) => {
                        Name::try_from(name).is_ok_and(|name| name == *crl.issuer())
                    }
                    _ => false,
                })
        }
    }
}

/// Whether one of the names of the CRL's own point is one of the certificate's (section 6.3.3 (b) (2) (i)).
fn is_at(crl: &Crl, point: &DistributionPoint, certificate: &Certificate) -> bool {
    let Some(own) = crl.point().and_then(|own| own.distribution_point.as_ref()) else {
        return true;
    };
    let own = names(own, crl.issuer());
    let theirs: Vec<Vec<u8>> = match (&point.distribution_point, &point.crl_issuer) {
        (Some(name), None) => names(name, certificate.issuer()),
        (Some(name), Some(_)) => names(name, crl.issuer()),
        (None, Some(issuers)) => issuers.iter().filter_map(comparable).collect(),
        (None, None) => Vec::new(),
    };
    own.iter().any(|name| theirs.contains(name))
}

fn names(point: &DistributionPointName, issuer: &Name) -> Vec<Vec<u8>> {
    match point {
        DistributionPointName::FullName(names) => names.iter().filter_map(comparable).collect(),
        DistributionPointName::NameRelativeToCRLIssuer(rdn) => {
            // The name is the issuer's with one part more.
            let (Ok(outer), Ok(last)) = (tlv::whole(issuer.der()), rdn.to_der()) else {
                return Vec::new();
            };
            let der = tlv::element(tlv::SEQUENCE, &[outer.value, &last].concat());
            Name::from_der(&der)
                .map(|name| name.comparable())
                .into_iter()
                .collect()
        }
    }
}

fn comparable(name: &GeneralName) -> Option<Vec<u8>> {
    match name {
        GeneralName::DirectoryName(name) => Name::try_from(name).ok().map(|n| n.comparable()),
        other => other.to_der().ok(),
    }
}

fn mask(flags: der::flagset::FlagSet<Reasons>) -> u16 {
    flags.bits() & ALL_REASONS
}
