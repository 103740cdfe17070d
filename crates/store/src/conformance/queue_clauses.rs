//! The twelve promises of a queue, one function each.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use domain::time::Clock as _;

use super::Subject;
use super::queue::{
    LEASE, LONG, a_claim, a_receipt, all, an_event, bodies, claim_all, claim_durably, enqueue,
    family, in_queue, keep, queue, release, settle,
};
use crate::{
    AtExpiry, BODY_BYTES_MAX, DEDUP_WINDOW, Depth, Kept, Lease, NewEvent, QueueError, QueueName,
    Release, Selector, Settlement,
};

pub async fn clause_1_what_was_accepted_survives_a_restart_and_a_batch_is_kept_whole_or_not_at_all(
    subject: &mut impl Subject,
) {
    let large = NewEvent {
        body: Bytes::from(vec![b'x'; BODY_BYTES_MAX + 1]),
        ..an_event(subject, "")
    };
    enqueue(
        subject,
        vec![an_event(subject, "1"), an_event(subject, "2")],
    )
    .await;
    let batch = vec![an_event(subject, "3"), large];
    let refused = subject.queue().enqueue(batch).await;
    assert!(matches!(refused, Err(QueueError::TooLarge { .. })));

    subject.restart().await;

    assert_eq!(bodies(&claim_all(subject).await), ["1", "2"]);
}

pub async fn clause_2_an_event_that_is_not_settled_is_handed_out_again(subject: &mut impl Subject) {
    enqueue(
        subject,
        vec![an_event(subject, "1"), an_event(subject, "2")],
    )
    .await;
    let first = claim_all(subject).await;
    assert_eq!(bodies(&first), ["1", "2"]);
    settle(subject, &first[0]).await;

    subject
        .clock()
        .advance(LEASE.checked_sub(Duration::from_millis(1)).unwrap());
    assert!(claim_all(subject).await.is_empty());
    subject.clock().advance(Duration::from_millis(1));

    assert_eq!(bodies(&claim_all(subject).await), ["2"]);
}

pub async fn clause_3_while_a_lease_lasts_nobody_else_has_the_event(subject: &mut impl Subject) {
    enqueue(subject, vec![an_event(subject, "1")]).await;
    let first = a_claim(subject).await;
    subject.clock().advance(LEASE / 2);
    subject.queue().extend(&first.receipt, LEASE).await.unwrap();
    subject.clock().advance(LEASE / 2);
    assert!(claim_all(subject).await.is_empty());
    let none = subject.queue().claim_one(first.receipt.event, a_lease());
    assert!(none.await.unwrap().is_none());

    subject.clock().advance(LEASE / 2);
    let second = a_claim(subject).await;

    assert_eq!(first.receipt.event, second.receipt.event);
    assert!(second.receipt.lease > first.receipt.lease);
    let extended = subject.queue().extend(&first.receipt, LEASE).await;
    assert_eq!(extended, Err(QueueError::Fenced));
}

fn a_lease() -> Lease {
    Lease::of_this_process(LEASE)
}

pub async fn clause_4_a_stale_receipt_is_fenced_and_changes_nothing(subject: &mut impl Subject) {
    enqueue(subject, vec![an_event(subject, "1")]).await;
    let stale = a_receipt(subject).await;
    subject.clock().advance(LEASE);
    let current = a_claim(subject).await;

    let settlement = Settlement {
        then: vec![an_event(subject, "never")],
        keep: vec![keep(subject, "never", "")],
    };
    let refused = subject.queue().settle(&stale, settlement.clone()).await;
    assert_eq!(refused, Err(QueueError::Fenced));
    let later = Release {
        due: subject.clock().now() + LONG,
        keep_attempt: true,
        progress: Some(Bytes::from("never")),
    };
    let refused = subject.queue().release(&stale, later).await;
    assert_eq!(refused, Err(QueueError::Fenced));
    assert_eq!(subject.queue().depth(&queue()).await.unwrap().leased, 1);
    settle(subject, &current).await;

    let again = subject.queue().settle(&current.receipt, settlement).await;
    assert_eq!(again, Err(QueueError::Fenced));
    let depth = subject.queue().depth(&queue()).await.unwrap();
    assert_eq!(depth, Depth::default());
    assert!(subject.queue().kept("never").await.unwrap().is_empty());
}

pub async fn clause_5_attempts_are_counted_and_a_restart_does_not_reset_them(
    subject: &mut impl Subject,
) {
    enqueue(subject, vec![an_event(subject, "1")]).await;
    let first = a_claim(subject).await;
    assert_eq!(
        (first.attempt, first.first_claimed),
        (1, subject.clock().now())
    );
    subject.clock().advance(LEASE);
    let second = a_claim(subject).await;
    assert_eq!(second.attempt, 2);
    release(subject, &second, Duration::ZERO).await;
    let third = a_claim(subject).await;
    // The attempt that was given back did not count.
    assert_eq!(third.attempt, 2);
    let counted = Release {
        due: subject.clock().now(),
        keep_attempt: false,
        progress: None,
    };
    subject
        .queue()
        .release(&third.receipt, counted)
        .await
        .unwrap();

    subject.restart().await;

    let fourth = a_claim(subject).await;
    assert_eq!(
        (fourth.attempt, fourth.first_claimed),
        (3, first.first_claimed)
    );
    assert!(fourth.receipt.lease > third.receipt.lease);
}

