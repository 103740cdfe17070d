//! What every engine's queue must do when it is looked into, and with records that outlive events.

use bytes::Bytes;
use domain::time::Clock as _;

use super::Subject;
use super::queue::{
    LEASE, a_receipt, all, an_event, claim_all, enqueue, in_queue, keep, queue, settle,
};
use crate::{
    Bounds, Depth, EventState, Kept, Lease, NewEvent, QueueError, QueueName, Release, Scope,
    Selector, Settlement,
};

/// What the tests of small queues open them with.
pub const SMALL: Bounds = Bounds {
    events: 3,
    kept_bytes: 1_000,
};

pub async fn events_are_counted_and_listed_by_queue_and_by_family(subject: &mut impl Subject) {
    let now = subject.clock().now();
    let keyed = |name: &str, key: &str| NewEvent {
        key: Some(key.to_owned()),
        ..in_queue(an_event(subject, ""), name)
    };
    let batch = vec![
        keyed("b", "1"),
        keyed("a", "2"),
        keyed("b", "3"),
        keyed("a/c", "4"),
    ];
    let mut batch: Vec<NewEvent> = batch;
    batch[2].due = now + LEASE;
    enqueue(subject, batch).await;
    let claimed = subject
        .queue()
        .claim(&all(), 1, Lease::of_this_process(LEASE))
        .await
        .unwrap();

    let queues = subject.queue().queues("family").await.unwrap();
    let names: Vec<&str> = queues.iter().map(|(name, _)| name.name()).collect();
    assert_eq!(names, ["a", "a/c", "b"]);
    let depth = Depth {
        due: 0,
        delayed: 1,
        leased: 1,
        oldest: Some(now),
    };
    assert_eq!(queues[2].1, depth);
    assert!(subject.queue().queues("fam").await.unwrap().is_empty());
    let of_family = Scope::Family("family");
    let first = subject.queue().list(&of_family, None, 3).await.unwrap();
    let keys: Vec<&str> = first
        .entries
        .iter()
        .filter_map(|one| one.key.as_deref())
        .collect();
    assert_eq!((keys, first.has_more), (vec!["1", "2", "3"], true));
    let until = now + LEASE;
    assert_eq!(first.entries[0].id, claimed[0].receipt.event);
    assert_eq!(first.entries[0].state, EventState::Leased { until });
    assert_eq!(
        (first.entries[0].attempts, first.entries[1].attempts),
        (1, 0)
    );
    assert_eq!(
        (first.entries[2].due, first.entries[2].state),
        (until, EventState::Waiting)
    );
    let rest = subject
        .queue()
        .list(&of_family, Some(first.entries[2].id), 3)
        .await
        .unwrap();
    assert_eq!((rest.entries.len(), rest.has_more), (1, false));
    let of_queue = Scope::Queue(QueueName::new("family", "b"));
    let of_queue = subject.queue().list(&of_queue, None, 2).await.unwrap();
    assert_eq!((of_queue.entries.len(), of_queue.has_more), (2, false));
}

pub async fn the_next_event_to_come_up_is_known_without_what_is_due_or_worked_on(
    subject: &mut impl Subject,
) {
    let now = subject.clock().now();
    let after = |seconds| now + LEASE * seconds;
    let due_after = |seconds: u32, name: &str| NewEvent {
        due: after(seconds),
        expires: after(10),
        ..in_queue(an_event(subject, ""), name)
    };
    let due_now = due_after(0, "now");
    assert_eq!(subject.queue().next_due("family").await.unwrap(), None);
    let batch = vec![
        due_now,
        due_after(0, "worked"),
        due_after(0, "seen"),
        due_after(5, "late"),
    ];
    enqueue(subject, batch).await;
    for (name, lease) in [
        ("worked", Lease::of_this_process(LEASE)),
        ("seen", Lease::durable(LEASE * 2)),
    ] {
        let selector = Selector::Queue(QueueName::new("family", name));
        let claimed = subject.queue().claim(&selector, 1, lease).await.unwrap();
        assert_eq!(claimed.len(), 1);
    }

    let next = subject.queue().next_due("family").await.unwrap();

    assert_eq!(next, Some(after(2)));
    assert_eq!(subject.queue().next_due("fam").await.unwrap(), None);
    subject.clock().advance(LEASE * 3);
    let next = subject.queue().next_due("family").await.unwrap();
    assert_eq!(next, Some(after(5)));
}

