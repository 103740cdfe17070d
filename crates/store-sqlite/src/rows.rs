//! The tables of events, and the files of large bodies beside them.
//!
//! A large body is written and flushed under its event's number before its row is committed, so a
//! row never names a file that is not there; a file without a row is removed at the next start.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::time::Moment;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use store::{
    Appended, AtExpiry, Change, Content, DEDUP_WINDOW, EventId, Header, LeaseRecord, NameHash,
    NewEvent, QueueName, ReleaseRecord, StoreError,
};

use crate::files::{Bodies, Body};
use crate::{database, disk_error, kept};

/// Headers are apart from bodies, so that the scan at start reads little. A body is either in its
/// row, or in a file that has the digest in the row.
const VERSION_1: &str = "
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

/// Version 1 had only events of functions, under the bare names of these.
const VERSION_2: &str = "
    ALTER TABLE event ADD COLUMN key TEXT;
    ALTER TABLE event ADD COLUMN at_expiry INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE event ADD COLUMN leases INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE event ADD COLUMN first_claimed INTEGER;
    ALTER TABLE event ADD COLUMN lease_until INTEGER;
    ALTER TABLE event ADD COLUMN event_group TEXT;
    UPDATE event SET queue = 'lambda/' || queue, leases = attempts;
    CREATE TABLE progress (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE dedup (
        queue TEXT NOT NULL,
        name TEXT NOT NULL,
        event INTEGER NOT NULL,
        until INTEGER NOT NULL,
        PRIMARY KEY (queue, name)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX dedup_until ON dedup (until);
    CREATE TABLE kept (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        queue TEXT NOT NULL,
        until INTEGER NOT NULL,
        size INTEGER NOT NULL,
        bytes BLOB,
        file_digest TEXT,
        CHECK ((bytes IS NULL) <> (file_digest IS NULL))
    ) STRICT;
    CREATE INDEX kept_queue ON kept (queue, id);
    CREATE INDEX kept_until ON kept (until);
    CREATE TABLE kept_total (bytes INTEGER NOT NULL) STRICT;
    INSERT INTO kept_total VALUES (0);
";

/// What makes each version of the tables of the one before it.
pub(crate) const VERSIONS: [&str; 2] = [VERSION_1, VERSION_2];

/// Larger bodies are files, which keeps the log of the database short.
pub(crate) const INLINE_BYTES_MAX: usize = 64 << 10;

/// Expired names of duplicates that one accepted event removes.
const DEDUP_REMOVED_MAX: u32 = 100;

const HAND_OVER: i64 = 0;
const REMOVE: i64 = 1;

/// What a change has made, when it is committed.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) appended: Vec<Appended>,
    /// Files that no row names any more.
    pub(crate) unneeded: Vec<PathBuf>,
}

/// Does a change within the transaction of its group.
pub(crate) fn apply(
    connection: &Connection,
    bodies: &Path,
    change: Change,
) -> Result<Applied, StoreError> {
    let mut files = Bodies::new(bodies);
    let mut applied = Applied::default();
    for event in change.remove {
        if remove(connection, event).map_err(database::error)? {
            applied.unneeded.push(files.of_event(event));
        }
    }
    for record in &change.lease {
        lease(connection, record).map_err(database::error)?;
    }
    if let Some(record) = &change.release {
        release(connection, record).map_err(database::error)?;
    }
    for event in change.append {
        let appended = append(connection, &mut files, &event, change.now)?;
        applied.appended.push(appended);
    }
    let mut removed = Vec::new();
    let keeps = !change.keep.is_empty();
    for record in change.keep {
        removed.extend(kept::keep(connection, &mut files, &record, change.now)?);
    }
    if keeps {
        let oldest = kept::remove_oldest(connection, change.kept_bytes_max);
        removed.extend(oldest.map_err(database::error)?);
    }
    if let Some(key) = &change.forget {
        removed.extend(kept::forget(connection, key).map_err(database::error)?);
    }
    let unneeded = removed.into_iter().map(|id| files.of_kept(id));
    applied.unneeded.extend(unneeded);
    files.flush().map_err(|error| disk_error(&error))?;
    Ok(applied)
}

fn append(
    connection: &Connection,
    files: &mut Bodies<'_>,
    event: &NewEvent,
    now: Moment,
) -> Result<Appended, StoreError> {
    if let Some(first) = duplicate_of(connection, event, now).map_err(database::error)? {
        return Ok(Appended::Duplicate(first));
    }
    let header = Header::of(event, now);
    let insert = "INSERT INTO event (queue, enqueued, due, expires, attempts, key, at_expiry, \
                  event_group) VALUES (?, ?, ?, ?, 0, ?, ?, ?)";
    connection
        .prepare_cached(insert)
        .and_then(|mut insert| {
            insert.execute(params![
                header.queue.as_str(),
                millis(now),
                millis(header.due),
                millis(header.expires),
                event.key,
                match header.at_expiry {
                    AtExpiry::HandOver => HAND_OVER,
                    AtExpiry::Remove => REMOVE,
                },
                event.group,
            ])
        })
        .map_err(database::error)?;
    let id = EventId(connection.last_insert_rowid().unsigned_abs());
    let body = files.write(&files.of_event(id), &event.body);
    let body = body.map_err(|error| disk_error(&error))?;
    connection
        .prepare_cached("INSERT INTO body (id, bytes, file_digest) VALUES (?, ?, ?)")
        .and_then(|mut insert| insert.execute(params![number(id), body.bytes, body.file_digest]))
        .map_err(database::error)?;
    if let Some(name) = &event.dedup {
        remember(connection, &header, name, id).map_err(database::error)?;
    }
    Ok(Appended::Kept(id, header))
}

fn duplicate_of(
    connection: &Connection,
    event: &NewEvent,
    now: Moment,
) -> rusqlite::Result<Option<EventId>> {
    let Some(name) = &event.dedup else {
        return Ok(None);
    };
    let select = "SELECT event FROM dedup WHERE queue = ? AND name = ? AND until > ?";
    let mut select = connection.prepare_cached(select)?;
    let first = select.query_row(params![event.queue.as_str(), name, millis(now)], |row| {
        row.get::<_, i64>(0)
    });
    Ok(first.optional()?.map(event_id))
}

fn remember(
    connection: &Connection,
    header: &Header,
    name: &str,
    event: EventId,
) -> rusqlite::Result<()> {
    let now = millis(header.enqueued);
    connection
        .prepare_cached(
            "DELETE FROM dedup WHERE (queue, name) IN
                (SELECT queue, name FROM dedup WHERE until <= ? LIMIT ?)",
        )?
        .execute(params![now, DEDUP_REMOVED_MAX])?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO dedup VALUES (?, ?, ?, ?)")?
        .execute(params![
            header.queue.as_str(),
            name,
            number(event),
            millis(header.enqueued + DEDUP_WINDOW)
        ])
        .map(drop)
}

/// Removes an event, and returns whether its body was a file.
fn remove(connection: &Connection, event: EventId) -> rusqlite::Result<bool> {
    let id = number(event);
    connection
        .prepare_cached("DELETE FROM event WHERE id = ?")?
        .execute([id])?;
    connection
        .prepare_cached("DELETE FROM progress WHERE id = ?")?
        .execute([id])?;
    connection
        .prepare_cached("DELETE FROM body WHERE id = ? RETURNING file_digest IS NOT NULL")?
        .query_row([id], |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}

fn lease(connection: &Connection, record: &LeaseRecord) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE event SET leases = ?2, attempts = ?3, lease_until = ?4,
                first_claimed = coalesce(first_claimed, ?5)
             WHERE id = ?1 AND leases <= ?2",
        )?
        .execute(params![
            number(record.event),
            record.number,
            record.attempts,
            record.until.map(millis),
            millis(record.first_claimed),
        ])
        .map(drop)
}

