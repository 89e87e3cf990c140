//! The scans of the samples: what comes back, whole and in all the ways in which it comes back wrong.

use crate::office::Office;
use crate::tree::Tree;
use image::imageops::{FilterType, resize, rotate180};
use image::{DynamicImage, GrayImage};
use siegelpost::paper::Place;
use siegelpost::rehearsal::dice::Dice;
use siegelpost::rehearsal::scanner::{self, Severity};
use siegelpost::rehearsal::sheet::Sheet;
use siegelpost::rehearsal::{hand, specimen};

/// A small picture of a page, for mails whose scan does not matter.
pub const ONE_PAGE: &str = "scans/one-page.jpg";

/// How well the samples' pictures are kept: enough to read, small enough to keep.
const QUALITY: u8 = 30;
/// Grey scans of one page each, as the scanner puts them into its PDF.
type Pages = Vec<GrayImage>;

/// All of them.
pub fn make(office: &Office, tree: &mut Tree) {
    let zoe = pages(office, "zoe-muster", 1, true);
    tree.put(ONE_PAGE, pressed(&zoe[0]));
    tree.put("scans/page-missing.pdf", pdf(&[&zoe[0], &zoe[2]]));
    tree.put("scans/page-twice.pdf", pdf(&[&zoe[0], &zoe[1], &zoe[1], &zoe[2]]));
    tree.put("scans/complete-de.pdf", pdf(&zoe.iter().collect::<Vec<_>>()));
    let juerg = pages(office, "juerg-mueller", 2, true);
    tree.put(
        "scans/complete-identity-card.pdf",
        pdf(&juerg.iter().collect::<Vec<_>>()),
    );
    let alex = pages(office, "alex-example", 3, true);
    tree.put("scans/complete-en.pdf", pdf(&alex.iter().collect::<Vec<_>>()));
    tree.put(
        "scans/mixed-order.pdf",
        pdf(&[&alex[2], &rotate180(&alex[0]), &alex[1]]),
    );
    tree.put("scans/two-requests.pdf", pdf(&[&juerg[0], &alex[0]]));
    let unsigned = pages(office, "alex-example", 4, false);
    tree.put("scans/unsigned.pdf", pdf(&unsigned.iter().collect::<Vec<_>>()));
    tree.put("scans/not-ours.pdf", pdf(&[&not_ours()]));
}

fn pages(office: &Office, name: &str, seed: u64, signed: bool) -> Pages {
    let drafted = office.request(name);
    let mut dice = Dice::new(seed);
    let sheets = scanner::sheets(&drafted.printed.pdf, Severity::Medium).expect("our own papers are drawn");
    (1u8..)
        .zip(sheets)
        .map(|(page, mut sheet)| {
            let here: Vec<Place> = drafted
                .printed
                .layout
                .iter()
                .filter(|p| p.page == page)
                .cloned()
                .collect();
            specimen::copy_onto(&mut sheet, &here, &drafted.request.data);
            if signed {
                hand::fill_in(&mut sheet, &here, "Bern 2.3.2026", &mut dice);
            }
            scanner::picture(&sheet, Severity::Medium, &mut dice)
        })
        .collect()
}

fn pdf(pages: &[&GrayImage]) -> Vec<u8> {
    let pages: Vec<_> = pages
        .iter()
        .map(|p| (scanner::jpeg(p, QUALITY), p.dimensions()))
        .collect();
    scanner::pdf_of_jpegs(&pages, Severity::Medium.dpi())
}

/// Half the resolution, pressed hard: still legible.
fn pressed(page: &GrayImage) -> Vec<u8> {
    let small = resize(page, page.width() / 2, page.height() / 2, FilterType::Triangle);
    scanner::jpeg(&small, 20)
}

/// A page that never came from us.
fn not_ours() -> GrayImage {
    let mut sheet = Sheet::blank(210.0, 297.0, Severity::Medium.dpi());
    sheet.text(notosans::BOLD_TTF, (25.0, 40.0), 8.0, "Protokoll", 30);
    for (n, line) in ["Muster einer Seite,", "die nicht von siegelpost kommt."]
        .into_iter()
        .enumerate()
    {
        sheet.text(
            notosans::REGULAR_TTF,
            (25.0, 60.0 + 8.0 * n as f64),
            5.0,
            line,
            30,
        );
    }
    scanner::picture(&sheet, Severity::Medium, &mut Dice::new(5))
}

/// How far the mean of a tile may be off: processors round differently, papers that changed differ by far more.
const TOLERANCE: u64 = 4;
/// The side of a tile in pixels: about the size of a word.
const TILE: u32 = 48;

/// Whether two scans show the same.
pub fn same_scan(one: &[u8], other: &[u8]) -> bool {
    if one == other {
        return true;
    }
    match (pictures(one), pictures(other)) {
        (Some(one), Some(other)) => {
            one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| same_picture(a, b))
        }
        _ => false,
    }
}

fn same_picture(one: &GrayImage, other: &GrayImage) -> bool {
    let (width, height) = one.dimensions();
    let tile = |left: u32, top: u32| {
        let (right, bottom) = ((left + TILE).min(width), (top + TILE).min(height));
        let points = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
        let off: u64 = points
            .map(|(x, y)| u64::from(one.get_pixel(x, y)[0].abs_diff(other.get_pixel(x, y)[0])))
            .sum();
        off <= TOLERANCE * u64::from(right - left) * u64::from(bottom - top)
    };
    let steps = |to: u32| (0..to).step_by(TILE as usize);
    other.dimensions() == (width, height) && steps(height).all(|y| steps(width).all(|x| tile(x, y)))
}

/// The pictures of a scan, in the order of its pages.
fn pictures(scan: &[u8]) -> Option<Pages> {
    let grey = |jpeg: &[u8]| image::load_from_memory(jpeg).ok().map(DynamicImage::into_luma8);
    if !scan.starts_with(b"%PDF") {
        return Some(vec![grey(scan)?]);
    }
    let file = lopdf::Document::load_mem(scan).ok()?;
    let of_page = |page| {
        file.get_page_images(page)
            .ok()?
            .first()
            .and_then(|i| grey(i.content))
    };
    file.get_pages().into_values().map(of_page).collect()
}

#[test]
fn a_word_more_on_a_scan_is_seen_and_rounding_is_not() {
    let sheet = Sheet::blank(60.0, 60.0, 200);
    let mut written = sheet.clone();
    written.text(notosans::BOLD_TTF, (10.0, 30.0), 4.0, "nein", 30);
    let rounded = GrayImage::from_fn(sheet.grey.width(), sheet.grey.height(), |x, y| {
        image::Luma([sheet.grey.get_pixel(x, y)[0].saturating_sub((x % 2 + y % 3) as u8)])
    });
    assert!(same_picture(&sheet.grey, &rounded));
    assert!(!same_picture(&sheet.grey, &written.grey));
}
