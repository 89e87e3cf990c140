//! What offices really take in verifies outside: mails that came encrypted, and those that only a loosened rule let in.

use crate::case::Step;
use crate::play::{Play, code, officer, scan_of};
use crate::stations::before;
use siegelpost::domain::{CardSerial, RequestId};
use siegelpost::journey::evidence::{self, Examined, Judge};
use siegelpost::journey::intake::Outcome;
use siegelpost::journey::outbox::Sender;
use siegelpost::journey::{letter, revoke};
use siegelpost::pki::RevocationReason;
use siegelpost::rehearsal::cast;
use siegelpost::smime::{Cipher, Policy, encrypt_entity, sign_data};
use siegelpost::smime::{SignWith, Statement};

/// The mail that the office is about to take in, taken out of its inbox.
fn waiting(play: &Play) -> Vec<u8> {
    let new = play.folder.join("mail/inbox/new");
    let name = play.mails_in("new").remove(0);
    let raw = std::fs::read(new.join(&name)).unwrap();
    std::fs::remove_file(new.join(name)).unwrap();
    raw
}

fn examined(play: &Play, id: RequestId) -> Examined {
    let app = &play.app;
    let file = evidence::collect(&app.desk(), id, &app.journal_key().unwrap()).unwrap();
    let trust = app.trust().unwrap();
    let policy = Policy::default();
    let judge = Judge {
        trust: &trust,
        policy: &policy,
        keys: &[],
    };
    evidence::examine(&file, &app.journal_public_key().unwrap(), &judge).unwrap()
}

fn approved_and_issued(play: &Play) -> RequestId {
    let id = play.case().request_id;
    play.approve(id, "lrao", &play.eyes_needed(id)).unwrap();
    play.issue(id).unwrap();
    id
}

/// Header and signed entity of a mail.
fn parted(raw: &[u8]) -> (&[u8], &[u8]) {
    let at = |needle: &[u8]| raw.windows(needle.len()).position(|w| w == needle);
    let signed = at(b"MIME-Version").or(at(b"Content-Type")).unwrap();
    raw.split_at(signed)
}

fn sealed(play: &Play, raw: &[u8], cipher: Cipher) -> Vec<u8> {
    let (header, signed) = parted(raw);
    let office = play.app.office_credentials().unwrap();
    let random = |buffer: &mut [u8]| siegelpost::ports::Random::fill(&*play.chance, buffer);
    let body = encrypt_entity(signed, &office.chain[..1], cipher, &random).unwrap();
    [header, &body].concat()
}

#[test]
fn a_case_whose_mail_came_encrypted_is_proven_without_the_key_that_opened_it() {
    for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
        let play = before(Step::Inbox);
        let raw = sealed(&play, &waiting(&play), cipher);
        play.arrive("sealed", &raw);
        assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Received);
        let id = approved_and_issued(&play);
        let examined = examined(&play, id);
        assert_eq!(examined.defects, Vec::<String>::new());
        let said = examined.facts.join("\n");
        assert!(
            said.contains("it came encrypted, and was opened by the office"),
            "{said}"
        );
        let of = |name: &str| examined.report.named(name).next().unwrap().content.clone();
        assert!(of("mail") == raw, "as it came");
        // What it opened to is a mail that anybody judges, by any program.
        let trust = play.app.trust().unwrap();
        let judge = Judge {
            trust: &trust,
            policy: &play.app.config.lrao.signatures,
            keys: &[],
        };
        assert!(
            judge
                .judge(&of(evidence::MAIL_OPENED), play.app.desk().now())
                .into_verified()
                .is_ok()
        );
    }
}

#[test]
fn a_decision_covers_what_an_encrypted_mail_opened_to() {
    let play = before(Step::Inbox);
    let raw = sealed(&play, &waiting(&play), Cipher::Aes256Gcm);
    play.arrive("sealed", &raw);
    play.inbox().unwrap();
    let id = play.case().request_id;
    play.approve(id, "lrao", &play.eyes_needed(id)).unwrap();
    let (desk, owner) = (play.app.desk(), siegelpost::seal::KeyOwner::Request(id));
    let key = desk.key(owner).unwrap();
    let write = desk.document(&key, owner, evidence::MAIL_OPENED, b"another mail");
    desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
    assert_eq!(code(play.issue(id)), "decision_void");
}

