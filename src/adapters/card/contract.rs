//! What every card must do, whatever it is made of: run against each implementation with a card as its maker delivers it.

use super::{FACTORY_MANAGEMENT_KEY, FACTORY_PIN, FACTORY_PUK};
use crate::ports::card::{Card, CardError, KeyAlgorithm, KeyKind, Readers, Slot};
use aws_lc_rs::agreement::{ECDH_P256, ECDH_P384, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256,
    UnparsedPublicKey as VerifyingKey,
};

const AUTHENTICATION: Slot = Slot::Set {
    set: 1,
    kind: KeyKind::Authentication,
};
const SIGNATURE: Slot = Slot::Set {
    set: 1,
    kind: KeyKind::Signature,
};
const ENCRYPTION: Slot = Slot::Set {
    set: 1,
    kind: KeyKind::Encryption,
};
/// A key of a set to come.
const LATER: Slot = Slot::Set {
    set: 3,
    kind: KeyKind::Signature,
};
const OWN_KEY: [u8; 32] = [0x5a; 32];
const NEW_PIN: &str = "80718293";
const NEW_PUK: &str = "64537281";

/// The uncompressed point at the end of a P-256 SubjectPublicKeyInfo.
fn point(spki: &[u8]) -> &[u8] {
    let point = &spki[spki.len() - 65..];
    assert_eq!(
        (spki.len(), point[0]),
        (91, 4),
        "a P-256 key as SubjectPublicKeyInfo"
    );
    point
}

fn signs(card: &mut dyn Card, slot: Slot) -> Result<(), CardError> {
    let message = b"a message of any length, hashed by the card's side";
    let signature = card.sign(slot, message)?;
    let spki = card.public_key(slot)?;
    VerifyingKey::new(&ECDSA_P256_SHA256_ASN1, point(&spki))
        .verify(message, &signature)
        .expect("a right signature");
    Ok(())
}

/// A certificate of the key, of about 1,800 bytes.
fn certificate_of(spki: &[u8]) -> Vec<u8> {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    let issuer = rcgen::Issuer::new(rcgen::CertificateParams::default(), key);
    let subject = rcgen::SubjectPublicKeyInfo::from_der(spki).expect("a key that others read");
    let mut params = rcgen::CertificateParams::default();
    let filling = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 32473, 1], vec![5; 1_500]);
    params.custom_extensions.push(filling);
    params
        .signed_by(&subject, &issuer)
        .expect("a certificate")
        .der()
        .to_vec()
}

/// The whole contract, on a card with factory PIN, PUK and management key and no keys.
pub(super) fn holds(readers: &dyn Readers, chip_id: &str) {
    holds_but_for(readers, chip_id, Exempt::Nothing);
}

/// What an implementation cannot be held to.
#[derive(PartialEq)]
pub(super) enum Exempt {
    Nothing,
    /// It never locks, as a token in software does.
    #[allow(dead_code, reason = "where there is such a token")]
    Locking,
}

