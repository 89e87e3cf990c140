//! Envelopes with a window: where the window lies on the sheet, where the sheet is folded, and a page to try them with.

use super::document::{Document, Rect, Rgb8};
use super::error::PaperError;
use super::inserter::InserterMarks;
use super::letter::address_lines;
use super::letter_id::LetterId;
use super::office::Office;
use super::press::Press;
use super::template::Filling;
use crate::domain::request::Address;
use crate::domain::{Language, RequestId};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

/// How far the sheet may shift in its envelope: this much of the window's inside stays empty around the address, and this
/// much around the window too, in millimetres.
pub(super) const SHIFT_MM: f64 = 5.0;

/// The sheet, A4 upright, in millimetres.
pub(super) const SHEET_MM: (f64, f64) = (210.0, 297.0);

/// From where to where down the sheet the letter leaves room for the window, in millimetres.
const FREE_MM: (f64, f64) = (37.0, 105.0);

/// A window at the left ends before this, so that the date fits beside it; one at the right begins after the other.
const LEFT_ENDS_MM: f64 = 135.0;
const RIGHT_BEGINS_MM: f64 = 75.0;

/// How far below the window the eTicket stands, in millimetres: more than a sheet can ever shift.
const TICKET_FAR_MM: f64 = 50.0;

/// How far a fold stays from an inserter's mark, in millimetres.
const MARK_CLEAR_MM: f64 = 2.0;

/// The margins of the letter, in millimetres from the left and the right edge of the sheet.
const MARGIN_MM: (f64, f64) = (25.0, 20.0);

/// Where an envelope's window lies on the unfolded sheet, and where the sheet is folded.
///
/// In a configuration it is the name of one of [`WindowProfile::NAMES`], or a table of its own fields for any other envelope.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct WindowProfile {
    pub name: String,
    /// Millimetres from the sheet's top left: x, y, width, height. It may reach beyond the sheet.
    pub window_mm: Rect,
    /// Folds, in millimetres from the top.
    pub folds_mm: Vec<f64>,
    /// Marks for the inserter; none unless they are asked for.
    #[serde(default, skip_serializing_if = "InserterMarks::is_none")]
    pub inserter: InserterMarks,
}

/// A profile as a configuration writes it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Named(String),
    Own(Fields),
}

/// Window and folds may be left out where the name is one of the built-in ones.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    window_mm: Option<Rect>,
    folds_mm: Option<Vec<f64>>,
    #[serde(default)]
    inserter: InserterMarks,
}

impl<'de> Deserialize<'de> for WindowProfile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WindowProfile, D::Error> {
        match Written::deserialize(deserializer).map_err(|_| {
            serde::de::Error::custom(format!(
                "a window is one of the names {}, or a table of name, window_mm (x, y, width, height), folds_mm and inserter",
                WindowProfile::NAMES.join(", ")
            ))
        })? {
            Written::Named(name) => WindowProfile::named(&name).ok_or_else(|| {
                let names = WindowProfile::NAMES.join(", ");
                serde::de::Error::custom(format!("the window ‘{name}’ is unknown; the names are {names}"))
            }),
            Written::Own(Fields {
                name,
                window_mm,
                folds_mm,
                inserter,
            }) => {
                let known = WindowProfile::named(&name);
                let window_mm = window_mm.or(known.as_ref().map(|k| k.window_mm));
                let folds_mm = folds_mm.or(known.map(|k| k.folds_mm));
                match (window_mm, folds_mm) {
                    (Some(window_mm), Some(folds_mm)) => Ok(WindowProfile {
                        name,
                        window_mm,
                        folds_mm,
                        inserter,
                    }),
                    _ => Err(serde::de::Error::custom(format!(
                        "the window ‘{name}’ is not built in: give its window_mm (x, y, width, height) and folds_mm"
                    ))),
                }
            }
        }
    }
}

