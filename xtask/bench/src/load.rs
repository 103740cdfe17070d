//! The load generator: connections that send one request after the other and note how long each took.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// No single request of a measurement takes longer than this.
const REQUEST_TIME_MAX: Duration = Duration::from_mins(1);

/// A well-formed signature that nobody verifies.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/lambda/aws4_request, \
    SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000";

/// One connection. Its driver runs in the background and ends with it.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
}

/// What is asked again and again.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
    pub(crate) body: Bytes,
    pub(crate) wants: Wants,
}

/// What a client waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    Answer,
    /// That the event is on the disk.
    Acceptance,
    /// That the function could be invoked.
    Nothing,
}

impl Wants {
    const fn invocation_type(self) -> Option<&'static str> {
        match self {
            Self::Answer => None,
            Self::Acceptance => Some("Event"),
            Self::Nothing => Some("DryRun"),
        }
    }
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("connect to {address}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // A broken connection is seen by whoever sends on it.
            drop(connection.await);
        });
        Ok(Self {
            sender,
            _driver: driver,
        })
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Bytes>> {
        let request = Request::builder().method(method).uri(path);
        self.send_built(request, body).await
    }

    async fn send_built(
        &mut self,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Response<Bytes>> {
        let request = request
            .header("host", "localhost")
            .header("authorization", SIGNATURE)
            .header("x-amz-date", "20260101T000000Z")
            .body(Full::new(body))?;
        let answer = async {
            let (head, body) = self.sender.send_request(request).await?.into_parts();
            Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
        };
        timeout(REQUEST_TIME_MAX, answer)
            .await
            .context("no answer in time")?
    }

    /// Asks once, and takes nothing but a good answer.
    pub(crate) async fn ask(&mut self, question: &Question) -> Result<()> {
        let mut request = Request::builder().method(Method::POST).uri(&question.path);
        if let Some(kind) = question.wants.invocation_type() {
            request = request.header("x-amz-invocation-type", kind);
        }
        let response = self.send_built(request, question.body.clone()).await?;
        let failed = response.headers().contains_key("x-amz-function-error");
        if !response.status().is_success() || failed {
            let text = String::from_utf8_lossy(response.body());
            bail!("{}: {text}", response.status());
        }
        Ok(())
    }
}

/// How long requests took.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    sorted: Vec<Duration>,
    elapsed: Duration,
}

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>, elapsed: Duration) -> Self {
        times.sort_unstable();
        Self {
            sorted: times,
            elapsed,
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The time that this share of the requests, in percent, did not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted
            .get(last * percent / 100)
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn per_second(&self) -> f64 {
        let count = u32::try_from(self.sorted.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.elapsed.as_secs_f64()
    }
}

/// Asks on so many connections for so long. A single bad answer fails the measurement.
pub(crate) async fn run(question: &Question, connections: usize, time: Duration) -> Result<Times> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(question.address).await?);
    }
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for mut connection in open {
        let question = question.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < time {
                let sent = Instant::now();
                connection.ask(&question).await?;
                times.push(sent.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    for outcome in tasks.join_all().await {
        times.extend(outcome?);
    }
    Ok(Times::new(times, began.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_occurred() {
        let times = (1..=100).rev().map(Duration::from_millis).collect();

        let times = Times::new(times, Duration::from_secs(2));

        assert_eq!(times.percentile(50), Duration::from_millis(50));
        assert_eq!(times.percentile(99), Duration::from_millis(99));
        assert!((times.per_second() - 50.0).abs() < f64::EPSILON);
    }
}
