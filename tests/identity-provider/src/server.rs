//! The server itself: connections, the way through the pages, and who is in.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE, USER_AGENT,
    WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::{DigestAlgorithm, Quirk, Scheme, Seen, Setup, digest, ntlm};

const START: &str = "/adfs/ls/IdpInitiatedSignOn.aspx";
const SIGN_IN: &str = "/adfs/ls/wia";
const DONE: &str = "/adfs/ls/done";
const BEGUN: &str = "MSISSamlRequest=begun";
const KNOWN: &str = "MSISAuth=known";
const FIRST_NONCE: &str = "nonce,1";

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct IdentityProvider {
    address: SocketAddr,
    /// With TLS.
    certificate_pem: Option<String>,
    seen: Arc<Mutex<Vec<Seen>>>,
    _tasks: JoinSet<()>,
}

impl IdentityProvider {
    /// Listens on a port of 127.0.0.1 that the system chooses.
    ///
    /// # Errors
    /// When there is none, or no certificate can be made.
    pub async fn start(setup: Setup) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("listen on this machine")?;
        let address = listener.local_addr().context("find the port")?;
        let tls = setup.has_tls.then(Certificate::new).transpose()?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let certificate_pem = tls.as_ref().map(|tls| tls.pem.clone());
        let pages = Pages {
            setup: Arc::new(setup),
            seen: Arc::clone(&seen),
            certificate: tls.as_ref().map(|tls| tls.sha256),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, tls, pages));
        Ok(Self {
            address,
            certificate_pem,
            seen,
            _tasks: tasks,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a sign-in begins.
    pub fn url(&self) -> String {
        format!("{}{START}?loginToRp=urn:amazon:webservices", self.origin())
    }

    /// The page that asks who the user is.
    pub fn sign_in_url(&self) -> String {
        format!("{}{SIGN_IN}", self.origin())
    }

    /// The certificate to trust, if there is TLS.
    pub fn certificate_pem(&self) -> Option<&str> {
        self.certificate_pem.as_deref()
    }

    /// All requests so far, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn origin(&self) -> String {
        let scheme = match self.certificate_pem {
            Some(_) => "https",
            None => "http",
        };
        format!("{scheme}://{}", self.address)
    }
}

struct Certificate {
    acceptor: TlsAcceptor,
    pem: String,
    sha256: [u8; 32],
}

impl Certificate {
    fn new() -> anyhow::Result<Self> {
        let names = ["localhost", "127.0.0.1", "idp.example.com"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).context("make a certificate")?;
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())
            .map_err(|error| anyhow::anyhow!("read the certificate's key: {error}"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            pem: made.cert.pem(),
            sha256: Sha256::digest(made.cert.der()).into(),
        })
    }
}

async fn accept(listener: TcpListener, tls: Option<Certificate>, pages: Pages) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    while let Ok((tcp, _)) = listener.accept().await {
        let visit = Arc::new(Visit {
            pages: pages.clone(),
            connection: number,
            progress: Mutex::default(),
        });
        number += 1;
        let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
        connections.spawn(serve(tcp, acceptor, visit));
    }
}

/// What goes wrong on a connection is the client's to notice.
async fn serve(tcp: TcpStream, acceptor: Option<TlsAcceptor>, visit: Arc<Visit>) {
    match acceptor {
        Some(acceptor) => {
            if let Ok(tls) = acceptor.accept(tcp).await {
                converse(tls, visit).await;
            }
        }
        None => converse(tcp, visit).await,
    }
}

async fn converse<Io>(io: Io, visit: Arc<Visit>)
where
    Io: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static,
{
    let answer = service_fn(move |request: Request<Incoming>| {
        let answer = visit.answer(&request);
        async move { answer.ok_or("the connection is dropped") }
    });
    http1::Builder::new()
        .serve_connection(TokioIo::new(io), answer)
        .await
        .ok();
}

#[derive(Debug, Clone)]
struct Pages {
    setup: Arc<Setup>,
    seen: Arc<Mutex<Vec<Seen>>>,
    certificate: Option<[u8; 32]>,
}

/// One connection.
struct Visit {
    pages: Pages,
    connection: usize,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    requests: usize,
    /// The first message of NTLM, for which the challenge was sent.
    negotiate: Option<Vec<u8>>,
}

type Page = Response<Full<Bytes>>;

/// What a request's `Authorization` is worth.
enum Judgement {
    Known,
    Asked(String),
}

impl Visit {
    /// Nothing is answered where the connection is to be dropped.
    fn answer(&self, request: &Request<Incoming>) -> Option<Page> {
        let seen = self.record(request);
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.requests += 1;
        let setup = &self.pages.setup;
        if setup.quirk == Quirk::DropsKeptConnections && progress.requests > 1 {
            return None;
        }
        let mut page = self.page(request.uri().path(), &seen, &mut progress);
        if setup.quirk == Quirk::ClosesConnections {
            set(&mut page, CONNECTION, "close");
        }
        Some(page)
    }

