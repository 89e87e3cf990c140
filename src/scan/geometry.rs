//! Codes by where they must lie: the sheet found from finder patterns alone, and a code's modules sampled at their place.
//!
//! A code that a pen or a stamp crossed often keeps two of its three finder patterns, and its modules stand where the layout
//! has them. What is read so is checked like every other code.

use super::codes::{CodeContent, FoundCode};
use super::pixels;
use super::registration::{Point, Registration, corners};
use crate::paper::codes::{DataCode, PageCode};
use crate::paper::{Layout, Place, PlaceKind};
use image::GrayImage;
use rqrr::{Grid, SimpleGrid};

/// Patterns that are matched with the layout, the largest first: four codes have twelve.
const MAX_PATTERNS: usize = 36;
/// A pattern this near to where the layout has one belongs to it, in millimetres.
const NEAR_MM: f64 = 2.5;
/// Patterns that must agree: three codes have nine, and by chance no four lie so.
const LEAST_AGREEING: usize = 4;
/// Two patterns nearer than this say too little of the sheet's tilt, in millimetres.
const LEAST_BASE_MM: f64 = 60.0;
/// Resolutions a sheet may have, in pixels a millimetre.
const PER_MM: std::ops::Range<f64> = 2.5..40.0;
/// Pixels a module when it is sampled.
const MODULE: f64 = 4.0;
/// How far a code may lie from where the registration puts it, in millimetres.
const MARGIN_MM: f64 = 2.5;
/// Modules of a page code (version 4).
const PAGE_MODULES: usize = 33;
/// Modules of data codes (versions 8 to 13), and where their alignment patterns stand (ISO/IEC 18004, annex E).
const DATA_MODULES: [(usize, [usize; 3]); 6] = [
    (49, [6, 24, 42]),
    (53, [6, 26, 46]),
    (57, [6, 28, 50]),
    (61, [6, 30, 54]),
    (65, [6, 32, 58]),
    (69, [6, 34, 62]),
];
/// How well the fixed modules of a code must fit before the others are sampled, −1 to 1.
const LEAST_FIT: f64 = 0.35;

/// The sheet, from finder patterns (their middles in pixels) that lie as this layout's page codes have them.
pub fn sheet(patterns: &[Point], layout: &Layout) -> Option<Registration> {
    let wanted: Vec<Point> = layout
        .places
        .iter()
        .filter(|p| p.kind == PlaceKind::Qr && p.name.starts_with("page_code"))
        .flat_map(|p| finder_middles([p.x_mm, p.y_mm, p.w_mm, p.h_mm], PAGE_MODULES))
        .collect();
    let seen = &patterns[..patterns.len().min(MAX_PATTERNS)];
    let mut best: Vec<(Point, Point)> = Vec::new();
    for (a, pa) in wanted.iter().enumerate() {
        for pb in &wanted[a + 1..] {
            let base = (pb.0 - pa.0, pb.1 - pa.1);
            let long = base.0.hypot(base.1);
            if long < LEAST_BASE_MM {
                continue;
            }
            for qa in seen {
                for qb in seen {
                    let to = (qb.0 - qa.0, qb.1 - qa.1);
                    let scale = to.0.hypot(to.1) / long;
                    if !PER_MM.contains(&scale) {
                        continue;
                    }
                    // Turn and scale as one complex number.
                    let (c, s) = (
                        (to.0 * base.0 + to.1 * base.1) / (long * long),
                        (to.1 * base.0 - to.0 * base.1) / (long * long),
                    );
                    let agreeing: Vec<(Point, Point)> = wanted
                        .iter()
                        .filter_map(|p| {
                            let (x, y) = (p.0 - pa.0, p.1 - pa.1);
                            let at = (qa.0 + c * x - s * y, qa.1 + s * x + c * y);
                            let near = |q: &&Point| (q.0 - at.0).hypot(q.1 - at.1) <= NEAR_MM * scale;
                            seen.iter().find(near).map(|q| (*p, *q))
                        })
                        .collect();
                    if agreeing.len() > best.len() {
                        best = agreeing;
                    }
                }
            }
        }
    }
    if best.len() < LEAST_AGREEING {
        return None;
    }
    Registration::of_points(&best).filter(|r| r.residual_mm() <= NEAR_MM)
}

