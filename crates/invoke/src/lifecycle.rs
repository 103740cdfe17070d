//! What follows from a change of a function: packages are made ready, environments of what no
//! longer runs end, and packages that nobody needs are forgotten.
//!
//! All of it can be repeated, so a crash in between costs nothing: at the next start every function
//! that was being created or updated is taken up again.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::change::{Refusal, Stamp};
use domain::function::{Code, Function, RevisionId, Snapshot};
use domain::layer::Layer;
use domain::name::{FunctionName, Qualifier, Version};
use domain::runtime::Runtime;
use domain::time::Clock;
use store::documents::{ChangeError, Documents};
use tokio::time::sleep;
use tracing::{error, info, warn};
use uuid::Uuid;

use crate::archive::PackageError;
use crate::packages::Packages;
use crate::pool::Key;
use crate::resolve::{Resolved, runs};
use crate::router::Router;
use crate::snapshots::Outcome;
use crate::stack;

/// How long a version waits that could not be initialized for a reason that is not the function's.
const INITIALIZE_AGAIN_AFTER: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Lifecycle {
    pub(crate) functions: Arc<Documents<Function>>,
    pub(crate) layers: Arc<Documents<Layer>>,
    pub(crate) packages: Packages,
    pub(crate) router: Arc<Router>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The packages and layers that each function named when it was last looked at.
    pub(crate) named: Mutex<HashMap<FunctionName, HashSet<String>>>,
    /// The functions of which somebody initializes versions.
    pub(crate) initializing: Mutex<HashSet<FunctionName>>,
}

impl Lifecycle {
    /// Brings everything in line with the function's document.
    pub(crate) async fn follow(&self, name: &FunctionName) {
        self.note_packages(name);
        let unsettled = self
            .functions
            .get(name.as_str())
            .filter(|function| function.is_unsettled());
        if let Some(function) = unsettled {
            self.settle(&function).await;
            self.note_packages(name);
        }
        self.retire(name);
        self.initialize_versions(name).await;
    }

    /// Initializes the published versions that wait for that, as often as it takes, until none is left. One task at a time does
    /// so for a function.
    async fn initialize_versions(&self, name: &FunctionName) {
        if !self.lock_initializing().insert(name.clone()) {
            // The one who does so sees what has changed before it leaves.
            return;
        }
        let stop = &self.router.starter.snapshots.stop;
        while let Some((function, number)) = self.next_awaiting(name) {
            if !self.initialize_version(&function, number).await
                && stop
                    .run_until_cancelled(sleep(INITIALIZE_AGAIN_AFTER))
                    .await
                    .is_none()
            {
                self.lock_initializing().remove(name);
                return;
            }
        }
    }

    /// A version that waits. If there is none, whoever asks for a function is done with it.
    fn next_awaiting(&self, name: &FunctionName) -> Option<(Arc<Function>, NonZeroU64)> {
        let mut initializing = self.lock_initializing();
        let function = self.functions.get(name.as_str());
        let waiting = function.and_then(|function| {
            let number = function.awaiting_snapshots().next()?;
            Some((function, number))
        });
        if waiting.is_none() {
            initializing.remove(name);
        }
        waiting
    }

    /// Initializes a version, and says so in its document. Whether that is settled.
    async fn initialize_version(&self, function: &Arc<Function>, number: NonZeroU64) -> bool {
        let (name, version) = (&function.name, Version::Number(number));
        let qualifier = Qualifier::Version(version);
        let home = &self.router.resolver.home;
        let arn = home.qualified_arn(name, Some(&qualifier));
        let Some(mut resolved) = Resolved::of(function, version, arn) else {
            return false;
        };
        // What comes of it belongs to the version as it is afterwards.
        let revision = RevisionId(Uuid::new_v4());
        resolved.key.revision = revision;
        let outcome = match self.router.initialize_version(&resolved).await {
            Outcome::Initialized => Ok(()),
            Outcome::Failed(reason) => Err(reason),
            Outcome::NotNow(reason) => {
                warn!(function = %name, %version, reason, "version cannot be initialized now");
                return false;
            }
        };
        let stamp = Stamp {
            now: self.clock.now(),
            revision,
        };
        let taken = |function: &Function| function.snapshot_taken(number, &outcome, stamp);
        match self.functions.change(name.as_str(), taken).await {
            Ok(_) => {
                info!(function = %name, %version, ready = outcome.is_ok(), "version initialized");
                true
            }
            // Deleted meanwhile.
            Err(ChangeError::NotFound | ChangeError::Refused(Refusal::Superseded)) => {
                self.retire(name);
                true
            }
            Err(error) => {
                error!(function = %name, %version, %error, "version cannot be settled");
                false
            }
        }
    }

