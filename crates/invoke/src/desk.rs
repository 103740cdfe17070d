//! Where an invocation and the runtime that works on it meet.
//!
//! One side puts work on the desk and waits for its outcome; the other side, the Runtime API of the
//! same environment, takes the work and brings the outcome. The rules are those of
//! [`domain::environment`]; this adds the waiting. A lock is held only to apply one event.

mod extensions;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::environment::{Event, Refused, State};
use domain::extension::{Extensions, ShutdownReason};
use domain::failure::Failure;
use sandbox::Exit;
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

use crate::router::exit_failure;
use crate::stream::{StreamError, StreamTo};

pub(crate) use extensions::ExtensionEvent;

/// One invocation as the runtime gets it.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) request: Uuid,
    pub(crate) payload: Bytes,
    /// Milliseconds since the Unix epoch at which the invocation times out.
    pub(crate) deadline_millis: u64,
    pub(crate) invoked_arn: String,
    pub(crate) trace: String,
    pub(crate) client_context: Option<String>,
    /// Where an answer goes that the runtime streams, if the caller wants it that way.
    pub(crate) stream: Option<StreamTo>,
}

/// What became of an invocation that was assigned.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The runtime posted the function's result or error.
    Posted(Post),
    /// The runtime streamed the result to the caller, to its end or to this error.
    Streamed(Option<StreamError>),
    /// The runtime streamed more than Lambda passes on.
    StreamTooLarge,
    /// The runtime posted a result larger than Lambda passes on.
    TooLarge,
    /// The runtime broke off while it posted.
    Truncated,
    /// The runtime asked for a way of answering that does not exist.
    InvalidMode,
    /// The runtime ended before it answered.
    Exited(Exit),
    /// An extension ended, and with it the environment.
    Failed(Failure),
    /// The runtime ended before it took the work: nothing has run.
    NotStarted,
}

/// A body that the runtime posted.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) body: Bytes,
    pub(crate) content_type: Option<String>,
    pub(crate) is_error: bool,
}

/// How an initialization ended.
#[derive(Debug)]
pub(crate) enum Init {
    Done,
    /// The runtime reported an error; the body it posted, and the error's type.
    Failed {
        post: Post,
        kind: &'static str,
    },
    Exited(Exit),
    /// An extension ended, or could not be started.
    Broken(Failure),
}

#[derive(Debug)]
pub(crate) struct Desk {
    inner: Mutex<Inner>,
    /// Wakes the poll that waits for work.
    work_assigned: Notify,
    /// Wakes whoever waits for the extensions, and the extensions.
    extensions_changed: Notify,
}

#[derive(Debug)]
struct Inner {
    state: State,
    work: Option<Arc<Work>>,
    outcome: Option<oneshot::Sender<Outcome>>,
    /// Of the work that the runtime has taken or will take.
    stream: Option<StreamTo>,
    init: Option<oneshot::Sender<Init>>,
    extensions: Extensions,
    /// What extensions have not taken yet, by their identifiers.
    events: HashMap<Uuid, ExtensionEvent>,
    /// Why the environment ends, once it does.
    reason: ShutdownReason,
    /// Whether the runtime's process was started. Extensions come first.
    has_runtime: bool,
}

impl Desk {
    /// The desk of a new environment with these external extensions, and where the end of its initialization is heard.
    pub(crate) fn new(extensions: &[String]) -> (Self, oneshot::Receiver<Init>) {
        let (init, initialized) = oneshot::channel();
        let inner = Inner {
            state: State::Initializing,
            work: None,
            outcome: None,
            stream: None,
            init: Some(init),
            extensions: Extensions::external(extensions.iter().cloned()),
            events: HashMap::new(),
            reason: ShutdownReason::default(),
            has_runtime: extensions.is_empty(),
        };
        (
            Self {
                inner: Mutex::new(inner),
                work_assigned: Notify::new(),
                extensions_changed: Notify::new(),
            },
            initialized,
        )
    }

