//! The papers as people get them: by the commands of the README, in an office of their own.

use super::forms::{filled, typed};
use lopdf::{Document, Object};
use serde_json::Value;
use siegelpost::domain::{CardSerial, Delivery};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// An office with one RIO at the site of Bern, and cards there.
struct Desk {
    kept: tempfile::TempDir,
}

impl Desk {
    fn with_cards(count: usize) -> Desk {
        let desk = Desk {
            kept: tempfile::tempdir().expect("a folder"),
        };
        for words in [
            "--as security init office",
            "site add bern --name Bern",
            "officer add rio --role rio --site bern --given-names Robin --family-name Beispiel --birth-date 1980-05-17 --mail rio@office.example",
        ] {
            desk.done(words);
        }
        desk.done(&format!("card prestage --count {count}"));
        desk.done("card deliver --site bern --out note.pdf --layout note.json");
        let note = desk.json("card list")[0]["site"].clone();
        assert_eq!(note, "bern");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.kept.path().join(name)
    }

    fn run(&self, words: &str) -> Output {
        let words: Vec<&str> = words.split(' ').collect();
        let mut command = Command::new(env!("CARGO_BIN_EXE_siegelpost"));
        command
            .current_dir(self.kept.path())
            .args(&words)
            .env("SIEGELPOST_OFFICE", "office");
        if !words.contains(&"--as") {
            command.env("SIEGELPOST_AS", "security");
        }
        command.output().expect("the program runs")
    }

    #[track_caller]
    fn done(&self, words: &str) -> String {
        let out = self.run(words);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(0), "siegelpost {words}\n{said}");
        String::from_utf8(out.stdout).expect("UTF-8")
    }

    #[track_caller]
    fn refused(&self, code: i32, words: &str) -> String {
        let out = self.run(words);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(code), "siegelpost {words}\n{said}");
        said
    }

    #[track_caller]
    fn json(&self, words: &str) -> Vec<Value> {
        let text = self.done(&format!("--json {words}"));
        text.lines()
            .map(|l| serde_json::from_str(l).expect("JSON"))
            .collect()
    }

    /// The serials of the cards that lie at the site.
    fn cards(&self) -> Vec<CardSerial> {
        self.json("card list")
            .iter()
            .map(|card| card["serial"].as_str().expect("a serial").parse().expect("ours"))
            .collect()
    }

    /// The example's table with a row for each of these cards.
    fn table(&self, cards: &[CardSerial]) -> Vec<String> {
        let text = self.done("request example --csv");
        let (head, row) = text
            .trim_start_matches('\u{feff}')
            .split_once("\r\n")
            .expect("two lines");
        let example: Value = serde_json::from_str(&self.done("request example")).expect("JSON");
        let serial = example["card_serial"].as_str().expect("a serial");
        let rows = cards
            .iter()
            .map(|card| row.trim_end().replace(serial, &card.to_string()));
        [head.to_owned()].into_iter().chain(rows).collect()
    }

    fn requests(&self) -> Vec<Value> {
        self.json("request list")
    }
}

#[test]
fn many_people_are_printed_into_one_file_with_bookmarks_an_archive_or_a_folder() {
    let desk = Desk::with_cards(6);
    let cards = desk.cards();
    assert_eq!(cards.len(), 6);
    let note = desk.run("--as rio card receive DN-none");
    assert_ne!(note.status.code(), Some(0), "a note that never was");
    receive(&desk);
    for (n, (out, two)) in ["all.pdf", "all.zip", "folder"]
        .into_iter()
        .zip(cards.chunks(2))
        .enumerate()
    {
        fs::write(desk.path("people.csv"), desk.table(two).join("\r\n")).expect("written");
        let printed = desk.json(&format!(
            "--as rio request new --data people.csv --out {out} --layout layouts-{n}"
        ));
        assert_eq!(printed.len(), 2);
        let ids: Vec<&str> = printed
            .iter()
            .map(|p| p["request_id"].as_str().expect("an id"))
            .collect();
        for id in &ids {
            let layout = desk.path(&format!("layouts-{n}/{id}.layout.json"));
            let places: Value = serde_json::from_slice(&fs::read(layout).expect("written")).expect("JSON");
            assert!(
                places
                    .as_array()
                    .expect("places")
                    .iter()
                    .any(|p| p["kind"] == "signature")
            );
        }
        match out {
            "all.pdf" => {
                let file = Document::load(desk.path(out)).expect("readable");
                assert_eq!(file.get_pages().len(), 6);
                let titles = bookmarks(&file);
                assert_eq!(titles.iter().map(|(_, page)| *page).collect::<Vec<_>>(), [1, 4]);
                for (id, (title, _)) in ids.iter().zip(&titles) {
                    assert!(title.contains(id), "{title}");
                }
            }
            "all.zip" => {
                let mut archive =
                    zip::ZipArchive::new(fs::File::open(desk.path(out)).expect("there")).expect("a ZIP");
                assert_eq!(archive.len(), 2);
                let names = ids.iter().map(|id| format!("{id}.pdf"));
                for name in names {
                    let mut bytes = Vec::new();
                    std::io::copy(&mut archive.by_name(&name).expect("there"), &mut bytes).expect("read");
                    assert_eq!(Document::load_mem(&bytes).expect("a PDF").get_pages().len(), 3);
                }
            }
            _ => {
                for id in &ids {
                    assert!(desk.path(&format!("folder/{id}.pdf")).is_file());
                }
            }
        }
        assert!(!desk.path(&format!("{out}.parts")).exists());
    }
    assert_eq!(desk.requests().len(), 6);
}

