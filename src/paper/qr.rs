//! QR symbols: made with one crate, read back with another before the paper leaves.

use super::error::PaperError;
use qrcode::{EcLevel, Version};

/// Modules along a side of a finder pattern (ISO/IEC 18004, 6.3.3).
const FINDER: usize = 7;

/// A QR symbol's modules, without quiet zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    width: usize,
    dark: Vec<bool>,
}

impl Symbol {
    /// The smallest symbol from version `from` to `to` that takes the text, read back by rqrr from the rectangles that are drawn.
    ///
    /// # Errors
    /// [`PaperError::ReadBack`] when the text does not fit or what was read is not what was written.
    pub fn of(place: &str, text: &str, from: i16, to: i16, level: EcLevel) -> Result<Symbol, PaperError> {
        let symbol = Symbol::unread(place, text, from, to, level)?;
        let wrong = |problem: String| PaperError::ReadBack {
            place: place.into(),
            problem,
        };
        match symbol.read_back() {
            Ok(read) if read == text => Ok(symbol),
            Ok(read) => Err(wrong(format!("it says ‘{read}’ instead of ‘{text}’"))),
            Err(problem) => Err(wrong(problem)),
        }
    }

    /// As [`Symbol::of`], not read back: to measure what reading costs.
    pub fn unread(place: &str, text: &str, from: i16, to: i16, level: EcLevel) -> Result<Symbol, PaperError> {
        let wrong = |problem: String| PaperError::ReadBack {
            place: place.into(),
            problem,
        };
        (from..=to)
            .find_map(|v| super::qr_mask::draw(text, Version::Normal(v), level))
            .map(|(width, dark)| Symbol { width, dark })
            .ok_or_else(|| wrong(format!("{} characters do not fit version {to}", text.len())))
    }

    /// A square symbol of another kind, row by row.
    pub(super) fn of_modules(width: usize, dark: Vec<bool>) -> Symbol {
        debug_assert_eq!(dark.len(), width * width);
        Symbol { width, dark }
    }

    /// Modules along one side.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the module in this column and row is dark; outside all are light.
    pub fn dark(&self, column: usize, row: usize) -> bool {
        column < self.width && row < self.width && self.dark[row * self.width + column]
    }

    /// The dark modules as few rectangles `(column, row, columns, rows)`: runs, joined downwards where they are alike.
    pub fn rectangles(&self) -> Vec<(usize, usize, usize, usize)> {
        let mut done: Vec<(usize, usize, usize, usize)> = Vec::new();
        let mut open: Vec<(usize, usize, usize, usize)> = Vec::new();
        for row in 0..self.width {
            let mut runs = Vec::new();
            let mut column = 0;
            while column < self.width {
                let start = column;
                while self.dark(column, row) {
                    column += 1;
                }
                if column > start {
                    runs.push((start, column - start));
                }
                column += 1;
            }
            let mut next = Vec::new();
            for (start, length) in runs {
                match open.iter().position(|o| o.0 == start && o.2 == length) {
                    Some(i) => {
                        let above = open.swap_remove(i);
                        next.push((above.0, above.1, above.2, above.3 + 1));
                    }
                    None => next.push((start, row, length, 1)),
                }
            }
            done.append(&mut open);
            open = next;
        }
        done.append(&mut open);
        done.sort_unstable_by_key(|r| (r.1, r.0));
        done
    }

    /// What an independent decoder reads from the rectangles that are drawn, one module a cell. The decoder is handed the cells
    /// and does not look for the symbol, so the patterns by which readers find it are compared here.
    fn read_back(&self) -> Result<String, String> {
        let mut cells = vec![false; self.width * self.width];
        for (column, row, columns, rows) in self.rectangles() {
            for y in row..row + rows {
                cells[y * self.width + column..][..columns].fill(true);
            }
        }
        let at = |column: usize, row: usize| cells[row * self.width + column];
        let far = self.width - FINDER;
        for (left, top) in [(0, 0), (far, 0), (0, far)] {
            let ring = |x: usize, y: usize| {
                let from_middle = x.abs_diff(FINDER / 2).max(y.abs_diff(FINDER / 2));
                from_middle != 2
            };
            let whole = (0..FINDER).all(|y| (0..FINDER).all(|x| at(left + x, top + y) == ring(x, y)));
            if !whole {
                return Err("a finder pattern is not whole".into());
            }
        }
        let timing = FINDER + 1..far - 1;
        if !timing
            .clone()
            .all(|n| at(n, FINDER - 1) == (n % 2 == 0) && at(FINDER - 1, n) == (n % 2 == 0))
        {
            return Err("a timing pattern is not whole".into());
        }
        let grid = rqrr::Grid {
            grid: rqrr::SimpleGrid::from_func(self.width, at),
            bounds: Default::default(),
        };
        grid.decode().map(|(_, text)| text).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rectangles_are_exactly_the_dark_modules() {
        let symbol = Symbol::of("x", "SIEGELPOST 123", 2, 4, EcLevel::H).expect("drawn");
        let mut painted = vec![false; symbol.width * symbol.width];
        for (x, y, w, h) in symbol.rectangles() {
            for row in y..y + h {
                for column in x..x + w {
                    assert!(
                        !std::mem::replace(&mut painted[row * symbol.width + column], true),
                        "painted once"
                    );
                }
            }
        }
        assert_eq!(painted, symbol.dark);
    }

    #[test]
    fn a_symbol_that_says_something_else_is_not_printed() {
        let mut symbol = Symbol::of("x", "SIEGELPOST 123", 2, 2, EcLevel::H).expect("drawn");
        for row in 8..symbol.width {
            for column in 9..symbol.width {
                symbol.dark[row * symbol.width + column] = column % 2 == 0;
            }
        }
        assert!(symbol.read_back().is_err());
    }

    #[test]
    fn a_symbol_that_no_reader_would_find_is_not_printed() {
        let symbol = Symbol::of("x", "SIEGELPOST 123", 2, 2, EcLevel::H).expect("drawn");
        for place in [
            0,
            3 * symbol.width + 3,
            6 * symbol.width + 10,
            symbol.width * symbol.width - 7 * symbol.width + 2,
        ] {
            let mut spoiled = symbol.clone();
            spoiled.dark[place] ^= true;
            assert!(spoiled.read_back().is_err(), "{place}");
        }
    }

    #[test]
    fn a_text_too_long_for_its_symbol_is_refused() {
        let refused = Symbol::of("data_code", &"A".repeat(400), 4, 4, EcLevel::H);
        assert!(matches!(refused, Err(PaperError::ReadBack { place, .. }) if place == "data_code"));
    }
}
