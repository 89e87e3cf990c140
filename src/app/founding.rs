//! Founding an office: its folder, CA, keys and configuration; and the keys and certificates of its officers.

use super::{App, CaFiles, Outside, write, write_public};
use crate::adapters::files;
use crate::config::{Config, FILE};
use crate::domain::{Language, Officer, OfficerId, Person, Role, SiteId};
use crate::journal::{Action, Actor, JournalKey};
use crate::journey::{Trouble, revoke, roster};
use crate::paper::Office;
use crate::pki::profile::{self, Authority, Order, Profile, Subject};
use crate::pki::{Certificate, KeyAlgorithm, Serial, SoftKey};
use crate::ports::{Random, Waypoint, random_bytes};
use crate::seal::{
    CustodyKey, DataKey, EscrowKey, EscrowRecipients, KeyFile, PrintKey, SearchKey, ShareMaster,
};
use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};

const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);
/// The root outlives the CA below it, and that one the certificates that it issues.
const ROOT_YEARS: i32 = 20;
const CA_YEARS: i32 = 10;
const OFFICER_YEARS: i32 = 3;
/// The root is used once a year: its list is good until then.
const ROOT_CRL_LIFE: SignedDuration = YEAR;

/// Where software keys come from: made anew, or fixed ones for samples.
pub trait KeySource {
    /// The key for this use, named as its file is.
    fn key(&mut self, name: &str) -> Result<SoftKey, Trouble>;
}

/// Keys made anew: P-256.
pub struct GeneratedKeys;

impl KeySource for GeneratedKeys {
    fn key(&mut self, name: &str) -> Result<SoftKey, Trouble> {
        SoftKey::generate(KeyAlgorithm::P256)
            .map_err(|e| Trouble::Unavailable(format!("the key for {name} could not be made: {e}")))
    }
}

/// An officer to be added.
#[derive(Clone)]
pub struct NewOfficer {
    pub id: OfficerId,
    pub roles: Vec<Role>,
    pub person: Person,
    pub mail: String,
    pub language: Language,
    pub sites: Vec<SiteId>,
}

/// What a new office is founded with.
pub struct Founding {
    pub office: Office,
    pub language: Language,
    /// The first security officer, who adds everybody else.
    pub founder: Founder,
}

/// The first security officer.
pub type Founder = NewOfficer;

/// Makes a new office in a folder that is empty or not there yet.
pub fn found(
    folder: &Path,
    founding: &Founding,
    keys: &mut dyn KeySource,
    outside: Outside,
) -> Result<App, Trouble> {
    if folder.join(FILE).exists()
        || folder
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(Trouble::refused(
            "not_empty",
            format!(
                "{} is not empty: name a new folder, nothing was changed",
                folder.display()
            ),
        ));
    }
    let config = Config::new(founding.office.clone(), founding.language);
    let now = outside.clock.now();
    draw_keys(folder, &config, &*outside.random)?;
    make_ca(folder, &config, founding, keys, &*outside.random, now)?;
    write_public(&folder.join(FILE), config.to_text().as_bytes())?;

    let app = App::open(folder, outside)?;
    let desk = app.desk();
    let made = desk
        .entry(Actor::Siegelpost, Action::OfficeMade)
        .fact("office", founding.office.name.as_str());
    desk.store.commit(desk.now(), vec![], vec![made])?;
    publish_crl(&app, None)?;
    add_officer(&app, &founding.founder, None, keys, None)?;
    Ok(app)
}

/// The keys that no CA stands behind: sealing, data at rest, journal.
fn draw_keys(folder: &Path, config: &Config, random: &dyn Random) -> Result<(), Trouble> {
    let entropy = &mut |buffer: &mut [u8]| random.fill(buffer);
    let print = PrintKey::draw(entropy);
    let secrets = [
        (&config.store.data_key, DataKey::draw(entropy).to_text()),
        (&config.store.search_key, SearchKey::draw(entropy).to_text()),
        (
            &config.security.share_master,
            ShareMaster::draw(entropy).to_text(),
        ),
        (&config.security.custody_key, CustodyKey::draw(entropy).to_text()),
        (&config.dispatch.print_key, print.to_text()),
    ];
    for (path, text) in secrets {
        write(&folder.join(path), text.as_bytes())?;
    }
    write_public(
        &folder.join(&config.security.print_recipient),
        format!("{}\n", print.recipient()).as_bytes(),
    )?;
    let domain = config
        .office
        .papers
        .mail
        .rsplit('@')
        .next()
        .unwrap_or("office.invalid");
    let journal = JournalKey::from_seed(&format!("{domain}/journal"), &mut random_bytes(random))
        .map_err(|e| Trouble::refused("journal_name", e))?;
    write(
        &folder.join(&config.auditor.journal_key),
        journal.to_text().as_bytes(),
    )?;
    write_public(
        &folder.join(&config.auditor.journal_public_key),
        format!("{}\n", journal.public()).as_bytes(),
    )
}

