//! What a judgement leans on: anchors, further CA certificates, CRLs and OCSP responses, read from PEM or DER.

use super::certificate::{Certificate, CertificateError};
use super::crl::{Crl, CrlError};
use super::ocsp::{self, OcspError, OcspResponse};
use super::path::issued_by;
use super::policy::PolicyRules;
use super::tlv;
use crate::domain::Sha256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// More certificates, CRLs or OCSP responses in one input are refused: a public root store has some 150.
const MAX_ENTRIES: usize = 10_000;
/// CRLs and OCSP responses taken in altogether, each kind by itself: a large PKI in partitions has some hundred lists, an office
/// with a response for every officer some hundred of those. Each is looked at for each certificate.
const MAX_SOURCES: usize = 10_000;
/// Octets of all CRLs together, which stay in memory: several of the largest.
const MAX_CRLS_BYTES: usize = 512 * 1024 * 1024;

/// Why trust material could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// Neither PEM nor DER.
    #[error("this is neither PEM nor DER; give certificates or CRLs in one of them")]
    Form,
    /// A PEM block whose base64 is damaged.
    #[error("a PEM block is damaged; get the file again")]
    Pem,
    /// A certificate that cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A CRL that cannot be read.
    #[error(transparent)]
    Crl(#[from] CrlError),
    /// An OCSP response that cannot be read.
    #[error(transparent)]
    Ocsp(#[from] OcspError),
    /// More entries than are taken in.
    #[error("there are more than {MAX_ENTRIES} certificates, CRLs or OCSP responses in one input")]
    TooMany,
    /// More CRLs or OCSP responses altogether than are taken in.
    #[error(
        "there are more than {MAX_SOURCES} CRLs or OCSP responses, or more than {MAX_CRLS_BYTES} bytes of them; take away those that are past their time"
    )]
    TooMuch,
    /// Nothing of the wanted kind in it.
    #[error("there is no {0} in it")]
    Empty(&'static str),
}

/// Anchors, intermediate certificates, CRLs and OCSP responses. Everything but the anchors is checked before it counts.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    anchors: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    crls: Vec<Crl>,
    ocsp_responses: Vec<OcspResponse>,
    /// What is asked of the certificate policies of whoever signs mails and decisions; by default nothing. Who signs revocation data,
    /// logs in or holds a card is asked for none.
    pub policies: PolicyRules,
    checked: Checked,
}

/// Signatures on certificates and CRLs that were found right: the same few stand above every mail.
type Checked = Arc<Mutex<HashSet<(Sha256, Sha256)>>>;

/// Signatures remembered before all are forgotten: those on all lists and responses, or each mail would check all of them anew, and
/// as many on certificates. A hostile sender can fill it with his own, never with wrong ones.
const MAX_CHECKED: usize = 4 * MAX_SOURCES;

impl Trust {
    /// Trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what is trusted, from PEM or DER, and returns how many certificates that were. A certificate whose issuer is trusted too becomes an intermediate, so that its revocation still counts: only the topmost are anchors.
    ///
    /// # Errors
    /// When the bytes hold no certificate, or one that cannot be read.
    pub fn add_anchors(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        let found = read_certificates(bytes)?;
        let count = found.len();
        self.anchors.extend(found);
        self.settle();
        Ok(count)
    }

    /// Adds one trusted certificate; see [`Trust::add_anchors`].
    pub fn add_anchor(&mut self, certificate: Certificate) {
        self.anchors.push(certificate);
        self.settle();
    }

    /// Keeps the topmost certificates as anchors, once each.
    fn settle(&mut self) {
        let mut all = std::mem::take(&mut self.anchors);
        all.sort_by_key(Certificate::fingerprint);
        all.dedup();
        let (below, top): (Vec<_>, Vec<_>) = all
            .iter()
            .cloned()
            .partition(|c| !c.is_self_issued() && all.iter().any(|other| other != c && issued_by(c, other)));
        self.anchors = top;
        for certificate in below {
            self.add_intermediate(certificate);
        }
    }

    /// Adds CA certificates that help to find a path, from PEM or DER, and returns how many.
    ///
    /// # Errors
    /// When the bytes hold no certificate, or one that cannot be read.
    pub fn add_intermediates(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        let found = read_certificates(bytes)?;
        let count = found.len();
        for certificate in found {
            self.add_intermediate(certificate);
        }
        Ok(count)
    }

    /// Adds one CA certificate that helps to find a path.
    pub fn add_intermediate(&mut self, certificate: Certificate) {
        if !self.intermediates.contains(&certificate) {
            self.intermediates.push(certificate);
        }
    }

    /// Adds CRLs, from PEM or DER, and returns how many. All are kept: an older one never takes the place of a newer one, and may
    /// list what was revoked at its time.
    ///
    /// # Errors
    /// When the bytes hold no CRL, or one that cannot be read, or there are too many.
    pub fn add_crls(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        let found = read_crls(bytes)?;
        let count = found.len();
        for crl in found {
            self.add_crl(crl)?;
        }
        Ok(count)
    }

    fn add_crl(&mut self, crl: Crl) -> Result<(), TrustError> {
        if self
            .crls
            .iter()
            .any(|known| known.fingerprint() == crl.fingerprint())
        {
            return Ok(());
        }
        let bytes: usize = self.crls.iter().map(|known| known.der().len()).sum();
        if self.crls.len() >= MAX_SOURCES || bytes + crl.der().len() > MAX_CRLS_BYTES {
            return Err(TrustError::TooMuch);
        }
        self.crls.push(crl);
        Ok(())
    }

