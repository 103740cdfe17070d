//! What to answer a server that says 401, until it lets us in or there is nothing left to say.
//!
//! ```text
//! Basic  ──────────────────────────────────────────▶ Over
//! Digest ──▶ Digest (the nonce was stale) ──▶ …          │ 401: refused
//! Ntlm   ──▶ NtlmNegotiated ───────────────────────▶ Over
//! Kerberos ──▶ Kerberos (a further message) ──▶ …
//! ```

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use url::{Position, Url};

use crate::challenge::{Challenge, schemes};
use crate::connection::Link;
use crate::credential::NetworkCredential;
use crate::endpoint::{Authentication, Endpoint};
use crate::error::SamlError;
use crate::kerberos::Kerberos;
use crate::{digest, ntlm};

/// Windows counts time from 1601, in units of 100 ns.
const SECONDS_FROM_1601_TO_1970: u64 = 11_644_473_600;
const TICKS_PER_SECOND: u64 = 10_000_000;
/// A server that finds one fresh nonce after the other stale does not want us in.
const STALE_NONCES_MAX: u8 = 2;
/// Kerberos needs one message, or two where the parties first agree on a mechanism.
const KERBEROS_MESSAGES_MAX: u8 = 4;

/// Where one sign-in at one address stands.
#[derive(Debug)]
pub(crate) enum Handshake<'a> {
    Basic(&'a NetworkCredential),
    Digest {
        credential: &'a NetworkCredential,
        /// Nothing before the first answer.
        stale_nonces: Option<u8>,
    },
    Ntlm(&'a NetworkCredential),
    NtlmNegotiated {
        credential: &'a NetworkCredential,
        /// Our first message, which the last one vouches for.
        message: Vec<u8>,
    },
    Kerberos {
        context: Kerberos,
        user: String,
        messages: u8,
    },
    /// Everything was said.
    Over {
        user: String,
    },
}

/// Where a challenge came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) url: &'a Url,
    /// `tls-server-end-point:` and a hash; nothing without TLS.
    pub(crate) channel_binding: Option<&'a [u8]>,
}

/// The next request's `Authorization`, and on which connection it means anything.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) authorization: HeaderValue,
    pub(crate) link: Link,
}

impl<'a> Handshake<'a> {
    /// Begins what the endpoint is configured for, whatever the server would like better.
    pub(crate) fn begin(
        place: Place<'_>,
        credential: Option<&'a NetworkCredential>,
    ) -> Result<Self, SamlError> {
        let authentication = place.endpoint.authentication();
        match (authentication, credential) {
            (Authentication::Basic, Some(credential)) => Ok(Self::Basic(credential)),
            (Authentication::Digest, Some(credential)) => Ok(Self::Digest {
                credential,
                stale_nonces: None,
            }),
            (Authentication::Ntlm | Authentication::Negotiate, Some(credential)) => {
                Ok(Self::Ntlm(credential))
            }
            (Authentication::Kerberos, _) | (Authentication::Negotiate, None) => {
                Ok(Self::Kerberos {
                    context: Kerberos::begin(
                        place.url.host_str().unwrap_or_default(),
                        credential,
                        place.channel_binding,
                    )?,
                    user: credential.map_or_else(
                        || "the owner of the Kerberos ticket".to_owned(),
                        NetworkCredential::user,
                    ),
                    messages: 0,
                })
            }
            (Authentication::Basic | Authentication::Digest | Authentication::Ntlm, None) => {
                Err(SamlError::CredentialNeeded {
                    endpoint: shown(place.url),
                    authentication,
                })
            }
        }
    }

