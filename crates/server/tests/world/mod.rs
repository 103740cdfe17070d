//! A server on a port of its own: state in memory, functions played by scripts.

#![expect(dead_code, reason = "every test program uses a part of it")]

use std::future::Future;
use std::io::{Cursor, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::destination::{Delivery, Destination};
use domain::function::Function;
use domain::name::Home;
use domain::time::{Clock, Moment};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use invoke::{Delivered, Invoker, Parts, Settings, Targets, Unreachable};
use sandbox::Exit;
use sandbox::fake::{FakeCommand, FakeDriver};
use serde_json::{Value, json};
use server::{Auth, Server, ServerParts};
use sqs::Sqs;
use store::documents::Documents;
use store::memory::{Memory, MemoryLog};
use store::{LocalBus, LocalLimiter};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Nothing that is waited for here takes this long.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) const CONNECTIONS_MAX: usize = 100;

pub(crate) const FUNCTIONS: &str = "/2015-03-31/functions";
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/r";

/// 2023-11-14T22:13:20Z, until a test moves it.
const START_MILLIS: u64 = 1_700_000_000_000;

/// Destinations are there if their name is `known`.
#[derive(Debug)]
struct Known;

#[async_trait]
impl Targets for Known {
    async fn check(&self, destination: &Destination) -> Result<(), Unreachable> {
        if destination.arn().ends_with("known") {
            return Ok(());
        }
        Err(Unreachable {
            reason: "it is not there".to_owned(),
        })
    }

    async fn deliver(&self, delivery: &Delivery, _: Uuid) -> Result<Delivered, Unreachable> {
        self.check(&delivery.destination).await?;
        Ok(Delivered::Sent)
    }
}

