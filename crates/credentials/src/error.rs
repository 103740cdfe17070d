//! Why it is not known whom, where or as whom to call.

use saml::{SamlError, UnknownRole};

/// Why it is not known whom, where or as whom to call. Each text says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("-AccessKey and -SecretKey go together: '-{missing}' is missing or empty")]
    HalfAKeyPair { missing: &'static str },
    #[error("-Credential: {0}")]
    BadCredential(String),
    #[error("-NetworkCredential: {problem}")]
    BadNetworkCredential { problem: &'static str },
    #[error(
        "-NetworkCredential: there is no password for '{user}': give JSON with UserName and Password, set LM_NETWORK_PASSWORD, or run at a terminal ({reason})"
    )]
    NoPassword { user: String, reason: String },
    #[error(
        "-NetworkCredential signs in for a SAML role profile, and {why}; leave it out, or give -ProfileName with such a profile"
    )]
    NetworkCredentialUnused { why: String },
    #[error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: {missing} is not set")]
    HalfAnEnvironment { missing: &'static str },
    #[error(
        "no credentials: give -AccessKey and -SecretKey, or -ProfileName; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE. Searched were also the profile 'default' in {files}, and the roles that containers and instances have{}",
        if tried.is_empty() { String::new() } else { format!(" ({tried})") }
    )]
    NoCredentials { files: String, tried: String },
    #[error("the profile '{name}', named by {from}, is not in {files}")]
    NoSuchProfile {
        name: String,
        from: &'static str,
        files: String,
    },
    #[error("-ProfileLocation: there is no file {path}")]
    NoProfileLocation { path: String },
    #[error("cannot read the profiles in {path}: {reason}")]
    UnreadableProfiles { path: String, reason: String },
    #[error("AWS_CA_BUNDLE: cannot read {path}: {reason}")]
    CaBundle { path: String, reason: String },
    #[error("the profile '{profile}' gives no credentials: {reason}")]
    Profile { profile: String, reason: String },
    /// The sign-in has to be renewed by a person.
    #[error(
        "the profile '{profile}' has no valid single sign-on session: run `aws sso login --profile {profile}` ({reason})"
    )]
    SignedOut { profile: String, reason: String },
    #[error("the profile '{profile}' cannot assume the role {role}: {reason}")]
    Role {
        profile: String,
        role: String,
        reason: String,
    },
    #[error("the profile '{profile}' cannot sign in: {source}")]
    SignIn {
        profile: String,
        #[source]
        source: Box<SamlError>,
    },
    #[error("the profile '{profile}': {source}")]
    UnknownRole {
        profile: String,
        #[source]
        source: UnknownRole,
    },
    #[error(
        "no region: give -Region, or set AWS_REGION or AWS_DEFAULT_REGION, or `region` in the profile, or name the function by its full ARN"
    )]
    NoRegion,
    #[error(
        "'{region}' from {from} is not the name of a region: letters, digits and dashes, such as eu-west-1"
    )]
    BadRegion { region: String, from: String },
    #[error("'{url}' from {from} is not an endpoint: {problem}")]
    BadEndpoint {
        url: String,
        from: String,
        problem: &'static str,
    },
}

impl TargetError {
    /// Whether the command line itself is wrong, and not what surrounds it.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::HalfAKeyPair { .. }
            | Self::BadCredential(_)
            | Self::BadNetworkCredential { .. }
            | Self::NetworkCredentialUnused { .. } => true,
            Self::BadRegion { from, .. } | Self::BadEndpoint { from, .. } => from.starts_with('-'),
            Self::NoPassword { .. }
            | Self::HalfAnEnvironment { .. }
            | Self::NoCredentials { .. }
            | Self::NoSuchProfile { .. }
            | Self::NoProfileLocation { .. }
            | Self::UnreadableProfiles { .. }
            | Self::CaBundle { .. }
            | Self::Profile { .. }
            | Self::SignedOut { .. }
            | Self::Role { .. }
            | Self::SignIn { .. }
            | Self::UnknownRole { .. }
            | Self::NoRegion => false,
        }
    }

    /// Whether a person has to sign in again, which PowerShell tells as a denied permission.
    pub fn is_signed_out(&self) -> bool {
        matches!(self, Self::SignedOut { .. })
    }
}

/// The innermost reason of an error: the layers above it are those of the SDK.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut reason = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}
