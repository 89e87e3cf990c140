//! Small inputs to begin with: good mails of every form, made with the keys of the samples, and how pieces are put together.

use super::office::{self, FORMER, SIGNERS, certificate, sign_as};
use super::scans;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use siegelpost::pki::signature::sha256;
use siegelpost::pki::{Certificate, SigningKey as _, tlv};
use siegelpost::smime::{
    Cipher, Statement, encrypt, encrypt_entity, sign_data, sign_detached, sign_entity, sign_statement,
};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The moment at which all is signed and judged: the samples' revocation lists are fresh then.
pub const AT: &str = "2026-03-02T12:00:00Z";

/// A signed text.
pub const TEXT: &[u8] = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe papers follow by post.\r\n";
/// Parts of several kinds, one of them a message with a file.
const PARTS: &[u8] = b"Content-Type: multipart/mixed; boundary=\"in\"\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nPapers.\r\n--in\r\n\
Content-Type: application/octet-stream; name*=utf-8''papiere%20m%C3%BCller.pdf\r\nContent-Transfer-Encoding: base64\r\n\
Content-Disposition: inline\r\n\r\nJVBERi0xLjcKJSVFT0YK\r\n--in\r\nContent-Type: message/rfc822\r\n\r\nFrom: someone@else.example\r\n\
Subject: =?utf-8?q?Weiter?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: image/tiff\r\n\
Content-Transfer-Encoding: base64\r\n\r\nSUkqAAgAAAA=\r\n--x--\r\n--in--\r\n";

/// Everything that the officers of the seeds signed.
pub fn entities() -> Vec<&'static [u8]> {
    vec![TEXT, PARTS]
}

const FROM: &str = "rio-bern@office.example";

fn header(from: &str) -> Vec<u8> {
    format!(
        "Received: from mail.office.example by gate.office.example; Mon, 2 Mar 2026 12:00:00 +0000\r\n\
         From: Robin Beispiel <{from}>\r\nTo: registration@office.example\r\nSubject: =?utf-8?Q?Antr=C3=A4ge?= 7\r\n\
         Message-ID: <1@office.example>\r\nDate: Mon, 02 Mar 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    )
    .into_bytes()
}

fn base64(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    lines.join("\r\n")
}

/// A mail whose body is this CMS data.
pub fn opaque_mail(der: &[u8]) -> Vec<u8> {
    let mut mail = header(FROM);
    mail.extend_from_slice(&opaque_entity(der));
    mail
}

fn opaque_entity(der: &[u8]) -> Vec<u8> {
    format!(
        "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        base64(der)
    )
    .into_bytes()
}

/// A mail of this entity with this CMS data as its signature.
pub fn detached_mail(entity: &[u8], der: &[u8]) -> Vec<u8> {
    let mut mail = header(FROM);
    mail.extend_from_slice(
        b"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=out\r\n\r\n--out\r\n",
    );
    mail.extend_from_slice(entity);
    mail.extend_from_slice(
        b"\r\n--out\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    );
    mail.extend_from_slice(base64(der).as_bytes());
    mail.extend_from_slice(b"\r\n--out--\r\n");
    mail
}

/// The entity signed detached by an officer, as a mail.
pub fn detached(entity: &[u8], by: &str) -> Vec<u8> {
    let der = sign_as(by, |with| sign_detached(entity, with)).expect("signed");
    detached_mail(entity, &der)
}

/// The entity signed by an officer, inside the signature, as a mail.
pub fn opaque(entity: &[u8], by: &str) -> Vec<u8> {
    opaque_mail(&sign_as(by, |with| sign_data(entity, with)).expect("signed"))
}

fn fill(bytes: &mut [u8]) {
    bytes.fill(7);
}

fn mails() -> Vec<Vec<u8>> {
    let opener = [certificate("officers/lrao.encryption")];
    let mut all = Vec::new();
    for by in SIGNERS {
        for entity in entities() {
            all.extend([detached(entity, by), opaque(entity, by)]);
        }
    }
    all.push(detached(TEXT, FORMER));
    let line_feeds: Vec<u8> = detached(PARTS, SIGNERS[1])
        .into_iter()
        .filter(|b| *b != b'\r')
        .collect();
    all.push(line_feeds);
    let signed = sign_as(SIGNERS[1], |with| sign_entity(TEXT, with)).expect("signed");
    for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
        let sealed = encrypt_entity(&signed, &opener, cipher, &fill).expect("encrypted");
        all.push([header(FROM), sealed.clone()].concat());
        let thrice = sign_as(SIGNERS[1], |with| sign_entity(&sealed, with)).expect("signed");
        all.push([header(FROM), thrice].concat());
    }
    let bare = encrypt_entity(TEXT, &opener, Cipher::Aes256Cbc, &fill).expect("encrypted");
    all.push([header(FROM), bare].concat());
    let forwarded = [
        b"Content-Type: message/rfc822\r\n\r\n".as_slice(),
        &detached(TEXT, SIGNERS[1]),
    ]
    .concat();
    all.push([header(FROM), forwarded].concat());
    all
}

fn cms() -> Vec<Vec<u8>> {
    let opener = [certificate("officers/lrao.encryption")];
    let mut all = Vec::new();
    for by in SIGNERS {
        all.push(sign_as(by, |with| sign_detached(TEXT, with)).expect("signed"));
        all.push(sign_as(by, |with| sign_data(TEXT, with)).expect("signed"));
        for kind in Statement::ALL {
            all.push(sign_as(by, |with| sign_statement(TEXT, kind, with)).expect("signed"));
        }
    }
    let signed = sign_as(SIGNERS[1], |with| sign_entity(TEXT, with)).expect("signed");
    for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
        all.push(encrypt(&signed, &opener, cipher, &fill).expect("encrypted"));
    }
    all
}

