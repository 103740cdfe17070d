//! Connections: plain or TLS, direct or through a proxy.
//!
//! `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` are read as other tools of AWS read them: in
//! small letters first, then in capitals. No proxy leads to this machine. Certificates are checked against what the system trusts, or against
//! `AWS_CA_BUNDLE` alone, as the AWS CLI does. Neither is looked at before a connection needs it.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::net::TcpStream;
use tower_service::Service;

/// How long one connection may take to be made; the call itself has no such limit.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// Well below the 350 s after which AWS's network address translation forgets an idle connection.
const KEEP_ALIVE: Duration = Duration::from_secs(45);

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Why no connection can be attempted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    #[error("the certificates of AWS_CA_BUNDLE, {path}, cannot be used: {reason}")]
    CaBundle { path: String, reason: String },
    #[error("the TLS configuration of this system cannot be used: {0}")]
    Tls(std::io::Error),
    #[error(
        "the proxy {proxy} cannot be used: only proxies whose own address is http are supported; NO_PROXY exempts hosts"
    )]
    Proxy { proxy: String },
    #[error("through the proxy {proxy}: {reason}")]
    Through { proxy: String, reason: String },
    #[error("no connection within {} s", CONNECT_TIME_MAX.as_secs())]
    Late,
}

/// A connection, and what is at its other end.
#[derive(Debug)]
pub(crate) enum Connected {
    /// The server, perhaps through a tunnel.
    Directly(Stream),
    /// A proxy that repeats plain requests, and so has to know where each of them goes.
    ToProxy {
        stream: Stream,
        authorization: Option<HeaderValue>,
    },
}

/// Makes connections, as an address needs them.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector,
    proxies: Arc<Matcher>,
    ca_bundle: Option<Arc<str>>,
    /// Made once, and only when an address needs it: loading certificates takes milliseconds.
    tls: Arc<Mutex<Option<ClientConfig>>>,
}

impl Connector {
    /// Reads proxies and certificates from the environment.
    pub(crate) fn new(environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_connect_timeout(Some(CONNECT_TIME_MAX));
        Self {
            tcp,
            proxies: Arc::new(proxies(environment)),
            ca_bundle: environment("AWS_CA_BUNDLE")
                .filter(|path| !path.is_empty())
                .map(Into::into),
            tls: Arc::default(),
        }
    }

    fn proxy_to(&self, uri: &Uri) -> Option<Intercept> {
        if uri.host().is_some_and(is_this_machine) {
            return None;
        }
        self.proxies.intercept(uri)
    }

    /// Connects to the server of an address.
    pub(crate) async fn connect(&self, uri: &Uri) -> Result<Connected, BoxError> {
        tokio::time::timeout(CONNECT_TIME_MAX, self.connect_in_time(uri))
            .await
            .map_err(|_| ConnectionError::Late)?
    }

