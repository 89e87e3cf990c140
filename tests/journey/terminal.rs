//! The wizards at a real terminal: a whole unseal and a whole walk-in typed by hand.

use crate::case::Step;
use crate::desk::{visitor, zone};
use crate::play::{ANSWER, PIN, Play, SERIAL, parent, scan_of};
use crate::screen::{CTRL_C, CTRL_D, Terminal};
use siegelpost::adapters::card::simulated::READERS;
use siegelpost::domain::{CardSerial, ETicket, Stage};
use siegelpost::rehearsal::cast;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// What is secret is asked for, or comes by standard input: no option takes it.
#[test]
fn no_option_takes_a_secret() {
    for command in ["unseal", "walk-in", "escrow", "review"] {
        let help = Command::new(env!("CARGO_BIN_EXE_siegelpost"))
            .args([command, "--help"])
            .output()
            .unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        assert!(help.contains("Usage"), "{help}");
        for option in ["--pin", "--puk", "--ticket", "--answer ", "--password"] {
            assert!(!help.contains(option), "{command} {option}");
        }
    }
}

#[test]
fn a_holder_opens_the_card_at_a_terminal() {
    let mut play = Play::found_before_now("an unseal by hand");
    play.blank_card();
    play.go_on_to(Step::Unseal);
    let number = play.number().to_text();
    let mut swapped: Vec<char> = number.chars().collect();
    let at = (0..3)
        .find(|n| swapped[*n] != swapped[n + 1])
        .expect("two that differ");
    swapped.swap(at, at + 1);
    let swapped: String = swapped.into_iter().collect();
    let other = ETicket::from_bytes(&mut [7; 10]).to_text();
    let words = "--as helper unseal";

    // Who may not be the helper is told so before the holder types anything.
    for (helper, why) in [
        ("lrao", "not enrolled as helper"),
        ("rio-bern", "not enrolled as helper"),
    ] {
        let mut none = Terminal::start(&parent(&play), &format!("--as {helper} unseal --language en"));
        none.answer("Type yes", "yes");
        let (code, screen) = none.ended(&format!("unseal-by-{helper}"));
        assert!(code == 1 && screen.contains(why), "{code}: {screen}");
        assert!(
            screen.contains("Keep card and letter") && !screen.contains("1 of 4"),
            "{screen}"
        );
    }

    // Ctrl-C where the PIN is asked for.
    let mut first = Terminal::start(&parent(&play), words);
    first.answer("4 English", "1");
    first.answer("Tippen Sie ja", "ja");
    first.answer("1 von 4", &number);
    first.until("2 von 4");
    first.until("\n> ");
    first.keys("902");
    first.keys(CTRL_C);
    let (code, _) = first.ended("unseal-interrupted");
    assert_eq!(code, 130, "ended by the key's own signal");
    assert!(matches!(play.case().stage, Stage::Dispatched { .. }));

    // The end of input, at a question that shows its answer, and at one that does not.
    let mut second = Terminal::start(&parent(&play), words);
    second.answer("4 English", "9");
    second.answer("4 English", "3");
    second.until("Digiti sì");
    second.until("\n> ");
    second.keys(CTRL_D);
    let (code, screen) = second.ended("unseal-ended");
    assert_eq!(code, 2);
    assert!(screen.contains("si riprende da dove si era fermati"), "{screen}");
    let mut third = Terminal::start(&parent(&play), &format!("{words} --language fr"));
    third.answer("Tapez oui", "OUI");
    third.answer("1 sur 4", &number);
    third.until("2 sur 4");
    third.until("\n> ");
    third.keys(CTRL_D);
    let (code, screen) = third.ended("unseal-ended-hidden");
    assert_eq!(code, 2);
    assert!(screen.contains("reprend où elle s’est arrêtée"), "{screen}");

    // All the way, with everything that one types wrong the first time.
    let mut last = Terminal::start(&parent(&play), &format!("{words} --language de"));
    last.answer("Tippen Sie ja", "ja");
    last.answer("1 von 4", &swapped);
    last.until("In Gruppe 1 stimmt etwas nicht");
    last.answer("1 von 4", "7");
    last.until("dieses hat 1");
    last.answer("1 von 4", &other);
    last.answer("2 von 4", "123456");
    last.until("probiert ein Dieb als Erstes");
    last.answer("2 von 4", "9021");
    last.until("6 bis 8 Ziffern und sonst keine");
    last.answer("2 von 4", PIN);
    last.answer("Dieselbe PIN", "90210732");
    last.until("Die beiden sind verschieden");
    // With a key too many, taken back.
    last.answer("2 von 4", &format!("{PIN}9\u{7f}"));
    last.answer("Dieselbe PIN", PIN);
    last.answer("3 von 4", "");
    last.until("Bitte geben Sie etwas ein");
    last.answer("3 von 4", "Wie hiess Ihr Schulhaus?");
    last.answer("4 von 4", "ab");
    last.until("mindestens vier Buchstaben");
    last.answer("4 von 4", ANSWER);
    last.answer("Dieselbe Antwort", ANSWER);
    // The number was another card's: only the number is asked for again.
    last.until("Versuche, die bleiben: 4");
    last.answer("1 von 4", &number.to_lowercase().replace('-', " "));
    last.until("Karte bereit. Sie gehört jetzt Ihnen");
    last.until("Vernichten Sie ihn");
    let (code, screen) = last.ended("unseal");
    assert_eq!(code, 0, "{screen}");
    assert!(matches!(play.case().stage, Stage::Unsealed { .. }));
    let row = play.card(CardSerial::from_number(SERIAL));
    let drawer = play.app.drawer().unwrap().unwrap();
    drawer.insert(READERS[1], &row.chip_id).unwrap();
    let mut card = play.app.readers().unwrap().connect(&row.chip_id).unwrap();
    card.verify_pin(PIN).unwrap();
}

