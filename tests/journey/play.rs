//! Plays everybody of one case through the library: an office in a folder, a clock that is put, chance from a seed.

use jiff::{SignedDuration, Timestamp};
use siegelpost::adapters::card::simulated::READERS;
use siegelpost::adapters::clock::{SteadyClock, SystemClock};
use siegelpost::adapters::files::write_durably;
use siegelpost::adapters::mail::Maildir;
use siegelpost::adapters::random::SeededSource;
use siegelpost::adapters::waypoints::EndOnce;
use siegelpost::app::{self, App, Form, Founding, KeySource, NewOfficer, Outside, Seen};
use siegelpost::domain::check::Outcome as Found;
use siegelpost::domain::{
    BatchId, CardSerial, CheckCode, ETicket, Language, OfficerId, Person, RequestData, RequestId, Role,
};
use siegelpost::journal::{self, Entry, Head};
use siegelpost::journey::evidence::{self, Decider};
use siegelpost::journey::intake::Taken;
use siegelpost::journey::issue::{self};
use siegelpost::journey::letter::{self, Stationery};
use siegelpost::journey::outbox::{self, Attachment};
use siegelpost::journey::prestage;
use siegelpost::journey::request::{self, Drafted};
use siegelpost::journey::review;
use siegelpost::journey::unseal::{self, HelperAtReader, Holder, UnsealOffice};
use siegelpost::journey::{Trouble, roster, submit};
use siegelpost::paper::Place;
use siegelpost::pki::SoftKey;
use siegelpost::ports::store::{CardRow, Case, CertificateRow, OutgoingRow};
use siegelpost::ports::{Clock as _, Random};
use siegelpost::rehearsal::dice::Dice;
use siegelpost::rehearsal::scanner::Severity;
use siegelpost::rehearsal::{cast, play};
use siegelpost::seal::{self, CardSecrets, SlotNumber};
use std::collections::HashMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The morning on which everything begins.
pub const MORNING: &str = "2026-03-02T08:00:00Z";
/// The holder's choice.
pub const PIN: &str = "90210731";
pub const ANSWER: &str = "Schulhaus Specimen";
/// The serial of the first card.
pub const SERIAL: u32 = 123_456_789;

pub fn officer(name: &str) -> OfficerId {
    name.parse().expect("a name of the cast")
}

/// The folder that an office lies in.
pub fn parent(play: &Play) -> PathBuf {
    play.folder.parent().expect("a folder of its own").to_owned()
}

/// Chance from a seed that can be put anew, and a memory of all that was drawn.
pub struct Chance {
    source: Mutex<SeededSource>,
    drawn: Mutex<Vec<Vec<u8>>>,
}

impl Chance {
    pub fn seeded(seed: &str) -> Chance {
        Chance {
            source: Mutex::new(SeededSource::new(seed)),
            drawn: Mutex::default(),
        }
    }

    /// From here on as from this seed.
    pub fn put(&self, seed: &str) {
        *self.source.lock().unwrap() = SeededSource::new(seed);
    }

    /// All that was drawn, in order.
    pub fn drawn(&self) -> Vec<Vec<u8>> {
        self.drawn.lock().unwrap().clone()
    }
}

impl Random for Chance {
    fn fill(&self, buffer: &mut [u8]) {
        self.source.lock().unwrap().fill(buffer);
        self.drawn.lock().unwrap().push(buffer.to_vec());
    }
}

/// Software keys that are the same in every run: P-256, the private key being SHA-256 of the name.
pub struct FixedKeys;

impl KeySource for FixedKeys {
    fn key(&mut self, name: &str) -> Result<SoftKey, Trouble> {
        use p256::pkcs8::EncodePrivateKey as _;
        let scalar = siegelpost::pki::signature::sha256(format!("sample key {name}").as_bytes());
        let key =
            p256::ecdsa::SigningKey::from_slice(&scalar.0).expect("a hash below the order of the curve");
        Ok(SoftKey::from_pem_or_der(key.to_pkcs8_der().expect("a key").as_bytes()).expect("a P-256 key"))
    }
}

/// An office with everything around it.
pub struct Play {
    pub folder: PathBuf,
    pub app: App,
    pub clock: Arc<SteadyClock>,
    pub chance: Arc<Chance>,
    pub ends: Arc<EndOnce>,
    /// The PUK that the sealed card was opened with, for the look at the end.
    pub old_puk: Option<String>,
    _kept: Option<tempfile::TempDir>,
}