#[derive(Debug)]
struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    /// Invocations that reached a function.
    pub(crate) ran: Arc<AtomicUsize>,
    /// Invocations that have an answer.
    pub(crate) answered: Arc<AtomicUsize>,
    /// A function whose event is `{"wait":true}` answers after it got a permit from here.
    pub(crate) go: Arc<Semaphore>,
    clock: Arc<TestClock>,
    shutdown: CancellationToken,
    ended: JoinHandle<std::io::Result<()>>,
    _directory: tempfile::TempDir,
}

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Status, error type and the text under either key.
    pub(crate) fn error(&self) -> (u16, String, String) {
        let body = self.json();
        let message = body.get("message").or_else(|| body.get("Message"));
        (
            self.status.as_u16(),
            self.header("x-amzn-errortype")
                .unwrap_or_default()
                .to_owned(),
            message
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        )
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Auth::Off).await
    }

    pub(crate) async fn with(auth: Auth) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicU64::new(START_MILLIS)));
        let (ran, answered) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let go = Arc::new(Semaphore::new(0));
        let driver = FakeDriver::new({
            let (ran, answered, go) = (Arc::clone(&ran), Arc::clone(&answered), Arc::clone(&go));
            move |command| {
                let (ran, answered) = (Arc::clone(&ran), Arc::clone(&answered));
                play(command, ran, answered, Arc::clone(&go))
            }
        });
        let memory = Arc::new(Memory::default());
        let functions: Arc<Documents<Function>> =
            Arc::new(Documents::open(memory.clone()).await.unwrap());
        let layers = Arc::new(Documents::open(memory.clone()).await.unwrap());
        let home = Home::new("us-east-1", "000000000000");
        let events = MemoryLog::queue(clock.clone());
        let shutdown = CancellationToken::new();
        let sqs = Sqs::open(sqs::Parts {
            store: memory.clone(),
            events: events.clone(),
            clock: clock.clone(),
            home: home.clone(),
            shutdown: shutdown.clone(),
        });
        let sqs = sqs.await.unwrap();
        let invoker = Invoker::open(Parts {
            functions: Arc::clone(&functions),
            layers: Arc::clone(&layers),
            blobs: memory.clone(),
            events,
            driver: Arc::new(driver),
            targets: Arc::new(Known),
            bus: Arc::<LocalBus>::default(),
            limiter: Arc::new(LocalLimiter::new(1_000, [])),
            clock: clock.clone(),
            home: home.clone(),
            directory: directory.path().to_owned(),
            settings: Settings::default(),
        })
        .unwrap();
        let server = Server::new(ServerParts {
            functions,
            layers,
            invoker,
            sqs,
            clock: clock.clone(),
            home,
            auth,
            connections_max: CONNECTIONS_MAX,
            drain_timeout: PATIENCE,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ended = spawn(server.run(listener, shutdown.clone()));
        Self {
            address,
            ran,
            answered,
            go,
            clock,
            shutdown,
            ended,
            _directory: directory,
        }
    }

    pub(crate) fn let_time_pass(&self, duration: Duration) {
        let millis = u64::try_from(duration.as_millis()).unwrap();
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Tells the server to end. It has ended when the handle has.
    pub(crate) fn shut_down(self) -> JoinHandle<std::io::Result<()>> {
        self.shutdown.cancel();
        self.ended
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// An HTTP connection of a well-behaved client.
    pub(crate) async fn client(&self) -> SendRequest<Full<Bytes>> {
        let (client, connection) = handshake(TokioIo::new(self.connect().await)).await.unwrap();
        spawn(connection);
        client
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Response {
        read(&mut self.client().await, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.call(Method::DELETE, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Response {
        self.call(Method::PUT, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let body = body
            .map(|body| Bytes::from(body.to_string()))
            .unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.address.to_string())
            .body(Full::new(body))
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn invoke(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        payload: &str,
    ) -> Response {
        self.send(an_invocation(path, headers, payload.to_owned()))
            .await
    }

    /// A function that is active. `settings` are merged into the request.
    pub(crate) async fn has_function(&self, name: &str, settings: &Value) -> Value {
        let created = self.post(FUNCTIONS, &a_function(name, settings)).await;
        assert_eq!(created.status, StatusCode::CREATED, "{created:?}");
        self.until_settled(name).await
    }

    /// Waits as the waiters of the SDKs do, and gives back the configuration.
    pub(crate) async fn until_settled(&self, name: &str) -> Value {
        let path = format!("{FUNCTIONS}/{name}/configuration");
        let settled = async {
            loop {
                let configuration = self.get(&path).await.json();
                if configuration["State"] != "Pending"
                    && configuration["LastUpdateStatus"] != "InProgress"
                {
                    return configuration;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, settled).await.unwrap()
    }

    pub(crate) async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !is_so(self) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("it is never so");
    }

    /// Sends bytes as they are and reads until the server closes the connection.
    pub(crate) async fn talk(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        read_to_end(&mut stream).await
    }
}

/// Everything that the server says until it closes the connection.
pub(crate) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    within_patience(stream.read_to_end(&mut heard))
        .await
        .unwrap();
    String::from_utf8(heard).unwrap()
}

pub(crate) async fn read(
    client: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Response {
    client.ready().await.unwrap();
    let exchange = async {
        let response = client.send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        Response {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    };
    tokio::time::timeout(PATIENCE, exchange).await.unwrap()
}

/// Waits by the clock of the world. A clock of tokio's that a test has paused jumps to the next timer as soon
/// as nothing is left to do but wait for a socket, and that timer must be one of the server's.
async fn within_patience<F: Future>(work: F) -> F::Output {
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let (late, is_late) = tokio::sync::oneshot::channel();
    let watch = std::thread::spawn(move || {
        if is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            late.send(()).unwrap();
        }
    });
    let outcome = tokio::select! {
        outcome = work => outcome,
        Ok(()) = is_late => panic!("nothing has come for {PATIENCE:?}"),
    };
    drop(done);
    watch.join().unwrap();
    outcome
}

#[expect(clippy::disallowed_methods, reason = "a test ends with its process")]
pub(crate) fn spawn<F: Future<Output: Send> + Send + 'static>(future: F) -> JoinHandle<F::Output> {
    tokio::spawn(future)
}

pub(crate) fn an_invocation(
    path: &str,
    headers: &[(&str, &str)],
    payload: String,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(format!("{FUNCTIONS}/{path}"))
        .header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(payload.into())).unwrap()
}

/// The request for a function, with `settings` merged in.
pub(crate) fn a_function(name: &str, settings: &Value) -> Value {
    let mut request = json!({
        "FunctionName": name,
        "Runtime": "provided.al2023",
        "Role": ROLE,
        "Handler": "h",
        "Code": {"ZipFile": a_package("one")},
    });
    for (key, value) in settings.as_object().unwrap() {
        request[key] = value.clone();
    }
    request
}

pub(crate) fn zip_of(content: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(content.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A package in base64; packages of different content differ.
pub(crate) fn a_package(content: &str) -> String {
    STANDARD.encode(zip_of(content))
}

/// Plays the runtime of every function: the answer is the event, unless the event says otherwise.
async fn play(
    mut command: FakeCommand,
    ran: Arc<AtomicUsize>,
    answered: Arc<AtomicUsize>,
    go: Arc<Semaphore>,
) -> Exit {
    let stream = TcpStream::connect(command.address).await.unwrap();
    let (mut api, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    spawn(connection);
    loop {
        let next = "/2018-06-01/runtime/invocation/next";
        let next = Request::builder().uri(next).body(Full::default()).unwrap();
        api.ready().await.unwrap();
        let Ok(response) = api.send_request(next).await else {
            return Exit::Code(0);
        };
        let id = response.headers()["lambda-runtime-aws-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let context = response
            .headers()
            .get("lambda-runtime-client-context")
            .map(|value| value.to_str().unwrap().to_owned());
        let event = response.into_body().collect().await.unwrap().to_bytes();
        ran.fetch_add(1, Ordering::SeqCst);
        let wants: Value = serde_json::from_slice(&event).unwrap();
        if wants["wait"] == true {
            go.acquire().await.unwrap().forget();
        }
        if let Some(text) = wants["print"].as_str() {
            command.output.write_all(text.as_bytes()).unwrap();
        }
        let (kind, answer) = match (&wants["fail"], context) {
            (Value::Bool(true), _) => (
                "error",
                Bytes::from_static(br#"{"errorMessage":"no","errorType":"E"}"#),
            ),
            (_, Some(context)) if wants["context"] == true => ("response", context.into()),
            _ => ("response", event),
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/2018-06-01/runtime/invocation/{id}/{kind}"))
            .body(Full::new(answer))
            .unwrap();
        api.ready().await.unwrap();
        let response = api.send_request(request).await.unwrap();
        response.into_body().collect().await.unwrap();
        answered.fetch_add(1, Ordering::SeqCst);
    }
}
