//! Who may start: a bounded number at once, shared so that there is always room for one more queue.
//!
//! A queue may start another one only while it runs fewer than there are free lanes. Alone it gets
//! half of them; the more queues there are, the fewer each gets, and some lanes stay free for the
//! next one that comes.

use std::collections::{BTreeSet, HashMap};

use store::QueueName;

/// How many run, of each queue and in all.
#[derive(Debug)]
pub(super) struct Lanes {
    max: usize,
    running: HashMap<QueueName, usize>,
    taken: usize,
}

impl Lanes {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            running: HashMap::new(),
            taken: 0,
        }
    }

    pub(super) fn free(&self) -> usize {
        self.max.saturating_sub(self.taken)
    }

    /// Queues that run as many as they may, by their share or by the `cap` of their own.
    pub(super) fn full(&self, cap: impl Fn(&QueueName) -> Option<usize>) -> BTreeSet<QueueName> {
        let free = self.free();
        let is_full = |queue: &QueueName, running: usize| {
            running >= free || cap(queue).is_some_and(|cap| running >= cap)
        };
        self.running
            .iter()
            .filter(|(queue, running)| is_full(queue, **running))
            .map(|(queue, _)| queue.clone())
            .collect()
    }

    /// How many may start together, whichever queues that are not full they come from.
    pub(super) fn batch(&self) -> usize {
        let free = self.free();
        let most = self
            .running
            .values()
            .copied()
            .filter(|running| *running < free)
            .max()
            .unwrap_or_default();
        (free - most.min(free)).div_ceil(2)
    }

    pub(super) fn start(&mut self, queue: &QueueName) {
        self.taken += 1;
        *self.running.entry(queue.clone()).or_default() += 1;
    }

    pub(super) fn end(&mut self, queue: &QueueName) {
        self.taken = self.taken.saturating_sub(1);
        if let Some(running) = self.running.get_mut(queue) {
            *running -= 1;
            if *running == 0 {
                self.running.remove(queue);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str) -> QueueName {
        QueueName::new("lambda", name)
    }

    fn uncapped(_: &QueueName) -> Option<usize> {
        None
    }

    /// Starts as many of a queue as may start, in batches.
    fn fill(lanes: &mut Lanes, name: &str) -> usize {
        let queue = queue(name);
        let mut started = 0;
        while lanes.free() > 0 && !lanes.full(uncapped).contains(&queue) {
            for _ in 0..lanes.batch() {
                lanes.start(&queue);
                started += 1;
            }
        }
        started
    }

    #[test]
    fn a_queue_alone_gets_half_and_the_others_half_of_what_is_left() {
        let mut lanes = Lanes::new(64);

        let shares = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| fill(&mut lanes, name));

        assert_eq!(shares, [32, 16, 8, 4, 2, 1, 1, 0]);
    }

    #[test]
    fn a_batch_never_gives_a_queue_more_than_its_share() {
        let mut lanes = Lanes::new(9);
        lanes.start(&queue("a"));
        lanes.start(&queue("a"));

        assert_eq!((lanes.free(), lanes.batch()), (7, 3));
        fill(&mut lanes, "a");

        assert_eq!(lanes.full(uncapped), BTreeSet::from([queue("a")]));
        assert!(lanes.free() >= 4);
    }

    #[test]
    fn a_queue_that_ends_makes_room() {
        let mut lanes = Lanes::new(2);
        lanes.start(&queue("a"));
        lanes.start(&queue("b"));
        assert_eq!((lanes.free(), lanes.batch()), (0, 0));

        lanes.end(&queue("a"));

        assert_eq!((lanes.free(), lanes.batch()), (1, 1));
        assert_eq!(lanes.full(uncapped), BTreeSet::from([queue("b")]));
        assert!(!lanes.running.contains_key(&queue("a")));
    }

    #[test]
    fn a_cap_of_its_own_holds_a_queue_back_earlier() {
        let mut lanes = Lanes::new(64);
        lanes.start(&queue("a"));
        lanes.start(&queue("b"));

        let full = lanes.full(|name| (*name == queue("a")).then_some(1));

        assert_eq!(full, BTreeSet::from([queue("a")]));
    }
}
