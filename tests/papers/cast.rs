//! Who and what is printed, and the programs that look at it.

use jiff::civil::{Date, date};
use siegelpost::domain::request::{Address, Organisation, PersonData, TravelDocument};
use siegelpost::domain::{
    BatchId, CardSerial, Delivery, DocumentKind, Language, Request, RequestData, RequestId,
};
use siegelpost::paper::{
    CoverSheet, DeliveryNote, EnvelopeTest, Letter, LetterId, Office, Overlay, PaperError, Press, PrintedSet,
    Recipient, SetInput, WindowProfile,
};
use std::path::{Path, PathBuf};
use std::process::Command;
use zeroize::Zeroizing;

pub const TODAY: Date = date(2026, 3, 1);
pub const TICKET: &str = "7K3QZ-9XWTA-C4MN8-0RHVG";

pub fn request(language: Language, kind: DocumentKind) -> Request {
    let data = RequestData {
        schema: 1,
        language,
        person: PersonData {
            family_name: "Muster-Österreicher".into(),
            given_names: "Zoë Anna".into(),
            birth_date: date(1990, 1, 31),
            nationality: "CHE".into(),
            ahv: Some("756.1234.5678.97".into()),
        },
        mail: "zoe.muster@office.example".into(),
        organisation: Organisation {
            name: "Bundesamt für Muster".into(),
            unit: "Abteilung Proben & Beispiele".into(),
        },
        address: Address {
            care_of: None,
            street: Some("Musterstrasse".into()),
            house_number: Some("12a".into()),
            po_box: None,
            postcode: "3003".into(),
            town: "Bern".into(),
            country: "CH".into(),
        },
        travel_document: TravelDocument {
            kind,
            number: "X1234567".into(),
            issuer: "CHE".into(),
            expiry: date(2030, 1, 31),
        },
        card_serial: CardSerial::from_number(100_200_300),
        site: "bern".parse().expect("a name"),
        delivery: Delivery::Post,
    };
    Request {
        request_id: RequestId::from_bits(0x1_2345_6789_abcd),
        data,
    }
}

pub fn print(request: &Request) -> Result<PrintedSet, PaperError> {
    press().request_set(set_input(request, &Office::specimen()))
}

pub fn set_input<'a>(request: &'a Request, office: &'a Office) -> SetInput<'a> {
    SetInput {
        request,
        office,
        rio_name: "Rita Beispiel",
        site_name: "Bern",
        on: TODAY,
    }
}

pub fn letter(language: Language, issue: u8) -> Letter {
    let data = request(language, DocumentKind::Passport).data;
    Letter {
        id: LetterId::new(RequestId::from_bits(0x1_2345_6789_abcd), issue).expect("in range"),
        language,
        recipient: Recipient {
            name: data.full_name(),
            address: data.address,
        },
        office: Office::specimen(),
        card_serial: data.card_serial,
        on: TODAY,
        valid_until: date(2026, 3, 31),
        window: WindowProfile::c5_left(),
    }
}

pub fn press() -> Press {
    Press::new(&Overlay::new()).expect("the built-in templates are good")
}

/// Writes a paper where the other programs, and whoever wants to look at it, find it.
pub fn file(name: &str, pdf: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("papers");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(format!("{name}.pdf"));
    std::fs::write(&path, pdf).expect("written");
    path
}

/// The output of a program, which must succeed.
pub fn run(program: &str, args: &[&str]) -> String {
    let out = Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e}; apt-get install it"));
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{program} {args:?}: {text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    text
}

/// A program of others, as scripts/packages.sh installs it.
pub fn installed(program: &str) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .expect("a home");
    let path = cache.join("siegelpost").join(program);
    assert!(
        path.is_file(),
        "{} is missing: bash scripts/packages.sh test installs it",
        path.display()
    );
    path
}

/// Every paper in every language, printed once for all tests.
pub fn all_papers() -> &'static [(String, Vec<u8>)] {
    static ALL: std::sync::OnceLock<Vec<(String, Vec<u8>)>> = std::sync::OnceLock::new();
    ALL.get_or_init(print_all)
}