    /// The runtime asks for work and waits until there is some.
    pub(crate) async fn next(&self) -> Result<Arc<Work>, Refused> {
        {
            let mut inner = self.lock();
            inner.state.on(Event::Polled)?;
            inner.extensions.close();
            inner.note_initialized();
        }
        self.extensions_changed.notify_waiters();
        loop {
            if let Some(work) = self.take()? {
                return Ok(work);
            }
            self.work_assigned.notified().await;
        }
    }

    fn take(&self) -> Result<Option<Arc<Work>>, Refused> {
        let mut inner = self.lock();
        let Some(work) = inner.work.take() else {
            return Ok(None);
        };
        inner.state.on(Event::Taken)?;
        Ok(Some(work))
    }

    /// Puts work on the desk; the outcome arrives once.
    pub(crate) fn assign(&self, work: Work) -> Result<oneshot::Receiver<Outcome>, Refused> {
        let (outcome, receiver) = oneshot::channel();
        {
            let mut inner = self.lock();
            inner.state.on(Event::Assigned {
                request: work.request,
            })?;
            inner.stream.clone_from(&work.stream);
            let work = Arc::new(work);
            inner.call_extensions(&work);
            inner.work = Some(work);
            inner.outcome = Some(outcome);
        }
        self.work_assigned.notify_one();
        self.extensions_changed.notify_waiters();
        Ok(receiver)
    }

    /// Whether the runtime owes an answer for this request. Asked before a body is read.
    pub(crate) fn owes(&self, request: Uuid) -> bool {
        self.lock().state == State::Busy { request }
    }

    /// Where the answer to the work goes that the runtime has, if it is to be streamed.
    pub(crate) fn stream(&self) -> Option<StreamTo> {
        self.lock().stream.clone()
    }

    /// The runtime brings the outcome of a request.
    pub(crate) fn answer(&self, request: Uuid, outcome: Outcome) -> Result<(), Refused> {
        let mut inner = self.lock();
        inner.state.on(Event::Answered { request })?;
        inner.stream = None;
        tell(inner.outcome.take(), outcome);
        Ok(())
    }

    /// The runtime reports that it cannot work at all.
    pub(crate) fn fail_init(&self, post: Post, kind: &'static str) -> Result<(), Refused> {
        let mut inner = self.lock();
        inner.state.on(Event::InitFailed)?;
        tell(inner.init.take(), Init::Failed { post, kind });
        Ok(())
    }

    /// The processes have ended, by themselves or by us. Whoever waits hears of it.
    pub(crate) fn stop(&self, exit: Exit) {
        let mut inner = self.lock();
        match inner.extensions.fault() {
            None => inner.stop(Init::Exited(exit), Outcome::Exited(exit)),
            // One that is part of the runtime has said why.
            Some(fault) => {
                let why = exit_failure(exit).reason();
                inner.fail(&Failure::Extension { fault, why });
            }
        }
        drop(inner);
        self.extensions_changed.notify_waiters();
    }

    /// Whether the environment can take work: also its extensions have nothing to do then.
    pub(crate) fn is_free(&self) -> bool {
        self.lock().is_free()
    }

