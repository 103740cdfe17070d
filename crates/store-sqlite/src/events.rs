//! Events in SQLite: rows and bodies on disk, the schedule in memory.
//!
//! A claim costs no write: the schedule leases the event, and the count of attempts rides in the
//! next commit. Accepting, settling and giving back are commits, and the schedule changes on the
//! writer's thread right after them, so that a caller who stops waiting changes nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::{Clock, Moment};
use rusqlite::Connection;
use store::{
    Bell, Claimed, Depth, EventId, EventQueue, Header, NewEvent, QueueError, Receipt, Schedule,
    StoreError,
};
use tracing::{error, warn};

use crate::files::on_a_blocking_thread;
use crate::rows::{self, INLINE_BYTES_MAX, SCHEMA};
use crate::writer::Writer;
use crate::{DirectoryLock, database, disk_error};

/// How long an event rests whose body could not be read, so that it does not hold up the others.
const UNREADABLE_REST: Duration = Duration::from_secs(30);

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
}

/// An event that is being settled. Unless it is told otherwise the event is leased as before.
struct Settling {
    shared: Arc<Shared>,
    event: EventId,
    is_over: bool,
}

impl Settling {
    fn begin(shared: &Arc<Shared>, receipt: &Receipt) -> Result<Self, QueueError> {
        let now = shared.clock.now();
        shared.schedule().begin_settling(receipt, now)?;
        Ok(Self {
            shared: Arc::clone(shared),
            event: receipt.event,
            is_over: false,
        })
    }

    fn end(mut self, how: impl FnOnce(&mut Schedule)) {
        self.is_over = true;
        how(&mut self.shared.schedule());
    }
}

impl Drop for Settling {
    fn drop(&mut self) {
        if !self.is_over {
            self.shared.schedule().not_settled(self.event);
            self.shared.bell.ring();
        }
    }
}

/// Events that were leased and not handed out yet. What is left in it goes back into the schedule
/// as if it had not been claimed.
struct Undelivered {
    shared: Arc<Shared>,
    claimed: Vec<(Receipt, Header)>,
}

impl Undelivered {
    fn give_back(&self, receipt: &Receipt, due: Moment) {
        let now = self.shared.clock.now();
        let mut schedule = self.shared.schedule();
        // A lease that has ended is given back already.
        if schedule.begin_settling(receipt, now).is_ok() {
            let released = schedule.to_release(receipt.event, due, true);
            schedule.released(receipt.event, released);
        }
    }
}

impl Drop for Undelivered {
    fn drop(&mut self) {
        for (receipt, header) in std::mem::take(&mut self.claimed) {
            self.give_back(&receipt, header.due);
            self.shared.bell.ring();
        }
    }
}

impl SqliteQueue {
    pub(crate) fn open(
        file: &Path,
        bodies: &Path,
        clock: Arc<dyn Clock>,
        lock: Arc<DirectoryLock>,
    ) -> Result<Self, StoreError> {
        let connection = database::open(file, SCHEMA)?;
        let mut schedule = Schedule::default();
        for (event, header) in rows::headers(&connection).map_err(database::error)? {
            schedule.insert(event, header);
        }
        let shared = Arc::new(Shared {
            schedule: Mutex::new(schedule),
            bell: Bell::new(Arc::clone(&clock)),
            clock,
            bodies: bodies.to_owned(),
        });
        rows::remove_orphans(&connection, bodies)?;
        let reader = Arc::new(Mutex::new(database::open_reader(file)?));
        let writer =
            Writer::start(connection, "store-queue", lock).map_err(|error| disk_error(&error))?;
        Ok(Self {
            writer,
            reader,
            shared,
        })
    }

    pub(crate) fn close(&self) {
        self.writer.close();
    }

    /// Says which events ended unprocessed, and leaves their rows for the next commit to remove.
    fn expire(&self, expired: Vec<(EventId, Header)>) {
        if expired.is_empty() {
            return;
        }
        for (event, header) in &expired {
            let Header {
                queue,
                enqueued,
                attempts,
                ..
            } = header;
            let event = event.0;
            warn!(
                event,
                queue,
                ?enqueued,
                attempts,
                "event expired before it could be done"
            );
        }
        let bodies = self.shared.bodies.clone();
        let events: Arc<[EventId]> = expired.into_iter().map(|(event, _)| event).collect();
        let removed = Arc::clone(&events);
        self.writer.note(
            move |connection| rows::delete_all(connection, &events),
            move || rows::remove_files(&bodies, &removed),
        );
    }

