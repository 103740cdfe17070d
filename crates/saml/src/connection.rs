//! Connections to the hosts of a sign-in, one for each, and one exchange after the other on it.
//!
//! NTLM authenticates a connection and not a request, so it is decided here, and not by a pool, which
//! connection a request takes: the host's only one.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::{Position, Url};

use crate::channel_binding::server_end_point;
use crate::error::{SamlError, innermost};
use crate::proxies::Proxies;
use crate::trust;

/// For the connection, the proxy's tunnel and TLS together.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(15);
/// From the request's first byte to the answer's last. A domain controller may have to be asked.
const EXCHANGE_TIME_MAX: Duration = Duration::from_mins(1);
/// A sign-in page with an assertion is a few ten kilobytes long.
pub(crate) const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Cookies and Kerberos tickets travel in headers; AD FS itself allows 64 KB.
const HEAD_BYTES_MAX: usize = 256 * 1024;

/// Which connection a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// The host's, or a new one if that was closed.
    Any,
    /// The one that the answer before came on: elsewhere the request means nothing.
    Same,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The connections of one sign-in; dropping them closes them.
pub(crate) struct Connections<'a> {
    ca_bundle: Option<PathBuf>,
    proxies: &'a Proxies,
    tls: Option<TlsConnector>,
    /// By scheme, host and port.
    open: HashMap<String, Connection>,
    /// What drives the connections.
    drivers: JoinSet<()>,
}

#[derive(Debug)]
struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    channel_binding: Option<Vec<u8>>,
}

impl<'a> Connections<'a> {
    pub(crate) fn new(ca_bundle: Option<PathBuf>, proxies: &'a Proxies) -> Self {
        Self {
            ca_bundle,
            proxies,
            tls: None,
            open: HashMap::new(),
            drivers: JoinSet::new(),
        }
    }

    /// What ties a sign-in to the connection that the last answer of this host came on.
    pub(crate) fn channel_binding(&self, url: &Url) -> Option<&[u8]> {
        self.open.get(origin(url))?.channel_binding.as_deref()
    }

    /// Sends a request without a body and reads the whole answer.
    ///
    /// A connection that the server has closed meanwhile, which it may at any time, is replaced once;
    /// asking twice for a page changes nothing.
    pub(crate) async fn exchange(
        &mut self,
        url: &Url,
        request: Request<Empty<Bytes>>,
        link: Link,
    ) -> Result<Reply, SamlError> {
        let known = self.open.get_mut(origin(url));
        if let Some(connection) = known.filter(|connection| !connection.sender.is_closed()) {
            match exchange_on(&mut connection.sender, request.clone()).await {
                Ok(reply) => return Ok(reply),
                Err(problem) if !problem.is_closed => return Err(problem.at(url)),
                Err(_) => {}
            }
        }
        if link == Link::Same {
            return Err(SamlError::Exchange {
                authority: authority(url),
                reason: "the connection was closed in the middle of the sign-in; NTLM and Kerberos need one that stays open, which a proxy or a load balancer may prevent".to_owned(),
            });
        }
        let mut connection = self.connect(url).await?;
        let reply = exchange_on(&mut connection.sender, request).await;
        self.open.insert(origin(url).to_owned(), connection);
        reply.map_err(|problem| problem.at(url))
    }

    async fn connect(&mut self, url: &Url) -> Result<Connection, SamlError> {
        let connecting = self.connect_without_limit(url);
        match timeout(CONNECT_TIME_MAX, connecting).await {
            Ok(connected) => connected,
            Err(_) => Err(SamlError::Connect {
                authority: authority(url),
                reason: format!(
                    "there was no connection after {} seconds",
                    CONNECT_TIME_MAX.as_secs()
                ),
            }),
        }
    }

