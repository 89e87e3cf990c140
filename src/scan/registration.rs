//! From pixels to paper: the least-squares map between millimetres on the sheet and pixels of its picture.

use super::pixels;
use image::GrayImage;

/// A point, in pixels or in millimetres.
pub type Point = (f64, f64);

/// With fewer codes a map of six unknowns would bend where no point holds it.
const CODES_FOR_AFFINE: usize = 3;
/// A code whose corners lie farther off than this is not where it was printed, in millimetres.
const OUT_OF_PLACE_MM: f64 = 1.5;
/// A straight map that lies this close needs no perspective, in millimetres: paper stretches by less.
const STRAIGHT_MM: f64 = 0.35;
/// Points that hold a map of eight unknowns: two codes.
const POINTS_FOR_PERSPECTIVE: usize = 8;

/// One code's place: its four corners on paper and in the picture, in the same order.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    pub name: String,
    pub paper_mm: [Point; 4],
    pub picture: [Point; 4],
}

/// Where millimetres of the sheet lie in its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// `x = (m[0]·X + m[1]·Y + m[2]) / w`, `y = (m[3]·X + m[4]·Y + m[5]) / w`, `w = m[6]·X + m[7]·Y + 1`.
    map: [f64; 8],
    residual_mm: f64,
    codes: usize,
}

impl Registration {
    /// Fits the map to these codes; with three or more, one that contradicts the others is left out and named.
    ///
    /// `None` when there is no code, or they do not agree on where the sheet lies.
    pub fn fit(anchors: &[Anchor]) -> Option<(Registration, Vec<String>)> {
        let all: Vec<&Anchor> = anchors.iter().collect();
        let mut best = solve(&all)?;
        let mut left_out = Vec::new();
        if best.residual_mm > OUT_OF_PLACE_MM && anchors.len() >= CODES_FOR_AFFINE {
            let without = (0..anchors.len()).filter_map(|skip| {
                let rest: Vec<_> = anchors
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| *i != skip)
                    .map(|a| a.1)
                    .collect();
                solve(&rest).map(|fitted| (fitted, skip))
            });
            let (fitted, skip) = without.min_by(|a, b| a.0.residual_mm.total_cmp(&b.0.residual_mm))?;
            best = fitted;
            left_out.push(anchors[skip].name.clone());
        }
        (best.residual_mm <= OUT_OF_PLACE_MM).then_some((best, left_out))
    }

    /// Fits the map to single points, each as millimetres on the sheet and pixels; `None` with fewer than three.
    pub fn of_points(points: &[(Point, Point)]) -> Option<Registration> {
        if points.len() < 3 {
            return None;
        }
        best_map(points, 0, true)
    }

    /// The map with more points held, such as the corners of found codes and the solid mark.
    pub fn with_points(anchors: &[Anchor], points: &[(Point, Point)]) -> Option<Registration> {
        let all: Vec<(Point, Point)> = anchors
            .iter()
            .flat_map(Anchor::pairs)
            .chain(points.iter().copied())
            .collect();
        // A bend is held only by three corners of the sheet.
        let may_bend = anchors.len() + points.len() >= CODES_FOR_AFFINE;
        best_map(&all, anchors.len(), may_bend)
    }

    /// The pixel of a point on the sheet.
    pub fn pixel(&self, (x, y): Point) -> Point {
        let m = &self.map;
        let w = m[6] * x + m[7] * y + 1.0;
        ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    }

    /// How pixels change with millimetres in the middle of an A4 sheet, `[dx/dX, dx/dY, dy/dX, dy/dY]`.
    fn slope(&self) -> [f64; 4] {
        const MIDDLE: Point = (105.0, 148.5);
        let at = self.pixel(MIDDLE);
        let (right, down) = (
            self.pixel((MIDDLE.0 + 1.0, MIDDLE.1)),
            self.pixel((MIDDLE.0, MIDDLE.1 + 1.0)),
        );
        [right.0 - at.0, down.0 - at.0, right.1 - at.1, down.1 - at.1]
    }

    /// The largest distance of a code's corner from where the map puts it, in millimetres.
    pub const fn residual_mm(&self) -> f64 {
        self.residual_mm
    }

    /// How many codes hold the map.
    pub const fn codes(&self) -> usize {
        self.codes
    }

    /// Dots per inch, from the distances on the sheet.
    pub fn dpi(&self) -> f64 {
        let [a, b, c, d] = self.slope();
        (a * d - b * c).abs().sqrt() * 25.4
    }

    /// Pixels a millimetre.
    pub fn scale(&self) -> f64 {
        self.dpi() / 25.4
    }

    /// How far the print is turned clockwise in the picture, in degrees from 0 to 360.
    fn turned(&self) -> f64 {
        let [a, b, c, d] = self.slope();
        (c - b).atan2(a + d).to_degrees().rem_euclid(360.0)
    }

    /// The clockwise turn that sets the picture upright: 0, 90, 180 or 270.
    pub fn rotation(&self) -> u16 {
        let quarters = (self.turned() / 90.0).round() as u16 % 4;
        (4 - quarters) % 4 * 90
    }

    /// What is left of the print's clockwise tilt after that turn, in degrees from −45 to 45.
    pub fn skew_degrees(&self) -> f64 {
        let turned = self.turned();
        turned - (turned / 90.0).round() * 90.0
    }

    /// The bounding box in pixels of a rectangle on the sheet, for cutting.
    pub fn bounds(&self, [x, y, w, h]: [f64; 4]) -> (Point, Point) {
        let corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)].map(|p| self.pixel(p));
        let least = corners
            .iter()
            .fold((f64::MAX, f64::MAX), |a, c| (a.0.min(c.0), a.1.min(c.1)));
        let most = corners
            .iter()
            .fold((f64::MIN, f64::MIN), |a, c| (a.0.max(c.0), a.1.max(c.1)));
        (least, most)
    }

    /// The same sheet in the picture at half its size.
    pub fn halved(&self) -> Registration {
        let mut half = self.clone();
        half.map[..6].iter_mut().for_each(|m| *m /= 2.0);
        half
    }

    /// The map of a sheet on which all lies turned clockwise about a point: what `place` names there is found where the turn
    /// took it on this one.
    pub fn turned_about(&self, (x, y): Point, degrees: f64) -> Registration {
        let (sin, cos) = degrees.to_radians().sin_cos();
        // Millimetres there to millimetres here: a turn about the point.
        let turn = [
            [cos, -sin, x - cos * x + sin * y],
            [sin, cos, y - sin * x - cos * y],
            [0.0, 0.0, 1.0],
        ];
        let [a, b, c, d, e, f, g, h] = self.map;
        let own = [[a, b, c], [d, e, f], [g, h, 1.0]];
        let product = |row: [f64; 3], column: usize| (0..3).map(|k| row[k] * turn[k][column]).sum::<f64>();
        let both = own.map(|row| [0, 1, 2].map(|column| product(row, column)));
        // The last number of a map is one.
        let one = both[2][2];
        let flat = both.as_flattened();
        Registration {
            map: std::array::from_fn(|i| flat[i] / one),
            ..self.clone()
        }
    }

    /// The part of the picture around a rectangle of the sheet as it was scanned, and where it starts.
    pub fn cut(&self, grey: &GrayImage, place: [f64; 4], margin_mm: f64) -> Option<(GrayImage, (u32, u32))> {
        let [x, y, w, h] = place;
        let wide = [
            x - margin_mm,
            y - margin_mm,
            w + 2.0 * margin_mm,
            h + 2.0 * margin_mm,
        ];
        let (from, to) = self.bounds(wide);
        pixels::cut(grey, from, to)
    }
}