#[test]
fn a_case_that_a_loosened_rule_let_in_is_proven_by_that_rule_which_is_shown() {
    let mut play = before(Step::Inbox);
    let raw = [
        b"Resent-From: list@elsewhere.example\r\n".as_slice(),
        &waiting(&play),
    ]
    .concat();
    let trust = play.app.trust().unwrap();
    let strict = play.app.config.lrao.signatures.clone();
    let judge = Judge {
        trust: &trust,
        policy: &strict,
        keys: &[],
    };
    assert!(judge.judge(&raw, play.app.desk().now()).into_verified().is_err());
    play.app.config.lrao.signatures.allow_resent = true;
    play.arrive("resent", &raw);
    assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Received);
    let id = approved_and_issued(&play);
    let found = examined(&play, id);
    assert_eq!(found.defects, Vec::<String>::new());
    // At the intake and at the decision.
    assert_eq!(found.loosened.len(), 2, "{:?}", found.loosened);
    assert!(
        found
            .loosened
            .iter()
            .all(|l| l.starts_with("allow_resent = true"))
    );

    let play = before(Step::Issue);
    let found = examined(&play, play.case().request_id);
    assert_eq!(
        (found.defects, found.loosened),
        (vec![], vec![]),
        "nothing was loosened there"
    );
}

#[test]
fn a_decision_is_no_mail_and_a_mail_is_no_decision() {
    let play = before(Step::Issue);
    let (desk, id) = (play.app.desk(), play.case().request_id);
    let owner = siegelpost::seal::KeyOwner::Request(id);
    let key = desk.key(owner).unwrap();
    let signed = desk.read_document(&key, owner, "decision").unwrap().unwrap();
    let body = base64_lines(&signed);
    let mail = format!(
        "From: lrao@office.example\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{body}"
    );
    let gate = play.app.gate().unwrap();
    let keys = gate.keys();
    let judge = gate.judge(&keys);
    let Err(reasons) = judge.judge(mail.as_bytes(), desk.now()).into_verified() else {
        panic!("a decision passed for a mail");
    };
    assert!(
        reasons
            .iter()
            .any(|r| r.code.as_str() == "signed_attribute_wrong" && r.detail.contains("not a mail")),
        "{reasons:?}"
    );
    play.arrive("decision", mail.as_bytes());
    assert_eq!(play.inbox().unwrap()[0].outcome, Outcome::Quarantined);

    // What a decision says, signed by the same officer as the content of an opaque mail, decides nothing.
    let data = judge
        .judge_statement(Statement::Decision, &signed, desk.now())
        .unwrap();
    let own = play.app.officer_credentials(&officer("lrao")).unwrap();
    let with = SignWith {
        chain: &own.chain,
        key: &own.key,
        at: desk.now(),
    };
    let opaque = sign_data(data.content(), with).unwrap();
    let why = judge
        .judge_statement(Statement::Decision, &opaque, desk.now())
        .unwrap_err();
    assert!(why.contains("not a decision"), "{why}");
    for other in [Statement::Identification, Statement::Stock] {
        assert!(judge.judge_statement(other, &signed, desk.now()).is_err());
    }
    let write = desk.document(&key, owner, "decision", &opaque);
    desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
    assert_eq!(code(play.issue(id)), "decision_void");
}

fn base64_lines(bytes: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let text = BASE64_STANDARD.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|l| std::str::from_utf8(l).unwrap())
        .collect();
    lines.join("\r\n") + "\r\n"
}

/// Gives the letter that is under way up, until the card has no eTicket left.
fn spend_all(play: &Play) {
    for _ in 0..3 {
        let batch = play.print_what_is_ready();
        play.hand_over(&batch).unwrap();
        let letters = play.app.desk().store.letters(&batch).unwrap();
        let ids: Vec<String> = letters.into_iter().map(|l| l.letter_id).collect();
        let reason = siegelpost::journey::dispatch::ReprintReason::Lost;
        play.app.reprint_letters(&ids, reason, &officer("post")).unwrap();
    }
}