fn outside(clock: &Arc<SteadyClock>, chance: &Arc<Chance>, ends: &Arc<EndOnce>) -> Outside {
    Outside {
        clock: clock.clone(),
        random: chance.clone(),
        waypoints: ends.clone(),
        program: env!("CARGO_BIN_EXE_siegelpost").into(),
    }
}

pub fn scratch() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("journey-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .expect("a folder")
}

pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Second accounts of people of the case: accounts differ, persons do not.
fn second_accounts() -> Vec<NewOfficer> {
    let all = cast::officers();
    let person = |id: &str| {
        all.iter()
            .find(|o| o.id.as_str() == id)
            .expect("one of the cast")
            .person
            .clone()
    };
    let holder = &cast::example().person;
    let holder = Person {
        family_name: holder.family_name.to_uppercase(),
        given_names: holder.given_names.clone(),
        birth_date: holder.birth_date,
    };
    [
        ("second-robin", person("rio-bern"), vec![Role::Lrao, Role::Helper]),
        ("second-luca", person("lrao"), vec![Role::Lrao, Role::Helper]),
        ("second-zoe", holder, vec![Role::Lrao, Role::Helper]),
    ]
    .into_iter()
    .map(|(id, person, roles)| NewOfficer {
        id: officer(id),
        roles,
        person,
        mail: format!("{id}@office.example"),
        language: Language::De,
        sites: vec![],
    })
    .collect()
}

impl Play {
    /// Founds an office with sites and officers.
    pub fn found(seed: &str) -> Play {
        Play::found_at(seed, MORNING.parse().unwrap())
    }

    /// An office whose beginnings lie before the program's clock: each step of a play takes a second of its own.
    pub fn found_before_now(seed: &str) -> Play {
        Play::found_at(seed, SystemClock.now() - SignedDuration::from_hours(1))
    }

    /// The same at another moment: that of the machine, for what the real program does next.
    pub fn found_at(seed: &str, at: Timestamp) -> Play {
        let kept = scratch();
        let folder = kept.path().join("office");
        let clock = Arc::new(SteadyClock::at(at));
        let chance = Arc::new(Chance::seeded(seed));
        let ends = Arc::new(EndOnce::default());
        let founding = Founding {
            office: cast::office(),
            language: Language::De,
            founder: cast::security(),
        };
        let app = app::found(
            &folder,
            &founding,
            &mut FixedKeys,
            outside(&clock, &chance, &ends),
        )
        .unwrap();
        let security = officer("security");
        for site in cast::sites() {
            roster::add_site(&app.desk(), site, Some(&security)).unwrap();
        }
        for new in cast::officers().into_iter().chain(second_accounts()) {
            app::add_officer(&app, &new, None, &mut FixedKeys, Some(&security)).unwrap();
        }
        Play {
            folder,
            app,
            clock,
            chance,
            ends,
            old_puk: None,
            _kept: Some(kept),
        }
    }

    /// An office from the copy of a folder, at a moment.
    pub fn from_copy(of: &Path, seed: &str, at: Timestamp) -> Play {
        let kept = scratch();
        let folder = kept.path().join("office");
        copy_folder(of, &folder);
        let clock = Arc::new(SteadyClock::at(at));
        let chance = Arc::new(Chance::seeded(seed));
        let ends = Arc::new(EndOnce::default());
        let app = App::open(&folder, outside(&clock, &chance, &ends)).unwrap();
        Play {
            folder,
            app,
            clock,
            chance,
            ends,
            old_puk: None,
            _kept: Some(kept),
        }
    }

    /// The run is over, however it ended; a new one opens the office from its folder.
    pub fn open_again(&mut self) {
        self.app = App::open(&self.folder, outside(&self.clock, &self.chance, &self.ends)).unwrap();
    }

    // ---- the steps, each as its command does it ----

    /// A blank card in the second reader.
    pub fn blank_card(&self) -> String {
        let drawer = self.app.drawer().unwrap().expect("a simulated office");
        let chip = drawer.new_card().unwrap();
        drawer.insert(READERS[1], &chip).unwrap();
        chip
    }

