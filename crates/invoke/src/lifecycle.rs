//! What follows from a change of a function: packages are made ready, environments of what no
//! longer runs end, and packages that nobody needs are forgotten.
//!
//! All of it can be repeated, so a crash in between costs nothing: at the next start every function
//! that was being created or updated is taken up again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use domain::change::{Refusal, Stamp};
use domain::function::{Code, Function, RevisionId, Snapshot};
use domain::layer::Layer;
use domain::name::{FunctionName, Qualifier, Version};
use domain::runtime::Runtime;
use domain::time::Clock;
use store::documents::{ChangeError, Documents};
use tracing::{error, info};
use uuid::Uuid;

use crate::archive::PackageError;
use crate::packages::Packages;
use crate::pool::Key;
use crate::resolve::{Resolved, runs};
use crate::router::Router;
use crate::stack;

#[derive(Debug)]
pub(crate) struct Lifecycle {
    pub(crate) functions: Arc<Documents<Function>>,
    pub(crate) layers: Arc<Documents<Layer>>,
    pub(crate) packages: Packages,
    pub(crate) router: Arc<Router>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The packages and layers that each function named when it was last looked at.
    pub(crate) named: Mutex<HashMap<FunctionName, HashSet<String>>>,
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
        self.take_snapshots(name).await;
    }

    /// Initializes the published versions that wait for that.
    async fn take_snapshots(&self, name: &FunctionName) {
        let Some(function) = self.functions.get(name.as_str()) else {
            return;
        };
        for number in function.awaiting_snapshots() {
            let version = Version::Number(number);
            let qualifier = Qualifier::Version(version);
            let home = &self.router.resolver.home;
            let arn = home.qualified_arn(name, Some(&qualifier));
            let Some(mut resolved) = Resolved::of(&function, version, arn) else {
                continue;
            };
            // What comes of it belongs to the version as it is afterwards.
            let revision = RevisionId(Uuid::new_v4());
            resolved.key.revision = revision;
            let Some(outcome) = self.router.take_snapshot(&resolved).await else {
                continue;
            };
            let stamp = Stamp {
                now: self.clock.now(),
                revision,
            };
            let ready = outcome.is_ok();
            let taken = |function: &Function| function.snapshot_taken(number, &outcome, stamp);
            match self.functions.change(name.as_str(), taken).await {
                Ok(_) => info!(function = %name, %version, ready, "version initialized"),
                // Deleted meanwhile.
                Err(ChangeError::NotFound | ChangeError::Refused(Refusal::Superseded)) => {
                    self.retire(name);
                }
                Err(error) => {
                    error!(function = %name, %version, %error, "version cannot be settled");
                }
            }
        }
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
