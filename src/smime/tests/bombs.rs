//! Bombs: small mails that would cost much, given up on at a limit. How the cost grows is measured in benches/gate.rs; without the
//! limits these tests would not end.

use super::*;

#[test]
fn gives_up_on_bombs_at_a_limit() {
    let nested = [0x30, 0x80].repeat(500_000);
    assert_eq!(codes(&opaque(&nested)), [Code::TooLarge]);
    let wide = element(tlv::SEQUENCE, &[0x05, 0x00].repeat(2_000_000));
    assert_eq!(codes(&opaque(&wide)), [Code::MalformedCms]);
    let mut mail = format!("From: {RIO}\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n").into_bytes();
    for i in 0..10_000 {
        mail.extend(
            format!(
                "--b{i}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n",
                i + 1
            )
            .bytes(),
        );
    }
    assert_eq!(codes(&mail), [Code::NotSigned]);
    let headers = [b"From: x\r\n".to_vec(), b"X: y\r\n".repeat(1_000_000)].concat();
    assert!(codes(&headers).contains(&Code::TooLarge));
    let digests = Forge {
        digests: Some(sequence(&[&oid(SHA256)]).repeat(100_000)),
        ..Forge::good(&cast().rio)
    };
    assert_eq!(digests.codes(), [Code::TooLarge]);
    let name = sequence(&[&element(
        tlv::SEQUENCE,
        &set(&[&sequence(&[&oid("2.5.4.3"), &element(0x0c, b"x")])]).repeat(100_000),
    )]);
    let named = Forge {
        id: Some(sequence(&[&name, &[tlv::INTEGER, 1, 1]])),
        ..Forge::good(&cast().rio)
    };
    assert_eq!(named.codes(), [Code::TooLarge]);
    let signers = Forge {
        signers: 5_000,
        ..Forge::good(&cast().rio)
    };
    assert_eq!(signers.codes(), [Code::SeveralSigners]);
    let certificates = Forge {
        certificates: vec![cast().rio.certificate.clone(); 5_000],
        ..Forge::good(&cast().rio)
    };
    assert_eq!(certificates.codes(), [Code::TooLarge]);
    // Boundaries without line ends: each is looked at once.
    let body = b"--b".repeat(5_000_000);
    let header = format!("From: {RIO}\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n");
    assert_eq!(codes(&[header.as_bytes(), &body].concat()), [Code::MalformedMime]);
    let parameters = ";a=b".repeat(50_000);
    let mail = format!("From: {RIO}\r\nContent-Type: multipart/signed{parameters}\r\n\r\n");
    assert!(codes(mail.as_bytes()).contains(&Code::MalformedMime));
    let comments = "(".repeat(200_000);
    let mail = format!("From: {RIO}\r\nContent-Type: multipart/signed {comments}\r\n\r\n");
    assert!(codes(mail.as_bytes()).contains(&Code::MalformedMime));
    let parts = "--b\r\n\r\n".repeat(100_000);
    assert_eq!(
        codes(&[header.as_bytes(), parts.as_bytes()].concat()),
        [Code::TooLarge]
    );
    // An octet string in pieces of one byte.
    let pieces = element(tlv::OCTET_STRING_CONSTRUCTED, &[4, 1, 0].repeat(2_000_000));
    let data = sequence(&[
        &[tlv::INTEGER, 1, 1],
        &set(&[]),
        &sequence(&[&oid(ID_DATA), &element(0xa0, &pieces)]),
        &set(&[]),
    ]);
    let der = sequence(&[&oid(ID_SIGNED_DATA), &element(0xa0, &data)]);
    assert_eq!(codes(&opaque(&der)), [Code::NoSigner]);
}

#[test]
fn refuses_mail_larger_than_the_limit() {
    let policy = Policy {
        max_mail_bytes: 100,
        ..Policy::default()
    };
    assert_eq!(
        codes_by(&Forge::good(&cast().rio).mail(), &policy),
        [Code::TooLarge]
    );
}
