//! One invocation, from "run this" to an answer.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::extension::ShutdownReason;
use domain::failure::Failure;
use domain::faults::Strike;
use domain::limits::{INIT_TIMEOUT, RESTORE_TIMEOUT};
use domain::log_line::{Beginning, Begun, Line, Phase, Report, Status};
use domain::name::Version;
use domain::time::Moment;
use domain::trace::trace_header;
use sandbox::Exit;
use store::Slot;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::debug;
use uuid::Uuid;

use crate::admission::Admission;
use crate::closing::Closing;
use crate::desk::{Init, Outcome, Post, Work};
use crate::environment::{Environment, Initialized, MIB, Origin, Plan, StartFailure, Starter};
use crate::invocation::{Answer, Invocation, InvokeError};
use crate::plan::Planner;
use crate::pool::Pool;
use crate::resolve::{Resolved, Resolver};
use crate::snapshots::reason;
use crate::stream::{StreamError, StreamHead, StreamSender, StreamTo};
use crate::trouble::{Trouble, Turn};

/// What stands between an invocation and its answer.
#[derive(Debug)]
pub(crate) struct Router {
    pub(crate) resolver: Resolver,
    pub(crate) admission: Admission,
    pub(crate) pool: Pool,
    pub(crate) trouble: Trouble,
    pub(crate) planner: Planner,
    pub(crate) starter: Starter,
}

impl Router {
    /// `strikes`: what is to go wrong on purpose.
    pub(crate) async fn invoke(
        self: &Arc<Self>,
        invocation: Invocation,
        strikes: &[Strike],
    ) -> Result<Answer, InvokeError> {
        self.invoke_streaming(invocation, strikes, None).await
    }

    /// As [`Router::invoke`], except that an answer that the function streams goes to `stream`.
    pub(crate) async fn invoke_streaming(
        self: &Arc<Self>,
        invocation: Invocation,
        strikes: &[Strike],
        stream: Option<StreamSender>,
    ) -> Result<Answer, InvokeError> {
        let resolved = self.resolver.resolve(&invocation.target)?;
        let slot = self
            .admission
            .admit(&resolved.key.function)
            .await
            .map_err(|limit| InvokeError::Throttled { limit })?;
        if strikes.contains(&Strike::Throttle) {
            let limit = self.admission.limit_of(&resolved.key.function);
            return Err(InvokeError::Throttled { limit });
        }
        let trace = new_trace(&invocation, self.starter.clock.now());
        let run = Run {
            router: self,
            invocation,
            resolved,
            trace,
            strikes,
            stream,
            slot: Arc::new(slot),
        };
        run.answered().await
    }
}

/// One invocation of one version.
struct Run<'a> {
    router: &'a Arc<Router>,
    invocation: Invocation,
    resolved: Resolved,
    trace: String,
    /// What is to go wrong on purpose.
    strikes: &'a [Strike],
    /// Where an answer goes that the function streams, if the caller wants it so.
    stream: Option<StreamSender>,
    /// Given back when nothing of the invocation runs any more.
    slot: Arc<Slot>,
}

/// What the runtime gave for an answer.
enum Given {
    Whole(Post),
    /// The caller has it already, but for the error in which it may have ended.
    Streamed(Option<StreamError>),
}

/// How an invocation ended, and what its log says of that.
struct Ended {
    result: Result<Given, Failure>,
    /// Of a cold start whose initialization is not part of the duration.
    init: Option<Beginning>,
    status: Status,
}

