//! The sign-in: pages are fetched until one is no redirect, and that one carries the assertion.
//!
//! **Who may see the credential.** Only the endpoint's own scheme, host and port. A redirect leads where the
//! identity provider says, and a stranger that asks for a password there, or for NTLM's answer, which can be
//! relayed or searched for the password, gets an error instead. Redirects to other hosts are followed, with
//! their own cookies and nothing else, as long as they stay on TLS.

use std::time::Duration;

use bytes::Bytes;
use cookie_store::{CookieStore, RawCookie};
use http::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, COOKIE, HOST, LOCATION, SET_COOKIE, USER_AGENT,
};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::Empty;
use tokio::time::timeout;
use url::Url;

use crate::assertion::Assertion;
use crate::challenge::Challenge;
use crate::connection::{Connections, Link, Reply, authority, origin};
use crate::credential::NetworkCredential;
use crate::endpoint::{Endpoint, is_loopback};
use crate::error::SamlError;
use crate::handshake::{Handshake, Place, path_and_query, shown};
use crate::page;
use crate::proxies::Proxies;

/// AD FS offers its Windows sign-in to browsers it knows (`WIASupportedUserAgents`), and the form to others.
const AGENT: &str = "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)";
/// As many as `HttpWebRequest` follows.
const REDIRECTS_MAX: usize = 50;
/// For all pages together. Nobody waits longer in front of a browser either.
const SIGN_IN_TIME_MAX: Duration = Duration::from_mins(5);

/// Signs in and brings back the assertion.
///
/// Without a credential only a Kerberos ticket helps.
///
/// # Errors
/// [`SamlError`]; after [`SamlError::Refused`] and [`SamlError::CredentialNeeded`] another credential may help.
pub async fn sign_in(
    endpoint: &Endpoint,
    credential: Option<&NetworkCredential>,
    proxies: &Proxies,
) -> Result<Assertion, SamlError> {
    let sign_in = SignIn {
        endpoint,
        credential,
        connections: Connections::new(endpoint.ca_bundle.clone(), proxies),
        cookies: CookieStore::default(),
    };
    match timeout(SIGN_IN_TIME_MAX, sign_in.run()).await {
        Ok(outcome) => outcome,
        Err(_) => Err(SamlError::TooLong {
            endpoint: shown(&endpoint.url),
            seconds: SIGN_IN_TIME_MAX.as_secs(),
        }),
    }
}

struct SignIn<'a> {
    endpoint: &'a Endpoint,
    credential: Option<&'a NetworkCredential>,
    connections: Connections<'a>,
    cookies: CookieStore,
}

impl SignIn<'_> {
    async fn run(mut self) -> Result<Assertion, SamlError> {
        let mut url = self.endpoint.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let reply = self.fetch(&url).await?;
            match self.redirect(&url, &reply)? {
                Some(next) => url = next,
                None => return assertion(&url, &reply),
            }
        }
        Err(SamlError::RedirectLoop {
            redirects: REDIRECTS_MAX,
            last: shown(&url),
        })
    }

    /// Fetches one page, and authenticates if it is asked for.
    async fn fetch(&mut self, url: &Url) -> Result<Reply, SamlError> {
        let request = self.request(url, None)?;
        let mut reply = self.exchange(url, request, Link::Any).await?;
        let mut handshake = None;
        while reply.status == StatusCode::UNAUTHORIZED {
            if origin(url) != origin(&self.endpoint.url) {
                return Err(SamlError::ForeignChallenge {
                    endpoint: shown(&self.endpoint.url),
                    asking: shown(url),
                });
            }
            let place = Place {
                endpoint: self.endpoint,
                url,
                channel_binding: self.connections.channel_binding(url),
            };
            let begun = match handshake.take() {
                Some(begun) => begun,
                None => Handshake::begin(place, self.credential)?,
            };
            let challenges = Challenge::read_all(&reply.headers);
            let (next, answer) = begun.answer(&challenges, place).await?;
            handshake = Some(next);
            let request = self.request(url, Some(answer.authorization))?;
            reply = self.exchange(url, request, answer.link).await?;
        }
        Ok(reply)
    }

    async fn exchange(
        &mut self,
        url: &Url,
        request: Request<Empty<Bytes>>,
        link: Link,
    ) -> Result<Reply, SamlError> {
        let reply = self.connections.exchange(url, request, link).await?;
        let cookies = reply
            .headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| RawCookie::parse(value.to_str().ok()?.to_owned()).ok());
        self.cookies.store_response_cookies(cookies, url);
        Ok(reply)
    }

    fn request(
        &self,
        url: &Url,
        authorization: Option<HeaderValue>,
    ) -> Result<Request<Empty<Bytes>>, SamlError> {
        let cookies: Vec<_> = self
            .cookies
            .get_request_values(url)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::get(path_and_query(url))
            .header(HOST, authority(url))
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, "text/html, application/xhtml+xml, */*")
            .header(CONNECTION, "Keep-Alive");
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request
            .body(Empty::new())
            .map_err(|error| SamlError::Exchange {
                authority: authority(url),
                reason: format!("the request cannot be formed: {error}"),
            })
    }

    /// Where a page leads, if anywhere; AD FS redirects from error statuses, too.
    fn redirect(&self, url: &Url, reply: &Reply) -> Result<Option<Url>, SamlError> {
        let Some(location) = reply.headers.get(LOCATION) else {
            return Ok(None);
        };
        if reply.status.is_success() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(location.as_bytes());
        let refuse = |reason| SamlError::Redirect {
            from: shown(url),
            to: text.escape_debug().to_string(),
            reason,
        };
        let mut next = url
            .join(&text)
            .map_err(|_| refuse("it is not an address"))?;
        if !next.username().is_empty() || next.password().is_some() {
            return Err(refuse("it carries a user name or a password"));
        }
        match next.scheme() {
            "https" => {}
            // Only from this machine to this machine: nothing else may make us speak to what listens here.
            "http" if is_loopback(&next) && self.endpoint.url.scheme() == "http" => {}
            "http" => return Err(refuse("it is not https")),
            _ => return Err(refuse("it is not a web address")),
        }
        next.set_fragment(None);
        Ok(Some(next))
    }
}

fn assertion(url: &Url, reply: &Reply) -> Result<Assertion, SamlError> {
    let page = String::from_utf8_lossy(&reply.body);
    let Some(value) = page::saml_response(&page) else {
        return Err(SamlError::NoAssertion {
            url: shown(url),
            status: reply.status,
            bytes: reply.body.len(),
            title: page::title(&page)
                .map_or_else(|| "no title".to_owned(), |title| format!("title {title:?}")),
        });
    };
    Assertion::read(&value).map_err(|reason| SamlError::Assertion {
        url: shown(url),
        reason,
    })
}
