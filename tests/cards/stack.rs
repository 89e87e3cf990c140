//! The whole journey through a real pcscd with two readers, and what other programs say of the card afterwards.
//!
//! Runs as root where no other pcscd runs: it starts its own, with vpcd's driver and a virtual card in each of two readers.

use crate::case::Step;
use crate::contract;
use crate::office::{certified, enrol, prestage, unseal_with};
use crate::play::{PIN, Play, scratch};
use crate::reader::program;
use crate::typist::types;
use siegelpost::adapters::card::pcsc::PcscReaders;
use siegelpost::adapters::card::signer::CardSigner;
use siegelpost::adapters::random::SystemSource;
use siegelpost::app::pem_block;
use siegelpost::domain::{CardSerial, Role};
use siegelpost::ports::card::{FACTORY_PIN, KeyAlgorithm, KeyKind, ReaderState, Readers, Slot};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where vpcd's driver listens for the cards of its two readers: its own default, and one more.
const PORTS: [u16; 2] = [40_000, 40_001];
/// What the service and its cards take to be ready: seconds on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const SOCKET: &str = "/run/pcscd/pcscd.comm";
const AUTHENTICATION: Slot = Slot::Set {
    set: 1,
    kind: KeyKind::Authentication,
};

/// pcscd with its two readers; ended when dropped.
pub struct Stack {
    pub folder: tempfile::TempDir,
    service: Child,
    cards: [Option<Child>; 2],
}

impl Stack {
    fn start() -> Stack {
        assert!(
            !Path::new(SOCKET).exists(),
            "another pcscd is here ({SOCKET}): stop it first (systemctl stop pcscd.socket pcscd)"
        );
        let folder = scratch();
        let readers = folder.path().join("readers");
        fs::create_dir_all(&readers).unwrap();
        fs::create_dir_all("/run/pcscd").expect("this test runs as root");
        let driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
        assert!(
            Path::new(driver).exists(),
            "{driver} is missing: run scripts/packages.sh test"
        );
        let text = format!(
            "FRIENDLYNAME \"Siegelpost Test Reader\"\nDEVICENAME /dev/null:{port:#X}\nLIBPATH {driver}\nCHANNELID {port:#X}\n",
            port = PORTS[0]
        );
        fs::write(readers.join("vpcd"), text).unwrap();
        let service = Self::serve(folder.path());
        let stack = Stack {
            folder,
            service,
            cards: [None, None],
        };
        stack.until_ready();
        stack
    }

    fn serve(folder: &Path) -> Child {
        let log = fs::File::create(folder.join("pcscd.log")).unwrap();
        Command::new("pcscd")
            .args(["--foreground", "--info", "--config"])
            .arg(folder.join("readers"))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("pcscd runs: run scripts/packages.sh test")
    }

    fn until_ready(&self) {
        self.until("pcscd to be ready", || {
            fs::read_to_string(self.folder.path().join("pcscd.log"))
                .is_ok_and(|log| log.contains("daemon ready"))
        });
    }

    /// All readers go, and with them the service.
    fn unplug_all(&mut self) {
        self.remove(0);
        self.remove(1);
        // TERM, so that it takes its socket away.
        let _ = Command::new("kill").arg(self.service.id().to_string()).status();
        let _ = self.service.wait();
        let _ = fs::remove_file(SOCKET);
    }

    /// The readers come back.
    fn plug_all(&mut self) {
        self.service = Self::serve(self.folder.path());
        self.until_ready();
    }

