//! OCSP responses: who may answer, for which certificate, for how long; and beside CRLs.

use super::super::*;
use super::forge::{self, Body, Response, extension, good, name, revoked, seq, unknown};
use super::now;
use super::revocation::{LEAF, Pair, word};
use crate::pki::tlv;

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

fn by_root(pair: &Pair, answer: Vec<u8>) -> Response {
    Response::new(&pair.leaf, &pair.root, &name("Root"), answer)
}

/// A certificate for a responder: for these uses, and with the word that nobody asks about its revocation or without.
fn responder(uses: &[&str], no_check: bool, key: &SoftKey) -> Body {
    let list: Vec<u8> = uses.iter().flat_map(|id| forge::oid(id)).collect();
    let body = Body::new(&name("Root"), &name("Responder"), key)
        .serial(&[0x77])
        .with(extension("2.5.29.37", false, &seq(&[&list])));
    if no_check {
        body.with(extension("1.3.6.1.5.5.7.48.1.5", false, &[tlv::NULL, 0]))
    } else {
        body
    }
}

#[test]
fn lists_and_responses_together_hold_what_is_not_known_and_never_accept_what_is_revoked() {
    let pair = Pair::new();
    let sign = |response: Response| response.signed(&pair.root_key);
    let past = |response: Response| response.from("2026-04-01", Some("2026-04-08"));
    let responses = [
        ("none", None),
        ("good", Some(sign(by_root(&pair, good())))),
        ("stale", Some(sign(past(by_root(&pair, good()))))),
        ("revoked", Some(sign(by_root(&pair, revoked("2026-05-20", 1))))),
        (
            "was revoked",
            Some(sign(past(by_root(&pair, revoked("2026-03-20", 1))))),
        ),
        ("held", Some(sign(by_root(&pair, revoked("2026-05-20", 6))))),
        (
            "was held",
            Some(sign(past(by_root(&pair, revoked("2026-03-20", 6))))),
        ),
        ("unknown", Some(sign(by_root(&pair, unknown())))),
    ];
    let list = |number, reason: Option<u8>| {
        let list = pair.list(number);
        match reason {
            None => list,
            Some(code) => list.lists(forge::line(LEAF, "2026-03-20", Some(code), None)),
        }
    };
    let old = |list: forge::List| list.from("2026-04-01", "2026-04-08").signed(&pair.root_key);
    let lists = [
        ("none", None),
        ("good", Some(list(5, None).signed(&pair.root_key))),
        ("stale", Some(old(list(4, None)))),
        ("revoked", Some(list(5, Some(1)).signed(&pair.root_key))),
        ("was revoked", Some(old(list(4, Some(1))))),
        ("held", Some(list(5, Some(6)).signed(&pair.root_key))),
        ("was held", Some(old(list(4, Some(6))))),
    ];
    let kind = |what: &str| match what {
        "revoked" | "was revoked" | "held" => "revoked",
        "stale" | "was held" => "stale",
        "good" => "good",
        _ => "unknown",
    };
    for (of_response, response) in &responses {
        for (of_list, list) in &lists {
            let both = [kind(of_response), kind(of_list)];
            // The one that decides: revoked before good before stale before unknown.
            let expected = ["revoked", "good", "stale", "unknown"]
                .into_iter()
                .find(|word| both.contains(word))
                .unwrap();
            let mut sources: Vec<Vec<u8>> = response.iter().chain(list).cloned().collect();
            assert_eq!(
                pair.word(&sources),
                expected,
                "response {of_response}, list {of_list}"
            );
            sources.reverse();
            assert_eq!(
                pair.word(&sources),
                expected,
                "list {of_list}, response {of_response}"
            );
        }
    }
}

#[test]
fn names_what_a_verdict_rests_on() {
    let pair = Pair::new();
    let response = by_root(&pair, good()).signed(&pair.root_key);
    let stale = pair
        .list(5)
        .from("2026-04-01", "2026-04-08")
        .signed(&pair.root_key);
    let path = pair.judge(&[response.clone(), stale]).unwrap();
    assert_eq!(path.revocation_data(), [signature::sha256(&response)]);
}

#[test]
fn an_answer_is_about_one_certificate_of_one_issuer() {
    let pair = Pair::new();
    let sign = |response: Response| response.signed(&pair.root_key);
    let right = by_root(&pair, good());
    assert_eq!(pair.word(&[sign(right.clone())]), "good");
    let sha1 = |bytes: &[u8]| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        digest.as_ref().to_vec()
    };
    let by_sha1 = Response {
        hash: "1.3.14.3.2.26",
        issuer_name: sha1(&name("Root")),
        issuer_key: sha1(forge::bits(pair.root.spki_der())),
        ..right.clone()
    };
    assert_eq!(pair.word(&[sign(by_sha1.clone())]), "good");
    let wrong = [
        Response {
            hash: "2.16.840.1.101.3.4.2.1",
            ..by_sha1
        },
        Response {
            hash: "2.16.840.1.101.3.4.2.2",
            ..right.clone()
        },
        Response {
            serial: forge::integer(&[0x56]),
            ..right.clone()
        },
        Response {
            serial: forge::integer(&[0, 0xd5]),
            ..right.clone()
        },
        Response {
            issuer_name: signature::sha256(&name("Other")).0.to_vec(),
            ..right.clone()
        },
        Response {
            issuer_key: signature::sha256(pair.root.spki_der()).0.to_vec(),
            ..right.clone()
        },
        Response {
            issuer_key: vec![],
            ..right.clone()
        },
    ];
    for response in wrong {
        assert_eq!(
            pair.word(&[sign(response.clone())]),
            "unknown",
            "{:?}",
            response.serial
        );
    }
    // A namesake's answer about the same number.
    let namesake = Pair::new();
    let theirs = by_root(&namesake, revoked("2026-05-20", 1)).signed(&namesake.root_key);
    assert_eq!(pair.word(&[theirs]), "unknown");
}