#[test]
fn a_request_whose_etickets_are_spent_holds_up_no_other_and_is_told_its_way_out() {
    let play = before(Step::Collect);
    spend_all(&play);
    let (desk, id) = (play.app.desk(), play.case().request_id);
    assert_eq!(letter::spent(&desk).unwrap(), [id]);
    let why = |result: Result<siegelpost::domain::BatchId, siegelpost::journey::Trouble>| {
        result.unwrap_err().to_string()
    };
    let by = officer("post");
    let told = [
        why(letter::collect(&desk, &[], &by)),
        why(letter::collect(&desk, &[id], &by)),
    ];
    for text in &told {
        let words = format!("siegelpost revoke {id} --reason cessation-of-operation --requester lrao");
        assert!(text.contains(&words) && text.contains("another card"), "{text}");
    }

    // Another request of the same day gets its letter.
    let serial = CardSerial::from_number(crate::play::SERIAL + 1);
    let chip = play.blank_card();
    play.prestage(&chip, serial).unwrap();
    play.deliver_and_receive(&[serial], "bern").unwrap();
    let mut data = cast::people("2026-01-01".parse().unwrap()).swap_remove(1);
    data.card_serial = serial;
    data.site = "bern".parse().unwrap();
    data.delivery = siegelpost::domain::Delivery::Post;
    let drafted = play.draft(data).unwrap();
    play.arrive("other", &play.mail("rio-bern", scan_of(&drafted)));
    play.inbox().unwrap();
    let other = drafted.request.request_id;
    play.approve(other, "lrao", &play.eyes_needed(other)).unwrap();
    play.issue(other).unwrap();
    let batch = letter::collect(&desk, &[], &by).unwrap();
    let letters = desk.store.letters(&batch).unwrap();
    assert_eq!(letters.iter().map(|l| l.request_id).collect::<Vec<_>>(), [other]);

    // The way out that was told is one.
    let own = play.app.office_credentials().unwrap();
    let sender: Sender = play.app.office_sender(&own);
    let reason = RevocationReason::CessationOfOperation;
    assert_eq!(
        revoke::revoke(&desk, &sender, id, reason, "lrao", &officer("lrao")).unwrap(),
        3
    );
    assert_eq!(letter::spent(&desk).unwrap(), []);
    assert_eq!(desk.case(id).unwrap().stage.name(), "withdrawn");
}

#[test]
fn a_letter_that_was_given_up_before_it_was_rendered_holds_up_no_batch() {
    let play = before(Step::Render);
    let (desk, id, batch) = (play.app.desk(), play.case().request_id, play.batch());
    let own = play.app.office_credentials().unwrap();
    let sender = play.app.office_sender(&own);
    let reason = RevocationReason::CessationOfOperation;
    revoke::revoke(&desk, &sender, id, reason, "lrao", &officer("lrao")).unwrap();
    assert_eq!(
        code(play.app.make_batch_again(&batch, &officer("post")).map(drop)),
        "no_letters"
    );
    assert_eq!(
        code(play.app.make_batch(&[], &officer("post")).map(drop)),
        "no_letters"
    );
}

#[test]
fn that_the_rio_helped_stands_in_the_journal() {
    let mut play = before(Step::Unseal);
    play.app.settings.rio_may_help = true;
    let card = play.card(CardSerial::from_number(crate::play::SERIAL));
    let number = play.number().to_text().to_string();
    // The RIO is a helper too, in an office with few people.
    let desk = play.app.desk();
    let mut rio = desk.store.officer(&officer("rio-bern")).unwrap().unwrap();
    rio.roles.push(siegelpost::domain::Role::Helper);
    let der = desk.store.officer_certificate(&rio.id).unwrap().unwrap();
    let own = play.app.ca().unwrap();
    let ca = own.issuing().authority.certificate.clone();
    siegelpost::journey::roster::enrol(&desk, &ca, rio, der, Some(&officer("security"))).unwrap();
    play.unseal(&card.chip_id, "rio-bern", &number, crate::play::PIN)
        .unwrap();
    let entries = play.entries();
    let unsealed = entries
        .iter()
        .find(|e| e.action == siegelpost::journal::Action::CardUnsealed)
        .unwrap();
    assert_eq!(unsealed.facts.get("rio_was_helper"), Some(&true.into()));
    let found = examined(&play, play.case().request_id);
    assert_eq!(found.defects, Vec::<String>::new());
    assert!(
        found.loosened[0].starts_with("holder.rio_may_help"),
        "{:?}",
        found.loosened
    );
}

/// The opened form is judged as what it is: a mail whose header may hide what was signed.
#[test]
fn a_mail_without_encryption_has_no_opened_form() {
    let play = before(Step::Inbox);
    let raw = waiting(&play);
    let gate = play.app.gate().unwrap();
    let keys = gate.keys();
    let judge = gate.judge(&keys);
    assert!(
        judge
            .judge(&raw, play.app.desk().now())
            .into_verified()
            .unwrap()
            .opened()
            .is_none()
    );
}