impl WindowProfile {
    /// The profiles that are built in.
    pub const NAMES: [&'static str; 6] = [
        "C5 left",
        "C5 right",
        "C5/6 left",
        "C5/6 right",
        "C4 left",
        "C4 right",
    ];

    /// The built-in profile of a name. Windows are 100 × 45 mm (SN 010130), 20 mm from the left, or 117 mm for one at the
    /// right. C5: 52 mm from the top, one fold in the middle. C5/6: 21 mm above the lower edge of the 114 mm high envelope,
    /// folded at 105 and 201 mm, the first panel in the middle of the envelope's height. C4: as C5, not folded.
    pub fn named(name: &str) -> Option<WindowProfile> {
        let (envelope, side) = name.rsplit_once(' ')?;
        let x = match side {
            "left" => 20.0,
            "right" => 117.0,
            _ => return None,
        };
        let (y, folds_mm) = match envelope {
            "C5" => (52.0, vec![148.5]),
            "C5/6" => (43.5, vec![105.0, 201.0]),
            "C4" => (52.0, vec![]),
            _ => return None,
        };
        Some(WindowProfile {
            name: name.into(),
            window_mm: [x, y, 100.0, 45.0],
            folds_mm,
            inserter: InserterMarks::None,
        })
    }

    /// C5, window left.
    pub fn c5_left() -> WindowProfile {
        WindowProfile::named("C5 left").expect("built in")
    }

    /// C5/6, window left.
    pub fn c5_6_left() -> WindowProfile {
        WindowProfile::named("C5/6 left").expect("built in")
    }

    fn is_right(&self) -> bool {
        self.window_mm[0] + self.window_mm[2] / 2.0 > SHEET_MM.0 / 2.0
    }

    /// Whether the window, shifted every way, shows nothing of the letter but the address, and folds and marks are on the sheet
    /// and not in the window.
    pub(super) fn fits(&self) -> bool {
        let [x, y, w, h] = self.window_mm;
        let room = w > 4.0 * SHIFT_MM && h > 4.0 * SHIFT_MM;
        let across = if self.is_right() {
            x - SHIFT_MM >= RIGHT_BEGINS_MM && x + 4.0 * SHIFT_MM <= SHEET_MM.0
        } else {
            x >= SHIFT_MM && x + w + SHIFT_MM <= LEFT_ENDS_MM
        };
        let down = y - SHIFT_MM >= FREE_MM.0 && y + h + SHIFT_MM <= FREE_MM.1;
        let folds = self.folds_mm.iter().all(|f| (y + h..SHEET_MM.1).contains(f));
        let marks = self.inserter.extent();
        let apart = |[bx, by, bw, bh]: &Rect| {
            bx + bw + SHIFT_MM <= x
                || bx - SHIFT_MM >= x + w
                || by + bh + SHIFT_MM <= y
                || by - SHIFT_MM >= y + h
        };
        let on_sheet = |[bx, by, bw, bh]: &Rect| {
            *bx >= 3.0 && *by >= 3.0 && bx + bw <= MARGIN_MM.0 - 2.0 && by + bh <= SHEET_MM.1 - 3.0
        };
        // A crease through a mark, or the fold mark beside it, is read as a part of it.
        let creased = |[_, by, _, bh]: &Rect| {
            let clear = by - MARK_CLEAR_MM..by + bh + MARK_CLEAR_MM;
            self.folds_mm.iter().any(|fold| clear.contains(fold))
        };
        let marks = marks.iter().all(|m| apart(m) && on_sheet(m) && !creased(m));
        room && across && down && folds && marks
    }

    /// What is wrong with an eTicket at this place: too near the window, across a fold, or on the panel of the address.
    pub(super) fn exposes(&self, [_, y, _, h]: Rect) -> Option<String> {
        let [_, window_y, _, window_h] = self.window_mm;
        let below = y - window_y - window_h;
        let panel = |at: f64| self.folds_mm.iter().filter(|f| **f < at).count();
        if below < TICKET_FAR_MM {
            Some(format!(
                "the eTicket stands {below:.1} mm below the window, at least {TICKET_FAR_MM} are wanted"
            ))
        } else if panel(y) != panel(y + h) {
            Some("a fold runs through the eTicket".into())
        } else if panel(y) == 0 && !self.folds_mm.is_empty() {
            Some("the eTicket is on the same panel of the folded sheet as the address".into())
        } else {
            None
        }
    }

