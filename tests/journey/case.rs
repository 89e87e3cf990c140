//! The case of the first card, from wherever the office stands to the open card: who does what next.

use crate::play::{PIN, Play, SERIAL, scan_of};
use siegelpost::domain::{BatchId, CardSerial, CardState, Stage};
use siegelpost::journey::Trouble;
use siegelpost::ports::store::{LetterRow, OutgoingRow, OutgoingState};
use siegelpost::rehearsal::cast;

/// The steps of a case, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Prestage,
    Deliver,
    Request,
    Inbox,
    Approve,
    Issue,
    Collect,
    Render,
    Print,
    HandOver,
    Unseal,
    Flush,
}

impl Play {
    /// Goes on with the first card's case from wherever the office stands, one step.
    ///
    /// `None` when the card is open and every mail is out.
    pub fn next_step(&self) -> Option<Step> {
        let desk = self.app.desk();
        let serial = CardSerial::from_number(SERIAL);
        let Some(row) = desk.store.card(serial).unwrap() else {
            return Some(Step::Prestage);
        };
        match &row.state {
            CardState::Staged if row.sealed.is_none() => return Some(Step::Prestage),
            CardState::Staged => return Some(Step::Deliver),
            CardState::Delivered { .. } => return Some(Step::Request),
            _ => {}
        }
        if !self.mails_in("new").is_empty() {
            return Some(Step::Inbox);
        }
        match self.case().stage {
            Stage::Drafted { .. } => panic!("the mail is lost"),
            Stage::InReview { .. } => Some(Step::Approve),
            Stage::Approved { .. } | Stage::Issuing { .. } => Some(Step::Issue),
            Stage::Issued { .. } => Some(Step::Collect),
            Stage::LetterReady { batch, .. } => {
                let letters = desk.store.letters(&batch).unwrap();
                let printed = |l: &LetterRow| l.taken_out.as_ref().is_some_and(|t| t.whole);
                Some(if letters.iter().any(|l| l.sha256.is_none()) {
                    Step::Render
                } else if letters.iter().all(printed) {
                    Step::HandOver
                } else {
                    Step::Print
                })
            }
            Stage::Dispatched { .. } => Some(Step::Unseal),
            Stage::Unsealed { .. } => {
                let open = desk.store.outgoing().unwrap();
                let waits = |o: &OutgoingRow| o.state != OutgoingState::Sent;
                open.iter().any(waits).then_some(Step::Flush)
            }
            stage => panic!("{stage:?} is not on the way"),
        }
    }

    /// Does a step, as the person whose it is.
    pub fn take(&mut self, step: Step) -> Result<(), Trouble> {
        let serial = CardSerial::from_number(SERIAL);
        match step {
            Step::Prestage => {
                let chips = self.app.drawer()?.expect("a simulated office").cards()?;
                self.prestage(&chips[0], serial).map(drop)
            }
            Step::Deliver => self.deliver_and_receive(&[serial], "bern"),
            Step::Request => {
                // The same papers in every run, so that they are scanned once for all tests.
                self.chance.put("the request of the first case");
                let mut data = cast::example();
                data.card_serial = serial;
                let drafted = self.draft(data)?;
                let raw = self.mail("rio-bern", scan_of(&drafted));
                self.arrive("1", &raw);
                Ok(())
            }
            Step::Inbox => self.inbox().map(drop),
            Step::Approve => {
                let id = self.case().request_id;
                self.approve(id, "lrao", &self.eyes_needed(id))
            }
            Step::Issue => self.issue(self.case().request_id).map(drop),
            Step::Collect => self.collect().map(drop),
            Step::Render => self.render(&self.batch()).map(drop),
            Step::Print => self.print(&self.batch()).map(drop),
            Step::HandOver => self.hand_over(&self.batch()).map(drop),
            Step::Unseal => {
                let row = self.card(serial);
                if self.old_puk.is_none() && row.pending.is_none() {
                    self.old_puk = Some(self.open_sealed(serial).0.puk.as_str().to_owned());
                }
                self.unseal(&row.chip_id, "helper", &self.number().to_text(), PIN)
                    .map(drop)
            }
            Step::Flush => self.flush().map(drop),
        }
    }

    /// Goes on to the end.
    pub fn go_on(&mut self) -> Result<(), (Step, Trouble)> {
        while let Some(step) = self.next_step() {
            self.take(step).map_err(|e| (step, e))?;
        }
        Ok(())
    }

    /// Goes on until this step is next.
    pub fn go_on_to(&mut self, until: Step) {
        while let Some(step) = self.next_step().filter(|s| *s != until) {
            self.take(step).unwrap_or_else(|e| panic!("{step:?}: {e}"));
        }
    }

    pub fn batch(&self) -> BatchId {
        match self.case().stage {
            Stage::LetterReady { batch, .. } | Stage::Dispatched { batch, .. } => batch,
            stage => panic!("no letter: {stage:?}"),
        }
    }
}