/// The contract but for a part. A card without PUK is held to it but for what concerns the PUK.
pub(super) fn holds_but_for(readers: &dyn Readers, chip_id: &str, exempt: Exempt) {
    let connect = || readers.connect(chip_id).expect("the card is in a reader");

    // Who it is. Readers are looked at before the connection, which they may end.
    assert!(
        readers
            .list()
            .expect("lists")
            .iter()
            .any(|r| r.chip_id.as_deref() == Some(chip_id))
    );
    let mut card = connect();
    assert_eq!(card.chip_id().expect("answers"), chip_id);
    let sets = card.key_sets().expect("answers");
    assert!(sets == 1 || sets == 3);
    assert!(matches!(
        card.public_key(AUTHENTICATION),
        Err(CardError::EmptySlot)
    ));
    assert!(matches!(
        card.certificate(AUTHENTICATION),
        Err(CardError::EmptySlot)
    ));

    // Keys are made under the management key alone.
    let refused = card.generate(AUTHENTICATION, KeyAlgorithm::P256);
    assert!(
        matches!(refused, Err(CardError::NotAuthorised { .. })),
        "{refused:?}"
    );
    assert!(matches!(
        card.authenticate_management(&OWN_KEY),
        Err(CardError::WrongManagementKey)
    ));
    assert!(matches!(
        card.generate(AUTHENTICATION, KeyAlgorithm::P256),
        Err(CardError::NotAuthorised { .. })
    ));
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("the factory key");
    let has_puk = card.has_puk();
    if !has_puk {
        assert!(matches!(
            card.generate(AUTHENTICATION, KeyAlgorithm::P256),
            Err(CardError::NotAuthorised { .. })
        ));
        card.verify_pin(FACTORY_PIN).expect("the factory PIN");
    }
    for slot in [AUTHENTICATION, SIGNATURE, ENCRYPTION, Slot::CardAuthentication] {
        let made = card.generate(slot, KeyAlgorithm::P256).expect("makes a key");
        assert_eq!(card.public_key(slot).expect("says its key"), made);
    }
    let three_sets = card.key_sets().expect("answers") == 3;
    if three_sets {
        let made = card.generate(LATER, KeyAlgorithm::P256).expect("makes a key");
        assert_eq!(card.public_key(LATER).expect("says its key"), made);
    }
    assert_ne!(
        card.public_key(AUTHENTICATION).expect("key"),
        card.public_key(SIGNATURE).expect("key")
    );

    if !has_puk {
        // The PIN is forgotten with the connection.
        drop(card);
        card = connect();
        card.authenticate_management(&FACTORY_MANAGEMENT_KEY)
            .expect("the factory key");
    }

    // The card's own key wants no PIN; the holder's keys do, the signature key each time.
    signs(&mut *card, Slot::CardAuthentication).expect("no PIN wanted");
    assert!(matches!(
        signs(&mut *card, AUTHENTICATION),
        Err(CardError::NotAuthorised { .. })
    ));
    card.verify_pin(FACTORY_PIN).expect("the factory PIN");
    signs(&mut *card, SIGNATURE).expect("right after the PIN");
    assert!(matches!(
        card.sign(SIGNATURE, b"again"),
        Err(CardError::NotAuthorised { .. })
    ));
    signs(&mut *card, AUTHENTICATION).expect("the PIN opens it for the connection");
    if three_sets {
        assert!(matches!(
            card.sign(LATER, b"too late after the PIN"),
            Err(CardError::NotAuthorised { .. })
        ));
        card.verify_pin(FACTORY_PIN).expect("the factory PIN");
        let signature = card.sign(LATER, b"message").expect("right after the PIN");
        let spki = card.public_key(LATER).expect("key");
        VerifyingKey::new(&ECDSA_P256_SHA256_ASN1, point(&spki))
            .verify(b"message", &signature)
            .expect("a right signature");
    }
    card.verify_pin(FACTORY_PIN).expect("the factory PIN");
    signs(&mut *card, SIGNATURE).expect("right after the PIN");

    // The encryption key agrees on a secret.
    let ephemeral = PrivateKey::from_private_key(&ECDH_P256, &[7; 32]).expect("a scalar");
    let ours = ephemeral.compute_public_key().expect("a point");
    let secret = card.open(ENCRYPTION, ours.as_ref()).expect("agrees");
    let theirs = card.public_key(ENCRYPTION).expect("key");
    let theirs = UnparsedPublicKey::new(&ECDH_P256, point(&theirs));
    agree(&ephemeral, theirs, (), |x| {
        assert_eq!(x, &secret[..]);
        Ok(())
    })
    .expect("agrees");
    assert!(card.open(ENCRYPTION, &[4; 65]).is_err(), "a point off the curve");
    assert!(card.open(ENCRYPTION, b"").is_err());

    // Certificates: written under the management key, read by anybody, kept whole.
    let record = card.public_key(AUTHENTICATION).expect("says its key");
    let certificate = certificate_of(&record);
    card.write_certificate(AUTHENTICATION, &certificate_of(&record))
        .expect("writes");
    card.write_certificate(AUTHENTICATION, &certificate)
        .expect("writes over it");
    // Others hold a card exclusively.
    drop(card);
    let mut card = connect();
    assert!(card.expect_key(AUTHENTICATION, &record).expect("answers"));
    assert_eq!(card.certificate(AUTHENTICATION).expect("reads"), certificate);
    assert!(matches!(
        card.write_certificate(AUTHENTICATION, &certificate),
        Err(CardError::NotAuthorised { .. })
    ));

    // A new connection has proven nothing.
    assert!(matches!(
        signs(&mut *card, AUTHENTICATION),
        Err(CardError::NotAuthorised { .. })
    ));

    // Secrets are changed by who knows the old ones.
    let tries = card.pin_tries_left().expect("answers");
    assert!(tries >= 3);
    let rule = card.pin_rule();
    let of_length = |n: u8| "7".repeat(usize::from(n));
    assert!(matches!(
        card.change_pin(FACTORY_PIN, &of_length(rule.least - 1)),
        Err(CardError::PinLength)
    ));
    assert!(matches!(
        card.verify_pin(&of_length(rule.most + 1)),
        Err(CardError::PinLength)
    ));
    assert_eq!(
        card.pin_tries_left().expect("answers"),
        tries,
        "a length that cannot be right costs no try"
    );
    let wrong = card.change_pin("99999999", NEW_PIN);
    assert!(
        matches!(wrong, Err(CardError::WrongPin { left }) if left == tries - 1),
        "{wrong:?}"
    );
    card.change_pin(FACTORY_PIN, NEW_PIN).expect("changes");
    assert_eq!(
        card.pin_tries_left().expect("answers"),
        tries,
        "a right PIN gives the tries back"
    );
    if has_puk {
        assert!(matches!(
            card.change_puk("99999999", NEW_PUK),
            Err(CardError::WrongPuk { .. })
        ));
    }
    card.change_puk(FACTORY_PUK, NEW_PUK).expect("changes");
    assert!(matches!(
        card.change_puk(NEW_PUK, "12345"),
        Err(CardError::PinLength)
    ));
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY)
        .expect("the factory key");
    card.set_management_key(&OWN_KEY).expect("changes");
    drop(card);
    let mut card = connect();
    assert!(matches!(
        card.set_management_key(&OWN_KEY),
        Err(CardError::NotAuthorised { .. })
    ));
    assert!(matches!(
        card.authenticate_management(&FACTORY_MANAGEMENT_KEY),
        Err(CardError::WrongManagementKey)
    ));
    card.authenticate_management(&OWN_KEY).expect("the new key");
    assert!(card.expect_key(AUTHENTICATION, &record).expect("answers"));

    // Wrong PINs lock; the PUK, or the management key where there is none, opens again.
    if exempt != Exempt::Locking {
        locks(&mut *card, tries);
    }
    if has_puk {
        assert!(matches!(
            card.reset_pin(FACTORY_PUK, NEW_PIN),
            Err(CardError::WrongPuk { .. })
        ));
    }
    card.reset_pin(NEW_PUK, "24681357").expect("resets it");
    assert_eq!(card.pin_tries_left().expect("answers"), tries);
    card.verify_pin("24681357").expect("the new PIN");
    signs(&mut *card, AUTHENTICATION).expect("the keys are still there");
    assert!(card.verify_pin(NEW_PIN).is_err(), "the old PIN is gone");
}

