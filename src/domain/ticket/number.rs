//! The eTicket number: 80 secret bits, how they are printed, and how a typed number says which group is wrong.

use crate::domain::symbols::Symbol;
use zeroize::{Zeroize, Zeroizing};

/// Groups of an eTicket as printed.
const GROUPS: usize = 4;
/// Data symbols of a group; its check symbol follows them.
const DATA: usize = 4;
/// Characters of a group, its check included.
const GROUP: usize = DATA + 1;
/// More typed characters than this are not looked at: a pasted page must cost nothing.
const MAX_TYPED: usize = 80;

/// The 80 secret bits of an eTicket. They are a key: never compared, logged or stored as they are.
pub struct ETicket(Zeroizing<[u8; 10]>);

/// Why a typed text is no eTicket. Found at the workstation, before any try is spent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ETicketError {
    #[error("the eTicket number has 20 characters, this has {got}: compare it with the letter")]
    Length { got: usize },
    #[error("group {group} has {got} characters and should have 5: compare it with the letter")]
    GroupLength { group: u8, got: usize },
    #[error("‘{found}’ in group {group} does not occur in an eTicket number: compare it with the letter")]
    Character { group: u8, found: char },
    #[error("a character is wrong in group {}: compare it with the letter", list(groups))]
    Groups { groups: Vec<u8> },
    #[error("the groups are right but in the wrong order: they belong as {}", list(order))]
    Order { order: Vec<u8> },
}

