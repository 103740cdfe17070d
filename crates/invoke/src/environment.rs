//! One execution environment: a sandboxed runtime that runs one invocation at a time.
//!
//! Three tasks belong to each: one serves its Runtime API, one reads its output, one waits for its
//! end. They live on the server's tracker and end with the environment, whose drop kills whatever
//! still runs inside.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::extension::{Extension, ShutdownReason};
use domain::failure::Failure;
use domain::function::Configuration;
use domain::limits::{MEMORY_MB_PER_CPU, OPEN_FILES_MAX, PROCESSES_MAX};
use domain::name::{FunctionName, Home, Version};
use domain::time::Clock;
use network::{Access, Gateway};
use sandbox::{
    Companion, Dedication, Driver, Exit, Isolation, LISTEN_TOKEN, Limits, ProcessTree, Sandbox,
    Snapshot, SpawnError, Spec,
};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, error, warn};
use uuid::Uuid;

use crate::desk::{Desk, Init, Outcome, Work};
use crate::extensions::{self, Crew};
use crate::extensions_api::FunctionFacts;
use crate::invocation::InvokeError;
use crate::launch::Launch;
use crate::output::Output;
use crate::packages::Tree;
use crate::pool::{Key, Room};
use crate::prestart::{Prestarts, can_be_late};
use crate::runtime_api;
use crate::snapshots::{Snapshots, Taken};
use crate::variables::{Credentials, Identity, variables};

/// Where every function finds its Runtime API.
///
/// observed: the address that current environments of Lambda show.
pub(crate) const RUNTIME_API: std::net::SocketAddrV4 =
    std::net::SocketAddrV4::new(std::net::Ipv4Addr::new(169, 254, 100, 1), 9001);

pub(crate) const MIB: u64 = 1 << 20;

/// What it takes to start environments, whatever they run.
#[derive(Debug, Clone)]
pub(crate) struct Starter {
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) home: Home,
    pub(crate) tasks: TaskTracker,
    pub(crate) prestarts: Prestarts,
    pub(crate) snapshots: Arc<Snapshots>,
    /// The way to the network of sandboxes that have one.
    pub(crate) network: Option<Gateway>,
}

/// What one version of a function runs and how.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) key: Key,
    pub(crate) function: FunctionName,
    pub(crate) version: Version,
    pub(crate) configuration: Configuration,
    pub(crate) launch: Launch,
    pub(crate) runtime_arn: String,
    pub(crate) access: Access,
}

impl Plan {
    /// Whether environments are to be copies of one.
    pub(crate) fn wants_copies(&self) -> bool {
        self.configuration.snap_start && self.version != Version::Latest
    }
}

/// Where the runtime of an environment may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From those that were started ahead of time, if there is one.
    Ahead,
    /// It is started now.
    Anew,
}

/// Why an environment did not start.
#[derive(Debug)]
pub(crate) enum StartFailure {
    /// The package is at fault: this is an answer to the caller.
    Function(Failure),
    /// We or the host are.
    Ours(InvokeError),
}

/// How the wait for an initialization ended.
#[derive(Debug)]
pub(crate) enum Initialized {
    In(Duration),
    /// The runtime did not ask for work in time.
    TimedOut,
    Not(Init),
}

#[derive(Debug)]
pub(crate) struct Environment {
    desk: Arc<Desk>,
    tree: Arc<ProcessTree>,
    pub(crate) output: Arc<Output>,
    initialized: Option<oneshot::Receiver<Init>>,
    started: Instant,
    /// Whether its processes are stopped until there is work. Only whoever has the environment changes that.
    is_frozen: AtomicBool,
    /// What it counts for among all environments.
    pub(crate) room: Room,
    /// Ends the processes, and then the tasks, when the environment is dropped.
    end: CancellationToken,
    /// Of what it is a copy, which must live as long as it does.
    ancestor: Option<Arc<Taken>>,
    /// The package and the layers must stay on the disk as long as they can be read here.
    _trees: Vec<Arc<Tree>>,
}

