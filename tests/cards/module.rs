//! Cards and officers' keys behind PKCS#11 modules: SoftHSM's tokens go the whole journey, and modules that hang or crash are said.

use crate::canaries::{
    Canary, every_planted_canary_is_found, forms_of_text, search, secrets_in_custody, secrets_of,
};
use crate::case::Step;
use crate::contract::{self, Exempt};
use crate::office::{self, certified, enrol, serial};
use crate::play::{PIN, Play, copy_folder, officer, scan_of, scratch};
use crate::typist::types;
use siegelpost::adapters::card::pkcs11::{FactorySecrets, Module, ModuleReaders, ModuleSigner};
use siegelpost::adapters::card::signer::PadSlip;
use siegelpost::adapters::clock::SystemClock;
use siegelpost::domain::{Role, Stage};
use siegelpost::journey::request;
use siegelpost::pki::{SigningKey, verify_by_key};
use siegelpost::ports::Clock as _;
use siegelpost::ports::card::{
    CardError, FACTORY_MANAGEMENT_KEY, FACTORY_PIN, KeyAlgorithm, KeyKind, Readers, Slot,
};
use siegelpost::rehearsal::cast;
use siegelpost::seal::{self, CardIdentity, CustodyContext};
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub const SIGNATURE: Slot = Slot::Set {
    set: 1,
    kind: KeyKind::Signature,
};

/// SoftHSM with tokens of its own in a folder.
pub struct SoftHsm {
    pub folder: tempfile::TempDir,
}

