//! Moving events between places, and keeping rings and alarms in step with what the lanes hold.

use domain::time::Moment;

use super::Schedule;
use super::entries::Place;
use super::lane::{Lane, LaneId};
use crate::{AtExpiry, EventId, NameHash, QueueName};

impl Schedule {
    pub(super) fn move_to(&mut self, event: EventId, place: Place) {
        self.depart(event);
        self.arrive(event, place);
    }

    /// Puts an event that has departed where it belongs when nobody has it.
    pub(super) fn let_wait(&mut self, event: EventId, now: Moment) {
        let place = self.entries.get(event).map(|entry| entry.place_at(now));
        if let Some(place) = place {
            self.wait_at(event, place);
        }
    }

    /// Puts an event that has departed into a place, unless it is to be removed.
    pub(super) fn wait_at(&mut self, event: EventId, place: Place) {
        let at_expiry = self.entries.get(event).map(|entry| entry.at_expiry);
        if place == Place::Expired && at_expiry == Some(AtExpiry::Remove) {
            self.overdue.push(event);
            self.arrive(event, Place::Removing(None));
            self.leave_group(event);
        } else {
            self.arrive(event, place);
        }
    }

    pub(super) fn depart(&mut self, event: EventId) {
        let Some(entry) = self.entries.get(event) else {
            return;
        };
        let lane_id = entry.lane;
        if let Some(Some(lane)) = self.lanes.get_mut(lane_id.0 as usize) {
            lane.leave(event, entry);
        }
    }

    pub(super) fn arrive(&mut self, event: EventId, place: Place) {
        let Some(entry) = self.entries.get_mut(event) else {
            return;
        };
        entry.place = place;
        let lane_id = entry.lane;
        let is_first = entry.group.is_none_or(|group| {
            let members = self.groups.get(&(lane_id, group));
            members.is_none_or(|members| members.first() == Some(&event))
        });
        if let Some(Some(lane)) = self.lanes.get_mut(lane_id.0 as usize) {
            lane.enter(event, entry, is_first);
        }
        self.note_changes(lane_id);
    }

    /// Puts an event that has no place yet, or is being removed, among those of its group.
    pub(super) fn join_group(&mut self, event: EventId) {
        let Some((lane, group)) = self.group_of(event) else {
            return;
        };
        let members = self.groups.entry((lane, group)).or_default();
        let before = members.first().copied();
        members.insert(event);
        // One that came back is older than the one that took its turn.
        let overtaken = before.filter(|before| *before > event);
        let place = overtaken.and_then(|before| self.entries.get(before).map(|entry| entry.place));
        if let (Some(before), Some(place)) = (overtaken, place) {
            self.move_to(before, place);
        }
    }

    /// Takes an event out of its group, and lets the next one have its turn.
    pub(super) fn leave_group(&mut self, event: EventId) {
        let Some((lane_id, group)) = self.group_of(event) else {
            return;
        };
        let Some(members) = self.groups.get_mut(&(lane_id, group)) else {
            return;
        };
        let was_first = members.first() == Some(&event);
        members.remove(&event);
        let Some(&first) = members.first() else {
            self.groups.remove(&(lane_id, group));
            return;
        };
        let entry = self.entries.get(first).filter(|_| was_first);
        let lane = self.lanes.get_mut(lane_id.0 as usize);
        if let (Some(entry), Some(Some(lane))) = (entry, lane) {
            lane.offer(first, entry);
        }
        self.note_changes(lane_id);
    }

    fn group_of(&self, event: EventId) -> Option<(LaneId, NameHash)> {
        let entry = self.entries.get(event)?;
        Some((entry.lane, entry.group?))
    }

    /// Brings the lane's turn and its alarm in line with what it holds, and ends a lane without
    /// events.
    pub(super) fn note_changes(&mut self, lane_id: LaneId) {
        let Some(Some(lane)) = self.lanes.get_mut(lane_id.0 as usize) else {
            return;
        };
        let alarm = lane.first_timer().map(|(moment, _)| moment);
        if alarm != lane.alarm {
            let before = std::mem::replace(&mut lane.alarm, alarm);
            if alarm.is_some_and(|alarm| before.is_none_or(|before| alarm < before)) {
                self.stirred.insert(lane.name.clone());
            }
            before.map(|moment| self.alarms.remove(&(moment, lane_id)));
            alarm.map(|moment| self.alarms.insert((moment, lane_id)));
        }
        match (lane.next(true), lane.turn) {
            (Some(_), None) => {
                self.stirred.insert(lane.name.clone());
                self.take_place_in_ring(lane_id);
            }
            // Somebody may wait for what has expired and not for the rest.
            (Some(_), Some(_)) if lane.has_expired() => {
                self.stirred.insert(lane.name.clone());
            }
            (Some(_), Some(_)) | (None, None) => {}
            (None, Some(_)) => self.leave_ring(lane_id),
        }
        self.end_empty(lane_id);
    }

    pub(super) fn end_turn(&mut self, lane_id: LaneId) {
        if self.lane(lane_id).is_some_and(|lane| lane.turn.is_some()) {
            self.leave_ring(lane_id);
            self.take_place_in_ring(lane_id);
        }
    }

    pub(super) fn take_place_in_ring(&mut self, lane_id: LaneId) {
        let Some(Some(lane)) = self.lanes.get_mut(lane_id.0 as usize) else {
            return;
        };
        self.last_turn += 1;
        lane.turn = Some(self.last_turn);
        let ring = self.rings.entry(lane.name.family().into()).or_default();
        ring.insert(self.last_turn, lane_id);
    }

    pub(super) fn leave_ring(&mut self, lane_id: LaneId) {
        let Some(Some(lane)) = self.lanes.get_mut(lane_id.0 as usize) else {
            return;
        };
        let ring = self.rings.get_mut(lane.name.family());
        if let (Some(turn), Some(ring)) = (lane.turn.take(), ring) {
            ring.remove(&turn);
            if ring.is_empty() {
                self.rings.remove(lane.name.family());
            }
        }
    }

    pub(super) fn lane_of(&mut self, name: &QueueName) -> LaneId {
        if let Some(lane) = self.names.get(name) {
            return *lane;
        }
        let next = LaneId(u32::try_from(self.lanes.len()).unwrap_or(u32::MAX));
        let lane_id = self.free_lanes.pop().unwrap_or(next);
        let lane = Some(Lane::new(name.clone()));
        match self.lanes.get_mut(lane_id.0 as usize) {
            Some(free) => *free = lane,
            None => self.lanes.push(lane),
        }
        self.names.insert(name.clone(), lane_id);
        lane_id
    }

    pub(super) fn end_empty(&mut self, lane_id: LaneId) {
        let Some(slot) = self.lanes.get_mut(lane_id.0 as usize) else {
            return;
        };
        if let Some(lane) = slot.take_if(|lane| lane.is_empty()) {
            self.names.remove(&lane.name);
            self.free_lanes.push(lane_id);
        }
    }

    pub(super) fn lane(&self, lane: LaneId) -> Option<&Lane> {
        self.lanes.get(lane.0 as usize)?.as_ref()
    }

    pub(super) fn lane_mut(&mut self, lane: LaneId) -> Option<&mut Lane> {
        self.lanes.get_mut(lane.0 as usize)?.as_mut()
    }
}
