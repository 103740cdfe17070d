//! A function, an invoker in memory, and a script that plays the runtime.

#![expect(dead_code, reason = "every test program uses a part of it")]

mod disk;
mod mailbox;

use std::collections::BTreeMap;
use std::future::Future;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::change::{Draft, Refusal, Stamp};
use domain::function::{Architecture, Configuration, Function, RevisionId};
use domain::name::{FunctionName, Home, Target};
use domain::runtime::Runtime as RuntimeName;
use domain::time::Moment;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use invoke::{Answer, Invocation, InvokeError, Invoker, Parts, Settings};
use sandbox::fake::{FakeCommand, FakeDriver};
use sandbox::{Driver, Exit};
use store::conformance::TestClock;
use store::documents::Documents;
use store::memory::Memory;
use store::{
    EventQueue as _, EventState, Listed, LocalBus, LocalLimiter, LogQueue, QueueName, Scope,
};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use uuid::Uuid;

pub(crate) use disk::Disk;
pub(crate) use mailbox::Mailbox;

/// Nothing that is waited for here takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const FUNCTION: &str = "fn";

pub(crate) fn home() -> Home {
    Home::new("us-east-1", "000000000000")
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) invoker: Invoker,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) memory: Arc<Memory>,
    /// What is no function here gets its deliveries there.
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) disk: Arc<Disk>,
    pub(crate) queue: Arc<LogQueue<Disk>>,
    functions: Arc<Documents<Function>>,
    driver: Arc<FakeDriver>,
    started: Arc<AtomicUsize>,
    meetings: Meetings,
    directory: Arc<tempfile::TempDir>,
}

fn open_queue(disk: &Arc<Disk>, clock: &Arc<TestClock>) -> Arc<LogQueue<Disk>> {
    Arc::new(LogQueue::open(Arc::clone(disk), clock.clone()).unwrap())
}

/// Barriers by the number of parties.
type Meetings = Arc<std::sync::Mutex<BTreeMap<usize, Arc<Barrier>>>>;

async fn meet(meetings: &Meetings, parties: usize) {
    let barrier = {
        let mut meetings = meetings.lock().unwrap();
        Arc::clone(
            meetings
                .entry(parties)
                .or_insert_with(|| Arc::new(Barrier::new(parties))),
        )
    };
    tokio::time::timeout(PATIENCE, barrier.wait())
        .await
        .unwrap();
}

impl World {
    pub(crate) async fn with<S, F>(script: S) -> Self
    where
        S: Fn(Runtime) -> F + Send + Sync + Clone + 'static,
        F: Future<Output = Exit> + Send + 'static,
    {
        Self::with_settings(Settings::default(), script).await
    }

    pub(crate) async fn with_settings<S, F>(settings: Settings, script: S) -> Self
    where
        S: Fn(Runtime) -> F + Send + Sync + Clone + 'static,
        F: Future<Output = Exit> + Send + 'static,
    {
        Self::with_limit(1_000, settings, script).await
    }

