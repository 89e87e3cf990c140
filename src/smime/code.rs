//! Every defect a mail can have: its stable code, how grave it is, what it means, and what its sender should do.

use std::fmt;

macro_rules! codes {
    ($($name:ident = $text:literal, $meaning:literal, $advice:literal;)*) => {
        /// A defect. The order of the variants is their rank: the gravest first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// Every code, the gravest first.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The stable name that other programs lean on.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// What it means, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => $meaning,)* }
            }

            /// What the sender of the mail should do.
            pub fn advice(self) -> &'static str {
                match self { $(Code::$name => $advice,)* }
            }
        }
    };
}

codes! {
    TooLarge = "too_large",
        "The mail, or something in it, is larger, deeper or more numerous than is taken in.",
        "Send fewer or smaller scans in one mail.";
    MalformedMail = "malformed_mail",
        "The header of the mail is written in a way that mail programs read differently (RFC 5322).",
        "Send the mail again from your mail program, without a program in between that rewrites it.";
    DuplicateHeader = "duplicate_header",
        "A header field that may be there once is there twice, so that it is not certain which one counts (RFC 5322 section 3.6).",
        "Send the mail again from your mail program, without a program in between that rewrites it.";
    MalformedMime = "malformed_mime",
        "The parts of the mail cannot be told apart with certainty (RFC 2046).",
        "Send the mail again from your mail program, without a program in between that rewrites it.";
    NotSigned = "not_signed",
        "The mail is not signed with S/MIME.",
        "Sign the mail with your card (S/MIME) and send it again.";
    UnsignedContent = "unsigned_content",
        "There is content that the signature does not cover: beside, before, after or around the signed part.",
        "Send the mail directly, without a list or a gateway that adds something to it.";
    DecryptionFailed = "decryption_failed",
        "The mail is encrypted and could not be decrypted.",
        "Encrypt the mail for the certificate that the office gives out, or send it signed only.";
    MalformedCms = "malformed_cms",
        "The signature data cannot be read (RFC 5652).",
        "Sign the mail again, with another mail program if it happens again.";
    TrailingData = "trailing_data",
        "Bytes follow after the end of the signature data.",
        "Sign the mail again, with another mail program if it happens again.";
    NoSigner = "no_signer",
        "The signature data holds certificates only, no signature.",
        "Sign the mail with your card (S/MIME) and send it again.";
    SeveralSigners = "several_signers",
        "There is more than one signature; exactly one is wanted.",
        "Sign the mail once, with your own card.";
    ContentTwice = "content_twice",
        "The signature data brings content of its own besides the part that it signs.",
        "Sign the mail again, with another mail program if it happens again.";
    ContentMissing = "content_missing",
        "The signature data should hold the signed content and does not.",
        "Sign the mail again, with another mail program if it happens again.";
    ContentAltered = "content_altered",
        "The content is not what was signed: it was altered on its way, or signed wrongly (messageDigest).",
        "Send the mail again; ask your mail administrators whether a gateway alters mails.";
    SignatureWrong = "signature_wrong",
        "The signature was not made with the key of the certificate.",
        "Sign the mail again with your card.";
    SignedAttributesMissing = "signed_attributes_missing",
        "The signature has no signed attributes, which every mail program writes.",
        "Sign the mail with another mail program.";
    SignedAttributesNotDer = "signed_attributes_not_der",
        "The signed attributes are not in the one form that counts (DER, SET in order).",
        "Sign the mail with another mail program.";
    SignedAttributeWrong = "signed_attribute_wrong",
        "A signed attribute is missing, doubled, or does not fit (RFC 5652 section 11).",
        "Sign the mail with another mail program.";
    SigningCertificateMismatch = "signing_certificate_mismatch",
        "The signature says that it belongs to another certificate than the one it came with (RFC 5035).",
        "Sign the mail again with your card.";
    SignersDiffer = "signers_differ",
        "The mail is signed in layers, and not every layer by the same person.",
        "Sign the mail once, with your own card.";
    AlgorithmWeak = "algorithm_weak",
        "The signature uses an algorithm that is too weak; SHA-256 or stronger is wanted.",
        "Set your mail program to sign with SHA-256 and sign again.";
    AlgorithmUnknown = "algorithm_unknown",
        "The signature uses an algorithm that is not accepted.",
        "Sign with RSA or ECDSA and SHA-256.";
    AlgorithmMismatch = "algorithm_mismatch",
        "Signature algorithm, hash, parameters and key do not fit each other.",
        "Sign the mail again, with another mail program if it happens again.";
    SignerCertificateMissing = "signer_certificate_missing",
        "The certificate of the signer is not in the mail.",
        "Set your mail program to send your certificate with the signature.";
    CertificateMalformed = "certificate_malformed",
        "The certificate of the signer cannot be read.",
        "Ask the office for a new certificate.";
    CertificateSignatureWrong = "certificate_signature_wrong",
        "A certificate above or of the signer is not validly signed by the authority that it names.",
        "Sign with your class B card.";
    IssuerUntrusted = "issuer_untrusted",
        "The certificate of the signer does not come from an authority that the office trusts.",
        "Sign with your class B card.";
    KeyWeak = "key_weak",
        "A key is too weak, or of a kind that is not accepted.",
        "Ask the office for a new card.";
    Revoked = "revoked",
        "The certificate of the signer, or of an authority above it, is revoked.",
        "Ask the office for a new card.";
    NotACa = "not_a_ca",
        "A certificate signed the signer's certificate and is no authority.",
        "Sign with your class B card.";
    PathConstraint = "path_constraint",
        "A rule that an authority set for the certificates below it is broken.",
        "Sign with your class B card.";
    NameNotAllowed = "name_not_allowed",
        "The authority may not issue certificates for this name.",
        "Ask the office for a new certificate.";
    PolicyMissing = "policy_missing",
        "The certificate was not issued under a policy that is asked for.",
        "Sign with your class B card.";
    CriticalExtension = "critical_extension",
        "A certificate has a critical extension that is not known here.",
        "Ask the office for a new certificate.";
    KeyUsage = "key_usage",
        "The certificate is not meant for signing (keyUsage).",
        "Choose the signature certificate of your card in your mail program.";
    ExtendedKeyUsage = "extended_key_usage",
        "The certificate is not meant for mail (extendedKeyUsage).",
        "Choose the signature certificate of your card in your mail program.";
    Expired = "expired",
        "The certificate of the signer, or of an authority above it, has expired.",
        "Renew your card and sign again.";
    NotYetValid = "not_yet_valid",
        "The certificate of the signer, or of an authority above it, is not valid yet.",
        "Wait until your certificate is valid and sign again.";
    FromMissing = "from_missing",
        "The mail does not say whom it is from.",
        "Send the mail again from your mail program.";
    FromMalformed = "from_malformed",
        "The From field is not exactly one plain mail address.",
        "Send the mail from your own mailbox, with your address alone in From.";
    FromMisleading = "from_misleading",
        "The name shown with the From address looks like another mail address.",
        "Set your name, without another mail address in it, in your mail program.";
    FromMismatch = "from_mismatch",
        "The From address is not one of the signer's certificate.",
        "Send the mail from the mailbox that your certificate was issued for.";
    SenderMismatch = "sender_mismatch",
        "The mail was sent by another mailbox than the signer's (Sender).",
        "Send the mail from your own mailbox, not on behalf of another.";
    AddressMissing = "address_missing",
        "The signer's certificate has no mail address.",
        "Choose the signature certificate of your card in your mail program.";
    RevocationStale = "revocation_stale",
        "Whether a certificate is revoked is not known: the newest revocation list is out of date. The mail is held.",
        "Nothing; the office gets a new list and judges the mail again.";
    RevocationUnknown = "revocation_unknown",
        "Whether a certificate is revoked is not known: there is no usable revocation list. The mail is held.",
        "Nothing; the office gets the list and judges the mail again.";
}

impl Code {
    /// How grave it is; 0 is the gravest.
    pub fn rank(self) -> usize {
        self as usize
    }

    /// Whether more data, not another mail, would mend it: then the mail is held and judged again.
    pub fn is_hold(self) -> bool {
        matches!(self, Self::RevocationStale | Self::RevocationUnknown)
    }

    /// The code with this stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| serde::de::Error::custom(format!("there is no code {name:?}")))
    }
}

/// One defect of one mail, with what was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// Which defect.
    pub code: Code,
    /// What was found, for a person.
    pub detail: String,
}

impl Reason {
    /// A defect with what was found.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_name_and_is_found_by_it() {
        for (i, code) in Code::ALL.iter().enumerate() {
            assert_eq!(code.rank(), i);
            assert_eq!(Code::from_name(code.as_str()), Some(*code));
        }
    }
}
