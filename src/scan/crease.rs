//! Creases and a scanner's streaks: dark lines that run straight through a whole box, from edge to edge, as no pen stroke does.

/// A line leans by no more than this against the box: a sheet is folded along its sides.
const MOST_LEAN: f64 = 0.08;
/// A line has ink on this share of its way, or it is none.
const UNBROKEN: f64 = 0.85;
/// Beside a line, as far as this share of the way is inked, there is its shadow …
const SHADOW: f64 = 0.35;
/// … which reaches no farther than this, in millimetres.
const SHADOW_MM: f64 = 4.0;
/// The shadow's rim, in millimetres.
const RIM_MM: f64 = 0.5;
/// Lines in a box.
const MOST: usize = 4;

/// A picture of ink, looked at along its columns or its rows.
struct Lengthwise<'a> {
    ink: &'a mut [bool],
    /// How far apart two pixels are, one after the other along a line and across it.
    steps: (usize, usize),
    /// How many there are.
    long: usize,
    wide: usize,
}

impl Lengthwise<'_> {
    fn inked(&self, along: usize, across: isize) -> bool {
        usize::try_from(across)
            .is_ok_and(|x| x < self.wide && self.ink[along * self.steps.0 + x * self.steps.1])
    }

    /// Where a line is at a point of its way, when it begins at `from` and ends `lean` pixels beside that.
    fn at(&self, along: usize, (from, lean): (isize, isize)) -> isize {
        from + lean * along as isize / self.long as isize
    }

    /// Whether there is ink at a point or right beside it, point by point along and across.
    fn near(&self) -> Vec<bool> {
        let points =
            (0..self.long).flat_map(|along| (0..self.wide as isize).map(move |across| (along, across)));
        points
            .map(|(along, across)| (-1..=1).any(|beside| self.inked(along, across + beside)))
            .collect()
    }

    /// The line that runs through from edge to edge with the fewest gaps.
    fn line(&self) -> Option<(isize, isize)> {
        let near = self.near();
        let most = (MOST_LEAN * self.long as f64) as isize;
        let mut best = (((1.0 - UNBROKEN) * self.long as f64) as usize, None);
        for lean in (-most..=most).step_by(2) {
            // A line that leaves the box is none.
            let (first, last) = ((-lean).max(0), self.wide as isize - lean.max(0));
            let beside: Vec<usize> = (0..self.long)
                .map(|along| along * self.wide + (self.at(along, (first, lean)) as usize))
                .collect();
            for from in first..last {
                let mut missed = 0;
                for start in &beside {
                    missed += usize::from(!near[start + (from - first) as usize]);
                    if missed >= best.0 {
                        break;
                    }
                }
                if missed < best.0 {
                    best = (missed, Some((from, lean)));
                }
            }
        }
        best.1
    }

    /// Takes a line and its shadow away.
    fn erase(&mut self, line: (isize, isize), per_mm: f64) {
        let shadowed = |beside: isize| {
            let inked = (0..self.long).filter(|along| self.inked(*along, self.at(*along, line) + beside));
            inked.count() as f64 >= SHADOW * self.long as f64
        };
        let reach = (SHADOW_MM * per_mm) as isize;
        let end = |side: isize| (1..=reach).take_while(|d| shadowed(side * d)).last().unwrap_or(0);
        let rim = (RIM_MM * per_mm) as isize;
        let (left, right) = (end(-1) + rim, end(1) + rim);
        for along in 0..self.long {
            let x = self.at(along, line);
            for x in (x - left).max(0)..(x + right + 1).min(self.wide as isize) {
                self.ink[along * self.steps.0 + x as usize * self.steps.1] = false;
            }
        }
    }
}

/// Takes the lines that run from edge to edge, upright or level, out of a picture of ink, row by row `width` wide, with so many
/// pixels a millimetre. What crosses them is left on both sides. Returns how many there were.
pub fn erase(ink: &mut [bool], width: usize, per_mm: f64) -> usize {
    let height = ink.len() / width.max(1);
    let ways = [((width, 1), height, width), ((1, width), width, height)];
    let mut erased = 0;
    for (steps, long, wide) in ways {
        let mut picture = Lengthwise {
            ink: &mut *ink,
            steps,
            long,
            wide,
        };
        while let Some(line) = picture.line().filter(|_| erased < MOST) {
            picture.erase(line, per_mm);
            erased += 1;
        }
    }
    erased
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 500;
    const HEIGHT: usize = 118;

    /// A box with what is drawn in it: at each pixel, column and row.
    fn drawn(what: impl Fn(f64, f64) -> bool) -> Vec<bool> {
        (0..WIDTH * HEIGHT)
            .map(|at| what((at % WIDTH) as f64, (at / WIDTH) as f64))
            .collect()
    }

    fn left(mut ink: Vec<bool>) -> (usize, usize) {
        let erased = erase(&mut ink, WIDTH, 6.0);
        (erased, ink.iter().filter(|i| **i).count())
    }

    #[test]
    fn a_crease_goes_with_its_shadow_whichever_way_it_runs() {
        let upright = drawn(|x, y| (0.0..9.0).contains(&(x - 200.0 - y * 0.03)));
        let level = drawn(|x, y| (0.0..9.0).contains(&(y - 50.0 + x * 0.02)));
        for ink in [upright, level] {
            let (erased, rest) = left(ink);
            assert_eq!(erased, 1);
            assert!(rest < 5, "{rest} pixels are more than a rough rim");
        }
    }

    #[test]
    fn what_crosses_a_crease_stays() {
        let stroke =
            |x: f64, y: f64| (100.0..300.0).contains(&x) && (y - 60.0 - 20.0 * (x / 15.0).sin()).abs() < 2.0;
        let (_, alone) = left(drawn(stroke));
        let crease = |x: f64| (0.0..6.0).contains(&(x - 200.0));
        let (erased, crossed) = left(drawn(|x, y| stroke(x, y) || crease(x)));
        assert_eq!(erased, 1);
        assert!(
            crossed > alone * 9 / 10 && crossed <= alone,
            "{crossed} of {alone}"
        );
    }

    #[test]
    fn strokes_of_a_pen_are_no_crease() {
        // From top to bottom and bent; straight and not through; straight, through, and aslant.
        let bent = drawn(|x, y| (x - 200.0 - 12.0 * (y / 30.0).sin()).abs() < 2.0);
        let short = drawn(|x, y| (x - 200.0).abs() < 2.0 && y < 90.0);
        let aslant = drawn(|x, y| (x - 200.0 - y * 0.4).abs() < 2.0);
        for (name, ink) in [("bent", bent), ("short", short), ("aslant", aslant)] {
            let before = ink.iter().filter(|i| **i).count();
            assert_eq!(left(ink), (0, before), "{name}");
        }
    }

    #[test]
    fn nothing_is_no_line() {
        assert_eq!(left(drawn(|_, _| false)), (0, 0));
        assert_eq!(erase(&mut [], 0, 6.0), 0);
    }
}