impl Starter {
    pub(crate) async fn start(
        &self,
        plan: &Plan,
        room: Room,
        origin: Origin,
    ) -> Result<Environment, StartFailure> {
        let started = Instant::now();
        let (sandbox, ancestor) = self.sandbox(plan, origin).await.map_err(start_failure)?;
        debug!(function = %plan.function, elapsed = ?started.elapsed(), "sandbox started");
        self.settle(plan, (room, started), sandbox, ancestor)
    }

    /// Whether an environment could be copied, as far as that is known before it runs.
    pub(crate) fn can_copy(&self, plan: &Plan) -> bool {
        self.driver.isolation() == Isolation::Namespaces && can_be_late(plan)
    }

    /// Starts an environment that is to be copied; as any other, without a snapshot, where that cannot be.
    pub(crate) async fn start_to_copy(
        &self,
        plan: &Plan,
        room: Room,
    ) -> Result<(Environment, Option<Snapshot>), StartFailure> {
        let started = Instant::now();
        let mut env = self.variables(plan);
        env.push(("_INVOKED_IS_COPIED".to_owned(), "1".to_owned()));
        let dedication = dedication(plan, &env);
        let Some((sandbox, snapshot)) = self.prestarts.snapshot(plan, &dedication).await else {
            let environment = self.start(plan, room, Origin::Ahead).await?;
            return Ok((environment, None));
        };
        let environment = self.settle(plan, (room, started), sandbox, None)?;
        Ok((environment, Some(snapshot)))
    }

    /// Makes an environment of a sandbox.
    fn settle(
        &self,
        plan: &Plan,
        (room, started): (Room, Instant),
        sandbox: Sandbox,
        ancestor: Option<Arc<Taken>>,
    ) -> Result<Environment, StartFailure> {
        let Sandbox {
            listener,
            output,
            tree,
            uplink,
            ..
        } = sandbox;
        let format = plan.configuration.logging.format;
        let prepared = TcpListener::from_std(listener)
            .and_then(|listener| Ok((listener, Output::new(output, format)?)));
        let (listener, output) = prepared.map_err(|error| {
            let reason = format!("the sandbox's listener or output cannot be used: {error}");
            StartFailure::Ours(InvokeError::Environment { reason })
        })?;
        let (desk, initialized) = Desk::new(&plan.launch.extensions);
        let environment = Environment {
            desk: Arc::new(desk),
            tree: Arc::new(tree),
            output,
            initialized: Some(initialized),
            started,
            is_frozen: AtomicBool::new(false),
            room,
            end: CancellationToken::new(),
            ancestor,
            _trees: plan.launch.trees.clone(),
        };
        self.let_live(&environment, plan, listener);
        if let Some((network, uplink)) = self.network.as_ref().zip(uplink) {
            let serve = network.serve(uplink, plan.access).map_err(|error| {
                let reason = format!("the sandbox's network cannot be used: {error}");
                StartFailure::Ours(InvokeError::Environment { reason })
            })?;
            environment.serve_network(serve, &self.tasks);
        }
        Ok(environment)
    }

    /// Starts the tasks that belong to an environment, and its extensions.
    fn let_live(&self, environment: &Environment, plan: &Plan, listener: TcpListener) {
        let Environment {
            desk,
            tree,
            output,
            end,
            ..
        } = environment;
        // Extensions still have a word when the environment ends.
        let gone = CancellationToken::new();
        let function = Arc::new(FunctionFacts {
            name: plan.function.to_string(),
            version: plan.version.to_string(),
            handler: plan.configuration.handler.clone(),
            account: self.home.account.clone(),
        });
        let serve = runtime_api::serve(listener, Arc::clone(desk), function);
        let over = gone.clone();
        self.tasks
            .spawn(async move { over.run_until_cancelled(serve).await });
        let read = Arc::clone(output).read_to_end();
        let over = gone.clone();
        self.tasks
            .spawn(async move { over.run_until_cancelled(read).await });
        let crew = Crew {
            desk: Arc::clone(desk),
            tree: Arc::clone(tree),
            external: plan.launch.extensions.len(),
        };
        crew.start(&self.tasks, &gone);
        let (end, clock) = (end.clone(), Arc::clone(&self.clock));
        self.tasks.spawn(async move {
            let exit = end.run_until_cancelled(crew.tree.exited()).await;
            crew.desk.stop(exit.unwrap_or(Exit::Signal(9)));
            if crew.desk.has_extensions() {
                // A runtime that has ended by itself takes its extensions along when its environment is given up.
                end.cancelled().await;
                crew.end(clock.as_ref()).await;
            }
            crew.tree.kill().await;
            gone.cancel();
        });
    }

