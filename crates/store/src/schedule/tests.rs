//! What the conformance suite cannot see from outside.

use super::*;

const NOW: Moment = Moment::from_millis(1_700_000_000_000);
const TIME: Duration = Duration::from_secs(30);
const LEASE: Lease = Lease::of_this_process(TIME);

fn queue() -> QueueName {
    QueueName::new("family", "q")
}

fn schedule_of(events: u64) -> Schedule {
    let mut schedule = Schedule::default();
    for event in 1..=events {
        let header = Header {
            queue: queue(),
            enqueued: NOW,
            due: NOW + Duration::from_secs(1),
            expires: NOW + Duration::from_hours(6),
            at_expiry: AtExpiry::Remove,
            key: None,
            group: Some(NameHash::of("g")).filter(|_| event.is_multiple_of(2)),
            attempts: 0,
            leases: 0,
            first_claimed: None,
            lease_until: None,
        };
        schedule.insert(EventId(event), &header, NOW);
    }
    schedule
}

fn claim(schedule: &mut Schedule, max: usize, now: Moment) -> Vec<Receipt> {
    schedule.look(now);
    let handed = schedule.claim(&Selector::Queue(queue()), max, LEASE, now);
    handed.iter().map(|handed| handed.receipt).collect()
}

#[test]
fn an_event_that_is_being_settled_is_not_handed_out_even_when_its_lease_ends() {
    let mut schedule = schedule_of(1);
    let now = NOW + TIME;
    let receipt = claim(&mut schedule, 1, now)[0];
    schedule.begin_settling(&receipt, now).unwrap();

    assert!(claim(&mut schedule, 1, now + TIME * 2).is_empty());
    assert!(schedule.begin_settling(&receipt, now).is_err());
    assert!(schedule.begin_purge(&queue(), EventId(1), 1).is_empty());
}

#[test]
fn an_event_whose_end_could_not_be_written_is_leased_as_before() {
    let mut schedule = schedule_of(1);
    let now = NOW + TIME;
    let receipt = claim(&mut schedule, 1, now)[0];
    schedule.begin_settling(&receipt, now).unwrap();

    schedule.not_settled(receipt.event, now);

    assert!(claim(&mut schedule, 1, now).is_empty());
    schedule.begin_settling(&receipt, now).unwrap();
    schedule.not_settled(receipt.event, now + TIME);
    assert_eq!(claim(&mut schedule, 1, now + TIME).len(), 1);
}

#[test]
fn an_event_that_could_not_be_removed_stays_with_whoever_has_it() {
    let mut schedule = schedule_of(2);
    let now = NOW + TIME;
    let receipt = claim(&mut schedule, 1, now)[0];

    for event in schedule.begin_purge(&queue(), EventId(2), 10) {
        schedule.rest(event, now);
    }

    assert_eq!(claim(&mut schedule, 10, now).len(), 1);
    assert!(schedule.begin_settling(&receipt, now).is_ok());
}

#[test]
fn a_group_goes_on_while_its_first_is_being_removed_and_waits_again_if_that_fails() {
    let mut schedule = schedule_of(4);
    let now = NOW + TIME;

    let purged = schedule.begin_purge(&queue(), EventId(3), 10);
    assert_eq!(schedule.claim_all_of(now), [4]);
    let mut schedule = schedule_of(4);
    schedule.begin_purge(&queue(), EventId(3), 10);
    for event in purged {
        schedule.rest(event, now);
    }

    schedule.look(now);
    assert_eq!(schedule.claim_all_of(now), [1, 2, 3]);
}

impl Schedule {
    fn claim_all_of(&mut self, now: Moment) -> Vec<u64> {
        let receipts = claim(self, 10, now);
        let mut events: Vec<u64> = receipts.iter().map(|receipt| receipt.event.0).collect();
        events.sort_unstable();
        events
    }
}

#[test]
fn one_look_at_the_clock_goes_through_a_bounded_number_of_timers() {
    let events = TIMERS_MAX as u64 + 1;
    let mut schedule = schedule_of(events);
    let late = NOW + Duration::from_hours(6);

    assert!(!schedule.look(late));
    assert_eq!(schedule.take_overdue().len(), TIMERS_MAX);
    // The rest is still a reason to look at once.
    let all = Selector::Queue(queue());
    assert!(
        schedule
            .next_change(&all)
            .is_some_and(|moment| moment <= late)
    );
    assert!(schedule.look(late));
    assert_eq!(schedule.take_overdue().len(), 1);
}

#[test]
fn those_who_wait_for_what_has_expired_hear_of_it_in_a_queue_with_other_events() {
    let mut schedule = schedule_of(1);
    let header = Header {
        queue: queue(),
        enqueued: NOW,
        due: NOW,
        expires: NOW + TIME,
        at_expiry: AtExpiry::HandOver,
        key: None,
        group: None,
        attempts: 0,
        leases: 0,
        first_claimed: None,
        lease_until: None,
    };
    schedule.insert(EventId(2), &header, NOW);
    schedule.look(NOW + TIME / 2);
    schedule.take_stirred();

    schedule.look(NOW + TIME);

    assert_eq!(schedule.take_stirred(), BTreeSet::from([queue()]));
}

#[test]
fn nothing_is_left_of_a_queue_whose_last_event_is_gone() {
    let mut schedule = schedule_of(100);
    let now = NOW + TIME;
    let receipts: Vec<Receipt> = claim(&mut schedule, 10, now);

    for event in schedule.begin_purge(&queue(), EventId(100), 1_000) {
        schedule.remove(event);
    }

    assert_eq!(receipts.len(), 10);
    assert!(schedule.names.is_empty() && schedule.alarms.is_empty());
    assert!(schedule.groups.is_empty() && schedule.rings.is_empty());
    assert_eq!((schedule.entries.len(), schedule.free_lanes.len()), (0, 1));
}

#[test]
fn an_event_takes_little_memory() {
    // With its places in four sets and an index, well below 300 bytes.
    assert!(size_of::<Option<Entry>>() <= 96);
}
