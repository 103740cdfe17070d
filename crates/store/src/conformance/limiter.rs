//! What every limiter must do. Each test takes one of an account with a limit of
//! [`ACCOUNT_LIMIT`], without reservations.

use crate::{Limiter, Refused, Slot, TooLittleUnreserved, Usage};

/// The limit of the account in these tests.
pub const ACCOUNT_LIMIT: u32 = 110;

/// Takes slots until there are no more, and says why not.
async fn fill(limiter: &dyn Limiter, function: &str) -> (Vec<Slot>, Refused) {
    let mut slots = Vec::new();
    loop {
        match limiter.acquire(function).await {
            Ok(slot) => slots.push(slot),
            Err(refused) => return (slots, refused),
        }
    }
}

pub async fn a_slot_is_given_back_when_it_is_dropped(limiter: &dyn Limiter) {
    let (mut slots, refused) = fill(limiter, "a").await;
    assert_eq!((slots.len(), refused), (110, Refused::Account));
    assert_eq!(limiter.acquire("b").await.unwrap_err(), Refused::Account);

    slots.pop();

    let slot = limiter.acquire("b").await.unwrap();
    let all = Usage {
        running: 110,
        limit: 110,
    };
    assert_eq!((limiter.account(), limiter.unreserved()), (all, all));
    assert_eq!(limiter.usage("a").running, 109);
    drop((slot, slots));
    assert_eq!(
        (limiter.account().running, limiter.usage("a").running),
        (0, 0)
    );
}

pub async fn a_reservation_guarantees_and_caps(limiter: &dyn Limiter) {
    limiter.reserve("reserved", Some(3)).await.unwrap();

    let (others, refused) = fill(limiter, "other").await;
    assert_eq!((others.len(), refused), (107, Refused::Account));
    let (own, refused) = fill(limiter, "reserved").await;

    assert_eq!((own.len(), refused), (3, Refused::Reserved));
    let usage = Usage {
        running: 3,
        limit: 3,
    };
    assert_eq!(limiter.usage("reserved"), usage);
    let shared = Usage {
        running: 107,
        limit: 107,
    };
    assert_eq!(
        (limiter.usage("other"), limiter.unreserved()),
        (shared, shared)
    );
}

pub async fn a_reservation_of_nothing_stops_the_function(limiter: &dyn Limiter) {
    limiter.reserve("stopped", Some(0)).await.unwrap();

    let (slots, refused) = fill(limiter, "stopped").await;

    assert_eq!((slots.len(), refused), (0, Refused::ReservedZero));
    assert_eq!(fill(limiter, "other").await.0.len(), 110);
}

pub async fn at_least_a_hundred_stay_unreserved(limiter: &dyn Limiter) {
    let refused = Err(TooLittleUnreserved { min: 100 });
    assert_eq!(limiter.reserve("a", Some(11)).await, refused);
    limiter.reserve("a", Some(6)).await.unwrap();
    assert_eq!(limiter.reserve("b", Some(5)).await, refused);
    limiter.reserve("b", Some(4)).await.unwrap();
    assert_eq!(limiter.reserve("b", Some(u32::MAX)).await, refused);

    // What takes nothing more is always possible.
    limiter.reserve("c", Some(0)).await.unwrap();
    limiter.reserve("a", Some(5)).await.unwrap();
    limiter.reserve("c", Some(1)).await.unwrap();
    assert_eq!(limiter.unreserved().limit, 100);
}

pub async fn what_runs_counts_on_the_right_side_when_a_reservation_comes_and_goes(
    limiter: &dyn Limiter,
) {
    let (mut slots, _) = fill(limiter, "a").await;

    limiter.reserve("a", Some(4)).await.unwrap();
    assert_eq!(fill(limiter, "b").await.0.len(), 106);
    assert_eq!(fill(limiter, "a").await.1, Refused::Reserved);
    slots.truncate(3);
    assert_eq!(fill(limiter, "a").await.0.len(), 1);
    limiter.reserve("a", None).await.unwrap();

    assert_eq!(fill(limiter, "b").await.0.len(), 107);
    drop(slots);
    assert_eq!(fill(limiter, "b").await.0.len(), 110);
}
