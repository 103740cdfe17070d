//! More messages of the groups that a receive from a FIFO queue has begun with.
//!
//! The queue of events hands out one event of a group at a time. A receiver may have several, in
//! their order: those that follow the ones it has, up to the first that it cannot have.

use std::collections::BTreeSet;
use std::sync::Arc;

use store::{EventState, Lease, QueueError, Release, Scope};

use super::receive::{Fate, Held, Received};
use crate::error::Error;
use crate::queue::Queue;
use crate::queues::Queues;

/// How far a receive looks behind the first of its messages.
const LOOKED_AT_MAX: usize = 20;

impl Queues {
    /// Adds messages to those that were received, and puts them in the order of sending.
    pub(super) async fn follow(
        self: &Arc<Self>,
        queue: &Queue,
        received: &mut Vec<Received>,
        held: &mut Held,
        (max, lease): (usize, Lease),
    ) -> Result<(), Error> {
        let own: BTreeSet<_> = received.iter().map(Received::event).collect();
        let groups: BTreeSet<_> = received.iter().map(Received::group).collect();
        let Some(first) = own.first().filter(|_| received.len() < max) else {
            return Ok(());
        };
        if self.depth_if_known(queue).await?.is_none() {
            return Ok(());
        }
        let scope = Scope::Queue(queue.name.events());
        let part = self
            .events
            .list(&scope, Some(*first), LOOKED_AT_MAX)
            .await?;
        let mut more = Vec::new();
        for listed in part.entries {
            if own.contains(&listed.id) {
                continue;
            }
            let now = self.now();
            let is_there = listed.state == EventState::Waiting && listed.due <= now;
            if !is_there || received.len() + more.len() >= max {
                break;
            }
            let Some(claimed) = self.events.claim_one(listed.id, lease).await? else {
                break;
            };
            held.add(claimed.receipt);
            let is_of_group = groups.contains(&claimed.group);
            match self.fate(queue, &claimed, now) {
                Fate::Receive(message) if is_of_group => {
                    more.push(Received::new(&claimed, message, now));
                }
                Fate::Receive(_) | Fate::Die(_) | Fate::Vanish => {
                    let release = Release {
                        due: listed.due,
                        keep_attempt: true,
                        progress: None,
                    };
                    match self.events.release(&claimed.receipt, release).await {
                        Ok(()) | Err(QueueError::Fenced) => break,
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        received.append(&mut more);
        received.sort_by_key(Received::event);
        Ok(())
    }
}