    /// Waits for what other programs do; there is no clock of ours in them.
    pub fn until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let start = Instant::now();
        while !done() {
            assert!(
                start.elapsed() < PATIENCE,
                "waited in vain for {what}: {:?}\n{}",
                readers().list(),
                fs::read_to_string(self.folder.path().join("pcscd.log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Puts a card that remembers in a folder into a reader.
    pub fn insert(&mut self, reader: usize, card: &Path) {
        fs::create_dir_all(card).unwrap();
        let child = Command::new(program())
            .arg(format!("127.0.0.1:{}", PORTS[reader]))
            .arg(card)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        self.cards[reader] = Some(child);
    }

    pub fn remove(&mut self, reader: usize) {
        if let Some(mut card) = self.cards[reader].take() {
            card.kill().unwrap();
            card.wait().unwrap();
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.unplug_all();
    }
}

pub fn readers() -> PcscReaders {
    PcscReaders::new(Arc::new(SystemSource::default()))
}

/// Whether something is in the `n`th reader, without touching it: vpcd's driver does not like to be asked for a card that just went.
pub fn is_in(n: usize) -> bool {
    let Ok(context) = pcsc::Context::establish(pcsc::Scope::User) else {
        return false;
    };
    let mut states: Vec<pcsc::ReaderState> = context
        .list_readers_owned()
        .unwrap_or_default()
        .into_iter()
        .map(|name| pcsc::ReaderState::new(name, pcsc::State::UNAWARE))
        .collect();
    context.get_status_change(Duration::ZERO, &mut states).is_ok()
        && states
            .get(n)
            .is_some_and(|s| s.event_state().contains(pcsc::State::PRESENT))
}

/// The card in the `n`th reader.
pub fn chip_in(n: usize) -> Option<String> {
    let names = readers().list().unwrap_or_default();
    names.get(n).and_then(|r: &ReaderState| r.chip_id.clone())
}

fn run(program: &str, arguments: &[&str], input: Option<&Path>) -> Output {
    let mut command = Command::new(program);
    command.args(arguments);
    command.stdin(input.map_or(Stdio::null(), |path| fs::File::open(path).unwrap().into()));
    command
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e}: run scripts/packages.sh test"))
}

/// Runs a program that must succeed; what it says on both ways out.
fn good(program: &str, arguments: &[&str]) -> String {
    let done = run(program, arguments, None);
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(done.status.success(), "{program} {arguments:?}: {said}");
    said
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_card_goes_through_a_real_pcscd_from_blank_to_open_and_others_can_use_it() {
    let mut stack = Stack::start();
    let folder = stack.folder.path().to_owned();

    // Nothing is in the readers; then two cards come, and one is told apart from the other by itself.
    let before = readers().list().unwrap();
    assert!(before.iter().all(|r| r.chip_id.is_none()), "{before:?}");
    stack.insert(0, &folder.join("helper"));
    let news = readers().wait(&before, PATIENCE).unwrap();
    assert!(
        news.iter().any(|r| r.chip_id.is_some()) || chip_in(0).is_some(),
        "{news:?}"
    );
    stack.insert(1, &folder.join("holder"));
    stack.until("both cards", || is_in(0) && is_in(1));
    let (helper, holder) = (chip_in(0).unwrap(), chip_in(1).unwrap());
    assert_ne!(helper, holder);

    // Looking at the cards is no news: who waits is left alone until something comes or goes.
    let (seen, start) = (readers().list().unwrap(), Instant::now());
    assert_eq!(readers().wait(&seen, Duration::from_secs(1)).unwrap(), seen);
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());

    let mut play = Play::found("an office with real readers");
    let mail = "helper-card@office.example";
    let mut card = readers().connect(&helper).unwrap();
    let certificate = certified(
        &play,
        &mut *card,
        AUTHENTICATION,
        KeyAlgorithm::P256,
        "Hanna Helfer",
        mail,
    );
    drop(card);
    enrol(&play, "helper-card", Role::Helper, "Helfer", mail, &certificate);
    prestage(
        &play,
        &mut *readers().connect(&holder).unwrap(),
        KeyAlgorithm::P256,
    )
    .unwrap();
    play.go_on_to(Step::Unseal);

    // Unsealed with the cards exchanged between the readers: a card is known by itself.
    stack.remove(0);
    stack.remove(1);
    stack.until("empty readers", || !is_in(0) && !is_in(1));
    stack.insert(1, &folder.join("helper"));
    stack.insert(0, &folder.join("holder"));
    stack.until("exchanged cards", || is_in(0) && is_in(1));
    assert_eq!(
        (chip_in(0), chip_in(1)),
        (Some(holder.clone()), Some(helper.clone()))
    );
    let key = CardSigner::open(
        readers().connect(&helper).unwrap(),
        AUTHENTICATION,
        types(&[FACTORY_PIN]).0,
    )
    .unwrap();
    let mut card = readers().connect(&holder).unwrap();
    unseal_with(&play, &mut *card, "helper-card", &key, &play.number()).unwrap();
    drop((card, key));
    stack.remove(1);
    stack.until("the helper's card to be out", || !is_in(1));
    others_can_use_it(&play, &folder);

    // The contract of all cards, through the same stack.
    stack.insert(1, &folder.join("third"));
    stack.until("the third card", || is_in(1));
    contract::holds(&readers(), &chip_in(1).unwrap());

    stack.remove(1);
    stack.until("the third card to be out", || !is_in(1));
    stack.remove(0);
    the_program_seals_a_box_while_readers_and_cards_come_and_go(&play, &mut stack);

    // The LRAO's card in one reader, the prestaged one of the box in the other.
    stack.remove(0);
    stack.until("the holder's card to be out", || !is_in(0));
    stack.insert(0, &folder.join("lrao"));
    stack.until("the LRAO's card", || is_in(0) && is_in(1));
    let (lrao, prestaged) = (chip_in(0).unwrap(), chip_in(1).unwrap());
    crate::walk_in::at_real_readers(&play, &readers(), &lrao, &prestaged, in_the_box());

    crate::typed::at_a_terminal(&mut stack);
}

/// The serial of the card in the box.
fn in_the_box() -> CardSerial {
    CardSerial::from_number(222_333_444)
}

/// Has the office use the readers of this machine.
pub fn with_real_readers(play: &Play) {
    let config = play.folder.join("siegelpost.toml");
    let text = fs::read_to_string(&config).unwrap();
    let real: Vec<&str> = text
        .lines()
        .filter(|l| !l.starts_with("simulated_cards"))
        .collect();
    assert!(
        real.len() < text.lines().count(),
        "the office had simulated cards"
    );
    fs::write(&config, real.join("\n")).unwrap();
}

/// The program itself, over the same stack: it asks for a card; all readers go and come again; the card is put in, pulled while its keys
/// are made, the readers with it, and put in again. The same command once more does nothing twice.
fn the_program_seals_a_box_while_readers_and_cards_come_and_go(play: &Play, stack: &mut Stack) {
    let folder = stack.folder.path().to_owned();
    with_real_readers(play);
    let serials = folder.join("box.txt");
    let number = in_the_box();
    fs::write(&serials, format!("{number}\n\n")).unwrap();
    let program = env!("CARGO_BIN_EXE_siegelpost");
    let office = [
        "--office",
        path(&play.folder),
        "--as",
        "security",
        "--json",
        "card",
    ];
    // RSA keys take a second each: there is time to pull.
    let seal = [
        &office[..],
        &["prestage", "--keys", "rsa2048", "--serials", path(&serials)],
    ]
    .concat();
    let notes = folder.join("notes");
    let mut running = Command::new(program)
        .args(&seal)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(&notes).unwrap())
        .spawn()
        .unwrap();
    let said = |words: &str| fs::read_to_string(&notes).unwrap().matches(words).count();
    let asks = format!("card 1 of 1: {}: put it into a reader", number.grouped());
    let asks = asks.as_str();
    stack.until("the first prompt", || said(asks) == 1);
    stack.unplug_all();
    stack.plug_all();
    let card = folder.join("fourth");
    stack.insert(1, &card);
    stack.until("the keys to be begun", || {
        said("its keys are made; leave it in") == 1
    });
    stack.remove(1);
    stack.until("it to ask again", || said(asks) == 2);
    assert!(running.try_wait().unwrap().is_none(), "it still waits");
    // vpcd's driver sees no card any more after one that went in the middle of an APDU.
    stack.unplug_all();
    stack.plug_all();
    stack.insert(1, &card);
    stack.until("the keys to be begun again", || {
        said("its keys are made; leave it in") == 2
    });
    let done = running.wait_with_output().unwrap();
    let listed = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && listed.contains("\"state\":\"staged\""),
        "{listed}{}",
        fs::read_to_string(&notes).unwrap()
    );
    assert_eq!(said("is sealed: take it out"), 1);
    let again = good(program, &seal);
    assert!(
        again.contains("sealed already") && !again.contains("\"state\""),
        "{again}"
    );
    let readers = good(program, &[&office[..], &["readers"]].concat());
    assert_eq!(readers.matches("Siegelpost Test Reader").count(), 2, "{readers}");
}

/// yubico-piv-tool and OpenSC read the certificates and sign with the new PIN; openssl verifies, and seals a mail that the card opens.
fn others_can_use_it(play: &Play, folder: &Path) {
    let reader = "Siegelpost Test Reader 00 00";
    let id = play.case().request_id;
    let rows = play.app.desk().store.certificates(id).unwrap();
    let of = |kind: KeyKind| {
        let row = rows
            .iter()
            .find(|r| r.slot == Slot::Set { set: 1, kind })
            .unwrap();
        let file = folder.join(format!("{kind:?}.pem"));
        fs::write(&file, pem_block("CERTIFICATE", &row.der)).unwrap();
        file
    };
    let chain = folder.join("chain.pem");
    let ca = ["ca/issuing.pem", "ca/root.pem"].map(|f| fs::read(play.folder.join(f)).unwrap());
    fs::write(&chain, ca.concat()).unwrap();
    let at = play.app.desk().now().as_second().to_string();

    // The certificates, as others read them, are ours and have a chain.
    for (slot, kind) in [
        ("9a", KeyKind::Authentication),
        ("9c", KeyKind::Signature),
        ("9d", KeyKind::Encryption),
    ] {
        let (ours, theirs) = (of(kind), folder.join(format!("{slot}.pem")));
        good(
            "yubico-piv-tool",
            &["-r", reader, "-a", "read-cert", "-s", slot, "-o", path(&theirs)],
        );
        let der =
            |file: &PathBuf| run("openssl", &["x509", "-outform", "DER", "-in", path(file)], None).stdout;
        assert_eq!(der(&ours), der(&theirs), "{slot}");
        good(
            "openssl",
            &["verify", "-attime", &at, "-CAfile", path(&chain), path(&theirs)],
        );
    }
    let listed = good("pkcs15-tool", &["--reader", "0", "--list-certificates"]);
    assert!(listed.matches("X.509 Certificate").count() >= 3, "{listed}");

    // They sign with the holder's PIN; openssl verifies by the certificate.
    let message = folder.join("message");
    fs::write(&message, b"specimen of a message").unwrap();
    let (signature, key) = (folder.join("signature"), folder.join("9c.key"));
    let verify = |certificate: &Path, signature: &Path| {
        let public = run(
            "openssl",
            &["x509", "-pubkey", "-noout", "-in", path(certificate)],
            None,
        )
        .stdout;
        fs::write(&key, public).unwrap();
        good(
            "openssl",
            &[
                "dgst",
                "-sha256",
                "-verify",
                path(&key),
                "-signature",
                path(signature),
                path(&message),
            ],
        )
    };
    good(
        "yubico-piv-tool",
        &[
            "-r",
            reader,
            "-a",
            "verify-pin",
            "-P",
            PIN,
            "--sign",
            "-s",
            "9c",
            "-A",
            "ECCP256",
            "-H",
            "SHA256",
            "-i",
            path(&message),
            "-o",
            path(&signature),
        ],
    );
    assert!(verify(&of(KeyKind::Signature), &signature).contains("Verified OK"));
    let (opensc, hash) = (folder.join("opensc-signature"), folder.join("hash"));
    good(
        "openssl",
        &["dgst", "-sha256", "-binary", "-out", path(&hash), path(&message)],
    );
    good(
        "pkcs11-tool",
        &[
            "--slot-index",
            "0",
            "--login",
            "--pin",
            PIN,
            "--sign",
            "--id",
            "01",
            "--mechanism",
            "ECDSA",
            "--signature-format",
            "openssl",
            "--input-file",
            path(&hash),
            "--output-file",
            path(&opensc),
        ],
    );
    assert!(verify(&of(KeyKind::Authentication), &opensc).contains("Verified OK"));

    #[cfg(feature = "pkcs11")]
    crate::module::openscs_module_signs(
        &glob_one("/usr/lib/*/opensc-pkcs11.so"),
        &[KeyKind::Authentication, KeyKind::Signature].map(|kind| {
            let slot = Slot::Set { set: 1, kind };
            rows.iter().find(|r| r.slot == slot).unwrap().der.clone()
        }),
    );

    // The factory's PIN is no PIN any more.
    let old = run(
        "yubico-piv-tool",
        &["-r", reader, "-a", "verify-pin", "-P", FACTORY_PIN],
        None,
    );
    assert!(!old.status.success());

    a_mail_to_the_certificate_is_opened_by_the_card(&of(KeyKind::Encryption), folder);
}

/// openssl encrypts; the card, by way of OpenSC, agrees on the key; openssl decrypts.
fn a_mail_to_the_certificate_is_opened_by_the_card(certificate: &Path, folder: &Path) {
    let (mail, sealed) = (folder.join("mail.txt"), folder.join("mail.p7m"));
    fs::write(&mail, b"Subject: specimen\r\n\r\nfor the holder alone\r\n").unwrap();
    good(
        "openssl",
        &[
            "cms",
            "-encrypt",
            "-binary",
            "-aes-256-cbc",
            "-in",
            path(&mail),
            "-outform",
            "DER",
            "-out",
            path(&sealed),
            path(certificate),
        ],
    );
    let config = folder.join("engine.cnf");
    let engine = glob_one("/usr/lib/*/engines-3/pkcs11.so");
    let module = glob_one("/usr/lib/*/opensc-pkcs11.so");
    fs::write(
        &config,
        format!(
            "openssl_conf = start\n[start]\nengines = engines\n[engines]\npkcs11 = pkcs11\n[pkcs11]\nengine_id = pkcs11\n\
             dynamic_path = {engine}\nMODULE_PATH = {module}\nPIN = {PIN}\ninit = 0\n"
        ),
    )
    .unwrap();
    let done = Command::new("openssl")
        .args([
            "cms",
            "-decrypt",
            "-inform",
            "DER",
            "-engine",
            "pkcs11",
            "-keyform",
            "engine",
            "-inkey",
            "pkcs11:id=%03;type=private",
        ])
        .args(["-in", path(&sealed), "-recip", path(certificate)])
        .env("OPENSSL_CONF", &config)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert!(
        String::from_utf8_lossy(&done.stdout).contains("for the holder alone"),
        "{said}"
    );
}

fn glob_one(pattern: &str) -> String {
    let (folder, rest) = pattern.split_once("/*/").unwrap();
    let found = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|e| e.path().join(rest))
        .find(|p| p.exists());
    found
        .unwrap_or_else(|| panic!("{pattern} is missing: run scripts/packages.sh test"))
        .to_string_lossy()
        .into_owned()
}
