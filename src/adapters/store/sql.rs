//! All SQL of the store: one portable text for SQLite and PostgreSQL (`$N`, `ON CONFLICT`, TEXT and BIGINT only).

/// The version of the tables below: another number is another schema.
pub const CURRENT_VERSION: i64 = 4;

/// What the version is told from, in a store of any version.
pub const VERSION_TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS store_version (version BIGINT PRIMARY KEY)",
    JOURNAL,
];

const JOURNAL: &str = "CREATE TABLE IF NOT EXISTS journal (seq BIGINT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, body TEXT NOT NULL)";

/// The schema, one statement each. Rows keep their full value as JSON in `body`, beside the columns that are searched or unique.
pub const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS sites (id TEXT PRIMARY KEY, body TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS officers (id TEXT PRIMARY KEY, certificate TEXT NOT NULL UNIQUE, der TEXT NOT NULL, \
     body TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS cards (serial TEXT PRIMARY KEY, chip_id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, \
     version BIGINT NOT NULL, body TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS card_keys (key_id TEXT PRIMARY KEY, serial TEXT NOT NULL REFERENCES cards (serial))",
    "CREATE TABLE IF NOT EXISTS requests (request_id TEXT PRIMARY KEY, stage TEXT NOT NULL, card_serial TEXT NOT NULL, \
     live BIGINT NOT NULL, created TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL)",
    // A card serves one live request at a time.
    "CREATE UNIQUE INDEX IF NOT EXISTS one_live_request_per_card ON requests (card_serial) WHERE live = 1",
    "CREATE TABLE IF NOT EXISTS owner_keys (owner TEXT PRIMARY KEY, wrapped TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS documents (owner TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, \
     PRIMARY KEY (owner, kind))",
    "CREATE TABLE IF NOT EXISTS tokens (token TEXT NOT NULL, request_id TEXT NOT NULL, PRIMARY KEY (token, request_id))",
    "CREATE TABLE IF NOT EXISTS mails (sha256 TEXT PRIMARY KEY, signer TEXT, content TEXT, arrived TEXT NOT NULL, \
     outcome TEXT NOT NULL, blob TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS mails_by_outcome ON mails (outcome)",
    // Signed bytes of one signer are taken in once.
    "CREATE UNIQUE INDEX IF NOT EXISTS one_mail_per_signed_content ON mails (signer, content) WHERE signer IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS mail_sources (source_key TEXT PRIMARY KEY, sha256 TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS unread_mails (source_key TEXT PRIMARY KEY, found TEXT NOT NULL, body TEXT NOT NULL)",
    // One reply a mail; `sent` in seconds since 1970.
    "CREATE TABLE IF NOT EXISTS replies (mail TEXT PRIMARY KEY, officer TEXT NOT NULL, sent BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS replies_of_officer ON replies (officer, sent)",
    // One issuance per request.
    "CREATE TABLE IF NOT EXISTS issuances (request_id TEXT PRIMARY KEY, body TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS certificates (serial TEXT PRIMARY KEY, request_id TEXT NOT NULL, body TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS letters (letter_id TEXT PRIMARY KEY, request_id TEXT NOT NULL, slot BIGINT NOT NULL, \
     batch TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL, UNIQUE (request_id, slot))",
    "CREATE TABLE IF NOT EXISTS outbox (message_id TEXT PRIMARY KEY, state TEXT NOT NULL, blob TEXT NOT NULL, \
     queued TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS outbox_by_state ON outbox (state)",
    JOURNAL,
    // How many entries each request has, so that an evidence file cannot leave one out unseen.
    "CREATE TABLE IF NOT EXISTS journal_counts (request_id TEXT PRIMARY KEY, entries BIGINT NOT NULL)",
    // Which entries are about a request, a card or an officer, so that none is looked for in the whole journal.
    "CREATE TABLE IF NOT EXISTS journal_subjects (subject TEXT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (subject, seq))",
    "CREATE TABLE IF NOT EXISTS checkpoints (seq BIGINT PRIMARY KEY, note TEXT NOT NULL)",
];

pub const SITE_PUT: &str =
    "INSERT INTO sites (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body";
pub const SITE: &str = "SELECT body FROM sites WHERE id = $1";
pub const SITES: &str = "SELECT body FROM sites ORDER BY id";

pub const OFFICER_PUT: &str = "INSERT INTO officers (id, certificate, der, body) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (id) DO UPDATE SET certificate = excluded.certificate, der = excluded.der, body = excluded.body";
pub const OFFICER: &str = "SELECT body FROM officers WHERE id = $1";
pub const OFFICER_OF_CERTIFICATE: &str = "SELECT body FROM officers WHERE certificate = $1";
pub const OFFICER_DER: &str = "SELECT der FROM officers WHERE id = $1";
pub const OFFICERS: &str = "SELECT body FROM officers ORDER BY id";

pub const CARD_NEW: &str =
    "INSERT INTO cards (serial, chip_id, state, version, body) VALUES ($1, $2, $3, 1, $4)";
pub const CARD_PUT: &str =
    "UPDATE cards SET state = $2, body = $3, version = version + 1 WHERE serial = $1 AND version = $4";
pub const CARD: &str = "SELECT body, version FROM cards WHERE serial = $1";
pub const CARD_OF_CHIP: &str = "SELECT body, version FROM cards WHERE chip_id = $1";
pub const CARDS: &str = "SELECT body, version FROM cards ORDER BY serial";
pub const CARD_KEY_NEW: &str = "INSERT INTO card_keys (key_id, serial) VALUES ($1, $2)";

pub const CASE_NEW: &str = "INSERT INTO requests (request_id, stage, card_serial, live, created, version, body) \
     VALUES ($1, $2, $3, $4, $5, 1, $6)";
pub const CASE_PUT: &str = "UPDATE requests SET stage = $2, live = $3, body = $4, version = version + 1 \
     WHERE request_id = $1 AND version = $5";
pub const CASE: &str = "SELECT body, version FROM requests WHERE request_id = $1";
pub const CASES: &str = "SELECT body, version FROM requests ORDER BY created, request_id";

pub const KEY_NEW: &str = "INSERT INTO owner_keys (owner, wrapped) VALUES ($1, $2)";
pub const KEY: &str = "SELECT wrapped FROM owner_keys WHERE owner = $1";

pub const DOCUMENT_PUT: &str = "INSERT INTO documents (owner, kind, body) VALUES ($1, $2, $3) \
     ON CONFLICT (owner, kind) DO UPDATE SET body = excluded.body";
pub const DOCUMENT: &str = "SELECT body FROM documents WHERE owner = $1 AND kind = $2";

pub const TOKEN_PUT: &str =
    "INSERT INTO tokens (token, request_id) VALUES ($1, $2) ON CONFLICT (token, request_id) DO NOTHING";
pub const TOKENED: &str = "SELECT request_id FROM tokens WHERE token = $1 ORDER BY request_id";

pub const MAIL_NEW: &str = "INSERT INTO mails (sha256, signer, content, outcome, blob, body, arrived, version) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1)";
pub const MAIL_PUT: &str = "UPDATE mails SET signer = $2, content = $3, outcome = $4, blob = $5, body = $6, version = version + 1 \
     WHERE sha256 = $1 AND version = $7";
pub const MAIL: &str = "SELECT body, version FROM mails WHERE sha256 = $1";
pub const MAIL_OF_CONTENT: &str = "SELECT body, version FROM mails WHERE signer = $1 AND content = $2";
pub const MAILS: &str = "SELECT body, version FROM mails ORDER BY arrived, sha256";
pub const MAILS_WAITING: &str =
    "SELECT body, version FROM mails WHERE outcome IN ('stored', 'held') ORDER BY arrived, sha256";
pub const MAIL_PLACE_PUT: &str = "INSERT INTO mail_sources (source_key, sha256) VALUES ($1, $2) \
     ON CONFLICT (source_key) DO UPDATE SET sha256 = excluded.sha256";
pub const MAIL_PLACE: &str = "SELECT sha256 FROM mail_sources WHERE source_key = $1";
pub const UNREAD_PUT: &str = "INSERT INTO unread_mails (source_key, found, body) VALUES ($1, $2, $3) \
     ON CONFLICT (source_key) DO UPDATE SET found = excluded.found, body = excluded.body";
pub const UNREAD: &str = "SELECT u.body FROM unread_mails u JOIN mail_sources s ON s.source_key = u.source_key \
     WHERE u.source_key = $1 AND s.sha256 = $2";
pub const ALL_UNREAD: &str = "SELECT u.body FROM unread_mails u JOIN mail_sources s ON s.source_key = u.source_key \
     WHERE s.sha256 = $1 ORDER BY u.found, u.source_key";
pub const REPLY_NEW: &str = "INSERT INTO replies (mail, officer, sent) VALUES ($1, $2, $3)";
pub const REPLIES_SINCE: &str = "SELECT COUNT(*) FROM replies WHERE officer = $1 AND sent > $2";
pub const BLOBS_IN_USE: &str = "SELECT blob FROM mails UNION SELECT blob FROM outbox";

pub const ISSUANCE_NEW: &str = "INSERT INTO issuances (request_id, body) VALUES ($1, $2)";
pub const ISSUANCE: &str = "SELECT body FROM issuances WHERE request_id = $1";

pub const CERTIFICATE_PUT: &str = "INSERT INTO certificates (serial, request_id, body) VALUES ($1, $2, $3) \
     ON CONFLICT (serial) DO UPDATE SET body = excluded.body";
pub const CERTIFICATES: &str = "SELECT body FROM certificates WHERE request_id = $1 ORDER BY serial";
pub const ALL_CERTIFICATES: &str = "SELECT body FROM certificates ORDER BY serial";

pub const LETTER_NEW: &str =
    "INSERT INTO letters (letter_id, request_id, slot, batch, version, body) VALUES ($1, $2, $3, $4, 1, $5)";
pub const LETTER_PUT: &str =
    "UPDATE letters SET body = $2, version = version + 1 WHERE letter_id = $1 AND version = $3";
pub const LETTERS: &str = "SELECT body, version FROM letters WHERE batch = $1 ORDER BY letter_id";
pub const LETTER: &str = "SELECT body, version FROM letters WHERE letter_id = $1";

pub const OUTGOING_NEW: &str =
    "INSERT INTO outbox (message_id, state, blob, queued, version, body) VALUES ($1, $2, $3, $4, 1, $5)";
pub const OUTGOING_PUT: &str =
    "UPDATE outbox SET state = $2, body = $3, version = version + 1 WHERE message_id = $1 AND version = $4";
pub const OUTGOING: &str = "SELECT body, version FROM outbox WHERE message_id = $1";
pub const OUTBOX: &str = "SELECT body, version FROM outbox ORDER BY queued, message_id";
pub const OUTBOX_OPEN: &str =
    "SELECT body, version FROM outbox WHERE state IN ('queued', 'unknown') ORDER BY queued, message_id";

pub const VERSION: &str = "SELECT version FROM store_version ORDER BY version DESC LIMIT 1";
pub const VERSION_PUT: &str =
    "INSERT INTO store_version (version) VALUES ($1) ON CONFLICT (version) DO NOTHING";

pub const ENTRY_NEW: &str = "INSERT INTO journal (seq, hash, body) VALUES ($1, $2, $3)";
pub const LINKS: &str = "SELECT body, hash FROM journal WHERE seq >= $1 AND seq <= $2 ORDER BY seq";
pub const ENTRY_ABOUT: &str = "INSERT INTO journal_subjects (subject, seq) VALUES ($1, $2)";
pub const ENTRIES_ABOUT: &str = "SELECT seq FROM journal_subjects WHERE subject = $1 ORDER BY seq";
pub const LAST_LINK: &str = "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1";
pub const ENTRY_COUNT: &str = "INSERT INTO journal_counts (request_id, entries) VALUES ($1, 1) \
     ON CONFLICT (request_id) DO UPDATE SET entries = journal_counts.entries + 1";
pub const ENTRIES_OF_REQUEST: &str = "SELECT entries FROM journal_counts WHERE request_id = $1";
pub const CHECKPOINT_NEW: &str = "INSERT INTO checkpoints (seq, note) VALUES ($1, $2) ON CONFLICT (seq) DO UPDATE SET note = excluded.note";
pub const CHECKPOINTS: &str = "SELECT note FROM checkpoints ORDER BY seq";
pub const NEWEST_CHECKPOINT: &str = "SELECT note FROM checkpoints ORDER BY seq DESC LIMIT 1";
pub const CHECKPOINT_OVER: &str = "SELECT note FROM checkpoints WHERE seq >= $1 ORDER BY seq LIMIT 1";

/// Every statement, for the test that prepares them all.
pub const ALL: &[&str] = &[
    SITE_PUT,
    SITE,
    SITES,
    OFFICER_PUT,
    OFFICER,
    OFFICER_OF_CERTIFICATE,
    OFFICER_DER,
    OFFICERS,
    CARD_NEW,
    CARD_PUT,
    CARD,
    CARD_OF_CHIP,
    CARDS,
    CARD_KEY_NEW,
    CASE_NEW,
    CASE_PUT,
    CASE,
    CASES,
    KEY_NEW,
    KEY,
    DOCUMENT_PUT,
    DOCUMENT,
    TOKEN_PUT,
    TOKENED,
    MAIL_NEW,
    MAIL_PUT,
    MAIL,
    MAIL_OF_CONTENT,
    MAILS,
    MAILS_WAITING,
    MAIL_PLACE_PUT,
    MAIL_PLACE,
    UNREAD_PUT,
    UNREAD,
    ALL_UNREAD,
    REPLY_NEW,
    REPLIES_SINCE,
    BLOBS_IN_USE,
    ISSUANCE_NEW,
    ISSUANCE,
    CERTIFICATE_PUT,
    CERTIFICATES,
    ALL_CERTIFICATES,
    LETTER_NEW,
    LETTER_PUT,
    LETTERS,
    LETTER,
    OUTGOING_NEW,
    OUTGOING_PUT,
    OUTGOING,
    OUTBOX,
    OUTBOX_OPEN,
    VERSION,
    VERSION_PUT,
    ENTRY_NEW,
    LINKS,
    ENTRY_ABOUT,
    ENTRIES_ABOUT,
    LAST_LINK,
    ENTRY_COUNT,
    ENTRIES_OF_REQUEST,
    CHECKPOINT_NEW,
    CHECKPOINTS,
    NEWEST_CHECKPOINT,
    CHECKPOINT_OVER,
];

#[cfg(test)]
mod tests {
    use super::super::connection::Connection;
    use super::*;

    fn database() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = Connection::open(&folder.path().join("store.sqlite")).expect("a database");
        (folder, connection)
    }

    #[test]
    fn sqlite_takes_every_statement() {
        let (_folder, mut connection) = database();
        // A second time, as at every start of the program.
        for statement in [VERSION_TABLES, SCHEMA, SCHEMA].concat() {
            connection
                .run(statement, vec![])
                .unwrap_or_else(|e| panic!("{e:?}: {statement}"));
        }
        for statement in ALL {
            connection
                .prepare(statement)
                .unwrap_or_else(|e| panic!("{e:?}: {statement}"));
        }
    }

    #[test]
    fn sqlite_refuses_a_statement_on_a_table_that_is_not_there() {
        let (_folder, mut connection) = database();
        assert!(connection.prepare(SITES).is_err());
    }

    #[test]
    fn no_statement_is_left_out_of_the_list_of_all() {
        let written = include_str!("sql.rs")
            .lines()
            .filter(|line| line.starts_with("pub const") && line.contains(": &str ="));
        assert_eq!(written.count(), ALL.len());
        let distinct: std::collections::BTreeSet<&str> = ALL.iter().copied().collect();
        assert_eq!(distinct.len(), ALL.len());
    }
}
