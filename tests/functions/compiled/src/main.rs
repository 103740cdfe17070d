//! One compiled function with many behaviours, on AWS's own Rust runtime client.
//!
//! The event says what to do: `{"do": "sleep", "ms": 100}`. An event without `do` is echoed.
//! The Python and the Node.js functions beside it understand the same events, so that one test
//! can ask the same of all three. `FUNCTION_INIT` says what goes wrong before the first event.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a customer's function, which owes nothing to the server's rules"
)]

use std::env;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many events this environment has seen.
static INVOCATIONS: AtomicU64 = AtomicU64::new(0);

/// What an event asks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Request {
    Context,
    Environment,
    Count,
    Raise { message: String },
    Panic,
    Abort,
    Exit { code: i32 },
    Sleep { ms: u64 },
    Allocate { mb: usize },
    Write { path: String, text: String },
    Log { lines: usize, text: String },
    Big { bytes: usize },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match env::var("FUNCTION_INIT").as_deref() {
        Ok("exit") => process::exit(42),
        Ok("hang") => std::future::pending().await,
        Ok(_) | Err(_) => {}
    }
    lambda_runtime::run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (payload, context) = event.into_parts();
    let count = INVOCATIONS.fetch_add(1, Ordering::Relaxed) + 1;
    if payload.get("do").is_none() {
        return Ok(payload);
    }
    let answer = match serde_json::from_value(payload)? {
        Request::Context => describe(&context),
        Request::Environment => json!(env::vars().collect::<std::collections::BTreeMap<_, _>>()),
        Request::Count => json!({ "count": count }),
        Request::Raise { message } => return Err(message.into()),
        Request::Panic => panic!("asked to panic"),
        Request::Abort => process::abort(),
        Request::Exit { code } => process::exit(code),
        Request::Sleep { ms } => sleep(ms).await,
        Request::Allocate { mb } => json!({ "sum": allocate(mb) }),
        Request::Write { path, text } => {
            std::fs::write(&path, text)?;
            json!({ "written": path })
        }
        Request::Log { lines, text } => {
            for line in 0..lines {
                println!("{line} {text}");
            }
            json!({ "lines": lines })
        }
        Request::Big { bytes } => Value::String("x".repeat(bytes.saturating_sub(2))),
    };
    Ok(answer)
}

fn describe(context: &Context) -> Value {
    json!({
        "request_id": context.request_id,
        "function_arn": context.invoked_function_arn,
        "function_name": context.env_config.function_name,
        "function_version": context.env_config.version,
        "memory_mb": context.env_config.memory,
        "log_group": context.env_config.log_group,
        "log_stream": context.env_config.log_stream,
        "deadline_ms": context.deadline,
        "trace_id": context.xray_trace_id,
        "client_context": context.client_context,
    })
}

/// Says when it began and ended, so that a test can tell which invocations overlapped.
async fn sleep(ms: u64) -> Value {
    let began = now_ms();
    tokio::time::sleep(Duration::from_millis(ms)).await;
    json!({ "began_ms": began, "ended_ms": now_ms() })
}

fn now_ms() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_millis())
}

/// Takes memory and touches every page of it, so that it counts.
fn allocate(mb: usize) -> usize {
    let memory = vec![1_u8; mb * 1_048_576];
    std::hint::black_box(&memory)
        .iter()
        .step_by(4_096)
        .map(|&byte| usize::from(byte))
        .sum()
}
