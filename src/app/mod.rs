//! The only place that builds adapters from the configuration.

mod batches;
mod founding;
mod inbox;
mod journal;
mod mailboxes;

pub use batches::{Form, HandedOver, Made, Taken};
pub use inbox::{Gate, Seen, Summary};
pub use journal::{MAX_NOTE, journal_public_key};

pub use founding::{
    Founder, Founding, GeneratedKeys, KeySource, NewOfficer, add_officer, found, pem, pem_block, publish_crl,
    set_up_escrow,
};

use crate::adapters::card::joined::JoinedReaders;
#[cfg(feature = "pkcs11")]
use crate::adapters::card::pkcs11::{FactorySecrets, Module, ModuleReaders};
use crate::adapters::card::simulated::SimulatedReaders;
use crate::adapters::clock::SystemClock;
use crate::adapters::files::{self, FolderBlobs};
use crate::adapters::random::SystemSource;
use crate::adapters::rasterise::ChildRasteriser;
use crate::adapters::store::SqlStore;
use crate::adapters::waypoints::FromEnvironment;
use crate::config::{Config, ConfigError, ModuleConfig};
use crate::domain::{CardSerial, OfficerId};
use crate::journey::desk::IssuingCa;
use crate::journey::outbox::Sender;
use crate::journey::prestage::{self, Sealing};
use crate::journey::{Desk, Settings, Trouble};
use crate::paper::{Overlay, Press};
use crate::pki::profile::Authority;
use crate::pki::{Certificate, PolicyRules, SoftKey, Trust};
use crate::ports::card::{Card, KeyAlgorithm, Readers};
use crate::ports::store::CardRow;
use crate::ports::{Clock, Random, Waypoints};
use crate::scan;
use crate::seal::{
    CustodyKey, DataKey, EscrowRecipients, KeyFile, PrintKey, PrintRecipient, SearchKey, ShareMaster,
};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest key, certificate or text file of an office: far above any real one.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// What is taken from outside, so that a test or a sample can choose it.
#[derive(Clone)]
pub struct Outside {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub waypoints: Arc<dyn Waypoints>,
    /// Our own binary, which draws pages in a child process.
    pub program: PathBuf,
}

impl Outside {
    /// The machine's clock and randomness, as in daily use.
    pub fn real() -> Outside {
        Outside {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemSource::default()),
            waypoints: Arc::new(FromEnvironment::new()),
            program: std::env::current_exe().unwrap_or_else(|_| "siegelpost".into()),
        }
    }
}

/// An open office.
pub struct App {
    pub folder: PathBuf,
    pub config: Config,
    pub settings: Settings,
    pub press: Press,
    pub rasteriser: ChildRasteriser,
    pub outside: Outside,
    store: SqlStore,
    blobs: FolderBlobs,
    data_key: DataKey,
    search_key: SearchKey,
}

/// An officer's or the office's own key with its certificates, the own one first.
pub struct Credentials {
    pub key: SoftKey,
    pub chain: Vec<Certificate>,
}

/// The certificate above the office's and the key that issues.
pub struct CaFiles {
    certificate: Certificate,
    key: SoftKey,
    crl_url: Option<String>,
    policy: Option<der::oid::ObjectIdentifier>,
}

impl CaFiles {
    /// As the journey takes it.
    pub fn issuing(&self) -> IssuingCa<'_> {
        IssuingCa {
            authority: Authority {
                certificate: &self.certificate,
                key: &self.key,
            },
            crl_url: self.crl_url.as_deref(),
            policy: self.policy,
        }
    }
}

impl From<ConfigError> for Trouble {
    fn from(e: ConfigError) -> Trouble {
        Trouble::Unavailable(e.to_string())
    }
}

/// Reads a file that the office cannot do without.
pub fn read(path: &Path, what: &str) -> Result<Vec<u8>, Trouble> {
    files::read_bounded(path, MAX_FILE).map_err(|e| {
        Trouble::Unavailable(format!(
            "{what} cannot be read from {}: {e}. Check the path in siegelpost.toml",
            path.display()
        ))
    })
}

fn read_text(path: &Path, what: &str) -> Result<String, Trouble> {
    String::from_utf8(read(path, what)?).map_err(|_| {
        Trouble::Damaged(format!(
            "{what} in {} is no text: restore the file",
            path.display()
        ))
    })
}

