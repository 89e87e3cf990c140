//! The mails of the samples: good ones as the program writes them, and what is refused.

use crate::office::{FORMER, Office, former_officer, id, officer};
use crate::scans::ONE_PAGE;
use crate::tree::{self, Tree};
use jiff::SignedDuration;
use siegelpost::app::Credentials;
use siegelpost::domain::Language;
use siegelpost::journey::outbox::{self, Attachment, Sender};
use siegelpost::journey::submit;
use siegelpost::pki::profile::Authority;
use siegelpost::pki::{Certificate, SoftKey};
use siegelpost::rehearsal::{cast, play};

const BERN: &str = "rio-bern@office.example";
const ZUERICH: &str = "rio-zuerich@office.example";

/// All of them.
pub fn make(office: &Office, tree: &mut Tree) {
    let bern = office.officer("rio-bern");
    let plain = mail(office, "plain", BERN, &bern);
    good(office, &plain, tree);
    by_whom(office, &bern, tree);
    on_the_way(&plain, tree);
    let entity = outbox::entity(&letter(
        office,
        &sender(office, BERN, &bern),
        "<entity@office.example>",
    ));
    tree.put("mails/openssl/entity.mime", entity);
}

fn put(tree: &mut Tree, folder: &str, name: &str, raw: impl Into<Vec<u8>>) {
    tree.put(format!("mails/{folder}/{name}.eml"), raw);
}

fn sender<'a>(office: &'a Office, address: &str, who: &'a Credentials) -> Sender<'a> {
    office.app.sender(address, who)
}

fn scan(name: &str) -> Vec<Attachment> {
    let media_type = if name.ends_with(".pdf") {
        "application/pdf"
    } else {
        "image/jpeg"
    };
    let short = name.rsplit('/').next().expect("a name");
    vec![Attachment {
        name: short.into(),
        media_type,
        bytes: tree::read(name),
    }]
}

fn letter<'a>(office: &'a Office, from: &'a Sender, message_id: &'a str) -> outbox::Letter<'a> {
    let ids = [office.request("zoe-muster").request.request_id];
    submit::letter(
        from,
        Language::De,
        &ids,
        scan(ONE_PAGE),
        &office.app.settings.office.mail,
        message_id,
    )
    .expect("written")
}

/// A mail with the small scan, as this officer's mail program would sign it.
fn mail(office: &Office, name: &str, from: &str, who: &Credentials) -> Vec<u8> {
    office.begin(name);
    let sender = sender(office, from, who);
    let message_id = outbox::message_id(&office.app.desk());
    let letter = letter(office, &sender, &message_id);
    outbox::sign(&sender, &letter, office.app.desk().now()).expect("signed")
}

/// A scan as `request submit` mails it, read beforehand and with nothing to object to.
pub fn complete(office: &Office, chapter: &str, scan_name: &str) -> Vec<u8> {
    office.begin(chapter);
    let bern = office.officer("rio-bern");
    let (desk, sender) = (office.app.desk(), sender(office, BERN, &bern));
    let sent = submit::submit(
        &desk,
        office.app.reader(),
        &sender,
        scan(scan_name),
        &id("rio-bern"),
        false,
    );
    sent.expect("nothing to object to").raw
}

fn good(office: &Office, plain: &[u8], tree: &mut Tree) {
    put(
        tree,
        "good",
        "complete",
        complete(office, "complete", "scans/complete-de.pdf"),
    );
    put(tree, "good", "plain", plain);
    let stranger = office.certified("stranger", &cast::stranger(), SignedDuration::ZERO);
    put(
        tree,
        "good",
        "stranger",
        mail(office, "by-stranger", &cast::stranger().mail, &stranger),
    );
    put(
        tree,
        "good",
        "line-feeds-only",
        plain.iter().copied().filter(|b| *b != b'\r').collect::<Vec<_>>(),
    );
    let named = edited(
        plain,
        &format!("From: {BERN}"),
        &format!("From: \"Beispiel, Robin\" <{BERN}>"),
    );
    put(tree, "good", "with-name", named);
    put(
        tree,
        "good",
        "other-micalg",
        edited(plain, "micalg=sha-256", "micalg=md5"),
    );
    let preamble = "This is a cryptographically signed message in MIME format.";
    put(
        tree,
        "good",
        "other-preamble",
        edited(
            plain,
            preamble,
            "A gateway's own words, which no mail program shows.",
        ),
    );
}

