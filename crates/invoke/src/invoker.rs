//! What the rest of the server calls: invoke, accept, check, and tell of changes.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use domain::destination::Destination;
use domain::event_invoke::policy;
use domain::faults::{Occasion, Strike};
use domain::fleet::Rules;
use domain::function::{Code, Function};
use domain::layer::Layer;
use domain::limits::RETRY_DELAYS;
use domain::name::{FunctionName, Home, Target};
use domain::runtime::Runtime;
use domain::time::Clock;
use network::Gateway;
use sandbox::Driver;
use store::documents::Documents;
use store::{Blobs, Bus, EventQueue, Limiter, StoreError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::Admission;
use crate::archive::PackageError;
use crate::environment::Starter;
use crate::event::{Attempts, Deliveries, Dispatcher, Endings, EventControl, Work, accept};
use crate::faults::FaultBook;
use crate::interpreters::InterpreterSettings;
use crate::invocation::{Answer, Invocation, InvokeError};
use crate::java_archive::Archives;
use crate::lifecycle::Lifecycle;
use crate::packages::{AdmittedPackage, Packages};
use crate::plan::Planner;
use crate::pool::Pool;
use crate::prestart::Prestarts;
use crate::resolve::Resolver;
use crate::router::{Router, new_trace};
use crate::stream::StreamSender;
use crate::targets::{Targets, Unreachable};
use crate::trouble::Trouble;

/// What an invoker is made of.
#[derive(Debug)]
pub struct Parts {
    pub functions: Arc<Documents<Function>>,
    pub layers: Arc<Documents<Layer>>,
    pub blobs: Arc<dyn Blobs>,
    pub events: Arc<dyn EventQueue>,
    pub driver: Arc<dyn Driver>,
    pub targets: Arc<dyn Targets>,
    pub bus: Arc<dyn Bus>,
    /// Begins with the reservations of `functions`.
    pub limiter: Arc<dyn Limiter>,
    pub clock: Arc<dyn Clock>,
    pub home: Home,
    /// A directory of our own: unpacked packages and the runtime clients go below it.
    pub directory: PathBuf,
    pub settings: Settings,
}

/// What an operator may tune.
#[derive(Debug, Clone)]
pub struct Settings {
    pub interpreters: InterpreterSettings,
    /// How many environments there may be, and how long they wait.
    pub environments: Rules,
    pub events: EventSettings,
    /// The time that functions and their logs see, if it is another than that of the events. A
    /// function compares its deadline with the real time.
    pub function_clock: Option<Arc<dyn Clock>>,
    /// What runtimes may take that were started ahead of time and wait for a function. Zero starts none.
    pub prestart_memory_bytes: u64,
    /// The way to the network of sandboxes that have one.
    pub network: Option<Gateway>,
    /// Whether faults may be ordered for functions.
    pub faults: bool,
}

/// What an operator may tune about events.
#[derive(Debug, Clone)]
pub struct EventSettings {
    /// Events that run at once. More wait in their queues, where they are safe.
    pub running_max: usize,
    /// The waits before the first and the second retry of a function that failed.
    pub retry_delays: [Duration; 2],
    /// How long the result of an event can be looked up. Zero keeps none.
    pub result_retention: Duration,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            running_max: 64,
            retry_delays: RETRY_DELAYS,
            result_retention: Duration::from_hours(1),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interpreters: InterpreterSettings::default(),
            environments: Rules {
                memory_bytes_max: u64::MAX,
                idle_max: 1_000,
                idle_time: Duration::from_mins(10),
                freeze_after: Some(Duration::from_millis(10)),
            },
            events: EventSettings::default(),
            function_clock: None,
            prestart_memory_bytes: 256 << 20,
            network: None,
            faults: false,
        }
    }
}

impl Parts {
    fn planner(&self, packages: Packages, tasks: &TaskTracker) -> io::Result<Planner> {
        let directory = self.directory.join("clients");
        let archives = Archives {
            driver: Arc::clone(&self.driver),
            directory: directory.clone(),
            tasks: tasks.clone(),
            begun: Mutex::default(),
        };
        let settings = self.settings.interpreters.clone();
        Planner::new(packages, &directory, settings, archives, self.home.clone())
    }

