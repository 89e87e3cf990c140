//! A decision: what an officer signs when approving or rejecting a request.

use super::check::{CheckCode, Outcome};
use super::ids::{OfficerId, RequestId, Sha256};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the officer decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Approve,
    Reject { reason: String },
}

/// One check as the decision remembers it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CheckResult {
    pub code: CheckCode,
    pub outcome: Outcome,
    /// True when the officer says to have looked where the machine could not tell.
    pub looked_at: bool,
}

/// The content of a decision's CMS signature, as canonical JSON (RFC 8785).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub version: u8,
    pub request_id: RequestId,
    /// SHA-256 over the canonical JSON of the evidence: the mail, the reading and the checks by their hashes.
    pub evidence: Sha256,
    pub checks: Vec<CheckResult>,
    pub verdict: Verdict,
    pub by: OfficerId,
    pub at: Timestamp,
    /// The journal's head when the officer decided.
    pub journal_head: Sha256,
}

/// Why a decision cannot be made on these checks.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Undecidable {
    #[error("check {0} failed: reject the request, or have the RIO send it anew")]
    Failed(CheckCode),
    #[error(
        "check {0} needs eyes: look at the papers (siegelpost review show) and name it with --looked-at {0}"
    )]
    NotLookedAt(CheckCode),
}

/// All reasons why these checks cannot be approved.
pub fn obstacles(checks: &[CheckResult]) -> Vec<Undecidable> {
    checks
        .iter()
        .filter_map(|c| match c.outcome {
            Outcome::Failed => Some(Undecidable::Failed(c.code)),
            Outcome::NeedsEyes if !c.looked_at => Some(Undecidable::NotLookedAt(c.code)),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_cannot_be_looked_away() {
        let check = |outcome, looked_at| CheckResult {
            code: CheckCode::CardFree,
            outcome,
            looked_at,
        };
        assert_eq!(
            obstacles(&[check(Outcome::Passed, false), check(Outcome::NeedsEyes, true)]),
            vec![]
        );
        assert_eq!(
            obstacles(&[check(Outcome::Failed, true)]),
            vec![Undecidable::Failed(CheckCode::CardFree)]
        );
        assert_eq!(
            obstacles(&[check(Outcome::NeedsEyes, false)]),
            vec![Undecidable::NotLookedAt(CheckCode::CardFree)]
        );
    }
}
