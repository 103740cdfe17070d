//! Who may ask: turns an unverified request into a verified one.
//!
//! Nothing behind this module can be called with a [`Request`] that did not pass through it. At
//! this stage a signature must be there and well formed, but it is not verified.

pub(crate) mod sigv4;

use http::Method;
use http::request::Parts;
use hyper::body::{Body as _, Incoming};

pub(crate) use sigv4::SignatureError;

/// Which requests are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Those that carry a well-formed AWS Signature Version 4, in a header or in the query.
    On,
    /// All of them.
    Off,
}

/// Nothing is known of the caller yet.
#[derive(Debug)]
pub(crate) struct Unverified;

/// The caller was let in.
#[derive(Debug)]
pub(crate) struct Verified {
    /// The access key that the signature names; none of a request without one.
    pub(crate) access_key: Option<String>,
}

/// A request on its way to an operation. Its body is not read yet.
#[derive(Debug)]
pub(crate) struct Request<Standing> {
    pub(crate) head: Parts,
    pub(crate) body: Incoming,
    pub(crate) standing: Standing,
}

impl Request<Unverified> {
    pub(crate) fn new(request: hyper::Request<Incoming>) -> Self {
        let (head, body) = request.into_parts();
        Self {
            head,
            body,
            standing: Unverified,
        }
    }

    /// Whether this is a download below `path` and no operation of Lambda's.
    pub(crate) fn is_for(&self, path: &str) -> bool {
        self.head.method == Method::GET && self.head.uri.path().starts_with(path)
    }

    pub(crate) fn has_body(&self) -> bool {
        !self.body.is_end_stream()
    }
}

impl Auth {
    pub(crate) fn verify(
        self,
        request: Request<Unverified>,
    ) -> Result<Request<Verified>, SignatureError> {
        let access_key = match self {
            Self::Off => sigv4::access_key(&request.head).ok(),
            Self::On => Some(sigv4::access_key(&request.head)?),
        };
        let Request { head, body, .. } = request;
        Ok(Request {
            head,
            body,
            standing: Verified { access_key },
        })
    }
}
