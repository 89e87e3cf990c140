//! The one signature of a layer: its attributes, its signer's certificate, the mathematics, and the path.

use super::cms::{self, Attributes, SignedData, Way};
use super::code::Code;
use super::entity;
use super::judge::Judge;
use super::judgement::path_reason;
use crate::domain::Sha256;
use crate::pki::signature::{Scheme, SignatureDefect};
use crate::pki::tlv;
use crate::pki::{Certificate, Purpose, validate};
use aws_lc_rs::digest;
use jiff::Timestamp;
use std::borrow::Cow;

impl Judge<'_> {
    /// Checks the one signature over `content` and the path of its signer. `lines` says that the signed form has CRLF.
    pub(super) fn signature(&mut self, signed: &SignedData<'_>, content: &[u8], lines: bool) {
        let (found, sha256) = self.check_signer(signed, content, lines);
        self.layers.content_sha256 = Some(sha256);
        let Some((signer, holds, signing_time)) = found else {
            self.layers.signature_holds = false;
            self.layers.innermost_holds = false;
            self.layers.broken = true;
            return;
        };
        if self.layers.signer.as_ref().is_some_and(|outer| *outer != signer) {
            self.refuse(
                Code::SignersDiffer,
                format!("an inner layer is signed by {}", signer.subject()),
            );
            self.layers.broken = true;
        }
        let question = self.question;
        let path = validate(
            &signer,
            &signed.certificates,
            question.trust,
            question.at,
            Purpose::MailSignature,
            question.revocation,
        );
        self.layers.path = match path {
            Ok(path) => Some(path),
            Err(defects) => {
                self.reasons.extend(defects.iter().map(path_reason));
                None
            }
        };
        if question.policy.require_email_protection && signer.extensions().extended_key_usage.is_none() {
            self.refuse(
                Code::ExtendedKeyUsage,
                "the certificate does not say emailProtection",
            );
        }
        self.layers.innermost_holds = holds;
        self.layers.broken |= !holds;
        self.layers.signature_holds = !self.layers.broken;
        self.layers.signing_time = signing_time;
        self.layers.signer = Some(signer);
    }

    /// The signer's certificate, whether the signature over the content holds, and when it was made; beside it SHA-256 of the content.
    fn check_signer(
        &mut self,
        signed: &SignedData<'_>,
        content: &[u8],
        lines: bool,
    ) -> (Option<(Certificate, bool, Option<Timestamp>)>, Sha256) {
        let signer = self.take(signed.signer());
        let allow_sha1 = self.question.policy.allow_sha1;
        let way = signer
            .as_ref()
            .and_then(|signer| self.take(Way::of(signer, allow_sha1)));
        let (digest, sha256) = digests(way, content, lines);
        let Some(signer) = signer else {
            return (None, sha256);
        };

        let before = self.reasons.len();
        if !signed.announces(&signer.digest_algorithm) {
            self.refuse(
                Code::AlgorithmMismatch,
                "the hash of the signer is not among those that the signature data announces",
            );
        }
        let (wanted, name) = match self.wanted {
            None => (cms::ID_DATA.as_bytes().to_vec(), "a mail"),
            Some(kind) => (kind.oid(), kind.name()),
        };
        if signed.content_type != wanted {
            let found = cms::oid_text(signed.content_type);
            self.refuse(
                Code::SignedAttributeWrong,
                format!("the signed content is of type {found}, not {name}"),
            );
        }
        if let Some(Way::Strong(_, Scheme::Ed25519)) = way
            && !self.question.policy.allow_ed25519
        {
            self.refuse(Code::AlgorithmUnknown, "Ed25519 is not accepted");
        }
        let attributes = signer.attributes.as_ref().map(|tlv| {
            let digest = way.map(|_| digest.as_slice());
            Attributes::check(&signer, tlv, signed.content_type, digest, &mut self.reasons)
        });
        if let Err(reason) = signer.check_unsigned() {
            self.reasons.push(reason);
        }
        let signing_time = attributes.as_ref().and_then(|a| a.signing_time);
        let message = match &attributes {
            Some(attributes) => Cow::Borrowed(attributes.signed.as_slice()),
            None => {
                let message = if lines {
                    entity::canonical_bytes(content)
                } else {
                    Cow::Borrowed(content)
                };
                self.without_attributes(&message);
                message
            }
        };

        let pool = signed
            .certificates
            .iter()
            .chain(self.question.trust.intermediates());
        let candidates: Vec<Certificate> = pool.filter(|c| signer.id.means(c)).cloned().collect();
        let Some(first) = candidates.first() else {
            if signed.unreadable_certificates {
                self.refuse(
                    Code::CertificateMalformed,
                    "a certificate in the mail cannot be read",
                );
            }
            self.refuse(
                Code::SignerCertificateMissing,
                "the certificate that the signature names is not there",
            );
            return (None, sha256);
        };
        // Two certificates can bear the same name and number, or claim the same key identifier: the key that verifies decides.
        let verifies = |c: &Certificate| match way {
            Some(way) => way.verify(c.spki_der(), &message, &signer.signature),
            None => Err(SignatureDefect::Wrong),
        };
        let (certificate, outcome) = candidates
            .iter()
            .map(|c| (c, verifies(c)))
            .find(|(_, outcome)| outcome.is_ok())
            .unwrap_or_else(|| (first, verifies(first)));
        if let (Err(defect), Some(_)) = (&outcome, way) {
            self.reasons.push(cms::signature_reason(defect));
        }
        if let Some(attributes) = &attributes
            && !attributes.names_certificate(certificate)
        {
            self.refuse(
                Code::SigningCertificateMismatch,
                "the signature names another certificate than the one that fits it",
            );
        }
        let holds = outcome.is_ok() && self.reasons.len() == before;
        (Some((certificate.clone(), holds, signing_time)), sha256)
    }

    /// Without signed attributes the content itself is signed; content that is itself a set of attributes would then pass for one
    /// (draft-ietf-lamps-cms-euf-cma-signeddata).
    fn without_attributes(&mut self, content: &[u8]) {
        if !self.question.policy.allow_missing_signed_attributes {
            self.refuse(
                Code::SignedAttributesMissing,
                "the signature has no signed attributes",
            );
        } else if content.first() == Some(&tlv::SET) && tlv::whole(content).is_ok() {
            self.refuse(
                Code::SignedAttributeWrong,
                "the content could be the signed attributes of another signature",
            );
        }
    }
}

/// The digest of the signed form of `content`, and its SHA-256; computed once where they are the same.
fn digests(way: Option<Way>, content: &[u8], lines: bool) -> (Vec<u8>, Sha256) {
    let mut main = digest::Context::new(&digest::SHA256);
    let mut other = way
        .map(Way::digest)
        .filter(|algorithm| **algorithm != digest::SHA256)
        .map(digest::Context::new);
    let mut feed = |piece: &[u8]| {
        main.update(piece);
        if let Some(other) = &mut other {
            other.update(piece);
        }
    };
    if lines {
        entity::canonical(content, feed)
    } else {
        feed(content)
    }
    let sha256 = main.finish();
    let mut value = [0; 32];
    value.copy_from_slice(sha256.as_ref());
    let digest = other.map_or_else(|| value.to_vec(), |other| other.finish().as_ref().to_vec());
    (digest, Sha256(value))
}