    /// Whether nobody inside has anything to do.
    pub(crate) fn is_parked(&self) -> bool {
        let inner = self.lock();
        inner.state == State::Parked && inner.extensions.are_parked()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing that runs under the lock can panic halfway through a change.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn is_free(&self) -> bool {
        match self.state {
            State::Parked => self.extensions.are_parked(),
            State::Returning => self.extensions.is_empty(),
            State::Initializing | State::Queued { .. } | State::Busy { .. } | State::Stopped => {
                false
            }
        }
    }

    /// The initialization is over when the runtime and all extensions have asked for something to do.
    fn note_initialized(&mut self) {
        if self.state.is_initialized() && self.extensions.are_initialized() {
            tell(self.init.take(), Init::Done);
        }
    }

    fn fail(&mut self, failure: &Failure) {
        let (init, outcome) = (failure.clone(), failure.clone());
        self.stop(Init::Broken(init), Outcome::Failed(outcome));
    }

    /// Ends it all. `outcome`: of work that the runtime has taken.
    fn stop(&mut self, init: Init, outcome: Outcome) {
        let was_taken = matches!(self.state, State::Busy { .. });
        // Stopping is admitted in every state.
        let _admitted = self.state.on(Event::Stopped);
        self.work = None;
        self.stream = None;
        tell(self.init.take(), init);
        let outcome = if was_taken {
            outcome
        } else {
            Outcome::NotStarted
        };
        tell(self.outcome.take(), outcome);
    }
}

/// Sends to somebody who may have stopped waiting: a caller whose time is up.
fn tell<T>(to: Option<oneshot::Sender<T>>, what: T) {
    if let Some(to) = to {
        let _nobody_waits = to.send(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(request: u128) -> Work {
        Work {
            request: Uuid::from_u128(request),
            payload: Bytes::from_static(b"{}"),
            deadline_millis: 0,
            invoked_arn: String::new(),
            trace: String::new(),
            client_context: None,
            stream: None,
        }
    }

    fn a_post() -> Outcome {
        Outcome::Posted(Post {
            body: Bytes::new(),
            content_type: None,
            is_error: false,
        })
    }

    #[tokio::test]
    async fn work_that_is_assigned_before_the_poll_is_taken_by_it() {
        let (desk, mut initialized) = Desk::new(&[]);
        let polled = async {
            let first = desk.next().await.unwrap();
            desk.answer(first.request, a_post()).unwrap();
            let waiting = desk.assign(work(2)).unwrap();
            let second = desk.next().await.unwrap();
            (first.request, second.request, waiting)
        };
        let assigned = async {
            (&mut initialized).await.unwrap();
            desk.assign(work(1)).unwrap().await.unwrap()
        };

        let ((first, second, _waiting), outcome) = tokio::join!(polled, assigned);

        assert_eq!((first.as_u128(), second.as_u128()), (1, 2));
        assert!(matches!(outcome, Outcome::Posted(_)));
    }

    #[tokio::test]
    async fn work_that_nobody_took_has_not_run() {
        let (desk, _initialized) = Desk::new(&[]);
        // A poll that lost its connection.
        assert!(
            tokio::time::timeout(std::time::Duration::ZERO, desk.next())
                .await
                .is_err()
        );
        let outcome = desk.assign(work(1)).unwrap();

        desk.stop(Exit::Code(0));

        assert!(matches!(outcome.await.unwrap(), Outcome::NotStarted));
    }

    #[tokio::test]
    async fn work_that_was_taken_ends_with_its_runtime() {
        let (desk, _initialized) = Desk::new(&[]);
        assert!(
            tokio::time::timeout(std::time::Duration::ZERO, desk.next())
                .await
                .is_err()
        );
        let outcome = desk.assign(work(1)).unwrap();
        desk.next().await.unwrap();

        desk.stop(Exit::Code(42));

        assert!(matches!(
            outcome.await.unwrap(),
            Outcome::Exited(Exit::Code(42))
        ));
        assert!(desk.assign(work(2)).is_err());
    }

    #[tokio::test]
    async fn an_answer_to_another_request_is_refused() {
        let (desk, _initialized) = Desk::new(&[]);
        assert!(
            tokio::time::timeout(std::time::Duration::ZERO, desk.next())
                .await
                .is_err()
        );
        let _outcome = desk.assign(work(1)).unwrap();
        desk.next().await.unwrap();

        assert!(desk.answer(Uuid::from_u128(2), a_post()).is_err());
        assert!(desk.owes(Uuid::from_u128(1)));
    }
}
