//! Where to sign in, and how: the address, the scheme and the certificates that are trusted there.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use url::{Host, Url};

use crate::error::SamlError;

/// An identity provider's sign-in page.
///
/// Its address is https, as the AWS SDK for .NET demands, except on this machine itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) url: Url,
    pub(crate) authentication: Authentication,
    pub(crate) ca_bundle: Option<PathBuf>,
}

impl Endpoint {
    /// `ca_bundle` is a PEM file with certificates that are trusted beside the system's.
    ///
    /// # Errors
    /// [`SamlError::Endpoint`]: the text is no URL, is not https and not on this machine, or carries a
    /// user name, which belongs in a [`NetworkCredential`](crate::NetworkCredential).
    pub fn parse(
        url: &str,
        authentication: Authentication,
        ca_bundle: Option<PathBuf>,
    ) -> Result<Self, SamlError> {
        let refuse = |reason: &str| SamlError::Endpoint {
            url: url.to_owned(),
            reason: reason.to_owned(),
        };
        let mut parsed = Url::parse(url.trim()).map_err(|error| refuse(&error.to_string()))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            // The text is not repeated: it may hold a password.
            return Err(SamlError::Endpoint {
                url: parsed.host_str().unwrap_or_default().to_owned(),
                reason: "an endpoint cannot carry a user name or a password".to_owned(),
            });
        }
        match parsed.scheme() {
            "https" => {}
            "http" if is_loopback(&parsed) => {}
            "http" => {
                return Err(refuse(
                    "it must be https, or the sign-in could be read on the way",
                ));
            }
            _ => return Err(refuse("it must be an https address")),
        }
        parsed.set_fragment(None);
        Ok(Self {
            url: parsed,
            authentication,
            ca_bundle,
        })
    }

    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    pub fn authentication(&self) -> Authentication {
        self.authentication
    }
}

/// Whether an address can only be this machine's, whatever name service or proxy there is.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        // RFC 6761: resolvers must answer loopback for `localhost` and what is below it; not all do for the latter.
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// How the identity provider is told who signs in. The names are the AWS Tools' `AuthenticationType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Authentication {
    Basic,
    Digest,
    Ntlm,
    /// With a credential: NTLM under this name. Without: a Kerberos ticket.
    Negotiate,
    /// The SDK's default for an endpoint that does not say.
    #[default]
    Kerberos,
}

impl Authentication {
    /// The scheme's name in `WWW-Authenticate` and `Authorization`.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Digest => "Digest",
            Self::Ntlm => "NTLM",
            // RFC 4559: HTTP knows Kerberos by this name alone.
            Self::Negotiate | Self::Kerberos => "Negotiate",
        }
    }
}

impl fmt::Display for Authentication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Kerberos => "Kerberos",
            Self::Basic | Self::Digest | Self::Ntlm | Self::Negotiate => self.scheme(),
        })
    }
}

/// A text that names no way to authenticate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an authentication type; there are Basic, Digest, NTLM, Negotiate and Kerberos"
)]
pub struct UnknownAuthentication(String);

impl FromStr for Authentication {
    type Err = UnknownAuthentication;

    /// In any case: `ntlm` is `NTLM`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [
            Self::Basic,
            Self::Digest,
            Self::Ntlm,
            Self::Negotiate,
            Self::Kerberos,
        ]
        .into_iter()
        .find(|authentication| authentication.to_string().eq_ignore_ascii_case(text.trim()))
        .ok_or_else(|| UnknownAuthentication(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<Endpoint, SamlError> {
        Endpoint::parse(url, Authentication::Ntlm, None)
    }

    #[test]
    fn an_authentication_is_read_in_any_case() {
        assert_eq!("ntlm".parse(), Ok(Authentication::Ntlm));
        assert_eq!("KERBEROS".parse(), Ok(Authentication::Kerberos));
        assert_eq!("Basic".parse(), Ok(Authentication::Basic));
        assert_eq!("digest".parse(), Ok(Authentication::Digest));
        assert_eq!(" negotiate ".parse(), Ok(Authentication::Negotiate));
        assert_eq!(
            "Forms".parse::<Authentication>().unwrap_err().to_string(),
            "`Forms` is not an authentication type; there are Basic, Digest, NTLM, Negotiate and Kerberos"
        );
        assert_eq!(Authentication::default(), Authentication::Kerberos);
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for allowed in [
            "https://adfs.example.com/adfs/ls",
            "http://127.0.0.1:8080/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://LOCALHOST/x",
        ] {
            parsed(allowed).unwrap();
        }
        for refused in [
            "http://adfs.example.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com/",
            "http://10.0.0.1/",
            "ftp://127.0.0.1/",
            "adfs.example.com/adfs/ls",
            "",
        ] {
            assert!(parsed(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_password_in_an_endpoint_is_refused_and_not_repeated() {
        let error = parsed("https://alice:secret@adfs.example.com/").unwrap_err();

        assert_eq!(
            error.to_string(),
            "the endpoint `adfs.example.com` cannot be used: an endpoint cannot carry a user name or a password"
        );
    }
}
