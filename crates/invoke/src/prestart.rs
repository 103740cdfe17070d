//! Runtimes that were started ahead of time and wait for their function.
//!
//! ```text
//! want ─▶ [starting] ─▶ [waiting] ─take─▶ dedicated to one function, for life
//!             ▲                    │
//!             └──── replaced ◀─────┘
//! ```
//!
//! Nothing of any function is in one that waits: an interpreter, our client, and a sandbox around them.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::limits::{OPEN_FILES_MAX, PROCESSES_MAX};
use domain::prestart::{Demand, can_be_set_late};
use domain::runtime::Runtime;
use domain::time::Clock;
use sandbox::{
    Dedication, Driver, Limits, Prepared, ReadOnlyMount, Sandbox, Snapshot, SpawnError, Spec,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use crate::environment::{Plan, RUNTIME_API};
use crate::variables::{before_any_function, mould};

/// Whoever has taken one is let run before it is replaced.
const REST_BEFORE_REPLACING: Duration = Duration::from_millis(20);

/// How long what is forked may take until it can be, and how often it is asked.
const MOULD_TIME_MAX: Duration = Duration::from_secs(5);
const MOULD_INTERVAL: Duration = Duration::from_millis(20);

/// What one is thought to take before the first of its kind was measured.
const MEMORY_BYTES_GUESS: u64 = 32 << 20;

/// What one may take while it waits.
const MEMORY_BYTES_MAX: u64 = 512 << 20;

/// Interpreters write nothing before they know their function.
const TMP_BYTES: u64 = 1 << 20;

/// What starts a runtime without a function.
#[derive(Debug, Clone)]
pub(crate) struct RuntimeStart {
    pub(crate) runtime: Runtime,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) shared: Vec<ReadOnlyMount>,
}

/// Keeps runtimes that wait. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Prestarts {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    driver: Arc<dyn Driver>,
    clock: Arc<dyn Clock>,
    /// All that wait together may take this much.
    memory_bytes_max: u64,
    kinds: Mutex<HashMap<Runtime, Kind>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// One runtime.
#[derive(Debug)]
struct Kind {
    start: RuntimeStart,
    waiting: Vec<Prepared>,
    starting: u32,
    demand: Demand,
    /// What the last one has taken when it was ready.
    memory_bytes: u64,
    /// The last one was forked, which is quicker than starting a runtime as a whole.
    is_fork: bool,
    /// The last one did not start, so nobody tries for a while: a function that is started as a whole says why.
    has_failed: bool,
}

impl Prestarts {
    /// With no memory nothing is ever started.
    pub(crate) fn new(
        driver: Arc<dyn Driver>,
        clock: Arc<dyn Clock>,
        memory_bytes_max: u64,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let kinds = Mutex::default();
        let inner = Arc::new(Inner {
            driver,
            clock,
            memory_bytes_max,
            kinds,
            tasks,
            stop,
        });
        Self { inner }
    }

    /// Has at least one of a runtime wait from now on.
    pub(crate) fn want(&self, start: RuntimeStart) {
        let runtime = start.runtime;
        let demand = Demand::none(self.inner.clock.now());
        self.lock().entry(runtime).or_insert_with(|| Kind {
            start,
            waiting: Vec::new(),
            starting: 0,
            demand,
            memory_bytes: MEMORY_BYTES_GUESS,
            is_fork: false,
            has_failed: false,
        });
        self.fill(runtime, Duration::ZERO);
    }

    /// Replaces what is missing of a runtime, also after one did not start. Says whether the runtime was ever wanted.
    pub(crate) fn refill(&self, runtime: Runtime) -> bool {
        match self.lock().get_mut(&runtime) {
            None => return false,
            Some(kind) => {
                kind.waiting.retain(Prepared::is_running);
                kind.has_failed = false;
            }
        }
        self.fill(runtime, Duration::ZERO);
        true
    }

    /// One that has become what the plan asks for, if it can be told that late. When none waits, it is forked where that can
    /// be done.
    pub(crate) async fn take(&self, plan: &Plan, dedication: &Dedication) -> Option<Sandbox> {
        if !can_be_late(plan) {
            return None;
        }
        let runtime = plan.configuration.runtime;
        let (waiting, forkable) = {
            let mut kinds = self.lock();
            let kind = kinds.get_mut(&runtime)?;
            kind.demand.add(self.inner.clock.now());
            kind.waiting.retain(Prepared::is_running);
            let forkable = kind.is_fork.then(|| spec(&kind.start));
            (kind.waiting.pop(), forkable)
        };
        self.fill(runtime, REST_BEFORE_REPLACING);
        let taken = match (waiting, forkable) {
            (Some(waiting), _) => waiting.dedicate(dedication).await,
            (None, Some(spec)) => self.inner.driver.prepare_for(spec, dedication).await,
            (None, None) => return None,
        };
        match taken {
            Ok(sandbox) => Some(sandbox),
            Err(error) => {
                debug!(function = %plan.function, %error, "started anew: a runtime that waited could not be used");
                None
            }
        }
    }

