//! Documents in SQLite.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use store::{Key, Op, Page, Revision, Store, StoreError, Versioned};

use crate::writer::Writer;
use crate::{DirectoryLock, database, disk_error};

/// Revisions come from one counter, so that a key that was deleted and made again never has an
/// old revision again.
const SCHEMA: &str = "
    CREATE TABLE document (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL)
        WITHOUT ROWID, STRICT;
    CREATE TABLE counter (last_revision INTEGER NOT NULL) STRICT;
    INSERT INTO counter VALUES (0);
";

#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
}

impl SqliteStore {
    pub(crate) fn open(file: &Path, lock: Arc<DirectoryLock>) -> Result<Self, StoreError> {
        let writer = Writer::start(database::open(file, &[SCHEMA])?, "store-meta", lock)
            .map_err(|error| disk_error(&error))?;
        Ok(Self { writer })
    }

    pub(crate) fn close(&self) {
        self.writer.close();
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, StoreError> {
        let key = key.clone();
        self.writer
            .run(0, move |connection| read(connection, &key))
            .await
    }

    async fn list(
        &self,
        prefix: &Key,
        after: Option<&Key>,
        limit: NonZeroUsize,
    ) -> Result<Page, StoreError> {
        let (prefix, after) = (prefix.clone(), after.cloned());
        self.writer
            .run(0, move |connection| {
                list(connection, &prefix, after.as_ref(), limit)
            })
            .await
    }

    async fn commit(&self, ops: Vec<Op>) -> Result<Revision, StoreError> {
        ops.iter().try_for_each(Op::check_size)?;
        let bytes = ops.iter().map(size_of_op).sum();
        self.writer
            .run(bytes, move |connection| commit(connection, ops))
            .await
    }
}

fn size_of_op(op: &Op) -> usize {
    match op {
        Op::Put { value, .. } => value.len(),
        Op::Delete { .. } | Op::Check { .. } => 0,
    }
}

fn read(connection: &Connection, key: &Key) -> Result<Option<Versioned>, StoreError> {
    connection
        .prepare_cached("SELECT revision, value FROM document WHERE key = ?")
        .and_then(|mut select| {
            select
                .query_row([key.as_str()], |row| versioned(row.get(0)?, row.get(1)?))
                .optional()
        })
        .map_err(database::error)
}

fn versioned(revision: i64, value: Vec<u8>) -> rusqlite::Result<Versioned> {
    let revision = u64::try_from(revision)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, revision))?;
    Ok(Versioned {
        value: Bytes::from(value),
        revision: Revision(revision),
    })
}

fn list(
    connection: &Connection,
    prefix: &Key,
    after: Option<&Key>,
    limit: NonZeroUsize,
) -> Result<Page, StoreError> {
    // Keys are text in the order of their bytes; no key of ours has the greatest character.
    let end = format!("{prefix}\u{10ffff}");
    let after = after.map_or("", Key::as_str);
    let one_more = i64::try_from(limit.get())
        .unwrap_or(i64::MAX)
        .saturating_add(1);
    let mut select = connection
        .prepare_cached(
            "SELECT key, revision, value FROM document
             WHERE key >= ?1 AND key < ?2 AND key > ?3 ORDER BY key LIMIT ?4",
        )
        .map_err(database::error)?;
    let mut entries = select
        .query_map(params![prefix.as_str(), end, after, one_more], |row| {
            Ok((
                Key::new(row.get::<_, String>(0)?),
                versioned(row.get(1)?, row.get(2)?)?,
            ))
        })
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .map_err(database::error)?;
    let has_more = entries.len() > limit.get();
    entries.truncate(limit.get());
    Ok(Page { entries, has_more })
}

fn commit(connection: &Connection, ops: Vec<Op>) -> Result<Revision, StoreError> {
    for op in &ops {
        let (key, expect) = op.expectation();
        let found = read(connection, key)?.map(|versioned| versioned.revision);
        if !expect.holds(found) {
            return Err(StoreError::Conflict {
                key: key.to_string(),
            });
        }
    }
    let revision: i64 = connection
        .prepare_cached(
            "UPDATE counter SET last_revision = last_revision + 1 RETURNING last_revision",
        )
        .and_then(|mut update| update.query_row([], |row| row.get(0)))
        .map_err(database::error)?;
    for op in ops {
        apply(connection, op, revision).map_err(database::error)?;
    }
    Ok(Revision(revision.unsigned_abs()))
}

fn apply(connection: &Connection, op: Op, revision: i64) -> rusqlite::Result<()> {
    match op {
        Op::Put { key, value, .. } => {
            connection
                .prepare_cached(
                    "INSERT INTO document VALUES (?1, ?2, ?3)
                     ON CONFLICT (key) DO UPDATE SET revision = ?2, value = ?3",
                )?
                .execute(params![key.as_str(), revision, &value[..]])?;
        }
        Op::Delete { key, .. } => {
            connection
                .prepare_cached("DELETE FROM document WHERE key = ?")?
                .execute([key.as_str()])?;
        }
        Op::Check { .. } => {}
    }
    Ok(())
}