/// Flag of a path input: anchors come from the input too.
pub const OWN_ANCHORS: u8 = 1;
/// Flag of a path input: revocation must be known.
pub const REVOCATION_REQUIRED: u8 = 2;
/// Kind of a piece: the certificate that is asked about.
pub const LEAF: u8 = 0;
/// Kind of a piece: a certificate that came along.
pub const BETWEEN: u8 = 1;
/// Kind of a piece: revocation lists.
pub const CRL: u8 = 2;
/// Kind of a piece: an anchor, or a CA certificate that the office knows.
pub const AUTHORITY: u8 = 3;

/// A piece of a path input: its kind and its bytes.
pub type Piece<'a> = (u8, &'a [u8]);

/// The first piece of a path input and what follows it.
pub fn split_piece(data: &[u8]) -> Option<(Piece<'_>, &[u8])> {
    let (head, rest) = data.split_first_chunk::<3>()?;
    let length = usize::from(u16::from_be_bytes([head[1], head[2]])).min(rest.len());
    let (piece, after) = rest.split_at(length);
    Some(((head[0] & 3, piece), after))
}

/// A path input of these pieces.
pub fn join_pieces(flags: u8, pieces: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![flags];
    for (kind, bytes) in pieces {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        out.push(*kind);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&bytes[..usize::from(length)]);
    }
    out
}

fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv::element(tlv::SEQUENCE, &parts.concat())
}

/// An algorithm identifier with NULL parameters, by the value of its OID.
fn algorithm(oid: &[u8]) -> Vec<u8> {
    seq(&[&tlv::element(tlv::OID, oid), &[tlv::NULL, 0]])
}