pub async fn clause_6_a_group_is_handed_out_one_by_one_in_its_order(subject: &mut impl Subject) {
    let member = |body: &'static str, group: &str| NewEvent {
        group: Some(group.to_owned()),
        ..an_event(subject, body)
    };
    let batch = vec![
        member("a1", "a"),
        member("b1", "b"),
        an_event(subject, "alone"),
        member("a2", "a"),
        member("a3", "a"),
    ];
    enqueue(subject, batch).await;

    let first = claim_all(subject).await;
    assert_eq!(bodies(&first), ["a1", "b1", "alone"]);
    assert_eq!(first[0].group.as_deref(), Some("a"));
    assert!(claim_all(subject).await.is_empty());
    // Not due is not settled.
    release(subject, &first[0], Duration::from_secs(5)).await;
    assert!(claim_all(subject).await.is_empty());
    subject.restart().await;
    assert_eq!(bodies(&claim_all(subject).await), ["b1", "alone"]);
    subject.clock().advance(Duration::from_secs(5));
    let again = claim_all(subject).await;
    assert_eq!(bodies(&again), ["a1"]);
    settle(subject, &again[0]).await;

    let next = claim_all(subject).await;
    assert_eq!(bodies(&next), ["a2"]);
    settle(subject, &next[0]).await;
    assert_eq!(bodies(&claim_all(subject).await), ["a3"]);
}

pub async fn clause_7_an_event_is_not_handed_out_before_it_is_due(subject: &mut impl Subject) {
    let now = subject.clock().now();
    let minute = Duration::from_mins(1);
    let delayed = NewEvent {
        due: now + minute,
        ..an_event(subject, "late")
    };
    let very_late = NewEvent {
        due: now + Duration::from_hours(12),
        expires: now + Duration::from_hours(24),
        ..an_event(subject, "very late")
    };
    enqueue(subject, vec![very_late, delayed, an_event(subject, "now")]).await;
    let first = claim_all(subject).await;
    assert_eq!(bodies(&first), ["now"]);
    release(subject, &first[0], minute + Duration::from_secs(1)).await;
    let depth = Depth {
        delayed: 3,
        oldest: Some(now),
        ..Depth::default()
    };
    assert_eq!(subject.queue().depth(&queue()).await.unwrap(), depth);

    subject
        .clock()
        .advance(minute.checked_sub(Duration::from_millis(1)).unwrap());
    assert!(claim_all(subject).await.is_empty());
    subject.clock().advance(Duration::from_millis(1));
    assert_eq!(bodies(&claim_all(subject).await), ["late"]);
    subject.clock().advance(Duration::from_secs(1));
    assert_eq!(bodies(&claim_all(subject).await), ["now"]);
    subject.clock().advance(Duration::from_hours(12));
    assert!(bodies(&claim_all(subject).await).contains(&Bytes::from("very late")));
}

pub async fn clause_8_an_expired_event_is_not_run_but_handed_over_or_removed(
    subject: &mut impl Subject,
) {
    let expires = subject.clock().now() + Duration::from_secs(10);
    let removed = NewEvent {
        expires,
        at_expiry: AtExpiry::Remove,
        ..an_event(subject, "removed")
    };
    let handed_over = NewEvent {
        expires,
        due: expires + LONG,
        at_expiry: AtExpiry::HandOver,
        ..an_event(subject, "handed over")
    };
    enqueue(subject, vec![removed, handed_over]).await;
    let before = claim_all(subject).await;
    assert_eq!(
        (bodies(&before), before[0].is_expired),
        (vec!["removed".into()], false)
    );
    release(subject, &before[0], Duration::ZERO).await;

    subject.clock().advance(Duration::from_secs(10));

    let claimed = a_claim(subject).await;
    assert_eq!(
        (&claimed.body[..], claimed.is_expired),
        (&b"handed over"[..], true)
    );
    // Under a lease like any other, so its owner may die and it comes again.
    assert!(claim_all(subject).await.is_empty());
    subject.clock().advance(LEASE);
    let again = a_claim(subject).await;
    assert!(again.is_expired);
    settle(subject, &again).await;
    subject.clock().advance(LONG);
    assert!(claim_all(subject).await.is_empty());
    let depth = subject.queue().depth(&queue()).await.unwrap();
    assert_eq!(depth, Depth::default());
}

