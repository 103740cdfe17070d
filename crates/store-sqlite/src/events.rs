//! Events in SQLite: rows and bodies on disk, the schedule in memory.
//!
//! A claim costs no write: the schedule leases the event, and the count of attempts rides in the
//! next commit. Accepting and settling are commits.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::{Clock, Moment};
use rusqlite::{Connection, params};
use store::{
    Bell, Claimed, Depth, EventId, EventQueue, Header, NewEvent, QueueError, Receipt, Schedule,
    StoreError,
};

use crate::database;
use crate::files::{on_a_blocking_thread, write_durably};
use crate::sync_directory;
use crate::writer::Writer;

/// Headers are apart from bodies, so that the scan at start reads little.
const SCHEMA: &str = "
    CREATE TABLE event (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        enqueued INTEGER NOT NULL,
        due INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        attempts INTEGER NOT NULL
    );
    CREATE TABLE body (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
";

/// Larger bodies are files, which keeps the log of the database short.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// No event of any kind is larger.
const BODY_BYTES_MAX: usize = 16 << 20;

#[derive(Debug)]
pub struct SqliteQueue {
    writer: Writer,
    /// Reads bodies, beside the writer.
    reader: Arc<Mutex<Connection>>,
    shared: Arc<Shared>,
}

/// What callers and the writer's thread both touch.
#[derive(Debug)]
struct Shared {
    schedule: Mutex<Schedule>,
    bell: Bell,
    clock: Arc<dyn Clock>,
    bodies: PathBuf,
}

impl Shared {
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        // Every change under the lock is complete before anything could panic.
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn body_file(&self, event: EventId) -> PathBuf {
        self.bodies.join(event.0.to_string())
    }
}

impl SqliteQueue {
    pub(crate) fn open(
        file: &Path,
        bodies: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let connection = database::open(file, SCHEMA)?;
        let mut schedule = Schedule::default();
        for (event, header) in headers(&connection).map_err(database::error)? {
            schedule.insert(event, header);
        }
        let shared = Arc::new(Shared {
            schedule: Mutex::new(schedule),
            bell: Bell::new(Arc::clone(&clock)),
            clock,
            bodies: bodies.to_owned(),
        });
        remove_orphans(&connection, bodies)?;
        let reader = Arc::new(Mutex::new(database::open_reader(file)?));
        let writer = Writer::start(connection, "store-queue")?;
        Ok(Self {
            writer,
            reader,
            shared,
        })
    }

    pub(crate) fn close(&self) {
        self.writer.close();
    }

    /// Removes the rows of events, and then the files of their bodies.
    async fn remove(&self, events: Vec<EventId>) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        self.writer
            .run_then(
                0,
                move |connection| {
                    for event in &events {
                        delete(connection, *event).map_err(database::error)?;
                    }
                    Ok(events)
                },
                move |events| {
                    for event in events {
                        // Most bodies are no files; one that stays is removed at the next start.
                        let _absent = fs::remove_file(shared.body_file(event));
                    }
                },
            )
            .await
    }

    async fn body(&self, event: EventId) -> Result<Bytes, StoreError> {
        let (reader, file) = (Arc::clone(&self.reader), self.shared.body_file(event));
        let read = on_a_blocking_thread(move || {
            let inline = {
                let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                inline_body(&reader, event)
            };
            match inline {
                Err(rusqlite::Error::QueryReturnedNoRows) => Ok(Ok(Bytes::from(fs::read(file)?))),
                read => Ok(read.map(Bytes::from).map_err(database::error)),
            }
        });
        read.await?
    }
}

#[async_trait]
impl EventQueue for SqliteQueue {
    async fn enqueue(&self, batch: Vec<NewEvent>) -> Result<Vec<EventId>, QueueError> {
        let too_large = batch
            .iter()
            .map(|event| event.body.len())
            .find(|b| *b > BODY_BYTES_MAX);
        if let Some(bytes) = too_large {
            return Err(QueueError::TooLarge {
                bytes,
                max: BODY_BYTES_MAX,
            });
        }
        let bytes = batch
            .iter()
            .map(|event| event.body.len().min(INLINE_BYTES_MAX))
            .sum();
        let (shared, enqueued) = (Arc::clone(&self.shared), self.shared.clock.now());
        let bodies = self.shared.bodies.clone();
        let ids = self.writer.run_then(
            bytes,
            move |connection| insert_all(connection, &bodies, batch, enqueued),
            // On the writer's thread: an event that is on disk is scheduled, even if the caller
            // has stopped waiting for the news.
            move |rows| {
                let ids: Vec<EventId> = rows.iter().map(|(event, _)| *event).collect();
                let mut schedule = shared.schedule();
                for (event, header) in rows {
                    schedule.insert(event, header);
                }
                drop(schedule);
                shared.bell.ring();
                ids
            },
        );
        Ok(ids.await?)
    }

