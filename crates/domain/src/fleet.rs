//! All environments of a server: which of them run, which are idle, which freeze, and which have to go.
//!
//! ```text
//!        admit             park              take
//! nobody ─────▶ Running ─────────▶ Idle ─────────────▶ Running
//!                  │                │ ▲ freeze_due, frozen
//!                  │ end            │ └─ (thawed ─▶ frozen)
//!                  ▼                ▼ evicted, expired, retired, end
//!                gone             gone
//! ```
//!
//! One counts with the most memory that it, or another that runs the same, has used; one that runs what nobody has
//! seen run counts with a guess. Nearly all functions use much less than they may, whose memory is also their part of
//! the processors. When there is no room for another, those that have been idle longest go.
//!
//! Times are those since some start that the caller chose.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Duration;

/// What one uses of which nothing is known: as much as the smallest may.
const GUESSED_BYTES: u64 = 128 << 20;

/// What a fleet may have and keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// What all environments together may use.
    pub memory_bytes_max: u64,
    /// More idle ones than this are not kept: the one that was idle longest goes.
    pub idle_max: usize,
    /// How long one is kept without work.
    pub idle_time: Duration,
    /// How long one has to be idle before it is frozen; `None` freezes none.
    pub freeze_after: Option<Duration>,
}

/// One environment, for as long as the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

/// Those that run leave no room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{wanted} more bytes for an environment do not fit beside the {used} in use, of {max} altogether"
)]
pub struct Full {
    pub wanted: u64,
    /// By those that run.
    pub used: u64,
    pub max: u64,
}

/// What becomes of the others so that one can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    pub id: Id,
    /// These have to end now.
    pub evicted: Vec<Id>,
}

/// All environments, told apart by what they run.
#[derive(Debug)]
pub struct Fleet<K> {
    rules: Rules,
    members: HashMap<Id, Member<K>>,
    /// Idle ones by what they run; the one that was used last is the last.
    idle: HashMap<K, Vec<Id>>,
    /// Idle ones; the one that has been idle longest is the first.
    by_age: BTreeSet<(Duration, Id)>,
    /// Idle ones that are not frozen, likewise.
    thawed: BTreeSet<(Duration, Id)>,
    /// The most that one of each has used.
    used_bytes: HashMap<K, u64>,
    running_bytes: u64,
    idle_bytes: u64,
    last: u64,
    is_closed: bool,
}

#[derive(Debug)]
struct Member<K> {
    runs: K,
    /// What it counts with.
    memory_bytes: u64,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Running,
    Idle { since: Duration },
}

