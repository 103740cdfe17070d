//! The whole life of a request, in one function: [`Edge::answer`].

use std::any::Any;
use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use domain::change::Stamp;
use domain::function::{Code, Function, RevisionId};
use domain::layer::Layer;
use domain::name::{FunctionName, Home};
use domain::time::{AdjustableClock, Clock};
use http::{HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use invoke::Invoker;
use model::{Labels, Operation};
use sqs::Sqs;
use store::documents::{ChangeError, CreateError, Documents};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, Span, debug, field, info_span};
use uuid::Uuid;

use crate::auth::{Auth, Request, Unverified, Verified};
use crate::body;
use crate::content::Content;
use crate::error::Error;
use crate::finish::Finished;
use crate::link::{Links, PACKAGES_PATH};
use crate::operations::{Arrived, Offered};
use crate::{ServerParts, admin, queues, respond};

/// Requests with a package in them that are read and worked on at the same time. Each may need a
/// few hundred megabytes of memory.
const UPLOADS_MAX: usize = 4;

/// How long a request with a package waits for its turn.
const UPLOAD_WAIT_MAX: Duration = Duration::from_mins(1);

/// Everything that answers requests, shared by all connections.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) functions: Arc<Documents<Function>>,
    pub(crate) layers: Arc<Documents<Layer>>,
    pub(crate) invoker: Invoker,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) home: Home,
    pub(crate) links: Links,
    /// What must be finished even if the client that asked for it is gone.
    pub(crate) detached: TaskTracker,
    pub(crate) authority: String,
    pub(crate) auth: Auth,
    pub(crate) sqs: Sqs,
    /// The clock, if it is one that the admin API may advance.
    pub(crate) adjustable_clock: Option<Arc<dyn AdjustableClock>>,
    /// Whoever advances the clock has it.
    pub(crate) advancing: Mutex<()>,
    uploads: Arc<Semaphore>,
}

impl Edge {
    /// `authority` is where clients reach us that do not say which host they asked.
    pub(crate) fn new(
        parts: ServerParts,
        adjustable_clock: Option<Arc<dyn AdjustableClock>>,
        authority: String,
    ) -> Self {
        Self {
            functions: parts.functions,
            layers: parts.layers,
            invoker: parts.invoker,
            clock: parts.clock,
            home: parts.home,
            links: Links::new([(); 4].map(|()| Uuid::new_v4())),
            detached: TaskTracker::new(),
            authority,
            auth: parts.auth,
            sqs: parts.sqs,
            adjustable_clock,
            advancing: Mutex::new(()),
            uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
        }
    }

    /// Answers a request, whatever it is and whatever happens.
    pub(crate) async fn answer(
        self: Arc<Self>,
        request: hyper::Request<Incoming>,
    ) -> Response<Content> {
        let request_id = Uuid::new_v4();
        let span = info_span!("request", id = %request_id, operation = field::Empty);
        let outcome = unpanicked(self.run(request_id, Request::new(request)))
            .instrument(span)
            .await;
        let mut response = match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => Content::whole(respond::refusal(&error)),
            Err(panic) => Content::whole(respond::refusal(&Error::internal(&panic))),
        };
        respond::identify(&mut response, request_id);
        response
    }

    async fn run(
        self: Arc<Self>,
        request_id: Uuid,
        request: Request<Unverified>,
    ) -> Result<Response<Content>, Error> {
        if request.is_for(PACKAGES_PATH) {
            let package = self.download(&request.head.uri).await;
            return package.map(Content::whole);
        }
        if request.head.uri.path().starts_with(admin::PATH) {
            return self.administer(request).await.map(Content::whole);
        }
        if let Some(protocol) = queues::protocol(&request.head) {
            let answer = self.answer_for_queue(request_id, protocol, request).await;
            return Ok(Content::whole(answer));
        }
        let has_body = request.has_body();
        let (operation, offered, labels, request) = self.admit(request).map_err(|error| {
            if has_body {
                error.with_body_unread()
            } else {
                error
            }
        })?;
        let bounds = offered.body_bounds();
        let upload = self.wait_for_upload(bounds.is_upload).await?;
        let body = body::read(request.body, bounds.bytes_max)
            .await
            .map_err(|error| Error::body(&error, offered))?;
        let arrived = Arrived {
            request_id,
            operation,
            labels,
            access_key: request.standing.access_key,
            head: request.head,
            body,
        };
        let edge = Arc::clone(&self);
        let work = async move {
            let _upload = upload;
            offered.perform(edge, arrived).await
        };
        let outcome = Finished::new(work, &self.detached).await;
        if let Err(error) = &outcome {
            debug!(name = error.name(), status = %error.status(), "request refused");
        }
        outcome
    }

    /// Everything that is decided before the body is read.
    fn admit(
        &self,
        request: Request<Unverified>,
    ) -> Result<(Operation, Offered, Labels, Request<Verified>), Error> {
        let (method, uri) = (&request.head.method, &request.head.uri);
        let (operation, labels) = model::route(method, uri.path(), uri.query())
            .map_err(|reason| Error::no_route(reason, method, uri.path()))?;
        Span::current().record("operation", operation.name());
        let request = self.auth.verify(request)?;
        Ok((operation, Offered::find(operation)?, labels, request))
    }

    /// Holds back requests with a package while too many others are under way.
    async fn wait_for_upload(
        &self,
        is_upload: bool,
    ) -> Result<Option<OwnedSemaphorePermit>, Error> {
        if !is_upload {
            return Ok(None);
        }
        let turn = Arc::clone(&self.uploads).acquire_owned();
        match timeout(UPLOAD_WAIT_MAX, turn).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            Ok(Err(_)) | Err(_) => Err(Error::too_many_uploads().with_body_unread()),
        }
    }

    /// Answers a link that `GetFunction` gave out.
    async fn download(&self, uri: &http::Uri) -> Result<Response<Bytes>, Error> {
        let query = uri.query().unwrap_or_default();
        let sha256 = self.links.open(uri.path(), query, self.clock.now())?;
        let code = Code {
            sha256: sha256.to_owned(),
            size: 0,
            unzipped: 0,
        };
        let zip = self.invoker.package(&code).await?;
        let zip_type = HeaderValue::from_static("application/zip");
        Ok(respond::with_body(StatusCode::OK, zip_type, zip))
    }
}

