//! Which proxy leads to an address: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, read as curl reads them.

use std::fmt;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::endpoint::is_loopback;
use crate::error::SamlError;

/// The proxies of an environment.
pub struct Proxies {
    matcher: Matcher,
}

/// The proxy that leads to one address.
pub(crate) struct Proxy {
    pub(crate) uri: Uri,
    pub(crate) authorization: Option<HeaderValue>,
}

impl Proxies {
    /// Reads the environment through a function, so that whoever calls decides what it is.
    ///
    /// `HTTP_PROXY` is not asked for: only this machine may be spoken to without TLS, and no proxy
    /// leads there.
    pub fn from_environment(environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let first = |names: [&str; 2]| names.into_iter().find_map(environment).unwrap_or_default();
        let matcher = Matcher::builder()
            .https(first(["https_proxy", "HTTPS_PROXY"]))
            .all(first(["all_proxy", "ALL_PROXY"]))
            .no(first(["no_proxy", "NO_PROXY"]))
            .build();
        Self { matcher }
    }

    /// No proxy at all.
    pub fn none() -> Self {
        Self::from_environment(&|_| None)
    }

    pub(crate) fn on_the_way_to(&self, url: &Url) -> Result<Option<Proxy>, SamlError> {
        if is_loopback(url) {
            return Ok(None);
        }
        let Some(found) = url
            .as_str()
            .parse()
            .ok()
            .and_then(|uri: Uri| self.matcher.intercept(&uri))
        else {
            return Ok(None);
        };
        if found.uri().scheme_str() != Some("http") {
            return Err(SamlError::Proxy {
                proxy: found.uri().to_string(),
                reason: "only proxies whose own address is http are supported".to_owned(),
            });
        }
        Ok(Some(Proxy {
            uri: found.uri().clone(),
            authorization: found.basic_auth().cloned(),
        }))
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.matcher.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leading_to(url: &str, variables: &[(&str, &str)]) -> Result<Option<String>, SamlError> {
        let environment = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let proxy =
            Proxies::from_environment(&environment).on_the_way_to(&Url::parse(url).unwrap())?;
        Ok(proxy.map(|proxy| proxy.uri.to_string()))
    }

    #[test]
    fn a_proxy_leads_everywhere_but_to_the_exceptions_and_this_machine() {
        let variables = [
            ("HTTPS_PROXY", "http://user:word@proxy:3128"),
            ("no_proxy", "corp.example.com"),
        ];

        let far = leading_to("https://adfs.example.com/", &variables).unwrap();
        assert_eq!(far.as_deref(), Some("http://proxy:3128/"));
        for near in [
            "https://adfs.corp.example.com/",
            "https://localhost/",
            "https://127.0.0.1:8443/",
        ] {
            assert_eq!(leading_to(near, &variables).unwrap(), None, "{near}");
        }
    }

    #[test]
    fn a_proxy_that_is_not_supported_is_an_error_and_not_a_detour() {
        let error = leading_to(
            "https://adfs.example.com/",
            &[("ALL_PROXY", "socks5://proxy:1080")],
        )
        .unwrap_err();

        assert_eq!(
            error.to_string(),
            "the proxy socks5://proxy:1080/ cannot be used: only proxies whose own address is http are supported"
        );
    }

    #[test]
    fn a_proxys_password_is_never_shown() {
        let environment = |name: &str| {
            name.eq("HTTPS_PROXY")
                .then(|| "http://user:word@proxy:3128".to_owned())
        };
        let proxies = Proxies::from_environment(&environment);

        let shown = format!("{proxies:?}");

        assert!(!shown.contains("word"), "{shown}");
    }
}