    fn record(&self, request: &Request<Incoming>) -> Seen {
        let text = |name: HeaderName| {
            let value = request.headers().get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let seen = Seen {
            path_and_query: request
                .uri()
                .path_and_query()
                .map(ToString::to_string)
                .unwrap_or_default(),
            connection: self.connection,
            host: text(HOST),
            authorization: text(AUTHORIZATION),
            cookie: text(COOKIE),
            user_agent: text(USER_AGENT),
        };
        self.pages
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(seen.clone());
        seen
    }

    fn page(&self, path: &str, seen: &Seen, progress: &mut Progress) -> Page {
        let setup = &self.pages.setup;
        let has = |cookie: &str| {
            seen.cookie
                .as_deref()
                .is_some_and(|all| all.contains(cookie))
        };
        match path {
            START => {
                let to = setup
                    .redirect
                    .as_deref()
                    .unwrap_or("wia?client-request-id=1");
                let mut page = redirect(to);
                set(
                    &mut page,
                    SET_COOKIE,
                    &format!("{BEGUN}; path=/adfs; HttpOnly"),
                );
                page
            }
            SIGN_IN if has(BEGUN) => match self.judge(seen, progress) {
                Judgement::Known => {
                    let mut page = redirect(DONE);
                    set(
                        &mut page,
                        SET_COOKIE,
                        &format!("{KNOWN}; path=/adfs; HttpOnly"),
                    );
                    page
                }
                Judgement::Asked(challenge) => {
                    let mut page = page(
                        StatusCode::UNAUTHORIZED,
                        "<html><head><title>401</title></head></html>",
                    );
                    set(&mut page, WWW_AUTHENTICATE, &challenge);
                    page
                }
            },
            DONE if has(KNOWN) => page(StatusCode::OK, &setup.page),
            SIGN_IN | DONE => redirect(START),
            _ => page(StatusCode::NOT_FOUND, "<title>Not found</title>"),
        }
    }

    fn judge(&self, seen: &Seen, progress: &mut Progress) -> Judgement {
        let authorization = seen.authorization.as_deref().unwrap_or_default();
        match self.pages.setup.scheme {
            Scheme::Nothing => Judgement::Known,
            Scheme::Basic => self.judge_basic(authorization),
            Scheme::Digest(algorithm) => {
                self.judge_digest(authorization, algorithm, &seen.path_and_query)
            }
            Scheme::Ntlm => self.judge_ntlm("NTLM", authorization, progress),
            Scheme::Negotiate => self.judge_ntlm("Negotiate", authorization, progress),
        }
    }

    fn judge_basic(&self, authorization: &str) -> Judgement {
        let account = &self.pages.setup.account;
        let pair = format!(
            "{}\\{}:{}",
            account.domain, account.user_name, account.password
        );
        if authorization == format!("Basic {}", STANDARD.encode(pair)) {
            return Judgement::Known;
        }
        Judgement::Asked(r#"Basic realm="corp.example.com""#.to_owned())
    }

    fn judge_digest(
        &self,
        authorization: &str,
        algorithm: DigestAlgorithm,
        path_and_query: &str,
    ) -> Judgement {
        let setup = &self.pages.setup;
        let is_right =
            digest::check(authorization, &setup.account, algorithm, path_and_query).is_ok();
        let nonce = digest::nonce(authorization);
        let is_stale = match setup.quirk {
            Quirk::StaleNonce => nonce.as_deref() == Some(FIRST_NONCE),
            Quirk::NothingButStaleNonces => true,
            Quirk::Nothing | Quirk::ClosesConnections | Quirk::DropsKeptConnections => false,
        };
        if is_right && !is_stale {
            return Judgement::Known;
        }
        let next = if is_right { "nonce,2" } else { FIRST_NONCE };
        Judgement::Asked(digest::challenge(algorithm, next, is_right))
    }

    fn judge_ntlm(&self, scheme: &str, authorization: &str, progress: &mut Progress) -> Judgement {
        let message = authorization
            .strip_prefix(scheme)
            .and_then(|token| STANDARD.decode(token.trim()).ok())
            .unwrap_or_default();
        if ntlm::is_negotiate(&message) {
            progress.negotiate = Some(message);
            let challenge = STANDARD.encode(ntlm::challenge());
            return Judgement::Asked(format!("{scheme} {challenge}"));
        }
        // A challenge counts once, and only on the connection that it was sent on.
        if let Some(negotiate) = progress.negotiate.take() {
            let binding = ntlm::Binding {
                negotiate: &negotiate,
                certificate: self.pages.certificate,
            };
            if ntlm::check(&message, &self.pages.setup.account, binding).is_ok() {
                return Judgement::Known;
            }
        }
        Judgement::Asked(scheme.to_owned())
    }
}

fn page(status: StatusCode, text: &str) -> Page {
    let mut page = Response::new(Full::new(Bytes::copy_from_slice(text.as_bytes())));
    *page.status_mut() = status;
    set(&mut page, CONTENT_TYPE, "text/html; charset=utf-8");
    page
}

fn redirect(to: &str) -> Page {
    let mut page = page(StatusCode::FOUND, "");
    set(&mut page, LOCATION, to);
    page
}

fn set(page: &mut Page, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        page.headers_mut().insert(name, value);
    }
}
