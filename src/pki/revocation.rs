//! Whether a certificate is revoked: what all CRLs and OCSP responses together say of it (RFC 5280 section 6.3, RFC 6960 section 3.2).
//!
//! Revoked wins: no source takes back what another one says, but for a suspension, which a newer list of the same series, or a
//! delta of it, may lift. Good counts only from a source that is current at the moment asked about; a source without nextUpdate
//! never is. What a source of another time says was revoked stays so. One current source is enough; none is never good.
//!
//! Deviations: a CA may sign OCSP responses with a key that is for cRLSign alone, since it says the same in its CRLs. A source that
//! lists a suspension counts until its nextUpdate even when another kind of source, newer, does not.

use super::budget::Budget;
use super::certificate::Certificate;
use super::checks::{label, may_answer};
use super::crl::Crl;
use super::defect::{PathDefect, Purpose};
use super::ocsp::{OcspResponse, Status};
use super::path::{Goal, check_signature, search};
use super::reason::{ALL_REASONS, RevocationReason, Revoked};
use super::scope::{self, Scope};
use super::trust::Trust;
use crate::domain::Sha256;
use jiff::Timestamp;

/// Certificates whose revocation hangs on a certificate whose revocation hangs on …
const MAX_SIGNERS: usize = 2;
/// Certificates tried as the signer of one CRL: an authority has one or two keys for it.
const MAX_CANDIDATES: usize = 12;

/// Who asks, and about which moment.
#[derive(Clone, Copy)]
pub(super) struct Inquiry<'a> {
    pub trust: &'a Trust,
    /// Further certificates, such as those in the mail.
    pub extra: &'a [Certificate],
    pub at: Timestamp,
    pub budget: &'a Budget,
    /// The anchor of the path: who signs CRLs must lead to the same one (RFC 5280 section 6.3.3 (f)).
    pub anchor: &'a Certificate,
    /// How many signers of CRLs lie between the certificate that all is about and this question.
    pub depth: usize,
}

/// A CRL that speaks for the certificate, with who signed it.
struct Heard<'a> {
    crl: &'a Crl,
    scope: Scope,
    signer: Certificate,
}

impl Heard<'_> {
    fn has_signer_of(&self, other: &Heard<'_>) -> bool {
        self.signer.spki_der() == other.signer.spki_der()
    }
}

/// What was found out so far.
#[derive(Default)]
struct Findings {
    revoked: Option<Revoked>,
    reasons: u16,
    stale: Option<Timestamp>,
    used: Vec<Sha256>,
}

impl Findings {
    fn revoke(&mut self, line: Revoked) {
        // A suspension gives way to a reason that lasts.
        if self
            .revoked
            .is_none_or(|known| known.reason == RevocationReason::CertificateHold)
        {
            self.revoked = Some(line);
        }
    }

    fn outdated(&mut self, since: Timestamp) {
        self.stale = self.stale.max(Some(since));
    }
}