/// Writes a file durably, for its owner alone, or says why not.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    files::write_durably(path, bytes).map_err(|e| unwritten(path, &e))
}

/// The same for what everybody may read.
pub fn write_public(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    files::write_public(path, bytes).map_err(|e| unwritten(path, &e))
}

fn unwritten(path: &Path, e: &std::io::Error) -> Trouble {
    Trouble::Unavailable(format!("{} cannot be written: {e}", path.display()))
}

fn key_file<K: KeyFile>(path: &Path) -> Result<K, Trouble> {
    K::from_text(&zeroize::Zeroizing::new(read_text(path, K::NAME)?))
        .map_err(|e| Trouble::Unavailable(format!("{}: {e}", path.display())))
}

fn certificates(path: &Path, what: &str) -> Result<Vec<Certificate>, Trouble> {
    crate::pki::read_certificates(&read(path, what)?)
        .map_err(|e| Trouble::Unavailable(format!("{what} in {}: {e}", path.display())))
}

fn soft_key(path: &Path, what: &str) -> Result<SoftKey, Trouble> {
    let bytes = zeroize::Zeroizing::new(read(path, what)?);
    SoftKey::from_pem_or_der(&bytes)
        .map_err(|e| Trouble::Unavailable(format!("{what} in {}: {e}", path.display())))
}

impl App {
    /// Opens the office in a folder.
    pub fn open(folder: &Path, outside: Outside) -> Result<App, Trouble> {
        let config = Config::read(folder)?;
        let at = |path: &Path| folder.join(path);
        let press = Press::new(&overlay(config.office.templates.as_deref().map(at))?)
            .map_err(|e| Trouble::Unavailable(e.to_string()))?;
        Ok(App {
            settings: config.settings(),
            press,
            rasteriser: ChildRasteriser::new(outside.program.clone()),
            store: SqlStore::open(&at(&config.store.database))?,
            blobs: FolderBlobs::at(&at(&config.store.blobs)),
            data_key: key_file(&at(&config.store.data_key))?,
            search_key: key_file(&at(&config.store.search_key))?,
            folder: folder.to_owned(),
            config,
            outside,
        })
    }

