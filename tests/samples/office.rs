//! The sample office: founded as any other, with keys, clock and randomness that are always the same.

use crate::tree::{self, Tree};
use jiff::{SignedDuration, Timestamp};
use siegelpost::adapters::card::simulated::READERS;
use siegelpost::adapters::random::SeededSource;
use siegelpost::adapters::waypoints::EndOnce;
use siegelpost::app::{self, App, Credentials, Founding, KeySource, NewOfficer, Outside, pem, pem_block};
use siegelpost::domain::{CardSerial, Language, OfficerId, RequestData, SiteId};
use siegelpost::journey::request::{self, Drafted};
use siegelpost::journey::{Trouble, prestage, roster};
use siegelpost::pki::profile::{self, Authority, Order, Profile, RevokedCertificate, Subject};
use siegelpost::pki::{Certificate, RevocationReason, Serial, SigningKey, SoftKey};
use siegelpost::ports::card::Readers;
use siegelpost::ports::{Clock, Random, random_bytes};
use siegelpost::rehearsal::cast;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// When everything of the samples was made.
pub const MADE: &str = "2026-03-02T08:00:00Z";
/// When everything is judged.
pub const JUDGED: &str = "2026-03-02T12:00:00Z";
/// An officer's certificate that is on the revocation list.
pub const FORMER: &str = "rio-former";

const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A moment of the samples.
pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A clock that stands still: how often somebody looks at it changes nothing.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        time(MADE)
    }
}

/// Randomness in chapters, each with its own seed: what one of them draws moves nothing in the others.
pub struct Chapters(Mutex<SeededSource>);

impl Chapters {
    fn begin(&self, name: &str) {
        *self.0.lock().expect("no test died in here") =
            SeededSource::new(&format!("siegelpost samples: {name}"));
    }
}

impl Random for Chapters {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().expect("no test died in here").fill(buffer);
    }
}

/// The keys that lie in `samples/keys/`; each begins its own chapter, so that its certificate keeps its number.
struct SampleKeys(Arc<Chapters>);

impl KeySource for SampleKeys {
    fn key(&mut self, name: &str) -> Result<SoftKey, Trouble> {
        self.0.begin(name);
        Ok(key(name.strip_suffix(".key").unwrap_or(name)))
    }
}

/// A key of `samples/keys/`.
pub fn key(name: &str) -> SoftKey {
    SoftKey::from_pem_or_der(&tree::read(&format!("keys/{name}.pem"))).expect("a sample key")
}

/// A name of the cast.
pub fn id(text: &str) -> OfficerId {
    text.parse().expect("a name of the cast")
}

/// The sample office, with three requests drafted.
pub struct Office {
    pub app: App,
    pub requests: Vec<(&'static str, Drafted)>,
    pub delivery_note: Vec<u8>,
    chapters: Arc<Chapters>,
    _folder: tempfile::TempDir,
}

impl Office {
    /// Founds it in a folder that goes with it.
    pub fn found() -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        let chapters = Arc::new(Chapters(Mutex::new(SeededSource::new(""))));
        let outside = Outside {
            clock: Arc::new(Standing),
            random: chapters.clone(),
            waypoints: Arc::new(EndOnce::default()),
            program: env!("CARGO_BIN_EXE_siegelpost").into(),
        };
        let founding = Founding {
            office: cast::office(),
            language: Language::De,
            founder: cast::security(),
        };
        let mut keys = SampleKeys(chapters.clone());
        let app = app::found(&folder.path().join("office"), &founding, &mut keys, outside).expect("founded");
        let security = id("security");
        for site in cast::sites() {
            roster::add_site(&app.desk(), site, Some(&security)).expect("a site");
        }
        for officer in cast::officers() {
            app::add_officer(&app, &officer, None, &mut keys, Some(&security)).expect("an officer");
        }
        let delivery_note = stock(&app, 5);
        let today = time(MADE).to_zoned(jiff::tz::TimeZone::UTC).date();
        let names = ["zoe-muster", "juerg-mueller", "alex-example"];
        let people = names.into_iter().zip(cast::people(today)).zip(1..);
        let requests = people
            .map(|((name, mut data), n)| {
                chapters.begin(name);
                data.card_serial = serial(n);
                (name, drafted(&app, data))
            })
            .collect();
        Office {
            app,
            requests,
            delivery_note,
            chapters,
            _folder: folder,
        }
    }

    /// From here on, randomness is that of this chapter.
    pub fn begin(&self, chapter: &str) {
        self.chapters.begin(chapter);
    }

    /// One of the requests.
    pub fn request(&self, name: &str) -> &Drafted {
        &self
            .requests
            .iter()
            .find(|(n, _)| *n == name)
            .expect("a request")
            .1
    }

    /// An enrolled officer's key and certificates.
    pub fn officer(&self, name: &str) -> Credentials {
        self.app.officer_credentials(&id(name)).expect("an officer")
    }

    /// A certificate of the office's CA for a key of `samples/keys/`, good for a year from `ago` before now.
    pub fn certified(&self, key_name: &str, who: &NewOfficer, ago: SignedDuration) -> Credentials {
        let ca = self.app.ca().expect("the CA");
        self.certified_by(ca.issuing().authority, key_name, who, ago)
    }