/// The middles of a code's three finder patterns, in millimetres.
fn finder_middles([x, y, w, h]: [f64; 4], modules: usize) -> [Point; 3] {
    let (near, far) = (3.5 / modules as f64, 1.0 - 3.5 / modules as f64);
    [(near, near), (far, near), (near, far)].map(|(u, v)| (x + u * w, y + v * h))
}

/// Reads the code of a place from its modules.
pub fn read(grey: &GrayImage, registration: &Registration, place: &Place) -> Option<FoundCode> {
    let sizes: &[(usize, [usize; 3])] = if place.name == "data_code" {
        &DATA_MODULES
    } else {
        &[(PAGE_MODULES, [6, 26, 26])]
    };
    let rectangle = [place.x_mm, place.y_mm, place.w_mm, place.h_mm];
    let mut fits: Vec<(f64, Sampler)> = sizes
        .iter()
        .filter_map(|&(modules, alignment)| {
            Sampler::settle(grey, registration, rectangle, modules, alignment)
        })
        .collect();
    fits.sort_by(|a, b| b.0.total_cmp(&a.0));
    // The number of modules that fits best, and the next in case of doubt.
    fits.iter().take(2).find_map(|(fit, sampler)| {
        if *fit < LEAST_FIT {
            return None;
        }
        let content = sampler.decode()?;
        let picture = corners(rectangle).map(|p| registration.pixel(sampler.moved(p, rectangle)));
        Some(FoundCode {
            content,
            corners: picture,
        })
    })
}

/// A code's place resampled, and where in it the code lies.
struct Sampler {
    view: GrayImage,
    modules: usize,
    /// Where the code's top left module begins, in pixels of the view, and its steps along and down.
    origin: Point,
    along: Point,
    down: Point,
    per_mm: f64,
}

impl Sampler {
    /// Lays the modules that every such code has on the place, first as a whole, then by its corners.
    fn settle(
        grey: &GrayImage,
        registration: &Registration,
        [x, y, w, h]: [f64; 4],
        modules: usize,
        alignment: [usize; 3],
    ) -> Option<(f64, Sampler)> {
        let per_mm = MODULE * modules as f64 / w;
        let wide = [
            x - MARGIN_MM,
            y - MARGIN_MM,
            w + 2.0 * MARGIN_MM,
            h + 2.0 * MARGIN_MM,
        ];
        let view = registration.upright(grey, wide, per_mm);
        let margin = MARGIN_MM * per_mm;
        let size = MODULE * modules as f64 + 2.0 * margin;
        if f64::from(view.width()) < size - 2.0 || f64::from(view.height()) < size - 2.0 {
            return None;
        }
        let fixed = fixed_modules(modules, alignment);
        let ink = Ink::of(&view);
        let at = |shift: Point, (column, row, _): &(usize, usize, bool)| {
            (
                margin + shift.0 + (*column as f64 + 0.5) * MODULE,
                margin + shift.1 + (*row as f64 + 0.5) * MODULE,
            )
        };
        let fit = |shift: Point, of: &[(usize, usize, bool)]| {
            let sum: f64 = of
                .iter()
                .map(|m| ink.at(at(shift, m)) * if m.2 { 1.0 } else { -1.0 })
                .sum();
            sum / of.len().max(1) as f64
        };
        let search = |around: Point, reach: i32, step: f64, of: &[(usize, usize, bool)]| {
            let mut best = (f64::MIN, around);
            for j in -reach..=reach {
                for i in -reach..=reach {
                    let shift = (around.0 + f64::from(i) * step, around.1 + f64::from(j) * step);
                    let score = fit(shift, of);
                    if score > best.0 {
                        best = (score, shift);
                    }
                }
            }
            best
        };
        let rough = (margin / 2.0) as i32;
        let (_, whole) = search((0.0, 0.0), rough, 2.0, &fixed);
        let (score, whole) = search(whole, 2, 1.0, &fixed);
        // Each finder for itself: paper bends, and a lens too.
        let corner = |right: bool, below: bool| {
            let near = |at: usize, far: bool| if far { at + 8 >= modules } else { at < 8 };
            let own: Vec<_> = fixed
                .iter()
                .filter(|(c, r, _)| near(*c, right) && near(*r, below))
                .copied()
                .collect();
            let (found, shift) = search(whole, 4, 0.5, &own);
            // A corner under a stamp stays where the whole is.
            if found >= LEAST_FIT { shift } else { whole }
        };
        let (a, b, c) = (corner(false, false), corner(true, false), corner(false, true));
        let span = modules as f64 - 7.0;
        let along = (MODULE + (b.0 - a.0) / span, (b.1 - a.1) / span);
        let down = ((c.0 - a.0) / span, MODULE + (c.1 - a.1) / span);
        let middle = margin + 3.5 * MODULE;
        let origin = (
            middle + a.0 - 3.5 * (along.0 + down.0),
            middle + a.1 - 3.5 * (along.1 + down.1),
        );
        Some((
            score,
            Sampler {
                view,
                modules,
                origin,
                along,
                down,
                per_mm,
            },
        ))
    }

