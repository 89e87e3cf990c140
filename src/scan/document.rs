//! The machine-readable zone of a copied travel document, also where the document was laid in askew or upside down.

use super::line::{self, SeenLine};
use super::mrz;
use super::names::{NameMatch, match_names};
use super::page::rectangle;
use super::reading::TravelDocumentReading;
use super::registration::Registration;
use crate::domain::{DocumentKind, RequestData};
use crate::paper::Place;
use image::GrayImage;
use image::imageops::rotate270;

/// How far beyond its place a document copy may reach.
const AROUND_MM: f64 = 5.0;
/// How much farther off one may lie that was laid in askew.
const ASKEW_MM: f64 = 4.0;
/// How much larger than the place for a card one of TD2 is (ICAO 9303-6: 105 × 74 mm), in either direction.
const LARGER_CARD_MM: f64 = 20.0;
/// Documents laid in within this many degrees are read.
const MOST_LEAN: f64 = 20.0;
/// Steps in which a lean is looked for, in degrees: first coarse ones, then fine ones around the best.
const COARSE: f64 = 0.5;
const FINE: f64 = 0.1;
/// A lean of less is read as if the document lay straight.
const STRAIGHT: f64 = 0.15;
/// Resolution at which a lean is looked for: over a zone's length a fine step moves a row by most of a pixel.
const LEAN_PER_MM: f64 = 4.0;
/// What differs by more from one side to the other is the edge of a stroke.
const STEEP: u8 = 40;
/// Fewer edges are no print.
const LEAST_EDGES: usize = 200;
/// The other quarter turn is tried too when its rows are this clear beside the better one's.
const ALSO_CLEAR: f64 = 0.5;

/// A form of zone: its lines, how high from the document's lower edge it begins, and how far beyond its place it may lie.
type Form = ((usize, usize), f64, f64);

const PASSPORT: &[Form] = &[(mrz::TD3, 32.0, AROUND_MM)];
const CARD: &[Form] = &[
    (mrz::TD1, 34.0, AROUND_MM),
    (mrz::TD2, 30.0, AROUND_MM + LARGER_CARD_MM),
];

/// Reads the zone of the document copied into one of these places, and says into which. Of the request, only the year of expiry
/// helps to read (a zone has two digits of each year), and its name and issuer are the second witness of what no check digit covers:
/// where they differ, a zone that is not quite clear is not read.
pub(super) fn read<'a>(
    grey: &GrayImage,
    registration: &Registration,
    request: &RequestData,
    places: &[&'a Place],
) -> Option<(TravelDocumentReading, &'a Place)> {
    let forms = match request.travel_document.kind {
        DocumentKind::Passport => PASSPORT,
        DocumentKind::IdentityCard => CARD,
    };
    let zone = |map: &Registration, form: &Form, place: &Place, beyond: f64| {
        zone(grey, map, *form, rectangle(place), beyond, request)
    };
    // A card's zone is on its back, or where somebody laid the back.
    let straight = forms
        .iter()
        .flat_map(|f| places.iter().rev().map(move |p| (f, *p)));
    for (form, place) in straight {
        if let Some(read) = zone(registration, form, place, 0.0) {
            return Some((read, place));
        }
    }
    for place in places.iter().rev() {
        let [x, y, w, h] = rectangle(place);
        for lean in leans(&registration.upright(grey, [x, y, w, h], LEAN_PER_MM)) {
            let turned = registration.turned_about((x + w / 2.0, y + h / 2.0), lean);
            for form in forms {
                if let Some(read) = zone(&turned, form, place, ASKEW_MM) {
                    return Some((read, place));
                }
            }
        }
    }
    None
}