    pub fn prestage(&self, chip: &str, serial: CardSerial) -> Result<CardRow, Trouble> {
        let mut card = self.app.readers()?.connect(chip)?;
        self.app
            .prestage(&mut *card, serial, Default::default(), &officer("security"))
    }

    /// A sealed card, delivered to Bern, in the second reader; its chip.
    pub fn card_at_bern(&self) -> String {
        let (chip, serial) = (self.blank_card(), CardSerial::from_number(SERIAL));
        self.prestage(&chip, serial).unwrap();
        self.deliver_and_receive(&[serial], "bern").unwrap();
        chip
    }

    pub fn deliver_and_receive(&self, serials: &[CardSerial], site: &str) -> Result<(), Trouble> {
        let note = format!("DN-{site}-{}", serials[0]);
        prestage::deliver(
            &self.app.desk(),
            serials,
            &site.parse().unwrap(),
            &note,
            &officer("security"),
        )?;
        prestage::receive(&self.app.desk(), &note, &officer(&format!("rio-{site}"))).map(drop)
    }

    pub fn draft(&self, data: RequestData) -> Result<Drafted, Trouble> {
        let by = officer(&format!("rio-{}", data.site));
        request::draft(&self.app.desk(), &self.app.press, data, &by)
    }

    /// A mail as an officer signs it, without asking what the office would say to the scan.
    pub fn mail(&self, by: &str, scan: Vec<u8>) -> Vec<u8> {
        let credentials = self.app.officer_credentials(&officer(by)).unwrap();
        let sender = self.app.sender(&format!("{by}@office.example"), &credentials);
        let id = outbox::message_id(&self.app.desk());
        let letter = submit::letter(
            &sender,
            Language::De,
            &[],
            attached(scan),
            &self.app.settings.office.mail,
            &id,
        )
        .unwrap();
        outbox::sign(&sender, &letter, self.app.desk().now()).unwrap()
    }

    /// A mail as `request submit` sends it.
    pub fn submit(&self, by: &str, scan: Vec<u8>, anyway: bool) -> Result<Vec<u8>, Trouble> {
        let credentials = self.app.officer_credentials(&officer(by))?;
        let sender = self.app.sender(&format!("{by}@office.example"), &credentials);
        let sent = submit::submit(
            &self.app.desk(),
            self.app.reader(),
            &sender,
            attached(scan),
            &officer(by),
            anyway,
        )?;
        sent.written(&self.app.desk())?;
        Ok(sent.raw)
    }

    /// Puts a mail into the inbox as a mail server does.
    pub fn arrive(&self, name: &str, raw: &[u8]) {
        Maildir::open("inbox", &self.folder.join("mail/inbox"))
            .unwrap()
            .deliver(name, raw)
            .unwrap();
    }

    /// The names of the mails in a folder of the inbox: `new`, `.Processed/cur`, `.Rejected/cur`.
    pub fn mails_in(&self, folder: &str) -> Vec<String> {
        names(&self.folder.join("mail/inbox").join(folder))
    }

    pub fn inbox(&self) -> Result<Vec<Taken>, Trouble> {
        let app = &self.app;
        let mut all = vec![];
        app.run_inbox(&app.inboxes()?, true, |seen| {
            if let Seen::Mail(Some(taken)) = seen {
                all.push(taken.clone());
            }
            Ok::<_, Trouble>(())
        })?;
        Ok(all)
    }

    pub fn eyes_needed(&self, id: RequestId) -> Vec<CheckCode> {
        let checks = review::show(&self.app.desk(), id).unwrap().checks;
        checks
            .iter()
            .filter(|c| c.outcome == Found::NeedsEyes)
            .map(|c| c.code)
            .collect()
    }

    pub fn approve(&self, id: RequestId, by: &str, looked_at: &[CheckCode]) -> Result<(), Trouble> {
        let app = &self.app;
        let (gate, credentials) = (app.gate()?, app.officer_credentials(&officer(by))?);
        let keys = gate.keys();
        let judge = gate.judge(&keys);
        let by = officer(by);
        let decider = Decider {
            id: &by,
            key: &credentials.key,
            certificates: &credentials.chain,
        };
        review::approve(&app.desk(), &judge, id, &decider, looked_at).map(drop)
    }