fn list(groups: &[u8]) -> String {
    let mut text: Vec<String> = groups.iter().map(u8::to_string).collect();
    match text.pop() {
        Some(last) if !text.is_empty() => format!("{} and {last}", text.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// Σ αⁱ·dᵢ for i = 1…4, the part of the check that does not depend on the group's number.
fn weighted(data: &[u8]) -> Symbol {
    data.iter().zip(1..).fold(Symbol::of(0), |sum, (&d, i)| {
        sum.plus(Symbol::of(d).times_alpha(i))
    })
}

impl ETicket {
    /// The eTicket of 80 random bits; the array handed in is wiped.
    pub fn from_bytes(bytes: &mut [u8; 10]) -> ETicket {
        let ticket = ETicket(Zeroizing::new(*bytes));
        bytes.zeroize();
        ticket
    }

    /// The 80 bits, big-endian, as the key derivations take them.
    pub fn as_bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// The number as it is printed: four groups of four symbols and a check, `XXXXC-XXXXC-XXXXC-XXXXC`.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * GROUP + GROUPS - 1));
        // Each group is 20 bits: two and a half bytes.
        for group in 0..GROUPS {
            let mut data = Zeroizing::new([0; DATA]);
            for (i, d) in data.iter_mut().enumerate() {
                let bit = 5 * (group * DATA + i);
                let pair =
                    u16::from(self.0[bit / 8]) << 8 | u16::from(*self.0.get(bit / 8 + 1).unwrap_or(&0));
                *d = (pair >> (11 - bit % 8)) as u8 & 31;
            }
            if group > 0 {
                text.push('-');
            }
            data.iter().for_each(|&d| text.push(Symbol::of(d).to_char()));
            text.push(Symbol::of(group as u8 + 1).plus(weighted(&data[..])).to_char());
        }
        text
    }

    /// Reads a typed number. Case, blanks and any sort of hyphen do not matter; O is read as 0, I and L as 1.
    ///
    /// # Errors
    /// Says which group is wrong, or that the groups stand in the wrong order. Every single wrong character, every two
    /// neighbours swapped within a group and every two groups swapped are found (FORMATS: C = g + Σ αⁱ·dᵢ).
    pub fn parse(typed: &str) -> Result<ETicket, ETicketError> {
        let mut values = Zeroizing::new([0u8; GROUPS * GROUP]);
        let mut count = 0;
        // Lengths of the runs between separators, to say which group is short when somebody typed the hyphens.
        let mut runs = vec![0usize];
        for c in typed.chars().take(MAX_TYPED) {
            if is_separator(c) {
                if runs.last() != Some(&0) {
                    runs.push(0);
                }
                continue;
            }
            if let Some(run) = runs.last_mut() {
                *run += 1;
            }
            let group = (runs.len().max(count / GROUP + 1)).min(GROUPS) as u8;
            let symbol = Symbol::from_char(c).ok_or(ETicketError::Character { group, found: c })?;
            if let Some(value) = values.get_mut(count) {
                *value = symbol.value();
            }
            count += 1;
        }
        runs.retain(|&run| run > 0);
        if runs.len() == GROUPS
            && let Some(wrong) = runs.iter().position(|&run| run != GROUP)
        {
            return Err(ETicketError::GroupLength {
                group: wrong as u8 + 1,
                got: runs[wrong],
            });
        }
        if count != values.len() {
            return Err(ETicketError::Length { got: count });
        }

        // What each group's check says its number is; right groups say 1, 2, 3, 4.
        let said: Vec<u8> = values
            .chunks_exact(GROUP)
            .map(|group| weighted(&group[..DATA]).plus(Symbol::of(group[DATA])).value())
            .collect();
        let wrong: Vec<u8> = (1..=GROUPS as u8)
            .filter(|&g| said[usize::from(g) - 1] != g)
            .collect();
        if !wrong.is_empty() {
            let mut sorted = said.clone();
            sorted.sort_unstable();
            return Err(if sorted.iter().copied().eq(1..=GROUPS as u8) {
                ETicketError::Order { order: said }
            } else {
                ETicketError::Groups { groups: wrong }
            });
        }

        let mut bits = values
            .chunks_exact(GROUP)
            .flat_map(|group| &group[..DATA])
            .fold(0u128, |bits, &value| bits << 5 | u128::from(value));
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&Zeroizing::new(bits.to_be_bytes())[6..]);
        bits.zeroize();
        Ok(ETicket::from_bytes(&mut bytes))
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '.' | '_' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ticket(mut bytes: [u8; 10]) -> ETicket {
        ETicket::from_bytes(&mut bytes)
    }

    fn error(text: &str) -> Option<ETicketError> {
        ETicket::parse(text).err()
    }

    #[test]
    fn the_printed_form_is_the_one_that_the_formats_describe() {
        // Worked by hand: all data symbols zero leave the group's number as its check.
        assert_eq!(*ticket([0; 10]).to_text(), "00001-00002-00003-00004");
        // Data 0001 in group 4: α⁴ = 16, 16 + 4 = 20 = M.
        assert_eq!(
            *ticket([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]).to_text(),
            "00001-00002-00003-0001M"
        );
    }

    #[test]
    fn a_number_is_read_as_people_type_it() {
        for typed in [
            "00001-00002-00003-00004",
            " ooool 00002 00003 00004 ",
            "00001000020000300004",
            "0000I–00002−00003‑00004",
        ] {
            let read = ETicket::parse(typed).map(|t| *t.as_bytes());
            assert_eq!(read, Ok([0; 10]), "{typed}");
        }
    }

    #[test]
    fn says_which_group_is_too_short_or_holds_a_strange_character() {
        assert_eq!(
            error("00001-0002-00003-00004"),
            Some(ETicketError::GroupLength { group: 2, got: 4 })
        );
        assert_eq!(
            error("00001-00002-0000U-00004"),
            Some(ETicketError::Character { group: 3, found: 'U' })
        );
        assert_eq!(
            error("0000100002000030000"),
            Some(ETicketError::Length { got: 19 })
        );
        assert_eq!(error(""), Some(ETicketError::Length { got: 0 }));
        let message = ETicketError::Groups { groups: vec![2, 4] }.to_string();
        assert_eq!(
            message,
            "a character is wrong in group 2 and 4: compare it with the letter"
        );
    }

    /// The printed number as its 20 symbols.
    fn symbols(bytes: [u8; 10]) -> Vec<char> {
        ticket(bytes).to_text().chars().filter(|c| *c != '-').collect()
    }

    proptest! {
        #[test]
        fn a_number_survives_print_and_typing(bytes: [u8; 10]) {
            let text = ticket(bytes).to_text();
            prop_assert_eq!(ETicket::parse(&text.to_lowercase()).map(|t| *t.as_bytes()), Ok(bytes));
        }

        #[test]
        fn every_wrong_character_is_found_in_its_group(bytes: [u8; 10], place in 0usize..20, by in 1u8..32) {
            let mut typed = symbols(bytes);
            let wrong = Symbol::from_char(typed[place]).expect("a symbol").plus(Symbol::of(by));
            typed[place] = wrong.to_char();
            let found = error(&typed.iter().collect::<String>());
            prop_assert_eq!(found, Some(ETicketError::Groups { groups: vec![(place / 5) as u8 + 1] }));
        }

        #[test]
        fn every_two_characters_swapped_within_a_group_are_found(bytes: [u8; 10], group in 0usize..4, a in 0usize..5, b in 0usize..5) {
            let mut typed = symbols(bytes);
            prop_assume!(typed[group * 5 + a] != typed[group * 5 + b]);
            typed.swap(group * 5 + a, group * 5 + b);
            let found = error(&typed.iter().collect::<String>());
            prop_assert_eq!(found, Some(ETicketError::Groups { groups: vec![group as u8 + 1] }));
        }

        #[test]
        fn neighbours_swapped_across_a_hyphen_are_found(bytes: [u8; 10], gap in 1usize..4) {
            let mut typed = symbols(bytes);
            prop_assume!(typed[gap * 5 - 1] != typed[gap * 5]);
            typed.swap(gap * 5 - 1, gap * 5);
            prop_assert!(error(&typed.iter().collect::<String>()).is_some());
        }

        #[test]
        fn groups_in_another_order_are_found_and_said(bytes: [u8; 10], order in Just([1u8, 2, 3, 4]).prop_shuffle()) {
            let text = ticket(bytes).to_text();
            let groups: Vec<&str> = text.split('-').collect();
            let typed = order.map(|g| groups[usize::from(g) - 1]).join("-");
            if order == [1, 2, 3, 4] {
                prop_assert_eq!(error(&typed), None);
            } else {
                prop_assert_eq!(error(&typed), Some(ETicketError::Order { order: order.to_vec() }));
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,120}") {
            let _ = ETicket::parse(&text);
        }
    }
}
