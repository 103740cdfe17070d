//! One connection to the server, and the few calls that the test makes.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Nothing that is asked takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
}

/// The server went away before it answered.
#[derive(Debug)]
pub(crate) struct Gone(#[expect(dead_code, reason = "for the message of a panic")] String);

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Gone> {
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| Gone(error.to_string()))?;
        stream
            .set_nodelay(true)
            .map_err(|error| Gone(error.to_string()))?;
        let (sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Gone(error.to_string()))?;
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
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Response<Bytes>, Gone> {
        let request = request
            .header("host", "localhost")
            .body(Full::new(body))
            .unwrap();
        let answer = async {
            self.sender.ready().await?;
            let (head, body) = self.sender.send_request(request).await?.into_parts();
            Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
        };
        let answer: Result<_, hyper::Error> = timeout(PATIENCE, answer).await.unwrap();
        answer.map_err(|error| Gone(error.to_string()))
    }

    /// An operation of Lambda that must succeed.
    pub(crate) async fn lambda(&mut self, method: Method, path: &str, body: &Value) -> Value {
        self.try_lambda(method, path, body).await.unwrap()
    }

    /// An operation of Lambda that must succeed unless the server goes.
    pub(crate) async fn try_lambda(
        &mut self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, Gone> {
        let request = Request::builder().method(method).uri(path);
        let body = if body.is_null() {
            Bytes::new()
        } else {
            body.to_string().into()
        };
        Ok(read(&self.send(request, body).await?))
    }

    /// An operation of SQS that must succeed.
    pub(crate) async fn sqs(&mut self, operation: &str, body: &Value) -> Value {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{operation}"));
        let answer = self.send(request, body.to_string().into()).await;
        read(&answer.unwrap_or_else(|gone| panic!("{operation} {body}: {gone:?}")))
    }
}

fn read(response: &Response<Bytes>) -> Value {
    let text = String::from_utf8_lossy(response.body());
    assert!(
        response.status().is_success(),
        "{}: {text}",
        response.status()
    );
    if response.status() == StatusCode::NO_CONTENT || text.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(&text).unwrap()
}
