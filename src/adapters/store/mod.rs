//! The store in SQLite: rows and journal in one transaction.

mod connection;
pub mod sql;
mod write;

use crate::adapters::files;
use crate::domain::{BatchId, CardSerial, Officer, OfficerId, RequestId, Sha256, Site, SiteId};
use crate::journal::{self, Head, Link};
use crate::ports::store::{
    BlobName, CardRow, Case, CertificateRow, Issuance, LetterRow, MailRow, OutgoingRow, Store, StoreError,
    Subject, UNREAD, UnreadRow, Write,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use connection::{Connection, SqlError, Value};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use write::write;

/// A store in one SQLite file.
pub struct SqlStore {
    connection: Mutex<Connection>,
}

impl SqlStore {
    /// Opens the store and makes its folder and tables when they are not there.
    pub fn open(path: &Path) -> Result<SqlStore, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| StoreError::Unavailable(e.to_string()))?;
        }
        // The files beside it (-wal, -shm) take its rights over.
        files::make_private(path).map_err(|e| StoreError::Unavailable(e.to_string()))?;
        let mut connection = Connection::open(path).map_err(other)?;
        check_version(&mut connection)?;
        for statement in sql::SCHEMA {
            connection.run(statement, vec![]).map_err(other)?;
        }
        Ok(SqlStore {
            connection: Mutex::new(connection),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves no half-done statement behind: the next transaction starts with BEGIN.
        self.connection
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn texts(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<String>, StoreError> {
        self.lock()
            .rows(sql, values)
            .map_err(other)?
            .into_iter()
            .map(|row| text(row, 0, sql))
            .collect()
    }

    fn bodies<T: DeserializeOwned>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        self.texts(sql, values)?.iter().map(|body| parse(body)).collect()
    }

    fn count(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        let rows = self.lock().rows(sql, values).map_err(other)?;
        match rows.first().map(Vec::as_slice) {
            Some([Value::Number(count)]) => Ok(count.unsigned_abs()),
            _ => Err(StoreError::Damaged { what: sql.into() }),
        }
    }

    fn body<T: DeserializeOwned>(
        &self,
        sql: &'static str,
        key: impl Into<Value>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.bodies(sql, vec![key.into()])?.into_iter().next())
    }

    /// Rows whose version stands beside the body.
    fn versioned<T: DeserializeOwned>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        set: impl Fn(&mut T, i64),
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.lock().rows(sql, values).map_err(other)?;
        rows.into_iter()
            .map(|row| match row.as_slice() {
                [Value::Text(body), Value::Number(version)] => {
                    let mut value: T = parse(body)?;
                    set(&mut value, *version);
                    Ok(value)
                }
                _ => Err(StoreError::Damaged { what: sql.into() }),
            })
            .collect()
    }
}

/// Marks a new store with the version of its tables, and refuses one of other tables before anything of it is touched.
fn check_version(connection: &mut Connection) -> Result<(), StoreError> {
    for statement in sql::VERSION_TABLES {
        connection.run(statement, vec![]).map_err(other)?;
    }
    let found = connection.rows(sql::VERSION, vec![]).map_err(other)?;
    let is_new = connection.rows(sql::LAST_LINK, vec![]).map_err(other)?.is_empty();
    match found.first().and_then(|row| row.first()) {
        Some(Value::Number(sql::CURRENT_VERSION)) => Ok(()),
        Some(Value::Number(version)) => Err(StoreError::OtherVersion { found: *version }),
        None if is_new => {
            let version = vec![Value::Number(sql::CURRENT_VERSION)];
            connection.run(sql::VERSION_PUT, version).map_err(other)?;
            Ok(())
        }
        _ => Err(StoreError::OtherVersion { found: 1 }),
    }
}

fn other(error: SqlError) -> StoreError {
    match error {
        SqlError::Unique => StoreError::Exists {
            what: "this row".into(),
        },
        SqlError::Other(why) => StoreError::Unavailable(why),
    }
}

fn text(row: Vec<Value>, column: usize, what: &str) -> Result<String, StoreError> {
    match row.into_iter().nth(column) {
        Some(Value::Text(text)) => Ok(text),
        _ => Err(StoreError::Damaged { what: what.into() }),
    }
}

fn parse<T: DeserializeOwned>(body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|e| StoreError::Damaged { what: e.to_string() })
}

