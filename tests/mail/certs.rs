//! A CA of the tests and the certificate of a server at localhost, new in each run.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub struct Certs {
    pub ca_der: Vec<u8>,
    pub ca_pem: String,
    pub server_der: Vec<u8>,
    pub server_pem: String,
    pub key_der: Vec<u8>,
    pub key_pem: String,
}

/// The same for all tests of a run.
pub fn certs() -> &'static Certs {
    static CERTS: OnceLock<Certs> = OnceLock::new();
    CERTS.get_or_init(|| {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(vec![]).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(ca, ca_key);
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let server = params.signed_by(&key, &issuer).unwrap();
        Certs {
            ca_der: ca_certificate.der().to_vec(),
            ca_pem: ca_certificate.pem(),
            server_der: server.der().to_vec(),
            server_pem: server.pem(),
            key_der: key.serialize_der(),
            key_pem: key.serialize_pem(),
        }
    })
}

/// Writes certificate and key where a server reads them.
pub fn write(folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("server.pem"), folder.join("server.key"));
    std::fs::write(&certificate, &certs().server_pem).unwrap();
    std::fs::write(&key, &certs().key_pem).unwrap();
    (certificate, key)
}
