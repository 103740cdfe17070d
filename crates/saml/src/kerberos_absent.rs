//! Kerberos in a build without it: there is no such handshake, and beginning one says how to get it.

use std::future::Ready;

use crate::credential::NetworkCredential;
use crate::error::SamlError;

/// No value of this type exists.
#[derive(Debug)]
pub(crate) enum Kerberos {}

impl Kerberos {
    pub(crate) fn begin(
        _service_host: &str,
        _credential: Option<&NetworkCredential>,
        _channel_binding: Option<&[u8]>,
    ) -> Result<Self, SamlError> {
        Err(SamlError::KerberosNotBuilt)
    }

    pub(crate) fn step(self, _token: Option<Vec<u8>>) -> Ready<Result<(Self, Vec<u8>), String>> {
        match self {}
    }
}
