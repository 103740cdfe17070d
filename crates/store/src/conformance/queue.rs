//! What every engine's queue must do beside the twelve clauses, and what their tests share.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use domain::time::Clock as _;

use super::Subject;
use crate::{
    AtExpiry, Claimed, Enqueued, Kept, Lease, NewEvent, PROGRESS_BYTES_MAX, QueueError, QueueName,
    Receipt, Release, Selector, Settlement,
};

pub(super) const LEASE: Duration = Duration::from_secs(30);
pub(super) const LONG: Duration = Duration::from_hours(6);

pub(super) fn queue() -> QueueName {
    QueueName::new("family", "q")
}

pub(super) fn family(family: &'static str) -> Selector {
    Selector::Family {
        family,
        except: BTreeSet::new(),
    }
}

pub(super) fn all() -> Selector {
    family("family")
}

pub(super) fn an_event(subject: &impl Subject, body: &'static str) -> NewEvent {
    let due = subject.clock().now();
    NewEvent {
        queue: queue(),
        key: None,
        body: Bytes::from_static(body.as_bytes()),
        due,
        expires: due + LONG,
        at_expiry: AtExpiry::Remove,
        group: None,
        dedup: None,
    }
}

pub(super) fn in_queue(event: NewEvent, name: &str) -> NewEvent {
    NewEvent {
        queue: QueueName::new("family", name),
        ..event
    }
}

pub(super) async fn enqueue(subject: &impl Subject, batch: Vec<NewEvent>) -> Vec<Enqueued> {
    subject.queue().enqueue(batch).await.unwrap()
}

pub(super) async fn claim_all(subject: &impl Subject) -> Vec<Claimed> {
    let lease = Lease::of_this_process(LEASE);
    subject.queue().claim(&all(), 1_000, lease).await.unwrap()
}

pub(super) async fn claim_durably(subject: &impl Subject, max: usize) -> Vec<Claimed> {
    let lease = Lease::durable(LEASE);
    let selector = Selector::Queue(queue());
    subject.queue().claim(&selector, max, lease).await.unwrap()
}

