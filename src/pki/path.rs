//! Certification paths (RFC 5280 section 6): found, checked to an anchor, and every defect named.
//!
//! Deviations: certificates without extendedKeyUsage or keyUsage serve every purpose, as RFC 5280 has it; an extendedKeyUsage in a
//! CA certificate limits what is below it, as all makers of browsers and mail programs have it; the anchor's own validity,
//! constraints and key count too (RFC 5937); indirect CRLs say nothing, a delta CRL can only revoke.

use super::certificate::Certificate;
use super::checks::{
    check_authority, check_critical, check_extended_usage, check_leaf, check_names, check_validity, label,
};
use super::crl::{ALL_REASONS, Answer, Crl, RevocationReason};
use super::defect::{PathDefect, Purpose};
use super::policy::{self, Policies};
use super::signature::{PublicKey, Scheme, SignatureDefect};
use super::trust::Trust;
use crate::domain::Sha256;
use jiff::Timestamp;

/// Certificates in a path, leaf and anchor included. Real ones have three to five.
const MAX_PATH: usize = 12;
/// Steps while looking for a path: certificates of the same name and key can make exponentially many.
const MAX_STEPS: usize = 256;
/// Certificates whose revocation hangs on a certificate whose revocation hangs on …
const MAX_CRL_SIGNERS: usize = 2;

/// Whether revocation must be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Revocation {
    /// Of every certificate of the path but the anchor.
    Required,
    /// As `Required`, but only when there are CRLs at all.
    IfGiven,
}

/// A path that was checked. Only [`validate`] makes one.
#[derive(Debug, Clone)]
pub struct ValidPath {
    certificates: Vec<Certificate>,
    crls: Vec<Sha256>,
}

impl ValidPath {
    /// The certificates, the leaf first, the anchor last.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The CRLs that the verdict rests on, for the evidence.
    pub fn crls(&self) -> &[Sha256] {
        &self.crls
    }
}

/// Finds and checks a path from `leaf` to an anchor, as things stand at `at`.
///
/// # Errors
/// With every defect of the best path found, the gravest first. When all of them are [`PathDefect::is_hold`], missing or stale
/// revocation data is all that is wrong.
pub fn validate(
    leaf: &Certificate,
    intermediates: &[Certificate],
    trust: &Trust,
    at: Timestamp,
    purpose: Purpose,
    revocation: Revocation,
) -> Result<ValidPath, Vec<PathDefect>> {
    let required = revocation == Revocation::Required || !trust.crls().is_empty();
    search(leaf, intermediates, trust, at, purpose, required, 0)
}

fn search(
    leaf: &Certificate,
    intermediates: &[Certificate],
    trust: &Trust,
    at: Timestamp,
    purpose: Purpose,
    required: bool,
    depth: usize,
) -> Result<ValidPath, Vec<PathDefect>> {
    let mut search = Search {
        extra: intermediates,
        trust,
        at,
        purpose,
        required,
        depth,
        steps: 0,
        best: None,
    };
    if let Some(path) = search.walk(&mut vec![leaf.clone()]) {
        return Ok(path);
    }
    let mut defects = search.best.unwrap_or_else(|| {
        let mut defects = vec![PathDefect::NoAnchor {
            certificate: label(leaf),
            issuer: leaf.issuer().to_string(),
        }];
        check_leaf(leaf, at, purpose, &mut defects);
        defects
    });
    if search.steps > MAX_STEPS {
        defects.push(PathDefect::TooComplex);
    }
    defects.sort_by_key(PathDefect::rank);
    defects.dedup();
    Err(defects)
}

/// Whether `issuer` has the name and the key that `certificate` was signed with.
pub fn issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    certificate.issuer() == issuer.subject() && check_signature(certificate, issuer.spki_der()).is_ok()
}

fn check_signature(certificate: &Certificate, spki: &[u8]) -> Result<(), SignatureDefect> {
    let scheme = Scheme::of_certificate(certificate.signature_algorithm())?;
    scheme.verify(
        &PublicKey::from_spki(spki)?,
        certificate.tbs_der(),
        certificate.signature(),
    )
}

struct Search<'a> {
    extra: &'a [Certificate],
    trust: &'a Trust,
    at: Timestamp,
    purpose: Purpose,
    required: bool,
    depth: usize,
    steps: usize,
    best: Option<Vec<PathDefect>>,
}