    pub fn reject(&self, id: RequestId, by: &str, reason: &str) -> Result<(), Trouble> {
        let app = &self.app;
        let (office, credentials) = (app.office_credentials()?, app.officer_credentials(&officer(by))?);
        let by = officer(by);
        let decider = Decider {
            id: &by,
            key: &credentials.key,
            certificates: &credentials.chain,
        };
        let sender = app.sender(&app.settings.office.mail, &office);
        let gate = app.gate()?;
        let keys = gate.keys();
        let judge = gate.judge(&keys);
        review::reject(&app.desk(), &judge, &sender, id, &decider, reason)?;
        self.flush().map(drop)
    }

    pub fn issue(&self, id: RequestId) -> Result<Vec<CertificateRow>, Trouble> {
        let app = &self.app;
        let (ca, gate, credentials) = (app.ca()?, app.gate()?, app.office_credentials()?);
        let keys = gate.keys();
        let judge = gate.judge(&keys);
        let sender = app.sender(&app.settings.office.mail, &credentials);
        let journal = app.journal_public_key()?;
        let (issuing, by) = (ca.issuing(), officer("lrao"));
        let rows = issue::issue(&app.desk(), &issuing, &judge, &sender, &journal, id, &by)?;
        self.flush()?;
        Ok(rows)
    }

    pub fn collect(&self) -> Result<BatchId, Trouble> {
        letter::collect(&self.app.desk(), &[], &officer("post"))
    }

    /// Renders a batch that was collected; it lies encrypted.
    pub fn render(&self, batch: &BatchId) -> Result<PathBuf, Trouble> {
        Ok(self.app.make_batch_again(batch, &officer("post"))?.file)
    }

    /// Where a batch is taken out to.
    pub fn tray(&self, batch: &BatchId) -> PathBuf {
        self.folder.join("tray").join(batch.as_str())
    }

    /// Takes a batch out and prints it; the envelope reaches its holder.
    pub fn print(&self, batch: &BatchId) -> Result<PathBuf, Trouble> {
        let tray = self.tray(batch);
        let taken = self
            .app
            .take_out_batch(batch, Form::Folder(&tray), &officer("post"))?;
        let letter = fs::read(tray.join(&taken.files[0])).unwrap();
        write_durably(&self.folder.join("holder/letter.pdf"), &letter).unwrap();
        Ok(tray)
    }

    /// Collects, renders and prints what is ready.
    pub fn print_what_is_ready(&self) -> BatchId {
        let made = self.app.make_batch(&[], &officer("post")).unwrap();
        self.print(&made.rendered.batch).unwrap();
        made.rendered.batch
    }

    /// Mails the letter as the LRAO does.
    pub fn mail_letter(&self, id: RequestId) -> Result<(), Trouble> {
        let app = &self.app;
        let stationery = Stationery {
            press: &app.press,
            window: &app.config.dispatch.window,
        };
        let (print_key, trust, own) = (app.print_key()?, app.trust()?, app.office_credentials()?);
        let (sender, by) = (app.office_sender(&own), officer("lrao"));
        letter::mail_to_rio(&app.desk(), &stationery, &print_key, &trust, &sender, id, &by)
    }

    pub fn hand_over(&self, batch: &BatchId) -> Result<usize, Trouble> {
        Ok(self.app.hand_over_batch(batch, None, &officer("post"))?.live)
    }

    /// What the holder reads on the letter.
    pub fn number(&self) -> ETicket {
        play::number_on(&fs::read(self.folder.join("holder/letter.pdf")).unwrap())
            .expect("a number on the letter")
    }

    pub fn unseal(&self, chip: &str, helper: &str, number: &str, pin: &str) -> Result<RequestId, Trouble> {
        let ticket = ETicket::parse(number).map_err(|e| Trouble::refused("ticket_mistyped", e))?;
        let app = &self.app;
        let (mine, office) = (
            app.officer_credentials(&officer(helper))?,
            app.office_credentials()?,
        );
        let sender = app.sender(&app.settings.office.mail, &office);
        let share_master = app.share_master()?;
        let trust = app.trust()?;
        let custody = app.custody_key()?.recipient();
        let service = UnsealOffice::new(app.desk(), &share_master, custody, &trust, &sender);
        app.drawer()?
            .expect("a simulated office")
            .insert(READERS[1], chip)?;
        let mut card = app.readers()?.connect(chip)?;
        let helper = HelperAtReader {
            id: officer(helper),
            key: &mine.key,
            document_compared: true,
        };
        let holder = Holder {
            ticket,
            pin,
            question: "Which was your first school?",
            answer: ANSWER,
        };
        let few = NonZeroU32::new(1000);
        let opened = unseal::unseal(&app.desk(), &service, &mut *card, &helper, &holder, few)?;
        self.flush()?;
        Ok(opened.request_id)
    }