    /// A fork that has become what the plan asks for and can be forked again, if the runtime and the driver can do so.
    pub(crate) async fn snapshot(
        &self,
        plan: &Plan,
        dedication: &Dedication,
    ) -> Option<(Sandbox, Snapshot)> {
        if !can_be_late(plan) {
            return None;
        }
        let start = self.lock().get(&plan.configuration.runtime)?.start.clone();
        let deadline = Instant::now() + MOULD_TIME_MAX;
        loop {
            match self.inner.driver.snapshot(spec(&start), dedication).await {
                Ok(both) => return Some(both),
                Err(SpawnError::Step { source, .. })
                    if source.kind() == io::ErrorKind::WouldBlock && Instant::now() < deadline =>
                {
                    // What is forked is still starting.
                    tokio::time::sleep(MOULD_INTERVAL).await;
                }
                Err(error) => {
                    debug!(function = %plan.function, %error, "a runtime cannot be started to be copied");
                    return None;
                }
            }
        }
    }

    /// Ends what waits for runtimes that no function has, and what waits in vain.
    pub(crate) fn keep_only(&self, wanted: &HashSet<Runtime>) {
        let mut surplus = Vec::new();
        let now = self.inner.clock.now();
        for (runtime, kind) in self.lock().iter_mut() {
            let target = if wanted.contains(runtime) {
                kind.demand.target(now)
            } else {
                0
            };
            let target = usize::try_from(target).unwrap_or(usize::MAX);
            let keep = kind.waiting.len().min(target);
            surplus.extend(kind.waiting.drain(keep..));
        }
        // Ended outside of the lock.
        drop(surplus);
        self.lock().retain(|runtime, _| wanted.contains(runtime));
    }

    /// Ends everything that waits, and starts no more.
    pub(crate) fn close(&self) {
        self.inner.stop.cancel();
        let kinds = std::mem::take(&mut *self.lock());
        drop(kinds);
    }

    /// Starts as many as are missing, when `rest` is over.
    fn fill(&self, runtime: Runtime, rest: Duration) {
        let now = self.inner.clock.now();
        let mut kinds = self.lock();
        loop {
            let taken: u64 = kinds.values().map(Kind::memory).sum();
            let Some(kind) = kinds.get_mut(&runtime) else {
                return;
            };
            let have = kind.starting + u32::try_from(kind.waiting.len()).unwrap_or(u32::MAX);
            let has_room = taken + kind.memory_bytes <= self.inner.memory_bytes_max;
            if kind.has_failed || have >= kind.demand.target(now) || !has_room {
                return;
            }
            kind.starting += 1;
            let prestarts = self.clone();
            self.inner.tasks.spawn(async move {
                let start = prestarts.start_one(runtime, rest);
                prestarts.inner.stop.run_until_cancelled(start).await
            });
        }
    }

    async fn start_one(&self, runtime: Runtime, rest: Duration) {
        tokio::time::sleep(rest).await;
        let Some(spec) = self.lock().get(&runtime).map(|kind| spec(&kind.start)) else {
            return;
        };
        let prepared = self.inner.driver.prepare(spec).await;
        let mut kinds = self.lock();
        let Some(kind) = kinds.get_mut(&runtime) else {
            return;
        };
        kind.starting = kind.starting.saturating_sub(1);
        match prepared {
            Ok(prepared) => {
                kind.memory_bytes = prepared.memory_peak_bytes();
                kind.is_fork = prepared.is_fork();
                kind.waiting.push(prepared);
            }
            Err(error) => {
                debug!(%runtime, %error, "runtime cannot be started ahead of time");
                kind.has_failed = true;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Runtime, Kind>> {
        // Every change under the lock is complete before anything could panic.
        self.inner
            .kinds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    /// What those that wait and those that start take together.
    fn memory(&self) -> u64 {
        (self.waiting.len() as u64 + u64::from(self.starting)) * self.memory_bytes
    }
}

/// Whether a runtime can be told that late what it is for.
pub(crate) fn can_be_late(plan: &Plan) -> bool {
    let mut names = plan.configuration.environment.keys();
    // Extensions come before the runtime, and one that waits is there already.
    plan.launch.extensions.is_empty()
        && !plan.launch.shared.is_empty()
        && names.all(|name| can_be_set_late(name))
}

fn spec(start: &RuntimeStart) -> Spec {
    Spec {
        mounts: start.shared.clone(),
        program: start.program.clone(),
        args: start.args.clone(),
        env: before_any_function(start.runtime),
        working_dir: PathBuf::from("/"),
        listen: RUNTIME_API,
        limits: Limits {
            memory_bytes: MEMORY_BYTES_MAX,
            tmp_bytes: TMP_BYTES,
            pids_max: PROCESSES_MAX,
            open_files_max: OPEN_FILES_MAX,
            cpu_millis: None,
        },
        companions: Vec::new(),
        mould: mould(start.runtime),
    }
}