    /// An account that runs so many invocations at once.
    pub(crate) async fn with_limit<S, F>(limit: u32, settings: Settings, script: S) -> Self
    where
        S: Fn(Runtime) -> F + Send + Sync + Clone + 'static,
        F: Future<Output = Exit> + Send + 'static,
    {
        let started = Arc::new(AtomicUsize::new(0));
        let meetings = Meetings::default();
        let driver = Arc::new(FakeDriver::new({
            let (started, meetings) = (Arc::clone(&started), Arc::clone(&meetings));
            move |command| {
                started.fetch_add(1, Ordering::SeqCst);
                let (script, meetings) = (script.clone(), Arc::clone(&meetings));
                async move { script(Runtime::connect(command, meetings).await).await }
            }
        }));
        let clock = TestClock::new();
        let memory = Arc::new(Memory::default());
        let disk = Arc::<Disk>::default();
        let queue = open_queue(&disk, &clock);
        let functions = Arc::new(Documents::open(memory.clone()).await.unwrap());
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let mailbox = Arc::<Mailbox>::default();
        let parts = Parts {
            functions: Arc::clone(&functions),
            layers: Arc::new(Documents::open(memory.clone()).await.unwrap()),
            blobs: memory.clone(),
            events: queue.clone(),
            driver: Arc::clone(&driver) as Arc<dyn Driver>,
            targets: mailbox.clone(),
            bus: Arc::<LocalBus>::default(),
            limiter: Arc::new(LocalLimiter::new(limit, [])),
            clock: clock.clone(),
            home: home(),
            directory: directory.path().to_owned(),
            settings,
        };
        let world = Self {
            invoker: Invoker::open(parts).unwrap(),
            clock,
            memory,
            mailbox,
            disk,
            queue,
            functions,
            driver,
            started,
            meetings,
            directory,
        };
        world.create(FUNCTION).await;
        world
    }

    /// Another server over what this one left behind.
    pub(crate) async fn restarted(self) -> Self {
        let queue = open_queue(&self.disk, &self.clock);
        let parts = Parts {
            functions: Arc::new(Documents::open(self.memory.clone()).await.unwrap()),
            layers: Arc::new(Documents::open(self.memory.clone()).await.unwrap()),
            blobs: self.memory.clone(),
            events: queue.clone(),
            driver: Arc::clone(&self.driver) as Arc<dyn Driver>,
            targets: self.mailbox.clone(),
            bus: Arc::<LocalBus>::default(),
            limiter: Arc::new(LocalLimiter::new(1_000, [])),
            clock: self.clock.clone(),
            home: home(),
            directory: self.directory.path().to_owned(),
            settings: Settings::default(),
        };
        let invoker = Invoker::open(parts).unwrap();
        Self {
            invoker,
            queue,
            ..self
        }
    }

    /// Events that have not come to their end.
    pub(crate) async fn unsettled_events(&self) -> usize {
        let queue = QueueName::new("lambda", FUNCTION);
        self.queue.depth(&queue).await.unwrap().total()
    }

    /// A function that runs the world's script.
    pub(crate) async fn create(&self, name: &str) {
        let package = self.invoker.admit_package(a_package()).await.unwrap();
        let runtime = RuntimeName::parse("provided.al2023").unwrap();
        let mut configuration = Configuration::new(runtime, "h", "role", Architecture::X86_64);
        configuration.timeout = Duration::from_secs(1);
        let draft = Draft {
            name: FunctionName::parse(name).unwrap(),
            code: package.code().clone(),
            configuration,
            tags: BTreeMap::new(),
            publish: false,
        };
        let stamp = Stamp {
            now: Moment::from_millis(1),
            revision: RevisionId(Uuid::new_v4()),
        };
        self.functions
            .create(Function::create(draft, stamp).unwrap())
            .await
            .unwrap();
        self.invoker
            .function_changed(&FunctionName::parse(name).unwrap())
            .await;
        until(|| !self.functions.get(name).unwrap().is_unsettled()).await;
    }

    /// Deletes the function.
    pub(crate) async fn delete(&self) {
        let nothing = |_: &Function| Ok::<(), Refusal>(());
        self.functions.delete(FUNCTION, nothing).await.unwrap();
        self.invoker
            .function_changed(&FunctionName::parse(FUNCTION).unwrap())
            .await;
    }

    /// Takes an event, and gives back its request id.
    pub(crate) async fn accept(&self, payload: &str) -> Uuid {
        let invocation = an_invocation(payload);
        let request_id = invocation.request_id;
        self.invoker.accept(invocation).await.unwrap();
        request_id
    }

    pub(crate) fn let_time_pass(&self, by: Duration) {
        self.clock.advance(by);
        self.queue.look_again();
    }

