//! What must hold for any input, by target. Also compiled into the tests, which replay every case that was kept.

pub mod office;
pub mod scans;
pub mod seeds;

use office::{Sample, sample};
use siegelpost::pki::{Certificate, Purpose, Revocation, Trust, issued_by, validate};
use siegelpost::smime::attachments::find;
use siegelpost::smime::{
    self, Address, Attachment, DecryptKey, FileKind, Judgement, Problem, Statement, Verdict,
};

/// Runs the check of the target with this name. `false` when there is none.
pub fn run(target: &str, data: &[u8]) -> bool {
    match target {
        "mail" => mail(data),
        "cms" => cms(data),
        "path" => drop(path(data)),
        "header" => header(data),
        "attachments" => attachments(data),
        "pdf" | "tiff" => scans::scanned_file(data),
        "code" => scans::code(data),
        "zone" => scans::zone(data),
        "line" => scans::line(data),
        _ => return false,
    }
    true
}

/// Any bytes as a mail.
pub fn mail(raw: &[u8]) {
    let sample = sample();
    let keys: [&dyn DecryptKey; 1] = [&sample.opener];
    let judgement = smime::verify(raw, &sample.question(&keys));
    let again = smime::verify(raw, &sample.question(&keys));
    assert_eq!(judgement.reasons(), again.reasons(), "judged twice, differently");
    assert_eq!(judgement.content_sha256(), again.content_sha256());
    assert_eq!(judgement.signer(), again.signer());
    judged(sample, judgement);
    let _ = smime::decrypt(raw, &keys);
}

/// What holds for every judgement.
fn judged(sample: &Sample, judgement: Judgement<'_>) {
    let reasons = judgement.reasons();
    assert!(
        reasons.windows(2).all(|w| w[0].code <= w[1].code),
        "the gravest reason comes first: {reasons:?}"
    );
    assert_eq!(reasons.is_empty(), judgement.verdict() == Verdict::Accept);
    let _ = (
        judgement.forwarded(),
        judgement.signing_time(),
        judgement.content_type(),
    );
    if let Some(proven) = judgement.proven_signer() {
        assert!(
            sample.knows(proven),
            "a signature of {} is held to be good",
            proven.subject()
        );
    }
    if judgement.verdict() == Verdict::Refuse {
        assert!(judgement.into_verified().is_err());
        return;
    }
    let signer = judgement
        .signer()
        .expect("what is not refused has a signer")
        .clone();
    let sha256 = judgement
        .content_sha256()
        .expect("what is not refused was hashed");
    assert!(
        sample.signed.contains(&sha256),
        "accepted with {sha256}, which nobody signed"
    );
    let from = judgement
        .from()
        .expect("what is not refused has a From")
        .to_string();
    assert!(
        signer.emails().contains(&from),
        "accepted from {from}, signed by {:?}",
        signer.emails()
    );
    if judgement.verdict() == Verdict::Hold {
        return;
    }
    // What was signed may still hold more than is taken in.
    let Ok(verified) = judgement.into_verified() else {
        return;
    };
    assert_eq!(verified.content_sha256(), sha256);
    assert_eq!(siegelpost::pki::signature::sha256(verified.content()), sha256);
    assert_eq!(verified.from().map(Address::to_string), Some(from));
    let _ = (verified.subject(), verified.message_id(), verified.text());
    files(verified.attachments(), verified.problems());
}

/// What holds for everything that is found in a mail.
fn files(attachments: &[Attachment], problems: &[Problem]) {
    let plain = |text: &str| text.chars().all(|c| !c.is_control());
    for attachment in attachments {
        assert!(plain(&attachment.label()), "{:?}", attachment.label());
        assert!(
            attachment
                .name()
                .is_none_or(|n| !n.is_empty() && !n.contains(['/', '\\'])),
            "{:?}",
            attachment.name()
        );
        assert_eq!(attachment.kind(), FileKind::of(attachment.bytes()));
        assert!(attachment.nesting() <= 3 && attachment.within().len() <= 8);
    }
    for problem in problems {
        assert!(plain(&problem.detail), "{problem:?}");
    }
}

/// Any bytes as the signed entity of a mail, searched for files.
pub fn attachments(entity: &[u8]) {
    const MOST: usize = 100;
    /// What archives may become, together.
    const INFLATED: usize = 128 << 20;
    let once = find(entity, MOST);
    let again = find(entity, MOST);
    match (once, again) {
        (Ok(found), Ok(again)) => {
            assert_eq!(found.attachments, again.attachments);
            assert_eq!(found.problems, again.problems);
            assert!(found.attachments.len() <= MOST);
            let total: usize = found.attachments.iter().map(|a| a.bytes().len()).sum();
            assert!(total <= INFLATED + MOST * entity.len(), "{total} bytes came out");
            files(&found.attachments, &found.problems);
        }
        (Err(reason), Err(again)) => assert_eq!(reason, again),
        _ => panic!("looked at twice, differently"),
    }
}

