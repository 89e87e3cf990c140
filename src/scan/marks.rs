//! What people added to the paper: ink in the signature boxes, the travel document copied in its place.

use super::crease;
use super::pixels::{Picture, blurred, mean_and_deviation, pieces};
use super::registration::{Point, Registration};
use crate::paper::layout::Mark;
use crate::paper::{Place, PlaceKind};
use image::GrayImage;

/// Resolution at which ink is judged: a pen stroke of 0.4 mm has more than two pixels.
const INK_PER_MM: f64 = 6.0;
/// The printed frame lies on a box's edge; this much inside nothing is printed.
const INSET_MM: f64 = 1.2;
/// The background is judged tile by tile, so that a shadow over the box is not ink.
const TILE_MM: f64 = 8.0;
/// Ink is darker than its background by at least this, of 255.
const LEAST_CONTRAST: f64 = 32.0;
/// Connected ink smaller than this (in mm²) is dust.
const DUST_MM2: f64 = 0.2;
/// A signature's longest stroke spans more than this, in millimetres …
const STROKE_MM: f64 = 5.0;
/// … and its ink covers more than this share of the box.
const FILLED_INK: f64 = 0.003;
/// Less ink than this is an empty box with dust in it, when no stroke is longer than 2 mm.
const EMPTY_INK: f64 = 0.0015;
const EMPTY_STROKE_MM: f64 = 2.0;
/// The printed frame is looked for this far to either side of a box's edge, piece by piece of this length.
const FRAME_REACH_MM: f64 = 1.5;
const FRAME_PIECE_MM: f64 = 4.0;
/// A line of the frame is darker than what is beside it by this much, of 255, on average over a piece.
const FRAME_CONTRAST: f64 = 14.0;
/// Where less than this share of the frame can be seen, a signature could not be seen either.
const FRAME_SEEN: f64 = 0.2;
/// Resolution at which a document copy is judged.
const COPY_PER_MM: f64 = 3.0;
/// Side of the fields whose texture is judged, in millimetres.
const FIELD_MM: f64 = 4.0;
/// A field of a copy varies by this much (standard deviation, after smoothing away the scanner's noise) in any case …
const FIELD_TEXTURE: f64 = 9.0;
/// … or, where the place is quieter, by this much and by so many times what its quietest fields vary by: a copy in pale toner …
const PALE_TEXTURE: f64 = 4.5;
const OVER_QUIET: f64 = 3.0;
/// The share of fields that are the quietest.
const QUIET: f64 = 0.1;
/// … or is darker than this share of the paper's brightness, which no shadow makes it.
const FIELD_DARK: f64 = 0.6;
/// A copy fills more than this share of its place with texture; an identity card on a passport's place fills 0.4.
const COPY_PRESENT: f64 = 0.25;
/// Less than this share is an empty place.
const COPY_ABSENT: f64 = 0.08;
/// A copied document has a photograph, text and a zone: this share of its fields is dark against the paper beside …
const STRONG_FIELDS: f64 = 0.04;
/// … by more than this, of what the page's own print is …
const AS_PRINT: f64 = 0.44;
/// … and by less where the other side's print shines through, or a crease throws its shadow.
const AS_SHADOW: f64 = 0.3;
/// The share of a field's or a code's pixels that are taken for its dark, and for its paper.
const DARK_PART: f64 = 0.06;
const PAPER_PART: f64 = 0.9;

/// What was seen in one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Whether somebody signed, or copied the document there; `None` when it cannot be said.
    pub present: Option<bool>,
    /// The share of the place that is covered, 0 to 1.
    pub ink: f64,
}

/// How much darker the print of a page is than its paper, as a share of the paper's brightness: the median of its codes.
pub fn print_depth(picture: &Picture, registration: &Registration, places: &[Place]) -> f64 {
    let codes = places.iter().filter(|p| p.kind == PlaceKind::Qr);
    let mut depths: Vec<f64> = codes
        .map(|p| {
            let code = [p.x_mm, p.y_mm, p.w_mm, p.h_mm];
            depth(&mut registration.upright_small(picture, code, COPY_PER_MM).into_raw())
        })
        .collect();
    depths.sort_by(f64::total_cmp);
    depths.get(depths.len() / 2).copied().unwrap_or(1.0)
}

