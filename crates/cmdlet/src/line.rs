//! The connection that requests go over, kept for the next one to the same server.
//!
//! What matters is whether a request may have reached the server. It has not, if no connection could be
//! made, or if the kept connection was closed before a byte of the request was written: then it comes
//! back unharmed and goes over a new connection. After anything else it counts as sent.

use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use tokio::task::JoinSet;

use crate::connection::{BoxError, Connected, Connector};

/// Why there is no response.
#[derive(Debug)]
pub(crate) enum SendError {
    /// The request did not reach the server.
    Connect(BoxError),
    /// It may have.
    Broken(hyper::Error),
}

/// Sends requests one after the other.
#[derive(Debug)]
pub(crate) struct Line {
    connector: Connector,
    kept: Option<Kept>,
    /// Reads and writes for the kept connection, also while nobody waits for it.
    driver: JoinSet<()>,
}

#[derive(Debug)]
struct Kept {
    /// Scheme and authority.
    server: String,
    sender: SendRequest<Full<Bytes>>,
    /// What is at the other end, if it is not the server.
    proxy: Option<Proxy>,
}

#[derive(Debug)]
struct Proxy {
    authorization: Option<HeaderValue>,
}

impl Line {
    pub(crate) fn new(connector: Connector) -> Self {
        Self {
            connector,
            kept: None,
            driver: JoinSet::new(),
        }
    }

    /// Sends a request whose address is absolute, and waits for the head of the response.
    pub(crate) async fn send(
        &mut self,
        request: Request<Bytes>,
    ) -> Result<Response<Incoming>, SendError> {
        let uri = request.uri().clone();
        let server = server_of(&uri);
        let mut kept = match self.ready(&server).await {
            Some(kept) => kept,
            None => self.connect(&uri, server.clone()).await?,
        };
        let formed = kept.formed(&request);
        let response = match kept.sender.try_send_request(formed).await {
            Ok(response) => response,
            Err(error) if error.message().is_none() => {
                return Err(SendError::Broken(error.into_error()));
            }
            Err(_closed_before) => {
                kept = self.connect(&uri, server).await?;
                let formed = kept.formed(&request);
                let sent = kept.sender.send_request(formed).await;
                sent.map_err(SendError::Broken)?
            }
        };
        self.kept = Some(kept);
        Ok(response)
    }

    /// The kept connection, if it leads to this server and is still open.
    async fn ready(&mut self, server: &str) -> Option<Kept> {
        let mut kept = self.kept.take().filter(|kept| kept.server == server)?;
        kept.sender.ready().await.ok()?;
        Some(kept)
    }

    async fn connect(&mut self, uri: &Uri, server: String) -> Result<Kept, SendError> {
        let connected = self
            .connector
            .connect(uri)
            .await
            .map_err(SendError::Connect)?;
        let (stream, proxy) = match connected {
            Connected::Directly(stream) => (stream, None),
            Connected::ToProxy {
                stream,
                authorization,
            } => (stream, Some(Proxy { authorization })),
        };
        let (sender, connection) = handshake(stream)
            .await
            .map_err(|error| SendError::Connect(error.into()))?;
        self.driver = JoinSet::new();
        self.driver.spawn(async move {
            // Whoever waits for a response hears of what goes wrong.
            connection.await.ok();
        });
        Ok(Kept {
            server,
            sender,
            proxy,
        })
    }
}

impl Kept {
    /// The request as it goes over this connection: a server wants the path, a proxy the whole address
    /// and its own authorization, which is none of the server's business and not signed.
    fn formed(&self, request: &Request<Bytes>) -> Request<Full<Bytes>> {
        let mut formed = request.clone().map(Full::new);
        match &self.proxy {
            None => {
                let path = request.uri().path_and_query().cloned();
                *formed.uri_mut() = path.map(Uri::from).unwrap_or_default();
            }
            Some(Proxy { authorization }) => {
                if let Some(authorization) = authorization {
                    formed
                        .headers_mut()
                        .insert(PROXY_AUTHORIZATION, authorization.clone());
                }
            }
        }
        formed
    }
}

fn server_of(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    format!("{scheme}://{authority}")
}
