//! The configuration: one file (`siegelpost.toml`), one struct per actor; paths are relative to the office's folder.

mod mailbox;
mod module;

pub use mailbox::{ImapConfig, InboxConfig, OutboxConfig, SecretConfig, Security, SignIn, SmtpConfig};
pub use module::ModuleConfig;

use crate::domain::Language;
use crate::journey::Settings;
use crate::paper::{Office, WindowProfile};
use crate::smime::Policy;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The name of the file in the office's folder.
pub const FILE: &str = "siegelpost.toml";

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "there is no office in {0}: make one with `siegelpost init DIR`, or name its folder with --office"
    )]
    NoOffice(PathBuf),
    #[error("{path} cannot be read: {why}")]
    Unreadable { path: PathBuf, why: String },
    #[error("{path}: {why}")]
    Wrong { path: PathBuf, why: String },
}

/// The whole file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// 1.
    pub schema: u8,
    pub office: OfficeConfig,
    pub store: StoreConfig,
    pub security: SecurityConfig,
    pub lrao: LraoConfig,
    pub dispatch: DispatchConfig,
    pub rio: RioConfig,
    pub holder: HolderConfig,
    pub auditor: AuditorConfig,
    #[serde(default)]
    pub readers: ReadersConfig,
    /// Vendors' PKCS#11 modules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<ModuleConfig>,
}

/// What all actors share.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeConfig {
    #[serde(flatten)]
    pub papers: Office,
    /// The language of the delivery notes and cover sheets.
    pub language: Language,
    /// A folder whose files are laid over the built-in templates and texts.
    pub templates: Option<PathBuf>,
}

/// Where things are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    pub database: PathBuf,
    pub blobs: PathBuf,
    /// Opens the private data of requests. Keep it outside the database and its backups.
    pub data_key: PathBuf,
    /// Finds requests by name. Keep it outside the database and its backups.
    pub search_key: PathBuf,
}

/// The security officer's: CA and sealing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityConfig {
    pub ca_certificate: PathBuf,
    pub ca_key: PathBuf,
    /// The certificates above the CA's, up to the anchor.
    pub ca_chain: PathBuf,
    /// Where the CRL is written.
    pub crl_file: PathBuf,
    /// Where relying parties find it.
    pub crl_url: Option<String>,
    /// The policy under which certificates are issued, as an OID.
    pub policy: Option<String>,
    pub certificate_years: u8,
    pub share_master: PathBuf,
    pub custody_key: PathBuf,
    /// The public keys of the two escrow officers, a line each; without it nothing is put into escrow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escrow_recipients: Option<PathBuf>,
    /// The public half of the print key: eTickets are drawn without the print station.
    pub print_recipient: PathBuf,
    /// The folder of simulated cards and readers; without it the readers of this machine are used.
    pub simulated_cards: Option<PathBuf>,
}

/// The LRAO's: the inbox and its rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LraoConfig {
    /// Folders of PEM or DER files.
    pub anchors: PathBuf,
    pub intermediates: PathBuf,
    pub crls: PathBuf,
    pub inbox: Vec<InboxConfig>,
    pub outbox: OutboxConfig,
    /// The office's own certificate and key for the mails that it signs; the key opens what is encrypted to it.
    pub mail_certificate: PathBuf,
    pub mail_key: PathBuf,
    /// More keys that open mail: those of certificates that RIOs may still encrypt to.
    #[serde(default)]
    pub decryption_keys: Vec<PathBuf>,
    /// Replies about refused mails that one RIO gets within an hour at most; 0 for none.
    #[serde(default = "replies_per_hour")]
    pub replies_per_hour: u16,
    /// The largest mail that is taken in.
    pub max_mail_megabytes: u32,
    /// Mail domains that holders may have; empty for any.
    #[serde(default)]
    pub mail_domains: Vec<String>,
    pub form_age_days: u16,
    /// Certificate policies (OIDs) of which one must hold for the whole path of whoever signs mails and decisions; empty for any.
    #[serde(default)]
    pub certificate_policies: Vec<String>,
    /// At a walk-in another LRAO decides than the one who identified the holder.
    #[serde(default)]
    pub walk_in_second_officer: bool,
    /// The rules for signatures; strict where nothing is said.
    #[serde(default)]
    pub signatures: Policy,
}

/// The print station's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispatchConfig {
    /// Opens eTickets for letters. Keep it where letters are printed and nowhere else.
    pub print_key: PathBuf,
    /// Where batches are written until they are handed over.
    pub batches: PathBuf,
    pub ticket_days: u16,
    pub window: WindowProfile,
}

/// The RIO's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RioConfig {
    /// The folder of the officers' own keys and certificates, one folder each.
    pub officers: PathBuf,
    /// Where the RIO's mails leave.
    pub outbox: OutboxConfig,
}

/// The holder's, at the workstation with two readers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderConfig {
    /// Lets the RIO of a case be its helper too; journalled each time.
    pub rio_may_help: bool,
    /// The fewest digits of a PIN, 6 to 8.
    #[serde(default = "six")]
    pub pin_digits: u8,
    /// Lets a PIN have other characters than digits where the card takes them; no PIV card does.
    #[serde(default)]
    pub pin_letters: bool,
}

/// What every PIV card takes at the least (SP 800-73-4 part 2, 2.4.3).
fn six() -> u8 {
    6
}

/// The auditor's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditorConfig {
    /// Signs checkpoints. Keep it outside the database.
    pub journal_key: PathBuf,
    pub journal_public_key: PathBuf,
}