/// How much darker the dark of some pixels is than their paper, as a share of its brightness.
fn depth(values: &mut [u8]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let at = |share: f64| ((values.len() - 1) as f64 * share) as usize;
    let (dark, paper) = (at(DARK_PART), at(PAPER_PART));
    let dark = f64::from(*values.select_nth_unstable(dark).1);
    let paper = f64::from(*values.select_nth_unstable(paper).1);
    (paper - dark) / paper.max(1.0)
}

/// Judges a signature box or the place of a document copy, on a page whose print is so [deep](print_depth); `None` for places of
/// codes and lines.
pub fn judge(picture: &Picture, registration: &Registration, place: &Place, print: f64) -> Option<Seen> {
    let inset = |mm: f64| {
        [
            place.x_mm + mm,
            place.y_mm + mm,
            (place.w_mm - 2.0 * mm).max(1.0),
            (place.h_mm - 2.0 * mm).max(1.0),
        ]
    };
    match place.kind {
        PlaceKind::Signature => {
            let mut seen = signature(&registration.upright_small(picture, inset(INSET_MM), INK_PER_MM));
            if seen.present == Some(false) {
                let around = registration.upright_small(picture, inset(-FRAME_REACH_MM), INK_PER_MM);
                seen.present = (frame(&around) >= FRAME_SEEN).then_some(false);
            }
            Some(seen)
        }
        PlaceKind::DocumentCopy => Some(copy(
            &registration.upright_small(picture, inset(INSET_MM), COPY_PER_MM),
            print,
        )),
        PlaceKind::Qr | PlaceKind::Ocr => None,
    }
}

/// The middle of a solid registration square on the sheet, and where in the picture it was found.
pub fn solid(grey: &GrayImage, registration: &Registration, mark: &Mark) -> Option<(Point, Point)> {
    /// How far from its place it is looked for, in millimetres: what codes at the other corners leave open.
    const REACH: f64 = 7.0;
    const PER_MM: f64 = 4.0;
    /// How much darker it is than what is around it, of 255.
    const CONTRAST: f64 = 70.0;
    let (x, y) = (mark.x_mm - REACH, mark.y_mm - REACH);
    let (w, h) = (mark.w_mm + 2.0 * REACH, mark.h_mm + 2.0 * REACH);
    let view = registration.upright(grey, [x, y, w, h], PER_MM);
    let (width, height) = (view.width() as usize, view.height() as usize);
    let side = (mark.w_mm * PER_MM).round() as usize;
    let rim = (PER_MM * 1.25) as usize;
    let mut sums = vec![0u64; (width + 1) * (height + 1)];
    for row in 0..height {
        let mut line = 0;
        for column in 0..width {
            line += u64::from(view.as_raw()[row * width + column]);
            sums[(row + 1) * (width + 1) + column + 1] = sums[row * (width + 1) + column + 1] + line;
        }
    }
    let total = |x: usize, y: usize, side: usize| {
        let at = |x: usize, y: usize| sums[y * (width + 1) + x];
        (at(x + side, y + side) + at(x, y) - at(x + side, y) - at(x, y + side)) as f64
    };
    let wide = side + 2 * rim;
    let mut best = (0.0, (0, 0));
    for v in 0..height.checked_sub(wide)? {
        for u in 0..width.checked_sub(wide)? {
            let inside = total(u + rim, v + rim, side);
            let around = total(u, v, wide) - inside;
            let contrast = around / (wide * wide - side * side) as f64 - inside / (side * side) as f64;
            if contrast > best.0 {
                best = (contrast, (u + rim, v + rim));
            }
        }
    }
    let (contrast, (u, v)) = best;
    let middle = |at: usize| (at as f64 + side as f64 / 2.0) / PER_MM;
    let seen = (x + middle(u), y + middle(v));
    let printed = (mark.x_mm + mark.w_mm / 2.0, mark.y_mm + mark.h_mm / 2.0);
    (contrast >= CONTRAST).then(|| (printed, registration.pixel(seen)))
}

/// Ink in a box that is empty in print. Grains of a dithered background melt away when they are blurred, strokes do not.
fn signature(sample: &GrayImage) -> Seen {
    let seen = inked(sample);
    if seen.present == Some(false) {
        return seen;
    }
    let soft = inked(&blurred(sample)).present;
    Seen {
        present: match (seen.present, soft) {
            (Some(true), Some(true)) => Some(true),
            // Blurring joins dirt too, so by itself it never makes a signature.
            (None, Some(false)) => Some(false),
            _ => None,
        },
        ink: seen.ink,
    }
}

