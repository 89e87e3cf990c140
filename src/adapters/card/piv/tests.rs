//! The PIV driver against a card of APDUs that is played beside it.

use super::apdu::{find, tlv};
use super::applet::{Applet, Key, factory_card, public_template, random};
use super::keys::{self, ManagementAlgorithm};
use super::*;
use crate::adapters::card::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, contract};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;

const AUTHENTICATION: Slot = Slot::Set {
    set: 1,
    kind: KeyKind::Authentication,
};

#[test]
fn keeps_the_contract_of_all_cards() {
    contract::holds(&factory_card(ManagementAlgorithm::TripleDes), &"a5".repeat(16));
}

#[test]
fn keeps_the_contract_with_each_cipher_that_a_management_key_may_have() {
    for cipher in ManagementAlgorithm::ALL {
        let card = factory_card(cipher);
        card.memory().ciphers = vec![cipher];
        contract::holds(&card, &"a5".repeat(16));
        assert_eq!(card.memory().management.0, cipher);
    }
}

/// Makes by what their makers say of them: none of them was at hand. The contract holds by what a card answers, not by its name.
#[test]
fn keeps_the_contract_with_what_each_make_has_and_has_not() {
    struct Make {
        name: &'static str,
        cipher: ManagementAlgorithm,
        ciphers: &'static [ManagementAlgorithm],
        metadata: bool,
        attests: bool,
        serial: bool,
        retries: bool,
        moves: bool,
        extended: bool,
        silent: bool,
    }
    use ManagementAlgorithm::{Aes192, Aes256, TripleDes};
    let yubikey_4 = Make {
        name: "YubiKey 4",
        cipher: TripleDes,
        ciphers: &[TripleDes],
        metadata: false,
        attests: true,
        serial: false,
        retries: true,
        moves: false,
        extended: true,
        silent: false,
    };
    let makes = [
        Make {
            name: "YubiKey 5 before firmware 5.3",
            serial: true,
            ..yubikey_4
        },
        Make {
            name: "YubiKey 5.4",
            serial: true,
            metadata: true,
            ciphers: &[Aes256, Aes192, TripleDes],
            ..yubikey_4
        },
        Make {
            name: "YubiKey 5.7",
            serial: true,
            metadata: true,
            cipher: Aes192,
            ciphers: &[Aes256, Aes192, TripleDes],
            moves: true,
            ..yubikey_4
        },
        Make {
            name: "Nitrokey 3",
            cipher: TripleDes,
            ciphers: &[Aes256, TripleDes],
            serial: true,
            attests: false,
            retries: false,
            ..yubikey_4
        },
        Make {
            name: "PivApplet",
            metadata: true,
            extended: false,
            ..yubikey_4
        },
        Make {
            name: "PIV and nothing more",
            attests: false,
            retries: false,
            extended: false,
            silent: true,
            ..yubikey_4
        },
        yubikey_4,
    ];
    for make in makes {
        println!("{}", make.name);
        let card = factory_card(make.cipher);
        {
            let mut memory = card.memory();
            memory.ciphers = make.ciphers.to_vec();
            (memory.metadata, memory.serial, memory.retries) = (make.metadata, make.serial, make.retries);
            (memory.moves, memory.extended, memory.silent) = (make.moves, make.extended, make.silent);
            memory.attester = make.attests.then(applet::Attester::new);
        }
        contract::holds(&card, &"a5".repeat(16));
        let mut connection = card.power();
        connection
            .authenticate_management(&[0x5a; 32])
            .expect("the key that the contract leaves");
        assert_eq!(
            connection.key_sets().expect("answers"),
            if make.moves { 3 } else { 1 }
        );
        assert_eq!(connection.chip_serial().expect("answers").is_some(), make.serial);
        let attested = connection.attestation(AUTHENTICATION).expect("answers").is_some();
        assert_eq!(attested, make.attests);
        connection
            .verify_pin("24681357")
            .expect("the PIN that the contract leaves");
        assert_eq!(connection.set_retries(4, 3).expect("answers"), make.retries);
    }
}

#[test]
fn asking_whether_keys_move_moves_none() {
    let card = factory_card(ManagementAlgorithm::Aes256);
    card.memory().moves = true;
    let mut connection = card.power();
    assert_eq!(
        connection.key_sets().expect("answers"),
        1,
        "not shown the management key"
    );
    connection
        .authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    for set in 1..=3 {
        for kind in KeyKind::ALL {
            connection
                .generate(Slot::Set { set, kind }, KeyAlgorithm::P256)
                .expect("makes a key");
        }
    }
    let before: Vec<u8> = card.memory().keys.keys().copied().collect();
    assert_eq!(before, [0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x9a, 0x9c, 0x9d]);
    assert_eq!(connection.key_sets().expect("answers"), 3);
    assert!(card.memory().keys.keys().copied().eq(before));
}

#[test]
fn a_card_that_takes_it_gets_an_aes_256_management_key() {
    let card = factory_card(ManagementAlgorithm::TripleDes);
    let mut connection = card.power();
    connection
        .authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    connection.set_management_key(&[9; 32]).expect("changes");
    assert_eq!(card.memory().management, (ManagementAlgorithm::Aes256, [9; 32]));
}

