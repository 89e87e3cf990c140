//! Mails in the shape in which known programs write them: their headers, boundaries, preambles and habits, signed by us and by
//! `openssl`, as they travel and as they lie. None may be refused for what its program does.

use crate::office::{Identity, Office, arg, entity, office, today};
use crate::reads_theirs::{accepted, certify_as, judge_by, judge_dated, sign_with};
use base64::Engine as _;
use siegelpost::smime::{Cipher, Policy, SignWith, Verdict, encrypt_entity, sign_data, sign_detached};

/// How a program writes multipart/signed: the header of the mail, what stands before the first part, the boundary, the header of
/// the signature.
struct Habit {
    name: &'static str,
    header: &'static str,
    preamble: &'static str,
    boundary: &'static str,
    signature: &'static str,
    /// What it writes after the closing boundary.
    end: &'static str,
}

const HABITS: &[Habit] = &[
    Habit {
        name: "Thunderbird",
        header: "Message-ID: <3f1c9c1e-0000-4000-8000-000000000001@office.example>\r\nDate: Mon, 1 Jun 2026 10:00:00 +0200\r\nMIME-Version: 1.0\r\nUser-Agent: Mozilla Thunderbird\r\nContent-Language: de-CH\r\nTo: lrao@office.example\r\nFrom: Erika Muster <rio@office.example>\r\nAutocrypt: addr=rio@office.example; keydata=\r\n xsFNBGAAAAABEAC=\r\nSubject: =?UTF-8?Q?Antrag_f=C3=BCr_M=C3=BCller?=\r\nOrganization: Specimen Office\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"------------ms030709020401080502030107\"",
        preamble: "This is a cryptographically signed message in MIME format.\r\n\r\n",
        boundary: "------------ms030709020401080502030107",
        signature: "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7s\"\r\nContent-Description: S/MIME Cryptographic Signature",
        end: "\r\n",
    },
    Habit {
        name: "Outlook",
        header: "Received: from MX1.office.example (2001:db8::1) by MX2.office.example\r\n (2001:db8::2) with Microsoft SMTP Server (version=TLS1_2,\r\n cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.2.1; Mon, 1 Jun\r\n 2026 10:00:01 +0200\r\nFrom: \"Muster Erika GS-EJPD\" <rio@office.example>\r\nTo: _Specimen-LRAO <lrao@office.example>\r\nSubject: Antrag\r\nThread-Topic: Antrag\r\nThread-Index: AdoAAAAAAAAAAAAAAAAAAAAAAAAAAA==\r\nDate: Mon, 1 Jun 2026 08:00:00 +0000\r\nMessage-ID: <AAAA@MX1.office.example>\r\nAccept-Language: de-CH, en-US\r\nContent-Language: de-DE\r\nX-MS-Has-Attach: yes\r\nX-MS-TNEF-Correlator:\r\nContent-Type: multipart/signed;\r\n\tprotocol=\"application/x-pkcs7-signature\";\r\n\tmicalg=SHA1;\r\n\tboundary=\"----=_NextPart_000_0012_01DAFFFF.00000000\"\r\nMIME-Version: 1.0",
        preamble: "This is a multipart message in MIME format.\r\n\r\n",
        boundary: "----=_NextPart_000_0012_01DAFFFF.00000000",
        signature: "Content-Type: application/pkcs7-signature;\r\n\tname=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n\tfilename=\"smime.p7s\"",
        end: "\r\n",
    },
    Habit {
        name: "Apple Mail",
        header: "From: Erika Muster <rio@office.example>\r\nContent-Type: multipart/signed;\r\n\tboundary=\"Apple-Mail=_0F0F0F0F-1111-2222-3333-444444444444\";\r\n\tprotocol=\"application/pkcs7-signature\";\r\n\tmicalg=sha1\r\nMime-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.500.171.1.1\\))\r\nSubject: Antrag\r\nX-Apple-Base-Url: x-msg://2/\r\nX-Universally-Unique-Identifier: 00000000-0000-4000-8000-000000000000\r\nX-Apple-Mail-Remote-Attachments: NO\r\nMessage-Id: <00000000-0000-4000-8000-000000000000@office.example>\r\nDate: Mon, 1 Jun 2026 10:00:00 +0200\r\nTo: lrao@office.example\r\nX-Mailer: Apple Mail (2.3774.500.171.1.1)",
        preamble: "\r\n",
        boundary: "Apple-Mail=_0F0F0F0F-1111-2222-3333-444444444444",
        signature: "Content-Disposition: attachment;\r\n\tfilename=smime.p7s\r\nContent-Type: application/pkcs7-signature;\r\n\tname=smime.p7s\r\nContent-Transfer-Encoding: base64",
        end: "",
    },
    Habit {
        name: "Evolution",
        header: "Message-ID: <0000.camel@office.example>\r\nSubject: Antrag\r\nFrom: Erika Muster <rio@office.example>\r\nTo: lrao@office.example\r\nDate: Mon, 01 Jun 2026 10:00:00 +0200\r\nContent-Type: multipart/signed; micalg=\"sha-256\"; protocol=\"application/pkcs7-signature\"; \r\n\tboundary=\"=-AAAAbbbbCCCCddddEEEE\"\r\nUser-Agent: Evolution 3.46.4-2 \r\nMIME-Version: 1.0",
        preamble: "\r\n",
        boundary: "=-AAAAbbbbCCCCddddEEEE",
        signature: "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Disposition: attachment; filename=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64",
        end: "\r\n",
    },
    Habit {
        name: "KMail",
        header: "From: Erika Muster <rio@office.example>\r\nTo: lrao@office.example\r\nSubject: Antrag\r\nDate: Mon, 01 Jun 2026 10:00:00 +0200\r\nMessage-ID: <1234567.aBcDeFgHiJ@specimen>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=\"nextPart2045512.uyKD1ZfBqT\"; micalg=\"sha256\"; protocol=\"application/pkcs7-signature\"\r\nContent-Transfer-Encoding: 7Bit",
        preamble: "",
        boundary: "nextPart2045512.uyKD1ZfBqT",
        signature: "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Disposition: attachment; filename=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64",
        end: "\r\n\r\n",
    },
    Habit {
        name: "mutt",
        header: "Date: Mon, 1 Jun 2026 10:00:00 +0200\r\nFrom: Erika Muster <rio@office.example>\r\nTo: lrao@office.example\r\nSubject: Antrag\r\nMessage-ID: <20260601080000.GA1@office.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=sha256;\r\n\tprotocol=\"application/x-pkcs7-signature\"; boundary=\"17pEHd4RhPHOinZp\"\r\nContent-Disposition: inline\r\nUser-Agent: Mutt/2.2.9 (2022-11-12)",
        preamble: "\r\n",
        boundary: "17pEHd4RhPHOinZp",
        signature: "Content-Type: application/x-pkcs7-signature\r\nContent-Disposition: attachment; filename=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64",
        end: "",
    },
    Habit {
        name: "Gmail",
        header: "MIME-Version: 1.0\r\nReferences: <1@office.example>\r\n <2@office.example>\r\nIn-Reply-To: <2@office.example>\r\nFrom: Erika Muster <rio@office.example>\r\nDate: Mon, 1 Jun 2026 10:00:00 +0200\r\nMessage-ID: <CAAAA@mail.office.example>\r\nSubject: Re: Antrag\r\nTo: \"lrao@office.example\" <lrao@office.example>\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"000000000000abcdef0600000000\"",
        preamble: "",
        boundary: "000000000000abcdef0600000000",
        signature: "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7s\"\r\nContent-Description: S/MIME Cryptographic Signature",
        end: "\r\n",
    },
    Habit {
        name: "Notes",
        header: "MIME-Version: 1.0\r\nSubject: Antrag\r\nImportance: Normal\r\nX-Priority: 3 (Normal)\r\nFrom: rio@office.example\r\nTo: lrao@office.example\r\nDate: Mon, 1 Jun 2026 10:00:00 +0200\r\nMessage-ID: <OF0000.00000000-ONC1250000.00000000@office.example>\r\nX-Mailer: Specimen Notes Release 9\r\nContent-type: Multipart/signed; protocol=\"Application/Pkcs7-Signature\"; micalg=SHA-1; \r\n\tBoundary=\"0__=4EBB00000000008F9e8a93df\"",
        preamble: "S/MIME signed\r\n",
        boundary: "0__=4EBB00000000008F9e8a93df",
        signature: "Content-type: Application/X-Pkcs7-Signature; \r\n\tname=\"smime.p7s\"\r\nContent-transfer-encoding: Base64\r\nContent-ID: <1__=4EBB0000@office.example>",
        end: "\r\n",
    },
    Habit {
        name: "a gateway that knows no signatures",
        header: "From: rio@office.example\r\nDate: Mon, 1 Jun 2026 08:00:00 GMT\r\nMIME-Version: 1.0\r\nX-Virus-Scanned: by Specimen\r\nX-Gateway: \"a=b; c\"\r\nAuthentication-Results: office.example; dkim=pass (2048-bit key)\r\n header.d=office.example\r\nContent-Type: multipart/signed; boundary=plain_Boundary-1",
        preamble: "",
        boundary: "plain_Boundary-1",
        signature: "Content-Type: application/octet-stream; name*=UTF-8''smime.p7s\r\nContent-Transfer-Encoding: base64",
        end: "\r\n\r\n\r\n",
    },
];