    /// A path of the configuration.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The desk that every step works at.
    pub fn desk(&self) -> Desk<'_> {
        Desk {
            store: &self.store,
            blobs: &self.blobs,
            clock: &*self.outside.clock,
            random: &*self.outside.random,
            waypoints: &*self.outside.waypoints,
            data_key: &self.data_key,
            search_key: &self.search_key,
            settings: &self.settings,
        }
    }

    /// Anchors, intermediates and revocation lists.
    pub fn trust(&self) -> Result<Trust, Trouble> {
        trust_of(&self.folder, &self.config)
    }

    /// The office's own mail certificate and key.
    pub fn office_credentials(&self) -> Result<Credentials, Trouble> {
        let lrao = &self.config.lrao;
        Ok(Credentials {
            key: soft_key(&self.path(&lrao.mail_key), "the office's mail key")?,
            chain: certificates(
                &self.path(&lrao.mail_certificate),
                "the office's mail certificate",
            )?,
        })
    }

    /// An officer's own signing key and certificates.
    pub fn officer_credentials(&self, id: &OfficerId) -> Result<Credentials, Trouble> {
        let folder = self.officer_folder(id);
        Ok(Credentials {
            key: soft_key(&folder.join("key.pem"), &format!("the signing key of {id}"))?,
            chain: certificates(
                &folder.join("certificate.pem"),
                &format!("the certificate of {id}"),
            )?,
        })
    }

    /// What an officer is called; the id where the roster has none of that id.
    pub fn officer_name(&self, id: &OfficerId) -> Result<String, Trouble> {
        let officer = self.desk().store.officer(id)?;
        Ok(officer.map_or_else(|| id.to_string(), |officer| officer.person.full_name()))
    }

    /// Where an officer's own files lie.
    pub fn officer_folder(&self, id: &OfficerId) -> PathBuf {
        self.path(&self.config.rio.officers).join(id.as_str())
    }

    /// Reads scans, and holds their print against what this office prints.
    pub const fn reader(&self) -> scan::Reader<'_> {
        scan::Reader::new(&self.rasteriser).with_press(&self.press)
    }

    /// As the office, or an officer, sends mail.
    pub fn sender<'a>(&'a self, address: &str, credentials: &'a Credentials) -> Sender<'a> {
        Sender {
            address: address.to_owned(),
            certificates: &credentials.chain,
            key: &credentials.key,
            texts: self.press.texts(),
        }
    }

    /// The issuing CA.
    pub fn ca(&self) -> Result<CaFiles, Trouble> {
        let s = &self.config.security;
        let certificate = certificates(&self.path(&s.ca_certificate), "the CA's certificate")?
            .into_iter()
            .next()
            .ok_or_else(|| Trouble::Unavailable("the CA's certificate file is empty".into()))?;
        let policy = s.policy.as_deref().map(|text| oid("policy", text));
        Ok(CaFiles {
            certificate,
            key: soft_key(&self.path(&s.ca_key), "the CA's key")?,
            crl_url: s.crl_url.clone(),
            policy: policy.transpose()?,
        })
    }

    /// The simulated drawer, where the office has one.
    pub fn drawer(&self) -> Result<Option<SimulatedReaders>, Trouble> {
        let Some(path) = &self.config.security.simulated_cards else {
            return Ok(None);
        };
        Ok(Some(SimulatedReaders::open(
            &self.path(path),
            self.outside.random.clone(),
        )?))
    }

    /// The readers of this workstation: the simulated ones, or those of this machine; and the slots of the modules that drive cards.
    pub fn readers(&self) -> Result<Box<dyn Readers>, Trouble> {
        let first: Box<dyn Readers> = match self.drawer()? {
            Some(drawer) => Box::new(drawer),
            None => real_readers(&self.outside, self.config.readers.pin_pads)?,
        };
        let driving = self.config.modules.iter().filter(|m| m.drives_cards);
        let others = driving
            .map(|module| self.module_readers(module))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(if others.is_empty() {
            first
        } else {
            Box::new(JoinedReaders::new(first, others))
        })
    }

    /// Prestages a card with the office's keys.
    pub fn prestage(
        &self,
        card: &mut dyn Card,
        serial: CardSerial,
        keys: KeyAlgorithm,
        by: &OfficerId,
    ) -> Result<CardRow, Trouble> {
        let (print_key, share_master, custody) =
            (self.print_recipient()?, self.share_master()?, self.custody_key()?);
        let sealing = Sealing {
            print_key: &print_key,
            share_master: &share_master,
            custody: &custody,
            keys,
        };
        prestage::prestage(&self.desk(), &sealing, card, serial, by)
    }

    /// Holds the office against a second run of the same kind, until it is dropped.
    fn lock(&self, name: &str, other: &str) -> Result<File, Trouble> {
        let path = self
            .path(&self.config.store.database)
            .with_extension(format!("{name}-lock"));
        let failed = |e: &dyn std::fmt::Display| {
            Trouble::Unavailable(format!("{} cannot be locked: {e}", path.display()))
        };
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|e| failed(&e))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Trouble::Unavailable(format!(
                "{other} is at work in this office: wait for its end"
            ))),
            Err(TryLockError::Error(e)) => Err(failed(&e)),
        }
    }

    /// The key that opens eTickets for letters.
    pub fn print_key(&self) -> Result<PrintKey, Trouble> {
        key_file(&self.path(&self.config.dispatch.print_key))
    }

    /// Its public half.
    pub fn print_recipient(&self) -> Result<PrintRecipient, Trouble> {
        let path = self.path(&self.config.security.print_recipient);
        read_text(&path, "the public print key")?
            .trim()
            .parse()
            .map_err(|e| Trouble::Unavailable(format!("{}: {e}", path.display())))
    }

    /// The master of the server's shares.
    pub fn share_master(&self) -> Result<ShareMaster, Trouble> {
        key_file(&self.path(&self.config.security.share_master))
    }

    /// The custody key.
    pub fn custody_key(&self) -> Result<CustodyKey, Trouble> {
        key_file(&self.path(&self.config.security.custody_key))
    }

    /// The two escrow officers, where the office has them.
    pub fn escrow(&self) -> Result<Option<EscrowRecipients>, Trouble> {
        let Some(path) = &self.config.security.escrow_recipients else {
            return Ok(None);
        };
        let path = self.path(path);
        read_text(&path, "the public keys of the escrow officers")?
            .parse()
            .map(Some)
            .map_err(|e| Trouble::Unavailable(format!("{}: {e}", path.display())))
    }
}

