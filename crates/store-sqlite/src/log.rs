//! The log of a queue in SQLite: rows and small bodies in a database, large ones in files.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use domain::time::Moment;
use rusqlite::Connection;
use store::{
    Appended, Change, Content, EventId, Header, Kept, KeptId, LogQueue, Part, QueueLog, Scope,
    StoreError,
};

use crate::files::remove_files;
use crate::rows::{self, INLINE_BYTES_MAX};
use crate::writer::Writer;
use crate::{DirectoryLock, database, disk_error, kept};

/// The queues of the embedded engine.
pub type SqliteQueue = LogQueue<SqliteLog>;

#[derive(Debug)]
pub struct SqliteLog {
    writer: Writer,
    /// Reads beside the writer.
    reader: Arc<Mutex<Connection>>,
    /// Reads the headers at start, beside both.
    scanner: Mutex<Connection>,
    bodies: PathBuf,
}

impl SqliteLog {
    pub(crate) fn open(
        file: &Path,
        bodies: &Path,
        lock: Arc<DirectoryLock>,
    ) -> Result<Self, StoreError> {
        let connection = database::open(file, &rows::VERSIONS)?;
        rows::remove_orphans(&connection, bodies)?;
        let reader = Arc::new(Mutex::new(database::open_reader(file)?));
        let scanner = Mutex::new(database::open_reader(file)?);
        let writer =
            Writer::start(connection, "store-queue", lock).map_err(|error| disk_error(&error))?;
        Ok(Self {
            writer,
            reader,
            scanner,
            bodies: bodies.to_owned(),
        })
    }

    /// Reads on a thread that may wait for the disk.
    async fn read_with<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection, &Path) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reader, bodies) = (Arc::clone(&self.reader), self.bodies.clone());
        let read = move || {
            let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            read(&reader, &bodies)
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(outcome) => outcome,
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        }
    }
}

/// What a change writes into the database, about.
fn bytes_of(change: &Change) -> usize {
    let bodies = change.append.iter().map(|event| event.body.len());
    let values = change.keep.iter().map(|kept| kept.value.len());
    let inline = bodies
        .chain(values)
        .filter(|length| *length <= INLINE_BYTES_MAX);
    let progress = change.release.iter().flat_map(|record| &record.progress);
    inline.chain(progress.map(Bytes::len)).sum()
}

impl QueueLog for SqliteLog {
    async fn commit<T: Send + 'static>(
        &self,
        change: Change,
        then: impl FnOnce(Vec<Appended>) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (bytes, bodies) = (bytes_of(&change), self.bodies.clone());
        let commit = self.writer.run_then(
            bytes,
            move |connection| rows::apply(connection, &bodies, change),
            move |applied| {
                remove_files(&applied.unneeded);
                then(applied.appended)
            },
        );
        commit.await
    }

    fn note(&self, change: Change, then: impl FnOnce() + Send + 'static) {
        let bodies = self.bodies.clone();
        self.writer.note(
            move |connection| rows::apply(connection, &bodies, change),
            move |applied| {
                remove_files(&applied.unneeded);
                then();
            },
        );
    }

    async fn read(
        &self,
        events: Vec<EventId>,
    ) -> Result<Vec<Result<Content, StoreError>>, StoreError> {
        self.read_with(move |connection, bodies| {
            let read = |event| rows::content(connection, bodies, event);
            Ok(events.into_iter().map(read).collect())
        })
        .await
    }

    async fn keys(&self, events: Vec<EventId>) -> Result<Vec<Option<String>>, StoreError> {
        self.read_with(move |connection, _| rows::keys(connection, &events))
            .await
    }

    async fn kept(
        &self,
        prefix: String,
        limit: usize,
        now: Moment,
    ) -> Result<Vec<Kept>, StoreError> {
        self.read_with(move |connection, bodies| {
            kept::with_prefix(connection, bodies, &prefix, limit, now)
        })
        .await
    }

    async fn kept_list(
        &self,
        scope: Scope,
        after: Option<KeptId>,
        limit: usize,
        now: Moment,
    ) -> Result<Part<(KeptId, Kept)>, StoreError> {
        self.read_with(move |connection, bodies| {
            let lasting = kept::Lasting { after, limit, now };
            kept::list(connection, bodies, &scope, &lasting)
        })
        .await
    }

    fn last(&self) -> Result<Option<EventId>, StoreError> {
        let scanner = self.scanner.lock().unwrap_or_else(PoisonError::into_inner);
        rows::last(&scanner).map_err(database::error)
    }

    fn scan(
        &self,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<(EventId, Header)>, StoreError> {
        let scanner = self.scanner.lock().unwrap_or_else(PoisonError::into_inner);
        rows::headers(&scanner, after, limit)
    }

    fn close(&self) {
        self.writer.close();
    }
}