fn lines(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut out = String::new();
    for line in text.as_bytes().chunks(76) {
        out.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        out.push_str("\r\n");
    }
    out
}

impl Habit {
    fn mail(&self, entity: &[u8], der: &[u8]) -> Vec<u8> {
        let Self {
            header,
            preamble,
            boundary,
            signature,
            end,
            ..
        } = self;
        let head = format!("{header}\r\n\r\n{preamble}--{boundary}\r\n");
        let tail = format!(
            "\r\n--{boundary}\r\n{signature}\r\n\r\n{}\r\n--{boundary}--\r\n{end}",
            lines(der)
        );
        [head.as_bytes(), entity, tail.as_bytes()].concat()
    }
}

fn with<'a>(who: &'a Identity, chain: &'a [siegelpost::pki::Certificate]) -> SignWith<'a> {
    SignWith {
        chain,
        key: &who.key,
        at: today(),
    }
}

/// Signatures of the same entity by every maker: ours and `openssl`'s, with RSA and with a curve.
fn makers(office: &Office, entity: &[u8], inside: bool) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let file = office.file(if inside { "client_in.txt" } else { "client_out.txt" }, entity);
    for (name, who) in [("rio", &office.rio), ("rio_ec", &office.rio_ec)] {
        let chain = [who.certificate.clone(), office.ca.certificate.clone()];
        let ours = if inside {
            sign_data(entity, with(who, &chain))
        } else {
            sign_detached(entity, with(who, &chain))
        };
        all.push((format!("{name} by us"), ours.unwrap()));
        let (signer, key) = (format!("{name}.pem"), format!("{name}.key"));
        for extra in [&[][..], &["-stream", "-indef"], &["-keyid", "-nosmimecap"]] {
            // Told to stream DER, openssl puts the content in.
            if !inside && extra.contains(&"-stream") {
                continue;
            }
            let mut args = vec![
                "cms",
                "-sign",
                "-binary",
                "-in",
                arg(&file),
                "-signer",
                &signer,
                "-inkey",
                &key,
                "-certfile",
                "ca.pem",
                "-outform",
                "DER",
            ];
            if inside {
                args.push("-nodetach");
            }
            args.extend_from_slice(extra);
            all.push((format!("{name} by openssl {extra:?}"), office.openssl_ok(&args)));
        }
    }
    all
}