/// What the issuing CA answers about a certificate (RFC 6960 section 4.2.1): good, or revoked.
fn ocsp(about: &Certificate, revoked: bool) -> Vec<u8> {
    const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    const RSA_SHA_256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b];
    const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    let issuer = certificate("issuing");
    let octets = |bytes: &[u8]| tlv::element(tlv::OCTET_STRING, bytes);
    let time = |text: &str| tlv::element(tlv::GENERALIZED_TIME, text.as_bytes());
    let mut key = tlv::whole(issuer.spki_der()).expect("a key").children();
    let _ = key.next();
    let bits = key.next().expect("the bits of a key").value;
    let id = seq(&[
        &algorithm(SHA_256),
        &octets(&sha256(issuer.subject().der()).0),
        &octets(&sha256(&bits[1..]).0),
        &tlv::element(tlv::INTEGER, about.serial().octets()),
    ]);
    let status = if revoked {
        tlv::element(0xa1, &time("20260101000000Z"))
    } else {
        vec![0x80, 0]
    };
    let next = tlv::element(0xa0, &time("20260303000000Z"));
    let single = seq(&[&id, &status, &time("20260302000000Z"), &next]);
    let data = seq(&[
        &tlv::element(0xa1, issuer.subject().der()),
        &time("20260302000000Z"),
        &seq(&[&single]),
    ]);
    let signature = office::key("issuing").sign(&data).expect("signed");
    let bits = tlv::element(tlv::BIT_STRING, &[&[0], signature.as_slice()].concat());
    let basic = seq(&[&data, &algorithm(RSA_SHA_256), &bits]);
    let response = seq(&[&tlv::element(tlv::OID, BASIC), &octets(&basic)]);
    seq(&[&[0x0a, 1, 0], &tlv::element(0xa0, &response)])
}

/// A path input in which the issuing CA itself answers about an officer.
pub fn by_ocsp(officer: &str, revoked: bool) -> Vec<u8> {
    let leaf = certificate(officer);
    let pieces = [
        (LEAF, leaf.der().to_vec()),
        (BETWEEN, certificate("issuing").der().to_vec()),
        (CRL, office::file("office/crls/root.crl")),
        (CRL, ocsp(&leaf, revoked)),
    ];
    join_pieces(REVOCATION_REQUIRED, &pieces)
}

fn paths() -> Vec<Vec<u8>> {
    let der = |name: &str| certificate(name).der().to_vec();
    let list = |name: &str| office::file(&format!("office/crls/{name}.crl"));
    let lists = || [(CRL, list("root")), (CRL, list("issuing"))];
    let mut all = Vec::new();
    all.push(by_ocsp("officers/rio-bern", false));
    all.push(by_ocsp("officers/rio-former", true));
    for (officer, flags) in [
        ("officers/rio-bern", REVOCATION_REQUIRED),
        ("officers/rio-bern.p256", REVOCATION_REQUIRED),
        ("officers/rio-former", REVOCATION_REQUIRED),
        ("officers/lrao.encryption", REVOCATION_REQUIRED | 4),
        ("issuing", REVOCATION_REQUIRED | 12),
    ] {
        let mut pieces = vec![(LEAF, der(officer)), (BETWEEN, der("issuing"))];
        pieces.extend(lists());
        all.push(join_pieces(flags, &pieces));
        all.push(join_pieces(flags & !REVOCATION_REQUIRED, &pieces[..2]));
        pieces.push((AUTHORITY, der("root")));
        all.push(join_pieces(flags | OWN_ANCHORS, &pieces));
    }
    all
}

