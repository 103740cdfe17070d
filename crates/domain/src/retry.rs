//! What becomes of an event after an attempt: done, tried again, or given up.
//!
//! ```text
//!              ┌──────── Retry: the function failed and has tries left ───────┐
//!              ▼                                                              │
//! waiting ─▶ attempt ──▶ End: Success · RetriesExhausted · EventAgeExceeded   │
//!              ▲             · ZeroReservedConcurrency                        │
//!              └──────── Requeue: it could not run; costs no try ─────────────┘
//! ```
//!
//! A next try that would fall beyond the event's age is not waited for: the event ends at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits::{
    EVENT_AGE_MAX, REQUEUE_DELAY_MAX, REQUEUE_DELAY_MIN, RETRY_ATTEMPTS_MAX, RETRY_DELAYS,
};
use crate::time::Moment;

/// How an attempt went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    /// The function ran and failed: an error, a time-out, an exit.
    FunctionFailed,
    /// No concurrency was left for it.
    Throttled,
    /// The function's reserved concurrency is 0, so it can never run.
    Stopped,
    /// It could not run for a reason that is not the function's.
    SystemFailed,
}

/// What has been done for an event so far, the attempt that just ended included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    pub enqueued: Moment,
    /// How often the function ran.
    pub invocations: u32,
    /// How often the event went back because it could not run.
    pub requeues: u32,
}

/// Why an event ended. What a destination's record calls its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
    ZeroReservedConcurrency,
}

impl Condition {
    /// As AWS writes it in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
            Self::ZeroReservedConcurrency => "ZeroReservedConcurrency",
        }
    }

    pub const fn is_success(self) -> bool {
        matches!(self, Self::Success)
    }
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    End {
        condition: Condition,
    },
    /// The function runs again at this time.
    Retry {
        due: Moment,
    },
    /// The event is looked at again at this time, at no cost to its tries.
    Requeue {
        due: Moment,
    },
}

/// How patient a function is with its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Further attempts after one that failed.
    pub retries_max: u8,
    pub event_age_max: Duration,
    /// The waits before the first and before every later retry.
    pub retry_delays: [Duration; 2],
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            retries_max: RETRY_ATTEMPTS_MAX,
            event_age_max: EVENT_AGE_MAX,
            retry_delays: RETRY_DELAYS,
        }
    }
}

impl Policy {
    /// Decides after an attempt that ended at `now`.
    pub fn decide(&self, outcome: Outcome, history: &History, now: Moment) -> Verdict {
        match outcome {
            Outcome::Succeeded => Verdict::End {
                condition: Condition::Success,
            },
            Outcome::Stopped => Verdict::End {
                condition: Condition::ZeroReservedConcurrency,
            },
            Outcome::FunctionFailed if history.invocations > u32::from(self.retries_max) => {
                Verdict::End {
                    condition: Condition::RetriesExhausted,
                }
            }
            Outcome::FunctionFailed => {
                let due = now + self.retry_delay(history.invocations);
                self.unless_too_old(history, due, Verdict::Retry { due })
            }
            Outcome::Throttled | Outcome::SystemFailed => {
                let due = now + requeue_delay(history.requeues);
                self.unless_too_old(history, due, Verdict::Requeue { due })
            }
        }
    }

    /// When an event is too old to be run.
    pub fn expires(&self, enqueued: Moment) -> Moment {
        enqueued + self.event_age_max
    }

    /// observed: an event whose next try comes too late is given up at once.
    fn unless_too_old(&self, history: &History, due: Moment, verdict: Verdict) -> Verdict {
        if due >= self.expires(history.enqueued) {
            Verdict::End {
                condition: Condition::EventAgeExceeded,
            }
        } else {
            verdict
        }
    }

    fn retry_delay(&self, invocations: u32) -> Duration {
        let [first, later] = self.retry_delays;
        if invocations <= 1 { first } else { later }
    }
}

