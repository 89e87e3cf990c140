//! Plays the people around the papers: they sign, copy the travel document, scan; some forge. The holder reads the letter.

use super::dice::Dice;
use super::scanner::{self, Severity};
use super::sheet::Sheet;
use super::{hand, specimen};
use crate::domain::{ETicket, RequestData};
use crate::paper::{Place, PlaceKind};

/// The printed papers, signed in every box, with the travel document copied in its place, as the scanner sends them.
///
/// `None` when the PDF is none of ours.
pub fn sign_and_scan(
    pdf: &[u8],
    places: &[Place],
    data: &RequestData,
    severity: Severity,
    dice: &mut Dice,
) -> Option<Vec<u8>> {
    let mut sheets = scanner::sheets(pdf, severity)?;
    for (page, sheet) in (1u8..).zip(&mut sheets) {
        write_on(sheet, page, places, data, dice);
    }
    Some(scanner::scan(&sheets, severity, dice))
}

/// A printed paper without a travel document, signed in these boxes, as the scanner sends it.
///
/// `None` when the PDF is none of ours.
pub fn sign_boxes_and_scan(
    pdf: &[u8],
    boxes: &[Place],
    severity: Severity,
    dice: &mut Dice,
) -> Option<Vec<u8>> {
    let mut sheets = scanner::sheets(pdf, severity)?;
    for (page, sheet) in (1u8..).zip(&mut sheets) {
        sign_on(sheet, page, boxes, dice);
    }
    Some(scanner::scan(&sheets, severity, dice))
}

fn sign_on(sheet: &mut Sheet, page: u8, places: &[Place], dice: &mut Dice) {
    let boxes = places
        .iter()
        .filter(|p| p.page == page && p.kind == PlaceKind::Signature);
    for place in boxes {
        hand::sign(sheet, [place.x_mm, place.y_mm, place.w_mm, place.h_mm], dice);
    }
}

fn write_on(sheet: &mut Sheet, page: u8, places: &[Place], data: &RequestData, dice: &mut Dice) {
    let copies: Vec<Place> = places
        .iter()
        .filter(|p| p.page == page && p.kind == PlaceKind::DocumentCopy)
        .cloned()
        .collect();
    specimen::copy_onto(sheet, &copies, data);
    sign_on(sheet, page, places, dice);
}

/// A mail with one character of its longest attachment exchanged: what a gateway, or somebody on the way, does.
pub fn altered(raw: &[u8]) -> Vec<u8> {
    let mut mail = raw.to_vec();
    // The middle of the mail is inside the scan, which is far longer than anything else.
    let middle = mail.len() / 2;
    if let Some(b) = mail[middle..].iter_mut().find(|b| b.is_ascii_alphanumeric()) {
        *b = if *b == b'A' { b'B' } else { b'A' };
    }
    mail
}

/// The number that a holder reads on the letter; `None` when there is none, or several letters.
pub fn number_on(letter: &[u8]) -> Option<ETicket> {
    let pdf = lopdf::Document::load_mem(letter).ok()?;
    let pages: Vec<u32> = pdf.get_pages().keys().copied().collect();
    let [page] = pages[..] else { return None };
    let text = pdf.extract_text(&[page]).ok()?;
    let symbols: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    // Four groups of five with hyphens between them: 23 characters.
    symbols.windows(23).find_map(|w| {
        let candidate: String = w.iter().collect();
        let grouped = candidate
            .bytes()
            .enumerate()
            .all(|(i, b)| (b == b'-') == (i % 6 == 5));
        grouped.then(|| ETicket::parse(&candidate).ok()).flatten()
    })
}