fn receive(desk: &Desk) {
    // The number stands on the note.
    let text = super::cast::run(
        "pdftotext",
        &["-layout", desk.path("note.pdf").to_str().expect("UTF-8"), "-"],
    );
    let number = text
        .split_whitespace()
        .find(|w| w.starts_with("DN-"))
        .expect("a number")
        .to_owned();
    desk.done(&format!("--as rio card receive {number}"));
}

/// The titles of a file's bookmarks with the pages they open, from 1.
fn bookmarks(file: &Document) -> Vec<(String, usize)> {
    let pages: Vec<_> = file.get_pages().into_values().collect();
    let get = |d: &lopdf::Dictionary, key: &[u8]| {
        file.dereference(d.get(key).expect("there"))
            .expect("there")
            .1
            .clone()
    };
    let root = get(file.catalog().expect("a catalog"), b"Outlines");
    let mut out = Vec::new();
    let mut next = root.as_dict().expect("outlines").get(b"First").cloned();
    while let Ok(reference) = next {
        let entry = file
            .dereference(&reference)
            .expect("there")
            .1
            .as_dict()
            .expect("an entry");
        let title = lopdf::decode_text_string(entry.get(b"Title").expect("a title")).expect("text");
        let target = entry.get(b"Dest").and_then(Object::as_array).expect("a place")[0]
            .as_reference()
            .expect("a page");
        out.push((
            title,
            pages.iter().position(|p| *p == target).expect("of this file") + 1,
        ));
        next = entry.get(b"Next").cloned();
    }
    out
}

#[test]
fn a_table_with_a_wrong_cell_in_row_17_says_so_and_prints_nobody() {
    let desk = Desk::with_cards(1);
    receive(&desk);
    let card = desk.cards()[0];
    let mut rows = desk.table(
        &(0..18)
            .map(|n| CardSerial::from_number(100_700_000 + n))
            .collect::<Vec<_>>(),
    );
    rows[1] = desk.table(&[card])[1].clone();
    rows[16] = rows[16]
        .replacen("passport", "Pass", 1)
        .replacen("identity_card", "Pass", 1);
    fs::write(desk.path("people.csv"), rows.join("\n")).expect("written");
    let said = desk.refused(1, "--as rio request new --data people.csv --out all.pdf");
    assert!(
        said.contains("row 17, column travel_document.kind: is ‘Pass’: write passport or identity_card"),
        "{said}"
    );
    assert!(said.contains("nothing was printed"), "{said}");
    assert_eq!(desk.requests().len(), 0, "the good rows wait for the wrong one");
    assert!(!desk.path("all.pdf").exists());
    fs::write(desk.path("people.csv"), b"language;mail\nde;M\xFCller").expect("written");
    let said = desk.refused(3, "--as rio request new --data people.csv --out all.pdf");
    assert!(
        said.contains("row 2 has ‘Müller’") && said.contains("CSV UTF-8"),
        "{said}"
    );
}