    /// Answers the challenges of a 401.
    ///
    /// # Errors
    /// [`SamlError::Refused`] when the scheme's last word was spoken before.
    pub(crate) async fn answer(
        self,
        challenges: &[Challenge],
        place: Place<'_>,
    ) -> Result<(Self, Answer), SamlError> {
        let offered = place.offered(challenges);
        if offered.is_empty() && self.is_unspoken() {
            return Err(SamlError::NotOffered {
                url: shown(place.url),
                authentication: place.endpoint.authentication(),
                offered: schemes(challenges),
            });
        }
        match self {
            Self::Basic(credential) => {
                let answer = place.answer(&basic(credential), Link::Any)?;
                let user = credential.user();
                Ok((Self::Over { user }, answer))
            }
            Self::Digest {
                credential,
                stale_nonces,
            } => Self::answer_digest(&offered, credential, stale_nonces, place),
            Self::Ntlm(credential) => {
                let message = ntlm::negotiate();
                let answer = place.answer_with_token(&message, Link::Any)?;
                let next = Self::NtlmNegotiated {
                    credential,
                    message,
                };
                Ok((next, answer))
            }
            Self::NtlmNegotiated {
                credential,
                message,
            } => {
                let challenge = token(&offered).ok_or_else(|| {
                    place.broken("the server did not send its challenge, or sent what is no base64")
                })?;
                let message = ntlm_message(&message, &challenge, credential, place)?;
                let answer = place.answer_with_token(&message, Link::Same)?;
                let user = credential.user();
                Ok((Self::Over { user }, answer))
            }
            Self::Kerberos {
                context,
                user,
                messages,
            } => Self::answer_kerberos(token(&offered), (context, user, messages), place).await,
            Self::Over { user } => Err(place.refused(user)),
        }
    }

    /// Whether the server has not yet heard of the credential.
    fn is_unspoken(&self) -> bool {
        match self {
            Self::Basic(_) | Self::Ntlm(_) => true,
            Self::Digest { stale_nonces, .. } => stale_nonces.is_none(),
            Self::Kerberos { messages, .. } => *messages == 0,
            Self::NtlmNegotiated { .. } | Self::Over { .. } => false,
        }
    }

    fn answer_digest(
        offered: &[&Challenge],
        credential: &'a NetworkCredential,
        stale_nonces: Option<u8>,
        place: Place<'_>,
    ) -> Result<(Self, Answer), SamlError> {
        let supported = offered
            .iter()
            .find(|challenge| digest::is_supported(challenge));
        let stale_nonces = match (stale_nonces, supported) {
            (None, _) => 0,
            (Some(count), Some(challenge))
                if digest::is_stale(challenge) && count < STALE_NONCES_MAX =>
            {
                count + 1
            }
            (Some(_), _) => return Err(place.refused(credential.user())),
        };
        let value = supported
            .ok_or_else(|| {
                place.broken(
                    "the server wants another algorithm than MD5 and SHA-256, or more than `auth`",
                )
            })
            .and_then(|challenge| digest_value(challenge, credential, place))?;
        let next = Self::Digest {
            credential,
            stale_nonces: Some(stale_nonces),
        };
        Ok((next, place.answer(&value, Link::Any)?))
    }

    async fn answer_kerberos(
        token: Option<Vec<u8>>,
        (context, user, messages): (Kerberos, String, u8),
        place: Place<'_>,
    ) -> Result<(Self, Answer), SamlError> {
        let link = if messages == 0 { Link::Any } else { Link::Same };
        if (messages > 0 && token.is_none()) || messages >= KERBEROS_MESSAGES_MAX {
            return Err(place.refused(user));
        }
        let (context, message) = context
            .step(token)
            .await
            .map_err(|reason| place.broken(&reason))?;
        let next = Self::Kerberos {
            context,
            user,
            messages: messages + 1,
        };
        Ok((next, place.answer_with_token(&message, link)?))
    }
}

