//! Puts an inbox together and runs it: all sources, one mail after the other, each recorded before the next.

use super::{App, Credentials, soft_key};
use crate::journey::Trouble;
use crate::journey::evidence::Judge;
use crate::journey::intake::{self, Inbox, Taken};
use crate::journey::outbox::{self, Sender};
use crate::pki::{SoftKey, Trust};
use crate::ports::mail::{FoundMail, MailError, MailSource};
use crate::smime::DecryptKey;
use std::collections::HashSet;
use std::fs::File;

/// What signatures are judged by, and what opens mail that is encrypted to the office.
pub struct Gate<'a> {
    app: &'a App,
    trust: Trust,
    keys: Vec<SoftKey>,
}

impl Gate<'_> {
    /// The keys as [`Gate::judge`] takes them.
    pub fn keys(&self) -> Vec<&dyn DecryptKey> {
        self.keys.iter().map(|key| key as &dyn DecryptKey).collect()
    }

    /// As the journey takes it.
    pub fn judge<'a>(&'a self, keys: &'a [&'a dyn DecryptKey]) -> Judge<'a> {
        Judge {
            trust: &self.trust,
            policy: &self.app.config.lrao.signatures,
            keys,
        }
    }
}

/// What a run tells as it goes.
pub enum Seen<'a> {
    /// A source with so many mails.
    Source { name: &'a str, mails: usize },
    /// One mail was looked at; nothing is told of one that is gone, or that was settled before and stays where it is.
    Mail(Option<&'a Taken>),
}

/// What a run did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    pub mails: usize,
    /// Blobs without a row that were removed.
    pub swept: usize,
}

impl App {
    /// The office's gate for mails and decisions.
    pub fn gate(&self) -> Result<Gate<'_>, Trouble> {
        let lrao = &self.config.lrao;
        let keys = std::iter::once(&lrao.mail_key)
            .chain(&lrao.decryption_keys)
            .map(|path| soft_key(&self.path(path), "a key that opens mail"))
            .collect::<Result<_, _>>()?;
        Ok(Gate {
            app: self,
            trust: self.trust()?,
            keys,
        })
    }

    /// As the office sends mail.
    pub fn office_sender<'a>(&'a self, credentials: &'a Credentials) -> Sender<'a> {
        self.sender(&self.settings.office.mail, credentials)
    }

    /// Takes in all mails of all sources, and what waits besides; hands the replies over. With `sweep` it also removes what runs
    /// left behind that were cut off.
    pub fn run_inbox<E: From<Trouble>>(
        &self,
        sources: &[Box<dyn MailSource>],
        sweep: bool,
        mut each: impl FnMut(Seen) -> Result<(), E>,
    ) -> Result<Summary, E> {
        // Two runs at once would take the same mails in.
        let _lock = self.lock("inbox", "another inbox run")?;
        let gate = self.gate()?;
        let (keys, credentials) = (gate.keys(), self.office_credentials()?);
        let (judge, sender) = (gate.judge(&keys), self.office_sender(&credentials));
        let inbox = Inbox {
            judge: &judge,
            reader: self.reader(),
            sender: &sender,
        };
        let mut run = Run {
            app: self,
            inbox: &inbox,
            met: HashSet::new(),
            mails: 0,
            first_trouble: None,
        };
        let mut begun = vec![];
        for source in sources {
            begun.push(run.source(&**source, &mut each)?);
        }
        // What follows was begun before and may be what a run died on: no reply waits for it.
        run.hand_over()?;
        for (source, mails) in sources.iter().zip(begun) {
            run.take(&**source, mails, &mut each)?;
        }
        run.waiting(&mut each)?;
        run.hand_over()?;
        let mails = run.mails;
        // One mail, or one source, that fails must not hide those behind it.
        let first_trouble = run.first_trouble;
        let swept = if sweep { intake::sweep(&self.desk())? } else { 0 };
        match first_trouble {
            None => Ok(Summary { mails, swept }),
            Some(e) => Err(e.into()),
        }
    }

    /// Waits for whoever signs a revocation list now.
    pub(super) fn lock_crl(&self) -> Result<File, Trouble> {
        let path = self.path(&self.config.store.database).with_extension("crl-lock");
        let locked = || {
            let file = File::options().create(true).append(true).open(&path)?;
            file.lock().map(|()| file)
        };
        locked().map_err(|e| Trouble::Unavailable(format!("{} cannot be locked: {e}", path.display())))
    }
}