/// Entities as programs write them.
fn entities() -> Vec<Vec<u8>> {
    vec![
        entity(),
        b"Content-Type: text/plain; charset=UTF-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbcezi \xe2\x80\x94 die Papiere folgen. \r\n-- \r\nErika\r\n".to_vec(),
        b"Content-Type: multipart/mixed;\r\n\tboundary=\"----=_NextPart_001_0013_01DAFFFF.00000000\"\r\n\r\n\r\n------=_NextPart_001_0013_01DAFFFF.00000000\r\nContent-Type: text/plain;\r\n\tcharset=\"iso-8859-1\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FCezi=20\r\n\r\n------=_NextPart_001_0013_01DAFFFF.00000000--\r\n".to_vec(),
        b"Content-Transfer-Encoding: 7bit\r\nContent-Type: text/plain;\r\n\tcharset=us-ascii\r\n\r\nFrom here on\r\n--\r\n.\r\n".to_vec(),
    ]
}

fn at_rest(mail: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(mail).replace("\r\n", "\n").into_bytes()
}

#[test]
fn takes_detached_mail_as_every_program_writes_it() {
    let office = office();
    for entity in entities() {
        for (maker, der) in makers(office, &entity, false) {
            for habit in HABITS {
                let mail = habit.mail(&entity, &der);
                let what = format!("{}, {maker}", habit.name);
                accepted(&mail, &what);
                accepted(&at_rest(&mail), &format!("{what}, at rest"));
            }
        }
    }
}

#[test]
fn refuses_the_same_mails_when_one_letter_was_altered() {
    let office = office();
    let entity = entity();
    for (maker, der) in makers(office, &entity, false) {
        for habit in HABITS {
            let mut mail = habit.mail(&entity, &der);
            let at = mail.windows(6).position(|w| w == b"Please").unwrap();
            mail[at + 1] = b'L';
            let judged = crate::reads_theirs::judge(&mail);
            assert_eq!(
                judged.codes,
                [siegelpost::smime::Code::ContentAltered],
                "{}, {maker}",
                habit.name
            );
        }
    }
}