    /// `environments`: where the tasks of environments go.
    fn router(&self, planner: Planner, environments: &TaskTracker) -> Router {
        // Interpreters start in real time, whatever clock the events have.
        let clock = self.settings.clock_of_functions(&self.clock);
        let prestarts = Prestarts::new(
            Arc::clone(&self.driver),
            Arc::clone(&clock),
            self.settings.prestart_memory_bytes,
            environments.clone(),
            CancellationToken::new(),
        );
        Router {
            resolver: Resolver {
                functions: Arc::clone(&self.functions),
                home: self.home.clone(),
            },
            admission: Admission::new(Arc::clone(&self.limiter), Arc::clone(&self.functions)),
            pool: Pool::new(self.settings.environments),
            trouble: Trouble::default(),
            planner,
            starter: Starter {
                driver: Arc::clone(&self.driver),
                clock,
                home: self.home.clone(),
                tasks: environments.clone(),
                prestarts,
                snapshots: Arc::default(),
                network: self.settings.network.clone(),
            },
        }
    }
}

impl Settings {
    /// `clock`: that of everything else.
    fn clock_of_functions(&self, clock: &Arc<dyn Clock>) -> Arc<dyn Clock> {
        Arc::clone(self.function_clock.as_ref().unwrap_or(clock))
    }
}

/// Why the invoker could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("prepare the directory of packages and runtime clients, {}", directory.display())]
pub struct OpenError {
    pub directory: PathBuf,
    #[source]
    pub source: io::Error,
}

/// Deliveries to destinations that are under way at once.
const DELIVERING_MAX: usize = 32;

/// How long events that are cut off may take to be given back.
const GIVE_BACK_MAX: Duration = Duration::from_secs(5);

/// How often environments and packages that nobody needs are looked for.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(10);

/// Runs functions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Invoker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    router: Arc<Router>,
    lifecycle: Arc<Lifecycle>,
    packages: Packages,
    events: Arc<dyn EventQueue>,
    targets: Arc<dyn Targets>,
    endings: Arc<Endings>,
    clock: Arc<dyn Clock>,
    faults: Option<Arc<FaultBook>>,
    stop: CancellationToken,
    /// Ends the attempts whose events did not come to their end in time.
    cut_off: CancellationToken,
    /// Upkeep and the running of events: finite once stopped.
    work: TaskTracker,
    /// The tasks of environments, which end with them.
    environments: TaskTracker,
}

impl Invoker {
    /// Opens an invoker, takes up what a crash has interrupted, and starts to run events.
    pub fn open(parts: Parts) -> Result<Self, OpenError> {
        let directory = parts.directory.clone();
        let failed = |source| OpenError {
            directory: directory.clone(),
            source,
        };
        let packages = Packages::open(&directory.join("packages"), Arc::clone(&parts.blobs))
            .map_err(failed)?;
        let environments = TaskTracker::new();
        let planner = parts
            .planner(packages.clone(), &environments)
            .map_err(failed)?;
        let router = Arc::new(parts.router(planner, &environments));
        let lifecycle = Arc::new(Lifecycle {
            functions: Arc::clone(&parts.functions),
            layers: parts.layers,
            packages: packages.clone(),
            router: Arc::clone(&router),
            clock: Arc::clone(&parts.clock),
            named: Mutex::default(),
            initializing: Mutex::default(),
        });
        let endings = Arc::new(Endings {
            functions: Arc::clone(&parts.functions),
            home: parts.home,
            result_retention: parts.settings.events.result_retention,
            retry_delays: parts.settings.events.retry_delays,
            bus: parts.bus,
        });
        let inner = Inner {
            router,
            lifecycle,
            packages,
            events: parts.events,
            targets: parts.targets,
            endings,
            clock: parts.clock,
            faults: parts.settings.faults.then(Arc::default),
            stop: CancellationToken::new(),
            cut_off: CancellationToken::new(),
            work: TaskTracker::new(),
            environments,
        };
        let invoker = Self {
            inner: Arc::new(inner),
        };
        invoker.start_events(parts.settings.events.running_max);
        invoker.start_upkeep();
        for function in parts.functions.list() {
            invoker.follow(&function.name);
        }
        Ok(invoker)
    }