#[test]
fn an_lrao_issues_a_card_to_somebody_who_walks_in_at_a_terminal() {
    let play = Play::found_before_now("a walk-in by hand");
    let serial = CardSerial::from_number(SERIAL);
    let chip = play.card_at_bern();
    let folder = parent(&play);
    let data = visitor(serial);
    let lines = zone(&data);
    let words = "--as lrao walk-in";

    // Identified, the details typed, the papers printed; then the machine is switched off, as it were.
    let mut first = Terminal::start(&folder, words);
    first.until("Karte am Schalter ausstellen");
    first.until("gefunden");
    first.answer("Zeile 1:", &lines[0].replacen("S1A", "S2A", 1));
    first.answer("Zeile 2:", &lines[1]);
    first.answer("Zeile 3:", &lines[2]);
    first.until("Ausweisnummer und ihre Prüfziffer");
    for (n, line) in lines.iter().enumerate() {
        first.answer(&format!("Zeile {}:", n + 1), &line.to_lowercase());
    }
    first.until("NOE EXEMPLE, geboren 1987-03-21");
    first.answer("Tippen Sie ja", "ja");
    first.answer("4 English", "2");
    first.answer("Name [Eingabetaste: Exemple]", "");
    first.answer("Vornamen", &data.person.given_names);
    first.answer("Geburtsdatum", "21.3.1987");
    for present in ["CHE", "2", "CHE", "S1A00A00", "2030-06-30"] {
        first.answer(&format!("[Eingabetaste: {present}]"), "");
    }
    first.answer("E-Mail-Adresse", "noe.exemple@@office.example");
    first.answer("Organisation", "Beispielamt");
    first.answer("Abteilung", "");
    first.answer("Strasse", "Rue du Modèle");
    first.answer("Hausnummer", "5");
    first.answer("Postleitzahl", "2502");
    first.answer("Ort", "Biel/Bienne");
    first.answer("Land", "");
    // Only what is wrong is asked for again.
    first.until("Noch nicht richtig");
    first.answer("[Eingabetaste: noe.exemple@@office.example]", &data.mail);
    first.until("Drucken Sie office/papers/");
    first.until("\n> ");
    first.keys(CTRL_C);
    let (code, screen) = first.ended("walk-in-papers");
    assert_eq!(code, 130, "{screen}");
    let case = play.case();
    let id = case.request_id;
    assert!(matches!(case.stage, Stage::Drafted { .. }));
    let request = play.request(id);
    assert_eq!(request.data.person, data.person);
    assert_eq!(
        (request.data.site.as_str(), request.data.card_serial),
        ("bern", serial)
    );

    // The same command goes on with the papers, to the holder's part; there the input ends.
    fs::write(folder.join("scan.pdf"), play.signed_papers(id)).unwrap();
    let mut second = Terminal::start(&folder, words);
    second.answer("Wo liegt der Scan?", "no such file.pdf");
    second.until("cannot be read");
    second.answer("Wo liegt der Scan?", "scan.pdf");
    second.until("Prüfungen sind bestanden");
    for _ in play.eyes_needed(id) {
        second.answer("Schauen Sie auf dem Papier nach", "ja");
    }
    second.answer("Sie bewilligen mit Ihrer Signatur", "ja");
    second.until("Drei Zertifikate sind ausgestellt");
    second.until("Maintenant la personne elle-même");
    second.until("1 sur 3");
    second.until("\n> ");
    second.keys(CTRL_D);
    let (code, screen) = second.ended("walk-in-decided");
    assert_eq!(code, 2, "{screen}");
    assert!(matches!(play.case().stage, Stage::Issued { .. }));

    let mut third = Terminal::start(&folder, words);
    third.answer("1 sur 3", PIN);
    third.answer("Le même PIN", PIN);
    third.answer("2 sur 3", "Quelle était votre première école ?");
    third.answer("3 sur 3", ANSWER);
    third.answer("La même réponse", ANSWER);
    third.until("elle est maintenant à vous");
    let (code, screen) = third.ended("walk-in");
    assert_eq!(code, 0, "{screen}");
    assert!(matches!(play.case().stage, Stage::Unsealed { .. }));
    assert_eq!(play.app.desk().store.all_certificates().unwrap().len(), 3);
    let mut card = play.app.readers().unwrap().connect(&chip).unwrap();
    card.verify_pin(PIN).unwrap();

    // Once more: there is nothing left to do.
    let (code, screen) = Terminal::start(&folder, words).ended("walk-in-again");
    assert_eq!(code, 0);
    assert!(screen.contains("nichts mehr zu tun"), "{screen}");
}