    async fn claim(&self, max: usize, lease: Duration) -> Result<Vec<Claimed>, QueueError> {
        let found = self
            .shared
            .schedule()
            .claim(max, lease, self.shared.clock.now());
        if !found.expired.is_empty() {
            self.remove(found.expired).await?;
        }
        let attempts: Vec<(EventId, u32)> = found
            .claimed
            .iter()
            .map(|(receipt, header)| (receipt.event, header.attempts))
            .collect();
        if !attempts.is_empty() {
            self.writer
                .run_later(move |connection| note_attempts(connection, &attempts));
        }
        let mut claimed = Vec::with_capacity(found.claimed.len());
        for (receipt, header) in found.claimed {
            let body = self.body(receipt.event).await?;
            let Header {
                queue,
                enqueued,
                attempts,
                ..
            } = header;
            claimed.push(Claimed {
                receipt,
                queue,
                body,
                attempt: attempts,
                enqueued,
            });
        }
        Ok(claimed)
    }

    async fn due_changed(&self) {
        let next = self.shared.schedule().next_change();
        self.shared.bell.wait_until(next).await;
    }

    async fn ack(&self, receipt: &Receipt) -> Result<(), QueueError> {
        self.shared
            .schedule()
            .settle(receipt, self.shared.clock.now())?;
        Ok(self.remove(vec![receipt.event]).await?)
    }

    async fn release(
        &self,
        receipt: &Receipt,
        due: Moment,
        keep_attempt: bool,
    ) -> Result<(), QueueError> {
        let now = self.shared.clock.now();
        let released = self
            .shared
            .schedule()
            .release(receipt, due, keep_attempt, now)?;
        self.shared.bell.ring();
        let event = receipt.event;
        let written = self.writer.run(0, move |connection| {
            connection
                .prepare_cached("UPDATE event SET due = ?2, attempts = ?3 WHERE id = ?1")
                .and_then(|mut update| {
                    let due = millis(released.due);
                    update.execute(params![id(event), due, released.attempts])
                })
                .map(drop)
                .map_err(database::error)
        });
        Ok(written.await?)
    }

    async fn depth(&self, queue: &str) -> Result<Depth, QueueError> {
        Ok(self.shared.schedule().depth(queue, self.shared.clock.now()))
    }
}

fn headers(connection: &Connection) -> rusqlite::Result<Vec<(EventId, Header)>> {
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

fn insert_all(
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
        let event_id = insert(connection, &header).map_err(database::error)?;
        if event.body.len() > INLINE_BYTES_MAX {
            let file = bodies.join(event_id.0.to_string());
            write_durably(&file, &event.body).map_err(|error| crate::disk_error(&error))?;
            has_files = true;
        } else {
            insert_body(connection, event_id, &event.body).map_err(database::error)?;
        }
        rows.push((event_id, header));
    }
    if has_files {
        sync_directory(bodies).map_err(|error| crate::disk_error(&error))?;
    }
    Ok(rows)
}

fn insert(connection: &Connection, header: &Header) -> rusqlite::Result<EventId> {
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

fn insert_body(connection: &Connection, event: EventId, body: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO body VALUES (?, ?)")?
        .execute(params![id(event), body])
        .map(drop)
}

fn inline_body(connection: &Connection, event: EventId) -> rusqlite::Result<Vec<u8>> {
    connection
        .prepare_cached("SELECT bytes FROM body WHERE id = ?")?
        .query_row([id(event)], |row| row.get(0))
}

fn delete(connection: &Connection, event: EventId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM event WHERE id = ?")?
        .execute([id(event)])?;
    connection
        .prepare_cached("DELETE FROM body WHERE id = ?")?
        .execute([id(event)])?;
    Ok(())
}

fn note_attempts(connection: &Connection, attempts: &[(EventId, u32)]) -> Result<(), StoreError> {
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
fn remove_orphans(connection: &Connection, bodies: &Path) -> Result<(), StoreError> {
    let unreadable = |error: std::io::Error| crate::disk_error(&error);
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