    fn start_events(&self, running_max: usize) {
        let inner = &self.inner;
        let attempts = Attempts {
            events: Arc::clone(&inner.events),
            router: Arc::clone(&inner.router),
            clock: Arc::clone(&inner.clock),
            endings: Arc::clone(&inner.endings),
            faults: inner.faults.clone(),
        };
        let deliveries = Deliveries {
            events: Arc::clone(&inner.events),
            targets: Arc::clone(&inner.targets),
            clock: Arc::clone(&inner.clock),
            endings: Arc::clone(&inner.endings),
        };
        self.dispatch(attempts, running_max);
        self.dispatch(deliveries, DELIVERING_MAX);
    }

    fn dispatch(&self, work: impl Work, running_max: usize) {
        let inner = &self.inner;
        let dispatcher = Dispatcher {
            work: Arc::new(work),
            events: Arc::clone(&inner.events),
            clock: Arc::clone(&inner.clock),
            running_max,
            tasks: inner.work.clone(),
            cut_off: inner.cut_off.clone(),
        };
        inner.work.spawn(dispatcher.run(inner.stop.clone()));
    }

    fn start_upkeep(&self) {
        let inner = &self.inner;
        let (pool, stop) = (inner.router.pool.clone(), inner.stop.clone());
        inner
            .work
            .spawn(async move { stop.run_until_cancelled(pool.freeze_idle()).await });
        let (router, lifecycle) = (Arc::clone(&inner.router), Arc::clone(&inner.lifecycle));
        let stop = inner.stop.clone();
        inner.work.spawn(async move {
            let upkeep = async {
                // Interpreters are looked for before the first function asks for one.
                router.planner.interpreters().await;
                lifecycle.suspect_all().await;
                lifecycle.prestart().await;
                loop {
                    tokio::time::sleep(UPKEEP_INTERVAL).await;
                    lifecycle.prestart().await;
                    router.pool.end_old_and_dead();
                    lifecycle.sweep().await;
                }
            };
            stop.run_until_cancelled(upkeep).await
        });
    }

