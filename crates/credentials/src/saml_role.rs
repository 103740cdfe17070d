//! A profile that signs in at an identity provider and assumes a role with its assertion.
//!
//! The AWS Tools for PowerShell keep such profiles in encrypted files on Windows alone. Here they are in the
//! files of every profile, under the names that the .NET SDK has for them:
//!
//! ```ini
//! [saml-endpoint adfs]
//! endpoint = https://adfs.example.com/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices
//! authentication_type = NTLM
//! ca_bundle = /path/ca.pem
//! [profile dev]
//! endpoint_name = adfs
//! role_arn = arn:aws:iam::123456789012:saml-provider/ADFS,arn:aws:iam::123456789012:role/Dev
//! user_identity = CORP\alice
//! ```

use std::path::PathBuf;

use saml::{Authentication, Endpoint, NetworkCredential, Proxies, sign_in};

use crate::chain::refusal;
use crate::error::TargetError;
use crate::given::network_credential;
use crate::ini::Section;
use crate::keys::Keys;
use crate::profile::{Profile, Search};
use crate::role::{client, failed, temporary};

/// What the .NET SDK asks for.
const DURATION_SECONDS: i32 = 3_600;

pub(crate) async fn keys_of(
    search: &Search<'_>,
    profile: Profile<'_>,
) -> Result<Keys, TargetError> {
    let endpoint = endpoint(search, &profile)?;
    let pair = profile.get("role_arn").ok_or_else(|| {
        failed(
            &profile,
            "role_arn with the provider's and the role's ARN is missing",
        )
    })?;
    let credential = credential(search, &profile, endpoint.authentication())?;
    let proxies = Proxies::from_environment(&|name| search.surroundings.variable(name));
    let assertion = sign_in(&endpoint, credential.as_ref(), &proxies)
        .await
        .map_err(|source| TargetError::SignIn {
            profile: profile.name.to_owned(),
            source: Box::new(source),
        })?;
    let role = assertion
        .role(pair)
        .map_err(|source| TargetError::UnknownRole {
            profile: profile.name.to_owned(),
            source,
        })?;
    let refused = |reason| TargetError::Role {
        profile: profile.name.to_owned(),
        role: role.role_arn.clone(),
        reason,
    };
    // Not signed: the assertion is what proves who calls.
    let answer = client(search, &profile, None)?
        .assume_role_with_saml()
        .role_arn(&role.role_arn)
        .principal_arn(&role.provider_arn)
        .saml_assertion(assertion.base64())
        .duration_seconds(DURATION_SECONDS)
        .send()
        .await;
    let answer = answer.map_err(|error| refused(refusal(&error)))?;
    temporary(answer.credentials).map_err(refused)
}

fn endpoint(search: &Search<'_>, profile: &Profile<'_>) -> Result<Endpoint, TargetError> {
    let name = profile.get("endpoint_name").unwrap_or_default();
    let section = search.contents()?.saml_endpoint(name).ok_or_else(|| {
        failed(
            profile,
            &format!("there is no section [saml-endpoint {name}]"),
        )
    })?;
    let value = |key: &str| section.get(key).map(String::as_str);
    let url = value("endpoint")
        .ok_or_else(|| failed(profile, &format!("[saml-endpoint {name}] has no endpoint")))?;
    let authentication = authentication(profile, section)?;
    let ca_bundle = value("ca_bundle").map(PathBuf::from);
    Endpoint::parse(url, authentication, ca_bundle).map_err(|source| TargetError::SignIn {
        profile: profile.name.to_owned(),
        source: Box::new(source),
    })
}

fn authentication(profile: &Profile<'_>, section: &Section) -> Result<Authentication, TargetError> {
    match section.get("authentication_type") {
        None => Ok(Authentication::default()),
        Some(text) => text
            .parse()
            .map_err(|error: saml::UnknownAuthentication| failed(profile, &error.to_string())),
    }
}

/// The credential given, or the profile's user and a password. Kerberos can do with the ticket that is there.
fn credential(
    search: &Search<'_>,
    profile: &Profile<'_>,
    authentication: Authentication,
) -> Result<Option<NetworkCredential>, TargetError> {
    let text = match search.given.network_credential {
        Some(text) => text,
        None => match profile.get("user_identity") {
            Some(user) => user.trim_start_matches('\\'),
            None if authentication == Authentication::Kerberos => return Ok(None),
            None => {
                return Err(failed(
                    profile,
                    "it has no user_identity; give -NetworkCredential",
                ));
            }
        },
    };
    network_credential(text, search.surroundings).map(Some)
}