/// Any bytes as signed data, as the body of an opaque mail, and as the signature of a detached one.
pub fn cms(der: &[u8]) {
    let sample = sample();
    let keys: [&dyn DecryptKey; 1] = [&sample.opener];
    for kind in Statement::ALL {
        let Ok(data) = smime::verify_statement(der, kind, &sample.question(&keys)) else {
            continue;
        };
        let sha256 = siegelpost::pki::signature::sha256(data.content());
        assert!(
            sample.signed.contains(&sha256),
            "taken as signed: {:?}",
            data.content()
        );
        assert!(sample.knows(data.signer()));
    }
    judged(
        sample,
        smime::verify(&seeds::opaque_mail(der), &sample.question(&keys)),
    );
    let detached = seeds::detached_mail(seeds::TEXT, der);
    judged(sample, smime::verify(&detached, &sample.question(&keys)));
}

/// A flag byte, then pieces: a byte for the kind, two for the length, and a certificate or CRL. Returns whether there is a path.
pub fn path(data: &[u8]) -> bool {
    let sample = sample();
    let Some((&flags, mut rest)) = data.split_first() else {
        return false;
    };
    let mut trust = Trust::new();
    if flags & seeds::OWN_ANCHORS == 0 {
        trust = sample.authorities.clone();
    }
    let mut leaf = None;
    let mut extra = Vec::new();
    while let Some((piece, after)) = seeds::split_piece(rest) {
        rest = after;
        let (kind, bytes) = piece;
        let known = trust.crls().len();
        match kind {
            seeds::LEAF => leaf = Certificate::from_der(bytes).ok().or(leaf),
            seeds::BETWEEN => extra.extend(Certificate::from_der(bytes)),
            seeds::CRL => drop(trust.add_revocation_data(bytes)),
            _ if flags & seeds::OWN_ANCHORS != 0 => drop(trust.add_anchors(bytes)),
            _ => drop(trust.add_intermediates(bytes)),
        }
        for crl in &trust.crls()[known..] {
            let _ = (crl.is_delta(), crl.next_update(), crl.len());
        }
    }
    let Some(leaf) = leaf else {
        return false;
    };
    let _ = (
        leaf.emails(),
        leaf.subject_emails(),
        leaf.subject().to_string(),
        leaf.is_ca(),
    );
    let revocation = if flags & seeds::REVOCATION_REQUIRED == 0 {
        Revocation::IfGiven
    } else {
        Revocation::Required
    };
    let purpose = match (flags >> 2) & 3 {
        0 => Purpose::MailSignature,
        1 => Purpose::MailEncryption,
        2 => Purpose::ClientAuthentication,
        _ => Purpose::CrlSignature,
    };
    let ask = || validate(&leaf, &extra, &trust, sample.at, purpose, revocation);
    let path = match (ask(), ask()) {
        (Ok(path), Ok(again)) => {
            assert_eq!(path.certificates(), again.certificates());
            path
        }
        (Err(defects), Err(again)) => {
            assert!(!defects.is_empty());
            assert_eq!(defects, again, "judged twice, differently");
            return false;
        }
        _ => panic!("judged twice, differently"),
    };
    let chain = path.certificates();
    assert_eq!(chain.first(), Some(&leaf));
    assert!(
        chain.len() > 1 && trust.anchors().contains(&chain[chain.len() - 1])
            || chain.len() == 1 && trust.anchors().contains(&leaf),
        "the path does not end at an anchor"
    );
    assert!(
        chain.windows(2).all(|w| issued_by(&w[0], &w[1])),
        "a link does not hold"
    );
    if flags & seeds::OWN_ANCHORS == 0 {
        for certificate in chain {
            assert!(
                sample.knows(certificate),
                "nobody issued {}",
                certificate.subject()
            );
        }
        if revocation == Revocation::Required {
            assert!(!sample.is_revoked(&leaf), "a revoked certificate is accepted");
            assert!(
                !path.revocation_data().is_empty(),
                "accepted without revocation data"
            );
        }
    }
    true
}

/// Any bytes as an address field, as a whole header, and as fields before and after those of a good mail.
pub fn header(bytes: &[u8]) {
    let sample = sample();
    for name in ["From", "Sender"] {
        if let Ok(address) = smime::single_mailbox(name, bytes) {
            let text = address.to_string();
            assert_eq!(Address::parse(&text).as_ref(), Some(&address));
            assert!(!address.local().is_empty() && !address.domain().is_empty());
            assert!(text.chars().all(|c| !c.is_control() && !c.is_whitespace()));
        }
    }
    let whole = [bytes, b"\r\n\r\nbody\r\n"].concat();
    judged(sample, smime::verify(&whole, &sample.question(&[])));
    for seed in [&sample.detached, &sample.opaque] {
        let before = [bytes, b"\r\n", seed].concat();
        let after = seeds::into_header(seed, bytes);
        for mail in [before, after] {
            judged(sample, smime::verify(&mail, &sample.question(&[])));
        }
    }
}