fn headers() -> Vec<Vec<u8>> {
    [
        "Robin Beispiel <rio-bern@office.example>",
        "\"Beispiel, Robin\" <rio-bern@office.example>",
        "=?utf-8?B?Um9iaW4=?= =?iso-8859-1?q?M=FCller?= <rio-bern@office.example>",
        "Officers: rio-bern@office.example, other@else.example;",
        "rio-bern@office.example (a comment)",
        "From: rio-bern@office.example\r\nSender: <rio-bern@office.example>",
        "Subject: a\r\n folded\r\nSubject: b",
        "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary*0=a; boundary*1=\"b c\"",
        "Content-Type: text/plain; name*=utf-8''a%20b",
        "Content-Transfer-Encoding: base64\r\nMIME-Version: 1.0 (comment (nested \\) ))",
        "Resent-From: other@else.example\r\nReply-To: x@y.example\r\n\tfolded",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect()
}

/// `mail` with more fields at the end of its header.
pub fn into_header(mail: &[u8], fields: &[u8]) -> Vec<u8> {
    let end = mail
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .map_or(mail.len(), |at| at + 2);
    [&mail[..end], fields, b"\r\n", &mail[end..]].concat()
}

const PDF: &[u8] = b"%PDF-1.7\n%%EOF\n";

fn zip_of(method: CompressionMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in entries {
        zip.start_file(*name, options).expect("a new entry");
        zip.write_all(bytes).expect("written to memory");
    }
    zip.finish().expect("written to memory").into_inner()
}

/// What winmail.dat begins with (MS-OXTNEF 2.1.1).
pub const WINMAIL: &[u8] = b"\x78\x9f\x3e\x22";

/// A winmail.dat of these attributes: level, attribute, data.
fn winmail(attributes: &[(u8, u32, &[u8])]) -> Vec<u8> {
    let mut out = [WINMAIL, &[1, 0]].concat();
    for (level, attribute, data) in attributes {
        out.push(*level);
        out.extend_from_slice(&attribute.to_le_bytes());
        out.extend_from_slice(&(data.len() as u32).to_le_bytes());
        out.extend_from_slice(data);
        let sum = data.iter().fold(0u16, |s, b| s.wrapping_add(u16::from(*b)));
        out.extend_from_slice(&sum.to_le_bytes());
    }
    out
}

/// One property: kind, id, value.
fn property(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    let mut out = [kind.to_le_bytes(), id.to_le_bytes()].concat();
    out.extend_from_slice(&1u32.to_le_bytes());
    out.extend_from_slice(&(value.len() as u32).to_le_bytes());
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

fn attachments() -> Vec<Vec<u8>> {
    let part = |header: &str, bytes: &[u8]| {
        format!(
            "{header}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            base64(bytes)
        )
        .into_bytes()
    };
    let stored = zip_of(CompressionMethod::Stored, &[("a.pdf", PDF), ("b/c.txt", b"text")]);
    let deflated = zip_of(
        CompressionMethod::Deflated,
        &[("a.pdf", &PDF.repeat(40)), ("inner.zip", &stored)],
    );
    let rend: &[u8] = &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let name = property(0x1f, 0x3707, b"a\0.\0p\0d\0f\0\0\0");
    let names = [
        &[2, 0, 0, 0][..],
        &name,
        &property(0x1e, 0x370e, b"application/pdf\0"),
    ]
    .concat();
    let files = winmail(&[
        (1, 0x0008_9006, &[0, 0, 1, 0]),
        (2, 0x0006_9002, rend),
        (2, 0x0001_8010, b"A~1.PDF\0"),
        (2, 0x0006_800f, PDF),
        (2, 0x0006_9005, &names),
    ]);
    let object = [
        &[7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46][..],
        &files,
    ]
    .concat();
    let mail = [&[1, 0, 0, 0][..], &property(0x0d, 0x3701, &object)].concat();
    let around = winmail(&[(2, 0x0006_9002, rend), (2, 0x0006_9005, &mail)]);
    let text = b"Content-Type: text/plain\r\n\r\nbegin 644 scan.pdf\r\n/)5!$1BTQ+C<*)25%3T8*\r\n`\r\nend\r\n";
    let nested = sign_as(SIGNERS[1], |with| sign_data(PARTS, with)).expect("signed");
    vec![
        PARTS.to_vec(),
        TEXT.to_vec(),
        part("Content-Type: application/zip; name=a.zip", &stored),
        part(
            "Content-Disposition: attachment; filename*0=a; filename*1*=%2ezip",
            &deflated,
        ),
        part("Content-Type: application/ms-tnef; name=winmail.dat", &files),
        part("Content-Type: application/octet-stream", &around),
        part("Content-Type: application/pkcs7-mime; name=smime.p7m", &nested),
        text.to_vec(),
    ]
}

/// Every target.
pub const TARGETS: &[&str] = &[
    "mail",
    "cms",
    "path",
    "header",
    "attachments",
    "pdf",
    "tiff",
    "code",
    "zone",
    "line",
];

/// The seeds of a target. `None` when there is no such target.
pub fn of(target: &str) -> Option<Vec<Vec<u8>>> {
    Some(match target {
        "mail" => mails(),
        "cms" => cms(),
        "path" => paths(),
        "header" => headers(),
        "attachments" => attachments(),
        "pdf" => scans::pdf_seeds(),
        "tiff" => scans::tiff_seeds(),
        "code" => scans::code_seeds(),
        "zone" => scans::zone_seeds(),
        "line" => scans::line_seeds(),
        _ => return None,
    })
}
