//! Mails and signed parts of others: opened, and never without a word that they are not the signer's own.

use super::super::passed_on;
use super::*;
use crate::smime::Forwarded;

/// SignedData around `content`, which nobody checks here.
fn cms(content: &[u8]) -> Vec<u8> {
    use crate::pki::tlv::{OCTET_STRING, OID, SEQUENCE, SET, element};
    const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let enclosed = [element(OID, DATA), element(0xa0, &element(OCTET_STRING, content))].concat();
    let data = [
        vec![2, 1, 1],
        element(SET, &[]),
        element(SEQUENCE, &enclosed),
        element(SET, &[]),
    ]
    .concat();
    let info = [
        element(OID, SIGNED_DATA),
        element(0xa0, &element(SEQUENCE, &data)),
    ]
    .concat();
    element(SEQUENCE, &info)
}

/// Whatever way another's mail or signed part is packed: its files are never without a word that they were passed on.
#[test]
fn says_of_every_file_of_another_that_it_was_passed_on() {
    let scan = mixed("i", &[part("Content-Type: x/y; name=a.pdf", PDF)]);
    let mail = format!("From: Boss <boss@else.example>\r\n{scan}");
    let outlook = Tnef::new().add(2, 0x0006_9002, &[1, 0]).add(2, 0x0006_9005, &{
        let inner = Tnef::new().file("a.pdf", PDF, &list(&[])).0;
        let iid = [7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
        list(&[property(0x000d, 0x3701, &[&iid[..], &inner].concat())])
    });
    let signature = part("Content-Type: application/pkcs7-signature", b"0\0");
    let by_another = mixed("s", &[scan.clone(), signature]).replacen("mixed", "signed", 1);
    let named = Some("Boss <boss@else.example>");
    for (what, inner, from, signed) in [
        (
            "rfc822",
            format!("Content-Type: message/rfc822\r\n\r\n{mail}"),
            named,
            false,
        ),
        (
            "news",
            format!("Content-Type: message/news\r\n\r\n{mail}"),
            named,
            false,
        ),
        (
            "rfc822 in base64",
            part("Content-Type: message/rfc822", mail.as_bytes()),
            named,
            false,
        ),
        (
            "by its name alone",
            part(
                "Content-Type: application/octet-stream; name=\"fwd.eml\"",
                mail.as_bytes(),
            ),
            named,
            false,
        ),
        (
            "in a ZIP",
            part(
                "Content-Type: application/zip",
                &zip_of(&[("fwd.eml", mail.as_bytes())]),
            ),
            named,
            false,
        ),
        (
            "in winmail.dat",
            part("Content-Type: application/ms-tnef; name=winmail.dat", &outlook.0),
            None,
            false,
        ),
        ("a signed part", by_another.clone(), None, true),
        (
            "an opaque part",
            part(
                "Content-Type: application/pkcs7-mime; name=p.p7m",
                &cms(scan.as_bytes()),
            ),
            None,
            true,
        ),
        (
            "an opaque part by its name alone",
            part(
                "Content-Type: application/octet-stream; name=p.p7m",
                &cms(scan.as_bytes()),
            ),
            None,
            true,
        ),
        (
            "a signed mail",
            format!("Content-Type: message/rfc822\r\n\r\nFrom: Boss <boss@else.example>\r\n{by_another}"),
            named,
            true,
        ),
    ] {
        let mut deep = inner.clone();
        for n in 0..8 {
            deep = mixed(&format!("o{n}-"), &[deep]);
        }
        for entity in [mixed("o", &[inner]), deep] {
            let found = look(&entity);
            assert_eq!(found.attachments[0].bytes(), PDF, "{what}");
            assert_eq!(found.attachments[0].nesting(), 1, "{what}");
            let told = Forwarded {
                from: from.map(str::to_owned),
                signed,
            };
            assert_eq!(found.forwarded, [told], "{what}");
            assert_eq!(passed_on(entity.as_bytes(), 100), found.forwarded, "{what}");
        }
    }
    for own in [
        scan.clone(),
        format!("Content-Type: message/rfc822; forwarded=no\r\n\r\n{mail}"),
        part("Content-Type: application/zip", &zip_of(&[("a.pdf", PDF)])),
    ] {
        let found = look(&own);
        assert_eq!((found.attachments[0].nesting(), found.forwarded.len()), (0, 0));
    }
    // The wrapping is the mail itself; what is signed within it is not.
    let wrapped =
        format!("Content-Type: message/rfc822; forwarded=no\r\n\r\nFrom: a@b.example\r\n{by_another}");
    assert_eq!(look(&wrapped).forwarded.len(), 1);
}
