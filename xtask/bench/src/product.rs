//! The server that is measured, and the few operations that it takes to get functions onto it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::functions::Kind;
use crate::load::{Connection, Question, Wants};
use crate::process::{self, Process};

/// How long a function may take to become active.
const ACTIVE_TIME_MAX: Duration = Duration::from_mins(1);

const FUNCTIONS: &str = "/2015-03-31/functions";
const EVENT: &[u8] = br#"{"hello":"you"}"#;

/// A server on a data directory of its own.
#[derive(Debug)]
pub(crate) struct Product {
    process: Process,
    pub(crate) address: SocketAddr,
    control: Connection,
    /// How long it took from its start until it said that it was ready.
    pub(crate) ready: Duration,
    _data: TempDir,
}

impl Product {
    pub(crate) async fn start(binaries: &Path) -> Result<Self> {
        Self::start_with(binaries, &[]).await
    }

    /// Starts a server with these options, too.
    pub(crate) async fn start_with(binaries: &Path, options: &[&str]) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let mut command = Command::new(binaries.join("invoked"));
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--output",
                "json",
                "--log",
                "error",
            ])
            .args(options)
            .arg("--data-dir")
            .arg(data.path());
        let began = Instant::now();
        let (process, line) = Process::start_and_read(&mut command)?;
        let ready = began.elapsed();
        let line: Value = serde_json::from_str(&line)?;
        let address = line
            .get("address")
            .and_then(Value::as_str)
            .context("no address")?
            .parse()?;
        let control = Connection::open(address).await?;
        Ok(Self {
            process,
            address,
            control,
            ready,
            _data: data,
        })
    }

    /// Creates a function and waits until it can be invoked.
    pub(crate) async fn create(
        &mut self,
        name: &str,
        kind: Kind,
        package: &[u8],
    ) -> Result<Question> {
        let body = json!({
            "FunctionName": name,
            "Runtime": kind.runtime(),
            "Handler": "echo.handler",
            "Role": "arn:aws:iam::000000000000:role/bench",
            "Timeout": 60,
            "MemorySize": 256,
            "Code": { "ZipFile": BASE64_STANDARD.encode(package) },
        });
        self.call(Method::POST, FUNCTIONS, body.to_string().into())
            .await?;
        let path = format!("{FUNCTIONS}/{name}/configuration");
        let began = Instant::now();
        loop {
            let configuration = self.call(Method::GET, &path, Bytes::new()).await?;
            match configuration.get("State").and_then(Value::as_str) {
                Some("Active") => break,
                Some("Pending") if began.elapsed() < ACTIVE_TIME_MAX => {
                    sleep(Duration::from_millis(5)).await;
                }
                _ => bail!("the function {name} did not become active: {configuration}"),
            }
        }
        Ok(Question {
            address: self.address,
            path: format!("{FUNCTIONS}/{name}/invocations"),
            body: Bytes::from_static(EVENT),
            wants: Wants::Answer,
        })
    }

    pub(crate) async fn delete(&mut self, name: &str) -> Result<()> {
        let path = format!("{FUNCTIONS}/{name}");
        self.call(Method::DELETE, &path, Bytes::new())
            .await
            .map(drop)
    }

    async fn call(&mut self, method: Method, path: &str, body: Bytes) -> Result<Value> {
        let response = self.control.send(method.clone(), path, body).await?;
        let text = String::from_utf8_lossy(response.body());
        if !response.status().is_success() {
            bail!("{method} {path}: {}: {text}", response.status());
        }
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("read {text}"))
    }

    /// Memory in use by the server and the processes it keeps, in MiB.
    pub(crate) fn resident_mib(&self) -> Result<f64> {
        let kib = u32::try_from(process::resident_kib(self.process.id())?)?;
        Ok(f64::from(kib) / 1024.0)
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn stop(self) -> Result<()> {
        self.process.interrupt()
    }
}