    /// Where the address stands: in the part of the window that lies on the sheet, clear of its edge by the shift of the sheet.
    pub(super) fn address(&self) -> Rect {
        let [x, y, w, h] = self.window_mm;
        let right = (x + w).min(SHEET_MM.0) - SHIFT_MM;
        [
            x + SHIFT_MM,
            y + SHIFT_MM,
            right - x - SHIFT_MM,
            h - 2.0 * SHIFT_MM,
        ]
    }

    /// Where the date stands: beside the window, clear of it, on its last line.
    pub(super) fn date(&self) -> Rect {
        let [x, y, w, h] = self.window_mm;
        let (left, right) = if self.is_right() {
            (MARGIN_MM.0, x - SHIFT_MM)
        } else {
            (x + w + SHIFT_MM, SHEET_MM.0 - MARGIN_MM.1)
        };
        [left, y + h - 7.0, right - left, 5.0]
    }
}

/// What an envelope test page is printed from.
#[derive(Clone, Copy)]
pub struct EnvelopeTest<'a> {
    pub language: Language,
    pub office: &'a Office,
    pub window: &'a WindowProfile,
    pub on: Date,
}

impl Press {
    /// Prints the page that is folded and laid into an envelope to see whether the window profile is right: the address at its
    /// full six lines, the window's edge with a scale around it, and the folds.
    ///
    /// # Errors
    /// [`PaperError::Letter`] for a window in which the letter's other text would show.
    pub fn envelope_test(&self, test: EnvelopeTest) -> Result<Vec<u8>, PaperError> {
        let EnvelopeTest {
            language,
            office,
            window,
            on,
        } = test;
        if !window.fits() {
            return Err(PaperError::Letter {
                letter: "–".into(),
                problem: format!(
                    "the window ‘{}’ would show other text when the sheet shifts; named profiles are {}",
                    window.name,
                    WindowProfile::NAMES.join(", ")
                ),
            });
        }
        let mut f = Filling::new(&self.texts, language);
        f.set("office.name", office.name.as_str());
        f.set("envelope", window.name.as_str());
        let mm = |v: f64| format!("{v}");
        let [x, y, w, h] = window.window_mm;
        f.set(
            "window",
            format!("{} / {} / {} × {} mm", mm(x), mm(y), mm(w), mm(h)),
        );
        f.set(
            "folds",
            match &window.folds_mm[..] {
                [] => "–".to_owned(),
                folds => folds
                    .iter()
                    .map(|v| format!("{v} mm"))
                    .collect::<Vec<_>>()
                    .join(", "),
            },
        );
        let sample = Address {
            care_of: Some("Familie Beispiel".into()),
            street: Some("Musterstrasse".into()),
            house_number: Some("12a".into()),
            po_box: Some("123".into()),
            postcode: "9490".into(),
            town: "Vaduz".into(),
            country: "LI".into(),
        };
        let mut lines = vec!["Zoë Specimen-Österreicher".to_owned()];
        lines.extend(address_lines(&self.texts, language, &sample)?);
        let rows = |lines: Vec<String>| lines.into_iter().map(|line| vec![line]).collect::<Vec<_>>();
        f.lists.insert("recipient", rows(lines));
        f.lists.insert("sender", rows(office.address.clone()));
        f.lists.insert(
            "folds",
            rows(window.folds_mm.iter().map(f64::to_string).collect()),
        );
        f.rects
            .extend([("address", window.address()), ("window", window.window_mm)]);
        let mut document = Document::new(language, f.text("envelope-document")?);
        document.new_page(SHEET_MM.0, SHEET_MM.1);
        // What the machine would read on the first sheet, of a letter that does not exist.
        let specimen = LetterId::new(RequestId::from_bits(0), 1).expect("the first eTicket");
        window.inserter.draw(&mut document, specimen)?;
        self.templates.draw_part(&mut document, "envelope", &f)?;
        Ok(super::pdf::write(document, on)?.bytes)
    }
}