/// A kiosk's answers, all at once and bit by bit; nothing of them is said again.
#[test]
fn a_kiosk_walks_somebody_in_by_answers() {
    let play = Play::found_before_now("a kiosk at the desk");
    let serial = CardSerial::from_number(SERIAL);
    let chip = play.card_at_bern();
    let folder = parent(&play);
    let data = visitor(serial);
    let run = |answers: &serde_json::Value| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_siegelpost"))
            .args(["--as", "lrao", "--json", "walk-in", "--answers", "-"])
            .current_dir(&folder)
            .env("SIEGELPOST_OFFICE", "office")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(answers.to_string().as_bytes())
            .unwrap();
        let done = child.wait_with_output().unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        let wrong = String::from_utf8(done.stderr).unwrap();
        assert!(!said.contains(PIN) && !wrong.contains(PIN));
        let lines: Vec<serde_json::Value> = said.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let steps: Vec<String> = lines
            .iter()
            .map(|l| l["step"].as_str().unwrap().to_owned())
            .collect();
        (done.status.code().unwrap(), steps, wrong)
    };
    let mut person = serde_json::to_value(&data).unwrap();
    let fields = person.as_object_mut().unwrap();
    for own in ["card_serial", "site", "delivery", "schema"] {
        fields.remove(own);
    }
    let json = serde_json::json!({"data": person, "zone": zone(&data)});
    let (code, _, wrong) = run(&json);
    assert_eq!((code, wrong.contains("not_compared")), (1, true), "{wrong}");
    let (code, steps, wrong) =
        run(&serde_json::json!({"data": person, "zone": zone(&data), "compared": true}));
    assert_eq!((code, &*wrong), (0, ""));
    assert_eq!(steps, ["papers", "waits"]);
    let id = play.case().request_id;
    fs::write(folder.join("scan.pdf"), play.signed_papers(id)).unwrap();
    let (code, steps, _) = run(&serde_json::json!({"scans": ["scan.pdf"]}));
    assert_eq!((code, steps), (0, vec!["identified".to_owned(), "waits".into()]));
    let (code, steps, wrong) = run(
        &serde_json::json!({"looked_at": ["all"], "approve": true, "pin": PIN,
        "question": "First school?", "answer": ANSWER}),
    );
    assert_eq!(code, 0, "{wrong}");
    assert_eq!(steps, ["approved", "issued", "unsealed"]);
    let (code, steps, _) = run(&serde_json::json!({}));
    assert_eq!((code, steps.len()), (0, 0));
    assert!(
        play.app
            .readers()
            .unwrap()
            .connect(&chip)
            .unwrap()
            .verify_pin(PIN)
            .is_ok()
    );
}

#[test]
fn a_rio_signs_with_a_key_file_whose_password_is_typed() {
    const PASSWORD: &str = "Specimen-4711";
    let mut play = Play::found_before_now("a key in PKCS#12");
    play.blank_card();
    play.go_on_to(Step::Request);
    let mut data = cast::example();
    data.card_serial = CardSerial::from_number(SERIAL);
    let drafted = play.draft(data).unwrap();
    let id = drafted.request.request_id;
    let own = play.folder.join("officers/rio-bern");
    let (pem, certificate, container) = (
        own.join("key.pem"),
        own.join("certificate.pem"),
        own.join("key.p12"),
    );
    let done = Command::new("openssl")
        .args([
            "pkcs12",
            "-export",
            "-passout",
            &format!("pass:{PASSWORD}"),
            "-inkey",
        ])
        .arg(&pem)
        .arg("-in")
        .arg(&certificate)
        .arg("-out")
        .arg(&container)
        .output()
        .expect("openssl runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    fs::remove_file(&pem).unwrap();
    let scan = parent(&play).join("scan.pdf");
    fs::write(&scan, scan_of(&drafted)).unwrap();
    let words = format!("--as rio-bern request submit --scan {}", scan.display());
    let mut run = Terminal::start(&parent(&play), &words);
    run.answer("Passwort der Schlüsseldatei", "another");
    run.until("Dieses Passwort ist falsch");
    run.answer("Passwort der Schlüsseldatei", PASSWORD);
    let (code, screen) = run.ended("submit-pkcs12");
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains(PASSWORD));
    let taken = play.inbox().unwrap();
    assert_eq!(taken[0].request_ids, [id], "{:?}", taken[0].reasons);
}
