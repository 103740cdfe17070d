//! `invoked serve`: puts engine, sandbox, invoker and server together, and takes them apart again.
//!
//! ```text
//! engine ─▶ documents ─▶ invoker ─▶ server ─▶ ready … signal ─▶ drain ─▶ invoker ─▶ driver ─▶ engine
//! ```

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use domain::fleet::Rules;
use domain::function::Function;
use domain::layer::Layer;
use domain::limits::CONCURRENT_EXECUTIONS_DEFAULT;
use domain::name::Home;
use domain::time::{AdjustableClock, Clock};
use invoke::{EventSettings, InterpreterSettings, Invoker, Parts, Settings};
use network::Gateway;
use sandbox::namespaces::NamespaceDriver;
use sandbox::unconfined::UnconfinedDriver;
use sandbox::{Driver, Level, Protection};
use server::{Server, ServerParts};
use sqs::Sqs;
use store::documents::Documents;
use store::{Bounds, LocalBus, LocalLimiter};
use store_sqlite::{DataDirectory, Engine};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use crate::cli::Output;
use crate::clock::{SystemClock, VirtualClock};
use crate::config::{
    Auth, ClockKind, Config, FaultsOnPurpose, NetworkMode, RuntimesMatch, SandboxMode,
    process_environment,
};
use crate::endpoint::Endpoint;
use crate::outside::Outside;
use crate::{host_memory, logging, open_files, print};

/// How long environments and the sandbox may take to end after the last request has.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(5);

/// Idle environments that are kept. They hold processes of the host, and descriptors of ours.
const IDLE_MAX: usize = 1_000;

/// Whom the host asks for names.
const RESOLVERS: &str = "/etc/resolv.conf";

/// The exit status after a second signal, as shells report SIGINT.
const INTERRUPTED: i32 = 130;

pub(crate) fn serve(config: Config, output: Output) -> Result<()> {
    logging::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the threads of the server")?;
    runtime.block_on(run(config, output))
}

async fn run(config: Config, output: Output) -> Result<()> {
    let started = Instant::now();
    let tasks = TaskTracker::new();
    let shutdown = CancellationToken::new();
    // Before anything is made that would have to be taken apart again.
    tasks.spawn(await_signals(signals()?, shutdown.clone()));
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listen on {}", config.listen))?;
    // A process of its own prepares the sandbox meanwhile.
    let (driver, kept) = tokio::join!(driver(&config), Kept::open(&config));
    let driver = driver?;
    let Kept {
        engine,
        functions,
        layers,
        clocks: (clock, adjustable_clock),
    } = kept?;
    debug!(elapsed = ?started.elapsed(), "sandbox and store ready");
    let home = Home::new(&config.region, &config.account_id);
    let sqs = Sqs::open(sqs::Parts {
        store: engine.store.clone(),
        events: engine.queue.clone(),
        clock: Arc::clone(&clock),
        home: home.clone(),
        shutdown: shutdown.clone(),
    })
    .await?;
    let invoker = Invoker::open(Parts {
        functions: Arc::clone(&functions),
        layers: Arc::clone(&layers),
        blobs: engine.blobs.clone(),
        events: engine.queue.clone(),
        driver: Arc::clone(&driver),
        targets: Arc::new(Outside::new(sqs.clone(), &config.targets, &home)),
        bus: Arc::<LocalBus>::default(),
        limiter: Arc::new(limiter(&functions)),
        clock: Arc::clone(&clock),
        home: home.clone(),
        directory: config.data_dir.clone(),
        settings: settings(&config, listener.local_addr()?),
    })?;
    debug!(elapsed = ?started.elapsed(), "invoker ready");
    let server = Server::new(ServerParts {
        functions,
        layers,
        invoker: invoker.clone(),
        sqs: sqs.clone(),
        clock,
        home,
        auth: auth(config.auth),
        connections_max: open_files::connections_max(),
        drain_timeout: config.drain_timeout,
    })
    .with_adjustable_clock(adjustable_clock);
    let endpoint = Endpoint::new(&config, listener.local_addr()?);
    endpoint.record()?;
    announce(&config, &endpoint, output)?;
    info!(endpoint = endpoint.url, elapsed = ?started.elapsed(), "ready");
    if config.sandbox == SandboxMode::Namespaces {
        tasks.spawn_blocking(report_protections);
    }

    let outcome = server.run(listener, shutdown).await;

    info!("shutting down");
    withdraw(&endpoint);
    invoker.shutdown(SHUTDOWN_PATIENCE).await;
    sqs.shutdown(SHUTDOWN_PATIENCE).await;
    driver.shutdown().await;
    // The last writes go to the disk on threads of the engine.
    tokio::task::spawn_blocking(move || engine.close()).await?;
    info!("stopped");
    Ok(outcome?)
}

