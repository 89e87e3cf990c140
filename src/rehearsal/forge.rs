//! Somebody who changes papers after they were printed: codes pasted over, characters of the printed line written anew.

use super::sheet::Sheet;
use super::specimen::{OCR_B, ocr_em};
use crate::paper::layout::OCR_BASELINE_MM;
use qrcode::{EcLevel, QrCode, Version};

/// The white of the slip on which a code is pasted, on every side.
const SLIP_MM: f64 = 1.5;
/// Width of a cell of the printed line.
const CELL_MM: f64 = 2.54;

/// Draws the modules of a code that fill a place `[x, y, w, h]` (mm); without a version it is the smallest that holds the text.
///
/// False when the text does not fit.
pub fn code(
    sheet: &mut Sheet,
    place: [f64; 4],
    text: &str,
    version: Option<Version>,
    level: EcLevel,
) -> bool {
    let made = match version {
        Some(version) => QrCode::with_version(text, version, level),
        None => QrCode::with_error_correction_level(text, level),
    };
    let Ok(made) = made else { return false };
    let (modules, n) = (made.to_colors(), made.width());
    let [x, y, w, _] = place;
    sheet.paint(place, |px, py, _| {
        let at = |v: f64| ((v / w * n as f64) as usize).min(n - 1);
        if modules[at(py - y) * n + at(px - x)] == qrcode::Color::Dark {
            0
        } else {
            255
        }
    });
    true
}

fn slip(sheet: &mut Sheet, [x, y, w, h]: [f64; 4]) {
    sheet.fill(
        [x - SLIP_MM, y - SLIP_MM, w + 2.0 * SLIP_MM, h + 2.0 * SLIP_MM],
        252,
    );
}

/// Pastes a page code over the one that stands in a place.
pub fn paste_page_code(sheet: &mut Sheet, place: [f64; 4], text: &str) -> bool {
    slip(sheet, place);
    code(sheet, place, text, Some(Version::Normal(4)), EcLevel::H)
}

/// Pastes a data code over the one that stands in a place.
pub fn paste_data_code(sheet: &mut Sheet, place: [f64; 4], text: &str) -> bool {
    slip(sheet, place);
    code(sheet, place, text, None, EcLevel::M)
}

/// Paints over some cells of the printed line, which stands in a place, and prints others there.
pub fn rewrite(sheet: &mut Sheet, [x, y, _, h]: [f64; 4], first: usize, characters: &str) {
    let left = x + first as f64 * CELL_MM;
    sheet.fill([left, y, characters.len() as f64 * CELL_MM, h], 250);
    sheet.text(OCR_B, (left, y + h - OCR_BASELINE_MM), ocr_em(), characters, 20);
}
