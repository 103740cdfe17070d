//! One SQLite file, opened as every file of ours is.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use store::StoreError;

/// Versions before this one could damage a write-ahead log that two connections checkpoint.
///
/// docs: the release notes of SQLite 3.51.3.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Pages of the log after which the writer copies it into the file.
const CHECKPOINT_PAGES: u32 = 4_000;

/// Memory for pages of a file, at most.
const CACHE_KIB: u32 = 64 << 10;

/// More statements than any part of the engine has, so that none is ever parsed twice.
const STATEMENTS_MAX: usize = 64;

/// Nobody else writes, so a lock that lasts this long is somebody's tool.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a file for writing. `versions` make each version of its tables of the one before.
pub(crate) fn open(file: &Path, versions: &[&str]) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        let version = rusqlite::version();
        return Err(StoreError::Unavailable(format!(
            "SQLite {version} is older than 3.51.3"
        )));
    }
    make_private(file)?;
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(error)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let settings = format!(
        "PRAGMA page_size = 8192;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
         PRAGMA cache_size = -{CACHE_KIB};"
    );
    connection.execute_batch(&settings).map_err(error)?;
    let mode: String = connection
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .map_err(error)?;
    if mode != "wal" {
        return Err(StoreError::Unavailable(format!(
            "its file system cannot have a write-ahead log (SQLite offers `{mode}`): use a local disk"
        )));
    }
    migrate(&connection, versions)?;
    Ok(connection)
}

/// Opens a second connection that only reads.
pub(crate) fn open_reader(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(error)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

/// SQLite gives its log the mode of the database, so the database must be private from its birth.
fn make_private(file: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
        .map(drop)
        .map_err(|error| crate::disk_error(&error))
}

fn migrate(connection: &Connection, versions: &[&str]) -> Result<(), StoreError> {
    let found: u16 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(error)?;
    let known = versions.len();
    let missing = versions.get(usize::from(found)..).ok_or_else(|| {
        StoreError::Corrupt(format!(
            "its tables have version {found}, made by a newer server; this one knows version {known}"
        ))
    })?;
    if missing.is_empty() {
        return Ok(());
    }
    let changes = missing.concat();
    connection
        .execute_batch(&format!(
            "BEGIN; {changes} PRAGMA user_version = {known}; COMMIT;"
        ))
        .map_err(error)
}

/// What a failure of SQLite means to a caller.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the form that `map_err` wants"
)]
pub(crate) fn error(error: rusqlite::Error) -> StoreError {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    if let FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) =
        error
    {
        return StoreError::Corrupt(error.to_string());
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::DiskFull,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Corrupt(error.to_string())
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}
