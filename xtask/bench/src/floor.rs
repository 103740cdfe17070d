//! The least that any server costs: two servers that do nothing but pass bytes on.
//!
//! Both run in a process of their own, as the product does.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use clap::ValueEnum;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use crate::process::Process;

/// How many runtimes poll at the same time.
const RUNTIMES: usize = 16;

/// How long a runtime is told that it may take.
const INVOCATION_TIME: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Echo,
    ThreeParty,
}

/// A floor that runs, with the runtimes that poll it.
#[derive(Debug)]
pub(crate) struct Floor {
    pub(crate) address: SocketAddr,
    server: Process,
    runtimes: Vec<Process>,
}

/// What the runtimes of a floor run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Runtime<'a> {
    /// There are none.
    Nothing,
    /// The same program as the compiled function of the product.
    Bootstrap(&'a Path),
    /// The product's Python function, with AWS's client in this interpreter.
    Awslambdaric(&'a Path),
}

impl Floor {
    pub(crate) fn start(kind: Kind, runtime: Runtime<'_>) -> Result<Self> {
        let name = kind.to_possible_value().context("a floor has a name")?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["floor", name.get_name()]);
        let (server, line) = Process::start_and_read(&mut command)?;
        let [address, runtime_api]: [SocketAddr; 2] = serde_json::from_str(&line)?;
        let runtimes = (0..RUNTIMES)
            .filter_map(|_| runtime.command())
            .map(|mut command| {
                command
                    .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string())
                    .env("AWS_LAMBDA_FUNCTION_NAME", "floor")
                    .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
                    .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
                    .env("AWS_LAMBDA_LOG_GROUP_NAME", "floor")
                    .env("AWS_LAMBDA_LOG_STREAM_NAME", "floor");
                Process::start(&mut command)
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            address,
            server,
            runtimes,
        })
    }

    /// All its processes.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let runtimes = self.runtimes.iter().map(Process::id);
        runtimes.chain([self.server.id()]).collect()
    }
}

impl Runtime<'_> {
    fn command(self) -> Option<Command> {
        match self {
            Self::Nothing => None,
            Self::Bootstrap(program) => Some(Command::new(program)),
            Self::Awslambdaric(python) => {
                let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/functions");
                let mut command = Command::new(python);
                command
                    .args(["-m", "awslambdaric", "echo.handler"])
                    .current_dir(folder)
                    .env("LAMBDA_TASK_ROOT", folder);
                Some(command)
            }
        }
    }
}

/// An event on its way to a runtime, and where its answer goes.
struct Job {
    event: Bytes,
    answer: oneshot::Sender<Bytes>,
}

/// What the client's side and the runtimes' side of the three-party floor share.
struct Exchange {
    jobs: Mutex<VecDeque<Job>>,
    ready: Semaphore,
    running: Mutex<HashMap<u64, oneshot::Sender<Bytes>>>,
    next_id: AtomicU64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves until the process is killed.
#[tokio::main]
pub(crate) async fn serve(kind: Kind) -> Result<()> {
    let clients = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let runtimes = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addresses = [clients.local_addr()?, runtimes.local_addr()?];
    println!("{}", serde_json::to_string(&addresses)?);
    if kind == Kind::Echo {
        return accept(clients, |request| async { body_of(request).await }).await;
    }
    let exchange = Arc::new(Exchange {
        jobs: Mutex::default(),
        ready: Semaphore::new(0),
        running: Mutex::default(),
        next_id: AtomicU64::new(1),
    });
    let other = Arc::clone(&exchange);
    tokio::try_join!(
        accept(clients, move |request| invoke(
            Arc::clone(&exchange),
            request
        )),
        accept(runtimes, move |request| runtime_api(
            Arc::clone(&other),
            request
        )),
    )
    .map(drop)
}

async fn accept<H, F>(listener: TcpListener, answer: H) -> Result<()>
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answer = answer.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let response = answer(request);
                async { Ok::<_, Infallible>(response.await) }
            });
            // A client that goes away ends its connection; nobody needs to know.
            drop(
                http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await,
            );
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn body_of(request: Request<Incoming>) -> Response<Full<Bytes>> {
    match request.into_body().collect().await {
        Ok(body) => Response::new(Full::new(body.to_bytes())),
        Err(_) => empty(StatusCode::BAD_REQUEST),
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

async fn invoke(exchange: Arc<Exchange>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let Ok(event) = request.into_body().collect().await else {
        return empty(StatusCode::BAD_REQUEST);
    };
    let (answer, answered) = oneshot::channel();
    locked(&exchange.jobs).push_back(Job {
        event: event.to_bytes(),
        answer,
    });
    exchange.ready.add_permits(1);
    match answered.await {
        Ok(answer) => Response::new(Full::new(answer)),
        Err(_) => empty(StatusCode::BAD_GATEWAY),
    }
}

async fn runtime_api(exchange: Arc<Exchange>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    if path.ends_with("/next") {
        return next(&exchange).await;
    }
    let id = path.rsplit('/').nth(1).and_then(|id| id.parse().ok());
    let running = id.and_then(|id| locked(&exchange.running).remove(&id));
    if let (Some(running), Ok(body)) = (running, request.into_body().collect().await) {
        // The client may be gone.
        drop(running.send(body.to_bytes()));
    }
    empty(StatusCode::ACCEPTED)
}

async fn next(exchange: &Exchange) -> Response<Full<Bytes>> {
    let Ok(permit) = exchange.ready.acquire().await else {
        return empty(StatusCode::GONE);
    };
    permit.forget();
    let Some(job) = locked(&exchange.jobs).pop_front() else {
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let id = exchange.next_id.fetch_add(1, Ordering::Relaxed);
    locked(&exchange.running).insert(id, job.answer);
    let mut response = Response::new(Full::new(job.event));
    let headers = response.headers_mut();
    headers.insert("lambda-runtime-aws-request-id", id.into());
    headers.insert("lambda-runtime-deadline-ms", deadline_ms().into());
    // AWS's client for Python ends with a segmentation fault without a trace.
    for (name, value) in [
        ("lambda-runtime-invoked-function-arn", "arn"),
        ("lambda-runtime-trace-id", "Root=1-0-0;Sampled=0"),
        ("content-type", "application/json"),
    ] {
        headers.insert(name, http::HeaderValue::from_static(value));
    }
    response
}

#[expect(
    clippy::disallowed_methods,
    reason = "the runtime is told the time of day"
)]
fn deadline_ms() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from((now + INVOCATION_TIME).as_millis()).unwrap_or(u64::MAX)
}
