//! Faults made on purpose look to a caller and in the queue as the real ones do.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test that cannot go on has failed, and its tasks end with it"
)]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::faults::{Fault, Faults, Probability, TimedFault};
use domain::name::FunctionName;
use invoke::{InvokeError, Settings};
use sandbox::Exit;
use store::Refused;
use world::{FUNCTION, Runtime, World, text};

const MOMENT: Duration = Duration::from_millis(20);
const LONGER_THAN_ANY_TIMEOUT: Duration = Duration::from_hours(1);

fn settings() -> Settings {
    Settings {
        faults: true,
        ..Settings::default()
    }
}

fn once() -> Fault {
    Fault {
        probability: Probability::CERTAIN,
        remaining: Some(1),
        struck: 0,
    }
}

fn order(world: &World, faults: Faults) {
    let name = FunctionName::parse(FUNCTION).unwrap();
    world.invoker.faults().unwrap().order(name, faults, Some(1));
}

async fn echo(mut runtime: Runtime) -> Exit {
    loop {
        let event = runtime.next().await;
        runtime.respond(&event.request_id, event.body).await;
    }
}

#[tokio::test]
async fn a_server_makes_no_faults_unless_it_was_asked_to() {
    let world = World::with(echo).await;

    assert!(world.invoker.faults().is_none());
}

#[tokio::test]
async fn a_throttle_is_refused_as_a_real_one() {
    let world = World::with_settings(settings(), echo).await;
    let throttle = Some(once());
    order(
        &world,
        Faults {
            throttle,
            ..Faults::default()
        },
    );

    let refused = world.invoke("1").await.unwrap_err();

    let limit = Refused::Account;
    assert!(matches!(refused, InvokeError::Throttled { limit: found } if found == limit));
    assert_eq!(world.started(), 0);
    assert_eq!(text(&world.invoke("2").await.unwrap().payload), "2");
}

#[tokio::test]
async fn an_initialization_fails_also_when_an_environment_waits() {
    let world = World::with_settings(settings(), echo).await;
    world.invoke("1").await.unwrap();
    let init_failure = Some(once());
    order(
        &world,
        Faults {
            init_failure,
            ..Faults::default()
        },
    );

    let failed = world.invoke("2").await.unwrap();
    let fine = world.invoke("3").await.unwrap();

    assert!(failed.is_function_error);
    assert!(text(&failed.payload).contains("Runtime.ExitError"));
    assert_eq!(text(&fine.payload), "3");
    // The one that waited, and two that did not come up.
    assert_eq!(world.started(), 3);
}

#[tokio::test]
async fn a_crash_ends_the_environment_in_the_middle_of_the_work() {
    let world = World::with_settings(settings(), |mut runtime: Runtime| async move {
        let event = runtime.next().await;
        if event.body == "1" {
            std::future::pending::<()>().await;
        }
        runtime.respond(&event.request_id, event.body).await;
        echo(runtime).await
    })
    .await;
    let fault = once();
    let crash = Some(TimedFault {
        fault,
        time: Duration::ZERO,
    });
    order(
        &world,
        Faults {
            crash,
            ..Faults::default()
        },
    );

    let crashed = world.invoke("1").await.unwrap();

    assert!(crashed.is_function_error);
    assert!(
        text(&crashed.payload).contains("signal: killed"),
        "{crashed:?}"
    );
    assert_eq!(text(&world.invoke("2").await.unwrap().payload), "2");
    assert_eq!(world.started(), 2);
}

#[tokio::test]
async fn latency_counts_against_the_time_of_the_function() {
    let world = World::with_settings(settings(), echo).await;
    let fault = Fault {
        remaining: Some(2),
        ..once()
    };
    let latency = |time| Some(TimedFault { fault, time });
    order(
        &world,
        Faults {
            latency: latency(MOMENT),
            ..Faults::default()
        },
    );
    let before = tokio::time::Instant::now();

    let late = world.invoke("1").await.unwrap();

    assert!(!late.is_function_error && before.elapsed() >= MOMENT);
    order(
        &world,
        Faults {
            latency: latency(LONGER_THAN_ANY_TIMEOUT),
            ..Faults::default()
        },
    );
    let timed_out = world.invoke("2").await.unwrap();
    assert!(
        text(&timed_out.payload).contains("timed out"),
        "{timed_out:?}"
    );
    // It is not used again, as after a real time-out.
    order(
        &world,
        Faults {
            throttle: Some(Fault {
                remaining: Some(0),
                ..once()
            }),
            ..Faults::default()
        },
    );
    world.invoke("3").await.unwrap();
    assert_eq!(world.started(), 2);
}

#[tokio::test]
async fn a_duplicated_event_runs_twice_and_ends_once() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let world = World::with_settings(settings(), move |mut runtime: Runtime| {
        let runs = Arc::clone(&counted);
        async move {
            loop {
                let event = runtime.next().await;
                runs.fetch_add(1, Ordering::SeqCst);
                runtime.respond(&event.request_id, event.body).await;
            }
        }
    })
    .await;
    order(
        &world,
        Faults {
            duplicate: Some(once()),
            ..Faults::default()
        },
    );

    let id = world.accept("7").await;
    world.until_no_event_is_unsettled().await;

    assert_eq!(runs.load(Ordering::SeqCst), 2);
    let result = world.result_of(id).await;
    assert_eq!(
        (&result["ending"], &result["invocations"]),
        (&"Success".into(), &1.into())
    );
    assert_eq!(result["attempts"][0]["faults"][0], "Duplicate");
}
