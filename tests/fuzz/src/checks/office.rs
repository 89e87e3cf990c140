//! The sample office as the targets see it: whom it trusts, when, and what its officers signed.

use super::seeds;
use jiff::Timestamp;
use siegelpost::domain::Sha256;
use siegelpost::pki::signature::sha256;
use siegelpost::pki::{Certificate, Revocation, SoftKey, Trust, read_certificates};
use siegelpost::smime::{DecryptKey, Policy, Question, SignWith};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Everything that is fixed while bytes change.
pub struct Sample {
    /// Anchor, issuing CA and revocation lists.
    pub trust: Trust,
    /// Anchor and issuing CA, without revocation lists.
    pub authorities: Trust,
    /// The moment everything is judged at.
    pub at: Timestamp,
    /// Opens what is encrypted to the office.
    pub opener: SoftKey,
    /// What officers signed: the only contents that may ever be accepted.
    pub signed: Vec<Sha256>,
    /// A small good mail with a detached signature.
    pub detached: Vec<u8>,
    /// The same, opaque.
    pub opaque: Vec<u8>,
    issued: Vec<Certificate>,
    policy: Policy,
}

/// The samples, read once.
pub fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(Sample::read)
}

/// A file of the samples.
pub fn file(name: &str) -> Vec<u8> {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = if manifest.ends_with("tests/fuzz") {
        manifest.join("../..")
    } else {
        manifest
    };
    fs::read(root.join("samples").join(name)).expect("the samples lie beside the sources")
}

/// The certificate of an officer of the samples.
pub fn certificate(name: &str) -> Certificate {
    let mut found = read_certificates(&file(&format!("office/{name}.pem"))).expect("a certificate");
    found.remove(0)
}

/// The key of an officer of the samples.
pub fn key(name: &str) -> SoftKey {
    SoftKey::from_pem_or_der(&file(&format!("keys/{name}.pem"))).expect("a key")
}

/// The officers who sign in the seeds.
pub const SIGNERS: [&str; 2] = ["rio-bern", "rio-bern.p256"];
/// A former officer, whose certificate is revoked.
pub const FORMER: &str = "rio-former";

impl Sample {
    fn read() -> Self {
        let mut authorities = Trust::new();
        authorities.add_anchor(certificate("root"));
        authorities.add_intermediate(certificate("issuing"));
        let mut trust = authorities.clone();
        for list in ["root", "issuing"] {
            trust
                .add_crls(&file(&format!("office/crls/{list}.crl")))
                .expect("a CRL");
        }
        let officers = [
            SIGNERS[0],
            SIGNERS[1],
            FORMER,
            "rio-zuerich",
            "lrao.encryption",
            "rio-bern.encryption",
        ];
        let mut issued: Vec<_> = officers
            .iter()
            .map(|n| certificate(&format!("officers/{n}")))
            .collect();
        issued.extend([certificate("root"), certificate("issuing")]);
        let at = seeds::AT.parse().expect("a time");
        let detached = seeds::detached(seeds::TEXT, SIGNERS[0]);
        let opaque = seeds::opaque(seeds::TEXT, SIGNERS[0]);
        Self {
            trust,
            authorities,
            at,
            opener: key("lrao.encryption"),
            signed: seeds::entities().iter().map(|e| sha256(e)).collect(),
            detached,
            opaque,
            issued,
            policy: Policy::default(),
        }
    }

    /// How the office judges, with `keys` to open what is encrypted.
    pub fn question<'a>(&'a self, keys: &'a [&'a dyn DecryptKey]) -> Question<'a> {
        Question {
            trust: &self.trust,
            at: self.at,
            arrived: None,
            revocation: Revocation::Required,
            policy: &self.policy,
            keys,
        }
    }

    /// Whether the office's CAs issued this certificate: what they signed counts, whatever is around it.
    pub fn knows(&self, certificate: &Certificate) -> bool {
        self.issued
            .iter()
            .any(|known| known.tbs_der() == certificate.tbs_der())
    }

    /// Whether this is the certificate of the former officer.
    pub fn is_revoked(&self, certificate: &Certificate) -> bool {
        certificate.serial() == self.issued[2].serial()
    }
}

/// Signs as an officer of the samples, with the issuing CA's certificate beside theirs.
pub fn sign_as<T>(name: &str, sign: impl FnOnce(SignWith<'_>) -> T) -> T {
    let chain = [certificate(&format!("officers/{name}")), certificate("issuing")];
    let key = key(name);
    sign(SignWith {
        chain: &chain,
        key: &key,
        at: seeds::AT.parse().expect("a time"),
    })
}