    /// Where a point of the place really is on the sheet, as far as the code tells.
    fn moved(&self, (x, y): Point, [px, py, w, h]: [f64; 4]) -> Point {
        let n = self.modules as f64;
        let (u, v) = ((x - px) / w * n, (y - py) / h * n);
        let at = (
            self.origin.0 + u * self.along.0 + v * self.down.0,
            self.origin.1 + u * self.along.1 + v * self.down.1,
        );
        (
            px - MARGIN_MM + at.0 / self.per_mm,
            py - MARGIN_MM + at.1 / self.per_mm,
        )
    }

    /// The code's content by some thresholds, when its checks hold.
    fn decode(&self) -> Option<CodeContent> {
        let n = self.modules;
        [false, true].into_iter().find_map(|soft| {
            let blurred;
            let view = if soft {
                blurred = pixels::blurred(&self.view);
                &blurred
            } else {
                &self.view
            };
            let ink = Ink::of(view);
            let modules: Vec<f64> = (0..n * n)
                .map(|i| {
                    let (u, v) = ((i % n) as f64 + 0.5, (i / n) as f64 + 0.5);
                    ink.at((
                        self.origin.0 + u * self.along.0 + v * self.down.0,
                        self.origin.1 + u * self.along.1 + v * self.down.1,
                    ))
                })
                .collect();
            [0.0, 0.1, -0.1].into_iter().find_map(|shift| {
                let grid = SimpleGrid::from_func(n, |x, y| modules[y * n + x] > shift);
                let (_, text) = Grid::new(grid).decode().ok()?;
                PageCode::decode(&text)
                    .map(CodeContent::Page)
                    .or_else(|_| DataCode::decode(&text).map(CodeContent::Data))
                    .ok()
            })
        })
    }
}

/// How dark places of a view are against their surroundings, −1 to 1.
struct Ink {
    values: Vec<f32>,
    width: usize,
    height: usize,
}