/// What is kept in the data directory.
struct Kept {
    engine: Engine,
    functions: Arc<Documents<Function>>,
    layers: Arc<Documents<Layer>>,
    clocks: Clocks,
}

impl Kept {
    async fn open(config: &Config) -> Result<Self> {
        let directory = DataDirectory::take(&config.data_dir)?;
        let clocks = clocks(config, &directory)?;
        let engine = Engine::open_within(directory, Arc::clone(&clocks.0), Bounds::default())?;
        Ok(Self {
            functions: Arc::new(Documents::open(engine.store.clone()).await?),
            layers: Arc::new(Documents::open(engine.store.clone()).await?),
            engine,
            clocks,
        })
    }
}

/// Takes back what `invoked env` reads.
fn withdraw(endpoint: &Endpoint) {
    if let Err(error) = endpoint.withdraw() {
        warn!(
            error = format!("{error:#}"),
            "the note for `invoked env` stays behind"
        );
    }
}

/// The clock that everything but functions runs by, and the same again if it can be advanced.
type Clocks = (Arc<dyn Clock>, Option<Arc<dyn AdjustableClock>>);

/// The directory is taken already: two servers never stand at one clock.
fn clocks(config: &Config, directory: &DataDirectory) -> Result<Clocks> {
    let directory = directory.path();
    let in_directory = || format!("keep the virtual clock in {}", directory.display());
    match config.clock {
        ClockKind::System => {
            let reached = VirtualClock::reached(directory).with_context(in_directory)?;
            if let Some(reached) = reached.filter(|reached| *reached > SystemClock.now()) {
                warn!(
                    ?reached,
                    "the virtual clock of this data directory is ahead of the clock of the \
                     system: what was written by it becomes due only then"
                );
            }
            Ok((Arc::new(SystemClock), None))
        }
        ClockKind::Virtual => {
            let clock = VirtualClock::open(directory, SystemClock.now());
            let clock = Arc::new(clock.with_context(in_directory)?);
            warn!(
                now = ?clock.now(),
                "the clock is virtual: it stands still until it is advanced, so nothing that \
                 waits for a later time happens by itself"
            );
            Ok((clock.clone(), Some(clock)))
        }
    }
}

/// Which requests are let in.
fn auth(auth: Auth) -> server::Auth {
    match auth {
        Auth::On => server::Auth::On,
        Auth::Off => server::Auth::Off,
    }
}

/// The account's concurrency, and what functions have reserved of it.
fn limiter(functions: &Documents<Function>) -> LocalLimiter {
    let functions = functions.list();
    let reserved = functions.iter().filter_map(|function| {
        let reserved = function.reserved_concurrency?;
        Some((function.name.as_str(), reserved))
    });
    LocalLimiter::new(CONCURRENT_EXECUTIONS_DEFAULT, reserved)
}

/// What of the configuration the invoker is to know. `listen`: where this server listens.
fn settings(config: &Config, listen: SocketAddr) -> Settings {
    let faults = config.faults == FaultsOnPurpose::WhenOrdered;
    if faults {
        warn!("faults can be ordered for functions: this server is for tests");
    }
    Settings {
        interpreters: interpreters(config),
        events: EventSettings {
            running_max: config.events.running_max,
            retry_delays: config.events.retry_delays,
            result_retention: config.events.result_retention,
        },
        environments: Rules {
            memory_bytes_max: config
                .environments
                .memory_mb
                .map_or_else(host_memory::for_environments, |mb| u64::from(mb) << 20),
            idle_max: IDLE_MAX,
            idle_time: config.environments.idle_time,
            freeze_after: config.environments.freeze_after,
        },
        function_clock: Some(Arc::new(SystemClock)),
        prestart_memory_bytes: u64::from(config.prestart_memory_mb) << 20,
        faults,
        network: network(config, listen),
    }
}

