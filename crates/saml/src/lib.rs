//! Signs in at an identity provider (AD FS) and brings back its SAML assertion.
//!
//! [`sign_in`] does what the AWS Tools for PowerShell do with `-NetworkCredential`: fetch the sign-in page
//! with HTTP authentication, follow the redirects, and read the form that the last page would post to AWS.
//! What becomes of the assertion is not known here, nor where endpoint and credential come from: profiles,
//! prompts and the token service belong to whoever calls.
//!
//! The modules in the order a sign-in meets them:
//!
//! ```text
//! endpoint, credential, proxies      what the caller gives
//!      │
//!   sign_in ──▶ connection ──▶ trust     redirects, cookies, who may see the password
//!      │            └── one connection for each host: NTLM authenticates the connection
//!      ├──▶ challenge ──▶ handshake ──▶ digest, ntlm, channel_binding, kerberos
//!      ▼
//!    page ──▶ assertion                  the form's last SAMLResponse, its roles
//! ```
//!
//! The tests run against an identity provider of their own, the workspace's crate `identity-provider`, which
//! other crates may use as well.

mod assertion;
mod challenge;
mod channel_binding;
mod connection;
mod credential;
mod digest;
mod endpoint;
mod error;
mod handshake;
#[cfg_attr(feature = "kerberos", path = "kerberos.rs")]
#[cfg_attr(not(feature = "kerberos"), path = "kerberos_absent.rs")]
mod kerberos;
mod ntlm;
mod page;
mod proxies;
mod sign_in;
mod trust;

pub use assertion::{Assertion, Role, UnknownRole};
pub use credential::{NetworkCredential, parse_user};
pub use endpoint::{Authentication, Endpoint, UnknownAuthentication};
pub use error::SamlError;
pub use proxies::Proxies;
pub use sign_in::sign_in;