impl Place<'_> {
    /// The challenges of the endpoint's scheme.
    fn offered<'c>(&self, challenges: &'c [Challenge]) -> Vec<&'c Challenge> {
        let scheme = self.endpoint.authentication().scheme();
        challenges
            .iter()
            .filter(|challenge| challenge.is_of(scheme))
            .collect()
    }

    fn answer(&self, value: &str, link: Link) -> Result<Answer, SamlError> {
        let mut authorization = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| self.broken("the user name has characters that a header cannot carry"))?;
        authorization.set_sensitive(true);
        Ok(Answer {
            authorization,
            link,
        })
    }

    fn answer_with_token(&self, message: &[u8], link: Link) -> Result<Answer, SamlError> {
        let scheme = self.endpoint.authentication().scheme();
        self.answer(&format!("{scheme} {}", STANDARD.encode(message)), link)
    }

    fn refused(&self, user: String) -> SamlError {
        SamlError::Refused {
            endpoint: shown(self.url),
            authentication: self.endpoint.authentication(),
            user,
        }
    }

    fn broken(&self, reason: &str) -> SamlError {
        SamlError::Handshake {
            endpoint: shown(self.url),
            authentication: self.endpoint.authentication(),
            reason: reason.to_owned(),
        }
    }
}

fn token(challenges: &[&Challenge]) -> Option<Vec<u8>> {
    challenges
        .iter()
        .find_map(|challenge| STANDARD.decode(challenge.token.as_deref()?).ok())
}

/// RFC 7617, in UTF-8. The domain goes along: AD FS and IIS expect it there.
fn basic(credential: &NetworkCredential) -> String {
    let pair = format!("{}:{}", credential.user(), credential.password());
    format!("Basic {}", STANDARD.encode(pair))
}

fn digest_value(
    challenge: &Challenge,
    credential: &NetworkCredential,
    place: Place<'_>,
) -> Result<String, SamlError> {
    let mut nonce = [0; 16];
    fill_with_random(&mut nonce, place)?;
    let request = digest::Request {
        method: "GET",
        uri: path_and_query(place.url),
        nonce: &digest::hexadecimal(&nonce),
    };
    digest::authorization(challenge, credential, request)
        .ok_or_else(|| place.broken("the server's challenge is incomplete"))
}

fn ntlm_message(
    negotiate: &[u8],
    challenge: &[u8],
    credential: &NetworkCredential,
    place: Place<'_>,
) -> Result<Vec<u8>, SamlError> {
    let mut client_challenge = [0; 8];
    fill_with_random(&mut client_challenge, place)?;
    let service = format!("HTTP/{}", place.url.host_str().unwrap_or_default());
    let circumstances = ntlm::Circumstances {
        client_challenge,
        time: windows_time(now()),
        service: &service,
        channel_binding: place.channel_binding,
    };
    ntlm::authenticate(negotiate, challenge, credential, circumstances)
        .map_err(|error| place.broken(&error.to_string()))
}

fn fill_with_random(bytes: &mut [u8], place: Place<'_>) -> Result<(), SamlError> {
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(bytes)
        .map_err(|_| place.broken("this system has no random numbers"))
}

fn windows_time(now: SystemTime) -> u64 {
    let since_1970 = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    (since_1970.as_secs() + SECONDS_FROM_1601_TO_1970) * TICKS_PER_SECOND
}

#[expect(
    clippy::disallowed_methods,
    reason = "NTLM's answer carries the time of day, and no rule of ours depends on it"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

/// What a request line carries.
pub(crate) fn path_and_query(url: &Url) -> &str {
    &url[Position::BeforePath..Position::AfterQuery]
}

/// An address as an error shows it: queries are long and may carry tokens.
pub(crate) fn shown(url: &Url) -> String {
    url[..Position::AfterPath].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_time_counts_from_1601() {
        assert_eq!(
            windows_time(SystemTime::UNIX_EPOCH),
            116_444_736_000_000_000
        );
    }

    #[test]
    fn an_address_is_shown_without_its_query() {
        let url = Url::parse("https://adfs.example.com:8443/adfs/ls/x?SAMLRequest=a").unwrap();

        assert_eq!(shown(&url), "https://adfs.example.com:8443/adfs/ls/x");
        assert_eq!(path_and_query(&url), "/adfs/ls/x?SAMLRequest=a");
    }
}
