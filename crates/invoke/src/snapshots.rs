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
use tokio_util::sync::CancellationToken;
use tracing::info;

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
    /// Cancelled when none is taken any more.
    pub(crate) stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Books {
    /// The one that was copied last is the last.
    taken: Vec<(Key, Arc<Taken>)>,
    underway: HashSet<Key>,
    /// Those that have said that they cannot be copied.
    whole: HashSet<Key>,
}

/// Whoever initializes a version to be copied. Nobody else does meanwhile.
struct Underway<'a> {
    snapshots: &'a Snapshots,
    key: &'a Key,
}

impl Drop for Underway<'_> {
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

    /// Gives one up that could not be copied, if it is still the one.
    pub(crate) fn forget(&self, unusable: &Arc<Taken>) {
        let mut books = self.lock();
        let taken = &mut books.taken;
        let index = taken
            .iter()
            .position(|(_, taken)| Arc::ptr_eq(taken, unusable));
        let gone = index.map(|index| taken.remove(index));
        drop(books);
        drop(gone);
    }

    /// Ends the snapshots of keys that nobody wants any more, when the last copies are gone.
    pub(crate) fn retain(&self, is_wanted: impl Fn(&Key) -> bool) {
        let mut books = self.lock();
        books.whole.retain(&is_wanted);
        let unwanted = |(key, _): &mut (Key, _)| !is_wanted(key);
        let gone: Vec<_> = books.taken.extract_if(.., unwanted).collect();
        drop(books);
        // Ended outside of the lock.
        drop(gone);
    }

    /// Ends all of them. None is taken any more: `stop` has been cancelled.
    pub(crate) fn close(&self) {
        let gone = std::mem::take(&mut self.lock().taken);
        drop(gone);
    }

    /// `None` if there is nothing to do, or somebody does it.
    fn turn<'a>(&'a self, key: &'a Key) -> Option<Underway<'a>> {
        let mut books = self.lock();
        let is_taken = books.taken.iter().any(|(of, _)| of == key);
        if is_taken || books.whole.contains(key) || !books.underway.insert(key.clone()) {
            return None;
        }
        Some(Underway {
            snapshots: self,
            key,
        })
    }

    fn keep(&self, key: Key, taken: Taken) {
        let mut books = self.lock();
        let oldest = (books.taken.len() >= SNAPSHOTS_MAX).then(|| books.taken.remove(0));
        books.taken.push((key, Arc::new(taken)));
        drop(books);
        drop(oldest);
    }

    fn give_up(&self, key: Key) {
        self.lock().whole.insert(key);
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        // Every change under the lock is complete before anything could panic.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came of initializing a version.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Environments of it can be had.
    Initialized,
    /// The function is at fault, in its own words where it has some.
    Failed(String),
    /// The server or the host is, and another time it may work.
    NotNow(String),
}

/// What is done where nothing can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Otherwise {
    /// An environment is initialized all the same, and used as any other.
    Whole,
    Nothing,
}

impl Router {
    /// Initializes the first environment of a version, and keeps it to be copied, or to be used where it cannot be copied.
    pub(crate) async fn initialize_version(&self, resolved: &Resolved) -> Outcome {
        self.initialize_once(resolved, Otherwise::Whole).await
    }

    /// Has the environments of a version be copies again, after a restart of the server or the end of what was copied.
    pub(crate) async fn take_snapshot(&self, resolved: &Resolved) -> Outcome {
        self.initialize_once(resolved, Otherwise::Nothing).await
    }

    async fn initialize_once(&self, resolved: &Resolved, otherwise: Otherwise) -> Outcome {
        let snapshots = &self.starter.snapshots;
        let Some(_turn) = snapshots.turn(&resolved.key) else {
            return Outcome::NotNow("that is done already, or being done".to_owned());
        };
        let work = async {
            match self.planner.plan(resolved).await {
                Ok(Ok(plan)) => self.initialize(resolved, &plan, otherwise).await,
                Ok(Err(failure)) => Outcome::Failed(failure.payload(resolved.key.revision.0)),
                Err(error) => Outcome::NotNow(error.to_string()),
            }
        };
        let outcome = snapshots.stop.run_until_cancelled(work).await;
        outcome.unwrap_or_else(|| Outcome::NotNow("the server is shutting down".to_owned()))
    }

    async fn initialize(&self, resolved: &Resolved, plan: &Plan, otherwise: Otherwise) -> Outcome {
        let key = &resolved.key;
        if otherwise == Otherwise::Nothing && !self.starter.can_copy(plan) {
            return Outcome::NotNow("it cannot be copied".to_owned());
        }
        let most_bytes = u64::from(resolved.memory_mb) * MIB;
        let room = match self.pool.admit(key, most_bytes) {
            Ok(room) => room,
            Err(full) => return Outcome::NotNow(full.to_string()),
        };
        let limit = SNAPSHOT_INIT_TIMEOUT.max(resolved.timeout);
        let deadline = Instant::now() + limit;
        let (mut environment, snapshot) = match self.starter.start_to_copy(plan, room).await {
            Ok(begun) => begun,
            Err(StartFailure::Function(failure)) => {
                return Outcome::Failed(failure.payload(key.revision.0));
            }
            Err(StartFailure::Ours(error)) => return Outcome::NotNow(error.to_string()),
        };
        let initialized = {
            let mut initializing = pin!(environment.initialized(deadline));
            match &snapshot {
                None => Some(initializing.await),
                Some(snapshot) => tokio::select! {
                    initialized = &mut initializing => Some(initialized),
                    Ok(()) = snapshot.ready() => None,
                },
            }
        };
        match (initialized, snapshot) {
            (None, Some(snapshot)) => {
                info!(function = %key.function, version = %key.version, "snapshot taken");
                let taken = Taken {
                    environment,
                    snapshot,
                };
                self.starter.snapshots.keep(key.clone(), taken);
                Outcome::Initialized
            }
            (Some(Initialized::In(_)), snapshot) => {
                info!(function = %key.function, version = %key.version, "environments are started as a whole");
                if snapshot.is_some() {
                    self.starter.snapshots.give_up(key.clone());
                }
                let used_bytes = environment.memory_used_bytes();
                self.pool.put(environment, used_bytes);
                Outcome::Initialized
            }
            (Some(Initialized::Not(init)), _) => Outcome::Failed(reason(init)),
            (Some(Initialized::TimedOut) | None, _) => Outcome::Failed(format!(
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
