//! Boxes of sealed cards from one office to another: exported, signed, taken in whole or not at all, and used to the end.

use crate::canaries::{
    Canary, every_planted_canary_is_found, forms_of_text, search, secrets_in_custody, secrets_of,
};
use crate::case::Step;
use crate::office::{enrol, prestage, serial, unseal};
use crate::play::{FixedKeys, PIN, Play, code, officer, scratch};
use crate::reader::Reader;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use siegelpost::adapters::clock::SystemClock;
use siegelpost::app::KeySource as _;
use siegelpost::domain::{CardSerial, Role, Stage};
use siegelpost::journal::Action;
use siegelpost::journey::Trouble;
use siegelpost::journey::evidence::{Decider, Judge};
use siegelpost::journey::prestage::stock::{self, GivingAway, TakingIn};
use siegelpost::pki::profile::{Order, Profile, Subject, issue};
use siegelpost::pki::{Certificate, Serial, SigningKey as _, SoftKey};
use siegelpost::ports::Clock as _;
use siegelpost::ports::card::{FACTORY_MANAGEMENT_KEY, KeyAlgorithm};
use siegelpost::ports::store::CardRow;
use siegelpost::seal::{self, CardIdentity, CardSecrets, CustodyRecipient, Pin};
use siegelpost::smime::{Policy, SignWith, Statement, sign_statement};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Somebody who makes cards, with a certificate that the office issued.
struct Prestager {
    key: SoftKey,
    chain: [Certificate; 1],
}

impl Prestager {
    fn new(play: &Play, name: &str) -> Prestager {
        let key = FixedKeys.key(name).unwrap();
        let (ca, now) = (play.app.ca().unwrap(), play.app.desk().now());
        let order = Order {
            profile: Profile::Officer {
                email: format!("{name}@cards.example"),
            },
            subject: Subject {
                common_name: name.into(),
                ..Subject::default()
            },
            serial: Serial::from_random([name.len() as u8; 20]),
            not_before: now,
            not_after: now + SignedDuration::from_hours(24 * 30),
            crl_url: None,
            policy: None,
        };
        let certificate = issue(&order, key.spki_der(), ca.issuing().authority).unwrap();
        Prestager {
            key,
            chain: [certificate],
        }
    }

    fn enrolled(play: &Play, name: &str) -> Prestager {
        let made = Prestager::new(play, name);
        let mail = format!("{name}@cards.example");
        enrol(
            play,
            name,
            Role::Prestager,
            "Kartenmacher",
            &mail,
            made.chain[0].der(),
        );
        made
    }

    fn signs(&self, content: &[u8], at: Timestamp) -> Vec<u8> {
        let with = SignWith {
            chain: &self.chain,
            key: &self.key,
            at,
        };
        sign_statement(content, Statement::Stock, with).unwrap()
    }
}

fn import(play: &Play, signed: &[u8]) -> Result<Vec<CardRow>, Trouble> {
    let app = &play.app;
    let (print_key, share_master, custody) = (
        app.print_recipient().unwrap(),
        app.share_master().unwrap(),
        app.custody_key().unwrap(),
    );
    let keys = TakingIn {
        print_key: &print_key,
        share_master: &share_master,
        custody: &custody,
    };
    let (trust, policy) = (app.trust().unwrap(), Policy::default());
    let judge = Judge {
        trust: &trust,
        policy: &policy,
        keys: &[],
    };
    stock::import(&app.desk(), &judge, &keys, signed, &officer("security"))
}

fn export(play: &Play, to: &CustodyRecipient, serials: &[CardSerial]) -> Result<Vec<u8>, Trouble> {
    let app = &play.app;
    let (print_key, share_master) = (app.print_key().unwrap(), app.share_master().unwrap());
    let keys = GivingAway {
        print_key: &print_key,
        share_master: &share_master,
    };
    let by = app.officer_credentials(&officer("security")).unwrap();
    let (id, mut kept) = (officer("security"), vec![]);
    let decider = Decider {
        id: &id,
        key: &by.key,
        certificates: &by.chain,
    };
    stock::export(&app.desk(), &keys, to, serials, &decider, |file| {
        kept = file.to_vec();
        Ok(())
    })?;
    Ok(kept)
}