impl Press {
    /// Prints the sheet on which a person's details are written by hand. It has no codes: there is no request yet.
    pub fn blank_form(&self, language: Language, office: &Office, on: Date) -> Result<Vec<u8>, PaperError> {
        let mut f = Filling::new(&self.texts, language);
        f.set("office.name", office.name.as_str());
        let mut document = Document::new(language, f.text("blank-document")?);
        document.new_page(SHEET_MM.0, SHEET_MM.1);
        self.templates.draw_part(&mut document, "blank", &f)?;
        Ok(super::pdf::write(document, on)?.bytes)
    }
}

/// The window's edge in colour, the edges 3 mm within and 3 mm outside thin and grey, and a scale in millimetres on each side.
pub(super) fn draw_test(document: &mut Document, [x, y, w, h]: Rect, colour: Rgb8, grey: Rgb8) {
    const PLAY_MM: f64 = 3.0;
    const EDGE_MM: f64 = 4.0;
    let right = (x + w).min(SHEET_MM.0 - EDGE_MM);
    for (by, weight, ink) in [(0.0, 0.8, colour), (PLAY_MM, 0.3, grey), (-PLAY_MM, 0.3, grey)] {
        let (x0, y0, y1) = (x - by, y - by, y + h + by);
        let x1 = (x + w + by).min(SHEET_MM.0 - EDGE_MM);
        document.line((x0, y0), (x1, y0), weight, ink);
        document.line((x0, y1), (x1, y1), weight, ink);
        document.line((x0, y0), (x0, y1), weight, ink);
        if x + w + by <= SHEET_MM.0 - EDGE_MM {
            document.line((x1, y0), (x1, y1), weight, ink);
        }
    }
    // Ticks across the window's edge, every millimetre from 5 mm within to 5 mm outside, clear of the address.
    for step in -5..=5 {
        let by = f64::from(step);
        let half = if step == 0 { 4.0 } else { 2.0 };
        // The ticks of the sides stand below the address.
        let (middle_x, middle_y) = ((x + right) / 2.0, y + h - 6.0);
        document.line((middle_x - half, y + by), (middle_x + half, y + by), 0.25, grey);
        document.line(
            (middle_x - half, y + h + by),
            (middle_x + half, y + h + by),
            0.25,
            grey,
        );
        document.line((x + by, middle_y - half), (x + by, middle_y + half), 0.25, grey);
        if x + w + by <= SHEET_MM.0 - EDGE_MM {
            document.line(
                (x + w + by, middle_y - half),
                (x + w + by, middle_y + half),
                0.25,
                grey,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Width and height of the envelope, and its window from its own top left (SN 010130).
    fn envelope(name: &str) -> (f64, f64, Rect) {
        let x = if name.ends_with("left") { 20.0 } else { 117.0 };
        let (w, h, y) = match name.split(' ').next().expect("a format") {
            "C5" => (229.0, 162.0, 52.0),
            "C5/6" => (229.0, 114.0, 114.0 - 21.0 - 45.0),
            _ => (229.0, 324.0, 52.0),
        };
        (w, h, [x, y, 100.0, 45.0])
    }

    #[test]
    fn every_named_profile_fits_and_keeps_franking_and_coding_zones_free() {
        for name in WindowProfile::NAMES {
            let profile = WindowProfile::named(name).expect("built in");
            assert!(profile.fits(), "{name}");
            let (w, h, [x, y, ww, wh]) = envelope(name);
            // Franking zone 74 × 38 mm at the top right, coding zone 140 × 15 mm at the lower right.
            for [zx, zy, zw, zh] in [[w - 74.0, 0.0, 74.0, 38.0], [w - 140.0, h - 15.0, 140.0, 15.0]] {
                let apart = x + ww <= zx || x >= zx + zw || y + wh <= zy || y >= zy + zh;
                assert!(apart, "{name}: the window lies in a zone of the post");
            }
            // The folded sheet goes in: no panel is higher than the envelope.
            let edges: Vec<f64> = [0.0]
                .into_iter()
                .chain(profile.folds_mm.clone())
                .chain([SHEET_MM.1])
                .collect();
            assert!(edges.windows(2).all(|e| e[1] - e[0] < h - 4.0), "{name}");
        }
        assert_eq!(WindowProfile::named("C6 left"), None);
    }

    #[test]
    fn a_configuration_names_a_profile_or_describes_its_own() {
        #[derive(Deserialize)]
        struct Section {
            window: WindowProfile,
        }
        let read = |text: &str| toml::from_str::<Section>(text).map(|s| s.window);
        assert_eq!(
            read("window = \"C5/6 right\"").ok(),
            WindowProfile::named("C5/6 right")
        );
        let own = read(
            "[window]\nname = \"Own\"\nwindow_mm = [20.0, 50.0, 90.0, 40.0]\nfolds_mm = [148.5]\n[window.inserter]\nkind = \"omr\"\nx_mm = 8.0\ny_mm = 210.0\npitch_mm = 4.233\n",
        );
        let own = own.expect("good");
        assert!(own.fits() && own.inserter.extent().len() == 4);
        let marked = read(
            "[window]\nname = \"C5/6 left\"\n[window.inserter]\nkind = \"datamatrix\"\nx_mm = 8.0\ny_mm = 220.0\nmodule_mm = 0.5\n",
        )
        .expect("a built-in window with marks");
        assert!(marked.fits() && marked.window_mm == WindowProfile::c5_6_left().window_mm);
        let written = toml::to_string(&WindowProfile::c5_left()).expect("plain data");
        assert!(
            !written.contains("inserter"),
            "off unless it is asked for: {written}"
        );
        assert_eq!(
            toml::from_str::<WindowProfile>(&written).ok(),
            Some(WindowProfile::c5_left())
        );
        for (wrong, expect) in [
            ("window = \"C7 left\"", "C5/6 right"),
            ("[window]\nname = \"x\"\n", "window_mm"),
            (
                "[window]\nname = \"C5 left\"\n[window.inserter]\nkind = \"barcode\"\n",
                "inserter",
            ),
        ] {
            let refused = read(wrong).expect_err(wrong).to_string();
            assert!(refused.contains(expect), "{refused}");
        }
    }

    #[test]
    fn inserter_marks_in_the_window_or_in_the_text_are_refused() {
        let with = |inserter| WindowProfile {
            inserter,
            ..WindowProfile::c5_left()
        };
        let omr = |x_mm, y_mm| InserterMarks::Omr {
            x_mm,
            y_mm,
            pitch_mm: 4.0,
        };
        let matrix = |x_mm, y_mm, module_mm| InserterMarks::DataMatrix {
            x_mm,
            y_mm,
            module_mm,
        };
        assert!(with(omr(8.0, 200.0)).fits());
        assert!(with(matrix(8.0, 200.0, 0.5)).fits());
        // In the last, the fold of C5 at 148.5 mm would run through the marks.
        for (x, y) in [
            (8.0, 290.0),
            (30.0, 200.0),
            (17.0, 60.0),
            (f64::NAN, 200.0),
            (8.0, 145.0),
        ] {
            assert!(!with(omr(x, y)).fits(), "{x} {y}");
            assert!(!with(matrix(x, y, 0.5)).fits(), "{x} {y}");
        }
        // Modules that no camera reads, and a symbol wider than the margin.
        for module in [0.2, 0.9, f64::NAN] {
            assert!(!with(matrix(8.0, 200.0, module)).fits(), "{module}");
        }
    }
}