#[test]
fn only_the_issuer_or_whom_it_certified_for_this_may_answer() {
    let pair = Pair::new();
    let key = forge::key();
    let along = |certificate: &Certificate| {
        Response::new(&pair.leaf, &pair.root, certificate.subject().der(), good()).along(certificate)
    };
    let judge = |body: Body, signer: &SoftKey| {
        let certificate = body.signed(signer);
        pair.word(&[along(&certificate).signed(&key)])
    };
    let right = responder(&[OCSP_SIGNING], true, &key);
    assert_eq!(judge(right.clone(), &pair.root_key), "good");
    assert_eq!(
        judge(right.clone(), &forge::key()),
        "unknown",
        "certified by somebody else"
    );
    assert_eq!(
        judge(responder(&[], true, &key), &pair.root_key),
        "unknown",
        "for nothing"
    );
    let any = responder(&["2.5.29.37.0"], true, &key);
    assert_eq!(
        judge(any, &pair.root_key),
        "unknown",
        "for anything is not said outright"
    );
    let mail = responder(&["1.3.6.1.5.5.7.3.4"], true, &key);
    assert_eq!(judge(mail, &pair.root_key), "unknown", "for mail");
    let mut expired = right.clone();
    expired.validity = ("2025-01-01", "2026-01-01");
    assert_eq!(judge(expired, &pair.root_key), "unknown", "expired");
    let odd = right.clone().with(extension("1.2.3.4", true, &[5, 0]));
    assert_eq!(
        judge(odd, &pair.root_key),
        "unknown",
        "a critical extension that nobody knows"
    );
    let no_signing = right
        .clone()
        .with(extension("2.5.29.15", true, &[tlv::BIT_STRING, 2, 5, 0x20]));
    assert_eq!(
        judge(no_signing, &pair.root_key),
        "unknown",
        "keyUsage is for encryption"
    );
    let certificate = right.clone().signed(&pair.root_key);
    assert_eq!(
        pair.word(&[along(&certificate).signed(&pair.root_key)]),
        "unknown",
        "names another than the signer"
    );
    assert_eq!(
        pair.word(&[along(&certificate).signed(&forge::key())]),
        "unknown",
        "signed by neither"
    );
    // Named by the hash of the key.
    let id = aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
        forge::bits(key.spki_der()),
    );
    let by_key = Response {
        responder: tlv::element(0xa2, &forge::octets(id.as_ref())),
        ..along(&certificate)
    };
    assert_eq!(pair.word(&[by_key.signed(&key)]), "good");
    // Certified by an authority below the issuer, not by the issuer.
    let lower_key = forge::key();
    let lower = Body::new(&name("Root"), &name("Lower"), &lower_key)
        .authority()
        .signed(&pair.root_key);
    let mut below = right;
    below.issuer = name("Lower");
    let below = below.signed(&lower_key);
    let sources = [along(&below).along(&lower).signed(&key)];
    assert_eq!(word(&pair.judge_at(&sources, &[lower], now())), "unknown");
}

#[test]
fn a_responder_that_may_be_revoked_is_asked_about_by_a_list() {
    let pair = Pair::new();
    let key = forge::key();
    let certificate = responder(&[OCSP_SIGNING], false, &key).signed(&pair.root_key);
    let response = Response::new(&pair.leaf, &pair.root, &name("Responder"), good()).along(&certificate);
    let response = response.signed(&key);
    // Of the leaf the lists say nothing: they speak for authorities, or for no reason that could be all.
    let about = |list: forge::List| list.scope(&[&forge::at_uri("http://crl.example/r")]);
    assert_eq!(
        pair.word(std::slice::from_ref(&response)),
        "unknown",
        "nothing is known of the responder"
    );
    let pointed = responder(&[OCSP_SIGNING], false, &key)
        .with(forge::point(Some("http://crl.example/r"), None, None))
        .signed(&pair.root_key);
    let response = Response::new(&pair.leaf, &pair.root, &name("Responder"), good()).along(&pointed);
    let response = response.signed(&key);
    let clean = about(pair.list(5)).signed(&pair.root_key);
    assert_eq!(pair.word(&[response.clone(), clean]), "good");
    let revoked = about(pair.list(5)).lists(forge::line(&[0x77], "2026-05-20", Some(1), None));
    assert_eq!(
        pair.word(&[response.clone(), revoked.signed(&pair.root_key)]),
        "unknown"
    );
    let past = about(pair.list(5))
        .from("2026-04-01", "2026-04-08")
        .signed(&pair.root_key);
    assert_eq!(pair.word(&[response, past]), "unknown");
}