fn json<T: Serialize>(value: &T) -> Result<Value, StoreError> {
    serde_json::to_string(value)
        .map(Value::Text)
        .map_err(|e| StoreError::Damaged { what: e.to_string() })
}

fn bytes(encoded: &str) -> Result<Vec<u8>, StoreError> {
    BASE64
        .decode(encoded)
        .map_err(|e| StoreError::Damaged { what: e.to_string() })
}

fn exists(what: impl Into<String>) -> impl FnOnce(SqlError) -> StoreError {
    let what = what.into();
    move |error| match error {
        SqlError::Unique => StoreError::Exists { what },
        error => other(error),
    }
}

fn head(c: &mut Connection) -> Result<Head, StoreError> {
    match c
        .rows(sql::LAST_LINK, vec![])
        .map_err(other)?
        .into_iter()
        .next()
        .as_deref()
    {
        None => Ok(Head::EMPTY),
        Some([Value::Number(seq), Value::Text(hash)]) => Ok(Head {
            size: *seq as u64,
            hash: hash.parse().map_err(|_| StoreError::Damaged {
                what: format!("journal entry {seq}"),
            })?,
        }),
        Some(_) => Err(StoreError::Damaged {
            what: "journal".into(),
        }),
    }
}

fn append(c: &mut Connection, at: Timestamp, drafts: Vec<journal::Draft>) -> Result<(), StoreError> {
    if drafts.is_empty() {
        return Ok(());
    }
    let mut head = head(c)?;
    for mut draft in drafts {
        for (request, nth) in &mut draft.subjects.requests {
            let id = request.to_string();
            c.run(sql::ENTRY_COUNT, vec![id.clone().into()]).map_err(other)?;
            match c
                .rows(sql::ENTRIES_OF_REQUEST, vec![id.into()])
                .map_err(other)?
                .as_slice()
            {
                [row] => match row.as_slice() {
                    [Value::Number(count)] => *nth = *count as u64,
                    _ => {
                        return Err(StoreError::Damaged {
                            what: "journal counts".into(),
                        });
                    }
                },
                _ => {
                    return Err(StoreError::Damaged {
                        what: "journal counts".into(),
                    });
                }
            }
        }
        let done = journal::append(head, draft, at)
            .map_err(|e| StoreError::Unavailable(format!("the journal refused its entry ({e})")))?;
        head = done.head;
        let values = vec![
            (head.size as i64).into(),
            head.hash.to_string().into(),
            done.link.body.into(),
        ];
        c.run(sql::ENTRY_NEW, values).map_err(other)?;
        let about = &done.entry.subjects;
        let subjects = (about.requests.keys().copied().map(Subject::Request))
            .chain(about.cards.iter().copied().map(Subject::Card))
            .chain(about.officer.as_ref().map(Subject::Officer));
        for subject in subjects {
            let values = vec![subject.to_string().into(), (head.size as i64).into()];
            c.run(sql::ENTRY_ABOUT, values).map_err(other)?;
        }
    }
    Ok(())
}

impl Store for SqlStore {
    fn commit(
        &self,
        at: Timestamp,
        writes: Vec<Write>,
        entries: Vec<journal::Draft>,
    ) -> Result<(), StoreError> {
        let mut c = self.lock();
        // IMMEDIATE takes the write lock at once, so that two commits never interleave.
        c.run("BEGIN IMMEDIATE", vec![]).map_err(other)?;
        let done = writes
            .into_iter()
            .try_for_each(|w| write(&mut c, at, w))
            .and_then(|()| append(&mut c, at, entries))
            .and_then(|()| c.run("COMMIT", vec![]).map(drop).map_err(other));
        if done.is_err() {
            // The error that ended the transaction is the one to report; a rollback without one is no news.
            let _ = c.run("ROLLBACK", vec![]);
        }
        done
    }

    fn case(&self, id: RequestId) -> Result<Option<Case>, StoreError> {
        Ok(self
            .versioned(sql::CASE, vec![id.to_string().into()], case_version)?
            .into_iter()
            .next())
    }

    fn cases(&self) -> Result<Vec<Case>, StoreError> {
        self.versioned(sql::CASES, vec![], case_version)
    }