    async fn bodies(&self, events: Vec<EventId>) -> Result<Vec<Body>, StoreError> {
        let (reader, bodies) = (Arc::clone(&self.reader), self.shared.bodies.clone());
        on_a_blocking_thread(move || {
            let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let read = |event| rows::body(&reader, &bodies, event);
            Ok(events.into_iter().map(read).collect())
        })
        .await
    }
}

type Body = Result<Bytes, StoreError>;

#[async_trait]
impl EventQueue for SqliteQueue {
    async fn enqueue(&self, batch: Vec<NewEvent>) -> Result<Vec<EventId>, QueueError> {
        self.shared.schedule().check_room(&batch)?;
        let lengths = batch.iter().map(|event| event.body.len());
        let bytes = lengths.filter(|length| *length <= INLINE_BYTES_MAX).sum();
        let (shared, enqueued) = (Arc::clone(&self.shared), self.shared.clock.now());
        let bodies = self.shared.bodies.clone();
        let ids = self.writer.run_then(
            bytes,
            move |connection| rows::insert_all(connection, &bodies, batch, enqueued),
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
        let now = self.shared.clock.now();
        let found = self.shared.schedule().claim(max, lease, now);
        self.expire(found.expired);
        if found.claimed.is_empty() {
            return Ok(Vec::new());
        }
        let attempts: Vec<(EventId, u32)> = found
            .claimed
            .iter()
            .map(|(receipt, header)| (receipt.event, header.attempts))
            .collect();
        let events = attempts.iter().map(|(event, _)| *event).collect();
        let mut undelivered = Undelivered {
            shared: Arc::clone(&self.shared),
            claimed: found.claimed,
        };
        let bodies = self.bodies(events).await?;
        self.writer.note(
            move |connection| rows::note_attempts(connection, &attempts),
            || {},
        );
        let mut claimed = Vec::with_capacity(bodies.len());
        for ((receipt, header), body) in std::mem::take(&mut undelivered.claimed)
            .into_iter()
            .zip(bodies)
        {
            match body {
                Ok(body) => claimed.push(Claimed {
                    receipt,
                    queue: header.queue,
                    body,
                    attempt: header.attempts,
                    enqueued: header.enqueued,
                }),
                Err(error) => {
                    let event = receipt.event.0;
                    error!(event, %error, "the body of an event cannot be read; it is tried again");
                    undelivered.give_back(&receipt, now + UNREADABLE_REST);
                }
            }
        }
        Ok(claimed)
    }

    async fn due_changed(&self) {
        let next = self.shared.schedule().next_change();
        self.shared.bell.wait_until(next).await;
    }

    async fn ack(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let settling = Settling::begin(&self.shared, receipt)?;
        let event = receipt.event;
        let removed = self.writer.run_then(
            0,
            move |connection| rows::delete_all(connection, &[event]),
            move |()| {
                rows::remove_files(&settling.shared.bodies, &[event]);
                settling.end(|schedule| schedule.settled(event));
            },
        );
        Ok(removed.await?)
    }

    async fn release(
        &self,
        receipt: &Receipt,
        due: Moment,
        keep_attempt: bool,
    ) -> Result<(), QueueError> {
        let settling = Settling::begin(&self.shared, receipt)?;
        let event = receipt.event;
        let released = self.shared.schedule().to_release(event, due, keep_attempt);
        let shared = Arc::clone(&self.shared);
        let written = self.writer.run_then(
            0,
            move |connection| rows::release(connection, event, released),
            move |()| {
                settling.end(|schedule| schedule.released(event, released));
                shared.bell.ring();
            },
        );
        Ok(written.await?)
    }

    async fn depth(&self, queue: &str) -> Result<Depth, QueueError> {
        Ok(self.shared.schedule().depth(queue, self.shared.clock.now()))
    }
}