/// What is in a signed file, as openssl takes it out.
fn content_of(signed: &[u8]) -> Value {
    let folder = scratch();
    let (file, content) = (folder.path().join("box.p7m"), folder.path().join("content"));
    fs::write(&file, signed).unwrap();
    let done = Command::new("openssl")
        .args(["cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in"])
        .arg(&file)
        .arg("-out")
        .arg(&content)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&fs::read(content).unwrap()).unwrap()
}

fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).unwrap()
}

fn spki(n: u32) -> String {
    use p256::pkcs8::EncodePublicKey as _;
    let scalar = siegelpost::pki::signature::sha256(format!("a card's key {n}").as_bytes());
    let key = p256::SecretKey::from_slice(&scalar.0).unwrap();
    hex::encode(key.public_key().to_public_key_der().unwrap().as_bytes())
}

/// A card as another system describes it, written by hand.
fn card(n: u32, to: &CustodyRecipient) -> Value {
    let identity = CardIdentity {
        serial: CardSerial::from_number(500_000_000 + n),
        chip_id: format!("chip-{n:08}"),
    };
    let mut entropy = |buffer: &mut [u8]| {
        buffer
            .iter_mut()
            .enumerate()
            .for_each(|(i, b)| *b = (i as u8) ^ n as u8)
    };
    let secrets = CardSecrets::draw(&mut entropy);
    let slots = [
        json!("card_authentication"),
        json!({"set": {"set": 1, "kind": "authentication"}}),
        json!({"set": {"set": 1, "kind": "signature"}}),
        json!({"set": {"set": 1, "kind": "encryption"}}),
    ];
    let keys: Vec<Value> = (0..)
        .zip(slots)
        .map(|(k, slot)| json!({"slot": slot, "spki": spki(n * 10 + k)}))
        .collect();
    json!({
        "serial": identity.serial, "chip_id": identity.chip_id, "keys": keys,
        "secrets": seal::seal_transfer(to, &identity, &secrets),
    })
}

fn boxed(cards: Vec<Value>) -> Value {
    json!({"type": "siegelpost stock", "schema": 1, "cards": cards})
}

#[test]
fn a_card_of_another_office_is_taken_in_and_goes_on_to_be_open() {
    let giver = Play::found("the office that gives");
    let mut taker = Play::found("the office that takes");
    let reader = Reader::with_card(None);
    prestage(&giver, &mut reader.power().unwrap(), KeyAlgorithm::P256).unwrap();
    let to = taker.app.custody_key().unwrap().recipient();
    // What nobody may find in the file, which lies about at both, or in either office.
    let mut canaries = secrets_of(&giver, serial());
    canaries.extend(forms_of_text("the holder's PIN", PIN, 3));

    // Killed before the giver's record: the card is still there, and nothing is lost.
    let app = &giver.app;
    let (print_key, share_master) = (app.print_key().unwrap(), app.share_master().unwrap());
    let keys = GivingAway {
        print_key: &print_key,
        share_master: &share_master,
    };
    let by = app.officer_credentials(&officer("security")).unwrap();
    let id = officer("security");
    let decider = Decider {
        id: &id,
        key: &by.key,
        certificates: &by.chain,
    };
    let cut = stock::export(&app.desk(), &keys, &to, &[serial()], &decider, |_| {
        Err(Trouble::Unavailable("the disk is full".into()))
    });
    assert!(cut.is_err());
    assert_eq!(giver.card(serial()).state.name(), "staged");

    let file = export(&giver, &to, &[serial()]).unwrap();
    let given = giver.card(serial());
    assert!(
        given.state.name() == "retired" && given.sealed.is_none(),
        "it is no card of the giver's any more"
    );
    assert_eq!(code(export(&giver, &to, &[serial()])), "card_state");
    let shown = content_of(&file);
    assert_eq!(shown["cards"][0]["serial"], json!(serial()));

    for office in [&giver, &taker] {
        fs::write(office.folder.join("box.p7m"), &file).unwrap();
    }

    // The officer who signed is a prestager there.
    enrol_anew(&taker, &by.chain[0]);
    let rows = import(&taker, &file).unwrap();
    assert_eq!((rows.len(), rows[0].keys.len()), (1, 6));
    assert_eq!(code(import(&taker, &file)), "exists", "a box is taken in once");
    canaries.extend(secrets_of(&taker, serial()));
    let is_nowhere = |office: &Play, canaries: &[Canary], when: &str| {
        assert_eq!(search(&office.folder, canaries), Vec::<String>::new(), "{when}");
    };
    is_nowhere(&giver, &canaries, "with the giver");
    is_nowhere(&taker, &canaries, "taken in");
    taker.go_on_to(Step::Unseal);
    unseal(&taker, &mut reader.power().unwrap(), &taker.number()).unwrap();
    let stage = taker.case().stage;
    assert!(matches!(stage, Stage::Unsealed { .. }), "{stage:?}");
    canaries.extend(secrets_in_custody(&taker, serial()));
    is_nowhere(&giver, &canaries, "with the giver, at the end");
    is_nowhere(&taker, &canaries, "open");
    every_planted_canary_is_found(&taker, &canaries);
    println!(
        "{} forms of secrets of a card that travelled, nowhere",
        canaries.len()
    );
}

