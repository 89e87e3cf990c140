//! The LRAO's desk, played through the library: whose turn it is at a walk-in, from wherever the card in the reader stands.

use crate::play::{ANSWER, PIN, Play, officer, scan_of};
use siegelpost::adapters::card::simulated::READERS;
use siegelpost::domain::check::Check;
use siegelpost::domain::identification::MrzSource;
use siegelpost::domain::{CardSerial, OfficerId, Request, RequestData, RequestId};
use siegelpost::journey::evidence::Decider;
use siegelpost::journey::request::{self, Drafted};
use siegelpost::journey::unseal::{self, HelperAtReader, Holder, UnsealOffice};
use siegelpost::journey::walk_in::{self, Stand};
use siegelpost::journey::{Trouble, review};
use siegelpost::paper::Place;
use siegelpost::pki::{Certificate, SigningKey};
use siegelpost::ports::card::Card;
use siegelpost::rehearsal::dice::Dice;
use siegelpost::rehearsal::scanner::Severity;
use siegelpost::rehearsal::{cast, play, specimen};
use siegelpost::seal::KeyOwner;
use std::num::NonZeroU32;

/// Who walks in, for a card.
pub fn visitor(serial: CardSerial) -> RequestData {
    let mut data = cast::walk_in_person("2026-01-01".parse().unwrap());
    data.card_serial = serial;
    data
}

/// The zone of the visitor's document as it is typed.
pub fn zone(data: &RequestData) -> Vec<String> {
    specimen::td1(data).to_vec()
}

pub fn decider<'a>(
    id: &'a OfficerId,
    key: &'a dyn SigningKey,
    certificates: &'a [Certificate],
) -> Decider<'a> {
    Decider {
        id,
        key,
        certificates,
    }
}

impl Play {
    /// Identified by the typed zone, and the papers printed.
    pub fn draft_at_desk(&self, data: RequestData, zone: &[String], by: &str) -> Result<Drafted, Trouble> {
        let by = officer(by);
        let desk = self.app.desk();
        let identification = (!zone.is_empty())
            .then(|| {
                let seen = walk_in::read_zone(zone, 2026).map_err(|e| Trouble::refused("zone", e))?;
                walk_in::identified(&desk, seen, MrzSource::Typed, &by)
            })
            .transpose()?;
        let seen = identification.as_ref();
        request::draft_at_walk_in(&desk, &self.app.press, data, seen, &by, &mut |_| Ok(()))
    }

    /// What the scanner makes of the papers on file, signed by both.
    pub fn signed_papers(&self, id: RequestId) -> Vec<u8> {
        let desk = self.app.desk();
        let again = request::print_again(&desk, &self.app.press, id, &officer("lrao")).unwrap();
        let owner = KeyOwner::Request(id);
        let places: Vec<Place> = desk
            .read_json(&desk.key(owner).unwrap(), owner, "layout")
            .unwrap();
        assert_eq!(
            again.printed.layout, places,
            "they are printed again as they were printed first"
        );
        scan_of(&again)
    }

    pub fn bring_in(&self, id: RequestId, papers: &[u8], by: &str) -> Result<Vec<Check>, Trouble> {
        let credentials = self.app.officer_credentials(&officer(by))?;
        let by = officer(by);
        self.bring_in_as(id, papers, &decider(&by, &credentials.key, &credentials.chain))
    }

    /// By any key of the LRAO.
    pub fn bring_in_as(&self, id: RequestId, papers: &[u8], lrao: &Decider) -> Result<Vec<Check>, Trouble> {
        let scans = [("scan.pdf", papers)];
        walk_in::bring_in(&self.app.desk(), &self.app.rasteriser, id, &scans, None, lrao)
    }

    /// The holder opens the card at the desk.
    pub fn open_at_desk(&self, card: &mut dyn Card, by: &str, pin: &str) -> Result<RequestId, Trouble> {
        let mine = self.app.officer_credentials(&officer(by))?;
        self.open_at_desk_as(card, by, &mine.key, pin)
    }

