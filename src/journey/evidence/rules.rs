//! The rules by which signatures were judged: kept with each case, so that whoever examines it later judges by them, and sees each
//! that was loosened.

use crate::pki::{PolicyRules, Trust};
use crate::smime::Policy;
use serde::{Deserialize, Serialize};

/// The knobs of the mail gate and the certificate policies that were asked for; canonical JSON (RFC 8785) of this is what the journal
/// commits to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub version: u8,
    pub signatures: Policy,
    /// OIDs of which one must hold for the whole path; empty for any.
    pub certificate_policies: Vec<String>,
}

impl Rules {
    pub(super) fn of(signatures: &Policy, trust: &Trust) -> Rules {
        let asked = &trust.policies;
        Rules {
            version: 1,
            signatures: signatures.clone(),
            certificate_policies: asked.acceptable.iter().map(ToString::to_string).collect(),
        }
    }

    /// What the journal commits to.
    pub fn to_document(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("rules are plain data")
    }

    /// Reads what the journal committed to; in words what is wrong with it.
    pub(super) fn read(document: &[u8]) -> Result<Rules, String> {
        let rules: Rules = serde_json::from_slice(document).map_err(|e| e.to_string())?;
        match rules.version {
            1 => Ok(rules),
            n => Err(format!(
                "they are of version {n}, and this program knows version 1"
            )),
        }
    }

    /// The certificate policies, as paths are checked by them.
    pub(super) fn certificate_policies(&self) -> Result<PolicyRules, String> {
        if self.certificate_policies.is_empty() {
            return Ok(PolicyRules::default());
        }
        let asked = self
            .certificate_policies
            .iter()
            .map(|text| text.parse().map_err(|_| format!("{text:?} is no OID")))
            .collect::<Result<_, _>>()?;
        Ok(PolicyRules::one_of(asked))
    }
}