/// The way to the network of functions, if they are to have one. `listen`: where this server listens.
fn network(config: &Config, listen: SocketAddr) -> Option<Gateway> {
    (config.network == NetworkMode::Nat).then(|| {
        Gateway::new(network::Settings {
            exceptions: config.network_allow.clone(),
            api: Some(listen),
            resolvers: PathBuf::from(RESOLVERS),
            sockets_max: open_files::function_sockets_max(),
        })
    })
}

async fn driver(config: &Config) -> Result<Arc<dyn Driver>> {
    match config.sandbox {
        SandboxMode::None => Ok(Arc::new(UnconfinedDriver::start().await?)),
        SandboxMode::Namespaces => {
            if config.isolation > Level::Basic {
                let level = config.isolation;
                tokio::task::spawn_blocking(move || require(level, &sandbox::probe())).await??;
            }
            let driver = match config.network {
                NetworkMode::Nat => NamespaceDriver::start_with_uplinks().await,
                NetworkMode::None => NamespaceDriver::start().await,
            };
            let driver = driver.context(
                "functions cannot be isolated here with what they are to have. `--network none` \
                 gives them no network, and running them unconfined has to be asked for with \
                 `--sandbox none`; `invoked doctor` shows what is missing",
            )?;
            Ok(Arc::new(driver))
        }
    }
}

/// Refuses to go on where the host gives less than was asked for.
fn require(level: Level, protections: &[Protection]) -> Result<()> {
    let missing: Vec<String> = protections
        .iter()
        .filter(|protection| !protection.on && protection.level <= level)
        .map(|protection| {
            let fix = protection.fix.as_deref().unwrap_or_default();
            format!(
                "{}: {}. To enable it: {fix}",
                protection.name, protection.detail
            )
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "this host isolates functions less than `--isolation` asks for:\n  {}",
        missing.join("\n  ")
    )
}

/// Tells the log which protections this host does not give. It takes a moment to try them all.
fn report_protections() {
    for lost in sandbox::probe()
        .into_iter()
        .filter(|protection| !protection.on)
    {
        let fix = lost.fix.unwrap_or_default();
        warn!(
            protection = lost.name,
            why = lost.detail,
            fix,
            "functions run without a protection"
        );
    }
}

/// Where interpreters are looked for; only this crate may ask the environment.
pub(crate) fn interpreters(config: &Config) -> InterpreterSettings {
    let path = process_environment("PATH").unwrap_or_default();
    let java_client = config.java_client_dir.clone();
    let java_client = java_client.unwrap_or_else(|| config.data_dir.join("java-client"));
    InterpreterSettings {
        search_path: std::env::split_paths(&path).collect(),
        home: process_environment("HOME").map(PathBuf::from),
        is_exact: config.runtimes_match == RuntimesMatch::Exact,
        java_client: Some(java_client),
    }
}

/// Says what a client and an operator need to know, and what weakens this server.
fn announce(config: &Config, endpoint: &Endpoint, output: Output) -> Result<()> {
    if config.auth == Auth::On {
        info!(
            "signatures must be well formed but are not verified yet: any access key is accepted"
        );
    } else {
        warn!("auth is off: unsigned requests are accepted");
    }
    if config.sandbox == SandboxMode::None {
        warn!(
            "sandbox is none: functions run unconfined, and can do whatever the user of this \
             process can do"
        );
    }
    match output {
        Output::Json => print(&format!("{}\n", serde_json::to_string(endpoint)?))?,
        Output::Text => print(&format!(
            "The Lambda API is served at {}. A client needs\n\n{}\nand `invoked env` prints that \
             again. Functions are kept in {}. Ctrl-C ends the server.\n",
            endpoint.url,
            endpoint.to_shell("    "),
            config.data_dir.display(),
        ))?,
    }
    Ok(())
}

fn signals() -> Result<[Signal; 2]> {
    let on = |kind| signal(kind).context("watch for signals");
    Ok([on(SignalKind::interrupt())?, on(SignalKind::terminate())?])
}

/// Ends the server in good order at the first signal, and at once at the second.
async fn await_signals([mut interrupt, mut terminate]: [Signal; 2], shutdown: CancellationToken) {
    let mut next = async || {
        tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        }
    };
    let signal = next().await;
    info!(
        signal,
        "signal received; running requests are finished first"
    );
    shutdown.cancel();
    let signal = next().await;
    warn!(signal, "second signal received; ending at once");
    process::exit(INTERRUPTED);
}
