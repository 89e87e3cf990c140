//! A sample office with its certificates, as objects and as files for `openssl`.

use jiff::Timestamp;
use siegelpost::pki::profile::{self, Authority, Order, Profile, RevokedCertificate, Subject};
use siegelpost::pki::{Certificate, Crl, KeyAlgorithm, RevocationReason, Serial, SigningKey, SoftKey, Trust};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The day on which everything is judged.
pub const TODAY: &str = "2026-06-01T08:00:00Z";

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("the tests' own times are right")
}

pub fn today() -> Timestamp {
    time(TODAY)
}

/// A key and its certificate, also as `NAME.key` and `NAME.pem`.
pub struct Identity {
    pub key: SoftKey,
    pub certificate: Certificate,
}

pub struct Office {
    folder: tempfile::TempDir,
    pub root: Identity,
    pub ca: Identity,
    pub rio: Identity,
    pub rio_ec: Identity,
    pub holder_rsa: Identity,
    pub holder_ec: Identity,
    pub revoked: Identity,
    pub crls: Vec<Crl>,
}

pub const RIO_MAIL: &str = "rio@office.example";

fn order(profile: Profile, name: &str, number: u8) -> Order<'static> {
    let mut random = [number; 20];
    random[19] = number;
    Order {
        subject: Subject {
            common_name: name.into(),
            organisational_unit: Some("Sample Unit".into()),
            organisation: Some("Specimen Office".into()),
            country: Some("CH".into()),
            serial_number: None,
        },
        serial: Serial::from_random(random),
        not_before: time("2026-01-01T00:00:00Z"),
        // Authorities outlive what the machine's clock may say when `openssl` dates a certificate by it.
        not_after: match profile {
            Profile::RootCa { .. } | Profile::IssuingCa { .. } => time("2049-01-01T00:00:00Z"),
            _ => time("2029-01-01T00:00:00Z"),
        },
        profile,
        crl_url: Some("http://crl.example/ca.crl"),
        policy: Some("2.16.756.1.17.3.22.99".parse().expect("an OID")),
    }
}

pub fn office() -> &'static Office {
    static OFFICE: OnceLock<Office> = OnceLock::new();
    OFFICE.get_or_init(Office::make)
}

