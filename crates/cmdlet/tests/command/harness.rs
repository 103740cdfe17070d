//! Runs the real binary and tells how it ended.

use std::process::{Child, Command, Output, Stdio};

use http::StatusCode;
use serde_json::Value;

use crate::peer::{Peer, Reply};

/// The command, with keys and nothing else of the environment it runs in.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_Invoke-LMFunction"));
    command
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap()
    }
}

pub(crate) fn run(command: &mut Command) -> Ended {
    ended(command.output().unwrap())
}

pub(crate) fn ended(output: Output) -> Ended {
    Ended {
        status: output.status.code(),
        out: output.stdout,
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn run_against(peer: &Peer, arguments: &[&str]) -> Ended {
    run(command(arguments).args(["-EndpointUrl", &peer.url()]))
}

pub(crate) fn hello() -> Reply {
    Reply::new(StatusCode::OK, br#"{"hello":"Ada"}"#)
        .with("x-amz-executed-version", "$LATEST")
        .with("x-amzn-requestid", "r-1")
}

pub(crate) fn refusal(status: StatusCode, code: &'static str, body: &'static str) -> Reply {
    Reply::new(status, body.as_bytes())
        .with("x-amzn-errortype", code)
        .with("x-amzn-requestid", "r-1")
}

/// What Ctrl-C does.
pub(crate) fn interrupt(child: &Child) {
    let kill = Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .unwrap();
    assert!(kill.success());
}
