//! Events as the admin API writes them.

use domain::time::Moment;
use invoke::{
    AttemptNote, DeliveryShown, EventPage, EventShown, EventState, EventSummary, FinishedEvent,
};
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PageView<'a> {
    events: Vec<SummaryView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl<'a> PageView<'a> {
    pub(super) fn of(page: &'a EventPage) -> Self {
        Self {
            events: page.events.iter().map(SummaryView::of).collect(),
            next: page.next.map(|next| next.to_string()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SummaryView<'a> {
    request_id: &'a str,
    function: &'a str,
    state: &'static str,
    accepted: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending: Option<&'a str>,
    attempts: u32,
}

impl<'a> SummaryView<'a> {
    fn of(summary: &'a EventSummary) -> Self {
        Self {
            request_id: &summary.request_id,
            function: &summary.function,
            state: summary.state.as_str(),
            accepted: summary.accepted.to_rfc3339(),
            due: summary.due.map(Moment::to_rfc3339),
            expires: summary.expires.map(Moment::to_rfc3339),
            ended: summary.ended.map(Moment::to_rfc3339),
            ending: summary.ending.as_deref(),
            attempts: summary.attempts,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttemptView<'a> {
    started: String,
    ended: String,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// The faults that were made on purpose.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    faults: &'a [String],
}

impl<'a> AttemptView<'a> {
    fn of(note: &'a AttemptNote) -> Self {
        Self {
            started: note.started.to_rfc3339(),
            ended: note.ended.to_rfc3339(),
            result: note.result.as_str(),
            error: note.error.as_deref(),
            faults: &note.faults,
        }
    }
}

fn attempts(notes: &[AttemptNote]) -> Vec<AttemptView<'_>> {
    notes.iter().map(AttemptView::of).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeliveryView<'a> {
    destination: &'a str,
    state: &'static str,
    tries: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_try: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> DeliveryView<'a> {
    fn of(delivery: &'a DeliveryShown) -> Self {
        Self {
            destination: &delivery.destination,
            state: delivery.state.as_str(),
            tries: delivery.tries,
            due: delivery.due.map(Moment::to_rfc3339),
            last_try: delivery.last.map(Moment::to_rfc3339),
            error: delivery.error.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EventView<'a> {
    #[serde(flatten)]
    summary: SummaryView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qualifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
    /// The access key that the request was signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<&'a str>,
    invocations: u32,
    requeues: u32,
    attempts_made: Vec<AttemptView<'a>>,
    deliveries: Vec<DeliveryView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_payload: Option<&'a RawValue>,
}

impl<'a> EventView<'a> {
    pub(super) fn of(shown: &'a EventShown, with_payload: bool) -> Self {
        let response = shown
            .finished
            .as_ref()
            .and_then(|finished| finished.response_payload.as_deref());
        Self {
            summary: SummaryView::of(&shown.summary),
            qualifier: shown.qualifier.as_deref(),
            trace: shown.trace.as_deref(),
            caller: shown.caller.as_deref(),
            invocations: shown.invocations,
            requeues: shown.requeues,
            attempts_made: attempts(&shown.attempts),
            deliveries: shown.deliveries.iter().map(DeliveryView::of).collect(),
            payload: shown.payload.as_deref().filter(|_| with_payload),
            response_payload: response.filter(|_| with_payload),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResultView<'a> {
    request_id: String,
    function: &'a str,
    function_arn: &'a str,
    state: &'static str,
    /// The condition of a destination's record, `FunctionDeleted` or `Cancelled`.
    ending: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    executed_version: Option<String>,
    accepted: String,
    ended: String,
    invocations: u32,
    attempts_made: Vec<AttemptView<'a>>,
    request_payload: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_payload: Option<&'a RawValue>,
    /// In place of `ResponsePayload`, of an answer that is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_base64: Option<&'a str>,
}

impl<'a> ResultView<'a> {
    pub(super) fn of(finished: &'a FinishedEvent) -> Self {
        Self {
            request_id: finished.request_id.to_string(),
            function: finished.function.as_str(),
            function_arn: &finished.function_arn,
            state: finished.state().as_str(),
            ending: &finished.ending,
            function_error: finished.function_error.as_deref(),
            executed_version: finished.executed_version.map(|version| version.to_string()),
            accepted: finished.accepted.to_rfc3339(),
            ended: finished.ended.to_rfc3339(),
            invocations: finished.invocations,
            attempts_made: attempts(&finished.attempts),
            request_payload: &finished.request_payload,
            response_payload: finished.response_payload.as_deref(),
            response_base64: finished.response_base64.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PendingView<'a> {
    request_id: &'a str,
    state: &'static str,
}

impl<'a> PendingView<'a> {
    pub(super) fn of(request_id: &'a str, state: EventState) -> Self {
        let state = state.as_str();
        Self { request_id, state }
    }
}