/// Changes of functions: committed first, then told to the invoker.
impl Edge {
    /// Stores a function that does not exist yet.
    pub(crate) async fn create(&self, function: Function) -> Result<Arc<Function>, Error> {
        let name = function.name.clone();
        let function = self
            .functions
            .create(function)
            .await
            .map_err(|error| match error {
                CreateError::Exists => Error::function_exists(&name),
                CreateError::Store(error) => error.into(),
            })?;
        self.invoker.function_changed(&name).await;
        Ok(function)
    }

    /// Replaces the document of a function by what `change` makes of it.
    pub(crate) async fn change(
        &self,
        name: &FunctionName,
        change: impl Fn(&Function, Stamp) -> Result<Function, Error> + Send + Sync,
    ) -> Result<Arc<Function>, Error> {
        let stamp = self.stamp();
        let function = self
            .functions
            .change(name.as_str(), |function: &Function| change(function, stamp))
            .await
            .map_err(|error| match error {
                ChangeError::NotFound => Error::function_not_found(&self.home, name),
                ChangeError::Refused(error) => error,
                ChangeError::Store(error) => error.into(),
            })?;
        self.invoker.function_changed(name).await;
        Ok(function)
    }

    /// Removes a function with all its versions and aliases.
    pub(crate) async fn delete(&self, name: &FunctionName) -> Result<(), Error> {
        self.functions
            .delete(name.as_str(), |_| Ok::<(), Infallible>(()))
            .await
            .map_err(|error| match error {
                ChangeError::NotFound => Error::function_not_found(&self.home, name),
                ChangeError::Refused(never) => match never {},
                ChangeError::Store(error) => error.into(),
            })?;
        self.invoker.function_changed(name).await;
        Ok(())
    }

    /// The time and a new revision for a change.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            now: self.clock.now(),
            revision: RevisionId(Uuid::new_v4()),
        }
    }
}

/// What a panic said.
struct Panic(String);

impl std::fmt::Display for Panic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "panic: {}", self.0)
    }
}

impl From<Box<dyn Any + Send>> for Panic {
    fn from(payload: Box<dyn Any + Send>) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self(text.unwrap_or_else(|| "without a message".to_owned()))
    }
}

/// Runs a future to its end, or to the panic that ended it.
///
/// What the future shared is behind locks of other crates, which survive a panic, or in the store,
/// which a panic cannot leave half written.
async fn unpanicked<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut future = pin!(future);
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(payload.into())),
        },
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_value_with_its_message() {
        let outcome = unpanicked(async { panic!("no {}", 1) }).await;

        assert_eq!(
            outcome.map_err(|panic| panic.to_string()),
            Err::<(), _>("panic: no 1".into())
        );
    }
}
