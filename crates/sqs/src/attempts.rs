//! What receives with a `ReceiveRequestAttemptId` have answered, so that a retry answers the same.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use domain::time::Moment;

use crate::limits::{ATTEMPT_WINDOW, ATTEMPTS_MAX};
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
    answers: BTreeMap<Id, (Moment, Vec<Received>)>,
    oldest_first: VecDeque<(Moment, Id)>,
}

impl Attempts {
    /// What this attempt has received, if that was a moment ago.
    pub(crate) fn recall(&self, queue: &Name, id: &str, now: Moment) -> Option<Vec<Received>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (made, received) = state.answers.get(&(queue.clone(), id.to_owned()))?;
        (now.since(*made) < ATTEMPT_WINDOW).then(|| received.clone())
    }

    pub(crate) fn remember(&self, queue: &Name, id: &str, received: Vec<Received>, now: Moment) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let id = (queue.clone(), id.to_owned());
        state.oldest_first.push_back((now, id.clone()));
        state.answers.insert(id, (now, received));
        while let Some((made, id)) = state.oldest_first.front().cloned() {
            let is_old = now.since(made) >= ATTEMPT_WINDOW;
            if !is_old && state.oldest_first.len() <= ATTEMPTS_MAX {
                break;
            }
            state.oldest_first.pop_front();
            // The same id may have been used again since.
            if state
                .answers
                .get(&id)
                .is_some_and(|(last, _)| *last == made)
            {
                state.answers.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Moment = Moment::from_millis(1_000_000);

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
}