/// Our own binary with this in its environment: modules read theirs from there.
fn program_with(folder: &Path, environment: &[(&str, &Path)]) -> PathBuf {
    let script = folder.join("siegelpost-with-module");
    let exports: Vec<String> = environment
        .iter()
        .map(|(name, value)| format!("{name}='{}' export {name}\n", value.display()))
        .collect();
    let text = format!(
        "#!/bin/sh\n{}exec {} \"$@\"\n",
        exports.concat(),
        env!("CARGO_BIN_EXE_siegelpost")
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

pub fn library() -> PathBuf {
    ["/usr/lib/softhsm/libsofthsm2.so"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.exists())
        .expect("SoftHSM is here: run scripts/packages.sh test")
}

impl SoftHsm {
    pub fn new() -> SoftHsm {
        SoftHsm::in_folder(|tokens| fs::create_dir(tokens).unwrap())
    }

    /// With copies of these tokens.
    pub fn copy(of: &Path) -> SoftHsm {
        SoftHsm::in_folder(|tokens| copy_folder(of, tokens))
    }

    /// Where the tokens are.
    pub fn tokens(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    fn in_folder(fill: impl FnOnce(&Path)) -> SoftHsm {
        let folder = scratch();
        fill(&folder.path().join("tokens"));
        let config = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            folder.path().join("tokens").display()
        );
        fs::write(folder.path().join("softhsm2.conf"), config).unwrap();
        SoftHsm { folder }
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("softhsm2.conf")
    }

    /// A token as its maker delivers it: the PIN of PIV cards, and their management key as SO PIN.
    pub fn token(&self, label: &str) -> String {
        self.token_with(label, FACTORY_PIN, &hex::encode(&FACTORY_MANAGEMENT_KEY[..24]))
    }

    fn token_with(&self, label: &str, pin: &str, so_pin: &str) -> String {
        let before = self.chips();
        let done = Command::new("softhsm2-util")
            .env("SOFTHSM2_CONF", self.config())
            .args([
                "--init-token",
                "--free",
                "--label",
                label,
                "--pin",
                pin,
                "--so-pin",
                so_pin,
            ])
            .output()
            .expect("softhsm2-util runs: run scripts/packages.sh test");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let mut new = self.chips();
        new.retain(|chip| !before.contains(chip));
        assert_eq!(new.len(), 1, "one token more");
        new.remove(0)
    }

    fn chips(&self) -> Vec<String> {
        let seen = self.readers().list().unwrap();
        seen.into_iter().filter_map(|r| r.chip_id).collect()
    }

    pub fn program(&self) -> PathBuf {
        program_with(self.folder.path(), &[("SOFTHSM2_CONF", &self.config())])
    }

    pub fn module(&self) -> Module {
        Module::new(self.program(), library())
    }

    pub fn readers(&self) -> ModuleReaders {
        ModuleReaders::new(self.module(), FactorySecrets::default())
    }
}

#[test]
fn a_token_keeps_the_contract_of_all_cards_but_for_locking() {
    let softhsm = SoftHsm::new();
    let chip = softhsm.token("contract");
    contract::holds_but_for(&softhsm.readers(), &chip, Exempt::Locking);
}

#[test]
fn a_token_signs_and_opens_with_each_kind_of_key() {
    let softhsm = SoftHsm::new();
    let chip = softhsm.token("kinds");
    let readers = softhsm.readers();
    let mut card = readers.connect(&chip).unwrap();
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY).unwrap();
    card.verify_pin(FACTORY_PIN).unwrap();
    contract::p384_signs_and_agrees(&mut *card, &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
    card.verify_pin(FACTORY_PIN).unwrap();
    contract::rsa_signs_and_opens(&mut *card, &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
    card.verify_pin(FACTORY_PIN).unwrap();
    contract::rsa_3072_signs_and_opens(&mut *card, &FACTORY_MANAGEMENT_KEY, FACTORY_PIN);
}

#[test]
fn cards_of_a_make_with_secrets_of_its_own_are_opened_by_them() {
    let softhsm = SoftHsm::new();
    let chip = softhsm.token_with(
        "another make",
        "0000",
        "000000000000000000000000000000000000000000000000",
    );
    let factory = FactorySecrets {
        pin: Some("0000".into()),
        so_pin: Some("0".repeat(48)),
    };
    let readers = ModuleReaders::new(softhsm.module(), factory);
    let mut card = readers.connect(&chip).unwrap();
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY).unwrap();
    card.verify_pin(FACTORY_PIN).unwrap();
    let mut card = softhsm.readers().connect(&chip).unwrap();
    assert!(matches!(
        card.authenticate_management(&FACTORY_MANAGEMENT_KEY),
        Err(CardError::WrongManagementKey)
    ));
}

/// Prestage, request, issue, letter, unseal, all on a token: three full sets, and nothing of the factory's left.
#[test]
fn a_token_goes_from_blank_to_open() {
    let softhsm = SoftHsm::new();
    let chip = softhsm.token("journey");
    let readers = softhsm.readers();
    let mut play = Play::found("an office with a vendor's module");
    let row = office::prestage(&play, &mut *readers.connect(&chip).unwrap(), KeyAlgorithm::P256).unwrap();
    assert_eq!(
        (row.chip_id.as_str(), row.keys.len()),
        (chip.as_str(), 10),
        "9E and three full sets"
    );
    let mut canaries = secrets_of(&play, serial());
    canaries.extend(so_pin(&play.open_sealed(serial()).0.management_key));
    canaries.extend(forms_of_text("the holder's PIN", PIN, 3));
    let nowhere = Vec::<String>::new();
    assert_eq!(search(&play.folder, &canaries), nowhere, "sealed");
    let mut card = readers.connect(&chip).unwrap();
    assert!(card.authenticate_management(&FACTORY_MANAGEMENT_KEY).is_err());
    assert!(card.verify_pin(FACTORY_PIN).is_err());
    drop(card);

    play.go_on_to(Step::Unseal);
    let mut card = readers.connect(&chip).unwrap();
    office::unseal(&play, &mut *card, &play.number()).unwrap();
    let (case, row) = (play.case(), play.card(serial()));
    assert!(matches!(case.stage, Stage::Unsealed { .. }), "{:?}", case.stage);

    let mut card = readers.connect(&chip).unwrap();
    for certificate in play.app.desk().store.certificates(case.request_id).unwrap() {
        assert_eq!(card.certificate(certificate.slot).unwrap(), certificate.der);
    }
    card.verify_pin(PIN).unwrap();
    let key = row.keys.iter().find(|k| k.slot == SIGNATURE).unwrap();
    let signature = card.sign(SIGNATURE, b"it works").unwrap();
    verify_by_key(&key.spki, b"it works", &signature).unwrap();
    // The office's management key, in custody, sets a new PIN.
    let expected = CustodyContext {
        card: CardIdentity {
            serial: serial(),
            chip_id: chip,
        },
        generation: siegelpost::journey::unseal::FIRST_CUSTODY,
    };
    let kept = serde_json::from_str(row.custody.as_deref().unwrap()).unwrap();
    let custody = seal::open_from_custody(&play.app.custody_key().unwrap(), &expected, &kept).unwrap();
    card.authenticate_management(&custody.management_key).unwrap();
    card.reset_pin(custody.puk.as_str(), "73920461").unwrap();
    card.verify_pin("73920461").unwrap();

    canaries.extend(secrets_in_custody(&play, serial()));
    canaries.extend(so_pin(&custody.management_key));
    assert_eq!(search(&play.folder, &canaries), nowhere, "open");
    every_planted_canary_is_found(&play, &canaries);
    println!("{} forms of secrets of a token, nowhere", canaries.len());
}

/// The SO PIN that a management key is for a module, in all forms.
fn so_pin(management_key: &[u8; 32]) -> Vec<Canary> {
    forms_of_text("the SO PIN", &hex::encode(&management_key[..24]), 4)
}

/// A RIO's certificate and key on a token.
fn rios_token(softhsm: &SoftHsm, play: &Play, keys: KeyAlgorithm) -> Vec<u8> {
    let chip = softhsm.token("an officer's");
    let mut card = softhsm.readers().connect(&chip).unwrap();
    card.authenticate_management(&FACTORY_MANAGEMENT_KEY).unwrap();
    card.verify_pin(FACTORY_PIN).unwrap();
    certified(
        play,
        &mut *card,
        SIGNATURE,
        keys,
        "Robin Modul",
        "rio-module@office.example",
    )
}

#[test]
fn an_officers_key_is_found_by_its_certificate_among_all_tokens() {
    let softhsm = SoftHsm::new();
    let play = Play::found("officers with tokens");
    softhsm.token("somebody else's");
    for keys in [KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::Rsa2048] {
        let certificate = rios_token(&softhsm, &play, keys);
        let (entry, typist) = types(&["999999", FACTORY_PIN, FACTORY_PIN]);
        let signer = ModuleSigner::find(&softhsm.module(), &certificate, entry)
            .unwrap()
            .expect("it is there");
        for message in [&b"first"[..], b"second"] {
            let signature = signer.sign(message).unwrap();
            verify_by_key(signer.spki_der(), message, &signature).unwrap();
        }
        // A slip is told and asked again; each signature asks anew.
        assert_eq!(typist.asked(), [None, Some(2), None], "{keys:?}");
    }
    let (entry, _) = types(&[]);
    let other = play.app.officer_credentials(&officer("helper")).unwrap();
    let none = ModuleSigner::find(&softhsm.module(), other.chain[0].der(), entry).unwrap();
    assert!(none.is_none());
}

/// Each of these certificates' keys signs through a module that others wrote, for cards that others read: OpenSC's, on a PIV card in a
/// real reader. One of them wants its PIN for each use.
pub fn openscs_module_signs(library: &str, certificates: &[Vec<u8>]) {
    let module = Module::new(env!("CARGO_BIN_EXE_siegelpost").into(), library.into());
    for certificate in certificates {
        let (entry, typist) = types(&[PIN, PIN]);
        let signer = ModuleSigner::find(&module, certificate, entry)
            .unwrap()
            .expect("OpenSC shows the card's certificates");
        for message in [&b"first"[..], b"second"] {
            let signature = signer.sign(message).unwrap();
            verify_by_key(signer.spki_der(), message, &signature).unwrap();
        }
        assert_eq!(typist.asked(), [None, None]);
    }
    println!("{} keys sign by OpenSC's module", certificates.len());
}

/// Says of a module what the program says in three situations: where it is missing, is none, hangs, or crashes.
fn said_of(module: &Module) -> String {
    let readers = ModuleReaders::new(module.clone(), FactorySecrets::default());
    let Err(error) = readers.list() else {
        panic!("it answered");
    };
    // Asked again, another process is started: no lasting harm.
    assert!(readers.list().is_err());
    error.to_string()
}

fn built(folder: &Path, name: &str, body: &str) -> PathBuf {
    let (source, library) = (
        folder.join(format!("{name}.c")),
        folder.join(format!("{name}.so")),
    );
    fs::write(&source, body).unwrap();
    let done = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output()
        .expect("a C compiler");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    library
}

#[test]
fn a_module_that_is_missing_or_none_or_hangs_or_crashes_is_said_and_does_no_harm() {
    let folder = scratch();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_siegelpost"));
    let at = |path: PathBuf| Module::new(program.clone(), path);
    let missing = said_of(&at("/nowhere/vendor.so".into()));
    assert!(missing.contains("no module at /nowhere/vendor.so"), "{missing}");
    let text = folder.path().join("text.so");
    fs::write(&text, "no library").unwrap();
    assert!(said_of(&at(text)).contains("cannot be loaded"));
    let none = built(folder.path(), "none", "int answer(void) { return 42; }\n");
    assert!(said_of(&at(none)).contains("cannot be loaded"));

    let crashing = built(
        folder.path(),
        "crashing",
        "unsigned long C_GetFunctionList(void **list) { *(volatile int *)list[0] = 1; return *(volatile int *)8; }\n",
    );
    let crashed = said_of(&at(crashing));
    assert!(crashed.contains("crashing.so crashed (signal: 11"), "{crashed}");

    let hanging = built(
        folder.path(),
        "hanging",
        "#include <unistd.h>\nunsigned long C_GetFunctionList(void **list) { for (;;) pause(); }\n",
    );
    let start = Instant::now();
    let hung = said_of(&at(hanging).patient_for(Duration::from_secs(1)));
    assert!(hung.contains("hanging.so did not answer within 1 s"), "{hung}");
    assert!(start.elapsed() < Duration::from_secs(20));
}

/// A module around SoftHSM: this code of C stands between, with the functions of the standard by their places in `real->f` and `own.f`.
pub fn around(folder: &Path, name: &str, functions: &str, replaced: &[(usize, &str)]) -> PathBuf {
    let replaced: Vec<String> = replaced
        .iter()
        .map(|(n, by)| format!("    own.f[{n}] = (any){by};\n"))
        .collect();
    let body = format!(
        r#"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
typedef unsigned long (*any)(void);
typedef unsigned long ul;
/* Version and 68 functions, in the order of the standard. */
static struct {{ unsigned char version[2]; any f[68]; }} own, *real;
{functions}
ul C_GetFunctionList(void **list) {{
    void *module = dlopen("{}", RTLD_NOW);
    ul (*get)(void *) = (ul (*)(void *))dlsym(module, "C_GetFunctionList");
    ul done = get(&real);
    memcpy(&own, real, sizeof own);
{}    *list = &own;
    return done;
}}
"#,
        library().display(),
        replaced.concat()
    );
    built(folder, name, &body)
}

/// Prints to standard output, never ends at C_Finalize, and takes the PIN at a pad, where it types it itself.
fn noisy_with_a_pad(folder: &Path) -> PathBuf {
    let functions = format!(
        r#"
static ul token_info(ul slot, unsigned char *info) {{
    ul done = ((ul (*)(ul, unsigned char *))real->f[6])(slot, info);
    /* label 32, manufacturer 32, model 16, serial 16, then the flags: CKF_PROTECTED_AUTHENTICATION_PATH */
    ul flags;
    memcpy(&flags, info + 96, sizeof flags);
    flags |= 0x100;
    memcpy(info + 96, &flags, sizeof flags);
    puts("a vendor's own words");
    printf("and half a line");
    fflush(stdout);
    return done;
}}
static ul login(ul session, ul user, char *pin, ul length) {{
    static int typed = 0;
    if (!pin && typed++ == 0) {{ pin = "999999"; length = 6; }}
    if (!pin) {{ pin = "{FACTORY_PIN}"; length = 6; }}
    return ((ul (*)(ul, ul, char *, ul))real->f[18])(session, user, pin, length);
}}
static ul finalize(void *reserved) {{ for (;;) pause(); }}
"#
    );
    around(
        folder,
        "pad",
        &functions,
        &[(1, "finalize"), (6, "token_info"), (18, "login")],
    )
}

#[test]
fn a_pin_is_typed_at_the_pad_and_what_a_module_prints_is_read_past() {
    let softhsm = SoftHsm::new();
    let play = Play::found("an officer with a pad");
    let certificate = rios_token(&softhsm, &play, KeyAlgorithm::P256);
    let path = noisy_with_a_pad(softhsm.folder.path());
    let module = Module::new(softhsm.program(), path).patient_for(Duration::from_secs(5));
    let (entry, typist) = types(&[]);
    let signer = ModuleSigner::find(&module, &certificate, entry)
        .unwrap()
        .expect("it is there");
    let signature = signer.sign(b"message").unwrap();
    verify_by_key(signer.spki_der(), b"message", &signature).unwrap();
    assert_eq!(typist.at_pad(), [None, Some(PadSlip::Wrong(2))], "a slip is told");
    assert!(typist.asked().is_empty(), "nobody is asked at the terminal");
    // It hangs at the end, and is ended.
    let start = Instant::now();
    drop(signer);
    assert!(start.elapsed() < Duration::from_secs(20));
}

/// The program itself: the module in the configuration, the officer's token chosen by the enrolled certificate, the PIN typed at a
/// terminal, and the office takes the mail in.
#[test]
fn the_program_signs_a_mail_and_a_decision_with_tokens_and_asks_for_the_pin_at_the_terminal() {
    let softhsm = SoftHsm::new();
    // The program goes by the machine's clock.
    let founded = SystemClock.now() - jiff::SignedDuration::from_hours(1);
    let mut play = Play::found_at("an office with a module", founded);
    play.blank_card();
    play.go_on_to(Step::Request);
    let (id, mail) = ("rio-module", "rio-module@office.example");
    let certificate = rios_token(&softhsm, &play, KeyAlgorithm::P256);
    enrol(&play, id, Role::Rio, "Modul", mail, &certificate);
    let certificate = rios_token(&softhsm, &play, KeyAlgorithm::P384);
    enrol(&play, "lrao-module", Role::Lrao, "Entscheid", mail, &certificate);
    configure(&play, false);
    let mut data = cast::example();
    data.card_serial = serial();
    play.chance.put("the request of the first case");
    let drafted = request::draft(&play.app.desk(), &play.app.press, data, &officer(id)).unwrap();
    let (scan, letter) = (play.folder.join("scan.pdf"), play.folder.join("letter.eml"));
    fs::write(&scan, scan_of(&drafted)).unwrap();
    let office = format!(
        "{} --office {}",
        env!("CARGO_BIN_EXE_siegelpost"),
        play.folder.display()
    );
    let command = format!(
        "{office} --as {id} request submit --anyway --scan {} --out {}",
        scan.display(),
        letter.display(),
    );

    // Without a terminal nobody can type.
    let at = |program: &str, arguments: &[&str], pins: &[&str]| {
        let mut child = Command::new(program)
            .args(arguments)
            .env("SOFTHSM2_CONF", softhsm.config())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Held open until the end: the end of what is typed would be a key too.
        let mut keyboard = child.stdin.take().unwrap();
        let (mut out, mut shown, mut pins) = (child.stdout.take().unwrap(), Vec::new(), pins.iter());
        let (mut buffer, mut typed) = ([0; 4096], 0);
        while let Ok(n @ 1..) = out.read(&mut buffer) {
            shown.extend_from_slice(&buffer[..n]);
            let text = String::from_utf8_lossy(&shown).into_owned();
            let asked = text.split("PIN der Karte von").skip(1);
            let asked = asked.filter(|after| after.contains("\n> ")).count();
            while typed < asked {
                typed += 1;
                let pin = pins.next().unwrap_or_else(|| panic!("asked once more:\n{text}"));
                keyboard.write_all(format!("{pin}\n").as_bytes()).unwrap();
            }
        }
        let done = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&[shown, done.stderr].concat()).into_owned();
        (done.status, said)
    };
    let (_, said) = at("setsid", &["sh", "-c", &command], &[]);
    assert!(
        said.contains("the PIN of a card is asked for at a terminal"),
        "{said}"
    );
    assert!(!letter.exists());

    // At one, a slip is told.
    let pins = ["99999999", FACTORY_PIN];
    let (status, said) = at("script", &["-qec", &command, "/dev/null"], &pins);
    assert!(status.success(), "{said}");
    assert!(said.contains("PIN der Karte von"), "{said}");
    assert!(said.contains("Diese PIN ist falsch"), "{said}");
    play.arrive("1", &fs::read(&letter).unwrap());
    let taken = play.inbox().unwrap();
    let stage = play.case().stage;
    assert!(
        matches!(&stage, Stage::InReview { rio, .. } if *rio == Some(officer(id))),
        "{stage:?}: {taken:?}"
    );

    // The LRAO's token signs the decision.
    let request = play.case().request_id;
    let eyes: Vec<String> = play
        .eyes_needed(request)
        .iter()
        .map(ToString::to_string)
        .collect();
    let looked_at = if eyes.is_empty() {
        String::new()
    } else {
        format!(" --looked-at {}", eyes.join(","))
    };
    let approve = format!("{office} --as lrao-module review approve {request}{looked_at}");
    let (status, said) = at("script", &["-qec", &approve, "/dev/null"], &[FACTORY_PIN]);
    assert!(status.success() && said.contains("PIN der Karte von"), "{said}");
    let stage = play.case().stage;
    assert!(matches!(stage, Stage::Approved { .. }), "{stage:?}");
}

/// Writes the module into the office's configuration.
fn configure(play: &Play, drives_cards: bool) {
    let file = play.folder.join("siegelpost.toml");
    let text = fs::read_to_string(&file).unwrap();
    let module = format!(
        "\n[[modules]]\npath = \"{}\"\ndrives_cards = {drives_cards}\n",
        library().display()
    );
    fs::write(&file, text + &module).unwrap();
}

#[test]
fn the_program_seals_a_token_by_its_module() {
    let softhsm = SoftHsm::new();
    let chip = softhsm.token("stock");
    let play = Play::found("an office whose cards a module drives");
    configure(&play, true);
    let run = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_siegelpost"))
            .env("SOFTHSM2_CONF", softhsm.config())
            .args([
                "--office",
                play.folder.to_str().unwrap(),
                "--as",
                "security",
                "--json",
            ])
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        (done.status.code(), said)
    };
    let (code, said) = run(&["card", "readers"]);
    assert!(code == Some(0) && said.contains(&chip), "{said}");

    // The number that is printed on the card is compared, read one by one or from the file of a box.
    let box_of = |printed: &str| {
        let file = play.folder.join("box.csv");
        fs::write(&file, format!("{}; {printed}\n", serial().grouped())).unwrap();
        run(&["card", "prestage", "--serials", file.to_str().unwrap()])
    };
    let number = serial().to_string();
    for (code, said) in [
        run(&["card", "prestage", "--serial", &number, "--printed", "12345"]),
        box_of("12345"),
    ] {
        assert!(code == Some(1) && said.contains("printed_serial"), "{said}");
    }
    let (code, sealed) = box_of(&chip);
    assert_eq!(code, Some(0), "{sealed}");
    assert!(
        sealed.contains(&chip) && sealed.contains("\"state\":\"staged\""),
        "{sealed}"
    );
}