    /// One whose runtime has been started ahead of time, or a new one.
    async fn sandbox(
        &self,
        plan: &Plan,
        origin: Origin,
    ) -> Result<(Sandbox, Option<Arc<Taken>>), SpawnError> {
        let env = self.variables(plan);
        if origin == Origin::Ahead {
            if let Some(taken) = self.snapshots.get(&plan.key) {
                match self
                    .driver
                    .copy(&taken.snapshot, spec(plan, Vec::new()))
                    .await
                {
                    Ok(sandbox) => return Ok((sandbox, Some(taken))),
                    Err(error) => {
                        warn!(function = %plan.function, %error, "started as a whole: a snapshot could not be copied");
                        self.snapshots.forget(&taken);
                    }
                }
            }
            let dedication = dedication(plan, &env);
            if let Some(sandbox) = self.prestarts.take(plan, &dedication).await {
                return Ok((sandbox, None));
            }
        }
        let sandbox = self.driver.spawn(spec(plan, env)).await?;
        Ok((sandbox, None))
    }

    /// Where the function finds the API of this server.
    fn api_of(&self, plan: &Plan) -> Option<String> {
        match plan.access {
            Access::Outside => self.network.as_ref()?.api_url(),
            Access::Nothing => None,
        }
    }

    fn variables(&self, plan: &Plan) -> Vec<(String, String)> {
        let day = self.clock.now().to_day_path();
        let log_stream = format!("{day}/[{}]{}", plan.version, Uuid::new_v4().simple());
        let dice = || Uuid::new_v4().as_u128();
        variables(&Identity {
            home: &self.home,
            function: &plan.function,
            version: plan.version,
            configuration: &plan.configuration,
            log_stream: &log_stream,
            api: self.api_of(plan).as_deref(),
            credentials: &Credentials::new([dice(), dice(), dice()]),
        })
    }
}

/// The sandbox of an environment that is started as a whole, or of a copy, which has its variables already.
fn spec(plan: &Plan, env: Vec<(String, String)>) -> Spec {
    let launch = &plan.launch;
    let companions = launch.extensions.iter().map(|name| Companion {
        program: Path::new(extensions::DIRECTORY).join(name),
        env: extensions::variables(&env),
    });
    let companions = companions.collect();
    Spec {
        mounts: launch.shared.iter().chain(&launch.own).cloned().collect(),
        program: launch.program.clone(),
        args: launch.args.clone(),
        env,
        working_dir: PathBuf::from("/var/task"),
        listen: RUNTIME_API,
        limits: limits(plan),
        companions,
        mould: None,
    }
}

fn limits(plan: &Plan) -> Limits {
    let configuration = &plan.configuration;
    let memory_mb = configuration.memory_mb;
    Limits {
        memory_bytes: u64::from(memory_mb) * MIB,
        tmp_bytes: u64::from(configuration.ephemeral_storage_mb) * MIB,
        pids_max: PROCESSES_MAX,
        open_files_max: OPEN_FILES_MAX,
        cpu_millis: Some(memory_mb * 1_000 / MEMORY_MB_PER_CPU),
    }
}

/// What a runtime that waits is told: its variables, with NUL between them.
fn dedication(plan: &Plan, env: &[(String, String)]) -> Dedication {
    let address = RUNTIME_API.to_string();
    let variables: Vec<String> = env
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(LISTEN_TOKEN, &address)))
        .collect();
    Dedication {
        mounts: plan.launch.own.clone(),
        limits: limits(plan),
        message: variables.join("\0").into_bytes(),
    }
}