    fn add_ocsp_response(&mut self, response: OcspResponse) -> Result<(), TrustError> {
        let mut known = self.ocsp_responses.iter();
        if known.any(|known| known.fingerprint() == response.fingerprint()) {
            return Ok(());
        }
        if self.ocsp_responses.len() >= MAX_SOURCES {
            return Err(TrustError::TooMuch);
        }
        self.ocsp_responses.push(response);
        Ok(())
    }

    /// Adds CRLs and OCSP responses, mixed as they come, from PEM or DER, and returns how many.
    ///
    /// # Errors
    /// When the bytes hold neither, or one that cannot be read, or there are too many.
    pub fn add_revocation_data(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        let labels = [CRL_LABELS, OCSP_LABELS].concat();
        let found = entries(bytes, &labels, "CRL or OCSP response")?;
        let count = found.len();
        for der in found {
            if ocsp::is_response(&der) {
                self.add_ocsp_response(OcspResponse::from_der(der)?)?;
            } else {
                self.add_crl(Crl::from_der(der)?)?;
            }
        }
        Ok(count)
    }

    /// Runs `check`, a signature of the certificate `signer` on `signed`, unless it was found right before.
    pub(super) fn once<E>(
        &self,
        signed: Sha256,
        signer: Sha256,
        check: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        // A poisoned lock means a panic elsewhere; what it guards is only ever added whole.
        let lock = || self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if lock().contains(&(signed, signer)) {
            return Ok(());
        }
        check()?;
        let mut checked = lock();
        if checked.len() >= MAX_CHECKED {
            checked.clear();
        }
        checked.insert((signed, signer));
        Ok(())
    }

    /// The anchors.
    pub fn anchors(&self) -> &[Certificate] {
        &self.anchors
    }

    /// The certificates that help to find a path.
    pub fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }

    /// The CRLs.
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// The OCSP responses.
    pub fn ocsp_responses(&self) -> &[OcspResponse] {
        &self.ocsp_responses
    }

    /// Whether there is any CRL or OCSP response.
    pub fn has_revocation_data(&self) -> bool {
        !self.crls.is_empty() || !self.ocsp_responses.is_empty()
    }

    /// All CRLs and OCSP responses in DER, one after another, as [`Trust::add_revocation_data`] takes them.
    pub fn revocation_data(&self) -> Vec<u8> {
        let lists = self.crls.iter().map(Crl::der);
        let responses = self.ocsp_responses.iter().map(OcspResponse::der);
        lists.chain(responses).flatten().copied().collect()
    }
}

const CRL_LABELS: &[&str] = &["X509 CRL", "CRL"];
const OCSP_LABELS: &[&str] = &["OCSP RESPONSE"];

/// All certificates in `bytes`: PEM blocks, or DER one after another.
///
/// # Errors
/// When there is none, or one cannot be read.
pub fn read_certificates(bytes: &[u8]) -> Result<Vec<Certificate>, TrustError> {
    let ders = entries(bytes, &["CERTIFICATE", "X509 CERTIFICATE"], "certificate")?;
    ders.iter()
        .map(|der| Certificate::from_der(der).map_err(TrustError::from))
        .collect()
}

/// All CRLs in `bytes`: PEM blocks, or DER one after another.
///
/// # Errors
/// When there is none, or one cannot be read.
pub fn read_crls(bytes: &[u8]) -> Result<Vec<Crl>, TrustError> {
    let ders = entries(bytes, CRL_LABELS, "CRL")?;
    ders.into_iter()
        .map(|der| Crl::from_der(der).map_err(TrustError::from))
        .collect()
}

fn entries(bytes: &[u8], labels: &[&str], what: &'static str) -> Result<Vec<Vec<u8>>, TrustError> {
    let mut found = Vec::new();
    if bytes.first() == Some(&tlv::SEQUENCE) {
        let mut reader = tlv::Reader::new(bytes);
        while !reader.is_empty() {
            let element = reader.next().map_err(|_| TrustError::Form)?;
            found.push(element.raw.to_vec());
            if found.len() > MAX_ENTRIES {
                return Err(TrustError::TooMany);
            }
        }
    } else {
        for (label, der) in pem_blocks(bytes)? {
            if labels.contains(&label.as_str()) {
                found.push(der);
            }
        }
    }
    if found.is_empty() {
        Err(TrustError::Empty(what))
    } else {
        Ok(found)
    }
}

/// The PEM blocks of a file (RFC 7468): label and content, text between them passed over.
///
/// # Errors
/// When there is none, or one is damaged.
pub fn pem_blocks(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, TrustError> {
    let text = String::from_utf8_lossy(bytes);
    let mut blocks = Vec::new();
    let mut rest = text.as_ref();
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, body) = after.split_once("-----").ok_or(TrustError::Pem)?;
        let end = format!("-----END {label}-----");
        let (body, after) = body.split_once(&end).ok_or(TrustError::Pem)?;
        // Old key files have headers (RFC 1421) before an empty line: such a key is encrypted.
        let encrypted = body.contains("Proc-Type:");
        let compact: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        if encrypted {
            blocks.push(("ENCRYPTED PRIVATE KEY".to_owned(), Vec::new()));
        } else {
            blocks.push((
                label.to_owned(),
                STANDARD.decode(compact).map_err(|_| TrustError::Pem)?,
            ));
        }
        if blocks.len() > MAX_ENTRIES {
            return Err(TrustError::TooMany);
        }
        rest = after;
    }
    if blocks.is_empty() {
        Err(TrustError::Form)
    } else {
        Ok(blocks)
    }
}
