//! The life of events on a clock that only the test moves: retries, ages, endings, deliveries.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test that cannot go on has failed, and its tasks end with it"
)]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::change::{EventInvokeChange, Stamp, Wanted};
use domain::concurrency::Shares;
use domain::destination::{Content, DeadLetterTarget, Delivery, Destination};
use domain::function::{Function, RevisionId};
use domain::name::{FunctionName, Qualifier, Target, Version};
use domain::time::{Clock as _, Moment};
use invoke::{EventOutcome, EventSettings, Invocation, InvokeError, Settings};
use sandbox::Exit;
use serde_json::{Value, json};
use store::{AtExpiry, EventQueue as _, Lease, NewEvent, QueueError, QueueName, Release};
use uuid::Uuid;
use world::{FUNCTION, Runtime, World, an_invocation, home, until};

const GOOD: &str = "arn:aws:sqs:us-east-1:000000000000:good";
const BAD: &str = "arn:aws:sns:us-east-1:000000000000:bad";
const DEAD: &str = "arn:aws:sqs:us-east-1:000000000000:dead";
const ERROR: &str = r#"{"errorMessage":"no","errorType":"E"}"#;
const FN_ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:fn";

const SECOND: Duration = Duration::from_secs(1);

/// A function that fails, unless the event is `"good"`.
async fn failing(mut runtime: Runtime) -> Exit {
    loop {
        let event = runtime.next().await;
        if event.body == r#""good""# {
            runtime.respond(&event.request_id, event.body).await;
        } else {
            runtime.fail(&event.request_id, ERROR).await;
        }
    }
}

fn events_of(function: &str) -> QueueName {
    QueueName::new("lambda", function)
}

fn outbox() -> QueueName {
    QueueName::new("outbox", FUNCTION)
}

fn stamp() -> Stamp {
    Stamp {
        now: Moment::from_millis(1_700_000_000_000),
        revision: RevisionId(Uuid::new_v4()),
    }
}

fn to(arn: &str) -> Wanted<Destination> {
    Wanted::This(Destination::parse(arn).unwrap())
}

fn both_destinations() -> EventInvokeChange {
    EventInvokeChange {
        on_success: to(GOOD),
        on_failure: to(BAD),
        ..EventInvokeChange::default()
    }
}

async fn configure(world: &World, change: EventInvokeChange) {
    let latest = Qualifier::Version(Version::Latest);
    let put = |function: &Function| {
        function.put_event_invoke_config(&home(), &latest, change.clone(), stamp())
    };
    world.change(put).await;
}

async fn set_dead_letter(world: &World) {
    let target = DeadLetterTarget::parse(DEAD).unwrap();
    let set = |function: &Function| {
        let mut next = function.clone();
        next.latest.configuration.dead_letter = Some(target.clone());
        Ok(next)
    };
    world.change(set).await;
}

async fn reserve(world: &World, reserved: u32) {
    let shares = Shares {
        limit: 1_000,
        reserved_by_others: 0,
    };
    world
        .change(|function| function.reserve_concurrency(reserved, shares))
        .await;
}

fn the_message(delivery: &Delivery) -> (&str, &str, Vec<(&str, &str)>) {
    let Content::Message {
        body, attributes, ..
    } = &delivery.content
    else {
        panic!("no message: {delivery:?}");
    };
    let attributes = attributes
        .iter()
        .map(|attribute| (attribute.name.as_str(), attribute.value.as_str()))
        .collect();
    (delivery.destination.arn(), body, attributes)
}

