//! Every defect a mail can have: its stable code, how grave it is, what it means, what its sender should do, and whose rule it is.

use std::fmt;

macro_rules! codes {
    ($($name:ident = $text:literal, $meaning:literal, $advice:literal, $source:literal;)*) => {
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

            /// Where the rule comes from.
            pub fn source(self) -> &'static str {
                match self { $(Code::$name => $source,)* }
            }
        }
    };
}

codes! {
    TooLarge = "too_large",
        "The mail, or something in it, is larger, deeper or more numerous than is taken in.",
        "Send fewer or smaller scans in one mail.",
        "The limits of the gate";
    MalformedMail = "malformed_mail",
        "The header of the mail is written in a way that mail programs read differently (RFC 5322).",
        "Send the mail again from your mail program, without a program in between that rewrites it.",
        "RFC 5322 section 2.2";
    DuplicateHeader = "duplicate_header",
        "A header field that may be there once is there twice, so that it is not certain which one counts (RFC 5322 section 3.6).",
        "Send the mail again from your mail program, without a program in between that rewrites it.",
        "RFC 5322 section 3.6, RFC 2045 section 3";
    MalformedMime = "malformed_mime",
        "The parts of the mail cannot be told apart with certainty (RFC 2046).",
        "Send the mail again from your mail program, without a program in between that rewrites it.",
        "RFC 2045, RFC 2046 section 5.1.1";
    NotSigned = "not_signed",
        "The mail is not signed with S/MIME.",
        "Sign the mail with your card (S/MIME) and send it again.",
        "RFC 8551 section 3.5";
    UnsignedContent = "unsigned_content",
        "There is content that the signature does not cover: beside, before, after or around the signed part.",
        "Send the mail directly, without a list or a gateway that adds something to it.",
        "RFC 8551 section 3.5.3.2; Müller et al. 2019, section 4.3";
    Forwarded = "forwarded",
        "The mail is not signed; it carries another, signed mail as an attachment (message/rfc822).",
        "Send a mail of your own, signed with your card, instead of passing another's on.",
        "RFC 8551 section 3.5; RFC 2046 section 5.2.1";
    DecryptionFailed = "decryption_failed",
        "The mail is encrypted and no key opens it, or what it opens to is not validly signed.",
        "Sign the mail and encrypt it for the certificate that the office gives out, or send it signed only.",
        "RFC 8551 section 6; Poddebniak et al. 2018 (EFAIL)";
    MalformedCms = "malformed_cms",
        "The signature data cannot be read (RFC 5652).",
        "Sign the mail again, with another mail program if it happens again.",
        "RFC 5652 sections 3 and 5";
    TrailingData = "trailing_data",
        "Bytes follow after the end of the signature data.",
        "Sign the mail again, with another mail program if it happens again.",
        "RFC 5652 section 3";
    NoSigner = "no_signer",
        "The signature data holds certificates only, no signature.",
        "Sign the mail with your card (S/MIME) and send it again.",
        "RFC 8551 section 3.2.2";
    SeveralSigners = "several_signers",
        "There is more than one signature; exactly one is wanted.",
        "Sign the mail once, with your own card.",
        "One signer a mail (ours)";
    ContentTwice = "content_twice",
        "The signature data brings content of its own besides the part that it signs.",
        "Sign the mail again, with another mail program if it happens again.",
        "RFC 5652 section 5.2, RFC 8551 section 3.5.3.1";
    ContentMissing = "content_missing",
        "The signature data should hold the signed content and does not.",
        "Sign the mail again, with another mail program if it happens again.",
        "RFC 5652 section 5.2, RFC 8551 section 3.5.2";
    ContentAltered = "content_altered",
        "The content is not what was signed: it was altered on its way, or signed wrongly (messageDigest).",
        "Send the mail again; ask your mail administrators whether a gateway alters mails.",
        "RFC 5652 sections 5.4 and 11.2";
    SignatureWrong = "signature_wrong",
        "The signature was not made with the key of the certificate.",
        "Sign the mail again with your card.",
        "RFC 5652 section 5.6";
    SignedAttributesMissing = "signed_attributes_missing",
        "The signature has no signed attributes, which every mail program writes.",
        "Sign the mail with another mail program.",
        "RFC 8551 section 2.5; draft-ietf-lamps-cms-euf-cma-signeddata";
    SignedAttributesNotDer = "signed_attributes_not_der",
        "The signed attributes are not in the one form that counts (DER, SET in order).",
        "Sign the mail with another mail program.",
        "RFC 5652 section 5.3, X.690 section 11.6";
    SignedAttributeWrong = "signed_attribute_wrong",
        "A signed attribute is missing, doubled, or does not fit (RFC 5652 section 11).",
        "Sign the mail with another mail program.",
        "RFC 5652 sections 5.3 and 11";
    SigningCertificateMismatch = "signing_certificate_mismatch",
        "The signature says that it belongs to another certificate than the one it came with (RFC 5035).",
        "Sign the mail again with your card.",
        "RFC 5035 sections 3 to 5";
    SignersDiffer = "signers_differ",
        "The mail is signed in layers, and not every layer by the same person.",
        "Sign the mail once, with your own card.",
        "One signer a mail (ours)";
    AlgorithmWeak = "algorithm_weak",
        "The signature uses an algorithm that is too weak; SHA-256 or stronger is wanted.",
        "Set your mail program to sign with SHA-256 and sign again.",
        "RFC 8551 section 2.1, RFC 6194";
    AlgorithmUnknown = "algorithm_unknown",
        "The signature uses an algorithm that is not accepted.",
        "Sign with RSA or ECDSA and SHA-256.",
        "RFC 8551 section 2.2";
    AlgorithmMismatch = "algorithm_mismatch",
        "Signature algorithm, hash, parameters and key do not fit each other.",
        "Sign the mail again, with another mail program if it happens again.",
        "RFC 5652 section 5.3, RFC 5754, RFC 6211";
    SignerCertificateMissing = "signer_certificate_missing",
        "The certificate of the signer is not in the mail.",
        "Set your mail program to send your certificate with the signature.",
        "RFC 5652 section 5.3, RFC 8551 section 2.3";
    CertificateMalformed = "certificate_malformed",
        "The certificate of the signer cannot be read.",
        "Ask the office for a new certificate.",
        "RFC 5280 section 4.1";
    CertificateSignatureWrong = "certificate_signature_wrong",
        "A certificate above or of the signer is not validly signed by the authority that it names.",
        "Sign with your class B card.",
        "RFC 5280 section 6.1.3 (a)";
    IssuerUntrusted = "issuer_untrusted",
        "The certificate of the signer does not come from an authority that the office trusts.",
        "Sign with your class B card.",
        "RFC 5280 section 6.1";
    KeyWeak = "key_weak",
        "A key is too weak, or of a kind that is not accepted.",
        "Ask the office for a new card.",
        "RFC 8551 section 4.2, FIPS 186-5";
    Revoked = "revoked",
        "The certificate of the signer, or of an authority above it, is revoked.",
        "Ask the office for a new card.",
        "RFC 5280 section 6.3";
    NotACa = "not_a_ca",
        "A certificate signed the signer's certificate and is no authority.",
        "Sign with your class B card.",
        "RFC 5280 section 6.1.4 (k)";
    PathConstraint = "path_constraint",
        "A rule that an authority set for the certificates below it is broken.",
        "Sign with your class B card.",
        "RFC 5280 section 6.1.4 (l) to (n)";
    NameNotAllowed = "name_not_allowed",
        "The authority may not issue certificates for this name.",
        "Ask the office for a new certificate.",
        "RFC 5280 section 6.1.3 (b) and (c)";
    PolicyMissing = "policy_missing",
        "The certificate was not issued under a policy that is asked for.",
        "Sign with your class B card.",
        "RFC 5280 section 6.1.5 (g)";
    CriticalExtension = "critical_extension",
        "A certificate has a critical extension that is not known here.",
        "Ask the office for a new certificate.",
        "RFC 5280 section 4.2";
    KeyUsage = "key_usage",
        "The certificate is not meant for signing (keyUsage).",
        "Choose the signature certificate of your card in your mail program.",
        "RFC 5280 section 4.2.1.3, RFC 8550 section 4.4.2";
    ExtendedKeyUsage = "extended_key_usage",
        "The certificate is not meant for mail (extendedKeyUsage).",
        "Choose the signature certificate of your card in your mail program.",
        "RFC 5280 section 4.2.1.12, RFC 8550 section 4.4.4";
    Expired = "expired",
        "The certificate of the signer, or of an authority above it, has expired.",
        "Renew your card and sign again.",
        "RFC 5280 section 6.1.3 (a)";
    NotYetValid = "not_yet_valid",
        "The certificate of the signer, or of an authority above it, is not valid yet.",
        "Wait until your certificate is valid and sign again.",
        "RFC 5280 section 6.1.3 (a)";
    FromMissing = "from_missing",
        "The mail does not say whom it is from.",
        "Send the mail again from your mail program.",
        "RFC 5322 section 3.6.2";
    FromMalformed = "from_malformed",
        "The From field is not exactly one plain mail address.",
        "Send the mail from your own mailbox, with your address alone in From.",
        "RFC 5322 section 3.6.2; one address a mail (ours)";
    FromMisleading = "from_misleading",
        "The name shown with the From address looks like another mail address.",
        "Set your name, without another mail address in it, in your mail program.",
        "Müller et al. 2019, section 4.4";
    FromMismatch = "from_mismatch",
        "The From address is not one of the signer's certificate.",
        "Send the mail from the mailbox that your certificate was issued for.",
        "RFC 8550 section 3";
    SenderMismatch = "sender_mismatch",
        "The mail was sent by another mailbox than the signer's (Sender).",
        "Send the mail from your own mailbox, not on behalf of another.",
        "RFC 8550 section 3, RFC 5322 section 3.6.2";
    AddressMissing = "address_missing",
        "The signer's certificate has no mail address.",
        "Choose the signature certificate of your card in your mail program.",
        "RFC 8550 section 3";
    Resent = "resent",
        "Somebody else's mailbox sent the mail on (Resent-From, Resent-Sender).",
        "Send the mail directly from your own mailbox to the office.",
        "RFC 5322 section 3.6.6";
    ProtectedHeaderMismatch = "protected_header_mismatch",
        "A header field is not the one that was signed along with the content.",
        "Send the mail directly, without a list or a gateway that changes its header.",
        "RFC 9788 section 4, RFC 8551 section 3.1";
    SigningTimeOff = "signing_time_off",
        "The mail was signed long before it came in, or after it.",
        "Set the clock of your computer right, sign the mail anew and send it.",
        "RFC 5652 section 11.3; limits of the office (ours)";
    DateOff = "date_off",
        "The Date of the mail is far from when it came in or was signed, or cannot be read.",
        "Set the clock of your computer right and send the mail anew.",
        "RFC 5322 section 3.6.1; limits of the office (ours)";
    RevocationStale = "revocation_stale",
        "Whether a certificate is revoked is not known: the newest revocation list is out of date. The mail is held.",
        "Nothing; the office gets a new list and judges the mail again.",
        "RFC 5280 section 6.3.3";
    RevocationUnknown = "revocation_unknown",
        "Whether a certificate is revoked is not known: there is no usable revocation list. The mail is held.",
        "Nothing; the office gets the list and judges the mail again.",
        "RFC 5280 section 6.3.3";
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