pub async fn events_are_found_by_their_key(subject: &mut impl Subject) {
    let keyed = |body, key: &str| NewEvent {
        key: Some(key.to_owned()),
        ..an_event(subject, body)
    };
    let batch = vec![keyed("1", "a"), keyed("2", "b"), keyed("3", "a")];
    enqueue(subject, batch).await;
    let claimed = subject
        .queue()
        .claim(&all(), 1, Lease::of_this_process(LEASE))
        .await
        .unwrap();
    assert_eq!(claimed[0].key.as_deref(), Some("a"));
    let noted = Release {
        due: subject.clock().now() + LEASE,
        keep_attempt: false,
        progress: Some(Bytes::from("noted")),
    };
    subject
        .queue()
        .release(&claimed[0].receipt, noted)
        .await
        .unwrap();

    let found = subject.queue().find("a").await.unwrap();

    let bodies: Vec<&[u8]> = found.iter().map(|found| &found.body[..]).collect();
    assert_eq!(bodies, [b"1", b"3"]);
    assert_eq!(
        (&found[0].progress[..], found[0].listed.attempts),
        (&b"noted"[..], 1)
    );
    assert_eq!(found[1].listed.key.as_deref(), Some("a"));
    assert!(subject.queue().find("c").await.unwrap().is_empty());
}

pub async fn a_record_outlives_its_event_until_its_time_or_until_it_is_forgotten(
    subject: &mut impl Subject,
) {
    let now = subject.clock().now();
    let records = vec![
        keep(subject, "id/result", "1"),
        keep(subject, "id/end", "2"),
        keep(subject, "other", "3"),
        Kept {
            until: now + LEASE,
            ..keep(subject, "short", "4")
        },
    ];
    settle_keeping(subject, records).await;
    subject.restart().await;

    let of_id = subject.queue().kept("id/").await.unwrap();
    let keys: Vec<&str> = of_id.iter().map(|kept| kept.key.as_str()).collect();
    assert_eq!(keys, ["id/end", "id/result"]);
    // A later record takes the place of one under the same key.
    settle_keeping(subject, vec![keep(subject, "id/end", "5")]).await;
    subject.queue().forget("other").await.unwrap();
    subject.queue().forget("other").await.unwrap();
    subject.clock().advance(LEASE);

    assert!(subject.queue().kept("short").await.unwrap().is_empty());
    let scope = Scope::Family("family");
    let first = subject.queue().kept_list(&scope, None, 1).await.unwrap();
    let (id, kept) = &first.entries[0];
    assert_eq!((kept.key.as_str(), first.has_more), ("id/result", true));
    let scope = Scope::Queue(queue());
    let rest = subject
        .queue()
        .kept_list(&scope, Some(*id), 10)
        .await
        .unwrap();
    let values: Vec<&[u8]> = rest
        .entries
        .iter()
        .map(|(_, kept)| &kept.value[..])
        .collect();
    assert_eq!((values, rest.has_more), (vec![&b"5"[..]], false));
    let elsewhere = Scope::Queue(QueueName::new("family", "elsewhere"));
    let none = subject
        .queue()
        .kept_list(&elsewhere, None, 10)
        .await
        .unwrap();
    assert!(none.entries.is_empty());
}

/// Settles an event of its own.
async fn settle_keeping(subject: &impl Subject, keep: Vec<Kept>) {
    enqueue(subject, vec![an_event(subject, "")]).await;
    let receipt = a_receipt(subject).await;
    let then = Vec::new();
    let settled = subject.queue().settle(&receipt, Settlement { then, keep });
    settled.await.unwrap();
}

fn a_record_of(subject: &impl Subject, key: &str, bytes: usize) -> Kept {
    Kept {
        value: Bytes::from(vec![b'x'; bytes]),
        ..keep(subject, key, "")
    }
}

/// The subject is within [`SMALL`].
pub async fn the_oldest_records_make_room_for_younger_ones(subject: &mut impl Subject) {
    for (key, bytes) in [("1", 400), ("2", 100), ("3", 400)] {
        let record = a_record_of(subject, key, bytes);
        settle_keeping(subject, vec![record]).await;
    }
    subject.restart().await;

    let record = a_record_of(subject, "4", 300);
    settle_keeping(subject, vec![record]).await;

    let scope = Scope::Queue(queue());
    let kept = subject.queue().kept_list(&scope, None, 10).await.unwrap();
    let keys: Vec<&str> = kept
        .entries
        .iter()
        .map(|(_, kept)| kept.key.as_str())
        .collect();
    assert_eq!(keys, ["2", "3", "4"]);
}

/// The subject is within [`SMALL`].
pub async fn a_full_queue_takes_no_more_until_something_is_done(subject: &mut impl Subject) {
    enqueue(subject, vec![an_event(subject, ""); 2]).await;
    let too_many = subject
        .queue()
        .enqueue(vec![an_event(subject, ""); 2])
        .await;
    assert_eq!(too_many, Err(QueueError::Full { max: 3 }));
    enqueue(subject, vec![in_queue(an_event(subject, ""), "other")]).await;
    let claimed = claim_all(subject).await;

    // What takes the place of an event always has room.
    let settlement = Settlement {
        then: vec![an_event(subject, ""); 2],
        keep: Vec::new(),
    };
    subject
        .queue()
        .settle(&claimed[0].receipt, settlement)
        .await
        .unwrap();
    let full = subject.queue().enqueue(vec![an_event(subject, "")]).await;
    assert_eq!(full, Err(QueueError::Full { max: 3 }));
    settle(subject, &claimed[1]).await;
    settle(subject, &claimed[2]).await;

    enqueue(subject, vec![an_event(subject, "")]).await;
}
