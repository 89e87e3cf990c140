//! What is asked of the verifier and what comes out: verdict, reasons, signer, and the verified mail.

use super::address::Address;
use super::attachments;
use super::code::{Code, Reason};
use super::content::Content;
use super::decrypt::DecryptKey;
use super::form::Forwarded;
use super::opened;
use super::policy::Policy;
use super::verified::{Parts, VerifiedMail};
use crate::domain::Sha256;
use crate::pki::signature::SignatureDefect;
use crate::pki::{Certificate, PathDefect, Revocation, Trust, ValidPath};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// What is asked besides the mail itself.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Anchors, further certificates, CRLs.
    pub trust: &'a Trust,
    /// The moment at which everything is judged.
    pub at: Timestamp,
    /// When the mail came in, where it did just now: then Date and signingTime must agree with it within the limits of the policy.
    /// `None` for archives, and when a mail is judged again: the limits are for the inbox.
    pub arrived: Option<Timestamp>,
    /// Whether revocation must be known.
    pub revocation: Revocation,
    /// The knobs.
    pub policy: &'a Policy,
    /// Keys for encrypted mail.
    pub keys: &'a [&'a dyn DecryptKey],
}

/// How a mail came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything holds.
    Accept,
    /// Everything holds as far as it can be known; revocation data is missing.
    Hold,
    /// Something does not hold.
    Refuse,
}

/// What is known of a mail after all checks, good or bad.
pub struct Judgement<'a> {
    pub(super) reasons: Vec<Reason>,
    pub(super) signer: Option<Certificate>,
    pub(super) path: Option<ValidPath>,
    pub(super) signature_holds: bool,
    pub(super) signing_time: Option<Timestamp>,
    pub(super) content_sha256: Option<Sha256>,
    pub(super) content_type: Option<String>,
    pub(super) encrypted: bool,
    pub(super) from: Option<Address>,
    pub(super) header: &'a [u8],
    pub(super) content: Option<Content<'a>>,
    pub(super) max_attachments: usize,
    pub(super) opened: Option<Zeroizing<Vec<u8>>>,
}

impl Judgement<'_> {
    /// How it came out.
    pub fn verdict(&self) -> Verdict {
        match self.reasons.as_slice() {
            [] => Verdict::Accept,
            reasons if reasons.iter().all(|r| r.code.is_hold()) => Verdict::Hold,
            _ => Verdict::Refuse,
        }
    }

    /// Every defect, the gravest first. Empty when accepted.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The certificate that the signature names, whether or not it holds.
    pub fn signer(&self) -> Option<&Certificate> {
        self.signer.as_ref()
    }

    /// The signer, when the signature holds and leads to an anchor. Only such a signer gets a reply; a failure to decrypt gets none,
    /// for answers to it would tell of the key.
    pub fn proven_signer(&self) -> Option<&Certificate> {
        let undecrypted = self.reasons.iter().any(|r| r.code == Code::DecryptionFailed);
        self.signer
            .as_ref()
            .filter(|_| self.signature_holds && self.path.is_some() && !undecrypted)
    }

    /// When the signer says that they signed.
    pub fn signing_time(&self) -> Option<Timestamp> {
        self.signing_time
    }

    /// SHA-256 of the signed bytes, as far as there are any.
    pub fn content_sha256(&self) -> Option<Sha256> {
        self.content_sha256
    }

    /// The media type of the signed entity.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Whether it was encrypted.
    pub fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// The address of From, if there is exactly one plain one.
    pub fn from(&self) -> Option<&Address> {
        self.from.as_ref()
    }

    /// The mails and parts of others that the signed content carries, shown as what they are: what counts is the signature around
    /// them; theirs is never the signer's. Of a mail that is refused none is told: nothing is unpacked that nobody signed.
    pub fn forwarded(&self) -> Vec<Forwarded> {
        match &self.content {
            Some(content) if self.verdict() != Verdict::Refuse => {
                attachments::passed_on(content, self.max_attachments)
            }
            _ => Vec::new(),
        }
    }

    /// The verified mail, if everything holds; its attachments are read now.
    ///
    /// # Errors
    /// With every reason against it; also when what was signed has more in it than is taken in.
    pub fn into_verified(self) -> Result<VerifiedMail, Vec<Reason>> {
        if !self.reasons.is_empty() {
            return Err(self.reasons);
        }
        let (Some(signer), Some(path), Some(sha256), Some(content)) =
            (self.signer, self.path, self.content_sha256, self.content)
        else {
            return Err(vec![Reason::new(Code::NotSigned, "the mail is not signed")]);
        };
        VerifiedMail::read(Parts {
            signer,
            path,
            content_sha256: sha256,
            content: content.into_signed_form(),
            signing_time: self.signing_time,
            from: self.from,
            header: self.header,
            max_attachments: self.max_attachments,
            opened: self.opened.map(|entity| opened::mail(self.header, &entity)),
        })
        .map_err(|reason| vec![reason])
    }
}

/// The reason for a defect of the path.
pub(super) fn path_reason(defect: &PathDefect) -> Reason {
    let code = match defect {
        PathDefect::Signature {
            defect: SignatureDefect::WeakHash(_),
            ..
        } => Code::AlgorithmWeak,
        PathDefect::Signature {
            defect: SignatureDefect::WeakKey(_),
            ..
        } => Code::KeyWeak,
        PathDefect::Signature { .. } => Code::CertificateSignatureWrong,
        PathDefect::NoAnchor { .. } => Code::IssuerUntrusted,
        PathDefect::Key { .. } => Code::KeyWeak,
        PathDefect::Revoked { .. } => Code::Revoked,
        PathDefect::NotACa { .. } => Code::NotACa,
        PathDefect::MayNotIssue { .. }
        | PathDefect::PathLength { .. }
        | PathDefect::SerialNumber { .. }
        | PathDefect::TooComplex => Code::PathConstraint,
        PathDefect::UnknownCritical { .. } => Code::CriticalExtension,
        PathDefect::NameNotAllowed { .. } | PathDefect::NameConstraintNotUnderstood { .. } => {
            Code::NameNotAllowed
        }
        PathDefect::Policy { .. } => Code::PolicyMissing,
        PathDefect::KeyUsage { .. } => Code::KeyUsage,
        PathDefect::ExtendedKeyUsage { .. } => Code::ExtendedKeyUsage,
        PathDefect::Expired { .. } => Code::Expired,
        PathDefect::NotYetValid { .. } => Code::NotYetValid,
        PathDefect::RevocationStale { .. } => Code::RevocationStale,
        PathDefect::RevocationUnknown { .. } => Code::RevocationUnknown,
    };
    Reason::new(code, defect.to_string())
}
