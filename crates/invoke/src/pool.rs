//! All environments of this server: the idle ones wait here for the next invocation of their version.
//!
//! Who waits, freezes and goes is decided by [`domain::fleet`]; here are the environments themselves. They are ended
//! outside of the lock.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::fleet::{Admitted, Fleet, Full, Id, Rules};
use domain::function::RevisionId;
use domain::name::{FunctionName, Version};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::environment::Environment;

/// Idle environments are looked at so often, at least and at most, while there are some to be frozen.
const FREEZE_INTERVAL_MIN: Duration = Duration::from_millis(1);
const FREEZE_INTERVAL_MAX: Duration = Duration::from_secs(1);

/// So long after the last environment was idle and not frozen, nobody looks any more. Whoever invokes more often wakes
/// nobody up.
const WATCHING_TIME: Duration = Duration::from_secs(1);

/// What an environment is for: one version of a function in one revision of it, with or without a way out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) function: FunctionName,
    pub(crate) version: Version,
    pub(crate) revision: RevisionId,
    pub(crate) wants_network: bool,
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    books: Mutex<Books>,
    /// What the fleet's times count from.
    epoch: Instant,
    freeze_after: Option<Duration>,
    /// Wakes whoever freezes idle environments, unless that one looks by itself.
    became_idle: Notify,
    is_watched: AtomicBool,
}

#[derive(Debug)]
struct Books {
    fleet: Fleet<Key>,
    /// The idle ones.
    waiting: HashMap<Id, Environment>,
}

/// What one environment counts for among all of them; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Room {
    id: Id,
    pool: Weak<Inner>,
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.books().fleet.end(self.id);
        }
    }
}

impl Pool {
    pub(crate) fn new(rules: Rules) -> Self {
        let books = Books {
            fleet: Fleet::new(rules),
            waiting: HashMap::new(),
        };
        let inner = Inner {
            books: Mutex::new(books),
            epoch: Instant::now(),
            freeze_after: rules.freeze_after,
            became_idle: Notify::new(),
            is_watched: AtomicBool::new(false),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Room for another environment, which may use so much. Idle ones end for it if they have to.
    pub(crate) fn admit(&self, key: &Key, most_bytes: u64) -> Result<Room, Full> {
        let (room, evicted) = {
            let mut books = self.inner.books();
            let Admitted { id, evicted } = books.fleet.admit(key.clone(), most_bytes)?;
            let pool = Arc::downgrade(&self.inner);
            (Room { id, pool }, books.remove(&evicted))
        };
        drop(evicted);
        Ok(room)
    }

    /// The environment of this key that was used last.
    pub(crate) fn take(&self, key: &Key) -> Option<Environment> {
        let mut books = self.inner.books();
        let id = books.fleet.take(key)?;
        books.waiting.remove(&id)
    }

    /// Keeps an environment for the next invocation. `used_bytes`: the most memory that it has used.
    pub(crate) fn put(&self, environment: Environment, used_bytes: u64) {
        let surplus = {
            let mut books = self.inner.books();
            let id = environment.room.id;
            let surplus = books.fleet.park(id, used_bytes, self.inner.now());
            books.waiting.insert(id, environment);
            books.remove(&surplus)
        };
        drop(surplus);
        if self.inner.freeze_after.is_some() && !self.inner.is_watched.load(Ordering::SeqCst) {
            self.inner.became_idle.notify_one();
        }
    }

    /// Ends every idle environment of a function whose version and revision are not wanted.
    pub(crate) fn retire(&self, function: &FunctionName, is_wanted: impl Fn(&Key) -> bool) {
        self.end_those(|fleet| fleet.retire(|key| key.function != *function || is_wanted(key)));
    }

    /// Ends every environment that has been idle for too long, or has died.
    pub(crate) fn end_old_and_dead(&self) {
        let now = self.inner.now();
        self.end_those(|fleet| fleet.expire(now));
        let dead = {
            let mut books = self.inner.books();
            let waiting = books.waiting.iter();
            let dead = waiting.filter(|(_, environment)| !environment.is_free());
            let dead: Vec<Id> = dead.map(|(id, _)| *id).collect();
            books.remove(&dead)
        };
        drop(dead);
    }

    /// Ends every idle environment and keeps none from now on.
    pub(crate) fn close(&self) {
        self.end_those(Fleet::close);
    }

    /// Freezes environments when they have been idle for long enough, as long as it is polled.
    pub(crate) async fn freeze_idle(&self) {
        let Some(freeze_after) = self.inner.freeze_after else {
            return;
        };
        let interval = freeze_after.clamp(FREEZE_INTERVAL_MIN, FREEZE_INTERVAL_MAX);
        loop {
            self.inner.became_idle.notified().await;
            self.inner.is_watched.store(true, Ordering::SeqCst);
            let mut last_seen = Instant::now();
            while last_seen.elapsed() < WATCHING_TIME {
                sleep(interval).await;
                if self.freeze_due() {
                    last_seen = Instant::now();
                }
            }
            self.inner.is_watched.store(false, Ordering::SeqCst);
            // Whoever came in between has not woken us.
            if self.inner.books().fleet.has_thawed() {
                self.inner.became_idle.notify_one();
            }
        }
    }

    /// Freezes what is due, and says whether there is more to freeze, now or later.
    fn freeze_due(&self) -> bool {
        let due = self.inner.books().fleet.freeze_due(self.inner.now());
        for id in due {
            // Not under one lock for all: invocations come in between.
            let mut books = self.inner.books();
            if books.waiting.get(&id).is_some_and(Environment::freeze) {
                books.fleet.frozen(id);
            }
        }
        self.inner.books().fleet.has_thawed()
    }

    fn end_those(&self, choose: impl FnOnce(&mut Fleet<Key>) -> Vec<Id>) {
        let ended = {
            let mut books = self.inner.books();
            let ids = choose(&mut books.fleet);
            books.remove(&ids)
        };
        drop(ended);
    }
}

impl Inner {
    fn books(&self) -> MutexGuard<'_, Books> {
        // Every change under the lock is complete before anything could panic.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

impl Books {
    /// To be dropped when the lock is free.
    #[must_use]
    fn remove(&mut self, ids: &[Id]) -> Vec<Environment> {
        ids.iter()
            .filter_map(|id| self.waiting.remove(id))
            .collect()
    }
}
