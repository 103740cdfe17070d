//! The keys of a profile: its own, or those of the role that it assumes with another's.
//!
//! A profile that assumes a role from a `source_profile` is followed here, step by step, because the SDK asks
//! nobody for an MFA code and knows no SAML. What a profile can do by itself (keys, single sign-on, a process,
//! a web identity, the role of a machine) the SDK does.

use std::time::UNIX_EPOCH;

use aws_sdk_sts::Client;

use crate::chain::{self, refusal};
use crate::endpoint;
use crate::error::TargetError;
use crate::keys::{Keys, now};
use crate::profile::{Named, Profile, Search};
use crate::saml_role;

/// Longer chains are loops, or nobody understands them.
const STEPS_MAX: usize = 16;

/// What a profile needs at least one of, to be more than a place for settings.
const CREDENTIAL_KEYS: [&str; 8] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "role_arn",
    "endpoint_name",
    "sso_start_url",
    "sso_session",
    "credential_process",
    "web_identity_token_file",
];

pub(crate) fn has_credentials(profile: &Profile<'_>) -> bool {
    CREDENTIAL_KEYS.iter().any(|key| profile.get(key).is_some())
}

/// The keys of a profile.
pub(crate) async fn keys_of(
    search: &Search<'_>,
    profile: Profile<'_>,
) -> Result<Keys, TargetError> {
    let steps = steps(search, profile)?;
    let Some((first, roles)) = steps.split_last() else {
        return Err(failed(&profile, "it names nothing"));
    };
    let mut keys = match *first {
        Step::Own(profile) if profile.get("endpoint_name").is_some() => {
            saml_role::keys_of(search, profile).await?
        }
        Step::Own(profile) => chain::keys_of_profile(search, profile).await?,
        Step::Static(profile) => static_keys(&profile)?,
        Step::Role(profile, _) => return Err(failed(&profile, "it has no source")),
    };
    for step in roles.iter().rev() {
        if let Step::Role(profile, role) = step {
            keys = assume(search, profile, role, &keys).await?;
        }
    }
    Ok(keys)
}

/// One step of the way to the keys, from the profile that was asked for to the one that has some.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    /// Assumes this role with the keys of the next step.
    Role(Profile<'a>, &'a str),
    /// The keys that stand in the profile, although it assumes a role: it is its own source.
    Static(Profile<'a>),
    /// The SDK or a SAML sign-in knows what to do.
    Own(Profile<'a>),
}

fn steps<'a>(search: &'a Search<'_>, profile: Profile<'a>) -> Result<Vec<Step<'a>>, TargetError> {
    let mut steps = Vec::new();
    let mut current = profile;
    while steps.len() < STEPS_MAX {
        let is_saml = current.section.contains_key("endpoint_name");
        let source = current.section.get("source_profile").filter(|_| !is_saml);
        let role = current.section.get("role_arn");
        let (Some(source), Some(role)) = (source, role) else {
            if current.get("mfa_serial").is_some() && current.get("credential_source").is_some() {
                return Err(failed(
                    &current,
                    "an MFA code cannot be asked for with credential_source; use source_profile",
                ));
            }
            steps.push(Step::Own(current));
            return Ok(steps);
        };
        steps.push(Step::Role(current, role));
        if source == current.name {
            steps.push(Step::Static(current));
            return Ok(steps);
        }
        let named = Named {
            name: source.clone(),
            from: "source_profile",
        };
        current = search.profile_of(&named)?;
    }
    Err(failed(&profile, "its source_profile leads in a circle"))
}

fn static_keys(profile: &Profile<'_>) -> Result<Keys, TargetError> {
    match (
        profile.get("aws_access_key_id"),
        profile.get("aws_secret_access_key"),
    ) {
        (Some(access_key), Some(secret_key)) => Ok(Keys {
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            session_token: profile.get("aws_session_token").map(str::to_owned),
            expires: None,
        }),
        _ => Err(failed(
            profile,
            "it is its own source_profile and has no aws_access_key_id and aws_secret_access_key",
        )),
    }
}

async fn assume(
    search: &Search<'_>,
    profile: &Profile<'_>,
    role: &str,
    keys: &Keys,
) -> Result<Keys, TargetError> {
    let refused = |reason: String| TargetError::Role {
        profile: profile.name.to_owned(),
        role: role.to_owned(),
        reason,
    };
    let duration = match profile.get("duration_seconds") {
        None => None,
        Some(text) => match text.parse() {
            Ok(seconds) => Some(seconds),
            Err(_) => {
                return Err(refused(format!(
                    "duration_seconds is '{text}', and no number"
                )));
            }
        },
    };
    let session = profile
        .get("role_session_name")
        .map_or_else(session_name, str::to_owned);
    let mut assume = client(search, profile, Some(keys))?
        .assume_role()
        .role_arn(role)
        .role_session_name(session)
        .set_duration_seconds(duration)
        .set_external_id(profile.get("external_id").map(str::to_owned));
    if let Some(serial) = profile.get("mfa_serial") {
        let question = format!("MFA code of {}", serial.escape_debug());
        let code = search.surroundings.prompt.visible(&question);
        let code = code.map_err(|error| {
            refused(format!(
                "its MFA code has to be asked for at a terminal: {error}"
            ))
        })?;
        assume = assume.serial_number(serial).token_code(code);
    }
    let answer = assume.send().await;
    let answer = answer.map_err(|error| refused(refusal(&error)))?;
    temporary(answer.credentials).map_err(refused)
}

/// The client of STS, in the region of a profile.
pub(crate) fn client(
    search: &Search<'_>,
    profile: &Profile<'_>,
    keys: Option<&Keys>,
) -> Result<Client, TargetError> {
    let surroundings = search.surroundings;
    let region = profile
        .get("region")
        .map(str::to_owned)
        .or_else(|| surroundings.variable("AWS_REGION"))
        .or_else(|| surroundings.variable("AWS_DEFAULT_REGION"))
        .unwrap_or_else(|| "us-east-1".to_owned());
    let endpoint = endpoint::of_environment(surroundings, "AWS_ENDPOINT_URL_STS");
    let endpoint = endpoint.map(|(url, _)| url);
    let configuration = chain::configuration(surroundings, region, endpoint, keys)?;
    Ok(Client::new(&configuration))
}

/// The keys in an answer of STS.
pub(crate) fn temporary(
    credentials: Option<aws_sdk_sts::types::Credentials>,
) -> Result<Keys, String> {
    let credentials = credentials.ok_or("the answer has no credentials")?;
    Ok(Keys {
        expires: (*credentials.expiration()).try_into().ok(),
        access_key: credentials.access_key_id,
        secret_key: credentials.secret_access_key,
        session_token: Some(credentials.session_token),
    })
}

/// A name that tells an auditor what this was, and one session from another.
fn session_name() -> String {
    let since_epoch = now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("Invoke-LMFunction-{}", since_epoch.as_millis())
}

pub(crate) fn failed(profile: &Profile<'_>, reason: &str) -> TargetError {
    TargetError::Profile {
        profile: profile.name.to_owned(),
        reason: reason.to_owned(),
    }
}
