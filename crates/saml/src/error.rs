//! Why a sign-in did not bring an assertion.

use std::path::PathBuf;

use http::StatusCode;

use crate::endpoint::Authentication;

/// Why there is no assertion.
#[derive(Debug, thiserror::Error)]
pub enum SamlError {
    #[error("the endpoint `{url}` cannot be used: {reason}")]
    Endpoint { url: String, reason: String },
    #[error("the certificates in {} cannot be used: {reason}", path.display())]
    CaBundle { path: PathBuf, reason: String },
    #[error("the TLS configuration of this system cannot be used: {0}")]
    Tls(String),
    #[error("the proxy {proxy} cannot be used: {reason}")]
    Proxy { proxy: String, reason: String },
    #[error("cannot connect to the identity provider {authority}: {reason}")]
    Connect { authority: String, reason: String },
    #[error("no answer from the identity provider {authority}: {reason}")]
    Exchange { authority: String, reason: String },
    #[error("the sign-in at {endpoint} was not over after {seconds} seconds")]
    TooLong { endpoint: String, seconds: u64 },
    #[error(
        "the identity provider redirected {redirects} times, at last to {last}: it goes in circles, or does not get its cookies back"
    )]
    RedirectLoop { redirects: usize, last: String },
    #[error("{from} redirects to `{to}`, which is not followed: {reason}")]
    Redirect {
        from: String,
        to: String,
        reason: &'static str,
    },
    /// There is no credential and the scheme needs one. The caller may ask for it and try again.
    #[error(
        "{endpoint} asks for a user name and a password ({authentication}), and there are none"
    )]
    CredentialNeeded {
        endpoint: String,
        authentication: Authentication,
    },
    /// The identity provider does not speak the endpoint's scheme.
    #[error(
        "{url} does not offer {authentication}, only {offered}: set the endpoint's authentication type to one of them"
    )]
    NotOffered {
        url: String,
        authentication: Authentication,
        offered: String,
    },
    /// Somebody else asked for the password.
    #[error(
        "{endpoint} redirects to {asking}, which asks to sign in. Credentials go to the endpoint's own host alone; if that is the identity provider, make its address the endpoint"
    )]
    ForeignChallenge { endpoint: String, asking: String },
    /// Wrong user or password. The caller may ask again.
    #[error(
        "{endpoint} refused the {authentication} sign-in of {user}: the user name or the password is wrong, or the account may not sign in"
    )]
    Refused {
        endpoint: String,
        authentication: Authentication,
        user: String,
    },
    #[error("the {authentication} sign-in at {endpoint} cannot go on: {reason}")]
    Handshake {
        endpoint: String,
        authentication: Authentication,
        reason: String,
    },
    #[error(
        "this build cannot sign in with Kerberos: build it with `--features kerberos`, or set the endpoint's authentication type to NTLM, Negotiate, Digest or Basic, with a user name and a password"
    )]
    KerberosNotBuilt,
    /// The last page is not the form with the assertion.
    #[error("no SAMLResponse in the reply of {url} (status {status}, {bytes} bytes, {title}): form-based login?", status = status.as_u16())]
    NoAssertion {
        url: String,
        status: StatusCode,
        bytes: usize,
        /// As a phrase: `title "Sign in"` or `no title`.
        title: String,
    },
    #[error("the assertion of {url} cannot be read: {reason}")]
    Assertion { url: String, reason: String },
}

/// The last cause of an error, which is the one that says what happened.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
