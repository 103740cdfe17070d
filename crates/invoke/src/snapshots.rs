//! Environments that have been initialized once, and of which the others of their version are copies.
//!
//! One is kept for each published version that wants it, as long as its key is current. A copy ends with it, so whoever
//! has a copy keeps it. Where there is none, or it cannot be copied, environments are started as a whole.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::limits::SNAPSHOT_INIT_TIMEOUT;
use sandbox::Snapshot;
use tokio::time::Instant;
use tracing::{debug, info};

use crate::desk::Init;
use crate::environment::{Environment, Initialized, MIB, Plan, StartFailure};
use crate::pool::Key;
use crate::resolve::Resolved;
use crate::router::{Router, exit_failure};

/// Versions that have a snapshot at the same time. The one that was not copied longest goes.
const SNAPSHOTS_MAX: usize = 32;

/// As much of a function's own words as a state tells.
const REASON_CHARS_MAX: usize = 1_000;

/// An environment that waits to be copied.
#[derive(Debug)]
pub(crate) struct Taken {
    environment: Environment,
    pub(crate) snapshot: Snapshot,
}

#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    /// The one that was copied last is the last.
    taken: Vec<(Key, Arc<Taken>)>,
    underway: HashSet<Key>,
    is_closed: bool,
}

/// The one who takes the snapshot of a key.
struct Turn<'a> {
    snapshots: &'a Snapshots,
    key: &'a Key,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.snapshots.lock().underway.remove(self.key);
    }
}

impl Snapshots {
    /// The snapshot of a version, if it lives.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Taken>> {
        let mut books = self.lock();
        let index = books.taken.iter().position(|(of, _)| of == key)?;
        let (key, taken) = books.taken.remove(index);
        let found = taken.environment.is_running().then(|| Arc::clone(&taken));
        if found.is_some() {
            books.taken.push((key, taken));
        }
        found
    }

    /// Ends the snapshots of keys that nobody wants any more, when the last copies are gone.
    pub(crate) fn retain(&self, is_wanted: impl Fn(&Key) -> bool) {
        let mut books = self.lock();
        let gone: Vec<_> = books
            .taken
            .extract_if(.., |(key, _)| !is_wanted(key))
            .collect();
        drop(books);
        // Ended outside of the lock.
        drop(gone);
    }

    /// Ends all of them, and takes no more.
    pub(crate) fn close(&self) {
        let mut books = self.lock();
        books.is_closed = true;
        let gone = std::mem::take(&mut books.taken);
        drop(books);
        drop(gone);
    }

    /// `None` if there is nothing to do, or somebody does it.
    fn turn<'a>(&'a self, key: &'a Key) -> Option<Turn<'a>> {
        let mut books = self.lock();
        let is_taken = books.taken.iter().any(|(of, _)| of == key);
        if books.is_closed || is_taken || !books.underway.insert(key.clone()) {
            return None;
        }
        Some(Turn {
            snapshots: self,
            key,
        })
    }

    fn keep(&self, key: Key, taken: Taken) {
        let mut books = self.lock();
        let oldest = (books.taken.len() >= SNAPSHOTS_MAX).then(|| books.taken.remove(0));
        let surplus = if books.is_closed {
            Some(taken)
        } else {
            books.taken.push((key, Arc::new(taken)));
            None
        };
        drop(books);
        drop((oldest, surplus));
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        // Every change under the lock is complete before anything could panic.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Router {
    /// Initializes an environment of a version and keeps it to be copied, or to be used where it cannot be copied. `None` if that is
    /// done already or by somebody else; otherwise why it failed.
    pub(crate) async fn take_snapshot(&self, resolved: &Resolved) -> Option<Result<(), String>> {
        let _turn = self.starter.snapshots.turn(&resolved.key)?;
        Some(match self.planner.plan(resolved).await {
            Ok(Ok(plan)) => self.initialize_once(resolved, &plan).await,
            Ok(Err(failure)) => Err(failure.payload(resolved.key.revision.0)),
            Err(error) => Err(error.to_string()),
        })
    }

    async fn initialize_once(&self, resolved: &Resolved, plan: &Plan) -> Result<(), String> {
        let key = &resolved.key;
        let most_bytes = u64::from(resolved.memory_mb) * MIB;
        let room = self.pool.admit(key, most_bytes);
        let room = room.map_err(|full| full.to_string())?;
        let started = Instant::now();
        let begun = self.starter.start_to_copy(plan, room).await;
        let (mut environment, snapshot) = begun.map_err(|failure| match failure {
            StartFailure::Function(failure) => failure.payload(key.revision.0),
            StartFailure::Ours(error) => error.to_string(),
        })?;
        let limit = SNAPSHOT_INIT_TIMEOUT.max(resolved.timeout);
        let initialized = {
            let mut initializing = pin!(environment.initialized(started + limit));
            match &snapshot {
                None => Some(initializing.await),
                Some(snapshot) => tokio::select! {
                    initialized = &mut initializing => Some(initialized),
                    Ok(()) = snapshot.ready() => None,
                },
            }
        };
        let elapsed = started.elapsed();
        match (initialized, snapshot) {
            (None, Some(snapshot)) => {
                info!(function = %key.function, version = %key.version, ?elapsed, "snapshot taken");
                let taken = Taken {
                    environment,
                    snapshot,
                };
                self.starter.snapshots.keep(key.clone(), taken);
                Ok(())
            }
            (Some(Initialized::In(_)), _) => {
                debug!(function = %key.function, "environments are started as a whole: this one cannot be copied");
                let used_bytes = environment.memory_used_bytes();
                self.pool.put(environment, used_bytes);
                Ok(())
            }
            (Some(Initialized::Not(init)), _) => Err(reason(init)),
            (Some(Initialized::TimedOut) | None, _) => Err(format!(
                "the function was not initialized within {} seconds",
                limit.as_secs()
            )),
        }
    }
}

/// Why an environment could not be initialized, in the function's words where it has some.
pub(crate) fn reason(init: Init) -> String {
    let words = match init {
        Init::Failed { post, .. } => String::from_utf8_lossy(&post.body).into_owned(),
        Init::Exited(exit) => exit_failure(exit).kind().to_owned(),
        Init::Broken(failure) => failure.kind().to_owned(),
        Init::Done => String::new(),
    };
    words.chars().take(REASON_CHARS_MAX).collect()
}