/// Tells apart what the package does wrong and what the host cannot do.
fn start_failure(error: SpawnError) -> StartFailure {
    match error {
        // observed: the words of Lambda's own supervisor, which is written in Go.
        SpawnError::Program { program, source } => {
            let why = source.to_string().to_lowercase();
            let why = why.split(" (os error").next().unwrap_or_default();
            let why = format!("fork/exec {}: {why}", program.display());
            StartFailure::Function(Failure::InvalidEntrypoint { why })
        }
        error @ (SpawnError::Mount { .. }
        | SpawnError::Invalid(_)
        | SpawnError::Step { .. }
        | SpawnError::Unsupported { .. }
        | SpawnError::SpawnerGone
        | SpawnError::Late { .. }
        | SpawnError::Local(_)) => StartFailure::Ours(InvokeError::Environment {
            reason: error.to_string(),
        }),
    }
}

impl Environment {
    /// Carries what the function sends and receives outside, as long as the environment lives.
    fn serve_network(
        &self,
        serve: impl Future<Output = io::Error> + Send + 'static,
        tasks: &TaskTracker,
    ) {
        let end = self.end.clone();
        tasks.spawn(async move {
            if let Some(error) = end.run_until_cancelled(serve).await {
                error!(%error, "an environment has lost its network");
            }
        });
    }

    /// Waits until the runtime asks for work for the first time.
    pub(crate) async fn initialized(&mut self, deadline: Instant) -> Initialized {
        let Some(initialized) = self.initialized.take() else {
            return Initialized::In(Duration::ZERO);
        };
        match timeout_at(deadline, initialized).await {
            Ok(Ok(Init::Done)) => Initialized::In(self.started.elapsed()),
            Ok(Ok(init)) => Initialized::Not(init),
            // The desk lives as long as we do and always speaks before it goes.
            Ok(Err(_)) => Initialized::Not(Init::Exited(Exit::Signal(9))),
            Err(_) => Initialized::TimedOut,
        }
    }

    /// Runs one invocation; `None` when its time was up. The environment must not be used again
    /// unless the runtime has posted an outcome.
    pub(crate) async fn run(&self, work: Work, deadline: Instant) -> Option<Outcome> {
        let Ok(outcome) = self.desk.assign(work) else {
            return Some(Outcome::NotStarted);
        };
        // After the work is on its way, so that the two overlap.
        self.thaw();
        match timeout_at(deadline, outcome).await {
            Ok(outcome) => Some(outcome.unwrap_or(Outcome::NotStarted)),
            Err(_) => None,
        }
    }

    /// Stops its processes until there is work, as Lambda does between invocations. Says whether it has: a runtime
    /// that has not asked for more work yet still has something to do.
    pub(crate) fn freeze(&self) -> bool {
        let is_parked = self.desk.is_parked();
        if is_parked {
            self.is_frozen.store(true, Ordering::Relaxed);
            self.tree.freeze();
        }
        is_parked
    }

    fn thaw(&self) {
        if self.is_frozen.swap(false, Ordering::Relaxed) {
            self.tree.thaw();
        }
    }

    /// Whether it was initialized as another one, and copied.
    pub(crate) fn is_copy(&self) -> bool {
        self.ancestor.is_some()
    }

    /// Whether its command has not ended.
    pub(crate) fn is_running(&self) -> bool {
        self.tree.is_running()
    }

    /// Kills everything that runs inside, and waits for that.
    pub(crate) async fn crash(&self) {
        self.tree.kill().await;
    }

    /// Whether the environment can run another invocation.
    pub(crate) fn is_free(&self) -> bool {
        self.desk.is_free()
    }

    /// Waits until the runtime and its extensions are done with the last invocation. Whether they were in time.
    pub(crate) async fn parked(&self, deadline: Instant) -> bool {
        !self.desk.has_extensions() || timeout_at(deadline, self.desk.parked()).await.is_ok()
    }

    /// Whether somebody may still be at work when the runtime has answered.
    pub(crate) fn has_extensions(&self) -> bool {
        self.desk.has_extensions()
    }

    /// How its extensions stand.
    pub(crate) fn extensions(&self) -> Vec<Extension> {
        self.desk.extensions()
    }

    /// Says why the environment ends, before it is dropped.
    pub(crate) fn ends_for(&self, reason: ShutdownReason) {
        self.desk.ends_for(reason);
    }

    /// The most memory that the environment has used at one time.
    pub(crate) fn memory_used_bytes(&self) -> u64 {
        self.tree.memory_peak_bytes()
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        if self.desk.has_extensions() {
            // They are told of the end.
            self.thaw();
        }
        self.end.cancel();
    }
}
