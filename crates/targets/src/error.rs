//! Why something could not be sent.

use std::error::Error;

use crate::Service;

/// Why something could not be sent, or its receiver not be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error(
        "`{arn}` cannot be reached: the server is not told where that service is; set `{}` to \
         `aws` or to an endpoint's URL", service.setting()
    )]
    NotConfigured { arn: String, service: Service },
    #[error("`{arn}` is nothing that this server sends to")]
    Unknown { arn: String },
    /// The service answered that it will not.
    #[error("`{arn}` does not take it: {code}: {message}")]
    Refused {
        arn: String,
        code: String,
        message: String,
    },
    /// No answer, or one that says nothing about the next try.
    #[error("`{arn}` cannot be reached: {reason}")]
    Unreachable { arn: String, reason: String },
}

impl TargetError {
    /// The innermost reason is what tells a user something; the layers above it are the SDK's.
    pub(crate) fn unreachable(arn: &str, error: &(dyn Error + 'static)) -> Self {
        let mut reason = error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        Self::Unreachable {
            arn: arn.to_owned(),
            reason: reason.to_string(),
        }
    }
}
