//! Readers of several kinds as one: those of this machine, and the slots of vendors' modules.

use crate::ports::card::{Card, CardError, ReaderState, Readers};
use std::time::{Duration, Instant};

/// How long one kind is waited for before the others are looked at.
const IN_TURN: Duration = Duration::from_millis(700);

/// All of them. A reader that several kinds know by the same name is shown once, with the card that any of them reads.
pub struct JoinedReaders {
    first: Box<dyn Readers>,
    others: Vec<Box<dyn Readers>>,
}

impl JoinedReaders {
    /// `first` can wait by itself; the others are asked in turn.
    pub fn new(first: Box<dyn Readers>, others: Vec<Box<dyn Readers>>) -> JoinedReaders {
        JoinedReaders { first, others }
    }

    /// What the others see laid over what the first one sees.
    fn over(&self, mut seen: Vec<ReaderState>) -> Result<Vec<ReaderState>, CardError> {
        for readers in &self.others {
            for slot in readers.list()? {
                // A module cuts a long name of a reader off (64 characters in PKCS#11).
                let same = |r: &&mut ReaderState| r.name.starts_with(&slot.name) && !slot.name.is_empty();
                match seen.iter_mut().find(same) {
                    Some(reader) => reader.chip_id = reader.chip_id.take().or(slot.chip_id),
                    None => seen.push(slot),
                }
            }
        }
        Ok(seen)
    }
}

impl Readers for JoinedReaders {
    fn list(&self) -> Result<Vec<ReaderState>, CardError> {
        self.over(self.first.list()?)
    }

    fn connect(&self, chip_id: &str) -> Result<Box<dyn Card>, CardError> {
        let mut why = match self.first.connect(chip_id) {
            Err(why @ (CardError::Absent { .. } | CardError::Io(_))) => why,
            done => return done,
        };
        for readers in &self.others {
            match readers.connect(chip_id) {
                Err(CardError::Absent { .. }) => {}
                Err(failed @ CardError::Io(_)) => why = failed,
                done => return done,
            }
        }
        Err(why)
    }

    fn wait(&self, seen: &[ReaderState], at_most: Duration) -> Result<Vec<ReaderState>, CardError> {
        let end = Instant::now() + at_most;
        let mut own = self.first.list()?;
        loop {
            let now = self.over(own.clone())?;
            let left = end.saturating_duration_since(Instant::now());
            if now != seen || left.is_zero() {
                return Ok(now);
            }
            own = self.first.wait(&own, left.min(IN_TURN))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::card::look_until_changed;

    struct Fixed(Vec<(&'static str, Option<&'static str>)>);

    impl Readers for Fixed {
        fn list(&self) -> Result<Vec<ReaderState>, CardError> {
            let state = |(name, chip): &(&str, Option<&str>)| ReaderState {
                name: (*name).into(),
                chip_id: chip.map(str::to_owned),
            };
            Ok(self.0.iter().map(state).collect())
        }

        fn connect(&self, chip_id: &str) -> Result<Box<dyn Card>, CardError> {
            let there = self.0.iter().any(|(_, chip)| *chip == Some(chip_id));
            Err(if there {
                CardError::Locked
            } else {
                CardError::Absent {
                    reader: "none".into(),
                }
            })
        }

        fn wait(&self, seen: &[ReaderState], at_most: Duration) -> Result<Vec<ReaderState>, CardError> {
            look_until_changed(self, seen, at_most)
        }
    }

    #[test]
    fn a_reader_that_both_know_is_one_reader() {
        let joined = JoinedReaders::new(
            Box::new(Fixed(vec![("Reader 00 00", None), ("Reader 00 01", Some("piv"))])),
            vec![Box::new(Fixed(vec![
                ("Reader 00 00", Some("token")),
                ("HSM", None),
            ]))],
        );
        let said: Vec<_> = joined
            .list()
            .unwrap()
            .into_iter()
            .map(|r| (r.name, r.chip_id))
            .collect();
        let expected = [
            ("Reader 00 00", Some("token")),
            ("Reader 00 01", Some("piv")),
            ("HSM", None),
        ];
        assert_eq!(said, expected.map(|(n, c)| (n.to_owned(), c.map(str::to_owned))));
        // Each card by the kind that has it.
        assert!(matches!(joined.connect("token"), Err(CardError::Locked)));
        assert!(matches!(joined.connect("piv"), Err(CardError::Locked)));
        assert!(matches!(joined.connect("gone"), Err(CardError::Absent { .. })));
        let seen = joined.list().unwrap();
        assert_eq!(joined.wait(&seen, Duration::from_millis(1)).unwrap(), seen);
        assert_eq!(
            joined.wait(&[], Duration::from_secs(60)).unwrap(),
            seen,
            "news at once"
        );
    }
}