    async fn connect_in_time(&self, uri: &Uri) -> Result<Connected, BoxError> {
        let mut tcp = self.tcp.clone();
        let is_secure = uri.scheme_str() == Some("https");
        let Some(proxy) = self.proxy_to(uri) else {
            let stream = if is_secure {
                self.with_tls(tcp)?.call(uri.clone()).await?
            } else {
                MaybeHttpsStream::Http(tcp.call(uri.clone()).await?)
            };
            return Ok(Connected::Directly(stream));
        };
        if proxy.uri().scheme_str() != Some("http") {
            let proxy = proxy.uri().to_string();
            return Err(ConnectionError::Proxy { proxy }.into());
        }
        let through = |error: BoxError| ConnectionError::Through {
            proxy: proxy.uri().to_string(),
            reason: innermost(error.as_ref()),
        };
        if !is_secure {
            let stream = tcp
                .call(proxy.uri().clone())
                .await
                .map_err(|error| through(error.into()))?;
            let stream = MaybeHttpsStream::Http(stream);
            let authorization = proxy.basic_auth().cloned();
            return Ok(Connected::ToProxy {
                stream,
                authorization,
            });
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let tunnelled = self.with_tls(tunnel)?.call(uri.clone()).await;
        Ok(Connected::Directly(tunnelled.map_err(through)?))
    }

    fn with_tls<C>(&self, connector: C) -> Result<HttpsConnector<C>, ConnectionError> {
        let mut made = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        let config = match made.as_ref() {
            Some(config) => config.clone(),
            None => made.insert(tls(self.ca_bundle.as_deref())?).clone(),
        };
        Ok(hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_only()
            .enable_http1()
            .wrap_connector(connector))
    }
}

fn proxies(environment: &dyn Fn(&str) -> Option<String>) -> Matcher {
    let first = |names: [&str; 2]| names.into_iter().find_map(environment).unwrap_or_default();
    // A web server hands the header `Proxy` of any request to its programs as HTTP_PROXY.
    let is_cgi = environment("REQUEST_METHOD").is_some();
    let http = if is_cgi { "http_proxy" } else { "HTTP_PROXY" };
    Matcher::builder()
        .http(first(["http_proxy", http]))
        .https(first(["https_proxy", "HTTPS_PROXY"]))
        .all(first(["all_proxy", "ALL_PROXY"]))
        .no(first(["no_proxy", "NO_PROXY"]))
        .build()
}

/// The last cause of an error, which is the one that says what happened.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

fn tls(ca_bundle: Option<&str>) -> Result<ClientConfig, ConnectionError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectionError::Tls(std::io::Error::other(error)))?;
    let Some(path) = ca_bundle else {
        let verifier = rustls_platform_verifier::Verifier::new(provider)
            .map_err(|error| ConnectionError::Tls(std::io::Error::other(error)))?;
        return Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth());
    };
    let refuse = |reason: String| ConnectionError::CaBundle {
        path: path.to_owned(),
        reason,
    };
    let certificates = CertificateDer::pem_file_iter(Path::new(path))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| refuse(error.to_string()))?;
    let mut roots = rustls::RootCertStore::empty();
    let (added, _ignored) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(refuse("there is no PEM certificate in it".to_owned()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy_to(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        let environment = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Connector::new(&environment)
            .proxy_to(&url.parse().unwrap())
            .map(|proxy| proxy.uri().to_string())
    }

    const BOTH: [(&str, &str); 3] = [
        ("HTTP_PROXY", "http://plain:1"),
        ("HTTPS_PROXY", "http://secure:2"),
        ("NO_PROXY", "intern.example,10.0.0.0/8"),
    ];

    #[test]
    fn the_scheme_decides_which_proxy_is_used() {
        assert_eq!(
            proxy_to("http://h.example/", &BOTH).as_deref(),
            Some("http://plain:1/")
        );
        assert_eq!(
            proxy_to("https://h.example/", &BOTH).as_deref(),
            Some("http://secure:2/")
        );
        assert_eq!(
            proxy_to("https://h.example/", &[("all_proxy", "http://all:3")]).as_deref(),
            Some("http://all:3/")
        );
    }

    #[test]
    fn no_proxy_leads_to_the_exceptions_or_to_this_machine() {
        for url in [
            "http://localhost:9000/",
            "http://127.0.0.1:9000/",
            "https://[::1]:9000/",
            "https://lambda.intern.example/",
            "http://10.1.2.3/",
        ] {
            assert_eq!(proxy_to(url, &BOTH), None, "{url}");
        }
    }

    #[test]
    fn a_name_in_small_letters_goes_first() {
        let both = [BOTH[0], ("http_proxy", "http://small:4")];

        assert_eq!(
            proxy_to("http://h.example/", &both).as_deref(),
            Some("http://small:4/")
        );
    }

    #[test]
    fn a_request_to_a_web_server_cannot_name_the_proxy() {
        let cgi = [BOTH[0], ("REQUEST_METHOD", "GET")];

        assert_eq!(proxy_to("http://h.example/", &cgi), None);
    }

    #[test]
    fn certificates_that_cannot_be_read_are_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();

        for path in ["/nowhere/at/all", file.path().to_str().unwrap()] {
            let error = tls(Some(path)).unwrap_err();
            assert!(error.to_string().contains(path), "{error}");
        }
    }
}