impl Search<'_> {
    fn walk(&mut self, chain: &mut Vec<Certificate>) -> Option<ValidPath> {
        let top = chain.last()?.clone();
        let trust = self.trust;
        for anchor in fitting(&top, trust.anchors().iter()) {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return None;
            }
            match self.signature(&top, anchor) {
                Ok(()) => match self.evaluate(chain, anchor) {
                    Ok(path) => return Some(path),
                    Err(defects) => self.consider(defects),
                },
                Err(defect) => self.broken(chain, anchor, defect),
            }
        }
        if chain.len() + 1 >= MAX_PATH {
            return None;
        }
        let extra = self.extra;
        for above in fitting(&top, trust.intermediates().iter().chain(extra)) {
            // The same name with the same key again would only go in a circle.
            if chain
                .iter()
                .any(|c| c.subject() == above.subject() && c.spki_der() == above.spki_der())
            {
                continue;
            }
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return None;
            }
            if let Err(defect) = self.signature(&top, above) {
                self.broken(chain, above, defect);
                continue;
            }
            chain.push(above.clone());
            let found = self.walk(chain);
            chain.pop();
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn signature(&self, certificate: &Certificate, issuer: &Certificate) -> Result<(), SignatureDefect> {
        self.trust
            .once(certificate.fingerprint(), issuer.fingerprint(), || {
                check_signature(certificate, issuer.spki_der())
            })
    }

    fn broken(&mut self, chain: &[Certificate], issuer: &Certificate, defect: SignatureDefect) {
        let Some(top) = chain.last() else { return };
        let mut defects = vec![PathDefect::Signature {
            certificate: label(top),
            issuer: issuer.subject().to_string(),
            defect,
        }];
        check_leaf(&chain[0], self.at, self.purpose, &mut defects);
        self.consider(defects);
    }

    /// Keeps the defects of the path that is least bad.
    fn consider(&mut self, mut defects: Vec<PathDefect>) {
        defects.sort_by_key(PathDefect::rank);
        let weight = |d: &[PathDefect]| {
            (
                std::cmp::Reverse(d.first().map_or(u8::MAX, PathDefect::rank)),
                d.len(),
            )
        };
        if self
            .best
            .as_ref()
            .is_none_or(|best| weight(&defects) < weight(best))
        {
            self.best = Some(defects);
        }
    }

    /// Checks a path whose signatures hold (RFC 5280 section 6.1). `chain` has the leaf first.
    fn evaluate(&self, chain: &[Certificate], anchor: &Certificate) -> Result<ValidPath, Vec<PathDefect>> {
        let mut defects = Vec::new();
        let mut crls = Vec::new();
        check_leaf(&chain[0], self.at, self.purpose, &mut defects);
        for authority in chain[1..].iter().chain([anchor]) {
            check_validity(authority, self.at, &mut defects);
            check_critical(authority, &mut defects);
            check_extended_usage(authority, self.purpose, &mut defects);
            check_authority(authority, authority == anchor, &mut defects);
        }
        self.check_lengths(chain, anchor, &mut defects);
        check_names(chain, anchor, &mut defects);
        self.check_policies(chain, &mut defects);
        if self.required {
            for (i, certificate) in chain.iter().enumerate() {
                let issuer = chain.get(i + 1).unwrap_or(anchor);
                if let Err(defect) = self.revocation(certificate, issuer, &mut crls) {
                    defects.push(defect);
                }
            }
        }
        if !defects.is_empty() {
            return Err(defects);
        }
        let certificates = chain.iter().chain([anchor]).cloned().collect();
        crls.sort();
        crls.dedup();
        Ok(ValidPath { certificates, crls })
    }

    /// pathLenConstraint (section 6.1.4 (l), (m)): self-issued certificates do not count, nor does the leaf.
    fn check_lengths(&self, chain: &[Certificate], anchor: &Certificate, defects: &mut Vec<PathDefect>) {
        let mut below = 0;
        for (i, certificate) in chain.iter().chain([anchor]).enumerate() {
            if i == 0 {
                continue;
            }
            let limit = certificate
                .extensions()
                .basic_constraints
                .as_ref()
                .and_then(|b| b.path_len_constraint);
            if limit.is_some_and(|limit| below > u32::from(limit)) {
                defects.push(PathDefect::PathLength {
                    certificate: label(certificate),
                });
            }
            if !certificate.is_self_issued() {
                below += 1;
            }
        }
    }

    fn check_policies(&self, chain: &[Certificate], defects: &mut Vec<PathDefect>) {
        let acceptable = &self.trust.acceptable_policies;
        let mut policies = Policies::new(chain.len(), !acceptable.is_empty());
        let objection = |certificate: &Certificate, objection: policy::Objection| match objection {
            policy::Objection::TooMany => PathDefect::TooComplex,
            policy::Objection::NoPolicy | policy::Objection::MappingOfAny => PathDefect::Policy {
                certificate: label(certificate),
            },
        };
        for (i, certificate) in chain.iter().enumerate().rev() {
            let step = policies.enter(certificate, i == 0).and_then(|()| {
                if i == 0 {
                    Ok(())
                } else {
                    policies.prepare(certificate)
                }
            });
            if let Err(o) = step {
                defects.push(objection(certificate, o));
                return;
            }
        }
        if let Err(o) = policies.finish(&chain[0], acceptable) {
            defects.push(objection(&chain[0], o));
        }
    }

    /// The state of one certificate, from all CRLs of its issuer (section 6.3).
    fn revocation(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        used: &mut Vec<Sha256>,
    ) -> Result<(), PathDefect> {
        let mut reasons = 0;
        let mut stale: Option<Timestamp> = None;
        for crl in self
            .trust
            .crls()
            .iter()
            .filter(|crl| crl.issuer() == certificate.issuer())
        {
            let answer = crl.answer(certificate);
            if answer == Answer::Silent || !self.is_signed(crl, issuer) {
                continue;
            }
            let current =
                crl.this_update() <= self.at && crl.next_update().is_some_and(|next| self.at <= next);
            match answer {
                // What a CRL of another time lists was revoked already then; only a suspension may have been lifted since.
                Answer::Revoked(line)
                    if current
                        || (line.at <= self.at && line.reason != RevocationReason::CertificateHold) =>
                {
                    return Err(PathDefect::Revoked {
                        certificate: label(certificate),
                        at: line.at,
                        reason: line.reason,
                    });
                }
                Answer::Good(mask) if current => {
                    reasons |= mask;
                    used.push(crl.fingerprint());
                }
                _ => stale = stale.max(Some(crl.next_update().unwrap_or(crl.this_update()))),
            }
        }
        let (certificate, issuer) = (label(certificate), certificate.issuer().to_string());
        match stale {
            _ if reasons == ALL_REASONS => Ok(()),
            Some(at) => Err(PathDefect::RevocationStale {
                certificate,
                issuer,
                at,
            }),
            None => Err(PathDefect::RevocationUnknown { certificate, issuer }),
        }
    }

    /// Whether the CRL is signed by the certificate's issuer, or by another key of the same name that leads to an anchor
    /// (section 6.3.3 (f)).
    fn is_signed(&self, crl: &Crl, issuer: &Certificate) -> bool {
        let trust = self.trust;
        let may = |c: &Certificate| {
            c.extensions()
                .key_usage
                .as_ref()
                .is_none_or(|usage| usage.crl_sign())
        };
        let signs = |c: &Certificate| {
            trust
                .once(crl.fingerprint(), c.fingerprint(), || crl.verify(c.spki_der()))
                .is_ok()
        };
        if may(issuer) && signs(issuer) {
            return true;
        }
        if self.depth >= MAX_CRL_SIGNERS {
            return false;
        }
        let candidates = trust
            .intermediates()
            .iter()
            .chain(self.extra)
            .chain(trust.anchors());
        candidates
            .filter(|c| *c != issuer && c.subject() == crl.issuer() && may(c))
            .filter(|c| crl.may_be_signed_by(c.extensions().subject_key_id.as_deref()))
            .take(MAX_PATH)
            .any(|c| {
                signs(c)
                    && (trust.anchors().contains(c)
                        || search(
                            c,
                            self.extra,
                            trust,
                            self.at,
                            Purpose::CrlSignature,
                            true,
                            self.depth + 1,
                        )
                        .is_ok())
            })
    }
}

/// Certificates whose subject is the issuer of `below`, those with the right key identifier first.
fn fitting<'c>(below: &Certificate, among: impl Iterator<Item = &'c Certificate>) -> Vec<&'c Certificate> {
    let wanted = below.extensions().authority_key_id.as_deref();
    let mut found: Vec<&Certificate> = among.filter(|c| c.subject() == below.issuer()).collect();
    found.sort_by_key(|c| match (wanted, c.extensions().subject_key_id.as_deref()) {
        (Some(wanted), Some(own)) if wanted == own => 0,
        (Some(_), Some(_)) => 2,
        _ => 1,
    });
    found
}
