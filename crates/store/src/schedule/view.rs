//! What a schedule tells those who only look: counts and listings.

use std::collections::BTreeSet;
use std::ops::Bound;

use domain::time::Moment;

use super::Schedule;
use super::entries::Place;
use super::lane::Lane;
use crate::{Depth, EventId, EventState, Listed, NameHash, Part, QueueName, Scope};

impl Schedule {
    pub(crate) fn depth(&self, queue: &QueueName) -> Depth {
        let lane = self.names.get(queue).and_then(|lane| self.lane(*lane));
        lane.map(|lane| self.depth_of(lane)).unwrap_or_default()
    }

    pub(crate) fn queues(&self, family: &str) -> Vec<(QueueName, Depth)> {
        let lanes = self.lanes_of(family);
        let depths = lanes.map(|lane| (lane.name.clone(), self.depth_of(lane)));
        depths.filter(|(_, depth)| depth.total() > 0).collect()
    }

    /// When an event of a family comes up that cannot be handed out now, and is not worked on.
    pub(crate) fn next_due(&self, family: &str) -> Option<Moment> {
        let firsts = self.lanes_of(family).filter_map(|lane| {
            let mut wakes = lane.wakes();
            let first = wakes.find(|(_, event)| self.comes_up_by_itself(*event));
            first.map(|(moment, _)| *moment)
        });
        firsts.min()
    }

    /// A lease of this process ends with the work, and not by its time.
    fn comes_up_by_itself(&self, event: EventId) -> bool {
        let entry = self.entries.get(event);
        entry.is_some_and(|entry| match entry.place {
            Place::Leased(held) | Place::Settling(held) => held.survives_restart,
            Place::Delayed { .. } | Place::Due | Place::Expired | Place::Removing(_) => true,
        })
    }

    /// Events of a queue or a family by their ids, without their keys.
    pub(crate) fn list(&self, scope: &Scope, after: Option<EventId>, limit: usize) -> Part<Listed> {
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        let lanes: Vec<&Lane> = match scope {
            Scope::Queue(queue) => {
                let lane = self.names.get(queue).and_then(|lane| self.lane(*lane));
                lane.into_iter().collect()
            }
            Scope::Family(family) => self.lanes_of(family).collect(),
        };
        let mut rest: Vec<_> = lanes
            .iter()
            .map(|lane| lane.all.range((behind, Bound::Unbounded)))
            .collect();
        let firsts = rest.iter_mut().enumerate();
        let mut next: BTreeSet<(EventId, usize)> = firsts
            .filter_map(|(lane, events)| events.next().map(|event| (*event, lane)))
            .collect();
        let mut entries = Vec::new();
        while let Some((event, lane)) = next.pop_first() {
            if let Some(listed) = self.listed(event) {
                if entries.len() == limit {
                    return Part {
                        entries,
                        has_more: true,
                    };
                }
                entries.push(listed);
            }
            let following = rest.get_mut(lane).and_then(Iterator::next);
            next.extend(following.map(|event| (*event, lane)));
        }
        Part {
            entries,
            has_more: false,
        }
    }

    /// An event without its key; none if it is gone or about to be.
    pub(crate) fn listed(&self, event: EventId) -> Option<Listed> {
        let entry = self.entries.get(event)?;
        let state = match entry.place {
            Place::Delayed { .. } | Place::Due | Place::Expired => EventState::Waiting,
            Place::Leased(held) | Place::Settling(held) => EventState::Leased { until: held.until },
            Place::Removing(_) => return None,
        };
        Some(Listed {
            id: event,
            queue: self.lane(entry.lane)?.name.clone(),
            key: None,
            enqueued: entry.enqueued,
            due: entry.due,
            expires: entry.expires,
            attempts: entry.attempts,
            state,
        })
    }

    /// Up to `limit` events that may have a key, in the order of their ids.
    pub(crate) fn find(&self, key: NameHash, limit: usize) -> Vec<EventId> {
        let found = self
            .keys
            .range((key, EventId(0))..=(key, EventId(u64::MAX)));
        found.map(|(_, event)| *event).take(limit).collect()
    }

    /// The last event that a queue holds.
    pub(crate) fn last_of(&self, queue: &QueueName) -> Option<EventId> {
        self.lane(*self.names.get(queue)?)?.all.last().copied()
    }

    fn depth_of(&self, lane: &Lane) -> Depth {
        let oldest = lane.all.first().and_then(|event| self.entries.get(*event));
        let oldest = oldest.map(|entry| entry.enqueued);
        Depth {
            oldest,
            ..lane.counts()
        }
    }

    fn lanes_of<'a>(&'a self, family: &'a str) -> impl Iterator<Item = &'a Lane> {
        let names = self.names.range(QueueName::new(family, "")..);
        let names = names.take_while(move |(name, _)| name.family() == family);
        names.filter_map(|(_, lane)| self.lane(*lane))
    }
}
