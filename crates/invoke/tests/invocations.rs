//! Invocations against runtimes that behave, crash, hang, answer twice and flood: scripts that speak
//! the real Runtime API over real sockets, in sandboxes without processes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed, and its tasks end with it"
)]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::change::{CodeChange, Stamp};
use domain::function::RevisionId;
use domain::time::Moment;
use invoke::{InvokeError, Settings};
use sandbox::Exit;
use store::Refused;
use uuid::Uuid;
use world::{Runtime, World, an_invocation, text};

/// A runtime that answers every event with itself.
async fn echo(mut runtime: Runtime) -> Exit {
    loop {
        let event = runtime.next().await;
        runtime.respond(&event.request_id, event.body).await;
    }
}

#[tokio::test]
async fn an_environment_is_used_again() {
    let world = World::with(echo).await;

    let first = world.invoke("1").await.unwrap();
    let second = world.invoke("2").await.unwrap();

    assert_eq!(
        (text(&first.payload), text(&second.payload)),
        ("1".into(), "2".into())
    );
    assert!(!first.is_function_error);
    assert_eq!(world.started(), 1);
}

#[tokio::test]
async fn invocations_at_the_same_time_get_an_environment_each() {
    let world = World::with(|mut runtime| async move {
        let event = runtime.next().await;
        // Nobody answers before everybody has been asked.
        runtime.meet(20).await;
        runtime.respond(&event.request_id, event.body).await;
        echo(runtime).await
    })
    .await;

    let calls = (0..20).map(|n| {
        let world = world.clone();
        tokio::spawn(async move { world.invoke(&n.to_string()).await.unwrap() })
    });
    let mut answers = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        answers.push(text(&call.await.unwrap().payload));
    }

    assert_eq!(
        answers,
        (0..20).map(|n: u8| n.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(world.started(), 20);
}

#[tokio::test]
async fn an_error_that_the_function_posts_is_passed_on_as_it_is() {
    let world = World::with(|mut runtime| async move {
        let event = runtime.next().await;
        let body = r#"{"errorMessage":"boom","errorType":"Exception"}"#;
        runtime.fail(&event.request_id, body).await;
        echo(runtime).await
    })
    .await;

    let failed = world.invoke("{}").await.unwrap();
    let next = world.invoke("7").await.unwrap();

    assert!(failed.is_function_error);
    assert_eq!(
        text(&failed.payload),
        r#"{"errorMessage":"boom","errorType":"Exception"}"#
    );
    assert_eq!((text(&next.payload), world.started()), ("7".into(), 1));
}

#[tokio::test]
async fn an_invocation_that_takes_too_long_ends_its_environment() {
    let world = World::with(|mut runtime| async move {
        runtime.next().await;
        std::future::pending().await
    })
    .await;

    let answer = world.invoke_for_log("{}").await.unwrap();

    assert!(answer.is_function_error);
    let payload = text(&answer.payload);
    assert!(payload.starts_with(r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: "#));
    assert!(
        payload.ends_with(r#" Error: Task timed out after 1.00 seconds"}"#),
        "{payload}"
    );
    let log = text(&answer.log_tail.unwrap().into());
    assert!(log.ends_with("\tStatus: timeout\n"), "{log}");
    world.until_running(0).await;
}

#[tokio::test]
async fn a_runtime_that_ends_is_reported_by_its_status() {
    let world = World::with(|mut runtime| async move {
        runtime.next().await;
        Exit::Code(42)
    })
    .await;

    let payload = text(&world.invoke("{}").await.unwrap().payload);

    assert!(
        payload.contains("Runtime exited with error: exit status 42"),
        "{payload}"
    );
}

#[tokio::test]
async fn an_initialization_that_fails_is_repeated_once_and_answers_with_its_error() {
    let world = World::with(|runtime| async move {
        runtime
            .fail_init(r#"{"errorType":"Runtime.ImportModuleError"}"#)
            .await;
        Exit::Code(1)
    })
    .await;

    let answer = world.invoke_for_log("{}").await.unwrap();

    assert!(answer.is_function_error);
    assert_eq!(
        text(&answer.payload),
        r#"{"errorType":"Runtime.ImportModuleError"}"#
    );
    let log = text(&answer.log_tail.unwrap().into());
    assert!(
        log.starts_with("START RequestId: ") && log.contains("\tPhase: invoke\t"),
        "{log}"
    );
    assert!(
        log.ends_with("\tStatus: error\tError Type: Runtime.Unknown\n"),
        "{log}"
    );
    assert_eq!(world.started(), 2);
}

#[tokio::test]
async fn a_runtime_that_ends_while_it_waits_costs_nobody_an_answer() {
    let world = World::with(|mut runtime| async move {
        let event = runtime.next().await;
        runtime.respond(&event.request_id, event.body).await;
        Exit::Code(0)
    })
    .await;

    for n in 0..5_u8 {
        let answer = world.invoke(&n.to_string()).await.unwrap();
        assert!(!answer.is_function_error, "{}", text(&answer.payload));
        world.until_running(0).await;
    }
}

#[tokio::test]
async fn the_second_of_two_answers_is_refused() {
    let world = World::with(|mut runtime| async move {
        let event = runtime.next().await;
        runtime.respond(&event.request_id, "1").await;
        let again = runtime.try_respond(&event.request_id, "2").await;
        let other = runtime.try_respond(&Uuid::nil().to_string(), "3").await;
        assert_eq!((again.as_u16(), other.as_u16()), (400, 400));
        echo(runtime).await
    })
    .await;

    assert_eq!(text(&world.invoke("{}").await.unwrap().payload), "1");
    assert_eq!(text(&world.invoke("9").await.unwrap().payload), "9");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_reported_and_costs_no_environment() {
    let world = World::with(|mut runtime| async move {
        let event = runtime.next().await;
        let large = "x".repeat(6_291_557);
        assert_eq!(
            runtime.try_respond(&event.request_id, large).await.as_u16(),
            413
        );
        echo(runtime).await
    })
    .await;

    let answer = world.invoke("{}").await.unwrap();

    assert!(text(&answer.payload).contains("Function.ResponseSizeTooLarge"));
    assert_eq!(text(&world.invoke("1").await.unwrap().payload), "1");
    assert_eq!(world.started(), 1);
}

#[tokio::test]
async fn the_log_has_what_was_written_before_the_answer_and_nothing_older() {
    let world = World::with(|mut runtime| async move {
        for n in 0.. {
            let event = runtime.next().await;
            runtime.write(&format!("written {n}\n"));
            runtime.respond(&event.request_id, event.body).await;
        }
        Exit::Code(0)
    })
    .await;

    for n in 0..3 {
        let answer = world.invoke_for_log("{}").await.unwrap();
        let log = text(&answer.log_tail.unwrap().into());
        let lines: Vec<&str> = log.lines().collect();
        assert!(
            lines[0].starts_with("START RequestId: ") && lines[0].ends_with(" Version: $LATEST")
        );
        assert_eq!(lines[1], format!("written {n}"));
        assert!(
            lines[2].starts_with("END ") && lines[3].starts_with("REPORT "),
            "{log}"
        );
        assert_eq!(lines[3].contains("Init Duration"), n == 0);
    }
    assert!(world.invoke("{}").await.unwrap().log_tail.is_none());
}

#[tokio::test]
async fn an_update_ends_the_environments_of_what_ran_before() {
    let world = World::with(echo).await;
    world.invoke("1").await.unwrap();

    let stamp = Stamp {
        now: Moment::from_millis(9),
        revision: RevisionId(Uuid::new_v4()),
    };
    let code = world.function().latest.code.clone();
    let change = CodeChange {
        code,
        architecture: None,
        publish: false,
    };
    world
        .change(|function| function.update_code(change.clone(), None, stamp))
        .await;

    world.until_settled().await;
    world.until_running(0).await;
    world.invoke("2").await.unwrap();
    assert_eq!(world.started(), 2);
}

#[tokio::test]
async fn no_more_run_at_once_than_the_account_allows() {
    let world = World::with_limit(1, Settings::default(), |mut runtime: Runtime| async move {
        let event = runtime.next().await;
        runtime.meet(2).await;
        runtime.respond(&event.request_id, event.body).await;
        echo(runtime).await
    })
    .await;
    let first = tokio::spawn({
        let world = world.clone();
        async move { world.invoke("1").await.unwrap() }
    });
    world.until_running(1).await;

    let refused = world.invoke("2").await.unwrap_err();
    world.meet(2).await;

    let limit = Refused::Account;
    assert!(matches!(refused, InvokeError::Throttled { limit: l } if l == limit));
    assert_eq!(text(&first.await.unwrap().payload), "1");
}

#[tokio::test]
async fn an_event_runs_after_it_was_accepted() {
    let world = World::with(|mut runtime| async move {
        let event = runtime.next().await;
        assert_eq!(event.body, r#"{"n":1}"#);
        runtime.meet(2).await;
        runtime.respond(&event.request_id, "null").await;
        echo(runtime).await
    })
    .await;

    world
        .invoker
        .accept(an_invocation(r#"{"n":1}"#))
        .await
        .unwrap();

    world.meet(2).await;
}

#[tokio::test]
async fn an_event_that_a_shutdown_cuts_off_runs_again() {
    let has_started_before = Arc::new(AtomicBool::new(false));
    let world = World::with(move |mut runtime| {
        let is_first = !has_started_before.swap(true, Ordering::SeqCst);
        async move {
            let event = runtime.next().await;
            runtime.meet(2).await;
            if is_first {
                std::future::pending::<()>().await;
            }
            runtime.respond(&event.request_id, "null").await;
            echo(runtime).await
        }
    })
    .await;
    world.invoker.accept(an_invocation("1")).await.unwrap();
    world.meet(2).await;

    world.invoker.shutdown(Duration::ZERO).await;

    assert_eq!(world.unsettled_events().await, 1);
    let world = world.restarted().await;
    world.meet(2).await;
    world.until_no_event_is_unsettled().await;
    assert_eq!(world.started(), 2);
}

#[tokio::test]
async fn a_shut_down_invoker_runs_nothing_and_leaves_nothing() {
    let world = World::with(echo).await;
    world.invoke("1").await.unwrap();

    world.invoker.shutdown(Duration::from_secs(10)).await;

    assert!(matches!(
        world.invoke("2").await,
        Err(InvokeError::ShuttingDown)
    ));
    assert_eq!(world.running(), 0);
}