    fn card(&self, serial: CardSerial) -> Result<Option<CardRow>, StoreError> {
        Ok(self
            .versioned(sql::CARD, vec![serial.to_string().into()], card_version)?
            .into_iter()
            .next())
    }

    fn card_of_chip(&self, chip_id: &str) -> Result<Option<CardRow>, StoreError> {
        Ok(self
            .versioned(sql::CARD_OF_CHIP, vec![chip_id.into()], card_version)?
            .into_iter()
            .next())
    }

    fn cards(&self) -> Result<Vec<CardRow>, StoreError> {
        self.versioned(sql::CARDS, vec![], card_version)
    }

    fn site(&self, id: &SiteId) -> Result<Option<Site>, StoreError> {
        self.body(sql::SITE, id.as_str())
    }

    fn sites(&self) -> Result<Vec<Site>, StoreError> {
        self.bodies(sql::SITES, vec![])
    }

    fn officer(&self, id: &OfficerId) -> Result<Option<Officer>, StoreError> {
        self.body(sql::OFFICER, id.as_str())
    }

    fn officer_of_certificate(&self, certificate: Sha256) -> Result<Option<Officer>, StoreError> {
        self.body(sql::OFFICER_OF_CERTIFICATE, certificate.to_string())
    }

    fn officer_certificate(&self, id: &OfficerId) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.texts(sql::OFFICER_DER, vec![id.as_str().into()])?;
        found.first().map(|der| bytes(der)).transpose()
    }

    fn officers(&self) -> Result<Vec<Officer>, StoreError> {
        self.bodies(sql::OFFICERS, vec![])
    }

    fn mail(&self, sha256: Sha256) -> Result<Option<MailRow>, StoreError> {
        let values = vec![sha256.to_string().into()];
        Ok(self
            .versioned(sql::MAIL, values, mail_version)?
            .into_iter()
            .next())
    }

    fn mail_of_content(&self, signer: Sha256, content: Sha256) -> Result<Option<MailRow>, StoreError> {
        let values = vec![signer.to_string().into(), content.to_string().into()];
        Ok(self
            .versioned(sql::MAIL_OF_CONTENT, values, mail_version)?
            .into_iter()
            .next())
    }

    fn mail_place(&self, source_key: &str) -> Result<Option<Sha256>, StoreError> {
        let found = self.texts(sql::MAIL_PLACE, vec![source_key.into()])?;
        let parse = |text: &String| {
            text.parse().map_err(|_| StoreError::Damaged {
                what: "the places of mails".into(),
            })
        };
        found.first().map(parse).transpose()
    }

    fn unread(&self, source_key: &str) -> Result<Option<UnreadRow>, StoreError> {
        let values = vec![source_key.into(), UNREAD.to_string().into()];
        Ok(self.bodies(sql::UNREAD, values)?.into_iter().next())
    }

    fn all_unread(&self) -> Result<Vec<UnreadRow>, StoreError> {
        self.bodies(sql::ALL_UNREAD, vec![UNREAD.to_string().into()])
    }

    fn mails(&self) -> Result<Vec<MailRow>, StoreError> {
        self.versioned(sql::MAILS, vec![], mail_version)
    }

    fn mails_waiting(&self) -> Result<Vec<MailRow>, StoreError> {
        self.versioned(sql::MAILS_WAITING, vec![], mail_version)
    }

    fn replies_since(&self, officer: &OfficerId, since: Timestamp) -> Result<u64, StoreError> {
        self.count(
            sql::REPLIES_SINCE,
            vec![officer.as_str().into(), since.as_second().into()],
        )
    }

    fn key(&self, owner: &str) -> Result<Option<String>, StoreError> {
        Ok(self.texts(sql::KEY, vec![owner.into()])?.into_iter().next())
    }

    fn document(&self, owner: &str, kind: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.texts(sql::DOCUMENT, vec![owner.into(), kind.into()])?;
        found.first().map(|body| bytes(body)).transpose()
    }

    fn requests_with_token(&self, token: &str) -> Result<Vec<RequestId>, StoreError> {
        self.texts(sql::TOKENED, vec![token.into()])?
            .iter()
            .map(|id| {
                id.parse().map_err(|_| StoreError::Damaged {
                    what: "search tokens".into(),
                })
            })
            .collect()
    }

    fn issuance(&self, id: RequestId) -> Result<Option<Issuance>, StoreError> {
        self.body(sql::ISSUANCE, id.to_string())
    }

    fn certificates(&self, id: RequestId) -> Result<Vec<CertificateRow>, StoreError> {
        self.bodies(sql::CERTIFICATES, vec![id.to_string().into()])
    }

    fn all_certificates(&self) -> Result<Vec<CertificateRow>, StoreError> {
        self.bodies(sql::ALL_CERTIFICATES, vec![])
    }

    fn letters(&self, batch: &BatchId) -> Result<Vec<LetterRow>, StoreError> {
        self.versioned(sql::LETTERS, vec![batch.as_str().into()], letter_version)
    }

    fn letter(&self, letter_id: &str) -> Result<Option<LetterRow>, StoreError> {
        let values = vec![letter_id.into()];
        Ok(self
            .versioned(sql::LETTER, values, letter_version)?
            .into_iter()
            .next())
    }

    fn outgoing(&self) -> Result<Vec<OutgoingRow>, StoreError> {
        self.versioned(sql::OUTBOX, vec![], outgoing_version)
    }

    fn outgoing_open(&self) -> Result<Vec<OutgoingRow>, StoreError> {
        self.versioned(sql::OUTBOX_OPEN, vec![], outgoing_version)
    }

    fn outgoing_mail(&self, message_id: &str) -> Result<Option<OutgoingRow>, StoreError> {
        let values = vec![message_id.into()];
        Ok(self
            .versioned(sql::OUTGOING, values, outgoing_version)?
            .into_iter()
            .next())
    }

    fn blobs_in_use(&self) -> Result<BTreeSet<BlobName>, StoreError> {
        let parse = |text: &String| {
            text.parse().map_err(|_| StoreError::Damaged {
                what: "the names of blobs".into(),
            })
        };
        self.texts(sql::BLOBS_IN_USE, vec![])?.iter().map(parse).collect()
    }

    fn journal(&self, first: u64) -> Result<Vec<Link>, StoreError> {
        self.journal_part(first, i64::MAX as u64)
    }

    fn journal_part(&self, first: u64, last: u64) -> Result<Vec<Link>, StoreError> {
        let rows = self
            .lock()
            .rows(sql::LINKS, vec![(first as i64).into(), (last as i64).into()])
            .map_err(other)?;
        rows.into_iter()
            .map(|row| match row.as_slice() {
                [Value::Text(body), Value::Text(hash)] => Ok(Link {
                    body: body.clone(),
                    hash: hash.parse().map_err(|_| StoreError::Damaged {
                        what: "journal".into(),
                    })?,
                }),
                _ => Err(StoreError::Damaged {
                    what: "journal".into(),
                }),
            })
            .collect()
    }

    fn journal_head(&self) -> Result<Head, StoreError> {
        head(&mut self.lock())
    }

    fn entries_about(&self, subject: &Subject) -> Result<Vec<u64>, StoreError> {
        let rows = self
            .lock()
            .rows(sql::ENTRIES_ABOUT, vec![subject.to_string().into()])
            .map_err(other)?;
        rows.into_iter()
            .map(|row| match row.as_slice() {
                [Value::Number(seq)] => Ok(seq.unsigned_abs()),
                _ => Err(StoreError::Damaged {
                    what: "the journal's index".into(),
                }),
            })
            .collect()
    }

    fn checkpoints(&self) -> Result<Vec<String>, StoreError> {
        self.texts(sql::CHECKPOINTS, vec![])
    }

    fn newest_checkpoint(&self) -> Result<Option<String>, StoreError> {
        Ok(self.texts(sql::NEWEST_CHECKPOINT, vec![])?.pop())
    }

    fn checkpoint_over(&self, seq: u64) -> Result<Option<String>, StoreError> {
        Ok(self.texts(sql::CHECKPOINT_OVER, vec![(seq as i64).into()])?.pop())
    }
}

fn case_version(case: &mut Case, version: i64) {
    case.version = version;
}

fn mail_version(mail: &mut MailRow, version: i64) {
    mail.version = version;
}

fn letter_version(letter: &mut LetterRow, version: i64) {
    letter.version = version;
}

fn outgoing_version(row: &mut OutgoingRow, version: i64) {
    row.version = version;
}

fn card_version(card: &mut CardRow, version: i64) {
    card.version = version;
}