/// The card readers of this workstation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadersConfig {
    /// PINs are typed at a reader's pad where it has one; false where they are to be typed at the keyboard all the same.
    #[serde(default = "yes")]
    pub pin_pads: bool,
}

impl Default for ReadersConfig {
    fn default() -> ReadersConfig {
        ReadersConfig { pin_pads: yes() }
    }
}

/// A PIN typed at the reader is never on this machine.
fn yes() -> bool {
    true
}

/// Above what a RIO can mend and send again within an hour, below what fills a mailbox.
fn replies_per_hour() -> u16 {
    10
}

impl Config {
    /// The configuration of a new office.
    pub fn new(papers: Office, language: Language) -> Config {
        let way_out = |name: &str, path: &str| OutboxConfig::Maildir {
            name: name.into(),
            path: path.into(),
        };
        Config {
            schema: 1,
            office: OfficeConfig {
                papers,
                language,
                templates: None,
            },
            store: StoreConfig {
                database: "store/siegelpost.sqlite".into(),
                blobs: "store/blobs".into(),
                data_key: "keys/data.key".into(),
                search_key: "keys/search.key".into(),
            },
            security: SecurityConfig {
                ca_certificate: "ca/issuing.pem".into(),
                ca_key: "ca/issuing.key".into(),
                ca_chain: "ca/root.pem".into(),
                crl_file: "ca/issuing.crl".into(),
                crl_url: None,
                policy: None,
                certificate_years: 3,
                share_master: "keys/share-master.key".into(),
                custody_key: "keys/custody.key".into(),
                escrow_recipients: None,
                print_recipient: "keys/print.pub".into(),
                simulated_cards: Some("cards".into()),
            },
            lrao: LraoConfig {
                anchors: "trust/anchors".into(),
                intermediates: "trust/intermediates".into(),
                crls: "trust/crls".into(),
                inbox: vec![InboxConfig::Maildir {
                    name: "inbox".into(),
                    path: "mail/inbox".into(),
                }],
                outbox: way_out("outbox", "mail/outbox"),
                mail_certificate: "keys/office-mail.pem".into(),
                mail_key: "keys/office-mail.key".into(),
                decryption_keys: vec![],
                replies_per_hour: replies_per_hour(),
                max_mail_megabytes: 50,
                mail_domains: vec![],
                form_age_days: 30,
                certificate_policies: vec![],
                walk_in_second_officer: false,
                signatures: Policy {
                    require_email_protection: true,
                    ..Policy::default()
                },
            },
            dispatch: DispatchConfig {
                print_key: "dispatch/print.key".into(),
                batches: "dispatch/batches".into(),
                ticket_days: 60,
                window: WindowProfile::c5_left(),
            },
            rio: RioConfig {
                officers: "officers".into(),
                outbox: way_out("rio", "mail/inbox"),
            },
            holder: HolderConfig {
                rio_may_help: false,
                pin_digits: six(),
                pin_letters: false,
            },
            auditor: AuditorConfig {
                journal_key: "keys/journal.key".into(),
                journal_public_key: "journal.pub".into(),
            },
            readers: ReadersConfig::default(),
            modules: vec![],
        }
    }

    /// Reads the file of an office's folder.
    pub fn read(folder: &Path) -> Result<Config, ConfigError> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(ConfigError::NoOffice(folder.to_owned()));
            }
            Err(e) => {
                return Err(ConfigError::Unreadable {
                    path,
                    why: e.to_string(),
                });
            }
        };
        let config: Config = toml::from_str(&text).map_err(|e| ConfigError::Wrong {
            path: path.clone(),
            why: e.to_string(),
        })?;
        match config.schema {
            1 => Ok(config),
            n => Err(ConfigError::Wrong {
                path,
                why: format!("schema {n} is of another version of siegelpost; this one reads schema 1"),
            }),
        }
    }

    /// The file's text, with a word on each section.
    pub fn to_text(&self) -> String {
        let body = toml::to_string(self).expect("the configuration is plain data");
        format!(
            "# The configuration of a siegelpost office. Paths are relative to this file's folder.\n\
             # The keys named here are secrets of different people: on several machines, each keeps its own.\n\n{body}"
        )
    }

    /// What the journey is told of all this.
    pub fn settings(&self) -> Settings {
        let days = |n: u16| SignedDuration::from_hours(24 * i64::from(n));
        Settings {
            office: self.office.papers.clone(),
            mail_domains: self.lrao.mail_domains.clone(),
            form_age: days(self.lrao.form_age_days),
            ticket_life: days(self.dispatch.ticket_days),
            certificate_life: SignedDuration::from_hours(
                i64::from(self.security.certificate_years) * 365 * 24,
            ),
            rio_may_help: self.holder.rio_may_help,
            pin_least: self.holder.pin_digits.clamp(6, 8),
            pin_letters: self.holder.pin_letters,
            walk_in_second_officer: self.lrao.walk_in_second_officer,
            max_mail_bytes: u64::from(self.lrao.max_mail_megabytes) * 1024 * 1024,
            replies_per_hour: u64::from(self.lrao.replies_per_hour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_configuration_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(Office::specimen(), Language::De);
        std::fs::write(folder.path().join(FILE), config.to_text()).unwrap();
        assert_eq!(Config::read(folder.path()).unwrap().to_text(), config.to_text());
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let text = Config::new(Office::specimen(), Language::De)
            .to_text()
            .replace("form_age_days", "form_age");
        std::fs::write(folder.path().join(FILE), text).unwrap();
        assert!(
            Config::read(folder.path())
                .unwrap_err()
                .to_string()
                .contains("form_age")
        );
    }
}