    /// Runs a function and waits for its answer.
    ///
    /// The execution ends with this future: a caller that may go away runs it on a task.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Answer, InvokeError> {
        if self.inner.stop.is_cancelled() {
            return Err(InvokeError::ShuttingDown);
        }
        let strikes = self.strikes(&invocation);
        self.inner.router.invoke(invocation, &strikes).await
    }

    /// What is to go wrong on purpose with a call.
    fn strikes(&self, invocation: &Invocation) -> Vec<Strike> {
        self.faults().map_or_else(Vec::new, |faults| {
            let Invocation {
                target, request_id, ..
            } = invocation;
            faults.strike(&target.function, *request_id, Occasion::Call)
        })
    }

    /// As [`Invoker::invoke`], except that an answer that the function streams goes to `stream` as
    /// it is made; what is returned then has no payload. An answer that the function gives whole,
    /// or that it never came to, is returned as ever.
    pub async fn invoke_streaming(
        &self,
        invocation: Invocation,
        stream: StreamSender,
    ) -> Result<Answer, InvokeError> {
        if self.inner.stop.is_cancelled() {
            return Err(InvokeError::ShuttingDown);
        }
        let strikes = self.strikes(&invocation);
        let router = &self.inner.router;
        router
            .invoke_streaming(invocation, &strikes, Some(stream))
            .await
    }

    /// Takes an event. When this returns, the event is durable and will come to an end. Gives back the trace
    /// header that the event travels with.
    pub async fn accept(&self, invocation: Invocation) -> Result<String, InvokeError> {
        self.check(&invocation.target)?;
        let now = self.inner.clock.now();
        let trace = new_trace(&invocation, now);
        let age_max = self.event_age_max(&invocation.target);
        accept(&*self.inner.events, invocation, trace.clone(), now, age_max).await?;
        Ok(trace)
    }

    /// The faults that are made on purpose; none unless they were asked for at start.
    pub fn faults(&self) -> Option<&FaultBook> {
        self.inner.faults.as_deref()
    }

    /// Shows events and changes what becomes of them.
    pub fn events(&self) -> EventControl {
        EventControl {
            events: Arc::clone(&self.inner.events),
            endings: Arc::clone(&self.inner.endings),
            clock: Arc::clone(&self.inner.clock),
        }
    }

    fn event_age_max(&self, target: &Target) -> Duration {
        let endings = &self.inner.endings;
        let function = endings.functions.get(target.function.as_str());
        let config = function
            .as_ref()
            .and_then(|function| function.event_invoke.get(target.qualifier.as_ref()));
        policy(config, endings.retry_delays).event_age_max
    }

    /// Whether the target exists and can be invoked. Runs nothing.
    pub fn check(&self, target: &Target) -> Result<(), InvokeError> {
        self.inner.router.resolver.resolve(target).map(|_| ())
    }

    /// Whether the function exists, with the version or alias if one is named.
    pub fn knows(&self, target: &Target) -> bool {
        self.inner.router.resolver.knows(target)
    }

    /// Whether a destination that is no function of this server can be reached.
    pub async fn check_destination(&self, destination: &Destination) -> Result<(), Unreachable> {
        self.inner.targets.check(destination).await
    }

    /// Looks at a package and keeps it durably, so that a document may name it.
    pub async fn admit_package(&self, zip: Bytes) -> Result<AdmittedPackage, PackageError> {
        self.inner.packages.admit(zip).await
    }

    /// Keeps a package that a document named a moment ago, so that another one may name it. Look
    /// afterwards whether the document still does.
    pub async fn hold_package(&self, code: Code) -> AdmittedPackage {
        self.inner.packages.hold(code).await
    }

    /// Says that the version of a layer was deleted that had this package.
    pub fn layer_version_deleted(&self, content: &Code) {
        self.inner.packages.suspect(&content.sha256);
    }

    /// The bytes of a package that some document names.
    pub async fn package(&self, code: &Code) -> Result<Bytes, StoreError> {
        self.inner.packages.bytes(code).await
    }

    /// Says that a function's document was created, changed or deleted. Its reserved concurrency
    /// counts when this returns; what else follows happens in the background.
    pub async fn function_changed(&self, name: &FunctionName) {
        self.inner.router.admission.follow(name).await;
        if let Some(faults) = self.faults().filter(|_| !self.inner.endings.knows(name)) {
            faults.clear(name);
        }
        self.follow(name);
    }

    fn follow(&self, name: &FunctionName) {
        let (lifecycle, name) = (Arc::clone(&self.inner.lifecycle), name.clone());
        self.inner
            .work
            .spawn(async move { lifecycle.follow(&name).await });
    }

    /// The ARN of the exact runtime that a managed runtime's name means here.
    pub fn runtime_version_arn(&self, runtime: Runtime) -> Option<String> {
        runtime
            .is_managed()
            .then(|| self.inner.router.planner.runtime_arn(runtime))
    }

    /// Whether there is what runs functions of this runtime; only AWS's client for Java may be missing.
    pub fn offers(&self, runtime: Runtime) -> bool {
        self.inner.router.planner.offers(runtime)
    }

    /// Invocations that may run at once.
    pub fn account_concurrency(&self) -> u32 {
        self.inner.router.admission.limit()
    }

    /// Refuses new work, waits until events that run have ended, and ends every environment.
    /// An event that is cut off by the caller's patience runs again at the next start.
    pub async fn shutdown(&self, patience: Duration) {
        self.inner.stop.cancel();
        self.inner.router.starter.snapshots.stop.cancel();
        self.inner.work.close();
        let _in_time = tokio::time::timeout(patience, self.inner.work.wait()).await;
        // Before any environment ends: its end would count as the answer to its event.
        self.inner.cut_off.cancel();
        let _in_time = tokio::time::timeout(GIVE_BACK_MAX, self.inner.work.wait()).await;
        self.inner.router.starter.prestarts.close();
        self.inner.router.starter.snapshots.close();
        self.inner.router.pool.close();
        self.inner.environments.close();
        let _in_time = tokio::time::timeout(patience, self.inner.environments.wait()).await;
    }
}