/// The mails of a source.
#[derive(Default)]
struct Listed {
    fresh: Vec<FoundMail>,
    /// Those that a run began with and did not finish.
    begun: Vec<FoundMail>,
}

struct Run<'a> {
    app: &'a App,
    inbox: &'a Inbox<'a>,
    met: HashSet<crate::domain::Sha256>,
    mails: usize,
    first_trouble: Option<Trouble>,
}

impl Run<'_> {
    /// Takes in what is new in a source; returns the mails that a run began with and did not finish: those come last, so that one
    /// on which the program dies holds up no other.
    fn source<E: From<Trouble>>(
        &mut self,
        source: &dyn MailSource,
        each: &mut impl FnMut(Seen) -> Result<(), E>,
    ) -> Result<Vec<FoundMail>, E> {
        let Some(Listed { fresh, begun }) = self.list(source)? else {
            return Ok(vec![]);
        };
        each(Seen::Source {
            name: source.name(),
            mails: fresh.len() + begun.len(),
        })?;
        self.take(source, fresh, each)?;
        Ok(begun)
    }

    /// Hands over what waits in the outbox.
    fn hand_over(&mut self) -> Result<(), Trouble> {
        let app = self.app;
        match app
            .outbox()
            .and_then(|way_out| outbox::flush(&app.desk(), &*way_out))
        {
            Err(e @ Trouble::Interrupted(_)) => return Err(e),
            Err(e) => {
                self.first_trouble.get_or_insert(e);
            }
            Ok(_) => {}
        }
        Ok(())
    }

    /// Takes these mails of a source in.
    fn take<E: From<Trouble>>(
        &mut self,
        source: &dyn MailSource,
        mails: Vec<FoundMail>,
        each: &mut impl FnMut(Seen) -> Result<(), E>,
    ) -> Result<(), E> {
        let desk = self.app.desk();
        let mut failures = 0;
        let mut mails = mails.into_iter();
        loop {
            let kept = match intake::keep_some(&desk, source, &mut mails) {
                Ok(kept) if kept.is_empty() => return Ok(()),
                Ok(kept) => kept,
                Err(e @ Trouble::Interrupted(_)) => return Err(e.into()),
                Err(e) => {
                    self.first_trouble.get_or_insert(e);
                    return Ok(());
                }
            };
            for looked in kept {
                match intake::finish(&desk, self.inbox, source, looked) {
                    Ok(taken) => {
                        failures = 0;
                        self.tell(taken, each)?;
                    }
                    Err(e @ Trouble::Interrupted(_)) => return Err(e.into()),
                    Err(e) => {
                        self.first_trouble.get_or_insert(e);
                        failures += 1;
                        each(Seen::Mail(None))?;
                        if failures == intake::FAILURES {
                            return Ok(());
                        }
                    }
                }
            }
        }
    }

    /// The mails of a source, parted; `None` when it cannot be asked.
    fn list(&mut self, source: &dyn MailSource) -> Result<Option<Listed>, Trouble> {
        let mails = match source.list() {
            // Once more: the first answer was of another numbering.
            Err(MailError::Renumbered { .. }) => source.list(),
            mails => mails,
        };
        let mails = match mails {
            Ok(mails) => mails,
            Err(e) => {
                self.first_trouble.get_or_insert(e.into());
                return Ok(None);
            }
        };
        let desk = self.app.desk();
        let mut listed = Listed::default();
        for mail in mails {
            let place = if intake::was_begun(&desk, source, &mail)? {
                &mut listed.begun
            } else {
                &mut listed.fresh
            };
            place.push(mail);
        }
        Ok(Some(listed))
    }

    /// The mails that wait in the store and were met in no source.
    fn waiting<E: From<Trouble>>(&mut self, each: &mut impl FnMut(Seen) -> Result<(), E>) -> Result<(), E> {
        let desk = self.app.desk();
        for row in desk.store.mails_waiting().map_err(Trouble::from)? {
            if self.met.contains(&row.sha256) {
                continue;
            }
            match intake::take_up(&desk, self.inbox, row) {
                Ok(taken) => self.tell(Some(taken), each)?,
                Err(e @ Trouble::Interrupted(_)) => return Err(e.into()),
                Err(e) => {
                    self.first_trouble.get_or_insert(e);
                }
            }
        }
        Ok(())
    }

    fn tell<E: From<Trouble>>(
        &mut self,
        taken: Option<Taken>,
        each: &mut impl FnMut(Seen) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(taken) = &taken {
            self.met.extend(taken.sha256);
            self.mails += 1;
        }
        each(Seen::Mail(taken.as_ref()))
    }
}