fn release(connection: &Connection, record: &ReleaseRecord) -> rusqlite::Result<()> {
    let id = number(record.event);
    connection
        .prepare_cached(
            "UPDATE event SET due = ?2, attempts = ?3, leases = ?4, lease_until = NULL
             WHERE id = ?1",
        )?
        .execute(params![
            id,
            millis(record.due),
            record.attempts,
            record.number
        ])?;
    if let Some(progress) = &record.progress {
        connection
            .prepare_cached("INSERT OR REPLACE INTO progress VALUES (?, ?)")?
            .execute(params![id, &progress[..]])?;
    }
    Ok(())
}

/// What an event carries, checked if it is a file.
pub(crate) fn content(
    connection: &Connection,
    bodies: &Path,
    event: EventId,
) -> Result<Content, StoreError> {
    let read = |row: &Row<'_>| {
        let body = Body {
            bytes: row.get(0)?,
            file_digest: row.get(1)?,
        };
        let progress: Option<Vec<u8>> = row.get(2)?;
        Ok((body, progress, row.get(3)?, row.get(4)?))
    };
    let row = connection
        .prepare_cached(
            "SELECT body.bytes, file_digest, progress.bytes, key, event_group
             FROM event JOIN body USING (id) LEFT JOIN progress USING (id) WHERE id = ?",
        )
        .and_then(|mut select| select.query_row([number(event)], read).optional())
        .map_err(database::error)?;
    let Some((body, progress, key, group)) = row else {
        let why = format!("event {} has no body", event.0);
        return Err(StoreError::Corrupt(why));
    };
    Ok(Content {
        key,
        group,
        body: body.read(&Bodies::new(bodies).of_event(event))?,
        progress: progress.map(Bytes::from).unwrap_or_default(),
    })
}

