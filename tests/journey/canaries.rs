//! Secrets in every encoding, and where in an office they lie in clear: every file is looked through.

use crate::play::Play;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem;
use siegelpost::domain::{CardSerial, ETicket};
use siegelpost::seal::{self, CardIdentity, CustodyContext};
use std::fs;
use std::path::Path;

/// Below the office's folder: the keys of different people, the simulated cards themselves, and the holder's hand.
const NOT_AT_REST: [&str; 6] = ["keys", "cards", "holder", "ca", "officers", "dispatch/print.key"];

/// A secret in one of the forms in which it could lie about.
pub struct Canary {
    pub name: String,
    pub form: &'static str,
    pub bytes: Vec<u8>,
}

/// All forms of some bytes: raw, hex, base64 at all three alignments.
pub fn forms_of(name: &str, bytes: &[u8]) -> Vec<Canary> {
    let mut all = vec![
        ("raw", bytes.to_vec()),
        ("hex", hex::encode(bytes).into_bytes()),
        ("HEX", hex::encode_upper(bytes).into_bytes()),
    ];
    for (shift, form) in [
        (0, "base64"),
        (1, "base64, one byte on"),
        (2, "base64, two bytes on"),
    ] {
        // What is the same whatever stands before and behind: the characters that hold bits of the secret alone.
        let text = STANDARD_NO_PAD.encode([&vec![0; shift], bytes].concat());
        let (first, last) = ((shift * 8).div_ceil(6), (shift + bytes.len()) * 8 / 6);
        all.push((form, text.as_bytes()[first..last].to_vec()));
    }
    let url: Vec<(&str, Vec<u8>)> = all[3..]
        .iter()
        .map(|(_, text)| {
            (
                "base64url",
                String::from_utf8_lossy(text)
                    .replace('+', "-")
                    .replace('/', "_")
                    .into_bytes(),
            )
        })
        .collect();
    all.extend(url);
    all.into_iter()
        .map(|(form, bytes)| Canary {
            name: name.to_owned(),
            form,
            bytes,
        })
        .collect()
}

/// A text too: in UTF-16 both ways, and with the separators that people and programs put in.
pub fn forms_of_text(name: &str, text: &str, group: usize) -> Vec<Canary> {
    let plain: String = text.chars().filter(|c| *c != '-').collect();
    let symbols: Vec<char> = plain.chars().collect();
    let grouped = |n: usize, by: &str| {
        symbols
            .chunks(n)
            .map(|c| c.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join(by)
    };
    let mut texts = vec![
        plain.clone(),
        plain.to_lowercase(),
        grouped(group, " "),
        grouped(group, "-"),
        grouped(1, " "),
    ];
    texts.push(grouped(group, "-").to_lowercase());
    texts.push(grouped(2, " "));
    texts.push(grouped(group, "\u{2011}"));
    texts.sort();
    texts.dedup();
    let mut all: Vec<Canary> = texts.iter().flat_map(|t| forms_of(name, t.as_bytes())).collect();
    for text in &texts {
        let units: Vec<u16> = text.encode_utf16().collect();
        let (big, little) = (
            units.iter().flat_map(|u| u.to_be_bytes()),
            units.iter().flat_map(|u| u.to_le_bytes()),
        );
        all.push(Canary {
            name: name.to_owned(),
            form: "UTF-16BE",
            bytes: big.collect(),
        });
        all.push(Canary {
            name: name.to_owned(),
            form: "UTF-16LE",
            bytes: little.collect(),
        });
    }
    all
}

fn forms_of_ticket(name: &str, ticket: &ETicket) -> Vec<Canary> {
    let mut all = forms_of_text(name, &ticket.to_text(), 5);
    all.extend(forms_of(name, ticket.as_bytes()));
    all
}

/// The contents of a file as somebody could read it: as it is, without the line breaks of mails, and what a PDF unpacks to.
fn views(path: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(path).unwrap();
    let mut views = vec![];
    if bytes.starts_with(b"%PDF") {
        let mut pdf = lopdf::Document::load_mem(&bytes).unwrap();
        let pages: Vec<u32> = pdf.get_pages().keys().copied().collect();
        let text = pdf.extract_text(&pages).unwrap_or_default();
        views.push(
            text.chars()
                .filter(|c| !c.is_whitespace())
                .collect::<String>()
                .into_bytes(),
        );
        views.push(text.into_bytes());
        pdf.decompress();
        let mut unpacked = vec![];
        pdf.save_to(&mut unpacked).unwrap();
        views.push(unpacked);
    }
    if path.components().any(|c| c.as_os_str() == "mail") {
        let text: Vec<u8> = String::from_utf8_lossy(&bytes)
            .replace("=\r\n", "")
            .replace("\r\n", "")
            .into_bytes();
        views.push(text);
    }
    views.push(bytes);
    views
}

/// Every file of the office that is no key, no card and not in the holder's hand.
fn files(folder: &Path, below: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if NOT_AT_REST.contains(&path.as_str()) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            files(folder, &path, found);
        } else {
            found.push(path);
        }
    }
}

