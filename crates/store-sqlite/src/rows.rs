//! The tables of events, and the files of large bodies beside them.
//!
//! A large body is written and flushed under its event's number before its row is committed, so a
//! row never names a file that is not there; a file without a row is removed at the next start.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::time::Moment;
use rusqlite::{Connection, OptionalExtension as _, params};
use store::{BlobRef, EventId, Header, NewEvent, Released, StoreError};

use crate::files::write_durably;
use crate::{database, disk_error, sync_directory};

/// Headers are apart from bodies, so that the scan at start reads little. A body is either in its
/// row, or in a file that has the digest in the row.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE event (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        enqueued INTEGER NOT NULL,
        due INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        attempts INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE body (
        id INTEGER PRIMARY KEY,
        bytes BLOB,
        file_digest TEXT,
        CHECK ((bytes IS NULL) <> (file_digest IS NULL))
    ) STRICT;
";

/// Larger bodies are files, which keeps the log of the database short.
pub(crate) const INLINE_BYTES_MAX: usize = 64 << 10;

/// The file that a large body is in.
pub(crate) fn body_file(bodies: &Path, event: EventId) -> PathBuf {
    bodies.join(event.0.to_string())
}

pub(crate) fn headers(connection: &Connection) -> rusqlite::Result<Vec<(EventId, Header)>> {
    let mut select = connection
        .prepare("SELECT id, queue, enqueued, due, expires, attempts FROM event ORDER BY id")?;
    let rows = select.query_map([], |row| {
        let moment = |index| {
            row.get(index)
                .map(|millis: i64| Moment::from_millis(millis.unsigned_abs()))
        };
        let header = Header {
            queue: row.get(1)?,
            enqueued: moment(2)?,
            due: moment(3)?,
            expires: moment(4)?,
            attempts: row.get(5)?,
        };
        Ok((EventId(row.get::<_, i64>(0)?.unsigned_abs()), header))
    })?;
    rows.collect()
}

pub(crate) fn insert_all(
    connection: &Connection,
    bodies: &Path,
    batch: Vec<NewEvent>,
    enqueued: Moment,
) -> Result<Vec<(EventId, Header)>, StoreError> {
    let mut rows = Vec::with_capacity(batch.len());
    let mut has_files = false;
    for event in batch {
        let header = Header {
            queue: event.queue,
            enqueued,
            due: event.due,
            expires: event.expires,
            attempts: 0,
        };
        let event_id = insert_header(connection, &header).map_err(database::error)?;
        let is_inline = event.body.len() <= INLINE_BYTES_MAX;
        if !is_inline {
            let file = body_file(bodies, event_id);
            write_durably(&file, &event.body).map_err(|error| disk_error(&error))?;
            has_files = true;
        }
        insert_body(connection, event_id, &event.body, is_inline).map_err(database::error)?;
        rows.push((event_id, header));
    }
    if has_files {
        sync_directory(bodies).map_err(|error| disk_error(&error))?;
    }
    Ok(rows)
}

fn insert_header(connection: &Connection, header: &Header) -> rusqlite::Result<EventId> {
    let Header {
        queue,
        enqueued,
        due,
        expires,
        attempts,
    } = header;
    connection
        .prepare_cached(
            "INSERT INTO event (queue, enqueued, due, expires, attempts) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            queue,
            millis(*enqueued),
            millis(*due),
            millis(*expires),
            attempts
        ])?;
    Ok(EventId(connection.last_insert_rowid().unsigned_abs()))
}

fn insert_body(
    connection: &Connection,
    event: EventId,
    body: &[u8],
    is_inline: bool,
) -> rusqlite::Result<()> {
    let bytes = is_inline.then_some(body);
    let digest = (!is_inline).then(|| BlobRef::of(body).to_string());
    connection
        .prepare_cached("INSERT INTO body (id, bytes, file_digest) VALUES (?, ?, ?)")?
        .execute(params![id(event), bytes, digest])
        .map(drop)
}

/// The body of an event, checked if it is a file.
pub(crate) fn body(
    connection: &Connection,
    bodies: &Path,
    event: EventId,
) -> Result<Bytes, StoreError> {
    let row: Option<(Option<Vec<u8>>, Option<String>)> = connection
        .prepare_cached("SELECT bytes, file_digest FROM body WHERE id = ?")
        .and_then(|mut select| {
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            select.query_row([id(event)], read).optional()
        })
        .map_err(database::error)?;
    match row {
        Some((Some(bytes), _)) => Ok(Bytes::from(bytes)),
        Some((None, Some(digest))) => read_body_file(&body_file(bodies, event), &digest),
        Some((None, None)) | None => {
            let why = format!("event {} has no body", event.0);
            Err(StoreError::Corrupt(why))
        }
    }
}

fn read_body_file(file: &Path, digest: &str) -> Result<Bytes, StoreError> {
    let corrupt = |why: &str| StoreError::Corrupt(format!("{} {why}", file.display()));
    match fs::read(file) {
        Ok(bytes) if BlobRef::of(&bytes).to_string() == digest => Ok(Bytes::from(bytes)),
        Ok(_) => Err(corrupt("does not have the bytes that were written")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(corrupt("is missing")),
        Err(error) => Err(disk_error(&error)),
    }
}

pub(crate) fn delete_all(connection: &Connection, events: &[EventId]) -> Result<(), StoreError> {
    let delete = |sql, event| connection.prepare_cached(sql)?.execute([id(event)]);
    for event in events {
        delete("DELETE FROM event WHERE id = ?", *event)
            .and_then(|_| delete("DELETE FROM body WHERE id = ?", *event))
            .map_err(database::error)?;
    }
    Ok(())
}

/// Removes the files of events whose rows are gone.
pub(crate) fn remove_files(bodies: &Path, events: &[EventId]) {
    for event in events {
        // Most bodies are no files; one that stays is removed at the next start.
        let _absent = fs::remove_file(body_file(bodies, *event));
    }
}

pub(crate) fn release(
    connection: &Connection,
    event: EventId,
    released: Released,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE event SET due = ?2, attempts = ?3 WHERE id = ?1")
        .and_then(|mut update| {
            update.execute(params![id(event), millis(released.due), released.attempts])
        })
        .map(drop)
        .map_err(database::error)
}

pub(crate) fn note_attempts(
    connection: &Connection,
    attempts: &[(EventId, u32)],
) -> Result<(), StoreError> {
    let mut update = connection
        .prepare_cached("UPDATE event SET attempts = ?2 WHERE id = ?1")
        .map_err(database::error)?;
    for (event, attempts) in attempts {
        update
            .execute(params![id(*event), attempts])
            .map_err(database::error)?;
    }
    Ok(())
}

/// Removes files of bodies whose rows were never committed, or are gone.
pub(crate) fn remove_orphans(connection: &Connection, bodies: &Path) -> Result<(), StoreError> {
    let unreadable = |error: io::Error| disk_error(&error);
    let mut known = connection
        .prepare("SELECT 1 FROM event WHERE id = ?")
        .map_err(database::error)?;
    for entry in fs::read_dir(bodies).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i64>().ok());
        let is_known = match number {
            Some(number) => known.exists([number]).map_err(database::error)?,
            None => false,
        };
        if !is_known {
            fs::remove_file(entry.path()).map_err(unreadable)?;
        }
    }
    Ok(())
}

/// SQLite's integers are signed; ours come nowhere near their end.
fn id(event: EventId) -> i64 {
    i64::try_from(event.0).unwrap_or(i64::MAX)
}

fn millis(moment: Moment) -> i64 {
    i64::try_from(moment.as_millis()).unwrap_or(i64::MAX)
}
