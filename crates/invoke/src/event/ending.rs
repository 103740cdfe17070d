//! What follows from the end of an event: what goes to whom, and what is kept to be looked at.
//!
//! All of it is decided before the event is settled and committed with that, so an event that has
//! ended has also been passed on.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::destination::{Content, Delivery, Destination, Response, Story};
use domain::event_invoke::policy;
use domain::function::Function;
use domain::name::{FunctionName, Home, Version};
use domain::retry::Condition;
use domain::time::Moment;
use serde::Serialize;
use serde_json::value::RawValue;
use store::documents::Documents;
use store::{Bus, Claimed, Kept, NewEvent, Settlement, Subscription};
use tracing::{error, warn};
use uuid::Uuid;

use super::StoredEvent;
use super::delivery::StoredDelivery;
use super::progress::{Note, Progress};

/// How an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Decided(Condition),
    /// Its function, or the version or alias that was invoked, is gone.
    FunctionDeleted,
    /// Somebody has ended it before it could run, or run again.
    Cancelled,
}

impl Ending {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Decided(condition) => condition.as_str(),
            Self::FunctionDeleted => "FunctionDeleted",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// An event that has ended.
#[derive(Debug)]
pub(super) struct Ended<'a> {
    pub(super) claimed: &'a Claimed,
    pub(super) event: &'a StoredEvent,
    pub(super) progress: &'a Progress,
    pub(super) ending: Ending,
    pub(super) at: Moment,
    /// What the function answered the last time it ran.
    pub(super) response: Option<Response<'a>>,
}

/// Knows what follows from the end of an event.
#[derive(Debug)]
pub(crate) struct Endings {
    pub(crate) functions: Arc<Documents<Function>>,
    pub(crate) home: Home,
    /// How long the result of an event can be looked up. Zero keeps none.
    pub(crate) result_retention: Duration,
    pub(crate) retry_delays: [Duration; 2],
    /// Tells those who wait for an end of it.
    pub(crate) bus: Arc<dyn Bus>,
}

impl Endings {
    pub(crate) fn knows(&self, function: &FunctionName) -> bool {
        self.functions.get(function.as_str()).is_some()
    }

    /// What is heard when the event with this request id has ended. It may go unheard.
    pub(super) async fn listen(&self, request_id: &str) -> Subscription {
        self.bus.subscribe(&topic(request_id), None).await
    }

    /// Tells everybody who listens that the event has ended.
    pub(super) async fn tell(&self, request_id: &str) {
        if let Err(error) = self.bus.publish(&topic(request_id), Bytes::new()).await {
            warn!(%error, request_id, "nobody was told of the end of an event");
        }
    }

    /// What is committed with the removal of the event.
    pub(super) fn settlement(&self, ended: &Ended<'_>) -> Settlement {
        let then = match ended.ending {
            Ending::Decided(condition) => self.passed_on(ended, condition),
            Ending::FunctionDeleted | Ending::Cancelled => Vec::new(),
        };
        Settlement {
            then,
            keep: self.kept(ended).into_iter().collect(),
        }
    }

    /// What goes to the destination and to the dead-letter queue: both, if both are set.
    fn passed_on(&self, ended: &Ended<'_>, condition: Condition) -> Vec<NewEvent> {
        let name = &ended.event.function;
        let Some(function) = self.functions.get(name.as_str()) else {
            return Vec::new();
        };
        let qualifier = ended.event.qualifier();
        let config = function.event_invoke.get(qualifier.as_ref());
        let arn = self.function_arn(ended.event);
        let story = Story {
            ended: ended.at,
            request_id: ended.event.request_id,
            function: name,
            function_arn: &arn,
            condition,
            invocations: ended.progress.invocations,
            request_payload: &ended.event.payload,
            response: ended.response,
            failure: ended.progress.failure.as_ref(),
            trace: &ended.event.trace,
        };
        let version = ended
            .response
            .map(|response| response.executed_version)
            .or_else(|| function.resolve_main(qualifier.as_ref()).ok());
        let dead_letter = version
            .filter(|_| !condition.is_success())
            .and_then(|version| function.running(version))
            .and_then(|snapshot| snapshot.configuration.dead_letter.as_ref())
            .map(|target| story.dead_letter(target));
        let record = config
            .and_then(|config| config.destination(condition))
            .map(|destination| story.delivery(destination, Uuid::new_v4()));
        record
            .into_iter()
            .chain(dead_letter)
            .filter_map(|delivery| self.on_its_way(ended, delivery))
            .collect()
    }