fn inked(sample: &GrayImage) -> Seen {
    let width = sample.width() as usize;
    let mut ink = dark(sample);
    let seen = weighed(ink.clone(), width);
    if seen.present == Some(false) {
        return seen;
    }
    match crease::erase(&mut ink, width, INK_PER_MM) {
        0 => seen,
        _ => weighed(ink, width),
    }
}

/// Whether so much ink is a signature.
fn weighed(mut ink: Vec<bool>, width: usize) -> Seen {
    let area = ink.len();
    let (mut covered, mut longest) = (0usize, 0.0f64);
    let dust = (DUST_MM2 * INK_PER_MM * INK_PER_MM) as usize;
    for piece in pieces(&mut ink, width).filter(|p| p.area > dust) {
        covered += piece.area;
        longest = longest.max(piece.diagonal / INK_PER_MM);
    }
    let share = covered as f64 / area.max(1) as f64;
    let present = if longest >= STROKE_MM && share >= FILLED_INK {
        Some(true)
    } else if longest <= EMPTY_STROKE_MM && share <= EMPTY_INK {
        Some(false)
    } else {
        None
    };
    Seen { present, ink: share }
}

/// The share of a box's printed frame that can be seen, in a picture that reaches beyond the box on all sides.
fn frame(around: &GrayImage) -> f64 {
    let (width, height) = (around.width() as usize, around.height() as usize);
    let pixels = |mm: f64| (mm * INK_PER_MM) as usize;
    let (deep, long) = (pixels(2.0 * FRAME_REACH_MM), pixels(FRAME_PIECE_MM));
    let at = |x: usize, y: usize| f64::from(around.as_raw()[y * width + x]);
    let (mut pieces, mut seen) = (0usize, 0usize);
    // Each side as lines of pixels from its outer edge inwards.
    let mut side = |length: usize, across: usize, pixel: &dyn Fn(usize, usize) -> f64| {
        if across < 2 * deep {
            return;
        }
        for from in (deep..length.saturating_sub(deep + long)).step_by(long) {
            let mean = |line: usize| (from..from + long).map(|i| pixel(i, line)).sum::<f64>() / long as f64;
            let mut lines: Vec<f64> = (0..deep).map(mean).collect();
            lines.sort_by(f64::total_cmp);
            pieces += 1;
            seen += usize::from(lines[deep / 2] - lines[0] >= FRAME_CONTRAST);
        }
    };
    side(width, height, &|i, line| at(i, line));
    side(width, height, &|i, line| at(i, height - 1 - line));
    side(height, width, &|i, line| at(line, i));
    side(height, width, &|i, line| at(width - 1 - line, i));
    seen as f64 / pieces.max(1) as f64
}

/// Which pixels are ink: darker than their tile's background by more than its noise explains.
fn dark(sample: &GrayImage) -> Vec<bool> {
    let (width, height) = (sample.width() as usize, sample.height() as usize);
    let tile = (TILE_MM * INK_PER_MM) as usize;
    let mut ink = vec![false; width * height];
    for ty in (0..height).step_by(tile) {
        for tx in (0..width).step_by(tile) {
            let (x1, y1) = ((tx + tile).min(width), (ty + tile).min(height));
            let mut counts = [0usize; 256];
            for y in ty..y1 {
                for &v in &sample.as_raw()[y * width + tx..y * width + x1] {
                    counts[usize::from(v)] += 1;
                }
            }
            let total = (x1 - tx) * (y1 - ty);
            let (middle, upper) = (percentile(&counts, total, 0.6), percentile(&counts, total, 0.93));
            let limit = middle - LEAST_CONTRAST.max(3.0 * (upper - middle));
            for y in ty..y1 {
                for x in tx..x1 {
                    ink[y * width + x] = f64::from(sample.as_raw()[y * width + x]) < limit;
                }
            }
        }
    }
    ink
}

fn percentile(counts: &[usize; 256], total: usize, share: f64) -> f64 {
    let mut left = (total as f64 * share) as usize;
    for (value, &count) in counts.iter().enumerate() {
        if count > left {
            return value as f64;
        }
        left -= count;
    }
    255.0
}

