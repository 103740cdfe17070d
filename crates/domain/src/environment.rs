//! The rules of one execution environment: what its runtime may do when.
//!
//! ```text
//!                Polled            Assigned            Taken
//! Initializing ─────────▶ Parked ───────────▶ Queued ─────────▶ Busy
//!      │                    ▲                   ▲                │
//!      │                    │ Polled            │ Assigned       │ Answered
//!      │                    └────── Returning ──┘◀───────────────┘
//!      └─ InitFailed ─▶ Stopped ◀─ Stopped ─ (any)
//! ```
//!
//! An environment is free as soon as it has answered, before its runtime asks for more: work that
//! comes in between waits for the next poll, and until it is taken nothing has run.

use uuid::Uuid;

/// Where an environment is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The runtime has started and not asked for work yet.
    Initializing,
    /// The runtime waits for work.
    Parked,
    /// The last invocation is answered; the runtime has not asked for more yet.
    Returning,
    /// Work is assigned and the runtime has not taken it.
    Queued { request: Uuid },
    /// The runtime has the work and owes an answer.
    Busy { request: Uuid },
    /// The processes are gone or about to be.
    Stopped,
}

/// What happens to an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The runtime asked for work.
    Polled,
    /// The runtime reported that its initialization failed.
    InitFailed,
    /// An invocation was given to this environment.
    Assigned { request: Uuid },
    /// The assigned work was handed to the runtime.
    Taken,
    /// The runtime posted an answer or an error for this request.
    Answered { request: Uuid },
    /// The processes ended, or we end them.
    Stopped,
}

/// An event that the state does not admit. Normal from a runtime, which is the customer's code; a
/// bug from ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an environment that is {state:?} cannot be {event:?}")]
pub struct Refused {
    pub state: State,
    pub event: Event,
}

impl State {
    /// Applies one event, or leaves the state as it was and refuses.
    pub fn on(&mut self, event: Event) -> Result<(), Refused> {
        let next = match (*self, event) {
            // A runtime that lost its connection while it waited asks again.
            (Self::Initializing | Self::Returning | Self::Parked, Event::Polled) => Self::Parked,
            (Self::Queued { request }, Event::Polled) => Self::Queued { request },
            (Self::Parked | Self::Returning, Event::Assigned { request }) => {
                Self::Queued { request }
            }
            (Self::Queued { request }, Event::Taken) => Self::Busy { request },
            (Self::Busy { request }, Event::Answered { request: answered })
                if request == answered =>
            {
                Self::Returning
            }
            (Self::Initializing, Event::InitFailed) | (_, Event::Stopped) => Self::Stopped,
            (state, event) => return Err(Refused { state, event }),
        };
        *self = next;
        Ok(())
    }

    /// Whether the environment has finished its initialization and lives.
    pub fn is_initialized(self) -> bool {
        !matches!(self, Self::Initializing | Self::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    #[test]
    fn admission_table() {
        let states = [
            State::Initializing,
            State::Parked,
            State::Returning,
            State::Queued { request: REQUEST },
            State::Busy { request: REQUEST },
            State::Stopped,
        ];
        let events = [
            Event::Polled,
            Event::InitFailed,
            Event::Assigned { request: REQUEST },
            Event::Taken,
            Event::Answered { request: REQUEST },
            Event::Answered { request: OTHER },
            Event::Stopped,
        ];

        let row = |state: &State| -> String {
            let admits = |event: &Event| state.clone().on(*event).is_ok();
            events
                .iter()
                .map(|event| if admits(event) { 'x' } else { '.' })
                .collect()
        };

        let expected = [
            "xx....x", "x.x...x", "x.x...x", "x..x..x", "....x.x", "......x",
        ];
        assert_eq!(states.each_ref().map(row), expected);
    }

    #[test]
    fn an_environment_serves_one_invocation_after_the_other() {
        let mut state = State::Initializing;
        for request in [REQUEST, OTHER] {
            state.on(Event::Polled).unwrap();
            state.on(Event::Assigned { request }).unwrap();
            state.on(Event::Taken).unwrap();
            state.on(Event::Answered { request }).unwrap();
        }
        assert_eq!(state, State::Returning);
    }

    #[test]
    fn an_answer_that_comes_twice_is_refused() {
        let mut state = State::Busy { request: REQUEST };
        state.on(Event::Answered { request: REQUEST }).unwrap();

        let refused = state.on(Event::Answered { request: REQUEST }).unwrap_err();

        assert_eq!(refused.state, State::Returning);
    }
}