    /// The event that takes a delivery on: for a function that is here, the function's own.
    fn on_its_way(&self, ended: &Ended<'_>, delivery: Delivery) -> Option<NewEvent> {
        let moved = self.event_of_function(&delivery.destination, &delivery.content, ended.at);
        if moved.is_some() {
            return moved;
        }
        let stored = StoredDelivery {
            id: Uuid::new_v4(),
            request_id: ended.event.request_id,
            function: ended.event.function.clone(),
            delivery,
        };
        stored
            .into_new(ended.at)
            .inspect_err(|error| error!(%error, "delivery cannot be written and is lost"))
            .ok()
    }

    /// The event that a function of ours gets; `None` if it is none, or not there.
    pub(super) fn event_of_function(
        &self,
        destination: &Destination,
        content: &Content,
        now: Moment,
    ) -> Option<NewEvent> {
        let Content::Event { payload, trace } = content else {
            return None;
        };
        let target = destination.function(&self.home)?;
        let function = self.functions.get(target.function.as_str())?;
        function.resolve_main(target.qualifier.as_ref()).ok()?;
        let config = function.event_invoke.get(target.qualifier.as_ref());
        let age_max = policy(config, self.retry_delays).event_age_max;
        let event = StoredEvent {
            request_id: Uuid::new_v4(),
            function: target.function,
            qualifier: target.qualifier.map(|qualifier| qualifier.to_string()),
            trace: trace.clone(),
            // It comes from a function and not from anybody's request.
            caller: None,
            payload: RawValue::from_string(payload.clone()).ok()?,
        };
        event.into_new(now, age_max).ok()
    }

    /// Always with a qualifier.
    fn function_arn(&self, event: &StoredEvent) -> String {
        let qualifier = event.qualifier.as_deref().unwrap_or(Version::LATEST);
        self.home.qualified_arn(&event.function, Some(&qualifier))
    }

    /// The result, for whoever asks for it by the request id.
    fn kept(&self, ended: &Ended<'_>) -> Option<Kept> {
        if self.result_retention.is_zero() {
            return None;
        }
        let event = ended.event;
        let payload = ended.response.map(|response| response.payload);
        let json: Option<&RawValue> = payload.and_then(|bytes| serde_json::from_slice(bytes).ok());
        let result = EventResult {
            request_id: event.request_id,
            function: &event.function,
            function_arn: self.function_arn(event),
            ending: ended.ending.as_str(),
            accepted: ended.claimed.enqueued,
            ended: ended.at,
            invocations: ended.progress.invocations,
            attempts: &ended.progress.attempts,
            caller: event.caller.as_deref(),
            executed_version: ended.response.map(|response| response.executed_version),
            function_error: ended
                .response
                .filter(|response| response.is_function_error)
                .map(|_| "Unhandled"),
            request_payload: &event.payload,
            response_payload: json,
            response_base64: payload
                .filter(|_| json.is_none())
                .map(|bytes| STANDARD.encode(bytes)),
        };
        let value = serde_json::to_vec(&result)
            .inspect_err(|error| error!(%error, "the result of an event cannot be written"))
            .ok()?;
        Some(Kept {
            key: event.request_id.to_string(),
            queue: ended.claimed.queue.clone(),
            value: value.into(),
            until: ended.at + self.result_retention,
        })
    }
}

fn topic(request_id: &str) -> String {
    format!("event-ended/{request_id}")
}

/// The result of an event as it is kept. The form is durable: members may be added, never changed.
#[derive(Serialize)]
struct EventResult<'a> {
    request_id: Uuid,
    function: &'a FunctionName,
    function_arn: String,
    /// A condition of a destination's record, `FunctionDeleted` or `Cancelled`.
    ending: &'static str,
    accepted: Moment,
    ended: Moment,
    invocations: u32,
    attempts: &'a [Note],
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    executed_version: Option<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'static str>,
    request_payload: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_payload: Option<&'a RawValue>,
    /// In place of `response_payload`, of an answer that is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_base64: Option<String>,
}