/// Where the public keys of the escrow officers lie.
const ESCROW_RECIPIENTS: &str = "keys/escrow.pub";

/// Draws the keys of two escrow officers into new files, which leave the office with them, and enters their public halves into the
/// configuration. Nothing is in force before it is in the journal.
pub fn set_up_escrow(app: &App, first: &Path, second: &Path, by: &OfficerId) -> Result<(), Trouble> {
    let refused = |why: &str| Err(Trouble::refused("escrow", format!("{why}; nothing was changed")));
    if app.config.security.escrow_recipients.is_some() {
        return refused("escrow is set up already (security.escrow_recipients in siegelpost.toml)");
    }
    if first == second {
        return refused("each officer has a key file of their own: name two");
    }
    if let Some(there) = [first, second].into_iter().find(|path| path.exists()) {
        return refused(&format!("{} is there already: name a new file", there.display()));
    }
    let entropy = &mut |buffer: &mut [u8]| app.outside.random.fill(buffer);
    let keys = [EscrowKey::draw(entropy), EscrowKey::draw(entropy)];
    let public = keys
        .each_ref()
        .map(|key| format!("{}\n", key.recipient()))
        .concat();
    // What is read back is what two keys are: two.
    public
        .parse::<EscrowRecipients>()
        .map_err(|e| Trouble::Unavailable(e.to_string()))?;
    let path = app.path(Path::new(FILE));
    let text = super::read_text(&path, "the configuration")?;
    let setting = format!("[security]\nescrow_recipients = \"{ESCROW_RECIPIENTS}\"\n");
    let text = text.replacen("[security]\n", &setting, 1);
    let entered = toml::from_str::<Config>(&text).is_ok_and(|c| c.security.escrow_recipients.is_some());
    if !entered {
        return refused(
            "siegelpost.toml has no line [security] to enter the setting below, written like that and by itself",
        );
    }
    for (path, key) in [first, second].into_iter().zip(&keys) {
        write(path, key.to_text().as_bytes())?;
    }
    write_public(&app.path(Path::new(ESCROW_RECIPIENTS)), public.as_bytes())?;
    let desk = app.desk();
    let entry = desk
        .entry(Actor::Officer(by.clone()), Action::SettingUsed)
        .fact("setting", "security.escrow_recipients");
    desk.store.commit(desk.now(), vec![], vec![entry])?;
    write_public(&path, text.as_bytes())
}

