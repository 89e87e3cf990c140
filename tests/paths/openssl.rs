//! OpenSSL as the other side: its OCSP responses, its weak certificates and its PKCS#12 files.

use siegelpost::pki::{
    Certificate, KeyError, OcspResponse, PathDefect, Purpose, Revocation, SigningKey, SoftKey, Trust,
    ValidPath, is_pkcs12, read_certificates, validate,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder in which OpenSSL makes an authority, a leaf and what else is asked for.
struct Bench {
    folder: tempfile::TempDir,
}

const AUTHORITY: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
const PERSON: &str = "keyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\n";
const RESPONDER: &str = "keyUsage=critical,digitalSignature\nextendedKeyUsage=OCSPSigning\nnoCheck=ignored\n";

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bench = Self { folder };
        bench.certify(
            "root",
            None,
            AUTHORITY,
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            &["-sha256"],
        );
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("openssl runs: scripts/packages.sh test installs it");
        assert!(
            output.status.success(),
            "openssl {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Makes the key `NAME.key` and the certificate `NAME.pem`, signed by `issuer` or by itself.
    fn certify(&self, name: &str, issuer: Option<&str>, extensions: &str, key: &[&str], hash: &[&str]) {
        let file = |kind: &str| format!("{name}.{kind}");
        let own_key = file("key");
        let own_key = own_key.as_str();
        self.run(&[&["genpkey", "-out", own_key], key].concat());
        let subject = format!("/CN=Specimen {name}");
        self.run(&[
            "req",
            "-new",
            "-key",
            own_key,
            "-subj",
            &subject,
            "-out",
            &file("csr"),
        ]);
        fs::write(self.path(&file("ext")), extensions).expect("written");
        let (csr, out, ext) = (file("csr"), file("pem"), file("ext"));
        let mut sign = vec![
            "x509", "-req", "-in", &csr, "-out", &out, "-extfile", &ext, "-days", "30",
        ];
        let above = issuer.map(|i| (format!("{i}.pem"), format!("{i}.key")));
        match &above {
            Some((above, above_key)) => sign.extend(["-CA", above, "-CAkey", above_key, "-CAcreateserial"]),
            None => sign.extend(["-signkey", own_key]),
        }
        sign.extend(hash);
        self.run(&sign);
    }

    /// As `certify`, with a P-256 key and SHA-256.
    fn plain(&self, name: &str, issuer: &str, extensions: &str) {
        let key = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
        self.certify(name, Some(issuer), extensions, &key, &["-sha256"]);
    }

    fn certificate(&self, name: &str) -> Certificate {
        let pem = fs::read(self.path(&format!("{name}.pem"))).expect("there");
        read_certificates(&pem).expect("readable").remove(0)
    }

    /// The response of `responder` about `leaf`, whose state is a line of an index as `openssl ca` keeps it.
    fn respond(&self, leaf: &str, responder: &str, state: &str, hash: &str) -> Vec<u8> {
        let serial = self.certificate(leaf).serial().to_string().to_uppercase();
        let (status, revoked) = match state.split_once(' ') {
            Some((status, when)) => (status, when),
            None => (state, ""),
        };
        let line = format!("{status}\t491231235959Z\t{revoked}\t{serial}\tunknown\t/CN=Specimen {leaf}\n");
        fs::write(
            self.path("index.txt"),
            if status == "-" { String::new() } else { line },
        )
        .expect("written");
        let (leaf, signer, key) = (
            format!("{leaf}.pem"),
            format!("{responder}.pem"),
            format!("{responder}.key"),
        );
        self.run(&[
            "ocsp",
            "-issuer",
            "root.pem",
            hash,
            "-cert",
            &leaf,
            "-no_nonce",
            "-reqout",
            "request.der",
        ]);
        self.run(&[
            "ocsp",
            "-index",
            "index.txt",
            "-CA",
            "root.pem",
            "-rsigner",
            &signer,
            "-rkey",
            &key,
            "-reqin",
            "request.der",
            "-respout",
            "response.der",
            "-ndays",
            "7",
        ]);
        fs::read(self.path("response.der")).expect("there")
    }

    /// The leaf judged by the response alone, at the moment it was made.
    fn judge(&self, leaf: &str, response: &[u8]) -> Result<ValidPath, Vec<PathDefect>> {
        let read = OcspResponse::from_der(response.to_vec()).expect("a response of OpenSSL is readable");
        let at = read.this_update().expect("it says something");
        self.judge_with(leaf, &[], at, |trust| {
            trust.add_revocation_data(response).expect("taken");
        })
    }

    fn judge_with(
        &self,
        leaf: &str,
        between: &[&str],
        at: jiff::Timestamp,
        edit: impl FnOnce(&mut Trust),
    ) -> Result<ValidPath, Vec<PathDefect>> {
        let mut trust = Trust::new();
        trust.add_anchor(self.certificate("root"));
        edit(&mut trust);
        let between: Vec<_> = between.iter().map(|name| self.certificate(name)).collect();
        let revocation = Revocation::IfGiven;
        validate(
            &self.certificate(leaf),
            &between,
            &trust,
            at,
            Purpose::MailSignature,
            revocation,
        )
    }

    fn is_newer_than(&self, leaf: &str) -> jiff::Timestamp {
        self.certificate(leaf).not_before() + jiff::SignedDuration::from_secs(60)
    }
}

#[test]
fn takes_the_ocsp_responses_that_openssl_makes() {
    let bench = Bench::new();
    bench.plain("leaf", "root", PERSON);
    bench.plain("responder", "root", RESPONDER);
    bench.plain("stranger", "root", PERSON);
    for hash in ["-sha1", "-sha256"] {
        for responder in ["responder", "root"] {
            let good = bench.respond("leaf", responder, "V", hash);
            let path = bench.judge("leaf", &good).expect("good");
            assert_eq!(path.revocation_data().len(), 1);
            for revoked in [
                "R 200101000000Z,keyCompromise",
                "R 200101000000Z,certificateHold",
                "R 200101000000Z",
            ] {
                let revoked = bench.respond("leaf", responder, revoked, hash);
                let found = bench.judge("leaf", &revoked).expect_err("revoked");
                assert!(matches!(found[..], [PathDefect::Revoked { .. }]), "{found:?}");
            }
            let unknown = bench.respond("leaf", responder, "-", hash);
            let found = bench.judge("leaf", &unknown).expect_err("unknown");
            assert!(
                matches!(found[..], [PathDefect::RevocationUnknown { .. }]),
                "{found:?}"
            );
        }
    }
    // A response by somebody whom the root certified for mail, and one about another certificate.
    let others = bench.respond("leaf", "stranger", "V", "-sha256");
    let found = bench.judge("leaf", &others).expect_err("not a responder");
    assert!(
        matches!(found[..], [PathDefect::RevocationUnknown { .. }]),
        "{found:?}"
    );
    let about_another = bench.respond("stranger", "responder", "V", "-sha256");
    let found = bench.judge("leaf", &about_another).expect_err("about another");
    assert!(
        matches!(found[..], [PathDefect::RevocationUnknown { .. }]),
        "{found:?}"
    );
    // The right one a week and a day later.
    let good = bench.respond("leaf", "responder", "V", "-sha256");
    let read = OcspResponse::from_der(good.clone()).expect("readable");
    let later = read.this_update().expect("a time") + jiff::SignedDuration::from_hours(8 * 24);
    let found = bench.judge_with("leaf", &[], later, |trust| {
        trust.add_revocation_data(&good).expect("taken");
    });
    let found = found.expect_err("past its time");
    assert!(
        matches!(found[..], [PathDefect::RevocationStale { .. }]),
        "{found:?}"
    );
}

/// A weak key or hash at each place of a path: the leaf, the authority above it, the anchor.
#[test]
fn refuses_weak_keys_and_hashes_on_every_certificate_of_a_path() {
    let strong = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let sha256 = ["-sha256"];
    let rsa_1024 = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"];
    let exponent_3 = [
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-pkeyopt",
        "rsa_keygen_pubexp:3",
    ];
    let p_224 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"];
    let explicit = [
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-pkeyopt",
        "ec_param_enc:explicit",
    ];
    let weak: &[(&str, &[&str], &[&str])] = &[
        ("RSA of 1024 bits", &rsa_1024, &sha256),
        ("RSA with exponent 3", &exponent_3, &sha256),
        ("P-224", &p_224, &sha256),
        ("a curve written out", &explicit, &sha256),
        ("SHA-1", &strong, &["-sha1"]),
        ("SHA-224", &strong, &["-sha224"]),
    ];
    for (what, key, hash) in weak {
        for place in ["leaf", "middle", "root"] {
            // The hash of an anchor's own signature proves nothing, and is not asked for.
            if place == "root" && *hash != sha256 {
                continue;
            }
            let bench = Bench::new();
            let at = |name: &str| {
                if name == place {
                    (*key, *hash)
                } else {
                    (&strong[..], &sha256[..])
                }
            };
            bench.certify("root", None, AUTHORITY, at("root").0, at("root").1);
            bench.certify("middle", Some("root"), AUTHORITY, at("middle").0, at("middle").1);
            bench.certify("leaf", Some("middle"), PERSON, at("leaf").0, at("leaf").1);
            let moment = bench.is_newer_than("leaf");
            let found = bench.judge_with("leaf", &["middle"], moment, |_| {});
            let found = found.expect_err(&format!("{what} at the {place}"));
            assert!(
                matches!(found[0], PathDefect::Key { .. } | PathDefect::Signature { .. }),
                "{what} at the {place}: {found:?}"
            );
        }
    }
    let bench = Bench::new();
    bench.plain("middle", "root", AUTHORITY);
    bench.plain("leaf", "middle", PERSON);
    let moment = bench.is_newer_than("leaf");
    assert!(
        bench.judge_with("leaf", &["middle"], moment, |_| {}).is_ok(),
        "strong everywhere"
    );
}

#[test]
fn opens_the_pkcs12_files_that_openssl_makes_with_their_password_only() {
    let bench = Bench::new();
    let keys: [(&str, &[&str]); 3] = [
        ("rsa", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
        (
            "p256",
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ),
        (
            "p384",
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ),
    ];
    for (name, key) in keys {
        bench.certify(name, Some("root"), PERSON, key, &["-sha256"]);
        let (key, certificate, out) = (
            format!("{name}.key"),
            format!("{name}.pem"),
            format!("{name}.p12"),
        );
        for (forms, password) in [(&[][..], "Grüezi 1"), (&["-legacy"][..], "plain"), (&[][..], "")] {
            let given = format!("pass:{password}");
            let export = [
                &[
                    "pkcs12",
                    "-export",
                    "-inkey",
                    &key,
                    "-in",
                    &certificate,
                    "-certfile",
                    "root.pem",
                ][..],
                &["-out", &out, "-passout", &given][..],
                forms,
            ];
            bench.run(&export.concat());
            let bytes = fs::read(bench.path(&out)).expect("there");
            assert!(is_pkcs12(&bytes));
            let found =
                SoftKey::all_from(&bytes, password).unwrap_or_else(|e| panic!("{name} {forms:?}: {e}"));
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].spki_der(), bench.certificate(name).spki_der());
            assert_eq!(
                SoftKey::all_from(&bytes, "another").unwrap_err(),
                KeyError::Password
            );
            let cut = SoftKey::all_from(&bytes[..bytes.len() - 1], password).unwrap_err();
            assert!(matches!(cut, KeyError::Container | KeyError::Unusable), "{cut}");
        }
    }
    let pem = fs::read(bench.path("rsa.key")).expect("there");
    assert!(!is_pkcs12(&pem));
    assert_eq!(SoftKey::all_from(&pem, "").expect("a key").len(), 1);
    let only_certificates = "certs.p12";
    bench.run(&[
        "pkcs12",
        "-export",
        "-nokeys",
        "-in",
        "root.pem",
        "-out",
        only_certificates,
        "-passout",
        "pass:x",
    ]);
    let bytes = fs::read(bench.path(only_certificates)).expect("there");
    assert_eq!(SoftKey::all_from(&bytes, "x").unwrap_err(), KeyError::None);
}