impl Office {
    fn make() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = |algorithm| SoftKey::generate(algorithm).expect("a key");
        let root_key = key(KeyAlgorithm::P384);
        let root = profile::self_sign(
            &order(Profile::RootCa { path_length: Some(1) }, "Specimen Root", 1),
            &root_key,
        )
        .expect("a root");
        let ca_key = key(KeyAlgorithm::Rsa3072);
        let ca = profile::issue(
            &order(Profile::IssuingCa { path_length: 0 }, "Specimen Issuing CA", 2),
            ca_key.spki_der(),
            Authority {
                certificate: &root,
                key: &root_key,
            },
        )
        .expect("a CA");
        let issue = |profile, name: &str, number, algorithm| {
            let key = key(algorithm);
            let authority = Authority {
                certificate: &ca,
                key: &ca_key,
            };
            let certificate =
                profile::issue(&order(profile, name, number), key.spki_der(), authority).expect("issued");
            Identity { key, certificate }
        };
        let officer = || Profile::Officer {
            email: RIO_MAIL.into(),
        };
        let rio = issue(officer(), "Erika Muster", 3, KeyAlgorithm::Rsa2048);
        let rio_ec = issue(officer(), "Max Müller-Specimen", 4, KeyAlgorithm::P256);
        let revoked = issue(officer(), "Former Officer", 5, KeyAlgorithm::P256);
        let email = || "holder@office.example".to_owned();
        let holder_rsa = issue(
            Profile::HolderEncryption { email: email() },
            "Holder Rsa",
            6,
            KeyAlgorithm::Rsa2048,
        );
        let holder_ec = issue(
            Profile::HolderEncryption { email: email() },
            "Holder Ec",
            7,
            KeyAlgorithm::P256,
        );
        let lists = |authority, revoked: &[RevokedCertificate]| {
            let (this, next) = (time("2026-05-31T00:00:00Z"), time("2026-06-07T00:00:00Z"));
            profile::issue_crl(authority, 7, this, next, revoked).expect("a CRL")
        };
        let gone = RevokedCertificate {
            serial: revoked.certificate.serial().clone(),
            at: time("2026-05-01T00:00:00Z"),
            reason: RevocationReason::KeyCompromise,
        };
        let crls = vec![
            lists(
                Authority {
                    certificate: &root,
                    key: &root_key,
                },
                &[],
            ),
            lists(
                Authority {
                    certificate: &ca,
                    key: &ca_key,
                },
                &[gone],
            ),
        ];
        let root = Identity {
            key: root_key,
            certificate: root,
        };
        let ca = Identity {
            key: ca_key,
            certificate: ca,
        };
        let office = Self {
            folder,
            root,
            ca,
            rio,
            rio_ec,
            holder_rsa,
            holder_ec,
            revoked,
            crls,
        };
        office.write_files();
        office
    }

    fn write_files(&self) {
        for (name, identity) in [
            ("root", &self.root),
            ("ca", &self.ca),
            ("rio", &self.rio),
            ("rio_ec", &self.rio_ec),
            ("holder_rsa", &self.holder_rsa),
            ("holder_ec", &self.holder_ec),
            ("revoked", &self.revoked),
        ] {
            fs::write(
                self.path(&format!("{name}.key")),
                identity.key.to_pkcs8_pem().as_bytes(),
            )
            .expect("written");
            fs::write(
                self.path(&format!("{name}.pem")),
                pem("CERTIFICATE", identity.certificate.der()),
            )
            .expect("written");
        }
        let lists: String = self.crls.iter().map(|crl| pem("X509 CRL", crl.der())).collect();
        fs::write(self.path("crls.pem"), lists).expect("written");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of its own for one test.
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("written");
        path
    }

    pub fn trust(&self) -> Trust {
        let mut trust = Trust::new();
        trust.add_anchor(self.root.certificate.clone());
        trust.add_intermediate(self.ca.certificate.clone());
        trust
    }

    pub fn trust_with_crls(&self) -> Trust {
        let mut trust = self.trust();
        for crl in &self.crls {
            trust.add_crls(crl.der()).expect("our own CRL");
        }
        trust
    }

    /// Runs `openssl` in the office's folder, at the tests' own time for what it verifies.
    pub fn openssl(&self, args: &[&str]) -> Output {
        Command::new("openssl")
            .args(args)
            .current_dir(self.folder.path())
            .output()
            .expect("openssl is installed")
    }

    /// Runs `openssl`, which must succeed, and gives back what it wrote to its standard output.
    pub fn openssl_ok(&self, args: &[&str]) -> Vec<u8> {
        let output = self.openssl(args);
        assert!(
            output.status.success(),
            "openssl {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }
}

/// `TODAY` in seconds, for `-attime`.
pub fn attime() -> String {
    today().as_second().to_string()
}

pub fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|c| std::str::from_utf8(c).expect("base64 is ASCII"))
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// A MIME entity with a text and a file.
pub fn entity() -> Vec<u8> {
    b"Content-Type: multipart/mixed; boundary=\"inner\"\r\n\r\n--inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
      Please find the papers attached.\r\n--inner\r\nContent-Type: application/octet-stream; name=\"papers.pdf\"\r\n\
      Content-Transfer-Encoding: base64\r\nContent-Disposition: inline; filename=\"papers.pdf\"\r\n\r\nJVBERi0xLjcK\r\n--inner--\r\n"
        .to_vec()
}

/// The path as an argument.
pub fn arg(path: &Path) -> &str {
    path.to_str().expect("the temporary folder's name is UTF-8")
}