/// Root and issuing CA, the root's revocation list, and the office's own mail certificate.
fn make_ca(
    folder: &Path,
    config: &Config,
    founding: &Founding,
    keys: &mut dyn KeySource,
    random: &dyn Random,
    now: Timestamp,
) -> Result<(), Trouble> {
    let name = &founding.office.name;
    let failed = |e: profile::IssueError| Trouble::Unavailable(format!("the CA could not be made: {e}"));
    let order = |profile, common_name: String, years: i32| Order {
        profile,
        subject: Subject {
            common_name,
            organisation: Some(name.clone()),
            country: Some("CH".into()),
            ..Subject::default()
        },
        serial: Serial::from_random(random_bytes(random)),
        not_before: now,
        not_after: now + YEAR * years,
        crl_url: None,
        policy: None,
    };
    let root_key = keys.key("root")?;
    let root = profile::self_sign(
        &order(
            Profile::RootCa { path_length: Some(1) },
            format!("{name} Root CA"),
            ROOT_YEARS,
        ),
        &root_key,
    )
    .map_err(failed)?;
    let above = Authority {
        certificate: &root,
        key: &root_key,
    };
    let ca_key = keys.key("issuing")?;
    let ca_order = order(
        Profile::IssuingCa { path_length: 0 },
        format!("{name} Issuing CA"),
        CA_YEARS,
    );
    let ca = profile::issue(&ca_order, spki(&ca_key), above).map_err(failed)?;
    let authority = Authority {
        certificate: &ca,
        key: &ca_key,
    };
    let mail_key = keys.key("office-mail")?;
    let mut mail_order = order(
        Profile::Officer {
            email: founding.office.mail.clone(),
        },
        name.clone(),
        OFFICER_YEARS,
    );
    mail_order.crl_url = config.security.crl_url.as_deref();
    let mail = profile::issue(&mail_order, spki(&mail_key), authority).map_err(failed)?;
    let root_crl = profile::issue_crl(above, 1, now, now + ROOT_CRL_LIFE, &[]).map_err(failed)?;

    let (security, lrao) = (&config.security, &config.lrao);
    write(&folder.join("ca/root.key"), root_key.to_pkcs8_pem().as_bytes())?;
    write(&folder.join(&security.ca_key), ca_key.to_pkcs8_pem().as_bytes())?;
    write(&folder.join(&lrao.mail_key), mail_key.to_pkcs8_pem().as_bytes())?;
    write_public(&folder.join(&security.ca_chain), pem(&[&root]).as_bytes())?;
    write_public(&folder.join(&security.ca_certificate), pem(&[&ca]).as_bytes())?;
    write_public(
        &folder.join(&lrao.mail_certificate),
        pem(&[&mail, &ca]).as_bytes(),
    )?;
    write_public(
        &folder.join(&lrao.anchors).join("root.pem"),
        pem(&[&root]).as_bytes(),
    )?;
    write_public(
        &folder.join(&lrao.intermediates).join("issuing.pem"),
        pem(&[&ca]).as_bytes(),
    )?;
    write_public(
        &folder.join(&lrao.crls).join("root.crl"),
        pem_block("X509 CRL", root_crl.der()).as_bytes(),
    )
}

/// Signs a new CRL and puts it where relying parties and the inbox find it.
pub fn publish_crl(app: &App, by: Option<&OfficerId>) -> Result<usize, Trouble> {
    let desk = app.desk();
    desk.pass(Waypoint::CrlDue)?;
    // Two at once would sign two lists under one number, and the older could end up where the newer belongs.
    let _lock = app.lock_crl()?;
    let ca = app.ca()?;
    let crl = revoke::make_crl(&desk, &ca.issuing(), by)?;
    let text = pem_block("X509 CRL", crl.der());
    write_public(&app.path(&app.config.security.crl_file), text.as_bytes())?;
    write_public(
        &app.path(&app.config.lrao.crls).join("issuing.crl"),
        text.as_bytes(),
    )?;
    Ok(crl.len())
}

/// Enrols an officer: with certificates that they bring, or with software keys made here and certified by the office's CA.
/// Returns the officer as enrolled.
pub fn add_officer(
    app: &App,
    new: &NewOfficer,
    brought: Option<(Certificate, Option<Certificate>)>,
    keys: &mut dyn KeySource,
    by: Option<&OfficerId>,
) -> Result<Officer, Trouble> {
    if let Some(problem) = crate::domain::request::mail_problem(&new.mail) {
        return Err(Trouble::refused("mail", problem));
    }
    let desk = app.desk();
    // Before the CA signs anything, and before any file is touched.
    roster::may_enrol(&desk, &new.sites, by)?;
    new_keys_into_place(app, &new.id)?;
    let ca = app.ca()?;
    let (certificate, encryption) = match brought {
        Some(brought) => brought,
        None => {
            let (certificate, encryption) = certify(app, &ca, new, keys)?;
            (certificate, Some(encryption))
        }
    };
    let officer = Officer {
        id: new.id.clone(),
        roles: new.roles.clone(),
        person: new.person.clone(),
        mail: new.mail.clone(),
        language: new.language,
        sites: new.sites.clone(),
        certificate: certificate.fingerprint(),
        encryption_certificate: encryption.map(|c| c.der().to_vec()).unwrap_or_default(),
        active: true,
        ended: vec![],
        enrolments: vec![],
    };
    let own = ca.issuing().authority.certificate;
    let officer = roster::enrol(&desk, own, officer, certificate.der().to_vec(), by)?;
    desk.pass(Waypoint::OfficerEnrolled)?;
    new_keys_into_place(app, &new.id)?;
    // Whatever ended with this enrolment or an earlier one: a run that was cut off may not have published it.
    if !officer.ended.is_empty() {
        publish_crl(app, by)?;
    }
    Ok(officer)
}

/// An officer's software keys and certificates; the last one tells whose files lie there.
const OFFICER_FILES: [&str; 4] = [
    "key.pem",
    "encryption-key.pem",
    "encryption-certificate.pem",
    "certificate.pem",
];

