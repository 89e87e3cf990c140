//! The eTicket: the number in the unseal letter, how it is typed, and the life of one ticket.

use super::symbols::Symbol;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
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

/// Wrong tries that lock a ticket.
pub const TICKET_TRIES: u8 = 5;

/// Why a ticket became void before it was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidReason {
    /// A new letter with the card's next ticket replaces this one.
    Reprinted,
    /// The letter came back, or was lost before it was handed over.
    Returned,
    /// The request was withdrawn, or its certificates were revoked.
    Withdrawn,
    /// The card was unsealed with another ticket or at a walk-in.
    Unneeded,
}

/// Where a ticket stands: `Created → Live → Used | Expired | Void | Locked`.
///
/// Out of `Used`, `Expired`, `Void` and `Locked` no ticket comes back to life; what `seal` keeps for it is destroyed with
/// `Used` and `Void`, and a card whose letter expired or was locked takes its next ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum TicketState {
    /// Drawn at prestaging; its number opens nothing yet.
    Created,
    /// On its way to the holder: dispatch was recorded.
    Live {
        since: Timestamp,
        until: Timestamp,
        wrong_tries: u8,
    },
    /// The card was unsealed with it.
    Used { at: Timestamp },
    /// Its time ran out.
    Expired { at: Timestamp },
    /// Given up for a reason.
    Void { at: Timestamp, why: VoidReason },
    /// Five wrong tries.
    Locked { at: Timestamp },
}

/// Why a ticket does not do what was asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketRefusal {
    #[error("this eTicket is not yet live: its letter was not recorded as dispatched")]
    NotLive,
    #[error("this eTicket is live already, since {since}")]
    AlreadyLive { since: Timestamp },
    #[error("this eTicket was used on {at}: the card is unsealed; a forgotten PIN is a PIN reset")]
    Used { at: Timestamp },
    #[error("this eTicket was good until {until}: ask the LRAO for a new letter")]
    Expired { until: Timestamp },
    #[error("this eTicket is void since {at}: use the number of the newest letter, or ask the LRAO")]
    Void { at: Timestamp, why: VoidReason },
    #[error("this eTicket was locked on {at} after five wrong tries: ask the LRAO for a new letter")]
    Locked { at: Timestamp },
    #[error("this eTicket is good until {until} and cannot expire before")]
    NotYetExpired { until: Timestamp },
    #[error("an eTicket must be good for some time: {until} is not after {since}")]
    NoTime { since: Timestamp, until: Timestamp },
}

impl TicketState {
    /// Dispatch was recorded: the ticket opens its card from `at` until `until`.
    pub fn go_live(self, at: Timestamp, until: Timestamp) -> Result<TicketState, TicketRefusal> {
        match self {
            TicketState::Created if until > at => Ok(TicketState::Live {
                since: at,
                until,
                wrong_tries: 0,
            }),
            TicketState::Created => Err(TicketRefusal::NoTime { since: at, until }),
            TicketState::Live { since, .. } => Err(TicketRefusal::AlreadyLive { since }),
            over => Err(over.refusal()),
        }
    }

    /// Tries left at this moment; asked before a tag is compared.
    pub fn tries_left(self, at: Timestamp) -> Result<u8, TicketRefusal> {
        match self {
            TicketState::Live { until, .. } if at >= until => Err(TicketRefusal::Expired { until }),
            TicketState::Live { wrong_tries, .. } => Ok(TICKET_TRIES.saturating_sub(wrong_tries)),
            other => Err(other.refusal()),
        }
    }

    /// A wrong number was tried: one try fewer, and the fifth locks.
    pub fn wrong_try(self, at: Timestamp) -> Result<TicketState, TicketRefusal> {
        self.tries_left(at)?;
        match self {
            TicketState::Live { wrong_tries, .. } if wrong_tries + 1 >= TICKET_TRIES => {
                Ok(TicketState::Locked { at })
            }
            TicketState::Live {
                since,
                until,
                wrong_tries,
            } => Ok(TicketState::Live {
                since,
                until,
                wrong_tries: wrong_tries + 1,
            }),
            other => Err(other.refusal()),
        }
    }

    /// The card was unsealed with it.
    pub fn used(self, at: Timestamp) -> Result<TicketState, TicketRefusal> {
        self.tries_left(at)?;
        Ok(TicketState::Used { at })
    }