#[test]
fn rsa_keys_sign_and_open() {
    let card = factory_card(ManagementAlgorithm::Aes192);
    contract::rsa_signs_and_opens(&mut card.power(), &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
}

#[test]
fn rsa_keys_of_3072_bits_sign_and_open() {
    let card = factory_card(ManagementAlgorithm::Aes192);
    contract::rsa_3072_signs_and_opens(&mut card.power(), &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
}

#[test]
fn a_card_without_metadata_says_its_key_by_its_certificate() {
    let card = factory_card(ManagementAlgorithm::TripleDes);
    card.memory().metadata = false;
    let mut connection = card.power();
    connection
        .authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("found by trying the ciphers");
    let spki = connection
        .generate(AUTHENTICATION, KeyAlgorithm::P256)
        .expect("makes a key");
    assert_eq!(connection.public_key(AUTHENTICATION).expect("remembers"), spki);
    assert!(matches!(
        card.power().public_key(AUTHENTICATION),
        Err(CardError::EmptySlot)
    ));

    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("an issuer");
    let issuer = rcgen::Issuer::new(rcgen::CertificateParams::default(), key);
    let subject = rcgen::SubjectPublicKeyInfo::from_der(&spki).expect("a key that others read");
    let certificate = rcgen::CertificateParams::default()
        .signed_by(&subject, &issuer)
        .expect("a certificate");
    connection
        .write_certificate(AUTHENTICATION, certificate.der())
        .expect("writes");
    let mut later = card.power();
    assert_eq!(
        later.public_key(AUTHENTICATION).expect("from the certificate"),
        spki
    );
    later.verify_pin(FACTORY_PIN).expect("factory");
    later.sign(AUTHENTICATION, b"message").expect("signs");
}

#[test]
fn tries_are_known_after_the_pin_is_proven() {
    let card = factory_card(ManagementAlgorithm::TripleDes);
    let mut connection = card.power();
    assert_eq!(connection.pin_tries_left().expect("says"), 4);
    connection.verify_pin(FACTORY_PIN).expect("factory");
    assert_eq!(connection.pin_tries_left().expect("by metadata"), 4);
    card.memory().metadata = false;
    assert_eq!(connection.pin_tries_left().expect("as last seen"), 4);
}

#[test]
fn a_card_without_chuid_is_known_by_its_serial() {
    let card = factory_card(ManagementAlgorithm::TripleDes);
    card.memory().guid = None;
    assert_eq!(card.power().chip_id().expect("a serial"), "16909060");
}

#[test]
fn a_card_without_chuid_gets_one_and_keeps_it() {
    let card = factory_card(ManagementAlgorithm::TripleDes);
    card.memory().guid = None;
    let mut connection = card.power();
    assert!(matches!(
        connection.introduce(),
        Err(CardError::NotAuthorised { .. })
    ));
    connection
        .authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    connection.introduce().expect("writes");
    let chip = connection.chip_id().expect("a GUID");
    assert_eq!(chip.len(), 32);
    let written = card.memory().objects.clone();
    assert_eq!(written.len(), 3, "CHUID, capabilities, key history");
    connection.introduce().expect("finds all of it there");
    assert_eq!(card.memory().objects, written);
    assert_eq!(card.power().chip_id().expect("the same"), chip);
}

#[test]
fn the_tries_are_set_where_the_card_can() {
    let card = factory_card(ManagementAlgorithm::Aes256);
    let mut connection = card.power();
    assert!(matches!(
        connection.set_retries(6, 5),
        Err(CardError::NotAuthorised { .. })
    ));
    connection
        .authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    connection.verify_pin(FACTORY_PIN).expect("factory");
    assert!(connection.set_retries(6, 5).expect("sets"));
    assert_eq!(connection.pin_tries_left().expect("says"), 6);
    assert_eq!(connection.puk_tries_left().expect("says"), Some(5));
}

#[test]
fn a_card_that_attests_says_so_of_its_own_key() {
    let card = factory_card(ManagementAlgorithm::Aes256);
    let mut connection = card.power();
    connection
        .authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    let spki = connection
        .generate(AUTHENTICATION, KeyAlgorithm::P256)
        .expect("makes a key");
    assert_eq!(connection.attestation(AUTHENTICATION).expect("answers"), None);
    card.memory().attester = Some(applet::Attester::new());
    let said = connection
        .attestation(AUTHENTICATION)
        .expect("answers")
        .expect("a statement");
    let read = |der: &[u8]| crate::pki::Certificate::from_der(der).expect("a certificate");
    assert_eq!(read(&said.statement).spki_der(), spki);
    assert!(crate::pki::issued_by(&read(&said.statement), &read(&said.issuer)));
}

#[test]
fn a_puk_is_not_guessed_with_the_last_try() {
    let card = factory_card(ManagementAlgorithm::Aes256);
    assert!(card.power().may_guess_puk().is_ok());
    card.memory().puk_left = 1;
    let refused = card.power().may_guess_puk();
    assert!(
        matches!(refused, Err(CardError::LastPukTry { left: 1 })),
        "{refused:?}"
    );
    card.memory().metadata = false;
    assert!(card.power().may_guess_puk().is_ok(), "it does not say");
}

#[test]
fn a_key_other_than_the_recorded_one_is_told() {
    let card = factory_card(ManagementAlgorithm::Aes256);
    let mut connection = card.power();
    connection
        .authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    let spki = connection
        .generate(AUTHENTICATION, KeyAlgorithm::P256)
        .expect("makes a key");
    let mut later = card.power();
    assert!(later.expect_key(AUTHENTICATION, &spki).expect("says"));
    assert!(!later.expect_key(AUTHENTICATION, &[1; 91]).expect("says"));
    assert!(
        !later
            .expect_key(Slot::CardAuthentication, &spki)
            .expect("no key there")
    );
    card.memory().metadata = false;
    assert!(
        card.power()
            .expect_key(AUTHENTICATION, &[1; 91])
            .expect("takes the record's word")
    );
}

#[test]
fn a_card_that_does_not_know_the_management_key_is_found_out() {
    let card = factory_card(ManagementAlgorithm::Aes256);
    /// Says yes to everything, and echoes the challenge.
    struct Liar(Applet);
    impl Transmit for Liar {
        fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
            if apdu[1] == 0x87 && apdu.len() > 20 {
                let challenge = find(&apdu[5..], 0x7c)
                    .and_then(|t| find(t, 0x81))
                    .expect("a challenge");
                return Ok([tlv(0x7c, &tlv(0x82, challenge)), vec![0x90, 0]].concat());
            }
            self.0.transmit(apdu)
        }
    }
    let liar = Liar(card.power().card);
    let mut connection = PivCard::select(liar, random()).expect("a PIV card");
    let outcome = connection.authenticate_management(&FACTORY_MANAGEMENT_KEY);
    assert!(
        matches!(outcome, Err(CardError::WrongManagementKey)),
        "{outcome:?}"
    );
}

#[test]
fn a_card_without_piv_says_so() {
    struct Deaf;
    impl Transmit for Deaf {
        fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, CardError> {
            Ok(vec![0x6a, 0x82])
        }
    }
    assert!(matches!(
        PivCard::select(Deaf, random()),
        Err(CardError::Unsupported { .. })
    ));
}

#[test]
fn the_encryption_keys_of_sets_to_come_lie_in_retired_slots() {
    let card = factory_card(ManagementAlgorithm::TripleDes);
    let mut connection = card.power();
    connection
        .authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("factory");
    let third = |kind| Slot::Set { set: 3, kind };
    connection
        .generate(third(KeyKind::Encryption), KeyAlgorithm::P256)
        .expect("a retired slot");
    assert!(card.memory().keys.contains_key(&0x83));
    connection
        .write_certificate(third(KeyKind::Encryption), &[1])
        .expect("its object");
    assert!(card.memory().objects.contains_key(&[0x5f, 0xc1, 0x0e][..]));
    let refused = connection.generate(third(KeyKind::Signature), KeyAlgorithm::P256);
    assert!(
        matches!(refused, Err(CardError::Unsupported { .. })),
        "a card that moves no keys knows no policies"
    );
    let fourth = Slot::Set {
        set: 4,
        kind: KeyKind::Encryption,
    };
    let refused = connection.generate(fourth, KeyAlgorithm::P256);
    assert!(matches!(refused, Err(CardError::Unsupported { .. })));
}

#[test]
fn public_keys_are_written_as_other_libraries_write_them() {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let pkcs8 = AsDer::<Pkcs8V1Der>::as_der(&pair).expect("DER").as_ref().to_vec();
    let theirs = AsDer::<PublicKeyX509Der>::as_der(pair.public_key())
        .expect("DER")
        .as_ref()
        .to_vec();
    let ours = keys::public_key(&public_template(&Key::Rsa(pkcs8))).expect("a key");
    assert_eq!(ours, theirs);
    assert_eq!(keys::algorithm(&ours), Some(KeyAlgorithm::Rsa2048));
    assert_eq!(
        keys::public_key(&tlv(0x81, &[0xff; 128])),
        None,
        "RSA-1024 is no key of ours"
    );
}

#[test]
fn a_secret_is_taken_out_of_right_padding_alone() {
    let block = [&[0, 2][..], &[7; 8], &[0], b"secret"].concat();
    assert_eq!(
        keys::pkcs1_secret(&block).as_deref().map(Vec::as_slice),
        Some(&b"secret"[..])
    );
    for bad in [
        &[0, 1, 7, 7, 7, 7, 7, 7, 7, 7, 0, 1][..],
        &[0, 2, 7, 7, 7, 7, 7, 7, 7, 0, 1],
        &[0, 2, 7, 7, 7, 7, 7, 7, 7, 7],
        &[],
    ] {
        assert!(keys::pkcs1_secret(bad).is_none(), "{bad:?}");
    }
}