/// The one event that there is to claim.
pub(super) async fn a_claim(subject: &impl Subject) -> Claimed {
    let mut claimed = claim_all(subject).await;
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

pub(super) async fn a_receipt(subject: &impl Subject) -> Receipt {
    a_claim(subject).await.receipt
}

pub(super) fn bodies(claimed: &[Claimed]) -> Vec<Bytes> {
    claimed.iter().map(|claimed| claimed.body.clone()).collect()
}

pub(super) async fn settle(subject: &impl Subject, claimed: &Claimed) {
    let settled = subject
        .queue()
        .settle(&claimed.receipt, Settlement::default());
    settled.await.unwrap();
}

/// Gives an event back as if it had not been claimed, to be due after a while.
pub(super) async fn release(subject: &impl Subject, claimed: &Claimed, delay: Duration) {
    let release = Release {
        due: subject.clock().now() + delay,
        keep_attempt: true,
        progress: None,
    };
    subject
        .queue()
        .release(&claimed.receipt, release)
        .await
        .unwrap();
}

pub(super) fn keep(subject: &impl Subject, key: &str, value: &'static str) -> Kept {
    Kept {
        key: key.to_owned(),
        queue: queue(),
        value: Bytes::from_static(value.as_bytes()),
        until: subject.clock().now() + LONG,
    }
}

pub async fn a_receipt_is_good_until_somebody_else_has_the_event(subject: &mut impl Subject) {
    enqueue(subject, vec![an_event(subject, "1")]).await;
    let claimed = a_claim(subject).await;
    subject.clock().advance(LEASE);
    let extended = subject.queue().extend(&claimed.receipt, LEASE).await;
    assert_eq!(extended, Err(QueueError::Fenced));

    settle(subject, &claimed).await;

    assert!(claim_all(subject).await.is_empty());
    enqueue(subject, vec![an_event(subject, "2")]).await;
    let claimed = a_claim(subject).await;
    release(subject, &claimed, Duration::ZERO).await;
    let used = subject
        .queue()
        .settle(&claimed.receipt, Settlement::default());
    assert_eq!(used.await, Err(QueueError::Fenced));
}

pub async fn a_lease_that_is_extended_by_nothing_ends(subject: &mut impl Subject) {
    enqueue(subject, vec![an_event(subject, "1")]).await;
    let first = claim_durably(subject, 1).await.remove(0);

    let receipt = subject.queue().extend(&first.receipt, Duration::ZERO).await;

    assert_eq!(receipt.unwrap(), first.receipt);
    assert_eq!(claim_durably(subject, 1).await[0].attempt, 2);
}

pub async fn a_durable_lease_survives_a_restart_and_another_does_not(subject: &mut impl Subject) {
    enqueue(
        subject,
        vec![an_event(subject, "1"), an_event(subject, "2")],
    )
    .await;
    let durable = claim_durably(subject, 1).await.remove(0);
    let ended = a_receipt(subject).await;
    subject.clock().advance(Duration::from_secs(20));
    subject
        .queue()
        .extend(&durable.receipt, LEASE)
        .await
        .unwrap();

    subject.restart().await;

    let fenced = subject.queue().settle(&ended, Settlement::default()).await;
    assert_eq!(fenced, Err(QueueError::Fenced));
    assert_eq!(bodies(&claim_all(subject).await), ["2"]);
    subject.clock().advance(Duration::from_secs(20));
    assert!(claim_durably(subject, 10).await.is_empty());
    settle(subject, &durable).await;
    assert_eq!(subject.queue().depth(&queue()).await.unwrap().total(), 1);
}

pub async fn a_lease_number_never_comes_again(subject: &mut impl Subject) {
    enqueue(subject, vec![an_event(subject, "1")]).await;
    let mut last = 0;
    for _ in 0..3 {
        let claimed = claim_durably(subject, 1).await.remove(0);
        assert!(claimed.receipt.lease > last);
        last = claimed.receipt.lease;
        subject.restart().await;
        subject.clock().advance(LEASE);
    }
    let event = claim_durably(subject, 1).await.remove(0);
    settle(subject, &event).await;
    subject.restart().await;

    // Nor does the name of an event.
    let next = enqueue(subject, vec![an_event(subject, "2")]).await;
    assert!(next[0].id > event.receipt.event);
}

pub async fn an_owner_finds_its_notes_again(subject: &mut impl Subject) {
    enqueue(subject, vec![an_event(subject, "1")]).await;
    let mut noted = Bytes::new();
    for progress in [Some("once"), None, Some("twice")] {
        let claimed = a_claim(subject).await;
        assert_eq!(claimed.progress, noted);
        let release = Release {
            due: subject.clock().now(),
            keep_attempt: false,
            progress: progress.map(Bytes::from),
        };
        subject
            .queue()
            .release(&claimed.receipt, release)
            .await
            .unwrap();
        noted = progress.map_or(noted, Bytes::from);
        subject.restart().await;
    }

    let claimed = a_claim(subject).await;
    assert_eq!(claimed.progress, "twice");
    let too_much = Release {
        due: subject.clock().now(),
        keep_attempt: false,
        progress: Some(Bytes::from(vec![0; PROGRESS_BYTES_MAX + 1])),
    };
    let refused = subject.queue().release(&claimed.receipt, too_much).await;
    assert!(matches!(refused, Err(QueueError::TooLarge { .. })));
    settle(subject, &claimed).await;
}

pub async fn one_event_can_be_claimed_by_its_name(subject: &mut impl Subject) {
    let later = subject.clock().now() + LONG / 2;
    let delayed = |body| NewEvent {
        due: later,
        group: Some("g".to_owned()),
        ..an_event(subject, body)
    };
    let batch = vec![delayed("1"), delayed("2")];
    let enqueued = enqueue(subject, batch).await;
    let lease = Lease::of_this_process(LEASE);

    let second = subject
        .queue()
        .claim_one(enqueued[1].id, lease)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&second.body[..], second.attempt), (&b"2"[..], 1));
    let again = subject.queue().claim_one(enqueued[1].id, lease).await;
    assert!(again.unwrap().is_none());
    settle(subject, &second).await;
    assert!(
        subject
            .queue()
            .claim_one(enqueued[1].id, lease)
            .await
            .unwrap()
            .is_none()
    );
    // Claimed and released, an event is due when somebody wants it to be.
    let first = subject
        .queue()
        .claim_one(enqueued[0].id, lease)
        .await
        .unwrap()
        .unwrap();
    release(subject, &first, Duration::ZERO).await;

    assert_eq!(bodies(&claim_all(subject).await), ["1"]);
}