/// Wrong PINs use the tries up, and then the right one is refused too.
fn locks(card: &mut dyn Card, tries: u8) {
    for left in (0..tries).rev() {
        match card.verify_pin(FACTORY_PIN) {
            Err(CardError::WrongPin { left: said }) if left > 0 => assert_eq!(said, left),
            Err(CardError::Locked) if left == 0 => {}
            other => panic!("{left}: {other:?}"),
        }
    }
    assert!(
        matches!(card.verify_pin(NEW_PIN), Err(CardError::Locked)),
        "the right PIN comes too late"
    );
    assert_eq!(card.pin_tries_left().expect("answers"), 0);
}

/// RSA: slow, so apart from the rest. The card is as [`holds`] leaves it or fresh; `management_key` and `pin` are its own.
pub(super) fn rsa_signs_and_opens(card: &mut dyn Card, management_key: &[u8; 32], pin: &str) {
    rsa_of(card, KeyAlgorithm::Rsa2048, management_key, pin);
}

/// RSA of 3072 bits, which takes longer still.
pub(super) fn rsa_3072_signs_and_opens(card: &mut dyn Card, management_key: &[u8; 32], pin: &str) {
    rsa_of(card, KeyAlgorithm::Rsa3072, management_key, pin);
}

fn rsa_of(card: &mut dyn Card, algorithm: KeyAlgorithm, management_key: &[u8; 32], pin: &str) {
    use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
    card.authenticate_management(management_key).expect("its own key");
    let spki = card.generate(ENCRYPTION, algorithm).expect("makes a key");
    card.verify_pin(pin).expect("its own PIN");
    let signature = card.sign(ENCRYPTION, b"message").expect("signs");
    VerifyingKey::new(&RSA_PKCS1_2048_8192_SHA256, &spki)
        .verify(b"message", &signature)
        .expect("a right signature");
    let public = PublicEncryptingKey::from_der(&spki).expect("a key");
    let public = Pkcs1PublicEncryptingKey::new(public).expect("large enough");
    let mut sealed = vec![0; signature.len()];
    assert_eq!(
        sealed.len(),
        if algorithm == KeyAlgorithm::Rsa2048 {
            256
        } else {
            384
        }
    );
    let sealed = public
        .encrypt(b"sixteen byte key", &mut sealed)
        .expect("encrypts")
        .to_vec();
    assert_eq!(
        &card.open(ENCRYPTION, &sealed).expect("opens")[..],
        b"sixteen byte key"
    );
}

/// P-384, on a card as [`rsa_signs_and_opens`] takes it.
pub(super) fn p384_signs_and_agrees(card: &mut dyn Card, management_key: &[u8; 32], pin: &str) {
    card.authenticate_management(management_key).expect("its own key");
    let spki = card
        .generate(ENCRYPTION, KeyAlgorithm::P384)
        .expect("makes a key");
    assert_eq!(spki.len(), 120, "a P-384 key as SubjectPublicKeyInfo");
    let point = &spki[spki.len() - 97..];
    card.verify_pin(pin).expect("its own PIN");
    let signature = card.sign(ENCRYPTION, b"message").expect("signs");
    VerifyingKey::new(&ECDSA_P384_SHA384_ASN1, point)
        .verify(b"message", &signature)
        .expect("a right signature");
    let ephemeral = PrivateKey::from_private_key(&ECDH_P384, &[7; 48]).expect("a scalar");
    let ours = ephemeral.compute_public_key().expect("a point");
    let secret = card.open(ENCRYPTION, ours.as_ref()).expect("agrees");
    agree(&ephemeral, UnparsedPublicKey::new(&ECDH_P384, point), (), |x| {
        assert_eq!(x, &secret[..]);
        Ok(())
    })
    .expect("agrees");
}
