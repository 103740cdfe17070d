//! One compiled function with many behaviours, on AWS's own Rust runtime client.
//!
//! The event says what to do: `{"do": "sleep", "ms": 100}`. An event without `do` is echoed.
//! The Python and the Node.js functions beside it understand the same events, so that one test
//! can ask the same of all three. `FUNCTION_INIT` says what goes wrong before the first event, and
//! `FUNCTION_RUNS=log` has every run say in the log whose it is.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a customer's function, which owes nothing to the server's rules"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::streaming::{Body, channel};
use lambda_runtime::{Context, Error, FunctionResponse, LambdaEvent, StreamResponse, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many events this environment has seen.
static INVOCATIONS: AtomicU64 = AtomicU64::new(0);

/// What events have left here.
static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What an event asks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
enum Request {
    Context,
    Environment,
    Count,
    Mark {
        text: String,
    },
    Marks {
        ms: u64,
    },
    Raise {
        message: String,
    },
    Panic,
    Kill,
    Exit {
        code: i32,
    },
    Sleep {
        ms: u64,
    },
    Allocate {
        mb: usize,
    },
    Write {
        path: String,
        text: String,
    },
    SlowWrite {
        ms: u64,
        path: String,
        text: String,
    },
    Read {
        path: String,
    },
    Log {
        lines: usize,
        text: String,
    },
    Big {
        bytes: usize,
    },
    Nothing,
    /// Streams this many chunks, with this long before each but the first.
    Stream {
        chunks: usize,
        ms: u64,
    },
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

async fn handler(event: LambdaEvent<Value>) -> Result<FunctionResponse<Value, Body>, Error> {
    let (payload, context) = event.into_parts();
    let count = INVOCATIONS.fetch_add(1, Ordering::Relaxed) + 1;
    if env::var("FUNCTION_RUNS").as_deref() == Ok("log") {
        println!("ran {}", context.request_id);
    }
    if payload.get("do").is_none() {
        return Ok(FunctionResponse::BufferedResponse(payload));
    }
    let request = serde_json::from_value(payload)?;
    if let Request::Stream { chunks, ms } = request {
        return Ok(FunctionResponse::StreamingResponse(stream(chunks, ms)));
    }
    let answer = answer(request, &context, count).await?;
    Ok(FunctionResponse::BufferedResponse(answer))
}

fn stream(chunks: usize, ms: u64) -> StreamResponse<Body> {
    let (mut sender, body) = channel();
    tokio::spawn(async move {
        for chunk in 0..chunks {
            if chunk > 0 {
                tokio::time::sleep(Duration::from_millis(ms)).await;
            }
            if sender
                .send_data(format!("chunk {chunk}\n").into())
                .await
                .is_err()
            {
                return;
            }
        }
    });
    StreamResponse::from(body)
}

async fn answer(request: Request, context: &Context, count: u64) -> Result<Value, Error> {
    let answer = match request {
        Request::Context => describe(context),
        Request::Environment => json!(env::vars().collect::<BTreeMap<_, _>>()),
        Request::Count => json!({ "count": count }),
        Request::Mark { text } => {
            SEEN.lock().map_err(|error| error.to_string())?.push(text);
            Value::Null
        }
        Request::Marks { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            json!(*SEEN.lock().map_err(|error| error.to_string())?)
        }
        Request::Raise { message } => return Err(message.into()),
        Request::Panic => panic!("asked to panic"),
        Request::Kill => process::abort(),
        Request::Exit { code } => process::exit(code),
        Request::Sleep { ms } => sleep(ms).await,
        Request::Allocate { mb } => json!({ "sum": allocate(mb) }),
        Request::Write { path, text } => write(&path, &text)?,
        Request::SlowWrite { ms, path, text } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            write(&path, &text)?
        }
        Request::Read { path } => json!(fs::read_to_string(path)?),
        Request::Log { lines, text } => {
            for line in 0..lines {
                println!("{line} {text}");
            }
            json!({ "lines": lines })
        }
        Request::Big { bytes } => Value::String("x".repeat(bytes.saturating_sub(2))),
        Request::Nothing | Request::Stream { .. } => Value::Null,
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

/// Says when and where it began and ended, so that a test can tell which invocations overlapped.
async fn sleep(ms: u64) -> Value {
    let began = now_ms();
    tokio::time::sleep(Duration::from_millis(ms)).await;
    let log_stream = env::var("AWS_LAMBDA_LOG_STREAM_NAME").unwrap_or_default();
    json!({ "began_ms": began, "ended_ms": now_ms(), "log_stream": log_stream })
}

fn write(path: &str, text: &str) -> Result<Value, Error> {
    fs::write(path, text)?;
    Ok(json!({ "written": path }))
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
