//! What receives with a `ReceiveRequestAttemptId` have answered, so that a retry answers the same.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use domain::time::Moment;

use crate::limits::{ATTEMPT_WINDOW, ATTEMPTS_BYTES_MAX, ATTEMPTS_MAX};
use crate::name::Name;
use crate::operations::receive::Received;

/// A queue and what the client calls its attempt.
type Id = (Name, String);

/// The attempts of the last minutes, in memory: after a restart a retry is an attempt of its own.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    answers: BTreeMap<Id, Answer>,
    oldest_first: VecDeque<(Moment, Id)>,
    /// Of the messages of all answers.
    bytes: usize,
}

#[derive(Debug)]
struct Answer {
    made: Moment,
    received: Vec<Received>,
    bytes: usize,
}

impl Attempts {
    /// What this attempt has received, if that was a moment ago.
    pub(crate) fn recall(&self, queue: &Name, id: &str, now: Moment) -> Option<Vec<Received>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = state.answers.get(&(queue.clone(), id.to_owned()))?;
        let is_recent = now.since(answer.made) < ATTEMPT_WINDOW;
        is_recent.then(|| answer.received.clone())
    }

    /// The oldest attempts are forgotten when they have become too old or too many.
    pub(crate) fn remember(&self, queue: &Name, id: &str, received: Vec<Received>, now: Moment) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let id = (queue.clone(), id.to_owned());
        let answer = Answer {
            made: now,
            bytes: received.iter().map(Received::size).sum(),
            received,
        };
        state.bytes += answer.bytes;
        state.oldest_first.push_back((now, id.clone()));
        if let Some(before) = state.answers.insert(id, answer) {
            state.bytes -= before.bytes;
        }
        state.forget(now);
    }
}

impl State {
    fn forget(&mut self, now: Moment) {
        while let Some((made, id)) = self.oldest_first.front() {
            let is_old = now.since(*made) >= ATTEMPT_WINDOW;
            let is_much = self.oldest_first.len() > ATTEMPTS_MAX || self.bytes > ATTEMPTS_BYTES_MAX;
            if !is_old && !is_much {
                break;
            }
            // The same id may have been used again since.
            let is_last = self.answers.get(id).is_some_and(|last| last.made == *made);
            if let Some(answer) = is_last.then(|| self.answers.remove(id)).flatten() {
                self.bytes -= answer.bytes;
            }
            self.oldest_first.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Moment = Moment::from_millis(1_000_000);
    const ONE: Duration = Duration::from_secs(1);

    fn name() -> Name {
        Name::parse("q.fifo").unwrap()
    }

    #[test]
    fn an_attempt_is_remembered_for_five_minutes() {
        let attempts = Attempts::default();

        attempts.remember(&name(), "a", Vec::new(), NOW);

        let last = NOW + Duration::from_secs(299);
        assert!(attempts.recall(&name(), "a", last).is_some());
        assert!(attempts.recall(&name(), "b", NOW).is_none());
        assert!(
            attempts
                .recall(&name(), "a", NOW + ATTEMPT_WINDOW)
                .is_none()
        );
    }

    #[test]
    fn a_bounded_number_of_attempts_is_remembered() {
        let attempts = Attempts::default();
        for number in 0..=ATTEMPTS_MAX {
            attempts.remember(&name(), &number.to_string(), Vec::new(), NOW);
        }

        assert!(attempts.recall(&name(), "0", NOW).is_none());
        assert!(attempts.recall(&name(), "1", NOW).is_some());
        attempts.remember(&name(), "x", Vec::new(), NOW + ATTEMPT_WINDOW);
        assert_eq!(attempts.state.lock().unwrap().answers.len(), 1);
    }

    #[test]
    fn large_messages_are_remembered_for_a_shorter_time() {
        let attempts = Attempts::default();
        let received = |bytes| vec![Received::of_size(bytes)];

        attempts.remember(&name(), "a", received(ATTEMPTS_BYTES_MAX / 2), NOW);
        attempts.remember(&name(), "a", received(ATTEMPTS_BYTES_MAX / 2), NOW + ONE);
        attempts.remember(&name(), "b", received(ATTEMPTS_BYTES_MAX / 2), NOW + ONE);
        assert!(attempts.recall(&name(), "a", NOW + ONE).is_some());
        attempts.remember(&name(), "c", received(1), NOW + ONE);

        assert!(attempts.recall(&name(), "a", NOW + ONE).is_none());
        assert!(attempts.recall(&name(), "b", NOW + ONE).is_some());
        assert!(attempts.recall(&name(), "c", NOW + ONE).is_some());
    }
}