#[test]
fn takes_opaque_mail_as_every_program_and_gateway_writes_it() {
    let office = office();
    for entity in entities() {
        for (maker, der) in makers(office, &entity, true) {
            for (name, header) in [
                (
                    "Outlook",
                    "From: \"Muster Erika\" <rio@office.example>\r\nX-MS-Has-Attach: yes\r\nContent-Type: application/pkcs7-mime;\r\n\tsmime-type=signed-data;\r\n\tname=\"smime.p7m\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n\tfilename=\"smime.p7m\"\r\nMIME-Version: 1.0",
                ),
                (
                    "iOS",
                    "Content-Type: application/pkcs7-mime; name=smime.p7m; smime-type=signed-data\r\nContent-Disposition: attachment; filename=smime.p7m\r\nContent-Transfer-Encoding: base64\r\nFrom: Erika Muster <rio@office.example>\r\nMime-Version: 1.0 (1.0)",
                ),
                (
                    "an old Exchange",
                    "From: rio@office.example\r\nContent-class: urn:content-classes:message\r\nMIME-Version: 1.0\r\nContent-Type: application/x-pkcs7-mime;name=\"smime.p7m\"\r\nContent-Transfer-Encoding: base64\r\nX-MimeOLE: Produced By Specimen V1.0",
                ),
                (
                    "a gateway",
                    "From: rio@office.example\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=\"smime.p7m\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"",
                ),
                (
                    "another gateway",
                    "From: rio@office.example\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename*=utf-8''smime.p7m",
                ),
            ] {
                let mail = format!("{header}\r\n\r\n{}", lines(&der));
                accepted(mail.as_bytes(), &format!("{name}, {maker}"));
                accepted(&at_rest(mail.as_bytes()), &format!("{name}, {maker}, at rest"));
            }
        }
    }
}

#[test]
fn takes_every_curve_with_every_hash_and_every_padding() {
    let office = office();
    let curve = |name: &'static str| ["-algorithm", "EC", "-pkeyopt", name];
    for (name, key) in [
        ("curve384", curve("ec_paramgen_curve:P-384")),
        ("curve521", curve("ec_paramgen_curve:P-521")),
        ("curve256", curve("ec_paramgen_curve:P-256")),
        (
            "rsa4096",
            ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
        ),
    ] {
        certify_as(
            office,
            name,
            &key,
            &["-sha256"],
            "/CN=Strong Officer",
            crate::reads_theirs::OFFICER,
        );
        for hash in ["sha256", "sha384", "sha512"] {
            for form in [
                &[][..],
                &["-nodetach"],
                &["-keyid"],
                &["-nodetach", "-stream", "-indef"],
            ] {
                let mut padding: Vec<&[&str]> = vec![&[]];
                if name == "rsa4096" {
                    padding.push(&["-keyopt", "rsa_padding_mode:pss"]);
                    padding.push(&["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20"]);
                }
                for padding in padding {
                    // openssl cannot stream what PSS needs.
                    if !padding.is_empty() && form.contains(&"-stream") {
                        continue;
                    }
                    let mail = sign_with(office, name, &[&["-md", hash], form, padding].concat());
                    let judged = judge_dated(office, name, &mail, &Policy::default());
                    assert_eq!(
                        judged.verdict,
                        Verdict::Accept,
                        "{name} {hash} {form:?} {padding:?}: {}",
                        judged.details
                    );
                }
            }
        }
    }
}

#[test]
fn takes_what_each_program_encrypts_around_it() {
    let office = office();
    let entity = entity();
    let (trust, policy) = (office.trust_with_crls(), Policy::default());
    let (_, der) = makers(office, &entity, false).remove(0);
    for habit in HABITS {
        // The signed entity below the header that stays outside.
        let signed = habit.mail(&entity, &der);
        let text = String::from_utf8_lossy(&signed).into_owned();
        let (header, body) = text.split_once("\r\n\r\n").unwrap();
        let at = header.to_ascii_lowercase().find("content-type:").unwrap();
        let mut own = vec![];
        for line in header[at..].split("\r\n") {
            if own.is_empty() || line.starts_with([' ', '\t']) {
                own.push(line);
            } else {
                break;
            }
        }
        let inner = format!("{}\r\n\r\n{body}", own.join("\r\n"));
        let recipients = [
            office.holder_rsa.certificate.clone(),
            office.holder_ec.certificate.clone(),
        ];
        for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
            let sealed = encrypt_entity(inner.as_bytes(), &recipients, cipher, &|b| b.fill(3)).unwrap();
            let mail = [b"From: Erika Muster <rio@office.example>\r\n".to_vec(), sealed].concat();
            for key in [&office.holder_rsa.key, &office.holder_ec.key] {
                let judged = judge_by(&mail, &trust, &policy, &[key]);
                assert_eq!(
                    judged.verdict,
                    Verdict::Accept,
                    "{}: {}",
                    habit.name,
                    judged.details
                );
            }
        }
    }
}