impl Run<'_> {
    async fn answered(&self) -> Result<Answer, InvokeError> {
        if self.fails_init() {
            return self.run_cold().await;
        }
        while let Some(environment) = self.router.pool.take(&self.resolved.key) {
            if let Some(answer) = self.run_in(environment, None).await {
                return Ok(answer);
            }
        }
        // A fresh environment that ends before it takes its work is the function's failure, so
        // this is not repeated without end.
        self.run_cold().await
    }

    /// Runs in an environment that is ready. `None` if it had died before it took the work.
    async fn run_in(&self, environment: Environment, init: Option<Beginning>) -> Option<Answer> {
        let timeout = self.resolved.timeout;
        let started = Instant::now();
        self.begin(&environment);
        let outcome = self
            .run_work(&environment, timeout, started + timeout)
            .await;
        if matches!(outcome, Some(Outcome::NotStarted)) {
            return None;
        }
        let result = self.result(outcome);
        let status = status_of(&result);
        let ended = Ended {
            result,
            init,
            status,
        };
        let deadline = started + timeout;
        Some(self.finish(environment, (started, deadline), ended).await)
    }

    async fn run_cold(&self) -> Result<Answer, InvokeError> {
        let plan = match self.router.planner.plan(&self.resolved).await? {
            Ok(plan) => plan,
            Err(failure) => return Ok(self.answer_without_environment(&failure)),
        };
        let turn = self.turn().await?;
        let started = Instant::now();
        let mut environment = match self.start(&plan, &turn).await? {
            Ok(environment) => environment,
            Err(failure) => return Ok(self.answer_without_environment(&failure)),
        };
        let limit = if environment.is_copy() {
            RESTORE_TIMEOUT
        } else {
            INIT_TIMEOUT
        };
        let initialized = environment.initialized(started + limit).await;
        let status = self.report_init(&environment, started, Phase::Init, &initialized);
        self.note(&initialized);
        match initialized {
            Initialized::In(init) => {
                drop(turn);
                let beginning = if environment.is_copy() {
                    Beginning::Restored(init)
                } else {
                    Beginning::Initialized(init)
                };
                match self.run_in(environment, Some(beginning)).await {
                    Some(answer) => Ok(answer),
                    None => self.run_with_init(&plan, self.turn().await?).await,
                }
            }
            Initialized::TimedOut if environment.is_copy() => Err(InvokeError::RestoreTimedOut),
            Initialized::Not(init) if environment.is_copy() => Err(InvokeError::RestoreFailed {
                reason: reason(init),
            }),
            Initialized::TimedOut | Initialized::Not(_) => {
                environment.ends_for(reason_of(status));
                drop(environment);
                self.run_with_init(&plan, turn).await
            }
        }
    }

    /// Waits until an environment of this version may initialize.
    async fn turn(&self) -> Result<Turn, InvokeError> {
        let turn = self.router.trouble.turn(&self.resolved.key).await;
        turn.ok_or(InvokeError::CrashLoop)
    }

    /// Remembers how an initialization went.
    fn note(&self, initialized: &Initialized) {
        let (trouble, key) = (&self.router.trouble, &self.resolved.key);
        match initialized {
            Initialized::In(_) => trouble.succeeded(key),
            Initialized::TimedOut | Initialized::Not(_) => trouble.failed(key),
        }
    }

    /// Initializes once more, as part of the invocation and within its time.
    ///
    /// docs: lambda-runtime-environment ("suppressed init").
    async fn run_with_init(&self, plan: &Plan, turn: Turn) -> Result<Answer, InvokeError> {
        let timeout = self.resolved.timeout;
        let started = Instant::now();
        let deadline = started + timeout;
        let mut environment = match self.start(plan, &turn).await? {
            Ok(environment) => environment,
            Err(failure) => return Ok(self.answer_without_environment(&failure)),
        };
        self.begin(&environment);
        let initialized = environment.initialized(deadline).await;
        let status = self.report_init(&environment, started, Phase::Invoke, &initialized);
        self.note(&initialized);
        drop(turn);
        let result = match initialized {
            Initialized::TimedOut => Err(Failure::TimedOut { timeout }),
            Initialized::Not(init) => init_failure(&init).0,
            Initialized::In(_) => {
                let left = timeout.saturating_sub(started.elapsed());
                let result = self.result(self.run_work(&environment, left, deadline).await);
                let status = status_of(&result);
                let ended = Ended {
                    result,
                    init: None,
                    status,
                };
                return Ok(self.finish(environment, (started, deadline), ended).await);
            }
        };
        let ended = Ended {
            result,
            init: None,
            status,
        };
        Ok(self.finish(environment, (started, deadline), ended).await)
    }

    /// Starts an environment, or finds that the package has nothing that could be started.
    async fn start(
        &self,
        plan: &Plan,
        turn: &Turn,
    ) -> Result<Result<Environment, Failure>, InvokeError> {
        let most_bytes = u64::from(self.resolved.memory_mb) * MIB;
        let room = self.router.pool.admit(&self.resolved.key, most_bytes)?;
        let origin = match turn {
            Turn::Free => Origin::Ahead,
            Turn::OfLoop(_) => Origin::Anew,
        };
        match self.router.starter.start(plan, room, origin).await {
            Ok(environment) => {
                let begun = Begun {
                    runtime: &plan.launch.runtime_version,
                    runtime_arn: &plan.runtime_arn,
                    function: self.resolved.key.function.as_str(),
                    version: self.version(),
                };
                let line = if environment.is_copy() {
                    Line::RestoreStart(begun)
                } else {
                    Line::InitStart(begun)
                };
                self.line(&environment, line);
                if plan.wants_copies() && !environment.is_copy() {
                    self.have_snapshot_taken();
                }
                if self.fails_init() {
                    environment.crash().await;
                }
                Ok(Ok(environment))
            }
            Err(StartFailure::Function(failure)) => Ok(Err(failure)),
            Err(StartFailure::Ours(error)) => Err(error),
        }
    }

    /// Has the next environments be copies, which this one could not be.
    fn have_snapshot_taken(&self) {
        let resolved = &self.resolved;
        let router = Arc::clone(self.router);
        let arn = resolved.invoked_arn.clone();
        let again = Resolved::of(&resolved.function, resolved.key.version, arn);
        let Some(resolved) = again else {
            return;
        };
        router.starter.tasks.clone().spawn(async move {
            let outcome = router.take_snapshot(&resolved).await;
            debug!(function = %resolved.key.function, ?outcome, "environments are to be copies");
        });
    }

    /// Hands the work out, late if that was asked for, and waits for what comes of it. `None` when
    /// the time is up.
    async fn run_work(
        &self,
        environment: &Environment,
        left: Duration,
        deadline: Instant,
    ) -> Option<Outcome> {
        let work = self.work(left);
        let latency = self.strikes.iter().find_map(|strike| strike.latency());
        if let Some(latency) = latency {
            sleep_until(deadline.min(Instant::now() + latency)).await;
            if Instant::now() >= deadline {
                return None;
            }
        }
        let running = environment.run(work, deadline);
        let Some(crash_after) = self.strikes.iter().find_map(|strike| strike.crash()) else {
            return running.await;
        };
        let mut running = pin!(running);
        if let Ok(outcome) = timeout(crash_after, &mut running).await {
            return outcome;
        }
        environment.crash().await;
        running.await
    }

    fn fails_init(&self) -> bool {
        self.strikes.contains(&Strike::InitFailure)
    }

    fn work(&self, timeout: Duration) -> Work {
        let deadline = self.router.starter.clock.now() + timeout;
        Work {
            request: self.invocation.request_id,
            payload: self.invocation.payload.clone(),
            deadline_millis: deadline.as_millis(),
            invoked_arn: self.resolved.invoked_arn.clone(),
            trace: self.trace.clone(),
            client_context: self
                .invocation
                .client_context
                .as_ref()
                .map(|c| c.as_str().to_owned()),
            stream: self.stream.as_ref().map(|sender| StreamTo {
                head: StreamHead {
                    executed_version: self.version(),
                    trace: self.trace.clone(),
                },
                sender: sender.clone(),
            }),
        }
    }

    fn result(&self, outcome: Option<Outcome>) -> Result<Given, Failure> {
        match outcome {
            Some(Outcome::Posted(post)) => Ok(Given::Whole(post)),
            Some(Outcome::Streamed(error)) => Ok(Given::Streamed(error)),
            Some(Outcome::StreamTooLarge) => Err(Failure::StreamTooLarge),
            Some(Outcome::TooLarge) => Err(Failure::ResponseTooLarge),
            Some(Outcome::Truncated) => Err(Failure::ResponseTruncated),
            Some(Outcome::InvalidMode) => Err(Failure::InvalidResponseMode),
            Some(Outcome::Exited(exit)) => Err(exit_failure(exit)),
            Some(Outcome::Failed(failure)) => Err(failure),
            Some(Outcome::NotStarted) => Err(Failure::Exited { status: 0 }),
            None => {
                let timeout = self.resolved.timeout;
                Err(Failure::TimedOut { timeout })
            }
        }
    }

    fn begin(&self, environment: &Environment) {
        environment.output.begin();
        let (request, version) = (self.invocation.request_id, self.version());
        self.line(environment, Line::Start { request, version });
    }

    /// Writes the last lines of the log, keeps or ends the environment, and makes the answer.
    ///
    /// The answer waits for extensions that are still at work only if it is to carry their lines of the log.
    async fn finish(
        &self,
        environment: Environment,
        (started, deadline): (Instant, Instant),
        ended: Ended,
    ) -> Answer {
        let done = Line::RuntimeDone {
            request: self.invocation.request_id,
            duration: started.elapsed(),
            status: ended.status,
        };
        self.line(&environment, done);
        let wants_tail = self.invocation.log_tail;
        let closing = Closing {
            request: self.invocation.request_id,
            started,
            deadline,
            memory_size_mb: self.resolved.memory_mb,
            init: ended.init,
            status: ended.status,
            wants_tail,
        };
        let (router, key) = (self.router, &self.resolved.key);
        let log_tail = if wants_tail || !environment.has_extensions() {
            closing.close(router, key, environment).await
        } else {
            let (router, key) = (Arc::clone(router), key.clone());
            let (tasks, slot) = (router.starter.tasks.clone(), Arc::clone(&self.slot));
            tasks.spawn(async move {
                closing.close(&router, &key, environment).await;
                drop(slot);
            });
            None
        };
        self.answer(ended.result, log_tail)
    }

    /// The answer of a package in which there is nothing to start.
    fn answer_without_environment(&self, failure: &Failure) -> Answer {
        let request = self.invocation.request_id;
        let format = self.resolved.log_format;
        let now = self.router.starter.clock.now();
        let report = Report {
            request,
            duration: Duration::ZERO,
            memory_size_mb: self.resolved.memory_mb,
            memory_used_mb: 0,
            init: None,
            status: Status::Error {
                kind: failure.kind(),
            },
        };
        let lines = [
            Line::Start {
                request,
                version: self.version(),
            },
            Line::End { request },
            Line::Report(report),
        ];
        let log: String = lines.iter().map(|line| line.format(format, now)).collect();
        let log_tail = self.invocation.log_tail.then(|| log.into_bytes());
        self.answer(Err(failure.clone()), log_tail)
    }

    fn answer(&self, result: Result<Given, Failure>, log_tail: Option<Vec<u8>>) -> Answer {
        let (post, error) = match result {
            Ok(Given::Whole(post)) => (post, None),
            Ok(Given::Streamed(error)) => {
                let post = Post {
                    body: Bytes::new(),
                    content_type: None,
                    is_error: error.is_some(),
                };
                (post, error)
            }
            Err(failure) => {
                let details = failure.payload(self.invocation.request_id);
                let post = Post {
                    body: Bytes::from(details.clone()),
                    content_type: None,
                    is_error: true,
                };
                let kind = failure.kind().to_owned();
                (post, Some(StreamError { kind, details }))
            }
        };
        Answer {
            payload: post.body,
            content_type: post.content_type,
            executed_version: self.version(),
            is_function_error: post.is_error,
            error,
            log_tail,
            trace: self.trace.clone(),
        }
    }

    /// Says how an initialization ended, and how the extensions stand then.
    fn report_init(
        &self,
        environment: &Environment,
        started: Instant,
        phase: Phase,
        initialized: &Initialized,
    ) -> Status {
        let status = match initialized {
            Initialized::In(_) => Status::Success,
            Initialized::TimedOut => Status::Timeout,
            Initialized::Not(init) => Status::Error {
                kind: init_failure(init).1,
            },
        };
        let duration = started.elapsed();
        debug!(function = %self.resolved.key.function, ?status, ?phase, "initialization ended");
        if environment.is_copy() {
            self.line(environment, Line::RestoreRuntimeDone { status });
            self.line(environment, Line::RestoreReport { duration, status });
            return status;
        }
        self.line(environment, Line::InitRuntimeDone { phase, status });
        for extension in &environment.extensions() {
            self.line(environment, Line::Extension(extension));
        }
        self.line(
            environment,
            Line::InitReport {
                duration,
                phase,
                status,
            },
        );
        status
    }

    fn line(&self, environment: &Environment, line: Line<'_>) {
        let now = self.router.starter.clock.now();
        environment.output.lines(&[line], now);
    }

    fn version(&self) -> Version {
        self.resolved.key.version
    }
}