#[tokio::test]
async fn a_function_that_fails_runs_again_after_one_minute_and_after_two() {
    let world = World::with(failing).await;
    let accepted = world.clock.now();
    let id = world.accept("{}").await;

    let first = world.waiting_after(&events_of(FUNCTION), 1).await;
    world.let_time_pass(60 * SECOND);
    let second = world.waiting_after(&events_of(FUNCTION), 2).await;
    world.let_time_pass(120 * SECOND);
    let result = world.result_of(id).await;

    assert_eq!(first.due, accepted + 60 * SECOND);
    assert_eq!(second.due, accepted + 180 * SECOND);
    assert_eq!(result["ending"], "RetriesExhausted");
    assert_eq!(result["invocations"], 3);
    assert_eq!(result["attempts"].as_array().unwrap().len(), 3);
    assert_eq!(result["attempts"][2]["result"], "FunctionError");
    assert_eq!(result["attempts"][2]["error"], "no");
    assert_eq!(
        result["response_payload"],
        json!({"errorMessage": "no", "errorType": "E"})
    );
    assert_eq!(world.unsettled_events().await, 0);
}

#[tokio::test]
async fn the_delays_can_be_set_and_the_result_be_kept_for_as_long_as_wanted() {
    let events = EventSettings {
        retry_delays: [5 * SECOND, 7 * SECOND],
        result_retention: Duration::ZERO,
        ..EventSettings::default()
    };
    let settings = Settings {
        events,
        ..Settings::default()
    };
    let world = World::with_settings(settings, failing).await;
    let accepted = world.clock.now();
    let id = world.accept("{}").await;

    let first = world.waiting_after(&events_of(FUNCTION), 1).await;
    world.let_time_pass(5 * SECOND);
    let second = world.waiting_after(&events_of(FUNCTION), 2).await;
    world.let_time_pass(7 * SECOND);
    world.until_no_event_is_unsettled().await;

    assert_eq!(first.due, accepted + 5 * SECOND);
    assert_eq!(second.due, accepted + 12 * SECOND);
    assert_eq!(world.queue.kept(&id.to_string()).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_result_hears_of_the_end_at_once() {
    let world = World::with(failing).await;
    let id = world.accept("{}").await.to_string();
    world.waiting_after(&events_of(FUNCTION), 1).await;
    let events = world.invoker.events();
    let waiting = tokio::spawn({
        let (events, id) = (events.clone(), id.clone());
        async move { events.result(&id, Duration::from_mins(1)).await }
    });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let before = tokio::time::Instant::now();

    events.cancel(&id).await.unwrap();

    let outcome = waiting.await.unwrap().unwrap();
    assert!(matches!(outcome, EventOutcome::Finished(ended) if ended.ending == "Cancelled"));
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn every_attempt_has_the_same_request_id() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let world = World::with({
        let seen = Arc::clone(&seen);
        move |mut runtime| {
            let seen = Arc::clone(&seen);
            async move {
                loop {
                    let event = runtime.next().await;
                    seen.lock().unwrap().push(event.request_id.clone());
                    runtime.fail(&event.request_id, ERROR).await;
                }
            }
        }
    })
    .await;
    let id = world.accept("{}").await;
    for (attempts, wait) in [(1, 60), (2, 120)] {
        world.waiting_after(&events_of(FUNCTION), attempts).await;
        world.let_time_pass(wait * SECOND);
    }
    world.result_of(id).await;

    assert_eq!(*seen.lock().unwrap(), vec![id.to_string(); 3]);
}

#[tokio::test]
async fn without_retries_the_first_failure_goes_to_the_destination_and_the_dead_letter_queue() {
    let world = World::with(failing).await;
    set_dead_letter(&world).await;
    configure(
        &world,
        EventInvokeChange {
            maximum_retry_attempts: Some(0),
            ..both_destinations()
        },
    )
    .await;

    let id = world.accept(r#"{"a" : 1}"#).await;
    until(|| world.mailbox.got().len() == 2).await;

    let got = world.mailbox.got();
    let record = got
        .iter()
        .find(|delivery| delivery.destination.arn() == BAD);
    let (_, body, attributes) = the_message(record.unwrap());
    assert_eq!(
        body,
        format!(
            "{{\"version\":\"1.0\",\"timestamp\":\"{}\",\
             \"requestContext\":{{\"requestId\":\"{id}\",\"functionArn\":\"{FN_ARN}:$LATEST\",\
             \"condition\":\"RetriesExhausted\",\"approximateInvokeCount\":1}},\
             \"requestPayload\":{{\"a\" : 1}},\
             \"responseContext\":{{\"statusCode\":200,\"executedVersion\":\"$LATEST\",\
             \"functionError\":\"Unhandled\"}},\"responsePayload\":{ERROR}}}",
            world.clock.now().to_rfc3339()
        )
    );
    assert_eq!(attributes, []);
    let dead = got
        .iter()
        .find(|delivery| delivery.destination.arn() == DEAD);
    let id = id.to_string();
    let attributes = vec![
        ("RequestID", id.as_str()),
        ("ErrorCode", "200"),
        ("ErrorMessage", "no"),
    ];
    assert_eq!(
        the_message(dead.unwrap()),
        (DEAD, r#"{"a" : 1}"#, attributes)
    );
}

#[tokio::test]
async fn a_success_goes_to_its_destination_and_nowhere_else() {
    let world = World::with(failing).await;
    set_dead_letter(&world).await;
    configure(&world, both_destinations()).await;

    let id = world.accept(r#""good""#).await;
    let result = world.result_of(id).await;
    until(|| !world.mailbox.got().is_empty()).await;

    assert_eq!(result["ending"], "Success");
    let got = world.mailbox.got();
    assert_eq!(got.len(), 1);
    let (arn, body, _) = the_message(&got[0]);
    let record: Value = serde_json::from_str(body).unwrap();
    assert_eq!(arn, GOOD);
    assert_eq!(record["requestContext"]["condition"], "Success");
    assert_eq!(record["responsePayload"], "good");
}

#[tokio::test]
async fn a_try_that_would_come_too_late_is_not_waited_for() {
    let world = World::with(failing).await;
    configure(
        &world,
        EventInvokeChange {
            maximum_event_age: Some(60 * SECOND),
            ..both_destinations()
        },
    )
    .await;

    let id = world.accept("{}").await;
    let result = world.result_of(id).await;

    assert_eq!(result["ending"], "EventAgeExceeded");
    assert_eq!(result["invocations"], 1);
    assert_eq!(result["ended"], result["accepted"]);
    until(|| world.mailbox.got().len() == 1).await;
    let got = world.mailbox.got();
    let record: Value = serde_json::from_str(the_message(&got[0]).1).unwrap();
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
}

/// A world whose only reserved slot is taken by a call that answers when the test meets it.
async fn a_busy_world() -> (World, tokio::task::JoinHandle<()>) {
    let world = World::with(|mut runtime| async move {
        loop {
            let event = runtime.next().await;
            if event.body == r#""busy""# {
                runtime.meet(2).await;
            }
            runtime.respond(&event.request_id, event.body).await;
        }
    })
    .await;
    let slow = |function: &Function| {
        let mut next = function.clone();
        next.latest.configuration.timeout = 60 * SECOND;
        Ok(next)
    };
    world.change(slow).await;
    reserve(&world, 1).await;
    let call = tokio::spawn({
        let world = world.clone();
        async move {
            world.invoke(r#""busy""#).await.unwrap();
        }
    });
    world.until_running(1).await;
    (world, call)
}

#[tokio::test]
async fn an_event_that_finds_no_room_comes_back_after_one_second_doubling_to_five_minutes() {
    let (world, call) = a_busy_world().await;
    let id = world.accept("1").await;

    let mut waits = Vec::new();
    let mut seen = world.clock.now();
    for _ in 0..11 {
        let waiting = world
            .until_listed(&events_of(FUNCTION), |listed| {
                listed.state == store::EventState::Waiting && listed.due > seen
            })
            .await;
        waits.push(waiting.due.since(world.clock.now()).as_secs());
        seen = waiting.due;
        if waits.len() < 11 {
            world.let_time_pass(waiting.due.since(world.clock.now()));
        }
    }
    world.meet(2).await;
    call.await.unwrap();
    world.let_time_pass(300 * SECOND);
    let result = world.result_of(id).await;

    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert_eq!(result["ending"], "Success");
    assert_eq!(result["invocations"], 1);
}

#[tokio::test]
async fn an_event_that_never_finds_room_ends_with_its_age() {
    let (world, call) = a_busy_world().await;
    set_dead_letter(&world).await;
    configure(&world, both_destinations()).await;
    let id = world.accept("1").await;
    world
        .until_listed(&events_of(FUNCTION), |listed| {
            listed.due > world.clock.now()
        })
        .await;

    world.let_time_pass(Duration::from_hours(6));
    let result = world.result_of(id).await;
    until(|| world.mailbox.got().len() == 2).await;

    assert_eq!(result["ending"], "EventAgeExceeded");
    assert_eq!(result["invocations"], 0);
    for delivery in world.mailbox.got() {
        let (arn, body, attributes) = the_message(&delivery);
        if arn == DEAD {
            assert_eq!(
                attributes[1..],
                [("ErrorCode", "429"), ("ErrorMessage", "Rate Exceeded.")]
            );
        } else {
            let record: Value = serde_json::from_str(body).unwrap();
            assert_eq!(record.get("responseContext"), None);
            assert_eq!(record.get("responsePayload"), None);
        }
    }
    world.meet(2).await;
    call.await.unwrap();
}

#[tokio::test]
async fn the_events_of_a_function_that_is_stopped_end_without_an_attempt() {
    let world = World::with(failing).await;
    set_dead_letter(&world).await;
    configure(&world, both_destinations()).await;
    reserve(&world, 0).await;

    let id = world.accept("1").await;
    let result = world.result_of(id).await;
    until(|| world.mailbox.got().len() == 2).await;

    assert_eq!(result["ending"], "ZeroReservedConcurrency");
    assert_eq!((&result["invocations"], world.started()), (&json!(0), 0));
    let got = world.mailbox.got();
    let record = got
        .iter()
        .find(|delivery| delivery.destination.arn() == BAD);
    let record: Value = serde_json::from_str(the_message(record.unwrap()).1).unwrap();
    assert_eq!(
        record["requestContext"]["condition"],
        "ZeroReservedConcurrency"
    );
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 0);
}

#[tokio::test]
async fn events_of_a_function_that_is_gone_are_dropped_with_a_record() {
    let (world, call) = a_busy_world().await;
    let id = world.accept("1").await;
    world
        .until_listed(&events_of(FUNCTION), |listed| {
            listed.due > world.clock.now()
        })
        .await;

    world.delete().await;
    world.let_time_pass(SECOND);
    let result = world.result_of(id).await;

    assert_eq!(result["ending"], "FunctionDeleted");
    assert_eq!(world.unsettled_events().await, 0);
    world.meet(2).await;
    call.await.unwrap();
}

#[tokio::test]
async fn a_function_that_is_a_destination_gets_the_record_as_its_event() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let world = World::with({
        let seen = Arc::clone(&seen);
        move |mut runtime| {
            let seen = Arc::clone(&seen);
            async move {
                loop {
                    let event = runtime.next().await;
                    seen.lock().unwrap().push((event.arn, event.body.clone()));
                    runtime.respond(&event.request_id, event.body).await;
                }
            }
        }
    })
    .await;
    world.create("other").await;
    let other = FN_ARN.replace(":fn", ":other");
    configure(
        &world,
        EventInvokeChange {
            on_success: to(&other),
            ..EventInvokeChange::default()
        },
    )
    .await;

    let id = world.accept("7").await;
    until(|| seen.lock().unwrap().len() == 2).await;

    let seen = seen.lock().unwrap();
    let (arn, body) = seen.iter().find(|(arn, _)| *arn == other).unwrap();
    let record: Value = serde_json::from_str(body).unwrap();
    assert_eq!(*arn, other);
    assert_eq!(record["requestContext"]["requestId"], id.to_string());
    assert_eq!(record["responsePayload"], 7);
    assert_eq!(world.mailbox.got(), []);
}

#[tokio::test]
async fn the_settings_are_those_of_the_alias_that_was_invoked() {
    let world = World::with(failing).await;
    let publish = |function: &Function| function.publish(None, None, None, stamp());
    world.change(publish).await;
    let draft = domain::change::AliasDraft {
        name: domain::name::AliasName::parse("live").unwrap(),
        version: "1".to_owned(),
        description: String::new(),
        routing: domain::change::RoutingDraft::new(),
    };
    world
        .change(|function| function.create_alias(draft.clone(), stamp()))
        .await;
    let live = Qualifier::parse("live");
    let change = EventInvokeChange {
        maximum_retry_attempts: Some(0),
        ..both_destinations()
    };
    world
        .change(|function| {
            function.put_event_invoke_config(&home(), &live, change.clone(), stamp())
        })
        .await;

    let invocation = Invocation {
        target: Target {
            function: FunctionName::parse(FUNCTION).unwrap(),
            qualifier: Some(live.clone()),
        },
        ..an_invocation("1")
    };
    world.invoker.accept(invocation).await.unwrap();
    until(|| world.mailbox.got().len() == 1).await;
    world.accept("2").await;
    let unqualified = world.waiting_after(&events_of(FUNCTION), 1).await;

    let got = world.mailbox.got();
    let record: Value = serde_json::from_str(the_message(&got[0]).1).unwrap();
    assert_eq!(
        record["requestContext"]["functionArn"],
        format!("{FN_ARN}:live")
    );
    assert_eq!(record["responseContext"]["executedVersion"], "1");
    assert!(unqualified.due > world.clock.now());
}

#[tokio::test]
async fn a_delivery_is_tried_for_a_day_and_then_waits_to_be_redriven() {
    let world = World::with(failing).await;
    configure(&world, both_destinations()).await;
    world.mailbox.set_down(true);
    let id = world.accept(r#""good""#).await;
    world.result_of(id).await;

    let mut waits = Vec::new();
    let mut seen = world.clock.now();
    let began = seen;
    loop {
        let waiting = world
            .until_listed(&outbox(), |listed| {
                listed.state == store::EventState::Waiting && listed.due > seen
            })
            .await;
        let wait = waiting.due.since(world.clock.now());
        if wait > Duration::from_hours(24) {
            break;
        }
        waits.push(wait.as_secs());
        seen = waiting.due;
        world.let_time_pass(wait);
    }

    assert_eq!(waits[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    let spent = world.clock.now().since(began);
    assert!(spent < Duration::from_hours(24) && spent > Duration::from_hours(23));
    let found = world.queue.find(&id.to_string()).await.unwrap();
    let tries: Value = serde_json::from_slice(&found[0].progress).unwrap();
    assert_eq!(tries["is_undeliverable"], true);
    assert_eq!(tries["error"], "it is down");
    assert_eq!(tries["tries"], waits.len() + 1);

    world.mailbox.set_down(false);
    let lease = Lease::of_this_process(SECOND);
    let claimed = world.queue.claim_one(found[0].listed.id, lease).await;
    let redriven = Release {
        due: world.clock.now(),
        keep_attempt: true,
        progress: Some(bytes::Bytes::new()),
    };
    let receipt = claimed.unwrap().unwrap().receipt;
    world.queue.release(&receipt, redriven).await.unwrap();
    until(|| world.mailbox.got().len() == 1).await;
}

#[tokio::test]
async fn a_delivery_that_failed_arrives_once_under_the_same_name() {
    let world = World::with(failing).await;
    configure(&world, both_destinations()).await;
    world.mailbox.set_down(true);
    world.accept(r#""good""#).await;
    world.waiting_after(&outbox(), 1).await;

    world.mailbox.set_down(false);
    world.let_time_pass(SECOND);
    until(|| world.mailbox.got().len() == 1).await;

    let depth = || async { world.queue.depth(&outbox()).await.unwrap().total() };
    while depth().await > 0 {
        tokio::task::yield_now().await;
    }
    world.let_time_pass(Duration::from_hours(1));
    assert_eq!(world.mailbox.ids().len(), 1);
}

#[tokio::test]
async fn a_message_for_a_queue_of_ours_is_there_when_the_delivery_is_gone() {
    let world = World::with(failing).await;
    let ours = "arn:aws:sqs:us-east-1:000000000000:ours";
    configure(
        &world,
        EventInvokeChange {
            on_success: to(ours),
            ..EventInvokeChange::default()
        },
    )
    .await;

    world.accept(r#""good""#).await;
    let queue = QueueName::new("sqs", "ours");
    let message = world.until_listed(&queue, |_| true).await;

    assert_eq!(world.queue.depth(&outbox()).await.unwrap().total(), 0);
    assert_eq!(message.key, Some(world.mailbox.ids()[0].to_string()));
}

#[tokio::test]
async fn a_backlog_of_one_function_leaves_room_for_another() {
    let events = EventSettings {
        running_max: 8,
        ..EventSettings::default()
    };
    let settings = Settings {
        events,
        ..Settings::default()
    };
    let stuck = Arc::new(AtomicUsize::new(0));
    let world = World::with_settings(settings, {
        let stuck = Arc::clone(&stuck);
        move |mut runtime: Runtime| {
            let stuck = Arc::clone(&stuck);
            async move {
                let event = runtime.next().await;
                if event.arn.ends_with(":fn") {
                    stuck.fetch_add(1, Ordering::SeqCst);
                    std::future::pending::<()>().await;
                }
                runtime.respond(&event.request_id, event.body).await;
                failing(runtime).await
            }
        }
    })
    .await;
    world.create("other").await;
    let slow = |function: &Function| {
        let mut next = function.clone();
        next.latest.configuration.timeout = Duration::from_mins(15);
        Ok(next)
    };
    world.change(slow).await;
    for _ in 0..1_000 {
        accept_a_hundred(&world).await;
    }
    until(|| stuck.load(Ordering::SeqCst) == 4).await;

    let invocation = Invocation {
        target: Target {
            function: FunctionName::parse("other").unwrap(),
            qualifier: None,
        },
        ..an_invocation("1")
    };
    let id = invocation.request_id;
    world.invoker.accept(invocation).await.unwrap();

    assert_eq!(world.result_of(id).await["ending"], "Success");
    let backlog = world.queue.depth(&events_of(FUNCTION)).await.unwrap();
    assert_eq!((backlog.total(), backlog.leased), (100_000, 4));
    assert_eq!(stuck.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_backlog_that_flows_lets_another_functions_event_pass() {
    let ran = Arc::new(AtomicUsize::new(0));
    let met = Arc::new(AtomicUsize::new(usize::MAX));
    let world = World::with({
        let (ran, met) = (Arc::clone(&ran), Arc::clone(&met));
        move |mut runtime: Runtime| {
            let (ran, met) = (Arc::clone(&ran), Arc::clone(&met));
            async move {
                loop {
                    let event = runtime.next().await;
                    if event.arn.ends_with(":fn") {
                        ran.fetch_add(1, Ordering::SeqCst);
                    } else if event.body == r#""now""# {
                        met.store(ran.load(Ordering::SeqCst), Ordering::SeqCst);
                    }
                    runtime.respond(&event.request_id, event.body).await;
                }
            }
        }
    })
    .await;
    world.create("other").await;
    let other = |payload: &str| Invocation {
        target: Target {
            function: FunctionName::parse("other").unwrap(),
            qualifier: None,
        },
        ..an_invocation(payload)
    };
    // Its environment is there: only the queue can hold it up.
    world.invoker.invoke(other("1")).await.unwrap();
    for _ in 0..200 {
        accept_a_hundred(&world).await;
    }
    until(|| ran.load(Ordering::SeqCst) > 100).await;

    let before = ran.load(Ordering::SeqCst);
    world.invoker.accept(other(r#""now""#)).await.unwrap();
    until(|| met.load(Ordering::SeqCst) != usize::MAX).await;

    let between = met.load(Ordering::SeqCst) - before;
    assert!(between <= 200, "{between} events of the backlog ran first");
}

async fn accept_a_hundred(world: &World) {
    for _ in 0..100 {
        world.accept("1").await;
    }
}

#[tokio::test]
async fn an_event_that_a_shutdown_cuts_off_keeps_what_was_noted() {
    let calls = Arc::new(AtomicUsize::new(0));
    let world = World::with({
        let calls = Arc::clone(&calls);
        move |mut runtime| {
            let calls = Arc::clone(&calls);
            async move {
                loop {
                    let event = runtime.next().await;
                    match calls.fetch_add(1, Ordering::SeqCst) {
                        0 => runtime.fail(&event.request_id, ERROR).await,
                        1 => {
                            runtime.meet(2).await;
                            std::future::pending::<()>().await;
                        }
                        _ => runtime.respond(&event.request_id, "1").await,
                    }
                }
            }
        }
    })
    .await;
    let id = world.accept("1").await;
    world.waiting_after(&events_of(FUNCTION), 1).await;
    world.let_time_pass(60 * SECOND);
    world.meet(2).await;

    world.invoker.shutdown(Duration::ZERO).await;
    let world = world.restarted().await;
    let result = world.result_of(id).await;

    assert_eq!(result["ending"], "Success");
    assert_eq!(result["invocations"], 2);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_set_aside_whole() {
    let world = World::with(failing).await;
    let now = world.clock.now();
    let unreadable = |queue: QueueName| NewEvent {
        queue,
        key: None,
        body: "from another world".into(),
        due: now,
        expires: now + Duration::from_hours(1),
        at_expiry: AtExpiry::HandOver,
        group: None,
        dedup: None,
    };
    let batch = [events_of(FUNCTION), outbox()].map(unreadable).to_vec();
    world.queue.enqueue(batch).await.unwrap();

    for queue in ["lambda/fn", "outbox/fn"] {
        let aside = QueueName::new("unreadable", queue);
        let listed = world.until_listed(&aside, |_| true).await;

        assert!(listed.due > world.clock.now() + Duration::from_hours(24 * 365));
    }
    assert_eq!(world.unsettled_events().await, 0);
}

#[tokio::test]
async fn an_event_that_finds_the_disk_full_is_not_accepted() {
    let world = World::with(failing).await;
    world.disk.set_full(true);

    let refused = world.invoker.accept(an_invocation("1")).await;

    let full = InvokeError::Queue(QueueError::DiskFull);
    assert_eq!(refused.unwrap_err().to_string(), full.to_string());
    world.disk.set_full(false);
    assert_eq!((world.unsettled_events().await, world.started()), (0, 0));
}

#[tokio::test]
async fn a_function_that_has_answered_does_not_run_again_because_the_disk_was_full() {
    let ran = Arc::new(AtomicUsize::new(0));
    let world = World::with({
        let ran = Arc::clone(&ran);
        move |mut runtime| {
            let ran = Arc::clone(&ran);
            async move {
                let event = runtime.next().await;
                ran.fetch_add(1, Ordering::SeqCst);
                runtime.meet(2).await;
                runtime.respond(&event.request_id, event.body).await;
                failing(runtime).await
            }
        }
    })
    .await;
    let id = world.accept(r#""good""#).await;
    until(|| ran.load(Ordering::SeqCst) == 1).await;

    world.disk.set_full(true);
    world.meet(2).await;
    until(|| world.disk.refused() > 0).await;
    world.disk.set_full(false);
    let result = world.result_of(id).await;

    assert_eq!(result["ending"], "Success");
    assert_eq!(
        (&result["invocations"], ran.load(Ordering::SeqCst)),
        (&json!(1), 1)
    );
}

#[tokio::test]
async fn many_events_end_once_each() {
    let world = World::with(failing).await;
    configure(&world, both_destinations()).await;
    let mut ids = Vec::new();
    for _ in 0..300 {
        ids.push(world.accept(r#""good""#).await.to_string());
    }

    until(|| world.mailbox.got().len() == 300).await;
    world.until_no_event_is_unsettled().await;

    let mut told: Vec<String> = world
        .mailbox
        .got()
        .iter()
        .map(|delivery| {
            let record: Value = serde_json::from_str(the_message(delivery).1).unwrap();
            record["requestContext"]["requestId"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    told.sort();
    ids.sort();
    assert_eq!(told, ids);
}