    /// The same by any CA.
    pub fn certified_by(
        &self,
        ca: Authority,
        key_name: &str,
        who: &NewOfficer,
        ago: SignedDuration,
    ) -> Credentials {
        self.begin(key_name);
        let key = key(key_name);
        let not_before = time(MADE) - ago;
        let order = Order {
            profile: Profile::Officer {
                email: who.mail.clone(),
            },
            subject: Subject {
                common_name: format!("{} {}", who.person.given_names, who.person.family_name),
                organisation: Some(cast::office().name),
                country: Some("CH".into()),
                ..Subject::default()
            },
            serial: Serial::from_random(random_bytes(&*self.app.outside.random)),
            not_before,
            not_after: not_before + YEAR,
            crl_url: None,
            policy: None,
        };
        let certificate = profile::issue(&order, key.spki_der(), ca).expect("issued");
        Credentials {
            key,
            chain: vec![certificate, ca.certificate.clone()],
        }
    }

    /// A CA that nobody knows, with this name.
    pub fn ca_elsewhere(&self, name: &str) -> (SoftKey, Certificate) {
        self.begin(name);
        let key = key("elsewhere");
        let order = Order {
            profile: Profile::RootCa { path_length: Some(0) },
            subject: Subject {
                common_name: name.into(),
                organisation: Some(cast::office().name),
                country: Some("CH".into()),
                ..Subject::default()
            },
            serial: Serial::from_random(random_bytes(&*self.app.outside.random)),
            not_before: time(MADE) - DAY,
            not_after: time(MADE) + YEAR,
            crl_url: None,
            policy: None,
        };
        let certificate = profile::self_sign(&order, &key).expect("a CA");
        (key, certificate)
    }

    /// The RIO whose certificate is revoked.
    pub fn former(&self) -> Credentials {
        self.certified(FORMER, &former_officer(), DAY * 300)
    }

    /// What everybody may have of the office: certificates and revocation lists.
    pub fn public_side(&self, tree: &mut Tree) {
        let file = |path: &str| std::fs::read(self.app.path(Path::new(path))).expect("a file of the office");
        tree.put("office/root.pem", file("trust/anchors/root.pem"));
        tree.put("office/issuing.pem", file("trust/intermediates/issuing.pem"));
        tree.put("office/crls/root.crl", file("trust/crls/root.crl"));
        let ca = self.app.ca().expect("the CA");
        let gone = RevokedCertificate {
            serial: self.former().chain[0].serial().clone(),
            at: time(MADE) - DAY * 10,
            reason: RevocationReason::KeyCompromise,
        };
        let authority = ca.issuing().authority;
        let crl = profile::issue_crl(authority, 2, time(MADE), time(MADE) + DAY * 7, &[gone]).expect("a CRL");
        tree.put("office/crls/issuing.crl", pem_block("X509 CRL", crl.der()));
        tree.put(
            "office/mail.pem",
            pem(&[&self.app.office_credentials().expect("the office's own").chain[0]]),
        );
        for officer in cast::officers() {
            let own = self.officer(officer.id.as_str());
            tree.put(
                format!("office/officers/{}.pem", officer.id),
                pem(&[&own.chain[0]]),
            );
            let folder = self.app.officer_folder(&officer.id);
            let encryption = std::fs::read(folder.join("encryption-certificate.pem")).expect("a certificate");
            tree.put(
                format!("office/officers/{}.encryption.pem", officer.id),
                encryption,
            );
        }
        let card = self.certified("rio-bern.p256", &officer("rio-bern"), SignedDuration::ZERO);
        tree.put("office/officers/rio-bern.p256.pem", pem(&[&card.chain[0]]));
        tree.put(
            format!("office/officers/{FORMER}.pem"),
            pem(&[&self.former().chain[0]]),
        );
    }
}

/// An officer of the cast.
pub fn officer(name: &str) -> NewOfficer {
    cast::officers()
        .into_iter()
        .find(|o| o.id == id(name))
        .expect("an officer of the cast")
}

/// A RIO who lost their card.
pub fn former_officer() -> NewOfficer {
    let mut former = cast::late_officer();
    former.id = id(FORMER);
    former.mail = format!("{FORMER}@office.example");
    former.person.given_names = "Fritz".into();
    former.person.family_name = "Ehemals".into();
    former
}

fn serial(n: u32) -> CardSerial {
    CardSerial::from_number(100_200_300 + n)
}

/// Seals cards and brings them to Bern; gives back the note that goes with them.
fn stock(app: &App, count: u32) -> Vec<u8> {
    let drawer = app.drawer().expect("the drawer").expect("simulated cards");
    let serials: Vec<CardSerial> = (1..=count).map(serial).collect();
    for serial in &serials {
        let chip = drawer.new_card().expect("a card");
        drawer.insert(READERS[1], &chip).expect("inserted");
        let mut card = drawer.connect(&chip).expect("connected");
        app.prestage(&mut *card, *serial, Default::default(), &id("security"))
            .expect("prestaged");
    }
    let [bern, _] = cast::sites();
    let number = "DN-20260302-0001";
    let note = siegelpost::paper::DeliveryNote {
        number,
        language: Language::De,
        office: &app.settings.office,
        site_name: &bern.name,
        cards: &serials,
        on: time(MADE).to_zoned(jiff::tz::TimeZone::UTC).date(),
    };
    let pdf = app.press.delivery_note(note).expect("printed");
    let site: SiteId = bern.id;
    prestage::deliver(&app.desk(), &serials, &site, number, &id("security")).expect("delivered");
    prestage::receive(&app.desk(), number, &id("rio-bern")).expect("received");
    pdf
}

fn drafted(app: &App, data: RequestData) -> Drafted {
    request::draft(&app.desk(), &app.press, data, &id("rio-bern")).expect("drafted")
}