pub fn print_all() -> Vec<(String, Vec<u8>)> {
    let press = press();
    let mut all = Vec::new();
    for language in Language::ALL {
        let tag = language.tag();
        for kind in [DocumentKind::Passport, DocumentKind::IdentityCard] {
            let set = press
                .request_set(set_input(&request(language, kind), &Office::specimen()))
                .expect("printed");
            all.push((format!("set-{kind:?}-{tag}").to_lowercase(), set.pdf));
        }
        let mut walked_in = request(language, DocumentKind::IdentityCard);
        walked_in.data.delivery = Delivery::InPerson;
        let set = press
            .request_set(set_input(&walked_in, &Office::specimen()))
            .expect("printed");
        all.push((format!("set-walkin-{tag}"), set.pdf));
        let one = letter(language, 1);
        all.push((
            format!("letter-{tag}"),
            press.letter(&one, TICKET).expect("printed").to_vec(),
        ));
        let office = Office::specimen();
        for name in WindowProfile::NAMES {
            let window = WindowProfile::named(name).expect("built in");
            let file = name.replace([' ', '/'], "-").to_lowercase();
            let other = Letter {
                window: window.clone(),
                ..letter(language, 2)
            };
            all.push((
                format!("letter-{file}-{tag}"),
                press.letter(&other, TICKET).expect("printed").to_vec(),
            ));
            let test = EnvelopeTest {
                language,
                office: &office,
                window: &window,
                on: TODAY,
            };
            all.push((
                format!("envelope-{file}-{tag}"),
                press.envelope_test(test).expect("printed"),
            ));
        }
        let person = request(language, DocumentKind::Passport);
        let input = set_input(&person, &office);
        all.push((
            format!("revocation-{tag}"),
            press.revocation_request(input).expect("printed"),
        ));
        all.push((
            format!("sets-{tag}"),
            press.request_sets(&[input, input]).expect("printed"),
        ));
        all.push((
            format!("blank-{tag}"),
            press.blank_form(language, &office, TODAY).expect("printed"),
        ));
        let cards: Vec<_> = (0..27)
            .map(|n| CardSerial::from_number(100_200_300 + n))
            .collect();
        let note = DeliveryNote {
            number: "2026-007",
            language,
            office: &office,
            site_name: "Bern",
            cards: &cards,
            on: TODAY,
        };
        all.push((
            format!("delivery-note-{tag}"),
            press.delivery_note(note).expect("printed"),
        ));
        let batch = [(letter(language, 1), ticket()), (letter(language, 2), ticket())];
        let (files, manifest) = press.letters(&batch).expect("printed");
        all.push((format!("batch-{tag}"), files[0].pdf.to_vec()));
        let id: BatchId = "2026-03-01-1".parse().expect("a name");
        let cover = CoverSheet {
            batch: &id,
            language,
            office: &office,
            manifest: &manifest,
            on: TODAY,
        };
        all.push((format!("cover-{tag}"), press.cover_sheet(cover).expect("printed")));
    }
    all
}

pub fn ticket() -> Zeroizing<String> {
    Zeroizing::new(TICKET.into())
}

/// The pages of a paper as pictures at this resolution.
pub fn rendered(name: &str, pdf: &[u8], dpi: u32) -> Vec<PathBuf> {
    let path = file(name, pdf);
    let stem = path.with_extension("");
    run(
        "pdftoppm",
        &[
            "-r",
            &dpi.to_string(),
            "-png",
            path.to_str().expect("UTF-8"),
            stem.to_str().expect("UTF-8"),
        ],
    );
    let folder = path.parent().expect("a folder");
    let mut pages: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| {
            let found = p.file_name().and_then(|f| f.to_str()).unwrap_or_default();
            found
                .strip_prefix(&format!("{name}-"))
                .is_some_and(|rest| rest.ends_with(".png") && rest.len() == 5)
        })
        .collect();
    pages.sort();
    pages
}

pub fn zbar(picture: &Path) -> Vec<String> {
    let args = [
        "--raw",
        "-q",
        "-Sdisable",
        "-Sqrcode.enable",
        picture.to_str().expect("UTF-8"),
    ];
    run("zbarimg", &args).lines().map(str::to_owned).collect()
}

/// The darkness of a rectangle of a picture: the share of pixels darker than middle grey.
pub fn ink(picture: &image::GrayImage, dpi: f64, [x, y, w, h]: [f64; 4]) -> f64 {
    let px = |mm: f64| (mm / 25.4 * dpi).round() as u32;
    let (x0, y0, x1, y1) = (px(x), px(y), px(x + w), px(y + h));
    let all = (x0..x1).flat_map(|x| (y0..y1).map(move |y| (x, y)));
    let dark = all
        .clone()
        .filter(|(x, y)| picture.get_pixel(*x, *y)[0] < 128)
        .count();
    dark as f64 / all.count() as f64
}
