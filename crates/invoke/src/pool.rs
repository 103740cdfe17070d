//! Environments that wait for the next invocation of their version.
//!
//! The one used last is used first, so that the others grow old and can go.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::function::RevisionId;
use domain::name::{FunctionName, Version};
use tokio::time::Instant;

use crate::environment::Environment;

/// What an environment runs: one version of a function in one revision of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) function: FunctionName,
    pub(crate) version: Version,
    pub(crate) revision: RevisionId,
}

#[derive(Debug)]
pub(crate) struct Pool {
    idle: Mutex<Idle>,
    /// More idle environments than this are not kept: the one that waited longest goes.
    idle_max: usize,
}

#[derive(Debug, Default)]
struct Idle {
    of_function: HashMap<FunctionName, Vec<Waiting>>,
    count: usize,
    /// Set at shutdown, after which nothing is kept.
    is_closed: bool,
}

#[derive(Debug)]
struct Waiting {
    version: Version,
    revision: RevisionId,
    since: Instant,
    environment: Environment,
}

impl Pool {
    pub(crate) fn new(idle_max: usize) -> Self {
        Self {
            idle: Mutex::default(),
            idle_max,
        }
    }

    /// The environment of this key that was used last.
    pub(crate) fn take(&self, key: &Key) -> Option<Environment> {
        let mut idle = self.lock();
        let waiting = idle.of_function.get_mut(&key.function)?;
        let fits = |w: &Waiting| w.version == key.version && w.revision == key.revision;
        let position = waiting.iter().rposition(fits)?;
        let found = waiting.remove(position);
        idle.count -= 1;
        Some(found.environment)
    }

    /// Keeps an environment for the next invocation.
    pub(crate) fn put(&self, key: &Key, environment: Environment) {
        let mut surplus = None;
        {
            let mut idle = self.lock();
            if idle.is_closed {
                surplus = Some(environment);
            } else {
                if idle.count >= self.idle_max {
                    surplus = idle.take_oldest();
                }
                let (version, revision) = (key.version, key.revision);
                let waiting = Waiting {
                    version,
                    revision,
                    since: Instant::now(),
                    environment,
                };
                idle.of_function
                    .entry(key.function.clone())
                    .or_default()
                    .push(waiting);
                idle.count += 1;
            }
        }
        // Killed outside of the lock.
        drop(surplus);
    }

    /// Ends every idle environment of a function whose version and revision are not wanted.
    pub(crate) fn retire(
        &self,
        function: &FunctionName,
        wanted: impl Fn(Version, RevisionId) -> bool,
    ) {
        let ended = self.lock().take_where(|name, waiting| {
            name == function && !wanted(waiting.version, waiting.revision)
        });
        drop(ended);
    }

    /// Ends every environment that has been idle for longer than `age`, or has died.
    pub(crate) fn end_older_than(&self, age: Duration) {
        let ended = self.lock().take_where(|_, waiting| {
            waiting.since.elapsed() > age || !waiting.environment.is_free()
        });
        drop(ended);
    }

    /// Ends every idle environment and keeps none from now on.
    pub(crate) fn close(&self) {
        let ended = {
            let mut idle = self.lock();
            idle.is_closed = true;
            idle.take_where(|_, _| true)
        };
        drop(ended);
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        // Every change under the lock is complete before anything could panic.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    fn take_oldest(&mut self) -> Option<Environment> {
        let oldest = self
            .of_function
            .iter()
            .filter_map(|(name, waiting)| Some((waiting.first()?.since, name.clone())))
            .min_by_key(|(since, _)| *since);
        let (_, name) = oldest?;
        let waiting = self.of_function.get_mut(&name)?;
        self.count -= 1;
        Some(waiting.remove(0).environment)
    }

    fn take_where(&mut self, is_it: impl Fn(&FunctionName, &Waiting) -> bool) -> Vec<Waiting> {
        let mut taken = Vec::new();
        for (name, waiting) in &mut self.of_function {
            taken.extend(waiting.extract_if(.., |waiting| is_it(name, waiting)));
        }
        self.of_function.retain(|_, waiting| !waiting.is_empty());
        self.count -= taken.len();
        taken
    }
}