pub async fn a_purge_leaves_nothing_and_touches_no_other_queue(subject: &mut impl Subject) {
    let mut batch = vec![an_event(subject, "purged"); 2_500];
    batch.push(in_queue(an_event(subject, "stays"), "other"));
    enqueue(subject, batch).await;
    let leased = claim_durably(subject, 1).await.remove(0);

    assert_eq!(subject.queue().purge(&queue()).await.unwrap(), 2_500);

    subject.restart().await;
    assert_eq!(bodies(&claim_all(subject).await), ["stays"]);
    let settled = subject
        .queue()
        .settle(&leased.receipt, Settlement::default())
        .await;
    assert_eq!(settled, Err(QueueError::Fenced));
    assert_eq!(subject.queue().purge(&queue()).await.unwrap(), 0);
}

/// Waits for what has to happen, and not for ever if it does not.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    let patience = Duration::from_secs(10);
    tokio::time::timeout(patience, what).await.unwrap()
}

pub async fn whoever_waits_hears_of_an_event(subject: &mut impl Subject) {
    let (of_family, of_queue) = (all(), Selector::Queue(queue()));
    let waiting = [
        subject.queue().changed(&of_family),
        subject.queue().changed(&of_queue),
        subject.queue().changed(&of_queue),
    ];
    let [first, second, third] = waiting;
    let enqueued = subject.queue().enqueue(vec![an_event(subject, "1")]);

    // Every one of them, and nobody has to be the first.
    let all_hear = async { tokio::join!(first, second, third, enqueued) };
    let ((), (), (), enqueued) = soon(all_hear).await;

    enqueued.unwrap();
    // While it is there, there is nothing to wait for.
    soon(subject.queue().changed(&of_family)).await;
    assert_eq!(claim_all(subject).await.len(), 1);
}

pub async fn whoever_waits_hears_that_the_clock_has_jumped(subject: &mut impl Subject) {
    let due = subject.clock().now() + LONG;
    let event = NewEvent {
        due,
        expires: due + LONG,
        ..an_event(subject, "1")
    };
    enqueue(subject, vec![event]).await;
    let all = all();
    let waiting = subject.queue().changed(&all);
    let time_passes = async {
        tokio::task::yield_now().await;
        subject.clock().advance(LONG);
        subject.queue().look_again();
    };

    soon(async { tokio::join!(waiting, time_passes) }).await;

    assert_eq!(bodies(&claim_all(subject).await), ["1"]);
}

pub async fn whoever_waits_hears_that_a_lease_or_a_group_has_ended(subject: &mut impl Subject) {
    let member = |body| NewEvent {
        group: Some("g".to_owned()),
        ..an_event(subject, body)
    };
    enqueue(subject, vec![member("1"), member("2")]).await;
    let first = a_claim(subject).await;
    let all = all();
    let settled = subject
        .queue()
        .settle(&first.receipt, Settlement::default());

    let waiting = subject.queue().changed(&all);
    let ((), settled) = soon(async { tokio::join!(waiting, settled) }).await;

    settled.unwrap();
    let second = a_claim(subject).await;
    let ended = subject.queue().extend(&second.receipt, Duration::ZERO);
    let waiting = subject.queue().changed(&all);
    let ((), ended) = soon(async { tokio::join!(waiting, ended) }).await;
    ended.unwrap();
    assert_eq!(bodies(&claim_all(subject).await), ["2"]);
}