/// What an initialization that failed means for the invocation, and its name in the log.
fn init_failure(init: &Init) -> (Result<Given, Failure>, &'static str) {
    match init {
        Init::Failed { post, kind } => (Ok(Given::Whole(post.clone())), kind),
        Init::Exited(exit) => {
            let failure = exit_failure(*exit);
            let kind = failure.kind();
            (Err(failure), kind)
        }
        Init::Broken(failure) => (Err(failure.clone()), failure.kind()),
        Init::Done => (Err(Failure::Exited { status: 0 }), "Runtime.Unknown"),
    }
}

/// observed: running out of memory looks to the caller like any other kill.
pub(crate) fn exit_failure(exit: Exit) -> Failure {
    match exit {
        Exit::Code(status) => Failure::Exited { status },
        Exit::Signal(signal) => Failure::Killed { signal },
        Exit::OutOfMemory => Failure::Killed { signal: 9 },
        Exit::NotExecuted(errno) => Failure::InvalidEntrypoint {
            why: format!("fork/exec: {}", os_error(errno)),
        },
    }
}

/// observed: the words of Lambda's own supervisor, which is written in Go.
pub(crate) fn os_error(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.to_lowercase()
}

/// Why an environment ends whose initialization ended so.
fn reason_of(status: Status) -> ShutdownReason {
    match status {
        Status::Success => ShutdownReason::Spindown,
        Status::Timeout => ShutdownReason::Timeout,
        Status::Error { .. } => ShutdownReason::Failure,
    }
}

fn status_of(result: &Result<Given, Failure>) -> Status {
    match result {
        Ok(_) => Status::Success,
        Err(Failure::TimedOut { .. }) => Status::Timeout,
        Err(failure) => Status::Error {
            kind: failure.kind(),
        },
    }
}

/// The trace header of an invocation: the caller's, or a new one.
pub(crate) fn new_trace(invocation: &Invocation, now: Moment) -> String {
    let dice = || (Uuid::new_v4().as_u128(), Uuid::new_v4().as_u64_pair().1);
    trace_header(invocation.trace.as_deref(), now, dice)
}