pub async fn clause_9_a_duplicate_within_five_minutes_is_not_kept(subject: &mut impl Subject) {
    let batch = vec![
        named(subject, "first", "a"),
        named(subject, "twice", "a"),
        named(subject, "b", "b"),
    ];
    let enqueued = enqueue(subject, batch).await;
    let duplicates: Vec<bool> = enqueued.iter().map(|one| one.is_duplicate).collect();
    assert_eq!(duplicates, [false, true, false]);
    assert_eq!(enqueued[1].id, enqueued[0].id);
    let elsewhere = NewEvent {
        queue: QueueName::new("family", "elsewhere"),
        ..named(subject, "elsewhere", "a")
    };
    assert!(!enqueue(subject, vec![elsewhere]).await[0].is_duplicate);
    // Also when the first one is settled, and after a restart.
    for claimed in claim_all(subject).await {
        settle(subject, &claimed).await;
    }
    subject.restart().await;
    subject
        .clock()
        .advance(DEDUP_WINDOW.checked_sub(Duration::from_millis(1)).unwrap());
    let again = enqueue(subject, vec![named(subject, "again", "a")]).await;
    assert_eq!((again[0].is_duplicate, again[0].id), (true, enqueued[0].id));

    subject.clock().advance(Duration::from_millis(1));
    let late = enqueue(subject, vec![named(subject, "late", "a")]).await;

    assert!(!late[0].is_duplicate);
    assert_eq!(bodies(&claim_all(subject).await), ["late"]);
}

fn named(subject: &impl Subject, body: &'static str, name: &str) -> NewEvent {
    NewEvent {
        dedup: Some(name.to_owned()),
        ..an_event(subject, body)
    }
}

pub async fn clause_10_the_queues_of_a_family_take_turns(subject: &mut impl Subject) {
    let in_queue_of = |name: &str| in_queue(an_event(subject, ""), name);
    let mut backlog = vec![in_queue_of("busy"); 2_000];
    backlog.extend(vec![in_queue_of("calm"); 2]);
    backlog.push(in_queue(an_event(subject, ""), "small"));
    enqueue(subject, backlog).await;

    let claimed = subject.queue().claim(&all(), 7, a_lease()).await.unwrap();

    let order: Vec<&str> = claimed.iter().map(|claimed| claimed.queue.name()).collect();
    assert_eq!(
        order,
        ["busy", "calm", "small", "busy", "calm", "busy", "busy"]
    );
    let selector = Selector::Family {
        family: "family",
        except: BTreeSet::from([QueueName::new("family", "busy")]),
    };
    enqueue(subject, vec![in_queue(an_event(subject, ""), "small")]).await;
    let claimed = subject
        .queue()
        .claim(&selector, 7, a_lease())
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].queue.name(), "small");
}

pub async fn clause_11_an_end_and_what_follows_from_it_are_one(subject: &mut impl Subject) {
    enqueue(subject, vec![an_event(subject, "ends")]).await;
    let receipt = a_receipt(subject).await;
    let too_large = Settlement {
        then: vec![NewEvent {
            body: Bytes::from(vec![0; BODY_BYTES_MAX + 1]),
            ..an_event(subject, "")
        }],
        keep: vec![keep(subject, "result", "never")],
    };
    let refused = subject.queue().settle(&receipt, too_large).await;
    assert!(matches!(refused, Err(QueueError::TooLarge { .. })));
    assert!(subject.queue().kept("result").await.unwrap().is_empty());

    let outbox = NewEvent {
        queue: QueueName::new("outbox", "q"),
        ..an_event(subject, "follows")
    };
    let kept: Kept = keep(subject, "result", "ended well");
    let settlement = Settlement {
        then: vec![outbox],
        keep: vec![kept.clone()],
    };
    subject.queue().settle(&receipt, settlement).await.unwrap();

    for _ in 0..2 {
        assert!(claim_all(subject).await.is_empty());
        assert_eq!(
            subject.queue().kept("result").await.unwrap(),
            vec![kept.clone()]
        );
        let depth = subject.queue().depth(&QueueName::new("outbox", "q")).await;
        assert_eq!(depth.unwrap().total(), 1);
        subject.restart().await;
    }
    let claimed = subject
        .queue()
        .claim(&family("outbox"), 10, a_lease())
        .await;
    assert_eq!(bodies(&claimed.unwrap()), ["follows"]);
}

pub async fn clause_12_a_restart_with_a_backlog_goes_on_at_once(subject: &mut impl Subject) {
    const BACKLOG: usize = 5_000;
    let batch = (0..BACKLOG).map(|number| NewEvent {
        body: Bytes::from(number.to_string()),
        group: (number % 3 == 0).then(|| (number % 10).to_string()),
        ..an_event(subject, "")
    });
    let batch = batch.collect();
    enqueue(subject, batch).await;
    claim_durably(subject, 1).await;

    subject.restart().await;

    // The oldest first, also while the rest is still being read.
    let claimed = subject.queue().claim(&all(), 2, a_lease()).await.unwrap();
    assert_eq!(bodies(&claimed), ["1", "2"]);
    let late = NewEvent {
        group: Some("0".to_owned()),
        ..an_event(subject, "late")
    };
    enqueue(subject, vec![late]).await;
    let depth = subject.queue().depth(&queue()).await.unwrap();
    assert_eq!((depth.total(), depth.leased), (BACKLOG + 1, 3));
    // One that came last does not overtake its group.
    let claimed = subject
        .queue()
        .claim(&all(), BACKLOG, a_lease())
        .await
        .unwrap();
    assert!(!bodies(&claimed).contains(&Bytes::from("late")));
}
