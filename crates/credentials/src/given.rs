//! What the command line says about credentials, region and endpoint, and how its values are read.

use std::fmt;

use saml::{NetworkCredential, parse_user};
use serde::Deserialize;

use crate::error::TargetError;
use crate::keys::Keys;
use crate::surroundings::Surroundings;

/// The variable that a password may be handed over in, as a command line is seen by everybody.
pub(crate) const PASSWORD_VARIABLE: &str = "LM_NETWORK_PASSWORD";

/// The parameters that matter here, as they were given. An empty text is a value too.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    pub access_key: Option<&'a str>,
    pub secret_key: Option<&'a str>,
    pub session_token: Option<&'a str>,
    /// JSON in the shape that `credential_process` prints.
    pub credential: Option<&'a str>,
    /// A user's name, or JSON with `UserName` and `Password`.
    pub network_credential: Option<&'a str>,
    pub profile_name: Option<&'a str>,
    pub profile_location: Option<&'a str>,
    pub region: Option<&'a str>,
    pub endpoint_url: Option<&'a str>,
    /// Its ARN has a region.
    pub function_name: &'a str,
    /// No keys are looked for.
    pub is_unsigned: bool,
}

impl Given<'_> {
    /// The keys that the command line has itself: a pair, or a credential.
    pub(crate) fn keys(&self) -> Result<Option<(Keys, &'static str)>, TargetError> {
        if self.access_key.is_some() || self.secret_key.is_some() || self.session_token.is_some() {
            return self
                .key_pair()
                .map(|keys| Some((keys, "the supplied key parameters")));
        }
        let Some(text) = self.credential else {
            return Ok(None);
        };
        let keys = read_credential(text).map_err(TargetError::BadCredential)?;
        Ok(Some((keys, "the supplied credentials object")))
    }

    fn key_pair(&self) -> Result<Keys, TargetError> {
        let present = |value: Option<&str>, missing: &'static str| match value {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(TargetError::HalfAKeyPair { missing }),
        };
        Ok(Keys {
            access_key: present(self.access_key, "AccessKey")?,
            secret_key: present(self.secret_key, "SecretKey")?,
            session_token: self
                .session_token
                .filter(|token| !token.is_empty())
                .map(str::to_owned),
            expires: None,
        })
    }
}

/// The shape that `credential_process` prints. docs: AWS SDKs reference, "Process credential provider".
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialJson {
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    expiration: Option<jiff::Timestamp>,
}

fn read_credential(text: &str) -> Result<Keys, String> {
    let shape = "give JSON with AccessKeyId, SecretAccessKey and, for temporary keys, SessionToken";
    let read: CredentialJson =
        // What serde says may repeat the text, which has a secret in it.
        serde_json::from_str(text).map_err(|_| format!("it cannot be read; {shape}"))?;
    let present = |value: Option<String>, name: &str| {
        value
            .filter(|text| !text.is_empty())
            .ok_or_else(|| format!("{name} is missing; {shape}"))
    };
    Ok(Keys {
        access_key: present(read.access_key_id, "AccessKeyId")?,
        secret_key: present(read.secret_access_key, "SecretAccessKey")?,
        session_token: read.session_token.filter(|token| !token.is_empty()),
        expires: read.expiration.map(Into::into),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkCredentialJson {
    user_name: String,
    password: Option<String>,
}

/// Reads a network credential: a user, whose password is in the environment or asked for, or JSON.
pub(crate) fn network_credential(
    text: &str,
    surroundings: &Surroundings<'_>,
) -> Result<NetworkCredential, TargetError> {
    let bad = |problem: &'static str| TargetError::BadNetworkCredential { problem };
    let (user, password) = if text.trim_start().starts_with('{') {
        let read: NetworkCredentialJson = serde_json::from_str(text)
            .map_err(|_| bad("JSON needs UserName and may have Password"))?;
        (read.user_name, read.password)
    } else {
        (text.to_owned(), None)
    };
    if user.is_empty() {
        return Err(bad("the user's name is empty"));
    }
    let (_, name) = parse_user(&user);
    if name.contains(':') {
        return Err(bad(
            "a password after a colon would be seen by every user of this machine; give the user alone",
        ));
    }
    let password = match password.or_else(|| surroundings.variable(PASSWORD_VARIABLE)) {
        Some(password) => password,
        None => surroundings
            .prompt
            .hidden(&format!("Password for {}", Visible(&user)))
            .map_err(|source| TargetError::NoPassword {
                user: user.clone(),
                reason: source.to_string(),
            })?,
    };
    Ok(NetworkCredential::new(&user, password))
}

/// Text in a prompt: control characters would be obeyed by the terminal.
struct Visible<'a>(&'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.escape_debug(), f)
    }
}
