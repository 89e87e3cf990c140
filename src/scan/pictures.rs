//! Pictures for the officer's screen: of each place that was looked at, of each code that lies elsewhere, of each page.

use super::page::{PageEvidence, rectangle};
use super::pixels;
use super::reading::{Crop, PageReading, Spot};
use super::registration::{Point, Registration};
use crate::paper::{Place, PlaceKind};
use image::GrayImage;
use image::imageops::{rotate90, rotate180, rotate270};

/// Resolution by kind of place, in pixels a millimetre.
const PER_MM: [(PlaceKind, f64); 4] = [
    (PlaceKind::Signature, 6.0),
    (PlaceKind::DocumentCopy, 5.0),
    (PlaceKind::Qr, 6.0),
    (PlaceKind::Ocr, 8.0),
];
/// What is shown around a place, in millimetres.
const MARGIN_MM: f64 = 2.0;
/// The longest side of a whole page in pixels: its headings can be read, and it has some hundred kilobytes.
const PAGE_SIDE: u32 = 1_200;
/// What is shown around a code that lies elsewhere, as a share of its side: enough to see how it was stuck on.
const AROUND_CODE: f64 = 0.6;

/// A place as it is to be shown.
pub(super) fn of_place(
    grey: &GrayImage,
    registration: &Registration,
    place: &Place,
    page: &PageReading,
) -> Crop {
    Crop {
        spot: spot(page, &place.name),
        page: Some(place.page),
        at_mm: Some(rectangle(place)),
        png: pixels::png(&upright(grey, registration, place)),
    }
}

/// A named area `[x, y, w, h]` of the sheet and a little around it, at this resolution.
pub(super) fn of_area(
    grey: &GrayImage,
    registration: &Registration,
    (name, at): (&str, [f64; 4]),
    per_mm: f64,
    page: &PageReading,
) -> Crop {
    Crop {
        spot: spot(page, name),
        page: page.page,
        at_mm: Some(at),
        png: pixels::png(&registration.upright(grey, wider(at), per_mm)),
    }
}

fn wider([x, y, w, h]: [f64; 4]) -> [f64; 4] {
    [
        x - MARGIN_MM,
        y - MARGIN_MM,
        w + 2.0 * MARGIN_MM,
        h + 2.0 * MARGIN_MM,
    ]
}

/// A place and a little around it, upright.
pub(super) fn upright(grey: &GrayImage, registration: &Registration, place: &Place) -> GrayImage {
    let per_mm = PER_MM.iter().find(|c| c.0 == place.kind).map_or(6.0, |c| c.1);
    registration.upright(grey, wider(rectangle(place)), per_mm.min(registration.scale()))
}

/// What the picture of a code is called that lies elsewhere than in its place.
pub(super) fn elsewhere(place: &str) -> String {
    format!("{place}_elsewhere")
}

/// Adds the pictures that need no map of the sheet: of the whole page, and of codes that lie elsewhere.
pub(super) fn add_page(page: &mut PageEvidence, grey: &GrayImage) {
    let own = &page.reading;
    let turned = |picture: GrayImage| match own.rotation {
        Some(90) => rotate90(&picture),
        Some(180) => rotate180(&picture),
        Some(270) => rotate270(&picture),
        _ => picture,
    };
    let crop = |name: &str, picture: GrayImage| Crop {
        spot: spot(own, name),
        page: own.page,
        at_mm: None,
        png: pixels::png(&turned(picture)),
    };
    let strays = page.out_of_place.iter().filter_map(|(name, corners)| {
        let (from, to) = around(corners);
        Some(crop(&elsewhere(name), pixels::cut(grey, from, to)?.0))
    });
    let mut crops: Vec<Crop> = strays.collect();
    let mut whole = std::borrow::Cow::Borrowed(grey);
    while whole.width().max(whole.height()) > PAGE_SIDE {
        whole = std::borrow::Cow::Owned(pixels::halved(&whole));
    }
    crops.push(crop(Spot::PAGE, whole.into_owned()));
    page.crops.extend(crops);
}

/// The rectangle around a code's corners and some more.
fn around(corners: &[Point; 4]) -> (Point, Point) {
    let fold = |pick: fn(f64, f64) -> f64| {
        let (x, y) = corners[0];
        corners
            .iter()
            .fold((x, y), |m, c| (pick(m.0, c.0), pick(m.1, c.1)))
    };
    let (from, to) = (fold(f64::min), fold(f64::max));
    let more = AROUND_CODE * (to.0 - from.0).max(to.1 - from.1);
    ((from.0 - more, from.1 - more), (to.0 + more, to.1 + more))
}

fn spot(page: &PageReading, name: &str) -> Spot {
    Spot {
        file: page.file.clone(),
        index: page.index,
        name: name.to_owned(),
    }
}