/// How far a field's values spread, as the standard deviation of as many that spread alike; specks of dust do not count.
fn spread(values: &mut [u8]) -> f64 {
    /// A tenth at both ends is left out; what is between is 2.56 standard deviations wide.
    const TENTHS_APART: f64 = 2.56;
    let tenth = values.len() / 10;
    if values.is_empty() {
        return 0.0;
    }
    let last = values.len() - 1;
    let low = *values.select_nth_unstable(tenth).1;
    let high = *values.select_nth_unstable(last - tenth).1;
    f64::from(high - low) / TENTHS_APART
}

/// Texture in a place that is white in print, on a page whose print is so deep.
fn copy(sharp: &GrayImage, print: f64) -> Seen {
    let sample = blurred(sharp);
    let (width, height) = (sample.width() as usize, sample.height() as usize);
    let mut counts = [0usize; 256];
    sample.as_raw().iter().for_each(|&v| counts[usize::from(v)] += 1);
    let paper = percentile(&counts, width * height, 0.97);
    let field = (FIELD_MM * COPY_PER_MM) as usize;
    let mut fields: Vec<(f64, f64)> = Vec::new();
    let mut depths: Vec<f64> = Vec::new();
    let mut values = Vec::with_capacity(field * field);
    for y in (0..height).step_by(field) {
        for x in (0..width).step_by(field) {
            let (x1, y1) = ((x + field).min(width), (y + field).min(height));
            let within = |of: &GrayImage, values: &mut Vec<u8>| {
                values.clear();
                values.extend((y..y1).flat_map(|row| &of.as_raw()[row * width + x..row * width + x1]));
            };
            within(&sample, &mut values);
            let mean = mean_and_deviation(values.iter().copied()).0;
            fields.push((mean, spread(&mut values)));
            within(sharp, &mut values);
            depths.push(if mean < paper * FIELD_DARK {
                1.0
            } else {
                depth(&mut values)
            });
        }
    }
    depths.sort_by(|a, b| b.total_cmp(a));
    let strong = depths
        .get((depths.len() as f64 * STRONG_FIELDS) as usize)
        .copied()
        .unwrap_or(0.0)
        / print.max(0.1);
    let mut quiet: Vec<f64> = fields.iter().map(|f| f.1).collect();
    quiet.sort_by(f64::total_cmp);
    let quiet = quiet
        .get((quiet.len() as f64 * QUIET) as usize)
        .copied()
        .unwrap_or(0.0);
    let texture = (OVER_QUIET * quiet).clamp(PALE_TEXTURE, FIELD_TEXTURE);
    let covered = |(mean, spread): &&(f64, f64)| *spread > texture || *mean < paper * FIELD_DARK;
    let (fields, textured) = (fields.len(), fields.iter().filter(covered).count());
    let share = textured as f64 / fields.max(1) as f64;
    let present = if share <= COPY_ABSENT || strong <= AS_SHADOW {
        Some(false)
    } else if share >= COPY_PRESENT && strong >= AS_PRINT {
        Some(true)
    } else {
        None
    };
    Seen { present, ink: share }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    fn paper(shadow: bool) -> GrayImage {
        GrayImage::from_fn(516, 132, |x, y| {
            let noise = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)) % 11;
            Luma([(if shadow { 120 + x / 6 } else { 235 } + noise) as u8])
        })
    }

    fn stroke(sheet: &mut GrayImage, length: u32) {
        for i in 0..length {
            for d in 0..3 {
                sheet.put_pixel(60 + i, 60 + (i / 4) % 20 + d, Luma([40]));
            }
        }
    }

    #[test]
    fn an_empty_box_is_empty_in_the_shadow_too() {
        for shadow in [false, true] {
            assert_eq!(signature(&paper(shadow)).present, Some(false), "shadow {shadow}");
        }
    }

    #[test]
    fn a_pen_stroke_is_seen_and_a_speck_is_not() {
        for shadow in [false, true] {
            let mut signed = paper(shadow);
            stroke(&mut signed, 200);
            assert_eq!(signature(&signed).present, Some(true));
            let mut specks = paper(shadow);
            for i in 0..40u32 {
                specks.put_pixel(i * 12 + 3, (i * 37) % 130, Luma([0]));
            }
            assert_eq!(signature(&specks).present, Some(false));
        }
    }

    #[test]
    fn a_box_whose_printed_frame_is_gone_is_not_called_empty() {
        use super::super::registration::{Anchor, corners};
        let place = Place {
            name: "holder".into(),
            kind: PlaceKind::Signature,
            page: 1,
            x_mm: 12.0,
            y_mm: 20.0,
            w_mm: 88.0,
            h_mm: 24.0,
        };
        let anchor = Anchor {
            name: "sheet".into(),
            paper_mm: corners([0.0, 0.0, 110.0, 60.0]),
            picture: corners([0.0, 0.0, 880.0, 480.0]),
        };
        let (map, _) = Registration::fit(&[anchor]).expect("one sheet");
        let noisy = GrayImage::from_fn(880, 480, |x, y| {
            Luma([225 + ((x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)) % 23) as u8])
        });
        let judged = |grey: &GrayImage| {
            judge(&Picture::of(grey), &map, &place, 1.0)
                .expect("a box")
                .present
        };
        assert_eq!(judged(&noisy), None);
        let mut framed = noisy.clone();
        for x in 96..800 {
            framed.put_pixel(x, 160, Luma([120]));
            framed.put_pixel(x, 352, Luma([120]));
        }
        assert_eq!(judged(&framed), Some(false));
        // Pale print that breaks up is print all the same.
        let mut broken = noisy.clone();
        (96..800)
            .step_by(3)
            .for_each(|x| broken.put_pixel(x, 160, Luma([40])));
        (160..352)
            .step_by(3)
            .for_each(|y| broken.put_pixel(96, y, Luma([40])));
        assert_eq!(judged(&broken), Some(false));
    }

    #[test]
    fn worms_of_a_dithered_shadow_are_no_signature() {
        let dithered = |ink: bool| {
            let mut sheet = GrayImage::from_fn(516, 132, |x, y| {
                Luma([if (x + y).is_multiple_of(7) { 120 } else { 255 }])
            });
            if ink {
                stroke(&mut sheet, 200);
            }
            sheet
        };
        assert_eq!(
            inked(&dithered(false)).present,
            Some(true),
            "without blurring they look like one"
        );
        assert_eq!(signature(&dithered(false)).present, None);
        assert_eq!(signature(&dithered(true)).present, Some(true));
    }

    #[test]
    fn a_short_dash_is_neither_signed_nor_empty() {
        let mut dash = paper(false);
        stroke(&mut dash, 22);
        assert_eq!(signature(&dash).present, None);
    }

    #[test]
    fn a_crease_through_an_empty_box_is_no_signature() {
        let creased = |signed: bool| {
            let mut sheet = paper(false);
            if signed {
                stroke(&mut sheet, 200);
            }
            // Light where the paper broke, and a shadow to its left.
            for (x, y, pixel) in sheet.enumerate_pixels_mut() {
                let off = f64::from(x) - 200.0 - f64::from(y) * 0.02;
                if (-30.0..0.0).contains(&off) {
                    pixel.0[0] = (f64::from(pixel.0[0]) * (1.0 - 0.22 * (1.0 + off / 30.0))) as u8;
                }
            }
            sheet
        };
        assert_eq!(signature(&creased(false)).present, Some(false));
        assert_eq!(signature(&creased(true)).present, Some(true));
    }

    #[test]
    fn what_shines_through_is_no_copy_and_pale_print_is() {
        let faint = GrayImage::from_fn(300, 200, |x, y| {
            Luma([if (x / 5 + y / 7) % 2 == 0 { 195 } else { 240 }])
        });
        assert_eq!(copy(&faint, 0.95).present, Some(false));
        assert_eq!(copy(&faint, 0.3).present, Some(true));
    }

    #[test]
    fn an_empty_place_for_the_document_is_told_from_a_copied_one() {
        assert_eq!(copy(&paper(false), 0.9).present, Some(false));
        let pattern = GrayImage::from_fn(300, 200, |x, y| {
            Luma([if (x / 5 + y / 7) % 2 == 0 { 90 } else { 200 }])
        });
        assert_eq!(copy(&pattern, 0.9).present, Some(true));
        let flat = GrayImage::from_fn(300, 200, |x, _| Luma([if x < 150 { 120 } else { 240 }]));
        assert_eq!(
            copy(&flat, 0.9).present,
            Some(true),
            "a dark page without texture is a copy too"
        );
    }
}
