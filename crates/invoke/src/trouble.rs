//! Keeps versions whose environments fail to initialize again and again from taking what others need.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::crash_loop::{CrashLoops, LOOPING_INITS_MAX};
use domain::limits::INIT_TIMEOUT;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::pool::Key;

/// Which versions are in a crash loop, and whose turn it is there.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    loops: CrashLoops<Key>,
    turns: HashMap<Key, Arc<Semaphore>>,
}

/// The right to initialize an environment of a version.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Of one that gives no trouble.
    Free,
    /// Of one in a crash loop, while this is held.
    OfLoop(#[expect(dead_code, reason = "given back when it is dropped")] OwnedSemaphorePermit),
}

impl Trouble {
    /// Waits until an environment of this version may initialize; `None` if that takes too long.
    pub(crate) async fn turn(&self, key: &Key) -> Option<Turn> {
        let semaphore = self.lock().turns.get(key).map(Arc::clone);
        let Some(semaphore) = semaphore else {
            return Some(Turn::Free);
        };
        let permit = timeout(INIT_TIMEOUT, semaphore.acquire_owned()).await;
        permit.ok()?.ok().map(Turn::OfLoop)
    }

    /// An initialization of this version has failed.
    pub(crate) fn failed(&self, key: &Key) {
        let mut inner = self.lock();
        if inner.loops.failed(key.clone()) {
            let turns = inner.turns.entry(key.clone());
            turns.or_insert_with(|| Arc::new(Semaphore::new(LOOPING_INITS_MAX)));
        }
    }

    /// An initialization of this version has succeeded.
    pub(crate) fn succeeded(&self, key: &Key) {
        let mut inner = self.lock();
        inner.loops.succeeded(key);
        inner.turns.remove(key);
    }

    /// Forgets versions that nobody wants any more.
    pub(crate) fn retain(&self, is_wanted: impl Fn(&Key) -> bool) {
        let mut inner = self.lock();
        inner.loops.retain(&is_wanted);
        inner.turns.retain(|key, _| is_wanted(key));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change under the lock is complete before anything could panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