/// The zone of one form, looked for in the lower part of a place and so much around it.
fn zone(
    grey: &GrayImage,
    registration: &Registration,
    (format, zone_mm, beyond): Form,
    [x, y, w, h]: [f64; 4],
    farther: f64,
    request: &RequestData,
) -> Option<TravelDocumentReading> {
    let beyond = beyond + farther;
    let area = [
        x - beyond,
        y + h - zone_mm - farther,
        w + 2.0 * beyond,
        zone_mm + farther + beyond,
    ];
    let seen = line::block(grey, registration, area, format, |l, i, c| {
        mrz::allowed(format, l, i, c)
    })?;
    let lines: Vec<String> = seen.iter().map(SeenLine::text).collect();
    // A line without check digits counts only when every character is certain.
    if lines.iter().any(|l| l.contains('?')) {
        return None;
    }
    let read = mrz::parse(&lines, request.travel_document.expiry.year())?;
    let clear = |(l, line): (usize, &SeenLine)| line.stands_alone(|i| !mrz::is_checked(format, l, i));
    (seconded(&read, request) || seen.iter().enumerate().all(clear)).then_some(read)
}

/// Whether the request says the same of what no check digit covers.
fn seconded(read: &TravelDocumentReading, request: &RequestData) -> bool {
    read.issuer == request.travel_document.issuer
        && match_names(read.format, &read.identity(), &request.person.identity()) == NameMatch::Same
}

/// By how many degrees clockwise what is copied here may lie turned, the most likely first; nothing for what lies straight.
fn leans(view: &GrayImage) -> Vec<f64> {
    let ways: Vec<(f64, f64)> = [(view, 0.0), (&rotate270(view), 90.0)]
        .into_iter()
        .filter_map(|(view, quarter)| {
            let (lean, clear) = rows(view)?;
            Some((clear, quarter + lean))
        })
        .collect();
    let best = ways.iter().map(|w| w.0).fold(0.0, f64::max);
    let mut ways: Vec<_> = ways.into_iter().filter(|w| w.0 >= ALSO_CLEAR * best).collect();
    ways.sort_by(|a, b| b.0.total_cmp(&a.0));
    ways.iter()
        .flat_map(|(_, lean)| [*lean, lean + 180.0])
        .filter(|lean| lean.abs() >= STRAIGHT)
        .collect()
}

