//! The checks that an officer sees: code, outcome, the values compared, the place on the picture.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is checked. The names are stable: decisions, the journal and the documentation use them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckCode {
    /// CMS signature and certification path.
    Signature,
    /// The signer is an enrolled RIO of the request's site.
    SignerEnrolled,
    /// From is an address of the signer's certificate.
    FromAgrees,
    /// The mail is the RIO's own: nothing in it was passed on from another mail.
    OwnMail,
    /// These signed bytes were not taken in before.
    NotSeenBefore,
    /// All pages of all papers, once each.
    PagesComplete,
    /// The same request and digest on every page.
    SameRequest,
    /// The serial's check digit.
    SerialCheck,
    /// The card is in stock, was delivered to the site, and is free for this request.
    CardFree,
    /// Page codes, data code, printed line and the request on file agree.
    CodesAgree,
    /// What stands in print for people is what the codes say to the machine.
    PrintAgrees,
    /// The entered data are valid on the day.
    DataValid,
    /// A travel document is copied in its place.
    DocumentCopied,
    /// Its machine-readable zone was read, its check digits hold, it is not expired.
    DocumentRead,
    /// Name and birth date agree with the travel document.
    NameAgrees,
    /// Ink in the RIO's signature box.
    RioSigned,
    /// Ink in the holder's signature box on the request.
    HolderSigned,
    /// Ink in the holder's signature box on the receipt.
    ReceiptSigned,
    /// Ink in the holder's signature box on the subscriber agreement.
    AgreementSigned,
    /// The agreement is of the version in force.
    AgreementCurrent,
    /// Holder and RIO are two people.
    FourPeople,
    /// The holder's mail domain is one of the office's.
    MailDomain,
    /// The form is not older than the office allows.
    FormAge,
    /// No other live request for the same person.
    NoOtherRequest,
}

impl CheckCode {
    /// The name, as in JSON.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

impl fmt::Display for CheckCode {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.name())
    }
}

/// What a check found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    Failed,
    /// The machine cannot say: a person has to look.
    NeedsEyes,
}

/// One side of a comparison.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Compared {
    /// Where the value comes from, for instance `page code`.
    pub source: String,
    pub value: String,
}

/// Where on the papers an officer should look, in millimetres from the page's top left corner.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PlaceOnPaper {
    pub page: u8,
    pub x_mm: f32,
    pub y_mm: f32,
    pub w_mm: f32,
    pub h_mm: f32,
}

/// One check and what it found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Check {
    pub code: CheckCode,
    pub outcome: Outcome,
    /// One sentence for a person.
    pub detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<Compared>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceOnPaper>,
}

impl Check {
    /// A check that passed when `holds`, and failed otherwise, each with its own sentence.
    pub fn of(code: CheckCode, holds: bool, good: impl Into<String>, bad: impl Into<String>) -> Check {
        let (outcome, detail) = if holds {
            (Outcome::Passed, good.into())
        } else {
            (Outcome::Failed, bad.into())
        };
        Check {
            code,
            outcome,
            detail,
            compared: vec![],
            place: None,
        }
    }

    /// A check that only a person can decide.
    pub fn needs_eyes(code: CheckCode, detail: impl Into<String>) -> Check {
        Check {
            code,
            outcome: Outcome::NeedsEyes,
            detail: detail.into(),
            compared: vec![],
            place: None,
        }
    }

    /// The same check with the values that were compared.
    pub fn comparing<S: Into<String>, V: ToString>(
        mut self,
        pairs: impl IntoIterator<Item = (S, V)>,
    ) -> Check {
        self.compared = pairs
            .into_iter()
            .map(|(s, v)| Compared {
                source: s.into(),
                value: v.to_string(),
            })
            .collect();
        self
    }

    /// The same check with the place to look at.
    pub fn at(mut self, place: Option<PlaceOnPaper>) -> Check {
        self.place = place;
        self
    }
}