    /// By any key of the LRAO.
    pub fn open_at_desk_as(
        &self,
        card: &mut dyn Card,
        by: &str,
        key: &dyn SigningKey,
        pin: &str,
    ) -> Result<RequestId, Trouble> {
        let app = &self.app;
        let office = app.office_credentials()?;
        let sender = app.sender(&app.settings.office.mail, &office);
        let (share_master, trust) = (app.share_master()?, app.trust()?);
        let custody = app.custody_key()?.recipient();
        let service = UnsealOffice::new(app.desk(), &share_master, custody, &trust, &sender)
            .with_escrow(app.escrow()?)
            .at_walk_in();
        let helper = HelperAtReader {
            id: officer(by),
            key,
            document_compared: true,
        };
        let holder = Holder {
            ticket: unseal::ticket_of_walk_in(&app.desk(), &app.print_key()?, &card.chip_id()?)?,
            pin,
            question: "Which was your first school?",
            answer: ANSWER,
        };
        let few = NonZeroU32::new(1000);
        let opened = unseal::unseal(&app.desk(), &service, card, &helper, &holder, few)?;
        Ok(opened.request_id)
    }

    /// The next thing at the desk; false when the card is open.
    pub fn next_at_desk(&self, serial: CardSerial, card: &mut dyn Card) -> Result<bool, Trouble> {
        let desk = self.app.desk();
        match walk_in::stand(&desk, &card.chip_id()?, &officer("lrao"))? {
            Stand::Free(_) => {
                // The same papers in every run, so that they are scanned once for all tests.
                self.chance.put("the request of the visitor");
                let data = visitor(serial);
                let zone = zone(&data);
                self.draft_at_desk(data, &zone, "lrao").map(|_| true)
            }
            Stand::Papers(id) => self.bring_in(id, &self.signed_papers(id), "lrao").map(|_| true),
            Stand::Decide(id) => self.approve(id, "lrao", &self.eyes_needed(id)).map(|()| true),
            Stand::Issue(id) => self.issue(id).map(|_| true),
            Stand::Unseal(_) => self.open_at_desk(card, "lrao", PIN).map(|_| true),
            Stand::Open(_) => Ok(false),
        }
    }

    /// Goes on at the desk with the simulated card until it is open.
    pub fn go_on_at_desk(&self, serial: CardSerial) -> Result<(), Trouble> {
        let chip = self.card(serial).chip_id;
        self.app
            .drawer()?
            .expect("a simulated office")
            .insert(READERS[1], &chip)?;
        let mut card = self.app.readers()?.connect(&chip)?;
        while self.next_at_desk(serial, &mut *card)? {}
        self.flush().map(drop)
    }

    /// Goes on at the desk until the case stands so.
    pub fn go_on_at_desk_to(&self, serial: CardSerial, stage: &str, card: &mut dyn Card) {
        let is_there = || {
            let cases = self.app.desk().store.cases().unwrap();
            cases.iter().any(|c| c.card == serial && c.stage.name() == stage)
        };
        while !is_there() {
            assert!(
                self.next_at_desk(serial, card).unwrap(),
                "{stage} was never reached"
            );
        }
    }

    /// The request on file.
    pub fn request(&self, id: RequestId) -> Request {
        review::show(&self.app.desk(), id).unwrap().request
    }

    /// Papers that were signed in these boxes only.
    pub fn half_signed(&self, id: RequestId, boxes: impl Fn(&Place) -> bool) -> Vec<u8> {
        let again = request::print_again(&self.app.desk(), &self.app.press, id, &officer("lrao")).unwrap();
        let places: Vec<Place> = again.printed.layout.into_iter().filter(boxes).collect();
        // Not by way of the scans that are kept: those are signed in every box.
        let (pdf, data) = (&again.printed.pdf, &again.request.data);
        play::sign_and_scan(pdf, &places, data, Severity::Medium, &mut Dice::new(1)).expect("papers of ours")
    }
}