/// Signed well, by somebody who does not count.
fn by_whom(office: &Office, bern: &Credentials, tree: &mut Tree) {
    let mut refused =
        |name: &str, from: &str, who: &Credentials| put(tree, "refused", name, mail(office, name, from, who));
    refused("from-mismatch", ZUERICH, bern);
    let late = office.certified(
        "rio-late",
        &cast::late_officer(),
        SignedDuration::from_hours(366 * 24),
    );
    refused("expired", &cast::late_officer().mail, &late);
    refused("revoked", &former_officer().mail, &office.former());
    let next_year = office.certified(
        "rio-zuerich",
        &officer("rio-zuerich"),
        SignedDuration::from_hours(-366 * 24),
    );
    refused("not-yet-valid", ZUERICH, &next_year);
    let folder = office.app.officer_folder(&id("rio-bern"));
    let file = |name: &str| std::fs::read(folder.join(name)).expect("a file of the officer");
    let encryption = Credentials {
        key: SoftKey::from_pem_or_der(&file("encryption-key.pem")).expect("a key"),
        chain: siegelpost::pki::read_certificates(&file("encryption-certificate.pem")).expect("certificates"),
    };
    refused("encryption-key", BERN, &encryption);
    // A CA nobody knows; and one that takes the name of ours.
    let issuing = bern.chain[1].subject();
    let name = issuing.to_string();
    let ours = name
        .split(',')
        .find_map(|part| part.strip_prefix("CN="))
        .expect("a common name");
    for (name, ca_name) in [("unknown-ca", "Muster Fantasie CA"), ("false-ca", ours)] {
        let (key, certificate): (SoftKey, Certificate) = office.ca_elsewhere(ca_name);
        let authority = Authority {
            certificate: &certificate,
            key: &key,
        };
        let forged = office.certified_by(authority, "rio-bern", &officer("rio-bern"), SignedDuration::ZERO);
        refused(name, BERN, &forged);
    }
    assert_eq!(former_officer().id, id(FORMER));
}

/// Written well, and altered on its way.
fn on_the_way(plain: &[u8], tree: &mut Tree) {
    let mut refused = |name: &str, raw: Vec<u8>| put(tree, "refused", name, raw);
    let from = format!("From: {BERN}");
    let end = text(plain).rfind("\r\n--=_").expect("the closing boundary");
    let boundary = text(plain)[end + 4..]
        .trim_end()
        .trim_end_matches("--")
        .to_owned();

    refused("altered-body", play::altered(plain));
    refused("altered-signature", altered_signature(plain, end));
    refused(
        "altered-text",
        edited(
            plain,
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n\r\nBitte eilig. ",
        ),
    );
    let without = text(plain)
        .split_once("\r\n\r\n")
        .expect("a header")
        .0
        .split("Content-Type")
        .next()
        .expect("fields");
    refused(
        "not-signed",
        format!("{without}Content-Type: text/plain\r\n\r\nPlease issue a card.\r\n").into_bytes(),
    );
    refused(
        "two-from-fields",
        edited(plain, &from, &format!("From: {ZUERICH}\r\n{from}")),
    );
    refused(
        "two-addresses",
        edited(plain, &from, &format!("{from}, {ZUERICH}")),
    );
    refused(
        "misleading-name",
        edited(
            plain,
            &from,
            &format!("From: \"{BERN}\" <evil@elsewhere.example>"),
        ),
    );
    refused(
        "comment-in-from",
        edited(plain, &from, &format!("From: evil@elsewhere.example ({BERN})")),
    );
    refused("no-from", edited(plain, &format!("{from}\r\n"), ""));
    refused(
        "other-sender",
        edited(plain, &from, &format!("{from}\r\nSender: evil@elsewhere.example")),
    );
    refused(
        "bare-carriage-return",
        edited(
            plain,
            &from,
            &format!("X-Note: a\rFrom: evil@elsewhere.example\r\n{from}"),
        ),
    );
    let part = format!("--{boundary}\r\nContent-Type: text/plain\r\n\r\nNobody signed this.\r\n");
    let closing = format!("--{boundary}--");
    refused(
        "part-beside",
        edited(plain, &closing, &format!("{part}{closing}")),
    );
    refused(
        "text-after",
        [plain, b"\r\nPlease use another card.\r\n"].concat(),
    );
    refused("part-around", around(plain));
    refused(
        "forwarded",
        [
            format!("{from}\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n").as_bytes(),
            plain,
        ]
        .concat(),
    );
    refused("cut-off", plain[..plain.len() - 400].to_vec());
    refused(
        "mixed-not-signed",
        edited(plain, "multipart/signed", "multipart/mixed"),
    );
}

fn text(mail: &[u8]) -> &str {
    std::str::from_utf8(mail).expect("our mails are ASCII")
}

/// The mail with the first `from` made `to`.
fn edited(mail: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mail = text(mail);
    assert!(mail.contains(from), "{from:?} is not in the mail");
    mail.replacen(from, to, 1).into_bytes()
}

/// The last octets of the signature data are the signature itself: other ones, in well-formed Base64.
fn altered_signature(mail: &[u8], end: usize) -> Vec<u8> {
    let mut mail = mail.to_vec();
    let at = end - 40;
    assert!(mail[at].is_ascii_alphanumeric() || mail[at] == b'+' || mail[at] == b'/');
    mail[at] = if mail[at] == b'A' { b'B' } else { b'A' };
    mail
}

/// The signed mail as one part of a mail with another part before it.
fn around(mail: &[u8]) -> Vec<u8> {
    let (header, body) = text(mail).split_once("\r\n\r\n").expect("a header");
    let (fields, content_type) = header.split_once("Content-Type: ").expect("a content type");
    format!(
        "{fields}Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n\r\nNobody signed this.\r\n--outer\r\n\
         Content-Type: {content_type}\r\n\r\n{body}\r\n--outer--\r\n"
    )
    .into_bytes()
}