/// Where which secret lies: file, secret, form.
pub fn search(folder: &Path, canaries: &[Canary]) -> Vec<String> {
    let mut all = vec![];
    files(folder, "", &mut all);
    let finders: Vec<_> = canaries
        .iter()
        .map(|c| (c, memmem::Finder::new(&c.bytes)))
        .collect();
    let mut hits = vec![];
    for file in &all {
        for view in views(&folder.join(file)) {
            let here = finders.iter().filter(|(_, f)| f.find(&view).is_some());
            hits.extend(here.map(|(c, _)| format!("{file}: {} as {}", c.name, c.form)));
        }
    }
    hits.sort();
    hits.dedup();
    hits
}

/// All secrets of a sealed card, found out by way of the proper keys; the keys K_card from what was drawn.
pub fn secrets_of(play: &Play, serial: CardSerial) -> Vec<Canary> {
    let (secrets, tickets) = play.open_sealed(serial);
    let mut all = vec![];
    for (n, ticket) in tickets.iter().enumerate() {
        all.extend(forms_of_ticket(&format!("eTicket {}", n + 1), ticket));
    }
    all.extend(forms_of_text("PIN of the sealed card", secrets.pin.as_str(), 4));
    all.extend(forms_of_text("PUK of the sealed card", secrets.puk.as_str(), 4));
    all.extend(forms_of(
        "management key of the sealed card",
        &secrets.management_key[..],
    ));

    // K_card is what is drawn right before the first eTicket.
    let drawn = play.chance.drawn();
    let at = drawn
        .iter()
        .position(|d| d == tickets[0].as_bytes())
        .expect("the eTicket was drawn in this run");
    assert_eq!(drawn[at - 1].len(), 32);
    all.extend(forms_of("K_card", &drawn[at - 1]));

    let sealed = play.card(serial).sealed.unwrap();
    let master = play.app.share_master().unwrap();
    for (n, ticket) in seal::SlotNumber::ALL.into_iter().zip(&tickets) {
        let tag = seal::tag(ticket, &sealed.identity, n);
        // A release on the wire holds the share as base64.
        let release = serde_json::to_value(sealed.slot(n).check(&tag, &master).unwrap()).unwrap();
        let share = base64::engine::general_purpose::STANDARD
            .decode(release["share"].as_str().unwrap())
            .unwrap();
        assert_eq!(share.len(), 32);
        all.extend(forms_of(&format!("share {}", n.get()), &share));
        let tag = serde_json::to_value(&tag).unwrap();
        let tag = base64::engine::general_purpose::STANDARD
            .decode(tag.as_str().unwrap())
            .unwrap();
        all.extend(forms_of(&format!("tag {}", n.get()), &tag));
    }
    all
}

/// PUK and management key of an open card, found out by way of the custody key.
pub fn secrets_in_custody(play: &Play, serial: CardSerial) -> Vec<Canary> {
    let row = play.card(serial);
    let Some(kept) = row.custody else { return vec![] };
    let context = CustodyContext {
        card: CardIdentity {
            serial,
            chip_id: row.chip_id,
        },
        generation: 1,
    };
    let kept = serde_json::from_str(&kept).unwrap();
    let now = seal::open_from_custody(&play.app.custody_key().unwrap(), &context, &kept).unwrap();
    let mut all = forms_of_text("PUK in custody", now.puk.as_str(), 4);
    all.extend(forms_of("management key in custody", &now.management_key[..]));
    all
}

/// The scanner can see: each form, planted in a file, in the store, and in a mail, is found.
pub fn every_planted_canary_is_found(play: &Play, canaries: &[Canary]) {
    for (n, canary) in canaries.iter().enumerate() {
        fs::write(
            play.folder.join("planted"),
            [b"before ", &canary.bytes[..], b" behind"].concat(),
        )
        .unwrap();
        let hits = search_one(&play.folder, "planted", &canaries[n..=n]);
        assert_eq!(hits, 1, "{} as {} is not seen", canary.name, canary.form);
    }
    fs::remove_file(play.folder.join("planted")).unwrap();

    let ticket = canaries.iter().find(|c| c.form == "base64").unwrap();
    let write = siegelpost::ports::store::Write::MailPlace {
        source_key: String::from_utf8(ticket.bytes.clone()).unwrap(),
        sha256: siegelpost::domain::Sha256([0; 32]),
    };
    let desk = play.app.desk();
    desk.store.commit(desk.now(), vec![write], vec![]).unwrap();
    let hits = search(&play.folder, canaries);
    assert!(
        hits.iter().any(|h| h.starts_with("store/siegelpost.sqlite")),
        "{hits:#?}"
    );
    let folded = format!(
        "Subject: specimen\r\n\r\n{}=\r\n{}\r\n",
        &crate::play::PIN[..3],
        &crate::play::PIN[3..]
    );
    fs::write(play.folder.join("mail/outbox/new/planted"), folded).unwrap();
    assert!(
        search(&play.folder, canaries)
            .iter()
            .any(|h| h.starts_with("mail/outbox/new/planted: the holder's PIN"))
    );
}

fn search_one(folder: &Path, file: &str, canaries: &[Canary]) -> usize {
    let view = fs::read(folder.join(file)).unwrap();
    canaries
        .iter()
        .filter(|c| memmem::find(&view, &c.bytes).is_some())
        .count()
}