/// The wait after the given number of tries that came to nothing: 1 s, 2 s, 4 s, … 5 min.
pub fn requeue_delay(requeues: u32) -> Duration {
    let doublings = requeues.saturating_sub(1).min(16);
    (REQUEUE_DELAY_MIN * 2_u32.pow(doublings)).min(REQUEUE_DELAY_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Moment = Moment::from_millis(1_700_000_000_000);

    fn after(seconds: u64) -> Moment {
        START + Duration::from_secs(seconds)
    }

    fn history(invocations: u32, requeues: u32) -> History {
        History {
            enqueued: START,
            invocations,
            requeues,
        }
    }

    fn end(condition: Condition) -> Verdict {
        Verdict::End { condition }
    }

    fn aged(seconds: u64) -> Policy {
        Policy {
            event_age_max: Duration::from_secs(seconds),
            ..Policy::default()
        }
    }

    #[test]
    fn a_function_that_fails_runs_again_after_one_minute_and_after_two() {
        let policy = Policy::default();
        let failed = |runs, seconds| {
            policy.decide(Outcome::FunctionFailed, &history(runs, 0), after(seconds))
        };

        assert_eq!(failed(1, 5), Verdict::Retry { due: after(65) });
        assert_eq!(failed(2, 70), Verdict::Retry { due: after(190) });
        assert_eq!(failed(3, 195), end(Condition::RetriesExhausted));
    }

    #[test]
    fn the_number_of_retries_is_the_functions() {
        for (retries_max, runs) in [(0, 1), (1, 2), (2, 3)] {
            let policy = Policy {
                retries_max,
                ..Policy::default()
            };
            let failed = |runs| policy.decide(Outcome::FunctionFailed, &history(runs, 0), after(1));

            assert_eq!(failed(runs), end(Condition::RetriesExhausted));
            if runs > 1 {
                assert!(matches!(failed(runs - 1), Verdict::Retry { .. }));
            }
        }
    }

    #[test]
    fn what_could_not_run_waits_from_one_second_to_five_minutes() {
        let policy = Policy::default();
        let waits = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300];
        for (requeues, seconds) in (1..).zip(waits) {
            for outcome in [Outcome::Throttled, Outcome::SystemFailed] {
                let verdict = policy.decide(outcome, &history(2, requeues), after(10));

                let due = after(10 + seconds);
                assert_eq!(verdict, Verdict::Requeue { due }, "{requeues}");
            }
        }
        let forever = policy.decide(Outcome::Throttled, &history(0, u32::MAX), after(10));
        assert_eq!(forever, Verdict::Requeue { due: after(310) });
    }

    #[test]
    fn a_try_that_would_come_too_late_is_not_waited_for() {
        let failed = |policy: Policy, seconds| {
            policy.decide(Outcome::FunctionFailed, &history(1, 0), after(seconds))
        };
        let throttled = |requeues, seconds| {
            aged(60).decide(Outcome::Throttled, &history(0, requeues), after(seconds))
        };

        assert_eq!(failed(aged(60), 0), end(Condition::EventAgeExceeded));
        assert_eq!(failed(aged(61), 0), Verdict::Retry { due: after(60) });
        assert_eq!(failed(aged(61), 1), end(Condition::EventAgeExceeded));
        assert_eq!(throttled(1, 58), Verdict::Requeue { due: after(59) });
        assert_eq!(throttled(1, 59), end(Condition::EventAgeExceeded));
        assert_eq!(throttled(5, 45), end(Condition::EventAgeExceeded));
    }

    #[test]
    fn an_event_that_has_used_its_tries_ends_for_that_and_not_for_its_age() {
        let verdict = aged(60).decide(Outcome::FunctionFailed, &history(3, 0), after(100));

        assert_eq!(verdict, end(Condition::RetriesExhausted));
    }

    #[test]
    fn a_function_that_is_stopped_ends_its_events_at_once() {
        let verdict = Policy::default().decide(Outcome::Stopped, &history(0, 0), after(0));

        assert_eq!(verdict, end(Condition::ZeroReservedConcurrency));
    }

    #[test]
    fn the_delays_can_be_others() {
        let policy = Policy {
            retry_delays: [Duration::ZERO, Duration::from_secs(3)],
            ..Policy::default()
        };
        let failed = |runs| policy.decide(Outcome::FunctionFailed, &history(runs, 0), after(1));

        assert_eq!(failed(1), Verdict::Retry { due: after(1) });
        assert_eq!(failed(2), Verdict::Retry { due: after(4) });
    }

    fn an_outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            Just(Outcome::FunctionFailed),
            Just(Outcome::Throttled),
            Just(Outcome::SystemFailed),
            Just(Outcome::Succeeded),
        ]
    }

    proptest! {
        #[test]
        fn no_story_of_an_event_breaks_the_rules(
            retries_max in 0_u8..=RETRY_ATTEMPTS_MAX,
            age in 60_u64..=21_600,
            steps in prop::collection::vec((an_outcome(), 0_u64..900_000), 1..200),
        ) {
            let policy = Policy { retries_max, ..aged(age) };
            let (mut runs, mut requeues, mut now) = (0, 0, START);
            let mut last_wait = [Duration::ZERO; 2];
            for (outcome, millis) in steps {
                now = now + Duration::from_millis(millis);
                match outcome {
                    Outcome::Succeeded | Outcome::FunctionFailed => runs += 1,
                    Outcome::Throttled | Outcome::SystemFailed | Outcome::Stopped => requeues += 1,
                }
                let verdict = policy.decide(outcome, &history(runs, requeues), now);
                let (kind, due) = match verdict {
                    Verdict::End { condition } => {
                        prop_assert!(condition != Condition::RetriesExhausted
                            || runs == u32::from(retries_max) + 1);
                        prop_assert!(runs <= u32::from(retries_max) + 1);
                        break;
                    }
                    Verdict::Retry { due } => (0, due),
                    Verdict::Requeue { due } => (1, due),
                };
                prop_assert!(now < due && due < policy.expires(START));
                let wait = due.since(now);
                prop_assert!(wait >= last_wait[kind]);
                last_wait[kind] = wait;
                now = due;
            }
        }
    }
}
