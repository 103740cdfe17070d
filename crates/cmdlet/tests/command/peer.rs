//! A small HTTP server that records every request and answers as the test says.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// Longer than any machine needs to start a process; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// What arrived.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    line: String,
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Recorded {
    /// Method, path and query.
    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no header {name} in {self:?}"))
            .to_str()
            .unwrap()
    }
}

/// What is answered.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Response<Full<Bytes>>),
    HangUp,
    Never,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, body: &[u8]) -> Self {
        let mut response = Response::new(Full::new(Bytes::copy_from_slice(body)));
        *response.status_mut() = status;
        Self::Answer(response)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        if let Self::Answer(response) = &mut self {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        self
    }

    /// Closes the connection once the request was read.
    pub(crate) fn hang_up() -> Self {
        Self::HangUp
    }

    /// Reads the request and stays silent.
    pub(crate) fn never() -> Self {
        Self::Never
    }
}

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Peer {
    address: SocketAddr,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    connections: Arc<AtomicUsize>,
    arrived: Receiver<()>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// A server that answers the n-th request, counted from 1, with `reply(n)`.
    pub(crate) fn answering(reply: impl Fn(usize) -> Reply + Send + 'static) -> Self {
        Self::start(reply, None)
    }

    /// The same behind TLS; also gives its certificate, in PEM.
    pub(crate) fn answering_securely(
        reply: impl Fn(usize) -> Reply + Send + 'static,
    ) -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        (Self::start(reply, Some(acceptor)), made.cert.pem())
    }

    fn start(reply: impl Fn(usize) -> Reply + Send + 'static, tls: Option<TlsAcceptor>) -> Self {
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (arrival, arrived) = sync_channel(64);
        let (stop, stopped) = oneshot::channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Desk {
            recorded: Arc::clone(&recorded),
            connections: Arc::clone(&connections),
            arrival,
            tls,
            reply: Box::new(reply),
        };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = desk.serve(TcpListener::from_std(listener).unwrap()) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            recorded,
            connections,
            arrived,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.recorded.lock().unwrap().clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn wait_for_a_request(&self) {
        self.arrived.recv_timeout(PATIENCE).unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

struct Desk {
    recorded: Arc<Mutex<Vec<Recorded>>>,
    connections: Arc<AtomicUsize>,
    arrival: SyncSender<()>,
    tls: Option<TlsAcceptor>,
    reply: Box<dyn Fn(usize) -> Reply + Send>,
}

impl Desk {
    /// One connection after the other, as the command makes them.
    async fn serve(&self, listener: TcpListener) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            self.connections.fetch_add(1, Ordering::SeqCst);
            match &self.tls {
                None => self.serve_connection(stream).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        self.serve_connection(stream).await;
                    }
                }
            }
        }
    }

    async fn serve_connection(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        http1::Builder::new()
            .serve_connection(
                TokioIo::new(stream),
                service_fn(|request| self.answer(request)),
            )
            .await
            .ok();
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, HungUp> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| HungUp)?.to_bytes();
        let seen = {
            let mut recorded = self.recorded.lock().unwrap();
            recorded.push(Recorded {
                line: format!("{} {}", head.method, head.uri),
                headers: head.headers,
                body,
            });
            recorded.len()
        };
        self.arrival.send(()).ok();
        match (self.reply)(seen) {
            Reply::Answer(response) => Ok(response),
            Reply::HangUp => Err(HungUp),
            Reply::Never => std::future::pending::<Result<_, Infallible>>()
                .await
                .map_err(|never| match never {}),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the test closes the connection")]
struct HungUp;