    fn lock_initializing(&self) -> MutexGuard<'_, HashSet<FunctionName>> {
        let initializing = self.initializing.lock();
        initializing.unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the package of a function ready and ends its creation or update.
    async fn settle(&self, function: &Function) {
        let revision = function.latest.revision;
        let outcome = match self.unpack(&function.latest).await {
            Ok(()) => Ok(()),
            Err(PackageError::Disk(error)) => {
                Err(format!("the package cannot be unpacked: {error}"))
            }
            Err(error) => Err(error.to_string()),
        };
        let runtime = function.latest.configuration.runtime;
        if let Some(start) = self.router.planner.prepare(runtime).await {
            self.router.starter.prestarts.want(start);
        }
        let stamp = Stamp {
            now: self.clock.now(),
            revision: RevisionId(Uuid::new_v4()),
        };
        let prepared = |function: &Function| function.prepared(revision, &outcome, stamp);
        match self
            .functions
            .change(function.name.as_str(), prepared)
            .await
        {
            Ok(_) => info!(function = %function.name, ready = outcome.is_ok(), "function settled"),
            // Deleted, or replaced by a change that is settled by itself.
            Err(ChangeError::NotFound | ChangeError::Refused(Refusal::Superseded)) => {}
            Err(error) => error!(function = %function.name, %error, "function cannot be settled"),
        }
    }

    async fn unpack(&self, version: &Snapshot) -> Result<(), PackageError> {
        self.packages.tree(&version.code).await?;
        let layers: Vec<&Code> = version.layers().collect();
        self.packages.stack(&layers).await?;
        Ok(())
    }

    /// Ends the environments that no invocation gets any more.
    fn retire(&self, name: &FunctionName) {
        let function = self.functions.get(name.as_str());
        let is_wanted = |key: &Key| {
            function
                .as_ref()
                .is_some_and(|function| runs(function, key))
        };
        self.router.pool.retire(name, is_wanted);
        let snapshots = &self.router.starter.snapshots;
        snapshots.retain(|key| key.function != *name || is_wanted(key));
        self.router
            .trouble
            .retain(|key| key.function != *name || is_wanted(key));
    }

    /// Suspects the packages that the function named before and does not name now.
    fn note_packages(&self, name: &FunctionName) {
        let function = self.functions.get(name.as_str());
        let now: HashSet<String> = function
            .iter()
            .flat_map(|function| stack::names(function))
            .collect();
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        let before = if now.is_empty() {
            named.remove(name)
        } else {
            named.insert(name.clone(), now.clone())
        };
        for gone in before.unwrap_or_default().difference(&now) {
            self.packages.suspect(gone);
        }
    }

    /// Has the runtimes of all functions wait for them, and no others.
    pub(crate) async fn prestart(&self) {
        let wanted: HashSet<Runtime> = self.functions.list().iter().map(runtime_of).collect();
        let prestarts = &self.router.starter.prestarts;
        for runtime in &wanted {
            if prestarts.refill(*runtime) {
                continue;
            }
            if let Some(start) = self.router.planner.prepare(*runtime).await {
                prestarts.want(start);
            }
        }
        prestarts.keep_only(&wanted);
    }

    /// Looks for packages that a crash has left behind. To be called once, at start.
    pub(crate) async fn suspect_all(&self) {
        if let Err(error) = self.packages.suspect_all().await {
            error!(%error, "packages cannot be listed");
        }
    }

    /// Forgets packages that nobody needs.
    pub(crate) async fn sweep(&self) {
        let needed = || {
            let functions = self.functions.list();
            let layers = self.layers.list();
            let published = layers.iter().flat_map(|layer| layer.versions.values());
            let published = published.map(|version| version.content.sha256.clone());
            let used = functions.iter().flat_map(|function| stack::names(function));
            used.chain(published).collect()
        };
        if let Err(error) = self.packages.sweep(needed).await {
            error!(%error, "packages cannot be removed");
        }
    }
}

fn runtime_of(function: &Arc<Function>) -> Runtime {
    function.latest.configuration.runtime
}