/// `verify --key FILE.p12 --password-file FILE`, through the program.
#[test]
fn the_program_opens_encrypted_mail_with_a_pkcs12_key() {
    let bench = Bench::new();
    bench.certify(
        "office",
        Some("root"),
        "keyUsage=critical,keyEncipherment\nextendedKeyUsage=emailProtection\n",
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        &["-sha256"],
    );
    bench.plain("rio", "root", PERSON);
    fs::write(bench.path("text"), "Content-Type: text/plain\r\n\r\nSample\r\n").expect("written");
    bench.run(&[
        "cms", "-sign", "-in", "text", "-signer", "rio.pem", "-inkey", "rio.key", "-md", "sha256", "-out",
        "signed",
    ]);
    bench.run(&[
        "cms",
        "-encrypt",
        "-in",
        "signed",
        "-aes256",
        "-recip",
        "office.pem",
        "-from",
        "rio@office.example",
        "-subject",
        "Sample",
        "-out",
        "mail.eml",
    ]);
    bench.run(&[
        "pkcs12",
        "-export",
        "-inkey",
        "office.key",
        "-in",
        "office.pem",
        "-out",
        "office.p12",
        "-passout",
        "pass:Sample-1",
    ]);
    fs::write(bench.path("right"), "Sample-1\n").expect("written");
    fs::write(bench.path("wrong"), "Sample-2\n").expect("written");
    let verify = |password: &str| {
        let path = |name: &str| bench.path(name).display().to_string();
        let output = Command::new(Path::new(env!("CARGO_BIN_EXE_siegelpost")))
            .args([
                "verify",
                "--json",
                "--no-identity",
                "--trust",
                &path("root.pem"),
                "--key",
                &path("office.p12"),
            ])
            .args(["--password-file", &path(password), &path("mail.eml")])
            .current_dir(bench.folder.path())
            .output()
            .expect("the program runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (code, line) = verify("right");
    assert_eq!(code, Some(0), "{line}");
    assert!(
        line.contains("\"verdict\":\"accept\"") && line.contains("\"encrypted\":true"),
        "{line}"
    );
    let (code, line) = verify("wrong");
    assert_eq!(
        (code, line.as_str()),
        (Some(2), ""),
        "a wrong password is wrong use"
    );
}
