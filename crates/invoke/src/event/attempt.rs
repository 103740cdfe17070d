//! One attempt to run one event, and what becomes of the event afterwards.

use std::sync::Arc;

use domain::destination::Response;
use domain::event_invoke::policy;
use domain::faults::{Occasion, Strike};
use domain::name::FunctionName;
use domain::retry::{Condition, Policy, Verdict};
use domain::time::Clock;
use store::{Claimed, EventQueue, QueueName, Release};
use tracing::{debug, error, info, warn};

use super::dispatcher::Work;
use super::ending::{Ended, Ending, Endings};
use super::progress::Progress;
use super::written::Written;
use super::{LAMBDA, StoredEvent, set_aside};
use crate::faults::FaultBook;
use crate::invocation::{Answer, InvokeError};
use crate::router::Router;

/// Runs events.
#[derive(Debug)]
pub(crate) struct Attempts {
    pub(crate) events: Arc<dyn EventQueue>,
    pub(crate) router: Arc<Router>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) endings: Arc<Endings>,
    /// Faults to be made on purpose, if that was asked for.
    pub(crate) faults: Option<Arc<FaultBook>>,
}

/// What an attempt came to.
struct Made {
    next: Next,
    answer: Option<Answer>,
}

enum Next {
    End(Ending),
    Retry(Release),
}

impl Work for Attempts {
    const FAMILY: &'static str = LAMBDA;

    async fn run(&self, claimed: &Claimed) {
        let read = serde_json::from_slice::<StoredEvent>(&claimed.body)
            .and_then(|event| Ok((event, Progress::of(claimed)?)));
        let (event, mut progress) = match read {
            Ok(read) => read,
            Err(error) => {
                error!(%error, queue = %claimed.queue, "event is unreadable and set aside");
                let aside = Written::Settled(set_aside(claimed, self.clock.now()));
                return aside.to(&*self.events, claimed).await;
            }
        };
        let Made { next, answer } = self.attempt(claimed, &event, &mut progress).await;
        match next {
            Next::Retry(release) => Written::Released(release).to(&*self.events, claimed).await,
            Next::End(ending) => {
                let ended = Ended {
                    claimed,
                    event: &event,
                    progress: &progress,
                    ending,
                    at: self.clock.now(),
                    response: response(answer.as_ref(), &progress),
                };
                note_end(&event, &progress, ending);
                let settled = Written::Settled(self.endings.settlement(&ended));
                settled.to(&*self.events, claimed).await;
                self.endings.tell(&event.request_id.to_string()).await;
            }
        }
    }

    /// A function that has reserved concurrency is not asked for more than that, so that its
    /// events are not thrown back for being many. One that is stopped has to be told so.
    fn cap(&self, queue: &QueueName) -> Option<usize> {
        let name = FunctionName::parse(queue.name()).ok()?;
        let reserved = self.router.admission.reserved(&name)?;
        usize::try_from(reserved).ok().filter(|cap| *cap > 0)
    }

    fn has_caps(&self) -> bool {
        self.router.admission.has_reservations()
    }
}

impl Attempts {
    async fn attempt(
        &self,
        claimed: &Claimed,
        event: &StoredEvent,
        progress: &mut Progress,
    ) -> Made {
        let ends = |ending| Made {
            next: Next::End(ending),
            answer: None,
        };
        let Some(policy) = self.policy(event) else {
            return ends(Ending::FunctionDeleted);
        };
        let started = self.clock.now();
        if claimed.is_expired || started >= policy.expires(claimed.enqueued) {
            return ends(Ending::Decided(Condition::EventAgeExceeded));
        }
        let strikes = self.faults.as_ref().map_or_else(Vec::new, |faults| {
            faults.strike(&event.function, event.request_id, Occasion::Event)
        });
        let result = self.router.invoke(event.invocation(), &strikes).await;
        if strikes.contains(&Strike::Duplicate) {
            // The event comes twice; only what came of it the first time counts.
            _ = self.router.invoke(event.invocation(), &[]).await;
        }
        let now = self.clock.now();
        let Some(outcome) = progress.note(started, now, &result, &strikes) else {
            return ends(Ending::FunctionDeleted);
        };
        if let Err(error) = &result {
            note_refusal(event, error);
        }
        let next = match policy.decide(outcome, &progress.history(claimed.enqueued), now) {
            Verdict::End { condition } => Next::End(Ending::Decided(condition)),
            Verdict::Retry { due } => {
                if let Ok(answer) = &result {
                    progress.note_response(answer);
                }
                Next::Retry(Release {
                    due,
                    keep_attempt: false,
                    progress: Some(progress.to_bytes()),
                })
            }
            Verdict::Requeue { due } => Next::Retry(Release {
                due,
                keep_attempt: true,
                progress: Some(progress.to_bytes()),
            }),
        };
        Made {
            next,
            answer: result.ok(),
        }
    }

    /// How patient to be with the event; `None` if its function is gone.
    fn policy(&self, event: &StoredEvent) -> Option<Policy> {
        let function = self.endings.functions.get(event.function.as_str())?;
        let config = function.event_invoke.get(event.qualifier().as_ref());
        Some(policy(config, self.endings.retry_delays))
    }
}

fn note_end(event: &StoredEvent, progress: &Progress, ending: Ending) {
    let StoredEvent {
        function,
        request_id,
        ..
    } = event;
    let invocations = progress.invocations;
    match ending {
        Ending::Decided(Condition::Success) => {
            debug!(%function, %request_id, invocations, "event succeeded");
        }
        Ending::Decided(
            Condition::RetriesExhausted
            | Condition::EventAgeExceeded
            | Condition::ZeroReservedConcurrency,
        )
        | Ending::FunctionDeleted
        | Ending::Cancelled => {
            info!(%function, %request_id, invocations, ?ending, "event given up");
        }
    }
}

/// That there is no room is everyday; anything else an operator may have to look at.
fn note_refusal(event: &StoredEvent, error: &InvokeError) {
    let (function, request_id) = (&event.function, event.request_id);
    if matches!(error, InvokeError::Throttled { .. }) {
        debug!(%function, %request_id, %error, "event could not run");
    } else {
        warn!(%function, %request_id, %error, "event could not run");
    }
}

/// What the function answered the last time it ran: just now, or as it was noted.
fn response<'a>(answer: Option<&'a Answer>, progress: &'a Progress) -> Option<Response<'a>> {
    let now = answer.map(|answer| Response {
        executed_version: answer.executed_version,
        is_function_error: answer.is_function_error,
        payload: &answer.payload,
    });
    now.or_else(|| {
        progress.response.as_ref().map(|noted| Response {
            executed_version: noted.executed_version,
            // Only answers of functions that run again are noted.
            is_function_error: true,
            payload: noted.payload.get().as_bytes(),
        })
    })
}