impl Inquiry<'_> {
    /// The state of one certificate. What it rests on is added to `used`.
    ///
    /// # Errors
    /// When the certificate is revoked, or nothing current says that it is not.
    pub fn state(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        used: &mut Vec<Sha256>,
    ) -> Result<(), PathDefect> {
        let mut found = Findings::default();
        self.ask_lists(certificate, issuer, &mut found);
        self.ask_responders(certificate, issuer, &mut found);
        verdict(found, certificate, used)
    }

    fn ask_lists(&self, certificate: &Certificate, issuer: &Certificate, found: &mut Findings) {
        let lists: Vec<Heard<'_>> = self
            .trust
            .crls()
            .iter()
            .filter_map(|crl| {
                let scope = scope::of(crl, certificate)?;
                let signer = self.signer(crl, scope, certificate, issuer)?;
                Some(Heard { crl, scope, signer })
            })
            .collect();
        let deltas: Vec<&Heard<'_>> = lists.iter().filter(|list| list.crl.is_delta()).collect();
        for (list, is_replaced) in lists.iter().zip(replaced(&lists, self.at)) {
            if list.crl.is_delta() {
                self.ask_delta(list, &lists, certificate, found);
            } else {
                self.ask_list(list, is_replaced, &deltas, certificate, found);
            }
        }
    }

    /// A complete CRL, with the newest delta that continues it.
    fn ask_list(
        &self,
        list: &Heard<'_>,
        is_replaced: bool,
        deltas: &[&Heard<'_>],
        certificate: &Certificate,
        found: &mut Findings,
    ) {
        let line_in = |crl: &Crl| crl.line(certificate.issuer(), certificate.serial());
        let crl = list.crl;
        let delta = deltas
            .iter()
            .filter(|d| d.crl.continues(crl) && d.has_signer_of(list) && self.is_current(d.crl))
            .max_by_key(|d| d.crl.this_update());
        // Together with a current delta, a list that is past its time is current (section 5.2.4).
        let is_current = self.is_current(crl) || (delta.is_some() && crl.this_update() <= self.at);
        let is_lifted = delta
            .and_then(|d| line_in(d.crl))
            .is_some_and(|line| line.reason == RevocationReason::RemoveFromCrl);
        match line_in(crl) {
            Some(line) if line.reason == RevocationReason::CertificateHold && (is_lifted || is_replaced) => {}
            // What a CRL of another time lists was revoked already then; only a suspension may have been lifted since.
            Some(line) if is_current || lasts(line, self.at) => return found.revoke(line),
            Some(_) => return found.outdated(due(crl)),
            None => {}
        }
        let is_understood = !crl.not_understood() && delta.is_none_or(|d| !d.crl.not_understood());
        if is_replaced {
        } else if is_current && is_understood {
            found.reasons |= list.scope.reasons;
            found.used.push(crl.fingerprint());
            found.used.extend(delta.map(|d| d.crl.fingerprint()));
        } else if !is_current {
            found.outdated(due(crl));
        }
    }

    /// A delta by itself: it may say that a certificate is revoked, never that it is not.
    fn ask_delta(
        &self,
        delta: &Heard<'_>,
        all: &[Heard<'_>],
        certificate: &Certificate,
        found: &mut Findings,
    ) {
        let line_in = |crl: &Crl| crl.line(certificate.issuer(), certificate.serial());
        match line_in(delta.crl) {
            None => {}
            Some(line) if line.reason == RevocationReason::RemoveFromCrl => {}
            Some(line) if line.reason == RevocationReason::CertificateHold => {
                let is_lifted = all.iter().any(|newer| {
                    newer.crl.came_after(delta.crl)
                        && newer.has_signer_of(delta)
                        && self.is_current(newer.crl)
                        && match line_in(newer.crl) {
                            None => !newer.crl.is_delta(),
                            Some(line) => line.reason == RevocationReason::RemoveFromCrl,
                        }
                });
                if self.is_current(delta.crl) && !is_lifted {
                    found.revoke(line);
                }
            }
            Some(line) if self.is_current(delta.crl) || lasts(line, self.at) => found.revoke(line),
            Some(_) => found.outdated(due(delta.crl)),
        }
    }

    fn ask_responders(&self, certificate: &Certificate, issuer: &Certificate, found: &mut Findings) {
        for response in self.trust.ocsp_responses() {
            let mut answers = response.answers(certificate, issuer).peekable();
            if answers.peek().is_none() || !self.may_respond(response, issuer) {
                continue;
            }
            for single in answers {
                let is_current =
                    single.this_update <= self.at && single.next_update.is_some_and(|next| self.at <= next);
                match single.status {
                    Status::Revoked(line) if is_current || lasts(line, self.at) => found.revoke(line),
                    _ if !is_current => found.outdated(single.next_update.unwrap_or(single.this_update)),
                    Status::Good if !single.not_understood && !response.not_understood() => {
                        found.reasons = ALL_REASONS;
                        found.used.push(response.fingerprint());
                    }
                    // Unknown to this responder: another source may know it.
                    _ => {}
                }
            }
        }
    }

    fn is_current(&self, crl: &Crl) -> bool {
        crl.this_update() <= self.at && crl.next_update().is_some_and(|next| self.at <= next)
    }

    /// Who signed the CRL: the certificate's issuer, or another certificate of the CRL's issuer that leads to the same anchor
    /// (section 6.3.3 (f)).
    fn signer(
        &self,
        crl: &Crl,
        scope: Scope,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Option<Certificate> {
        let may = |c: &Certificate| {
            let usage = c.extensions().key_usage.as_ref();
            c.subject() == crl.issuer() && usage.is_none_or(|usage| usage.crl_sign())
        };
        let signs = |c: &Certificate| {
            let check = || crl.verify(c.spki_der());
            self.trust.once(crl.fingerprint(), c.fingerprint(), check).is_ok()
        };
        if may(issuer) && signs(issuer) {
            return Some(issuer.clone());
        }
        if self.depth >= MAX_SIGNERS {
            return None;
        }
        let given = self.trust.intermediates().iter().chain(self.extra);
        let candidates = std::iter::once(self.anchor).chain(given);
        let found = candidates
            .filter(|c| *c != issuer && may(c))
            .filter(|c| crl.may_be_signed_by(c.extensions().subject_key_id.as_deref()))
            .take(MAX_CANDIDATES)
            .find(|c| self.budget.check() && signs(c) && self.leads_to_anchor(c, scope, certificate));
        found.cloned()
    }

    fn leads_to_anchor(&self, signer: &Certificate, scope: Scope, certificate: &Certificate) -> bool {
        if signer == self.anchor {
            return true;
        }
        // The question is about the signer itself, whose path is being checked: its issuer pointed to this very list.
        if signer == certificate && self.depth > 0 && scope.is_named {
            return true;
        }
        let goal = Goal {
            at: self.at,
            purpose: Purpose::CrlSignature,
            required: true,
            anchor: Some(self.anchor),
            depth: self.depth + 1,
        };
        search(signer, self.extra, self.trust, goal, self.budget).is_ok()
    }

    /// Whether the response was signed by who may answer for `issuer` (RFC 6960 section 4.2.2.2): the issuer itself, or one that it
    /// certified for this and for nothing above it.
    fn may_respond(&self, response: &OcspResponse, issuer: &Certificate) -> bool {
        let signs = |c: &Certificate| {
            let check = || response.verify(c.spki_der());
            response.names(c)
                && self
                    .trust
                    .once(response.fingerprint(), c.fingerprint(), check)
                    .is_ok()
        };
        let usage = issuer.extensions().key_usage.as_ref();
        if usage.is_none_or(|usage| usage.digital_signature() || usage.crl_sign()) && signs(issuer) {
            return true;
        }
        let candidates = response
            .certificates()
            .iter()
            .chain(self.trust.intermediates())
            .filter(|c| c.issuer() == issuer.subject() && may_answer(c, self.at) && signs(c));
        candidates
            .take(MAX_CANDIDATES)
            .any(|c| self.is_issued(c, issuer) && self.is_unrevoked(c, issuer))
    }

    fn is_issued(&self, responder: &Certificate, issuer: &Certificate) -> bool {
        let check = || check_signature(responder, issuer.spki_der());
        self.trust
            .once(responder.fingerprint(), issuer.fingerprint(), check)
            .is_ok()
    }

    /// A responder whose issuer says so is not asked about (section 4.2.2.2.1); of another one, a CRL must know.
    fn is_unrevoked(&self, responder: &Certificate, issuer: &Certificate) -> bool {
        if responder.extensions().ocsp_no_check {
            return true;
        }
        let mut found = Findings::default();
        self.ask_lists(responder, issuer, &mut found);
        verdict(found, responder, &mut Vec::new()).is_ok()
    }
}

/// Of each list, whether another one takes its place: both complete and of one series and signer, and number and time say that the
/// other came after it and is there already. Looked over once for all, the highest numbers first: there can be thousands of lists,
/// and of one CA, so to ask each about each other would cost millions of comparisons for one certificate.
fn replaced(lists: &[Heard<'_>], at: Timestamp) -> Vec<bool> {
    let mut replaced = vec![false; lists.len()];
    let mut order: Vec<usize> = (0..lists.len())
        .filter(|&i| !lists[i].crl.is_delta() && lists[i].crl.number().is_some())
        .collect();
    order.sort_by(|&a, &b| lists[b].crl.number().cmp(&lists[a].crl.number()));
    // One list of each series, and the latest time of those with higher numbers. A certificate is spoken for by few series.
    let mut series: Vec<(usize, Option<Timestamp>)> = Vec::new();
    for same_number in order.chunk_by(|&a, &b| lists[a].crl.number() == lists[b].crl.number()) {
        let mut places = Vec::with_capacity(same_number.len());
        for &i in same_number {
            let known = series.iter().position(|&(other, _)| {
                lists[other].crl.is_of_series(lists[i].crl) && lists[other].has_signer_of(&lists[i])
            });
            let place = known.unwrap_or(series.len());
            if known.is_none() {
                series.push((i, None));
            }
            replaced[i] = series[place].1 >= Some(lists[i].crl.this_update());
            places.push((place, lists[i].crl.this_update()));
        }
        for (place, made) in places {
            if made <= at {
                series[place].1 = series[place].1.max(Some(made));
            }
        }
    }
    replaced
}

/// Whether a revocation that a source of any time lists holds at `at`.
fn lasts(line: Revoked, at: Timestamp) -> bool {
    line.at <= at
        && !matches!(
            line.reason,
            RevocationReason::CertificateHold | RevocationReason::RemoveFromCrl
        )
}

/// When the next CRL was, or is, to be expected.
fn due(crl: &Crl) -> Timestamp {
    crl.next_update().unwrap_or(crl.this_update())
}

fn verdict(found: Findings, certificate: &Certificate, used: &mut Vec<Sha256>) -> Result<(), PathDefect> {
    if let Some(line) = found.revoked {
        return Err(PathDefect::Revoked {
            certificate: label(certificate),
            at: line.at,
            reason: line.reason,
        });
    }
    if found.reasons == ALL_REASONS {
        used.extend(found.used);
        return Ok(());
    }
    let (certificate, issuer) = (label(certificate), certificate.issuer().to_string());
    Err(match found.stale {
        Some(at) => PathDefect::RevocationStale {
            certificate,
            issuer,
            at,
        },
        None => PathDefect::RevocationUnknown { certificate, issuer },
    })
}