/// Where a new file of an officer lies until the roster names its certificate.
fn beside(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.new"))
}

/// Puts the new keys of an officer in the place of the old ones once the roster names their certificate; those of an enrolment
/// that never came about are removed. An old encryption key stays, named by its serial number: it opens what was encrypted to it.
fn new_keys_into_place(app: &App, id: &OfficerId) -> Result<(), Trouble> {
    let folder = app.officer_folder(id);
    let waiting: Vec<&str> = OFFICER_FILES
        .into_iter()
        .filter(|name| beside(&folder, name).exists())
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let failed = |e: std::io::Error| {
        Trouble::Unavailable(format!(
            "the new keys of {id} cannot be put in their place in {}: {e}. Do the same again",
            folder.display()
        ))
    };
    let first =
        |name: &str| Ok::<_, Trouble>(super::certificates(&folder.join(name), name)?.into_iter().next());
    let is_enrolled = waiting.contains(&"certificate.pem")
        && match (first("certificate.pem.new")?, app.desk().store.officer(id)?) {
            (Some(new), Some(officer)) => new.fingerprint() == officer.certificate,
            _ => false,
        };
    for name in waiting {
        let (new, place) = (beside(&folder, name), folder.join(name));
        if !is_enrolled {
            std::fs::remove_file(&new).map_err(failed)?;
            continue;
        }
        if name.starts_with("encryption-") && place.exists() {
            let serial = first("encryption-certificate.pem")?
                .map_or_else(|| "unknown".into(), |c| hex::encode(c.serial().octets()));
            let kept = name.replace(".pem", &format!("-{serial}.pem"));
            std::fs::rename(&place, folder.join(kept)).map_err(failed)?;
        }
        std::fs::rename(&new, &place).map_err(failed)?;
    }
    files::sync_folder(&folder).map_err(failed)
}

/// Makes keys and has the CA certify them; the files lie beside those in use until the officer is enrolled with them.
fn certify(
    app: &App,
    ca: &CaFiles,
    new: &NewOfficer,
    keys: &mut dyn KeySource,
) -> Result<(Certificate, Certificate), Trouble> {
    let issuing = ca.issuing();
    let now = app.outside.clock.now();
    let make = |profile: Profile, key: &SoftKey| {
        let order = Order {
            profile,
            subject: Subject {
                common_name: new.person.full_name(),
                organisation: Some(app.settings.office.name.clone()),
                country: Some("CH".into()),
                ..Subject::default()
            },
            serial: Serial::from_random(random_bytes(&*app.outside.random)),
            not_before: now,
            not_after: now + YEAR * OFFICER_YEARS,
            crl_url: issuing.crl_url,
            policy: issuing.policy,
        };
        profile::issue(&order, spki(key), issuing.authority).map_err(|e| {
            Trouble::refused(
                "certificate",
                format!("the certificate of {} cannot be issued: {e}", new.id),
            )
        })
    };
    let key = keys.key(&format!("{}.key", new.id))?;
    let certificate = make(
        Profile::Officer {
            email: new.mail.clone(),
        },
        &key,
    )?;
    let encryption_key = keys.key(&format!("{}.encryption", new.id))?;
    let encryption = make(
        Profile::HolderEncryption {
            email: new.mail.clone(),
        },
        &encryption_key,
    )?;
    let folder = app.officer_folder(&new.id);
    write(&beside(&folder, "key.pem"), key.to_pkcs8_pem().as_bytes())?;
    write(
        &beside(&folder, "encryption-key.pem"),
        encryption_key.to_pkcs8_pem().as_bytes(),
    )?;
    write_public(
        &beside(&folder, "encryption-certificate.pem"),
        pem(&[&encryption]).as_bytes(),
    )?;
    write_public(
        &beside(&folder, "certificate.pem"),
        pem(&[&certificate, issuing.authority.certificate]).as_bytes(),
    )?;
    Ok((certificate, encryption))
}

fn spki(key: &SoftKey) -> &[u8] {
    crate::pki::SigningKey::spki_der(key)
}

/// Certificates as PEM.
pub fn pem(certificates: &[&Certificate]) -> String {
    certificates
        .iter()
        .map(|c| pem_block("CERTIFICATE", c.der()))
        .collect()
}

/// One PEM block (RFC 7468).
pub fn pem_block(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|l| std::str::from_utf8(l).expect("base64 is ASCII"))
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
