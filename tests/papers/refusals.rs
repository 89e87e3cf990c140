//! What is not printed, and what just fits.

use super::cast::*;
use siegelpost::domain::{DocumentKind, Language, RequestData};
use siegelpost::paper::{Letter, Overlay, PaperError, Press, WindowProfile};

#[test]
fn what_does_not_fit_is_refused_by_its_name() {
    let with = |change: &dyn Fn(&mut RequestData)| {
        let mut r = request(Language::De, DocumentKind::Passport);
        change(&mut r.data);
        print(&r)
    };
    let wide = "W".repeat(64);
    match with(&|d| d.person.family_name = wide.clone()) {
        Err(PaperError::TooLong { field, .. }) => assert_eq!(field, "person.family_name"),
        other => panic!("{:?}", other.map(|s| s.pages)),
    }
    match with(&|d| d.person.given_names = "山田".into()) {
        Err(PaperError::MissingGlyph { field, character, .. }) => {
            assert_eq!((field.as_str(), character), ("person.given_names", '山'));
        }
        other => panic!("{:?}", other.map(|s| s.pages)),
    }
    // Random letters, which deflate cannot shorten, in six fields at once.
    let noise = |seed: u32| {
        let mut state = seed;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'a' + (state >> 24) as u8 % 26)
        };
        (0..60).map(|_| next()).collect::<String>()
    };
    match with(&|d| {
        d.person.family_name = noise(1);
        d.person.given_names = noise(2);
        d.organisation.name = noise(3);
        d.organisation.unit = noise(4);
        d.address.care_of = Some(noise(5));
        d.address.street = Some(noise(6));
    }) {
        Err(PaperError::DataCode { fields, .. }) => {
            assert!(fields.contains("organisation.name (60 bytes)"), "{fields}")
        }
        other => panic!("{:?}", other.map(|s| s.pages)),
    }
}

#[test]
fn long_names_of_europe_fit() {
    let mut r = request(Language::De, DocumentKind::Passport);
    r.data.person.family_name = "Müller-Hürlimann von Österreich-Großglockner".into();
    r.data.person.given_names = "Ştefania Đurđica Γεωργία Ełżbieta".into();
    r.data.organisation.name = "Departement für Muster und Beispiele".into();
    r.data.mail = "stefania.georgia@office.example".into();
    let set = print(&r).expect("printed");
    let path = file("long-names", &set.pdf);
    let text = run("pdftotext", &[path.to_str().expect("UTF-8"), "-"]);
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&r.data.person.given_names), "{words}");
    assert!(words.contains(&r.data.organisation.name));
}

#[test]
fn an_address_of_seven_lines_or_an_empty_batch_is_refused() {
    assert!(matches!(press().letters(&[]), Err(PaperError::Nothing { .. })));
    let mut long = letter(Language::De, 1);
    long.recipient.address.town = "W".repeat(60);
    match press().letter(&long, TICKET) {
        Err(PaperError::TooLong { field, .. }) => assert_eq!(field, "recipient"),
        other => panic!("{:?}", other.map(|p| p.len())),
    }
}

#[test]
fn no_error_repeats_the_eticket() {
    let narrow = b"schema = 1\n[[item]]\nkind = \"value\"\nvalue = \"eticket\"\nstyle = \"ticket\"\nrect = [25.0, 160.0, 20.0, 9.0]\n";
    let press = Press::new(&Overlay::from([("letter.toml".into(), narrow.to_vec())])).expect("well-formed");
    let refused = press
        .letter(&letter(Language::De, 1), TICKET)
        .expect_err("too narrow");
    assert!(matches!(&refused, PaperError::TooLong { field, .. } if field == "eticket"));
    assert!(!format!("{refused} {refused:?}").contains("7K3QZ"));
    let refused = super_long_ticket().expect_err("no eTicket");
    assert!(!format!("{refused} {refused:?}").contains("7K3QZ"));
}

fn super_long_ticket() -> Result<(), PaperError> {
    press()
        .letter(&letter(Language::De, 1), &format!("{TICKET}-{TICKET}"))
        .map(|_| ())
}

#[test]
fn a_window_that_would_show_other_text_is_refused() {
    for window_mm in [
        [76.0, 52.0, 100.0, 45.0],
        [20.0, 70.0, 100.0, 45.0],
        [20.0, f64::NAN, 100.0, 45.0],
    ] {
        let window = WindowProfile {
            window_mm,
            ..WindowProfile::c5_left()
        };
        let refused = press().letter(
            &Letter {
                window,
                ..letter(Language::De, 1)
            },
            TICKET,
        );
        assert!(matches!(refused, Err(PaperError::Letter { .. })), "{window_mm:?}");
    }
}