/// What an office trusts, from its folders: anchors, intermediates, revocation lists and OCSP responses.
pub fn trust_of(folder: &Path, config: &Config) -> Result<Trust, Trouble> {
    let mut trust = Trust::new();
    let lrao = &config.lrao;
    let wrong =
        |path: &Path, e: &dyn std::fmt::Display| Trouble::Unavailable(format!("{}: {e}", path.display()));
    for path in files_in(&folder.join(&lrao.anchors))? {
        trust
            .add_anchors(&read(&path, "an anchor")?)
            .map_err(|e| wrong(&path, &e))?;
    }
    for path in files_in(&folder.join(&lrao.intermediates))? {
        trust
            .add_intermediates(&read(&path, "an intermediate certificate")?)
            .map_err(|e| wrong(&path, &e))?;
    }
    for path in files_in(&folder.join(&lrao.crls))? {
        trust
            .add_revocation_data(&read(&path, "a revocation list or OCSP response")?)
            .map_err(|e| wrong(&path, &e))?;
    }
    if !lrao.certificate_policies.is_empty() {
        let policies = lrao
            .certificate_policies
            .iter()
            .map(|text| oid("certificate_policies", text));
        trust.policies = PolicyRules::one_of(policies.collect::<Result<_, _>>()?);
    }
    Ok(trust)
}

#[cfg(feature = "pkcs11")]
impl App {
    /// The vendor's module of this setting, in a process of its own.
    pub fn module(&self, module: &ModuleConfig) -> Module {
        Module::new(self.outside.program.clone(), self.path(&module.path))
            .showing_after_pin(module.shows_after_pin)
    }

    fn module_readers(&self, module: &ModuleConfig) -> Result<Box<dyn Readers>, Trouble> {
        let factory = FactorySecrets {
            pin: module.factory_pin.clone(),
            so_pin: module.factory_so_pin.clone(),
        };
        Ok(Box::new(ModuleReaders::new(self.module(module), factory)))
    }
}

#[cfg(not(feature = "pkcs11"))]
impl App {
    fn module_readers(&self, _module: &ModuleConfig) -> Result<Box<dyn Readers>, Trouble> {
        Err(Trouble::Unavailable(
            "this siegelpost was built without PKCS#11: build it with the feature pkcs11".into(),
        ))
    }
}

fn oid(setting: &str, text: &str) -> Result<der::oid::ObjectIdentifier, Trouble> {
    text.parse()
        .map_err(|_| Trouble::Unavailable(format!("{setting} in siegelpost.toml: {text:?} is no OID")))
}

#[cfg(feature = "pcsc")]
fn real_readers(outside: &Outside, pads: bool) -> Result<Box<dyn Readers>, Trouble> {
    let readers = crate::adapters::card::pcsc::PcscReaders::new(outside.random.clone());
    Ok(Box::new(if pads { readers } else { readers.without_pads() }))
}

#[cfg(not(feature = "pcsc"))]
fn real_readers(_outside: &Outside, _pads: bool) -> Result<Box<dyn Readers>, Trouble> {
    Err(Trouble::Unavailable(
        "this siegelpost was built without card readers: build it with the feature pcsc".into(),
    ))
}

/// The plain files of a folder, sorted; a folder that is missing holds none.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(e) => {
            return Err(Trouble::Unavailable(format!(
                "{} cannot be read: {e}",
                folder.display()
            )));
        }
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// The office's own templates, by their path below the folder.
pub fn overlay(folder: Option<PathBuf>) -> Result<Overlay, Trouble> {
    let mut overlay = Overlay::new();
    let Some(folder) = folder else { return Ok(overlay) };
    let mut open = vec![folder.clone()];
    while let Some(next) = open.pop() {
        let entries = std::fs::read_dir(&next).map_err(|e| {
            Trouble::Unavailable(format!("the templates in {} cannot be read: {e}", next.display()))
        })?;
        for path in entries.flatten().map(|e| e.path()) {
            if path.is_dir() {
                open.push(path);
            } else if let Ok(below) = path.strip_prefix(&folder) {
                let name = below.to_string_lossy().replace('\\', "/");
                overlay.insert(name, read(&path, "a template")?);
            }
        }
    }
    Ok(overlay)
}
