//! One request to the admin API, and its answer.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use domain::time::Clock as _;
use http::header::HOST;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::clock::SystemClock;
use crate::endpoint::Endpoint;

/// Longer than the server ever takes: it waits a minute at most.
const PATIENCE: Duration = Duration::from_secs(90);

/// Above the largest answer: payloads of an event and its result.
const ANSWER_BYTES_MAX: usize = 64 * 1_048_576;

/// Calls the admin API of one server.
#[derive(Debug)]
pub(super) struct Caller {
    endpoint: Endpoint,
}

impl Caller {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    pub(super) fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, Bytes::new())
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::POST, path, body.to_string().into())
    }

    pub(super) fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::PUT, path, body.to_string().into())
    }

    pub(super) fn delete(&self, path: &str) -> Result<Value> {
        self.call(Method::DELETE, path, Bytes::new())
    }

    /// The answer, or what the server said no with.
    fn call(&self, method: Method, path: &str, body: Bytes) -> Result<Value> {
        let request = self.request(method, path, body)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let url = &self.endpoint.url;
        let exchange = async { tokio::time::timeout(PATIENCE, self.exchange(request)).await };
        let (status, answer) = runtime
            .block_on(exchange)
            .with_context(|| format!("the server at {url} does not answer"))?
            .with_context(|| format!("call the server at {url}"))?;
        let answer: Value = serde_json::from_slice(&answer)
            .with_context(|| format!("read the answer of the server at {url}"))?;
        if !status.is_success() {
            let message = answer.get("message").or_else(|| answer.get("Message"));
            bail!(
                "{}",
                message.and_then(Value::as_str).unwrap_or(status.as_str())
            );
        }
        Ok(answer)
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Result<Request<Bytes>> {
        let uri = format!("/invoked/v1/{path}");
        let host = self.endpoint.address.to_string();
        let mut request = Request::builder()
            .method(method)
            .uri(&uri)
            .header(HOST, &host)
            .body(body)?;
        let key = Endpoint::ACCESS_KEY;
        let identity = Credentials::new(key, key, None, None, "invoked").into();
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(SystemClock.now().as_millis());
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.endpoint.region)
            .name("lambda")
            .time(now)
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable = SignableRequest::new(
            request.method().as_str(),
            format!("http://{host}{uri}"),
            [(HOST.as_str(), host.as_str())].into_iter(),
            SignableBody::Bytes(request.body()),
        )?;
        let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
        for (name, value) in instructions.headers() {
            let name = HeaderName::from_bytes(name.as_bytes())?;
            request
                .headers_mut()
                .insert(name, HeaderValue::from_str(value)?);
        }
        Ok(request)
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<(StatusCode, Bytes)> {
        let stream = TcpStream::connect(self.endpoint.address).await?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await?;
        let exchange = async move {
            let response = sender.send_request(request.map(Full::new)).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
            let body = body.collect().await.map_err(anyhow::Error::from_boxed)?;
            anyhow::Ok((status, body.to_bytes()))
        };
        // The connection ends once the exchange lets go of it.
        let (answer, _ended) = tokio::join!(exchange, connection);
        answer
    }
}
