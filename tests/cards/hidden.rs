//! Cards whose public keys and certificates are seen after the PIN alone, as some makes have it: behind SoftHSM's module, with C between
//! that makes each of its objects private.

use crate::case::Step;
use crate::module::{SIGNATURE, SoftHsm, around};
use crate::office::{self, certified, serial};
use crate::play::{PIN, Play, code, officer};
use crate::typist::types;
use siegelpost::adapters::card::pkcs11::{FactorySecrets, Module, ModuleReaders, ModuleSigner};
use siegelpost::domain::Stage;
use siegelpost::pki::{SignError, SigningKey, verify_by_key};
use siegelpost::ports::card::{CardError, FACTORY_MANAGEMENT_KEY, FACTORY_PIN, KeyAlgorithm, Readers};
use std::path::{Path, PathBuf};

/// Makes public keys, and certificates too where it is asked for, that are shown after the PIN alone.
fn hiding(folder: &Path, certificates_too: bool) -> PathBuf {
    let functions = r#"
struct attribute { ul type; void *value; ul length; };
static void hide(struct attribute *all, ul n) {
    static unsigned char yes = 1;
    for (ul i = 0; i < n; i++) if (all[i].type == 2 /* CKA_PRIVATE */) all[i].value = &yes;
}
static ul make_pair(ul session, void *how, struct attribute *public, ul n, struct attribute *private, ul m, ul *one, ul *other) {
    hide(public, n);
    return ((ul (*)(ul, void *, void *, ul, void *, ul, ul *, ul *))real->f[59])(session, how, public, n, private, m, one, other);
}
static ul create(ul session, struct attribute *all, ul n, ul *object) {
    hide(all, n);
    return ((ul (*)(ul, void *, ul, ul *))real->f[20])(session, all, n, object);
}
"#;
    let replaced = [(59, "make_pair"), (20, "create")];
    around(
        folder,
        "hiding",
        functions,
        &replaced[..1 + usize::from(certificates_too)],
    )
}

/// Prestage to unseal with public keys that are seen after the PIN alone, of which a sealed card shows none.
#[test]
fn a_token_that_hides_its_public_keys_goes_from_blank_to_open() {
    let softhsm = SoftHsm::new();
    let chip = softhsm.token("hidden keys");
    let hiding = Module::new(softhsm.program(), hiding(softhsm.folder.path(), false));
    let of = |module: &Module| ModuleReaders::new(module.clone(), FactorySecrets::default());
    let (told, untold) = (of(&hiding.clone().showing_after_pin(true)), of(&hiding));
    let mut play = Play::found("an office whose cards hide their keys");
    office::prestage(&play, &mut *told.connect(&chip).unwrap(), KeyAlgorithm::P256).unwrap();
    play.go_on_to(Step::Unseal);

    // They are hidden indeed; without the setting the card is taken for another.
    let key = play.card(serial()).keys[0].clone();
    let mut card = untold.connect(&chip).unwrap();
    assert!(matches!(card.public_key(key.slot), Err(CardError::EmptySlot)));
    let refused = office::unseal(&play, &mut *card, &play.number());
    assert_eq!(code(refused), "other_key");
    drop(card);

    let mut card = told.connect(&chip).unwrap();
    office::unseal(&play, &mut *card, &play.number()).unwrap();
    assert!(matches!(play.case().stage, Stage::Unsealed { .. }));
    drop(card);
    // After the PIN they are seen.
    let mut card = untold.connect(&chip).unwrap();
    card.verify_pin(PIN).unwrap();
    assert_eq!(card.public_key(key.slot).unwrap(), key.spki);

    // Another token in its place proves nothing: it has no key to sign the office's challenge with.
    let other = softhsm.token("another");
    let mut card = told.connect(&other).unwrap();
    assert!(card.expect_key(key.slot, &key.spki).unwrap());
    assert!(card.sign(key.slot, b"who are you").is_err());
}

/// An officer's certificate that is seen after the PIN alone is found by the PIN, on the one token that may have it.
#[test]
fn an_officers_key_is_found_behind_the_pin_and_no_pin_is_tried_on_anothers_token() {
    let softhsm = SoftHsm::new();
    let play = Play::found("an officer whose token hides all");
    let hiding = Module::new(softhsm.program(), hiding(softhsm.folder.path(), true)).showing_after_pin(true);
    let chip = softhsm.token("an officer's");
    let readers = ModuleReaders::new(hiding.clone(), FactorySecrets::default());
    let mut card = readers.connect(&chip).unwrap();
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY).unwrap();
    card.verify_pin(FACTORY_PIN).unwrap();
    let mail = "rio-module@office.example";
    let certificate = certified(
        &play,
        &mut *card,
        SIGNATURE,
        KeyAlgorithm::P256,
        "Robin Modul",
        mail,
    );
    // The card itself shows it to who has proven the PIN.
    assert_eq!(card.certificate(SIGNATURE).unwrap(), certificate);
    drop(card);
    let mut card = readers.connect(&chip).unwrap();
    assert!(matches!(card.certificate(SIGNATURE), Err(CardError::EmptySlot)));
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY).unwrap();
    card.verify_pin(FACTORY_PIN).unwrap();
    assert_eq!(card.certificate(SIGNATURE).unwrap(), certificate);
    drop(card);

    let (entry, _) = types(&[]);
    assert!(
        ModuleSigner::find(&hiding, &certificate, entry)
            .unwrap()
            .is_none(),
        "it is hidden"
    );
    let silent = |certificate: &[u8], pins, is_other: &dyn Fn(&str) -> bool| {
        let (entry, typist) = types(pins);
        let found = ModuleSigner::find_silent(&hiding, certificate, entry, is_other);
        (found, typist)
    };
    let (found, typist) = silent(&certificate, &["999999", FACTORY_PIN, FACTORY_PIN], &|_| false);
    let signer = found.unwrap().expect("the only token");
    for message in [&b"first"[..], b"second"] {
        let signature = signer.sign(message).unwrap();
        verify_by_key(signer.spki_der(), message, &signature).unwrap();
    }
    assert_eq!(typist.asked(), [None, Some(2), None]);
    drop(signer);

    // A token that has another certificate says so; one that is the office's, or one of two, is not tried.
    let other = play.app.officer_credentials(&officer("helper")).unwrap();
    let (found, _) = silent(other.chain[0].der(), &[FACTORY_PIN], &|_| false);
    let refused = found.unwrap().expect("the only token").sign(b"message");
    assert!(
        matches!(&refused, Err(SignError::Refused(why)) if why.contains("not on this token")),
        "{refused:?}"
    );
    let second = softhsm.token("the stock's");
    let (found, typist) = silent(&certificate, &[], &|_| false);
    assert!(matches!(found, Err(CardError::Io(why)) if why.contains("leave only your own in")));
    let (found, _) = silent(&certificate, &[FACTORY_PIN], &|chip| chip == second);
    found.unwrap().expect("its own").sign(b"message").unwrap();
    let (found, _) = silent(&certificate, &[], &|_| true);
    assert!(found.unwrap().is_none() && typist.asked().is_empty());
    // Where the module is not said to be of that kind, nothing is tried either.
    let (entry, _) = types(&[]);
    let plain = ModuleSigner::find_silent(&hiding.showing_after_pin(false), &certificate, entry, |_| false);
    assert!(plain.unwrap().is_none());
}