    async fn connect_without_limit(&mut self, url: &Url) -> Result<Connection, SamlError> {
        let failed = |reason: String| SamlError::Connect {
            authority: authority(url),
            reason,
        };
        let tcp = self.tcp(url).await?;
        if url.scheme() != "https" {
            let sender = self.handshake(tcp).await.map_err(failed)?;
            return Ok(Connection {
                sender,
                channel_binding: None,
            });
        }
        let name = url
            .host_str()
            .map(|host| {
                host.trim_start_matches('[')
                    .trim_end_matches(']')
                    .to_owned()
            })
            .and_then(|host| ServerName::try_from(host).ok())
            .ok_or_else(|| failed("it has no name that a certificate could carry".to_owned()))?;
        let connector = if let Some(connector) = &self.tls {
            connector
        } else {
            let made = trust::connector(self.ca_bundle.as_deref())?;
            self.tls.insert(made)
        };
        let tls = connector
            .connect(name, tcp.into_inner())
            .await
            .map_err(|error| failed(innermost(&error)))?;
        let channel_binding = tls
            .get_ref()
            .1
            .peer_certificates()
            .and_then(|certificates| server_end_point(certificates.first()?));
        let sender = self.handshake(TokioIo::new(tls)).await.map_err(failed)?;
        Ok(Connection {
            sender,
            channel_binding,
        })
    }

    /// A connection to the host, or a tunnel to it.
    async fn tcp(&self, url: &Url) -> Result<TokioIo<TcpStream>, SamlError> {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        direct.set_nodelay(true);
        let to: Uri =
            url[..Position::BeforePath]
                .parse()
                .map_err(|error: http::uri::InvalidUri| SamlError::Connect {
                    authority: authority(url),
                    reason: error.to_string(),
                })?;
        let Some(proxy) = self.proxies.on_the_way_to(url)? else {
            return direct.call(to).await.map_err(|error| SamlError::Connect {
                authority: authority(url),
                reason: innermost(&error),
            });
        };
        let shown = proxy.uri.to_string();
        let mut tunnel = Tunnel::new(proxy.uri, direct);
        if let Some(authorization) = proxy.authorization {
            tunnel = tunnel.with_auth(authorization);
        }
        tunnel.call(to).await.map_err(|error| SamlError::Proxy {
            proxy: shown,
            reason: innermost(&error),
        })
    }

    async fn handshake<Io>(&mut self, io: Io) -> Result<SendRequest<Empty<Bytes>>, String>
    where
        Io: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    {
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(HEAD_BYTES_MAX)
            .handshake(io)
            .await
            .map_err(|error| innermost(&error))?;
        self.drivers.spawn(async move {
            // What goes wrong on a connection is told to the exchange on it.
            driver.await.ok();
        });
        Ok(sender)
    }
}

/// Why an exchange brought no answer.
#[derive(Debug)]
struct Problem {
    reason: String,
    /// The server may simply have closed a connection that it kept for us.
    is_closed: bool,
}

impl Problem {
    fn at(self, url: &Url) -> SamlError {
        SamlError::Exchange {
            authority: authority(url),
            reason: self.reason,
        }
    }
}

async fn exchange_on(
    sender: &mut SendRequest<Empty<Bytes>>,
    request: Request<Empty<Bytes>>,
) -> Result<Reply, Problem> {
    let exchange = async {
        sender.ready().await.map_err(|error| closed(&error))?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| closed(&error))?;
        read(response).await
    };
    match timeout(EXCHANGE_TIME_MAX, exchange).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Problem {
            reason: format!(
                "it was not complete after {} seconds",
                EXCHANGE_TIME_MAX.as_secs()
            ),
            is_closed: false,
        }),
    }
}

async fn read(response: Response<Incoming>) -> Result<Reply, Problem> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, PAGE_BYTES_MAX)
        .collect()
        .await
        .map_err(|error| Problem {
            reason: if error.is::<http_body_util::LengthLimitError>() {
                format!("it is longer than {PAGE_BYTES_MAX} bytes")
            } else {
                innermost(error.as_ref())
            },
            is_closed: false,
        })?;
    Ok(Reply {
        status: head.status,
        headers: head.headers,
        body: body.to_bytes(),
    })
}

fn closed(error: &hyper::Error) -> Problem {
    let is_io = error
        .source()
        .is_some_and(<dyn StdError>::is::<std::io::Error>);
    Problem {
        reason: innermost(error),
        is_closed: error.is_closed()
            || error.is_canceled()
            || error.is_incomplete_message()
            || is_io,
    }
}

/// Scheme, host and port.
pub(crate) fn origin(url: &Url) -> &str {
    &url[..Position::BeforePath]
}

/// Host and port, the latter only where it is not the scheme's own.
pub(crate) fn authority(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_owned()
}
