//! Certification paths (RFC 5280 section 6): found, checked to an anchor, and every defect named.
//!
//! Deviations: certificates without extendedKeyUsage or keyUsage serve every purpose, as RFC 5280 has it; an extendedKeyUsage in a
//! CA certificate limits what is below it, as all makers of browsers and mail programs have it; the anchor's own validity,
//! constraints and key count too (RFC 5937). What is said about revocation stands in `revocation`.

use super::budget::Budget;
use super::certificate::Certificate;
use super::checks::{
    check_authority, check_critical, check_extended_usage, check_leaf, check_names, check_serial,
    check_validity, label,
};
use super::defect::{PathDefect, Purpose};
use super::policy::{self, Policies, PolicyRules};
use super::revocation::Inquiry;
use super::signature::{PublicKey, Scheme, SignatureDefect};
use super::trust::Trust;
use crate::domain::Sha256;
use jiff::Timestamp;
use std::collections::HashSet;

/// Certificates in a path, leaf and anchor included. Real ones have three to five.
const MAX_PATH: usize = 12;
/// Certificates of a mail among which issuers are looked for; senders send a handful.
const MAX_EXTRA: usize = 1_024;

/// Whether revocation must be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Revocation {
    /// Of every certificate of the path but the anchor.
    Required,
    /// As `Required`, but only when there are CRLs or OCSP responses at all.
    IfGiven,
}

/// A path that was checked. Only [`validate`] makes one.
#[derive(Debug, Clone)]
pub struct ValidPath {
    certificates: Vec<Certificate>,
    revocation_data: Vec<Sha256>,
}

impl ValidPath {
    /// The certificates, the leaf first, the anchor last.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// SHA-256 of the CRLs and OCSP responses that the verdict rests on, for the evidence.
    pub fn revocation_data(&self) -> &[Sha256] {
        &self.revocation_data
    }
}

/// What a path is looked for.
#[derive(Clone, Copy)]
pub(super) struct Goal<'a> {
    pub at: Timestamp,
    pub purpose: Purpose,
    /// Whether revocation must be known.
    pub required: bool,
    /// The only anchor that counts; `None` for any of the office's.
    pub anchor: Option<&'a Certificate>,
    /// How many signers of CRLs lie between the first question and this one.
    pub depth: usize,
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
    let goal = Goal {
        at,
        purpose,
        required: revocation == Revocation::Required || trust.has_revocation_data(),
        anchor: None,
        depth: 0,
    };
    let budget = Budget::default();
    let intermediates = &intermediates[..intermediates.len().min(MAX_EXTRA)];
    search(leaf, intermediates, trust, goal, &budget)
}

pub(super) fn search(
    leaf: &Certificate,
    extra: &[Certificate],
    trust: &Trust,
    goal: Goal<'_>,
    budget: &Budget,
) -> Result<ValidPath, Vec<PathDefect>> {
    let mut search = Search {
        extra,
        trust,
        goal,
        budget,
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
        check_leaf(leaf, goal.at, goal.purpose, &mut defects);
        defects
    });
    if budget.is_spent() {
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

pub(super) fn check_signature(certificate: &Certificate, spki: &[u8]) -> Result<(), SignatureDefect> {
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
    goal: Goal<'a>,
    budget: &'a Budget,
    best: Option<Vec<PathDefect>>,
}

impl Search<'_> {
    fn walk(&mut self, chain: &mut Vec<Certificate>) -> Option<ValidPath> {
        let top = chain.last()?.clone();
        let trust = self.trust;
        let only = self.goal.anchor;
        let anchors = trust.anchors().iter().filter(|a| only.is_none_or(|o| o == *a));
        for anchor in fitting(&top, anchors) {
            if !self.budget.step() {
                return None;
            }
            if let Err(defect) = self.signature(&top, anchor) {
                self.broken(chain, anchor, defect);
                continue;
            }
            if !self.budget.path() {
                return None;
            }
            match self.evaluate(chain, anchor) {
                Ok(path) => return Some(path),
                Err(defects) => self.consider(defects),
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
            if !self.budget.step() {
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
        check_leaf(&chain[0], self.goal.at, self.goal.purpose, &mut defects);
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
        let mut revocation_data = Vec::new();
        check_leaf(&chain[0], self.goal.at, self.goal.purpose, &mut defects);
        for authority in chain[1..].iter().chain([anchor]) {
            check_validity(authority, self.goal.at, &mut defects);
            check_critical(authority, &mut defects);
            check_extended_usage(authority, self.goal.purpose, &mut defects);
            check_serial(authority, &mut defects);
            check_authority(authority, authority == anchor, &mut defects);
        }
        self.check_lengths(chain, anchor, &mut defects);
        check_names(chain, anchor, &mut defects);
        self.check_policies(chain, &mut defects);
        if self.goal.required {
            let inquiry = Inquiry {
                trust: self.trust,
                extra: self.extra,
                at: self.goal.at,
                budget: self.budget,
                anchor,
                depth: self.goal.depth,
            };
            for (i, certificate) in chain.iter().enumerate() {
                let issuer = chain.get(i + 1).unwrap_or(anchor);
                if let Err(defect) = inquiry.state(certificate, issuer, &mut revocation_data) {
                    defects.push(defect);
                }
            }
        }
        if !defects.is_empty() {
            return Err(defects);
        }
        let certificates = chain.iter().chain([anchor]).cloned().collect();
        revocation_data.sort();
        revocation_data.dedup();
        Ok(ValidPath {
            certificates,
            revocation_data,
        })
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
        let any = PolicyRules::default();
        let rules = match self.goal.purpose {
            Purpose::MailSignature => &self.trust.policies,
            _ => &any,
        };
        let mut policies = Policies::new(chain.len(), rules);
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
        if let Err(o) = policies.finish(&chain[0], &rules.acceptable) {
            defects.push(objection(&chain[0], o));
        }
    }
}

/// Certificates whose subject is the issuer of `below`, those with the right key identifier first.
fn fitting<'c>(below: &Certificate, among: impl Iterator<Item = &'c Certificate>) -> Vec<&'c Certificate> {
    let wanted = below.extensions().authority_key_id.as_deref();
    // The office's own and the mail's are often the same: each is one step, not two.
    let mut seen = HashSet::new();
    let mut found: Vec<&Certificate> = among
        .filter(|c| c.subject() == below.issuer() && seen.insert(c.fingerprint()))
        .collect();
    found.sort_by_key(|c| match (wanted, c.extensions().subject_key_id.as_deref()) {
        (Some(wanted), Some(own)) if wanted == own => 0,
        (Some(_), Some(_)) => 2,
        _ => 1,
    });
    found
}