/// The four corners of a place `[x, y, w, h]`, clockwise from the top left.
pub fn corners([x, y, w, h]: [f64; 4]) -> [Point; 4] {
    [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
}

impl Anchor {
    fn pairs(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        self.paper_mm.into_iter().zip(self.picture)
    }
}

fn solve(anchors: &[&Anchor]) -> Option<Registration> {
    let pairs: Vec<(Point, Point)> = anchors.iter().flat_map(|a| a.pairs()).collect();
    best_map(&pairs, anchors.len(), anchors.len() >= CODES_FOR_AFFINE)
}

/// The simplest map that holds the points: a turn and a scale, or a straight map when it may bend, or one in perspective when
/// that lies much closer.
fn best_map(pairs: &[(Point, Point)], codes: usize, may_bend: bool) -> Option<Registration> {
    if pairs
        .iter()
        .any(|(p, q)| ![p.0, p.1, q.0, q.1].iter().all(|v| v.is_finite()))
    {
        return None;
    }
    let measured = |map: [f64; 8]| {
        let mut fitted = Registration {
            map,
            residual_mm: 0.0,
            codes,
        };
        let scale = fitted.scale();
        let far = |(p, q): &(Point, Point)| {
            let at = fitted.pixel(*p);
            (at.0 - q.0).hypot(at.1 - q.1) / scale
        };
        let worst = pairs.iter().map(far).fold(0.0, f64::max);
        fitted.residual_mm = worst;
        worst.is_finite().then_some(fitted)
    };
    let straight = measured(straight_map(pairs, may_bend)?)?;
    if straight.residual_mm <= STRAIGHT_MM || !may_bend || pairs.len() < POINTS_FOR_PERSPECTIVE {
        return Some(straight);
    }
    let bent = perspective(pairs).and_then(measured);
    Some(match bent {
        Some(bent) if bent.residual_mm < 0.6 * straight.residual_mm => bent,
        _ => straight,
    })
}

/// The least-squares map of six unknowns, or of four when it may not bend.
fn straight_map(pairs: &[(Point, Point)], may_bend: bool) -> Option<[f64; 8]> {
    let n = pairs.len() as f64;
    if n < 3.0 {
        return None;
    }
    let sum = pairs.iter().fold([0.0; 4], |s, (p, q)| {
        [s[0] + p.0, s[1] + p.1, s[2] + q.0, s[3] + q.1]
    });
    let mean = sum.map(|s| s / n);
    // Sums of products of the centred coordinates: paper with paper, picture with paper.
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    let (mut ux, mut uy, mut vx, mut vy) = (0.0, 0.0, 0.0, 0.0);
    for (p, q) in pairs {
        let (x, y, u, v) = (p.0 - mean[0], p.1 - mean[1], q.0 - mean[2], q.1 - mean[3]);
        xx += x * x;
        xy += x * y;
        yy += y * y;
        ux += u * x;
        uy += u * y;
        vx += v * x;
        vy += v * y;
    }
    let [a, b, c, d] = if may_bend {
        let determinant = xx * yy - xy * xy;
        if determinant < 1e-6 * (xx + yy).powi(2) {
            return None;
        }
        [
            (ux * yy - uy * xy) / determinant,
            (uy * xx - ux * xy) / determinant,
            (vx * yy - vy * xy) / determinant,
            (vy * xx - vx * xy) / determinant,
        ]
    } else {
        let spread = xx + yy;
        if spread < 1e-9 {
            return None;
        }
        let (same, turned) = ((ux + vy) / spread, (vx - uy) / spread);
        [same, -turned, turned, same]
    };
    // A sheet is neither mirrored nor of no size.
    if a * d - b * c < 1e-6 {
        return None;
    }
    Some([
        a,
        b,
        mean[2] - a * mean[0] - b * mean[1],
        c,
        d,
        mean[3] - c * mean[0] - d * mean[1],
        0.0,
        0.0,
    ])
}

/// The least-squares map of eight unknowns (a plane seen from anywhere), from the normal equations of its linear form.
fn perspective(pairs: &[(Point, Point)]) -> Option<[f64; 8]> {
    // Numbers near one keep the equations well conditioned.
    const MM: f64 = 150.0;
    let size = pairs
        .iter()
        .map(|(_, q)| q.0.abs().max(q.1.abs()))
        .fold(1.0, f64::max);
    let mut equations = [[0.0f64; 9]; 8];
    for (p, q) in pairs {
        let (x, y, u, v) = (p.0 / MM, p.1 / MM, q.0 / size, q.1 / size);
        for row in [
            [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u],
            [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v],
        ] {
            for i in 0..8 {
                for j in 0..9 {
                    equations[i][j] += row[i] * row[j];
                }
            }
        }
    }
    for i in 0..8 {
        let pivot = (i..8).max_by(|a, b| equations[*a][i].abs().total_cmp(&equations[*b][i].abs()))?;
        equations.swap(i, pivot);
        if equations[i][i].abs() < 1e-12 {
            return None;
        }
        let row = equations[i];
        for (k, other) in equations.iter_mut().enumerate() {
            if k != i {
                let share = other[i] / row[i];
                (i..9).for_each(|j| other[j] -= share * row[j]);
            }
        }
    }
    let h: [f64; 8] = std::array::from_fn(|i| equations[i][8] / equations[i][i]);
    let map = [
        h[0] * size / MM,
        h[1] * size / MM,
        h[2] * size,
        h[3] * size / MM,
        h[4] * size / MM,
        h[5] * size,
        h[6] / MM,
        h[7] / MM,
    ];
    // The whole sheet lies in front of the camera, and is not mirrored.
    let corners = [(0.0, 0.0), (210.0, 0.0), (0.0, 297.0), (210.0, 297.0)];
    let ahead = corners.iter().all(|(x, y)| map[6] * x + map[7] * y + 1.0 > 0.2);
    (ahead && map[0] * map[4] - map[1] * map[3] > 0.0).then_some(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLACES: [[f64; 4]; 3] = [
        [12.0, 12.0, 20.955, 20.955],
        [177.045, 12.0, 20.955, 20.955],
        [12.0, 264.045, 20.955, 20.955],
    ];

    fn turned(degrees: f64, scale: f64, p: Point) -> Point {
        let (sin, cos) = degrees.to_radians().sin_cos();
        (
            (p.0 * cos - p.1 * sin) * scale + 900.0,
            (p.0 * sin + p.1 * cos) * scale + 1200.0,
        )
    }

    fn anchors(degrees: f64, scale: f64) -> Vec<Anchor> {
        PLACES
            .iter()
            .enumerate()
            .map(|(i, place)| Anchor {
                name: format!("page_code_{i}"),
                paper_mm: corners(*place),
                picture: corners(*place).map(|p| turned(degrees, scale, p)),
            })
            .collect()
    }

    #[test]
    fn a_code_that_was_moved_is_left_out_and_named() {
        let mut moved = anchors(3.0, 8.0);
        moved.push(Anchor {
            name: "data_code".into(),
            paper_mm: corners([156.0, 46.0, 42.0, 42.0]),
            picture: corners([150.0, 60.0, 42.0, 42.0]).map(|p| turned(3.0, 8.0, p)),
        });
        let (fitted, left_out) = Registration::fit(&moved).expect("three agree");
        assert_eq!(left_out, ["data_code"]);
        assert!(fitted.residual_mm() < 1e-6);
    }

    #[test]
    fn codes_that_contradict_each_other_give_no_map() {
        let mut two = anchors(0.0, 8.0);
        two.truncate(2);
        two[1].picture = two[1].picture.map(|p| (p.0, p.1 + 300.0));
        assert_eq!(Registration::fit(&two), None);
        assert_eq!(Registration::fit(&[]), None);
    }

    #[test]
    fn a_mirrored_sheet_is_not_a_sheet() {
        let mut all = anchors(0.0, 8.0);
        for a in &mut all {
            a.picture = a.picture.map(|p| (-p.0, p.1));
        }
        assert_eq!(Registration::fit(&all), None);
    }

    #[test]
    fn what_lies_turned_on_the_sheet_is_found_where_the_turn_took_it() {
        let (fitted, _) = Registration::fit(&anchors(3.0, 8.0)).expect("they agree");
        let middle = (70.0, 150.0);
        let turned = fitted.turned_about(middle, 90.0);
        let near = |a: Point, b: Point| (a.0 - b.0).hypot(a.1 - b.1) < 1e-6;
        assert!(near(turned.pixel(middle), fitted.pixel(middle)));
        // Clockwise, what was to the right is now below.
        assert!(near(turned.pixel((80.0, 150.0)), fitted.pixel((70.0, 160.0))));
    }

    #[test]
    fn a_sheet_seen_aslant_is_mapped_as_a_plane() {
        let seen = |p: Point| {
            let w = 1.0 + 0.0006 * p.0 - 0.0004 * p.1;
            (
                (7.0 * p.0 + 0.4 * p.1 + 90.0) / w,
                (6.8 * p.1 - 0.3 * p.0 + 150.0) / w,
            )
        };
        let mut all = anchors(0.0, 8.0);
        for a in &mut all {
            a.picture = a.paper_mm.map(seen);
        }
        let (fitted, left_out) = Registration::fit(&all).expect("they lie in one plane");
        assert!(
            left_out.is_empty() && fitted.residual_mm() < 1e-3,
            "{}",
            fitted.residual_mm()
        );
        let (there, want) = (fitted.pixel((195.0, 282.0)), seen((195.0, 282.0)));
        assert!((there.0 - want.0).hypot(there.1 - want.1) < 0.1);
    }

    proptest! {
        #[test]
        fn turn_tilt_and_resolution_come_back(quarter in 0u16..4, skew in -40.0..40.0f64, scale in 3.0..24.0f64, n in 1usize..=3) {
            let degrees = f64::from(quarter) * 90.0 + skew;
            let mut all = anchors(degrees, scale);
            all.truncate(n);
            let (fitted, left_out) = Registration::fit(&all).expect("they agree");
            prop_assert!(left_out.is_empty());
            prop_assert_eq!(fitted.rotation(), (4 - quarter) % 4 * 90);
            prop_assert!((fitted.skew_degrees() - skew).abs() < 1e-6);
            prop_assert!((fitted.dpi() - scale * 25.4).abs() < 1e-6);
            let there = fitted.pixel((150.0, 200.0));
            let want = turned(degrees, scale, (150.0, 200.0));
            prop_assert!((there.0 - want.0).hypot(there.1 - want.1) < 1e-6 * scale);
        }
    }
}
