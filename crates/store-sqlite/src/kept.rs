//! The table of records that outlive their events, and the files of large ones.
//!
//! What they take of the disk is counted in the same transactions that change it.

use std::path::Path;

use domain::time::Moment;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use store::{KEPT_PART_BYTES_MAX, Kept, KeptId, Part, QueueName, Scope, StoreError};

use crate::database;
use crate::disk_error;
use crate::files::{Bodies, Body};
use crate::rows::{as_limit, from_millis, invalid, millis};

/// Records past their time that one kept record removes.
const ENDED_REMOVED_MAX: u32 = 100;

/// Keeps a record, and returns which others are gone whose values were files.
pub(crate) fn keep(
    connection: &Connection,
    files: &mut Bodies<'_>,
    kept: &Kept,
    now: Moment,
) -> Result<Vec<KeptId>, StoreError> {
    let before = forget(connection, &kept.key).map_err(database::error)?;
    let mut gone = Vec::from_iter(before);
    insert(connection, files, kept)?;
    let ended = "DELETE FROM kept WHERE id IN (SELECT id FROM kept WHERE until <= ? LIMIT ?) \
                 RETURNING id, size, file_digest IS NOT NULL";
    let ended = remove(connection, ended, params![millis(now), ENDED_REMOVED_MAX]);
    gone.extend(ended.map_err(database::error)?);
    Ok(gone)
}

/// Removes the oldest records until the others take no more than this, and returns which of those
/// were files.
pub(crate) fn remove_oldest(
    connection: &Connection,
    bytes_max: u64,
) -> rusqlite::Result<Vec<KeptId>> {
    let mut gone = Vec::new();
    while total(connection)? > bytes_max {
        let oldest = connection
            .prepare_cached("SELECT key FROM kept ORDER BY id LIMIT 1")?
            .query_row([], |row| row.get::<_, String>(0))
            .optional()?;
        let Some(key) = oldest else {
            break;
        };
        gone.extend(forget(connection, &key)?);
    }
    Ok(gone)
}

fn insert(connection: &Connection, files: &mut Bodies<'_>, kept: &Kept) -> Result<(), StoreError> {
    // The number is known before the row is, because a file is named after it.
    let id: i64 = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'kept'")
        .and_then(|mut select| select.query_row([], |row| row.get(0)))
        .map_err(database::error)?;
    let file = files.of_kept(KeptId(id.unsigned_abs()));
    let value = files.write(&file, &kept.value);
    let value = value.map_err(|error| disk_error(&error))?;
    let size = as_limit(kept.value.len());
    connection
        .prepare_cached(
            "INSERT INTO kept (id, key, queue, until, size, bytes, file_digest)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .and_then(|mut insert| {
            insert.execute(params![
                id,
                kept.key,
                kept.queue.as_str(),
                millis(kept.until),
                size,
                value.bytes,
                value.file_digest
            ])
        })
        .map_err(database::error)?;
    count(connection, size).map_err(database::error)
}

/// Removes a record, and returns it if its value was a file.
pub(crate) fn forget(connection: &Connection, key: &str) -> rusqlite::Result<Option<KeptId>> {
    let delete = "DELETE FROM kept WHERE key = ? RETURNING id, size, file_digest IS NOT NULL";
    Ok(remove(connection, delete, params![key])?.pop())
}

/// Removes rows, and returns those whose values were files.
fn remove(
    connection: &Connection,
    delete: &str,
    params: &[&dyn ToSql],
) -> rusqlite::Result<Vec<KeptId>> {
    let mut delete = connection.prepare_cached(delete)?;
    let rows = delete.query_map(params, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows: Vec<(i64, i64, bool)> = rows.collect::<rusqlite::Result<_>>()?;
    let size: i64 = rows.iter().map(|(_, size, _)| size).sum();
    if !rows.is_empty() {
        count(connection, -size)?;
    }
    let files = rows.into_iter().filter(|(_, _, is_file)| *is_file);
    Ok(files.map(|(id, _, _)| KeptId(id.unsigned_abs())).collect())
}

fn count(connection: &Connection, size: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE kept_total SET bytes = bytes + ?")?
        .execute([size])
        .map(drop)
}

fn total(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT bytes FROM kept_total")?
        .query_row([], |row| row.get(0))
        .map(|bytes: i64| bytes.unsigned_abs())
}

pub(crate) fn with_prefix(
    connection: &Connection,
    bodies: &Path,
    prefix: &str,
    limit: usize,
    now: Moment,
) -> Result<Vec<Kept>, StoreError> {
    // Keys are text in the order of their bytes; no key of ours has the greatest character.
    let end = format!("{prefix}\u{10ffff}");
    let mut select = connection
        .prepare_cached(
            "SELECT id, key, queue, until, bytes, file_digest FROM kept
             WHERE key >= ? AND key < ? AND until > ? ORDER BY key LIMIT ?",
        )
        .map_err(database::error)?;
    let mut rows = select
        .query(params![prefix, end, millis(now), as_limit(limit)])
        .map_err(database::error)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next().map_err(database::error)? {
        records.push(read(row, bodies)?.1);
    }
    Ok(records)
}

/// Which part of a listing.
pub(crate) struct Lasting {
    pub(crate) after: Option<KeptId>,
    pub(crate) limit: usize,
    pub(crate) now: Moment,
}

pub(crate) fn list(
    connection: &Connection,
    bodies: &Path,
    scope: &Scope,
    lasting: &Lasting,
) -> Result<Part<(KeptId, Kept)>, StoreError> {
    // The plus keeps a family's listing in the order of the table.
    let (of_scope, from, to) = match scope {
        Scope::Queue(queue) => {
            let name = queue.to_string();
            (
                "queue >= ?1 AND queue <= ?2 AND queue = ?1",
                name.clone(),
                name,
            )
        }
        Scope::Family(family) => {
            let (from, to) = (format!("{family}/"), format!("{family}0"));
            ("+queue >= ?1 AND +queue < ?2", from, to)
        }
    };
    let mut select = connection
        .prepare_cached(&format!(
            "SELECT id, key, queue, until, bytes, file_digest FROM kept
             WHERE {of_scope} AND id > ?3 AND until > ?4 ORDER BY id"
        ))
        .map_err(database::error)?;
    let after = lasting.after.map_or(-1, number);
    let mut rows = select
        .query(params![from, to, after, millis(lasting.now)])
        .map_err(database::error)?;
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next().map_err(database::error)? {
        if entries.len() == lasting.limit || bytes > KEPT_PART_BYTES_MAX {
            return Ok(Part {
                entries,
                has_more: true,
            });
        }
        let (id, kept) = read(row, bodies)?;
        bytes += kept.value.len();
        entries.push((id, kept));
    }
    Ok(Part {
        entries,
        has_more: false,
    })
}

fn number(id: KeptId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn read(row: &Row<'_>, bodies: &Path) -> Result<(KeptId, Kept), StoreError> {
    let read = || {
        let queue: String = row.get(2)?;
        let queue = QueueName::parse(&queue).ok_or_else(|| invalid(2, &queue))?;
        let value = Body {
            bytes: row.get(4)?,
            file_digest: row.get(5)?,
        };
        let until = row.get(3).map(from_millis)?;
        let id: i64 = row.get(0)?;
        Ok((KeptId(id.unsigned_abs()), row.get(1)?, queue, until, value))
    };
    let (id, key, queue, until, value) = read().map_err(database::error)?;
    let value = value.read(&Bodies::new(bodies).of_kept(id))?;
    let kept = Kept {
        key,
        queue,
        value,
        until,
    };
    Ok((id, kept))
}