pub(crate) fn keys(
    connection: &Connection,
    events: &[EventId],
) -> Result<Vec<Option<String>>, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT key FROM event WHERE id = ?")
        .map_err(database::error)?;
    let key = |event: &EventId| {
        select
            .query_row([number(*event)], |row| row.get(0))
            .optional()
    };
    let keys = events.iter().map(key);
    let keys: rusqlite::Result<Vec<Option<Option<String>>>> = keys.collect();
    let keys = keys.map_err(database::error)?;
    Ok(keys.into_iter().map(Option::flatten).collect())
}

pub(crate) fn last(connection: &Connection) -> rusqlite::Result<Option<EventId>> {
    let last: Option<i64> =
        connection.query_row("SELECT max(id) FROM event", [], |row| row.get(0))?;
    Ok(last.map(event_id))
}

pub(crate) fn headers(
    connection: &Connection,
    after: Option<EventId>,
    limit: usize,
) -> Result<Vec<(EventId, Header)>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT id, queue, enqueued, due, expires, attempts, at_expiry, leases, first_claimed,
                lease_until, key, event_group
             FROM event WHERE id > ? ORDER BY id LIMIT ?",
        )
        .map_err(database::error)?;
    let after = after.map_or(-1, number);
    let mut rows = select
        .query(params![after, as_limit(limit)])
        .map_err(database::error)?;
    let mut headers: Vec<(EventId, Header)> = Vec::with_capacity(limit);
    while let Some(row) = rows.next().map_err(database::error)? {
        // Neighbours are often of one queue, whose name they then share.
        let before = headers.last().map(|(_, header)| &header.queue);
        let header = header(row, before).map_err(database::error)?;
        headers.push(header);
    }
    Ok(headers)
}

fn header(row: &Row<'_>, before: Option<&QueueName>) -> rusqlite::Result<(EventId, Header)> {
    let moment = |index| row.get(index).map(from_millis);
    let maybe = |index| row.get(index).map(|at: Option<i64>| at.map(from_millis));
    let name = row.get_ref(1)?.as_str()?;
    let queue = match before {
        Some(before) if before.as_str() == name => before.clone(),
        Some(_) | None => QueueName::parse(name).ok_or_else(|| invalid(1, name))?,
    };
    let hash = |index| {
        let name = row.get_ref(index)?.as_str_or_null()?;
        Ok::<_, rusqlite::Error>(name.map(NameHash::of))
    };
    let header = Header {
        queue,
        enqueued: moment(2)?,
        due: moment(3)?,
        expires: moment(4)?,
        attempts: row.get(5)?,
        at_expiry: match row.get(6)? {
            HAND_OVER => AtExpiry::HandOver,
            REMOVE => AtExpiry::Remove,
            other => return Err(rusqlite::Error::IntegralValueOutOfRange(6, other)),
        },
        leases: row.get(7)?,
        first_claimed: maybe(8)?,
        lease_until: maybe(9)?,
        key: hash(10)?,
        group: hash(11)?,
    };
    Ok((event_id(row.get(0)?), header))
}

pub(crate) fn invalid(column: usize, text: &str) -> rusqlite::Error {
    let why = format!("`{text}` is not the name of a queue");
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why.into())
}

/// Removes files of bodies whose rows were never committed, or are gone.
pub(crate) fn remove_orphans(connection: &Connection, bodies: &Path) -> Result<(), StoreError> {
    let unreadable = |error: io::Error| disk_error(&error);
    let select = |table| {
        connection.prepare(&format!(
            "SELECT 1 FROM {table} WHERE id = ? AND file_digest IS NOT NULL"
        ))
    };
    let mut events = select("body").map_err(database::error)?;
    let mut records = select("kept").map_err(database::error)?;
    for entry in fs::read_dir(bodies).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let is_known = match Bodies::owner(&entry.file_name()) {
            Some((id, true)) => records.exists([id]).map_err(database::error)?,
            Some((id, false)) => events.exists([id]).map_err(database::error)?,
            None => false,
        };
        if !is_known {
            fs::remove_file(entry.path()).map_err(unreadable)?;
        }
    }
    Ok(())
}

/// SQLite's integers are signed; ours come nowhere near their end.
fn number(event: EventId) -> i64 {
    i64::try_from(event.0).unwrap_or(i64::MAX)
}

fn event_id(number: i64) -> EventId {
    EventId(number.unsigned_abs())
}

pub(crate) fn millis(moment: Moment) -> i64 {
    i64::try_from(moment.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn from_millis(millis: i64) -> Moment {
    Moment::from_millis(millis.unsigned_abs())
}

pub(crate) fn as_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