#[test]
fn a_site_says_how_its_letters_go_and_a_request_may_say_otherwise() {
    let desk = Desk::with_cards(3);
    receive(&desk);
    desk.done("site add bern --name Bern-West --letters rio");
    assert!(
        desk.done("site list")
            .contains("Bern-West, letters by mail to the RIO")
    );
    desk.done("site add bern --name Bern-Mitte");
    let listed = desk.json("site list");
    assert_eq!(
        (&listed[0]["name"], &listed[0]["letters"]),
        (&"Bern-Mitte".into(), &"rio".into()),
        "a new name changes nothing else"
    );
    let cards = desk.cards();
    let example: Value = serde_json::from_str(&desk.done("request example")).expect("JSON");
    let mut asked = Vec::new();
    for (card, delivery) in cards.iter().zip([None, Some("post"), Some("rio")]) {
        let mut data = example.clone();
        data["card_serial"] = card.to_string().into();
        data.as_object_mut().expect("an object").remove("delivery");
        if let Some(delivery) = delivery {
            data["delivery"] = delivery.into();
        }
        fs::write(desk.path("data.json"), data.to_string()).expect("written");
        let printed = desk.json("--as rio request new --data data.json --out papers.pdf");
        let id = printed[0]["request_id"].as_str().expect("an id").to_owned();
        asked.push(desk.json(&format!("request show {id}"))[0]["request"]["delivery"].clone());
    }
    assert_eq!(asked, ["rio", "post", "rio"]);
}

#[test]
fn a_form_filled_in_on_a_screen_becomes_a_request_and_what_is_wrong_in_it_is_said() {
    let desk = Desk::with_cards(1);
    receive(&desk);
    desk.done("--as rio request blank --out blank.pdf --language fr");
    let example = serde_json::from_str(&desk.done("request example")).expect("JSON");
    let mut data: siegelpost::domain::RequestData = serde_json::from_value(example).expect("its form");
    data.card_serial = desk.cards()[0];
    data.delivery = Delivery::Rio;
    let mut values = typed(&data);
    values.insert("travel_document.expiry", "31.2.2033".into());
    let (wrong, _) = filled("program-wrong", &desk.path("blank.pdf"), &values);
    let said = desk.refused(
        1,
        &format!("--as rio request new --data {} --out papers.pdf", wrong.display()),
    );
    assert!(
        said.contains("travel_document.expiry: ‘31.2.2033’ is no date"),
        "{said}"
    );
    values.insert("travel_document.expiry", data.travel_document.expiry.to_string());
    let (good, _) = filled("program-good", &desk.path("blank.pdf"), &values);
    let printed = desk.json(&format!(
        "--as rio request new --data {} --out papers.pdf",
        good.display()
    ));
    let id = printed[0]["request_id"].as_str().expect("an id");
    let shown = desk.json(&format!("request show {id}"));
    assert_eq!(
        shown[0]["request"],
        serde_json::to_value(&data).expect("plain data")
    );
    let said = desk.refused(3, "--as rio request new --data papers.pdf --out more.pdf");
    assert!(said.contains("no fields to read"), "{said}");
}

#[test]
fn a_revocation_request_is_printed_for_the_rio_of_the_site_and_refused_to_another() {
    let desk = Desk::with_cards(1);
    receive(&desk);
    let mut data: Value = serde_json::from_str(&desk.done("request example")).expect("JSON");
    data["card_serial"] = desk.cards()[0].to_string().into();
    fs::write(desk.path("data.json"), data.to_string()).expect("written");
    let printed = desk.json("--as rio request new --data data.json --out papers.pdf");
    let id = printed[0]["request_id"].as_str().expect("an id").to_owned();
    let told = desk.done(&format!(
        "--as rio request revocation {id} --out revocation.pdf --layout revocation.json"
    ));
    assert!(told.contains(&id), "{told}");
    let path = desk.path("revocation.pdf");
    let text = super::cast::run("pdftotext", &["-layout", path.to_str().expect("UTF-8"), "-"]);
    assert!(
        text.contains(&id) && text.contains(data["person"]["family_name"].as_str().expect("a name")),
        "{text}"
    );
    // The program reads its own paper by its own layout.
    let read = desk.json("read --layout revocation.json revocation.pdf");
    assert_eq!(read[0]["pages"][0]["paper"], "revocation");
    assert_eq!(read[0]["request"]["request_id"], id.as_str());
    let note = desk.json("read --layout note.json note.pdf");
    assert_eq!(note[0]["pages"][0]["paper"], "delivery_note");
    desk.done("site add basel --name Basel");
    desk.done("officer add other --role rio --site basel --given-names Kim --family-name Muster --birth-date 1975-02-03 --mail other@office.example");
    let said = desk.refused(1, &format!("--as other request revocation {id} --out none.pdf"));
    assert!(said.contains("another site"), "{said}");
    assert!(!desk.path("none.pdf").exists());
    let said = desk.refused(2, "--as rio request revocation 0000-0000-0000 --out none.pdf");
    assert!(!said.is_empty());
}
