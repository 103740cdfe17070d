//! A server that is killed, and what it needs before that.

use std::io::{Cursor, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::client::Connection;

pub(crate) const FUNCTION: &str = "survivor";
pub(crate) const SUCCEEDED: &str = "succeeded";
pub(crate) const FAILED: &str = "failed";
pub(crate) const DEAD: &str = "dead";

const FUNCTIONS: &str = "/2015-03-31/functions";
const ACCOUNT: &str = "000000000000";

#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server on a directory and waits until it is ready.
    pub(crate) async fn start(directory: &Path) -> Self {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(directory.join("log"))
            .unwrap();
        let mut process = Command::new(binary("invoked"))
            .args(["serve", "--listen", "127.0.0.1:0", "--auth", "off"])
            .args(["--output", "json", "--log", "warn"])
            .arg("--data-dir")
            .arg(directory.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).await.unwrap();
        let Ok(ready) = serde_json::from_str::<Value>(&line) else {
            let log = std::fs::read_to_string(directory.join("log")).unwrap();
            panic!("the server did not start: {log}");
        };
        let address = ready["address"].as_str().unwrap().parse().unwrap();
        Self { process, address }
    }

    /// Makes the queues and the function whose events end in them.
    pub(crate) async fn set_up(&self) {
        let mut connection = Connection::open(self.address).await.unwrap();
        for queue in [SUCCEEDED, FAILED, DEAD] {
            connection
                .sqs("CreateQueue", &json!({ "QueueName": queue }))
                .await;
        }
        let function = json!({
            "FunctionName": FUNCTION,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/test"),
            "DeadLetterConfig": { "TargetArn": queue_arn(DEAD) },
            "Code": { "ZipFile": BASE64_STANDARD.encode(package()) },
        });
        connection.lambda(Method::POST, FUNCTIONS, &function).await;
        let path = format!("{FUNCTIONS}/{FUNCTION}/configuration");
        loop {
            let configuration = connection.lambda(Method::GET, &path, &Value::Null).await;
            if configuration["State"] == "Active" {
                break;
            }
            assert_eq!(configuration["State"], "Pending", "{configuration}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let path = format!("/2019-09-25/functions/{FUNCTION}/event-invoke-config");
        let config = json!({
            "MaximumRetryAttempts": 0,
            "DestinationConfig": {
                "OnSuccess": { "Destination": queue_arn(SUCCEEDED) },
                "OnFailure": { "Destination": queue_arn(FAILED) },
            },
        });
        connection.lambda(Method::PUT, &path, &config).await;
    }

    /// SIGKILL; returns when the process is gone.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}")
}

/// A program of this build. `cargo xtask test` and `cargo build --workspace` make them all.
fn binary(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.ancestors().nth(2).unwrap().join(name);
    assert!(
        path.exists(),
        "{} is not built: run `cargo build --workspace` first",
        path.display()
    );
    path
}

fn package() -> Vec<u8> {
    let bootstrap = std::fs::read(binary("bootstrap")).unwrap();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(&bootstrap).unwrap();
    zip.finish().unwrap().into_inner()
}
