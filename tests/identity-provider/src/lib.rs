//! An identity provider for tests: HTTP authentication as AD FS does it, then a form with an assertion.
//!
//! It listens on this machine alone, knows one [`Account`] and takes three requests to bring a user in:
//!
//! ```text
//! /adfs/ls/IdpInitiatedSignOn.aspx   302, a cookie            (or wherever Setup::redirect says)
//! /adfs/ls/wia                       401 until the user is known, then 302 and another cookie
//! /adfs/ls/done                      200, Setup::page
//! ```
//!
//! Whoever comes without the cookies of the step before is sent back to the start. The checks of passwords are
//! written from the specifications and share no code with any client.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use identity_provider::{IdentityProvider, Scheme, Setup, assertion, form};
//!
//! let page = form(&assertion(&["arn:aws:iam::1:role/Dev,arn:aws:iam::1:saml-provider/ADFS"]));
//! let provider = IdentityProvider::start(Setup { page, ..Setup::new(Scheme::Ntlm) }).await?;
//! // Sign in at `provider.url()` as `CORP\alice` with the password `Pässword 1`.
//! # Ok(())
//! # }
//! ```

mod digest;
mod message;
mod ntlm;
mod server;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use server::IdentityProvider;

/// The one user.
#[derive(Debug, Clone)]
pub struct Account {
    pub domain: String,
    pub user_name: String,
    pub password: String,
}

/// What the server asks for, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Nobody is asked: the form-based sign-in, with whatever page is set up.
    Nothing,
    Basic,
    Digest(DigestAlgorithm),
    Ntlm,
    /// NTLM's messages under the name Negotiate.
    Negotiate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestAlgorithm {
    Md5,
    Md5Session,
    Sha256,
}

/// Where the server goes its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirk {
    Nothing,
    /// Closes every connection after one answer.
    ClosesConnections,
    /// Closes without a word the connection on which it gets a second request.
    DropsKeptConnections,
    /// Finds the first nonce of a digest stale.
    StaleNonce,
    /// Finds every nonce stale.
    NothingButStaleNonces,
}

/// How the server behaves.
#[derive(Debug, Clone)]
pub struct Setup {
    pub scheme: Scheme,
    pub account: Account,
    /// Where the first request is sent instead of to the sign-in.
    pub redirect: Option<String>,
    /// What a user who is in gets.
    pub page: String,
    /// With a certificate of its own for `localhost`, `idp.example.com` and 127.0.0.1; NTLM is then bound to the connection.
    pub has_tls: bool,
    pub quirk: Quirk,
}

impl Setup {
    pub fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            account: Account {
                domain: "CORP".to_owned(),
                user_name: "alice".to_owned(),
                password: "Pässword 1".to_owned(),
            },
            redirect: None,
            page: form(&assertion(&[])),
            has_tls: false,
            quirk: Quirk::Nothing,
        }
    }
}

/// One request, as it came.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub path_and_query: String,
    /// Counted from zero, in the order they were accepted.
    pub connection: usize,
    pub host: Option<String>,
    pub authorization: Option<String>,
    pub cookie: Option<String>,
    pub user_agent: Option<String>,
}

/// The XML of a response whose assertion lists these values of the role attribute.
pub fn assertion(roles: &[&str]) -> String {
    let roles: Vec<_> = roles
        .iter()
        .map(|role| format!("<AttributeValue>{role}</AttributeValue>"))
        .collect();
    format!(
        r#"<samlp:Response ID="_1" Version="2.0" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><Assertion ID="_2" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><AttributeStatement><Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName"><AttributeValue>alice</AttributeValue></Attribute><Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">{}</Attribute></AttributeStatement></Assertion></samlp:Response>"#,
        roles.concat()
    )
}

/// The page that posts an XML to AWS as soon as a browser shows it.
pub fn form(xml: &str) -> String {
    format!(
        r#"<html><head><title>Working...</title></head><body><form method="POST" name="hiddenform" action="https://signin.aws.amazon.com:443/saml"><input type="hidden" name="SAMLResponse" value="{}" /><noscript><p>Script is disabled. Click Submit to continue.</p><input type="submit" value="Submit" /></noscript></form><script language="javascript">window.setTimeout('document.forms[0].submit()', 0);</script></body></html>"#,
        STANDARD.encode(xml)
    )
}