/// Where the certificate is not on the roster yet.
fn enrol_anew(play: &Play, certificate: &Certificate) {
    let sha = siegelpost::pki::signature::sha256(certificate.der());
    if play
        .app
        .desk()
        .store
        .officer_of_certificate(sha)
        .unwrap()
        .is_none()
    {
        let mail = certificate.emails().remove(0);
        enrol(
            play,
            "other-office",
            Role::Prestager,
            "Nachbar",
            &mail,
            certificate.der(),
        );
    }
}

#[test]
fn a_box_is_refused_for_each_thing_that_is_wrong_with_it_and_nothing_of_it_stays() {
    let play = Play::found("an office that looks closely");
    let prestager = Prestager::enrolled(&play, "prestager");
    let now = play.app.desk().now();
    let to = play.app.custody_key().unwrap().recipient();
    let good = || boxed((1..=3).map(|n| card(n, &to)).collect());
    let entries = play.entries().len();
    let refused = |signed: &[u8], expected: &str, words: &str| {
        let result = import(&play, signed);
        let Err(Trouble::Refused { code, why }) = result else {
            panic!("{expected} ({words}) was taken in");
        };
        assert!(code == expected && why.contains(words), "{code}: {why}");
        assert!(play.app.desk().store.cards().unwrap().is_empty(), "{expected}");
        assert_eq!(play.entries().len(), entries, "{expected}");
    };

    // The signature: altered, of somebody unknown, of an officer who makes no cards, of a foreign CA, none.
    let mut altered = prestager.signs(&canonical(&good()), now);
    let at = altered.windows(4).position(|w| w == b"chip").unwrap();
    altered[at] ^= 1;
    refused(&altered, "stock_signature", "altered");
    let stranger = Prestager::new(&play, "stranger");
    refused(
        &stranger.signs(&canonical(&good()), now),
        "stock_signer",
        "officer add --role prestager",
    );
    let rio = play.app.officer_credentials(&officer("rio-bern")).unwrap();
    let with = SignWith {
        chain: &rio.chain,
        key: &rio.key,
        at: now,
    };
    refused(
        &sign_statement(&canonical(&good()), Statement::Stock, with).unwrap(),
        "stock_signer",
        "no prestager",
    );
    let foreign_key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let foreign = rcgen::CertificateParams::default()
        .self_signed(&foreign_key)
        .unwrap();
    let foreign = Prestager {
        key: SoftKey::from_pem_or_der(&foreign_key.serialize_der()).unwrap(),
        chain: [Certificate::from_der(foreign.der()).unwrap()],
    };
    refused(&foreign.signs(&canonical(&good()), now), "stock_signature", "");
    refused(&canonical(&good()), "stock_signature", "");
    refused(b"", "stock_signature", "");

    // The file.
    let signed = |value: &Value| prestager.signs(&canonical(value), now);
    let spaced = serde_json::to_vec_pretty(&good()).unwrap();
    refused(&prestager.signs(&spaced, now), "stock_file", "canonical");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = good();
        change(&mut value);
        signed(&value)
    };
    refused(&with(&|f| f["note"] = json!("x")), "stock_file", "note");
    refused(&with(&|f| f["schema"] = json!(2)), "stock_file", "schema 2");
    refused(&with(&|f| f["type"] = json!("other")), "stock_file", "other");
    refused(&with(&|f| f["cards"] = json!([])), "stock_file", "0 cards");
    // One digit of a serial wrong.
    let misread = |f: &mut Value| {
        let serial = f["cards"][1]["serial"].as_str().unwrap().to_owned();
        let last = serial.bytes().last().unwrap();
        let other = if last == b'9' { '0' } else { char::from(last + 1) };
        f["cards"][1]["serial"] = json!(format!("{}{other}", &serial[..serial.len() - 1]));
    };
    refused(&with(&misread), "stock_file", "");

    // Cards that are not one, or another's.
    refused(
        &with(&|f| f["cards"][2]["chip_id"] = json!("with blanks")),
        "chip_id",
        "printable",
    );
    refused(
        &with(&|f| f["cards"][2]["chip_id"] = f["cards"][0]["chip_id"].clone()),
        "exists",
        "chip is there twice",
    );
    refused(
        &with(&|f| f["cards"][2] = f["cards"][0].clone()),
        "exists",
        "serial is there twice",
    );
    refused(
        &with(&|f| f["cards"][2]["keys"][3]["spki"] = f["cards"][0]["keys"][1]["spki"].clone()),
        "exists",
        "keys are one card's alone",
    );
    refused(
        &with(&|f| f["cards"][2]["keys"][1]["slot"] = f["cards"][2]["keys"][2]["slot"].clone()),
        "keys",
        "a slot is there twice",
    );
    refused(
        &with(&|f| drop(f["cards"][2]["keys"].as_array_mut().unwrap().remove(0))),
        "keys",
        "own key",
    );
    refused(
        &with(&|f| f["cards"][2]["keys"][1]["slot"] = json!({"set": {"set": 4, "kind": "signature"}})),
        "keys",
        "1 to 3",
    );
    refused(
        &with(&|f| f["cards"][2]["keys"][1]["spki"] = json!("3000")),
        "keys",
        "cannot be certified",
    );
    refused(
        &with(&|f| f["cards"][2]["keys"][1]["spki"] = json!(hex::encode(roca()))),
        "weak_key",
        "ROCA",
    );

    // Secrets of another card, for another office, or of the factory.
    refused(
        &with(&|f| f["cards"][2]["secrets"] = f["cards"][0]["secrets"].clone()),
        "stock_secrets",
        "",
    );
    let elsewhere = Play::found("another office altogether");
    let there = elsewhere.app.custody_key().unwrap().recipient();
    refused(
        &signed(&boxed(vec![card(1, &there)])),
        "stock_secrets",
        "card recipient",
    );
    let identity = CardIdentity {
        serial: CardSerial::from_number(500_000_003),
        chip_id: "chip-00000003".into(),
    };
    let open = CardSecrets {
        pin: Pin::parse("84019273").unwrap(),
        puk: Pin::parse("55019273").unwrap(),
        management_key: FACTORY_MANAGEMENT_KEY.into(),
    };
    let unsealed = json!(seal::seal_transfer(&to, &identity, &open));
    refused(
        &with(&|f| f["cards"][2]["secrets"] = unsealed.clone()),
        "factory_secret",
        "not sealed",
    );

    // And without any of it, all three.
    assert_eq!(import(&play, &signed(&good())).unwrap().len(), 3);
    let taken = play
        .entries()
        .iter()
        .filter(|e| e.action == Action::CardImported)
        .count();
    assert_eq!(taken, 3);

    // A key of a card that is here already: the store finds it at the last card, and takes none of the others.
    let mut more = boxed((11..=14).map(|n| card(n, &to)).collect());
    more["cards"][3]["keys"][2]["spki"] = json!(spki(20));
    assert_eq!(code(import(&play, &signed(&more))), "exists");
    assert_eq!(
        play.app.desk().store.cards().unwrap().len(),
        3,
        "none of the four"
    );
    more["cards"][3]["keys"][2]["spki"] = json!(spki(999));
    assert_eq!(import(&play, &signed(&more)).unwrap().len(), 4);
}