pub async fn what_has_expired_is_handed_over_although_its_queue_is_excepted(
    subject: &mut impl Subject,
) {
    let expires = subject.clock().now() + LEASE;
    let event = NewEvent {
        expires,
        at_expiry: AtExpiry::HandOver,
        ..an_event(subject, "old")
    };
    enqueue(subject, vec![event, an_event(subject, "young")]).await;
    let selector = Selector::Family {
        family: "family",
        except: BTreeSet::from([queue()]),
    };
    let lease = Lease::of_this_process(LEASE);
    assert!(
        subject
            .queue()
            .claim(&selector, 10, lease)
            .await
            .unwrap()
            .is_empty()
    );
    let waiting = subject.queue().changed(&selector);
    let time_passes = async {
        tokio::task::yield_now().await;
        subject.clock().advance(LEASE);
        subject.queue().look_again();
    };

    soon(async { tokio::join!(waiting, time_passes) }).await;

    let claimed = subject.queue().claim(&selector, 10, lease).await.unwrap();
    assert_eq!(
        (bodies(&claimed), claimed[0].is_expired),
        (vec!["old".into()], true)
    );
    // One that its owner cannot record now is left alone for as long as that one says.
    release(subject, &claimed[0], LEASE).await;
    assert!(
        subject
            .queue()
            .claim(&selector, 10, lease)
            .await
            .unwrap()
            .is_empty()
    );
    subject.clock().advance(LEASE);
    assert_eq!(
        subject
            .queue()
            .claim(&selector, 10, lease)
            .await
            .unwrap()
            .len(),
        1
    );
}

pub async fn a_large_body_and_a_large_record_are_kept_whole(subject: &mut impl Subject) {
    let body = Bytes::from(vec![b'x'; 1 << 20]);
    let event = NewEvent {
        body: body.clone(),
        ..an_event(subject, "")
    };
    let batch = vec![event.clone(), event.clone()];
    enqueue(subject, batch).await;
    let claimed = claim_all(subject).await;
    let record = Kept {
        value: body.clone(),
        ..keep(subject, "large", "")
    };
    let settlement = Settlement {
        then: vec![event],
        keep: vec![record.clone()],
    };
    subject
        .queue()
        .settle(&claimed[0].receipt, settlement)
        .await
        .unwrap();

    subject.restart().await;

    assert_eq!(bodies(&claim_all(subject).await), [body.clone(), body]);
    assert_eq!(subject.queue().kept("large").await.unwrap(), [record]);
    subject.queue().forget("large").await.unwrap();
    subject.restart().await;
    assert!(subject.queue().kept("large").await.unwrap().is_empty());
}

pub async fn claimers_at_the_same_time_share_nothing(subject: &mut impl Subject) {
    let queues = ["a", "b", "c"].into_iter().cycle().take(500);
    let batch = queues.map(|name| in_queue(an_event(subject, ""), name));
    let batch = batch.collect();
    enqueue(subject, batch).await;
    let events = subject.queue();
    let claim = async || {
        let mut mine = Vec::new();
        loop {
            let lease = Lease::of_this_process(LEASE);
            let claimed = events.claim(&all(), 7, lease).await.unwrap();
            if claimed.is_empty() {
                break mine;
            }
            mine.extend(claimed.iter().map(|claimed| claimed.receipt.event));
            tokio::task::yield_now().await;
        }
    };

    let (first, second, third) = tokio::join!(claim(), claim(), claim());

    let mut seen: Vec<_> = [first, second, third].concat();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 500);
}