#[test]
fn an_answer_counts_from_its_beginning_to_its_end() {
    let pair = Pair::new();
    let times = |this, next| by_root(&pair, good()).from(this, next).signed(&pair.root_key);
    assert_eq!(pair.word(&[times("2026-06-01", Some("2026-06-01"))]), "good");
    assert_eq!(
        pair.word(&[times("2026-06-02", Some("2026-06-08"))]),
        "stale",
        "of tomorrow"
    );
    assert_eq!(
        pair.word(&[times("2026-05-20", Some("2026-05-31"))]),
        "stale",
        "of yesterday"
    );
    assert_eq!(pair.word(&[times("2026-05-31", None)]), "stale", "without an end");
}

#[test]
fn an_answer_with_a_critical_extension_that_nobody_knows_makes_nothing_good() {
    let pair = Pair::new();
    let odd = extension("1.2.3.4", true, &[5, 0]);
    let nonce = extension("1.3.6.1.5.5.7.48.1.2", false, &forge::octets(&[7; 16]));
    let judge = |response: Response| pair.word(&[response.signed(&pair.root_key)]);
    let single = |answer| Response {
        single_extensions: odd.clone(),
        ..by_root(&pair, answer)
    };
    let whole = |answer| Response {
        extensions: odd.clone(),
        ..by_root(&pair, answer)
    };
    assert_eq!(judge(single(good())), "unknown");
    assert_eq!(judge(whole(good())), "unknown");
    assert_eq!(judge(single(revoked("2026-05-20", 1))), "revoked");
    assert_eq!(judge(whole(revoked("2026-05-20", 1))), "revoked");
    assert_eq!(
        judge(Response {
            extensions: nonce,
            ..by_root(&pair, good())
        }),
        "good"
    );
}

#[test]
fn a_weak_signature_answers_nothing() {
    let pair = Pair::new();
    let sha1 = Response {
        algorithm: seq(&[&forge::oid("1.2.840.10045.4.1")]),
        ..by_root(&pair, good())
    };
    assert_eq!(pair.word(&[sha1.signed(&pair.root_key)]), "unknown");
    let mut broken = by_root(&pair, good()).signed(&pair.root_key);
    let last = broken.len() - 1;
    broken[last] ^= 1;
    assert_eq!(pair.word(&[broken]), "unknown");
}

#[test]
fn reads_no_response_that_is_not_whole_not_der_or_no_answer() {
    let pair = Pair::new();
    let der = by_root(&pair, good()).signed(&pair.root_key);
    let read = |bytes: &[u8]| OcspResponse::from_der(bytes.to_vec());
    assert!(read(&der).is_ok());
    assert!(matches!(
        read(&[&der[..], &[0]].concat()),
        Err(OcspError::Structure(_))
    ));
    for length in 0..der.len() {
        assert!(read(&der[..length]).is_err(), "cut off at {length}");
    }
    let length = der.len() - 4;
    let ber = [&[0x30, 0x83, 0, (length >> 8) as u8, length as u8][..], &der[4..]].concat();
    assert_eq!(read(&ber).unwrap_err(), OcspError::NotDer);
    let later = seq(&[&[tlv::ENUMERATED, 1, 3]]);
    assert_eq!(read(&later).unwrap_err(), OcspError::NoAnswer(3));
    let other = Response {
        kind: "1.2.3.4",
        ..by_root(&pair, good())
    };
    assert!(matches!(
        read(&other.signed(&pair.root_key)),
        Err(OcspError::UnknownType(_))
    ));
    let odd = [vec![0x80, 1, 0], vec![0x83, 0], vec![0xa1, 0], vec![0xa0, 0]];
    for answer in odd {
        assert!(
            read(&by_root(&pair, answer.clone()).signed(&pair.root_key)).is_err(),
            "{answer:?}"
        );
    }
    let reason = by_root(&pair, revoked("2026-05-20", 7));
    assert_eq!(
        read(&reason.signed(&pair.root_key)).unwrap_err(),
        OcspError::Field("reason")
    );
    assert_eq!(
        read(&vec![0x30; MAX_OCSP_BYTES + 1]).unwrap_err(),
        OcspError::TooLarge
    );
}

#[test]
fn lists_and_responses_come_mixed_and_once_each() {
    let pair = Pair::new();
    let list = pair.list(5).signed(&pair.root_key);
    let response = by_root(&pair, good()).signed(&pair.root_key);
    let mut trust = Trust::new();
    assert_eq!(
        trust
            .add_revocation_data(&[&list[..], &response, &list].concat())
            .unwrap(),
        3
    );
    assert_eq!((trust.crls().len(), trust.ocsp_responses().len()), (1, 1));
    let mut again = Trust::new();
    assert_eq!(again.add_revocation_data(&trust.revocation_data()).unwrap(), 2);
    assert!(again.add_revocation_data(pair.leaf.der()).is_err());
}