/// An RSA key whose modulus is a product of numbers of the broken library's form: as DER by hand.
fn roca() -> Vec<u8> {
    let mut modulus = vec![1u8];
    for _ in 0..128 {
        let mut carry = 0;
        for byte in modulus.iter_mut().rev() {
            let product = u32::from(*byte) * 65_537 + carry;
            *byte = product as u8;
            carry = product >> 8;
        }
        while carry > 0 {
            modulus.insert(0, carry as u8);
            carry >>= 8;
        }
    }
    let der = |tag: u8, value: &[u8]| {
        let length = value.len() as u16;
        [&[tag, 0x82][..], &length.to_be_bytes(), value].concat()
    };
    // 2049 bits: the next length that such a number has.
    let numbers = [der(0x02, &modulus), vec![0x02, 3, 1, 0, 1]].concat();
    let algorithm = [
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let bits = der(0x03, &[&[0][..], &der(0x30, &numbers)].concat());
    der(0x30, &[&algorithm[..], &bits].concat())
}

fn cards_in(office: &Path) -> usize {
    let done = Command::new(env!("CARGO_BIN_EXE_siegelpost"))
        .args(["--office", office.to_str().unwrap(), "--json", "card", "list"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).lines().count()
}

#[test]
fn an_import_killed_at_any_moment_leaves_the_whole_box_or_none_of_it() {
    const CARDS: u32 = 120;
    // The program goes by the machine's clock.
    let play = Play::found_at("an office of today", SystemClock.now());
    let prestager = Prestager::enrolled(&play, "prestager");
    let to = play.app.custody_key().unwrap().recipient();
    let content = boxed((1..=CARDS).map(|n| card(n, &to)).collect());
    let file = play.folder.join("box.p7m");
    fs::write(
        &file,
        prestager.signs(&canonical(&content), play.app.desk().now()),
    )
    .unwrap();
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_siegelpost"))
            .args([
                "--office",
                play.folder.to_str().unwrap(),
                "--as",
                "security",
                "--json",
            ])
            .args(["card", "import", file.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (mut killed, mut after) = (0, Duration::from_millis(20));
    while cards_in(&play.folder) == 0 {
        let mut child = start();
        // Each time a little later, through reading, judging, opening, sealing and writing.
        std::thread::sleep(after);
        let _ = child.kill();
        let done = child.wait_with_output().unwrap();
        let there = cards_in(&play.folder);
        assert!(
            there == 0 || there == CARDS as usize,
            "{there} cards after {after:?}"
        );
        if done.status.success() {
            break;
        }
        killed += 1;
        after += after / 4;
        assert!(killed < 60, "it does not come to an end");
    }
    assert_eq!(cards_in(&play.folder), CARDS as usize);
    println!("{CARDS} cards, {killed} kills, all or none each time");
    let again = start().wait_with_output().unwrap();
    assert_eq!(again.status.code(), Some(1), "taken in once");
    assert!(String::from_utf8_lossy(&again.stderr).contains("in the stock already"));
}
