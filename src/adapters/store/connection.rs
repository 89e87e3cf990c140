//! One connection to SQLite, used synchronously: statements in, values out.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Column, Connection as _, Row as _, TypeInfo, ValueRef};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long a writer waits for another one before it gives up.
const BUSY: Duration = Duration::from_secs(10);

/// A value of the store: text or a number.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// What a statement did not do.
#[derive(Debug)]
pub enum SqlError {
    /// A uniqueness rule stands against it.
    Unique,
    Other(String),
}

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> SqlError {
        match error.as_database_error() {
            Some(e) if e.is_unique_violation() => SqlError::Unique,
            _ => SqlError::Other(error.to_string()),
        }
    }
}

/// An open database with the runtime that drives it.
pub struct Connection {
    runtime: Runtime,
    sqlite: SqliteConnection,
}

impl Connection {
    /// Opens the file and makes it when it is not there: write-ahead log, every commit synced to the disk, foreign keys on.
    pub fn open(path: &Path) -> Result<Connection, SqlError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| SqlError::Other(e.to_string()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .foreign_keys(true);
        let sqlite = runtime.block_on(SqliteConnection::connect_with(&options))?;
        Ok(Connection { runtime, sqlite })
    }

    /// Runs a statement; returns how many rows it changed.
    pub fn run(&mut self, sql: &'static str, values: Vec<Value>) -> Result<u64, SqlError> {
        let query = bind(sqlx::query(sql), values);
        Ok(self
            .runtime
            .block_on(query.execute(&mut self.sqlite))?
            .rows_affected())
    }

    /// The rows of a query.
    pub fn rows(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Vec<Value>>, SqlError> {
        let query = bind(sqlx::query(sql), values);
        let rows = self.runtime.block_on(query.fetch_all(&mut self.sqlite))?;
        rows.iter()
            .map(|row| {
                (0..row.columns().len())
                    .map(|i| {
                        let raw = row.try_get_raw(i)?;
                        Ok(if raw.is_null() {
                            Value::Null
                        } else if raw.type_info().name() == "INTEGER"
                            || row.column(i).type_info().name() == "BIGINT"
                        {
                            Value::Number(row.try_get(i)?)
                        } else {
                            Value::Text(row.try_get(i)?)
                        })
                    })
                    .collect()
            })
            .collect()
    }

    /// Has the database check a statement without running it.
    #[cfg(test)]
    pub fn prepare(&mut self, sql: &'static str) -> Result<(), SqlError> {
        use sqlx::{Executor as _, SqlSafeStr as _};
        self.runtime.block_on(self.sqlite.prepare(sql.into_sql_str()))?;
        Ok(())
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

fn bind<'q>(query: Query<'q>, values: Vec<Value>) -> Query<'q> {
    values.into_iter().fold(query, |q, value| match value {
        Value::Null => q.bind(None::<String>),
        Value::Text(text) => q.bind(text),
        Value::Number(number) => q.bind(number),
    })
}