    pub fn flush(&self) -> Result<Vec<OutgoingRow>, Trouble> {
        outbox::flush(&self.app.desk(), &*self.app.outbox()?)
    }

    // ---- looking ----

    pub fn case(&self) -> Case {
        let mut cases = self.app.desk().store.cases().unwrap();
        assert_eq!(cases.len(), 1, "one request and no other");
        cases.remove(0)
    }

    pub fn card(&self, serial: CardSerial) -> CardRow {
        self.app.desk().card(serial).unwrap()
    }

    pub fn entries(&self) -> Vec<Entry> {
        let links = self.app.desk().store.journal(1).unwrap();
        links.iter().map(|l| Entry::from_body(&l.body).unwrap()).collect()
    }

    /// The chain holds, under every checkpoint; a new one is signed first.
    pub fn journal_holds(&self) -> u64 {
        let desk = self.app.desk();
        evidence::checkpoint(&desk, &self.app.journal_key().unwrap(), None).unwrap();
        let key = self.app.journal_public_key().unwrap();
        let notes = desk.store.checkpoints().unwrap();
        let checkpoints: Vec<_> = notes
            .iter()
            .map(|n| journal::verify_checkpoint(n, &key).unwrap())
            .collect();
        journal::verify_chain(Head::EMPTY, desk.store.journal(1).unwrap(), &checkpoints)
            .unwrap()
            .size
    }

    /// The secrets of a sealed card, by way of the print key and one eTicket; with the tickets.
    pub fn open_sealed(&self, serial: CardSerial) -> (CardSecrets, Vec<ETicket>) {
        let sealed = self.card(serial).sealed.expect("a sealed card");
        let (print_key, master) = (self.app.print_key().unwrap(), self.app.share_master().unwrap());
        let open =
            |n: SlotNumber| seal::open_ticket(&sealed.identity, n, sealed.slot(n), &print_key).unwrap();
        let tickets: Vec<ETicket> = SlotNumber::ALL.into_iter().map(open).collect();
        let first = SlotNumber::ALL[0];
        let tag = seal::tag(&tickets[0], &sealed.identity, first);
        let release = sealed.slot(first).check(&tag, &master).unwrap();
        let secrets = seal::unseal(&tickets[0], &release, &sealed.secrets, &sealed.identity, first).unwrap();
        (secrets, tickets)
    }
}

pub fn attached(scan: Vec<u8>) -> Vec<Attachment> {
    vec![Attachment {
        name: "scan.pdf".into(),
        media_type: "application/pdf",
        bytes: scan,
    }]
}

/// The papers signed, with the travel document copied, as the scanner sends them; the same papers are scanned once.
pub fn scan(pdf: &[u8], layout: &[Place], data: &RequestData) -> Vec<u8> {
    static SCANNED: Mutex<Option<HashMap<String, Vec<u8>>>> = Mutex::new(None);
    let mut scanned = SCANNED.lock().unwrap_or_else(|p| p.into_inner());
    let name = siegelpost::pki::signature::sha256(pdf).to_string();
    let make = || {
        play::sign_and_scan(pdf, layout, data, Severity::Medium, &mut Dice::new(1)).expect("papers of ours")
    };
    scanned
        .get_or_insert_default()
        .entry(name)
        .or_insert_with(make)
        .clone()
}

pub fn scan_of(drafted: &Drafted) -> Vec<u8> {
    scan(
        &drafted.printed.pdf,
        &drafted.printed.layout,
        &drafted.request.data,
    )
}

/// The names of the files of a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return vec![];
    };
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The code of a refusal; panics on anything else.
#[track_caller]
pub fn code<T>(result: Result<T, Trouble>) -> &'static str {
    match result {
        Err(Trouble::Refused { code, .. }) => code,
        Err(Trouble::Unknown { .. }) => "unknown",
        Err(e) => panic!("not refused but: {e:?}"),
        Ok(_) => panic!("not refused"),
    }
}
