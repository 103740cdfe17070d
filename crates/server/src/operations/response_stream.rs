//! `InvokeWithResponseStream`: now and for an answer that arrives while the function makes it.
//!
//! The headers of the response go out with the function's first byte, or with all of an answer that
//! it gives whole; until then an invocation that cannot run is refused as by `Invoke`.

use std::sync::Arc;

use http::{HeaderValue, Response, StatusCode};
use invoke::{Invocation, StreamHead, StreamPart, stream};
use model::header::X_AMZ_EXECUTED_VERSION;
use model::input::InvokeWithResponseStreamRequest;
use tokio::sync::oneshot;

use super::invoke::{
    Kind, REMAPPED_CONTENT_LENGTH, TRACE_ID, client_context, payload, trace, without_answer,
};
use super::{Arrived, subject};
use crate::content::{Content, Events};
use crate::error::Error;
use crate::pipeline::Edge;

/// model: the media type of an event stream.
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("application/vnd.amazon.eventstream");

pub(super) async fn invoke(
    edge: &Arc<Edge>,
    arrived: &Arrived,
) -> Result<Response<Content>, Error> {
    let input = InvokeWithResponseStreamRequest::read(&arrived.wire())?;
    if input.tenant_id.is_some() {
        return Err(Error::not_offered("TenantId"));
    }
    let kind = Kind::of(input.invocation_type.as_deref());
    let qualifier = input.qualifier.as_deref();
    let target = subject::target(edge, arrived, &input.function_name, qualifier)?;
    let payload = payload(&arrived.body, kind)?;
    let invocation = Invocation {
        target,
        request_id: arrived.request_id,
        payload,
        client_context: client_context(input.client_context.as_deref())?,
        trace: trace(arrived),
        caller: arrived.access_key.clone(),
        log_tail: input.log_type.as_deref() == Some("Tail"),
    };
    if kind == Kind::DryRun {
        let checked = edge.invoker.check(&invocation.target);
        checked.map_err(|error| Error::invocation(&edge.home, error))?;
        let trace = invocation.trace.as_deref();
        let response = without_answer(StatusCode::NO_CONTENT, trace);
        return Ok(Content::whole(response));
    }
    streamed(edge, invocation).await
}

/// Runs the invocation on a task of its own: a client who goes away does not end it.
async fn streamed(edge: &Arc<Edge>, invocation: Invocation) -> Result<Response<Content>, Error> {
    let (sender, mut parts) = stream();
    let (tell, mut ending) = oneshot::channel();
    let running = Arc::clone(edge);
    edge.detached.spawn(async move {
        let answer = running.invoker.invoke_streaming(invocation, sender).await;
        let answer = answer.map_err(|error| Error::invocation(&running.home, error));
        let _client_gone = tell.send(answer);
    });
    let ended = tokio::select! {
        biased;
        Some(part) = parts.recv() => match part {
            StreamPart::Begun(head) => {
                let events = Events::begun(parts, ending);
                return Ok(response(&head, events));
            }
            // A stream begins with its head.
            StreamPart::Chunk(_) => return Err(Error::internal(&"a stream without a head")),
        },
        ended = &mut ending => ended,
    };
    let answer = ended.map_err(|gone| Error::internal(&gone))??;
    let head = StreamHead {
        executed_version: answer.executed_version,
        trace: answer.trace.clone(),
    };
    Ok(response(&head, Events::of(answer)))
}

fn response(head: &StreamHead, events: Events) -> Response<Content> {
    let mut response = Response::new(Content::Events(Box::new(events)));
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, EVENT_STREAM);
    headers.insert(REMAPPED_CONTENT_LENGTH, HeaderValue::from_static("0"));
    if let Ok(version) = HeaderValue::try_from(head.executed_version.to_string()) {
        headers.insert(X_AMZ_EXECUTED_VERSION, version);
    }
    if let Ok(trace) = HeaderValue::try_from(&head.trace) {
        headers.insert(TRACE_ID, trace);
    }
    response
}
