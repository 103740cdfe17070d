//! The clock: what time it is for everything that waits, and how a virtual clock is advanced.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;

/// The farthest that one request advances the clock: a year.
const SECONDS_MAX: f64 = 31_536_000.0;

/// How long an advance waits for what runs.
const QUIET_WAIT_MAX: Duration = Duration::from_mins(1);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    #[serde(rename = "Seconds")]
    seconds: Option<f64>,
    #[serde(rename = "To")]
    to: Option<To>,
}

#[derive(Deserialize, Clone, Copy)]
enum To {
    NextEvent,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    clock: &'static str,
    now: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Advanced {
    now: String,
    advanced_seconds: f64,
}

impl Edge {
    pub(super) fn show_clock(&self) -> Result<Response<Bytes>, Error> {
        let clock = match self.adjustable_clock {
            Some(_) => "virtual",
            None => "system",
        };
        let now = self.clock.now().to_rfc3339();
        respond::json(StatusCode::OK, &Shown { clock, now })
    }

    /// Waits until nothing runs, so that what was due before the advance was done before it.
    pub(super) async fn advance_clock(&self, input: &Advance) -> Result<Response<Bytes>, Error> {
        let clock = self
            .adjustable_clock
            .as_ref()
            .ok_or_else(Error::clock_runs)?;
        let events = self.invoker.events();
        // One at a time: each begins where the one before has ended.
        let _turn = self.advancing.lock().await;
        if !events.quiet(QUIET_WAIT_MAX).await? {
            return Err(Error::events_run(QUIET_WAIT_MAX));
        }
        let by = match (input.seconds, input.to) {
            (Some(seconds), None) if (0.0..=SECONDS_MAX).contains(&seconds) => {
                Duration::from_secs_f64(seconds)
            }
            (None, Some(To::NextEvent)) => {
                let next = events.next_due().await?;
                next.ok_or_else(Error::nothing_is_due)?.since(clock.now())
            }
            _ => return Err(Error::admin_advance()),
        };
        let now = clock
            .advance(by)
            .map_err(|error| Error::clock_stands(&error))?;
        events.clock_advanced();
        let advanced = Advanced {
            now: now.to_rfc3339(),
            advanced_seconds: by.as_secs_f64(),
        };
        respond::json(StatusCode::OK, &advanced)
    }
}