/// How rows of print lean in a picture, in degrees clockwise, and how clear they are. `None` when there is no print.
fn rows(view: &GrayImage) -> Option<(f64, f64)> {
    let (width, height) = (view.width() as usize, view.height() as usize);
    let mut edges: Vec<(f64, f64)> = Vec::new();
    for (y, row) in view.as_raw().chunks_exact(width.max(1)).enumerate() {
        let steep = row
            .windows(3)
            .enumerate()
            .filter(|(_, w)| w[0].abs_diff(w[2]) > STEEP);
        edges.extend(steep.map(|(x, _)| (x as f64, y as f64)));
    }
    if edges.len() < LEAST_EDGES {
        return None;
    }
    // Rows begin and end at once: the number of edges changes much from one line of pixels to the next.
    let reach = width.max(height);
    let clear = |degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let mut counts = vec![0i32; 3 * reach];
        for (x, y) in &edges {
            let at = y * cos - x * sin + reach as f64;
            if let Some(count) = counts.get_mut(at.max(0.0) as usize) {
                *count += 1;
            }
        }
        counts
            .windows(2)
            .map(|w| f64::from(w[1] - w[0]).powi(2))
            .sum::<f64>()
            / edges.len() as f64
    };
    let best = |from: f64, to: f64, step: f64| {
        let steps = ((to - from) / step).round() as usize;
        (0..=steps)
            .map(|i| from + i as f64 * step)
            .map(|degrees| (degrees, clear(degrees)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let (rough, _) = best(-MOST_LEAN, MOST_LEAN, COARSE)?;
    best(rough - COARSE, rough + COARSE, FINE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Language, Paper, Request};
    use crate::paper::{Layout, layout, layout_id, layout_of};
    use crate::rehearsal::sheet::Sheet;
    use crate::rehearsal::specimen;
    use crate::scan::registration::{Anchor, corners};
    use crate::scan::tests::request;
    use image::imageops::{FilterType, resize};

    fn places(kind: DocumentKind) -> Vec<Place> {
        let layout: Layout =
            layout_of(layout_id(layout::CURRENT, Paper::Request, Language::De)).expect("in use");
        layout
            .on_page(1, 3, kind)
            .into_iter()
            .filter(|p| p.kind == crate::paper::PlaceKind::DocumentCopy)
            .collect()
    }

    /// A sheet with the document's copy turned about the middle of its place, read at 200 dpi.
    fn read_turned(request: &Request, degrees: f64) -> Option<TravelDocumentReading> {
        read_sheet(request, &request.data, degrees, |seen| seen)
    }

    /// A sheet of one request with the document of another, after something happened to its picture.
    fn read_sheet(
        request: &Request,
        copied: &RequestData,
        degrees: f64,
        worn: impl Fn(GrayImage) -> GrayImage,
    ) -> Option<TravelDocumentReading> {
        let places = places(request.data.travel_document.kind);
        let mut sheet = Sheet::blank(210.0, 297.0, 200);
        specimen::copy_turned_onto(&mut sheet, &places, copied, degrees);
        let seen = worn(sheet.grey);
        let whole = [0.0, 0.0, 210.0, 297.0];
        let anchor = Anchor {
            name: "sheet".into(),
            paper_mm: corners(whole),
            picture: corners(whole).map(|(x, y)| (x * sheet.per_mm, y * sheet.per_mm)),
        };
        let (map, _) = Registration::fit(&[anchor]).expect("one sheet");
        let all: Vec<&Place> = places.iter().collect();
        read(&seen, &map, &request.data, &all).map(|(read, _)| read)
    }

    /// As a fax sees it: half as many rows.
    fn faxed(seen: GrayImage) -> GrayImage {
        let (width, height) = seen.dimensions();
        let rows = resize(&seen, width, height / 2, FilterType::Triangle);
        resize(&rows, width, height, FilterType::Nearest)
    }

    #[test]
    fn another_name_is_read_when_it_is_clear_and_never_guessed() {
        let mut request = request(3);
        request.data.travel_document.kind = DocumentKind::Passport;
        request.data.person.family_name = "Beispiel".into();
        let mut other = request.data.clone();
        other.person.family_name = "Blispiel".into();
        let surname = |copied: &RequestData, worn: fn(GrayImage) -> GrayImage| {
            read_sheet(&request, copied, 0.0, worn).map(|read| read.surname)
        };
        assert_eq!(surname(&other, |seen| seen).as_deref(), Some("BLISPIEL"));
        assert_eq!(surname(&request.data, faxed).as_deref(), Some("BEISPIEL"));
        assert_eq!(surname(&other, faxed), None);
    }

    #[test]
    fn a_passport_is_read_however_it_was_laid_in() {
        let mut request = request(3);
        request.data.travel_document.kind = DocumentKind::Passport;
        for degrees in [0.0, 0.6, -4.0, 9.3, 15.0, -15.0, 180.0, 172.0, 90.0, 266.0] {
            let read = read_turned(&request, degrees);
            let read = read.unwrap_or_else(|| panic!("nothing read at {degrees}°"));
            assert_eq!(read.number, request.data.travel_document.number, "{degrees}°");
        }
    }

    #[test]
    fn a_card_is_read_however_it_was_laid_in() {
        let mut request = request(3);
        request.data.travel_document.kind = DocumentKind::IdentityCard;
        for degrees in [0.0, 1.0, -7.0, 15.0, -15.0, 180.0, 190.0, 90.0] {
            let read = read_turned(&request, degrees);
            let read = read.unwrap_or_else(|| panic!("nothing read at {degrees}°"));
            assert_eq!(read.number, request.data.travel_document.number, "{degrees}°");
        }
    }

    #[test]
    fn what_has_no_rows_leans_nowhere() {
        assert_eq!(rows(&GrayImage::from_pixel(300, 200, image::Luma([230]))), None);
    }
}