    /// Its time has run out.
    pub fn expire(self, at: Timestamp) -> Result<TicketState, TicketRefusal> {
        match self {
            TicketState::Live { until, .. } if at >= until => Ok(TicketState::Expired { at }),
            TicketState::Live { until, .. } => Err(TicketRefusal::NotYetExpired { until }),
            other => Err(other.refusal()),
        }
    }

    /// Gives the ticket up. A locked or expired one may be given up too, so that what is kept for it can be destroyed.
    pub fn void(self, at: Timestamp, why: VoidReason) -> Result<TicketState, TicketRefusal> {
        match self {
            TicketState::Used { .. } | TicketState::Void { .. } => Err(self.refusal()),
            _ => Ok(TicketState::Void { at, why }),
        }
    }

    /// True in the states in which nothing of the ticket's secrets may be kept any more.
    pub fn must_be_destroyed(self) -> bool {
        matches!(self, TicketState::Used { .. } | TicketState::Void { .. })
    }

    /// The refusal that a ticket which is not live answers with.
    fn refusal(self) -> TicketRefusal {
        match self {
            TicketState::Created => TicketRefusal::NotLive,
            TicketState::Live { since, .. } => TicketRefusal::AlreadyLive { since },
            TicketState::Used { at } => TicketRefusal::Used { at },
            TicketState::Expired { at } => TicketRefusal::Expired { until: at },
            TicketState::Void { at, why } => TicketRefusal::Void { at, why },
            TicketState::Locked { at } => TicketRefusal::Locked { at },
        }
    }
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

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a small number of seconds")
    }

    const LIVE: TicketState = TicketState::Live {
        since: Timestamp::UNIX_EPOCH,
        until: Timestamp::MAX,
        wrong_tries: 0,
    };

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

    #[test]
    fn the_fifth_wrong_try_locks() {
        let mut state = LIVE;
        for left in (1..=5).rev() {
            assert_eq!(state.tries_left(at(9)), Ok(left));
            state = state.wrong_try(at(9)).expect("a live ticket takes a try");
        }
        assert_eq!(state, TicketState::Locked { at: at(9) });
        assert_eq!(state.used(at(10)), Err(TicketRefusal::Locked { at: at(9) }));
        assert_eq!(state.wrong_try(at(10)), Err(TicketRefusal::Locked { at: at(9) }));
    }

    #[test]
    fn every_state_allows_a_step_or_names_its_refusal() {
        use TicketState::*;
        let (now, until) = (at(100), at(50));
        let run_out = Live {
            since: at(0),
            until,
            wrong_tries: 2,
        };
        let why = VoidReason::Returned;
        let cases = [
            Created,
            LIVE,
            run_out,
            Used { at: at(1) },
            Expired { at: at(1) },
            Void { at: at(1), why },
            Locked { at: at(1) },
        ];
        let allowed = |step: fn(TicketState, Timestamp) -> Result<TicketState, TicketRefusal>| {
            cases.map(|state| step(state, now).is_ok())
        };
        //                                                   Created, live, run out, used, expired, void, locked
        assert_eq!(
            allowed(|s, t| s.go_live(t, at(200))),
            [true, false, false, false, false, false, false]
        );
        assert_eq!(
            allowed(TicketState::wrong_try),
            [false, true, false, false, false, false, false]
        );
        assert_eq!(
            allowed(TicketState::used),
            [false, true, false, false, false, false, false]
        );
        assert_eq!(
            allowed(TicketState::expire),
            [false, false, true, false, false, false, false]
        );
        assert_eq!(
            allowed(|s, t| s.void(t, VoidReason::Reprinted)),
            [true, true, true, false, true, false, true]
        );
        assert_eq!(run_out.used(now), Err(TicketRefusal::Expired { until }));
        assert_eq!(Created.used(now), Err(TicketRefusal::NotLive));
        assert_eq!(
            Created.go_live(now, now),
            Err(TicketRefusal::NoTime {
                since: now,
                until: now
            })
        );
        assert_eq!(
            Void { at: at(1), why }.used(now),
            Err(TicketRefusal::Void { at: at(1), why })
        );
    }

    #[test]
    fn a_state_survives_its_row() {
        let text = serde_json::to_string(&LIVE.wrong_try(at(1)).expect("live")).expect("serialises");
        assert!(
            text.contains(r#""state":"live""#) && text.contains(r#""wrong_tries":1"#),
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<TicketState>(&text).expect("reads back"),
            LIVE.wrong_try(at(1)).expect("live")
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
