//! The keys that a request is signed with, and the order they are looked for in.
//!
//! 1. `-AccessKey` and `-SecretKey`, with `-SessionToken` for temporary ones
//! 2. `-Credential`
//! 3. `-ProfileName`; no further search, whatever comes of it
//! 4. `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN`
//! 5. `AWS_PROFILE`; no further search either
//! 6. the profile `default`
//! 7. a web identity, the role of a container, the role of an instance

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use crate::error::TargetError;
use crate::surroundings::Surroundings;

/// Keys that end sooner are looked for again before they are used.
const LIFE_MIN: Duration = Duration::from_mins(1);

/// The keys a request is signed with. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    pub access_key: String,
    pub secret_key: String,
    pub session_token: Option<String>,
    /// When temporary keys end.
    pub expires: Option<SystemTime>,
}

impl Keys {
    /// Whether they will be good for the next call as well.
    pub(crate) fn last(&self) -> bool {
        self.expires
            .is_none_or(|expires| expires > now() + LIFE_MIN)
    }

    /// The pair in the environment, if there is one.
    pub(crate) fn of_environment(
        surroundings: &Surroundings<'_>,
    ) -> Result<Option<Self>, TargetError> {
        match (
            surroundings.variable("AWS_ACCESS_KEY_ID"),
            surroundings.variable("AWS_SECRET_ACCESS_KEY"),
        ) {
            (Some(access_key), Some(secret_key)) => Ok(Some(Self {
                access_key,
                secret_key,
                session_token: surroundings.variable("AWS_SESSION_TOKEN"),
                expires: None,
            })),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(TargetError::HalfAnEnvironment {
                missing: "AWS_ACCESS_KEY_ID",
            }),
            (Some(_), None) => Err(TargetError::HalfAnEnvironment {
                missing: "AWS_SECRET_ACCESS_KEY",
            }),
        }
    }
}

impl From<Credentials> for Keys {
    fn from(credentials: Credentials) -> Self {
        Self {
            access_key: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
            expires: credentials.expiry(),
        }
    }
}

impl From<&Keys> for Credentials {
    fn from(keys: &Keys) -> Self {
        Self::new(
            &keys.access_key,
            &keys.secret_key,
            keys.session_token.clone(),
            keys.expires,
            "Invoke-LMFunction",
        )
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Keys")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "temporary keys end by the clock of the world"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
