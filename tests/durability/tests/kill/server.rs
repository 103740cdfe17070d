//! A server that is killed, and what it needs before that.

use std::ffi::OsString;
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
use tokio::time::timeout;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::client::Connection;
use crate::operator::{self, WITNESS};

pub(crate) const FUNCTION: &str = "survivor";
pub(crate) const SUCCEEDED: &str = "succeeded";
pub(crate) const FAILED: &str = "failed";
pub(crate) const DEAD: &str = "dead";

pub(crate) const FUNCTIONS: &str = "/2015-03-31/functions";
const ACCOUNT: &str = "000000000000";

/// Below the data directory: unpacked packages, in a directory for each boot of the machine.
const TREES: &str = "packages";

/// Nothing that a server does for a round takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the server's files are on.
#[derive(Debug)]
pub(crate) enum Disk {
    Sound,
    /// Loses power after so many operations, and with it what was not flushed.
    Failing {
        seed: u64,
        operations: u64,
        refusals: Option<Refusals>,
    },
}

/// A time before the power fails in which half of the operations are refused.
#[derive(Debug)]
pub(crate) struct Refusals {
    pub(crate) error: &'static str,
    pub(crate) from: u64,
    pub(crate) operations: u64,
}

impl Disk {
    fn variables(&self, data: &Path) -> Vec<(&'static str, OsString)> {
        let Self::Failing {
            seed,
            operations,
            refusals,
        } = self
        else {
            return Vec::new();
        };
        let mut variables = vec![
            ("LD_PRELOAD", failing_disk().into()),
            ("FAILING_DISK_ROOT", data.into()),
            // Unpacked trees belong to one boot of the machine and are not flushed.
            ("FAILING_DISK_EXCEPT", data.join(TREES).into()),
            ("FAILING_DISK_SEED", seed.to_string().into()),
            ("FAILING_DISK_OPERATIONS", operations.to_string().into()),
        ];
        if let Some(refusals) = refusals {
            let (from, count) = (refusals.from.to_string(), refusals.operations.to_string());
            variables.extend([
                ("FAILING_DISK_REFUSAL", refusals.error.into()),
                ("FAILING_DISK_REFUSAL_FROM", from.into()),
                ("FAILING_DISK_REFUSAL_OPERATIONS", count.into()),
            ]);
        }
        variables
    }
}

#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

/// How a server ended that was not ready yet.
#[derive(Debug)]
pub(crate) enum NotReady {
    Killed,
    /// It ended by itself, and said why.
    GaveUp(String),
}

impl Server {
    /// Starts a server on a directory and waits until it is ready.
    pub(crate) async fn start(directory: &Path) -> Self {
        let started = Self::start_on(directory, &Disk::Sound).await;
        started.unwrap_or_else(|end| panic!("the server did not start: {end:?}"))
    }

    /// As [`Server::start`], on a disk that may fail before the server is ready.
    pub(crate) async fn start_on(directory: &Path, disk: &Disk) -> Result<Self, NotReady> {
        let log_file = log_of(directory);
        let mut log = std::fs::OpenOptions::new();
        let log = log.create(true).append(true).open(&log_file).unwrap();
        let said_before = usize::try_from(log.metadata().unwrap().len()).unwrap();
        let data = directory.join("data");
        let mut process = Command::new(binary("invoked"))
            .args(["serve", "--listen", "127.0.0.1:0", "--auth", "off"])
            .args(["--output", "json", "--log", "warn,function=debug"])
            .arg("--data-dir")
            .arg(&data)
            .envs(disk.variables(&data))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let read = timeout(PATIENCE, stdout.read_line(&mut line));
        read.await.expect("the server is ready in time").unwrap();
        let Ok(ready) = serde_json::from_str::<Value>(&line) else {
            let status = timeout(PATIENCE, process.wait()).await.unwrap().unwrap();
            let said = std::fs::read_to_string(log_file).unwrap();
            let said = said.get(said_before..).unwrap_or_default().to_owned();
            return Err(match status.code() {
                None => NotReady::Killed,
                Some(_) => NotReady::GaveUp(said),
            });
        };
        let address = ready["address"].as_str().unwrap().parse().unwrap();
        Ok(Self { process, address })
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
            "Environment": { "Variables": { "FUNCTION_RUNS": "log" } },
            "Code": { "ZipFile": BASE64_STANDARD.encode(package()) },
        });
        create(&mut connection, FUNCTION, &function).await;
        let witness = json!({
            "FunctionName": WITNESS,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/test"),
            "Description": "0",
            "Code": { "ZipFile": BASE64_STANDARD.encode(operator::package(0)) },
        });
        create(&mut connection, WITNESS, &witness).await;
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

    /// Waits until the disk of the server has lost power.
    pub(crate) async fn wait_for_power_failure(mut self) {
        let status = timeout(PATIENCE, self.process.wait()).await;
        let status = status.expect("the server uses its disk").unwrap();
        assert_eq!(status.code(), None, "the server ended by itself: {status}");
    }
}

/// Where all servers on a directory write their logs.
pub(crate) fn log_of(directory: &Path) -> PathBuf {
    directory.join("log")
}

/// Has the next server believe that the machine was started anew since.
pub(crate) fn forget_boot(directory: &Path) {
    let trees = directory.join("data").join(TREES);
    let Ok(boots) = std::fs::read_dir(&trees) else {
        // The server died before it made the directory.
        return;
    };
    for boot in boots {
        let boot = boot.unwrap().path();
        std::fs::rename(&boot, boot.with_extension("before")).unwrap();
    }
}

async fn create(connection: &mut Connection, name: &str, function: &Value) {
    connection.lambda(Method::POST, FUNCTIONS, function).await;
    let path = format!("{FUNCTIONS}/{name}/configuration");
    loop {
        let configuration = connection.lambda(Method::GET, &path, &Value::Null).await;
        if configuration["State"] == "Active" {
            break;
        }
        assert_eq!(configuration["State"], "Pending", "{configuration}");
        tokio::time::sleep(Duration::from_millis(5)).await;
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

/// Where cargo puts the library that makes a disk fail.
fn failing_disk() -> PathBuf {
    let library = std::env::current_exe()
        .unwrap()
        .with_file_name("libfailing_disk.so");
    assert!(library.exists(), "{} is not built", library.display());
    library
}

fn package() -> Vec<u8> {
    zip(&std::fs::read(binary("bootstrap")).unwrap())
}

/// A package with this program.
pub(crate) fn zip(bootstrap: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    // Not compressed, because it is unpacked often.
    let options = options.compression_method(CompressionMethod::Stored);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(bootstrap).unwrap();
    zip.finish().unwrap().into_inner()
}