impl Ink {
    fn of(view: &GrayImage) -> Ink {
        /// About eight modules each way: half of them are dark in any code.
        const AROUND: usize = 32;
        let (width, height) = (view.width() as usize, view.height() as usize);
        // Sums over all pixels above and left, for means of any rectangle.
        let mut sums = vec![(0u32, 0u64); (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = (0u32, 0u64);
            for x in 0..width {
                let v = u32::from(view.as_raw()[y * width + x]);
                row = (row.0 + v, row.1 + u64::from(v * v));
                let above = sums[y * (width + 1) + x + 1];
                sums[(y + 1) * (width + 1) + x + 1] = (above.0 + row.0, above.1 + row.1);
            }
        }
        let mut values = vec![0.0; width * height];
        for y in 0..height {
            let (y0, y1) = (y.saturating_sub(AROUND), (y + AROUND).min(height));
            for x in 0..width {
                let (x0, x1) = (x.saturating_sub(AROUND), (x + AROUND).min(width));
                let corner = |x: usize, y: usize| sums[y * (width + 1) + x];
                let n = ((x1 - x0) * (y1 - y0)) as f32;
                let (a, b, c, d) = (corner(x1, y1), corner(x0, y1), corner(x1, y0), corner(x0, y0));
                let mean = (a.0 + d.0 - b.0 - c.0) as f32 / n;
                let square = (a.1 + d.1 - b.1 - c.1) as f32 / n;
                let deviation = (square - mean * mean).max(1.0).sqrt().max(12.0);
                let v = f32::from(view.as_raw()[y * width + x]);
                values[y * width + x] = ((mean - v) / deviation).clamp(-1.0, 1.0);
            }
        }
        Ink {
            values,
            width,
            height,
        }
    }

    /// The mean of the pixels around a point.
    fn at(&self, (x, y): Point) -> f64 {
        let (x, y) = ((x - 0.5).round() as i64, (y - 0.5).round() as i64);
        let (mut sum, mut n) = (0.0, 0);
        for py in y - 1..=y + 1 {
            for px in x - 1..=x + 1 {
                if px >= 0 && py >= 0 && (px as usize) < self.width && (py as usize) < self.height {
                    sum += self.values[py as usize * self.width + px as usize];
                    n += 1;
                }
            }
        }
        f64::from(sum) / f64::from(n.max(1))
    }
}

/// The modules that are the same in every code of a size: column, row, dark (ISO/IEC 18004, 6.3).
fn fixed_modules(modules: usize, alignment: [usize; 3]) -> Vec<(usize, usize, bool)> {
    let mut fixed = Vec::new();
    let far = modules - 7;
    for (cx, cy) in [(0, 0), (far, 0), (0, far)] {
        for dy in -1i64..8 {
            for dx in -1i64..8 {
                let (x, y) = (cx as i64 + dx, cy as i64 + dy);
                if x < 0 || y < 0 || x >= modules as i64 || y >= modules as i64 {
                    continue;
                }
                let ring = (dx - 3).abs().max((dy - 3).abs());
                fixed.push((x as usize, y as usize, ring <= 1 || ring == 3));
            }
        }
    }
    for i in 8..modules - 8 {
        fixed.push((i, 6, i % 2 == 0));
        fixed.push((6, i, i % 2 == 0));
    }
    for (i, &cx) in alignment.iter().enumerate() {
        for &cy in &alignment[i.min(1)..] {
            let finder = |a: usize, b: usize| a == 6 && (b == 6 || b + 7 >= modules);
            if finder(cx, cy) || finder(cy, cx) || cx == 6 || cy == 6 {
                continue;
            }
            for dy in -2i64..=2 {
                for dx in -2i64..=2 {
                    let ring = dx.abs().max(dy.abs());
                    fixed.push(((cx as i64 + dx) as usize, (cy as i64 + dy) as usize, ring != 1));
                }
            }
        }
    }
    fixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Language, Paper};
    use crate::paper::{layout_id, layout_of};
    use proptest::prelude::*;

    fn layout() -> Layout {
        layout_of(layout_id(1, Paper::Receipt, Language::De)).expect("printed")
    }

    fn middles() -> Vec<Point> {
        let codes = layout().places;
        let codes = codes.iter().filter(|p| p.kind == PlaceKind::Qr);
        codes
            .flat_map(|p| finder_middles([p.x_mm, p.y_mm, p.w_mm, p.h_mm], PAGE_MODULES))
            .collect()
    }

    #[test]
    fn patterns_that_lie_by_chance_are_no_sheet() {
        let mut dice = crate::rehearsal::dice::Dice::new(3);
        for _ in 0..20 {
            let chance: Vec<Point> = (0..12)
                .map(|_| (dice.between(0.0, 1700.0), dice.between(0.0, 2300.0)))
                .collect();
            assert_eq!(sheet(&chance, &layout()), None);
        }
        assert_eq!(sheet(&[], &layout()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn five_patterns_tell_where_the_sheet_lies(
            degrees in 0.0..360.0f64, scale in 4.0..20.0f64, lost in proptest::sample::subsequence((0..9usize).collect::<Vec<_>>(), 4),
        ) {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let turn = |p: Point| ((p.0 * cos - p.1 * sin) * scale + 4000.0, (p.0 * sin + p.1 * cos) * scale + 4000.0);
            let mut seen: Vec<Point> =
                middles().iter().enumerate().filter(|(i, _)| !lost.contains(i)).map(|m| turn(*m.1)).collect();
            seen.push((17.0, 23.0));
            let found = sheet(&seen, &layout()).expect("five agree");
            let (there, want) = (found.pixel((105.0, 223.0)), turn((105.0, 223.0)));
            prop_assert!((there.0 - want.0).hypot(there.1 - want.1) < 3.0 * scale);
        }
    }
}
