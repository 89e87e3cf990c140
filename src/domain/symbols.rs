//! Crockford base32 symbols as elements of GF(32), and the two check symbols RS2 over them.
//!
//! The field is GF(2)\[x\] / (x⁵ + x² + 1) with α = x. RS2 is a Reed–Solomon code with the roots α⁰ and α¹: it finds every
//! error in one or two symbols of a block of at most 31, so every transposition too. It detects, it never corrects.

/// The 32 symbols in the order of their values (Crockford base32: no I, L, O, U).
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The longest block that RS2 protects: beyond it positions repeat and a transposition could pass.
pub const MAX_BLOCK: usize = 31;

/// One symbol: a value from 0 to 31.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct Symbol(u8);

impl Symbol {
    /// The symbol of a value; only the low five bits count.
    pub const fn of(value: u8) -> Symbol {
        Symbol(value & 31)
    }

    /// The value, 0 to 31.
    pub const fn value(self) -> u8 {
        self.0
    }

    /// The character that is printed.
    pub fn to_char(self) -> char {
        ALPHABET[self.0 as usize] as char
    }

    /// The symbol of a character as a person types it: case does not matter, O is read as 0, I and L as 1.
    pub fn from_char(c: char) -> Option<Symbol> {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        ALPHABET
            .iter()
            .position(|&a| a as char == c)
            .map(|v| Symbol(v as u8))
    }

    /// Sum in GF(32).
    pub const fn plus(self, other: Symbol) -> Symbol {
        Symbol(self.0 ^ other.0)
    }

    /// Product with αᵏ in GF(32).
    pub fn times_alpha(self, k: usize) -> Symbol {
        (0..k % 31).fold(self, |s, _| {
            let doubled = s.0 << 1;
            Symbol(if doubled & 32 != 0 {
                (doubled ^ 0b100101) & 31
            } else {
                doubled
            })
        })
    }
}

/// Writes the low `5 × count` bits of `value` as symbols, the highest first.
pub fn from_bits(value: u128, count: usize) -> Vec<Symbol> {
    (0..count)
        .rev()
        .map(|i| Symbol::of((value >> (5 * i)) as u8))
        .collect()
}

/// Reads symbols as one number, the first symbol highest; at most 25 symbols.
pub fn to_bits(symbols: &[Symbol]) -> u128 {
    symbols.iter().fold(0, |n, s| (n << 5) | u128::from(s.0))
}

/// The symbols as text.
pub fn to_text(symbols: &[Symbol]) -> String {
    symbols.iter().map(|s| s.to_char()).collect()
}

/// The two check symbols that make `data ‖ checks` a codeword: Σ sᵢ = 0 and Σ sᵢ αⁿ⁻¹⁻ⁱ = 0.
///
/// # Panics
/// When data and checks are longer than [`MAX_BLOCK`], which no format of ours is.
pub fn rs2(data: &[Symbol]) -> [Symbol; 2] {
    assert!(
        data.len() + 2 <= MAX_BLOCK,
        "an RS2 block has at most {MAX_BLOCK} symbols"
    );
    // Remainder of data(x)·x² by (x + 1)(x + α) = x² + (1 + α) x + α.
    let (mut high, mut low) = (Symbol(0), Symbol(0));
    for &d in data {
        let feedback = d.plus(high);
        high = low.plus(feedback).plus(feedback.times_alpha(1));
        low = feedback.times_alpha(1);
    }
    [high, low]
}

/// True when the last two symbols are the RS2 checks of those before.
pub fn rs2_holds(block: &[Symbol]) -> bool {
    (2..=MAX_BLOCK).contains(&block.len()) && {
        let (data, checks) = block.split_at(block.len() - 2);
        rs2(data) == checks
    }
}

/// The Damm check digit of decimal digits (H. M. Damm, 2004, the order-10 quasigroup); `None` for anything but digits.
pub fn damm(digits: &str) -> Option<u8> {
    const TABLE: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits.bytes().try_fold(0u8, |state, b| {
        b.is_ascii_digit()
            .then(|| TABLE[state as usize][(b - b'0') as usize])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn symbols(values: &[u8]) -> Vec<Symbol> {
        values.iter().map(|&v| Symbol::of(v)).collect()
    }

    fn codeword(values: &[u8]) -> Vec<Symbol> {
        let mut block = symbols(values);
        block.extend(rs2(&block));
        block
    }

    #[test]
    fn the_field_has_31_powers_of_alpha() {
        let powers: std::collections::BTreeSet<_> = (0..31).map(|k| Symbol::of(1).times_alpha(k)).collect();
        assert_eq!(powers.len(), 31);
    }

    #[test]
    fn both_roots_hold_for_a_codeword() {
        let word = codeword(&[3, 1, 4, 15, 9, 26, 5, 30, 0, 7]);
        let n = word.len();
        let at = |k: usize| {
            word.iter()
                .enumerate()
                .fold(Symbol(0), |sum, (i, s)| sum.plus(s.times_alpha(k * (n - 1 - i))))
        };
        assert_eq!((at(0).value(), at(1).value()), (0, 0));
    }

    #[test]
    fn damm_agrees_with_the_published_example() {
        assert_eq!(damm("572"), Some(4));
        assert_eq!(damm("5724"), Some(0));
        assert_eq!(damm("57a"), None);
    }

    #[test]
    fn what_a_person_types_is_read_as_crockford_wrote() {
        assert_eq!(Symbol::from_char('o'), Symbol::from_char('0'));
        assert_eq!(Symbol::from_char('l'), Symbol::from_char('1'));
        assert_eq!(Symbol::from_char('I'), Symbol::from_char('1'));
        assert_eq!(Symbol::from_char('U'), None);
    }

    proptest! {
        #[test]
        fn every_error_in_one_or_two_symbols_is_found(
            data in proptest::collection::vec(0u8..32, 1..=29),
            first in 0usize..31, by in 1u8..32, second in 0usize..31, other in 0u8..32,
        ) {
            let good = codeword(&data);
            prop_assert!(rs2_holds(&good));
            let mut bad = good.clone();
            let (i, j) = (first % good.len(), second % good.len());
            bad[i] = bad[i].plus(Symbol::of(by));
            if j != i { bad[j] = bad[j].plus(Symbol::of(other)); }
            prop_assert!(!rs2_holds(&bad));
        }

        #[test]
        fn bits_survive_the_way_through_symbols(value in 0u128..(1 << 80)) {
            prop_assert_eq!(to_bits(&from_bits(value, 16)), value);
        }
    }
}