impl<K: Clone + Eq + Hash> Fleet<K> {
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            members: HashMap::new(),
            idle: HashMap::new(),
            by_age: BTreeSet::new(),
            thawed: BTreeSet::new(),
            used_bytes: HashMap::new(),
            running_bytes: 0,
            idle_bytes: 0,
            last: 0,
            is_closed: false,
        }
    }

    /// Another environment is to run, which may use `most_bytes`. One that is larger than all the memory there is may
    /// run alone.
    pub fn admit(&mut self, runs: K, most_bytes: u64) -> Result<Admitted, Full> {
        let known = self.used_bytes.get(&runs).copied();
        let memory_bytes = known.unwrap_or(GUESSED_BYTES).min(most_bytes);
        let evicted = self.make_room(memory_bytes)?;
        self.last += 1;
        let id = Id(self.last);
        self.running_bytes += memory_bytes;
        let place = Place::Running;
        let member = Member {
            runs,
            memory_bytes,
            place,
        };
        self.members.insert(id, member);
        Ok(Admitted { id, evicted })
    }

    /// The idle environment that was used last of those that run this is to run again.
    pub fn take(&mut self, runs: &K) -> Option<Id> {
        let id = self.idle.get(runs)?.last().copied()?;
        self.leave(id);
        let member = self.members.get_mut(&id)?;
        member.place = Place::Running;
        self.running_bytes += member.memory_bytes;
        Some(id)
    }

    /// One that ran has nothing to do; it has used so much at most. Gives back those that have to end now, which may be
    /// this one.
    pub fn park(&mut self, id: Id, used_bytes: u64, now: Duration) -> Vec<Id> {
        let Some(member) = self.members.get_mut(&id) else {
            return vec![id];
        };
        if self.is_closed || matches!(member.place, Place::Idle { .. }) {
            self.end(id);
            return vec![id];
        }
        let since = now;
        member.place = Place::Idle { since };
        self.running_bytes -= member.memory_bytes;
        member.memory_bytes = used_bytes;
        self.idle_bytes += used_bytes;
        let known = self.used_bytes.entry(member.runs.clone()).or_default();
        *known = used_bytes.max(*known);
        self.idle.entry(member.runs.clone()).or_default().push(id);
        self.by_age.insert((since, id));
        if self.rules.freeze_after.is_some() {
            self.thawed.insert((since, id));
        }
        let mut surplus = Vec::new();
        while self.by_age.len() > self.rules.idle_max
            || self.memory_bytes() > self.rules.memory_bytes_max
        {
            match self.evict_oldest() {
                Some(id) => surplus.push(id),
                None => break,
            }
        }
        surplus
    }

    /// One has ended, or is about to.
    pub fn end(&mut self, id: Id) {
        self.leave(id);
        let Some(member) = self.members.remove(&id) else {
            return;
        };
        if let Place::Running = member.place {
            self.running_bytes -= member.memory_bytes;
        }
    }

    /// Idle ones that have been so long enough to be frozen, and are not yet.
    pub fn freeze_due(&self, now: Duration) -> Vec<Id> {
        let Some(freeze_after) = self.rules.freeze_after else {
            return Vec::new();
        };
        self.thawed
            .iter()
            .take_while(|(since, _)| *since + freeze_after <= now)
            .map(|(_, id)| *id)
            .collect()
    }

    /// An idle one is frozen.
    pub fn frozen(&mut self, id: Id) {
        if let Some(Place::Idle { since }) = self.members.get(&id).map(|member| member.place) {
            self.thawed.remove(&(since, id));
        }
    }

    /// Whether any idle one may still be frozen.
    pub fn has_thawed(&self) -> bool {
        !self.thawed.is_empty()
    }

    /// Ends those that have been idle for too long, and gives them back.
    pub fn expire(&mut self, now: Duration) -> Vec<Id> {
        let idle_time = self.rules.idle_time;
        let is_old = |(since, _): &&(Duration, Id)| *since + idle_time < now;
        let old: Vec<Id> = self
            .by_age
            .iter()
            .take_while(is_old)
            .map(|(_, id)| *id)
            .collect();
        for id in &old {
            self.end(*id);
        }
        old
    }

    /// Ends the idle ones that run what nobody wants any more, and gives them back.
    pub fn retire(&mut self, is_wanted: impl Fn(&K) -> bool) -> Vec<Id> {
        let unwanted = self.idle.iter().filter(|(runs, _)| !is_wanted(runs));
        let unwanted: Vec<Id> = unwanted.flat_map(|(_, ids)| ids.iter().copied()).collect();
        for id in &unwanted {
            self.end(*id);
        }
        self.used_bytes.retain(|runs, _| is_wanted(runs));
        unwanted
    }

    /// Ends the idle ones, and keeps none from now on.
    pub fn close(&mut self) -> Vec<Id> {
        self.is_closed = true;
        self.retire(|_| false)
    }

    /// The idle ones.
    pub fn idle(&self) -> impl Iterator<Item = Id> {
        self.by_age.iter().map(|(_, id)| *id)
    }

    /// What all environments count for.
    pub fn memory_bytes(&self) -> u64 {
        self.running_bytes + self.idle_bytes
    }

    /// Evicts until this much more may be used.
    fn make_room(&mut self, wanted: u64) -> Result<Vec<Id>, Full> {
        let max = self.rules.memory_bytes_max;
        let used = self.running_bytes;
        if used > 0 && used.saturating_add(wanted) > max {
            return Err(Full { wanted, used, max });
        }
        let mut evicted = Vec::new();
        while self.memory_bytes().saturating_add(wanted) > max {
            match self.evict_oldest() {
                Some(id) => evicted.push(id),
                None => break,
            }
        }
        Ok(evicted)
    }

    fn evict_oldest(&mut self) -> Option<Id> {
        let (_, id) = self.by_age.first().copied()?;
        self.end(id);
        Some(id)
    }

    /// Takes one from the idle ones; nothing happens when it is none of them.
    fn leave(&mut self, id: Id) {
        let Some(member) = self.members.get(&id) else {
            return;
        };
        let Place::Idle { since } = member.place else {
            return;
        };
        self.by_age.remove(&(since, id));
        self.thawed.remove(&(since, id));
        self.idle_bytes -= member.memory_bytes;
        if let Some(alike) = self.idle.get_mut(&member.runs) {
            alike.retain(|other| *other != id);
            if alike.is_empty() {
                self.idle.remove(&member.runs);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: u64 = 1 << 20;

    fn rules() -> Rules {
        Rules {
            memory_bytes_max: 1_000 * MIB,
            idle_max: 8,
            idle_time: Duration::from_mins(10),
            freeze_after: Some(Duration::from_millis(10)),
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// A fleet with an idle environment of each, idle since 0, 1, 2 … seconds.
    fn idle_fleet(each: &[(&'static str, u64)]) -> (Fleet<&'static str>, Vec<Id>) {
        let mut fleet = Fleet::new(rules());
        let mut ids = Vec::new();
        for ((runs, used_mib), second) in each.iter().zip(0..) {
            let id = fleet.admit(*runs, 300 * MIB).unwrap().id;
            assert!(fleet.park(id, used_mib * MIB, seconds(second)).is_empty());
            ids.push(id);
        }
        (fleet, ids)
    }

    #[test]
    fn the_one_used_last_is_used_again() {
        let (mut fleet, ids) = idle_fleet(&[("f", 10), ("f", 10), ("g", 10)]);

        assert_eq!(fleet.take(&"f").unwrap(), ids[1]);
        assert_eq!(fleet.take(&"f").unwrap(), ids[0]);
        assert_eq!(fleet.take(&"f"), None);
    }

    #[test]
    fn one_counts_with_what_is_known_of_those_alike() {
        let (mut fleet, _) = idle_fleet(&[("f", 10), ("g", 20)]);
        assert_eq!(fleet.memory_bytes(), 30 * MIB);

        let again = fleet.take(&"f").unwrap();
        assert_eq!(fleet.memory_bytes(), 30 * MIB);
        let another = fleet.admit("f", 300 * MIB).unwrap().id;
        assert_eq!(fleet.memory_bytes(), 40 * MIB);
        let unknown = fleet.admit("h", 300 * MIB).unwrap().id;
        assert_eq!(fleet.memory_bytes(), 168 * MIB);

        for id in [again, another, unknown] {
            fleet.end(id);
        }
        assert_eq!(fleet.memory_bytes(), 20 * MIB);
    }

    #[test]
    fn those_that_were_idle_longest_make_room() {
        let (mut fleet, ids) = idle_fleet(&[("f", 60), ("g", 300), ("h", 600)]);

        let admitted = fleet.admit("i", 700 * MIB).unwrap();

        assert_eq!(admitted.evicted, [ids[0], ids[1]]);
        assert_eq!(fleet.memory_bytes(), 728 * MIB);
    }

    #[test]
    fn without_room_beside_those_that_run_nothing_is_evicted() {
        let (mut fleet, _) = idle_fleet(&[("f", 10), ("g", 900)]);
        fleet.take(&"g").unwrap();

        let full = Full {
            wanted: 128 * MIB,
            used: 900 * MIB,
            max: 1_000 * MIB,
        };
        assert_eq!(fleet.admit("h", 300 * MIB), Err(full));
        assert_eq!(fleet.idle().count(), 1);
        assert!(fleet.admit("h", 50 * MIB).is_ok());
    }

    #[test]
    fn one_that_is_larger_than_everything_runs_alone() {
        let (mut fleet, ids) = idle_fleet(&[("f", 10)]);
        let large = fleet.admit("g", 5_000 * MIB).unwrap().id;
        assert_eq!(fleet.park(large, 5_000 * MIB, seconds(1)), [ids[0], large]);

        let large = fleet.admit("g", 5_000 * MIB).unwrap().id;

        assert!(fleet.admit("h", 1).is_err());
        fleet.end(large);
        assert!(fleet.admit("h", 1).is_ok());
    }

    #[test]
    fn too_many_idle_ones_are_not_kept() {
        let each: Vec<(&str, u64)> = (0..8).map(|_| ("f", 1)).collect();
        let (mut fleet, ids) = idle_fleet(&each);
        let one_more = fleet.admit("f", MIB).unwrap().id;

        assert_eq!(fleet.park(one_more, MIB, seconds(9)), [ids[0]]);
    }

    #[test]
    fn one_freezes_when_it_has_been_idle_long_enough_and_thaws_with_work() {
        let (mut fleet, ids) = idle_fleet(&[("f", 1), ("g", 1)]);
        let later = |millis| Duration::from_millis(millis);

        assert_eq!(fleet.freeze_due(later(9)), []);
        assert_eq!(fleet.freeze_due(later(10)), [ids[0]]);
        fleet.frozen(ids[0]);
        assert_eq!(fleet.freeze_due(later(1_010)), [ids[1]]);
        fleet.frozen(ids[1]);
        assert!(!fleet.has_thawed());

        let id = fleet.take(&"f").unwrap();
        fleet.park(id, MIB, seconds(5));
        assert!(fleet.has_thawed());
        assert_eq!(fleet.freeze_due(seconds(6)), [id]);
    }

    #[test]
    fn old_ones_expire() {
        let (mut fleet, ids) = idle_fleet(&[("f", 1), ("g", 1)]);

        assert_eq!(fleet.expire(seconds(600)), []);
        assert_eq!(fleet.expire(seconds(601)), [ids[0]]);
    }

    #[test]
    fn what_nobody_wants_retires_and_a_closed_fleet_keeps_nothing() {
        let (mut fleet, ids) = idle_fleet(&[("f", 1), ("g", 1)]);
        let running = fleet.admit("f", MIB).unwrap().id;

        assert_eq!(fleet.retire(|runs| *runs != "f"), [ids[0]]);
        assert_eq!(fleet.close(), [ids[1]]);
        assert_eq!(fleet.park(running, MIB, seconds(9)), [running]);
        assert_eq!(fleet.memory_bytes(), 0);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Start { runs: u8, mib: u64 },
        Again { runs: u8 },
        Park { which: usize, mib: u64 },
        End { which: usize },
        Pass { millis: u64 },
        Freeze,
        Expire,
        Retire { runs: u8 },
    }

    fn step() -> impl Strategy<Value = Step> {
        let (runs, which) = (0_u8..4, 0_usize..32);
        prop_oneof![
            4 => (runs.clone(), 1_u64..1_200).prop_map(|(runs, mib)| Step::Start { runs, mib }),
            4 => runs.clone().prop_map(|runs| Step::Again { runs }),
            6 => (which.clone(), 0_u64..1_500).prop_map(|(which, mib)| Step::Park { which, mib }),
            2 => which.prop_map(|which| Step::End { which }),
            4 => (0_u64..200_000).prop_map(|millis| Step::Pass { millis }),
            2 => Just(Step::Freeze),
            2 => Just(Step::Expire),
            1 => runs.prop_map(|runs| Step::Retire { runs }),
        ]
    }

    proptest! {
        /// The books are kept right: nobody is lost or ends twice, and what counts fits.
        #[test]
        fn whatever_happens_the_memory_fits_and_nobody_is_lost(steps in prop::collection::vec(step(), 1..300)) {
            let mut fleet = Fleet::new(rules());
            let mut running: Vec<Id> = Vec::new();
            let mut now = Duration::ZERO;
            let mut idle: BTreeSet<Id> = BTreeSet::new();
            for step in steps {
                let mut gone = Vec::new();
                match step {
                    Step::Start { runs, mib } => {
                        if let Ok(admitted) = fleet.admit(runs, mib * MIB) {
                            gone = admitted.evicted;
                            running.push(admitted.id);
                        }
                    }
                    Step::Again { runs } => {
                        if let Some(id) = fleet.take(&runs) {
                            prop_assert!(idle.remove(&id));
                            running.push(id);
                        }
                    }
                    Step::Park { which, mib } if which < running.len() => {
                        let id = running.remove(which);
                        idle.insert(id);
                        gone = fleet.park(id, mib * MIB, now);
                    }
                    Step::End { which } if which < running.len() => {
                        let id = running.remove(which);
                        fleet.end(id);
                    }
                    Step::Park { .. } | Step::End { .. } => {}
                    Step::Pass { millis } => now += Duration::from_millis(millis),
                    Step::Freeze => {
                        for id in fleet.freeze_due(now) {
                            fleet.frozen(id);
                        }
                        prop_assert_eq!(fleet.freeze_due(now), Vec::<Id>::new());
                    }
                    Step::Expire => gone = fleet.expire(now),
                    Step::Retire { runs } => gone = fleet.retire(|other| *other != runs),
                }
                for id in gone {
                    prop_assert!(idle.remove(&id), "{id:?} ended twice, or was running");
                }
                let sum = |ids: &mut dyn Iterator<Item = &Id>| -> u64 {
                    ids.map(|id| fleet.members[id].memory_bytes).sum()
                };
                prop_assert_eq!(fleet.running_bytes, sum(&mut running.iter()));
                prop_assert_eq!(fleet.idle_bytes, sum(&mut idle.iter()));
                prop_assert_eq!(fleet.idle().collect::<BTreeSet<_>>(), idle.clone());
                prop_assert_eq!(fleet.members.len(), running.len() + idle.len());
                let runs_alone = running.len() == 1 && idle.is_empty();
                prop_assert!(fleet.memory_bytes() <= rules().memory_bytes_max || runs_alone);
                prop_assert!(idle.len() <= rules().idle_max);
                let known: usize = fleet.idle.values().map(Vec::len).sum();
                prop_assert_eq!(known, idle.len());
            }
        }
    }
}