    /// The only event of a queue, once it waits and has been handed out so often.
    pub(crate) async fn waiting_after(&self, queue: &QueueName, attempts: u32) -> Listed {
        self.until_listed(queue, |listed| {
            listed.state == EventState::Waiting && listed.attempts == attempts
        })
        .await
    }

    /// The only event of a queue, once it is as it should be.
    pub(crate) async fn until_listed(
        &self,
        queue: &QueueName,
        is_so: impl Fn(&Listed) -> bool,
    ) -> Listed {
        let scope = Scope::Queue(queue.clone());
        let waiting = async {
            loop {
                let part = self.queue.list(&scope, None, 2).await.unwrap();
                if let [listed] = part.entries.as_slice()
                    && is_so(listed)
                {
                    return listed.clone();
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("the event is never so")
    }

    /// What was kept of an event, once it has ended.
    pub(crate) async fn result_of(&self, request_id: Uuid) -> serde_json::Value {
        let waiting = async {
            loop {
                let kept = self.queue.kept(&request_id.to_string()).await.unwrap();
                if let [kept] = kept.as_slice() {
                    return serde_json::from_slice(&kept.value).unwrap();
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("the event never ends")
    }

    pub(crate) async fn change(
        &self,
        change: impl Fn(&Function) -> Result<Function, Refusal> + Send + Sync,
    ) {
        self.functions.change(FUNCTION, change).await.unwrap();
        self.invoker
            .function_changed(&FunctionName::parse(FUNCTION).unwrap())
            .await;
    }

    /// As [`World::change`], except that the change may be refused.
    pub(crate) async fn try_change(
        &self,
        change: impl Fn(&Function) -> Result<Function, Refusal> + Send + Sync,
    ) {
        if self.functions.change(FUNCTION, change).await.is_ok() {
            self.invoker
                .function_changed(&FunctionName::parse(FUNCTION).unwrap())
                .await;
        }
    }

    pub(crate) fn function(&self) -> Arc<Function> {
        self.functions.get(FUNCTION).unwrap()
    }

    pub(crate) async fn invoke(&self, payload: &str) -> Result<Answer, InvokeError> {
        self.invoker.invoke(an_invocation(payload)).await
    }

    pub(crate) async fn invoke_for_log(&self, payload: &str) -> Result<Answer, InvokeError> {
        self.invoker
            .invoke(Invocation {
                log_tail: true,
                ..an_invocation(payload)
            })
            .await
    }

    /// Environments that were ever started.
    pub(crate) fn started(&self) -> usize {
        self.started.load(Ordering::SeqCst)
    }

    /// Environments that live.
    pub(crate) fn running(&self) -> usize {
        self.driver.running()
    }

    pub(crate) async fn until_running(&self, count: usize) {
        until(|| self.running() == count).await;
    }

    pub(crate) async fn until_settled(&self) {
        until(|| !self.function().is_unsettled()).await;
    }

    pub(crate) async fn until_no_event_is_unsettled(&self) {
        let settling = async {
            while self.unsettled_events().await > 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, settling)
            .await
            .expect("an event is never settled");
    }

    pub(crate) async fn meet(&self, parties: usize) {
        meet(&self.meetings, parties).await;
    }
}

pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("it is never so");
}

pub(crate) fn an_invocation(payload: &str) -> Invocation {
    an_invocation_of(FUNCTION, payload)
}

pub(crate) fn an_invocation_of(function: &str, payload: &str) -> Invocation {
    Invocation {
        target: Target {
            function: FunctionName::parse(function).unwrap(),
            qualifier: None,
        },
        request_id: Uuid::new_v4(),
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        client_context: None,
        trace: None,
        caller: None,
        log_tail: false,
    }
}

pub(crate) fn text(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn a_package() -> Bytes {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(b"#!/bin/sh\n").unwrap();
    zip.finish().unwrap().into_inner().into()
}

/// The side of the Runtime API that the customer's process is on.
pub(crate) struct Runtime {
    api: SendRequest<Full<Bytes>>,
    command: FakeCommand,
    meetings: Meetings,
}

pub(crate) struct Event {
    pub(crate) request_id: String,
    pub(crate) body: String,
    /// The ARN that was invoked.
    pub(crate) arn: String,
}

impl Runtime {
    async fn connect(command: FakeCommand, meetings: Meetings) -> Self {
        let stream = TcpStream::connect(command.address).await.unwrap();
        let (api, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        // Ends with the script, which owns the other end.
        tokio::spawn(connection);
        Self {
            api,
            command,
            meetings,
        }
    }

    pub(crate) async fn next(&mut self) -> Event {
        let path = "/2018-06-01/runtime/invocation/next";
        let request = Request::builder().uri(path).body(Full::default()).unwrap();
        self.api.ready().await.unwrap();
        let response = self.api.send_request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let header = &response.headers()["lambda-runtime-aws-request-id"];
        let request_id = header.to_str().unwrap().to_owned();
        let header = &response.headers()["lambda-runtime-invoked-function-arn"];
        let arn = header.to_str().unwrap().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Event {
            request_id,
            body: text(&body),
            arn,
        }
    }

    pub(crate) async fn respond(&mut self, request_id: &str, body: impl Into<Bytes>) {
        assert_eq!(
            self.try_respond(request_id, body).await,
            StatusCode::ACCEPTED
        );
    }

    pub(crate) async fn try_respond(
        &mut self,
        request_id: &str,
        body: impl Into<Bytes>,
    ) -> StatusCode {
        self.post(&format!("invocation/{request_id}/response"), body)
            .await
    }

    pub(crate) async fn fail(&mut self, request_id: &str, body: &'static str) {
        self.fail_with(request_id, body).await;
    }

    pub(crate) async fn fail_with(&mut self, request_id: &str, body: impl Into<Bytes>) {
        let status = self
            .post(&format!("invocation/{request_id}/error"), body)
            .await;
        assert_eq!(status, StatusCode::ACCEPTED);
    }

    pub(crate) async fn fail_init(mut self, body: &'static str) {
        assert_eq!(self.post("init/error", body).await, StatusCode::ACCEPTED);
    }

    pub(crate) fn write(&mut self, text: &str) {
        self.command.output.write_all(text.as_bytes()).unwrap();
    }

    pub(crate) async fn meet(&self, parties: usize) {
        meet(&self.meetings, parties).await;
    }

    /// What the sandbox says that it has used.
    pub(crate) fn memory_peak_bytes(&self) -> &AtomicU64 {
        &self.command.memory_peak_bytes
    }

    /// Waits until the sandbox is not frozen.
    pub(crate) async fn until_thawed(&mut self) {
        self.command
            .frozen
            .wait_for(|is_frozen| !is_frozen)
            .await
            .unwrap();
    }

    /// As [`Runtime::next`]; meets another party when the sandbox is frozen meanwhile.
    pub(crate) async fn next_after_freezing(&mut self) -> Event {
        let (mut frozen, meetings) = (self.command.frozen.clone(), Arc::clone(&self.meetings));
        let freezing = async {
            let waiting = frozen.wait_for(|is_frozen| *is_frozen);
            tokio::time::timeout(PATIENCE, waiting)
                .await
                .unwrap()
                .unwrap();
            meet(&meetings, 2).await;
        };
        let (event, ()) = tokio::join!(self.next(), freezing);
        event
    }

    async fn post(&mut self, path: &str, body: impl Into<Bytes>) -> StatusCode {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/2018-06-01/runtime/{path}"))
            .body(Full::new(body.into()))
            .unwrap();
        self.api.ready().await.unwrap();
        let response = self.api.send_request(request).await.unwrap();
        let status = response.status();
        response.into_body().collect().await.unwrap();
        status
    }
}
